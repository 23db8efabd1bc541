"""The verbs from files to a result, on clips whose true alignment is known because it was painted into them."""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import syncline as sl
from clips import make_video
from syncline import pipeline
from syncline.edits.constraints import add_anchor
from syncline.features.motion import MotionParams

FPS, FRAMES_A, FRAMES_B = 30, 90, 120


def numbers() -> np.ndarray:
    """The frame of A that each frame of B shows: slow, fast, slow."""
    u = np.linspace(0, 1, FRAMES_B)
    return np.rint((u + 0.08 * np.sin(2 * np.pi * u)) * (FRAMES_A - 1)).astype(int)


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sl.Alignment]:
    folder = tmp_path_factory.mktemp("pair")
    with pytest.MonkeyPatch.context() as patch:
        # Made before the fixture that isolates a single test.
        patch.setenv("SYNCLINE_CACHE", str(folder / "cache"))
        a = make_video(folder / "a.mp4", FRAMES_A, FPS)
        b = make_video(folder / "b.mp4", FRAMES_B, FPS, numbers=numbers())
        yield sl.align(sl.open_pair(a, b))


def median_frames(a_seconds: np.ndarray, b_seconds: np.ndarray) -> float:
    """Median distance in frames between B seconds and where B truly shows A's second, by brute force."""
    shown = numbers() / FPS
    at = np.arange(FRAMES_B) / FPS
    errors = []
    for a, b in zip(a_seconds, b_seconds, strict=True):
        # A frame that B holds for a while is right anywhere in that while.
        best = at[np.abs(shown - a) <= np.abs(shown - a).min() + 1e-9]
        errors.append(np.abs(best - b).min() * FPS)
    return float(np.median(errors))


def test_align_finds_the_retiming_and_the_csv_holds_it(solved: sl.Alignment, tmp_path: Path) -> None:
    assert solved.path is not None
    seconds = np.arange(FRAMES_A) / FPS
    assert median_frames(seconds, solved.path.to_b(seconds)) <= 1
    # Laying the clips side by side from the start would fail this bound.
    assert median_frames(seconds, seconds) > 5
    target = tmp_path / "path.csv"
    sl.export(solved, target)
    with target.open(encoding="utf-8-sig", newline="") as file:
        lines = [row for row in csv.reader(file) if row and not row[0].startswith("#")]
    header, rows = lines[0], np.array(lines[1:], float)
    columns = [next(k for k, name in enumerate(header) if name.startswith(side)) for side in ("a_t", "b_t")]
    np.testing.assert_allclose(rows[:, columns], solved.path.times, atol=1e-6)


def test_realign_goes_through_an_anchor(solved: sl.Alignment) -> None:
    assert solved.path is not None
    a = 45 / FPS
    b = float(solved.path.to_b(a)) + 9 / FPS
    constraints, _ = add_anchor(sl.Constraints(), a, b)
    moved = sl.realign(solved, constraints=constraints)
    assert moved.path is not None
    assert np.hypot(*(moved.path.times - (a, b)).T).min() <= 0.5 / FPS
    assert moved.solved is constraints
    assert np.hypot(*(solved.path.times - (a, b)).T).min() > 2 / FPS


def test_features_and_a_truth_that_come_later_keep_the_path(solved: sl.Alignment) -> None:
    assert solved.features_a is not None
    bare = pipeline.with_features(replace(solved, features_a=None, features_b=None))
    assert bare.path is solved.path
    assert bare.features_a is not None
    np.testing.assert_array_equal(bare.features_a.values, solved.features_a.values)
    seconds = np.column_stack([numbers(), np.arange(FRAMES_B)]) / FPS
    session = sl.Session(solved.pair.a, solved.pair.b, alignments=(solved,))
    (judged,) = pipeline.judged(session, sl.Truth(seconds)).alignments
    assert judged.path is solved.path
    assert judged.errors is not None
    assert judged.errors.median_frames is not None
    assert judged.errors.median_frames <= 1


def test_a_damaged_entry_of_the_cache_is_computed_again(solved: sl.Alignment, isolated: Path) -> None:
    recipe = pipeline.parse_features("motion:grid=2")
    # Not the folder of the other tests.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SYNCLINE_CACHE", str(isolated))
        first, *_ = sl.extract(solved.pair, recipe)
        size = pipeline.cache_size()
        entries = sorted(isolated.rglob("*.features"))
        whole = [entry.read_bytes() for entry in entries]
        assert size == sum(map(len, whole)) > 0
        for entry, blob in zip(entries, whole, strict=True):
            entry.write_bytes(blob[:200] + bytes(64) + blob[264:])
        again, *_ = sl.extract(solved.pair, recipe)
        np.testing.assert_array_equal(again.values, first.values)
        assert [entry.read_bytes() for entry in entries] == whole
        assert pipeline.clear_cache() == size
        assert pipeline.cache_size() == 0


def test_a_clip_that_was_changed_after_opening_is_refused(solved: sl.Alignment, tmp_path: Path) -> None:
    clip = Path(shutil.copy(solved.pair.a.path, tmp_path / "clip.mp4"))
    pair = sl.open_pair(clip, solved.pair.b)
    whole = clip.read_bytes()
    # Same length, other content, and a time of its own.
    clip.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    os.utime(clip, (1e9, 1e9))
    with pytest.raises(sl.MediaError, match=r"clip\.mp4.*changed"):
        sl.align(pair)


def test_recipes_are_read_as_written() -> None:
    recipe = pipeline.parse_features("appearance + 5e-1*motion:grid=6,side=200 @16")
    assert [(t.name, t.weight) for t in recipe.terms] == [("appearance", 1.0), ("motion", 0.5)]
    assert recipe.terms[1].params == MotionParams(grid=6, side=200)
    assert recipe.components == 16
    assert [t.weight for t in pipeline.parse_features("1e+2*chroma+onset").terms] == [100.0, 1.0]
    assert pipeline.parse_features(" auto ").automatic


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("nosuch", "nosuch"),
        ("appearance+", "There is no feature “”"),
        ("much*motion", "much"),
        ("motion:grid", "grid"),
        ("motion:nosuch=1", "nosuch"),
        ("motion:grid=0", "[Gg]rid"),
        ("motion:grid=six", "six"),
        ("chroma@few", "few"),
    ],
)
def test_recipes_that_can_not_be_read_are_refused_by_name(text: str, word: str) -> None:
    with pytest.raises(sl.ParameterError, match=word):
        pipeline.parse_features(text)


def test_a_clip_aligns_with_its_strongly_compressed_copy(data: Path) -> None:
    pair = sl.open_pair(data / "video/carphone_pristine.mp4", data / "video/carphone_distorted.mp4")
    path = sl.align(pair).path
    assert path is not None
    assert pair.a.frame_times is not None
    assert pair.b.frame_times is not None
    # The same 120 frames: frame k lies on frame k.
    errors = np.abs(path.to_b(pair.a.frame_times) - pair.b.frame_times)
    assert np.median(errors) <= np.median(np.diff(pair.b.frame_times))
