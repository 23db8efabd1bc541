"""The path through the middle of soft-DTW's posterior: smoother than DTW's where the features tell little."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...cost import along
from ...model import METRICS, Features, LocalCost, WarpingPath
from ...progress import Monitor
from ...registry import choice, number
from . import WarpProblem, dtw, register
from ._posterior import posterior, scale_of
from ._windows import WINDOWS, Limits

__all__ = ["SoftPathParams", "limits", "solve", "warm_up"]


@dataclass(frozen=True)
class SoftPathParams:
    """Parameters of `solve`."""

    metric: str = choice("euclidean", METRICS, "Local cost", "How far apart two feature vectors are.")
    gamma: float = number(
        1.0,
        "Smoothing γ",
        "Times the mean cost along DTW's path; towards 0 the path becomes DTW's.",
        low=1e-3,
        high=1e3,
    )
    window: str = choice("none", WINDOWS, "Window", "Cells outside are never on the path.")
    radius: float = number(
        2.0,
        "Radius",
        "Half-width of the Sakoe–Chiba and the slanted band.",
        low=0.0,
        high=1e6,
        unit="s",
        needs=("window", ("sakoe_chiba", "slanted")),
    )
    slope: float = number(
        2.0,
        "Itakura slope",
        "Steepest slope of the parallelogram.",
        low=1.0,
        high=1e6,
        unit="×",
        needs=("window", ("itakura",)),
    )


def limits(params: SoftPathParams) -> Limits:
    """The window of `params`."""
    return Limits(params.window, params.radius, params.slope)


@register("softdtw", "Soft-DTW", SoftPathParams, ("video", "audio", "features"))
def solve(problem: WarpProblem, params: SoftPathParams, monitor: Monitor) -> WarpingPath:
    """Align by the mean of all paths, each counting by its cost.

    DTW's path (steps of symmetric1) gives the scale of γ and the band; within it soft-DTW (Cuturi & Blondel, ICML 2017)
    gives the probability of every cell, and the mean of a row is where that moment lies. The path is the one nearest
    to these means that obeys the window, anchors, locks, jumps and forbidden rectangles, of which the mean of two ways
    round a rectangle may know nothing.

    Returns
    -------
    WarpingPath
        `cost` is that of its cells, each counting once, in float64; there is no norm.

    Raises
    ------
    ParameterError, Infeasible, OverBudget
        As `dtw.solve`.
    """
    hard = dtw.DtwParams(params.metric, "symmetric1", params.window, params.radius, params.slope)
    path = dtw.solve(replace(problem, previous=None, preview=None), hard, monitor.part(0.0, 0.3))
    a, b = problem.a, problem.b
    cost = LocalCost(a.values, b.values, params.metric)
    gamma = params.gamma * scale_of(cost, path.pairs)
    pieces, _plan = posterior(
        a, b, params.metric, problem.constraints, path, limits(params), gamma, monitor=monitor.part(0.3, 0.8)
    )
    mean = path.to_b(a.times)
    for piece in sorted(pieces, key=lambda p: p.fixed):
        mean[piece.places.rows] = piece.places.moments(b.times)[0]
    # In seconds from B's middle, which single precision holds to well below a row.
    middle = float(b.times.mean())
    track = WarpProblem(
        Features((mean - middle)[:, None].astype(np.float32), a.times),
        Features((b.times - middle)[:, None].astype(np.float32), b.times),
        problem.constraints,
        budget=problem.budget,
    )
    found = dtw.solve(track, replace(hard, metric="cityblock"), monitor.part(0.8, 1.0))
    return replace(found, cost=float(along(cost, found.pairs).sum()), normalised=None, blocks=None)


def warm_up(params: SoftPathParams | None = None) -> None:
    """Compile or load the loops."""
    rng = np.random.default_rng(0)
    a = Features(rng.standard_normal((9, 2)).astype(np.float32), np.arange(9.0))
    solve(WarpProblem(a, a), params or SoftPathParams(), Monitor())
