"""Compiled loops that chain local alignments (`syncline.jumps`)."""

from __future__ import annotations

import numpy as np
from numba import njit  # pyright: ignore[reportUnknownVariableType]
from numpy.typing import NDArray

from ._loops import renew

__all__ = ["FAR", "chain", "local_cost"]

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
U8 = NDArray[np.uint8]

FAR = 1e30


@njit(nogil=True, cache=True, error_model="numpy")
def chain(cost: F32, level: float, gap: float, more: float, moves: U8, rests: U8) -> float:
    """Score of the best chain of local alignments of a cost matrix (n, m).

    A local alignment goes by steps (1, 1), (2, 1) and (1, 2), each row and column it passes counting `level` less what
    it costs; between two of them, before the first and after the last, rows and columns may be left out for `gap` and
    `more` for each of them.

    Parameters
    ----------
    moves, rests
        uint8 (n + 1, m + 1), filled with how the best score of each cell was reached: moves 1, 2, 3 for the steps, 4
        out of a gap; rests 1, 2, 3 for a gap begun here, carried on from the row above, from the column before.
        moves[0, 0] is 4 if the end lies in a gap, else 0.
    """
    n, m = cost.shape
    two, one, now = np.full(m + 1, -FAR), np.full(m + 1, -FAR), np.full(m + 1, -FAR)
    above, here = -gap - more * np.arange(m + 1), np.empty(m + 1)
    one[0] = 0.0
    for i in range(1, n + 1):
        now[0], here[0] = -FAR, -gap - more * i
        for j in range(1, m + 1):
            s = level - cost[i - 1, j - 1]
            best, move = one[j - 1] + 2 * s, 1
            if i > 1:
                value = two[j - 1] + 2 * (level - cost[i - 2, j - 1]) + s
                if value > best:
                    best, move = value, 2
            if j > 1:
                value = one[j - 2] + 2 * (level - cost[i - 1, j - 2]) + s
                if value > best:
                    best, move = value, 3
            value = above[j - 1] + 2 * s
            if value > best:
                best, move = value, 4
            now[j] = best
            moves[i, j] = move
            rest, how = best - gap, 1
            if above[j] - more > rest:
                rest, how = above[j] - more, 2
            if here[j - 1] - more > rest:
                rest, how = here[j - 1] - more, 3
            here[j] = rest
            rests[i, j] = how
        two, one, now = one, now, two
        above, here = here, above
    moves[0, 0] = 4 if above[m] > one[m] else 0
    return float(max(one[m], above[m]))


@njit(nogil=True, cache=True, error_model="numpy")
def local_cost(cost: F32, top: int, left: int, size: int) -> float:
    """Least mean cost of a local alignment from (top, left) to where `size` rows or columns are used up."""
    sums = np.full((size + 1, size + 1), FAR)
    sums[0, 0] = 0.0
    least = FAR
    for i in range(1, size + 1):
        for j in range(1, size + 1):
            c = cost[top + i - 1, left + j - 1]
            best = sums[i - 1, j - 1] + 2 * c
            if i > 1:
                best = min(best, sums[i - 2, j - 1] + 2 * cost[top + i - 2, left + j - 1] + c)
            if j > 1:
                best = min(best, sums[i - 1, j - 2] + 2 * cost[top + i - 1, left + j - 2] + c)
            sums[i, j] = best
            if max(i, j) == size:
                least = min(least, best / (i + j))
    return least


renew(globals(), __file__)
