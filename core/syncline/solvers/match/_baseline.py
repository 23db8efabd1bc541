"""What the baselines share: pairs worth taking, and results that say whom they left."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...model import Matching
from ._placed import Placed, finish, listed, one_to_one, open_fees, unlocked

__all__ = ["Ground", "lay", "left_over"]

F64 = NDArray[np.float64]
INTP = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Ground:
    """Costs float64 (n, m) with +∞ where no pair is to be taken, beside the fees in force."""

    placed: Placed
    costs: F64
    a_fees: F64
    b_fees: F64


def lay(placed: Placed) -> Ground:
    """Take locked elements out, and pairs that cost no less than both staying unmatched.

    Raises
    ------
    Infeasible
        Two locked links share an element.
    """
    one_to_one(placed)
    rows, columns = unlocked(placed)
    a_fees, b_fees = open_fees(placed, rows, columns)
    costs = np.full(placed.costs.shape, np.inf)
    inner = placed.costs[np.ix_(rows, columns)]
    worth = inner < a_fees[rows][:, None] + b_fees[columns]
    costs[np.ix_(rows, columns)] = np.where(worth, inner, np.inf)
    return Ground(placed, costs, a_fees, b_fees)


def left_over(ground: Ground, method: str, pairs: INTP) -> Matching:
    """Put the result together; locked pairs are added, elements left though they must be matched become a note."""
    placed = ground.placed
    pairs = np.concatenate([placed.locked, pairs]).astype(np.intp)
    weights = np.zeros(placed.costs.shape)
    weights[pairs[:, 0], pairs[:, 1]] = 1.0
    objective = float(placed.costs[pairs[:, 0], pairs[:, 1]].sum())
    notes: list[str] = []
    for side, fees in enumerate((ground.a_fees, ground.b_fees)):
        alone = np.setdiff1d(np.arange(len(fees)), pairs[:, side])
        must = alone[np.isinf(fees[alone])]
        objective += float(fees[alone][np.isfinite(fees[alone])].sum())
        if len(must):
            notes.append(f"Left without a partner, though they must have one: {listed(placed.names[side], must)}.")
    return finish(placed, method, weights, pairs, objective, notes=notes)
