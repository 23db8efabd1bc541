"""Transport against POT, linprog and the worked numbers."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import ot
import pytest
from scipy.optimize import linprog
from scipy.special import logsumexp

from core.solvers.match.peers import LECTURE, problem, proven, solve
from syncline.errors import Infeasible, OverBudget
from syncline.progress import Monitor
from syncline.solvers.match import steps_of
from syncline.solvers.match._kernels import exp_nonpositive, sweeps
from syncline.solvers.match._scaling import plan, scale

SWAP = np.array([[0.0, 1.0], [1.0, 0.0]])


def swap(**more: Any) -> Any:
    return problem(SWAP, a_mass=np.array([0.5, 0.5]), b_mass=np.array([0.25, 0.75]), **more)


def random_problem(rng: np.random.Generator, forbidden: float = 0.0, **more: Any) -> Any:
    n, m = rng.integers(1, 8, 2)
    C = rng.standard_normal((n, m)) if rng.random() < 0.5 else rng.integers(0, 4, (n, m)).astype(float)
    C[rng.random((n, m)) < forbidden] = np.inf
    a, b = rng.integers(0, 4, n).astype(float), rng.integers(0, 4, m).astype(float)
    a[rng.integers(n)] += 1
    b[rng.integers(m)] += 1
    return problem(C, a_mass=a, b_mass=b, **more)


def by_linprog(p: Any, mass: float | None = None, fees: tuple[np.ndarray, np.ndarray] | None = None) -> float | None:
    """Least cost of a plan: balanced, of a given mass, or with fees for mass that stays (+∞: must not stay)."""
    C = p.placed.costs
    n, m = C.shape
    a, b = p.a_mass / p.a_mass.sum(), p.b_mass / p.b_mass.sum()
    A = np.vstack([np.kron(np.eye(n), np.ones(m)), np.kron(np.ones(n), np.eye(m))])
    c, upper = C.ravel(), np.where(np.isfinite(C.ravel()), np.inf, 0)
    right = np.concatenate([a, b])
    if fees is not None:
        c = np.concatenate([c, *fees])
        upper = np.concatenate([upper, *(np.where(np.isfinite(f), np.inf, 0) for f in fees)])
        A = np.hstack([A, np.eye(n + m)])
    c = np.where(np.isfinite(c), c, 0)
    bounds = [(0, u) for u in upper]
    if mass is None:
        found = linprog(c, A_eq=A, b_eq=right, bounds=bounds)
    else:
        found = linprog(c, A_ub=A, b_ub=right, A_eq=np.ones((1, n * m)), b_eq=[mass], bounds=bounds)
    return float(found.fun) if found.status == 0 else None


def test_worked_numbers() -> None:
    exact = solve("transport", swap())
    assert exact.objective == pytest.approx(0.25)
    assert np.allclose(exact.weights, [[0.25, 0.25], [0, 0.5]])
    soft = solve("sinkhorn", swap(), epsilon=1.0, tolerance=1e-13)
    assert soft.figures["cost"] == pytest.approx(0.33695517, abs=1e-8)
    assert np.allclose(soft.weights, [[0.206522, 0.293478], [0.043478, 0.456522]], atol=1e-6)
    assert solve("partial", swap(), share=0.5).objective == pytest.approx(0)
    assert solve("partial", swap(), share=0.9).objective == pytest.approx(0.15)
    done = scale(np.array([0.5, 0.5]), np.ones(2), SWAP, 0.1, 1.0, 1e-13, 10_000, 1.0, Monitor())
    assert plan(done.f, done.g, SWAP, 0.1).diagonal() == pytest.approx([0.718842] * 2, abs=1e-6)
    got = solve("transport", problem(LECTURE))
    assert got.objective == pytest.approx(107 / 3)
    assert got.pairs.tolist() == [[0, 2], [1, 1], [2, 0]]
    line = np.abs(np.subtract.outer([0.0, 1, 3], [5.0, 6, 8]))
    assert solve("transport", problem(line)).objective == pytest.approx(5)
    assert solve("transport", problem(line**2)).objective == pytest.approx(25)


def test_exact_is_the_linear_programme() -> None:
    rng = np.random.default_rng(8)
    infeasible = 0
    for _ in range(150):
        p = random_problem(rng, rng.choice([0, 0.3]))
        wanted = by_linprog(p)
        if wanted is None:
            infeasible += 1
            with pytest.raises(Infeasible, match="can't take all the mass"):
                solve("transport", p)
            continue
        got = solve("transport", p)
        assert got.objective == pytest.approx(wanted, abs=1e-9)
        assert got.figures["marginal_error"] < 1e-12
        proven(got)
    assert infeasible > 20


def test_fees_and_partial_mass_are_the_linear_programme() -> None:
    rng = np.random.default_rng(9)
    for _ in range(100):
        a_fee, b_fee = rng.uniform(-1, 2, 2)
        p = random_problem(rng, a_fees=a_fee, b_fees=b_fee)
        fees = [np.full(c, f) for c, f in zip(p.similarity.shape, (a_fee, b_fee), strict=True)]
        got = solve("transport", p)
        assert got.objective == pytest.approx(by_linprog(p, fees=(fees[0], fees[1])), abs=1e-9)
        proven(got)
        p = random_problem(rng, rng.choice([0, 0.3]))
        share = float(rng.random())
        wanted = by_linprog(p, mass=share)
        if wanted is None:
            with pytest.raises(Infeasible, match=r"take all the mass; .* lower the mass to link\.$"):
                solve("partial", p, share=share)
            continue
        got = solve("partial", p, share=share)
        assert got.objective == pytest.approx(wanted, abs=1e-9)
        assert got.figures["mass"] == pytest.approx(share)


@pytest.mark.parametrize("eps", [1.0, 0.1, 0.02])
def test_sinkhorn_is_pots(eps: float) -> None:
    rng = np.random.default_rng(10)
    C, a, b = rng.random((30, 20)), rng.random(30), rng.random(20)
    a, b = a / a.sum(), b / b.sum()
    got = solve("sinkhorn", problem(C, a_mass=a, b_mass=b), epsilon=eps, tolerance=1e-13, most_sweeps=200_000)
    wanted = ot.sinkhorn(a, b, C, eps * np.ptp(C), method="sinkhorn_log", numItermax=200_000, stopThr=1e-13)
    assert np.abs(got.weights - wanted).max() < 1e-11
    done = scale(a, b, C, eps, 0.5, 1e-14, 200_000, 1.0, Monitor())
    with pytest.warns(UserWarning, match="reg_type = entropy"):
        wanted = ot.unbalanced.sinkhorn_unbalanced(
            a, b, C, eps, 0.5, method="sinkhorn", reg_type="entropy", numItermax=200_000, stopThr=1e-15
        )
    assert np.abs(plan(done.f, done.g, C, eps) - wanted).max() < 1e-11


@pytest.mark.parametrize("eps", [1.0, 1e-2, 1e-4])
@pytest.mark.parametrize("rho", [np.inf, 1.0, 1e-3])
def test_a_sweep_is_the_plain_logarithm_of_sums(eps: float, rho: float) -> None:
    rng = np.random.default_rng(20)
    C = rng.random((14, 9))
    C[2, 3:] = np.inf
    C[4:, 5] += 3.0
    log_a, log_b = np.log(rng.random(14)), np.log(rng.random(9))
    damp = 1.0 if np.isinf(rho) else rho / (rho + eps)
    f, g, F, G = np.zeros(14), np.zeros(9), np.zeros(14), np.zeros(9)
    for _ in range(30):
        sweeps(C, C.T.copy(), log_a, log_b, eps, damp, f, g, 0.0, 1)
        F = damp * eps * (log_a - logsumexp((G - C) / eps, axis=1))
        G = damp * eps * (log_b - logsumexp((F[:, None] - C) / eps, axis=0))
        assert np.abs(f - F).max() < 1e-13
        assert np.abs(g - G).max() < 1e-13


def test_small_epsilon_comes_to_the_exact_cost_where_the_plain_kernel_underflows() -> None:
    C = np.random.default_rng(11).random((12, 12))
    assert np.exp(-C.max() / 1e-3) == 0
    got = solve("sinkhorn", problem(C), epsilon=1e-3, most_sweeps=200_000)
    assert got.figures["cost"] == pytest.approx(solve("transport", problem(C)).objective, abs=1e-3)


def test_an_honest_note_when_it_does_not_converge_or_says_nothing() -> None:
    C = np.random.default_rng(12).random((20, 20))
    assert "Not converged after 3 sweeps" in solve("sinkhorn", problem(C), most_sweeps=3).notes[0]
    blurred = solve("sinkhorn", problem(C), epsilon=100.0)
    assert "says next to nothing" in blurred.notes[0]
    assert blurred.figures["from_uniform"] < 0.01
    assert blurred.figures["entropy"] == pytest.approx(np.log(400), abs=1e-3)
    assert "cost the same" in solve("transport", problem(np.ones((3, 3)))).notes[0]
    assert solve("transport", problem(C)).notes == ()


def test_locked_mass_goes_first_and_the_rest_is_solved() -> None:
    a, b = np.array([0.5, 0.3, 0.2]), np.array([0.4, 0.6])
    C = np.array([[0.0, 5.0], [1.0, 2.0], [3.0, 0.0]])
    for method in ("transport", "sinkhorn", "unbalanced", "partial"):
        got = solve(method, problem(C, locked={(0, 1)}, a_mass=a, b_mass=b))
        assert got.weights[0].tolist() == [0, 0.5]
        assert got.links[0].locked
    got = solve("transport", problem(C, locked={(0, 1)}, a_mass=a, b_mass=b))
    # Left: 0.3 and 0.2 for 0.4 and 0.1.
    assert np.allclose(got.weights[1:], [[0.3, 0], [0.1, 0.1]])
    proven(got)
    assert np.isnan(got.certificate.u[0])


def test_every_half_sweep_makes_one_marginal_right() -> None:
    C = np.random.default_rng(13).random((4, 6))
    p = problem(C, a_fees=0.4)
    seen = list(steps_of("sinkhorn")(p, None))
    assert all(s.null for s in seen)
    for s in seen:
        rows, columns = s.plan.sum(1), s.plan.sum(0)
        assert np.allclose(*((rows, s.supply) if s.count % 2 else (columns, s.demand)))
    assert seen[-1].error <= 1e-9
    got = solve("sinkhorn", p)
    assert np.abs(seen[-1].plan[:-1, :-1] - got.weights).max() < 1e-9
    assert np.allclose(got.free_a, seen[-1].plan[:-1, -1], atol=1e-9)


def test_the_exponential() -> None:
    x = np.concatenate([[0.0, -0.0, -1e-300, -708.0], -np.random.default_rng(14).exponential(30, 20_000)])
    got = np.array([exp_nonpositive(v) for v in x])
    assert np.abs(got / np.exp(x) - 1).max() < 5e-16
    assert exp_nonpositive(-1e300) == exp_nonpositive(-708.0) < 1e-307


def test_budget() -> None:
    for method in ("transport", "sinkhorn", "unbalanced", "partial"):
        with pytest.raises(OverBudget, match="MiB"):
            solve(method, problem(LECTURE, budget=100))


def test_pot_warns_of_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        solve("transport", problem(np.random.default_rng(15).random((50, 40))))
