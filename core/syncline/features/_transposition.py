"""How many semitones B sounds above A, found once for all terms of a recipe and taken back from B."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..model import Features, FeatureTerm
from . import REGISTRY

__all__ = ["search", "settle", "untransposed"]

_ROWS = 300
_SPAN = 0.25
_GAIN = 0.8
"""A shift has to bring the cost down to this share of that of none. Shared music a semitone to a tritone apart comes to
0.27 to 0.65, other shifts of it and unrelated speech to no less than 0.88."""


def untransposed(term: FeatureTerm) -> FeatureTerm:
    """The term that describes one file: a transposition is the pair's, so one entry of the cache serves all."""
    return replace(term, params=replace(term.params, transpose=0)) if _can(term) else term


def settle(
    a: Sequence[Features], b: Sequence[Features], terms: Sequence[FeatureTerm]
) -> tuple[list[Features], list[FeatureTerm], str]:
    """Fill in the transposition where it is open, and take it back from B.

    Parameters
    ----------
    a, b
        One `Features` a term, of A and of B.
    terms
        With their parameters objects.

    Returns
    -------
    b, terms, said
        B's features as if it sounded where A does, the terms with nothing left open, and a sentence on what was
        found, empty where nothing was looked for or nothing is transposed.
    """
    able = [k for k, term in enumerate(terms) if _can(term)]
    is_open = [k for k in able if terms[k].params.transpose is None]
    # Whoever set one term by hand knows the interval: the others follow.
    shift = next((terms[k].params.transpose for k in able if k not in is_open), None)
    said = ""
    if shift is None and is_open:
        chosen = next((k for k in is_open if terms[k].name == "chroma"), None)
        if chosen is None:
            chosen = next((k for k in is_open if a[k].values.shape[1] == 12), None)
        shift = 0 if chosen is None else search(a[chosen], b[chosen])
        if shift:
            steps = f"{abs(shift)} semitone{'s' if abs(shift) > 1 else ''}"
            said = f"B sounds {steps} {'above' if shift > 0 else 'below'} A, which was taken back."
    terms, b = list(terms), list(b)
    for k in able:
        params = terms[k].params
        if k in is_open:
            terms[k] = replace(terms[k], params=replace(params, transpose=shift))
        if by := terms[k].params.transpose:
            values = REGISTRY[terms[k].name].call.transposed(b[k].values, params, by)
            b[k] = replace(b[k], values=np.ascontiguousarray(values, np.float32))
    return b, terms, said


def search(a: Features, b: Features) -> int:
    """Semitones, −5 to 6, by which pitch classes (T, 12) of B are above those of A.

    Both are averaged to some hundred rows and aligned for each of the twelve shifts; the one of the least cost is
    taken where it is clearly less than that of no shift (Müller & Clausen, Transposition-invariant self-similarity
    matrices, ISMIR 2007, do so for every cell of a matrix).
    """
    costs = _costs(_coarse(a), _coarse(b))
    best = int(costs.argmin())
    if costs[best] >= _GAIN * costs[0]:
        return 0
    return best if best <= 6 else best - 12


def _can(term: FeatureTerm) -> bool:
    return hasattr(term.params, "transpose") and hasattr(REGISTRY[term.name].call, "transposed")


def _coarse(features: Features) -> NDArray[np.float32]:
    """Means of at most `_ROWS` spans of at least `_SPAN` seconds, each of length 1."""
    n = len(features)
    seconds = float(features.times[-1] - features.times[0])
    rows = max(1, min(n, _ROWS, round(seconds / _SPAN)))
    edges = np.linspace(0, n, rows + 1).astype(int)[:-1]
    sums = np.add.reduceat(features.values, edges, axis=0)
    length = np.linalg.norm(sums, axis=1, keepdims=True)
    return np.asarray(sums / np.where(length > 0, length, 1), np.float32)


def _costs(x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.float32]:
    """Cost of aligning x (n, 12) with y (m, 12) turned by each number of semitones, float32 (12,).

    DTW by 1 − cos, where a diagonal step weighs as much as two aside (symmetric2), so that costs of all paths compare.
    """
    cost = np.stack([np.maximum(0, 1 - x @ np.roll(y, -shift, axis=1).T) for shift in range(12)])
    n, m = cost.shape[1:]
    flat = cost.reshape(12, -1)
    # Cells of an anti-diagonal depend on the two before it only; rows are kept apart by one of infinite cost.
    before = np.full((12, n + 1), np.inf, np.float32)
    last = before.copy()
    for d in range(n + m - 1):
        i = np.arange(max(0, d - m + 1), min(n, d + 1))
        here = flat[:, i * (m - 1) + d]
        new = np.full_like(last, np.inf)
        if d == 0:
            new[:, 1] = here[:, 0]
        else:
            aside = np.minimum(last[:, i], last[:, i + 1]) + here
            new[:, i + 1] = np.minimum(aside, before[:, i] + 2 * here)
        before, last = last, new
    return last[:, n]
