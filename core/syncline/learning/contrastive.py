"""Coordinated representations: objects and phrases into one space, where pairs lie near and others apart."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import ParameterError
from ..registry import choice, number
from ._examples import F64, Bool, Example, Pairs, Scaling, Widths
from ._maps import apply, backward, map_shapes, shared_start, unit, unit_backward
from ._training import Arrays, FittingParams, Task, Trained, descend, register

__all__ = ["Contrastive", "ContrastiveParams", "info_nce", "loss"]


@dataclass(frozen=True)
class ContrastiveParams(FittingParams):
    """Parameters of `Contrastive`."""

    model: str = choice("linear", ("linear", "two layers"), "Map", "What takes each side into the common space.")
    width: int = number(96, "Dimensions", "Of the common space.", low=1, high=1024)
    hidden: int = number(64, "Hidden units", "Of the map with two layers.", low=1, high=1024)
    temperature: float = number(
        0.1, "Temperature", "Lower presses harder on the nearest wrong pairs.", low=0.01, high=10.0
    )
    rate: float = number(0.01, "Learning rate", "Of Adam.", low=1e-6, high=1.0, advanced=True)
    prior: float = number(
        3.0,
        "Trust in meaning",
        "How many links the first weights count as, which know how near a label is to a phrase.",
        low=0.0,
        high=1e6,
    )
    epochs: int = number(300, "Epochs", "At most.", low=1, high=100_000)
    patience: int = number(30, "Patience", "Epochs without gain after which it stops.", low=1, high=10_000)
    batch: int = number(512, "Pairs a step", "Whole pictures up to so many.", low=8, high=8192, advanced=True)


def info_nce(logits: F64, pairs: Pairs) -> tuple[float, F64]:
    """InfoNCE in both directions and its gradient with respect to the logits (n, m).

    Each link (i, j) is told from the counterexamples of row i, and of column j: −ln e^z_ij / (e^z_ij + Σ_k e^z_ik), the
    mean over links and both directions. With links on the diagonal and all else against them it is CLIP's loss.

    References
    ----------
    A. van den Oord et al. 2018, arXiv 1807.03748; A. Radford et al. 2021, ICML (both directions).
    """
    count = 2 * max(int(pairs.links.sum()), 1)
    rows, d_rows = _one_way(logits, pairs.links, pairs.against)
    columns, d_columns = _one_way(logits.T, pairs.links.T, pairs.against.T)
    return (rows + columns) / count, (d_rows + d_columns.T) / count


def _one_way(z: F64, links: Bool, against: Bool) -> tuple[float, F64]:
    others = np.where(against, z, -np.inf)
    top = others.max(1, initial=-np.inf, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    weights = np.exp(others - top)
    total = weights.sum(1, keepdims=True)
    # A row without counterexamples can't be wrong.
    rival = np.log(total, out=np.full_like(total, -np.inf), where=total > 0) + top
    gap = rival - z
    value = float(np.logaddexp(0.0, gap)[links].sum())
    wrong = np.where(links, np.exp(-np.logaddexp(0.0, -gap)), 0.0)
    share = np.divide(weights, total, out=np.zeros_like(weights), where=total > 0)
    return value, wrong.sum(1, keepdims=True) * share - wrong


def loss(
    arrays: Mapping[str, F64],
    params: ContrastiveParams,
    pairs: Pairs,
    start: Mapping[str, F64] | None = None,
    pull: float = 0.0,
) -> tuple[float, Arrays]:
    """InfoNCE of the cosines of mapped objects and phrases, plus pull / 2 · |θ − start|², with its gradients."""
    y_a, t_a = apply(arrays, "a", pairs.objects)
    y_b, t_b = apply(arrays, "b", pairs.words)
    (u, length_a), (v, length_b) = unit(y_a), unit(y_b)
    value, dz = info_nce(u @ v.T / params.temperature, pairs)
    dz /= params.temperature
    gradients = backward(arrays, "a", pairs.objects, t_a, unit_backward(u, length_a, dz @ v))
    gradients |= backward(arrays, "b", pairs.words, t_b, unit_backward(v, length_b, dz.T @ u))
    for k, first in (start or {}).items():
        away = arrays[k] - first
        value += pull / 2 * float((away * away).sum())
        gradients[k] += pull * away
    return value, gradients


@register("contrastive", "Contrastive representations", ContrastiveParams)
class Contrastive:
    """Both sides are mapped into one space, so that links are nearer than others (InfoNCE in both directions)."""

    def shapes(self, params: ContrastiveParams, widths: Widths) -> dict[str, tuple[int, ...]]:
        """A map for each side, and how objects are scaled."""
        hidden = params.hidden if params.model == "two layers" else 0
        return {
            "mean": (widths.objects - widths.shared,),
            "scale": (1,),
            **map_shapes("a", widths.objects, params.width, hidden),
            **map_shapes("b", widths.words, params.width, hidden),
        }

    def fit(self, task: Task, params: ContrastiveParams) -> Trained:
        """Adam on batches of whole pictures."""
        scaling = Scaling.of(task.examples)
        taught = [e for e in task.examples if e.known.any()]
        whole = Pairs.of(taught, scaling)
        if not (whole.against.any(1) & whole.links.any(1)).any():
            raise ParameterError(
                "Nothing is known to be no link, so there is nothing to tell links from: "
                "lock links of several different objects, or mark pictures as checked."
            )
        start = self._start(params, task.examples[0].widths)
        pull = params.prior / int(whole.links.sum())
        held = Pairs.of(task.held_out, scaling) if task.held_out else None
        random = np.random.default_rng([params.seed, 1])

        def batches(epoch: int) -> Iterator[Callable[[Arrays], tuple[float, Arrays]]]:
            some = _dealt(taught, random.permutation(len(taught)).tolist(), params.batch)
            for batch in [whole] if len(some) == 1 else [Pairs.of(s, scaling) for s in some]:
                yield lambda arrays, batch=batch: loss(arrays, params, batch, start, pull)

        def outside(arrays: Arrays) -> float:
            return loss(arrays, params, held)[0] if held is not None else math.nan

        found, epochs, best = descend(
            start, batches, outside, rate=params.rate, epochs=params.epochs, patience=params.patience, task=task
        )
        figures = {"epochs": float(len(epochs) - 1), "best_epoch": float(best), "loss": epochs[best].loss}
        return Trained({**scaling.arrays, **found}, epochs, figures)

    def _start(self, params: ContrastiveParams, widths: Widths) -> Arrays:
        random = np.random.default_rng([params.seed, 0])
        start: Arrays = {}
        for k, shape in self.shapes(params, widths).items():
            if k in ("mean", "scale"):
                continue
            # The second layer begins silent, so that training begins with the linear map.
            quiet = k.endswith((".out", ".bias"))
            start[k] = np.zeros(shape) if quiet else random.normal(size=shape) / np.sqrt(shape[0])
        if widths.shared:
            for side, width in (("a", widths.objects), ("b", widths.words)):
                start[f"{side}.linear"] = shared_start(width, params.width, widths.shared, params.seed)
        return start

    def score(self, arrays: Mapping[str, F64], params: ContrastiveParams, example: Example) -> F64:
        """Cosines (n, m)."""
        scaling = Scaling.from_arrays(arrays, example.shared)
        u, v = (unit(apply(arrays, s, x)[0])[0] for s, x in (("a", scaling(example.objects)), ("b", example.words)))
        return u @ v.T


def _dealt(examples: Sequence[Example], order: Sequence[int], most: int) -> list[list[Example]]:
    """Pictures in that order, put together until they have `most` links."""
    dealt: list[list[Example]] = [[]]
    count = 0
    for k in order:
        own = int(examples[k].links.sum())
        if dealt[-1] and count + own > most:
            dealt.append([])
            count = 0
        dealt[-1].append(examples[k])
        count += own
    return dealt
