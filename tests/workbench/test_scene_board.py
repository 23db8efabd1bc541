"""What the Match board shows of a scene made by hand; nothing is detected and nothing solved."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from match_scenes import scene as made_scene
from syncline.edits import links as edits
from syncline.model import Box, Session
from syncline_workbench.document import Document
from syncline_workbench.theme import theme
from syncline_workbench.views.scene_board import SceneBoard
from syncline_workbench.views.scene_pick import Pick
from workbench.scene_stage import CONTROL, DOG, LEFT, MIDDLE, NONE, WOMAN, Stage, matched


@pytest.fixture
def stage(qtbot: QtBot, tmp_path: Path) -> Stage:
    return Stage(qtbot, tmp_path)


# -- what is shown ---------------------------------------------------------------------------------


def test_picture_boxes_chips_and_curves_are_where_they_belong(stage: Stage) -> None:
    out = stage.board.layout_now
    image = stage.grab()
    # The red square of the picture, inside the box around it and away from lines and label.
    assert image.pixelColor(stage.at(230, 170)).red() > 200
    assert image.pixelColor(stage.at(180, 50)).red() < 60
    assert set(out.boxes) == {1, 2, 3}
    assert out.boxes[DOG].topLeft().toPoint() == stage.at(200, 90)
    assert [c.text for c in out.chips] == ["A", "tall woman", "throws", "a", "ball", "to", "her", "dog", "again", "."]
    assert {c.strand.pair for c in out.curves} == {(1, stage.phrase("tall woman")), (2, stage.phrase("dog"))}
    for curve in out.curves:
        chip, box = out.chip_of(curve.strand.b), out.boxes[curve.strand.a]
        assert chip is not None
        assert curve.at(0).y() == pytest.approx(box.bottom())
        assert box.left() <= curve.at(0).x() <= box.right()
        assert curve.at(1).y() == pytest.approx(chip.rect.top())
        assert chip.rect.left() <= curve.at(1).x() <= chip.rect.right()
    # Chips neither overlap one another nor the picture.
    rects = [c.rect for c in out.chips]
    assert not any(x.intersects(y) for k, x in enumerate(rects) for y in rects[:k])
    assert min(r.top() for r in rects) > stage.board.view.place.bottom()


def test_a_caption_of_more_lines_moves_the_picture_with_its_boxes(stage: Stage) -> None:
    stage.grab()
    before = stage.board.view.place
    first = stage.scene.captions[0]
    longer = replace(first, text=first.text + " and again" * 20)
    stage.document.replace(stage.document.session.with_scene(stage.scene.with_caption(longer)), "longer")
    image = stage.grab()
    assert stage.board.view.place != before
    # A pixel inside the red square's edge, and one beside it.
    for x, y, red in ((202, 150, True), (298, 150, True), (250, 188, True), (250, 92, True), (195, 150, False)):
        assert (image.pixelColor(stage.at(x, y)).red() > 200) == red, (x, y)


def test_a_picture_without_a_caption_asks_for_one(stage: Stage) -> None:
    button = stage.board.findChild(QPushButton)
    assert button is not None
    assert not button.isVisible()
    bare = replace(stage.scene, captions=())
    stage.document.replace(Session(scenes=(bare,), scene=1), "bare")
    assert button.isVisible()
    assert stage.board.layout_now.strip.contains(button.geometry())
    with stage.qtbot.waitSignal(stage.board.caption_wanted):
        QTest.mouseClick(button, LEFT)
    stage.document.replace(Session(), "closed")
    assert not button.isVisible()


def test_labels_never_overlap_however_close_the_boxes(stage: Stage) -> None:
    rng = np.random.default_rng(3)
    corners = rng.uniform((0, 0), (330, 140), (30, 2))
    scene = stage.scene.with_objects([])
    many = scene
    for x, y in corners:
        many, _ = edits.add_object(many, made_scene([("x", (x, y, x + 60, y + 50))]).objects[0].box, "thing")
    stage.document.replace(stage.document.session.with_scene(many), "many")
    tags = [t.rect for t in stage.board.layout_now.tags.values()]
    assert len(tags) == 30
    shared = [x.intersected(y) for k, x in enumerate(tags) for y in tags[:k] if x.intersects(y)]
    assert not [r for r in shared if r.width() > 0.01 and r.height() > 0.01]
    window = stage.board.view.window
    assert all(window.contains(t) for t in tags)


def test_colours_differ_and_stay_when_an_object_goes(stage: Stage) -> None:
    before = stage.board.layout_now.hues
    assert len(set(before.values())) == 3
    stage.document.replace(stage.document.session.with_scene(edits.delete_objects(stage.scene, [1])), "delete")
    after = stage.board.layout_now.hues
    assert after == {k: before[k] for k in (2, 3)}


def test_soft_plans_show_all_above_the_threshold_thicker_for_more(stage: Stage) -> None:
    stage.session(stage.scene, {(0, 0)}, {(0, 0): 0.5, (1, 0): 0.25, (2, 1): 0.01})
    strands = {c.strand.pair: c.strand for c in stage.board.layout_now.curves}
    woman = stage.phrase("tall woman")
    assert {p: s.state for p, s in strands.items()} == {(1, woman): "chosen", (2, woman): "soft"}
    assert strands[1, woman].strength == 1.0
    assert strands[2, woman].strength == 0.5
    stage.board.set_soft_threshold(0.6)
    assert {c.strand.pair for c in stage.board.layout_now.curves} == {(1, woman)}
    stage.board.set_soft_threshold(0.01)
    assert len(stage.board.layout_now.curves) == 3


def test_what_another_method_would_link_shows_beside(stage: Stage) -> None:
    other = matched(stage.scene, {}, {(0, 0), (2, 1)}, id=2)
    session = stage.document.session.with_match(other, show=False)
    stage.document.replace(replace(session, compared=2), "compare")
    strands = {c.strand.pair: c.strand for c in stage.board.layout_now.curves}
    woman, dog = stage.phrase("tall woman"), stage.phrase("dog")
    assert {p: (s.state, s.alone) for p, s in strands.items()} == {
        (1, woman): ("chosen", False),
        (2, dog): ("chosen", True),
        (3, dog): ("other", False),
    }


def test_links_of_what_is_gone_are_not_drawn(stage: Stage) -> None:
    # The matching is still that of the scene before the edit.
    gone = edits.delete_objects(edits.delete_phrase(stage.scene, stage.phrase("dog")), [1])
    stage.document.replace(stage.document.session.with_scene(gone), "gone")
    assert stage.board.layout_now.curves == []
    stage.grab()


def test_curves_to_lower_rows_cross_no_chip(qtbot: QtBot, tmp_path: Path) -> None:
    text = " ".join(f"some [thing{k}] stands behind" for k in range(9))
    stage = Stage(qtbot, tmp_path, text, size=(620, 620))
    stage.session(stage.scene, {(0, 8), (1, 7), (1, 6), (2, 5), (0, 0)})
    out = stage.board.layout_now
    tops = sorted({c.rect.top() for c in out.chips})
    assert len(tops) >= 3
    assert len({c.strand.b for c in out.curves}) == 5
    for curve in out.curves:
        line = [curve.at(k / 400) for k in range(401)]
        own = {id(c) for c in out.chips if c.phrase == curve.strand.b}
        others = [c.rect.adjusted(3, 3, -3, -3) for c in out.chips if id(c) not in own]
        assert not any(r.contains(p) for r in others for p in line)


# -- hover and selection ---------------------------------------------------------------------------


def test_hovering_a_chip_fades_all_that_has_nothing_to_do_with_it(stage: Stage, qtbot: QtBot) -> None:
    QTest.mouseMove(stage.board, stage.word("dog"))
    dog = stage.phrase("dog")
    assert stage.hovers == [Pick(phrase=dog)]
    qtbot.waitUntil(lambda: stage.board.rest < 0.25)
    layout, look = stage.board.layout_now, stage.board.look()
    assert stage.board.over(layout, look) == {("a", 2), ("b", dog), ("link", (2, dog))}
    # The box that fades lets the picture through, the other doesn't.
    line = stage.at(90, 20)
    faded = stage.grab().pixelColor(line)
    QTest.mouseMove(stage.board, QPoint(3, 3))
    assert stage.hovers[-1] is None
    qtbot.waitUntil(lambda: stage.board.rest == 1.0)
    assert stage.grab().pixelColor(line).blue() > faded.blue() + 60


def test_clicks_select_box_chip_and_link_and_nothing(stage: Stage) -> None:
    dog, woman = stage.phrase("dog"), stage.phrase("tall woman")
    stage.click(stage.at(250, 170))
    stage.click(stage.word("woman"))
    stage.click(stage.middle((2, dog)))
    stage.click(QPoint(3, 3))
    assert stage.picks == [Pick(object=2), Pick(phrase=woman), Pick(2, dog), None]
    assert stage.labels == []


def test_another_views_selection_is_taken_without_an_echo_of_its_own(stage: Stage) -> None:
    stage.board.select(Pick(object=3))
    assert stage.picks == [Pick(object=3)]
    stage.board.select(Pick(object=3))
    stage.board.select(Pick(object=77))
    assert stage.picks == [Pick(object=3)]
    stage.document.replace(stage.document.session.with_scene(edits.delete_objects(stage.scene, [3])), "gone")
    assert stage.picks[-1] is None


# -- zoom ------------------------------------------------------------------------------------------


def test_control_wheel_zooms_at_the_mouse_and_f_fits(stage: Stage) -> None:
    spot = stage.at(250, 120)
    before = stage.board.view.to_picture(QPointF(spot))
    stage.wheel(spot, QPoint(0, 360), CONTROL)
    assert stage.board.view.factor == pytest.approx(2.0)
    assert stage.board.view.to_picture(QPointF(spot)) == pytest.approx(before, abs=0.5)
    held = stage.board.view.to_picture(QPointF(400, 200))
    stage.drag(QPoint(400, 200), QPoint(380, 190), MIDDLE)
    assert stage.board.view.to_picture(QPointF(380, 190)) == pytest.approx(held, abs=0.5)
    stage.grab()
    # Edits at this zoom are in the picture's pixels.
    stage.drag(stage.at(200, 150), stage.at(210, 145))
    assert stage.box(DOG) == pytest.approx((210, 85, 310, 185), abs=1)
    stage.key(Qt.Key.Key_F)
    assert stage.board.view.fitted


def test_while_many_links_move_labels_ride_on_their_boxes(qtbot: QtBot, tmp_path: Path) -> None:
    stage = Stage(qtbot, tmp_path, " ".join(f"[thing{k}] and" for k in range(12)))
    # The woman's label gives way to the dog's, as long as there is no room between the corners.
    near = [replace(o, box=Box(24, 26, 120, 180)) if o.id == DOG else o for o in stage.scene.objects]
    weights = {(i, j): 0.3 + 0.01 * (12 * i + j) for i in range(3) for j in range(12)}
    stage.session(replace(stage.scene, objects=tuple(near)), {(0, 0)}, weights)

    def place() -> tuple[float, float]:
        out = stage.board.layout_now
        return (out.tags[WOMAN].rect.topLeft() - out.boxes[WOMAN].topLeft()).toTuple()

    before = place()
    stage.wheel(stage.at(20, 20), QPoint(0, 1080), CONTROL)
    assert place() == pytest.approx(before)
    assert len(stage.board.layout_now.curves) < 36
    qtbot.waitUntil(lambda: len(stage.board.layout_now.curves) == 36)
    assert place() != pytest.approx(before, abs=5)


def test_a_caption_too_long_for_its_strip_scrolls(qtbot: QtBot, tmp_path: Path) -> None:
    stage = Stage(qtbot, tmp_path, "[start] " + " ".join(f"word{k}" for k in range(250)) + " [end] .", size=(700, 420))
    out = stage.board.layout_now
    assert out.scroll > 0
    last = out.chips[-1].rect
    assert not out.strip.contains(last)
    for _ in range(60):
        stage.wheel(out.strip.center().toPoint(), QPoint(0, -240))
    assert stage.board.layout_now.strip.contains(stage.board.layout_now.chips[-1].rect)
    stage.grab()


# -- the whole -------------------------------------------------------------------------------------


def test_without_a_scene_there_is_a_sentence_and_nothing_breaks(qtbot: QtBot) -> None:
    board = SceneBoard(Document())
    qtbot.addWidget(board)
    board.show()
    QTest.mouseClick(board, LEFT, NONE, QPoint(50, 50))
    for key in (Qt.Key.Key_L, Qt.Key.Key_Return, Qt.Key.Key_Right, Qt.Key.Key_P):
        QTest.keyClick(board, key)
    board.grab()
    assert board.accessibleDescription() == "No picture is open."


def test_a_picture_that_is_gone_is_said(qtbot: QtBot, tmp_path: Path) -> None:
    stage = Stage(qtbot, tmp_path)
    lost = replace(stage.scene, picture=replace(stage.scene.picture, path=tmp_path / "lost.png"))
    stage.document.replace(stage.document.session.with_scene(lost), "lost")
    qtbot.waitUntil(lambda: bool(stage.board.failure))
    assert "lost.png" in stage.board.failure


def test_both_themes_draw_their_own_stage(stage: Stage) -> None:
    before = theme().choice
    try:
        grounds = []
        for name in ("dark", "light"):
            theme().choose(name)
            grounds.append(stage.grab().pixelColor(3, 200).lightness())
        assert grounds[0] < 60 < 180 < grounds[1]
    finally:
        theme().choose(before)
