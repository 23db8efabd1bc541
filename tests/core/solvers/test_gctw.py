"""Generalized canonical time warping: its quadratic programme, its bases, its rounds, many sequences, long ones."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d
from scipy.optimize import minimize

from core.solvers.peers import feats
from core.solvers.test_ctw import seen_twice
from syncline.errors import ParameterError
from syncline.progress import Monitor
from syncline.quality import path_difference
from syncline.solvers.warp import WarpProblem, gctw
from syncline.solvers.warp._monotone import fitted, paper_bases, simplex_programme, splines
from syncline.solvers.warp._views import unexplained, view


def test_programme_is_feasible_and_optimal() -> None:
    """Against SciPy's general solver, and by the conditions of Karush, Kuhn and Tucker."""
    rng = np.random.default_rng(0)
    groups = np.repeat([0, 1, 2], [3, 6, 5])
    bound = 0
    for _ in range(25):
        root = rng.standard_normal((14, 14))
        H, g = root @ root.T + 1e-3 * np.eye(14), 8 * rng.standard_normal(14)
        start = np.concatenate([rng.dirichlet(np.ones(k)) for k in (3, 6, 5)])
        a = simplex_programme(H, g, groups, start)
        assert a.min() >= 0
        assert np.bincount(groups, a) == pytest.approx(np.ones(3), abs=1e-12)
        slope = H @ a + g
        for k in range(3):
            level = slope[(groups == k) & (a > 0)]
            assert np.ptp(level) < 1e-7 * np.abs(slope).max()
            assert slope[groups == k].min() >= level.mean() - 1e-7 * np.abs(slope).max()
        bound += int((a == 0).sum())
        sums = [{"type": "eq", "fun": lambda v, k=k: v[groups == k].sum() - 1} for k in range(3)]
        peer = minimize(
            lambda v, H=H, g=g: v @ H @ v / 2 + g @ v, start, jac=lambda v, H=H, g=g: H @ v + g,
            bounds=[(0, 1)] * 14, constraints=sums, method="SLSQP", options={"ftol": 1e-12, "maxiter": 500},
        )  # fmt: skip
        value = a @ H @ a / 2 + g @ a
        assert value <= peer.fun + 1e-6 * abs(peer.fun)
    assert bound > 50


@pytest.mark.parametrize("basis", [paper_bases(50), splines(50, 3), splines(50, 10), splines(3, 10), paper_bases(2)])
def test_bases_are_monotone_from_0_to_1(basis: np.ndarray) -> None:
    assert basis[0] == pytest.approx(np.zeros(basis.shape[1]), abs=1e-12)
    assert basis[-1] == pytest.approx(np.ones(basis.shape[1]))
    assert np.diff(basis, axis=0).min() >= -1e-12
    weights = fitted(basis, np.linspace(0, 1, len(basis)) ** 1.2)
    assert weights.min() >= 0 and weights.sum() == pytest.approx(1)
    if len(basis) > 3:
        assert basis @ weights == pytest.approx(np.linspace(0, 1, 50) ** 1.2, abs=0.03)


def test_rounds_lower_the_true_objective_and_stay_monotone() -> None:
    x, y, _ = seen_twice(0)
    watched: list[Any] = []
    gctw.solve(WarpProblem(feats(x), feats(y)), gctw.GctwParams(), Monitor(watch=watched.append))
    for r in watched:
        assert r.objective <= r.before
        curve = np.concatenate(r.curves)
        assert np.diff(curve, axis=0).min() >= -1e-9
        assert curve[[0, -1]] == pytest.approx(np.array([[0, 0], [119, 149]]), abs=1e-8)
    # Weights are carried over: a round begins where the one before ended, so it moves less and less.
    first = [r for r in watched if r.stage == 0]
    assert first[-1].change < first[0].change / 5


def test_four_sequences_on_one_clock() -> None:
    """Four views of one motion, of other lengths and channels; any two of them agree with the truth."""
    rng = np.random.default_rng(5)
    t = [np.linspace(0, 1, n) for n in (90, 120, 75, 140)]
    place = [s + b * np.sin(2 * np.pi * s) / (2 * np.pi) for s, b in zip(t, (0.0, 0.4, -0.3, 0.2), strict=True)]
    views = []
    for p, width in zip(place, (2, 3, 6, 4), strict=True):
        point = np.column_stack([(0.4 + p) * np.cos(6 * p), (0.4 + p) * np.sin(6 * p)])
        views.append(point @ rng.standard_normal((2, width)) + 0.003 * rng.standard_normal((len(p), width)))
    found = gctw.warps(views)
    curves = found.curves[0]
    assert curves.shape == (140, 4)
    moments = np.column_stack([np.interp(c, np.arange(len(p)), p) for c, p in zip(curves.T, place, strict=True)])
    assert np.abs(moments - moments.mean(1, keepdims=True)).mean() < 0.013
    straight = np.column_stack([np.interp(np.linspace(0, 1, 140), s, p) for s, p in zip(t, place, strict=True)])
    assert np.abs(straight - straight.mean(1, keepdims=True)).mean() > 0.02
    with pytest.raises(ParameterError, match="two sequences"):
        gctw.warps(views[:1])


def test_spirals_better_than_the_reference(data: Path) -> None:
    """A reference reached 2.06 frames with the papers' bases."""
    papers = {"shrinkage": 0.0, "anneal": False, "energy": 0.95, "detail": 0, "look_ahead": False}
    errors: dict[str, list[float]] = {"papers": [], "default": []}
    with np.load(data / "toy/ctw_spirals.npz") as toy:
        for k in range(8):
            problem = WarpProblem(feats(toy[f"x{k}"]), feats(toy[f"y{k}"]))
            for name, params in (("papers", gctw.GctwParams(**papers)), ("default", gctw.GctwParams())):
                errors[name].append(path_difference(gctw.solve(problem, params, Monitor()), toy[f"path{k}"]))
    assert np.mean(errors["papers"]) < 2.06
    assert np.mean(errors["default"]) < 0.5


def test_long_pairs_need_no_matrix() -> None:
    """A pair whose cost matrix would have 1.8e8 cells; memory grows with the rows alone."""
    x, y, truth = seen_twice(6)
    params = gctw.GctwParams(shrinkage=0.001, anneal=False, detail=10, rounds=8)
    peaks = []
    for times in (10, 100):
        a, b = (
            np.column_stack([np.interp(np.linspace(0, len(v) - 1, times * len(v)), np.arange(len(v)), c) for c in v.T])
            for v in (x, y)
        )
        tracemalloc.start()
        try:
            path = gctw.solve(WarpProblem(feats(a), feats(b)), params, Monitor())
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    at = np.interp(np.arange(150), path.pairs[:, 1] / 100, path.pairs[:, 0] / 100)
    assert np.abs(at - truth[:, 0]).mean() < 1.5
    assert peaks[1] < 11 * peaks[0]
    assert peaks[1] < 100 << 20


def test_a_look_ahead_finds_what_lies_far_from_constant_speed() -> None:
    """Thirty rows off in places, three times to and fro: nothing that Gauss–Newton steps get to from a straight line."""
    rng = np.random.default_rng(0)
    latent = gaussian_filter1d(rng.standard_normal((600, 4)), 6, axis=0)
    latent /= latent.std(0)
    s = np.linspace(0, 1, 700)
    at = 599 * (s + 0.05 * np.sin(6 * np.pi * s))
    y = np.column_stack([np.interp(at, np.arange(600), c) for c in latent.T])
    x, y = (z @ rng.standard_normal((4, w)) + 0.2 * rng.standard_normal((len(z), w)) for z, w in ((latent, 8), (y, 12)))
    truth = np.column_stack([at, np.arange(700)])
    found = [
        path_difference(gctw.solve(WarpProblem(feats(x), feats(y)), gctw.GctwParams(look_ahead=k), Monitor()), truth)
        for k in (False, True)
    ]
    assert found[0] > 5
    assert found[1] < 1


def test_what_the_other_side_does_not_predict() -> None:
    """Against scikit-learn's ridge regression, stretch by stretch."""
    from sklearn.linear_model import Ridge

    x, y, truth = seen_twice(3)
    sides = view(feats(x), "A"), view(feats(y), "B")
    path = gctw.raster(np.column_stack([np.linspace(0, 119, 150), np.arange(150)]))
    total = 0.0
    for u, v, p, q in (
        (sides[0].rows, sides[1].rows, path[:, 0], path[:, 1]),
        (sides[1].rows, sides[0].rows, path[:, 1], path[:, 0]),
    ):
        n = len(u)
        known = np.array([v[q[p == i]].mean(0) for i in range(n)])
        errors = []
        for ridge in (1e-6, 1e-4, 1e-2, 1e-1, 1.0):
            error = 0.0
            for block in np.array_split(np.arange(n), 5):
                away = np.array([i for i in range(n) if i < block[0] - n // 50 or i >= block[-1] + 1 + n // 50])
                c = known[away] - known[away].mean(0)
                model = Ridge(alpha=ridge * (c**2).sum() / c.shape[1]).fit(known[away], u[away])
                error += ((u[block] - model.predict(known[block])) ** 2).sum()
            errors.append(error)
        total += min(errors) / ((u - u.mean(0)) ** 2).sum()
    assert unexplained(sides, path) == pytest.approx(total / 2, rel=1e-6)
    assert unexplained(sides, gctw.raster(truth)) < unexplained(sides, path) / 2


@pytest.mark.parametrize("params", [{}, {"detail": 0}, {"shrinkage": 0.0, "look_ahead": False}])
def test_degenerate_sides(params: dict[str, Any]) -> None:
    rng = np.random.default_rng(0)
    wide, tall = rng.standard_normal((3, 50)), rng.standard_normal((9, 2))
    for x, y in (
        (np.ones((5, 2)), np.ones((5, 3))),
        (np.ones((1, 2)), np.arange(4.0)),
        (np.arange(4.0), np.ones((1, 2))),
        (np.arange(2.0), np.arange(3.0)),
        (wide, tall),
        (np.zeros((40, 2)), tall),
        (tall * 1e14, wide * 1e-20),
    ):
        path = gctw.solve(WarpProblem(feats(x), feats(y)), gctw.GctwParams(**params), Monitor())
        assert path.pairs[[0, -1]].tolist() == [[0, 0], [len(x) - 1, len(y) - 1]]
        assert np.diff(path.pairs, axis=0).max() == 1
        assert np.isfinite(path.cost)
