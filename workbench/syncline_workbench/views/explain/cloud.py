"""Rows as points in the plane, centres among them, and how the sum of their distances falls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen

from ...theme import theme
from .picture import line_of, small_of

__all__ = ["MOST", "Cloud", "colour_of"]

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

WIDE, HIGH, LEAST = 560, 420, 90
"""Pixels across of the points at most, and down."""
BARS = 220
MOST = 6
"""Clusters that can be told apart."""


def colour_of(cluster: int) -> QColor:
    """The colour of a cluster; the first four are the theme's."""
    c = theme().colours
    more = ("#b48cff", "#4fd6b8") if c.name == "dark" else ("#7a4fd0", "#0f7a70")
    return QColor((c.a, c.b, c.good, c.bad, *more)[cluster % MOST])


@dataclass(frozen=True, eq=False)
class Cloud:
    """What is drawn.

    Attributes
    ----------
    points
        float64 (n, 2).
    labels
        int64 (n,): cluster of each, −1 for none yet.
    centres, before
        float64 (k, 2): where the centres are, and where they came from.
    sums
        What is drawn as bars, the last one picked out; under `caption`.
    """

    points: F64
    labels: I64
    centres: F64
    before: F64
    sums: tuple[float, ...]
    caption: str

    def need(self, font: QFont, room: QSize) -> QSize:
        """As `Picture.need`."""
        wide = min(max(room.width() - BARS, 240), WIDE)
        return QSize(wide + BARS, min(max(room.height(), LEAST), HIGH))

    def spot(self, font: QFont, room: QSize) -> QPointF | None:
        """As `Picture.spot`."""
        return None

    def paint(self, painter: QPainter, font: QFont, room: QSize) -> None:
        """As `Picture.paint`."""
        size = self.need(font, room)
        c = theme().colours
        box = QRectF(1, 1, size.width() - BARS - 28, size.height() - 2)
        painter.setPen(QPen(QColor(c.border), 1))
        painter.setBrush(QColor(c.window))
        painter.drawRoundedRect(box, 5, 5)
        every = np.concatenate([self.points, self.centres, self.before])
        low, high = every.min(0), every.max(0)
        span = np.where(high > low, high - low, 1.0)
        inner = box.adjusted(18, 16, -18, -16)
        # As far across as down: what is near must look near.
        scale = min(inner.width() / float(span[0]), inner.height() / float(span[1]))
        middle = (low + high) / 2

        def spot(p: NDArray[np.float64]) -> QPointF:
            u = (p - middle) * scale
            return QPointF(inner.center().x() + float(u[0]), inner.center().y() - float(u[1]))

        radius = 5.0 if len(self.points) <= 30 else 2.4
        painter.setPen(Qt.PenStyle.NoPen)
        for p, k in zip(self.points, self.labels.tolist(), strict=True):
            ground = colour_of(k) if k >= 0 else QColor(c.muted)
            ground.setAlphaF(1.0 if radius > 3 else 0.75)
            painter.setBrush(ground)
            painter.drawEllipse(spot(p), radius, radius)
        bold = small_of(font)
        bold.setWeight(QFont.Weight.Bold)
        painter.setFont(bold)
        for k, (p, q) in enumerate(zip(self.before, self.centres, strict=True)):
            painter.setPen(QPen(QColor(c.text), 1.6))
            if (p != q).any():
                painter.drawLine(QLineF(spot(p), spot(q)))
            painter.setPen(QPen(QColor(c.text), 1.8))
            painter.setBrush(QColor(c.stage))
            r = line_of(bold) / 2 + 1
            painter.drawEllipse(spot(q), r, r)
            painter.setPen(colour_of(k))
            painter.drawText(
                QRectF(-r, -r, 2 * r, 2 * r).translated(spot(q)), int(Qt.AlignmentFlag.AlignCenter), str(k)
            )
        self._paint_sums(painter, font, QRectF(box.right() + 28, 1, BARS - 8, size.height() - 2))

    def _paint_sums(self, painter: QPainter, font: QFont, box: QRectF) -> None:
        c = theme().colours
        line = line_of(small_of(font))
        painter.setFont(small_of(font))
        painter.setPen(QColor(c.muted))
        painter.drawText(
            QRectF(box.left(), box.top(), box.width(), line), int(Qt.AlignmentFlag.AlignLeft), self.caption
        )
        if not self.sums:
            return
        top = box.top() + 2 * line + 6
        shown = self.sums[-24:]
        most = max(shown) or 1.0
        wide = min(box.width() / len(shown), 22.0)
        for k, value in enumerate(shown):
            high = value / most * (box.bottom() - top)
            last = k == len(shown) - 1
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(c.accent if last else c.border))
            bar = QRectF(box.left() + k * wide, box.bottom() - high, wide - 3, high)
            painter.drawRoundedRect(bar, 2, 2)
            if last:
                painter.setPen(QColor(c.text))
                text = f"{value:,.4g}"
                x = min(bar.left(), box.right() - 60)
                painter.drawText(QRectF(x, bar.top() - line - 1, 80, line), int(Qt.AlignmentFlag.AlignLeft), text)
