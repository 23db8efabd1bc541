"""What can be studied of a recording beside segmenting it: CTC, k-means and PELT step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, QTimer

from syncline.model.segments import Tier

from .document import Change
from .views.explain import SegmentExplainDock
from .views.explain.segment_case import Laid, Place, SegmentCase, case_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syncline.model import Features
    from syncline.model.emissions import Emissions
    from syncline.model.recordings import Word
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
        self._emissions: Emissions | None = None
        self._rows: Features | None = None
        self._words: tuple[Word, ...] | None = None
        self._phonemes: bool | None = None
        self._place = Place()
        self._of: int | None = None
        self._laid: Laid | None = None
        self._transcript: tuple[Word, ...] = ()
        """What `_laid` belongs to."""
        self._stale = False
        self._job: Job | None = None
        # A hand that goes over many pieces asks but once.
        self._soon = QTimer(self, interval=120, singleShot=True)
        self._soon.timeout.connect(self._make)
        document.changed.connect(self._changed)

    # -- what there is -----------------------------------------------------------------------------------

    def stop(self) -> None:
        """Ask for nothing any more; for the end of the window."""
        self._soon.stop()
        self._soon.blockSignals(True)

    def set_case(
        self,
        emissions: Emissions | None,
        words: Sequence[Word] = (),
        rows: Features | None = None,
        phonemes: bool | None = None,
    ) -> None:
        """Say what there is of the recording in hand; quick, and the same again costs nothing.

        Parameters
        ----------
        emissions
            Of all frames, or None.
        words
            What is said; empty: the recording's own transcript, as it is edited.
        rows
            The features that are cut or clustered, or None.
        phonemes
            The labels are those of the phoneme model; None: if they look like them.
        """
        recording = self._document.shown.recording
        if recording != self._of:
            self._place, self._of = Place(), recording
        elif emissions is self._emissions and rows is self._rows and (tuple(words) or None) == self._words:
            return
        self._emissions, self._rows, self._phonemes = emissions, rows, phonemes
        self._words, self._laid = tuple(words) or None, None
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
        if not change & Change.RECORDING:
            return
        if self._document.shown.recording != self._of:
            # What was handed over belongs to another recording.
            self._emissions = self._rows = self._words = self._laid = None
            self._place, self._of = Place(), self._document.shown.recording
            self._renew()
        elif self._emissions is not None and self._said() != self._transcript:
            self._renew()

    def _said(self) -> tuple[Word, ...]:
        recording = self._document.shown.active_recording
        return self._words or (() if recording is None else recording.transcript)

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
        emissions, rows, place, phonemes = self._emissions, self._rows, self._place, self._phonemes
        if emissions is None and rows is None:
            self.explain.set_case(None)
            return
        words = self._said()
        # The transcript is laid once, and looked at in many places.
        known = self._laid if words == self._transcript else None

        def work(_monitor: Monitor) -> tuple[Laid | None, SegmentCase]:
            from .segment_teachers import laid_out

            laid = known
            if laid is None and emissions is not None:
                laid = laid_out(emissions, words, phonemes)
            return laid, case_of(laid, rows, place)

        job = self._jobs.submit(self.tr("Looking for what to explain"), work, quiet=True)
        self._job = job

        def made(found: tuple[Laid | None, SegmentCase]) -> None:
            if self._job is job:
                self._laid, self._transcript = found[0], words
                self.explain.set_case(found[1])

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
