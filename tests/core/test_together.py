"""Many recordings on one clock, made so that all of it is known."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

import syncline as sl
from syncline import _moments, cli, pipeline
from syncline import _together as together_
from syncline.errors import Cancelled, ExportError, Infeasible, MediaError, ParameterError
from syncline.model import Features
from syncline.progress import Monitor
from syncline.solvers.warp import dba

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


def moment(place: float, off: float = 0.0) -> list[float | None]:
    """A row of every recording at one place of the course; in the second one `off` seconds later."""
    rows = [round(place ** (1 / p) * (n - 1)) for p, n in zip(POWERS, LENGTHS, strict=True)]
    return [row / RATE + off * (k == 1) for k, row in enumerate(rows)]


def shared(found: sl.Together, known: np.ndarray) -> set[int]:
    """Rows of the clock at which all recordings have the moment."""
    rows: list[set[int]] = []
    for path, t in zip(found.paths, known, strict=True):
        if np.isfinite(t):
            own = path.pairs[:, 1] == round(t * RATE)
            rows.append(set(path.pairs[own, 0].tolist()))
    return set.intersection(*rows)


@pytest.mark.parametrize(
    ("reference", "method"),
    [(0, "dtw"), ("medoid", "dtw"), ("barycentre", "dtw"), ("barycentre", "gctw")],
)
def test_moments_are_met(media: list[sl.Media], reference: int | str, method: str) -> None:
    wrong, partly, elsewhere = moment(0.5, 0.6), moment(0.3), moment(0.7)
    # Known in two only, once without the reference.
    partly[0] = partly[3] = elsewhere[1] = elsewhere[2] = None
    params = {"rounds": 3} if method == "gctw" else None
    given = [wrong, elsewhere, partly]
    found = together_.align_many(media, reference=reference, method=method, params=params, moments=given)
    np.testing.assert_array_equal(found.moments, np.array([partly, wrong, elsewhere], float))
    for known in found.moments:
        assert shared(found, known)
    # Without them the wrong one is nowhere near.
    free = together_.align_many(media, reference=reference, method=method, params=params)
    assert not shared(free, found.moments[1])
    assert (np.diff(found.clock) > 0).all()


def test_a_common_course_by_gctw(media: list[sl.Media]) -> None:
    found = together_.align_many(media, method="gctw", params={"rounds": 20})
    assert found.reference is None
    assert found.costs == ()
    places = np.column_stack([course(found.times()[:, k], k) for k in range(4)])
    # Smooth warps: a third of a row, where an average of rows leaves two and a half.
    assert np.ptp(places, axis=1).mean() < 0.012
    np.testing.assert_allclose(found.clock, found.times().mean(1), atol=0.02)


def least(a: np.ndarray, b: np.ndarray) -> float:
    """The cost of dynamic time warping, symmetric1 and squared, cell by cell."""
    far = ((a[:, None].astype(float) - b[None]) ** 2).sum(2)
    total = np.full((len(a) + 1, len(b) + 1), np.inf)
    total[0, 0] = 0
    for i, j in np.ndindex(far.shape):
        total[i + 1, j + 1] = far[i, j] + min(total[i, j], total[i, j + 1], total[i + 1, j])
    return float(total[-1, -1])


def test_every_round_of_averaging_obeys() -> None:
    random = np.random.default_rng(4)
    rows = [random.normal(size=(n, 2)).astype(np.float32).cumsum(0) for n in (9, 12, 11)]
    sequences = [Features(r, np.arange(len(r)) / RATE) for r in rows]
    at = (4, 3, 8)
    held = [sl.Constraints((sl.Anchor(1, at[0] / RATE, j / RATE),), next_id=2) for j in at]
    costs: list[float] = []
    for count in range(4):
        found = dba.barycentre(sequences, dba.DbaParams(rounds=count), start=0, constraints=held)
        for path, j in zip(found.paths, at, strict=True):
            assert [at[0], j] in path.pairs.tolist()
        costs = list(found.costs)
    assert len(costs) == 4
    assert (np.diff(costs) < 0).all()
    halves = 0.0
    for r, j in zip(rows, at, strict=True):
        meeting = float(((rows[0][4].astype(float) - r[j]) ** 2).sum())
        halves += least(rows[0][:5], r[: j + 1]) + least(rows[0][4:], r[j:]) - meeting
    assert costs[0] == pytest.approx(halves, rel=1e-6)


def test_moments_from_a_table(media: list[sl.Media], tmp_path: Path) -> None:
    paths = [str(tmp_path / f"take{k}.npy") for k in range(4)]
    free = together_.align_many(media, reference=1)
    table = together_.save_together(free, tmp_path / "free.csv").read_text().splitlines()
    words = table[40].split(",")
    assert len(words) == 5
    words[3] = ""
    words[1] = repr(float(words[1]) + 0.2)
    file = tmp_path / "known.csv"
    file.write_text("\n".join([table[0], ",".join(words), ""]))
    assert _moments.load_moments(file, 4) == [[float(words[1]), float(words[2]), None, float(words[4])]]
    out = tmp_path / "out.csv"
    opened = [pipeline.open_media(p) for p in paths]
    assert cli.main(["sync", *paths, "-o", str(out), "--reference", "2", "--moments", str(file), "-q"]) == 0
    with out.open(newline="") as lines:
        made = np.array(list(csv.reader(lines))[1:], float)
    expected = together_.align_many(opened, reference=1, moments=_moments.load_moments(file, 4))
    np.testing.assert_array_equal(made[:, 1:], expected.times())
    file.write_text("a,b\n1,2\n")
    with pytest.raises(MediaError, match="line 2: 2 columns for 4"):
        _moments.load_moments(file, 4)
    file.write_text("a,b,c,d\n1,2,x,3\n")
    with pytest.raises(MediaError, match="seconds are numbers"):
        _moments.load_moments(file, 4)


def test_moments_that_can_not_be(media: list[sl.Media]) -> None:
    for bad, error, sentence in (
        ([[1.0, 1.0]], ParameterError, "each of the 4 recordings"),
        ([[1.0, None, None, None]], ParameterError, "two recordings or more"),
        ([[1.0, 99.0, None, None]], ParameterError, "Moment 1 lies outside “take1.npy”"),
        ([[1.0, 1.0, None, None], [1.5, 0.5, 1.0, None]], Infeasible, "cross"),
        # Only all three together go round in a circle.
        ([[1.0, 2.0, None, None], [None, 1.0, 2.0, None], [2.0, None, 1.0, None]], Infeasible, "cross"),
        (["soon"], ParameterError, "list of seconds"),
    ):
        with pytest.raises(error, match=sentence):
            together_.align_many(media, moments=bad)  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="not by “ctw”"):
        together_.align_many(media, method="ctw")


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
