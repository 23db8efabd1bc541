"""The staircase of pieces by penalty: drawn, worked out in the real window, clicked, driven by keys."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from syncline.recutting import penalties, solve
from syncline_workbench.theme import theme
from syncline_workbench.views.penalty_curve import PenaltyCurve, Step
from workbench.hands import LEFT, heard, shown
from workbench.test_segment_journey import Hand, hand, steps_file

__all__ = ["hand"]

NONE = Qt.KeyboardModifier.NoModifier
Key = Qt.Key
STEPS = (Step(0.01, 0.1, 40), Step(0.1, 1.0, 12), Step(4.0, 10.0, 3), Step(10.0, 100.0, 1))


def test_it_is_drawn_clicked_and_driven_by_keys(qtbot: QtBot) -> None:
    view = PenaltyCurve(0.01, 100.0)
    shown(qtbot, view, 280, 64)
    view.set_steps(STEPS)
    view.set_penalty(0.3)
    assert view.x_of(1.0) == pytest.approx(140)
    assert view.y_of(1) > view.y_of(3) > view.y_of(12) > view.y_of(40)
    picture = view.grab().toImage()
    picture.setDevicePixelRatio(1)
    colours = [picture.pixelColor(round(view.x_of(p)), round(view.y_of(n))) for p, n in ((0.5, 12), (30, 1), (0.5, 3))]
    line = QColor(theme().colours.a)

    def far(c: QColor) -> int:
        return abs(c.red() - line.red()) + abs(c.green() - line.green()) + abs(c.blue() - line.blue())

    assert far(colours[0]) < 120 and far(colours[1]) < 120 and far(colours[2]) > 200
    # Where more steps may be the field is tinted, and is said to be between.
    hole = picture.pixelColor(round(view.x_of(2)), round((view.y_of(12) + view.y_of(3)) / 2))
    beside = picture.pixelColor(round(view.x_of(6)), round((view.y_of(12) + view.y_of(3)) / 2))
    assert far(hole) < far(beside)
    assert "between 3 and 12 pieces" in view.words(2.0)
    assert view.words(0.3) == view.accessibleDescription() == "Penalties from 0.1 to 1: 12 pieces"
    assert "1 piece" in view.words(20) and "pieces" not in view.words(20)

    pointed, settled = heard(view.pointed), heard(view.settled)
    QTest.mousePress(view, LEFT, NONE, QPoint(140, 30))
    QTest.mouseMove(view, QPoint(206, 30))
    assert [p for (p,) in pointed] == [1.0, pytest.approx(10, rel=0.03)] and not settled
    QTest.mouseRelease(view, LEFT, NONE, QPoint(206, 30))
    assert settled == [()]
    for key, number in (
        (Key.Key_Home, math.sqrt(0.001)), (Key.Key_Right, math.sqrt(0.1)), (Key.Key_Right, math.sqrt(40)),
        (Key.Key_End, math.sqrt(1000)), (Key.Key_Right, math.sqrt(1000)), (Key.Key_Left, math.sqrt(40)),
    ):  # fmt: skip
        QTest.keyClick(view, key)
        assert view.penalty == pointed[-1][0] == pytest.approx(number, rel=0.01)
    QTest.keyClick(view, Key.Key_Return)
    assert len(settled) == 2


def test_in_the_window_it_is_that_of_what_is_cut_and_sets_the_penalty(hand: Hand, qtbot: QtBot, tmp_path: Path) -> None:
    window, document = hand.window, hand.document
    panel, found = window.segment_.recipe, window.segment_.penalties
    curve = panel.curve
    hand.press("Segment")
    window.segmenting.open_paths([str(steps_file(tmp_path))])
    qtbot.waitUntil(lambda: document.session.active_recording is not None)
    window.docks["panel_segment_recipe"].show()
    window.docks["panel_segment_recipe"].raise_()
    hand.idle()
    assert not curve.isVisible(), "nothing is cut yet"
    hand.key(Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: document.session.segments is not None, timeout=60_000)
    hand.idle()
    qtbot.waitUntil(lambda: bool(curve.steps) and found.idle, timeout=30_000)

    material = window.segmenting.material
    assert material is not None
    path = penalties(material, hand.recording, hand.segments, 0.01, 100)
    known = {len(s.ends): r for s, r in zip(path.segmentations, path.ranges, strict=True)}
    assert curve.steps[0].pieces == max(known) and curve.steps[-1].pieces == min(known)
    for step in curve.steps:
        low, high = known[step.pieces]
        assert low - 1e-9 <= step.low <= step.high <= high + 1e-9

    # A click on another step: as many pieces come out as the curve says, in one step.
    five = next(s for s in curve.steps if s.pieces == 5)
    assert five.low < 1 < five.high
    assert len(hand.pieces("changes")) == 5
    steps = len(hand.steps())
    target = next(s for s in reversed(curve.steps) if s.pieces > 5)
    x = (curve.x_of(target.low) + curve.x_of(target.high)) / 2
    QTest.mouseClick(curve, LEFT, NONE, QPoint(round(x), 20))
    wanted = curve.steps[curve.step_at(curve.penalty)].pieces
    qtbot.waitUntil(lambda: len(hand.steps()) == steps + 1)
    hand.idle()
    qtbot.waitUntil(lambda: len(hand.pieces("changes")) == wanted)
    assert hand.steps()[-1].startswith("Penalty") and document.session.segment_recipe.params.penalty == curve.penalty
    assert curve.steps, "another penalty leaves the curve as it is"

    # Keys: the next step to the right until there are five again; chosen once it rests.
    curve.setFocus()
    while curve.steps[curve.step_at(curve.penalty)].pieces > 5:
        QTest.keyClick(curve, Key.Key_Right)
    qtbot.waitUntil(lambda: len(hand.steps()) == steps + 2)
    hand.idle()
    qtbot.waitUntil(lambda: len(hand.pieces("changes")) == 5)
    assert len(hand.steps()) == steps + 2

    # A boundary that is set makes it another curve, of as many pieces as are cut.
    hand.click("changes", 2)
    hand.tool("lock_piece")
    assert not curve.steps, "what belonged to other constraints is gone"
    hand.idle()
    qtbot.waitUntil(lambda: bool(curve.steps) and found.idle, timeout=30_000)
    again = penalties(material, hand.recording, hand.segments, 0.01, 100)
    fewest = solve(material, hand.recording, hand.segments)
    assert len(again.at(hand.segments.recipe.params.penalty).ends) == len(fewest.tiers.tiers[0].segments)
    panel.method.setCurrentIndex(panel.method.findData("units"))
    panel.method.activated.emit(panel.method.currentIndex())
    assert not curve.isVisible() and not curve.steps and found.idle
