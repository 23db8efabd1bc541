"""Training a scorer from corrected links: asks, trains in a job, and puts the scorer to work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from syncline.errors import SynclineError
from syncline.model import MatchRecipe, Session, SimilarityTerm
from syncline.progress import Monitor

from .catalogue import methods
from .dialog_job import front
from .document import Change
from .learning_job import LearningJob
from .live import Newest

if TYPE_CHECKING:
    from syncline.learning import Epoch, Scorer
    from syncline.similarity.learned import Lessons

    from .dialogs.train_scorer import TrainDialog  # noqa: F401  (named in quotes below)
    from .document import Document
    from .jobs import Job, Jobs
    from .match_operations import MatchOperations

__all__ = ["MatchTraining", "with_learned", "with_newest"]


def _load() -> None:
    # Links are counted as soon as the dialog is there: loading what counts them would hold it up.
    for name in ("syncline.matching", "syncline.similarity.learned", "syncline_workbench.dialogs.train_scorer"):
        import_module(name)
    methods(import_module("syncline.learning").REGISTRY)


class MatchTraining(LearningJob["TrainDialog"]):
    """One training at a time, with its dialog, which lets the user go on with other things."""

    maps_requested = Signal(object)
    """The `Scorer` of an attention gate, to be seen at work."""

    def __init__(self, document: Document, operations: MatchOperations, jobs: Jobs, window: QWidget) -> None:
        super().__init__(document, jobs, window)
        self._operations = operations
        self._counting = Newest(self.tr("Counting corrected links"), self)
        self._counting.answered.connect(self._counted)
        document.changed.connect(self._changed)

    def close(self) -> None:
        super().close()
        self._counting.close()

    # -- asking ------------------------------------------------------------------------------------

    def open(self) -> None:
        """Show the dialog, or bring it to the front."""
        if self.dialog is not None:
            front(self.dialog)
        else:
            self._open_soon(self.tr("Opening training"), _load, self._build)

    def _build(self) -> None:
        from syncline import learning

        from .dialogs.train_scorer import TrainDialog

        self.dialog = d = TrainDialog(methods(learning.REGISTRY), self._window)
        d.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        d.train_requested.connect(self.train)
        d.stop_requested.connect(self.stop)
        d.use_requested.connect(self.use)
        d.maps_requested.connect(self.maps_requested)
        d.save_requested.connect(self.ask_where)
        d.finished.connect(self._closed)
        self._count()
        front(d)

    def _closed(self) -> None:
        self.dialog = None
        self.stop()

    def _changed(self, change: Change) -> None:
        if self.dialog is not None and change & (Change.SCENES | Change.MATCHES) and not self._document.previewing:
            self._count()

    def _count(self) -> None:
        session = self._document.session

        def work(_monitor: Monitor) -> Lessons:
            from syncline.matching import lessons_of

            found = lessons_of(session)
            # Counted here, not when it is drawn.
            _ = found.counts
            return found

        self._counting.ask(session, work)

    def _counted(self, _key: object, lessons: Lessons) -> None:
        if self.dialog is not None:
            self.dialog.show_lessons(lessons)

    # -- training ----------------------------------------------------------------------------------

    def train(self, method: str, params: Any) -> Job:
        """Train from what is corrected now; the dialog follows the loss."""
        live: Callable[[Epoch], None] = self._begin()
        session = self._document.session

        def work(monitor: Monitor) -> Scorer:
            from syncline.matching import learn

            scorer = learn(session, method, params, monitor=monitor, live=live)
            # Lists tell trainings apart by what they were from, and when.
            return replace(scorer, name=f"{scorer.label}, {datetime.now():%Y-%m-%d %H:%M}")

        job = self._jobs.submit(self.tr("Training a scorer"), work)
        memory = self.tr("There is not enough memory to train; use fewer dimensions or hidden units.")
        return self._follow(job, lambda d, scorer: d.show_scorer(scorer, tuple(job.monitor.warnings)), memory)

    def ask_where(self, scorer: Scorer) -> None:
        """Ask for the file to write a scorer to."""
        title, patterns = self.tr("Save the scorer"), self.tr("Scorers (*.npz)")
        self._ask_file(title, patterns, "npz", lambda path: self.save(scorer, path))

    def save(self, scorer: Scorer, path: str) -> Job:
        """Write a scorer to a file."""

        def work(_monitor: Monitor) -> None:
            from syncline.learning import save_scorer

            save_scorer(scorer, path)

        job = self._jobs.submit(self.tr("Saving the scorer"), work)
        job.failed.connect(self._not_saved)
        return job

    def _not_saved(self, error: BaseException) -> None:
        if not isinstance(error, (SynclineError, OSError)):
            raise error
        if self.dialog is not None:
            self.dialog.show_trouble(str(error))

    # -- using -------------------------------------------------------------------------------------

    def use(self, scorer: Scorer, weight: float) -> Job | None:
        """Keep a scorer, compare by it too, and match the unchecked pictures again: one step."""

        def prepare(session: Session) -> Session:
            recipe = with_learned(session, scorer, weight)
            return _without_unused(replace(session.with_scorer(scorer), match_recipe=recipe))

        session = self._document.session
        label = self.tr("Use %1").replace("%1", scorer.label)
        scenes = [s for s in session.scenes if not s.checked and s.phrases]
        if not scenes:
            self._document.replace(prepare(session), label)
            return None
        recipe = with_learned(session, scorer, weight)
        return self._operations.match_many(scenes, recipe, prepare=prepare, label=label)


def with_learned(session: Session, scorer: Scorer, weight: float) -> MatchRecipe:
    """The recipe in hand with a scorer as one of its sources, in the place of one of the same method."""
    from syncline.matching import DEFAULT_TERMS
    from syncline.similarity.learned import LearnedParams

    recipe = session.match_recipe
    others = {s.digest for s in session.scorers if s.method != scorer.method}
    kept = [t for t in recipe.terms or DEFAULT_TERMS if t.name != "learned" or _named(t) in others]
    term = SimilarityTerm("learned", weight, LearnedParams(scorer.digest))
    return replace(recipe, terms=(*kept, term))


def with_newest(session: Session, recipe: MatchRecipe) -> MatchRecipe:
    """A recipe whose source ``learned`` takes the project's newest scorer where it names none."""
    if not session.scorers:
        return recipe
    from syncline.similarity.learned import LearnedParams

    def filled(term: SimilarityTerm) -> SimilarityTerm:
        open_ = term.name == "learned" and term.params in (None, LearnedParams())
        return replace(term, params=LearnedParams(session.scorers[-1].digest)) if open_ else term

    return replace(recipe, terms=tuple(map(filled, recipe.terms)))


def _named(term: SimilarityTerm) -> str:
    """Digest of the scorer that a source takes, empty if it takes none of the project."""
    params = term.params
    return str(params.get("scorer", "") if isinstance(params, dict) else getattr(params, "scorer", ""))


def _without_unused(session: Session) -> Session:
    """Scorers that no recipe names any more go: undo brings them back."""
    recipes = [session.match_recipe, *(m.match.recipe for m in session.matchings)]
    named = {_named(t) for r in recipes for t in r.terms if t.name == "learned"}
    return replace(session, scorers=tuple(s for s in session.scorers if s.digest in named))
