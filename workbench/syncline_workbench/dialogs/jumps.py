"""Proposed jumps: each with its reason, to be looked at, taken or left."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from syncline.jumps import Jump, JumpSearch

from ..views.plain import button, label
from .sheet import Sheet

__all__ = ["JumpsDialog"]


class JumpsDialog(Sheet):
    """Lists what was found, all of it ticked; without jumps it says why."""

    show_requested = Signal(object)
    """The jump that the user wants to see in the window."""
    apply_requested = Signal(object)
    """Tuple of the jumps that are ticked; the dialog is closing."""

    def __init__(self, found: JumpSearch, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Jumps"), parent)
        # The window stays usable: one wants to look and listen before deciding.
        self.setModal(False)
        self._found = found
        said = label(found.said)
        said.setWordWrap(True)
        self.body.addWidget(said)
        self.boxes: list[QCheckBox] = []
        if found.jumps:
            self.body.addWidget(self._list(found.jumps), 1)
        else:
            self.body.addStretch(1)
        self.foot.addStretch(1)
        self.add_button(self.tr("Close")).clicked.connect(self.reject)
        self.take = self.add_button(self.tr("Add jumps"), "primary")
        self.take.setVisible(bool(found.jumps))
        self.take.clicked.connect(self._take)
        self._count()
        self.resize(560, 150 + 84 * min(max(len(found.jumps), 0), 5))

    def _list(self, jumps: tuple[Jump, ...]) -> QScrollArea:
        rows = QWidget()
        column = QVBoxLayout(rows)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        for jump in jumps:
            column.addLayout(self._row(jump))
        column.addStretch(1)
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(rows)
        return area

    def _row(self, jump: Jump) -> QHBoxLayout:
        box = QCheckBox()
        box.setChecked(True)
        box.setAccessibleName(jump.reason)
        box.toggled.connect(self._count)
        self.boxes.append(box)
        words = label(jump.reason)
        words.setWordWrap(True)
        words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        words.setBuddy(box)
        look = button(self.tr("Show"), "", self)
        look.setAccessibleDescription(jump.reason)
        look.clicked.connect(lambda: self.show_requested.emit(jump))
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(box, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(words, 1)
        row.addWidget(look, 0, Qt.AlignmentFlag.AlignTop)
        return row

    def chosen(self) -> tuple[Jump, ...]:
        """The jumps that are ticked."""
        return tuple(j for j, box in zip(self._found.jumps, self.boxes, strict=True) if box.isChecked())

    def _count(self) -> None:
        self.take.setEnabled(bool(self.chosen()))

    def _take(self) -> None:
        chosen = self.chosen()
        self.accept()
        self.apply_requested.emit(chosen)
