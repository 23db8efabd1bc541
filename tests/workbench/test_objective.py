"""What the rounds of an alignment come to, drawn under the recipe while it runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

import syncline as sl
from core.solvers.test_ctw import seen_twice
from syncline.model import Recipe, Session
from syncline.progress import Monitor
from syncline.solvers.warp import REGISTRY
from syncline_workbench.app import create_application
from syncline_workbench.document import Document
from syncline_workbench.jobs import Jobs
from syncline_workbench.main_window import MainWindow
from syncline_workbench.operations import Operations
from syncline_workbench.settings import Settings
from syncline_workbench.views.recipe import RecipePanel
from workbench.hands import shown

FEW: dict[str, Any] = {"ctw": {"rounds": 3}, "gctw": {"rounds": 3}, "tcc": {"epochs": 4, "check": False}}


@pytest.fixture
def pair(tmp_path: Path) -> sl.Pair:
    x, y, _ = seen_twice(3, 60, 70)
    for name, values in (("a", x), ("b", y[:, : x.shape[1]])):
        np.save(tmp_path / f"{name}.npy", values)
    a, b = (sl.open_media(tmp_path / f"{name}.npy", rate=25) for name in "ab")
    return sl.Pair(a, b)


@pytest.mark.parametrize(("method", "value"), [("ctw", "per_cell"), ("gctw", "objective"), ("tcc", "loss")])
def test_each_round_is_a_dot(qtbot: QtBot, pair: sl.Pair, method: str, value: str) -> None:
    params = REGISTRY[method].filled(FEW[method])
    seen: list[Any] = []
    sl.align(pair, method=method, params=params, monitor=Monitor(watch=seen.append))
    assert len(seen) > 2

    document, jobs = Document(), Jobs()
    operations, panel = Operations(document, jobs), RecipePanel(document)
    shown(qtbot, panel)
    operations.rounds_began.connect(panel.objective.clear)
    operations.round_told.connect(panel.objective.take)
    document.replace(Session(pair.a, pair.b, recipe=Recipe(sl.FeatureRecipe(), method, params)), "Open")
    try:
        operations.align()
        assert panel.objective.isHidden()
        qtbot.waitUntil(lambda: document.session.alignment is not None, timeout=20_000)
        curve = panel.objective
        np.testing.assert_allclose([r.value for r in curve.rounds], [getattr(s, value) for s in seen], rtol=1e-6)
        assert curve.isVisible()
        assert f"{getattr(seen[-1], value):.4g}" in curve.words()
        # One line a shrinkage; whichever of its rounds is lower is drawn lower, and all of it is inside.
        lines = list(curve.lines())
        assert sum(map(len, lines)) == len(seen)
        assert len(lines) == len({getattr(s, "stage", 0) for s in seen})
        where = [p for line in lines for p in line]
        assert all(curve.rect().contains(p.toPoint()) for p in where)
        ys = iter(where)
        for line in lines:
            of_stage = [next(ys).y() for _ in line]
            k = len(where) - sum(1 for _ in ys)
            ys = iter(where[k:])
            values = [r.value for r in curve.rounds[k - len(line) : k]]
            assert np.argmax(of_stage) == np.argmin(values) or max(values) == min(values)
        # The next alignment begins without it.
        operations.set_recipe(Recipe(sl.FeatureRecipe(), "dtw", None))
        operations.align()
        assert curve.isHidden()
        qtbot.waitUntil(lambda: not jobs.active, timeout=20_000)
        assert curve.rounds == []
    finally:
        operations.close()
        jobs.close()


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    settings = Settings()
    create_application(settings)
    window = MainWindow(settings)
    window.show()
    yield window
    window.close_down()
    window.deleteLater()


@pytest.mark.parametrize("method", ["ctw", "tcc"])
def test_the_window_shows_it(qtbot: QtBot, window: MainWindow, pair: sl.Pair, method: str) -> None:
    # As small as it goes: the form of cycle consistency is longer than its panel.
    window.resize(window.minimumSize())
    window.operations.align_when_ready = False
    window.operations.open_paths([str(pair.a.path), str(pair.b.path)])
    qtbot.waitUntil(lambda: window.document.session.pair is not None, timeout=20_000)
    window.operations.set_recipe(Recipe(sl.FeatureRecipe(), method, REGISTRY[method].filled(FEW[method])))
    window.actions_["align"].trigger()
    qtbot.waitUntil(lambda: window.document.session.alignment is not None, timeout=20_000)
    qtbot.waitUntil(lambda: not window.jobs.active, timeout=20_000)
    qtbot.waitUntil(lambda: not window.recipe.objective.visibleRegion().isEmpty())
    assert len(window.recipe.objective.rounds) > 2
