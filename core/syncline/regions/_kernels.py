"""Compiled loop of regions: pixels joined to segments along the weakest edges first."""

from __future__ import annotations

import numpy as np
from numba import njit  # pyright: ignore[reportUnknownVariableType]
from numpy.typing import NDArray

from .._loops import renew

__all__ = ["join"]

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


@njit(nogil=True, cache=True, error_model="numpy")
def join(order: I64, a: I64, b: I64, weights: F64, scale: float, root: I64) -> None:
    """Write which pixel stands for the segment of each: those of equal numbers are one segment.

    Parameters
    ----------
    order
        Edges by ascending weight.
    a, b
        Pixels at their ends.
    scale
        How much an edge may weigh more than those within a segment of one pixel; the larger, the larger segments are.
    root
        int64 (n,).
    """
    n = len(root)
    size, most = np.ones(n, np.int64), np.full(n, scale)
    for k in range(n):
        root[k] = k
    for e in order:
        i, j, w = a[e], b[e], weights[e]
        while root[i] != i:
            root[i] = root[root[i]]
            i = root[i]
        while root[j] != j:
            root[j] = root[root[j]]
            j = root[j]
        if i != j and w <= most[i] and w <= most[j]:
            if size[i] < size[j]:
                i, j = j, i
            root[j] = i
            size[i] += size[j]
            most[i] = w + scale / size[i]
    for k in range(n):
        i = k
        while root[i] != i:
            i = root[i]
        root[k] = i


renew(globals(), __file__)
