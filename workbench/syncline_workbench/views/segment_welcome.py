"""Segment without recordings: an invitation to drop one, open one, or look at the example."""

from __future__ import annotations

from math import exp, sin

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget

from ..theme import theme
from .invitation import Invitation, Sketch
from .plain import button

__all__ = ["SegmentWelcome"]

_WORDS = ((0.07, 0.14, "a"), (0.19, 0.4, "woman"), (0.45, 0.53, "is"), (0.58, 0.86, "throwing"))
"""Where along the sketch a piece begins and ends, and what it says."""


class _Sketch(Sketch):
    """A wave, and pieces below that say what it holds."""

    def asked(self) -> str:
        return self.tr("Drop a recording here")

    def draw(self, painter: QPainter, frame: QRectF, high: int) -> None:
        c = theme().colours
        self._wave(painter, frame)
        hue = QColor(c.a)
        for first, last, word in _WORDS:
            left, width = frame.left() + frame.width() * first, frame.width() * (last - first)
            chip = QRectF(left, self.height() - high - 1.5, width, high)
            painter.setPen(QPen(hue, 2))
            painter.setBrush(QColor(c.raised))
            painter.drawRoundedRect(chip, 6, 6)
            line = QColor(c.border)
            painter.setPen(QPen(line, 1, Qt.PenStyle.DotLine))
            for x in (chip.left(), chip.right()):
                painter.drawLine(QPointF(x, frame.top() + frame.height() * 0.5), QPointF(x, chip.top()))
            painter.setPen(QColor(c.text))
            painter.drawText(chip, int(Qt.AlignmentFlag.AlignCenter), self.tr(word))

    @staticmethod
    def _wave(painter: QPainter, frame: QRectF) -> None:
        """As loud as the pieces are long."""
        hue = QColor(theme().colours.a)
        hue.setAlphaF(0.75)
        painter.setPen(QPen(hue, 1.6))
        base, tall = frame.top() + frame.height() * 0.68, frame.height() * 0.2
        for k in range(int(frame.width() // 4)):
            at = k * 4 / frame.width()
            loud = sum(
                exp(-(((at - (first + last) / 2) / (0.42 * (last - first))) ** 4)) for first, last, _word in _WORDS
            )
            size = tall * (0.04 + loud * (0.55 + 0.45 * sin(23 * at) * sin(97 * at)))
            x = frame.left() + k * 4 + 2
            painter.drawLine(QPointF(x, base - size), QPointF(x, base + size))


class SegmentWelcome(Invitation):
    """What the Segment workspace shows while it has no recording."""

    open_requested = Signal()
    example_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_Sketch(300, 24), parent)
        self.open = button(self.tr("Open recording…"))
        self.example = button(self.tr("Open the example"), "primary")
        self.open.clicked.connect(self.open_requested)
        self.example.clicked.connect(self.example_requested)
        self.lay_out(
            self.tr("See where every piece of a recording begins and ends"),
            (self.open, self.example),
            self.tr("Speech and its transcript, music, video, motion, or any sequence of features"),
        )
