"""A picture over a time axis as strips of pixels that are kept: panning lays them anew, and draws what comes into view.

Strips stand on a grid of whole device pixels that is fixed in time, so that a picture does not shimmer while it moves.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from math import floor

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


def blended(pixels: NDArray[np.uint32], share: NDArray[np.uint8], rgb: tuple[int, int, int]) -> None:
    """Paint a colour over pixels 0xffRRGGBB in place; `share`, 0 to 255 of each, is how much of it."""
    at = np.nonzero(share)
    over = share[at].astype(np.uint32)
    old, out = pixels[at], np.full(len(over), 0xFF000000, np.uint32)
    for shift, level in zip((16, 8, 0), rgb, strict=True):
        below = (old >> np.uint32(shift)) & np.uint32(0xFF)
        out |= ((below * (255 - over) + np.uint32(level) * over) // 255) << np.uint32(shift)
    pixels[at] = out


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


class PixelTiles:
    """Strips of one row.

    Parameters
    ----------
    draw
        Makes codes; called on the GUI thread for strips of `WIDE` pixels, so it must only look things up.
    budget
        Bytes of strips that are kept.
    """

    WIDE = 256

    def __init__(self, draw: Draw, budget: int = 24 << 20) -> None:
        self._draw, self._budget = draw, budget
        self._table: NDArray[np.uint32] = blend_table("#000000", "#ffffff")
        self._strips: OrderedDict[int, QImage] = OrderedDict()
        self._scale, self._height = 1.0, 0

    def set_table(self, table: NDArray[np.uint32]) -> None:
        """Show code k in the colour ``table[k]`` (0xffRRGGBB)."""
        if not np.array_equal(table, self._table):
            self._table = table
            self._strips.clear()

    def forget(self, start: float = -np.inf, stop: float = np.inf) -> None:
        """Draw anew what lies between two seconds."""
        wide = self.WIDE * self._scale
        for k in [k for k in self._strips if k * wide <= stop and (k + 1) * wide >= start]:
            del self._strips[k]

    def paint(self, painter: QPainter, area: QRectF, start: float, per_pixel: float, clip: QRectF) -> None:
        """Draw the picture into `area`, whose left edge is the second `start`, where it meets `clip`.

        `per_pixel` is seconds a device-independent pixel.
        """
        ratio = painter.device().devicePixelRatioF()
        height = max(round(area.height() * ratio), 1)
        # Zooming leaves a rounding error on the scale when the view is only panned.
        if height != self._height or abs(per_pixel / ratio / self._scale - 1) > 1e-7:
            self._strips.clear()
            self._scale, self._height = per_pixel / ratio, height
        left, origin = round(area.left() * ratio), round(start / self._scale)
        clip = clip.intersected(area)
        first = floor((origin + clip.left() * ratio - left) / self.WIDE)
        last = floor((origin + clip.right() * ratio - left - 1e-6) / self.WIDE)
        for k in range(first, last + 1):
            x = k * self.WIDE - origin + left
            painter.drawImage(QPointF(x / ratio, area.top()), self._strip(k, ratio))

    def _strip(self, k: int, ratio: float) -> QImage:
        found = self._strips.get(k)
        if found is None or found.devicePixelRatio() != ratio:
            edges: NDArray[np.float64] = (
                np.arange(k * self.WIDE, (k + 1) * self.WIDE + 1, dtype=np.float64) * self._scale
            )
            drawn = self._draw(edges, self._height)
            pixels = self._table[drawn] if drawn.dtype == np.uint8 else np.ascontiguousarray(drawn)
            found = QImage(pixels.data, self.WIDE, self._height, 4 * self.WIDE, QImage.Format.Format_RGB32)
            found._pixels = pixels  # type: ignore[attr-defined]  # QImage does not hold its buffer by itself
            found.setDevicePixelRatio(ratio)
            self._strips[k] = found
            while len(self._strips) > max(self._budget // pixels.nbytes, 32):
                self._strips.popitem(last=False)
        self._strips.move_to_end(k)
        return found
