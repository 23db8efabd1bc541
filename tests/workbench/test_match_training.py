"""A scorer from hand-made corrections, in the window: watched, stopped, refused, used as one step; and where words look."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

import syncline as sl
import syncline.matching
from syncline.model import LinkConstraints, NamedMatch, Scene, Session, SimilarityTerm
from syncline.project import load_project, save_project
from syncline.registry import build
from syncline.similarity.learned import LearnedParams
from syncline_workbench.app import create_application
from syncline_workbench.dialogs.train_scorer import TrainDialog
from syncline_workbench.document import Document
from syncline_workbench.jobs import Jobs
from syncline_workbench.main_window import MainWindow
from syncline_workbench.match_operations import MatchOperations
from syncline_workbench.match_training import MatchTraining, with_learned
from syncline_workbench.match_workspace import look
from syncline_workbench.operations import Operations
from syncline_workbench.settings import Settings
from syncline_workbench.views.attention_maps import AttentionMaps, MapGrid, WordMap, lit
from syncline_workbench.views.match_recipe import MatchRecipePanel
from taught_scenes import code_scenes, painted
from workbench.test_journey import choose_file
from workbench.watchdog import Count, stays_awake

LEFT = Qt.MouseButton.LeftButton


class Desk:
    """Twelve pictures whose links are locked, four that wait, one of which somebody checked."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        made = list(code_scenes(16))
        self.locks = {s.id: locks for s, locks in made}
        scenes = [replace(s, constraints=LinkConstraints(locked=locks), truth=()) for s, locks in made[:12]]
        scenes += [replace(s, truth=()) for s, _ in made[12:]]
        scenes[12] = replace(scenes[12], checked=True)
        self.document, self.jobs = Document(), Jobs()
        self.base = Operations(self.document, self.jobs)
        self.ops = MatchOperations(self.document, self.base)
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.training = MatchTraining(self.document, self.ops, self.jobs, self.window)
        wrong = sl.match(scenes[12], similarity="text", recipe=sl.MatchRecipe(threshold=-np.inf))
        session = Session(scenes=tuple(scenes)).with_active(14).with_match(NamedMatch(1, 13, wrong))
        self.document.replace(session, "Open")
        self.failures: list[str] = []
        self.base.failed.connect(self.failures.append)

    def open(self) -> TrainDialog:
        self.training.open()
        self.qtbot.waitUntil(lambda: self.training.dialog is not None, timeout=20_000)
        dialog = self.training.dialog
        assert dialog is not None
        self.qtbot.waitExposed(dialog)
        return dialog

    def choose(self, dialog: TrainDialog, method: str, **params: Any) -> None:
        dialog.choose(method)
        assert dialog.form is not None
        dialog.form.set_value(build(dialog.form.params, params))

    def trained(self, dialog: TrainDialog) -> Any:
        self.qtbot.waitUntil(dialog.train.isEnabled)
        QTest.mouseClick(dialog.train, LEFT)
        self.qtbot.waitUntil(lambda: dialog.scorer is not None or bool(dialog.trouble.sentence()), timeout=30_000)
        return dialog.scorer

    def links_of(self, number: int) -> set[tuple[int, int]]:
        named = self.document.session.match_of(number)
        return set() if named is None else {(x.a, x.b) for x in named.match.links}

    def close(self) -> None:
        self.training.close()
        self.ops.close()
        self.base.close()
        self.jobs.close()


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("SYNCLINE_STATE", str(tmp_path / "state"))
    made = Desk(qtbot)
    yield made
    made.close()


def test_the_window_answers_while_the_dialog_opens(
    desk: Desk, qtbot: QtBot, count: Count, promise: Callable[[int, str], None]
) -> None:
    def trial(_attempt: int) -> None:
        dialog = desk.open()
        qtbot.waitUntil(lambda: dialog.train.isEnabled() and dialog.curve.training.isVisible())
        dialog.reject()
        qtbot.waitUntil(lambda: desk.training.dialog is None and not desk.jobs.active)

    stays_awake(trial, count, promise, "open the training of a scorer")


def test_training_is_watched_and_its_scorer_used_as_one_step(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    dialog = desk.open()
    qtbot.waitUntil(dialog.train.isEnabled)
    taught = {k: v.text() for k, v in dialog.taught.values.items()}
    assert taught == {"pairs": "52", "pictures": "13 of 16", "checked": "1", "forbidden": "0"}
    assert not dialog.use.isEnabled() and not dialog.maps.isVisible()
    drawn: list[int] = []
    show = dialog.curve.show_epochs
    dialog.curve.show_epochs = lambda epochs, best=None: (drawn.append(len(epochs)), show(epochs, best))[1]  # type: ignore[method-assign]
    desk.choose(dialog, "contrastive", epochs=120, patience=120)
    scorer = desk.trained(dialog)
    assert scorer is not None and dialog.trouble.sentence() == ""
    # It grew before the eyes, and ended as what is kept.
    assert drawn == sorted(drawn) and any(0 < n < 121 for n in drawn) and drawn[-1] == 121
    for curve, column in ((dialog.curve.training, 1), (dialog.curve.held_out, 2)):
        x, y = curve.getData()
        assert np.array_equal(x, scorer.curve[:, 0]) and np.array_equal(y, scorer.curve[:, column])
    assert dialog.figures.values["Corrected links"].text() == "52"
    QTest.mouseClick(dialog.save, LEFT)
    choose_file(qtbot, tmp_path / "codes.npz")
    qtbot.waitUntil(lambda: (tmp_path / "codes.npz").exists() and not desk.jobs.active)
    assert sl.load_scorer(tmp_path / "codes.npz").digest == scorer.digest
    desk.training.save(scorer, str(tmp_path / "no" / "codes.npz"))
    qtbot.waitUntil(lambda: "no" in dialog.trouble.sentence())
    before = desk.document.session
    dialog.weight.set_number(2.5)
    QTest.mouseClick(dialog.use, LEFT)
    qtbot.waitUntil(lambda: desk.document.session is not before and not desk.jobs.active, timeout=20_000)
    session = desk.document.session
    assert desk.failures == [] and [s.label for s in desk.document.steps] == ["New", "Open", f"Use {scorer.label}"]
    assert session.scorers == (scorer,)
    assert session.match_recipe.terms[-1] == SimilarityTerm("learned", 2.5, LearnedParams(scorer.digest))
    # Those nobody checked are matched as they were taught; who was checked stays.
    for number in (14, 15, 16):
        assert desk.links_of(number) == desk.locks[number]
    assert session.matchings_of(13) == before.matchings_of(13)
    desk.document.undo()
    assert desk.document.session is before
    desk.document.redo()
    save_project(desk.document.session, tmp_path / "p.syncline")
    again = load_project(tmp_path / "p.syncline").session
    found = sl.match(again.scenes[13], recipe=again.match_recipe)
    assert {(x.a, x.b) for x in found.links} == desk.locks[14]


def test_training_stops_at_once_and_leaves_nothing(desk: Desk, qtbot: QtBot) -> None:
    dialog = desk.open()
    desk.choose(dialog, "contrastive", epochs=100_000, patience=10_000)
    qtbot.waitUntil(dialog.train.isEnabled)
    QTest.mouseClick(dialog.train, LEFT)
    qtbot.waitUntil(lambda: len(dialog.curve.drawn) > 3)
    assert dialog.train.text() == "Stop" and not dialog.method.isEnabled()
    began = time.monotonic()
    QTest.mouseClick(dialog.train, LEFT)
    qtbot.waitUntil(lambda: not desk.jobs.active)
    assert time.monotonic() - began < 1.0
    assert dialog.train.text() == "Train" and dialog.train.isEnabled()
    assert dialog.scorer is None and not dialog.use.isEnabled() and desk.failures == []
    # Closing the dialog stops it too.
    QTest.mouseClick(dialog.train, LEFT)
    qtbot.waitUntil(lambda: bool(desk.jobs.active))
    close = next(b for b in dialog.findChildren(QPushButton) if b.text() == "Close")
    QTest.mouseClick(close, LEFT)
    qtbot.waitUntil(lambda: not desk.jobs.active)
    assert desk.training.dialog is None and len(desk.document.steps) == 2


def test_too_few_links_are_said_until_there_are_more(desk: Desk, qtbot: QtBot) -> None:
    scenes = desk.document.session.scenes
    desk.document.replace(Session(scenes=scenes[13:15]).with_active(14), "Few")
    dialog = desk.open()
    qtbot.waitUntil(lambda: "there is none" in dialog.lack.sentence())
    assert not dialog.train.isEnabled()
    locked = replace(scenes[13], constraints=LinkConstraints(locked=desk.locks[14]))
    desk.document.replace(desk.document.session.with_scene(locked), "Lock")
    qtbot.waitUntil(dialog.train.isEnabled)
    assert dialog.lack.sentence() == "" and dialog.taught.values["pictures"].text() == "1 of 2"


def test_a_gate_without_pictures_is_refused_in_the_dialog(desk: Desk) -> None:
    dialog = desk.open()
    desk.choose(dialog, "gate")
    assert desk.trained(dialog) is None
    assert "locate it" in dialog.trouble.sentence() and dialog.train.isEnabled()


def test_a_scorer_takes_the_place_of_one_of_the_same_method(desk: Desk) -> None:
    scenes = desk.document.session.scenes[:3]
    first, second = (sl.learn(scenes, params={"epochs": 1, "seed": s}) for s in (0, 1))
    other = sl.learn(scenes, "joint", {"rounds": 1, "starts": 1})
    session = desk.document.session
    for scorer in (first, other, second):
        session = replace(session.with_scorer(scorer), match_recipe=with_learned(session, scorer, 2.0))
    named = [t.params.scorer for t in session.match_recipe.terms if t.name == "learned"]
    assert named == [other.digest, second.digest]
    assert [t.name for t in session.match_recipe.terms][:2] == ["text", "attributes"]


def test_use_that_is_cancelled_before_anything_is_matched_changes_nothing(
    desk: Desk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    scorer = sl.learn(desk.document.session.scenes[:3], params={"epochs": 1})
    before = desk.document.session
    # However busy the machine is, the worker gets to the first picture only once it was cancelled.
    cancelled, corpus_of = threading.Event(), syncline.matching.corpus_of

    def held(scenes: Any) -> Any:
        assert cancelled.wait(30)
        return corpus_of(scenes)

    monkeypatch.setattr(syncline.matching, "corpus_of", held)
    job = desk.training.use(scorer, 2.0)
    assert job is not None
    job.cancel()
    cancelled.set()
    qtbot.waitUntil(lambda: not desk.jobs.active)
    assert desk.document.session is before
    # With nothing left to match it is taken at once.
    checked = tuple(replace(s, checked=True) for s in before.scenes)
    desk.document.replace(replace(before, scenes=checked), "Check all")
    assert desk.training.use(scorer, 2.0) is None
    assert desk.document.session.scorers == (scorer,) and desk.document.session.matchings == before.matchings


def test_a_recipe_takes_the_newest_scorer_and_says_which(desk: Desk, qtbot: QtBot) -> None:
    from syncline.similarity import REGISTRY as SOURCES

    desk.ops.set_recipe(sl.MatchRecipe((SimilarityTerm("learned"),)))
    assert desk.document.session.match_recipe.terms[0].params is None
    scorer = sl.learn(desk.document.session.scenes[:3], params={"epochs": 1}, name="of codes & more")
    desk.document.replace(desk.document.session.with_scorer(scorer), "Keep")
    panel = MatchRecipePanel(desk.document)
    qtbot.addWidget(panel)
    panel.set_methods({n: SOURCES[n] for n in SOURCES.names()}, {}, ())
    panel.recipe_changed.connect(desk.ops.set_recipe)
    panel._set_terms((SimilarityTerm("text"), SimilarityTerm("learned", 0.5)))
    terms = desk.document.session.match_recipe.terms
    assert terms == (SimilarityTerm("text"), SimilarityTerm("learned", 0.5, LearnedParams(scorer.digest)))
    assert [row.title.text() for row in panel._terms] == ["Text embedding", "of codes & more"]
    form = panel._terms[1].form
    assert form is not None
    field = form.fields["scorer"]
    # What it is called; the digest is for those who ask.
    assert isinstance(field, QComboBox)
    assert field.currentText() == "of codes & more" and scorer.digest in field.toolTip()
    assert form.value().scorer == scorer.digest
    # Another one can be chosen, and one that is gone shows what it was.
    newer = sl.learn(desk.document.session.scenes[:2], params={"epochs": 1}, name="newer")
    desk.document.replace(desk.document.session.with_scorer(newer), "Keep")
    desk.ops.set_recipe(
        sl.MatchRecipe((SimilarityTerm("text"), SimilarityTerm("learned", 1.0, LearnedParams("f" * 32))))
    )
    assert field.currentText() == "ffffffff…" and form.value().scorer == "f" * 32
    field.setCurrentIndex(field.findText("newer"))
    assert desk.document.session.match_recipe.terms[1].params == LearnedParams(newer.digest)
    assert panel._terms[1].title.text() == "newer"


# -- maps ------------------------------------------------------------------------------------------


def test_how_sure_a_word_is_where_to_look() -> None:
    def focus(weights: list[list[float]]) -> float:
        return WordMap("x", lit(np.zeros((4, 4, 3), np.uint8), np.array(weights)), np.array(weights)).focus

    assert focus([[0.25, 0.25], [0.25, 0.25]]) == pytest.approx(0.0, abs=1e-12)
    assert focus([[1.0, 0.0], [0.0, 0.0]]) == pytest.approx(1.0)
    # Two of four alike: ln 2 of ln 4.
    assert focus([[0.5, 0.5], [0.0, 0.0]]) == pytest.approx(0.5)


def test_a_picture_is_lit_where_it_is_looked_at() -> None:
    pixels = np.full((100, 200, 3), 128, np.uint8)
    weights = np.zeros((10, 10))
    weights[2, 7] = 1.0
    image = lit(pixels, weights)
    looked, elsewhere = image.pixelColor(150, 25), image.pixelColor(30, 80)
    assert (image.width(), image.height()) == (200, 100)
    assert looked.lightness() > elsewhere.lightness() + 60 and looked.hsvSaturation() > 40
    assert elsewhere.hsvSaturation() == 0
    # Who looks everywhere alike lights nothing much.
    even = lit(pixels, np.full((10, 10), 0.01))
    assert max(even.pixelColor(x, 50).lightness() for x in range(0, 200, 20)) < looked.lightness() - 40


def test_maps_lie_beside_each_other_and_tell_what_is_under_the_mouse(qtbot: QtBot) -> None:
    grid = MapGrid()
    qtbot.addWidget(grid)
    weights = np.full((10, 10), 0.5 / 99)
    weights[0, 9] = 0.5
    image = lit(np.zeros((60, 90, 3), np.uint8), weights)
    grid.show_maps([WordMap(f"word{k}", image, weights) for k in range(7)])
    for width in (130, 400, 1500):
        grid.resize(width, grid.heightForWidth(width))
        grid.grab()
        places = grid.places()
        assert all(p.left() >= 0 and p.right() <= width + 1e-6 and p.bottom() <= grid.height() for p in places)
        assert not any(p.intersects(q) for i, p in enumerate(places) for q in places[:i])
    place = grid.picture_place(6)
    corner = QPointF(place.right() - 2, place.top() + 2)
    assert (
        "“word6”" in grid.told_at(corner) and "50.0 %" in grid.told_at(corner) and "50.0 times" in grid.told_at(corner)
    )
    assert "0.5 %" in grid.told_at(place.center()) and grid.told_at(QPointF(-5, -5)) == ""


@pytest.fixture
def gate(tmp_path: Path) -> tuple[Any, Session]:
    scenes: list[Scene] = []
    for k in range(4):
        pixels, made, locks = painted(k)
        cv2.imwrite(str(tmp_path / f"{k}.png"), pixels)
        opened = sl.open_scene(tmp_path / f"{k}.png").picture
        scenes.append(replace(made, picture=opened, constraints=LinkConstraints(locked=locks)))
    return sl.learn(scenes, "gate", {"epochs": 3}), Session(scenes=tuple(scenes)).with_active(1)


def test_there_is_one_map_a_word_of_the_caption_in_hand(qtbot: QtBot, gate: tuple[Any, Session]) -> None:
    scorer, session = gate
    document = Document()
    document.replace(session, "Open")
    asked: list[int] = []

    def counted(*words: Any) -> Any:
        asked.append(words[1].id)
        return look(*words)

    panel = AttentionMaps(document, counted)
    qtbot.addWidget(panel)
    panel.resize(800, 300)
    document.look(scene=2)
    panel.show()
    assert "no attention gate yet" in panel.says.text() and asked == []
    document.replace(document.session.with_active(1).with_scorer(scorer), "Use")
    document.replace(replace(document.session, match_recipe=with_learned(document.session, scorer, 2.0)), "Use")
    qtbot.waitUntil(lambda: bool(panel.grid.maps), timeout=10_000)
    assert [m.word for m in panel.grid.maps] == ["A", "dog", "a", "ball", "and", "a", "tree"]
    wanted = sl.look(scorer, session.scenes[0]).attention
    assert np.array_equal(np.array([m.weights for m in panel.grid.maps]), wanted.weights)
    rows = np.log(100) * (1 - np.array([m.focus for m in panel.grid.maps]))
    assert rows == pytest.approx(wanted.entropy)
    # Another picture has maps of its own; nothing is asked twice, and nothing while nobody sees.
    document.look(scene=2)
    qtbot.waitUntil(lambda: asked == [1, 2])
    panel.hide()
    document.look(scene=3)
    assert asked == [1, 2]
    document.undo()
    document.undo()
    panel.show()
    assert "no attention gate yet" in panel.says.text() and panel.grid.maps == ()
    panel.close_down()


def test_a_picture_that_is_gone_is_said(qtbot: QtBot, gate: tuple[Any, Session]) -> None:
    scorer, session = gate
    session.scenes[0].picture.path.unlink()
    document = Document()
    document.replace(session, "Open")
    panel = AttentionMaps(document, look)
    qtbot.addWidget(panel)
    panel.show()
    panel.try_scorer(scorer)
    qtbot.waitUntil(lambda: "0.png" in panel.says.text())
    assert panel.grid.maps == ()
    panel.close_down()


def test_the_window_trains_by_its_menu_and_shows_where_words_look(
    qtbot: QtBot, gate: tuple[Any, Session], tmp_path: Path
) -> None:
    settings = Settings()
    create_application(settings)
    window = MainWindow(settings)
    troubles: list[str] = []
    window.operations.failed.connect(troubles.append)
    window.resize(1500, 950)
    window.show()
    qtbot.waitExposed(window)
    window.show_workspace("match")
    action = window.actions_["train_scorer"]
    assert not action.isEnabled() and action in window.menus["Match"].actions()
    window.matching.add_scenes(gate[1].scenes)
    action.trigger()
    qtbot.waitUntil(lambda: window.match_.training.dialog is not None, timeout=20_000)
    dialog = window.match_.training.dialog
    assert dialog is not None
    action.trigger()
    assert window.match_.training.dialog is dialog
    dialog.choose("gate")
    assert dialog.form is not None
    dialog.form.set_value(build(dialog.form.params, {"epochs": 2}))
    qtbot.waitUntil(dialog.train.isEnabled)
    QTest.mouseClick(dialog.train, LEFT)
    qtbot.waitUntil(lambda: dialog.scorer is not None, timeout=30_000)
    assert not window.docks["panel_attention"].isVisible()
    QTest.mouseClick(dialog.maps, LEFT)
    grid = window.match_.attention.grid
    qtbot.waitUntil(lambda: len(grid.maps) == 7, timeout=10_000)
    assert window.docks["panel_attention"].isVisible() and grid.isVisible()
    # Closing the window ends what runs, and the dialog with it.
    window.close_down()
    window.deleteLater()
    assert troubles == []
