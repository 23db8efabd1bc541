"""Choosing what to write, how, and where."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from syncline.errors import ParameterError
from syncline.registry import Method, describe

from ..views.parameters import ParameterForm
from ..views.plain import Notice, button, heading, label
from ..views.rows import Row, RowList
from .sheet import Sheet

__all__ = ["ExportDialog"]


class ExportDialog(Sheet):
    """Offers every exporter with its parameters and a target with the right ending.

    Parameters
    ----------
    exporters
        `Method` objects of the exporters; their kinds are the endings they write, with the dot.
    folder, stem
        Where the file goes at first, and its name without an ending.
    """

    requested = Signal(str, str, object)
    """Target, name of the exporter, its parameters; the dialog is closing."""

    def __init__(self, exporters: Sequence[Method[Any]], folder: str, stem: str, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Export"), parent)
        self.folder = folder
        self._methods = {m.name: m for m in exporters}
        self._order = [m.name for m in exporters]
        self.format = self._order[0]
        self.form: ParameterForm | None = None
        self.formats = RowList(self)
        self.formats.setAccessibleName(self.tr("Format"))
        self.formats.setFixedWidth(290)
        self.formats.chosen.connect(self.choose)
        left = QVBoxLayout()
        left.setSpacing(6)
        left.addWidget(heading(self.tr("What")))
        left.addWidget(self.formats, 1)
        self._title = label("", "title")
        self._title.setWordWrap(True)
        self._help = label("", "muted")
        self._help.setWordWrap(True)
        self._endings = QHBoxLayout()
        self._endings.setSpacing(0)
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._group.buttonClicked.connect(lambda b: self._set_suffix(b.text()))
        self._inside = QWidget()
        self._place = QVBoxLayout(self._inside)
        self._place.setContentsMargins(0, 0, 8, 0)
        self._none = label(self.tr("Nothing to choose."), "muted")
        self._place.addWidget(self._none)
        self._place.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(self._inside)
        right = QVBoxLayout()
        right.setSpacing(6)
        right.addWidget(self._title)
        right.addWidget(self._help)
        right.addSpacing(4)
        right.addLayout(self._endings)
        right.addWidget(scroll, 1)
        columns = QHBoxLayout()
        columns.setSpacing(18)
        columns.addLayout(left)
        columns.addLayout(right, 1)
        self.body.addLayout(columns, 1)
        self.target = QLineEdit()
        self.target.setAccessibleName(self.tr("File to write"))
        self.target.textChanged.connect(self._check)
        browse = button(self.tr("Browse…"))
        browse.clicked.connect(self._browse)
        where = QHBoxLayout()
        where.setSpacing(8)
        where.addWidget(self.target, 1)
        where.addWidget(browse)
        self.body.addWidget(heading(self.tr("Where")))
        self.body.addLayout(where)
        self.trouble = Notice("bad")
        self.warning = Notice("warn")
        self.body.addWidget(self.trouble)
        self.body.addWidget(self.warning)
        self.foot.addStretch(1)
        self.add_button(self.tr("Cancel")).clicked.connect(self.reject)
        self.export = self.add_button(self.tr("Export"), "primary")
        self.export.clicked.connect(self._export)
        self.resize(760, 520)
        self._suffix = self._suffixes()[0]
        self.target.setText(str(Path(folder) / f"{stem}{self._suffix}"))
        self.choose(self.format)

    # -- choosing ----------------------------------------------------------------------------------

    def choose(self, name: str) -> None:
        """Offer the parameters of the exporter `name`."""
        self.format = name
        method = self._methods[name]
        rows = [
            Row(key=n, text=self._methods[n].title, figure=" ".join(sorted(self._methods[n].kinds)))
            for n in self._order
        ]
        self.formats.set_rows(rows, name)
        self._title.setText(method.title)
        self._help.setText(method.help)
        if self.form is not None:
            self._place.removeWidget(self.form)
            self.form.hide()
            self.form.deleteLater()
            self.form = None
        self._none.setVisible(not describe(method.params))
        if describe(method.params):
            self.form = ParameterForm(method.params)
            self.form.changed.connect(self._check)
            self._place.insertWidget(0, self.form)
        self._draw_endings()
        wanted = Path(self.target.text()).suffix.lower()
        self._set_suffix(next((s for s in self._suffixes() if s.lower() == wanted), self._suffixes()[0]))

    def _suffixes(self) -> list[str]:
        # The kinds are a set; what most people want comes first.
        return sorted(self._methods[self.format].kinds, key=lambda s: (s not in (".png", ".wav"), s))

    def _writes(self, path: Path) -> bool:
        """True if the format in hand writes files of that ending."""
        return path.suffix.lower() in (s.lower() for s in self._suffixes())

    def _draw_endings(self) -> None:
        for old in self._group.buttons():
            self._group.removeButton(old)
            old.hide()
            old.deleteLater()
        while self._endings.takeAt(0) is not None:
            pass
        suffixes = self._suffixes()
        if len(suffixes) < 2:
            return
        for k, suffix in enumerate(suffixes):
            segment = QToolButton()
            segment.setText(suffix)
            segment.setCheckable(True)
            segment.setProperty("segment", "first" if k == 0 else "last" if k == len(suffixes) - 1 else "middle")
            self._group.addButton(segment)
            self._endings.addWidget(segment)
        self._endings.addStretch(1)

    def _set_suffix(self, suffix: str) -> None:
        old = Path(self.target.text())
        known = {s.lower() for m in self._methods.values() for s in m.kinds}
        self._suffix = suffix
        for segment in self._group.buttons():
            segment.setChecked(segment.text() == suffix)
        if not old.name:
            return
        # Only an ending that some exporter writes is exchanged: “take 2.5” has none.
        stem = old.name[: -len(old.suffix)] if old.suffix.lower() in known else old.name
        self.target.setText(str(old.with_name(stem + suffix)))
        self._check()

    def _browse(self) -> None:
        pattern = " ".join(f"*{s}" for s in self._suffixes())
        title = self._methods[self.format].title.replace("(", "").replace(")", "")
        name, _ = QFileDialog.getSaveFileName(
            self,
            self.tr("Export to"),
            self.target.text(),
            f"{title} ({pattern})",
            options=QFileDialog.Option.DontConfirmOverwrite,
        )
        if name:
            self.target.setText(name)
            if not self._writes(Path(name)):
                self._set_suffix(self._suffix)

    # -- checking ----------------------------------------------------------------------------------

    def _path(self) -> Path:
        path = Path(self.target.text().strip()).expanduser()
        if not self._writes(path) and path.name:
            path = path.with_name(path.name + self._suffix)
        return path if path.is_absolute() else Path(self.folder) / path

    def _check(self) -> None:
        trouble = warning = ""
        text = self.target.text().strip()
        if "\0" in text or not text or text.endswith(("/", "\\")):
            trouble = self.tr("Name the file to write.")
        else:
            path = self._path()
            try:
                if not path.parent.is_dir():
                    trouble = self.tr("The folder “{folder}” does not exist; choose another one.").format(
                        folder=path.parent
                    )
                elif path.is_dir():
                    trouble = self.tr("“{name}” is a folder; choose another name.").format(name=path.name)
                elif path.exists():
                    warning = self.tr("“{name}” exists and will be replaced.").format(name=path.name)
            except OSError as error:
                trouble = self.tr("This name can't be used ({reason}); choose another one.").format(
                    reason=error.strerror or error
                )
        if self.form is not None and not trouble:
            try:
                self.form.value()
            except ParameterError as error:
                trouble = str(error)
        self.trouble.say(trouble)
        self.warning.say(warning)
        self.export.setEnabled(not trouble)

    def _export(self) -> None:
        self._check()
        if not self.export.isEnabled():
            return
        path = self._path()
        method = self._methods[self.format]
        params = self.form.value() if self.form is not None else method.params()
        self.folder = str(path.parent)
        self.accept()
        self.requested.emit(str(path), self.format, params)
