"""Figures by name, as panels of results list them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QWidget

from ..theme import theme
from .plain import label, tip

__all__ = ["Figure", "Figures", "Swatch"]


@dataclass(frozen=True)
class Figure:
    """A name, a value, and what it means; `key` is what it goes by where that is not its name."""

    name: str
    value: str
    help: str = ""
    key: str = ""


class Swatch(QWidget):
    """A small square in one of the theme's colours, filled or only outlined: the key of a bar."""

    def __init__(self, colour: str, parent: QWidget | None = None, *, hollow: bool = False) -> None:
        super().__init__(parent)
        self._colour, self._hollow = colour, hollow
        self.setFixedSize(8, 8)
        theme().changed.connect(self.update)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = QColor(getattr(theme().colours, self._colour))
        painter.setPen(QPen(colour, 1.5) if self._hollow else Qt.PenStyle.NoPen)
        painter.setBrush(Qt.BrushStyle.NoBrush if self._hollow else colour)
        inside = 0.75 if self._hollow else 0.0
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inside, inside, -inside, -inside), 2, 2)
        painter.end()


class Figures(QWidget):
    """Names on the left, values on the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setVerticalSpacing(5)
        self._grid.setHorizontalSpacing(8)
        self._grid.setColumnStretch(1, 1)
        self.values: dict[str, QLabel] = {}
        self._names: dict[str, QLabel] = {}
        self._boxes: dict[str, QWidget] = {}

    def add(self, key: str, name: str, help: str = "", swatch: str = "") -> None:
        """Add a figure below the others; with the name of a colour, as the key of that colour."""
        row = self._grid.rowCount()
        left = label(name, "muted" if swatch else "")
        value = label("", "" if swatch else "value")
        value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        value.setAccessibleName(name)
        if help:
            left.setToolTip(tip(help))
        if swatch:
            self._grid.addWidget(Swatch(swatch), row, 0)
            self._grid.addWidget(left, row, 1)
            self._grid.addWidget(value, row, 2)
        else:
            # A row of its own: as columns, the longest name and the longest value would set the width together.
            box = QWidget()
            line = QHBoxLayout(box)
            line.setContentsMargins(0, 0, 0, 0)
            line.addWidget(left)
            line.addStretch(1)
            line.addWidget(value)
            self._grid.addWidget(box, row, 0, 1, 3)
            self._boxes[key] = box
        self.values[key], self._names[key] = value, left

    def add_wide(self, widget: QWidget) -> None:
        """Add something as wide as the panel."""
        self._grid.addWidget(widget, self._grid.rowCount(), 0, 1, 3)

    def show_value(self, key: str, text: str, help: str = "") -> None:
        """Give a figure a value."""
        self.values[key].setText(text)
        self.values[key].setAccessibleDescription(f"{text}\n{help}".strip())

    def set_shown(self, key: str, on: bool) -> None:
        """Show or hide a figure."""
        for widget in (self.values[key], self._names[key], self._boxes.get(key)):
            if widget is not None:
                widget.setVisible(on)

    def rename(self, key: str, name: str) -> None:
        """Call a figure by another name."""
        self._names[key].setText(name)
        self.values[key].setAccessibleName(name)

    def show_figures(self, figures: Sequence[Figure]) -> None:
        """Show these and no others; labels are kept from one drawing to the next where names are the same."""
        keys = [f.key or f.name for f in figures]
        if list(self.values) != keys:
            loose = (w for key in self.values if key not in self._boxes for w in (self.values[key], self._names[key]))
            for widget in (*self._boxes.values(), *loose):
                self._grid.removeWidget(widget)
                widget.hide()
                widget.deleteLater()
            self._boxes.clear()
            self.values, self._names = {}, {}
            for key, f in zip(keys, figures, strict=True):
                self.add(key, f.name)
        for key, f in zip(keys, figures, strict=True):
            self._names[key].setToolTip(tip(f.help) if f.help else "")
            self.show_value(key, f.value, f.help)
