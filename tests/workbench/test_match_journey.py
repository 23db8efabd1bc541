"""The whole journey of a user of Match, with real clicks, drags and keys in the real window."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPlainTextEdit
from pytestqt.qtbot import QtBot

from match_scenes import scene
from syncline.media.pictures import open_picture
from syncline.model import Scene
from syncline.project import load_project, state_digest
from syncline_workbench.dialogs.caption import CaptionDialog
from syncline_workbench.dialogs.export import ExportDialog
from syncline_workbench.main_window import MainWindow
from syncline_workbench.views.scene_pick import Pick
from workbench.journeys import CONTROL, LEFT, NONE, SHIFT, WindowHand, window_of_size
from workbench.test_journey import choose_file, dialog
from workbench.test_main_window import dismiss, harass
from workbench.watchdog import Count, stays_awake

CAPTION = "A small brown dog and a golden dog with a red vest ."


class Hand(WindowHand):
    """The hand on pictures."""

    def __init__(self, qtbot: QtBot, window: MainWindow) -> None:
        super().__init__(qtbot, window)
        self.board = window.match_.board

    def idle(self) -> None:
        self.wait_while(lambda: self.window.matching.busy)

    @property
    def scene(self) -> Scene:
        scene = self.document.session.active_scene
        assert scene is not None
        return scene

    @property
    def linked(self) -> set[tuple[str, str]]:
        match = self.document.session.match
        assert match is not None and match.scene is self.scene
        found: set[tuple[str, str]] = set()
        for link in match.links:
            thing = self.scene.object(link.a)
            assert thing is not None
            found.add((thing.label, self.scene.phrase_text(link.b)))
        return found

    def phrase(self, text: str) -> int:
        return next(p.id for p in self.scene.phrases if self.scene.phrase_text(p.id) == text)

    def word(self, text: str) -> QPoint:
        words = [w for c in self.board.layout_now.chips for w in c.words if w.token.text == text]
        return words[0].rect.center().toPoint()

    def drag(self, start: QPoint, end: QPoint) -> None:
        QTest.mousePress(self.board, LEFT, NONE, start)
        for share in (0.1, 0.4, 0.7, 1.0):
            QTest.mouseMove(self.board, (QPointF(start) + (QPointF(end) - QPointF(start)) * share).toPoint())
        QTest.mouseRelease(self.board, LEFT, NONE, end)


@pytest.fixture
def hand(qtbot: QtBot, qapp: QApplication) -> Iterator[Hand]:
    with window_of_size(qtbot, 1500, 950) as window:
        yield Hand(qtbot, window)


def test_open_detect_match_lock_draw_undo_save_reopen_export(
    hand: Hand, qtbot: QtBot, data: Path, tmp_path: Path
) -> None:
    window, document, board = hand.window, hand.document, hand.board

    # The Match tab, its Open button; what is in the picture is found by itself.
    hand.press("Match")
    assert window.workspace == "match"
    assert not window.docks["panel_sources"].isVisible() and window.docks["panel_history"].isVisible()
    hand.press("Open…")
    choose_file(qtbot, (data / "images" / "us_gov_two_dogs.jpg").resolve())
    qtbot.waitUntil(lambda: document.session.active_scene is not None)
    hand.idle()
    assert {"dog", "person"} <= {o.label for o in hand.scene.active}

    # A caption; it is matched at once.
    hand.key(Qt.Key.Key_T, CONTROL)
    box = dialog(qtbot, CaptionDialog)
    field = box.findChild(QPlainTextEdit)
    QTest.keyClicks(field, CAPTION)
    QTest.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: document.session.match is not None, timeout=60_000)
    hand.idle()
    assert [hand.scene.phrase_text(p.id) for p in hand.scene.phrases] == ["small brown dog", "golden dog", "red vest"]
    before = hand.linked
    assert {("dog", "small brown dog"), ("dog", "golden dog")} <= before
    assert hand.steps()[1:] == [
        "Open us_gov_two_dogs.jpg", f"Detect {len(hand.scene.active)} objects", "Add caption", "Match (Assignment)",
    ]  # fmt: skip

    # A click on a curve selects the link, L locks it.
    match = document.session.match
    assert match is not None
    link = next(x for x in match.links if x.b == hand.phrase("golden dog"))
    curve = board.layout_now.curve_of((link.a, link.b))
    assert curve is not None
    QTest.mouseClick(board, LEFT, NONE, curve.at(0.5).toPoint())
    assert window.match_.pick is not None and window.match_.pick.pair == (link.a, link.b)
    hand.key(Qt.Key.Key_L)
    hand.idle()
    assert hand.scene.constraints.locked == {(link.a, link.b)}
    match = document.session.match
    assert match is not None and any(x.locked and (x.a, x.b) == (link.a, link.b) for x in match.links)
    assert len(hand.steps()) == 6

    # A drag from a box to a word draws a link, which stays whatever else is solved.
    pack = next(o for o in hand.scene.active if o.label == "backpack")
    start = board.view.to_widget(*pack.box.centre).toPoint()
    hand.drag(start, hand.word("vest"))
    hand.idle()
    assert ("backpack", "red vest") in hand.linked
    assert (pack.id, hand.phrase("red vest")) in hand.scene.constraints.locked
    drawn = hand.linked

    # Undo and redo by keys; each edit was one step.
    assert len(hand.steps()) == 7
    hand.key(Qt.Key.Key_Z, CONTROL)
    assert hand.scene.constraints.locked == {(link.a, link.b)}
    hand.key(Qt.Key.Key_Z, CONTROL)
    assert not hand.scene.constraints.locked and hand.linked == before
    hand.key(Qt.Key.Key_Y, CONTROL)
    hand.key(Qt.Key.Key_Z, CONTROL | SHIFT)
    assert hand.linked == drawn

    # Check next goes to what is least sure; K says that the picture is right.
    hand.key(Qt.Key.Key_F8)
    hand.idle()
    assert window.match_.pick is not None
    hand.key(Qt.Key.Key_K)
    assert hand.scene.checked and hand.linked == drawn

    # Save, begin anew, open again.
    project = tmp_path / "dogs.syncline"
    hand.key(Qt.Key.Key_S, CONTROL)
    choose_file(qtbot, project)
    qtbot.waitUntil(lambda: not document.dirty)
    kept = hand.scene
    window.actions_["new"].trigger()
    assert document.session.scenes == ()
    window.show_workspace("warp")
    window.commands.open_files([str(project)])
    qtbot.waitUntil(lambda: document.session.match is not None)
    assert window.workspace == "match", "the project has pictures only"
    hand.idle()
    assert hand.scene == kept and hand.linked == drawn and not document.dirty

    # Export.
    hand.key(Qt.Key.Key_E, CONTROL)
    box = dialog(qtbot, ExportDialog)
    box.choose("links_json")
    box.target.setText(str(tmp_path / "links.json"))
    hand.press("Export", box)
    with qtbot.waitSignal(window.operations.exported, timeout=60_000):
        pass
    text = (tmp_path / "links.json").read_text("utf-8")
    assert json.loads(text) and "red vest" in text and CAPTION in text


def test_pictures_and_recordings_go_to_their_own_workspace(
    hand: Hand, qtbot: QtBot, data: Path, tmp_path: Path
) -> None:
    window = hand.window
    assert window.workspace == "warp"
    window.matching.match_when_ready = False
    window.commands.open_words([str(data / "images" / "us_gov_two_dogs.jpg")])
    qtbot.waitUntil(lambda: window.workspace == "match")
    assert window.pages.currentWidget() is window.match_.pages and hand.board.isVisible()
    hand.press("Warp")
    assert window.workspace == "warp" and window.pages.currentWidget() is window.welcome
    # L shuttles here and locks there; only one of both listens.
    by_name = window.actions_
    assert not by_name["match_lock"].isEnabled() and not by_name["match_lock"].isVisible()
    hand.press("Match")
    assert not by_name["shuttle_on"].isVisible() and not by_name["align"].isVisible()
    # Panels lie where they were left, each workspace by itself.
    window.docks["panel_history"].hide()
    hand.press("Warp")
    assert window.docks["panel_history"].isVisible()
    hand.press("Match")
    assert not window.docks["panel_history"].isVisible()
    window.docks["panel_history"].show()
    hand.idle()


def test_the_examples_open_detected_and_matched(hand: Hand, qtbot: QtBot) -> None:
    window = hand.window
    window.show_workspace("match")
    assert window.match_.welcome.isVisible() and not hand.board.isVisible()
    hand.press("Open the examples", window.match_.welcome)
    qtbot.waitUntil(lambda: len(hand.document.session.matchings) == 3, timeout=120_000)
    hand.idle()
    assert hand.board.isVisible()
    assert {("person", "woman"), ("suit", "orange suit"), ("flag", "flag"), ("shuttle", "shuttle")} == hand.linked
    match = hand.document.session.match
    assert match is not None
    window.match_.select(Pick(match.links[0].a, match.links[0].b))
    hand.key(Qt.Key.Key_N)
    assert window.match_.pick is None and hand.board.picked is None, "ids of another picture mean other things"
    assert hand.scene.picture.path.name == "coffee.png" and ("spoon", "spoon") in hand.linked
    hand.key(Qt.Key.Key_K)
    hand.key(Qt.Key.Key_N)
    hand.key(Qt.Key.Key_N)
    hand.key(Qt.Key.Key_N)
    assert hand.scene.picture.path.name == "chelsea.png", "the checked one is passed over"


def test_a_frame_of_the_video_in_hand_is_matched(hand: Hand, qtbot: QtBot, data: Path) -> None:
    window = hand.window
    clip = data / "video" / "carphone_pristine.mp4"
    window.commands.open_on("a", [str(clip)])
    qtbot.waitUntil(lambda: window.document.session.a is not None, timeout=60_000)
    window.playback.seek_a(1.0)
    frame = window.playback.a_frame
    window.actions_["match_frame"].trigger()
    qtbot.waitUntil(lambda: hand.document.session.active_scene is not None, timeout=60_000)
    hand.idle()
    assert window.workspace == "match" and frame and hand.scene.picture.frame == frame
    assert "person" in {o.label for o in hand.scene.active}
    qtbot.waitUntil(lambda: hand.board.picture_ready)


def test_words_are_worked_on_by_menu_as_soon_as_they_are_selected(hand: Hand, data: Path) -> None:
    window, act = hand.window, hand.window.actions_
    made = replace(scene([], CAPTION), picture=open_picture(data / "images" / "us_gov_two_dogs.jpg"))
    window.matching.add_scenes([made])
    on = ("match_phrase", "match_split", "match_exclude", "match_delete")
    assert not any(act[name].isEnabled() for name in on)

    hand.drag(hand.word("golden"), hand.word("red"))
    assert all(act[name].isEnabled() for name in on)
    act["match_phrase"].trigger()
    assert [hand.scene.phrase_text(p.id) for p in hand.scene.phrases] == ["golden dog with a red"]
    act["match_split"].trigger()
    assert "golden" in [hand.scene.phrase_text(p.id) for p in hand.scene.phrases]
    hand.key(Qt.Key.Key_Escape)
    assert not any(act[name].isEnabled() for name in on)

    # The same by keys: the words, three of them, P.
    hand.board.setFocus()
    hand.key(Qt.Key.Key_Tab)
    hand.key(Qt.Key.Key_Home)
    for _ in range(2):
        hand.key(Qt.Key.Key_Right, SHIFT)
    assert all(act[name].isEnabled() for name in on)
    hand.key(Qt.Key.Key_P)
    assert "A small brown" in [hand.scene.phrase_text(p.id) for p in hand.scene.phrases]


def test_random_clicks_do_no_harm_to_pictures(
    hand: Hand,
    qtbot: QtBot,
    data: Path,
    tmp_path: Path,
    count: Callable[[int, int], int],
    promise: Callable[[int, str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window = hand.window
    broken: list[BaseException] = []
    monkeypatch.setattr(sys, "excepthook", lambda _kind, error, _trace: broken.append(error))
    # Whatever is clicked may be refused; that is no harm.
    window.operations.failed.disconnect()
    for name in ("us_gov_two_dogs.jpg", "us_gov_cyclists.jpg"):
        window.matching.open_paths([str(data / "images" / name)], [CAPTION])
        qtbot.waitUntil(lambda: hand.document.session.match is not None, timeout=60_000)
        hand.idle()
    timer = QTimer()
    timer.timeout.connect(dismiss)
    timer.start(50)
    rng = random.Random(7)
    total = count(400, 20_000)
    for _ in range(total):
        harass(window, rng)
        if rng.random() < 0.2:
            QApplication.processEvents()
            dismiss()
            if window.workspace != "match" and rng.random() < 0.3:
                window.show_workspace("match")
        if broken:
            raise broken[0]
    timer.stop()
    dismiss()
    hand.idle()
    if broken:
        raise broken[0]
    session = hand.document.session
    if session.scenes:
        target = tmp_path / "after.syncline"
        assert window.projects.save(str(target)) is not None
        qtbot.waitUntil(target.exists, timeout=20_000)
        hand.idle()
        assert state_digest(load_project(target).session) == state_digest(hand.document.session)
    promise(20, f"{total} random events on two matched pictures, 0 exceptions, the project opens as it was")


def test_the_window_answers_while_pictures_are_matched(
    hand: Hand, qtbot: QtBot, data: Path, count: Count, promise: Callable[[int, str], None]
) -> None:
    window = hand.window
    window.show_workspace("match")
    window.matching.open_paths([str(data / "images" / "us_gov_cyclists.jpg")], ["Two cyclists on a road ."])
    qtbot.waitUntil(lambda: hand.document.session.match is not None, timeout=60_000)
    hand.idle()

    def trial(attempt: int) -> None:
        matched = len(hand.document.session.matchings)
        window.matching.open_paths([str(data / "images" / "us_gov_two_dogs.jpg")], [CAPTION])
        qtbot.waitUntil(lambda: len(hand.document.session.matchings) > matched, timeout=60_000)
        hand.idle()

    stays_awake(trial, count, promise, "open, detect and match a picture")
