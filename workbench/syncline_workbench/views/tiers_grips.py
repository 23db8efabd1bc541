"""What the hand does on the tiers between press and release: one gesture at a time, each ending in at most one edit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import QPointF

from syncline.edits.pieces import Edit, Insert, Move

from .clock import format_time
from .tiers_hit import Snap
from .tiers_said import boundary_name, tr
from .tiers_shown import Edge, Row
from .time_axis import GUTTER, TimeAxis

__all__ = ["BoundaryGrip", "DrawGrip", "Gesture", "Hand", "PanGrip", "SeekGrip"]

THRESHOLD = 3.0
"""Pixels a press may wander and still be a click."""


class Hand(Protocol):
    """What a gesture may ask of the view and tell it."""

    axis: TimeAxis

    def time_at(self, x: float) -> float: ...
    def snap(self, time: float, rows: Sequence[Row], own: int, without: float | None = None) -> Snap: ...
    def reach(self, row: int, edge: Edge, alone: bool) -> tuple[float, float]: ...
    def propose(self, edit: Edit, row: int, time: float, words: str) -> None: ...
    def settle(self, edit: Edit, label: str) -> None: ...
    def abandon(self) -> None: ...
    def ask_insert(self, row: int, start: float, end: float) -> None: ...
    def seek(self, time: float) -> None: ...


class Gesture(Protocol):
    """Something that is under way while a button is down."""

    def move(self, at: QPointF, free: bool, alone: bool) -> None:
        """The mouse is there; `free`: from snapping; `alone`: the neighbour stays."""
        ...

    def release(self) -> None:
        """The button came up."""
        ...


class BoundaryGrip:
    """A boundary: of two pieces that touch, both follow, unless the hand wants one alone.

    Everything is reckoned from the tiers as they were at the press: what is solved again while the hand moves must
    neither draw it on nor stop it.
    """

    def __init__(self, hand: Hand, rows: Sequence[Row], row: int, edge: Edge, at: QPointF) -> None:
        self._hand, self._rows, self._row, self._edge = hand, list(rows), row, edge
        self._press = at.x()
        self._from = rows[row].time(edge)
        self._grab = self._from - hand.time_at(at.x())
        self._other = rows[row].apart(edge)
        self._now: Move | None = None
        self._limits: dict[tuple[Edge, bool], tuple[float, float]] = {}

    def move(self, at: QPointF, free: bool, alone: bool) -> None:
        if self._now is None and abs(at.x() - self._press) < THRESHOLD:
            return
        row = self._rows[self._row]
        time = self._hand.time_at(at.x()) + self._grab
        snap = Snap(time) if free else self._hand.snap(time, self._rows, self._row, self._from)
        edge = self._edge
        alone = alone and self._other is not None
        if alone and self._other is not None and edge.end != (snap.time < self._from):
            # Away from the neighbour: the piece that the hand moves into is the one that gives way.
            edge = self._other
        if (edge, alone) not in self._limits:
            self._limits[edge, alone] = self._hand.reach(self._row, edge, alone)
        low, high = self._limits[edge, alone]
        time = min(max(snap.time, low), high)
        words = format_time(time)
        if snap.to and time == snap.time:
            words += f" · {tr('at “{tier}”').format(tier=snap.to)}"
        self._now = Move(row.shown.name, edge.piece, edge.end, time, alone)
        self._hand.propose(self._now, self._row, time, words)
        # Beyond an edge of what is seen, more of it comes into sight with every move.
        self._hand.axis.reveal(time, 0.0)

    def release(self) -> None:
        if self._now is None:
            return
        if self._now.time == self._from:
            self._hand.abandon()
            return
        edge = Edge(self._now.piece, self._now.end)
        name = boundary_name(self._rows[self._row], edge)
        self._hand.settle(self._now, f"{tr('Move boundary')} {name}")


class DrawGrip:
    """A new piece that is drawn on an empty stretch of an own tier."""

    def __init__(self, hand: Hand, rows: Sequence[Row], row: int, room: tuple[float, float], at: QPointF) -> None:
        self._hand, self._rows, self._row, self._room = hand, list(rows), row, room
        self._press = at.x()
        self._from: float | None = None
        self._span: tuple[float, float] | None = None

    def move(self, at: QPointF, free: bool, alone: bool) -> None:
        if self._from is None:
            if abs(at.x() - self._press) < THRESHOLD:
                return
            self._from = self._put(self._hand.time_at(self._press), free)
        time = self._put(self._hand.time_at(at.x()), free)
        self._span = start, end = min(self._from, time), max(self._from, time)
        edit = Insert(self._rows[self._row].shown.name, start, end, "")
        words = f"{format_time(start)} – {format_time(end)}"
        self._hand.propose(edit, self._row, time, words)
        self._hand.axis.reveal(time, 0.0)

    def _put(self, time: float, free: bool) -> float:
        # On its own tier it stops at the neighbours anyway.
        snap = Snap(time) if free else self._hand.snap(time, self._rows, self._row)
        low, high = max(self._room[0], self._hand.axis.first), min(self._room[1], self._hand.axis.last)
        return min(max(snap.time, low), high)

    def release(self) -> None:
        if self._span is None:
            return
        start, end = self._span
        if (end - start) / self._hand.axis.per_pixel < THRESHOLD:
            self._hand.abandon()
        else:
            self._hand.ask_insert(self._row, start, end)


class SeekGrip:
    """The place of the playback."""

    def __init__(self, hand: Hand, at: QPointF) -> None:
        self._hand, self._press, self._far = hand, at.x(), False

    def move(self, at: QPointF, free: bool, alone: bool) -> None:
        self._far = self._far or abs(at.x() - self._press) >= THRESHOLD
        if self._far and at.x() >= GUTTER:
            self._hand.seek(self._hand.time_at(at.x()))

    def release(self) -> None:
        return


class PanGrip:
    """The time axis."""

    def __init__(self, hand: Hand, at: QPointF) -> None:
        self._hand, self._x = hand, at.x()

    def move(self, at: QPointF, free: bool, alone: bool) -> None:
        by, self._x = at.x() - self._x, at.x()
        self._hand.axis.pan(-by * self._hand.axis.per_pixel)

    def release(self) -> None:
        return
