"""Soft-DTW: the smooth minimum over all paths, its gradient, and how sure the alignment is of every cell."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ...cost import check_values, prepare
from ...errors import Infeasible, OverBudget, ParameterError
from ...model import LocalCost
from ...progress import Monitor

__all__ = ["SoftAlignment", "soft_dtw"]

_F64 = NDArray[np.float64]
_I64 = NDArray[np.int64]

_SIDE = 128
"""Rows of a strip and diagonals of a chunk, `_soft_kernels.SIDE`; said twice so that numba is not loaded to count."""

_WORTH_TWO = 200_000
"""Cells from which a second thread pays for itself."""

_FINEST = 1e200
"""Most bits that a unit of cost is worth: γ so near 0 tells any two costs apart as well as a smaller one."""


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
    Two halves, from either end to the middle row, know nothing of each other until their last rows meet, and nothing
    after: a thread each. Within a half, only borders of chunks of cells are kept; going back a chunk is solved again,
    unless less than 1e-30 of the alignment passes through each of its cells: then that is taken for nothing.

    Parameters
    ----------
    cost
        Features (n, D), (m, D) and the metric. The gradient is that of the squared Euclidean one.
    gamma
        Smoothing, in the units of the cost, > 0; towards 0 the value becomes DTW's.
    band
        Half-open ranges of columns for every row, integers (n,), (n,): nothing outside is on any path, and is
        computed only where a strip of 128 rows needs it for another of its rows.
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
    width = int((hi - lo).max()) if posterior else 0
    back = posterior or gradient
    split = _middle(lo, hi)
    halves = [_Half(lo[:split], hi[:split], m, free_begin)]
    if split < n:
        halves.append(_Half(m - hi[split:][::-1], m - lo[split:][::-1], m, free_end))
    grown = 16 * (n + 2 * m) * cost.x.shape[1] if gradient else 0
    needed = sum(half.size(back) for half in halves) + 4 * n * width + 64 * m + grown
    if needed > budget:
        raise OverBudget(
            f"Soft-DTW of {n:,} × {m:,} rows needs about {needed / 2**20:,.0f} MiB of memory, but "
            f"{budget / 2**20:,.0f} MiB are allowed; use a narrower band, or raise the limit.",
            needed,
            budget,
        )
    ready = prepare(cost)
    x, yt = ready.sides[:2]
    rate = min(ready.scale / max(gamma * math.log(2), 1 / _FINEST), _FINEST)
    tick = _ticker(monitor or Monitor(), (2 if back else 1) * sum(half.cells for half in halves))
    masked, out = band is not None or len(closed) > 0, np.zeros((n, width), np.float32)
    ends = [(x[:split], yt, closed)]
    if split < n:
        turned = np.ascontiguousarray(np.array([n, n, m, m]) - closed[:, [1, 0, 3, 2]])
        ends.append((np.ascontiguousarray(x[split:][::-1]), np.ascontiguousarray(yt[:, ::-1]), turned))
    for k, (half, (rows, columns, rects_)) in enumerate(zip(halves, ends, strict=True)):
        half.ask(_Ground(rows, columns, ready.how, masked, rects_, rate, gradient, out, k == 1, tick), back)
    together = n * m >= _WORTH_TWO
    _all([half.forward for half in halves], together)
    bits, below = _meet(halves, m, free_end, rate)
    value = bits / rate * ready.scale
    if not back:
        return SoftAlignment(value, lo.astype(np.intp))
    _all([partial(half.backward, v) for half, v in zip(halves, below, strict=True)], together)
    grads = _gradients(halves, cost, 2 * math.sqrt(ready.scale)) if gradient else (None, None)
    return SoftAlignment(value, lo.astype(np.intp), out if posterior else None, *grads)


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


def _middle(lo: _I64, hi: _I64) -> int:
    """The row at which the band's cells are in halves; 1 of one row, whose other half is empty."""
    if len(lo) == 1:
        return 1
    cells = np.cumsum(hi - lo)
    return min(max(int(np.searchsorted(cells, cells[-1] / 2)) + 1, 1), len(lo) - 1)


@dataclass(frozen=True, eq=False)
class _Ground:
    """What is asked of a half: its rows, all columns, both counted from its own end; `rate` in bits a unit of cost."""

    x: NDArray[np.float32]
    yt: NDArray[np.float32]
    how: int
    masked: bool
    rects: _I64
    rate: float
    gradient: bool
    posterior: NDArray[np.float32]
    turned: bool
    tick: Callable[[int], None]


@dataclass(frozen=True, eq=False)
class _Kept:
    """Of a strip: the row above it and the diagonals before its chunks."""

    top: _F64
    states: _F64


class _Half:
    """The rows up to the middle, from the end that paths begin at or, counted backwards, the one they end at.

    Parameters
    ----------
    lo, hi
        Its part of the band.
    m
        Number of columns.
    free
        Paths may begin in any column of its first row.
    """

    def __init__(self, lo: _I64, hi: _I64, m: int, free: bool) -> None:
        self._lo, self._hi, self._m, self._free = np.ascontiguousarray(lo), np.ascontiguousarray(hi), m, free
        self._strips: list[tuple[int, int, int, int]] = []
        for i0 in range(0, len(lo), _SIDE):
            part = slice(i0, i0 + _SIDE)
            r = len(lo[part])
            self._strips.append((i0, r, int(lo[part].min()), int(hi[part].max())))
        self.cells = sum(r * (c1 - c0 + r - 1) for _, r, c0, c1 in self._strips)

    def size(self, back: bool) -> int:
        """Bytes that are kept."""
        sizes = [16 * (c1 - c0) + 16 * (r + 1) * (_chunks(r, c0, c1) + 1) for _, r, c0, c1 in self._strips]
        return (sum(sizes) if back else max(sizes)) + (1 << 20)

    def ask(self, ground: _Ground, back: bool) -> None:
        """Say what is asked, and whether the way back is."""
        from ._soft_kernels import room

        self._ground, self._back, self._kept = ground, back, list[_Kept]()
        g = ground
        self._common = (g.x, g.yt, g.how, g.masked, self._lo, self._hi, g.rects, g.rate)
        self._room = room(back)
        channels = g.x.shape[1]
        self.pull_x = np.zeros((len(g.x), channels) if g.gradient else (0, 0))
        self.pull_y = np.zeros((channels, self._m) if g.gradient else (0, 0))
        # Chunks a call: some milliseconds, so that it can be stopped.
        self._group = max(1, int(1e7 / (_SIDE * _SIDE * (channels / 16 + 2))))

    def forward(self) -> None:
        """Accumulate all strips; the last row is left in `row`, packed, with the column it begins at in `begin`."""
        from . import _soft_kernels as k

        far = k.FAR * self._ground.rate
        # What a path begins with comes diagonally; in any column, half of it from above, which adds up to one way in.
        self.row, self.begin = np.full(self._m + 1, 1.0) if self._free else np.zeros(1), -1
        for i0, r, c0, c1 in self._strips:
            top = _cut(self.row, self.begin, c0 - 1, c1, far)
            states = np.full((_chunks(r, c0, c1) + 1, 2, r + 1), far)
            states[0, :, 0] = top[1], top[0]
            self.row, self.begin = np.empty(c1 - c0), c0
            for first, stop in self._calls(len(states) - 1):
                k.forward(*self._common, i0, r, c0, c1, first, stop, top, states, self.row, self._room)
                self._ground.tick(r * (min(stop * _SIDE, c1 - c0 + r - 1) - first * _SIDE))
            if self._back:
                self._kept.append(_Kept(top, states))

    def backward(self, below: _F64) -> None:
        """Share out the alignment from the middle on.

        Parameters
        ----------
        below
            float64 (2, m): what each cell of the row after the last passes up, and diagonally.
        """
        from . import _soft_kernels as k

        g, begin = self._ground, 0
        for i0, r, c0, c1 in reversed(self._strips):
            kept = self._kept.pop()
            passed = np.stack([_cut(row, begin, c0, c1 + 1, 0.0) for row in below])
            below, begin = np.zeros((2, c1 - c0)), c0
            for first, stop in reversed(self._calls(len(kept.states) - 1)):
                k.backward(
                    *self._common, i0, r, c0, c1, first, stop, kept.top, kept.states, passed, below, g.turned,
                    g.posterior, self.pull_x, self.pull_y, self._room,
                )  # fmt: skip
                g.tick(r * (min(stop * _SIDE, c1 - c0 + r - 1) - first * _SIDE))

    def _calls(self, chunks: int) -> list[tuple[int, int]]:
        return [(k, min(k + self._group, chunks)) for k in range(0, chunks, self._group)]


def _chunks(r: int, c0: int, c1: int) -> int:
    return -(-(c1 - c0 + r - 1) // _SIDE)


def _cut(row: _F64, begin: int, start: int, stop: int, fill: float) -> _F64:
    """Columns start..stop of a row that begins at column `begin`; `fill` where it has none."""
    out = np.full(stop - start, fill)
    a, b = max(start, begin), min(stop, begin + len(row))
    if a < b:
        out[a - start : b - start] = row[a - begin : b - begin]
    return out


def _meet(halves: list[_Half], m: int, free_end: bool, rate: float) -> tuple[float, list[_F64]]:
    """−log2 of all that reaches the end; and for each half what comes back over its last row, float64 (2, m)."""
    from ._soft_kernels import FAR

    far = FAR * rate
    before, *after = (_bits(_cut(half.row, half.begin, 0, m, far)) for half in halves)
    if after:
        up = before + after[0][::-1]
        diagonal = np.append(far, before[:-1]) + after[0][::-1]
    else:
        up, diagonal = np.full(m, far), np.full(m, far)
        ends = slice(None) if free_end else slice(m - 1, None)
        up[ends] = before[ends]
    least = min(up.min(), diagonal.min())
    if least >= far / 2:
        raise Infeasible("No path leads through this band from the first cell to the last; make it wider.")
    up, diagonal = np.exp2(least - up), np.exp2(least - diagonal)
    total = float(up.sum() + diagonal.sum())
    up, diagonal = up / total, diagonal / total
    below = [np.stack([up, diagonal])]
    if after:
        # Seen from the other end, the step is passed on by the cell that it came from.
        below.append(np.stack([up, np.append(diagonal[1:], 0.0)])[:, ::-1])
    return float(least) - math.log2(total), below


def _gradients(halves: list[_Half], cost: LocalCost, unit: float) -> tuple[_F64, _F64]:
    """What the halves have gathered, each counted from its own end, times `unit`."""
    (n, m), depth = cost.shape, cost.x.shape[1]
    by_x, by_y = np.empty((n, depth)), np.empty((m, depth))
    first, *other = halves
    split = len(first.pull_x)
    np.multiply(first.pull_x[:, :depth], unit, out=by_x[:split])
    for half in other:
        np.multiply(half.pull_x[::-1, :depth], unit, out=by_x[split:])
        first.pull_y += half.pull_y[:, ::-1]
    np.multiply(first.pull_y[:depth].T, unit, out=by_y)
    return by_x, by_y


def _bits(packed: _F64) -> _F64:
    """−log2 of what comes, of the kernels' numbers."""
    whole = np.ceil(packed)
    return whole - np.log2(1 + (whole - packed))


def _all(work: list[Callable[[], None]], together: bool) -> None:
    """Do one thing or two, in turn or at once."""
    if not together or len(work) < 2:
        for one in work:
            one()
        return
    failed: list[BaseException] = []

    def other() -> None:
        try:
            work[1]()
        except BaseException as error:  # noqa: BLE001  (handed to the caller below)
            failed.append(error)

    thread = threading.Thread(target=other, name="soft-DTW")
    thread.start()
    try:
        work[0]()
    finally:
        thread.join()
    if failed:
        raise failed[0]


def _ticker(monitor: Monitor, total: int) -> Callable[[int], None]:
    """Tells `monitor` of cells done, whichever thread did them; raises in both once it was told to stop."""
    lock = threading.Lock()
    done = 0

    def tick(cells: int) -> None:
        nonlocal done
        with lock:
            done += cells
            monitor.advance(done, total)

    return tick
