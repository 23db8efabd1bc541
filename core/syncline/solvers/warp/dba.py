"""Barycentre averaging: the sequence that lies nearest to several others under dynamic time warping."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import ParameterError
from ...model import Constraints, Features, WarpingPath
from ...progress import Monitor
from ...registry import number
from . import WarpProblem
from .dtw import DtwParams, solve

__all__ = ["Barycentre", "DbaParams", "barycentre", "medoid"]

SQUARED = DtwParams(metric="sqeuclidean", step_pattern="symmetric1")
ROUNDING = 1e-9
"""Relative fall of the cost below which it stands still."""


@dataclass(frozen=True)
class DbaParams:
    """Parameters of `barycentre`."""

    rounds: int = number(30, "Rounds", "At most; it ends as soon as the cost stands still.", low=0, high=10_000)


@dataclass(frozen=True, eq=False)
class Barycentre:
    """An average of sequences.

    Attributes
    ----------
    values
        float32 (T, D).
    paths
        One a sequence, from the rows of the average to its rows.
    costs
        Summed squared costs of the paths, one a round, never rising.
    start
        Which sequence it began as.
    """

    values: NDArray[np.float32]
    paths: tuple[WarpingPath, ...]
    costs: tuple[float, ...]
    start: int


def medoid(
    sequences: Sequence[Features],
    monitor: Monitor | None = None,
    budget: int = 1 << 30,
    between: Callable[[int, int], Constraints] | None = None,
) -> int:
    """Which sequence has the least sum of squared costs to all others; the first of several.

    `between` says what is known of two of them.
    """
    monitor, between = monitor or Monitor(), between or (lambda _i, _j: Constraints())
    count = len(sequences)
    pairs = [(i, j) for i in range(count) for j in range(i + 1, count)]
    sums = np.zeros(count)
    for k, (i, j) in enumerate(pairs):
        part = monitor.part(k / len(pairs), (k + 1) / len(pairs))
        cost = solve(WarpProblem(sequences[i], sequences[j], between(i, j), budget=budget), SQUARED, part).cost
        sums[[i, j]] += cost
    return int(sums.argmin())


def barycentre(
    sequences: Sequence[Features],
    params: DbaParams | None = None,
    *,
    start: int | None = None,
    constraints: Sequence[Constraints] | None = None,
    budget: int = 1 << 30,
    monitor: Monitor | None = None,
    live: Callable[[int, float], None] | None = None,
) -> Barycentre:
    """Average sequences of any lengths: DTW barycentre averaging.

    All are aligned to the average (symmetric1, squared Euclidean), then each row of it becomes the mean of all rows
    that lie on it. Neither half can raise the summed cost.

    Parameters
    ----------
    sequences
        Features (N, D), (M, D), …; their times serve only to place constraints.
    start
        Which to begin with; None: the medoid.
    constraints
        One a sequence, A being the average, whose rows have the times of the start's; every round obeys them.
    live
        Called with the round and the summed cost.

    Raises
    ------
    ParameterError
        None, or of different channels.
    Infeasible
        No path obeys the constraints of a sequence.
    Cancelled
        The monitor was told to stop.

    References
    ----------
    F. Petitjean, A. Ketterlin, P. Gançarski, A global averaging method for dynamic time warping, Pattern Recognition 44
    (2011).
    """
    params, monitor = params or DbaParams(), monitor or Monitor()
    if not sequences:
        raise ParameterError("There is nothing to average.")
    if len({s.values.shape[1] for s in sequences}) > 1:
        raise ParameterError("The sequences have different numbers of channels; describe them alike.")
    if start is None:
        start = medoid(sequences, monitor.part(0.0, 0.3, "Looking for the middle one"), budget)
    held = constraints or [Constraints()] * len(sequences)
    clock = sequences[start].times
    values = sequences[start].values.astype(np.float64)
    rest = monitor.part(0.3, 1.0, "Averaging")
    costs: list[float] = []
    best: tuple[NDArray[np.float32], tuple[WarpingPath, ...]] | None = None
    for turn in range(params.rounds + 1):
        centre = Features(values.astype(np.float32), clock)
        paths: list[WarpingPath] = []
        for k, sequence in enumerate(sequences):
            rest.advance(turn + k / len(sequences), params.rounds + 1)
            part = Monitor(lambda *_: monitor.check())
            paths.append(solve(WarpProblem(centre, sequence, held[k], budget=budget), SQUARED, part))
        cost = float(sum(p.cost for p in paths))
        # What rounding to float32 raises is not kept.
        if best is not None and cost >= costs[-1] * (1 - ROUNDING):
            break
        best = centre.values, tuple(paths)
        costs.append(cost)
        if live is not None:
            live(turn, cost)
        values = _means(sequences, paths, len(clock))
    assert best is not None
    return Barycentre(*best, tuple(costs), start)


def _means(sequences: Sequence[Features], paths: Sequence[WarpingPath], length: int) -> NDArray[np.float64]:
    """The mean of all rows that lie on each row of the average: (T, D)."""
    total = np.zeros((length, sequences[0].values.shape[1]))
    count = np.zeros(length)
    for sequence, path in zip(sequences, paths, strict=True):
        # Rows of the average rise along a path: what lies on one stands side by side.
        starts = np.searchsorted(path.pairs[:, 0], np.arange(length))
        rows = sequence.values[path.pairs[:, 1]].astype(np.float64)
        total += np.add.reduceat(rows, starts, axis=0)
        count += np.diff(np.r_[starts, len(path)])
    return total / count[:, None]
