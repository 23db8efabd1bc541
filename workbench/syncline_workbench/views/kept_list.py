"""What the lists of alignments and of matchings are made of: results kept side by side, one of them in hand."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from ..document import Document
from .plain import IconButton, heading, label
from .rows import Row, RowList

__all__ = ["ComparedList", "KeptList"]


class KeptList(QWidget):
    """A row a result; a panel says which one is in hand, what the rows say, and what the eye of a row does."""

    activated = Signal(object)
    """Id, as in all of these."""
    removed = Signal(object)
    renamed = Signal(object, str)
    duplicate_requested = Signal(object)

    def __init__(self, document: Document, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.list = RowList(self, editable=True)
        self.list.setAccessibleName(title)
        self.list.chosen.connect(self._chosen)
        self.list.toggled.connect(self._toggled)
        self.list.renamed.connect(self.renamed)
        self.list.removed.connect(self.removed)
        self.keep = IconButton("copy", self.tr("Keep a copy to compare with"))
        self.keep.clicked.connect(lambda: self.duplicate_requested.emit(self._active))
        self._empty = label("", "muted")
        self._empty.setWordWrap(True)
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.addWidget(heading(title))
        head.addStretch(1)
        head.addWidget(self.keep)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(10, 8, 10, 8)
        self._column.setSpacing(4)
        self._column.addLayout(head)
        self._column.addWidget(self._empty, 1, Qt.AlignmentFlag.AlignTop)
        self._column.addWidget(self.list, 1)

    @property
    def _active(self) -> int | None:
        """Id of the one in hand."""
        raise NotImplementedError

    def _toggled(self, id: Any) -> None:
        """The eye of a row was clicked."""
        raise NotImplementedError

    def _eye_open(self, id: Any) -> bool:
        """True if the row's eye is open."""
        raise NotImplementedError

    def _menu(self, id: Any, show: str, eye: str) -> QMenu:
        """The context menu of a row; its first two entries take it in hand and turn its eye."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        first = menu.addAction(show)
        first.triggered.connect(lambda: self.activated.emit(id))
        second = menu.addAction(eye)
        second.setCheckable(True)
        second.setChecked(self._eye_open(id))
        second.triggered.connect(lambda: self._toggled(id))
        for action in (first, second):
            action.setEnabled(id != self._active)
        menu.addSeparator()
        menu.addAction(self.tr("Keep a copy to compare with")).triggered.connect(
            lambda: self.duplicate_requested.emit(id)
        )
        menu.addAction(self.tr("Rename")).triggered.connect(lambda: self.list.rename(id))
        menu.addAction(self.tr("Delete")).triggered.connect(lambda: self.removed.emit(id))
        return menu

    def menu(self, id: Any) -> QMenu:
        """The context menu of the row with that id."""
        raise NotImplementedError

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        item = self.list.itemAt(self.list.viewport().mapFrom(self, event.pos()))
        row = self.list.row_at(self.list.row(item)) if item is not None else None
        if row is not None:
            self.menu(row.key).popup(event.globalPos())

    def _chosen(self, id: Any) -> None:
        if id != self._active:
            self.activated.emit(id)

    def _show_rows(self, rows: list[Row], empty: str) -> None:
        """Show the rows, or the sentence where there are none."""
        self.list.set_rows(rows, self._active)
        self.list.setVisible(bool(rows))
        self._empty.setVisible(not rows)
        self._empty.setText(empty)
        self.keep.setEnabled(any(row.key == self._active for row in rows))


class ComparedList(KeptList):
    """Of results one of which is shown and another compared with it: an open eye marks that one."""

    compare_requested = Signal(object)
    """Id of the one to compare with, None to end the comparison."""

    def __init__(self, document: Document, title: str, parent: QWidget | None = None) -> None:
        super().__init__(document, title, parent)
        self.list.setAccessibleDescription(self.tr("Enter shows, Space compares, F2 renames, Delete removes"))
        self.setFocusProxy(self.list)

    @property
    def _compared(self) -> int | None:
        """Id of the one compared."""
        raise NotImplementedError

    def _toggled(self, id: Any) -> None:
        self.compare_requested.emit(None if self._eye_open(id) else id)

    def _eye_open(self, id: Any) -> bool:
        return id == self._compared

    def menu(self, id: Any) -> QMenu:
        return self._menu(id, self.tr("Show"), self.tr("Compare with the one shown"))

    def _result(self, id: int, name: str, figure: str, about: str) -> Row:
        """A row with what it is called and its figure; `about` says what the figure is."""
        active, compared = id == self._active, id == self._compared
        state = self.tr("shown") if active else self.tr("compared") if compared else self.tr("kept")
        return Row(
            key=id,
            text=name,
            figure=figure,
            figure_role="good" if active else "warn" if compared else "muted",
            toggle=None if active else compared,
            tip=f"{name}\n{state}, {about}",
            spoken=f"{name}, {state}, {about}",
        )
