"""What to check next in a segmentation: the boundaries that are least sure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from syncline.edits.pieces import locks
from syncline.model import NamedSegments, Segment, Tier

from ..document import Change, Document
from .asked_list import AskedList
from .clock import format_time
from .plain import tip
from .rows import Row

if TYPE_CHECKING:
    from syncline.recutting import Doubt

__all__ = ["SegmentsCheck"]

MOST = 100
"""Rows that are listed; there is time to ask again after so many."""
_POOR, _FAIR = 0.5, 0.8
"""Confidences that are marked as urgent, and as worth a look."""


@dataclass(frozen=True)
class _Open:
    """A doubt with its number in the list that was handed in, and the piece that it was of."""

    index: int
    doubt: Doubt
    piece: Segment | None


class SegmentsCheck(AskedList):
    """Boundaries with the lowest posterior first. Draws `Document.shown`.

    Signals: `chosen(index)` into the list of `show_list`, `check_requested()` (look, or go to the next one).
    """

    chosen = Signal(int)
    """Number of the doubt in the list handed in."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("segments-check")
        self._document = document
        self._list: list[_Open] | None = None
        self._of: int | None = None
        self._known: NamedSegments | None = None
        self.list.chosen.connect(self.chosen.emit)
        self.ask.setText(self.tr("Look"))
        self.ask.setAccessibleName(self.tr("Look for what to check next"))
        self.ask.setToolTip(tip(self.tr("Work out how sure each boundary is, and go to the least sure one (F8)")))
        document.changed.connect(self._changed)
        self._draw()

    def show_list(self, found: Sequence[Doubt]) -> None:
        """Take over how sure boundaries of the segmentation shown are, the least sure first (`recutting.doubtful`)."""
        segments = self._document.shown.segments
        self._known, self._of = segments, None if segments is None else segments.id
        self._list = [_Open(k, d, self._piece(d, segments)) for k, d in enumerate(found[:MOST])]
        self._draw()

    @staticmethod
    def _piece(doubt: Doubt, segments: NamedSegments | None) -> Segment | None:
        tier = None if segments is None else segments.tiers.tier(doubt.tier)
        return tier.segments[doubt.piece] if tier is not None and doubt.piece < len(tier.segments) else None

    def open(self) -> list[_Open]:
        """Those that are still as they were: what was moved, named, locked or taken away since is checked."""
        segments = self._document.shown.segments
        if segments is None or segments.id != self._of or self._list is None:
            return []
        if segments is self._known:
            return self._list
        names = {o.doubt.tier for o in self._list}
        tiers = {name: segments.tiers.tier(name) for name in names}
        set_in = {name: locks(segments, name) for name in names}
        still: list[_Open] = []
        for one in self._list:
            name, end = one.doubt.tier, one.doubt.end
            piece = _number(tiers[name], one.piece)
            if piece is not None and (piece if end is None else (piece, end)) not in set_in[name]:
                still.append(one)
        return still

    def _changed(self, change: Change) -> None:
        # While a hand moves nothing is checked yet.
        if change & (Change.RECORDING | Change.SEGMENTS) and not self._document.previewing:
            self._draw()

    def _draw(self) -> None:
        segments = self._document.shown.segments
        there = segments is not None and bool(segments.tiers.tiers)
        doubts = self.open()
        stale = segments is not self._known and bool(doubts)
        self.list.set_rows([self._row(o) for o in doubts])
        self.list.setVisible(bool(doubts))
        self.ask.setEnabled(there)
        if self._list is None or segments is None or segments.id != self._of:
            words = self.tr("The boundaries that may well lie elsewhere.") if there else ""
        elif not doubts:
            words = self.tr("Nothing is left to check.")
        else:
            words = self.tr("Pieces changed since; look again for how sure they are now.") if stale else ""
        self.say(words)

    def _row(self, entry: _Open) -> Row:
        doubt = entry.doubt
        sure = self.tr("posterior {x}").format(x=f"{doubt.confidence:.2f}")
        where = self.tr("at {time} in {tier}").format(time=format_time(doubt.time), tier=doubt.tier)
        return Row(
            key=entry.index,
            text=doubt.words,
            figure=f"{sure} →",
            figure_role="bad" if doubt.confidence < _POOR else "warn" if doubt.confidence < _FAIR else "muted",
            tip=f"{doubt.words}\n{where}, {sure}",
            spoken=f"{doubt.words}, {where}, {sure}",
        )


def _number(tier: Tier | None, piece: Segment | None) -> int | None:
    """Number of a piece that is as it was: an edit counts pieces anew behind it."""
    if tier is None or piece is None:
        return None
    every = tier.segments
    k = bisect_left(every, piece.start, key=lambda s: s.start)
    while k < len(every) and every[k].start == piece.start:
        if every[k] == piece:
            return k
        k += 1
    return None
