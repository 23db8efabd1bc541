"""A long list of which one is in hand: what the lists of pictures and of recordings have in common."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyleOptionViewItem, QWidget

from ..theme import theme

__all__ = ["ITEM", "PickedList", "PickedModel", "paint_ground"]

ITEM = Qt.ItemDataRole.UserRole + 1
"""Role under which the model gives what a row stands for."""
_Index = QModelIndex | QPersistentModelIndex
T = TypeVar("T")


class PickedModel(QAbstractListModel, Generic[T]):
    """A row for each of `items`; views ask for no more of them than they show."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.items: list[T] = []

    def _key(self, item: T) -> object:
        """What tells an item from others, however it changes."""
        raise NotImplementedError

    def show(self, items: list[T]) -> None:
        """Rows that stay are kept, so that the view stays where it is."""
        if list(map(self._key, items)) != list(map(self._key, self.items)):
            self.beginResetModel()
            self.items = items
            self.endResetModel()
            return
        self.items = items
        if items:
            self.dataChanged.emit(self.index(0), self.index(len(items) - 1))

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  (Qt's own signature)
        return 0 if parent.isValid() else len(self.items)


class PickedList(QListView):
    """Click or Enter takes a row in hand, Space turns its mark, Delete removes it; arrow keys move a frame.

    The selection shows which one is in hand, and is set only by whoever owns the list (`mark`).
    """

    chosen = Signal(object)
    """What the row stands for, as in all of these."""
    toggled = Signal(object)
    removed = Signal(object)

    def __init__(self, height: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._height = height
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setStyleSheet("PickedList { background: transparent; border: 0; outline: 0; padding: 0; }")
        theme().changed.connect(self.viewport().update)

    def mark(self, row: int) -> None:
        """Show which one is in hand; −1: none that is shown."""
        index = self.model().index(row, 0)
        if row < 0:
            self.clearSelection()
        elif not self.selectionModel().isSelected(index):
            self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
            self.scrollTo(index)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        item = self.indexAt(event.position().toPoint()).data(ITEM)
        if event.button() == Qt.MouseButton.LeftButton and item is not None:
            self.chosen.emit(item)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.currentIndex().data(ITEM)
        told = {
            Qt.Key.Key_Return: self.chosen,
            Qt.Key.Key_Enter: self.chosen,
            Qt.Key.Key_Space: self.toggled,
            Qt.Key.Key_Delete: self.removed,
        }.get(Qt.Key(event.key()))
        if item is not None and told is not None:
            told.emit(item)
        else:
            super().keyPressEvent(event)

    def selectionCommand(self, index: _Index, event: Any = None) -> Any:
        return QItemSelectionModel.SelectionFlag.NoUpdate

    def sizeHint(self) -> QSize:
        rows = self.model().rowCount() if self.model() is not None else 0
        return QSize(180, min(max(rows, 1), 12) * self._height + 4)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, self._height + 4)


def paint_ground(painter: QPainter, option: QStyleOptionViewItem, view: object) -> None:
    """Paint what a row of `view` lies on: selected, under the mouse, under the keyboard."""
    c, state = theme().colours, option.state
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    box = QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -0.5)
    chosen = state & QStyle.StateFlag.State_Selected
    if chosen or state & QStyle.StateFlag.State_MouseOver:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(c.selected if chosen else c.hover))
        painter.drawRoundedRect(box, 4, 4)
    if state & QStyle.StateFlag.State_HasFocus and isinstance(view, QWidget) and view.hasFocus():
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(c.accent), 1))
        painter.drawRoundedRect(box, 4, 4)
