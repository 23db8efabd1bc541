"""The words of a caption as chips in rows: where each word and each phrase lies."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFont, QFontMetricsF

from syncline.model import Caption, Span, Token
from syncline.words import is_word, tokens_of

__all__ = ["Chip", "ChipRows", "Word", "chip_rows"]

GAP, ROW_GAP, PAD, JOINT = 6.5, 14.0, 8.0, 11.0
SIZES = (18, 16, 14)
"""Font sizes in pixels: the largest that needs at most two rows, else the last."""


@dataclass(frozen=True)
class Word:
    """A word or mark of a chip; `rect` is where a press means it, `index` counts the caption's tokens."""

    index: int
    token: Token
    rect: QRectF
    stop: bool

    @property
    def word(self) -> bool:
        """False for punctuation."""
        return is_word(self.token)


@dataclass(frozen=True)
class Chip:
    """A phrase, part of one that needs several rows, or a word that belongs to none.

    Attributes
    ----------
    first
        False for the parts of a phrase after the first.
    """

    phrase: int | None
    words: tuple[Word, ...]
    rect: QRectF
    first: bool = True

    @property
    def key(self) -> tuple[str, int]:
        """``("b", phrase)`` or ``("word", index)``."""
        return ("word", self.words[0].index) if self.phrase is None else ("b", self.phrase)

    @property
    def text(self) -> str:
        """Its words."""
        return " ".join(w.token.text for w in self.words)


@dataclass(frozen=True)
class ChipRows:
    """All chips of a caption, laid out from y = 0.

    Attributes
    ----------
    size
        Font size in pixels.
    height
        Of all rows together.
    row
        Of one.
    """

    chips: tuple[Chip, ...]
    size: int
    height: float
    row: float

    def moved(self, dy: float) -> ChipRows:
        """The same rows further down."""
        by = QPointF(0, dy)
        chips = tuple(
            Chip(
                c.phrase,
                tuple(Word(w.index, w.token, w.rect.translated(by), w.stop) for w in c.words),
                c.rect.translated(by),
                c.first,
            )
            for c in self.chips
        )
        return ChipRows(chips, self.size, self.height, self.row)


@dataclass(frozen=True)
class _Unit:
    phrase: int | None
    tokens: tuple[tuple[int, Token], ...]


@lru_cache(maxsize=8)
def chip_font(family: str, size: int, bold: bool) -> QFont:
    """The font of a chip."""
    font = QFont(family)
    font.setPixelSize(size)
    font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Medium)
    return font


@lru_cache(maxsize=4096)
def _width(family: str, size: int, text: str) -> float:
    # As wide as when bold, so that nothing moves when a word becomes a phrase.
    return QFontMetricsF(chip_font(family, size, True)).horizontalAdvance(text)


def _units(caption: Caption) -> list[_Unit]:
    """Phrases and the words between them."""
    units: list[_Unit] = []
    for index, token in enumerate(tokens_of(caption.text)):
        owner = next((p for p in caption.phrases if token.start < p.end and p.start < token.end), None)
        if owner is not None and units and units[-1].phrase == owner.id:
            units[-1] = _Unit(owner.id, (*units[-1].tokens, (index, token)))
        else:
            units.append(_Unit(None if owner is None else owner.id, ((index, token),)))
    return units


@lru_cache(maxsize=32)
def chip_rows(caption: Caption, width: float, family: str, stop: frozenset[Span]) -> ChipRows:
    """Lay a caption's chips out in centred rows of at most `width` pixels, as few and as even as they go."""
    units = _units(caption)
    rtl = _from_the_right(caption.text)
    tried = ((size, [p for u in units for p in _pieces(u, size, width, family)]) for size in SIZES)
    size, pieces = next((x for x in tried if len(_rows([w for _, w in x[1]], width)) <= 2), (0, []))
    if not size:
        size = SIZES[-1]
        pieces = [p for u in units for p in _pieces(u, size, width, family)]
    rows = _rows([w for _, w in pieces], width)
    low, high = width / max(len(rows), 1) / 2, width
    for _ in range(12):
        middle = (low + high) / 2
        if len(_rows([w for _, w in pieces], middle)) > len(rows):
            low = middle
        else:
            high = middle
    rows = _rows([w for _, w in pieces], high)
    tall = round(size * 1.8)
    chips: list[Chip] = []
    at = 0
    seen: set[int] = set()
    for k, count in enumerate(rows):
        row = pieces[at : at + count]
        at += count
        x = (width - sum(w for _, w in row) - GAP * (count - 1)) / 2
        for unit, wide in row:
            rect = QRectF(width - x - wide if rtl else x, k * (tall + ROW_GAP), wide, tall)
            chips.append(_chip(unit, rect, size, family, stop, rtl, unit.phrase not in seen))
            if unit.phrase is not None:
                seen.add(unit.phrase)
            x += wide + GAP
    return ChipRows(tuple(chips), size, max(len(rows) * (tall + ROW_GAP) - ROW_GAP, 0.0), tall)


def _pieces(unit: _Unit, size: int, width: float, family: str) -> list[tuple[_Unit, float]]:
    """A unit, cut where it is wider than a row, and the width of each piece."""
    pieces: list[tuple[_Unit, float]] = []
    held: list[tuple[int, Token]] = []
    wide = 2 * PAD
    for index, token in unit.tokens:
        own = _width(family, size, token.text) + (JOINT if held else 0.0)
        if held and wide + own > width:
            pieces.append((_Unit(unit.phrase, tuple(held)), wide))
            held, wide, own = [], 2 * PAD, own - JOINT
        held.append((index, token))
        wide += own
    pieces.append((_Unit(unit.phrase, tuple(held)), min(wide, width)))
    return pieces


def _rows(widths: Sequence[float], limit: float) -> list[int]:
    """How many pieces go into each row."""
    rows: list[int] = []
    x = 0.0
    for wide in widths:
        if rows and x + GAP + wide <= limit:
            rows[-1] += 1
            x += GAP + wide
        else:
            rows.append(1)
            x = wide
    return rows


def _chip(unit: _Unit, rect: QRectF, size: int, family: str, stop: frozenset[Span], rtl: bool, first: bool) -> Chip:
    words: list[Word] = []
    x = rect.x() + PAD - JOINT / 2
    for k, (index, token) in enumerate(unit.tokens):
        wide = min(_width(family, size, token.text), rect.width() - 2 * PAD) + JOINT
        start = rect.left() if k == 0 else x
        end = rect.right() if k == len(unit.tokens) - 1 else x + wide
        own = QRectF(start, rect.y(), end - start, rect.height())
        if rtl:
            own.moveLeft(rect.left() + rect.right() - end)
        words.append(Word(index, token, own, token.span in stop))
        x += wide
    return Chip(unit.phrase, tuple(words), rect, first)


def _from_the_right(text: str) -> bool:
    """True if the first letter is of a script that is written from right to left."""
    return next((k in ("R", "AL") for k in map(unicodedata.bidirectional, text) if k in ("L", "R", "AL")), False)
