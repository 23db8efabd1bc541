"""How a person's body is held."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import MediaError
from ..model import Features, FeatureTerm
from ..model.skeleton import JOINTS, SURE
from ..registry import choice, number, switch
from . import register
from ._person import seen
from .keypoints import KeypointsParams

__all__ = ["Pose", "PoseParams"]

F64 = NDArray[np.float64]

_LEAST_SEEN = 0.2
"""Share of the pictures that must show a person: what is interpolated over more than the rest is made up."""
_SHOULDERS, _HIPS, _BODY = slice(5, 7), slice(11, 13), slice(5, 17)
_ANGLES = (
    *(("left elbow", 5, 7, 9), ("right elbow", 6, 8, 10), ("left shoulder", 11, 5, 7), ("right shoulder", 12, 6, 8)),
    *(("left hip", 5, 11, 13), ("right hip", 6, 12, 14), ("left knee", 11, 13, 15), ("right knee", 12, 14, 16)),
)
"""The corner is the middle one of three points."""


@dataclass(frozen=True)
class PoseParams:
    """Parameters of `Pose`."""

    of: str = choice(
        "positions",
        ("positions", "speeds", "angles"),
        "Pose by",
        "Where the joints are, how fast each moves whichever way, or how far they are bent and how fast.",
    )
    head: bool = switch(False, "Head", "Nose, eyes and ears count too; they are found less surely than the rest.")
    smooth_s: float = number(0.08, "Smoothing", "Standard deviation of the average over time.", 0.0, 2.0, "s")
    speed_s: float = number(
        1.0, "Speeds", "What an angle's change a second is multiplied by, beside the angle.", 0.0, 5.0, "s"
    )
    rate: float = number(60.0, "Rate", "Pictures a second that are looked at, at most.", 1.0, 1000.0, "Hz")
    side: int = number(512, "Picture size", "Longer side of the reduced picture.", 96, 2048, "px", advanced=True)


@register("pose", "Pose", PoseParams, kinds=("video",))
class Pose:
    """Joints of one person, smoothed and relative to the body: from the middle of the hips, in lengths of the trunk.

    So it depends neither on where in the picture the person is nor on how large. Points that are not believed are
    interpolated between the nearest believed ones.

    Positions say most where a method learns what two views share (`ctw`). Compared as they are (`dtw`), speeds bear
    another view best: with 20 known warps of the two pose2sim cameras they are 1.8 frames off on average, positions
    3.6 and a linear stretch 3.2. Angles of limbs as a camera sees them are for one view, from near or far.
    """

    def __init__(self, params: PoseParams) -> None:
        self.params = params
        self.bases = (FeatureTerm("keypoints", 1.0, KeypointsParams(params.rate, params.side)),)

    def derive(self, points: Features) -> Features:
        """Make the pose of key points (T, 51).

        Returns
        -------
        Features
            Positions: float32 (T, 24 or 34), x and y of each joint. Speeds: float32 (T, 12 or 17), roots of trunks a
            second. Angles: float32 (T, 16), radians, then radians a second times `speed_s`.

        Raises
        ------
        MediaError
            They show no person.
        """
        p = self.params
        rows = points.values.reshape(-1, len(JOINTS), 3)
        there = seen(rows)
        if there.mean() < _LEAST_SEEN:
            raise MediaError(
                f"No person is seen well enough ({100 * there.mean():.0f} % of the pictures); compare something else, "
                "such as appearance and motion."
            )
        believed = (rows[..., 2] >= SURE) & there[:, None]
        spots = _bridged(rows[..., :2].astype(np.float64), believed, points.times)
        spots = _smooth(spots, p.smooth_s, points.times)
        kept = slice(0, 17) if p.head else _BODY
        if p.of == "positions":
            values = _by_body(spots, points.times)[:, kept].reshape(len(spots), -1)
            names = tuple(f"{joint} {axis}" for joint in JOINTS[kept] for axis in "xy")
        elif p.of == "speeds":
            # Roots, so that a fast hand doesn't drown the rest of the body.
            values = np.sqrt(np.linalg.norm(_slopes(_by_body(spots, points.times)[:, kept], points.times), axis=2))
            names = tuple(f"{joint} speed" for joint in JOINTS[kept])
        else:
            bends = np.stack([_bend(spots, *corner) for _, *corner in _ANGLES], axis=1)
            values = np.hstack([bends, p.speed_s * _slopes(bends, points.times)])
            words = [word for word, *_ in _ANGLES]
            names = (*words, *(f"{word} speed" for word in words))
        return Features(np.ascontiguousarray(values, np.float32), points.times, names)


def _bridged(spots: F64, believed: NDArray[np.bool_], times: NDArray[np.float64]) -> F64:
    """Spots (T, J, 2) with what is not believed interpolated over time; a joint never believed stays as it is."""
    mended = spots.copy()
    for k in range(spots.shape[1]):
        good = believed[:, k]
        if good.any() and not good.all():
            for axis in range(2):
                mended[~good, k, axis] = np.interp(times[~good], times[good], spots[good, k, axis])
    return mended


def _smooth(values: F64, seconds: float, times: NDArray[np.float64]) -> F64:
    """Gaussian average over time (axis 0), standard deviation `seconds`, the ends repeated."""
    from scipy.ndimage import gaussian_filter1d

    if seconds <= 0 or len(times) < 3:
        return values
    frames = seconds / float(np.median(np.diff(times)))
    return np.asarray(gaussian_filter1d(values, frames, axis=0, mode="nearest"), np.float64)


def _by_body(spots: F64, times: NDArray[np.float64]) -> F64:
    """Spots (T, J, 2) from the middle of the hips, in lengths of the trunk."""
    hips = spots[:, _HIPS].mean(1)
    trunk = np.linalg.norm(spots[:, _SHOULDERS].mean(1) - hips, axis=1)
    # A trunk that bends towards the camera looks shorter for a moment, one that comes nearer grows slowly.
    length = _smooth(trunk, 1.0, times)
    usual = float(np.median(length))
    return (spots - hips[:, None]) / np.maximum(length, 0.25 * usual + 1e-9)[:, None, None]


def _slopes(values: F64, times: NDArray[np.float64]) -> F64:
    """Change a second along axis 0; of a single row none."""
    return np.asarray(np.gradient(values, times, axis=0), np.float64) if len(values) > 1 else np.zeros_like(values)


def _bend(spots: F64, a: int, corner: int, b: int) -> F64:
    """Angle (T,) at `corner` between the limbs to `a` and `b`, 0 to π."""
    u, v = spots[:, a] - spots[:, corner], spots[:, b] - spots[:, corner]
    cross = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    return np.abs(np.arctan2(cross, (u * v).sum(1)))
