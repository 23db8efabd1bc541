"""The places of a pair to check next, as a list beside the matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from .clock import format_seconds
from .matrix_scale import time_text
from .plain import button, heading, label, tip
from .rows import Row, RowList

if TYPE_CHECKING:
    from syncline.confidence import Suggestion

__all__ = ["PlacesPanel"]


class PlacesPanel(QWidget):
    """A row a place: the stretch of A, and why it is unsure."""

    chosen = Signal(object)
    """Number of a place in the list."""
    check_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("places")
        self.list = RowList(self)
        self.list.setAccessibleName(self.tr("Check next"))
        self.list.chosen.connect(self.chosen)
        self.ask = button(self.tr("Go"), "small")
        self.ask.setAccessibleName(self.tr("Go to the next place to check"))
        self.ask.setToolTip(tip(self.tr("Go to the place where one anchor would help most, and loop it (F8)")))
        self.ask.clicked.connect(self.check_requested)
        self._words = label("", "muted")
        self._words.setWordWrap(True)
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.addWidget(heading(self.tr("Check next")))
        head.addStretch(1)
        head.addWidget(self.ask)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self._words)
        column.addWidget(self.list, 1)
        column.addStretch(0)
        self.show_places(False, [], [], None, faded=False)

    def show_places(
        self, known: bool, places: list[Suggestion], sentences: list[str], current: int | None, *, faded: bool
    ) -> None:
        """List `places` with the sentence of each; not `known` while they are being looked for."""
        words = {"flat": self.tr("flat"), "rivals": self.tr("two rivals"), "window": self.tr("window's edge")}
        rows = [
            Row(
                key=k,
                text=self._span(place),
                figure=f"{words[place.reason]} →",
                figure_role="muted" if faded else "bad" if k == 0 else "warn",
                muted=faded,
                tip="\n".join(
                    [
                        sentence,
                        self.tr("One anchor here is expected to put {t} right.").format(t=format_seconds(place.gain)),
                    ]
                ),
                spoken=sentence,
            )
            for k, (place, sentence) in enumerate(zip(places, sentences, strict=True))
        ]
        self.list.set_rows(rows, current)
        self.list.setVisible(bool(rows))
        self.ask.setEnabled(bool(rows))
        if not known:
            self._words.setText(self.tr("Where one anchor would help most is listed after each solve."))
        elif not rows:
            self._words.setText(self.tr("Nothing is left to check."))
        self._words.setVisible(not rows)

    @staticmethod
    def _span(place: Suggestion) -> str:
        at = time_text(place.a, 2)
        if place.stop - place.start < 0.1:
            return at
        return f"{at} ({time_text(place.start, 1)} – {time_text(place.stop, 1)})"
