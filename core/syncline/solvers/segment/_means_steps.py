"""k-means step by step, for small cases; `steps` is the door."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...errors import ParameterError

__all__ = ["MOST", "MeansStep", "means_steps", "plus_plus"]

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

MOST = 2500
"""Rows that are walked through."""


@dataclass(frozen=True, eq=False)
class MeansStep:
    """Clusters after one step.

    Attributes
    ----------
    kind
        ``"start"``, then ``"assign"`` and ``"move"`` in turn, at last ``"done"``, when no row changes its centre.
    number
        Of the round, from 1; 0 at the start.
    centres
        float64 (k, D).
    before
        float64 (k, D): where they were a step ago.
    labels
        int64 (n,): nearest centre of each row, of equals the lowest; −1 before the first are assigned.
    changed
        Rows that have another centre than a round ago.
    refilled
        Centres that no row was nearest to, moved onto the rows farthest from theirs.
    inertias
        Sum of squared distances of the rows from their centres after each assignment and each move so far.
    """

    kind: Literal["start", "assign", "move", "done"]
    number: int
    centres: F64
    before: F64
    labels: I64
    changed: int = 0
    refilled: tuple[int, ...] = ()
    inertias: tuple[float, ...] = ()


def plus_plus(x: F64, k: int, seed: int = 0) -> F64:
    """Centres to start from: rows drawn with probabilities as their squared distances from those drawn already.

    Parameters
    ----------
    x
        float64 (n, D).

    Returns
    -------
    float64 (k, D), fewer where fewer rows differ.

    References
    ----------
    D. Arthur, S. Vassilvitskii, SODA 2007.
    """
    rng = np.random.default_rng(seed)
    chosen = [int(rng.integers(len(x)))]
    while len(chosen) < k:
        far = ((x[:, None] - x[chosen]) ** 2).sum(2).min(1)
        if not far.any():
            break
        chosen.append(int(rng.choice(len(x), p=far / far.sum())))
    return x[chosen].copy()


def means_steps(x: F64, centres: F64, most: int = 100) -> Iterator[MeansStep]:
    """Yield Lloyd's algorithm from given centres, an assignment and a move of the centres at a time.

    Parameters
    ----------
    x
        float64 (n, D), at most `MOST` rows.
    centres
        float64 (k, D).
    most
        Rounds.

    Raises
    ------
    ParameterError
        Shapes that do not fit.

    References
    ----------
    S. Lloyd, IEEE Trans. Inf. Theory 28(2), 1982.
    """
    if x.ndim != 2 or centres.ndim != 2 or x.shape[1] != centres.shape[1] or not len(centres):
        raise ParameterError(f"Rows and centres need shapes (n, D) and (k, D), not {x.shape} and {centres.shape}.")
    if not 0 < len(x) <= MOST:
        raise ParameterError(f"Step by step up to {MOST:,} rows are shown, not {len(x):,}.")
    labels = np.full(len(x), -1, np.int64)
    state = MeansStep("start", 0, centres, centres, labels)
    yield state
    for number in range(1, most + 1):
        squares = ((x[:, None] - centres) ** 2).sum(2)
        new = squares.argmin(1).astype(np.int64)
        inertias = (*state.inertias, float(squares.min(1).sum()))
        changed = int((new != labels).sum())
        state = MeansStep("assign" if changed else "done", number, centres, centres, new, changed, (), inertias)
        yield state
        if not changed:
            return
        labels = new
        moved, refilled = _moved(x, new, squares.min(1), centres)
        held = ((x - moved[new]) ** 2).sum(1)
        for c, row in refilled:
            # The row that an empty centre was moved to counts as its own from here on.
            held[row] = ((x[row] - moved[c]) ** 2).sum()
        state = replace(
            state,
            kind="move",
            centres=moved,
            before=centres,
            refilled=tuple(c for c, _ in refilled),
            inertias=(*inertias, float(held.sum())),
        )
        yield state
        centres = moved


def _moved(x: F64, labels: I64, squares: F64, centres: F64) -> tuple[F64, list[tuple[int, int]]]:
    """Means of the clusters, and (centre, row) for each that was empty."""
    mine = labels.copy()
    empty = [c for c in range(len(centres)) if not (labels == c).any()]
    farthest = np.argsort(-squares, kind="stable")[: len(empty)].tolist()
    for c, row in zip(empty, farthest, strict=True):
        mine[row] = c
    out = centres.copy()
    for c in range(len(centres)):
        if (mine == c).any():
            out[c] = x[mine == c].mean(0)
    return out, list(zip(empty, farthest, strict=True))
