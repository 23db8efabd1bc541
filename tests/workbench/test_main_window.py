"""The real window: every action has its key, keys do what they say, nothing stalls, leaks or breaks."""

from __future__ import annotations

import gc
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDropEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QMenu, QMessageBox, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from clips import make_video
from syncline.project import load_project, state_digest
from syncline_workbench.actions import SPECS
from syncline_workbench.app import create_application
from syncline_workbench.main_window import MainWindow
from syncline_workbench.settings import WORKSPACES, Settings
from syncline_workbench.theme import theme
from workbench.sessions import aligned
from workbench.watchdog import Count, Watchdog, stays_awake

Make = Callable[[], MainWindow]
Qk, Qm = Qt.Key, Qt.KeyboardModifier


@pytest.fixture
def make(qtbot: QtBot) -> Iterator[Make]:
    windows: list[MainWindow] = []

    def build() -> MainWindow:
        settings = Settings()
        settings.theme = "dark"
        create_application(settings)
        window = MainWindow(settings)
        windows.append(window)
        window.resize(1400, 900)
        window.show()
        window.activateWindow()
        with qtbot.waitActive(window):
            pass
        return window

    yield build
    for window in windows:
        if isValid(window):
            window.close_down()
            window.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("clips")
    a, b = folder / "a.mp4", folder / "b.mp4"
    make_video(a, frames=50, fps=25, size=(160, 120))
    make_video(b, frames=60, fps=25, size=(160, 120))
    return a, b


def open_pair(qtbot: QtBot, window: MainWindow, clips: tuple[Path, Path]) -> None:
    window.operations.open_paths([str(p) for p in clips])
    qtbot.waitUntil(lambda: window.document.session.alignment is not None, timeout=60_000)
    qtbot.waitUntil(lambda: not window.jobs.active, timeout=20_000)


# -- the table of actions --------------------------------------------------------------------------


def test_every_action_has_a_menu_and_keys_of_its_own(make: Make) -> None:
    window = make()
    for workspace in WORKSPACES:
        here = [a for spec, a in window.actions_ if spec.workspace in ("", workspace)]
        keys = Counter(key.toString() for action in here for key in action.shortcuts())
        assert [k for k, n in keys.items() if n > 1 or not k] == []

    def inside(menu: QMenu) -> Iterator[str]:
        for action in menu.actions():
            if action.menu() is not None:
                yield from inside(action.menu())
            yield action.objectName()

    in_menus = {name for top in window.menuBar().actions() for name in inside(top.menu())}
    for spec, action in window.actions_:
        assert action.shortcuts(), spec.id
        assert action.statusTip(), spec.id
        assert not action.icon().isNull(), spec.id
        assert spec.id in in_menus
    # No prefix of one is another: Qt would wait for more keys.
    assert all(QKeySequence(k).count() == 1 for spec in SPECS for k in spec.keys)


def test_the_keys_of_the_issue_are_the_keys_of_the_table() -> None:
    by_key = {key: spec.id for spec in SPECS if spec.workspace in ("", "warp") for key in spec.keys}
    wanted = {
        "Space": "play", "Left": "back", "Right": "on", "Shift+Left": "back_ten", "Shift+Right": "on_ten",
        "J": "shuttle_back", "K": "shuttle_stop", "L": "shuttle_on", "I": "mark_in", "O": "mark_out",
        "Home": "start", "End": "end", "Ctrl+Left": "previous_anchor", "Ctrl+Right": "next_anchor",
        "P": "add_anchor", "Delete": "delete", "1": "mode_side", "2": "mode_overlay", "3": "mode_wipe",
        "4": "mode_difference", "5": "mode_blink", "Ctrl+Z": "undo", "Ctrl+Shift+Z": "redo", "Ctrl+Y": "redo",
        "Ctrl+O": "open_a", "Ctrl+S": "save", "Ctrl+Shift+S": "save_as", "Ctrl+E": "export", "Esc": "cancel",
        "F1": "shortcuts",
    }  # fmt: skip
    assert {k: by_key.get(k) for k in wanted} == wanted
    by_key = {key: spec.id for spec in SPECS if spec.workspace in ("", "match") for key in spec.keys}
    wanted = {
        "L": "match_lock", "X": "match_forbid", "Delete": "match_delete", "F8": "check_next", "N": "next_unchecked",
        "Ctrl+Z": "undo", "Ctrl+O": "open_pictures", "Ctrl+S": "save", "Ctrl+E": "export", "Esc": "cancel",
    }  # fmt: skip
    assert {k: by_key.get(k) for k in wanted} == wanted
    by_key = {key: spec.id for spec in SPECS if spec.workspace in ("", "segment") for key in spec.keys}
    wanted = {
        "Space": "segment_play", "Shift+Space": "play_piece", "L": "lock_piece", "Delete": "merge_piece",
        "F2": "rename_piece", "F8": "check_piece", "Ctrl+Return": "segment", "Ctrl+T": "transcript",
        "Ctrl+Z": "undo", "Ctrl+O": "open_recording", "Ctrl+S": "save", "Ctrl+E": "export", "Esc": "cancel",
    }  # fmt: skip
    assert {k: by_key.get(k) for k in wanted} == wanted


def test_keys_move_the_player_and_change_the_view(qtbot: QtBot, make: Make) -> None:
    window = make()
    window.document.reset(aligned(), "Open")
    p = window.playback

    def press(key: Qk, mods: Qm = Qm.NoModifier) -> None:
        QTest.keyClick(window.focusWidget() or window, key, mods)

    press(Qk.Key_Right)
    press(Qk.Key_Right, Qm.ShiftModifier)
    assert p.a_frame == 11
    press(Qk.Key_Left)
    assert p.a_frame == 10
    before = p.b_frame or 0
    press(Qk.Key_Period)
    press(Qk.Key_Greater)
    assert (p.a_frame, p.b_frame) == (10, before + 11)
    press(Qk.Key_End)
    assert p.a_frame == 249
    press(Qk.Key_Home)
    press(Qk.Key_Right, Qm.ControlModifier)
    assert p.a_time == pytest.approx(1.48)
    assert window.matrix.selected == 1
    press(Qk.Key_L, Qm.ControlModifier | Qm.ShiftModifier)
    assert p.marks == pytest.approx((0.48, 2.48))
    assert p.playing
    press(Qk.Key_Space)
    assert not p.playing
    for key, mode in zip((Qk.Key_2, Qk.Key_3, Qk.Key_4, Qk.Key_5, Qk.Key_1),
                         ("overlay", "wipe", "difference", "blink", "side"), strict=True):  # fmt: skip
        press(key)
        assert window.viewers.mode == mode
    press(Qk.Key_B)
    assert window.matrix.tool.name == "forbid"
    press(Qk.Key_Escape)
    assert window.matrix.tool.name == "select"
    press(Qk.Key_BracketLeft)
    assert p.speed == 0.75


def test_space_on_a_focused_button_presses_it(make: Make) -> None:
    window = make()
    window.document.reset(aligned(), "Open")
    button = window.sources.swap
    button.setFocus()
    with_focus = window.focusWidget()
    assert with_focus is button
    QTest.keyClick(button, Qk.Key_Space)
    assert window.document.session.a is not None
    assert window.document.session.a.name == "bikes-take2.mp4"
    assert not window.playback.playing


def test_what_makes_no_sense_is_disabled(make: Make) -> None:
    window = make()
    on = {spec.id for spec, action in window.actions_ if action.isEnabled()}
    assert not on & {"align", "export", "add_anchor", "play", "undo", "redo", "save", "delete", "tool_forbid"}
    window.document.reset(aligned(edited=False), "Open")
    on = {spec.id for spec, action in window.actions_ if action.isEnabled()}
    assert {"align", "export", "add_anchor", "play", "save"} <= on
    assert not on & {"undo", "redo", "delete", "next_anchor", "lock_marks"}


# -- the window ------------------------------------------------------------------------------------


def test_the_layout_is_remembered_and_fits_the_smallest_size(qtbot: QtBot, make: Make) -> None:
    window = make()
    window.document.reset(aligned(truth=True), "Open")
    window.resize(1100, 700)
    window.actions_["panel_history"].trigger()
    qtbot.wait(20)
    assert (window.width(), window.height()) == (1100, 700)
    assert window.minimumSizeHint().width() <= 1100
    assert window.minimumSizeHint().height() <= 700
    assert window.toolbar.sizeHint().width() <= 1100
    inside = window.rect()
    for widget in (window.viewers, window.transport, window.matrix, window.sources, window.recipe.parentWidget()):
        corner = widget.mapTo(window, widget.rect().bottomRight())
        assert inside.contains(corner), widget
    window.close_down()
    again = make()
    assert not again.docks["panel_history"].isVisible()
    assert not again.actions_["panel_history"].isChecked()
    assert again.docks["panel_sources"].isVisible()
    again.actions_["reset_layout"].trigger()
    assert again.docks["panel_history"].isVisible()


def test_closing_asks_only_when_something_would_be_lost(qtbot: QtBot, make: Make, tmp_path: Path) -> None:
    window = make()
    window.document.reset(aligned(), "Open")
    window.document.replace(window.document.session.with_alignment(aligned().alignments[2]), "Edit")

    def box() -> QMessageBox:
        found = [w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox) and w.isVisible()]
        assert len(found) == 1
        assert found[0].textFormat() == Qt.TextFormat.PlainText
        return found[0]

    window.close()
    assert window.isVisible()
    box().button(QMessageBox.StandardButton.Cancel).click()
    qtbot.wait(20)
    assert window.isVisible()
    assert "edited" in window.title.text()
    window.close()
    box().button(QMessageBox.StandardButton.Discard).click()
    qtbot.waitUntil(lambda: not window.isVisible())


def test_files_dropped_on_a_side_open_there(
    qtbot: QtBot, make: Make, clips: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    window = make()
    opened: list[tuple[str, ...]] = []
    monkeypatch.setattr(window.operations, "open_a", lambda path: opened.append(("a", path)))
    monkeypatch.setattr(window.operations, "open_b", lambda path: opened.append(("b", path)))
    monkeypatch.setattr(window.operations, "open_paths", lambda paths: opened.append(tuple(paths)))
    monkeypatch.setattr(window.projects, "open_project", lambda path: opened.append(("project", path)))
    window.document.reset(aligned(), "Open")

    def drop(on: QWidget, at: QPoint, *paths: str) -> None:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(p) for p in paths])
        copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
        for kind in (QEvent.Type.DragMove, QEvent.Type.Drop):
            event = QDropEvent(QPointF(at), copy, data, left, Qm.NoModifier, kind)
            (on.dragMoveEvent if kind == QEvent.Type.DragMove else on.dropEvent)(event)

    view = window.viewers
    drop(view, QPoint(20, 50), "/x/one.mp4")
    drop(view, QPoint(view.width() - 20, 50), "/x/two.mp4")
    drop(view, QPoint(20, 50), "/x/one.mp4", "/x/two.mp4")
    drop(view, QPoint(20, 50), "/x/film.syncline")
    one, two = "/x/one.mp4", "/x/two.mp4"
    assert opened == [("a", one), ("b", two), (one, two), ("project", "/x/film.syncline")]


def test_the_theme_changes_every_colour_at_once(qtbot: QtBot, make: Make) -> None:
    window = make()
    dark = window.palette().window().color().lightnessF()
    window.actions_["theme_light"].trigger()
    assert theme().colours.name == "light"
    qtbot.wait(20)
    assert window.grab().toImage().pixelColor(5, 200).lightnessF() > 0.8 > 0.3 > dark
    window.actions_["theme_dark"].trigger()


# -- promises --------------------------------------------------------------------------------------


def test_the_watchdog_sees_a_stall(qtbot: QtBot) -> None:
    dog = Watchdog()
    dog.start()
    qtbot.wait(20)
    time.sleep(0.08)
    qtbot.wait(20)
    # On a busy machine the wall's clock goes on while this thread stands still.
    end = time.thread_time() + 0.08
    while time.thread_time() < end:
        pass
    qtbot.wait(20)
    dog.stop()
    assert sum(gap.busy > 0.06 for gap in dog.gaps) >= 1
    assert sum(gap.own > 0.06 for gap in dog.gaps) >= 1
    assert sum(gap.wall > 0.075 for gap in dog.gaps) >= 2


def test_the_window_answers_while_it_opens_and_aligns(
    qtbot: QtBot, make: Make, tmp_path: Path, count: Count, promise: Callable[[int, str], None]
) -> None:
    window = make()
    window.commands.warm_up()
    qtbot.waitUntil(lambda: not window.jobs.active, timeout=120_000)
    # Another pair each time, so that nothing comes from the cache of features.
    pairs = [
        [str(make_video(tmp_path / f"{k}{n}.mp4", frames=n + k, fps=25, size=(640, 360))) for n in (100, 120)]
        for k in range(3)
    ]

    def trial(attempt: int) -> None:
        done = window.document.session.alignment
        window.operations.open_paths(pairs[attempt])
        qtbot.waitUntil(lambda: window.document.session.alignment not in (None, done), timeout=60_000)
        qtbot.waitUntil(lambda: not window.jobs.active, timeout=20_000)

    stays_awake(trial, count, promise, "open and align two 640 × 360 clips")


def dismiss() -> None:
    """Close whatever dialog or menu is open."""
    for widget in QApplication.topLevelWidgets():
        if widget.isVisible() and isinstance(widget, (QDialog, QMenu)):
            widget.close() if isinstance(widget, QMenu) else widget.reject()


LETTERS = [Qk(k) for k in (*range(0x20, 0x60), *range(0x01000010, 0x01000017), 0x01000007, 0x01000003)]
MODIFIERS = [Qm.NoModifier] * 4 + [Qm.ShiftModifier, Qm.ControlModifier, Qm.AltModifier]


def harass(window: MainWindow, rng: random.Random) -> None:
    """One random click, drag or key on a random part of the window."""
    found = [
        w for w in window.findChildren(QWidget) if w.isVisible() and w.isEnabled() and min(w.width(), w.height()) > 3
    ]
    widget = rng.choice(found)
    at = QPoint(rng.randrange(widget.width()), rng.randrange(widget.height()))
    mods = rng.choice(MODIFIERS)
    kind = rng.randrange(10)
    key = rng.choice(LETTERS)
    if key == Qk.Key_Q and mods == Qm.ControlModifier:
        return  # quitting is tested elsewhere
    if kind < 4:
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, mods, at)
    elif kind < 5:
        QTest.mouseDClick(widget, Qt.MouseButton.LeftButton, mods, at)
    elif kind < 7:
        QTest.mousePress(widget, Qt.MouseButton.LeftButton, mods, at)
        QTest.mouseMove(widget, at + QPoint(rng.randrange(-40, 40), rng.randrange(-40, 40)))
        QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, mods, at + QPoint(rng.randrange(-40, 40), 5))
    else:
        QTest.keyClick(widget, key, mods)


def test_random_clicks_do_no_harm(
    qtbot: QtBot,
    make: Make,
    clips: tuple[Path, Path],
    tmp_path: Path,
    count: Callable[[int, int], int],
    promise: Callable[[int, str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken: list[BaseException] = []
    monkeypatch.setattr(sys, "excepthook", lambda _kind, error, _trace: broken.append(error))
    seeds, total = range(20, 20 + count(1, 5)), count(500, 50_000)
    for seed in seeds:
        window = make()
        open_pair(qtbot, window, clips)
        # Dialogs that run a loop of their own are dismissed from a timer.
        timer = QTimer()
        timer.timeout.connect(dismiss)
        timer.start(50)
        rng = random.Random(seed)
        for _ in range(total):
            harass(window, rng)
            if rng.random() < 0.2:
                QApplication.processEvents()
                dismiss()
            if broken:
                raise broken[0]
        timer.stop()
        dismiss()
        window.playback.pause()
        qtbot.waitUntil(lambda window=window: not window.jobs.active, timeout=60_000)
        if broken:
            raise broken[0]
        assert not window._closed
        target = tmp_path / f"after{seed}.syncline"
        session = window.document.session
        assert window.projects.save(str(target)) is not None
        qtbot.waitUntil(target.exists, timeout=20_000)
        qtbot.waitUntil(lambda window=window: not window.jobs.active, timeout=20_000)
        assert state_digest(load_project(target).session) == state_digest(session)
        window.close_down()
        window.deleteLater()
    promise(20, f"{total} random events × {len(seeds)} seeds, 0 exceptions, the project opens as it was")


def test_opening_and_closing_leaves_nothing_behind(
    qtbot: QtBot,
    make: Make,
    clips: tuple[Path, Path],
    count: Callable[[int, int], int],
    promise: Callable[[int, str], None],
) -> None:
    def resident() -> int:
        return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * 4096

    def state() -> tuple[int, int, int]:
        gc.collect()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        # A pool starts its few workers only when all of them are busy: which cycle that is in is chance.
        threads = [t for t in threading.enumerate() if not t.name.startswith("job_")]
        return len(list(Path("/proc/self/fd").iterdir())), len(threads), len(QApplication.topLevelWidgets())

    if not sys.platform.startswith("linux"):
        pytest.skip("counts files and threads through /proc")
    window = make()

    def cycle() -> None:
        window.operations.align_when_ready = False
        window.operations.open_paths([str(p) for p in clips])
        a = window.viewers.sides
        qtbot.waitUntil(lambda: all(getattr(s, "image", None) is not None for s in a.values()), timeout=20_000)
        window.projects.new()
        qtbot.waitUntil(lambda: not window.jobs.active, timeout=20_000)

    for _ in range(4):
        cycle()
    before, memory = state(), resident()
    turns = count(8, 1000)
    for _ in range(turns):
        cycle()
    after, grown = state(), resident() - memory
    assert all(y <= x for x, y in zip(before, after, strict=True)), (before, after)
    assert grown < 20 << 20
    fds, threads, tops = (y - x for x, y in zip(before, after, strict=True))
    promise(
        18, f"{turns} open/close cycles: {fds:+d} files, {threads:+d} threads, {tops:+d} windows, {grown >> 20} MiB"
    )


def test_windows_come_and_go(qtbot: QtBot, make: Make, count: Callable[[int, int], int]) -> None:
    make().close_down()
    threads = threading.active_count()
    for _ in range(count(2, 50)):
        window = make()
        window.close_down()
        window.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert threading.active_count() <= threads
