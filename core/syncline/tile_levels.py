"""Columns of codes over time at scales that are twice as coarse each: what is known, and what is to be made."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from ._kept import Kept

__all__ = ["TileKey", "TileLevels"]


@dataclass(frozen=True)
class TileKey:
    """Number `tile` of the tiles of `level`."""

    level: int
    tile: int


class TileLevels:
    """Keeps columns of 8-bit codes.

    The coarsest level holds everything in at most `whole` columns and is filled from the left on; tiles of finer ones
    are dropped, the longest unused first, when they outgrow `budget`. Looking is safe while another thread computes.

    Parameters
    ----------
    count
        Columns of level 0.
    rows
        Codes of a column.
    whole
        Columns of the coarsest level, at most.
    budget
        Bytes for tiles.

    Attributes
    ----------
    levels
        How many.
    known
        Columns of the coarsest level that are known.
    """

    TILE = 256

    def __init__(self, count: int, rows: int, whole: int, budget: int) -> None:
        self.count, self.rows = max(count, 1), rows
        self.levels = 1
        while self.columns(self.levels - 1) > whole:
            self.levels += 1
        self.known = 0
        self._tiles = Kept[np.uint8](budget)
        self._whole = np.zeros((self.columns(self.levels - 1), rows), np.uint8)

    def columns(self, level: int) -> int:
        """How many there are at a level."""
        return -(-self.count >> level)

    def level_for(self, columns: float) -> int:
        """The coarsest level whose columns are no wider than a pixel of so many columns of level 0."""
        level = 0
        while level + 1 < self.levels and 1 << (level + 1) <= columns:
            level += 1
        return level

    def span(self, key: TileKey) -> tuple[int, int]:
        """First and last + 1 column of a tile."""
        return key.tile * self.TILE, min((key.tile + 1) * self.TILE, self.columns(key.level))

    def get(self, key: TileKey) -> NDArray[np.uint8] | None:
        """Codes of a tile, uint8 (columns, rows), None if it must be computed first."""
        if key.level == self.levels - 1:
            start, stop = self.span(key)
            return self._whole[start:stop] if self.known >= stop else None
        return self._tiles.get(key)

    def missing(self, level: int, start: int, stop: int) -> list[TileKey]:
        """Tiles to compute for columns `start` … `stop` to be as fine as they can; the coarsest level has none."""
        if level == self.levels - 1:
            return []
        last = min(stop, self.columns(level))
        keys = [TileKey(level, k) for k in range(max(start, 0) // self.TILE, ceil(last / self.TILE))]
        return [key for key in keys if key not in self._tiles]

    def look(self, level: int, start: int, stop: int) -> NDArray[np.uint8]:
        """Codes of columns `start` … `stop` of a level, uint8 (stop − start, rows), as fine as they are known.

        Where a tile is missing the nearest coarser one stands in; 0 where nothing is known, and outside.
        """
        out = np.zeros((stop - start, self.rows), np.uint8)
        at, last = max(start, 0), min(stop, self.columns(level))
        while at < last:
            end = min((at // self.TILE + 1) * self.TILE, last)
            out[at - start : end - start] = self._best(level, at, end)
            at = end
        return out

    def _best(self, level: int, start: int, stop: int) -> NDArray[np.uint8]:
        number = np.arange(start, stop)
        for up in range(level, self.levels - 1):
            coarse = number >> (up - level)
            # The columns of one tile lie within one tile of any coarser level.
            codes = self._tiles.get(TileKey(up, int(coarse[0]) // self.TILE))
            if codes is not None:
                return codes[coarse % self.TILE]
        return self._whole[number >> (self.levels - 1 - level)]

    @property
    def nbytes(self) -> int:
        """Bytes held at present."""
        return self._tiles.nbytes + self._whole.nbytes
