"""Several feature sequences of one medium made into one, both media by the same rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..errors import ParameterError
from ..model import Features

__all__ = ["alone", "combine", "factor", "joined", "principal", "resampled", "typical"]


def combine(
    a: Sequence[Features], b: Sequence[Features], weights: Sequence[float], leader: int, components: int = 0
) -> tuple[Features, Features]:
    """Scale, weigh and join the terms of both sides, and reduce them together.

    Parameters
    ----------
    a, b
        One `Features` a term, the same terms in the same order.
    weights
        What each term's mean squared distance between a row of A and a row of B comes to.
    leader
        The term whose times the result has.
    components
        Number of principal components kept; 0 keeps all columns as they are.

    Raises
    ------
    ParameterError
        A term has different numbers of columns on the two sides.
    """
    first, second = combine_all((a, b), weights, leader, components)
    return first, second


def combine_all(
    sides: Sequence[Sequence[Features]], weights: Sequence[float], leader: int, components: int = 0
) -> list[Features]:
    """`combine` for two recordings or more; scales are those between the first one and all others."""
    for term in zip(*sides, strict=True):
        first = term[0].values.shape[1]
        other = next((f.values.shape[1] for f in term if f.values.shape[1] != first), first)
        if other != first:
            raise ParameterError(
                f"A has {first} channels and B has {other}: to be compared row by row they need the same number."
            )
    factors: list[float] = []
    for weight, term in zip(weights, zip(*sides, strict=True), strict=True):
        factors.append(factor(term[0].values, _stacked([f.values for f in term[1:]]), weight))
    rows = [joined(side, factors, leader) for side in sides]
    if 0 < components < rows[0].values.shape[1]:
        shift, axes = principal(rows[0].values, _stacked([f.values for f in rows[1:]]), components)
        rows = [
            replace(f, values=np.ascontiguousarray((f.values - shift) @ axes, np.float32), channels=()) for f in rows
        ]
    return rows


def alone(terms: Sequence[Features], weights: Sequence[float], leader: int, components: int = 0) -> Features:
    """`combine` for a recording whose features the other one doesn't have: scaled and reduced by itself."""
    rows = joined(terms, [factor(f.values, f.values, w) for f, w in zip(terms, weights, strict=True)], leader)
    if 0 < components < rows.values.shape[1]:
        shift, axes = principal(rows.values, rows.values, components)
        rows = replace(rows, values=np.ascontiguousarray((rows.values - shift) @ axes, np.float32), channels=())
    return rows


def _stacked(parts: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def typical(x: NDArray[np.float32], y: NDArray[np.float32], rows: int = 500) -> float:
    """Mean squared distance between a row of x (n, D) and a row of y (m, D), both far from each other or near.

    Taken over rows spread evenly; the farthest 5 % count as no farther than the rest, so that a flash or a
    click doesn't set the scale.
    """
    u, v = (
        z[np.unique(np.linspace(0, len(z) - 1, min(rows, len(z))).round().astype(int))].astype(np.float64)
        for z in (x, y)
    )
    centre = (u.mean(0) + v.mean(0)) / 2
    u, v = u - centre, v - centre
    d = np.maximum(0, (u**2).sum(1)[:, None] + (v**2).sum(1) - 2 * u @ v.T)
    return float(np.minimum(d, np.quantile(d, 0.95)).mean())


def principal(
    x: NDArray[np.float32], y: NDArray[np.float32], components: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Principal axes of the rows of both sides, each side counting half whatever its length.

    Returns the shift float32 (D,) and the axes float32 (D, components). An axis's largest entry is positive, so
    that the same input gives the same signs everywhere.
    """
    shift = ((x.mean(0, dtype=np.float64) + y.mean(0, dtype=np.float64)) / 2).astype(np.float32)
    scatter = np.zeros((x.shape[1], x.shape[1]))
    for z in (x, y):
        for at in range(0, len(z), 8192):
            piece = z[at : at + 8192] - shift
            scatter += (piece.T @ piece).astype(np.float64) / len(z)
    axes = np.linalg.eigh(scatter)[1][:, ::-1][:, :components]
    signs = np.sign(axes[np.abs(axes).argmax(0), np.arange(axes.shape[1])])
    return shift, np.ascontiguousarray(axes * signs, np.float32)


def resampled(features: Features, times: NDArray[np.float64]) -> NDArray[np.float32]:
    """Values at other times (T,): linear in between, held beyond the ends.

    Where the new rows are wider apart than the old ones, each is the mean over the span it stands for.
    """
    if len(features) == 1 or np.array_equal(times, features.times):
        return features.values if len(features) == len(times) else np.repeat(features.values, len(times), axis=0)
    old = features.times
    if len(times) > 1 and np.median(np.diff(times)) > 1.5 * np.median(np.diff(old)):
        middle = (times[1:] + times[:-1]) / 2
        edges = np.r_[times[0] - (middle[0] - times[0]), middle, times[-1] + (times[-1] - middle[-1])]
        knots = np.r_[old[0], (old[1:] + old[:-1]) / 2, old[-1]]
        sums = np.zeros((len(knots), features.values.shape[1]))
        np.cumsum(features.values * np.diff(knots)[:, None], axis=0, out=sums[1:])
        inside = np.clip(edges, knots[0], knots[-1])
        span = np.diff(inside)
        means = np.diff(_linear(knots, sums, inside), axis=0) / np.where(span > 0, span, 1)[:, None]
        return np.where((span > 0)[:, None], means, _linear(old, features.values, times)).astype(np.float32)
    return _linear(old, features.values, times).astype(np.float32)


def factor(x: NDArray[np.float32], y: NDArray[np.float32], weight: float) -> float:
    """By what values are multiplied so that a row of x (n, D) and one of y (m, D) lie `weight` apart, squared."""
    size = typical(x, y)
    return float(np.sqrt(weight / size)) if size > 0 else 1.0


def joined(terms: Sequence[Features], factors: Sequence[float], leader: int) -> Features:
    """Terms side by side, each multiplied by its factor, at the times of the one that leads."""
    times = terms[leader].times
    columns = [resampled(f, times) * np.float32(s) for f, s in zip(terms, factors, strict=True)]
    names = terms[0].channels if len(terms) == 1 else ()
    values = columns[0] if len(columns) == 1 else np.hstack(columns)
    return Features(np.ascontiguousarray(values, np.float32), times, names)


def _linear(old: NDArray[np.float64], values: NDArray[np.floating], times: NDArray[np.float64]) -> NDArray[np.float64]:
    right = np.clip(np.searchsorted(old, times), 1, len(old) - 1)
    share = np.clip((times - old[right - 1]) / (old[right] - old[right - 1]), 0, 1)[:, None]
    return values[right - 1] * (1 - share) + values[right] * share
