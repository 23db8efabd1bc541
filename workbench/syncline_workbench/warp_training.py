"""Learning what to compare a pair by: asks, learns in a job, and puts the encoder to work."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QWidget

from syncline.model import FeatureRecipe, Recipe, Session
from syncline.progress import Monitor

from .dialog_job import front
from .document import Change
from .learning_job import LearningJob
from .views.figures import Figure

if TYPE_CHECKING:
    from syncline import Correction
    from syncline.embedding import CycleEpoch, Encoder, MetricEpoch

    from .dialogs.learn_encoder import Course, LearnDialog, Outcome
    from .document import Document
    from .jobs import Job, Jobs
    from .operations import Operations

__all__ = ["WarpTraining", "with_newest"]

_LEAST_ANCHORS = 4
_ROOM = 22
"""Letters of a value that have room beside its name."""


def _load() -> None:
    for name in ("syncline.embedding", "syncline_workbench.dialogs.learn_encoder"):
        import_module(name)


class WarpTraining(LearningJob["LearnDialog"]):
    """One dialog and one training at a time; the user can go on with other things meanwhile."""

    def __init__(self, document: Document, operations: Operations, jobs: Jobs, window: QWidget) -> None:
        super().__init__(document, jobs, window)
        self._operations = operations
        document.changed.connect(self._changed)

    # -- asking ------------------------------------------------------------------------------------

    def open_cycle(self) -> None:
        """Show the dialog of cycle consistency, or bring it to the front."""
        self._open("cycle")

    def open_metric(self) -> None:
        """Show the dialog of learning from corrections, or bring it to the front."""
        self._open("metric")

    def _open(self, key: str) -> None:
        if self.dialog is not None and self.dialog.course.key == key:
            front(self.dialog)
            return
        if self.dialog is not None and not self._opening:
            self.dialog.reject()
        self._open_soon(self.tr("Opening learning"), _load, lambda: self._build(key))

    def _build(self, key: str) -> None:
        from .dialogs.learn_encoder import LearnDialog

        self.dialog = d = LearnDialog(self._course(key), self._window)
        d.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        d.learn_requested.connect(self.learn)
        d.stop_requested.connect(self.stop)
        d.use_requested.connect(self.use)
        d.save_requested.connect(self.ask_where)
        d.finished.connect(lambda _code: self._closed(d))
        self._count()
        front(d)

    def _course(self, key: str) -> Course:
        from syncline.embedding import CycleParams, MetricParams

        from .dialogs.learn_encoder import Course

        if key == "cycle":
            return Course(
                key,
                self.tr("Learn an embedding"),
                self.tr(
                    "Cycle consistency: going from a moment of A to its nearest in B and back must lead where it "
                    "began. It needs no anchors, and may be mistaken: heed the warnings."
                ),
                CycleParams,
                self.tr("Kendall's τ of nearest neighbours"),
            )
        return Course(
            key,
            self.tr("Learn from corrections"),
            self.tr(
                "Moments that anchors pin together come to lie near, their neighbours far. Anchors are held out in "
                "turn: what was learned is offered only if those are met better than before."
            ),
            MetricParams,
        )

    def _closed(self, dialog: LearnDialog) -> None:
        if self.dialog is dialog:
            self.dialog = None
            self.stop()

    def _changed(self, change: Change) -> None:
        if self.dialog is not None and not self._document.previewing:
            self._count()

    def _count(self) -> None:
        """Say what would teach now."""
        d = self.dialog
        if d is None:
            return
        session = self._document.session
        al = session.alignment
        known = None if al is None else al.resolved or al.recipe
        lack = ""
        if d.course.key == "cycle":
            asked = session.recipe.features
            # What an automatic choice came to, where it is known.
            chosen = known.features if asked.automatic and known is not None else asked
            figures = [self._features(chosen)]
            if al is not None and al.features_a is not None and al.features_b is not None:
                rows = f"{len(al.features_a)}, {len(al.features_b)}"
                figures.append(Figure(self.tr("Rows of A and B"), rows, self.tr("As they are aligned now")))
            if session.pair is None:
                lack = self.tr("Open both A and B first.")
        else:
            edits = () if al is None else al.constraints.anchors
            pins = sum(x.kind == "warp" for x in edits)
            locks = 0 if al is None else len(al.constraints.locks)
            figures = [
                Figure(self.tr("Anchors"), str(pins), self.tr("Jumps teach nothing")),
                Figure(self.tr("Locked stretches"), str(locks), self.tr("They teach too, and are never held out")),
            ]
            if known is not None:
                figures.append(self._features(known.features))
            if pins < _LEAST_ANCHORS:
                lack = self.tr("Pin at least %1 moments: some teach, the others judge.").replace(
                    "%1", str(_LEAST_ANCHORS)
                )
        d.show_taught(figures, lack)

    def _features(self, features: FeatureRecipe) -> Figure:
        words = features.label()
        return Figure(self.tr("Features"), words if len(words) < _ROOM else f"{words[: _ROOM - 2]}…", words)

    # -- learning ----------------------------------------------------------------------------------

    def learn(self, params: Any) -> Job | None:
        """Learn from what there is now; the dialog follows the curves."""
        d = self.dialog
        session = self._document.session
        pair, al = session.pair, session.alignment
        if d is None or pair is None or (d.course.key == "metric" and al is None):
            return None
        tell = self._begin()

        def cycle(monitor: Monitor) -> Encoder:
            from syncline import learn_embedding

            def live(e: CycleEpoch) -> None:
                tell((e.epoch, e.loss, e.tau))

            return learn_embedding(pair, features=session.recipe.features, params=params, monitor=monitor, live=live)

        def metric(monitor: Monitor) -> Correction:
            from syncline import learn_metric

            def live(e: MetricEpoch) -> None:
                tell((e.epoch, e.loss, float("nan")))

            assert al is not None
            return learn_metric(al, params, monitor=monitor, live=live)

        job = self._jobs.submit(d.course.title, cycle if d.course.key == "cycle" else metric)
        outcome = _cycle_outcome if d.course.key == "cycle" else _metric_outcome
        memory = self.tr("There is not enough memory to learn; use fewer rows or dimensions.")
        return self._follow(job, lambda d, found: d.show_outcome(outcome(self, found)), memory)

    def ask_where(self, encoder: Encoder) -> None:
        """Ask for the file to write an encoder to."""
        title, patterns = self.tr("Save the encoder"), self.tr("Encoders (*.npz)")
        self._ask_file(title, patterns, "npz", lambda path: self.save(encoder, path))

    def save(self, encoder: Encoder, path: str) -> Job:
        """Write an encoder to a file."""

        def work(_monitor: Monitor) -> None:
            from syncline import save_encoder

            save_encoder(encoder, path)

        return self._operations.run(self.tr("Saving the encoder"), work, lambda _: None)

    # -- using -------------------------------------------------------------------------------------

    def use(self, encoder: Encoder) -> Job | None:
        """Keep an encoder in the project, compare by it and align: one step."""
        from syncline import learned_recipe

        features = learned_recipe(encoder)

        def prepare(session: Session) -> Session:
            return replace(session.with_encoder(encoder), recipe=_with(session, features))

        return self._operations.align(prepare, self.tr("Use %1").replace("%1", encoder.label))


def with_newest(session: Session, recipe: Recipe) -> Recipe:
    """A recipe whose feature ``learned`` takes the project's newest encoder where it names none."""
    if not session.encoders or all(t.name != "learned" for t in recipe.features.terms):
        return recipe
    from syncline.features.learned import LearnedParams

    newest = LearnedParams(session.encoders[-1].digest)
    terms = tuple(
        replace(t, params=newest) if t.name == "learned" and t.params in (None, LearnedParams()) else t
        for t in recipe.features.terms
    )
    return replace(recipe, features=replace(recipe.features, terms=terms))


def _with(session: Session, features: Any) -> Recipe:
    """The recipe in hand, comparing by other features; what learns by itself is left for what only aligns."""
    recipe = session.recipe
    if recipe.method in ("tcc", "auto"):
        return Recipe(features, "dtw", None)
    return replace(recipe, features=features)


def _cycle_outcome(speaks: QObject, encoder: Encoder) -> Outcome:
    from .dialogs.learn_encoder import Outcome

    f, tr = encoder.figures, speaks.tr
    figures = (
        Figure(tr("Kendall's τ"), f"{f['tau']:.3f}", tr("1: nearest neighbours run with time, both ways")),
        Figure(
            tr("Come back to themselves"),
            f"{100 * f['consistent']:.0f} %",
            tr("Moments, by way of the other recording"),
        ),
        Figure(tr("Loss"), f"{f['loss']:.4g}"),
        Figure(tr("Best epoch"), f"{f['best_epoch']:g}", tr("Its weights were kept; the dashed line marks it")),
    )
    words = (
        "" if encoder.notes else tr("Nothing speaks against it: it runs with time, and does not merely count frames.")
    )
    if not encoder.notes and "content" not in f:
        words = tr("It runs with time. Whether it merely counts frames was not checked.")
    return Outcome(encoder, figures, sentence=words, doubts=encoder.notes)


def _metric_outcome(speaks: QObject, lesson: Correction) -> Outcome:
    from .dialogs.learn_encoder import Outcome

    tr = speaks.tr
    nearer, farther = int((lesson.after < lesson.before).sum()), int((lesson.after > lesson.before).sum())
    figures = (
        Figure(
            tr("Held-out anchors missed by"),
            f"{lesson.before.mean() * 1000:.0f} ms",
            tr("With the features as they are"),
        ),
        Figure(tr("With what was learned"), f"{lesson.after.mean() * 1000:.0f} ms"),
        Figure(
            tr("Nearer, farther"), f"{nearer}, {farther}", tr("Of %1 anchors").replace("%1", str(len(lesson.before)))
        ),
        Figure(
            tr("Off a curve through all by"),
            " → ".join(f"{x * 1000:.0f}" for x in lesson.strayed) + " ms",
            tr("Between the anchors, before and after; a smooth curve knows nothing of features"),
        ),
    )
    return Outcome(lesson.encoder, figures, lesson.helps, lesson.sentence)
