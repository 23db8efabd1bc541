"""The alignments of the pair, kept side by side: one is the path, others are ghosts behind it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from syncline.model import Alignment

from ..document import Change, Document
from .plain import IconButton, heading, label
from .rows import Row, RowList

__all__ = ["AlignmentsPanel"]


class AlignmentsPanel(QWidget):
    """A row an alignment: a solid line for the path, a dashed one for a ghost, and the normalised cost."""

    activated = Signal(object)
    """Id, as in all of these."""
    ghost_toggled = Signal(object)
    removed = Signal(object)
    renamed = Signal(object, str)
    duplicate_requested = Signal(object)

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("alignments")
        self._document = document
        self.list = RowList(self, editable=True)
        self.list.setAccessibleName(self.tr("Alignments"))
        self.list.chosen.connect(self._chosen)
        self.list.toggled.connect(self.ghost_toggled)
        self.list.renamed.connect(self.renamed)
        self.list.removed.connect(self.removed)
        self.keep = IconButton("copy", self.tr("Keep a copy to compare with"))
        self.keep.clicked.connect(lambda: self.duplicate_requested.emit(self._document.shown.active))
        self._empty = label("", "muted")
        self._empty.setWordWrap(True)
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.addWidget(heading(self.tr("Alignments")))
        head.addStretch(1)
        head.addWidget(self.keep)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self._empty, 1, Qt.AlignmentFlag.AlignTop)
        column.addWidget(self.list, 1)
        document.changed.connect(self._changed)
        self._draw()

    def menu(self, id: Any) -> QMenu:
        """The context menu of the alignment with that id."""
        session = self._document.shown
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        active = id == session.active
        show = menu.addAction(self.tr("Show as the path"))
        show.setEnabled(not active)
        show.triggered.connect(lambda: self.activated.emit(id))
        ghost = menu.addAction(self.tr("Show as a ghost"))
        ghost.setCheckable(True)
        ghost.setChecked(id in session.ghosts)
        ghost.setEnabled(not active)
        ghost.triggered.connect(lambda: self.ghost_toggled.emit(id))
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
        if id != self._document.shown.active:
            self.activated.emit(id)

    def _changed(self, change: Change) -> None:
        if change & (Change.ALIGNMENTS | Change.PATH | Change.INPUTS):
            self._draw()

    def _draw(self) -> None:
        session = self._document.shown
        rows = [self._row(al, al.id == session.active, al.id in session.ghosts) for al in session.alignments]
        self.list.set_rows(rows, session.active)
        self.list.setVisible(bool(rows))
        self._empty.setVisible(not rows)
        self._empty.setText(
            self.tr("Open two files, then Align.") if session.pair is None else self.tr("Not aligned yet.")
        )
        self.keep.setEnabled(session.alignment is not None)

    def _row(self, al: Alignment, active: bool, ghost: bool) -> Row:
        path = al.path
        cost = None if path is None else path.mean_cost if path.normalised is None else path.normalised
        figure = "–" if cost is None else f"{cost:.3f}" if cost >= 0.0005 or cost == 0 else f"{cost:.1e}"
        state = self.tr("shown as the path") if active else self.tr("ghost") if ghost else self.tr("hidden")
        lines = [al.label, f"{al.recipe.features.label()} · {state}", al.stale]
        return Row(
            key=al.id,
            text=al.label,
            figure=figure,
            figure_role="warn" if al.stale else "good" if active else "muted",
            sample="solid" if active else "dashed" if ghost else "",
            toggle=None if active else ghost,
            tip="\n".join(filter(None, lines)),
            spoken=self.tr("{name}, {state}, normalised cost {cost}").format(name=al.label, state=state, cost=figure),
        )
