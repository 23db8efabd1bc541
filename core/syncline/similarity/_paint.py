"""How much of each basic colour a rectangle of a picture has."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ..model.scene import F64

__all__ = ["BASIC", "Paint"]

BASIC = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black", "white", "grey")
"""Basic colour terms (Berlin & Kay 1969)."""

_SIDE = 320
_INSET = 0.08
"""Of width and height, on each side: what surrounds a thing is mostly seen at the edges of its box."""


def _named(bgr: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Index into `BASIC` of every pixel, by ranges of hue (degrees), saturation and value."""
    import cv2

    hsv = cast(NDArray[Any], cv2.cvtColor(bgr.astype(np.float32) / 255, cv2.COLOR_BGR2HSV))
    hue, saturation, value = hsv[..., 0], hsv[..., 1], hsv[..., 2]
    edges = (15, 40, 66, 165, 255, 290, 345)
    order = np.array([BASIC.index(c) for c in ("red", "orange", "yellow", "green", "blue", "purple", "pink", "red")])
    found = order[np.digitize(hue, edges)]
    warm = (hue < 50) | (hue > 345)
    found[warm & (value < 0.6) & ((hue >= 15) & (hue <= 50) | (saturation < 0.6))] = BASIC.index("brown")
    found[((hue > 330) | (hue < 12)) & (saturation < 0.5) & (value > 0.7)] = BASIC.index("pink")
    pale = saturation < np.where(value > 0.5, 0.16, 0.25)
    found[pale] = BASIC.index("grey")
    found[pale & (value > 0.72)] = BASIC.index("white")
    found[(value < 0.22) & ((saturation < 0.45) | (value < 0.12))] = BASIC.index("black")
    return found.astype(np.uint8)


class Paint:
    """Shares of the basic colours in rectangles of one picture, from integral images.

    Parameters
    ----------
    bgr
        uint8 (h, w, 3).
    """

    def __init__(self, bgr: NDArray[np.uint8]) -> None:
        import cv2

        height, width = bgr.shape[:2]
        factor = min(1.0, _SIDE / max(height, width))
        size = max(1, round(width * factor)), max(1, round(height * factor))
        small = cast(NDArray[np.uint8], cv2.resize(np.ascontiguousarray(bgr), size, interpolation=cv2.INTER_AREA))
        named = _named(small)
        self._scale = size[0] / width, size[1] / height
        self._sums = np.zeros((len(BASIC), size[1] + 1, size[0] + 1))
        for k in range(len(BASIC)):
            self._sums[k, 1:, 1:] = np.cumsum(np.cumsum(named == k, 0, dtype=np.float64), 1)

    @property
    def whole(self) -> F64:
        """float64 (11,): shares in the whole picture, of sum 1."""
        return self._sums[:, -1, -1] / self._sums[:, -1, -1].sum()

    def shares(self, boxes: F64) -> F64:
        """float64 (n, 11): shares within each box (n, 4) less its rim; those of an empty box are the picture's."""
        scale = np.array([*self._scale, *self._scale])
        inset = _INSET * (boxes[:, 2:] - boxes[:, :2])
        inner = np.column_stack([boxes[:, :2] + inset, boxes[:, 2:] - inset]) * scale
        rows, columns = self._sums.shape[1] - 1, self._sums.shape[2] - 1
        x0, y0 = np.floor(inner[:, 0]).astype(int).clip(0, columns), np.floor(inner[:, 1]).astype(int).clip(0, rows)
        x1, y1 = np.ceil(inner[:, 2]).astype(int).clip(0, columns), np.ceil(inner[:, 3]).astype(int).clip(0, rows)
        s = self._sums
        counts = (s[:, y1, x1] - s[:, y0, x1] - s[:, y1, x0] + s[:, y0, x0]).T
        total = counts.sum(1, keepdims=True)
        return np.where(total > 0, counts / np.where(total > 0, total, 1.0), self.whole)
