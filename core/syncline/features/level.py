"""How loud it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..model import Features
from ..registry import number
from . import register
from ._spectrum import RATE, Spectra, hann

__all__ = ["Level", "LevelParams"]

_FLOOR = -100.0
"""dB; what is quieter is digital silence for all that can be heard."""


@dataclass(frozen=True)
class LevelParams:
    """Parameters of `Level`."""

    hop_ms: float = number(10.0, "Hop", "Time between rows.", 2.0, 500.0, "ms")
    window_ms: float = number(25.0, "Window", "Length of the window that is averaged.", 5.0, 1000.0, "ms")
    low: float = number(80.0, "From", "Rumble and hum below are left out.", 0.0, 2000.0, "Hz")


@register("level", "Level", LevelParams, kinds=("audio",))
class Level:
    """The power within a window in decibels, 0 dB that of a square wave at full scale, −100 dB at least."""

    rate = RATE

    def __init__(self, params: LevelParams) -> None:
        self.params = params
        size = max(64, 2 * round(params.window_ms * RATE / 2000))
        share = (np.fft.rfftfreq(size, 1 / RATE) >= params.low).astype(np.float32)
        # Parseval: the window's own power is divided out, and each bin but the first and last stands for two.
        share *= np.float32(2 / (size * float((hann(size).astype(np.float64) ** 2).sum())))
        share[[0, -1]] /= 2
        self._spectra = Spectra(size, max(1, round(params.hop_ms * RATE / 1000)), lambda power: power @ share[:, None])

    def update(self, samples: NDArray[np.float32], time: float) -> None:
        """Take the next block of samples."""
        self._spectra.update(samples, time)

    def finish(self) -> Features:
        """Return float32 (T, 1)."""
        power, times = self._spectra.finish(RATE)
        values = 10 * np.log10(np.maximum(power, 10 ** (_FLOOR / 10), dtype=np.float64))
        return Features(np.ascontiguousarray(values, np.float32), times, ("dB",))
