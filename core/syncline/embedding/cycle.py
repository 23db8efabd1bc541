"""Temporal cycle consistency: from a moment to its soft neighbour in another sequence and back again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..registry import choice, number

__all__ = ["FLOOR", "LOSSES", "Cycle", "CycleForm", "cycle_back", "loss", "neighbours", "squared_distances"]

F64 = NDArray[np.float64]

LOSSES = ("variance-aware", "mse", "huber", "classification")
FLOOR = 1e-6
"""Least variance, as a share of the squared length: where the way back is certain, σ² would be 0, its logarithm −∞."""


@dataclass(frozen=True)
class CycleForm:
    """Which loss, and in whose form."""

    loss: str = choice(
        "variance-aware",
        LOSSES,
        "Loss",
        "What is asked of the way back: to name the moment it began at (classification), or to come near it.",
    )
    form: str = choice(
        "lecture",
        ("lecture", "released"),
        "Form",
        "As in the paper, or as in the authors' program: distances by dimension and temperature, moments from 0 to 1.",
    )
    temperature: float = number(0.1, "Temperature", "Of the released form.", low=1e-3, high=100.0, advanced=True)
    variance_weight: float = number(
        0.001, "Variance weight", "λ of the variance-aware loss.", low=0.0, high=10.0, advanced=True
    )
    huber_delta: float = number(
        0.1, "Huber δ", "Where Huber's loss turns straight; in moments of the form.", low=1e-6, high=1e6, advanced=True
    )
    smoothing: float = number(
        0.1,
        "Label smoothing",
        "Share of the label that the released classification spreads evenly.",
        low=0.0,
        high=0.9,
        advanced=True,
    )

    @property
    def released(self) -> bool:
        """True for the form of the authors' program."""
        return self.form == "released"

    def sharpness(self, width: int) -> float:
        """What squared distances of embeddings of that width are multiplied by before they are compared."""
        return 1.0 / (width * self.temperature) if self.released else 1.0


@dataclass(frozen=True, eq=False)
class Cycle:
    """The way of every moment of U to V and back.

    Attributes
    ----------
    alpha
        float64 (n, m): weights of V's moments, rows sum to 1.
    nearest
        float64 (n, D): soft neighbours ṽ = α V.
    beta
        float64 (n, n): weights of U's moments on the way back.
    mu, variance
        float64 (n,): mean and variance of where it comes back, in units of the index.
    """

    alpha: F64
    nearest: F64
    beta: F64
    mu: F64
    variance: F64


def squared_distances(p: F64, q: F64) -> F64:
    """float64 (n, m) of the rows of p (n, D) and q (m, D), which should not lie far from 0."""
    d = (p * p).sum(1)[:, None] + (q * q).sum(1) - 2 * (p @ q.T)
    return np.maximum(d, 0, out=d)


def _softmax(z: F64) -> F64:
    z = np.exp(z - z.max(1, keepdims=True))
    return z / z.sum(1, keepdims=True)


def cycle_back(u: F64, v: F64, index: F64, sharpness: float = 1.0) -> Cycle:
    """Go from every row of U to its soft neighbour in V and back.

    Parameters
    ----------
    u, v
        float64 (n, D), (m, D).
    index
        float64 (n,): what the moments of U are called.
    sharpness
        See `CycleForm.sharpness`.
    """
    alpha = _softmax(-sharpness * squared_distances(u, v))
    nearest = alpha @ v
    beta = _softmax(-sharpness * squared_distances(nearest, u))
    mu = beta @ index
    variance = (beta * (index - mu[:, None]) ** 2).sum(1)
    return Cycle(alpha, nearest, beta, mu, variance)


def loss(u: F64, v: F64, form: CycleForm, index: F64, span: float) -> tuple[float, F64, F64]:
    """Loss of the cycles U → V → U, the mean over the moments of U, with its gradients by U (n, D) and V (m, D).

    Parameters
    ----------
    u, v
        float64 (n, D), (m, D): embeddings.
    index
        float64 (n,): the moments of U; in the lecture's form rows, in the released one shares of the length.
    span
        How long the whole of U's recording is, in units of `index`.

    References
    ----------
    D. Dwibedi et al., Temporal cycle-consistency learning, CVPR 2019, eqs. 2 to 6.
    """
    n = len(u)
    kappa = form.sharpness(u.shape[1])
    c = cycle_back(u, v, index, kappa)
    if form.loss == "classification":
        rest = form.smoothing if form.released else 0.0
        target = np.full((n, n), rest / n)
        target[np.arange(n), np.arange(n)] += 1 - rest
        z = -kappa * squared_distances(c.nearest, u)
        top = z.max(1, keepdims=True)
        logs = z - top - np.log(np.exp(z - top).sum(1, keepdims=True))
        value = -float((target * logs).sum()) / n
        d_back = (c.beta - target) / n
    else:
        value, d_mu, d_variance = _regression(c, form, index, span)
        d_beta = d_mu[:, None] * index + d_variance[:, None] * (index - c.mu[:, None]) ** 2
        d_back = c.beta * (d_beta - (c.beta * d_beta).sum(1, keepdims=True))
    d_nearest, d_u = _pulls(d_back, c.nearest, u, kappa)
    d_alpha = d_nearest @ v.T
    d_there = c.alpha * (d_alpha - (c.alpha * d_alpha).sum(1, keepdims=True))
    more_u, d_v = _pulls(d_there, u, v, kappa)
    return value, d_u + more_u, d_v + c.alpha.T @ d_nearest


def _regression(c: Cycle, form: CycleForm, index: F64, span: float) -> tuple[float, F64, F64]:
    """Value, and the gradients by mean and variance of where the way back ends."""
    n = len(index)
    away = c.mu - index
    nothing = np.zeros(n)
    if form.loss == "mse":
        return float((away * away).mean()), 2 * away / n, nothing
    if form.loss == "huber":
        delta = form.huber_delta
        far = np.abs(away) > delta
        values = np.where(far, delta * (np.abs(away) - delta / 2), away * away / 2)
        return float(values.mean()), np.where(far, delta * np.sign(away), away) / n, nothing
    # λ ln σ in the paper, λ ln σ² in the authors' program: half as much.
    weight = form.variance_weight * (1.0 if form.released else 0.5)
    spread = c.variance + FLOOR * span * span
    values = away * away / spread + weight * np.log(spread)
    return float(values.mean()), 2 * away / spread / n, (weight - away * away / spread) / spread / n


def _pulls(weights: F64, p: F64, q: F64, kappa: float) -> tuple[F64, F64]:
    """Gradients by p (n, D) and q (m, D) from those by −κ |p_i − q_k|², (n, m)."""
    d_p = -2 * kappa * (weights.sum(1)[:, None] * p - weights @ q)
    d_q = 2 * kappa * (weights.T @ p - weights.sum(0)[:, None] * q)
    return d_p, d_q


def neighbours(u: F64, v: F64) -> NDArray[np.intp]:
    """Nearest row of V for every row of U, the first of several."""
    return squared_distances(u, v).argmin(1)
