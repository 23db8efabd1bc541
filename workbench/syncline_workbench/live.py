"""Work of which only the newest counts: one question is worked on, one may wait, older ones are dropped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from syncline.errors import SynclineError
from syncline.model import Alignment, Constraints
from syncline.progress import Monitor

from .jobs import Job, Jobs

__all__ = ["LiveSolver", "Newest"]

Work = Callable[[Monitor], Any]
Solve = Callable[[Alignment, Constraints, Monitor], Alignment]


class Newest(QObject):
    """Works on one question at a time, on a worker of its own."""

    answered = Signal(object, object)
    """The question's key and its answer."""
    refused = Signal(object, str)
    """The question's key, and why there is no answer, in one sentence."""

    def __init__(self, title: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._title = title
        self._jobs = Jobs(self, workers=1)
        self._busy: Job | None = None
        self._key: object = None
        self._waiting: tuple[object, Work] | None = None

    @property
    def idle(self) -> bool:
        """True if nothing is asked."""
        return self._busy is None and self._waiting is None

    def ask(self, key: object, work: Work, urgent: bool = False) -> None:
        """Ask; a question that still waits is dropped, with `urgent` the one in work too."""
        self._waiting = (key, work)
        if self._busy is None:
            self._next()
        elif urgent:
            self._busy.cancel()

    def asks(self, key: object) -> bool:
        """True if that very question is being worked on or waits."""
        busy = self._busy is not None and not self._busy.monitor.cancelled and self._key is key
        return busy or (self._waiting is not None and self._waiting[0] is key)

    def stop(self) -> None:
        """Drop what waits, and the answer to what is worked on."""
        self._waiting = None
        if self._busy is not None:
            self._busy.cancel()

    def close(self) -> None:
        """Wait for the worker; for the end of the program."""
        self.stop()
        self._jobs.close()

    def _next(self) -> None:
        if self._waiting is None:
            return
        key, work = self._waiting
        self._waiting = None
        job = self._jobs.submit(self._title, work, quiet=True)
        job.succeeded.connect(lambda answer: self.answered.emit(key, answer))
        job.failed.connect(lambda error: self._failed(key, error))
        job.ended.connect(self._ended)
        self._busy, self._key = job, key

    def _failed(self, key: object, error: BaseException) -> None:
        if not isinstance(error, (SynclineError, MemoryError)):
            raise error
        self.refused.emit(key, str(error))

    def _ended(self) -> None:
        self._busy = self._key = None
        self._next()


class LiveSolver(QObject):
    """Re-solves an alignment under the hand: the newest position wins.

    Parameters
    ----------
    solve
        Runs on the worker; gives the alignment re-solved under the constraints.
    """

    answered = Signal(object)
    """The `Alignment`, solved under its constraints."""
    refused = Signal(object, str)
    """The `Constraints` that can't be obeyed, and why."""

    def __init__(self, solve: Solve, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._solve = solve
        self._newest = Newest(self.tr("Solving"), self)
        self._newest.answered.connect(self._answered)
        self._newest.refused.connect(self.refused)
        self._base: Alignment | None = None

    @property
    def idle(self) -> bool:
        """True if nothing is asked."""
        return self._newest.idle

    def ask(self, alignment: Alignment, constraints: Constraints) -> None:
        """Solve `alignment` under `constraints`; a question that is still waiting is replaced."""
        self._newest.ask(constraints, lambda m: self._solve(self._nearer(alignment), constraints, m))

    def stop(self) -> None:
        """Drop the waiting question, and the answer to the one being solved."""
        self._newest.stop()

    def close(self) -> None:
        """Wait for the worker; for the end of the program."""
        self._newest.close()

    def _nearer(self, alignment: Alignment) -> Alignment:
        # What the last answer solved is nearer to the next question than the state before the drag.
        base = self._base
        if base is not None and base.id == alignment.id and base.features_a is alignment.features_a:
            return replace(alignment, path=base.path)
        return alignment

    def _answered(self, _constraints: object, alignment: Alignment) -> None:
        self._base = alignment
        self.answered.emit(alignment)
