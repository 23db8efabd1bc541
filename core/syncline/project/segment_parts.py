"""Recordings and segmentations as plain parts, and back.

Kept is what a person made or a solver found: transcripts, where emissions come from, own and true tiers, recipes,
what was set, and the tiers with their scores. Left out are emissions and features, which are computed again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar, cast

from numpy.typing import NDArray

from ..model import (
    EmissionSource,
    Held,
    Media,
    NamedSegments,
    Pin,
    Recording,
    Segment,
    SegmentConstraints,
    SegmentRecipe,
    Session,
    Tier,
    Word,
)
from .parts import Known, dump, loose, params_to_plain, place_word
from .record import Damaged, Record
from .runs import Parts, RunReader, Source, write_tier, write_tiers

__all__ = ["SegmentReader", "write_segments"]

_T = TypeVar("_T")
_FILES = ("path", "labels", "model")
"""Fields of `EmissionSource` that name files: they lie in the place of the recording, as its medium's path does."""
_UNLISTED = ("auto", "speech")
"""Methods that are more than one solver."""


# -- writing --------------------------------------------------------------------------------------


def write_segments(
    session: Session, media: Callable[[Media], str], known: Known, folder: Path | None
) -> tuple[dict[str, bytes], dict[str, NDArray[Any]]]:
    """Items and arrays of all recordings and segmentations.

    Parameters
    ----------
    media
        Writes a medium and gives its key.
    folder
        As in `codec.encode`.
    """
    parts = Parts(known)
    items: dict[str, bytes] = {}
    arrays: dict[str, NDArray[Any]] = {}
    keys = {r.id: media(r.media) for r in session.recordings}
    items["segment"] = dump(
        {
            "recordings": [[r.id, keys[r.id]] for r in session.recordings],
            "segmentations": [s.id for s in session.segmentations],
            "recipe": _write_recipe(session.segment_recipe),
        }
    )
    shown = {"recording": session.recording, "shown": session.shown_segments, "compared": session.compared_segments}
    items["view/segment"] = dump(shown)
    for recording in session.recordings:
        items[f"recording/{recording.id}"] = dump(
            parts.once(recording, _write_recording) | {"media": keys[recording.id]}
        )
        source = recording.emissions
        if source is not None and any(getattr(source, name) for name in _FILES):
            words = {name: getattr(source, name) for name in _FILES}
            items[f"place/recording-{recording.id}"] = dump(
                {name: place_word(Path(word), folder) if word else "" for name, word in words.items()}
            )
    for segments in session.segmentations:
        items[f"segmentation/{segments.id}"] = dump(parts.once(segments, _write_segmentation))
    parts.give(items, arrays)
    return items, arrays


def _write_words(words: Sequence[Word], parts: Parts) -> dict[str, Any]:
    return parts.list("words", [w.text if w.labels is None else [w.text, *w.labels] for w in words])


def _write_recording(recording: Recording, parts: Parts) -> dict[str, Any]:
    source = recording.emissions
    return {
        "transcript": _write_words(recording.transcript, parts),
        "emissions": None
        if source is None
        else {
            "blank": source.blank,
            "step": source.step,
            "digest": source.digest,
            "files": [Path(getattr(source, name)).name for name in _FILES],
        },
        "own": [parts.once(t, write_tier) for t in recording.own],
        "truth": None if recording.truth is None else write_tiers(recording.truth, parts),
    }


def _write_recipe(recipe: SegmentRecipe) -> dict[str, Any]:
    return {"method": recipe.method, "params": params_to_plain(recipe.params), "features": recipe.features}


def _write_constraints(c: SegmentConstraints, parts: Parts) -> dict[str, Any]:
    held = [[h.tier, h.segment.start, h.segment.end, h.segment.label, h.segment.score, h.nothing] for h in c.held]
    # What grew by a move is written only where something did.
    pins = [[p.tier, p.time, p.piece, p.end, p.moved, *([] if p.until is None else [p.until])] for p in c.pins]
    return {
        "pins": parts.list("pins", pins),
        "held": parts.list("held", held),
    }


def _write_segmentation(segments: NamedSegments, parts: Parts) -> dict[str, Any]:
    constraints = _write_constraints(segments.constraints, parts)
    solved = None if segments.solved is None else _write_constraints(segments.solved, parts)
    return {
        "recording": segments.recording,
        "recipe": _write_recipe(segments.recipe),
        "resolved": None if segments.resolved is None else _write_recipe(segments.resolved),
        "reason": segments.reason,
        "constraints": constraints,
        "solved": "same" if solved == constraints else solved,
        "transcript": _write_words(segments.transcript, parts),
        "tiers": write_tiers(segments.tiers, parts),
        "figures": {name: loose(float(value)) for name, value in segments.figures.items()},
        "seconds": segments.seconds,
        "stale": segments.stale,
        "name": segments.name,
    }


# -- reading --------------------------------------------------------------------------------------


class SegmentReader:
    """Recordings and segmentations from items that may be missing, damaged or made up."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._runs = RunReader(source)
        self._words: dict[tuple[str, ...], tuple[Word, ...]] = {}

    def session(self, session: Session) -> Session:
        """The session with them, which projects of the formats 1 to 3 have none of."""
        source = self._source
        if "segment" not in source.items and not source.numbers("recording/"):
            return session
        recipe, keys = SegmentRecipe(), dict[int, str | None]()
        try:
            head = source.record("segment")
            for entry in head.list("recordings"):
                one = _fields(entry, "id", "media")
                keys[one.whole("id")] = one.text("media")
            found = list(dict.fromkeys(_fields([i], "id").whole("id") for i in head.list("segmentations")))
            recipe = self._recipe(Record(head.get("recipe")))
        except Damaged:
            source.damaged("the overview of the recordings")
            keys = dict.fromkeys(source.numbers("recording/")) | keys
            found = source.numbers("segmentation/")
        recordings = {i: r for i, key in keys.items() if (r := self._recording(i, key)) is not None}
        segmentations = tuple(s for i in found if (s := self._segmentation(i, recordings)) is not None)
        session = replace(
            session, recordings=tuple(recordings.values()), segmentations=segmentations, segment_recipe=recipe
        ).with_recording_in_hand(next(iter(recordings), None))
        try:
            view = source.record("view/segment")
            names = ("recording", "shown", "compared")
            looked = {n: None if view.get(n) is None else view.whole(n) for n in names}
        except Damaged:
            # What was looked at is no work.
            return session
        if looked["recording"] in recordings or looked["recording"] is None:
            session = session.with_recording_in_hand(looked["recording"])
        shown, compared = (session.find_segments(looked[n]) for n in ("shown", "compared"))
        if shown is None and looked["shown"] is not None:
            shown = session.segments
        return replace(
            session, shown_segments=shown and shown.id, compared_segments=None if compared is None else compared.id
        )

    def _recording(self, id: int, key: str | None) -> Recording | None:
        """A recording; without what is known of it still its medium, so that its segmentations have one."""
        source = self._source
        try:
            r = source.record(f"recording/{id}")
            key = r.text("media")
        except Damaged:
            if key is None:
                source.damaged(f"what is known of recording {id}")
                return None
            media = source.media(key)
            source.damaged(f"the transcript and the own tiers of “{media.name}”")
            return Recording(id, media)
        media = source.media(key)
        of = f"of “{media.name}”"
        own: list[Tier] = []
        for tier, _ in self._runs.some(r, "own", f"an own tier {of}"):
            if any(t.name == tier.name for t in own):
                source.damaged(f"an own tier {of}")
            else:
                own.append(tier)
        transcript = self._transcript(r, f"the transcript {of}")[0]
        truth = None
        if r.get("truth") is not None:
            truth = self._runs.together(r.get("truth"), f"the truth {of}")[0]
        return Recording(id, media, transcript, self._emissions(id, r, of), tuple(own), truth)

    def _emissions(self, id: int, r: Record, of: str) -> EmissionSource | None:
        if r.get("emissions") is None:
            return None
        try:
            e = Record(r.get("emissions"))
            step = e.maybe_number("step")
            if step is not None and step <= 0:
                raise Damaged
            files = dict.fromkeys(_FILES, "")
            if any(e.texts("files")):
                place = self._source.record(f"place/recording-{id}")
                words = {name: place.text(name) for name in _FILES}
                files = {name: str(self._source.place(word)) if word else "" for name, word in words.items()}
            return EmissionSource(blank=e.text("blank"), step=step, digest=e.text("digest"), **files)
        except (Damaged, ValueError):
            self._source.damaged(f"where the emissions {of} come from")
            return None

    def _segmentation(self, id: int, recordings: Mapping[int, Recording]) -> NamedSegments | None:
        source, where = self._source, f"segmentation {id}"
        try:
            r = source.record(f"segmentation/{id}")
            recording = recordings.get(r.whole("recording"))
            if recording is None:
                # It was already said to be damaged.
                return None
            name = r.text("name")
            where = f"segmentation “{name}”" if name else f"a segmentation of “{recording.media.name}”"
            recipe = self._recipe(Record(r.get("recipe")))
            resolved = None if r.get("resolved") is None else self._recipe(Record(r.get("resolved")))
            reason, seconds, stale = r.text("reason"), r.number("seconds"), r.text("stale")
            figures = r.loose_numbers("figures")
        except Damaged:
            source.damaged(where)
            return None
        constraints = self._constraints(r.get("constraints"), f"what was set in {where}") or SegmentConstraints()
        solved = constraints
        if r.get("solved") != "same":
            solved = None
            if r.get("solved") is not None:
                solved = self._constraints(r.get("solved"), f"what was set in {where} when it was solved")
        transcript, all_words = self._transcript(r, f"the transcript of {where}")
        tiers, all_pieces = self._runs.together(r.get("tiers"), f"a tier of {where}")
        if not (all_words and all_pieces):
            stale = stale or "A part of these pieces was damaged in the project file; segment again to be sure."
        return NamedSegments(
            id, recording.id, recipe, resolved, reason, constraints, solved, transcript, tiers, figures, seconds,
            stale, name,
        )  # fmt: skip

    def _recipe(self, r: Record) -> SegmentRecipe:
        from ..solvers.segment import REGISTRY

        method = r.text("method")
        known = method not in _UNLISTED or r.get("params") is not None
        return SegmentRecipe(method, self._source.params(REGISTRY, method, r) if known else None, r.text("features"))

    def _constraints(self, value: object, what: str) -> SegmentConstraints | None:
        try:
            r = Record(value)
            pins, held = self._runs.list(r, "pins", "pins", _read_pin), self._runs.list(r, "held", "held", _read_held)
        except Damaged:
            self._source.damaged(what)
            return None
        if pins[1] or held[1]:
            self._source.damaged(f"a part of {what}")
        return SegmentConstraints(tuple(pins[0]), tuple(held[0]))

    def _transcript(self, r: Record, what: str) -> tuple[tuple[Word, ...], bool]:
        """Words, and whether they are all."""
        try:
            inner = Record(r.get("transcript"))
            keys = inner.texts("runs")
            if keys not in self._words:
                words, lost = self._runs.list(r, "transcript", "words", _read_word)
                if lost:
                    self._source.damaged(f"a part of {what}")
                    return tuple(words), False
                # One value for equal transcripts: so it is seen at once that a segmentation has that of its recording.
                self._words[keys] = tuple(words)
            return self._words[keys], True
        except Damaged:
            self._source.damaged(what)
            return (), False


def _fields(value: object, *names: str) -> Record:
    """A list of as many entries as a record."""
    entries = cast("list[object]", value) if isinstance(value, list) else []
    if len(entries) != len(names):
        raise Damaged
    return Record(dict(zip(names, entries, strict=True)))


def _read_word(value: object) -> Word:
    if isinstance(value, str):
        return Word(value)
    texts = Record({"texts": value}).texts("texts")
    if not texts:
        raise Damaged
    return Word(texts[0], texts[1:])


def _read_pin(value: object) -> Pin:
    names = ("tier", "time", "piece", "end", "moved", "until")
    grown = isinstance(value, list) and len(cast("list[object]", value)) == len(names)
    r = _fields(value, *names[: len(names) if grown else -1])
    pin = Pin(r.text("tier"), r.number("time"), r.whole("piece", -1), r.flag("end"), r.maybe_number("moved"))
    return replace(pin, until=r.number("until")) if grown else pin


def _read_held(value: object) -> Held:
    r = _fields(value, "tier", "start", "end", "label", "score", "nothing")
    piece = Segment(r.number("start"), r.number("end"), r.text("label"), r.maybe_number("score"))
    return Held(r.text("tier"), piece, r.flag("nothing"))
