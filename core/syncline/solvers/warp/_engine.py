"""Solving one block: budget, checkpoints, cancelling. The loops themselves are in `_kernels`."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...cost import Prepared
from ...errors import OverBudget
from ._patterns import StepPattern
from ._plan import Block, meeting

__all__ = ["Ground", "Solved", "estimate", "refuse", "solve_block"]

SIZE = 256
"""Side of a tile. Cost, sheared cost and directions of one stay in the second-level cache."""

_WORTH_TWO = 10_000_000
"""Cells from which a second thread pays for itself."""

Tick = Callable[[int], None]
"""Called with the number of cells done since the last call; raises to stop."""


@dataclass(frozen=True, eq=False)
class Ground:
    """What all blocks of a problem share: features, pattern, window (int64 lo, hi), forbidden rectangles."""

    ready: Prepared
    pattern: StepPattern
    lo: NDArray[np.int64]
    hi: NDArray[np.int64]
    limited: bool
    rects: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Solved:
    """Cells int64 (k, 2) of a block's path, its first cell left out unless the begin is free, and their weights."""

    cells: NDArray[np.int64]
    weights: NDArray[np.float64]


def estimate(pattern: StepPattern, block: Block) -> int:
    """Bytes needed for a block, features not counted."""
    n, m = block.r1 - block.r0 + 1, block.c1 - block.c0 + 1
    if pattern.one_step:
        return 8 * (-(-n // SIZE) + 1) * m + 8 * (-(-m // SIZE) + 1) * n + 48 * (n + m) + (2 << 20)
    rows = _rows_kept(n, m)
    return rows * m + 12 * (m + 8) * (-(-n // rows) * pattern.reach + 80) + 96 * (n + m)


def _rows_kept(n: int, m: int) -> int:
    """Rows whose directions are held at a time: all of them up to 256 MB, else about the square root's worth."""
    if n * m <= 1 << 28:
        return n
    return min(n, 32 * max(1, round(math.sqrt(36 * n) / 32)))


def refuse(needed: int, budget: int, n: int, m: int) -> None:
    """Raise `OverBudget` if the bytes `needed` for n × m rows are more than the budget."""
    if needed > budget:
        raise OverBudget(
            f"Aligning {n:,} × {m:,} rows needs about {needed / 2**20:,.0f} MiB of memory, but {budget / 2**20:,.0f} "
            "MiB are allowed; use fewer rows a second, set anchors, or raise the limit.",
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
        1 or 2, for the one-step patterns.

    Returns
    -------
    Solved, or None if no path leads through.
    """
    if ground.pattern.one_step:
        return _one_step(ground, block, before, used, tick, threads)
    return _table(ground, block, before, used, tick)


def _end(ground: Ground, block: Block, last: NDArray[np.float64], before: float, used: int) -> int | None:
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
    masked = ground.limited or bool(len(rects))
    n, m = block.r1 - block.r0 + 1, block.c1 - block.c0 + 1
    weight = np.float32(2 if ground.pattern.norm == "n+m" else 1)
    rows, columns = -(-n // SIZE), -(-m // SIZE)
    rowb, colb = np.empty((rows + 1, m)), np.empty((columns + 1, n))
    rowb[0] = 0.0 if block.free_begin else np.inf
    colb[0] = np.inf
    start = 0.0
    if not block.free_begin:
        # The first cell is counted already: what the diagonal step into it would add is taken off beforehand.
        first = np.empty(10 * 1, np.float32)
        k.cost_tile(ready.x, ready.yt, ready.how, block.r0, 1, block.c0, 1, first)
        start = -float(weight) * float(first[0])
    common = (ready.x, ready.yt, ready.how, block.r0, block.c0, ground.lo, ground.hi, rects, masked, weight, start)
    # Tiles a call: some milliseconds, so that it can be stopped.
    group = max(1, int(2e7 / (SIZE * SIZE * (ready.x.shape[1] / 8 + 4))))

    def part(p: int, q: int, stop: int) -> None:
        k.forward(*common, SIZE, p, q, stop, rowb, colb)
        tick((min((p + 1) * SIZE, n) - p * SIZE) * (min(stop * SIZE, m) - q * SIZE))

    if threads > 1 and n * m >= _WORTH_TWO and rows > 1:
        _wave(part, rows, columns, max(1, min(group, columns // 6)))
    else:
        for p in range(rows):
            for q in range(0, columns, group):
                part(p, q, min(q + group, columns))
    j = _end(ground, block, rowb[rows], before, used)
    if j is None:
        return None
    out = np.empty((n + m, 2), np.int64)
    i, at = n - 1, n + m
    while i >= 0 and j >= 0:
        i, j, at = k.trace(*common, SIZE, rowb, colb, i, j, 4 * group, out, at)
        tick(0)
    cells = out[at:]
    weights = np.ones(len(cells))
    if weight == 2:
        weights[1:][(np.diff(cells, axis=0) > 0).all(1)] = 2
    if not block.free_begin:
        cells, weights = cells[1:], weights[1:]
    return Solved(cells.copy(), weights)


def _wave(part: Callable[[int, int, int], None], rows: int, columns: int, group: int) -> None:
    """Solve rows of tiles alternately in two threads, each row staying behind the one above it."""
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


def _table(ground: Ground, block: Block, before: float, used: int, tick: Tick) -> Solved | None:
    from . import _kernels as k

    ready, rects = ground.ready, meeting(ground.rects, block)
    masked = ground.limited or bool(len(rects))
    n, m = block.r1 - block.r0 + 1, block.c1 - block.c0 + 1
    steps, cells, weights = ground.pattern.tables()
    pad = ground.pattern.reach
    first = math.nan if block.free_begin else 0.0
    step = int(min(32, max(1, 1.6e8 / (m * (ready.x.shape[1] / 8 + 8)))))
    kept = min(n, -(-_rows_kept(n, m) // step) * step)
    directions = np.empty((kept, m), np.uint8)
    costs, totals = np.empty((pad + step, pad + m), np.float32), np.empty((pad + step, pad + m))
    costs[:], totals[:] = np.inf, np.inf
    if block.free_begin:
        # A virtual row before the first, free of charge, from which a branch may start in any column.
        costs[pad - 1, pad:], totals[pad - 1, pad:] = 0, 0

    def run(i0: int, i1: int) -> None:
        for i in range(i0, i1, step):
            r = min(step, i1 - i)
            k.rows_table(
                ready.x, ready.yt, ready.how, block.r0, block.c0, ground.lo, ground.hi, rects, masked,
                steps, cells, weights, first, i, r, pad, costs, totals, directions[i - i0 : i - i0 + r],
            )  # fmt: skip
            tick(r * m // (2 if kept < n else 1))

    saved: list[tuple[NDArray[np.float32], NDArray[np.float64]]] = []
    for i0 in range(0, n, kept):
        saved.append((costs[:pad].copy(), totals[:pad].copy()))
        run(i0, min(i0 + kept, n))
    # The last row solved has become the last of those kept for the next.
    j = _end(ground, block, totals[pad - 1, pad:], before, used)
    if j is None:
        return None
    out, out_weights = np.empty((2 * (n + m), 2), np.int64), np.empty(2 * (n + m))
    i, at = n - 1, len(out)
    for s in range(len(saved) - 1, -1, -1):
        i0 = s * kept
        if i < i0:
            continue
        if kept < n:
            costs[:pad], totals[:pad] = saved[s]
            run(i0, i + 1)
        i, j, at = k.trace_table(
            steps, cells, weights, directions, i0, i, j, block.r0, block.c0, not block.free_begin, out, out_weights, at
        )
    return Solved(out[at:].copy(), out_weights[at:].copy())
