"""Every step of the document reaches the journal, and comes back from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from core.project.sessions import difference, path_of, rich_session
from syncline.model import Alignment, Anchor, Constraints, Recipe, Session
from syncline.project import find_recoverable, journal, load_project, recover, save_project, state_digest
from syncline_workbench.document import Document
from syncline_workbench.journal import Journal


def anchored(session: Session, id: int, a: float) -> Session:
    """The session with one anchor put into its active alignment."""
    al = session.alignment
    assert al is not None
    anchors = tuple(sorted((*al.constraints.anchors, Anchor(id, a, a)), key=lambda x: x.a))
    return session.with_alignment(replace(al, constraints=replace(al.constraints, anchors=anchors, next_id=id + 1)))


@pytest.fixture
def document() -> Document:
    return Document()


@pytest.fixture
def kept(document: Document) -> Iterator[Journal]:
    """A journal, left behind at the end as by a crash."""
    made = Journal(document)
    yield made
    made.close(delete=False)


def left_behind(kept: Journal) -> Session:
    """What a new window is offered after the crash of this one."""
    kept.flush()
    kept.close(delete=False)
    (found,) = find_recoverable()
    given = recover(found)
    assert given.complete
    found.done()
    assert find_recoverable() == []
    return given.session


def test_a_step_is_acknowledged_and_comes_back(tmp_path: Path, qtbot: QtBot, document: Document, kept: Journal) -> None:
    session = rich_session(tmp_path)
    with qtbot.waitSignal(kept.acknowledged) as heard:
        step = document.replace(session, "Open")
        assert kept.pending
    assert heard.args == [step.serial]
    assert not kept.pending
    assert difference(session, left_behind(kept)) == ""


def test_undo_redo_jumps_and_late_answers_are_rows(tmp_path: Path, document: Document, kept: Journal) -> None:
    session = rich_session(tmp_path)
    document.replace(session, "Open")
    asked = document.replace(anchored(session, 50, 0.5), "Add anchor")
    document.replace(anchored(document.session, 51, 0.6), "Add anchor")
    al = document.session.alignment
    assert al is not None
    path = path_of(al.pair.a, al.pair.b, 77)
    document.complete(asked, lambda s: s.with_alignment(replace(s.alignment, path=path)) if s.alignment else None)
    document.jump(1)
    document.jump(3)
    document.undo()
    now = document.session
    assert now.alignment is not None
    assert now.alignment.path is path
    assert difference(now, left_behind(kept)) == ""


def test_a_drag_in_hand_is_no_row(tmp_path: Path, document: Document, kept: Journal) -> None:
    session = rich_session(tmp_path)
    document.replace(session, "Open")
    for k in range(20):
        document.preview(anchored(session, 50, k / 10))
    assert difference(session, left_behind(kept)) == ""


def test_a_window_that_only_looks_leaves_no_file(
    tmp_path: Path, document: Document, kept: Journal, isolated: Path
) -> None:
    document.reset(rich_session(tmp_path), "Open", saved=True)
    kept.flush()
    assert list(isolated.rglob("*.journal")) == []
    document.replace(anchored(document.session, 50, 0.5), "Add anchor")
    kept.flush()
    assert len(list(isolated.rglob("*.journal"))) == 1


def test_closing_in_order_leaves_nothing(tmp_path: Path, document: Document, isolated: Path) -> None:
    made = Journal(document)
    document.replace(rich_session(tmp_path), "Open")
    made.flush()
    assert len(list(isolated.rglob("*.journal"))) == 1
    made.close()
    assert [p.name for p in isolated.rglob("journals/*")] == []


def test_nothing_to_recover_once_saved_or_all_undone(tmp_path: Path, document: Document, kept: Journal) -> None:
    session = rich_session(tmp_path)
    project = tmp_path / "p.syncline"
    document.replace(session, "Open")
    digest = save_project(document.session, project)
    document.mark_saved(document.serial, session)
    kept.saved(project, digest)
    document.replace(anchored(session, 50, 0.5), "Add anchor")
    document.undo()
    kept.flush()
    kept.close(delete=False)
    assert find_recoverable() == []


def test_a_save_noted_after_the_next_edit_keeps_that_edit(tmp_path: Path, document: Document, kept: Journal) -> None:
    session = rich_session(tmp_path)
    project = tmp_path / "p.syncline"
    step = document.replace(session, "Open")
    digest = save_project(session, project)
    later = anchored(session, 50, 0.5)
    document.replace(later, "Add anchor")
    document.mark_saved(step.serial, session)
    kept.saved(project, digest)
    assert document.dirty
    assert difference(later, left_behind(kept)) == ""


def test_killed_between_saving_and_noting_it(tmp_path: Path, document: Document, kept: Journal) -> None:
    project = tmp_path / "p.syncline"
    save_project(Session(), project)
    kept.opened(project, state_digest(Session()))
    document.reset(Session(), "Open")
    document.replace(rich_session(tmp_path), "Open A")
    kept.flush()
    kept.close(delete=False)
    save_project(document.session, project)
    assert find_recoverable() == [], "the project holds it all"


def test_a_project_saved_by_another_since_is_said(tmp_path: Path, document: Document, kept: Journal) -> None:
    project = tmp_path / "p.syncline"
    session = rich_session(tmp_path)
    digest = save_project(session, project)
    kept.opened(project, digest)
    document.reset(session, "Open")
    document.replace(anchored(session, 50, 0.5), "Add anchor")
    kept.flush()
    kept.close(delete=False)
    save_project(replace(session, recipe=Recipe(method="x")), project)
    (found,) = find_recoverable()
    given = recover(found)
    assert "saved by another program" in given.note
    assert given.labels == ("Add anchor",)
    assert given.project == project
    found.release()


def test_a_disk_that_takes_nothing_is_said_once_and_made_good(
    tmp_path: Path, qtbot: QtBot, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "RETRY", 0.02)
    folder = tmp_path / "not there"
    made = Journal(document, folder=folder)
    said: list[str] = []
    made.failed.connect(said.append)
    session = rich_session(tmp_path)
    with qtbot.waitSignal(made.failed):
        document.replace(session, "Open")
    document.replace(anchored(session, 50, 0.5), "Add anchor")
    document.undo()
    document.redo()
    document.undo()
    qtbot.wait(100)
    assert len(said) == 1
    assert str(folder) in said[0]
    assert made.pending
    with qtbot.waitSignal(made.pending_changed):
        folder.mkdir()
    assert not made.pending
    made.close(delete=False)
    (found,) = find_recoverable(folder)
    assert difference(session, recover(found).session) == ""
    found.done()


def test_what_cannot_be_written_is_said_and_does_not_stop_the_next(qtbot: QtBot, tmp_path: Path) -> None:
    document = Document()
    made = Journal(document)
    session = rich_session(tmp_path)
    with qtbot.waitSignal(made.failed):
        document.replace(anchored(session, 50, float("nan")), "Bad number")
    with qtbot.waitSignal(made.acknowledged):
        document.replace(session, "Good")
    assert not made.pending
    assert difference(session, left_behind(made)) == ""


def test_the_journal_begins_anew_when_it_grows(
    tmp_path: Path, document: Document, kept: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "ROWS", 10)
    document.replace(rich_session(tmp_path), "Open")
    for k in range(35):
        document.replace(anchored(document.session, 50 + k, k / 10), f"Anchor {k}")
        if k % 3 == 0:
            document.undo()
    assert difference(document.session, left_behind(kept)) == ""


def test_an_answer_filled_into_the_saved_step_makes_the_document_dirty(tmp_path: Path, document: Document) -> None:
    session = rich_session(tmp_path)
    step = document.replace(session, "Open")
    document.mark_saved(step.serial, document.session)

    def fill(features: bool) -> None:
        document.complete(
            document.steps[-1],
            lambda s: s.with_alignment(
                replace(s.alignment, features_a=session.alignments[0].features_a)  # type: ignore[type-var]
                if features
                else replace(s.alignment, seconds=9.0)  # type: ignore[type-var]
            ),
        )

    fill(features=True)
    assert not document.dirty, "features are in no file"
    written = document.session
    fill(features=False)
    assert document.dirty
    document.mark_saved(step.serial, written)
    assert document.dirty, "what was written did not have the answer yet"
    document.mark_saved(step.serial, document.session)
    assert not document.dirty


def test_a_recovered_session_saves_and_opens_like_any_other(tmp_path: Path, document: Document, kept: Journal) -> None:
    document.replace(rich_session(tmp_path), "Open")
    given = left_behind(kept)
    save_project(given, tmp_path / "p.syncline")
    assert difference(document.session, load_project(tmp_path / "p.syncline").session) == ""
    assert isinstance(given.alignments[0], Alignment)
    assert isinstance(given.alignments[0].constraints, Constraints)
