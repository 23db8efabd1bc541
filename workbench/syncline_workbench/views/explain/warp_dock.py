"""The Explain dock of Warp: dynamic time warping and its relatives on the pair in hand, or on a worked example."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget

from ...document import Change, Document
from ...jobs import Jobs
from .cycle import CycleLesson
from .dock import ExplainDock
from .dtw import DtwLesson
from .lesson import Lesson, Line
from .restrictions import RestrictionsLesson
from .rounds import RoundsLesson
from .soft import SoftLesson
from .warp_case import WarpCase, case_of, worked_case

__all__ = ["WarpExplainDock"]

LESSONS: dict[str, type[Lesson]] = {
    x.method: x for x in (DtwLesson, RestrictionsLesson, SoftLesson, RoundsLesson, CycleLesson)
}
_INSTEAD = {"gctw": "ctw", "tcc": "cycle", "soft_path": "soft_dtw"}


class WarpExplainDock(ExplainDock):
    """Walks through the method of the active alignment, on rows of the pair, or through the worked example."""

    lessons = LESSONS
    watched = Change.ALIGNMENTS | Change.FEATURES | Change.PATH | Change.INPUTS

    def __init__(self, document: Document, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(document, jobs, parent)
        self.setObjectName("explain_warp")
        self.leave.setText(self.tr("Back to the pair"))
        self._case: tuple[Any, WarpCase | None] = (None, None)
        self.sheet.picked.connect(self.go)

    def follow(self, seconds: float) -> None:
        """Where the playhead is in A, for lessons that show one moment at a time."""
        if self._example is None and isinstance(self.lesson, CycleLesson) and self.isVisible() and not self.playing:
            moment = self.lesson.moment_at(seconds)
            if moment != self.number:
                self.go(moment)

    def _worked(self) -> tuple[Any, str]:
        return worked_case(), "dtw"

    def _lesson_of(self, running: str) -> str:
        return _INSTEAD.get(running, running if running in LESSONS else "dtw")

    def _question(self) -> tuple[Any, Any, str | None]:
        if self._example is not None:
            return self._example, self._example.params, None
        al = self._document.shown.alignment
        if al is None:
            return None, None, None
        # One case a solved path: the dock looks whether it is still the same.
        if self._case[0] is not al.path or (self._case[1] is None and al.features_a is not None):
            self._case = (al.path, case_of(al))
        case = self._case[1]
        return case, None if case is None else case.params, (al.resolved or al.recipe).method

    def _names(self) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
        return None

    def _invitation(self) -> str:
        session = self._document.shown
        if session.pair is None:
            return self.tr("Open two files and align them: then each step of the method can be watched here.")
        return self.tr("Align the two files: then each step of the method can be watched here.")

    def _other_method(self, running: str) -> Line:
        return Line(self.tr("The path in the matrix was found by “{name}”.").format(name=running), "muted")
