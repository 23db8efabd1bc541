"""The strokes of the caption: words, phrases in the colours of what they mean, excluded and selected words."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QLinearGradient, QPainter, QPen

from ..theme import theme
from .scene_chips import PAD, Chip, Word, chip_font
from .scene_colours import on_stage
from .scene_layout import Layout
from .scene_paint import UNMATCHED, Look, pen, tinted

__all__ = ["meanings", "paint_chips"]

RADIUS = 7.0
_LEFT = int(Qt.AlignmentFlag.AlignCenter)


def meanings(layout: Layout) -> dict[int, list[int]]:
    """The colours of all that each phrase means."""
    meant: dict[int, list[int]] = {}
    for curve in layout.curves:
        if curve.strand.state in ("chosen", "locked"):
            meant.setdefault(curve.strand.b, []).append(layout.hues[curve.strand.a])
    return meant


def paint_chips(painter: QPainter, layout: Layout, look: Look, family: str, meant: dict[int, list[int]]) -> None:
    """All chips that show; `meant` as of `meanings`."""
    painter.save()
    painter.setClipRect(layout.strip.adjusted(0, -4, 0, 4))
    bold = chip_font(family, layout.rows.size, True)
    plain = chip_font(family, layout.rows.size, False)
    for chip in layout.chips:
        if not chip.rect.intersects(layout.strip):
            continue
        if not look.draws(*chip.key):
            continue
        hues = [] if chip.phrase is None else meant.get(chip.phrase, [])
        painter.setFont(plain if chip.phrase is None else bold)
        _paint_chip(painter, chip, look, hues)
    painter.restore()


def _paint_chip(painter: QPainter, chip: Chip, look: Look, hues: list[int]) -> None:
    c = theme().colours
    rect = chip.rect.adjusted(0.75, 0.75, -0.75, -0.75)
    phrase = chip.phrase is not None
    picked = phrase and look.picked is not None and look.picked.phrase == chip.phrase
    hovered = phrase and look.hovered is not None and look.hovered.phrase == chip.phrase
    aimed = look.aim is not None and look.aim in (
        ("b", chip.phrase),
        *(("word", w.index) for w in chip.words if not phrase),
    )
    ground = QColor(c.raised if phrase else c.window)
    if hovered or aimed or picked:
        ground = QColor(c.hover)
    painter.setBrush(ground)
    if hues:
        painter.setPen(QPen(_blend(rect, hues), 2.6 if picked or hovered else 2.0))
    elif phrase:
        painter.setPen(pen(QColor(c.muted), 1.5, UNMATCHED))
    else:
        painter.setPen(QPen(QColor(c.border), 1.0))
    painter.drawRoundedRect(rect, RADIUS, RADIUS)
    _paint_selected(painter, chip, look)
    for k, word in enumerate(chip.words):
        _paint_word(painter, chip, word, k)
    if picked or aimed:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(c.b if aimed else c.accent), 2.0))
        painter.drawRoundedRect(chip.rect.adjusted(-2.5, -2.5, 2.5, 2.5), RADIUS + 2, RADIUS + 2)


def _paint_selected(painter: QPainter, chip: Chip, look: Look) -> None:
    chosen = [w.rect for w in chip.words if w.index in look.words]
    if not chosen:
        return
    c = theme().colours
    across = QRectF(chosen[0])
    for r in chosen[1:]:
        across = across.united(r)
    painter.setBrush(tinted(QColor(c.b), 0.22))
    painter.setPen(QPen(QColor(c.b), 2.0))
    painter.drawRoundedRect(across.adjusted(1.5, 1.5, -1.5, -1.5), RADIUS - 1, RADIUS - 1)


def _paint_word(painter: QPainter, chip: Chip, word: Word, place: int) -> None:
    c = theme().colours
    first, last = place == 0, place == len(chip.words) - 1
    room = word.rect.adjusted(PAD if first else 0, 0, -PAD if last else 0, 0)
    # Half a joint lies at each inner side of a word.
    ink = QColor(c.text if chip.phrase is not None and not word.stop else c.muted)
    if word.stop:
        ink.setAlphaF(0.75)
    painter.setPen(ink)
    painter.drawText(room, _LEFT, word.token.text)
    if word.stop:
        y = room.center().y() + 1
        painter.setPen(QPen(ink, 1.4))
        painter.drawLine(QLineF(QPointF(room.left() + 1, y), QPointF(room.right() - 1, y)))


def _blend(rect: QRectF, hues: list[int]) -> QBrush:
    """The colours of all that a phrase means, side by side."""
    if len(hues) == 1:
        return QBrush(on_stage(hues[0]))
    gradient = QLinearGradient(rect.topLeft(), rect.topRight())
    for k, hue in enumerate(hues):
        gradient.setColorAt(k / len(hues) + 1e-3, on_stage(hue))
        gradient.setColorAt((k + 1) / len(hues) - 1e-3, on_stage(hue))
    return QBrush(gradient)
