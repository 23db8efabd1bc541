"""What the hand does on the cost matrix: one tool at a time, each turning press, move and release into an edit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from syncline.edits import constraints as edits
from syncline.model import Anchor, Constraints, WarpingPath

from .matrix_paint import INK, LINE, Scene, paint_forbidden, paint_jump, paint_lock_line, pen, visible_part
from .matrix_scale import polygon
from .matrix_snap import Snap

__all__ = ["TOOLS", "Hand", "Hit", "Tool"]

THRESHOLD = 3.0
"""Pixels a press may wander and still be a click."""


@dataclass(frozen=True)
class Hit:
    """What lies under the mouse: a constraint, and which end of it if it is a jump."""

    id: int
    end: int = 0


class Hand(Protocol):
    """What a tool may ask of the view and tell it."""

    @property
    def scene(self) -> Scene | None: ...
    @property
    def path(self) -> WarpingPath | None: ...
    @property
    def base(self) -> Constraints | None: ...
    def snap(self, at: QPointF, free: bool, without: int | None = None) -> Snap: ...
    def hit(self, at: QPointF) -> Hit | None: ...
    def choose(self, id: int | None) -> None: ...
    def seek_to(self, at: QPointF) -> None: ...
    def propose(self, constraints: Constraints) -> None: ...
    def settle(self, constraints: Constraints, label: str) -> None: ...
    def give_up(self) -> None: ...
    def bubble(self, a: float, b: float, text: str | None = None) -> None: ...
    def name_of(self, a: float, b: float) -> str: ...
    def remark(self, sentence: str) -> None: ...
    def redraw(self) -> None: ...


def tr(text: str) -> str:
    """Translate in the context of the cost matrix."""
    return QCoreApplication.translate("CostMatrixView", text)


class Tool:
    """A tool; `busy` while a drag is under way."""

    name = ""
    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, hand: Hand) -> None:
        self.hand = hand
        self.busy = False

    def press(self, at: QPointF, free: bool) -> None:
        """The left button went down."""

    def move(self, at: QPointF, free: bool) -> None:
        """The mouse moved with the left button down."""

    def release(self, at: QPointF, free: bool) -> None:
        """The left button came up."""

    def cancel(self) -> None:
        """Drop what is being done."""
        self.busy = False

    def paint(self, painter: QPainter, scene: Scene) -> None:
        """Draw what is being made."""


def clamp(value: float, low: float, high: float) -> float:
    """`value` held between the two."""
    return min(max(value, low), high)


class SelectTool(Tool):
    """Click selects, drag moves an anchor; elsewhere both move the cross-hair."""

    name = "select"
    cursor = Qt.CursorShape.ArrowCursor

    def __init__(self, hand: Hand) -> None:
        super().__init__(hand)
        self._hit: Hit | None = None
        self._start = QPointF()
        self._grab = QPointF()
        self._anchor: Anchor | None = None
        self._moved: tuple[Constraints, Anchor] | None = None
        self._room = (-np.inf, np.inf, -np.inf, np.inf)
        self._adding = False

    def press(self, at: QPointF, free: bool) -> None:
        base, scene = self.hand.base, self.hand.scene
        if base is None or scene is None:
            return
        self.busy, self._start, self._moved, self._adding = True, at, None, False
        self._hit = self.hand.hit(at)
        found = base.find(self._hit.id) if self._hit is not None else None
        self._anchor = found if isinstance(found, Anchor) else None
        self.hand.choose(self._hit.id if self._hit is not None else None)
        if self._anchor is None:
            if self._hit is None:
                self.hand.seek_to(at)
            return
        spot = self._anchor.end if self._hit is not None and self._hit.end else (self._anchor.a, self._anchor.b)
        self._grab = scene.point(*spot) - at
        self._room = edits.room(base, self._anchor.id, _ends(scene)[0], _ends(scene)[1])

    def add(self, at: QPointF, free: bool) -> None:
        """Add an anchor and keep hold of it until the release."""
        base, scene = self.hand.base, self.hand.scene
        if base is None or scene is None:
            return
        spot = self.hand.snap(at, free)
        made, new = add_within(base, scene, spot.a, spot.b)
        anchor = made.find(new)
        assert isinstance(anchor, Anchor)
        self.busy, self._start, self._adding = True, at, True
        self._hit, self._anchor, self._moved = Hit(new), anchor, (made, anchor)
        self._grab = QPointF()
        self._room = edits.room(made, new, _ends(scene)[0], _ends(scene)[1])
        self._show(made, anchor)

    def move(self, at: QPointF, free: bool) -> None:
        if not self.busy:
            return
        if self._anchor is None or self._hit is None:
            if self._hit is None or (at - self._start).manhattanLength() > 2 * THRESHOLD:
                self.hand.seek_to(at)
            return
        if self._moved is None and (at - self._start).manhattanLength() < THRESHOLD:
            return
        base = self.hand.base if not self._adding else self._moved[0] if self._moved else None
        if base is None:
            return
        spot = self.hand.snap(at + self._grab, free, self._anchor.id)
        made = self._put(base, self._anchor, spot)
        anchor = made.find(self._anchor.id)
        assert isinstance(anchor, Anchor)
        self._moved = (made, anchor)
        self._show(made, anchor)

    def _put(self, base: Constraints, anchor: Anchor, spot: Snap) -> Constraints:
        a_low, a_high, b_low, b_high = self._room
        a, b = clamp(spot.a, a_low, a_high), clamp(spot.b, b_low, b_high)
        if anchor.kind != "jump":
            return edits.move_anchor(base, anchor.id, a, b)
        if self._hit is None or not self._hit.end:
            return edits.move_anchor(base, anchor.id, a, b)
        a_long, b_long = anchor.end[0] - anchor.a, anchor.end[1] - anchor.b
        a_end, b_end = clamp(spot.a, anchor.a, a_high + a_long), clamp(spot.b, anchor.b, b_high + b_long)
        return edits.edit_anchor(base, anchor.id, a_end=a_end, b_end=b_end)

    def _show(self, made: Constraints, anchor: Anchor) -> None:
        self.hand.propose(made)
        a, b = anchor.end if self._hit is not None and self._hit.end else (anchor.a, anchor.b)
        self.hand.bubble(a, b)

    def release(self, at: QPointF, free: bool) -> None:
        if not self.busy:
            return
        self.busy = False
        if self._moved is not None:
            made, anchor = self._moved
            verb = tr("Add anchor") if self._adding else tr("Move jump") if anchor.kind == "jump" else tr("Move anchor")
            if self._adding:
                self.hand.choose(anchor.id)
            self.hand.settle(made, f"{verb} {self.hand.name_of(anchor.a, anchor.b)}")
        self._moved, self._anchor, self._hit = None, None, None

    def cancel(self) -> None:
        if self.busy and self._moved is not None:
            self.hand.give_up()
        self.busy, self._moved, self._anchor = False, None, None


class AnchorTool(SelectTool):
    """Press adds an anchor, which can be dragged at once; on an anchor it works like the select tool."""

    name = "anchor"
    cursor = Qt.CursorShape.CrossCursor

    def press(self, at: QPointF, free: bool) -> None:
        if self.hand.hit(at) is not None:
            super().press(at, free)
        else:
            self.add(at, free)


class _Drag(Tool):
    """A tool that pulls something open between press and release."""

    def __init__(self, hand: Hand) -> None:
        super().__init__(hand)
        self.start = self.at = QPointF()

    def press(self, at: QPointF, free: bool) -> None:
        if self.hand.base is None or self.hand.scene is None:
            return
        self.busy, self.start, self.at = True, at, at
        self.hand.choose(None)

    def move(self, at: QPointF, free: bool) -> None:
        if self.busy:
            self.at = at
            self.hand.redraw()

    def release(self, at: QPointF, free: bool) -> None:
        if not self.busy:
            return
        self.busy, self.at = False, at
        if (at - self.start).manhattanLength() >= THRESHOLD:
            self.finish(free)
        self.hand.redraw()

    def finish(self, free: bool) -> None:
        """Make the edit."""

    def cancel(self) -> None:
        super().cancel()
        self.hand.redraw()


class JumpTool(_Drag):
    """Drag from where the path breaks to where it goes on: up and to the right, or along one side alone."""

    name = "jump"

    def ends(self, free: bool) -> tuple[float, float, float, float]:
        """Times of both ends; an end nearly level with the start, or before it, is put level with it."""
        first, last = self.hand.snap(self.start, free), self.hand.snap(self.at, free)
        flat = 0 if free else 2 * THRESHOLD
        a = last.a if self.at.x() - self.start.x() > flat else first.a
        b = last.b if self.start.y() - self.at.y() > flat else first.b
        return first.a, first.b, max(a, first.a), max(b, first.b)

    def finish(self, free: bool) -> None:
        base = self.hand.base
        a, b, a_end, b_end = self.ends(free)
        if base is None or (a_end == a and b_end == b):
            return
        made, new = edits.add_anchor(base, a, b, kind="jump", a_end=a_end, b_end=b_end)
        self.hand.choose(new)
        self.hand.settle(made, f"{tr('Add jump')} {self.hand.name_of(a, b)}")

    def paint(self, painter: QPainter, scene: Scene) -> None:
        a, b, a_end, b_end = self.ends(False)
        paint_jump(painter, scene.point(a, b), scene.point(a_end, b_end), False, True)


class LockTool(_Drag):
    """Drag along the path: the stretch above the dragged part of A is locked."""

    name = "lock"

    def span(self) -> tuple[float, float]:
        """Times of A, held to the rows."""
        first, last = sorted((self.hand.snap(self.start, True).a, self.hand.snap(self.at, True).a))
        return first, last

    def finish(self, free: bool) -> None:
        base, path = self.hand.base, self.hand.path
        if base is None or path is None:
            return
        first, last = self.span()
        made = edits.lock(base, path, first, last)
        new = {c.id for c in made.locks} - {c.id for c in base.locks}
        self.hand.choose(max(new, default=None))
        self.hand.settle(made, f"{tr('Lock')} {self.hand.name_of(first, float(path.to_b(first)))}")

    def paint(self, painter: QPainter, scene: Scene) -> None:
        path = self.hand.path
        if path is None:
            return
        first, last = self.span()
        inside = (path.times[:, 0] >= first) & (path.times[:, 0] <= last)
        if inside.sum() > 1:
            line = polygon(*visible_part(scene.places(path)[inside], scene.view))
            paint_lock_line(painter, line, False, True)


class ForbidTool(_Drag):
    """Drag a rectangle that the path may not enter."""

    name = "forbid"

    def cells(self, scene: Scene) -> tuple[int, int, int, int]:
        """First and last row of A, first and last row of B."""
        u = sorted(scene.a.row_of(scene.view.u(p.x())) for p in (self.start, self.at))
        v = sorted(scene.b.row_of(scene.view.v(p.y())) for p in (self.start, self.at))
        return u[0], u[1], v[0], v[1]

    def finish(self, free: bool) -> None:
        base, scene = self.hand.base, self.hand.scene
        if base is None or scene is None:
            return
        i0, i1, j0, j1 = self.cells(scene)
        a, b = scene.a.times, scene.b.times
        made = edits.forbid(base, float(a[i0]), float(a[i1]), float(b[j0]), float(b[j1]))
        new = {c.id for c in made.forbidden} - {c.id for c in base.forbidden}
        self.hand.choose(max(new, default=None))
        self.hand.settle(made, f"{tr('Forbid')} {self.hand.name_of(float(a[i0]), float(b[j0]))}")

    def paint(self, painter: QPainter, scene: Scene) -> None:
        i0, i1, j0, j1 = self.cells(scene)
        view = scene.view
        box = QRectF(QPointF(view.x(i0), view.y(j1 + 1)), QPointF(view.x(i1 + 1), view.y(j0)))
        paint_forbidden(painter, box, False, True, view.rect)


class DrawTool(_Drag):
    """Draw the path by hand; it becomes as few anchors as follow it."""

    name = "draw"

    def __init__(self, hand: Hand) -> None:
        super().__init__(hand)
        self._points: list[QPointF] = []

    def press(self, at: QPointF, free: bool) -> None:
        super().press(at, free)
        self._points = [at]

    def move(self, at: QPointF, free: bool) -> None:
        if self.busy:
            self._points.append(at)
        super().move(at, free)

    def finish(self, free: bool) -> None:
        base, scene, path = self.hand.base, self.hand.scene, self.hand.path
        if base is None or scene is None:
            return
        self._points.append(self.at)
        spots = [self.hand.snap(p, True) for p in self._points]
        points = np.array([(s.a, s.b) for s in spots])
        tolerance = max(scene.b.step, 2.5 * scene.view.cells_per_pixel[1] * scene.b.step)
        made = edits.draw(base, points, path, tolerance)
        if made is base:
            self.hand.remark(tr("The path runs along there already."))
            return
        self.hand.settle(made, f"{tr('Draw path')} {self.hand.name_of(spots[0].a, spots[0].b)}")

    def paint(self, painter: QPainter, scene: Scene) -> None:
        for colour, width in ((INK, 5.0), (LINE, 2.4)):
            painter.setPen(pen(colour, width))
            painter.drawPolyline(self._points)


def _ends(scene: Scene) -> tuple[tuple[float, float], tuple[float, float]]:
    a, b = scene.a.times, scene.b.times
    return (float(a[0]), float(a[-1])), (float(b[0]), float(b[-1]))


def add_within(base: Constraints, scene: Scene, a: float, b: float) -> tuple[Constraints, int]:
    """Add an anchor; B is held between the neighbours, so that a careless double-click contradicts nothing."""
    made, new = edits.add_anchor(base, a, b)
    a_low, a_high, b_low, b_high = edits.room(made, new, *_ends(scene))
    return edits.move_anchor(made, new, clamp(a, a_low, a_high), clamp(b, b_low, b_high)), new


def moved_by(base: Constraints, anchor: Anchor, b: float, scene: Scene) -> Constraints:
    """The anchor at another time of B, as far as its neighbours leave room."""
    _, _, low, high = edits.room(base, anchor.id, *_ends(scene))
    b = clamp(b, low, high)
    if anchor.kind == "jump":
        by = b - anchor.b
        return edits.edit_anchor(base, anchor.id, b=b, b_end=clamp(anchor.end[1] + by, b, high))
    return edits.move_anchor(base, anchor.id, anchor.a, b)


TOOLS: dict[str, type[Tool]] = {
    tool.name: tool for tool in (SelectTool, AnchorTool, JumpTool, LockTool, ForbidTool, DrawTool)
}
