"""Learning what to compare by: from the pair alone, or from its anchors; curves as it goes, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QScrollArea, QVBoxLayout, QWidget

from syncline.embedding import Encoder
from syncline.errors import ParameterError

from ..views.figures import Figure, Figures
from ..views.loss_curve import LossCurve
from ..views.parameters import ParameterForm
from ..views.plain import Notice, button, heading, label, tip
from .sheet import Sheet

__all__ = ["Course", "LearnDialog", "Outcome"]


@dataclass(frozen=True)
class Course:
    """One way of learning, as the dialog shows it.

    Attributes
    ----------
    key
        What the program calls it.
    about
        A sentence or two on what it does.
    params
        The dataclass that the form is drawn from.
    second
        What the curve beside the loss is called, empty if there is none.
    """

    key: str
    title: str
    about: str
    params: type[Any]
    second: str = ""


@dataclass(frozen=True)
class Outcome:
    """What came of it.

    Attributes
    ----------
    helps
        False: it is not offered for use.
    sentence
        The result in words.
    doubts
        Warnings.
    """

    encoder: Encoder
    figures: tuple[Figure, ...]
    helps: bool = True
    sentence: str = ""
    doubts: tuple[str, ...] = ()


class LearnDialog(Sheet):
    """Asks for learning and shows it; stays open beside the window."""

    learn_requested = Signal(object)
    """The parameters."""
    stop_requested = Signal()
    use_requested = Signal(object)
    """The encoder; the dialog is closing."""
    save_requested = Signal(object)
    """The encoder, to be written to a file."""

    def __init__(self, course: Course, parent: QWidget | None = None) -> None:
        super().__init__(course.title, parent)
        self.setModal(False)
        self.course = course
        self._running = False
        self._lack = ""
        self.outcome: Outcome | None = None
        columns = QHBoxLayout()
        columns.setSpacing(18)
        columns.addWidget(self._asked())
        columns.addLayout(self._found(), 1)
        self.body.addLayout(columns, 1)
        self.save = button(self.tr("Save…"))
        self.save.setToolTip(tip(self.tr("Write it to a file, for the command line or another project")))
        self.save.clicked.connect(self._save)
        self.foot.addWidget(self.save)
        self.foot.addStretch(1)
        self.add_button(self.tr("Close")).clicked.connect(self.reject)
        self.use = self.add_button(self.tr("Use and align"), "primary")
        self.use.setToolTip(
            tip(self.tr("Compares by what was learned from now on, and aligns: one step, to be undone"))
        )
        self.use.clicked.connect(self._use)
        self.resize(900, 600)
        self._refresh()

    # -- parts -------------------------------------------------------------------------------------

    def _asked(self) -> QWidget:
        """Left: what teaches, how, and the button that begins."""
        self.taught = Figures()
        about = label(self.course.about, "muted")
        about.setWordWrap(True)
        self.form = ParameterForm(self.course.params)
        self.form.changed.connect(self._refresh)
        inside = QWidget()
        place = QVBoxLayout(inside)
        place.setContentsMargins(0, 0, 10, 0)
        place.addWidget(self.form)
        place.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inside)
        self.lack = Notice("warn")
        self.learn = button(self.tr("Learn"))
        self.learn.clicked.connect(self._learn_or_stop)
        left = QWidget()
        left.setFixedWidth(300)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(about)
        column.addSpacing(4)
        column.addWidget(heading(self.tr("What teaches")))
        column.addWidget(self.taught)
        column.addSpacing(6)
        column.addWidget(heading(self.tr("How")))
        column.addWidget(scroll, 1)
        column.addWidget(self.lack)
        column.addWidget(self.learn)
        return left

    def _found(self) -> QVBoxLayout:
        """Right: the curves, and what came of it."""
        self.curve = LossCurve(second=self.course.second)
        self.curve.setMinimumSize(400, 220)
        self.state = label("", "muted")
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(130)
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(heading(self.tr("As it goes")))
        head.addStretch(1)
        head.addWidget(self.state)
        head.addWidget(self.bar)
        self._none = label("", "muted")
        self.figures = Figures()
        self.told = Notice("muted")
        self.doubts = Notice("warn")
        self.trouble = Notice("bad")
        column = QVBoxLayout()
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.curve, 1)
        column.addSpacing(6)
        column.addWidget(heading(self.tr("Result")))
        for part in (self._none, self.figures, self.told, self.doubts, self.trouble):
            column.addWidget(part)
        return column

    # -- asking ------------------------------------------------------------------------------------

    def _learn_or_stop(self) -> None:
        if self._running:
            self.stop_requested.emit()
        else:
            self.learn_requested.emit(self.form.value())

    def _use(self) -> None:
        assert self.outcome is not None
        encoder = self.outcome.encoder
        self.accept()
        self.use_requested.emit(encoder)

    def _save(self) -> None:
        assert self.outcome is not None
        self.save_requested.emit(self.outcome.encoder)

    def _lacking(self) -> str:
        """Why nothing can be learned, in one sentence; empty if it can."""
        try:
            self.form.value()
        except ParameterError as error:
            return str(error)
        return self._lack

    def _refresh(self) -> None:
        lack = self._lacking()
        self.lack.say("" if self._running else lack)
        self.learn.setText(self.tr("Stop") if self._running else self.tr("Learn"))
        self.learn.setEnabled(self._running or not lack)
        self.form.setEnabled(not self._running)
        there = self.outcome is not None and not self._running
        self.save.setEnabled(there)
        able = there and self.outcome is not None and self.outcome.helps
        self.use.setEnabled(able)
        self.bar.setVisible(self._running)
        # Enter presses what is next.
        self.learn.setAutoDefault(not able)
        self.learn.setDefault(not able)
        self.use.setDefault(able)

    # -- showing -----------------------------------------------------------------------------------

    def show_taught(self, figures: Sequence[Figure], lack: str = "") -> None:
        """Say what would teach, and what is missing for that."""
        self.taught.show_figures(figures)
        self._lack = lack
        self._refresh()

    def set_running(self, running: bool) -> None:
        """Learning begins, or has ended."""
        self._running = running
        if running:
            self.outcome = None
            self.curve.show_epochs(np.zeros((0, 3)))
            self._say(())
            self.bar.setValue(0)
            self.state.setText("")
        elif self.outcome is None:
            self.state.setText("" if self.trouble.sentence() else self.tr("Stopped"))
            self._none.setText(self.tr("Nothing was learned."))
        self._refresh()

    def show_progress(self, words: str, share: float) -> None:
        """How far it is."""
        if self._running and self.outcome is None:
            self.bar.setValue(round(1000 * share))
            # Names of phases; those of training carry figures that the curve shows.
            self.state.setText(words)

    def show_epochs(self, rows: Sequence[tuple[float, float, float]]) -> None:
        """Draw epochs so far: number, loss, and what the second curve shows (NaN without)."""
        # A copy: the list grows on another thread.
        self.curve.show_epochs(np.array(tuple(rows), np.float64).reshape(-1, 3))

    def show_trouble(self, sentence: str) -> None:
        """Say why nothing came of it."""
        self.trouble.say(sentence)

    def show_outcome(self, outcome: Outcome) -> None:
        """What came of it."""
        self.outcome = outcome
        encoder = outcome.encoder
        best = encoder.figures.get("best_epoch")
        self.curve.show_epochs(np.array(encoder.curve[:, :3]), None if best is None else int(best))
        self.state.setText(self.tr("{n} epochs").format(n=len(encoder.curve) - 1))
        self._say(outcome.figures)
        self.told.say(outcome.sentence)
        self.doubts.say("\n".join(outcome.doubts))
        self._refresh()

    def _say(self, figures: Sequence[Figure]) -> None:
        self._none.setText(self.tr("Learning…") if self._running else "")
        self._none.setVisible(not figures)
        self.figures.setVisible(bool(figures))
        self.figures.show_figures(figures)
        for part in (self.told, self.doubts, self.trouble):
            part.say("")
