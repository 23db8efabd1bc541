"""The table of a comparison: a row a method on its features, sortable by every figure."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QSortFilterProxyModel, Qt
from PySide6.QtGui import QColor, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from syncline.model import AUTO
from syncline.model.comparison import Row, worded

from ..theme import theme
from .compared_paths import colour_of
from .plain import clean, figures, tip

__all__ = ["ComparedTable"]

SORT = Qt.ItemDataRole.UserRole + 1
_Index = QModelIndex | QPersistentModelIndex
_Display = Qt.ItemDataRole.DisplayRole
COLUMNS = (
    "mean_ms", "median_ms", "p90_ms", "mean_frames", "within 1 frame", "within 50 ms", "tau", "p_dif", "cost",
    "step_cost", "seconds",
)  # fmt: skip
"""Figures of which those are shown that some row has; files have all."""


class _Model(QAbstractTableModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.rows: list[Row] = []
        self.columns: list[str] = []
        self._heads = {
            "mean_ms": self.tr("Mean, ms"),
            "median_ms": self.tr("Median, ms"),
            "p90_ms": self.tr("90 %, ms"),
            "mean_frames": self.tr("Mean, fr"),
            "within 1 frame": self.tr("≤ 1 frame"),
            "within 50 ms": self.tr("≤ 50 ms"),
            "tau": "τ",
            "p_dif": "p_dif",
            "cost": self.tr("Cost"),
            "step_cost": self.tr("Cost a step"),
            "seconds": self.tr("Time, s"),
        }
        self._helps = {
            "tau": self.tr("Kendall's tau: whether the features tell how far on one is, by nearest neighbours"),
            "p_dif": self.tr("Path difference to the truth, or without one to the first row, in frames"),
            "cost": self.tr("The method's own; comparable only with the same features and the same local cost"),
            "seconds": self.tr("Solving alone, without the features"),
        }

    def show(self, rows: list[Row]) -> None:
        """Other rows."""
        self.beginResetModel()
        self.rows = rows
        known: set[str] = set()
        for row in rows:
            known |= {name for name, value in row.figures().items() if value is not None}
        self.columns = [name for name in COLUMNS if name in known]
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  (Qt's own signature)
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else 2 + len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _Display) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        name = "" if section < 2 else self.columns[section - 2]
        if role == _Display:
            return (self.tr("Method"), self.tr("Features"))[section] if section < 2 else self._heads[name]
        if role == Qt.ItemDataRole.ToolTipRole and name in self._helps:
            return tip(self._helps[name])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft if section < 2 else Qt.AlignmentFlag.AlignRight
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: _Index, role: int = _Display) -> Any:
        row, column = self.rows[index.row()], index.column()
        value = None if column < 2 else row.figures().get(self.columns[column - 2])
        if role == _Display:
            return self._text(row, column, value)
        if role == SORT:
            if column < 2:
                return self._text(row, column, value)
            # What has no figure comes last, whichever way.
            return math.inf if value is None else value
        if role == Qt.ItemDataRole.DecorationRole and column == 0 and row.path is not None:
            square = QPixmap(12, 12)
            square.fill(colour_of(index.row()))
            return square
        if role == Qt.ItemDataRole.ToolTipRole and (row.trouble or column == 0):
            return tip(row.trouble or row.method)
        if role == Qt.ItemDataRole.ForegroundRole and row.trouble:
            return QColor(theme().colours.bad if column == 1 else theme().colours.muted)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft if column < 2 else Qt.AlignmentFlag.AlignRight
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def _text(self, row: Row, column: int, value: float | None) -> str:
        if column == 0:
            known = None if row.alignment is None else row.alignment.resolved
            if known is not None and row.method == AUTO:
                return f"{AUTO} → {known.method}"
            # What is set says enough here; its name is in the tip.
            name, _, options = row.method.partition(":")
            values = [option.partition("=")[2] for option in options.split(",") if option]
            return clean(" · ".join([name, *values]))
        if column == 1:
            return clean(f"{row.features}: {row.trouble}" if row.trouble else row.features)
        return worded(self.columns[column - 2], value) or "–"


class ComparedTable(QTableView):
    """Sorted by a click on a heading; several rows may be selected."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = _Model(self)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self._model)
        self._sorted.setSortRole(SORT)
        self.setModel(self._sorted)
        self.setSortingEnabled(True)
        self.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(28)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.horizontalHeader().setHighlightSections(False)
        self.setFont(figures(self.font()))
        self.setAccessibleName(self.tr("Methods compared"))
        theme().changed.connect(self.viewport().update)

    def show_rows(self, rows: list[Row]) -> None:
        """Show these rows; the order chosen stays."""
        self._model.show(rows)
        self.resizeColumnsToContents()
        self.setColumnWidth(1, min(self.columnWidth(1), 300))

    @property
    def selected(self) -> list[int]:
        """Numbers of the selected rows, in the order in which they were compared."""
        return sorted(self._sorted.mapToSource(i).row() for i in self.selectionModel().selectedRows())

    def select(self, row: int) -> None:
        """Select one row."""
        self.selectRow(self._sorted.mapFromSource(self._model.index(row, 0)).row())

    def shown(self) -> list[list[str]]:
        """The texts of all cells as they stand."""
        model = self._sorted
        return [[str(model.index(i, j).data()) for j in range(model.columnCount())] for i in range(model.rowCount())]
