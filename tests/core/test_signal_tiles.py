"""What rows of the Segment workspace draw: against NumPy's extremes, SciPy's spectrograms and brute-force blocks."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile
from scipy.signal import spectrogram

from syncline.errors import Cancelled
from syncline.heat_tiles import HeatTiles, even
from syncline.media import open_media
from syncline.min_max import MinMax, line_columns
from syncline.model import Features
from syncline.model.emissions import Emissions
from syncline.progress import Monitor
from syncline.signal_tiles import BlockKey, SoundTiles, SpectrumTiles
from syncline.tile_levels import TileKey

RATE = 8000


def tiles_of(path: Path, samples: np.ndarray, rate: int = RATE) -> SoundTiles:
    soundfile.write(path, samples, rate, "FLOAT")
    return SoundTiles(open_media(path), "linear")


def noise(seconds: float, channels: int = 1, seed: int = 3) -> np.ndarray:
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * RATE)) / RATE
    # Louder and quieter by turns, so that columns differ.
    loud = 0.3 * 10 ** (1.5 * np.sin(2 * np.pi * t / seconds * 2.5) - 1.5)
    return (rng.normal(size=(len(t), channels)) * loud[:, None]).clip(-1, 1).astype(np.float32)


@pytest.mark.parametrize("count", [1, 63, 64, 300_001])
def test_bins_of_every_level_are_numpys_minimum_and_maximum(count: int) -> None:
    x = np.random.default_rng(count).normal(size=count).astype(np.float32)
    pyramid = MinMax(count)
    for at in range(0, count, 6400):
        pyramid.take(x[at : at + 6400])
    assert len(pyramid.levels) == (3 if count > 300_000 else 1)
    for k, level in enumerate(pyramid.levels):
        size = 64 * 4**k
        blocks = [x[at : at + size] for at in range(0, count, size)]
        np.testing.assert_array_equal(level, [[b.min() for b in blocks], [b.max() for b in blocks]])
    assert pyramid.known == count and pyramid.peak == np.abs(x).max()


@pytest.mark.parametrize("wide", [70.0, 300.0, 4096.0, 5000.5])
def test_a_click_is_in_one_column_and_there_is_nothing_outside(wide: float) -> None:
    x = np.zeros(300_000, np.float32)
    x[[12_345, 250_001]] = 1, -1
    pyramid = MinMax(len(x))
    pyramid.take(x)
    edges = np.arange(-3, 300_000 / wide + 3) * wide
    low, high = pyramid.columns(edges)
    inside = (edges[1:] > 0) & (edges[:-1] < len(x))
    assert (np.isfinite(low) == inside).all() and (np.isfinite(high) == inside).all()
    # To a bin, which is a quarter of a column at most where there is a coarser level, else 64 samples.
    slack = max(64, wide / 4)
    for column, place in ((np.flatnonzero(high == 1), 12_345), (np.flatnonzero(low == -1), 250_001)):
        assert len(column) == 1
        assert edges[column[0]] - slack <= place < edges[column[0] + 1] + slack


def test_what_is_not_known_yet_is_told_from_silence() -> None:
    pyramid = MinMax(100_000)
    pyramid.take(np.zeros(50_048, np.float32))
    low, _high = pyramid.columns(np.linspace(0, 100_000, 11))
    assert np.isfinite(low[:5]).all() and np.isnan(low[6:]).all()


@pytest.mark.parametrize("wide", [0.07, 0.9, 1.0, 3.3])
def test_a_line_through_samples_is_followed_to_its_corners(wide: float) -> None:
    x = np.random.default_rng(8).normal(size=40).astype(np.float32)
    edges = 105 + np.arange(round(30 / wide) + 1) * wide
    low, high = line_columns(x, 100, edges)
    for k in range(len(low)):
        corners = [i for i in range(100, 140) if edges[k] <= i <= edges[k + 1]]
        at = np.concatenate([np.linspace(edges[k], edges[k + 1], 50), corners])
        line = np.interp(at, np.arange(100, 140), x)
        assert low[k] == pytest.approx(line.min(), abs=1e-5) and high[k] == pytest.approx(line.max(), abs=1e-5)
    broken = x.copy()
    broken[20] = np.nan
    assert np.isnan(line_columns(broken, 100, np.array([119.2, 119.6, 120.4, 120.8]))).all()


def scipys(x: np.ndarray, tiles: SpectrumTiles, level: int) -> np.ndarray:
    """Power of all columns by SciPy, (columns, bins), 1 for a sine as loud as can be."""
    step = tiles.hop(level) // tiles.parts(level)
    padded = np.concatenate([np.zeros(tiles.size), x, np.zeros(2 * tiles.size + tiles.hop(level))])
    # The first window is centred on the middle of the first part of the first column.
    padded = padded[tiles.size + step // 2 - tiles.size // 2 :]
    _, _, power = spectrogram(
        padded, nperseg=tiles.size, noverlap=tiles.size - step, nfft=tiles.fft, window="hann", detrend=False,
        scaling="spectrum",
    )  # fmt: skip
    # SciPy halves neither 0 Hz nor the highest frequency, and measures mean squares.
    power *= 2
    power[[0, -1]] *= 2
    count = tiles.columns(level)
    return power[:, : count * tiles.parts(level)].T.reshape(count, tiles.parts(level), -1).mean(axis=1)


def banded(power: np.ndarray, tiles: SpectrumTiles) -> np.ndarray:
    """Decibels of rows by measuring the staircase of bins at many frequencies of each."""
    edges = tiles.edges * tiles.fft / tiles.rate
    out = np.empty((len(power), tiles.rows))
    for r in range(tiles.rows):
        at = np.linspace(edges[r], edges[r + 1], 4001)[:-1] + (edges[r + 1] - edges[r]) / 8000
        weights = np.bincount(np.floor(at + 0.5).astype(int), minlength=power.shape[1]) / len(at)
        out[:, r] = 10 * np.log10(np.maximum(power @ weights, 1e-12))
    return out


@pytest.mark.parametrize(("seconds", "scale"), [(3.0, "linear"), (3.0, "mel"), (3.0, "log"), (70.0, "linear")])
def test_spectra_are_scipys_at_every_level(tmp_path: Path, seconds: float, scale: str) -> None:
    x = noise(seconds, channels=2)
    sound = tiles_of(tmp_path / "x.wav", x)
    tiles = sound.spectrum = SpectrumTiles(RATE, len(x), rows=40, scale=scale)  # type: ignore[arg-type]
    sound.survey()
    mean = x.mean(axis=1, dtype=np.float32).astype(np.float64)
    assert [tiles.hop(k) for k in range(tiles.levels)] == [8 << k for k in range(tiles.levels)]
    assert tiles.columns(tiles.levels - 1) <= 4096
    with sound.open() as reader:
        for level in range(tiles.levels):
            power = scipys(mean, tiles, level)
            last = (tiles.columns(level) - 1) // tiles.TILE
            for tile in sorted({0, last // 2, last}):
                key = TileKey(level, tile)
                if level < tiles.levels - 1:
                    assert key in tiles.missing(level, tile * 256, tile * 256 + 1)
                    sound.compute(key, reader)
                codes = tiles.get(key)
                assert codes is not None and not tiles.missing(level, tile * 256, tile * 256 + 1)
                want = banded(power[tile * 256 : tile * 256 + len(codes)], tiles)
                error = tiles.decibels(codes) - np.clip(want, -120, 0)
                # Half a code, and a little for the float32 of the transform.
                assert np.abs(error).max() < 0.5 * 120 / 255 + 0.02


def test_levels_with_several_windows_a_column_are_among_those_compared() -> None:
    tiles = SpectrumTiles(RATE, 70 * RATE)
    assert [tiles.parts(k) for k in range(tiles.levels)] == [1, 1, 1, 1, 1, 2]
    assert SpectrumTiles(RATE, 3600 * RATE).parts(10) == 8


@pytest.mark.parametrize("hz", [300.0, 3000.0])
def test_a_full_sine_has_0_db_in_the_row_of_its_frequency(tmp_path: Path, hz: float) -> None:
    x = np.sin(2 * np.pi * hz * np.arange(RATE) / RATE).astype(np.float32)
    soundfile.write(tmp_path / "x.wav", x, RATE, "FLOAT")
    sound = SoundTiles(open_media(tmp_path / "x.wav"))
    sound.survey()
    column = sound.spectrum.decibels(sound.spectrum.look(0, 500, 501)[0])
    assert abs(int(column.argmax()) - sound.spectrum.row_of(hz)) <= 1
    assert -3 < column.max() <= 0
    assert column[int(sound.spectrum.row_of(1500))] < -60


def test_while_a_tile_is_missing_a_coarser_one_stands_in(tmp_path: Path) -> None:
    sound = tiles_of(tmp_path / "x.wav", noise(40.0))
    sound.survey()
    tiles = sound.spectrum
    assert tiles.levels == 5
    coarse = tiles.look(4, 0, 10)
    np.testing.assert_array_equal(tiles.look(1, -3, 80), np.vstack([np.zeros((3, 192)), coarse.repeat(8, axis=0)]))
    with sound.open() as reader:
        tiles.compute(TileKey(2, 0), reader)
        middle = tiles.look(1, 0, 80)
        np.testing.assert_array_equal(middle, tiles.look(2, 0, 40).repeat(2, axis=0))
        tiles.compute(TileKey(1, 0), reader)
    assert (tiles.look(1, 0, 80) != middle).any()


def test_samples_of_a_deep_zoom_are_the_files_own(tmp_path: Path) -> None:
    x = noise(20.0)
    sound = tiles_of(tmp_path / "x.wav", x)
    edges = np.arange(65_530.0, 65_540.0)
    with sound.open() as reader:
        assert sound.missing_blocks(65_530, 65_540) == [BlockKey(0), BlockKey(1)]
        for key in sound.missing_blocks(65_530, 65_540):
            sound.compute(key, reader)
    assert not sound.missing_blocks(65_530, 65_540)
    low, high = sound.columns(edges)
    pairs = np.stack([x[65_530:65_539, 0], x[65_531:65_540, 0]])
    np.testing.assert_allclose([low, high], [pairs.min(axis=0), pairs.max(axis=0)], atol=1e-6)


def test_a_survey_can_be_stopped_and_what_it_knew_stays(tmp_path: Path) -> None:
    sound = tiles_of(tmp_path / "x.wav", noise(150.0))
    told: list[float] = []

    def report(_label: str, fraction: float) -> None:
        told.append(fraction)
        if fraction > 0.4:
            monitor.cancel()

    monitor = Monitor(report)
    with pytest.raises(Cancelled):
        sound.survey(monitor)
    assert told == sorted(told) and 0.4 < told[-1] < 1
    assert told[-1] * sound.samples <= sound.wave.known < sound.samples
    assert 0 < sound.spectrum.known < sound.spectrum.columns(sound.spectrum.levels - 1)


def test_an_hour_takes_little_memory_whatever_is_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "hour.wav"
    with soundfile.SoundFile(path, "w", RATE, 1, "PCM_16") as file:
        block = (np.sin(np.arange(60 * RATE) * 0.3) * 12_000).astype(np.int16)
        for _ in range(60):
            file.write(block)
    sound = SoundTiles(open_media(path))
    tracemalloc.start()
    sound.survey()
    with sound.open() as reader:
        for level in range(sound.spectrum.levels - 1):
            for key in sound.spectrum.missing(level, 0, 3000):
                sound.compute(key, reader)
        for key in sound.missing_blocks(0, sound.samples)[::40]:
            sound.compute(key, reader)
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sound.wave.known == 3600 * RATE
    # The sound itself would be 115 MB.
    assert held < 32e6 and peak < 64e6


def emissions(frames: int, labels: int) -> Emissions:
    p = np.random.default_rng(frames).dirichlet(np.full(labels, 0.2), size=frames)
    with np.errstate(divide="ignore"):
        logs = np.minimum(np.log(p.astype(np.float32)), 0)
    return Emissions(logs, tuple(f"l{k}" for k in range(labels)), start=0.01)


def all_levels(tiles: HeatTiles) -> list[np.ndarray]:
    tiles.survey()
    for level in range(tiles.levels - 1):
        for key in tiles.missing(level, 0, tiles.columns(level)):
            tiles.compute(key)
    return [tiles.look(k, 0, tiles.columns(k)) for k in range(tiles.levels)]


def test_emissions_show_the_likeliest_frame_of_a_column_and_of_labels_that_share_a_row() -> None:
    e = emissions(9001, 50)
    shown = [3, *range(10, 50), 0]
    tiles = HeatTiles(e.log_probs, 0.01, 0.02, True, shown, most=20)
    p = np.exp(e.log_probs.astype(float))[:, shown]
    bands = np.stack([p[:, a:b].max(axis=1) for a, b in zip(tiles.bands, tiles.bands[1:], strict=False)], axis=1)
    assert bands.shape == (9001, 20) and tiles.levels == 3
    for level, codes in enumerate(all_levels(tiles)):
        want = [bands[at : at + 2**level].max(axis=0) for at in range(0, 9001, 2**level)]
        np.testing.assert_allclose(codes, 255 * np.sqrt(want), atol=0.51)


def test_features_show_means_from_the_second_percentile_to_the_ninety_eighth() -> None:
    x = np.random.default_rng(1).normal(size=(5003, 7)).astype(np.float32) * np.arange(1, 8, dtype=np.float32)
    x[:, 3] = 5
    tiles = HeatTiles.of_features(Features(x, np.arange(5003) * 0.01))
    codes = all_levels(tiles)
    few = x[::3].astype(float)
    low, high = np.percentile(few, (2, 98), axis=0)
    span = np.where(high > low, high - low, 1)
    for level in range(tiles.levels):
        means = np.array([x[at : at + 2**level].mean(axis=0) for at in range(0, 5003, 2**level)])
        np.testing.assert_allclose(codes[level], 255 * ((means - low) / span).clip(0, 1), atol=0.52)
    assert tiles.start == pytest.approx(-0.005) and tiles.step == pytest.approx(0.01)


def test_uneven_rows_are_laid_on_even_spans_by_the_nearest() -> None:
    times = np.concatenate([np.arange(10) * 0.1, 3 + np.arange(10) * 0.1])
    values, start, step = even(Features(np.arange(20, dtype=np.float32)[:, None], times))
    assert (start, step) == (pytest.approx(-0.05), pytest.approx(0.1))
    middles = start + (np.arange(len(values)) + 0.5) * step
    away = np.abs(times[values[:, 0].astype(int)] - middles)
    assert (away <= np.abs(times[None] - middles[:, None]).min(axis=1) + 1e-9).all() and len(values) == 40


def test_a_survey_of_many_labels_can_be_stopped() -> None:
    monitor = Monitor(lambda _label, fraction: monitor.cancel() if fraction > 0.3 else None)
    tiles = HeatTiles(np.zeros((40_000, 400), np.float32), 0.0, 0.02, True)
    with pytest.raises(Cancelled):
        tiles.survey(monitor)
    assert 0 < tiles.known < tiles.columns(tiles.levels - 1)
