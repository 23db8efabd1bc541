"""Pooling of pictures onto a grid, shared by the video extractors."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["pool", "rectified", "tents"]


@lru_cache(maxsize=32)
def tents(cells: int, size: int) -> NDArray[np.float32]:
    """Return weights float32 (cells, size) of overlapping triangles whose rows sum to 1.

    Overlap makes a thing that moves across a cell's border change two cells a little instead of jumping.
    """
    centres = (np.arange(cells) + 0.5) * size / cells - 0.5
    weights = np.maximum(0, 1 - np.abs(np.arange(size) - centres[:, None]) / max(size / cells, 1))
    weights[0, : int(max(centres[0], 0)) + 1] = 1
    weights[-1, int(np.ceil(centres[-1])) :] = 1
    shares: NDArray[np.float32] = (weights / weights.sum(1, keepdims=True)).astype(np.float32)
    shares.setflags(write=False)
    return shares


def pool(maps: NDArray[np.float32], rows: int, columns: int) -> NDArray[np.float32]:
    """Average float32 maps (K, h, w) over a grid; returns (K, rows, columns)."""
    height, width = maps.shape[1:]
    return np.asarray(tents(rows, height) @ maps @ tents(columns, width).T, np.float32)


def rectified(x: NDArray[np.float32], y: NDArray[np.float32], directions: int, whole_turn: bool) -> NDArray[np.float32]:
    """Split vectors (h, w) into parts along `directions` evenly spread directions; returns (directions, h, w).

    Over a whole turn a vector counts only where it points within 90° of a direction; over half a turn opposite
    vectors count alike. Direction k is at k · turn / directions, from +x towards +y.
    """
    turn = 2 * np.pi if whole_turn else np.pi
    angle = np.arange(directions, dtype=np.float32) * np.float32(turn / directions)
    out = np.empty((directions, *x.shape), np.float32)
    # Opposite directions share one projection.
    paired = whole_turn and directions % 2 == 0
    for k in range(directions // 2 if paired else directions):
        part = x * np.cos(angle[k])
        part += y * np.sin(angle[k])
        if not whole_turn:
            np.abs(part, out=out[k])
            continue
        np.maximum(part, 0, out=out[k])
        if paired:
            np.subtract(out[k], part, out=out[k + directions // 2])
    return out
