"""An edit of a picture, from hand to links: one step, filled as soon as its links are found."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject

from syncline.edits import links
from syncline.model import CaptionMatch, NamedMatch, Scene, SceneMatch, Session
from syncline.progress import Monitor

from .document import Change, Document
from .live import Newest
from .operations import Operations

__all__ = ["MatchEditing", "same_links", "same_things", "unasked"]


class MatchEditing(QObject):
    """Edits the scenes of one document and keeps their links up to date.

    An edit puts another scene into the session; the old links stay until the new ones are filled into the same step
    (`Document.complete`). Matchings that are neither shown nor compared are brought up to date when they are.
    """

    def __init__(self, document: Document, operations: Operations, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document, self._operations = document, operations
        self._live = Newest(self.tr("Matching"), self)
        self._live.answered.connect(self._answer_live)
        self._fresh = Newest(self.tr("Matching again"), self)
        self._fresh.answered.connect(self._fill)
        self._fresh.refused.connect(self._refuse)
        self._hand: Scene | None = None
        self._hand_match: SceneMatch | None = None
        self._hopeless: tuple[object, ...] = ()
        document.changed.connect(self._keep_up)

    @property
    def busy(self) -> bool:
        """True while links are found that belong to a step."""
        return not self._fresh.idle

    def close(self) -> None:
        """Stop what runs; for the end of the window."""
        self._live.close()
        self._fresh.close()

    def preview_scene(self, scene: Scene) -> None:
        """While the hand moves: show the scene at once, its links as soon as they are found."""
        session = self.document.session
        named = session.match_of(scene.id)
        if session.find_scene(scene.id) is None:
            return
        self._hand = scene
        self._show_hand(named)
        if named is not None and not unasked(named.match) and not same_links(named.match.scene, scene):
            base = self._hand_match or named.match
            self._live.ask(scene, lambda m: self._solve(base, scene, session.scenes, m))

    def _show_hand(self, named: NamedMatch | None) -> None:
        assert self._hand is not None
        session = self.document.session.with_scene(self._hand)
        if named is not None and self._hand_match is not None:
            session = session.with_match(replace(named, match=self._hand_match))
        self.document.preview(session)

    def _answer_live(self, _key: object, found: SceneMatch) -> None:
        if self._hand is None or self._hand.id != found.scene.id:
            return
        # Between two answers the box follows the hand; the links are the newest found.
        self._hand_match = found
        self._show_hand(self.document.session.match_of(found.scene.id))

    def abandon_edit(self) -> None:
        """The hand let go without meaning it."""
        self._hand = self._hand_match = None
        self._live.stop()
        self.document.preview(None)

    def commit_scene(self, scene: Scene, label: str) -> None:
        """Make the edit one undoable step; its links fill that step as soon as they are found."""
        live, self._hand, self._hand_match = self._hand_match, None, None
        self._live.stop()
        session = self.document.session
        old, named = session.find_scene(scene.id), session.match_of(scene.id)
        if old is None or old is scene:
            self.document.preview(None)
            return
        new = session.with_scene(scene)
        if named is not None:
            found = live if live is not None and live.scene is scene else None
            if found is None and named.match.scene is old and same_links(old, scene):
                found = replace(named.match, scene=scene)
            if found is not None:
                new = new.with_match(replace(named, match=found))
        self.document.replace(new, label)

    def preview_threshold(self, threshold: float) -> None:
        """While the hand moves: show what stays with another threshold, and its links."""
        scene = self.document.session.active_scene
        if scene is not None:
            self.preview_scene(links.set_threshold(scene, threshold))

    def set_threshold(self, threshold: float) -> None:
        """Leave out detections below a score, at once."""
        scene = self.document.session.active_scene
        if scene is None or threshold == scene.threshold:
            self.abandon_edit()
        else:
            label = self.tr("Detections from %1").replace("%1", f"{threshold:.2f}")
            self.commit_scene(links.set_threshold(scene, threshold), label)

    def set_checked(self, checked: bool, number: int | None = None) -> None:
        """Say that a person has confirmed the links of a picture."""
        session = self.document.session
        scene = session.find_scene(session.scene if number is None else number)
        if scene is not None and scene.checked != checked:
            label = self.tr("Checked") if checked else self.tr("Not checked")
            self.commit_scene(links.set_checked(scene, checked), label)

    def _solve(self, match: SceneMatch, scene: Scene, scenes: tuple[Scene, ...], monitor: Monitor) -> SceneMatch:
        from syncline.matching import corpus_of, rematch

        corpus = None if same_things(match.scene, scene) else corpus_of(scenes)
        return rematch(match, scene=scene, corpus=corpus, monitor=monitor)

    def _keep_up(self, change: Change) -> None:
        """Bring what is shown and compared up to date with its scene, without a step of its own."""
        if not change & (Change.SCENE | Change.MATCHES) or self.document.previewing:
            return
        session = self.document.session
        scene = session.active_scene
        for number in (session.shown_match, session.compared):
            named = session.find_matching(number)
            if scene is None or named is None or (named.match.scene is scene and not unasked(named.match)):
                continue
            if any(x is named for x in self._hopeless) or self._fresh.asks(named):
                return
            self._ask_again(named, scene, session.scenes)
            return

    def _ask_again(self, named: NamedMatch, scene: Scene, scenes: tuple[Scene, ...]) -> None:
        self._fresh.ask(named, lambda m: self.again(named.match, scene, scenes, m), urgent=True)

    def again(self, match: SceneMatch, scene: Scene, scenes: tuple[Scene, ...], monitor: Monitor) -> SceneMatch:
        """Match a scene as it is now by the recipe of an older matching; runs on a worker."""
        if not unasked(match):
            return self._solve(match, scene, scenes, monitor)
        from syncline.matching import corpus_of
        from syncline.matching import match as match_anew

        fresh = match_anew(scene, recipe=match.recipe, corpus=corpus_of(scenes), monitor=monitor)
        if match.scene is not scene or _pairs(fresh) == _pairs(match):
            return fresh
        # Saved links stand, even if another model or corpus would find others today.
        note = self.tr("Matched again, this picture would have other links; they are shown as they were saved.")
        captions = tuple(map(_asked_like, match.captions, fresh.captions))
        return replace(match, captions=captions, notes=(*match.notes, note))

    def _fill(self, key: object, found: SceneMatch) -> None:
        assert isinstance(key, NamedMatch)

        def fill(s: Session) -> Session | None:
            if s.find_scene(key.scene) is not found.scene or not any(m is key for m in s.matchings):
                return None
            return s.with_match(replace(key, match=found), show=False)

        steps = self.document.steps
        first = next((x for x in steps if any(m is key for m in x.session.matchings)), steps[0])
        self.document.complete(first, fill)
        self._keep_up(Change.MATCHES)

    def _refuse(self, key: object, sentence: str) -> None:
        # Asked again at every look it would be said again at every look.
        self._hopeless = (*self._hopeless[-20:], key)
        self._operations.failed.emit(sentence)


def same_things(old: Scene, new: Scene) -> bool:
    """True if two states of a scene have the same similarities."""
    return old.active == new.active and old.captions == new.captions and old.picture is new.picture


def same_links(old: Scene, new: Scene) -> bool:
    """True if nothing that links come of differs between two states of a scene."""
    return same_things(old, new) and old.constraints == new.constraints and old.truth == new.truth


def unasked(match: SceneMatch) -> bool:
    """True of a matching that came from a file: what its solver was asked was left out there."""
    return any(c.asked is None for c in match.captions)


def _pairs(match: SceneMatch) -> set[tuple[int, int]]:
    return {(link.a, link.b) for link in match.links}


def _asked_like(kept: CaptionMatch, fresh: CaptionMatch) -> CaptionMatch:
    return replace(kept, asked=fresh.asked, answer=fresh.answer, columns=fresh.columns)
