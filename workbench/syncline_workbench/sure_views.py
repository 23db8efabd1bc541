"""Shows in the Warp workspace how sure its alignment is: band, strip, list of places, figures; and what to check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QBoxLayout

from .method_trials import MethodTrials
from .sureness import Sureness
from .views.confidence_band import ConfidenceStrip

if TYPE_CHECKING:
    from .main_window import MainWindow

__all__ = ["SureViews"]


class SureViews:
    """Wires `Sureness` of a window to what draws it."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self.sureness = Sureness(window.document, window.playback, window)
        self.trials = MethodTrials(window)
        self.strip = ConfidenceStrip(window.playback)
        column = window.transport.layout()
        assert isinstance(column, QBoxLayout)
        column.insertWidget(1, self.strip)
        s, places = self.sureness, window.places
        s.changed.connect(self._draw)
        s.said.connect(window.say)
        self.strip.place_chosen.connect(window.playback.seek_a)
        places.chosen.connect(s.go_to)
        places.check_requested.connect(self._check)
        places.offer_taken.connect(self.trials.try_them)
        self.trials.offered.connect(places.show_offer)
        actions, settings = window.actions_, window.settings
        actions["check_place"].triggered.connect(lambda _on=False: self._check())
        for name in ("show_band", "show_strip"):
            on = settings.get(f"confidence/{name}", True)
            actions[name].setChecked(on)
            actions[name].toggled.connect(lambda on, name=name: self._toggled(name, on))
        self.strip.setVisible(actions["show_strip"].isChecked())
        self._draw()

    def _check(self) -> None:
        """Go to the next place, unless anchors that are new speak for another method."""
        self.trials.check(self.sureness.check_next)

    def _toggled(self, name: str, on: bool) -> None:
        self._window.settings.set(f"confidence/{name}", on)
        if name == "show_strip":
            self.strip.setVisible(on)
        else:
            self._draw()

    def _draw(self) -> None:
        s, w = self.sureness, self._window
        shown = s.confidence if w.actions_["show_band"].isChecked() else None
        w.matrix.set_band(shown, s.stale)
        self.strip.show_confidence(s.confidence, s.stale, [p.a for p in s.places])
        w.places.show_places(s.listed, s.places, [s.why(p) for p in s.places], s.current, faded=s.stale)
        w.result.show_sure(s.confidence, s.judgement(), s.stale)

    def close(self) -> None:
        """Stop what is being worked out."""
        self.sureness.close()
