"""Damaged projects are noticed, torn saves leave the old or the new one (promises 2 and 5)."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from core.project.sessions import difference, rich_session
from syncline.errors import ProjectError
from syncline.project import list_backups, load_project, save_project, state_digest

pytestmark = [pytest.mark.endurance, pytest.mark.timeout(7200)]

Count = Callable[[int, int], int]
Promise = Callable[[int, str], None]


def mutant(image: bytes, rng: random.Random) -> tuple[str, bytes]:
    """A damaged copy."""
    data = bytearray(image)
    kind = rng.choice(("flip", "flips", "page", "short", "zeros"))
    at = rng.randrange(len(data))
    if kind == "flip":
        data[at] ^= 1 << rng.randrange(8)
    elif kind == "flips":
        for _ in range(rng.randrange(2, 50)):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    elif kind == "page":
        start = at // 4096 * 4096
        data[start : start + 4096] = rng.randbytes(4096)
    elif kind == "zeros":
        start = at // 512 * 512
        data[start : start + 512] = bytes(512)
    else:
        del data[at:]
    return kind, bytes(data)


def test_damage_is_noticed(tmp_path: Path, count: Count, promise: Promise) -> None:
    session = rich_session(tmp_path, 3)
    project = tmp_path / "p.syncline"
    save_project(session, project)
    backups = {b.path: b.path.read_bytes() for b in list_backups(project)}
    assert len(backups) == 1
    image, rng = project.read_bytes(), random.Random(5)
    mutants, refused, named, harmless, kept = count(250, 1000), 0, 0, 0, 0
    for _ in range(mutants):
        kind, damaged = mutant(image, rng)
        project.write_bytes(damaged)
        try:
            loaded = load_project(project)
        except ProjectError:
            refused += 1
            continue
        assert project.read_bytes() == damaged, "opening never writes"
        if any(p.kind not in ("plugin",) for p in loaded.problems):
            named += 1
            kept += bool(loaded.session.alignments)
            continue
        assert difference(session, loaded.session) == "", f"undetected: {kind}"
        harmless += 1
    assert {b.path: b.path.read_bytes() for b in list_backups(project)} == backups
    assert load_project(next(iter(backups))).digest == state_digest(session)
    # The test would see nothing if the mutants were all refused by their headers.
    assert named > mutants / 5
    assert kept > named / 2
    promise(
        5,
        f"{mutants} mutants: {refused} refused, {named} named ({kept} with work kept), {harmless} harmless, "
        "0 undetected, backups untouched",
    )


def test_damage_to_one_part_leaves_the_others(tmp_path: Path) -> None:
    session = rich_session(tmp_path, 3)
    project = tmp_path / "p.syncline"
    save_project(session, project)
    image = project.read_bytes()
    # The note of one anchor list, in the file word by word.
    project.write_bytes(image.replace(b'"locked"', b'"l0cked"', 1))
    loaded = load_project(project)
    assert any("anchors" in p.sentence for p in loaded.problems)
    for old, new in zip(session.alignments, loaded.session.alignments, strict=True):
        assert difference(old.path, new.path) == ""
    whole = [
        difference(x.constraints, y.constraints) == ""
        for x, y in zip(session.alignments, loaded.session.alignments, strict=True)
    ]
    assert whole.count(True) == 2


class Disk:
    """What a save asks of the disk, in order, to be replayed up to any moment.

    The save is one plain write in Python, so the calls of `os` and `pathlib` are all there is to record.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.events: list[tuple[str, Path, Path | bytes | None]] = []
        self._open: dict[int, Path] = {}
        real_open, real_fsync, real_write, real_replace = os.open, os.fsync, Path.write_bytes, Path.replace

        def open_(path: str | Path, *args: int) -> int:
            handle = real_open(path, *args)
            self._open[handle] = Path(path)
            return handle

        def fsync(handle: int) -> None:
            real_fsync(handle)
            self.events.append(("fsync", Path(f"/proc/self/fd/{handle}").readlink(), None))

        def write_bytes(path: Path, data: bytes) -> int:
            self.events.append(("write", path, bytes(data)))
            return real_write(path, data)

        def replace(path: Path, target: Path) -> Path:
            self.events.append(("rename", path, Path(target)))
            return real_replace(path, target)

        monkeypatch.setattr(os, "open", open_)
        monkeypatch.setattr(os, "fsync", fsync)
        monkeypatch.setattr(Path, "write_bytes", write_bytes)
        monkeypatch.setattr(Path, "replace", replace)

    def state(self, cut: int, folder: Path, rng: random.Random) -> tuple[dict[Path, bytes], int]:
        """Files of `folder` after a power cut before event `cut`, and how many saves had returned by then.

        What was not synced is there in part: sectors of 512 bytes may be missing (zeros or the end of the file)
        or torn, and a rename that the folder was not synced after may not have happened.
        """
        events = self.events[:cut]
        files: dict[Path, bytes] = {}
        pending: list[tuple[Path, Path]] = []
        dirty: dict[Path, bytes] = {}
        for what, path, extra in events:
            if what == "write" and isinstance(extra, bytes):
                dirty[path] = extra
            elif what == "fsync" and path in dirty:
                files[path] = dirty.pop(path)
            elif what == "fsync" and path == folder:
                for source, target in pending:
                    files[target] = files.pop(source)
                pending = []
            elif what == "rename" and isinstance(extra, Path) and extra.parent == folder:
                if path in dirty:
                    files[path] = torn(dirty.pop(path), rng)
                pending.append((path, extra))
        for path, data in dirty.items():
            files[path] = torn(data, rng)
        for source, target in pending:
            if rng.random() < 0.5:
                files[target] = files.pop(source)
        saves = sum(1 for what, path, _ in events if what == "fsync" and path == folder)
        return files, saves


def torn(data: bytes, rng: random.Random) -> bytes:
    out = bytearray(data)
    for start in range(0, len(out), 512):
        if rng.random() < 0.3:
            cut = rng.choice((0, rng.randrange(512)))
            out[start + cut : start + 512] = bytes(len(out[start + cut : start + 512]))
    return bytes(out[: rng.randrange(len(out) + 1)] if rng.random() < 0.3 else out)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
def test_power_cuts(tmp_path: Path, count: Count, promise: Promise, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    project = folder / "p.syncline"
    images: list[bytes] = []
    with monkeypatch.context() as patch:
        patch.setenv("SYNCLINE_STATE", str(tmp_path / "state"))
        disk = Disk(patch)
        for k in range(6):
            save_project(rich_session(tmp_path / "media", k), project)
            images.append(project.read_bytes())
    assert len(set(images)) == 6
    events = [e for e in disk.events if e[1].parent == folder or e[1] == folder]
    disk.events = events
    assert [e[0] for e in events[:4]] == ["write", "fsync", "rename", "fsync"]
    rng, states = random.Random(11), count(300, 2000)
    for _ in range(states):
        files, saves = disk.state(rng.randrange(len(events) + 1), folder, rng)
        found = files.get(project)
        if found is None:
            assert saves == 0
            continue
        # Whole, and at least the last save that returned.
        assert found in images
        assert images.index(found) >= saves - 1
    promise(2, f"{states} simulated power cuts during saves: 0 damaged, 0 saves lost")
