"""From which score on detections count: a slider that shows at once what stays, one step when let go."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSlider, QVBoxLayout, QWidget

from .plain import label, tip

__all__ = ["ScoreSlider"]

STEPS = 100
LEAST, MOST = 5, 99
"""In hundredths: detectors forget what is below."""


class ScoreSlider(QWidget):
    """Nothing is detected again: scores are kept, and the threshold decides which boxes take part.

    Parameters
    ----------
    scores
        Of everything that was detected.
    threshold
        In force now.
    """

    previewed = Signal(float)
    """A threshold under the hand."""
    chosen = Signal(float)
    """A threshold that the hand let go at."""

    def __init__(self, scores: Sequence[float], threshold: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scores = scores
        self._unsettled = False
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(LEAST, MOST)
        self.slider.setPageStep(5)
        self.slider.setMinimumWidth(200)
        self.slider.setValue(round(threshold * STEPS))
        self.slider.setEnabled(bool(scores))
        self.slider.setAccessibleName(self.tr("Least score"))
        self.slider.setToolTip(tip(self.tr("Detections below it take no part; nothing is detected again")))
        self.slider.valueChanged.connect(self._moved)
        self.slider.sliderReleased.connect(self.settle)
        self.words = label("", "value")
        head = QHBoxLayout()
        head.addWidget(label(self.tr("Least score"), "muted"))
        head.addStretch(1)
        head.addWidget(self.words)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 6, 12, 6)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.slider)
        self.setFocusProxy(self.slider)
        self._say()

    @property
    def threshold(self) -> float:
        """0..1."""
        return self.slider.value() / STEPS

    def settle(self) -> None:
        """Make what the slider shows the threshold, if it was moved since."""
        if self._unsettled:
            self._unsettled = False
            self.chosen.emit(self.threshold)

    def _moved(self) -> None:
        self._say()
        self._unsettled = True
        self.previewed.emit(self.threshold)

    def _say(self) -> None:
        kept = sum(score >= self.threshold for score in self._scores)
        words = self.tr("%1 · %2 of %3 boxes").replace("%1", f"{self.threshold:.2f}").replace("%2", str(kept))
        self.words.setText(words.replace("%3", str(len(self._scores))))
