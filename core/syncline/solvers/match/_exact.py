"""The optimum of a board, with its potentials; compiled, and stopped within some milliseconds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import Infeasible, OverBudget
from ...progress import Monitor
from ._board import Board, too_few
from ._placed import stuck

__all__ = ["Solved", "refuse", "solve_board"]

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

_SLICE = 20_000_000
"""Cells looked at a call, some 10 ms."""


@dataclass(frozen=True, eq=False)
class Solved:
    """Column of each row, int64 (N,), row of each column, and potentials float64 (N,) of both."""

    x: I64
    y: I64
    u: F64
    v: F64


def refuse(needed: int, budget: int, shape: tuple[int, int]) -> None:
    """Raise `OverBudget` if the bytes `needed` are more than the budget."""
    if needed > budget:
        raise OverBudget(
            f"Matching {shape[0]:,} × {shape[1]:,} needs about {needed / 2**20:,.0f} MiB of memory, but "
            f"{budget / 2**20:,.0f} MiB are allowed; match fewer elements at a time, or raise the limit.",
            needed,
            budget,
        )


def solve_board(board: Board, monitor: Monitor) -> Solved:
    """Solve a board.

    Raises
    ------
    Infeasible
        Naming elements that have too few partners between them.
    """
    n, m = board.real
    plain = board.plain
    turned = plain and n > m
    costs = np.ascontiguousarray(board.inner.T if turned else board.inner) if plain else board.values
    x, y, v = _augmented(board, costs, plain, turned, monitor)
    matched = costs[np.arange(len(x)), x]
    u = matched - v[x]
    size = len(board.rows)
    if len(x) < size:
        u = np.concatenate([u, np.zeros(size - len(x))])
        x = np.concatenate([x, np.flatnonzero(y < 0)])
        y = np.empty(size, np.int64)
        y[x] = np.arange(size)
    return Solved(y, x, v, u) if turned else Solved(x, y, u, v)


def _augmented(board: Board, costs: F64, plain: bool, turned: bool, monitor: Monitor) -> tuple[I64, I64, F64]:
    from . import _kernels as k

    n, m = costs.shape
    monitor.advance(0, n)
    x, y, v, row, count, reached = k.begin(costs, _SLICE)
    while row < n:
        if count >= 0:
            columns = reached[:count]
            raise _who(board, np.append(y[columns], row), columns, plain, turned)
        monitor.advance(row, n)
        row, count, reached = k.augment(costs, v, x, y, row, max(1, _SLICE // m))
    monitor.advance(1, 1)
    return x, y, v


def _who(board: Board, rows: I64, columns: I64, plain: bool, turned: bool) -> Infeasible:
    if plain:
        who, left = (board.columns[rows], board.rows[columns]) if turned else (board.rows[rows], board.columns[columns])
        return stuck(board.placed, int(turned), np.sort(who), np.sort(left))
    masks = np.zeros((2, len(board.rows)), np.bool_)
    masks[0, rows] = masks[1, columns] = True
    return too_few(board, *masks)
