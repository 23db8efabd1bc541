"""A dialog and the long work it asks for: one of each at a time, and what comes too late goes nowhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from syncline.errors import SynclineError

if TYPE_CHECKING:
    from .jobs import Job

__all__ = ["DialogJob", "front"]


class _Working(Protocol):
    def set_running(self, running: bool) -> None: ...

    def show_trouble(self, sentence: str) -> None: ...


D = TypeVar("D", bound=_Working)


def front(dialog: QDialog) -> None:
    """Show a dialog, above whatever hides it."""
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()


class DialogJob(QObject, Generic[D]):
    """What whoever opens such a dialog inherits."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.dialog: D | None = None
        self._job: Job | None = None

    def stop(self) -> None:
        """Stop what runs; nothing is left of it."""
        if self._job is not None:
            self._job.cancel()

    def _tell(self, job: Job, what: Callable[[D], None]) -> None:
        if self.dialog is not None and self._job is job:
            what(self.dialog)

    def _fail(self, job: Job, error: BaseException, memory: str) -> None:
        """Show what went wrong; `memory` is what to say where memory did not suffice."""
        if not isinstance(error, (SynclineError, MemoryError)):
            raise error
        sentence = str(error) or memory
        self._tell(job, lambda d: d.show_trouble(sentence))

    def _ended(self, job: Job) -> None:
        self._tell(job, lambda d: d.set_running(False))
        if self._job is job:
            self._job = None

    def _ask_file(self, title: str, patterns: str, suffix: str, then: Callable[[str], object]) -> None:
        """Ask for a file to write, and go on with its path."""
        parent = self.dialog if isinstance(self.dialog, QWidget) else self._window
        where = QFileDialog(parent, title, "", patterns)
        where.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        where.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        where.setDefaultSuffix(suffix)
        where.fileSelected.connect(then)
        where.open()
