"""Where one anchor would help most, and why the alignment is unsure there."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..progress import Monitor
from ..solvers.warp._plan import Block, Plan
from ..solvers.warp._posterior import Piece, ahead
from ..solvers.warp._windows import bounds
from ._band import Question
from ._types import Confidence, Reason, Suggestion

__all__ = ["suggest"]

_GRID = 500
"""Places that are considered."""
_LEAST = 0.1
"""Rows of A that an anchor must be expected to put right."""
_RIVAL = 0.1
"""Share of the posterior that a second place must have to be called a rival."""
_EDGE = 6
"""The outermost sixth of the window on either side is its edge, and a fifth of the posterior there runs along it."""

_F64 = NDArray[np.float64]


def suggest(
    q: Question, sure: Confidence, pieces: list[Piece], plan: Plan, most: int, monitor: Monitor
) -> list[Suggestion]:
    """Rank places by how many rows of A an anchor there is expected to bring within the tolerance.

    The deviation of the path along A is taken for a Gaussian Markov process with the posterior's variances v: rows r
    and s correlate by ρ² = ∏ v/(v + 1) over the rows between, a path's random step being of one row. An anchor at r
    leaves v_s (1 − ρ²) at s; the rows expected within the tolerance follow from the error function. The next place is
    chosen as if the user had answered the one before, so that the list holds places that all help.

    Anchors that are there already tell how far the posterior can be trusted near them: each is left out, and how many
    standard deviations off the answer then is widens (or narrows) the posterior on both sides.
    """
    n = len(q.a)
    step = max(1, n // _GRID)
    grid = np.arange(0, n, step)
    hop_b = float(q.b.times[-1] - q.b.times[0]) / max(len(q.b) - 1, 1) or 1.0
    trust = _trust(q, plan, n, hop_b, monitor)
    variance = (sure.spread * trust)[grid] ** 2 / hop_b**2
    tolerance = max(q.tolerance / hop_b, 0.5)
    hop_a = float(q.a.times[-1] - q.a.times[0]) / max(n - 1, 1)
    found: list[Suggestion] = []
    while len(found) < most:
        monitor.check()
        rho = _correlation(variance, step)
        now = _wrong(variance, tolerance)
        after = _wrong(variance[None, :] * (1 - rho), tolerance)
        gain = (now[None, :] - after).sum(1) * step
        best = int(gain.argmax())
        if gain[best] < _LEAST:
            break
        found.append(_describe(q, sure, pieces, int(grid[best]), float(gain[best]) * hop_a))
        variance = variance * (1 - rho[best])
    return found


def _wrong(variance: _F64, tolerance: float) -> _F64:
    from scipy.special import erfc

    return erfc(tolerance / np.sqrt(2 * np.maximum(variance, 1e-12)))


def _correlation(variance: _F64, step: int) -> _F64:
    """Squared correlation of every two places: float64 (g, g)."""
    between = np.minimum(variance[:-1], variance[1:])
    # log of (v / (v + 1)) for each of `step` rows; a sure row lets nothing through.
    drop = -step * np.log1p(1 / np.maximum(between, 1e-9))
    at = np.concatenate([[0.0], np.cumsum(drop)])
    return np.exp(-np.abs(at[:, None] - at[None, :]))


def _trust(q: Question, plan: Plan, n: int, hop_b: float, monitor: Monitor) -> _F64:
    """By how much the posterior's deviations are to be taken larger or smaller, row by row."""
    surprises = {
        number: abs(b - mean) / max(spread, 0.3 * hop_b)
        for number, (b, mean, spread) in ahead(
            q.a, q.b, q.metric, q.path, q.window, plan, q.gamma, q.cells, monitor
        ).items()
    }
    trust = np.ones(n)
    if not surprises:
        return trust
    usual = float(np.mean(np.square(list(surprises.values()))))
    for block in (p for p in plan.parts if isinstance(p, Block)):
        ends = [surprises[k] ** 2 for k in (block.before, block.after) if k in surprises]
        mean = (sum(ends) + usual) / (len(ends) + 1)
        trust[block.r0 : block.r1 + 1] = min(max(math.sqrt(mean), 0.5), 4.0)
    return trust


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
