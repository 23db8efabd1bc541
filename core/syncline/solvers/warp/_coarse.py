"""Averages of several rows, and the band around a path through them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["COARSE", "around", "averages"]

COARSE = 8
"""Rows averaged."""


def averages(values: NDArray[Any]) -> NDArray[Any]:
    """Means of every `COARSE` entries along the first axis, the last of what is left."""
    starts = np.arange(0, len(values), COARSE)
    counts = np.diff(np.append(starts, len(values))).astype(values.dtype)
    return np.add.reduceat(values, starts, axis=0) / counts.reshape(-1, *[1] * (values.ndim - 1))


def around(pairs: NDArray[np.integer], n: int, m: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Half-open ranges of the m columns within two averages of a path through averages: int64 (n,), (n,)."""
    rows = -(-n // COARSE)
    first, last = np.full(rows + 2, m), np.full(rows + 2, -1)
    np.minimum.at(first, pairs[:, 0] + 1, pairs[:, 1])
    np.maximum.at(last, pairs[:, 0] + 1, pairs[:, 1])
    # The rows before and after count too: the path goes on there.
    first = np.minimum(np.minimum(first[:-2], first[1:-1]), first[2:])
    last = np.maximum(np.maximum(last[:-2], last[1:-1]), last[2:])
    lo = np.clip((first - 2) * COARSE, 0, m)
    hi = np.clip((last + 3) * COARSE, 0, m)
    lo, hi = (np.repeat(v, COARSE)[:n].astype(np.int64) for v in (lo, hi))
    return lo, hi
