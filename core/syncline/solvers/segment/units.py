"""Units: clusters of frames, as in the first round of HuBERT (Hsu et al., IEEE/ACM TASLP 29, 2021)."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ParameterError
from ...model.segments import Tier
from ...progress import Monitor
from ...registry import number
from ...threads import single_threaded
from . import Segmentation, SegmentProblem, register
from ._rows import rows_at, runs, step_of

__all__ = ["Units", "UnitsParams", "cluster", "shortest", "solve"]

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

_MANY = 100_000
"""Rows from which on batches are clustered."""


@dataclass(frozen=True, eq=False)
class Units:
    """Clusters of rows.

    Attributes
    ----------
    centres
        float64 (k, D), on the scale of the features.
    spread
        float64 (D,): what each channel is divided by before distances are taken.
    labels
        int64 (n,) for each sequence: nearest centre, of equals the lowest.
    inertia
        Sum of squared distances.
    notes
        Sentences to show.
    """

    centres: F64
    spread: F64
    labels: tuple[I64, ...]
    inertia: float
    notes: tuple[str, ...] = ()

    def distances(self, x: F64) -> F64:
        """Squared distances of rows (n, D) from the centres, float64 (n, k)."""
        from sklearn.metrics.pairwise import euclidean_distances

        return euclidean_distances(x / self.spread, self.centres / self.spread, squared=True)


def cluster(
    sequences: Sequence[F64], k: int = 100, *, seed: int = 0, starts: int = 5, monitor: Monitor | None = None
) -> Units:
    """Cluster the rows of all sequences by k-means, each channel scaled by its spread over all of them.

    Lloyd's algorithm from several k-means++ starts; batches beyond 100,000 rows.

    Parameters
    ----------
    sequences
        float64 (nᵢ, D) each.

    Raises
    ------
    ParameterError
        Fewer than one cluster, or nothing to cluster.
    """
    from sklearn.cluster import KMeans, MiniBatchKMeans
    from sklearn.exceptions import ConvergenceWarning

    monitor = monitor or Monitor()
    if k < 1:
        raise ParameterError(f"{k} units were asked for; it must be at least 1.")
    if not len(sequences) or not sum(map(len, sequences)):
        raise ParameterError("There are no rows to find units in.")
    whole = np.concatenate([np.asarray(x, np.float64) for x in sequences])
    spread = whole.std(0)
    spread = np.where(spread > 0, spread, 1.0)
    distinct = len(np.unique(whole, axis=0))
    notes: tuple[str, ...] = ()
    if k > distinct:
        notes = (f"{k} units were asked for, but only {distinct} rows differ.",)
        k = distinct
    make: Any = KMeans if len(whole) <= _MANY else MiniBatchKMeans
    monitor.advance(0, 1)
    with single_threaded(), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        found = make(k, n_init=starts, random_state=seed).fit(whole / spread)
    monitor.advance(1, 1)
    cuts = np.cumsum([len(x) for x in sequences])[:-1]
    labels = tuple(v.astype(np.int64) for v in np.split(found.labels_, cuts))
    return Units(found.cluster_centers_ * spread, spread, labels, float(found.inertia_), notes)


def shortest(costs: F64, least: int, barred: Sequence[int] = ()) -> I64:
    """Label every row so that the costs are least and no run is shorter than `least`, by dynamic programming.

    Parameters
    ----------
    costs
        float64 (n, k): of each label in each row.
    barred
        Rows at which no run may begin.

    Returns
    -------
    int64 (n,); if there are fewer rows than `least`, the one label that costs least.
    """
    from . import _unit_kernels

    n = len(costs)
    least = max(1, least)
    if n <= least:
        return np.full(n, int(costs.sum(0).argmin()), np.int64)
    shut = np.zeros(n + 1, np.bool_)
    shut[list(barred)] = True
    shut[[0, n]] = False
    out = np.empty(n, np.int64)
    _unit_kernels.shortest(np.ascontiguousarray(costs, np.float64), least, shut, out)
    return out


@dataclass(frozen=True)
class UnitsParams:
    """Parameters of `solve`."""

    k: int = number(50, "Units", "How many clusters.", 1, 5000)
    least: float = number(0.03, "Shortest", "Seconds of the shortest piece.", 0.0, 60.0, "s")
    seed: int = number(0, "Seed", "The same seed gives the same units.", 0, 2**31 - 1, advanced=True)


@register("units", "Cluster units", UnitsParams, kinds=("features",))
def solve(problem: SegmentProblem, params: UnitsParams, monitor: Monitor) -> Segmentation:
    """Cluster the rows, and make segments of the runs of a unit, none shorter than asked.

    Raises
    ------
    ParameterError
        As `cluster`, or a boundary outside the recording.
    """
    rows = problem.rows
    x = rows.values.astype(np.float64)
    found = cluster([x], params.k, seed=params.seed, monitor=monitor.part(0.0, 0.8))
    walls = [0, *rows_at(rows, problem.boundaries), len(x)]
    least = max(1, round(params.least / step_of(rows)))
    labels, ends = np.empty(len(x), np.int64), []
    costs = found.distances(x)
    for a, b in pairwise(walls):
        labels[a:b] = shortest(costs[a:b], least)
        ends += [a + 1 + int(t) for t in np.flatnonzero(np.diff(labels[a:b]))] + [b]
    monitor.advance(1, 1)
    names = [str(labels[e - 1]) for e in ends]
    figures = {"units": float(len(found.centres)), "segments": float(len(ends)), "inertia": found.inertia}
    return Segmentation((Tier("units", runs(rows, ends, names)),), figures, found.notes)
