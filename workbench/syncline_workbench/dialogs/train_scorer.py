"""Training a scorer: by which method, from which links; its loss as it goes, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QProgressBar, QScrollArea, QVBoxLayout, QWidget

from syncline.errors import ParameterError
from syncline.learning import Epoch, Scorer, enough
from syncline.registry import Method

from ..views.figures import Figure, Figures
from ..views.loss_curve import LossCurve
from ..views.parameters import NumberBox, ParameterForm, calm
from ..views.plain import Notice, button, heading, label, literal, tip
from .sheet import Sheet

if TYPE_CHECKING:
    from syncline.similarity.learned import Lessons

__all__ = ["TrainDialog"]

_WEIGHT = 2.0
"""With which a scorer overrules what the words of a label say, but not all that the picture shows."""


class TrainDialog(Sheet):
    """Asks for training and shows it; stays open beside the window.

    Parameters
    ----------
    learners
        Methods of training by name.
    """

    train_requested = Signal(str, object)
    """Name of the method, its parameters."""
    stop_requested = Signal()
    use_requested = Signal(object, float)
    """The scorer, and its weight in the recipe; the dialog is closing."""
    maps_requested = Signal(object)
    """The scorer, of an attention gate."""
    save_requested = Signal(object)
    """The scorer, to be written to a file."""

    def __init__(self, learners: Mapping[str, Method[Any]], parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Train a scorer"), parent)
        self.setModal(False)
        self._learners = learners
        self._lessons: Lessons | None = None
        self._running = False
        self.scorer: Scorer | None = None
        self.form: ParameterForm | None = None
        columns = QHBoxLayout()
        columns.setSpacing(18)
        columns.addWidget(self._asked())
        columns.addLayout(self._found(), 1)
        self.body.addLayout(columns, 1)
        self.maps = button(self.tr("Attention maps"))
        self.maps.setToolTip(tip(self.tr("Where each word of a caption looks in its picture")))
        self.maps.clicked.connect(lambda: self.maps_requested.emit(self.scorer))
        self.save = button(self.tr("Save…"))
        self.save.setToolTip(tip(self.tr("Write it to a file, for the command line or another project")))
        self.save.clicked.connect(lambda: self.save_requested.emit(self.scorer))
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
        self.add_button(self.tr("Close")).clicked.connect(self.reject)
        self.use = self.add_button(self.tr("Use for this project"), "primary")
        self.use.setToolTip(
            tip(self.tr("Adds it to the recipe and matches the pictures again that nobody has checked"))
        )
        self.use.clicked.connect(self._use)
        self.resize(920, 640)
        self.choose(next(iter(learners)))

    # -- parts -------------------------------------------------------------------------------------

    def _asked(self) -> QWidget:
        """Left: what teaches, by which method, and the button that begins."""
        self.taught = Figures()
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
        inside = QWidget()
        self._place = QVBoxLayout(inside)
        self._place.setContentsMargins(0, 0, 10, 0)
        self._place.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inside)
        self.lack = Notice("warn")
        self.train = button(self.tr("Train"))
        self.train.clicked.connect(self._train_or_stop)
        left = QWidget()
        left.setFixedWidth(300)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(heading(self.tr("What teaches")))
        column.addWidget(self.taught)
        column.addSpacing(6)
        column.addWidget(heading(self.tr("Method")))
        column.addWidget(self.method)
        column.addWidget(self._help)
        column.addWidget(scroll, 1)
        column.addWidget(self.lack)
        column.addWidget(self.train)
        return left

    def _found(self) -> QVBoxLayout:
        """Right: the loss, and what came of it."""
        self.curve = LossCurve()
        self.curve.setMinimumSize(420, 240)
        self.state = label("", "muted")
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(150)
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(heading(self.tr("Loss")))
        head.addStretch(1)
        head.addWidget(self.state)
        head.addWidget(self.bar)
        self._result = heading(self.tr("Result"))
        self._none = label(self.tr("Not trained yet."), "muted")
        self.figures = Figures()
        self.notes = Notice("muted")
        self.trouble = Notice("bad")
        column = QVBoxLayout()
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.curve, 1)
        column.addSpacing(6)
        column.addWidget(self._result)
        for part in (self._none, self.figures, self.notes, self.trouble):
            column.addWidget(part)
        return column

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

    def _train_or_stop(self) -> None:
        if self._running:
            self.stop_requested.emit()
            return
        assert self.form is not None
        self.train_requested.emit(self.method.currentData(), self.form.value())

    def _use(self) -> None:
        assert self.scorer is not None
        scorer, weight = self.scorer, float(self.weight.number() or _WEIGHT)
        self.accept()
        self.use_requested.emit(scorer, weight)

    def _lacking(self) -> str:
        """Why there is nothing to train, in one sentence; empty if there is."""
        assert self.form is not None
        try:
            self.form.value()
            if self._lessons is not None:
                enough(self._lessons.pairs)
        except ParameterError as error:
            return str(error)
        return ""

    def _refresh(self) -> None:
        lack = self._lacking()
        self.lack.say("" if self._running else lack)
        self.train.setText(self.tr("Stop") if self._running else self.tr("Train"))
        self.train.setEnabled(self._running or (self._lessons is not None and not lack))
        for part in (self.method, self.form):
            assert part is not None
            part.setEnabled(not self._running)
        able = self.scorer is not None and not self._running
        for part in (self.use, self.save, self.weight, self._weight_words):
            part.setEnabled(able)
        self.maps.setVisible(able and self.scorer is not None and self.scorer.method == "gate")
        self.bar.setVisible(self._running)
        # Enter presses what is next.
        self.train.setAutoDefault(not able)
        self.train.setDefault(not able)
        self.use.setDefault(able)

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

    def set_running(self, running: bool) -> None:
        """Training begins, or has ended."""
        self._running = running
        if running:
            self.scorer = None
            self.curve.show_epochs(np.zeros((0, 3)))
            self._say(())
            self.bar.setValue(0)
            self.state.setText(self.tr("Looking at the pictures"))
        elif self.scorer is None:
            self.state.setText("" if self.trouble.sentence() else self.tr("Stopped"))
            self._none.setText(self.tr("Not trained yet."))
        self._refresh()

    def show_progress(self, words: str, share: float) -> None:
        """How far it is."""
        if self._running and not self.scorer:
            self.bar.setValue(round(1000 * share))

    def show_epochs(self, epochs: Sequence[Epoch]) -> None:
        """Draw the loss so far."""
        # A copy: the list grows on another thread.
        rows = np.array([(e.epoch, e.loss, e.held_out) for e in tuple(epochs)], np.float64).reshape(-1, 3)
        self.curve.show_epochs(rows)
        if len(rows):
            self.state.setText(self.tr("Epoch {n}, loss {loss}").format(n=int(rows[-1, 0]), loss=_number(rows[-1, 1])))

    def show_trouble(self, sentence: str) -> None:
        """Say why there is no scorer."""
        self.trouble.say(sentence)

    def show_scorer(self, scorer: Scorer, warnings: Sequence[str] = ()) -> None:
        """What came of it."""
        self.scorer = scorer
        best = int(scorer.figures.get("best_epoch", len(scorer.curve) - 1))
        self.curve.show_epochs(np.array(scorer.curve), best)
        self.state.setText(self.tr("Trained for {n} epochs").format(n=len(scorer.curve)))
        self._say(self._figures_of(scorer, best))
        self.notes.say("\n".join((*scorer.notes, *warnings)))
        self._refresh()

    def _say(self, figures: Sequence[Figure]) -> None:
        self._none.setText(self.tr("Training…") if self._running else self.tr("Not trained yet."))
        self._none.setVisible(not figures)
        self.figures.setVisible(bool(figures))
        self.figures.show_figures(figures)
        self.notes.say("")
        self.trouble.say("")

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
