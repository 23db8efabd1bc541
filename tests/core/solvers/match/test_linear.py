"""The linear programme: HiGHS and the simplex method by tableaus, against SciPy's assignment and known programmes."""

from __future__ import annotations

import pickle
import threading
import time
from itertools import pairwise

import numpy as np
import pytest
from scipy import sparse

from core.solvers.match.peers import LECTURE, problem, proven, random_costs, scipy_optimum, solve, with_fees
from syncline.errors import Cancelled, Infeasible, ParameterError
from syncline.progress import Monitor
from syncline.solvers.match._apart import run_apart
from syncline.solvers.match.linear import program
from syncline.solvers.match.simplex import RULES, pivots, steps


def test_the_lectures_case() -> None:
    lp = program(problem(LECTURE))
    A = lp.matrix.toarray()
    assert lp.c.tolist() == [8, 25, 50, 50, 35, 75, 22, 48, 150]
    assert A.shape == (6, 9)
    assert (A.sum(0) == 2).all()
    assert np.linalg.matrix_rank(A) == 5
    for method in ("linear", "simplex"):
        got = solve(method, problem(LECTURE))
        assert got.objective == pytest.approx(107)
        assert np.nansum(got.certificate.u) + np.nansum(got.certificate.v) == pytest.approx(107)
        assert got.figures["integrality"] < 1e-9
        proven(got)


@pytest.mark.parametrize(("method", "rounds"), [("linear", 150), ("simplex", 200)])
def test_scipys_optimum(method: str, rounds: int) -> None:
    rng = np.random.default_rng(5)
    infeasible = 0
    for k in range(rounds):
        p = with_fees(rng, random_costs(rng, *rng.integers(0, 7, 2)))
        wanted = scipy_optimum(p)
        more = {"rule": RULES[k % 2]} if method == "simplex" else {}
        if wanted is None:
            infeasible += 1
            with pytest.raises(Infeasible, match=r"^(Object|Word) \d.*\.$"):
                solve(method, p, **more)
            continue
        got = solve(method, p, **more)
        scale = max(1.0, abs(wanted))
        assert abs(got.objective - wanted) <= 1e-9 * scale
        assert got.figures["integrality"] < 1e-9
        proven(got, scale)
    assert infeasible > 5


def end(c: list[float], A: list[list[float]], b: list[float], rule: str = "bland"):
    return list(pivots(np.array(c, float), sparse.csc_array(np.array(A, float)), np.array(b, float), rule))[-1]


@pytest.mark.parametrize("rule", RULES)
def test_beales_programme_does_not_cycle(rule: str) -> None:
    A = [[1 / 4, -60, -1 / 25, 9, 1, 0, 0], [1 / 2, -90, -1 / 50, 3, 0, 1, 0], [0, 0, 1, 0, 0, 0, 1]]
    last = end([-3 / 4, 150, -1 / 50, 6, 0, 0, 0], A, [0, 0, 1], rule)
    assert last.status == "optimal"
    assert last.objective == pytest.approx(-1 / 20)


@pytest.mark.parametrize("rule", RULES)
def test_klee_and_mintys_cube(rule: str) -> None:
    A = np.tril(2.0 ** (np.subtract.outer(range(5), range(5)) + 1), -1) + np.eye(5)
    last = end([*(-(2.0 ** np.arange(4, -1, -1))), *[0] * 5], np.hstack([A, np.eye(5)]), 5.0 ** np.arange(1, 6), rule)
    assert last.status == "optimal"
    assert last.objective == pytest.approx(-3125)


def test_infeasible_unbounded_and_redundant() -> None:
    assert end([1, 1], [[1, 1], [1, 1]], [1, 2]).status == "infeasible"
    assert end([-1, 0], [[1, -1]], [1]).status == "unbounded"
    last = end([1, 2, 3], [[1, 1, 0], [0, 1, 1], [1, 2, 1]], [1, 1, 2])
    assert (last.status, last.objective, len(last.kept)) == ("optimal", 2, 2)


def test_every_tableau_is_what_the_pivots_made_of_the_one_before() -> None:
    seen = list(steps(problem([[4, 1, 3], [2, 0, 5]], a_fees=3.0)))
    assert [s.status for s in seen] == ["going on"] * (len(seen) - 1) + ["optimal"]
    compared = 0
    for s, after in pairwise(seen):
        T = s.tableau
        assert (s.x >= 0).all()
        assert np.allclose(T[-1, s.basis[s.basis < T.shape[1] - 1]], 0)
        if s.entering is None or s.phase != after.phase:
            continue
        row = int(np.flatnonzero(s.basis == s.leaving)[0])
        pivoted = T - np.outer(T[:, s.entering] / T[row, s.entering], T[row])
        pivoted[row] = T[row] / T[row, s.entering]
        assert np.allclose(after.tableau, pivoted)
        compared += 1
    assert compared >= 4
    assert seen[-1].objective == pytest.approx(scipy_optimum(problem([[4, 1, 3], [2, 0, 5]], a_fees=3.0)))


def test_too_large_for_tableaus() -> None:
    with pytest.raises(ParameterError, match="use “linear”"):
        solve("simplex", problem(np.zeros((201, 202))))


def test_a_long_run_of_highs_ends_within_a_second_of_being_told() -> None:
    rng = np.random.default_rng(6)
    monitor = Monitor()
    told: list[float] = []

    def stop() -> None:
        told.append(time.perf_counter())
        monitor.cancel()

    timer = threading.Timer(1.0, stop)
    timer.start()
    with pytest.raises(Cancelled):
        solve("linear", problem(np.outer(rng.random(200), rng.random(200))), monitor)
    assert time.perf_counter() - told[0] < 1
    timer.join()


def test_a_process_apart_finds_the_same() -> None:
    C = np.random.default_rng(7).random((60, 90))
    assert C.size > 5000
    got = solve("linear", problem(C))
    assert got.objective == pytest.approx(scipy_optimum(problem(C)))
    proven(got)


def test_what_can_not_be_sent_to_a_process_apart_is_raised_here() -> None:
    with pytest.raises((pickle.PicklingError, AttributeError, TypeError)):
        run_apart(len, threading.Lock(), monitor=Monitor())
