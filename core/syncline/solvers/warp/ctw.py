"""Canonical time warping: the path, and for each side a map into a space in which both look alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...errors import ParameterError
from ...model import Features, WarpingPath
from ...model.paths import path_difference
from ...progress import Monitor
from ...registry import choice, number
from ...threads import single_threaded
from . import WarpProblem, register
from ._views import STRAIGHT, MapsParams, View, admit, plan_of, stages, straight, unexplained, view
from .cca import canonical
from .dtw import solve as dtw
from .dtw import warm_up as load_loops

__all__ = ["CtwParams", "CtwRound", "rounds", "solve", "warm_up"]

_F64 = NDArray[np.float64]

_STILL = 0.01
"""Rows: a path that moves less than this from one round to the next has settled."""


@dataclass(frozen=True)
class CtwParams(MapsParams):
    """Parameters of `solve`."""

    start: str = choice(
        "uniform",
        ("uniform", "dtw", "path"),
        "Start",
        "Constant speed, dynamic time warping of the features themselves, or the path at hand.",
    )
    rounds: int = number(25, "Rounds", "At most so many for each shrinkage.", low=1, high=1000, advanced=True)


@dataclass(frozen=True, eq=False)
class CtwRound:
    """One round: the maps for the path before it, then the path for these maps.

    Attributes
    ----------
    number, stage, shrinkage
        Counted from 1 on and from 0 on; λ of this stage.
    d
        Coordinates kept.
    values
        float64 (d,): what CCA found, correlations if λ = 0.
    maps, means
        float64 (p, d), (q, d) and (p,), (q,) in the features' own channels.
    before, objective
        |Wx'XVx − Wy'YVy|² + λ/(1−λ)(|Vx|² + |Vy|²) with the path before and the one after the DTW half-step, which
        never raises it.
    per_cell
        `objective` divided by the cells of its path: what rounds are compared by, as their paths differ in length.
    change
        Path difference from the path before, in rows.
    path
        Its `cost` is the squared distance in the common space, `views` the rows of both sides there.
    """

    number: int
    stage: int
    shrinkage: float
    d: int
    values: _F64
    maps: tuple[_F64, _F64]
    means: tuple[_F64, _F64]
    before: float
    objective: float
    per_cell: float
    change: float
    path: WarpingPath


@register("ctw", "Canonical time warping", CtwParams, ("video", "audio", "features"))
@single_threaded()
def solve(problem: WarpProblem, params: CtwParams, monitor: Monitor) -> WarpingPath:
    """Align what doesn't look alike: two cameras, two bodies, two modalities, channels of any number on each side.

    Zhou & De la Torre, Canonical time warping for alignment of human behavior, NIPS 2009: CCA of the warped features
    and dynamic time warping in the space it finds, in turn. Of the rounds with one shrinkage the best by its objective
    a cell counts; of several shrinkages, the one whose path lets either side predict the other best.

    Returns
    -------
    WarpingPath
        `cost` is the squared distance in the common space, `views` the rows of both sides in it.

    Raises
    ------
    ParameterError
        Features that are empty or not finite, or a start that needs the same channels on both sides.
    Infeasible
        No path obeys the constraints.
    OverBudget
        Before anything is allocated.
    """
    judged = [k for k, s in enumerate(stages(params.shrinkage, params.anneal)) if s.judged]
    best: dict[int, CtwRound] = {}
    for r in rounds(problem, params, monitor):
        monitor.tell(r)
        if r.stage not in best or r.per_cell < best[r.stage].per_cell:
            best[r.stage] = r
    if len(judged) == 1:
        return best[judged[0]].path
    sides = view(problem.a, "A"), view(problem.b, "B")
    return min((best[k].path for k in judged), key=lambda path: unexplained(sides, path.pairs))


def rounds(problem: WarpProblem, params: CtwParams, monitor: Monitor | None = None) -> Iterator[CtwRound]:
    """Go through the rounds one by one, for whoever wants to watch; between two of them nothing runs.

    A shrinkage ends when the path has settled (moved by at most 0.01 rows), swings between two states, or after
    ``params.rounds``; the next one begins from its best path.

    Raises
    ------
    ParameterError, Infeasible, OverBudget, Cancelled
        As `solve`.
    """
    monitor = monitor or Monitor()
    admit(problem, "Canonical time warping", 10)
    x, y = view(problem.a, "A"), view(problem.b, "B")
    start = path = _start(problem, params, monitor)
    d: int | None = None
    count = 0
    plan = stages(params.shrinkage, params.anneal)
    for n, stage in enumerate(plan):
        if stage.fresh:
            path, d = start, params.dimension
        best: CtwRound | None = None
        earlier: NDArray[np.integer] | None = None
        for k in range(params.rounds):
            count += 1
            # How many rounds it takes is not known; most settle within ten.
            begin, end = ((n + 1 - 0.8**j) / len(plan) for j in (k, k + 1))
            part = monitor.part(begin, end, "Aligning")
            r = _round(problem, (x, y), path, (count, n, stage.shrinkage), d, params.energy, part)
            d = r.d
            yield r
            if best is None or r.per_cell < best.per_cell:
                best = r
            swings = earlier is not None and np.array_equal(earlier, r.path.pairs)
            earlier, path = path, r.path.pairs
            if r.change <= _STILL or swings:
                break
        assert best is not None
        path = best.path.pairs


def _round(
    problem: WarpProblem,
    sides: tuple[View, View],
    path: NDArray[np.integer],
    stage: tuple[int, int, float],
    d: int | None,
    energy: float,
    monitor: Monitor,
) -> CtwRound:
    monitor.advance(0, 1)
    shrinkage = stage[2]
    x, y = sides
    found = canonical((x.rows[path[:, 0]], y.rows[path[:, 1]]), shrinkage)
    if found.saturated:
        monitor.warn(
            "There are more channels than moments to compare: without shrinkage every map fits. Raise the shrinkage."
        )
    d = found.dimension(energy) if d is None else d
    u, v = found.project(0, x.rows, d), found.project(1, y.rows, d)
    penalty = sum(float((m[:, :d] ** 2).sum()) for m in found.maps) * shrinkage / (1 - shrinkage)
    before = float(((u[path[:, 0]] - v[path[:, 1]]) ** 2).sum()) + penalty
    a, b = (Features(np.ascontiguousarray(w, np.float32), f.times) for w, f in ((u, problem.a), (v, problem.b)))
    near = replace(problem, a=a, b=b, previous=None, preview=None)
    new = dtw(near, STRAIGHT, monitor)
    cost = float(((u[new.pairs[:, 0]] - v[new.pairs[:, 1]]) ** 2).sum())
    moments = [f.values.mean(0, dtype=np.float64) for f in (problem.a, problem.b)]
    maps = [s.axes @ m[:, :d] for s, m in zip(sides, found.maps, strict=True)]
    means = [
        w + np.linalg.lstsq(s.axes.T, c, rcond=None)[0] for w, s, c in zip(moments, sides, found.means, strict=True)
    ]
    return CtwRound(
        *stage,
        d,
        found.values[:d],
        (maps[0], maps[1]),
        (means[0], means[1]),
        before,
        cost + penalty,
        (cost + penalty) / len(new.pairs),
        path_difference(new, path),
        replace(new, cost=cost, normalised=None, blocks=None, views=(a.values, b.values)),
    )


def _start(problem: WarpProblem, params: CtwParams, monitor: Monitor) -> NDArray[np.integer]:
    if params.start == "dtw":
        if problem.a.values.shape[1] != problem.b.values.shape[1]:
            raise ParameterError(
                f"A has {problem.a.values.shape[1]} channels and B has {problem.b.values.shape[1]}: a start by dynamic "
                "time warping needs the same number; begin uniformly."
            )
        return dtw(replace(problem, previous=None, preview=None), STRAIGHT, monitor.part(0.0, 0.0)).pairs
    if params.start == "path" and problem.previous is not None:
        return problem.previous.pairs
    return straight(plan_of(problem))


def warm_up(params: CtwParams) -> None:
    """Compile or load the loops of the DTW half-step."""
    load_loops(STRAIGHT)
