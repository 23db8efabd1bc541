"""The optimal assignment against SciPy, and its margins against all matchings there are."""

from __future__ import annotations

import numpy as np
import pytest

from core.solvers.match.peers import (
    LECTURE,
    every_matching,
    problem,
    proven,
    random_costs,
    scipy_optimum,
    solve,
    with_fees,
)
from syncline.errors import Cancelled, Infeasible, OverBudget
from syncline.progress import Monitor
from syncline.solvers.match import margins
from syncline.solvers.match._kernels import prepare


def test_the_lectures_case() -> None:
    got = solve("assignment", problem(LECTURE))
    assert got.objective == 107
    assert got.pairs.tolist() == [[0, 2], [1, 1], [2, 0]]
    assert got.certificate.bound == 107
    proven(got)
    # The next best matching costs 122.
    assert min(margins(problem(LECTURE)), key=lambda r: r.margin).margin == 15


def test_scipys_optimum_of_every_shape_with_ties_fees_and_forbidden_pairs() -> None:
    rng = np.random.default_rng(0)
    infeasible = 0
    for _ in range(1000):
        p = with_fees(rng, random_costs(rng, *rng.integers(0, 9, 2)))
        wanted = scipy_optimum(p)
        if wanted is None:
            infeasible += 1
            with pytest.raises(Infeasible, match=r"^(Object|Word) \d.*\.$"):
                solve("assignment", p)
            continue
        got = solve("assignment", p)
        scale = max(1.0, abs(wanted))
        assert abs(got.objective - wanted) <= 1e-9 * scale
        proven(got, scale)
    assert 20 < infeasible < 400


@pytest.mark.parametrize("shape", [(150, 150), (130, 200), (201, 64)])
def test_scipys_optimum_of_more_than_one_block(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    ranks = np.outer(rng.random(shape[0]), rng.random(shape[1]))
    for C in (rng.random(shape), rng.integers(0, 20, shape).astype(float), ranks):
        got = solve("assignment", problem(C))
        assert got.objective == pytest.approx(scipy_optimum(problem(C)), rel=1e-12)
        proven(got)


@pytest.mark.parametrize("shape", [(300, 300), (300, 500)])
@pytest.mark.parametrize("values", [1, 2, 10])
def test_where_many_pairs_are_alike_hardly_anybody_needs_a_path(shape: tuple[int, int], values: int) -> None:
    C = np.random.default_rng(3).integers(0, values, shape).astype(float)
    x, y, v = np.empty(shape[0], np.int64), np.empty(shape[1], np.int64), np.empty(shape[1])
    prepare(C, v, x, y)
    assert (x < 0).sum() <= 0.05 * shape[0]
    taken = np.flatnonzero(x >= 0)
    assert (y[x[taken]] == taken).all()
    # What is matched so far is matched at the least reduced cost of its row.
    reduced = C - v
    assert (reduced[taken, x[taken]] == reduced.min(1)[taken]).all()


def test_margins_are_exact_and_name_what_happens_instead() -> None:
    rng = np.random.default_rng(2)
    checked = unavoidable = 0
    for _ in range(150):
        p = with_fees(rng, random_costs(rng, *rng.integers(0, 5, 2)))
        every = every_matching(p)
        if not every:
            continue
        best = min(c for c, _ in every)
        for r in margins(p):
            others = [(c, d) for c, d in every if (r.a, r.b) not in d]
            wanted = min((c for c, _ in others), default=np.inf) - best
            checked += 1
            if r.instead is None:
                unavoidable += 1
                assert wanted == r.margin == np.inf
                continue
            assert r.margin == pytest.approx(wanted, abs=1e-8)
            instead = (r.a, r.instead) if r.a >= 0 else (r.instead, r.b)
            assert min(c for c, d in others if instead in d) - best == pytest.approx(wanted, abs=1e-8)
    assert checked > 300
    assert unavoidable > 10


def test_who_is_stuck_is_named() -> None:
    C = np.array([[1, np.inf, np.inf], [2, np.inf, np.inf], [1, 2, 3]])
    with pytest.raises(Infeasible, match=r"^Object 1, object 2: together they have only word 1 left"):
        solve("assignment", problem(C))
    with pytest.raises(Infeasible, match="locked, but also forbidden"):
        solve("assignment", problem(LECTURE, locked={(0, 0)}, forbidden={(0, 0)}))
    with pytest.raises(Infeasible, match="share word 1"):
        solve("assignment", problem(LECTURE, locked={(0, 0), (1, 0)}))
    with pytest.raises(OverBudget, match="MiB"):
        solve("assignment", problem(LECTURE, budget=100))


def test_cancelled_before_the_next_slice() -> None:
    monitor = Monitor()
    monitor.cancel()
    with pytest.raises(Cancelled):
        solve("assignment", problem(LECTURE), monitor)
