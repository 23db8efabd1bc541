"""All penalties of a range against the lower hull of what the exact dynamic program finds for every number of changes."""

from __future__ import annotations

import csv
import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncline.cli import main
from syncline.errors import Cancelled, Infeasible, ParameterError
from syncline.model import Features
from syncline.progress import Monitor
from syncline.solvers.segment import SegmentProblem
from syncline.solvers.segment.changepoints import COSTS, ChangesParams, Cost, default_penalty, exact, pelt, solve
from syncline.solvers.segment.changepoints_path import PenaltyPath, path_of_penalties, penalty_path

STEPS = np.array([0, 0, 0, 5, 5, 5, 5, 1, 1, 1], float)


def hull(costs: dict[int, float], low: float, high: float) -> list[tuple[int, float, float]]:
    """Number of changes and the penalties between which it is best, by comparing every line with every other."""
    found: list[tuple[int, float, float]] = []
    for k, cost in costs.items():
        fewer = [(cost - c) / (j - k) for j, c in costs.items() if j < k]
        more = [(cost - c) / (j - k) for j, c in costs.items() if j > k]
        start, stop = max([low, *more]), min([high, *fewer])
        if stop > start:
            found.append((k, start, stop))
    return sorted(found, reverse=True)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1), n=st.integers(4, 40), channels=st.integers(1, 3), cost=st.sampled_from(COSTS),
    least=st.integers(1, 4), walls=st.integers(0, 2), bars=st.integers(0, 4),
)  # fmt: skip
def test_equal_to_the_hull_of_the_exact_ones(
    seed: int, n: int, channels: int, cost: Cost, least: int, walls: int, bars: int
) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, channels)) + 3 * rng.integers(0, 3, n)[:, None]
    least = max(least, 2) if cost == "gaussian" else least
    # A wall may leave pieces of a single row, of which a normal distribution says nothing.
    fixed = [] if cost == "gaussian" else [int(t) for t in rng.integers(1, n, walls)]
    asked = {"least": least, "fixed": fixed, "barred": [int(t) for t in rng.integers(1, n, bars)]}
    low, high = sorted(rng.uniform(0, 8, 2))
    costs: dict[int, float] = {}
    for k in range(n):
        try:
            costs[k] = exact(x, k, cost, **asked).cost
        except Infeasible:
            continue
    if not costs:
        with pytest.raises(Infeasible):
            penalty_path(x, low, high, cost, **asked)
        return
    # What is best for a hair's breadth may be told or not.
    wanted = [one for one in hull(costs, low, high) if one[2] - one[1] > 1e-6]
    path = penalty_path(x, low, high, cost, **asked)
    assert path.complete
    assert (path.ranges[0][0], path.ranges[-1][1]) == (low, high)
    kept = [(s, r) for s, r in zip(path.segmentations, path.ranges, strict=True) if r[1] - r[0] > 1e-6]
    assert [len(s.changes) for s, _ in kept] == [k for k, _, _ in wanted]
    for (s, (start, stop)), (k, first, last) in zip(kept, wanted, strict=True):
        assert s.cost == pytest.approx(costs[k], abs=1e-8)
        assert (start, stop) == pytest.approx((first, last), abs=1e-6)
        # Medians of few rows make ties, in which several segmentations cost the same.
        found = pelt(x, (start + stop) / 2, cost, **asked)
        assert (len(found.changes), found.cost) == (k, pytest.approx(s.cost, abs=1e-8))
        assert path.at((start + stop) / 2) is s


def test_the_worked_example() -> None:
    path = penalty_path(STEPS, 1, 60, least=1)
    # One piece costs 50.1, three cost 0: they give way to it at 25.05. Two cost 27.4 at least and are best for none.
    assert [s.ends for s in path.segmentations] == [(3, 7, 10), (10,)]
    assert path.ranges == ((1, pytest.approx(25.05)), (pytest.approx(25.05), 60))
    assert path.breaks == (pytest.approx(25.05),)
    assert exact(STEPS, 1, least=1).cost == pytest.approx(192 / 7)


def test_a_few_looks_leave_small_holes_and_say_where() -> None:
    rng = np.random.default_rng(5)
    x = np.repeat(rng.normal(0, 3, (40, 2)), 12, 0) + rng.normal(size=(480, 2))
    whole = penalty_path(x, 0.5, 500)
    seen: list[PenaltyPath] = []
    some = penalty_path(x, 0.5, 500, most=12, monitor=Monitor(watch=seen.append))
    assert whole.complete
    assert not some.complete
    assert (some.solves, seen[-1]) == (12, some)
    assert len(seen[0].segmentations) == 2
    # What is told is true as far as it goes.
    every = dict(zip(whole.segmentations, whole.ranges, strict=True))
    ends = {s.ends: every[s] for s in every}
    for s, (start, stop) in zip(some.segmentations, some.ranges, strict=True):
        first, last = ends[s.ends]
        assert first - 1e-9 <= start <= stop <= last + 1e-9
    widest = max(b[0] / a[1] for a, b in pairwise(some.ranges))
    first = max(b[0] / a[1] for a, b in pairwise(seen[0].ranges))
    assert widest < first / 50
    coarse = penalty_path(x, 0.5, 500, grain=1.2)
    assert coarse.solves < whole.solves
    assert max(b[0] / a[1] for a, b in pairwise(coarse.ranges)) <= 1.2


def test_as_the_method_itself_cuts() -> None:
    rng = np.random.default_rng(2)
    x = np.concatenate([rng.normal(m, 1, (30, 2)) for m in (0, 4, 1, 2)])
    rows = Features(x, np.arange(120) / 10, ("a", "b"))
    problem = SegmentProblem(rows, boundaries=(4.5,))
    params = ChangesParams(least=0.4, cost="l1")
    path = path_of_penalties(problem, params, 0.1, 10)
    assert len(path.segmentations) > 4
    for (start, stop), s in zip(path.ranges, path.segmentations, strict=True):
        found = solve(problem, ChangesParams(least=0.4, cost="l1", penalty=(start * stop) ** 0.5), Monitor())
        assert [p.start for p in found.tiers[0].segments[1:]] == pytest.approx([t / 10 - 0.05 for t in s.changes])
    still = SegmentProblem(Features(np.ones((20, 1)), np.arange(20.0), ("a",)))
    assert [s.ends for s in path_of_penalties(still, ChangesParams()).segmentations] == [(20,)]


def test_the_command_writes_all_of_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.savetxt(tmp_path / "x.csv", STEPS, header="x", comments="", fmt="%g")
    words = ["segment", str(tmp_path / "x.csv"), "--rate", "10", "--features", "given:standardise=no"]
    assert main([*words, "--penalties", str(tmp_path / "p.csv"), "--between", "0.001", "1000", "--json"]) == 0
    assert str(tmp_path / "p.csv") in json.loads(capsys.readouterr().out)["written"]
    rows = list(csv.DictReader((tmp_path / "p.csv").read_text(encoding="utf-8").splitlines()))
    assert [(r["pieces"], r["changes"]) for r in rows] == [("3", "0.25 0.65"), ("1", "")]
    assert rows[0]["penalty_to"] == rows[1]["penalty_from"]
    assert float(rows[0]["penalty_to"]) == pytest.approx(25.05 / default_penalty(STEPS))
    assert float(rows[0]["penalty_from"]) == 0.001
    for more, sentence in (
        (["--method", "units", "--set", "k=2"], "Only change points have a penalty"),
        (["--between", "2", "1"], "no range"),
    ):
        assert main([*words, *more, "--penalties", str(tmp_path / "q.csv")]) == 2
        assert sentence in capsys.readouterr().err
    assert main([*words, "--penalties", str(tmp_path / "q.png")]) == 2
    assert not list(tmp_path.glob("q.*"))


def test_refusals() -> None:
    for low, high in ((1, 1), (2, 1), (-1, 1), (0, np.inf), (0, np.nan)):
        with pytest.raises(ParameterError, match="no range"):
            penalty_path(STEPS, low, high)
    with pytest.raises(Infeasible):
        penalty_path(STEPS, 0, 1, least=11)
    monitor = Monitor(watch=lambda path: monitor.cancel())
    with pytest.raises(Cancelled):
        penalty_path(STEPS, 0, default_penalty(STEPS[:, None]) + 30, least=1, monitor=monitor)
