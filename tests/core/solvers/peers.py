"""Independent references for the warp solvers: brute force, a plain float64 program, dtw-python."""

from __future__ import annotations

import contextlib
import functools
import io
import itertools
from typing import Any

import numpy as np
from scipy.spatial.distance import cdist

from syncline.model import Constraints, Features
from syncline.progress import Monitor
from syncline.solvers.warp import WarpProblem
from syncline.solvers.warp.dtw import DtwParams, solve

NAMES = (
    "symmetric1",
    "symmetric2",
    "asymmetric",
    "symmetricP05",
    "symmetricP1",
    "symmetricP2",
    "asymmetricP1",
    "typeIIIc",
)

# As in the table of Giorgino 2009: (di, dj), then (steps back in i, in j, weight) of the cells passed.
BRANCHES: dict[str, list[tuple[tuple[int, int], list[tuple[int, int, float]]]]] = {
    "symmetric1": [((1, 1), [(0, 0, 1)]), ((0, 1), [(0, 0, 1)]), ((1, 0), [(0, 0, 1)])],
    "symmetric2": [((1, 1), [(0, 0, 2)]), ((0, 1), [(0, 0, 1)]), ((1, 0), [(0, 0, 1)])],
    "asymmetric": [((1, 0), [(0, 0, 1)]), ((1, 1), [(0, 0, 1)]), ((1, 2), [(0, 0, 1)])],
    "symmetricP1": [
        ((1, 2), [(0, 1, 2), (0, 0, 1)]),
        ((1, 1), [(0, 0, 2)]),
        ((2, 1), [(1, 0, 2), (0, 0, 1)]),
    ],
}


@functools.cache
def dtw_python() -> Any:
    with contextlib.redirect_stdout(io.StringIO()):  # it greets at import
        import dtw
    return dtw


def feats(values: Any, rate: float = 1.0) -> Features:
    v = np.asarray(values, np.float32)
    v = np.ascontiguousarray(v[:, None] if v.ndim == 1 else v)
    return Features(v, np.arange(len(v)) / rate)


def run(x: Any, y: Any, constraints: Constraints | None = None, previous: Any = None, **params: Any) -> Any:
    a = x if isinstance(x, Features) else feats(x)
    b = y if isinstance(y, Features) else feats(y)
    problem = WarpProblem(a, b, constraints or Constraints(), previous=previous)
    return solve(problem, DtwParams(**params), Monitor())


def plain_dtw(C: np.ndarray, diagonal: float) -> float:
    """Accumulated cost of the one-step patterns: a dense float64 program by anti-diagonals."""
    n, m = C.shape
    D = np.full((n + 1, m + 1), np.inf)
    # So that the first cell, reached by a diagonal step, counts once.
    D[0, 0] = C[0, 0] * (1 - diagonal)
    for k in range(n + m - 1):
        i = np.arange(max(0, k - m + 1), min(n, k + 1))
        j = k - i
        straight = np.minimum(D[i, j + 1], D[i + 1, j]) + C[i, j]
        D[i + 1, j + 1] = np.minimum(straight, D[i, j] + diagonal * C[i, j])
    return float(D[n, m])


def every_path(C: np.ndarray, name: str, start: tuple[int, int], end: tuple[int, int]) -> Any:
    """All ways from start to end by a pattern's branches: (cost without the first cell, branch ends, cells)."""

    def grow(i: int, j: int) -> Any:
        if (i, j) == end:
            yield 0.0, [], []
        for (di, dj), cells in BRANCHES[name]:
            u, v = i + di, j + dj
            if u > end[0] or v > end[1]:
                continue
            passed = [(u - ci, v - cj) for ci, cj, _ in cells]
            here = sum(w * C[p] for p, (_, _, w) in zip(passed, cells, strict=True))
            for cost, ends, rest in grow(u, v):
                yield here + cost, [(u, v), *ends], passed + rest

    return grow(*start)


def costs(x: Any, y: Any, metric: str = "euclidean") -> np.ndarray:
    x, y = (np.asarray(v, float).reshape(len(v), -1) for v in (x, y))
    return cdist(x, y, metric)


def cells_of(path: Any) -> list[tuple[int, int]]:
    return [(int(i), int(j)) for i, j in path.pairs]


def weighted(path_cells: list[tuple[int, int]], C: np.ndarray, diagonal: float) -> float:
    """Cost of a one-step path, the first cell once."""
    total = C[path_cells[0]]
    for p, q in itertools.pairwise(path_cells):
        total += C[q] * (diagonal if p[0] < q[0] and p[1] < q[1] else 1)
    return float(total)
