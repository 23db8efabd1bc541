"""Local costs against SciPy in float64."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from syncline.cost import along, tile
from syncline.errors import ParameterError
from syncline.model import METRICS, LocalCost


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("depth", [1, 3, 4, 17])
def test_tiles_are_scipys(metric: str, depth: int) -> None:
    rng = np.random.default_rng(depth)
    x, y = rng.standard_normal((30, depth)) + 3, rng.standard_normal((41, depth)) + 3
    cost = LocalCost(x, y, metric)
    whole = cdist(x, y, metric)
    got = tile(cost, slice(0, 30), slice(0, 41))
    assert got.dtype == np.float32
    # Single precision of values up to some 10, so absolute: near-equal rows have a cost near 0.
    np.testing.assert_allclose(got, whole, atol=2e-6 * max(1, whole.max()))
    np.testing.assert_array_equal(tile(cost, slice(7, 20), slice(33, 41)), got[7:20, 33:41])
    np.testing.assert_array_equal(tile(cost, slice(0, 30, 4), slice(1, 41, 3)), got[::4, 1::3])
    i, j = np.indices(whole.shape).reshape(2, -1)
    np.testing.assert_allclose(along(cost, np.column_stack([i, j])), whole.ravel(), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("metric", ["euclidean", "sqeuclidean", "cityblock"])
def test_a_small_signal_on_a_large_offset_survives(metric: str) -> None:
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((20, 3)) + 1e8, rng.standard_normal((25, 3)) + 1e8
    got = tile(LocalCost(x, y, metric), slice(0, 20), slice(0, 25))
    np.testing.assert_allclose(got, cdist(x, y, metric), rtol=1e-5)


def test_equal_rows_cost_nothing() -> None:
    x = np.float32(np.random.default_rng(2).standard_normal((50, 6)) * 1e4)
    for metric in METRICS:
        assert np.diagonal(tile(LocalCost(x, x, metric), slice(0, 50), slice(0, 50))).max() == 0


@pytest.mark.parametrize("scale", [1e-30, 1e-12, 1e12])
def test_scale_does_not_matter(scale: float) -> None:
    rng = np.random.default_rng(3)
    x, y = rng.standard_normal((10, 4)), rng.standard_normal((12, 4))
    got = tile(LocalCost(x * scale, y * scale), slice(0, 10), slice(0, 12))
    np.testing.assert_allclose(got / scale, cdist(x, y), rtol=1e-5)


def test_bytes_do_not_wrap() -> None:
    x, y = np.array([[3], [250]], np.uint8), np.array([[250], [3]], np.uint8)
    for metric, far in (("euclidean", 247), ("sqeuclidean", 247**2), ("cityblock", 247)):
        cost = LocalCost(x, y, metric)  # pyright: ignore
        assert tile(cost, slice(0, 2), slice(0, 2)).tolist() == [[far, 0], [0, far]]
        assert along(cost, np.array([[0, 0], [0, 1]])).tolist() == [far, 0]


def test_zero_rows_are_at_cosine_distance_one() -> None:
    x, y = np.array([[0.0, 0], [1, 1]]), np.array([[0.0, 0], [2, 2], [-1, -1]])
    cost = LocalCost(x, y, "cosine")
    expected = np.array([[1.0, 1, 1], [1, 0, 2]])
    np.testing.assert_allclose(tile(cost, slice(0, 2), slice(0, 3)), expected, atol=1e-6)
    i, j = np.indices(expected.shape).reshape(2, -1)
    np.testing.assert_allclose(along(cost, np.column_stack([i, j])), expected.ravel(), atol=1e-15)


@pytest.mark.parametrize(
    ("bad", "words"), [(np.nan, "NaN or infinite"), (np.inf, "NaN or infinite"), (1e300, "beyond 1e15")]
)
def test_bad_numbers_are_refused_by_row(bad: float, words: str) -> None:
    y = np.ones((5, 2))
    y[3, 1] = bad
    with pytest.raises(ParameterError, match=rf"B have .*{words}.*row 3"):
        tile(LocalCost(np.ones((4, 2)), y), slice(0, 4), slice(0, 5))


def test_changed_arrays_are_not_answered_from_memory() -> None:
    x = np.ones((3, 2))
    assert tile(LocalCost(x, x), slice(0, 1), slice(0, 1)) == 0
    y = np.ones((3, 2))
    before = tile(LocalCost(x, y), slice(0, 1), slice(0, 1))
    y += 1
    assert tile(LocalCost(x, y), slice(0, 1), slice(0, 1)) > before
