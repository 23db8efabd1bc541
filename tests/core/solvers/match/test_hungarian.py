"""The Hungarian method by steps: the lecture's numbers, the invariants of every step, SciPy's optimum."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from core.solvers.match.peers import LECTURE, problem, proven, random_costs, scipy_optimum, solve, with_fees
from syncline.errors import Infeasible, ParameterError
from syncline.solvers.match import steps_of
from syncline.solvers.match.hungarian import HungarianStep, steps


def test_the_lectures_case_step_by_step() -> None:
    seen = list(steps(problem(LECTURE)))
    assert [s.kind for s in seen] == [
        "start", "row minima", "column minima", "cover", "shift", "cover", "matching",
    ]  # fmt: skip
    assert seen[0].values.tolist() == LECTURE
    assert seen[1].values.tolist() == [[0, 17, 42], [15, 0, 40], [0, 26, 128]]
    assert seen[2].values.tolist() == [[0, 17, 2], [15, 0, 0], [0, 26, 88]]
    assert (seen[3].lines, seen[3].row_lines.tolist(), seen[3].column_lines.tolist()) == (
        2,
        [False, True, False],
        [True, False, False],
    )
    assert seen[4].k == 2
    assert seen[4].values.tolist() == [[0, 15, 0], [17, 0, 0], [0, 24, 86]]
    assert seen[5].lines == 3
    last = seen[6]
    assert last.matched.tolist() == [2, 1, 0]
    assert (last.u.tolist(), last.v.tolist(), last.bound) == ([10, 35, 24], [-2, 0, 40], 107)


def watched(p: Any) -> HungarianStep:
    """The last step, after holding every step to what is taught."""
    before, bound, last = None, -np.inf, None
    for s in steps(p):
        zeros = s.values == 0
        size = len(s.values)
        finite = np.isfinite(s.values)
        assert (s.values >= 0).all() or s.kind in ("start", "row minima")
        if s.round:
            assert s.bound >= bound - 1e-9 * max(1.0, abs(bound))
            bound = s.bound
        rows = np.flatnonzero(s.matched >= 0)
        assert zeros[rows, s.matched[rows]].all()
        assert len(set(s.matched[rows].tolist())) == len(rows)
        if s.kind in ("cover", "shift", "matching"):
            # Kőnig: as many lines as matched zeros, and every zero covered, so that neither can be improved.
            assert s.lines == len(rows)
        if s.kind == "cover":
            assert (s.row_lines[:, None] | s.column_lines | ~zeros).all()
            before = s
        if s.kind == "shift":
            bare = ~s.row_lines[:, None] & ~s.column_lines
            assert s.k == before.values[bare].min() > 0
            twice = s.row_lines[:, None] & s.column_lines
            assert (s.values == before.values - s.k * bare + s.k * twice)[finite].all()
        if s.kind == "matching":
            assert s.lines == size
        last = s
    assert last is not None
    assert last.kind == "matching"
    return last


def test_scipys_optimum_on_2000_matrices() -> None:
    rng = np.random.default_rng(3)
    infeasible = kept = 0
    for _ in range(2000):
        C = random_costs(rng, *rng.integers(0, 8, 2))
        p = with_fees(rng, C) if rng.random() < 0.5 else problem(C)
        wanted = scipy_optimum(p)
        if wanted is None:
            infeasible += 1
            with pytest.raises(Infeasible, match=r"^(Object|Word) \d.*\.$"):
                solve("hungarian", p)
            continue
        got = solve("hungarian", p)
        scale = max(1.0, abs(wanted))
        assert abs(got.objective - wanted) <= 1e-9 * scale
        proven(got, scale)
        if kept < 200:
            kept += 1
            assert watched(p).bound == pytest.approx(wanted, rel=1e-9, abs=1e-9)
    assert 100 < infeasible < 800


def test_larger_and_what_is_too_large() -> None:
    rng = np.random.default_rng(4)
    for C in (rng.random((60, 45)), rng.integers(0, 9, (50, 50)).astype(float)):
        got = solve("hungarian", problem(C))
        assert got.objective == pytest.approx(scipy_optimum(problem(C)), rel=1e-12)
        proven(got)
    with pytest.raises(ParameterError, match="use “assignment”"):
        solve("hungarian", problem(np.zeros((10, 301))))
    assert steps_of("hungarian") is steps
    assert steps_of("assignment") is None
