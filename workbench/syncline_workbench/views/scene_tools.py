"""What the hand does on the board between press and release: one gesture at a time, each ending in one edit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QPointF, QRectF

from syncline.model import Box, Caption, Scene

from . import scene_edit as edit
from .scene_edit import Edit, Target
from .scene_hit import Hit, nearest_chip, scene_hit
from .scene_layout import Layout
from .scene_paint import Look
from .scene_pick import Pick
from .scene_view import PictureView

__all__ = ["TOOLS", "Gesture", "Hand", "Linking", "gesture_at"]

TOOLS = ("select", "box", "link", "forbid")
THRESHOLD = 4.0
"""Pixels a press may wander and still be a click."""
LEAST = 6.0
"""Pixels of the widget that a box has at least across and down."""


class Hand(Protocol):
    """What a gesture may ask of the board and tell it."""

    view: PictureView
    linking: Linking | None
    drawn: QRectF | None

    @property
    def base(self) -> Scene | None: ...
    @property
    def caption(self) -> Caption | None: ...
    @property
    def layout_now(self) -> Layout: ...
    def look(self) -> Look: ...
    def choose(self, pick: Pick | None, words: range = ...) -> None: ...
    def propose(self, scene: Scene) -> None: ...
    def settle(self, made: Edit) -> None: ...
    def attempt(self, work: Callable[[], Edit]) -> None: ...
    def name_box(self, box: Box) -> None: ...
    def begin_rename(self, object: int) -> None: ...
    def panned(self, dx: float, dy: float) -> None: ...
    def redraw(self) -> None: ...


class Linking:
    """A link that is being drawn, by mouse or by keys.

    Attributes
    ----------
    source, target
        Where it begins and, once it is over something, where it would end; an object at one end, words at the other.
    at
        Where the mouse is; None by keys.
    """

    def __init__(self, source: Target, forbids: bool = False, at: QPointF | None = None) -> None:
        self.source, self.forbids, self.at = source, forbids, at
        self.target: Target | None = None

    @property
    def from_object(self) -> bool:
        """True if it begins at an object."""
        return self.source[0] == "a"

    def made(self, scene: Scene, caption: Caption) -> Edit | None:
        """The edit that it comes to, None while it ends nowhere."""
        if self.target is None:
            return None
        a, b = (self.source, self.target) if self.from_object else (self.target, self.source)
        return edit.join(scene, caption, a[1], b, self.forbids)


class Gesture:
    """From press to release; `moved` once it is no click any more."""

    def __init__(self, hand: Hand, start: QPointF) -> None:
        self.hand, self.start, self.moved = hand, start, False

    def move(self, at: QPointF) -> None:
        """The mouse moved."""
        if not self.moved and (at - self.start).manhattanLength() < THRESHOLD:
            return
        self.moved = True
        self.drag(at)

    def drag(self, at: QPointF) -> None:
        """Follow the mouse."""

    def release(self, at: QPointF) -> None:
        """The button came up."""

    def cancel(self) -> None:
        """Leave everything as it was."""


class Reshape(Gesture):
    """Moves a box, or some of its edges."""

    def __init__(self, hand: Hand, start: QPointF, object: int, edges: tuple[int, int]) -> None:
        super().__init__(hand, start)
        self.object, self.edges = object, edges
        self._made: Edit | None = None

    def drag(self, at: QPointF) -> None:
        base, scale = self.hand.base, self.hand.view.scale
        if base is None:
            return
        dx, dy = (at.x() - self.start.x()) / scale, (at.y() - self.start.y()) / scale
        if self.edges == (0, 0):
            self._made = edit.move(base, self.object, dx, dy)
        else:
            self._made = edit.resize(base, self.object, self.edges, dx, dy, LEAST / scale)
        self.hand.propose(self._made.scene)

    def release(self, at: QPointF) -> None:
        if self._made is not None:
            self.hand.settle(self._made)


class Draw(Gesture):
    """Draws a new box; its label is asked for before it becomes a step."""

    def drag(self, at: QPointF) -> None:
        self.hand.drawn = QRectF(self.start, at).normalized().intersected(self.hand.view.place)
        self.hand.redraw()

    def release(self, at: QPointF) -> None:
        hand, rect = self.hand, self.hand.drawn
        hand.drawn = None
        if rect is not None and min(rect.width(), rect.height()) >= LEAST:
            x0, y0 = hand.view.to_picture(rect.topLeft())
            x1, y1 = hand.view.to_picture(rect.bottomRight())
            hand.name_box(Box.between(x0, y0, x1, y1))
        hand.redraw()

    def cancel(self) -> None:
        self.hand.drawn = None
        self.hand.redraw()


class Link(Gesture):
    """Draws a link from a box to a word or back."""

    def __init__(self, hand: Hand, start: QPointF, source: Target, forbids: bool) -> None:
        super().__init__(hand, start)
        self.source, self.forbids = source, forbids

    def drag(self, at: QPointF) -> None:
        hand = self.hand
        linking = hand.linking or Linking(self.source, self.forbids)
        linking.at = at
        linking.target = _target(hand, at, linking.from_object)
        hand.linking = linking
        hand.redraw()

    def release(self, at: QPointF) -> None:
        hand = self.hand
        linking, hand.linking = hand.linking, None
        base, caption = hand.base, hand.caption
        if linking is not None and linking.target is not None and base is not None and caption is not None:
            made = linking.made(base, caption)
            if made is not None:
                hand.settle(made)
        hand.redraw()

    def cancel(self) -> None:
        self.hand.linking = None
        self.hand.redraw()


def _target(hand: Hand, at: QPointF, words: bool) -> Target | None:
    """What a link would end at: a word or phrase, or else an object."""
    if words:
        found = nearest_chip(hand.layout_now, at)
        if found is None:
            return None
        if found.pick is not None and found.pick.phrase is not None:
            return "b", found.pick.phrase
        return None if found.word is None else ("word", found.word)
    found = scene_hit(hand.layout_now, hand.view, at, Look())
    if found is None or found.pick is None or found.pick.object is None:
        return None
    return "a", found.pick.object


class Words(Gesture):
    """Selects words along the caption; dragged out of it, it draws a link instead."""

    def __init__(self, hand: Hand, start: QPointF, word: int, source: Target) -> None:
        super().__init__(hand, start)
        self.word = word
        self._link = Link(hand, start, source, False)

    def drag(self, at: QPointF) -> None:
        hand = self.hand
        if at.y() < hand.layout_now.strip.top():
            hand.choose(Pick(phrase=self._link.source[1]) if self._link.source[0] == "b" else None)
            self._link.drag(at)
            return
        self._link.cancel()
        found = nearest_chip(hand.layout_now, at)
        if found is not None and found.word is not None:
            first, last = sorted((self.word, found.word))
            hand.choose(None, range(first, last + 1))

    def release(self, at: QPointF) -> None:
        self._link.release(at)

    def cancel(self) -> None:
        self._link.cancel()


class Pan(Gesture):
    """Moves the picture."""

    def __init__(self, hand: Hand, start: QPointF) -> None:
        super().__init__(hand, start)
        self._last = start

    def drag(self, at: QPointF) -> None:
        self.hand.panned(at.x() - self._last.x(), at.y() - self._last.y())
        self._last = at


def gesture_at(hand: Hand, tool: str, hit: Hit | None, at: QPointF, extend: range) -> Gesture:
    """What a press of the left button begins, after selecting what is there.

    Parameters
    ----------
    extend
        Words selected before, which a press with Shift extends; empty without.
    """
    on_picture = hand.view.window.contains(at)
    if hit is not None and hit.part in ("phrase", "word") and hit.word is not None:
        source: Target = ("word", hit.word) if hit.pick is None or hit.pick.phrase is None else ("b", hit.pick.phrase)
        if extend:
            low, high = min(extend.start, hit.word), max(extend.stop - 1, hit.word)
            hand.choose(None, range(low, high + 1))
        elif hit.pick is None:
            hand.choose(None, range(hit.word, hit.word + 1))
        else:
            hand.choose(hit.pick)
        if tool in ("link", "forbid"):
            return Link(hand, at, source, tool == "forbid")
        return Words(hand, at, hit.word, source)
    if tool == "box" and on_picture and (hit is None or hit.part != "handle"):
        hand.choose(None)
        return Draw(hand, at)
    if hit is None or hit.pick is None:
        hand.choose(None)
        return Pan(hand, at)
    if hit.part != "handle":
        hand.choose(hit.pick)
    if hit.object is None:
        return Gesture(hand, at)
    if tool in ("link", "forbid"):
        return Link(hand, at, ("a", hit.object), tool == "forbid")
    if hit.part == "inside":
        return Link(hand, at, ("a", hit.object), False)
    return Reshape(hand, at, hit.object, hit.edges)
