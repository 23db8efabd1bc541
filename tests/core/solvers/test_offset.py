"""The constant shift, against shifts that were made."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.signal import correlate, firwin, lfilter

from syncline.edits.constraints import add_anchor, forbid
from syncline.errors import Infeasible, ParameterError
from syncline.model import Constraints, Features
from syncline.progress import Monitor
from syncline.solvers.warp import WarpProblem
from syncline.solvers.warp.offset import OffsetParams, correlate_features, gcc_phat, solve


def _noise(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(n).astype(np.float32)


def _delayed(x: np.ndarray, samples: float) -> np.ndarray:
    """x delayed by a fraction of a sample, by turning phases (Shannon)."""
    f = np.fft.rfftfreq(2 * len(x))
    return np.fft.irfft(np.fft.rfft(x, 2 * len(x)) * np.exp(-2j * np.pi * f * samples))[: len(x)].astype(np.float32)


@pytest.mark.parametrize("lag", [0, 1, -1, 1234, -4321, 15_000])
@pytest.mark.parametrize("sign", [1, -1])
def test_gcc_phat_finds_lag_and_polarity(lag: int, sign: int) -> None:
    """lag > 0: B is later. Through a filter and noise, and longer than either is."""
    s = _noise(60_000)
    x, y = s[20_000:50_000], sign * lfilter(firwin(31, 0.5), 1, s)[20_000 - lag + 15 : 45_000 - lag + 15]
    got = gcc_phat(x, y.astype(np.float32) + 0.3 * _noise(25_000, 1), 8000)
    assert got.shift * 8000 == pytest.approx(lag, abs=0.05)
    assert got.inverted == (sign < 0)
    assert got.confidence > 1.5


@pytest.mark.parametrize("lag", [0.25, -7.5, 100.37])
def test_gcc_phat_between_samples(lag: float) -> None:
    x = lfilter(firwin(63, 0.8), 1, _noise(16_000))
    assert gcc_phat(x, _delayed(x, lag), 1000).shift == pytest.approx(lag / 1000, abs=0.06e-3)


def test_gcc_phat_does_not_wrap_and_obeys_the_limit() -> None:
    s = _noise(30_000)
    x, y = s[:20_000], np.r_[s[12_000:30_000]]
    assert gcc_phat(x, y, 100).shift == pytest.approx(-120, abs=0.01)
    limited = gcc_phat(x, y, 100, max_shift=50)
    assert abs(limited.shift) <= 50
    assert limited.confidence < 1.5


def test_long_sound_is_thinned_to_stay_stoppable(monkeypatch: pytest.MonkeyPatch) -> None:
    from syncline.solvers.warp import offset

    monkeypatch.setattr(offset, "_LONGEST", 1 << 16)
    s = lfilter(firwin(63, 0.1), 1, _noise(300_000)).astype(np.float32)
    assert gcc_phat(s[:-50_000], s[50_000:], 8000).shift == pytest.approx(-6.25, abs=1e-3)


def test_feature_correlation_as_scipys() -> None:
    """One channel, full overlap of the shorter: the highest coefficient is where a direct search finds it."""
    rng = np.random.default_rng(3)
    long = np.cumsum(rng.standard_normal(300))
    short = long[120:200] + 0.1 * rng.standard_normal(80)
    a = Features(short[:, None].astype(np.float32), np.arange(80) / 10)
    b = Features(long[:, None].astype(np.float32), np.arange(300) / 10)
    direct = [np.corrcoef(short, long[k : k + 80])[0, 1] for k in range(221)]
    assert correlate_features(a, b, min_overlap=1.0).shift == pytest.approx(np.argmax(direct) / 10, abs=0.05)
    assert np.argmax(direct) == 120
    assert correlate(long - long.mean(), short - short.mean(), "valid").shape == (221,)


def test_features_of_two_rates_and_late_clocks() -> None:
    t = np.linspace(0, 60, 6001)
    wave = np.cumsum(np.random.default_rng(4).standard_normal((6001, 3)), 0)
    at = lambda s: np.column_stack([np.interp(s, t, w) for w in wave.T]).astype(np.float32)  # noqa: E731
    ta, tb = np.arange(0, 20, 1 / 25), np.arange(0.5, 30, 1 / 60)
    path = solve(WarpProblem(Features(at(ta + 7), ta), Features(at(tb + 4.2), tb)), OffsetParams(), Monitor())
    assert path.blocks.shift == pytest.approx(2.8, abs=0.01)
    assert path.times[0] == pytest.approx([0, 2.8], abs=0.03)
    assert np.abs(path.times[:, 1] - path.times[:, 0] - 2.8).max() < 0.5 / 25 + 0.01
    assert (np.diff(path.pairs[:, 1]) == 1).all()  # the finer side row by row
    assert path.normalised == pytest.approx(path.cost / len(path))


def test_sound_is_preferred_and_confidence_kept() -> None:
    s = _noise(40_000)
    a, b = (Features(_noise(80).reshape(40, 2), np.arange(40) / 10) for _ in range(2))
    problem = WarpProblem(a, b, signals=lambda: ((s[:32_000], 8000.0), (s[4000:36_000], 8000.0)))
    path = solve(problem, OffsetParams(), Monitor())
    assert path.blocks.source == "sound"
    assert path.blocks.shift == pytest.approx(-0.5, abs=1e-4)
    assert path.pairs[0].tolist() == [5, 0]
    assert path.pairs[-1].tolist() == [39, 34]
    with pytest.raises(ParameterError, match="no sound"):
        solve(WarpProblem(a, b), OffsetParams(listen="sound"), Monitor())


def test_unrelated_sides_are_called_a_guess() -> None:
    monitor = Monitor()
    a, b = (Features(_noise(400, k).reshape(200, 2), np.arange(200) / 10) for k in (5, 6))
    solve(WarpProblem(a, b), OffsetParams(), monitor)
    assert "guess" in monitor.warnings[0]


def _fit(c: Constraints) -> Any:
    a, b = (Features(_noise(200, k).reshape(100, 2), np.arange(100) / 10) for k in (7, 8))
    return solve(WarpProblem(a, b, c), OffsetParams(), Monitor())


def test_anchors_fix_the_shift_or_contradict() -> None:
    c, first = add_anchor(Constraints(), 3.0, 4.00)
    c, _ = add_anchor(c, 6.0, 7.06)
    path = _fit(c)
    assert path.blocks.shift == pytest.approx(1.03)
    c, third = add_anchor(c, 8.0, 9.4)
    with pytest.raises(Infeasible, match="no constant shift") as caught:
        _fit(c)
    assert caught.value.culprits == (first, third)
    with pytest.raises(Infeasible, match="jump"):
        _fit(add_anchor(Constraints(), 3, 4, "jump", 5, 5)[0])
    with pytest.raises(Infeasible, match="nothing in common"):
        _fit(add_anchor(Constraints(), 0, 50)[0])


def test_forbidden_shifts_are_not_considered() -> None:
    s = _noise(400, 9).reshape(200, 2)
    a, b = Features(s[20:].copy(), np.arange(180) / 10), Features(s.copy(), np.arange(200) / 10)
    free = solve(WarpProblem(a, b), OffsetParams(), Monitor())
    assert free.blocks.shift == pytest.approx(2, abs=1e-3)
    c = forbid(Constraints(), 5, 6, 7, 7.5)
    other = solve(WarpProblem(a, b, c), OffsetParams(), Monitor())
    t = other.times
    assert not ((t[:, 0] >= 5) & (t[:, 0] <= 6) & (t[:, 1] >= 7) & (t[:, 1] <= 7.5)).any()
    told, _ = add_anchor(c, 5.5, 7.2)
    with pytest.raises(Infeasible, match="forbidden") as caught:
        solve(WarpProblem(a, b, told), OffsetParams(), Monitor())
    assert caught.value.culprits == (1,)


@pytest.mark.parametrize("silent", ["zeros", "constant"])
def test_silence_is_no_estimate(silent: str) -> None:
    quiet = np.full(5000, 0.0 if silent == "zeros" else 0.25, np.float32)
    with pytest.raises(Infeasible, match="silent"):
        gcc_phat(_noise(5000), quiet, 8000)
    flat = Features(np.ones((50, 2), np.float32), np.arange(50) / 10)
    with pytest.raises(Infeasible, match="constant"):
        correlate_features(flat, flat)
    with pytest.raises(ParameterError, match="NaN"):
        gcc_phat(np.array([0.1, np.nan]), _noise(10), 8000)


def test_one_row() -> None:
    a = Features(np.array([[2.0]], np.float32), np.array([0.0]))
    b = Features(np.array([[0.0], [1], [2], [3]], np.float32), np.arange(4.0))
    assert solve(WarpProblem(a, b), OffsetParams(), Monitor()).pairs.tolist() == [[0, 2]]
    assert solve(WarpProblem(b, a), OffsetParams(), Monitor()).pairs.tolist() == [[2, 0]]
    assert solve(WarpProblem(a, a), OffsetParams(), Monitor()).pairs.tolist() == [[0, 0]]
