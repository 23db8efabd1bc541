"""What lies over all rows: the playhead, a boundary in hand, and the stretch that is selected."""

from __future__ import annotations

from math import ceil, floor

from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from ..theme import DARK, theme
from .time_axis import GUTTER, TimeAxis

__all__ = ["TimeLines"]


class TimeLines(QWidget):
    """Lies over the rows, seen through and clicked through."""

    def __init__(self, axis: TimeAxis, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.axis = axis
        self.playhead: float | None = None
        self.boundary: float | None = None
        self.selection: tuple[float, float] | None = None
        self._focused = False
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        axis.changed.connect(self.update)
        theme().changed.connect(self.update)

    def set_playhead(self, time: float | None) -> None:
        """Move the playhead."""
        old, self.playhead = self.playhead, time
        if old != time:
            self._update(old, 7)
            self._update(time, 7)

    def set_boundary(self, time: float | None) -> None:
        """Move the boundary that is in hand."""
        old, self.boundary = self.boundary, time
        if old != time:
            self._update(old, 3)
            self._update(time, 3)

    def set_selection(self, stretch: tuple[float, float] | None) -> None:
        """Select another stretch."""
        if stretch != self.selection:
            self.selection = stretch
            self.update()

    def set_focused(self, on: bool) -> None:
        """Draw a frame: keys act on the rows."""
        if on != self._focused:
            self._focused = on
            self.update()

    def _x(self, time: float) -> float:
        return GUTTER + self.axis.to_x(time)

    def _sharp(self, time: float | None) -> float:
        """The middle of the device pixel that a second is in."""
        ratio = self.devicePixelRatioF()
        return (floor(self._x(time or 0.0) * ratio) + 0.5) / ratio

    def _update(self, time: float | None, around: int) -> None:
        # Only a narrow strip is drawn again, of what lies below too: a playhead moves sixty times a second.
        if time is not None and self.axis.start <= time <= self.axis.end:
            x = self._x(time)
            self.update(QRect(floor(x) - around, 0, ceil(x) - floor(x) + 2 * around, self.height()))

    def paintEvent(self, event: QPaintEvent) -> None:
        c, height = theme().colours, float(self.height())
        painter = QPainter(self)
        if self._focused:
            painter.setPen(QPen(QColor(c.accent), 2))
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        painter.setClipRect(QRectF(GUTTER - 6, 0, self.axis.width + 12, height).intersected(QRectF(event.rect())))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.selection is not None:
            start, end = (self._x(min(max(t, self.axis.start), self.axis.end)) for t in self.selection)
            shade = QColor(c.accent)
            shade.setAlpha(56)
            painter.fillRect(QRectF(start, 0, end - start, height), shade)
            painter.setPen(QPen(QColor(c.accent), 1))
            painter.drawLines([QLineF(x, 0, x, height) for t, x in zip(self.selection, (start, end), strict=True)
                               if self.axis.start <= t <= self.axis.end])  # fmt: skip
        if self._seen(self.playhead):
            x = self._sharp(self.playhead)
            # A dark edge keeps the light line visible over bright pictures, in both themes.
            painter.setPen(QPen(QColor(0, 0, 0, 130), 3))
            painter.drawLine(QPointF(x, 0), QPointF(x, height))
            painter.setPen(QPen(QColor(DARK.text), 1.2))
            painter.drawLine(QPointF(x, 0), QPointF(x, height))
            painter.setPen(QPen(QColor(0, 0, 0, 130), 1))
            painter.setBrush(QColor(DARK.text))
            painter.drawPolygon(QPolygonF([QPointF(x - 5, 0), QPointF(x + 5, 0), QPointF(x, 7)]))
        if self._seen(self.boundary):
            x = self._sharp(self.boundary)
            painter.setPen(QPen(QColor(0, 0, 0, 120), 3.2))
            painter.drawLine(QPointF(x, 0), QPointF(x, height))
            stroke = QPen(QColor(DARK.bad), 1.6)
            stroke.setDashPattern([3.0, 2.5])
            painter.setPen(stroke)
            painter.drawLine(QPointF(x, 0), QPointF(x, height))
        painter.end()

    def _seen(self, time: float | None) -> bool:
        return time is not None and self.axis.start <= time <= self.axis.end
