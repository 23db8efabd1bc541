"""The order of the verbs: open, extract, align, correct, export. What the window and the command line call.

>>> import syncline as sl
>>> pair = sl.open_pair("a.mp4", "b.mp4")
>>> al = sl.align(pair)
>>> float(al.path.to_b(1.5))      # A's second 1.5 is this second of B
>>> sl.export(al, "path.csv")
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._agreement import checked
from ._families import methods
from ._loops import load as load_loops
from .errors import MediaError, ParameterError
from .extraction import AUTOMATIC, Extracted, both, extract, extracted, signals
from .features import _cache as cache
from .features import _choice as choosing
from .model import (
    AUTO,
    Alignment,
    Constraints,
    Errors,
    FeatureRecipe,
    Features,
    LocalCost,
    Media,
    Pair,
    Recipe,
    Session,
    Truth,
    WarpingPath,
)
from .model.cost import shown_cost
from .progress import Monitor
from .solvers.warp import REGISTRY as SOLVERS
from .solvers.warp import WarpProblem

__all__ = [
    "align",
    "cache_size",
    "clear_cache",
    "curve",
    "export",
    "extract",
    "filled",
    "judged",
    "load_anchors",
    "local_cost",
    "methods",
    "open_media",
    "open_pair",
    "parse_features",
    "realign",
    "resolved",
    "warm_up",
    "window_bounds",
    "with_features",
]

ANCHORS_LIMIT = 1 << 24
"""Bytes; a larger file of anchors is not a person's work."""
USUAL = "dtw"
"""The solver that is taken where nothing asks for another one."""
SOLVER_BUDGET = 1 << 30
"""Bytes a solver may take if nobody says otherwise."""

parse_features = choosing.parse
cache_size = cache.size
clear_cache = cache.clear


def open_media(
    path: str | Path, *, key: str | None = None, rate: float | None = None, monitor: Monitor | None = None
) -> Media:
    """Open a video, sound or feature file and index it once.

    Parameters
    ----------
    key
        Which array of a file with several (npz, mat, h5).
    rate
        Rows a second, for feature files without times.

    Raises
    ------
    MediaError
        The file can't be used; one sentence says why.
    """
    from .media import open_media as opened

    return opened(Path(path), key=key, rate=rate, monitor=monitor)


def open_pair(
    a: str | Path | Media,
    b: str | Path | Media,
    truth: str | Path | Truth | None = None,
    *,
    key_a: str | None = None,
    key_b: str | None = None,
    monitor: Monitor | None = None,
) -> Pair:
    """Open both sides of an alignment, at the same time.

    Parameters
    ----------
    a, b
        Query and reference: paths, or media that are open already.
    truth
        A file of known correspondences, to judge alignments by.
    key_a, key_b
        Which array of a file with several.

    Returns
    -------
    Pair

    Examples
    --------
    >>> pair = sl.open_pair("slow.wav", "fast.wav")
    >>> pair.a.duration, pair.b.duration
    (7.2, 5.2)
    """
    monitor = monitor or Monitor()

    def opened(medium: str | Path | Media, key: str | None) -> Callable[[Monitor], Media]:
        return lambda m: medium if isinstance(medium, Media) else open_media(medium, key=key, monitor=m)

    media_a, media_b = both(monitor, "Opening", opened(a, key_a), opened(b, key_b))
    known = truth
    if isinstance(known, (str, Path)):
        from .media import load_truth

        known = load_truth(Path(known), media_a, media_b)
    return Pair(media_a, media_b, known)


def align(
    pair: Pair,
    *,
    features: str | FeatureRecipe = "auto",
    method: str = AUTO,
    params: Any = None,
    constraints: Constraints | None = None,
    id: int = 1,
    budget: int = SOLVER_BUDGET,
    preview: Callable[[Alignment], None] | None = None,
    monitor: Monitor | None = None,
) -> Alignment:
    """Find the warping path that lays A onto B.

    Parameters
    ----------
    pair
        From `open_pair`.
    features
        ``"auto"``, a `FeatureRecipe`, or its short form such as ``"appearance+0.5*motion:grid=6"``.
    method
        Name of a solver, see `methods`; ``"auto"``: what suits the features that were chosen for the pair, and where
        `features` or `params` are given, ``"dtw"``.
    params
        None for what suits the pair, a dict of what to set otherwise, or the solver's parameters object.
    constraints
        Anchors, locks and forbidden zones the path has to obey.
    budget
        Bytes the solver may take beyond the features; more is refused (`OverBudget`) before it is taken.
    preview
        Called from this thread with an approximate answer (``path.approximate``) if the exact one takes more than two
        seconds.

    Returns
    -------
    Alignment
        With `path`, the features compared, `resolved` (the recipe with nothing left open), `reason` for what was
        chosen, and `errors` if the pair has a truth.

    Raises
    ------
    ParameterError, MediaError, Infeasible, OverBudget
        One sentence each.

    Examples
    --------
    >>> al = sl.align(pair, params={"step_pattern": "symmetricP1"})
    >>> al.path.times[:3]             # seconds of A and B, pair by pair
    """
    recipe = AUTOMATIC if features == "auto" else features
    if isinstance(recipe, str):
        recipe = parse_features(recipe)
    if method == AUTO and params is not None:
        method = USUAL
    complete = filled(method, params)
    asked = Recipe(recipe, method, None if params is None else complete)
    start = Alignment(id, pair, asked, constraints=constraints or Constraints())
    return _solve(start, complete, monitor or Monitor(), budget, preview, reuse=False)


def realign(
    alignment: Alignment,
    *,
    constraints: Constraints | None = None,
    budget: int = SOLVER_BUDGET,
    preview: Callable[[Alignment], None] | None = None,
    monitor: Monitor | None = None,
) -> Alignment:
    """Solve again after an edit, with the features at hand; only what the edit touches is computed anew.

    Parameters
    ----------
    constraints
        The edits to obey from now on; None for those the alignment has.
    budget, preview
        As in `align`.

    Returns
    -------
    Alignment
        The same alignment with a new `path`, `solved`, `seconds` and `errors`.
    """
    if constraints is not None:
        alignment = replace(alignment, constraints=constraints)
    known = alignment.resolved or alignment.recipe
    params = filled(known.method, known.params)
    return _solve(alignment, params, monitor or Monitor(), budget, preview, reuse=True)


def with_features(alignment: Alignment, *, monitor: Monitor | None = None) -> Alignment:
    """Compute the features again that a project leaves out, keeping the path as it is.

    Raises
    ------
    MediaError
        A file is missing or was changed.
    """
    known = alignment.resolved or alignment.recipe
    found = extracted(alignment.pair, known.features, monitor)
    complete = alignment.resolved or resolved(known, known.params, found)
    return replace(
        alignment, features_a=found.a, features_b=found.b, resolved=complete, reason=alignment.reason or found.reason
    )


def load_anchors(file: str | Path, first_id: int = 1) -> Constraints:
    """Read the edits of a file that `edits.anchor_file` describes.

    Raises
    ------
    MediaError
        It is not such a file; one sentence.
    """
    from .edits import anchor_file

    path = Path(file)
    if not path.is_file():
        raise MediaError(f"“{file}” is not a file; name a file of anchors.")
    if path.stat().st_size > ANCHORS_LIMIT:
        raise MediaError(f"“{file}” is too large for a file of anchors; name another one.")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise MediaError(f"“{file}” is not text in UTF-8; name a file of anchors.") from None
    try:
        return anchor_file.loads(text, first_id)
    except ParameterError as error:
        raise MediaError(f"“{file}”: {error}") from error


def judged(session: Session, truth: Truth) -> Session:
    """Give a session a truth (or another one) and measure every alignment of it against that."""
    known: list[Alignment] = []
    for al in session.alignments:
        pair = replace(al.pair, truth=truth)
        known.append(replace(al, pair=pair, errors=None if al.path is None else _judged(al.path, pair)))
    return replace(session, truth=truth, alignments=tuple(known))


def export(
    alignment: Alignment,
    target: str | Path,
    *,
    format: str | None = None,
    params: Any = None,
    monitor: Monitor | None = None,
) -> None:
    """Write a result to a file, which is either complete or not there.

    Parameters
    ----------
    target
        File to write; its ending says what is written.
    format
        Name of an exporter where several write the same ending, see `methods`.
    params
        None, a dict, or the exporter's parameters object.

    Raises
    ------
    ExportError
        There is nothing to write, no such format, or the folder can't be written to.
    """
    from .export import ExportJob, exporter_for, needs_features
    from .export import run as write

    target, monitor = Path(target), monitor or Monitor()
    sides = {"a": alignment.pair.a, "b": alignment.pair.b}
    window = None
    if needs_features(exporter_for(target.suffix, format)) and alignment.path is not None:
        if alignment.features_a is None or alignment.features_b is None:
            # Just loaded from a project, which keeps paths but no features.
            known = alignment.resolved or alignment.recipe
            a, b, _resolved, _reason = extract(alignment.pair, known.features, monitor.part(0.0, 0.7))
            alignment = replace(alignment, features_a=a, features_b=b)
            monitor = monitor.part(0.7, 1.0)
        window = window_bounds(alignment)

    def open_video(side: str) -> Any:
        from .media import VideoReader

        return VideoReader(sides[side])

    def open_audio(side: str) -> Any:
        from .media import AudioReader

        return None if sides[side].audio is None else AudioReader(sides[side])

    write(ExportJob(alignment, open_video, open_audio, window), target, format, params, monitor)


def window_bounds(alignment: Alignment) -> tuple[NDArray[np.intp], NDArray[np.intp]] | None:
    """First and one-past-last row of B that the window allows for each row of A; None where there is no window."""
    known = alignment.resolved
    if known is None or known.method != "dtw" or alignment.features_a is None or alignment.features_b is None:
        return None
    from .solvers.warp import dtw

    return dtw.bounds(known.params, alignment.features_a, alignment.features_b)


def local_cost(alignment: Alignment) -> LocalCost:
    """Return what the cost matrix is drawn from.

    Raises
    ------
    ParameterError
        The alignment has no features (just loaded): `realign` first.
    """
    cost = shown_cost(alignment)
    if cost is None:
        raise ParameterError("The features of this alignment are not computed yet: align first.")
    return cost


def curve(features: Features) -> NDArray[np.float32]:
    """How much changes from row to row: float32 (T,) from 0 to 1, for the margins of the cost matrix."""
    if len(features) < 2:
        return np.zeros(len(features), np.float32)
    step = np.linalg.norm(np.diff(features.values, axis=0), axis=1)
    step = np.r_[step[0], step]
    # One cut in a film would flatten all the rest.
    top = float(np.quantile(step, 0.99)) or float(step.max())
    return np.minimum(step / top, 1).astype(np.float32) if top > 0 else np.zeros(len(step), np.float32)


def warm_up(method: str, params: Any = None) -> None:
    """Load the compiled loops that a method takes, so that its time is its own; those of others stay where they are."""
    load = getattr(sys.modules[SOLVERS[USUAL if method == AUTO else method].call.__module__], "warm_up", None)
    if load is not None:
        load_loops(load, filled(method, params))


def filled(method: str, params: Any = None) -> Any:
    """Complete a solver's parameters by what suits its features; a parameters object is taken as it is.

    Raises
    ------
    ParameterError
        No such solver, or not such parameters.
    """
    solver = SOLVERS[USUAL if method == AUTO else method]
    if params is None or isinstance(params, Mapping):
        params = {**choosing.SUITED.get(solver.name, {}), **(params or {})}
    return solver.filled(params)


def _solve(
    alignment: Alignment,
    params: Any,
    monitor: Monitor,
    budget: int,
    preview: Callable[[Alignment], None] | None,
    reuse: bool,
) -> Alignment:
    a, b = alignment.features_a, alignment.features_b
    known, reason = alignment.resolved, alignment.reason
    asked = alignment.recipe
    if a is None or b is None:
        wanted = known.features if known is not None else asked.features
        # The solver's compiled loops are loaded while the decoders work.
        warm = threading.Thread(target=warm_up, args=(asked.method, params), daemon=True)
        warm.start()
        found = extracted(alignment.pair, wanted, monitor.part(0.0, 0.8), asked.method)
        # The first time ever they are compiled for half a minute; who asked to stop does not wait for that.
        while warm.is_alive():
            warm.join(0.1)
            monitor.check()
        a, b, reason = found.a, found.b, found.reason or reason
        known = resolved(known or asked, params, found)
        solving = monitor.part(0.8, 1.0, "Aligning")
    else:
        known = replace(known or asked, params=params)
        solving = monitor.part(0.0, 1.0, "Aligning")
    solving.advance(0, 1)
    pair = alignment.pair
    problem = WarpProblem(
        a,
        b,
        alignment.constraints,
        previous=alignment.path if reuse and not alignment.stale and _fits(alignment.path, a, b) else None,
        signals=(lambda: signals(pair, solving)) if pair.a.audio is not None and pair.b.audio is not None else None,
        budget=budget,
    )
    began = time.perf_counter()

    def answer(path: WarpingPath) -> Alignment:
        return replace(
            alignment,
            resolved=known,
            reason=reason,
            features_a=a,
            features_b=b,
            path=path,
            solved=alignment.constraints,
            seconds=time.perf_counter() - began,
            errors=_judged(path, pair),
            stale="",
        )

    if preview is not None:
        problem = replace(problem, preview=lambda path: preview(answer(path)))
    done = answer(SOLVERS[known.method].call(problem, known.params, solving))
    solving.advance(1, 1)
    return done if reuse else checked(done, monitor.part(1.0, 1.0))


def resolved(asked: Recipe, params: Any, found: Extracted) -> Recipe:
    """The recipe with nothing left open, once it is known what was compared."""
    if asked.method != AUTO:
        return Recipe(found.recipe, asked.method, filled(asked.method, params))
    method = found.method or USUAL
    return Recipe(found.recipe, method, filled(method, found.params))


def _judged(path: WarpingPath, pair: Pair) -> Errors | None:
    from .quality import judge

    return None if pair.truth is None else judge(path, pair.truth, pair.b.frame_times)


def _fits(path: WarpingPath | None, a: Features, b: Features) -> bool:
    return path is not None and len(path.a_times) == len(a) and len(path.b_times) == len(b)
