"""The square matrix in which every assignment is a matching of all rows with all columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ...errors import Infeasible
from ...model import Certificate, Matching
from ._placed import Placed, finish, one_to_one, open_fees, stuck, unlocked

__all__ = ["Board", "certify", "make_board", "matching_of", "too_few", "without_dummies"]

F64 = NDArray[np.float64]
INTP = NDArray[np.intp]
BOOL = NDArray[np.bool_]

_CELLS = 1 << 16
"""From here on the compiled loop is worth loading."""


@dataclass(frozen=True, eq=False)
class Board:
    """An assignment problem made square.

    Locked pairs are out. A dummy column stands for “no word”, its cell the row's fee; a dummy row for “no object”;
    where both meet the cell is 0. There are as many as elements can stay unmatched, so that a problem of equal sides
    without fees has none, and one of sides n < m without fees has m − n rows of zeros.

    Attributes
    ----------
    rows, columns
        intp (N,): row and column of the similarity, −1 for a dummy.
    a_fees, b_fees
        float64 (n,), (m,) in force, +∞ for who must be matched.
    """

    placed: Placed
    rows: INTP
    columns: INTP
    a_fees: F64
    b_fees: F64

    @cached_property
    def real(self) -> tuple[int, int]:
        """How many rows and columns are no dummies; they come first."""
        return int((self.rows >= 0).sum()), int((self.columns >= 0).sum())

    @cached_property
    def inner(self) -> F64:
        """float64 (n', m'): costs of the real rows and columns."""
        n, m = self.real
        costs = self.placed.costs
        return costs if costs.shape == (n, m) else costs[np.ix_(self.rows[:n], self.columns[:m])]

    @cached_property
    def values(self) -> F64:
        """float64 (N, N), +∞ where a pair is forbidden."""
        n, m = self.real
        size = len(self.rows)
        if n == m == size:
            return self.inner
        values = np.zeros((size, size))
        values[:n, :m] = self.inner
        values[:n, m:] = self.a_fees[self.rows[:n], None]
        values[n:, :m] = self.b_fees[self.columns[:m]]
        values.setflags(write=False)
        return values

    @property
    def plain(self) -> bool:
        """The surplus of one side stays over at no fee, and nobody else may: dummies need not be looked at."""
        n, m = self.real
        over = self.b_fees[self.columns[:m]] if m > n else self.a_fees[self.rows[:n]]
        return len(self.rows) == max(n, m) and (n == m or not over.any())

    @property
    def locked_cost(self) -> float:
        """What the pairs that are out cost."""
        locked = self.placed.locked
        return float(self.placed.costs[locked[:, 0], locked[:, 1]].sum())


def make_board(placed: Placed) -> Board:
    """Lay a problem out as a square.

    Raises
    ------
    Infeasible
        Two locked links share an element.
    """
    one_to_one(placed)
    rows, columns = unlocked(placed)
    a_fees, b_fees = open_fees(placed, rows, columns)
    n, m = len(rows), len(columns)
    # At most d rows stay unmatched: those that may, and no more than columns that may leave behind.
    d = min(int(np.isfinite(a_fees[rows]).sum()), int(np.isfinite(b_fees[columns]).sum()) - m + n)
    return Board(
        placed,
        np.concatenate([rows, np.full(m + d - n, -1)]).astype(np.intp),
        np.concatenate([columns, np.full(d, -1)]).astype(np.intp),
        a_fees,
        b_fees,
    )


def too_few(board: Board, rows: BOOL, columns: BOOL) -> Infeasible:
    """Say who is stuck, given rows (N,) of a board that are open to fewer columns (N,) than they are themselves."""
    who, left = board.rows[rows], board.columns[columns]
    if (who >= 0).all():
        return stuck(board.placed, 0, who, left[left >= 0])
    # Dummies among them reach every column that may stay unmatched: the others must, and are open to too few rows.
    who, left = board.columns[~columns], board.rows[~rows]
    return stuck(board.placed, 1, who[who >= 0], left[left >= 0])


def certify(placed: Placed, u: F64, v: F64, a_fees: F64, b_fees: F64, objective: float, bound: float) -> Certificate:
    """Check potentials, NaN on elements that are out, against every open pair and fee."""
    # Elements that are out bind nobody.
    high_u, high_v = np.where(np.isnan(u), -np.inf, u), np.where(np.isnan(v), -np.inf, v)
    if placed.costs.size > _CELLS:
        from ._kernels import row_minima

        least = row_minima(placed.costs, high_v)
    else:
        least = (placed.costs - high_v).min(1, initial=np.inf)
    pairs = least - high_u
    slack = min(rest.min(initial=np.inf) for rest in (pairs, a_fees - high_u, b_fees - high_v))
    return Certificate(u, v, bound, objective - bound, float(slack))


def without_dummies(
    u: F64, v: F64, p: float | None, w: float | None, may_a: BOOL, may_b: BOOL, all_a: bool
) -> tuple[F64, F64]:
    """Potentials of the real rows and columns such that those of all dummies may be taken as 0.

    Parameters
    ----------
    u, v
        float64 (n,), (m,): of the real rows and columns.
    p, w
        Of the dummy rows and of the dummy columns, None where there are none; p + w ≤ 0.
    may_a, may_b
        bool (n,), (m,): who may stay unmatched.
    all_a
        There is room at the dummies for just all rows that may stay unmatched; else for just all such columns.
    """
    if w is not None:
        u, v = u + w, v - w
    elif p is not None:
        u, v = u - p, v + p
    if p is not None and w is not None and p + w < 0:
        # No dummy meets a dummy: all of one side that may stay unmatched do, and would at a smaller fee.
        gap = p + w
        if all_a:
            u, v = np.where(may_a, u, u - gap), v + gap
        else:
            v = np.where(may_b, v + gap, v)
    return u, v


def matching_of(
    board: Board,
    method: str,
    x: INTP,
    potentials: tuple[F64, F64] | None,
    figures: Mapping[str, float] | None = None,
) -> Matching:
    """Turn a matching of the board (column of each row) into a result, certified if there are potentials (N,), (N,)."""
    n, m = board.real
    placed = board.placed
    real = np.flatnonzero(x[:n] < m)
    alone_a, alone_b = np.flatnonzero(x[:n] >= m), x[n:][x[n:] < m]
    fees = board.a_fees[board.rows[alone_a]].sum() + board.b_fees[board.columns[alone_b]].sum()
    objective = board.locked_cost + float(board.inner[real, x[real]].sum() + fees)
    pairs = np.column_stack([board.rows[real], board.columns[x[real]]])
    pairs = np.concatenate([placed.locked, pairs])
    weights = np.zeros(placed.costs.shape)
    weights[pairs[:, 0], pairs[:, 1]] = 1.0
    certificate = None
    if potentials is not None:
        u, v = (np.full(count, np.nan) for count in placed.costs.shape)
        p, w = potentials[0][n:], potentials[1][m:]
        may_a, may_b = np.isfinite(board.a_fees[board.rows[:n]]), np.isfinite(board.b_fees[board.columns[:m]])
        u[board.rows[:n]], v[board.columns[:m]] = without_dummies(
            potentials[0][:n],
            potentials[1][:m],
            # Dummies are interchangeable, so that their mean is as good a potential as their own.
            float(p.mean()) if len(p) else None,
            float(w.mean()) if len(w) else None,
            may_a,
            may_b,
            bool(may_a.sum() == len(w)),
        )
        bound = board.locked_cost + float(u[board.rows[:n]].sum() + v[board.columns[:m]].sum())
        certificate = certify(placed, u, v, board.a_fees, board.b_fees, objective, bound)
    return finish(placed, method, weights, pairs, objective, certificate=certificate, figures=figures)
