"""Puts every step of the document into the recovery journal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal

from syncline.model import Session
from syncline.project import JournalWriter, Record

from .document import Document

__all__ = ["Journal"]


class Journal(QObject):
    """Listens to a document; a thread of its own writes.

    On the GUI thread only references to sessions are gathered: a session never changes, so the writer may read it
    whenever it gets there.

    Parameters
    ----------
    project
        The project file the document was opened from, None if it was never saved.
    folder
        Where journals lie; by default in the state folder.
    """

    acknowledged = Signal(int)
    """The step with that serial is on disk."""
    failed = Signal(str)
    """The last steps are in memory only: one sentence, once until it works again."""
    pending_changed = Signal()
    """`pending` turned from False to True or back; the title shows it."""
    _arrived = Signal(int, int, str)

    def __init__(
        self,
        document: Document,
        project: Path | None = None,
        parent: QObject | None = None,
        folder: Path | None = None,
    ) -> None:
        super().__init__(parent)
        self.project = project
        """Set before `Document.reset` when another project is opened."""
        self._document = document
        self._digest = ""
        self._written: dict[int, Session] = {}
        self._sent = self._heard = 0
        self._trouble = ""
        self._arrived.connect(self._hear, Qt.ConnectionType.QueuedConnection)
        self._writer: JournalWriter | None = JournalWriter(self._arrived.emit, folder)
        document.stepped.connect(self._take)

    @property
    def pending(self) -> bool:
        """True while a step is in memory only."""
        return self._heard < self._sent or bool(self._trouble)

    def opened(self, project: Path | None, digest: str = "") -> None:
        """Say which project the next `Document.reset` opens, and the digest it was loaded with."""
        self.project, self._digest = project, digest

    def saved(self, project: Path, digest: str) -> None:
        """Say that `project` was saved (after `Document.mark_saved`); the journal begins anew from there."""
        self.project, self._digest = project, digest
        self._put([self._record("saved")])

    def flush(self, timeout: float = 10.0) -> bool:
        """Wait until every step so far was tried; for tests and the end of the program."""
        return self._writer is None or self._writer.flush(timeout)

    def close(self, delete: bool = True) -> None:
        """Stop; by default remove the journal, since the document is closed in order."""
        if self._writer is not None:
            self._document.stepped.disconnect(self._take)
            writer, self._writer = self._writer, None
            writer.close(delete)

    def _record(self, kind: str) -> Record:
        document = self._document
        step = document.steps[document.position]
        return Record(
            kind,  # pyright: ignore[reportArgumentType]
            step.serial,
            step.label,
            step.session,
            self.project,
            self._digest,
            not document.dirty,
        )

    def _take(self, why: str) -> None:
        steps = self._document.steps
        if why == "complete":
            records = [
                Record("complete", s.serial, s.label, s.session, self.project, self._digest)
                for s in steps
                if self._written.get(s.serial) is not s.session
            ]
        else:
            records = [self._record(why)]
        self._written = {s.serial: s.session for s in steps}
        self._put(records)

    def _put(self, records: list[Record]) -> None:
        if self._writer is None:
            return
        before = self.pending
        self._writer.put(replace(r, number=self._sent + k) for k, r in enumerate(records, 1))
        self._sent += len(records)
        if self.pending != before:
            self.pending_changed.emit()

    def _hear(self, number: int, serial: int, sentence: str) -> None:
        before = self.pending
        if sentence:
            news = not self._trouble
            self._trouble = sentence
            if news:
                self.failed.emit(sentence)
        else:
            self._heard = number
            self._trouble = ""
            self.acknowledged.emit(serial)
        if self.pending != before:
            self.pending_changed.emit()
