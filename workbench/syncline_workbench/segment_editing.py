"""An edit of pieces, from hand to boundaries: one step, filled as soon as what lies around it is solved again."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, fields, is_dataclass, replace
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from syncline.edits import pieces
from syncline.errors import ParameterError
from syncline.model import AUTO, NamedSegments, Recording, SegmentRecipe, Session
from syncline.progress import Monitor

from .document import Change, Document
from .jobs import Job
from .live import Newest
from .operations import Operations

if TYPE_CHECKING:
    from syncline.edits.pieces import Edit
    from syncline.recutting import Prepared

__all__ = ["SegmentEditing", "answers", "method_of"]

KEPT = 6
"""Of how many recordings and recipes emissions and features are kept."""


def answers(recording: Recording, segments: NamedSegments) -> bool:
    """True if the tiers of a segmentation belong to what is set in it and to what is said now."""
    if segments.solved is not segments.constraints and segments.solved != segments.constraints:
        return False
    spoken = any(segments.tiers.tier(name) is not None for name in pieces.TRANSCRIPT)
    return not spoken or segments.transcript == recording.transcript


@dataclass(frozen=True, eq=False)
class _Hand:
    """What the hand does, what it was done to, and the newest answer to it."""

    edit: Edit | SegmentRecipe
    base: tuple[Recording, NamedSegments | None]
    asked: object = None
    """What the answer is to: an edit, or a recipe."""
    answer: tuple[Recording, NamedSegments] | None = None


class SegmentEditing(QObject):
    """Edits recordings and their segmentations, and keeps these up to date.

    An edit puts other constraints, or another transcript, into the session with the edit itself drawn in; what follows
    for other pieces is filled into the same step (`Document.complete`). Segmentations that are neither shown nor
    compared are brought up to date when they are.
    """

    prepared = Signal()
    """What the segmentation shown is made of (emissions, features) is there, or is another one's."""
    overtaken = Signal()
    """The pieces changed while the hand held some of them: it has to let go."""

    def __init__(self, document: Document, operations: Operations, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document, self._operations = document, operations
        self._kept: list[tuple[object, Prepared]] = []
        self._live = Newest(self.tr("Segmenting"), self)
        self._live.answered.connect(self._answer_live)
        self._live.refused.connect(self._refuse_live)
        self._fresh = Newest(self.tr("Segmenting again"), self)
        self._fresh.answered.connect(self._fill)
        self._fresh.refused.connect(self._refuse)
        self._hand: _Hand | None = None
        self._hopeless: tuple[object, ...] = ()
        self._put_off: set[object] = set()
        """What somebody stopped from being worked out: only an edit asks for it again."""
        self._getting: Job | None = None
        document.changed.connect(self._keep_up)
        document.stepped.connect(self._look_at_hand)

    @property
    def busy(self) -> bool:
        """True while pieces are solved that belong to a step."""
        return not self._fresh.idle or self._getting is not None

    def close(self) -> None:
        """Stop what runs; for the end of the window."""
        self._live.close()
        self._fresh.close()

    # -- what segmentations are made of ------------------------------------------------------------

    def prepared_for(self, recording: Recording, recipe: SegmentRecipe) -> Prepared | None:
        """Emissions or features of a recording for a recipe, if they were worked out."""
        key = _key(recording, recipe)
        found = next((entry for entry in self._kept if entry[0] == key), None)
        if found is None:
            return None
        # What was used last goes last.
        self._kept = [*(entry for entry in self._kept if entry is not found), found]
        return found[1]

    @property
    def material(self) -> Prepared | None:
        """That of the segmentation shown."""
        session = self.document.shown
        recording, named = session.active_recording, session.segments
        return None if recording is None or named is None else self.prepared_for(recording, named.recipe)

    def _keep(self, recording: Recording, recipe: SegmentRecipe, found: Prepared) -> None:
        key = _key(recording, recipe)
        self._kept = [*(entry for entry in self._kept if entry[0] != key), (key, found)][-KEPT:]
        self.prepared.emit()

    def _others(self, recording: Recording) -> tuple[Recording, ...]:
        return tuple(r for r in self.document.session.recordings if r.id != recording.id)

    def _get(self, recording: Recording, recipe: SegmentRecipe, needed: bool) -> None:
        """Work out what a segmentation is made of, as a job that is seen; `needed`: pieces wait for it."""
        key = _key(recording, recipe)
        if self._getting is not None or key in self._hopeless or (key in self._put_off and not needed):
            return
        if not recording.media.path.exists():
            return
        others = self._others(recording)

        def work(monitor: Monitor) -> Prepared:
            from syncline.recutting import prepare

            return prepare(recording, recipe, others=others, monitor=monitor)

        def gone(_error: object) -> None:
            self._hopeless = (*self._hopeless[-20:], key)

        def stopped() -> None:
            self._put_off.add(key)
            waiting = self.document.session.segments
            if needed and waiting is not None:
                # Not at once again: only what is edited next asks.
                self._hopeless = (*self._hopeless[-20:], waiting)

        def ended() -> None:
            self._getting = None
            self._keep_up(Change.SEGMENTS)

        title = self.tr("Listening to %1").replace("%1", recording.media.name)
        job = self._operations.run(title, work, lambda found: self._keep(recording, recipe, found))
        job.failed.connect(gone)
        job.cancelled.connect(stopped)
        job.ended.connect(ended)
        self._getting = job

    # -- under the hand ----------------------------------------------------------------------------

    def preview_edit(self, edit: Edit) -> None:
        """While the hand moves: draw the edit at once, what follows from it as soon as it is solved."""
        session = self.document.session
        recording, named = session.active_recording, session.segments
        if recording is None:
            return
        try:
            drawn = pieces.apply(recording, named, edit)
        except ParameterError as error:
            self._operations.notice.emit(str(error))
            return
        self._take_in_hand(edit, recording, named)
        self._show_hand(*drawn)
        found = drawn[1]
        if found is None or named is None or answers(drawn[0], found):
            return
        material = self.prepared_for(recording, named.recipe)
        if material is None:
            return

        def work(monitor: Monitor) -> tuple[Recording, NamedSegments]:
            from syncline.recutting import resolve

            return drawn[0], resolve(material, drawn[0], found, monitor=monitor)

        self._live.ask(edit, work)

    @property
    def trying(self) -> bool:
        """True while another recipe is tried under the hand."""
        return self._hand is not None and isinstance(self._hand.edit, SegmentRecipe)

    def preview_recipe(self, recipe: SegmentRecipe) -> None:
        """While a slider moves: cut what is shown by another recipe."""
        session = self.document.session
        recording, named = session.active_recording, session.segments
        material = None if recording is None or named is None else self.prepared_for(recording, recipe)
        if recording is None or named is None or material is None:
            return
        if method_of(recording, recipe) != method_of(recording, named.recipe, named):
            return
        self._take_in_hand(recipe, recording, named)
        asked = replace(named, recipe=recipe, solved=None)

        def work(monitor: Monitor) -> tuple[Recording, NamedSegments]:
            from syncline.recutting import solve

            return recording, solve(material, recording, asked, monitor=monitor)

        self._live.ask(recipe, work)

    def _take_in_hand(self, edit: Edit | SegmentRecipe, recording: Recording, named: NamedSegments | None) -> None:
        hand = self._hand
        if hand is None or hand.base[0] is not recording or hand.base[1] is not named:
            hand = _Hand(edit, (recording, named))
        self._hand = replace(hand, edit=edit)

    def _show_hand(self, recording: Recording, segments: NamedSegments | None) -> None:
        hand = self._hand
        assert hand is not None
        if hand.answer is not None and segments is not None:
            # Between two answers the boundary follows the hand; what lies around it is the newest that was solved.
            near = _followed(hand.answer[1], hand.asked, hand.edit)
            segments = replace(segments, tiers=near.tiers)
        self.document.preview(_with(self.document.session, recording, segments))

    def _answer_live(self, key: Any, answer: tuple[Recording, NamedSegments]) -> None:
        hand = self._hand
        if hand is None or type(hand.edit) is not type(key):
            return
        self._hand = hand = replace(hand, asked=key, answer=answer)
        if isinstance(hand.edit, SegmentRecipe):
            shown = _with(self.document.session, *answer)
            self.document.preview(replace(shown, segment_recipe=hand.edit))
            return
        try:
            drawn = pieces.apply(*hand.base, hand.edit)
        except ParameterError:
            return
        self._show_hand(*drawn)

    def _refuse_live(self, _key: object, sentence: str) -> None:
        if self._hand is not None:
            self._operations.notice.emit(sentence)

    def abandon_edit(self) -> None:
        """The hand let go without meaning it."""
        self._hand = None
        self._live.stop()
        self.document.preview(None)

    def _look_at_hand(self, _why: str) -> None:
        session = self.document.session
        if self._hand is not None and (
            session.active_recording is not self._hand.base[0] or session.segments is not self._hand.base[1]
        ):
            self.abandon_edit()
            self.overtaken.emit()

    # -- one step ----------------------------------------------------------------------------------

    def commit_edit(self, edit: Edit, label: str) -> None:
        """Make the edit one undoable step; what is solved again fills that step."""
        hand, self._hand = self._hand, None
        self._live.stop()
        session = self.document.session
        recording, named = session.active_recording, session.segments
        if recording is None:
            return
        try:
            new = pieces.apply(recording, named, edit)
        except ParameterError as error:
            self.document.preview(None)
            self._operations.notice.emit(str(error))
            return
        if new[0] is recording and new[1] is named:
            self.document.preview(None)
            return
        answered = hand is not None and hand.asked == edit and hand.base[0] is recording and hand.base[1] is named
        if hand is not None and answered and hand.answer is not None:
            new = hand.answer
        self.document.replace(_with(session, *new), label)

    def commit_recipe(self, recipe: SegmentRecipe) -> None:
        """Cut what is shown by another recipe, as one step."""
        hand, self._hand = self._hand, None
        self._live.stop()
        session = self.document.session
        recording, named = session.active_recording, session.segments
        if recording is None or named is None or recipe == named.recipe:
            self.document.preview(None)
            return
        new = replace(named, recipe=recipe, solved=None)
        if hand is not None and hand.asked == recipe and hand.answer is not None and hand.base[1] is named:
            new = hand.answer[1]
        label = _said(named.resolved or named.recipe, recipe) or self.tr("Change recipe")
        self.document.replace(replace(session.with_segments(new), segment_recipe=recipe), label)

    # -- up to date --------------------------------------------------------------------------------

    def _keep_up(self, change: Change) -> None:
        """Bring what is shown and compared up to date with what is set and said, without a step of its own."""
        if not change & (Change.RECORDING | Change.SEGMENTS) or self.document.previewing:
            return
        session = self.document.session
        recording = session.active_recording
        for number in (session.shown_segments, session.compared_segments):
            named = session.find_segments(number)
            if recording is None or named is None or named.stale:
                continue
            material = self.prepared_for(recording, named.recipe)
            if answers(recording, named) or any(x is named for x in self._hopeless) or self._fresh.asks(named):
                if material is None and number == session.shown_segments:
                    self._get(recording, named.recipe, needed=False)
                continue
            if material is None:
                self._get(recording, named.recipe, needed=True)
                return
            self._ask_again(material, recording, named)
            return

    def _ask_again(self, material: Prepared, recording: Recording, named: NamedSegments) -> None:
        def work(monitor: Monitor) -> tuple[Recording, NamedSegments]:
            from syncline.recutting import resolve, solve

            again = solve if named.solved is None else resolve
            return recording, again(material, recording, named, monitor=monitor)

        self._fresh.ask(named, work, urgent=True)

    def _fill(self, key: object, answer: tuple[Recording, NamedSegments]) -> None:
        assert isinstance(key, NamedSegments)
        asked, found = answer

        def fill(s: Session) -> Session | None:
            mine = next((x for x in s.segmentations if x.id == key.id), None)
            recording = s.find_recording(key.recording)
            if mine is None or recording is None or recording.transcript != asked.transcript:
                return None
            if mine is not key and (mine.constraints is not key.constraints or mine.recipe is not key.recipe):
                return None
            return s.with_segments(replace(found, name=mine.name), show=False)

        steps = self.document.steps
        first = next((x for x in steps if any(m is key for m in x.session.segmentations)), steps[0])
        self.document.complete(first, fill)
        self._keep_up(Change.SEGMENTS)

    def _refuse(self, key: object, sentence: str) -> None:
        # Asked again at every look it would be said again at every look.
        self._hopeless = (*self._hopeless[-20:], key)
        self._operations.failed.emit(sentence)


def method_of(recording: Recording, recipe: SegmentRecipe, named: NamedSegments | None = None) -> str:
    """The method that a recipe comes to, or came to in `named`."""
    if recipe.method != AUTO:
        return recipe.method
    if named is not None and named.resolved is not None:
        return named.resolved.method
    return "ctc" if recording.transcript or recording.emissions else "changepoints"


def _key(recording: Recording, recipe: SegmentRecipe) -> object:
    """What has to be the same for emissions and features to serve again."""
    return recording.id, id(recording.media), recording.emissions, method_of(recording, recipe), recipe.features


def _said(old: SegmentRecipe, new: SegmentRecipe) -> str:
    """The one parameter that differs, with its value; empty if it is not just one."""
    params = new.params if is_dataclass(new.params) else None
    if params is None or old.method != new.method or old.features != new.features:
        return ""
    changed = [f for f in fields(params) if getattr(old.params, f.name, f.default) != getattr(params, f.name)]
    if len(changed) != 1:
        return ""
    value = getattr(params, changed[0].name)
    words = f"{value:.3g}" if isinstance(value, float) else str(value)
    return f"{changed[0].metadata.get('label', changed[0].name)} {words}"


def _with(session: Session, recording: Recording, segments: NamedSegments | None) -> Session:
    """The session with an edit in it; what the edit did not touch stays the same object."""
    if session.find_recording(recording.id) is not recording:
        session = session.with_recording(recording)
    return session if segments is None or segments in session.segmentations else session.with_segments(segments)


def _followed(solved: NamedSegments, asked: object, edit: object) -> NamedSegments:
    """What was solved for an older place of a boundary, with the boundary where the hand is now."""
    if not isinstance(asked, pieces.Move) or not isinstance(edit, pieces.Move) or asked.tier != edit.tier:
        return solved
    tier = solved.tiers.tier(edit.tier)
    if tier is None or not tier.segments:
        return solved
    # It may have another number among the pieces that were solved, but lies where it was asked for.
    edge, every = attrgetter("end" if edit.end else "start"), tier.segments
    at = bisect_left(every, asked.time, key=edge)
    piece = min(range(max(at - 1, 0), min(at + 1, len(every))), key=lambda k: abs(edge(every[k]) - asked.time))
    old = edge(every[piece])
    if abs(old - edit.time) < 1e-9:
        return solved
    low = (tier.segments[piece].start if edit.end else tier.segments[piece - 1].start if piece else 0.0) + 1e-3
    others = tier.segments[piece + 1 :] if edit.end else tier.segments[piece:]
    high = (others[0].end if others else tier.segments[piece].end if edit.end else edit.time) - 1e-3
    time = min(max(edit.time, low), high)
    changed: list[tuple[int, Any]] = []
    for k in (piece - 1, piece, piece + 1):
        if not 0 <= k < len(tier.segments):
            continue
        s = tier.segments[k]
        if abs(s.end - old) < 1e-6 and s.start <= time:
            changed.append((k, replace(s, end=time)))
        elif abs(s.start - old) < 1e-6 and time <= s.end:
            changed.append((k, replace(s, start=time)))
    for k, s in changed:
        tier = tier.spliced(k, k + 1, [s])
    return solved.with_tiers(solved.tiers.with_tier(tier))
