"""An encoder from a pair, and from its anchors, in the window: watched, stopped, refused, used as one step, kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

import evaluate_tcc
import syncline as sl
from syncline.embedding import Encoder, load_encoder
from syncline.model import Session
from syncline.registry import build
from syncline_workbench.dialogs.learn_encoder import LearnDialog
from syncline_workbench.document import Document
from syncline_workbench.jobs import Jobs
from syncline_workbench.main_window import MainWindow
from syncline_workbench.operations import Operations
from syncline_workbench.settings import Settings
from syncline_workbench.warp_training import WarpTraining

LEFT = Qt.MouseButton.LeftButton


class Desk:
    """A pair seen from two places, aligned, with anchors where the truth is."""

    def __init__(self, qtbot: QtBot, folder: Path, case: evaluate_tcc.Case, anchors: int = 7) -> None:
        self.qtbot = qtbot
        np.save(folder / "a.npy", case.a)
        np.save(folder / "b.npy", case.b)
        a, b = (sl.open_media(folder / f"{n}.npy", rate=25) for n in "ab")
        rows = ((np.arange(anchors) + 0.5) / max(anchors, 1) * len(case.b)).astype(int)
        pins = tuple(sl.Anchor(k + 1, float(case.places[r]) / 25, float(r) / 25) for k, r in enumerate(rows))
        al = sl.align(sl.Pair(a, b), constraints=sl.Constraints(pins, next_id=anchors + 1))
        self.document, self.jobs = Document(), Jobs()
        self.operations = Operations(self.document, self.jobs)
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.training = WarpTraining(self.document, self.operations, self.jobs, self.window)
        self.document.replace(Session(a, b, alignments=(al,), active=1), "Open")
        self.failures: list[str] = []
        self.operations.failed.connect(self.failures.append)

    def open(self, kind: str) -> LearnDialog:
        getattr(self.training, f"open_{kind}")()
        self.qtbot.waitUntil(
            lambda: self.training.dialog is not None and self.training.dialog.course.key == kind, timeout=20_000
        )
        dialog = self.training.dialog
        assert dialog is not None
        self.qtbot.waitExposed(dialog)
        return dialog

    def learned(self, dialog: LearnDialog, **params: Any) -> None:
        dialog.form.set_value(build(dialog.form.params, params))
        QTest.mouseClick(dialog.learn, LEFT)
        self.qtbot.waitUntil(lambda: dialog.outcome is not None or bool(dialog.trouble.sentence()), timeout=30_000)
        self.idle()

    def idle(self) -> None:
        self.qtbot.waitUntil(lambda: not self.jobs.active, timeout=30_000)

    def close(self) -> None:
        self.training.close()
        self.jobs.close()
        self.operations.close()


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path, data: Path) -> Any:
    made: list[Desk] = []

    def make(case: evaluate_tcc.Case | None = None, anchors: int = 7) -> Desk:
        made.append(Desk(qtbot, tmp_path, case or evaluate_tcc.retimed(3), anchors))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_an_embedding_is_learned_seen_and_used_as_one_step(desk: Any, tmp_path: Path) -> None:
    d: Desk = desk()
    dialog = d.open("cycle")
    assert dialog.taught.values["Features"].text() == "given"
    assert not dialog.use.isEnabled()
    d.learned(dialog, epochs=6, check=False)
    assert dialog.curve.drawn.shape == (7, 3)
    assert float(dialog.figures.values["Kendall's τ"].text()) > 0.9
    assert "not checked" in dialog.told.sentence()
    assert dialog.use.isEnabled()
    assert dialog.outcome is not None
    encoder = dialog.outcome.encoder
    d.training.save(encoder, str(tmp_path / "e.npz"))
    d.idle()
    assert load_encoder(tmp_path / "e.npz").digest == encoder.digest

    steps = len(d.document.steps)
    QTest.mouseClick(dialog.use, LEFT)
    d.qtbot.waitUntil(lambda: len(d.document.session.alignments) == 2, timeout=20_000)
    assert len(d.document.steps) == steps + 1
    session = d.document.session
    assert session.encoders == (encoder,)
    assert session.recipe.features.terms[0].params.encoder == encoder.digest
    assert session.alignment is not None
    assert session.alignment.features_a is not None
    assert session.alignment.features_a.values.shape[1] == encoder.dimensions
    # The edits are in force there too.
    assert session.alignment.constraints is session.alignments[0].constraints
    d.operations.set_recipe(sl.Recipe(sl.FeatureRecipe((sl.FeatureTerm("given"), sl.FeatureTerm("learned", 2.0)))))
    assert d.document.session.recipe.features.terms[1].params.encoder == encoder.digest
    d.document.undo()
    d.document.undo()
    assert d.document.session.encoders == ()
    assert d.document.session.recipe.features.automatic
    assert d.failures == []


def test_corrections_are_offered_only_where_they_help(desk: Any) -> None:
    d: Desk = desk()
    dialog = d.open("metric")
    assert dialog.taught.values["Anchors"].text() == "7"
    d.learned(dialog)
    assert dialog.outcome is not None
    assert dialog.outcome.helps
    assert dialog.told.sentence().startswith("The metric helps elsewhere")
    assert len(dialog.curve.drawn) == 21
    steps = len(d.document.steps)
    QTest.mouseClick(dialog.use, LEFT)
    d.qtbot.waitUntil(lambda: bool(d.document.session.encoders), timeout=20_000)
    assert len(d.document.steps) == steps + 1
    kept = d.document.session.encoders[0]
    assert isinstance(kept, Encoder)
    assert kept.method == "metric"


def test_corrections_that_do_not_help_are_not(desk: Any) -> None:
    d: Desk = desk(evaluate_tcc.spiral(2), 6)
    dialog = d.open("metric")
    d.learned(dialog)
    assert "stay as they are" in dialog.told.sentence()
    assert not dialog.use.isEnabled()
    assert dialog.save.isEnabled()


def test_too_few_anchors_are_said_and_more_are_noticed(desk: Any) -> None:
    d: Desk = desk(anchors=3)
    dialog = d.open("metric")
    assert "at least 4" in dialog.lack.sentence()
    assert not dialog.learn.isEnabled()
    al = d.document.session.alignment
    assert al is not None
    more = replace(al.constraints, anchors=(*al.constraints.anchors, sl.Anchor(9, 3.9, 5.0)), next_id=10)
    d.document.replace_alignment(replace(al, constraints=more), "Add anchor")
    assert dialog.learn.isEnabled()


def test_learning_can_be_stopped_and_warns(desk: Any) -> None:
    d: Desk = desk(evaluate_tcc.spiral(0), 0)
    dialog = d.open("cycle")
    dialog.form.set_value(build(dialog.form.params, {"epochs": 100_000}))
    QTest.mouseClick(dialog.learn, LEFT)
    d.qtbot.waitUntil(lambda: len(dialog.curve.drawn) > 2, timeout=20_000)
    assert dialog.learn.text() == "Stop"
    QTest.mouseClick(dialog.learn, LEFT)
    d.qtbot.waitUntil(lambda: dialog.learn.text() == "Learn", timeout=5000)
    assert dialog.outcome is None
    assert dialog.state.text() == "Stopped"
    d.learned(dialog, epochs=5)
    assert "does not run with time" in dialog.doubts.sentence()
    # Opening the other one closes this one.
    other = d.open("metric")
    assert other is not dialog
    assert not d.jobs.active


def test_by_the_menu_of_the_real_window(qtbot: QtBot, desk: Any) -> None:
    d: Desk = desk()
    window = MainWindow(Settings())
    qtbot.addWidget(window)
    window.show()
    try:
        encoder = sl.learn_embedding(d.document.session.pair, params={"epochs": 1, "check": False}, name="mine")
        recipe = sl.Recipe(sl.learned_recipe(encoder))
        window.document.replace(replace(d.document.session.with_encoder(encoder), recipe=recipe), "Open")
        assert window.recipe._terms[0].title.text() == "mine"
        for name, key in (("learn_cycle", "cycle"), ("learn_metric", "metric")):
            assert window.actions_[name].isEnabled()
            window.actions_[name].trigger()
            qtbot.waitUntil(
                lambda key=key: window.learning.dialog is not None and window.learning.dialog.course.key == key,
                timeout=20_000,
            )
    finally:
        window.close_down()
