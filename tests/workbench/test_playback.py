"""The playhead: B stands where the path puts A's frame; marks, loops, the clock."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from syncline.model import Alignment, Pair, Session, WarpingPath
from syncline_workbench.document import Document
from syncline_workbench.playback import Playback, clock, frame_at
from workbench.sessions import aligned, sound, video


def bent(a_frames: int = 40, b_frames: int = 80, rate: float = 20.0) -> Session:
    """B runs at half speed: row i of A is row 2i of B, exactly, until B's end."""
    a, b = video("a.mp4", a_frames, rate), video("b.mp4", b_frames, rate)
    pairs = [(0, 0)]
    for i in range(1, a_frames):
        pairs += [(i, 2 * i)]
    path = WarpingPath(np.array(pairs, np.intp), np.arange(a_frames) / rate, np.arange(b_frames) / rate, 0.0)
    return Session(a, b, alignments=(Alignment(1, Pair(a, b), path=path),), active=1)


@pytest.fixture
def document(qtbot: QtBot) -> Document:
    document = Document()
    document.replace(bent(), "Open")
    return document


@pytest.fixture
def playback(document: Document) -> Playback:
    return Playback(document)


def test_b_shows_the_frame_that_the_path_pairs_with_as(playback: Playback) -> None:
    for i in range(40):
        playback.seek_a(i / 20)
        assert (playback.a_frame, playback.b_frame) == (i, 2 * i)
    # Anywhere within a frame of A, the pair stays the same.
    playback.seek_a(7.9 / 20)
    assert (playback.a_frame, playback.b_frame) == (7, 14)


def test_steps_of_a_take_b_along_and_stop_at_the_ends(playback: Playback) -> None:
    playback.step(1)
    playback.step(10)
    assert (playback.a_frame, playback.b_frame) == (11, 22)
    playback.step(-100)
    assert (playback.a_frame, playback.b_frame) == (0, 0)
    playback.step(1000)
    assert (playback.a_frame, playback.b_frame) == (39, 78)
    assert playback.a_time == playback.end == 39 / 20


def test_a_step_of_b_alone_survives_seeking_until_the_path_changes_or_b_is_put(document: Document) -> None:
    playback = Playback(document)
    playback.seek_a(0.5)
    playback.step_b(3)
    assert (playback.a_frame, playback.b_frame) == (10, 23)
    playback.seek_a(1.0)
    assert (playback.a_frame, playback.b_frame) == (20, 43)
    assert playback.beside == 3
    playback.rejoin()
    assert (playback.a_frame, playback.b_frame, playback.beside) == (20, 40, 0)
    playback.seek_b(1.0)
    assert (playback.a_frame, playback.b_frame) == (10, 20)
    playback.step_b(-2)
    session = bent()
    document.replace(replace(document.session, alignments=session.alignments), "Align")
    assert playback.b_frame == 2 * (playback.a_frame or 0)


def test_the_cross_hair_may_leave_the_path_and_the_next_step_returns_to_it(playback: Playback) -> None:
    playback.seek(0.5, 3.0)
    assert (playback.a_time, playback.b_time, playback.b_frame) == (0.5, 3.0, 60)
    playback.step(1)
    assert (playback.a_frame, playback.b_frame) == (11, 22)


def test_without_a_path_b_runs_beside_a_and_holds_its_last_frame(qtbot: QtBot) -> None:
    document = Document()
    playback = Playback(document)
    playback.play()
    assert not playback.playing
    document.replace(Session(a=video("a", 100, 25), b=video("b", 50, 25)), "Open")
    playback.seek_a(1.0)
    assert playback.b_frame == 25
    playback.seek_a(3.0)
    assert (playback.a_frame, playback.b_frame) == (75, 49)


def test_sound_has_no_frames_and_steps_by_ten_milliseconds(qtbot: QtBot) -> None:
    document = Document()
    document.replace(Session(a=sound(seconds=10), b=sound(seconds=12)), "Open")
    playback = Playback(document)
    playback.step(3)
    assert playback.a_frame is None
    assert playback.a_time == pytest.approx(0.03)


def test_the_clock_runs_at_the_speed_asked_for_and_stops_at_the_end(qtbot: QtBot, playback: Playback) -> None:
    playback.speed = 0.5
    playback.seek_a(0.2)
    began = time.perf_counter()
    playback.play()
    qtbot.waitUntil(lambda: playback.a_time > 0.35, timeout=3000)
    assert (playback.a_time - 0.2) / (time.perf_counter() - began) == pytest.approx(0.5, rel=0.2)
    playback.speed = 99
    assert playback.speed == 2.0
    playback.seek_a(1.85)
    qtbot.waitUntil(lambda: not playback.playing, timeout=3000)
    assert playback.a_frame == 39
    playback.play()  # from the start again
    assert playback.a_time < 0.5
    playback.pause()


def test_shuttle(playback: Playback) -> None:
    playback.seek_a(1.0)
    rates = []
    for direction in (1, 1, 1, 1, 1, -1, -1):
        playback.shuttle(direction)
        rates.append(playback.rate)
    assert rates == [1, 2, 4, 8, 8, -1, -2]
    playback.shuttle(0)
    assert not playback.playing
    assert playback.rate == 1


def test_a_loop_returns_to_its_beginning(qtbot: QtBot, playback: Playback) -> None:
    playback.set_loop(0.5, 0.7)
    playback.seek_a(0.5)
    playback.play()
    turns, last = 0, 0.5
    deadline = time.monotonic() + 5
    while turns < 2 and time.monotonic() < deadline:
        qtbot.wait(5)
        assert 0.5 - 1e-9 <= playback.a_time <= 0.7
        turns += playback.a_time < last
        last = playback.a_time
    assert turns == 2
    playback.pause()
    playback.set_loop(None)
    assert (playback.mark_in, playback.mark_out, playback.looping) == (None, None, False)


def test_marks_that_pass_one_another_take_the_other_away(playback: Playback) -> None:
    playback.seek_a(1.0)
    playback.mark("in")
    playback.seek_a(1.5)
    playback.mark("out")
    assert playback.marks == (1.0, 1.5)
    playback.seek_a(0.5)
    playback.mark("out")
    assert (playback.mark_in, playback.mark_out) == (None, 0.5)


def test_heard_time_rules_over_the_timer(qtbot: QtBot, playback: Playback) -> None:
    playback.audio_clock = lambda: 1.25
    playback.play()
    qtbot.waitUntil(lambda: playback.a_time == 1.25, timeout=1000)
    playback.pause()


def test_opening_another_file_stops_the_player_and_forgets_the_loop(document: Document) -> None:
    playback = Playback(document)
    playback.set_loop(0.1, 0.3)
    playback.play()
    document.replace(aligned(), "Open A")
    assert not playback.playing
    assert not playback.looping


def test_frames_are_found_in_spite_of_rounding() -> None:
    media = video("x", 1000, 30000 / 1001)
    assert media.video is not None
    for i in range(1000):
        t = float(media.video.times[i])
        assert frame_at(media, np.nextafter(t, 0)) == frame_at(media, np.nextafter(t, 9e9)) == i
    assert [clock(t) for t in (0, 4.2, 59.9996, 3600, -0.5)] == [
        "00:00.000", "00:04.200", "01:00.000", "1:00:00.000", "-00:00.500",
    ]  # fmt: skip
