"""The scale of seconds over the rows."""

from __future__ import annotations

from math import ceil, floor, log10

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFontMetricsF, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from ..theme import mono, theme
from .matrix_scale import time_text
from .time_axis import TimeAxis
from .time_row import TimeRow

__all__ = ["TimeRuler", "ticks"]

_STEPS = (
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200,
)  # fmt: skip


def ticks(start: float, end: float, room: float) -> tuple[float, list[float]]:
    """The pleasant step of which at most `room` lie between two seconds, and its multiples there."""
    least = (end - start) / max(room, 1)
    step = next((s for s in _STEPS if s >= least * (1 - 1e-9)), None) or ceil(least / 3600) * 3600.0
    return step, [k * step for k in range(ceil(start / step - 1e-9), floor(end / step + 1e-9) + 1)]


class TimeRuler(TimeRow):
    """Seconds along the axis. A drag on it seeks on and on."""

    def __init__(self, axis: TimeAxis, parent: QWidget | None = None) -> None:
        super().__init__(axis, "", 22, parent)
        self.setAccessibleName(self.tr("Time"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(22)

    def drag(self, start: float, end: float) -> None:
        self.sought.emit(end)

    def drop(self, start: float, end: float) -> None:
        self.sought.emit(end)

    def paint_picture(self, painter: QPainter, area: QRectF, clip: QRectF) -> None:
        c = theme().colours
        font = mono(10)
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        wide = metrics.horizontalAdvance("0:00:00.000") + 14
        step, marks = ticks(self.axis.start, self.axis.end, area.width() / wide)
        digits = max(0, -floor(log10(step) + 1e-9))
        small, between = ticks(self.axis.start, self.axis.end, area.width() / 9)
        base = area.bottom() - 1
        painter.setPen(QColor(c.border))
        if small < step:
            for t in between:
                x = round(self.to_x(t)) + 0.5
                painter.drawLine(QPointF(x, base - 3), QPointF(x, base))
        painter.drawLine(QPointF(area.left(), base), QPointF(area.right(), base))
        painter.setPen(QColor(c.muted))
        for t in marks:
            x = round(self.to_x(t)) + 0.5
            painter.drawLine(QPointF(x, base - 7), QPointF(x, base))
            text = time_text(t, digits)
            left = min(x + 4, area.right() - metrics.horizontalAdvance(text))
            painter.drawText(QPointF(left, base - 8 + metrics.ascent() / 3), text)
