"""Other methods, judged by the anchors in a job: tried when asked for, and by Check next; a better one is one step."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from .catalogue import method_title
from .document import Change

if TYPE_CHECKING:
    from collections.abc import Callable

    from syncline import MethodTrial
    from syncline.model import Alignment, Session
    from syncline.progress import Monitor

    from .main_window import MainWindow

__all__ = ["MethodTrials"]


class MethodTrials(QObject):
    """One trial at a time; what the last one found without anchors is kept for the next."""

    offered = Signal(str, str)
    """The title of a method that is clearly better and a sentence that says so; both empty once that holds no more."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._trying = False
        self._known: tuple[Alignment, MethodTrial] | None = None
        self._offer: tuple[Alignment, MethodTrial] | None = None
        self._seen: Alignment | None = None
        """What Check next had tried last, or what could not be."""
        window.actions_["try_methods"].triggered.connect(lambda _on=False: self.try_them())
        window.document.changed.connect(self._on_changed)

    # -- when asked for ----------------------------------------------------------------------------

    def try_them(self) -> None:
        """Hold other methods against the anchors of the active alignment, and use the one that is better."""
        if self._offer is not None:
            self._use(*self._offer)
            return
        asked = self._window.document.session.alignment
        if asked is not None and asked.path is not None:
            self._try(asked, lambda trial: self._take(asked, trial))

    def _take(self, asked: Alignment, trial: MethodTrial) -> None:
        self._window.say(trial.sentence)
        if trial.alignment is None:
            return
        if not self._stands(asked):
            self._window.say(self.tr("The anchors were changed meanwhile; try other methods again."))
            return
        self._use(asked, trial)

    def _use(self, asked: Alignment, trial: MethodTrial) -> None:
        """Align by the better method, as one step."""
        assert trial.alignment is not None
        w, recipe = self._window, trial.alignment.recipe
        if not self._stands(asked):
            return

        def prepare(session: Session) -> Session:
            return replace(session, recipe=recipe)

        job = w.operations.align(prepare, self.tr("Use %1").replace("%1", method_title(trial.best)))
        if job is not None:
            # Once more when the new path is there, whose own message would hide it.
            job.ended.connect(lambda: w.say(trial.sentence))

    # -- by Check next -----------------------------------------------------------------------------

    def check(self, go_on: Callable[[], None]) -> None:
        """Offer a better method if anchors that no trial has seen speak for one, else `go_on` to the places."""
        asked = self._window.document.session.alignment
        if asked is None or not self._new(asked):
            go_on()
            return

        def take(trial: MethodTrial) -> None:
            if self._stands(asked) and trial.alignment is not None:
                self._offer = asked, trial
                sentence = self._sentence(trial)
                self.offered.emit(method_title(trial.best), sentence)
                self._window.say(sentence)

        def ended() -> None:
            # Cancelled, failed or no better: the places come as ever.
            if self._stands(asked):
                self._seen = asked
                if self._offer is None:
                    go_on()

        self._try(asked, take, ended)

    def _new(self, al: Alignment) -> bool:
        """True if there are two anchors or more, and a path for them, that no trial has seen."""
        from syncline._rivals import LEAST_ANCHORS, judged_by

        ready = al.path is not None and al.solved in (None, al.constraints) and not self._trying
        seen = self._seen is not None and self._seen.id == al.id and self._seen.constraints is al.constraints
        return ready and not seen and judged_by(al) >= LEAST_ANCHORS

    def _sentence(self, trial: MethodTrial) -> str:
        count, (near, far) = len(trial.missed[trial.own]), (trial.missed[m].max() for m in (trial.best, trial.own))
        if trial.frame is None:
            words = self.tr("%1 meets your %2 anchors within %3 ms, %4 misses them by up to %5: use it.")
            figures = f"{near * 1000:.0f}", f"{far * 1000:.0f}"
        else:
            words = self.tr("%1 meets your %2 anchors within %3 frames, %4 misses them by up to %5: use it.")
            figures = f"{near / trial.frame:.1f}", f"{far / trial.frame:.0f}"
        parts = method_title(trial.best), str(count), figures[0], method_title(trial.own), figures[1]
        for k, part in enumerate(parts, 1):
            words = words.replace(f"%{k}", part)
        return words

    def _on_changed(self, change: Change) -> None:
        """Take an offer back that is not for what is shown now."""
        touched = change & (Change.INPUTS | Change.ALIGNMENTS | Change.CONSTRAINTS | Change.PATH | Change.FEATURES)
        if touched and self._offer is not None and not self._stands(self._offer[0]):
            self._offer = self._seen = None
            self.offered.emit("", "")

    # -- either ------------------------------------------------------------------------------------

    def _try(
        self, asked: Alignment, take: Callable[[MethodTrial], None], ended: Callable[[], None] = lambda: None
    ) -> None:
        if self._trying:
            return
        known = None if self._known is None or not _alike(self._known[0], asked) else self._known[1]

        def work(monitor: Monitor) -> MethodTrial:
            from syncline import try_methods

            return try_methods(asked, known=known, monitor=monitor)

        def done(trial: MethodTrial) -> None:
            self._known = asked, trial
            take(trial)

        def over() -> None:
            self._trying = False
            ended()

        self._trying = True
        self._window.operations.run(self.tr("Trying other methods"), work, done).ended.connect(over)

    def _stands(self, asked: Alignment) -> bool:
        """True if the alignment in hand and its anchors are still those."""
        now = self._window.document.session.alignment
        return now is not None and now.id == asked.id and now.constraints is asked.constraints


def _alike(one: Alignment, other: Alignment) -> bool:
    """True if what was found without anchors holds for both."""
    c, d = one.constraints, other.constraints
    same = (c.locks, c.forbidden) == (d.locks, d.forbidden) and _jumps(one) == _jumps(other)
    known, asked = (x.resolved or x.recipe for x in (one, other))
    methods = known.method != asked.method or known.params == asked.params
    sides = one.features_a is not None and one.features_a is other.features_a and one.features_b is other.features_b
    return same and methods and sides


def _jumps(alignment: Alignment) -> list[object]:
    return [x for x in alignment.constraints.anchors if x.kind != "warp"]
