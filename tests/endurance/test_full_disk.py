"""A full disk loses nothing: cache of features, project, backups and journal (promise 3; the exporters' part stands
with them).
"""

from __future__ import annotations

import contextlib
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from clips import make_video
from core.project.sessions import rich_session
from syncline import pipeline
from syncline.errors import ProjectError
from syncline.features import _cache as cache
from syncline.model import Features, Recipe
from syncline.progress import Monitor
from syncline.project import find_recoverable, list_backups, load_project, recover, save_project, state_digest
from syncline_workbench.document import Document
from syncline_workbench.journal import Journal

resource = pytest.importorskip("resource", reason="file sizes are limited through POSIX")

pytestmark = [pytest.mark.endurance, pytest.mark.timeout(7200)]

Count = Callable[[int, int], int]
Promise = Callable[[int, str], None]

DISK = 1 << 20
"""Bytes of the small disk."""


@contextlib.contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    call = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)]
    try:
        done = subprocess.run(call, check=False, capture_output=True, text=True)
    except OSError as error:
        pytest.skip(f"a small disk can't be mounted here: {error}")
    if done.returncode:
        pytest.skip(f"a small disk can't be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@contextlib.contextmanager
def room(disk: Path, size: int) -> Iterator[int]:
    """Leave about `size` bytes on the disk; gives how many there are."""
    ballast = disk / "ballast"
    ballast.write_bytes(bytes(max(shutil.disk_usage(disk).free - size, 0)))
    try:
        yield shutil.disk_usage(disk).free
    finally:
        ballast.unlink()


def made(rng: random.Random, rows: tuple[int, int]) -> Features:
    n = rng.randrange(*rows)
    values = np.random.default_rng(rng.randrange(1 << 30)).normal(0, 1, (n, 8))
    return Features(values.astype(np.float32), np.arange(n) / 30)


def same(name: str, features: Features) -> bool:
    kept = cache.load(name)
    return (
        kept is not None and np.array_equal(kept.values, features.values) and np.array_equal(kept.times, features.times)
    )


def keeps_what_it_had(old: Features, new: Features) -> None:
    """A refused entry names the folder, and the one of that name and its neighbour are as they were."""
    said = cache.store("k", new)
    assert str(cache.folder()) in said
    assert same("k", old)
    assert same("neighbour", old)
    assert sorted(p.stem for p in cache.folder().iterdir()) == ["k", "neighbour"]


def test_the_cache_of_features_against_a_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: Count, promise: Promise
) -> None:
    monkeypatch.setenv("SYNCLINE_CACHE", str(tmp_path / "cache"))
    rng, runs = random.Random(3), count(10, 300)
    old = made(rng, (20, 200))
    for _ in range(runs):
        new = made(rng, (20, 4000))
        for name in ("k", "neighbour"):
            assert cache.store(name, old) == ""
        with no_file_longer_than(rng.randrange(1, new.values.nbytes + new.times.nbytes)):
            keeps_what_it_had(old, new)
        assert cache.store("k", new) == ""
        assert same("k", new)
    promise(3, f"cache of features: {runs} runs against a file size limit, 0 entries lost, 0 left over")


def test_the_cache_of_features_on_a_full_disk(
    disk: Path, monkeypatch: pytest.MonkeyPatch, count: Count, promise: Promise
) -> None:
    monkeypatch.setenv("SYNCLINE_CACHE", str(disk / "cache"))
    rng, runs = random.Random(4), count(10, 300)
    old = made(rng, (20, 200))
    for _ in range(runs):
        new = made(rng, (2000, 8000))
        for name in ("k", "neighbour"):
            assert cache.store(name, old) == ""
        with room(disk, rng.randrange(0, new.values.nbytes)) as free:
            assert free < new.values.nbytes
            keeps_what_it_had(old, new)
        assert cache.store("k", new) == ""
        assert same("k", new)
    promise(3, f"cache of features: {runs} runs against a full disk, 0 entries lost, 0 left over")


def test_a_full_cache_does_not_keep_anyone_from_aligning(
    tmp_path: Path, disk: Path, monkeypatch: pytest.MonkeyPatch, count: Count, promise: Promise
) -> None:
    pair = pipeline.open_pair(make_video(tmp_path / "a.mp4", 40), make_video(tmp_path / "b.mp4", 50))
    monkeypatch.setenv("SYNCLINE_CACHE", str(tmp_path / "cache"))
    known = pipeline.align(pair)
    assert known.path is not None
    monkeypatch.setenv("SYNCLINE_CACHE", str(disk / "cache"))
    rng, runs, kept = random.Random(6), count(3, 40), 0
    for _ in range(runs):
        monitor = Monitor()
        with room(disk, rng.randrange(0, 200_000)):
            answer = pipeline.align(pair, monitor=monitor)
        assert answer.path is not None
        assert np.array_equal(answer.path.pairs, known.path.pairs)
        assert all(str(disk / "cache") in sentence for sentence in monitor.warnings)
        # Either both clips' features fitted, or it was said that they did not.
        entries = len(list((disk / "cache").rglob("*.features")))
        everything = len(list((tmp_path / "cache").rglob("*.features")))
        assert (entries == everything) == (not monitor.warnings)
        kept += entries == everything
        cache.clear()
    promise(3, f"align with no room for features: {runs - kept} times without, {kept} with, the same path each time")


def test_project_backup_and_journal_on_a_full_disk(
    qapp: QApplication,
    tmp_path: Path,
    disk: Path,
    monkeypatch: pytest.MonkeyPatch,
    count: Count,
    promise: Promise,
) -> None:
    monkeypatch.setenv("SYNCLINE_STATE", str(disk / "state"))
    rng, runs, refused, unwritten = random.Random(5), count(12, 150), 0, 0
    session = rich_session(tmp_path)
    for k in range(runs):
        work = disk / "work"
        work.mkdir()
        project = work / "p.syncline"
        save_project(session, project)
        old, backups = project.read_bytes(), len(list_backups(project))
        document = Document()
        journal = Journal(document, folder=work)
        said: list[str] = []
        journal.failed.connect(said.append)
        document.replace(session, "Open")
        assert journal.flush()
        qapp.processEvents()
        assert not journal.pending
        grown = replace(session, recipe=Recipe(method=f"{k}" + "x" * rng.randrange(20_000, 60_000)))
        monitor = Monitor()
        with room(disk, rng.randrange(0, 150_000)):
            trouble = ""
            try:
                digest = save_project(grown, project, monitor)
            except ProjectError as error:
                trouble = str(error)
            document.replace(grown, "Grow")
            assert journal.flush()
            qapp.processEvents()
            now = project.read_bytes()
            assert sorted(p.suffix for p in work.iterdir() if p.suffix != ".lock") == [
                ".journal",
                ".journal-shm",
                ".journal-wal",
                ".syncline",
            ]
        if trouble:
            assert str(work) in trouble and "full" in trouble
            assert now == old
            assert len(list_backups(project)) == backups
            refused += 1
        else:
            loaded = load_project(project)
            assert loaded.digest == digest == state_digest(grown)
            newest = len(list_backups(project)) > backups or backups == 5
            assert newest or any(str(disk / "state") in sentence for sentence in monitor.warnings), monitor.warnings
        assert journal.pending == bool(said)
        assert all(str(work) in sentence for sentence in said)
        unwritten += bool(said)
        # With room again everything is made good.
        document.replace(replace(grown, active=1), "Go on")
        assert journal.flush()
        qapp.processEvents()
        assert not journal.pending
        journal.close(delete=False)
        (found,) = find_recoverable(work)
        given = recover(found)
        assert given.complete
        assert state_digest(given.session) == state_digest(document.session)
        found.done()
        shutil.rmtree(disk / "state")
        shutil.rmtree(work)
    assert refused and unwritten, "the disk was full at times"
    promise(
        3,
        f"project, backup and journal: {runs} runs on a disk that fills up ({refused} saves refused, {unwritten} times "
        "a step in memory only, all said): 0 lost",
    )
