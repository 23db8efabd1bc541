"""What is worked out of the segmentation shown: what to check next, how near the truth it is, where another differs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from syncline.errors import ParameterError
from syncline.model import NamedSegments, Tiers
from syncline.progress import Monitor

from .document import Change
from .live import Newest
from .playback import clock
from .segment_operations import SegmentOperations
from .segment_playback import SegmentPlayback

if TYPE_CHECKING:
    from syncline.recutting import Compared, Doubt
    from syncline.segmentation import Judgement

__all__ = ["Findings", "SegmentFindings"]

_ROOM = 0.4
"""Seconds that are played to either side of an unsure boundary."""


@dataclass(frozen=True, eq=False)
class Findings:
    """What follows from one segmentation.

    Attributes
    ----------
    of, truth, other
        What it was worked out from.
    doubts
        What to check, the least sure first.
    judged, judged_other
        Against the truth, tier by tier; empty without a truth or where it has no such tier: `trouble` then says so.
        The latter of the segmentation it is compared with.
    compared
        Against the segmentation it is compared with.
    """

    of: NamedSegments
    truth: Tiers | None
    other: NamedSegments | None
    doubts: tuple[Doubt, ...] = ()
    judged: tuple[Judgement, ...] = ()
    judged_other: tuple[Judgement, ...] = ()
    compared: tuple[Compared, ...] = ()
    trouble: str = ""


class SegmentFindings(QObject):
    """Keeps `now` up to date; nothing of it is part of the document.

    While a hand moves the old one stays.
    """

    changed = Signal()
    """There are other findings, or none; or another one of the doubts is looked at."""
    said = Signal(str)
    """A sentence for the status bar."""
    shown = Signal(str, int)
    """Tier and piece to look at."""

    def __init__(self, operations: SegmentOperations, playback: SegmentPlayback, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._operations, self._playback = operations, playback
        self._document = operations.document
        self.now: Findings | None = None
        self._asked: tuple[Any, ...] | None = None
        self._at = -1
        self._waiting = False
        self._newest = Newest(self.tr("Judging"), self)
        self._newest.answered.connect(self._answered)
        self._document.changed.connect(self._on_changed)
        operations.prepared.connect(self._ask)

    @property
    def idle(self) -> bool:
        """True if nothing is being worked out."""
        return self._newest.idle

    def close(self) -> None:
        """Wait for the worker; for the end of the window."""
        self._newest.close()

    def _on_changed(self, change: Change) -> None:
        if change & (Change.RECORDING | Change.SEGMENTS) and not self._document.previewing:
            self._ask()

    def _ask(self) -> None:
        session = self._document.session
        recording, named, other = session.active_recording, session.segments, session.other_segments
        if recording is None or named is None:
            self._newest.stop()
            self._asked, self._at = None, -1
            self._set(None)
            return
        truth, material = recording.truth, self._operations.material
        asked = (named, truth, other, material)
        if self._asked is not None and all(a is b for a, b in zip(asked, self._asked, strict=True)):
            return
        if self.now is not None and self.now.of.id != named.id:
            self._set(None)
        self._asked = asked

        def work(_monitor: Monitor) -> Findings:
            from syncline.recutting import compared, doubtful
            from syncline.segmentation import judge_tiers

            judged: list[tuple[Judgement, ...]] = []
            trouble = ""
            for one in (named, other):
                try:
                    judged.append(() if truth is None or one is None else tuple(judge_tiers(one.tiers, truth)))
                except ParameterError as error:
                    judged.append(())
                    trouble = trouble or str(error)
            beside = () if other is None else tuple(compared(named, other))
            doubts = tuple(doubtful(named, material))
            return Findings(named, truth, other, doubts, judged[0], judged[1], beside, trouble)

        self._newest.ask(asked, work, urgent=True)

    def _answered(self, key: object, found: Findings) -> None:
        if key is self._asked:
            self._at = -1
            self._set(found)

    def _set(self, found: Findings | None) -> None:
        if found is not self.now:
            self.now = found
            self.changed.emit()
        if found is not None and self._waiting:
            self._waiting = False
            self.check_next()

    # -- checking ----------------------------------------------------------------------------------

    @property
    def current(self) -> int | None:
        """Number of the doubt that was gone to last, None before."""
        return None if self._at < 0 else self._at

    def check_next(self) -> None:
        """Go to the least sure boundary; asked again, to the next one of the list."""
        if self.now is None or not self._newest.idle:
            self._waiting = self._document.session.segments is not None
            self.said.emit(self.tr("Working out which boundary is least sure…"))
        elif not self.now.doubts:
            self.said.emit(self.tr("Nothing is left to check: every boundary is set, or as sure as it can be."))
        else:
            self.go_to((self._at + 1) % len(self.now.doubts))

    def go_to(self, index: int) -> None:
        """Loop the place of that number and say why it is unsure."""
        if self.now is None or not 0 <= index < len(self.now.doubts):
            return
        self._at = index
        doubt = self.now.doubts[index]
        first, last = self._stretch(doubt)
        self.shown.emit(doubt.tier, doubt.piece)
        self._playback.loop_piece(first, last)
        number = self.tr("%1 of %2").replace("%1", str(index + 1)).replace("%2", str(len(self.now.doubts)))
        self.said.emit(f"{self.why(doubt)} ({number})")
        self.changed.emit()

    def _stretch(self, doubt: Doubt) -> tuple[float, float]:
        end = self._playback.end
        assert self.now is not None
        tier = self.now.of.tiers.tier(doubt.tier)
        if doubt.end is None and tier is not None and 0 <= doubt.piece < len(tier.segments):
            piece = tier.segments[doubt.piece]
            return max(piece.start - _ROOM / 2, 0.0), min(piece.end + _ROOM / 2, end)
        return max(doubt.time - _ROOM, 0.0), min(doubt.time + _ROOM, end)

    def why(self, doubt: Doubt) -> str:
        """One sentence: which boundary, and why it is unsure."""
        sure = f"{doubt.confidence:.2f}"
        if doubt.end is None:
            words = self.tr("“%1” at %2: its posterior is %3. Listen, then put it right or lock it.")
        else:
            words = self.tr("%1 at %2: the posterior of this boundary is %3. Drag it, or lock it where it is.")
        return words.replace("%1", doubt.words).replace("%2", clock(doubt.time)).replace("%3", sure)
