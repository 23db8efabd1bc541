"""Learning from corrections: a metric from anchors, judged by those it has not seen and by a curve through all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from . import embedding
from ._encoding import ground, learned_recipe
from .embedding import Encoder, MetricParams, fit_metric
from .errors import Infeasible, ParameterError
from .model import Alignment, Constraints, Features, WarpingPath
from .pipeline import align, realign, with_features
from .progress import Monitor
from .registry import build

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .embedding.metric import MetricLive

__all__ = ["Correction", "learn_metric"]

LEAST_ANCHORS = 4
MOST_PARTS = 20
"""Anchors are held out one by one; of more than this, several at a time."""
LOCK_POINTS = 8
"""Points of a locked stretch that teach as anchors do."""
GAIN = 0.1
"""Share by which the mean error of held-out anchors must fall: less is a matter of luck with so few."""
NEARER = 0.15
"""Share by which the path must come nearer to the curve through all anchors."""
SAME = 1e-6
"""Seconds below which two errors are one."""
MOMENTS = 2000
"""Rows of A at which paths are held against the curve, at most."""

F64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Correction:
    """What was learned from anchors, and whether it helps.

    Attributes
    ----------
    encoder
        Trained on all anchors; at hand for recipes.
    before, after
        float64 (K,): seconds by which each anchor's partner was missed while it was held out, with the features as
        they are and with a metric learned from the other anchors.
    sparse
        The means of both where every other anchor is held out at once.
    strayed
        Mean distances of both paths, all anchors in force, from a smooth curve through them, in seconds of B.
    helps
        True if held-out anchors were met clearly better and the path comes clearly nearer to the curve; see
        `learn_metric`.
    sentence
        The figures, for people.
    alignment
        By the learned metric, with all anchors in force; None if it does not help.
    """

    encoder: Encoder
    before: F64
    after: F64
    sparse: tuple[float, float]
    strayed: tuple[float, float]
    helps: bool
    sentence: str
    alignment: Alignment | None


def learn_metric(
    alignment: Alignment,
    params: MetricParams | Mapping[str, object] | None = None,
    *,
    name: str = "",
    monitor: Monitor | None = None,
    live: MetricLive | None = None,
) -> Correction:
    """Learn from the anchors of an alignment what makes moments alike, and see whether that helps elsewhere.

    Anchors are held out one by one: a metric is learned from the others, both sides are aligned again under the others,
    with the features as they are and by the metric, and the anchor says which came nearer. The mean error must fall by
    a tenth, most must come nearer, and the mean must fall too where every other anchor is held out at once. That alone
    lets through metrics that find their way in the wide gaps an anchor leaves when it is taken out, and lose it in the
    narrower ones there are in use, where no anchor can tell. There a second witness does, which knows nothing of the
    features: a monotone cubic through all anchors, to which the path must come nearer by 15 %. Locked stretches teach
    too, and stay in force.

    Parameters
    ----------
    alignment
        With at least four anchors (jumps don't count).
    params
        None, a dict, or `embedding.MetricParams`.
    live
        Called with an `embedding.MetricEpoch` after every epoch of the training on all anchors, from this thread.

    Raises
    ------
    ParameterError
        Fewer than four anchors, or sides with features of their own.
    Infeasible, OverBudget, MediaError
        As in `align`.

    Examples
    --------
    >>> lesson = sl.learn_metric(al)
    >>> print(lesson.sentence)
    >>> al = lesson.alignment or al
    """
    monitor = monitor or Monitor()
    filled = params if isinstance(params, MetricParams) else build(MetricParams, params)
    anchors = [x for x in alignment.constraints.anchors if x.kind == "warp"]
    if len(anchors) < LEAST_ANCHORS:
        there = {0: "is none", 1: "is only one"}.get(len(anchors), f"are only {len(anchors)}")
        raise ParameterError(
            f"Learning from corrections needs at least {LEAST_ANCHORS} anchors, but there {there}: pin more moments."
        )
    if alignment.features_a is None or alignment.features_b is None:
        alignment = with_features(alignment, monitor=monitor.part(0.0, 0.1))
    assert alignment.features_a is not None
    assert alignment.features_b is not None
    sides = alignment.features_a, alignment.features_b
    known = alignment.resolved or alignment.recipe
    g = ground(alignment.pair, known.features, monitor.part(0.1, 0.3))
    points = np.array([[x.a, x.b] for x in anchors])
    locked = _locked(alignment.constraints)
    checking = monitor.part(0.3, 0.8, "Holding anchors out")
    rounds = min(MOST_PARTS, len(points))

    def held_out(parts: int, done: int) -> tuple[F64, F64]:
        before, after = np.zeros(len(points)), np.zeros(len(points))
        for k in range(parts):
            checking.advance(done + k, rounds + 2)
            out = np.arange(len(points)) % parts == k
            left = _without(alignment.constraints, {x.id for x, held in zip(anchors, out, strict=True) if held})
            part = Monitor(lambda *_: monitor.check())
            encoder = fit_metric(g.a, g.b, np.concatenate([points[~out], locked]), filled, monitor=part)
            mapped = embedding.embed(encoder, g.a), embedding.embed(encoder, g.b)
            before[out] = _errors(alignment, *sides, left, points[out], part)
            after[out] = _errors(alignment, *mapped, left, points[out], part)
        return before, after

    before, after = held_out(rounds, 0)
    every_other = held_out(2, rounds)
    last = monitor.part(0.8, 0.9, "Learning from all anchors")
    final = fit_metric(g.a, g.b, np.concatenate([points, locked]), filled, monitor=last, live=live)
    encoder = g.finished(final)
    made = align(
        alignment.pair,
        features=learned_recipe(encoder),
        method=known.method,
        params=known.params,
        constraints=alignment.constraints,
        id=alignment.id,
        monitor=monitor.part(0.9, 1.0, "Aligning"),
    )
    plain = alignment.path or realign(alignment).path
    assert plain is not None
    assert made.path is not None
    t, curve = _curve(alignment.constraints, plain)
    strayed = tuple(float(np.abs(path.to_b(t) - curve).mean()) for path in (plain, made.path))
    sparse = tuple(float(x.mean()) for x in every_other)
    found = Correction(encoder, before, after, (sparse[0], sparse[1]), (strayed[0], strayed[1]), False, "", None)
    fault = _fault(found)
    sentence = _sentence(found, fault)
    figures = {
        **final.figures,
        "held_out_before": float(before.mean()),
        "held_out_after": float(after.mean()),
        "strayed_before": strayed[0],
        "strayed_after": strayed[1],
    }
    # Its digest is of what it does, so what is said of it changes no recipe.
    encoder = g.finished(replace(final, figures=figures, notes=(sentence,), name=name))
    return replace(found, encoder=encoder, helps=not fault, sentence=sentence, alignment=None if fault else made)


def _locked(constraints: Constraints) -> F64:
    """Points along locked stretches: (k, 2) seconds."""
    points = [np.zeros((0, 2))]
    for lock in constraints.locks:
        some = np.unique(np.linspace(0, len(lock.times) - 1, LOCK_POINTS).astype(np.intp))
        points.append(lock.times[some])
    return np.concatenate(points)


def _without(constraints: Constraints, ids: set[int]) -> Constraints:
    return replace(constraints, anchors=tuple(x for x in constraints.anchors if x.id not in ids))


def _errors(
    alignment: Alignment,
    a: Features,
    b: Features,
    constraints: Constraints,
    points: F64,
    monitor: Monitor,
) -> F64:
    """Seconds of B by which a path through these features misses each of the points."""
    asked = replace(alignment, features_a=a, features_b=b, path=None)
    try:
        path = realign(asked, constraints=constraints, monitor=monitor).path
    except Infeasible as error:
        raise Infeasible(f"With some anchors held out there is no path: {error}") from error
    assert path is not None
    return np.abs(path.to_b(points[:, 0]) - points[:, 1])


def _curve(constraints: Constraints, path: WarpingPath) -> tuple[F64, F64]:
    """A monotone cubic (Fritsch & Carlson 1980) through all that is known and where the path begins and ends.

    Moments of A between the first knot and the last, and where each lies on B; a jump parts the curve in two.
    """
    from scipy.interpolate import PchipInterpolator

    knots = [(x.a, x.b, x.kind == "jump", x.end) for x in constraints.anchors]
    knots += [(*map(float, row), False, (0.0, 0.0)) for row in _locked(constraints)]
    pieces: list[list[tuple[float, float]]] = [[(float(path.times[0, 0]), float(path.times[0, 1]))]]
    for a, b, jumps, end in sorted(knots, key=lambda k: k[:2]):
        pieces[-1].append((a, b))
        if jumps:
            pieces.append([end])
    pieces[-1].append((float(path.times[-1, 0]), float(path.times[-1, 1])))
    some = path.a_times[np.unique(np.linspace(0, len(path.a_times) - 1, MOMENTS).astype(np.intp))]
    times, places = [np.zeros(0)], [np.zeros(0)]
    for piece in pieces:
        x, index = np.unique([a for a, _ in piece], return_index=True)
        y = np.maximum.accumulate(np.array([piece[k][1] for k in index]))
        inside = some[(some >= x[0]) & (some <= x[-1])]
        if len(x) > 1 and len(inside):
            times.append(inside)
            places.append(np.asarray(PchipInterpolator(x, y)(inside)))
    return np.concatenate(times), np.concatenate(places)


def _fault(found: Correction) -> Literal["", "held out", "sparse", "curve"]:
    """Which of the tests a metric does not pass, the first of several."""
    nearer, farther = _counts(found)
    if nearer <= farther or found.after.mean() >= (1 - GAIN) * found.before.mean() - SAME:
        return "held out"
    if found.sparse[1] >= found.sparse[0] - SAME:
        return "sparse"
    if found.strayed[1] >= (1 - NEARER) * found.strayed[0] - SAME:
        return "curve"
    return ""


def _counts(found: Correction) -> tuple[int, int]:
    """How many anchors were met better, and worse."""
    return int((found.after < found.before - SAME).sum()), int((found.after > found.before + SAME).sum())


def _sentence(found: Correction, fault: Literal["", "held out", "sparse", "curve"]) -> str:
    better, worse = _counts(found)

    def ms(before: float, after: float) -> str:
        return f"from {before * 1000:.0f} to {after * 1000:.0f} ms"

    held = ms(float(found.before.mean()), float(found.after.mean()))
    counts = f"{better} of {len(found.before)} nearer, {worse} farther"
    if not fault:
        return f"The metric helps elsewhere: held-out anchors were missed by less on average, {held} ({counts})."
    stay = "The features stay as they are: held-out anchors were"
    if fault == "held out":
        return f"{stay} not met clearly better, {held} on average ({counts})."
    if fault == "sparse":
        why = f"with every other one held out they were not: {ms(*found.sparse)}"
    else:
        why = f"between them the path comes no nearer to a smooth curve through all: {ms(*found.strayed)}"
    return f"{stay} met better, {held} on average, but {why}."
