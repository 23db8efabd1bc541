"""When something begins to sound."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..model import Features
from ..registry import choice, number
from . import register
from ._pitch import PitchSpectra, transposed
from ._spectrum import RATE, Spectra, mel_filters

__all__ = ["Onset", "OnsetParams"]


@dataclass(frozen=True)
class OnsetParams:
    """Parameters of `Onset`."""

    of: str = choice("notes", ("notes", "bands"), "Onsets of", "Pitch classes, or mel bands.")
    bands: int = number(8, "Bands", "Mel bands told apart (with “bands”); 1: one curve for all.", low=1, high=64)
    hop_ms: float = number(10.0, "Hop", "Time between rows.", 2.0, 500.0, "ms")
    window_ms: float = number(92.9, "Window", "Length of the analysed window.", 5.0, 1000.0, "ms")
    decay_ms: float = number(100.0, "Decay", "How long an onset is seen after it began.", 0.0, 2000.0, "ms")
    tuning: float | None = number(
        None, "Tuning", "Above A4 = 440 Hz; automatic: that of each recording.", -1.0, 1.0, "semitones", advanced=True
    )
    transpose: int | None = number(
        None, "Transposition", "How far B's notes are above A's; automatic: as for chroma.", -6, 6, "semitones"
    )


@register("onset", "Onsets", OnsetParams, kinds=("audio",))
class Onset:
    """Rises of loudness in each pitch class or band, with a decay, relative to how strong onsets are nearby.

    Decaying locally adaptive normalised chroma onsets (DLNCO: Ewert, Müller & Grosche, High resolution audio
    synchronization using chroma onset features, ICASSP 2009): a sharp beginning and a slow end let the path
    slide into the right place from one side.
    """

    rate = RATE

    @staticmethod
    def transposed(values: NDArray[np.float32], params: OnsetParams, semitones: int) -> NDArray[np.float32]:
        """Rows of what sounds `semitones` too high, put where they belong; those of bands stay as they are."""
        return transposed(values, semitones) if params.of == "notes" else values

    def __init__(self, params: OnsetParams) -> None:
        self.params = params
        size = max(256, 2 * round(params.window_ms * RATE / 2000))
        hop = max(1, round(params.hop_ms * RATE / 1000))
        if params.of == "notes":
            self._spectra = PitchSpectra(size, hop, params.tuning)
        else:
            filters = mel_filters(RATE, size, max(params.bands, 40), 30.0).T
            self._spectra = Spectra(size, hop, lambda power: power @ filters)

    def update(self, samples: NDArray[np.float32], time: float) -> None:
        """Take the next block of samples."""
        self._spectra.update(samples, time)

    def finish(self) -> Features:
        """Return float32 (T, 12) or (T, bands), between 0 and 1."""
        p = self.params
        power, times = self._spectra.finish(RATE)
        top = float(power.max())
        loud = np.log1p(1000 / top * power) if top > 0 else np.zeros_like(power)
        rise = np.maximum(0, np.diff(loud, axis=0, prepend=loud[:1]))
        if p.of == "bands":
            edges = np.linspace(0, rise.shape[1], p.bands + 1).round().astype(int)[:-1]
            rise = np.add.reduceat(rise, edges, axis=1)
        return Features(_decaying(rise, p.hop_ms, p.decay_ms), times)


def _decaying(rise: NDArray[np.floating], hop_ms: float, decay_ms: float) -> NDArray[np.float32]:
    import cv2

    # Strength is measured against the largest within half a second, so that quiet passages count as well.
    strength = np.linalg.norm(rise, axis=1).astype(np.float32)
    near = 2 * round(500 / hop_ms) + 1
    local = cv2.dilate(strength[:, None], np.ones((near, 1), np.uint8))
    local = np.maximum(cv2.blur(local, (1, near), borderType=cv2.BORDER_REPLICATE), 0.02 * float(strength.max()))
    values = rise / np.where(local > 0, local, 1)
    if decay_ms <= 0:
        return np.ascontiguousarray(values, np.float32)
    # max over k of row[t − k] · exp(−k · fall) is a running maximum once every row is lifted by t · fall.
    lift = np.arange(len(values))[:, None] * (hop_ms / decay_ms)
    with np.errstate(divide="ignore"):
        highest = np.maximum.accumulate(np.log(values.astype(np.float64)) + lift, axis=0)
    return np.ascontiguousarray(np.exp(highest - lift), np.float32)
