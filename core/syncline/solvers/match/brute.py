"""All matchings, n! where all must be matched, one after the other: why a method is needed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import comb, factorial

import numpy as np

from ...errors import ParameterError
from ...model import Matching
from ...progress import Monitor
from . import MatchProblem, register
from ._board import Board, make_board, matching_of
from ._program import refuse_infeasible

__all__ = ["BruteParams", "BruteStep", "solve", "steps"]

_LARGEST = 8
_MOST = factorial(_LARGEST)
_NAMED = 100
"""Elements of which the matchings are still counted to say that they are too many."""


@dataclass(frozen=True)
class BruteParams:
    """Parameters of `solve`: none."""


@dataclass(frozen=True)
class BruteStep:
    """One matching tried.

    Attributes
    ----------
    count, total
        Matchings tried with this one, of all: N! without dummies; which dummy stands where makes no difference.
    cube
        N³ with the dummies, which the Hungarian method grows with.
    columns
        Column of each row of the board (dummies last), and its `cost`, +∞ if a pair is forbidden.
    best, best_cost
        The cheapest so far.
    """

    count: int
    total: int
    cube: int
    columns: tuple[int, ...]
    cost: float
    best: tuple[int, ...]
    best_cost: float


def steps(problem: MatchProblem, params: BruteParams | None = None) -> Iterator[BruteStep]:
    """Yield every matching of the board in lexicographic order, the dummies last.

    Raises
    ------
    ParameterError
        More than 8! matchings.
    """
    return _walk(_board(problem))


def _board(problem: MatchProblem) -> Board:
    board = make_board(problem.placed)
    (n, m), size = board.real, len(board.rows)
    if size > _NAMED:
        raise ParameterError(f"{size:,} elements have too many matchings to try; up to {_LARGEST} elements can be.")
    total = _count(board)
    if total > _MOST:
        many = (
            f"{size}! = {total:.3g} matchings of {size} elements"
            if n == m == size
            else f"{total:.3g} matchings of {n} with {m} elements of which some may stay unmatched"
        )
        raise ParameterError(
            f"There are {many}; up to {_LARGEST}! = {_MOST:,} can be tried one by one. Lock links or take elements out."
        )
    return board


def _free(board: Board) -> tuple[list[bool], list[bool]]:
    """Which of the real rows and columns may stay unmatched."""
    n, m = board.real
    return (
        np.isfinite(board.a_fees[board.rows[:n]]).tolist(),
        np.isfinite(board.b_fees[board.columns[:m]]).tolist(),
    )


def _count(board: Board) -> int:
    """Matchings: k of the rows that may stay unmatched do, the others take all columns that may not, and some more."""
    (n, m), (rows, columns) = board.real, _free(board)
    must = m - sum(columns)
    ks = range(max(n - m, 0), min(sum(rows), n - must) + 1)
    return sum(comb(sum(rows), k) * comb(sum(columns), n - k - must) * factorial(n - k) for k in ks)


def _ways(board: Board) -> Iterator[tuple[int, ...]]:
    """Columns of each row; dummies are taken in their order, since one is as good as another."""
    (n, m), size, (rows, columns) = board.real, len(board.rows), _free(board)
    taken: list[int] = []
    left = [True] * m

    def fill(dummy: int, must: int) -> Iterator[tuple[int, ...]]:
        i = len(taken)
        if must > n - i:
            return
        if i == n:
            yield (*taken, *(j for j in range(m) if left[j]), *range(dummy, size))
            return
        for j in range(m):
            if left[j]:
                left[j] = False
                taken.append(j)
                yield from fill(dummy, must - (not columns[j]))
                taken.pop()
                left[j] = True
        if rows[i] and dummy < size:
            taken.append(dummy)
            yield from fill(dummy + 1, must)
            taken.pop()

    return fill(m, m - sum(columns))


def _walk(board: Board) -> Iterator[BruteStep]:
    size = len(board.rows)
    costs = board.values.tolist()
    total, best, least = _count(board), tuple(range(size)), np.inf
    for count, columns in enumerate(_ways(board), 1):
        cost = sum(costs[i][j] for i, j in enumerate(columns))
        if cost < least:
            best, least = columns, cost
        yield BruteStep(count, total, size**3, columns, float(cost), best, float(least))


@register("brute", "Brute force over n!", BruteParams)
def solve(problem: MatchProblem, params: BruteParams, monitor: Monitor) -> Matching:
    """Find the one-to-one matching of least cost by trying all, of up to 8! of them.

    Returns
    -------
    Matching
        As `assignment.solve`, without a certificate; `figures` has ``tried``.

    Raises
    ------
    ParameterError
        As `steps`.
    Infeasible
        Too few pairs are allowed; names the elements that are stuck. Or two locks share an element.
    """
    board = _board(problem)
    last: BruteStep | None = None
    for step in _walk(board):
        if step.count % 1000 == 0:
            monitor.advance(step.count, step.total)
        last = step
    assert last is not None
    if np.isinf(last.best_cost):
        raise refuse_infeasible(problem.placed)
    return matching_of(board, "brute", np.array(last.best, np.intp), None, {"tried": float(last.count)})
