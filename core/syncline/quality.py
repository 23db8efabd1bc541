"""Judging an alignment against known correspondences (ALGORITHMS 9)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .errors import ParameterError
from .model import Errors, Truth, WarpingPath

__all__ = ["FRAME_TOLERANCES", "MS_TOLERANCES", "judge"]

MS_TOLERANCES = (10, 20, 25, 50, 100)
"""Milliseconds."""
FRAME_TOLERANCES = (1, 2)
"""Frames of B."""

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
        frames = np.abs(_frame_number(estimated, b_frame_times) - _frame_number(times[:, 1], b_frame_times))
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


def _frame_number(t: NDArray[np.float64], frame_times: NDArray[np.float64]) -> NDArray[np.float64]:
    last = len(frame_times) - 1
    rate = last / (frame_times[-1] - frame_times[0])
    inside = np.interp(t, frame_times, np.arange(last + 1.0))
    before = np.minimum(t - frame_times[0], 0) * rate
    return inside + before + np.maximum(t - frame_times[-1], 0) * rate
