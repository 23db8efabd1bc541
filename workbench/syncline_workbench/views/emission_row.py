"""What an acoustic model says, over the time axis: how likely each label is, and the best path through the trellis."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter
from PySide6.QtWidgets import QWidget

from syncline.heat_tiles import HeatTiles
from syncline.min_max import line_columns
from syncline.model.emissions import Emissions

from ..jobs import Jobs
from ..theme import mono, theme
from .heat_row import HeatRow
from .pixel_tiles import blended, cover, packed
from .time_axis import TimeAxis

__all__ = ["EmissionRow", "shown_labels"]

MANY = 36
"""Labels from which on only those that are used are shown."""
GAP = 6.0
"""Device pixels of a cell from which on there is a line between cells."""
NAME = 19.0
"""Pixels of the gutter that are the name's."""

_LOOKED = 1 << 18
"""Values that are looked at for the likeliest labels."""
_STOPS = (0.0, 0.25, 0.6, 1.0)
_OFF = ((22, 36, 46), (27, 58, 75), (38, 110, 138), (120, 205, 235))
_ON = ((38, 128, 98), (52, 156, 118), (70, 182, 142), (96, 222, 170))
_LINES = (16, 21, 26)


def _ramp(stops: Sequence[tuple[int, int, int]]) -> NDArray[np.float64]:
    at = np.linspace(0, 1, 128)
    return np.column_stack([np.interp(at, _STOPS, [s[c] for s in stops]) for c in range(3)])


# The picture is as dark in the light theme as in the dark one, like all colour maps.
_TABLE = packed(np.rint(np.concatenate([_ramp(_OFF), _ramp(_ON)])).astype(np.int64))


def shown_labels(emissions: Emissions, used: Sequence[int]) -> list[int]:
    """Columns to show: the blank, those that are used in the order of their first use, the rest if it is not much.

    Where nothing is used and there is much, the labels that are likeliest at some time.
    """
    order = list(dict.fromkeys([emissions.blank, *used]))
    known = set(order)
    rest = [k for k in range(len(emissions.labels)) if k not in known]
    if len(emissions.labels) <= MANY:
        return order + rest
    if len(order) > 1:
        return order
    # Some frames only, and of thousands of labels fewer: values may lie in a file, and this is the GUI thread.
    few = emissions.log_probs[:: ceil(len(emissions) / min(4096, max(_LOOKED // len(emissions.labels), 1)))].max(axis=0)
    rest.sort(key=lambda k: -float(few[k]))
    return order + sorted(rest[: MANY - 1])


class EmissionRow(HeatRow):
    """A cell for each frame and label, the likelier the brighter; cells on the path are green, with a white line.

    Parameters
    ----------
    emissions
        What there is to show.
    path
        int (T,), the column that each frame is in on the best path, −1 for none; None: there is no path.
    used
        Columns that the transcript uses, in its order; None: those of the path.
    """

    def __init__(
        self,
        axis: TimeAxis,
        jobs: Jobs,
        emissions: Emissions,
        path: NDArray[np.integer] | None = None,
        used: Sequence[int] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        self.emissions = emissions
        self._places: NDArray[np.float32] | None = None
        self._described: HeatTiles | None = None
        shown = shown_labels(emissions, _used(emissions, path, used))
        super().__init__(axis, jobs, HeatTiles.of_emissions(emissions, shown), "", 190, parent)
        self.name = self.tr("emissions")
        self.setAccessibleName(self.tr("Emissions"))
        self._place(path)

    def show_path(self, path: NDArray[np.integer] | None, used: Sequence[int] | None = None) -> None:
        """Draw another path; the labels follow if others are used now."""
        shown = shown_labels(self.emissions, _used(self.emissions, path, used))
        # While a boundary is dragged the labels stay the same, and so do the codes.
        if shown != self.tiles.shown.tolist():
            self.set_tiles(HeatTiles.of_emissions(self.emissions, shown))
        self._place(path)

    @property
    def labels(self) -> list[str]:
        """Names of the rows, from the top; the blank is ∅."""
        return [self._name(k) for k in range(len(self.tiles.shown))]

    def _name(self, row: int) -> str:
        e, k = self.emissions, int(self.tiles.shown[row])
        return "∅" if k == e.blank else _visible(e.labels[k])

    def _place(self, path: NDArray[np.integer] | None) -> None:
        before = self._places
        if path is None:
            self._places = None
        else:
            row = np.full(len(self.emissions.labels) + 1, np.nan, np.float32)
            band = np.searchsorted(self.tiles.bands, np.arange(len(self.tiles.shown)), "right") - 1
            row[self.tiles.shown] = band
            self._places = row[path]
        stretch = _changed(before, self._places)
        if stretch is not None:
            first, stop = (self.tiles.start + k * self.tiles.step for k in stretch)
            # The line reaches into the frames beside.
            self.pixels.forget(first - 4 * self.tiles.step, stop + 4 * self.tiles.step)
            self.update()
        if (before is None) == (path is None) and self._described is self.tiles:
            return
        self._described = self.tiles
        words = self.tr("{n} labels from the top: {labels}").format(
            n=len(self.tiles.shown), labels=" ".join(map(self._name, range(min(len(self.tiles.shown), 60))))
        )
        if path is not None:
            words += ". " + self.tr("The best path is a white line over green cells.")
        self.setAccessibleDescription(words)

    # -- pixels ------------------------------------------------------------------------------------

    def draw(self, edges: NDArray[np.float64], height: int) -> NDArray[np.uint32]:
        codes = self.columns(edges) >> 1
        frames = (edges - self.tiles.start) / self.tiles.step
        on = self._on_path(frames)
        if on is not None:
            codes |= on.astype(np.uint8) << 7
        rows = self.rows_of(height)
        pixels = _TABLE[codes.T[rows]]
        lines = packed(np.array(_LINES))
        if height >= GAP * self.tiles.rows:
            pixels[np.flatnonzero(np.diff(rows)) + 1] = lines
        wide = float(frames[1] - frames[0])
        if wide * GAP <= 1:
            pixels[:, np.floor(frames[1:]) > np.floor(frames[:-1])] = lines
        pixels[:, (frames[1:] <= 0) | (frames[:-1] >= len(self.emissions))] = packed(np.array(_OFF[0]))
        self._draw_line(pixels, frames)
        return pixels

    def _on_path(self, frames: NDArray[np.float64]) -> NDArray[np.bool_] | None:
        """Which cells of pixels are on the path, (n, rows)."""
        places = self._places
        if places is None:
            return None
        on = np.zeros((len(frames) - 1, self.tiles.rows), np.bool_)
        middle = np.floor((frames[1:] + frames[:-1]) / 2).astype(np.intp)
        inside = np.flatnonzero((middle >= 0) & (middle < len(places)))
        first, last = max(int(np.ceil(frames[0])), 0), min(int(frames[-1]), len(places))
        # The frame under each pixel's middle, and the pixel under each frame's.
        pixel = ((np.arange(first, last) + 0.5 - frames[0]) / (frames[1] - frames[0])).astype(np.intp)
        columns = np.concatenate([inside, np.clip(pixel, 0, len(on) - 1)])
        found = np.concatenate([places[middle[inside]], places[first:last]])
        known = ~np.isnan(found)
        on[columns[known], found[known].astype(np.intp)] = True
        return on

    def _draw_line(self, pixels: NDArray[np.uint32], frames: NDArray[np.float64]) -> None:
        # Pixels of many frames would be all white: the line fades away, green cells tell the path.
        strength = min(max((1 / float(frames[1] - frames[0]) - 0.4) / 2.6, 0.0), 1.0)
        places = self._places
        if places is None or strength <= 0:
            return
        first = max(int(frames[0]) - 2, 0)
        part = places[first : max(int(np.ceil(frames[-1])) + 2, 0)]
        if not len(part):
            return
        # A frame's point is in its middle.
        low, high = line_columns(part + 0.5, first, frames - 0.5).astype(np.float64) * (len(pixels) / self.tiles.rows)
        ratio = self.devicePixelRatioF()
        strokes = ((3.2, 0.45, 0xFF080E12), (1.5, 1.0, 0xFFFFFFFF)) if strength == 1 else ((1.3, strength, 0xFFFFFFFF),)
        for thick, share, colour in strokes:
            half = thick * ratio / 2
            shape = cover(low - half, high + half, len(pixels))
            blended(pixels, shape if share == 1 else (shape * np.float32(share)).astype(np.uint8), colour)

    # -- the gutter --------------------------------------------------------------------------------

    def paint_gutter(self, painter: QPainter, gutter: QRectF) -> None:
        self.paint_name(painter, gutter.adjusted(0, 0, NAME - gutter.width(), 0))
        count = len(self.tiles.shown)
        high = gutter.height() / max(count, 1)
        font = mono(min(max(high, 9), 11))
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        painter.setPen(QColor(theme().colours.text))
        room, high = gutter.width() - NAME - 5, max(high, 0.01)
        # Lines that are too low for one column of names have them in two by turns, or some of them only.
        columns = 1 if high >= 8.5 else 2
        every = max(ceil(8.5 / columns / high), 1)
        room /= columns
        for k in range(0, count, every):
            left = NAME + room * (columns - 1 - k // every % columns)
            text = metrics.elidedText(self._name(k), Qt.TextElideMode.ElideRight, room)
            box = QRectF(left, gutter.top() + (k + 0.5) * high - 10, room, 20)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignRight) | int(Qt.AlignmentFlag.AlignVCenter), text)

    def words_at(self, time: float, y: float) -> str:
        shown = self.tiles.shown
        k = min(max(int(y / max(self.height(), 1) * len(shown)), 0), len(shown) - 1)
        frame = int((time - self.tiles.start) / self.tiles.step)
        return self.tr("frame {frame}, label “{label}”, p = {p}").format(
            frame=frame, label=self._name(k), p=f"{float(self.tiles.values_at(time)[k]):.3f}"
        )


def _used(emissions: Emissions, path: NDArray[np.integer] | None, used: Sequence[int] | None) -> list[int]:
    if used is not None:
        return list(dict.fromkeys(used))
    if path is None or not len(path):
        return []
    if len(path) != len(emissions):
        raise ValueError(f"A path of {len(path)} frames through {len(emissions)}.")
    # The last one written stays: written backwards, that is the first frame. No sort: a drag asks sixty times a second.
    first = np.full(len(emissions.labels) + 1, len(path))
    first[path[::-1]] = np.arange(len(path))[::-1]
    return [int(k) for k in np.argsort(first[:-1], kind="stable") if first[k] < len(path)]


def _visible(label: str) -> str:
    """A label that is seen: a space as ␣."""
    return label if label.strip() else "␣"


def _changed(before: NDArray[np.float32] | None, now: NDArray[np.float32] | None) -> tuple[int, int] | None:
    """Frames from the first to behind the last in which two paths differ; None: in none of them."""
    if before is None or now is None:
        one = now if before is None else before
        return None if one is None else (0, len(one))
    # No row is −1, and no number equals another that is none.
    differ = np.flatnonzero(np.nan_to_num(before, nan=-1) != np.nan_to_num(now, nan=-1))
    return (int(differ[0]), int(differ[-1]) + 1) if len(differ) else None
