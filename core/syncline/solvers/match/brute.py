"""All n! matchings, one after the other: why a method is needed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations
from math import factorial

import numpy as np

from ...errors import ParameterError
from ...model import Matching
from ...progress import Monitor
from . import MatchProblem, register
from ._board import Board, make_board, matching_of
from ._program import refuse_infeasible

__all__ = ["BruteParams", "BruteStep", "solve", "steps"]

_LARGEST = 8


@dataclass(frozen=True)
class BruteParams:
    """Parameters of `solve`: none."""


@dataclass(frozen=True)
class BruteStep:
    """One matching tried.

    Attributes
    ----------
    count, total
        Matchings tried with this one, of N! in all.
    cube
        N³, which the Hungarian method grows with.
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
    """Yield every matching of the board in lexicographic order.

    Raises
    ------
    ParameterError
        More than 8 elements with the dummies.
    """
    return _walk(_board(problem))


def _board(problem: MatchProblem) -> Board:
    board = make_board(problem.placed)
    size = len(board.rows)
    if size > _LARGEST:
        raise ParameterError(
            f"There are {size}! = {factorial(size):.3g} matchings of {size} elements with their dummies; up to "
            f"{_LARGEST} can be tried one by one."
            if size <= 100
            else f"{size:,} elements have too many matchings to try; up to {_LARGEST} elements can be."
        )
    return board


def _walk(board: Board) -> Iterator[BruteStep]:
    size = len(board.rows)
    costs = board.values.tolist()
    total, best, least = factorial(size), tuple(range(size)), np.inf
    for count, columns in enumerate(permutations(range(size)), 1):
        cost = sum(costs[i][j] for i, j in enumerate(columns))
        if cost < least:
            best, least = columns, cost
        yield BruteStep(count, total, size**3, columns, float(cost), best, float(least))


@register("brute", "Brute force over n!", BruteParams)
def solve(problem: MatchProblem, params: BruteParams, monitor: Monitor) -> Matching:
    """Find the one-to-one matching of least cost by trying all N! of up to 8 elements.

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
