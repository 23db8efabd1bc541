"""All steps of the document, the one in force highlighted; a click goes there."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ..document import Document
from .plain import heading
from .rows import Row, RowList

__all__ = ["HistoryPanel"]


class HistoryPanel(QWidget):
    """One row a step, oldest on top; those that redo would bring back are muted."""

    jump_requested = Signal(int)
    """Position in `Document.steps`."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("history")
        self._document = document
        self.list = RowList(self)
        self.list.setAccessibleName(self.tr("History"))
        self.list.chosen.connect(self._chosen)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(6)
        column.addWidget(heading(self.tr("History")))
        column.addWidget(self.list, 1)
        document.history_changed.connect(self._draw)
        self._draw()

    def _chosen(self, position: int) -> None:
        if position != self._document.position:
            self.jump_requested.emit(position)

    def _draw(self) -> None:
        at = self._document.position
        states = {False: self.tr("done"), True: self.tr("undone")}
        rows = [
            Row(
                key=k,
                text=step.label,
                muted=k > at,
                tip=step.label,
                spoken=self.tr("{step}, {state}").format(
                    step=step.label, state=self.tr("in force") if k == at else states[k > at]
                ),
            )
            for k, step in enumerate(self._document.steps)
        ]
        self.list.set_rows(rows, at)
