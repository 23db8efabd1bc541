"""Short-time spectra of sound that comes in blocks, and the filters laid over them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["RATE", "Spectra", "chroma_filters", "hann", "mel_centres", "mel_filters"]

RATE = 22050
"""Hz; what every extractor of sound asks for, so that they share one decoding pass."""


@lru_cache(maxsize=8)
def hann(size: int) -> NDArray[np.float32]:
    """Periodic Hann window, float32 (size,)."""
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)).astype(np.float32)


class Spectra:
    """Power spectra of centred windows over a stream, turned at once into something small.

    Window i is centred on sample i · hop, silence before the first and after the last sample: the frames of
    ``librosa.stft(center=True)``, wherever the blocks are cut.

    Parameters
    ----------
    size, hop
        Samples; `size` is even.
    reduce
        Called with power float32 (k, size / 2 + 1), returns (k, D).
    """

    def __init__(self, size: int, hop: int, reduce: Callable[[NDArray[np.float32]], NDArray[np.float32]]) -> None:
        self.size, self.hop, self._reduce = size, hop, reduce
        self._tail = np.zeros(size // 2, np.float32)
        self._skip = 0
        self._rows: list[NDArray[np.float32]] = []
        self._start: float | None = None

    def update(self, samples: NDArray[np.float32], time: float) -> None:
        """Take the next block (N,) of mono samples; `time` (s) is that of its first one."""
        if self._start is None:
            self._start = time
        # A block is worked through in pieces, so that the windows' copies stay in the processor's cache.
        for at in range(0, len(samples), 1 << 16):
            self._push(samples[at : at + (1 << 16)])

    def finish(self, rate: int) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """Return rows float32 (T, D) and their times float64 (T,) seconds, T = 1 + N // hop."""
        self._push(np.zeros(self.size // 2, np.float32))
        if not self._rows:
            self._push(np.zeros(self.size, np.float32))
        values = np.concatenate(self._rows)
        self._rows = []
        times = (self._start or 0.0) + np.arange(len(values), dtype=np.float64) * (self.hop / rate)
        return values, times.astype(np.float64)

    def _push(self, samples: NDArray[np.float32]) -> None:
        signal = np.concatenate([self._tail, samples])
        count = max(0, (len(signal) - self.size) // self.hop + 1)
        if count:
            windows = np.lib.stride_tricks.sliding_window_view(signal, self.size)[:: self.hop][:count]
            spectrum = np.fft.rfft(windows * hann(self.size))
            power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32, copy=False)
            self._rows.append(self._reduce(power).astype(np.float32, copy=False))
        self._tail = signal[count * self.hop :]


@lru_cache(maxsize=8)
def mel_filters(rate: int, size: int, bands: int, low: float = 0.0, high: float | None = None) -> NDArray[np.float32]:
    """Triangles of equal area, evenly spaced on Slaney's mel scale; float32 (bands, size / 2 + 1).

    The scale is linear below 1 kHz and logarithmic above (Slaney, Auditory Toolbox, 1998), as in librosa.
    """
    edges = _mel_edges(rate, bands, low, high)
    hz = np.fft.rfftfreq(size, 1 / rate)
    rise = (hz - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    fall = (edges[2:, None] - hz) / (edges[2:] - edges[1:-1])[:, None]
    weights = np.maximum(0, np.minimum(rise, fall)) * (2 / (edges[2:] - edges[:-2]))[:, None]
    return weights.astype(np.float32)


def mel_centres(rate: int, bands: int, low: float = 0.0, high: float | None = None) -> NDArray[np.float64]:
    """Hz of the tops of the triangles of `mel_filters`, float64 (bands,)."""
    return _mel_edges(rate, bands, low, high)[1:-1]


def _mel_edges(rate: int, bands: int, low: float, high: float | None) -> NDArray[np.float64]:
    step = np.log(6.4) / 27

    def to_mel(hz: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(hz < 1000, hz * 3 / 200, 15 + np.log(np.maximum(hz, 1e-9) / 1000) / step)

    ends = to_mel(np.array([low, rate / 2 if high is None else high], np.float64))
    mel = np.linspace(float(ends[0]), float(ends[1]), bands + 2)
    return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp(step * (mel - 15)))


@lru_cache(maxsize=8)
def chroma_filters(
    rate: int, size: int, tuning: float = 0.0, low: float = 27.5, high: float = 5000.0, bins: int = 1
) -> NDArray[np.float32]:
    """Map the bins of a spectrum to the twelve pitch classes, C first; float32 (12 · bins, size / 2 + 1).

    Each bin's power is shared by the two semitones nearest to its centre. Where a bin is wider than a
    semitone it can't tell them apart: there its weight falls off, so low notes count by their overtones.

    Parameters
    ----------
    tuning
        Semitones by which the recording is above A4 = 440 Hz.
    low, high
        Hz, what lies outside is left out.
    bins
        A semitone is divided into so many.
    """
    hz = np.fft.rfftfreq(size, 1 / rate)
    inside = (hz >= low) & (hz <= high)
    pitch = np.zeros_like(hz)
    pitch[inside] = bins * (69 + 12 * np.log2(hz[inside] / 440) - tuning)
    below = np.floor(pitch).astype(int)
    upper = pitch - below
    width = np.where(inside, 12 / np.log(2) * (rate / size) / np.maximum(hz, 1e-9), np.inf)
    trust = np.where(inside, np.minimum(1, 1 / width), 0)
    weights = np.zeros((12 * bins, len(hz)), np.float32)
    columns = np.arange(len(hz))
    np.add.at(weights, (below % len(weights), columns), (1 - upper) * trust)
    np.add.at(weights, ((below + 1) % len(weights), columns), upper * trust)
    return weights
