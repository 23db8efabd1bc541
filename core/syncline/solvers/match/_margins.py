"""How sure each decision of an optimal matching is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...progress import Monitor
from ._board import make_board
from ._exact import refuse, solve_board
from ._placed import Placed

__all__ = ["Margin", "find_margins"]


@dataclass(frozen=True)
class Margin:
    """One decision of the optimal matching and what the best matching without it costs more.

    Attributes
    ----------
    a, b
        Row and column of the pair; −1 on one side: the other stays unmatched.
    margin
        Rise of the objective without this decision, 0 or more; ∞ where there is no other matching, as for a lock.
    instead
        What the element of A (of B if `a` is −1) does instead: its partner's column (row), −1 unmatched; None where
        there is no other matching.
    """

    a: int
    b: int
    margin: float
    instead: int | None


def find_margins(placed: Placed, budget: int, monitor: Monitor) -> list[Margin]:
    """Margins of all pairs and unmatched elements, smallest first; see `syncline.solvers.match.margins`."""
    refuse(24 * sum(placed.costs.shape) ** 2, budget, placed.costs.shape)
    board = make_board(placed)
    best = solve_board(board, monitor.part(0.0, 0.3))
    n, m = board.real
    size = len(board.rows)
    found = [Margin(int(i), int(j), np.inf, None) for i, j in placed.locked]

    # From each real row: without its column, or without any dummy column.
    rows = np.arange(n)
    column = best.x[:n]
    matched = column < m
    banned = np.column_stack([np.where(matched, column, m), np.where(matched, column + 1, size)])
    costs, first = _detours(board.values, best.v, best.x, best.y, rows, banned, monitor.part(0.3, 0.9))
    for i in range(n):
        partner = board.columns[column[i]]
        instead = int(board.columns[first[i]]) if np.isfinite(costs[i]) else None
        found.append(Margin(int(board.rows[i]), int(partner), float(costs[i]), instead))

    # From each column that stays unmatched: without any dummy row. The same, rows and columns exchanged.
    alone = np.flatnonzero(best.y[:m] >= n)
    if len(alone):
        turned = np.ascontiguousarray(board.values.T)
        banned = np.column_stack([np.full(len(alone), n), np.full(len(alone), size)])
        costs, first = _detours(turned, best.u, best.y, best.x, alone, banned, monitor.part(0.9, 1.0))
        for c, cost, j in zip(alone, costs, first, strict=True):
            instead = int(board.rows[j]) if np.isfinite(cost) else None
            found.append(Margin(-1, int(board.columns[c]), float(cost), instead))
    return sorted(found, key=lambda r: (r.margin, r.a, r.b))


def _detours(
    values: NDArray[np.float64],
    v: NDArray[np.float64],
    x: NDArray[np.int64],
    y: NDArray[np.int64],
    rows: NDArray[np.intp],
    banned: NDArray[np.intp],
    monitor: Monitor,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    from . import _kernels as k

    costs, firsts = np.empty(len(rows)), np.empty(len(rows), np.int64)
    rows, banned = rows.astype(np.int64), banned.astype(np.int64)
    some = max(1, 20_000_000 // max(1, values.size))
    for s in range(0, len(rows), some):
        e = s + some
        k.detours(values, v, x, y, rows[s:e], banned[s:e], costs[s:e], firsts[s:e])
        monitor.advance(e, len(rows))
    return costs, firsts
