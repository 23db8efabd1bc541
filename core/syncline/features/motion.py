"""What moves, where and which way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..model import Features
from ..registry import number, switch
from . import Picture, register
from ._grid import Directions

__all__ = ["Motion", "MotionParams"]


@dataclass(frozen=True)
class MotionParams:
    """Parameters of `Motion`."""

    grid: int = number(4, "Grid", "Cells along each side of the picture.", low=1, high=32)
    directions: int = number(8, "Directions", "Directions of motion told apart in each cell.", low=2, high=32)
    levelled: bool = switch(
        True, "Whatever the speed", "Compare where and which way things move, hardly how fast: takes differ in speed."
    )
    smooth_s: float = number(0.05, "Smoothing", "Width of the average over time.", 0.0, 5.0, "s")
    side: int = number(128, "Picture size", "Longer side of the reduced picture.", 32, 1024, "px", advanced=True)


@register("motion", "Motion", MotionParams, kinds=("video",), version=3)
class Motion:
    """Dense optical flow, averaged by direction on a grid.

    Flow by DIS (Kroeger et al., Fast optical flow using dense inverse search, ECCV 2016), its fastest preset. Values
    are square roots of picture sides a second, so that a fast hand doesn't drown a slow body; they depend neither
    on the resolution nor on the frame rate. Column order: direction (0 = right, turning downwards), row, column.
    """

    def __init__(self, params: MotionParams) -> None:
        self.params = params
        self.picture = Picture(params.side, True)
        self._parts = Directions(params.directions, True, params.grid)
        self._before: NDArray[np.uint8] | None = None
        self._flow: Any = None
        self._rows: list[NDArray[np.float32]] = []
        self._times: list[float] = []

    def update(self, picture: NDArray[np.uint8], time: float) -> None:
        """Take one grey picture (h, w) shown from `time` (s) on."""
        import cv2

        if self._flow is None:
            self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
            # Patches of 8 pixels every 6 instead of every 4: no worse once averaged over cells of 32.
            self._flow.setPatchStride(6)
        if self._before is not None:
            # DIS needs 12 pixels and more a side; a smaller picture is enlarged, the flow being relative anyway.
            flow = self._flow.calc(_roomy(self._before), _roomy(picture), None)
            scale = np.float32(1 / (max(flow.shape[:2]) * (time - self._times[-1])))
            # This preset computes one vector for every 4 × 4 pixels and fills in the others.
            coarse = flow[1::2, 1::2] * scale
            x, y = np.ascontiguousarray(coarse[..., 0]), np.ascontiguousarray(coarse[..., 1])
            self._rows.append(self._parts(x, y).ravel())
        self._before = picture
        self._times.append(time)

    def finish(self) -> Features:
        """Return float32 (T, directions · grid²); the first frame takes over the second one's motion."""
        p = self.params
        times = np.array(self._times)
        if self._rows:
            values = np.stack([self._rows[0], *self._rows])
        else:
            values = np.zeros((1, p.directions * p.grid**2), np.float32)
        if p.smooth_s > 0 and len(times) > 2:
            values = _smooth(values, p.smooth_s / float(np.median(np.diff(times))))
        values = np.sqrt(np.maximum(values, 0), dtype=np.float32)
        if p.levelled:
            length = np.linalg.norm(values, axis=1, keepdims=True)
            usual = np.median(length)
            # Rows without motion are noise: they stay short, as a share of the usual length is added.
            values /= np.maximum(length + np.float32(0.3) * usual, np.finfo(np.float32).tiny)
        return Features(values, times)


def _roomy(picture: NDArray[np.uint8], least: int = 32) -> NDArray[np.uint8]:
    import cv2

    short = min(picture.shape)
    if short >= least:
        return np.ascontiguousarray(picture)
    factor = -(-least // short)
    return cv2.resize(picture, (picture.shape[1] * factor, picture.shape[0] * factor)).astype(np.uint8, copy=False)


def _smooth(values: NDArray[np.float32], frames: float) -> NDArray[np.float32]:
    """Gaussian average over time, standard deviation `frames` / 2, the ends repeated."""
    import cv2

    if frames < 0.5:
        return values
    return cv2.GaussianBlur(
        values, (1, 2 * int(np.ceil(1.5 * frames)) + 1), sigmaX=0.1, sigmaY=frames / 2, borderType=cv2.BORDER_REPLICATE
    ).astype(np.float32, copy=False)
