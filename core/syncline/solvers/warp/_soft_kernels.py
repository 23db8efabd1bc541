"""Compiled loops of soft-DTW, in float64: a strip of rows at a time, along its anti-diagonals, some of them a call.

What comes to a cell is the sum over all paths of 2^−(cost · rate). It is held as a mantissa times 2^−exponent, where
exponents are whole numbers in floats: sums and products then need neither logarithms nor divisions, a power of two is
made by moving bits, and one polynomial a cell is all that is left of the exponentials. Mantissas run freely for one
chunk of diagonals (by at most 3 √2 a diagonal) and are brought back to 1..2 at its end. There, and between strips, the
two are kept in one number, see `_packed`.

Cell (i, j) of a strip is lane i of diagonal k = i + j; lane −1 is the row above. Chunks of diagonals are parallelograms
of cells: no lane is idle but at the two ends of a strip, where cells outside cost `FAR`.
"""

from __future__ import annotations

import numpy as np
from numba import njit  # pyright: ignore[reportUnknownVariableType]
from numpy.typing import NDArray

from ... import _cost_kernels, _smooth
from ..._cost_kernels import cost_rows
from ..._loops import renew
from ..._smooth import FAR
from . import _kernels
from ._kernels import mask

__all__ = ["FAR", "SIDE", "backward", "forward", "room"]

SIDE = 128
"""Rows of a strip and diagonals of a chunk: what a chunk needs on the way back stays in the second-level cache."""

NOTHING = 1e-30
"""Less of the alignment than this is none; float32 would soon not hold it."""

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Room = tuple[F32, F32, F64, F64, F64, F64, F64, F64, F32]
"""Costs along the diagonals, of eight rows; mantissas, exponents of three diagonals; and for the way back what each
cell passes up, left and diagonally, its share, shares of eight rows."""
U = np.uint64
_ONE = np.int64(1023 << 52)
_WHOLE = 2.0**52 + 1023
"""Added to a whole number, leaves in the last bits what the exponent of 2 to that power has for bits."""


def room(back: bool) -> Room:
    """Room for one chunk at a time, with what only the way back needs or without."""
    long = SIDE if back else 0
    costs, rows = np.empty((SIDE, SIDE), np.float32), np.empty((8, SIDE + 24), np.float32)
    mant, expo = np.ones((3, SIDE + 32)), np.zeros((3, SIDE + 32))
    up, left, diagonal = (np.zeros((long + 2, SIDE + 16)) for _ in range(3))
    return costs, rows, mant, expo, up, left, diagonal, np.zeros((long, SIDE)), np.zeros((8, SIDE + 24), np.float32)


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})
def _costs(
    x: F32, yt: F32, how: int, masked: bool, lo: I64, hi: I64, rects: I64, i0: int, r: int, c0: int, c1: int,
    k0: int, w: int, rows: F32, costs: F32,
) -> None:  # fmt: skip
    """Costs of diagonals k0..k0 + w: costs[k − k0, i]."""
    for g in range(0, r, 8):
        h = min(8, r - g)
        first = k0 - g - 7
        a, b = min(max(c0 - first, 0), w + 7), min(max(c1 - first, 0), w + 7)
        if a < b:
            cost_rows(x, yt, how, i0 + g, h, first + a, b - a, rows, a)
            if masked:
                mask(rows, a, i0 + g, h, first + a, b - a, lo, hi, rects)
                for i in range(U(h)):
                    for j in range(U(a), U(b)):
                        rows[i, j] = min(rows[i, j], np.float32(FAR))
        for i in range(U(8)):
            for j in range(U(a)):
                rows[i, j] = np.float32(FAR)
            for j in range(U(max(a, b)), U(w + 7)):
                rows[i, j] = np.float32(FAR)
        _lean(rows, U(w), U(g), costs)


@njit(nogil=True, cache=True, error_model="numpy")
def _lean(rows: F32, w: U, g: U, costs: F32) -> None:
    g1, g2, g3, g4, g5, g6, g7 = g + U(1), g + U(2), g + U(3), g + U(4), g + U(5), g + U(6), g + U(7)
    for o in range(w):
        costs[o, g] = rows[U(0), o + U(7)]
        costs[o, g1] = rows[U(1), o + U(6)]
        costs[o, g2] = rows[U(2), o + U(5)]
        costs[o, g3] = rows[U(3), o + U(4)]
        costs[o, g4] = rows[U(4), o + U(3)]
        costs[o, g5] = rows[U(5), o + U(2)]
        costs[o, g6] = rows[U(6), o + U(1)]
        costs[o, g7] = rows[U(7), o]


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})
def _two(k: float) -> float:
    """2^k for whole k ≤ 0; below −512 it is 2^−512, nothing beside any mantissa that a chunk ends with."""
    bits = np.float64(max(k, -512.0) + _WHOLE).view(np.int64)
    return np.int64(bits << 52).view(np.float64)


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})
def _exp2(f: float) -> float:
    """2^f for −1/2 ≤ f ≤ 1/2, to some 1e-12 of it: a polynomial through nine Chebyshev points of that range."""
    y = f * 1.325523156310047e-06 + 1.5310079904090794e-05
    y = f * y + 0.00015403455832586584
    y = f * y + 0.0013333450566161786
    y = f * y + 0.009618129159467054
    y = f * y + 0.05550410941207531
    y = f * y + 0.2402265069581243
    y = f * y + 0.6931471805459336
    return f * y + 1.0


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})
def _packed(mant: float, expo: float) -> float:
    """Mantissa and exponent in one number, −log2 of what comes but for the curve between two powers."""
    bits = np.float64(mant).view(np.int64)
    power = (bits >> 52) - 1023
    return expo - power - (np.int64((bits & ((1 << 52) - 1)) | _ONE).view(np.float64) - 1)


@njit(nogil=True, cache=True, error_model="numpy")
def _open(state: F64, r: int, mant: F64, expo: F64) -> None:
    """Take up the two diagonals before a chunk."""
    for back in range(2):
        for i in range(r + 1):
            whole = np.ceil(state[back, i])
            mant[2 - back, 15 + i] = 1 + (whole - state[back, i])
            expo[2 - back, 15 + i] = whole


@njit(nogil=True, cache=True, error_model="numpy")
def _enter(top: F64, at: int, slot: int, far: float, mant: F64, expo: F64) -> None:
    """Put the cell of the row above into lane −1."""
    value = top[at] if at < len(top) else far
    whole = np.ceil(value)
    mant[slot, 15] = 1 + (whole - value)
    expo[slot, 15] = whole


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})
def _down(costs: F32, o: U, r: U, rate: float, mant: F64, expo: F64, one: U, two: U, now: U) -> None:
    for i in range(r):
        above, beside, before = expo[one, i + U(15)], expo[one, i + U(16)], expo[two, i + U(15)]
        least = min(above, beside, before)
        s = mant[one, i + U(15)] * _two(least - above)
        s += mant[one, i + U(16)] * _two(least - beside)
        s += mant[two, i + U(15)] * _two(least - before)
        y = np.float64(costs[o, i]) * rate
        k = np.floor(y + 0.5)
        mant[now, i + U(16)] = s * _exp2(k - y)
        expo[now, i + U(16)] = least + k


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})
def _down_shared(
    costs: F32, o: U, r: U, rate: float, mant: F64, expo: F64, one: U, two: U, now: U, up: F64, left: F64, diagonal: F64
) -> None:
    """`_down`, with the share of what comes to each cell that comes from each side."""
    for i in range(r):
        above, beside, before = expo[one, i + U(15)], expo[one, i + U(16)], expo[two, i + U(15)]
        least = min(above, beside, before)
        u = mant[one, i + U(15)] * _two(least - above)
        v = mant[one, i + U(16)] * _two(least - beside)
        w = mant[two, i + U(15)] * _two(least - before)
        s = u + v + w
        share = 1 / s
        up[o, i] = u * share
        left[o, i] = v * share
        diagonal[o, i] = w * share
        y = np.float64(costs[o, i]) * rate
        k = np.floor(y + 0.5)
        mant[now, i + U(16)] = s * _exp2(k - y)
        expo[now, i + U(16)] = least + k


@njit(nogil=True, cache=True, error_model="numpy")
def forward(
    x: F32, yt: F32, how: int, masked: bool, lo: I64, hi: I64, rects: I64, rate: float, i0: int, r: int, c0: int,
    c1: int, first: int, stop: int, top: F64, states: F64, row: F64, space: Room,
) -> None:  # fmt: skip
    """Accumulate chunks first..stop of a strip.

    Parameters
    ----------
    rate
        Bits a unit of cost.
    i0, r, c0, c1
        Its rows i0..i0 + r and columns c0..c1.
    top
        float64 (c1 − c0 + 1,): the row above, packed, from column c0 − 1 on.
    states
        float64 (chunks + 1, 2, r + 1): the two diagonals before each chunk, the last one first, packed, from lane −1
        on; [first] is given, those after it are written.
    row
        float64 (c1 − c0,): gets the last row.
    """
    costs, rows, mant, expo = space[0], space[1], space[2], space[3]
    far = FAR * rate
    for chunk in range(first, stop):
        k0 = c0 + chunk * SIDE
        w = min(SIDE, c1 + r - 1 - k0)
        _costs(x, yt, how, masked, lo, hi, rects, i0, r, c0, c1, k0, w, rows, costs)
        _open(states[chunk], r, mant, expo)
        for o in range(w):
            now = o % 3
            _down(costs, U(o), U(r), rate, mant, expo, U((o + 2) % 3), U((o + 1) % 3), U(now))
            _enter(top, k0 + o + 2 - c0, now, far, mant, expo)
            j = k0 + o - r + 1
            if c0 <= j < c1:
                row[j - c0] = _packed(mant[now, r + 15], expo[now, r + 15])
        for back in range(2):
            slot = (w + 2 - back) % 3
            for i in range(r + 1):
                states[chunk + 1, back, i] = _packed(mant[slot, 15 + i], expo[slot, 15 + i])


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})
def _up(o: U, r: U, up: F64, left: F64, diagonal: F64, share: F64) -> None:
    o1, o2 = o + U(1), o + U(2)
    for i in range(r):
        i1 = i + U(1)
        e = up[o1, i1] + left[o1, i] + diagonal[o2, i1]
        e = e if e > NOTHING else 0.0
        share[o, i] = e
        up[o, i] *= e
        left[o, i] *= e
        diagonal[o, i] *= e


@njit(nogil=True, cache=True, error_model="numpy")
def _incoming(below: F64, at: int, w: int, r: int, up: F64, left: F64, diagonal: F64) -> float:
    """Put what the row below passes into lane r; returns all that comes into the chunk."""
    for o in range(w + 2):
        j = at + o
        inside = 0 <= j < below.shape[1]
        up[o, r] = below[0, j] if inside else 0.0
        diagonal[o, r] = below[1, j] if inside else 0.0
    total = 0.0
    for o in range(w + 2):
        total += up[o, r] + diagonal[o, r]
    for i in range(r):
        total += up[w, i] + left[w, i] + diagonal[w, i] + diagonal[w + 1, i]
    return total


@njit(nogil=True, cache=True, error_model="numpy")
def _eight(share: F64, w: int, g: int, h: int, rows: F32) -> tuple[int, int]:
    """Shares of rows g..g + h, row by row: rows[l, k − k0 + 7 − l]; returns the range of columns that have any."""
    first, last = w + 7, 0
    for i in range(U(8)):
        for j in range(U(w + 8)):
            rows[i, j] = np.float32(0)
    for o in range(w):
        most = 0.0
        for i in range(h):
            e = share[U(o), U(g + i)]
            rows[U(i), U(o + 7 - i)] = e
            most = max(most, e)
        if most > 0:
            first, last = min(first, o), max(last, o + 8)
    return first, last


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz", "reassoc"})
def _pull(x: F32, yt: F32, i0: int, h: int, j0: int, a: int, b: int, rows: F32, pull_x: F64, pull_y: F64) -> None:
    """Add E (x − y) to the rows' pulls and E (y − x) to the columns'."""
    last = U(i0 + h - 1)
    n, begin, first = U(b - a), U(a), U(j0 + a)
    for g in range(0, h, 4):
        o, i = U(g), U(i0 + g)
        o1, o2, o3 = o + U(1), o + U(2), o + U(3)
        i1, i2, i3 = min(i + U(1), last), min(i + U(2), last), min(i + U(3), last)
        for channel in range(U(x.shape[1])):
            x0, x1, x2, x3 = x[i, channel], x[i1, channel], x[i2, channel], x[i3, channel]
            s0 = s1 = s2 = s3 = np.float32(0)
            for j in range(n):
                y, k = yt[channel, first + j], begin + j
                p0, p1 = rows[o, k] * (x0 - y), rows[o1, k] * (x1 - y)
                p2, p3 = rows[o2, k] * (x2 - y), rows[o3, k] * (x3 - y)
                s0 += p0
                s1 += p1
                s2 += p2
                s3 += p3
                pull_y[channel, first + j] -= np.float64((p0 + p1) + (p2 + p3))
            pull_x[i, channel] += s0
            pull_x[i1, channel] += s1
            pull_x[i2, channel] += s2
            pull_x[i3, channel] += s3


@njit(nogil=True, cache=True, error_model="numpy")
def _put(rows: F32, h: int, i0: int, j0: int, a: int, b: int, lo: I64, hi: I64, turned: bool, out: F32) -> None:
    """Add shares to the band, as chunks are oblique; `turned` where rows and columns are counted from the end."""
    for i in range(h):
        row = i0 + i
        for j in range(max(j0 + a, lo[row]), min(j0 + b, hi[row])):
            if turned:
                out[len(out) - 1 - row, hi[row] - 1 - j] += rows[i, j - j0]
            else:
                out[row, j - lo[row]] += rows[i, j - j0]


@njit(nogil=True, cache=True, error_model="numpy")
def backward(
    x: F32, yt: F32, how: int, masked: bool, lo: I64, hi: I64, rects: I64, rate: float, i0: int, r: int, c0: int,
    c1: int, first: int, stop: int, top: F64, states: F64, below: F64, above: F64, turned: bool, posterior: F32,
    pull_x: F64, pull_y: F64, space: Room,
) -> None:  # fmt: skip
    """Share out the alignment in chunks first..stop of a strip, the last one first; what none of it enters is left out.

    Parameters
    ----------
    top, states
        As `forward` took and left them.
    below
        float64 (2, c1 − c0 + 1): what each cell of the row below passes up, and diagonally, from column c0 on.
    above
        float64 (2, c1 − c0): gets the same of the first row; zeros on entry.
    posterior, pull_x, pull_y
        Get the shares, and half the derivatives by x and yᵀ; empty where they are not asked for.
    """
    costs, eight, mant, expo, up, left, diagonal, share, rows = space
    far, chunks = FAR * rate, len(states) - 1
    for chunk in range(stop - 1, first - 1, -1):
        k0 = c0 + chunk * SIDE
        w = min(SIDE, c1 + r - 1 - k0)
        for late in range(2):
            for i in range(r):
                end = chunk == chunks - 1
                up[w + late, i] = 0.0 if end else up[late, i]
                left[w + late, i] = 0.0 if end else left[late, i]
                diagonal[w + late, i] = 0.0 if end else diagonal[late, i]
        if _incoming(below, k0 - r - c0, w, r, up, left, diagonal) == 0:
            up[:2, :r], left[:2, :r], diagonal[:2, :r] = 0.0, 0.0, 0.0
            continue
        _costs(x, yt, how, masked, lo, hi, rects, i0, r, c0, c1, k0, w, eight, costs)
        _open(states[chunk], r, mant, expo)
        for o in range(w):
            now = o % 3
            _down_shared(
                costs, U(o), U(r), rate, mant, expo, U((o + 2) % 3), U((o + 1) % 3), U(now), up, left, diagonal
            )  # fmt: skip
            _enter(top, k0 + o + 2 - c0, now, far, mant, expo)
        for o in range(w - 1, -1, -1):
            _up(U(o), U(r), up, left, diagonal, share)
            if k0 + o < c1:
                above[0, k0 + o - c0], above[1, k0 + o - c0] = up[o, 0], diagonal[o, 0]
        for g in range(0, r, 8):
            h, j0 = min(8, r - g), k0 - g - 7
            a, b = _eight(share, w, g, h, rows)
            a, b = max(a, c0 - j0), min(b, c1 - j0)
            if a < b:
                if pull_x.size:
                    _pull(x, yt, i0 + g, h, j0, a, b, rows, pull_x, pull_y)
                if posterior.size:
                    _put(rows, h, i0 + g, j0, a, b, lo, hi, turned, posterior)


renew(globals(), __file__, _kernels.__file__, _cost_kernels.__file__, _smooth.__file__)
