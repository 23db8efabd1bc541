"""The table of pieces: where each begins and ends, how sure it is, what is locked; all of it can be typed."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFontMetrics, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QMenu,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from syncline.edits.pieces import Edit, Lock, Merge, Move, Relabel, Remove

from ..theme import theme
from .parameters import calm
from .pieces_model import END, LABEL, LOCK, START, SURE, Index, PiecesModel
from .plain import clean, heading, label, literal
from .tiers_keys import chord
from .tiers_said import boundary_of, short
from .tiers_shown import Edge, Shown

__all__ = ["SegmentsTable"]

_NONE, _CONTROL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
_KEYS = {
    (Qt.Key.Key_Return, _NONE): "play",
    (Qt.Key.Key_Enter, _NONE): "play",
    (Qt.Key.Key_F2, _NONE): "edit",
    (Qt.Key.Key_L, _NONE): "lock",
    (Qt.Key.Key_Delete, _NONE): "merge",
    (Qt.Key.Key_Backspace, _NONE): "merge_back",
    (Qt.Key.Key_Backspace, _CONTROL): "remove",
}
"""As in the tiers."""
LEAST = 56
"""Pixels that labels need."""


class _Delegate(QStyledItemDelegate):
    """Fields as high as the row."""

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        field = QLineEdit(parent)
        field.setFrame(False)
        field.setMaxLength(500)
        field.setStyleSheet("padding: 0 3px; min-height: 0; border-radius: 3px;")
        words = index.model().headerData(index.column(), Qt.Orientation.Horizontal, Qt.ItemDataRole.AccessibleTextRole)
        field.setAccessibleName(str(words))
        if index.column() != LABEL:
            field.setAlignment(Qt.AlignmentFlag.AlignRight)
        return field

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        # A time wants to be seen whole while it is typed, so the field may reach over its neighbours.
        rect = option.rect
        wide = max(
            rect.width(), editor.fontMetrics().horizontalAdvance("00:00:00.000") if index.column() != LABEL else 90
        )
        parent = editor.parentWidget()
        left = min(rect.left(), max(parent.width() - wide, 0)) if parent is not None else rect.left()
        editor.setGeometry(left, rect.top(), wide, rect.height())


class _View(QTableView):
    """Keys that edit go to the panel, and are no shortcuts of the window meanwhile."""

    def __init__(self, owner: SegmentsTable) -> None:
        super().__init__(owner)
        self._owner = owner

    def keyPressEvent(self, event: QKeyEvent) -> None:
        word = _KEYS.get(chord(event))
        if word is None or not self._owner.act(word):
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and chord(event) in _KEYS:
            event.accept()
            return True
        return super().event(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and index.column() == LOCK:
            self._owner.act("lock")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._owner.fit()

    def sizeHint(self) -> QSize:
        return QSize(260, 170)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 84)


class SegmentsTable(QWidget):
    """Pieces of one tier, forty thousand as easily as six; which tier, its head says.

    Draws what `set_tiers` hands it, the very list that the tiers view is handed; `select` marks what another view has
    selected.

    Signals: `selected(tier, piece)`, `edit_committed(Edit, label)`, `play_requested(start, end)`, `refused(sentence)`.
    """

    selected = Signal(str, int)
    """Tier and piece in hand; piece −1: the tier as a whole."""
    edit_committed = Signal(object, str)
    """An `Edit` and the name of the step."""
    play_requested = Signal(float, float)
    refused = Signal(str)
    """Why something can't be done, in one sentence."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("segments")
        self._tiers: list[Shown] = []
        self._silent = self._scored = False
        self._wide = {START: 0, END: 0, SURE: 0, LOCK: 22}
        self.chooser = QComboBox()
        self.chooser.setAccessibleName(self.tr("Tier"))
        self.chooser.setMinimumContentsLength(6)
        self.chooser.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        calm(self.chooser)
        self.chooser.activated.connect(self._tier_chosen)
        self.count = label("", "muted")
        self.table = _View(self)
        self.model = PiecesModel(self.table)
        self._build_table()
        self._empty = label(self.tr("Not cut yet."), "muted")
        self._empty.setWordWrap(True)
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(6)
        head.addWidget(heading(self.tr("Segments")))
        head.addWidget(self.count, 1)
        head.addWidget(self.chooser)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self._empty)
        column.addWidget(self.table, 1)
        column.addStretch(0)
        self.setFocusProxy(self.table)
        # Once the field is closed: what is typed may bring other rows.
        later = Qt.ConnectionType.QueuedConnection
        self.model.label_typed.connect(self._relabelled, later)
        self.model.time_typed.connect(self._moved, later)
        self.model.refused.connect(self.refused)
        self.table.selectionModel().currentRowChanged.connect(self._row_changed)
        theme().changed.connect(self.table.viewport().update)
        self._draw()

    def _build_table(self) -> None:
        view = self.table
        view.setModel(self.model)
        view.setItemDelegate(_Delegate(view))
        view.setAccessibleName(self.tr("Segments"))
        view.setAccessibleDescription(
            self.tr("F2 edits, Enter plays, L locks, Delete merges with the next, Ctrl+Backspace removes")
        )
        triggers = QAbstractItemView.EditTrigger
        view.setEditTriggers(triggers.DoubleClicked)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        view.setShowGrid(False)
        view.setWordWrap(False)
        view.setTabKeyNavigation(False)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        rows, head = view.verticalHeader(), view.horizontalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setMinimumSectionSize(16)
        rows.setDefaultSectionSize(self.fontMetrics().height() + 9)
        head.setHighlightSections(False)
        head.setMinimumSectionSize(20)
        head.setSectionsClickable(True)
        head.setSortIndicatorClearable(True)
        view.setSortingEnabled(True)
        view.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        for column in range(5):
            fixed = QHeaderView.ResizeMode.Fixed if column != LABEL else QHeaderView.ResizeMode.Stretch
            head.setSectionResizeMode(column, fixed)
        head.resizeSection(LOCK, self._wide[LOCK])

    # -- what is drawn -------------------------------------------------------------------------------

    def set_tiers(self, tiers: Sequence[Shown]) -> None:
        """Show these to choose from; the one that is shown stays so, and the piece that begins where it did in hand."""
        old, current = self.tier, self.piece
        start = self.model.pieces[current].start if current >= 0 else None
        self._tiers = [t for t in tiers if t.editable or t.kind == "truth"]
        kept = next((k for k, t in enumerate(self._tiers) if old is not None and _same(t, old)), 0)
        names = [self._title(t) for t in self._tiers]
        if [self.chooser.itemText(k) for k in range(self.chooser.count())] != names:
            self.chooser.clear()
            self.chooser.addItems(names)
        self.chooser.setCurrentIndex(kept if self._tiers else -1)
        self._draw()
        if start is not None and self.piece < 0:
            self._follow(start)

    def _title(self, t: Shown) -> str:
        words = clean(t.title or t.name)
        return self.tr("{tier} (truth)").format(tier=words) if t.kind == "truth" else words

    @property
    def tier(self) -> Shown | None:
        """The tier whose pieces are listed."""
        return self.model.shown

    @property
    def piece(self) -> int:
        """Number of the piece in hand; −1: none."""
        index = self.table.currentIndex()
        return self.model.piece_of(index.row()) if index.isValid() else -1

    def select(self, tier: str, piece: int) -> None:
        """Mark what another view has selected; its tier is then the one listed. Piece −1: the tier as a whole."""
        at = next((k for k, t in enumerate(self._tiers) if t.name == tier and t.editable), None)
        if at is None:
            return
        if at != self.chooser.currentIndex():
            self.chooser.setCurrentIndex(at)
            self._draw()
        self._mark(piece)

    def _draw(self) -> None:
        at = self.chooser.currentIndex()
        shown = self._tiers[at] if 0 <= at < len(self._tiers) else None
        if shown is not self.tier:
            self._silent = True
            self.model.show(shown)
            self._silent = False
        pieces = self.model.pieces
        self.chooser.setVisible(len(self._tiers) > 1)
        self.count.setText(f"{len(pieces):,}".replace(",", "\N{NARROW NO-BREAK SPACE}") if pieces else "")
        self.count.setAccessibleName(self.tr("{n} pieces").format(n=len(pieces)))
        self.table.setVisible(bool(pieces))
        self._empty.setVisible(not pieces)
        self._empty.setText(self.tr("Not cut yet.") if shown is None else self.tr("There are no pieces in this tier."))
        solved = shown is not None and shown.kind in ("transcript", "cut")
        self.table.setColumnHidden(LOCK, not solved)
        self.table.setColumnHidden(END, shown is not None and shown.points)
        self._scored = any(s.score is not None for s in pieces[:1000])
        # Numbers are as wide as the last of them, or the first where that lies before the recording.
        ends = [self.model.time(t) for t in (pieces[0].start, pieces[-1].end)] if pieces else ["0.000"]
        metrics = QFontMetrics(self.model.font())
        widest = max(map(metrics.horizontalAdvance, ends))
        for column, wide in ((START, widest), (END, widest), (SURE, metrics.horizontalAdvance("0.00"))):
            self._wide[column] = wide + 16
            self.table.horizontalHeader().resizeSection(column, self._wide[column])
        self.fit()

    def fit(self) -> None:
        """Where labels have no room, posteriors go: what is unsure is coloured all the same."""
        view = self.table
        taken = sum(wide for k, wide in self._wide.items() if k == SURE or not view.isColumnHidden(k))
        view.setColumnHidden(SURE, not self._scored or view.viewport().width() - taken < LEAST)

    def _mark(self, piece: int) -> None:
        self._silent = True
        picked = self.table.selectionModel()
        if 0 <= piece < len(self.model.pieces):
            column = max(self.table.currentIndex().column(), LABEL)
            index = self.model.index(self.model.row_of(piece), column)
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
            picked.setCurrentIndex(index, flags)
            self.table.scrollTo(index)
        else:
            picked.clear()
        self._silent = False

    def _follow(self, start: float) -> None:
        """After pieces came or went, the one that begins where the one in hand did is in hand."""
        pieces = self.model.pieces
        found = bisect_left(pieces, start - 1e-6, key=lambda s: s.start)
        self._mark(found if found < len(pieces) and pieces[found].start < start + 1e-6 else -1)

    # -- what the user wants -------------------------------------------------------------------------

    def _tier_chosen(self) -> None:
        self._draw()
        if self.tier is not None and self.tier.editable:
            self.selected.emit(self.tier.name, -1)

    def _row_changed(self, now: QModelIndex, _before: QModelIndex) -> None:
        if not self._silent and self.tier is not None and self.tier.editable:
            self.selected.emit(self.tier.name, self.model.piece_of(now.row()) if now.isValid() else -1)

    def act(self, word: str) -> bool:
        """Do to the piece in hand what a key says; False if there is none."""
        shown, piece = self.tier, self.piece
        if shown is None or piece < 0:
            return False
        if word == "play":
            s = shown.pieces[piece]
            self.play_requested.emit(s.start, s.end)
        elif not shown.editable:
            self.refused.emit(self.tr("The truth can be looked at only."))
        elif word == "edit":
            index = self.table.currentIndex()
            self.table.edit(index if index.column() in (START, END) else index.siblingAtColumn(LABEL))
        elif word == "lock":
            self._lock(shown, piece)
        elif word in ("merge", "merge_back"):
            self._merge(shown, piece - 1 if word == "merge_back" else piece)
        else:
            self._commit(Remove(shown.name, piece), f"{self.tr('Remove')} {short(shown.pieces[piece].label)}")
        return True

    def _lock(self, shown: Shown, piece: int) -> None:
        if shown.kind == "own":
            self.refused.emit(self.tr("No method moves the pieces of your own tiers, so there is nothing to lock."))
            return
        on = self.model.locks(piece) < 2
        verb = self.tr("Lock") if on else self.tr("Unlock")
        self._commit(Lock(shown.name, piece, None, on), f"{verb} {short(shown.pieces[piece].label)}")

    def _merge(self, shown: Shown, first: int) -> None:
        if not 0 <= first < len(shown.pieces) - 1:
            self.refused.emit(self.tr("There is no piece on that side to merge this one with."))
            return
        both = f"{short(shown.pieces[first].label)} + {short(shown.pieces[first + 1].label)}"
        self._commit(Merge(shown.name, first), f"{self.tr('Merge')} {both}")

    def _relabelled(self, piece: int, text: str) -> None:
        if self.tier is not None and piece < len(self.tier.pieces):
            old = short(self.tier.pieces[piece].label)
            step = f"{self.tr('Rename')} {old} {self.tr('to')} {short(text)}"
            self._commit(Relabel(self.tier.name, piece, text), step)

    def _moved(self, piece: int, end: bool, time: float) -> None:
        if self.tier is not None and piece < len(self.tier.pieces):
            step = f"{self.tr('Move boundary')} {boundary_of(self.tier, Edge(piece, end))}"
            self._commit(Move(self.tier.name, piece, end, time), step)

    def _commit(self, edit: Edit, step: str) -> None:
        self.edit_committed.emit(edit, step)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self.piece >= 0:
            self.menu().popup(event.globalPos())

    def menu(self) -> QMenu:
        """What can be done with the piece in hand."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addSection(literal(self.model.words(self.piece)))
        entries: list[tuple[str, str]] = [(self.tr("Play"), "play")]
        shown = self.tier
        if shown is not None and shown.editable:
            entries.append((self.tr("Rename"), "edit"))
            if shown.kind != "own":
                entries.append((self.tr("Lock") if self.model.locks(self.piece) < 2 else self.tr("Unlock"), "lock"))
            entries += [
                (self.tr("Merge with the next"), "merge"),
                (self.tr("Merge with the one before"), "merge_back"),
                (self.tr("Remove"), "remove"),
            ]
        for text, word in entries:
            menu.addAction(text).triggered.connect(lambda _on=False, word=word: self.act(word))
        return menu


def _same(a: Shown, b: Shown) -> bool:
    return (a.name, a.kind) == (b.name, b.kind)
