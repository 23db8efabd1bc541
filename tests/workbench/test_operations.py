"""What a user can do, as a job and a step: what lies beyond the window's journey."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from syncline import pipeline
from syncline.model import Session
from syncline.project import load_project, save_project
from syncline_workbench.document import Document
from syncline_workbench.jobs import Jobs
from syncline_workbench.operations import Operations


def test_a_file_once_opened_is_found_by_a_project_that_lies_elsewhere(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "films").mkdir()
    (tmp_path / "work").mkdir()
    file, project = tmp_path / "films" / "walk.npy", tmp_path / "work" / "walk.syncline"
    np.save(file, np.random.default_rng(1).random((40, 3)))
    save_project(Session(a=pipeline.open_media(file)), project)
    # Somebody else's state: there the file was never opened, so a project does not get at it.
    monkeypatch.setenv("SYNCLINE_STATE", str(tmp_path / "state"))
    assert [p.kind for p in load_project(project).problems] == ["outside"]
    document, jobs = Document(), Jobs()
    operations = Operations(document, jobs)
    with qtbot.waitSignal(operations.opened):
        operations.open_a(str(file))
    assert load_project(project).problems == ()
    # Moved, and opened from there: the project finds it without asking.
    moved = file.rename(tmp_path / "films" / "moved.npy")
    with qtbot.waitSignal(operations.opened):
        operations.open_a(str(moved))
    loaded = load_project(project)
    assert loaded.problems == ()
    assert loaded.session.a is not None
    assert loaded.session.a.path == moved
    operations.close()
    jobs.close()
