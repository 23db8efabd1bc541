"""Compiled loop of units: the labelling of rows that costs least, no run of it too short."""

from __future__ import annotations

import numpy as np
from numba import njit  # pyright: ignore[reportUnknownVariableType]
from numpy.typing import NDArray

from ..._loops import renew

__all__ = ["shortest"]

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]


@njit(nogil=True, cache=True, error_model="numpy")
def shortest(costs: F64, least: int, shut: Bools, out: I64) -> None:
    """Write the best label of each row.

    Parameters
    ----------
    costs
        float64 (n, k), n > least: of each label in each row.
    shut
        bool (n + 1,): rows at which no run may begin.
    out
        int64 (n,).
    """
    n, k = costs.shape
    # Of the best labelling of the first t rows whose last run, of `least` rows or more, has each label: what it costs,
    # and where that run begins.
    ending, begins = np.full(k, np.inf), np.zeros((n + 1, k), np.int32)
    recent = np.zeros(k)
    best, label = np.full(n + 1, np.inf), np.zeros(n + 1, np.int32)
    best[0] = 0.0
    for t in range(1, n + 1):
        first = t - least
        found, which = np.inf, 0
        for c in range(k):
            recent[c] += costs[t - 1, c]
            if first > 0:
                recent[c] -= costs[first - 1, c]
            longer = ending[c] + costs[t - 1, c]
            new = best[first] + recent[c] if first >= 0 else np.inf
            if new < longer:
                ending[c], begins[t, c] = new, first
            else:
                ending[c], begins[t, c] = longer, begins[t - 1, c]
            if ending[c] < found:
                found, which = ending[c], c
        best[t], label[t] = np.inf if shut[t] else found, which
    t = n
    while t > 0:
        first = begins[t, label[t]]
        out[first:t] = label[t]
        t = first


renew(globals(), __file__)
