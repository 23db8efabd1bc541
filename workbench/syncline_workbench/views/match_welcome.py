"""Match without pictures: an invitation to drop some, open some, or look at the examples."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from ..theme import theme
from .plain import button, label
from .sources import dropped_files

__all__ = ["MatchWelcome"]

_WORDS = ("a", "cat", "with", "green", "eyes")
_LINKS = ((0.17, 1), (0.79, 4))
"""Where along a picture a curve begins, and the word it ends at."""


class _Sketch(QWidget):
    """A picture, words, and curves between the two: what the workspace is about."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(320, 200)
        self.setMaximumSize(620, 330)
        self.over = False
        theme().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(560, 300)

    def paintEvent(self, _event: QPaintEvent) -> None:
        c = theme().colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        words = [self.tr(w) for w in _WORDS]
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * 1.15)
        painter.setFont(font)
        high = painter.fontMetrics().height() + 12
        frame = QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -high - 50)
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
        upper = frame.adjusted(0, 0, 0, -frame.height() * 0.56)
        painter.drawText(upper, int(Qt.AlignmentFlag.AlignCenter), self.tr("Drop pictures or a folder here"))
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
        painter.end()

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


class MatchWelcome(QWidget):
    """What the Match workspace shows while it has no picture."""

    pictures_requested = Signal()
    folder_requested = Signal()
    examples_requested = Signal()
    files_dropped = Signal(list)
    """Paths."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("welcome")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAcceptDrops(True)
        title = label(self.tr("See what each word means in a picture"), "title")
        title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.sketch = _Sketch(self)
        self.pictures = button(self.tr("Open pictures…"))
        self.folder = button(self.tr("Open a folder…"))
        self.examples = button(self.tr("Open the examples"), "primary")
        self.pictures.clicked.connect(self.pictures_requested)
        self.folder.clicked.connect(self.folder_requested)
        self.examples.clicked.connect(self.examples_requested)
        middle, buttons = QHBoxLayout(), QHBoxLayout()
        for row, parts in ((middle, (self.sketch,)), (buttons, (self.pictures, self.folder, self.examples))):
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
