"""Rows into labelled pieces of bounded length: Viterbi with durations (Levinson, Computer Speech & Language, 1986)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...errors import Infeasible, OverBudget

__all__ = ["Piece", "label_rows"]

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


class Piece(NamedTuple):
    """Rows start .. end, exclusive, with one label."""

    start: int
    end: int
    label: int


def label_rows(
    costs: F64,
    least: I64,
    most: I64,
    *,
    order: Sequence[int] | None = None,
    given: Sequence[Piece] = (),
    walls: Sequence[int] = (),
    short: int = 1,
    budget: int = 2 << 30,
) -> tuple[list[Piece], float]:
    """Find the labelling that costs least in O(n K): no two pieces of one label side by side, none too short or long.

    Between two walls, or a wall and an end, one piece may be shorter than its label allows if it is the only one. On
    both sides of a wall the label may be the same.

    Parameters
    ----------
    costs
        float64 (n, K): of each label in each row.
    least, most
        int64 (K,): rows of the shortest and the longest piece of each label.
    order
        Labels of all pieces in turn; None: any. What is given may then have pieces of its own label beside it.
    given
        Pieces that stay as they are, in order.
    walls
        Rows at which a piece has to begin.
    short
        Rows of the shortest piece that goes on from what is given with the same label.

    Returns
    -------
    pieces, cost
        What is given costs nothing.

    Raises
    ------
    Infeasible
        No labelling obeys.
    OverBudget
        There are too many rows and labels.
    """
    n = len(costs)
    labels = np.arange(costs.shape[1]) if order is None else np.asarray(order, np.int64)
    least, most = np.maximum(least, 1)[labels], np.asarray(most, np.int64)[labels]
    needed = (n + 1) * (5 * 8 * len(labels) + 8 * costs.shape[1])
    if needed > budget:
        raise OverBudget(
            f"{n:,} rows and {len(labels)} pieces or labels need {needed / 2**20:,.0f} MiB, but {budget / 2**20:,.0f} "
            "MiB are allowed; take fewer rows a second.",
            needed,
            budget,
        )
    problem = _Problem(costs, labels, order is not None, tuple(given), tuple(walls), short)
    found = _solved(problem, least, most)
    if found is None:
        raise Infeasible(_why(problem, least, most))
    return found


class _Problem(NamedTuple):
    """As `label_rows`; `labels` are those of the states."""

    costs: F64
    labels: I64
    chain: bool
    given: tuple[Piece, ...]
    walls: tuple[int, ...]
    short: int


def _solved(problem: _Problem, least: I64, most: I64) -> tuple[list[Piece], float] | None:
    from . import _label_kernels as k

    costs, labels, chain, given, walls, short = problem
    n = len(costs)
    sums = np.concatenate([np.zeros((1, costs.shape[1])), np.cumsum(costs, 0)])
    ends = np.full((n + 1, len(labels)), np.inf)
    enter = np.full_like(ends, np.inf)
    starts, before, origin = (np.full(ends.shape, -1, np.int64) for _ in range(3))
    fixed = {p.start: p.label for p in given}
    last = {p.end: p.label for p in given}
    edges = {row for p in given for row in (p.start, p.end)}
    for a, b in pairwise(sorted({0, n, *walls, *edges})):
        stay, joins = a in edges or not chain, (last.get(a, -1), fixed.get(b, -1))
        k.stretch(
            sums, labels, least, most, chain, a, b, fixed.get(a, -1), stay, joins, short,
            ends, starts, before, enter, origin,
        )  # fmt: skip
    state = len(labels) - 1 if chain else int(ends[n].argmin())
    cost = float(ends[n, state])
    if not math.isfinite(cost):
        return None
    found: list[Piece] = []
    t = n
    while t > 0:
        found.append(Piece(int(starts[t, state]), t, int(labels[state])))
        t, state = found[-1].start, int(before[t, state])
    return found[::-1], cost


def _why(problem: _Problem, least: I64, most: I64) -> str:
    n, pieces = len(problem.costs), len(problem.labels)
    if not problem.chain:
        return "No labelling obeys all limits of duration; allow shorter or longer pieces, or give more labels."
    if pieces > n:
        return f"{pieces} pieces do not fit into {n:,} rows; take more rows a second or a shorter order."
    if _solved(problem._replace(walls=()), np.ones_like(least), np.full_like(most, n)) is None:
        return "The pieces that are given do not come in the order that is asked for."
    if _solved(problem, np.ones_like(least), np.full_like(most, n)) is None:
        return f"More boundaries are set than the {pieces} pieces of the order have."
    if least.sum() > n:
        return f"The pieces of the order last {least.sum():,} rows at least, but there are {n:,}; allow shorter ones."
    if most.sum() < n:
        return f"The pieces of the order last {most.sum():,} rows at most, but there are {n:,}; allow longer ones."
    return "No labelling in that order obeys all limits of duration; allow shorter or longer pieces."
