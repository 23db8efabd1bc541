"""The tools of the cost matrix: jumps, locks, forbidden zones and strokes, by real drags."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from syncline.edits import constraints as edits
from syncline.model import Constraints
from workbench.stage import LEFT, NONE, RATE, M, N, Stage

# -- the other tools -------------------------------------------------------------------------------


def test_jump_is_dragged_open_and_its_end_moved(stage: Stage) -> None:
    stage.view.set_tool("jump")
    stage.drag(stage.pixel(50, 60), stage.pixel(90, 61))
    (jump,) = stage.constraints.anchors
    assert jump.kind == "jump"
    # Dragged level: only A has a surplus piece.
    assert jump.end[1] == jump.b
    assert (jump.end[0] - jump.a) * RATE == pytest.approx(40, abs=6)
    stage.view.set_tool("select")
    i, j = jump.end[0] * RATE, jump.end[1] * RATE
    stage.drag(stage.pixel(i, j), stage.pixel(i + 20, j + 30))
    (moved,) = stage.constraints.anchors
    assert (moved.a, moved.b) == (jump.a, jump.b)
    assert (moved.end[0] - jump.end[0]) * RATE == pytest.approx(20, abs=4)
    assert (moved.end[1] - jump.end[1]) * RATE == pytest.approx(30, abs=4)
    # Back beyond its start: it ends there.
    stage.drag(stage.pixel(moved.end[0] * RATE, moved.end[1] * RATE), stage.pixel(5, 5))
    (closed,) = stage.constraints.anchors
    assert closed.end == (jump.a, jump.b)


def test_lock_keeps_the_stretch_of_path_under_the_drag(stage: Stage) -> None:
    stage.view.set_tool("lock")
    stage.drag(stage.pixel(60, 100), stage.pixel(90, 100))
    (lock,) = stage.constraints.locks
    al = stage.document.session.alignment
    assert al is not None
    assert al.path is not None
    own = {tuple(t) for t in al.path.times.tolist()}
    assert {tuple(t) for t in lock.times.tolist()} <= own
    assert (lock.times[0, 0] * RATE, lock.times[-1, 0] * RATE) == pytest.approx((60, 90), abs=1.01)
    assert stage.view.selected == lock.id
    QTest.keyClick(stage.view, Qt.Key.Key_Delete)
    assert stage.constraints.empty


def test_forbid_covers_the_cells_under_the_drag(stage: Stage) -> None:
    stage.view.set_tool("forbid")
    stage.drag(stage.pixel(80, 20), stage.pixel(20, 70))
    (zone,) = stage.constraints.forbidden
    expected = (20 / RATE, 80 / RATE, 20 / RATE, 70 / RATE)
    assert (zone.a0, zone.a1, zone.b0, zone.b1) == pytest.approx(expected)
    stage.view.set_tool("select")
    QTest.mouseClick(stage.view, LEFT, NONE, stage.pixel(50, 45))
    assert stage.view.selected == zone.id


def test_a_stroke_becomes_a_few_anchors_along_it(stage: Stage) -> None:
    stage.view.set_tool("draw")
    stage.drag(*(stage.pixel(i, i + 60) for i in range(40, 101, 3)), stage.pixel(150, 170))
    anchors = stage.constraints.anchors
    assert 2 <= len(anchors) <= 8
    for k in anchors:
        i, j = k.a * RATE, k.b * RATE
        line = i + 60 if i <= 100 else 160 + (i - 100) * 0.2
        assert abs(j - line) < 6
    assert (anchors[0].a * RATE, anchors[-1].a * RATE) == pytest.approx((40, 150), abs=1)
    assert stage.label.startswith("Draw path 40 ↔ 100")
    # Along the path itself there is nothing to correct: no step, and a sentence that says so.
    stage.set(Constraints())
    stage.drag(*(stage.pixel(i, i * (M - 1) / (N - 1)) for i in range(30, 120, 5)))
    assert stage.constraints.empty
    assert stage.refusals == ["The path runs along there already."]


def test_a_stroke_that_is_held_is_one_locked_stretch_and_one_step(stage: Stage) -> None:
    option = stage.view.option
    assert not option.isVisible()
    stage.view.set_tool("draw")
    QTest.mouseClick(option, LEFT, NONE, QPoint(12, option.height() // 2))
    assert option.isChecked()
    steps = len(stage.document.steps)
    bent = [stage.pixel(i, 40 + (i - 30) ** 2 / 60) for i in range(30, 111, 4)]
    stage.drag(*bent)
    (lock,) = stage.constraints.locks
    assert not stage.constraints.anchors
    assert stage.view.selected == lock.id
    i, j = (lock.times * RATE).T
    assert (i[0], i[-1]) == pytest.approx((30, 110), abs=1)
    assert np.abs(j - (40 + (i - 30) ** 2 / 60)).max() < 2.5, "all along the stroke, not at its ends only"
    assert len(stage.document.steps) == steps + 1
    assert stage.label.startswith("Draw path 30 ↔ 40")
    stage.document.undo()
    assert stage.constraints.empty
    # Without it, the same stroke is anchors again.
    QTest.mouseClick(option, LEFT, NONE, QPoint(12, option.height() // 2))
    stage.drag(*bent)
    assert len(stage.constraints.anchors) > 2 and not stage.constraints.locks


def test_escape_drops_a_tool_drag_then_the_tool(stage: Stage, qtbot: QtBot) -> None:
    stage.view.set_tool("forbid")
    QTest.mousePress(stage.view, LEFT, NONE, stage.pixel(20, 20))
    QTest.mouseMove(stage.view, stage.pixel(60, 60))
    QTest.keyClick(stage.view, Qt.Key.Key_Escape)
    QTest.mouseRelease(stage.view, LEFT, NONE, stage.pixel(60, 60))
    assert stage.constraints.empty
    with qtbot.waitSignal(stage.view.tool_changed) as heard:
        QTest.keyClick(stage.view, Qt.Key.Key_Escape)
    assert heard.args == ["select"]


def test_corrections_hold_plain_numbers_whatever_they_were_taken_from(stage: Stage) -> None:
    c, new = edits.add_anchor(Constraints(), np.float64(1.0), np.float32(1.5))  # type: ignore[arg-type]
    c = edits.edit_anchor(c, new, kind="jump", a_end=np.float64(2.0), b_end=np.int64(2))
    c = edits.forbid(c, np.float64(3.0), np.float64(4.0), 1, np.float64(2.0))
    stage.set(c)
    stage.drag(stage.pixel(25, 37), stage.pixel(30, 40))
    stage.drag(stage.pixel(87, 37), stage.pixel(90, 44))
    (jump,), (zone,) = stage.constraints.anchors, stage.constraints.forbidden
    times = [jump.a, jump.b, *jump.end, zone.a0, zone.a1, zone.b0, zone.b1]
    assert times[:2] != [1.0, 1.5]
    assert times[4:] != [3.0, 4.0, 1.0, 2.0]
    assert {type(t) for t in times} == {float}
