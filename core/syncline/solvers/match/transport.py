"""Exact optimal transport: mass of objects moved to words at the least cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...model import Matching
from ...progress import Monitor
from ...registry import number
from . import MatchProblem, register
from ._masses import certificate_of, emd, lay, plan_of

__all__ = ["TransportParams", "solve"]


@dataclass(frozen=True)
class TransportParams:
    """Parameters of `solve`."""

    threshold: float = number(
        0.5, "Link from", "Share of the smaller of both masses that makes a pair a link.", low=0.0, high=1.0
    )


@register("transport", "Optimal transport", TransportParams)
def solve(problem: MatchProblem, params: TransportParams, monitor: Monitor) -> Matching:
    """Move the mass of the objects to the words at the least cost, exactly.

    Each side's masses are scaled to a sum of 1. Locked links take min(a_i, b_j) first. Mass of elements that may stay
    unmatched goes to nobody at their fee; if only one side has such elements, so may the other's, at no fee.

    Returns
    -------
    Matching
        `weights` is the plan, `objective` its cost with fees, `certificate` proves it (potentials weigh as the masses
        do). `figures`: ``mass`` linked, ``marginal_error`` (L1), ``entropy`` in nats, ``from_uniform`` (total
        variation from the plan a bᵀ, 0 to 1). `notes` say when the plan says nothing.

    Raises
    ------
    Infeasible
        Allowed pairs can't take all the mass.
    OverBudget
        Before anything is allocated.

    References
    ----------
    N. Bonneel et al. 2011, ACM TOG 30(6), in POT (Flamary et al. 2021, JMLR 22).
    """
    ground = lay(problem)
    plan, u, v = emd(ground, monitor)
    used = plan > 0
    objective = ground.held_cost + float(plan[used] @ ground.costs[used])
    certificate = certificate_of(ground, u, v, objective) if np.size(plan) else None
    return plan_of(ground, "transport", plan, objective, params.threshold, certificate)
