"""Writing what is said, and how words are spelled by labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QBrush, QColor, QDragEnterEvent, QDropEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QPlainTextEdit,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from syncline.errors import SynclineError
from syncline.files import read_text
from syncline.model import Word
from syncline.words import is_word, tokens_of

from ..theme import theme
from ..views.plain import Elided, Notice, button, clean, heading, label, tip
from ..views.sources import dropped_files
from .sheet import Sheet

__all__ = ["TranscriptDialog", "carried", "words_of"]

MOST = 4 << 20
"""Bytes of a text file: a day of speech has about one million."""
REST = 300
"""Milliseconds without a key after which the words are read anew."""
WORD, SPELLED = range(2)
_Index = QModelIndex | QPersistentModelIndex
_Role = Qt.ItemDataRole


def words_of(text: str) -> list[str]:
    """Words of a text, marks around them left out, as `syncline.segmentation.transcript_words` reads them."""
    return [t.text for line in text.splitlines() for t in tokens_of(line) if is_word(t)]


def carried(old: Sequence[Word], texts: Sequence[str]) -> list[Word]:
    """Words of a text; those that stay keep how they were spelled."""
    before = [w.text for w in old]
    first = 0
    while first < min(len(before), len(texts)) and before[first] == texts[first]:
        first += 1
    last = 0
    while last < min(len(before), len(texts)) - first and before[-1 - last] == texts[-1 - last]:
        last += 1
    # Comparing takes time with the square of what differs, so what does not is taken off first.
    mine, theirs = before[first : len(before) - last], list(texts[first : len(texts) - last])
    new = [Word(t) for t in theirs]
    if any(w.labels is not None for w in old[first : len(old) - last]):
        for a, b, n in SequenceMatcher(None, mine, theirs, autojunk=False).get_matching_blocks():
            new[b : b + n] = old[first + a : first + a + n]
    return [*old[:first], *new, *old[len(old) - last :]]


@dataclass(frozen=True)
class _Spelling:
    """How a word is spelled, or why it is not; by hand, or as the speller says."""

    labels: tuple[str, ...] = ()
    trouble: str = ""
    own: bool = False


class _Model(QAbstractTableModel):
    respelled = Signal(int, str)
    """Number of the word, and what was typed."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.words: list[Word] = []
        self.known: dict[str, tuple[str, ...] | str] = {}

    def show(self, words: list[Word]) -> None:
        if len(words) != len(self.words):
            self.beginResetModel()
            self.words = words
            self.endResetModel()
            return
        self.words = words
        self.refresh()

    def refresh(self) -> None:
        if self.words:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.words) - 1, SPELLED))

    def spelling(self, row: int) -> _Spelling:
        word = self.words[row]
        if word.labels is not None:
            return _Spelling(word.labels, own=True)
        found = self.known.get(word.text, ())
        return _Spelling(trouble=found) if isinstance(found, str) else _Spelling(found)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  (Qt's own signature)
        return 0 if parent.isValid() else len(self.words)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else 2

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == _Role.DisplayRole:
            return (self.tr("Word"), self.tr("Spelled"))[section]
        if role == _Role.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return flags | Qt.ItemFlag.ItemIsEditable if index.isValid() and index.column() == SPELLED else flags

    def data(self, index: _Index, role: int = _Role.DisplayRole) -> Any:
        word, spelled = self.words[index.row()], self.spelling(index.row())
        if index.column() == WORD:
            return clean(word.text) if role == _Role.DisplayRole else None
        text = " ".join(spelled.labels)
        if role == _Role.DisplayRole:
            return clean(text) or ("?" if spelled.trouble else "–")
        if role == _Role.EditRole:
            return text
        if role == _Role.ForegroundRole:
            c = theme().colours
            return QBrush(QColor(c.bad if spelled.trouble else c.text if spelled.own else c.muted))
        if role in (_Role.ToolTipRole, _Role.AccessibleTextRole):
            words = spelled.trouble or (self.tr("respelled by you") if spelled.own else self.tr("as the speller says"))
            said = f"{clean(word.text)}: {clean(text) or '–'}, {words}"
            return tip(said) if role == _Role.ToolTipRole else said
        return None

    def setData(self, index: _Index, value: Any, role: int = _Role.EditRole) -> bool:
        if str(value).strip() != self.data(index, _Role.EditRole):
            self.respelled.emit(index.row(), str(value).strip())
        return True


class _Text(QPlainTextEdit):
    done = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        ends = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if ends and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.done.emit()
        else:
            super().keyPressEvent(event)


class TranscriptDialog(Sheet):
    """Asks what is said in a recording. Knows of no speller: who opens it answers `spelling_wanted`.

    Signals: `taken(tuple[Word, ...])`, empty if the transcript is to go; `spelling_wanted(list[str])`, to be answered
    by `show_spelling`.

    Parameters
    ----------
    recording
        Its name.
    words
        What was said so far.
    spelled
        How words are spelled, as far as that is known.
    labels
        Labels that there are to spell by; none: nobody knows.
    """

    taken = Signal(object)
    """The words, `tuple[Word, ...]`; the dialog is closing."""
    spelling_wanted = Signal(object)
    """Words (a list of texts) of which nobody said how they are spelled."""

    def __init__(
        self,
        recording: str,
        words: Sequence[Word] = (),
        spelled: Mapping[str, tuple[str, ...]] | None = None,
        labels: Sequence[str] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(self.tr("Transcript"), parent)
        self.setAcceptDrops(True)
        self._labels = frozenset(labels)
        self._asked: set[str] = set()
        self.body.addWidget(Elided(recording, "title"))
        self.field = _Text()
        self.field.setAccessibleName(self.tr("What is said"))
        self.field.setPlaceholderText(self.tr("A woman is throwing a frisbee."))
        self.field.setTabChangesFocus(True)
        self.field.setAcceptDrops(False)
        self.field.setPlainText(" ".join(w.text for w in words))
        self.field.done.connect(self._take)
        self.load = button(self.tr("Open text…"), "small")
        self.load.clicked.connect(self._ask)
        self.count = label("", "muted")
        self.table = QTableView()
        self.model = _Model(self.table)
        self.model.known.update(spelled or {})
        self.reset = button(self.tr("As the speller says"), "small")
        self.reset.clicked.connect(self._reset)
        self._lay()
        self._show_table()
        self.trouble = Notice("bad")
        self.body.addWidget(self.trouble)
        if words:
            remove = self.add_button(self.tr("Remove transcript"))
            remove.clicked.connect(lambda: self._finish(()))
        self.foot.addStretch(1)
        self.add_button(self.tr("Cancel")).clicked.connect(self.reject)
        self.save = self.add_button(self.tr("Save"), "primary")
        self.save.clicked.connect(self._take)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST)
        self._rest.timeout.connect(self._read)
        self.field.textChanged.connect(self._rest.start)
        self.model.show(list(words))
        self._check()
        self.resize(640, 460)
        self.field.setFocus()
        # Whoever opens it listens from the next turn on.
        QTimer.singleShot(0, self, self._want)

    def _lay(self) -> None:
        left, right = QWidget(), QWidget()
        for side, head, beside, below in (
            (left, self.tr("What is said"), (self.count, self.load), self.field),
            (right, self.tr("How it is spelled"), (self.reset,), self.table),
        ):
            row = QHBoxLayout()
            row.addWidget(heading(head))
            row.addStretch(1)
            for part in beside:
                row.addWidget(part)
            column = QVBoxLayout(side)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(6)
            column.addLayout(row)
            column.addWidget(below, 1)
        both = QHBoxLayout()
        both.setSpacing(16)
        both.addWidget(left, 5)
        both.addWidget(right, 4)
        self.body.addLayout(both, 1)
        about = self.tr("Words that stay keep their places. To respell one, write its labels with spaces between them.")
        words = label(about, "muted")
        words.setWordWrap(True)
        self.body.addWidget(words)

    def _show_table(self) -> None:
        view = self.table
        view.setModel(self.model)
        view.setAccessibleName(self.tr("How words are spelled"))
        view.setAccessibleDescription(self.tr("F2 respells a word, Delete gives it back to the speller"))
        triggers = QAbstractItemView.EditTrigger
        view.setEditTriggers(triggers.DoubleClicked | triggers.EditKeyPressed | triggers.AnyKeyPressed)
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        view.setShowGrid(False)
        view.setWordWrap(False)
        view.setTabKeyNavigation(False)
        rows, head = view.verticalHeader(), view.horizontalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(self.fontMetrics().height() + 9)
        head.setHighlightSections(False)
        head.setSectionResizeMode(SPELLED, QHeaderView.ResizeMode.Stretch)
        head.resizeSection(WORD, 100)
        self.model.respelled.connect(self._respell)
        view.selectionModel().currentChanged.connect(lambda _now, _before: self._check())
        back = QShortcut(QKeySequence(Qt.Key.Key_Delete), view)
        back.setContext(Qt.ShortcutContext.WidgetShortcut)
        back.activated.connect(self._reset)

    # -- what is known -------------------------------------------------------------------------------

    @property
    def words(self) -> tuple[Word, ...]:
        """The words as they stand."""
        if self._rest.isActive():
            self._read()
        return tuple(self.model.words)

    def set_text(self, text: str) -> None:
        """Another text, as one that can be undone in the field."""
        cursor = self.field.textCursor()
        cursor.select(cursor.SelectionType.Document)
        cursor.insertText(text)
        self._read()

    def show_spelling(self, spelled: Mapping[str, tuple[str, ...] | str]) -> None:
        """Say how words are spelled, or in one sentence why one is not."""
        self.model.known.update(spelled)
        self.model.refresh()
        self._check()

    def _read(self) -> None:
        self._rest.stop()
        self.model.show(carried(self.model.words, words_of(self.field.toPlainText())))
        self._check()
        self._want()

    def _want(self) -> None:
        unknown = {w.text for w in self.model.words if w.labels is None} - self.model.known.keys() - self._asked
        if unknown:
            self._asked |= unknown
            self.spelling_wanted.emit(sorted(unknown))

    def _check(self) -> None:
        count = len(self.model.words)
        self.count.setText(self.tr("{n} words").format(n=count) if count != 1 else self.tr("1 word"))
        self.save.setEnabled(count > 0)
        row = self.table.currentIndex().row()
        self.reset.setEnabled(0 <= row < count and self.model.words[row].labels is not None)
        missing = [w.text for k, w in enumerate(self.model.words) if self.model.spelling(k).trouble]
        if not missing:
            self.trouble.say("")
            return
        named = ", ".join(dict.fromkeys(f"“{clean(w)}”" for w in missing[:50]))
        words = self.tr("{words} can't be spelled: respell it on the right, or write it as it is spoken.")
        self.trouble.say(words.format(words=named if len(named) < 80 else f"{named[:77]}…"))

    # -- what the user does ----------------------------------------------------------------------------

    def _respell(self, row: int, text: str) -> None:
        words = self.model.words
        if not text:
            self._set(row, None)
            return
        names = tuple(text.split())
        # Labels of one character each need no spaces.
        if self._labels and len(names) == 1 and names[0] not in self._labels and set(text) <= self._labels:
            names = tuple(text)
        strange = [n for n in names if self._labels and n not in self._labels]
        if strange:
            about = self.tr("There is no label “{label}” to spell “{word}” by; there are {all}.")
            every = " ".join(sorted(self._labels))
            short = every if len(every) < 160 else f"{every[:157]}…"
            self.trouble.say(about.format(label=strange[0], word=words[row].text, all=short))
            return
        self._set(row, names)

    def _set(self, row: int, labels: tuple[str, ...] | None) -> None:
        words = list(self.model.words)
        words[row] = Word(words[row].text, labels)
        self.model.show(words)
        self._check()
        self._want()

    def _reset(self) -> None:
        row = self.table.currentIndex().row()
        if 0 <= row < len(self.model.words):
            self._set(row, None)

    def _ask(self) -> None:
        asks = QFileDialog(self, self.tr("Open transcript"))
        asks.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        asks.setFileMode(QFileDialog.FileMode.ExistingFile)
        asks.setNameFilters([self.tr("Text (*.txt *.lab)"), self.tr("All files (*)")])
        asks.fileSelected.connect(self.read_file)
        asks.open()

    def read_file(self, path: str) -> None:
        """Take the text of a file."""
        try:
            text, _notes = read_text(Path(path), MOST, self.tr("split it"))
        except SynclineError as error:
            self.trouble.say(str(error))
            return
        self.set_text(text.strip())

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_files(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        files = dropped_files(event.mimeData())
        if files:
            event.acceptProposedAction()
            self.read_file(files[0])

    def _take(self) -> None:
        words = self.words
        if words:
            self._finish(words)

    def _finish(self, words: tuple[Word, ...]) -> None:
        self.accept()
        self.taken.emit(words)
