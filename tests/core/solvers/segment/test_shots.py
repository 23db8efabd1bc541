"""Shots of made films with known cuts, a dissolve, a fade and flashes; no false alarm in the shared videos."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edited_film import joined, mixed, painted, write
from syncline.errors import Cancelled, ParameterError
from syncline.model import Features
from syncline.progress import Monitor
from syncline.segmentation import segment
from syncline.solvers.segment.shots import ShotsParams, _middle, transitions

VIDEOS = ("carphone_pristine", "carphone_distorted", "pose2sim_cam01", "pose2sim_cam02", "sports2d_gait")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, np.ndarray]:
    """Cut at 40, a flash of three frames at 60, dissolve over 85–105, cut at 150, fade over 195–235; uneven times."""
    pictures = painted(1, 40)
    joined(pictures, painted(2, 65), "cut", 0)
    for k in range(60, 63):
        pictures[k] = mixed(pictures[k], 255.0, 0.8)
    joined(pictures, painted(3, 65), "dissolve", 20)
    joined(pictures, painted(4, 65), "cut", 0)
    joined(pictures, painted(5, 60), "fade", 20)
    rng = np.random.default_rng(0)
    times = np.cumsum(np.concatenate([[0], rng.uniform(0.5, 1.5, len(pictures) - 1) / 30]))
    return write(tmp_path_factory.mktemp("film") / "film.mp4", pictures, times), times


def test_cuts_to_the_frame_gradual_changes_in_their_middle_and_no_flash(film: tuple[Path, np.ndarray]) -> None:
    path, times = film
    found = segment(path, "shots")
    starts = [s.start for s in found.tiers.tiers[0].segments]
    assert [s.label for s in found.tiers.tiers[0].segments] == ["1", "2", "3", "4", "5"]
    assert starts[1] == pytest.approx(times[40], abs=1e-4)
    assert times[90] < starts[2] < times[100]
    assert starts[3] == pytest.approx(times[150], abs=1e-4)
    assert times[208] < starts[4] < times[222]
    assert found.figures == {"shots": 5, "cuts": 2, "gradual": 2}
    assert all(s.score is None or 0.5 <= s.score <= 1 for s in found.tiers.tiers[0].segments)
    only = segment(path, "shots", {"gradual": False}).tiers.tiers[0].segments
    assert [s.start for s in only] == [0.0, starts[1], starts[3]]
    assert len(segment(path, "shots", {"threshold": 20}).tiers.tiers[0].segments) == 1


def test_where_a_gradual_change_begins_and_ends(film: tuple[Path, np.ndarray]) -> None:
    rows = segment(film[0], "shots").features
    assert rows is not None
    dissolve, fade = (f for f in transitions(rows, ShotsParams()) if f.stop > f.start)
    assert abs(dissolve.start - 85) <= 3 and abs(dissolve.stop - 105) <= 3
    assert abs(fade.start - 195) <= 4 and abs(fade.stop - 235) <= 4


def test_set_boundaries_take_the_place_of_what_was_found_near(film: tuple[Path, np.ndarray]) -> None:
    path, times = film
    near, alone = times[42] + 0.002, times[175]
    found = [s.start for s in segment(path, "shots", boundaries=(near, alone)).tiers.tiers[0].segments]
    assert found[1] == pytest.approx(times[42], abs=1e-4)
    assert any(abs(t - alone) < 1e-4 for t in found) and len(found) == 6
    with pytest.raises(ParameterError, match="not within"):
        segment(path, "shots", boundaries=(99.0,))


def test_a_long_pan_and_slow_light_are_no_change_of_shot() -> None:
    rng = np.random.default_rng(2)
    t = np.arange(200)
    path = np.column_stack([np.sin(t / 60), np.cos(t / 60), t / 200]) @ rng.normal(0, 1, (3, 20))
    rows = Features((path + rng.normal(0, 0.01, path.shape)).astype(np.float32), t / 30)
    assert transitions(rows, ShotsParams()) == []
    there = np.where(t[:, None] < 100, path[0], path[150]).astype(np.float32)
    assert [f.row for f in transitions(Features(there, t / 30), ShotsParams())] == [100]


def test_few_frames_and_stopping() -> None:
    for n in (1, 2, 3, 5, 20):
        rows = Features(np.random.default_rng(0).normal(size=(n, 3)).astype(np.float32), np.arange(n) / 25)
        assert all(0 < f.row < n for f in transitions(rows, ShotsParams()))
    stopped = Monitor()
    stopped.cancel()
    with pytest.raises(Cancelled):
        transitions(Features(np.zeros((50, 2), np.float32), np.arange(50) / 25), ShotsParams(), stopped)
    five = np.random.default_rng(1).normal(size=(5, 400)).astype(np.float32)
    assert np.array_equal(_middle(*five), np.median(five, 0))


@pytest.mark.parametrize("name", VIDEOS)
def test_the_shared_videos_are_one_shot_each(data: Path, name: str) -> None:
    # In sports2d_gait the camera's exposure flickers for half a second.
    assert len(segment(data / f"video/{name}.mp4", "shots").tiers.tiers[0].segments) == 1
