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
        self.list = RowList(self, uniform=True)
        self.list.setAccessibleName(self.tr("History"))
        self.list.chosen.connect(self._chosen)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(6)
        column.addWidget(heading(self.tr("History")))
        column.addWidget(self.list, 1)
        document.history_changed.connect(self._draw)
        self._draw()

    def _chosen(self, serial: int) -> None:
        position = next(k for k, step in enumerate(self._document.steps) if step.serial == serial)
        if position != self._document.position:
            self.jump_requested.emit(position)

    def _draw(self) -> None:
        steps, at = self._document.steps, self._document.position
        spoken, here = self.tr("{step}, {state}"), self.tr("in force")
        states = {False: self.tr("done"), True: self.tr("undone")}
        rows = [
            Row(
                key=step.serial,
                text=step.label,
                muted=k > at,
                tip=step.label,
                spoken=spoken.format(step=step.label, state=here if k == at else states[k > at]),
            )
            for k, step in enumerate(steps)
        ]
        self.list.set_rows(rows, steps[at].serial)
