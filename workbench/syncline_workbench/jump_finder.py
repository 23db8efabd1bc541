"""Find jumps…: looks for pieces that only one side has, asks which to take, and adds those as one step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt

if TYPE_CHECKING:
    from syncline.jumps import Jump, JumpSearch
    from syncline.model import Alignment
    from syncline.progress import Monitor

    from .dialogs.jumps import JumpsDialog
    from .main_window import MainWindow

__all__ = ["JumpFinder"]


class JumpFinder(QObject):
    """One search and one dialog at a time."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.dialog: JumpsDialog | None = None
        self._searching = False
        window.actions_["find_jumps"].triggered.connect(lambda _on=False: self.find())

    def find(self) -> None:
        """Look for jumps of the active alignment in a job, and show what was found."""
        asked = self._window.document.session.alignment
        if asked is None or asked.path is None or self._searching:
            return
        if self.dialog is not None:
            self.dialog.close()

        def work(monitor: Monitor) -> JumpSearch:
            from syncline.jumps import propose_jumps

            return propose_jumps(asked, monitor=monitor)

        self._searching = True
        job = self._window.operations.run(self.tr("Looking for jumps"), work, lambda found: self._show(asked, found))
        job.ended.connect(self._ended)

    def _ended(self) -> None:
        self._searching = False

    def _show(self, asked: Alignment, found: JumpSearch) -> None:
        from .dialogs.jumps import JumpsDialog

        if self._current(asked) is None:
            return
        dialog = JumpsDialog(found, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show_requested.connect(lambda jump: self._window.playback.seek_a(jump.a))
        dialog.apply_requested.connect(lambda jumps: self._apply(asked, jumps))
        dialog.finished.connect(self._closed)
        self.dialog = dialog
        dialog.show()

    def _closed(self) -> None:
        self.dialog = None

    def _current(self, asked: Alignment) -> Alignment | None:
        """The active alignment if it is still the one that was searched, with the same inputs."""
        now = self._window.document.session.alignment
        same = now is not None and now.id == asked.id and (now.pair.a, now.pair.b) == (asked.pair.a, asked.pair.b)
        return now if same else None

    def _apply(self, asked: Alignment, jumps: tuple[Jump, ...]) -> None:
        from syncline.jumps import apply_jumps

        now = self._current(asked)
        if now is None:
            self._window.say(self.tr("Another alignment is shown by now; look for jumps again."))
            return
        words = self.tr("Add a jump") if len(jumps) == 1 else self.tr("Add %1 jumps").replace("%1", str(len(jumps)))
        self._window.operations.commit_edit(apply_jumps(now.constraints, jumps), words)
