"""Dynamic time warping and soft-DTW step by step, for small cases: plain states, in the order in which they come about.

The values are those of `dtw.solve` and `soft_dtw.soft_dtw`, by a float64 program of a few lines that can be read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...cost import along, check_values
from ...errors import Infeasible, ParameterError
from ...model import LocalCost
from . import WarpProblem
from ._patterns import StepPattern, pattern
from .dtw import DtwParams, bounds

__all__ = ["LARGEST", "Candidate", "DtwStep", "SoftStep", "dense", "soft_steps", "steps"]

F64 = NDArray[np.float64]
INTP = NDArray[np.intp]
BOOL = NDArray[np.bool_]

LARGEST = 2500
"""Cells of a matrix that is walked through cell by cell."""


@dataclass(frozen=True)
class Candidate:
    """A branch of the step pattern into a cell.

    Attributes
    ----------
    origin
        (i, j) where it begins.
    cells
        (i, j, weight) of the cells it passes, the last being the one it leads to.
    total
        Accumulated cost if it is taken; ∞ where it is not open.
    """

    origin: tuple[int, int]
    cells: tuple[tuple[int, int, float], ...]
    total: float


@dataclass(frozen=True, eq=False)
class DtwStep:
    """The tables after one step.

    Attributes
    ----------
    kind
        ``"costs"``, then ``"fill"`` for each cell row by row, ``"back"`` for each cell of the path from its end, at
        last ``"path"``.
    cost
        float64 (n, m): local costs.
    total
        float64 (n, m): accumulated costs; NaN where not yet computed, ∞ where no path leads.
    branch
        intp (n, m): which of the candidates was taken into each cell, −1 for none.
    allowed
        bool (n, m): inside the window.
    cell
        (i, j) in hand; None at the start and at the end.
    candidates
        The branches into `cell` in the order in which ties prefer them.
    path
        intp (l, 2): what is known of the path, first row first.
    """

    kind: Literal["costs", "fill", "back", "path"]
    cost: F64
    total: F64
    branch: INTP
    allowed: BOOL
    cell: tuple[int, int] | None
    candidates: tuple[Candidate, ...]
    path: INTP

    @property
    def matrices(self) -> tuple[F64, F64]:
        """Alignment matrices Wx (n, l) and Wy (m, l) of `path`, as `WarpingPath.matrices` has them, dense."""
        out: list[F64] = []
        for side, size in enumerate(self.cost.shape):
            w = np.zeros((size, len(self.path)))
            w[self.path[:, side], np.arange(len(self.path))] = 1.0
            out.append(w)
        return out[0], out[1]


def dense(cost: LocalCost) -> F64:
    """All local costs, float64 (n, m), of a small case.

    Raises
    ------
    ParameterError
        More than `LARGEST` cells, or features that can't be compared.
    """
    check_values(cost.x, "A")
    check_values(cost.y, "B")
    n, m = cost.shape
    if n * m > LARGEST:
        raise ParameterError(f"Step by step up to {LARGEST:,} cells are shown, not {n * m:,}; take shorter sequences.")
    return along(cost, np.indices((n, m)).reshape(2, -1).T).reshape(n, m)


def steps(problem: WarpProblem, params: DtwParams | None = None) -> Iterator[DtwStep]:
    """Yield the tables of dynamic time warping after every cell, then every step of the way back.

    Both ends are fixed and constraints are left out; window and step pattern are obeyed as `dtw.solve` obeys them: the
    first cell counts once, every cell of a branch is held to the window, ties go to the first branch.

    Raises
    ------
    ParameterError
        Open ends, more than `LARGEST` cells, or features that can't be compared.
    Infeasible
        No path obeys window and pattern; after all cells were filled.

    References
    ----------
    H. Sakoe, S. Chiba 1978; T. Giorgino 2009.
    """
    params = params or DtwParams()
    if params.open_begin or params.open_end or params.subsequence:
        raise ParameterError("Step by step both ends are fixed; close them to watch.")
    cost = dense(LocalCost(problem.a.values, problem.b.values, params.metric))
    lo, hi = bounds(params, problem.a, problem.b)
    columns = np.arange(cost.shape[1])
    allowed = (columns >= lo[:, None]) & (columns < hi[:, None])
    return _walk(cost, pattern(params.step_pattern), allowed)


def _walk(cost: F64, rule: StepPattern, allowed: BOOL) -> Iterator[DtwStep]:
    n, m = cost.shape
    total, branch = np.full((n, m), np.nan), np.full((n, m), -1, np.intp)
    state = DtwStep("costs", cost, total.copy(), branch.copy(), allowed, None, (), np.empty((0, 2), np.intp))
    yield state
    for i in range(n):
        for j in range(m):
            found = _candidates(cost, total, rule, allowed, i, j)
            totals = [c.total for c in found]
            if (i, j) == (0, 0):
                total[0, 0] = cost[0, 0] if allowed[0, 0] else np.inf
            else:
                # The first of the least: branches stand in the order that ties prefer.
                best = int(np.argmin(totals)) if totals else -1
                total[i, j] = totals[best] if totals else np.inf
                branch[i, j] = best if np.isfinite(total[i, j]) else -1
            yield replace(
                state, kind="fill", total=total.copy(), branch=branch.copy(), cell=(i, j), candidates=tuple(found)
            )
    state = replace(state, total=total, branch=branch)
    if not np.isfinite(total[-1, -1]):
        raise Infeasible("No path leads from the first cell to the last one; widen the window or take another pattern.")
    cells = [(n - 1, m - 1)]
    while True:
        i, j = cells[0]
        path = np.array(cells, np.intp)
        found = tuple(_candidates(cost, total, rule, allowed, i, j))
        yield replace(state, kind="back", cell=(i, j), candidates=found, path=path)
        if (i, j) == (0, 0):
            break
        taken = found[branch[i, j]]
        cells = [taken.origin, *((u, v) for u, v, _ in taken.cells[:-1]), *cells]
    yield replace(state, kind="path", path=np.array(cells, np.intp))


def _candidates(cost: F64, total: F64, rule: StepPattern, allowed: BOOL, i: int, j: int) -> list[Candidate]:
    out: list[Candidate] = []
    for di, dj, passed in rule.branches:
        if di > i or dj > j:
            continue
        cells = tuple((i - ci, j - cj, w) for ci, cj, w in passed)
        open_ = all(allowed[u, v] for u, v, _ in cells)
        value = total[i - di, j - dj] + sum(w * cost[u, v] for u, v, w in cells) if open_ else np.inf
        out.append(Candidate((i - di, j - dj), cells, float(value)))
    return out


# -- soft-DTW -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class SoftStep:
    """Soft-DTW at one smoothing.

    Attributes
    ----------
    gamma
        γ > 0, in the unit of the costs.
    cost, total
        float64 (n, m): D and R of Cuturi & Blondel.
    share
        float64 (n, m): E, how much of the alignment passes through each cell.
    value
        R of the last cell; may be negative.
    hard
        What DTW with symmetric1 costs: the limit of `value` as γ → 0.
    path
        intp (l, 2): DTW's path.
    """

    gamma: float
    cost: F64
    total: F64
    share: F64
    value: float
    hard: float
    path: INTP


def soft_steps(cost: F64, gammas: Sequence[float]) -> Iterator[SoftStep]:
    """Yield soft-DTW of a small matrix at each γ (M. Cuturi, M. Blondel, ICML 2017, algorithms 1 and 2).

    Parameters
    ----------
    cost
        float64 (n, m), at most `LARGEST` cells.
    gammas
        Each > 0; the smaller the nearer to DTW.

    Raises
    ------
    ParameterError
        A γ that is not above 0.
    """
    last = next(s for s in _walk(cost, pattern("symmetric1"), np.ones(cost.shape, np.bool_)) if s.kind == "path")
    for gamma in gammas:
        if not gamma > 0:
            raise ParameterError(f"gamma is {gamma}; it must be above 0.")
        total, share = _soft(cost, gamma)
        yield SoftStep(gamma, cost, total, share, float(total[-1, -1]), float(last.total[-1, -1]), last.path)


def _soft(cost: F64, gamma: float) -> tuple[F64, F64]:
    n, m = cost.shape
    r = np.full((n + 1, m + 1), np.inf)
    r[0, 0] = 0.0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            before = np.array([r[i - 1, j - 1], r[i, j - 1], r[i - 1, j]])
            least = before.min()
            r[i, j] = cost[i - 1, j - 1] + least - gamma * np.log(np.exp((least - before) / gamma).sum())
    share = np.zeros((n + 1, m + 1))
    share[-2, -2] = 1.0
    for i in range(n - 1, -1, -1):
        for j in range(m - 1, -1, -1):
            for u, v in ((i + 1, j + 1), (i, j + 1), (i + 1, j)):
                if u < n and v < m:
                    part = np.exp((r[u + 1, v + 1] - r[i + 1, j + 1] - cost[u, v]) / gamma)
                    share[i, j] += share[u, v] * part
    return r[1:, 1:], share[:-1, :-1]
