"""Compiled loops of soft-DTW, tile by tile along anti-diagonals, in float64.

Whatever is out of reach costs `FAR`.
"""

from __future__ import annotations

import numpy as np
from numba import njit  # pyright: ignore[reportUnknownVariableType]
from numpy.typing import NDArray

from ... import _cost_kernels, _smooth
from ..._cost_kernels import cost_rows, shear
from ..._loops import renew
from ..._smooth import FAR, ROOT, exp, log, log_of
from . import _kernels
from ._kernels import PAD, mask

__all__ = ["FAR", "forward_tile", "pass_back", "sheared_tile"]

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
U = np.uint64


@njit(nogil=True, cache=True, error_model="numpy")
def sheared_tile(
    x: F32, yt: F32, how: int, i0: int, r: int, j0: int, w: int, masked: bool, lo: I64, hi: I64, rects: I64, out: F32
) -> None:
    """Costs of a tile, out[i + j, i]; what the window or a rectangle forbids costs `FAR`."""
    rows = np.empty((8, w + 2 * PAD), np.float32)
    for g in range(0, r, 8):
        h = min(8, r - g)
        cost_rows(x, yt, how, i0 + g, h, j0, w, rows, PAD)
        if masked:
            mask(rows, PAD, i0 + g, h, j0, w, lo, hi, rects)
            for i in range(h):
                for j in range(PAD, PAD + w):
                    rows[i, j] = min(rows[i, j], np.float32(FAR))
        shear(rows, w, out, g)


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})
def _down(cost: F32, k: U, a: U, b: U, total: F64, gamma: float) -> None:
    k1, k2 = k + U(1), k + U(2)
    rate = 1 / gamma
    for i in range(a, b):
        above, beside, before = total[k1, i + U(15)], total[k1, i + U(16)], total[k, i + U(15)]
        low, high = min(above, beside), max(above, beside)
        least, middle, most = min(low, before), max(low, min(high, before)), max(high, before)
        s = 1 + exp((least - middle) * rate) + exp((least - most) * rate)
        total[k2, i + U(16)] = least - gamma * log(s) + np.float64(cost[k, i])


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})
def _down_shared(
    cost: F32, k: U, a: U, b: U, total: F64, gamma: float, from_above: F64, from_beside: F64, from_before: F64
) -> None:
    """`_down`, with the share of what comes to each cell that comes from each side."""
    k1, k2 = k + U(1), k + U(2)
    rate = 1 / gamma
    for i in range(a, b):
        above, beside, before = total[k1, i + U(15)], total[k1, i + U(16)], total[k, i + U(15)]
        low, high = min(above, beside), max(above, beside)
        least, middle, most = min(low, before), max(low, min(high, before)), max(high, before)
        second, third = exp((least - middle) * rate), exp((least - most) * rate)
        s = 1 + second + third
        # 1 / s and (s − √3) / (s + √3) by one division.
        both = 1 / (s * (s + ROOT))
        one, z = (s + ROOT) * both, (s - ROOT) * s * both
        # Two of three have their exponential already, the least is 1; what is equal is equal in both.
        u = 1.0 if above == least else (second if above == middle else third)
        v = 1.0 if beside == least else (second if beside == middle else third)
        w = 1.0 if before == least else (second if before == middle else third)
        from_above[k2, i + U(16)] = u * one
        from_beside[k2, i + U(16)] = v * one
        from_before[k2, i + U(16)] = w * one
        total[k2, i + U(16)] = least - gamma * log_of(z) + np.float64(cost[k, i])


@njit(nogil=True, cache=True, error_model="numpy")
def _enter(k: int, r: int, w: int, top: F64, left: F64, total: F64) -> None:
    if k < w:
        total[k + 1, 15] = top[k]
    if k < r:
        total[k + 1, 16 + k] = left[k]


@njit(nogil=True, cache=True, error_model="numpy")
def forward_tile(cost: F32, r: int, w: int, top: F64, left: F64, corner: float, gamma: float, total: F64) -> None:
    """Accumulate a tile: cell (i, j) of `total` is at [i + j + 2, i + 16].

    The last row and column are left in `top` (w,) and `left` (r,).
    """
    total[0, 15] = corner
    for k in range(r + w - 1):
        _enter(k, r, w, top, left, total)
        _down(cost, U(k), U(max(0, k - w + 1)), U(min(r, k + 1)), total, gamma)
    for j in range(w):
        top[j] = total[r + j + 1, r + 15]
    for i in range(r):
        left[i] = total[i + w + 1, i + 16]


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})
def _up(k: U, a: U, b: U, to_above: F64, to_beside: F64, to_before: F64, share: F64) -> None:
    k1, k2 = k + U(1), k + U(2)
    for i in range(a, b):
        i1 = i + U(1)
        e = to_above[k1, i1] + to_beside[k1, i] + to_before[k2, i1]
        share[k, i] = e
        to_above[k, i] *= e
        to_beside[k, i] *= e
        to_before[k, i] *= e


@njit(nogil=True, cache=True, error_model="numpy")
def backward_tile(
    r: int, w: int, below_up: F64, below_back: F64, beside_left: F64, beside_back: F64, corner: float,
    to_above: F64, to_beside: F64, to_before: F64, share: F64,
) -> None:  # fmt: skip
    """How much of the alignment passes through each cell: `share`, laid out like `total`.

    Parameters
    ----------
    below_up, below_back
        float64 (w,): what the row below the tile passes up, and diagonally, on the way to the first cell;
        `beside_left`, `beside_back` (r,) likewise the column to the right; `corner` what the cell diagonally after the
        tile does. The four are overwritten by what the tile's own first row and column pass on.
    to_above, to_beside, to_before
        On entry the shares of each side in what comes to a cell; on return what the cell passes there.
    """
    for j in range(w):
        to_above[r + j + 2, r + 16] = below_up[j]
        to_before[r + j + 2, r + 16] = below_back[j]
    for i in range(r):
        to_beside[i + w + 2, i + 16] = beside_left[i]
        to_before[i + w + 2, i + 16] = beside_back[i]
    to_before[r + w + 2, r + 16] = corner
    for k in range(r + w - 2, -1, -1):
        a, b = U(max(0, k - w + 1) + 16), U(min(r, k + 1) + 16)
        _up(U(k + 2), a, b, to_above, to_beside, to_before, share)
    for j in range(w):
        below_up[j], below_back[j] = to_above[j + 2, 16], to_before[j + 2, 16]
    for i in range(r):
        beside_left[i], beside_back[i] = to_beside[i + 2, i + 16], to_before[i + 2, i + 16]


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})
def _unshear(share: F64, r: U, w: U, out: F64) -> None:
    for i in range(r):
        for j in range(w):
            out[i, j] = share[i + j + U(2), i + U(16)]


@njit(nogil=True, cache=True, error_model="numpy")
def pass_back(
    x: F32, yt: F32, how: int, i0: int, r: int, j0: int, w: int, masked: bool, lo: I64, hi: I64, rects: I64,
    top: F64, left: F64, corner: float, gamma: float, below_up: F64, below_back: F64, beside_left: F64,
    beside_back: F64, after: float, costs: F32, total: F64, to_above: F64, to_beside: F64, to_before: F64, share: F64,
    flat: F64,
) -> None:  # fmt: skip
    """Solve a tile again, then share out the alignment: `flat` (r, w) gets its shares.

    Parameters
    ----------
    top, left, corner
        As `forward_tile` takes them; `below_up` to `after` as `backward_tile` does.
    """
    sheared_tile(x, yt, how, i0, r, j0, w, masked, lo, hi, rects, costs)
    total[0, 15] = corner
    for k in range(r + w - 1):
        _enter(k, r, w, top, left, total)
        a, b = U(max(0, k - w + 1)), U(min(r, k + 1))
        _down_shared(costs, U(k), a, b, total, gamma, to_above, to_beside, to_before)
    backward_tile(
        r, w, below_up, below_back, beside_left, beside_back, after, to_above, to_beside, to_before, share
    )  # fmt: skip
    _unshear(share, U(r), U(w), flat)


renew(globals(), __file__, _kernels.__file__, _cost_kernels.__file__, _smooth.__file__)
