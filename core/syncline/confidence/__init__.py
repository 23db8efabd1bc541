"""How sure an alignment is: a band, the places to look at next, and whether the two align at all.

>>> al = sl.align(sl.open_pair("a.mp4", "b.mp4"))
>>> sl.confidence(al).sure.min()
>>> for place in sl.check_next(al):
...     print(place.why)
>>> sl.verdict(al).sentence
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import overload

from ..comparison import stretch
from ..model import Alignment, SceneMatch
from ..pipeline import local_cost
from ..progress import Monitor
from ..quality import judge
from ._band import AUDIO_TOLERANCE, LEVEL, band, question, tolerance_of
from ._doubt import doubt, others
from ._file import write_confidence
from ._suggest import suggest
from ._types import Confidence, Reason, Suggestion, Verdict
from ._verdict import judge_pair

__all__ = [
    "AUDIO_TOLERANCE",
    "Confidence",
    "Reason",
    "Suggestion",
    "Verdict",
    "check_next",
    "confidence",
    "look_at",
    "tolerance_of",
    "verdict",
    "write_confidence",
]

_MOST = 5
Decision = tuple[float, int | None, int | None]


def confidence(alignment: Alignment, *, level: float = LEVEL, monitor: Monitor | None = None) -> Confidence:
    """Work out how sure an alignment is of every row of A.

    Soft-DTW's posterior (Cuturi & Blondel 2017) in a band round the path, with steps of the pattern symmetric1. γ is
    the mean cost along the path: what rows that belong together differ by is no evidence. Anchors, locks, jumps,
    forbidden rectangles and the window of the alignment hold for every path that counts.

    Parameters
    ----------
    level
        Share of the posterior that the band holds.

    Returns
    -------
    Confidence

    Raises
    ------
    ParameterError
        The alignment has no path, or no features: `realign` first.
    Infeasible
        Constraints that leave no path of single steps.
    """
    return band(question(alignment), level, monitor or Monitor())[0]


def look_at(
    alignment: Alignment,
    *,
    most: int = _MOST,
    level: float = LEVEL,
    tell: Callable[[Confidence], None] | None = None,
    monitor: Monitor | None = None,
) -> tuple[Confidence, list[Suggestion]]:
    """`confidence` and `check_next` of an alignment in one go.

    Parameters
    ----------
    tell
        Called from this thread with the confidence, which is there well before the suggestions.

    Raises
    ------
    ParameterError, Infeasible
        As `confidence`.
    """
    monitor = monitor or Monitor()
    q = question(alignment)
    sure, pieces, plan = band(q, level, monitor.part(0.0, 0.4))
    if tell is not None:
        tell(sure)
    return sure, suggest(q, sure, pieces, plan, most, monitor.part(0.4, 1.0))


@overload
def check_next(found: Alignment, monitor: Monitor | None = None) -> list[Suggestion]: ...
@overload
def check_next(found: SceneMatch, monitor: Monitor | None = None) -> list[Decision]: ...
def check_next(found: Alignment | SceneMatch, monitor: Monitor | None = None) -> list[Suggestion] | list[Decision]:
    """What to look at next: places where one anchor would help most, or links that are least sure.

    Returns
    -------
    list of Suggestion
        Of an alignment, the most helpful first, each as if the ones before were answered; empty if no anchor is
        expected to put a row right.
    list of (margin, object, phrase)
        Of matched links, the least sure first; see `matching.check_next`.

    Raises
    ------
    ParameterError
        What was found lacks what it was found from (just loaded): `realign` or `rematch` first.
    """
    if isinstance(found, Alignment):
        return look_at(found, monitor=monitor)[1]
    from .. import matching

    return matching.check_next(found, monitor)


def verdict(alignment: Alignment, *, known: Verdict | None = None, monitor: Monitor | None = None) -> Verdict:
    """Say whether the two align at all by the features that were compared.

    Parameters
    ----------
    known
        What was found for another path of the same features: only what hangs on the path is worked out again.

    Returns
    -------
    Verdict

    Raises
    ------
    ParameterError
        The alignment has no path or no features: `realign` first.
    """
    q = question(alignment)
    a, b, metric = q.a, q.b, q.metric
    x, y = alignment.features_a, alignment.features_b
    if x is not None and y is not None and x.values.shape[1] == y.values.shape[1]:
        # Not in a space of the method's own: maps fitted to the pair make strangers look alike.
        a, b, metric = x, y, local_cost(alignment).metric
    monitor = monitor or Monitor()
    found = known or judge_pair(a, b, metric, monitor.part(0.0, 0.5, "Verdict"))
    laid = others(alignment, found.others, monitor.part(0.5, 1.0, "Verdict"))
    found = replace(found, others=laid, doubt_ms=doubt(alignment, laid))
    if alignment.errors is None or alignment.pair.truth is None:
        return replace(found, errors_ms=None)
    line = judge(stretch(a, b), alignment.pair.truth, alignment.pair.b.frame_times)
    return replace(found, errors_ms=(alignment.errors.mean_ms, line.mean_ms))
