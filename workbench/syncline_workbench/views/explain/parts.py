"""What is around the sheet: where it scrolls, the bar of steps, and the words that explain."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QSlider, QVBoxLayout, QWidget

from ...theme import icon, theme
from ..parameters import calm
from ..plain import Notice, button, label, set_role, tip
from .lesson import Line
from .race import RaceView
from .toggles import Toggles

__all__ = ["Stage", "StepBar", "WordsColumn"]


class Stage(QScrollArea):
    """The scrolled sheet; arrow keys turn pages (`turned_by` says whether they did), with Shift they scroll."""

    def __init__(self, turned_by: Callable[[int], bool], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._turned_by = turned_by
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Step"))
        self.setAccessibleDescription(self.tr("Left and right arrow go a step back or on, Home and End to the ends"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier or not self._turned_by(event.key()):
            super().keyPressEvent(event)


class StepBar(QWidget):
    """First, back, step, play, last, and where one is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.first, self.back, self.step, self.play, self.last = (
            button(""),
            button(self.tr("Back")),
            button(self.tr("Step")),
            button(self.tr("Play")),
            button(""),
        )
        for part, name in (
            (self.first, self.tr("First step")),
            (self.back, self.tr("One step back")),
            (self.step, self.tr("One step on")),
            (self.play, self.tr("Play the steps")),
            (self.last, self.tr("Last step")),
        ):
            part.setAccessibleName(name)
            part.setToolTip(tip(name))
        for part in (self.first, self.last):
            part.setFixedWidth(40)
            part.setIconSize(QSize(16, 16))
        self.count = label("", "muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for part in (self.first, self.back, self.step, self.play, self.last, self.count):
            row.addWidget(part)
        row.addStretch(1)
        theme().changed.connect(self._redraw)
        self._redraw()

    def show_count(self, number: int, total: int | None) -> None:
        """Say which state is shown, from 0, of how many (None: that is not known yet), and what can be done."""
        if total is None:
            self.count.setText(self.tr("{n} of many").format(n=f"{number + 1:,}"))
        else:
            self.count.setText(
                self.tr("{n} of {total}").format(n=f"{number + 1:,}", total=f"{total:,}") if total else ""
            )
        at_end = total is not None and number >= total - 1
        for part, able in (
            (self.first, number > 0),
            (self.back, number > 0),
            (self.step, not at_end),
            (self.last, not at_end),
            (self.play, total is None or total > 1),
        ):
            part.setEnabled(able)

    def show_playing(self, on: bool) -> None:
        """What Play would do now."""
        self.play.setText(self.tr("Pause") if on else self.tr("Play"))
        self.play.setAccessibleName(self.tr("Pause") if on else self.tr("Play the steps"))

    def _redraw(self) -> None:
        self.first.setIcon(icon("skip-back", 16))
        self.last.setIcon(icon("skip-forward", 16))


class WordsColumn(QScrollArea):
    """Paragraphs, and what some methods need beside them: a temperature, two bars, a refusal."""

    heated = Signal(float)
    """A temperature that the user chose."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines: list[QLabel] = []
        self._words = QVBoxLayout()
        self._words.setContentsMargins(0, 0, 0, 0)
        self._words.setSpacing(10)
        self.race = RaceView()
        self.slider = QSlider(Qt.Orientation.Horizontal)
        # 0.001 to 10, a hundred steps a decade.
        self.slider.setRange(-300, 100)
        self.slider.setPageStep(25)
        self.slider.setToolTip(tip(self.tr("Small: nearly all on the best. Large: nearly the same on everyone.")))
        self.slider.valueChanged.connect(self._slid)
        calm(self.slider)
        self._degree = label("", "value")
        self._degree.setMinimumWidth(52)
        self._degree.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._heat = QWidget()
        # One above the other: side by side a narrow column would leave the slider nothing.
        heat = QGridLayout(self._heat)
        heat.setContentsMargins(0, 0, 0, 0)
        heat.setVerticalSpacing(4)
        self._heat_name = label("")
        heat.addWidget(self._heat_name, 0, 0)
        heat.addWidget(self._degree, 0, 1)
        heat.addWidget(self.slider, 1, 0, 1, 2)
        self.toggles = Toggles()
        self.trouble = Notice("bad")
        self.controls = QWidget()
        """What can be changed of the lesson."""
        above = QVBoxLayout(self.controls)
        above.setContentsMargins(0, 0, 0, 0)
        above.setSpacing(10)
        above.addWidget(self._heat)
        above.addWidget(self.toggles)
        inside = QWidget()
        inside.setMaximumWidth(640)
        self._column = column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 6, 0)
        column.setSpacing(10)
        column.addWidget(self.controls)
        # The words get longer; the bars stay in sight.
        column.addWidget(self.race)
        column.addLayout(self._words)
        column.addWidget(self.trouble)
        column.addStretch(1)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(inside)
        # Who can't see hears the words as the description of the stage.
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def take_controls(self) -> None:
        """Have what can be changed above the words again, wherever it was."""
        self._column.insertWidget(0, self.controls)
        self.controls.show()

    def show_lines(self, lines: list[Line]) -> None:
        """Show other paragraphs; labels are kept."""
        while len(self.lines) > len(lines):
            gone = self.lines.pop()
            self._words.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        while len(self.lines) < len(lines):
            words = label("")
            words.setWordWrap(True)
            words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self.lines.append(words)
            self._words.addWidget(words)
        for words, line in zip(self.lines, lines, strict=True):
            words.setText(line.text)
            set_role(words, line.role)

    def show_heat(self, temperature: float | None, name: str = "") -> None:
        """Show a temperature to be changed, under another name if need be; None hides the slider."""
        self._heat.setVisible(temperature is not None)
        self._heat_name.setText(name or self.tr("Temperature τ"))
        self.slider.setAccessibleName(name or self.tr("Temperature"))
        if temperature is not None:
            self.slider.blockSignals(True)
            self.slider.setValue(round(100 * math.log10(temperature)))
            self.slider.blockSignals(False)
            self._degree.setText(f"{temperature:.3g}")

    def _slid(self, value: int) -> None:
        temperature = 10 ** (value / 100)
        self._degree.setText(f"{temperature:.3g}")
        self.heated.emit(temperature)
