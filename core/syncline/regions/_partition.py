"""A picture parted into regions: pixels to small segments, and those, two neighbours at a time, to as many as wanted.

What follows what people call things, on pictures looked at with 6 to 24 regions: colours compared as distributions, not
means, which tells grass from a road of the same mean; times how sharp the border is, so that a sky is not cut where it
fades; times a power of the size, so that specks go first; and the longer the border two have in common, the sooner they
are joined, so that rims of shadow go to what they belong to.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ..progress import Monitor
from ._kernels import join

__all__ = ["part", "reduced"]

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

SIDE = 384
"""Pixels of the longer side that is looked at: finer borders are not what people call things by."""
MOST_SEGMENTS = 3000
_SCALE = 30.0
_RANGES = ((0.0, 100.0), (-60.0, 60.0), (-60.0, 60.0))
"""Of L*, a*, b* that are told apart."""
_BINS = 12
_SIZE, _COMMON = 0.6, 0.25
"""Powers of how many pixels two have, and of the square of their common border's length over the smaller one's size."""
_GROWN = 1.1
"""A segment that has grown by less is compared anew only with neighbours whose border changed: else a sky would be
compared with all of a thousand specks at every speck."""
_LEAST_COLOUR, _LEAST_EDGE = 0.02, 1.0


def reduced(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture, uint8 (h, w, 3), at most `SIDE` pixels long and wide."""
    import cv2

    height, width = pixels.shape[:2]
    factor = min(1.0, SIDE / max(height, width))
    if factor == 1.0:
        return pixels
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return cast(NDArray[np.uint8], cv2.resize(np.ascontiguousarray(pixels), size, interpolation=cv2.INTER_AREA))


def part(pixels: NDArray[np.uint8], count: int, monitor: Monitor) -> I64:
    """Part a picture into regions.

    Parameters
    ----------
    pixels
        uint8 (h, w, 3), BGR, as `reduced` leaves it.
    count
        Regions wanted; there are fewer where the picture has no more that differ.

    Returns
    -------
    int64 (h, w)
        Number of the region of each pixel, from 0 on, the largest first; every region hangs together by edges.

    References
    ----------
    P. F. Felzenszwalb & D. P. Huttenlocher 2004, IJCV 59 (the segments); P. Salembier & L. Garrido 2000, IEEE TIP 9
    (merging neighbours).
    """
    import cv2

    monitor.check()
    lab = cast(F32, cv2.cvtColor(np.ascontiguousarray(pixels).astype(np.float32) / 255, cv2.COLOR_BGR2LAB))
    height, width = lab.shape[:2]
    # Grain goes, edges stay where they are to the pixel.
    smooth = cast(F32, cv2.bilateralFilter(lab, 5, 12.0, 1.5))
    a, b = _neighbours(height, width)
    segments = _segments(smooth.reshape(-1, 3), a, b, monitor)
    merging = _Merging(segments, lab.reshape(-1, 3))
    steep = _steepness(lab)
    merging.border(segments[a], segments[b], np.maximum(steep[a], steep[b]))
    merged = merging.until(count, monitor)[segments]
    sizes = np.bincount(merged)
    order = np.argsort(-sizes, kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return place[merged].reshape(height, width)


def _neighbours(height: int, width: int) -> tuple[I64, I64]:
    """Pixels beside and above one another, by their places in rows."""
    place = np.arange(height * width, dtype=np.int64).reshape(height, width)
    a = np.concatenate([place[:, :-1].ravel(), place[:-1].ravel()])
    b = np.concatenate([place[:, 1:].ravel(), place[1:].ravel()])
    return a, b


def _segments(colours: F32, a: I64, b: I64, monitor: Monitor) -> I64:
    """Small segments, `MOST_SEGMENTS` at most: the number of each pixel's, from 0 on."""
    weights = np.sqrt(((colours[a] - colours[b]) ** 2).sum(1)).astype(np.float64)
    order = np.argsort(weights, kind="stable")
    root = np.empty(len(colours), np.int64)
    scale = _SCALE
    while True:
        monitor.check()
        join(order, a, b, weights, scale, root)
        found, numbers = np.unique(root, return_inverse=True)
        if len(found) <= MOST_SEGMENTS:
            return numbers.reshape(-1).astype(np.int64)
        scale *= 2


def _steepness(lab: F32) -> F64:
    """How much the colour changes across each pixel, from the one before to the one after: float64 (h · w,)."""
    import cv2

    soft = cast(F32, cv2.GaussianBlur(lab, (0, 0), 1.5))
    across, down = np.zeros_like(soft), np.zeros_like(soft)
    across[:, 1:-1] = soft[:, 2:] - soft[:, :-2]
    down[1:-1] = soft[2:] - soft[:-2]
    return np.sqrt((across**2 + down**2).sum(2)).ravel().astype(np.float64)


class _Merging:
    """Segments, what they look like and which border on which; `until` joins the cheapest pair again and again."""

    def __init__(self, segments: I64, colours: F32) -> None:
        count = int(segments.max()) + 1
        self.sizes: list[float] = np.bincount(segments, minlength=count).astype(float).tolist()
        shades = np.zeros((count, 3 * _BINS))
        for channel, (low, high) in enumerate(_RANGES):
            at = np.clip((colours[:, channel] - low) / (high - low) * _BINS - 0.5, 0.0, _BINS - 1.001)
            bins = at.astype(np.int64)
            rest = at - bins
            for beside, share in ((0, 1 - rest), (1, rest)):
                cell = segments * (3 * _BINS) + channel * _BINS + bins + beside
                shades += np.bincount(cell, share, minlength=shades.size).reshape(shades.shape)
        self._shades = shades / np.array(self.sizes)[:, None]
        self._borders: list[dict[int, tuple[float, float]]] = [{} for _ in range(count)]
        self._heap: list[tuple[float, int, int, int, int]] = []
        self._ages = [0] * count
        self._compared = list(self.sizes)
        self._root = np.arange(count)

    def border(self, a: I64, b: I64, steep: F64) -> None:
        """Take in which segments the pixels of each edge are in, and how steep it is there."""
        count = len(self.sizes)
        apart = a != b
        low, high = np.minimum(a, b)[apart], np.maximum(a, b)[apart]
        pairs, which = np.unique(low * count + high, return_inverse=True)
        lengths = np.bincount(which.reshape(-1), minlength=len(pairs)).astype(float)
        sums = np.bincount(which.reshape(-1), steep[apart], minlength=len(pairs))
        for pair, length, total in zip(pairs.tolist(), lengths.tolist(), sums.tolist(), strict=True):
            i, j = divmod(pair, count)
            self._borders[i][j] = self._borders[j][i] = (length, total)

    def _push(self, i: int, others: list[int]) -> None:
        """Work out what it costs to join a segment with some of its neighbours."""
        if not others:
            return
        own, theirs = self._shades[i], self._shades[others]
        total = own + theirs
        unlike = ((own - theirs) ** 2 / np.where(total > 0, total, 1.0)).sum(1).tolist()
        size = self.sizes[i]
        for j, far in zip(others, unlike, strict=True):
            length, steep = self._borders[i][j]
            less = min(size, self.sizes[j])
            weight = (size * self.sizes[j] / (size + self.sizes[j])) ** _SIZE
            edge = steep / length + _LEAST_EDGE
            cost = (far / 6 + _LEAST_COLOUR) * edge * weight * (less / length**2) ** _COMMON
            low, high = (i, j) if i < j else (j, i)
            heapq.heappush(self._heap, (cost, low, high, self._ages[low], self._ages[high]))

    def until(self, count: int, monitor: Monitor) -> NDArray[np.intp]:
        """Join until so many are left; give the number of what each segment became, from 0 on."""
        for i, borders in enumerate(self._borders):
            self._push(i, [j for j in borders if i < j])
        left = first = len(self.sizes)
        for i, j in self._cheapest():
            if left <= count:
                break
            if left % 64 == 0:
                monitor.advance(first - left, max(first - count, 1))
            self._join(i, j)
            left -= 1
        _, numbers = np.unique(self._resolved(), return_inverse=True)
        return numbers.reshape(-1)

    def _cheapest(self) -> Iterator[tuple[int, int]]:
        """The pair that costs least as things stand, as long as there is one."""
        while self._heap:
            _, i, j, before, after = heapq.heappop(self._heap)
            if self._ages[i] == before and self._ages[j] == after:
                yield i, j

    def _join(self, i: int, j: int) -> None:
        """Put the smaller of two segments into the other."""
        if self.sizes[i] < self.sizes[j]:
            i, j = j, i
        m, n = self.sizes[i], self.sizes[j]
        self._shades[i] = (m * self._shades[i] + n * self._shades[j]) / (m + n)
        self.sizes[i] = m + n
        self._root[j] = i
        self._ages[j] = -1
        own = self._borders[i]
        del own[j]
        changed = sorted(k for k in self._borders[j] if k != i)
        for other, (length, total) in self._borders[j].items():
            if other != i:
                more, steeper = own.get(other, (0.0, 0.0))
                own[other] = self._borders[other][i] = (length + more, total + steeper)
                del self._borders[other][j]
        self._borders[j] = {}
        if m + n > _GROWN * self._compared[i]:
            self._compared[i] = m + n
            self._ages[i] += 1
            changed = sorted(own)
        self._push(i, changed)

    def _resolved(self) -> NDArray[Any]:
        root = self._root
        while True:
            deeper = root[root]
            if (deeper == root).all():
                return root
            root = deeper
