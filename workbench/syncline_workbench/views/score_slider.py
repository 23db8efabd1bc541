"""From which score on detections count: a slider that shows at once what stays, one step when let go."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from .settled_slider import SettledSlider

__all__ = ["ScoreSlider"]

STEPS = 100
LEAST, MOST = 5, 99
"""In hundredths: detectors forget what is below."""


class ScoreSlider(SettledSlider):
    """Nothing is detected again: scores are kept, and the threshold decides which boxes take part.

    Parameters
    ----------
    scores
        Of everything that was detected.
    threshold
        In force now.
    """

    def __init__(self, scores: Sequence[float], threshold: float, parent: QWidget | None = None) -> None:
        about = self.tr("Detections below it take no part; nothing is detected again")
        super().__init__(self.tr("Least score"), about, parent)
        self._scores = scores
        self._column.setContentsMargins(12, 6, 12, 6)
        self.slider.setPageStep(5)
        self.slider.setMinimumWidth(200)
        self.slider.blockSignals(True)
        self.slider.setRange(LEAST, MOST)
        self.slider.setValue(round(threshold * STEPS))
        self.slider.blockSignals(False)
        self.slider.setEnabled(bool(scores))
        self._say()

    @property
    def number(self) -> float:
        """0..1."""
        return self.slider.value() / STEPS

    def _say(self) -> None:
        kept = sum(score >= self.number for score in self._scores)
        words = self.tr("%1 · %2 of %3 boxes").replace("%1", f"{self.number:.2f}").replace("%2", str(kept))
        self.words.setText(words.replace("%3", str(len(self._scores))))
