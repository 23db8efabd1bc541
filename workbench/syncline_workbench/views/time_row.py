"""A row of the Segment workspace: its name in the gutter, a picture over the time axis, and the hand on it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from ..theme import theme
from .time_axis import GUTTER, TimeAxis

__all__ = ["TimeRow"]

FAR = 4
"""Pixels the mouse must move for a click to become a drag."""


class TimeRow(QWidget):
    """Draws one thing over the axis.

    The wheel pans, with Control it zooms at the cursor, and so do two fingers; a click seeks, a drag selects a
    stretch, the middle button moves what is seen.

    Parameters
    ----------
    axis
        Shared with all other rows; whoever lays the rows out sets its width.
    name
        What the row is called.
    height
        Pixels it would like to be high.
    """

    sought = Signal(float)
    selecting = Signal(float, float)
    """While a stretch is drawn: its ends in ascending order."""
    selected = Signal(float, float)
    """A stretch was drawn; both ends are alike if the hand was called back."""

    pointed = Signal(object, str)
    """The mouse is over a second, and what is there in words; None and it has left."""

    LEAST = 28

    def __init__(self, axis: TimeAxis, name: str, height: int = 90, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.axis, self.name, self.message = axis, name, ""
        self._wished = height
        self._from: tuple[float, float] | None = None
        self._dragging = False
        self._panned: float | None = None
        self.setAccessibleName(name)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setMinimumHeight(self.LEAST)
        axis.changed.connect(self.update)
        theme().changed.connect(self.recolour)

    def sizeHint(self) -> QSize:
        return QSize(400, self._wished)

    def area(self) -> QRectF:
        """Where the picture is."""
        return QRectF(GUTTER, 0, self.axis.width, self.height())

    def stop(self) -> None:
        """Ask for nothing more: the row is about to go."""

    def recolour(self) -> None:
        """Draw anew in the colours of the present theme."""
        self.update()

    def say(self, message: str) -> None:
        """Show a sentence in place of a picture."""
        self.message = message
        self.setAccessibleDescription(message)
        self.update()

    # -- painting ----------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, clip = QPainter(self), QRectF(event.rect())
        try:
            self._paint(painter, self.area(), clip)
        finally:
            # Qt takes the process with it if a painter is left behind by an exception.
            painter.end()

    def _paint(self, painter: QPainter, area: QRectF, clip: QRectF) -> None:
        painter.fillRect(clip, QColor(theme().colours.stage))
        if clip.left() < area.left():
            self.paint_gutter(painter, QRectF(0, 0, area.left(), area.height()))
        painter.setClipRect(area.intersected(clip))
        if self.message:
            painter.setFont(self.small_font(12))
            painter.setPen(QColor(theme().colours.muted))
            painter.drawText(area, _WRAPPED, self.message)
        elif clip.right() > area.left():
            self.paint_picture(painter, area, clip)

    def paint_picture(self, painter: QPainter, area: QRectF, clip: QRectF) -> None:
        """Draw what lies over the axis, at least where `clip` is."""
        raise NotImplementedError

    def paint_gutter(self, painter: QPainter, gutter: QRectF) -> None:
        """Draw what stands to the left: the name."""
        self.paint_name(painter, gutter)

    def paint_name(self, painter: QPainter, box: QRectF) -> None:
        """Write the name in the middle of `box`, upright if it is too narrow."""
        font = self.small_font()
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        painter.setPen(QColor(theme().colours.muted))
        if metrics.horizontalAdvance(self.name) <= box.width() - 7 or box.height() < 60:
            text = metrics.elidedText(self.name, Qt.TextElideMode.ElideRight, box.width() - 7)
            painter.drawText(box.adjusted(6, 0, 0, 0), _LEFT, text)
            return
        painter.save()
        painter.translate(box.left() + 3, box.center().y())
        painter.rotate(-90)
        high = metrics.height()
        text = metrics.elidedText(self.name, Qt.TextElideMode.ElideRight, box.height() - 8)
        painter.drawText(QRectF(-box.height() / 2, 0, box.height(), high), _CENTRED, text)
        painter.restore()

    def small_font(self, size: int = 10) -> QFont:
        """The font of names and scales."""
        font = QFont(self.font())
        font.setPixelSize(size)
        return font

    # -- the hand ----------------------------------------------------------------------------------

    def time_at(self, x: float) -> float:
        """Seconds under a pixel of this widget, within the recording."""
        return min(max(self.axis.to_time(x - GUTTER), self.axis.first), self.axis.last)

    def wheelEvent(self, event: QWheelEvent) -> None:
        turn, fine = event.angleDelta(), event.pixelDelta()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.axis.zoom(2.0 ** (-(turn.y() or turn.x()) / 360), self.time_at(event.position().x()))
        else:
            by = fine if not fine.isNull() else turn / 2
            self.axis.pan(-(by.x() + by.y()) * self.axis.per_pixel)
        event.accept()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self.axis.zoom(1 / max(1 + event.value(), 0.1), self.time_at(event.position().x()))
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        x = event.position().x()
        if event.button() == Qt.MouseButton.MiddleButton:
            self._panned = x
        elif event.button() == Qt.MouseButton.LeftButton and GUTTER <= x <= GUTTER + self.axis.width:
            self._from, self._dragging = (x, self.time_at(x)), False
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        x = event.position().x()
        if self._panned is not None:
            self.axis.pan((self._panned - x) * self.axis.per_pixel)
            self._panned = x
        elif self._from is not None:
            self._dragging = self._dragging or abs(x - self._from[0]) >= FAR
            if self._dragging:
                self.drag(self._from[1], self.time_at(x))
        time = self.time_at(x)
        self.pointed.emit(time, self.words_at(time, event.position().y()) if x >= GUTTER else "")

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.pointed.emit(None, "")

    def words_at(self, time: float, y: float) -> str:
        """What the row shows at a second, `y` pixels from the top; empty if there is nothing to say."""
        return ""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.MiddleButton:
            self._panned = None
        elif event.button() == Qt.MouseButton.LeftButton and self._from is not None:
            start, self._from = self._from[1], None
            if self._dragging:
                self.drop(start, self.time_at(event.position().x()))
            else:
                self.sought.emit(start)

    def drag(self, start: float, end: float) -> None:
        """The hand has moved from one second to another."""
        self.selecting.emit(min(start, end), max(start, end))

    def drop(self, start: float, end: float) -> None:
        """The hand has let go."""
        self.selected.emit(min(start, end), max(start, end))

    @property
    def in_hand(self) -> bool:
        """True while a stretch is being drawn here."""
        return self._from is not None and self._dragging

    def abandon(self) -> None:
        """Call the hand back."""
        self._from, self._dragging = None, False

    def to_x(self, time: float) -> float:
        """Pixel of this widget."""
        return GUTTER + self.axis.to_x(time)

    def line(self, painter: QPainter, time: float, colour: QColor) -> None:
        """An upright line at a second."""
        x = self.to_x(time)
        painter.setPen(colour)
        painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))


_LEFT = int(Qt.AlignmentFlag.AlignLeft) | int(Qt.AlignmentFlag.AlignVCenter)
_CENTRED = int(Qt.AlignmentFlag.AlignCenter)
_WRAPPED = _CENTRED | int(Qt.TextFlag.TextWordWrap)
