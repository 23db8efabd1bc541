"""The table of matches: who is linked to what, and who stays without a partner."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSize,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QBrush, QColor, QContextMenuEvent, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QStyle, QTableView, QVBoxLayout, QWidget

from ..document import Change, Document
from ..theme import icon, theme
from . import scene_edit as edit
from .match_grid import cell_words
from .match_shown import Shown
from .plain import clean, figures, heading, label, literal, tip
from .scene_edit import Edit
from .scene_pick import Pick

__all__ = ["Entry", "MatchesTable", "entries_of"]

OBJECT, WORD, WEIGHT, SHARE, STATE = range(5)
SORT = Qt.ItemDataRole.UserRole + 1
ENTRY = Qt.ItemDataRole.UserRole + 2
_ORDER = ("locked", "linked", "other", "forbidden", "unmatched")
_ICONS = {"locked": "lock", "forbidden": "ban", "other": "diff"}
_SIGNS = {"linked": "●", "unmatched": "?"}
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class Entry:
    """One row.

    Attributes
    ----------
    a, b
        Ids of the object and phrase; None on one side: the other stays without a partner.
    similarity, share
        Of the pair; NaN where there is none.
    state
        ``"linked"``, ``"locked"``, ``"forbidden"``, ``"unmatched"``, or ``"other"``: only the matching compared has it.
    alone
        It is a link that the matching compared has not.
    """

    a: int | None
    b: int | None
    object: str
    word: str
    similarity: float
    share: float
    state: str
    alone: bool = False

    @property
    def pick(self) -> Pick:
        """What is selected with the row."""
        return Pick(self.a, self.b)


def entries_of(shown: Shown, unmatched: str) -> list[Entry]:
    """Links, prohibitions and who is left over, in the order of objects, then words; `unmatched` is how to say so."""
    nan = float("nan")
    entries: list[Entry] = []

    def pair(a: int, b: int, state: str, share: float) -> None:
        alone = shown.other is not None and state in ("linked", "locked") and (a, b) not in shown.others
        similarity = shown.value("similarity", a, b)
        entries.append(Entry(a, b, shown.objects[a], shown.phrases[b], similarity, share, state, alone))

    for a in shown.objects:
        for b in shown.phrases:
            link = shown.links.get((a, b))
            if link is not None:
                pair(a, b, "locked" if shown.locked(a, b) else "linked", link.weight)
            elif shown.forbidden(a, b):
                pair(a, b, "forbidden", nan)
            elif (a, b) in shown.others:
                pair(a, b, "other", nan)
    if shown.part is not None:
        with_a, with_b = {a for a, _ in shown.links}, {b for _, b in shown.links}
        entries += [
            Entry(a, None, shown.objects[a], unmatched, nan, nan, "unmatched") for a in shown.rows if a not in with_a
        ]
        entries += [
            Entry(None, b, unmatched, shown.phrases[b], nan, nan, "unmatched") for b in shown.columns if b not in with_b
        ]
    return entries


class _Model(QAbstractTableModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.entries: list[Entry] = []
        self.shown: Shown | None = None
        self._heads = (self.tr("Object"), self.tr("Word"), "w", self.tr("Share"), self.tr("State"))
        self._helps = (
            "",
            "",
            self.tr("Similarity of the pair"),
            self.tr("How much of the link there is, where it may be shared"),
            self.tr("A dot: found; a lock: held by you; a barred circle: ruled out; ?: without a partner"),
        )
        self.states = {
            "linked": self.tr("linked"),
            "locked": self.tr("locked"),
            "forbidden": self.tr("forbidden"),
            "unmatched": self.tr("unmatched"),
            "other": self.tr("only in the other matching"),
        }

    def show(self, shown: Shown | None) -> bool:
        """Take over what is shown; True if there are other rows than before."""
        self.shown = shown
        new = [] if shown is None else entries_of(shown, self.states["unmatched"])
        same = [(e.a, e.b, e.state) for e in new] == [(e.a, e.b, e.state) for e in self.entries]
        if same:
            self.entries = new
            if new:
                self.dataChanged.emit(self.index(0, 0), self.index(len(new) - 1, STATE))
            return False
        self.beginResetModel()
        self.entries = new
        self.endResetModel()
        return True

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  (Qt's own signature)
        return 0 if parent.isValid() else len(self.entries)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 5

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return "" if section == STATE else self._heads[section]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._heads[section]
        if role == Qt.ItemDataRole.ToolTipRole and self._helps[section]:
            return tip(self._helps[section])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._side(section)
        return None

    @staticmethod
    def _side(column: int) -> Qt.AlignmentFlag:
        right = column in (WEIGHT, SHARE)
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        return (Qt.AlignmentFlag.AlignHCenter if column == STATE else side) | Qt.AlignmentFlag.AlignVCenter

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        e, column = self.entries[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return _SIGNS.get(e.state, "") if column == STATE and not e.alone else self._text(e, column)
        if role == SORT:
            similarity, share = (-math.inf if math.isnan(x) else x for x in (e.similarity, e.share))
            return (e.object.casefold(), e.word.casefold(), similarity, share, _ORDER.index(e.state))[column]
        if role == ENTRY:
            return e
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._side(column)
        if role == Qt.ItemDataRole.DecorationRole and column == STATE:
            name = "diff" if e.alone and e.state == "linked" else _ICONS.get(e.state)
            return icon(name, 14) if name else None
        if role == Qt.ItemDataRole.ForegroundRole:
            c = theme().colours
            colour = {"unmatched": c.bad, "forbidden": c.muted, "other": c.muted}.get(e.state, c.text)
            return QBrush(QColor(colour))
        if role == Qt.ItemDataRole.FontRole and column in (WEIGHT, SHARE):
            view = self.parent()
            return figures(view.font()) if isinstance(view, QWidget) else None
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(self.words(e))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self.words(e).replace("\n", ", ") if column == OBJECT else self._spoken(e, column)
        return None

    def _text(self, e: Entry, column: int) -> str:
        if column == WEIGHT:
            return "—" if math.isnan(e.similarity) else f"{e.similarity:.2f}".replace("-", "−")
        if column == SHARE:
            return "" if math.isnan(e.share) else f"{100 * e.share:.0f} %"
        return {OBJECT: clean(e.object), WORD: clean(e.word)}.get(column, "")

    def _spoken(self, e: Entry, column: int) -> str:
        return self.states[e.state] if column == STATE else f"{self._heads[column]} {self._text(e, column)}"

    def words(self, e: Entry) -> str:
        """All about a row."""
        if e.a is None or e.b is None or self.shown is None:
            name = e.word if e.a is None else e.object
            return f"{name}: {self.states[e.state]}"
        return cell_words(self.shown, e.a, e.b)


class _Head(QHeaderView):
    """Keeps room for the mark of sorting only where it is: the words need it."""

    def sectionSizeFromContents(self, column: int) -> QSize:
        size = super().sectionSizeFromContents(column)
        if self.isSortIndicatorShown() and column != self.sortIndicatorSection():
            size.setWidth(size.width() - self.style().pixelMetric(QStyle.PixelMetric.PM_HeaderMarkSize, None, self))
        return size


class _View(QTableView):
    """Keys that edit go to the panel."""

    def __init__(self, owner: MatchesTable) -> None:
        super().__init__(owner)
        self._owner = owner

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if not plain or not self._owner.key(Qt.Key(event.key())):
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        # Letters that are shortcuts of the window mean the row in hand here.
        mine = (Qt.Key.Key_L, Qt.Key.Key_X, Qt.Key.Key_Delete)
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and not event.modifiers()
            and event.key() in mine
        ):
            event.accept()
            return True
        return super().event(event)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._owner.point(None)

    def sizeHintForColumn(self, column: int) -> int:
        hint = super().sizeHintForColumn(column)
        if column != OBJECT:
            return hint
        # A long label leaves half of the room to the word.
        rest = sum(self.columnWidth(k) for k in (WEIGHT, SHARE, STATE) if not self.isColumnHidden(k))
        return min(hint, max((self.viewport().width() - rest) // 2, 60))

    def sizeHint(self) -> QSize:
        return QSize(260, 170)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 84)


class MatchesTable(QWidget):
    """A row a link, and one for each object and phrase that stays without a partner."""

    scene_committed = Signal(object, str)
    """`Scene` and the name of the step."""
    selected = Signal(object)
    """`Pick`, or None."""
    hovered = Signal(object)
    """`Pick`, or None."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("matches")
        self._document = document
        self._pointed: Pick | None = None
        self._silent = False
        self.table = _View(self)
        self.model = _Model(self.table)
        self.sorted = QSortFilterProxyModel(self)
        self.sorted.setSourceModel(self.model)
        self.sorted.setSortRole(SORT)
        self.table.setModel(self.sorted)
        self.table.setAccessibleName(self.tr("Matches"))
        self.table.setAccessibleDescription(self.tr("L locks, X forbids, Delete unlinks"))
        head = _Head(Qt.Orientation.Horizontal, self.table)
        head.setSectionsClickable(True)
        self.table.setHorizontalHeader(head)
        self.table.setSortingEnabled(True)
        self.table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setMouseTracking(True)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 9)
        self.table.verticalHeader().setMinimumSectionSize(16)
        head.setHighlightSections(False)
        head.setMinimumSectionSize(24)
        head.setSortIndicatorClearable(True)
        for column, mode in (
            (OBJECT, QHeaderView.ResizeMode.ResizeToContents),
            (WORD, QHeaderView.ResizeMode.Stretch),
            (WEIGHT, QHeaderView.ResizeMode.ResizeToContents),
            (SHARE, QHeaderView.ResizeMode.ResizeToContents),
            (STATE, QHeaderView.ResizeMode.Fixed),
        ):
            head.setSectionResizeMode(column, mode)
        head.resizeSection(STATE, 28)
        self._empty = label("", "muted")
        self._empty.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(4)
        column.addWidget(heading(self.tr("Matches")))
        column.addWidget(self._empty)
        column.addWidget(self.table, 1)
        column.addStretch(0)
        self.setFocusProxy(self.table)
        self.table.selectionModel().currentRowChanged.connect(self._row_changed)
        self.table.entered.connect(lambda index: self.point(index.data(ENTRY).pick))
        theme().changed.connect(self.table.viewport().update)
        document.changed.connect(self._changed)
        self._draw()

    # -- what is drawn ---------------------------------------------------------------------------------

    def entries(self) -> list[Entry]:
        """The rows as they are sorted."""
        return [self.sorted.index(k, 0).data(ENTRY) for k in range(self.sorted.rowCount())]

    def current(self) -> Entry | None:
        """The row in hand."""
        return self.table.currentIndex().data(ENTRY)

    def select(self, pick: Pick | None) -> None:
        """Mark what another view has selected: the row of that pair, or the first of that object or phrase."""
        self._silent = True
        row = -1 if pick is None else self._row_of(pick)
        if row < 0:
            self.table.clearSelection()
            self.table.selectionModel().clearCurrentIndex()
        else:
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
            self.table.selectionModel().setCurrentIndex(self.sorted.index(row, 0), flags)
            self.table.scrollTo(self.sorted.index(row, 0))
        self._silent = False

    def _row_of(self, pick: Pick) -> int:
        entries = self.entries()
        for k, e in enumerate(entries):
            if e.pick == pick:
                return k
        if pick.pair is not None:
            return -1
        return next(
            (k for k, e in enumerate(entries) if pick.object == e.a is not None or pick.phrase == e.b is not None), -1
        )

    def _changed(self, change: Change) -> None:
        if change & (Change.SCENE | Change.MATCHES):
            self._draw()

    def _draw(self) -> None:
        shown = Shown.of(self._document.shown)
        kept = self.current()
        self._silent = True
        if self.model.show(shown) and kept is not None:
            self.select(kept.pick)
        self._silent = False
        soft = any(e.share < 1 for e in self.model.entries if e.state in ("linked", "locked"))
        self.table.setColumnHidden(SHARE, not soft)
        some = bool(self.model.entries)
        self.table.setVisible(some)
        self._empty.setVisible(not some)
        if self._document.shown.active_scene is None:
            self._empty.setText(self.tr("Open a picture with a caption."))
        elif shown is None:
            self._empty.setText(self.tr("The picture has no caption yet."))
        else:
            self._empty.setText(self.tr("Not matched yet.") if shown.part is None else self.tr("Nothing to match."))

    # -- what the user wants -----------------------------------------------------------------------------

    def point(self, pick: Pick | None) -> None:
        """The mouse is over another row."""
        if pick != self._pointed:
            self._pointed = pick
            self.hovered.emit(pick)

    def _row_changed(self, now: QModelIndex, _before: QModelIndex) -> None:
        if not self._silent:
            entry: Entry | None = now.data(ENTRY)
            self.selected.emit(None if entry is None else entry.pick)

    def key(self, key: Qt.Key) -> bool:
        """Edit the row in hand; False if the key means nothing to it."""
        entry = self.current()
        if entry is None or entry.pick.pair is None:
            return False
        if key == Qt.Key.Key_L:
            self._commit(edit.lock, entry.pick.pair)
        elif key == Qt.Key.Key_X:
            self._commit(edit.forbid, entry.pick.pair)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            if entry.state != "other":
                self._commit(edit.unlink, entry.pick.pair)
        else:
            return False
        return True

    def _commit(self, work: Callable[..., Edit], pair: tuple[int, int]) -> None:
        scene = self._document.session.active_scene
        if scene is not None and Pick(*pair).within(scene):
            made = work(scene, pair)
            self.scene_committed.emit(made.scene, made.label)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        entry = self.current()
        if entry is not None and entry.pick.pair is not None:
            self.menu(entry).popup(event.globalPos())

    def menu(self, entry: Entry) -> QMenu:
        """What can be done with a row."""
        pair = entry.pick.pair
        assert pair is not None
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addSection(literal(f"{entry.object} ↔ {entry.word}"))
        for text, key in (
            (self.tr("Unlock") if entry.state == "locked" else self.tr("Lock"), Qt.Key.Key_L),
            (self.tr("Allow") if entry.state == "forbidden" else self.tr("Forbid"), Qt.Key.Key_X),
            (self.tr("Unlink"), Qt.Key.Key_Delete),
        ):
            action = menu.addAction(text)
            action.triggered.connect(lambda _=False, key=key: self.key(key))
        return menu
