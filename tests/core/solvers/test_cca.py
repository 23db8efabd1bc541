"""Canonical correlation: worked values, identities, another library, views that lack rank."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import eigh

from syncline.errors import ParameterError
from syncline.solvers.warp.cca import canonical, cca

X = np.array([[1, 0], [0, 1], [-1, 0], [0, -1], [2, 1.0]])
Y = np.array([[1], [1], [-1], [-1], [2.0]])


def _views(rng: np.random.Generator, n: int, *widths: int) -> list[np.ndarray]:
    latent = np.cumsum(rng.standard_normal((n, 2)), 0)
    return [latent @ rng.standard_normal((2, w)) + rng.standard_normal((n, w)) + 5 for w in widths]


def test_worked_values() -> None:
    assert cca(X, Y).values == pytest.approx([0.98130676], abs=5e-9)
    assert cca(X, Y, 0.1).values == pytest.approx([1.07105645], abs=5e-9)


@pytest.mark.parametrize("shrinkage", [0.0, 0.2])
def test_constraints_hold_and_distance_is_what_the_correlations_say(shrinkage: float) -> None:
    x, y = _views(np.random.default_rng(0), 200, 3, 5)
    found = cca(x, y, shrinkage)
    for z, m in zip((x, y), found.maps, strict=True):
        zc = z - z.mean(0)
        C = (1 - shrinkage) * zc.T @ zc + shrinkage * np.eye(z.shape[1])
        assert m.T @ C @ m == pytest.approx(np.eye(3), abs=1e-10)
    u, v = found.project(0, x, 3), found.project(1, y, 3)
    assert u.T @ v == pytest.approx(np.diag(found.values), abs=1e-10)
    if not shrinkage:
        assert ((u - v) ** 2).sum() == pytest.approx(2 * 3 - 2 * found.values.sum(), rel=1e-10)


def test_scikit_learn_finds_the_same_correlations_and_distances() -> None:
    from sklearn.cross_decomposition import CCA

    x, y = _views(np.random.default_rng(1), 300, 4, 3)
    found = cca(x, y)
    peer = CCA(3, tol=1e-12, max_iter=20_000).fit(x, y)
    scores = [s / np.linalg.norm(s, axis=0) for s in peer.transform(x, y)]  # its scores are of no common length
    assert (scores[0] * scores[1]).sum(0) == pytest.approx(found.values, rel=1e-6)
    mine = [found.project(k, z, 3) for k, z in enumerate((x, y))]
    assert ((mine[0] - mine[1]) ** 2).sum(0) == pytest.approx(((scores[0] - scores[1]) ** 2).sum(0), rel=1e-5)


def test_many_views_solve_the_generalised_eigenproblem() -> None:
    views = [z - z.mean(0) for z in _views(np.random.default_rng(2), 150, 2, 3, 4)]
    found = canonical(views, 0.05)
    z = np.hstack(views)
    cross, own = z.T @ z, np.zeros((9, 9))
    for s, e in ((0, 2), (2, 5), (5, 9)):
        own[s:e, s:e] = 0.95 * cross[s:e, s:e] + 0.05 * np.eye(e - s)
        cross[s:e, s:e] = 0
    expected = eigh(cross, own, eigvals_only=True)[::-1] / 2
    assert found.values == pytest.approx(expected[: len(found.values)], rel=1e-9)
    together = np.vstack(found.maps)
    assert together.T @ own @ together == pytest.approx(np.eye(len(found.values)), abs=1e-9)


def test_views_without_full_rank() -> None:
    """Copied, constant and missing channels change no correlation; a plain eigh(A, B) refuses such views."""
    rng = np.random.default_rng(3)
    x, y = _views(rng, 80, 3, 2)
    worse = np.hstack([x, x[:, :2] * 3, np.full((80, 1), 7.0)])
    found = cca(worse, y)
    assert found.ranks == (3, 2)
    assert found.values == pytest.approx(cca(x, y).values, rel=1e-7)
    few = cca(rng.standard_normal((6, 40)), rng.standard_normal((6, 30)))
    assert few.saturated and few.values == pytest.approx(np.ones(5))
    assert not found.saturated
    assert len(cca(np.ones((9, 2)), y[:9]).values) == 0


def test_refusals() -> None:
    with pytest.raises(ParameterError, match="shapes"):
        cca(X, Y[:4])
    with pytest.raises(ParameterError, match="shrinkage is 1"):
        cca(X, Y, 1.0)
    with pytest.raises(ParameterError, match="NaN"):
        cca(np.where(X == 2, np.nan, X), Y)
    with pytest.raises(ParameterError, match="two views"):
        canonical([X])
