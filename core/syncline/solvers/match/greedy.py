"""The cheapest pair first: a baseline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...model import Matching
from ...progress import Monitor
from . import MatchProblem, register
from ._baseline import lay, left_over

__all__ = ["GreedyParams", "solve"]


@dataclass(frozen=True)
class GreedyParams:
    """Parameters of `solve`: none."""


@register("greedy", "Greedy", GreedyParams)
def solve(problem: MatchProblem, params: GreedyParams, monitor: Monitor) -> Matching:
    """Take the cheapest pair whose elements are both free, again and again; ties go to the first row, then column.

    Locked pairs come first. A pair is left out if both its elements may stay unmatched at no more than it costs.
    Not optimal: an early pair may force dear ones later, or leave an element that must be matched with nobody.

    Returns
    -------
    Matching
        `objective` is the cost of the pairs and the fees of who stays unmatched; `notes` name who must be matched but
        is not.

    Raises
    ------
    Infeasible
        Two locked links share an element.
    """
    ground = lay(problem.placed)
    C = ground.costs
    n, m = C.shape
    pairs: list[tuple[int, int]] = []
    # The best column of each row; looked up anew only for rows that lose theirs.
    best = C.argmin(1) if m else np.zeros(n, np.intp)
    least = C.min(1, initial=np.inf)
    for _ in range(min(n, m)):
        monitor.advance(len(pairs), min(n, m))
        i = int(least.argmin())
        if least[i] == np.inf:
            break
        j = int(best[i])
        pairs.append((i, j))
        C[i] = C[:, j] = np.inf
        least[i] = np.inf
        losers = np.flatnonzero((best == j) & (least < np.inf))
        best[losers] = C[losers].argmin(1)
        least[losers] = C[losers, best[losers]]
    return left_over(ground, "greedy", np.array(pairs, np.intp).reshape(-1, 2))
