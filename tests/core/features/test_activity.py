"""Video against sound: flashes and moves beside clicks and noises at times that are known."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

import syncline as sl
from syncline.cli import main
from syncline.features.activity import Activity, ActivityParams

RATE = 22050
FPS = 30


def warped(t: np.ndarray, seconds: float) -> np.ndarray:
    """Where the sound has what the video shows at `t`: the speed goes from 0.75 to 1.35 and back."""
    grid = np.linspace(0, seconds, 2000)
    speed = np.exp(np.interp(grid, np.linspace(0, seconds, 5), np.log([0.75, 1.35, 1.1, 0.8, 1.2])))
    return np.interp(t, grid, np.r_[0, np.cumsum(speed[:-1] * np.diff(grid))])


def event_pair(folder: Path, kind: str, seconds: float = 20.0) -> tuple[Path, Path, np.ndarray]:
    """A silent video and a sound of the same events, and their times on both clocks (k, 2)."""
    rng = np.random.default_rng(7)
    events = np.cumsum(rng.gamma(3, 0.35, 60) + 0.2)
    events = events[events < seconds - 1]
    lengths = np.full(len(events), 0.1) if kind == "flashes" else rng.uniform(0.12, 0.35, len(events))
    heard, gone = warped(events, seconds), warped(events + lengths, seconds)
    sound = rng.normal(0, 0.003, (round((float(gone[-1]) + 1) * RATE),))
    for start, end in zip((heard * RATE).astype(int), (gone * RATE).astype(int), strict=True):
        sound[start:end] += rng.normal(0, 0.3, (end - start,)) * np.hanning(end - start) ** 0.3
    soundfile.write(folder / "sound.wav", sound, RATE)
    at, places = 0.5, rng.uniform(0, 1, (len(events),))
    with av.open(str(folder / "video.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=FPS, options={"preset": "ultrafast", "crf": "28"})
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for k in range(round(seconds * FPS)):
            here: np.ndarray = np.flatnonzero((events <= k / FPS) & (k / FPS < events + lengths))
            picture = np.linspace(60, 120, 96) + rng.normal(0, 2, (64, 96))
            if kind == "flashes":
                picture += 80 * len(here)
            else:
                if len(here):
                    at += (float(places[here[0]]) - at) * 0.3
                picture[20:44, round(at * 70) : round(at * 70) + 24] = 220
            frame = np.repeat(np.clip(picture, 0, 255).astype(np.uint8)[..., None], 3, axis=2)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
    return folder / "video.mp4", folder / "sound.wav", np.column_stack([events, heard])


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
