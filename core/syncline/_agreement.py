"""Whether a space that both sides were mapped into holds for channels that had no part in finding it.

A method that learns maps for both sides can make any two recordings look alike. So half of the channels find a path,
and on the other half maps are learned from most of its length and tried on the rest: what correlates there was not made
up.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .model import AUTO, Alignment, Features
from .progress import Monitor
from .solvers.warp import WarpProblem
from .solvers.warp.ctw import CtwParams
from .solvers.warp.ctw import solve as ctw

__all__ = ["Agreement", "agreement", "checked"]

F64 = NDArray[np.float64]

_ROWS = 300
_BLOCKS, _GAP = 5, 5
_WEIGHT, _DEPTH = 0.5, 3
_CHANCE = 0.75
"""Poses of one person before two cameras reached 0.79 to 0.92 with twelve known warps; those of strangers, and random
walks, at most 0.71."""
_SAME = 0.05
_SHRINKAGE = 0.03


@dataclass(frozen=True)
class Agreement:
    """Correlation of channels kept back, in places kept back: along a path of the others, and along constant speed."""

    path: float
    line: float

    @property
    def sentence(self) -> str:
        """What it means for whoever looks at the path."""
        figures = f"{self.path:.2f} along the path, {self.line:.2f} along a linear stretch"
        if self.path < _CHANCE:
            return f"Channels kept back hardly agree ({figures}): the two may have nothing in common, check the path."
        if self.path < self.line - _SAME:
            return f"Channels kept back agree no better than with a linear stretch ({figures}): check the path."
        return f"Channels kept back agree ({figures})."


def agreement(a: Features, b: Features, monitor: Monitor) -> Agreement:
    """Measure what canonical time warping finds on one half of the channels by the other, both ways.

    Parameters
    ----------
    a, b
        With the same channels, at least four, so that halves of them describe the same parts of both sides.
    """
    x, y = a.averaged(_ROWS), b.averaged(_ROWS)
    # Neighbours are often x and y of one point, and stay together.
    half = np.arange(x.values.shape[1]) // 2 % 2 == 0
    line = _straight(len(x), len(y))
    scores: list[tuple[float, float]] = []
    for k, kept in enumerate((half, ~half)):
        monitor.advance(k, 2)
        problem = WarpProblem(_channels(x, ~kept), _channels(y, ~kept))
        pairs = ctw(problem, CtwParams(shrinkage=_SHRINKAGE), monitor.part(k / 2, (k + 1) / 2)).pairs
        u, v = (f.values[:, kept].astype(np.float64) for f in (x, y))
        scores.append((_shared(u, v, pairs), _shared(u, v, line)))
    return Agreement(*(float(s) for s in np.mean(scores, axis=0)))


def checked(alignment: Alignment, monitor: Monitor) -> Alignment:
    """Add to the reason of an automatic choice what `agreement` finds, where both sides were mapped."""
    known, a, b = alignment.resolved, alignment.features_a, alignment.features_b
    if alignment.recipe.method != AUTO or known is None or known.method != "ctw" or a is None or b is None:
        return alignment
    if not 4 <= a.values.shape[1] == b.values.shape[1]:
        return alignment
    sentence = agreement(a, b, monitor).sentence
    return replace(alignment, reason=f"{alignment.reason} {sentence}".strip())


def _channels(features: Features, chosen: NDArray[np.bool_]) -> Features:
    return Features(np.ascontiguousarray(features.values[:, chosen]), features.times)


def _straight(n: int, m: int) -> NDArray[np.intp]:
    t = np.linspace(0, 1, max(n, m))
    return np.column_stack([np.rint(t * (n - 1)), np.rint(t * (m - 1))]).astype(np.intp)


def _shared(x: F64, y: F64, pairs: NDArray[np.integer]) -> float:
    """Correlation of x and y along `pairs` in blocks of it, by maps that the rest of it gave."""
    u, v = x[pairs[:, 0]], y[pairs[:, 1]]
    edges = np.linspace(0, len(pairs), _BLOCKS + 1).astype(int)
    both = one = other = 0.0
    for first, last in pairwise(edges.tolist()):
        # What is next to a block is nearly the same as its ends.
        rest = np.r_[0 : max(0, first - _GAP), min(len(pairs), last + _GAP) : len(pairs)]
        if len(rest) < 2 or first == last:
            continue
        mean, other_mean, maps, other_maps = _maps(u[rest], v[rest])
        p, q = (u[first:last] - mean) @ maps, (v[first:last] - other_mean) @ other_maps
        both, one, other = both + float((p * q).sum()), one + float((p * p).sum()), other + float((q * q).sum())
    return both / np.sqrt(one * other) if one > 0 and other > 0 else 0.0


def _maps(x: F64, y: F64) -> tuple[F64, F64, F64, F64]:
    """Means, and the maps of CCA with strong shrinkage."""
    from scipy.linalg import eigh

    means = x.mean(0), y.mean(0)
    centred = [z - m for z, m in zip((x, y), means, strict=True)]
    scales = [max(float(np.sqrt((z**2).sum() / z.shape[1])), 1e-12) for z in centred]
    sides = [z / s for z, s in zip(centred, scales, strict=True)]
    p, q = (s.shape[1] for s in sides)
    within, across = np.zeros((p + q, p + q)), np.zeros((p + q, p + q))
    within[:p, :p] = (1 - _WEIGHT) * sides[0].T @ sides[0] + _WEIGHT * np.eye(p)
    within[p:, p:] = (1 - _WEIGHT) * sides[1].T @ sides[1] + _WEIGHT * np.eye(q)
    across[:p, p:] = sides[0].T @ sides[1]
    across[p:, :p] = across[:p, p:].T
    found = eigh(across, within, subset_by_index=[max(0, p + q - _DEPTH), p + q - 1])[1]
    return means[0], means[1], found[:p] / scales[0], found[p:] / scales[1]
