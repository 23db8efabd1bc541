"""Which constraint lies under the mouse."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF

from syncline.model import Constraints

from .matrix_paint import Scene, anchor_points, rectangle, visible_part
from .matrix_tools import Hit

__all__ = ["hit"]

ANCHOR_REACH, LOCK_REACH = 10.0, 7.0


def hit(scene: Scene, constraints: Constraints, at: QPointF, selected: int | None) -> Hit | None:
    """The constraint within reach of a pixel: the nearest anchor or jump end, else a lock, else a forbidden zone.

    Of two anchors that lie on each other the selected one is taken.
    """
    best, reach = None, ANCHOR_REACH
    for anchor in constraints.anchors:
        for end, point in enumerate(anchor_points(scene, anchor)):
            d = at - point
            distance = float(np.hypot(d.x(), d.y())) - (2.0 if anchor.id == selected else 0.0)
            if distance < reach:
                best, reach = Hit(anchor.id, end), distance
    if best is not None:
        return best
    for lock in constraints.locks:
        xs, ys = visible_part(scene.places(lock), scene.view)
        if len(xs) and _distance(xs, ys, at) <= LOCK_REACH:
            return Hit(lock.id)
    for zone in constraints.forbidden:
        if rectangle(scene, zone).contains(at):
            return Hit(zone.id)
    return None


def _distance(xs: np.ndarray, ys: np.ndarray, at: QPointF) -> float:
    """Pixels from a point to a polyline."""
    if len(xs) == 1:
        return float(np.hypot(xs[0] - at.x(), ys[0] - at.y()))
    x, y, dx, dy = xs[:-1], ys[:-1], np.diff(xs), np.diff(ys)
    length = np.maximum(dx * dx + dy * dy, 1e-12)
    t = np.clip(((at.x() - x) * dx + (at.y() - y) * dy) / length, 0, 1)
    return float(np.hypot(x + t * dx - at.x(), y + t * dy - at.y()).min())
