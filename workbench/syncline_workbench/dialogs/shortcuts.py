"""All actions with their keys on one sheet that can be searched."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ..theme import icon, theme
from ..views.plain import Elided, clean, heading, label, tip
from .sheet import Sheet

__all__ = ["KeyCaps", "ShortcutsSheet", "caps"]


def caps(shortcut: str) -> list[list[str]]:
    """``"Ctrl+Shift+Z, Ctrl++"`` as ``[["Ctrl", "Shift", "Z"], ["Ctrl", "+"]]``: a list of caps for every way."""
    ways: list[list[str]] = []
    for way in (w.strip() for w in shortcut.split(", ")):
        if not way:
            continue
        plus = way == "+" or way.endswith("++")
        parts = [p for p in (way[:-1] if plus else way).split("+") if p]
        ways.append([*parts, "+"] if plus else parts)
    return ways


class KeyCaps(QWidget):
    """Keys drawn as keys."""

    GAP, BETWEEN, PAD = 3, 10, 6

    def __init__(self, shortcut: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ways = caps(shortcut)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(shortcut)
        theme().changed.connect(self.update)

    def _layout(self) -> list[tuple[QRectF, str]]:
        font = self.font()
        metrics = QFontMetricsF(font)
        height = metrics.height() + 4
        x = 0.5
        boxes: list[tuple[QRectF, str]] = []
        for k, way in enumerate(self._ways):
            x += self.BETWEEN if k else 0
            for cap in way:
                width = max(metrics.horizontalAdvance(cap) + 2 * self.PAD, height)
                boxes.append((QRectF(x, 0.5, width, height), cap))
                x += width + self.GAP
        return boxes

    def sizeHint(self) -> QSize:
        boxes = self._layout()
        if not boxes:
            return QSize(0, 20)
        return QSize(int(boxes[-1][0].right()) + 2, int(boxes[0][0].height()) + 3)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        c = theme().colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for box, cap in self._layout():
            painter.setPen(QPen(QColor(c.border), 1))
            painter.setBrush(QColor(c.raised))
            painter.drawRoundedRect(box.adjusted(0, 0, 0, 1), 4, 4)
            painter.setPen(QColor(c.text))
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), cap)
        painter.end()


class _Group(QWidget):
    """A heading and its rows."""

    def __init__(self, name: str, rows: Sequence[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 10)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(0, 1)
        grid.addWidget(heading(name), 0, 0, 1, 2)
        self.name = name
        self.rows: list[tuple[str, QWidget, QWidget]] = []
        for k, (text, shortcut) in enumerate(rows, start=1):
            words = Elided(text, mode=Qt.TextElideMode.ElideRight)
            words.setMinimumWidth(150)
            words.setToolTip(tip(text))
            keys = KeyCaps(shortcut)
            grid.addWidget(words, k, 0)
            grid.addWidget(keys, k, 1, Qt.AlignmentFlag.AlignRight)
            self.rows.append((f"{name} {text} {shortcut} {shortcut.replace('+', ' ')}".casefold(), words, keys))

    def narrow(self, words: Sequence[str]) -> int:
        """Keep the rows that hold every word; returns how many there are."""
        count = 0
        for text, name, keys in self.rows:
            fits = all(word in text for word in words)
            name.setVisible(fits)
            keys.setVisible(fits)
            count += fits
        self.setVisible(count > 0)
        return count


class ShortcutsSheet(Sheet):
    """What every key does.

    Parameters
    ----------
    rows
        Group, text of the action, its shortcuts as `QKeySequence.toString` writes them, several separated by
        ``", "``.
    """

    def __init__(self, rows: Sequence[tuple[str, str, str]], parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Keyboard shortcuts"), parent)
        self.setModal(False)
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search an action or a key"))
        self.search.setAccessibleName(self.search.placeholderText())
        self.search.setClearButtonEnabled(True)
        self._glass = self.search.addAction(icon("search", 16), QLineEdit.ActionPosition.LeadingPosition)
        self.search.textChanged.connect(self._narrow)
        groups: dict[str, list[tuple[str, str]]] = {}
        for group, text, shortcut in rows:
            groups.setdefault(group, []).append((clean(text.replace("&", "")), shortcut))
        self.groups = [_Group(name, entries) for name, entries in groups.items()]
        inside = QWidget()
        self._columns = [QVBoxLayout(), QVBoxLayout()]
        split = QHBoxLayout(inside)
        split.setContentsMargins(0, 0, 12, 0)
        split.setSpacing(32)
        for column in self._columns:
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(0)
            split.addLayout(column, 1)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(inside)
        self.none = label(self.tr("No action and no key is called that."), "muted")
        self.body.addWidget(self.search)
        self.body.addWidget(self.none)
        self.body.addWidget(self._scroll, 1)
        self.foot.addStretch(1)
        self.add_button(self.tr("Close")).clicked.connect(self.reject)
        # A method, not a lambda: Qt lets go of it together with the dialog.
        theme().changed.connect(self._dress)
        self.resize(860, 640)
        self.search.setFocus()
        self._narrow("")

    def _dress(self) -> None:
        self._glass.setIcon(icon("search", 16))

    def shown(self) -> list[str]:
        """Texts of the rows that fit the search, from the top of the left column."""
        return [
            name.text()
            for group in self.groups
            for _text, name, _keys in group.rows
            if isinstance(name, Elided) and not name.isHidden()
        ]

    def _narrow(self, text: str) -> None:
        words = text.casefold().split()
        counts = [group.narrow(words) for group in self.groups]
        self.none.setVisible(not any(counts))
        self._scroll.setVisible(any(counts))
        for column in self._columns:
            while column.takeAt(0) is not None:
                pass
        half, filled, side = (sum(counts) + 2 * sum(c > 0 for c in counts)) / 2, 0, 0
        for group, count in zip(self.groups, counts, strict=True):
            if count and filled and filled + (count + 2) / 2 > half:
                side = 1
            self._columns[side].addWidget(group)
            filled += count + 2 if count else 0
        for column in self._columns:
            column.addStretch(1)
