"""Several recordings on one clock: which, whose, what is known of them, side by side as it runs, and the table."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QMenu, QProgressBar, QSlider, QWidget

from syncline.model import Media

from ..jobs import Jobs
from ..theme import icon
from ..views.clock import format_time
from ..views.grid import RecordingGrid
from ..views.parameters import calm
from ..views.plain import Notice, button, label, literal, tip
from .sheet import Sheet

if TYPE_CHECKING:
    from syncline import Together

__all__ = ["TogetherDialog"]

_STEPS = 10_000
_TICK_MS = 33


class TogetherDialog(Sheet):
    """Stays open beside the window; what it shows is no part of the project.

    Parameters
    ----------
    cache_bytes
        How many bytes of decoded pictures all recordings may keep together.
    """

    add_requested = Signal()
    """The user wants to choose files."""
    align_requested = Signal(object, object, str, object)
    """Media; whose clock: an index, ``"medoid"`` or ``"barycentre"``; the method; moments, seconds of each."""
    stop_requested = Signal()
    save_requested = Signal(object)
    """The result, to be written to a table."""

    def __init__(self, jobs: Jobs, cache_bytes: int, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Several recordings"), parent)
        self.setModal(False)
        self._cache_bytes = cache_bytes
        self._running = False
        self.media: list[Media] = []
        self.together: Together | None = None
        self.moments: list[list[float]] = []
        self._began = (0.0, 0.0)

        self.add = button(self.tr("Choose files…"))
        self.add.setToolTip(tip(self.tr("Two recordings or more of the same course of events")))
        self.add.clicked.connect(self.add_requested)
        self.reference = QComboBox()
        self.reference.setAccessibleName(self.tr("Whose clock"))
        self.reference.setToolTip(tip(self.tr("Whose clock they are laid on")))
        self.reference.setMinimumWidth(170)
        calm(self.reference)
        self.method = QComboBox()
        self.method.setAccessibleName(self.tr("How they are aligned"))
        self.method.addItem(self.tr("Dynamic time warping"), "dtw")
        self.method.addItem(self.tr("Generalized canonical time warping"), "gctw")
        self.method.setToolTip(
            tip(self.tr("The second one maps each recording by itself and bends its time smoothly; it takes longer"))
        )
        calm(self.method)
        self.align = button(self.tr("Align all"), "primary")
        self.align.clicked.connect(self._align_or_stop)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(150)
        self.state = label("", "muted")
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self.add)
        head.addWidget(label(self.tr("Clock of"), "muted"))
        head.addWidget(self.reference)
        head.addWidget(self.method)
        head.addWidget(self.align)
        head.addStretch(1)
        head.addWidget(self.state)
        head.addWidget(self.bar)
        self.body.addLayout(head)

        self.grid = RecordingGrid(jobs)
        self.grid.setToolTip(
            tip(
                self.tr(
                    "Turn the wheel over a recording, or press the arrow keys, to move it alone; then pin the moment"
                )
            )
        )
        self.grid.nudged.connect(lambda _k: self._refresh())
        self.body.addWidget(self.grid, 1)
        self.play = button("")
        self.play.setFixedWidth(40)
        self.play.clicked.connect(self.toggle)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, _STEPS)
        self.slider.setAccessibleName(self.tr("Where on the common clock"))
        self.slider.valueChanged.connect(self._moved)
        self.where = label("", "value")
        self.where.setMinimumWidth(90)
        self.where.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self.play)
        row.addWidget(self.slider, 1)
        row.addWidget(self.where)
        self.pin = button(self.tr("Pin this moment"))
        self.pin.setToolTip(tip(self.tr("What all recordings show now is one moment; aligning keeps to it")))
        self.pin.clicked.connect(self.pin_moment)
        self.pinned = button("")
        self.pinned.setToolTip(tip(self.tr("Moments that are pinned, to be let go")))
        self._menu = QMenu(self.pinned)
        self.pinned.setMenu(self._menu)
        row.addWidget(self.pin)
        row.addWidget(self.pinned)
        self.body.addLayout(row)
        self.trouble = Notice("bad")
        self.body.addWidget(self.trouble)

        self.save = button(self.tr("Save table…"))
        self.save.setToolTip(tip(self.tr("Seconds of the clock, and of every recording, as .csv")))
        self.save.clicked.connect(lambda: self.save_requested.emit(self.together))
        self.foot.addWidget(self.save)
        self.foot.addStretch(1)
        self.add_button(self.tr("Close")).clicked.connect(self.reject)
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)
        self.finished.connect(self._closed)
        self.resize(1100, 760)
        self.show_media(())

    # -- what there is -----------------------------------------------------------------------------

    def show_media(self, media: Sequence[Media]) -> None:
        """Offer these recordings, not aligned yet."""
        self.pause()
        self.media = list(media)
        self.together = None
        self.moments = []
        self.reference.clear()
        self.reference.addItem(self.tr("all together"), "barycentre")
        self.reference.addItem(self.tr("the one nearest to all"), "medoid")
        for k, medium in enumerate(self.media):
            self.reference.addItem(literal(medium.name), k)
        self.grid.set_media(self.media, self._cache_bytes)
        self.grid.show_times([0.0] * len(self.media))
        words = self.tr("%1 recordings, not aligned yet").replace("%1", str(len(self.media)))
        self.state.setText(words if self.media else "")
        self.trouble.say("")
        self.slider.setValue(0)
        self._refresh()

    def show_together(self, together: Together) -> None:
        """All on one clock."""
        self.together = together
        self.grid.set_media(together.media, self._cache_bytes, together.reference)
        whose = self.tr("all together") if together.reference is None else together.media[together.reference].name
        self.state.setText(self.tr("On the clock of %1").replace("%1", whose))
        self._moved()
        self._refresh()

    def show_trouble(self, sentence: str) -> None:
        """Say why they are not aligned."""
        self.trouble.say(sentence)

    def set_running(self, running: bool) -> None:
        """Aligning begins, or has ended."""
        self._running = running
        if running:
            self.pause()
            self.together = None
            self.trouble.say("")
            self.bar.setValue(0)
        elif self.together is None:
            self.state.setText("" if self.trouble.sentence() else self.tr("Stopped"))
        self._refresh()

    def show_progress(self, words: str, share: float) -> None:
        """How far it is."""
        if self._running:
            self.bar.setValue(round(1000 * share))
            self.state.setText(words)

    # -- moments -----------------------------------------------------------------------------------

    def pin_moment(self) -> None:
        """What all recordings show now is one moment."""
        now = list(self.grid.seconds)
        if now not in self.moments:
            self.moments = sorted([*self.moments, now])
        self._refresh()

    def let_go(self, moment: list[float]) -> None:
        """Pinned no longer."""
        self.moments = [m for m in self.moments if m != moment]
        self._refresh()

    def _refresh_moments(self) -> None:
        self.pin.setEnabled(len(self.media) > 1 and not self._running)
        self.pinned.setText(self.tr("%1 pinned").replace("%1", str(len(self.moments))))
        self.pinned.setEnabled(bool(self.moments) and not self._running)
        self._menu.clear()
        for moment in self.moments:
            words = self.tr("Let go of %1").replace("%1", " = ".join(format_time(t) for t in moment))
            self._menu.addAction(words, lambda moment=moment: self.let_go(moment))

    def _refresh(self) -> None:
        there = self.together is not None
        self._refresh_moments()
        self.align.setText(self.tr("Stop") if self._running else self.tr("Align all"))
        self.align.setEnabled(self._running or len(self.media) > 1)
        for part in (self.add, self.reference, self.method):
            part.setEnabled(not self._running)
        for part in (self.play, self.slider, self.save):
            part.setEnabled(there)
        self.bar.setVisible(self._running)
        playing = self._timer.isActive()
        self.play.setIcon(icon("pause" if playing else "play", 16))
        self.play.setAccessibleName(self.tr("Pause") if playing else self.tr("Play"))

    def _align_or_stop(self) -> None:
        if self._running:
            self.stop_requested.emit()
        else:
            whose, how = self.reference.currentData(), self.method.currentData()
            self.align_requested.emit(list(self.media), whose, how, [list(m) for m in self.moments])

    # -- the clock ---------------------------------------------------------------------------------

    @property
    def at(self) -> float:
        """Seconds of the common clock."""
        if self.together is None:
            return 0.0
        first, last = self.together.clock[0], self.together.clock[-1]
        return float(first + self.slider.value() / _STEPS * (last - first))

    def _moved(self) -> None:
        if self.together is None:
            self.where.setText("")
            return
        at = self.at
        self.where.setText(format_time(at))
        self.grid.show_times(self.together.times(np.array([at]))[0].tolist())

    def toggle(self) -> None:
        """Play, or pause."""
        if self._timer.isActive():
            self.pause()
        elif self.together is not None:
            if self.slider.value() == _STEPS:
                self.slider.setValue(0)
            self._began = (time.monotonic(), self.at)
            self._timer.start()
            self._refresh()

    def pause(self) -> None:
        """Stand still."""
        self._timer.stop()
        self._refresh()

    def _tick(self) -> None:
        assert self.together is not None
        first, last = self.together.clock[0], self.together.clock[-1]
        began, at = self._began
        now = at + time.monotonic() - began
        self.slider.setValue(round(_STEPS * (now - first) / max(last - first, 1e-9)))
        if now >= last:
            self.pause()

    def _closed(self) -> None:
        self._timer.stop()
        self.grid.close_media()
