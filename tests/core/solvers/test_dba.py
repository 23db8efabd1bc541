"""Barycentre averaging: the worked example, a peer, and what can't rise."""

from __future__ import annotations

import numpy as np
import pytest
from tslearn.barycenters import dtw_barycenter_averaging

from syncline.errors import Cancelled, ParameterError
from syncline.model import Features
from syncline.progress import Monitor
from syncline.solvers.warp.dba import DbaParams, barycentre, medoid


def feats(values: object) -> Features:
    v = np.asarray(values, np.float32)
    v = v[:, None] if v.ndim == 1 else v
    return Features(np.ascontiguousarray(v), np.arange(len(v), dtype=float))


def family(seed: int, count: int = 5) -> list[Features]:
    random = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        t = np.linspace(0, 1, int(random.integers(30, 60))) ** random.uniform(0.6, 1.7)
        made.append(feats(np.c_[np.sin(6 * t), np.cos(9 * t)] + 0.1 * random.normal(size=(len(t), 2))))
    return made


def test_the_worked_example() -> None:
    """ALGORITHMS 4.7."""
    found = barycentre([feats([0, 1, 2, 1, 0]), feats([0, 0, 1, 2, 0])], start=0)
    assert found.values[:, 0].tolist() == [0, 1, 2, 1.5, 0]
    assert found.costs[-1] == pytest.approx(0.5)


@pytest.mark.parametrize("seed", range(4))
def test_the_peer_agrees_and_the_cost_never_rises(seed: int) -> None:
    made = family(seed)
    turns: list[tuple[int, float]] = []
    found = barycentre(made, DbaParams(rounds=40), start=1, live=lambda *x: turns.append(x))
    assert len(found.costs) > 2
    assert (np.diff(found.costs) <= 0).all()
    assert turns == list(enumerate(found.costs))
    theirs = dtw_barycenter_averaging(
        [s.values for s in made], barycenter_size=len(made[1]), init_barycenter=made[1].values, max_iter=40, tol=0
    )
    cost = sum(_least(theirs, s.values) for s in made)
    # Ties and the order of means lead to other minima, neither of them the better one by much.
    assert found.costs[-1] == pytest.approx(cost, rel=0.02)
    assert found.costs[-1] == pytest.approx(sum(_least(found.values, s.values) for s in made), rel=1e-5)


def _least(x: np.ndarray, y: np.ndarray) -> float:
    c = ((x[:, None].astype(float) - y[None].astype(float)) ** 2).sum(-1)
    total = np.full((len(x) + 1, len(y) + 1), np.inf)
    total[0, 0] = 0
    for i in range(len(x)):
        for j in range(len(y)):
            total[i + 1, j + 1] = c[i, j] + min(total[i, j], total[i, j + 1], total[i + 1, j])
    return float(total[-1, -1])


def test_the_medoid_is_the_one_between_the_others() -> None:
    assert medoid([feats([0, 0, 0]), feats([9, 9, 9]), feats([4, 4, 4])]) == 2
    assert barycentre([feats([0, 0, 0]), feats([9, 9, 9]), feats([4, 4, 4])]).start == 2


def test_refusals_and_cancel() -> None:
    with pytest.raises(ParameterError, match="nothing"):
        barycentre([])
    with pytest.raises(ParameterError, match="different numbers"):
        barycentre([feats([1, 2]), feats([[1, 2]])])
    monitor = Monitor()
    with pytest.raises(Cancelled):
        barycentre(family(0), start=0, monitor=monitor, live=lambda *_: monitor.cancel())
