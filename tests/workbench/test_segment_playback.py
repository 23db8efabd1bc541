"""A piece of a recording is heard from its first sample to its last, and nothing of its neighbours."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from syncline.model import Recording, Session
from syncline_workbench.document import Document
from syncline_workbench.segment_playback import GAP, SegmentPlayback, Stretch
from syncline_workbench.sound import HALF, RATE, Retimer
from workbench.sessions import sequence, sound


def ramp(start: float, count: int) -> np.ndarray:
    """Samples that say where they are: one second is 0.1."""
    return ((round(start * RATE) + np.arange(count)) / RATE / 10).astype(np.float32)


def heard(stretch: Stretch, blocks: int) -> np.ndarray:
    voice = Retimer(ramp)
    return np.concatenate([stretch.sound(k, voice) for k in range(blocks)])


@pytest.mark.parametrize(("first", "last"), [(1.0, 1.05), (2.0013, 2.5), (0.3, 0.31)])
def test_a_piece_is_heard_whole_and_alone(first: float, last: float) -> None:
    out = heard(Stretch(first, first, last, 1.0, False), 40)
    count = round((last - first) * RATE)
    # It fades in over the first block.
    whole = slice(min(HALF, count), count)
    assert np.abs(out[whole] - ramp(first, count)[whole]).max(initial=0.0) < 1e-5
    assert np.all(out[1:count] > 0) and np.all(out[count + 1 :] == 0)


def test_a_looped_piece_comes_again_after_a_silence_and_the_playhead_with_it() -> None:
    stretch = Stretch(1.02, 1.0, 1.06, 1.0, True)
    out = heard(stretch, 60)
    silent = np.flatnonzero(out == 0)
    runs = np.split(silent, np.flatnonzero(np.diff(silent) > 1) + 1)
    gaps = [r for r in runs if len(r) > HALF]
    assert [round(len(r) / RATE, 2) for r in gaps[:2]] == [GAP, GAP]
    # Pass after pass sounds alike: nothing of the end of one leaks into the next.
    second = gaps[0][-1] + 1
    third = gaps[1][-1] + 1
    assert np.array_equal(out[second : second + 2880], out[third : third + 2880])
    for sample in (100, second - 5000, second + 100, third + 2000):
        at = stretch.place(sample / RATE)
        if out[sample] == 0:
            assert at == 1.06
        elif sample > second + HALF or sample < second - 5000:
            assert at == pytest.approx(1.02 + sample / RATE if sample < second else 1.0 + (sample - third) / RATE)


def test_half_speed_takes_twice_as_long() -> None:
    stretch = Stretch(1.0, 1.0, 1.2, 0.5, False)
    out = heard(stretch, 60)
    assert np.flatnonzero(out)[-1] / RATE == pytest.approx(0.4, abs=1e-4)
    assert stretch.place(0.2) == pytest.approx(1.1) and stretch.place(9.0) == 1.2


@pytest.fixture
def document(qtbot: QtBot) -> Document:
    document = Document()
    media = sequence("walk.npy", 300, 3, 30.0)
    session = Session().with_recording(Recording(1, media)).with_recording(Recording(2, sound(seconds=4.0)))
    document.replace(session.with_recording_in_hand(1), "Open")
    return document


@pytest.fixture
def playback(document: Document) -> SegmentPlayback:
    return SegmentPlayback(document)


def test_a_piece_is_played_once_and_the_playhead_stops_at_its_end(playback: SegmentPlayback, qtbot: QtBot) -> None:
    places: list[float] = []
    playback.moved.connect(lambda: places.append(playback.a_time))
    playback.play_piece(2.0, 2.2)
    assert playback.playing and playback.bounds == (2.0, 2.2)
    qtbot.waitUntil(lambda: not playback.playing)
    assert playback.a_time == 2.2 and min(places) >= 2.0 and max(places) == 2.2
    # Space then goes on through the whole recording.
    playback.play()
    assert playback.bounds == (0.0, playback.end) and playback.a_time == 2.2
    playback.seek_a(playback.end - 0.05)
    qtbot.waitUntil(lambda: not playback.playing)
    assert playback.a_time == playback.end == playback.media[0].duration  # type: ignore[union-attr]


def test_a_loop_goes_on_until_another_recording_is_in_hand(
    document: Document, playback: SegmentPlayback, qtbot: QtBot
) -> None:
    playback.loop_piece(1.0, 1.1)
    rounds: list[float] = []
    playback.moved.connect(lambda: rounds.append(playback.a_time))
    qtbot.waitUntil(lambda: sum(b < a for a, b in pairwise(rounds)) > 2)
    assert all(1.0 <= t <= 1.1 for t in rounds)
    # Whoever goes elsewhere leaves the loop.
    playback.seek_a(5.0)
    assert playback.playing and not playback.looping and playback.bounds == (0.0, playback.end)
    playback.loop_piece(1.0, 1.1)
    document.look(recording=2)
    assert not playback.playing and playback.a_time == 0.0 and not playback.looping
