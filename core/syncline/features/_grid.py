"""Pooling of pictures onto a grid, shared by the video extractors."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["Directions", "pool", "tents"]


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
    return np.matmul(tents(rows, height) @ maps, tents(columns, width).T, dtype=np.float32)


class Directions:
    """Splits vectors along evenly spread directions and averages each part over a grid.

    Over a whole turn a vector counts only where it points within 90° of a direction; over half a turn opposite
    vectors count alike. Direction k is at k · turn / count, from +x towards +y.

    As max(p, 0) = (|p| + p) / 2 and averages are linear, opposite directions share one |p|, and the averages of p
    itself are those of x and y combined: half the maps, and no sign is ever looked at.

    Parameters
    ----------
    count
        Number of directions.
    whole_turn
        Whether they go all around.
    cells
        Cells along each side of the grid.
    """

    def __init__(self, count: int, whole_turn: bool, cells: int) -> None:
        self._whole_turn, self._cells = whole_turn, cells
        # An odd number has no opposites: every direction then gets its own |p|.
        self._paired = whole_turn and count % 2 == 0
        angle = np.arange(count) * ((2 if whole_turn else 1) * np.pi / count)
        axes = np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)
        self._lines = axes[: count // 2] if self._paired else axes
        # The larger factor is taken out and put back after averaging: for eight directions only sums are left.
        self._swapped = [bool(abs(sin) > abs(cos)) for cos, sin in self._lines]
        larger = np.where(self._swapped, self._lines[:, 1], self._lines[:, 0])
        smaller = np.where(self._swapped, self._lines[:, 0], self._lines[:, 1])
        self._ratios = [round(float(r), 6) for r in smaller / larger]
        self._scale = np.abs(larger)[:, None, None].astype(np.float32)
        self._maps = np.empty((0, 0, 0), np.float32)

    def __call__(self, x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.float32]:
        """Average the parts of vectors x, y (h, w); returns float32 (count, cells, cells)."""
        lines = len(self._lines)
        if self._maps.shape[1:] != x.shape:
            self._maps = np.empty((lines + 2, *x.shape), np.float32)
        maps = self._maps
        for k, (swapped, ratio) in enumerate(zip(self._swapped, self._ratios, strict=True)):
            big, small = (y, x) if swapped else (x, y)
            line = maps[k]
            if ratio == 0:
                np.abs(big, out=line)
                continue
            if abs(ratio) == 1:
                (np.add if ratio > 0 else np.subtract)(big, small, out=line)
            else:
                np.multiply(small, np.float32(ratio), out=line)
                line += big
            np.abs(line, out=line)
        if not self._whole_turn:
            return np.asarray(pool(maps[:lines], self._cells, self._cells) * self._scale, np.float32)
        maps[lines], maps[lines + 1] = x, y
        means = pool(maps, self._cells, self._cells)
        size = means[:lines] * self._scale
        along = (self._lines @ means[lines:].reshape(2, -1)).reshape(size.shape)
        parts = np.concatenate([size + along, size - along]) if self._paired else size + along
        # Rounding may leave what is nothing a little below it.
        return np.asarray(np.maximum(parts, 0) * 0.5, np.float32)
