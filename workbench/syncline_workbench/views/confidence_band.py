"""How sure the path is, drawn: a band round it in the cost matrix, and a strip along A's time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from ..playback import Playback, clock
from ..theme import DARK, theme
from .matrix_paint import MOST_POINTS, Scene, with_alpha
from .matrix_scale import polygon

if TYPE_CHECKING:
    from syncline.confidence import Confidence

__all__ = ["ConfidenceStrip", "paint_band"]

_THIN = 5.0
"""Pixels; a narrower band would only blur the path."""
_MARGIN = 8
"""Pixels that the scrubber above keeps free on either side."""


def paint_band(painter: QPainter, scene: Scene, sure: Confidence, faded: bool) -> None:
    """Fill the band where it is wider than the path, with a dashed outline; `faded` while a newer path is solved."""
    view = scene.view
    u = scene.a.place(sure.times)
    first, last = np.searchsorted(u, [view.x0 - 1, view.x1 + 1])
    step = max(1, (last - first) // MOST_POINTS)
    rows = slice(max(int(first) - 1, 0), int(last) + 1, step)
    x = view.xs(u[rows])
    # Half a cell further out: the band holds whole cells.
    low = view.ys(scene.b.place(sure.low[rows]) - 0.5)
    high = view.ys(scene.b.place(sure.high[rows]) + 0.5)
    wide = (low - high > _THIN) & (sure.spread[rows] > 0)
    edges = np.flatnonzero(np.diff(np.r_[False, wide, False])).reshape(-1, 2)
    colour = QColor(DARK.bad)
    for s, e in edges.tolist():
        part = slice(max(s - 1, 0), min(e + 1, len(x)))
        outline = polygon(np.r_[x[part], x[part][::-1]], np.r_[low[part], high[part][::-1]])
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(with_alpha(colour, 45 if faded else 105))
        painter.drawPolygon(outline)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for width, ink, alpha in ((2.6, QColor("#11151b"), 90), (1.3, colour, 255)):
            pen = QPen(with_alpha(ink, alpha // 3 if faded else alpha), width, Qt.PenStyle.DashLine)
            pen.setDashPattern([4 * 1.3 / width, 3 * 1.3 / width])
            painter.setPen(pen)
            for side in (low[part], high[part]):
                painter.drawPolyline(polygon(x[part], side))


class ConfidenceStrip(QWidget):
    """Below the scrubber, on A's clock: the higher the bar, the less sure; a click goes there."""

    place_chosen = Signal(float)
    """Seconds of A that were clicked."""

    def __init__(self, playback: Playback, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._playback = playback
        self._sure: Confidence | None = None
        self._faded = False
        self._marks: list[float] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(self.tr("How sure the path is along A"))
        for bell in (playback.moved, theme().changed):
            bell.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(200, 14)

    def show_confidence(self, sure: Confidence | None, faded: bool, marks: list[float]) -> None:
        """Draw this; `marks` are seconds of A of the places to check."""
        self._sure, self._faded, self._marks = sure, faded, marks
        unsure = 0.0 if sure is None else float(sure.unsure.mean())
        self.setAccessibleDescription(self.tr("{n} % of A are unsure.").format(n=f"{100 * unsure:.0f}"))
        self.update()

    def pixel(self, t: float) -> float:
        """Pixel of a time of A."""
        end = self._playback.end
        share = min(max(t / end, 0.0), 1.0) if end > 0 else 0.0
        return _MARGIN + (self.width() - 2 * _MARGIN) * share

    def time_at(self, x: float) -> float:
        """Time of A at a pixel."""
        share = (x - _MARGIN) / max(self.width() - 2 * _MARGIN, 1)
        return min(max(share, 0.0), 1.0) * self._playback.end

    def doubt(self) -> np.ndarray:
        """How unsure each pixel column is, 0 to 1: float64 (columns,), the least sure row that falls into it."""
        columns = max(self.width() - 2 * _MARGIN, 1)
        out = np.zeros(columns)
        if self._sure is None or self._playback.end <= 0:
            return out
        place = self._sure.times / self._playback.end * columns
        # A row stretches as far as the next one.
        first = np.clip(place.astype(int), 0, columns - 1)
        last = np.clip(np.r_[first[1:], columns], first + 1, columns)
        doubt = 1 - self._sure.sure
        if len(place) > columns:
            np.maximum.at(out, first, doubt)
        else:
            out[first[0] : last[-1]] = np.repeat(doubt, last - first)[: last[-1] - first[0]]
        return out

    def paintEvent(self, event: QPaintEvent) -> None:
        c = theme().colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        base = self.height() - 2.0
        painter.fillRect(QRectF(_MARGIN, base, self.width() - 2 * _MARGIN, 1), QColor(c.border))
        if self._sure is None:
            return
        heights = self.doubt() * (base - 2)
        x = np.arange(len(heights)) + _MARGIN + 0.5
        shape = polygon(np.r_[x[0], x, x[-1]], np.r_[base, base - heights, base])
        painter.setBrush(with_alpha(QColor(c.bad), 60 if self._faded else 170))
        painter.drawPolygon(shape)
        painter.setPen(QPen(QColor(c.text), 1.2))
        painter.setBrush(with_alpha(QColor(c.window), 255))
        for t in self._marks:
            at = self.pixel(t)
            diamond = [QPointF(at - 3, 4), QPointF(at, 1), QPointF(at + 3, 4), QPointF(at, 7)]
            painter.drawPolygon(QPolygonF(diamond))
        at = self.pixel(self._playback.a_time)
        painter.setPen(QPen(QColor(c.a), 1.2))
        painter.drawLine(QPointF(at, 0), QPointF(at, base))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.place_chosen.emit(self.time_at(event.position().x()))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and self._sure is not None:
            t = self.time_at(event.pos().x())
            sure = float(np.interp(t, self._sure.times, self._sure.sure))
            words = self.tr("{t}: right to {ms} ms with {p} %").format(
                t=clock(t), ms=f"{1000 * self._sure.tolerance:.0f}", p=f"{100 * sure:.0f}"
            )
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)
