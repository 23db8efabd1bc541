"""What all dialogs share: margins, a row of buttons at the foot, keys."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from ..views.plain import button

__all__ = ["Sheet"]


class Sheet(QDialog):
    """A dialog with room for content (`body`) above its buttons (`foot`)."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setModal(True)
        self.body = QVBoxLayout()
        self.body.setSpacing(10)
        self.foot = QHBoxLayout()
        self.foot.setSpacing(8)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 16)
        column.setSpacing(14)
        column.addLayout(self.body, 1)
        column.addLayout(self.foot)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)

    def add_button(self, text: str, role: str = "") -> QPushButton:
        """Put one more button at the right of the foot; role ``"primary"`` is what Enter presses."""
        made = button(text, role, self)
        made.setMinimumWidth(84)
        self.foot.addWidget(made)
        return made
