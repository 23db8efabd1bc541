"""When something happens, seen or heard: what a video and the sound of the same event have in common."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..model import Features
from ..registry import number
from . import Picture, register
from ._spectrum import RATE, Spectra, mel_filters

__all__ = ["Activity", "ActivityParams"]

_SIZE, _BANDS = 1024, 40


@dataclass(frozen=True)
class ActivityParams:
    """Parameters of `Activity`."""

    hop_ms: float = number(20.0, "Hop", "Time between rows of sound; pictures have a row each.", 2.0, 500.0, "ms")
    decay_ms: float = number(200.0, "Decay", "How long a beginning is seen after it.", 10.0, 2000.0, "ms")
    smooth_ms: float = number(300.0, "Smoothing", "Width of the average of how much happens.", 0.0, 5000.0, "ms")
    side: int = number(96, "Picture size", "Longer side of the reduced picture.", 16, 512, "px", advanced=True)


@register("activity", "Activity", ActivityParams, kinds=("video", "audio"))
class Activity:
    """How much happens and when it begins, in pictures (what changes in them) and in sound (how loud it is) alike.

    Two columns from 0 to 1. First beginnings: rises of the logarithm of what happens, relative to the largest within
    half a second, with a decay (as in `Onset`). Then how much happens: its share of the loudest or liveliest,
    compressed and smoothed. Steady noise and slow drifts of the light count as nothing.
    """

    rate = RATE

    def __init__(self, params: ActivityParams) -> None:
        self.params = params
        self.picture = Picture(params.side, True)
        filters = mel_filters(RATE, _SIZE, _BANDS, 30.0).T
        self._spectra = Spectra(_SIZE, max(1, round(params.hop_ms * RATE / 1000)), lambda power: power @ filters)
        self._before: NDArray[np.uint8] | None = None
        self._changes: list[float] = []
        self._times: list[float] = []

    def update(self, values: NDArray[np.generic], time: float) -> None:
        """Take one grey picture (h, w) shown from `time` (s) on, or the next block (N,) of samples."""
        if values.ndim == 1:
            self._spectra.update(np.asarray(values, np.float32), time)
            return
        picture = np.asarray(values, np.uint8)
        if self._before is not None and self._before.shape == picture.shape:
            import cv2

            change = cv2.absdiff(self._before, picture)
            # A level or two is what compression and sensors do by themselves.
            self._changes.append(float(np.maximum(change, 3).mean()) - 3)
        elif self._times:
            self._changes.append(0.0)
        self._before = picture
        self._times.append(time)

    def finish(self) -> Features:
        """Return float32 (T, 2): rows of a video are its pictures, the first as the second."""
        if self._times:
            times = np.array(self._times)
            happening = np.array([self._changes[0], *self._changes] if self._changes else [0.0])
            step = float(np.median(np.diff(times))) if len(times) > 1 else 1.0
            rises = _rises(happening[:, None])
        else:
            power, times = self._spectra.finish(RATE)
            happening = np.sqrt(power.sum(1, dtype=np.float64))
            step = self.params.hop_ms / 1000
            rises = _rises(np.sqrt(power, dtype=np.float64))
        columns = (self._beginnings(rises, step), self._amount(happening, step))
        return Features(np.ascontiguousarray(np.stack(columns, axis=1), np.float32), times)

    def _beginnings(self, rises: NDArray[np.float64], step: float) -> NDArray[np.float64]:
        from scipy.ndimage import maximum_filter1d

        top = float(rises.max())
        if top <= 0:
            return rises
        near = maximum_filter1d(rises, 2 * max(1, round(0.5 / step)) + 1, mode="nearest")
        values = rises / np.maximum(near, 0.1 * top)
        fall = float(np.exp(-step * 1000 / self.params.decay_ms))
        for t in range(1, len(values)):
            values[t] = max(values[t], values[t - 1] * fall)
        return values

    def _amount(self, happening: NDArray[np.float64], step: float) -> NDArray[np.float64]:
        from scipy.ndimage import uniform_filter1d

        quiet, top = float(happening.min()), float(happening.max())
        if top <= quiet:
            return np.zeros_like(happening)
        width = max(1, round(self.params.smooth_ms / 1000 / step))
        share = uniform_filter1d((happening - quiet) / (top - quiet), width, mode="nearest")
        return np.log1p(30 * share) / np.log(31)


def _rises(levels: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much the logarithm of levels (T, D) rises from row to row, summed over columns, from 40 dB below the top."""
    top = float(levels.max())
    if top <= 0:
        return np.zeros(len(levels))
    loud = np.log1p(100 / top * levels)
    return np.maximum(0, np.diff(loud, axis=0, prepend=loud[:1])).sum(1)
