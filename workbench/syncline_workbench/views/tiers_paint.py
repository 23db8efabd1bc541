"""The strokes of the tiers view: pieces, locks, doubts, names, and the boundary in hand.

Only what is seen is touched: pieces are found by bisection, and those thinner than `LEAST` pixels become one picture of
how dense they are, so that an hour of phones takes no longer than a second of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QImage, QPainter, QPen, QPixmap

from ..theme import pixmap, theme
from .tiers_shown import GUTTER, Lane, Row
from .time_axis import TimeAxis

__all__ = ["Look", "paint_bubble", "paint_edge", "paint_grip", "paint_name", "paint_row"]

LEAST, PLAIN, ROUND = 3.0, 9.0, 4.5
"""Widths in pixels below which pieces are merged and are drawn without rounding; the radius of their corners."""
LOCK, SIGN = 11, 12
LOCKED = 32.0
"""Width of a piece from which its padlock stands beside the label, no longer below."""
_CENTRED = int(Qt.AlignmentFlag.AlignCenter)
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


@dataclass
class Look:
    """How the rows look just now.

    Attributes
    ----------
    font, small
        Of labels, and of names and times.
    ratio
        Device pixels a pixel.
    piece
        Number of the selected piece, in the row that is drawn; None if it is in another.
    selected
        The row is the one in hand.
    hovered
        Number of the piece under the mouse.
    ring
        The keys are at the selected piece.
    """

    font: QFont
    small: QFont
    ratio: float = 1.0
    piece: int | None = None
    selected: bool = False
    hovered: int | None = None
    ring: bool = False


@dataclass(frozen=True)
class Tones:
    """Colours of one row's pieces."""

    line: QColor
    fill: QColor
    lit: QColor
    text: QColor


def mixed(ground: QColor, colour: QColor, share: float) -> QColor:
    """So much of the colour, on that ground."""
    pairs = ((ground.red(), colour.red()), (ground.green(), colour.green()), (ground.blue(), colour.blue()))
    return QColor(*(round(x + (y - x) * share) for x, y in pairs))


def tones(row: Row, doubtful: bool = False) -> Tones:
    """The colours of a row; those of what is doubtful are pink."""
    c = theme().colours
    line, stage = QColor(c.bad if doubtful else getattr(c, row.shown.hue)), QColor(c.stage)
    ground = mixed(QColor(c.raised), QColor(c.selected), 0.3)
    if row.shown.kind == "truth":
        line, ground = mixed(stage, line, 0.8), stage
    elif row.shown.kind == "compared":
        line, ground = mixed(stage, line, 0.75), stage
    if doubtful:
        ground = mixed(ground, line, 0.14)
    text = QColor(c.text if row.shown.editable else c.muted)
    return Tones(line, ground, mixed(ground, line, 0.32), text)


# -- rows ------------------------------------------------------------------------------------------


def paint_row(painter: QPainter, row: Row, axis: TimeAxis, look: Look, top: float) -> int:
    """All lanes of a tier, its first one at `top`; returns how many pieces were drawn one by one."""
    if look.selected:
        ground = QRectF(GUTTER, top - 3, axis.width, row.height - 2)
        painter.fillRect(ground, mixed(QColor(theme().colours.stage), QColor(theme().colours.raised), 0.4))
    count = 0
    for k, lane in enumerate(row.lanes):
        count += _paint_lane(painter, row, lane, axis, look, top + k * row.pitch)
    return count


def _paint_lane(painter: QPainter, row: Row, lane: Lane, axis: TimeAxis, look: Look, top: float) -> int:
    seen = lane.seen(axis.start, axis.end)
    numbers = lane.numbers[seen]
    if not len(numbers):
        return 0
    x0 = (lane.starts[seen] - axis.start) / axis.per_pixel + GUTTER
    x1 = (lane.ends[seen] - axis.start) / axis.per_pixel + GUTTER
    # A point is as wide as it is far to the next one.
    room = np.diff(x0, append=x0[-1] + 200.0) if row.shown.points else x1 - x0
    thin = room < LEAST
    if thin.any():
        _paint_dense(painter, row, (x0[thin], x1[thin]), row.doubts[numbers[thin]], look.ratio, top)
        for k in np.flatnonzero(thin & (numbers == (-1 if look.piece is None else look.piece))).tolist():
            _paint_needle(painter, row, float(x0[k]), top)
    # Nothing is seen of what lies far outside, and the label stands in the middle of what is.
    x0, x1 = np.maximum(x0, GUTTER - 12.0), np.minimum(x1, GUTTER + axis.width + 12.0)
    if row.shown.points:
        x1 = x0 + np.minimum(room, 200.0)
    spots: list[tuple[int, QRectF]] = []
    for k in np.flatnonzero(~thin).tolist():
        spots.append((int(numbers[k]), QRectF(float(x0[k]), top, float(x1[k] - x0[k]), row.tall)))
    usual, pink = tones(row), tones(row, doubtful=True)
    last = None
    paint = _paint_point if row.shown.points else _paint_piece
    for piece, rect in spots:
        if piece == look.piece:
            last = rect
        else:
            paint(painter, row, piece, rect, pink if row.doubts[piece] else usual, look)
    if last is not None and look.piece is not None:
        # Its outline lies over its neighbours'.
        paint(painter, row, look.piece, last, pink if row.doubts[look.piece] else usual, look)
    if row.shown.locked:
        _paint_locks(painter, row, spots, look, top)
    return len(spots)


def _paint_piece(painter: QPainter, row: Row, piece: int, rect: QRectF, t: Tones, look: Look) -> None:
    chosen = piece == look.piece
    fill = t.lit if chosen else (mixed(t.fill, t.line, 0.12) if piece == look.hovered else t.fill)
    kind, doubtful = row.shown.kind, bool(row.doubts[piece])
    if rect.width() < PLAIN:
        _paint_plain(painter, rect, t.line, fill, chosen)
    else:
        body = rect.adjusted(1, 1, -1, -1)
        pen = QPen(t.line, 2.6 if chosen else 1.6)
        if kind == "truth":
            pen.setDashPattern([2.6, 2.0])
        elif kind == "compared":
            pen.setWidthF(1.8 if chosen else 1.0)
        painter.setPen(pen)
        painter.setBrush(fill if kind != "compared" or chosen else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(body, ROUND, ROUND)
    if doubtful:
        # Hatched, and with a sign where there is room: nobody has to tell pink from green.
        hatch = QColor(t.line)
        hatch.setAlphaF(0.4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QBrush(hatch, Qt.BrushStyle.BDiagPattern))
        painter.drawRect(rect.adjusted(2, 2, -2, -2))
    if chosen and look.ring:
        painter.setPen(QPen(QColor(theme().colours.accent), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(rect.adjusted(-2, -2, 2, 2), ROUND + 2, ROUND + 2)
    _paint_label(painter, row, piece, rect, t.text, look, doubtful)


def _paint_plain(painter: QPainter, rect: QRectF, line: QColor, fill: QColor, chosen: bool) -> None:
    body = rect.adjusted(0.5, 1, -0.5, -1)
    painter.fillRect(body, line)
    edge = 1.5 if chosen else 1.0
    if body.width() > 2 * edge:
        painter.fillRect(body.adjusted(edge, edge, -edge, -edge), fill)


def _paint_label(
    painter: QPainter, row: Row, piece: int, rect: QRectF, colour: QColor, look: Look, doubtful: bool
) -> None:
    room = rect.adjusted(2, 0, -2, 0)
    # Of a piece that goes on beyond an edge, what is seen bears the label.
    room.setLeft(max(room.left(), GUTTER + 2.0))
    signs = 0.0
    if doubtful and rect.width() > 64:
        at = QPointF(room.right() - 3 - SIGN / 2, room.center().y())
        draw_icon(painter, "circle-help", theme().colours.bad, at, SIGN, look.ratio)
        signs = SIGN + 4
    if piece in row.shown.locked and rect.width() > LOCKED:
        signs = max(signs, LOCK + 3)
    font = look.font if row.shown.editable else look.small
    label = row.shown.pieces[piece].label
    text = shown_text(label, font, room.width() - 2 * signs)
    if signs and text != label:
        # A sign is at one side only: then the other side has room.
        room.adjust(signs if piece in row.shown.locked else 0, 0, -signs if doubtful else 0, 0)
        text = shown_text(label, font, room.width())
    if text:
        painter.setFont(font)
        painter.setPen(colour)
        painter.drawText(room, _CENTRED, text)


def _paint_point(painter: QPainter, row: Row, piece: int, rect: QRectF, t: Tones, look: Look) -> None:
    chosen, x = piece == look.piece, rect.left()
    painter.fillRect(QRectF(x - (1.5 if chosen else 1), rect.top(), 3 if chosen else 2, rect.height()), t.line)
    font = look.small
    text = shown_text(row.shown.pieces[piece].label, font, rect.width() - 12)
    flag = QRectF(x, rect.top() + 1, 7, rect.height() / 2)
    if text:
        flag.setWidth(QFontMetricsF(font).horizontalAdvance(text) + 10)
    if rect.width() > 8:
        painter.setPen(QPen(t.line, 2.2 if chosen else 1.2))
        painter.setBrush(t.lit if chosen or piece == look.hovered else t.fill)
        painter.drawRoundedRect(flag, 3, 3)
    if chosen and look.ring:
        painter.setPen(QPen(QColor(theme().colours.accent), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(flag.adjusted(-3, -3, 3, 3), 5, 5)
    if text:
        painter.setFont(font)
        painter.setPen(t.text)
        painter.drawText(flag, _CENTRED, text)


def _paint_needle(painter: QPainter, row: Row, x: float, top: float) -> None:
    """The selected piece where it is too thin to be seen."""
    colour = QColor(theme().colours.text)
    painter.fillRect(QRectF(x - 1.5, top - 2, 3, row.tall + 4), colour)


@lru_cache(maxsize=4096)
def _fitting(label: str, font: str, width: int) -> str:
    """`label` on one line, cut if it must be; empty if less than a letter and a dot would be left."""
    made = QFont()
    made.fromString(font)
    metrics = QFontMetricsF(made)
    line = " ".join(label[:200].split())
    if metrics.horizontalAdvance(line) <= width:
        return line
    short = metrics.elidedText(line, Qt.TextElideMode.ElideRight, width)
    return short if len(short) > 1 else ""


def shown_text(label: str, font: QFont, width: float) -> str:
    """What of a label can be read in so many pixels."""
    return _fitting(label, font.toString(), int(width)) if width >= 5 and label else ""


# -- dense -----------------------------------------------------------------------------------------


def density(
    x0: NDArray[np.float64], x1: NDArray[np.float64], doubts: NDArray[np.bool_], left: float, width: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """How much of each of `width` columns from `left` on is covered, how many pieces begin there, and doubts there."""
    ends = np.empty(2 * len(x0))
    ends[0::2], ends[1::2] = x0 - left, x1 - left
    covered = np.zeros(2 * len(x0))
    covered[1::2] = x1 - x0
    share = np.diff(np.interp(np.arange(width + 1), ends, np.cumsum(covered)))
    columns = np.clip(np.floor(x0 - left).astype(np.intp), 0, width - 1)
    counts = np.bincount(columns, minlength=width).astype(float)
    return share, counts, np.bincount(columns[doubts], minlength=width) > 0


def _paint_dense(
    painter: QPainter, row: Row, spans: tuple[NDArray[np.float64], NDArray[np.float64]], doubts: NDArray[np.bool_],
    ratio: float, top: float,
) -> None:  # fmt: skip
    x0, x1 = spans
    left = np.floor(max(float(x0[0]), 0.0))
    width = max(int(np.ceil((float(x1.max()) - left) * ratio)), 1)
    share, counts, doubtful = density(x0 * ratio, x1 * ratio, doubts, left * ratio, width)
    strength = np.clip(0.28 * share + 0.5 * np.minimum(counts * ratio / 2, 1.0), 0.0, 1.0)
    colour, pink = tones(row).line, QColor(theme().colours.bad)
    place = QRectF(left, top + 2, width / ratio, row.tall - 4)
    painter.drawImage(place, _column_image(strength, colour))
    if doubtful.any():
        foot = QRectF(left, top + row.tall - 5, width / ratio, 5)
        painter.drawImage(foot, _column_image(doubtful.astype(float), pink))


def _column_image(strength: NDArray[np.float64], colour: QColor) -> QImage:
    """One line of pixels of a colour, as strong as said."""
    pixels = np.empty((1, len(strength), 4), np.uint8)
    for k, value in enumerate((colour.blue(), colour.green(), colour.red(), 255)):
        pixels[0, :, k] = np.rint(strength * value)
    return QImage(
        pixels.tobytes(), len(strength), 1, 4 * len(strength), QImage.Format.Format_ARGB32_Premultiplied
    ).copy()


# -- signs -----------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _icon(name: str, colour: str, size: int, ratio: float) -> QPixmap:
    return pixmap(name, colour, size, ratio)


def draw_icon(painter: QPainter, name: str, colour: str, at: QPointF, size: int, ratio: float) -> None:
    """An icon around a point."""
    painter.drawPixmap(at - QPointF(size / 2, size / 2), _icon(name, colour, size, ratio))


def _paint_locks(painter: QPainter, row: Row, spots: list[tuple[int, QRectF]], look: Look, top: float) -> None:
    """A padlock on every locked boundary, and at the left in pieces that are locked whole."""
    c = theme().colours
    free = -np.inf
    for piece, rect in spots:
        if piece in row.shown.locked and rect.width() > 16:
            left = max(rect.left(), GUTTER)
            at = QPointF(left + 4 + LOCK / 2 if rect.width() > LOCKED else rect.center().x(), rect.center().y())
            if rect.width() <= LOCKED:
                at.setY(rect.bottom() - LOCK / 2 - 1)
            draw_icon(painter, "lock", c.warn, at, LOCK, look.ratio)
        for end, x in ((False, rect.left()), (True, rect.right())):
            if (piece, end) not in row.shown.locked or x < free:
                continue
            # Further ones would lie over one another.
            free = x + LOCK + 3
            badge = QRectF(x - 7.5, top - 4, 15, 15)
            painter.setPen(QPen(QColor(c.warn), 1.2))
            painter.setBrush(QColor(c.stage))
            painter.drawEllipse(badge)
            draw_icon(painter, "lock", c.warn, badge.center(), 9, look.ratio)


def paint_name(painter: QPainter, row: Row, top: float, look: Look) -> None:
    """What a tier is called, in the gutter."""
    c = theme().colours
    room = QRectF(8, top, GUTTER - 12, row.tall)
    if look.selected:
        painter.fillRect(QRectF(0, top - 3, 2.5, row.height - 2), QColor(c.accent))
    mark = {"truth": "target", "compared": "columns-2"}.get(row.shown.kind)
    if mark is not None:
        draw_icon(painter, mark, c.muted, QPointF(room.left() + 5, room.center().y()), 11, look.ratio)
        room.setLeft(room.left() + 14)
    painter.setFont(look.small)
    painter.setPen(QColor(c.text if look.selected else c.muted))
    name = row.shown.title or row.shown.name
    painter.drawText(room, _LEFT, QFontMetricsF(look.small).elidedText(name, Qt.TextElideMode.ElideRight, room.width()))


def paint_grip(painter: QPainter, x: float, rect: QRectF, colour: QColor) -> None:
    """Where a boundary can be taken: a small bar in the middle of its lane."""
    body = QRectF(x - 3, rect.center().y() - 9, 6, 18)
    if rect.height() < 24:
        body = QRectF(x - 2.5, rect.center().y() - 6, 5, 12)
    painter.setPen(QPen(QColor(theme().colours.stage), 1.5))
    painter.setBrush(colour)
    painter.drawRoundedRect(body, 3, 3)


def paint_edge(painter: QPainter, x: float, height: float, colour: QColor, dashed: bool) -> None:
    """A line through all rows."""
    pen = QPen(colour, 1.6 if dashed else 1.2)
    if dashed:
        pen.setDashPattern([3.0, 2.0])
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.setPen(pen)
    painter.drawLine(QLineF(x, 0, x, height))


def paint_bubble(painter: QPainter, text: str, x: float, y: float, room: QRectF, font: QFont, colour: QColor) -> None:
    """A few words at a line, at its right if there is room."""
    c = theme().colours
    wide = QFontMetricsF(font).horizontalAdvance(text) + 14
    left = x + 8 if x + 8 + wide <= room.right() else x - 8 - wide
    box = QRectF(left, min(max(y, room.top() + 2), room.bottom() - 24), wide, 22)
    painter.setPen(QPen(colour, 1.2))
    painter.setBrush(QColor(c.raised))
    painter.drawRoundedRect(box, 5, 5)
    painter.setFont(font)
    painter.setPen(QColor(c.text))
    painter.drawText(box, _CENTRED, text)
