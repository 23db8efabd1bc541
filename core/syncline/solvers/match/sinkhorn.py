"""Entropic optimal transport: a soft plan, by Sinkhorn's iteration in the log domain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ...model import Matching
from ...progress import Monitor
from ...registry import number
from . import MatchProblem, register
from ._masses import Ground, feasible, lay, plan_of
from ._scaling import SinkhornStep, plan, scale, walk

__all__ = ["SinkhornParams", "solve", "steps"]


@dataclass(frozen=True)
class SinkhornParams:
    """Parameters of `solve`."""

    epsilon: float = number(
        0.05,
        "ε",
        "Strength of the entropy, in parts of the spread of the costs. Small: nearly the exact plan. Large: mass is "
        "shared out evenly.",
        low=1e-5,
        high=1e3,
    )
    tolerance: float = number(
        1e-9, "Tolerance", "Marginal error to stop at, of a mass of 1.", low=1e-14, high=0.1, advanced=True
    )
    most_sweeps: int = number(10_000, "Most sweeps", "Then stop, and say so.", low=1, high=10_000_000, advanced=True)
    threshold: float = number(
        0.5, "Link from", "Share of the smaller of both masses that makes a pair a link.", low=0.0, high=1.0
    )


def steps(problem: MatchProblem, params: SinkhornParams | None = None) -> Iterator[SinkhornStep]:
    """Yield the plan after every half-sweep, all of them at the last ε.

    Raises
    ------
    Infeasible
        Allowed pairs can't take all the mass.
    """
    params = params or SinkhornParams()
    ground = lay(problem)
    feasible(ground, Monitor())
    eps = params.epsilon * ground.spread
    return walk(
        ground.supply, ground.demand, ground.costs, eps, np.inf, params.tolerance, params.most_sweeps, ground.null
    )


@register("sinkhorn", "Entropic transport (Sinkhorn)", SinkhornParams)
def solve(problem: MatchProblem, params: SinkhornParams, monitor: Monitor) -> Matching:
    """Move the mass of the objects to the words at little cost and with much entropy.

    Minimises ⟨T, C⟩ + ε Σ T (ln T − 1). Masses, locked links and who may stay unmatched as in `transport.solve`. Small
    ε are reached by halves. The plan is unique.

    Returns
    -------
    Matching
        `objective` as above, with locked pairs and fees. `figures`: those of `transport.solve`, and ``cost`` without
        the entropy, ``sweeps``, ``epsilon`` in the unit of the costs. `notes` say when it did not converge, or the
        plan says nothing.

    Raises
    ------
    Infeasible
        Allowed pairs can't take all the mass.
    OverBudget
        Before anything is allocated.

    References
    ----------
    M. Cuturi 2013, NIPS 26; G. Peyré & M. Cuturi 2019, ch. 4.4 (log domain).
    """
    ground = lay(problem)
    feasible(ground, monitor)
    return solve_ground(ground, "sinkhorn", params, np.inf, monitor)


def solve_ground(ground: Ground, method: str, params: SinkhornParams, rho: float, monitor: Monitor) -> Matching:
    """Solve what is laid out, with both sides' masses held by ρ in parts of the spread of the costs."""
    eps, rho = params.epsilon * ground.spread, rho * ground.spread
    notes: list[str] = []
    if not ground.costs.size:
        return plan_of(ground, method, ground.costs, ground.held_cost, params.threshold)
    a, b, C = ground.supply, ground.demand, ground.costs
    done = scale(a, b, C, eps, rho, params.tolerance, params.most_sweeps, ground.spread, monitor)
    T = plan(done.f, done.g, C, eps)
    if not done.converged:
        notes.append(
            f"Not converged after {done.sweeps:,} sweeps: the marginals are still off by {done.error:.1e}. Allow more "
            "sweeps, or a larger ε."
        )
    used = T > 0
    cost = ground.held_cost + float(T[used] @ C[used])
    objective = cost + eps * float(np.sum(T[used] * (np.log(T[used]) - 1)))
    if np.isfinite(rho):
        objective += rho * (_divergence(T.sum(1), a) + _divergence(T.sum(0), b))
    figures = {"cost": cost, "sweeps": float(done.sweeps), "epsilon": eps}
    return plan_of(ground, method, T, objective, params.threshold, None, figures, notes)


def _divergence(x: np.ndarray, y: np.ndarray) -> float:
    """KL(x | y) = Σ x ln(x / y) − x + y of masses."""
    return float(np.sum(np.where(x > 0, x * np.log(np.where(x > 0, x, 1.0) / y), 0.0) - x + y))
