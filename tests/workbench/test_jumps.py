"""Find jumps… in the real window: what is proposed, what becomes a step, and a silent video beside a sound."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from pytestqt.qtbot import QtBot

from clips import make_video
from syncline_workbench.app import create_application
from syncline_workbench.dialogs.jumps import JumpsDialog
from syncline_workbench.main_window import MainWindow
from syncline_workbench.settings import Settings


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    settings = Settings()
    create_application(settings)
    window = MainWindow(settings)
    window.show()
    yield window
    window.close_down()
    window.deleteLater()


def wandering(rows: int, seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, 1, (rows + 40, 6))
    return np.stack([np.convolve(c, np.hanning(24), "same") for c in noise.T], axis=1)[20:-20]


def table(path: Path, values: np.ndarray) -> None:
    """20 rows a second."""
    rows = np.column_stack([np.arange(len(values)) / 20, values])
    np.savetxt(path, rows, "%.6f", ",", header="time," + ",".join("abcdef"), comments="")


def opened(qtbot: QtBot, window: MainWindow, a: Path, b: Path) -> None:
    window.operations.open_paths([str(a), str(b)])
    qtbot.waitUntil(lambda: window.document.session.alignment is not None, timeout=20_000)


def found(qtbot: QtBot, window: MainWindow) -> JumpsDialog:
    window.actions_["find_jumps"].trigger()
    qtbot.waitUntil(lambda: window.jumps.dialog is not None, timeout=20_000)
    assert window.jumps.dialog is not None
    return window.jumps.dialog


def test_chosen_jumps_become_one_step(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    a = wandering(800, 1)
    table(tmp_path / "a.csv", a)
    b = np.insert(np.delete(a, np.s_[500:600], 0), 200, wandering(120, 2), 0)
    table(tmp_path / "b.csv", b)
    assert not window.actions_["find_jumps"].isEnabled()
    opened(qtbot, window, tmp_path / "a.csv", tmp_path / "b.csv")
    dialog = found(qtbot, window)
    assert len(dialog.boxes) == 2
    steps = len(window.document.steps)
    dialog.boxes[0].setChecked(False)
    dialog.take.click()
    al = window.document.session.alignment
    assert al is not None
    (jump,) = al.constraints.anchors
    assert jump.kind == "jump"
    np.testing.assert_allclose([jump.a, *jump.end], [25, 30, 31], atol=0.5)
    assert "B lacks" in jump.note
    assert len(window.document.steps) == steps + 1

    def broken() -> bool:
        now = window.document.session.alignment
        return now is not None and now.path is not None and len(now.path.pieces) == 2

    qtbot.waitUntil(broken, timeout=20_000)
    window.document.undo()
    al = window.document.session.alignment
    assert al is not None
    assert not al.constraints.anchors
    # The other one is still there to be found; nothing is added by closing.
    dialog = found(qtbot, window)
    assert len(dialog.chosen()) == 2
    for box in dialog.boxes:
        box.setChecked(False)
    assert not dialog.take.isEnabled()
    dialog.reject()
    qtbot.waitUntil(lambda: window.jumps.dialog is None)
    assert len(window.document.steps) >= steps


def test_without_jumps_the_dialog_says_so(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    for name in "ab":
        table(tmp_path / f"{name}.csv", wandering(600, 3))
    opened(qtbot, window, tmp_path / "a.csv", tmp_path / "b.csv")
    dialog = found(qtbot, window)
    assert dialog.boxes == []
    assert dialog.take.isHidden()
    dialog.reject()


def test_a_silent_video_and_a_sound_open_align_and_play(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    make_video(tmp_path / "seen.mp4", frames=90, fps=30, numbers=(np.arange(90) // 15) * 7)
    sound = np.random.default_rng(1).normal(0, 0.002, 3 * 8000)
    for k in range(1, 6):
        sound[k * 4000 : k * 4000 + 300] += 0.4
    soundfile.write(tmp_path / "heard.wav", sound, 8000)
    opened(qtbot, window, tmp_path / "seen.mp4", tmp_path / "heard.wav")
    al = window.document.session.alignment
    assert al is not None
    assert al.path is not None
    assert al.resolved is not None
    assert al.resolved.features.label() == "activity"
    np.testing.assert_allclose(al.path.to_b(np.array([0.5, 1.0, 1.5, 2.0])), [0.5, 1.0, 1.5, 2.0], atol=0.07)
    window.playback.seek_a(1.0)
    qtbot.waitUntil(lambda: abs(float(window.playback.paired[0]) - 1.0) < 0.04)
