"""Constraints put on rows and columns, and results put together: what all match solvers share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import Infeasible
from ...model import Certificate, LinkConstraints, Matching, Similarity

__all__ = ["Placed", "finish", "listed", "one_to_one", "open_fees", "place", "stuck", "unlocked"]

F64 = NDArray[np.float64]
INTP = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Placed:
    """A problem on rows and columns.

    Attributes
    ----------
    similarity
        As asked.
    costs
        float64 (n, m): +∞ where a pair is forbidden, by the user or by the matrix.
    locked
        intp (k, 2), ascending.
    a_fees, b_fees
        float64 (n,), (m,): +∞ where the user said nothing.
    """

    similarity: Similarity
    costs: F64
    locked: INTP
    a_fees: F64
    b_fees: F64

    @property
    def names(self) -> tuple[Sequence[str], Sequence[str]]:
        """What messages call rows and columns."""
        return self.similarity.a_names, self.similarity.b_names


def place(similarity: Similarity, constraints: LinkConstraints) -> Placed:
    """Put constraints on rows and columns; those of absent elements bind nobody."""
    rows: dict[int, int] = {}
    columns: dict[int, int] = {}
    if constraints.locked or constraints.forbidden:
        rows = {k: i for i, k in enumerate(similarity.a_ids)}
        columns = {k: j for j, k in enumerate(similarity.b_ids)}
    costs = similarity.costs
    banned = [(rows[a], columns[b]) for a, b in constraints.forbidden if a in rows and b in columns]
    if banned:
        costs = costs.copy()
        costs[tuple(np.transpose(banned))] = np.inf
    locked = sorted((rows[a], columns[b]) for a, b in constraints.locked if a in rows and b in columns)
    costs.setflags(write=False)
    placed = Placed(
        similarity,
        costs,
        np.array(locked, np.intp).reshape(-1, 2),
        constraints.a_fees.on(similarity.a_ids),
        constraints.b_fees.on(similarity.b_ids),
    )
    a_names, b_names = placed.names
    for i, j in locked:
        if costs[i, j] == np.inf:
            raise Infeasible(f"{a_names[i]} and {b_names[j]} are locked, but also forbidden; take one of both off.")
    return placed


def listed(names: Sequence[str], which: Sequence[int] | INTP) -> str:
    """Names for a sentence, five at most."""
    shown = [names[k] for k in which[:5]]
    return ", ".join(shown) + (f" and {len(which) - 5} more" if len(which) > 5 else "")


def stuck(placed: Placed, side: int, who: Sequence[int] | INTP, left: Sequence[int] | INTP) -> Infeasible:
    """Say which elements of side 0 (objects) or 1 (words) have too few partners left (Hall's condition)."""
    mine, others = placed.names[side], placed.names[1 - side]
    # Messages begin with a capital.
    start = listed(mine, who)
    start = start[:1].upper() + start[1:]
    if not len(left):
        return Infeasible(f"{start}: every partner is forbidden or taken; allow one, or allow to stay unmatched.")
    return Infeasible(
        f"{start}: together they have only {listed(others, left)} left; allow more pairs, or allow to stay unmatched."
    )


def one_to_one(placed: Placed) -> None:
    """Refuse locks that share an element, which only attention and transport can obey.

    Raises
    ------
    Infeasible
        Naming the element.
    """
    for side in (0, 1):
        seen: set[int] = set()
        for k in map(int, placed.locked[:, side]):
            if k in seen:
                raise Infeasible(
                    f"Two locked links share {placed.names[side][k]}, but this method gives each one partner; "
                    "unlock one, or use attention or transport."
                )
            seen.add(k)


def open_fees(placed: Placed, rows: INTP, columns: INTP, balanced: bool = False) -> tuple[F64, F64]:
    """Fees in force among `rows` and `columns`, float64 (n,), (m,): +∞ for who must be matched, and for the others.

    Of sides of different size all of the smaller must be matched and the surplus of the larger stays over at no fee,
    if nothing else was said. Of equal sides (`balanced`: the masses of transport) both must; but if only one side has
    elements that may stay unmatched, so may, at no fee, the partners they leave.
    """
    a, b = placed.a_fees[rows], placed.b_fees[columns]
    some_a, some_b = bool(np.isfinite(a).any()), bool(np.isfinite(b).any())
    equal = balanced or len(a) == len(b)
    if (some_b and not some_a) if equal else len(a) > len(b):
        a[np.isinf(a)] = 0.0
    if (some_a and not some_b) if equal else len(b) > len(a):
        b[np.isinf(b)] = 0.0
    full_a, full_b = (np.full(count, np.inf) for count in placed.costs.shape)
    full_a[rows], full_b[columns] = a, b
    return full_a, full_b


def unlocked(placed: Placed) -> tuple[INTP, INTP]:
    """Rows and columns without a locked link, ascending."""
    n, m = placed.costs.shape
    if not len(placed.locked):
        return np.arange(n), np.arange(m)
    rows = np.setdiff1d(np.arange(n), placed.locked[:, 0])
    return rows.astype(np.intp), np.setdiff1d(np.arange(m), placed.locked[:, 1]).astype(np.intp)


def finish(
    placed: Placed,
    method: str,
    weights: F64,
    pairs: INTP,
    objective: float,
    free_a: F64 | None = None,
    free_b: F64 | None = None,
    certificate: Certificate | None = None,
    figures: Mapping[str, float] | None = None,
    notes: Sequence[str] = (),
) -> Matching:
    """Put a `Matching` together; free weights None: 1 for who is in no pair."""
    n, m = placed.costs.shape
    cells = pairs[:, 0] * m + pairs[:, 1]
    if (cells[1:] < cells[:-1]).any():
        order = np.argsort(cells, kind="stable")
        pairs, cells = pairs[order], cells[order]
    pairs = pairs.astype(np.intp)
    held = np.zeros(len(pairs), np.bool_)
    if len(placed.locked):
        held = np.isin(cells, placed.locked[:, 0] * m + placed.locked[:, 1])
    alone_a, alone_b = np.ones(n), np.ones(m)
    alone_a[pairs[:, 0]] = alone_b[pairs[:, 1]] = 0.0
    return Matching(
        method,
        placed.similarity,
        weights,
        pairs,
        held,
        float(objective),
        alone_a if free_a is None else free_a,
        alone_b if free_b is None else free_b,
        certificate,
        dict(figures or {}),
        tuple(notes),
    )
