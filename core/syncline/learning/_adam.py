"""Adam: steps whose length follows the first two moments of each weight's gradient."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from ._examples import F64

__all__ = ["Adam"]

_BETA_1, _BETA_2, _EPSILON = 0.9, 0.999, 1e-8


class Adam:
    """Moves weights in place (D. P. Kingma & J. Ba, ICLR 2015, algorithm 1).

    Parameters
    ----------
    arrays
        Weights by name, float64; changed by `step`.
    rate
        Learning rate.
    """

    def __init__(self, arrays: dict[str, F64], rate: float) -> None:
        self._arrays, self._rate, self._steps = arrays, rate, 0
        self._first, self._second = ({k: np.zeros_like(v) for k, v in arrays.items()} for _ in range(2))

    def step(self, gradients: Mapping[str, F64]) -> None:
        """One step against the gradients of the weights they name."""
        self._steps += 1
        # One number a step, not one a weight.
        size = self._rate * math.sqrt(1 - _BETA_2**self._steps) / (1 - _BETA_1**self._steps)
        for k, g in gradients.items():
            self._first[k] += (1 - _BETA_1) * (g - self._first[k])
            self._second[k] += (1 - _BETA_2) * (g * g - self._second[k])
            self._arrays[k] -= size * self._first[k] / (np.sqrt(self._second[k]) + _EPSILON)
