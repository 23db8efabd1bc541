"""Directed attention: every element of one side spreads itself over the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...model import Matching
from ...progress import Monitor
from ...registry import choice, number
from . import MatchProblem, register
from ._placed import finish, stuck

__all__ = ["AttentionParams", "attend", "solve"]

F64 = NDArray[np.float64]


@dataclass(frozen=True)
class AttentionParams:
    """Parameters of `solve`."""

    direction: str = choice(
        "words to objects",
        ("words to objects", "objects to words"),
        "Direction",
        "Who asks, and gets weights that sum to 1, and who is looked at.",
    )
    kind: str = choice("soft", ("soft", "hard"), "Kind", "Softmax, or all on the best.")
    temperature: float = number(
        0.1, "Temperature", "Small: nearly all on the best. Large: nearly the same on everyone.", low=1e-6, high=1e6
    )


def attend(scores: F64, temperature: float) -> F64:
    """Softmax over the last axis of `scores` / `temperature`, −∞ getting exactly 0; rows of −∞ alone are an error.

    A temperature of 0 puts all on the largest, the first of several.
    """
    if temperature == 0:
        return np.eye(scores.shape[-1])[scores.argmax(-1)]
    with np.errstate(over="ignore"):
        e = np.exp((scores - scores.max(-1, keepdims=True)) / temperature)
    return e / e.sum(-1, keepdims=True)


@register("attention", "Directed attention", AttentionParams)
def solve(problem: MatchProblem, params: AttentionParams, monitor: Monitor) -> Matching:
    """Let every element of the asking side attend to the other: a = softmax(scores / T), scores = −costs.

    A forbidden pair has the score −∞. An element with locked links attends to these alone, in equal shares. One that
    may stay unmatched has one more key, nobody, of score −fee. Several may attend to the same.

    Returns
    -------
    Matching
        `weights` sum to 1 with `free_a` (`free_b`) for each asking element; its largest weight is its link, if that
        is not nobody. `objective` is Σ weight · cost − T Σ entropy, which soft attention minimises (T = 0 if hard).
        `figures`: mean ``entropy`` in nats, and ``entropy_share`` of the largest possible.

    Raises
    ------
    Infeasible
        An element that must be matched has every partner forbidden.
    """
    monitor.check()
    placed = problem.placed
    turned = params.direction == "words to objects"
    costs = placed.costs.T if turned else placed.costs
    fees = placed.b_fees if turned else placed.a_fees
    scores = -np.column_stack([costs, fees])
    held = np.zeros(scores.shape, np.bool_)
    held[placed.locked[:, int(turned)], placed.locked[:, 1 - int(turned)]] = True
    bound = held.any(1)
    scores[bound] = np.where(held[bound], 0.0, -np.inf)
    lost = np.flatnonzero(np.isinf(scores.max(1)))
    if len(lost):
        raise stuck(placed, int(turned), lost, ())
    hard = params.kind == "hard"
    weights = attend(scores, 0.0 if hard else params.temperature)
    # Several locked links are all wanted, even by hard attention.
    weights[bound] = held[bound] / held[bound].sum(1, keepdims=True)
    keys = scores.shape[1] - 1
    # A lock's links all count, where otherwise the best key is the link.
    chosen = held.copy()
    rest = np.flatnonzero(~bound)
    best = weights[rest].argmax(1)
    chosen[rest[best < keys], best[best < keys]] = True

    entropy = -np.sum(weights * np.log(np.where(weights > 0, weights, 1.0)), 1)
    full = np.column_stack([costs, fees])
    cost = float(np.sum(weights * np.where(weights > 0, full, 0.0)))
    objective = cost - (0.0 if hard else params.temperature * float(entropy[~bound].sum()))
    most = np.log(np.isfinite(scores).sum(1))
    share = float(entropy[most > 0].sum() / most[most > 0].sum()) if (most > 0).any() else 0.0
    notes: list[str] = []
    if share > 0.95 and not hard:
        notes.append("Attention is nearly the same on everyone and says little; lower the temperature.")
    pairs = np.argwhere(chosen[:, :keys])
    a = weights[:, :keys]
    return finish(
        placed,
        "attention",
        np.ascontiguousarray(a.T if turned else a),
        pairs[:, ::-1] if turned else pairs,
        objective,
        None if turned else weights[:, keys].copy(),
        weights[:, keys].copy() if turned else None,
        None,
        {"entropy": float(entropy.mean()) if len(entropy) else 0.0, "entropy_share": share},
        notes,
    )
