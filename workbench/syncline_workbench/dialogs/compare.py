"""Methods and features side by side: what to run is ticked, the paths lie over each other, the table is sorted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from syncline.model.comparison import Row

from ..views.compared_paths import ComparedPaths
from ..views.compared_table import ComparedTable
from ..views.plain import Notice, button, clean, heading, label, tip
from .sheet import Sheet

__all__ = ["Choice", "CompareDialog"]


@dataclass(frozen=True)
class Choice:
    """Something to be ticked: what it is called, why one would, and what is run."""

    text: str
    help: str
    value: Any
    on: bool = False


class CompareDialog(Sheet):
    """Asks what to compare and shows what came of it; stays open beside the window."""

    compare_requested = Signal(object, object)
    """Values of the ticked methods and features."""
    stop_requested = Signal()
    keep_requested = Signal(object)
    """Numbers of rows to keep as alignments."""
    export_requested = Signal(str)
    row_chosen = Signal(int)
    """The row whose costs are wanted under the paths."""

    def __init__(self, methods: Sequence[Choice], features: Sequence[Choice], parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Compare methods"), parent)
        self.setModal(False)
        self._rows: list[Row] = []
        self._running = False
        self._choices = {"methods": methods, "features": features}
        self.methods, self.features = self._list(methods), self._list(features)
        self.methods.setAccessibleName(self.tr("Methods"))
        self.features.setAccessibleName(self.tr("Features"))
        self.start = button(self.tr("Compare"), "primary")
        self.start.clicked.connect(self._start_or_stop)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.state = label("", "muted")
        self.state.setWordWrap(True)
        left = QWidget()
        left.setFixedWidth(270)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(heading(self.tr("Methods")))
        column.addWidget(self.methods, 1)
        column.addWidget(heading(self.tr("Features")))
        column.addWidget(self.features, 1)
        column.addWidget(self.state)
        column.addWidget(self.bar)
        column.addWidget(self.start)
        self.paths = ComparedPaths()
        self.table = ComparedTable()
        self.table.selectionModel().selectionChanged.connect(self._selected)
        halves = QSplitter(Qt.Orientation.Vertical)
        halves.addWidget(self.paths)
        halves.addWidget(self.table)
        halves.setChildrenCollapsible(False)
        halves.setStretchFactor(0, 3)
        halves.setStretchFactor(1, 2)
        halves.setSizes([380, 300])
        self.trouble = Notice("warn")
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addWidget(halves, 1)
        right.addWidget(self.trouble)
        columns = QHBoxLayout()
        columns.setSpacing(18)
        columns.addWidget(left)
        columns.addLayout(right, 1)
        self.body.addLayout(columns, 1)
        self.export = button(self.tr("Export table…"))
        self.export.clicked.connect(self._export)
        self.foot.addWidget(self.export)
        self.foot.addStretch(1)
        self.add_button(self.tr("Close")).clicked.connect(self.reject)
        self.keep = self.add_button(self.tr("Keep as alignment"))
        self.keep.setToolTip(tip(self.tr("Put the selected rows into the project; the first becomes the path")))
        self.keep.clicked.connect(lambda: self.keep_requested.emit(self._keepable()))
        self.resize(1240, 800)
        self._tell()

    def _list(self, choices: Sequence[Choice]) -> QListWidget:
        out = QListWidget()
        out.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        out.setTextElideMode(Qt.TextElideMode.ElideRight)
        for choice in choices:
            item = QListWidgetItem(clean(choice.text))
            item.setToolTip(tip(choice.help))
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsSelectable)
            item.setCheckState(Qt.CheckState.Checked if choice.on else Qt.CheckState.Unchecked)
            out.addItem(item)
        out.itemChanged.connect(lambda _item: self._tell())
        return out

    def ticked(self, which: str) -> list[Any]:
        """Values of what is ticked of ``"methods"`` or ``"features"``."""
        where: QListWidget = getattr(self, which)
        return [
            choice.value
            for k, choice in enumerate(self._choices[which])
            if where.item(k).checkState() == Qt.CheckState.Checked
        ]

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        # Rows were measured before the style sheet said how high they are.
        self.methods.doItemsLayout()
        self.features.doItemsLayout()

    # -- what runs -----------------------------------------------------------------------------------

    def _start_or_stop(self) -> None:
        if self._running:
            self.stop_requested.emit()
        else:
            self.compare_requested.emit(self.ticked("methods"), self.ticked("features"))

    def show_running(self, on: bool) -> None:
        """Something is compared now, or no longer."""
        self._running = on
        self._tell()

    def show_progress(self, fraction: float, words: str) -> None:
        """How far it is."""
        self.bar.setValue(round(1000 * fraction))
        self.state.setText(clean(words))

    def show_rows(self, rows: Sequence[Row], span: tuple[float, float]) -> None:
        """What was found so far; `span`: seconds of A and B."""
        picked = self.table.selected
        self._rows = list(rows)
        self.table.show_rows(self._rows)
        self.paths.show_paths({k: r.path for k, r in enumerate(rows) if r.path is not None}, span)
        for k in picked:
            self.table.select(k)
        self._tell()

    def show_costs(self, codes: NDArray[np.uint8] | None) -> None:
        """The costs under the paths."""
        self.paths.show_costs(codes)

    # -- what is chosen --------------------------------------------------------------------------------

    def _keepable(self) -> list[int]:
        """Selected rows that can become alignments: the stretch is no method one could solve again by."""
        found: list[int] = []
        for k in self.table.selected:
            al = self._rows[k].alignment
            if al is not None and al.resolved is not None:
                found.append(k)
        return found

    def _selected(self) -> None:
        picked = self.table.selected
        self.paths.choose(frozenset(picked))
        if picked and self._rows[picked[0]].path is not None:
            self.row_chosen.emit(picked[0])
        self._tell()

    def _tell(self) -> None:
        some = bool(self.ticked("methods")) and bool(self.ticked("features"))
        self.start.setText(self.tr("Stop") if self._running else self.tr("Compare"))
        self.start.setEnabled(self._running or some)
        self.bar.setVisible(self._running)
        self.export.setEnabled(bool(self._rows) and not self._running)
        self.keep.setEnabled(bool(self._keepable()) and not self._running)
        if not self._running:
            runs = len(self.ticked("methods")) * len(self.ticked("features"))
            self.state.setText(self.tr("{n} runs, and the uniform stretch").format(n=runs) if runs else "")
        picked = self.table.selected
        failed = [self._rows[k].trouble for k in picked if k < len(self._rows) and self._rows[k].trouble]
        self.trouble.say(failed[0] if failed else "")

    def _export(self) -> None:
        chosen, _ = QFileDialog.getSaveFileName(
            self, self.tr("Export the table"), "comparison.html", "HTML (*.html);;CSV (*.csv);;JSON (*.json)"
        )
        if chosen:
            self.export_requested.emit(chosen)
