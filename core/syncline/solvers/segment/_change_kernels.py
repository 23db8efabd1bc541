"""Compiled loops of change points: costs of all segments that end at one place, and the two dynamic programs."""

from __future__ import annotations

import numpy as np
from numba import njit  # pyright: ignore[reportUnknownVariableType]
from numpy.typing import NDArray

from ..._loops import renew

__all__ = ["GAUSSIAN", "L1", "L2", "RBF", "exact", "pelt"]

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]

L2, L1, GAUSSIAN, RBF = 0, 1, 2, 3


@njit(nogil=True, cache=True, error_model="numpy")
def _add(count: I64, total: F64, channel: int, rank: int, value: float) -> None:
    i = rank + 1
    while i < count.shape[1]:
        count[channel, i] += 1
        total[channel, i] += value
        i += i & -i


@njit(nogil=True, cache=True, error_model="numpy")
def _below(count: I64, total: F64, channel: int, wanted: int) -> tuple[int, float]:
    """How many ranks hold the least `wanted` − 1 values at most, and the sum of what they hold."""
    place, found, s = 0, 0, 0.0
    step = 1
    while 2 * step < count.shape[1]:
        step *= 2
    while step:
        if place + step < count.shape[1] and found + count[channel, place + step] < wanted:
            place += step
            found += count[channel, place]
            s += total[channel, place]
        step //= 2
    return place, s


@njit(nogil=True, cache=True, error_model="numpy")
def costs(
    kind: int, x: F64, sums: tuple[F64, F64], ranks: I64, order: F64, scale: float, low: int, t: int, dead: I64,
    room: F64, out: F64,
) -> None:  # fmt: skip
    """Costs of the segments s..t, exclusive, for s = low .. t − 1: out[s].

    Parameters
    ----------
    x
        float64 (n, D), centred.
    sums
        Prefix sums of values and of squares, float64 (n + 1, D).
    ranks, order
        For L1: int64 (n, D) the rank of each value in its channel, and float64 (n, D) the values by rank.
    scale
        Least variance (Gaussian), or gamma (RBF).
    dead
        int64 (n + 1,): from which end on a beginning is out of the question; its cost may be left out.
    room
        float64 (n + 1,): for RBF the sums of the kernel over s..t − 1, kept from call to call while t grows by 1.
    """
    D = x.shape[1]
    first, second = sums
    if kind in (L2, GAUSSIAN):
        for s in range(low, t):
            if dead[s] <= t:
                continue
            c, n = 0.0, t - s
            for d in range(D):
                m = first[t, d] - first[s, d]
                v = max(second[t, d] - second[s, d] - m * m / n, 0.0)
                c += v if kind == L2 else n * np.log(max(v / n, scale))
            out[s] = c
    elif kind == L1:
        count = np.zeros((D, len(x) + 1), np.int64)
        total = np.zeros((D, len(x) + 1))
        whole = np.zeros(D)
        for s in range(t - 1, low - 1, -1):
            n = t - s
            c = 0.0
            for d in range(D):
                _add(count, total, d, ranks[s, d], x[s, d])
                whole[d] += x[s, d]
                half = (n + 1) // 2
                place, below = _below(count, total, d, half)
                middle = order[place, d]
                # The least (half − 1) lie below the median, it and the others above.
                c += middle * (half - 1) - below + (whole[d] - below) - middle * (n - half + 1)
            out[s] = c
    else:
        near = 1.0
        room[t - 1] = 0.0
        for s in range(t - 1, low - 1, -1):
            if s < t - 1:
                q = 0.0
                for d in range(D):
                    q += (x[s, d] - x[t - 1, d]) ** 2
                near += 2 * np.exp(-scale * q)
            room[s] += near
            out[s] = (t - s) - room[s] / (t - s)


@njit(nogil=True, cache=True, error_model="numpy")
def pelt(
    kind: int, x: F64, sums: tuple[F64, F64], ranks: I64, order: F64, scale: float, penalty: float, least: int,
    walls: I64, shut: Bools, t0: int, t1: int, best: F64, origin: I64, dead: I64, room: F64, low: int,
) -> int:  # fmt: skip
    """Go on with optimal partitioning, pruned, for segments that end at t0 .. t1 − 1.

    Parameters
    ----------
    penalty, least
        Of each segment; least length of one.
    walls
        int64 (n + 1,): last set boundary at or before each place; no segment reaches over it.
    shut
        bool (n + 1,): places where no segment may begin or end.
    best, origin
        float64, int64 (n + 1,): cost of the best segmentation up to each place, and where its last segment begins.
    dead
        int64 (n + 1,): from which end on a beginning is out of the question.
    low
        First beginning not yet out of the question.

    Returns
    -------
    That of the next call.
    """
    c = np.empty(len(x) + 1)
    for t in range(t0, t1):
        low = max(low, walls[t - 1])
        while low < t - 1 and dead[low] <= t:
            low += 1
        if shut[t]:
            dead[t] = 0
            if kind != RBF:
                continue
        costs(kind, x, sums, ranks, order, scale, low, t, dead, room, c)
        found, at = np.inf, -1
        for s in range(low, t):
            # A segment that fills the stretch between two set boundaries may be shorter than others.
            if not shut[t] and dead[s] > t and (t - s >= least or (s == walls[s] and walls[t] == t)):
                v = best[s] + c[s] + penalty
                if v < found:
                    found, at = v, s
        best[t], origin[t] = found, at
        for s in range(low, t):
            if dead[s] > t + least and best[s] + c[s] >= found:
                dead[s] = t + least
    return low


@njit(nogil=True, cache=True, error_model="numpy")
def exact(
    kind: int, x: F64, sums: tuple[F64, F64], ranks: I64, order: F64, scale: float, least: int, walls: I64,
    shut: Bools, t0: int, t1: int, best: F64, origin: I64, room: F64,
) -> None:  # fmt: skip
    """Go on with the best segmentations into 1 .. K segments: rows of best, origin (K + 1, n + 1); else as `pelt`."""
    c = np.empty(len(x) + 1)
    dead = np.full(len(x) + 1, len(x) + 1)
    for t in range(t0, t1):
        low = walls[t - 1]
        costs(kind, x, sums, ranks, order, scale, low, t, dead, room, c)
        if shut[t]:
            continue
        for k in range(1, len(best)):
            found, at = np.inf, -1
            for s in range(low, t):
                if t - s >= least or (s == walls[s] and walls[t] == t):
                    v = best[k - 1, s] + c[s]
                    if v < found:
                        found, at = v, s
            best[k, t], origin[k, t] = found, at


renew(globals(), __file__)
