"""Outlines of regions: lines between pixels, made plainer alike on both of their sides, so that nothing gapes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ..model.outline import Outline, Ring

__all__ = ["outlines"]

I64 = NDArray[np.int64]
_TOLERANCE = 0.8
"""Pixels of the map that a line may stray: the steps of a slanting one go, corners stay."""
_LEAST_SHARE = 0.5
"""Of a region's pixels that plainer lines must leave it, or its lines stay as they are."""
_OUTSIDE = -1


@dataclass
class _Arc:
    """A line between two places where lines meet, or a closed one, the first corner said again at its end.

    Attributes
    ----------
    points
        int64 (n, 2): x, y of corners of pixels.
    right, left
        The regions on either side: going along it, the first has it on its right-hand border as one seen clockwise.
    """

    points: I64
    right: int
    left: int


def outlines(numbers: I64, scale: tuple[float, float]) -> list[Outline]:
    """The outline of every region of a map, so that together they cover it once.

    Parameters
    ----------
    numbers
        int64 (h, w): number of the region of each pixel, from 0 on.
    scale
        Pixels of the picture that a pixel of the map is wide and high.
    """
    arcs = _arcs(numbers)
    plain = [_plainer(arc.points) for arc in arcs]
    sizes = np.bincount(numbers.ravel())
    areas = np.zeros(len(sizes))
    for arc, points in zip(arcs, plain, strict=True):
        area = _area(points)
        for region, sign in ((arc.right, 1), (arc.left, -1)):
            if region != _OUTSIDE:
                areas[region] += sign * area
    # A line of one pixel's width would be gone.
    spare = set(np.flatnonzero(areas < _LEAST_SHARE * sizes).tolist())
    own: list[list[I64]] = [[] for _ in sizes]
    for arc, points in zip(arcs, plain, strict=True):
        kept = arc.points if {arc.right, arc.left} & spare else points
        if arc.right != _OUTSIDE:
            own[arc.right].append(kept)
        if arc.left != _OUTSIDE:
            own[arc.left].append(kept[::-1])
    return [Outline(_rings(lines, scale)) for lines in own]


def _area(points: I64) -> float:
    x, y = points.T
    return float(x[:-1] @ y[1:] - y[:-1] @ x[1:]) / 2


def _arcs(numbers: I64) -> list[_Arc]:
    """Every line between two regions, or between a region and what is outside."""
    height, width = numbers.shape
    framed = np.pad(numbers, 1, constant_values=_OUTSIDE)
    steps: dict[tuple[int, int], dict[tuple[int, int], tuple[int, int]]] = defaultdict(dict)

    def add(start: NDArray[Any], end: NDArray[Any], right: NDArray[Any], left: NDArray[Any]) -> None:
        for p, q, r, s in zip(start.tolist(), end.tolist(), right.tolist(), left.tolist(), strict=True):
            steps[tuple(p)][tuple(q)] = (r, s)
            steps[tuple(q)][tuple(p)] = (s, r)

    # Down the right side of a pixel, and from right to left along its lower side, is clockwise around it.
    y, x = np.nonzero(framed[:, :-1] != framed[:, 1:])
    add(np.stack([x, y - 1], 1), np.stack([x, y], 1), framed[y, x], framed[y, x + 1])
    y, x = np.nonzero(framed[:-1] != framed[1:])
    add(np.stack([x, y], 1), np.stack([x - 1, y], 1), framed[y, x], framed[y + 1, x])

    corners = {(0, 0), (width, 0), (0, height), (width, height)}
    nodes = [p for p, ways in steps.items() if len(ways) != 2 or p in corners]
    arcs: list[_Arc] = []

    def walk(p: tuple[int, int], q: tuple[int, int]) -> None:
        line, (right, left) = [p, q], steps[p][q]
        del steps[p][q], steps[q][p]
        while q not in ends and steps[q]:
            following = next(iter(steps[q]))
            del steps[q][following], steps[following][q]
            q = following
            line.append(q)
        arcs.append(_Arc(np.array(line, np.int64), right, left))

    ends = set(nodes)
    for node in sorted(nodes):
        while steps[node]:
            walk(node, min(steps[node]))
    for start in sorted(steps):
        if steps[start]:
            walk(start, min(steps[start]))
    return arcs


def _plainer(points: I64) -> I64:
    """The same line with fewer corners; its ends stay."""
    import cv2

    if len(points) < 3:
        return points
    if (points[0] == points[-1]).all():
        # Closed: cut in two where it is farthest from its beginning.
        middle = int(((points - points[0]) ** 2).sum(1).argmax())
        return np.vstack([_plainer(points[: middle + 1]), _plainer(points[middle:])[1:]])
    found = cast(NDArray[Any], cv2.approxPolyDP(points.astype(np.int32)[:, None], _TOLERANCE, False))
    return found.reshape(-1, 2).astype(np.int64)


def _rings(lines: list[I64], scale: tuple[float, float]) -> tuple[Ring, ...]:
    """Lines put end to end, longest ring first, in pixels of the picture."""
    starts: dict[tuple[int, ...], list[I64]] = defaultdict(list)
    for line in lines:
        starts[tuple(line[0].tolist())].append(line)
    rings: list[Ring] = []
    for first in list(starts):
        while starts[first]:
            joined = [starts[first].pop()]
            while (end := tuple(joined[-1][-1].tolist())) != first:
                joined.append(starts[end].pop())
            corners = np.vstack([line[:-1] for line in joined]) * scale
            # Where a region touches itself at a corner, a lobe of it may have become a line there and back.
            if len(corners) > 2:
                rings.append(tuple((round(x, 2), round(y, 2)) for x, y in corners.tolist()))
    return tuple(sorted(rings, key=len, reverse=True))
