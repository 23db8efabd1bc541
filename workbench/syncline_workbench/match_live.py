"""Questions of which only the newest counts: one is worked on, one may wait, older ones are dropped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from syncline.errors import SynclineError
from syncline.progress import Monitor

from .jobs import Job, Jobs

__all__ = ["Newest"]

Work = Callable[[Monitor], Any]


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
