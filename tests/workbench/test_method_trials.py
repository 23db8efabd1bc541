"""Try other methods in the real window: the better one lies beside, and the figures are said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

import evaluate
import syncline as sl
from syncline.edits.constraints import add_anchor
from syncline.model import Constraints, Session
from syncline_workbench.app import create_application
from syncline_workbench.main_window import MainWindow
from syncline_workbench.settings import Settings


@pytest.fixture
def al(tmp_path: Path, data: Path) -> sl.Alignment:
    """Two views of one curve by DTW, which they mislead, with two anchors where the truth is."""
    al = sl.align(evaluate.spiral(7)(tmp_path), method="dtw")
    c = Constraints()
    assert al.pair.truth is not None
    for a, b in al.pair.truth.times[[60, 120]]:
        c, _ = add_anchor(c, float(a), float(b))
    return sl.realign(al, constraints=c)


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    settings = Settings()
    settings.theme = "dark"
    create_application(settings)
    window = MainWindow(settings)
    window.resize(1400, 900)
    window.show()
    window.activateWindow()
    with qtbot.waitActive(window):
        pass
    yield window
    window.close_down()
    window.deleteLater()


def test_the_better_method_lies_beside_and_stays_when_asked_again(
    al: sl.Alignment, window: MainWindow, qtbot: QtBot
) -> None:
    action, document = window.actions_["try_methods"], window.document
    assert not action.isEnabled()
    said: list[str] = []
    window.statusBar().messageChanged.connect(said.append)
    document.replace(Session(al.pair.a, al.pair.b, al.pair.truth, alignments=(al,), active=1), "Open")
    assert action.isEnabled()
    action.trigger()
    qtbot.waitUntil(lambda: len(document.session.alignments) == 2 and not window.jobs.active, timeout=120_000)
    found = document.session.alignment
    assert found is not None
    assert found.resolved is not None
    assert found.resolved.method in ("ctw", "gctw")
    assert found.constraints is al.constraints
    assert found.errors is not None
    assert al.errors is not None
    assert found.errors.mean_ms < al.errors.mean_ms / 4
    qtbot.waitUntil(lambda: any("meets the anchors better" in s for s in said), timeout=10_000)
    # Asked of the better one, it stays.
    action.trigger()
    qtbot.waitUntil(lambda: any("clearly better than" in s for s in said), timeout=120_000)
    assert len(document.session.alignments) == 2
    # Taken back and brought again it is one step.
    document.undo()
    assert document.session.alignment is al
    assert "Automatic" in window.toolbar.method.toolTip()
    document.redo()
    assert document.session.alignment is not None
    assert document.session.alignment.id == found.id


def test_check_next_offers_the_better_method_and_else_goes_to_a_place(
    al: sl.Alignment, window: MainWindow, qtbot: QtBot
) -> None:
    document, panel = window.document, window.places
    document.replace(Session(al.pair.a, al.pair.b, al.pair.truth, alignments=(al,), active=1), "Open")
    assert panel.offer.isHidden()
    QTest.keyClick(window.focusWidget() or window, Qt.Key.Key_F8)
    qtbot.waitUntil(lambda: not panel.offer.isHidden(), timeout=120_000)
    assert not window.playback.looping
    assert panel.use.text() in ("Use CTW", "Use GCTW")
    sentence = panel.offer.sentence()
    assert "meets your 2 anchors within" in sentence
    assert "DTW misses them by up to" in sentence
    label = panel.use.text()
    qtbot.mouseClick(panel.use, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(document.session.alignments) == 2 and not window.jobs.active, timeout=120_000)
    assert document.undo_label == label
    assert panel.offer.isHidden()
    # Nothing better is left: Check next goes to a place.
    QTest.keyClick(window.focusWidget() or window, Qt.Key.Key_F8)
    qtbot.waitUntil(lambda: window.playback.looping, timeout=120_000)
    assert panel.offer.isHidden()
    window.playback.pause()
    # Back at the old one: its anchors are as they were, so the offer can be made anew.
    document.undo()
    assert document.session.alignment is al
