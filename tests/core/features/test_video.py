"""Pictures: directions, light, motion and colour that are known beforehand."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from syncline.features.appearance import Appearance, AppearanceParams, centre_of_change
from syncline.features.colour import Colour, ColourParams
from syncline.features.motion import Motion, MotionParams


def texture(seed: int, height: int = 150, width: int = 220) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, 1, (height, width))
    return cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 2.5), None, 30, 220, cv2.NORM_MINMAX).astype(np.uint8)


def appearance(*pictures: np.ndarray, **params: object) -> np.ndarray:
    extractor = Appearance(AppearanceParams(**params))  # type: ignore[arg-type]
    for k, picture in enumerate(pictures):
        extractor.update(picture, k / 25)
    return extractor.finish().values


@pytest.mark.parametrize("k", range(8))
def test_a_slope_of_brightness_is_found_in_its_direction(k: int) -> None:
    y, x = np.mgrid[-45:45, -80:80]
    angle = 2 * np.pi * k / 8
    ramp = np.clip(128 + 1.2 * (x * np.cos(angle) + y * np.sin(angle)), 0, 255).astype(np.uint8)
    signed = appearance(ramp, grid=1, centred=False)[0]
    assert signed.argmax() == k
    # Half-rectified cosines: what is 90° and more away gets nothing.
    assert signed[(k + 4) % 8] < 0.02 * signed[k]
    unsigned = appearance(ramp, grid=1, centred=False, signed=False)[0]
    assert unsigned.argmax() == (2 * k) % 8


def test_light_changes_nothing_and_another_picture_changes_much() -> None:
    picture, other = texture(1)[:90, :160], texture(2)[:90, :160]
    darker = np.round(picture * 0.6 + 12).astype(np.uint8)
    lit_from_aside = np.round(picture * np.linspace(0.6, 1.0, 160)[None, :]).astype(np.uint8)
    original, dimmed, aslant, different = appearance(picture, darker, lit_from_aside, other, centred=False)
    far = np.linalg.norm(different - original)
    assert np.linalg.norm(dimmed - original) < 0.05 * far
    # The light's own slope adds edges of its own, faint ones.
    assert np.linalg.norm(aslant - original) < 0.25 * far
    assert np.linalg.norm(picture * 1.0 - darker) > 0.5 * np.linalg.norm(picture * 1.0 - other)


def test_the_centre_stays_where_it_is_when_a_take_is_played_at_other_speeds() -> None:
    t = np.linspace(0, 1, 2000)
    curve = np.stack([np.cos(5 * t), np.sin(3 * t), t**2], axis=1).astype(np.float32)
    slow = curve[(1999 * np.linspace(0, 1, 900) ** 2).astype(int)]
    mean_moves = np.linalg.norm(curve.mean(0) - slow.mean(0))
    assert np.linalg.norm(centre_of_change(curve) - centre_of_change(slow)) < 0.01 * mean_moves


@pytest.mark.parametrize(
    ("dx", "dy", "direction"), [(2, 0, 0), (2, 2, 1), (0, 2, 2), (-2, 2, 3), (-2, 0, 4), (0, -2, 6), (2, -2, 7)]
)
def test_motion_has_the_direction_and_speed_of_a_shifted_texture(dx: int, dy: int, direction: int) -> None:
    still = texture(3)
    motion = Motion(MotionParams(grid=2, levelled=False, smooth_s=0.0))
    for k in range(2):
        motion.update(np.ascontiguousarray(still[30 - k * dy : 120 - k * dy, 30 - k * dx : 190 - k * dx]), k * 0.04)
    values = motion.finish().values
    np.testing.assert_array_equal(values[0], values[1])
    # Picture sides a second, by the shift and the frames' distance in time.
    speed = np.hypot(dx, dy) / 160 / 0.04
    parts = (values[1] ** 2).reshape(8, 4)
    assert (parts.argmax(0) == direction).all()
    np.testing.assert_allclose(parts[direction], speed, rtol=0.1)


def test_levelled_motion_tells_where_and_which_way_at_any_speed() -> None:
    still = texture(4)

    def rows(step: int) -> np.ndarray:
        motion = Motion(MotionParams(smooth_s=0.0))
        for k in range(6):
            motion.update(np.ascontiguousarray(still[30:120, 40 - k * step : 200 - k * step]), k * 0.04)
        return motion.finish().values[1:]

    slow, fast = rows(1), rows(3)
    np.testing.assert_allclose(slow.mean(0), fast.mean(0), atol=0.05)
    assert fast.mean(0).max() > 0.1


def test_colours_fall_into_their_bins() -> None:
    colour = Colour(ColourParams(grid=1, bins=3))
    # OpenCV's 8-bit CIELAB: white (255, 128, 128), black (0, 128, 128); pure blue is far on the blue side of b*.
    for k, bgr in enumerate([(255, 255, 255), (0, 0, 0), (255, 0, 0)]):
        colour.update(np.full((20, 30, 3), bgr, np.uint8), float(k))
    white, black, blue = colour.finish().values.reshape(3, 3, 3)
    np.testing.assert_allclose(white, [[0, 0, 1], [0, 1, 0], [0, 1, 0]], atol=1e-3)
    np.testing.assert_allclose(black, [[1, 0, 0], [0, 1, 0], [0, 1, 0]], atol=1e-3)
    np.testing.assert_allclose(blue[2], [1, 0, 0], atol=1e-3)
    np.testing.assert_allclose((blue**2).sum(1), 1, atol=1e-5)
