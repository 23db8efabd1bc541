"""Regions of pictures: what is flat comes out to the pixel, everything is covered once, and hostile sizes are no matter."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncline import regions
from syncline.errors import Cancelled, ParameterError
from syncline.model import Outline
from syncline.progress import Monitor
from syncline.regions._outlines import outlines
from syncline.regions._partition import part

COLOURS = {"blue": (230, 120, 20), "green": (40, 160, 40), "grey": (128, 128, 128), "red": (30, 30, 220)}


def flat(*patches: tuple[str, tuple[int, int, int, int]], size: tuple[int, int] = (120, 200)) -> np.ndarray:
    picture = np.zeros((*size, 3), np.uint8)
    for colour, (x0, y0, x1, y1) in patches:
        picture[y0:y1, x0:x1] = COLOURS[colour]
    return picture


LANDSCAPE = flat(
    ("blue", (0, 0, 200, 50)), ("green", (0, 50, 200, 120)), ("grey", (80, 50, 130, 120)), ("red", (20, 70, 60, 100))
)


def filled(outline: Outline, height: int, width: int) -> np.ndarray:
    """Which pixels' middles lie in it, by OpenCV, ring after ring."""
    inside = np.zeros((height, width), bool)
    for ring in outline.arrays:
        line = ring.astype(np.float32)[:, None]
        inside ^= np.array(
            [[cv2.pointPolygonTest(line, (x + 0.5, y + 0.5), False) > 0 for x in range(width)] for y in range(height)]
        )
    return inside


def test_flat_regions_come_out_to_the_pixel_with_their_colour_and_place() -> None:
    found = {o.label: o for o in regions.find(LANDSCAPE, 5)}
    # The road parts the grass in two.
    assert {label: o.box.corners for label, o in found.items()} == {
        "blue top": (0, 0, 200, 50),
        "green bottom left": (0, 50, 80, 120),
        "green bottom right": (130, 50, 200, 120),
        "grey bottom": (80, 50, 130, 120),
        "red bottom left": (20, 70, 60, 100),
    }
    grass = found["green bottom left"].outline
    assert grass is not None and len(grass.rings) == 2 and grass.area == 80 * 70 - 40 * 30
    assert {frozenset(r) for r in grass.rings} == {
        frozenset({(0, 50), (80, 50), (80, 120), (0, 120)}),
        frozenset({(20, 70), (60, 70), (60, 100), (20, 100)}),
    }
    assert all((o.origin, o.score, o.id) == ("region", None, 0) for o in found.values())


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 50])
def test_there_are_as_many_as_wanted_or_as_differ(count: int) -> None:
    found = regions.find(LANDSCAPE, count)
    assert len(found) == min(count, 5)
    assert sum(o.outline.area for o in found if o.outline) == pytest.approx(LANDSCAPE[..., 0].size)


def test_a_sky_that_fades_is_one_and_what_stands_before_it_another() -> None:
    shade = np.linspace(120, 250, 150)[:, None, None] * np.array([1.0, 0.9, 0.7])
    picture = np.broadcast_to(shade, (150, 240, 3)).astype(np.uint8).copy()
    yy, xx = np.mgrid[:150, :240]
    ball = (xx - 150) ** 2 + (yy - 80) ** 2 < 30**2
    picture[ball] = (20, 20, 160)
    rng = np.random.default_rng(0)
    picture = np.clip(picture + rng.normal(0, 4, picture.shape), 0, 255).astype(np.uint8)
    numbers = part(picture, 2, Monitor())
    share = ((numbers == 1) & ball).sum() / ((numbers == 1) | ball).sum()
    assert share > 0.95


@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_any_map_is_covered_once_by_outlines(data: st.DataObject) -> None:
    height, width = data.draw(st.integers(1, 7)), data.draw(st.integers(1, 7))
    cells = data.draw(st.lists(st.integers(0, 3), min_size=height * width, max_size=height * width))
    drawn = np.array(cells).reshape(height, width)
    # Connected pieces of it, by flooding.
    numbers, count = np.full((height, width), -1, np.int64), 0
    for y, x in np.ndindex(height, width):
        if numbers[y, x] < 0:
            todo = [(y, x)]
            while todo:
                q, p = todo.pop()
                within = 0 <= q < height and 0 <= p < width and numbers[q, p] < 0
                if within and drawn[q, p] == drawn[y, x]:
                    numbers[q, p] = count
                    todo += [(q + 1, p), (q - 1, p), (q, p + 1), (q, p - 1)]
            count += 1
    found = outlines(numbers, (2.0, 3.0))
    assert len(found) == count
    assert sum(o.area for o in found) == pytest.approx(height * width * 6)
    for k, outline in enumerate(found):
        # No line is plainer than by 0.8 pixels, so that pixels within their own kind stay inside.
        own = numbers == k
        y, x = np.nonzero(cv2.erode(np.pad(own, 1).astype(np.uint8), np.ones((3, 3)))[1:-1, 1:-1])
        middles = np.stack([(x + 0.5) * 2, (y + 0.5) * 3], 1)
        assert outline.area > 0 and outline.contains(middles).all()


def test_every_pixel_of_a_photograph_is_in_one_region(data) -> None:
    from syncline.media.pictures import open_picture, read_pixels

    pixels = cv2.resize(read_pixels(open_picture(data / "images" / "us_gov_bus_road.jpg")), (72, 48))
    found = regions.find(pixels, 8)
    cover = sum(filled(o.outline, 48, 72).astype(int) for o in found if o.outline)
    assert len(found) == 8 and (cover == 1).mean() > 0.99
    assert sum(o.outline.area for o in found if o.outline) == pytest.approx(48 * 72)
    assert regions.find(pixels.copy(), 8) == found, "the same picture gives the same"


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (2, 5000), (90, 60)])
def test_constant_and_narrow_pictures_are_one_region(size: tuple[int, int]) -> None:
    (only,) = regions.find(np.full((*size, 3), 90, np.uint8))
    assert only.label == "grey middle" and only.box.corners == (0, 0, size[1], size[0])
    assert only.outline is not None and only.outline.area == size[0] * size[1]
    assert only.outline.contains(np.array([only.outline.heart])).all()


def test_a_row_of_pixels_is_parted_and_a_huge_picture_looked_at_small() -> None:
    row = np.zeros((1, 300, 3), np.uint8)
    row[:, 100:] = (250, 250, 250)
    assert [o.box.corners for o in regions.find(row)] == [(100, 0, 300, 1), (0, 0, 100, 1)]
    huge = np.zeros((1000, 6000, 3), np.uint8)
    huge[:, 2000:] = (40, 160, 40)
    left, right = sorted(regions.find(huge), key=lambda o: o.box.x0)
    assert (left.box.x1, right.box.x0, right.box.x1, right.box.y1) == (2000, 2000, 6000, 1000)
    assert len(right.outline.rings[0] if right.outline else ()) == 4


def test_noise_is_no_flood_of_segments() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (200, 300, 3), np.uint8)
    found = regions.find(noise, 10)
    assert len(found) == 10 and sum(o.outline.area for o in found if o.outline) == pytest.approx(60000, abs=0.1)


def test_what_can_not_be_wanted_is_refused_and_a_stop_is_heard() -> None:
    for count in (0, -1, regions.MOST + 1):
        with pytest.raises(ParameterError, match="1 to 200"):
            regions.find(LANDSCAPE, count)
    monitor = Monitor()
    monitor.cancel()
    with pytest.raises(Cancelled):
        regions.find(LANDSCAPE, 3, monitor)


def test_an_outline_knows_its_inside() -> None:
    ring = ((0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0))
    hole = ((2.0, 2.0), (2.0, 8.0), (8.0, 8.0), (8.0, 2.0))
    frame = Outline((ring, hole))
    assert frame.area == 64 and frame.bounds == (0, 0, 10, 10)
    assert frame.contains(np.array([[1.0, 5.0], [5.0, 5.0], [11.0, 5.0]])).tolist() == [True, False, False]
    assert frame.contains(np.array([frame.heart])).all()
    for rings in ((), (ring[:2],), (((0.0, 0.0), (1.0, float("nan")), (1.0, 1.0)),)):
        with pytest.raises(ParameterError):
            Outline(rings)
