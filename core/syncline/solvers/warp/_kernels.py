"""Compiled loops of the one-step patterns. Only loaded when something is solved.

They go tile by tile: costs of a tile, its anti-diagonals laid side by side, then the recursion
along them, which vectorises because the three diagonals are rows of one buffer. Only the borders of the tiles are
kept (float64); inside a tile float32 counts from the least border value, so that long sums lose nothing. The path
is found by solving again the tiles it crosses.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit  # pyright: ignore[reportUnknownVariableType]
from numpy.typing import NDArray

from ... import _cost_kernels
from ..._cost_kernels import cost_rows, shear
from ..._loops import renew

__all__ = ["forward", "mask", "scratch", "walk"]

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
U = np.uint64
Sides = tuple[F32, F32, F32, F32]
"""`Prepared.sides`."""

Scratch = tuple[F32, F32, F32, I32, F32, F32, F32]
"""B's part of a tile, eight rows of it, all of it with its diagonals side by side, the steps, three diagonals, the
accumulated costs above and to the left."""

SIZE = 256
"""Greatest side of a tile: its sheared costs stay in the second-level cache."""

PAD = 16
"""Spare columns on either side of rows that are to be sheared."""


@njit(nogil=True, cache=True)
def mask(rows: F32, pad: int, i0: int, r: int, j0: int, w: int, lo: I64, hi: I64, rects: I64) -> None:
    """Set the cells of rows[:r, pad : pad + w] outside the window or in a forbidden rectangle (i0, i1, j0, j1) to ∞."""
    for i in range(r):
        first = min(max(lo[i0 + i] - j0, 0), w)
        last = max(min(hi[i0 + i] - j0, w), first)
        rows[i, pad : pad + first] = np.inf
        rows[i, pad + last : pad + w] = np.inf
    for k in range(len(rects)):
        left, right = max(rects[k, 2] - j0, 0), min(rects[k, 3] - j0, w)
        if left < right:
            for i in range(max(rects[k, 0] - i0, 0), min(rects[k, 1] - i0, r)):
                rows[i, pad + left : pad + right] = np.inf


def _aligned(n: int, m: int, kind: type[np.generic] = np.float32) -> NDArray[Any]:
    """An array of 4-byte numbers (n, ≥ m), not filled, whose rows begin where a vector does."""
    m = -(-m // 16) * 16
    flat = np.empty(n * m + 16, kind)
    o = -flat.ctypes.data // 4 % 16
    return flat[o : o + n * m].reshape(n, m)


def scratch(channels: int) -> Scratch:
    """Room to solve one tile at a time; new memory for every one would cost more than solving it."""
    return (
        _aligned(channels, SIZE),
        _aligned(8, SIZE + 2 * PAD),
        _aligned(2 * SIZE + 8, SIZE + 8),
        _aligned(2 * SIZE, SIZE, np.int32),
        _aligned(3, SIZE + PAD),
        np.empty(SIZE, np.float32),
        np.empty(SIZE, np.float32),
    )


@njit(nogil=True, cache=True, error_model="numpy")
def _copy(yt: F32, d: U, j: U, w: U, panel: F32) -> None:
    for k in range(w):
        panel[d, k] = yt[d, j + k]


@njit(nogil=True, cache=True, error_model="numpy")
def _sheared(
    sides: Sides, how: int, i0: int, r: int, j0: int, w: int, masked: bool, lo: I64, hi: I64, rects: I64, panel: F32,
    rows: F32, out: F32,
) -> None:  # fmt: skip
    """Costs of a tile, its anti-diagonals side by side: out[i + j, i]."""
    x, yt, _, _ = sides
    for d in range(len(yt)):
        _copy(yt, U(d), U(j0), U(w), panel)
    for g in range(0, r, 8):
        h = min(8, r - g)
        cost_rows(x, panel, how, i0 + g, h, 0, w, rows, PAD)
        if masked:
            mask(rows, PAD, i0 + g, h, j0, w, lo, hi, rects)
        shear(rows, w, out, g)


@njit(nogil=True, cache=True, error_model="numpy")
def _diagonal_from(sheared: F32, k: U, a: U, b: U, buf: F32, p2: U, p1: U, p0: U, weight: np.float32, out: I32) -> None:
    # 0 diagonal, 1 one back in B, 2 one back in A: the order ties prefer.
    for i in range(a, b):
        above, beside, before = buf[p1, i + U(15)], buf[p1, i + U(16)], buf[p2, i + U(15)]
        c = sheared[k, i]
        d = before + weight * c
        s = beside + c
        t = above + c
        v = s if s < d else d
        way = np.int32(1) if s < d else np.int32(0)
        out[k, i] = np.int32(2) if t < v else way
        buf[p0, i + U(16)] = t if t < v else v


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})
def _diagonal_of_one(
    xt: F32, i0: U, yr: F32, c0: U, how: int, a: U, b: U, buf: F32, p2: U, p1: U, p0: U, weight: np.float32
) -> None:
    for i in range(a, b):
        above, beside, before = buf[p1, i + U(15)], buf[p1, i + U(16)], buf[p2, i + U(15)]
        u = xt[U(0), i0 + i] - yr[U(0), c0 + i]
        c = u * u if how == 0 else abs(u)
        s = (above if above < beside else beside) + c
        d = before + weight * c
        buf[p0, i + U(16)] = s if s < d else d


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})
def _diagonal_of_four(
    xt: F32, i0: U, yr: F32, c0: U, how: int, a: U, b: U, buf: F32, p2: U, p1: U, p0: U, weight: np.float32
) -> None:
    for i in range(a, b):
        above, beside, before = buf[p1, i + U(15)], buf[p1, i + U(16)], buf[p2, i + U(15)]
        u = xt[U(0), i0 + i] - yr[U(0), c0 + i]
        v = xt[U(1), i0 + i] - yr[U(1), c0 + i]
        y = xt[U(2), i0 + i] - yr[U(2), c0 + i]
        z = xt[U(3), i0 + i] - yr[U(3), c0 + i]
        c = u * u + v * v + y * y + z * z
        if how == 1:
            c = np.sqrt(c)
        elif how == 2:
            c = c * np.float32(0.5)
        elif how == 3:
            c = abs(u) + abs(v) + abs(y) + abs(z)
        s = (above if above < beside else beside) + c
        d = before + weight * c
        buf[p0, i + U(16)] = s if s < d else d


@njit(nogil=True, cache=True, error_model="numpy")
def _diagonals(
    sheared: F32, xt: F32, yr: F32, how: int, i0: int, j0: int, r: int, w: int, top: F32, left: F32,
    corner: np.float32, weight: np.float32, buf: F32, ways: I32,
) -> None:  # fmt: skip
    # buf[., 16 + i] is row i of a diagonal, buf[., 15] the row above the tile. The last row and column of the tile
    # are left in `top` and `left`, the steps in `ways` if it has room. With `xt` and `yr` costs are taken on the way:
    # with B reversed a diagonal is two stretches side by side.
    end = yr.shape[1] - 1 - j0
    buf[:] = np.inf
    p2, p1, p0 = U(0), U(1), U(2)
    buf[p2, 15] = corner
    for k in range(r + w - 1):
        if k < w:
            buf[p1, 15] = top[k]
        if k < r:
            buf[p1, 16 + k] = left[k]
        a, b = U(max(0, k - w + 1)), U(min(r, k + 1))
        # Said in numbers, which metric it is costs nothing in the loop; directions have more channels than one.
        if len(xt) == 1 and how == 0:
            _diagonal_of_one(xt, U(i0), yr, U(end - k), 0, a, b, buf, p2, p1, p0, weight)
        elif len(xt) == 1:
            _diagonal_of_one(xt, U(i0), yr, U(end - k), 1, a, b, buf, p2, p1, p0, weight)
        elif len(xt):
            _diagonal_of_four(xt, U(i0), yr, U(end - k), how, a, b, buf, p2, p1, p0, weight)
        elif len(ways):
            _diagonal_from(sheared, U(k), a, b, buf, p2, p1, p0, weight, ways)
        else:
            kk = U(k)
            for i in range(a, b):
                above, beside, before = buf[p1, i + U(15)], buf[p1, i + U(16)], buf[p2, i + U(15)]
                c = sheared[kk, i]
                s = (above if above < beside else beside) + c
                d = before + weight * c
                buf[p0, i + U(16)] = s if s < d else d
        if k >= w - 1:
            left[k - w + 1] = buf[p0, 17 + k - w]
        if k >= r - 1:
            top[k - r + 1] = buf[p0, 15 + r]
        p2, p1, p0 = p1, p0, p2


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"nnan", "nsz", "reassoc"})
def _least(values: F64, start: U, count: U) -> float:
    least = np.inf
    for k in range(count):
        least = min(least, values[start + k])
    return least


@njit(nogil=True, cache=True, error_model="numpy")
def _relative(values: F64, start: U, count: U, base: float, out: F32) -> None:
    for k in range(count):
        out[k] = np.float32(values[start + k] - base)


@njit(nogil=True, cache=True, error_model="numpy")
def _absolute(values: F32, count: U, base: float, out: F64, start: U) -> None:
    for k in range(count):
        out[start + k] = np.float64(values[k]) + base


@njit(nogil=True, cache=True, error_model="numpy")
def _open(i0: int, r: int, j0: int, w: int, lo: I64, hi: I64) -> bool:
    """True if the window lets anything of a tile be."""
    found = False
    for i in range(i0, i0 + r):
        found |= lo[i] < j0 + w and hi[i] > j0
    return found


@njit(nogil=True, cache=True, error_model="numpy")
def forward(
    sides: Sides,
    how: int,
    r0: int,
    c0: int,
    lo: I64,
    hi: I64,
    rects: I64,
    masked: bool,
    weight: np.float32,
    bound: float,
    i0: int,
    r: int,
    j0: int,
    j1: int,
    size: int,
    row: F64,
    column: F64,
    corner: float,
    keep: int,
    kept: F64,
    steps: bool,
    room: Scratch,
) -> float:
    """Solve a stretch of a row of tiles of the block whose first cell is (r0, c0): rows i0.. of r, columns j0..j1.

    Parameters
    ----------
    lo, hi, rects
        Window per row and forbidden rectangles, in rows and columns of the whole problem.
    masked
        False if neither can touch this block.
    bound
        No path dearer than this is wanted: tiles that every path enters above it are left out.
    size
        Width of a tile, at most `SIZE`.
    row
        float64 (≥ j1,): accumulated costs in the row above on entry, in the last row on return.
    column
        float64 (r,): likewise the column to the left, and the last.
    corner
        Accumulated cost diagonally before the first cell.
    keep, kept
        Every keep-th tile's left column is copied to `kept` (.., n) at [its number // keep, i0 : i0 + r].
    steps
        Leave the steps into the cells of the last tile in `room`, for `walk`.

    Returns
    -------
    The corner for the tile to the right.
    """
    panel, rows, sheared, ways, buf, top, left = room
    _, _, xt, yr = sides
    if masked or steps:
        xt, yr = xt[:0], yr[:0]
    if not steps:
        ways = ways[:0]
    for j in range(j0, j1, size):
        w = min(size, j1 - j)
        q = j // size
        if q % keep == 0:
            # One by one: numba would take three seconds more to compile what it says if slices differ in length.
            for k in range(r):
                kept[q // keep, i0 + k] = column[k]
        base = min(_least(row, U(j), U(w)), _least(column, U(0), U(r)), corner)
        beyond = row[j + w - 1]
        if base <= bound and base < np.inf and (not masked or _open(r0 + i0, r, c0 + j, w, lo, hi)):
            _relative(row, U(j), U(w), base, top)
            _relative(column, U(0), U(r), base, left)
            if len(xt) == 0:
                _sheared(sides, how, r0 + i0, r, c0 + j, w, masked, lo, hi, rects, panel, rows, sheared)
            _diagonals(
                sheared, xt, yr, how, r0 + i0, c0 + j, r, w, top, left, np.float32(corner - base), weight, buf, ways
            )  # fmt: skip
            _absolute(top, U(w), base, row, U(j))
            _absolute(left, U(r), base, column, U(0))
        else:
            row[j : j + w] = np.inf
            column[:] = np.inf
        corner = beyond
    return corner


@njit(nogil=True, cache=True)
def walk(ways: I32, i: int, j: int, r0: int, c0: int, out: I64, at: int) -> tuple[int, int, int]:
    """Follow the path back from cell (i, j) of a tile until it leaves it.

    Parameters
    ----------
    ways
        The steps, as `forward` leaves them.
    out
        int64 (.., 2): cells (r0 + i, c0 + j) are written backwards, the first one at row at − 1.

    Returns
    -------
    The cell to go on from, and the row of `out` written last.
    """
    while i >= 0 and j >= 0:
        at -= 1
        out[at, 0] = i + r0
        out[at, 1] = j + c0
        way = ways[i + j, i]
        if way != 1:
            i -= 1
        if way != 2:
            j -= 1
    return i, j, at


renew(globals(), __file__, _cost_kernels.__file__)
