"""Where the document lies on disk: opening, saving, the lock, the journal, restoring after a crash, moved media."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from syncline.errors import SynclineError
from syncline.model import Pair, Session

from .document import Document
from .jobs import Job
from .journal import Journal
from .operations import Operations

if TYPE_CHECKING:
    from syncline.progress import Monitor
    from syncline.project import Loaded, Problem, ProjectLock, Recovered, Recovery

__all__ = ["Projects"]


class Projects(QObject):
    """The project file of one document.

    Attributes
    ----------
    path
        Where it was opened from or saved to, None if neither.
    read_only
        Why it can't be saved under this name, empty if it can.
    """

    saved = Signal(str)
    opened = Signal(str)
    problems_found = Signal(object)
    """Tuple of `syncline.project.Problem`: what is not as it was saved."""
    side_problem = Signal(str, str)
    """Side and what is wrong with its file; "" where nothing is."""
    recording_problem = Signal(int, str)
    """Id of a recording and what is wrong with its file; "" where nothing is."""
    other_content = Signal(object, object, object)
    """The `Media` a project knows, the one that was located, and what to call to take it all the same."""
    recoverable = Signal(object)
    """List of `syncline.project.Recovery`: work that a crashed program left."""
    changed = Signal()
    """`path`, `read_only` or whether the last steps are on disk."""

    def __init__(
        self,
        document: Document,
        operations: Operations,
        parent: QObject | None = None,
        journal_folder: Path | None = None,
    ) -> None:
        super().__init__(parent)
        self._document, self._operations = document, operations
        self._folder = journal_folder
        self.path: Path | None = None
        self.read_only = ""
        self._expected: dict[str, str] = {}
        """Digests that the files of the sides had when the project was saved, where they have others now."""
        self._lock: ProjectLock | None = None
        self.journal = Journal(document, None, self, journal_folder)
        self.journal.failed.connect(operations.notice)
        self.journal.pending_changed.connect(self.changed)

    def close(self, keep_journal: bool = False) -> None:
        """Give the lock back and end the journal; for the end of the window."""
        self.journal.close(delete=not keep_journal)
        self._hold(None)

    def _hold(self, lock: ProjectLock | None) -> None:
        if self._lock is not None and self._lock is not lock:
            self._lock.release()
        self._lock = lock

    # -- beginning ---------------------------------------------------------------------------------

    def new(self) -> None:
        """Begin an empty project."""
        self._begin(Session(), None, None, "", self.tr("New"), saved=True)

    def open_demo(self) -> None:
        """Open the two clips that come along, with their truth, and align them."""

        def work(monitor: Monitor) -> Pair:
            from syncline import pipeline
            from syncline_resources import demo_paths

            a, b, truth = demo_paths()
            return pipeline.open_pair(a, b, truth, monitor=monitor)

        def done(pair: Pair) -> None:
            session = Session(a=pair.a, b=pair.b, truth=pair.truth)
            self._begin(session, None, None, "", self.tr("Open the demo"), saved=True)
            self._operations.align()

        self._operations.run(self.tr("Opening the demo"), work, done)

    def open_project(self, path: str) -> None:
        """Open a saved project; read-only if another window holds it."""

        def work(monitor: Monitor) -> tuple[Loaded, ProjectLock, str]:
            from syncline.project import ProjectLock, load_project

            mine = self._lock is not None and self._lock.project == ProjectLock(path).project
            lock = self._lock if mine and self._lock is not None else ProjectLock(path)
            refused = lock.acquire() or ""
            try:
                return load_project(path, monitor), lock, refused
            except BaseException:
                if not mine:
                    lock.release()
                raise

        def done(answer: tuple[Loaded, ProjectLock, str]) -> None:
            loaded, lock, refused = answer
            label = self.tr("Open %1").replace("%1", loaded.path.name)
            self._begin(loaded.session, loaded.path, lock, loaded.digest, label, saved=True, refused=refused)
            self.opened.emit(str(loaded.path))
            self._tell(loaded.problems)
            if refused:
                self._operations.failed.emit(refused)

        self._operations.run(self.tr("Opening %1").replace("%1", Path(path).name), work, done)

    def _begin(
        self,
        session: Session,
        path: Path | None,
        lock: ProjectLock | None,
        digest: str,
        label: str,
        saved: bool,
        refused: str = "",
    ) -> None:
        self.path, self.read_only = path, refused
        self._hold(lock)
        self.journal.opened(path, digest)
        self._document.reset(session, label, saved)
        self.changed.emit()

    # -- saving ------------------------------------------------------------------------------------

    def save(self, target: str) -> Job | None:
        """Write the document to `target`; None if that is refused."""
        path = Path(target)
        again = self.path is not None and path.resolve() == self.path.resolve()
        if again and self.read_only:
            self._operations.failed.emit(self.read_only + " " + self.tr("Save it under another name."))
            return None
        session, serial = self._document.session, self._document.serial

        def work(monitor: Monitor) -> tuple[str, ProjectLock | None]:
            from syncline.errors import ProjectError
            from syncline.project import ProjectLock, save_project

            lock = None
            if not again:
                lock = ProjectLock(path)
                refused = lock.acquire()
                if refused is not None and path.exists():
                    raise ProjectError(refused)
            try:
                return save_project(session, path, monitor), lock
            except BaseException:
                if lock is not None:
                    lock.release()
                raise

        def done(answer: tuple[str, ProjectLock | None]) -> None:
            digest, lock = answer
            if lock is not None:
                self._hold(lock)
            self.path, self.read_only = path, ""
            self._document.mark_saved(serial, session)
            self.journal.saved(path, digest)
            self.changed.emit()
            self.saved.emit(str(path))

        return self._operations.run(self.tr("Saving %1").replace("%1", path.name), work, done)

    # -- moved media -------------------------------------------------------------------------------

    def _tell(self, problems: tuple[Problem, ...]) -> None:
        self._expected = {}
        session = self._document.session
        for side, media in (("a", session.a), ("b", session.b)):
            mine = [p for p in problems if p.media is not None and p.media is media]
            self.side_problem.emit(side, mine[0].sentence if mine else "")
            if mine:
                self._expected[side] = mine[0].expected
        for recording in session.recordings:
            mine = [p for p in problems if p.media is not None and p.media is recording.media]
            self.recording_problem.emit(recording.id, mine[0].sentence if mine else "")
        if problems:
            self.problems_found.emit(problems)

    def relocate(self, side: str, path: str) -> None:
        """Say where the file of a side is now; asks first if its content is not what the project knows."""
        session = self._document.session
        old = session.a if side == "a" else session.b
        if old is None:
            return
        expected = self._expected.get(side) or old.digest

        def work(monitor: Monitor) -> Session:
            from syncline.project import relocate

            return relocate(session, old, path, monitor, expected)

        def take(found: Session) -> None:
            if self._document.session is session:
                self._document.replace(found, self.tr("Locate %1").replace("%1", old.name))
                self.side_problem.emit(side, "")
            else:
                self._operations.notice.emit(self.tr("The project was changed meanwhile; locate the file again."))

        def done(found: Session) -> None:
            new = found.a if side == "a" else found.b
            if new is not None and new.digest != expected:
                self.other_content.emit(old, new, lambda: take(found))
            else:
                take(found)

        self._operations.run(self.tr("Looking at %1").replace("%1", Path(path).name), work, done)

    # -- after a crash -----------------------------------------------------------------------------

    def look_for_recoverable(self) -> None:
        """Look for work that a crashed program left; `recoverable` answers."""

        def work(_monitor: Monitor) -> Any:
            from syncline.project import find_recoverable

            return find_recoverable(self._folder)

        def done(found: list[Recovery]) -> None:
            if found:
                self.recoverable.emit(found)

        self._quietly(self.tr("Looking for unsaved work"), work, done)

    def restore(self, recovery: Recovery) -> None:
        """Bring back what a journal holds."""

        def work(monitor: Monitor) -> Recovered:
            from syncline.project import recover

            return recover(recovery, monitor)

        def done(answer: Recovered) -> None:
            self._begin(answer.session, answer.project, None, "", self.tr("Restore"), saved=False)
            serial = self._document.serial

            def written(number: int) -> None:
                # Only now is it safe in our own journal.
                if number == serial:
                    self.journal.acknowledged.disconnect(written)
                    recovery.done()

            self.journal.acknowledged.connect(written)
            if answer.note:
                self._operations.notice.emit(answer.note)
            self._tell(answer.problems)
            if answer.project is not None:
                self._take_lock(answer.project)

        self._operations.run(self.tr("Restoring"), work, done)

    def _take_lock(self, path: Path) -> None:
        def work(_monitor: Monitor) -> tuple[ProjectLock, str]:
            from syncline.project import ProjectLock

            lock = ProjectLock(path)
            return lock, lock.acquire() or ""

        def done(answer: tuple[ProjectLock, str]) -> None:
            lock, self.read_only = answer
            self._hold(lock)
            if self.read_only:
                self._operations.failed.emit(self.read_only)
            self.changed.emit()

        self._quietly(self.tr("Opening %1").replace("%1", path.name), work, done)

    def _quietly(self, title: str, work: Callable[[Monitor], Any], done: Callable[[Any], None]) -> None:
        job = self._operations.jobs.submit(title, work, quiet=True)
        job.succeeded.connect(done)
        job.failed.connect(self._failed)

    def _failed(self, error: BaseException) -> None:
        if not isinstance(error, (SynclineError, OSError)):
            raise error
        self._operations.notice.emit(str(error))
