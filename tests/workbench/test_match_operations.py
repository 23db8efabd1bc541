"""What pictures go through: opened, detected, matched, edited, undone, kept up to date; each one step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from syncline.edits import links
from syncline.model import Box, MatchRecipe, Scene, SimilarityTerm
from syncline.project import load_project, save_project
from syncline_workbench.document import Document
from syncline_workbench.jobs import Jobs
from syncline_workbench.match_operations import MatchOperations
from syncline_workbench.operations import Operations

CAPTION = "A red ball and a blue cup beside a green book ."


class Table:
    """A document with the operations on it, and a picture of three painted things."""

    def __init__(self, folder: Path) -> None:
        self.document, self.jobs = Document(), Jobs()
        self.base = Operations(self.document, self.jobs)
        self.ops = MatchOperations(self.document, self.base)
        self.ops.match_when_ready = False
        self.told: list[str] = []
        self.failures: list[str] = []
        self.base.notice.connect(self.told.append)
        self.base.failed.connect(self.failures.append)
        self.folder = folder

    def picture(self, name: str = "things.png") -> Path:
        image = np.full((200, 300, 3), 255, np.uint8)
        for k, colour in enumerate(((0, 0, 255), (255, 0, 0), (0, 160, 0))):
            cv2.rectangle(image, (20 + 90 * k, 60), (80 + 90 * k, 140), colour, -1)
        path = self.folder / name
        assert cv2.imwrite(str(path), image)
        return path

    def scene(self, qtbot: QtBot, recipe: str = "words") -> Scene:
        """Open the picture with its caption and three drawn boxes."""
        self.document.replace(
            replace(self.document.session, match_recipe=MatchRecipe((SimilarityTerm(recipe),))), "recipe"
        )
        self.ops.open_paths([str(self.picture())], [CAPTION])
        qtbot.waitUntil(lambda: self.document.session.active_scene is not None)
        scene = self.now
        for k, label in enumerate(("ball", "cup", "book")):
            scene, _ = links.add_object(scene, Box(20 + 90 * k, 60, 80 + 90 * k, 140), label)
        self.ops.commit_scene(scene, "Draw boxes")
        return self.now

    def matched(self, qtbot: QtBot, recipe: str = "words") -> Scene:
        scene = self.scene(qtbot, recipe)
        self.ops.match()
        qtbot.waitUntil(lambda: self.document.session.match is not None)
        return scene

    @property
    def now(self) -> Scene:
        scene = self.document.session.active_scene
        assert scene is not None
        return scene

    @property
    def labels(self) -> list[str]:
        return [s.label for s in self.document.steps[: self.document.position + 1]]

    @property
    def linked(self) -> set[tuple[str, str]]:
        match = self.document.session.match
        assert match is not None
        found: set[tuple[str, str]] = set()
        for link in match.links:
            thing = self.now.object(link.a)
            assert thing is not None
            found.add((thing.label, self.now.phrase_text(link.b)))
        return found

    def settled(self, qtbot: QtBot) -> None:
        qtbot.waitUntil(lambda: not self.jobs.active and not self.ops.busy, timeout=20_000)


@pytest.fixture
def table(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Table]:
    monkeypatch.setenv("SYNCLINE_STATE", str(tmp_path / "state"))
    made = Table(tmp_path)
    yield made
    made.ops.close()
    made.base.close()
    made.jobs.close()


ALL = {("ball", "red ball"), ("cup", "blue cup"), ("book", "green book")}


def pair(scene: Scene, thing: int, phrase: int) -> tuple[int, int]:
    return scene.objects[thing].id, scene.phrases[phrase].id


def test_a_picture_is_opened_and_matched_in_two_steps(table: Table, qtbot: QtBot) -> None:
    table.matched(qtbot)
    assert table.linked == ALL
    assert table.labels == ["New", "recipe", "Open things.png", "Draw boxes", "Match (Assignment)"]
    table.ops.match()
    table.settled(qtbot)
    assert len(table.document.session.matchings) == 1, "the same question takes the place of its old answer"


def test_an_edit_is_one_step_with_its_links(table: Table, qtbot: QtBot) -> None:
    scene = table.matched(qtbot)
    before = table.document.position
    table.ops.commit_scene(links.forbid(scene, *pair(scene, 0, 0)), "Forbid")
    table.settled(qtbot)
    assert table.linked == ALL - {("ball", "red ball")}
    assert table.document.position == before + 1
    match = table.document.session.match
    assert match is not None and match.scene is table.now
    edited = links.lock(table.now, *pair(scene, 0, 0))
    table.ops.commit_scene(edited, "Lock")
    assert table.linked == ALL - {("ball", "red ball")}, "the window does not wait for links"
    table.settled(qtbot)
    assert table.linked == ALL
    match = table.document.session.match
    assert match is not None and match.scene is edited
    table.document.undo()
    assert table.linked == ALL - {("ball", "red ball")}
    table.document.undo()
    assert table.linked == ALL
    assert not table.ops.busy, "undo needs no solving"


def test_an_answer_to_an_edit_that_was_undone_fills_its_own_step(table: Table, qtbot: QtBot) -> None:
    scene = table.matched(qtbot)
    table.ops.commit_scene(links.rename_object(scene, scene.objects[0].id, "lamp"), "Rename")
    table.document.undo()
    table.settled(qtbot)
    assert table.linked == ALL
    table.document.redo()
    table.settled(qtbot)
    match = table.document.session.match
    assert match is not None and match.scene is table.now
    assert table.linked == ALL - {("ball", "red ball")}


def test_a_moving_hand_shows_links_but_makes_no_step(table: Table, qtbot: QtBot) -> None:
    scene = table.matched(qtbot)
    position = table.document.position
    moved = links.delete_objects(scene, [scene.objects[2].id])
    table.ops.preview_scene(moved)
    assert table.document.shown.active_scene is moved
    qtbot.waitUntil(lambda: (m := table.document.shown.match) is not None and m.scene is moved)
    table.ops.abandon_edit()
    assert table.document.shown is table.document.session and table.document.position == position
    assert table.linked == ALL
    table.ops.preview_scene(moved)
    qtbot.waitUntil(lambda: (m := table.document.shown.match) is not None and m.scene is moved)
    table.ops.commit_scene(moved, "Delete")
    match = table.document.session.match
    assert match is not None and match.scene is moved, "what was previewed is what is kept"
    assert table.document.position == position + 1


def test_methods_stand_side_by_side_and_catch_up_when_shown(table: Table, qtbot: QtBot) -> None:
    scene = table.matched(qtbot)
    table.ops.set_recipe(replace(table.document.session.match_recipe, method="greedy"))
    table.ops.match()
    table.settled(qtbot)
    first, second = table.document.session.matchings
    assert table.document.session.shown_match == second.id and second.label == "Greedy"
    table.ops.compare(first.id)
    table.ops.commit_scene(links.forbid(scene, *pair(scene, 1, 1)), "Forbid")
    table.settled(qtbot)
    session = table.document.session
    assert session.match is not None and session.match.scene is table.now
    assert session.other_match is not None and session.other_match.scene is table.now
    position = table.document.position
    table.ops.show_match(first.id)
    assert table.document.position == position, "a glance is no step"
    table.settled(qtbot)
    assert table.linked == ALL - {("cup", "blue cup")}


def test_checking_a_picture_keeps_its_links(table: Table, qtbot: QtBot) -> None:
    table.matched(qtbot)
    table.ops.set_checked(True)
    match = table.document.session.match
    assert table.now.checked and match is not None and match.scene is table.now and not table.ops.busy


def test_links_that_were_saved_can_be_explained_and_edited_again(table: Table, qtbot: QtBot) -> None:
    scene = table.matched(qtbot)
    table.ops.commit_scene(links.lock(scene, *pair(scene, 0, 1)), "Lock")
    table.settled(qtbot)
    saved = table.linked
    save_project(table.document.session, table.folder / "p.syncline")
    loaded = load_project(table.folder / "p.syncline")
    assert loaded.problems == ()
    table.document.reset(loaded.session, "Open")
    assert table.linked == saved
    table.settled(qtbot)
    match = table.document.session.match
    assert match is not None and all(c.asked is not None for c in match.captions) and match.similarity.parts
    assert not table.document.dirty, "what was left out of the file is no work"
    table.ops.commit_scene(links.clear(table.now), "Clear")
    table.settled(qtbot)
    assert table.linked == ALL


def test_a_batch_is_one_step_and_a_cancelled_one_keeps_what_is_done(table: Table, qtbot: QtBot) -> None:
    table.scene(qtbot)
    for k in range(3):
        table.ops.add_scenes([replace(table.now, id=1, picture=replace(table.now.picture, digest=str(k)))])
    position = table.document.position
    table.ops.match_all()
    table.settled(qtbot)
    session = table.document.session
    assert table.document.position == position + 1 and table.labels[-1] == "Match 4 pictures"
    assert [m.scene for m in session.matchings] == [1, 2, 3, 4]
    assert table.linked == ALL
    table.ops.set_checked(True, 2)
    table.ops.look_at(1)
    assert table.ops.step_scene(1, unchecked=True) and table.document.session.scene == 3
    assert table.ops.step_scene(-1, unchecked=True) and table.document.session.scene == 1


def test_what_to_check_next_comes_from_all_pictures(table: Table, qtbot: QtBot) -> None:
    scene = table.matched(qtbot)
    table.ops.add_scenes([replace(scene, id=1)])
    table.ops.match_all()
    table.settled(qtbot)
    answers: list[list[tuple[float, int, int | None, int | None]]] = []
    table.ops.unsure.connect(answers.append)
    table.ops.check_next()
    table.settled(qtbot)
    margins = [m for m, *_ in answers[0]]
    assert margins == sorted(margins) and {s for _, s, *_ in answers[0]} == {1, 2}
    table.ops.set_checked(True, 1)
    table.ops.check_next()
    table.settled(qtbot)
    assert {s for _, s, *_ in answers[1]} == {2}


def test_captions_come_and_go(table: Table, qtbot: QtBot) -> None:
    table.matched(qtbot)
    table.ops.set_caption("A yellow cup.")
    table.settled(qtbot)
    session = table.document.session
    assert [c.text for c in table.now.captions] == [CAPTION, "A yellow cup."]
    assert session.active_caption is table.now.captions[1]
    assert ("cup", "yellow cup") in table.linked
    table.ops.set_caption("", table.now.captions[1].id)
    table.settled(qtbot)
    assert [c.text for c in table.now.captions] == [CAPTION] and table.linked == ALL


def test_export_writes_what_is_shown(table: Table, qtbot: QtBot) -> None:
    table.ops.export(str(table.folder / "none.json"))
    assert len(table.failures) == 1
    table.matched(qtbot)
    table.ops.export(str(table.folder / "links.csv"), every=True)
    table.settled(qtbot)
    assert "red ball" in (table.folder / "links.csv").read_text("utf-8")


def test_what_cannot_be_done_is_said(table: Table, qtbot: QtBot) -> None:
    table.ops.match()
    table.ops.open_paths([str(table.folder / "absent.png")])
    table.settled(qtbot)
    table.ops.open_paths([str(table.picture())])
    table.settled(qtbot)
    table.ops.match()
    assert len(table.failures) == 3 and "caption" in table.failures[-1]
    assert table.document.session.matchings == ()
