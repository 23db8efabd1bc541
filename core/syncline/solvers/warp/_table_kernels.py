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
from ._kernels import Sides, U, mask

__all__ = ["reach_one_step", "reach_table", "rows_table", "trace_table"]

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]


@njit(nogil=True, cache=True, error_model="numpy")
def _branch(
    branch: int, steps: I64, cells: I64, weights: F64, i: int, j: int, w: int, pad: int,
    costs: F32, totals: F64, directions: U8,
) -> None:  # fmt: skip
    """Take one branch into cells j..j + w of row i wherever it is cheaper than what is there."""
    b, count = np.uint8(branch), steps[branch, 2]
    n, d, e, o, f = U(w), U(i), U(j), U(pad + i), U(pad + j)
    o0, f0 = U(pad + i - steps[branch, 0]), U(pad + j - steps[branch, 1])
    c1, g1, w1 = U(pad + i - cells[branch, 0, 0]), U(pad + j - cells[branch, 0, 1]), weights[branch, 0]
    c2, g2, w2 = U(pad + i - cells[branch, 1, 0]), U(pad + j - cells[branch, 1, 1]), weights[branch, 1]
    c3, g3, w3 = U(pad + i - cells[branch, 2, 0]), U(pad + j - cells[branch, 2, 1]), weights[branch, 2]
    # Without directions in the loop it vectorises.
    if len(directions):
        for k in range(n):
            v = totals[o0, f0 + k] + w1 * costs[c1, g1 + k]
            if count > 1:
                v += w2 * costs[c2, g2 + k]
            if count > 2:
                v += w3 * costs[c3, g3 + k]
            if v < totals[o, f + k]:
                totals[o, f + k] = v
                directions[d, e + k] = b
    elif count == 1:
        for k in range(n):
            v, best = totals[o0, f0 + k] + w1 * costs[c1, g1 + k], totals[o, f + k]
            totals[o, f + k] = v if v < best else best
    elif count == 2:
        for k in range(n):
            v, best = totals[o0, f0 + k] + w1 * costs[c1, g1 + k] + w2 * costs[c2, g2 + k], totals[o, f + k]
            totals[o, f + k] = v if v < best else best
    else:
        for k in range(n):
            v, best = totals[o0, f0 + k] + w1 * costs[c1, g1 + k] + w2 * costs[c2, g2 + k], totals[o, f + k]
            v += w3 * costs[c3, g3 + k]
            totals[o, f + k] = v if v < best else best


@njit(nogil=True, cache=True, error_model="numpy")
def _row_of_three(totals: F64, o: U, f: U, costs: F32, e: U, n: U, weight: float) -> None:
    """The asymmetric pattern: each cell of row o from the three at and before its column in the row above."""
    for k in range(n):
        one, two, three = totals[o - U(1), f + k], totals[o - U(1), f + k - U(1)], totals[o - U(1), f + k - U(2)]
        least = one if one < two else two
        least = three if three < least else least
        totals[o, f + k] = least + weight * costs[e, k]


@njit(nogil=True, cache=True, error_model="numpy")
def _three_above(steps: I64, weights: F64) -> bool:
    """True if branches lead from the three cells at and before the column in the row above, at one weight."""
    if len(steps) != 3:
        return False
    found = 0
    for b in range(3):
        if steps[b, 0] != 1 or steps[b, 2] != 1 or weights[b, 0] != weights[0, 0]:
            return False
        found |= 1 << steps[b, 1]
    return found == 7


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
    begin: int,
    pad: int,
    r: int,
    j0: int,
    j1: int,
    here: tuple[int, int],
    above: tuple[F32, F64],
    costs: F32,
    totals: F64,
    directions: U8,
) -> None:
    """Solve columns j0..j1 of r rows, whose first cell is (r0, c0), by a table of branches.

    Parameters
    ----------
    begin
        1 if the path starts in the first cell of these rows and nowhere else in the first row, 0 if it starts
        nowhere in that row, −1 if the row is one as all others.
    pad
        The pattern's reach: `costs` float32 and `totals` float64 (pad + rows, pad + columns) carry that many rows
        and columns before the first. The columns before j0 are solved.
    here
        Half-open range of columns outside of which the window lets nothing be in these rows.
    above
        `costs` and `totals` of the rows before, whose last rows lie at the end.
    directions
        uint8 (r, columns): branch by which each cell is reached; (0, 0) if nobody asks.
    """
    x, yt, _, _ = sides
    costs_above, totals_above = above
    last = len(costs_above) - pad
    rows, panel = np.empty((r + 4, 256), np.float32), np.empty((len(yt), 256), np.float32)
    at_once = len(directions) == 0 and _three_above(steps, weights)
    for j in range(j0, j1, 256):
        w = min(256, j1 - j)
        e, n = U(pad + j), U(w)
        for i in range(U(pad)):
            for k in range(n):
                costs[i, e + k] = costs_above[U(last) + i, e + k]
                totals[i, e + k] = totals_above[U(last) + i, e + k]
        for i in range(U(pad), U(pad + r)):
            for k in range(n):
                totals[i, e + k] = np.inf
        if j >= here[1] or j + w <= here[0]:
            for i in range(U(pad), U(pad + r)):
                for k in range(n):
                    costs[i, e + k] = np.inf
            continue
        for d in range(U(len(panel))):
            for k in range(n):
                panel[d, k] = yt[d, U(c0 + j) + k]
        cost_rows(x, panel, how, r0, r, 0, w, rows, 0)
        if masked:
            mask(rows, 0, r0, r, c0 + j, w, lo, hi, rects)
        for i in range(U(r) if not at_once else U(0)):
            for k in range(n):
                costs[U(pad) + i, e + k] = rows[i, k]
        for i in range(r):
            if i == 0 and begin >= 0:
                if begin == 1 and j == 0 and rows[0, 0] < np.inf:
                    totals[pad, pad] = 0.0
                continue
            if at_once:
                _row_of_three(totals, U(pad + i), e, rows, U(i), n, weights[0, 0])
                continue
            for b in range(len(steps)):
                _branch(b, steps, cells, weights, i, j, w, pad, costs, totals, directions)


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
    """Follow branches back from (i, j) while i ≥ i0 (the first row of `directions`); see `_kernels.walk`.

    With `fixed` the path begins in row 0, else in the row before it.
    """
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
