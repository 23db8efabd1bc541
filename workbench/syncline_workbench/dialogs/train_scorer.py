"""Training a scorer: by which method, from which links; its loss as it goes, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QWidget

from syncline.learning import Epoch, Scorer, enough
from syncline.registry import Method

from ..views.figures import Figure
from ..views.parameters import NumberBox, ParameterForm, calm
from ..views.plain import Notice, button, heading, label, literal, tip
from .learning_sheet import LearningSheet, Wording

if TYPE_CHECKING:
    from syncline.similarity.learned import Lessons

__all__ = ["TrainDialog"]

_WEIGHT = 2.0
"""With which a scorer overrules what the words of a label say, but not all that the picture shows."""


class TrainDialog(LearningSheet):
    """Asks for training and shows it; stays open beside the window.

    Parameters
    ----------
    learners
        Methods of training by name.
    """

    train_requested = Signal(str, object)
    """Name of the method, its parameters."""
    use_requested = Signal(object, float)
    """The scorer, and its weight in the recipe; the dialog is closing."""
    maps_requested = Signal(object)
    """The scorer, of an attention gate."""

    def __init__(self, learners: Mapping[str, Method[Any]], parent: QWidget | None = None) -> None:
        tr = self.tr
        idle, begins = tr("Not trained yet."), tr("Looking at the pictures")
        super().__init__(
            tr("Train a scorer"),
            Wording(tr("Train"), tr("Loss"), tr("Training…"), idle, idle=idle, begins=begins),
            parent=parent,
        )
        self._learners = learners
        self._lessons: Lessons | None = None
        self.scorer: Scorer | None = None
        self.train = self.go
        self.curve.setMinimumSize(420, 240)
        self.bar.setFixedWidth(150)
        self.notes = Notice("muted")
        self._build_asked()
        self._build_foot()
        self.resize(920, 640)
        self.choose(next(iter(learners)))

    # -- parts -------------------------------------------------------------------------------------

    def _build_asked(self) -> None:
        """What teaches, and by which method."""
        for key, words, about in (
            ("pairs", self.tr("Corrected links"), self.tr("Locked ones, and all links of checked pictures")),
            ("pictures", self.tr("In pictures"), self.tr("Of all pictures of the project")),
            ("checked", self.tr("Checked pictures"), self.tr("All their links teach, and that there are no others")),
            ("forbidden", self.tr("Forbidden links"), self.tr("They teach what does not belong together")),
        ):
            self.taught.add(key, words, about)
        self.method = QComboBox()
        self.method.setAccessibleName(self.tr("Method"))
        calm(self.method)
        for name, method in self._learners.items():
            self.method.addItem(literal(method.title), name)
        self.method.activated.connect(lambda: self.choose(self.method.currentData()))
        self._help = label("", "muted")
        self._help.setWordWrap(True)
        taught, how = heading(self.tr("What teaches")), heading(self.tr("Method"))
        self._lay((taught, self.taught, 6, how, self.method, self._help), (self.notes,))

    def _build_foot(self) -> None:
        self.maps = button(self.tr("Attention maps"))
        self.maps.setToolTip(tip(self.tr("Where each word of a caption looks in its picture")))
        self.maps.clicked.connect(lambda: self.maps_requested.emit(self.scorer))
        self.weight = NumberBox(0.001, 1000.0)
        self.weight.set_number(_WEIGHT)
        self.weight.setFixedWidth(64)
        self._weight_words = label(self.tr("Weight in the recipe"), "muted")
        about = self.tr("How much the scorer counts beside the other sources of similarity")
        for part in (self._weight_words, self.weight):
            part.setToolTip(tip(about))
        self.weight.setAccessibleName(self._weight_words.text())
        self.foot.addWidget(self.save)
        self.foot.addWidget(self.maps)
        self.foot.addStretch(1)
        self.foot.addWidget(self._weight_words)
        self.foot.addWidget(self.weight)
        self._end_with(
            self.tr("Use for this project"),
            self.tr("Adds it to the recipe and matches the pictures again that nobody has checked"),
        )

    # -- asking ------------------------------------------------------------------------------------

    def choose(self, name: str) -> None:
        """Offer the parameters of a method."""
        method = self._learners[name]
        self.method.setCurrentIndex(self.method.findData(name))
        self._help.setText(method.help.replace("`", ""))
        if self.form is not None:
            self._place.removeWidget(self.form)
            self.form.hide()
            self.form.deleteLater()
        self.form = ParameterForm(method.params)
        self.form.changed.connect(self._refresh)
        self._place.insertWidget(0, self.form)
        self._refresh()

    @property
    def _made(self) -> Scorer | None:
        return self.scorer

    def _forget(self) -> None:
        self.scorer = None

    def _missing(self) -> str:
        if self._lessons is not None:
            # Says by an error what is missing.
            enough(self._lessons.pairs)
        return ""

    def _ask(self) -> None:
        assert self.form is not None
        self.train_requested.emit(self.method.currentData(), self.form.value())

    def _use(self) -> None:
        scorer, weight = self.scorer, float(self.weight.number() or _WEIGHT)
        self.accept()
        self.use_requested.emit(scorer, weight)

    def _refresh(self) -> None:
        super()._refresh()
        if self._lessons is None and not self._running:
            self.go.setEnabled(False)
        self.method.setEnabled(not self._running)
        able = self.scorer is not None and not self._running
        for part in (self.weight, self._weight_words):
            part.setEnabled(able)
        self.maps.setVisible(able and self.scorer is not None and self.scorer.method == "gate")

    # -- showing -----------------------------------------------------------------------------------

    def show_lessons(self, lessons: Lessons) -> None:
        """Say what would teach."""
        self._lessons = lessons
        self.taught.show_value("pairs", str(lessons.pairs))
        of = self.tr("{n} of {all}").format(n=len(lessons.counts), all=len(lessons.scenes))
        self.taught.show_value("pictures", of)
        self.taught.show_value("checked", str(lessons.checked))
        self.taught.show_value("forbidden", str(lessons.forbidden))
        self._refresh()

    def show_epochs(self, epochs: Sequence[Epoch]) -> None:
        """Draw the loss so far."""
        # A copy: the list grows on another thread.
        rows = np.array([(e.epoch, e.loss, e.held_out) for e in tuple(epochs)], np.float64).reshape(-1, 3)
        self.curve.show_epochs(rows)
        if len(rows):
            self.state.setText(self.tr("Epoch {n}, loss {loss}").format(n=int(rows[-1, 0]), loss=_number(rows[-1, 1])))

    def show_scorer(self, scorer: Scorer, warnings: Sequence[str] = ()) -> None:
        """What came of it."""
        self.scorer = scorer
        best = int(scorer.figures.get("best_epoch", len(scorer.curve) - 1))
        self.curve.show_epochs(np.array(scorer.curve), best)
        self.state.setText(self.tr("Trained for {n} epochs").format(n=len(scorer.curve)))
        self._say(self._figures_of(scorer, best))
        self.notes.say("\n".join((*scorer.notes, *warnings)))
        self._refresh()

    def _figures_of(self, scorer: Scorer, best: int) -> list[Figure]:
        f = scorer.figures
        _, loss, held = scorer.curve[min(best, len(scorer.curve) - 1)].tolist()
        found = [
            Figure(self.tr("Corrected links"), f"{f['pairs']:g}"),
            Figure(
                self.tr("Held-out pictures"),
                self.tr("{n} of {all}").format(
                    n=f"{f['held_out_pictures']:g}", all=f"{f['pictures'] + f['held_out_pictures']:g}"
                ),
                self.tr("They only told when to stop"),
            ),
            Figure(self.tr("Best epoch"), str(best), self.tr("Its weights were kept; the dashed line marks it")),
            Figure(self.tr("Training loss"), _number(loss)),
        ]
        if np.isfinite(held):
            found.append(
                Figure(
                    self.tr("Held-out loss"),
                    _number(held),
                    self.tr("On pictures it was not trained on; it tells when to stop"),
                )
            )
        if "held_out_right" in f:
            right, of = round(f["held_out_right"] * f["held_out_phrases"]), f["held_out_phrases"]
            found.append(
                Figure(
                    self.tr("Held-out phrases right"),
                    self.tr("{n} of {all}").format(n=right, all=f"{of:g}"),
                    self.tr(
                        "Phrases of pictures it was not trained on whose best object by this scorer is the right one"
                    ),
                )
            )
        return found


def _number(x: float) -> str:
    return f"{x:.3g}" if abs(x) >= 1e-3 or x == 0 else f"{x:.1e}"
