"""The tile pyramid against block means of a brute-force cost matrix (SciPy's cdist)."""

from __future__ import annotations

import threading
import tracemalloc

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from syncline.errors import Cancelled
from syncline.model import LocalCost
from syncline.progress import Monitor
from syncline.pyramid import CostPyramid


def blocks(matrix: np.ndarray, fa: int, fb: int) -> np.ndarray:
    """Means of blocks of fa × fb cells; those at the borders over the cells there are."""
    n, m = matrix.shape
    padded = np.full((-(-n // fa) * fa, -(-m // fb) * fb), np.nan)
    padded[:n, :m] = matrix
    return np.nanmean(padded.reshape(len(padded) // fa, fa, -1, fb), axis=(1, 3))


def make(n: int, m: int, d: int = 5, metric: str = "euclidean", **options: int) -> tuple[CostPyramid, np.ndarray]:
    rng = np.random.default_rng(n * 1000 + m)
    x, y = rng.normal(size=(n, d)).astype(np.float32), rng.normal(size=(m, d)).astype(np.float32)
    return CostPyramid(LocalCost(x, y, metric), **options), cdist(x.astype(float), y.astype(float), metric)


@pytest.mark.parametrize("metric", ["euclidean", "sqeuclidean", "cosine", "cityblock"])
def test_means_are_block_means_of_the_costs(metric: str) -> None:
    pyramid, matrix = make(37, 53, metric=metric, tile=8)
    assert pyramid.levels == 4
    for level in range(pyramid.levels):
        assert pyramid.factors(level) == (2**level, 2**level)
        whole = blocks(matrix, 2**level, 2**level)
        assert pyramid.level_shape(level) == whole.shape
        for row in range(-(-whole.shape[0] // 8)):
            for col in range(-(-whole.shape[1] // 8)):
                expected = whole[row * 8 : row * 8 + 8, col * 8 : col * 8 + 8]
                np.testing.assert_allclose(pyramid.means(level, row, col), expected, rtol=2e-5, atol=1e-5)


@pytest.mark.parametrize(("n", "m"), [(600, 530), (16, 3000), (3000, 16), (1, 1), (1, 900), (255, 257)])
def test_computed_tiles_make_every_coarser_level_exact(n: int, m: int) -> None:
    pyramid, matrix = make(n, m, tile=16)
    pyramid.preview()
    top = pyramid.levels - 1
    # Random access: the finest tiles in any order, then whatever the one tile at the top still lacks.
    pyramid.compute(0, 0, 0)
    for tile in reversed(pyramid.missing(top, 0, 0)):
        pyramid.compute(*tile)
    assert pyramid.missing(top, 0, 0) == []
    quantum = (pyramid.high - pyramid.low) / 255
    for level in range(pyramid.kept, pyramid.levels):
        fa, fb = pyramid.factors(level)
        expected = np.clip(blocks(matrix, fa, fb), pyramid.low, pyramid.high)
        for row in range(-(-expected.shape[0] // 16)):
            for col in range(-(-expected.shape[1] // 16)):
                codes = pyramid.get(level, row, col)
                assert codes is not None
                part = expected[row * 16 : row * 16 + 16, col * 16 : col * 16 + 16]
                np.testing.assert_allclose(pyramid.decode(codes), part, atol=0.51 * quantum)
    # A long thin matrix is not averaged along its short side before the other has come down to it.
    if max(n, m) > 4 * min(n, m):
        assert min(pyramid.factors(2)) == 1


def test_preview_is_there_at_once_and_right_where_it_samples() -> None:
    pyramid, matrix = make(3000, 2600)
    assert pyramid.get(pyramid.levels - 1, 0, 0) is None
    pyramid.preview()
    level = pyramid.levels - 1
    codes = pyramid.get(level, 0, 0)
    assert codes is not None
    assert codes.shape == pyramid.level_shape(level)
    # One true cost a block: the first cell's.
    fa, fb = pyramid.factors(level)
    sampled = np.clip(matrix[::fa, ::fb], pyramid.low, pyramid.high)
    np.testing.assert_allclose(pyramid.decode(codes), sampled, atol=0.51 * (pyramid.high - pyramid.low) / 255)


def test_fine_tiles_stay_within_the_budget_the_newest_last() -> None:
    pyramid, _ = make(4000, 4000, d=2, tile=64, budget=40_000)
    assert pyramid.kept == 1
    for col in range(30):
        pyramid.compute(0, 0, col)
    assert pyramid.get(0, 0, 29) is not None
    assert pyramid.get(0, 0, 0) is None
    assert pyramid.missing(0, 0, 0) == [(0, 0, 0)]
    assert pyramid.nbytes <= 40_000


def test_twenty_thousand_squared_stays_under_100_mb() -> None:
    rng = np.random.default_rng(0)
    cost = LocalCost(rng.normal(size=(20_000, 8)).astype(np.float32), rng.normal(size=(20_000, 8)).astype(np.float32))
    tracemalloc.start()
    try:
        pyramid = CostPyramid(cost)
        pyramid.preview()
        pyramid.compute(pyramid.kept, 0, 0)
        for col in range(20):
            pyramid.compute(1, 3, col)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 100e6, f"{peak / 1e6:.0f} MB"


def test_cancel_leaves_everything_as_it_was() -> None:
    pyramid, _ = make(3000, 3000)
    monitor = Monitor()
    monitor.cancel()
    with pytest.raises(Cancelled):
        pyramid.compute(pyramid.kept, 0, 0, monitor)
    assert pyramid.version == 0
    assert pyramid.get(pyramid.kept, 0, 0) is None


def test_threads_computing_at_once_agree_with_one() -> None:
    alone, _ = make(700, 700, tile=32)
    shared, _ = make(700, 700, tile=32)
    tiles = alone.missing(alone.levels - 1, 0, 0)
    for tile in tiles:
        alone.compute(*tile)
    threads = [threading.Thread(target=lambda part=tiles[k::3]: [shared.compute(*t) for t in part]) for k in range(3)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for level in range(alone.kept, alone.levels):
        for row in range(-(-alone.level_shape(level)[0] // 32)):
            a, b = alone.get(level, row, 0), shared.get(level, row, 0)
            assert a is not None
            assert b is not None
            np.testing.assert_array_equal(a, b)


def test_equal_costs_everywhere() -> None:
    cost = LocalCost(np.zeros((10, 2), np.float32), np.zeros((12, 2), np.float32))
    pyramid = CostPyramid(cost)
    pyramid.compute(0, 0, 0)
    codes = pyramid.get(0, 0, 0)
    assert codes is not None
    assert (codes == 0).all()
