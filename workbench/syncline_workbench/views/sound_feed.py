"""The sound of a recording for the rows that show it: surveyed once, finer parts on demand."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from syncline.errors import SynclineError
from syncline.model import Media
from syncline.signal_tiles import SoundTiles

from ..jobs import Job, Jobs

__all__ = ["SoundFeed"]

LONG = 1200.0
"""Seconds from which on the survey shows in the jobs bar."""


class SoundFeed(QObject):
    """Goes through a recording's sound in a job and says how far it is."""

    grew = Signal(float, float)
    """More is known: from one second to another."""
    failed = Signal(str)

    def __init__(self, media: Media, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.tiles, self.jobs, self.media = SoundTiles(media), jobs, media
        self.done = False
        self._known = 0
        self._job: Job | None = jobs.submit(
            self.tr("Drawing %1").replace("%1", media.name), self.tiles.survey, quiet=media.duration < LONG
        )
        self._job.progressed.connect(self._grow)
        self._job.succeeded.connect(self._finish)
        self._job.failed.connect(self._fail)
        self._job.ended.connect(self._forget)

    def _grow(self) -> None:
        known = self.tiles.wave.known
        if known > self._known and self._job is not None:
            start, self._known = self._known, known
            rate, first = self.tiles.rate, self.tiles.start
            self.grew.emit(first + start / rate, first + known / rate)

    def _finish(self, _answer: object) -> None:
        if self._job is not None:
            self.done = True
            self.grew.emit(self.tiles.start, self.tiles.end)

    def _fail(self, error: BaseException) -> None:
        if self._job is None:
            return
        if not isinstance(error, SynclineError):
            raise error
        self.failed.emit(str(error))

    def _forget(self) -> None:
        self._job = None

    def close(self) -> None:
        """Stop reading."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
