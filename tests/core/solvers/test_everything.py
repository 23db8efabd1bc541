"""All patterns, metrics, windows and ends against one plain program: a float64 table filled cell by cell.

The branches are written out here again, from ALGORITHMS 4.1; metrics are SciPy's; bands are counted in rows. Costs of
paths are summed once more along the branches, so a path that its cost does not belong to is found too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numba import njit

from core.solvers.peers import BRANCHES, costs, feats, run
from syncline.errors import Infeasible
from syncline.model import Constraints
from syncline.progress import Monitor
from syncline.solvers.warp import WarpProblem
from syncline.solvers.warp.dtw import DtwParams, solve

TABLE: dict[str, list[Any]] = {
    **BRANCHES,
    "asymmetricP1": [((1, 2), [(0, 1, 0.5), (0, 0, 0.5)]), ((1, 1), [(0, 0, 1)]), ((2, 1), [(1, 0, 1), (0, 0, 1)])],
    "symmetricP05": [
        ((1, 3), [(0, 2, 2), (0, 1, 1), (0, 0, 1)]), ((1, 2), [(0, 1, 2), (0, 0, 1)]), ((1, 1), [(0, 0, 2)]),
        ((2, 1), [(1, 0, 2), (0, 0, 1)]), ((3, 1), [(2, 0, 2), (1, 0, 1), (0, 0, 1)]),
    ],
    "symmetricP2": [
        ((2, 3), [(1, 2, 2), (0, 1, 2), (0, 0, 1)]), ((1, 1), [(0, 0, 2)]), ((3, 2), [(2, 1, 2), (1, 0, 2), (0, 0, 1)]),
    ],
    "typeIIIc": [
        ((1, 2), [(0, 0, 1)]), ((1, 1), [(0, 0, 1)]), ((2, 1), [(1, 0, 1), (0, 0, 1)]),
        ((2, 2), [(1, 0, 1), (0, 0, 1)]),
    ],
}  # fmt: skip
METRICS = ("euclidean", "sqeuclidean", "cosine", "cityblock")
NORM_N = ("asymmetric", "asymmetricP1", "typeIIIc")


@njit(cache=True)
def fill(C, steps, cells, weights, D):
    """Least cost of reaching every cell; D holds the cost of those that may begin, ∞ elsewhere; C is ∞ where barred."""
    n, m = C.shape
    for i in range(n):
        for j in range(m):
            best = D[i, j]
            for b in range(len(steps)):
                u, v = i - steps[b, 0], j - steps[b, 1]
                if u < 0 or v < 0:
                    continue
                total = D[u, v]
                for k in range(steps[b, 2]):
                    total += weights[b, k] * C[i - cells[b, k, 0], j - cells[b, k, 1]]
                best = min(best, total)
            D[i, j] = best
    return D


def tables(name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    steps, cells, weights = [], np.zeros((6, 3, 2), np.int64), np.zeros((6, 3))
    for b, ((di, dj), passed) in enumerate(TABLE[name]):
        steps.append((di, dj, len(passed)))
        for k, (ci, cj, w) in enumerate(passed):
            cells[b, k], weights[b, k] = (ci, cj), w
    return np.array(steps, np.int64), cells, weights


def least(C: np.ndarray, name: str, open_begin: bool, open_end: bool) -> float:
    n, m = C.shape
    if open_begin:
        # A free row above: from there a branch may start in any column.
        C = np.vstack([np.zeros(m), C])
        D = np.full(C.shape, np.inf)
        D[0] = 0
        D = fill(C, *tables(name), D)[1:]
    else:
        D = np.full(C.shape, np.inf)
        D[0, 0] = C[0, 0]
        D = fill(C, *tables(name), D)
    if not open_end:
        return float(D[-1, -1])
    last = D[-1]
    if name in ("symmetric2", "symmetricP05", "symmetricP1", "symmetricP2"):
        # The end is where the normalised cost is least.
        return float(last[np.argmin(last / (n + 1 + np.arange(m)))])
    return float(last.min())


def agrees(x: np.ndarray, y: np.ndarray, band: int | None, **params: Any) -> bool:
    """Solve both ways and compare; False if both say there is no path."""
    C = costs(np.float32(x), np.float32(y), params["metric"])
    # A row of zeros has no direction: ours says 1 there.
    C[np.isnan(C)] = 1
    i, j = np.indices(C.shape)
    window = {} if band is None else {"window": "sakoe_chiba", "radius": float(band)}
    if band is not None:
        C[np.abs(i - j) > band] = np.inf
    with np.errstate(invalid="ignore"):
        best = least(C, params["step_pattern"], params.get("open_begin", False), params.get("open_end", False))
    try:
        path = run(x, y, **window, **params)
    except Infeasible:
        assert np.isinf(best)
        return False
    C[np.isinf(C)] = np.nan
    assert not np.isnan(C[tuple(path.pairs.T)]).any()
    scale = np.abs(C[np.isfinite(C)]).max() if np.isfinite(C).any() else 0
    # SciPy's cosine of parallel rows is 0 to sixteen digits only.
    low = 1e-9 * scale * len(path) + (1e-14 * len(path) if params["metric"] == "cosine" else 0)
    assert best - low <= path.cost <= best * (1 + 1e-6) + 2e-6 * scale
    return True


SERIES = st.sampled_from(["noise", "walk", "steps", "constant", "integers", "tiny", "far"])


def series(kind: str, n: int, d: int, rng: np.random.Generator) -> np.ndarray:
    if kind == "noise":
        return rng.standard_normal((n, d))
    if kind == "walk":
        return np.cumsum(rng.standard_normal((n, d)), 0)
    if kind == "steps":
        return np.repeat(rng.integers(0, 3, (n // 7 + 1, d)), 7, axis=0)[:n].astype(float)
    if kind == "constant":
        return np.ones((n, d))
    if kind == "integers":
        return rng.integers(-3, 4, (n, d)).astype(float)
    if kind == "tiny":
        return rng.standard_normal((n, d)) * 1e-38
    return rng.standard_normal((n, d)) + 1e4


def test_whatever_is_asked(count: Callable[[int, int], int]) -> None:
    solved = 0

    @settings(
        max_examples=count(1500, 20_000), deadline=None, database=None, derandomize=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(
        name=st.sampled_from(sorted(TABLE)), metric=st.sampled_from(METRICS), kinds=st.tuples(SERIES, SERIES),
        n=st.integers(1, 300), ratio=st.floats(0.4, 2.5), d=st.integers(1, 20), seed=st.integers(0, 10**6),
        band=st.none() | st.integers(0, 120), ends=st.tuples(st.booleans(), st.booleans()),
    )  # fmt: skip
    def check(name: str, metric: str, kinds: tuple[str, str], n: int, ratio: float, d: int, seed: int,
              band: int | None, ends: tuple[bool, bool]) -> None:  # fmt: skip
        nonlocal solved
        rng = np.random.default_rng(seed)
        m = min(max(round(n * ratio), 1), 300)
        x, y = series(kinds[0], n, d, rng), series(kinds[1], m, d, rng)
        if metric == "cosine" and "tiny" in kinds:
            metric = "euclidean"  # SciPy's squares vanish there; ours do not
        open_begin = ends[0] and name in NORM_N
        solved += agrees(x, y, band, step_pattern=name, metric=metric, open_begin=open_begin, open_end=ends[1])

    check()
    assert solved > count(400, 5000)


@pytest.mark.parametrize("metric", ["euclidean", "sqeuclidean"])
def test_a_small_signal_far_from_zero(metric: str) -> None:
    """1e8 + a little, in float64: nothing of the little may be lost."""
    rng = np.random.default_rng(3)
    x, y = (np.cumsum(rng.standard_normal((k, 3)), 0) for k in (270, 290))
    far = [feats(v) for v in (x, y)]
    for f, v in zip(far, (x, y), strict=True):
        object.__setattr__(f, "values", v + 1e8)
    best = least(costs(x, y, metric), "symmetric2", False, False)
    path = solve(WarpProblem(far[0], far[1], Constraints()), DtwParams(metric=metric), Monitor())
    # Of the signal itself float64 keeps 8 digits there.
    assert path.cost == pytest.approx(best, rel=1e-6)


def test_two_bundles_far_apart() -> None:
    """Most rows lie far from the common mean and near each other: differences, not products, must be squared."""
    rng = np.random.default_rng(4)
    side = np.repeat(rng.integers(0, 2, 30), 9)[:, None] * 2e3
    x, y = (side[:k] + np.cumsum(rng.standard_normal((k, 16)), 0) * 0.01 for k in (270, 250))
    assert agrees(x, y, None, step_pattern="symmetric1", metric="sqeuclidean")


def test_a_window_that_just_fits() -> None:
    rng = np.random.default_rng(5)
    x, y = rng.standard_normal((290, 2)), rng.standard_normal((250, 2))
    assert agrees(x, y, 40, step_pattern="symmetric2", metric="euclidean")
    assert not agrees(x, y, 39, step_pattern="symmetric2", metric="euclidean")


@pytest.mark.parametrize("name", ["symmetric1", "symmetric2", "asymmetric"])
def test_a_plain_program_at_5000(name: str, count: Callable[[int, int], int]) -> None:
    n = count(1500, 5000)
    rng = np.random.default_rng(6)
    x, y = (np.cumsum(rng.standard_normal((k, 4)), 0) for k in (n, n - 13))
    assert agrees(x, y, None, step_pattern=name, metric="euclidean")
