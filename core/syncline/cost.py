"""Local cost between rows of A and rows of B, tile by tile; the whole matrix is never held."""

from __future__ import annotations

import threading
import weakref
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .errors import ParameterError
from .model import LocalCost

__all__ = ["LIMIT", "Prepared", "along", "check_values", "prepare", "tile"]

LIMIT = 1e15
"""Largest magnitude a feature may have: squares of larger ones do not fit float32."""

_AT_ONCE = 1 << 16
"""Numbers that are worked on in float64 at a time: they stay in the second-level cache, whatever memory costs."""

_FEW = 4
"""Up to so many channels costs are taken along the diagonals at once."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """Both sides as the compiled loops want them.

    Attributes
    ----------
    sides
        x, float32 (n, D'): rows of A, centred by the mean of both sides, scaled, zeros appended so that 4 divides D';
        yt, float32 (D', m): rows of B likewise, transposed; and for one channel or up to four, else empty: xt
        (1 or 4, n), yr (1 or 4, m), both transposed, B reversed in time.
    how
        What to make of the differences (`_cost_kernels`).
    scale
        Costs of the compiled loops times this are the metric's own values.
    """

    sides: tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]
    how: int
    scale: float

    @property
    def channels(self) -> int:
        """How many channels the loops run over."""
        return self.sides[0].shape[1]

    def cell(self, i: int, j: int) -> float:
        """Cost of one cell, as the loops count it up to rounding; to ask them they would be compiled once more."""
        apart = self.sides[0][i] - self.sides[1][:, j]
        if self.how == 3:
            return float(np.abs(apart).sum())
        squares = float((apart * apart).sum())
        return (squares, squares**0.5, squares / 2)[self.how]


@dataclass(frozen=True, eq=False)
class _Kept:
    x: weakref.ref[NDArray[np.floating]]
    y: weakref.ref[NDArray[np.floating]]
    metric: str
    ready: Prepared


_kept: list[_Kept] = []
_lock = threading.Lock()


def check_values(values: NDArray[np.generic], side: str) -> None:
    """Refuse what no metric can compare: empty, not numeric, NaN, infinite, or beyond `LIMIT`.

    Raises
    ------
    ParameterError
        One sentence that names `side`, e.g. ``"A"``, and the first bad row.
    """
    if values.size == 0:
        raise ParameterError(f"{side} has no features to compare; it is empty.")
    if values.dtype.kind not in "fiub":
        raise ParameterError(f"The features of {side} are not real numbers.")
    if values.dtype.kind != "f":
        return
    low, high = float(values.min()), float(values.max())
    if np.isfinite(low) and np.isfinite(high) and max(-low, high) <= LIMIT:
        return
    bad = ~(np.abs(values) <= LIMIT)
    row = int(np.flatnonzero(bad.any(1))[0])
    what = "values beyond 1e15" if np.isfinite(values[bad]).all() else "NaN or infinite values"
    raise ParameterError(f"The features of {side} have {what} (first in row {row}); mend or mask them first.")


def prepare(cost: LocalCost) -> Prepared:
    """Bring both sides into the shape of the compiled loops.

    The last two answers are kept while their arrays live (read-only arrays only, others may change): an anchor under
    the hand is solved again many times a second.
    """
    with _lock:
        _kept[:] = [k for k in _kept if k.x() is not None and k.y() is not None]
        for k in _kept:
            if k.x() is cost.x and k.y() is cost.y and k.metric == cost.metric:
                return k.ready
    ready = _prepare(cost)
    if not (cost.x.flags.writeable or cost.y.flags.writeable):
        with _lock:
            _kept.insert(0, _Kept(weakref.ref(cost.x), weakref.ref(cost.y), cost.metric, ready))
            del _kept[2:]
    return ready


def _prepare(cost: LocalCost) -> Prepared:
    depth = cost.x.shape[1]
    if cost.metric == "cosine":
        check_values(cost.x, "A")
        check_values(cost.y, "B")
        centre, unit, how, scale = np.zeros(depth), 1.0, 2, 1.0
    else:
        centre, unit = _spread(cost)
        how = {"sqeuclidean": 0, "euclidean": 1, "cityblock": 3}[cost.metric]
        scale = unit**2 if cost.metric == "sqeuclidean" else unit
    width = depth + 2 if cost.metric == "cosine" else depth
    padded = -(-width // 4) * 4
    x, yt = np.zeros((len(cost.x), padded), np.float32), np.zeros((padded, len(cost.y)), np.float32)
    for rows in _parts(cost.x):
        x[rows, :width] = _directions(cost.x[rows], 0) if how == 2 else (cost.x[rows] - centre) / unit
    for rows in _parts(cost.y):
        yt[:width, rows] = (_directions(cost.y[rows], 1) if how == 2 else (cost.y[rows] - centre) / unit).T
    few = width if width == 1 else padded if padded <= _FEW else 0
    xt, yr = np.ascontiguousarray(x[:, :few].T), np.ascontiguousarray(yt[:few, ::-1])
    return Prepared((x, yt, xt, yr), how, scale)


def _spread(cost: LocalCost) -> tuple[NDArray[np.float64], float]:
    """The mean of both sides, float64 (D,), and the power of two above the largest distance from it."""
    n, m = cost.shape
    for v, side in ((cost.x, "A"), (cost.y, "B")):
        if v.size == 0 or v.dtype.kind not in "fiub":
            check_values(v, side)
    # float64 before the subtraction: uint8 − uint8 would wrap, and 1e8 + small would lose the small part.
    largest = 0.0
    with np.errstate(invalid="ignore", over="ignore"):
        centre = (cost.x.sum(0, dtype=np.float64) + cost.y.sum(0, dtype=np.float64)) / (n + m)
        middle = float(np.abs(centre).max())
        for v, side in ((cost.x, "A"), (cost.y, "B")):
            for rows in _parts(v):
                # Whole arrays are looked at faster than columns one by one.
                apart = v[rows] - centre
                far = max(float(apart.max()), -float(apart.min()))
                # NaN is not below either.
                if not far + middle <= LIMIT:
                    check_values(v, side)
                largest = max(largest, far)
    # A power of two changes no digit and keeps squares away from both ends of float32.
    return centre, float(2.0 ** np.ceil(np.log2(largest))) if largest > 0 else 1.0


def _parts(v: NDArray[np.generic]) -> list[slice]:
    """Slices of rows small enough that a float64 copy of one does not matter."""
    step = max(1, _AT_ONCE // v.shape[1])
    return [slice(i, i + step) for i in range(0, len(v), step)]


def _directions(v: NDArray[np.generic], side: int) -> NDArray[np.float64]:
    """Rows of unit length, so that 1 − cos = |difference|²/2 exactly where the rows are near.

    A zero row has no direction: it gets a unit vector of its own, one for each side, at distance 1 to all others.
    """
    v = v.astype(np.float64)
    largest = np.abs(v).max(1, keepdims=True)
    v /= np.where(largest > 0, largest, 1)
    length = np.sqrt((v * v).sum(1, keepdims=True))
    zero = length[:, 0] == 0
    out = np.zeros((len(v), v.shape[1] + 2))
    out[:, :-2] = v / np.where(length > 0, length, 1)
    out[zero, v.shape[1] + side] = 1
    return out


def tile(cost: LocalCost, rows: slice, cols: slice) -> NDArray[np.float32]:
    """Local costs of a rectangle of the matrix.

    Parameters
    ----------
    rows, cols
        Slices of A's and B's rows; a step is honoured (every k-th row for a coarse picture).

    Returns
    -------
    float32 (r, c)
        Relative error at most some 1e-6 of the largest centred feature.
    """
    from ._cost_kernels import cost_rows

    ready = prepare(cost)
    x, yt = np.ascontiguousarray(ready.sides[0][rows]), np.ascontiguousarray(ready.sides[1][:, cols])
    out = np.empty((-(-len(x) // 4) * 4, yt.shape[1]), np.float32)
    for j in range(0, out.shape[1], 256):
        cost_rows(x, yt, ready.how, 0, len(x), j, min(256, out.shape[1] - j), out, j)
    if ready.scale != 1:
        out *= np.float32(ready.scale)
    return out[: len(x)]


def along(cost: LocalCost, pairs: NDArray[np.integer]) -> NDArray[np.float64]:
    """Local costs of the cells `pairs` (L, 2), in float64 from the original values: float64 (L,)."""
    out = np.empty(len(pairs))
    step = max(1, _AT_ONCE // cost.x.shape[1])
    for start in range(0, len(pairs), step):
        part = pairs[start : start + step]
        x, y = (v.take(part[:, k], 0).astype(np.float64) for k, v in enumerate((cost.x, cost.y)))
        if cost.metric == "cosine":
            u, v = _directions(x, 0), _directions(y, 1)
            values = ((u - v) ** 2).sum(1) / 2
        elif cost.metric == "cityblock":
            values = np.abs(x - y).sum(1)
        else:
            x -= y
            values = np.einsum("ij,ij->i", x, x)
            if cost.metric == "euclidean":
                values = np.sqrt(values)
        out[start : start + step] = values
    return out
