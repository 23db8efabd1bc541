"""What methods that map each side by itself make of two sides' features, and of curves through them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ...cost import check_values
from ...errors import OverBudget
from ...model import Features, WarpingPath
from ...progress import Monitor
from . import WarpProblem
from ._plan import Block, Given, Plan, make_plan
from .dtw import DtwParams
from .dtw import solve as dtw

__all__ = ["AXES", "STRAIGHT", "View", "admit", "crosses", "follow", "plan_of", "raster", "stages", "straight", "view"]

_F64 = NDArray[np.float64]
Cells = NDArray[np.int64]

AXES = 64
"""Principal axes kept of a side at most; what lies beyond them is noise to a map fitted on a few hundred rows."""
STRAIGHT = DtwParams(metric="sqeuclidean", step_pattern="symmetric1")
"""The steps of canonical time warping: every cell of the path counts once."""
_CUT = 1e-10


@dataclass(frozen=True, eq=False)
class View:
    """One side on its principal axes, scaled as a whole so that shrinkage means the same for every kind of feature.

    Attributes
    ----------
    rows
        float64 (n, r), centred, mean square over all entries 1/n: their scatter's mean eigenvalue is 1.
    axes
        float64 (p, r): ``rows = (features − mean) @ axes``.
    """

    rows: _F64
    axes: _F64


def view(features: Features, side: str) -> View:
    """Bring one side onto its principal axes; a constant side becomes one column of zeros.

    Raises
    ------
    ParameterError
        Values that no method can compare, see `cost.check_values`.
    """
    check_values(features.values, side)
    centred = features.values.astype(np.float64)
    centred -= centred.mean(0)
    # Scaled first: squares of values near the allowed 1e15, or near 0, would leave float64's digits.
    largest = float(np.abs(centred).max())
    if largest <= 1e-7 * float(np.abs(features.values).max()):
        return View(np.zeros((len(centred), 1)), np.zeros((centred.shape[1], 1)))
    centred /= largest
    scatter, axes = np.linalg.eigh(centred.T @ centred)
    keep = np.flatnonzero(scatter > _CUT * scatter[-1])[::-1][:AXES]
    axes = axes[:, keep] / np.sqrt(scatter[keep].sum() / len(keep))
    return View(centred @ axes, axes / largest)


def admit(problem: WarpProblem, method: str, copies: int) -> None:
    """Refuse what `copies` float64 copies of both sides don't leave room for, before they are made."""
    n, m = len(problem.a), len(problem.b)
    width = max(problem.a.values.shape[1], problem.b.values.shape[1])
    needed = 8 * (n + m) * (width + copies * min(width, AXES)) + 16 * width**2
    if needed > problem.budget:
        raise OverBudget(
            f"{method} of {n:,} × {m:,} rows with {width:,} channels needs about {needed / 2**20:,.0f} MiB of memory, "
            f"but {problem.budget / 2**20:,.0f} MiB are allowed; use fewer channels, or raise the limit.",
            needed,
            problem.budget,
        )


def stages(shrinkage: float, anneal: bool) -> list[float]:
    """Shrinkages to go through, the last one being `shrinkage`.

    Strong shrinkage trusts only what varies most and cannot fit noise; where it has found the rough course, less of
    it makes that exact.
    """
    return [s for s in (0.6, 0.3, 0.1) if anneal and s > 2 * shrinkage] + [shrinkage]


def plan_of(problem: WarpProblem) -> Plan:
    """The constraints on the rows, without any window."""
    n, m = len(problem.a), len(problem.b)
    return make_plan(
        problem.constraints, problem.a.times, problem.b.times, False, False, np.zeros(n, np.int64), np.full(n, m)
    )


def straight(plan: Plan) -> Cells:
    """The cells of constant speed between what is given: int64 (l, 2); l = max(n, m) where nothing is given.

    (0, 0) and (n − 1, m − 1) are joined in max(n, m) rows by rounding (uniform time warping).
    """
    parts: list[Cells] = []
    for part in plan.parts:
        if isinstance(part, Given):
            parts.append(part.cells)
        else:
            parts.append(_line(part)[1:])
    return np.concatenate(parts)


def _line(block: Block) -> Cells:
    length = max(block.r1 - block.r0, block.c1 - block.c0) + 1
    ends = np.array([(block.r0, block.c0), (block.r1, block.c1)], np.float64)
    return np.rint(np.linspace(ends[0], ends[1], length)).astype(np.int64)


def raster(curve: _F64) -> NDArray[np.intp]:
    """The cells that a monotone curve (l, 2) of fractional rows passes, in steps of at most one row a side."""
    reach = np.r_[0.0, np.cumsum(np.diff(curve, axis=0).max(1, initial=0.0))]
    at = np.linspace(0, reach[-1], int(np.ceil(2 * reach[-1])) + 1)
    cells = np.rint(np.column_stack([np.interp(at, reach, curve[:, k]) for k in (0, 1)])).astype(np.intp)
    return cells[np.r_[True, np.diff(cells, axis=0).any(1)]]


def crosses(cells: NDArray[np.integer], rects: Cells) -> bool:
    """True if a cell (l, 2) lies in one of the rectangles (k, 4)."""
    i, j = cells[:, 0, None], cells[:, 1, None]
    return bool(((i >= rects[:, 0]) & (i < rects[:, 1]) & (j >= rects[:, 2]) & (j < rects[:, 3])).any())


def follow(problem: WarpProblem, curves: Sequence[_F64], monitor: Monitor) -> WarpingPath:
    """The path nearest to curves (l, 2) that obeys every constraint: dynamic time warping on the curves' own clock."""
    clocks = [_clock(curves, side, len(f)) for side, f in enumerate((problem.a, problem.b))]
    a, b = (
        Features(np.ascontiguousarray(t[:, None], np.float32), f.times)
        for t, f in zip(clocks, (problem.a, problem.b), strict=True)
    )
    near = replace(problem, a=a, b=b, previous=None, preview=None)
    return dtw(near, DtwParams(metric="cityblock", step_pattern="symmetric1"), monitor)


def _clock(curves: Sequence[_F64], side: int, rows: int) -> _F64:
    """When along the curves each row is passed, float64 (rows,): the middle of its time where it stays."""
    ends = np.cumsum([0, *(len(c) for c in curves)])
    at = np.concatenate([c[:, side] for c in curves])
    when = np.concatenate([np.arange(s, e) for s, e in pairwise(ends)]).astype(np.float64)
    row = np.arange(rows)
    first, last = np.searchsorted(at, row - 0.5, "right"), np.searchsorted(at, row + 0.5, "left") - 1
    middle = (when[np.clip(first, 0, len(when) - 1)] + when[np.clip(last, 0, len(when) - 1)]) / 2
    return np.where(last >= first, middle, np.interp(row, at + 1e-9 * when, when))
