"""The spectrogram over the time axis: how loud each frequency is, on a mel scale up to half the sampling rate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter
from PySide6.QtWidgets import QWidget

from syncline.signal_tiles import SpectrumTiles
from syncline.tile_levels import TileKey

from ..theme import theme
from .colour_maps import colour_table
from .feed import Feed
from .pixel_row import PixelRow
from .pixel_tiles import PixelTiles
from .sound_feed import SoundFeed
from .time_axis import TimeAxis

__all__ = ["SpectrumRow"]

DEPTH = 80 * 255 / 120
"""Codes from the darkest colour to the brightest, at most: 80 dB."""
_MARKS = (50, 100, 200, 500, 1000, 2000, 4000, 8000, 16000, 32000, 64000)


class SpectrumRow(PixelRow):
    """Draws spectra of the mean of a sound's channels, from black (quiet) to yellow (loud)."""

    def __init__(self, axis: TimeAxis, sound: SoundFeed, parent: QWidget | None = None) -> None:
        super().__init__(axis, "", 130, parent)
        self.name = self.tr("spectrum")
        self.setAccessibleName(self.tr("Spectrum"))
        self._start, self._rate = sound.tiles.start, sound.tiles.rate
        self._tiles = sound.tiles.spectrum
        self.feed = Feed(sound.jobs, self.tr("Drawing %1").replace("%1", sound.media.name), sound.tiles, self)
        self.feed.arrived.connect(self._arrive)
        self.feed.failed.connect(self.say)
        sound.grew.connect(self._grow)
        sound.failed.connect(self.say)
        axis.changed.connect(self._ask)
        self._recolour()

    def stop(self) -> None:
        self.feed.close()

    def _recolour(self) -> None:
        # Like the matrix: as bright in the light theme as in the dark one.
        # Silence and what lies 75 dB under the loudest possible sound is no picture, even if there is nothing else.
        top = max(self._tiles.loudness(0.999), 45 * 255 / 120)
        low = max(top - DEPTH, min(self._tiles.loudness(0.25), top - DEPTH / 2))
        self.pixels.set_table(np.array(colour_table("magma", low / 255, top / 255), np.uint32))

    def draw(self, edges: NDArray[np.float64], height: int) -> NDArray[np.uint8]:
        """Codes of pixels, uint8 (height, n), between the seconds `edges` (n + 1,); the highest frequency is on top."""
        places = ((edges[1:] + edges[:-1]) / 2 - self._start) * self._rate
        level = self._level(float(edges[1] - edges[0]))
        # Between the middles of columns and of rows there is a straight way.
        last = self._tiles.columns(level) - 1
        at = np.clip(places / self._tiles.hop(level) - 0.5, 0, last)
        left = at.astype(np.intp)
        right = np.minimum(left + 1, last)
        first = int(left[0])
        columns = self._tiles.look(level, first, int(right[-1]) + 1)
        share = (at - left).astype(np.float32)[:, None]
        seen = columns[left - first] * (1 - share) + columns[right - first] * share
        up = np.clip(self._tiles.rows * (1 - (np.arange(height) + 0.5) / height) - 0.5, 0, self._tiles.rows - 1)
        row = np.minimum(up.astype(np.intp), self._tiles.rows - 2)
        share = (up - row).astype(np.float32)
        seen = seen[:, row] * (1 - share) + seen[:, row + 1] * share
        outside = (places < 0) | (places >= self._tiles.samples)
        seen[outside] = 0
        return np.ascontiguousarray(seen.T.astype(np.uint8))

    def paint_gutter(self, painter: QPainter, gutter: QRectF) -> None:
        super().paint_gutter(painter, gutter)
        font = self.small_font(9)
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        painter.setPen(QColor(theme().colours.muted))
        taken = [gutter.center().y()]
        for hz in reversed(_MARKS):
            y = self.to_y(hz)
            # Neither the name nor another mark is written over.
            if hz >= self._rate / 2 or any(abs(y - other) < 12 for other in taken) or not 5 < y < gutter.height() - 4:
                continue
            taken.append(y)
            text = f"{hz // 1000}k" if hz >= 1000 else str(hz)
            painter.drawLine(QPointF(gutter.right() - 4, y), QPointF(gutter.right() - 1, y))
            box = QRectF(gutter.left(), y - metrics.height() / 2, gutter.width() - 6, metrics.height())
            painter.drawText(box, int(Qt.AlignmentFlag.AlignRight) | int(Qt.AlignmentFlag.AlignVCenter), text)

    def to_y(self, hz: float) -> float:
        """Pixel of a frequency."""
        return self.height() * (1 - self._tiles.row_of(hz) / self._tiles.rows)

    def words_at(self, time: float, y: float) -> str:
        row = min(max(int((1 - y / max(self.height(), 1)) * self._tiles.rows), 0), self._tiles.rows - 1)
        hz = float(self._tiles.edges[row : row + 2].mean())
        level = self._level(self.axis.per_pixel)
        column = int((time - self._start) * self._rate / self._tiles.hop(level))
        code = self._tiles.look(level, column, column + 1)[0, row : row + 1]
        return self.tr("{hz} Hz, {db} dB").format(hz=f"{hz:.0f}", db=f"{float(self._tiles.decibels(code)[0]):.0f}")

    def _level(self, pixel: float) -> int:
        """The level for pixels of so many seconds."""
        return self._tiles.level_for(pixel * self._rate / self._tiles.hop(0))

    def _ask(self) -> None:
        ratio = self.devicePixelRatioF()
        pixel = self.axis.per_pixel / ratio * self._rate
        level = self._level(pixel / self._rate)
        hop = self._tiles.hop(level)
        lo, hi = ((t - self._start) * self._rate / hop for t in (self.axis.start, self.axis.end))
        side = PixelTiles.WIDE * pixel / hop
        middle = (lo + hi) / 2 / SpectrumTiles.TILE - 0.5
        keys = self._tiles.missing(level, int(lo - side), int(hi + side) + 2)
        keys.sort(key=lambda key: abs(key.tile - middle))
        self.feed.want(keys)

    def _arrive(self, key: TileKey) -> None:
        wide = self._tiles.hop(key.level) / self._rate * SpectrumTiles.TILE
        self.pixels.forget(self._start + (key.tile - 0.1) * wide, self._start + (key.tile + 1.1) * wide)
        self.update()

    def _grow(self, start: float, end: float) -> None:
        self._recolour()
        # What was heard last is waited for until all windows over it are full.
        self.pixels.forget(start - 2 * self._tiles.hop(self._tiles.levels - 1) / self._rate - 0.1, end)
        self._ask()
        self.update()
