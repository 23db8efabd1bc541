"""The field that asks for a box's label, in place."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

__all__ = ["LabelField"]

_ENDS = (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter)


class LabelField(QLineEdit):
    """Asks for a label over its box: Enter or leaving takes it, Esc doesn't."""

    taken = Signal(str)
    dropped = Signal()

    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(text, parent)
        self._done = False
        self.setAccessibleName(self.tr("Label of the box"))
        self.setMaxLength(200)
        self.selectAll()
        self.editingFinished.connect(lambda: self._end(True))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and event.key() in _ENDS:
            # Escape cancels something elsewhere in the window; here it leaves the field.
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENDS:
            self._end(event.key() != Qt.Key.Key_Escape)
        else:
            super().keyPressEvent(event)
        # What a line of text has no use for must not reach the board, where it means something.
        event.accept()

    def _end(self, take: bool) -> None:
        if self._done:
            return
        self._done = True
        if take:
            self.taken.emit(self.text())
        else:
            self.dropped.emit()
        self.deleteLater()
