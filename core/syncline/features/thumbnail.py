"""A picture in very small: which brightness and colours are where, and how much of each there is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..model import Features
from ..registry import number
from . import Picture, register
from ._grid import pool

__all__ = ["Thumbnail", "ThumbnailParams"]


@dataclass(frozen=True)
class ThumbnailParams:
    """Parameters of `Thumbnail`."""

    grid: int = number(8, "Grid", "Cells along each side of the picture.", low=1, high=32)
    bins: int = number(12, "Bins", "Steps told apart of brightness and of either colour difference.", low=2, high=64)
    side: int = number(96, "Picture size", "Longer side of the reduced picture.", 16, 1024, "px", advanced=True)


@register("thumbnail", "Thumbnail", ThumbnailParams, kinds=("video",))
class Thumbnail:
    """Mean brightness and colour differences on a grid, and histograms of them over the whole picture.

    The columns called “cell …” (axis, row, column) are linear in the picture: where one dissolves into another they go
    straight from one to the other; their Euclidean distance is the root of the mean square over cells. Those called
    “share …” (axis, bin) are roots of shares (Hellinger), which hardly change where things move.
    """

    def __init__(self, params: ThumbnailParams) -> None:
        self.params = params
        self.picture = Picture(params.side, False)
        self._rows: list[NDArray[np.float32]] = []
        self._times: list[float] = []

    def update(self, picture: NDArray[np.uint8], time: float) -> None:
        """Take one BGR picture (h, w, 3) shown from `time` (s) on."""
        import cv2

        p = self.params
        planes = cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_BGR2YCrCb).transpose(2, 0, 1)
        cells = pool(planes.astype(np.float32), p.grid, p.grid) / np.float32(255 * p.grid)
        # Colour differences keep to the middle half of their range; there they count as much as brightness.
        cells[1:] *= 2
        shares: list[NDArray[np.float64]] = []
        for axis, plane in enumerate(planes):
            low, span = (0, 255) if axis == 0 else (64, 128)
            counts = np.bincount(plane.ravel(), minlength=256)
            position = np.clip((np.arange(256) - low) / span, 0, 1) * (p.bins - 1)
            tents = np.maximum(0, 1 - np.abs(position - np.arange(p.bins)[:, None]))
            shares.append(np.sqrt(tents @ counts / (3 * plane.size)))
        self._rows.append(np.concatenate([cells.ravel(), *shares]).astype(np.float32))
        self._times.append(time)

    def finish(self) -> Features:
        """Return float32 (T, 3 · grid² + 3 · bins)."""
        cells, bins = range(self.params.grid), range(self.params.bins)
        channels = [f"cell {axis} {i} {j}" for axis in "yrb" for i in cells for j in cells]
        channels += [f"share {axis} {k}" for axis in "yrb" for k in bins]
        return Features(np.stack(self._rows), np.array(self._times), tuple(channels))
