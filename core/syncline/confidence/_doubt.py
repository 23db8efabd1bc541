"""What methods that take no channel's meaning for granted say of a path: would one constant stretch be nearer?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import Cancelled, SynclineError
from ..model import Alignment, Features, WarpingPath
from ..progress import Monitor
from ..solvers.warp import WarpProblem, ctw, gctw
from ._types import Other

__all__ = ["doubt", "others"]

_ROWS = 200
_MOMENTS = 400


def others(alignment: Alignment, known: tuple[Other, ...], monitor: Monitor) -> tuple[Other, ...]:
    """Canonical time warpings of both sides, averaged to at most 200 rows, without edits; `known` ones stand.

    Empty where they have nothing to say: channels that an extractor made mean the same on both sides, and DTW may
    compare them; those of a file may not, and a space of canonical warping is one of many.
    """
    asked = _asked(alignment)
    a, b = alignment.features_a, alignment.features_b
    if not asked or a is None or b is None:
        return known
    found = {other.method: other for other in known}
    x, y = a.averaged(_ROWS), b.averaged(_ROWS)
    for k, method in enumerate(asked):
        if method not in found:
            part = monitor.part(k / len(asked), (k + 1) / len(asked))
            path = _path(method, x, y, part)
            if path is not None:
                found[method] = Other(method, path)
    return tuple(found.values())


def doubt(alignment: Alignment, found: tuple[Other, ...]) -> tuple[float, float] | None:
    """How far the path and one constant stretch lie from the other method that speaks most for the path.

    Returns
    -------
    Mean milliseconds of B of the path and of the stretch; None where no other method has a say.
    """
    asked, path = _asked(alignment), alignment.path
    heard = [other for other in found if other.method in asked]
    if path is None or not heard:
        return None
    other = heard[0].path
    t = np.linspace(other.a_times[0], other.a_times[-1], _MOMENTS)
    line = np.interp(t, other.a_times[[0, -1]], other.b_times[[0, -1]])
    own = path.to_b(t)
    told = [(_off(own, h.path.to_b(t)), _off(line, h.path.to_b(t))) for h in heard]
    return min(told, key=lambda pair: pair[0] - pair[1])


def _asked(alignment: Alignment) -> tuple[str, ...]:
    """The methods that may judge this one; none where anchors say more, or where the path need not span both sides."""
    recipe, path = alignment.resolved or alignment.recipe, alignment.path
    anchored = sum(x.kind == "warp" for x in alignment.constraints.anchors) > 1
    if path is None or anchored or not _spans(path):
        return ()
    if recipe.method == "ctw":
        return ("gctw",)
    terms = recipe.features.terms
    if recipe.method in ("dtw", "softdtw") and terms and all(term.name == "given" for term in terms):
        return ("ctw", "gctw")
    return ()


def _spans(path: WarpingPath) -> bool:
    ends = len(path.a_times) - 1, len(path.b_times) - 1
    return tuple(path.pairs[0]) == (0, 0) and tuple(path.pairs[-1]) == ends


def _path(method: str, x: Features, y: Features, monitor: Monitor) -> WarpingPath | None:
    problem = WarpProblem(x, y)
    try:
        if method == "ctw":
            return ctw.solve(problem, ctw.CtwParams(), monitor)
        return gctw.solve(problem, gctw.GctwParams(), monitor)
    except Cancelled:
        raise
    except SynclineError:
        # Of features that leave it nothing to go by, such as constant ones, it says nothing.
        return None


def _off(one: NDArray[np.float64], two: NDArray[np.float64]) -> float:
    return 1000 * float(np.abs(one - two).mean())
