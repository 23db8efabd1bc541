"""The viewers: the frame that is shown is the one that was asked for, and modes compose both as they say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from clips import clicks, make_video, read_number
from syncline.media import open_media
from syncline.model import Alignment, Pair, Session, WarpingPath
from syncline_workbench.document import Document
from syncline_workbench.frames import as_image
from syncline_workbench.jobs import Jobs
from syncline_workbench.playback import Playback
from syncline_workbench.settings import Settings
from syncline_workbench.views.video_pair import VideoPairView
from syncline_workbench.views.waveform_view import CurveSide, WaveSide
from workbench.sessions import video


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("clips")
    a, b = folder / "a.mp4", folder / "b.mp4"
    make_video(a, frames=40, fps=20, size=(320, 240))
    make_video(b, frames=60, fps=30, size=(640, 480))
    return a, b


def array(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[..., :3].copy()


class Stage:
    """A document, a player and the viewers."""

    def __init__(self, qtbot: QtBot, tmp_path: Path, session: Session) -> None:
        self.document = Document()
        self.document.replace(session, "Open")
        self.jobs = Jobs()
        self.playback = Playback(self.document)
        self.settings = Settings(tmp_path / "settings.ini")
        self.view = VideoPairView(self.document, self.playback, self.jobs, self.settings)
        qtbot.addWidget(self.view)
        self.view.resize(652, 252)
        self.view.show()

    def close(self) -> None:
        self.view.close_media()
        self.jobs.close()


def crooked(clips: tuple[Path, Path]) -> tuple[Session, WarpingPath]:
    """Both clips, and a path with stairs in both directions."""
    a, b = (open_media(p) for p in clips)
    steps = [(0, 0)]
    rng = np.random.default_rng(3)
    while steps[-1] != (39, 59):
        i, j = steps[-1]
        choices = [(i + 1, j + 1), (i + 1, j), (i, j + 1), (i + 1, j + 1)]
        steps.append(min(choices[rng.integers(4)], (39, 59), key=lambda s: s[0] > 39 or s[1] > 59))
        steps[-1] = (min(steps[-1][0], 39), min(steps[-1][1], 59))
    path = WarpingPath(np.array(steps, np.intp), a.frame_times, b.frame_times, 0.0)
    return Session(a, b, alignments=(Alignment(1, Pair(a, b), path=path),), active=1), path


def test_the_pictures_shown_are_the_frames_of_the_path(qtbot: QtBot, tmp_path: Path, clips: tuple[Path, Path]) -> None:
    session, path = crooked(clips)
    stage = Stage(qtbot, tmp_path, session)
    sides = stage.view.sides
    for i in (0, 39, 7, 8, 6, 21, 20, 33):
        stage.playback.seek_a(float(path.a_times[i]))
        qtbot.waitUntil(
            lambda: (sides["a"].index, sides["b"].index) == (stage.playback.a_frame, stage.playback.b_frame)
        )
        left, right = (array(stage.view.grab().toImage().copy(*box)) for box in boxes(stage.view))
        shown = read_number(left), read_number(right)
        assert shown[0] == i
        # Independent of the map: the frames of B that the path pairs with frame i, and what lies between.
        partners = path.pairs[path.pairs[:, 0] == i, 1]
        assert partners.min() - 1 <= shown[1] <= partners.max() + 1
        assert shown[1] == stage.playback.b_frame
    stage.close()


def boxes(view: VideoPairView) -> list[tuple[int, int, int, int]]:
    found = []
    for name in ("a", "b"):
        side = view.sides[name]
        found.append(side.target(view.area(name), view.devicePixelRatioF()).toRect().getRect())
    return found


def test_of_a_straight_path_b_is_exact(qtbot: QtBot, tmp_path: Path, clips: tuple[Path, Path]) -> None:
    a, b = (open_media(p) for p in clips)
    path = WarpingPath(np.array([(i, i + i // 2) for i in range(40)]), a.frame_times, b.frame_times, 0.0)
    session = Session(a, b, alignments=(Alignment(1, Pair(a, b), path=path),), active=1)
    stage = Stage(qtbot, tmp_path, session)
    for i in (4, 30, 12):
        stage.playback.seek_a(float(a.frame_times[i]))
        qtbot.waitUntil(lambda i=i: stage.view.sides["b"].index == i + i // 2)
        assert read_number(array(stage.view.grab().toImage().copy(*boxes(stage.view)[1]))) == i + i // 2
        assert stage.view.words("b").endswith(f"· {i + i // 2}")
    stage.playback.step_b(5)
    qtbot.waitUntil(lambda: stage.view.sides["b"].index == 12 + 6 + 5)
    assert stage.view.sides["a"].index == 12
    assert stage.view.words("b").endswith("· 23 (+5)")
    stage.close()


def test_modes_compose_both_pictures(qtbot: QtBot, tmp_path: Path, clips: tuple[Path, Path]) -> None:
    media = open_media(clips[0])
    stage = Stage(qtbot, tmp_path, Session(media, replace(media)))
    view, p = stage.view, stage.playback
    p.seek_a(0.5)
    p.step_b(5)
    view.set_mode("difference")
    view.resize(332, 252)
    size = (320, 240)
    side_a, side_b = view.sides["a"], view.sides["b"]

    def ready() -> bool:
        return side_b.index == 15 and all(s.image is not None and s.image.width() == size[0] for s in (side_a, side_b))

    qtbot.waitUntil(ready, timeout=5000)
    a, b = array(side_a.image).astype(int), array(side_b.image).astype(int)
    box = boxes(view)[0]

    def seen() -> np.ndarray:
        return array(view.grab().toImage().copy(*box)).astype(int)

    middle = np.s_[40:200, 60:260]  # away from badges and labels
    assert np.abs(seen() - np.abs(a - b))[middle].max() <= 2
    view.set_mode("overlay")
    view.opacity.setValue(25)
    assert np.abs(seen() - (0.75 * a + 0.25 * b))[40:180, 60:260].max() <= 3
    view.set_mode("wipe")
    view.wipe = 0.5
    at = view.area("a").center().toPoint()
    picture = seen()
    assert np.array_equal(picture[40:90, 60:140], a[40:90, 60:140])
    assert np.array_equal(picture[40:90, 180:260], b[40:90, 180:260])
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=at)
    qtbot.mouseMove(view, at + QPoint(80, 0))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=at + QPoint(80, 0))
    assert view.wipe == pytest.approx(0.75, abs=0.01)
    view.set_mode("blink")
    numbers = set()
    for _ in range(12):
        numbers.add(read_number(seen()))
        qtbot.wait(100)
    assert numbers == {10, 15}
    stage.close()


def test_newest_request_wins(qtbot: QtBot, tmp_path: Path, clips: tuple[Path, Path]) -> None:
    session, _path = crooked(clips)
    stage = Stage(qtbot, tmp_path, session)
    shown: list[int] = []
    side = stage.view.sides["a"]
    qtbot.waitUntil(lambda: side.index == 0)
    side.updated.connect(lambda: shown.append(side.index))
    for i in range(40):
        stage.playback.seek_a(i / 20)
    qtbot.waitUntil(lambda: side.index == 39)
    assert len(shown) < 20
    stage.close()


def test_a_missing_file_can_be_located(qtbot: QtBot, tmp_path: Path) -> None:
    stage = Stage(qtbot, tmp_path, Session(video("gone.mp4"), None))
    button = stage.view._locate["a"]
    qtbot.waitUntil(button.isVisible)
    assert not stage.view._locate["b"].isVisible()
    with qtbot.waitSignal(stage.view.locate_requested) as asked:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert asked.args == ["a"]
    stage.close()


def test_waveforms_show_where_the_sound_is(qtbot: QtBot, tmp_path: Path) -> None:
    import soundfile

    file = tmp_path / "clicks.wav"
    soundfile.write(file, clicks(8000, 4.0, [1.0, 3.0]), 8000)
    media = open_media(file)
    stage = Stage(qtbot, tmp_path, Session(media, None))
    side = stage.view.sides["a"]
    assert isinstance(side, WaveSide)
    qtbot.waitUntil(lambda: side.loaded)
    edges = np.linspace(-1, 5, 601)
    low, high = side.span(edges)
    loud = edges[:-1][np.nan_to_num(high - low) > 0.5]
    assert np.abs(loud - np.where(loud < 2, 1.0, 3.0)).max() <= 0.015
    assert len(set(np.round(loud))) == 2
    assert np.isnan(low[edges[1:] < 0]).all()
    assert np.isfinite(low[(edges[:-1] >= 0) & (edges[1:] <= 4)]).all()
    before = stage.playback.a_time
    qtbot.mouseClick(stage.view, Qt.MouseButton.LeftButton, pos=stage.view.area("a").center().toPoint())
    assert before == 0
    assert stage.playback.a_time == pytest.approx(2.0, abs=0.05)
    stage.close()


def test_curves_of_a_feature_file_lie_within_their_panel(qtbot: QtBot, tmp_path: Path) -> None:
    np.save(tmp_path / "walk.npy", np.column_stack([np.arange(100.0), np.full(100, 3.0)]))
    media = open_media(tmp_path / "walk.npy", rate=50)
    stage = Stage(qtbot, tmp_path, Session(media, None))
    side = stage.view.sides["a"]
    assert isinstance(side, CurveSide)
    qtbot.waitUntil(lambda: side.loaded)
    assert side._values.min() == 0
    assert side._values.max() == 1
    stage.view.grab()
    stage.close()


def test_an_image_keeps_its_picture_alive() -> None:
    import gc

    images = [as_image(np.full((4, 5, 4), k, np.uint8)) for k in range(50)]
    gc.collect()
    assert [int(array(image)[0, 0, 0]) for image in images] == list(range(50))
