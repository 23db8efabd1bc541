"""Many recordings on one clock, made so that all of it is known."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

import syncline as sl
from syncline import _together as together_
from syncline import pipeline
from syncline.errors import Cancelled, ExportError, ParameterError
from syncline.progress import Monitor

POWERS = (1.0, 1.5, 0.7, 1.2)
LENGTHS = (60, 80, 70, 65)
RATE = 25.0


def at(power: float, length: int) -> np.ndarray:
    """Where in the common course (0..1) each row of a recording lies."""
    return np.linspace(0, 1, length) ** power


@pytest.fixture
def media(tmp_path: Path) -> list[sl.Media]:
    random = np.random.default_rng(0)
    for k, (power, length) in enumerate(zip(POWERS, LENGTHS, strict=True)):
        t = 2 * np.pi * at(power, length)[:, None] * [0.5, 0.8, 1.1, 1.4] + [0, 1, 2, 3]
        np.save(tmp_path / f"take{k}.npy", np.sin(t) + 0.01 * random.normal(size=t.shape))
    return [pipeline.open_media(tmp_path / f"take{k}.npy", rate=RATE) for k in range(4)]


def course(times: np.ndarray, k: int) -> np.ndarray:
    """The common course at seconds of recording k."""
    return np.clip(times * RATE / (LENGTHS[k] - 1), 0, 1) ** POWERS[k]


@pytest.mark.parametrize("reference", [2, "medoid", "barycentre"])
def test_at_each_moment_all_are_at_the_same_place(media: list[sl.Media], reference: int | str) -> None:
    found = together_.align_many(media, reference=reference)
    times = found.times()
    assert times.shape == (len(found.clock), 4)
    assert (np.diff(found.clock) > 0).all()
    places = np.column_stack([course(times[:, k], k) for k in range(4)])
    assert np.ptp(places, axis=1).mean() < 0.04
    moments = np.linspace(0.2, 2.0, 10)
    there = found.between(0, 1, moments)
    assert np.abs(course(there, 1) - course(moments, 0)).mean() < 0.03
    if isinstance(reference, int):
        assert found.reference == reference
        np.testing.assert_allclose(times[:, reference], found.clock)
    if reference == "barycentre":
        assert (np.diff(found.costs) <= 0).all()
        # The average's clock is the mean of all.
        np.testing.assert_allclose(found.clock, times.mean(1), atol=0.06)


def test_two_are_aligned_as_a_pair_is(media: list[sl.Media]) -> None:
    found = together_.align_many(media[:2], reference=0, params={"step_pattern": "symmetric1"})
    pair = pipeline.align(sl.Pair(media[0], media[1]), params={"step_pattern": "symmetric1"})
    assert pair.path is not None
    np.testing.assert_array_equal(found.paths[1].pairs, pair.path.pairs)


def test_a_table_with_a_column_for_each(media: list[sl.Media], tmp_path: Path) -> None:
    found = together_.align_many([*media[:2], media[1]], reference=0)
    file = together_.save_together(found, tmp_path / "clock.csv")
    with file.open(newline="") as lines:
        head, *rows = list(csv.reader(lines))
    assert head == ["clock", "take0", "take1", "take1 (3)"]
    np.testing.assert_array_equal(np.array(rows, float)[:, 1:], found.times())
    with pytest.raises(ExportError, match=r"\.csv"):
        together_.save_together(found, tmp_path / "clock.txt")


def test_refusals_and_cancel(media: list[sl.Media]) -> None:
    for bad, sentence in (
        (lambda: together_.align_many(media[:1]), "from 2 to 64"),
        (lambda: together_.align_many(media, reference=4), "no number 4"),
        (lambda: together_.align_many(media, reference="first"), "“first”"),
        (lambda: together_.align_many(media, features="chroma"), "chroma"),
    ):
        with pytest.raises(ParameterError, match=sentence):
            bad()
    monitor = Monitor()
    monitor.cancel()
    with pytest.raises(Cancelled):
        together_.align_many(media, monitor=monitor)
