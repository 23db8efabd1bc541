"""The states of the lessons: worked by hand (ALGORITHMS 7), counted out, and as scikit-learn and ruptures have them."""

from __future__ import annotations

import itertools
import math
import warnings

import numpy as np
import pytest
import ruptures
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import KMeans

from syncline.errors import Infeasible, ParameterError
from syncline.model.emissions import Emissions
from syncline.solvers.segment.changepoints import COSTS, Cost, exact, pelt
from syncline.solvers.segment.ctc import align
from syncline.solvers.segment.decoding import collapse
from syncline.solvers.segment.steps import (
    Run,
    collapse_steps,
    means_steps,
    paths_to,
    pelt_steps,
    plus_plus,
    trellis_steps,
)

LECTURE = np.array([(0.5, 0.3, 0.2), (0.4, 0.4, 0.2), (0.3, 0.2, 0.5), (0.6, 0.1, 0.3)])
EXAMPLE = np.array([0, 0, 0, 5, 5, 5, 5, 1, 1, 1], np.float64)[:, None]


def emissions(p: np.ndarray, blank: int = 0) -> Emissions:
    with np.errstate(divide="ignore"):
        logs = np.log(p).astype(np.float32)
    return Emissions(logs, tuple("øabcdef"[: logs.shape[1]]), blank)


# -- CTC -------------------------------------------------------------------------------------------------------------


def test_the_lecture_collapses_in_four_stages() -> None:
    # ø w w ø o o m ø ø a n n ø
    path = [0, 1, 1, 0, 2, 2, 3, 0, 0, 4, 5, 5, 0]
    e = emissions(np.full((13, 6), 1 / 6))
    kinds = {s.kind: s for s in collapse_steps(e, path, most=0)}
    assert list(kinds) == ["emissions", "path", "merge", "drop", "paths"]
    assert kinds["emissions"].path == () and kinds["path"].runs == () and kinds["merge"].kept == ()
    merged = kinds["merge"].runs
    assert [r.column for r in merged] == [0, 1, 0, 2, 3, 0, 4, 5, 0]
    assert merged[1] == Run(1, 1, 3) and merged[5] == Run(0, 7, 9)
    assert [merged[k].column for k in kinds["drop"].kept] == [1, 2, 3, 4, 5]


def test_all_paths_of_the_worked_example() -> None:
    last = list(collapse_steps(emissions(LECTURE), (0, 1, 2, 0), most=15))[-1]
    assert math.exp(last.log_prob) == pytest.approx(0.3066, rel=1e-6)
    assert math.exp(last.path_log_prob) == pytest.approx(0.06, rel=1e-6)
    assert last.count == len(last.paths) == 15
    assert sum(math.exp(s) for _, s in last.paths) == pytest.approx(0.3066, rel=1e-6)
    every = sorted(
        (
            (float(LECTURE[range(4), way].prod()), way)
            for way in itertools.product(range(3), repeat=4)
            if collapse(way, 0) == (1, 2)
        ),
        reverse=True,
    )
    assert [math.exp(s) for _, s in last.paths] == pytest.approx([p for p, _ in every], rel=1e-6)
    assert {way for way, _ in last.paths} == {way for _, way in every}


@pytest.mark.parametrize("frames", [1, 3, 4, 5])
def test_paths_are_counted(frames: int) -> None:
    found: dict[tuple[int, ...], int] = {}
    for path in itertools.product(range(3), repeat=frames):
        labels = collapse(path, 1)
        found[labels] = found.get(labels, 0) + 1
    assert all(paths_to(frames, labels) == n for labels, n in found.items())
    assert paths_to(3, (1, 1, 1)) == 0


def test_the_trellis_is_filled_as_by_hand() -> None:
    walked = list(trellis_steps(emissions(LECTURE), (1, 2)))
    assert [s.kind for s in walked] == [
        "emissions", *["forward"] * 4, *["backward"] * 4, "posterior", "best", *["back"] * 4, "aligned",
    ]  # fmt: skip
    # By hand: sums of what stays, comes from before, or passes over a blank.
    alpha = [[0.5, 0.3, 0, 0, 0], [0.2, 0.32, 0.12, 0.06, 0], [0.06, 0.104, 0.132, 0.25, 0.018]]
    second, third = walked[2], walked[3]
    np.testing.assert_allclose(np.exp(second.alpha[:2]), alpha[:2], rtol=1e-6)
    assert np.isnan(second.alpha[2:]).all() and second.frame == 1
    np.testing.assert_allclose(np.exp(third.alpha[:3]), alpha, rtol=1e-6)
    assert math.exp(walked[-1].log_prob) == pytest.approx(0.3066, rel=1e-6)
    # From the last frame on: nothing is left to do; one frame before it the label or the blank after it.
    going = walked[6]
    assert going.frame == 2
    np.testing.assert_allclose(np.exp(going.beta[2]), [0, 0.3, 0.3, 0.9, 0.6], atol=1e-7)
    shares = walked[9].posterior
    np.testing.assert_allclose(shares.sum(1), 1, rtol=1e-6)
    ways = [s for s in walked if s.kind == "back"]
    assert [s.path for s in ways] == [(4,), (3, 4), (1, 3, 4), (0, 1, 3, 4)]
    assert walked[-1].path == (0, 1, 3, 4)
    assert math.exp(walked[-1].best_log_prob) == pytest.approx(0.06, rel=1e-6)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), frames=st.integers(1, 6), blank=st.integers(0, 2), zeros=st.booleans())
def test_posteriors_and_paths_are_those_of_all_paths_counted(seed: int, frames: int, blank: int, zeros: bool) -> None:
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.ones(3), frames)
    if zeros:
        p[rng.random(p.shape) < 0.25] = 0
    e = emissions(p, blank)
    logs = e.log_probs.astype(np.float64)
    labels = tuple(int(k) for k in rng.choice([k for k in range(3) if k != blank], rng.integers(0, 4)))
    ways = [w for w in itertools.product(range(3), repeat=frames) if collapse(w, blank) == labels]
    scores = np.array([logs[range(frames), w].sum() for w in ways])
    if not ways or not np.isfinite(scores).any():
        with pytest.raises(Infeasible):
            list(trellis_steps(e, labels))
        return
    last = list(trellis_steps(e, labels))[-1]
    total = np.logaddexp.reduce(scores)
    assert last.log_prob == pytest.approx(total, abs=1e-9)
    assert last.best_log_prob == pytest.approx(scores.max(), abs=1e-9)
    shares = np.zeros((frames, 3))
    np.add.at(shares.T, np.array(last.states), last.posterior.T)
    wanted = np.zeros((frames, 3))
    for way, s in zip(ways, scores, strict=True):
        wanted[range(frames), way] += np.exp(s - total)
    np.testing.assert_allclose(shares, wanted, atol=1e-9)
    # Of equal paths the same as the fast solver takes.
    assert list(last.path) == align(e, labels).states.tolist()
    assert collapse([last.states[s] for s in last.path], blank) == labels


def test_what_is_too_large_or_no_label_is_refused() -> None:
    with pytest.raises(ParameterError, match="take a stretch"):
        next(trellis_steps(emissions(np.full((1500, 2), 0.5)), (1,)))
    with pytest.raises(ParameterError, match="blank"):
        next(trellis_steps(emissions(LECTURE), (0,)))
    with pytest.raises(ParameterError, match="frames"):
        next(collapse_steps(emissions(LECTURE), (0, 1)))


# -- k-means ---------------------------------------------------------------------------------------------------------

CORNERS = np.array([[0, 0], [0, 1], [0, 2], [6, 0], [6, 1], [6, 2]], np.float64)


def test_one_start_is_not_enough() -> None:
    # By hand: from (0, 0) and (0, 2) the rows split across, the middle ones to the lower centre as they are as near.
    walked = list(means_steps(CORNERS, CORNERS[[0, 2]]))
    assert [s.kind for s in walked] == ["start", "assign", "move", "done"]
    assert walked[1].labels.tolist() == [0, 0, 1, 0, 0, 1]
    np.testing.assert_allclose(walked[2].centres, [[3, 0.5], [3, 2]])
    assert walked[-1].inertias == pytest.approx((110, 55, 55))
    # From (0, 0) and (6, 0) they split as they lie.
    best = list(means_steps(CORNERS, CORNERS[[0, 3]]))[-1]
    np.testing.assert_allclose(best.centres, [[0, 1], [6, 1]])
    assert best.inertias == pytest.approx((10, 4, 4))


@pytest.mark.parametrize("seed", range(8))
def test_lloyd_is_scikit_learns(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((120, 3)) + rng.integers(0, 3, (120, 1)) * 2
    start = plus_plus(x, 5, seed) if seed % 2 else x[:5].copy()
    if seed == 4:
        # Nothing is nearest to this one: it is moved onto the row that is farthest from its centre.
        start[2] = 100
    walked = list(means_steps(x, start, most=300))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = KMeans(5, init=start, n_init=1, algorithm="lloyd", tol=0).fit(x)
    last = walked[-1]
    assert last.kind == "done"
    assert any(s.refilled == (2,) for s in walked) == (seed == 4)
    np.testing.assert_array_equal(last.labels, found.labels_)
    np.testing.assert_allclose(last.centres, found.cluster_centers_, atol=1e-9)
    assert last.inertias[-1] == pytest.approx(found.inertia_)
    assert (np.diff(last.inertias) <= 1e-9).all()


def test_centres_to_start_from_are_rows_that_differ() -> None:
    found = plus_plus(np.repeat(CORNERS, 3, axis=0), 9, seed=1)
    assert sorted(map(tuple, found)) == sorted(map(tuple, CORNERS))


# -- PELT ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("penalty", "ends"), [(1, (3, 7, 10)), (20, (3, 7, 10)), (60, (10,))])
def test_the_worked_series(penalty: float, ends: tuple[int, ...]) -> None:
    walked = list(pelt_steps(EXAMPLE, penalty))
    assert walked[-1].ends == ends
    assert [s.t for s in walked if s.kind == "back"] == list(reversed(ends))
    if penalty == 20:
        # By hand: F(4) is 0 0 0 5 about their mean 1.25, as a change would cost 20 to save 18.75.
        np.testing.assert_allclose(walked[10].best, [-20, 0, 0, 0, 18.75, 20, 20, 20, 32.8, 40, 40])
        assert walked[4].ends == (4,) and walked[5].ends == (3, 5) and walked[9].ends == (3, 7, 9)
        assert [(b.start, b.cost, b.total) for b in walked[4].beginnings] == [(0, 18.75, 18.75), (3, 0, 20)]
        # F(1) + C(1, 2) = 0 ≥ F(2) = 0, and as much for row 2; row 0 is out when F(0) + C(0, 7) = −20 + 300/7 ≥ 20.
        pruned = {s.t: [b.start for b in s.beginnings if b.pruned] for s in walked if s.kind == "fill"}
        assert pruned == {1: [], 2: [1], 3: [2], 4: [], 5: [], 6: [5], 7: [0, 6], 8: [], 9: [], 10: [4, 9]}
        assert walked[8].out == (0, 1, 2, 5, 6) and walked[10].tried == 30


def brute(x: np.ndarray, beta: float, least: int) -> float:
    """The least cost plus penalties over every segmentation there is."""
    n = len(x)
    best = math.inf
    for k in range(n):
        for cuts in itertools.combinations(range(1, n), k):
            pieces = list(itertools.pairwise([0, *cuts, n]))
            if all(b - a >= least for a, b in pieces):
                cost = sum(float(((x[a:b] - x[a:b].mean(0)) ** 2).sum()) for a, b in pieces)
                best = min(best, cost + beta * k)
    return best


@pytest.mark.parametrize("seed", range(6))
def test_pruning_loses_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((11, 2)) + 3 * rng.integers(0, 2, (11, 1))
    least, beta = 1 + seed % 3, float(rng.uniform(0, 8))
    last = list(pelt_steps(x, beta, least=least))[-1]
    assert last.best[-1] == pytest.approx(brute(x, beta, least))
    found = ruptures.Pelt(model="l2", min_size=least, jump=1).fit(x).predict(pen=beta)
    assert last.ends == tuple(found)


@pytest.mark.parametrize("cost", COSTS)
def test_every_cost_is_that_of_the_fast_solver(cost: Cost) -> None:
    rng = np.random.default_rng(3)
    x = np.concatenate([rng.normal(0, 1, (20, 2)), rng.normal(4, 2, (25, 2)), rng.normal(-2, 0.5, (15, 2))])
    walked = list(pelt_steps(x, None, cost, least=2))
    wanted = pelt(x, None, cost, least=2)
    assert walked[-1].ends == wanted.ends and len(wanted.ends) > 1
    assert walked[-1].best[-1] == pytest.approx(wanted.cost + wanted.penalty * len(wanted.changes), abs=1e-6)
    # And F of every stretch from the start is that of the exact program with as many pieces.
    for t in (10, 30, 45):
        s = walked[t]
        least = exact(x[:t], len(s.ends) - 1, "l2", least=2) if cost == "l2" else None
        assert least is None or s.best[t] == pytest.approx(least.cost + s.penalty * (len(s.ends) - 1))
    assert walked[-1].tried < 60 * 61 / 2


def test_fewer_rows_than_the_shortest_piece() -> None:
    with pytest.raises(Infeasible, match="too few"):
        list(pelt_steps(EXAMPLE[:3], 1.0, least=4))
