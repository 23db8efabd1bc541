"""Monotone warps as mixtures of monotone bases, and the small quadratic programme that moves their weights."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["fitted", "paper_bases", "simplex_programme", "splines"]

_F64 = NDArray[np.float64]


def paper_bases(length: int) -> _F64:
    """The six bases of generalized canonical time warping, from 0 to 1: float64 (length, 6).

    Three powers x^w, w from 10^-0.4 to 10^0.4, and three tanh(0.6 (t − c)), t from −3 to 3, c = −1, 0, 1
    (Zhou & De la Torre, TPAMI 38(2), 2016, section 5.1).
    """
    x = np.linspace(0, 1, length)
    t = np.linspace(-3, 3, length)
    columns = [x**w for w in np.logspace(-0.4, 0.4, 3)]
    for c in (-1, 0, 1):
        v = np.tanh(0.6 * (t - c))
        columns.append((v - v[0]) / (v[-1] - v[0]))
    return np.column_stack(columns)


def splines(length: int, count: int) -> _F64:
    """Quadratic I-splines with evenly spaced knots (Ramsay 1988), from 0 to 1: float64 (length, count − 1)."""
    from scipy.interpolate import BSpline

    knots = np.r_[[0.0, 0.0], np.linspace(0, 1, count - 1), [1.0, 1.0]]
    bumps = BSpline.design_matrix(np.linspace(0, 1, length), knots, 2).toarray()
    return np.cumsum(bumps[:, ::-1], axis=1)[:, -2::-1]


def fitted(basis: _F64, curve: _F64) -> _F64:
    """Weights ≥ 0 of sum 1 whose mixture of `basis` (l, k) lies nearest to `curve` (l,): float64 (k,)."""
    k = basis.shape[1]
    hessian = basis.T @ basis
    return simplex_programme(hessian + _ridge(hessian), -basis.T @ curve, np.zeros(k, np.intp), np.full(k, 1.0 / k))


def _ridge(hessian: _F64) -> _F64:
    """A trace of identity, so that bases that look alike on few rows don't make the programme singular."""
    size = float(np.trace(hessian)) / len(hessian)
    return 1e-9 * (size if size > 0 else 1.0) * np.eye(len(hessian))


def simplex_programme(hessian: _F64, linear: _F64, groups: NDArray[np.intp], start: _F64) -> _F64:
    """Minimise a'Ha/2 + g'a over weights a ≥ 0 whose sum within each group stays that of `start`.

    By the primal active-set method (Nocedal & Wright, Numerical Optimization, 2006, algorithm 16.3): each step solves
    for the weights that are free, and stops at the first that would fall below 0.

    Parameters
    ----------
    hessian, linear
        float64 (k, k) positive definite, (k,).
    groups
        intp (k,): group of each weight, from 0 on.
    start
        float64 (k,), feasible, each group with a positive weight.

    Returns
    -------
    float64 (k,)
        Feasible, and optimal up to rounding.
    """
    a = np.maximum(start, 0.0)
    held = a <= 0
    members = (groups == np.arange(groups.max() + 1)[:, None]).astype(np.float64)
    count = len(members)
    scale = max(float(np.abs(hessian).max()), float(np.abs(linear).max()))
    # Every weight is held and freed a few times at most; the bound is for rounding that goes in circles.
    for _ in range(20 * len(a)):
        free = np.flatnonzero(~held)
        e = members[:, free]
        system = np.block([[hessian[np.ix_(free, free)], scale * e.T], [scale * e, np.zeros((count, count))]])
        slope = hessian @ a + linear
        answer = np.linalg.solve(system, np.r_[-slope[free], np.zeros(count)])
        step = np.zeros(len(a))
        step[free] = answer[: len(free)]
        if np.abs(step).max() <= 1e-12:
            pull = slope + scale * (members.T @ answer[len(free) :])
            pull[free] = 0
            worst = int(np.argmin(pull))
            if pull[worst] >= -1e-10 * scale:
                break
            held[worst] = False
            continue
        falling = np.flatnonzero(step < 0)
        reach = a[falling] / -step[falling]
        if len(reach) and reach.min() < 1:
            stop = int(falling[np.argmin(reach)])
            a = np.maximum(a + reach.min() * step, 0.0)
            a[stop] = 0.0
            held[stop] = True
        else:
            a = np.maximum(a + step, 0.0)
    return a
