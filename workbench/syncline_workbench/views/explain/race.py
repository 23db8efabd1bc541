"""Two bars: how many matchings were tried of how many, and n³ beside them."""

from __future__ import annotations

from math import factorial

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ...theme import theme
from ..plain import figures
from .lesson import Race

__all__ = ["RaceView"]


class RaceView(QWidget):
    """Both bars on one scale, so that n! is seen to run away from n³."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.race: Race | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.update)
        self.hide()

    def show_race(self, race: Race | None) -> None:
        """None hides the bars."""
        self.race = race
        self.setVisible(race is not None)
        if race is not None:
            self.setAccessibleName(" · ".join(self._words(race)))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(260, 2 * (self.fontMetrics().height() + 18))

    def minimumSizeHint(self) -> QSize:
        return QSize(160, self.sizeHint().height())

    def _words(self, r: Race) -> tuple[str, str]:
        # With dummies there are fewer.
        total = f"{r.size}! = {r.total:,}" if r.total == factorial(r.size) else f"{r.total:,}"
        return (
            self.tr("{count} of {total} matchings").format(count=f"{r.count:,}", total=total),
            self.tr("{n}³ = {cube}, what the Hungarian method grows with").format(n=r.size, cube=f"{r.cube:,}"),
        )

    def paintEvent(self, _event: QPaintEvent) -> None:
        r = self.race
        if r is None:
            return
        c = theme().colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(figures(self.font()))
        line = self.fontMetrics().height()
        scale = (self.width() - 2) / max(r.total, r.cube)
        for k, (words, now, whole, colour) in enumerate(
            zip(self._words(r), (r.count, r.cube), (r.total, r.cube), (c.b, c.a), strict=True)
        ):
            y = k * (line + 18)
            painter.setPen(QColor(c.text))
            painter.drawText(QRectF(0, y, self.width(), line), int(Qt.AlignmentFlag.AlignLeft), words)
            box = QRectF(1, y + line + 3, max(whole * scale, 2), 9)
            painter.setPen(QPen(QColor(colour), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(box)
            painter.fillRect(QRectF(box.left(), box.top(), max(now * scale, 1), box.height()), QColor(colour))
        painter.end()
