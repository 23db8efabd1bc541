"""Several recordings in the window: opened, laid on one clock, played side by side, saved, stopped."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from clips import make_video
from syncline_workbench.dialogs.together import TogetherDialog
from syncline_workbench.document import Document
from syncline_workbench.jobs import Jobs
from syncline_workbench.many import ManyRecordings
from syncline_workbench.operations import Operations
from syncline_workbench.settings import Settings
from syncline_workbench.views.frame_view import FrameSide

LEFT = Qt.MouseButton.LeftButton
FRAMES = 50
# One event, filmed whole, at twice the speed, and ever slower.
NUMBERS = (
    np.arange(FRAMES),
    np.arange(0, FRAMES, 2),
    np.round(np.linspace(0, 1, 60) ** 0.6 * (FRAMES - 1)).astype(int),
)


class Desk:
    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.document, self.jobs = Document(), Jobs()
        self.operations = Operations(self.document, self.jobs)
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.many = ManyRecordings(self.document, self.operations, Settings(), self.window)
        self.many.open()

    @property
    def dialog(self) -> TogetherDialog:
        assert self.many.dialog is not None
        return self.many.dialog

    def aligned(self, reference: int) -> None:
        d = self.dialog
        d.reference.setCurrentIndex(reference)
        QTest.mouseClick(d.align, LEFT)
        self.qtbot.waitUntil(lambda: d.together is not None or bool(d.trouble.sentence()), timeout=30_000)

    def opened(self, paths: list[str]) -> None:
        self.many.open_files(paths)
        self.qtbot.waitUntil(lambda: len(self.dialog.media) == len(paths), timeout=20_000)


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Desk]:
    made = Desk(qtbot)
    yield made
    made.many.close()
    made.jobs.close()
    made.operations.close()


def test_cells_show_the_same_moment(desk: Desk, tmp_path: Path) -> None:
    paths = []
    for k, numbers in enumerate(NUMBERS):
        paths.append(str(make_video(tmp_path / f"take{k}.mp4", len(numbers), 25, numbers=numbers)))
    assert not desk.dialog.align.isEnabled()
    desk.opened(paths)
    desk.aligned(2)
    d = desk.dialog
    assert d.trouble.sentence() == ""
    assert d.together is not None
    assert d.together.reference == 0
    for place in (0.3, 0.7):
        d.slider.setValue(round(place * 10_000))
        asked = [
            side.media.frame_times.searchsorted(at - 0.02)
            for side, at in zip(d.grid.sides, d.grid.seconds, strict=True)
        ]
        desk.qtbot.waitUntil(
            lambda asked=asked: all(
                isinstance(s, FrameSide) and s.index is not None and abs(s.index - i) <= 1
                for s, i in zip(d.grid.sides, asked, strict=True)
            ),
            timeout=10_000,
        )
        seen = [NUMBERS[k][s.index] for k, s in enumerate(d.grid.sides)]
        assert np.ptp(seen) <= 3, seen
    # All of it is used: no cell lies over another or outside.
    cells = [d.grid.cell(k) for k in range(3)]
    assert all(d.grid.rect().toRectF().adjusted(-1, -1, 1, 1).contains(c) for c in cells)
    assert not any(a.intersects(b) for a in cells for b in cells if a is not b)


def test_curves_play_and_the_table_is_written(desk: Desk, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    paths = []
    for k, power in enumerate((1.0, 1.5, 0.7)):
        t = np.linspace(0, 1, 60)[:, None] ** power * [3, 5, 8]
        path = tmp_path / f"take{k}.npz"
        np.savez(path, values=np.sin(t) + 0.01 * random.normal(size=t.shape), times=np.arange(60) / 25)
        paths.append(str(path))
    desk.opened(paths)
    desk.aligned(0)
    d = desk.dialog
    assert d.trouble.sentence() == ""
    assert d.together is not None
    assert d.together.reference is None
    QTest.mouseClick(d.play, LEFT)
    desk.qtbot.waitUntil(lambda: d.at > 0.3, timeout=5000)
    QTest.mouseClick(d.play, LEFT)
    np.testing.assert_allclose(d.grid.seconds, d.together.times(np.array([d.at]))[0])
    desk.many.save(d.together, str(tmp_path / "clock.csv"))
    desk.qtbot.waitUntil((tmp_path / "clock.csv").exists, timeout=5000)
    with (tmp_path / "clock.csv").open(newline="") as lines:
        assert next(csv.reader(lines)) == ["clock", "take0", "take1", "take2"]


def test_a_recording_is_moved_alone_and_pinned(desk: Desk, tmp_path: Path) -> None:
    paths = []
    for k, numbers in enumerate(NUMBERS):
        paths.append(str(make_video(tmp_path / f"take{k}.mp4", len(numbers), 25, numbers=numbers)))
    desk.opened(paths)
    desk.aligned(2)
    d = desk.dialog
    assert d.together is not None
    d.show()
    desk.qtbot.waitExposed(d)
    d.slider.setValue(5000)
    before = list(d.grid.seconds)
    middle = d.grid.cell(1).center()
    QTest.mouseClick(d.grid, LEFT, pos=middle.toPoint())
    for _ in range(4):
        QTest.keyClick(d.grid, Qt.Key.Key_Right)
    turn_wheel(d.grid, middle, -1)
    # Five frames later, whatever it was between two frames; the others stay.
    moved = d.grid.sides[1].media.frame_times
    assert moved is not None
    assert d.grid.seconds[1] == moved[np.abs(moved - before[1]).argmin() + 5]
    assert d.grid.seconds[::2] == before[::2]
    QTest.mouseClick(d.pin, LEFT)
    QTest.mouseClick(d.pin, LEFT)
    pinned = list(d.grid.seconds)
    assert d.moments == [pinned]
    assert d.pinned.text() == "1 pinned"
    desk.aligned(2)
    assert d.together is not None
    assert len(d.together.moments) == 1
    times = d.together.times(np.array([pinned[0]]))[0]
    np.testing.assert_allclose(times, pinned, atol=0.06)
    # One that is let go is asked for no more; smooth warps are asked for by name.
    d.pinned.menu().actions()[0].trigger()
    assert d.moments == []
    assert not d.pinned.isEnabled()
    asked = []
    d.align_requested.disconnect()
    d.align_requested.connect(lambda *wish: asked.append(wish))
    d.method.setCurrentIndex(1)
    d.reference.setCurrentIndex(0)
    QTest.mouseClick(d.align, LEFT)
    assert [wish[1:] for wish in asked] == [("barycentre", "gctw", [])]


def turn_wheel(widget: QWidget, place: QPointF, notches: int) -> None:
    turn = QWheelEvent(
        place,
        QPointF(widget.mapToGlobal(place.toPoint())),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QCoreApplication.sendEvent(widget, turn)


def test_smooth_warps_run_in_the_window(desk: Desk, tmp_path: Path) -> None:
    for k, power in enumerate((1.0, 1.5)):
        t = np.linspace(0, 1, 40)[:, None] ** power * [3, 5, 8]
        np.save(tmp_path / f"take{k}.npy", np.sin(t))
    desk.opened([str(tmp_path / f"take{k}.npy") for k in range(2)])
    desk.dialog.method.setCurrentIndex(1)
    desk.aligned(0)
    assert desk.dialog.trouble.sentence() == ""
    assert desk.dialog.together is not None
    assert desk.dialog.together.reference is None
    assert desk.dialog.together.costs == ()


def test_what_can_not_be_aligned_is_one_sentence(desk: Desk, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros((9, 2)))
    np.save(tmp_path / "b.npy", np.zeros((9, 3)))
    desk.opened([str(tmp_path / f"{n}.npy") for n in "ab"])
    desk.aligned(0)
    assert "channels" in desk.dialog.trouble.sentence()
    assert desk.dialog.align.isEnabled()
    assert not desk.dialog.save.isEnabled()
    desk.many.open_files([str(tmp_path / "gone.mp4"), str(tmp_path / "a.npy")])
    desk.qtbot.waitUntil(lambda: "gone" in desk.dialog.trouble.sentence(), timeout=5000)
