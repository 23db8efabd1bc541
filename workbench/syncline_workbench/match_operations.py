"""What a user can do with pictures, each as a call of `syncline.matching`, a job and one ``document.replace``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal

from syncline.edits import links
from syncline.errors import SynclineError
from syncline.model import MatchRecipe, NamedMatch, Scene, SceneMatch, Session
from syncline.progress import Monitor

from .document import Step
from .jobs import Job
from .match_editing import unasked
from .match_finding import MatchFinding
from .match_training import with_newest

__all__ = ["MatchOperations", "same_question"]


class MatchOperations(MatchFinding):
    """Opens, detects, matches, edits and exports the scenes of one document."""

    opened = Signal(str)
    """A picture was opened: its path, for the list of recent files."""
    added = Signal()
    """Pictures came into the document."""
    unsure = Signal(object)
    """What to check next: list of (margin, id of the scene, id of an object or None, id of a phrase or None)."""

    # -- pictures ----------------------------------------------------------------------------------

    def open_paths(self, paths: Sequence[str], captions: Sequence[str] = ()) -> None:
        """Open pictures, folders of them, or data sets; a single one without objects is detected and matched."""
        names = ", ".join(Path(p).name for p in paths[:3]) + ("…" if len(paths) > 3 else "")

        def work(monitor: Monitor) -> list[Scene]:
            from syncline.matching import open_scenes
            from syncline.project import remember

            found: list[Scene] = []
            for k, path in enumerate(paths):
                part = monitor.part(k / len(paths), (k + 1) / len(paths), Path(path).name)
                try:
                    found += open_scenes(path, captions=captions, monitor=part)
                except SynclineError as error:
                    if len(paths) == 1:
                        raise
                    monitor.warn(str(error))
            remember(*(s.picture for s in found))
            return found

        def done(found: list[Scene]) -> None:
            if not found:
                return
            self.add_scenes(found)
            self.added.emit()
            if len(paths) == 1 and Path(paths[0]).exists():
                self.opened.emit(paths[0])
            for scene in found:
                for note in scene.picture.notes:
                    self._operations.notice.emit(note)
            if len(found) == 1 and self.match_when_ready:
                self._begin_with(self.document.session.active_scene)

        self._run(self.tr("Opening %1").replace("%1", names), work, done)

    def open_examples(self) -> None:
        """Open the pictures that come along, find what is in them, and match them."""

        def work(monitor: Monitor) -> list[Scene]:
            from syncline.matching import detect, open_scenes
            from syncline.project import remember
            from syncline_resources import example_pictures

            found = open_scenes(example_pictures(), monitor=monitor.part(0, 0.1))
            remember(*(s.picture for s in found))
            count = len(found)
            return [detect(s, monitor=monitor.part((k + 0.1) / count, (k + 1) / count)) for k, s in enumerate(found)]

        def done(found: list[Scene]) -> None:
            step = self.add_scenes(found)
            self.added.emit()
            self.match_all(s.id for s in step.session.scenes[-len(found) :])

        self._run(self.tr("Opening the examples"), work, done)

    def _begin_with(self, scene: Scene | None) -> None:
        if scene is not None and not scene.objects:
            self.detect()
        elif scene is not None and scene.phrases:
            self.match()

    def add_scenes(self, scenes: Sequence[Scene]) -> Step:
        """Put opened scenes into the document, under ids of their own; the first is then in hand."""
        session = self.document.session
        first = session.next_scene_id()
        numbered = tuple(replace(s, id=first + k) for k, s in enumerate(scenes))
        session = replace(session, scenes=(*session.scenes, *numbered)).with_active(first)
        if len(scenes) == 1:
            label = self.tr("Open %1").replace("%1", scenes[0].picture.name)
        else:
            label = self.tr("Open %1 pictures").replace("%1", str(len(scenes)))
        return self.document.replace(session, label)

    def remove_scene(self, number: int) -> None:
        """Take a picture out of the document."""
        session = self.document.session
        scene = session.find_scene(number)
        if scene is not None:
            label = self.tr("Remove %1").replace("%1", scene.picture.name)
            self.document.replace(session.without_scene(number), label)

    def relocate(self, number: int, path: str) -> None:
        """Say where the picture of a scene is now."""
        session = self.document.session
        scene = session.find_scene(number)
        if scene is None:
            return

        def work(monitor: Monitor) -> Session:
            from syncline.project import relocate_picture

            return relocate_picture(session, number, path, monitor)

        def done(found: Session) -> None:
            if self.document.session is session:
                self.document.replace(found, self.tr("Locate %1").replace("%1", scene.picture.name))
            else:
                self._operations.notice.emit(self.tr("The project was changed meanwhile; locate the file again."))

        self._run(self.tr("Looking at %1").replace("%1", Path(path).name), work, done)

    # -- looking around ----------------------------------------------------------------------------

    def look_at(self, number: int, caption: int | None = None) -> None:
        """Take another picture, or another caption of it, in hand."""
        self.abandon_edit()
        session = self.document.session.with_active(number, caption)
        if session.scene == number:
            self.document.look(
                scene=session.scene,
                caption=session.caption,
                shown_match=session.shown_match,
                compared=session.compared,
            )

    def look_at_caption(self, caption: int) -> None:
        """Take another caption of the picture in hand."""
        if self.document.session.scene is not None:
            self.look_at(self.document.session.scene, caption)

    def step_scene(self, by: int, unchecked: bool = False) -> bool:
        """Go to the next picture of the list, round its end; with `unchecked` to one nobody has checked.

        Returns
        -------
        bool
            False if there is none.
        """
        session = self.document.session
        ids = [s.id for s in session.scenes]
        if session.scene not in ids:
            return False
        at = ids.index(session.scene)
        order = [session.scenes[(at + by * k) % len(ids)] for k in range(1, len(ids) + 1)]
        found = next((s for s in order if not (unchecked and s.checked) and s.id != session.scene), None)
        if found is not None:
            self.look_at(found.id)
        return found is not None

    def show_match(self, number: int) -> None:
        """Draw another matching of the picture in hand."""
        session = self.document.session
        named = session.find_matching(number)
        if named is not None and number != session.shown_match:
            self.abandon_edit()
            compared = session.shown_match if session.compared == number else session.compared
            self.document.look(shown_match=number, compared=compared)

    def compare(self, number: int | None) -> None:
        """Show where another matching of the picture in hand differs; None ends that."""
        session = self.document.session
        if number is None or (session.find_matching(number) is not None and number != session.shown_match):
            self.document.look(compared=number)

    # -- words -------------------------------------------------------------------------------------

    def set_caption(self, text: str, caption: int | None = None) -> None:
        """Add a caption to the picture in hand, or put another text in the place of one; empty: take it away."""
        scene = self.document.session.active_scene
        if scene is None:
            return
        if not text.strip():
            if caption is not None:
                self.commit_scene(links.delete_caption(scene, caption), self.tr("Remove caption"))
            return

        def work(_monitor: Monitor) -> Any:
            from syncline.matching import caption_of

            return caption_of(text.strip())

        def done(said: Any) -> None:
            now = self.document.session.find_scene(scene.id)
            if now is None or (caption is not None and now.caption(caption) is None):
                return
            if caption is not None:
                self.commit_scene(links.edit_caption(now, caption, said), self.tr("Change caption"))
                return
            edited, number = links.add_caption(now, said)
            self.commit_scene(edited, self.tr("Add caption"))
            self.look_at(scene.id, number)
            if self.match_when_ready and self.document.session.match is None:
                self._begin_with(self.document.session.active_scene)

        self._run(self.tr("Finding phrases"), work, done)

    # -- matching ----------------------------------------------------------------------------------

    def set_recipe(self, recipe: MatchRecipe) -> None:
        """Change what the next Match will do."""
        recipe = with_newest(self.document.session, recipe)
        if recipe != self.document.session.match_recipe:
            self.document.replace(replace(self.document.session, match_recipe=recipe), self.tr("Change recipe"))

    def match(self) -> Job | None:
        """Match the picture in hand by the recipe in hand.

        The answer takes the place of what is shown if sources and method are the same, else it stands beside it.
        """
        session = self.document.session
        scene, recipe, named = session.active_scene, session.match_recipe, session.named_match
        if scene is None:
            self._operations.failed.emit(self.tr("Open a picture first."))
            return None
        if not scene.phrases or not scene.active:
            missing = self.tr("a caption") if not scene.phrases else self.tr("objects: detect or draw some")
            self._operations.failed.emit(self.tr("To match, the picture needs %1.").replace("%1", missing))
            return None

        def work(monitor: Monitor) -> SceneMatch:
            from syncline.matching import corpus_of, match

            return match(scene, recipe=recipe, corpus=corpus_of(session.scenes), monitor=monitor)

        def done(found: SceneMatch) -> None:
            now = self.document.session
            if now.find_scene(scene.id) is None:
                return
            place = named if named is not None and named in now.matchings and same_question(named, found) else None
            new = replace(place, match=found) if place is not None else NamedMatch(now.next_match_id(), scene.id, found)
            self.document.replace(now.with_match(new), self.tr("Match (%1)").replace("%1", new.label))
            self._tell(found)

        return self._run(self.tr("Matching"), work, done)

    def _tell(self, found: SceneMatch) -> None:
        for note in dict.fromkeys((*found.notes, *(n for c in found.captions for n in c.matching.notes))):
            self._operations.notice.emit(note)

    def match_all(self, numbers: Iterable[int] | None = None, detect: bool = True) -> Job | None:
        """Match many pictures by the recipe in hand, one step in all; what is done when it is cancelled stays.

        Parameters
        ----------
        numbers
            Ids of scenes; by default all that nobody has checked.
        detect
            Find the objects of those that have none.
        """
        session = self.document.session
        chosen = None if numbers is None else set(numbers)
        scenes = [s for s in session.scenes if (not s.checked if chosen is None else s.id in chosen)]
        scenes = [s for s in scenes if s.phrases]
        if not scenes:
            self._operations.failed.emit(self.tr("There are no unchecked pictures with captions to match."))
            return None
        return self.match_many(scenes, session.match_recipe, detect=detect)

    def match_many(
        self,
        scenes: Sequence[Scene],
        recipe: MatchRecipe,
        *,
        detect: bool = True,
        prepare: Callable[[Session], Session] | None = None,
        label: str = "",
    ) -> Job:
        """Match these pictures, one step in all; what is done when it is cancelled stays.

        Parameters
        ----------
        prepare, label
            What else the step does to the session with the links in it, and what it is called.
        """
        session = self.document.session
        found: list[tuple[Scene, SceneMatch]] = []

        def work(monitor: Monitor) -> None:
            from syncline.matching import corpus_of, match
            from syncline.matching import detect as detect_objects

            corpus = corpus_of(session.scenes)
            for k, scene in enumerate(scenes):
                part = monitor.part(k / len(scenes), (k + 1) / len(scenes), scene.picture.name)
                try:
                    now = scene if scene.objects or not detect else detect_objects(scene, monitor=part.part(0, 0.8))
                    found.append((scene, match(now, recipe=recipe, corpus=corpus, monitor=part.part(0.8, 1))))
                except SynclineError as error:
                    part.check()
                    monitor.warn(f"{scene.picture.name}: {error}")

        def take(_answer: object = None) -> None:
            session = self._with_matches(self.document.session, found)
            if found or (prepare is not None and not job.monitor.cancelled):
                counted = self.tr("Match 1 picture") if len(found) == 1 else self.tr("Match %1 pictures")
                session = session if prepare is None else prepare(session)
                self.document.replace(session, label or counted.replace("%1", str(len(found))))

        job = self._run(self.tr("Matching %1 pictures").replace("%1", str(len(scenes))), work, take)
        job.cancelled.connect(take)
        return job

    @staticmethod
    def _with_matches(session: Session, found: list[tuple[Scene, SceneMatch]]) -> Session:
        scenes = {s.id: s for s in session.scenes}
        matchings = {m.id: m for m in session.matchings}
        newest = {m.scene: m for m in session.matchings}
        number = session.next_match_id()
        for asked, match in list(found):
            if scenes.get(asked.id) is not asked:
                # It was edited or removed meanwhile: the answer is to an old question.
                found.remove((asked, match))
                continue
            scenes[asked.id] = match.scene
            old = newest.get(asked.id)
            place = old if old is not None and same_question(old, match) else None
            new = replace(place, match=match) if place is not None else NamedMatch(number, asked.id, match)
            number += place is None
            matchings[new.id] = newest[asked.id] = new
        session = replace(session, scenes=tuple(scenes.values()), matchings=tuple(matchings.values()))
        shown = newest.get(session.scene) if session.scene is not None else None
        return session if shown is None else replace(session, shown_match=shown.id)

    def rename_match(self, number: int, name: str) -> None:
        """Give a matching a name of its own."""
        session = self.document.session
        named = session.find_matching(number)
        if named is not None and name.strip() != named.name:
            renamed = session.with_match(replace(named, name=name.strip()), show=False)
            self.document.replace(renamed, self.tr("Rename matching"))

    def duplicate_match(self, number: int) -> None:
        """Keep a copy of a matching to compare with."""
        session = self.document.session
        named = session.find_matching(number)
        if named is not None:
            copy = replace(named, id=session.next_match_id(), name=self.tr("%1 (copy)").replace("%1", named.label))
            self.document.replace(session.with_match(copy, show=False), self.tr("Keep a copy"))

    def remove_match(self, number: int) -> None:
        """Take a matching out of the document."""
        session = self.document.session
        kept = tuple(m for m in session.matchings if m.id != number)
        mine = [m.id for m in kept if m.scene == session.scene]
        shown = session.shown_match if session.shown_match != number else (mine[-1] if mine else None)
        compared = None if session.compared in (number, shown) else session.compared
        new = replace(session, matchings=kept, shown_match=shown, compared=compared)
        self.document.replace(new, self.tr("Remove matching"))

    # -- judging -----------------------------------------------------------------------------------

    def check_next(self) -> Job | None:
        """Work out how sure every decision of every unchecked picture is; `unsure` answers."""
        session = self.document.session
        named = [m for s in session.scenes if not s.checked and (m := session.match_of(s.id)) is not None]
        if not named:
            self._operations.failed.emit(self.tr("Match some pictures first; checked ones are left out."))
            return None
        scenes = {s.id: s for s in session.scenes}

        def work(monitor: Monitor) -> list[tuple[float, int, int | None, int | None]]:
            from syncline.matching import check_next

            found: list[tuple[float, int, int | None, int | None]] = []
            for k, one in enumerate(named):
                part = monitor.part(k / len(named), (k + 1) / len(named))
                match, scene = one.match, scenes[one.scene]
                try:
                    if match.scene is not scene or unasked(match):
                        match = self.again(match, scene, session.scenes, part.part(0, 0.5))
                    found += [(margin, scene.id, a, b) for margin, a, b in check_next(match, part.part(0.5, 1))]
                except SynclineError as error:
                    part.check()
                    monitor.warn(f"{scene.picture.name}: {error}")
            return sorted(found, key=lambda x: (x[0], x[1], x[2] or 0, x[3] or 0))

        return self._run(self.tr("Looking for what to check"), work, self.unsure.emit)

    # -- results -----------------------------------------------------------------------------------

    def export(self, target: str, format: str | None = None, params: Any = None, every: bool = False) -> None:
        """Write the links of the picture in hand, or of every picture that has some."""
        session = self.document.session
        numbers = [s.id for s in session.scenes] if every else [session.scene]
        named = [m for n in numbers if n is not None and (m := session.match_of(n)) is not None]
        if not named:
            self._operations.failed.emit(self.tr("There are no links to export yet: match first."))
            return
        scenes = {s.id: s for s in session.scenes}

        def work(monitor: Monitor) -> list[Path]:
            from syncline.matching import export_match

            found = [
                m.match
                if m.match.scene is scenes[m.scene]
                else self.again(m.match, scenes[m.scene], session.scenes, monitor)
                for m in named
            ]
            return export_match(
                found, _for_each(target, format, len(found)), format=format, params=params, monitor=monitor
            )

        def done(written: list[Path]) -> None:
            self._operations.exported.emit(str(written[0]) if len(written) == 1 else str(written[0].parent))

        self._run(self.tr("Exporting %1").replace("%1", Path(target).name), work, done)


def _for_each(target: str, format: str | None, count: int) -> Path:
    """Where several pictures go: a file each, named after it, if that is all the exporter can do."""
    from syncline.export.links import PLACEHOLDER, exporter_for, is_single

    path = Path(target)
    single = is_single(exporter_for(path.suffix, format))
    return (
        path.with_name(f"{PLACEHOLDER} {path.name}") if single and count > 1 and PLACEHOLDER not in path.name else path
    )


def same_question(named: NamedMatch, found: SceneMatch) -> bool:
    """True if a matching came of the same sources and method: a new answer then takes its place."""
    old, new = named.match.recipe, found.recipe
    return (old.method, [t.name for t in old.terms]) == (new.method, [t.name for t in new.terms])
