"""The matchings of the picture in hand, kept side by side: one is shown, another may be compared with it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from syncline.model import NamedMatch

from ..document import Change, Document
from .match_shown import Shown, part_of
from .plain import IconButton, heading, label
from .rows import Row, RowList

__all__ = ["MatchingsPanel"]

_NAMED = 4
"""Differing links that are named; the rest are counted."""


class MatchingsPanel(QWidget):
    """A row a matching, with its total weight; an open eye marks the one that is compared."""

    activated = Signal(object)
    """Id, as in all of these."""
    compare_requested = Signal(object)
    """Id of the matching to compare with, None to end the comparison."""
    removed = Signal(object)
    renamed = Signal(object, str)
    duplicate_requested = Signal(object)

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("matchings")
        self._document = document
        self.list = RowList(self, editable=True)
        self.list.setAccessibleName(self.tr("Matchings"))
        self.list.setAccessibleDescription(self.tr("Enter shows, Space compares, F2 renames, Delete removes"))
        self.list.chosen.connect(self._chosen)
        self.list.toggled.connect(self._toggled)
        self.list.renamed.connect(self.renamed)
        self.list.removed.connect(self.removed)
        self.keep = IconButton("copy", self.tr("Keep a copy to compare with"))
        self.keep.clicked.connect(lambda: self.duplicate_requested.emit(self._document.shown.shown_match))
        self.difference = label("", "warn")
        self.difference.setWordWrap(True)
        self._empty = label("", "muted")
        self._empty.setWordWrap(True)
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.addWidget(heading(self.tr("Matchings")))
        head.addStretch(1)
        head.addWidget(self.keep)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self._empty, 1, Qt.AlignmentFlag.AlignTop)
        column.addWidget(self.list, 1)
        column.addWidget(self.difference)
        self.setFocusProxy(self.list)
        document.changed.connect(self._changed)
        self._draw()

    def menu(self, id: int) -> QMenu:
        """The context menu of the matching with that id."""
        session = self._document.shown
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        active = id == session.shown_match
        show = menu.addAction(self.tr("Show"))
        show.setEnabled(not active)
        show.triggered.connect(lambda: self.activated.emit(id))
        compare = menu.addAction(self.tr("Compare with the one shown"))
        compare.setCheckable(True)
        compare.setChecked(id == session.compared)
        compare.setEnabled(not active)
        compare.triggered.connect(lambda: self._toggled(id))
        menu.addSeparator()
        menu.addAction(self.tr("Keep a copy to compare with")).triggered.connect(
            lambda: self.duplicate_requested.emit(id)
        )
        menu.addAction(self.tr("Rename")).triggered.connect(lambda: self.list.rename(id))
        menu.addAction(self.tr("Delete")).triggered.connect(lambda: self.removed.emit(id))
        return menu

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        item = self.list.itemAt(self.list.viewport().mapFrom(self, event.pos()))
        row = self.list.row_at(self.list.row(item)) if item is not None else None
        if row is not None:
            self.menu(row.key).popup(event.globalPos())

    def _chosen(self, id: Any) -> None:
        if id != self._document.shown.shown_match:
            self.activated.emit(id)

    def _toggled(self, id: Any) -> None:
        self.compare_requested.emit(None if id == self._document.shown.compared else id)

    def _changed(self, change: Change) -> None:
        if change & (Change.SCENE | Change.MATCHES):
            self._draw()

    def _draw(self) -> None:
        session = self._document.shown
        shown = Shown.of(session)
        rows = [self._row(m, shown) for m in session.matchings_of(session.scene)]
        self.list.set_rows(rows, session.shown_match)
        self.list.setVisible(bool(rows))
        self._empty.setVisible(not rows)
        self._empty.setText(
            self.tr("Open a picture first.") if session.active_scene is None else self.tr("Not matched yet.")
        )
        self.keep.setEnabled(session.match is not None)
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
        session = self._document.shown
        active, compared = named.id == session.shown_match, named.id == session.compared
        part = part_of(named.match, None if shown is None else shown.caption)
        total = "–" if part is None else f"{part.matching.total:.2f}".replace("-", "−")
        state = self.tr("shown") if active else self.tr("compared") if compared else self.tr("kept")
        return Row(
            key=named.id,
            text=named.label,
            figure=total,
            figure_role="good" if active else "warn" if compared else "muted",
            toggle=None if active else compared,
            tip=f"{named.label}\n{state}, {self.tr('total weight {x}').format(x=total)}",
            spoken=self.tr("{name}, {state}, total weight {x}").format(name=named.label, state=state, x=total),
        )
