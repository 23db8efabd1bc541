"""Curves from boxes to chips: where they leave, where they enter, and the line between."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

from .scene_links import Strand

__all__ = ["Curve", "Row", "bend", "curves"]

STEPS = 28
_T = np.linspace(0.0, 1.0, STEPS)[:, None]
_BEZIER = np.hstack([(1 - _T) ** 3, 3 * (1 - _T) ** 2 * _T, 3 * (1 - _T) * _T**2, _T**3])
"""Weights of a cubic's four points, float64 (STEPS, 4)."""
APART, ROOM = 11.0, 5.0


Spot = tuple[float, float]
Bend = tuple[Spot, Spot, Spot, Spot]


@dataclass(frozen=True, eq=False)
class Curve:
    """A link as it is drawn.

    Attributes
    ----------
    bends
        Four corners of each bend, from the box down to the chip; straight lines lead from one to the next.
    beyond
        The box is out of sight: the curve begins at the edge of what shows.
    """

    strand: Strand
    bends: tuple[Bend, ...]
    beyond: bool

    @cached_property
    def path(self) -> QPainterPath:
        """From the box down to the chip; made when it is drawn."""
        path = QPainterPath(QPointF(*self.bends[0][0]))
        for k, (start, first, second, end) in enumerate(self.bends):
            if k:
                path.lineTo(*start)
            path.cubicTo(*first, *second, *end)
        return path

    @cached_property
    def points(self) -> NDArray[np.float64]:
        """Places along it, float64 (STEPS, 2); worked out when asked for, which is not while things move."""
        points = np.vstack([_BEZIER @ np.array(corners) for corners in self.bends])
        if len(self.bends) > 1:
            # As many points for every curve, so that all can be searched at once.
            points = points[np.linspace(0, len(points) - 1, STEPS).round().astype(int)]
        return points

    def at(self, share: float) -> QPointF:
        """The place at a share 0..1 of the way."""
        x, y = self.points[round(share * (STEPS - 1))]
        return QPointF(float(x), float(y))


def bend(start: QPointF, end: QPointF) -> QPainterPath:
    """A curve that leaves downwards and arrives from above."""
    path, reach = QPainterPath(start), _reach(end.y() - start.y())
    path.cubicTo(start + QPointF(0, reach), end - QPointF(0, reach), end)
    return path


def _reach(down: float) -> float:
    return min(max(0.58 * abs(down), 26.0), 170.0)


@dataclass(frozen=True)
class Row:
    """A row of chips that curves to lower rows pass through.

    Attributes
    ----------
    gaps
        Where there is room between its chips and beside them, ascending.
    """

    top: float
    bottom: float
    gaps: tuple[float, ...]


def curves(
    strands: Sequence[Strand],
    boxes: Mapping[int, QRectF],
    chips: Mapping[int, QRectF],
    window: QRectF,
    rows: Sequence[Row] = (),
) -> list[Curve]:
    """Lay the links of a caption.

    Parameters
    ----------
    boxes, chips
        Rectangles by the ids of objects and phrases.
    window
        What shows of the picture; a curve begins within it.
    rows
        All rows of chips, the topmost first.
    """
    wanted = [s for s in strands if s.a in boxes and s.b in chips]
    starts, beyond = _starts(wanted, boxes, chips, window)
    ends = _ends(wanted, chips, starts)
    _part(wanted, starts, boxes)
    ways = [
        _through([r for r in rows if r.bottom <= end[1]], chips[s.b], end) for s, end in zip(wanted, ends, strict=True)
    ]
    _spread(ways, starts)
    return [
        _curve(strand, start, way, end, out)
        for strand, start, way, end, out in zip(wanted, starts, ways, ends, beyond, strict=True)
    ]


def _curve(strand: Strand, start: list[float], way: list[tuple[float, Row]], end: list[float], beyond: bool) -> Curve:
    """A bend to the first gap, then straight through each row, with a small bend from row to row."""
    x0, y0 = start
    bends: list[Bend] = []
    for x, row in way:
        # From row to row there is little room for a bend.
        bends.append(_bend(x0, y0, x, row.top, 0.5 * (row.top - y0) if bends else _reach(row.top - y0)))
        x0, y0 = x, row.bottom
    x, y = end
    bends.append(_bend(x0, y0, x, y, 0.5 * (y - y0) if bends else _reach(y - y0)))
    return Curve(strand, tuple(bends), beyond)


def _bend(x0: float, y0: float, x: float, y: float, reach: float) -> Bend:
    return (x0, y0), (x0, y0 + reach), (x, y - reach), (x, y)


def _through(rows: Sequence[Row], chip: QRectF, end: list[float]) -> list[tuple[float, Row]]:
    """Through which gap of each row a curve reaches its chip, the topmost row first; moves `end` below the last gap."""
    way: list[tuple[float, Row]] = []
    x = end[0]
    for row in reversed(rows):
        x = _nearest(row.gaps, x)
        if not way:
            end[0] = min(max(x, chip.left() + 10), max(chip.right() - 10, chip.left() + 10))
        way.append((x, row))
    return way[::-1]


def _nearest(gaps: tuple[float, ...], x: float) -> float:
    k = bisect_left(gaps, x)
    if k == 0:
        return gaps[0]
    left = gaps[k - 1]
    return left if k == len(gaps) or x - left <= gaps[k] - x else gaps[k]


def _spread(ways: list[list[tuple[float, Row]]], starts: list[list[float]]) -> None:
    """Put curves that go through the same gap beside one another, as far as there is room."""
    through: dict[tuple[float, float], list[tuple[int, int]]] = defaultdict(list)
    for k, way in enumerate(ways):
        for place, (x, row) in enumerate(way):
            through[x, row.top].append((k, place))
    for users in through.values():
        step = min(2.6, ROOM / max(len(users) - 1, 1))
        for order, (k, place) in enumerate(sorted(users, key=lambda u: starts[u[0]][0])):
            x, row = ways[k][place]
            ways[k][place] = (x + (order - (len(users) - 1) / 2) * step, row)


def _starts(
    strands: Sequence[Strand], boxes: Mapping[int, QRectF], chips: Mapping[int, QRectF], window: QRectF
) -> tuple[list[list[float]], list[bool]]:
    """Where each leaves: along the lower edge of its box, in the order of the chips, leaning towards them."""
    of_box: dict[int, list[int]] = defaultdict(list)
    for k, s in enumerate(strands):
        of_box[s.a].append(k)
    starts: list[list[float]] = [[0.0, 0.0] for _ in strands]
    beyond = [False] * len(strands)
    for a, links in of_box.items():
        box = boxes[a]
        shown = box.intersected(window)
        out = shown.isEmpty()
        if out:
            x = min(max(box.center().x(), window.left()), window.right())
            y = min(max(box.bottom(), window.top()), window.bottom())
            shown = QRectF(x, y, 0, 0)
        links.sort(key=lambda k: chips[strands[k].b].center().x())
        mean = sum(chips[strands[k].b].center().x() for k in links) / len(links)
        middle, wide = shown.center().x(), shown.width()
        middle += min(max(0.08 * (mean - middle), -0.2 * wide), 0.2 * wide)
        step = min(14.0, max(wide - 12, 0.0) / len(links))
        for place, k in enumerate(links):
            starts[k] = [middle + (place - (len(links) - 1) / 2) * step, shown.bottom()]
            beyond[k] = out
    return starts, beyond


def _ends(strands: Sequence[Strand], chips: Mapping[int, QRectF], starts: list[list[float]]) -> list[list[float]]:
    """Where each arrives: along the upper edge of its chip, in the order of where they come from."""
    of_chip: dict[int, list[int]] = defaultdict(list)
    for k, s in enumerate(strands):
        of_chip[s.b].append(k)
    ends: list[list[float]] = [[0.0, 0.0] for _ in strands]
    for b, links in of_chip.items():
        chip = chips[b]
        links.sort(key=lambda k: starts[k][0])
        step = min(12.0, max(chip.width() - 16, 0.0) / len(links))
        for place, k in enumerate(links):
            ends[k] = [chip.center().x() + (place - (len(links) - 1) / 2) * step, chip.top()]
    return ends


def _part(strands: Sequence[Strand], starts: list[list[float]], boxes: Mapping[int, QRectF]) -> None:
    """Move beginnings of different boxes apart that would lie on one another."""
    order = sorted(range(len(starts)), key=lambda k: starts[k][0])
    for place, k in enumerate(order):
        for other in order[max(place - 3, 0) : place]:
            near = starts[k][0] - starts[other][0] < APART and abs(starts[k][1] - starts[other][1]) < APART
            if near and strands[k].a != strands[other].a:
                box = boxes[strands[k].a]
                starts[k][0] = min(starts[other][0] + APART, max(box.right() - 6, starts[k][0]))
