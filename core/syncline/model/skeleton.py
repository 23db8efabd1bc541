"""A person's joints over time, as they are drawn over the pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import ParameterError

__all__ = ["BONES", "JOINTS", "SURE", "Skeleton"]

JOINTS = (
    "nose",
    "left eye",
    "right eye",
    "left ear",
    "right ear",
    "left shoulder",
    "right shoulder",
    "left elbow",
    "right elbow",
    "left wrist",
    "right wrist",
    "left hip",
    "right hip",
    "left knee",
    "right knee",
    "left ankle",
    "right ankle",
)
"""COCO's key points, in the order of all arrays of them."""
BONES = (
    *((0, 1), (0, 2), (1, 3), (2, 4), (5, 6), (5, 7), (7, 9), (6, 8), (8, 10)),
    *((5, 11), (6, 12), (11, 12), (11, 13), (13, 15), (12, 14), (14, 16)),
)
"""Pairs of joints that a line is drawn between."""
SURE = 0.2
"""From this confidence on a point is believed; MoveNet's authors take the same."""


@dataclass(frozen=True, eq=False)
class Skeleton:
    """Key points of one person.

    Attributes
    ----------
    times
        float64 (T,) seconds on the medium's clock, strictly ascending.
    points
        float32 (T, 17, 3): x and y in pixels of the picture as it is to be seen, from its upper left corner, and
        confidence from 0 to 1.
    """

    times: NDArray[np.float64]
    points: NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.points.shape != (len(self.times), len(JOINTS), 3) or not len(self.times):
            raise ParameterError(f"Key points need the shape (T, {len(JOINTS)}, 3), not {self.points.shape}.")

    def at(self, time: float) -> NDArray[np.float32]:
        """Points (17, 3) at a time: in between, of those that both neighbours believe, else of the nearer one."""
        right = int(np.clip(np.searchsorted(self.times, time), 1, max(len(self.times) - 1, 1)))
        if len(self.times) == 1:
            return self.points[0]
        left = right - 1
        share = float(np.clip((time - self.times[left]) / (self.times[right] - self.times[left]), 0, 1))
        before, after = self.points[left], self.points[right]
        nearer = after if share >= 0.5 else before
        both = (before[:, 2] >= SURE) & (after[:, 2] >= SURE)
        between = (1 - share) * before + share * after
        return np.where(both[:, None], between, nearer).astype(np.float32)
