"""The rows of the table of pieces: as many as a tier has, of which a view asks only for those it shows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QFont
from PySide6.QtWidgets import QWidget

from syncline.model import Segment

from ..theme import icon, pixmap, theme
from .clock import format_time, parse_time
from .plain import clean, figures, tip
from .tiers_shown import Shown

__all__ = ["END", "LABEL", "LOCK", "START", "SURE", "Index", "PiecesModel"]

LABEL, START, END, SURE, LOCK = range(5)
DOUBT = 0.5
"""Posterior below which a piece is marked."""
Index = QModelIndex | QPersistentModelIndex
_Role = Qt.ItemDataRole
_FIXED = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
_TYPED = _FIXED | Qt.ItemFlag.ItemIsEditable
"""What may be done with a cell; putting flags together takes longer than drawing it."""


class PiecesModel(QAbstractTableModel):
    """Pieces of one tier, in their order or sorted by a column."""

    label_typed = Signal(int, str)
    """Piece, label."""
    time_typed = Signal(int, bool, float)
    """Piece, its end and not its start, seconds."""
    refused = Signal(str)
    """What was typed is no time: one sentence."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.shown: Shown | None = None
        self._order: NDArray[np.intp] | None = None
        self._rows: NDArray[np.intp] | None = None
        self._sorted: tuple[int, bool] = (-1, False)
        self._short = True

    @property
    def pieces(self) -> tuple[Segment, ...]:
        """All pieces, in the tier's order."""
        return () if self.shown is None else self.shown.pieces

    def show(self, shown: Shown | None) -> bool:
        """Take over a tier; True if there are more or fewer rows than before, which the view then forgets.

        Rows stay where they are while a hand changes what they say, even if they are sorted by it.
        """
        old, self.shown = self.shown, shown
        alike = old is not None and shown is not None and old.name == shown.name and old.kind == shown.kind
        self._short = not self.pieces or self.pieces[-1].end < 60
        if alike and old is not None and len(old.pieces) == len(self.pieces):
            if self.pieces:
                self.dataChanged.emit(self.index(0, 0), self.index(len(self.pieces) - 1, LOCK))
            return False
        self.beginResetModel()
        self._arrange()
        self.endResetModel()
        return True

    def piece_of(self, row: int) -> int:
        """Number of the piece that a row shows."""
        return row if self._order is None else int(self._order[row])

    def row_of(self, piece: int) -> int:
        """Row that shows a piece."""
        return piece if self._rows is None else int(self._rows[piece])

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self.layoutAboutToBeChanged.emit()
        kept = self.persistentIndexList()
        pieces = [(self.piece_of(i.row()), i.column()) for i in kept]
        self._sorted = column, order == Qt.SortOrder.DescendingOrder
        self._arrange()
        self.changePersistentIndexList(kept, [self.index(self.row_of(p), c) for p, c in pieces])
        self.layoutChanged.emit()

    def _arrange(self) -> None:
        column, falling = self._sorted
        self._order = self._rows = None
        if not 0 <= column <= LOCK or not self.pieces:
            return
        if column == LABEL:
            words = [s.label.casefold() for s in self.pieces]
            order = np.array(sorted(range(len(words)), key=words.__getitem__), np.intp)
        elif column == LOCK:
            held = {h if isinstance(h, int) else h[0] for h in (self.shown.locked if self.shown else ())}
            rank = np.zeros(len(self.pieces))
            for piece in held:
                rank[piece] = -self.locks(piece)
            order = np.argsort(rank, kind="stable")
        else:
            order = np.argsort(np.array([self._value(s, column) for s in self.pieces], float), kind="stable")
        self._order = order[::-1] if falling else order
        self._rows = np.empty(len(order), np.intp)
        self._rows[self._order] = np.arange(len(order))

    @staticmethod
    def _value(s: Segment, column: int) -> float:
        if column == SURE:
            # What nobody is sure of comes last.
            return np.inf if s.score is None else s.score
        return s.start if column == START else s.end

    def locks(self, piece: int) -> int:
        """2: the piece is locked, or both its ends are; 1: one end is; 0: none."""
        held = frozenset[int | tuple[int, bool]]() if self.shown is None else self.shown.locked
        ends = sum((piece, end) in held for end in (False, True))
        return 2 if piece in held else ends

    # -- what a view asks ----------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  (Qt's own signature)
        return 0 if parent.isValid() else len(self.pieces)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else 5

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role in (_Role.DisplayRole, _Role.AccessibleTextRole):
            words = (self._what(), self.tr("Start"), self.tr("End"), "p", self.tr("Locked"))[section]
            return "" if section == LOCK and role == _Role.DisplayRole else words
        if role == _Role.ToolTipRole:
            about = {
                SURE: self.tr("Posterior: how sure the method is of the piece"),
                LOCK: self.tr("A lock: the piece is held where it is. Click to lock or to release."),
            }.get(section, "")
            return tip(about) if about else None
        return self._side(section) if role == _Role.TextAlignmentRole else None

    def _what(self) -> str:
        name = "" if self.shown is None else self.shown.name
        known = {"words": self.tr("Word"), "units": self.tr("Unit"), "changes": self.tr("Piece")}
        return known.get(name, self.tr("Label"))

    @staticmethod
    def _side(column: int) -> Qt.AlignmentFlag:
        right = column in (START, END, SURE)
        return (Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft) | Qt.AlignmentFlag.AlignVCenter

    def flags(self, index: Index) -> Qt.ItemFlag:
        free = self.shown is not None and self.shown.editable
        return _TYPED if free and index.isValid() and index.column() in (LABEL, START, END) else _FIXED

    def time(self, seconds: float) -> str:
        """Seconds as all rows show them."""
        return f"{seconds:.3f}".replace("-", "−") if self._short else format_time(seconds)

    def font(self) -> QFont:
        """What numbers are written in; hours and minutes take more room, so they are smaller."""
        view = self.parent()
        assert isinstance(view, QWidget)
        font = figures(view.font())
        if not self._short and font.pointSizeF() > 0:
            font.setPointSizeF(font.pointSizeF() * 0.9)
        return font

    def data(self, index: Index, role: int = _Role.DisplayRole) -> Any:
        piece, column = self.piece_of(index.row()), index.column()
        s = self.pieces[piece]
        if role == _Role.DisplayRole:
            return self._text(s, column)
        if role == _Role.EditRole:
            return s.label if column == LABEL else self._text(s, column)
        if role == _Role.TextAlignmentRole:
            return self._side(column)
        if role == _Role.DecorationRole and column == LOCK:
            locks = self.locks(piece)
            return pixmap("lock", theme().colours.muted, 14, 2.0) if locks == 1 else icon("lock", 14) if locks else None
        if role == _Role.ForegroundRole:
            unsure = s.score is not None and s.score < DOUBT
            colour = "bad" if unsure and column in (LABEL, SURE) else "muted" if column == SURE else "text"
            return QBrush(QColor(getattr(theme().colours, colour)))
        if role == _Role.FontRole and column in (START, END, SURE):
            return self.font()
        if role == _Role.ToolTipRole:
            return tip(self.words(piece))
        if role == _Role.AccessibleTextRole:
            if column == LABEL:
                return self.words(piece)
            heads = self.headerData(column, Qt.Orientation.Horizontal, _Role.AccessibleTextRole)
            return f"{heads} {self._lock_words(piece) if column == LOCK else self._text(s, column)}"
        return None

    def _text(self, s: Segment, column: int) -> str:
        if column == LABEL:
            return clean(" ".join(s.label.split()))
        if column in (START, END):
            return self.time(s.start if column == START else s.end)
        return "" if column == LOCK or s.score is None else f"{s.score:.2f}"

    def _lock_words(self, piece: int) -> str:
        return (self.tr("free"), self.tr("locked at one end"), self.tr("locked"))[self.locks(piece)]

    def words(self, piece: int) -> str:
        """All about a piece."""
        s = self.pieces[piece]
        said = [
            clean(s.label) or self.tr("no label"),
            self.tr("{a} to {b}").format(a=self.time(s.start), b=self.time(s.end)),
        ]
        if s.score is not None:
            said.append(self.tr("posterior {x}").format(x=f"{s.score:.2f}"))
        if self.locks(piece):
            said.append(self._lock_words(piece))
        return ", ".join(said)

    def setData(self, index: Index, value: Any, role: int = _Role.EditRole) -> bool:
        # The table shows what the document says; it will say what was typed, or leave what was there.
        piece, column = self.piece_of(index.row()), index.column()
        s, typed = self.pieces[piece], str(value).strip()
        if column == LABEL:
            if typed != s.label:
                self.label_typed.emit(piece, typed)
            return True
        if typed == self._text(s, column):
            return True
        try:
            self.time_typed.emit(piece, column == END, parse_time(typed))
        except ValueError as error:
            self.refused.emit(str(error))
            return False
        return True
