"""Units against scikit-learn, every labelling of small cases, and hand-worked purities (ALGORITHMS 7.3, 9)."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from syncline.errors import ParameterError
from syncline.model import Features
from syncline.segment_quality import compare_boundaries, compare_units
from syncline.solvers.segment import REGISTRY, SegmentProblem
from syncline.solvers.segment.units import cluster, shortest


@pytest.mark.parametrize("seed", range(24))
def test_no_run_is_too_short_and_none_is_better(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, k, least = int(rng.integers(3, 8)), 3, int(rng.integers(1, 4))
    costs = rng.uniform(size=(n, k))
    barred = [int(t) for t in rng.integers(1, n, seed % 3)]

    def legal(labels: tuple[int, ...]) -> bool:
        runs = [len(list(g)) for _, g in itertools.groupby(labels)]
        return n <= least or (min(runs) >= least and all(labels[t] == labels[t - 1] for t in barred))

    best = min(
        sum(costs[t, c] for t, c in enumerate(labels))
        for labels in itertools.product(range(k), repeat=n)
        if legal(labels) and (n > least or len(set(labels)) == 1)
    )
    found = shortest(costs, least, barred)
    assert legal(tuple(found.tolist()))
    assert costs[np.arange(n), found].sum() == pytest.approx(best)


def test_clusters_of_several_files_are_shared() -> None:
    rng = np.random.default_rng(0)
    middles = rng.normal(0, 10, (4, 3))
    truth = [rng.integers(0, 4, 80) for _ in range(2)]
    found = cluster([middles[t] + rng.normal(0, 0.1, (80, 3)) for t in truth], 4)
    both = compare_units([str(k) for x in found.labels for k in x], [str(k) for x in truth for k in x])
    assert (both.phone_purity, both.cluster_purity, both.pnmi) == pytest.approx((1.0, 1.0, 1.0))
    assert np.array_equal(cluster([np.zeros((5, 2))], 3).labels[0], np.zeros(5))
    assert cluster([np.zeros((5, 2))], 3).notes
    with pytest.raises(ParameterError):
        cluster([np.zeros((0, 2))], 3)


def test_set_boundaries_cut_runs() -> None:
    rows = Features(np.repeat([[0.0], [5.0]], 10, 0).astype(np.float32), np.arange(20) / 10)
    method = REGISTRY["units"]
    free = method.call(SegmentProblem(rows), method.filled({"k": 2}), _monitor())
    assert [t for s in free.tiers[0].segments for t in (s.start, s.end)] == pytest.approx([0.0, 0.95, 0.95, 1.95])
    cut = method.call(SegmentProblem(rows, boundaries=(0.5,)), method.filled({"k": 2}), _monitor())
    assert [s.start for s in cut.tiers[0].segments] == pytest.approx([0.0, 0.45, 0.95])
    with pytest.raises(ParameterError, match="5 s"):
        method.call(SegmentProblem(rows, boundaries=(5.0,)), method.filled({"k": 2}), _monitor())


def _monitor():
    from syncline.progress import Monitor

    return Monitor()


def test_worked_purities() -> None:
    # Units a a b b b, phones x x x y y: a is x twice, b is x once and y twice.
    found = compare_units(list("aabbb"), list("xxxyy"))
    assert found.phone_purity == pytest.approx(4 / 5)
    assert found.cluster_purity == pytest.approx(4 / 5)
    mutual = 0.4 * np.log(0.4 / 0.24) + 0.2 * np.log(0.2 / 0.36) + 0.4 * np.log(0.4 / 0.24)
    assert found.pnmi == pytest.approx(mutual / -(0.6 * np.log(0.6) + 0.4 * np.log(0.4)))


def test_worked_boundaries() -> None:
    true = np.arange(1, 11, dtype=float)
    half = compare_boundaries(true[::2], true)
    assert half.r_value == pytest.approx(0.646447, abs=1e-6)
    assert (half.precision, half.recall, half.over) == (1.0, 0.5, -0.5)
    double = compare_boundaries(np.concatenate([true, true + 0.5]), true)
    assert double.r_value == pytest.approx(0.146447, abs=1e-6)
    near = compare_boundaries(true + 0.02, true)
    assert near.f1 == 1.0 and near.within["20 ms"] == 1.0 and near.within["10 ms"] == 0.0
    # Two found near one true: one of them is wrong.
    assert compare_boundaries([1.0, 1.01], [1.0]).precision == 0.5
    assert compare_boundaries([], [1.0]).f1 == 0.0
