"""Saving and opening: what comes back, what is refused, what is said."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from core.project.sessions import difference, rich_session, video
from syncline.errors import ProjectError
from syncline.model import Recipe, Session
from syncline.project import list_backups, load_project, save_project, state_digest


@pytest.mark.parametrize("seed", range(3))
def test_everything_comes_back(tmp_path: Path, seed: int) -> None:
    session = rich_session(tmp_path, seed)
    digest = save_project(session, tmp_path / "p.syncline")
    loaded = load_project(tmp_path / "p.syncline")
    assert difference(session, loaded.session) == ""
    assert {p.kind for p in loaded.problems} == {"plugin"}
    assert loaded.digest == digest == state_digest(session) == state_digest(loaded.session)
    again = loaded.session.alignments
    assert again[0].pair is again[1].pair
    assert again[0].solved is again[0].constraints


def test_empty_session(tmp_path: Path) -> None:
    save_project(Session(), tmp_path / "p.syncline")
    assert difference(Session(), load_project(tmp_path / "p.syncline").session) == ""


def test_same_session_makes_the_same_bytes_and_leaves_nothing_beside(tmp_path: Path) -> None:
    session = rich_session(tmp_path)
    before = set(tmp_path.iterdir())
    save_project(session, tmp_path / "p.syncline")
    first = (tmp_path / "p.syncline").read_bytes()
    save_project(load_project(tmp_path / "p.syncline").session, tmp_path / "p.syncline")
    assert (tmp_path / "p.syncline").read_bytes() == first
    assert set(tmp_path.iterdir()) == before | {tmp_path / "p.syncline"}


def test_header_as_the_file_command_sees_it(tmp_path: Path) -> None:
    save_project(Session(), tmp_path / "p.syncline")
    head = (tmp_path / "p.syncline").read_bytes()[:100]
    assert head[:15] == b"SQLite format 3"
    assert head[68:72] == b"SYNL"
    assert head[60:64] == b"\0\0\0\1"
    assert head[18:20] == b"\1\1", "a rollback-journal file, not WAL"


@pytest.mark.parametrize("content", [b"", b"hello", b"SQLite format 3\0" + bytes(84), os.urandom(5000)])
def test_other_files_are_refused_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.syncline").write_bytes(content)
    with pytest.raises(ProjectError, match="not a Syncline project"):
        load_project(tmp_path / "x.syncline")


def test_missing_and_odd_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="does not exist"):
        load_project(tmp_path / "x.syncline")
    with pytest.raises(ProjectError, match="not a regular file"):
        load_project(tmp_path)
    os.mkfifo(tmp_path / "pipe.syncline")
    with pytest.raises(ProjectError, match="not a regular file"):
        load_project(tmp_path / "pipe.syncline")


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE VIEW v AS SELECT 1",
        "CREATE TRIGGER t AFTER INSERT ON item BEGIN DELETE FROM item; END",
        "CREATE TABLE extra(x)",
        "DROP TABLE item; CREATE VIEW item AS "
        "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x FROM c) SELECT x name, x json, x digest FROM c",
    ],
)
def test_a_file_built_otherwise_is_refused(tmp_path: Path, sql: str) -> None:
    path = tmp_path / "p.syncline"
    save_project(Session(), path)
    with sqlite3.connect(path) as db:
        db.executescript(sql)
    db.close()
    with pytest.raises(ProjectError, match="not built like"):
        load_project(path)


def _edit(path: Path, name: str, change: object) -> None:
    """Rewrite an item the way an attacker would: with right digests of the item."""
    from syncline.project.parts import digest_of

    db = sqlite3.connect(path)
    value = json.loads(db.execute("SELECT json FROM item WHERE name = ?", (name,)).fetchone()[0])
    change(value)  # type: ignore[operator]
    data = json.dumps(value).encode()
    db.execute("UPDATE item SET json = ?, digest = ? WHERE name = ?", (data, digest_of(data), name))
    db.commit()
    db.close()


def _items(path: Path, prefix: str) -> list[str]:
    db = sqlite3.connect(path)
    names = [n for (n,) in db.execute("SELECT name FROM item ORDER BY name") if n.startswith(prefix)]
    db.close()
    return names


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999", "-Infinity"])
def test_numbers_that_are_not_finite_stay_out(tmp_path: Path, number: str) -> None:
    path = tmp_path / "p.syncline"
    save_project(rich_session(tmp_path), path)
    _edit(path, "constraints/1", lambda v: v["anchors"][0].update(a=float(number)))
    loaded = load_project(path)
    assert any("anchor" in p.sentence for p in loaded.problems)
    kept = loaded.session.alignments[0].constraints
    assert all(np.isfinite([x.a, x.b]).all() for x in kept.anchors)
    assert loaded.session.alignments[0].path is not None


@pytest.mark.parametrize(
    "word",
    [
        "/etc/hostname",
        "~/secret.npy",
        "http://example.org/x.npy",
        "C:\\x.npy",
        "//host/x.npy",
        "\\\\host\\x.npy",
        "a\0b",
        "",
    ],
)
def test_places_that_are_no_relative_path_are_not_touched(tmp_path: Path, word: str) -> None:
    path = tmp_path / "p.syncline"
    save_project(rich_session(tmp_path), path)
    for name in _items(path, "place/"):
        _edit(path, name, lambda v: v.update(path=word))
    loaded = load_project(path)
    assert all(p.media.path.parent == tmp_path for p in loaded.problems if p.kind == "outside" and p.media)


def test_outside_the_folder_needs_the_users_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there, here = tmp_path / "there", tmp_path / "here"
    here.mkdir()
    session = rich_session(there)
    save_project(session, here / "p.syncline")
    assert [p.kind for p in load_project(here / "p.syncline").problems if p.media] == [], "opened by this user before"
    monkeypatch.setenv("SYNCLINE_STATE", str(tmp_path / "somebody else"))
    loaded = load_project(here / "p.syncline")
    assert [p.kind for p in loaded.problems if p.media] == ["outside"] * 3
    assert difference(session.alignments[0].constraints, loaded.session.alignments[0].constraints) == ""
    # Saving what was not opened is no agreement.
    save_project(loaded.session, here / "p.syncline")
    assert [p.kind for p in load_project(here / "p.syncline").problems if p.media] == ["outside"] * 3


def test_a_project_that_moved_alone_finds_its_media_by_digest(tmp_path: Path) -> None:
    session = rich_session(tmp_path / "there")
    save_project(session, tmp_path / "there" / "p.syncline")
    (tmp_path / "here").mkdir()
    (tmp_path / "there" / "p.syncline").rename(tmp_path / "here" / "p.syncline")
    loaded = load_project(tmp_path / "here" / "p.syncline")
    assert not [p for p in loaded.problems if p.media]
    assert loaded.session.a is not None
    assert loaded.session.a.path == session.a.path  # type: ignore[union-attr]


def test_a_project_moved_with_its_media(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_project(rich_session(tmp_path / "there"), tmp_path / "there" / "p.syncline")
    (tmp_path / "there").rename(tmp_path / "here")
    monkeypatch.setenv("SYNCLINE_STATE", str(tmp_path / "fresh"))
    loaded = load_project(tmp_path / "here" / "p.syncline")
    assert not [p for p in loaded.problems if p.media]
    assert b"there" not in (tmp_path / "here" / "p.syncline").read_bytes(), "no folder of the machine in the file"


def test_params_of_installed_methods_come_back_as_their_dataclass(tmp_path: Path) -> None:
    from syncline.solvers.warp import REGISTRY

    names = REGISTRY.names()
    if not names:
        pytest.skip("no method is installed")
    for name in names:
        params = REGISTRY[name].params()
        save_project(Session(recipe=Recipe(method=name, params=params)), tmp_path / "p.syncline")
        loaded = load_project(tmp_path / "p.syncline")
        assert not loaded.problems
        assert loaded.session.recipe.params == params


def test_backups_are_the_last_five(tmp_path: Path) -> None:
    path = tmp_path / "p.syncline"
    images = []
    for k in range(7):
        save_project(Session(recipe=Recipe(method=f"m{k}")), path)
        images.append(path.read_bytes())
    save_project(Session(recipe=Recipe(method="m6")), path)
    assert [b.path.read_bytes() for b in list_backups(path)] == images[:1:-1]
    assert load_project(list_backups(path)[-1].path).session.recipe.method == "m2"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_to(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(ProjectError, match="may not be written to"):
            save_project(Session(), tmp_path / "p.syncline")
    finally:
        tmp_path.chmod(0o700)


def test_saving_through_a_link_keeps_the_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    session = rich_session(tmp_path / "real")
    (tmp_path / "link.syncline").symlink_to(tmp_path / "real" / "p.syncline")
    save_project(session, tmp_path / "link.syncline")
    assert (tmp_path / "link.syncline").is_symlink()
    assert not [p for p in load_project(tmp_path / "link.syncline").problems if p.media]


@pytest.mark.parametrize(
    "name", ["a?b#c%20.syncline", "💾 – ü.syncline", "-x.syncline", "'\"\n.syncline", os.fsdecode(b"\xff\xfe.syncline")]
)
def test_any_name(tmp_path: Path, name: str) -> None:
    session = Session(a=video(tmp_path / f"{name}.mp4"))
    save_project(session, tmp_path / name)
    loaded = load_project(tmp_path / name)
    assert difference(session, loaded.session) == ""
    assert {p.kind for p in loaded.problems} <= {"plugin"}
