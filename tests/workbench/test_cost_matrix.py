"""The cost matrix under real presses, moves, releases and keys."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QNativeGestureEvent, QPointingDevice, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from syncline.edits import constraints as edits
from syncline.model import Constraints
from syncline_workbench.document import Document
from syncline_workbench.jobs import Jobs
from syncline_workbench.playback import Playback
from syncline_workbench.theme import theme
from syncline_workbench.views.cost_matrix import CostMatrixView
from syncline_workbench.views.matrix_margins import frame_ticks, second_ticks
from syncline_workbench.views.matrix_scale import Clock, Viewport, tick_step, time_text
from syncline_workbench.views.matrix_snap import snap_cell
from workbench.stage import ALT, CONTROL, LEFT, MIDDLE, NONE, RATE, SHIFT, M, N, Stage

# -- where things are ------------------------------------------------------------------------------


def test_pixels_and_times_are_inverse_and_exact_at_the_borders(stage: Stage) -> None:
    view, rect, scene = stage.view.view, stage.view.view.rect, stage.view.scene
    assert scene is not None
    assert (view.x(0), view.x(N), view.y(0), view.y(M)) == (rect.left(), rect.right(), rect.bottom(), rect.top())
    # The middle of the first cell is the first frame, half a cell in from the corner.
    first = scene.point(0.0, 0.0)
    assert first.x() == pytest.approx(rect.left() + rect.width() / N / 2)
    assert first.y() == pytest.approx(rect.bottom() - rect.height() / M / 2)
    for at in (rect.topLeft(), rect.bottomRight(), rect.center(), QPointF(rect.left() + 3.7, rect.top() + 91.2)):
        a, b = scene.times(at)
        back = scene.point(a, b)
        assert (back.x(), back.y()) == pytest.approx((at.x(), at.y()), abs=1e-9)


def test_uneven_frame_times_get_cells_of_equal_width() -> None:
    clock = Clock(np.array([0.0, 0.1, 0.5, 0.6]))
    np.testing.assert_allclose(clock.place(clock.times), [0.5, 1.5, 2.5, 3.5])
    assert clock.place_of(0.3) == pytest.approx(2.0)
    for t in (-0.2, 0.0, 0.05, 0.3, 0.59, 0.6, 0.9):
        assert clock.time_of(clock.place_of(t)) == pytest.approx(t)


def test_both_scales_count_seconds_and_the_files_own_frames() -> None:
    # A row every other frame, frames of uneven length, a start before zero.
    frames = np.cumsum(np.r_[-0.1, np.where(np.arange(99) % 3, 0.04, 0.05)])
    clock, view = Clock(frames[::2]), Viewport()
    view.rect, view.size = QRectF(10, 20, 500, 300), (50, 50)
    view.fit()
    for across, put in ((True, view.x), (False, view.y)):
        marks = frame_ticks(clock, view, across, 10, frames)
        assert [text for _, text in marks] == [str(k) for k in range(0, 100, 10)]
        assert [at for at, _ in marks] == pytest.approx([put(0.5 + k / 2) for k in range(0, 100, 10)], abs=0.8)
        seconds = second_ticks(clock, view, across, 10)
        assert [text for _, text in seconds] == [f"{t:.1f} s" for t in np.arange(0, 4.3, 0.5)]
        assert [at for at, _ in seconds] == pytest.approx([put(clock.place_of(t)) for t in np.arange(0, 4.3, 0.5)])
    view.show(20, 26, 20, 26)
    assert [text for _, text in frame_ticks(clock, view, True, 6, frames)] == ["40", "42", "44", "46", "48", "50"]
    assert [text for _, text in frame_ticks(clock, view, True, 6, None)] == [str(k) for k in range(20, 26)]


@pytest.mark.parametrize("size", [(1000, 600), (580, 350), (330, 250)])
def test_the_four_scales_lie_side_by_side_at_any_size(stage: Stage, size: tuple[int, int]) -> None:
    view = stage.view
    view.resize(*size)
    for side in ("a", "b"):
        view.set_margins(side, "thumbnails", [np.full((36, 64, 3), k, np.uint8) for k in range(0, 250, 50)])
        view.set_margins(side, "curve", np.random.default_rng(0).random(N if side == "a" else M))
    strips = view._strips()
    names = list(strips)
    for k, one in enumerate(names):
        assert QRectF(view.rect()).contains(strips[one]), one
        for other in names[k + 1 :]:
            assert not strips[one].intersects(strips[other]), (one, other)


def test_zoom_keeps_what_is_under_the_cursor() -> None:
    view = Viewport()
    view.rect.setRect(40, 10, 800, 400)
    view.size = (20_000, 20_000)
    view.fit()
    rng = np.random.default_rng(2)
    view.zoom(3, 3, QPointF(440, 210))
    for _ in range(200):
        at = QPointF(40 + 800 * rng.uniform(0.2, 0.8), 10 + 400 * rng.uniform(0.2, 0.8))
        before = (view.u(at.x()), view.v(at.y()))
        # From the middle outwards borders stay out of view, so nothing may shift.
        factor = rng.uniform(1.01, 1.3)
        view.zoom(factor, factor, at)
        assert (view.u(at.x()), view.v(at.y())) == pytest.approx(before, abs=1e-6)
        view.zoom(1 / factor, 1 / factor, at)
        assert (view.u(at.x()), view.v(at.y())) == pytest.approx(before, abs=1e-6)
    for _ in range(60):
        view.zoom(2, 2, QPointF(100, 100))
    assert view.x1 - view.x0 == pytest.approx(4)
    for _ in range(60):
        view.zoom(0.5, 0.5, QPointF(700, 300))
    assert view.whole
    assert (view.x0, view.x1, view.y0, view.y1) == (0, 20_000, 0, 20_000)


def wheel(stage: Stage, at: QPoint, delta: int, mods: Qt.KeyboardModifier) -> None:
    event = QWheelEvent(
        QPointF(at), QPointF(at), QPoint(), QPoint(0, delta), Qt.MouseButton.NoButton, mods,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(stage.view, event)


def test_wheel_zooms_with_control_and_pans_without(stage: Stage) -> None:
    view, at = stage.view.view, stage.pixel(120, 100)
    u, v = view.u(at.x()), view.v(at.y())
    wheel(stage, at, 360, CONTROL)
    assert view.x1 - view.x0 == pytest.approx(N / 2)
    assert (view.u(at.x()), view.v(at.y())) == pytest.approx((u, v))
    x0, y0 = view.x0, view.y0
    wheel(stage, at, 120, NONE)
    assert view.x0 == x0
    assert view.y0 > y0
    wheel(stage, at, 120, SHIFT)
    assert view.x0 < x0
    u, v = view.u(at.x()), view.v(at.y())
    stage.drag(at, at + QPoint(-60, 30), button=MIDDLE)
    assert (view.u(at.x() - 60), view.v(at.y() + 30)) == pytest.approx((u, v))
    QTest.keyClick(stage.view, Qt.Key.Key_F)
    assert view.whole
    # Below the matrix only A's axis zooms.
    wheel(stage, QPoint(at.x(), int(view.rect.bottom()) + 8), 360, CONTROL)
    assert (view.x1 - view.x0, view.y1 - view.y0) == pytest.approx((N / 2, M))


# -- the picture -----------------------------------------------------------------------------------


def test_a_pinch_zooms_at_the_fingers(stage: Stage) -> None:
    view, at = stage.view.view, stage.pixel(80, 100)

    def pinch(value: float, kind: Qt.NativeGestureType = Qt.NativeGestureType.ZoomNativeGesture) -> bool:
        spot, far = QPointF(at), QPointF(stage.view.mapToGlobal(at))
        pad = QPointingDevice.primaryPointingDevice()
        return QApplication.sendEvent(stage.view, QNativeGestureEvent(kind, pad, 2, spot, spot, far, value, QPointF()))

    under = view.u(at.x()), view.v(at.y())
    assert pinch(0.25)
    assert pinch(0.6)
    assert (view.x1 - view.x0, view.y1 - view.y0) == pytest.approx((N / 2, M / 2))
    assert (view.u(at.x()), view.v(at.y())) == pytest.approx(under)
    pinch(0.5, Qt.NativeGestureType.RotateNativeGesture)
    assert view.x1 - view.x0 == pytest.approx(N / 2)
    for _ in range(3):
        pinch(-0.5)
    assert view.whole


def test_the_picture_shows_a_to_the_right_and_b_upwards(stage: Stage) -> None:
    stage.view.set_colour_map("grey")
    # Cells of 60 pixels, so that each is a square of one grey.
    stage.view.view.show(20, 28, 30, 36)
    stage.view.moved()
    pyramid = stage.view.feeder.pyramid
    assert pyramid is not None
    bare = stage.document.session.alignment
    assert bare is not None
    stage.document.replace_alignment(replace(bare, path=None), "No path")
    stage.playback.seek(0, 0)
    image = stage.view.grab().toImage()
    greys, costs = [], []
    for i in range(20, 28):
        for j in range(30, 36):
            p = stage.pixel(i, j) * image.devicePixelRatio()
            greys.append(image.pixelColor(p).red())
            costs.append(stage.matrix[i, j])
    low, high = stage.view.bar.range
    share = (np.array(costs) - pyramid.low) / (pyramid.high - pyramid.low)
    expected = 13 + (242 - 13) * np.clip((share - low) / (high - low), 0, 1)
    np.testing.assert_allclose(greys, expected, atol=229 / 255 / (high - low) + 1)
    assert np.ptp(expected) > 20


def test_range_and_map_change_the_colours_only(stage: Stage, qtbot: QtBot) -> None:
    version = stage.view.feeder.pyramid.version if stage.view.feeder.pyramid else -1
    before = stage.view.grab().toImage()
    with qtbot.waitSignal(stage.view.colour_range_changed):
        stage.view.bar.set_range(0.3, 0.5)
    assert stage.view.grab().toImage() != before
    with qtbot.waitSignal(stage.view.colour_map_changed):
        stage.view.set_colour_map("cividis")
    assert stage.view.feeder.pyramid is not None
    assert stage.view.feeder.pyramid.version == version


def test_without_features_there_is_no_key_to_colours_that_are_not_there(stage: Stage, qtbot: QtBot) -> None:
    assert stage.view.bar.isVisible()
    known = stage.document.session.alignment
    assert known is not None
    stage.document.replace_alignment(replace(known, features_a=None, features_b=None), "Opened again")
    assert stage.view.scene is not None and not stage.view.bar.isVisible()
    stage.document.replace_alignment(known, "Align")
    qtbot.waitUntil(stage.view.bar.isVisible)


def test_cross_hair_follows_the_playhead_and_a_click_moves_it(stage: Stage) -> None:
    at = stage.pixel(60, 200)
    QTest.mouseClick(stage.view, LEFT, NONE, at)
    view = stage.view.view
    assert stage.playback.a_time == pytest.approx((view.u(at.x()) - 0.5) / RATE, abs=1e-9)
    assert stage.playback.b_time == pytest.approx((view.v(at.y()) - 0.5) / RATE, abs=1e-9)
    stage.drag(at, stage.pixel(120, 20))
    assert stage.playback.a_frame in (119, 120)
    assert not stage.previews
    assert stage.document.position == 1


def test_hover_tells_times_and_the_cost_of_the_cell(stage: Stage, qtbot: QtBot) -> None:
    with qtbot.waitSignal(stage.view.hovered) as heard:
        QTest.mouseMove(stage.view, stage.pixel(50, 170))
    a, b, cost = heard.args
    assert (a, b) == pytest.approx((50 / RATE, 170 / RATE), abs=0.5 / RATE)
    assert cost == pytest.approx(stage.matrix[50, 170], rel=1e-5)


# -- anchors ---------------------------------------------------------------------------------------


def test_double_click_adds_an_anchor_on_the_best_cell_nearby(stage: Stage) -> None:
    true = int(np.argmin(stage.matrix[100]))
    at = stage.pixel(100, true) + QPoint(2, 1)
    QTest.mouseDClick(stage.view, LEFT, NONE, at)
    QTest.mouseRelease(stage.view, LEFT, NONE, at)
    (anchor,) = stage.constraints.anchors
    i, j = round(anchor.a * RATE), round(anchor.b * RATE)
    assert (anchor.a * RATE, anchor.b * RATE) == pytest.approx((i, j))
    # It is no worse than any neighbour.
    assert stage.matrix[i, j] <= stage.matrix[i - 1 : i + 2, j - 1 : j + 2].min() + 1e-5
    assert stage.label == f"Add anchor {i} ↔ {j}"
    assert stage.view.selected == anchor.id


def test_dragging_an_anchor_previews_then_makes_one_step(stage: Stage) -> None:
    made, new = edits.add_anchor(Constraints(), 100 / RATE, 120 / RATE)
    stage.set(made)
    steps = len(stage.document.steps)
    stage.drag(stage.pixel(100, 120), stage.pixel(110, 150), stage.pixel(110, 90))
    assert len(stage.document.steps) == steps + 1
    (anchor,) = stage.constraints.anchors
    assert anchor.id == new
    assert (anchor.a * RATE, anchor.b * RATE) == pytest.approx((110, 90), abs=3.01)
    assert stage.previews
    assert stage.label == f"Move anchor {round(anchor.a * RATE)} ↔ {round(anchor.b * RATE)}"
    stage.document.undo()
    assert stage.constraints.anchors == made.anchors
    assert stage.view.selected == new


def test_moves_are_told_at_most_once_a_frame(stage: Stage, qtbot: QtBot) -> None:
    made, _ = edits.add_anchor(Constraints(), 100 / RATE, 120 / RATE)
    stage.set(made)
    QTest.mousePress(stage.view, LEFT, NONE, stage.pixel(100, 120))
    for k in range(200):
        QTest.mouseMove(stage.view, stage.pixel(100, 120) + QPoint(0, 5 + k % 40))
    told = len(stage.previews)
    assert 1 <= told < 100
    last = stage.view.constraints
    qtbot.waitUntil(lambda: stage.previews[-1] is last, timeout=1000)
    QTest.mouseRelease(stage.view, LEFT, NONE, stage.pixel(100, 120))


def test_escape_leaves_everything_as_it_was(stage: Stage) -> None:
    made, _ = edits.add_anchor(Constraints(), 100 / RATE, 120 / RATE)
    stage.set(made)
    QTest.mousePress(stage.view, LEFT, NONE, stage.pixel(100, 120))
    QTest.mouseMove(stage.view, stage.pixel(100, 160))
    assert stage.document.previewing
    QTest.keyClick(stage.view, Qt.Key.Key_Escape)
    assert stage.abandoned == 1
    assert not stage.document.previewing
    QTest.mouseMove(stage.view, stage.pixel(100, 180))
    QTest.mouseRelease(stage.view, LEFT, NONE, stage.pixel(100, 180))
    assert stage.constraints is made
    assert stage.view.constraints is made


def test_undo_during_a_drag_ends_it(stage: Stage) -> None:
    made, _ = edits.add_anchor(Constraints(), 100 / RATE, 120 / RATE)
    stage.set(made)
    QTest.mousePress(stage.view, LEFT, NONE, stage.pixel(100, 120))
    QTest.mouseMove(stage.view, stage.pixel(100, 160))
    stage.document.undo()
    QTest.mouseMove(stage.view, stage.pixel(100, 180))
    QTest.mouseRelease(stage.view, LEFT, NONE, stage.pixel(100, 180))
    assert stage.constraints.empty
    assert stage.document.redo_label == "set"


def test_an_anchor_stops_at_its_neighbours(stage: Stage) -> None:
    c, first = edits.add_anchor(Constraints(), 50 / RATE, 60 / RATE)
    c, second = edits.add_anchor(c, 100 / RATE, 120 / RATE)
    c, third = edits.add_anchor(c, 150 / RATE, 180 / RATE)
    stage.set(c)
    stage.drag(stage.pixel(100, 120), stage.pixel(180, 230))
    moved = stage.constraints.find(second)
    last = stage.constraints.find(third)
    assert moved is not None
    assert last is not None
    assert moved.a <= last.a
    assert moved.b <= last.b
    assert [k.id for k in stage.constraints.anchors] == [first, second, third]


def test_shift_frees_from_the_grid(stage: Stage) -> None:
    stage.view.set_tool("anchor")
    at = stage.pixel(80, 40) + QPoint(1, 0)
    QTest.mouseClick(stage.view, LEFT, SHIFT, at)
    (anchor,) = stage.constraints.anchors
    view = stage.view.view
    assert anchor.a == pytest.approx((view.u(at.x()) - 0.5) / RATE, abs=1e-9)
    assert anchor.b == pytest.approx((view.v(at.y()) - 0.5) / RATE, abs=1e-9)
    assert abs(anchor.a * RATE - round(anchor.a * RATE)) > 0.01


def test_snapping_takes_local_minima_only_and_markers_first(stage: Stage) -> None:
    scene = stage.view.scene
    cost = stage.view._cost
    assert scene is not None
    assert cost is not None
    rng = np.random.default_rng(1)
    found = 0
    for _ in range(300):
        at = QPointF(stage.pixel(rng.integers(2, N - 2), rng.integers(2, M - 2)))
        cell = snap_cell(scene, cost, at)
        if cell is None:
            continue
        found += 1
        i, j = cell
        around = stage.matrix[max(i - 1, 0) : i + 2, max(j - 1, 0) : j + 2]
        assert stage.matrix[i, j] <= around.min() + 1e-4
        assert np.hypot(scene.view.x(i + 0.5) - at.x(), scene.view.y(j + 0.5) - at.y()) < 9
    assert 0 < found < 300
    stage.playback.seek(81.5 / RATE, 0.0)
    assert stage.view.snap(QPointF(stage.pixel(81, 200)), False).a == 81.5 / RATE


def test_p_pins_the_frames_that_are_seen_not_the_moment_between_two(stage: Stage) -> None:
    stage.playback.seek(40.7 / RATE, 48.6 / RATE)
    assert (stage.playback.a_frame, stage.playback.b_frame) == (40, 48)
    QTest.keyClick(stage.view, Qt.Key.Key_P)
    [anchor] = stage.constraints.anchors
    assert (anchor.a, anchor.b) == (pytest.approx(40 / RATE), pytest.approx(48 / RATE))
    assert stage.label == "Add anchor 40 ↔ 48"


def test_keys_alone_add_move_walk_and_remove(stage: Stage) -> None:
    stage.playback.seek(40 / RATE, 48 / RATE)
    QTest.keyClick(stage.view, Qt.Key.Key_P)
    first = stage.view.selected
    stage.playback.seek(120 / RATE, 140 / RATE)
    QTest.keyClick(stage.view, Qt.Key.Key_P)
    second = stage.view.selected
    assert [(round(k.a * RATE), round(k.b * RATE)) for k in stage.constraints.anchors] == [(40, 48), (120, 140)]
    QTest.keyClick(stage.view, Qt.Key.Key_Left, CONTROL)
    assert stage.view.selected == first
    assert stage.playback.a_frame == 40
    QTest.keyClick(stage.view, Qt.Key.Key_Right, CONTROL)
    assert stage.view.selected == second
    QTest.keyClick(stage.view, Qt.Key.Key_Up, ALT)
    QTest.keyClick(stage.view, Qt.Key.Key_Down, ALT | SHIFT)
    assert stage.constraints.anchors[1].b == pytest.approx((140 + 1 - 10) / RATE)
    QTest.keyClick(stage.view, Qt.Key.Key_Delete)
    assert [k.id for k in stage.constraints.anchors] == [first]
    assert stage.label == "Remove anchor 120 ↔ 131"
    assert stage.view.selected is None
    stage.document.undo()
    assert stage.view.selected == second


def test_selection_is_told_and_taken(stage: Stage) -> None:
    c, new = edits.add_anchor(Constraints(), 100 / RATE, 120 / RATE)
    stage.set(c)
    told: list[object] = []
    stage.view.anchor_selected.connect(told.append)
    QTest.mouseClick(stage.view, LEFT, NONE, stage.pixel(100, 120) + QPoint(4, 3))
    QTest.mouseClick(stage.view, LEFT, NONE, stage.pixel(30, 200))
    stage.view.select_anchor(new)
    assert told == [new, None, new]
    assert "Selected: A 0:04.000, B 0:04.800" in stage.view.accessibleDescription()


# -- odds ------------------------------------------------------------------------------------------


def test_nothing_to_show_says_what_to_do_and_survives_every_slot(qtbot: QtBot) -> None:
    document, jobs = Document(), Jobs()
    view = CostMatrixView(document, Playback(document), jobs)
    qtbot.addWidget(view)
    view.show()
    for call in (view.add_anchor_here, view.delete_selected, view.fit, view.zoom_in, view.zoom_to_selection):
        call()
    view.select_next(1)
    view.nudge_selected(1)
    QTest.mouseDClick(view, LEFT, NONE, QPoint(50, 50))
    QTest.mouseClick(view, LEFT, NONE, QPoint(50, 50))
    assert "once A and B are aligned" in view.accessibleDescription()
    assert not view.grab().isNull()
    jobs.close()


def test_marks_margins_window_and_both_themes_are_drawn(stage: Stage, qtbot: QtBot) -> None:
    view = stage.view
    c, _ = edits.add_anchor(Constraints(), 20 / RATE, 24 / RATE)
    c, _ = edits.add_anchor(c, 100 / RATE, 120 / RATE, kind="jump", a_end=110 / RATE, b_end=120 / RATE)
    al = stage.document.session.alignment
    assert al is not None
    assert al.path is not None
    c = edits.forbid(edits.lock(c, al.path, 2.0, 3.0), 1, 2, 6, 8)
    plain = view.grab().toImage()
    stage.set(c)
    marked = view.grab().toImage()
    assert marked != plain
    rows = np.arange(N)
    lo, hi = np.clip(rows - 30, 0, M).astype(np.intp), np.clip(rows + 60, 0, M).astype(np.intp)
    view.set_window_source(lambda _al: (lo, hi))
    qtbot.waitUntil(lambda: view._window is not None)
    shaded = view.grab().toImage()
    outside, inside = stage.pixel(10, 220), stage.pixel(150, 160)
    ratio = shaded.devicePixelRatio()
    assert shaded.pixelColor(outside * ratio).lightness() < marked.pixelColor(outside * ratio).lightness()
    assert shaded.pixelColor(inside * ratio) == marked.pixelColor(inside * ratio)
    before = view.view.rect.width()
    for side in ("a", "b"):
        view.set_margins(side, "thumbnails", [np.full((36, 64, 3), k, np.uint8) for k in range(0, 250, 50)])
        view.set_margins(side, "curve", np.random.default_rng(0).random(N if side == "a" else M))
        view.set_margins(side, "waveform", np.tile([-1.0, 1.0], (100, 1)))
    assert view.view.rect.width() < before
    dark = view.grab().toImage()
    theme().choose("light")
    try:
        assert view.grab().toImage() != dark
    finally:
        theme().choose("system")


def test_words_for_times_and_steps() -> None:
    assert [time_text(t) for t in (0, 4.2, 65.0005, 3661.5, -0.25)] == [
        "0:00.000", "0:04.200", "1:05.000", "1:01:01.500", "−0:00.250",
    ]  # fmt: skip
    assert [tick_step(span, 10) for span in (9.0, 11.0, 40.0, 99.0, 100.1)] == [1, 2, 5, 10, 20]
