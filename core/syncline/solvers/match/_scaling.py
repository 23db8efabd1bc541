"""Sinkhorn's iteration in the log domain, balanced or not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...progress import Monitor

__all__ = ["Scaled", "SinkhornStep", "plan", "scale", "walk"]

F64 = NDArray[np.float64]

_WORK = 10_000_000
"""Exponentials a call, some 20 ms."""

_COARSE = 0.2
"""Of the costs' spread: from this ε on the way to a smaller one is walked in halves."""


@dataclass(frozen=True, eq=False)
class Scaled:
    """Potentials f (n,), g (m,) after `sweeps` sweeps.

    `error` is what the next sweep would still change of the row sums (L1); with balanced masses, how far they are off.
    """

    f: F64
    g: F64
    sweeps: int
    error: float
    converged: bool


def plan(f: F64, g: F64, costs: F64, eps: float) -> F64:
    """exp((f_i + g_j − C_ij) / ε), float64 (n, m); 0 where a pair is forbidden."""
    return np.exp((f[:, None] + g - costs) / eps)


def scale(
    a: F64, b: F64, costs: F64, eps: float, rho: float, goal: float, most: int, spread: float, monitor: Monitor
) -> Scaled:
    """Minimise ⟨T, C⟩ + ε Σ T (ln T − 1) + ρ KL(T1 | a) + ρ KL(Tᵀ1 | b) over T ≥ 0.

    Parameters
    ----------
    a, b
        float64 (n,), (m,) > 0.
    costs
        float64 (n, m), +∞ where forbidden, with a finite cell in every row and column.
    eps, rho
        > 0; ρ = ∞ makes the row and column sums those of a and b.
    goal, most
        Stop at this error, or after so many sweeps.
    spread
        Of the costs: what ε is small or large against.
    """
    from . import _kernels as k

    C, Ct = np.ascontiguousarray(costs), np.ascontiguousarray(costs.T)
    log_a, log_b = np.log(a), np.log(b)
    f, g = np.zeros(len(a)), np.zeros(len(b))
    some = max(1, _WORK // (2 * C.size))
    # The potentials of a larger ε are a good start for the half of it.
    ladder: list[float] = []
    step = _COARSE * spread
    while step > 1.5 * eps:
        ladder.append(step)
        step /= 2
    done, error = 0, np.inf
    for now in (*ladder, eps):
        last = now == eps
        limit = most if last else min(most, done + 100)
        target = goal if last else 1e-2 * float(a.sum())
        damp = 1.0 if np.isinf(rho) else rho / (rho + now)
        error = np.inf
        while done < limit and error > target:
            count, error = k.sweeps(C, Ct, log_a, log_b, now, damp, f, g, target, min(some, limit - done))
            done += count
            monitor.advance(done, most)
    return Scaled(f, g, done, float(error), bool(error <= goal))


@dataclass(frozen=True, eq=False)
class SinkhornStep:
    """The plan after one half-sweep.

    Attributes
    ----------
    count
        Half-sweeps so far; after an odd one the row sums are right, after an even one the column sums.
    f, g, plan
        Potentials float64 (R,), (C,) and plan (R, C); a last row and column for nobody where `null`.
    supply, demand
        What row and column sums are to be.
    error
        L1 distance of both from that.
    """

    count: int
    f: F64
    g: F64
    plan: F64
    supply: F64
    demand: F64
    error: float
    null: bool


def walk(
    a: F64, b: F64, costs: F64, eps: float, rho: float, goal: float, most: int, null: bool
) -> Iterator[SinkhornStep]:
    """Yield the plan after every half-sweep at ε, from potentials of 0, until `goal` or nothing moves."""
    from . import _kernels as k

    C, Ct = np.ascontiguousarray(costs), np.ascontiguousarray(costs.T)
    damp = 1.0 if np.isinf(rho) else rho / (rho + eps)
    f, g = np.zeros(len(a)), np.zeros(len(b))
    for count in range(1, 2 * most + 1):
        before = f.copy(), g.copy()
        if count % 2:
            k.soft_rows(C, g, np.log(a), eps, damp, f)
        else:
            k.soft_rows(Ct, f, np.log(b), eps, damp, g)
        T = plan(f, g, costs, eps)
        error = float(np.abs(T.sum(1) - a).sum() + np.abs(T.sum(0) - b).sum())
        yield SinkhornStep(count, f.copy(), g.copy(), T, a, b, error, null)
        moved = max(np.abs(f - before[0]).max(initial=0.0), np.abs(g - before[1]).max(initial=0.0))
        if error <= goal or (count > 1 and moved <= goal * eps):
            return
