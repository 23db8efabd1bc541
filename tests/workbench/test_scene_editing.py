"""Edits on the Match board by real presses, drags and keys, of a scene made by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from syncline.model import LinkConstraints
from syncline_workbench.views.scene_paint import badge_spots, handles
from syncline_workbench.views.scene_pick import Pick
from workbench.hands import heard
from workbench.scene_stage import ALT, BALL, DOG, LEFT, NONE, OBJECTS, SHIFT, WOMAN, Stage


@pytest.fixture
def stage(qtbot: QtBot, tmp_path: Path) -> Stage:
    return Stage(qtbot, tmp_path)


# -- links -----------------------------------------------------------------------------------------


def test_drag_from_box_to_phrase_links_in_one_step(stage: Stage) -> None:
    stage.drag(stage.at(345, 165), stage.word("dog"))
    dog = stage.phrase("dog")
    assert stage.scene.constraints.locked == {(BALL, dog)}
    assert stage.labels == ["Link ball ↔ dog"]
    assert stage.board.picked == Pick(BALL, dog)
    assert next(c.strand.state for c in stage.board.layout_now.curves if c.strand.a == BALL) == "locked"
    stage.document.undo()
    assert stage.scene.constraints == LinkConstraints()


def test_drag_to_a_word_that_is_no_phrase_makes_it_one(stage: Stage) -> None:
    stage.drag(stage.at(345, 165), stage.word("ball"))
    assert stage.scene.constraints.locked == {(BALL, stage.phrase("ball"))}
    assert stage.labels == ["Link ball ↔ ball"]


def test_drag_from_chip_up_to_a_box_links_too(stage: Stage) -> None:
    stage.drag(stage.word("dog"), stage.at(90, 150))
    assert stage.scene.constraints.locked == {(WOMAN, stage.phrase("dog"))}


def test_a_link_dropped_nowhere_changes_nothing(stage: Stage) -> None:
    stage.drag(stage.at(345, 165), QPoint(890, 300))
    stage.drag(stage.at(345, 165), stage.word("dog"), release=False)
    stage.grab()
    stage.key(Qt.Key.Key_Escape)
    QTest.mouseRelease(stage.board, LEFT, NONE, stage.word("dog"))
    assert stage.labels == []
    assert stage.scene.constraints == LinkConstraints()


def test_keys_lock_forbid_and_unlink_the_selected_link(stage: Stage) -> None:
    dog = stage.phrase("dog")
    stage.click(stage.middle((DOG, dog)))
    stage.key(Qt.Key.Key_L)
    assert stage.scene.constraints.locked == {(DOG, dog)}
    marks = {c.strand.pair: m for c, m, _ in badge_spots(stage.board.layout_now, stage.board.look())}
    assert marks == {(DOG, dog): "lock"}
    stage.key(Qt.Key.Key_L)
    assert stage.scene.constraints.locked == set()
    stage.key(Qt.Key.Key_X)
    assert stage.scene.constraints.forbidden == {(DOG, dog)}
    assert {c.strand.state for c in stage.board.layout_now.curves if c.strand.a == DOG} == {"forbidden"}
    stage.key(Qt.Key.Key_X)
    stage.key(Qt.Key.Key_Delete)
    assert stage.scene.constraints.forbidden == {(DOG, dog)}
    assert stage.labels == [
        "Lock dog ↔ dog",
        "Unlock dog ↔ dog",
        "Forbid dog ↔ dog",
        "Allow dog ↔ dog",
        "Unlink dog ↔ dog",
    ]


def test_the_forbid_tool_forbids_what_is_dragged(stage: Stage) -> None:
    stage.board.set_tool("forbid")
    stage.drag(stage.at(90, 150), stage.word("dog"))
    assert stage.scene.constraints.forbidden == {(WOMAN, stage.phrase("dog"))}


# -- boxes -----------------------------------------------------------------------------------------


def test_a_box_is_moved_by_its_edge_and_previewed_on_the_way(stage: Stage) -> None:
    stage.drag(stage.at(200, 150), stage.at(230, 130))
    assert stage.box(DOG) == pytest.approx((230, 70, 330, 170), abs=1)
    assert stage.labels == ["Move box dog"]
    assert stage.previews
    assert all(s.object(DOG) != OBJECTS[1] for s in stage.previews)
    assert not stage.document.previewing


def test_labels_keep_their_places_under_the_hand(stage: Stage) -> None:
    def places() -> dict[int, QPointF]:
        out = stage.board.layout_now
        return {a: t.rect.topLeft() - out.boxes[a].topLeft() for a, t in out.tags.items()}

    before = places()
    # Upon the woman's label, where it would have to give way.
    stage.drag(stage.at(200, 150), stage.at(22, 82), release=False)
    assert places() == before
    QTest.mouseRelease(stage.board, LEFT, NONE, stage.at(22, 82))
    tags = [t.rect for t in stage.board.layout_now.tags.values()]
    assert not any(x.intersects(y) for k, x in enumerate(tags) for y in tags[:k])
    assert stage.labels == ["Move box dog"]


def test_a_box_is_moved_no_farther_than_the_picture(stage: Stage) -> None:
    stage.drag(stage.at(300, 150), stage.at(600, 150))
    assert stage.box(DOG)[2] == 400
    assert stage.box(DOG)[0] == 300


def test_a_corner_resizes(stage: Stage) -> None:
    stage.click(stage.at(250, 170))
    corner = handles(stage.board.layout_now.boxes[DOG])[-1, -1].center().toPoint()
    stage.drag(corner, corner + stage.at(180, 60) - stage.at(200, 90))
    assert stage.box(DOG) == pytest.approx((180, 60, 300, 190), abs=1)
    assert stage.labels == ["Resize box dog"]
    # Pulled through the opposite edge it stops short of it.
    edge = handles(stage.board.layout_now.boxes[DOG])[1, 0].center().toPoint()
    stage.drag(edge, stage.at(20, 125))
    x0, _, x1, _ = stage.box(DOG)
    assert x0 == pytest.approx(180, abs=1)
    assert 0 < x1 - x0 < 8


def test_escape_puts_a_box_back(stage: Stage) -> None:
    stage.drag(stage.at(200, 150), stage.at(230, 130), release=False)
    assert stage.document.previewing
    stage.key(Qt.Key.Key_Escape)
    QTest.mouseRelease(stage.board, LEFT, NONE, stage.at(230, 130))
    assert stage.abandoned == 1
    assert not stage.document.previewing
    assert stage.labels == []
    assert stage.board.layout_now.boxes[DOG].left() == pytest.approx(stage.board.view.to_widget(200, 0).x())


def test_undo_under_the_hand_lets_go(stage: Stage) -> None:
    stage.board.select(Pick(object=DOG))
    stage.key(Qt.Key.Key_Right, ALT)
    assert stage.labels == ["Move box dog"]
    stage.drag(stage.at(200, 20 + 150), stage.at(230, 130), release=False)
    stage.document.undo()
    QTest.mouseRelease(stage.board, LEFT, NONE, stage.at(230, 130))
    assert stage.labels == ["Move box dog"]
    assert stage.box(DOG) == (200, 90, 300, 190)


def test_a_new_box_asks_for_its_label_and_is_one_step(stage: Stage) -> None:
    stage.key(Qt.Key.Key_B)
    assert stage.board.tool == "box"
    stage.drag(stage.at(170, 10), stage.at(190, 60))
    assert stage.labels == []
    QTest.keyClicks(stage.field(), "kite")
    QTest.keyClick(stage.field(), Qt.Key.Key_Return)
    assert stage.labels == ["Add box kite"]
    new = stage.scene.objects[-1]
    assert (new.label, new.origin) == ("kite", "drawn")
    assert new.box.corners == pytest.approx((170, 10, 190, 60), abs=1)
    assert stage.board.picked == Pick(object=new.id)
    assert stage.board.layout_now.tags[new.id].drawn
    assert stage.board.tool == "select"


def test_escape_in_the_label_field_makes_no_box(stage: Stage) -> None:
    stage.board.set_tool("box")
    stage.drag(stage.at(170, 10), stage.at(190, 60))
    QTest.keyClick(stage.field(), Qt.Key.Key_Escape)
    assert len(stage.scene.objects) == 3
    assert stage.labels == []
    assert stage.board.hasFocus()


def test_double_click_and_f2_rename(stage: Stage) -> None:
    QTest.mouseDClick(stage.board, LEFT, NONE, stage.at(250, 170))
    assert stage.field().text() == "dog"
    QTest.keyClicks(stage.field(), "puppy")
    QTest.keyClick(stage.field(), Qt.Key.Key_Return)
    assert stage.labels == ["Rename dog → puppy"]
    stage.key(Qt.Key.Key_F2)
    QTest.keyClick(stage.field(), Qt.Key.Key_Escape)
    stage.key(Qt.Key.Key_F2)
    QTest.keyClick(stage.field(), Qt.Key.Key_Return)
    assert stage.labels == ["Rename dog → puppy"]


def test_delete_takes_the_selected_box(stage: Stage) -> None:
    stage.click(stage.at(250, 170))
    stage.key(Qt.Key.Key_Delete)
    assert stage.scene.object(DOG) is None
    assert stage.labels == ["Delete box dog"]
    assert stage.picks[-1] is None


# -- words -----------------------------------------------------------------------------------------


def test_words_dragged_over_become_a_phrase(stage: Stage) -> None:
    told = heard(stage.board.words_selected)
    stage.drag(stage.word("throws"), stage.word("ball"))
    assert told
    assert list(stage.board.words) == [3, 4, 5]
    stage.key(Qt.Key.Key_P)
    assert stage.phrase("throws a ball")
    assert stage.labels == ["Make phrase “throws a ball”"]
    assert [c.text for c in stage.board.layout_now.chips][2] == "throws a ball"


def test_a_phrase_is_split_and_narrowed(stage: Stage) -> None:
    woman = stage.phrase("tall woman")
    QTest.mouseDClick(stage.board, LEFT, NONE, stage.word("woman"))
    stage.key(Qt.Key.Key_P)
    assert stage.scene.phrase_text(woman) == "woman"
    stage.document.undo()
    stage.click(stage.word("woman"))
    stage.key(Qt.Key.Key_S)
    assert {stage.scene.phrase_text(p.id) for p in stage.scene.captions[0].phrases} == {"tall", "woman", "dog"}
    assert stage.labels == ["Make phrase “woman”", "Split “tall woman”"]


def test_words_are_excluded_and_included(stage: Stage) -> None:
    stage.click(stage.word("throws"))
    stage.key(Qt.Key.Key_E)
    assert stage.scene.captions[0].stop == {(13, 19)}
    assert next(c for c in stage.board.layout_now.chips if c.text == "throws").words[0].stop
    stage.click(stage.word("throws"))
    stage.key(Qt.Key.Key_E)
    assert stage.scene.captions[0].stop == set()
    assert stage.labels == ["Exclude “throws”", "Include “throws”"]


def test_splitting_one_word_is_refused_in_words(stage: Stage) -> None:
    stage.click(stage.word("dog"))
    stage.key(Qt.Key.Key_S)
    assert stage.refusals == ["“dog” is one word and can't be split."]
    assert stage.labels == []


def test_captions_are_switched_by_button_and_key(stage: Stage) -> None:
    first, second = (c.id for c in stage.scene.captions)
    stage.click(stage.board.layout_now.switch["next"].center().toPoint())
    assert stage.document.session.caption == second
    assert [c.text for c in stage.board.layout_now.chips] == ["Only", "a", "ball", "."]
    stage.key(Qt.Key.Key_PageDown)
    assert stage.document.session.caption == first


# -- keys alone ------------------------------------------------------------------------------------


def test_tab_walks_boxes_words_links_and_leaves(stage: Stage) -> None:
    woman, dog = stage.phrase("tall woman"), stage.phrase("dog")
    stage.key(Qt.Key.Key_Tab)
    stage.key(Qt.Key.Key_Right)
    assert stage.picks == [Pick(object=1), None, Pick(object=2)]
    stage.key(Qt.Key.Key_Tab)
    assert stage.board.picked is None
    assert list(stage.board.words) == [0]
    stage.key(Qt.Key.Key_Right)
    assert stage.board.picked == Pick(phrase=woman)
    stage.key(Qt.Key.Key_Up)
    assert stage.board.picked == Pick(object=1)
    stage.key(Qt.Key.Key_Down)
    assert stage.board.picked == Pick(phrase=woman)
    stage.key(Qt.Key.Key_Tab)
    stage.key(Qt.Key.Key_Right)
    assert stage.board.picked == Pick(2, dog)
    assert "dog ↔ dog, linked" in stage.board.accessibleDescription()
    assert not stage.board.focusNextPrevChild(True)


def test_the_ring_of_a_link_is_around_its_figure(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    rings: list[QRectF] = []
    monkeypatch.setattr(stage.board, "paint_ring", lambda _, rect: rings.append(rect))
    for _ in range(3):
        stage.key(Qt.Key.Key_Tab)
    stage.key(Qt.Key.Key_L)
    stage.grab()
    (spot,) = [s for c, _, s in badge_spots(stage.board.layout_now, stage.board.look()) if c.strand.state == "locked"]
    assert stage.board.picked is not None
    assert rings[-1].contains(spot)


def test_enter_links_by_keys_the_likeliest_first(stage: Stage) -> None:
    stage.board.select(Pick(object=DOG))
    stage.key(Qt.Key.Key_Return)
    assert stage.board.linking is not None
    assert stage.board.linking.target == ("b", stage.phrase("dog"))
    stage.grab()
    stage.key(Qt.Key.Key_Right)
    assert stage.board.linking.target == ("word", 9)
    stage.key(Qt.Key.Key_Left)
    stage.key(Qt.Key.Key_Return)
    assert stage.scene.constraints.locked == {(DOG, stage.phrase("dog"))}
    assert stage.labels == ["Link dog ↔ dog"]


def test_enter_from_a_word_and_escape(stage: Stage) -> None:
    stage.board.select(Pick(phrase=stage.phrase("dog")))
    stage.key(Qt.Key.Key_Return)
    assert stage.board.linking is not None
    assert stage.board.linking.target == ("a", DOG)
    stage.key(Qt.Key.Key_Escape)
    assert stage.board.linking is None
    stage.key(Qt.Key.Key_Escape)
    assert stage.board.picked is None
    assert stage.labels == []


def test_a_box_is_made_moved_and_sized_by_keys(stage: Stage) -> None:
    stage.key(Qt.Key.Key_B)
    stage.key(Qt.Key.Key_Return)
    QTest.keyClicks(stage.field(), "kite")
    QTest.keyClick(stage.field(), Qt.Key.Key_Return)
    new = stage.scene.objects[-1]
    # A key held down is one step.
    QTest.keyPress(stage.board, Qt.Key.Key_Right, ALT)
    QTest.keyPress(stage.board, Qt.Key.Key_Right, ALT)
    QTest.keyRelease(stage.board, Qt.Key.Key_Right, ALT)
    moved = stage.box(new.id)
    assert moved[0] > new.box.x0
    assert moved[2] - moved[0] == pytest.approx(new.box.width)
    QTest.keyClick(stage.board, Qt.Key.Key_Down, ALT | SHIFT)
    assert stage.box(new.id)[3] > moved[3]
    assert stage.box(new.id)[:3] == moved[:3]
    assert stage.labels == ["Add box kite", "Move box kite", "Resize box kite"]


def test_shift_arrows_select_several_words(stage: Stage) -> None:
    stage.click(stage.word("throws"))
    stage.key(Qt.Key.Key_Right, SHIFT)
    stage.key(Qt.Key.Key_Right, SHIFT)
    assert list(stage.board.words) == [3, 4, 5]
    stage.key(Qt.Key.Key_Left, SHIFT)
    assert list(stage.board.words) == [3, 4]


def test_the_menu_offers_what_fits_the_selection(stage: Stage) -> None:
    def offered() -> list[str]:
        menu = stage.board.make_menu()
        return [a.text().split("\t")[0] for a in menu.actions() if not a.isSeparator()]

    stage.board.select(Pick(2, stage.phrase("dog")))
    assert offered()[:3] == ["Lock", "Forbid", "Unlink"]
    stage.board.lock_selected()
    assert offered()[0] == "Unlock"
    stage.board.select(Pick(object=1))
    assert "Rename…" in offered()
    stage.board.select(Pick(phrase=stage.phrase("dog")))
    assert "Split phrase" in offered()
