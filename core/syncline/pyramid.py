"""The cost matrix at every scale, for looking at: tiles of mean costs, made from the features when asked for.

Level 0 has one value a cell; a value of level k is the mean local cost of a block of cells, twice as long on
each side as at level k − 1. Nothing the size of the matrix is ever allocated.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from math import ceil, log2

import numpy as np
from numpy.typing import NDArray

from .cost import along
from .cost import tile as cost_tile
from .model import LocalCost
from .progress import Monitor

__all__ = ["CostPyramid", "halve"]

_KEPT_CELLS = 4 << 20
_PREVIEW_CELLS = 400_000
_STRIP_CELLS = 1 << 20
_SAMPLES = 200


def halve(sums: NDArray[np.floating], axis: int) -> NDArray[np.floating]:
    """Add neighbouring entries of a (r, c) array in pairs along `axis`; an odd last one stays alone."""
    size = sums.shape[axis]
    even = sums[0 : size - size % 2 : 2] if axis == 0 else sums[:, 0 : size - size % 2 : 2]
    odd = sums[1::2] if axis == 0 else sums[:, 1::2]
    out = even + odd
    if size % 2:
        out = np.concatenate([out, sums[-1:] if axis == 0 else sums[:, -1:]], axis)
    return out


def _counts(start: int, stop: int, factor: int) -> NDArray[np.float32]:
    """How many of the cells start..stop each block of `factor` cells holds; `start` is a multiple of `factor`."""
    edges = np.minimum(np.arange(start, stop + factor, factor), stop)
    return np.diff(edges).astype(np.float32)


class CostPyramid:
    """Mean local costs at every scale, as 8-bit codes between `low` and `high`.

    A matrix four times as long as wide, or more, is halved along its long side alone first, so that every level
    has about the shape of a screen: level k averages blocks of ``factors(k)`` cells, 2ᵏ × 2ᵏ where both sides are
    alike.

    Levels from `kept` on (at most 4 million values) are held whole; tiles of finer levels are dropped, the
    longest unused first, when they outgrow `budget`. Every method may be called from any thread.

    Parameters
    ----------
    cost
        What to look at: n rows (A), m columns (B).
    tile
        Side of a tile in values, a power of two.
    budget
        Bytes for tiles of the fine levels.

    Attributes
    ----------
    levels
        How many; the last one fits one tile.
    low, high
        Costs of the codes 0 and 255. Fixed at the start from a sample of the matrix, so that a code means the same
        in every tile.
    version
        Rises whenever a tile gets better.
    """

    def __init__(self, cost: LocalCost, tile: int = 256, budget: int = 40 << 20) -> None:
        self.cost, self.tile, self.budget = cost, tile, budget
        n, m = self.shape = cost.shape
        lead = round(log2(n / m)) if max(n, m) >= 4 * min(n, m) else 0
        self._late = (max(-lead, 0), max(lead, 0))
        self.levels = 1
        while max(self.level_shape(self.levels - 1)) > tile:
            self.levels += 1
        self.kept = next(
            (k for k in range(self.levels) if np.prod(self.level_shape(k), dtype=np.int64) <= _KEPT_CELLS),
            self.levels - 1,
        )
        # A tile of that level must reach the top, with at least one value there.
        self.kept = max(self.kept, self.levels - 1 - int(log2(tile)))
        self.version = 0
        self._lock = threading.Lock()
        self._fine: OrderedDict[tuple[int, int, int], NDArray[np.uint8]] = OrderedDict()
        self._whole: dict[int, NDArray[np.uint8]] = {}
        self._exact = np.zeros([ceil(s / tile) for s in self.level_shape(self.kept)], bool)
        self._sample = np.sort(self._look())
        lowest, highest = float(self._sample[0]), float(self._sample[-1])
        # The best cells are few and a sample misses them: leave room below, but not under nought.
        self.low = max(0.0, lowest - 0.15 * (highest - lowest))
        self.high = highest if highest > self.low else self.low + 1.0

    # -- shapes ------------------------------------------------------------------------------------

    def factors(self, level: int) -> tuple[int, int]:
        """Cells of A and of B that one value of `level` stands for."""
        return 1 << max(level - self._late[0], 0), 1 << max(level - self._late[1], 0)

    def level_shape(self, level: int) -> tuple[int, int]:
        """Values along A and along B at `level`."""
        fa, fb = self.factors(level)
        return ceil(self.shape[0] / fa), ceil(self.shape[1] / fb)

    def span(self, level: int, row: int, col: int) -> tuple[slice, slice]:
        """The cells that a tile covers, as slices of A's rows and B's columns."""
        fa, fb = self.factors(level)
        n, m = self.shape
        i, j = row * self.tile * fa, col * self.tile * fb
        return slice(i, min(i + self.tile * fa, n)), slice(j, min(j + self.tile * fb, m))

    # -- values ------------------------------------------------------------------------------------

    def _look(self) -> NDArray[np.float32]:
        n, m = self.shape
        grid = cost_tile(self.cost, slice(0, n, max(n // _SAMPLES, 1)), slice(0, m, max(m // _SAMPLES, 1)))
        # Costs near the diagonal are lower than elsewhere, and are what one looks at.
        share = np.linspace(0, 1, _SAMPLES)
        diagonal = np.column_stack([np.rint(share * (n - 1)), np.rint(share * (m - 1))]).astype(np.intp)
        return np.concatenate([grid.ravel(), along(self.cost, diagonal).astype(np.float32)])

    def percentile(self, share: float) -> float:
        """The cost below which `share` (0..1) of the sampled cells lie."""
        return float(np.interp(share * (len(self._sample) - 1), np.arange(len(self._sample)), self._sample))

    def encode(self, means: NDArray[np.floating]) -> NDArray[np.uint8]:
        """Codes of costs: 0 at or below `low`, 255 at or above `high`."""
        scaled = (means - np.float32(self.low)) * np.float32(255 / (self.high - self.low))
        return np.clip(np.rint(scaled), 0, 255).astype(np.uint8)

    def decode(self, code: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Costs that codes stand for, right to (high − low) / 510 between the two."""
        return self.low + code.astype(np.float64) * ((self.high - self.low) / 255)

    def means(self, level: int, row: int, col: int, monitor: Monitor | None = None) -> NDArray[np.float32]:
        """Mean costs of a tile, float32 (rows of A, columns of B), computed from the features, kept nowhere."""
        monitor = monitor or Monitor()
        rows, cols = self.span(level, row, col)
        fa, fb = self.factors(level)
        width = cols.stop - cols.start
        strip = max(_STRIP_CELLS // width // fa, 1) * fa
        parts: list[NDArray[np.float32]] = []
        for start in range(rows.start, rows.stop, strip):
            monitor.advance(start - rows.start, rows.stop - rows.start)
            sums = cost_tile(self.cost, slice(start, min(start + strip, rows.stop)), cols)
            a, b = fa, fb
            while a > 1:
                sums, a = halve(sums, 0), a // 2
            while b > 1:
                sums, b = halve(sums, 1), b // 2
            parts.append(sums)
        out = np.concatenate(parts)
        if fa > 1 or fb > 1:
            out /= _counts(rows.start, rows.stop, fa)[:, None] * _counts(cols.start, cols.stop, fb)
        return out

    # -- tiles -------------------------------------------------------------------------------------

    def get(self, level: int, row: int, col: int) -> NDArray[np.uint8] | None:
        """The codes of a tile, uint8 (values along A, values along B), or None; a preview at first at coarse levels.

        Fortran-ordered: pictures have A along their lines.
        """
        t = self.tile
        with self._lock:
            if level < self.kept:
                found = self._fine.get((level, row, col))
                if found is not None:
                    self._fine.move_to_end((level, row, col))
                return found
            whole = self._whole.get(level)
            return None if whole is None else whole[row * t : (row + 1) * t, col * t : (col + 1) * t].copy("F")

    def missing(self, level: int, row: int, col: int) -> list[tuple[int, int, int]]:
        """What must be computed for that tile to be exact: itself, or the tiles of level `kept` below it."""
        with self._lock:
            if level < self.kept:
                return [] if (level, row, col) in self._fine else [(level, row, col)]
            (fa, fb), (ka, kb) = self.factors(level), self.factors(self.kept)
            wa, wb = fa // ka, fb // kb
            part = self._exact[row * wa : (row + 1) * wa, col * wb : (col + 1) * wb]
            return [(self.kept, row * wa + int(r), col * wb + int(c)) for r, c in np.argwhere(~part)]

    def compute(self, level: int, row: int, col: int, monitor: Monitor | None = None) -> None:
        """Make a tile exact, and with a tile of level `kept` its share of all coarser levels.

        Raises
        ------
        Cancelled
            `monitor` was told to stop; nothing is changed.
        """
        monitor = monitor or Monitor()
        if level > self.kept:
            for tile in self.missing(level, row, col):
                self.compute(*tile, monitor)
            return
        means = self.means(level, row, col, monitor)
        codes = self.encode(means)
        if level < self.kept:
            with self._lock:
                self._fine[level, row, col] = np.asfortranarray(codes)
                while len(self._fine) > 1 and sum(c.nbytes for c in self._fine.values()) > self.budget:
                    self._fine.popitem(last=False)
                self.version += 1
            return
        with self._lock:
            self._preview_from(self.kept)
        rows, cols = self.span(level, row, col)
        fa, fb = self.factors(level)
        sums = means * (_counts(rows.start, rows.stop, fa)[:, None] * _counts(cols.start, cols.stop, fb))
        for k in range(level, self.levels):
            if k > level:
                na, nb = self.factors(k)
                sums = halve(sums, 0) if na > fa else sums
                sums = halve(sums, 1) if nb > fb else sums
                fa, fb = na, nb
                counts = _counts(rows.start, rows.stop, fa)[:, None] * _counts(cols.start, cols.stop, fb)
                codes = self.encode(sums / counts)
            i, j = rows.start // fa, cols.start // fb
            with self._lock:
                self._whole[k][i : i + codes.shape[0], j : j + codes.shape[1]] = codes
        with self._lock:
            self._exact[row, col] = True
            self.version += 1

    def preview(self, monitor: Monitor | None = None) -> None:
        """Fill the coarse levels at once with costs of single cells, one a block; exact means replace them later."""
        monitor = monitor or Monitor()
        level = self.kept
        while level < self.levels - 1 and np.prod(self.level_shape(level), dtype=np.int64) > _PREVIEW_CELLS:
            level += 1
        fa, fb = self.factors(level)
        n, m = self.shape
        parts: list[NDArray[np.uint8]] = []
        for start in range(0, n, 128 * fa):
            monitor.advance(start, n)
            rows = slice(start, min(start + 128 * fa, n), fa)
            parts.append(self.encode(cost_tile(self.cost, rows, slice(0, m, fb))))
        with self._lock:
            if not self._exact.any():
                self._whole[level] = np.asfortranarray(np.concatenate(parts))
                self._preview_from(level)
                self.version += 1

    def _preview_from(self, level: int) -> None:
        """Give every kept level an array (call under the lock): finer ones repeat, coarser ones leave values out."""
        source = level if level in self._whole else min(self._whole, default=None)
        for k in range(self.kept, self.levels):
            if k in self._whole:
                continue
            if source is None:
                self._whole[k] = np.full(self.level_shape(k), 128, np.uint8, order="F")
                continue
            (sa, sb), (ka, kb) = self.factors(source), self.factors(k)
            r, c = self.level_shape(k)
            i = np.minimum(np.arange(r) * ka // sa, self._whole[source].shape[0] - 1)
            j = np.minimum(np.arange(c) * kb // sb, self._whole[source].shape[1] - 1)
            self._whole[k] = np.asfortranarray(self._whole[source][np.ix_(i, j)])

    @property
    def nbytes(self) -> int:
        """Bytes held at present."""
        with self._lock:
            return sum(c.nbytes for c in self._fine.values()) + sum(w.nbytes for w in self._whole.values())
