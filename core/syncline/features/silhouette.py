"""The outline of what moves before a background that stands still."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import MediaError
from ..model import Features
from ..progress import Monitor
from ..registry import number
from . import Picture, register
from ._grid import tents

__all__ = ["STILL", "Silhouette", "SilhouetteParams", "background", "foreground", "still_share"]

U8 = NDArray[np.uint8]
F64 = NDArray[np.float64]

_MOST_BYTES = 512 << 20
_SAMPLES = 63
_NOISE = 14.0
"""Grey levels that compression and sensors change a pixel that stands still by."""
STILL = 0.7
"""Share of the picture that stands still before a camera that does."""
_LEAST = 0.001
_NAMES = ("height", "width", "size", "leaning", "middle", "head", "foot")


@dataclass(frozen=True)
class SilhouetteParams:
    """Parameters of `Silhouette`."""

    rows: int = number(8, "Rows", "Slices from top to bottom whose widths are compared.", low=1, high=64)
    smooth_s: float = number(0.06, "Smoothing", "Standard deviation of the average over time.", 0.0, 2.0, "s")
    side: int = number(96, "Picture size", "Longer side of the reduced picture.", 32, 512, "px", advanced=True)


@register("silhouette", "Silhouette", SilhouetteParams, kinds=("video",))
class Silhouette:
    """Shape of what stands out from a still background: height, width, size, slope, and the width of each slice.

    Each in units of the recording's usual height of the shape, so that a camera farther away sees the same; heights
    and slices from top to bottom change least from one upright camera to another. The background is the median over
    the recording (Lo & Velastin 2001), so somebody who never leaves his place shows by what he moves.
    """

    def __init__(self, params: SilhouetteParams) -> None:
        self.params = params
        self.picture = Picture(params.side, True)
        self.monitor = Monitor()
        self._pictures: list[U8] = []
        self._times: list[float] = []

    def update(self, picture: U8, time: float) -> None:
        """Take one grey picture (h, w) shown from `time` (s) on."""
        if len(self._pictures) * picture.size > _MOST_BYTES:
            raise MediaError(
                f"There are more than {len(self._pictures):,} pictures, too many to find a background in; choose a "
                "smaller picture size."
            )
        if self._pictures and picture.shape != self._pictures[0].shape:
            raise MediaError("The size of the pictures changes, so nothing can be told from the background.")
        self._pictures.append(picture.copy())
        self._times.append(time)

    def finish(self) -> Features:
        """Return float32 (T, 7 + rows).

        Raises
        ------
        MediaError
            The camera moves, or nothing stands out.
        """
        from scipy.ndimage import gaussian_filter1d

        p, times = self.params, np.array(self._times)
        still = background(self._pictures)
        shapes = np.empty((len(times), len(_NAMES) + p.rows))
        for k, picture in enumerate(self._pictures):
            self.monitor.check()
            shapes[k] = _shape(foreground(picture, still), p.rows)
        there = ~np.isnan(shapes[:, 0])
        if not there.any():
            raise MediaError("Nothing moves before the background; compare something else, such as appearance.")
        for column in shapes.T:
            column[~there] = np.interp(times[~there], times[there], column[there])
        shapes /= max(float(np.median(shapes[there, 0])), 1e-9)
        if p.smooth_s > 0 and len(times) > 2:
            frames = p.smooth_s / float(np.median(np.diff(times)))
            shapes = gaussian_filter1d(shapes, frames, axis=0, mode="nearest")
        names = (*_NAMES, *(f"slice {k + 1}" for k in range(p.rows)))
        return Features(np.ascontiguousarray(shapes, np.float32), times, names)


def background(pictures: list[U8]) -> U8:
    """Median of pictures (h, w) spread over the recording.

    Raises
    ------
    MediaError
        Most of the picture does not stay as it is: the camera moves.
    """
    chosen = np.unique(np.linspace(0, len(pictures) - 1, min(_SAMPLES, len(pictures))).round().astype(int))
    samples = [pictures[k] for k in chosen]
    steady = still_share(samples)
    if steady < STILL:
        raise MediaError(
            f"The camera moves (only {100 * steady:.0f} % of the picture stands still), so nothing can be told from "
            "the background; compare appearance, motion or poses."
        )
    return _median(samples)


def still_share(samples: list[U8]) -> float:
    """Share of the picture that stays as it is in three of four of these pictures (h, w), light aside."""
    still = _median(samples)
    apart = np.stack([_apart(sample, still) for sample in samples])
    return float(((apart < _NOISE).mean(0) > 0.75).mean())


def _median(samples: list[U8]) -> U8:
    return np.median(np.stack(samples), axis=0).astype(np.uint8)


def foreground(picture: U8, still: U8) -> NDArray[np.bool_]:
    """What differs from the background by more than noise, specks left out: bool (h, w)."""
    import cv2

    mask = (_apart(picture, still) > _NOISE).astype(np.uint8)
    return np.asarray(cv2.medianBlur(mask, 3), bool)


def _apart(picture: U8, still: U8) -> NDArray[np.float32]:
    """How far each pixel is from the background's, once its light is brought to that: float32 (h, w)."""
    x, y = picture.astype(np.float32), still.astype(np.float32)
    # Medians: what moves is the smaller part, and must not look like another light.
    gain = float(np.median(y) + 1) / float(np.median(x) + 1)
    return np.abs(x * np.float32(gain) - y)


def _shape(mask: NDArray[np.bool_], rows: int) -> F64:
    """Measures of one mask (h, w) in pixels, float64 (7 + rows,); NaN where there is nothing."""
    total = int(mask.sum())
    if total < max(2, _LEAST * mask.size):
        return np.full(len(_NAMES) + rows, np.nan)
    across, down = mask.sum(0).astype(np.float64), mask.sum(1).astype(np.float64)
    left, right = _quantiles(across, 0.02, 0.98)
    top, foot = _quantiles(down, 0.02, 0.98)
    y, x = np.nonzero(mask)
    middle = float(y.mean())
    height, width = foot - top, right - left
    spread = float(np.sqrt(((y - middle) ** 2).mean()))
    leaning = float(((x - x.mean()) * (y - middle)).mean()) / max(spread, 1.0)
    # Widths between the ends of the shape, whatever its height is.
    inner = down[int(top) : int(np.ceil(foot)) + 1]
    slices = tents(rows, len(inner)).astype(np.float64) @ inner
    ends = [middle - top, foot - middle]
    return np.array([height, width, np.sqrt(total), abs(leaning), spread, *ends, *slices])


def _quantiles(counts: F64, low: float, high: float) -> tuple[float, float]:
    """Places between which the counts but a few lie, to parts of a pixel."""
    sums = np.concatenate([[0.0], np.cumsum(counts)]) / counts.sum()
    edges = np.arange(len(sums))
    return float(np.interp(low, sums, edges)), float(np.interp(high, sums, edges))
