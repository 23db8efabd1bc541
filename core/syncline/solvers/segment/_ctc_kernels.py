"""Compiled loops of CTC: the trellis of blanks and labels, frame by frame, in float64.

A frame has states blank₀ label₀ blank₁ label₁ … blank_L. Blanks and labels are kept in arrays of their own, so that
each is one loop over neighbours that vectorises: `a[k + 1]` is label k (`a[0]` is nothing), `b[k]` the blank before it.
What cannot be is −`FAR`.
"""

from __future__ import annotations

import numpy as np
from numba import njit  # pyright: ignore[reportUnknownVariableType]
from numpy.typing import NDArray

from ... import _smooth
from ..._loops import renew
from ..._smooth import FAR, exp, log

__all__ = ["FAR", "backward", "best", "forward", "walk"]

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]
U32 = NDArray[np.uint32]
U = np.uint64


@njit(nogil=True, cache=True, error_model="numpy")
def _best_frame(
    emit: F32, t: U, z: U32, skip: F64, lb: float, ends: tuple[float, float], a: F64, b: F64, o: U, n: U,
    pa: U, qa: U, pb: U, qb: U, last: U,
) -> None:  # fmt: skip
    for k in range(pa, qa):
        v, w = max(a[o, k + U(1)], b[o, k]), a[o, k] + skip[k]
        a[n, k + U(1)] = max(v, w) + np.float64(emit[t, z[k]])
    for k in range(pb, qb):
        b[n, k] = max(b[o, k], a[o, k]) + lb
    if pb == U(0) and qb > pb:
        b[n, 0] = b[o, 0] + ends[0]
    if qb == last + U(1) and last > U(0) and qb > pb:
        b[n, last] = max(b[o, last], a[o, last]) + ends[1]


@njit(nogil=True, cache=True, error_model="numpy")
def _ways_frame(
    a: F64, b: F64, o: U, skip: F64, pa: U, qa: U, pb: U, qb: U, ways: U8, row: U, first: U
) -> None:  # fmt: skip
    # A label's way in the lower bits: 0 stay, 1 from the blank, 2 past it; bit 2 for a blank that
    # comes of its label. Ties make labels long.
    for k in range(pa, qa):
        stay, blank, over = a[o, k + U(1)], b[o, k], a[o, k] + skip[k]
        v = stay if stay >= blank else blank
        way = np.uint8(0) if stay >= blank else np.uint8(1)
        ways[row, k - first] = way if v >= over else np.uint8(2)
    for k in range(pb, qb):
        way = ways[row, k - first] & np.uint8(3)
        ways[row, k - first] = way | np.uint8(4) if a[o, k] >= b[o, k] else way


@njit(nogil=True, cache=True, error_model="numpy")
def best(
    emit: F32, z: U32, skip: F64, lb: F64, le: F64, ranges: I64, t0: int, t1: int, first: int, stop: int,
    a: F64, b: F64, ways: U8,
) -> None:  # fmt: skip
    """Carry the best scores over frames t0..t1 (Viterbi).

    Parameters
    ----------
    emit, z, skip
        Log-probabilities (T, C), labels (L,), and 0 where label k may follow label k − 1 without a blank, else −`FAR`.
    lb, le
        float64 (T,) score of a blank within, and (T, 2) of the one before the first label and after the last.
    ranges
        int64 (T, 4): labels [0], [1] and blanks [2], [3], half-open, that may be in each frame, neither ever going
        back.
    first, stop
        Half-open range of labels, with the blank after them, that are of interest.
    a, b
        float64 (2, L + 1) each: the scores before frame t0 in row t0 % 2 on entry, of frame t1 − 1 in row t1 % 2 on
        return; the other row must be −`FAR` wherever frame t0 − 1 was not solved into it.
    ways
        uint8 (t1 − t0, stop − first + 1), zeros: how each state is best reached, for `walk`; (0, 0) if nobody asks.
    """
    last = U(len(z))
    for t in range(t0, t1):
        o, n = U(t % 2), U((t + 1) % 2)
        pa, qa = max(ranges[t, 0], first), min(ranges[t, 1], stop)
        pb, qb = max(ranges[t, 2], first), min(ranges[t, 3], stop + 1)
        qa, qb = max(pa, qa), max(pb, qb)
        if t > 0:
            # What this row held two frames ago, or before the first of all, and is out of range by now.
            for k in range(ranges[t - 2, 0] if t > 1 else 0, min(ranges[t, 0], last)):
                a[n, k + 1] = -FAR
            for k in range(ranges[t - 2, 2] if t > 1 else 0, ranges[t, 2]):
                b[n, k] = -FAR
        if len(ways):
            _ways_frame(a, b, o, skip, U(pa), U(qa), U(pb), U(qb), ways, U(t - t0), U(first))
        _best_frame(
            emit, U(t), z, skip, lb[t], (le[t, 0], le[t, 1]), a, b, o, n, U(pa), U(qa), U(pb), U(qb), last
        )  # fmt: skip


@njit(nogil=True, cache=True)
def walk(ways: U8, first: int, t0: int, t1: int, state: int, out: I64) -> int:
    """Write the states of frames t0..t1, the last being `state` (2 k for blank k, 2 k + 1 for label k).

    Returns
    -------
    The state before frame t0.
    """
    for t in range(t1 - 1, t0 - 1, -1):
        out[t] = state
        k = state // 2
        way = ways[t - t0, k - first]
        if state % 2:
            state -= way & 3
        elif way & 4:
            state -= 1
    return state


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})
def _sum3(x: float, y: float, w: float) -> float:
    low, high = min(x, y), max(x, y)
    most, middle, least = max(high, w), max(low, min(high, w)), min(low, w)
    return most + log(1 + exp(middle - most) + exp(least - most))


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})
def _sum2(x: float, y: float) -> float:
    most = max(x, y)
    return most + log(1 + exp(min(x, y) - most))


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})
def _all_frame(
    emit: F32, t: U, z: U32, skip: F64, lb: float, ends: tuple[float, float], a: F64, b: F64, o: U, n: U,
    pa: U, qa: U, pb: U, qb: U, last: U,
) -> None:  # fmt: skip
    for k in range(pa, qa):
        a[n, k + U(1)] = _sum3(a[o, k + U(1)], b[o, k], max(a[o, k] + skip[k], -FAR)) + np.float64(emit[t, z[k]])
    for k in range(pb, qb):
        b[n, k] = _sum2(b[o, k], a[o, k]) + lb
    if pb == U(0) and qb > pb:
        b[n, 0] = b[o, 0] + ends[0]
    if qb == last + U(1) and last > U(0) and qb > pb:
        b[n, last] = _sum2(b[o, last], a[o, last]) + ends[1]


@njit(nogil=True, cache=True, error_model="numpy")
def forward(
    emit: F32, z: U32, skip: F64, lb: F64, le: F64, ranges: I64, t0: int, t1: int, a: F64, b: F64
) -> None:  # fmt: skip
    """Sum over all ways: rows t + 1 − t0 of a, b (t1 − t0 + 1, L + 1) from row t − t0, for frames t0..t1; else `best`.

    All rows but the first must be −`FAR`.
    """
    for t in range(t0, t1):
        pa, qa, pb, qb = ranges[t]
        _all_frame(
            emit, U(t), z, skip, lb[t], (le[t, 0], le[t, 1]), a, b, U(t - t0), U(t + 1 - t0),
            U(pa), U(qa), U(pb), U(qb), U(len(z)),
        )  # fmt: skip


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})
def _back_frame(
    emit: F32, t: U, z: U32, skip: F64, lb: float, ends: tuple[float, float], after_a: F64, after_b: F64,
    then_a: F64, then_b: F64, pa: U, qa: U, pb: U, qb: U, last: U,
) -> None:  # fmt: skip
    # after_*: of frame t and all later ones, its own score included; then_*: score of all after a state of frame t.
    for k in range(pa, qa):
        after_a[k] = then_a[k] + np.float64(emit[t, z[k]])
    for k in range(pb, qb):
        after_b[k] = then_b[k] + (ends[0] if k == U(0) else ends[1] if k == last else lb)


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})
def _then(skip: F64, after_a: F64, after_b: F64, then_a: F64, then_b: F64, count: U) -> None:
    # after_a, skip have an entry more than there are labels, −FAR.
    for k in range(count):
        then_a[k] = _sum3(after_a[k], after_b[k + U(1)], max(after_a[k + U(1)] + skip[k + U(1)], -FAR))
    for k in range(count + U(1)):
        then_b[k] = _sum2(after_b[k], after_a[k])


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})
def _shares(values: F64, row: U, shift: U, then: F64, total: float, p: U, q: U, out: F64) -> float:
    s = 0.0
    for k in range(p, q):
        out[k] = exp(values[row, k + shift] + then[k] - total)
    for k in range(p, q):
        s += out[k]
    return s


@njit(nogil=True, cache=True, error_model="numpy")
def backward(
    emit: F32, z: U32, skip: F64, lb: F64, le: F64, ranges: I64, t0: int, t1: int, a: F64, b: F64,
    then: tuple[F64, F64], after: tuple[F64, F64], total: float, blank: int, occupancy: F32,
    states: I64, sure: F64, begins: F64, near: int, starts: I64, whole: I64, rim: F64,
) -> None:  # fmt: skip
    """Go back over frames t1..t0 with the sums `forward` left in `a` and `b`.

    Parameters
    ----------
    skip
        As in `forward`, with one more entry.
    then
        float64 (L + 1,) each: log of all ways on from each state of frame t1 − 1; of frame t0 − 1 on return. `after`
        is room of the same shapes.
    total
        Log of all ways.
    occupancy
        float32 (T, C): probability of each class in each frame; (0, 0) if nobody asks.
    states, sure
        States of a path, int64 (T,), and float64 (T,): how probable each is in its frame.
    begins, near, starts
        float64 (L,): added up, how probable it is that label k begins within `near` frames of starts[k].
    whole, rim
        Ranges that `ranges` were cut out of, and float64 (1,): the most that a state at the rim of the cut takes.
    """
    L = len(z)
    then_a, then_b = then
    after_a, after_b = after
    mine, blanks = np.zeros(L + 1), np.zeros(L + 1)
    for t in range(t1 - 1, t0 - 1, -1):
        pa, qa, pb, qb = ranges[t]
        n = U(t + 1 - t0)
        _shares(a, n, U(1), then_a, total, U(pa), U(qa), mine)
        nothing = _shares(b, n, U(0), then_b, total, U(pb), U(qb), blanks)
        if qa > pa:
            rim[0] = max(rim[0], mine[pa] if pa > whole[t, 0] else 0.0, mine[qa - 1] if qa < whole[t, 1] else 0.0)
        if qb > pb:
            rim[0] = max(rim[0], blanks[pb] if pb > whole[t, 2] else 0.0, blanks[qb - 1] if qb < whole[t, 3] else 0.0)
        if len(occupancy):
            for k in range(pa, qa):
                occupancy[t, z[k]] += np.float32(mine[k])
            occupancy[t, blank] += np.float32(nothing)
        state = states[t]
        sure[t] = mine[state // 2] if state % 2 else blanks[state // 2]
        # A label begins where it is in this frame and was not in the one before.
        for k in range(pa, qa):
            if abs(t - starts[k]) <= near:
                stayed = np.exp(min(a[t - t0, k + 1] + np.float64(emit[t, z[k]]) + then_a[k] - total, 0.0))
                begins[k] += max(mine[k] - stayed, 0.0)
        after_a[:] = -FAR
        after_b[:] = -FAR
        _back_frame(
            emit, U(t), z, skip, lb[t], (le[t, 0], le[t, 1]), after_a, after_b, then_a, then_b,
            U(pa), U(qa), U(pb), U(qb), U(L),
        )  # fmt: skip
        _then(skip, after_a, after_b, then_a, then_b, U(L))


renew(globals(), __file__, _smooth.__file__)
