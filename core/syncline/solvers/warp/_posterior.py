"""How sure an alignment is of every moment: soft-DTW's posterior between fixed cells, in a band round a path."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ...cost import along
from ...model import Constraints, Features, LocalCost, WarpingPath
from ...progress import Monitor
from ._plan import Block, Given, Plan, make_plan, meeting
from ._windows import Limits, bounds
from .soft_dtw import soft_dtw

__all__ = ["CELLS", "Piece", "Places", "ahead", "band_round", "posterior", "scale_of"]

CELLS = 6_000_000
"""Cells that the band may have: about a tenth of a second, and 24 MB of shares."""
_LEAST_BAND = 48
"""Rows of B to either side that a band has at least, however long A is."""
_FLOOR = 0.02
"""Least scale, as a share of the median cost of any two rows: of two equal files the cost along the path is 0."""

_TOGETHER = 1 << 20
"""Cells that are taken as float64 at a time."""

_F64 = NDArray[np.float64]
_I64 = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Places:
    """Where each row of A may lie in B.

    Attributes
    ----------
    rows
        intp (k,): rows of A, ascending.
    lo
        intp (k,): the column of B that `share[:, 0]` belongs to.
    share
        float32 (k, w): how probable each column is, rows summing to 1.
    """

    rows: NDArray[np.intp]
    lo: NDArray[np.intp]
    share: NDArray[np.float32]

    def moments(self, b_times: _F64) -> tuple[_F64, _F64]:
        """Mean and standard deviation, seconds of B: float64 (k,), (k,)."""
        mean, spread = np.empty(len(self.rows)), np.empty(len(self.rows))
        for part, t, share in self._parts(b_times):
            mean[part] = (share * t).sum(1)
            spread[part] = np.sqrt((share * (t - mean[part, None]) ** 2).sum(1))
        return mean, spread

    def quantile(self, b_times: _F64, q: float) -> _F64:
        """The first time of B by which a share `q` is reached, seconds: float64 (k,)."""
        index = np.empty(len(self.rows), np.intp)
        for part, _t, share in self._parts(b_times):
            index[part] = (np.cumsum(share, axis=1) >= q - 1e-6).argmax(1)
        return b_times[self.lo + index]

    def within(self, b_times: _F64, low: _F64, high: _F64) -> _F64:
        """Probability of low ≤ B ≤ high, given float64 (k,), (k,) seconds: float64 (k,)."""
        out = np.empty(len(self.rows))
        for part, t, share in self._parts(b_times):
            out[part] = (share * ((t >= low[part, None]) & (t <= high[part, None]))).sum(1)
        return np.minimum(out, 1.0)

    def _parts(self, b_times: _F64) -> Iterator[tuple[slice, _F64, _F64]]:
        """Some rows at a time, seconds of their columns and their shares: an hour is not copied whole."""
        columns = np.arange(self.share.shape[1])
        step = max(1, _TOGETHER // max(len(columns), 1))
        for start in range(0, len(self.rows), step):
            part = slice(start, start + step)
            t = b_times[np.minimum(self.lo[part, None] + columns, len(b_times) - 1)]
            yield part, t, self.share[part].astype(np.float64)


@dataclass(frozen=True, eq=False)
class Piece:
    """One stretch between two fixed cells, or a fixed one; `before`, `after` are ids of the constraints at its ends."""

    places: Places
    before: int | None
    after: int | None
    fixed: bool


def scale_of(cost: LocalCost, pairs: NDArray[np.integer]) -> float:
    """The cost that rows of one moment have on average, the unit of γ.

    Costs of rows that belong together are what the features cannot tell apart: where A's and B's rows differ by e
    though they show the same, e is no evidence. With a squared cost and Gaussian noise this is the maximum-likelihood
    estimate of the temperature (twice the variance of a channel, times their number).
    """
    n, m = cost.shape
    rng = np.random.default_rng(0)
    any_two = np.column_stack([rng.integers(0, n, 2000), rng.integers(0, m, 2000)])
    usual = float(np.median(along(cost, any_two)))
    return max(float(along(cost, pairs).mean()), _FLOOR * usual, np.finfo(float).tiny)


def band_round(path: WarpingPath, lo: _I64, hi: _I64, cells: int = CELLS) -> tuple[_I64, _I64]:
    """The window narrowed to as many columns on either side of `path` as `cells` allow: int64 (n,), (n,)."""
    n, m = len(path.a_times), len(path.b_times)
    radius = max(_LEAST_BAND, cells // (2 * n))
    if radius >= m:
        return lo, hi
    i, j = path.pairs.T
    first, last = np.full(n, m), np.full(n, -1)
    np.minimum.at(first, i, j)
    np.maximum.at(last, i, j)
    # Rows that a jump leaves out: what lies before reaches as far as what comes after.
    first = np.minimum.accumulate(first[::-1])[::-1]
    last = np.maximum.accumulate(last)
    return np.maximum(lo, first - radius), np.minimum(hi, np.maximum(last, first) + radius + 1)


def posterior(
    a: Features,
    b: Features,
    metric: str,
    constraints: Constraints,
    path: WarpingPath,
    window: Limits,
    gamma: float,
    cells: int = CELLS,
    monitor: Monitor | None = None,
) -> tuple[list[Piece], Plan]:
    """Solve every block of the plan by soft-DTW; what the user fixed is sure.

    Parameters
    ----------
    gamma
        In units of the cost, see `scale_of`.

    Raises
    ------
    Infeasible
        The constraints or the window leave no path.
    """
    monitor = monitor or Monitor()
    lo, hi = bounds(window, a.times, b.times)
    plan = make_plan(constraints, a.times, b.times, window.free_begin, window.free_end, lo, hi)
    lo, hi = band_round(path, lo, hi, cells)
    blocks = [p for p in plan.parts if isinstance(p, Block)]
    total, done = sum(p.cells for p in blocks), 0
    pieces: list[Piece] = []
    for part in plan.parts:
        if isinstance(part, Given):
            # The corner where a path begins is nobody's answer: its row is solved with the block.
            if part.id is not None or not blocks:
                pieces.append(Piece(_given(part), part.id, part.id, True))
            continue
        share = monitor.part(done / total, (done + part.cells) / total)
        pieces.append(Piece(_solved(a, b, metric, plan, part, lo, hi, gamma, share), part.before, part.after, False))
        done += part.cells
    return pieces, plan


def ahead(
    a: Features,
    b: Features,
    metric: str,
    path: WarpingPath,
    window: Limits,
    plan: Plan,
    gamma: float,
    cells: int = CELLS,
    monitor: Monitor | None = None,
) -> dict[int, tuple[float, float, float]]:
    """What each anchor would have been taken for without it: id → its seconds of B, mean and standard deviation.

    Only anchors that two blocks meet at are looked at; each is left out by itself.
    """
    monitor = monitor or Monitor()
    lo, hi = band_round(path, *bounds(window, a.times, b.times), cells)
    found: dict[int, tuple[float, float, float]] = {}
    for p, q in pairwise(plan.parts):
        if not (isinstance(p, Block) and isinstance(q, Block)) or q.before is None or p.free_end:
            continue
        monitor.check()
        both = Block(p.r0, p.c0, q.r1, q.c1, p.free_begin, q.free_end)
        places = _solved(a, b, metric, plan, both, lo, hi, gamma, monitor)
        at = p.r1 - p.r0
        one = Places(places.rows[at : at + 1], places.lo[at : at + 1], places.share[at : at + 1])
        mean, spread = one.moments(b.times)
        found[q.before] = (float(b.times[p.c1]), float(mean[0]), float(spread[0]))
    return found


def _solved(
    a: Features, b: Features, metric: str, plan: Plan, block: Block, lo: _I64, hi: _I64, gamma: float, monitor: Monitor
) -> Places:
    rows, columns = slice(block.r0, block.r1 + 1), slice(block.c0, block.c1 + 1)
    first = np.clip(lo[rows] - block.c0, 0, block.c1 - block.c0)
    last = np.clip(hi[rows] - block.c0, first + 1, block.c1 - block.c0 + 1)
    # The corners are on every path, however the band lies.
    if not block.free_begin:
        first[0] = 0
    if not block.free_end:
        last[-1] = block.c1 - block.c0 + 1
    rects = meeting(plan.rects, block) - np.array([block.r0, block.r0, block.c0, block.c0])
    rects = np.clip(rects, 0, [len(first), len(first), block.c1 - block.c0 + 1, block.c1 - block.c0 + 1])
    cost = LocalCost(a.values[rows], b.values[columns], metric)
    soft = soft_dtw(
        cost, gamma, (first, last), rects=rects, free_begin=block.free_begin, free_end=block.free_end,
        posterior=True, monitor=monitor,
    )  # fmt: skip
    assert soft.posterior is not None
    share = soft.posterior
    share /= share.sum(1, keepdims=True)
    return Places(np.arange(block.r0, block.r1 + 1), soft.lo + block.c0, share)


def _given(part: Given) -> Places:
    rows = np.unique(part.cells[:, 0])
    first = np.searchsorted(part.cells[:, 0], rows)
    last = np.searchsorted(part.cells[:, 0], rows, "right")
    lo = part.cells[first, 1]
    wide = part.cells[last - 1, 1] - lo + 1
    share = (np.arange(wide.max()) < wide[:, None]) / wide[:, None]
    return Places(rows.astype(np.intp), lo.astype(np.intp), share.astype(np.float32))
