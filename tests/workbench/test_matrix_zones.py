"""Forbidden zones and locks taken by their edges and ends in the cost matrix."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from syncline.edits import constraints as edits
from syncline.model import Constraints, Lock
from workbench.stage import ALT, LEFT, NONE, RATE, SHIFT, M, N, Stage

BOX = (20, 80, 30, 90)
"""First and last row of A, of B."""


def bar(stage: Stage) -> int:
    """Forbid `BOX`; gives the zone's id."""
    c = edits.forbid(Constraints(), *(k / RATE for k in BOX))
    stage.set(c)
    return c.forbidden[0].id


def rows(stage: Stage) -> tuple[float, ...]:
    (zone,) = stage.constraints.forbidden
    return tuple(t * RATE for t in (zone.a0, zone.a1, zone.b0, zone.b1))


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ((19.5, 60), (9.5, 200), (10, 80, 30, 90)),
        ((80.5, 60), (101.5, 61), (20, 101, 30, 90)),
        ((50, 29.5), (150, 39.5), (20, 80, 40, 90)),
        ((50, 90.5), (50, 120.5), (20, 80, 30, 120)),
        ((80.5, 90.5), (91.5, 120.5), (20, 91, 30, 120)),
        ((19.5, 29.5), (13.5, 13.5), (14, 80, 14, 90)),
        ((50, 60), (60, 40), (30, 90, 10, 70)),
        # Held by the borders of the matrix, and an edge by the one opposite.
        ((50, 60), (500, -80), (139, 199, 0, 60)),
        ((19.5, 60), (150, 60), (80, 80, 30, 90)),
    ],
)
def test_edges_corners_and_the_whole_follow_the_hand_in_one_step(
    stage: Stage, start: tuple[float, float], end: tuple[float, float], expected: tuple[int, ...]
) -> None:
    made, steps = bar(stage), len(stage.document.steps)
    stage.drag(stage.pixel(*start), stage.pixel(*end))
    assert rows(stage) == pytest.approx(expected, abs=1e-6)
    assert len(stage.document.steps) == steps + 1
    assert stage.label.startswith("Move forbidden zone" if start == (50, 60) else "Resize forbidden zone")
    assert stage.view.selected == made
    assert stage.previews
    assert all(type(t) is float for t in vars(stage.constraints.forbidden[0]).values() if not isinstance(t, int | str))
    stage.document.undo()
    assert rows(stage) == pytest.approx(BOX)


def test_shift_puts_an_edge_between_the_rows(stage: Stage) -> None:
    bar(stage)
    start, end = stage.pixel(80.5, 60), stage.pixel(99.7, 60)
    QTest.mousePress(stage.view, LEFT, SHIFT, start)
    at = QPointF(end)
    event = QMouseEvent(QEvent.Type.MouseMove, at, stage.view.mapToGlobal(at), Qt.MouseButton.NoButton, LEFT, SHIFT)
    QApplication.sendEvent(stage.view, event)
    QTest.mouseRelease(stage.view, LEFT, SHIFT, end)
    (zone,) = stage.constraints.forbidden
    assert zone.a1 * RATE == pytest.approx(80 + (end.x() - start.x()) / stage.view.view.rect.width() * N)
    assert abs(zone.a1 * RATE - round(zone.a1 * RATE)) > 0.01


def test_escape_puts_a_zone_back(stage: Stage) -> None:
    bar(stage)
    before, steps = stage.constraints, len(stage.document.steps)
    QTest.mousePress(stage.view, LEFT, NONE, stage.pixel(80.5, 60))
    for i in (90, 100, 120):
        QTest.mouseMove(stage.view, stage.pixel(i, 60))
    assert stage.document.previewing
    assert rows(stage) == pytest.approx(BOX)
    (shown,) = stage.view.constraints.forbidden
    assert shown.a1 * RATE == pytest.approx(120, abs=1)
    QTest.keyClick(stage.view, Qt.Key.Key_Escape)
    assert not stage.document.previewing
    QTest.mouseMove(stage.view, stage.pixel(150, 60))
    QTest.mouseRelease(stage.view, LEFT, NONE, stage.pixel(150, 60))
    assert stage.constraints is before
    assert len(stage.document.steps) == steps
    assert stage.abandoned == 1


def test_the_pointer_tells_what_would_be_held(stage: Stage) -> None:
    bar(stage)
    shape = Qt.CursorShape
    for at, wanted in (
        ((50, 60), shape.SizeAllCursor), ((19.5, 60), shape.SizeHorCursor), ((50, 90.5), shape.SizeVerCursor),
        ((80.5, 90.5), shape.SizeBDiagCursor), ((80.5, 29.5), shape.SizeFDiagCursor), ((150, 150), shape.ArrowCursor),
    ):  # fmt: skip
        QTest.mouseMove(stage.view, stage.pixel(*at))
        assert stage.view.cursor().shape() == wanted, at


def test_keys_nudge_a_zone_along_b_as_far_as_there_are_frames(stage: Stage) -> None:
    stage.view.select_anchor(bar(stage))
    for key, mods in ((Qt.Key.Key_Up, ALT), (Qt.Key.Key_Down, ALT | SHIFT)):
        QTest.keyClick(stage.view, key, mods)
    assert rows(stage) == pytest.approx((20, 80, 21, 81))
    assert stage.label == "Move forbidden zone 20 ↔ 21"
    for _ in range(3):
        stage.view.nudge_selected(-10)
    assert rows(stage) == pytest.approx((20, 80, 0, 60))
    steps = len(stage.document.steps)
    stage.view.nudge_selected(-1)
    assert len(stage.document.steps) == steps, "nothing moved, nothing to undo"
    assert "Selected: A 0:00.800 – 0:03.200, B 0:00.000 – 0:02.400." in stage.view.accessibleDescription()


def test_a_small_zone_still_has_a_middle(stage: Stage) -> None:
    c = edits.forbid(Constraints(), 50 / RATE, 51 / RATE, 60 / RATE, 61 / RATE)
    stage.set(c)
    stage.drag(stage.pixel(50.5, 60.5), stage.pixel(70.5, 60.5))
    assert rows(stage) == pytest.approx((70, 71, 60, 61))


def test_a_lock_is_drawn_out_and_in_by_its_ends(stage: Stage) -> None:
    al = stage.document.session.alignment
    assert al is not None
    assert al.path is not None
    own = [tuple(t) for t in al.path.times.tolist()]

    def lock() -> Lock:
        (found,) = stage.constraints.locks
        return found

    def drag_end(end: int, i: float) -> list[tuple[float, float]]:
        a, b = lock().times[end].tolist()
        stage.drag(stage.pixel(a * RATE, b * RATE), stage.pixel(i, i * (M - 1) / (N - 1)))
        times = [tuple(t) for t in lock().times.tolist()]
        # A piece of the path, with nothing left out.
        start = own.index(times[0])
        assert times == own[start : start + len(times)]
        return times

    stage.set(edits.lock(Constraints(), al.path, 60 / RATE, 90 / RATE))
    made, steps = lock().id, len(stage.document.steps)
    assert drag_end(-1, 120)[-1][0] * RATE == pytest.approx(120, abs=1)
    assert drag_end(0, 100)[0][0] * RATE == pytest.approx(100, abs=1)
    assert len(stage.document.steps) == steps + 2
    assert stage.label.startswith("Change lock 100 ↔ 1")
    assert lock().id == made
    # Past its other end it is one point, not inside out.
    assert len(drag_end(0, 150)) == 1
    stage.view.nudge_selected(1)
    assert stage.refusals == ["A locked stretch stays on the path: drag its ends along it."]
    # Held by its body it stays; the cross-hair moves.
    stage.document.undo()
    mid = lock().times[len(lock().times) // 2].tolist()
    before = stage.constraints
    stage.drag(stage.pixel(mid[0] * RATE, mid[1] * RATE), stage.pixel(30, 200))
    assert stage.constraints is before
    assert stage.playback.a_frame == pytest.approx(30, abs=1)


def test_a_selected_zone_shows_its_handles(stage: Stage) -> None:
    made = bar(stage)
    plain = stage.view.grab().toImage()
    stage.view.select_anchor(made)
    QTest.mouseMove(stage.view, stage.pixel(190, 10))
    handled = stage.view.grab().toImage()
    ratio = handled.devicePixelRatio()
    left, right, bottom, top = (c for k in (0, 2) for c in (BOX[k] - 0.5, BOX[k + 1] + 0.5))
    for at in ((left, bottom), (left, top), (right, (bottom + top) / 2), ((left + right) / 2, top)):
        spot = stage.pixel(*at) + QPoint(1, 1)
        assert handled.pixelColor(spot * ratio).lightness() > 240
        assert plain.pixelColor(spot * ratio).lightness() < 240
