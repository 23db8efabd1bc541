"""Which constraint lies under the mouse."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF

from syncline.model import Constraints

from .matrix_grips import Hit
from .matrix_paint import Scene, anchor_points, rectangle, visible_part

__all__ = ["hit"]

ANCHOR_REACH, LOCK_REACH, END_REACH, EDGE_REACH = 10.0, 7.0, 8.0, 6.0


def hit(scene: Scene, constraints: Constraints, at: QPointF, selected: int | None) -> Hit | None:
    """The constraint within reach of a pixel: the nearest anchor or jump end, else a lock, else a forbidden zone;
    of locks and zones also which end or edge.

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
        ends = [scene.point(*point) - at for point in lock.times[[0, -1]].tolist()]
        far = [float(np.hypot(end.x(), end.y())) for end in ends]
        if min(far) <= END_REACH:
            return Hit(lock.id, edges=(-1 if far[0] < far[1] else 1, 0))
        xs, ys = visible_part(scene.places(lock), scene.view)
        if len(xs) and _distance(xs, ys, at) <= LOCK_REACH:
            return Hit(lock.id)
    # The selected one can be taken by its edges even where another one covers it.
    for zone in sorted(constraints.forbidden, key=lambda zone: zone.id != selected):
        edges = _edges(rectangle(scene, zone), at)
        if edges is not None:
            return Hit(zone.id, edges=edges)
    return None


def _edges(box: QRectF, at: QPointF) -> tuple[int, int] | None:
    """Which edges of a zone a pixel is at, (0, 0) for its inside, None for its outside; B's times rise upwards."""
    if not box.adjusted(-EDGE_REACH, -EDGE_REACH, EDGE_REACH, EDGE_REACH).contains(at):
        return None
    # A small zone keeps a middle to be moved by.
    wide, high = min(EDGE_REACH, box.width() / 4), min(EDGE_REACH, box.height() / 4)
    across = -1 if at.x() < box.left() + wide else 1 if at.x() > box.right() - wide else 0
    upwards = -1 if at.y() > box.bottom() - high else 1 if at.y() < box.top() + high else 0
    return across, upwards


def _distance(xs: np.ndarray, ys: np.ndarray, at: QPointF) -> float:
    """Pixels from a point to a polyline."""
    if len(xs) == 1:
        return float(np.hypot(xs[0] - at.x(), ys[0] - at.y()))
    x, y, dx, dy = xs[:-1], ys[:-1], np.diff(xs), np.diff(ys)
    length = np.maximum(dx * dx + dy * dy, 1e-12)
    t = np.clip(((at.x() - x) * dx + (at.y() - y) * dy) / length, 0, 1)
    return float(np.hypot(x + t * dx - at.x(), y + t * dy - at.y()).min())
