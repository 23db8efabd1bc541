"""Video against sound: flashes and moves beside clicks and noises at times that are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import syncline as sl
from events import FPS, RATE, event_pair
from syncline.cli import main
from syncline.features.activity import Activity, ActivityParams


@pytest.mark.parametrize("kind", ["flashes", "moves"])
def test_a_silent_video_aligns_with_the_sound_of_the_same_events(kind: str, tmp_path: Path) -> None:
    video, sound, truth = event_pair(tmp_path, kind)
    there = sl.align(sl.open_pair(video, sound))
    assert there.path is not None
    assert there.resolved is not None
    assert there.resolved.features.label() == "activity"
    assert "video without sound" in there.reason
    error = np.abs(there.path.to_b(truth[:, 0]) - truth[:, 1])
    assert np.median(error) < 0.06
    assert np.quantile(error, 0.9) < 0.12
    straight = np.abs(truth[:, 0] * there.pair.b.duration / there.pair.a.duration - truth[:, 1])
    assert error.mean() < 0.2 * straight.mean()
    # The other way round it is the same path, from sound to pictures.
    back = sl.align(sl.open_pair(sound, video))
    assert back.path is not None
    assert np.median(np.abs(back.path.to_b(truth[:, 1]) - truth[:, 0])) < 0.06


def test_the_command_line_aligns_such_a_pair(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    video, sound, _ = event_pair(tmp_path, "flashes", 6.0)
    assert main(["align", str(video), str(sound), "-q", "-o", str(tmp_path / "path.csv")]) == 0
    assert "activity" in capsys.readouterr().out
    assert len((tmp_path / "path.csv").read_text().splitlines()) > 100


def test_what_flashes_and_what_clicks_begins_at_the_same_time() -> None:
    seen, heard = Activity(ActivityParams()), Activity(ActivityParams())
    starts = [0.5, 1.2, 2.4]
    for k in range(90):
        lit = any(s <= k / FPS < s + 0.1 for s in starts)
        seen.update(np.full((32, 48), 200 if lit else 60, np.uint8), k / FPS)
    samples = np.zeros(3 * RATE, np.float32)
    for s in starts:
        samples[round(s * RATE) : round(s * RATE) + 200] = 0.5
    heard.update(samples, 0.0)
    for features in (seen.finish(), heard.finish()):
        first = features.values[:, 0]
        begun = features.times[np.flatnonzero((first > 0.8) & (np.r_[0, first[:-1]] < 0.3))]
        for s in starts:
            assert np.abs(begun - s).min() < 0.035
