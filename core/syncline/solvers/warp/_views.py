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
from ...registry import number, switch
from . import WarpProblem
from ._plan import Block, Given, Plan, make_plan
from .dtw import DtwParams
from .dtw import solve as dtw

__all__ = [
    "STRAIGHT",
    "MapsParams",
    "Stage",
    "View",
    "admit",
    "averaged",
    "crosses",
    "follow",
    "plan_of",
    "raster",
    "stages",
    "straight",
    "unexplained",
    "view",
]

_F64 = NDArray[np.float64]
Cells = NDArray[np.int64]


@dataclass(frozen=True)
class MapsParams:
    """What methods ask that map each side by canonical correlations."""

    shrinkage: float | None = number(
        None,
        "Shrinkage",
        "How little the maps trust directions in which a side varies little; 0 is plain CCA. By itself, the one whose "
        "path lets either side predict the other best where it was not fitted.",
        low=0.0,
        high=0.99,
    )
    anneal: bool = switch(
        True, "Begin coarse", "Begin with strong shrinkage and lessen it, each time from the last result."
    )
    energy: float = number(
        0.8,
        "Energy",
        "Coordinates kept: as many as hold this share of the first round's correlations.",
        low=0.01,
        high=1.0,
    )
    dimension: int | None = number(None, "Coordinates", "Their number, instead of by energy.", low=1, high=64)


_AXES = 64
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
    keep = np.flatnonzero(scatter > _CUT * scatter[-1])[::-1][:_AXES]
    axes = axes[:, keep] / np.sqrt(scatter[keep].sum() / len(keep))
    return View(centred @ axes, axes / largest)


def averaged(features: Features, step: int) -> Features:
    """Means of every `step` rows, the last of what is left, at the means of their times."""
    first = np.arange(0, len(features), step)
    counts = np.diff(np.r_[first, len(features)])
    values = np.add.reduceat(features.values.astype(np.float64), first, axis=0) / counts[:, None]
    return Features(values.astype(np.float32), np.add.reduceat(features.times, first) / counts)


def admit(problem: WarpProblem, method: str, copies: int) -> None:
    """Refuse what `copies` float64 copies of both sides don't leave room for, before they are made."""
    n, m = len(problem.a), len(problem.b)
    width = max(problem.a.values.shape[1], problem.b.values.shape[1])
    needed = 8 * (n + m) * (width + copies * min(width, _AXES)) + 16 * width**2
    if needed > problem.budget:
        raise OverBudget(
            f"{method} of {n:,} × {m:,} rows with {width:,} channels needs about {needed / 2**20:,.0f} MiB of memory, "
            f"but {problem.budget / 2**20:,.0f} MiB are allowed; use fewer channels, or raise the limit.",
            needed,
            problem.budget,
        )


@dataclass(frozen=True)
class Stage:
    """A stretch of rounds with one shrinkage.

    `fresh` begins from the start, not from the path of the stage before; `judged` ones compete for the answer.
    """

    shrinkage: float
    fresh: bool = False
    judged: bool = False


def stages(shrinkage: float | None, anneal: bool) -> list[Stage]:
    """What to go through for a shrinkage, or for the best of several (None).

    Strong shrinkage trusts only what varies most and cannot fit noise; where it has found the rough course, less of
    it makes that exact. Where views are clean it hides what they share, and no more than a trace of it does best.
    """
    coarse = [Stage(s, s == 0.6) for s in (0.6, 0.3, 0.1) if anneal and (shrinkage is None or s > 2 * shrinkage)]
    if shrinkage is not None:
        return [*coarse, Stage(shrinkage, not coarse, True)]
    return [*coarse, Stage(0.03, not coarse, True), Stage(0.003, False, True), Stage(0.001, True, True)]


def unexplained(sides: Sequence[View], pairs: NDArray[np.integer]) -> float:
    """How much of each side's rows the other's, laid onto them by a path (l, 2), do not predict: mean share, ≥ 0.

    By ridge regression, in five stretches of time each predicted by a map fitted on the others, the strength of the
    ridge the best of five. A path that is right lets what was learned elsewhere hold here; one that fits noise
    doesn't. Every row counts once, however long the path stays on it.
    """
    total = 0.0
    for k, (own, other) in enumerate((sides, sides[::-1])):
        rows, first = np.unique(pairs[:, k], return_index=True)
        counts = np.diff(np.r_[first, len(pairs)])
        u = own.rows[rows]
        v = np.add.reduceat(other.rows[pairs[:, 1 - k]], first, axis=0) / counts[:, None]
        total += _unpredicted(u, v)
    return total / 2


_RIDGES = np.array([1e-6, 1e-4, 1e-2, 1e-1, 1.0])


def _unpredicted(u: _F64, v: _F64) -> float:
    """Share of the variance of u (n, p) that v (n, q) does not predict where the map was fitted without it."""
    n = len(u)
    variance = float(((u - u.mean(0)) ** 2).sum())
    blocks = min(5, n // 2)
    if blocks < 2 or variance <= 0:
        return 0.0
    # Rows beside those to be predicted look like them: they are left out too.
    gap = max(1, n // 50) if n >= 20 else 0
    error = np.zeros(len(_RIDGES))
    for s, e in pairwise(np.linspace(0, n, blocks + 1).astype(int)):
        train = np.r_[0 : max(0, s - gap), min(n, e + gap) : n]
        mean_u, mean_v = u[train].mean(0), v[train].mean(0)
        known = v[train] - mean_v
        scatter, axes = np.linalg.eigh(known.T @ known)
        weights = axes.T @ (known.T @ (u[train] - mean_u))
        asked = (v[s:e] - mean_v) @ axes
        size = max(float(scatter.mean()), np.finfo(float).tiny)
        for k, ridge in enumerate(_RIDGES):
            error[k] += ((u[s:e] - mean_u - asked @ (weights / (scatter + ridge * size)[:, None])) ** 2).sum()
    return float(error.min()) / variance


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
