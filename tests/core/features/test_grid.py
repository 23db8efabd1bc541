"""Pooling against the plain formula."""

from __future__ import annotations

import numpy as np
import pytest

from syncline.features._grid import Directions, pool, tents


@pytest.mark.parametrize("cells", [1, 2, 5, 8, 32])
@pytest.mark.parametrize("size", [1, 2, 3, 9, 90, 161])
def test_cells_average_and_miss_nothing(cells: int, size: int) -> None:
    weights = tents(cells, size)
    np.testing.assert_allclose(weights.sum(1), 1, atol=1e-6)
    assert (weights >= 0).all()
    assert (weights.sum(0) > 0).all()


@pytest.mark.parametrize("count", [2, 3, 4, 6, 7, 8, 12])
@pytest.mark.parametrize("whole_turn", [True, False])
def test_parts_are_the_half_rectified_projections(count: int, whole_turn: bool) -> None:
    rng = np.random.default_rng(count)
    x, y = rng.normal(0, 30, (2, 40, 70)).astype(np.float32)
    angle = np.arange(count) * ((2 if whole_turn else 1) * np.pi / count)
    projected = x * np.cos(angle)[:, None, None] + y * np.sin(angle)[:, None, None]
    parts = np.maximum(projected, 0) if whole_turn else np.abs(projected)
    split = Directions(count, whole_turn, 5)
    for _ in range(2):
        np.testing.assert_allclose(split(x, y), pool(parts.astype(np.float32), 5, 5), atol=1e-4)
