"""Whether two recordings align at all: the cost of the path beside that of shuffled copies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..cost import along
from ..model import Constraints, Features, LocalCost, WarpingPath
from ..progress import Monitor
from ..solvers.warp import WarpProblem
from ..solvers.warp.dtw import DtwParams, solve
from ._types import Verdict

__all__ = ["judge_pair"]

SHUFFLES = 99
ASKED = 2.0
"""Standard deviations below the shuffled copies; where pairs and strangers part (tests/EVALUATION-SUGGEST.md)."""
_ROWS = 200
"""Rows that either side is averaged to."""
_PARTS = 8
_KEPT = 0.1
"""Share of B at either end that is not shuffled: most recordings begin and end alike, in silence or standing still."""
_FOLDS = 4
_LINE = 0.98
"""Share of the straight line's cost that a warp must get below on channels kept back."""

_PLAIN = DtwParams(step_pattern="symmetric1")


def judge_pair(a: Features, b: Features, metric: str, monitor: Monitor) -> Verdict:
    """Compare with copies of B that are cut into pieces and put together in another order.

    A copy has the same rows as B, changes as quickly, begins and ends as B does, and DTW may bend it as it likes: what
    it costs is what chance reaches. Both are averaged to at most 200 rows and solved alike, without constraints.
    """
    x, y = a.averaged(_ROWS), b.averaged(_ROWS)
    own = _mean_cost(x, y, metric)
    rng = np.random.default_rng(0)
    chance = np.empty(SHUFFLES)
    for k in range(SHUFFLES):
        monitor.advance(k, SHUFFLES)
        chance[k] = _mean_cost(x, _shuffled(y, rng), metric)
    width = float(chance.std())
    off = float(chance.mean()) - own
    # Of constant features every copy costs the same, and so does B.
    z = off / width if width > 1e-9 * max(own, 1e-30) else 0.0
    ratio = _against_line(x, y, metric)
    beats = None if ratio is None else ratio < _LINE
    as_good = int((chance <= own).sum())
    return Verdict(z >= ASKED or as_good == 0, z, as_good, SHUFFLES, beats, ratio)


def _path(x: Features, y: Features, metric: str) -> WarpingPath:
    return solve(WarpProblem(x, y, Constraints()), replace(_PLAIN, metric=metric), Monitor())


def _mean_cost(x: Features, y: Features, metric: str) -> float:
    return _path(x, y, metric).mean_cost


def _shuffled(y: Features, rng: np.random.Generator) -> Features:
    m = len(y)
    ends = max(1, round(m * _KEPT))
    inner = np.arange(ends, m - ends)
    parts = min(_PARTS, len(inner))
    if parts < 2:
        return y
    cuts = np.sort(rng.choice(np.arange(1, len(inner)), parts - 1, replace=False))
    pieces = np.split(inner, cuts)
    while True:
        order = rng.permutation(parts)
        # Of few pieces nearly all orders keep some together.
        if (np.diff(order) == 1).sum() <= (1 if parts > 3 else 0):
            break
    rows = np.concatenate([np.arange(ends), *(pieces[k] for k in order), np.arange(m - ends, m)])
    return Features(np.ascontiguousarray(y.values[rows]), y.times)


def _against_line(x: Features, y: Features, metric: str) -> float | None:
    """Cost of paths found by some channels on the others, by that of the straight line there."""
    depth = x.values.shape[1]
    if depth < 2:
        return None
    folds = min(_FOLDS, depth)
    line = _line(len(x), len(y))
    bent = straight = 0.0
    for k in range(folds):
        held = np.arange(depth) % folds == k
        x_kept, y_kept = (Features(np.ascontiguousarray(v.values[:, ~held]), v.times) for v in (x, y))
        there = LocalCost(x.values[:, held], y.values[:, held], metric)
        bent += float(along(there, _path(x_kept, y_kept, metric).pairs).mean())
        straight += float(along(there, line).mean())
    return bent / straight if straight > 0 else 1.0


def _line(n: int, m: int) -> NDArray[np.intp]:
    t = np.linspace(0, 1, max(n, m))
    return np.column_stack([np.rint(t * (n - 1)), np.rint(t * (m - 1))]).astype(np.intp)
