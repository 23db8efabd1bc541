"""Compiled loop of boundaries that are settled together, see `boundaries`."""

from __future__ import annotations

import numpy as np
from numba import njit  # pyright: ignore[reportUnknownVariableType]
from numpy.typing import NDArray

from .._loops import renew

__all__ = ["settle"]

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]

_NEVER = 1e9


@njit(nogil=True, cache=True, error_model="numpy")
def _spread(sums: F64, squares: F64, a: int, b: int) -> float:
    """Sum of squares about the mean of rows a up to b, of one row at least."""
    rows = len(squares) - 1
    b = max(b, min(a + 1, rows))
    s = 0.0
    for d in range(sums.shape[1]):
        s += (sums[b, d] - sums[a, d]) ** 2
    return squares[b] - squares[a] - s / max(b - a, 1)


@njit(nogil=True, cache=True, error_model="numpy")
def settle(
    sums: F64, squares: F64, middles: F64, held: Bools, reach: int, shortest: int, change: float, spread: float,
    open_end: bool, out: I64,
) -> None:  # fmt: skip
    """Write the rows at which segments begin.

    Parameters
    ----------
    sums, squares
        Prefix sums of the rows, float64 (n + 1, D), and of their squared lengths (n + 1,).
    middles, held
        float64 (E,) rows where each is expected, and those that stay there; the first one always does.
    reach, shortest
        Rows that one may go to either side, and that a segment lasts at least.
    change, spread
        Weight of what is spread within a segment; rows of the standard deviation of the prior.
    open_end
        Whether what follows the last one, up to the end of all rows, counts.
    out
        int64 (E,).
    """
    rows, count, width = len(squares) - 1, len(middles), 2 * reach + 1
    places = np.zeros((count, width), np.int64)
    back = np.zeros((count, width), np.int64)
    cost, now = np.zeros(width), np.zeros(width)
    size = 1
    places[0, 0] = min(max(int(np.rint(middles[0])), 0), rows)
    for e in range(1, count):
        middle = np.rint(middles[e])
        here = 1 if held[e] else width
        for j in range(here):
            b = min(max(int(middle) + (0 if held[e] else j - reach), 0), rows)
            places[e, j] = b
            best, at = np.inf, 0
            for i in range(size):
                a = places[e - 1, i]
                v = cost[i] + (change * _spread(sums, squares, a, b) if b - a >= shortest else _NEVER)
                if v < best:
                    best, at = v, i
            now[j], back[e, j] = best + ((b - middles[e]) / spread) ** 2 / 2, at
        cost[:here] = now[:here]
        size = here
    best, at = np.inf, 0
    for i in range(size):
        v = cost[i] + (change * _spread(sums, squares, places[count - 1, i], rows) if open_end else 0.0)
        if v < best:
            best, at = v, i
    for e in range(count - 1, -1, -1):
        out[e] = places[e, at]
        at = back[e, at]


renew(globals(), __file__)
