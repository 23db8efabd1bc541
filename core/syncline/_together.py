"""Many recordings on one clock: that of one of them, or of their average."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._moments import between, checked, completed
from .atomic import replacing
from .errors import ExportError, Infeasible, ParameterError
from .extraction import AUTOMATIC, both, described, extract_side
from .features import _choice as choosing
from .features._combine import combine_all
from .model import Constraints, FeatureRecipe, Features, Media, Pair, WarpingPath
from .model.media import nearest
from .pipeline import USUAL, filled, open_media, parse_features
from .progress import Monitor
from .solvers.warp import REGISTRY as SOLVERS
from .solvers.warp import WarpProblem
from .solvers.warp._views import raster
from .solvers.warp.dba import SQUARED, DbaParams, barycentre, medoid
from .solvers.warp.dtw import solve as dtw
from .solvers.warp.gctw import GctwParams, Piece, warps
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
        Summed squared costs of the average, one a round, never rising; empty without an average.
    moments
        float64 (K, n) in order of time: what was known beforehand, seconds of each recording, NaN where unknown.
    """

    media: tuple[Media, ...]
    reference: int | None
    clock: NDArray[np.float64]
    paths: tuple[WarpingPath, ...]
    features: tuple[Features, ...]
    recipe: FeatureRecipe
    reason: str
    costs: tuple[float, ...] = ()
    moments: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 0)))

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
    moments: Sequence[Sequence[float | None]] | NDArray[np.float64] = (),
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
        a clock of their own, whose moments lie at the mean of the times at which the recordings have them.
    features
        As in `align`; an automatic choice looks at the first two.
    method, params
        The solver that lays each recording on the reference. A clock of their own is that of their average with
        ``"dtw"`` (`solvers.warp.dba.barycentre`: symmetric1, squared Euclidean, whatever `params` say), or the latent
        one of ``"gctw"``.
    moments
        What is known beforehand, (K, n): a row is one moment, as seconds of each recording, None or NaN where it is
        not known. Every path, in every round, leads through all of it.
    budget
        Bytes a solver may take.

    Raises
    ------
    ParameterError, MediaError, Infeasible, OverBudget
        One sentence each.

    Examples
    --------
    >>> together = sl.align_many(["a.mp4", "b.mp4", "c.mp4"], moments=[[1.0, 1.4, None]])
    >>> together.times()                     # (T, 3) seconds
    >>> together.between(0, 2, np.array([1.5]))
    """
    monitor = monitor or Monitor()
    _refuse(len(media), reference, method)
    count = len(media)
    opening = monitor.part(0.0, 0.1, "Opening")
    opened: list[Media] = []
    for k, medium in enumerate(media):
        part = opening.part(k / count, (k + 1) / count)
        opened.append(medium if isinstance(medium, Media) else open_media(medium, monitor=part))
    known = checked(moments, opened)
    recipe = parse_features(features) if isinstance(features, str) and features != "auto" else features
    wanted = recipe if isinstance(recipe, FeatureRecipe) else AUTOMATIC
    rows, resolved, reason = _features(opened, wanted, monitor.part(0.1, 0.6))
    together = Together(tuple(opened), None, np.zeros(0), (), tuple(rows), resolved, reason, moments=known)
    if reference == "barycentre" and method == "gctw":
        return _latent(together, filled(method, params), monitor.part(0.6, 1.0))
    if isinstance(reference, str):
        looking = monitor.part(0.6, 0.8, "Looking for the middle one")
        middle = medoid(rows, looking, budget, lambda i, j: between(known, i, j))
        if reference == "barycentre":
            return _averaged(together, middle, budget, monitor.part(0.8, 1.0))
        reference = middle
    complete = filled(method, params)

    def solve(k: int, constraints: Constraints, part: Monitor) -> WarpingPath:
        return SOLVERS[method].call(WarpProblem(rows[reference], rows[k], constraints, budget=budget), complete, part)

    known = _on(together, reference, solve, monitor)
    aligning = monitor.part(0.8, 1.0, "Aligning")
    paths: list[WarpingPath] = []
    for k, other in enumerate(rows):
        part = aligning.part(k / count, (k + 1) / count)
        if k == reference:
            straight = np.column_stack([np.arange(len(other))] * 2)
            paths.append(WarpingPath(straight, other.times, other.times, 0.0))
            continue
        try:
            paths.append(solve(k, between(known, reference, k), part))
        except Infeasible as error:
            raise Infeasible(f"“{opened[reference].name}” and “{opened[k].name}”: {error}") from error
    return replace(together, reference=reference, clock=rows[reference].times, paths=tuple(paths))


def _refuse(count: int, reference: int | str, method: str) -> None:
    """Refuse what can be told before anything is opened."""
    if not 2 <= count <= MOST:
        raise ParameterError(f"Name from 2 to {MOST} recordings, not {count}.")
    if isinstance(reference, int):
        if not 0 <= reference < count:
            raise ParameterError(f"There are {count} recordings, numbered from 0; there is no number {reference}.")
    elif reference not in ("barycentre", "medoid"):
        raise ParameterError(f"The reference is a number, “medoid” or “barycentre”, not “{reference}”.")
    if reference == "barycentre" and method not in (USUAL, "gctw"):
        raise ParameterError(
            f"A clock of their own is found by “{USUAL}” or “gctw”, not by “{method}”; take one recording's clock."
        )


def _on(
    together: Together, reference: int, solve: Callable[[int, Constraints, Monitor], WarpingPath], monitor: Monitor
) -> NDArray[np.float64]:
    """The moments with seconds of the reference too: where it is not known, the path of the first recording tells."""

    def guess(known: NDArray[np.float64], moment: int, _column: int) -> float:
        first = int(np.flatnonzero(np.isfinite(known[moment]))[0])
        part = Monitor(lambda *_: monitor.check())
        path = solve(first, between(known, reference, first), part)
        clock = together.features[reference].times
        return float(clock[nearest(clock, np.clip(path.to_a(known[moment, first]), clock[0], clock[-1]))])

    return completed(together.moments, [reference], guess)


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


def _averaged(together: Together, start: int, budget: int, monitor: Monitor) -> Together:
    """On the clock of their average, which begins as recording `start`."""
    rows = together.features

    def solve(k: int, constraints: Constraints, part: Monitor) -> WarpingPath:
        return dtw(WarpProblem(rows[start], rows[k], constraints, budget=budget), SQUARED, part)

    # A moment lies on the same row of the average in every round: where the start has it.
    known = _on(together, start, solve, monitor)
    held = [between(known, start, k) for k in range(len(rows))]
    found = barycentre(rows, DbaParams(), start=start, constraints=held, budget=budget, monitor=monitor)
    clock = np.zeros(len(found.values))
    for path, row in zip(found.paths, rows, strict=True):
        starts = np.searchsorted(path.pairs[:, 0], np.arange(len(clock)))
        counts = np.diff(np.r_[starts, len(path)])
        clock += np.add.reduceat(row.times[path.pairs[:, 1]], starts) / counts / len(rows)
    return replace(_on_clock(together, clock, found.paths), costs=found.costs)


def _latent(together: Together, params: GctwParams, monitor: Monitor) -> Together:
    """On the latent clock of generalized canonical time warping."""
    rows = together.features
    ends = np.array([len(r) - 1 for r in rows])

    def warped(known: NDArray[np.float64], part: Monitor) -> NDArray[np.float64]:
        """Rows of every recording at each step of the latent clock: (l, n)."""
        whole = known[np.isfinite(known).all(1)]
        stops = [nearest(r.times, whole[:, k]) for k, r in enumerate(rows)]
        corners = np.vstack([np.zeros_like(ends), np.column_stack(stops), ends]).astype(np.intp)
        pieces = [Piece(s, e, fresh=not k) for k, (s, e) in enumerate(pairwise(corners)) if (e > s).any()]
        return np.concatenate(warps([r.values for r in rows], params, part, pieces).curves)

    def guess(known: NDArray[np.float64], moment: int, column: int) -> float:
        curves = warped(known, Monitor(lambda *_: monitor.check()))
        steps = np.arange(len(curves))
        there = [k for k in range(len(rows)) if np.isfinite(known[moment, k])]
        at = [np.interp(nearest(rows[k].times, known[moment, k]), curves[:, k], steps) for k in there]
        return float(
            np.interp(
                np.interp(np.mean(at), steps, curves[:, column]), np.arange(len(rows[column])), rows[column].times
            )
        )

    known = completed(together.moments, range(len(rows)), guess)
    curves = warped(known, monitor)
    steps = np.arange(len(curves), dtype=np.float64)
    clock = np.mean([np.interp(curves[:, k], np.arange(len(r)), r.times) for k, r in enumerate(rows)], axis=0)
    cells = [raster(np.column_stack([steps, c])) for c in curves.T]
    # What is minimised is no sum over one recording's path.
    paths = [WarpingPath(p, clock, r.times, np.nan) for p, r in zip(cells, rows, strict=True)]
    return _on_clock(together, clock, paths)


def _on_clock(together: Together, clock: NDArray[np.float64], paths: Sequence[WarpingPath]) -> Together:
    """Everything on a clock of their own, which never falls."""
    # Rows that share all their partners would share their time.
    clock = clock + 1e-9 * np.arange(len(clock))
    paths = tuple(
        replace(p, a_times=clock, b_times=r.times, blocks=None) for p, r in zip(paths, together.features, strict=True)
    )
    return replace(together, clock=clock, paths=paths)


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
