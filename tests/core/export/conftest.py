from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

_spec = importlib.util.spec_from_file_location("export_made", Path(__file__).with_name("made.py"))
assert _spec is not None and _spec.loader is not None
made = importlib.util.module_from_spec(_spec)
sys.modules["export_made"] = made
_spec.loader.exec_module(made)

A_FRAMES, B_FRAMES = 40, 60


def staircase() -> np.ndarray:
    """A monotone path from (0, 0) to (39, 59): every frame of A has one or two of B."""
    steps = [(0, 0)]
    for i in range(A_FRAMES):
        for j in range(steps[-1][1], round(i * (B_FRAMES - 1) / (A_FRAMES - 1)) + 1):
            if (i, j) != steps[-1]:
                steps.append((i, j))
    return np.array(steps)


@pytest.fixture(scope="session")
def clips(tmp_path_factory):
    """A: 40 frames at uneven times; B: 60 frames, 25 a second, both with clicks."""
    folder = tmp_path_factory.mktemp("clips")
    gaps = np.resize([1 / 30, 1 / 24, 1 / 60], A_FRAMES)
    a_times = np.concatenate([[0.0], np.cumsum(gaps)[:-1]])
    a_times = np.round(a_times * 90_000) / 90_000
    b_times = np.arange(B_FRAMES) / 25
    rate = 44_100
    a = made.video(folder / "a.mp4", a_times, (112, 64), (made.clicks(np.array([0.5]), 1.2, rate), rate))
    b = made.video(folder / "b.mp4", b_times, (140, 66), (made.clicks(np.array([0.6, 1.2, 1.9]), 2.4, rate), rate))
    return a, b


@pytest.fixture(scope="session")
def alignment(clips):
    return made.aligned(*clips, staircase(), constraints=made.edits())
