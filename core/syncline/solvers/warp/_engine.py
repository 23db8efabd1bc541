"""Solving one block: budget, checkpoints, cancelling. The loops themselves are in `_kernels`."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...cost import Prepared
from ...errors import OverBudget
from ._patterns import StepPattern
from ._plan import Block, meeting
from ._pruning import band, dearest, meet
from ._tiles import SIZE, SMALL, Borders, Task, Tick, apart

__all__ = ["Ground", "Solved", "end_of", "estimate", "refuse", "room", "solve_block"]

_WORTH_BOUND = 60_000_000
"""Cells times channels, of more than four, from which it pays to bound the cost of the path beforehand."""

_HALVED = 2_000_000
"""Cells from which halves are worth while."""


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
        side = SIZE * apart(n, m, room(budget))
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
    ready, rects = ground.ready, meeting(ground.rects, block)
    n, m = block.r1 - block.r0 + 1, block.c1 - block.c0 + 1
    weight = np.float32(2 if ground.pattern.norm == "n+m" else 1)
    corner = 0.0
    if not block.free_begin:
        # The first cell is counted already: what the diagonal step into it would add is taken off beforehand.
        corner = -float(weight) * ready.cell(block.r0, block.c0)
    masked = ground.limited or bool(len(rects))
    task = Task(ready, ground.lo, ground.hi, rects, masked, weight, math.inf, ground.room, tick)
    fixed = not (block.free_begin or block.free_end)
    worth = ready.channels > 4 and n * m * ready.channels >= _WORTH_BOUND
    columns = band(task, block) if ground.prune and fixed and not masked and worth else None
    # Costs from the last cell back are those of the same steps only if all weigh the same.
    alike = weight == 1 and fixed and not masked
    if alike and n >= 2 * SIZE and n * m >= _HALVED and 4 * ready.channels * (m + n) <= ground.room:
        cells = meet(task, block, corner, columns, threads)
        return Solved(cells[1:].copy(), np.ones(len(cells) - 1))
    if columns is not None:
        task = replace(task, bound=dearest(task, block, corner, columns))
    borders = Borders(
        task,
        block.r0,
        block.c0,
        np.full(m, 0.0 if block.free_begin else np.inf),
        np.full(n, np.inf),
        corner,
        apart(n, m, ground.room),
        SIZE if n * m > (2 * SIZE) ** 2 else SMALL,
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
