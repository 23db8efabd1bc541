"""What can be studied of a recording beside segmenting it: CTC, k-means and PELT step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, QTimer

from syncline.model.segments import Tier

from .document import Change
from .views.explain import SegmentExplainDock
from .views.explain.segment_case import Given, Place, SegmentCase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syncline.model import Features
    from syncline.model.emissions import Emissions
    from syncline.progress import Monitor

    from .document import Document
    from .jobs import Job, Jobs

__all__ = ["SegmentStudy"]


class SegmentStudy(QObject):
    """The Explain dock of Segment, whose lessons are loaded and whose case is made while it is seen.

    The window puts `explain` into a dock, hands over what it has of a recording (`set_case`), and says where the hand
    is (`select`, `look_at`); which segmentation is shown is heard from the document.
    """

    def __init__(self, document: Document, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self._jobs = document, jobs
        self.explain = SegmentExplainDock(document, jobs)
        self.explain.seen.connect(self._seen)
        self._asked = False
        self._given, self._place = Given(), Place()
        self._of: int | None = None
        self._stale = False
        self._job: Job | None = None
        # A hand that goes over many pieces asks but once.
        self._soon = QTimer(self, interval=120, singleShot=True)
        self._soon.timeout.connect(self._make)
        document.changed.connect(self._changed)

    # -- what there is -----------------------------------------------------------------------------------

    def set_case(
        self,
        emissions: Emissions | None,
        words: Sequence[tuple[str, tuple[str, ...]]] = (),
        rows: Features | None = None,
    ) -> None:
        """Say what there is of the recording in hand; quick, and the same again costs nothing.

        Parameters
        ----------
        emissions
            Of all frames, or None.
        words
            The transcript, each word with the labels that spell it; empty: none.
        rows
            The features that are cut or clustered, or None.
        """
        given, recording = Given(emissions, tuple(words), rows), self._document.shown.recording
        old = self._given
        same = given.emissions is old.emissions and given.rows is old.rows and given.words == old.words
        if same and recording == self._of:
            return
        if recording != self._of:
            self._place = Place()
        self._given, self._of = given, recording
        self._renew()

    def select(self, tier: str, piece: int) -> None:
        """A piece of a tier of the segmentation that is shown is in hand; −1: none."""
        segments = self._document.shown.segments
        found = None if segments is None else segments.tiers.tier(tier)
        if found is not None and 0 <= piece < len(found.segments):
            self._go(_around(found, piece))

    def look_at(self, seconds: float) -> None:
        """Somebody went to a moment of the recording."""
        self._go(Place(start=seconds, end=seconds))

    def show_worked_example(self) -> None:
        """Walk through the examples that are worked by hand; the dock has to be in sight."""
        self.explain.show_worked_example()

    # -- making it ---------------------------------------------------------------------------------------

    def _go(self, place: Place) -> None:
        if place != self._place:
            self._place = place
            self._renew()

    def _changed(self, change: Change) -> None:
        if change & Change.RECORDING and self._document.shown.recording != self._of:
            # What was handed over belongs to another recording.
            self._given, self._place, self._of = Given(), Place(), self._document.shown.recording
            self._renew()

    def _renew(self) -> None:
        self._stale = True
        if self.explain.isVisible():
            self._soon.start()

    def _seen(self) -> None:
        if not self._asked:
            self._asked = True

            def work(_monitor: Monitor) -> object:
                from .segment_teachers import segment_teachers

                return segment_teachers(lambda text: QCoreApplication.translate("SegmentTeachers", text))

            job = self._jobs.submit(self.tr("Loading lessons"), work, quiet=True)
            job.succeeded.connect(self.explain.set_teachers)
        if self._stale:
            self._make()

    def _make(self) -> None:
        self._soon.stop()
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self._stale = False
        given, place = self._given, self._place
        if given.emissions is None and given.rows is None:
            self.explain.set_case(None)
            return

        def work(_monitor: Monitor) -> SegmentCase:
            from .segment_teachers import make_case

            return make_case(given, place)

        job = self._jobs.submit(self.tr("Looking for what to explain"), work, quiet=True)
        self._job = job

        def made(case: SegmentCase) -> None:
            if self._job is job:
                self.explain.set_case(case)

        job.succeeded.connect(made)
        job.failed.connect(self._failed)

    def _failed(self, error: BaseException) -> None:
        # What a recording refuses is a sentence in the case; this is a mistake.
        raise error


def _around(tier: Tier, piece: int) -> Place:
    """A word by its number, any other piece by its time: with those beside it, where something was cut."""
    mine, near = tier.segments[piece], tier.segments[max(piece - 1, 0) : piece + 2]
    if tier.name == "words":
        # Pauses between words may be pieces, too.
        number = sum(bool(s.label) for s in tier.segments[:piece]) if mine.label else -1
        return Place(number, mine.start, mine.end)
    if tier.name == "labels":
        return Place(-1, mine.start, mine.end)
    return Place(-1, near[0].start, max(s.end for s in near))
