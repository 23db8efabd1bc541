"""After a crash: work that was not saved can be brought back, thrown away, or left for later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QDateTime, QLocale, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from ..views.plain import clean, label
from ..views.rows import Row, RowList
from .sheet import Sheet

__all__ = ["RecoverDialog", "Recoverable"]


@dataclass(frozen=True)
class Recoverable:
    """Work found in a journal.

    Attributes
    ----------
    key
        Names the journal in signals.
    name
        Of the project, or of the two files if it was never saved.
    detail
        The full path, say.
    when
        Time of the last step, seconds since 1970.
    steps
        How many steps there are that no project file has.
    """

    key: str
    name: str
    detail: str
    when: float
    steps: int


class RecoverDialog(Sheet):
    """Lists what was found; the newest is chosen at first."""

    restore_requested = Signal(str)
    """Key; the dialog is closing."""
    discard_requested = Signal(str)
    """Key; it was confirmed, and the row is gone from the list."""

    def __init__(self, found: Sequence[Recoverable], parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Restore your work"), parent)
        self._found = {r.key: r for r in sorted(found, key=lambda r: -r.when)}
        self._key = next(iter(self._found), "")
        words = label(
            self.tr("Syncline did not end properly. These edits were not saved, and nothing of them is lost:")
        )
        words.setWordWrap(True)
        self.body.addWidget(words)
        self.list = RowList(self)
        self.list.setAccessibleName(self.tr("Unsaved work"))
        self.list.chosen.connect(self._choose)
        self.list.removed.connect(self._discard_key)
        self.body.addWidget(self.list, 1)
        self.discard = self.add_button(self.tr("Discard"))
        self.discard.clicked.connect(lambda: self._discard_key(self._key))
        self.foot.addStretch(1)
        self.later = self.add_button(self.tr("Later"))
        self.later.clicked.connect(self.reject)
        self.restore = self.add_button(self.tr("Restore"), "primary")
        self.restore.clicked.connect(self._restore)
        self.resize(520, 300)
        self._draw()

    def confirm(self, name: str) -> bool:
        """Ask whether the work on `name` is really to be thrown away."""
        box = QMessageBox(self)
        box.setTextFormat(box.textFormat().PlainText)
        box.setIcon(QMessageBox.Icon.NoIcon)
        box.setWindowTitle(self.tr("Discard"))
        box.setText(self.tr("Throw away the unsaved edits of “{name}”? This can't be undone.").format(name=clean(name)))
        yes = box.addButton(self.tr("Discard"), QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(self.tr("Keep"), QMessageBox.ButtonRole.RejectRole)
        box.exec()
        return box.clickedButton() is yes

    def _draw(self) -> None:
        locale = QLocale()
        rows: list[Row] = []
        for r in self._found.values():
            when = locale.toString(QDateTime.fromSecsSinceEpoch(int(r.when)), QLocale.FormatType.ShortFormat)
            steps = self.tr("{n} steps").format(n=r.steps) if r.steps != 1 else self.tr("1 step")
            rows.append(Row(key=r.key, text=r.name, figure=f"{steps} · {when}", tip=r.detail))
        self.list.set_rows(rows, self._key)

    def _choose(self, key: str) -> None:
        self._key = key
        self._draw()

    def _discard_key(self, key: str) -> None:
        if key not in self._found or not self.confirm(self._found[key].name):
            return
        del self._found[key]
        self.discard_requested.emit(key)
        self._key = next(iter(self._found), "")
        self._draw()
        if not self._found:
            self.reject()

    def _restore(self) -> None:
        self.accept()
        self.restore_requested.emit(self._key)
