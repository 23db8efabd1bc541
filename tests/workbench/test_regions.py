"""Regions of a picture in the window: asked for by keys, drawn by their outlines, linked by hand, one step each."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QInputDialog, QSpinBox
from pytestqt.qtbot import QtBot

from syncline.model import SceneObject
from syncline.project import load_project
from syncline_workbench.views.scene_colours import on_picture
from workbench.test_journey import dialog
from workbench.test_journey import press as press_at_once
from workbench.test_match_journey import CONTROL, LEFT, NONE, SHIFT, Hand, hand  # noqa: F401

CAPTION = "A blue sky over green grass and a road ."


@pytest.fixture
def field(tmp_path: Path) -> Path:
    picture = np.full((300, 480, 3), (230, 120, 20), np.uint8)
    picture[160:] = (40, 160, 40)
    picture[160:, 200:280] = (110, 110, 110)
    cv2.imwrite(str(tmp_path / "field.png"), picture)
    return tmp_path / "field.png"


def find(hand: Hand, qtbot: QtBot, count: int) -> None:  # noqa: F811
    """Ctrl+R, the number typed, Find pressed."""
    hand.key(Qt.Key.Key_R, CONTROL)
    asked = dialog(qtbot, QInputDialog)
    box = asked.findChild(QSpinBox)
    box.selectAll()
    QTest.keyClicks(box, str(count))
    press_at_once(asked, "Find")
    hand.idle()


def place(hand: Hand, x: float, y: float) -> QPoint:  # noqa: F811
    return hand.board.view.to_widget(x, y).toPoint()


def test_find_link_undo_save(hand: Hand, qtbot: QtBot, field: Path, tmp_path: Path) -> None:  # noqa: F811
    window, document, board = hand.window, hand.document, hand.board
    window.matching.match_when_ready = False
    press_at_once(window.toolbar, "Match")
    window.matching.open_paths([str(field)], [CAPTION])
    qtbot.waitUntil(lambda: document.session.active_scene is not None)
    hand.idle()
    qtbot.waitUntil(lambda: board.picture_ready)

    find(hand, qtbot, 3)
    assert len(hand.scene.objects) == 3 and all(o.origin == "region" for o in hand.scene.objects)
    find(hand, qtbot, 4)
    by = {o.label: o for o in hand.scene.objects}
    assert set(by) == {"blue top", "green bottom left", "green bottom right", "grey bottom"}
    assert hand.steps()[-2:] == ["Find 3 regions", "Find 4 regions"]
    hand.key(Qt.Key.Key_Z, CONTROL)
    assert len(hand.scene.objects) == 3
    hand.key(Qt.Key.Key_Y, CONTROL)
    assert {o.label: o for o in hand.scene.objects} == by

    # Its line is within each region's border, in the region's colour; dashed, as it is not matched.
    shown = board.grab().toImage()
    across = int(board.view.to_widget(480, 0).x()) - 1
    seen = {shown.pixelColor(across, y).name() for y in range(place(hand, 0, 170).y(), place(hand, 0, 290).y())}
    assert on_picture(board.layout_now.hues[by["green bottom right"].id]).name() in seen

    # A click within selects; a drag from there to a word links, even one that begins on the label.
    QTest.mouseClick(board, LEFT, NONE, place(hand, 240, 280))
    assert window.match_.pick is not None and window.match_.pick.object == by["grey bottom"].id
    hand.drag(place(hand, 240, 280), hand.word("road"))
    hand.drag(board.layout_now.tags[by["blue top"].id].rect.center().toPoint(), hand.word("sky"))
    hand.idle()
    locked = {(by_id(hand, a).label, hand.scene.phrase_text(b)) for a, b in hand.scene.constraints.locked}
    assert locked == {("grey bottom", "road"), ("blue top", "blue sky")}
    assert [o.box for o in hand.scene.objects] == [o.box for o in by.values()], "nothing was moved"

    # Matched, the lines say so; the project keeps outlines and links.
    hand.key(Qt.Key.Key_Return, CONTROL)
    hand.idle()
    assert hand.linked >= locked
    window.projects.save(str(tmp_path / "p.syncline"))
    hand.idle()
    back = load_project(tmp_path / "p.syncline").session.active_scene
    assert back is not None and back.objects == hand.scene.objects


def by_id(hand: Hand, id: int | None) -> SceneObject:  # noqa: F811
    found = None if id is None else hand.scene.object(id)
    assert found is not None
    return found


def test_regions_go_beside_boxes_and_are_asked_for_in_the_menus(hand: Hand, qtbot: QtBot, field: Path) -> None:  # noqa: F811
    window, document, board = hand.window, hand.document, hand.board
    press_at_once(window.toolbar, "Match")
    assert not window.actions_["find_regions"].isEnabled()
    window.matching.match_when_ready = False
    window.matching.open_paths([str(field)])
    qtbot.waitUntil(lambda: document.session.active_scene is not None)
    hand.idle()
    qtbot.waitUntil(lambda: board.picture_ready)
    menu = window.toolbar.detectors.menu()
    menu.aboutToShow.emit()
    assert window.actions_["find_regions"] in menu.actions()
    window.matching.find_regions(4)
    hand.idle()
    before = hand.scene

    # A box drawn over the sky is taken hold of by its edge; finding again leaves it.
    hand.key(Qt.Key.Key_B)
    hand.drag(place(hand, 100, 40), place(hand, 180, 120))
    QTest.keyClicks(window.focusWidget(), "kite")
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Return)
    (kite,) = [o for o in hand.scene.objects if o.label == "kite"]
    hand.key(Qt.Key.Key_V)
    window.matching.find_regions(2)
    hand.idle()
    kept = [o for o in hand.scene.objects if o.origin != "region"]
    assert kept == [kite] and sum(o.origin == "region" for o in hand.scene.objects) == 2
    assert hand.scene.active != before.active

    # Moved by keys a region becomes a box like any other, without an outline.
    QTest.mouseClick(board, LEFT, NONE, place(hand, 470, 20))
    pick = window.match_.pick
    assert pick is not None and by_id(hand, pick.object).origin == "region"
    QTest.keyClick(board, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier | SHIFT)
    QTest.keyRelease(board, Qt.Key.Key_Alt)
    moved = by_id(hand, pick.object)
    assert (moved.origin, moved.outline, moved.box.x1) == ("drawn", None, 478)


def test_many_regions_zoomed_in_far_have_labels_only_where_they_show(hand: Hand, qtbot: QtBot, data: Path) -> None:  # noqa: F811
    window, board = hand.window, hand.board
    press_at_once(window.toolbar, "Match")
    window.matching.match_when_ready = False
    window.matching.open_paths([str((data / "images" / "us_gov_bus_road.jpg").resolve())])
    qtbot.waitUntil(lambda: window.document.session.active_scene is not None)
    hand.idle()
    window.matching.find_regions(40)
    hand.idle()
    qtbot.waitUntil(lambda: board.picture_ready)
    layout = board.layout_now
    assert len(layout.outlines) == 40 and layout.tags.keys() <= layout.outlines.keys()
    for _ in range(12):
        board.zoom(1.4, board.view.to_widget(450, 380))
    board.grab()
    qtbot.wait(200)
    layout = board.layout_now
    assert layout.tags and len(layout.tags) < 40
    for a, tag in layout.tags.items():
        assert board.view.window.contains(tag.rect.center())
        assert layout.outlines[a].boundingRect().intersects(board.view.window)
