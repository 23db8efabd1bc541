"""The places of a pair to check next, as a list beside the matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from .asked_list import AskedList
from .clock import format_seconds
from .matrix_scale import time_text
from .plain import Notice, button, tip
from .rows import Row

if TYPE_CHECKING:
    from syncline.confidence import Suggestion

__all__ = ["PlacesPanel"]


class PlacesPanel(AskedList):
    """A row a place: the stretch of A, and why it is unsure."""

    chosen = Signal(object)
    """Number of a place in the list."""
    offer_taken = Signal()
    """Use the method that is offered."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("places")
        self.list.chosen.connect(self.chosen)
        self.ask.setText(self.tr("Go"))
        self.ask.setAccessibleName(self.tr("Go to the next place to check"))
        self.ask.setToolTip(tip(self.tr("Go to the place where one anchor would help most, and loop it (F8)")))
        self.offer = Notice("good")
        self.use = button("", "small")
        self.use.setToolTip(tip(self.tr("Use the method that meets the anchors better (Ctrl+Alt+N)")))
        self.use.clicked.connect(self.offer_taken)
        self.offer.buttons.addWidget(self.use)
        self.offer.buttons.addStretch(1)
        column = self.layout()
        assert isinstance(column, QVBoxLayout)
        column.insertWidget(1, self.offer)
        self.show_places(False, [], [], None, faded=False)

    def show_offer(self, method: str, sentence: str) -> None:
        """Offer another method above the places, which have to wait; an empty sentence takes the offer back."""
        self.use.setText(self.tr("Use %1").replace("%1", method))
        self.offer.say(sentence)
        self._lay()

    def _lay(self) -> None:
        """The list is in sight where it has rows, unless an offer needs its room."""
        self.list.setVisible(bool(self.list.rows()) and not self.offer.sentence())

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
        self._lay()
        self.ask.setEnabled(bool(rows))
        if rows:
            self.say("")
        elif known:
            self.say(self.tr("Nothing is left to check."))
        else:
            self.say(self.tr("Where one anchor would help most is listed after each solve."))

    @staticmethod
    def _span(place: Suggestion) -> str:
        at = time_text(place.a, 2)
        if place.stop - place.start < 0.1:
            return at
        return f"{at} ({time_text(place.start, 1)} – {time_text(place.stop, 1)})"
