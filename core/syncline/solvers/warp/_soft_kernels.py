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
from ..._smooth import FAR, exp, log
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
def _down(cost: F32, k: U, a: U, b: U, total: F64, entered: F64, gamma: float) -> None:
    k1, k2 = k + U(1), k + U(2)
    rate = 1 / gamma
    for i in range(a, b):
        above, beside, before = total[k1, i + U(15)], total[k1, i + U(16)], total[k, i + U(15)]
        low, high = min(above, beside), max(above, beside)
        least, middle, most = min(low, before), max(low, min(high, before)), max(high, before)
        s = 1 + exp((least - middle) * rate) + exp((least - most) * rate)
        soft = least - gamma * log(s)
        entered[k2, i + U(16)] = soft
        total[k2, i + U(16)] = soft + np.float64(cost[k, i])


@njit(nogil=True, cache=True, error_model="numpy")
def forward_tile(
    cost: F32, r: int, w: int, top: F64, left: F64, corner: float, gamma: float, total: F64, entered: F64
) -> None:
    """Accumulate a tile: cell (i, j) of `total` and of `entered` (without its own cost) is at [i + j + 2, i + 16].

    The last row and column are left in `top` (w,) and `left` (r,).
    """
    total[0, 15] = corner
    for k in range(r + w - 1):
        if k < w:
            total[k + 1, 15] = top[k]
        if k < r:
            total[k + 1, 16 + k] = left[k]
        _down(cost, U(k), U(max(0, k - w + 1)), U(min(r, k + 1)), total, entered, gamma)
    for j in range(w):
        top[j] = total[r + j + 1, r + 15]
    for i in range(r):
        left[i] = total[i + w + 1, i + 16]


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})
def _up(k: U, a: U, b: U, total: F64, entered: F64, share: F64, gamma: float) -> None:
    k1, k2 = k + U(1), k + U(2)
    rate = 1 / gamma
    for i in range(a, b):
        here = total[k, i]
        i1 = i + U(1)
        e = share[k1, i1] * exp((entered[k1, i1] - here) * rate)
        e += share[k1, i] * exp((entered[k1, i] - here) * rate)
        e += share[k2, i1] * exp((entered[k2, i1] - here) * rate)
        share[k, i] = e


@njit(nogil=True, cache=True, error_model="numpy")
def backward_tile(
    r: int, w: int, below: F64, below_share: F64, beside: F64, beside_share: F64, corner: float, corner_share: float,
    gamma: float, total: F64, entered: F64, share: F64,
) -> None:  # fmt: skip
    """How much of the alignment passes through each cell: `share`, laid out like `total`.

    Parameters
    ----------
    below, below_share
        float64 (w,): `entered` and share of the row below the tile; `beside`, `beside_share` (r,) of the column to
        the right, `corner`, `corner_share` of the cell diagonally after it. All four are overwritten by the tile's
        own first row and column.
    """
    for j in range(w):
        entered[r + j + 2, r + 16] = below[j]
        share[r + j + 2, r + 16] = below_share[j]
    for i in range(r):
        entered[i + w + 2, i + 16] = beside[i]
        share[i + w + 2, i + 16] = beside_share[i]
    entered[r + w + 2, r + 16] = corner
    share[r + w + 2, r + 16] = corner_share
    for k in range(r + w - 2, -1, -1):
        _up(U(k + 2), U(max(0, k - w + 1) + 16), U(min(r, k + 1) + 16), total, entered, share, gamma)
    for j in range(w):
        below[j], below_share[j] = entered[j + 2, 16], share[j + 2, 16]
    for i in range(r):
        beside[i], beside_share[i] = entered[i + 2, i + 16], share[i + 2, i + 16]


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})
def _unshear(share: F64, r: U, w: U, out: F64) -> None:
    for i in range(r):
        for j in range(w):
            out[i, j] = share[i + j + U(2), i + U(16)]


@njit(nogil=True, cache=True, error_model="numpy")
def pass_back(
    x: F32, yt: F32, how: int, i0: int, r: int, j0: int, w: int, masked: bool, lo: I64, hi: I64, rects: I64,
    top: F64, left: F64, corner: float, gamma: float, below: F64, below_share: F64, beside: F64, beside_share: F64,
    after: float, after_share: float, costs: F32, total: F64, entered: F64, share: F64, flat: F64,
) -> None:  # fmt: skip
    """Solve a tile again, then share out the alignment: `flat` (r, w) gets its shares.

    Parameters
    ----------
    top, left, corner
        As `forward_tile` takes them; `below` to `after_share` as `backward_tile` does.
    """
    sheared_tile(x, yt, how, i0, r, j0, w, masked, lo, hi, rects, costs)
    forward_tile(costs, r, w, top, left, corner, gamma, total, entered)
    backward_tile(
        r, w, below, below_share, beside, beside_share, after, after_share, gamma, total, entered, share
    )  # fmt: skip
    _unshear(share, U(r), U(w), flat)


renew(globals(), __file__, _kernels.__file__, _cost_kernels.__file__, _smooth.__file__)
