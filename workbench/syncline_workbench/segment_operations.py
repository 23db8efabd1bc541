"""What a user can do with recordings that are cut into pieces, each as a call of core, a job and one step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from syncline.edits import pieces
from syncline.errors import SynclineError
from syncline.model import AUTO, EmissionSource, Media, NamedSegments, Recording, SegmentRecipe, Session, Tiers, Word
from syncline.progress import Monitor

from .document import Document
from .jobs import Job
from .operations import KEYED, Operations
from .segment_editing import SegmentEditing, method_of

if TYPE_CHECKING:
    from syncline.recutting import Prepared

__all__ = ["SegmentOperations"]


class SegmentOperations(SegmentEditing):
    """Opens, cuts, edits and exports the recordings of one document."""

    opened = Signal(str)
    """A recording was opened: its path, for the list of recent files."""
    added = Signal()
    """Recordings came into the document."""
    key_wanted = Signal(str, object)
    """Path, and the keys (name, shape) to choose from."""

    def __init__(self, document: Document, operations: Operations, parent: QObject | None = None) -> None:
        super().__init__(document, operations, parent)
        self.segment_when_ready = True

    # -- recordings --------------------------------------------------------------------------------

    def open_paths(self, paths: Sequence[str], key: str | None = None, rate: float | None = None) -> None:
        """Open recordings, videos or features; the first is then in hand."""
        names = ", ".join(Path(p).name for p in paths[:3]) + ("…" if len(paths) > 3 else "")

        def work(monitor: Monitor) -> tuple[list[Media], list[tuple[str, object]]]:
            from syncline import pipeline
            from syncline.media import list_keys
            from syncline.project import remember

            found: list[Media] = []
            keyed: list[tuple[str, object]] = []
            for k, path in enumerate(paths):
                part = monitor.part(k / len(paths), (k + 1) / len(paths), Path(path).name)
                try:
                    if key is None and Path(path).suffix.lower() in KEYED:
                        keys = list_keys(Path(path))
                        if len(keys) > 1:
                            keyed.append((path, keys))
                            continue
                    found.append(pipeline.open_media(path, key=key, rate=rate, monitor=part))
                except SynclineError as error:
                    if len(paths) == 1:
                        raise
                    part.check()
                    monitor.warn(str(error))
            # A project that names a file outside its folder may have it if the user opened it once.
            remember(*found)
            return found, keyed

        def done(answer: tuple[list[Media], list[tuple[str, object]]]) -> None:
            found, keyed = answer
            if found:
                self.add_recordings([Recording(0, m) for m in found])
            for path, keys in keyed:
                self.key_wanted.emit(path, keys)

        self._run(self.tr("Opening %1").replace("%1", names), work, done)

    def open_emissions(self, path: str, source: EmissionSource) -> None:
        """Open a file of emissions as a recording of its own."""

        def work(monitor: Monitor) -> Recording:
            from syncline.media import list_keys, load_emissions, open_emissions
            from syncline.project import remember, remember_emissions

            reading, hashing = monitor.part(0.0, 0.7), monitor.part(0.7, 1.0)
            heard = load_emissions(
                path, source.labels or None, blank=source.blank or None, step=source.step, monitor=reading
            )
            keys = list_keys(Path(path)) if Path(path).suffix.lower() in KEYED else []
            key = next((name for name, shape in keys if shape == heard.log_probs.shape), None)
            media = open_emissions(path, heard, key=key, monitor=hashing)
            remember(media)
            remember_emissions(source)
            return Recording(0, media, emissions=replace(source, path="", step=heard.step))

        title = self.tr("Opening %1").replace("%1", Path(path).name)
        self._run(title, work, lambda found: self.add_recordings([found]))

    def open_example(self) -> None:
        """Open the sentence that comes along, with its truth, and find its words."""

        def work(monitor: Monitor) -> Recording:
            from syncline import pipeline
            from syncline.project import remember
            from syncline.tiers import load_tiers
            from syncline_resources import example_speech

            path, said, truth = example_speech()
            media = pipeline.open_media(path, monitor=monitor)
            remember(media)
            return Recording(0, media, tuple(Word(w) for w in said.split()), truth=load_tiers(truth))

        def done(found: Recording) -> None:
            self.add_recordings([found])
            self.segment()

        self._run(self.tr("Opening the example"), work, done)

    def add_recordings(self, recordings: Sequence[Recording]) -> None:
        """Put opened recordings into the document, under ids of their own."""
        session = self.document.session
        first = session.next_recording_id()
        numbered = tuple(replace(r, id=first + k) for k, r in enumerate(recordings))
        session = replace(session, recordings=(*session.recordings, *numbered)).with_recording_in_hand(first)
        if len(recordings) == 1:
            label = self.tr("Open %1").replace("%1", recordings[0].media.name)
        else:
            label = self.tr("Open %1 recordings").replace("%1", str(len(recordings)))
        self.abandon_edit()
        self.document.replace(session, label)
        self.added.emit()
        for r in recordings:
            self.opened.emit(str(r.media.path))
            for note in r.media.notes:
                self._operations.notice.emit(note)

    def remove_recording(self, number: int) -> None:
        """Take a recording out of the document."""
        session = self.document.session
        recording = session.find_recording(number)
        if recording is not None:
            label = self.tr("Remove %1").replace("%1", recording.media.name)
            self.document.replace(session.without_recording(number), label)

    def relocate(self, number: int, path: str) -> None:
        """Say where the file of a recording is now."""
        session = self.document.session
        recording = session.find_recording(number)
        if recording is None:
            return
        old = recording.media

        def work(monitor: Monitor) -> Session:
            from syncline.project import relocate

            return relocate(session, old, path, monitor)

        def done(found: Session) -> None:
            if self.document.session is session:
                self.document.replace(found, self.tr("Locate %1").replace("%1", old.name))
            else:
                self._operations.notice.emit(self.tr("The project was changed meanwhile; locate the file again."))

        self._run(self.tr("Looking at %1").replace("%1", Path(path).name), work, done)

    # -- looking around ----------------------------------------------------------------------------

    def look_at(self, number: int) -> None:
        """Take another recording in hand."""
        self.abandon_edit()
        session = self.document.session.with_recording_in_hand(number)
        if session.recording == number:
            self.document.look(
                recording=number, shown_segments=session.shown_segments, compared_segments=session.compared_segments
            )

    def step_recording(self, by: int) -> None:
        """Go to the next recording of the list, round its end."""
        session = self.document.session
        ids = [r.id for r in session.recordings]
        if session.recording in ids:
            self.look_at(ids[(ids.index(session.recording) + by) % len(ids)])

    def show_segments(self, number: int) -> None:
        """Draw another segmentation of the recording in hand."""
        session = self.document.session
        if session.find_segments(number) is not None and number != session.shown_segments:
            self.abandon_edit()
            compared = session.shown_segments if session.compared_segments == number else session.compared_segments
            self.document.look(shown_segments=number, compared_segments=compared)

    def compare(self, number: int | None) -> None:
        """Draw another segmentation of the recording in hand beside it; None ends that."""
        session = self.document.session
        if number is None or (session.find_segments(number) is not None and number != session.shown_segments):
            self.document.look(compared_segments=number)

    # -- what is said, what is true ----------------------------------------------------------------

    def set_transcript(self, words: Sequence[Word]) -> None:
        """Say what is said; words that stay keep their places."""
        session = self.document.session
        recording = session.active_recording
        if recording is None or tuple(words) == recording.transcript:
            return
        label = self.tr("Change transcript") if recording.transcript else self.tr("Transcript")
        self.commit_edit(pieces.Transcript(tuple(words)), label)
        session = self.document.session
        if self.segment_when_ready and words and not any(map(_spoken, session.segmentations_of(recording.id))):
            recipe = session.segment_recipe
            self.segment(recipe if recipe.method in (AUTO, "ctc") else SegmentRecipe())

    def heard(self, recording: Recording) -> Prepared | None:
        """What a transcript of a recording is laid onto, if it was worked out."""
        return self.prepared_for(recording, SegmentRecipe("ctc"))

    def spell(self, recording: Recording, words: Sequence[str]) -> Job:
        """Find out how words are spelled by labels: a dict of `segment_spelling.spelling`."""
        material = self.heard(recording)

        def work(monitor: Monitor) -> dict[str, tuple[str, ...] | str]:
            from .segment_spelling import spelling

            return spelling(recording, material, words, monitor)

        job = self._operations.jobs.submit(self.tr("Spelling"), work, quiet=True)
        job.failed.connect(self._told)
        return job

    def _told(self, error: BaseException) -> None:
        if not isinstance(error, (SynclineError, OSError)):
            raise error
        self._operations.notice.emit(str(error))

    def load_transcript(self, path: str) -> None:
        """Take what is said from a text file."""
        self._to_recording(self.tr("Reading %1"), path, _words_of, lambda _recording, words: self.set_transcript(words))

    def take_tiers(self, path: str) -> None:
        """Take the tiers of a file as the recording's own."""

        def done(_recording: Recording, tiers: Tiers) -> None:
            self.commit_edit(pieces.TakeTiers(tiers), self.tr("Import %1").replace("%1", Path(path).name))
            for note in tiers.notes:
                self._operations.notice.emit(note)

        self._to_recording(self.tr("Reading %1"), path, _tiers_of, done)

    def load_truth(self, path: str) -> None:
        """Judge segmentations of the recording by the tiers of a file."""

        def done(recording: Recording, tiers: Tiers) -> None:
            self._set_truth(replace(recording, truth=tiers), self.tr("Load truth"))

        self._to_recording(self.tr("Reading %1"), path, _tiers_of, done)

    def clear_truth(self) -> None:
        """Forget the truth of the recording."""
        recording = self.document.session.active_recording
        if recording is not None and recording.truth is not None:
            self._set_truth(replace(recording, truth=None), self.tr("Clear truth"))

    def _set_truth(self, recording: Recording, label: str) -> None:
        self.document.replace(self.document.session.with_recording(recording), label)

    def _to_recording(
        self, title: str, path: str, read: Callable[[str, Media], Any], then: Callable[[Recording, Any], object]
    ) -> None:
        """Read a file for the recording in hand; dropped if another one is when it was read."""
        asked = self.document.session.active_recording
        if asked is None:
            self._operations.failed.emit(self.tr("Open a recording first."))
            return

        def done(answer: Any) -> None:
            now = self.document.session.active_recording
            if now is not None and now.id == asked.id:
                then(now, answer)

        self._run(title.replace("%1", Path(path).name), lambda _monitor: read(path, asked.media), done)

    def set_emissions(self, source: EmissionSource | None) -> None:
        """Say where the emissions of the recording come from; None: the phoneme model."""
        session = self.document.session
        recording = session.active_recording
        if recording is None or source == recording.emissions:
            return

        def work(monitor: Monitor) -> EmissionSource | None:
            if source is None:
                return None
            from syncline.media import load_emissions
            from syncline.media.opening import digest
            from syncline.project import remember_emissions
            from syncline.speech import acoustic_of

            checked = source
            if source.model:
                acoustic_of(source.model, monitor)
            else:
                load_emissions(source.path, source.labels or None, blank=source.blank or None, step=source.step)
                checked = replace(source, digest=digest(Path(source.path), monitor))
            remember_emissions(checked)
            return checked

        def done(checked: EmissionSource | None) -> None:
            now = self.document.session.find_recording(recording.id)
            if now is not None:
                self.abandon_edit()
                new = self.document.session.with_recording(replace(now, emissions=checked))
                # What was heard otherwise is laid anew as a whole.
                kept = tuple(
                    replace(s, solved=None) if s.recording == recording.id and _spoken(s) else s
                    for s in new.segmentations
                )
                self.document.replace(replace(new, segmentations=kept), self.tr("Change emissions"))

        self._run(self.tr("Reading emissions"), work, done)

    # -- cutting -----------------------------------------------------------------------------------

    def set_recipe(self, recipe: SegmentRecipe) -> None:
        """Change what the next Segment will do; what was tried under the hand becomes a step."""
        if self.trying:
            self.commit_recipe(recipe)
        elif recipe != self.document.session.segment_recipe:
            self.document.replace(replace(self.document.session, segment_recipe=recipe), self.tr("Change recipe"))

    def segment(self, given: SegmentRecipe | None = None) -> Job | None:
        """Cut the recording in hand, by the recipe in hand if none is given.

        The answer takes the place of what is shown if the method is the same, keeping what was set in it; else it
        stands beside it.
        """
        session = self.document.session
        recording, named = session.active_recording, session.segments
        recipe = given or session.segment_recipe
        if recording is None:
            self._operations.failed.emit(self.tr("Open a recording first."))
            return None
        same = named is not None and method_of(recording, named.recipe, named) == method_of(recording, recipe)
        place = named if same else None
        others, material = self._others(recording), self.prepared_for(recording, recipe)

        def work(monitor: Monitor) -> tuple[Prepared, NamedSegments]:
            from syncline.recutting import prepare, solve

            made = material
            if made is None:
                made = prepare(recording, recipe, others=others, monitor=monitor.part(0, 0.8))
            asked = place or NamedSegments(session.next_segments_id(), recording.id)
            asked = replace(asked, recipe=recipe, solved=None, stale="")
            return made, solve(made, recording, asked, monitor=monitor.part(0.8, 1))

        def done(answer: tuple[Prepared, NamedSegments]) -> None:
            made, found = answer
            now = self.document.session
            there = now.find_recording(recording.id)
            if there is None or there.media is not recording.media:
                return
            self._keep(recording, recipe, made)
            mine = next((s for s in now.segmentations if place is not None and s.id == place.id), None)
            if mine is None:
                found = replace(found, id=now.next_segments_id())
            elif mine is not place:
                # It was edited meanwhile: what was set since is solved next.
                found = replace(found, constraints=mine.constraints, name=mine.name)
            self.abandon_edit()
            new = now.with_segments(found)
            if given is not None:
                new = replace(new, segment_recipe=given)
            self.document.replace(new, self.tr("Segment (%1)").replace("%1", found.label))
            for note in found.tiers.notes:
                self._operations.notice.emit(note)

        return self._run(self.tr("Segmenting"), work, done)

    # -- segmentations -----------------------------------------------------------------------------

    def rename_segments(self, number: int, name: str) -> None:
        """Give a segmentation a name of its own."""
        session = self.document.session
        named = session.find_segments(number)
        if named is not None and name.strip() != named.name:
            renamed = session.with_segments(replace(named, name=name.strip()), show=False)
            self.document.replace(renamed, self.tr("Rename segmentation"))

    def duplicate_segments(self, number: int) -> None:
        """Keep a copy of a segmentation to compare with."""
        session = self.document.session
        named = session.find_segments(number)
        if named is not None:
            copy = replace(named, id=session.next_segments_id(), name=self.tr("%1 (copy)").replace("%1", named.label))
            self.document.replace(session.with_segments(copy, show=False), self.tr("Keep a copy"))

    def remove_segments(self, number: int) -> None:
        """Take a segmentation out of the document."""
        session = self.document.session
        if session.find_segments(number) is not None:
            self.document.replace(session.without_segments(number), self.tr("Remove segmentation"))

    # -- results -----------------------------------------------------------------------------------

    def tiers_to_export(self) -> Tiers:
        """All tiers of the recording in hand: those found, then its own."""
        session = self.document.session
        recording, named = session.active_recording, session.segments
        if recording is None:
            return Tiers()
        found = named.tiers.tiers if named is not None else ()
        names = {t.name for t in found}
        own = tuple(t for t in recording.own if t.name not in names)
        return Tiers((*found, *own), end=recording.media.duration)

    def export(self, target: str, tier: str | None = None) -> None:
        """Write the tiers of the recording in hand, or one of them."""
        tiers = self.tiers_to_export()
        if not tiers.tiers:
            self._operations.failed.emit(self.tr("There are no pieces to export yet: segment first."))
            return

        def work(_monitor: Monitor) -> tuple[str, ...]:
            from syncline.segmentation import save_tiers, tier_of

            return save_tiers(tier_of(tiers, tier), target)

        def done(notes: tuple[str, ...]) -> None:
            self._operations.exported.emit(target)
            for note in notes:
                self._operations.notice.emit(note)

        self._run(self.tr("Exporting %1").replace("%1", Path(target).name), work, done)

    def _run(self, title: str, work: Callable[[Monitor], Any], done: Callable[[Any], None]) -> Job:
        return self._operations.run(title, work, done)


def _spoken(segments: NamedSegments) -> bool:
    """True if a transcript fills its tiers."""
    return any(segments.tiers.tier(name) is not None for name in pieces.TRANSCRIPT)


def _words_of(path: str, _media: Media) -> tuple[Word, ...]:
    from syncline.segmentation import transcript_words

    return tuple(Word(w) for w in transcript_words(path))


def _tiers_of(path: str, media: Media) -> Tiers:
    from syncline.segmentation import load_tiers

    return load_tiers(path, lambda: media.frame_edges)
