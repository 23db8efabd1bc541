"""From a pair to an encoder of its features, without and with a person's anchors."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from . import embedding
from .embedding import CycleParams, Encoder
from .errors import ParameterError
from .extraction import AUTOMATIC, described
from .features import REGISTRY
from .features import _choice as choosing
from .features._combine import factor, joined
from .features._spelled import spelled
from .model import FeatureRecipe, Features, FeatureTerm, Pair
from .progress import Monitor
from .threads import single_threaded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .embedding.training import Live

__all__ = ["Ground", "ground", "learn_embedding", "learned_recipe"]


@dataclass(frozen=True, eq=False)
class Ground:
    """What an encoder is trained on.

    Attributes
    ----------
    a, b
        Terms of `recipe` side by side, each by its factor, nothing reduced.
    factors
        float64 (D,): by what each column was multiplied.
    leader
        Which term gave the times.
    """

    a: Features
    b: Features
    factors: NDArray[np.float64]
    recipe: FeatureRecipe
    leader: int

    def finished(self, encoder: Encoder) -> Encoder:
        """The same encoder for features as they are extracted: it multiplies by the factors itself, and is at hand."""
        arrays = dict(encoder.arrays)
        arrays["centre"], arrays["scale"] = arrays["centre"] / self.factors, arrays["scale"] * self.factors
        made = replace(encoder, arrays=arrays, base=spelled(self.recipe), leader=self.leader)
        embedding.keep(made)
        return made


def ground(pair: Pair, recipe: FeatureRecipe, monitor: Monitor) -> Ground:
    """Extract what an encoder is to read; every column is kept, and of what was learned before, what that reads.

    Raises
    ------
    ParameterError
        The two are described by different features, so that no one map reads both.
    """
    found = described(pair, _unlearned(recipe), monitor)
    if len(found.weights) != len(found.recipe.terms):
        raise ParameterError("Each side has features of its own here; an encoder needs the same ones on both.")
    with single_threaded():
        sides = zip(found.a, found.b, found.weights, strict=True)
        factors = [factor(x.values, y.values, w) for x, y, w in sides]
        a, b = joined(found.a, factors, found.leader), joined(found.b, factors, found.leader)
    if a.values.shape[1] != b.values.shape[1]:
        raise ParameterError("A and B are described by different numbers of channels; an encoder needs the same.")
    columns = np.repeat(factors, [x.values.shape[1] for x in found.a])
    return Ground(a, b, columns, replace(found.recipe, components=0), found.leader)


def _unlearned(recipe: FeatureRecipe) -> FeatureRecipe:
    """The recipe with the terms that encoders read in the place of the encoders: one is not taught by another."""
    terms: list[FeatureTerm] = []
    for term in recipe.terms:
        method = REGISTRY[term.name]
        if term.name == "learned":
            learned = method.call(method.filled(term.params))
            terms += [replace(t, weight=t.weight * term.weight) for t in learned.bases]
        else:
            terms.append(term)
    return replace(recipe, terms=tuple(terms))


def learn_embedding(
    pair: Pair,
    *,
    features: str | FeatureRecipe = "auto",
    params: CycleParams | Mapping[str, object] | None = None,
    name: str = "",
    monitor: Monitor | None = None,
    live: Live | None = None,
) -> Encoder:
    """Learn by temporal cycle consistency what makes moments of two recordings alike.

    Parameters
    ----------
    features
        What the encoder reads, as in `align`.
    params
        None, a dict, or `embedding.CycleParams`.
    name
        What lists shall call it.
    monitor, live
        Progress and cancellation; called with a `embedding.CycleEpoch` after every epoch, from this thread.

    Returns
    -------
    Encoder
        At hand for the feature ``learned:encoder=DIGEST`` (see `learned_recipe`); `notes` hold warnings.

    Raises
    ------
    ParameterError, MediaError
        One sentence each.

    Examples
    --------
    >>> encoder = sl.learn_embedding(pair, features="pose")
    >>> al = sl.align(pair, features=f"learned:encoder={encoder.digest}")
    """
    from .registry import build

    monitor = monitor or Monitor()
    filled = params if isinstance(params, CycleParams) else build(CycleParams, params)
    g = ground(pair, _recipe(features), monitor.part(0.0, 0.4))
    rows = [g.a.values, g.b.values]
    encoder = embedding.train_cycle(rows, filled, name=name, monitor=monitor.part(0.4, 1.0), live=live)
    return g.finished(encoder)


def learned_recipe(encoder: Encoder) -> FeatureRecipe:
    """The recipe that compares by an encoder, which is put at hand."""
    from .features.learned import LearnedParams

    return FeatureRecipe((FeatureTerm("learned", 1.0, LearnedParams(embedding.keep(encoder))),))


def _recipe(features: str | FeatureRecipe) -> FeatureRecipe:
    if isinstance(features, FeatureRecipe):
        return features
    return AUTOMATIC if features == "auto" else choosing.parse(features)
