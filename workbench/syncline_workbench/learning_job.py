"""A dialog of learning and its job: opened once what draws its curves is loaded, told of epochs as they come."""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from .dialog_job import DialogJob

if TYPE_CHECKING:
    from .dialogs.learning_sheet import LearningSheet
    from .document import Document
    from .jobs import Job, Jobs

__all__ = ["LearningJob"]

_EVERY = 0.05
"""Seconds between two drawings of the curves."""

D = TypeVar("D", bound="LearningSheet")


class LearningJob(DialogJob[D], Generic[D]):
    """One dialog and one training at a time; the user can go on with other things meanwhile."""

    _moved = Signal()

    def __init__(self, document: Document, jobs: Jobs, window: QWidget) -> None:
        super().__init__(window)
        self._document, self._jobs = document, jobs
        self._epochs: list[Any] = []
        self._told = 0.0
        self._opening = False
        self._moved.connect(self._draw, Qt.ConnectionType.QueuedConnection)

    def close(self) -> None:
        """Stop what runs; for the end of the window."""
        self.stop()

    def _open_soon(self, title: str, load: Callable[[], object], build: Callable[[], object]) -> None:
        """Build the dialog as soon as what it needs is loaded; once, however often it is asked for meanwhile."""
        if self._opening:
            return
        self._opening = True
        # Loading takes a tenth of a second and more, in which the window would be deaf; curves are drawn by pyqtgraph,
        # which nothing else here takes.
        job = self._jobs.submit(title, lambda _: (import_module("pyqtgraph"), load()), quiet=True)
        job.succeeded.connect(lambda _: build())
        job.ended.connect(self._opened)

    def _opened(self) -> None:
        self._opening = False

    def _begin(self) -> Callable[[Any], None]:
        """Stop what runs; where the epochs of what comes are to be told, from any thread."""
        self.stop()
        epochs: list[Any] = []
        self._epochs = epochs

        def tell(epoch: Any) -> None:
            epochs.append(epoch)
            now = time.monotonic()
            if now - self._told > _EVERY:
                self._told = now
                self._moved.emit()

        return tell

    def _follow(self, job: Job, answered: Callable[[D, Any], None], memory: str) -> Job:
        """Let the dialog follow a job to its end; `memory` is what to say where memory did not suffice."""
        self._job = job
        job.progressed.connect(lambda: self._tell(job, lambda d: d.show_progress(job.label, job.fraction)))
        job.succeeded.connect(lambda found: self._tell(job, lambda d: answered(d, found)))
        job.failed.connect(lambda error: self._fail(job, error, memory))
        job.ended.connect(lambda: self._ended(job))
        if self.dialog is not None:
            self.dialog.set_running(True)
        return job

    def _draw(self) -> None:
        if self.dialog is not None and self._job is not None and not self._job.monitor.cancelled:
            self.dialog.show_epochs(self._epochs)
