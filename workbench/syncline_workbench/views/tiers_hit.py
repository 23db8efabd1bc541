"""What of the tiers is under a pixel, and what a boundary in hand snaps to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from .tiers_shown import TOUCH, Edge, Row
from .time_axis import GUTTER, TimeAxis

__all__ = ["REACH", "SNAP", "Hit", "Snap", "snapped", "tiers_hit"]

REACH, SNAP = 5.0, 6.0
"""Pixels from which a boundary is taken, and from which it is drawn to what it snaps to."""
LEAST = 4.0
"""Pixels a piece has at least for its boundaries to be taken by mouse: below, a click is meant for the piece."""
FLAG = 24.0
"""Pixels right of a point that belong to its label."""
Part = Literal["name", "edge", "piece", "empty"]
Snaps = Callable[[float, float], Sequence[float]]


@dataclass(frozen=True)
class Hit:
    """What is there.

    Attributes
    ----------
    part
        The ``"name"`` of a tier in the gutter; an ``"edge"`` or the inside of a ``"piece"``; an ``"empty"`` place of a
        lane.
    row, lane
        Numbers of the tier and of its lane.
    piece
        Number of the piece: of an edge, that whose boundary is taken.
    edge
        The boundary.
    time
        Seconds there.
    """

    part: Part
    row: int
    lane: int = 0
    piece: int | None = None
    edge: Edge | None = None
    time: float = 0.0


def tiers_hit(rows: Sequence[Row], axis: TimeAxis, x: float, y: float, selected: tuple[int, int] | None) -> Hit | None:
    """What lies at x, and at y from the top of all rows; boundaries of the selected piece (row, number) come first."""
    for k, row in enumerate(rows):
        lane = row.lane_at(y)
        if lane is None:
            continue
        time = axis.to_time(x - GUTTER)
        if x < GUTTER - REACH:
            return Hit("name", k, lane, time=time)
        mine = selected[1] if selected is not None and selected[0] == k else None
        edge = _edge(row, lane, axis, x - GUTTER, mine) if row.shown.editable else None
        if edge is not None:
            return Hit("edge", k, lane, edge.piece, edge, time)
        if x < GUTTER:
            return Hit("name", k, lane, time=time)
        place = row.lanes[lane].at(time)
        if place is not None and not row.shown.points:
            return Hit("piece", k, lane, int(row.lanes[lane].numbers[place]), None, time)
        flag = _flag(row, lane, axis, x - GUTTER) if row.shown.points else None
        return Hit("empty" if flag is None else "piece", k, lane, flag, None, time)
    return None


def _edge(row: Row, lane: int, axis: TimeAxis, x: float, mine: int | None) -> Edge | None:
    """The boundary at x; where two lie close together, that on whose side x is."""
    pieces = row.lanes[lane]
    n = len(pieces.starts)
    middle = int(np.searchsorted(pieces.starts, axis.to_time(x), "right")) - 1
    found: list[tuple[float, bool, bool, Edge]] = []
    for k in range(max(middle - 1, 0), min(middle + 3, n)):
        piece, start, end = int(pieces.numbers[k]), axis.to_x(pieces.starts[k]), axis.to_x(pieces.ends[k])
        if row.shown.points:
            found.append((abs(x - start), piece != mine, False, Edge(piece, False)))
            continue
        if end - start < LEAST:
            continue
        # A narrow piece keeps a middle that can be clicked, also where neighbours touch it.
        inner = min(REACH, (end - start) / 3)
        if start + inner < x < end - inner:
            return None
        for edge, off in ((Edge(piece, False), x - start), (Edge(piece, True), end - x)):
            if -REACH <= off <= inner:
                found.append((abs(off), piece != mine, off < 0, edge))
    # Of two that touch, or lie as near, the selected piece's; else the one that the hand is inside of.
    best = min(found, key=lambda f: (round(f[0], 3), *f[1:3]), default=None)
    return None if best is None or best[0] > REACH else best[3]


def _flag(row: Row, lane: int, axis: TimeAxis, x: float) -> int | None:
    """The point whose label is at x."""
    pieces = row.lanes[lane]
    k = int(np.searchsorted(pieces.starts, axis.to_time(x), "right")) - 1
    if k < 0:
        return None
    return int(pieces.numbers[k]) if x - axis.to_x(pieces.starts[k]) <= FLAG else None


@dataclass(frozen=True)
class Snap:
    """Where a boundary comes to lie, and the name of the tier that it was drawn to (empty: something else, or none)."""

    time: float
    to: str = ""


def snapped(
    time: float, rows: Sequence[Row], own: int, axis: TimeAxis, snaps: Snaps | None, playhead: float | None,
    without: float | None = None,
) -> Snap:  # fmt: skip
    """The nearest boundary of another tier within reach, else the nearest of what else there is to snap to.

    A boundary is never held at the place `without` where it has been, by tiers that have it too: a word and its first
    letter, say.
    """
    reach = SNAP * axis.per_pixel
    best: tuple[float, float, str] | None = None
    for k, row in enumerate(rows):
        if k == own:
            continue
        for lane in row.lanes:
            for times in (lane.starts, lane.ends):
                j = int(np.searchsorted(times, time))
                for t in times[max(j - 1, 0) : j + 1].tolist():
                    off = abs(t - time)
                    been = without is not None and abs(t - without) <= TOUCH
                    if off <= reach and not been and (best is None or off < best[0]):
                        best = (off, t, row.name)
    if best is not None:
        return Snap(best[1], best[2])
    others = [] if snaps is None else list(snaps(time, reach))
    if playhead is not None:
        others.append(playhead)
    near = min(others, key=lambda t: abs(t - time), default=None)
    return Snap(near if near is not None and abs(near - time) <= reach else time)
