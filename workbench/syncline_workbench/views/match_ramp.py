"""The colours of a matrix of shares: from the stage's own colour up to a clear teal, and what can be read on them."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QColor

from ..theme import theme

__all__ = ["ink", "ramp", "shares"]

_DARK = ((0.0, "#1d2547"), (0.25, "#24406b"), (0.5, "#2f6b80"), (0.75, "#3a978f"), (1.0, "#4fd6b8"))
_LIGHT = ((0.0, "#fbfcfe"), (0.25, "#d8e9f1"), (0.5, "#a6d4da"), (0.75, "#5fb3b3"), (1.0, "#15807d"))


def ramp(share: float) -> QColor:
    """The colour of a share 0..1 in the theme in force; lightness rises (falls, if it is light) all the way."""
    table = _DARK if theme().colours.name == "dark" else _LIGHT
    at = [place for place, _ in table]
    rgb = np.array([_channels(QColor(colour)) for _, colour in table])
    return QColor(*(round(255 * float(np.interp(share, at, rgb[:, c]))) for c in range(3)))


def _channels(colour: QColor) -> tuple[float, float, float]:
    return colour.redF(), colour.greenF(), colour.blueF()


def ink(ground: QColor) -> QColor:
    """Black or white, whichever is read more easily on `ground` (WCAG 2 contrast)."""
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in _channels(ground)]
    light = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return QColor("#10131a") if light > 0.19 else QColor("#ffffff")


def shares(values: np.ndarray, low: float | None = None, high: float | None = None) -> np.ndarray:
    """`values` as shares 0..1 of their span, or of `low`..`high`; 0 where they are not finite or all the same."""
    finite = np.isfinite(values)
    if not finite.any():
        return np.zeros(values.shape)
    low = float(values[finite].min()) if low is None else low
    high = float(values[finite].max()) if high is None else high
    if high <= low:
        return np.where(finite, 0.5, 0.0)
    return np.where(finite, np.clip((np.where(finite, values, low) - low) / (high - low), 0, 1), 0.0)
