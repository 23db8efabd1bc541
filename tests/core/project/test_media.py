"""Media moved, swapped, cut or touched are named before use; work done on them is kept (promises 11 and 12)."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.project.sessions import constraints_of, difference, path_of
from syncline.errors import MediaError
from syncline.media import open_media
from syncline.model import Alignment, Media, Pair, Session
from syncline.project import Problem, load_project, relocate, save_project

pytestmark = pytest.mark.endurance


def opened(path: Path, seed: int) -> Media:
    """A real feature file, really opened."""
    np.save(path, np.random.default_rng(seed).standard_normal((30, 4)))
    return open_media(path, rate=10.0)


def made(folder: Path) -> Session:
    a, b = opened(folder / "a.npy", 1), opened(folder / "b.npy", 2)
    c = constraints_of(1)
    al = Alignment(1, Pair(a, b), constraints=c, path=path_of(a, b), solved=c)
    return Session(a, b, alignments=(al,), active=1)


def lost(problems: tuple[Problem, ...]) -> list[tuple[str, str]]:
    return [(p.kind, p.media.name) for p in problems if p.media is not None]


def work(session: Session) -> list[object]:
    return [(al.constraints, al.path, al.solved) for al in session.alignments]


def moved(path: Path) -> None:
    path.rename(path.with_name("elsewhere.npy"))


def swapped(path: Path) -> None:
    size = path.stat().st_size
    np.save(path, np.random.default_rng(99).standard_normal((30, 4)))
    assert path.stat().st_size == size


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def touched(path: Path) -> None:
    os.utime(path, ns=(1, 1))


CHANGES: dict[Callable[[Path], None], str | None] = {
    moved: "missing",
    swapped: "changed",
    truncated: "unreadable",
    touched: None,
}


def test_every_change_on_either_side_is_named(
    tmp_path: Path, promise: Callable[[int, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = 0
    for on_a in (None, *CHANGES):
        for on_b in (None, *CHANGES):
            folder = tmp_path / f"{cases}"
            folder.mkdir()
            session = made(folder)
            save_project(session, folder / "p.syncline")
            # Somebody else's machine, which knows no other place of these contents.
            monkeypatch.setenv("SYNCLINE_STATE", str(folder / "state"))
            expected: list[tuple[str, str]] = []
            for change, name in ((on_a, "a.npy"), (on_b, "b.npy")):
                if change is not None:
                    change(folder / name)
                    if CHANGES[change]:
                        expected.append((CHANGES[change] or "", name))
            loaded = load_project(folder / "p.syncline")
            assert lost(loaded.problems) == expected
            assert difference(work(session), work(loaded.session)) == ""
            stale = loaded.session.alignments[0].stale
            assert bool(stale) == any(kind in ("changed", "unreadable") for kind, _ in expected)
            assert all(name.split(".")[0] in " ".join(p.sentence for p in loaded.problems) for _, name in expected)
            cases += 1
    promise(12, f"move, swap, truncate, touch on either side: {cases} cases, all named, no work lost")


def test_fifty_media(tmp_path: Path, promise: Callable[[int, str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    media = [opened(tmp_path / f"m{k:02}.npy", k) for k in range(50)]
    alignments = tuple(
        Alignment(k + 1, Pair(a, b), constraints=constraints_of(k), path=path_of(a, b, k), name=f"pair {k}")
        for k, (a, b) in enumerate(zip(media[::2], media[1::2], strict=True))
    )
    session = Session(media[0], media[1], alignments=alignments, active=3)
    save_project(session, tmp_path / "p.syncline")
    monkeypatch.setenv("SYNCLINE_STATE", str(tmp_path / "state"))
    chosen = [int(k) for k in np.random.default_rng(5).choice(50, 15, replace=False)]
    for change, ks in ((truncated, chosen[:5]), (moved, chosen[5:10]), (swapped, chosen[10:])):
        for k in ks:
            change(tmp_path / f"m{k:02}.npy") if change is not moved else (tmp_path / f"m{k:02}.npy").rename(
                tmp_path / f"gone{k}"
            )
    loaded = load_project(tmp_path / "p.syncline")
    kinds = [kind for kind, _ in lost(loaded.problems)]
    assert {name for _, name in lost(loaded.problems)} == {f"m{k:02}.npy" for k in chosen}
    assert [kinds.count(k) for k in ("unreadable", "missing", "changed")] == [5, 5, 5]
    assert difference(work(session), work(loaded.session)) == ""
    fine = [m for al in loaded.session.alignments for m in (al.pair.a, al.pair.b) if m.mtime_ns > 0]
    working = [m for m in fine if open_media(m.path, rate=10.0).digest == m.digest]
    assert len(working) - 5 == 35, "35 as before and the 5 changed ones under their new content"
    promise(11, "50 media: 35 work, 15 listed with reason, work on all 50 intact")


def test_a_medium_that_may_not_be_read_is_named_and_the_project_opens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = made(tmp_path)
    save_project(session, tmp_path / "p.syncline")
    touched(tmp_path / "a.npy")
    plain = Path.open

    def refusing(path: Path, *words: Any, **more: Any) -> Any:
        if path.name == "a.npy":
            raise PermissionError(13, "Permission denied", str(path))
        return plain(path, *words, **more)

    monkeypatch.setattr(Path, "open", refusing)
    loaded = load_project(tmp_path / "p.syncline")
    (problem,) = [p for p in loaded.problems if p.media]
    assert problem.kind == "unreadable" and "may not be read" in problem.sentence
    assert difference(work(session), work(loaded.session)) == ""


def test_locating_the_same_content_brings_everything_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session = made(tmp_path)
    save_project(session, tmp_path / "p.syncline")
    monkeypatch.setenv("SYNCLINE_STATE", str(tmp_path / "state"))
    (tmp_path / "a.npy").rename(tmp_path / "renamed.npy")
    loaded = load_project(tmp_path / "p.syncline")
    (problem,) = [p for p in loaded.problems if p.media]
    assert problem.media is loaded.session.a
    found = relocate(loaded.session, problem.media, tmp_path / "renamed.npy", expected=problem.expected)
    assert found.a is found.alignments[0].pair.a
    assert found.a is not None
    assert found.a.path == tmp_path / "renamed.npy"
    assert not found.alignments[0].stale
    save_project(found, tmp_path / "p.syncline")
    assert not lost(load_project(tmp_path / "p.syncline").problems)


def test_locating_other_content_marks_the_path_stale_until_the_right_file_is_there(tmp_path: Path) -> None:
    session = made(tmp_path)
    save_project(session, tmp_path / "p.syncline")
    (tmp_path / "kept.npy").write_bytes((tmp_path / "a.npy").read_bytes())
    swapped(tmp_path / "a.npy")
    loaded = load_project(tmp_path / "p.syncline")
    (problem,) = [p for p in loaded.problems if p.media]
    assert problem.kind == "changed"
    assert problem.media is loaded.session.a
    right = relocate(loaded.session, problem.media, tmp_path / "kept.npy", expected=problem.expected)
    assert not right.alignments[0].stale
    other = relocate(right, right.a, tmp_path / "b.npy")  # type: ignore[arg-type]
    assert "not the file" in other.alignments[0].stale
    assert difference(work(session), work(other)) == ""
    with pytest.raises(MediaError):
        relocate(right, right.a, tmp_path / "not there.npy")  # type: ignore[arg-type]


def test_the_same_file_as_a_and_b_and_copies_in_two_folders(tmp_path: Path) -> None:
    a = opened(tmp_path / "a.npy", 1)
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "a.npy").write_bytes((tmp_path / "a.npy").read_bytes())
    copy = open_media(tmp_path / "copy" / "a.npy", rate=10.0)
    session = Session(a, copy, alignments=(Alignment(1, Pair(a, a)), Alignment(2, Pair(copy, a))), active=1)
    save_project(session, tmp_path / "p.syncline")
    loaded = load_project(tmp_path / "p.syncline")
    assert not lost(loaded.problems)
    assert difference(session, loaded.session) == ""


def test_media_are_never_written(tmp_path: Path) -> None:
    session = made(tmp_path)
    before = {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in tmp_path.glob("*.npy")}
    save_project(session, tmp_path / "p.syncline")
    load_project(tmp_path / "p.syncline")
    relocate(session, session.a, tmp_path / "b.npy")  # type: ignore[arg-type]
    assert {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in tmp_path.glob("*.npy")} == before


def test_a_stale_mark_outlives_saving(tmp_path: Path) -> None:
    session = made(tmp_path)
    al = replace(session.alignments[0], stale="the file was changed")
    save_project(replace(session, alignments=(al,)), tmp_path / "p.syncline")
    assert load_project(tmp_path / "p.syncline").session.alignments[0].stale == "the file was changed"
