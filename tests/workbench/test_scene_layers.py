"""A board with many links: painted bit by bit, and what stands still only once; the picture is that of one go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QObject, QPoint
from PySide6.QtGui import QImage, QPainter, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from match_scenes import scene as made_scene
from syncline.model import Box, Scene
from syncline_workbench.theme import theme
from syncline_workbench.views.scene_layers import BitByBit, StillLayer
from syncline_workbench.views.scene_layout import Layout, lay_out
from syncline_workbench.views.scene_links import strands
from syncline_workbench.views.scene_paint import Key, Look, paint_boxes, paint_curves, paint_tags
from syncline_workbench.views.scene_paint_chips import meanings, paint_chips
from workbench.scene_stage import LEFT, NONE, Stage

N = 11
SOFT = {(i, j): 0.2 + 0.006 * (37 * (N * i + j) % N**2) for i in range(N) for j in range(N)}


@pytest.fixture
def stage(qtbot: QtBot, tmp_path: Path) -> Stage:
    """Eleven boxes and phrases, all pairs of a soft plan: 121 lines."""
    stage = Stage(qtbot, tmp_path)
    boxes = [(f"thing {k}", (8 + 34 * k, 20 + 9 * (k % 4), 36 + 34 * k, 60 + 9 * (k % 4)), 0.9) for k in range(N)]
    text = " and ".join(f"[phrase{k}]" for k in range(N))
    stage.session(replace(made_scene(boxes, text), picture=stage.scene.picture), {(k, k) for k in range(N)}, SOFT)
    return stage


def at_rest(stage: Stage) -> None:
    stage.grab()
    stage.qtbot.waitUntil(lambda: not stage.board.moving, timeout=20_000)


def pixels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    lines = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return lines[:, : 4 * image.width()].reshape(image.height(), image.width(), 4)[..., :3].astype(int)


def in_one_go(stage: Stage) -> np.ndarray:
    """Everything painted at once on the picture as the board shows it without boxes, words and links."""
    board, scene, match = stage.board, stage.scene, stage.document.session.match
    caption = board.caption
    assert caption is not None
    lines = strands(scene, caption, match, None, board.soft_threshold)
    size, look = (float(board.width()), float(board.height())), Look(ratio=board.devicePixelRatioF())
    layout = lay_out(board.view, scene, caption, lines, size, board.tag_font(), 0.0)
    assert len(layout.curves) == N * N
    picture = QPixmap(board.size() * look.ratio)
    picture.setDevicePixelRatio(look.ratio)
    picture.fill(theme().colours.stage)
    painter = QPainter(picture)
    assert board._levels is not None
    board._levels.paint(painter, board.view.place, board.view.window, look.ratio)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setClipRect(board.view.window)
    paint_boxes(painter, layout, look, board.view.window)
    painter.setClipping(False)
    list(paint_curves(painter, layout, look))
    painter.setClipRect(board.view.window)
    paint_tags(painter, layout, look, board.tag_font())
    painter.setClipping(False)
    paint_chips(painter, layout, look, board.tag_font().family(), meanings(layout))
    painter.end()
    return pixels(picture.toImage())


def test_many_links_come_bit_by_bit_and_make_the_same_picture(stage: Stage) -> None:
    board = stage.board
    stage.grab()
    # At once the chosen ones and the strongest of the others, so that what was done is seen.
    assert board.moving
    assert sum(c.strand.state == "soft" for c in board.layout_now.curves) == 24
    at_rest(stage)
    assert len(board.layout_now.curves) == N * N
    off = np.abs(pixels(stage.grab()) - in_one_go(stage)).max(2)
    # The board puts two layers together, which rounds.
    assert off.max() <= 2


def test_what_happens_meanwhile_is_seen_at_once_and_all_comes_again(stage: Stage) -> None:
    board = stage.board
    stage.grab()
    while not board._filling.active:
        QApplication.processEvents()
    stage.session(stage.scene.with_objects(stage.scene.objects[1:]), {(0, 0)}, {(0, 0): 1.0})
    stage.grab()
    assert not board.moving
    assert set(board.layout_now.boxes) == {o.id for o in stage.scene.objects}
    # What was being painted belongs to no scene any more.
    stage.qtbot.wait(50)
    assert len(board.layout_now.curves) == 1


def test_a_box_in_hand_moves_over_what_stands_still(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    board = stage.board
    at_rest(stage)
    painted: list[set[Key]] = []
    both = board._both
    monkeypatch.setattr(board, "_both", lambda layout, look: (painted.append(set(look.but)), both(layout, look))[1])
    start = board.layout_now.tags[1].rect.center().toPoint()
    QTest.mousePress(board, LEFT, NONE, start)
    for k in range(1, 9):
        QTest.mouseMove(board, start + QPoint(4 + k, 2 * k))
        stage.grab()
    own = {("a", 1)} | {("link", c.strand.pair) for c in board.layout_now.curves if c.strand.a == 1}
    assert len(own) > 2
    assert painted[0] == set() and own <= painted[-1]
    assert len(painted) < 8
    shown = pixels(stage.grab())
    board._still.drop()
    board.update()
    off = np.abs(shown - pixels(stage.grab())).max(2) > 8
    # Only who lies over whom where lines cross may differ.
    assert off.mean() < 0.005
    QTest.mouseRelease(board, LEFT, NONE, start + QPoint(12, 16))
    board.choose(None)
    QTest.mouseMove(board, QPoint(2, 2))
    at_rest(stage)
    stage.qtbot.waitUntil(lambda: board.rest == 1.0)
    assert np.abs(pixels(stage.grab()) - in_one_go(stage)).max() <= 2


def test_a_layer_leaves_out_what_has_moved(stage: Stage) -> None:
    board, asked = stage.board, list[set[Key]]()
    at_rest(stage)
    caption, lines = board.caption, board._strands
    assert caption is not None
    first = board.layout_now
    size = float(board.width()), float(board.height())

    def laid(*moved: int) -> Layout:
        scene: Scene = stage.scene
        for a in moved:
            o = scene.object(a)
            assert o is not None
            x0, y0, x1, y1 = o.box.corners
            box = Box.between(x0 + 1, y0 + 6, x1 + 1, y1 + 6)
            scene = scene.with_objects([replace(p, box=box) if p.id == a else p for p in scene.objects])
        return lay_out(board.view, scene, caption, lines, size, board.tag_font(), 0.0, first)

    still = StillLayer()

    def layer(layout: Layout, light: float = 1.0) -> None:
        still.layer(layout, lines, light, lambda but: (asked.append(set(but)), QPixmap(1, 1))[1])

    layer(laid())
    layer(laid())
    assert asked == [set()]
    layer(laid(3))
    layer(laid(3))
    assert len(asked) == 2 and ("a", 3) in asked[1] and ("a", 5) not in asked[1]
    layer(laid(3, 5))
    assert len(asked) == 3 and asked[2] >= asked[1] | {("a", 5)}
    # Back where it was, it is not on the layer all the same.
    layer(laid(3))
    assert len(asked) == 3 and ("a", 5) in still.loose
    layer(laid(3), 0.5)
    assert len(asked) == 4 and asked[3] == still.loose
    still.drop()
    layer(laid(3))
    assert asked[4] == set()


def test_bit_by_bit_ends_once_and_ends_what_it_drops(qtbot: QtBot) -> None:
    parent = QObject()
    work, log = BitByBit(parent), list[str]()
    work.ended.connect(lambda: log.append("ended"))

    def steps(name: str, count: int) -> Iterator[None]:
        try:
            for _ in range(count):
                yield
            log.append(name)
        finally:
            log.append(f"{name} left")

    work.begin(steps("a", 10**9))
    qtbot.waitUntil(lambda: work.active)
    qtbot.wait(30)
    work.begin(steps("b", 3))
    qtbot.waitUntil(lambda: not work.active)
    assert log == ["a left", "b", "b left", "ended"]
