"""The document: one door, one bell, an exact history; and jobs that never answer twice."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QThread
from pytestqt.qtbot import QtBot

from syncline.errors import ParameterError
from syncline.matching import match
from syncline.model import AUTO, MatchRecipe, NamedMatch, Picture, Recipe, Scene, Session
from syncline.progress import Monitor
from syncline_workbench.document import Change, Document
from syncline_workbench.jobs import Jobs


def with_method(document: Document, name: str) -> Session:
    return replace(document.session, recipe=Recipe(method=name))


@pytest.fixture
def document(qtbot: QtBot) -> Document:
    return Document()


@pytest.fixture
def jobs(qtbot: QtBot):
    jobs = Jobs()
    yield jobs
    jobs.close()


def test_undo_and_redo_swap_the_same_objects(document: Document) -> None:
    seen = [document.session]
    for name in "abc":
        document.replace(with_method(document, name), name)
        seen.append(document.session)
    for expected in reversed(seen[:-1]):
        document.undo()
        assert document.session is expected
    document.undo()
    assert document.session is seen[0]
    for expected in seen[1:]:
        document.redo()
        assert document.session is expected
    document.jump(1)
    document.replace(with_method(document, "d"), "d")
    assert [s.label for s in document.steps[1:]] == ["a", "d"]


def test_dirty_means_other_than_what_was_saved(document: Document) -> None:
    assert not document.dirty
    document.replace(with_method(document, "a"), "a")
    saved = document.serial
    document.replace(with_method(document, "b"), "b")
    document.mark_saved(saved)
    assert document.dirty
    document.undo()
    assert not document.dirty
    document.undo()
    assert document.dirty


def test_a_preview_is_drawn_but_is_no_step(document: Document, qtbot: QtBot) -> None:
    changes: list[Change] = []
    document.changed.connect(changes.append)
    document.preview(with_method(document, "hand"))
    assert document.shown.recipe.method == "hand" and document.session.recipe.method == AUTO
    assert len(document.steps) == 1 and not document.dirty
    document.preview(None)
    assert document.shown is document.session
    assert changes == [Change.RECIPE, Change.RECIPE]


def test_an_answer_fills_its_step_and_those_after_it_that_still_ask(document: Document) -> None:
    step = document.replace(with_method(document, "question"), "ask")
    document.replace(replace(document.session, ghosts=frozenset({1})), "something else")
    document.replace(with_method(document, "another question"), "ask anew")

    def fill(s: Session) -> Session | None:
        return replace(s, active=7) if s.recipe.method == "question" else None

    assert document.complete(step, fill)
    assert [s.session.active for s in document.steps] == [None, 7, 7, None]
    assert not document.complete(step, lambda s: None)


def test_answers_arrive_on_the_gui_thread_after_submit_returned(jobs: Jobs, qtbot: QtBot) -> None:
    here = QThread.currentThread()
    seen: list[object] = []
    job = jobs.submit("quick", lambda _m: threading.get_ident())
    time.sleep(0.05)  # the work is long done; nobody listened yet
    job.succeeded.connect(lambda ident: seen.append((ident != threading.get_ident(), QThread.currentThread() is here)))
    with qtbot.waitSignal(job.ended):
        pass
    assert seen == [(True, True)]


def test_a_cancelled_job_answers_nothing_else(jobs: Jobs, qtbot: QtBot) -> None:
    def work(monitor: Monitor) -> int:
        for k in range(10_000):
            time.sleep(0.001)
            monitor.advance(k, 10_000)
        return 1

    job = jobs.submit("long", work)
    events: list[str] = []
    for name in ("succeeded", "failed", "cancelled"):
        getattr(job, name).connect(lambda *_a, n=name: events.append(n))
    qtbot.waitUntil(lambda: job.fraction > 0.001)
    began = time.monotonic()
    job.cancel()
    with qtbot.waitSignal(job.ended):
        pass
    assert events == ["cancelled"] and time.monotonic() - began < 0.2


def test_errors_come_back_as_they_are(jobs: Jobs, qtbot: QtBot) -> None:
    def work(_m: Monitor) -> None:
        raise ParameterError("The radius is negative.")

    job = jobs.submit("wrong", work)
    with qtbot.waitSignal(job.failed) as caught:
        pass
    assert isinstance(caught.args[0], ParameterError)
    qtbot.waitUntil(lambda: not jobs.active)


def test_pictures_tell_by_identity_what_changed(document: Document) -> None:
    def flags(new: Session) -> Change:
        return Change.between(document.session, new)

    scenes = [Scene(k, Picture(Path(f"{k}.png"), f"{k}", 64, 48)) for k in (1, 2)]
    document.replace(replace(document.session, scenes=tuple(scenes), scene=1), "open")
    session = document.session
    assert session.active_scene is scenes[0]
    assert flags(session.with_scene(replace(scenes[1], checked=True))) == Change.SCENES
    assert flags(session.with_scene(replace(scenes[0], checked=True))) == Change.SCENES | Change.SCENE
    assert flags(session.with_active(2)) == Change.SCENE
    assert flags(replace(session, match_recipe=MatchRecipe(method="greedy"))) == Change.MATCH_RECIPE
    found = [NamedMatch(k, scene.id, match(scene)) for k, scene in enumerate(scenes, 1)]
    document.replace(session.with_match(found[0]).with_match(found[1]), "match")
    session = document.session
    assert session.match is found[0].match and session.match_of(2) is found[1]
    assert flags(session.with_match(replace(found[1], name="mine"))) == Change.MATCHES
    assert session.with_active(2).match is found[1].match
    left = session.without_scene(1)
    assert left.scene == 2 and left.matchings == (found[1],) and left.match is found[1].match


def test_a_glance_at_another_picture_is_no_edit_but_undo_comes_back_to_it(document: Document) -> None:
    scenes = tuple(Scene(k, Picture(Path(f"{k}.png"), f"{k}", 64, 48)) for k in (1, 2))
    document.replace(replace(document.session, scenes=scenes, scene=1), "open")
    document.mark_saved(document.serial, document.session)
    bells: list[Change] = []
    document.changed.connect(bells.append)
    document.look(scene=2, caption=None)
    assert bells == [Change.SCENE] and not document.dirty and len(document.steps) == 2
    document.replace(document.session.with_scene(replace(scenes[1], checked=True)), "check")
    document.look(scene=1)
    document.undo()
    assert document.session.scene == 2 and not document.dirty
    with pytest.raises(TypeError):
        document.look(active=3)
