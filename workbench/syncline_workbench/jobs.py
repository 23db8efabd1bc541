"""Long work off the GUI thread: a pool, progress, cancel, delivery on the GUI thread."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from syncline.errors import Cancelled
from syncline.progress import Estimate, Monitor

from .memory import give_back

__all__ = ["Job", "Jobs"]

_REST_MS = 1000
"""Without a job for so long, memory that they freed goes back to the system."""


class Job(QObject):
    """One piece of long work. Exactly one of `succeeded`, `failed`, `cancelled` fires, then `ended`.

    All signals fire on the GUI thread, after the code that submitted the job has returned to the event loop.
    """

    progressed = Signal()
    """`fraction` or `label` changed (at most 20 times a second)."""
    succeeded = Signal(object)
    failed = Signal(object)
    """The exception."""
    cancelled = Signal()
    ended = Signal()
    _arrived = Signal(str, object)
    _moved = Signal()

    def __init__(self, title: str, work: Callable[[Monitor], Any], quiet: bool, parent: QObject) -> None:
        super().__init__(parent)
        self.id = next(_ids)
        self.title = title
        self.quiet = quiet
        self.label, self.fraction = "", 0.0
        self.state = "waiting"
        self.monitor = Monitor(self._report)
        self._work = work
        self._estimate = Estimate()
        self._last = 0.0
        # Queued, so that a job that ends at once cannot fire before anyone listens.
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._moved.connect(self._announce, Qt.ConnectionType.QueuedConnection)

    def cancel(self) -> None:
        """Ask the job to stop; `cancelled` follows within a fraction of a second."""
        self.monitor.cancel()

    @property
    def remaining(self) -> float | None:
        """Estimated seconds left, None while there is no telling."""
        return self._estimate.left() if self.state == "running" else None

    @property
    def waits_for(self) -> str:
        """What holds the job up for an unknown time, loops being compiled, say; else nothing."""
        return self._estimate.waits_for() if self.state == "running" else ""

    def _report(self, label: str, fraction: float) -> None:
        self.label, self.fraction = label, fraction
        self._estimate.note(label, fraction)
        now = time.monotonic()
        if now - self._last > 0.05:
            self._last = now
            self._moved.emit()

    def _run(self) -> None:
        self.state, self._estimate = "running", Estimate()
        try:
            self.monitor.check()
            answer = self._work(self.monitor)
        except Cancelled:
            self._arrived.emit("cancelled", None)
        except BaseException as error:  # noqa: BLE001  (whatever happened belongs to whoever asked)
            self._arrived.emit("failed", error)
        else:
            self._arrived.emit("succeeded", answer)

    def _announce(self) -> None:
        if self.state == "running":
            self.progressed.emit()

    def _deliver(self, state: str, answer: Any) -> None:
        # A job asked to stop is never heard with an answer, even if the answer was on its way.
        self.state = "cancelled" if self.monitor.cancelled else state
        if self.state == "cancelled":
            self.cancelled.emit()
        elif self.state == "failed":
            self.failed.emit(answer)
        else:
            self.succeeded.emit(answer)
        self._work = _nothing
        self.ended.emit()


_ids = itertools.count(1)


def _nothing(_monitor: Monitor) -> None:
    """Stands in for finished work, so that what it held can go."""


class Jobs(QObject):
    """The pool. `changed` fires when a job is added, moves or ends."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None, workers: int = 3) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="job")
        self.active: list[Job] = []
        self._closed = False
        # Not after each of many small ones: the memory of one is the next one's.
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(lambda: None if self.active else self._pool.submit(give_back))

    def submit(self, title: str, work: Callable[[Monitor], Any], *, quiet: bool = False) -> Job:
        """Run ``work(monitor)`` on a worker.

        Parameters
        ----------
        title
            What the jobs bar shows.
        quiet
            True keeps short background work (thumbnails, tiles) out of the jobs bar.
        """
        job = Job(title, work, quiet, self)
        self.active.append(job)
        job.progressed.connect(self.changed)
        job.ended.connect(lambda: self._forget(job))
        self._pool.submit(job._run)
        self.changed.emit()
        return job

    def _forget(self, job: Job) -> None:
        self.active.remove(job)
        if not self.active and not self._closed:
            self._rest.start()
        self.changed.emit()
        job.deleteLater()

    def cancel_all(self) -> None:
        """Ask every job to stop."""
        for job in list(self.active):
            job.cancel()

    def close(self) -> None:
        """Stop everything and wait for the workers; for the end of the program and of tests."""
        self.cancel_all()
        self._rest.stop()
        self._closed = True
        self._pool.shutdown(wait=True, cancel_futures=True)
