"""Other methods, judged by anchors that they know nothing of: what is found without them has to meet them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .confidence import Suggestion, look_at, tolerance_of
from .errors import Cancelled, ParameterError, SynclineError
from .model import Alignment, Constraints, Recipe
from .pipeline import filled, realign, with_features
from .progress import Monitor

__all__ = ["MethodTrial", "NextStep", "try_methods", "what_next"]

LEAST_ANCHORS = 2
"""One anchor may be met by chance."""
ODDS = 10.0
"""From here on evidence is called strong (Jeffreys 1961)."""
TRIED = ("dtw", "ctw", "gctw")
MOST_CELLS = 20_000_000
"""CTW solves the whole table dozens of times: beyond this many cells (minutes) it is not tried."""
HALF = 0.5
"""Evidence may rest on a few hits: work is spared only by who misses the anchors by at most half as much on average."""

F64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class MethodTrial:
    """What other methods make of a pair, and whether one meets the anchors better.

    Attributes
    ----------
    unaided
        Method → its alignment without any anchor, that of the alignment in hand first; `try_methods` takes them again.
    missed
        Method → float64 (K,): seconds of B by which that misses each anchor.
    trouble
        Method → why it found no path, or was not tried.
    best
        The other method that meets them best; the one in hand if no other found a path.
    odds
        How many times more probable the anchors are by it than by the method in hand; below 1: less probable.
    helps
        True if that is 10 or more, and it misses them by at most half as much on average.
    sentence
        The figures, for people.
    alignment
        By the better method, with all anchors in force; None if none helps.
    own
        The method in hand.
    frame
        Seconds that one frame of B lasts; None where B has none.
    """

    unaided: dict[str, Alignment]
    missed: dict[str, F64]
    trouble: dict[str, str]
    best: str
    odds: float
    helps: bool
    sentence: str
    alignment: Alignment | None
    own: str
    frame: float | None

    @property
    def offer(self) -> str:
        """One sentence that offers the better method; empty if none helps."""
        if not self.helps:
            return ""
        count, (best, own) = len(self.missed[self.own]), (self.missed[m].max() for m in (self.best, self.own))
        if self.frame is None:
            near, far = f"{best * 1000:.0f} ms", f"{own * 1000:.0f} ms"
        else:
            near, far = f"{best / self.frame:.1f} frames", f"{own / self.frame:.0f}"
        return f"{self.best} meets your {count} anchors within {near}, {self.own} misses them by up to {far}: use it."


@dataclass(frozen=True, eq=False)
class NextStep:
    """What would help most now: another method, or an anchor at one of some places.

    Attributes
    ----------
    trial
        What other methods make of the anchors; None with fewer than two.
    places
        Where one anchor would help most, as `check_next` has them; empty while another method is offered.
    """

    trial: MethodTrial | None
    places: list[Suggestion]

    @property
    def offer(self) -> MethodTrial | None:
        """The trial if it offers another method."""
        return self.trial if self.trial is not None and self.trial.helps else None

    @property
    def sentence(self) -> str:
        """What to do next."""
        if self.offer is not None:
            return self.offer.offer
        return self.places[0].why if self.places else "Nothing is left to check."


def what_next(
    alignment: Alignment, *, known: MethodTrial | None = None, most: int = 5, monitor: Monitor | None = None
) -> NextStep:
    """Say what would help most: with two anchors or more another method if one is clearly better, else an anchor.

    Parameters
    ----------
    known
        As for `try_methods`.
    most
        Places at most.

    Raises
    ------
    ParameterError, Infeasible, OverBudget, MediaError
        As `try_methods` and `check_next`.

    Examples
    --------
    >>> step = sl.what_next(al)
    >>> print(step.sentence)
    >>> al = step.offer.alignment if step.offer else al
    """
    monitor, trial = monitor or Monitor(), None
    if judged_by(alignment) >= LEAST_ANCHORS:
        trial = try_methods(alignment, known=known, monitor=monitor.part(0.0, 0.7))
        if trial.helps:
            return NextStep(trial, [])
    return NextStep(trial, look_at(alignment, most=most, monitor=monitor.part(0.7, 1.0))[1])


def judged_by(alignment: Alignment) -> int:
    """How many anchors other methods can be judged by."""
    return sum(x.kind == "warp" for x in alignment.constraints.anchors)


def try_methods(
    alignment: Alignment, *, known: MethodTrial | None = None, monitor: Monitor | None = None
) -> MethodTrial:
    """See whether another method would have met the anchors that were set since, and align by it if so.

    DTW, canonical time warping and its generalisation align the pair by the features at hand without any anchor, and so
    does the method in hand: none of them has seen what it is judged by. A deviation is taken for Cauchy distributed
    with a scale of one frame (sound: 50 ms), so a gross one counts, but no more than a few small ones. A method ten
    times as probable as the one in hand, which also misses the anchors by at most half as much on average, takes over.
    Jumps, locks and forbidden zones are in force for all.

    Parameters
    ----------
    alignment
        With at least two anchors (jumps don't count).
    known
        What was found before for the same pair, features and other edits: nothing is solved again without anchors.

    Raises
    ------
    ParameterError
        Fewer than two anchors.
    Infeasible, OverBudget, MediaError
        As in `align`.

    Examples
    --------
    >>> trial = sl.try_methods(al)
    >>> print(trial.sentence)
    >>> al = trial.alignment or al
    """
    monitor = monitor or Monitor()
    anchors = [x for x in alignment.constraints.anchors if x.kind == "warp"]
    if len(anchors) < LEAST_ANCHORS:
        raise ParameterError(f"Trying other methods needs at least {LEAST_ANCHORS} anchors to judge them by: pin more.")
    if alignment.features_a is None or alignment.features_b is None:
        alignment = with_features(alignment, monitor=monitor.part(0.0, 0.1))
    assert alignment.features_a is not None
    assert alignment.features_b is not None
    recipe = alignment.resolved or alignment.recipe
    names = [recipe.method, *(m for m in TRIED if m != recipe.method)]
    unaided, trouble = ({}, {}) if known is None else (dict(known.unaided), dict(known.trouble))
    for k, name in enumerate(names):
        part = monitor.part(0.1 + 0.7 * k / len(names), 0.1 + 0.7 * (k + 1) / len(names), name)
        if name in unaided or name in trouble:
            continue
        if name == "ctw" != recipe.method and len(alignment.features_a) * len(alignment.features_b) > MOST_CELLS:
            trouble[name] = "The recordings are too long to try ctw beside."
            continue
        try:
            unaided[name] = _by(alignment, recipe, name, _without(alignment.constraints), part)
        except Cancelled:
            raise
        except SynclineError as error:
            if name == recipe.method:
                raise
            trouble[name] = str(error)
    points = np.array([[x.a, x.b] for x in anchors])
    missed = {name: _missed(unaided[name], points) for name in names if name in unaided}
    scale, own = tolerance_of(alignment), recipe.method
    best = max((m for m in missed if m != own), key=lambda m: _evidence(missed[m], scale), default=own)
    odds = _odds(missed, own, best, scale)
    helps = best != own and odds >= ODDS and bool(missed[best].mean() <= HALF * missed[own].mean())
    made = _by(alignment, recipe, best, alignment.constraints, monitor.part(0.8, 1.0, best)) if helps else None
    frame = None if alignment.pair.b.frame_times is None else scale
    said = _sentence(missed, own, best, odds, helps)
    return MethodTrial(unaided, missed, trouble, best, odds, helps, said, made, own, frame)


def _evidence(off: F64, scale: float) -> float:
    return -float(np.log1p((off / scale) ** 2).sum())


def _odds(missed: dict[str, F64], own: str, best: str, scale: float) -> float:
    return float(np.exp(min(_evidence(missed[best], scale) - _evidence(missed[own], scale), 700.0)))


def _without(constraints: Constraints) -> Constraints:
    return replace(constraints, anchors=tuple(x for x in constraints.anchors if x.kind != "warp"))


def _by(alignment: Alignment, recipe: Recipe, method: str, constraints: Constraints, monitor: Monitor) -> Alignment:
    """The alignment by a method, in its own parameters where it is the one in hand."""
    params = recipe.params if method == recipe.method else filled(method)
    asked = Recipe(recipe.features, method, None if method != recipe.method else recipe.params)
    start = replace(
        alignment, recipe=asked, resolved=Recipe(recipe.features, method, params), path=None, errors=None, solved=None
    )
    return realign(start, constraints=constraints, monitor=monitor)


def _missed(found: Alignment, points: F64) -> F64:
    assert found.path is not None
    return np.abs(found.path.to_b(points[:, 0]) - points[:, 1])


def _sentence(missed: dict[str, F64], own: str, best: str, odds: float, helps: bool) -> str:
    def ms(name: str) -> str:
        return f"{missed[name].mean() * 1000:.0f} ms"

    count = len(missed[own])
    if best == own:
        return f"No other method found a path; that of {own} misses the {count} anchors by {ms(own)} unaided."
    figures = f"without any anchor it misses the {count} by {ms(best)} on average, {own} by {ms(own)}"
    said = "more than 1,000,000" if odds > 1e6 else f"{odds:,.0f}"
    if helps:
        return f"{best} meets the anchors better: {figures} (odds {said} to 1)."
    return f"No other method meets the anchors clearly better than {own}; the best is {best}: {figures}."
