"""Which notes sound, octaves folded together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..model import Features
from ..registry import choice, number
from . import register
from ._pitch import PitchSpectra, transposed
from ._spectrum import RATE

__all__ = ["Chroma", "ChromaParams", "unit_rows"]


@dataclass(frozen=True)
class ChromaParams:
    """Parameters of `Chroma`."""

    kind: str = choice("log", ("energy", "log", "cens"), "Kind", "Power, compressed power, or quantised and smoothed.")
    hop_ms: float = number(20.0, "Hop", "Time between rows.", 2.0, 500.0, "ms")
    window_ms: float = number(185.8, "Window", "Length of the analysed window.", 20.0, 1000.0, "ms")
    smooth_ms: float = number(0.0, "Smoothing", "Width of the average over time.", 0.0, 10000.0, "ms")
    tuning: float | None = number(
        None, "Tuning", "Above A4 = 440 Hz; automatic: that of each recording.", -1.0, 1.0, "semitones", advanced=True
    )
    transpose: int | None = number(
        None, "Transposition", "How far B sounds above A; automatic: the shift that aligns best.", -6, 6, "semitones"
    )


@register("chroma", "Chroma", ChromaParams, kinds=("audio",))
class Chroma:
    """The twelve pitch classes, every row of length 1; silence is the even vector.

    ``log`` compresses with log(1 + 100 · share of the row's energy); ``cens``
    quantises each row's shares at 5, 10, 20 and 40 % before smoothing (Müller & Ewert, Chroma toolbox, ISMIR 2011).
    """

    rate = RATE

    @staticmethod
    def transposed(values: NDArray[np.float32], params: ChromaParams, semitones: int) -> NDArray[np.float32]:
        """Rows (T, 12) of what sounds `semitones` too high, put where they belong."""
        return transposed(values, semitones)

    def __init__(self, params: ChromaParams) -> None:
        self.params = params
        size = max(256, 2 * round(params.window_ms * RATE / 2000))
        self._spectra = PitchSpectra(size, max(1, round(params.hop_ms * RATE / 1000)), params.tuning)

    def update(self, samples: NDArray[np.float32], time: float) -> None:
        """Take the next block of samples."""
        self._spectra.update(samples, time)

    def finish(self) -> Features:
        """Return float32 (T, 12), rows of length 1."""
        p = self.params
        values, times = self._spectra.finish(RATE)
        # Below −60 dB of the loudest row there is nothing but noise: it becomes the even vector.
        total = values.sum(1, keepdims=True)
        quiet = (total <= 1e-6 * max(float(total.max()), np.finfo(np.float32).tiny))[:, 0]
        values[quiet] = 1
        if p.kind != "energy":
            values /= values.sum(1, keepdims=True)
        if p.kind == "log":
            values = np.log1p(100 * values)
        elif p.kind == "cens":
            values = 0.25 * (values[:, :, None] > np.array([0.05, 0.1, 0.2, 0.4])).sum(2)
            values[~values.any(1)] = 1
        if p.smooth_ms > p.hop_ms:
            import cv2

            taps = 2 * round(p.smooth_ms / p.hop_ms / 2) + 1
            window = np.hanning(taps + 2)[1:-1, None]
            values = cv2.filter2D(
                np.ascontiguousarray(values, np.float32), -1, window / window.sum(), borderType=cv2.BORDER_REPLICATE
            )
        return Features(unit_rows(np.asarray(values, np.float32)), times)


def unit_rows(values: NDArray[np.floating]) -> NDArray[np.float32]:
    """Scale every row to length 1; a zero row becomes the even vector."""
    norm = np.linalg.norm(values, axis=1, keepdims=True)
    even = 1 / np.sqrt(values.shape[1])
    return np.ascontiguousarray(np.where(norm > 0, values / np.where(norm > 0, norm, 1), even), np.float32)
