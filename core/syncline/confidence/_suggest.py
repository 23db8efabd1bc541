"""Where one anchor would help most, and why the alignment is unsure there."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..cost import tile
from ..model import LocalCost
from ..progress import Monitor
from ..solvers.warp._plan import Block, Plan, meeting
from ..solvers.warp._posterior import Piece
from ..solvers.warp._windows import bounds
from ._band import Question
from ._kernels import columns_of_path
from ._opinion import opinion
from ._types import Confidence, Reason, Suggestion

__all__ = ["suggest"]

_TRIED = 40
"""Places that are tried for the first; for the others, which are looked at when that is answered, half as many."""
_WIDE = 150
"""Rows of A on either side of a place that are solved again to try it."""
_LEAST = 0.1
"""Rows of A that an anchor must be expected to put right."""
_STEP = 0.1
"""Rows²; by so little a path's deviation changes from one row of A to the next."""
_RIVAL = 0.1
"""Share of the posterior that a second place must have to be called a rival."""
_EDGE = 6
"""The outermost sixth of the window on either side is its edge, and a fifth of the posterior there runs along it."""

_F64 = NDArray[np.float64]


def suggest(
    q: Question, sure: Confidence, pieces: list[Piece], plan: Plan, most: int, monitor: Monitor
) -> list[Suggestion]:
    """Rank places by how many rows of A an anchor there is expected to put right, by trying them.

    Where a row of A lies is taken for a Gaussian (`_opinion`); the row is right if the path is within the tolerance of
    it. A place is tried by fixing it where it most probably lies and solving its surroundings again; near it the
    variance falls with the square of the distance to the nearest fixed cell, as far as rows share their deviation. The
    next place is chosen as if the user had answered the one before, so that the list holds places that all help.
    """
    n = len(q.a)
    hop_a = float(q.a.times[-1] - q.a.times[0]) / max(n - 1, 1)
    hop_b = float(q.b.times[-1] - q.b.times[0]) / max(len(q.b) - 1, 1) or 1.0
    tolerance = max(q.tolerance / hop_b, 0.5)
    cost = LocalCost(q.a.values, q.b.values, q.metric)
    window = bounds(q.window, q.a.times, q.b.times)
    held = opinion(q, pieces, plan, monitor.part(0.0, 0.3))
    at = np.interp(q.path.to_b(q.a.times), q.b.times, np.arange(len(q.b), dtype=float))
    variance, fixed = held.variance.copy(), _fixed(plan, n)
    found: list[Suggestion] = []
    trials = monitor.part(0.3, 1.0)
    while len(found) < most:
        wrong = _wrong(at - held.mean, variance, tolerance)
        best: _Trial | None = None
        for row in _candidates(wrong, fixed, _TRIED if not found else _TRIED // 2):
            trials.advance(len(found), most)
            trial = _tried(cost, window, plan, q.smooth, held.mean, at, variance, fixed, row, tolerance, wrong)
            if trial is not None and (best is None or trial.gain > best.gain):
                best = trial
        if best is None or best.gain < _LEAST:
            break
        found.append(_describe(q, sure, pieces, best.row, best.gain * hop_a))
        at[best.rows], variance[best.rows] = best.at, best.variance
        fixed[best.row] = True
    return found


class _Trial(NamedTuple):
    gain: float
    row: int
    rows: slice
    at: _F64
    variance: _F64


def _fixed(plan: Plan, n: int) -> NDArray[np.bool_]:
    """Rows with a cell that is not to be solved, and the ends: bool (n,)."""
    out = np.zeros(n, bool)
    out[[0, -1]] = True
    for part in plan.parts:
        if isinstance(part, Block):
            out[[part.r0, part.r1]] = True
        else:
            out[part.cells[:, 0]] = True
    return out


def _candidates(wrong: _F64, fixed: NDArray[np.bool_], count: int) -> list[int]:
    """Rows spread so that as many wrong ones are expected between any two."""
    reach = np.cumsum(np.where(fixed, 0, wrong))
    if reach[-1] <= 0:
        return []
    rows = np.searchsorted(reach, (np.arange(count) + 0.5) / count * reach[-1])
    return [int(r) for r in np.unique(np.minimum(rows, len(wrong) - 1)) if not fixed[r]]


def _wrong(off: _F64, variance: _F64, tolerance: float) -> _F64:
    """Probability that a row is further from its place than `tolerance`."""
    from scipy.special import erf

    width = np.sqrt(2 * variance)
    return 1 - (erf((tolerance - off) / width) + erf((tolerance + off) / width)) / 2


def _tried(
    cost: LocalCost,
    window: tuple[NDArray[np.int64], NDArray[np.int64]],
    plan: Plan,
    smooth: bool,
    mean: _F64,
    at: _F64,
    variance: _F64,
    fixed: NDArray[np.bool_],
    row: int,
    tolerance: float,
    wrong: _F64,
) -> _Trial | None:
    """Fix one row and solve again from the fixed row before to the one after, at most `_WIDE` away.

    A `smooth` path will go where the rows most probably lie.
    """
    before = np.flatnonzero(fixed[:row])[-1]
    after = row + 1 + np.flatnonzero(fixed[row + 1 :])[0]
    low, high = max(int(before), row - _WIDE), min(int(after), row + _WIDE)
    left, right = round(at[low]), round(at[high])
    column = round(float(np.clip(mean[row], left, right)))
    rows = slice(low, high + 1)
    new = mean[rows].copy() if smooth else np.empty(high + 1 - low)
    for r0, c0, r1, c1 in () if smooth else ((low, left, row, column), (row, column, high, right)):
        means = _short(cost, window, plan, Block(r0, c0, r1, c1))
        if means is None:
            return None
        new[r0 - low : r1 + 1 - low] = means
    new[row - low] = column
    span = np.arange(low, high + 1)
    old = np.minimum(span - before, after - span) + 1
    shrink = (np.minimum(old, np.abs(span - row) + 1) / old) ** 2
    narrowed = variance[rows] * (1 - _shared(variance[rows], row - low) * (1 - shrink))
    gain = float((wrong[rows] - _wrong(new - mean[rows], narrowed, tolerance)).sum())
    return _Trial(gain, row, rows, new, narrowed)


def _shared(variance: _F64, at: int) -> _F64:
    """How much of their deviation rows share with row `at`, 0 to 1: a sure row between two lets nothing through."""
    # A process whose step from row to row has the variance _STEP correlates by v / (v + _STEP) a row.
    drop = np.log1p(_STEP / np.minimum(variance[:-1], variance[1:]))
    reach = np.concatenate([[0.0], np.cumsum(drop)])
    return np.exp(-np.abs(reach - reach[at]))


def _short(
    cost: LocalCost, window: tuple[NDArray[np.int64], NDArray[np.int64]], plan: Plan, block: Block
) -> _F64 | None:
    """Mean columns of the path from corner to corner, row by row; None if window and rectangles leave none."""
    rows, columns = slice(block.r0, block.r1 + 1), slice(block.c0, block.c1 + 1)
    costs = tile(cost, rows, columns)
    j = np.arange(block.c0, block.c1 + 1)
    costs[(j < window[0][rows, None]) | (j >= window[1][rows, None])] = np.inf
    for i0, i1, j0, j1 in meeting(plan.rects, block).tolist():
        costs[max(i0 - block.r0, 0) : i1 - block.r0, max(j0 - block.c0, 0) : j1 - block.c0] = np.inf
    out = np.empty(len(costs))
    return block.c0 + out if columns_of_path(costs, out) else None


def _describe(q: Question, sure: Confidence, pieces: list[Piece], row: int, gain: float) -> Suggestion:
    unsure = sure.unsure.copy()
    unsure[row] = True
    start, stop = row, row
    while start > 0 and unsure[start - 1]:
        start -= 1
    while stop + 1 < len(unsure) and unsure[stop + 1]:
        stop += 1
    reason, rivals = _reason(q, pieces, row)
    return Suggestion(
        float(sure.times[row]), float(sure.path[row]), float(sure.times[start]), float(sure.times[stop]), gain,
        reason, rivals, float(sure.low[row]), float(sure.high[row]),
    )  # fmt: skip


def _reason(q: Question, pieces: list[Piece], row: int) -> tuple[Reason, tuple[float, float] | None]:
    share = np.zeros(len(q.b))
    for piece in pieces:
        index = np.flatnonzero(piece.places.rows == row)
        if len(index):
            k = int(index[0])
            lo = int(piece.places.lo[k])
            part = piece.places.share[k][: len(q.b) - lo]
            share[lo : lo + len(part)] += part
    share /= share.sum() or 1.0
    if not q.window.unlimited:
        lo, hi = (int(v[row]) for v in bounds(q.window, q.a.times, q.b.times))
        wide = max(1, (hi - lo) // _EDGE)
        # The ends of B are no edges of a window.
        at_low = share[lo : lo + wide].sum() if lo > 0 else 0.0
        at_high = share[max(hi - wide, lo) : hi].sum() if hi < len(q.b) else 0.0
        if max(at_low, at_high) >= 0.2:
            return "window", None
    rivals = _two_peaks(share, q.tolerance, q.b.times)
    return ("flat", None) if rivals is None else ("rivals", rivals)


def _two_peaks(share: _F64, tolerance: float, times: _F64) -> tuple[float, float] | None:
    """Seconds of two places that fit, with a valley of less than half the lower one between them; else None."""
    hop = float(times[-1] - times[0]) / max(len(times) - 1, 1) or 1.0
    half = max(1, round(tolerance / hop))
    smooth = np.convolve(share, np.full(2 * half + 1, 1 / (2 * half + 1)), mode="same")
    first = int(smooth.argmax())
    best: tuple[float, int, int] | None = None
    for k in range(len(smooth)):
        low, high = min(first, k), max(first, k)
        if high - low <= 2 * half:
            continue
        valley = low + int(smooth[low : high + 1].argmin())
        if smooth[valley] < smooth[k] / 2 and (best is None or smooth[k] > best[0]):
            best = (float(smooth[k]), k, valley)
    if best is None:
        return None
    _height, second, valley = best
    mass = share[:valley].sum() if second < first else share[valley:].sum()
    if mass < _RIVAL:
        return None
    return float(times[min(first, second)]), float(times[max(first, second)])
