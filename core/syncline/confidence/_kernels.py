"""The one compiled loop of trying places: a small path, by rows."""

from __future__ import annotations

import numpy as np
from numba import njit  # pyright: ignore[reportUnknownVariableType]
from numpy.typing import NDArray

from .._loops import renew

__all__ = ["columns_of_path"]


@njit(nogil=True, cache=True, error_model="numpy")
def columns_of_path(cost: NDArray[np.float32], out: NDArray[np.float64]) -> bool:
    """Mean column of every row on the path of least cost from the first cell to the last, steps of symmetric1.

    Parameters
    ----------
    cost
        float32 (r, w), ∞ where the path must not go.
    out
        float64 (r,): gets the means.

    Returns
    -------
    bool
        False if no path leads there.
    """
    r, w = cost.shape
    total = np.full((r + 1, w + 1), np.inf)
    total[0, 0] = 0.0
    for i in range(r):
        for j in range(w):
            least = min(total[i, j], total[i, j + 1], total[i + 1, j])
            total[i + 1, j + 1] = least + np.float64(cost[i, j])
    if not total[r, w] < np.inf:
        return False
    i, j, sum_, count = r, w, 0.0, 0
    while i > 0 and j > 0:
        sum_ += j - 1
        count += 1
        before, beside, above = total[i - 1, j - 1], total[i, j - 1], total[i - 1, j]
        if beside < before and beside <= above:
            j -= 1
            continue
        out[i - 1] = sum_ / count
        sum_, count = 0.0, 0
        if before <= above:
            j -= 1
        i -= 1
    return True


renew(globals(), __file__)
