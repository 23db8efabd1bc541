"""The threshold of detections: shown at once, one step, nothing detected again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

import syncline.matching
from match_scenes import scene as made_scene
from syncline_workbench.match_popups import MatchPopups
from syncline_workbench.views.score_slider import ScoreSlider
from workbench.test_match_operations import Table, table

__all__ = ["table"]
OBJECTS = [("ball", (20, 60, 80, 140), 0.9), ("cup", (110, 60, 170, 140), 0.6), ("book", (200, 60, 260, 140), 0.3)]


@pytest.fixture
def slider(table: Table, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Any:
    def detect(*_args: Any, **_more: Any) -> None:
        raise AssertionError("nothing is to be detected again")

    monkeypatch.setattr(syncline.matching, "detect", detect)
    made = made_scene(OBJECTS, "a [red ball], a [blue cup] and a [green book]")
    found = tuple(replace(o, origin="detected") for o in made.objects)
    table.ops.add_scenes([replace(made, objects=found, threshold=0.5, picture=_opened(table))])
    menu = QMenu()
    qtbot.addWidget(menu)
    actions: Any = {"find_regions": QAction(table.document)}
    pop = MatchPopups(table.document, table.ops, SimpleNamespace(), actions, menu)  # type: ignore[arg-type]
    menu.aboutToShow.connect(lambda: pop.detectors(menu))
    menu.popup(menu.pos())
    (found_slider,) = menu.findChildren(ScoreSlider)
    return SimpleNamespace(menu=menu, view=found_slider, slider=found_slider.slider)


def _opened(table: Table) -> Any:
    from syncline.media.pictures import open_picture

    file: Path = table.picture()
    return open_picture(file)


def labels(table: Table) -> list[str]:
    scene = table.document.shown.active_scene
    assert scene is not None
    return [o.label for o in scene.active]


def test_it_acts_at_once_and_is_one_step(table: Table, slider: Any) -> None:
    assert labels(table) == ["ball", "cup"] and slider.view.words.text() == "0.50 · 2 of 3 boxes"
    before = len(table.labels)
    slider.slider.setSliderDown(True)
    for value, seen in ((70, ["ball"]), (20, ["ball", "cup", "book"]), (65, ["ball"])):
        slider.slider.setValue(value)
        assert labels(table) == seen, "shown under the hand"
        assert len(table.labels) == before, "but no step yet"
    slider.slider.setSliderDown(False)
    assert table.labels[before:] == ["Detections from 0.65"] and table.now.threshold == 0.65
    table.document.undo()
    assert labels(table) == ["ball", "cup"]


def test_keys_make_one_step_when_the_menu_goes(table: Table, slider: Any) -> None:
    before = len(table.labels)
    for _ in range(4):
        QTest.keyClick(slider.slider, Qt.Key.Key_PageUp)
    assert labels(table) == ["ball"]
    slider.menu.close()
    assert table.labels[before:] == ["Detections from 0.70"]

    slider.menu.popup(slider.menu.pos())
    (view,) = slider.menu.findChildren(ScoreSlider)
    QTest.keyClick(view.slider, Qt.Key.Key_Right)
    QTest.keyClick(view.slider, Qt.Key.Key_Left)
    slider.menu.close()
    assert table.labels[before:] == ["Detections from 0.70"] and not table.document.previewing
