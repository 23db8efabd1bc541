"""The Hungarian method, step by step as it is taught."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...errors import ParameterError
from ...model import Matching
from ...progress import Monitor
from . import MatchProblem, register
from ._board import Board, make_board, matching_of, too_few

__all__ = ["HungarianParams", "HungarianStep", "solve", "steps"]

F64 = NDArray[np.float64]
INTP = NDArray[np.intp]
BOOL = NDArray[np.bool_]

_LARGEST = 300


@dataclass(frozen=True)
class HungarianParams:
    """Parameters of `solve`: none."""


@dataclass(frozen=True, eq=False)
class HungarianStep:
    """The board after one step.

    Attributes
    ----------
    kind
        ``"start"``, ``"row minima"``, ``"column minima"``, then in turns ``"cover"`` (the fewest lines through all
        zeros) and ``"shift"`` (k taken off what no line covers and added where two cross), at last ``"matching"``.
    round
        How often lines were drawn, from 1; 0 before.
    values
        float64 (N, N): what is left of the costs; +∞ where a pair is forbidden.
    rows, columns
        intp (N,): row and column of the similarity, −1 for a dummy that stands for nobody.
    u, v
        float64 (N,): what was taken off each row and column so far; values = costs − u − v.
    matched
        intp (N,): column whose zero each row has in the maximum matching among the zeros, −1 for none.
    row_lines, column_lines
        bool (N,): which rows and columns the lines cover; as many as zeros are matched (Kőnig).
    k
        Least value that no line covers; None unless the kind is ``"shift"``.
    """

    kind: Literal["start", "row minima", "column minima", "cover", "shift", "matching"]
    round: int
    values: F64
    rows: INTP
    columns: INTP
    u: F64
    v: F64
    matched: INTP
    row_lines: BOOL
    column_lines: BOOL
    k: float | None = None

    @property
    def lines(self) -> int:
        """How many lines there are; the method stops at N."""
        return int(self.row_lines.sum() + self.column_lines.sum())

    @property
    def bound(self) -> float:
        """What every matching costs at least: all that was taken off."""
        return float(self.u.sum() + self.v.sum())


def steps(problem: MatchProblem, params: HungarianParams | None = None) -> Iterator[HungarianStep]:
    """Yield the board after every step.

    Sides of different size and elements that may stay unmatched are made square by dummies (`Board`), locked pairs
    are left out. Zeros are exact: k is subtracted from itself, so that no tolerance is needed.

    Raises
    ------
    Infeasible
        Too few pairs are allowed; names the elements that are stuck.

    References
    ----------
    H. W. Kuhn 1955; J. Munkres 1957; D. Kőnig 1931.
    """
    return _walk(make_board(problem.placed))


def _walk(board: Board) -> Iterator[HungarianStep]:
    C = board.values.copy()
    size = len(C)
    u, v = np.zeros(size), np.zeros(size)
    x = np.full(size, -1, np.intp)
    nothing = np.zeros(size, np.bool_)
    turn = 0

    def step(kind: str, rows: BOOL = nothing, columns: BOOL = nothing, k: float | None = None) -> HungarianStep:
        state = (C.copy(), board.rows, board.columns, u.copy(), v.copy(), x.copy(), rows, columns, k)
        return HungarianStep(kind, turn, *state)  # pyright: ignore[reportArgumentType]

    yield step("start")
    # A row or column that is forbidden as a whole is found, and its element named, once lines are drawn.
    least = C.min(1, initial=np.inf)
    least[np.isinf(least)] = 0
    np.subtract(C, least[:, None], out=C)
    u += least
    yield step("row minima")
    least = C.min(0, initial=np.inf)
    least[np.isinf(least)] = 0
    np.subtract(C, least, out=C)
    v += least
    yield step("column minima")
    while True:
        turn += 1
        reached_rows, reached_columns = _match_zeros(C == 0, x)
        rows, columns = ~reached_rows, reached_columns
        yield step("cover", rows, columns)
        if (x >= 0).all():
            yield step("matching", rows, columns)
            return
        bare = np.ix_(reached_rows, ~reached_columns)
        k = float(C[bare].min(initial=np.inf))
        if np.isinf(k):
            raise too_few(board, reached_rows, reached_columns)
        C[bare] -= k
        C[np.ix_(rows, columns)] += k
        u[reached_rows] += k
        v[reached_columns] -= k
        yield step("shift", rows, columns, k)


def _match_zeros(zeros: BOOL, x: INTP) -> tuple[BOOL, BOOL]:
    """Grow the matching x to a maximum one; gives the rows and columns that alternating paths reach from free rows."""
    owner = np.full(len(x), -1, np.intp)
    owner[x[x >= 0]] = np.flatnonzero(x >= 0)
    reached_rows, reached_columns = np.zeros(len(x), np.bool_), np.zeros(len(x), np.bool_)
    for start in map(int, np.flatnonzero(x < 0)):
        # What an earlier search reached in vain leads nowhere from here either.
        rows, columns = reached_rows.copy(), reached_columns.copy()
        parent = np.full(len(x), -1, np.intp)
        rows[start] = True
        stack, end = [start], -1
        while stack and end < 0:
            i = stack.pop()
            fresh = np.flatnonzero(zeros[i] & ~columns)
            columns[fresh] = True
            parent[fresh] = i
            free = fresh[owner[fresh] < 0]
            if len(free):
                end = int(free[0])
            else:
                stack += owner[fresh][::-1].tolist()
                rows[owner[fresh]] = True
        if end < 0:
            reached_rows, reached_columns = rows, columns
        while end >= 0:
            i = int(parent[end])
            owner[end] = i
            x[i], end = end, int(x[i])
    return reached_rows, reached_columns


@register("hungarian", "Hungarian, step by step", HungarianParams)
def solve(problem: MatchProblem, params: HungarianParams, monitor: Monitor) -> Matching:
    """Find the one-to-one matching of least cost by the Hungarian method as taught; `steps` shows its way.

    Every round draws the fewest lines through the zeros, which is O(n⁴); “assignment” finds the same optimum faster.

    Returns
    -------
    Matching
        As `assignment.solve`; `figures` counts ``rounds``.

    Raises
    ------
    Infeasible
        As `steps`.
    ParameterError
        More than 300 elements with the dummies.
    """
    board = make_board(problem.placed)
    if len(board.rows) > _LARGEST:
        raise ParameterError(
            f"The Hungarian method by steps takes up to {_LARGEST} elements with their dummies, not "
            f"{len(board.rows):,}; use “assignment”, which has the same optimum."
        )
    last: HungarianStep | None = None
    for step in _walk(board):
        monitor.advance(int((step.matched >= 0).sum()), len(board.rows))
        last = step
    assert last is not None
    return matching_of(board, "hungarian", last.matched, (last.u, last.v), {"rounds": float(last.round)})
