"""What the hand does on the cost matrix: one tool at a time, each turning press, move and release into an edit."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPolygonF

from syncline.edits import constraints as edits
from syncline.model import Anchor, Constraints, WarpingPath

from .matrix_grips import AnchorGrip, Grip, Hit, clamp, ends, grip_on, tr
from .matrix_paint import INK, LINE, Scene, paint_forbidden, paint_jump, paint_lock_line, pen, visible_part
from .matrix_scale import polygon
from .matrix_snap import Snap

__all__ = ["TOOLS", "Hand", "Tool"]

THRESHOLD = 3.0
"""Pixels a press may wander and still be a click."""


class Hand(Protocol):
    """What a tool may ask of the view and tell it."""

    @property
    def scene(self) -> Scene | None: ...
    @property
    def path(self) -> WarpingPath | None: ...
    @property
    def base(self) -> Constraints | None: ...
    @property
    def holds(self) -> bool: ...
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


class SelectTool(Tool):
    """Click selects, drag moves what can be moved; elsewhere both move the cross-hair."""

    name = "select"
    cursor = Qt.CursorShape.ArrowCursor

    def __init__(self, hand: Hand) -> None:
        super().__init__(hand)
        self._hit: Hit | None = None
        self._start = QPointF()
        self._grip: Grip | None = None
        self._made: Constraints | None = None

    def press(self, at: QPointF, free: bool) -> None:
        hand = self.hand
        base, scene = hand.base, hand.scene
        if base is None or scene is None:
            return
        self.busy, self._start, self._made = True, at, None
        self._hit = hit = hand.hit(at)
        item = base.find(hit.id) if hit is not None else None
        self._grip = None
        if item is not None and hit is not None:
            self._grip = grip_on(item, hit, at, base, scene, hand.path, hand.snap, hand.name_of)
        hand.choose(hit.id if hit is not None else None)
        if hit is None:
            hand.seek_to(at)

    def add(self, at: QPointF, free: bool) -> None:
        """Add an anchor and keep hold of it until the release."""
        base, scene = self.hand.base, self.hand.scene
        if base is None or scene is None:
            return
        spot = self.hand.snap(at, free)
        made, new = add_within(base, scene, spot.a, spot.b)
        anchor = made.find(new)
        assert isinstance(anchor, Anchor)
        self.busy, self._start, self._hit, self._made = True, at, Hit(new), made
        # Held by its middle: it was put where the hand is.
        middle = scene.point(anchor.a, anchor.b)
        self._grip = AnchorGrip(anchor, 0, middle, made, scene, self.hand.snap, self.hand.name_of, tr("Add anchor"))
        self._show(self._grip, made)

    def move(self, at: QPointF, free: bool) -> None:
        if not self.busy:
            return
        wandered = (at - self._start).manhattanLength()
        if self._grip is None:
            if self._hit is None or wandered > 2 * THRESHOLD:
                self.hand.seek_to(at)
        elif self._made is not None or wandered >= THRESHOLD:
            self._made = self._grip.to(at, free)
            self._show(self._grip, self._made)

    def _show(self, grip: Grip, made: Constraints) -> None:
        self.hand.propose(made)
        self.hand.bubble(*grip.spot())

    def release(self, at: QPointF, free: bool) -> None:
        if not self.busy:
            return
        self.busy = False
        if self._made is not None and self._grip is not None and self._hit is not None:
            self.hand.choose(self._hit.id)
            self.hand.settle(self._made, self._grip.label())
        self._made, self._grip, self._hit = None, None, None

    def cancel(self) -> None:
        if self.busy and self._made is not None:
            self.hand.give_up()
        self.busy, self._made, self._grip = False, None, None


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
    """Draw the path by hand; it becomes as few anchors as follow it, or a locked stretch if the hand holds to it."""

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
        words = f"{tr('Draw path')} {self.hand.name_of(spots[0].a, spots[0].b)}"
        if self.hand.holds:
            made = edits.hold(base, points)
            self.hand.choose(base.next_id)
            self.hand.settle(made, words)
            return
        tolerance = max(scene.b.step, 2.5 * scene.view.cells_per_pixel[1] * scene.b.step)
        made = edits.draw(base, points, path, tolerance)
        if made is base:
            self.hand.remark(tr("The path runs along there already."))
            return
        self.hand.settle(made, words)

    def paint(self, painter: QPainter, scene: Scene) -> None:
        if self.hand.holds:
            paint_lock_line(painter, QPolygonF(self._points), False, True)
            return
        for colour, width in ((INK, 5.0), (LINE, 2.4)):
            painter.setPen(pen(colour, width))
            painter.drawPolyline(self._points)


def add_within(base: Constraints, scene: Scene, a: float, b: float) -> tuple[Constraints, int]:
    """Add an anchor; B is held between the neighbours, so that a careless double-click contradicts nothing."""
    made, new = edits.add_anchor(base, a, b)
    a_low, a_high, b_low, b_high = edits.room(made, new, *ends(scene))
    return edits.move_anchor(made, new, clamp(a, a_low, a_high), clamp(b, b_low, b_high)), new


def moved_by(base: Constraints, anchor: Anchor, b: float, scene: Scene) -> Constraints:
    """The anchor at another time of B, as far as its neighbours leave room."""
    _, _, low, high = edits.room(base, anchor.id, *ends(scene))
    b = clamp(b, low, high)
    if anchor.kind == "jump":
        by = b - anchor.b
        return edits.edit_anchor(base, anchor.id, b=b, b_end=clamp(anchor.end[1] + by, b, high))
    return edits.move_anchor(base, anchor.id, anchor.a, b)


TOOLS: dict[str, type[Tool]] = {
    tool.name: tool for tool in (SelectTool, AnchorTool, JumpTool, LockTool, ForbidTool, DrawTool)
}
