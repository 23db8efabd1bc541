"""What of a lesson can be turned on and off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from ..plain import tip

__all__ = ["Toggle", "Toggles"]


@dataclass(frozen=True)
class Toggle:
    """A name for the program, words for the user, whether it is on, and whether it can be changed now."""

    name: str
    text: str
    tip: str
    on: bool
    able: bool = True


class Toggles(QWidget):
    """A column of boxes to tick."""

    toggled = Signal(str, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.boxes: dict[str, QCheckBox] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self.hide()

    def show_toggles(self, toggles: Sequence[Toggle]) -> None:
        """Show others, or the same in another state; none hide the column."""
        if [t.name for t in toggles] != list(self.boxes):
            for box in self.boxes.values():
                self._column.removeWidget(box)
                box.hide()
                box.deleteLater()
            self.boxes = {}
            for t in toggles:
                box = self.boxes[t.name] = QCheckBox()
                box.clicked.connect(lambda on, name=t.name: self.toggled.emit(name, on))
                self._column.addWidget(box)
        for t in toggles:
            box = self.boxes[t.name]
            box.setText(t.text)
            box.setToolTip(tip(t.tip))
            box.setChecked(t.on)
            box.setEnabled(t.able)
        self.setVisible(bool(toggles))
