"""Matching as a linear programme: min Σ C_ij x_ij + fees, every element in exactly one link or unmatched, x ≥ 0."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import Infeasible
from ...model import Matching
from ...progress import Monitor
from ._board import certify, make_board
from ._exact import solve_board
from ._placed import Placed, finish, one_to_one, open_fees, unlocked

__all__ = ["LinearProgram", "make_program", "matching_of_program", "refuse_infeasible"]

F64 = NDArray[np.float64]
INTP = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class LinearProgram:
    """min c·x subject to A x = 1, x ≥ 0. Locked and forbidden pairs have no variable.

    The constraint matrix is totally unimodular, so that every vertex is integral. Where nobody may stay unmatched one
    of the constraints follows from the others (rank n + m − 1).

    Attributes
    ----------
    c
        float64 (V,): costs and fees.
    rows, columns
        intp (V,): the pair that variable stands for; −1 in `columns`: the row stays unmatched, −1 in `rows`: the
        column does.
    a_rows, b_columns
        intp: the rows, then the columns of the similarity that the K constraints are about.
    """

    placed: Placed
    c: F64
    rows: INTP
    columns: INTP
    a_rows: INTP
    b_columns: INTP
    a_fees: F64
    b_fees: F64

    @cached_property
    def matrix(self) -> Any:
        """scipy.sparse.csc_array (K, V) of zeros and ones: two ones a pair, one an element that stays unmatched."""
        from scipy import sparse

        where = np.full(self.placed.costs.shape[0], -1), np.full(self.placed.costs.shape[1], -1)
        where[0][self.a_rows] = np.arange(len(self.a_rows))
        where[1][self.b_columns] = len(self.a_rows) + np.arange(len(self.b_columns))
        of_rows, of_columns = np.flatnonzero(self.rows >= 0), np.flatnonzero(self.columns >= 0)
        at = np.concatenate([where[0][self.rows[of_rows]], where[1][self.columns[of_columns]]])
        variables = np.concatenate([of_rows, of_columns])
        shape = (len(self.a_rows) + len(self.b_columns), len(self.c))
        return sparse.csc_array((np.ones(len(at)), (at, variables)), shape=shape)


def make_program(placed: Placed) -> LinearProgram:
    """Write a problem as a linear programme.

    Raises
    ------
    Infeasible
        Two locked links share an element.
    """
    one_to_one(placed)
    a_rows, b_columns = unlocked(placed)
    a_fees, b_fees = open_fees(placed, a_rows, b_columns)
    inner = placed.costs[np.ix_(a_rows, b_columns)]
    i, j = np.nonzero(np.isfinite(inner))
    alone_a, alone_b = a_rows[np.isfinite(a_fees[a_rows])], b_columns[np.isfinite(b_fees[b_columns])]
    return LinearProgram(
        placed,
        np.concatenate([inner[i, j], a_fees[alone_a], b_fees[alone_b]]),
        np.concatenate([a_rows[i], alone_a, np.full(len(alone_b), -1)]).astype(np.intp),
        np.concatenate([b_columns[j], np.full(len(alone_a), -1), alone_b]).astype(np.intp),
        a_rows,
        b_columns,
        a_fees,
        b_fees,
    )


def refuse_infeasible(placed: Placed) -> Infeasible:
    """Name who is stuck in a programme that has no solution."""
    try:
        solve_board(make_board(placed), Monitor())
    except Infeasible as error:
        return error
    raise AssertionError("The programme has no solution, but the assignment has one.")


def matching_of_program(program: LinearProgram, method: str, x: F64, duals: F64, **figures: float) -> Matching:
    """Turn values of the variables and duals of the constraints into a certified result."""
    placed = program.placed
    n, m = placed.costs.shape
    weights = np.zeros((n, m))
    weights[placed.locked[:, 0], placed.locked[:, 1]] = 1.0
    pair = (program.rows >= 0) & (program.columns >= 0)
    # + 0.0 turns the −0.0 of solvers into 0.
    weights[program.rows[pair], program.columns[pair]] = x[pair] + 0.0
    locked = float(placed.costs[placed.locked[:, 0], placed.locked[:, 1]].sum())
    objective = locked + float(program.c @ x)
    u, v = np.full(n, np.nan), np.full(m, np.nan)
    u[program.a_rows] = duals[: len(program.a_rows)]
    v[program.b_columns] = duals[len(program.a_rows) :]
    certificate = certify(placed, u, v, program.a_fees, program.b_fees, objective, locked + float(duals.sum()))
    pairs = np.argwhere(weights > 0.5)
    shape = {"variables": float(len(x)), "constraints": float(len(duals))}
    whole = {"integrality": float(np.abs(x - np.round(x)).max(initial=0.0))}
    return finish(
        placed,
        method,
        weights,
        pairs,
        objective,
        1 - weights.sum(1),
        1 - weights.sum(0),
        certificate,
        {**shape, **whole, **figures},
    )
