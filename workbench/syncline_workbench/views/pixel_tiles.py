"""A picture over a time axis as strips of pixels that are kept: panning lays them anew, and draws what comes into view.

Strips stand on a grid of whole device pixels that is fixed in time, so that a picture does not shimmer while it moves.
"""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Callable
from math import ceil, floor
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter

__all__ = ["PixelTiles", "blend_table", "blended", "cover", "packed"]

Draw = Callable[[NDArray[np.float64], int], NDArray[np.uint8] | NDArray[np.uint32]]
"""``draw(edges, height)``: the pixels (height, n) between the seconds `edges` (n + 1,), the top line first: codes of a
table of colours, or 0xffRRGGBB."""


def blend_table(below: str, above: str) -> NDArray[np.uint32]:
    """0xffRRGGBB of the codes 0, the colour `below`, to 255, the colour `above`."""
    share = np.arange(256)[:, None] / 255
    colours = [QColor(c) for c in (below, above)]
    ends = [np.array([c.red(), c.green(), c.blue()], np.float64) for c in colours]
    rgb = np.rint(ends[0] * (1 - share) + ends[1] * share).astype(np.int64)
    return packed(rgb)


def packed(rgb: NDArray[np.integer]) -> NDArray[np.uint32]:
    """0xffRRGGBB of red, green and blue (…, 3), 0 to 255."""
    c = rgb.astype(np.uint32)
    return np.uint32(0xFF000000) | c[..., 0] << np.uint32(16) | c[..., 1] << np.uint32(8) | c[..., 2]


def blended(pixels: NDArray[np.uint32], share: NDArray[np.uint8], colour: int) -> None:
    """Paint a colour 0xffRRGGBB over pixels of that kind in place; `share`, 0 to 255 of each, is how much of it."""
    flat = pixels.reshape(-1)
    at = np.flatnonzero(share)
    old, over = flat[at], share.reshape(-1)[at].astype(np.uint32)
    over += over >> 7
    out = np.full(len(at), 0xFF000000, np.uint32)
    # Red and blue are far enough apart to be worked on together.
    for mask in (0xFF00FF, 0xFF00):
        out |= (((old & mask) * (256 - over) + np.uint32(colour & mask) * over) >> 8) & mask
    flat[at] = out


def cover(low: NDArray[np.float64], high: NDArray[np.float64], height: int) -> NDArray[np.uint8]:
    """How much of each pixel lies between two lines, 0 to 255: uint8 (height, n).

    Parameters
    ----------
    low, high
        (n,) the upper and the lower line in pixels from the top, `low` ≤ `high`; NaN covers nothing.
    """
    y = np.arange(height, dtype=np.float32)[:, None]
    top, bottom = low.astype(np.float32), high.astype(np.float32)
    share = np.minimum(y + 1, bottom) - np.maximum(y, top)
    return (np.nan_to_num(np.clip(share, 0, 1), copy=False) * 255).astype(np.uint8)


_numbers = itertools.count()


class PixelTiles:
    """Strips of one row.

    Drawing may take `PATIENCE` seconds a repaint. What is missing then is shown from strips as they were before,
    stretched if need be, until the next repaint.

    Parameters
    ----------
    draw
        Makes pixels; called on the GUI thread for strips of `WIDE` pixels, so it must only look things up.
    budget
        Bytes of strips that are kept.
    """

    WIDE = 128
    PATIENCE = 0.006

    def __init__(self, draw: Draw, budget: int = 24 << 20) -> None:
        self._draw, self._budget = draw, budget
        self._table: NDArray[np.uint32] = blend_table("#000000", "#ffffff")
        self._strips: OrderedDict[int, QImage] = OrderedDict()
        self._scale, self._height = 1.0, 0
        self._old: tuple[float, dict[int, QImage]] = (1.0, {})
        # Rows begin their strips at different places, so that panning need not draw one of each at the same time.
        self._phase = next(_numbers) * 37 % self.WIDE
        self.complete = True
        """False if the last repaint left strips out."""

    def set_table(self, table: NDArray[np.uint32]) -> None:
        """Show code k in the colour ``table[k]`` (0xffRRGGBB)."""
        if not np.array_equal(table, self._table):
            self._table = table
            self.forget()

    def forget(self, start: float = -np.inf, stop: float = np.inf) -> None:
        """Draw anew what lies between two seconds."""
        if self.complete:
            self._old = (self._scale, dict(self._strips))
        first, wide = self._phase * self._scale, self.WIDE * self._scale
        for k in [k for k in self._strips if first + k * wide <= stop and first + (k + 1) * wide >= start]:
            del self._strips[k]

    def paint(self, painter: QPainter, area: QRectF, start: float, per_pixel: float, clip: QRectF) -> None:
        """Draw the picture into `area`, whose left edge is the second `start`, where it meets `clip`.

        `per_pixel` is seconds a device-independent pixel.
        """
        ratio = painter.device().devicePixelRatioF()
        self._rescale(per_pixel / ratio, max(round(area.height() * ratio), 1))
        left, origin = round(area.left() * ratio), round(start / self._scale) - self._phase
        clip = clip.intersected(area)
        first = floor((origin + clip.left() * ratio - left) / self.WIDE)
        last = floor((origin + clip.right() * ratio - left - 1e-6) / self.WIDE)
        until = perf_counter() + self.PATIENCE
        self.complete = True
        for k in sorted(range(first, last + 1), key=lambda k: abs(2 * k - first - last)):
            x = k * self.WIDE - origin + left
            strip = self._strip(k, ratio, perf_counter() < until)
            if strip is not None:
                painter.drawImage(QPointF(x / ratio, area.top()), strip)
            else:
                self.complete = False
                self._stretch(painter, k, QRectF(x / ratio, area.top(), self.WIDE / ratio, area.height()))

    def _rescale(self, scale: float, height: int) -> None:
        if height != self._height:
            self._old = (1.0, {})
        # Zooming leaves a rounding error on the scale when the view is only panned.
        elif abs(scale / self._scale - 1) > 1e-7:
            if self.complete:
                self._old = (self._scale, dict(self._strips))
        else:
            return
        self._strips.clear()
        self._scale, self._height = scale, height

    def _strip(self, k: int, ratio: float, draw: bool) -> QImage | None:
        found = self._strips.get(k)
        if found is None or found.devicePixelRatio() != ratio:
            if not draw:
                return None
            first = k * self.WIDE + self._phase
            edges = np.arange(first, first + self.WIDE + 1, dtype=np.float64) * self._scale
            drawn = self._draw(edges, self._height)
            pixels = self._table[drawn] if drawn.dtype == np.uint8 else np.ascontiguousarray(drawn)
            found = QImage(pixels.data, self.WIDE, self._height, 4 * self.WIDE, QImage.Format.Format_RGB32)
            found._pixels = pixels  # type: ignore[attr-defined]  # QImage does not hold its buffer by itself
            found.setDevicePixelRatio(ratio)
            self._strips[k] = found
            while len(self._strips) > max(self._budget // pixels.nbytes, 64):
                self._strips.popitem(last=False)
        self._strips.move_to_end(k)
        return found

    def _stretch(self, painter: QPainter, k: int, box: QRectF) -> None:
        """Fill the place of strip `k` with what strips of another scale show there."""
        scale, strips = self._old
        if not strips:
            return
        # In pixels of the other scale.
        begin, end = ((j * self.WIDE + self._phase) * self._scale / scale for j in (k, k + 1))
        for j in range(floor((begin - self._phase) / self.WIDE), ceil((end - self._phase) / self.WIDE)):
            image = strips.get(j)
            lo = j * self.WIDE + self._phase
            cut = max(begin, lo), min(end, lo + self.WIDE)
            if image is not None and cut[1] > cut[0]:
                x0, x1 = (box.left() + (c - begin) / (end - begin) * box.width() for c in cut)
                source = QRectF(cut[0] - lo, 0, cut[1] - cut[0], self._height)
                painter.drawImage(QRectF(x0, box.top(), x1 - x0, box.height()), image, source)
