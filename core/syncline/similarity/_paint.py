"""How much of each basic colour a rectangle of a picture has."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray

from ..colours import BASIC, named
from ..model import Outline
from ..model.scene import F64

__all__ = ["Paint"]

_SIDE = 320
_INSET = 0.08
"""Of width and height, on each side: what surrounds a thing is mostly seen at the edges of its box."""


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
        self._named = named(small)
        self._scale = size[0] / width, size[1] / height
        self._sums = np.zeros((len(BASIC), size[1] + 1, size[0] + 1))
        for k in range(len(BASIC)):
            self._sums[k, 1:, 1:] = np.cumsum(np.cumsum(self._named == k, 0, dtype=np.float64), 1)

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

    def share_within(self, outline: Outline) -> F64 | None:
        """float64 (11,): shares within an outline; None where it is too thin to hold a pixel."""
        import cv2

        mask = np.zeros(self._named.shape, np.uint8)
        rings = [np.round(ring * self._scale - 0.5).astype(np.int32) for ring in outline.arrays]
        cv2.fillPoly(mask, rings, 1)
        counts = np.bincount(self._named[mask > 0], minlength=len(BASIC)).astype(np.float64)
        return counts / counts.sum() if counts.any() else None
