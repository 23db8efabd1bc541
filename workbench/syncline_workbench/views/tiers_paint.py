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
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QImage, QPainter, QPen, QPixmap, QStaticText

from ..theme import pixmap, theme
from .tiers_shown import Kind, Lane, Row
from .time_axis import GUTTER, TimeAxis

__all__ = ["Look", "paint_bubble", "paint_edge", "paint_grip", "paint_name", "paint_row"]

LEAST, PLAIN, KEPT, ROUND = 3.0, 9.0, 240.0, 4.5
"""Widths in pixels below which pieces are merged and are drawn without rounding, and up to which pictures of them are
kept; the radius of their corners."""
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
    right
        Pixel at which the time axis ends.
    """

    font: QFont
    small: QFont
    ratio: float = 1.0
    piece: int | None = None
    selected: bool = False
    hovered: int | None = None
    ring: bool = False
    right: float = 1e6

    def __post_init__(self) -> None:
        self.keys = self.small.toString(), self.font.toString()


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
    if not len(lane.numbers):
        return 0
    points, whole = row.shown.points, lane.longest / axis.per_pixel < LEAST
    seen = lane.seen(axis.start, axis.end)
    spots: list[tuple[int, QRectF]] = []
    if whole:
        _paint_dense(painter, row, lane, axis, look.ratio, top, None)
    elif seen.stop > seen.start:
        numbers = lane.numbers[seen]
        x0 = (lane.starts[seen] - axis.start) / axis.per_pixel + GUTTER
        x1 = (lane.ends[seen] - axis.start) / axis.per_pixel + GUTTER
        # A point is as wide as it is far to the next one.
        room = np.diff(x0, append=x0[-1] + 200.0) if points else x1 - x0
        thin = room < LEAST
        if thin.any():
            _paint_dense(painter, row, lane, axis, look.ratio, top, (x0[thin], x1[thin]))
        # Nothing is seen of what lies far outside, and the label stands in the middle of what is.
        x0, x1 = np.maximum(x0, GUTTER - 12.0), np.minimum(x1, GUTTER + axis.width + 12.0)
        if points:
            x1 = x0 + np.minimum(room, 200.0)
        x0, x1 = np.rint(x0 * look.ratio) / look.ratio, np.rint(x1 * look.ratio) / look.ratio
        wide = np.flatnonzero(~thin)
        for piece, left, right in zip(numbers[wide].tolist(), x0[wide].tolist(), x1[wide].tolist(), strict=True):
            spots.append((piece, QRectF(left, top, right - left, row.tall)))
    _paint_spots(painter, row, spots, look)
    if look.piece is not None and int(row.lane_of[look.piece]) == lane_number(row, lane):
        x = (row.starts[look.piece] - axis.start) / axis.per_pixel + GUTTER
        if all(piece != look.piece for piece, _ in spots) and GUTTER - 2 <= x <= GUTTER + axis.width + 2:
            _paint_needle(painter, row, float(x), top)
    return len(spots)


def lane_number(row: Row, lane: Lane) -> int:
    """Which of the row's lanes it is."""
    return next(k for k, x in enumerate(row.lanes) if x is lane)


def _paint_spots(painter: QPainter, row: Row, spots: list[tuple[int, QRectF]], look: Look) -> None:
    usual, pink = tones(row), tones(row, doubtful=True)
    paint = _paint_point if row.shown.points else _paint_piece
    doubts = row.doubts
    last = None
    narrow: dict[bool, list[QRectF]] = {False: [], True: []}
    for piece, rect in spots:
        if piece == look.piece:
            last = rect
        elif rect.width() < PLAIN and not row.shown.points:
            narrow[bool(doubts[piece])].append(rect)
        else:
            paint(painter, row, piece, rect, pink if doubts[piece] else usual, look)
    for doubtful, t in ((False, usual), (True, pink)):
        _paint_plain(painter, narrow[doubtful], t.line, t.fill, 1.0)
    if last is not None and look.piece is not None:
        # Its outline lies over its neighbours'.
        paint(painter, row, look.piece, last, pink if doubts[look.piece] else usual, look)
    if row.shown.locked:
        _paint_locks(painter, row, spots, look)


def _paint_piece(painter: QPainter, row: Row, piece: int, rect: QRectF, t: Tones, look: Look) -> None:
    chosen = piece == look.piece
    fill = t.lit if chosen else (mixed(t.fill, t.line, 0.12) if piece == look.hovered else t.fill)
    doubtful = bool(row.doubts[piece])
    if rect.width() < PLAIN:
        _paint_plain(painter, [rect], t.line, fill, 1.5)
        return
    if rect.width() <= KEPT:
        size = round(rect.width() * look.ratio), round(rect.height() * look.ratio)
        body = _body(*size, look.ratio, t.line.rgb(), fill.rgb(), row.shown.kind, chosen, doubtful)
        painter.drawPixmap(rect.topLeft(), body)
    else:
        _paint_body(painter, rect, t.line, fill, row.shown.kind, chosen, doubtful)
    if chosen and look.ring:
        painter.setPen(QPen(QColor(theme().colours.accent), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(rect.adjusted(-2, -2, 2, 2), ROUND + 2, ROUND + 2)
    _paint_label(painter, row, piece, rect, t.text, look, doubtful)


@lru_cache(maxsize=1024)
def _body(
    wide: int, high: int, ratio: float, line: int, fill: int, kind: Kind, chosen: bool, doubtful: bool
) -> QPixmap:
    """A piece without its label, kept: curves take ten times as long to draw as pictures of them."""
    made = QPixmap(wide, high)
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    rect = QRectF(0, 0, wide / ratio, high / ratio)
    _paint_body(painter, rect, QColor.fromRgb(line), QColor.fromRgb(fill), kind, chosen, doubtful)
    painter.end()
    return made


def _paint_body(
    painter: QPainter, rect: QRectF, line: QColor, fill: QColor, kind: Kind, chosen: bool, doubtful: bool
) -> None:
    pen = QPen(line, 2.6 if chosen else 1.6)
    if kind == "truth":
        pen.setDashPattern([2.6, 2.0])
    elif kind == "compared":
        pen.setWidthF(1.8 if chosen else 1.0)
    painter.setPen(pen)
    painter.setBrush(fill)
    corner = min(ROUND, rect.width() / 5)
    painter.drawRoundedRect(rect.adjusted(1.3, 1.3, -1.3, -1.3), corner, corner)
    if doubtful:
        # Hatched, and with a sign where there is room: nobody has to tell pink from green.
        hatch = QColor(line)
        hatch.setAlphaF(0.4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QBrush(hatch, Qt.BrushStyle.BDiagPattern))
        painter.drawRect(rect.adjusted(2, 2, -2, -2))


def _paint_plain(painter: QPainter, rects: list[QRectF], line: QColor, fill: QColor, edge: float) -> None:
    """Pieces that have room for neither rounding nor label, all at once."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(Qt.PenStyle.NoPen)
    for colour, inset in ((line, 0.0), (fill, edge)):
        painter.setBrush(colour)
        painter.drawRects([r.adjusted(inset, 1 + inset, -1 - inset, -1 - inset) for r in rects])
    painter.restore()


def _paint_label(
    painter: QPainter, row: Row, piece: int, rect: QRectF, colour: QColor, look: Look, doubtful: bool
) -> None:
    room = rect.adjusted(1.5, 0, -1.5, 0)
    # Of a piece that goes on beyond an edge, what is seen bears the label.
    room.setLeft(max(room.left(), GUTTER + 2.0))
    room.setRight(min(room.right(), look.right - 2.0))
    signs = 0.0
    if doubtful and rect.width() > 64:
        at = QPointF(room.right() - 3 - SIGN / 2, room.center().y())
        draw_icon(painter, "circle-help", theme().colours.bad, at, SIGN, look.ratio)
        signs = SIGN + 4
    if piece in row.shown.locked and rect.width() > LOCKED:
        signs = max(signs, LOCK + 3)
    label, large = row.shown.pieces[piece].label, row.shown.editable
    if not label or room.width() < 5:
        return
    # A sign is at one side only: then the other side has room.
    beside = room.adjusted(signs if piece in row.shown.locked else 0, 0, -signs if doubtful else 0, 0)
    for place, font in ((room.adjusted(signs, 0, -signs, 0), large), (beside, large), (beside, False)):
        text = shown_text(label, look.keys[font], int(place.width()))
        if text is not None and (text.whole or (place is beside and not font)):
            painter.setFont(look.font if font else look.small)
            painter.setPen(colour)
            _put(painter, text.laid, place)
            return


def _put(painter: QPainter, text: QStaticText, room: QRectF) -> None:
    """A laid out text in the middle of its room."""
    size = text.size()
    painter.drawStaticText(QPointF(room.center().x() - size.width() / 2, room.center().y() - size.height() / 2), text)


def _paint_point(painter: QPainter, row: Row, piece: int, rect: QRectF, t: Tones, look: Look) -> None:
    chosen, x = piece == look.piece, rect.left()
    painter.fillRect(QRectF(x - (1.5 if chosen else 1), rect.top(), 3 if chosen else 2, rect.height()), t.line)
    label = row.shown.pieces[piece].label
    text = shown_text(label, look.keys[False], int(rect.width() - 12)) if label and rect.width() > 16 else None
    flag = QRectF(x, rect.top() + 1, 7, rect.height() / 2)
    if text is not None:
        flag.setWidth(text.laid.size().width() + 10)
    if rect.width() > 8:
        painter.setPen(QPen(t.line, 2.2 if chosen else 1.2))
        painter.setBrush(t.lit if chosen or piece == look.hovered else t.fill)
        painter.drawRoundedRect(flag, 3, 3)
    if chosen and look.ring:
        painter.setPen(QPen(QColor(theme().colours.accent), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(flag.adjusted(-3, -3, 3, 3), 5, 5)
    if text is not None:
        painter.setFont(look.small)
        painter.setPen(t.text)
        _put(painter, text.laid, flag)


def _paint_needle(painter: QPainter, row: Row, x: float, top: float) -> None:
    """The selected piece where it is too thin to be seen."""
    colour = QColor(theme().colours.text)
    painter.fillRect(QRectF(x - 1.5, top - 2, 3, row.tall + 4), colour)


@dataclass(frozen=True)
class Fitted:
    """A label laid out in the room there is; not `whole`: cut with an ellipsis."""

    laid: QStaticText
    whole: bool


@lru_cache(maxsize=8192)
def shown_text(label: str, font: str, width: int) -> Fitted | None:
    """What of a label can be read in so many pixels; None if nothing would be left."""
    made = QFont()
    made.fromString(font)
    metrics = QFontMetricsF(made)
    line = " ".join(label[:200].split())
    whole = metrics.horizontalAdvance(line) <= width
    if not whole:
        line = metrics.elidedText(line, Qt.TextElideMode.ElideRight, width)
    if not line or (not whole and len(line) < 2):
        return None
    laid = QStaticText(line)
    laid.setTextFormat(Qt.TextFormat.PlainText)
    laid.prepare(font=made)
    return Fitted(laid, whole)


# -- dense -----------------------------------------------------------------------------------------


def _paint_dense(
    painter: QPainter, row: Row, lane: Lane, axis: TimeAxis, ratio: float, top: float,
    thin: tuple[NDArray[np.float64], NDArray[np.float64]] | None,
) -> None:  # fmt: skip
    """Pieces as one picture: all of the lane, or where those lie that are too thin."""
    count = max(round(axis.width * ratio), 1)
    share, begun, doubts = lane.density(np.linspace(axis.start, axis.end, count + 1))
    strength = np.minimum(0.28 * share + 0.25 * ratio * np.minimum(begun, 2 / ratio), 1.0)
    if thin is not None:
        covered = np.zeros(count + 1)
        for x, sign in ((thin[0], 1), (thin[1], -1)):
            columns = np.floor((x - GUTTER) * ratio) if sign > 0 else np.ceil((x - GUTTER) * ratio)
            np.add.at(covered, np.clip(columns.astype(np.intp), 0, count), sign)
        strength[np.cumsum(covered)[:-1] <= 0] = 0.0
    place = QRectF(GUTTER, top + 2, axis.width, row.tall - 4)
    painter.drawImage(place, _column_image(strength, tones(row).line))
    unsure = (doubts > 0) & (strength > 0)
    if unsure.any():
        foot = QRectF(GUTTER, top + row.tall - 5, axis.width, 5)
        painter.drawImage(foot, _column_image(unsure.astype(float), QColor(theme().colours.bad)))


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


def _paint_locks(painter: QPainter, row: Row, spots: list[tuple[int, QRectF]], look: Look) -> None:
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
            badge = QRectF(x - 7.5, rect.top() - 4, 15, 15)
            painter.setPen(QPen(QColor(c.warn), 1.2))
            painter.setBrush(QColor(c.stage))
            painter.drawEllipse(badge)
            draw_icon(painter, "lock", c.warn, badge.center(), 9, look.ratio)


def paint_name(painter: QPainter, row: Row, top: float, look: Look) -> None:
    """What a tier is called, in the gutter."""
    c = theme().colours
    room = QRectF(6, top, GUTTER - 10, row.tall)
    if look.selected:
        painter.fillRect(QRectF(0, top - 3, 2.5, row.height - 2), QColor(c.accent))
    mark = {"truth": "target", "compared": "columns-2"}.get(row.shown.kind)
    if mark is not None:
        draw_icon(painter, mark, c.muted, QPointF(room.left() + 5, room.center().y()), 11, look.ratio)
        room.setLeft(room.left() + 14)
    painter.setFont(look.small)
    painter.setPen(QColor(c.text if look.selected else c.muted))
    name = row.name
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
    """A line through all rows, with a dark edge as in the rows above; a dashed one needs none on a light ground."""
    if not dashed or theme().colours.name == "dark":
        painter.setPen(QPen(QColor(0, 0, 0, 130), 3))
        painter.drawLine(QLineF(x, 0, x, height))
    pen = QPen(colour, 1.6 if dashed else 1.2)
    if dashed:
        pen.setDashPattern([3.0, 2.5])
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
