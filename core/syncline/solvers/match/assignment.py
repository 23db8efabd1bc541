"""The best one-to-one matching, fast."""

from __future__ import annotations

from dataclasses import dataclass

from ...model import Matching
from ...progress import Monitor
from . import MatchProblem, register
from ._board import make_board, matching_of
from ._exact import refuse, solve_board

__all__ = ["AssignmentParams", "solve"]


@dataclass(frozen=True)
class AssignmentParams:
    """Parameters of `solve`: none."""


@register("assignment", "Optimal assignment", AssignmentParams)
def solve(problem: MatchProblem, params: AssignmentParams, monitor: Monitor) -> Matching:
    """Find the one-to-one matching of least cost by shortest augmenting paths (O(n³)).

    The smaller side is covered unless its elements may stay unmatched. Ties go to the lowest column.

    Returns
    -------
    Matching
        `objective` is the cost of all pairs, locked ones too, plus the fees of who stays unmatched; `certificate`
        proves it.

    Raises
    ------
    Infeasible
        Too few pairs are allowed; names the elements that are stuck. Or two locks share an element.
    OverBudget
        Before anything is allocated.

    References
    ----------
    R. Jonker & A. Volgenant 1987, Computing 38; D. F. Crouse 2016, IEEE TAES 52(4).
    """
    n, m = problem.similarity.shape
    refuse(16 * (n + m) ** 2, problem.budget, (n, m))
    board = make_board(problem.placed)
    solved = solve_board(board, monitor)
    return matching_of(board, "assignment", solved.x, (solved.u, solved.v))
