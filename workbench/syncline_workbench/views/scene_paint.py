"""The strokes of the board: boxes, tags, curves, badges, handles, the switch of captions.

All lines are opaque, since lines that let something through take Qt ten times as long; what fades, fades as one layer.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QPainter, QPen, QPixmap

from ..theme import pixmap, theme
from .scene_colours import INK, on_picture, on_stage
from .scene_curves import Curve, bend
from .scene_layout import Layout
from .scene_outlines import paint_outline
from .scene_pick import Pick
from .scene_tags import MARK, PAD, Tag

__all__ = [
    "Key",
    "Look",
    "badge_spots",
    "handles",
    "paint_boxes",
    "paint_curves",
    "paint_handles",
    "paint_rubber",
    "paint_switch",
    "paint_tags",
]

LINE, HANDLE, BADGE = 2.2, 8.0, 19.0
UNMATCHED = (4.0, 2.6)
PATTERNS: tuple[tuple[float, ...], ...] = ((), (9.0, 2.4), (9.0, 2.4, 1.2, 2.4), (9.0, 2.4, 1.2, 2.4, 1.2, 2.4))
"""Lines of objects of the same colour: whole, then broken in ever other ways."""
CENTRED = int(Qt.AlignmentFlag.AlignCenter)


Key = tuple[str, object]
"""``("a", object)``, ``("b", phrase)``, ``("link", pair)`` or ``("word", index)``."""


@dataclass
class Look:
    """How things look just now.

    Attributes
    ----------
    only
        What is drawn; None: everything.
    but
        What is not drawn all the same.
    picked, hovered
        What is selected, and what is under the mouse.
    words
        Indices of the selected words.
    aim
        Where a link that is being drawn would end: an object, a phrase, or the index of a word.
    ratio
        Device pixels a pixel.
    brisk
        Many things move: outlines of lines, which take as long as the lines, are left out.
    """

    only: Container[Key] | None = None
    but: Container[Key] = ()
    picked: Pick | None = None
    hovered: Pick | None = None
    words: range = range(0)
    aim: tuple[str, int] | None = None
    ratio: float = 1.0
    brisk: bool = False

    def draws(self, kind: str, item: object) -> bool:
        """True if that is to be drawn."""
        return (self.only is None or (kind, item) in self.only) and (kind, item) not in self.but


def pen(colour: QColor, width: float, dashes: tuple[float, ...] = ()) -> QPen:
    """A pen with round joins; `dashes` in units of its width."""
    made = QPen(colour, width)
    made.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
    made.setCapStyle(Qt.PenCapStyle.FlatCap if dashes else Qt.PenCapStyle.RoundCap)
    if dashes:
        made.setDashPattern(dashes)
    return made


def tinted(colour: QColor, alpha: float) -> QColor:
    """The colour with another opacity."""
    made = QColor(colour)
    made.setAlphaF(alpha)
    return made


@lru_cache(maxsize=64)
def _icon(name: str, colour: str, size: int, ratio: float) -> QPixmap:
    return pixmap(name, colour, size, ratio)


def _draw_icon(painter: QPainter, name: str, colour: str, at: QPointF, size: int, ratio: float) -> None:
    painter.drawPixmap(at - QPointF(size / 2, size / 2), _icon(name, colour, size, ratio))


# -- on the picture --------------------------------------------------------------------------------


def paint_boxes(painter: QPainter, layout: Layout, look: Look, window: QRectF) -> None:
    """Outlines: matched ones whole, others dashed; the one in hand thicker."""
    matched = {a for a, _ in layout.matched}
    halo = tinted(QColor(theme().colours.path_halo), 0.45)
    near = window.adjusted(-4, -4, 4, 4)
    painter.save()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    # Upright and level lines are sharpest without, on whole pixels of the screen.
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for a, box in layout.boxes.items():
        if not box.intersects(window) or not look.draws("a", a):
            continue
        # Far beyond the window nothing is seen of it, and dashes would be laid all along it.
        rect = _whole(box.intersected(near), look.ratio)
        strong = _in_hand(look, a)
        width = max(round((LINE + (1.0 if strong else 0.0)) * look.ratio), 1) / look.ratio
        dashes = PATTERNS[layout.patterns.get(a, 0) % len(PATTERNS)] if a in matched else UNMATCHED
        colour = on_picture(layout.hues[a])
        if a in layout.outlines:
            line, wash = pen(colour, width, dashes), tinted(colour, 0.25) if strong else None
            # The lines of two neighbours set each other off; what lets something through is drawn round one only.
            paint_outline(painter, layout.outlines[a], line, halo if strong else None, wash)
            continue
        if strong:
            painter.fillRect(rect, tinted(colour, 0.10))
        if strong or not look.brisk:
            _paint_ring(painter, rect.adjusted(-width, -width, width, width), 1 / look.ratio, halo)
        painter.setPen(pen(colour, width, dashes))
        painter.drawRect(rect)
    painter.restore()


def _paint_ring(painter: QPainter, rect: QRectF, width: float, colour: QColor) -> None:
    """An outline by four bars, which may let something through and are quick all the same."""
    for bar in (
        QRectF(rect.left(), rect.top(), rect.width(), width),
        QRectF(rect.left(), rect.bottom() - width, rect.width(), width),
        QRectF(rect.left(), rect.top() + width, width, rect.height() - 2 * width),
        QRectF(rect.right() - width, rect.top() + width, width, rect.height() - 2 * width),
    ):
        painter.fillRect(bar, colour)


def _whole(rect: QRectF, ratio: float) -> QRectF:
    """The rectangle on whole device pixels."""
    left, top, right, bottom = (
        round(x * ratio) / ratio for x in (rect.left(), rect.top(), rect.right(), rect.bottom())
    )
    return QRectF(left, top, right - left, bottom - top)


def _in_hand(look: Look, a: int) -> bool:
    return any(p is not None and p.object == a for p in (look.picked, look.hovered)) or look.aim == ("a", a)


def paint_tags(painter: QPainter, layout: Layout, look: Look, font: QFont) -> None:
    """Labels; a pencil marks the boxes drawn by hand."""
    painter.setFont(font)
    for a, tag in layout.tags.items():
        if look.draws("a", a):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(on_picture(layout.hues[a]))
            painter.drawRoundedRect(tag.rect, 2.5, 2.5)
            painter.setPen(QColor(INK))
            _paint_tag(painter, tag, look.ratio)


def _paint_tag(painter: QPainter, tag: Tag, ratio: float) -> None:
    room = tag.rect.adjusted(PAD, 0, -PAD, 0)
    if tag.drawn:
        _draw_icon(painter, "pencil", INK, QPointF(room.left() + 5, room.center().y()), 11, ratio)
        room.setLeft(room.left() + MARK)
    painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), tag.text)


def handles(box: QRectF) -> dict[tuple[int, int], QRectF]:
    """What a box is resized by: which edges move (−1 the left or upper one, 1 the other, 0 neither), and where.

    (0, 0), in the middle, moves it; a small box has only its corners.
    """
    out: dict[tuple[int, int], QRectF] = {}
    size = QSizeF(HANDLE, HANDLE)
    for i, x in ((-1, box.left()), (0, box.center().x()), (1, box.right())):
        for j, y in ((-1, box.top()), (0, box.center().y()), (1, box.bottom())):
            tight = (i == 0 and box.width() < 4 * HANDLE) or (j == 0 and box.height() < 4 * HANDLE)
            if not tight:
                out[i, j] = QRectF(QPointF(x - HANDLE / 2, y - HANDLE / 2), size)
    if (0, 0) in out:
        out[0, 0] = out[0, 0].adjusted(-6, -6, 6, 6)
    return out


def paint_handles(painter: QPainter, box: QRectF, colour: QColor, ratio: float) -> None:
    """The handles of the selected box."""
    for (i, j), spot in handles(box).items():
        painter.setPen(QPen(QColor(INK), 1.2))
        painter.setBrush(QColor("#ffffff"))
        if (i, j) == (0, 0):
            painter.setBrush(tinted(QColor("#ffffff"), 0.9))
            painter.drawEllipse(spot)
            _draw_icon(painter, "move", INK, spot.center(), 14, ratio)
        else:
            painter.setPen(QPen(colour.darker(190), 1.4))
            painter.drawRoundedRect(spot, 2, 2)


# -- links -----------------------------------------------------------------------------------------


def paint_curves(painter: QPainter, layout: Layout, look: Look) -> Iterator[None]:
    """Links one by one, those in hand last."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    wanted = [c for c in layout.curves if look.draws("link", c.strand.pair)]
    for curve in sorted(wanted, key=lambda c: _held(look, c)):
        _paint_curve(painter, curve, layout, _held(look, curve), look.brisk)
        yield


def _held(look: Look, curve: Curve) -> bool:
    return any(p is not None and p.pair == curve.strand.pair for p in (look.picked, look.hovered))


def _paint_curve(painter: QPainter, curve: Curve, layout: Layout, strong: bool, brisk: bool) -> None:
    c, s = theme().colours, curve.strand
    colour = on_stage(layout.hues[s.a])
    dashes = PATTERNS[layout.patterns.get(s.a, 0) % len(PATTERNS)]
    width = 1.4 + 2.2 * s.strength + (1.4 if strong else 0.0)
    halo = 1.6
    if s.state == "soft":
        # Paler and thinner the less there is of it; the thin ones without an outline.
        colour = colour if strong else _mixed(QColor(c.stage), colour, 0.35 + 0.65 * s.strength)
        width -= 0.6
        halo = halo if s.strength > 0.4 else 0.0
    elif s.state == "locked":
        width += 0.9
    elif s.state == "forbidden":
        dashes, width, colour = (2.4, 2.4), 1.5 + (1.0 if strong else 0.0), QColor(c.muted)
    elif s.state == "other":
        dashes, width, colour = (1.2, 1.8), 1.8 + (1.0 if strong else 0.0), QColor(c.text)
    if halo and (strong or not brisk):
        painter.setPen(pen(QColor(c.path_halo if c.name == "dark" else "#ffffff"), width + halo))
        painter.drawPath(curve.path)
    painter.setPen(pen(colour, width, dashes))
    painter.drawPath(curve.path)


def _mixed(ground: QColor, colour: QColor, share: float) -> QColor:
    """So much of the colour, on that ground."""
    pairs = ((ground.red(), colour.red()), (ground.green(), colour.green()), (ground.blue(), colour.blue()))
    return QColor(*(round(x + (y - x) * share) for x, y in pairs))


def badge_spots(layout: Layout, look: Look) -> list[tuple[Curve, str, QRectF]]:
    """Marks on curves and where they are: a padlock, a cross, a sign of difference, the weight of the one in hand."""
    taken = [t.rect for t in layout.tags.values()] + [c.rect for c in layout.chips]
    spots: list[tuple[Curve, str, QRectF]] = []
    for curve in layout.curves:
        s = curve.strand
        strong = _held(look, curve)
        mark = {"locked": "lock", "forbidden": "x"}.get(s.state, "diff" if s.alone else "")
        if not mark and not strong:
            continue
        wide = BADGE
        if strong and _figure(curve):
            wide = 36.0 + (BADGE - 3 if mark else 4.0)
        best = None
        for share in (0.55, 0.45, 0.65, 0.35, 0.75, 0.25, 0.15):
            at = curve.at(share)
            rect = QRectF(at.x() - wide / 2, at.y() - BADGE / 2, wide, BADGE)
            best = best or rect
            if not any(rect.intersects(t) for t in taken):
                best = rect
                break
        assert best is not None
        taken.append(best)
        spots.append((curve, mark, best))
    return spots


def _figure(curve: Curve) -> str:
    """What a link in hand says of itself: how alike the two are, or its share of a plan."""
    s = curve.strand
    value = s.similarity if s.weight == 1 else s.weight
    return "" if value is None or s.state in ("forbidden", "other") else f"{value:.2f}"


def paint_badges(painter: QPainter, layout: Layout, look: Look, font: QFont) -> None:
    """The marks of `badge_spots`."""
    c = theme().colours
    for curve, mark, spot in badge_spots(layout, look):
        s = curve.strand
        if not look.draws("link", s.pair):
            continue
        colour = QColor(c.bad) if s.state == "forbidden" else on_stage(layout.hues[s.a])
        painter.setPen(QPen(colour, 1.6))
        painter.setBrush(QColor(c.stage))
        painter.drawRoundedRect(spot, BADGE / 2, BADGE / 2)
        room = QRectF(spot)
        if mark:
            ink = {"lock": c.warn, "x": c.bad}.get(mark, c.text)
            at = QPointF(spot.left() + BADGE / 2, spot.center().y())
            _draw_icon(painter, mark, ink, at if spot.width() > BADGE else spot.center(), 12, look.ratio)
            room.setLeft(spot.left() + BADGE - 3)
        if spot.width() > BADGE:
            painter.setFont(font)
            painter.setPen(QColor(c.text))
            painter.drawText(room, CENTRED, _figure(curve))


def paint_rubber(painter: QPainter, start: QPointF, end: QPointF, forbids: bool, caught: bool) -> None:
    """A link that is being drawn: a blue dot where it leaves its object (A), an amber one at the word (B)."""
    c = theme().colours
    colour = QColor(c.bad if forbids else c.accent)
    path = bend(start, end)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(pen(QColor(c.path_halo), 5.0))
    painter.drawPath(path)
    painter.setPen(pen(colour, 2.8, () if caught else (3.0, 2.0)))
    painter.drawPath(path)
    for at, side in ((start, c.a), (end, c.b)):
        painter.setPen(QPen(QColor(INK), 1.2))
        painter.setBrush(QBrush(QColor(side)))
        painter.drawEllipse(at, 4.5, 4.5)


# -- captions --------------------------------------------------------------------------------------


def paint_switch(painter: QPainter, layout: Layout, text: str, font: QFont, ratio: float) -> None:
    """Which of several captions is shown, and the way to its neighbours."""
    c = theme().colours
    for name, mark in (("previous", "chevron-left"), ("next", "chevron-right")):
        spot = layout.switch[name]
        painter.setPen(QPen(QColor(c.border), 1))
        painter.setBrush(QColor(c.raised))
        painter.drawRoundedRect(spot, 5, 5)
        _draw_icon(painter, mark, c.text, spot.center(), 14, ratio)
    painter.setFont(font)
    painter.setPen(QColor(c.muted))
    painter.drawText(layout.switch["text"], CENTRED, text)
