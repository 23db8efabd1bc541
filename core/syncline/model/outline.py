"""Outlines: the shape of a region of a picture, in pixels of the picture."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..errors import ParameterError

__all__ = ["Outline", "Ring"]

F64 = NDArray[np.float64]
Ring = tuple[tuple[float, float], ...]
"""Corners x, y of a closed line, the first one not said again at its end."""
_TRIES = 24
"""Places across and down that `Outline.heart` looks at."""


@dataclass(frozen=True)
class Outline:
    """One or more closed lines around a region and round its holes; what lies within an odd number of them is in it.

    Attributes
    ----------
    rings
        Those around the region go clockwise as seen on the screen (y down), those round its holes the other way.

    Raises
    ------
    ParameterError
        There is no ring, or one has fewer than three corners or a corner that is no finite number.
    """

    rings: tuple[Ring, ...]

    def __post_init__(self) -> None:
        if not self.rings or any(len(ring) < 3 for ring in self.rings):
            raise ParameterError("An outline needs rings of at least three corners.")
        if not all(math.isfinite(v) for ring in self.rings for corner in ring for v in corner):
            raise ParameterError("The corners of an outline must be finite numbers.")

    @cached_property
    def arrays(self) -> tuple[F64, ...]:
        """The rings as float64 (n, 2)."""
        return tuple(np.array(ring, np.float64) for ring in self.rings)

    @cached_property
    def area(self) -> float:
        """Square pixels."""
        total = 0.0
        for ring in self.arrays:
            x, y = ring.T
            total += float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2
        return total

    @cached_property
    def bounds(self) -> tuple[float, float, float, float]:
        """x0, y0, x1, y1 of the smallest rectangle around it."""
        points = np.vstack(self.arrays)
        (x0, y0), (x1, y1) = points.min(0).tolist(), points.max(0).tolist()
        return x0, y0, x1, y1

    def contains(self, points: F64) -> NDArray[np.bool_]:
        """Which of the points (n, 2) lie in it."""
        inside = np.zeros(len(points), np.bool_)
        for ring in self.arrays:
            inside ^= (_crossings(ring, points) % 2).astype(np.bool_)
        return inside

    @cached_property
    def heart(self) -> tuple[float, float]:
        """x, y of a place well within it: of a grid of places in it the one farthest from its lines."""
        x0, y0, x1, y1 = self.bounds
        share = (np.arange(_TRIES) + 0.5) / _TRIES
        grid = np.stack(np.meshgrid(x0 + (x1 - x0) * share, y0 + (y1 - y0) * share), axis=-1).reshape(-1, 2)
        inside = grid[self.contains(grid)]
        if not len(inside):
            # Thinner than the grid: the middle of a side of its first ring.
            first = self.arrays[0]
            return float((first[0, 0] + first[1, 0]) / 2), float((first[0, 1] + first[1, 1]) / 2)
        gaps = np.full(len(inside), np.inf)
        for ring in self.arrays:
            gaps = np.minimum(gaps, _gaps(ring, inside))
        x, y = inside[gaps.argmax()].tolist()
        return x, y


def _crossings(ring: F64, points: F64) -> NDArray[np.int64]:
    """How often a ray to the right from each point (n, 2) crosses the ring."""
    a, b = ring, np.roll(ring, -1, axis=0)
    x, y = points[:, :1], points[:, 1:]
    upright = a[:, 1] != b[:, 1]
    a, b = a[upright], b[upright]
    beside = (a[:, 1] <= y) != (b[:, 1] <= y)
    at = a[:, 0] + (y - a[:, 1]) * (b[:, 0] - a[:, 0]) / (b[:, 1] - a[:, 1])
    return (beside & (at > x)).sum(1)


def _gaps(ring: F64, points: F64) -> F64:
    """How far each point (n, 2) is from the ring."""
    start, way = ring, np.roll(ring, -1, axis=0) - ring
    off = points[:, None] - start
    share = np.clip((off * way).sum(2) / np.maximum((way * way).sum(1), 1e-12), 0, 1)
    return np.linalg.norm(off - share[..., None] * way, axis=2).min(1)
