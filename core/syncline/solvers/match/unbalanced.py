"""Unbalanced entropic transport: masses are wishes, not laws."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...model import Matching
from ...progress import Monitor
from ...registry import number
from . import MatchProblem, register
from ._masses import Ground, lay
from .sinkhorn import SinkhornParams, solve_ground

__all__ = ["UnbalancedParams", "solve"]


@dataclass(frozen=True)
class UnbalancedParams(SinkhornParams):
    """Parameters of `solve`."""

    rho: float = number(
        1.0,
        "ρ",
        "What it costs to miss the masses, in parts of the spread of the costs. Large: as balanced transport.",
        low=1e-4,
        high=1e6,
    )


@register("unbalanced", "Unbalanced transport", UnbalancedParams)
def solve(problem: MatchProblem, params: UnbalancedParams, monitor: Monitor) -> Matching:
    """Move mass at little cost, missing the masses of both sides where keeping them is dearer.

    Minimises ⟨T, C⟩ + ε Σ T (ln T − 1) + ρ KL(T1 | a) + ρ KL(Tᵀ1 | b): Sinkhorn's updates times ρ / (ρ + ε). Locked
    links take their mass first; the rest is solved. Who may stay unmatched may also do so at the fee; nobody must be
    matched, and who has every partner forbidden is not.

    Returns
    -------
    Matching
        As `sinkhorn.solve`; ``marginal_error`` is what was missed on purpose, too.

    Raises
    ------
    OverBudget
        Before anything is allocated.

    References
    ----------
    L. Chizat, G. Peyré, B. Schmitzer & F.-X. Vialard 2018, Math. Comp. 87.
    """
    return solve_ground(_with_partners(lay(problem)), "unbalanced", params, params.rho, monitor)


def _with_partners(ground: Ground) -> Ground:
    """Leave out who has every partner forbidden: its mass is missed, whatever ρ."""
    finite = np.isfinite(ground.costs)
    rows, columns = np.asarray(finite.any(1)), np.asarray(finite.any(0))
    return replace(
        ground,
        rows=ground.rows[rows[: len(ground.rows)]],
        columns=ground.columns[columns[: len(ground.columns)]],
        supply=ground.supply[rows],
        demand=ground.demand[columns],
        costs=ground.costs[np.ix_(rows, columns)],
    )
