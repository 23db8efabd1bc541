"""Small sessions made by hand, for tests of views: no file is read and nothing is solved."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from syncline.model import (
    Alignment,
    Anchor,
    AudioStream,
    Constraints,
    Errors,
    FeatureRecipe,
    Features,
    FeatureTerm,
    Forbidden,
    Lock,
    Media,
    Pair,
    Recipe,
    Sequence,
    Session,
    Truth,
    VideoStream,
    WarpingPath,
)

ERRORS = Errors(
    count=40,
    mean_ms=21.0,
    median_ms=16.0,
    p90_ms=48.0,
    max_ms=80.0,
    mean_frames=0.525,
    median_frames=0.4,
    p90_frames=1.2,
    within={"1 frame": 0.972, "50 ms": 1.0},
)


def video(name: str = "bikes-take1.mp4", frames: int = 250, rate: float = 25.0, notes: tuple[str, ...] = ()) -> Media:
    """A video of even frames; the file does not exist."""
    times = np.arange(frames) / rate
    stream = VideoStream(
        index=0,
        codec="h264",
        width=640,
        height=360,
        times=times,
        last_duration=1 / rate,
        rate=rate,
        varies=False,
        rotation=0,
        mirrored=False,
        bit_depth=8,
        start=0.0,
        pts=np.arange(frames, dtype=np.int64),
        keys=np.arange(0, frames, 50, dtype=np.int64),
        time_base=(1, round(rate)),
    )
    return Media(Path("/nowhere") / name, "video", frames / rate, name, 1_900_000, 0, video=stream, notes=notes)


def sound(name: str = "take.wav", rate: int = 44_100, channels: int = 2, seconds: float = 65.8) -> Media:
    """A recording; the file does not exist."""
    stream = AudioStream(0, "pcm_s16le", rate, channels, round(seconds * rate))
    return Media(Path("/nowhere") / name, "audio", seconds, name, 11_000_000, 0, audio=stream)


def sequence(name: str = "walk.npy", rows: int = 300, channels: int = 34, rate: float = 30.0) -> Media:
    """A feature file; it does not exist."""
    times = np.arange(rows) / rate
    return Media(Path("/nowhere") / name, "features", rows / rate, name, 1, 0, sequence=Sequence(times, channels))


def features(times: np.ndarray, width: int = 3) -> Features:
    """Features that differ from row to row."""
    values = np.sin(times[:, None] * np.arange(1, width + 1)).astype(np.float32)
    return Features(np.ascontiguousarray(values), times.copy())


def path(n: int, m: int, a_rate: float = 25.0, b_rate: float = 25.0, normalised: float = 0.041) -> WarpingPath:
    """A path from corner to corner that is diagonal first and then runs along the longer side."""
    k = min(n, m)
    pairs = [(i, i) for i in range(k)]
    pairs += [(i, m - 1) for i in range(k, n)] + [(n - 1, j) for j in range(k, m)]
    return WarpingPath(
        np.array(pairs, np.intp), np.arange(n) / a_rate, np.arange(m) / b_rate, normalised * (n + m), normalised
    )


def constraints() -> Constraints:
    """Three anchors (ids 1, 2, 3; the last one a jump), a lock (4) and a forbidden rectangle (5)."""
    return Constraints(
        anchors=(
            Anchor(1, 1.48, 1.72),
            Anchor(2, 4.2, 5.12, note="left foot"),
            Anchor(3, 8.04, 9.0, kind="jump", a_end=8.04, b_end=9.6),
        ),
        locks=(Lock(4, np.array([[2.0, 2.4], [3.0, 3.5]])),),
        forbidden=(Forbidden(5, 5.0, 6.0, 1.0, 2.0),),
        next_id=6,
    )


def aligned(*, edited: bool = True, truth: bool = False) -> Session:
    """Two videos with two alignments; the first is active, and edited if asked for."""
    a, b = video(), video("bikes-take2.mp4", 287)
    known = Truth(np.array([[0.0, 0.1], [5.0, 6.0]]), "/nowhere/bikes.csv") if truth else None
    pair = Pair(a, b, known)
    automatic = FeatureRecipe()
    resolved = Recipe(FeatureRecipe((FeatureTerm("appearance"), FeatureTerm("motion", 0.5))), "dtw")
    first = Alignment(
        1,
        pair,
        Recipe(automatic, "dtw"),
        resolved,
        "both files are videos of the same length of shot",
        constraints() if edited else Constraints(),
        path=path(250, 287),
        seconds=0.0021,
        errors=ERRORS if truth else None,
        name="DTW · symmetric2",
    )
    second = Alignment(
        2, pair, Recipe(automatic, "offset"), path=path(250, 287, normalised=0.118), name="Global offset"
    )
    third = replace(second, id=3, path=path(250, 287, normalised=0.047), name="CTW · 3 components")
    return Session(a, b, known, alignments=(first, third, second), active=1, ghosts=frozenset({3}))
