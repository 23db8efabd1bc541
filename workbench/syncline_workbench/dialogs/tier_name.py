"""Naming a tier of one's own."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget

from ..views.plain import Notice
from .sheet import Sheet

__all__ = ["TierNameDialog"]


class TierNameDialog(Sheet):
    """Asks for the name of a tier.

    Parameters
    ----------
    refuse
        What is wrong with a name, in one sentence; empty: nothing.
    name
        What it is called; empty for a new tier, of which is then asked whether its pieces are points.
    """

    taken = Signal(str, bool)
    """The name, and whether its pieces are points in time; the dialog is closing."""

    def __init__(self, refuse: Callable[[str], str], name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Rename tier") if name else self.tr("Add tier"), parent)
        self._refuse, self._old = refuse, name
        self.field = QLineEdit(name)
        self.field.setAccessibleName(self.tr("Name"))
        self.field.setPlaceholderText(self.tr("gestures"))
        self.field.selectAll()
        self.body.addWidget(self.field)
        self.points = QCheckBox(self.tr("Its pieces are points in time"))
        self.points.setVisible(not name)
        self.body.addWidget(self.points)
        self.trouble = Notice("bad")
        self.body.addWidget(self.trouble)
        self.body.addStretch(1)
        self.foot.addStretch(1)
        self.add_button(self.tr("Cancel")).clicked.connect(self.reject)
        self.save = self.add_button(self.tr("Rename") if name else self.tr("Add"), "primary")
        self.save.clicked.connect(self._take)
        self.field.textChanged.connect(self._check)
        self.resize(400, 170)
        self._check()
        self.field.setFocus()

    def _check(self) -> None:
        name = self.field.text().strip()
        trouble = self._refuse(name) if name and name != self._old else ""
        self.trouble.say(trouble)
        self.save.setEnabled(bool(name) and name != self._old and not trouble)

    def _take(self) -> None:
        if self.save.isEnabled():
            self.accept()
            self.taken.emit(self.field.text().strip(), self.points.isChecked())
