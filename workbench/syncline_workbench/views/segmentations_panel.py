"""The segmentations of the recording in hand, kept side by side: one is shown, another may be compared with it."""

from __future__ import annotations

import math

from PySide6.QtWidgets import QWidget

from syncline.model import NamedSegments

from ..document import Change, Document
from .kept_list import ComparedList
from .plain import clean
from .rows import Row

__all__ = ["SegmentationsPanel", "main_figure", "pieces_of"]


def pieces_of(segments: NamedSegments) -> int:
    """How many pieces its first tier has, which is the one a method is asked for: words, changes, units."""
    return len(segments.tiers.tiers[0].segments) if segments.tiers.tiers else 0


def main_figure(segments: NamedSegments) -> str:
    """The one number that a list gives: the log-probability where there is one, else how many pieces."""
    found = segments.figures.get("log_prob")
    if found is not None and not math.isnan(found):
        return f"{found:.1f}".replace("-", "−")
    return f"{pieces_of(segments):,}".replace(",", "\N{NARROW NO-BREAK SPACE}") if segments.tiers.tiers else "–"


class SegmentationsPanel(ComparedList):
    """A row a segmentation. Draws `Document.shown`.

    Signals, each with an id: `activated(id)`, `compare_requested(id or None)`, `renamed(id, name)`, `removed(id)`,
    `duplicate_requested(id)`.
    """

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(document, self.tr("Segmentations"), parent)
        self.setObjectName("segmentations")
        document.changed.connect(self._changed)
        self._draw()

    @property
    def _active(self) -> int | None:
        return self._document.shown.shown_segments

    @property
    def _compared(self) -> int | None:
        return self._document.shown.compared_segments

    def _changed(self, change: Change) -> None:
        if change & (Change.RECORDING | Change.SEGMENTS):
            self._draw()

    def _draw(self) -> None:
        session = self._document.shown
        self._show_rows(
            [self._row(s) for s in session.segmentations_of(session.recording)],
            self.tr("Open a recording first.") if session.active_recording is None else self.tr("Not cut yet."),
        )

    def _row(self, segments: NamedSegments) -> Row:
        figure = main_figure(segments)
        spoken = "log_prob" in segments.figures
        about = self.tr("log-probability {x}") if spoken else self.tr("{x} pieces")
        words = about.format(x=figure)
        if segments.stale:
            words += f"\n{clean(segments.stale)}"
        return self._result(segments.id, segments.label, figure, words)
