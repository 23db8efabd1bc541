"""The whole journey of a user, with real clicks, drags and keys in the real window."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QDialogButtonBox, QFileDialog, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from clips import make_video, read_number
from syncline.media import VideoReader
from syncline.pipeline import open_media
from syncline_workbench.app import create_application
from syncline_workbench.dialogs.export import ExportDialog
from syncline_workbench.main_window import MainWindow
from syncline_workbench.settings import Settings

FRAMES_A, FRAMES_B = 90, 120
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def retimed() -> np.ndarray:
    """The frame of A that each frame of B shows: slow, fast, slow."""
    u = np.linspace(0, 1, FRAMES_B)
    return np.rint((u + 0.08 * np.sin(2 * np.pi * u)) * (FRAMES_A - 1)).astype(int)


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication):
    settings = Settings()
    create_application(settings)
    window = MainWindow(settings)
    window.resize(1400, 900)
    troubles: list[str] = []
    window.operations.failed.connect(troubles.append)
    window.show()
    qtbot.waitExposed(window)
    yield window
    window.close_down()
    window.deleteLater()
    assert troubles == []


def dialog(qtbot: QtBot, kind: type[QDialog]) -> QDialog:
    qtbot.waitUntil(lambda: any(isinstance(w, kind) and w.isVisible() for w in QApplication.topLevelWidgets()))
    return next(w for w in QApplication.topLevelWidgets() if isinstance(w, kind) and w.isVisible())


def choose_file(qtbot: QtBot, path: Path) -> None:
    box = dialog(qtbot, QFileDialog)
    field = box.findChild(QLineEdit, "fileNameEdit")
    field.selectAll()
    QApplication.clipboard().setText(str(path))
    QTest.keyClick(field, Qt.Key.Key_V, CONTROL)
    accept = QDialogButtonBox.ButtonRole.AcceptRole
    buttons = box.findChild(QDialogButtonBox)
    QTest.mouseClick(next(b for b in buttons.buttons() if buttons.buttonRole(b) == accept), LEFT)
    qtbot.waitUntil(
        lambda: not any(isinstance(w, QFileDialog) and w.isVisible() for w in QApplication.topLevelWidgets())
    )


def press(widget: QWidget, text: str) -> None:
    button = next(b for b in widget.findChildren(QAbstractButton) if b.text() == text and b.isVisible())
    QTest.mouseClick(button, LEFT)


def test_open_align_correct_undo_save_reopen_export(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    a, b = tmp_path / "take one.mp4", tmp_path / "take two.mp4"
    make_video(a, FRAMES_A, size=(320, 240))
    make_video(b, FRAMES_B, size=(320, 240), numbers=retimed())
    document, matrix = window.document, window.matrix

    def key(letter: str, modifier: Qt.KeyboardModifier) -> None:
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        QTest.keyClick(window, letter, modifier)

    def idle() -> None:
        qtbot.waitUntil(lambda: not [j for j in window.jobs.active if not j.quiet], timeout=60_000)

    # Open both with the buttons of the empty window; they align by themselves.
    for text, path in (("Open A…", a), ("Open B…", b)):
        press(window.welcome if window.welcome.isVisible() else window.toolbar, text)
        choose_file(qtbot, path)
        idle()
    qtbot.waitUntil(lambda: document.session.alignment is not None, timeout=60_000)
    idle()
    path = document.session.alignment.path
    shown = retimed()[path.pairs[:, 1]]
    assert np.median(np.abs(shown - path.pairs[:, 0])) <= 1

    # What is seen of B is the frame that the path pairs with A's.
    window.playback.seek_a(document.session.a.video.times[40])
    frame_b = window.playback.b_frame
    assert abs(int(retimed()[frame_b]) - 40) <= 2

    # P adds an anchor under the cross-hair, a drag moves it, the path passes through it while the hand moves.
    matrix.setFocus()
    QTest.keyClick(matrix, Qt.Key.Key_P)
    idle()
    [anchor] = document.session.alignment.constraints.anchors
    steps = len(document.steps)
    start = matrix.scene.point(anchor.a, anchor.b).toPoint()
    QTest.mousePress(matrix, LEFT, NONE, start)
    for k in range(1, 9):
        QTest.mouseMove(matrix, start + QPoint(-k, -3 * k))
        QTest.qWait(20)
    qtbot.waitUntil(lambda: document.previewing and passes_through(document.shown.alignment))
    assert len(document.steps) == steps
    QTest.mouseRelease(matrix, LEFT, NONE, start + QPoint(-8, -24))
    idle()
    qtbot.waitUntil(lambda: passes_through(document.session.alignment))
    [moved] = document.session.alignment.constraints.anchors
    assert moved.id == anchor.id and moved.b > anchor.b
    assert len(document.steps) == steps + 1

    # Undo and redo by keys.
    key("z", CONTROL)
    assert document.session.alignment.constraints.anchors == (anchor,)
    key("z", CONTROL)
    assert document.session.alignment.constraints.empty
    key("y", CONTROL)
    key("z", CONTROL | SHIFT)
    assert document.session.alignment.constraints.anchors == (moved,)
    kept = document.session.alignment.path.pairs.copy()

    # Save, begin anew, open again.
    project = tmp_path / "dance.syncline"
    assert document.dirty
    key("s", CONTROL)
    choose_file(qtbot, project)
    idle()
    qtbot.waitUntil(lambda: not document.dirty)
    window.actions_["new"].trigger()
    assert document.session.a is None
    window.commands.open_files([str(project)])
    idle()
    qtbot.waitUntil(lambda: document.session.alignment is not None)
    assert document.session.alignment.constraints.anchors == (moved,)
    assert np.array_equal(document.session.alignment.path.pairs, kept)
    qtbot.waitUntil(lambda: document.session.alignment.features_a is not None, timeout=60_000)
    assert not document.dirty

    # Export the path and the re-timed video.
    for row, name in (("path_csv", "path.csv"), ("video_mp4", "retimed.mp4")):
        key("e", CONTROL)
        box = dialog(qtbot, ExportDialog)
        box.choose(row)
        box.target.setText(str(tmp_path / name))
        press(box, "Export")
        with qtbot.waitSignal(window.operations.exported, timeout=60_000):
            pass
    with (tmp_path / "path.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(int(r["a_frame"]), int(r["b_frame"])) for r in rows] == [tuple(p) for p in kept.tolist()]
    with VideoReader(open_media(tmp_path / "retimed.mp4")) as reader:
        numbers = [read_number(reader.frame(k)) for k in range(FRAMES_A)]
    at = document.session.alignment.path
    assert numbers == [int(retimed()[at.frames_to_b(k)]) for k in range(FRAMES_A)]


def passes_through(alignment) -> bool:
    """True if the path was solved under the anchors it is shown with and passes through each."""
    times = alignment.path.times
    return all(np.abs(times - (x.a, x.b)).max(axis=1).min() < 1e-6 for x in alignment.constraints.anchors)
