"""The spectrum as the ear groups it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..model import Features
from ..registry import number, switch
from . import register
from ._spectrum import RATE, Spectra, mel_centres, mel_filters

__all__ = ["LogMel", "LogMelParams", "mel_size"]


@dataclass(frozen=True)
class LogMelParams:
    """Parameters of `LogMel`."""

    hop_ms: float = number(10.0, "Hop", "Time between rows.", 2.0, 500.0, "ms")
    window_ms: float = number(46.4, "Window", "Length of the analysed window.", 5.0, 1000.0, "ms")
    bands: int = number(40, "Bands", "Mel bands from 0 Hz to 11 kHz.", low=4, high=256)
    floor_db: float = number(60.0, "Range", "What lies further below the loudest row counts as silence.", 20, 120, "dB")
    centred: bool = switch(True, "Without the mean", "Subtract each recording's mean spectrum (room, microphone).")
    transpose: int | None = number(
        None, "Transposition", "How far B sounds above A; automatic: as for chroma.", -6, 6, "semitones", advanced=True
    )


def mel_size(window_ms: float) -> int:
    """Even number of samples nearest to `window_ms`."""
    return max(64, 2 * round(window_ms * RATE / 2000))


@register("log_mel", "Log-mel spectrum", LogMelParams, kinds=("audio",))
class LogMel:
    """Decibels in mel bands (Slaney's scale, as in librosa)."""

    rate = RATE

    @staticmethod
    def transposed(values: NDArray[np.float32], params: LogMelParams, semitones: int) -> NDArray[np.float32]:
        """Rows of what sounds `semitones` too high, every band filled from as far above it, linear in between."""
        hz = mel_centres(RATE, params.bands)
        at = np.interp(hz * 2 ** (semitones / 12), hz, np.arange(params.bands))
        below = np.minimum(at.astype(int), params.bands - 2)
        share = (at - below).astype(np.float32)
        return np.asarray(values[:, below] * (1 - share) + values[:, below + 1] * share, np.float32)

    def __init__(self, params: LogMelParams) -> None:
        self.params = params
        size = mel_size(params.window_ms)
        filters = mel_filters(RATE, size, params.bands).T
        self._spectra = Spectra(size, max(1, round(params.hop_ms * RATE / 1000)), lambda power: power @ filters)

    def update(self, samples: NDArray[np.float32], time: float) -> None:
        """Take the next block of samples."""
        self._spectra.update(samples, time)

    def finish(self) -> Features:
        """Return float32 (T, bands), decibels relative to the loudest value and not below −floor_db."""
        power, times = self._spectra.finish(RATE)
        values = decibels(power, self.params.floor_db)
        if self.params.centred:
            values = values - values.mean(0, dtype=np.float64)
        return Features(np.ascontiguousarray(values, np.float32), times)


def decibels(power: NDArray[np.float32], floor_db: float) -> NDArray[np.float32]:
    """10 log10 of power relative to its largest value, cut off at −floor_db; silence is all −floor_db."""
    top = float(power.max())
    if top <= 0:
        return np.full(power.shape, -floor_db, np.float32)
    return (10 * np.log10(np.maximum(power / top, 10 ** (-floor_db / 10)))).astype(np.float32)
