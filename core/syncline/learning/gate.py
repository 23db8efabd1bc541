"""The additive attention gate: where in the picture a phrase looks."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ..errors import ParameterError
from ..registry import choice, number
from ._examples import F64, Example, Widths
from ._scorer import Scorer
from ._training import Arrays, FittingParams, Task, Trained, descend, register

__all__ = ["Attention", "Gate", "GateParams", "Looks", "attend", "loss"]

Regions = NDArray[np.floating[Any]]
"""Kept as they come: those of a picture are half a megabyte in float32, as exact as they are."""


@dataclass(frozen=True)
class GateParams(FittingParams):
    """Parameters of `Gate`."""

    units: int = number(32, "Attention units", "Length of v.", low=1, high=1024)
    aim: str = choice(
        "all of it",
        ("all of it", "somewhere"),
        "Aim",
        "A phrase is taught to look at all of what it means alike, or anywhere within.",
    )
    activation: str = choice("sigmoid", ("sigmoid", "tanh"), "σ", "The lecture's sigmoid, or Bahdanau's tanh.")
    rate: float = number(0.03, "Learning rate", "Of Adam.", low=1e-6, high=1.0, advanced=True)
    decay: float = number(1e-4, "Weight decay", "Half the squared weights count this often.", low=0.0, high=10.0)
    epochs: int = number(300, "Epochs", "At most.", low=1, high=100_000)
    patience: int = number(30, "Patience", "Epochs without gain after which it stops.", low=1, high=10_000)
    batch: int = number(512, "Phrases a step", "Whole pictures up to so many.", low=8, high=8192, advanced=True)


@dataclass(frozen=True, eq=False)
class Attention:
    """Where T words look.

    Attributes
    ----------
    weights
        float64 (T, rows, columns) ≥ 0; those of a word add up to 1.
    contexts
        float64 (T, d): z_i = Σ_j a_ij f_j, what the word sees.
    entropy
        float64 (T,): −Σ a ln a; ln (rows · columns) where it looks everywhere alike.
    """

    weights: F64
    contexts: F64
    entropy: F64


@dataclass(frozen=True, eq=False)
class Looks:
    """What a picture teaches: phrases (T, q), regions (L, d), and the share (T, L) of each that is what is meant."""

    words: F64
    regions: Regions
    meant: F64


def energies(arrays: Mapping[str, F64], params: GateParams, words: F64, regions: Regions) -> tuple[F64, F64]:
    """e_ij = vᵀ σ(W s_i + U f_j): (T, L), and the hidden units (T, L, units)."""
    inner = (words @ arrays["W"].T)[:, None, :] + (regions @ arrays["U"].T)[None, :, :]
    hidden = np.tanh(inner) if params.activation == "tanh" else 0.5 + 0.5 * np.tanh(inner / 2)
    return hidden @ arrays["v"], hidden


def loss(arrays: Mapping[str, F64], params: GateParams, looks: Sequence[Looks], decay: bool) -> tuple[float, Arrays]:
    """How far attention is from what is meant, mean over phrases, with its gradients.

    With c_ij the share of region j that lies in the boxes of phrase i, and b_i = c_i / Σ_j c_ij: for all of it
    Σ_j b_ij ln (b_ij / a_ij), which is 0 where attention is spread over the boxes and nowhere else; for somewhere
    −ln Σ_j c_ij a_ij, which is 0 for any attention within them.
    """
    value = 0.0
    gradients = {k: np.zeros_like(arrays[k]) for k in ("W", "U", "v")}
    count = max(sum(len(x.words) for x in looks), 1)
    for x in looks:
        e, hidden = energies(arrays, params, x.words, x.regions)
        attention, total = _softmax(e)
        if params.aim == "somewhere":
            aim, hit = _softmax(e + _log(x.meant))
            value += float((total - hit).sum()) / count
        else:
            aim = x.meant / x.meant.sum(1, keepdims=True)
            value += float((aim * (np.where(aim > 0, _log(aim), 0.0) - e + total[:, None])).sum()) / count
        de = (attention - aim) / count
        gradients["v"] += np.einsum("tl,tlu->u", de, hidden)
        slope = 1 - hidden * hidden if params.activation == "tanh" else hidden * (1 - hidden)
        inner = de[:, :, None] * (slope * arrays["v"])
        gradients["W"] += inner.sum(1).T @ x.words
        gradients["U"] += inner.sum(0).T @ x.regions
    if decay:
        for k, g in gradients.items():
            value += params.decay / 2 * float((arrays[k] ** 2).sum())
            g += params.decay * arrays[k]
    return value, gradients


def _log(x: F64) -> F64:
    return np.log(x, out=np.full_like(x, -np.inf), where=x > 0)


def _softmax(e: F64) -> tuple[F64, F64]:
    """Softmax over the last axis, and the logarithm of its denominator (T,)."""
    top = e.max(1, keepdims=True)
    weights = np.exp(e - top)
    total = weights.sum(1, keepdims=True)
    return weights / total, (np.log(total) + top)[:, 0]


@register("gate", "Additive attention", GateParams)
class Gate:
    """a_ij = softmax_j(vᵀ σ(W s_i + U f_j)): how much phrase i looks at region j of the picture.

    Links teach it to look into the boxes of what is meant. A pair's score is ln of the share of the attention that
    falls into the box over the share of the picture that the box takes.

    References
    ----------
    D. Bahdanau et al. 2015, ICLR; K. Xu et al. 2015, ICML (pictures); C. Liu et al. 2017, AAAI (taught by boxes).
    """

    def shapes(self, params: GateParams, widths: Widths) -> dict[str, tuple[int, ...]]:
        """W, U, v, and how words and regions are scaled."""
        return {
            "words.mean": (widths.words,),
            "words.scale": (1,),
            "regions.mean": (widths.regions,),
            "regions.scale": (1,),
            "W": (params.units, widths.words),
            "U": (params.units, widths.regions),
            "v": (params.units,),
        }

    def fit(self, task: Task, params: GateParams) -> Trained:
        """Adam on batches of whole pictures."""
        if any(e.regions is None for e in task.examples):
            raise ParameterError(
                "The attention gate looks at pictures, but one can't be read: locate it, or leave it out."
            )
        scaled = {
            **_scaling("words", [e.words for e in task.examples]),
            **_scaling("regions", [_flat(e)[0] for e in task.examples]),
        }
        looks = [x for e in task.examples if len((x := _looks(scaled, e)).words)]
        held = [x for e in task.held_out if len((x := _looks(scaled, e)).words)]
        if not looks:
            raise ParameterError("None of the linked objects lies in its picture, so there is nowhere to look.")
        random = np.random.default_rng([params.seed, 1])
        start = self._start(params, task.examples[0].widths)

        def batches(epoch: int) -> Iterator[Callable[[Arrays], tuple[float, Arrays]]]:
            some: list[Looks] = []
            order = random.permutation(len(looks)).tolist()
            for k in order:
                some.append(looks[k])
                if k == order[-1] or sum(len(x.words) for x in some) >= params.batch:
                    yield lambda arrays, some=tuple(some): loss(arrays, params, some, True)
                    some.clear()

        def outside(arrays: Arrays) -> float:
            return loss(arrays, params, held, False)[0] if held else math.nan

        found, epochs, best = descend(
            start, batches, outside, rate=params.rate, epochs=params.epochs, patience=params.patience, task=task
        )
        figures = {"epochs": float(len(epochs) - 1), "best_epoch": float(best), "loss": epochs[best].loss}
        return Trained({**scaled, **found}, epochs, figures)

    def _start(self, params: GateParams, widths: Widths) -> Arrays:
        random = np.random.default_rng([params.seed, 0])
        wanted = self.shapes(params, widths)
        start = {k: random.normal(size=wanted[k]) for k in ("W", "U")}
        # Inputs have length 1: units begin where σ is bent, for where it is straight words can't move attention.
        return {**start, "v": random.normal(size=wanted["v"]) / np.sqrt(params.units)}

    def score(self, arrays: Mapping[str, F64], params: GateParams, example: Example) -> F64:
        """Logarithm of how much more than by chance is looked into each box: (n, m); 0 without regions."""
        if example.regions is None:
            return np.zeros(example.links.shape)
        regions, cover = _flat(example)
        attention = _softmax(energies(arrays, params, *_scaled(arrays, example.words, regions))[0])[0]
        inside = cover @ attention.T
        share = cover.mean(1, keepdims=True)
        return np.where(share > 0, np.log(inside + 1e-6) - np.log(share + 1e-6), np.log(1e-6))


def attend(scorer: Scorer, words: F64, regions: Regions) -> Attention:
    """Where words look in a picture.

    Parameters
    ----------
    scorer
        A trained gate.
    words
        float64 (T, q).
    regions
        float32 or float64 (rows, columns, d).

    Raises
    ------
    ParameterError
        The scorer is no gate, or was trained on other descriptions.
    """
    if scorer.method != "gate":
        raise ParameterError(f"“{scorer.label}” has no attention; train an attention gate.")
    if words.shape[1:] != (scorer.widths.words,) or regions.shape[2:] != (scorer.widths.regions,):
        raise ParameterError("The scorer was trained on other descriptions of words and regions: train again.")
    flat = regions.reshape(-1, regions.shape[2])
    params = cast("GateParams", scorer.params)
    a, _ = _softmax(energies(scorer.arrays, params, *_scaled(scorer.arrays, words, flat))[0])
    entropy = -(a * np.log(a, out=np.zeros_like(a), where=a > 0)).sum(1)
    return Attention(a.reshape(len(words), *regions.shape[:2]), a @ flat, entropy)


def _scaling(side: str, parts: Sequence[Regions]) -> dict[str, F64]:
    """What brings the rows of all pictures to a mean of 0 and a mean square length of 1."""
    count = max(sum(len(p) for p in parts), 1)
    mean: F64 = np.sum([p.sum(0, dtype=np.float64) for p in parts], axis=0) / count
    square = sum(float(((p - mean) ** 2).sum()) for p in parts) / count
    return {f"{side}.mean": mean, f"{side}.scale": np.array([1 / np.sqrt(square) if square > 1e-12 else 1.0])}


def _scaled(arrays: Mapping[str, F64], words: F64, regions: Regions) -> tuple[F64, Regions]:
    s = (words - arrays["words.mean"]) * arrays["words.scale"]
    f = (regions - arrays["regions.mean"]) * arrays["regions.scale"]
    return s, f.astype(regions.dtype, copy=False)


def _flat(example: Example) -> tuple[Regions, F64]:
    """Regions (L, d), and their cover by the objects (n, L)."""
    assert example.regions is not None
    assert example.cover is not None
    return example.regions.reshape(-1, example.regions.shape[2]), example.cover.reshape(len(example.cover), -1)


def _looks(scaled: Mapping[str, F64], example: Example) -> Looks:
    regions, cover = _flat(example)
    chosen = np.flatnonzero(example.links.any(0))
    meant = np.array([cover[example.links[:, j]].max(0) for j in chosen]).reshape(len(chosen), len(regions))
    there = meant.any(1)
    return Looks(*_scaled(scaled, example.words[chosen[there]], regions), meant[there])
