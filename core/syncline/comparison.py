"""Methods and features side by side on one pair: the honest comparison, with a straight line to beat.

>>> import syncline as sl
>>> found = sl.compare(pair, ["dtw", "dtw:step_pattern=symmetricP1"], ["auto", "appearance"])
>>> for row in found.rows:
...     print(row.method, row.features, row.trouble or row.figures()["mean_ms"])
>>> sl.export_comparison(found, "table.html")
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import pipeline
from ._comparison_files import SUFFIXES, export_comparison, heading, record
from .cost import along
from .errors import ParameterError, SynclineError
from .extraction import extracted
from .features import _choice as choosing
from .model import AUTO, Alignment, Constraints, FeatureRecipe, Features, LocalCost, Pair, Recipe, WarpingPath
from .model.comparison import Comparison, Row, worded
from .progress import Monitor
from .quality import frame_number, judge, path_difference, progression
from .solvers.warp import REGISTRY as SOLVERS

__all__ = [
    "STRETCH",
    "SUFFIXES",
    "Comparison",
    "Row",
    "compare",
    "evaluate",
    "export_comparison",
    "heading",
    "joined",
    "record",
    "split",
    "stretch",
    "worded",
]

STRETCH = "uniform stretch"
"""The method of the last row: the baseline that every method has to beat."""
_EXTRACTING = 0.5
"""Share of the progress bar; features come from the cache the second time."""

F64 = NDArray[np.float64]


def split(words: str) -> list[str]:
    """``"dtw,dtw:window=slanted,radius=1,offset"`` as ``["dtw", "dtw:window=slanted,radius=1", "offset"]``."""
    return [word.strip() for word in re.split(r",(?!\s*\w+\s*=)", words) if word.strip()]


def compare(
    pair: Pair,
    methods: Sequence[str | tuple[str, Any]] | None = None,
    features: Sequence[str | FeatureRecipe] = ("auto",),
    *,
    constraints: Constraints | None = None,
    budget: int = pipeline.SOLVER_BUDGET,
    show: Callable[[Row], None] | None = None,
    monitor: Monitor | None = None,
) -> Comparison:
    """Align a pair by every method on every choice of features, and judge all of them alike.

    Features are extracted once for all methods. A row that fails carries the sentence that says why; the others go on.

    Parameters
    ----------
    methods
        Names of solvers or ``"auto"``, with parameters as ``"dtw:step_pattern=symmetricP1,window=slanted"`` or as
        ``("dtw", {"window": "slanted"})``; None for all that work on such files.
    features
        As `pipeline.align` takes them.
    constraints
        Obeyed by every row but the uniform stretch.
    budget
        Bytes each solver may take beyond the features.
    show
        Called from this thread with every row as soon as it is there.

    Returns
    -------
    Comparison

    Raises
    ------
    ParameterError
        No method, no features, or one that does not exist.
    Cancelled
        `monitor` was told to stop.

    Notes
    -----
    τ is `quality.progression` in Euclidean distance; p_dif is that of Zhou & De la Torre (TPAMI 38(2), 2016, eq. 37).
    A truth of single events stands for the path that leads straight from one to the next, and is compared with what
    lies between the first and the last.
    """
    monitor, constraints = monitor or Monitor(), constraints or Constraints()
    if methods is None:
        kinds = choosing.usable(pair.a) & choosing.usable(pair.b)
        methods = [name for name in SOLVERS.names() if kinds & SOLVERS[name].kinds]
    asked = [_method(word) for word in methods]
    recipes = [_recipe(word) for word in features]
    if not asked or not recipes:
        raise ParameterError("There is nothing to compare: choose at least one method and one choice of features.")
    rows: list[Row] = []
    judge_ = _Judge(pair)
    known: tuple[Features, Features] | None = None

    def add(row: Row) -> None:
        rows.append(judge_.measured(row))
        if show is not None:
            show(rows[-1])

    for k, (label, recipe) in enumerate(recipes):
        share = [(k + s) / len(recipes) for s in (0.0, _EXTRACTING, 1.0)]
        try:
            described = extracted(pair, recipe, monitor.part(share[0], share[1]))
            a, b = described.a, described.b
            still = monitor.part(share[1], share[1], "Comparing")
            tau = progression(LocalCost(a.values, b.values), still) if _alike(a, b) else None
        except (SynclineError, MemoryError) as error:
            for method, _, _ in asked:
                add(Row(method, label, trouble=_sentence(error)))
            continue
        known = known or (a, b)
        blank = Alignment(1, pair, reason=described.reason, constraints=constraints, features_a=a, features_b=b)
        for j, (method, name, params) in enumerate(asked):
            start, end = (share[1] + (share[2] - share[1]) * s / len(asked) for s in (j, j + 1))
            asked_recipe = Recipe(recipe, name, params)
            complete = pipeline.resolved(asked_recipe, params, described)
            wanted = replace(blank, recipe=asked_recipe, resolved=complete)
            try:
                pipeline.warm_up(complete.method, complete.params)
                found = pipeline.realign(wanted, budget=budget, monitor=monitor.part(start, end))
            except (SynclineError, MemoryError) as error:
                add(Row(method, label, trouble=_sentence(error), tau=tau))
            else:
                add(Row(method, label, found, tau=tau))
    add(_baseline(pair, known))
    monitor.advance(1, 1)
    return Comparison(pair, tuple(rows), judge_.against)


def _method(word: str | tuple[str, Any]) -> tuple[str, str, Any]:
    """What the row is called, the solver's name, and its parameters (None: what suits the features)."""
    if not isinstance(word, str):
        name, params = word
        if name == AUTO:
            return AUTO, AUTO, None
        if params is not None:
            params = pipeline.filled(name, params)
        return SOLVERS[name].name, name, params
    if word.strip() == AUTO:
        return AUTO, AUTO, None
    name, _, options = word.partition(":")
    values: dict[str, str] = {}
    for option in filter(None, (o.strip() for o in options.split(","))):
        field, equals, value = option.partition("=")
        if not equals:
            raise ParameterError(f"“{option}” in “{word}” is not of the form name=value.")
        values[field.strip()] = value.strip()
    name = SOLVERS[name.strip()].name
    return word.strip(), name, pipeline.filled(name, values) if values else None


def _recipe(word: str | FeatureRecipe) -> tuple[str, FeatureRecipe]:
    if isinstance(word, FeatureRecipe):
        return word.label(), word
    return word.strip(), pipeline.parse_features(word)


def _sentence(error: Exception) -> str:
    return "There is not enough memory for this." if isinstance(error, MemoryError) else str(error)


def stretch(a: Features, b: Features) -> WarpingPath:
    """The path that spreads the rows of the shorter side evenly over the longer one, first on first, last on last.

    Returns
    -------
    WarpingPath
        With max(n, m) pairs; the cost is Euclidean, NaN where the two sides have other channels.
    """
    n, m = len(a), len(b)
    ends = [np.rint(np.linspace(0, k - 1, max(n, m))).astype(np.intp) for k in (n, m)]
    pairs = np.column_stack(ends)
    cost = float(along(LocalCost(a.values, b.values), pairs).sum()) if _alike(a, b) else float("nan")
    return WarpingPath(pairs, a.times, b.times, cost)


def _alike(a: Features, b: Features) -> bool:
    return a.values.shape[1] == b.values.shape[1]


def _baseline(pair: Pair, known: tuple[Features, Features] | None) -> Row:
    if known is None:
        return Row(STRETCH, "", trouble="No features could be extracted, so there are no rows to stretch.")
    path = stretch(*known)
    errors = None if pair.truth is None else judge(path, pair.truth, pair.b.frame_times)
    return Row(STRETCH, "", Alignment(1, pair, Recipe(method=STRETCH), path=path, errors=errors))


def evaluate(path: str | Path, truth: str | Path, *, swap: bool = False) -> Row:
    """Judge a path that was exported to a file by a file of known correspondences.

    Parameters
    ----------
    path
        As `media.load_path` reads it: ``.csv``, ``.json`` or ``.npz``.
    truth
        As `media.load_truth` reads it; frames are counted as the path's file counts them.
    swap
        The truth names B's places first; a table of a path does not say what its files were called.

    Returns
    -------
    Row
        With the errors and the path difference in `figures`; `method` is the file's name.

    Raises
    ------
    MediaError
        One of the files can't be used.

    Examples
    --------
    >>> sl.evaluate("path.csv", "truth.csv").figures()["median_ms"]
    """
    from .media import load_path, load_truth

    found, pair = load_path(path)
    pair = replace(pair, truth=load_truth(truth, pair.a, pair.b, swap=swap))
    assert pair.truth is not None
    errors = judge(found, pair.truth, pair.b.frame_times)
    known = Alignment(1, pair, path=found, errors=errors)
    return _Judge(pair).measured(Row(Path(path).name, "", known))


class _Judge:
    """Measures every path against one other, on one clock a side."""

    def __init__(self, pair: Pair) -> None:
        self._pair = pair
        self._clocks: list[F64] = []
        self._other: F64 | None = None
        self.against = ""

    def measured(self, row: Row) -> Row:
        """The row with its `p_dif`."""
        path = row.path
        if path is None:
            return row
        if not self._clocks:
            media = (self._pair.a, self._pair.b)
            for m, rows in zip(media, (path.a_times, path.b_times), strict=True):
                self._clocks.append(rows if m.frame_times is None else m.frame_times)
        points = self._frames(path.times)
        truth = self._pair.truth
        if self._other is None:
            self._other = points if truth is None else joined(self._frames(truth.times))
            self.against = "truth" if truth is not None else f"{row.method}, {row.features}"
        if truth is not None:
            first, last = self._other[[0, -1], 0]
            inside = (points[:, 0] >= first - 0.5) & (points[:, 0] <= last + 0.5)
            points = points[inside] if inside.any() else points
        return replace(row, p_dif=path_difference(points, self._other))

    def _frames(self, times: F64) -> F64:
        return np.column_stack([frame_number(times[:, k], clock) for k, clock in enumerate(self._clocks)])


def joined(points: F64) -> F64:
    """Points (k, 2) with others between those that lie more than one frame apart, at most one frame from the next."""
    steps = np.diff(points, axis=0)
    counts = np.maximum(np.ceil(np.abs(steps).max(1) - 1e-9), 1).astype(np.intp)
    starts = np.repeat(np.arange(len(steps)), counts)
    within = (np.arange(len(starts)) - np.repeat(np.cumsum(counts) - counts, counts)) / counts[starts]
    return np.concatenate([points[starts] + within[:, None] * steps[starts], points[-1:]])
