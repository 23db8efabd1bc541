"""Kendall's tau: by hand, and as SciPy has it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import kendalltau

from syncline import quality
from syncline.model import LocalCost
from syncline.quality import kendall_tau, progression


def tau_b(order: Any) -> float:
    """SciPy's; its types say less than it returns."""
    found: Any = kendalltau(np.arange(len(order)), order)
    return float(found.statistic)


def test_by_hand_and_as_scipy_has_it() -> None:
    assert kendall_tau(np.array([0, 2, 1, 3])) == pytest.approx(2 / 3, abs=1e-12)
    assert kendall_tau(np.arange(5)[::-1]) == -1
    assert np.isnan(kendall_tau(np.full(4, 7)))
    assert np.isnan(kendall_tau(np.array([3])))
    rng = np.random.default_rng(0)
    for size, kinds in ((2, 2), (9, 3), (100, 7), (1000, 4000)):
        order = rng.integers(0, kinds, size)
        if np.ptp(order):
            assert kendall_tau(order) == pytest.approx(tau_b(order), abs=1e-12)


def test_progression_is_the_mean_of_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    u, v = (np.cumsum(rng.standard_normal((n, 3)), axis=0) for n in (40, 55))
    d = ((u[:, None] - v) ** 2).sum(2)
    ways = [tau_b(x.argmin(1)) for x in (d, d.T)]
    assert progression(LocalCost(u, v)) == pytest.approx(np.mean(ways), abs=1e-12)
    # Every second row of u, every third of v.
    monkeypatch.setattr(quality, "ASKED_ROWS", 20)
    ways = [tau_b(x.argmin(1)) for x in (d[::2], d.T[::3])]
    assert progression(LocalCost(u, v)) == pytest.approx(np.mean(ways), abs=1e-12)


def test_a_side_that_stands_still_is_dropped() -> None:
    moving, still = np.arange(6.0)[:, None], np.zeros((4, 1))
    assert progression(LocalCost(still, still)) is None
    # All of A are nearest to B's one row; B's row has no order.
    assert progression(LocalCost(moving, moving[:1])) is None
    assert progression(LocalCost(moving, np.r_[moving, moving[:1]])) == pytest.approx(
        (1 + tau_b([0, 1, 2, 3, 4, 5, 0])) / 2
    )
