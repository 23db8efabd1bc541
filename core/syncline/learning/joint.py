"""Joint representation and assignment: the map and the links are found together, each from the other."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..registry import choice, number
from ._examples import F64, Example, Pairs, Scaling, Widths
from ._maps import apply, backward, map_shapes, unit
from ._training import Arrays, Epoch, FittingParams, Task, Trained, descend, register
from .contrastive import info_nce

__all__ = ["Joint", "JointParams", "loss", "objective"]

_HELD_OUT_TEMPERATURE = 0.1
_PRIORS = (10.0, 30.0, 3.0, 1.0, 0.3)
"""Those tried, the one that is taken without held-out pictures first."""


@dataclass(frozen=True)
class JointParams(FittingParams):
    """Parameters of `Joint`."""

    model: str = choice(
        "linear",
        ("linear", "orthogonal", "two layers"),
        "Map",
        "Of objects to words: least squares, a rotation (Procrustes), or with hidden units by Adam.",
    )
    guessed: float = number(
        0.3,
        "Weight of found links",
        "Of those that nobody corrected; 0 learns from corrected links alone.",
        low=0.0,
        high=1.0,
    )
    fee: float | None = number(
        None,
        "Fee of no link",
        "A phrase whose nearest object is farther (squared distance) stays alone; none: only where objects run out.",
        low=0.0,
        high=1e6,
    )
    prior: float | None = number(
        None,
        "Trust in meaning",
        "How many links the first weights count as, which know how near a label is to a phrase; none: as many as serve "
        "the held-out pictures best.",
        low=0.0,
        high=1e6,
    )
    rounds: int = number(30, "Rounds", "At most.", low=1, high=1000)
    starts: int = number(3, "Starts", "The best of several is taken; most optima are local.", low=1, high=100)
    hidden: int = number(32, "Hidden units", "Of the map with two layers.", low=1, high=1024)
    steps: int = number(50, "Steps a round", "Of Adam, for the map with two layers.", low=1, high=10_000, advanced=True)
    rate: float = number(0.003, "Learning rate", "Of Adam.", low=1e-6, high=1.0, advanced=True)


@dataclass(frozen=True, eq=False)
class Chosen:
    """Pairs of one picture: rows, columns, and what each weighs; and how many phrases stay alone."""

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    weights: F64
    alone: int

    def same(self, other: Chosen) -> bool:
        """True for the same pairs."""
        return np.array_equal(self.rows, other.rows) and np.array_equal(self.columns, other.columns)


@dataclass(frozen=True, eq=False)
class _Scene:
    """A picture as it is mapped."""

    objects: F64
    words: F64
    example: Example

    @classmethod
    def of(cls, example: Example, scaling: Scaling, params: JointParams) -> _Scene:
        """What is rotated has length 1, or else short objects would be near to everything."""
        objects, words = scaling(example.objects), example.words
        if params.model == "orthogonal":
            objects, words = unit(objects)[0], unit(words)[0]
        return cls(objects, words, example)


def distances(arrays: Mapping[str, F64], params: JointParams, objects: F64, words: F64) -> F64:
    """Squared distances (n, m) of mapped objects from words.

    A rotation keeps lengths, also of what it takes out of the space of the words: |x|² + |y|² − 2 x R y.
    """
    y, _ = apply(arrays, "a", objects)
    kept = objects if params.model == "orthogonal" else y
    found = (kept * kept).sum(1)[:, None] + (words * words).sum(1)[None, :] - 2 * y @ words.T
    return np.maximum(found, 0.0)


def loss(
    arrays: Mapping[str, F64], params: JointParams, pairs: tuple[F64, F64, F64], start: Mapping[str, F64]
) -> tuple[float, Arrays]:
    """Σ w |f(x) − y|² + prior |θ − θ₀|² over pairs (x (k, p), y (k, q), w (k,)), with its gradients."""
    x, y, w = pairs
    prior = params.prior or 0.0
    mapped, t = apply(arrays, "a", x)
    gap = mapped - y
    value = float((w * (gap * gap).sum(1)).sum())
    gradients = backward(arrays, "a", x, t, 2 * w[:, None] * gap)
    for k, first in start.items():
        away = arrays[k] - first
        value += prior * float((away * away).sum())
        gradients[k] += 2 * prior * away
    return value, gradients


def objective(
    arrays: Mapping[str, F64], params: JointParams, scenes: Sequence[_Scene], chosen: Sequence[Chosen], start: Arrays
) -> float:
    """What both half-steps lower: weighted squared distances of the pairs, fees of the phrases alone, the prior."""
    value, prior = 0.0, params.prior or 0.0
    for s, c in zip(scenes, chosen, strict=True):
        value += float((c.weights * distances(arrays, params, s.objects, s.words)[c.rows, c.columns]).sum())
        value += params.guessed * (params.fee or 0.0) * c.alone
    if params.model == "orthogonal":
        # Of rotations, only the inner product with the start differs.
        first = start["a.linear"]
        return value + 2 * prior * float((first * first).sum() - (arrays["a.linear"] * first).sum())
    return value + prior * sum(float(((arrays[k] - f) ** 2).sum()) for k, f in start.items())


def choose(params: JointParams, scene: _Scene, costs: F64) -> Chosen:
    """The best pairs of a picture: known links, and an assignment of the rest, caption by caption.

    Phrases of which links are known have these alone; an object that one of a caption has is not had by another.
    """
    from scipy.optimize import linear_sum_assignment

    e = scene.example
    settled = np.any(e.links, axis=0)
    rows, columns = np.nonzero(e.links)
    weights = np.ones(len(rows))
    alone = 0
    if not params.guessed:
        return Chosen(rows.astype(np.intp), columns.astype(np.intp), weights, 0)
    captions = np.zeros(len(settled), np.intp) if e.captions is None else e.captions
    for caption in np.unique(captions):
        own = captions == caption
        open_columns = np.flatnonzero(own & ~settled)
        free = np.flatnonzero(~e.links[:, own].any(1))
        cost = np.where(e.known[np.ix_(free, open_columns)], np.inf, costs[np.ix_(free, open_columns)]).T
        # A place to stay alone for every phrase; without a fee, one that is never worth it.
        most = float(cost.max(initial=0.0, where=np.isfinite(cost)))
        fee = (len(cost) + 1) * (most + 1) if params.fee is None else params.fee
        cost = np.hstack([cost, np.full((len(cost), len(cost)), fee)])
        i, j = linear_sum_assignment(cost)
        paired = j < len(free)
        alone += int((~paired).sum())
        rows = np.concatenate([rows, free[j[paired]]])
        columns = np.concatenate([columns, open_columns[i[paired]]])
        weights = np.concatenate([weights, np.full(int(paired.sum()), params.guessed)])
    return Chosen(rows.astype(np.intp), columns.astype(np.intp), weights, alone)


@register("joint", "Joint representation and assignment", JointParams)
class Joint:
    """Objects are mapped among the words; the map is fitted to the links, the links are assigned by the map, in turn.

    Pictures without corrected links take part too. No half-step raises the objective; it ends when the links repeat.
    """

    def shapes(self, params: JointParams, widths: Widths) -> dict[str, tuple[int, ...]]:
        """A map of objects, and how they are scaled."""
        hidden = params.hidden if params.model == "two layers" else 0
        scaling: dict[str, tuple[int, ...]] = {"mean": (widths.objects - widths.shared,), "scale": (1,)}
        return {**scaling, **map_shapes("a", widths.objects, widths.words, hidden)}

    def fit(self, task: Task, params: JointParams) -> Trained:
        """Several seeded starts; the one of the lowest objective, and of it the round that does best outside."""
        scaling = Scaling.of(task.examples)
        scenes = [_Scene.of(e, scaling, params) for e in task.examples]
        held = Pairs.of(task.held_out, scaling) if task.held_out else None
        if held is not None and params.model == "orthogonal":
            held = replace(held, objects=unit(held.objects)[0], words=unit(held.words)[0])
        base = self._start(params, task.examples[0].widths)
        known = [choose(replace(params, guessed=0.0), s, np.zeros(s.example.links.shape)) for s in scenes]
        if params.prior is None:
            still = replace(task, monitor=task.monitor.part(0.0, 0.0))
            params = self._trusting(still, params, scenes, held, base, known)
        found: list[tuple[float, Arrays, tuple[Epoch, ...], int]] = []
        for k in range(params.starts):
            # The others forget part of the corrected links, at random, so that they set out elsewhere.
            random = np.random.default_rng([params.seed, k])
            share = [c.weights * (random.random(len(c.weights)) if k else 1.0) for c in known]
            first = [Chosen(c.rows, c.columns, w, 0) for c, w in zip(known, share, strict=True)]
            found.append(self._alternate(task, params, scenes, held, base, first, k))
        values = [value for value, *_ in found]
        value, arrays, epochs, best = found[int(np.argmin(values))]
        figures = {
            "rounds": float(len(epochs) - 1),
            "best_epoch": float(best),
            "loss": value,
            "start_spread": float(max(values) - min(values)),
            "prior": params.prior or 0.0,
        }
        return Trained({**scaling.arrays, **arrays}, epochs, figures)

    def _trusting(
        self,
        task: Task,
        params: JointParams,
        scenes: Sequence[_Scene],
        held: Pairs | None,
        base: Arrays,
        known: Sequence[Chosen],
    ) -> JointParams:
        """The same with the prior that serves held-out pictures best, from corrected links alone."""
        tried = [replace(params, prior=prior) for prior in (_PRIORS if held is not None else _PRIORS[:1])]
        losses = [self._outside(self._fitted(task, p, scenes, known, base, base), p, held) for p in tried]
        return tried[0 if held is None else int(np.argmin(losses))]

    def _alternate(
        self,
        task: Task,
        params: JointParams,
        scenes: Sequence[_Scene],
        held: Pairs | None,
        base: Arrays,
        first: Sequence[Chosen],
        start: int,
    ) -> tuple[float, Arrays, tuple[Epoch, ...], int]:
        rounds = params.rounds + 1

        def here(k: int) -> Task:
            """A fit within round k moves the progress no further."""
            share = (start * rounds + k) / (params.starts * rounds)
            return replace(task, monitor=task.monitor.part(share, share))

        arrays = self._fitted(here(0), params, scenes, first, base, base)
        chosen: list[Chosen] = []
        epochs: list[Epoch] = []
        best, lowest, chosen_round = arrays, math.inf, 0
        value = math.inf
        for k in range(rounds):
            here(k).monitor.advance(1, 1)
            old, chosen = chosen, [choose(params, s, distances(arrays, params, s.objects, s.words)) for s in scenes]
            assigned = objective(arrays, params, scenes, chosen, base)
            assert assigned <= value + 1e-9 * (1 + abs(value)), "an assignment raised the objective"
            value, outside = assigned, self._outside(arrays, params, held)
            epochs.append(Epoch(k, value, outside))
            task.live(epochs[-1])
            score = value if math.isnan(outside) else outside
            if score < lowest:
                best, lowest, chosen_round = arrays, score, k
            if old and all(a.same(b) for a, b in zip(old, chosen, strict=True)):
                break
            arrays = self._fitted(here(k), params, scenes, chosen, base, arrays)
            fitted = objective(arrays, params, scenes, chosen, base)
            assert fitted <= value + 1e-9 * (1 + abs(value)), "a map raised the objective"
            value = fitted
        return value, best, tuple(epochs), chosen_round

    def _fitted(
        self,
        task: Task,
        params: JointParams,
        scenes: Sequence[_Scene],
        chosen: Sequence[Chosen],
        base: Arrays,
        now: Arrays,
    ) -> Arrays:
        """The map of the lowest objective for these pairs; for the map with two layers, a lower one."""
        x = np.concatenate([s.objects[c.rows] for s, c in zip(scenes, chosen, strict=True)])
        y = np.concatenate([s.words[c.columns] for s, c in zip(scenes, chosen, strict=True)])
        w = np.concatenate([c.weights for c in chosen])
        prior = params.prior or 0.0
        task.monitor.check()
        if params.model == "orthogonal":
            return {"a.linear": _rotation(x, y, w, prior * base["a.linear"])}
        if params.model == "linear":
            return {"a.linear": _least_squares(x, y, w, prior, base["a.linear"])}
        quiet = replace(task, live=lambda _: None)

        def steps(epoch: int) -> Iterator[Callable[[Arrays], tuple[float, Arrays]]]:
            yield lambda arrays: loss(arrays, params, (x, y, w), base)

        return descend(
            now,
            steps,
            lambda _: math.nan,
            rate=params.rate,
            epochs=params.steps,
            patience=params.steps,
            task=quiet,
        )[0]

    def _outside(self, arrays: Arrays, params: JointParams, held: Pairs | None) -> float:
        if held is None:
            return math.nan
        far = distances(arrays, params, held.objects, held.words)
        return info_nce(-far / (2 * _HELD_OUT_TEMPERATURE), held)[0]

    def _start(self, params: JointParams, widths: Widths) -> Arrays:
        random = np.random.default_rng([params.seed, 1 << 20])
        start: Arrays = {}
        for k, shape in self.shapes(params, widths).items():
            if k == "a.hidden":
                start[k] = random.normal(size=shape) / np.sqrt(shape[0])
            elif k not in ("mean", "scale"):
                start[k] = np.zeros(shape)
        start["a.linear"][: widths.shared, : widths.shared] = np.eye(widths.shared)
        return start

    def score(self, arrays: Mapping[str, F64], params: JointParams, example: Example) -> F64:
        """Negative squared distances (n, m)."""
        scene = _Scene.of(example, Scaling.from_arrays(arrays, example.shared), params)
        return -distances(arrays, params, scene.objects, scene.words)


def _rotation(x: F64, y: F64, w: F64, prior: F64) -> F64:
    """The rotation (p, q) that is largest on Xᵀ W Y + prior (orthogonal Procrustes, Schönemann 1966).

    Where fewer pairs than dimensions say nothing, it is 0 rather than arbitrary: the least of all that are as good
    among the maps that lengthen nothing.
    """
    u, s, vt = np.linalg.svd((x * w[:, None]).T @ y + prior, full_matrices=False)
    sure = s > 1e-10 * max(float(s.max(initial=0.0)), 1e-300)
    return u[:, sure] @ vt[sure]


def _least_squares(x: F64, y: F64, w: F64, prior: float, base: F64) -> F64:
    """Argmin of Σ w |x R − y|² + prior |R − base|², in the smaller of its two forms."""
    root = np.sqrt(w)[:, None]
    x, gap = x * root, (y - x @ base) * root
    ridge = max(prior, 1e-9)
    if len(x) < x.shape[1]:
        return base + x.T @ np.linalg.solve(x @ x.T + ridge * np.eye(len(x)), gap)
    return base + np.linalg.solve(x.T @ x + ridge * np.eye(x.shape[1]), x.T @ gap)
