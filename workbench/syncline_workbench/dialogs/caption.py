"""Writing a caption."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from ..views.plain import Elided, label
from .sheet import Sheet

__all__ = ["CaptionDialog"]


class _Field(QPlainTextEdit):
    """Return ends it: a caption is one line, however it is wrapped."""

    done = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.done.emit()
        else:
            super().keyPressEvent(event)


class CaptionDialog(Sheet):
    """Asks for a sentence about a picture.

    Parameters
    ----------
    picture
        Its name.
    text
        What the sentence was; empty for a new one.
    """

    taken = Signal(str)
    """The sentence; empty if it is to go. The dialog is closing."""

    def __init__(self, picture: str, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Caption"), parent)
        self.body.addWidget(Elided(picture, "title"))
        self.field = _Field()
        self.field.setAccessibleName(self.tr("Caption"))
        self.field.setPlaceholderText(self.tr("A small brown dog and a person with red shoes."))
        self.field.setTabChangesFocus(True)
        self.field.setPlainText(text)
        self.field.selectAll()
        self.field.done.connect(self._take)
        self.body.addWidget(self.field, 1)
        words = label(
            self.tr("Its noun phrases are found, or taken from marks such as [/EN#1/people A man] if it has some."),
            "muted",
        )
        words.setWordWrap(True)
        self.body.addWidget(words)
        if text:
            remove = self.add_button(self.tr("Remove caption"))
            remove.clicked.connect(lambda: self._finish(""))
        self.foot.addStretch(1)
        self.add_button(self.tr("Cancel")).clicked.connect(self.reject)
        self.save = self.add_button(self.tr("Save") if text else self.tr("Add"), "primary")
        self.save.clicked.connect(self._take)
        self.field.textChanged.connect(self._check)
        self._check()
        self.resize(520, 240)
        self.field.setFocus()

    @property
    def text(self) -> str:
        """The sentence as one line."""
        return " ".join(self.field.toPlainText().split())

    def _check(self) -> None:
        self.save.setEnabled(bool(self.text))

    def _take(self) -> None:
        if self.text:
            self._finish(self.text)

    def _finish(self, text: str) -> None:
        self.accept()
        self.taken.emit(text)
