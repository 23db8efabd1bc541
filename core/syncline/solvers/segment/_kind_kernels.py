"""Compiled loop of recurring pieces: how well a stretch of rows fits into others."""

from __future__ import annotations

import numpy as np
from numba import njit  # pyright: ignore[reportUnknownVariableType]
from numpy.typing import NDArray

from ..._loops import renew

__all__ = ["fit"]

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


@njit(nogil=True, cache=True, error_model="numpy")
def fit(x: F64, start: int, stop: int, places: I64, old: F64, new: F64, out: F64) -> None:
    """Write the least mean distance at which rows start .. stop can be laid into each place, in order.

    DTW by the pattern asymmetric with open ends: every row of the stretch counts once, and the place may be passed at
    any speed up to twice that of the stretch.

    Parameters
    ----------
    x
        float64 (n, d).
    places
        int64 (p, 2): first row and exclusive last one of each.
    old, new
        float64 (n,): room.
    out
        float64 (p,): infinite for places without rows.
    """
    channels = x.shape[1]
    for p in range(len(places)):
        first, last = places[p, 0], places[p, 1]
        out[p] = np.inf
        if last <= first:
            continue
        for i in range(start, stop):
            for j in range(first, last):
                square = 0.0
                for c in range(channels):
                    square += (x[i, c] - x[j, c]) ** 2
                before = 0.0
                if i > start:
                    before = old[j]
                    if j > first:
                        before = min(before, old[j - 1])
                    if j > first + 1:
                        before = min(before, old[j - 2])
                new[j] = before + np.sqrt(square)
            old[first:last] = new[first:last]
        out[p] = old[first:last].min() / (stop - start)


renew(globals(), __file__)
