"""The document: one immutable Session at a time, its history, one door in and one bell out."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import numpy as np
from PySide6.QtCore import QObject, Signal

from syncline.model import Alignment, NamedMatch, Session

__all__ = ["Change", "Document", "Step"]


class Change(enum.Flag):
    """What differs between two sessions; views, the journal and finished jobs all ask it."""

    NONE = 0
    INPUTS = enum.auto()
    """A or B."""
    TRUTH = enum.auto()
    RECIPE = enum.auto()
    """The recipe in hand."""
    ALIGNMENTS = enum.auto()
    """Which alignments there are, which is active, which are ghosts, their names."""
    FEATURES = enum.auto()
    """The active alignment's features (hence its cost matrix)."""
    CONSTRAINTS = enum.auto()
    """The active alignment's anchors, locks or forbidden rectangles."""
    PATH = enum.auto()
    """The active alignment's path or its figures."""
    SCENES = enum.auto()
    """Which pictures there are, or anything of any of them (Match)."""
    SCENE = enum.auto()
    """Another picture or caption is in hand, or the picture in hand has other objects, captions or constraints."""
    MATCHES = enum.auto()
    """Which matchings there are, their names, which is shown, which compared, or their links."""
    MATCH_RECIPE = enum.auto()
    """The recipe of Match in hand."""
    RECORDINGS = enum.auto()
    """Which recordings there are, or anything of any of them (Segment)."""
    RECORDING = enum.auto()
    """Another recording is in hand, or that in hand has another transcript, other own tiers, another truth."""
    SEGMENTS = enum.auto()
    """Which segmentations there are, their names, which is shown, which compared, or their pieces."""
    SEGMENT_RECIPE = enum.auto()
    """The recipe of Segment in hand."""

    @classmethod
    def between(cls, old: Session, new: Session) -> Change:
        """Compare by identity: sessions share what an edit did not touch."""
        change = cls.NONE
        if old.a is not new.a or old.b is not new.b:
            change |= cls.INPUTS
        if old.truth is not new.truth:
            change |= cls.TRUTH
        if old.recipe is not new.recipe:
            change |= cls.RECIPE
        if old.alignments is not new.alignments or old.active != new.active or old.ghosts != new.ghosts:
            change |= cls.ALIGNMENTS
        if old.scenes is not new.scenes:
            change |= cls.SCENES
        if old.active_scene is not new.active_scene or old.scene != new.scene or old.caption != new.caption:
            change |= cls.SCENE
        if old.matchings is not new.matchings or old.shown_match != new.shown_match or old.compared != new.compared:
            change |= cls.MATCHES
        if old.match_recipe is not new.match_recipe:
            change |= cls.MATCH_RECIPE
        change |= cls._between_recordings(old, new)
        x, y = old.alignment, new.alignment
        if x is not y:
            if x is None or y is None:
                return change | cls.FEATURES | cls.CONSTRAINTS | cls.PATH
            if x.features_a is not y.features_a or x.features_b is not y.features_b:
                change |= cls.FEATURES
            if (x.resolved or x.recipe) is not (y.resolved or y.recipe):
                change |= cls.FEATURES
            if x.constraints is not y.constraints:
                change |= cls.CONSTRAINTS
            if x.path is not y.path or x.errors is not y.errors or x.stale != y.stale:
                change |= cls.PATH
        return change

    @classmethod
    def _between_recordings(cls, old: Session, new: Session) -> Change:
        change = cls.NONE
        if old.recordings is not new.recordings:
            change |= cls.RECORDINGS
        if old.active_recording is not new.active_recording or old.recording != new.recording:
            change |= cls.RECORDING
        looked = ("segmentations", "shown_segments", "compared_segments")
        if any(getattr(old, name) != getattr(new, name) for name in looked):
            change |= cls.SEGMENTS
        if old.segment_recipe is not new.segment_recipe:
            change |= cls.SEGMENT_RECIPE
        return change


EVERYTHING = ~Change.NONE
LOOKS = {"scene", "caption", "shown_match", "compared", "recording", "shown_segments", "compared_segments"}
"""Parts of a session that say what is looked at, not what was worked."""


def _same_links(x: NamedMatch, y: NamedMatch) -> bool:
    """True if two matchings differ in no more than what a project file leaves out."""
    p, q = x.match, y.match
    if p is q:
        return x is y or (x.id, x.scene, x.name) == (y.id, y.scene, y.name)
    same = (x.id, x.scene, x.name) == (y.id, y.scene, y.name) and p.scene is q.scene and p.recipe == q.recipe
    return same and p.links == q.links and np.array_equal(p.similarity.values, q.similarity.values)


def _same_but_features(old: Session, new: Session) -> bool:
    """True if the sessions share all that is work; features can be computed again, and a glance is no work."""
    if old is new:
        return True
    names = ("a", "b", "truth", "recipe", "scenes", "match_recipe", "recordings", "segment_recipe", "segmentations")
    if len(old.matchings) != len(new.matchings) or not all(map(_same_links, old.matchings, new.matchings)):
        return False
    if any(getattr(old, n) is not getattr(new, n) for n in names):
        return False
    if old.active != new.active or old.ghosts != new.ghosts or len(old.alignments) != len(new.alignments):
        return False
    names = [f.name for f in fields(Alignment) if f.name not in ("features_a", "features_b")]
    return all(
        x is y or all(getattr(x, n) is getattr(y, n) for n in names)
        for x, y in zip(old.alignments, new.alignments, strict=True)
    )


@dataclass(frozen=True, eq=False)
class Step:
    """One entry of the history: the session after the step, and what the step is called."""

    session: Session
    label: str
    serial: int


class Document(QObject):
    """Owns the session and its history.

    `replace` is the only door for edits, `complete` fills in what a job computed for the newest or an older step,
    `preview` shows what is not (yet) part of history while a hand moves, `changed` is the only bell.
    """

    changed = Signal(Change)
    """What a view draws may have changed: `shown` is to be drawn."""
    history_changed = Signal()
    """Steps were added, dropped or moved through; `dirty` may differ."""
    stepped = Signal(str)
    """``"replace" | "complete" | "move"``: history now stands elsewhere or holds more; the journal listens."""

    LIMIT = 500

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._serial = 0
        self._steps: list[Step] = [Step(Session(), self.tr("New"), 0)]
        self._at = 0
        self._saved: int | None = 0
        self._preview: Session | None = None

    # -- reading -----------------------------------------------------------------------------------

    @property
    def session(self) -> Session:
        """The session that history stands at."""
        return self._steps[self._at].session

    @property
    def shown(self) -> Session:
        """What views draw: the preview while a hand moves, else the session."""
        return self._preview if self._preview is not None else self.session

    @property
    def previewing(self) -> bool:
        """True while a preview is shown."""
        return self._preview is not None

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps, oldest first, the redoable ones included."""
        return tuple(self._steps)

    @property
    def position(self) -> int:
        """Index into `steps` of the one in force."""
        return self._at

    @property
    def dirty(self) -> bool:
        """True if the session in force is not the one last saved."""
        return self._steps[self._at].serial != self._saved

    @property
    def undo_label(self) -> str | None:
        """Name of the step that `undo` takes back, None if there is none."""
        return self._steps[self._at].label if self._at else None

    @property
    def redo_label(self) -> str | None:
        """Name of the step that `redo` brings back, None if there is none."""
        return self._steps[self._at + 1].label if self._at + 1 < len(self._steps) else None

    # -- the door ----------------------------------------------------------------------------------

    def replace(self, session: Session, label: str) -> Step:
        """Make `session` the document's state as one undoable step; ends a preview."""
        old = self.shown
        self._preview = None
        self._serial += 1
        step = Step(session, label, self._serial)
        del self._steps[self._at + 1 :]
        self._steps.append(step)
        if len(self._steps) > self.LIMIT:
            del self._steps[: len(self._steps) - self.LIMIT]
        self._at = len(self._steps) - 1
        self._ring(old, "replace")
        return step

    def complete(self, step: Step, fill: Callable[[Session], Session | None]) -> bool:
        """Fill what was computed into `step` (and the steps after it that still ask the same), adding none.

        Parameters
        ----------
        fill
            Given a session, returns it with the answer in it, or None if the session's question is another one.

        Returns
        -------
        bool
            False if no step still asks; the answer is dropped.
        """
        old, taken = self.shown, False
        for k, s in enumerate(self._steps):
            if s.serial < step.serial:
                continue
            filled = fill(s.session)
            if filled is not None:
                # Features can be computed again and are in no file; a path that came late is not in the saved one.
                if s.serial == self._saved and not _same_but_features(s.session, filled):
                    self._saved = None
                self._steps[k] = replace(s, session=filled)
                taken = True
        if taken:
            self._ring(old, "complete")
        return taken

    def look(self, **view: int | None) -> None:
        """Turn to another picture or matching: no edit, hence no step, and nothing to save.

        The step in force remembers what is looked at, so that undo and redo come back to where the work was done.

        Parameters
        ----------
        view
            `scene`, `caption`, `shown_match`, `compared`, `recording`, `shown_segments` or `compared_segments` of a
            session.
        """
        if not view.keys() <= LOOKS:
            raise TypeError(f"{', '.join(view)} are not only what is looked at")
        old = self.shown
        self._preview = None
        now = self._steps[self._at]
        self._steps[self._at] = replace(now, session=replace(now.session, **view))  # pyright: ignore[reportArgumentType]
        change = Change.between(old, self.shown)
        if change:
            self.changed.emit(change)

    def preview(self, session: Session | None) -> None:
        """Show `session` without making it a step; None goes back to the session in force."""
        old = self.shown
        self._preview = session
        change = Change.between(old, self.shown)
        if change:
            self.changed.emit(change)

    # -- history -----------------------------------------------------------------------------------

    def undo(self) -> None:
        """Go one step back."""
        self.jump(self._at - 1)

    def redo(self) -> None:
        """Go one step forward."""
        self.jump(self._at + 1)

    def jump(self, position: int) -> None:
        """Stand at another step of the history; out of range does nothing."""
        if not 0 <= position < len(self._steps) or position == self._at:
            return
        old = self.shown
        self._preview = None
        self._at = position
        self._ring(old, "move")

    def reset(self, session: Session, label: str, saved: bool = True) -> None:
        """Start a new history at `session` (a project was opened, or a new one begun)."""
        self._preview = None
        self._serial += 1
        self._steps = [Step(session, label, self._serial)]
        self._at = 0
        self._saved = self._serial if saved else None
        self.changed.emit(EVERYTHING)
        self.history_changed.emit()
        self.stepped.emit("reset")

    def mark_saved(self, serial: int, session: Session | None = None) -> None:
        """Say that the step with that serial is what the project file holds.

        `session` is what was written: if an answer was filled into the step meanwhile, it is not saved.
        """
        now = next((s.session for s in self._steps if s.serial == serial), None)
        self._saved = serial
        if session is not None and (now is None or not _same_but_features(session, now)):
            self._saved = None
        self.history_changed.emit()

    @property
    def serial(self) -> int:
        """Serial of the step in force; give it to `mark_saved` once that state is on disk."""
        return self._steps[self._at].serial

    def _ring(self, old: Session, why: str) -> None:
        change = Change.between(old, self.shown)
        if change:
            self.changed.emit(change)
        self.history_changed.emit()
        self.stepped.emit(why)

    # -- convenience -------------------------------------------------------------------------------

    def replace_alignment(self, alignment: Alignment, label: str) -> Step:
        """`replace` with `alignment` in the place of the one with its id."""
        return self.replace(self.session.with_alignment(alignment), label)
