"""The corrections as a table: anchors, locked stretches and forbidden rectangles, their times to be typed over."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QItemSelectionModel, QModelIndex, QSortFilterProxyModel, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QComboBox, QHBoxLayout, QHeaderView, QLineEdit, QVBoxLayout, QWidget

from syncline.edits import constraints as edits
from syncline.errors import SynclineError
from syncline.model import Anchor, Constraints, Forbidden, Lock, Media

from ..document import Change, Document
from ..playback import Playback
from ..theme import theme
from .anchors_table import (
    DELTA,
    NOTE,
    NUMBER,
    SORT,
    TYPE,
    A,
    B,
    CellDelegate,
    ConstraintsModel,
    Entry,
    Index,
    Table,
    TimeEdit,
)
from .clock import format_time
from .plain import IconButton, Notice, figures, heading, label
from .reshape import lock_between, lock_reach, set_zone

__all__ = ["AnchorsPanel"]


class AnchorsPanel(QWidget):
    """Draws the constraints of `document.shown` and emits edited ones; knows which of them is selected."""

    edit_previewed = Signal(object)
    edit_committed = Signal(object, str)
    edit_abandoned = Signal()
    anchor_selected = Signal(object)
    """Id of the selected constraint, or None; only when the user selects."""
    load_requested = Signal()
    save_requested = Signal()

    def __init__(self, document: Document, playback: Playback | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("anchors")
        self._document, self._playback = document, playback
        self._previewed = False
        self._telling = True
        self.model = ConstraintsModel(self)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self.model)
        self._sorted.setSortRole(SORT)
        # Rows must not jump about while one of them is being edited; they are sorted anew afterwards.
        self._sorted.setDynamicSortFilter(False)
        self.table = Table(self)
        self.table.setAccessibleName(self.tr("Anchors"))
        self.table.setModel(self._sorted)
        self._delegate = CellDelegate(self, self.entry_at, self.frames, self.model.type_name)
        self._delegate.previewed.connect(self.preview_cell)
        self._delegate.committed.connect(self.commit_cell)
        self.table.setItemDelegate(self._delegate)
        self._delegate.closeEditor.connect(self._editor_closed)
        self._set_up_table()
        self.add = IconButton("plus", self.tr("Add an anchor at the playhead"))
        self.delete = IconButton("trash-2", self.tr("Delete the selected rows"))
        self.load = IconButton("folder-open", self.tr("Load anchors…"))
        self.save = IconButton("download", self.tr("Save anchors…"))
        self.add.setVisible(playback is not None)
        self.add.clicked.connect(self._add)
        self.delete.clicked.connect(self.remove_selected)
        self.load.clicked.connect(self.load_requested)
        self.save.clicked.connect(self.save_requested)
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(2)
        head.addWidget(heading(self.tr("Anchors")))
        head.addStretch(1)
        for part in (self.add, self.delete, self.load, self.save):
            head.addWidget(part)
        self.trouble = Notice("bad")
        self._empty = label(self.tr("Double-click the matrix, or press P, to say what belongs together."), "muted")
        self._empty.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self._empty, 1, Qt.AlignmentFlag.AlignTop)
        column.addWidget(self.table, 1)
        column.addWidget(self.trouble)
        document.changed.connect(self._changed)
        theme().changed.connect(self.table.viewport().update)
        self._draw()

    def _set_up_table(self) -> None:
        table = self.table
        # Six columns beside a scroll bar in a panel of 300 pixels: the note has what the times leave.
        small = figures(table.font())
        small.setPixelSize(12)
        table.setFont(small)
        table.horizontalHeader().setFont(small)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        triggers = QAbstractItemView.EditTrigger
        table.setEditTriggers(triggers.DoubleClicked | triggers.EditKeyPressed)
        table.setShowGrid(False)
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # A panel is narrow: every pixel of padding would be taken from the note.
        table.setStyleSheet(
            "QTableView { font-size: 12px; }"
            "QTableView::item { padding: 3px 1px; }"
            "QHeaderView::section { padding: 3px 2px; font-size: 12px; }"
            "QHeaderView::down-arrow, QHeaderView::up-arrow { width: 8px; height: 8px; }"
            "QHeaderView::down-arrow, QHeaderView::up-arrow { subcontrol-position: top center; }"
        )
        table.setWordWrap(False)
        table.setSortingEnabled(True)
        table.setTabKeyNavigation(False)
        table.verticalHeader().hide()
        table.verticalHeader().setMinimumSectionSize(24)
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        head = table.horizontalHeader()
        head.setHighlightSections(False)
        head.setMinimumSectionSize(22)
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignVCenter)
        for column, width in ((NUMBER, 22), (TYPE, 22)):
            head.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            head.resizeSection(column, width)
        for column in (A, B, DELTA):
            head.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        head.setSectionResizeMode(NOTE, QHeaderView.ResizeMode.Stretch)
        head.setSortIndicator(NUMBER, Qt.SortOrder.AscendingOrder)
        table.selectionModel().selectionChanged.connect(self._selection_changed)
        table.removed.connect(self.remove_selected)
        table.entered.connect(self._go)
        table.doubleClicked.connect(self._double_clicked)

    # -- asked by the delegate and by tests ----------------------------------------------------------

    def entry_at(self, index: Index) -> Entry:
        """The row of the table that `index` lies in."""
        return self.model.entries[self._sorted.mapToSource(index).row()]

    def index_of(self, id: int, column: int = NUMBER) -> QModelIndex:
        """Where the constraint with that id is in the table; invalid if it is not."""
        for row, entry in enumerate(self.model.entries):
            if entry.id == id:
                return self._sorted.mapFromSource(self.model.index(row, column))
        return QModelIndex()

    def frames(self, column: int) -> NDArray[np.float64] | None:
        """Times that the arrow keys step through in that column."""
        media = self._media(column)
        return None if media is None else media.frame_times

    def selected(self) -> list[int]:
        """Ids of the selected rows."""
        return [self.entry_at(index).id for index in self.table.selectionModel().selectedRows()]

    # -- drawing -----------------------------------------------------------------------------------

    def select_anchor(self, id: int | None) -> None:
        """Select the row with that id without telling anyone; None selects nothing."""
        if id is not None and self.selected() == [id]:
            return
        self._telling = False
        selection = self.table.selectionModel()
        index = self.index_of(id) if id is not None else QModelIndex()
        if index.isValid():
            flags = QItemSelectionModel.SelectionFlag
            selection.setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
            self.table.scrollTo(index)
        else:
            selection.clearSelection()
        self._telling = True

    def _changed(self, change: Change) -> None:
        if change & (Change.CONSTRAINTS | Change.ALIGNMENTS):
            self._draw()

    def _constraints(self) -> Constraints:
        alignment = self._document.session.alignment
        return alignment.constraints if alignment is not None else Constraints()

    def _draw(self) -> None:
        alignment = self._document.shown.alignment
        kept = self.selected()
        self._telling = False
        reset = self.model.show(alignment.constraints if alignment is not None else Constraints())
        if not self.editing():
            head = self.table.horizontalHeader()
            self._sorted.sort(head.sortIndicatorSection(), head.sortIndicatorOrder())
        if reset:
            flags = QItemSelectionModel.SelectionFlag
            for one in kept:
                index = self.index_of(one)
                if index.isValid():
                    self.table.selectionModel().setCurrentIndex(index, flags.Select | flags.Rows)
        self._telling = True
        self.table.setVisible(bool(self.model.entries))
        self._empty.setVisible(not self.model.entries)
        self.add.setEnabled(alignment is not None)
        self.save.setEnabled(bool(self.model.entries))
        self.load.setEnabled(alignment is not None)
        self.delete.setEnabled(bool(self.selected()))

    def editing(self) -> bool:
        """True while a cell is being edited."""
        return self.table.state() == QAbstractItemView.State.EditingState

    def _selection_changed(self) -> None:
        ids = self.selected()
        self.delete.setEnabled(bool(ids))
        if self._telling:
            self.anchor_selected.emit(ids[0] if len(ids) == 1 else None)

    # -- editing -----------------------------------------------------------------------------------

    def _edited(self, id: int, column: int, editor: QWidget) -> Constraints | None:
        """The constraints with that cell as the editor has it, None if it is as before.

        Raises
        ------
        ValueError, SynclineError
            What was typed can't be; one sentence.
        """
        old = self._constraints()
        item = old.find(id)
        if isinstance(editor, QLineEdit) and not isinstance(editor, TimeEdit):
            note = editor.text().strip()
            return None if item is None or note == item.note else edits.set_note(old, id, note)
        if isinstance(editor, TimeEdit):
            span = editor.span()
            if item is None or span == (Entry.of(item, 0).a if column == A else Entry.of(item, 0).b):
                return None
            if span[1] < span[0]:
                words = {"start": format_time(span[0]), "end": format_time(span[1])}
                raise ValueError(self.tr("It can't begin at {start} and end before that, at {end}.").format(**words))
            if isinstance(item, Anchor):
                return self._moved(old, item, column, span)
            return (
                self._locked(old, item, column, span)
                if isinstance(item, Lock)
                else self._barred(old, item, column, span)
            )
        assert isinstance(editor, QComboBox)
        kind = editor.currentData()
        return None if not isinstance(item, Anchor) or kind == item.kind else edits.edit_anchor(old, id, kind=kind)

    def _moved(self, old: Constraints, anchor: Anchor, column: int, span: tuple[float, float]) -> Constraints:
        fields: dict[str, Any] = {"a": span[0]} if column == A else {"b": span[0]}
        if anchor.kind == "jump":
            fields["a_end" if column == A else "b_end"] = span[1]
        new = edits.edit_anchor(old, anchor.id, **fields)
        self._check_room(new, anchor.id, column, span[0])
        return new

    def _locked(self, old: Constraints, lock: Lock, column: int, span: tuple[float, float]) -> Constraints:
        """The stretch from one time to another, along the path as it is."""
        alignment = self._document.session.alignment
        path = None if alignment is None else alignment.path
        times = lock_reach(old, lock, path)[:, 0 if column == A else 1]
        sentence = self.tr("Along the path this stretch can be locked from {low} to {high} of {side}, not at {time}.")
        self._check_span(span, float(times[0]), float(times[-1]), column, sentence)
        return lock_between(old, lock, path, 0 if column == A else 1, span)

    def _barred(self, old: Constraints, zone: Forbidden, column: int, span: tuple[float, float]) -> Constraints:
        media = self._media(column)
        sentence = self.tr("A forbidden zone lies between {low} and {high} of {side}, not at {time}.")
        self._check_span(span, 0.0, zone.a1 if media is None else media.duration, column, sentence)
        a, b = (span, (zone.b0, zone.b1)) if column == A else ((zone.a0, zone.a1), span)
        return set_zone(old, zone.id, a, b)

    @staticmethod
    def _check_span(span: tuple[float, float], low: float, high: float, column: int, sentence: str) -> None:
        """Refuse times out of reach in words; what is written in milliseconds may be half of one beside it."""
        for t in span:
            if not low - 5e-4 <= t <= high + 5e-4:
                words = {"low": format_time(low), "high": format_time(high), "time": format_time(t)}
                raise ValueError(sentence.format(side="A" if column == A else "B", **words))

    def _check_room(self, new: Constraints, id: int, column: int, wanted: float) -> None:
        """Refuse a time past the neighbours or the ends: no path would obey it.

        The room is that of the anchor as it is before; its own new length counts already.
        """
        session = self._document.session
        old = self._constraints().find(id)
        if session.a is None or session.b is None or not isinstance(old, Anchor):
            return
        moved = new.find(id)
        assert isinstance(moved, Anchor)
        length = {"a_end": old.a + moved.end[0] - moved.a, "b_end": old.b + moved.end[1] - moved.b}
        held = edits.edit_anchor(self._constraints(), id, **(length if old.kind == "jump" else {}))
        a_lo, a_hi, b_lo, b_hi = edits.room(held, id, (0.0, session.a.duration), (0.0, session.b.duration))
        low, high = (a_lo, a_hi) if column == A else (b_lo, b_hi)
        sentence = self.tr("Between its neighbours it can be from {low} to {high} of {side}, not at {time}.")
        self._check_span((wanted, wanted), low, high, column, sentence)

    def preview_cell(self, id: int, column: int, editor: QWidget) -> None:
        """Show what the cell's editor says, as long as it can be."""
        try:
            new = self._edited(id, column, editor)
        except (ValueError, SynclineError) as error:
            self.trouble.say(str(error))
            return
        self.trouble.say("")
        self._previewed = True
        self.edit_previewed.emit(self._constraints() if new is None else new)

    def commit_cell(self, id: int, column: int, editor: QWidget) -> None:
        """Make what the cell's editor says one step."""
        try:
            new = self._edited(id, column, editor)
        except (ValueError, SynclineError) as error:
            self.trouble.say(str(error))
            return
        self.trouble.say("")
        if new is None:
            return
        self._previewed = False
        entry = next(e for e in self.model.entries if e.id == id)
        moved = {"lock": self.tr("Change lock {n}"), "forbidden": self.tr("Change forbidden zone {n}")}
        names = {TYPE: self.tr("Change type of anchor {n}"), NOTE: self.tr("Note on {kind} {n}")}
        name = names.get(column) or moved.get(entry.kind) or self.tr("Move anchor {n}")
        kind = self.tr("anchor") if entry.anchor else self.model.type_name(entry.kind).lower()
        self.edit_committed.emit(new, name.format(n=entry.number, kind=kind))

    def _editor_closed(self) -> None:
        if self._previewed:
            self._previewed = False
            self.edit_abandoned.emit()

    def remove_selected(self) -> None:
        """Delete the selected rows as one step."""
        ids = self.selected()
        if not ids:
            return
        new = self._constraints()
        numbers = [e for e in self.model.entries if e.id in ids]
        for one in ids:
            if new.find(one) is not None:
                new = edits.remove(new, one)
        if len(ids) > 1:
            text = self.tr("Delete {n} rows").format(n=len(ids))
        else:
            text = self.tr("Delete {kind} {n}").format(
                kind=self.model.type_name(numbers[0].kind).lower(), n=numbers[0].number
            )
        self.edit_committed.emit(new, text)

    def _add(self) -> None:
        if self._playback is None:
            return
        a, b = self._playback.paired
        try:
            new, made = edits.add_anchor(self._constraints(), a, b)
        except SynclineError as error:
            self.trouble.say(str(error))
            return
        self.trouble.say("")
        place = f"{format_time(a)} – {format_time(b)}"
        self.edit_committed.emit(new, self.tr("Add anchor {place}").format(place=place))
        self.select_anchor(made)
        self.anchor_selected.emit(made)

    # -- going there ---------------------------------------------------------------------------------

    def _media(self, column: int) -> Media | None:
        session = self._document.shown
        return session.a if column == A else session.b

    def _double_clicked(self, index: QModelIndex) -> None:
        if not self._sorted.flags(index) & Qt.ItemFlag.ItemIsEditable:
            self._go()

    def _go(self) -> None:
        index = self.table.currentIndex()
        if self._playback is not None and index.isValid():
            entry = self.entry_at(index)
            self._playback.seek(entry.a[0], entry.b[0])
