"""Compiled loops of the local cost, in a module of their own so that importing `cost` does not load numba.

Four rows of A against a stretch of B at a time, four channels at a time: sixteen sums per value loaded. Differences are
taken before they are squared (never |x|² + |y|² − 2xy), so nothing cancels; where a core adds beside multiplying that
runs as fast as a BLAS product (``./run bench dtw`` prints the share), without its threads and its packing.

What keeps these loops vectorised and their rate up: indices are unsigned (a signed one might be negative, which means
from the end); arrays are never sliced inside (each slice is counted in and out); and the loops over rows, channels and
columns stand in one function.
"""

from __future__ import annotations

import numpy as np
from numba import njit  # pyright: ignore[reportUnknownVariableType]
from numpy.typing import NDArray

from ._loops import renew

__all__ = ["ABSOLUTE", "HALF_SQUARE", "ROOT", "SQUARE", "cost_rows", "shear"]

SQUARE, ROOT, HALF_SQUARE, ABSOLUTE = 0, 1, 2, 3
"""What is made of the differences: Σd², √Σd², Σd²/2, Σ|d|."""

F32 = NDArray[np.float32]
U = np.uint64


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})
def _squares(x: F32, yt: F32, i0: int, r: int, j0: int, w: int, out: F32, pad: int) -> None:
    """`cost_rows` for squared differences."""
    last, first, p, n = U(i0 + r - 1), U(j0), U(pad), U(w)
    for g in range(0, r, 4):
        o, i = U(g), U(i0 + g)
        i1, i2, i3 = min(i + U(1), last), min(i + U(2), last), min(i + U(3), last)
        o1, o2, o3 = o + U(1), o + U(2), o + U(3)
        for channel in range(0, x.shape[1], 4):
            d = U(channel)
            d1, d2, d3 = d + U(1), d + U(2), d + U(3)
            a0, a1, a2, a3 = x[i, d], x[i, d1], x[i, d2], x[i, d3]
            b0, b1, b2, b3 = x[i1, d], x[i1, d1], x[i1, d2], x[i1, d3]
            c0, c1, c2, c3 = x[i2, d], x[i2, d1], x[i2, d2], x[i2, d3]
            e0, e1, e2, e3 = x[i3, d], x[i3, d1], x[i3, d2], x[i3, d3]
            if channel == 0:
                for j in range(n):
                    k = first + j
                    q, h, s, t = yt[d, k], yt[d1, k], yt[d2, k], yt[d3, k]
                    out[o, p + j] = (a0 - q) ** 2 + (a1 - h) ** 2 + (a2 - s) ** 2 + (a3 - t) ** 2
                    out[o1, p + j] = (b0 - q) ** 2 + (b1 - h) ** 2 + (b2 - s) ** 2 + (b3 - t) ** 2
                    out[o2, p + j] = (c0 - q) ** 2 + (c1 - h) ** 2 + (c2 - s) ** 2 + (c3 - t) ** 2
                    out[o3, p + j] = (e0 - q) ** 2 + (e1 - h) ** 2 + (e2 - s) ** 2 + (e3 - t) ** 2
            else:
                for j in range(n):
                    k = first + j
                    q, h, s, t = yt[d, k], yt[d1, k], yt[d2, k], yt[d3, k]
                    out[o, p + j] += (a0 - q) ** 2 + (a1 - h) ** 2 + (a2 - s) ** 2 + (a3 - t) ** 2
                    out[o1, p + j] += (b0 - q) ** 2 + (b1 - h) ** 2 + (b2 - s) ** 2 + (b3 - t) ** 2
                    out[o2, p + j] += (c0 - q) ** 2 + (c1 - h) ** 2 + (c2 - s) ** 2 + (c3 - t) ** 2
                    out[o3, p + j] += (e0 - q) ** 2 + (e1 - h) ** 2 + (e2 - s) ** 2 + (e3 - t) ** 2


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})
def _absolutes(x: F32, yt: F32, i0: int, r: int, j0: int, w: int, out: F32, pad: int) -> None:
    """`cost_rows` for absolute differences."""
    last, first, p, n = U(i0 + r - 1), U(j0), U(pad), U(w)
    for g in range(0, r, 4):
        o, i = U(g), U(i0 + g)
        i1, i2, i3 = min(i + U(1), last), min(i + U(2), last), min(i + U(3), last)
        o1, o2, o3 = o + U(1), o + U(2), o + U(3)
        for channel in range(0, x.shape[1], 4):
            d = U(channel)
            d1, d2, d3 = d + U(1), d + U(2), d + U(3)
            a0, a1, a2, a3 = x[i, d], x[i, d1], x[i, d2], x[i, d3]
            b0, b1, b2, b3 = x[i1, d], x[i1, d1], x[i1, d2], x[i1, d3]
            c0, c1, c2, c3 = x[i2, d], x[i2, d1], x[i2, d2], x[i2, d3]
            e0, e1, e2, e3 = x[i3, d], x[i3, d1], x[i3, d2], x[i3, d3]
            if channel == 0:
                for j in range(n):
                    k = first + j
                    q, h, s, t = yt[d, k], yt[d1, k], yt[d2, k], yt[d3, k]
                    out[o, p + j] = abs(a0 - q) + abs(a1 - h) + abs(a2 - s) + abs(a3 - t)
                    out[o1, p + j] = abs(b0 - q) + abs(b1 - h) + abs(b2 - s) + abs(b3 - t)
                    out[o2, p + j] = abs(c0 - q) + abs(c1 - h) + abs(c2 - s) + abs(c3 - t)
                    out[o3, p + j] = abs(e0 - q) + abs(e1 - h) + abs(e2 - s) + abs(e3 - t)
            else:
                for j in range(n):
                    k = first + j
                    q, h, s, t = yt[d, k], yt[d1, k], yt[d2, k], yt[d3, k]
                    out[o, p + j] += abs(a0 - q) + abs(a1 - h) + abs(a2 - s) + abs(a3 - t)
                    out[o1, p + j] += abs(b0 - q) + abs(b1 - h) + abs(b2 - s) + abs(b3 - t)
                    out[o2, p + j] += abs(c0 - q) + abs(c1 - h) + abs(c2 - s) + abs(c3 - t)
                    out[o3, p + j] += abs(e0 - q) + abs(e1 - h) + abs(e2 - s) + abs(e3 - t)


@njit(nogil=True, cache=True, error_model="numpy")
def cost_rows(x: F32, yt: F32, how: int, i0: int, r: int, j0: int, w: int, out: F32, pad: int) -> None:
    """Write the costs of rows i0..i0 + r and columns j0..j0 + w to out[:r, pad : pad + w].

    Parameters
    ----------
    x
        float32 (n, D), D a multiple of 4 (zeros appended).
    yt
        float32 (D, m): B transposed.
    out
        float32 (≥ r rounded up to 4, ≥ pad + w); the rows beyond r hold rubbish.
    """
    if how == 3:
        _absolutes(x, yt, i0, r, j0, w, out, pad)
        return
    _squares(x, yt, i0, r, j0, w, out, pad)
    p = U(pad)
    for o in range(U(r)):
        if how == 1:
            for j in range(U(w)):
                out[o, p + j] = np.sqrt(out[o, p + j])
        elif how == 2:
            for j in range(U(w)):
                out[o, p + j] *= np.float32(0.5)


@njit(nogil=True, cache=True, error_model="numpy")
def shear(rows: F32, w: int, out: F32, first: int) -> None:
    """Lay the anti-diagonals of eight rows side by side: out[first + k + j, first + k] = rows[k, 16 + j].

    Cells of `out` outside the rows hold rubbish. `rows` has 16 columns to spare on either side.
    """
    i = U(first)
    i1, i2, i3 = i + U(1), i + U(2), i + U(3)
    i4, i5, i6, i7 = i + U(4), i + U(5), i + U(6), i + U(7)
    for o in range(U(w + 7)):
        k = U(o)
        b = k + U(16)
        out[i + k, i] = rows[U(0), b]
        out[i + k, i1] = rows[U(1), b - U(1)]
        out[i + k, i2] = rows[U(2), b - U(2)]
        out[i + k, i3] = rows[U(3), b - U(3)]
        out[i + k, i4] = rows[U(4), b - U(4)]
        out[i + k, i5] = rows[U(5), b - U(5)]
        out[i + k, i6] = rows[U(6), b - U(6)]
        out[i + k, i7] = rows[U(7), b - U(7)]


renew(globals(), __file__)
