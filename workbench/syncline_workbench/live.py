"""Re-solving under the hand: the newest position wins, older questions are dropped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from syncline.errors import Infeasible, SynclineError
from syncline.model import Alignment, Constraints
from syncline.progress import Monitor

from .jobs import Job, Jobs

__all__ = ["LiveSolver"]

Solve = Callable[[Alignment, Constraints, Monitor], Alignment]


class LiveSolver(QObject):
    """Solves on one worker of its own, at most one question at a time and one waiting.

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
        self._jobs = Jobs(self, workers=1)
        self._busy: Job | None = None
        self._waiting: tuple[Alignment, Constraints] | None = None
        self._base: Alignment | None = None

    def ask(self, alignment: Alignment, constraints: Constraints) -> None:
        """Solve `alignment` under `constraints`; a question that is still waiting is replaced."""
        self._waiting = (alignment, constraints)
        if self._busy is None:
            self._next()

    def stop(self) -> None:
        """Drop the waiting question, and the answer to the one being solved."""
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
        alignment, constraints = self._waiting
        self._waiting = None
        # What the last answer solved is nearer to the next question than the state before the drag.
        if self._base is not None and self._base.id == alignment.id and self._base.features_a is alignment.features_a:
            alignment = replace(alignment, path=self._base.path)
        job = self._jobs.submit(self.tr("Solving"), lambda m: self._solve(alignment, constraints, m), quiet=True)
        job.succeeded.connect(self._solved)
        job.failed.connect(lambda error: self._failed(constraints, error))
        job.ended.connect(self._ended)
        self._busy = job

    def _solved(self, alignment: Alignment) -> None:
        self._base = alignment
        self.answered.emit(alignment)

    def _failed(self, constraints: Constraints, error: BaseException) -> None:
        if not isinstance(error, SynclineError):
            raise error
        if isinstance(error, Infeasible) or self._waiting is None:
            self.refused.emit(constraints, str(error))

    def _ended(self) -> None:
        self._busy = None
        self._next()
