"""A Match board on a document of its own, wired as the window wires it, and the hand that works on it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from match_scenes import scene as made_scene
from syncline.media.pictures import open_picture
from syncline.model import (
    CaptionMatch,
    Matching,
    MatchRecipe,
    NamedMatch,
    Scene,
    SceneMatch,
    Session,
    Similarity,
)
from syncline_workbench.document import Document
from syncline_workbench.views.scene_board import SceneBoard
from syncline_workbench.views.scene_pick import Pick

LEFT, MIDDLE, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.KeyboardModifier.NoModifier
SHIFT, ALT, CONTROL = (
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ControlModifier,
)
OBJECTS = (
    ("person", (20, 20, 160, 190), 0.98),
    ("dog", (200, 90, 300, 190), 0.71),
    ("ball", (320, 140, 370, 190), 0.64),
)
TEXT = "A [tall woman] throws a ball to her [dog] again ."
DOG, WOMAN, BALL = 2, 1, 3


def matched(
    scene: Scene, weights: dict[tuple[int, int], float], chosen: set[tuple[int, int]], id: int = 1
) -> NamedMatch:
    """A matching by rows and columns: weights as given, similarity 0.9 where chosen and 0.1 else."""
    captions = []
    for k, caption in enumerate(scene.captions):
        shape = len(scene.active), len(caption.phrases)
        values, plan = np.full(shape, 0.1), np.zeros(shape)
        pairs = sorted(chosen) if k == 0 else []
        for i, j in pairs:
            values[i, j], plan[i, j] = 0.9, 1.0
        for (i, j), w in weights.items() if k == 0 else ():
            plan[i, j] = w
        s = Similarity(values, a_ids=tuple(o.id for o in scene.active), b_ids=tuple(p.id for p in caption.phrases))
        array = np.array(pairs, np.intp).reshape(-1, 2)
        m = Matching("made", s, plan, array, np.zeros(len(array), bool), 0.0, np.zeros(shape[0]), np.zeros(shape[1]))
        captions.append(CaptionMatch(caption.id, s, m, None, m, tuple((j,) for j in range(shape[1]))))
    match = SceneMatch(scene, MatchRecipe(), captions[0].similarity, tuple(captions), 0.5)
    return NamedMatch(id, scene.id, match)


class Stage:
    """A board wired as the window wires it."""

    def __init__(self, qtbot: QtBot, folder: Path, *texts: str, size: tuple[int, int] = (900, 560)) -> None:
        file = folder / "made.png"
        pixels = np.full((200, 400, 3), 40, np.uint8)
        pixels[90:190, 200:300] = (0, 0, 255)
        cv2.imwrite(str(file), pixels)
        scene = replace(made_scene(OBJECTS, *(texts or (TEXT, "Only a [ball] ."))), picture=open_picture(file))
        self.document = Document()
        self.session(scene, {(0, 0), (1, 1)})
        self.board = board = SceneBoard(self.document)
        qtbot.addWidget(board)
        self.qtbot = qtbot
        self.previews: list[Scene] = []
        self.labels: list[str] = []
        self.picks: list[Pick | None] = []
        self.hovers: list[Pick | None] = []
        self.refusals: list[str] = []
        self.abandoned = 0
        board.scene_previewed.connect(self._preview)
        board.scene_committed.connect(self._commit)
        board.scene_abandoned.connect(self._abandon)
        board.selected.connect(self.picks.append)
        board.hovered.connect(self.hovers.append)
        board.refused.connect(self.refusals.append)
        board.caption_chosen.connect(self._caption)
        board.resize(*size)
        with qtbot.waitActive(board):
            board.show()
            board.activateWindow()
        board.setFocus()
        qtbot.waitUntil(lambda: board.picture_ready)

    def session(self, scene: Scene, chosen: set[tuple[int, int]], weights: dict[tuple[int, int], float] | None = None):
        named = matched(scene, weights or {}, chosen)
        caption = scene.captions[0].id
        self.document.replace(
            Session(scenes=(scene,), scene=1, caption=caption, matchings=(named,), shown_match=1), "set"
        )

    def _preview(self, scene: Scene) -> None:
        self.previews.append(scene)
        self.document.preview(self.document.session.with_scene(scene))

    def _commit(self, scene: Scene, label: str) -> None:
        self.labels.append(label)
        self.document.replace(self.document.session.with_scene(scene), label)

    def _abandon(self) -> None:
        self.abandoned += 1
        self.document.preview(None)

    def _caption(self, id: int) -> None:
        self.document.replace(replace(self.document.session, caption=id), "caption")

    @property
    def scene(self) -> Scene:
        found = self.document.session.active_scene
        assert found is not None
        return found

    def phrase(self, text: str) -> int:
        return next(p.id for p in self.scene.phrases if self.scene.phrase_text(p.id) == text)

    def box(self, id: int) -> tuple[float, ...]:
        found = self.scene.object(id)
        assert found is not None
        return found.box.corners

    def at(self, x: float, y: float) -> QPoint:
        """A place in the picture."""
        return self.board.view.to_widget(x, y).toPoint()

    def word(self, text: str) -> QPoint:
        words = [w for c in self.board.layout_now.chips for w in c.words if w.token.text == text]
        return words[0].rect.center().toPoint()

    def middle(self, pair: tuple[int, int]) -> QPoint:
        curve = self.board.layout_now.curve_of(pair)
        assert curve is not None
        return curve.at(0.5).toPoint()

    def click(self, at: QPoint, mods: Qt.KeyboardModifier = NONE) -> None:
        QTest.mouseClick(self.board, LEFT, mods, at)

    def drag(self, start: QPoint, end: QPoint, button: Qt.MouseButton = LEFT, release: bool = True) -> None:
        QTest.mousePress(self.board, button, NONE, start)
        for share in (0.1, 0.5, 0.9, 1.0):
            QTest.mouseMove(self.board, (QPointF(start) + (QPointF(end) - QPointF(start)) * share).toPoint())
        if release:
            QTest.mouseRelease(self.board, button, NONE, end)

    def key(self, key: Qt.Key, mods: Qt.KeyboardModifier = NONE) -> None:
        QTest.keyClick(self.board, key, mods)

    def wheel(self, at: QPoint, turn: QPoint, mods: Qt.KeyboardModifier = NONE) -> None:
        event = QWheelEvent(
            QPointF(at), self.board.mapToGlobal(QPointF(at)), QPoint(), turn, Qt.MouseButton.NoButton, mods,
            Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(self.board, event)

    def field(self) -> QLineEdit:
        (field,) = [f for f in self.board.findChildren(QLineEdit) if f.isVisible()]
        return field

    def grab(self) -> QImage:
        return self.board.grab().toImage()
