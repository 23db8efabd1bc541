"""What rows show and have to compute first: pieces made one after the other in a quiet job, the newest wish wins."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from PySide6.QtCore import QObject, Qt, Signal

from syncline.errors import SynclineError
from syncline.progress import Monitor

from ..jobs import Job, Jobs

__all__ = ["Feed", "Source"]


class Source(Protocol):
    """Makes pieces."""

    def open(self) -> AbstractContextManager[Any]:
        """What `compute` reads from."""
        ...

    def compute(self, key: Any, reader: Any, monitor: Monitor) -> object:
        """Make the piece `key`, on a worker, and keep it or return it."""
        ...


class Feed(QObject):
    """Computes what is wanted of a `Source`, in the order it is wanted; what is wanted no more is dropped."""

    arrived = Signal(object)
    """A piece was made: its key."""
    made = Signal(object, object)
    """The same, with what `Source.compute` returned."""
    failed = Signal(str)
    """A sentence: why nothing more comes."""
    _tick = Signal(object, object)

    def __init__(self, jobs: Jobs, title: str, source: Source, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs, self._title, self._source = jobs, title, source
        self._job: Job | None = None
        self._lock = threading.Lock()
        self._wanted: list[Hashable] = []
        self._closed = False
        self._tick.connect(self._announce, Qt.ConnectionType.QueuedConnection)

    def want(self, keys: Sequence[Hashable]) -> None:
        """Make these next, in this order, instead of what was wanted before."""
        with self._lock:
            self._wanted = list(keys)
        self._go_on()

    @property
    def idle(self) -> bool:
        """True while nothing is being computed."""
        return self._job is None

    def close(self) -> None:
        """Stop; nothing is heard any more."""
        self._closed = True
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _go_on(self) -> None:
        if self._closed or self._job is not None or not self._wanted:
            return
        job = self._job = self._jobs.submit(self._title, self._fill, quiet=True)
        job.failed.connect(self._fail)
        job.ended.connect(lambda: self._end(job))

    def _fill(self, monitor: Monitor) -> None:
        with self._source.open() as reader:
            while True:
                with self._lock:
                    if not self._wanted:
                        return
                    key = self._wanted.pop(0)
                self._tick.emit(key, self._source.compute(key, reader, monitor))

    def _announce(self, key: object, answer: object) -> None:
        if not self._closed:
            self.made.emit(key, answer)
            self.arrived.emit(key)

    def _end(self, job: Job) -> None:
        if self._job is job:
            self._job = None
            self._go_on()

    def _fail(self, error: BaseException) -> None:
        if self._closed:
            return
        # The file would be as unreadable at the next wish.
        self._closed = True
        if not isinstance(error, SynclineError):
            raise error
        self.failed.emit(str(error))
