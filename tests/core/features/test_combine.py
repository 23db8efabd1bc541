"""Given sequences, weights, principal components, other clocks."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from syncline.errors import ParameterError
from syncline.features._combine import combine, principal, resampled
from syncline.features.given import Given, GivenParams
from syncline.model import Features


def made(seed: int, rows: int, columns: int, scale: float = 1.0, rate: float = 10.0) -> Features:
    values = np.random.default_rng(seed).normal(0, scale, (rows, columns)).astype(np.float32)
    return Features(values, np.arange(rows) / rate)


def test_given_channels_are_standardised_and_constant_ones_not_divided() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(3, [1, 50, 0, 0, 1e-3], (200, 5))
    values[:, 3] = 1e8
    given = Given(GivenParams())
    given.update(values, np.arange(200) / 10)
    ours = given.finish().values
    expected = StandardScaler().fit_transform(values)
    np.testing.assert_allclose(ours[:, [0, 1, 4]], expected[:, [0, 1, 4]], atol=1e-5)
    assert not ours[:, 2:4].any()


def test_slopes_are_derivatives_in_time() -> None:
    times = np.array([0.0, 0.1, 0.3, 0.35, 0.6])
    given = Given(GivenParams(standardise=False, slopes=True))
    given.update((2 * times + 5)[:, None], times, ("height",))
    features = given.finish()
    np.testing.assert_allclose(features.values[:, 1], 2, atol=1e-5)
    assert features.channels == ("height", "height slope")


def test_a_terms_weight_is_its_mean_squared_distance() -> None:
    a = [made(1, 300, 4, 1e-3), made(2, 300, 7, 500)]
    b = [made(3, 280, 4, 1e-3), made(4, 280, 7, 500)]
    x, y = combine(a, b, [1.0, 0.25], leader=0)
    for columns, weight in ((slice(0, 4), 1.0), (slice(4, 11), 0.25)):
        d = ((x.values[:, None, columns] - y.values[None, :, columns]) ** 2).sum(2)
        # The farthest 5 % are counted as less far, so the plain mean is a little above.
        assert weight <= d.mean() < 1.06 * weight


def test_a_constant_term_is_left_alone() -> None:
    flat = Features(np.full((5, 2), 3, np.float32), np.arange(5.0))
    x, _ = combine([flat], [flat], [1.0], 0)
    assert np.isfinite(x.values).all()


def test_different_widths_are_refused_in_words() -> None:
    with pytest.raises(ParameterError, match="A has 3 channels and B has 8"):
        combine([made(1, 9, 3)], [made(2, 9, 8)], [1.0], 0)


def test_principal_components_are_sklearns() -> None:
    rng = np.random.default_rng(8)
    mixing = rng.normal(0, 1, (12, 12)) * np.geomspace(5, 0.1, 12)
    x, y = ((rng.normal(0, 1, (150, 12)) @ mixing.T).astype(np.float32) for _ in "ab")
    shift, axes = principal(x, y, 4)
    reference = PCA(4, svd_solver="full").fit(np.vstack([x, y]))
    ours, theirs = (x - shift) @ axes, reference.transform(x)
    signs = np.sign((axes * reference.components_.T).sum(0))
    np.testing.assert_allclose(ours * signs, theirs, atol=2e-3)
    # The sign is fixed by the axis itself.
    assert (axes[np.abs(axes).argmax(0), np.arange(4)] > 0).all()


def test_the_longer_side_does_not_choose_the_components() -> None:
    x, y = made(1, 100, 6).values, made(2, 100, 6).values * np.array([1, 1, 1, 1, 1, 9], np.float32)
    once, thrice = principal(x, y, 2)[1], principal(np.tile(x, (3, 1)), y, 2)[1]
    np.testing.assert_allclose(once, thrice, atol=1e-4)


def test_finer_times_interpolate_and_coarser_ones_average() -> None:
    features = made(4, 101, 3)
    finer = np.linspace(-0.5, 10.5, 223)
    expected = np.column_stack([np.interp(finer, features.times, c) for c in features.values.T])
    np.testing.assert_allclose(resampled(features, finer), expected, atol=1e-6)
    # Every tenth row stands for the ten rows around it: a wave of that length averages out.
    wave = Features(np.sin(2 * np.pi * np.arange(400) / 10)[:, None].astype(np.float32) + 2, np.arange(400) / 100)
    coarse = resampled(wave, np.arange(1, 39) / 10)
    np.testing.assert_allclose(coarse, 2, atol=1e-3)
