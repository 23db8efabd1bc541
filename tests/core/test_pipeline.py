"""The order of the verbs, from files to a corrected and exported path."""

from __future__ import annotations

import gc
import json
import os
import threading
import time
import weakref
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

import syncline as sl
from clips import make_video
from syncline import extraction, pipeline, threads
from syncline.features.appearance import Appearance, AppearanceParams
from syncline.model import Pair, Truth

SHOWN = np.r_[0:10, np.repeat(np.arange(10, 20), 2), 20:40:2, 40:60]
"""Which of A's frames B shows: as it is, at half speed, at twice the speed, as it is."""


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("clips")
    return (
        make_video(folder / "a.mp4", 60, size=(160, 120)),
        make_video(folder / "b.mp4", len(SHOWN), size=(160, 120), numbers=SHOWN),
    )


@pytest.fixture
def pair(clips: tuple[Path, Path]) -> Pair:
    pair = sl.open_pair(*clips)
    assert pair.a.frame_times is not None
    assert pair.b.frame_times is not None
    return replace(pair, truth=Truth(np.column_stack([pair.a.frame_times[SHOWN], pair.b.frame_times])))


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files whose pictures or sound are decoded from now on."""
    decoded: list[str] = []
    for name in ("_feed_pictures", "_feed_sound"):
        feed = getattr(extraction, name)

        def counting(media: Any, *rest: Any, feed: Any = feed) -> None:
            decoded.append(media.name)
            feed(media, *rest)

        monkeypatch.setattr(extraction, name, counting)
    return decoded


def test_the_readme_as_written(clips: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for source, name in zip(clips, ("a.mp4", "b.mp4"), strict=True):
        (tmp_path / name).write_bytes(source.read_bytes())
    monkeypatch.chdir(tmp_path)

    pair = sl.open_pair("a.mp4", "b.mp4")
    al = sl.align(pair)
    sl.export(al, "path.csv")

    table = np.genfromtxt(tmp_path / "path.csv", delimiter=",", names=True)
    assert table.dtype.names == ("a_frame", "a_time", "b_frame", "b_time")
    np.testing.assert_array_equal(np.c_[table["a_frame"], table["b_frame"]], al.path.pairs)  # type: ignore[union-attr]
    assert al.reason
    assert al.resolved is not None
    assert al.resolved.params.step_pattern == "symmetric1"
    assert al.recipe.params is None


def test_a_re_timed_copy_is_found_to_the_frame(pair: Pair) -> None:
    al = sl.align(pair)
    assert al.errors is not None
    assert al.errors.count == len(SHOWN)
    assert al.errors.within["1 frame"] > 0.95
    assert al.errors.median_frames is not None
    assert al.errors.median_frames <= 0.5


def test_an_edit_is_obeyed_with_the_features_at_hand(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    al = sl.align(pair)
    decoded = counted(monkeypatch)
    anchored = sl.Constraints(anchors=(sl.Anchor(1, 0.5, 0.9),), next_id=2)
    again = sl.realign(al, constraints=anchored)
    assert again.solved is anchored
    assert again.features_a is al.features_a
    assert again.path is not None
    assert [15, 27] in again.path.pairs.tolist()
    assert again.errors is not None
    assert al.errors is not None
    assert again.errors.mean_ms > al.errors.mean_ms
    # After loading a project the features are gone, and come from the cache.
    loaded = replace(again, features_a=None, features_b=None)
    np.testing.assert_array_equal(sl.realign(loaded).path.pairs, again.path.pairs)  # type: ignore[union-attr]
    assert not decoded


def test_one_decoding_pass_serves_all_terms_and_the_cache_the_next_time(
    pair: Pair, monkeypatch: pytest.MonkeyPatch, isolated: Path
) -> None:
    decoded = counted(monkeypatch)
    recipe = pipeline.parse_features("appearance+motion+0.5*colour")
    first = sl.extract(pair, recipe)
    assert sorted(decoded) == ["a.mp4", "b.mp4"]
    second = sl.extract(pair, recipe)
    assert len(decoded) == 2
    np.testing.assert_array_equal(first[0].values, second[0].values)
    # A damaged entry is computed again, and the others still serve.
    entries = sorted((isolated / "cache").rglob("*.features"))
    blob = bytearray(entries[0].read_bytes())
    blob[len(blob) // 2] ^= 1
    entries[0].write_bytes(blob)
    assert len(entries) == 6
    third = sl.extract(pair, recipe)
    assert len(decoded) == 3
    np.testing.assert_array_equal(first[0].values, third[0].values)
    assert pipeline.cache_size() > 0
    pipeline.clear_cache()
    assert pipeline.cache_size() == 0


def test_equal_features_are_held_once_and_no_longer_than_they_are_used(pair: Pair) -> None:
    first, again = (sl.align(pair, features="appearance", method=m) for m in ("dtw", "offset"))
    other = sl.align(pair, features="colour")
    assert first.features_a is again.features_a and first.features_b is again.features_b
    assert other.features_a is not first.features_a
    held = weakref.ref(again.features_a)
    del first, again
    gc.collect()
    assert held() is None


def test_pictures_that_pass_through_the_pipeline_are_the_frames(pair: Pair) -> None:
    from syncline.media import VideoReader

    extractor = Appearance(AppearanceParams())
    with VideoReader(pair.a) as reader:
        for _, shown, picture in reader.frames(max_side=extractor.picture.side, grey=True):
            extractor.update(np.ascontiguousarray(picture), shown)
    expected = extractor.finish()
    ours, _, resolved, reason = sl.extract(pair, pipeline.parse_features("appearance"))
    scale = ours.values.std() / expected.values.std()
    np.testing.assert_allclose(ours.values, expected.values * scale, atol=1e-5)
    np.testing.assert_array_equal(ours.times, pair.a.frame_times)
    assert resolved.terms[0].params == AppearanceParams()
    assert reason == ""


def test_a_file_that_changed_since_is_named(clips: tuple[Path, Path], tmp_path: Path) -> None:
    copy = tmp_path / "copy.mp4"
    copy.write_bytes(clips[1].read_bytes())
    pair = sl.open_pair(clips[0], copy)
    os.utime(copy, (1, 1))
    sl.extract(pair)
    copy.write_bytes(clips[0].read_bytes())
    with pytest.raises(sl.MediaError, match=r"copy\.mp4.*changed"):
        sl.extract(pair, pipeline.parse_features("motion"))
    copy.unlink()
    with pytest.raises(sl.MediaError, match=r"copy\.mp4"):
        sl.extract(pair, pipeline.parse_features("motion"))


def test_cancelling_stops_both_sides_and_an_error_of_one_is_the_one_heard(pair: Pair) -> None:
    monitor = sl.Monitor()
    began = threading.Event()

    def endless(side: sl.Monitor) -> None:
        began.set()
        while True:
            side.check()
            time.sleep(0.002)

    threading.Timer(0.05, monitor.cancel).start()
    start = time.perf_counter()
    with pytest.raises(sl.Cancelled):
        extraction.both(monitor, "Working", endless, endless)
    assert time.perf_counter() - start < 0.5

    def failing(_: sl.Monitor) -> None:
        began.wait()
        raise sl.MediaError("B is broken.")

    fresh = sl.Monitor()
    with pytest.raises(sl.MediaError, match=r"B is broken\."):
        extraction.both(fresh, "Working", endless, failing)
    assert not fresh.cancelled
    stopped = sl.Monitor()
    stopped.cancel()
    with pytest.raises(sl.Cancelled):
        sl.align(pair, monitor=stopped)


def test_progress_never_falls_and_says_what_is_done(pair: Pair) -> None:
    told: list[tuple[str, float]] = []
    sl.align(pair, monitor=sl.Monitor(lambda label, fraction: told.append((label, fraction))))
    fractions = [f for _, f in told]
    assert fractions[-1] == 1
    assert all(b >= a - 1e-9 for a, b in pairwise(fractions))
    labels = {label for label, _ in told}
    assert {"Extracting features of A", "Extracting features of B", "Aligning"} <= labels


def test_sound_of_a_video_is_laid_onto_sound(tmp_path: Path) -> None:
    rate = 22050
    rng = np.random.default_rng(4)
    notes = rng.integers(57, 82, 14)
    t = np.arange(round(0.25 * rate)) / rate
    tones = [np.sin(2 * np.pi * 440 * 2 ** ((m - 69) / 12) * t) * np.exp(-5 * t) for m in notes]
    slow = [np.sin(2 * np.pi * 440 * 2 ** ((m - 69) / 12) * np.arange(round(0.4 * rate)) / rate) for m in notes]
    slow = [s * np.exp(-5 * np.arange(len(s)) / rate) for s in slow]
    samples = np.concatenate(tones).astype(np.float32) * 0.5
    video = make_video(tmp_path / "a.mp4", 105, audio=(samples, rate))
    soundfile.write(tmp_path / "b.wav", np.concatenate(slow) * 0.5, rate)
    pair = sl.open_pair(video, tmp_path / "b.wav")
    al = sl.align(pair)
    assert "sound" in al.reason
    assert al.path is not None
    starts = np.arange(1, 14)
    np.testing.assert_allclose(al.path.to_b(starts * 0.25), starts * 0.4, atol=0.03)


def test_a_constant_shift_is_found_by_sound(tmp_path: Path) -> None:
    rng = np.random.default_rng(6)
    sound = rng.normal(0, 0.2, 5 * 16000)
    soundfile.write(tmp_path / "a.wav", sound[8000:], 16000)
    soundfile.write(tmp_path / "b.wav", sound[:-8000], 16000)
    al = sl.align(sl.open_pair(tmp_path / "a.wav", tmp_path / "b.wav"), method="offset")
    assert al.path is not None
    np.testing.assert_allclose(al.path.to_b(2.0), 2.5, atol=0.011)


def test_what_can_not_be_compared_is_said_in_words(clips: tuple[Path, Path], tmp_path: Path) -> None:
    for name, columns in (("three", 3), ("eight", 8), ("flat", 512)):
        np.save(tmp_path / f"{name}.npy", np.random.default_rng(1).normal(size=(40, columns)))
    three, eight, flat = (sl.open_media(tmp_path / f"{n}.npy", rate=20) for n in ("three", "eight", "flat"))
    video = sl.open_media(clips[0])
    with pytest.raises(sl.ParameterError, match="A has 3 channels and B has 8"):
        sl.align(Pair(three, eight), method="dtw")
    with pytest.raises(sl.ParameterError, match="nothing in common"):
        sl.align(Pair(video, three))
    with pytest.raises(sl.ParameterError, match=r"chroma.*a\.mp4.*video without sound"):
        sl.align(Pair(video, video), features="chroma")
    with pytest.raises(sl.ParameterError, match="no feature “nonsense”"):
        sl.align(Pair(video, video), features="nonsense")
    with pytest.raises(sl.ParameterError, match="no method"):
        sl.align(Pair(three, three), method="nonsense")
    with pytest.raises(sl.ParameterError, match="step_pattern"):
        sl.align(Pair(three, three), params={"step_pattern": "zigzag"})
    # A recipe that gives both sides the same width is taken at its word.
    features = sl.extract(Pair(video, flat), pipeline.parse_features("appearance+given"))
    assert features[0].values.shape == (60, 512)
    assert features[1].values.shape == (40, 512)


@pytest.mark.parametrize(
    ("text", "terms", "components"),
    [
        ("appearance", [("appearance", 1.0, {})], 0),
        ("appearance+0.5*motion:grid=6", [("appearance", 1.0, {}), ("motion", 0.5, {"grid": 6})], 0),
        (" 1e+1*chroma:kind=cens, hop_ms=40 + onset @ 16", [("chroma", 10.0, {"kind": "cens", "hop_ms": 40.0}), ("onset", 1.0, {})], 16),
        ("auto", [], 0),
    ],
)  # fmt: skip
def test_recipes_in_short_form(text: str, terms: list[tuple[str, float, dict[str, Any]]], components: int) -> None:
    recipe = pipeline.parse_features(text)
    assert recipe.components == components
    assert [(t.name, t.weight) for t in recipe.terms] == [(n, w) for n, w, _ in terms]
    for term, (_, _, values) in zip(recipe.terms, terms, strict=True):
        assert {k: getattr(term.params, k) for k in values} == values


@pytest.mark.parametrize(
    "text", ["+", "x*motion", "motion:grid", "motion:grid=none", "motion:grid=9999", "motion@few", "motion:nope=1"]
)
def test_what_is_no_recipe_is_refused_in_words(text: str) -> None:
    with pytest.raises(sl.ParameterError, match=r".{10,}"):
        pipeline.parse_features(text)


@pytest.mark.parametrize("text", ["appearance+", "+motion", "appearance++motion", "2*", "*", "appearance+:grid=3"])
def test_a_feature_that_is_not_named_is_missed(text: str) -> None:
    with pytest.raises(sl.ParameterError, match=r"^“.+” lacks a feature beside .*\.$"):
        pipeline.parse_features(text)


def test_all_methods_are_listed_as_plain_values() -> None:
    listed = pipeline.methods()
    assert json.loads(json.dumps(listed)) == listed
    assert {"appearance", "motion", "colour", "log_mel", "mfcc", "chroma", "onset", "given"} <= {
        m["name"] for m in listed["features"]
    }
    assert {"dtw", "offset"} <= {m["name"] for m in listed["methods"]}
    assert {"changepoints", "units", "ctc"} <= {m["name"] for m in listed["segmenters"]}
    assert {"contrastive", "joint", "gate"} <= {m["name"] for m in listed["learners"]}
    assert {"assignment", "sinkhorn"} <= {m["name"] for m in listed["matchers"]}
    assert {"text", "learned"} <= {m["name"] for m in listed["similarities"]}
    assert "links_json" in {m["name"] for m in listed["link_exporters"]}
    assert all(m["title"] and m["help"] for family in listed.values() for m in family)


def test_averaged_rows_stand_where_the_first_of_them_stood() -> None:
    fewer = sl.Features(np.array([[1.0], [3.0], [5.0], [9.0], [4.0]], np.float32), np.arange(5.0)).averaged(3)
    assert fewer.values.tolist() == [[2.0], [7.0], [4.0]] and fewer.times.tolist() == [0.0, 2.0, 4.0]


def test_the_curve_follows_what_changes() -> None:
    values = np.repeat(np.array([0, 0, 0, 5, 5, 6, 6, 6], np.float32)[:, None], 3, axis=1)
    curve = pipeline.curve(sl.Features(values, np.arange(8.0)))
    assert curve.argmax() == 3
    np.testing.assert_allclose(curve[[1, 2, 4, 6]], 0)
    assert 0.15 < curve[5] < 0.25


# The promises of the issue, on real recordings.


def test_default_errors_on_shared_videos(data: Path) -> None:
    video = data / "video"
    al = sl.align(
        sl.open_pair(
            video / "pose2sim_cam02.mp4", video / "pose2sim_cam02_retimed.mp4", video / "pose2sim_cam02_retimed_map.csv"
        )
    )
    assert al.errors is not None
    assert al.errors.median_frames is not None
    assert al.errors.median_frames <= 1
    pair = sl.open_pair(video / "carphone_pristine.mp4", video / "carphone_distorted.mp4")
    times = pair.a.frame_times
    assert times is not None
    al = sl.align(replace(pair, truth=Truth(np.column_stack([times, times]))))
    assert al.errors is not None
    assert al.errors.p90_frames is not None
    assert al.errors.p90_frames <= 1


@pytest.mark.parametrize(
    ("a", "b", "truth", "median", "mean"),
    [
        ("Chopin_op10_no3_p01", "Chopin_op10_no3_p22", "Chopin_op10_no3_p01_p22_notes", 12, 20),
        ("schubert_d911-01_excerpt_HU33", "schubert_d911-01_excerpt_SC06", "schubert_d911-01_excerpt_measures", 50, 60),
    ],
)
def test_default_errors_on_shared_music(data: Path, a: str, b: str, truth: str, median: float, mean: float) -> None:
    folder = data / "audio"
    al = sl.align(sl.open_pair(folder / f"{a}.flac", folder / f"{b}.flac", folder / f"{truth}.csv"))
    assert al.errors is not None
    assert al.errors.median_ms <= median
    assert al.errors.mean_ms <= mean


def test_thread_limits_are_given_back_by_the_last_to_leave() -> None:
    import cv2

    before = cv2.getNumThreads()
    first, second = threads.single_threaded(), threads.single_threaded()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert cv2.getNumThreads() == 1
    second.__exit__(None, None, None)
    assert cv2.getNumThreads() == before
