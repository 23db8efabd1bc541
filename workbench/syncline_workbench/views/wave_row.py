"""The waveform over the time axis: lowest and highest sample of every pixel, samples themselves at a deep zoom."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QWidget

from syncline.signal_tiles import BLOCK, BlockKey

from ..theme import theme
from .feed import Feed
from .pixel_row import PixelRow
from .pixel_tiles import PixelTiles, blend_table, cover
from .sound_feed import SoundFeed
from .time_axis import TimeAxis

__all__ = ["WaveRow"]

THIN = 1.2
"""Device pixels that a line is high at least."""


class WaveRow(PixelRow):
    """Draws the mean of a sound's channels, its loudest sample as high as the row."""

    def __init__(self, axis: TimeAxis, sound: SoundFeed, parent: QWidget | None = None) -> None:
        super().__init__(axis, "", 98, parent)
        self.name = self.tr("waveform")
        self.setAccessibleName(self.tr("Waveform"))
        self.sound, self._tiles = sound, sound.tiles
        self._peak = 0.0
        self.feed = Feed(sound.jobs, self.tr("Drawing %1").replace("%1", sound.media.name), sound.tiles, self)
        self.feed.arrived.connect(self._arrive)
        self.feed.failed.connect(self.say)
        sound.grew.connect(self._grow)
        sound.failed.connect(self.say)
        axis.changed.connect(self._ask)
        self.recolour()

    def stop(self) -> None:
        self.feed.close()

    def recolour(self) -> None:
        c = theme().colours
        self.pixels.set_table(blend_table(c.stage, c.a))
        self.update()

    def draw(self, edges: NDArray[np.float64], height: int) -> NDArray[np.uint8]:
        """How much of each pixel the waveform covers, uint8 (height, n), between the seconds `edges` (n + 1,)."""
        low, high = self._tiles.columns((edges - self._tiles.start) * self._tiles.rate).astype(np.float64)
        half = (height - THIN - 2) / 2
        scale = half / max(self._peak, 1e-6)
        return cover(height / 2 - high * scale - THIN / 2, height / 2 - low * scale + THIN / 2, height)

    def _ask(self) -> None:
        ratio = self.devicePixelRatioF()
        rate, start = self._tiles.rate, self._tiles.start
        if self._tiles.fine(self.axis.per_pixel / ratio * rate):
            lo, hi = ((t - start) * rate for t in (self.axis.start, self.axis.end))
            # A strip that is seen in part is drawn whole.
            side = PixelTiles.WIDE / ratio * self.axis.per_pixel * rate
            middle = (lo + hi) / 2 - BLOCK / 2
            keys = self._tiles.missing_blocks(lo - side, hi + side)
            keys.sort(key=lambda key: abs(key.block * BLOCK - middle))
            self.feed.want(keys)

    def _arrive(self, key: BlockKey) -> None:
        self.pixels.forget(*(self._tiles.start + k * BLOCK / self._tiles.rate for k in (key.block, key.block + 1)))
        self.update()

    def _grow(self, start: float, end: float) -> None:
        peak, self._peak = self._peak, self._tiles.wave.peak
        if peak != self._peak:
            self.pixels.forget()
        else:
            self.pixels.forget(start, end)
        self.update()
