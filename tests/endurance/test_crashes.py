"""Kills, full disks, damaged journals, two windows (promises 1, 3, 4, 6, 7)."""

from __future__ import annotations

import contextlib
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from core.project.sessions import rich_session
from endurance.conftest import Victims
from syncline.errors import ProjectError
from syncline.project import (
    ProjectLock,
    find_recoverable,
    load_project,
    recover,
    save_project,
    state_digest,
)

pytestmark = [pytest.mark.endurance, pytest.mark.timeout(7200)]

Count = Callable[[int, int], int]
Promise = Callable[[int, str], None]


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SYNCLINE_STATE", str(tmp_path / "state"))
    return tmp_path / "state"


def intact(path: Path) -> str:
    """Digest of a project in which nothing is damaged."""
    loaded = load_project(path)
    assert {p.kind for p in loaded.problems} <= {"plugin"}, [p.sentence for p in loaded.problems]
    assert loaded.digest == state_digest(loaded.session)
    return loaded.digest


def test_kills(tmp_path: Path, state: Path, victims: Victims, count: Count, promise: Promise) -> None:
    kills, copies, acknowledged, restored = count(25, 1000), 0, 0, 0
    for k in range(kills):
        folder = tmp_path / f"{k}"
        folder.mkdir()
        answer = victims("edit", folder, state, seed=k, delay=random.Random(k).uniform(0, 0.25))
        assert answer["code"] == -9
        lines = (
            [line.split() for line in (folder / "log").read_text().splitlines()] if (folder / "log").exists() else []
        )
        ops = {int(w[1]): w[2] for w in lines if w[0] == "op"}
        last = max((int(w[1]) for w in lines if w[0] == "ack"), default=-1)
        acknowledged += sum(w[0] == "ack" for w in lines)
        allowed = {digest for n, digest in ops.items() if n >= last}
        saving = [w[1] for w in lines if w[0] == "saving"]
        saved = [w[1] for w in lines if w[0] == "saved"]
        # A save that was under way has happened or not.
        project = ""
        if (folder / "p.syncline").exists():
            project = intact(folder / "p.syncline")
            assert project in saved[-1:] + saving[-1:]
        else:
            assert not saved
        found = find_recoverable()
        assert len(found) <= 1
        for f in found:
            given = recover(f)
            assert given.complete
            assert state_digest(given.session) in allowed
            restored += 1
            f.done()
        if not found and last >= 0:
            assert project in allowed
        for n in range(answer["copies"]):
            assert intact(folder / f"copy{n}.syncline") in saving
        copies += answer["copies"]
        if (folder / "path.csv").exists():
            rows = (folder / "path.csv").read_text().splitlines()
            assert len(rows) - 1 in [int(w[1]) for w in lines if w[0] == "export"]
            assert all(row.count(",") == 3 for row in rows)
        shutil.rmtree(folder)
    promise(1, f"{kills} kills, {acknowledged} acknowledged steps, {restored} sessions restored: 0 damaged, 0 lost")
    promise(4, f"{copies} copies of the project file during work: 0 damaged")


def test_full_disk(tmp_path: Path, state: Path, victims: Victims, count: Count, promise: Promise) -> None:
    runs = count(10, 300)
    for k in range(runs):
        folder = tmp_path / f"{k}"
        (folder / "journals").mkdir(parents=True)
        assert victims("full_disk", folder, state, seed=k)["code"] == 0
        shutil.rmtree(folder)
    promise(3, f"{runs} runs with too little room for save, table and journal: 0 lost, each said with the folder")


def test_second_window(tmp_path: Path, state: Path, victims: Victims, promise: Promise) -> None:
    import threading

    told: list[str | None] = []

    def look() -> None:
        until = time.monotonic() + 5
        while time.monotonic() < until and not (told and told[-1]):
            lock = ProjectLock(tmp_path / "p.syncline")
            told.append(lock.acquire())
            lock.release()
            time.sleep(0.02)

    looking = threading.Thread(target=look)
    looking.start()
    assert victims("hold_lock", tmp_path, state, delay=1.0)["code"] == -9
    looking.join()
    assert told[-1] is not None
    assert "process" in told[-1]
    with ProjectLock(tmp_path / "p.syncline") as lock:
        assert lock.acquire() is None
    promise(7, "second process is told who holds the project; the lock is gone after the kill")


def crashed(tmp_path: Path, state: Path, victims: Victims, seed: int) -> Path:
    """A folder whose program was killed with steps in the journal; the journal's path."""
    before = {p.name for p in state.rglob("*.journal")}
    for k in range(20):
        folder = tmp_path / f"work{seed}-{k}"
        folder.mkdir(parents=True)
        victims("edit", folder, state, seed=seed + 3 * k, delay=0.15)
        found = find_recoverable()
        for f in found:
            f.release()
        fresh = [f.path for f in found if f.path.name not in before]
        if fresh:
            return fresh[0]
    pytest.fail("no kill left a journal behind")


def test_recovery_cannot_trap(tmp_path: Path, state: Path, victims: Victims, count: Count, promise: Promise) -> None:
    slowest, tried, shortened, refused = 0.0, 0, 0, 0
    # Seeds divisible by three work on a project that was never saved.
    for seed in (3, 4):
        journal = crashed(tmp_path, state, victims, seed)
        whole = {p.name: p.read_bytes() for p in journal.parent.glob(journal.stem + "*")}
        (f,) = find_recoverable()
        reference = recover(f)
        f.release()
        rng = random.Random(seed)
        for _ in range(count(15, 200)):
            for old in journal.parent.iterdir():
                old.unlink()
            for name, data in whole.items():
                (journal.parent / name).write_bytes(data)
            victim = journal.parent / rng.choice([n for n in whole if n.endswith((".journal", "-wal")) and whole[n]])
            damaged = bytearray(victim.read_bytes())
            kind = rng.randrange(3)
            at = rng.randrange(len(damaged))
            if kind == 0:
                damaged[at] ^= 1 << rng.randrange(8)
            elif kind == 1:
                damaged[at : at + 4096] = rng.randbytes(len(damaged[at : at + 4096]))
            else:
                del damaged[at:]
            victim.write_bytes(damaged)
            start = time.monotonic()
            for found in find_recoverable():
                given = None
                with contextlib.suppress(ProjectError):
                    given = recover(found)
                if given is not None:
                    assert {p.kind for p in given.problems} <= {"plugin"}, "what is given back is whole"
                    assert list(given.labels) == list(reference.labels[: len(given.labels)])
                    shortened += not given.complete
                refused += given is None
                found.discard()
            assert find_recoverable() == []
            slowest, tried = max(slowest, time.monotonic() - start), tried + 1
        for old in journal.parent.iterdir():
            old.unlink()
    assert slowest < 5
    promise(
        6,
        f"{tried} damaged journals ({shortened} in part, {refused} refused), slowest {slowest:.2f} s, 0 traps",
    )


def test_a_crash_in_recovery_twice_sets_the_journal_aside(tmp_path: Path, state: Path, victims: Victims) -> None:
    journal = crashed(tmp_path, state, victims, 4)
    for _ in range(2):
        assert len(find_recoverable_and_release()) == 1
        assert victims("die_in_recovery", tmp_path, state)["code"] == 7
    assert find_recoverable() == []
    assert journal.with_suffix(".aside").exists()


def find_recoverable_and_release() -> list[Path]:
    found = find_recoverable()
    for f in found:
        f.release()
    return [f.path for f in found]


def test_discarding_keeps_the_journal_for_a_week(
    tmp_path: Path, state: Path, victims: Victims, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = crashed(tmp_path, state, victims, 4)
    (found,) = find_recoverable()
    found.discard()
    assert find_recoverable() == []
    assert journal.with_suffix(".discarded").exists()
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 8 * 86_400)
    assert find_recoverable() == []
    assert list(journal.parent.iterdir()) == []


def test_two_open_windows_have_two_journals(tmp_path: Path, state: Path, victims: Victims) -> None:
    crashed(tmp_path, state, victims, 4)
    crashed(tmp_path, state, victims, 3)
    first = find_recoverable()
    assert len(first) == 2
    assert find_recoverable() == [], "held by this window: another one is not offered them"
    digests = {state_digest(recover(f).session) for f in first}
    assert len(digests) == 2
    for f in first:
        f.done()
    assert find_recoverable() == []


def test_the_saved_state_is_always_reachable(tmp_path: Path, state: Path) -> None:
    save_project(rich_session(tmp_path), tmp_path / "p.syncline")
    journals = state / "journals"
    journals.mkdir(parents=True)
    (journals / "x.journal").write_bytes(b"no journal at all")
    (found,) = find_recoverable()
    assert found.steps == 0
    with pytest.raises(ProjectError, match="saved project is untouched"):
        recover(found)
    intact(tmp_path / "p.syncline")
    found.release()
