"""The warping path: which row of A lies on which row of B."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import ParameterError

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["Offset", "WarpingPath", "path_difference"]


@dataclass(frozen=True)
class Offset:
    """An estimated shift; what `WarpingPath.blocks` holds after `solve`.

    Attributes
    ----------
    shift
        Seconds: B's clock minus A's, t_B = t_A + shift.
    confidence
        Height of the peak over the second highest; 1 is a guess, above 1.5 is sure.
    inverted
        The sound of one side has the opposite polarity.
    source
        ``"sound"``, ``"features"`` or ``"anchors"``.
    """

    shift: float
    confidence: float
    inverted: bool = False
    source: Literal["sound", "features", "anchors"] = "features"


@dataclass(frozen=True, eq=False)
class WarpingPath:
    """A monotone path through the cost matrix, with the clocks of both sides.

    Attributes
    ----------
    pairs
        intp (L, 2), rows of A (query, i) then of B (reference, j), from the start to the end; both columns
        never fall.
    a_times, b_times
        float64 (n,), (m,) seconds of the rows of the features that were compared.
    cost
        Sum of weighted local costs along the path, float64.
    normalised
        `cost` divided by the step pattern's norm (n + m, n or path length), None where it has none.
    breaks
        intp (k,): the path jumps between pairs[breaks[r]] and pairs[breaks[r] + 1]; empty mostly.
    blocks
        The solver's own record of the independent blocks it solved, for reuse by the next solve; opaque.
    approximate
        True for an answer given ahead of the exact one.
    views
        Rows of A and B, float32 (n, d), (m, d), in the space the solver mapped them into and found the path in; None
        where it compared the features as they are.
    """

    pairs: NDArray[np.intp]
    a_times: NDArray[np.float64]
    b_times: NDArray[np.float64]
    cost: float
    normalised: float | None = None
    breaks: NDArray[np.intp] | None = None
    blocks: Any = None
    approximate: bool = False
    views: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None

    def __post_init__(self) -> None:
        p = self.pairs
        if p.ndim != 2 or p.shape[1] != 2 or not len(p):
            raise ParameterError(f"A warping path needs shape (L, 2) with L ≥ 1, not {p.shape}.")
        if p[0].min() < 0 or p[-1, 0] >= len(self.a_times) or p[-1, 1] >= len(self.b_times):
            raise ParameterError("The warping path leaves the cost matrix.")
        if len(p) > 1 and (np.diff(p, axis=0) < 0).any():
            raise ParameterError("The warping path goes back in time.")
        for array in (p, self.a_times, self.b_times):
            array.setflags(write=False)

    def __len__(self) -> int:
        return len(self.pairs)

    @property
    def mean_cost(self) -> float:
        """`cost` for each step, which every path has, whatever its step pattern."""
        return self.cost / len(self.pairs)

    @cached_property
    def times(self) -> NDArray[np.float64]:
        """float64 (L, 2) seconds: the pairs on both clocks."""
        t = np.column_stack([self.a_times[self.pairs[:, 0]], self.b_times[self.pairs[:, 1]]])
        t.setflags(write=False)
        return t

    @cached_property
    def pieces(self) -> tuple[slice, ...]:
        """The path's unbroken pieces as slices of `pairs`."""
        cuts = [] if self.breaks is None else [int(b) + 1 for b in self.breaks]
        edges = [0, *cuts, len(self.pairs)]
        return tuple(slice(s, e) for s, e in pairwise(edges) if e > s)

    def to_b(self, t: float | NDArray[np.float64]) -> NDArray[np.float64]:
        """Map seconds of A to seconds of B.

        The path is multi-valued; the map goes through the mean B time of every A row, with plateaus dropped so
        that it rises strictly, linear in between, and continues at slope 1 beyond the ends. Inside a jump it
        holds the last paired time.
        """
        return self._map(self._forward, t)

    def to_a(self, t: float | NDArray[np.float64]) -> NDArray[np.float64]:
        """Map seconds of B to seconds of A; see `to_b`."""
        return self._map(self._backward, t)

    def frames_to_b(self, i: int) -> int:
        """The row of B that the path pairs with row `i` of A: the middle one where there are several."""
        first, last = np.searchsorted(self.pairs[:, 0], [i, i + 1])
        if first == last:
            return int(self.pairs[min(int(first), len(self.pairs) - 1), 1])
        return int(self.pairs[(first + last - 1) // 2, 1])

    @property
    def knots(self) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """Seconds of A and of B, both strictly rising, between which `to_b` is linear: one pair of arrays a piece."""
        return self._forward

    @cached_property
    def _forward(self) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
        return self._knots(0)

    @cached_property
    def _backward(self) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
        return self._knots(1)

    def _knots(self, side: int) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
        pieces: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
        for piece in self.pieces:
            x, y = self.times[piece, side], self.times[piece, 1 - side]
            starts = np.flatnonzero(np.r_[True, np.diff(x) > 0])
            counts = np.diff(np.r_[starts, len(x)])
            kx, ky = x[starts], np.add.reduceat(y, starts) / counts
            keep = np.r_[True, np.diff(ky) > 0]
            # A plateau keeps its middle, so that the map is unbiased there.
            runs = np.flatnonzero(keep)
            ends = np.r_[runs[1:], len(kx)]
            pieces.append(((kx[runs] + kx[ends - 1]) / 2, ky[runs]))
        return pieces

    @staticmethod
    def _map(
        pieces: list[tuple[NDArray[np.float64], NDArray[np.float64]]], t: float | NDArray[np.float64]
    ) -> NDArray[np.float64]:
        t = np.asarray(t, np.float64)
        out = np.full(t.shape, np.nan)
        last = len(pieces) - 1
        for r, (x, y) in enumerate(pieces):
            here = t >= x[0] if r else np.ones(t.shape, bool)
            value = np.interp(t, x, y)
            if r == 0:
                value = np.where(t < x[0], y[0] + (t - x[0]), value)
            if r == last:
                value = np.where(t > x[-1], y[-1] + (t - x[-1]), value)
            out = np.where(here, value, out)
        return out

    def matrices(self) -> tuple[csr_array, csr_array]:
        """Sparse 0/1 alignment matrices Wx (n, L) and Wy (m, L) with one 1 per column.

        ‖Xᵀ Wx − Yᵀ Wy‖²_F, with X (n, D) and Y (m, D), is the path's squared-Euclidean cost
        (Zhou & De la Torre 2009, eq. 2; every cell counted once).
        """
        from scipy.sparse import csr_array

        steps = np.arange(len(self.pairs))
        ones = np.ones(len(self.pairs))
        return (
            csr_array((ones, (self.pairs[:, 0], steps)), shape=(len(self.a_times), len(self.pairs))),
            csr_array((ones, (self.pairs[:, 1], steps)), shape=(len(self.b_times), len(self.pairs))),
        )

    def shares(self) -> tuple[float, float, float]:
        """Shares of the steps that are diagonal, horizontal (only A moves) and vertical (only B moves)."""
        d = np.diff(self.pairs, axis=0) > 0
        if not len(d):
            return 1.0, 0.0, 0.0
        both, only_a, only_b = d.all(1), d[:, 0] & ~d[:, 1], d[:, 1] & ~d[:, 0]
        return float(both.mean()), float(only_a.mean()), float(only_b.mean())


def path_difference(p: WarpingPath | NDArray[np.number], q: WarpingPath | NDArray[np.number]) -> float:
    """How far two paths lie apart: the mean distance from a point of either to the nearest point of the other.

    (Σᵢ minⱼ |pᵢ − qⱼ| + Σⱼ minᵢ |qⱼ − pᵢ|) / (l_P + l_Q), Euclidean (Zhou & De la Torre, TPAMI 38(2), 2016).

    Parameters
    ----------
    p, q
        Paths, or their pairs (l, 2): rows of A and B, which need not be whole numbers.

    Returns
    -------
    float
        In rows (frames) of the features the paths belong to.

    Raises
    ------
    ParameterError
        One of them is not of shape (l, 2) with l ≥ 1, or not finite.
    """
    from scipy.spatial import KDTree

    points = [np.asarray(v.pairs if isinstance(v, WarpingPath) else v, np.float64) for v in (p, q)]
    for v in points:
        if v.ndim != 2 or v.shape[1] != 2 or not len(v) or not np.isfinite(v).all():
            raise ParameterError(f"A path to be compared needs shape (l, 2), l ≥ 1, and finite rows, not {v.shape}.")
    there, _ = KDTree(points[1]).query(points[0])
    back, _ = KDTree(points[0]).query(points[1])
    return float((there.sum() + back.sum()) / (len(points[0]) + len(points[1])))
