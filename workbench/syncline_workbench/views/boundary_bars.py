"""Boundaries judged, as bars and as columns of figures: one colour and one column for each tier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QToolTip, QWidget

from ..theme import theme
from .figures import Swatch
from .plain import Elided, figures, label, tip

__all__ = ["COLOURS", "BoundaryBars", "ColumnFigures", "Series"]

COLOURS = ("a", "good", "b", "bad")
"""Of the theme, in the order of columns."""
_TALL, _FOOT, _HEAD = 92, 18, 14
"""Height of the bars' widget, of the room for what is below and above the bars."""


@dataclass(frozen=True)
class Series:
    """One row of bars.

    Attributes
    ----------
    shares
        0 to 1, by tolerance, such as ``{"10 ms": 0.4, "20 ms": 0.83}``.
    colour
        Number of its colour.
    hollow
        Outlined: it is of the segmentation compared.
    about
        What sets it apart from others of its name.
    """

    name: str
    shares: Mapping[str, float]
    colour: int = 0
    hollow: bool = False
    about: str = ""

    @property
    def paint(self) -> str:
        """The theme's name of its colour."""
        return COLOURS[self.colour % len(COLOURS)]


class BoundaryBars(QWidget):
    """Share of boundaries that lie within each tolerance: a group of bars a tolerance, a bar a series."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.series: tuple[Series, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Share of boundaries within a tolerance"))
        theme().changed.connect(self.update)

    def show_series(self, series: Sequence[Series]) -> None:
        """Draw these."""
        self.series = tuple(series)
        self.setAccessibleDescription("\n".join(self.words(t) for t in self._tolerances))
        self.update()

    def words(self, tolerance: str) -> str:
        """All that is known for a tolerance."""
        parts = [f"{s.about or s.name} {100 * s.shares.get(tolerance, 0.0):.0f} %" for s in self.series]
        return f"≤ {tolerance}: " + ", ".join(parts)

    @property
    def _tolerances(self) -> list[str]:
        return list(self.series[0].shares) if self.series else []

    def sizeHint(self) -> QSize:
        return QSize(200, _TALL)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, _TALL)

    def bar(self, group: int, number: int) -> QRectF:
        """Where the bar of a series is, in the group of a tolerance."""
        count = max(len(self._tolerances), 1)
        wide = self.width() / count
        each = min((wide - 10) / max(len(self.series), 1), 22.0)
        left = group * wide + (wide - each * len(self.series)) / 2 + number * each
        full = self.height() - _FOOT - _HEAD
        share = self.series[number].shares.get(self._tolerances[group], 0.0)
        high = max(full * share, 1.0)
        return QRectF(left + 1, _HEAD + full - high, each - 2, high)

    def paintEvent(self, _event: QPaintEvent) -> None:
        c = theme().colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = figures(self.font())
        if font.pointSizeF() > 0:
            font.setPointSizeF(font.pointSizeF() * 0.85)
        painter.setFont(font)
        ground = self.height() - _FOOT
        painter.setPen(QPen(QColor(c.border), 1))
        for y in (_HEAD + 0.5, (_HEAD + ground) / 2, ground + 0.5):
            painter.drawLine(QPointF(0, y), QPointF(self.width(), y))
        wide = self.width() / max(len(self._tolerances), 1)
        for group, tolerance in enumerate(self._tolerances):
            for number, one in enumerate(self.series):
                bar = self.bar(group, number)
                colour = QColor(getattr(c, one.paint))
                painter.setPen(QPen(colour, 1.5) if one.hollow else Qt.PenStyle.NoPen)
                painter.setBrush(Qt.BrushStyle.NoBrush if one.hollow else colour)
                painter.drawRoundedRect(bar.adjusted(0.75, 0.75, -0.75, 0) if one.hollow else bar, 1.5, 1.5)
                if len(self.series) == 1:
                    painter.setPen(QColor(c.text))
                    above = QRectF(group * wide, bar.top() - _HEAD, wide, _HEAD)
                    words = f"{100 * one.shares.get(tolerance, 0.0):.0f} %"
                    painter.drawText(above, int(Qt.AlignmentFlag.AlignCenter), words)
            painter.setPen(QColor(c.muted))
            below = QRectF(group * wide, ground + 2, wide, _FOOT - 2)
            painter.drawText(below, int(Qt.AlignmentFlag.AlignCenter), f"≤ {tolerance}")
        painter.end()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and self.series:
            group = int(event.pos().x() * len(self._tolerances) / max(self.width(), 1))
            words = self.words(self._tolerances[min(max(group, 0), len(self._tolerances) - 1)])
            QToolTip.showText(event.globalPos(), tip(words), self)
            return True
        return super().event(event)


class ColumnFigures(QWidget):
    """Names on the left, one column of values for each thing that is described."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setVerticalSpacing(5)
        self._grid.setHorizontalSpacing(6)
        self._parts: list[QWidget] = []
        self.shown: list[list[str]] = []
        """All texts as they stand, row by row, the heads first."""

    def show_table(self, heads: Sequence[str | Series], rows: Sequence[tuple[str, str, Sequence[str]]]) -> None:
        """Show a table.

        Parameters
        ----------
        heads
            What each column is of: a name, or a series of bars, whose colour is then drawn before its name.
        rows
            Name, help and values of each row.
        """
        names = [head if isinstance(head, str) else head.about or head.name for head in heads]
        shown = [["", *names], *([name, *values] for name, _, values in rows)]
        if shown == self.shown:
            return
        self.shown = shown
        for part in self._parts:
            self._grid.removeWidget(part)
            part.hide()
            part.deleteLater()
        self._parts = []
        self._grid.setColumnStretch(0, 1)
        for k, head in enumerate(heads):
            self._put(self._head(head, names[k], len(heads)), 0, k + 1)
        for row, (name, about, values) in enumerate(rows, 1):
            left = Elided(name, mode=Qt.TextElideMode.ElideRight)
            left.setMinimumWidth(min(left.fontMetrics().horizontalAdvance(left.text()) + 2, 112))
            left.setToolTip(tip(f"{name}\n{about}" if about else name))
            self._put(left, row, 0)
            for k, value in enumerate(values):
                right = label(value, "value")
                right.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                right.setAccessibleName(f"{name}, {names[k]}")
                right.setAccessibleDescription(f"{value}\n{about}".strip())
                self._put(right, row, k + 1)

    @staticmethod
    def _head(head: str | Series, about: str, count: int) -> QWidget:
        words = Elided(head if isinstance(head, str) else head.name, "muted", Qt.TextElideMode.ElideRight)
        words.setToolTip(tip(about))
        words.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        # The figures say how wide a column is; a name takes what there is.
        words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        least = words.fontMetrics().horizontalAdvance(words.text()) + 2
        words.setMinimumWidth(min(least, 78 if count <= 2 else 34))
        both = QWidget()
        row = QHBoxLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(3)
        row.addWidget(words, 1)
        if isinstance(head, Series):
            row.addWidget(Swatch(head.paint, hollow=head.hollow))
        return both

    def _put(self, part: QWidget, row: int, column: int) -> None:
        self._parts.append(part)
        self._grid.addWidget(part, row, column)
