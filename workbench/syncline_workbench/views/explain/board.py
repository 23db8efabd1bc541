"""Chips in rows over the same columns, frames as a rule: how a row became the next is seen from above to below."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import ceil

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QFontMetricsF, QPainter, QPen, QPolygonF

from ...theme import theme
from ..match_ramp import ramp
from ..plain import clean
from .picture import line_of, small_of

__all__ = ["Board", "Chip", "Chips", "Curve", "Heat"]

F64 = NDArray[np.float64]

GAP = 5.0
"""Between chips."""
BETWEEN = (16.0, 10.0, 6.0, 4.0)
PADS = (14.0, 10.0, 6.0, 2.0)
CURVES = (84.0, 64.0, 50.0, 36.0)
TICKS = (13.0, 11.0, 10.0, 8.0)
"""Between rows, around the text of a chip, of a curve, and of a cell in a column: from much room to little."""
LINK = 9.0
"""Between rows for links to be seen."""
CHIP = (26.0, 55.0)
"""The narrowest and the widest chip."""
CAPTION = (120.0, 225.0)
"""Least and most pixels of the words before the rows."""


@dataclass(frozen=True)
class Chip:
    """What stands at one place.

    Attributes
    ----------
    text
        A label; ``∅`` and nothing are drawn faintly.
    role
        Its outline: ``"a"``, ``"b"``, ``"good"``, ``"bad"``, ``"muted"``, or ``"out"``, crossed out.
    filled
        Picked out.
    """

    text: str
    role: str = "muted"
    filled: bool = False


@dataclass(frozen=True)
class Chips:
    """A row of chips, None where nothing stands.

    Attributes
    ----------
    number
        Of the stage, in a ring before the caption; 0 for none.
    links
        For each chip the chips of the row above that it came from, which fine lines say; () for none.
    """

    caption: str
    chips: tuple[Chip | None, ...]
    number: int = 0
    links: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True, eq=False)
class Heat:
    """A row of columns of small cells.

    Attributes
    ----------
    names
        Of the R cells of a column, from above.
    values
        float64 (R, n), 0..1.
    path
        The cell of each column that a line leads through; () for none.
    """

    caption: str
    names: tuple[str, ...]
    values: F64
    path: tuple[int, ...] = ()
    number: int = 0


@dataclass(frozen=True, eq=False)
class Curve:
    """A curve of steps over the columns.

    Attributes
    ----------
    values
        float64 (n,).
    ends
        Columns at which pieces end, exclusive: their means are drawn, and where they meet.
    now
        Columns that count by now; the others are faint.
    """

    caption: str
    values: F64
    ends: tuple[int, ...] = ()
    now: int = -1


Row = Chips | Heat | Curve


@dataclass(frozen=True, eq=False)
class Board:
    """Rows over `columns` columns; `heads` stand above them, `foot` is a sentence below all.

    One column may be `marked`, and the row `newest` has to be seen. For the `longest` caption there is room on every
    page, so that chips stand still.
    """

    columns: int
    rows: tuple[Row, ...]
    heads: tuple[str, ...] = ()
    foot: str = ""
    marked: int | None = None
    longest: str = ""
    newest: int = 0

    # -- geometry --------------------------------------------------------------------------------------

    def _left(self, font: QFont, room: QSize) -> float:
        """Where the columns begin: behind the captions, which are cut short where there is little room."""
        m = QFontMetricsF(font)
        wide = m.horizontalAdvance(self.longest)
        for r in self.rows:
            ring = 22 if isinstance(r, Chips | Heat) and r.number else 0
            wide = max(wide, m.horizontalAdvance(clean(r.caption)) + ring)
        low, high = CAPTION
        least = self._names(font) + 22
        return float(ceil(max(min(max(wide + 20, low), high, 0.26 * room.width()), least)))

    def _names(self, font: QFont) -> float:
        m = QFontMetricsF(small_of(font))
        return max(
            [m.horizontalAdvance(clean(x)) + 8 for r in self.rows if isinstance(r, Heat) for x in r.names], default=0.0
        )

    def _pitch(self, font: QFont, room: QSize) -> float:
        fits = (room.width() - self._left(font, room) - 2) / max(self.columns, 1)
        m = QFontMetricsF(font)
        texts = [m.horizontalAdvance(clean(c.text)) for r in self.rows if isinstance(r, Chips) for c in r.chips if c]
        least = max(CHIP[0], min(max(texts, default=0.0), 64.0) + 10)
        return float(int(min(max(fits - GAP, least), max(CHIP[1], least)) + GAP))

    def _high(self, row: Row, font: QFont, level: int) -> float:
        if isinstance(row, Heat):
            return max(len(row.names) * TICKS[level], line_of(font))
        return CURVES[level] if isinstance(row, Curve) else ceil(line_of(font)) + PADS[level]

    def _lay(self, font: QFont, room: QSize) -> list[QRectF]:
        """Where each row is, its caption included."""
        wide = self._left(font, room) + self.columns * self._pitch(font, room) + 2
        out: list[QRectF] = []
        for level, between in enumerate(BETWEEN):
            y = line_of(small_of(font)) + 4 if self.heads else 2.0
            out = []
            for row in self.rows:
                high = self._high(row, font, level)
                out.append(QRectF(0, y, wide, high))
                y += high + between
            if out[-1].bottom() + 4 + self._foot(font, room) <= room.height():
                break
        return out

    def _foot(self, font: QFont, room: QSize) -> float:
        if not self.foot:
            return 0.0
        box = QRect(0, 0, max(room.width(), 200), 1000)
        return QFontMetrics(font).boundingRect(box, int(Qt.TextFlag.TextWordWrap), self.foot).height() + 10.0

    def need(self, font: QFont, room: QSize) -> QSize:
        """As `Picture.need`."""
        last = self._lay(font, room)[-1]
        wide = max(last.width(), room.width()) if self.foot else last.width()
        return QSize(ceil(wide), ceil(last.bottom() + 4 + self._foot(font, room)))

    def spot(self, font: QFont, room: QSize) -> QPointF | None:
        """As `Picture.spot`."""
        x = 0.0
        if self.marked is not None:
            x = self._left(font, room) + (self.marked + 0.5) * self._pitch(font, room)
        return QPointF(x, self._lay(font, room)[self.newest].center().y())

    # -- painting --------------------------------------------------------------------------------------

    def paint(self, painter: QPainter, font: QFont, room: QSize) -> None:
        """As `Picture.paint`."""
        c = theme().colours
        left, pitch = self._left(font, room), self._pitch(font, room)
        boxes = self._lay(font, room)
        if self.marked is not None:
            band = QRectF(left + self.marked * pitch - GAP / 2, 0, pitch, boxes[-1].bottom() + 2)
            painter.fillRect(band, QColor(c.selected))
        painter.setFont(small_of(font))
        painter.setPen(QColor(c.muted))
        for k, head in enumerate(self.heads):
            above = QRectF(left + k * pitch - GAP, 0, pitch + GAP, line_of(small_of(font)))
            painter.drawText(above, int(Qt.AlignmentFlag.AlignCenter), head)
        for k, (row, box) in enumerate(zip(self.rows, boxes, strict=True)):
            self._paint_caption(painter, font, row, box, left)
            if isinstance(row, Chips):
                if row.links and k and box.top() - boxes[k - 1].bottom() >= LINK:
                    self._paint_links(painter, row, boxes[k - 1].bottom(), box.top(), left, pitch)
                for j, chip in enumerate(row.chips):
                    if chip is not None:
                        self._paint_chip(painter, font, chip, _cell(box, left, pitch, j))
            elif isinstance(row, Heat):
                self._paint_heat(painter, font, row, box, left, pitch)
            else:
                self._paint_curve(painter, row, box, left, pitch)
        if self.foot:
            painter.setFont(font)
            painter.setPen(QColor(c.text))
            below = QRectF(0, boxes[-1].bottom() + 8, max(room.width(), 200), 1000)
            painter.drawText(below, int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft), self.foot)

    def _paint_caption(self, painter: QPainter, font: QFont, row: Row, box: QRectF, left: float) -> None:
        c = theme().colours
        x, line = 0.0, line_of(font)
        top = box.top() if isinstance(row, Curve | Heat) else box.center().y() - line / 2
        painter.setFont(font)
        painter.setPen(QColor(c.muted))
        if isinstance(row, Chips | Heat) and row.number:
            ring = QRectF(1, top + line / 2 - 8, 16, 16)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(c.muted), 1))
            painter.drawEllipse(ring)
            painter.setFont(small_of(font))
            painter.drawText(ring, int(Qt.AlignmentFlag.AlignCenter), str(row.number))
            painter.setFont(font)
            x = 22.0
        wide = left - x - 10 - (self._names(font) if isinstance(row, Heat) else 0)
        text = QFontMetricsF(font).elidedText(clean(row.caption), Qt.TextElideMode.ElideRight, wide)
        side = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(QRectF(x, top, wide + 2, line), side, text)

    def _paint_chip(self, painter: QPainter, font: QFont, chip: Chip, box: QRectF) -> None:
        c = theme().colours
        faint = chip.role in ("muted", "out")
        colour = QColor(c.border if faint else getattr(c, chip.role))
        ground = QColor(c.window if faint else c.selected if chip.filled else c.raised)
        painter.setPen(QPen(colour, 2 if chip.filled else 1.4))
        painter.setBrush(ground)
        painter.drawRoundedRect(box.adjusted(0.75, 0.75, -0.75, -0.75), 4, 4)
        bold = QFont(font)
        bold.setWeight(QFont.Weight.Normal if faint else QFont.Weight.DemiBold)
        painter.setFont(bold)
        painter.setPen(QColor(c.muted if faint else c.text))
        text = QFontMetricsF(bold).elidedText(clean(chip.text), Qt.TextElideMode.ElideRight, box.width() - 4)
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)
        if chip.role == "out":
            painter.setPen(QPen(QColor(c.muted), 1.2))
            painter.drawLine(QLineF(box.left() + 5, box.bottom() - 4, box.right() - 5, box.top() + 4))

    @staticmethod
    def _paint_links(painter: QPainter, row: Chips, top: float, bottom: float, left: float, pitch: float) -> None:
        painter.setPen(QPen(QColor(theme().colours.border), 1.4))
        half = (pitch - GAP) / 2
        for j, sources in enumerate(row.links):
            for k in sources:
                painter.drawLine(
                    QLineF(left + k * pitch + half, top + 1, left + j * pitch + half, bottom - 1)
                )  # fmt: skip

    def _paint_heat(self, painter: QPainter, font: QFont, row: Heat, box: QRectF, left: float, pitch: float) -> None:
        c = theme().colours
        high = box.height() / len(row.names)
        small = small_of(font)
        if small.pixelSize() > 0:
            small.setPixelSize(min(small.pixelSize(), max(int(high), 7)))
        painter.setFont(small)
        painter.setPen(QColor(c.muted))
        side = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for r, name in enumerate(row.names):
            painter.drawText(QRectF(0, box.top() + r * high - 4, left - 6, high + 8), side, clean(name))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        n = row.values.shape[1]
        for r in range(len(row.names)):
            for k in range(n):
                cell = QRectF(left + k * pitch - GAP / 2, box.top() + r * high, pitch - 1, high - 1)
                painter.fillRect(cell, ramp(float(row.values[r, k])))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if row.path:
            middle = (pitch - GAP) / 2
            line = QPolygonF([QPointF(left + k * pitch + middle, box.top() + (r + 0.5) * high)
                              for k, r in enumerate(row.path)])  # fmt: skip
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for colour, wide in ((c.path_halo, 3.5), (c.path, 1.6)):
                painter.setPen(QPen(QColor(colour), wide))
                painter.drawPolyline(line)

    @staticmethod
    def _paint_curve(painter: QPainter, row: Curve, box: QRectF, left: float, pitch: float) -> None:
        c = theme().colours
        low, high = float(row.values.min()), float(row.values.max())
        span = high - low if high > low else 1.0
        low -= 0.08 * span
        span *= 1.16

        def y(value: float) -> float:
            return box.bottom() - (value - low) / span * box.height()

        painter.setPen(QPen(QColor(c.border), 1))
        painter.drawLine(QLineF(left - GAP / 2, box.bottom(), left + len(row.values) * pitch, box.bottom()))
        now = len(row.values) if row.now < 0 else row.now
        for k, value in enumerate(row.values.tolist()):
            colour = QColor(c.a if k < now else c.border)
            painter.setPen(QPen(colour, 2))
            x = left + k * pitch - GAP / 2
            painter.drawLine(QLineF(x + 1, y(value), x + pitch - 1, y(value)))
            if k and k <= len(row.values) - 1:
                painter.setPen(QPen(colour, 1))
                painter.drawLine(QLineF(x, y(float(row.values[k - 1])), x, y(value)))
        for a, b in pairwise((0, *row.ends)):
            mean = y(float(row.values[a:b].mean()))
            painter.setPen(QPen(QColor(c.good), 1.4, Qt.PenStyle.DashLine))
            painter.drawLine(QLineF(left + a * pitch, mean, left + b * pitch - GAP, mean))
            if b < len(row.values):
                painter.setPen(QPen(QColor(c.bad), 1.6, Qt.PenStyle.DashLine))
                x = left + b * pitch - GAP / 2
                painter.drawLine(QLineF(x, box.top(), x, box.bottom()))


def _cell(box: QRectF, left: float, pitch: float, k: int) -> QRectF:
    return QRectF(left + k * pitch, box.top(), pitch - GAP, box.height())
