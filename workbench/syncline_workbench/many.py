"""Several recordings on one clock: opens them, aligns them in a job, writes the table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from syncline.model import Media
from syncline.progress import Monitor

from .dialog_job import DialogJob, front
from .settings import Settings

if TYPE_CHECKING:
    from syncline import Together

    from .dialogs.together import TogetherDialog
    from .document import Document
    from .jobs import Job
    from .operations import Operations

__all__ = ["ManyRecordings"]


class ManyRecordings(DialogJob["TogetherDialog"]):
    """One dialog and one job at a time."""

    def __init__(self, document: Document, operations: Operations, settings: Settings, window: QWidget) -> None:
        super().__init__(window)
        self._document, self._operations, self._settings = document, operations, settings

    def close(self) -> None:
        """Stop what runs and let go of files; for the end of the window."""
        if self.dialog is not None:
            self.dialog.reject()

    def open(self) -> None:
        """Show the dialog, with A and B in it, or bring it to the front."""
        if self.dialog is None:
            from .dialogs.together import TogetherDialog

            cache = self._settings.frame_cache_mb << 20
            self.dialog = d = TogetherDialog(self._operations.jobs, cache, self._window)
            d.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            d.add_requested.connect(self.ask_files)
            d.align_requested.connect(self.align)
            d.stop_requested.connect(self.stop)
            d.save_requested.connect(self.ask_where)
            d.finished.connect(lambda _code: self._closed())
            s = self._document.session
            d.show_media([m for m in (s.a, s.b) if m is not None])
        front(self.dialog)

    def _closed(self) -> None:
        self.stop()
        self.dialog = None

    def ask_files(self) -> None:
        """Ask which recordings, several at a time."""
        asks = QFileDialog(self.dialog or self._window, self.tr("Choose recordings"))
        asks.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        asks.setFileMode(QFileDialog.FileMode.ExistingFiles)
        asks.filesSelected.connect(self.open_files)
        asks.open()

    def open_files(self, paths: list[str]) -> Job:
        """Open these in the place of those that are shown."""

        def work(monitor: Monitor) -> list[Media]:
            from syncline import open_media

            share = 1 / len(paths)
            return [
                open_media(path, monitor=monitor.part(k * share, (k + 1) * share, Path(path).name))
                for k, path in enumerate(paths)
            ]

        return self._run(self.tr("Opening recordings"), work, lambda d, media: d.show_media(media))

    def align(self, media: list[Media], reference: int | str, method: str, moments: list[list[float]]) -> Job:
        """Lay them on one clock that keeps to these moments."""
        budget = self._operations.budget
        recipe = self._document.session.recipe

        def work(monitor: Monitor) -> Together:
            from syncline import align_many

            return align_many(
                media,
                reference=reference,
                features=recipe.features,
                method=method,
                moments=moments,
                budget=budget,
                monitor=monitor,
            )

        job = self._run(self.tr("Aligning recordings"), work, lambda d, together: d.show_together(together))
        job.progressed.connect(lambda: self._tell(job, lambda d: d.show_progress(job.label, job.fraction)))
        job.ended.connect(lambda: self._ended(job))
        if self.dialog is not None:
            self.dialog.set_running(True)
        return job

    def _run(self, title: str, work: Callable[[Monitor], Any], show: Callable[[TogetherDialog, Any], None]) -> Job:
        self.stop()
        job = self._operations.jobs.submit(title, work)
        self._job = job
        job.succeeded.connect(lambda found: self._tell(job, lambda d: show(d, found)))
        memory = self.tr("There is not enough memory for this; take fewer or shorter recordings.")
        job.failed.connect(lambda error: self._fail(job, error, memory))
        return job

    def ask_where(self, together: Together) -> None:
        """Ask for the file to write the table to."""
        title, patterns = self.tr("Save the table"), self.tr("Tables (*.csv)")
        self._ask_file(title, patterns, "csv", lambda path: self.save(together, path))

    def save(self, together: Together, path: str) -> Job:
        """Write the table."""

        def work(_monitor: Monitor) -> str:
            from syncline import save_together

            return str(save_together(together, path))

        return self._operations.run(self.tr("Saving the table"), work, self._operations.exported.emit)
