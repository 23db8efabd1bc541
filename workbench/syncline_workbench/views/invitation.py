"""What a workspace shows while it has nothing: a sketch of what it is about, to drop files on, and ways to begin."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from ..theme import theme
from .plain import label
from .sources import dropped_files

__all__ = ["Invitation", "Sketch"]


class Sketch(QWidget):
    """A dashed frame for files, with words below it; what is drawn in it says what the workspace is about.

    Parameters
    ----------
    height
        Pixels that it takes at most.
    below
        Pixels between the frame and the words.
    """

    def __init__(self, height: int, below: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(320, 200)
        self.setMaximumSize(620, height)
        self.over = False
        """Files are held over it."""
        self._height, self._below = height, below
        theme().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(560, self._height - 20)

    def paintEvent(self, _event: QPaintEvent) -> None:
        c = theme().colours
        painter = QPainter(self)
        try:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            font = self.font()
            font.setPointSizeF(font.pointSizeF() * 1.15)
            painter.setFont(font)
            high = painter.fontMetrics().height() + 12
            frame = QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -high - self._below)
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
            painter.drawText(upper, int(Qt.AlignmentFlag.AlignCenter), self.asked())
            self.draw(painter, frame, high)
        finally:
            painter.end()

    def asked(self) -> str:
        """What to drop here."""
        raise NotImplementedError

    def draw(self, painter: QPainter, frame: QRectF, high: int) -> None:
        """Draw into the frame, and words of that height below it."""
        raise NotImplementedError


class Invitation(QWidget):
    """A title, a sketch, and buttons."""

    files_dropped = Signal(list)
    """Paths."""

    def __init__(self, sketch: Sketch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("welcome")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAcceptDrops(True)
        self.sketch = sketch

    def lay_out(self, title: str, buttons: Sequence[QPushButton], words: str = "") -> None:
        """Put the title above the sketch, and words and buttons below."""
        middle, below = QHBoxLayout(), QHBoxLayout()
        for row, parts in ((middle, (self.sketch,)), (below, buttons)):
            row.setSpacing(8)
            row.addStretch(1)
            for part in parts:
                row.addWidget(part, 6 if part is self.sketch else 0)
            row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(16)
        column.addStretch(2)
        column.addWidget(label(title, "title"), 0, Qt.AlignmentFlag.AlignHCenter)
        column.addLayout(middle, 8)
        if words:
            column.addWidget(label(words, "muted"), 0, Qt.AlignmentFlag.AlignHCenter)
        column.addLayout(below)
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
