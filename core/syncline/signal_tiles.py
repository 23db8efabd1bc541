"""A recording's sound at every scale, for looking at: lowest and highest samples, and spectra over time.

One pass over the file (`SoundTiles.survey`) gives the outline at all scales and the spectra of the whole; what a deep
zoom shows besides is decoded when asked for and dropped, the longest unused first. An hour takes some 30 MB.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import ceil, log2
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ._kept import Kept
from .media import AudioReader
from .min_max import MinMax, line_columns
from .model import Media
from .progress import Monitor
from .tile_levels import TileKey, TileLevels

__all__ = ["BlockKey", "Scale", "SoundTiles", "SpectrumTiles"]

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
Scale = Literal["mel", "log", "linear"]

BLOCK = 1 << 16
"""Samples that are kept together for deep zooms."""
_LOWEST_HZ = 40.0
_FLOOR_DB = -120.0


def _edges_hz(rate: int, rows: int, scale: Scale) -> F64:
    top = rate / 2
    if scale == "linear":
        return np.linspace(0.0, top, rows + 1)
    if scale == "log":
        return np.geomspace(min(_LOWEST_HZ, top / 4), top, rows + 1)
    return 700 * np.expm1(np.linspace(0.0, np.log1p(top / 700), rows + 1))


@lru_cache(maxsize=4)
def _window(size: int) -> F32:
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)).astype(np.float32)


@dataclass(frozen=True)
class BlockKey:
    """Samples `block` · 65,536 and on."""

    block: int


class SpectrumTiles(TileLevels):
    """How loud a sound is at each frequency, as 8-bit codes, at scales that are twice as coarse each.

    Column c of level k is of the samples c · hop(k) … (c + 1) · hop(k): the mean power of `parts(k)` Hann windows of
    25 ms spread evenly over them (one, in their middle, while windows overlap by half or more). The coarsest level
    holds the whole sound in at most 4096 columns; tiles of finer ones are dropped when they outgrow `budget`.

    Parameters
    ----------
    rate, samples
        Hz and samples of the sound.
    rows
        Rows of a column, lowest frequency first.
    scale
        ``"mel"`` (HTK's), ``"log"`` from 40 Hz, or ``"linear"``; up to half the rate.

    Attributes
    ----------
    edges
        float64 (rows + 1,) Hz: row r is the mean power between edges r and r + 1.
    """

    WHOLE = 4096

    def __init__(self, rate: int, samples: int, rows: int = 192, scale: Scale = "mel", budget: int = 32 << 20) -> None:
        self._hop = max(round(0.001 * rate), 1)
        super().__init__(ceil(samples / self._hop), rows, self.WHOLE, budget)
        self.rate, self.samples = rate, samples
        self.size = 2 * max(round(0.0125 * rate), 8)
        self.fft = 1 << ceil(log2(self.size))
        self.edges = _edges_hz(rate, rows, scale)
        self._tail, self._tail_at = np.zeros(self.size, np.float32), -self.size
        places = np.concatenate([[0.0], np.arange(self.fft // 2) + 0.5, [self.fft / 2]])
        at = self.edges * self.fft / rate
        self._below = np.clip(np.searchsorted(places, at, "right") - 1, 0, len(places) - 2)
        self._share = (at - places[self._below]) / np.diff(places)[self._below]
        self._steps, self._spans = np.diff(places), np.diff(at)

    # -- shapes ------------------------------------------------------------------------------------

    def hop(self, level: int) -> int:
        """Samples from one column to the next."""
        return self._hop << level

    def parts(self, level: int) -> int:
        """Windows of a column: 1, 2, 4 or 8."""
        return max(k for k in (1, 2, 4, 8) if k == 1 or self.hop(level) >= k * (self.size // 2))

    def row_of(self, hz: float) -> float:
        """Where a frequency lies, in rows from the lowest one's lower edge."""
        return float(np.interp(hz, self.edges, np.arange(self.rows + 1)))

    # -- values ------------------------------------------------------------------------------------

    def decibels(self, codes: NDArray[np.uint8]) -> F64:
        """Decibels that codes stand for; a sine as loud as can be has 0, and −120 is silence."""
        return _FLOOR_DB * (1 - codes.astype(np.float64) / 255)

    def power(self, samples: F32, first: int, level: int, start: int, stop: int) -> F32:
        """Power of columns, float32 (stop − start, fft / 2 + 1); 1 is a sine as loud as can be.

        Parameters
        ----------
        samples
            (n,), sample `first` of the sound and on, all that the columns' windows cover.
        """
        hop, parts, half = self.hop(level), self.parts(level), self.size // 2
        window = _window(self.size)
        gain = np.float32((2 / window.sum(dtype=np.float64)) ** 2)
        number = np.arange(start * parts, stop * parts)
        begins = (2 * number + 1) * hop // (2 * parts) - half - first
        spectrum = np.fft.rfft(np.lib.stride_tricks.sliding_window_view(samples, self.size)[begins] * window, self.fft)
        power = (spectrum.real**2 + spectrum.imag**2) * gain
        return power.reshape(stop - start, parts, -1).mean(axis=1, dtype=np.float32)

    def encode(self, power: F32) -> NDArray[np.uint8]:
        """Codes (k, rows) of power (k, fft / 2 + 1)."""
        # A bin reaches half way to its neighbours; what lies between two edges is the difference of running sums.
        sums = np.zeros((len(power), power.shape[1] + 1))
        np.cumsum(power * self._steps, axis=1, dtype=np.float64, out=sums[:, 1:])
        at = sums[:, self._below] * (1 - self._share) + sums[:, self._below + 1] * self._share
        mean = np.maximum(np.diff(at, axis=1) / self._spans, 10 ** (_FLOOR_DB / 10))
        return np.clip(np.rint(255 - np.log10(mean) * (10 * 255 / _FLOOR_DB)), 0, 255).astype(np.uint8)

    def _codes(self, samples: F32, first: int, level: int, start: int, stop: int) -> NDArray[np.uint8]:
        most = max(1024 // self.parts(level), 1)
        parts = [
            self.encode(self.power(samples, first, level, at, min(at + most, stop))) for at in range(start, stop, most)
        ]
        return np.concatenate(parts)

    # -- tiles -------------------------------------------------------------------------------------

    def take(self, samples: F32) -> None:
        """Take the next samples (n,) of the whole sound, for its coarsest level."""
        level = self.levels - 1
        sound = np.concatenate([self._tail, samples])
        end = self._tail_at + len(sound)
        if end >= self.samples:
            sound = np.concatenate([sound, np.zeros(self.size + self.hop(level), np.float32)])
        stop = self.columns(level) if end >= self.samples else max((end - self.size) // self.hop(level), self.known)
        if stop > self.known:
            self._whole[self.known : stop] = self._codes(sound, self._tail_at, level, self.known, stop)
            self.known = stop
        keep = min(max(self.known * self.hop(level) - self.size - self._tail_at, 0), len(sound))
        self._tail, self._tail_at = sound[keep:].copy(), self._tail_at + keep

    def compute(self, key: TileKey, reader: AudioReader, monitor: Monitor | None = None) -> None:
        """Make a tile, decoding only what it is of.

        Raises
        ------
        Cancelled
            `monitor` was told to stop; nothing is changed.
        """
        monitor = monitor or Monitor()
        hop = self.hop(key.level)
        start, stop = self.span(key)
        step = max((1 << 19) // hop, 1)
        parts: list[NDArray[np.uint8]] = []
        for at in range(start, stop, step):
            monitor.advance(at - start, stop - start)
            end = min(at + step, stop)
            first = at * hop - self.size
            sound = mono(reader, first, end * hop + self.size)
            parts.append(self._codes(sound, first, key.level, at, end))
        self._tiles.put(key, np.concatenate(parts))

    def loudness(self, share: float) -> float:
        """The code below which `share` (0..1) of what is known of the whole lies."""
        known = self._whole[: self.known]
        return float(np.percentile(known[:: max(len(known) // 512, 1)], 100 * share)) if len(known) else 255.0


def mono(reader: AudioReader, first: int, stop: int) -> F32:
    """Mean of the channels, float32 (stop − first,), silence outside."""
    assert reader.media.audio is not None
    start, rate = reader.media.audio.start, reader.rate
    return reader.read(start + first / rate, start + stop / rate).mean(axis=1, dtype=np.float32)


class SoundTiles:
    """A recording's sound for looking at: `wave` is its outline, `spectrum` its spectra.

    Parameters
    ----------
    media
        With sound.
    scale
        Of the frequencies.

    Attributes
    ----------
    rate, samples, start
        Hz, number of samples, and when the first one sounds on the medium's clock (s).
    """

    SURVEYED = 1 << 18

    def __init__(self, media: Media, scale: Scale = "mel") -> None:
        assert media.audio is not None
        self.media = media
        self.rate, self.samples, self.start = media.audio.rate, media.audio.samples, media.audio.start
        self.wave = MinMax(self.samples)
        self.spectrum = SpectrumTiles(self.rate, self.samples, scale=scale)
        self._blocks = Kept[np.float32](16 << 20)

    def survey(self, monitor: Monitor | None = None) -> None:
        """Go through the whole sound once; what is known already may be looked at meanwhile.

        Raises
        ------
        MediaError
            The file can't be read.
        Cancelled
            `monitor` was told to stop.
        """
        monitor = monitor or Monitor()
        with AudioReader(self.media) as reader:
            for first in range(0, self.samples, self.SURVEYED):
                sound = mono(reader, first, min(first + self.SURVEYED, self.samples))
                self.wave.take(sound)
                self.spectrum.take(sound)
                if self.samples * 4 <= self._blocks.budget:
                    for at in range(0, len(sound), BLOCK):
                        self._blocks.put(BlockKey((first + at) // BLOCK), sound[at : at + BLOCK].copy())
                monitor.advance(first + len(sound), self.samples)
            for sentence in reader.warnings:
                monitor.warn(sentence)

    def open(self) -> AudioReader:
        """What `compute` reads from; one a thread."""
        return AudioReader(self.media)

    def compute(self, key: TileKey | BlockKey, reader: AudioReader, monitor: Monitor | None = None) -> None:
        """Make what `missing_blocks` or `spectrum.missing` asked for."""
        if isinstance(key, TileKey):
            self.spectrum.compute(key, reader, monitor)
        else:
            first = key.block * BLOCK
            self._blocks.put(key, mono(reader, first, min(first + BLOCK, self.samples)))

    def fine(self, samples: float) -> bool:
        """True if a pixel of so many samples shows more than `wave` knows."""
        return samples < self.wave.size

    def missing_blocks(self, first: float, stop: float) -> list[BlockKey]:
        """What to compute for `columns` from sample `first` to `stop` to be fine."""
        lo, hi = max(int(first), 0) // BLOCK, ceil(min(max(stop, 0), self.samples) / BLOCK)
        return [key for k in range(lo, hi) if (key := BlockKey(k)) not in self._blocks]

    def columns(self, edges: F64) -> F32:
        """Lowest and highest sample between consecutive `edges` (n + 1,) in samples: float32 (2, n).

        NaN where there is no sound or it is not known yet. As fine as what was computed allows.
        """
        if self.fine(float(edges[-1] - edges[0]) / (len(edges) - 1)):
            lo = max(int(edges[0]) - 1, 0) // BLOCK
            hi = ceil(min(max(float(edges[-1]) + 2, 0), self.samples) / BLOCK)
            blocks = [b for k in range(lo, hi) if (b := self._blocks.get(BlockKey(k))) is not None]
            if blocks and len(blocks) == hi - lo:
                return line_columns(np.concatenate(blocks), lo * BLOCK, edges)
        return self.wave.columns(edges)

    @cached_property
    def end(self) -> float:
        """Seconds at which the last sample ends, on the medium's clock."""
        return self.start + self.samples / self.rate

    @property
    def nbytes(self) -> int:
        """Bytes held at present."""
        return sum(level.nbytes for level in self.wave.levels) + self.spectrum.nbytes + self._blocks.nbytes
