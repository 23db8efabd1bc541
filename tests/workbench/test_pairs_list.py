"""The list of pictures, with real clicks and keys."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from syncline.model import NamedMatch, Scene, Session
from syncline_workbench.views.pairs_list import PairsList
from workbench.hands import LEFT, heard, opened, shown
from workbench.match_sessions import make_scene, matched, solve
from workbench.watchdog import Count, longest

Key = Qt.Key


def pictures(folder: Path, count: int = 8) -> Session:
    """Pictures that exist: the first checked, the next two matched."""
    import cv2

    from syncline.media.pictures import open_picture

    scenes: list[Scene] = []
    named: list[NamedMatch] = []
    for k in range(count):
        path = folder / f"picture {k}.png"
        cv2.imwrite(str(path), np.full((60, 80, 3), (0, 0, 200) if k % 2 else (0, 200, 0), np.uint8))
        scene = replace(make_scene(k + 1, checked=k == 0), picture=open_picture(path))
        scenes.append(scene)
        if k < 3:
            named.append(NamedMatch(k + 1, k + 1, solve(scene)))
    return Session(scenes=tuple(scenes), scene=2, caption=10, matchings=tuple(named), shown_match=2)


@pytest.fixture
def pairs(qtbot: QtBot, tmp_path: Path) -> Iterator[PairsList]:
    view = PairsList(opened(pictures(tmp_path)))
    shown(qtbot, view, 260, 400)
    yield view
    view.stop()


def place(view: PairsList, row: int) -> QPoint:
    return view.list.visualRect(view.model.index(row)).center()


def test_pictures_have_a_state(pairs: PairsList) -> None:
    assert [i.state for i in pairs.items()] == ["checked", "matched", "matched", *["untouched"] * 5]
    assert pairs.items()[1].links == 4
    assert pairs.count.text() == "1/8"
    assert "4 links" in pairs.model.index(1).data(Qt.ItemDataRole.AccessibleTextRole)
    assert pairs.list.selectionModel().isSelected(pairs.model.index(1))


def test_small_pictures_are_read_off_the_window(qtbot: QtBot, pairs: PairsList) -> None:
    arrived = heard(pairs.thumbnails.arrived)
    qtbot.waitUntil(
        lambda: all(pairs.thumbnails.get(i.scene.picture) is not None for i in pairs.items()), timeout=60_000
    )
    assert len(arrived) <= 8
    image = pairs.list.viewport().grab().toImage()
    ratio = image.devicePixelRatio()
    for row, colour in ((0, QColor(0, 200, 0)), (1, QColor(200, 0, 0))):
        rect = pairs.list.visualRect(pairs.model.index(row))
        seen = image.pixelColor(int((rect.left() + 20) * ratio), int(rect.center().y() * ratio))
        assert abs(seen.red() - colour.red()) + abs(seen.green() - colour.green()) < 12


def test_a_picture_that_is_gone_is_marked(qtbot: QtBot) -> None:
    view = PairsList(opened(matched()))
    shown(qtbot, view, 260, 200)
    scene = view.items()[0].scene
    qtbot.waitUntil(lambda: view.thumbnails.failed(scene.picture), timeout=60_000)
    assert view.thumbnails.get(scene.picture) is None
    view.stop()


def test_pictures_are_chosen_checked_and_removed(qtbot: QtBot, pairs: PairsList) -> None:
    chosen, checked, removed = heard(pairs.chosen), heard(pairs.check_toggled), heard(pairs.removed)
    qtbot.mouseClick(pairs.list.viewport(), LEFT, pos=place(pairs, 4))
    assert chosen == [(5,)]
    # Only the document says which one is in hand.
    assert pairs.list.selectionModel().isSelected(pairs.model.index(1))
    pairs.list.setFocus()
    qtbot.keyClick(pairs.list, Key.Key_Up)
    qtbot.keyClick(pairs.list, Key.Key_Return)
    assert chosen[-1] == (4,)
    qtbot.keyClick(pairs.list, Key.Key_Space)
    qtbot.keyClick(pairs.list, Key.Key_Home)
    qtbot.keyClick(pairs.list, Key.Key_Space)
    assert checked == [(True, 4), (False, 1)]
    qtbot.keyClick(pairs.list, Key.Key_Delete)
    assert removed == [(1,)]


def test_pictures_are_filtered(qtbot: QtBot, pairs: PairsList) -> None:
    assert pairs.search.isVisible()
    qtbot.keyClicks(pairs.search, "TURE 6")
    assert [i.scene.id for i in pairs.items()] == [7]
    pairs.search.clear()
    pairs.only.setFocus()
    qtbot.keyClick(pairs.only, Key.Key_Down)
    assert [i.state for i in pairs.items()] == ["untouched"] * 5
    qtbot.keyClick(pairs.only, Key.Key_Down)
    assert [i.state for i in pairs.items()] == ["matched"] * 2
    pairs.search.setFocus()
    qtbot.keyClicks(pairs.search, "nowhere to be found")
    assert not pairs.list.isVisible()


def test_the_next_unchecked_picture_is_asked_for(qtbot: QtBot, pairs: PairsList) -> None:
    asked, batch = heard(pairs.next_requested), heard(pairs.match_all_requested)
    qtbot.mouseClick(pairs.next, LEFT)
    qtbot.mouseClick(pairs.match_all, LEFT)
    assert len(asked) == len(batch) == 1
    document = pairs._document  # pyright: ignore[reportPrivateUsage]
    done = tuple(replace(s, checked=True) for s in document.session.scenes)
    document.replace(replace(document.session, scenes=done), "Check all")
    assert not pairs.next.isEnabled() and not pairs.match_all.isEnabled()


def test_a_thousand_pictures_leave_the_window_awake(qtbot: QtBot, count: Count) -> None:
    scenes = tuple(make_scene(k, f"{k}.png") for k in range(1, 5001))
    document = opened(Session(scenes=scenes, scene=1))
    view = PairsList(document)
    shown(qtbot, view, 260, 400)
    qtbot.waitUntil(lambda: view.thumbnails.failed(scenes[0].picture), timeout=60_000)
    began = time.thread_time()
    document.replace(document.session.with_scene(replace(scenes[7], checked=True)), "Check")
    view.grab()
    assert time.thread_time() - began < longest(count)
    # Only what was in sight was asked for.
    assert not view.thumbnails.failed(scenes[3000].picture)
    view.stop()
