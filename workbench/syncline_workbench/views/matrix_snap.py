"""Where a hand that is nearly right is put: on other markers, the best cell close by, or the grid of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF

from syncline.cost import tile
from syncline.model import Constraints, LocalCost

from .matrix_paint import Scene

__all__ = ["REACH", "Snap", "marker_times", "snap", "snap_cell"]

REACH = 6.0
"""Pixels."""
_MOST_CELLS = 96


@dataclass(frozen=True)
class Snap:
    """A pair of times and what it was drawn to: ``"marker"``, ``"cost"``, ``"grid"`` or ``"free"``."""

    a: float
    b: float
    kind: str


def marker_times(constraints: Constraints, without: int | None = None) -> tuple[list[float], list[float]]:
    """Times of A and of B that constraints mark, those of `without` left out."""
    a: list[float] = []
    b: list[float] = []
    for lock in constraints.locks:
        if lock.id != without:
            a += [float(lock.times[0, 0]), float(lock.times[-1, 0])]
            b += [float(lock.times[0, 1]), float(lock.times[-1, 1])]
    for anchor in constraints.anchors:
        if anchor.kind == "jump" and anchor.id != without:
            a += [anchor.a, anchor.end[0]]
            b += [anchor.b, anchor.end[1]]
    return a, b


def _nearest(pixel: float, candidates: Sequence[float], pixels: Sequence[float]) -> float | None:
    best, reach = None, REACH
    for t, x in zip(candidates, pixels, strict=True):
        if abs(x - pixel) <= reach:
            best, reach = t, abs(x - pixel)
    return best


def snap_cell(scene: Scene, cost: LocalCost, at: QPointF) -> tuple[int, int] | None:
    """The cheapest cell within `REACH` pixels, if it is a local minimum of the cost (no neighbour is cheaper).

    Where the cheapest cell in reach has a cheaper neighbour outside, the hand is on a slope: None.
    """
    cx, cy = scene.view.cells_per_pixel
    u, v = scene.view.u(at.x()), scene.view.v(at.y())
    ru, rv = min(REACH * cx, _MOST_CELLS), min(REACH * cy, _MOST_CELLS)
    n, m = cost.shape
    i0, i1 = max(int(u - ru), 0), min(int(u + ru) + 1, n)
    j0, j1 = max(int(v - rv), 0), min(int(v + rv) + 1, m)
    if i0 >= i1 or j0 >= j1:
        return None
    # One cell more on every side, to tell a minimum from a slope.
    p0, q0 = max(i0 - 1, 0), max(j0 - 1, 0)
    values = tile(cost, slice(p0, min(i1 + 1, n)), slice(q0, min(j1 + 1, m)))
    inner = values[i0 - p0 : i1 - p0, j0 - q0 : j1 - q0]
    du = (np.arange(i0, i1) + 0.5 - u)[:, None] / max(ru, 0.5)
    dv = (np.arange(j0, j1) + 0.5 - v)[None, :] / max(rv, 0.5)
    reach: NDArray[np.bool_] = du**2 + dv**2 <= 1
    if not reach.any():
        return None
    flat = int(np.argmin(np.where(reach, inner, np.inf)))
    i, j = divmod(flat, inner.shape[1])
    r, s = i + i0 - p0, j + j0 - q0
    around = values[max(r - 1, 0) : r + 2, max(s - 1, 0) : s + 2]
    return (i + i0, j + j0) if inner[i, j] <= around.min() else None


def snap(
    scene: Scene,
    at: QPointF,
    cost: LocalCost | None,
    markers: tuple[Sequence[float], Sequence[float]],
    free: bool,
) -> Snap:
    """Put the pixel `at` on what is near: markers first, each side by itself, then the cost, then the rows' grid.

    Parameters
    ----------
    markers
        Times of A and times of B to stick to.
    free
        True leaves it exactly where it is, held to the matrix only.
    """
    rect = scene.view.rect
    at = QPointF(min(max(at.x(), rect.left()), rect.right()), min(max(at.y(), rect.top()), rect.bottom()))
    a, b = scene.times(at)
    a = min(max(a, float(scene.a.times[0])), float(scene.a.times[-1]))
    b = min(max(b, float(scene.b.times[0])), float(scene.b.times[-1]))
    if free:
        return Snap(a, b, "free")
    on_a = _nearest(at.x(), markers[0], [scene.view.x(scene.a.place_of(t)) for t in markers[0]])
    on_b = _nearest(at.y(), markers[1], [scene.view.y(scene.b.place_of(t)) for t in markers[1]])
    i, j = scene.a.row_of(scene.view.u(at.x())), scene.b.row_of(scene.view.v(at.y()))
    kind = "grid" if on_a is None and on_b is None else "marker"
    if kind == "grid" and cost is not None:
        cell = snap_cell(scene, cost, at)
        if cell is not None:
            (i, j), kind = cell, "cost"
    return Snap(
        float(scene.a.times[i]) if on_a is None else on_a, float(scene.b.times[j]) if on_b is None else on_b, kind
    )
