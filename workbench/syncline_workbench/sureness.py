"""How sure the alignment shown is: worked out on a worker after each solve, and the places to check one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from syncline.model import Alignment, Features, WarpingPath
from syncline.progress import Monitor

from .document import Change, Document
from .live import Newest
from .playback import Playback, clock

if TYPE_CHECKING:
    from syncline.confidence import Confidence, Suggestion, Verdict

__all__ = ["Sureness"]

_ROOM = 0.5
"""Seconds that are played before and after an unsure stretch, so that one sees it come."""
_LONGEST = 6.0
"""Seconds of a loop; of a longer stretch what lies round the place is played."""

Answer = tuple["Confidence", "list[Suggestion]", "Verdict"]


class Sureness(QObject):
    """Keeps `confidence`, `places` and `verdict` of the active alignment up to date, and goes through the places.

    Nothing of it is part of the document: it follows from the alignment. While a hand moves and until the answer to
    the newest path is there, the old one stays and `stale` is True.
    """

    changed = Signal()
    """What is known, or that it is of an older path."""
    said = Signal(str)
    """A sentence for the status bar."""
    _told = Signal(object, object)

    def __init__(self, document: Document, playback: Playback, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self._playback = document, playback
        self.confidence: Confidence | None = None
        self.places: list[Suggestion] = []
        self.verdict: Verdict | None = None
        self._of: WarpingPath | None = None
        self._features: tuple[Features, Features] | None = None
        self._asked: Alignment | None = None
        self._trouble = ""
        self._at = -1
        self._waiting = self._partial = False
        self._newest = Newest(self.tr("How sure"), self)
        self._told.connect(self._take_band)
        self._newest.answered.connect(self._answered)
        self._newest.refused.connect(self._refused)
        document.changed.connect(self._on_changed)
        self._on_changed(~Change.NONE)

    @property
    def stale(self) -> bool:
        """True while what is known belongs to an older path."""
        al = self._document.shown.alignment
        return self.confidence is not None and (al is None or al.path is not self._of or not _solved(al))

    @property
    def listed(self) -> bool:
        """True once `places` are those of `confidence`."""
        return self.confidence is not None and not self._partial

    @property
    def idle(self) -> bool:
        """True if nothing is being worked out."""
        return self._newest.idle

    def close(self) -> None:
        """Wait for the worker; for the end of the window."""
        self._newest.close()

    # -- working it out ----------------------------------------------------------------------------

    def _on_changed(self, change: Change) -> None:
        if not change & (Change.INPUTS | Change.ALIGNMENTS | Change.FEATURES | Change.CONSTRAINTS | Change.PATH):
            return
        al = self._document.session.alignment
        gone = al is None or al.path is None or bool(al.stale)
        other = al is not None and self._asked is not None and al.id != self._asked.id
        if gone or other or change & Change.INPUTS:
            self._forget()
        was = self._asked
        if al is not None and self._ready(al) and (was is None or (al.path, al.errors) != (was.path, was.errors)):
            self._ask(al)
        self.changed.emit()

    def _ready(self, al: Alignment) -> bool:
        """True if `al` has an exact path for its edits, and features to judge it by."""
        if al.path is None or al.path.approximate or al.stale or self._document.previewing:
            return False
        return al.features_a is not None and al.features_b is not None and _solved(al)

    def _ask(self, al: Alignment) -> None:
        known = self.verdict if self._features is not None and self._features == _features(al) else None

        def work(monitor: Monitor) -> Answer:
            from syncline.confidence import look_at, verdict

            sure, places = look_at(al, tell=lambda c: self._told.emit(al, c), monitor=monitor.part(0.0, 0.8))
            return sure, places, verdict(al, known=known, monitor=monitor.part(0.8, 1.0))

        self._asked = al
        self._newest.ask(al, work, urgent=True)

    def _take_band(self, al: Alignment, sure: Confidence) -> None:
        """Show the band as soon as it is there; the places follow."""
        if al is self._asked:
            self.confidence, self._of, self.places, self._at, self._partial = sure, al.path, [], -1, True
            if self._features != _features(al):
                self.verdict = None
            self.changed.emit()

    def _answered(self, al: Alignment, answer: Answer) -> None:
        if al is not self._asked:
            return
        self.confidence, self.places, self.verdict = answer
        self._of, self._features, self._at, self._trouble = al.path, _features(al), -1, ""
        self._partial = False
        self.changed.emit()
        if self._waiting:
            self._waiting = False
            self.check_next()

    def _refused(self, al: Alignment, sentence: str) -> None:
        if al is self._asked:
            self._forget()
            self._asked, self._trouble = al, sentence
            if self._waiting:
                self._waiting = False
                self.said.emit(sentence)
            self.changed.emit()

    def _forget(self) -> None:
        self._newest.stop()
        self.confidence, self.places, self.verdict = None, [], None
        self._of = self._features = self._asked = None
        self._at, self._trouble, self._partial = -1, "", False

    # -- checking ----------------------------------------------------------------------------------

    def check_next(self) -> None:
        """Go to the place where one anchor would help most; asked again, to the next one of the list."""
        if self._trouble:
            self.said.emit(self._trouble)
        elif self.confidence is None or self.stale or self._partial:
            self._waiting = self._document.session.alignment is not None
            self.said.emit(self.tr("Working out where an anchor would help most…"))
        elif not self.places:
            self.said.emit(self.tr("Nothing is left to check: no anchor is expected to put a frame right."))
        else:
            self.go_to((self._at + 1) % len(self.places))

    def go_to(self, index: int) -> None:
        """Loop the place of that number and say why it is unsure."""
        if not 0 <= index < len(self.places):
            return
        self._at = index
        place, p = self.places[index], self._playback
        first, last = place.start - _ROOM, place.stop + _ROOM
        if last - first > _LONGEST:
            first, last = max(first, place.a - _LONGEST / 2), min(last, place.a + _LONGEST / 2)
        p.pause()
        p.set_loop(first, last)
        p.seek_a(place.a)
        p.play()
        number = self.tr("%1 of %2").replace("%1", str(index + 1)).replace("%2", str(len(self.places)))
        self.said.emit(f"{self.why(place)} ({number})")
        self.changed.emit()

    @property
    def current(self) -> int | None:
        """Number of the place that was gone to last, None before."""
        return None if self._at < 0 else self._at

    def why(self, place: Suggestion) -> str:
        """One sentence: where, and why it is unsure."""
        if place.reason == "rivals" and place.rivals is not None:
            words = self.tr("A %1: two places of B fit, %2 and %3. Put B right and press P.")
            first, second = (clock(t) for t in place.rivals)
        elif place.reason == "window":
            words = self.tr("A %1: the path runs along the edge of the window; B may lie beyond. Put B right, press P.")
            first = second = ""
        else:
            words = self.tr("A %1: the cost is flat, B may be anywhere from %2 to %3. Put B right and press P.")
            first, second = clock(place.low), clock(place.high)
        return words.replace("%1", clock(place.a)).replace("%2", first).replace("%3", second)

    def judgement(self) -> str:
        """What the verdict has to say, empty if nothing; one sentence with its number."""
        v = self.verdict
        if v is None or self.stale:
            return ""
        if not v.aligns:
            return (
                self.tr("These two don't align by these features: %1 of %2 shuffled copies of B fit as well (z = %3).")
                .replace("%1", str(v.as_good))
                .replace("%2", str(v.shuffles))
                .replace("%3", f"{v.z:.1f}")
            )
        if v.errors_ms is not None and v.worse_than_line:
            words = self.tr("The path is worse than one constant stretch: %1 ms off on average against %2 ms.")
            path, line = (f"{ms:.0f}" for ms in v.errors_ms)
            return words.replace("%1", path).replace("%2", line)
        if v.errors_ms is None and v.doubt_ms is not None and v.doubtful:
            words = self.tr(
                "The path may be worse than one constant stretch: canonical time warping lays A %1 ms from it on "
                "average, %2 ms from the stretch. Set two anchors, then Align ▸ Try other methods."
            )
            path, line = (f"{ms:.0f}" for ms in v.doubt_ms)
            return words.replace("%1", path).replace("%2", line)
        if v.beats_line is False and v.line_ratio is not None:
            words = self.tr("The path fits no better than one constant stretch (%1 × its cost).")
            return words.replace("%1", f"{v.line_ratio:.2f}")
        return ""


def _solved(al: Alignment) -> bool:
    """True if the path belongs to the edits in force."""
    return al.solved is None or al.solved is al.constraints


def _features(al: Alignment) -> tuple[Features, Features] | None:
    return None if al.features_a is None or al.features_b is None else (al.features_a, al.features_b)
