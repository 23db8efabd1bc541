"""A file was located, but it is not the one the project knows."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QWidget

from syncline.model import Media

from ..views.plain import Elided, Notice, clean, label, tip
from ..views.sources import media_figures
from .preferences import size_text
from .sheet import Sheet

__all__ = ["LocateDialog"]


class LocateDialog(Sheet):
    """Shows both files side by side and asks which way to go; `choice` is the answer.

    Parameters
    ----------
    expected
        The file as the project knows it.
    found
        What the user chose instead; its digest is another one.
    """

    def __init__(self, expected: Media, found: Media, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Another file"), parent)
        self.choice = ""
        """``"use"`` the file, look for it ``"again"``, or ``""``: leave it missing."""
        self.warning = Notice("warn")
        self.warning.say(
            self.tr("“{name}” is not the file this project was made with: its content differs.").format(
                name=clean(found.name)
            )
        )
        self.body.addWidget(self.warning)
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(2, 1)
        heads = ("", self.tr("In the project"), self.tr("Chosen now"))
        lines = [
            (self.tr("Name"), expected.name, found.name),
            (self.tr("Content"), media_figures(expected, self), media_figures(found, self)),
            (self.tr("Size"), size_text(expected.size), size_text(found.size)),
            (self.tr("Folder"), str(expected.path.parent), str(found.path.parent)),
        ]
        for column, text in enumerate(heads):
            grid.addWidget(label(text, "muted"), 0, column)
        for row, (name, old, new) in enumerate(lines, start=1):
            grid.addWidget(label(name, "muted"), row, 0)
            for column, text in ((1, old), (2, new)):
                value = Elided(text)
                value.setMinimumWidth(190)
                value.setToolTip(tip(text))
                grid.addWidget(value, row, column)
        self.body.addLayout(grid)
        after = label(
            self.tr(
                "If you use it, all anchors stay at their times and the path is marked as belonging to another file."
            ),
            "muted",
        )
        after.setWordWrap(True)
        self.body.addWidget(after)
        self.body.addStretch(1)
        self.use = self.add_button(self.tr("Use it anyway"))
        self.use.clicked.connect(lambda: self._answer("use"))
        self.foot.addStretch(1)
        self.leave = self.add_button(self.tr("Leave it missing"))
        self.leave.clicked.connect(self.reject)
        self.again = self.add_button(self.tr("Choose another…"), "primary")
        self.again.clicked.connect(lambda: self._answer("again"))
        self.setMinimumWidth(560)

    def _answer(self, choice: str) -> None:
        self.choice = choice
        self.accept()
