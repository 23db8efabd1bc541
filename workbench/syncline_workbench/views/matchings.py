"""The matchings of the picture in hand, kept side by side: one is shown, another may be compared with it."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from syncline.model import NamedMatch

from ..document import Change, Document
from .kept_list import ComparedList
from .match_shown import Shown, part_of
from .plain import label
from .rows import Row

__all__ = ["MatchingsPanel"]

_NAMED = 4
"""Differing links that are named; the rest are counted."""


class MatchingsPanel(ComparedList):
    """A row a matching, with its total weight; an open eye marks the one that is compared."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(document, self.tr("Matchings"), parent)
        self.setObjectName("matchings")
        self.difference = label("", "warn")
        self.difference.setWordWrap(True)
        self._column.addWidget(self.difference)
        document.changed.connect(self._changed)
        self._draw()

    @property
    def _active(self) -> int | None:
        return self._document.shown.shown_match

    @property
    def _compared(self) -> int | None:
        return self._document.shown.compared

    def _changed(self, change: Change) -> None:
        if change & (Change.SCENE | Change.MATCHES):
            self._draw()

    def _draw(self) -> None:
        session = self._document.shown
        shown = Shown.of(session)
        self._show_rows(
            [self._row(m, shown) for m in session.matchings_of(session.scene)],
            self.tr("Open a picture first.") if session.active_scene is None else self.tr("Not matched yet."),
        )
        words = self._difference(shown)
        self.difference.setText(words)
        self.difference.setVisible(bool(words))

    def _difference(self, shown: Shown | None) -> str:
        session = self._document.shown
        mine, theirs = session.named_match, session.find_matching(session.compared)
        if shown is None or shown.other is None or mine is None or theirs is None:
            return ""
        only, others = shown.differing
        if not only and not others:
            return self.tr("{a} and {b}: the same links.").format(a=mine.label, b=theirs.label)
        return "\n".join(
            self.tr("Only {name}: {links}").format(name=name, links=self._named(shown, pairs))
            for name, pairs in ((mine.label, only), (theirs.label, others))
            if pairs
        )

    @staticmethod
    def _named(shown: Shown, pairs: list[tuple[int, int]]) -> str:
        words = ", ".join(shown.pair(*p) for p in pairs[:_NAMED])
        return words + (f" … ({len(pairs)})" if len(pairs) > _NAMED else "")

    def _row(self, named: NamedMatch, shown: Shown | None) -> Row:
        part = part_of(named.match, None if shown is None else shown.caption)
        total = "–" if part is None else f"{part.matching.total:.2f}".replace("-", "−")
        return self._result(named.id, named.label, total, self.tr("total weight {x}").format(x=total))
