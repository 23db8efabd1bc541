"""Compiled loops of the solvers. Only loaded when something is solved.

The one-step patterns go tile by tile: costs of a tile, its anti-diagonals laid side by side, then the recursion
along them, which vectorises because the three diagonals are rows of one buffer. Only the borders of the tiles are
kept (float64); inside a tile float32 counts from the least border value, so that long sums lose nothing. The path
is found by solving again the tiles it crosses.

The other patterns have no branch within a row, so their recursion vectorises along rows.
"""

from __future__ import annotations

import numpy as np
from numba import njit  # pyright: ignore[reportUnknownVariableType]
from numpy.typing import NDArray

from ..._cost_kernels import cost_tile, shear

__all__ = ["forward", "mask", "reach_one_step", "reach_table", "rows_table", "trace", "trace_table"]

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]


@njit(nogil=True, cache=True)
def mask(flat: F32, i0: int, r: int, j0: int, w: int, lo: I64, hi: I64, rects: I64) -> None:
    """Set the cells of a tile that lie outside the window or in a forbidden rectangle (i0, i1, j0, j1) to ∞."""
    for i in range(r):
        first = min(max(lo[i0 + i] - j0, 0), w)
        last = max(min(hi[i0 + i] - j0, w), first)
        flat[i * w : i * w + first] = np.inf
        flat[i * w + last : i * w + w] = np.inf
    for k in range(len(rects)):
        left, right = max(rects[k, 2] - j0, 0), min(rects[k, 3] - j0, w)
        if left < right:
            for i in range(max(rects[k, 0] - i0, 0), min(rects[k, 1] - i0, r)):
                flat[i * w + left : i * w + right] = np.inf


@njit(nogil=True, cache=True, error_model="numpy")
def _diagonal(c: F32, before: F32, above: F32, beside: F32, out: F32, diagonal_weight: np.float32) -> None:
    for i in range(len(c)):
        s = above[i] if above[i] < beside[i] else beside[i]
        s = s + c[i]
        d = before[i] + diagonal_weight * c[i]
        out[i] = s if s < d else d


@njit(nogil=True, cache=True, error_model="numpy")
def _diagonals(
    sheared: F32, r: int, w: int, top: F32, left: F32, corner: np.float32, weight: np.float32, buf: F32
) -> None:
    # buf[., i + 1] is row i of a diagonal; index 0 is the row above the tile. The last row and column of the
    # tile are left in `top` and `left`.
    p2, p1, p0 = 0, 1, 2
    buf[p2, 0] = corner
    for k in range(r + w - 1):
        if k < w:
            buf[p1, 0] = top[k]
        if k < r:
            buf[p1, k + 1] = left[k]
        a, b = max(0, k - w + 1), min(r, k + 1)
        _diagonal(sheared[k, a:b], buf[p2, a:b], buf[p1, a:b], buf[p1, a + 1 : b + 1], buf[p0, a + 1 : b + 1], weight)
        if k >= w - 1:
            left[k - w + 1] = buf[p0, k - w + 2]
        if k >= r - 1:
            top[k - r + 1] = buf[p0, r]
        p2, p1, p0 = p1, p0, p2


@njit(nogil=True, cache=True, error_model="numpy")
def _border(values: F64, least: float) -> float:
    for k in range(len(values)):
        least = min(least, values[k])
    return least


@njit(nogil=True, cache=True, error_model="numpy")
def _enter(
    p: int, q: int, size: int, r: int, w: int, rowb: F64, colb: F64, start: float, top: F32, left: F32
) -> tuple[float, np.float32]:
    """Fetch the borders of tile (p, q) relative to their least value; return that (∞: unreachable) and the corner."""
    i0, j0 = p * size, q * size
    if q > 0:
        corner = rowb[p, j0 - 1]
    elif p > 0:
        corner = colb[0, i0 - 1]
    else:
        corner = start
    base = _border(colb[q, i0 : i0 + r], _border(rowb[p, j0 : j0 + w], corner))
    if base < np.inf:
        for j in range(w):
            top[j] = rowb[p, j0 + j] - base
        for i in range(r):
            left[i] = colb[q, i0 + i] - base
        corner = corner - base
    return base, np.float32(corner)


@njit(nogil=True, cache=True, error_model="numpy")
def forward(
    x: F32,
    yt: F32,
    how: int,
    r0: int,
    c0: int,
    lo: I64,
    hi: I64,
    rects: I64,
    masked: bool,
    weight: np.float32,
    start: float,
    size: int,
    p: int,
    q0: int,
    q1: int,
    rowb: F64,
    colb: F64,
) -> None:
    """Solve the tiles (p, q0..q1) of the block whose first cell is (r0, c0).

    Parameters
    ----------
    lo, hi, rects
        Window per row and forbidden rectangles, in rows and columns of the whole problem.
    masked
        False if neither can touch this block.
    start
        Accumulated cost diagonally before the first cell.
    rowb, colb
        float64 (P + 1, m), (Q + 1, n): accumulated costs in the last row above each row of tiles and in the last
        column left of each column of tiles; entries p + 1, q + 1 are written.
    """
    m, n = rowb.shape[1], colb.shape[1]
    i0 = p * size
    r = min(size, n - i0)
    flat = np.empty((size + 8) * size, np.float32)
    sheared = np.empty((2 * size + 8, size + 8), np.float32)
    buf = np.empty((3, size + 2), np.float32)
    top, left = np.empty(size, np.float32), np.empty(size, np.float32)
    for q in range(q0, q1):
        j0 = q * size
        w = min(size, m - j0)
        base, corner = _enter(p, q, size, r, w, rowb, colb, start, top, left)
        open_ = base < np.inf
        if open_ and masked:
            open_ = False
            for i in range(r0 + i0, r0 + i0 + r):
                if lo[i] < c0 + j0 + w and hi[i] > c0 + j0:
                    open_ = True
        if not open_:
            rowb[p + 1, j0 : j0 + w] = np.inf
            colb[q + 1, i0 : i0 + r] = np.inf
            continue
        cost_tile(x, yt, how, r0 + i0, r, c0 + j0, w, flat)
        if masked:
            mask(flat, r0 + i0, r, c0 + j0, w, lo, hi, rects)
        if w > 1:
            shear(flat, r, w, sheared)
        else:
            for i in range(r):
                sheared[i, i] = flat[i]
        buf[:] = np.inf
        _diagonals(sheared, r, w, top, left, corner, weight, buf)
        for j in range(w):
            rowb[p + 1, j0 + j] = top[j] + base
        for i in range(r):
            colb[q + 1, i0 + i] = left[i] + base


@njit(nogil=True, cache=True, error_model="numpy")
def _directions(
    flat: F32, r: int, w: int, top: F32, left: F32, corner: np.float32, weight: np.float32, out: U8
) -> None:
    # `top` becomes the accumulated row. 0 diagonal, 1 one back in B, 2 one back in A: the order ties prefer.
    for i in range(r):
        before = corner
        beside = left[i]
        corner = left[i]
        for j in range(w):
            c = flat[i * w + j]
            v = before + weight * c
            s = beside + c
            t = top[j] + c
            d = 0
            if s < v:
                v = s
                d = 1
            if t < v:
                v = t
                d = 2
            out[i * w + j] = d
            before = top[j]
            top[j] = v
            beside = v


@njit(nogil=True, cache=True, error_model="numpy")
def trace(
    x: F32,
    yt: F32,
    how: int,
    r0: int,
    c0: int,
    lo: I64,
    hi: I64,
    rects: I64,
    masked: bool,
    weight: np.float32,
    start: float,
    size: int,
    rowb: F64,
    colb: F64,
    i: int,
    j: int,
    tiles: int,
    out: I64,
    at: int,
) -> tuple[int, int, int]:
    """Follow the path back from cell (i, j) of the block through at most `tiles` tiles.

    The cells are written backwards into `out` (.., 2), the first one at row at − 1. Returns the cell to go on
    from (i or j < 0: the start was reached) and the row written last.
    """
    flat = np.empty(size * size, np.float32)
    directions = np.empty(size * size, np.uint8)
    top, left = np.empty(size, np.float32), np.empty(size, np.float32)
    while i >= 0 and j >= 0 and tiles > 0:
        tiles -= 1
        p, q = i // size, j // size
        i0, j0 = p * size, q * size
        r, w = i - i0 + 1, j - j0 + 1
        _, corner = _enter(p, q, size, r, w, rowb, colb, start, top, left)
        cost_tile(x, yt, how, r0 + i0, r, c0 + j0, w, flat)
        if masked:
            mask(flat, r0 + i0, r, c0 + j0, w, lo, hi, rects)
        _directions(flat, r, w, top, left, corner, weight, directions)
        while i >= i0 and j >= j0:
            at -= 1
            out[at, 0] = i + r0
            out[at, 1] = j + c0
            d = directions[(i - i0) * w + (j - j0)]
            if d != 1:
                i -= 1
            if d != 2:
                j -= 1
    return i, j, at


@njit(nogil=True, cache=True, error_model="numpy")
def _add(total: F64, weight: float, cost: F32) -> None:
    for j in range(len(total)):
        total[j] += weight * cost[j]


@njit(nogil=True, cache=True, error_model="numpy")
def _choose(best: F64, directions: U8, total: F64, branch: int) -> None:
    b = np.uint8(branch)
    for j in range(len(best)):
        less = total[j] < best[j]
        best[j] = total[j] if less else best[j]
        directions[j] = b if less else directions[j]


@njit(nogil=True, cache=True, error_model="numpy")
def rows_table(
    x: F32,
    yt: F32,
    how: int,
    r0: int,
    c0: int,
    lo: I64,
    hi: I64,
    rects: I64,
    masked: bool,
    steps: I64,
    cells: I64,
    weights: F64,
    first: float,
    i0: int,
    r: int,
    pad: int,
    costs: F32,
    totals: F64,
    directions: U8,
) -> None:
    """Solve rows i0..i0 + r of a block by a table of branches.

    Parameters
    ----------
    first
        Weight of the first cell if the path starts there, NaN if it may start anywhere (open begin).
    pad
        The pattern's reach: `costs` float32 and `totals` float64 (pad + r.., pad + m) carry that many rows and
        columns before the first; the rows are those of i0 − pad .. i0 on entry, of i0 + r − pad .. on return.
    directions
        uint8 (≥ r, m): branch by which each cell is reached.
    """
    m = totals.shape[1] - pad
    flat = np.empty(r * 256, np.float32)
    for j0 in range(0, m, 256):
        w = min(256, m - j0)
        cost_tile(x, yt, how, r0 + i0, r, c0 + j0, w, flat)
        if masked:
            mask(flat, r0 + i0, r, c0 + j0, w, lo, hi, rects)
        for i in range(r):
            costs[pad + i, pad + j0 : pad + j0 + w] = flat[i * w : i * w + w]
    total = np.empty(m)
    for i in range(r):
        best = totals[pad + i, pad:]
        best[:] = np.inf
        if i0 + i == 0 and not np.isnan(first):
            best[0] = first * costs[pad, pad] if costs[pad, pad] < np.inf else np.inf
            continue
        for b in range(len(steps)):
            o = pad - steps[b, 1]
            total[:] = totals[pad + i - steps[b, 0], o : o + m]
            for k in range(steps[b, 2]):
                o = pad - cells[b, k, 1]
                _add(total, weights[b, k], costs[pad + i - cells[b, k, 0], o : o + m])
            _choose(best, directions[i], total, b)
    for i in range(pad):
        costs[i] = costs[r + i]
        totals[i] = totals[r + i]


@njit(nogil=True, cache=True)
def trace_table(
    steps: I64,
    cells: I64,
    weights: F64,
    directions: U8,
    i0: int,
    i: int,
    j: int,
    r0: int,
    c0: int,
    fixed: bool,
    out: I64,
    out_weights: F64,
    at: int,
) -> tuple[int, int, int]:
    """Follow branches back from (i, j) while i ≥ i0 (the first row of `directions`); see `trace`."""
    while i >= i0 and j >= 0 and not (fixed and i == 0):
        b = directions[i - i0, j]
        for k in range(steps[b, 2] - 1, -1, -1):
            # With an open begin a branch may start in the virtual row before the first.
            if i - cells[b, k, 0] >= 0:
                at -= 1
                out[at, 0] = i - cells[b, k, 0] + r0
                out[at, 1] = j - cells[b, k, 1] + c0
                out_weights[at] = weights[b, k]
        i -= steps[b, 0]
        j -= steps[b, 1]
    return i, j, at


@njit(nogil=True, cache=True)
def reach_one_step(r0: int, c0: int, r1: int, c1: int, lo: I64, hi: I64) -> bool:
    """True if unit steps lead from (r0, c0) to (r1, c1) inside the window."""
    if not (lo[r0] <= c0 < hi[r0]):
        return False
    first = c0
    for i in range(r0 + 1, r1 + 1):
        nxt = max(first, lo[i])
        if nxt > hi[i - 1] or nxt >= hi[i]:
            return False
        first = nxt
    return first <= c1 < hi[r1]


@njit(nogil=True, cache=True)
def _spread(to: U8, origin: U8) -> None:
    for j in range(len(to)):
        to[j] |= origin[j]


@njit(nogil=True, cache=True)
def _keep(to: U8, allowed: U8) -> None:
    for j in range(len(to)):
        to[j] &= allowed[j]


@njit(nogil=True, cache=True)
def reach_table(
    r0: int, c0: int, r1: int, c1: int, lo: I64, hi: I64, rects: I64, steps: I64, cells: I64, anywhere: bool
) -> U8:
    """Which cells c0..c1 of row r1 the branches reach from (r0, c0), or from anywhere in row r0: uint8 0/1."""
    m, pad = c1 - c0 + 1, 4
    allowed = np.zeros((pad, m + pad), np.uint8)
    reached = np.zeros((pad, m + pad), np.uint8)
    part = np.empty(m, np.uint8)
    if anywhere:
        reached[pad - 1, pad:] = 1
        allowed[pad - 1, pad:] = 1
    for i in range(r0, r1 + 1):
        for k in range(pad - 1):
            allowed[k] = allowed[k + 1]
            reached[k] = reached[k + 1]
        allowed[pad - 1] = 0
        reached[pad - 1] = 0
        a, b = max(lo[i] - c0, 0), min(hi[i] - c0, m)
        if a < b:
            allowed[pad - 1, pad + a : pad + b] = 1
        for k in range(len(rects)):
            if rects[k, 0] <= i < rects[k, 1]:
                a, b = max(rects[k, 2] - c0, 0), min(rects[k, 3] - c0, m)
                if a < b:
                    allowed[pad - 1, pad + a : pad + b] = 0
        here = reached[pad - 1, pad:]
        if i == r0 and not anywhere:
            here[0] = allowed[pad - 1, pad]
        for e in range(len(steps)):
            if steps[e, 0] == 0 or (i == r0 and not anywhere):
                continue
            o = pad - steps[e, 1]
            part[:] = reached[pad - 1 - steps[e, 0], o : o + m]
            for k in range(steps[e, 2]):
                o = pad - cells[e, k, 1]
                _keep(part, allowed[pad - 1 - cells[e, k, 0], o : o + m])
            _spread(here, part)
        for e in range(len(steps)):
            if steps[e, 0] == 0:
                for j in range(1, m):
                    here[j] |= here[j - 1] & allowed[pad - 1, pad + j]
    return reached[pad - 1, pad:].copy()
