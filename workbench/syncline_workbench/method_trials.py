"""Try other methods: judged by the anchors in a job; one that meets them better is laid beside, in one step."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from syncline import MethodTrial
    from syncline.model import Alignment, Session
    from syncline.progress import Monitor

    from .main_window import MainWindow

__all__ = ["MethodTrials"]


class MethodTrials(QObject):
    """One trial at a time; what the last one found without anchors is kept for the next."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._trying = False
        self._known: tuple[Alignment, MethodTrial] | None = None
        window.actions_["try_methods"].triggered.connect(lambda _on=False: self.try_them())

    def try_them(self) -> None:
        """Hold other methods against the anchors of the active alignment."""
        asked = self._window.document.session.alignment
        if asked is None or asked.path is None or self._trying:
            return
        known = None if self._known is None or not _alike(self._known[0], asked) else self._known[1]

        def work(monitor: Monitor) -> MethodTrial:
            from syncline import try_methods

            return try_methods(asked, known=known, monitor=monitor)

        self._trying = True
        job = self._window.operations.run(self.tr("Trying other methods"), work, lambda trial: self._take(asked, trial))
        job.ended.connect(self._ended)

    def _ended(self) -> None:
        self._trying = False

    def _take(self, asked: Alignment, trial: MethodTrial) -> None:
        w = self._window
        self._known = asked, trial
        w.say(trial.sentence)
        found, now = trial.alignment, w.document.session.alignment
        if found is None:
            return
        if now is None or now.id != asked.id or now.constraints is not asked.constraints:
            w.say(self.tr("The anchors were changed meanwhile; try other methods again."))
            return
        recipe = found.recipe

        def prepare(session: Session) -> Session:
            return replace(session, recipe=recipe)

        job = w.operations.align(prepare, self.tr("Use %1").replace("%1", trial.best))
        if job is not None:
            # Once more when the new path is there, whose own message would hide it.
            job.ended.connect(lambda: w.say(trial.sentence))


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
