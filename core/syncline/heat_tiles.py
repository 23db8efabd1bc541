"""Features and emissions at every scale, for looking at as heat maps: the mean or the maximum of what a pixel covers.

Nothing the size of the values is made: one pass (`HeatTiles.survey`) fills the coarsest level, and finer tiles are
reduced from the values when asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from math import ceil

import numpy as np
from numpy.typing import NDArray

from .model import Features
from .model.emissions import Emissions
from .progress import Monitor
from .tile_levels import TileKey, TileLevels

__all__ = ["HeatTiles", "even"]

F32 = NDArray[np.float32]

_AT_ONCE = 1 << 21
"""Values that are reduced at once."""
_SAMPLED = 2048


def _nothing() -> None:
    """What is in memory stays there."""


def even(features: Features) -> tuple[F32, float, float]:
    """Values (n, D) at even times, where the first one's span begins (s), and the seconds of each.

    A row stands in the middle of its span. Rows that are uneven by more than half a step are repeated and left out so
    that every span shows the row nearest to it; even ones are handed on as they are.
    """
    times = features.times
    if len(times) < 2:
        return features.values, float(times[0]) - 0.02, 0.04
    step = float(np.median(np.diff(times)))
    drift = times - (times[0] + step * np.arange(len(times)))
    if np.abs(drift).max() <= step / 2:
        return features.values, float(times[0]) - step / 2, step
    count = round(float(times[-1] - times[0]) / step) + 1
    wanted = times[0] + step * np.arange(count)
    nearest = np.searchsorted((times[1:] + times[:-1]) / 2, wanted)
    return np.ascontiguousarray(features.values[nearest]), float(times[0]) - step / 2, step


class HeatTiles(TileLevels):
    """Values over time as 8-bit codes; column c of level k is of the frames c · 2ᵏ … (c + 1) · 2ᵏ.

    Emissions show the most probable frame, code 255 · √p, so that unlikely labels are still seen; features the mean,
    from a row's 2nd percentile, code 0, to its 98th, code 255.

    Parameters
    ----------
    values
        float32 (T, D): log-probabilities or features.
    start, step
        Seconds: frame t is of start + t · step and on.
    probability
        True for log-probabilities.
    shown
        Columns of `values` to show, in this order, the first one as row 0; None: all.
    most
        Rows; neighbours share one if there are more.

    Attributes
    ----------
    shown
        int (S,) columns of `values`.
    bands
        int (rows + 1,): row r is of ``shown[bands[r]:bands[r + 1]]``.
    """

    def __init__(
        self,
        values: F32,
        start: float,
        step: float,
        probability: bool = False,
        shown: Sequence[int] | NDArray[np.integer] | None = None,
        most: int = 256,
        budget: int = 24 << 20,
    ) -> None:
        self.values, self.start, self.step, self.probability = values, start, step, probability
        self.shown = np.arange(values.shape[1]) if shown is None else np.asarray(shown, np.intp)
        rows = min(len(self.shown), most)
        self.bands = np.arange(rows + 1) * len(self.shown) // rows
        super().__init__(len(values), rows, 4096, budget)
        self._let_go: Callable[[], None] = _nothing
        self._low, self._span = np.zeros(rows, np.float32), np.ones(rows, np.float32)
        self._every = len(self.shown) == values.shape[1] and bool((np.diff(self.shown) == 1).all())

    @classmethod
    def of_emissions(cls, emissions: Emissions, shown: Sequence[int] | NDArray[np.integer] | None = None) -> HeatTiles:
        """Probabilities of labels."""
        made = cls(emissions.log_probs, emissions.start, emissions.step, True, shown)
        made._let_go = emissions.let_go
        return made

    @classmethod
    def of_features(cls, features: Features) -> HeatTiles:
        """Feature values."""
        return cls(*even(features))

    def survey(self, monitor: Monitor | None = None) -> None:
        """Go through all values once.

        Raises
        ------
        Cancelled
            `monitor` was told to stop.
        """
        monitor = monitor or Monitor()
        level = self.levels - 1
        if not self.probability:
            self._scale()
        columns = max((_AT_ONCE // max(self.values.shape[1], 1)) >> level, 1)
        total = self.columns(level)
        for at in range(0, total, columns):
            monitor.advance(at, total)
            stop = min(at + columns, total)
            self._whole[at:stop] = self._codes(level, at, stop)
            self.known = stop
            self._let_go()

    def open(self) -> AbstractContextManager[None]:
        """What `compute` reads from: nothing."""
        return nullcontext()

    def compute(self, key: TileKey, reader: None = None, monitor: Monitor | None = None) -> None:
        """Make a tile.

        Raises
        ------
        Cancelled
            `monitor` was told to stop; nothing is changed.
        """
        monitor = monitor or Monitor()
        start, stop = self.span(key)
        columns = max((_AT_ONCE // max(self.values.shape[1], 1)) >> key.level, 1)
        parts: list[NDArray[np.uint8]] = []
        for at in range(start, stop, columns):
            monitor.advance(at - start, stop - start)
            parts.append(self._codes(key.level, at, min(at + columns, stop)))
        self._tiles.put(key, np.concatenate(parts))
        self._let_go()

    def values_at(self, time: float) -> F32:
        """The shown values of the frame at a second, float32 (S,); probabilities as such."""
        frame = min(max(int((time - self.start) / self.step), 0), len(self.values) - 1)
        found = self.values[frame].take(self.shown)
        return np.exp(found) if self.probability else found

    def _banded(self, values: F32) -> F32:
        picked = values if self._every else values[:, self.shown]
        if self.rows == len(self.shown):
            return picked
        if self.probability:
            return np.maximum.reduceat(picked, self.bands[:-1], axis=1)
        sums = np.add.reduceat(picked, self.bands[:-1], axis=1)
        return np.asarray(sums / np.diff(self.bands).astype(np.float32), np.float32)

    def _scale(self) -> None:
        few = self._banded(self.values[:: ceil(len(self.values) / _SAMPLED)])
        low, high = np.percentile(few, (2, 98), axis=0).astype(np.float32)
        self._low, self._span = low, np.where(high > low, high - low, 1).astype(np.float32)

    def _codes(self, level: int, start: int, stop: int) -> NDArray[np.uint8]:
        frames = self._banded(self.values[start << level : stop << level])
        if level:
            starts = np.arange(0, len(frames), 1 << level)
            if self.probability:
                frames = np.maximum.reduceat(frames, starts, axis=0)
            else:
                counts = np.diff(np.append(starts, len(frames))).astype(np.float32)
                frames = np.add.reduceat(frames, starts, axis=0) / counts[:, None]
        share = np.exp(frames / 2) if self.probability else (frames - self._low) / self._span
        return np.rint(np.clip(share, 0, 1) * 255).astype(np.uint8)
