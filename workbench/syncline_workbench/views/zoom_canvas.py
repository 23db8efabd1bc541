"""What can be zoomed and panned: wheel, gesture and keys, and layers to paint on."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QNativeGestureEvent, QPixmap, QWheelEvent
from PySide6.QtWidgets import QWidget

from ..theme import theme

__all__ = ["ZoomCanvas"]


class ZoomCanvas(QWidget):
    """Zooms with Control and the wheel or two fingers, pans with the wheel."""

    view_changed = Signal()
    """Zoom or pan: other places are shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme().changed.connect(self.refresh)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def refresh(self, front_only: bool = False) -> None:
        """Draw again: everything, or only what lies on the picture."""
        raise NotImplementedError

    def zoom(self, by: float, at: QPointF) -> None:
        """Magnify with the pixel `at` held fast."""
        raise NotImplementedError

    def middle(self) -> QPointF:
        """The middle of what is shown."""
        raise NotImplementedError

    def wheeled(self, by: QPoint, at: QPointF) -> bool:
        """Move what is under the pixel `at`; False if there is nothing to move."""
        raise NotImplementedError

    def zoom_in(self) -> None:
        """Magnify around the middle of what is shown."""
        self.zoom(1.5, self.middle())

    def zoom_out(self) -> None:
        """Show more."""
        self.zoom(1 / 1.5, self.middle())

    def wheelEvent(self, event: QWheelEvent) -> None:
        turn, at = event.angleDelta(), event.position()
        by = event.pixelDelta() if not event.pixelDelta().isNull() else turn / 2
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(2.0 ** ((turn.y() or turn.x()) / 360), at)
            event.accept()
            return
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            by = by.transposed()
        event.setAccepted(self.wheeled(by, at))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self.zoom(1 + event.value(), event.position())
            return True
        return super().event(event)

    def new_layer(self, ratio: float) -> QPixmap:
        """Something as large as the widget to paint on, `ratio` pixels to one of the widget's."""
        layer = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        layer.setDevicePixelRatio(ratio)
        return layer
