"""Soft-DTW: the smooth minimum over all paths, its gradient, and how sure the alignment is of every cell."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...cost import check_values, prepare
from ...errors import Infeasible, OverBudget, ParameterError
from ...model import LocalCost
from ...progress import Monitor

__all__ = ["SoftAlignment", "soft_dtw"]

_F64 = NDArray[np.float64]
_Room = tuple[NDArray[np.float32], _F64, _F64, _F64, _F64, _F64, _F64]
"""Of one tile along its diagonals: costs, totals, what each cell passes up, left and back, shares; shares in rows."""

_SIDE = 128
"""Side of a tile: costs, totals and shares of one stay in the second-level cache."""


@dataclass(frozen=True, eq=False)
class SoftAlignment:
    """What soft-DTW says of two sequences.

    Attributes
    ----------
    value
        The smooth minimum of the cost over all paths, in the metric's units; it may be negative.
    lo
        intp (n,): first column of the band in every row.
    posterior
        float32 (n, width): share of the alignment that passes through cell (i, lo[i] + k), E of Cuturi & Blondel,
        1 on every cell of a path that is sure, 0 beyond the band; None unless it was asked for.
    gradient_x, gradient_y
        float64 (n, D), (m, D): derivatives of `value` by the features; None unless they were asked for.
    """

    value: float
    lo: NDArray[np.intp]
    posterior: NDArray[np.float32] | None = None
    gradient_x: NDArray[np.float64] | None = None
    gradient_y: NDArray[np.float64] | None = None


@dataclass
class _Tile:
    top: NDArray[np.float64]
    left: NDArray[np.float64]
    corner: float


def soft_dtw(
    cost: LocalCost,
    gamma: float = 1.0,
    band: tuple[NDArray[np.integer], NDArray[np.integer]] | None = None,
    *,
    rects: NDArray[np.int64] | None = None,
    free_begin: bool = False,
    free_end: bool = False,
    posterior: bool = False,
    gradient: bool = False,
    budget: int = 1 << 30,
    monitor: Monitor | None = None,
) -> SoftAlignment:
    """Compute soft-DTW with symmetric1 steps, and if asked for its posterior and gradient.

    After Cuturi & Blondel, Soft-DTW: a differentiable loss function for time-series, ICML 2017, algorithms 1 and 2.
    Solved by tiles whose borders alone are kept; going back a tile is solved again.

    Parameters
    ----------
    cost
        Features (n, D), (m, D) and the metric. The gradient is that of the squared Euclidean one.
    gamma
        Smoothing, in the units of the cost, > 0; towards 0 the value becomes DTW's.
    band
        Half-open ranges of columns for every row, integers (n,), (n,): nothing outside is on any path, and tiles
        wholly outside are not computed.
    rects
        Forbidden cells as int64 (k, 4), half-open i0, i1, j0, j1.
    free_begin, free_end
        Paths may begin in any column of the first row, or end in any of the last.
    posterior, gradient
        What to compute beside the value.
    budget
        Bytes that may be allocated beyond the input.

    Raises
    ------
    ParameterError
        `gamma` is not above 0, a gradient is asked for of another metric, or features can't be compared.
    Infeasible
        No path leads through the band.
    OverBudget
        Before anything is allocated.
    Cancelled
        `monitor` was told to stop.
    """
    if not gamma > 0:
        raise ParameterError(f"gamma is {gamma}; it must be above 0.")
    if gradient and cost.metric != "sqeuclidean":
        raise ParameterError("Only the squared Euclidean cost has a gradient here; choose that or none.")
    check_values(cost.x, "A")
    check_values(cost.y, "B")
    n, m = cost.shape
    lo, hi = _band(band, n, m, free_begin, free_end)
    none = np.empty((0, 4), np.int64)
    closed = none if rects is None else np.ascontiguousarray(rects, np.int64).reshape(-1, 4)
    rows, columns = -(-n // _SIDE), -(-m // _SIDE)
    open_ = np.zeros((rows, columns), bool)
    for p in range(rows):
        part = slice(p * _SIDE, min((p + 1) * _SIDE, n))
        first, last = int(lo[part].min()), int(hi[part].max())
        open_[p, first // _SIDE : -(-last // _SIDE)] = True
    width = int((hi - lo).max()) if posterior else 0
    needed = (
        int(open_.sum()) * 16 * _SIDE + 4 * n * width + 8 * (n + m) * (4 + (2 * cost.x.shape[1] if gradient else 0))
    )
    if needed > budget:
        raise OverBudget(
            f"Soft-DTW of {n:,} × {m:,} rows needs about {needed / 2**20:,.0f} MiB of memory, but "
            f"{budget / 2**20:,.0f} MiB are allowed; use a narrower band, or raise the limit.",
            needed,
            budget,
        )
    ground = _Ground(cost, gamma, lo, hi, open_, band is not None or len(closed) > 0, closed, free_begin, free_end)
    run = _Run(ground, monitor or Monitor(), 2 if posterior or gradient else 1)
    value = run.forward()
    out = np.zeros((n, width), np.float32) if posterior else None
    grads = (np.zeros((n, cost.x.shape[1])), np.zeros((m, cost.x.shape[1]))) if gradient else None
    if posterior or gradient:
        run.backward(out, grads)
    return SoftAlignment(value, lo.astype(np.intp), out, *(grads or (None, None)))


def _band(
    band: tuple[NDArray[np.integer], NDArray[np.integer]] | None, n: int, m: int, free_begin: bool, free_end: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    if band is None:
        return np.zeros(n, np.int64), np.full(n, m, np.int64)
    lo, hi = (np.ascontiguousarray(v, np.int64) for v in band)
    if lo.shape != (n,) or hi.shape != (n,):
        raise ParameterError(f"The band has {len(lo)} and {len(hi)} rows, A has {n}.")
    lo, hi = np.clip(lo, 0, m), np.clip(hi, 0, m)
    first = np.maximum.accumulate(lo)
    begins, ends = free_begin or lo[0] == 0, free_end or hi[-1] == m
    if not begins or not ends or (lo >= hi).any() or (first >= hi).any() or (first[1:] > hi[:-1]).any():
        raise Infeasible("No path leads through this band from the first cell to the last; make it wider.")
    return lo, hi


@dataclass(frozen=True, eq=False)
class _Ground:
    """What is asked, put on rows and tiles."""

    cost: LocalCost
    gamma: float
    lo: NDArray[np.int64]
    hi: NDArray[np.int64]
    open_: NDArray[np.bool_]
    masked: bool
    rects: NDArray[np.int64]
    free_begin: bool
    free_end: bool


class _Run:
    def __init__(self, ground: _Ground, monitor: Monitor, passes: int) -> None:
        self._cost, self._ready = ground.cost, prepare(ground.cost)
        self._gamma = ground.gamma / self._ready.scale
        self._lo, self._hi, self._open = ground.lo, ground.hi, ground.open_
        self._masked, self._rects = ground.masked, ground.rects
        self._free_begin, self._free_end = ground.free_begin, ground.free_end
        self._monitor, self._done, self._total = monitor, 0, passes * int(ground.open_.sum())
        self._n, self._m = ground.cost.shape
        self._tiles: dict[tuple[int, int], _Tile] = {}
        self._rooms = [_room() for _ in range(2)]

    def _columns(self, p: int) -> NDArray[np.bool_]:
        """Which columns have an open tile in row `p` of tiles."""
        return np.repeat(self._open[p], _SIDE)[: self._m]

    def _each(self, back: bool, work: Callable[[int, int, _Room], None]) -> None:
        """Do `work` for every open tile, two of a diagonal of tiles at a time."""

        def some(k: int, tiles: NDArray[np.intp], room: _Room) -> None:
            for p in tiles:
                work(int(p), k - int(p), room)

        rows, columns = self._open.shape
        order = range(rows + columns - 1)
        with ThreadPoolExecutor(2) as pool:
            for k in reversed(order) if back else order:
                p = np.arange(max(0, k - columns + 1), min(rows, k + 1))
                p = p[self._open[p, k - p]]
                if len(p) < 2:
                    some(k, p, self._rooms[0])
                else:
                    half = len(p) // 2
                    parts = [pool.submit(some, k, *v) for v in zip((p[:half], p[half:]), self._rooms, strict=True)]
                    for part in parts:
                        part.result()
                self._done += len(p)
                self._monitor.advance(self._done, self._total)

    def _accumulate(self, p: int, q: int, tile: _Tile, room: _Room) -> tuple[int, int]:
        """Fill `room` with a tile; its last row and column are left in `tile`."""
        from . import _soft_kernels as k

        i0, j0 = p * _SIDE, q * _SIDE
        r, w = min(_SIDE, self._n - i0), min(_SIDE, self._m - j0)
        costs, total, *_ = room
        k.sheared_tile(
            *self._ready.sides[:2], self._ready.how, i0, r, j0, w, self._masked, self._lo, self._hi, self._rects, costs
        )
        k.forward_tile(costs, r, w, tile.top, tile.left, tile.corner, self._gamma, total)
        return r, w

    def forward(self) -> float:
        """Accumulate all tiles; returns the value."""
        from ._soft_kernels import FAR

        above = np.full(self._m, FAR)
        beside = np.full(self._n, FAR)
        # The cell diagonally before each tile, left by the one that ends there.
        corners: dict[tuple[int, int], float] = {(0, 0): 0.0}
        if self._free_begin:
            corners = {(0, q): 0.0 for q in range(self._open.shape[1])}
            above[self._columns(0)] = 0.0

        def work(p: int, q: int, room: _Room) -> None:
            rows, cols = slice(p * _SIDE, (p + 1) * _SIDE), slice(q * _SIDE, (q + 1) * _SIDE)
            corner = corners.pop((p, q), FAR)
            self._tiles[p, q] = _Tile(above[cols].copy(), beside[rows].copy(), corner)
            tile = _Tile(above[cols], beside[rows], corner)
            self._accumulate(p, q, tile, room)
            corners[p + 1, q + 1] = float(tile.top[-1])
            # Where the neighbour is closed nothing may come in from a tile further back.
            if p + 1 < len(self._open) and not self._open[p + 1, q]:
                above[cols] = FAR
            if q + 1 < self._open.shape[1] and not self._open[p, q + 1]:
                beside[rows] = FAR

        self._each(False, work)
        self._last, end = above, float(above[-1])
        if self._free_end:
            least = float(above.min())
            end = least - self._gamma * float(np.log(np.exp((least - above) / self._gamma).sum()))
        if self._free_begin:
            # A first cell was entered from above and diagonally: two ways that are one.
            end += self._gamma * float(np.log(2))
        if end >= FAR / 2:
            raise Infeasible("No path leads through this band from the first cell to the last; make it wider.")
        self._end = end
        return end * self._ready.scale

    def backward(
        self, posterior: NDArray[np.float32] | None, grads: tuple[NDArray[np.float64], NDArray[np.float64]] | None
    ) -> None:
        """Share out the alignment from the last cell back."""
        from . import _soft_kernels as k

        n, m = self._n, self._m
        # What each row below and column beside passes up or left, and diagonally.
        below_up, below_back, beside_left, beside_back = np.zeros(m), np.zeros(m), np.zeros(n), np.zeros(n)
        last, columns = self._open.shape[0] - 1, self._open.shape[1]
        corners: dict[tuple[int, int], float] = {}
        if self._free_end:
            # Totals within count the two ways in.
            end = self._end - (self._gamma * float(np.log(2)) if self._free_begin else 0.0)
            reached = self._columns(last)
            below_up[reached] = np.exp((end - self._last[reached]) / self._gamma)
        else:
            corners[last, columns - 1] = 1.0
        # Only differences count, and those of small numbers are the more exact.
        centre = self._cost.x.mean(0, dtype=np.float64)
        x, y = (np.pad(v - centre, ((0, 0), (0, 1)), constant_values=1) for v in (self._cost.x, self._cost.y))
        # Two tiles at a time share neither rows nor columns.
        pull_x, pull_y = np.zeros_like(x), np.zeros_like(y)

        def work(p: int, q: int, room: _Room) -> None:
            tile = self._tiles.pop((p, q))
            i0, j0 = p * _SIDE, q * _SIDE
            r, w = min(_SIDE, n - i0), min(_SIDE, m - j0)
            rows, cols = slice(i0, i0 + r), slice(j0, j0 + w)
            k.pass_back(
                *self._ready.sides[:2], self._ready.how, i0, r, j0, w, self._masked, self._lo, self._hi, self._rects,
                tile.top, tile.left, tile.corner, self._gamma, below_up[cols], below_back[cols], beside_left[rows],
                beside_back[rows], corners.pop((p, q), 0.0), *room,
            )  # fmt: skip
            corners[p - 1, q - 1] = float(below_back[j0])
            if p and not self._open[p - 1, q]:
                below_up[cols], below_back[cols] = 0.0, 0.0
            if q and not self._open[p, q - 1]:
                beside_left[rows], beside_back[rows] = 0.0, 0.0
            shares = room[-1][:r, :w]
            if grads is not None:
                # The last column is of ones: its product is the sum of the shares.
                pull_x[rows] += shares @ y[cols]
                pull_y[cols] += shares.T @ x[rows]
            if posterior is not None:
                _put(posterior, shares, rows, cols, self._lo, self._hi)

        self._each(True, work)
        if grads is not None:
            for grad, v, pull in zip(grads, (x, y), (pull_x, pull_y), strict=True):
                grad[:] = 2 * (pull[:, -1:] * v - pull)[:, :-1]


def _room() -> _Room:
    wide = _SIDE + 32
    costs = np.empty((2 * _SIDE + 8, wide), np.float32)
    total, up, left, back, share = (np.empty((2 * _SIDE + 4, wide)) for _ in range(5))
    return costs, total, up, left, back, share, np.empty((_SIDE, _SIDE))


def _put(
    posterior: NDArray[np.float32],
    share: NDArray[np.float64],
    rows: slice,
    cols: slice,
    lo: NDArray[np.int64],
    hi: NDArray[np.int64],
) -> None:
    for i in range(rows.start, rows.stop):
        a, b = max(cols.start, int(lo[i])), min(cols.stop, int(hi[i]))
        if a < b:
            posterior[i, a - lo[i] : b - lo[i]] = share[i - rows.start, a - cols.start : b - cols.start]
