"""Silhouettes of things whose shape is known, before a background that is known."""

from __future__ import annotations

import numpy as np
import pytest

from syncline.errors import Cancelled, MediaError
from syncline.features.silhouette import Silhouette, SilhouetteParams, background, foreground

GROUND = np.clip(np.random.default_rng(3).normal(120, 25, (54, 96)), 60, 180).astype(np.uint8)


def square(x: int, y: int, width: int, height: int, light: float = 1.0) -> np.ndarray:
    picture = GROUND.copy()
    picture[y : y + height, x : x + width] = 250
    noise = np.random.default_rng(x).normal(0, 2, picture.shape)
    return np.clip(picture * light + noise, 0, 255).astype(np.uint8)


def shapes(pictures: list[np.ndarray], **params: object) -> np.ndarray:
    extractor = Silhouette(SilhouetteParams(smooth_s=0.0, **params))  # type: ignore[arg-type]
    for k, picture in enumerate(pictures):
        extractor.update(picture, k / 25)
    return extractor.finish().values


def test_a_square_that_crosses_the_picture_is_found_where_it_is() -> None:
    pictures = [square(3 * k, 20, 12, 18) for k in range(28)]
    still = background(pictures)
    assert np.abs(still.astype(int) - GROUND).mean() < 2
    mask = foreground(pictures[10], still)
    inside = np.zeros_like(mask)
    inside[20:38, 30:42] = True
    assert (mask & inside).sum() / (mask | inside).sum() > 0.85


def test_heights_and_widths_are_those_of_the_square_wherever_it_is_and_however_light() -> None:
    walk = shapes([square(3 * k, 20, 12, 18) for k in range(28)])
    height, width = walk[:, 0], walk[:, 1]
    assert np.ptp(height[1:-1]) < 0.1
    np.testing.assert_allclose(np.median(width / height), 12 / 18, rtol=0.1)
    flicker = shapes([square(3 * k, 20, 12, 18, 0.8 + 0.1 * np.sin(k)) for k in range(28)])
    assert np.abs(flicker - walk)[1:-1, :2].max() < 0.15


def test_a_shape_that_grows_grows_and_what_is_twice_as_near_looks_the_same() -> None:
    sizes = 8 + np.round(5 * np.sin(np.arange(28) / 4)).astype(int)
    near = shapes([square(3 * k, 10, 8, 2 * int(s)) for k, s in enumerate(sizes)])
    far = shapes([square(3 * k, 20, 4, int(s)) for k, s in enumerate(sizes)])
    assert np.corrcoef(near[:, 0], sizes)[0, 1] > 0.99
    assert np.corrcoef(near[:, 0], far[:, 0])[0, 1] > 0.95
    np.testing.assert_allclose(np.median(near[:, 1]), np.median(far[:, 1]), rtol=0.2)


def test_a_gap_is_bridged_and_nothing_at_all_is_a_sentence() -> None:
    pictures = [square(3 * k, 20, 12, 18) for k in range(28)]
    pictures[9] = square(0, 0, 0, 0)
    assert np.isfinite(shapes(pictures)).all()
    with pytest.raises(MediaError, match="Nothing moves before the background"):
        shapes([square(0, 0, 0, 0)] * 5)


def test_the_end_can_be_cancelled() -> None:
    extractor = Silhouette(SilhouetteParams())
    for k in range(28):
        extractor.update(square(3 * k, 20, 12, 18), k / 25)
    extractor.monitor.cancel()
    with pytest.raises(Cancelled):
        extractor.finish()


def test_a_camera_that_moves_is_a_sentence() -> None:
    wide = np.clip(np.random.default_rng(4).normal(120, 40, (54, 300)), 0, 255).astype(np.uint8)
    with pytest.raises(MediaError, match="The camera moves"):
        shapes([np.ascontiguousarray(wide[:, 5 * k : 5 * k + 96]) for k in range(40)])
