"""A matrix on paper: names, figures, lines drawn through it, marks, bars beside it."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ...theme import mono, theme
from ..match_ramp import ink, ramp
from ..plain import clean

__all__ = ["Bars", "Sheet", "SheetView", "decimals_of", "figure"]

F64 = NDArray[np.float64]
BOOL = NDArray[np.bool_]

PAD = 12.0
"""Between the figure and the edge of its cell; lines stick out of the matrix by as much."""
NAME = 132.0
"""The longest name, in pixels."""
BARS = 72.0
"""The longest bar behind a row, in pixels."""
SMALL = 8
"""Rows or columns up to which there is room to spare."""


def figure(value: float, decimals: int) -> str:
    """A number as it stands in a cell: ``0`` if it is exactly that, ``×`` where a pair is forbidden."""
    if np.isnan(value):
        return ""
    if np.isinf(value):
        return "×" if value > 0 else "−∞"
    if value == 0:
        return "0"
    text = f"{value:z.{decimals}f}"
    return text.replace("-", "−")


def decimals_of(*arrays: F64) -> int:
    """0 if all are whole numbers, else as many as tell them apart in a cell."""
    seen = np.concatenate([a[np.isfinite(a)].ravel() for a in arrays]) if arrays else np.zeros(0)
    if not len(seen) or (np.abs(seen - np.rint(seen)) < 1e-9).all():
        return 0
    return 2 if np.abs(seen).max() < 1000 else 1


@dataclass(frozen=True, eq=False)
class Bars:
    """What rows or columns sum to beside what they are to: float64 (n,) both."""

    now: F64
    wanted: F64


@dataclass(frozen=True, eq=False)
class Sheet:
    """What is drawn.

    Attributes
    ----------
    values
        float64 (n, m); NaN leaves a cell empty, ∞ crosses it out.
    rows, columns
        n and m names.
    row_lines, column_lines
        bool (n,), (m,): a line is drawn through these.
    ringed
        bool (n, m): a ring around the figure, e.g. a zero of the matching.
    boxed
        bool (n, m): a frame around the cell, e.g. the pivot.
    changed
        float64 (n, m): a small signed number in the corner; 0 or None draws none.
    heat
        float64 (n, m), 0..1: coloured cells instead of plain ones.
    right, below
        A heading and n (m) words behind the rows (under the columns), e.g. potentials.
    row_bars, column_bars
        Bars behind the rows and under the columns.
    entering, leaving
        A column and a row that are marked as a whole.
    ruled
        The last row and the last column stand apart, as in a tableau.
    zeros
        Zeros are picked out.
    widest
        A figure and a small one that every cell has room for, so that the sheet stands still from page to page.
    row_decimals
        Decimals of each row where they differ.
    leads
        intp (n, m): number of the state that a click on a cell goes to, −1 where to none.
    """

    values: F64
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    decimals: int = 2
    row_lines: BOOL | None = None
    column_lines: BOOL | None = None
    ringed: BOOL | None = None
    boxed: BOOL | None = None
    changed: F64 | None = None
    heat: F64 | None = None
    right: tuple[str, tuple[str, ...]] | None = None
    below: tuple[str, tuple[str, ...]] | None = None
    row_bars: Bars | None = None
    column_bars: Bars | None = None
    entering: int | None = None
    leaving: int | None = None
    ruled: bool = False
    zeros: bool = False
    widest: tuple[str, str] = ("", "")
    row_decimals: tuple[int, ...] | None = None
    leads: NDArray[np.intp] | None = None

    def figure(self, row: int, column: int) -> str:
        """What a cell says."""
        decimals = self.decimals if self.row_decimals is None else self.row_decimals[row]
        return figure(float(self.values[row, column]), decimals)


class SheetView(QWidget):
    """Draws a `Sheet`, as large as it is; put it into a scroll area."""

    picked = Signal(int)
    """A cell was clicked that leads to this state."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sheet: Sheet | None = None
        self._left = self._top = self._wide = self._high = 0.0
        self._beyond = self._under = 0.0
        self._longest = NAME
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Matrix of the step"))
        self.setMouseTracking(True)
        theme().changed.connect(self.update)

    def show_sheet(self, sheet: Sheet | None, spoken: str = "") -> None:
        """Draw another sheet; `spoken` is what a screen reader says of it."""
        self.sheet = sheet
        self.setAccessibleDescription(spoken)
        self._measure()
        self.updateGeometry()
        self.resize(self.sizeHint())
        self.update()

    # -- geometry ------------------------------------------------------------------------------------

    def _fonts(self) -> tuple[QFont, QFont]:
        numbers = mono()
        size = self.fontInfo().pixelSize()
        numbers.setPixelSize(size)
        small = QFont(numbers)
        small.setPixelSize(max(round(size * 0.72), 8))
        return numbers, small

    def _measure(self) -> None:
        s = self.sheet
        if s is None:
            self._left = self._top = self._wide = self._high = self._beyond = self._under = 0.0
            return
        numbers, small = self._fonts()
        m, little = QFontMetricsF(numbers), QFontMetricsF(small)
        # A large board is drawn closer.
        close = max(s.values.shape, default=0) > SMALL or s.ruled
        pad, self._longest = (PAD / 2, NAME * 0.7) if close else (PAD, NAME)
        if s.heat is not None:
            # Coloured cells need no room between their figures.
            pad = PAD / 2
        finite = s.values[np.isfinite(s.values)]
        ends = [float(finite.min()), float(finite.max())] if len(finite) else [0.0]
        figures_wide = max(m.horizontalAdvance(x) for x in (s.widest[0], *(figure(x, s.decimals) for x in ends)))
        if s.widest[1]:
            figures_wide += 2 * (little.horizontalAdvance(s.widest[1]) - PAD / 2)
        if s.below is not None:
            figures_wide = max([figures_wide, *(m.horizontalAdvance(x) for x in s.below[1])])
        heads = [min(m.horizontalAdvance(clean(x)), self._longest) for x in s.columns]
        self._wide = max([m.horizontalAdvance("00"), figures_wide, *heads]) + 2 * pad
        self._high = m.height() + (6 if close else 12)
        sides = [min(m.horizontalAdvance(clean(x)), self._longest) for x in s.rows]
        if s.below is not None:
            sides.append(m.horizontalAdvance(s.below[0]))
        self._left = max([m.horizontalAdvance("00"), *sides]) + PAD
        self._top = m.height() + 10
        self._beyond = PAD
        if s.right is not None:
            self._beyond += max(m.horizontalAdvance(x) for x in (s.right[0], *s.right[1])) + PAD
        if s.row_bars is not None:
            self._beyond += BARS + PAD
        self._under = 4.0
        if s.below is not None:
            self._under += self._high
        if s.column_bars is not None:
            self._under += 68

        # Whole pixels, and even ones where a line runs through the middle, are sharp on any screen.
        self._wide, self._high = 2.0 * ceil(self._wide / 2), 2.0 * ceil(self._high / 2)
        self._left, self._top = float(ceil(self._left)), float(ceil(self._top))

    def sizeHint(self) -> QSize:
        if self.sheet is None:
            return QSize(0, 0)
        n, m = len(self.sheet.rows), len(self.sheet.columns)
        wide = self._left + PAD + m * self._wide + self._beyond
        return QSize(round(wide), round(self._top + n * self._high + self._under))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def cell(self, row: int, column: int) -> QRectF:
        """Where a cell is."""
        x = self._left + PAD + column * self._wide
        return QRectF(x, self._top + row * self._high, self._wide, self._high)

    def spot(self) -> QPointF | None:
        """The middle of the first framed cell, which must be in sight."""
        if self.sheet is None or self.sheet.boxed is None or not self.sheet.boxed.any():
            return None
        row, column = np.argwhere(self.sheet.boxed)[0].tolist()
        return self.cell(row, column).center()

    # -- the mouse -----------------------------------------------------------------------------------

    def _lead(self, place: QPointF) -> int:
        """The state that a place leads to, or −1."""
        s = self.sheet
        if s is None or s.leads is None or not self._wide:
            return -1
        row, column = (place.y() - self._top) // self._high, (place.x() - self._left - PAD) // self._wide
        inside = 0 <= row < len(s.rows) and 0 <= column < len(s.columns)
        return int(s.leads[int(row), int(column)]) if inside else -1

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        leads = self._lead(event.position()) >= 0
        self.setCursor(Qt.CursorShape.PointingHandCursor if leads else Qt.CursorShape.ArrowCursor)
        super().mouseMoveEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        lead = self._lead(event.position())
        if event.button() == Qt.MouseButton.LeftButton and lead >= 0:
            self.picked.emit(lead)
        # The area around it takes the focus.
        super().mousePressEvent(event)

    # -- painting ------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        s = self.sheet
        if s is None or not self._wide:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        n, m = len(s.rows), len(s.columns)
        area = event.rect()
        # Only what is in sight: a sheet may have hundreds of rows and columns.
        first = max(int((area.top() - self._top) // self._high), 0)
        last = min(int((area.bottom() - self._top) // self._high) + 1, n)
        start = max(int((area.left() - self._left - PAD) // self._wide), 0)
        stop = min(int((area.right() - self._left - PAD) // self._wide) + 1, m)
        rows, columns = range(first, last), range(start, stop)
        self._paint_ground(painter, s, rows, columns)
        self._paint_cells(painter, s, rows, columns)
        if s.row_bars is not None:
            self._paint_row_bars(painter, s, s.row_bars, rows)
        if s.column_bars is not None:
            self._paint_column_bars(painter, s, s.column_bars, columns)
        self._paint_sums(painter, s, rows, columns)
        self._paint_names(painter, s, rows, columns)
        painter.end()

    @property
    def _corner(self) -> QPointF:
        """Where names begin: they stay in sight while the figures scroll."""
        return QPointF(max(-self.x(), 0), max(-self.y(), 0))

    def _paint_ground(self, painter: QPainter, s: Sheet, rows: range, columns: range) -> None:
        c = theme().colours
        n, m = len(s.rows), len(s.columns)
        x0, y0 = self._left + PAD, self._top
        wide, high = m * self._wide, n * self._high
        band = QColor(c.selected)
        if s.heat is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            for i in rows:
                for j in columns:
                    painter.fillRect(self.cell(i, j).adjusted(0, 0, -1, -1), ramp(float(s.heat[i, j])))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for i in self._which(s.row_lines, rows):
            painter.fillRect(QRectF(x0 - PAD, y0 + i * self._high + 2, wide + 2 * PAD, self._high - 4), band)
        for j in self._which(s.column_lines, columns):
            painter.fillRect(QRectF(x0 + j * self._wide + 4, y0 - 4, self._wide - 8, high + 8), band)
        if s.entering is not None and s.entering in columns:
            painter.fillRect(QRectF(x0 + s.entering * self._wide, 0, self._wide, y0 + high), band)
        if s.leaving is not None and s.leaving in rows:
            painter.fillRect(QRectF(0, y0 + s.leaving * self._high, x0 + wide, self._high), band)
        pen = QPen(QColor(c.accent), 2)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        for i in self._which(s.row_lines, rows):
            y = y0 + (i + 0.5) * self._high
            painter.drawLine(QLineF(x0 - PAD + 2, y, x0 + wide + PAD - 2, y))
        for j in self._which(s.column_lines, columns):
            x = x0 + (j + 0.5) * self._wide
            painter.drawLine(QLineF(x, y0 - 4, x, y0 + high + 4))
        painter.setPen(QPen(QColor(c.border), 1))
        if s.heat is None:
            painter.drawLine(QLineF(x0 - PAD, y0 - 0.5, x0 + wide, y0 - 0.5))
        if s.ruled:
            y, x = y0 + (n - 1) * self._high - 0.5, x0 + (m - 1) * self._wide + 0.5
            painter.drawLine(QLineF(0, y, x0 + wide, y))
            painter.drawLine(QLineF(x, 0, x, y0 + high))

    @staticmethod
    def _which(mask: BOOL | None, inside: range) -> list[int]:
        return [] if mask is None else [int(k) for k in np.flatnonzero(mask) if k in inside]

    def _paint_sums(self, painter: QPainter, s: Sheet, rows: range, columns: range) -> None:
        c = theme().colours
        painter.setFont(self._fonts()[0])
        side = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        n, k = len(s.rows), len(s.columns)
        painter.setPen(QColor(c.muted))
        if s.right is not None:
            x = self.cell(0, k).left() + PAD
            width = self._beyond - PAD
            painter.drawText(QRectF(x, 0, width, self._top - 6), right, s.right[0])
            for i in rows:
                painter.drawText(QRectF(x, self.cell(i, 0).top(), width, self._high), right, s.right[1][i])
        if s.below is not None:
            y = self.cell(n, 0).top() + 4
            painter.drawText(QRectF(0, y, self._left - 4, self._high), side, s.below[0])
            for j in columns:
                room = QRectF(self.cell(0, j).left(), y, self._wide, self._high)
                painter.drawText(room, int(Qt.AlignmentFlag.AlignCenter), s.below[1][j])

    def _paint_names(self, painter: QPainter, s: Sheet, rows: range, columns: range) -> None:
        c = theme().colours
        numbers, _ = self._fonts()
        painter.setFont(numbers)
        m = QFontMetricsF(numbers)
        side = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        centre = int(Qt.AlignmentFlag.AlignCenter)
        at = self._corner
        if at.y() > 0:
            painter.fillRect(QRectF(at.x(), at.y(), self.width(), self._top - 3), QColor(c.stage))
        for j in columns:
            box = self.cell(0, j)
            lit = (s.column_lines is not None and bool(s.column_lines[j])) or j == s.entering
            painter.setPen(QColor(c.text if lit else c.muted))
            pad = max((self._wide - max(self._longest, m.horizontalAdvance("00"))) / 2, 2) if not s.ruled else PAD / 2
            room = QRectF(box.left() + min(pad, PAD - 2), at.y(), box.width() - 2 * min(pad, PAD - 2), self._top - 6)
            name = m.elidedText(clean(s.columns[j]), Qt.TextElideMode.ElideRight, room.width())
            painter.drawText(room, right if s.ruled else centre, name)
        if at.x() > 0:
            painter.fillRect(QRectF(at.x(), at.y(), self._left, self.height()), QColor(c.stage))
        for i in rows:
            box = self.cell(i, 0)
            if box.top() < at.y() + self._top - self._high / 2:
                continue
            lit = (s.row_lines is not None and bool(s.row_lines[i])) or i == s.leaving
            painter.setPen(QColor(c.text if lit else c.muted))
            room = QRectF(at.x(), box.top(), self._left - 4, box.height())
            painter.drawText(room, side, m.elidedText(clean(s.rows[i]), Qt.TextElideMode.ElideRight, room.width() + 1))

    def _paint_cells(self, painter: QPainter, s: Sheet, rows: range, columns: range) -> None:
        c = theme().colours
        numbers, small = self._fonts()
        m, little = QFontMetricsF(numbers), QFontMetricsF(small)
        bold = QFont(numbers)
        bold.setWeight(QFont.Weight.Bold)
        centre = int(Qt.AlignmentFlag.AlignCenter)
        lined_rows = s.row_lines if s.row_lines is not None else np.zeros(len(s.rows), np.bool_)
        lined_columns = s.column_lines if s.column_lines is not None else np.zeros(len(s.columns), np.bool_)
        for i in rows:
            for j in columns:
                value, box, text = float(s.values[i, j]), self.cell(i, j), s.figure(i, j)
                if s.boxed is not None and s.boxed[i, j]:
                    ground = ramp(float(s.heat[i, j])) if s.heat is not None else QColor(c.stage)
                    painter.setPen(QPen(ink(ground) if s.heat is not None else QColor(c.b), 2))
                    painter.setBrush(Qt.BrushStyle.NoBrush)
                    painter.drawRect(box.adjusted(1.5, 1.5, -2.5, -2.5))
                if not text:
                    continue
                zero = s.zeros and value == 0
                if s.heat is not None:
                    painter.setPen(ink(ramp(float(s.heat[i, j]))))
                    painter.setFont(numbers)
                    painter.drawText(box.adjusted(0, 0, -1, -1), centre, text)
                    continue
                painter.setFont(bold if zero else numbers)
                wide = m.horizontalAdvance(text)
                change = float(s.changed[i, j]) if s.changed is not None else 0.0
                word = ("+" if change > 0 else "−") + figure(abs(change), s.decimals) if change else ""
                away = little.horizontalAdvance(word) + 1 if word else 0.0
                left = box.right() - PAD / 2 - wide if s.ruled else box.center().x() - wide / 2
                spot = QRectF(left, box.top(), wide, box.height())
                if lined_rows[i] or lined_columns[j]:
                    # The line passes behind the figure, which must stay readable.
                    painter.setPen(Qt.PenStyle.NoPen)
                    painter.setBrush(QColor(c.selected))
                    painter.drawRoundedRect(spot.adjusted(-5, 4, 5 + away, -4), 3, 3)
                if s.ringed is not None and s.ringed[i, j]:
                    painter.setPen(QPen(QColor(c.good), 1.6))
                    painter.setBrush(Qt.BrushStyle.NoBrush)
                    r = max(spot.width() / 2 + 6, self._high / 2 - 3)
                    high = self._high / 2 - 3
                    painter.drawRoundedRect(
                        QRectF(spot.center().x() - r, spot.center().y() - high, 2 * r, 2 * high), high, high
                    )
                painter.setPen(QColor(c.good if zero else c.muted if np.isinf(value) else c.text))
                painter.drawText(spot.adjusted(-1, 0, 1, 0), centre, text)
                if word:
                    painter.setFont(small)
                    painter.setPen(QColor(c.warn))
                    corner = QRectF(spot.right() + 2, box.top() + 3, away + 2, little.height())
                    painter.drawText(corner, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), word)

    def _paint_row_bars(self, painter: QPainter, s: Sheet, bars: Bars, rows: range) -> None:
        most = float(max(bars.now.max(initial=0.0), bars.wanted.max(initial=0.0))) or 1.0
        x, long = self.cell(0, len(s.columns)).left() + PAD, BARS
        for i in rows:
            y = self.cell(i, 0).top()
            now, wanted = (long * float(v[i]) / most for v in (bars.now, bars.wanted))
            self._bar(painter, QRectF(x, y + 5, now, self._high - 11), _off(bars, i))
            self._tick(painter, QLineF(x + wanted, y + 2, x + wanted, y + self._high - 3))

    def _paint_column_bars(self, painter: QPainter, s: Sheet, bars: Bars, columns: range) -> None:
        most = float(max(bars.now.max(initial=0.0), bars.wanted.max(initial=0.0))) or 1.0
        y, long = self.cell(len(s.rows), 0).top() + 8, 56.0
        if s.below is not None:
            y += self._high
        for j in columns:
            box = self.cell(0, j)
            now, wanted = (long * float(v[j]) / most for v in (bars.now, bars.wanted))
            self._bar(painter, QRectF(box.left() + 8, y, self._wide - 17, now), _off(bars, j))
            self._tick(painter, QLineF(box.left() + 4, y + wanted, box.right() - 5, y + wanted))

    @staticmethod
    def _bar(painter: QPainter, box: QRectF, off: bool) -> None:
        c = theme().colours
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(c.warn if off else c.good))
        painter.drawRoundedRect(box, 2, 2)

    @staticmethod
    def _tick(painter: QPainter, line: QLineF) -> None:
        pen = QPen(QColor(theme().colours.text), 2)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        painter.drawLine(line)


def _off(bars: Bars, k: int) -> bool:
    """True if a sum is visibly not what it is to be."""
    return abs(float(bars.now[k] - bars.wanted[k])) > 0.005 * max(float(bars.wanted[k]), 1e-12)
