"""What a sequence does within a window about each row: for changes that a mean does not show."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["TEXTURES", "Texture", "texture"]

F64 = NDArray[np.float64]

Texture = Literal["values", "movement", "shape"]
TEXTURES: tuple[Texture, ...] = ("values", "movement", "shape")
"""The rows themselves; how much each channel moves in a window about each row, whatever the phase; and the
autocorrelation of each channel in it, which is the shape of what goes on, whatever its size, level and phase."""

_COMPONENTS = 8
_QUIET = 0.05
"""Of a channel's spread: less movement than this is none."""


def texture(x: F64, kind: Texture, window: int) -> F64:
    """Describe every row by a window about it.

    Parameters
    ----------
    x
        float64 (n, D).
    window
        Rows, at least 3; one more if they are even.

    Returns
    -------
    float64 (n, d): for the values x itself; else at most 8 principal components, together of variance 1.
    """
    if kind == "values":
        return x
    spread = x.std(0)
    used = spread > 1e-9 * max(1.0, float(np.abs(x).max()))
    if not used.any():
        return np.zeros((len(x), 1))
    z = (x[:, used] - x[:, used].mean(0)) / spread[used]
    # An even window would lie half a row to one side.
    window = min(max(window, 3) | 1, (len(x) - 1) | 1)
    return _principal(_movement(z, window) if kind == "movement" else _shape(z, window))


def _movement(z: F64, window: int) -> F64:
    from scipy.ndimage import uniform_filter1d

    mean = uniform_filter1d(z, window, axis=0)
    square = uniform_filter1d(z * z, window, axis=0)
    return np.log(np.sqrt(np.maximum(square - mean * mean, 0.0)) + _QUIET)


def _shape(z: F64, window: int) -> F64:
    found: list[F64] = []
    for channel in z.T:
        rows = np.lib.stride_tricks.sliding_window_view(channel, window)
        rows = rows - rows.mean(1, keepdims=True)
        rows /= np.maximum(rows.std(1, keepdims=True), 0.01)
        power = np.abs(np.fft.rfft(rows, 2 * window)) ** 2
        found.append(np.fft.irfft(power)[:, 1:window] / window)
    before = (window - 1) // 2
    return np.pad(np.hstack(found), ((before, window - 1 - before), (0, 0)), "edge")


def _principal(x: F64) -> F64:
    x = x - x.mean(0)
    values, vectors = np.linalg.eigh(x.T @ x)
    y = x @ vectors[:, np.argsort(values)[::-1][:_COMPONENTS]]
    size = y.std()
    return y / size if size > 0 else y
