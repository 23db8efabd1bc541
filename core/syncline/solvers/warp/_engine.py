"""Solving one block: budget, checkpoints, cancelling. The loops themselves are in `_kernels`."""

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
from ...errors import OverBudget
from ._coarse import COARSE, around, averages
from ._patterns import StepPattern
from ._plan import Block, meeting

__all__ = [
    "SIZE",
    "_WORTH_TWO",
    "Ground",
    "Solved",
    "Tick",
    "end_of",
    "estimate",
    "refuse",
    "room",
    "solve_block",
    "wave",
]

SIZE = 256
"""Side of a tile, `_kernels.SIZE`; said twice so that numba is not loaded to count them."""

_SMALL = 64
"""Side of a tile of a small problem, where float32 would add up along the whole path, and of narrow bands."""

_WORTH_TWO = 2_000_000
"""Cells from which a second thread pays for itself."""

_WORTH_BOUND = 60_000_000
"""Cells times channels, of more than four, from which it pays to bound the cost of the path beforehand."""

_CLEAN = 0.4
"""Greatest share of the costs on the path in those elsewhere for which bounding is worth while."""

Tick = Callable[[int], None]
"""Called with the number of cells done since the last call; raises to stop."""


@dataclass(frozen=True, eq=False)
class Ground:
    """What all blocks of a problem share: features, pattern, window (int64 lo, hi), forbidden rectangles, bytes."""

    ready: Prepared
    pattern: StepPattern
    lo: NDArray[np.int64]
    hi: NDArray[np.int64]
    limited: bool
    rects: NDArray[np.int64]
    prune: bool = True
    room: int = 64 << 20


@dataclass(frozen=True, eq=False)
class Solved:
    """Cells int64 (k, 2) of a block's path, its first cell left out unless the begin is free, and their weights."""

    cells: NDArray[np.int64]
    weights: NDArray[np.float64]


def room(budget: int) -> int:
    """Bytes that borders or directions of one problem may take: more would not make it faster."""
    return min(64 << 20, budget // 4)


def estimate(pattern: StepPattern, block: Block, budget: int) -> int:
    """Bytes needed for a block, features not counted."""
    n, m = block.r1 - block.r0 + 1, block.c1 - block.c0 + 1
    if pattern.one_step:
        side = SIZE * _keep(n, m, room(budget))
        return 8 * (-(-n // side) * m + -(-m // side) * n) + 64 * (n + m) + 34 * side**2 // SIZE + (3 << 20)
    from ._table import bytes_needed

    return bytes_needed(pattern, n, m, room(budget)) + 96 * (n + m)


def refuse(pattern: StepPattern, features: int, needed: int, budget: int, n: int, m: int) -> None:
    """Raise `OverBudget` if the bytes `needed` for n × m rows, `features` among them, are more than the budget."""
    if needed <= budget:
        return
    fits = ""
    for share in (0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05, 0.02, 0.01):
        r, c = max(int(n * share), 1), max(int(m * share), 1)
        if share * features + estimate(pattern, Block(0, 0, r - 1, c - 1), budget) <= budget:
            fits = f" ({r:,} × {c:,} would fit)"
            break
    raise OverBudget(
        f"Aligning {n:,} × {m:,} rows needs about {needed / 2**20:,.0f} MiB of memory, but {budget / 2**20:,.0f} "
        f"MiB are allowed; use fewer rows a second{fits}, set anchors, or raise the limit.",
        needed,
        budget,
    )


def solve_block(ground: Ground, block: Block, before: float, used: int, tick: Tick, threads: int = 1) -> Solved | None:
    """Solve one block exactly.

    Parameters
    ----------
    before
        Cost of the path before the block in the metric's units, and `used` the rows and columns it spans: a free
        end is where the normalised cost of the whole path is least.
    threads
        1 or 2.

    Returns
    -------
    Solved, or None if no path leads through.
    """
    if ground.pattern.one_step:
        return _one_step(ground, block, before, used, tick, threads)
    from ._table import solve_table

    return solve_table(ground, block, before, used, tick, threads)


def end_of(ground: Ground, block: Block, last: NDArray[np.float64], before: float, used: int) -> int | None:
    """Column of the block where the path ends, given the accumulated costs of its last row."""
    if not block.free_end:
        return len(last) - 1 if np.isfinite(last[-1]) else None
    values = last
    if ground.pattern.norm == "n+m":
        values = (before / ground.ready.scale + last) / (used + block.r1 - block.r0 + np.arange(len(last)))
    j = int(np.argmin(values))
    return j if np.isfinite(last[j]) else None


def _one_step(ground: Ground, block: Block, before: float, used: int, tick: Tick, threads: int) -> Solved | None:
    from . import _kernels as k

    ready, rects = ground.ready, meeting(ground.rects, block)
    n, m = block.r1 - block.r0 + 1, block.c1 - block.c0 + 1
    weight = np.float32(2 if ground.pattern.norm == "n+m" else 1)
    corner = 0.0
    if not block.free_begin:
        # The first cell is counted already: what the diagonal step into it would add is taken off beforehand.
        first = np.empty((4, 1), np.float32)
        k.cost_rows(*ready.sides[:2], ready.how, block.r0, 1, block.c0, 1, first, 0)
        corner = -float(weight) * float(first[0, 0])
    masked = ground.limited or bool(len(rects))
    task = _Task(ready, ground.lo, ground.hi, rects, masked, weight, math.inf, ground.room, tick)
    fixed = not (block.free_begin or block.free_end)
    worth = ready.channels > 4 and n * m * ready.channels >= _WORTH_BOUND
    if ground.prune and fixed and not masked and worth:
        task = replace(task, bound=_bound(task, block, corner))
    borders = _Borders(
        task,
        block.r0,
        block.c0,
        np.full(m, 0.0 if block.free_begin else np.inf),
        np.full(n, np.inf),
        corner,
        _keep(n, m, ground.room),
        SIZE if n * m > (2 * SIZE) ** 2 else _SMALL,
    )
    borders.solve(threads)
    j = end_of(ground, block, borders.row, before, used)
    if j is None:
        return None
    out = np.empty((n + m, 2), np.int64)
    _, _, at = borders.trace(n - 1, j, out, n + m)
    cells = out[at:]
    weights = np.ones(len(cells))
    if weight == 2:
        weights[1:][(np.diff(cells, axis=0) > 0).all(1)] = 2
    if not block.free_begin:
        cells, weights = cells[1:], weights[1:]
    return Solved(cells.copy(), weights)


@dataclass(frozen=True, eq=False)
class _Task:
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


class _Borders:
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
        task: _Task,
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
                part = _Borders(replace(t, tick=lambda _: t.tick(0)), r0, c0, row, column, corner, 1, self._size)
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


def _bound(task: _Task, block: Block, corner: float) -> float:
    """What no path of a block need cost more than, ∞ where knowing it would not save much.

    A path through averages of every 8 rows, solved again at full rate within some 20 cells of it. Every path that
    leaves the best one by k cells costs about k cells off the path more, so the share of cells left is about that of
    the costs on the path to those elsewhere.
    """
    r0, c0, n, m = block.r0, block.c0, block.r1 - block.r0 + 1, block.c1 - block.c0 + 1
    x, yt = task.ready.sides[0][r0 : r0 + n], task.ready.sides[1][:, c0 : c0 + m]
    mean_x, mean_y = averages(x), averages(yt.T).T.copy()
    rows, columns = len(mean_x), mean_y.shape[1]
    ready = replace(task.ready, sides=(mean_x, mean_y, mean_x[:0], mean_x[:0]))
    silent = replace(task, tick=lambda _: task.tick(0))
    coarse = _Borders(replace(silent, ready=ready), 0, 0, *_edges(rows, columns), 0.0, _keep(rows, columns, task.room))
    coarse.solve()
    cells = np.empty((rows + columns, 2), np.int64)
    _, _, at = coarse.trace(rows - 1, columns - 1, cells, rows + columns)
    ic, jc = cells[at:].T
    # Along its cells at full rate, one for each row and column of averages: how do they compare with others?
    i, j = np.minimum(ic * COARSE + COARSE // 2, n - 1), np.minimum(jc * COARSE + COARSE // 2, m - 1)
    on_path = ((x[i] - yt[:, j].T) ** 2).sum(1).mean()
    elsewhere = ((x[i] - yt[:, np.roll(j, len(j) // 2)].T) ** 2).sum(1).mean()
    if on_path > _CLEAN * elsewhere:
        return math.inf
    wide = np.zeros((2, r0 + n), np.int64)
    wide[:, r0:] = np.add(around(cells[at:], n, m), c0)
    band = replace(silent, lo=wide[0], hi=wide[1], masked=True)
    keep = _keep(n, m, task.room) * SIZE // _SMALL
    near = _Borders(band, r0, c0, *_edges(n, m), corner, keep, _SMALL)
    near.solve()
    dearest = float(near.row[-1])
    return dearest + 1e-5 * abs(dearest) + 1e-12


def _edges(n: int, m: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The borders of a rectangle that is entered at its first cell only."""
    return np.full(m, np.inf), np.full(n, np.inf)


def _keep(n: int, m: int, room: int) -> int:
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
