"""Which colours are where."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..model import Features
from ..registry import number
from . import Picture, register
from ._grid import pool

__all__ = ["Colour", "ColourParams"]


@dataclass(frozen=True)
class ColourParams:
    """Parameters of `Colour`."""

    grid: int = number(3, "Grid", "Cells along each side of the picture.", low=1, high=16)
    bins: int = number(8, "Bins", "Steps told apart on each of the three axes of colour.", low=2, high=64)
    side: int = number(96, "Picture size", "Longer side of the reduced picture.", 16, 1024, "px", advanced=True)


@register("colour", "Colour", ColourParams, kinds=("video",))
class Colour:
    """Histograms of CIELAB lightness, green–red and blue–yellow on a grid.

    A value counts in the two nearest bins, and roots are taken (Hellinger; Arandjelović & Zisserman, CVPR 2012), so
    that Euclidean distances compare distributions. Column order: axis, bin, row, column.
    """

    def __init__(self, params: ColourParams) -> None:
        self.params = params
        self.picture = Picture(params.side, False)
        self._rows: list[NDArray[np.float32]] = []
        self._times: list[float] = []
        # a* and b* of natural pictures keep within ± 64 of neutral (128 in 8 bit); what lies beyond goes to the end.
        lows, spans = np.array([0, 64, 64]), np.array([255, 128, 128])
        position = np.clip((np.arange(256)[:, None] - lows) / spans, 0, 1) * (params.bins - 1)
        shares = np.maximum(0, 1 - np.abs(position[:, :, None] - np.arange(params.bins)))
        self._shares = np.ascontiguousarray(shares.transpose(1, 2, 0), np.float32)

    def update(self, picture: NDArray[np.uint8], time: float) -> None:
        """Take one BGR picture (h, w, 3) shown from `time` (s) on."""
        import cv2

        p = self.params
        lab = cv2.cvtColor(picture, cv2.COLOR_BGR2LAB)
        maps = np.concatenate([self._shares[axis][:, lab[..., axis]] for axis in range(3)])
        self._rows.append(np.sqrt(pool(maps, p.grid, p.grid)).ravel())
        self._times.append(time)

    def finish(self) -> Features:
        """Return float32 (T, 3 · bins · grid²)."""
        return Features(np.stack(self._rows), np.array(self._times))
