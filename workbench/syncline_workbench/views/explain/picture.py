"""What a page shows when it is no matrix: a drawing that says how much room it needs and paints itself."""

from __future__ import annotations

from math import floor
from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ...theme import theme

__all__ = ["Picture", "PictureView", "line_of", "small_of"]

SCALES = (1.0, 0.93, 0.86, 0.8, 0.74)
"""How much smaller a picture is drawn at most; letters of less would be guessed rather than read."""


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
    """Shows a `Picture` in a scroll area; the room there is comes from outside, as a scrolled widget has none.

    One that needs a little more room than there is, is drawn smaller; only of what would be too small to read, part is
    scrolled to.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture: Picture | None = None
        self._room, self._scale = QSize(800, 240), 1.0
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Picture of the step"))
        theme().changed.connect(self.update)

    def show_picture(self, picture: Picture | None, room: QSize, spoken: str = "") -> None:
        """Draw another one; `spoken` is what a screen reader says of it."""
        self.picture, self._room, self._scale = picture, room, 1.0
        if picture is not None:
            for scale in SCALES:
                self._scale, larger = scale, room / scale
                need = picture.need(self.font(), larger)
                if need.height() <= larger.height() and need.width() <= larger.width():
                    break
        self.setAccessibleDescription(spoken)
        self.updateGeometry()
        self.resize(self.sizeHint())
        self.update()

    def sizeHint(self) -> QSize:
        if self.picture is None:
            return QSize(0, 0)
        need = QSizeF(self.picture.need(self.font(), self._inner)) * self._scale
        return QSize(floor(need.width()), floor(need.height()))

    @property
    def _inner(self) -> QSize:
        """The room as the picture, which is drawn smaller, sees it."""
        return self._room / self._scale

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def spot(self) -> QPointF | None:
        """What must be in sight."""
        spot = None if self.picture is None else self.picture.spot(self.font(), self._inner)
        return None if spot is None else spot * self._scale

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self.picture is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self.font())
        painter.fillRect(QRectF(self.rect()), QColor(theme().colours.stage))
        painter.scale(self._scale, self._scale)
        self.picture.paint(painter, self.font(), self._inner)
        painter.end()
