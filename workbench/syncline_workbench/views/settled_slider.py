"""A slider that shows at once what it does and makes one step when the hand lets go."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QHBoxLayout, QSlider, QVBoxLayout, QWidget

from .parameters import calm
from .plain import label, tip

__all__ = ["LogSlider", "SettledSlider"]


class _Slider(QSlider):
    left = Signal()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()


class SettledSlider(QWidget):
    """Whoever inherits it says what a position of the slider stands for (`number`) and what its words are (`_say`)."""

    previewed = Signal(float)
    """A number under the hand."""
    chosen = Signal(float)
    """A number that the hand let go at."""

    def __init__(self, title: str, help: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._unsettled = False
        self.slider = _Slider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(title)
        self.slider.setToolTip(tip(help))
        self.slider.setAccessibleDescription(help)
        self.slider.valueChanged.connect(self._moved)
        self.slider.sliderReleased.connect(self.settle)
        self.title = label(title, "muted")
        self.words = label("", "value")
        head = QHBoxLayout()
        head.addWidget(self.title)
        head.addStretch(1)
        head.addWidget(self.words)
        self._column = QVBoxLayout(self)
        self._column.setSpacing(4)
        self._column.addLayout(head)
        self._column.addWidget(self.slider)
        self.setFocusProxy(self.slider)

    @property
    def number(self) -> float:
        """What the slider stands at."""
        raise NotImplementedError

    def _say(self) -> None:
        """Write the number beside the slider."""
        raise NotImplementedError

    def settle(self) -> None:
        """Choose what the slider shows, if it was moved since."""
        if self._unsettled:
            self._unsettled = False
            self.chosen.emit(self.number)

    def _moved(self) -> None:
        self._say()
        self._unsettled = True
        self.previewed.emit(self.number)


class LogSlider(SettledSlider):
    """A slider for numbers above 0, each step a ratio. Keys settle once they rest, or when the focus leaves.

    Parameters
    ----------
    whole
        Only whole numbers.
    """

    STEPS = 400
    REST = 500
    """Milliseconds without a key after which what it shows is chosen."""

    def __init__(
        self, title: str, help: str, low: float, high: float, *, whole: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(title, help, parent)
        self._low, self._high, self._whole = low, high, whole
        self._exact: float | None = None
        self._more = ""
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(self.REST)
        self._rest.timeout.connect(self.settle)
        self._column.setContentsMargins(0, 0, 0, 0)
        self.slider.setRange(0, self.STEPS)
        self.slider.setPageStep(self.STEPS // 10)
        self.slider.setSingleStep(4)
        self.slider.left.connect(self.settle)
        calm(self.slider)
        self._say()

    @property
    def number(self) -> float:
        if self._exact is not None:
            return self._exact
        value = self._low * (self._high / self._low) ** (self.slider.value() / self.STEPS)
        # Three digits are what a hand can tell apart.
        return float(round(value)) if self._whole else float(f"{value:.3g}")

    def set_number(self, number: float) -> None:
        """Show a number, also one beyond the ends; not while a hand is at it."""
        if self.slider.isSliderDown() or self._unsettled:
            return
        inside = min(max(number, self._low), self._high)
        position = round(self.STEPS * math.log(inside / self._low) / math.log(self._high / self._low))
        self.slider.blockSignals(True)
        self.slider.setValue(position)
        self.slider.blockSignals(False)
        self._exact = number
        self._say()

    def take(self, number: float, held: bool = False) -> None:
        """Show a number that another control is moved to, as if the handle were; chosen once it rests, if not held."""
        if self.slider.isEnabled():
            self._unsettled = False
            self.set_number(number)
            self._unsettled = True
            self.previewed.emit(number)
            if not held:
                self._rest.start()

    def set_more(self, words: str) -> None:
        """What came of the number, said behind it."""
        self._more = words
        self._say()

    def settle(self) -> None:
        self._rest.stop()
        super().settle()

    def _moved(self) -> None:
        self._exact = None
        super()._moved()
        if not self.slider.isSliderDown():
            self._rest.start()

    def _say(self) -> None:
        self.words.setText(f"{self.number:g}" + (f" · {self._more}" if self._more else ""))
