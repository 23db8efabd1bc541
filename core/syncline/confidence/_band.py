"""The band: the posterior of every block put together on the rows of A."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import ParameterError
from ..model import Alignment, Constraints, Features, LocalCost, WarpingPath
from ..pipeline import local_cost
from ..progress import Monitor
from ..solvers.warp import dtw, soft_path
from ..solvers.warp._plan import Plan
from ..solvers.warp._posterior import CELLS, Piece, posterior, scale_of
from ..solvers.warp._windows import Limits
from ._types import Confidence

__all__ = ["AUDIO_TOLERANCE", "LEVEL", "Question", "band", "question", "tolerance_of"]

LEVEL = 0.9
AUDIO_TOLERANCE = 0.05
"""Seconds; what a listener forgives."""

_F64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Question:
    """What an alignment's uncertainty is worked out from."""

    a: Features
    b: Features
    metric: str
    constraints: Constraints
    path: WarpingPath
    window: Limits
    gamma: float
    tolerance: float
    cells: int
    smooth: bool
    """True if the method's path goes through the middle of the posterior."""


def tolerance_of(alignment: Alignment) -> float:
    """Seconds within which a place in B is right: one frame, 50 ms where B has none."""
    times = alignment.pair.b.frame_times
    return AUDIO_TOLERANCE if times is None or len(times) < 2 else float(np.median(np.diff(times)))


def question(alignment: Alignment, cells: int = CELLS) -> Question:
    """Take from an alignment what is needed, with γ chosen by its path.

    Raises
    ------
    ParameterError
        It has no path, or no features (just loaded).
    """
    a, b, path = alignment.features_a, alignment.features_b, alignment.path
    if path is None:
        raise ParameterError("There is no path to be sure or unsure of: align first.")
    if a is None or b is None:
        raise ParameterError("The features of this alignment are not computed yet: align first.")
    if path.views is not None:
        # Where a method found the path in a space of its own, that is where rows are near or far.
        x, y = (np.ascontiguousarray(v, np.float32) for v in path.views)
        a, b, metric = Features(x, a.times), Features(y, b.times), "sqeuclidean"
    else:
        metric = local_cost(alignment).metric
    cost = LocalCost(a.values, b.values, metric)
    params = (alignment.resolved or alignment.recipe).params
    window = Limits()
    if isinstance(params, dtw.DtwParams):
        window = dtw.limits(params)
    elif isinstance(params, soft_path.SoftPathParams):
        window = soft_path.limits(params)
    frame = tolerance_of(alignment)
    constraints = alignment.constraints if alignment.solved is None else alignment.solved
    return Question(a, b, metric, constraints, path, window, scale_of(cost, path.pairs), frame, cells,
        isinstance(params, soft_path.SoftPathParams),
    )  # fmt: skip


def band(q: Question, level: float, monitor: Monitor) -> tuple[Confidence, list[Piece], Plan]:
    """Solve the blocks and put them together."""
    pieces, plan = posterior(
        q.a, q.b, q.metric, q.constraints, q.path, q.window, q.gamma, q.cells, monitor.part(0.0, 1.0, "Confidence")
    )
    n, b_times = len(q.a), q.b.times
    on_path = q.path.to_b(q.a.times)
    # Rows that a jump leaves out have no counterpart, which is sure.
    low, high, spread, sure = on_path.copy(), on_path.copy(), np.zeros(n), np.ones(n)
    slack = q.tolerance + 1e-9
    for fixed in (False, True):
        for piece in pieces:
            if piece.fixed is not fixed:
                continue
            rows, places = piece.places.rows, piece.places
            low[rows] = places.quantile(b_times, (1 - level) / 2)
            high[rows] = places.quantile(b_times, (1 + level) / 2)
            spread[rows] = places.moments(b_times)[1]
            sure[rows] = places.within(b_times, on_path[rows] - slack, on_path[rows] + slack)
    for anchor in q.constraints.anchors:
        # In the row of an anchor a path may still run along B before it: what is asked is where that moment lies.
        for a, b in {(anchor.a, anchor.b), anchor.end}:
            row = int(np.abs(q.a.times - a).argmin())
            low[row] = high[row] = b
            spread[row], sure[row] = 0.0, 1.0
    i, j = q.path.pairs.T
    np.minimum.at(low, i, b_times[j])
    np.maximum.at(high, i, b_times[j])
    for given in (p for p in pieces if p.fixed):
        sure[given.places.rows] = 1.0
    return Confidence(q.a.times, on_path, low, high, spread, sure, level, q.tolerance, q.gamma), pieces, plan
