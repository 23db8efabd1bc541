"""Canonical correlation analysis of two views or more, regularised and safe where a view lacks rank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ...errors import ParameterError

__all__ = ["Canonical", "canonical", "cca"]

_F64 = NDArray[np.float64]

CUT = 1e-10
"""Directions of a view whose variance is below this share of its largest are noise of the arithmetic."""


@dataclass(frozen=True, eq=False)
class Canonical:
    """Directions in which views vary together.

    Attributes
    ----------
    means
        float64 (p_v,), one a view.
    maps
        float64 (p_v, k), one a view: ``(x − mean) @ map`` are its k coordinates, the most correlated first. Signs, and
        rotations among equal values, are free; here the largest entry of the first view's column is positive.
    values
        float64 (k,), falling, > 0: canonical correlations without shrinkage; with it they may exceed 1, up to 1/(1−λ),
        and are not to be shown as correlations. Of more than two views the mean over pairs.
    ranks
        Directions kept of each view.
    saturated
        Without shrinkage and with more directions than rows, some correlations are 1 whatever the data: they say
        nothing.
    """

    means: tuple[_F64, ...]
    maps: tuple[_F64, ...]
    values: _F64
    ranks: tuple[int, ...]
    saturated: bool

    def dimension(self, energy: float) -> int:
        """How many leading coordinates hold the share `energy` (0..1] of the sum of all values; at least 1."""
        total = float(self.values.sum())
        if not total:
            return 1
        # A share of exactly 1 must not ask for more coordinates than there are.
        held = np.cumsum(self.values) / total
        return min(int(np.searchsorted(held, energy - 1e-12)) + 1, len(self.values))

    def project(self, view: int, rows: NDArray[np.floating], d: int) -> _F64:
        """The first `d` coordinates of `rows` (n, p): float64 (n, d); 0 beyond those there are."""
        out = np.zeros((len(rows), d))
        k = min(d, len(self.values))
        out[:, :k] = (rows - self.means[view]) @ self.maps[view][:, :k]
        return out


def canonical(views: Sequence[NDArray[np.floating]], shrinkage: float = 0.0) -> Canonical:
    """Find the maps that bring views nearest to each other, under one constraint on all of them together.

    Minimises the sum over pairs of ``|Z_v V_v − Z_w V_w|²``, Z centred, under ``Σ V_v' C_v V_v = I`` with
    ``C = (1−λ) Z'Z + λ I``: the generalised eigenproblem of Zhou & De la Torre (NIPS 2009, eq. 9; TPAMI 38(2), 2016,
    eq. 15), solved by whitening each view within its own rank.

    Parameters
    ----------
    views
        float (l, p_v) each, row t of all of them belonging together; two or more.
    shrinkage
        λ, 0 ≤ λ < 1, in the units of the data's scatter Z'Z (not divided by l).

    Returns
    -------
    Canonical
        With two views each half of the constraint is I/2.

    Raises
    ------
    ParameterError
        Fewer than two views, unequal numbers of rows, no rows, values that are not finite, or λ out of range.
    """
    if len(views) < 2:
        raise ParameterError("Canonical correlation needs two views or more.")
    if not 0 <= shrinkage < 1:
        raise ParameterError(f"The shrinkage is {shrinkage}, but must be from 0 to below 1.")
    rows = len(views[0])
    for z in views:
        if z.ndim != 2 or len(z) != rows or not z.size:
            raise ParameterError(
                f"Views need shapes (l, p) with the same l ≥ 1, not {', '.join(str(v.shape) for v in views)}."
            )
    means: list[_F64] = []
    bases: list[_F64] = []
    white: list[_F64] = []
    for z in views:
        z = np.asarray(z, np.float64)
        mean = z.mean(0)
        centred = z - mean
        if not np.isfinite(mean).all():
            raise ParameterError("A view holds NaN or infinite values; mend or mask them first.")
        means.append(mean)
        bases.append(_whitener(centred, shrinkage))
        white.append(centred @ bases[-1])
    ranks = tuple(b.shape[1] for b in bases)
    edges = np.r_[0, np.cumsum(ranks)]
    together = np.hstack(white)
    cross = together.T @ together
    for s, e in pairwise(edges):
        cross[s:e, s:e] = 0
    values, vectors = np.linalg.eigh(cross)
    order = np.argsort(-values, kind="stable")
    values, vectors = values[order] / (len(views) - 1), vectors[:, order]
    keep = (values > 1e-12) & (np.arange(len(values)) < max(ranks))
    values, vectors = values[keep], vectors[:, keep]
    maps = [b @ vectors[s:e] for b, s, e in zip(bases, edges[:-1], edges[1:], strict=True)]
    if len(values):
        first = maps[0]
        signs = np.sign(first[np.abs(first).argmax(0), np.arange(len(values))])
        maps = [m * np.where(signs == 0, 1, signs) for m in maps]
    saturated = shrinkage == 0 and sum(sorted(ranks)[-2:]) > rows - 1
    return Canonical(tuple(means), tuple(maps), values, ranks, saturated)


def cca(x: NDArray[np.floating], y: NDArray[np.floating], shrinkage: float = 0.0) -> Canonical:
    """Canonical correlation analysis of two views (Hotelling 1936), each constrained by itself.

    Parameters
    ----------
    x, y
        float (n, p), (n, q): row t of one belongs to row t of the other.
    shrinkage
        λ as in `canonical`.

    Returns
    -------
    Canonical
        ``U'CxU = V'CyV = I`` with the scatter C = (1−λ)X'X + λI of centred rows: times √n coordinates have unit
        variance if λ = 0, and ``|XU − YV|² = 2k − 2 Σρ``.

    Raises
    ------
    ParameterError
        As `canonical`.

    Examples
    --------
    >>> x = np.array([[1, 0], [0, 1], [-1, 0], [0, -1], [2, 1]])
    >>> cca(x, np.array([[1], [1], [-1], [-1], [2]])).values.round(8)
    array([0.98130676])
    """
    both = canonical((x, y), shrinkage)
    return Canonical(both.means, tuple(m * np.sqrt(2) for m in both.maps), both.values, both.ranks, both.saturated)


def _whitener(centred: _F64, shrinkage: float) -> _F64:
    """Map of a view whose image has C = I: float64 (p, rank)."""
    n, p = centred.shape
    if p <= n:
        scatter, axes = np.linalg.eigh(centred.T @ centred)
        scatter = np.maximum(scatter, 0)
    else:
        # Fewer rows than channels: the scatter's other directions are empty.
        _, s, axes_t = np.linalg.svd(centred, full_matrices=False)
        scatter, axes = s[::-1] ** 2, axes_t[::-1].T
    keep = scatter > CUT * scatter[-1]
    return axes[:, keep] / np.sqrt((1 - shrinkage) * scatter[keep] + shrinkage)
