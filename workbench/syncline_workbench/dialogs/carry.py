"""Carrying tiers or subtitles of one side along the path to the other: which file, which way, where to."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QFileDialog, QHBoxLayout, QLineEdit, QPushButton, QToolButton, QWidget

from ..views.plain import Notice, button, heading, label
from .sheet import Sheet

__all__ = ["CarryDialog"]


class CarryDialog(Sheet):
    """Asks for a file of tiers on one clock and a name for the same on the other.

    Parameters
    ----------
    a, b
        Names of the two recordings.
    folder
        Where files are looked for at first.
    suffixes
        Endings that can be read and written.
    """

    requested = Signal(str, str, str)
    """The file, ``"b"`` or ``"a"`` for whose clock it is put on, and the file to write; the dialog is closing."""

    def __init__(self, a: str, b: str, folder: str, suffixes: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Carry tiers"), parent)
        self.folder, self._suffixes = folder, suffixes
        self._proposed = ""
        words = label(
            self.tr("Segments or subtitles of one recording, laid along the path onto the clock of the other."), "muted"
        )
        words.setWordWrap(True)
        self.body.addWidget(words)
        self.to = "b"
        ways = QHBoxLayout()
        ways.setSpacing(0)
        self._group = QButtonGroup(self)
        self.ways = {}
        for k, (to, text, name) in enumerate((("b", self.tr("From A to B"), b), ("a", self.tr("From B to A"), a))):
            way = QToolButton()
            way.setText(text)
            way.setToolTip(self.tr("Put on the clock of “{name}”").format(name=name))
            way.setCheckable(True)
            way.setChecked(to == self.to)
            way.setProperty("segment", "last" if k else "first")
            way.clicked.connect(lambda _on, to=to: self._turn(to))
            self._group.addButton(way)
            ways.addWidget(way)
            self.ways[to] = way
        ways.addStretch(1)
        self.body.addLayout(ways)
        self.source, browse = self._row(self.tr("Tiers"), self.tr("File of tiers"))
        browse.clicked.connect(self._browse_source)
        self.target, browse = self._row(self.tr("Where"), self.tr("File to write"))
        browse.clicked.connect(self._browse_target)
        self.trouble, self.warning = Notice("bad"), Notice("warn")
        self.body.addWidget(self.trouble)
        self.body.addWidget(self.warning)
        self.body.addStretch(1)
        self.foot.addStretch(1)
        self.add_button(self.tr("Cancel")).clicked.connect(self.reject)
        self.carry = self.add_button(self.tr("Carry"), "primary")
        self.carry.clicked.connect(self._carry)
        self.source.textChanged.connect(self._propose)
        self.target.textChanged.connect(self._check)
        self.resize(560, 300)
        self._check()

    def _row(self, title: str, spoken: str) -> tuple[QLineEdit, QPushButton]:
        field, browse = QLineEdit(), button(self.tr("Browse…"))
        field.setAccessibleName(spoken)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(field, 1)
        row.addWidget(browse)
        self.body.addWidget(heading(title))
        self.body.addLayout(row)
        return field, browse

    def _turn(self, to: str) -> None:
        self.to = to
        self._propose()

    def _browse_source(self) -> None:
        # Some systems tell capitals apart, and Praat writes “TextGrid”.
        endings = " ".join(f"*{s} *{s.upper()}" for s in self._suffixes) + " *.TextGrid"
        patterns = self.tr("Tiers and subtitles ({endings})").format(endings=endings)
        name, _ = QFileDialog.getOpenFileName(
            self, self.tr("Open tiers"), self.folder, ";;".join((patterns, self.tr("All files (*)")))
        )
        if name:
            self.source.setText(name)

    def _browse_target(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self,
            self.tr("Write tiers"),
            self.target.text() or self.folder,
            self.tr("All files (*)"),
            options=QFileDialog.Option.DontConfirmOverwrite,
        )
        if name:
            self.target.setText(name)

    def _propose(self) -> None:
        """Name the file to write after the one that is read, unless it was named already."""
        source = self._full(self.source.text())
        if source is not None and source.name and self.target.text() in ("", self._proposed):
            suffix = source.suffix if source.suffix.lower() in self._suffixes else ".TextGrid"
            self._proposed = str(source.with_name(f"{source.stem} on {self.to.upper()}{suffix}"))
            self.target.setText(self._proposed)
        self._check()

    def _full(self, text: str) -> Path | None:
        text = text.strip()
        if not text or "\0" in text:
            return None
        path = Path(text).expanduser()
        return path if path.is_absolute() else Path(self.folder) / path

    def _check(self) -> None:
        source, target = self._full(self.source.text()), self._full(self.target.text())
        try:
            trouble, warning = self._judge(source, target)
        except OSError as error:
            trouble, warning = self.tr("This name can't be used ({reason}); choose another one."), ""
            trouble = trouble.format(reason=error.strerror or error)
        self.trouble.say(trouble)
        self.warning.say(warning)
        self.carry.setEnabled(source is not None and target is not None and not trouble)

    def _judge(self, source: Path | None, target: Path | None) -> tuple[str, str]:
        """What is wrong with the two files, and what to be warned of."""
        trouble = warning = ""
        if source is not None and not source.is_file():
            trouble = self.tr("There is no file “{name}”; choose another one.").format(name=source.name)
        elif target is not None and target.suffix.lower() not in self._suffixes:
            endings = " ".join(self._suffixes)
            trouble = self.tr("Name the file to write with one of {endings}.").format(endings=endings)
        elif target is not None and not target.parent.is_dir():
            trouble = self.tr("The folder “{folder}” does not exist; choose another one.").format(folder=target.parent)
        elif source is not None and target is not None and target.exists():
            if target.samefile(source):
                trouble = self.tr("The file would be written over itself; choose another name.")
            else:
                warning = self.tr("“{name}” exists and will be replaced.").format(name=target.name)
        return trouble, warning

    def _carry(self) -> None:
        self._check()
        source, target = self._full(self.source.text()), self._full(self.target.text())
        if self.carry.isEnabled() and source is not None and target is not None:
            self.accept()
            self.requested.emit(str(source), self.to, str(target))
