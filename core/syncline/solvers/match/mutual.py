"""Pairs that are each other's best: a baseline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...model import Matching
from ...progress import Monitor
from . import MatchProblem, register
from ._baseline import lay, left_over

__all__ = ["MutualParams", "solve"]


@dataclass(frozen=True)
class MutualParams:
    """Parameters of `solve`: none."""


@register("mutual", "Mutual nearest neighbours", MutualParams)
def solve(problem: MatchProblem, params: MutualParams, monitor: Monitor) -> Matching:
    """Link an object and a word if each is the other's cheapest; ties go to the lowest index.

    Locked pairs are out of the competition. Most elements may find no partner, those too that must be matched.

    Returns
    -------
    Matching
        As `greedy.solve`.

    Raises
    ------
    Infeasible
        Two locked links share an element.
    """
    monitor.check()
    ground = lay(problem.placed)
    C = ground.costs
    if not C.size:
        return left_over(ground, "mutual", np.zeros((0, 2), np.intp))
    best = C.argmin(1)
    rows = np.flatnonzero((C.argmin(0)[best] == np.arange(len(C))) & np.isfinite(C.min(1)))
    return left_over(ground, "mutual", np.column_stack([rows, best[rows]]))
