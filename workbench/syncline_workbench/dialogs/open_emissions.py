"""Opening what an acoustic model says: the file, what its columns are called, the blank, how long a frame lasts."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QFileDialog, QHBoxLayout, QLineEdit, QPushButton, QToolButton, QWidget

from syncline.model import EmissionSource

from ..views.parameters import NumberBox
from ..views.plain import Notice, button, heading, label, tip
from .sheet import Sheet

__all__ = ["OpenEmissionsDialog"]


class OpenEmissionsDialog(Sheet):
    """Asks for a file of log-probabilities, probabilities or logits.

    Parameters
    ----------
    folder
        Where files are looked for at first.
    recording
        Name of the recording in hand, that they may belong to; empty: there is none.
    mine
        True proposes that they belong to it.
    """

    requested = Signal(object, bool)
    """An `EmissionSource`, and whether it belongs to the recording in hand; the dialog is closing."""

    def __init__(self, folder: str, recording: str = "", mine: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Open emissions"), parent)
        self.folder = folder
        self.mine = mine and bool(recording)
        words = label(
            self.tr("Log-probabilities, probabilities or logits: a row for each frame, a column for each label."),
            "muted",
        )
        words.setWordWrap(True)
        self.body.addWidget(words)
        self.file = self._row(self.tr("File"), self.tr("File of emissions"), "*.npy *.npz *.csv *.tsv")
        self.labels = self._row(self.tr("Labels"), self.tr("File of labels"), "*.txt *.json")
        self.labels.setPlaceholderText(self.tr("one a line; not needed where a table has them in its first row"))
        self.blank = QLineEdit()
        self.blank.setAccessibleName(self.tr("Blank"))
        self.blank.setPlaceholderText(self.tr("by its usual names"))
        self.blank.setFixedWidth(170)
        self.step = NumberBox(1e-5, 60, optional=True, unit="s", absent=self.tr("as in the file, else 0.02"))
        self.step.set_number(None)
        self.step.setFixedWidth(210)
        self.step.setAccessibleName(self.tr("Seconds a frame"))
        line = QHBoxLayout()
        line.setSpacing(8)
        for text, why, box in (
            (self.tr("Blank"), self.tr("The label that stands for none of the others"), self.blank),
            (self.tr("Seconds a frame"), self.tr("How long a row lasts"), self.step),
        ):
            name = label(text)
            name.setToolTip(tip(why))
            line.addWidget(name)
            line.addWidget(box)
            line.addSpacing(8)
        line.addStretch(1)
        self.body.addLayout(line)
        self.ways: dict[bool, QToolButton] = {}
        if recording:
            self._choice(recording)
        self.trouble = Notice("bad")
        self.body.addWidget(self.trouble)
        self.body.addStretch(1)
        self.foot.addStretch(1)
        self.add_button(self.tr("Cancel")).clicked.connect(self.reject)
        self.open_button = self.add_button(self.tr("Open"), "primary")
        self.open_button.clicked.connect(self._open)
        for field in (self.file, self.labels):
            field.textChanged.connect(self._check)
        self.resize(600, 360)
        self._check()

    def _row(self, title: str, spoken: str, endings: str) -> QLineEdit:
        field, browse = QLineEdit(), button(self.tr("Browse…"))
        field.setAccessibleName(spoken)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(field, 1)
        row.addWidget(browse)
        self.body.addWidget(heading(title))
        self.body.addLayout(row)
        self._browse_by(browse, field, spoken, endings)
        return field

    def _browse_by(self, browse: QPushButton, field: QLineEdit, title: str, endings: str) -> None:
        def ask() -> None:
            name, _ = QFileDialog.getOpenFileName(
                self, title, self.folder, f"{title} ({endings});;{self.tr('All files (*)')}"
            )
            if name:
                self.folder = str(Path(name).parent)
                field.setText(name)

        browse.clicked.connect(ask)

    def _choice(self, recording: str) -> None:
        row = QHBoxLayout()
        row.setSpacing(0)
        group = QButtonGroup(self)
        for k, (mine, text) in enumerate(
            ((True, self.tr("For the recording in hand")), (False, self.tr("As a recording of its own")))
        ):
            way = QToolButton()
            way.setText(text)
            # Bold once it is chosen.
            way.setMinimumWidth(round(1.12 * way.fontMetrics().horizontalAdvance(text)) + 36)
            way.setCheckable(True)
            way.setChecked(mine == self.mine)
            way.setProperty("segment", "last" if k else "first")
            way.clicked.connect(lambda _on, mine=mine: setattr(self, "mine", mine))
            group.addButton(way)
            row.addWidget(way)
            self.ways[mine] = way
        self.ways[True].setToolTip(tip(recording))
        row.addStretch(1)
        self.body.addLayout(row)

    def _full(self, field: QLineEdit) -> Path | None:
        text = field.text().strip()
        if not text or "\0" in text:
            return None
        path = Path(text).expanduser()
        return path if path.is_absolute() else Path(self.folder) / path

    def _check(self) -> None:
        trouble = ""
        for path in (self._full(self.file), self._full(self.labels)):
            try:
                there = path is None or path.is_file()
            except OSError:
                there = False
            if not there and path is not None and not trouble:
                trouble = self.tr("There is no file “{name}”; choose another one.").format(name=path.name)
        self.trouble.say(trouble)
        self.open_button.setEnabled(self._full(self.file) is not None and not trouble)

    def _open(self) -> None:
        path, labels = self._full(self.file), self._full(self.labels)
        if path is None or not self.open_button.isEnabled():
            return
        step = self.step.number()
        source = EmissionSource(
            str(path), "" if labels is None else str(labels), self.blank.text(), None if step is None else float(step)
        )
        self.accept()
        self.requested.emit(source, self.mine)
