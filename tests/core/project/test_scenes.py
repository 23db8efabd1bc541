"""Pictures, captions, links and their recipes in project files and in the journal."""

from __future__ import annotations

import dataclasses
import json
import tempfile
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.project.sessions import difference, match_session, pair_session, scene_of
from syncline.edits import links
from syncline.matching import match, rematch
from syncline.model import MatchRecipe, NamedMatch, Session, Similarity
from syncline.progress import Monitor
from syncline.project import (
    JournalWriter,
    Record,
    find_recoverable,
    list_backups,
    load_project,
    recover,
    relocate_picture,
    save_project,
    state_digest,
)
from syncline.project.codec import Encoded, encode
from syncline.project.store import build_image


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SYNCLINE_STATE", str(tmp_path / "state"))
    return tmp_path / "state"


def formats(path: Path) -> int:
    return int.from_bytes(path.read_bytes()[60:64])


def test_everything_comes_back(tmp_path: Path) -> None:
    session = match_session(tmp_path)
    digest = save_project(session, tmp_path / "p.syncline")
    loaded = load_project(tmp_path / "p.syncline")
    assert {p.kind for p in loaded.problems} == {"plugin"}
    assert difference(session, loaded.session) == ""
    assert digest == loaded.digest == state_digest(loaded.session)
    # The same session makes the same file.
    save_project(loaded.session, tmp_path / "q.syncline")
    assert (tmp_path / "p.syncline").read_bytes() == (tmp_path / "q.syncline").read_bytes()
    # Who was matched as the scene stands now shares it: so edits know what to match again.
    now = loaded.session
    assert now.matchings[1].match.scene is now.active_scene
    assert now.matchings[0].match.scene.constraints == scene_of(tmp_path / "x.png", 1).constraints


def test_links_that_were_loaded_can_be_edited_and_matched_again(tmp_path: Path) -> None:
    session = match_session(tmp_path)
    save_project(session, tmp_path / "p.syncline")
    loaded = load_project(tmp_path / "p.syncline").session
    old, again = session.matchings[1].match, loaded.matchings[1].match
    edit = links.lock(old.scene, old.scene.objects[1].id, old.scene.phrases[0].id)
    assert rematch(again, scene=edit).links == rematch(old, scene=edit).links


def test_what_is_looked_at_is_kept_but_is_no_work(tmp_path: Path) -> None:
    session = match_session(tmp_path)
    other = session.with_active(1)
    assert state_digest(session) == state_digest(other)
    save_project(other, tmp_path / "p.syncline")
    assert load_project(tmp_path / "p.syncline").session.scene == 1


def test_an_older_program_has_regions_as_boxes_drawn_by_hand(tmp_path: Path) -> None:
    items = encode(match_session(tmp_path), folder=tmp_path).items
    written = json.loads(items["scene/1"])["objects"]
    # What such a program reads of an object, and which origins it knows.
    assert {o["origin"] for o in written} == {"detected", "drawn"}
    assert all(o.keys() - {"outline", "region"} == written[0].keys() for o in written)
    assert [o.get("region") for o in written] == [None, None, None, True, None]


def test_a_frame_keeps_its_time_and_one_written_without_opens(tmp_path: Path) -> None:
    scene = scene_of(tmp_path / "a.png", 1)
    for time in (None, 3.2):
        framed = dataclasses.replace(scene, picture=dataclasses.replace(scene.picture, frame=80, time=time))
        items = encode(Session(scenes=(framed,)), folder=tmp_path).items
        # Projects of older programs have no such field.
        assert ("time" in json.loads(items["scene/1"])["picture"]) == (time is not None)
        save_project(Session(scenes=(framed,)), tmp_path / "p.syncline")
        assert load_project(tmp_path / "p.syncline").session.scenes[0].picture.time == time


def test_pairs_that_no_source_allows_stay_closed(tmp_path: Path) -> None:
    scene = scene_of(tmp_path / "a.png", 1)
    found = match(scene, similarity="words")
    values = found.similarity.values.copy()
    values[1, 1] = -np.inf
    closed = dataclasses.replace(
        found, similarity=Similarity(values, a_ids=found.similarity.a_ids, b_ids=found.similarity.b_ids)
    )
    save_project(Session(scenes=(scene,)).with_match(NamedMatch(1, 1, closed)), tmp_path / "p.syncline")
    back = load_project(tmp_path / "p.syncline").session.matchings[0].match.similarity.values
    assert (back == values).all()


def test_without_pictures_the_file_is_one_that_older_programs_open(tmp_path: Path) -> None:
    project = tmp_path / "p.syncline"
    save_project(pair_session(tmp_path), project)
    assert formats(project) == 1
    old = project.read_bytes()
    # As if it came from another machine: no backup of it is here.
    for backup in list_backups(project):
        backup.path.unlink()
    save_project(match_session(tmp_path), project)
    assert formats(project) == 2
    assert old in [b.path.read_bytes() for b in list_backups(project)]


def test_an_older_file_that_can_not_be_kept_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = tmp_path / "p.syncline"
    save_project(pair_session(tmp_path), project)
    plain = Path.open

    def refusing(path: Path, *words: Any, **more: Any) -> Any:
        if path == project:
            raise PermissionError(13, "Permission denied", str(path))
        return plain(path, *words, **more)

    monkeypatch.setattr(Path, "open", refusing)
    monitor = Monitor()
    save_project(match_session(tmp_path), project, monitor)
    monkeypatch.undo()
    assert formats(project) == 2
    (warning,) = monitor.warnings
    assert "p.syncline" in warning and "Permission denied" in warning


def test_damage_costs_only_what_it_hit(tmp_path: Path) -> None:
    session = match_session(tmp_path)
    whole = encode(session, folder=tmp_path)
    for name in ("match", "view", "scene/1", "matching/4", "place/scene-5"):
        items = {n: v for n, v in whole.items.items() if n != name}
        project = tmp_path / "p.syncline"
        project.write_bytes(build_image(dataclasses.replace(whole, items=items), Monitor()))
        loaded = load_project(project)
        kinds = [p.kind for p in loaded.problems]
        assert name == "view" or "damaged" in kinds, name
        lost = {"scene/1": ({5}, {4, 5}), "matching/4": ({1, 5}, {3, 5})}.get(name, ({1, 5}, {3, 4, 5}))
        assert ({s.id for s in loaded.session.scenes}, {m.id for m in loaded.session.matchings}) == lost, name
        assert loaded.session.scene is not None


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Encoded:
    folder = tmp_path_factory.mktemp("made")
    return encode(match_session(folder), folder=folder)


@settings(max_examples=60, deadline=None, database=None)
@given(data=st.data())
def test_a_made_up_project_never_raises(whole: Encoded, data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted(n for n in whole.items if n != "session")))
    text = whole.items[key].decode()
    at = data.draw(st.integers(0, len(text) - 1))
    junk = data.draw(st.sampled_from(["0", "-1", "null", "[]", "{}", "true", "1e9", '"x"', "", "9" * 30]))
    items = whole.items | {key: (text[:at] + junk + text[at + data.draw(st.integers(0, 3)) :]).encode()}
    with tempfile.TemporaryDirectory() as name:
        project = Path(name, "p.syncline")
        project.write_bytes(build_image(dataclasses.replace(whole, items=items), Monitor()))
        session = load_project(project).session
    for named in session.matchings:
        assert all(np.isfinite(c.matching.weights).all() for c in named.match.captions)
    assert session.scene is None or session.active_scene is not None


def test_moved_and_changed_pictures_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    session = match_session(folder)
    save_project(session, folder / "p.syncline")
    # The whole folder moves: nothing to say.
    moved = tmp_path / "elsewhere"
    folder.rename(moved)
    assert {p.kind for p in load_project(moved / "p.syncline").problems} == {"plugin"}
    gone = moved / "a:b.png"
    gone.rename(tmp_path / "new name.png")
    (moved / "pictures" / "~ü 2.png").write_bytes(b"something else")
    loaded = load_project(moved / "p.syncline")
    problems = {p.kind: p for p in loaded.problems}
    assert problems.keys() == {"plugin", "missing", "unreadable"}
    assert problems["missing"].picture is loaded.session.scenes[0].picture
    assert problems["unreadable"].picture is loaded.session.scenes[1].picture
    assert len(loaded.session.matchings) == 3


def test_a_located_picture_with_other_content_marks_its_links(tmp_path: Path, pictures: tuple[Path, Path]) -> None:
    scene = dataclasses.replace(scene_of(tmp_path / "a.png", 1), picture=opened(pictures[0]))
    session = Session(scenes=(scene,)).with_match(NamedMatch(1, 1, match(scene, similarity="words")))
    same = relocate_picture(session, 1, pictures[0])
    assert same.matchings[0].match.notes == session.matchings[0].match.notes
    assert same.matchings[0].match.scene is same.scenes[0]
    other = relocate_picture(session, 1, pictures[1])
    assert any("match again" in note for note in other.matchings[0].match.notes)
    assert other.scenes[0].picture.digest != scene.picture.digest


@pytest.fixture
def pictures(tmp_path: Path) -> tuple[Path, Path]:
    import cv2

    paths = tmp_path / "one.png", tmp_path / "two.png"
    for k, path in enumerate(paths):
        assert cv2.imwrite(str(path), np.full((8, 12, 3), k * 50, np.uint8))
    return paths


def opened(path: Path):
    from syncline.media.pictures import open_picture

    return open_picture(path)


def test_the_journal_holds_every_edit_of_a_scene(tmp_path: Path) -> None:
    session = match_session(tmp_path)
    written = threading.Event()
    folder = tmp_path / "journals"
    folder.mkdir()
    writer = JournalWriter(lambda number, _s, trouble: written.set() if number == 3 or trouble else None, folder)
    first = session.active_scene
    assert first is not None
    locked = session.with_scene(links.lock(first, first.objects[1].id, first.phrases[0].id))
    chosen = dataclasses.replace(locked, match_recipe=MatchRecipe(method="greedy"))
    steps = (("reset", session), ("replace", locked), ("replace", chosen))
    writer.put(Record(kind, k, f"step {k}", s, number=k) for k, (kind, s) in enumerate(steps, 1))  # pyright: ignore[reportArgumentType]
    assert writer.flush() and written.wait(5)
    writer.close(delete=False)
    (found,) = find_recoverable(folder)
    back = recover(found)
    found.done()
    assert difference(chosen, back.session) == ""
    assert back.labels == ("step 1", "step 2", "step 3")
