"""Steps shown are steps taken: ALGORITHMS' table by hand, the engine's values, brute force over paths."""

from __future__ import annotations

import math
from itertools import groupby, pairwise
from typing import Any

import numpy as np
import pytest

from core.solvers.peers import NAMES, feats, run
from syncline.errors import Infeasible, ParameterError
from syncline.model import LocalCost
from syncline.solvers.warp import WarpProblem
from syncline.solvers.warp.dtw import DtwParams
from syncline.solvers.warp.restrictions import Rules, restricted
from syncline.solvers.warp.soft_dtw import soft_dtw
from syncline.solvers.warp.steps import dense, soft_steps, steps

A, B = [1, 1, 3, 3, 2, 4], [1, 3, 2, 2, 4, 4]
# ALGORITHMS 4.1, worked by hand: A down, B across, |a − b|, symmetric1.
TABLE = """
0 2 3 4 7 10
0 2 3 4 7 10
2 0 1 2 3 4
4 0 1 2 3 4
5 1 0 0 2 4
8 2 2 2 0 0
"""
PATH = [[0, 0], [1, 0], [2, 1], [3, 1], [4, 2], [4, 3], [5, 4], [5, 5]]


def walked(x: Any, y: Any, **params: Any) -> list[Any]:
    return list(steps(WarpProblem(feats(x), feats(y)), DtwParams(**params)))


def test_the_worked_example_fills_as_by_hand() -> None:
    states = walked(A, B, step_pattern="symmetric1")
    table = np.array([[float(v) for v in line.split()] for line in TABLE.strip().splitlines()])
    assert [s.kind for s in states] == ["costs", *["fill"] * 36, *["back"] * 8, "path"]
    np.testing.assert_array_equal(states[0].cost, np.abs(np.subtract.outer(A, B)))
    for k, state in enumerate(states[1:37]):
        cell = divmod(k, 6)
        assert state.cell == cell
        np.testing.assert_array_equal(state.total.ravel()[: k + 1], table.ravel()[: k + 1])
        assert np.isnan(state.total.ravel()[k + 1 :]).all()
        if k:
            assert min(c.total for c in state.candidates) == table[cell]
    # Cell (2, 1): 0 + 0 straight on, 2 + 0 from the left, 2 + 0 from above.
    assert [(c.origin, c.total) for c in states[1 + 13].candidates] == [((1, 0), 0), ((2, 0), 2), ((1, 1), 2)]
    assert [list(s.cell) for s in states[37:45]] == PATH[::-1]
    assert states[-1].path.tolist() == PATH


def test_alignment_matrices_replicate_the_frames() -> None:
    last = walked(A, B, step_pattern="symmetric1", metric="sqeuclidean")[-1]
    wx, wy = last.matrices
    path = run(A, B, step_pattern="symmetric1", metric="sqeuclidean")
    for ours, sparse in zip((wx, wy), path.matrices(), strict=True):
        np.testing.assert_array_equal(ours, sparse.toarray())
    assert (wx.sum(0) == 1).all()
    assert ((np.array(A) @ wx - np.array(B) @ wy) ** 2).sum() == path.cost


@pytest.mark.parametrize("name", NAMES)
def test_values_and_paths_are_the_engines(name: str) -> None:
    rng = np.random.default_rng(len(name))
    for shape, window in (((7, 9), {}), ((9, 8), {"window": "slanted", "radius": 2.5}), ((6, 6), {"max_shift_s": 2.0})):
        # Whole numbers, so that ties are ties in float32 too.
        x, y = (rng.integers(0, 9, (k, 2)) for k in shape)
        params: dict[str, Any] = {"step_pattern": name, "metric": "cityblock", **window}
        try:
            path = run(x, y, **params)
        except Infeasible:
            with pytest.raises(Infeasible):
                walked(x, y, **params)
            continue
        last = walked(x, y, **params)[-1]
        assert last.total[-1, -1] == path.cost
        np.testing.assert_array_equal(last.path, path.pairs)
        for i, j in ((3, 4), (5, 5)):
            if not window and np.isfinite(last.total[i, j]):
                assert last.total[i, j] == run(x[: i + 1], y[: j + 1], **params).cost


def test_what_can_not_be_watched_is_refused() -> None:
    with pytest.raises(ParameterError, match="both ends"):
        walked(A, B, step_pattern="asymmetric", open_end=True)
    with pytest.raises(ParameterError, match="cells"):
        walked(np.zeros(60), np.zeros(60))


def test_soft_dtw_is_the_engines_and_ends_at_the_hard_one() -> None:
    cost = LocalCost(feats(A).values, feats(B).values, "sqeuclidean")
    table = dense(cost)
    for state in soft_steps(table, (10.0, 1.0, 0.1)):
        engine = soft_dtw(cost, state.gamma, posterior=True)
        assert state.value == pytest.approx(engine.value, abs=1e-5)
        np.testing.assert_allclose(state.share, np.asarray(engine.posterior), atol=1e-4)
    *_, last = soft_steps(table, (1e-3,))
    assert last.value == pytest.approx(last.hard, abs=1e-2)
    on = np.zeros((6, 6))
    on[tuple(last.path.T)] = 1
    # The hard path is the only one of that cost.
    np.testing.assert_allclose(last.share, on, atol=1e-6)
    # ALGORITHMS 4.6: x = 1 2 3, y = 2 4 3 1.
    table = np.subtract.outer([1.0, 2, 3], [2.0, 4, 3, 1]) ** 2
    assert [s.value for s in soft_steps(table, (0.1, 1, 10))] == pytest.approx([5.99999546, 5.53554979, -19.26095369])


def every_path(cost: np.ndarray, obeys: Any, longest: int) -> float:
    """Cheapest of all sequences of different cells up to a length that obey a rule between neighbours and at the ends."""
    n, m = cost.shape
    cells = [(i, j) for i in range(n) for j in range(m)]
    best = np.inf

    def grow(path: list[tuple[int, int]], value: float) -> None:
        nonlocal best
        if value >= best:
            return
        if obeys(path, True):
            best = value
        if len(path) < longest:
            for cell in cells:
                if cell not in path and obeys([*path, cell], False):
                    grow([*path, cell], value + cost[cell])

    for cell in cells:
        if obeys([cell], False):
            grow([cell], cost[cell])
    return best


RULES = (
    Rules(),
    Rules(monotone=False),
    Rules(continuous=False),
    Rules(boundary=False),
    Rules(window=1),
    Rules(slope=True),
    Rules(slope=True, window=1),
    Rules(monotone=False, continuous=False),
    Rules(monotone=False, window=1),
    Rules(window=1, shape="sakoe_chiba"),
    Rules(window=2, shape="itakura"),
    Rules(slope=True, pattern="symmetricP05"),
)


@pytest.mark.parametrize("rules", RULES)
def test_each_restriction_forbids_what_it_says(rules: Rules) -> None:
    n, m = 4, 3

    def inside(shape: str, width: float, i: int, j: int) -> bool:
        if shape == "sakoe_chiba":
            return abs(i - j) <= width
        if shape == "slanted":
            return abs(i - j * (n - 1) / (m - 1)) <= width
        # ALGORITHMS 4.2, bounds rounded to two decimals.
        q = n / m
        least = max(q * j / width, n - 1 - q * width * (m - 1 - j))
        most = min(q * width * j, n - 1 - q / width * (m - 1 - j))
        return math.ceil(round(least, 2)) <= i <= math.floor(round(most, 2))

    def obeys(path: list[tuple[int, int]], whole: bool) -> bool:
        moves = [(v[0] - u[0], v[1] - u[1]) for u, v in pairwise(path)]
        if rules.boundary and (path[0] != (0, 0) or (whole and path[-1] != (n - 1, m - 1))):
            return False
        if rules.monotone and any(di < 0 or dj < 0 for di, dj in moves):
            return False
        if rules.continuous and any(max(abs(di), abs(dj)) > 1 for di, dj in moves):
            return False
        if rules.window is not None and not all(inside(rules.shape, rules.window, i, j) for i, j in path):
            return False
        if rules.pattern == "symmetricP05":
            # Two steps to one side at most, the first of them after one straight on.
            runs = [(move, len(list(run))) for move, run in groupby(moves)]
            aside = [k for k, (move, _) in enumerate(runs) if move != (1, 1)]
            return not rules.slope or all(runs[k][1] <= 2 and k > 0 and runs[k - 1][0] == (1, 1) for k in aside)
        # P = 1: straight on before every step aside, which never follow one another.
        return not rules.slope or all(
            (di, dj) == (1, 1) or (k > 0 and moves[k - 1] == (1, 1)) for k, (di, dj) in enumerate(moves)
        )

    for seed in range(6):
        cost = np.random.default_rng(seed).integers(0, 9, (n, m)).astype(float)
        found = restricted(cost, rules)
        assert found.total == every_path(cost, obeys, 8)
        if len(found.path):
            cells = [tuple(c) for c in found.path.tolist()]
            assert obeys(cells, True)
            assert found.total == sum(cost[c] for c in cells)
            assert not any(mask[c] for mask in found.shut.values() for c in cells)


def test_the_restrictions_of_the_worked_example() -> None:
    cost = np.abs(np.subtract.outer(A, B)).astype(float)
    assert restricted(cost, Rules()).path.tolist() == PATH
    # ALGORITHMS 4.2: |i − j| ≤ 0 costs 6, ≤ 1 costs 1.
    assert restricted(cost, Rules(window=0)).total == 6
    assert restricted(cost, Rules(window=1)).total == 1
    assert restricted(cost, Rules(window=1)).shut["window"].sum() == 36 - 16
    # Without ends one cell is a path.
    assert len(restricted(cost, Rules(boundary=False)).path) == 1
    sloped = restricted(cost, Rules(slope=True))
    assert sloped.shut["slope"][0, 1:].all()
    assert sloped.shut["slope"][-1, 0]
    assert restricted(cost, Rules(continuous=False)).broken() == ("continuous",)
    assert not len(restricted(np.zeros((2, 9)), Rules(slope=True)).path)
