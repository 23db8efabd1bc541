"""Leaving out what no best path can need: a band about a coarse path bounds its cost, and two halves that are solved
from either end towards the middle need but half of it each.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ._coarse import COARSE, around, averages
from ._plan import Block
from ._tiles import SIZE, SMALL, Borders, Task, apart

__all__ = ["band", "dearest", "meet"]

_CLEAN, _MANY = (0.2, 0.4), 64
"""Greatest share of the costs on the path in those elsewhere for which bounding is worth while: of few channels, and of
as many as this, whose cells are dear beside all that bounding takes."""

_SLACK = 0.01
"""Share of the path's cost by which half of it may be dearer than what a band says; proven afterwards."""

Columns = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Half-open ranges of a block's columns, int64 (n,) each, for its rows."""


def band(task: Task, block: Block) -> Columns | None:
    """The columns within some 20 cells of a path through averages of every 8 rows.

    None where a bound would not save much. Every path that leaves the best one by k cells costs about k cells off the
    path more, so the share of cells left is about that of the costs on the path to those elsewhere.
    """
    r0, c0, n, m = _shape(block)
    x, yt = task.ready.sides[0][r0 : r0 + n], task.ready.sides[1][:, c0 : c0 + m]
    mean_x, mean_y = averages(x), averages(yt.T).T.copy()
    rows, columns = len(mean_x), mean_y.shape[1]
    mean = _silent(task, mean_x, mean_y, mean_x[:0], mean_x[:0])
    coarse = Borders(mean, 0, 0, *_edges(rows, columns), 0.0, apart(rows, columns, task.room))
    coarse.solve()
    cells = np.empty((rows + columns, 2), np.int64)
    _, _, at = coarse.trace(rows - 1, columns - 1, cells, rows + columns)
    ic, jc = cells[at:].T
    # Along its cells at full rate, one for each row and column of averages: how do they compare with others?
    i, j = np.minimum(ic * COARSE + COARSE // 2, n - 1), np.minimum(jc * COARSE + COARSE // 2, m - 1)
    on_path = ((x[i] - yt[:, j].T) ** 2).sum(1).mean()
    elsewhere = ((x[i] - yt[:, np.roll(j, len(j) // 2)].T) ** 2).sum(1).mean()
    clean = _CLEAN[task.ready.channels >= _MANY]
    return None if on_path > clean * elsewhere else around(cells[at:], n, m)


def dearest(task: Task, block: Block, corner: float, columns: Columns) -> float:
    """What no path of a block need cost more than: the cost of one within the band, ∞ if there is none."""
    r0, c0, n, m = _shape(block)
    near = Borders(_within(task, columns, r0, c0), r0, c0, *_edges(n, m), corner, 64, SMALL)
    near.solve()
    return _above(float(near.row[-1]))


def meet(task: Task, block: Block, corner: float, columns: Columns | None, threads: int) -> NDArray[np.int64]:
    """Solve the upper rows from the first cell on and the lower ones from the last cell back, for steps of one weight.

    Two threads need not wait for one another, and both follow the path. With a band (`columns`) either half is bounded
    by about half of the cost, not by the whole: where cells are few the sooner. That no path is lost is proven
    afterwards, or a half solved again with more allowed.

    Returns
    -------
    int64 (k, 2), the cells of the path.
    """
    r0, c0, n, m = _shape(block)
    middle = round(n / (2 * SIZE)) * SIZE - 1
    back = _backwards(task, r0 + middle + 1, r0 + n, c0, c0 + m)
    bounds = [math.inf, math.inf]
    if columns is not None:
        bounds = _allowed(task, back, block, corner, columns, middle, threads)
    keep, todo, told = apart(n, m, task.room), [0, 1], task.tick
    halves: dict[int, Borders] = {}
    while todo:
        for k in todo:
            half = replace((task, back)[k], bound=bounds[k], tick=told)
            at, rows = ((r0, c0), middle + 1) if k == 0 else ((0, 0), n - middle - 1)
            halves[k] = Borders(half, *at, *_edges(rows, m), (corner, 0.0)[k], keep)
        if len(todo) == 2:
            _both(halves[0].solve, halves[1].solve, threads)
        else:
            halves[todo[0]].solve(threads)
        least, spare, costs = _crossing(halves[0], halves[1])
        # What crosses where a half is dearer than allowed costs that and the cheapest of the other half at least, which
        # is known if it is not dearer than allowed.
        cheapest = [min(c - s, b) for c, s, b in zip(costs, spare, bounds, strict=True)]
        needed = [_above(least) - c for c in cheapest[::-1]]
        todo = [k for k in (0, 1) if bounds[k] < needed[k]]
        bounds, told = [max(b, w) for b, w in zip(bounds, needed, strict=True)], back.tick
    one, two = halves[0], halves[1]
    begin, rest = one.row, two.row[::-1]
    j = int(np.argmin(begin + np.minimum(rest, np.append(rest[1:], np.inf))))
    last = j + 1 if j + 1 < m and rest[j + 1] <= rest[j] else j
    above, below = np.empty((middle + 1 + m, 2), np.int64), np.empty((n - middle - 1 + m, 2), np.int64)
    at = [0, 0]

    def trace_above() -> None:
        at[0] = one.trace(middle, j, above, len(above))[2]

    def trace_below() -> None:
        at[1] = two.trace(n - middle - 2, m - 1 - last, below, len(below))[2]

    _both(trace_above, trace_below, threads)
    end = np.array([block.r1, block.c1])
    return np.concatenate([above[at[0] :], end - below[at[1] :][::-1]])


def _allowed(
    task: Task, back: Task, block: Block, corner: float, columns: Columns, middle: int, threads: int
) -> list[float]:
    """What the halves of a path are likely not to exceed, ∞ if the band leads nowhere."""
    r0, c0, n, m = _shape(block)
    low, high = columns
    turned = m - high[middle + 1 :][::-1], m - low[middle + 1 :][::-1]
    halves = [
        Borders(_within(replace(task, tick=back.tick), (low[: middle + 1], high[: middle + 1]), r0, c0),
                r0, c0, *_edges(middle + 1, m), corner, 64, SMALL),
        Borders(_within(back, turned, 0, 0), 0, 0, *_edges(n - middle - 1, m), 0.0, 64, SMALL),
    ]  # fmt: skip
    _both(halves[0].solve, halves[1].solve, threads)
    bound, spare, costs = _crossing(*halves)
    if not math.isfinite(bound):
        return [math.inf, math.inf]
    # The cheapest other half may begin elsewhere: as much cheaper as within the band, and a little more.
    return [c + 1.5 * s + _SLACK * abs(bound) + 1e-9 for c, s in zip(costs, spare[::-1], strict=True)]


def _crossing(upper: Borders, lower: Borders) -> tuple[float, list[float], list[float]]:
    """Of the path that leaves the last row of the upper half for the lower one (from the end back): its cost, by how
    much each half is dearer than the cheapest there is, and what the halves cost.
    """
    begin, rest = upper.row, lower.row[::-1]
    onward = np.minimum(rest, np.append(rest[1:], np.inf))
    j = int(np.argmin(begin + onward))
    costs = [float(begin[j]), float(onward[j])]
    if not math.isfinite(sum(costs)):
        return math.inf, [0.0, 0.0], costs
    return sum(costs), [costs[0] - float(begin.min()), costs[1] - float(rest.min())], costs


def _both(one: Callable[[], object], two: Callable[[], object], threads: int) -> None:
    """Do two things, at once where there are threads for it."""
    if threads < 2:
        one()
        two()
        return
    failed: list[BaseException] = []

    def other() -> None:
        try:
            two()
        except BaseException as error:  # noqa: BLE001  (handed to the caller below)
            failed.append(error)

    thread = threading.Thread(target=other, name="dtw")
    thread.start()
    try:
        one()
    finally:
        thread.join()
    if failed:
        raise failed[0]


def _shape(block: Block) -> tuple[int, int, int, int]:
    return block.r0, block.c0, block.r1 - block.r0 + 1, block.c1 - block.c0 + 1


def _silent(task: Task, *sides: NDArray[np.float32]) -> Task:
    """The task with other sides (`Prepared.sides`), of which no progress is told."""
    x, yt, xt, yr = sides
    return replace(task, ready=replace(task.ready, sides=(x, yt, xt, yr)), tick=lambda _: task.tick(0))


def _backwards(task: Task, i0: int, i1: int, j0: int, j1: int) -> Task:
    """A rectangle of the task seen from its last cell back, silent."""
    x, yt, xt, _ = task.ready.sides
    turned = x[i0:i1][::-1], yt[:, j0:j1][:, ::-1], xt[:, i0:i1][:, ::-1], yt[: len(xt), j0:j1]
    return _silent(task, *(v.copy() for v in turned))


def _within(task: Task, columns: Columns, r0: int, c0: int) -> Task:
    """The task with nothing outside of a band of the block that begins at (r0, c0)."""
    low, high = (np.concatenate([np.zeros(r0, np.int64), c0 + part]) for part in columns)
    return replace(task, lo=low, hi=high, masked=True)


def _edges(n: int, m: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The borders of a rectangle that is entered at its first cell only."""
    return np.full(m, np.inf), np.full(n, np.inf)


def _above(cost: float) -> float:
    """A little more than a cost, for what float32 rounds."""
    return cost + 1e-5 * abs(cost) + 1e-12
