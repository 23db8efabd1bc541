"""The five restrictions of warping paths, each of which can be let go, so that it is seen what it is good for."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...errors import ParameterError
from ._patterns import PATTERNS
from ._windows import Limits, bounds
from .steps import LARGEST

__all__ = ["Restricted", "Rules", "restricted"]

F64 = NDArray[np.float64]
INTP = NDArray[np.intp]
BOOL = NDArray[np.bool_]


@dataclass(frozen=True)
class Rules:
    """Which of the five restrictions are in force.

    Attributes
    ----------
    monotone
        Neither row ever falls.
    continuous
        No step passes a row or a column over.
    boundary
        The path leads from the first cell to the last.
    window
        How wide it is, as `shape` says; None: no window.
    slope
        Steps aside need steps straight on. It speaks of steps that go on by one, so it needs `monotone` and
        `continuous`.
    shape
        ``slanted``: rows, |i − j·(n − 1)/(m − 1)| ≤ window. ``sakoe_chiba``: rows, |i − j| ≤ window. ``itakura``: a
        parallelogram of slopes from 1/window to window, in parts of the diagonal's.
    pattern
        How the slope is limited: symmetricP05 from ⅓ to 3, symmetricP1 from ½ to 2, symmetricP2 from ⅔ to 1½.
    """

    monotone: bool = True
    continuous: bool = True
    boundary: bool = True
    window: float | None = None
    slope: bool = False
    shape: Literal["slanted", "sakoe_chiba", "itakura"] = "slanted"
    pattern: Literal["symmetricP05", "symmetricP1", "symmetricP2"] = "symmetricP1"

    @property
    def sloped(self) -> bool:
        """The slope is limited, and may be."""
        return self.slope and self.monotone and self.continuous


@dataclass(frozen=True, eq=False)
class Restricted:
    """The cheapest path under some of the restrictions.

    Attributes
    ----------
    rules
        What it obeys.
    cost
        float64 (n, m).
    path
        intp (l, 2) from its start to its end; empty if there is none.
    total
        Sum of the costs of its cells, each counted once; ∞ if there is none.
    shut
        bool (n, m) by name of a restriction in force: cells that it closes to every path (window, slope).
    """

    rules: Rules
    cost: F64
    path: INTP
    total: float
    shut: dict[str, BOOL]

    def broken(self) -> tuple[str, ...]:
        """Which of the five (of window and slope only if they are in force) the path does not keep."""
        if not len(self.path):
            return ()
        d = np.diff(self.path, axis=0)
        ends = np.array([[0, 0], np.array(self.cost.shape) - 1])
        out = {
            "monotone": bool((d < 0).any()),
            "continuous": bool((np.abs(d) > 1).any()),
            "boundary": bool((self.path[[0, -1]] != ends).any()),
        }
        return tuple(name for name, broken in out.items() if broken)


def restricted(cost: F64, rules: Rules) -> Restricted:
    """Find the cheapest path, all cells counting once, that obeys `rules` and nothing else.

    Where paths may turn back or leap there is no order in which a table could be filled: it is a shortest path (E. W.
    Dijkstra 1959), which on monotone and continuous ones is what dynamic time warping with symmetric1 finds. Of equal
    paths the shortest is taken.

    Parameters
    ----------
    cost
        float64 (n, m), ≥ 0.

    Raises
    ------
    ParameterError
        More than `LARGEST` cells or a negative cost.
    """
    n, m = cost.shape
    if n * m > LARGEST or (cost < 0).any():
        raise ParameterError(f"Paths are compared on up to {LARGEST:,} costs, none below 0.")
    shut = _shut(rules, n, m)
    open_ = ~np.logical_or.reduce([np.zeros((n, m), np.bool_), *shut.values()])
    starts = [(0, 0)] if rules.boundary else [(i, j) for i in range(n) for j in range(m)]
    ends = {(n - 1, m - 1)} if rules.boundary else {(i, j) for i in range(n) for j in range(m)}
    best: dict[tuple[int, int], tuple[float, int]] = {}
    came: dict[tuple[int, int], tuple[tuple[int, int], ...]] = {}
    heap: list[tuple[float, int, int, int]] = []
    for i, j in starts:
        if open_[i, j]:
            best[i, j] = (float(cost[i, j]), 1)
            heapq.heappush(heap, (float(cost[i, j]), 1, i, j))
    while heap:
        value, length, i, j = heapq.heappop(heap)
        if best[i, j] != (value, length):
            continue
        if (i, j) in ends:
            return Restricted(rules, cost, _traced(came, (i, j)), value, shut)
        for cells in _moves(rules, n, m, i, j):
            if all(open_[c] for c in cells):
                reached = (value + float(sum(cost[c] for c in cells)), length + len(cells))
                if reached < best.get(cells[-1], (np.inf, 0)):
                    best[cells[-1]] = reached
                    came[cells[-1]] = ((i, j), *cells[:-1])
                    heapq.heappush(heap, (*reached, *cells[-1]))
    return Restricted(rules, cost, np.empty((0, 2), np.intp), float("inf"), shut)


def _traced(came: dict[tuple[int, int], tuple[tuple[int, int], ...]], end: tuple[int, int]) -> INTP:
    cells = [end]
    while cells[0] in came:
        cells = [*came[cells[0]], *cells]
    return np.array(cells, np.intp)


def _moves(rules: Rules, n: int, m: int, i: int, j: int) -> Iterator[tuple[tuple[int, int], ...]]:
    """Cells that each way on from (i, j) passes."""
    if rules.sloped:
        for di, dj, passed in PATTERNS[rules.pattern].branches:
            if i + di < n and j + dj < m:
                yield tuple((i + di - ci, j + dj - cj) for ci, cj, _ in passed)
        return
    reach = 1 if rules.continuous else max(n, m)
    first = 0 if rules.monotone else -reach
    for u in range(max(i + first, 0), min(i + reach, n - 1) + 1):
        for v in range(max(j + first, 0), min(j + reach, m - 1) + 1):
            if (u, v) != (i, j):
                yield ((u, v),)


def _shut(rules: Rules, n: int, m: int) -> dict[str, BOOL]:
    out: dict[str, BOOL] = {}
    if rules.window is not None:
        out["window"] = ~_within(rules, rules.window, n, m)
    if rules.sloped:
        # Cells on some path from corner to corner, or from anywhere to anywhere, that keeps the slope.
        out["slope"] = np.zeros((n, m), np.bool_) if not rules.boundary else ~_reachable(rules, n, m)
    return out


def _within(rules: Rules, width: float, n: int, m: int) -> BOOL:
    if rules.shape == "itakura" and n > 1 and m > 1:
        lo, hi = bounds(Limits("itakura", slope=width), np.arange(float(n)), np.arange(float(m)))
        columns = np.arange(m)
        return (columns >= lo[:, None]) & (columns < hi[:, None])
    rise = 1.0 if rules.shape != "slanted" else (n - 1) / (m - 1) if m > 1 else 0.0
    return np.abs(np.arange(n)[:, None] - np.arange(m) * rise) <= width + 1e-9


def _reachable(rules: Rules, n: int, m: int) -> BOOL:
    """Cells on a path of the pattern from the first cell to the last."""
    plain = Rules(slope=True, pattern=rules.pattern)

    def spread(rows: int, columns: int) -> BOOL:
        reached = np.zeros((rows, columns), np.bool_)
        reached[0, 0] = True
        for i in range(rows):
            for j in range(columns):
                if reached[i, j]:
                    for cells in _moves(plain, rows, columns, i, j):
                        reached[cells[-1]] = True
        return reached

    # From the end the same branches, turned round, lead back.
    ends = spread(n, m) & spread(n, m)[::-1, ::-1]
    on = ends.copy()
    for i, j in np.argwhere(ends).tolist():
        for cells in _moves(plain, n, m, i, j):
            if ends[cells[-1]]:
                for cell in cells:
                    on[cell] = True
    return on
