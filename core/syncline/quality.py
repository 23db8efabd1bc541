"""Judging an alignment against known correspondences (ALGORITHMS 9)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .cost import tile
from .errors import ParameterError
from .model import Errors, LocalCost, Truth, WarpingPath
from .model.paths import path_difference
from .progress import Monitor

__all__ = [
    "FRAME_TOLERANCES",
    "MS_TOLERANCES",
    "frame_number",
    "judge",
    "kendall_tau",
    "path_difference",
    "progression",
]

MS_TOLERANCES = (10, 20, 25, 50, 100)
"""Milliseconds."""
FRAME_TOLERANCES = (1, 2)
"""Frames of B."""

ASKED_ROWS = 4096
"""Rows of one side whose nearest neighbours `progression` looks up; of more, evenly spaced ones."""

# 0.05 s must count as within 50 ms although neither is a binary fraction.
_SLACK_S = 1e-9
_SLACK_FRAMES = 1e-6


def judge(path: WarpingPath, truth: Truth, b_frame_times: NDArray[np.float64] | None) -> Errors:
    """Compare where the path puts the truth's A times with the truth's B times.

    Parameters
    ----------
    b_frame_times
        float64 (k,) seconds of B's frames, or None where B has none. An error in frames is the difference of both
        times as fractional frame numbers (linear between frames, at the mean rate beyond the ends), so that uneven
        frames count as what they are.

    Raises
    ------
    ParameterError
        The truth has no events, or a time in it is not finite.
    """
    times = truth.times
    if not len(times):
        raise ParameterError("The truth holds no events to compare with.")
    if not np.isfinite(times).all():
        raise ParameterError("The truth holds a time that is not a finite number.")
    estimated = path.to_b(times[:, 0])
    errors = np.abs(estimated - times[:, 1])
    within: dict[str, float] = {}
    frames: NDArray[np.float64] | None = None
    if b_frame_times is not None and len(b_frame_times) > 1:
        frames = np.abs(frame_number(estimated, b_frame_times) - frame_number(times[:, 1], b_frame_times))
        for k in FRAME_TOLERANCES:
            within[f"{k} frame{'s' if k > 1 else ''}"] = float((frames <= k + _SLACK_FRAMES).mean())
    for k in MS_TOLERANCES:
        within[f"{k} ms"] = float((errors <= k / 1000 + _SLACK_S).mean())
    ms = errors * 1000
    return Errors(
        count=len(times),
        mean_ms=float(ms.mean()),
        median_ms=float(np.median(ms)),
        p90_ms=float(np.percentile(ms, 90)),
        max_ms=float(ms.max()),
        mean_frames=None if frames is None else float(frames.mean()),
        median_frames=None if frames is None else float(np.median(frames)),
        p90_frames=None if frames is None else float(np.percentile(frames, 90)),
        within=within,
    )


def frame_number(t: NDArray[np.float64], frame_times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fractional frame numbers (k,) at seconds `t` (k,): linear between frames, at the mean rate beyond."""
    last = len(frame_times) - 1
    if not last:
        return np.zeros(len(t))
    rate = last / (frame_times[-1] - frame_times[0])
    inside = np.interp(t, frame_times, np.arange(last + 1.0))
    before = np.minimum(t - frame_times[0], 0) * rate
    return inside + before + np.maximum(t - frame_times[-1], 0) * rate


def kendall_tau(order: NDArray[np.integer]) -> float:
    """Kendall's tau-b between 0, 1, …, N − 1 and `order` (N,), whole numbers ≥ 0; NaN where `order` is constant.

    τ_b = (C − D) / √(n₀ (n₀ − t)): C and D pairs in the same and in the opposite order, t pairs that tie, n₀ all pairs
    (M. G. Kendall 1945). O(N log² N).
    """
    ranks = np.unique(order, return_inverse=True)[1].astype(np.int64)
    pairs = len(ranks) * (len(ranks) - 1) // 2
    sizes = np.bincount(ranks)
    tied = int((sizes * (sizes - 1) // 2).sum())
    if pairs == tied:
        return float("nan")
    return (pairs - tied - 2 * _inversions(ranks)) / np.sqrt(pairs * (pairs - tied))


def _inversions(ranks: NDArray[np.int64]) -> int:
    """Pairs that stand the wrong way round: at the highest bit in which they differ, the 1 comes before the 0."""
    count = 0
    for bit in range(int(ranks.max()).bit_length()):
        above = ranks >> (bit + 1)
        group = np.argsort(above, kind="stable")
        ones = (ranks[group] >> bit) & 1
        before = np.cumsum(ones)
        starts = np.flatnonzero(np.r_[True, np.diff(above[group]) > 0])
        offset = np.repeat((before - ones)[starts], np.diff(np.r_[starts, len(ranks)]))
        count += int((before - offset)[ones == 0].sum())
    return count


def progression(cost: LocalCost, monitor: Monitor | None = None) -> float | None:
    """Kendall's tau of nearest neighbours: whether features tell how far on one is (Dwibedi et al., CVPR 2019).

    The row of B nearest to every row of A is looked up (the first of several), then the row of A nearest to every row
    of B; each gives a tau-b against the order of time, and the mean of both is returned. A direction in which all
    have the same neighbour has no tau and is dropped; None if both have none. Rows beyond `ASKED_ROWS` are passed over
    evenly.

    Parameters
    ----------
    cost
        Features (n, D), (m, D) and the metric that says what is near.

    Raises
    ------
    ParameterError
        Features that can't be compared.
    Cancelled
        `monitor` was told to stop.
    """
    monitor = monitor or Monitor()
    known: list[float] = []
    for k, way in enumerate((cost, LocalCost(cost.y, cost.x, cost.metric))):
        n, m = way.shape
        step = -(-n // ASKED_ROWS)
        block = 256 * step
        found: list[NDArray[np.intp]] = []
        for start in range(0, n, block):
            monitor.advance(k * n + start, 2 * n)
            costs = tile(way, slice(start, min(start + block, n), step), slice(0, m))
            found.append(costs.argmin(1))
        tau = kendall_tau(np.concatenate(found))
        if not np.isnan(tau):
            known.append(tau)
    return float(np.mean(known)) if known else None
