"""One window writes a project; the others are told who does."""

from __future__ import annotations

import getpass
import os
from pathlib import Path

from syncline.project import ProjectLock


def test_the_second_is_told_who_holds_it(tmp_path: Path) -> None:
    first, second = ProjectLock(tmp_path / "p.syncline"), ProjectLock(tmp_path / "p.syncline")
    assert first.acquire() is None
    assert first.acquire() is None, "asking again does no harm"
    assert (tmp_path / ".p.syncline.lock").exists()
    sentence = second.acquire()
    assert sentence is not None
    assert getpass.getuser() in sentence
    assert f"process {os.getpid()}" in sentence
    assert not second.held
    second.release()
    assert ProjectLock(tmp_path / "p.syncline").acquire() is not None, "releasing what one does not hold frees nothing"
    first.release()
    assert list(tmp_path.iterdir()) == []
    assert second.acquire() is None
    second.release()


def test_two_names_of_one_project_are_one_lock(tmp_path: Path) -> None:
    (tmp_path / "p.syncline").touch()
    (tmp_path / "link.syncline").symlink_to("p.syncline")
    with ProjectLock(tmp_path / "p.syncline") as first:
        assert first.acquire() is None
        assert ProjectLock(tmp_path / "link.syncline").acquire() is not None


def test_a_lock_file_left_by_the_dead_does_not_lock(tmp_path: Path) -> None:
    (tmp_path / ".p.syncline.lock").write_bytes(b"\xff not what we write")
    with ProjectLock(tmp_path / "p.syncline") as lock:
        assert lock.acquire() is None


def test_without_a_writable_folder_it_is_read_only_with_a_reason(tmp_path: Path) -> None:
    sentence = ProjectLock(tmp_path / "no folder" / "p.syncline").acquire()
    assert sentence is not None
    assert "does not exist" in sentence


def test_the_longest_name_can_be_locked(tmp_path: Path) -> None:
    with ProjectLock(tmp_path / ("x" * 246 + ".syncline")) as lock:
        assert lock.acquire() is None
