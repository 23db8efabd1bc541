"""What a user can do, as a job and a step: what lies beyond the window's journey."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from syncline import pipeline
from syncline.model import Session
from syncline.project import load_project, save_project
from syncline.solvers.warp import dtw
from syncline_workbench.document import Document
from syncline_workbench.jobs import Jobs
from syncline_workbench.operations import Operations
from syncline_workbench.views.result import ResultPanel


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


def test_a_long_solve_shows_an_approximate_path_ahead(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dtw, "PATIENCE", 0.0)
    monkeypatch.setattr(dtw, "_TRIED", 0)
    walk = np.cumsum(np.random.default_rng(1).standard_normal((1200, 3)), 0)
    for name, rows in (("a", walk), ("b", walk[::-1][::-1] + 0.1)):
        np.save(tmp_path / f"{name}.npy", rows)
    document, jobs = Document(), Jobs()
    operations, panel = Operations(document, jobs), ResultPanel(document)
    seen: list[tuple[bool, str, int]] = []

    def look(_change: object) -> None:
        alignment = document.shown.alignment
        if alignment is not None and alignment.path is not None:
            seen.append((alignment.path.approximate, panel.ahead.sentence(), len(document.steps)))

    document.changed.connect(look)
    operations.open_paths([str(tmp_path / "a.npy"), str(tmp_path / "b.npy")])
    qtbot.waitUntil(lambda: bool(seen) and not seen[-1][0] and not document.previewing)
    # Ahead of the answer, marked in words, and no step of the history.
    ahead = [s for s in seen if s[0]]
    assert ahead
    assert "approximate" in ahead[0][1]
    assert seen[-1][1] == ""
    assert seen[-1][2] == ahead[0][2] + 1
    operations.close()
    jobs.close()
