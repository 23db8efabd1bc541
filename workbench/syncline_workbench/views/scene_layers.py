"""What the board keeps painted: all that stands still while the hand moves a box, chips, layers made bit by bit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import perf_counter

from PySide6.QtCore import QObject, QPointF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPixmap

from ..theme import theme
from .scene_layout import Layout
from .scene_links import Strand
from .scene_paint import Key, Look
from .scene_paint_chips import meanings, paint_chips

__all__ = ["BitByBit", "ChipsLayer", "StillLayer"]

SLICE = 0.012
"""Seconds of painting after which the window is heard."""


class BitByBit(QObject):
    """Works through an iterator, a few milliseconds a turn of the event loop."""

    ended = Signal()
    """All of it is done; it isn't told of what was dropped."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._steps: Iterator[None] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._turn)

    @property
    def active(self) -> bool:
        """True while there is something left to do."""
        return self._steps is not None

    def begin(self, steps: Iterator[None]) -> None:
        """Work through `steps`, in the place of what was begun before."""
        self.drop()
        self._steps = steps
        self._timer.start()

    def drop(self) -> None:
        """Leave it at that: painters within end as the iterator goes."""
        self._timer.stop()
        self._steps = None

    def _turn(self) -> None:
        steps, until = self._steps, perf_counter() + SLICE
        while steps is not None and perf_counter() < until:
            try:
                next(steps)
            except StopIteration:
                self.drop()
                self.ended.emit()
                return


class StillLayer:
    """The layer of all that stands still while a box moves.

    Whatever turns out to move as well, a link beside that makes room, say, is left out from then on.

    Attributes
    ----------
    loose
        What is not on the layer: to be painted over it.
    """

    def __init__(self) -> None:
        self.loose: set[Key] = set()
        self._layer: QPixmap | None = None
        self._layout: Layout | None = None
        self._of: tuple[list[Strand], float] | None = None

    def drop(self) -> None:
        """Things look different now."""
        self._layer = self._layout = self._of = None
        self.loose = set()

    def layer(
        self, layout: Layout, strands: list[Strand], light: float, paint: Callable[[set[Key]], QPixmap]
    ) -> QPixmap:
        """The layer for a layout.

        Parameters
        ----------
        strands
            What the layout's links were taken from.
        light
            What is left of the light of things that are not lit.
        paint
            Paints all but some things.
        """
        of = self._of
        if self._layout is None or of is None or of[0] is not strands or self._layout.caption is not layout.caption:
            self.drop()
            moved: set[Key] = set()
        else:
            moved = _moved(self._layout, layout) - self.loose
        if self._layer is None or moved or of is None or of[1] != light:
            self.loose |= moved
            self._layout, self._of = layout, (strands, light)
            self._layer = paint(self.loose)
        return self._layer


def _moved(old: Layout, new: Layout) -> set[Key]:
    """The objects and links that are not drawn where they were, or only in one of the two."""
    moved: set[Key] = {
        ("a", a)
        for a in old.boxes.keys() | new.boxes.keys()
        if old.boxes.get(a) != new.boxes.get(a) or old.tags.get(a) != new.tags.get(a)
    }
    were = {c.strand.pair: c for c in old.curves}
    for curve in new.curves:
        before = were.pop(curve.strand.pair, None)
        if before is None or before.bends != curve.bends or before.strand is not curve.strand:
            moved.add(("link", curve.strand.pair))
    return moved | {("link", pair) for pair in were}


class ChipsLayer:
    """The chips as they are while nothing is lit or selected, painted once for as long as they stay where they are."""

    def __init__(self) -> None:
        self._layer = QPixmap()
        self._of: tuple[object, ...] | None = None

    def paint(self, painter: QPainter, layout: Layout, look: Look, family: str) -> None:
        """Draw them."""
        room = layout.strip.adjusted(0, -4, 0, 4).toAlignedRect()
        meant = meanings(layout)
        of = (layout.caption, meant, family, look.ratio, theme().colours.name, room)
        if of != self._of:
            self._of = of
            self._layer = QPixmap(QSize(room.width(), room.height()) * look.ratio)
            self._layer.setDevicePixelRatio(look.ratio)
            self._layer.fill(Qt.GlobalColor.transparent)
            inner = QPainter(self._layer)
            inner.setRenderHint(QPainter.RenderHint.Antialiasing)
            inner.translate(-QPointF(room.topLeft()))
            paint_chips(inner, layout, look, family, meant)
            inner.end()
        painter.drawPixmap(room.topLeft(), self._layer)
