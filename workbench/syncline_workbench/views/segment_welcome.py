"""Segment without recordings: an invitation to drop one, open one, or look at the example."""

from __future__ import annotations

from math import exp, sin

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from ..theme import theme
from .plain import button, label
from .sources import dropped_files

__all__ = ["SegmentWelcome"]

_WORDS = ((0.07, 0.14, "a"), (0.19, 0.4, "woman"), (0.45, 0.53, "is"), (0.58, 0.86, "throwing"))
"""Where along the sketch a piece begins and ends, and what it says."""


class _Sketch(QWidget):
    """A wave, and pieces below that say what it holds."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(320, 200)
        self.setMaximumSize(620, 300)
        self.over = False
        theme().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(560, 280)

    def paintEvent(self, _event: QPaintEvent) -> None:
        c = theme().colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * 1.15)
        painter.setFont(font)
        high = painter.fontMetrics().height() + 12
        frame = QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -high - 24)
        edge, fill = QColor(c.accent), QColor(c.accent)
        edge.setAlphaF(1.0 if self.over else 0.6)
        fill.setAlphaF(0.16 if self.over else 0.06)
        pen = QPen(edge, 2 if self.over else 1.5)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setDashPattern([3.0, 4.0])
        painter.setPen(pen)
        painter.setBrush(fill)
        painter.drawRoundedRect(frame, 14, 14)
        painter.setPen(QColor(c.text))
        upper = frame.adjusted(0, 0, 0, -frame.height() * 0.55)
        painter.drawText(upper, int(Qt.AlignmentFlag.AlignCenter), self.tr("Drop a recording here"))
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
        painter.end()

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


class SegmentWelcome(QWidget):
    """What the Segment workspace shows while it has no recording."""

    open_requested = Signal()
    example_requested = Signal()
    files_dropped = Signal(list)
    """Paths."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("welcome")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAcceptDrops(True)
        title = label(self.tr("See where every piece of a recording begins and ends"), "title")
        title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.sketch = _Sketch(self)
        words = label(self.tr("Speech and its transcript, music, video, motion, or any sequence of features"), "muted")
        words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.open = button(self.tr("Open recording…"))
        self.example = button(self.tr("Open the example"), "primary")
        self.open.clicked.connect(self.open_requested)
        self.example.clicked.connect(self.example_requested)
        middle, buttons = QHBoxLayout(), QHBoxLayout()
        for row, parts in ((middle, (self.sketch,)), (buttons, (self.open, self.example))):
            row.setSpacing(8)
            row.addStretch(1)
            for part in parts:
                row.addWidget(part, 6 if part is self.sketch else 0)
            row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(16)
        column.addStretch(2)
        column.addWidget(title)
        column.addLayout(middle, 8)
        column.addWidget(words)
        column.addLayout(buttons)
        column.addStretch(3)

    def _hover(self, over: bool) -> None:
        self.sketch.over = over
        self.sketch.update()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_files(event.mimeData()):
            event.acceptProposedAction()
            self._hover(over=True)

    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:
        self._hover(over=False)

    def dropEvent(self, event: QDropEvent) -> None:
        self._hover(over=False)
        files = dropped_files(event.mimeData())
        if files:
            event.acceptProposedAction()
            self.files_dropped.emit(files)
