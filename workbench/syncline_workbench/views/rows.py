"""A list of compact rows: text on the left, a figure on the right, one of them selected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)

from ..theme import pixmap, theme
from .plain import clean, figures, tip

__all__ = ["Row", "RowList", "fitted"]

_ROW = Qt.ItemDataRole.UserRole + 1
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class Row:
    """What one row shows.

    Attributes
    ----------
    key
        Says which row it is, in signals.
    figure, figure_role
        The text on the right and the theme colour it is drawn in.
    muted
        Drawn in the secondary colour.
    sample
        ``"solid"`` or ``"dashed"`` draws a piece of line on the left; ``""`` keeps its place free, None does not.
    toggle
        True or False draws an open or a closed eye that can be clicked; None draws none.
    spoken
        What a screen reader says; empty: the text and the figure.
    """

    key: Any
    text: str
    figure: str = ""
    figure_role: str = "muted"
    muted: bool = False
    sample: str | None = None
    toggle: bool | None = None
    tip: str = ""
    spoken: str = ""


_WRAPPED = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextWordWrap)


def _words(row: Row) -> str:
    return clean(row.text)[:1000]


def fitted(text: str, metrics: QFontMetrics, room: QRect) -> str:
    """`text` cut with an ellipsis until it fits into `room`, which may hold two lines."""
    width, shown = metrics.horizontalAdvance(text), text
    while shown:
        box = metrics.boundingRect(QRect(0, 0, room.width(), 10_000), _WRAPPED, shown)
        if box.height() <= room.height() and box.width() <= room.width():
            break
        width = min(width, 2 * room.width()) - 8
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)
    return shown


class _Delegate(QStyledItemDelegate):
    HEIGHT = 26
    PAD = 8
    SAMPLE = 22

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._sizes: dict[tuple[object, ...], QSize] = {}

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        row: Row | None = index.data(_ROW)
        view = self.parent()
        if row is None or not isinstance(view, RowList):
            return self._size(option, row, view)
        # Qt asks several times whenever a list is laid out, and lists of a hundred rows are at every edit.
        key = row.text, row.figure, row.sample, row.toggle, view.viewport().width(), option.font.key()
        size = self._sizes.get(key)
        if size is None:
            if len(self._sizes) > 1000:
                self._sizes.clear()
            size = self._sizes[key] = self._size(option, row, view)
        return size

    def _size(self, option: QStyleOptionViewItem, row: Row | None, view: QObject | None) -> QSize:
        line = option.fontMetrics.height()
        lines = 1
        if row is not None and isinstance(view, RowList) and not view.uniformItemSizes():
            room = self.text_rect(QRect(0, 0, view.viewport().width(), line), row, option.font).width()
            lines = 2 if option.fontMetrics.horizontalAdvance(_words(row)) > room else 1
        return QSize(60, max(self.HEIGHT, lines * line + 8))

    def toggle_rect(self, rect: QRect, row: Row, option_font: QFont) -> QRect:
        """Where the eye is, in the same coordinates as `rect`."""
        wide = QFontMetrics(figures(option_font)).horizontalAdvance(row.figure)
        right = rect.right() - self.PAD - wide - (8 if row.figure else 0)
        return QRect(right - 16, rect.center().y() - 8, 16, 16)

    def text_rect(self, rect: QRect, row: Row, option_font: QFont) -> QRect:
        """Where the name is."""
        left = rect.left() + self.PAD + (self.SAMPLE if row.sample is not None else 0)
        right = self.toggle_rect(rect, row, option_font).left() - 4 if row.toggle is not None else None
        if right is None:
            wide = QFontMetrics(figures(option_font)).horizontalAdvance(row.figure)
            right = rect.right() - self.PAD - wide - (8 if row.figure else 0)
        return QRect(left, rect.top(), max(right - left, 0), rect.height())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        row: Row | None = index.data(_ROW)
        if row is None:
            return
        c = theme().colours
        rect = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5)
        state = option.state
        if state & QStyle.StateFlag.State_Selected:
            painter.setBrush(QColor(c.selected))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawRoundedRect(box, 4, 4)
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(QColor(c.hover))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawRoundedRect(box, 4, 4)
        view = self.parent()
        if state & QStyle.StateFlag.State_HasFocus and isinstance(view, RowList) and view.by_keys:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(c.accent), 1))
            painter.drawRoundedRect(box, 4, 4)
        if row.sample:
            pen = QPen(QColor(c.text if row.sample == "solid" else c.muted), 2)
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            if row.sample == "dashed":
                pen.setDashPattern([2.0, 1.0])
            painter.setPen(pen)
            left, y = rect.left() + self.PAD, rect.center().y() + 0.5
            painter.drawLine(QPointF(left, y), QPointF(left + 16, y))
        painter.setFont(figures(option.font))
        painter.setPen(QColor(getattr(c, row.figure_role)))
        inner = rect.adjusted(self.PAD, 0, -self.PAD, 0)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(inner, int(right), row.figure)
        if row.toggle is not None:
            eye = self.toggle_rect(rect, row, option.font)
            ratio = painter.device().devicePixelRatioF()
            name, colour = ("eye", c.text) if row.toggle else ("eye-off", c.muted)
            painter.drawPixmap(eye.topLeft(), pixmap(name, colour, 16, ratio))
        painter.setFont(option.font)
        painter.setPen(QColor(c.muted if row.muted else c.text))
        room = self.text_rect(rect, row, option.font)
        painter.drawText(room, _WRAPPED, fitted(_words(row), option.fontMetrics, room))
        painter.restore()

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: _Index) -> None:
        row: Row = index.data(_ROW)
        editor.setGeometry(self.text_rect(option.rect, row, option.font).adjusted(-4, 1, 0, -1))

    def helpEvent(
        self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: _Index
    ) -> bool:
        row: Row | None = index.data(_ROW)
        if row is not None and row.tip:
            QToolTip.showText(event.globalPos(), tip(row.tip), view)
            return True
        return super().helpEvent(event, view, option, index)


class RowList(QListWidget):
    """Rows as in the side panels.

    A click or Enter chooses a row. The selection shows the row in force and is set only by whoever owns the list;
    arrow keys move a frame.

    Parameters
    ----------
    editable
        Rows can be renamed in place.
    uniform
        No row takes a second line, however long its text: a list of hundreds is then laid out in no time.
    """

    chosen = Signal(object)
    """The key of a row that was clicked, or on which Enter was pressed."""
    toggled = Signal(object)
    """The key of a row whose eye was clicked, or on which Space was pressed."""
    renamed = Signal(object, str)
    removed = Signal(object)
    """The key of a row on which Delete was pressed."""

    def __init__(self, parent: QWidget | None = None, editable: bool = False, uniform: bool = False) -> None:
        super().__init__(parent)
        self._editable = editable
        self.setUniformItemSizes(uniform)
        self.by_keys = False
        self.setObjectName("rows")
        self.setStyleSheet("RowList { background: transparent; border: 0; outline: 0; padding: 0; }")
        self.setFrameShape(QListWidget.Shape.NoFrame)
        self.setItemDelegate(_Delegate(self))
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        triggers = QAbstractItemView.EditTrigger
        self.setEditTriggers(triggers.EditKeyPressed if editable else triggers.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.itemChanged.connect(self._edited)
        theme().changed.connect(self.viewport().update)

    # -- filling -----------------------------------------------------------------------------------

    def set_rows(self, rows: list[Row], current: Any = None) -> None:
        """Show `rows`; the one with the key `current` is the row in force. Rows that stay are not rebuilt."""
        if current is None and not self.selectedIndexes() and rows == self.rows():
            return
        self.blockSignals(True)
        keys = {row.key for row in rows}
        while self.count() and self.row_at(0).key not in keys:
            self.takeItem(0)
        while self.count() > len(rows):
            self.takeItem(self.count() - 1)
        for k, row in enumerate(rows):
            item = self.item(k) if k < self.count() else QListWidgetItem(self)
            if item.data(_ROW) != row:
                item.setData(_ROW, row)
                item.setText(row.text)
                item.setData(Qt.ItemDataRole.AccessibleTextRole, row.spoken or f"{row.text} {row.figure}".strip())
                flags = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
                item.setFlags(flags | Qt.ItemFlag.ItemIsEditable if self._editable else flags)
        self.blockSignals(False)
        index = next((k for k, row in enumerate(rows) if row.key == current), -1)
        if index < 0:
            self.clearSelection()
        elif not self.item(index).isSelected():
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect
            self.selectionModel().setCurrentIndex(self.indexFromItem(self.item(index)), flags)
            self.scrollToItem(self.item(index))
        self.updateGeometry()
        self.viewport().update()

    def row_at(self, index: int) -> Row:
        """What row number `index` shows."""
        return self.item(index).data(_ROW)

    def rows(self) -> list[Row]:
        """What is shown, from the top."""
        return [self.row_at(k) for k in range(self.count())]

    def current(self) -> Row | None:
        """The row under the keyboard."""
        item = self.currentItem()
        return item.data(_ROW) if item is not None else None

    def toggle_rect(self, index: int) -> QRect:
        """Where the eye of row number `index` is, in the viewport."""
        delegate = self.itemDelegate()
        assert isinstance(delegate, _Delegate)
        return delegate.toggle_rect(self.visualItemRect(self.item(index)), self.row_at(index), self.font())

    def rename(self, key: Any) -> None:
        """Open the field in which the row with that key is named anew."""
        for k in range(self.count()):
            if self.row_at(k).key == key:
                self.editItem(self.item(k))

    # -- what the user does --------------------------------------------------------------------------

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        item = self.itemAt(event.position().toPoint())
        if event.button() != Qt.MouseButton.LeftButton or item is None:
            return
        row: Row = item.data(_ROW)
        hit = self.toggle_rect(self.row(item)).adjusted(-5, -5, 5, 5)
        if row.toggle is not None and hit.contains(event.position().toPoint()):
            self.toggled.emit(row.key)
        else:
            self.chosen.emit(row.key)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.by_keys = False
        super().mousePressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.by_keys = True
        super().focusInEvent(event)

    def selectionCommand(self, index: _Index, event: QEvent | None = None) -> QItemSelectionModel.SelectionFlag:
        return QItemSelectionModel.SelectionFlag.NoUpdate

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.by_keys = True
        row = self.current()
        key = event.key()
        if row is not None and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chosen.emit(row.key)
        elif row is not None and key == Qt.Key.Key_Space and row.toggle is not None:
            self.toggled.emit(row.key)
        elif row is not None and key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit(row.key)
        else:
            super().keyPressEvent(event)

    def closeEditor(self, editor: QWidget, hint: QAbstractItemDelegate.EndEditHint) -> None:
        super().closeEditor(editor, hint)
        self.setFocus()

    def edit_field(self) -> QLineEdit | None:
        """The field in which a row is being named, if one is open."""
        return self.viewport().findChild(QLineEdit)

    def _edited(self, item: QListWidgetItem) -> None:
        row: Row = item.data(_ROW)
        name = item.text().strip()
        # The list shows what the document says; it will say the new name, or leave the old one.
        self.blockSignals(True)
        item.setText(row.text)
        self.blockSignals(False)
        if name and name != row.text:
            self.renamed.emit(row.key, name)

    # -- size --------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # At once: a row that needs a second line now would be drawn over the next one until Qt gets to it.
        self.doItemsLayout()

    def sizeHint(self) -> QSize:
        if self.uniformItemSizes():
            high = self.count() * self.sizeHintForRow(0)
        else:
            high = sum(self.sizeHintForRow(k) for k in range(self.count()))
        return QSize(180, max(high, _Delegate.HEIGHT) + 4)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, min(max(self.count(), 1), 3) * _Delegate.HEIGHT + 4)
