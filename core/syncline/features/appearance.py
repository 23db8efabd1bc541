"""What the picture looks like: where edges run which way, whatever the light."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..model import Features
from ..registry import number, switch
from . import Picture, register
from ._grid import Directions

__all__ = ["Appearance", "AppearanceParams"]


@dataclass(frozen=True)
class AppearanceParams:
    """Parameters of `Appearance`."""

    grid: int = number(8, "Grid", "Cells along each side of the picture.", low=1, high=32)
    directions: int = number(8, "Directions", "Gradient directions told apart in each cell.", low=2, high=32)
    signed: bool = switch(True, "Signed", "Tell dark-to-light from light-to-dark edges.")
    side: int = number(128, "Picture size", "Longer side of the reduced picture.", 32, 1024, "px", advanced=True)
    centred: bool = switch(
        True, "Without the standing picture", "Subtract each recording's centre, so that only what changes counts."
    )


@register("appearance", "Appearance", AppearanceParams, kinds=("video",), version=3)
class Appearance:
    """Histograms of gradient directions on a grid, normalised over neighbouring cells.

    After Dalal & Triggs, Histograms of oriented gradients for human detection, CVPR 2005, with the half-rectified
    direction maps of DAISY (Tola et al., TPAMI 2010) and cells that overlap. Column order: direction, row, column.
    """

    def __init__(self, params: AppearanceParams) -> None:
        self.params = params
        self.picture = Picture(params.side, True)
        self._parts = Directions(params.directions, params.signed, params.grid)
        self._rows: list[NDArray[np.float32]] = []
        self._times: list[float] = []

    def update(self, picture: NDArray[np.uint8], time: float) -> None:
        """Take one grey picture (h, w) shown from `time` (s) on."""
        import cv2

        # Compression noise and sensor noise are finer than what is compared.
        smooth = cv2.GaussianBlur(picture, (3, 3), 0)
        x, y = (np.asarray(cv2.Sobel(smooth, cv2.CV_32F, *d, ksize=3), np.float32) for d in ((1, 0), (0, 1)))
        cells = self._parts(x, y)
        # Light changes multiply a neighbourhood's gradients: dividing by its energy takes them out. The constant
        # (1 grey level a pixel, the Sobel kernel's gain being 8) keeps noise in flat regions from being blown up.
        energy = np.asarray(cv2.blur((cells**2).sum(0), (3, 3), borderType=cv2.BORDER_REPLICATE), np.float32)
        self._rows.append((cells / np.sqrt(energy + 8.0**2)).astype(np.float32).ravel())
        self._times.append(time)

    def finish(self) -> Features:
        """Return float32 (T, directions · grid²)."""
        values = np.stack(self._rows)
        if self.params.centred:
            values -= centre_of_change(values)
        return Features(values, np.array(self._times))


def centre_of_change(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean row of values (T, D), each row counting by how much changes around it.

    It is the centre of the curve that the rows run along: unlike the mean over time, it stays where it is when a
    recording is played faster here and slower there, and so is the same for two takes of the same thing.
    """
    steps = np.linalg.norm(np.diff(values, axis=0), axis=1).astype(np.float64)
    weights = np.r_[steps, 0] + np.r_[0, steps]
    if not weights.any():
        weights = np.ones(len(values))
    return ((weights / weights.sum()).astype(np.float32) @ values).astype(np.float32)
