"""Docks for panels that carry their own heading: no title bar, only a grip to drag them by."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QEnterEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QDockWidget, QFrame, QMainWindow, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from .theme import theme

__all__ = ["dock"]


class Grip(QWidget):
    """A thin strip above a panel; drag to move the panel, double-click to float it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._over = False
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(40, 8)

    def minimumSizeHint(self) -> QSize:
        return QSize(40, 8)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._over = True
        self.update()

    def leaveEvent(self, event: object) -> None:
        self._over = False
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        c = theme().colours
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(c.window))
        if self._over:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(c.muted))
            for k in range(-2, 3):
                painter.drawEllipse(QPointF(self.width() / 2 + 6 * k, self.height() / 2 + 0.5), 1.4, 1.4)


def dock(window: QMainWindow, name: str, title: str, panel: QWidget, scrolls: int = 0) -> QDockWidget:
    """Wrap `panel` in a dock called `name`; with `scrolls` (its least width) it may be lower than its content."""
    out = QDockWidget(title, window)
    out.setObjectName(name)
    out.setTitleBarWidget(Grip(out))
    if scrolls:
        area = QScrollArea(out)
        area.setAccessibleName(title)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(panel)
        column.addStretch(1)
        area.setWidget(inside)
        # A scroll area asks for nothing sideways, and the panel would be cut off.
        area.setMinimumWidth(scrolls)
        out.setWidget(area)
    else:
        out.setWidget(panel)
    return out
