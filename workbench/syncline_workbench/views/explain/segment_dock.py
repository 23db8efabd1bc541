"""The Explain dock of Segment: CTC, k-means and PELT on the recording in hand, or on worked examples."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPointF, QTimer, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from ...document import Change, Document
from ...jobs import Jobs
from .ctc import CollapseLesson, TrellisLesson
from .dock import ExplainDock
from .kmeans import MeansLesson
from .lesson import Lesson, Line, Page
from .pelt import PeltLesson
from .picture import PictureView
from .segment_case import SegmentCase, worked_case

__all__ = ["SegmentExplainDock"]

LESSONS: dict[str, type[Lesson]] = {x.method: x for x in (CollapseLesson, TrellisLesson, MeansLesson, PeltLesson)}
_EXPLAINS = {"ctc": "ctc", "speech": "ctc", "units": "kmeans"}
"""Which lesson is about a method; all others cut where something changes."""


class SegmentExplainDock(ExplainDock):
    """Walks through the method of the segmentation that is shown, on a stretch of the recording, or on an example.

    What there is of the recording comes from `set_case`, since it takes a worker to make it.
    """

    seen = Signal()
    """It came into sight: whoever has a case for it may make it now."""

    lessons = LESSONS
    watched = Change.SEGMENTS | Change.RECORDING

    def __init__(self, document: Document, jobs: Jobs, parent: QWidget | None = None) -> None:
        self.picture = PictureView()
        self._case: SegmentCase | None = None
        super().__init__(document, jobs, parent)
        self.setObjectName("explain_segment")
        self.picture.setParent(self)
        self.picture.hide()
        self.leave.setText(self.tr("Back to the recording"))
        self._resized = QTimer(self, interval=0, singleShot=True)
        self._resized.timeout.connect(self._fit_again)

    def set_case(self, case: SegmentCase | None) -> None:
        """Show another stretch of a recording, or none."""
        if case is not self._case:
            self._case = case
            if self._example is None:
                self._renew()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.seen.emit()

    # -- what is explained -----------------------------------------------------------------------------

    def _worked(self) -> tuple[Any, str]:
        return worked_case(), "ctc"

    def _lesson_of(self, running: str) -> str:
        return _EXPLAINS.get(running, "pelt")

    def _question(self) -> tuple[Any, Any, str | None]:
        if self._example is not None:
            return self._example, None, None
        shown = self._document.shown.segments
        if self._case is None or shown is None:
            return self._case, None, None
        recipe = shown.resolved or shown.recipe
        return self._case, recipe.params, None if recipe.method == "auto" else recipe.method

    def _names(self) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
        return None

    def _invitation(self) -> str:
        if self._document.shown.active_recording is None:
            return self.tr("Open a recording and segment it: then each step of the method can be watched here.")
        return self.tr("Segment the recording: then each step of the method can be watched here.")

    def _other_method(self, running: str) -> Line | None:
        return None

    # -- drawing ---------------------------------------------------------------------------------------

    def _begin(self, lesson: Lesson, at: int) -> None:
        self._body.set_flat(lesson.below)
        super()._begin(lesson, at)

    def _draw(self, page: Page) -> QPointF | None:
        wanted = self.sheet if page.picture is None else self.picture
        if self.stage.widget() is not wanted:
            old = self.stage.takeWidget()
            if old is not None:
                old.setParent(self)
                old.hide()
            self.stage.setWidget(wanted)
            wanted.show()
        if page.picture is None:
            return super()._draw(page)
        self.picture.show_picture(page.picture, self._body.room, page.text)
        self._body.fit(self.picture.sizeHint())
        self.stage.show()
        return self.picture.spot()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._resized.start()

    def _fit_again(self) -> None:
        if self._page is not None:
            self._draw(self._page)
