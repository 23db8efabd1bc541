"""Learning from corrections: a metric from a person's anchors, judged by anchors it has not seen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from . import embedding
from ._encoding import ground, learned_recipe
from .embedding import Encoder, MetricParams, fit_metric
from .errors import Infeasible, ParameterError
from .model import Alignment, Constraints, Features
from .pipeline import align, realign, with_features
from .progress import Monitor
from .registry import build

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .embedding.metric import MetricLive

__all__ = ["Correction", "learn_metric"]

LEAST_ANCHORS = 4
FOLDS = 5
LOCK_POINTS = 8
"""Points of a locked stretch that teach as anchors do."""
GAIN = 0.1
"""Share by which the mean error of held-out anchors must fall: less is a matter of luck with so few."""
SAME = 1e-6
"""Seconds below which two errors are one."""


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
    helps
        True if the mean fell by a tenth or more and no more anchors came to be farther off than nearer.
    sentence
        The figures, for people.
    alignment
        By the learned metric, with all anchors in force; None if it does not help.
    """

    encoder: Encoder
    before: NDArray[np.float64]
    after: NDArray[np.float64]
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

    Anchors are held out in turn, a fifth of them at a time: a metric is learned from the others, both sides are
    aligned again under the others, with the features as they are and by the metric, and the anchors held out say which
    came nearer. Locked stretches teach too, and stay in force.

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
    sides = alignment.features_a, alignment.features_b
    assert sides[0] is not None
    assert sides[1] is not None
    known = alignment.resolved or alignment.recipe
    g = ground(alignment.pair, known.features, monitor.part(0.1, 0.3))
    points = np.array([[x.a, x.b] for x in anchors])
    locked = _locked(alignment.constraints)
    before, after = np.zeros(len(points)), np.zeros(len(points))
    folds = min(FOLDS, len(points))
    checking = monitor.part(0.3, 0.8, "Holding anchors out")
    for fold in range(folds):
        checking.advance(fold, folds)
        out = np.arange(len(points)) % folds == fold
        left = _without(alignment.constraints, {x.id for x, held in zip(anchors, out, strict=True) if held})
        part = Monitor(lambda *_: monitor.check())
        encoder = fit_metric(g.a, g.b, np.concatenate([points[~out], locked]), filled, monitor=part)
        plain = _errors(alignment, sides[0], sides[1], left, points[out], part)
        learned = _errors(
            alignment, embedding.embed(encoder, g.a), embedding.embed(encoder, g.b), left, points[out], part
        )
        before[out], after[out] = plain, learned
    last = monitor.part(0.8, 0.9, "Learning from all anchors")
    final = fit_metric(g.a, g.b, np.concatenate([points, locked]), filled, monitor=last, live=live)
    nearer, farther = (after < before - SAME).sum(), (after > before + SAME).sum()
    helps = bool(after.mean() < (1 - GAIN) * before.mean() - SAME and farther <= nearer)
    sentence = _sentence(before, after, helps)
    figures = {**final.figures, "held_out_before": float(before.mean()), "held_out_after": float(after.mean())}
    encoder = g.finished(replace(final, figures=figures, notes=(sentence,), name=name))
    made = None
    if helps:
        made = align(
            alignment.pair,
            features=learned_recipe(encoder),
            method=known.method,
            params=known.params,
            constraints=alignment.constraints,
            id=alignment.id,
            monitor=monitor.part(0.9, 1.0, "Aligning"),
        )
    return Correction(encoder, before, after, helps, sentence, made)


def _locked(constraints: Constraints) -> NDArray[np.float64]:
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
    points: NDArray[np.float64],
    monitor: Monitor,
) -> NDArray[np.float64]:
    """Seconds of B by which a path through these features misses each of the points."""
    asked = replace(alignment, features_a=a, features_b=b, path=None)
    try:
        path = realign(asked, constraints=constraints, monitor=monitor).path
    except Infeasible as error:
        raise Infeasible(f"With some anchors held out there is no path: {error}") from error
    assert path is not None
    return np.abs(path.to_b(points[:, 0]) - points[:, 1])


def _sentence(before: NDArray[np.float64], after: NDArray[np.float64], helps: bool) -> str:
    better, worse = int((after < before - SAME).sum()), int((after > before + SAME).sum())
    ms = f"from {before.mean() * 1000:.0f} to {after.mean() * 1000:.0f} ms"
    counts = f"{better} of {len(before)} nearer, {worse} farther"
    if helps:
        return f"The metric helps elsewhere: held-out anchors were missed by less on average, {ms} ({counts})."
    return f"The features stay as they are: held-out anchors were not met clearly better, {ms} on average ({counts})."
