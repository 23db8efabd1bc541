"""Regions of a picture (sky, grass, road) as objects: every pixel belongs to one, and nobody says what they are.

>>> from syncline import media, regions
>>> pixels = media.read_pixels(media.open_picture("dogs.jpg"))
>>> found = regions.find(pixels, 12)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..colours import BASIC, named
from ..errors import ParameterError
from ..model import Box, SceneObject
from ..progress import Monitor

__all__ = ["MOST", "USUAL", "check", "find"]

USUAL, MOST = 12, 200
"""Regions, if nobody says how many, and at most."""
_COLUMNS = ("left", "", "right")
_ROWS = ("top", "", "bottom")


def check(count: int) -> int:
    """The number of regions, if that many can be wanted.

    Raises
    ------
    ParameterError
        It is not within 1 and `MOST`.
    """
    if not 1 <= count <= MOST:
        raise ParameterError(f"A picture can be parted into 1 to {MOST} regions, not {count}.")
    return count


def find(pixels: NDArray[np.uint8], count: int = USUAL, monitor: Monitor | None = None) -> tuple[SceneObject, ...]:
    """Part a picture into regions.

    Parameters
    ----------
    pixels
        uint8 (h, w, 3), BGR.
    count
        Regions wanted; there are fewer where the picture has no more that differ.

    Returns
    -------
    tuple of SceneObject
        The largest first, with the id 0, the origin ``"region"``, an outline, and for a label the colour most of it has
        and where it lies, such as “blue top” or “green bottom left”. The same picture gives the same.

    Raises
    ------
    ParameterError
        So many can't be wanted.
    """
    from ._outlines import outlines
    from ._partition import part, reduced

    monitor = monitor or Monitor()
    check(count)
    small = reduced(pixels)
    numbers = part(small, count, monitor.part(0.0, 0.9))
    height, width = numbers.shape
    lines = outlines(numbers, (pixels.shape[1] / width, pixels.shape[0] / height))
    colours = named(small)
    found: list[SceneObject] = []
    for k, line in enumerate(lines):
        y, x = np.nonzero(numbers == k)
        colour = BASIC[int(np.bincount(colours[y, x]).argmax())]
        place = _place(float(x.mean() + 0.5) / width, float(y.mean() + 0.5) / height)
        found.append(SceneObject(0, f"{colour} {place}", Box(*line.bounds), None, "region", outline=line))
    monitor.advance(1, 1)
    return tuple(found)


def _place(x: float, y: float) -> str:
    """Which ninth of the picture a place is in; x and y are shares of its width and height."""
    words = _ROWS[min(int(3 * y), 2)], _COLUMNS[min(int(3 * x), 2)]
    return " ".join(filter(None, words)) or "middle"
