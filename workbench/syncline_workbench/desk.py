"""Opens the dialogs, hands them what they need, and passes on what they answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QMessageBox, QWidget

from .catalogue import exporters

if TYPE_CHECKING:
    from syncline.model import Media
    from syncline.project import Problem, Recovery

    from .actions import Actions
    from .document import Document
    from .jobs import Jobs
    from .operations import Operations
    from .projects import Projects
    from .settings import Settings

__all__ = ["Desk"]


def key_rows(actions: Actions, workspace: str) -> list[tuple[str, str, str]]:
    """Menu, words and keys of every action; what only another workspace has comes last and says which."""
    form = QKeySequence.SequenceFormat.NativeText
    here: list[tuple[str, str, str]] = []
    elsewhere: list[tuple[str, str, str]] = []
    for spec, action in actions:
        group = actions.words(spec.menu.split("/")[0])
        keys = ", ".join(key.toString(form) for key in action.shortcuts())
        if spec.workspace in ("", workspace):
            here.append((group, actions.words(spec.text), keys))
        else:
            owner = actions.words(spec.workspace.capitalize())
            elsewhere.append((group if group == owner else f"{group} · {owner}", actions.words(spec.text), keys))
    return here + elsewhere


class Desk(QObject):
    """The dialogs of one window. None of them blocks: each is opened and answers by signal.

    Their modules are imported when first needed, which keeps the start short.
    """

    locate_requested = Signal(str)
    """The user wants to look for the file of a side once more."""

    def __init__(
        self,
        document: Document,
        operations: Operations,
        projects: Projects,
        jobs: Jobs,
        settings: Settings,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._document, self._operations, self._projects, self._jobs = document, operations, projects, jobs
        self._settings, self._window = settings, window

    def _show(self, dialog: QDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open() if dialog.isModal() else dialog.show()

    def warn(self, sentence: str) -> None:
        """Say what went wrong, in one sentence."""
        self._message(QMessageBox.Icon.Warning, sentence)

    def _message(self, icon: QMessageBox.Icon, words: str) -> None:
        box = QMessageBox(self._window)
        box.setIcon(icon)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle("Syncline")
        box.setText(words)
        self._show(box)

    def export(self) -> None:
        """Ask what to write and where."""
        from .dialogs.export import ExportDialog

        project = self._projects.path
        a = self._document.session.a
        stem = "alignment" if a is None else Path(a.name).stem
        if project is not None:
            stem = project.stem
        folder = self._settings.folder or str(Path.home() if a is None else a.path.parent)
        dialog = ExportDialog(exporters(), folder, stem, self._window)

        def requested(target: str, name: str, params: Any) -> None:
            self._settings.folder = str(Path(target).parent)
            self._operations.export(target, name, params)

        dialog.requested.connect(requested)
        self._show(dialog)

    def carry(self) -> None:
        """Ask which tiers of one side to carry to the other."""
        from syncline.tiers import SUFFIXES

        from .dialogs.carry import CarryDialog

        pair = self._document.session.pair
        if pair is None:
            return
        folder = self._settings.folder or str(pair.a.path.parent)
        dialog = CarryDialog(pair.a.name, pair.b.name, folder, SUFFIXES, self._window)

        def requested(source: str, to: str, target: str) -> None:
            self._settings.folder = str(Path(target).parent)
            self._operations.carry_tiers(source, to, target)

        dialog.requested.connect(requested)
        self._show(dialog)

    def preferences(self) -> None:
        """Theme, memory, cache."""
        from .dialogs.preferences import PreferencesDialog

        self._show(PreferencesDialog(self._settings, self._measure_cache, self._clear_cache, self._window))

    def _measure_cache(self, then: Callable[[int], None]) -> None:
        def work(_monitor: object) -> int:
            from syncline import pipeline

            return pipeline.cache_size()

        self._jobs.submit(self.tr("Measuring the cache"), work, quiet=True).succeeded.connect(then)

    def _clear_cache(self, then: Callable[[int], None]) -> None:
        def work(_monitor: object) -> int:
            from syncline import pipeline

            pipeline.clear_cache()
            return pipeline.cache_size()

        job = self._jobs.submit(self.tr("Clearing the cache"), work, quiet=True)
        job.succeeded.connect(then)
        job.failed.connect(lambda error: self.warn(str(error)))

    def shortcuts(self, actions: Actions) -> None:
        """All actions with their keys."""
        from .dialogs.shortcuts import ShortcutsSheet

        self._show(ShortcutsSheet(key_rows(actions, self._settings.workspace), self._window))

    def about(self) -> None:
        """Version, licence, parts."""
        from .dialogs.about import AboutDialog

        self._show(AboutDialog(self._window))

    def ask_key(self, side: str, path: str, keys: list[tuple[str, tuple[int, ...]]]) -> None:
        """Ask which array of a file to open."""
        from .dialogs.open_features import OpenFeaturesDialog

        dialog = OpenFeaturesDialog(path, keys, None, self._window)
        opener = self._operations.open_a if side == "a" else self._operations.open_b
        dialog.accepted.connect(lambda: opener(path, dialog.key(), dialog.rate()))
        self._show(dialog)

    def describe(self, side: str) -> None:
        """Say what a file is, as the command line does."""
        self._describe(self._document.session.a if side == "a" else self._document.session.b)

    def describe_recording(self, number: int) -> None:
        """The same of a recording."""
        recording = self._document.session.find_recording(number)
        self._describe(None if recording is None else recording.media)

    def _describe(self, media: Media | None) -> None:
        if media is None:
            return

        def work(_monitor: object) -> str:
            from syncline.media import as_text, describe

            return as_text(describe(media))

        job = self._jobs.submit(self.tr("Describing %1").replace("%1", media.name), work, quiet=True)
        job.succeeded.connect(lambda words: self._message(QMessageBox.Icon.Information, words))
        job.failed.connect(lambda error: self.warn(str(error)))

    def problems(self, found: tuple[Problem, ...]) -> None:
        """Say what is not as it was when the project was saved."""
        self._message(QMessageBox.Icon.Warning, "\n".join(p.sentence for p in found))

    def other_content(self, expected: Media, found: Media, take: Callable[[], None]) -> None:
        """Ask whether a located file may stand for one whose content was another."""
        from .dialogs.locate import LocateDialog

        dialog = LocateDialog(expected, found, self._window)
        side = "a" if self._document.session.a is expected else "b"
        dialog.accepted.connect(lambda: take() if dialog.choice == "use" else self.locate_requested.emit(side))
        self._show(dialog)

    def recover(self, found: list[Recovery]) -> None:
        """Offer work that a crashed program left."""
        from .dialogs.recover import Recoverable, RecoverDialog

        by_key = {str(r.path): r for r in found}
        untitled = self.tr("never saved")
        rows = [
            Recoverable(
                key,
                r.project.name if r.project is not None else r.label or untitled,
                str(r.project) if r.project is not None else untitled,
                r.changed,
                r.steps,
            )
            for key, r in by_key.items()
        ]
        dialog = RecoverDialog(rows, self._window)

        def discard(key: str) -> None:
            by_key.pop(key).discard()

        def restore(key: str) -> None:
            self._projects.restore(by_key.pop(key))

        def later() -> None:
            for recovery in by_key.values():
                recovery.release()

        dialog.discard_requested.connect(discard)
        dialog.restore_requested.connect(restore)
        # Restoring is asked for after the dialog has closed: what is left then is for later.
        dialog.finished.connect(lambda _code: QTimer.singleShot(0, later))
        self._show(dialog)
