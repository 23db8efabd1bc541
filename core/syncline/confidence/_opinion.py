"""Where each moment of A most probably lies, by two witnesses: the features, and a smooth curve through the anchors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..progress import Monitor
from ..solvers.warp._plan import Given, Plan
from ..solvers.warp._posterior import Piece, ahead
from ._band import Question

__all__ = ["Opinion", "opinion"]

_F64 = NDArray[np.float64]

_SCALED = 2.0
"""By how much the posterior's variance is too small, before any anchor tells better: costs of neighbours are alike."""
_CURVE = 0.2
"""Rows of B for each row of distance from an anchor, that the curve is off by before any anchor tells better."""
_FEATURES = 0.01
"""The same of the features' posterior, …"""
_REACH = 200
"""… up to so many rows: features that mislead do so for a while."""
_FLOOR = 0.1
"""Least variance, rows²: an answer is a whole row."""


@dataclass(frozen=True, eq=False)
class Opinion:
    """`mean` and `variance` of where the rows of A lie, float64 (n,), (n,) in rows of B and their squares."""

    mean: _F64
    variance: _F64


class _Knot(NamedTuple):
    row: float
    column: float
    id: int | None


def opinion(q: Question, pieces: list[Piece], plan: Plan, monitor: Monitor) -> Opinion:
    """Weigh the posterior and a monotone cubic (Fritsch & Carlson 1980) through all fixed cells by their variances.

    How far either is to be trusted is learnt from the anchors that are there: each is left out by itself, and what
    would have been said of it is held against the answer. The posterior's own variance is scaled by the mean squared
    standardised deviation; both get a deviation that grows with the distance from the nearest anchor.
    """
    n, columns = len(q.a), np.arange(len(q.b), dtype=float)
    rows = np.arange(n, dtype=float)
    mean = np.interp(q.path.to_b(q.a.times), q.b.times, columns)
    spread = np.zeros(n)
    hop = float(q.b.times[-1] - q.b.times[0]) / max(len(q.b) - 1, 1) or 1.0
    for piece in sorted(pieces, key=lambda p: p.fixed):
        centre, width = piece.places.moments(q.b.times)
        mean[piece.places.rows] = np.interp(centre, q.b.times, columns)
        spread[piece.places.rows] = width / hop
    groups = _knots(plan, n, len(q.b))
    curve = _curve(groups, rows)
    away = _distance([k.row for group in groups for k in group], rows)
    scaled, off_features, off_curve = [_SCALED], [_FEATURES**2], [_CURVE**2]
    seen = ahead(q.a, q.b, q.metric, q.path, q.window, plan, q.gamma, q.cells, monitor)
    for number, (b, centre, width) in seen.items():
        left = [[k for k in group if k.id != number] for group in groups]
        knot = next(k for group in groups for k in group if k.id == number)
        near = float(_distance([k.row for group in left for k in group], np.array([knot.row]))[0]) + 1
        deviation = (b - centre) / hop
        scaled.append(deviation**2 / ((width / hop) ** 2 + 0.25))
        off_features.append(deviation**2 / min(near, _REACH) ** 2)
        off_curve.append(float(_curve(left, np.array([knot.row]))[0] - knot.column) ** 2 / near**2)
    factor, slope, bend = min(float(np.mean(scaled)), 4.0), float(np.mean(off_features)), float(np.mean(off_curve))
    by_features = np.maximum(spread**2 * factor, slope * np.minimum(away, _REACH) ** 2) + _FLOOR
    by_curve = bend * away**2 + _FLOOR
    weight = by_curve / (by_features + by_curve)
    return Opinion(weight * mean + (1 - weight) * curve, weight * by_features)


def _knots(plan: Plan, n: int, m: int) -> list[list[_Knot]]:
    """Fixed cells of the plan, a list for each unbroken piece; ends that are free to move are taken at the corners."""
    groups: list[list[_Knot]] = [[]]
    for part in plan.parts:
        if isinstance(part, Given):
            if part.fresh and groups[-1]:
                groups.append([])
            groups[-1] += [_Knot(float(i), float(j), part.id) for i, j in part.cells.tolist()]
        else:
            groups[-1] += [
                _Knot(float(part.r0), float(part.c0), part.before),
                _Knot(float(part.r1), float(part.c1), part.after),
            ]
    whole = [_Knot(-0.5, -0.5, None), _Knot(n - 0.5, m - 0.5, None)]
    if len(groups) == 1:
        # The very corners: half a row beyond the first cell and the last.
        groups[0] = [whole[0], *(k for k in groups[0] if k.id is not None), whole[1]]
    return groups


def _curve(groups: list[list[_Knot]], rows: _F64) -> _F64:
    from scipy.interpolate import PchipInterpolator

    out = np.full(len(rows), np.nan)
    for group in groups:
        x, index = np.unique([k.row for k in group], return_index=True)
        y = np.array([group[k].column for k in index])
        if len(x) == 1:
            here = rows == x[0]
            out[here] = y[0]
        elif len(x) > 1:
            here = (rows >= x[0]) & (rows <= x[-1])
            out[here] = np.interp(rows[here], x, y) if len(x) == 2 else PchipInterpolator(x, y)(rows[here])
    # Rows that a jump leaves out lie nowhere; what stands there is never looked at.
    known = np.isfinite(out)
    return np.interp(rows, rows[known], out[known]) if known.any() else np.zeros(len(rows))


def _distance(knots: list[float], rows: _F64) -> _F64:
    at = np.unique(knots)
    after = np.clip(np.searchsorted(at, rows), 0, len(at) - 1)
    before = np.clip(after - 1, 0, len(at) - 1)
    return np.maximum(np.minimum(np.abs(rows - at[after]), np.abs(rows - at[before])), 0)
