"""Learning what to compare by: from the pair alone, or from its anchors; curves as it goes, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from syncline.embedding import Encoder

from ..views.figures import Figure
from ..views.parameters import ParameterForm
from ..views.plain import Notice, heading, label
from .learning_sheet import LearningSheet, Wording

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


class LearnDialog(LearningSheet):
    """Asks for learning and shows it; stays open beside the window."""

    learn_requested = Signal(object)
    """The parameters."""
    use_requested = Signal(object)
    """The encoder; the dialog is closing."""

    def __init__(self, course: Course, parent: QWidget | None = None) -> None:
        tr = self.tr
        wording = Wording(tr("Learn"), tr("As it goes"), tr("Learning…"), tr("Nothing was learned."))
        super().__init__(course.title, wording, course.second, parent)
        self.course = course
        self._lack = ""
        self.outcome: Outcome | None = None
        self.learn = self.go
        about = label(course.about, "muted")
        about.setWordWrap(True)
        self.form = ParameterForm(course.params)
        self.form.changed.connect(self._refresh)
        self._place.insertWidget(0, self.form)
        self.curve.setMinimumSize(400, 220)
        self.bar.setFixedWidth(130)
        self.told, self.doubts = Notice("muted"), Notice("warn")
        taught, how = heading(self.tr("What teaches")), heading(self.tr("How"))
        self._lay((about, 4, taught, self.taught, 6, how), (self.told, self.doubts))
        self.foot.addWidget(self.save)
        self.foot.addStretch(1)
        self._end_with(
            self.tr("Use and align"),
            self.tr("Compares by what was learned from now on, and aligns: one step, to be undone"),
        )
        self.resize(900, 600)
        self._refresh()

    # -- asking ------------------------------------------------------------------------------------

    @property
    def _made(self) -> Encoder | None:
        return None if self.outcome is None else self.outcome.encoder

    def _forget(self) -> None:
        self.outcome = None

    @property
    def _helps(self) -> bool:
        return self.outcome is not None and self.outcome.helps

    def _missing(self) -> str:
        return self._lack

    def _ask(self) -> None:
        assert self.form is not None
        self.learn_requested.emit(self.form.value())

    def _use(self) -> None:
        encoder = self._made
        self.accept()
        self.use_requested.emit(encoder)

    # -- showing -----------------------------------------------------------------------------------

    def show_taught(self, figures: Sequence[Figure], lack: str = "") -> None:
        """Say what would teach, and what is missing for that."""
        self.taught.show_figures(figures)
        self._lack = lack
        self._refresh()

    def show_progress(self, words: str, share: float) -> None:
        super().show_progress(words, share)
        if self._running and self.outcome is None:
            # Names of phases; those of training carry figures that the curve shows.
            self.state.setText(words)

    def show_epochs(self, epochs: Sequence[tuple[float, float, float]]) -> None:
        """Draw epochs so far: number, loss, and what the second curve shows (NaN without)."""
        # A copy: the list grows on another thread.
        self.curve.show_epochs(np.array(tuple(epochs), np.float64).reshape(-1, 3))

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
