"""Many recordings on one clock: that of one of them, or of their average."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .atomic import replacing
from .errors import ExportError, ParameterError
from .extraction import AUTOMATIC, both, described, extract_side
from .features import _choice as choosing
from .features._combine import combine_all
from .model import FeatureRecipe, Features, Media, Pair, WarpingPath
from .pipeline import USUAL, filled, open_media, parse_features
from .progress import Monitor
from .solvers.warp import REGISTRY as SOLVERS
from .solvers.warp import WarpProblem
from .solvers.warp.dba import DbaParams, barycentre, medoid
from .threads import single_threaded

__all__ = ["Together", "align_many", "save_together"]

MOST = 64
"""Recordings at a time; their features are in memory together."""


@dataclass(frozen=True, eq=False)
class Together:
    """Recordings on one clock.

    Attributes
    ----------
    media
        In the order they were given.
    reference
        Whose clock it is; None: that of their average.
    clock
        float64 (T,) seconds, strictly ascending: rows of the reference or of the average.
    paths
        One a recording, from the clock to it; the reference's own is the straight line.
    features
        What was compared, one a recording, all with the same columns.
    recipe, reason
        Of the features; see `align`.
    costs
        Summed squared costs of the average, one a round, never rising; empty with a reference.
    """

    media: tuple[Media, ...]
    reference: int | None
    clock: NDArray[np.float64]
    paths: tuple[WarpingPath, ...]
    features: tuple[Features, ...]
    recipe: FeatureRecipe
    reason: str
    costs: tuple[float, ...] = ()

    def times(self, t: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """Seconds of every recording, float64 (len(t), n), at seconds `t` of the clock; None: at its rows."""
        at = self.clock if t is None else np.asarray(t, np.float64)
        return np.column_stack([path.to_b(at) for path in self.paths])

    def between(self, source: int, target: int, t: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map seconds of one recording to seconds of another."""
        return self.paths[target].to_b(self.paths[source].to_a(t))


def align_many(
    media: Sequence[str | Path | Media],
    *,
    reference: int | str = "barycentre",
    features: str | FeatureRecipe = "auto",
    method: str = USUAL,
    params: Any = None,
    budget: int = 1 << 30,
    monitor: Monitor | None = None,
) -> Together:
    """Lay two or more recordings on one clock.

    Parameters
    ----------
    media
        Paths, or media that are open already.
    reference
        Index of the recording whose clock is taken; ``"medoid"``: of the one nearest to all others; ``"barycentre"``:
        the clock of their average (see `solvers.warp.dba.barycentre`), whose moments lie at the mean of the times at
        which the recordings have them.
    features
        As in `align`; an automatic choice looks at the first two.
    method, params
        The solver that lays each recording on the reference. The average has its own: symmetric1, squared Euclidean.
    budget
        Bytes a solver may take.

    Raises
    ------
    ParameterError, MediaError, Infeasible, OverBudget
        One sentence each.

    Examples
    --------
    >>> together = sl.align_many(["a.mp4", "b.mp4", "c.mp4"])
    >>> together.times()                     # (T, 3) seconds
    >>> together.between(0, 2, np.array([1.5]))
    """
    monitor = monitor or Monitor()
    if not 2 <= len(media) <= MOST:
        raise ParameterError(f"Name from 2 to {MOST} recordings, not {len(media)}.")
    if isinstance(reference, int):
        if not 0 <= reference < len(media):
            raise ParameterError(f"There are {len(media)} recordings, numbered from 0; there is no number {reference}.")
    elif reference not in ("barycentre", "medoid"):
        raise ParameterError(f"The reference is a number, “medoid” or “barycentre”, not “{reference}”.")
    count = len(media)
    opening = monitor.part(0.0, 0.1, "Opening")
    opened: list[Media] = []
    for k, medium in enumerate(media):
        part = opening.part(k / count, (k + 1) / count)
        opened.append(medium if isinstance(medium, Media) else open_media(medium, monitor=part))
    recipe = parse_features(features) if isinstance(features, str) and features != "auto" else features
    wanted = recipe if isinstance(recipe, FeatureRecipe) else AUTOMATIC
    rows, resolved, reason = _features(opened, wanted, monitor.part(0.1, 0.6))
    if reference == "barycentre":
        return _averaged(opened, rows, resolved, reason, budget, monitor.part(0.6, 1.0))
    if isinstance(reference, str):
        reference = medoid(rows, monitor.part(0.6, 0.8, "Looking for the middle one"), budget)
    solver, complete = SOLVERS[method], filled(method, params)
    aligning = monitor.part(0.8, 1.0, "Aligning")
    paths: list[WarpingPath] = []
    for k, other in enumerate(rows):
        part = aligning.part(k / count, (k + 1) / count)
        if k == reference:
            straight = np.column_stack([np.arange(len(other))] * 2)
            paths.append(WarpingPath(straight, other.times, other.times, 0.0))
        else:
            paths.append(solver.call(WarpProblem(rows[reference], other, budget=budget), complete, part))
    return Together(tuple(opened), reference, rows[reference].times, tuple(paths), tuple(rows), resolved, reason)


def _features(
    media: Sequence[Media], recipe: FeatureRecipe, monitor: Monitor
) -> tuple[list[Features], FeatureRecipe, str]:
    """Features of all, scaled and reduced by one rule."""
    first = described(Pair(media[0], media[1]), recipe, monitor.part(0.0, 2 / len(media)))
    if len(first.weights) != len(first.recipe.terms):
        raise ParameterError("The recordings are of different kinds; lay those of one kind on one clock.")
    sides = [first.a, first.b]
    rest = list(media[2:])
    for medium in rest:
        # Refuses what can't be described by these terms.
        choosing.complete(Pair(media[0], medium), first.recipe)
    extracting = monitor.part(2 / len(media), 1.0, "Extracting features")
    terms = list(first.recipe.terms)
    with single_threaded():
        for k in range(0, len(rest), 2):
            part = extracting.part(k / len(rest), min(k + 2, len(rest)) / len(rest))
            if k + 1 < len(rest):
                two = [lambda m, medium=medium: extract_side(medium, terms, m) for medium in rest[k : k + 2]]
                sides += both(part, "Extracting features", two[0], two[1])
            else:
                sides.append(extract_side(rest[k], terms, part))
        rows = combine_all(sides, first.weights, first.leader, first.recipe.components)
    return rows, first.recipe, first.reason


def _averaged(
    media: Sequence[Media], rows: list[Features], recipe: FeatureRecipe, reason: str, budget: int, monitor: Monitor
) -> Together:
    found = barycentre(rows, DbaParams(), budget=budget, monitor=monitor)
    # A moment of the average lies where the recordings have it on average.
    length = len(found.values)
    clock = np.zeros(length)
    for path, row in zip(found.paths, rows, strict=True):
        starts = np.searchsorted(path.pairs[:, 0], np.arange(length))
        counts = np.diff(np.r_[starts, len(path)])
        clock += np.add.reduceat(row.times[path.pairs[:, 1]], starts) / counts / len(rows)
    # Rows that share all their partners would share their time.
    clock += 1e-9 * np.arange(length)
    paths = tuple(
        replace(p, a_times=clock, b_times=r.times, blocks=None) for p, r in zip(found.paths, rows, strict=True)
    )
    return Together(tuple(media), None, clock, paths, tuple(rows), recipe, reason, found.costs)


def save_together(together: Together, target: str | Path) -> Path:
    """Write a table: seconds of the clock, and beside it those of every recording, one row a row of the clock.

    UTF-8, lines end with a line feed, seconds read back unchanged. The file is complete or not there.

    Raises
    ------
    ExportError
        The folder can't be written to.
    """
    path = Path(target)
    if path.suffix.lower() != ".csv":
        raise ExportError(f"“{path}” must end in .csv.")
    names: list[str] = []
    for k, medium in enumerate(together.media, 1):
        # Two takes of one name must be told apart.
        name = medium.path.stem
        names.append(name if all(m.path.stem != name for m in together.media[: k - 1]) else f"{name} ({k})")
    with replacing(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["clock", *names])
        table.writerows(zip(together.clock.tolist(), *together.times().T.tolist(), strict=True))
    return path
