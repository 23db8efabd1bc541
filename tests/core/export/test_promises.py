"""RELIABILITY: full disks, cancelling, odd names and foreign locales, for every exporter."""

from __future__ import annotations

import contextlib
import hashlib
import locale
import os
import random
import resource
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from export_made import aligned, job

from syncline.errors import Cancelled, ExportError
from syncline.export import run
from syncline.progress import Monitor

TARGETS = ["p.csv", "p.json", "p.npz", "f.png", "f.svg", "f.pdf", "v.mp4", "s.wav", "s.flac"]


@contextlib.contextmanager
def no_file_longer_than(size):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture(scope="module")
def whole(tmp_path_factory, alignment):
    """One whole export of every kind."""
    folder = tmp_path_factory.mktemp("whole")
    for name in TARGETS:
        run(job(alignment), folder / name)
    return folder


@pytest.mark.parametrize("name", TARGETS)
def test_a_limit_on_file_size_loses_nothing(tmp_path, alignment, whole, name, count, promise):
    target, size = tmp_path / name, (whole / name).stat().st_size
    target.write_bytes(b"the old file")
    rng = random.Random(name)
    runs = count(3, 34)
    for _ in range(runs):
        with no_file_longer_than(rng.randrange(1, size - 1)), pytest.raises(ExportError) as caught:
            run(job(alignment), target)
        assert str(tmp_path) in str(caught.value)
        assert target.read_bytes() == b"the old file"
        assert [f.name for f in tmp_path.iterdir()] == [name]
    promise(3, f"{name}: {runs} exports against a file size limit, 0 old files lost, 0 left over")


def test_a_full_disk_loses_nothing(tmp_path, alignment, whole, count, promise):
    disk = tmp_path / "disk"
    disk.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=96k", "tmpfs", str(disk)], check=False, capture_output=True
    )
    if done.returncode:
        pytest.skip("a small disk can't be mounted here")
    try:
        rng, runs = random.Random(5), 0
        for name in TARGETS:
            size = (whole / name).stat().st_size
            for _ in range(count(1, 10)):
                target = disk / name
                target.write_bytes(b"old")
                room = rng.randrange(0, min(size, 80_000) // 4096 * 4096 + 1)
                free = shutil.disk_usage(disk).free
                (disk / "ballast").write_bytes(bytes(max(0, free - room)))
                if size > shutil.disk_usage(disk).free:
                    with pytest.raises(ExportError, match="full") as caught:
                        run(job(alignment), target)
                    assert str(disk) in str(caught.value)
                    assert target.read_bytes() == b"old"
                    runs += 1
                assert sorted(f.name for f in disk.iterdir()) == sorted(["ballast", name])
                target.unlink()
                (disk / "ballast").unlink()
        assert runs >= len(TARGETS) // 2
        promise(3, f"exports: {runs} runs against a full disk, 0 lost, each names the folder")
    finally:
        subprocess.run(["umount", str(disk)], check=False)


@pytest.fixture(scope="module")
def long_alignment(clips):
    """A path of 400,000 steps over rows of 40,000 × 40,000, as hour-long sound has."""
    n = 200_000
    rows = np.arange(n)
    pairs = np.column_stack([np.repeat(rows, 2)[1:], np.repeat(rows, 2)[:-1]])
    return aligned(*clips, pairs, rows / 1000, rows / 1000)


@pytest.mark.parametrize("name", TARGETS)
def test_cancelling_answers_at_once_and_leaves_nothing(tmp_path, alignment, long_alignment, name, count, promise):
    al = long_alignment if name.startswith(("p.", "f.")) else alignment
    if name.startswith("s."):
        a = replace(al.pair.a, duration=1200.0)
        al = replace(al, pair=replace(al.pair, a=a))
    waits, rng = [], random.Random(name)
    for _ in range(count(2, 20)):
        monitor = Monitor()
        moment: list[float] = []

        def stop(monitor=monitor, moment=moment):
            moment.append(time.perf_counter())
            monitor.cancel()

        timer = threading.Timer(rng.uniform(0.001, 0.15), stop)
        before = threading.active_count()
        timer.start()
        with contextlib.suppress(Cancelled):
            run(job(al), tmp_path / name, monitor=monitor)
            timer.cancel()
        if moment:
            waits.append(time.perf_counter() - moment[0])
            assert not list(tmp_path.glob(".*.part*"))
            timer.join()
            assert threading.active_count() <= before
    if waits:
        assert max(waits) < 1.0
        promise(15, f"{name}: {len(waits)} cancelled, longest wait {max(waits) * 1000:.0f} ms")


# The others open their file as csv does.
NAMED = ["p.csv", "v.mp4", "s.wav", "s.flac"]
NAMES = [
    "emoji \U0001f3ac\U0001f9d1\u200d\U0001f680",
    "e\u0301 NFD",
    "x" * 240,
    "line\nbreak",
    "quo\"te's",
    "%03d %s {0}",
    "a:b",
    "http:x",
    "-leading",
    "end.",
    " space ",
    os.fsdecode(b"latin \xe9\xff"),
    "[1-3]*?",
    "\u202egnp.exe",
]


def assert_same(written, expected):
    assert written.read_bytes() == expected.read_bytes(), expected.name


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_any_name_of_file_and_folder_works(tmp_path, alignment, whole, name):
    folder = tmp_path / name
    folder.mkdir()
    for target in NAMED:
        suffix = target[1:]
        run(job(alignment), folder / f"{name}{suffix}")
        assert_same(folder / f"{name}{suffix}", whole / target)
    assert len(list(folder.iterdir())) == len(NAMED)


def test_a_path_of_three_thousand_characters(tmp_path, alignment, whole):
    folder = tmp_path
    for _ in range(13):
        folder = folder / ("d" * 220)
        folder.mkdir()
    assert len(str(folder)) > 2850
    for name in NAMED:
        run(job(alignment), folder / name)
        assert_same(folder / name, whole / name)


def test_a_name_that_is_too_long_is_said(tmp_path, alignment):
    with pytest.raises(ExportError, match="too long"):
        run(job(alignment), tmp_path / ("x" * 300 + ".csv"))


def test_a_comma_as_decimal_sign_changes_nothing(tmp_path, alignment, whole):
    old = locale.setlocale(locale.LC_ALL)
    for name in ("de_DE.UTF-8", "de_DE", "German"):
        with contextlib.suppress(locale.Error):
            locale.setlocale(locale.LC_ALL, name)
            break
    else:
        pytest.skip("no German locale installed")
    try:
        for target in TARGETS:
            run(job(alignment), tmp_path / target)
            assert_same(tmp_path / target, whole / target)
    finally:
        locale.setlocale(locale.LC_ALL, old)


def test_a_link_is_followed_and_kept(tmp_path, alignment, whole):
    (tmp_path / "real").mkdir()
    (tmp_path / "link.csv").symlink_to(tmp_path / "real" / "p.csv")
    run(job(alignment), tmp_path / "link.csv")
    assert (tmp_path / "link.csv").is_symlink()
    digest = [hashlib.sha256(f.read_bytes()).digest() for f in (tmp_path / "real" / "p.csv", whole / "p.csv")]
    assert digest[0] == digest[1]


_EXPORT_ELSEWHERE = """
import sys
sys.path[:0] = sys.argv[4:]
import numpy as np
from made import aligned, edits, job
from syncline.export import run
from syncline.media import open_media
a, b, target = sys.argv[1:4]
run(job(aligned(open_media(a), open_media(b), np.load(target + ".npy"), constraints=edits())), target)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc fills memory so that reading it too early shows")
@pytest.mark.parametrize("name", ["v.mp4", "s.wav"])
def test_memory_that_was_never_written_is_not_exported(tmp_path, alignment, whole, name):
    here = Path(__file__).parent
    for fill in ("1", "170"):
        target = tmp_path / (fill + name)
        np.save(f"{target}.npy", alignment.path.pairs)
        sides = [str(m.path) for m in (alignment.pair.a, alignment.pair.b)]
        subprocess.run(
            [sys.executable, "-c", _EXPORT_ELSEWHERE, *sides, target, here, here.parent.parent, *sys.path],
            check=True, env={**os.environ, "MALLOC_PERTURB_": fill},
        )  # fmt: skip
        assert_same(target, whole / name)
