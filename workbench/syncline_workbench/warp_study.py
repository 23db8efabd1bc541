"""What can be studied of a pair beside aligning it: the method step by step, and methods side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtWidgets import QDockWidget, QMainWindow

from .comparing import Comparing
from .panels import dock
from .views.explain import Teachers, WarpExplainDock

if TYPE_CHECKING:
    from syncline.progress import Monitor

    from .actions import Actions
    from .document import Document
    from .operations import Operations
    from .settings import Settings

__all__ = ["WarpStudy"]


class WarpStudy(QObject):
    """The Explain dock of Warp, whose lessons are loaded when it is first seen, and the Compare view."""

    def __init__(
        self, document: Document, operations: Operations, settings: Settings, actions: Actions, window: QMainWindow
    ) -> None:
        super().__init__(window)
        self._jobs = jobs = operations.jobs
        self._asked = False
        self.explain = WarpExplainDock(document, jobs)
        words = actions.words(next(spec.text for spec, _ in actions if spec.id == "panel_explain_warp"))
        self.docks: dict[str, QDockWidget] = {
            "panel_explain_warp": dock(window, "panel_explain_warp", words, self.explain)
        }
        self.docks["panel_explain_warp"].visibilityChanged.connect(self._seen)
        self.comparing = Comparing(document, operations, settings, window)
        actions["compare_methods"].triggered.connect(lambda _on=False: self.comparing.open())
        actions["example_dtw"].triggered.connect(self.show_worked_example)

    def _seen(self, visible: bool) -> None:
        if not visible or self._asked:
            return
        self._asked = True

        def work(_monitor: Monitor) -> Teachers:
            from .warp_teachers import warp_teachers

            return warp_teachers(lambda text: QCoreApplication.translate("WarpTeachers", text))

        job = self._jobs.submit(self.tr("Loading lessons"), work, quiet=True)
        job.succeeded.connect(self.explain.set_teachers)

    def show_worked_example(self) -> None:
        """Walk through the 6 × 6 case of the courses."""
        self.docks["panel_explain_warp"].show()
        self.docks["panel_explain_warp"].raise_()
        self._seen(visible=True)
        self.explain.show_worked_example()

    def close(self) -> None:
        """Stop what runs; for the end of the window."""
        self.comparing.close()
