"""The way of one moment to its soft neighbour and back, to be looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .cycle import FLOOR, CycleForm, cycle_back

__all__ = ["CycleStep", "cycle_steps"]

F64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CycleStep:
    """One moment's cycle.

    Attributes
    ----------
    moment
        i, counted from 0.
    alpha
        float64 (m,): weights of V's moments.
    nearest
        float64 (D,): the soft neighbour ṽ = α V.
    beta
        float64 (n,): weights of U's moments on the way back.
    mu, variance
        Where it comes back, in moments.
    loss
        (i − μ)²/σ² + λ ln σ, the variance-aware loss of this moment in the paper's form.
    """

    moment: int
    alpha: F64
    nearest: F64
    beta: F64
    mu: float
    variance: float
    loss: float


def cycle_steps(u: F64, v: F64, form: CycleForm | None = None) -> Iterator[CycleStep]:
    """Yield the cycle of every moment of U (n, D) through V (m, D), first moment first.

    Parameters
    ----------
    form
        Sharpness of the comparison; moments are counted in rows whatever the form.

    References
    ----------
    D. Dwibedi et al., Temporal cycle-consistency learning, CVPR 2019, eqs. 2 to 6.
    """
    form = form or CycleForm()
    c = cycle_back(u, v, np.arange(float(len(u))), form.sharpness(u.shape[1]))
    for i in range(len(u)):
        mu, variance = float(c.mu[i]), float(c.variance[i])
        spread = variance + FLOOR * len(u) ** 2
        value = (i - mu) ** 2 / spread + form.variance_weight * np.log(np.sqrt(spread))
        yield CycleStep(i, c.alpha[i], c.nearest[i], c.beta[i], mu, variance, float(value))
