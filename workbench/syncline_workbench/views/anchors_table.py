"""The parts of the anchors table: its rows, its model, the editors of its cells."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QBrush, QColor, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QComboBox,
    QLineEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from syncline.model import Anchor, Constraint, Constraints, Lock
from syncline.model.media import nearest

from ..theme import icon, theme
from .clock import format_delta, format_time, parse_time
from .plain import clean, tip

__all__ = [
    "DELTA",
    "NOTE",
    "NUMBER",
    "SORT",
    "TYPE",
    "A",
    "B",
    "CellDelegate",
    "ConstraintsModel",
    "Entry",
    "Index",
    "Table",
    "TimeEdit",
]

NUMBER, A, B, DELTA, TYPE, NOTE = range(6)
SORT = Qt.ItemDataRole.UserRole + 1
_ICONS = {"warp": "anchor", "jump": "scissors", "lock": "lock", "forbidden": "ban"}
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class Entry:
    """One row: spans are (start, end), equal for a point."""

    id: int
    number: int
    kind: str
    a: tuple[float, float]
    b: tuple[float, float]
    note: str

    @classmethod
    def of(cls, c: Constraint, number: int) -> Entry:
        if isinstance(c, Anchor):
            a_end, b_end = c.end
            return cls(c.id, number, c.kind, (c.a, a_end), (c.b, b_end), c.note)
        if isinstance(c, Lock):
            first, last = c.times[0], c.times[-1]
            a, b = (float(first[0]), float(last[0])), (float(first[1]), float(last[1]))
            return cls(c.id, number, "lock", a, b, c.note)
        return cls(c.id, number, "forbidden", (c.a0, c.a1), (c.b0, c.b1), c.note)

    @property
    def wide(self) -> bool:
        """True if it is shown from–to."""
        return self.kind != "warp"

    @property
    def anchor(self) -> bool:
        """True for an anchor of either type, False for a lock or a rectangle."""
        return self.kind in ("warp", "jump")

    @property
    def editable(self) -> tuple[int, ...]:
        """Columns that can be edited."""
        return (A, B, TYPE, NOTE) if self.anchor else (A, B, NOTE)


def span_text(span: tuple[float, float], wide: bool, between: str) -> str:
    start = format_time(span[0])
    return f"{start}{between}{format_time(span[1])}" if wide else start


class ConstraintsModel(QAbstractTableModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.entries: list[Entry] = []
        self._names = {
            "warp": self.tr("Warp"),
            "jump": self.tr("Jump"),
            "lock": self.tr("Locked"),
            "forbidden": self.tr("Forbidden"),
        }
        self._heads = ("#", "A", "B", "Δ", self.tr("Type"), self.tr("Note"))
        self._helps = (
            self.tr("In the order of A's time"),
            self.tr("Time on A's clock"),
            self.tr("Time on B's clock"),
            self.tr("B minus A, in seconds"),
            self.tr("Warp: the path passes through. Jump: it may break here, from the first time to the second."),
            self.tr("Your own words"),
        )

    def show(self, constraints: Constraints) -> bool:
        """Take the constraints over; True if rows came, went or changed places."""
        entries = [Entry.of(c, k) for k, c in enumerate(constraints, start=1)]
        if [e.id for e in entries] != [e.id for e in self.entries]:
            self.beginResetModel()
            self.entries = entries
            self.endResetModel()
            return True
        for row, (old, new) in enumerate(zip(self.entries, entries, strict=True)):
            if old != new:
                self.entries[row] = new
                self.dataChanged.emit(self.index(row, 0), self.index(row, NOTE))
        return False

    def type_name(self, kind: str) -> str:
        return self._names[kind]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  (Qt's own signature)
        return 0 if parent.isValid() else len(self.entries)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 6

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return "" if section == TYPE else self._heads[section]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._heads[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(self._helps[section])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(section)
        return None

    @staticmethod
    def _alignment(column: int) -> Qt.AlignmentFlag:
        right = column in (A, B, DELTA)
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        return side | Qt.AlignmentFlag.AlignVCenter

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if index.isValid() and index.column() in self.entries[index.row()].editable:
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        e, column = self.entries[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return "" if column == TYPE else self._text(e, column)
        if role == Qt.ItemDataRole.EditRole:
            return {A: e.a, B: e.b, TYPE: e.kind, NOTE: e.note}.get(column)
        if role == SORT:
            return (float(e.number), e.a[0], e.b[0], e.b[0] - e.a[0], self._names[e.kind], e.note.casefold())[column]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(column)
        if role == Qt.ItemDataRole.DecorationRole and column == TYPE:
            return icon(_ICONS[e.kind], 14)
        if role == Qt.ItemDataRole.ForegroundRole and column == NUMBER:
            return QBrush(QColor(theme().colours.muted))
        if role == Qt.ItemDataRole.ToolTipRole:
            where = f"A {span_text(e.a, e.wide, ' – ')}\nB {span_text(e.b, e.wide, ' – ')}"
            return tip("\n".join(filter(None, [f"{self._names[e.kind]} {e.number}", where, e.note])))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self._names[e.kind]} {e.number}, {self._heads[column]} {self._text(e, column)}"
        return None

    def _text(self, e: Entry, column: int) -> str:
        if column == NUMBER:
            return str(e.number)
        if column in (A, B):
            return span_text(e.a if column == A else e.b, e.wide, "\n")
        if column == DELTA:
            if e.kind == "forbidden":
                return ""
            start = format_delta(e.b[0] - e.a[0])
            return f"{start}\n{format_delta(e.b[1] - e.a[1])}" if e.wide else start
        return self._names[e.kind] if column == TYPE else clean(e.note)


class TimeEdit(QLineEdit):
    """Field for a time, or for two with a dash between; arrow keys step a frame, PageUp and PageDown ten.

    Parameters
    ----------
    span
        Seconds; equal where there is one time only.
    frames
        Ascending times to step through; None steps by 10 ms.
    """

    stepped = Signal()

    def __init__(
        self,
        span: tuple[float, float],
        wide: bool,
        frames: NDArray[np.float64] | None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._span, self._wide, self._frames = span, wide, frames
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._shown = span_text(span, wide, " – ")
        self.setText(self._shown)

    def span(self) -> tuple[float, float]:
        """What it says, exactly where nothing was typed.

        Raises
        ------
        ValueError
            It is no time; one sentence.
        """
        if self.text() == self._shown:
            return self._span
        parts = re.split(r"\s+[-–—]\s+|\s*(?:\.\.|–|—)\s*", self.text().strip(), maxsplit=1)
        if not parts[0] and len(parts) > 1:
            parts = [self.text().strip()]
        start = parse_time(parts[0])
        if not self._wide:
            return (start, start)
        return (start, parse_time(parts[1]) if len(parts) > 1 else self._span[1])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Up: 1,
            Qt.Key.Key_Down: -1,
            Qt.Key.Key_PageUp: 10,
            Qt.Key.Key_PageDown: -10,
        }.get(Qt.Key(event.key()))
        if steps is None:
            super().keyPressEvent(event)
            return
        try:
            start, end = self.span()
        except ValueError:
            return
        at_end = self._wide and self.cursorPosition() > self.text().find(" – ") > 0
        moved = self._step(end if at_end else start, steps)
        self._span = (start, moved) if at_end else (moved, end if self._wide else moved)
        self._shown = span_text(self._span, self._wide, " – ")
        cursor = self.cursorPosition()
        self.setText(self._shown)
        self.setCursorPosition(cursor)
        self.stepped.emit()

    def _step(self, t: float, steps: int) -> float:
        if self._frames is None:
            return max(t + steps * 0.01, 0.0)
        k = int(nearest(self._frames, t)) + steps
        return float(self._frames[min(max(k, 0), len(self._frames) - 1)])


class CellDelegate(QStyledItemDelegate):
    """Editors of the cells; it decides nothing, it tells the panel.

    Parameters
    ----------
    entry_at
        The row that an index of the view lies in.
    frames
        Times that the arrow keys step through in column `A` or `B`.
    type_name
        What a person calls a kind.
    """

    previewed = Signal(int, int, QWidget)
    """Id, column, editor: an arrow key was pressed in it."""
    committed = Signal(int, int, QWidget)

    def __init__(
        self,
        parent: QObject,
        entry_at: Callable[[Index], Entry],
        frames: Callable[[int], NDArray[np.float64] | None],
        type_name: Callable[[str], str],
    ) -> None:
        super().__init__(parent)
        self._entry_at, self._frames, self._type_name = entry_at, frames, type_name

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        entry = self._entry_at(index)
        column = index.column()
        if column in (A, B):
            frames = self._frames(column)
            edit = TimeEdit(entry.a if column == A else entry.b, entry.wide, frames, parent)
            edit.stepped.connect(lambda: self.previewed.emit(entry.id, column, edit))
            edit.setAccessibleName(
                self.tr("Times of {kind} {n}").format(kind=self._type_name(entry.kind), n=entry.number)
            )
            edit.setFrame(False)
            edit.setStyleSheet("padding: 0 3px; min-height: 0; border-radius: 3px;")
            return edit
        if column == TYPE:
            combo = QComboBox(parent)
            for kind in ("warp", "jump"):
                combo.addItem(icon(_ICONS[kind], 14), self._type_name(kind), kind)
            combo.setCurrentIndex(combo.findData(entry.kind))
            combo.activated.connect(lambda: self._finish(combo))
            combo.setStyleSheet("padding: 0 20px 0 3px; min-height: 0; border-radius: 3px;")
            return combo
        note = QLineEdit(entry.note, parent)
        note.setMaxLength(500)
        note.setFrame(False)
        note.setStyleSheet("padding: 0 3px; min-height: 0; border-radius: 3px;")
        return note

    def _finish(self, combo: QComboBox) -> None:
        self.commitData.emit(combo)
        self.closeEditor.emit(combo, QAbstractItemDelegate.EndEditHint.NoHint)

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        # The editor was filled when it was made; a preview that it caused itself must not write into it.
        return

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        self.committed.emit(self._entry_at(index).id, index.column(), editor)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        # A time wants to be seen whole while it is edited, so the field may reach over its neighbours.
        rect = option.rect
        wide = max(rect.width(), {TYPE: editor.sizeHint().width(), NOTE: 140}.get(index.column(), 0))
        if index.column() in (A, B):
            text = editor.text() if isinstance(editor, TimeEdit) else ""
            wide = max(wide, editor.fontMetrics().horizontalAdvance(text) + 16)
        parent = editor.parentWidget()
        left = min(rect.left(), max(parent.width() - wide, 0)) if parent is not None else rect.left()
        editor.setGeometry(left, rect.top(), wide, rect.height())


class Table(QTableView):
    removed = Signal()
    entered = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(260, 160)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 84)
