"""Match without pictures: an invitation to drop some, open some, or look at the examples."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QWidget

from ..theme import theme
from .invitation import Invitation, Sketch
from .plain import button

__all__ = ["MatchWelcome"]

_WORDS = ("a", "cat", "with", "green", "eyes")
_LINKS = ((0.17, 1), (0.79, 4))
"""Where along a picture a curve begins, and the word it ends at."""


class _Sketch(Sketch):
    """A picture, words, and curves between the two: what the workspace is about."""

    def asked(self) -> str:
        return self.tr("Drop pictures or a folder here")

    def draw(self, painter: QPainter, frame: QRectF, high: int) -> None:
        c = theme().colours
        words = [self.tr(w) for w in _WORDS]
        widths = [painter.fontMetrics().horizontalAdvance(w) + 24 for w in words]
        left = (self.width() - sum(widths) - 8 * (len(words) - 1)) / 2
        chips: list[QRectF] = []
        for width in widths:
            chips.append(QRectF(left, self.height() - high - 1.5, width, high))
            left += width + 8
        hues = (QColor(c.a), QColor(c.b))
        for (share, word), hue in zip(_LINKS, hues, strict=True):
            self._link(painter, frame, chips[word], share, hue)
        linked = {word: hue for (_share, word), hue in zip(_LINKS, hues, strict=True)}
        for k, (chip, word) in enumerate(zip(chips, words, strict=True)):
            painter.setPen(QPen(linked.get(k, QColor(c.border)), 2 if k in linked else 1))
            painter.setBrush(QColor(c.raised))
            painter.drawRoundedRect(chip, 6, 6)
            painter.setPen(QColor(c.text if k in linked else c.muted))
            painter.drawText(chip, int(Qt.AlignmentFlag.AlignCenter), word)

    def _link(self, painter: QPainter, frame: QRectF, chip: QRectF, share: float, hue: QColor) -> None:
        box = QRectF(0, 0, frame.width() * 0.2, frame.height() * 0.4)
        box.moveCenter(frame.topLeft())
        box.translate(frame.width() * share, frame.height() * 0.64)
        start, end = box.bottomLeft() + (box.bottomRight() - box.bottomLeft()) / 2, chip.center()
        end.setY(chip.top())
        bend = (end.y() - start.y()) * 0.6
        painter.setPen(QPen(hue, 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box)
        path = QPainterPath(start)
        path.cubicTo(start + QPointF(0, bend), end - QPointF(0, bend), end)
        painter.drawPath(path)


class MatchWelcome(Invitation):
    """What the Match workspace shows while it has no picture."""

    pictures_requested = Signal()
    folder_requested = Signal()
    examples_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_Sketch(330, 50), parent)
        self.pictures = button(self.tr("Open pictures…"))
        self.folder = button(self.tr("Open a folder…"))
        self.examples = button(self.tr("Open the examples"), "primary")
        self.pictures.clicked.connect(self.pictures_requested)
        self.folder.clicked.connect(self.folder_requested)
        self.examples.clicked.connect(self.examples_requested)
        self.lay_out(self.tr("See what each word means in a picture"), (self.pictures, self.folder, self.examples))
