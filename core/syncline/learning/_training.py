"""The way from examples to a scorer that all models share: what is held out, descent, when to stop, calibration."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from ..errors import ParameterError
from ..progress import Monitor
from ..registry import Registry, number
from ._adam import Adam
from ._examples import F64, Bool, Example, Widths
from ._scorer import Scorer

__all__ = [
    "LEAST_PAIRS",
    "REGISTRY",
    "Epoch",
    "FittingParams",
    "Learner",
    "Live",
    "Task",
    "Trained",
    "calibrate",
    "descend",
    "enough",
    "register",
    "score",
    "train",
]

LEAST_PAIRS = 3
"""Links below which nothing can be learned."""

Arrays = dict[str, F64]


@dataclass(frozen=True)
class FittingParams:
    """Parameters that every model has."""

    seed: int = number(0, "Seed", "The same seed gives the same weights.", low=0, high=2**31 - 1)
    held_out: float = number(
        0.2, "Held-out pictures", "Share of the pictures that only tell when to stop; 0 trains on all.", low=0, high=0.5
    )


@dataclass(frozen=True)
class Epoch:
    """How far training is, for a live curve.

    Attributes
    ----------
    epoch
        From 0, before the first step.
    loss
        On the pictures it is trained on, regularisation included.
    held_out
        On the others, without regularisation; NaN if there are none.
    """

    epoch: int
    loss: float
    held_out: float


Live = Callable[[Epoch], None]
"""Called after every epoch, from the thread that trains."""


@dataclass(frozen=True, eq=False)
class Task:
    """What a learner is asked: pictures to train on, pictures to stop by (perhaps none), and whom to tell."""

    examples: tuple[Example, ...]
    held_out: tuple[Example, ...]
    monitor: Monitor
    live: Live


@dataclass(frozen=True, eq=False)
class Trained:
    """What a learner found: weights, the epochs of its loss, named figures, sentences."""

    arrays: Arrays
    epochs: tuple[Epoch, ...]
    figures: Mapping[str, float] = field(default_factory=dict[str, float])
    notes: tuple[str, ...] = ()


class Learner(Protocol):
    """A member of the family."""

    def shapes(self, params: Any, widths: Widths) -> dict[str, tuple[int, ...]]:
        """Names and shapes of the arrays that `fit` gives for pictures of these widths."""
        ...

    def fit(self, task: Task, params: Any) -> Trained:
        """Learn; raises Cancelled as soon as the monitor was told to stop."""
        ...

    def score(self, arrays: Mapping[str, F64], params: Any, example: Example) -> F64:
        """Raw scores float64 (n, m); larger is better, on any scale."""
        ...


REGISTRY: Registry[type[Learner]] = Registry("syncline.learning", "syncline.learners", "learner")
register = REGISTRY.register


def train(
    examples: Sequence[Example],
    method: str = "contrastive",
    params: Any = None,
    *,
    name: str = "",
    monitor: Monitor | None = None,
    live: Live | None = None,
) -> Scorer:
    """Learn from pictures what belongs together.

    Parameters
    ----------
    examples
        All of the same widths. Pictures without a link may still teach a model that guesses them (``"joint"``).
    method, params
        A learner, and a dict or its parameters object.
    monitor, live
        Progress and cancellation; what to call after every epoch.

    Raises
    ------
    ParameterError
        One sentence: too few links, or nothing to tell them from.
    Cancelled
        The monitor was told to stop; nothing is left behind.
    """
    learner = REGISTRY[method]
    params = learner.filled(params)
    monitor = monitor or Monitor()
    monitor.check()
    pairs = sum(int(e.links.sum()) for e in examples)
    enough(pairs)
    widths = {e.widths for e in examples}
    if len(widths) > 1:
        raise ParameterError("The pictures are described by different numbers; describe them all alike.")
    training, held_out, notes = _split(examples, params)
    tell = Task(training, held_out, monitor, live or (lambda _: None))
    made = learner.call()
    found = made.fit(tell, params)
    monitor.check()
    alpha, beta, judged = _calibration(made, found.arrays, params, training, held_out)
    figures = {
        "pairs": float(pairs),
        "pictures": float(len(training)),
        "held_out_pictures": float(len(held_out)),
        **found.figures,
        **judged,
    }
    curve = np.array([[e.epoch, e.loss, e.held_out] for e in found.epochs], np.float64).reshape(-1, 3)
    return Scorer(
        method,
        learner.version,
        params,
        next(iter(widths)),
        found.arrays,
        (alpha, beta),
        curve,
        figures,
        (*notes, *found.notes),
        name,
    )


def enough(pairs: int) -> None:
    """Raise ParameterError if so many links are too few to learn from."""
    if pairs < LEAST_PAIRS:
        what = f"is {'none' if not pairs else 'only one'}" if pairs < 2 else f"are only {pairs}"
        raise ParameterError(
            f"Learning needs at least {LEAST_PAIRS} corrected links, but there {what}: "
            "lock links that are right, or mark pictures as checked."
        )


def score(scorer: Scorer, example: Example) -> F64:
    """How well every object and phrase fit: float64 (n, m), in 0..1, ½ where both are equally likely.

    Raises
    ------
    ParameterError
        The picture is described by other numbers than those the scorer was trained on.
    """
    if example.widths != scorer.widths:
        raise ParameterError("The scorer was trained on other descriptions of objects and phrases: train again.")
    raw = REGISTRY[scorer.method].call().score(scorer.arrays, scorer.params, example)
    return _sigmoid(scorer.calibration[0] * raw + scorer.calibration[1])


def _split(
    examples: Sequence[Example], params: FittingParams
) -> tuple[tuple[Example, ...], tuple[Example, ...], tuple[str, ...]]:
    """Examples to train on and to stop by. Those without links are trained on."""
    linked = [k for k, e in enumerate(examples) if e.links.any()]
    count = max(1, round(params.held_out * len(linked))) if params.held_out and len(linked) >= 3 else 0
    order = np.random.default_rng(params.seed).permutation(linked).tolist() if count else []
    held: set[int] = set()
    left = sum(int(e.links.sum()) for e in examples)
    for k in order:
        own = int(examples[k].links.sum())
        if len(held) < count and left - own >= LEAST_PAIRS:
            held.add(k)
            left -= own
    training = tuple(e for k, e in enumerate(examples) if k not in held)
    notes = () if held else ("No picture was held out: how well it does on others is not known.",)
    return training, tuple(examples[k] for k in sorted(held)), notes


# -- descent --------------------------------------------------------------------------------------

_LEAST_GAIN = 1e-4


def descend(
    start: Mapping[str, F64],
    batches: Callable[[int], Iterable[Callable[[Arrays], tuple[float, Arrays]]]],
    held_out: Callable[[Arrays], float],
    *,
    rate: float,
    epochs: int,
    patience: int,
    task: Task,
) -> tuple[Arrays, tuple[Epoch, ...], int]:
    """Adam until the held-out loss has not fallen for `patience` epochs.

    Parameters
    ----------
    start
        Weights to begin with; not changed.
    batches
        For an epoch, losses with gradients, to be stepped along one after another.
    held_out
        What decides; NaN: the mean loss of an epoch decides.

    Returns
    -------
    weights, epochs, best
        The weights of the best epoch, all epochs, and which was the best.
    """
    now = {k: v.copy() for k, v in start.items()}
    adam = Adam(now, rate)
    seen: list[Epoch] = []
    best, lowest, chosen = now, math.inf, 0
    for epoch in range(epochs + 1):
        task.monitor.advance(epoch, epochs)
        before = {k: v.copy() for k, v in now.items()}
        outside = held_out(before)
        losses: list[float] = []
        for loss in batches(epoch):
            task.monitor.check()
            value, gradients = loss(now)
            losses.append(value)
            adam.step(gradients)
        # Of the weights before the epoch's steps, so that loss and held-out loss are of the same ones.
        seen.append(Epoch(epoch, float(np.mean(losses)), outside))
        task.live(seen[-1])
        value = seen[-1].loss if math.isnan(outside) else outside
        if value < lowest - _LEAST_GAIN * abs(lowest if lowest < math.inf else 0.0):
            best, lowest, chosen = before, value, epoch
        elif epoch - chosen >= patience:
            break
    return best, tuple(seen), chosen


# -- calibration ----------------------------------------------------------------------------------


def _calibration(
    learner: Learner, arrays: Arrays, params: Any, training: Sequence[Example], held_out: Sequence[Example]
) -> tuple[float, float, dict[str, float]]:
    """Slope and offset, and what they were found from: held-out pictures if those have pairs enough."""
    judged = [(learner.score(arrays, params, e), e) for e in held_out]
    figures: dict[str, float] = {}
    if judged:
        hits = [raw[:, j].argmax() in np.flatnonzero(e.links[:, j]) for raw, e in judged for j in _decidable(e)]
        if hits:
            figures["held_out_phrases"], figures["held_out_right"] = float(len(hits)), float(np.mean(hits))
    raw, links = _known(judged)
    if min(links.sum(), (~links).sum()) < 2 * LEAST_PAIRS:
        raw, links = _known([(learner.score(arrays, params, e), e) for e in (*training, *held_out)])
    return *calibrate(raw, links), figures


def _decidable(example: Example) -> list[int]:
    """Phrases with a link and with an object that is known to be another thing."""
    links, known = example.links.any(0), (example.known & ~example.links).any(0)
    return np.flatnonzero(links & known).tolist()


def _known(scored: Sequence[tuple[F64, Example]]) -> tuple[F64, Bool]:
    raw = [r[e.known] for r, e in scored]
    links = [e.links[e.known] for _, e in scored]
    return np.concatenate([*raw, np.zeros(0)]), np.concatenate([*links, np.zeros(0, np.bool_)])


def calibrate(raw: F64, links: Bool) -> tuple[float, float]:
    """Slope and offset that turn raw scores (k,) into chances, links and others weighing alike (Platt 1999).

    Newton's method on the cross entropy with Platt's targets, which keep it finite where scores tell all apart. The
    slope is not negative: a model that says the opposite of what it learned is given none.
    """
    positive, negative = int(links.sum()), int((~links).sum())
    if not positive or not negative:
        # Nothing says where links end: the middle of what was seen.
        middle, spread = (float(np.median(raw)), float(raw.std())) if len(raw) else (0.0, 1.0)
        return 1 / max(spread, 1e-6), -middle / max(spread, 1e-6)
    centre, spread = float(raw.mean()), max(float(raw.std()), 1e-9)
    x = np.column_stack([(raw - centre) / spread, np.ones(len(raw))])
    target = np.where(links, (positive + 1) / (positive + 2), 1 / (negative + 2))
    weight = np.where(links, 0.5 / positive, 0.5 / negative)
    theta = np.zeros(2)

    def loss(t: F64) -> float:
        z = x @ t
        return float((weight * (np.logaddexp(0.0, z) - target * z)).sum())

    for _ in range(100):
        p = _sigmoid(x @ theta)
        slope = x.T @ (weight * (p - target))
        curvature = (x * (weight * p * (1 - p))[:, None]).T @ x + 1e-12 * np.eye(2)
        move = np.linalg.solve(curvature, slope)
        size = 1.0
        while size > 1e-6 and loss(theta - size * move) > loss(theta):
            size /= 2
        theta = theta - size * move
        if np.abs(size * move).max() < 1e-10:
            break
    alpha = max(float(theta[0]), 0.0)
    return alpha / spread, float(theta[1]) * (alpha > 0) - alpha * centre / spread


def _sigmoid(z: F64) -> F64:
    return np.exp(-np.logaddexp(0.0, -z))
