"""Independent references for the match solvers, and random problems for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from syncline.model import Fees, LinkConstraints, Similarity
from syncline.progress import Monitor
from syncline.solvers.match import REGISTRY, MatchProblem
from syncline.solvers.match._placed import open_fees, unlocked

LECTURE = [[8, 25, 50], [50, 35, 75], [22, 48, 150]]


def problem(costs: Any, locked: Any = (), forbidden: Any = (), a_fees: Any = None, b_fees: Any = None, **more: Any):
    fees = [Fees(own=f) if isinstance(f, dict) else Fees(f) for f in (a_fees, b_fees)]
    return MatchProblem(
        Similarity.from_costs(costs), LinkConstraints(frozenset(locked), frozenset(forbidden), *fees), **more
    )


def solve(name: str, p: MatchProblem, monitor: Monitor | None = None, **params: Any) -> Any:
    method = REGISTRY[name]
    return method.call(p, method.params(**params), monitor or Monitor())


def random_costs(rng: np.random.Generator, n: int, m: int) -> np.ndarray:
    """Floats, small integers (ties) or large ones, in half of the cases with a share of forbidden cells."""
    kind = rng.integers(3)
    C = rng.standard_normal((n, m)) if kind == 0 else rng.integers(-3, 4, (n, m)) * (1.0 if kind == 1 else 1e6)
    C = C.astype(float)
    C[rng.random((n, m)) < rng.choice([0, 0, 0.2, 0.7])] = np.inf
    return C


def with_fees(rng: np.random.Generator, C: np.ndarray) -> MatchProblem:
    """Some elements of either side may stay unmatched, in a third of the cases nobody may."""
    share = rng.choice([0, 0.4, 1.0], 2) if rng.random() < 0.7 else (0, 0)
    fees = [
        {k: float(rng.integers(-1, 4)) for k in range(c) if rng.random() < s}
        for c, s in zip(C.shape, share, strict=True)
    ]
    return problem(C, a_fees=fees[0], b_fees=fees[1])


def scipy_optimum(p: MatchProblem) -> float | None:
    """By linear_sum_assignment on the (n + m)² matrix with the fees on diagonals; None if infeasible."""
    C = p.placed.costs
    n, m = C.shape
    a, b = open_fees(p.placed, *unlocked(p.placed))
    square = np.full((n + m, n + m), np.inf)
    square[:n, :m] = C
    square[np.arange(n), m + np.arange(n)] = a
    square[n + np.arange(m), np.arange(m)] = b
    square[n:, m:] = 0
    try:
        return float(square[linear_sum_assignment(square)].sum())
    except ValueError:
        return None


def every_matching(p: MatchProblem) -> list[tuple[float, frozenset[tuple[int, int]]]]:
    """Cost and decisions, (i, −1) and (−1, j) for who stays unmatched, of every allowed matching."""
    C = p.placed.costs
    n, m = C.shape
    a, b = open_fees(p.placed, *unlocked(p.placed))

    def grow(i: int, used: frozenset[int], cost: float, taken: list[tuple[int, int]]) -> Iterator[Any]:
        if i == n:
            rest = [j for j in range(m) if j not in used]
            yield cost + sum(b[j] for j in rest), frozenset(taken + [(-1, j) for j in rest])
            return
        yield from grow(i + 1, used, cost + a[i], [*taken, (i, -1)])
        for j in range(m):
            if j not in used:
                yield from grow(i + 1, used | {j}, cost + C[i, j], [*taken, (i, j)])

    return [(c, d) for c, d in grow(0, frozenset(), 0.0, []) if np.isfinite(c)]


def proven(matching: Any, scale: float = 1.0) -> None:
    """The certificate holds."""
    assert abs(matching.certificate.gap) <= 1e-9 * scale
    assert matching.certificate.slack >= -1e-9 * scale
