"""Strips of pixels: every device pixel is drawn for its own second, whatever the scale, and in time."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from syncline_workbench.views.pixel_tiles import PixelTiles, blended, cover


def test_strips_meet_without_a_gap_at_two_device_pixels_a_point() -> None:
    tiles = PixelTiles(
        lambda edges, height: np.repeat((np.rint(edges[None, :-1] * 400) % 251).astype(np.uint8), height, 0)
    )
    tiles.set_table((np.arange(256, dtype=np.uint32) * 0x010101) | np.uint32(0xFF000000))
    image = QImage(1600, 20, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(2.0)
    while True:
        painter = QPainter(image)
        tiles.paint(painter, QRectF(0, 0, 800, 10), 1.0, 4.0 / 800, QRectF(0, 0, 800, 10))
        painter.end()
        if tiles.complete:
            break
    grey = np.frombuffer(image.constBits(), np.uint8).reshape(20, 1600, 4)[..., 0]
    # Every device pixel is drawn for its own second, 2.5 ms each, from 1.0 s on.
    assert (grey == ((400 + np.arange(1600)) % 251).astype(np.uint8)).all()


def test_while_there_is_no_time_the_zoom_before_is_stretched() -> None:
    drawn: list[int] = []

    def draw(edges: np.ndarray, height: int) -> np.ndarray:
        drawn.append(len(edges))
        return np.repeat((200 * ((edges[None, :-1] >= 2) & (edges[None, :-1] < 3))).astype(np.uint8), height, 0)

    tiles = PixelTiles(draw)
    tiles.PATIENCE = 100.0
    image = QImage(800, 10, QImage.Format.Format_RGB32)

    def paint(start: float, end: float) -> np.ndarray:
        image.fill(0)
        painter = QPainter(image)
        tiles.paint(painter, QRectF(0, 0, 800, 10), start, (end - start) / 800, QRectF(0, 0, 800, 10))
        painter.end()
        bright = np.flatnonzero(np.frombuffer(image.constBits(), np.uint8).reshape(10, 800, 4)[5, :, 0] > 100)
        return np.array([bright.min(), bright.max()])

    assert paint(0.0, 8.0).tolist() == [200, 299]
    tiles.PATIENCE, count = -1.0, len(drawn)
    np.testing.assert_allclose(paint(1.0, 5.0), [200, 399], atol=2)
    assert len(drawn) == count and not tiles.complete
    tiles.PATIENCE = 100.0
    assert paint(1.0, 5.0).tolist() == [200, 399] and tiles.complete


def test_colours_are_mixed_by_share() -> None:
    pixels = np.full((1, 5), 0xFF204080, np.uint32)
    blended(pixels, np.array([[0, 1, 128, 254, 255]], np.uint8), 0xFFF01020)
    got = pixels[0].view(np.uint8).reshape(5, 4)[:, 2::-1].astype(int)
    share = np.array([0, 1, 128, 254, 255])[:, None] / 255
    np.testing.assert_allclose(got, share * [0xF0, 0x10, 0x20] + (1 - share) * [0x20, 0x40, 0x80], atol=1.5)
    assert pixels[0, 0] == 0xFF204080 and pixels[0, 4] == 0xFFF01020


def test_between_two_lines_pixels_are_covered_in_part() -> None:
    codes = cover(np.array([1.25, 2.0, np.nan]), np.array([3.5, 2.5, np.nan]), 5)
    assert codes.T.tolist() == [[0, 191, 255, 127, 0], [0, 0, 127, 0, 0], [0] * 5]
