"""What of a lesson can be turned on and off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QVBoxLayout, QWidget

from ..parameters import calm
from ..plain import tip

__all__ = ["Toggle", "Toggles"]


@dataclass(frozen=True)
class Toggle:
    """A name for the program, words for the user, whether it is on, and whether it can be changed now.

    Attributes
    ----------
    kinds
        Names and words of the kinds it comes in, offered while it is on; none: there is but one.
    kind
        Name of the one in force.
    """

    name: str
    text: str
    tip: str
    on: bool
    able: bool = True
    kinds: tuple[tuple[str, str], ...] = ()
    kind: str = ""


class Toggles(QWidget):
    """A column of boxes to tick."""

    toggled = Signal(str, bool)
    kind_chosen = Signal(str, str)
    """Name of a toggle, and of the kind it shall be."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.boxes: dict[str, QCheckBox] = {}
        self.kinds: dict[str, QComboBox] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self.hide()

    def show_toggles(self, toggles: Sequence[Toggle]) -> None:
        """Show others, or the same in another state; none hide the column."""
        if [t.name for t in toggles] != list(self.boxes):
            for part in (*self.boxes.values(), *self.kinds.values()):
                self._column.removeWidget(part)
                part.hide()
                part.deleteLater()
            self.boxes, self.kinds = {}, {}
            for t in toggles:
                box = self.boxes[t.name] = QCheckBox()
                box.clicked.connect(lambda on, name=t.name: self.toggled.emit(name, on))
                self._column.addWidget(box)
                if t.kinds:
                    self._add_kinds(t)
        for t in toggles:
            box = self.boxes[t.name]
            box.setText(t.text)
            box.setToolTip(tip(t.tip))
            box.setChecked(t.on)
            box.setEnabled(t.able)
            if t.name in self.kinds:
                kinds = self.kinds[t.name]
                kinds.setCurrentIndex(kinds.findData(t.kind))
                kinds.setVisible(t.on and t.able)
        self.setVisible(bool(toggles))

    def _add_kinds(self, t: Toggle) -> None:
        kinds = self.kinds[t.name] = QComboBox()
        kinds.setAccessibleName(t.text)
        kinds.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        kinds.setMinimumContentsLength(12)
        for name, words in t.kinds:
            kinds.addItem(words, name)
        kinds.activated.connect(lambda k: self.kind_chosen.emit(t.name, kinds.itemData(k)))
        calm(kinds)
        self._column.addWidget(kinds)
