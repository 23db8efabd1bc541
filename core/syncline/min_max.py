"""The outline of a sequence at every scale: lowest and highest values of what lies under a pixel."""

from __future__ import annotations

from math import ceil

import numpy as np
from numpy.typing import NDArray

__all__ = ["MinMax", "line_columns"]

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]

RATIO = 4
"""A bin holds so many of the level below."""


class MinMax:
    """Lowest and highest of every so many values of a sequence, at scales that are four times as coarse each.

    It is filled from the first value on; what is known already may be looked at from another thread meanwhile.

    Parameters
    ----------
    count
        Values of the whole sequence.
    size
        Values of a bin at the finest level.

    Attributes
    ----------
    levels
        float32 (2, bins) each: lowest, highest; NaN where nothing is known yet.
    known
        Values taken so far.
    peak
        Largest distance from 0 so far.
    """

    def __init__(self, count: int, size: int = 64) -> None:
        self.count, self.size, self.known, self.peak = count, size, 0, 0.0
        bins = ceil(count / size)
        self.levels: list[F32] = [np.full((2, bins), np.nan, np.float32)]
        while bins > 1024:
            bins = ceil(bins / RATIO)
            self.levels.append(np.full((2, bins), np.nan, np.float32))

    def take(self, values: F32) -> None:
        """Take the next values (n,); n is a multiple of `size` but at the end."""
        if not len(values):
            return
        first, stop = self.known // self.size, ceil((self.known + len(values)) / self.size)
        starts = np.arange(0, len(values), self.size)
        level = self.levels[0]
        level[0, first:stop] = np.minimum.reduceat(values, starts)
        level[1, first:stop] = np.maximum.reduceat(values, starts)
        self.peak = max(self.peak, float(-level[0, first:stop].min()), float(level[1, first:stop].max()))
        for below, level in zip(self.levels, self.levels[1:], strict=False):
            first, stop = first // RATIO, ceil(stop / RATIO)
            part = below[:, first * RATIO : stop * RATIO]
            starts = np.arange(0, part.shape[1], RATIO)
            level[0, first:stop] = np.fmin.reduceat(part[0], starts)
            level[1, first:stop] = np.fmax.reduceat(part[1], starts)
        self.known += len(values)

    def columns(self, edges: F64) -> F32:
        """Lowest and highest between consecutive `edges`, for pixels that are some bins wide or wider.

        Parameters
        ----------
        edges
            (n + 1,) ascending places in the sequence, evenly spaced.

        Returns
        -------
        float32 (2, n)
            A bin counts for one column only, so that a single click is one pixel wide. NaN outside and where nothing
            is known yet.
        """
        wide = float(edges[-1] - edges[0]) / (len(edges) - 1)
        level, size = 0, self.size
        while level + 1 < len(self.levels) and size * RATIO * 4 <= wide:
            level, size = level + 1, size * RATIO
        bins = self.levels[level]
        at = np.clip(np.floor(edges / size).astype(np.intp), 0, bins.shape[1] - 1)
        start, stop = int(at[0]), max(int(at[-1]), int(at[-2]) + 1)
        # Beyond the last edge's bin lies the end: its column reaches there.
        stop = bins.shape[1] if edges[-1] >= self.count else stop
        part, index = bins[:, start:stop], at[:-1] - start
        out = np.stack([np.fmin.reduceat(part[0], index), np.fmax.reduceat(part[1], index)])
        out[:, (edges[1:] <= 0) | (edges[:-1] >= self.count)] = np.nan
        return out


def line_columns(values: F32, first: int, edges: F64) -> F32:
    """Lowest and highest of the line through samples between consecutive `edges`, for pixels of few samples or less.

    Parameters
    ----------
    values
        (n,) samples; number k of them is at the place ``first + k``.
    edges
        (m + 1,) ascending.

    Returns
    -------
    float32 (2, m)
        NaN outside, and where samples are NaN: the line is broken there.
    """
    places = first + np.arange(len(values))
    ends = np.interp(edges, places, values).astype(np.float32)
    low, high = np.fmin(ends[:-1], ends[1:]), np.fmax(ends[:-1], ends[1:])
    at = np.clip(np.ceil(edges).astype(np.intp) - first, 0, len(values))
    some = at[1:] > at[:-1]
    if some.any():
        index = at[:-1][some]
        part = values[: at[-1]]
        low[some] = np.fmin(low[some], np.fmin.reduceat(part, index))
        high[some] = np.fmax(high[some], np.fmax.reduceat(part, index))
    out = np.stack([low, high])
    out[:, (edges[1:] <= places[0]) | (edges[:-1] > places[-1])] = np.nan
    return out
