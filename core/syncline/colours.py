"""The basic colours of pixels, by name."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

__all__ = ["BASIC", "named"]

BASIC = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black", "white", "grey")
"""Basic colour terms (Berlin & Kay 1969)."""


def named(bgr: NDArray[np.uint8]) -> NDArray[np.uint8]:
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
