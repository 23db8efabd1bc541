"""Partial transport: only the share of the mass that is cheapest to link."""

from __future__ import annotations

from dataclasses import dataclass

from ...model import Matching
from ...progress import Monitor
from ...registry import number
from . import MatchProblem, register
from ._masses import emd, lay, plan_of

__all__ = ["PartialParams", "solve"]


@dataclass(frozen=True)
class PartialParams:
    """Parameters of `solve`."""

    share: float = number(0.8, "Mass to link", "Share of the whole mass; the dearest rest stays.", low=0.0, high=1.0)
    threshold: float = number(
        0.5, "Link from", "Share of the smaller of both masses that makes a pair a link.", low=0.0, high=1.0
    )


@register("partial", "Partial transport", PartialParams)
def solve(problem: MatchProblem, params: PartialParams, monitor: Monitor) -> Matching:
    """Move a share of the mass at the least cost, exactly; the rest stays, at the fee of whose it is, if any.

    Locked links take their mass first, even if it is more than the share.

    Returns
    -------
    Matching
        As `transport.solve`, without a certificate.

    Raises
    ------
    Infeasible
        Allowed pairs can't take that much.
    OverBudget
        Before anything is allocated.

    References
    ----------
    L. Chapel, M. Alaya & G. Gasso 2020, NeurIPS 33.
    """
    ground = lay(problem, params.share)
    plan, _, _ = emd(ground, monitor)
    used = plan > 0
    objective = ground.held_cost + float(plan[used] @ ground.costs[used])
    return plan_of(ground, "partial", plan, objective, params.threshold)
