"""What a page shows when it is no matrix: a drawing that says how much room it needs and paints itself."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ...theme import theme

__all__ = ["Picture", "PictureView", "line_of", "small_of"]


class Picture(Protocol):
    """Something to look at."""

    def need(self, font: QFont, room: QSize) -> QSize:
        """Pixels it takes with text in `font`; `room` is what can be seen at once, and more has to be scrolled."""
        ...

    def paint(self, painter: QPainter, font: QFont, room: QSize) -> None:
        """Draw it as large as `need` said."""
        ...

    def spot(self, font: QFont, room: QSize) -> QPointF | None:
        """What of it must be in sight."""
        ...


def small_of(font: QFont) -> QFont:
    """`font` for what is read second."""
    out = QFont(font)
    if font.pixelSize() > 0:
        out.setPixelSize(max(round(font.pixelSize() * 0.85), 8))
    else:
        out.setPointSizeF(font.pointSizeF() * 0.85)
    return out


def line_of(font: QFont) -> float:
    """Height of a line in `font`."""
    return QFontMetricsF(font).height()


class PictureView(QWidget):
    """Shows a `Picture` in a scroll area; the room there is comes from outside, as a scrolled widget has none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture: Picture | None = None
        self._room = QSize(800, 240)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Picture of the step"))
        theme().changed.connect(self.update)

    def show_picture(self, picture: Picture | None, room: QSize, spoken: str = "") -> None:
        """Draw another one; `spoken` is what a screen reader says of it."""
        self.picture, self._room = picture, room
        self.setAccessibleDescription(spoken)
        self.updateGeometry()
        self.resize(self.sizeHint())
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(0, 0) if self.picture is None else self.picture.need(self.font(), self._room)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def spot(self) -> QPointF | None:
        """What must be in sight."""
        return None if self.picture is None else self.picture.spot(self.font(), self._room)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self.picture is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self.font())
        painter.fillRect(QRectF(self.rect()), QColor(theme().colours.stage))
        self.picture.paint(painter, self.font(), self._room)
        painter.end()
