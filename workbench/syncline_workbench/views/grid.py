"""Several recordings beside one another, each where it is at one moment of a common clock."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from syncline.media import FrameBudget
from syncline.model import Media
from syncline.model.media import nearest

from ..jobs import Jobs
from ..theme import mono, theme
from .clock import format_time
from .frame_view import FrameSide
from .waveform_view import CurveSide, OutlineSide, WaveSide, paint_axis

__all__ = ["RecordingGrid"]

GAP = 6
SPAN = 10.0
"""Seconds of sound or of curves that a cell shows."""
NAME = 24
NUDGE = 0.01
"""Seconds by which one without frames is moved at a time."""
FAR = 10
"""Steps at once while Shift is held."""
_NOTCH = 120


class RecordingGrid(QWidget):
    """A cell a recording: its picture, or its curve around the moment; its name and its time below.

    The wheel over a cell, or the arrow keys for the chosen one, move that recording alone.
    """

    updated = Signal()
    """A cell got its picture or its curve."""
    nudged = Signal(int)
    """Recording k was moved alone; `seconds` say where it is."""

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self.sides: list[FrameSide | OutlineSide] = []
        self.seconds: list[float] = []
        self._own = -1
        self.chosen = 0
        self._turned = 0
        self.setMinimumSize(480, 270)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(self.tr("Recordings at one moment"))
        theme().changed.connect(self.update)

    def set_media(self, media: Sequence[Media], cache_bytes: int, reference: int | None = None) -> None:
        """Show these; together they may keep so many bytes of decoded pictures. The reference's name stands out."""
        self.close_media()
        frames = FrameBudget(cache_bytes)
        self._own = -1 if reference is None else reference
        for medium in media:
            side: FrameSide | OutlineSide
            if medium.kind == "video":
                side = FrameSide(medium, frames, self)
            else:
                side = (WaveSide if medium.kind == "audio" else CurveSide)(medium, self._jobs, self)
            side.updated.connect(self._on_updated)
            self.sides.append(side)
        self.seconds = [0.0] * len(self.sides)
        self.chosen = min(self.chosen, max(len(self.sides) - 1, 0))
        self.update()

    def close_media(self) -> None:
        """Stop decoding."""
        for side in self.sides:
            side.close()
            side.deleteLater()
        self.sides = []

    def show_times(self, seconds: Sequence[float]) -> None:
        """Go where every recording is, in seconds of its own."""
        self.seconds = list(seconds)
        self._request()
        self.update()

    def _on_updated(self) -> None:
        self.update()
        self.updated.emit()

    def _request(self) -> None:
        ratio = self.devicePixelRatioF()
        for k, (side, at) in enumerate(zip(self.sides, self.seconds, strict=True)):
            if isinstance(side, FrameSide):
                times = side.media.frame_times
                assert times is not None
                box = side.target(self._inside(k), ratio)
                size = QSize(round(box.width() * ratio), round(box.height() * ratio))
                side.show_frame(int(nearest(times, at)), size)

    # -- one alone ---------------------------------------------------------------------------------

    def nudge(self, k: int, steps: int) -> None:
        """Move one recording by frames, or by hundredths of a second."""
        medium = self.sides[k].media
        times = medium.frame_times if medium.kind == "video" else None
        if times is None:
            self.seconds[k] = min(max(self.seconds[k] + steps * NUDGE, 0.0), medium.duration)
        else:
            self.seconds[k] = float(times[min(max(int(nearest(times, self.seconds[k])) + steps, 0), len(times) - 1)])
        self._request()
        self.update()
        self.nudged.emit(k)

    def _choose(self, k: int) -> None:
        self.chosen = k
        self.update()

    def _at(self, place: QPointF) -> int | None:
        return next((k for k in range(len(self.sides)) if self.cell(k).contains(place)), None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        k = self._at(event.position())
        if k is not None:
            self._choose(k)
        super().mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        k = self._at(event.position())
        self._turned += event.angleDelta().y()
        # A touchpad sends many small turns.
        steps = int(self._turned / _NOTCH)
        self._turned -= steps * _NOTCH
        if k is not None and steps:
            self._choose(k)
            self.nudge(k, -steps * self._stride(event.modifiers()))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        over = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        if self.sides and event.key() in keys:
            self.nudge(self.chosen, keys[Qt.Key(event.key())] * self._stride(event.modifiers()))
        elif self.sides and event.key() in over:
            self._choose((self.chosen + over[Qt.Key(event.key())]) % len(self.sides))
        else:
            super().keyPressEvent(event)

    @staticmethod
    def _stride(modifiers: Qt.KeyboardModifier) -> int:
        return FAR if modifiers & Qt.KeyboardModifier.ShiftModifier else 1

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    # -- places ------------------------------------------------------------------------------------

    def cell(self, k: int) -> QRectF:
        """The part of the surface that shows recording k, its name included."""
        columns = self._columns()
        width, height = self._size(columns)
        return QRectF((k % columns) * (width + GAP), (k // columns) * (height + GAP), width, height)

    def _size(self, columns: int) -> tuple[float, float]:
        """Width and height of a cell, names included, in a grid of so many columns."""
        lines = math.ceil(max(len(self.sides), 1) / columns)
        whole = QRectF(self.rect())
        return (whole.width() - (columns - 1) * GAP) / columns, (whole.height() - (lines - 1) * GAP) / lines

    def _columns(self) -> int:
        """As many as make the pictures largest; of several the fewest."""

        def covered(columns: int) -> float:
            width, height = self._size(columns)
            height -= NAME
            shapes = [s.media.video for s in self.sides]
            scales = (min(width / v.width, height / v.height) ** 2 * v.width * v.height if v else 0.0 for v in shapes)
            return sum(scales) or min(width, height)

        return max(range(1, max(len(self.sides), 1) + 1), key=covered)

    def _inside(self, k: int) -> QRectF:
        return self.cell(k).adjusted(0, 0, 0, -NAME)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._request()

    # -- painting ----------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        c = theme().colours
        painter.fillRect(self.rect(), QColor(c.window))
        if not self.sides:
            painter.setPen(QColor(c.muted))
            words = self.tr("Choose two recordings or more of the same course of events.")
            painter.drawText(QRectF(self.rect()), int(_MIDDLE), words)
        ratio = self.devicePixelRatioF()
        for k, (side, at) in enumerate(zip(self.sides, self.seconds, strict=True)):
            inside = self._inside(k)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor("#000000") if isinstance(side, FrameSide) else QColor(c.stage))
            painter.drawRoundedRect(inside, 4, 4)
            painter.save()
            painter.setClipRect(inside)
            if isinstance(side, FrameSide):
                side.paint(painter, side.target(inside, ratio), ratio)
            else:
                edges = at + SPAN * (np.linspace(0, 1, max(round(inside.width()), 2)) - 0.5)
                side.paint(painter, inside, edges, QColor(c.a))
                paint_axis(painter, inside, edges, at)
            if side.message or side.missing:
                painter.setPen(QColor(c.muted))
                painter.setFont(self.font())
                words = side.message or self.tr("The file is not where it was.")
                painter.drawText(inside.adjusted(8, 8, -8, -8), int(_MIDDLE), words)
            painter.restore()
            if k == self.chosen and self.hasFocus():
                painter.setPen(QPen(QColor(c.accent), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(inside.adjusted(1, 1, -1, -1), 4, 4)
            self._paint_name(painter, k, at)
        painter.end()

    def _paint_name(self, painter: QPainter, k: int, at: float) -> None:
        c = theme().colours
        line = self.cell(k)
        line.setTop(line.bottom() - NAME)
        figures = mono(11)
        time = format_time(at)
        room = QFontMetricsF(figures).horizontalAdvance(time) + 8
        painter.setFont(figures)
        painter.setPen(QColor(c.muted))
        painter.drawText(line, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), time)
        painter.setFont(self.font())
        painter.setPen(QColor(c.accent if k == self._own else c.text))
        name = self.sides[k].media.name
        short = QFontMetricsF(self.font()).elidedText(name, Qt.TextElideMode.ElideMiddle, line.width() - room)
        at_left = QPointF(line.x(), line.center().y() + QFontMetricsF(self.font()).ascent() / 2 - 1)
        painter.drawText(at_left, short)


_MIDDLE = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
