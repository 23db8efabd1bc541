"""Made events, seen in a silent video and heard in a sound that goes at another speed."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import soundfile

RATE = 22050
FPS = 30


def warped(t: np.ndarray, seconds: float) -> np.ndarray:
    """Where the sound has what the video shows at `t`: the speed goes from 0.75 to 1.35 and back."""
    grid = np.linspace(0, seconds, 2000)
    speed = np.exp(np.interp(grid, np.linspace(0, seconds, 5), np.log([0.75, 1.35, 1.1, 0.8, 1.2])))
    return np.interp(t, grid, np.r_[0, np.cumsum(speed[:-1] * np.diff(grid))])


def event_pair(folder: Path, kind: str, seconds: float = 20.0, seed: int = 7) -> tuple[Path, Path, np.ndarray]:
    """A silent video and a sound of the same events, and their times on both clocks (k, 2)."""
    rng = np.random.default_rng(seed)
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
