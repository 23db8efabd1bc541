"""Compiled loops of the local cost, in a module of their own so that importing `cost` does not load numba.

Differences are taken before they are squared (never |x|² + |y|² − 2xy), so nothing cancels; with the columns of B
contiguous the loops vectorise, and for up to about 64 channels they are as fast as a BLAS product.
"""

from __future__ import annotations

import numpy as np
from numba import njit  # pyright: ignore[reportUnknownVariableType]
from numpy.typing import NDArray

__all__ = ["ABSOLUTE", "HALF_SQUARE", "ROOT", "SQUARE", "cost_tile", "shear"]

SQUARE, ROOT, HALF_SQUARE, ABSOLUTE = 0, 1, 2, 3
"""What `cost_tile` makes of the differences: Σd², √Σd², Σd²/2, Σ|d|."""

F32 = NDArray[np.float32]


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def _squares_two_rows(x: F32, yt: F32, i: int, d: int, j0: int, out: F32, out2: F32) -> None:
    a0, a1, a2, a3 = x[i, d], x[i, d + 1], x[i, d + 2], x[i, d + 3]
    b0, b1, b2, b3 = x[i + 1, d], x[i + 1, d + 1], x[i + 1, d + 2], x[i + 1, d + 3]
    w = len(out)
    y0, y1, y2, y3 = yt[d, j0 : j0 + w], yt[d + 1, j0 : j0 + w], yt[d + 2, j0 : j0 + w], yt[d + 3, j0 : j0 + w]
    for j in range(w):
        s = a0 - y0[j]
        t = b0 - y0[j]
        p = s * s
        q = t * t
        s = a1 - y1[j]
        t = b1 - y1[j]
        p += s * s
        q += t * t
        s = a2 - y2[j]
        t = b2 - y2[j]
        p += s * s
        q += t * t
        s = a3 - y3[j]
        t = b3 - y3[j]
        p += s * s
        q += t * t
        out[j] += p
        out2[j] += q


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def _squares_one_row(x: F32, yt: F32, i: int, d: int, j0: int, out: F32) -> None:
    a0, a1, a2, a3 = x[i, d], x[i, d + 1], x[i, d + 2], x[i, d + 3]
    w = len(out)
    y0, y1, y2, y3 = yt[d, j0 : j0 + w], yt[d + 1, j0 : j0 + w], yt[d + 2, j0 : j0 + w], yt[d + 3, j0 : j0 + w]
    for j in range(w):
        s = a0 - y0[j]
        p = s * s
        s = a1 - y1[j]
        p += s * s
        s = a2 - y2[j]
        p += s * s
        s = a3 - y3[j]
        p += s * s
        out[j] += p


@njit(nogil=True, cache=True, error_model="numpy")
def _absolutes_one_row(x: F32, yt: F32, i: int, d: int, j0: int, out: F32) -> None:
    a0, a1, a2, a3 = x[i, d], x[i, d + 1], x[i, d + 2], x[i, d + 3]
    w = len(out)
    y0, y1, y2, y3 = yt[d, j0 : j0 + w], yt[d + 1, j0 : j0 + w], yt[d + 2, j0 : j0 + w], yt[d + 3, j0 : j0 + w]
    for j in range(w):
        out[j] += abs(a0 - y0[j]) + abs(a1 - y1[j]) + abs(a2 - y2[j]) + abs(a3 - y3[j])


@njit(nogil=True, cache=True, error_model="numpy")
def _finish(out: F32, how: int) -> None:
    if how == 1:
        for k in range(len(out)):
            out[k] = np.sqrt(out[k])
    elif how == 2:
        for k in range(len(out)):
            out[k] *= np.float32(0.5)


@njit(nogil=True, cache=True, error_model="numpy")
def cost_tile(x: F32, yt: F32, how: int, i0: int, r: int, j0: int, w: int, out: F32) -> None:
    """Write the costs of rows i0..i0 + r and columns j0..j0 + w to out[: r·w], row after row.

    Parameters
    ----------
    x
        float32 (n, D), D a multiple of 4 (zeros appended).
    yt
        float32 (D, m): B transposed.
    """
    out[: r * w] = 0
    depth = x.shape[1]
    i = 0
    while i < r:
        if how == 3:
            for d in range(0, depth, 4):
                _absolutes_one_row(x, yt, i0 + i, d, j0, out[i * w : i * w + w])
            i += 1
        elif i + 1 < r:
            for d in range(0, depth, 4):
                _squares_two_rows(x, yt, i0 + i, d, j0, out[i * w : i * w + w], out[i * w + w : i * w + 2 * w])
            i += 2
        else:
            for d in range(0, depth, 4):
                _squares_one_row(x, yt, i0 + i, d, j0, out[i * w : i * w + w])
            i += 1
    _finish(out[: r * w], how)


@njit(nogil=True, cache=True, error_model="numpy")
def shear(flat: F32, r: int, w: int, out: F32) -> None:
    """Lay the anti-diagonals of a tile (r·w, row after row) side by side: out[i + j, i] = tile[i, j].

    Cells of `out` outside the tile hold rubbish. `flat` must have 8 spare rows, the columns of `out` be 8 more
    than r.
    """
    s = w - 1
    for i in range(0, r, 8):
        o = i * s
        stop = min(i + 7 + w, r + w - 1)
        for k in range(i, stop):
            row = out[k, i : i + 8]
            b = o + k
            row[0] = flat[b]
            row[1] = flat[b + s]
            row[2] = flat[b + 2 * s]
            row[3] = flat[b + 3 * s]
            row[4] = flat[b + 4 * s]
            row[5] = flat[b + 5 * s]
            row[6] = flat[b + 6 * s]
            row[7] = flat[b + 7 * s]
