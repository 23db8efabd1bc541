"""A rectangle of the matrix, solved tile by tile: borders that are kept, two threads, cancelling. The loops themselves
are in `_kernels`.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...cost import Prepared

__all__ = ["SIZE", "SMALL", "Borders", "Task", "Tick", "apart", "wave"]

SIZE = 256
"""Side of a tile, `_kernels.SIZE`; said twice so that numba is not loaded to count them."""

SMALL = 64
"""Side of a tile of a small problem, where float32 would add up along the whole path, and of narrow bands."""

_WORTH_TWO = 2_000_000
"""Cells from which a second thread pays for itself."""

Tick = Callable[[int], None]
"""Called with the number of cells done since the last call; raises to stop."""


@dataclass(frozen=True, eq=False)
class Task:
    """What stays the same from tile to tile."""

    ready: Prepared
    lo: NDArray[np.int64]
    hi: NDArray[np.int64]
    rects: NDArray[np.int64]
    masked: bool
    weight: np.float32
    bound: float
    room: int
    tick: Tick


_I64 = NDArray[np.int64]
_Sides = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]
_Common = tuple[_Sides, int, int, int, _I64, _I64, _I64, bool, np.float32]


class Borders:
    """A rectangle of the matrix, solved tile by tile; only borders of every keep-th tile remain.

    Parameters
    ----------
    r0, c0
        Its first cell in rows and columns of the problem.
    row, column
        float64 (m,), (n,): accumulated costs above and left of it; afterwards those of its last row and column.
    corner
        The one diagonally before it.
    size
        Side of a tile.
    """

    def __init__(
        self,
        task: Task,
        r0: int,
        c0: int,
        row: NDArray[np.float64],
        column: NDArray[np.float64],
        corner: float,
        keep: int,
        size: int = SIZE,
    ) -> None:
        self.row, self._column, self._corner = row, column, corner
        self._task, self._r0, self._c0, self._keep = task, r0, c0, keep
        self._size = size
        self._side = self._size * keep
        self._above = np.empty((-(-len(column) // self._side), len(row)))
        self._left = np.empty((-(-len(row) // self._side), len(column)))

    def _common(self) -> _Common:
        t = self._task
        return t.ready.sides, t.ready.how, self._r0, self._c0, t.lo, t.hi, t.rects, t.masked, t.weight

    def solve(self, threads: int = 1) -> None:
        """Fill all borders."""
        from . import _kernels as k

        common, n, m = (*self._common(), self._task.bound), len(self._column), len(self.row)
        size = self._size
        rows, columns = -(-n // size), -(-m // size)
        corners = np.empty(rows)
        # Tiles a call: some milliseconds, so that it can be stopped.
        group = max(1, int(2e7 / (size * size * (self._task.ready.channels / 16 + 2))))

        def part(p: int, q: int, stop: int) -> None:
            i0, j0, j1 = p * size, q * size, min(stop * size, m)
            r = min(size, n - i0)
            if p % self._keep == 0:
                self._above[p // self._keep, j0:j1] = self.row[j0:j1]
            if q == 0:
                corners[p] = self._left[0, i0 - 1] if p else self._corner
            with _room(self._task.ready.channels) as room:
                corners[p] = k.forward(
                    *common, i0, r, j0, j1, size, self.row, self._column[i0 : i0 + r], corners[p], self._keep,
                    self._left, False, room,
                )  # fmt: skip
            self._task.tick(r * (j1 - j0))

        wave(part, rows, columns, group, n * m, threads)

    def trace(self, i: int, j: int, out: NDArray[np.int64], at: int) -> tuple[int, int, int]:
        """Write the cells of the path that ends in (i, j) backwards into `out` (.., 2), from row at − 1 on.

        Returns
        -------
        The cell to go on from, outside of the rectangle, and the row written last.
        """
        from . import _kernels as k

        t, nowhere = self._task, np.empty((1, self._side))
        while i >= 0 and j >= 0:
            p, q = i // self._side, j // self._side
            i0, j0 = p * self._side, q * self._side
            row, column = self._above[p, j0 : j + 1].copy(), self._left[q, i0 : i + 1].copy()
            if j0:
                corner = float(self._above[p, j0 - 1])
            else:
                corner = float(self._left[0, i0 - 1]) if i0 else self._corner
            r0, c0 = self._r0 + i0, self._c0 + j0
            if self._keep == 1:
                with _room(t.ready.channels) as room:
                    k.forward(
                        t.ready.sides, t.ready.how, r0, c0, t.lo, t.hi, t.rects, t.masked, t.weight, math.inf,
                        0, len(column), 0, len(row), self._size, row, column, corner, 1, nowhere, True, room,
                    )  # fmt: skip
                    i, j, at = k.walk(room[3], i - i0, j - j0, r0, c0, out, at)
                t.tick(0)
            else:
                part = Borders(replace(t, tick=lambda _: t.tick(0)), r0, c0, row, column, corner, 1, self._size)
                part.solve()
                i, j, at = part.trace(i - i0, j - j0, out, at)
            i, j = i + i0, j + j0
        return i, j, at


_rooms: list[tuple[int, Any]] = []
_rooms_lock = threading.Lock()


@contextmanager
def _room(channels: int) -> Generator[Any]:
    """Room for one tile, from the last ones used if they fit."""
    from . import _kernels as k

    with _rooms_lock:
        found = next((r for r in _rooms if r[0] == channels), None)
        if found is not None:
            _rooms.remove(found)
    found = found or (channels, k.scratch(channels))
    try:
        yield found[1]
    finally:
        with _rooms_lock:
            _rooms.insert(0, found)
            del _rooms[2:]


def apart(n: int, m: int, room: int) -> int:
    """How many tiles apart borders are kept, a power of two up to 64: as few as the room allows."""
    keep = 1
    while keep < 64 and 16 * n * m > SIZE * keep * room:
        keep *= 2
    return keep


def wave(part: Callable[[int, int, int], None], rows: int, columns: int, group: int, cells: int, threads: int) -> None:
    """Solve rows of tiles, `group` tiles a call; where there are cells enough for it two threads take turns, each row
    staying behind the one above it.
    """
    if threads < 2 or rows < 2 or cells < _WORTH_TWO:
        for p in range(rows):
            for q in range(0, columns, group):
                part(p, q, min(q + group, columns))
        return
    group = max(1, min(group, columns // 3))
    done = [0] * rows
    failed: list[BaseException] = []
    moved = threading.Condition()

    def work(start: int) -> None:
        try:
            for p in range(start, rows, 2):
                for q in range(0, columns, group):
                    stop = min(q + group, columns)
                    with moved:
                        while p and done[p - 1] < stop and not failed:
                            moved.wait()
                        if failed:
                            return
                    part(p, q, stop)
                    with moved:
                        done[p] = stop
                        moved.notify_all()
        except BaseException as error:  # noqa: BLE001  (handed to the caller below)
            with moved:
                failed.append(error)
                moved.notify_all()

    other = threading.Thread(target=work, args=(1,), name="dtw")
    other.start()
    work(0)
    other.join()
    if failed:
        raise failed[0]
