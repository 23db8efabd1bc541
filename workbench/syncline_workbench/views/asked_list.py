"""What the lists of things to check next share: a heading, a button that asks, some words, the rows."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from .plain import button, heading, label
from .rows import RowList

__all__ = ["AskedList"]


class AskedList(QWidget):
    """Whoever inherits it says what `ask` is called, and fills `list` and `words`."""

    check_requested = Signal()
    """Look for what to check, or go to the next one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.list = RowList(self)
        self.list.setAccessibleName(self.tr("Check next"))
        self.ask = button("", "small")
        self.ask.clicked.connect(self.check_requested)
        self._words = label("", "muted")
        self._words.setWordWrap(True)
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.addWidget(heading(self.tr("Check next")))
        head.addStretch(1)
        head.addWidget(self.ask)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self._words)
        column.addWidget(self.list, 1)
        column.addStretch(0)

    def say(self, words: str) -> None:
        """Show `words` above the rows, or nothing if there are none."""
        self._words.setText(words)
        self._words.setVisible(bool(words))
