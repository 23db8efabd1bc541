"""Where a person's joints are in the picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..model import Features
from ..model.skeleton import JOINTS
from ..registry import number
from . import Picture, register
from ._person import Tracker

__all__ = ["Keypoints", "KeypointsParams", "affordable_rate"]


@dataclass(frozen=True)
class KeypointsParams:
    """Parameters of `Keypoints`."""

    rate: float = number(60.0, "Rate", "Pictures a second that are looked at, at most.", 1.0, 1000.0, "Hz")
    side: int = number(512, "Picture size", "Longer side of the reduced picture.", 96, 2048, "px", advanced=True)


MOST = 6000
"""Pictures that are looked at where nobody says how many, 12 ms each."""


def affordable_rate(seconds: float) -> float:
    """How many pictures a second of a recording of that length to look at: 60, of long ones fewer."""
    return min(60.0, max(1.0, MOST / max(seconds, 1e-3)))


@register("keypoints", "Key points", KeypointsParams, kinds=("video",))
class Keypoints:
    """Seventeen points of one person's body in the picture, with confidences, as MoveNet finds them.

    A point is x, y and its confidence; x and y from the upper left corner, in longer sides of the picture. They are
    not smoothed, and compare only where both cameras see the same: `pose` is made of them for everything else.
    """

    def __init__(self, params: KeypointsParams) -> None:
        self.params = params
        self.picture = Picture(params.side, False)
        self._track = Tracker()
        self._rows: list[NDArray[np.float32]] = []
        self._times: list[float] = []

    def update(self, picture: NDArray[np.uint8], time: float) -> None:
        """Take one BGR picture (h, w, 3) shown from `time` (s) on."""
        # A rate that the frames just reach must not leave some out.
        if self._times and time - self._times[-1] < 0.95 / self.params.rate:
            return
        found = self._track(picture)
        found[:, :2] /= max(picture.shape[:2])
        self._rows.append(found.ravel())
        self._times.append(time)

    def finish(self) -> Features:
        """Return float32 (T, 51): x, y and confidence of each of `JOINTS`."""
        names = tuple(f"{joint} {what}" for joint in JOINTS for what in ("x", "y", "confidence"))
        return Features(np.stack(self._rows), np.array(self._times), names)
