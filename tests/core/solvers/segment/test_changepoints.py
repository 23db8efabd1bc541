"""Change points against every segmentation of small cases, ruptures, and hand-worked numbers (ALGORITHMS 7.1)."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncline.errors import Infeasible, ParameterError
from syncline.model import Features
from syncline.progress import Monitor
from syncline.solvers.segment import SegmentProblem, changepoints
from syncline.solvers.segment.changepoints import (
    COSTS,
    Changes,
    ChangesParams,
    Cost,
    default_penalty,
    exact,
    pelt,
    solve,
)

STEPS = np.array([0, 0, 0, 5, 5, 5, 5, 1, 1, 1], float)
GAMMA = 0.3


def plain(x: np.ndarray, cost: Cost, least_variance: float) -> float:
    n = len(x)
    if cost == "l2":
        return float(((x - x.mean(0)) ** 2).sum())
    if cost == "l1":
        return float(np.abs(x - np.median(x, 0)).sum())
    if cost == "gaussian":
        return float(n * np.log(np.maximum(x.var(0), least_variance)).sum())
    return float(n - np.exp(-GAMMA * ((x[:, None] - x[None]) ** 2).sum(2)).sum() / n)


@pytest.mark.parametrize(("penalty", "ends"), [(1, (3, 7, 10)), (20, (3, 7, 10)), (60, (10,))])
def test_the_worked_example(penalty: float, ends: tuple[int, ...]) -> None:
    assert pelt(STEPS, penalty, least=1).ends == ends
    assert exact(STEPS, len(ends) - 1, least=1).ends == ends


@settings(max_examples=80, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1), n=st.integers(3, 9), channels=st.integers(1, 2), cost=st.sampled_from(COSTS),
    least=st.integers(1, 3), walls=st.integers(0, 1),
)  # fmt: skip
def test_equal_to_every_segmentation(seed: int, n: int, channels: int, cost: Cost, least: int, walls: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, channels)) + 3 * rng.integers(0, 2, n)[:, None]
    least = max(least, 2) if cost == "gaussian" else least
    fixed = [int(rng.integers(1, n))] if walls and cost != "gaussian" else []
    barred = [int(t) for t in rng.integers(1, n, rng.integers(0, 4))]
    penalty = float(rng.uniform(0, 4))
    floor = changepoints._tables(x, "gaussian", None)[5]
    found: dict[tuple[int, ...], float] = {}
    for count in range(n):
        for cuts in itertools.combinations(range(1, n), count):
            ends = (*cuts, n)
            pieces = list(itertools.pairwise((0, *ends)))
            set_ones = {0, n, *fixed} if fixed else {0}
            if not set(fixed) <= set(cuts) or (set(barred) - set(fixed)) & set(cuts):
                continue
            if any(b - a < least and not (a in set_ones and b in set_ones) for a, b in pieces):
                continue
            found[ends] = sum(plain(x[a:b], cost, floor) for a, b in pieces)
    asked = {"least": least, "fixed": fixed, "barred": barred, "scale": GAMMA if cost == "rbf" else None}
    if not found:
        with pytest.raises(Infeasible):
            pelt(x, penalty, cost, **asked)
        return
    best = min(c + penalty * (len(e) - 1) for e, c in found.items())
    one = pelt(x, penalty, cost, **asked)
    assert one.cost + penalty * len(one.changes) == pytest.approx(best, abs=1e-9)
    assert found[one.ends] == pytest.approx(one.cost, abs=1e-9)
    for k in {len(e) - 1 for e in found}:
        known = exact(x, k, cost, **asked)
        assert len(known.changes) == k
        assert known.cost == pytest.approx(min(c for e, c in found.items() if len(e) == k + 1), abs=1e-9)


@pytest.mark.parametrize(("cost", "model"), [("l2", "l2"), ("l1", "l1"), ("rbf", "rbf")])
def test_equal_to_ruptures(cost: Cost, model: str) -> None:
    import ruptures

    rng = np.random.default_rng(3)
    x = np.concatenate([rng.normal(m, 1, (40, 2)) for m in (0, 3, 1, 4, 4.5)])
    params = {"gamma": 0.1} if cost == "rbf" else None
    penalty = {"l2": 12.0, "l1": 8.0, "rbf": 3.0}[cost]
    peer = ruptures.Pelt(model=model, min_size=2, jump=1, params=params).fit(x).predict(penalty)
    assert pelt(x, penalty, cost, scale=0.1).ends == tuple(peer)
    peer = ruptures.Dynp(model=model, min_size=2, jump=1, params=params).fit(x).predict(3)
    assert exact(x, 3, cost, scale=0.1).ends == tuple(peer)


def test_pruning_changes_nothing() -> None:
    rng = np.random.default_rng(8)
    x = np.repeat(rng.normal(0, 2, (30, 3)), rng.integers(5, 40, 30), 0)
    x += rng.normal(size=x.shape)
    for cost in ("l2", "gaussian"):
        found = pelt(x, None, cost, least=3)
        same = exact(x, len(found.changes), cost, least=3)
        assert found.cost == pytest.approx(same.cost, rel=1e-9)


def test_noise_and_silence_make_no_changes() -> None:
    rng = np.random.default_rng(0)
    alarms = [len(pelt(rng.normal(size=(400, 2)), None, cost).changes) for cost in COSTS for _ in range(10)]
    assert sum(alarms) <= 1
    assert pelt(np.ones(50)) == Changes((50,), 0.0, 0.0)
    assert pelt(np.r_[np.zeros(30), np.ones(30)]).changes == (30,)


def test_offsets_cost_no_digits() -> None:
    assert pelt(STEPS + 1e8, 1, least=1).ends == (3, 7, 10)


def test_refusals() -> None:
    with pytest.raises(ParameterError, match="finite"):
        pelt(np.array([1.0, np.nan]))
    with pytest.raises(ParameterError, match="penalty"):
        pelt(STEPS, -1)
    with pytest.raises(ParameterError, match="row 10"):
        pelt(STEPS, 1, fixed=[10])
    with pytest.raises(Infeasible, match="too few"):
        exact(STEPS, 8, least=2)
    with pytest.raises(Infeasible, match="2 boundaries"):
        exact(STEPS, 1, fixed=[2, 5])
    assert default_penalty(STEPS) > 0


def test_a_change_of_movement_or_of_shape_is_seen_where_the_mean_stays() -> None:
    """Two sines of other amplitude, and two of other frequency: the mean says nothing of either."""
    t = np.arange(400)
    louder = np.sin(t / 3) * np.where(t < 180, 1.0, 3.0)
    faster = np.where(t < 180, np.sin(t / 3), np.sin(t / 1.5))
    for x, by in ((louder, "movement"), (faster, "shape")):
        rows = Features(x[:, None].astype(np.float32), t / 10)
        tier = solve(SegmentProblem(rows), ChangesParams(by=by, window=2.0, changes=1), Monitor()).tiers[0]
        assert tier.segments[1].start == pytest.approx(18.0, abs=0.8)
        assert abs(exact(x, 1).changes[0] - 180) > 20
