"""The window answers while the largest files are opened and aligned (promise 16)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from clips import make_video
from syncline_workbench.app import create_application
from syncline_workbench.main_window import MainWindow
from syncline_workbench.settings import Settings
from workbench.watchdog import Count, stays_awake

pytestmark = [pytest.mark.endurance, pytest.mark.timeout(7200)]

Pair = tuple[Path, Path]


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication) -> Iterator[MainWindow]:
    settings = Settings()
    create_application(settings)
    window = MainWindow(settings)
    window.resize(1920, 1080)
    window.show()
    qtbot.waitExposed(window)
    yield window
    window.close_down()
    window.deleteLater()


def repeated(source: Path, target: Path, times: int) -> Path:
    """The packets of a video over and over: an hour is written in the time that a few seconds take to encode."""
    with av.open(str(source)) as clip:
        stream = clip.streams.video[0]
        packets = [(bytes(p), p.pts, p.dts, p.duration, p.is_keyframe) for p in clip.demux(stream) if p.size]
        length = sum(p[3] for p in packets)
        with av.open(str(target), "w") as out:
            copy = out.add_stream_from_template(stream)
            for k in range(times):
                for data, pts, dts, duration, key in packets:
                    packet = av.Packet(data)
                    packet.stream, packet.time_base, packet.duration = copy, stream.time_base, duration
                    packet.pts, packet.dts, packet.is_keyframe = pts + k * length, dts + k * length, key
                    out.mux(packet)
    return target


def videos(folder: Path, count: Count) -> tuple[Pair, str]:
    """Two videos of 1920 × 1080, five minutes each."""
    times, made = count(1, 75), []
    for side, frames in (("a", 100), ("b", 120)):
        once = make_video(folder / f"once-{side}.mp4", frames, 25, (1920, 1080))
        made.append(repeated(once, folder / f"{side}.mp4", times))
    return (made[0], made[1]), f"two videos of 1920 × 1080, {100 * times:,} and {120 * times:,} frames"


def features(folder: Path, count: Count) -> tuple[Pair, str]:
    """Two feature files of 100,000 rows and eight columns."""
    rows = count(2000, 100_000)
    walk = np.cumsum(np.random.default_rng(1).normal(0, 1, (rows, 8)), axis=0).astype(np.float32)
    at = np.arange(rows) + 0.02 * rows * np.sin(np.arange(rows) / rows * np.pi)
    for side, picked in (("a", walk), ("b", walk[np.rint(at).astype(int).clip(0, rows - 1)])):
        np.save(folder / f"{side}.npy", picked)
    return (folder / "a.npy", folder / "b.npy"), f"two feature files of {rows:,} × 8"


def sounds(folder: Path, count: Count) -> tuple[Pair, str]:
    """Two recordings of an hour."""
    seconds, rate = count(20, 3600), 16_000
    for side, seed in (("a", 1), ("b", 2)):
        rng = np.random.default_rng(seed)
        # The same noise of another level each second on both sides, and some of its own.
        with soundfile.SoundFile(folder / f"{side}.wav", "w", rate, 1) as file:
            for k in range(seconds):
                common = np.random.default_rng(100 + k)
                level = common.uniform(0.05, 0.5)
                file.write(level * common.uniform(-1, 1, rate) + 0.01 * rng.uniform(-1, 1, rate))
    return (folder / "a.wav", folder / "b.wav"), f"two recordings of {seconds:,} s"


@pytest.mark.parametrize("kind", [videos, features, sounds])
def test_the_window_answers_however_large_the_files(
    qtbot: QtBot,
    window: MainWindow,
    tmp_path: Path,
    count: Count,
    promise: Callable[[int, str], None],
    monkeypatch: pytest.MonkeyPatch,
    kind: Callable[[Path, Count], tuple[Pair, str]],
) -> None:
    paths, what = kind(tmp_path, count)
    window.commands.warm_up()
    qtbot.waitUntil(lambda: not window.jobs.active, timeout=120_000)
    troubles: list[str] = []
    window.operations.failed.connect(troubles.append)

    def trial(attempt: int) -> None:
        # Nothing comes from the cache of features.
        monkeypatch.setenv("SYNCLINE_CACHE", str(tmp_path / f"cache{attempt}"))
        window.projects.new()
        window.operations.open_paths([str(p) for p in paths])
        qtbot.waitUntil(lambda: window.document.session.alignment is not None or troubles != [], timeout=3_600_000)
        qtbot.waitUntil(lambda: not window.jobs.active and window.matrix.feeder.idle, timeout=600_000)
        assert troubles == []

    stays_awake(trial, count, promise, f"open and align {what}")
