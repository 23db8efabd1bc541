"""Sound of B at constant pitch on A's clock: WSOLA that follows any map and keeps attacks where they belong.

Waveform-similarity overlap-add (Verhelst & Roelands 1993): the output is a chain of half-overlapping Hann windows;
each is read at the mapped time of its centre, moved by up to `TOLERANCE` so that it carries on the wave of the one
before. An attack would be blurred, doubled or shifted by that; so windows that cover one are read at the same
distance from it as they are heard (as in Driedger, Müller & Ewert 2014, for the percussive part), and windows that
do not cover it in A are kept off it in B.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..model import WarpingPath
from ..progress import Monitor

__all__ = ["TOLERANCE", "gaps", "onsets", "read_samples", "stretch"]

HOP = 0.020
"""Seconds between window centres; a window is twice as long."""
TOLERANCE = 0.010
"""Seconds a window may be read before or after its mapped time."""
_MARGIN = 0.25
_BUFFER = 8.0
_SEARCH_RATE = 8000
_ONSET_BLOCK = 0.0025
_ONSET_HISTORY = 16
_ONSET_RATIO = 10.0
_ONSET_REST = 0.05

Samples = NDArray[np.float32]


def read_samples(reader: Any, start: int, count: int) -> Samples:
    """Samples `start` … `start + count` of the medium's clock at the reader's own rate, float32 (count, channels)."""
    rate = reader.rate
    block = np.asarray(reader.read(start / rate, (start + count) / rate), np.float32)
    if len(block) == count:
        return block
    # Rounding of the two borders may differ by a sample.
    out = np.zeros((count, reader.channels), np.float32)
    out[: min(count, len(block))] = block[:count]
    return out


def onsets(mono: NDArray[np.float32], rate: int) -> NDArray[np.intp]:
    """Samples at which a sharp attack starts in `mono` (N,): ten times the energy of the 40 ms before.

    Energy is that of the first difference, which leaves out rumble; nothing is found in the first 40 ms.
    """
    size = max(1, round(rate * _ONSET_BLOCK))
    steps = np.diff(mono, prepend=mono[:1])
    count = len(steps) // size
    if count <= _ONSET_HISTORY:
        return np.zeros(0, np.intp)
    energy = (steps[: count * size].astype(np.float64) ** 2).reshape(count, size).sum(1)
    total = np.concatenate([[0.0], np.cumsum(energy)])
    before = (total[_ONSET_HISTORY:-1] - total[: -_ONSET_HISTORY - 1]) / _ONSET_HISTORY
    floor = 1e-3 * energy.max() + 1e-9 * size
    hot = np.flatnonzero(energy[_ONSET_HISTORY:] > _ONSET_RATIO * before + floor) + _ONSET_HISTORY
    found: list[int] = []
    for block in hot:
        start = int(block) * size
        at = start + int(np.argmax(np.abs(steps[start : start + 2 * size])))
        if not found or at - found[-1] > _ONSET_REST * rate:
            found.append(at)
    return np.asarray(found, np.intp)


def gaps(path: WarpingPath) -> list[tuple[float, float]]:
    """Stretches of A, in seconds, that have no counterpart in B because the path jumps over them."""
    pieces = path.pieces
    times = path.times
    spans = [(float(times[left.stop - 1, 0]), float(times[right.start, 0])) for left, right in pairwise(pieces)]
    return [(start, stop) for start, stop in spans if stop - start > 2 * HOP]


class _Buffer:
    """The part of B's sound that is being read, with its attacks."""

    def __init__(self, reader: Any) -> None:
        self.reader, self.rate = reader, int(reader.rate)
        self.start = self.stop = 0
        self.samples: Samples = np.zeros((0, reader.channels), np.float32)
        self.mono: NDArray[np.float32] = np.zeros(0, np.float32)
        self.onsets: NDArray[np.intp] = np.zeros(0, np.intp)

    def cover(self, low: int, high: int) -> None:
        """Hold samples `low` … `high` and a quarter of a second on either side."""
        margin = int(_MARGIN * self.rate)
        if low - margin >= self.start and high + margin <= self.stop:
            return
        self.start = low - margin
        self.stop = max(high + margin, self.start + int(_BUFFER * self.rate))
        self.samples = read_samples(self.reader, self.start, self.stop - self.start)
        self.mono = self.samples.mean(axis=1)
        self.onsets = onsets(self.mono, self.rate) + self.start

    def mono_at(self, low: int, high: int) -> NDArray[np.float32]:
        return self.mono[low - self.start : high - self.start]


def _scores(candidates: NDArray[np.float32], wanted: NDArray[np.float32]) -> NDArray[np.float64]:
    """Normalised correlation of `wanted` (w,) with every stretch of `candidates` (w + d,): float64 (d + 1,)."""
    product = np.correlate(candidates, wanted, "valid")
    squares = np.concatenate([[0.0], np.cumsum(candidates.astype(np.float64) ** 2)])
    energy = squares[len(wanted) :] - squares[: -len(wanted)]
    return product / np.sqrt(np.maximum(energy, 1e-9) * max(float(wanted @ wanted), 1e-9))


def _shift(buffer: _Buffer, start: int, wanted: NDArray[np.float32], reach: int) -> int:
    """How far from `start` to read, within ± `reach` samples, for the best continuation of `wanted` (w,)."""
    if float(wanted @ wanted) < 1e-9 * len(wanted):
        return 0
    size, q = len(wanted), max(1, buffer.rate // _SEARCH_RATE)
    region = buffer.mono_at(start - reach, start + reach + size)
    if q > 1:
        coarse = region[: len(region) // q * q].reshape(-1, q).mean(1)
        target = wanted[: size // q * q].reshape(-1, q).mean(1)
    else:
        coarse, target = region, wanted
    scores = _scores(coarse, target)
    offsets = np.arange(len(scores)) * q - reach
    # Among waves that fit equally well the nearest wins, so that time does not drift.
    best = int(offsets[np.argmax(scores - 0.02 * np.abs(offsets) / reach)])
    if q == 1:
        return best
    low, high = max(-reach, best - q), min(reach, best + q)
    fine = buffer.mono_at(start + low, start + high + size)
    return low + int(np.argmax(_scores(fine, wanted)))


def stretch(
    reader: Any,
    to_b: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    duration: float,
    silent: list[tuple[float, float]],
    monitor: Monitor,
) -> Iterator[Samples]:
    """Play `reader`, sound of B, on A's clock from 0 to `duration` seconds.

    Parameters
    ----------
    reader
        A `media.audio.AudioReader` of B: ``rate``, ``channels``, ``read(start_s, stop_s)``, silence outside.
    to_b
        Maps seconds of A (k,) to seconds of B (k,), never falling.
    silent
        Stretches of A, seconds, in which nothing is heard.

    Yields
    ------
    ndarray
        float32 (N, channels) at the reader's rate, consecutive; memory stays bounded however long it is.
    """
    rate = int(reader.rate)
    hop = max(1, round(HOP * rate))
    size, reach = 2 * hop, max(1, round(TOLERANCE * rate))
    total = round(duration * rate)
    count = -(-total // hop) + 1
    centres = np.arange(count, dtype=np.float64) * (hop / rate)
    mapped: NDArray[np.float64] = np.maximum.accumulate(to_b(centres))
    mute = np.zeros(count, bool)
    for start, stop in silent:
        mute |= (centres > start) & (centres < stop)
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)).astype(np.float32)[:, None]

    buffer = _Buffer(reader)
    tail = np.zeros((hop, reader.channels), np.float32)
    previous: int | None = None
    for k in range(count):
        monitor.check()
        centre = round(mapped[k] * rate)
        wanted: NDArray[np.float32] | None = None
        if previous is not None:
            # Read before the buffer moves on: after a jump the continuation lies far from where we read next.
            buffer.cover(previous, previous + hop + size)
            wanted = buffer.mono_at(previous + hop, previous + hop + size)
        buffer.cover(centre - size, centre + size)
        free = True
        low, high = np.searchsorted(buffer.onsets, [centre - 12 * hop, centre + 12 * hop])
        if high > low:
            near = buffer.onsets[low:high]
            heard = np.interp(near / rate, mapped, centres) * rate
            distance = k * hop - heard
            i = int(np.argmin(np.abs(distance)))
            attack, away = int(near[i]), float(distance[i])
            if abs(away) < hop:
                centre, free = attack + round(away), False
            elif away > 0:
                centre = max(centre, attack + hop + reach)
            else:
                centre = min(centre, attack - hop - reach)
        start = centre - hop
        buffer.cover(start - reach, start + size + reach)
        if free and wanted is not None:
            start += _shift(buffer, start, wanted, reach)
        previous = start
        at = start - buffer.start
        frame: Samples = np.multiply(buffer.samples[at : at + size], window * (0 if mute[k] else 1), dtype=np.float32)
        if k:
            yield (tail + frame[:hop])[: total - (k - 1) * hop]
        tail = frame[hop:]
