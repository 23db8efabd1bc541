"""Compiled loops of the step patterns that a table describes, and of what can be reached at all.

No branch stays within a row, so the recursion vectorises along rows.
"""

from __future__ import annotations

import numpy as np
from numba import njit  # pyright: ignore[reportUnknownVariableType]
from numpy.typing import NDArray

from ... import _cost_kernels
from ..._cost_kernels import cost_rows
from ..._loops import renew
from . import _kernels
from ._kernels import Sides, mask

__all__ = ["reach_one_step", "reach_table", "rows_table", "trace_table"]

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]


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
    sides: Sides,
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
    here: tuple[int, int],
    before: tuple[int, int],
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
    here, before
        Half-open ranges of the block's columns outside of which the window lets nothing be, in these rows and in
        those solved last: nothing else is written.
    directions
        uint8 (≥ r, m): branch by which each cell is reached.
    """
    j0, j1 = here
    m = j1 - j0
    a, b = pad + min(j0, before[0]), pad + max(j1, before[1])
    x, yt, _, _ = sides
    rows = np.empty((r + 4, 256), np.float32)
    costs[pad : pad + r, a:b] = np.inf
    totals[pad : pad + r, a:b] = np.inf
    for j in range(j0, j1, 256):
        w = min(256, j1 - j)
        cost_rows(x, yt, how, r0 + i0, r, c0 + j, w, rows, 0)
        if masked:
            mask(rows, 0, r0 + i0, r, c0 + j, w, lo, hi, rects)
        costs[pad : pad + r, pad + j : pad + j + w] = rows[:r, :w]
    total = np.empty(m)
    for i in range(r):
        if i0 + i == 0 and not np.isnan(first):
            if j0 == 0:
                totals[pad, pad] = first * costs[pad, pad] if costs[pad, pad] < np.inf else np.inf
            continue
        best = totals[pad + i, pad + j0 : pad + j1]
        for k in range(len(steps)):
            o = pad + j0 - steps[k, 1]
            total[:] = totals[pad + i - steps[k, 0], o : o + m]
            for c in range(steps[k, 2]):
                o = pad + j0 - cells[k, c, 1]
                _add(total, weights[k, c], costs[pad + i - cells[k, c, 0], o : o + m])
            _choose(best, directions[i, j0:j1], total, k)
    for i in range(pad):
        costs[i, a:b] = costs[r + i, a:b]
        totals[i, a:b] = totals[r + i, a:b]


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


renew(globals(), __file__, _kernels.__file__, _cost_kernels.__file__)
