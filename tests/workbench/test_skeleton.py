"""Skeletons over the pictures: found off the GUI thread when they are to be seen, drawn where the joints are."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from clips import make_video
from syncline.errors import MediaError
from syncline.media import open_media
from syncline.model import Media, Session, Skeleton
from syncline.progress import Monitor
from syncline_workbench.document import Document
from syncline_workbench.jobs import Jobs
from syncline_workbench.playback import Playback
from syncline_workbench.settings import Settings
from syncline_workbench.views import skeleton as overlay
from syncline_workbench.views.frame_view import FrameSide
from syncline_workbench.views.video_pair import VideoPairView

BLUE, AMBER = QColor("#56b4ff"), QColor("#ffb454")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "a.mp4"
    make_video(path, frames=20, fps=20, size=(320, 240))
    return path


def standing(media: Media) -> Skeleton:
    """Shoulders and left elbow believed, all else not; the elbow goes down 4 pixels a frame from 100 on."""
    assert media.video is not None
    points = np.zeros((media.video.frames, 17, 3), np.float32)
    points[:, 5] = (80, 60, 0.9)
    points[:, 6] = (160, 60, 0.9)
    points[:, 7, 0], points[:, 7, 1], points[:, 7, 2] = 80, 100 + 4 * np.arange(len(points)), 0.9
    return Skeleton(media.video.times, points)


class Stage:
    def __init__(self, qtbot: QtBot, folder: Path, path: Path) -> None:
        self.qtbot = qtbot
        self.document = Document()
        self.document.replace(Session(open_media(path), open_media(path)), "Open")
        self.jobs = Jobs()
        self.playback = Playback(self.document)
        self.view = VideoPairView(self.document, self.playback, self.jobs, Settings(folder / "settings.ini"))
        qtbot.addWidget(self.view)
        self.view.resize(652, 252)
        self.view.show()
        qtbot.waitUntil(
            lambda: all(isinstance(s, FrameSide) and s.image for s in self.view.sides.values()), timeout=5000
        )

    def found(self) -> bool:
        return len(self.view.skeletons._found) == 2

    def near(self, side: str, x: float, y: float, colour: QColor) -> bool:
        """Whether that colour is seen within two pixels of a place in the video."""
        picture = self.view.sides[side]
        assert isinstance(picture, FrameSide)
        box = picture.target(self.view.area(side), 1.0)
        at = round(box.x() + x / 320 * box.width()), round(box.y() + y / 240 * box.height())
        image: QImage = self.view.grab().toImage()
        around = [QColor(image.pixel(at[0] + i, at[1] + j)) for i in range(-2, 3) for j in range(-2, 3)]
        return any(
            abs(c.red() - colour.red()) + abs(c.green() - colour.green()) + abs(c.blue() - colour.blue()) < 40
            for c in around
        )

    def close(self) -> None:
        self.view.close_media()
        self.jobs.close()


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> list[threading.Thread]:
    """The threads that skeletons were found in."""
    seen: list[threading.Thread] = []

    def find(media: Media, monitor: Monitor) -> Skeleton:
        seen.append(threading.current_thread())
        return standing(media)

    monkeypatch.setattr(overlay, "skeleton", find)
    return seen


def test_joints_are_found_once_and_drawn_where_they_are(
    qtbot: QtBot, tmp_path: Path, clip: Path, threads: list[threading.Thread]
) -> None:
    stage = Stage(qtbot, tmp_path, clip)
    try:
        assert not threads
        assert not stage.near("a", 80, 60, BLUE)
        stage.view.skeletons.set_shown(True)
        qtbot.waitUntil(stage.found, timeout=5000)
        assert len(threads) == 2 and threading.main_thread() not in threads
        # A shoulder, the middle between both, and the bone to an elbow; the hips are not believed.
        assert stage.near("a", 80, 60, BLUE) and stage.near("a", 120, 60, BLUE) and stage.near("a", 80, 80, BLUE)
        assert stage.near("b", 80, 60, AMBER) and stage.near("b", 160, 60, AMBER)
        assert not stage.near("a", 0, 0, BLUE)
        # The elbow goes with the frame that is shown.
        assert stage.near("a", 80, 100, BLUE) and not stage.near("a", 80, 140, BLUE)
        stage.playback.seek_a(0.5)
        side = stage.view.sides["a"]
        assert isinstance(side, FrameSide)
        qtbot.waitUntil(lambda: side.index == 10, timeout=5000)
        assert stage.near("a", 80, 140, BLUE)
        stage.view.skeletons.set_shown(False)
        assert not stage.near("a", 80, 60, BLUE)
        stage.view.skeletons.set_shown(True)
        assert stage.near("a", 80, 60, BLUE) and len(threads) == 2
    finally:
        stage.close()


def test_lines_of_b_are_broken_and_those_of_a_are_not(
    qtbot: QtBot, tmp_path: Path, clip: Path, threads: list[threading.Thread]
) -> None:
    stage = Stage(qtbot, tmp_path, clip)
    try:
        stage.view.skeletons.set_shown(True)
        qtbot.waitUntil(stage.found, timeout=5000)
        image = stage.view.grab().toImage()
        shares: list[float] = []
        for side, colour in (("a", BLUE), ("b", AMBER)):
            picture = stage.view.sides[side]
            assert isinstance(picture, FrameSide)
            box = picture.target(stage.view.area(side), 1.0)
            y = round(box.y() + 60 / 240 * box.height())
            row = [QColor(image.pixel(round(box.x() + x / 320 * box.width()), y)) for x in np.linspace(90, 150, 60)]
            shares.append(np.mean([abs(c.red() - colour.red()) + abs(c.blue() - colour.blue()) < 60 for c in row]))
        assert shares[0] > 0.95
        assert 0.3 < shares[1] < 0.9
    finally:
        stage.close()


def test_new_files_are_looked_at_anew_and_failures_are_said(
    qtbot: QtBot, tmp_path: Path, clip: Path, threads: list[threading.Thread], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(qtbot, tmp_path, clip)
    said: list[str] = []
    stage.view.skeletons.said.connect(said.append)
    try:
        stage.view.skeletons.set_shown(True)
        qtbot.waitUntil(stage.found, timeout=5000)
        stage.document.replace(Session(open_media(clip), stage.document.session.b), "Open A")
        qtbot.waitUntil(lambda: len(threads) == 3, timeout=5000)
        qtbot.waitUntil(stage.found, timeout=5000)

        def fail(media: Media, monitor: Monitor) -> Skeleton:
            raise MediaError("The file is gone.")

        monkeypatch.setattr(overlay, "skeleton", fail)
        stage.document.replace(Session(open_media(clip), stage.document.session.b), "Open A")
        qtbot.waitUntil(lambda: said == ["The file is gone."], timeout=5000)
        assert not stage.near("a", 80, 60, BLUE)
    finally:
        stage.close()
