"""Solving one block by a table of branches: whole rows, of which some are kept to find the path by afterwards.

No pattern of the table goes back further in B than a few columns a row, so that the way back needs but a wedge of
the matrix to be solved again, with directions: those of the whole are never held.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ._engine import Ground, Solved, end_of
from ._patterns import StepPattern
from ._plan import Block, meeting
from ._tiles import SIZE, Tick, wave

__all__ = ["bytes_needed", "solve_table"]

_BAND = 16
"""Rows that are solved together: a tile of them stays in the second-level cache."""

_EVERY = 256
"""Rows are kept as often as this where there is room."""

_Buffer = tuple[NDArray[np.float32], NDArray[np.float64]]
"""Costs and accumulated costs of some rows, with the pattern's reach of columns before the first."""


def _every(rows: int, width: int, pad: int, room: int) -> int:
    """How many rows apart some are kept, a multiple of `_BAND`."""
    return max(_EVERY, -(-(rows * 12 * pad * (pad + width)) // (room * _BAND)) * _BAND)


def _wedge(pattern: StepPattern, rows: int, width: int) -> int:
    """Columns that branches back from one cell can reach in so many rows."""
    steepest = max(dj / di for di, dj, _ in pattern.branches)
    return min(width, math.ceil(steepest * rows) + 1)


def bytes_needed(pattern: StepPattern, rows: int, width: int, room: int) -> int:
    """Bytes that a block takes beside its path."""
    pad = pattern.reach
    every = _every(rows, width, pad, room)
    held = 24 * (pad + _BAND) * (pad + width)
    if rows <= every:
        return held + rows * width
    return (
        held
        + -(-rows // every) * 12 * pad * (pad + width)
        + bytes_needed(pattern, every, _wedge(pattern, every, width), room)
    )


def solve_table(ground: Ground, block: Block, before: float, used: int, tick: Tick, threads: int) -> Solved | None:
    """`_engine.solve_block` for the patterns without steps within a row."""
    n, m, pad = block.r1 - block.r0 + 1, block.c1 - block.c0 + 1, ground.pattern.reach
    start = np.full((pad, pad + m), np.inf, np.float32), np.full((pad, pad + m), np.inf)
    if block.free_begin:
        # A virtual row before the first, free of charge, from which a branch may start in any column.
        start[0][-1, pad:], start[1][-1, pad:] = 0, 0
    run = _Run(ground, block, tick, threads)
    every = _every(n, m, pad, ground.room)
    kept = run.rows(start, 0, n, 0, m, every=every)
    j = end_of(ground, block, kept.pop()[1][-1, pad:], before, used)
    if j is None:
        return None
    run.silent = True
    i = n - 1
    for s in range(len(kept), -1, -1):
        i, j = run.back(kept[s - 1] if s else start, 0, s * every, i, j)
    return Solved(run.cells[run.at :].copy(), run.weights[run.at :].copy())


class _Run:
    """One block on its way: `cells` and `weights` of its path are filled from the end, `at` is the first filled."""

    def __init__(self, ground: Ground, block: Block, tick: Tick, threads: int) -> None:
        n, m = block.r1 - block.r0 + 1, block.c1 - block.c0 + 1
        self._ground, self._block, self._tick, self._threads = ground, block, tick, threads
        self._rects = meeting(ground.rects, block)
        self._tables, self._pad = ground.pattern.tables(), ground.pattern.reach
        self.cells, self.weights = np.empty((2 * (n + m), 2), np.int64), np.empty(2 * (n + m))
        self.at, self.silent = len(self.cells), False

    def rows(
        self, above: _Buffer, i0: int, i1: int, left: int, right: int, *, every: int,
        directions: NDArray[np.uint8] | None = None,
    ) -> list[_Buffer]:  # fmt: skip
        """Solve columns left..right of rows i0..i1 below those of `above`; returns rows kept on the way, and the last.

        After each `every` rows as many as the pattern reaches back are kept, unless none are left.
        """
        from . import _table_kernels as k

        ground, block, pad, width = self._ground, self._block, self._pad, right - left
        ready, masked = ground.ready, ground.limited or bool(len(self._rects))
        bands = [(i, min(_BAND, i1 - i)) for i in range(i0, i1, _BAND)]
        ranges = [self._columns(i, r, left, width) for i, r in bands]
        # Bands alternate between two buffers, so that a thread may go on below another.
        shape = (pad + min(_BAND, i1 - i0), pad + width)
        buffers: list[_Buffer] = [(np.empty(shape, np.float32), np.empty(shape)) for _ in bands[:2]]
        for buffer in buffers:
            buffer[0][:, :pad] = buffer[1][:, :pad] = np.inf
        kept: list[_Buffer | None] = [None] * len(bands)
        columns = -(-width // SIZE)
        none = np.empty((0, 0), np.uint8)

        def part(p: int, q: int, stop: int) -> None:
            (i, r), (costs, totals) = bands[p], buffers[p % 2]
            # What a buffer held two bands before, and the rows above it, are overwritten by the fourth.
            near = ranges[p - 3 : p + 1] if p > 2 else [(0, width)]
            j0 = max(q * SIZE, min(a for a, _ in near) // SIZE * SIZE)
            j1 = min(stop * SIZE, max(b for _, b in near), width)
            begin = -1 if i or block.free_begin else int(left == 0)
            if j0 < j1:
                k.rows_table(
                    ready.sides, ready.how, block.r0 + i, block.c0 + left, ground.lo, ground.hi, self._rects, masked,
                    *self._tables, begin, pad, r, j0, j1, ranges[p], buffers[1 - p % 2] if p else above, costs, totals,
                    none if directions is None else directions[i - i0 : i - i0 + r],
                )  # fmt: skip
            if stop == columns and (p == len(bands) - 1 or (i + r - i0) % every == 0):
                kept[p] = costs[r : r + pad].copy(), totals[r : r + pad].copy()
            self._tick(0 if self.silent else r * (min(stop * SIZE, width) - q * SIZE))

        group = max(1, int(1e7 / (_BAND * SIZE * (ready.channels / 16 + 2))))
        wave(part, len(bands), columns, group, (i1 - i0) * width, self._threads)
        return [b for b in kept if b is not None]

    def _columns(self, i: int, r: int, left: int, width: int) -> tuple[int, int]:
        """Half-open range of the columns left.. that the window allows in rows i..i + r."""
        rows, first = slice(self._block.r0 + i, self._block.r0 + i + r), self._block.c0 + left
        a = min(max(int(self._ground.lo[rows].min()) - first, 0), width)
        return a, max(min(int(self._ground.hi[rows].max()) - first, width), a)

    def back(self, above: _Buffer, origin: int, i0: int, i: int, j: int) -> tuple[int, int]:
        """Follow the path from (i, j) to above row i0, below those of `above`, whose columns begin at `origin`."""
        from . import _table_kernels as k

        if i < i0:
            return i, j
        ground, block, pad, rows = self._ground, self._block, self._pad, i - i0 + 1
        left = j + 1 - _wedge(ground.pattern, rows + pad, j + 1 - origin)
        width = j + 1 - left
        # The columns before the wedge are on no way to (i, j).
        part = slice(left - origin, left - origin + pad + width)
        above = above[0][:, part].copy(), above[1][:, part].copy()
        above[0][:, :pad] = above[1][:, :pad] = np.inf
        every = _every(rows, width, pad, ground.room)
        if rows > every:
            kept = self.rows(above, i0, i + 1, left, j + 1, every=every)[:-1]
            for s in range(len(kept), -1, -1):
                i, j = self.back(kept[s - 1] if s else above, left, i0 + s * every, i, j)
            return i, j
        directions = np.empty((rows, width), np.uint8)
        self.rows(above, i0, i + 1, left, j + 1, every=rows, directions=directions)
        i, j, self.at = k.trace_table(
            *self._tables, directions, i0, i, j - left, block.r0, block.c0 + left, not block.free_begin,
            self.cells, self.weights, self.at,
        )  # fmt: skip
        return i, j + left
