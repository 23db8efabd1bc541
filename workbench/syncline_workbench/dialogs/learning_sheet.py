"""What the dialogs of learning share: what teaches, and how, on the left; curves and what came of it on the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QPushButton, QScrollArea, QVBoxLayout, QWidget

from syncline.errors import ParameterError

from ..views.figures import Figure, Figures
from ..views.loss_curve import LossCurve
from ..views.parameters import ParameterForm
from ..views.plain import Notice, button, heading, label, tip
from .sheet import Sheet

__all__ = ["LearningSheet", "Wording"]


@dataclass(frozen=True)
class Wording:
    """What such a dialog says.

    Attributes
    ----------
    go, curve
        On the button that begins; above the curves.
    begins
        Beside the bar, at first.
    busy, idle, nothing
        In the place of a result: while it runs, before it ever ran, and where nothing came of it.
    """

    go: str
    curve: str
    busy: str
    nothing: str
    idle: str = ""
    begins: str = ""


class LearningSheet(Sheet):
    """Asks for learning and shows it; stays open beside the window.

    Whoever inherits it says what was learned (`_made`), whether that may be used, and why nothing can be learned.
    """

    stop_requested = Signal()
    save_requested = Signal(object)
    """What was learned, to be written to a file."""

    def __init__(self, title: str, wording: Wording, second: str = "", parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self.setModal(False)
        self._wording = wording
        self._running = False
        self.form: ParameterForm | None = None
        self.taught, self.figures = Figures(), Figures()
        self.lack, self.trouble = Notice("warn"), Notice("bad")
        self.go = button(wording.go)
        self.go.clicked.connect(self._go_or_stop)
        self.curve = LossCurve(second=second)
        self.state = label("", "muted")
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self._none = label(wording.idle, "muted")
        self.save = button(self.tr("Save…"))
        self.save.setToolTip(tip(self.tr("Write it to a file, for the command line or another project")))
        self.save.clicked.connect(lambda: self.save_requested.emit(self._made))
        inside = QWidget()
        self._place = QVBoxLayout(inside)
        self._place.setContentsMargins(0, 0, 10, 0)
        self._place.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(inside)
        self.use: QPushButton

    # -- parts -------------------------------------------------------------------------------------

    def _lay(self, above: Sequence[QWidget | int], notices: Sequence[Notice]) -> None:
        """Put all parts where they belong.

        Parameters
        ----------
        above
            What stands on the left above the parameters; numbers are spaces.
        notices
            What stands below the figures of the result, above what went wrong.
        """
        columns = QHBoxLayout()
        columns.setSpacing(18)
        left = QWidget()
        left.setFixedWidth(300)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for part in above:
            if isinstance(part, int):
                column.addSpacing(part)
            else:
                column.addWidget(part)
        column.addWidget(self._scroll, 1)
        column.addWidget(self.lack)
        column.addWidget(self.go)
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(heading(self._wording.curve))
        head.addStretch(1)
        head.addWidget(self.state)
        head.addWidget(self.bar)
        right = QVBoxLayout()
        right.setSpacing(6)
        right.addLayout(head)
        right.addWidget(self.curve, 1)
        right.addSpacing(6)
        right.addWidget(heading(self.tr("Result")))
        self._notices = (*notices, self.trouble)
        for part in (self._none, self.figures, *self._notices):
            right.addWidget(part)
        columns.addWidget(left)
        columns.addLayout(right, 1)
        self.body.addLayout(columns, 1)

    def _end_with(self, use: str, about: str) -> None:
        """Close, and the button that puts to use what was learned."""
        self.add_button(self.tr("Close")).clicked.connect(self.reject)
        self.use = self.add_button(use, "primary")
        self.use.setToolTip(tip(about))
        self.use.clicked.connect(self._use)

    # -- what a dialog says --------------------------------------------------------------------------

    @property
    def _made(self) -> object | None:
        """What was learned."""
        raise NotImplementedError

    def _forget(self) -> None:
        """What was learned is no more."""
        raise NotImplementedError

    def _ask(self) -> None:
        """Ask for learning."""
        raise NotImplementedError

    def _use(self) -> None:
        """Ask for what was learned to be put to use."""
        raise NotImplementedError

    @property
    def _helps(self) -> bool:
        """Whether what was learned is offered for use."""
        return True

    def _missing(self) -> str:
        """Why nothing can be learned, beside parameters, in one sentence; empty if it can."""
        raise NotImplementedError

    # -- showing -----------------------------------------------------------------------------------

    def _go_or_stop(self) -> None:
        if self._running:
            self.stop_requested.emit()
        else:
            self._ask()

    def _refresh(self) -> None:
        try:
            if self.form is not None:
                self.form.value()
            lack = self._missing()
        except ParameterError as error:
            lack = str(error)
        self.lack.say("" if self._running else lack)
        self.go.setText(self.tr("Stop") if self._running else self._wording.go)
        self.go.setEnabled(self._running or not lack)
        if self.form is not None:
            self.form.setEnabled(not self._running)
        there = self._made is not None and not self._running
        able = there and self._helps
        self.save.setEnabled(there)
        self.use.setEnabled(able)
        self.bar.setVisible(self._running)
        # Enter presses what is next.
        self.go.setAutoDefault(not able)
        self.go.setDefault(not able)
        self.use.setDefault(able)

    def set_running(self, running: bool) -> None:
        """Learning begins, or has ended."""
        self._running = running
        if running:
            self._forget()
            self.curve.show_epochs(np.zeros((0, 3)))
            self._say(())
            self.bar.setValue(0)
            self.state.setText(self._wording.begins)
        elif self._made is None:
            self.state.setText("" if self.trouble.sentence() else self.tr("Stopped"))
            self._none.setText(self._wording.nothing)
        self._refresh()

    def show_progress(self, words: str, share: float) -> None:
        """How far it is."""
        if self._running and self._made is None:
            self.bar.setValue(round(1000 * share))

    def show_epochs(self, epochs: Sequence[Any]) -> None:
        """Draw the curves so far."""
        raise NotImplementedError

    def show_trouble(self, sentence: str) -> None:
        """Say why nothing came of it."""
        self.trouble.say(sentence)

    def _say(self, figures: Sequence[Figure]) -> None:
        """Show the figures of the result; nothing is said beside them yet."""
        self._none.setText(self._wording.busy if self._running else self._wording.idle)
        self._none.setVisible(not figures)
        self.figures.setVisible(bool(figures))
        self.figures.show_figures(figures)
        for part in self._notices:
            part.say("")
