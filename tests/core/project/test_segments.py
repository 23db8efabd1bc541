"""Recordings, transcripts and segmentations in project files and in the journal."""

from __future__ import annotations

import dataclasses
import sqlite3
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.project.sessions import difference, pair_session, segment_session, video
from syncline.errors import ProjectError
from syncline.media import open_media
from syncline.model import (
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
    Tiers,
    Word,
)
from syncline.progress import Monitor
from syncline.project import (
    JournalWriter,
    Record,
    find_recoverable,
    load_project,
    recover,
    relocate,
    save_project,
    state_digest,
)
from syncline.project.codec import Encoded, encode
from syncline.project.database import check_header
from syncline.project.journal import JournalStore
from syncline.project.store import build_image
from syncline.solvers.segment import REGISTRY


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SYNCLINE_STATE", str(tmp_path / "state"))
    return tmp_path / "state"


def written(path: Path, encoded: Encoded) -> Path:
    path.write_bytes(build_image(encoded, Monitor()))
    return path


# -- there and back -------------------------------------------------------------------------------


def test_everything_comes_back(tmp_path: Path) -> None:
    session = segment_session(tmp_path, pair_session(tmp_path))
    digest = save_project(session, tmp_path / "p.syncline")
    loaded = load_project(tmp_path / "p.syncline")
    assert {p.kind for p in loaded.problems} == {"plugin"}
    assert difference(session, loaded.session) == ""
    assert digest == loaded.digest == state_digest(loaded.session)
    save_project(loaded.session, tmp_path / "q.syncline")
    assert (tmp_path / "p.syncline").read_bytes() == (tmp_path / "q.syncline").read_bytes()
    now = loaded.session
    assert now.recordings[0].media is now.a
    assert now.segmentations[0].transcript is now.recordings[0].transcript
    assert now.segmentations[0].solved is now.segmentations[0].constraints


def test_the_sample_leaves_no_field_at_its_default(tmp_path: Path) -> None:
    """So the test above sees fields that come to the model later."""
    session = segment_session(tmp_path)
    talk, first = session.recordings[0], session.segmentations[0]
    source = replace(talk.emissions or EmissionSource(), model="m.json")
    filled: list[Any] = [
        talk,
        source,
        first,
        *talk.transcript[1:2],
        session.segment_recipe,
    ]
    pins, held = first.constraints.pins, first.constraints.held
    for thing in filled:
        for f in dataclasses.fields(thing):
            default = f.default_factory() if f.default_factory is not dataclasses.MISSING else f.default
            assert getattr(thing, f.name) != default, f"{type(thing).__name__}.{f.name}"
    for several in (pins, held):
        for f in dataclasses.fields(several[0]):
            assert any(getattr(one, f.name) != f.default for one in several), f"{type(several[0]).__name__}.{f.name}"


@pytest.mark.parametrize("name", ["auto", "speech", *REGISTRY.names()])
def test_recipes_of_all_methods_come_back(tmp_path: Path, name: str) -> None:
    params = REGISTRY[name].params() if name in REGISTRY else None
    session = Session(segment_recipe=SegmentRecipe(name, params, "given"))
    save_project(session, tmp_path / "p.syncline")
    loaded = load_project(tmp_path / "p.syncline")
    assert not loaded.problems
    assert loaded.session.segment_recipe == session.segment_recipe


number = st.floats(allow_nan=False, allow_infinity=False)
text = st.text(max_size=3)
pieces = st.tuples(number, number, text, st.none() | number).map(lambda p: Segment(min(p[:2]), max(p[:2]), *p[2:]))
tiers = st.builds(Tier, text, st.lists(pieces, max_size=5).map(tuple)) | st.builds(
    Tier, text, st.lists(number.map(lambda t: Segment(t, t)), max_size=3).map(tuple), st.just(True)
)
some_tiers = st.lists(tiers, max_size=3, unique_by=lambda t: t.name).map(tuple)
words = st.lists(st.builds(Word, text, st.none() | st.lists(text, max_size=2).map(tuple)), max_size=5).map(tuple)
pins = st.builds(Pin, text, number, st.integers(-1, 9), st.booleans(), st.none() | number)
constraints = st.builds(
    SegmentConstraints,
    st.lists(pins, max_size=3).map(tuple),
    st.lists(st.builds(Held, text, pieces, st.booleans())).map(tuple),
)
recipes = st.builds(SegmentRecipe, text.map("no such {}".format), st.none() | st.just({"x": 1.5}), text)
sources = st.builds(EmissionSource, blank=text, step=st.none() | st.floats(1e-9, 1e9), digest=text)
found = st.builds(Tiers, some_tiers, number, number, st.lists(text, max_size=2).map(tuple))


@st.composite
def recorded(draw: st.DrawFn, media: list[Media]) -> Session:
    ids = draw(st.lists(st.integers(0, 2**40), max_size=3, unique=True))
    recordings = [
        Recording(
            i, draw(st.sampled_from(media)), draw(words), draw(st.none() | sources), draw(some_tiers),
            draw(st.none() | found),
        )
        for i in ids
    ]  # fmt: skip
    segmentations: list[NamedSegments] = []
    for i in draw(st.lists(st.integers(0, 99), max_size=3, unique=True)) if ids else ():
        c = draw(constraints)
        solved = draw(st.sampled_from([None, c]) | constraints)
        figures = draw(st.dictionaries(text, number | st.just(-np.inf), max_size=2))
        segmentations.append(
            NamedSegments(
                i, draw(st.sampled_from(ids)), draw(recipes), draw(st.none() | recipes), draw(text), c, solved,
                draw(words), draw(found), figures, draw(number), draw(text), draw(text),
            )
        )  # fmt: skip
    session = Session(
        recordings=tuple(recordings), segmentations=tuple(segmentations), segment_recipe=draw(recipes)
    ).with_recording_in_hand(draw(st.sampled_from([None, *ids])))
    mine = [s.id for s in session.segmentations_of(session.recording)]
    shown, compared = (draw(st.sampled_from([None, *mine])) for _ in range(2))
    return replace(session, shown_segments=shown, compared_segments=compared)


@settings(max_examples=40, deadline=None, database=None)
@given(st.data())
def test_recordings_of_every_shape_come_back(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        session = data.draw(recorded([video(folder / "a.mp4", 2), video(folder / "b.mp4", 3, seed=1)]))
        digest = save_project(session, folder / "p.syncline")
        loaded = load_project(folder / "p.syncline")
        assert [p for p in loaded.problems if p.kind != "plugin"] == []
        assert difference(session, loaded.session) == ""
        assert digest == loaded.digest == state_digest(loaded.session)


def test_what_is_looked_at_is_kept_but_is_no_work(tmp_path: Path) -> None:
    session = segment_session(tmp_path)
    other = session.with_recording_in_hand(8)
    assert state_digest(session) == state_digest(other)
    save_project(other, tmp_path / "p.syncline")
    loaded = load_project(tmp_path / "p.syncline").session
    assert (loaded.recording, loaded.shown_segments, loaded.compared_segments) == (8, 6, None)


def test_only_recordings_need_the_new_format(tmp_path: Path) -> None:
    project = tmp_path / "p.syncline"
    pair = pair_session(tmp_path)
    save_project(pair, project)
    assert project.read_bytes()[60:64] == b"\0\0\0\1"
    save_project(segment_session(tmp_path, pair), project)
    head = project.read_bytes()[:100]
    with pytest.raises(ProjectError, match=r"saved by a newer Syncline \(format 4, this program knows 3\)"):
        check_header(head, project.name, version=3)


# -- long tiers -----------------------------------------------------------------------------------


def hour(count: int) -> Session:
    """A recording with a long tier of phones with scores, and one of words."""
    rng = np.random.default_rng(4)
    times = np.round(np.cumsum(rng.integers(2, 12, count + 1)) * 0.02, 2).tolist()
    phones = rng.choice(["AH", "N", "T", "S", "IY"], count).tolist()
    phones = tuple(map(Segment, times, times[1:], phones, rng.uniform(0, 1, count).tolist()))
    spoken = tuple(Word(f"word{k % 700}") for k in range(count // 4))
    pieces = tuple(Segment(p.start, p.end, w.text) for p, w in zip(phones[::4], spoken, strict=False))
    media = Media(Path("/talk.wav"), "audio", times[-1], "0" * 64, 1, 1)
    segments = NamedSegments(1, 1, transcript=spoken, tiers=Tiers((Tier("words", pieces), Tier("labels", phones))))
    return Session(recordings=(Recording(1, media, spoken),)).with_segments(segments)


def edited(session: Session, k: int) -> Session:
    """The boundary in front of piece k moved, with the pin that says so."""
    segments = session.segmentations[0]
    tier = segments.tiers.tiers[1]
    old = list(tier.segments)
    t = (old[k].start + old[k].end) / 2
    old[k - 1 : k + 1] = [replace(old[k - 1], end=t), replace(old[k], start=t)]
    pins = replace(segments.constraints, pins=(*segments.constraints.pins, Pin("labels", t, k)))
    tiers = Tiers((segments.tiers.tiers[0], replace(tier, segments=tuple(old))))
    return session.with_segments(replace(segments, tiers=tiers, constraints=pins))


def test_long_tiers_lie_close_and_an_edit_writes_little(tmp_path: Path) -> None:
    count = 40_000
    session = hour(count)
    image = build_image(encode(session), Monitor())
    # Start, end, score and label of phones, start, end and label of a quarter as many words, and the transcript.
    assert len(image) < count * (24 + 8) + count // 4 * (16 + 12 + 12) + 300_000
    (tmp_path / "journals").mkdir()
    store = JournalStore(tmp_path / "journals")
    store.write(Record("reset", 0, "Open", session))
    assert store.path is not None
    db = sqlite3.connect(store.path)

    def taken() -> int:
        total = "SELECT (SELECT sum(length(changes)) FROM row) + (SELECT sum(length(data)) FROM array)"
        return db.execute(total).fetchone()[0]

    before = taken()
    for k in range(1, 21):
        session = edited(session, k * count // 22)
        store.write(Record("replace", k, "Move", session))
    assert taken() - before < 20 * 40_000, "of more than a million a state"
    # A piece put in front renumbers all that follow, and changes as little.
    before, segments = taken(), session.segmentations[0]
    words_tier, labels = segments.tiers.tiers
    more = replace(labels, segments=(Segment(0.0, 0.01, "x"), *labels.segments))
    spoken = (Word("first"), *segments.transcript)
    tiers = Tiers((words_tier, more))
    session = session.with_segments(replace(segments, tiers=tiers, transcript=spoken))
    store.write(Record("replace", 30, "Insert", session))
    assert taken() - before < 40_000
    db.close()
    store.close(delete=False)
    (recovery,) = find_recoverable(tmp_path / "journals")
    assert difference(session, replace(recover(recovery).session, recordings=session.recordings)) == ""
    recovery.done()


def test_the_journal_holds_every_edit(tmp_path: Path) -> None:
    session = segment_session(tmp_path)
    (tmp_path / "journals").mkdir()
    said: list[str] = []
    writer = JournalWriter(lambda _n, _s, trouble: said.append(trouble), tmp_path / "journals")
    talk, first = session.recordings[0], session.segmentations[0]
    spoken = session.with_recording(replace(talk, transcript=talk.transcript[1:], own=talk.own[:1]))
    pinned = spoken.with_segments(replace(first, constraints=SegmentConstraints((Pin("words", 1.0, 1),)), stale=""))
    gone = pinned.without_segments(5)
    answer = gone.with_segments(replace(gone.segmentations[0], solved=gone.segmentations[0].constraints))
    steps = (
        ("reset", 1, session), ("replace", 2, spoken), ("replace", 3, pinned), ("move", 2, spoken),
        ("replace", 4, gone), ("complete", 4, answer),
    )  # fmt: skip
    writer.put(Record(kind, k, f"step {k}", s) for kind, k, s in steps)  # pyright: ignore[reportArgumentType]
    assert writer.flush()
    writer.close(delete=False)
    assert said == [""] * 6
    (recovery,) = find_recoverable(tmp_path / "journals")
    back = recover(recovery)
    recovery.done()
    assert difference(answer, back.session) == ""
    assert back.labels == ("step 1", "step 2", "step 3", "step 4")


# -- damage ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Session, Encoded]:
    folder = tmp_path_factory.mktemp("made")
    session = segment_session(folder)
    return session, encode(session, folder=folder)


def test_damage_costs_only_what_it_hit(tmp_path: Path, whole: tuple[Session, Encoded]) -> None:
    session, encoded = whole
    place = {"place/recording-3"} | {n for n in encoded.items if n.startswith("place/")}
    for name in sorted(encoded.items.keys() - place - {"session", "view/segment"}):
        items = {n: v for n, v in encoded.items.items() if n != name}
        loaded = load_project(written(tmp_path / "p.syncline", replace(encoded, items=items)))
        damage = [p.sentence for p in loaded.problems if p.kind == "damaged" and "check sum" not in p.sentence]
        kind = name.split("/")[0]
        assert damage, name
        now = loaded.session
        assert [r.id for r in now.recordings] == [3, 8], name
        lost = {"segmentation/2": {2}, "segmentation/5": {5}, "segmentation/6": {6}}.get(name, set())
        assert {s.id for s in now.segmentations} == {2, 5, 6} - lost, name
        if kind == "pieces":
            # A run of some 250 of a tier is lost, no more.
            kept = [len(t.segments) for s in now.segmentations for t in s.tiers.tiers]
            then = [len(t.segments) for s in session.segmentations for t in s.tiers.tiers]
            assert sum(then) - sum(kept) < 1500
        for old in session.segmentations:
            new = next((s for s in now.segmentations if s.id == old.id), None)
            same = new is not None and difference((old.tiers, old.transcript), (new.tiers, new.transcript)) == ""
            assert new is None or same or new.stale, f"{name}: tiers that are not whole are marked"


@settings(max_examples=60, deadline=None, database=None)
@given(data=st.data())
def test_a_made_up_project_never_raises(whole: tuple[Session, Encoded], data: st.DataObject) -> None:
    encoded = whole[1]
    kinds = sorted({n.split("/")[0] for n in encoded.items} - {"session"})
    kind = data.draw(st.sampled_from(kinds))
    key = data.draw(st.sampled_from(sorted(n for n in encoded.items if n.split("/")[0] == kind)))
    content = encoded.items[key].decode()
    at = data.draw(st.integers(0, len(content) - 1))
    junk = data.draw(st.sampled_from(["0", "-1", "null", "[]", "{}", "true", "1e9", '"x"', "", "9" * 30]))
    made_up = content[:at] + junk + content[at + data.draw(st.integers(0, 3)) :]
    with tempfile.TemporaryDirectory() as name:
        items = encoded.items | {key: made_up.encode()}
        session = load_project(written(Path(name, "p.syncline"), replace(encoded, items=items))).session
    assert session.recording is None or session.active_recording is not None
    assert session.shown_segments is None or session.segments is not None
    for segments in session.segmentations:
        assert session.find_recording(segments.recording) is not None
        assert all(np.isfinite(p.time) for p in segments.constraints.pins)


# -- files elsewhere ------------------------------------------------------------------------------


def with_media(folder: Path) -> Session:
    """A real feature file as a recording and as A, with a solved segmentation, and a file of emissions."""
    from syncline.media import open_media

    folder.mkdir(exist_ok=True)
    np.save(folder / "dance.npy", np.random.default_rng(1).normal(size=(40, 3)))
    media = open_media(folder / "dance.npy", rate=10.0)
    session = segment_session(folder, Session(a=media))
    return replace(session, segmentations=tuple(replace(s, stale="") for s in session.segmentations))


def test_a_changed_recording_marks_its_segmentations(tmp_path: Path) -> None:
    session = with_media(tmp_path)
    kept = (tmp_path / "dance.npy").read_bytes()
    save_project(session, tmp_path / "p.syncline")
    np.save(tmp_path / "dance.npy", np.zeros((50, 3)))
    loaded = load_project(tmp_path / "p.syncline")
    (problem,) = [p for p in loaded.problems if p.media]
    now = loaded.session
    assert problem.kind == "changed"
    assert problem.media is not None and problem.media is now.a is now.recordings[0].media
    assert [bool(s.stale) for s in now.segmentations] == [True, True, False], "the last is of another recording"
    assert now.segmentations[0].stale == (
        "“dance.npy” was changed since these pieces were found; segment again to be sure."
    )
    unmarked = [replace(s, stale="") for s in now.segmentations]
    assert difference(list(session.segmentations), unmarked) == "", "nothing of the work is gone"
    # The right file is found again.
    (tmp_path / "right.npy").write_bytes(kept)
    found = relocate(now, problem.media, tmp_path / "right.npy", expected=problem.expected)
    assert found.recordings[0].media is found.a
    assert not any(s.stale for s in found.segmentations)
    # Another one is taken, and marked.
    np.save(tmp_path / "other.npy", np.ones((60, 3)))
    other = relocate(found, found.recordings[0].media, tmp_path / "other.npy")
    assert other.segmentations[0].stale == (
        "“other.npy” is not the file these pieces were found in; segment again to be sure."
    )


def test_a_folder_that_moved_takes_recordings_and_emissions_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_project(segment_session(tmp_path / "there"), tmp_path / "there" / "p.syncline")
    (tmp_path / "there").rename(tmp_path / "here")
    monkeypatch.setenv("SYNCLINE_STATE", str(tmp_path / "fresh"))
    loaded = load_project(tmp_path / "here" / "p.syncline")
    assert {p.kind for p in loaded.problems} == {"plugin"}
    source = loaded.session.recordings[0].emissions
    assert source is not None
    assert source.path == str(tmp_path / "here" / "emissions.npy")
    assert source.labels == str(tmp_path / "here" / "labels.txt")
    assert b"there" not in (tmp_path / "here" / "p.syncline").read_bytes(), "no folder of the machine in the file"


def said(loaded: Any) -> list[str]:
    return [p.kind for p in loaded.problems if "emissions of" in p.sentence]


def test_files_of_emissions_that_moved_or_changed_are_named(tmp_path: Path) -> None:
    session = with_media(tmp_path)
    talk = session.recordings[0]
    read = NamedSegments(9, talk.id, SegmentRecipe("ctc"), tiers=Tiers((Tier("labels", (Segment(0.0, 1.0),)),)))
    session = session.with_segments(read)
    save_project(session, tmp_path / "p.syncline")
    path = tmp_path / "emissions.npy"
    path.rename(tmp_path / "moved.npy")
    loaded = load_project(tmp_path / "p.syncline")
    assert said(loaded) == ["missing"]
    assert difference(session, loaded.session) == "", "chosen again, it is as it was"
    path.write_bytes(b"other")
    loaded = load_project(tmp_path / "p.syncline")
    assert said(loaded) == ["changed"]
    stale = {s.id for s in loaded.session.segmentations if "emissions.npy" in s.stale}
    assert stale == {5, 9}, "not the one that cuts features"
    save_project(loaded.session, tmp_path / "p.syncline")
    assert said(load_project(tmp_path / "p.syncline")) == [], "said once; the mark stays"


@pytest.mark.parametrize("how", ["outside", "link"])
def test_emissions_outside_the_folder_are_not_opened(tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    session = with_media(here)
    there.mkdir()
    (there / "secret.npy").write_bytes(b"secret")
    (here / "link.npy").symlink_to(there / "secret.npy")
    path = {"outside": there / "secret.npy", "link": here / "link.npy"}[how]
    talk = replace(session.recordings[0], emissions=EmissionSource(str(path)))
    save_project(session.with_recording(talk), here / "p.syncline")
    assert said(load_project(here / "p.syncline")) == [], "this user chose it"
    monkeypatch.setenv("SYNCLINE_STATE", str(tmp_path / "somebody else"))
    loaded = load_project(here / "p.syncline")
    assert said(loaded) == ["outside"]
    assert loaded.session.recordings[0].emissions is None, "nothing is left that a solver would open"
    assert difference(talk.own, loaded.session.recordings[0].own) == ""
    # Saving what was not opened is no agreement.
    save_project(loaded.session, here / "p.syncline")
    monkeypatch.setenv("SYNCLINE_STATE", str(tmp_path / "state"))
    assert load_project(here / "p.syncline").session.recordings[0].emissions is None


def test_a_recording_that_libsndfile_reads_is_known_again(tmp_path: Path) -> None:
    """Its sound has no number among streams, as it has none of a container."""
    import soundfile

    soundfile.write(tmp_path / "a.wav", np.zeros(800), 8000)
    media = open_media(tmp_path / "a.wav")
    session = Session(a=media).with_recording(Recording(1, media))
    save_project(session, tmp_path / "p.syncline")
    loaded = load_project(tmp_path / "p.syncline")
    assert loaded.problems == ()
    assert loaded.session.recordings[0].media.audio == media.audio
    assert state_digest(loaded.session) == state_digest(session)
