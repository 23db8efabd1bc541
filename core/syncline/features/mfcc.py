"""The shape of the spectrum, without its fine structure: what is spoken rather than at which pitch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..model import Features
from ..registry import number, switch
from . import register
from ._spectrum import RATE, Spectra, mel_filters
from .log_mel import decibels, mel_size

__all__ = ["Mfcc", "MfccParams"]


@dataclass(frozen=True)
class MfccParams:
    """Parameters of `Mfcc`."""

    hop_ms: float = number(10.0, "Hop", "Time between rows.", 2.0, 500.0, "ms")
    window_ms: float = number(25.0, "Window", "Length of the analysed window.", 5.0, 1000.0, "ms")
    coefficients: int = number(13, "Coefficients", "How many, from the first on.", low=2, high=40)
    bands: int = number(40, "Bands", "Mel bands below the cosine transform.", 8, 128, advanced=True)
    loudness: bool = switch(False, "Loudness", "Keep coefficient 0, which follows the level.")
    deltas: bool = switch(False, "Deltas", "Compare the change over time beside the values.")


@register("mfcc", "MFCC", MfccParams, kinds=("audio",))
class Mfcc:
    """Mel-frequency cepstral coefficients (Davis & Mermelstein 1980): DCT-II of the log-mel spectrum."""

    rate = RATE

    def __init__(self, params: MfccParams) -> None:
        self.params = params
        size = mel_size(params.window_ms)
        filters = mel_filters(RATE, size, params.bands).T
        self._spectra = Spectra(size, max(1, round(params.hop_ms * RATE / 1000)), lambda power: power @ filters)

    def update(self, samples: NDArray[np.float32], time: float) -> None:
        """Take the next block of samples."""
        self._spectra.update(samples, time)

    def finish(self) -> Features:
        """Return float32 (T, D)."""
        p = self.params
        power, times = self._spectra.finish(RATE)
        count = min(p.coefficients, p.bands)
        order, band = np.arange(count)[:, None], np.arange(p.bands)
        cosines = np.cos(np.pi * order * (band + 0.5) / p.bands) * np.sqrt(2 / p.bands)
        cosines[0] /= np.sqrt(2)
        # Above the floor, so that silence is 0 whatever the order of the sums; the mean goes below anyway.
        values = (decibels(power, 80.0) + 80.0) @ cosines.T
        if not p.loudness:
            values = values[:, 1:]
        values -= values.mean(0)
        if p.deltas and len(values) > 1:
            values = np.hstack([values, np.gradient(values, axis=0)])
        return Features(np.ascontiguousarray(values, np.float32), times)
