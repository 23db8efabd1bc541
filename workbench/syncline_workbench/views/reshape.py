"""Other times for locked stretches and forbidden rectangles: pure functions for the table and the matrix."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from syncline.errors import ParameterError
from syncline.model import Constraints, Lock, WarpingPath
from syncline.model.media import nearest

__all__ = ["lock_between", "lock_points", "lock_reach", "set_zone"]

Span = tuple[float, float]


def set_zone(c: Constraints, id: int, a: Span, b: Span) -> Constraints:
    """Give a forbidden rectangle other times: seconds from–to of A and of B.

    Raises
    ------
    ParameterError
        A time is not finite, or a side ends before it begins.
    """
    if not np.isfinite([*a, *b]).all():
        raise ParameterError("A forbidden zone needs times that are finite numbers.")
    if a[1] < a[0] or b[1] < b[0]:
        raise ParameterError("A forbidden zone can't end before it begins.")
    (a0, a1), (b0, b1) = (map(float, side) for side in (a, b))
    zones = (replace(z, a0=a0, a1=a1, b0=b0, b1=b1) if z.id == id else z for z in c.forbidden)
    return replace(c, forbidden=tuple(zones))


def lock_reach(c: Constraints, lock: Lock, path: WarpingPath | None) -> NDArray[np.float64]:
    """All that a locked stretch could hold: its own points and those that the path runs through before and after.

    Up to the next lock, the next jump or the end of the path.

    Returns
    -------
    NDArray
        float64 (K, 2) seconds, A then B, monotone.
    """
    own = lock.times
    if path is None:
        return own
    for piece in path.pieces:
        t = path.times[piece]
        if (t[0] > own[-1]).any() or (t[-1] < own[0]).any():
            continue
        before, after = t[_earlier(t, own[0])], t[_earlier(own[-1], t)]
        for other in c.locks:
            if other.id != lock.id:
                before = before[_earlier(other.times[-1], before) | ~_earlier(other.times[-1], own[0])]
                after = after[_earlier(after, other.times[0]) | ~_earlier(own[-1], other.times[0])]
        return np.concatenate([before, own, after])
    return own


def _earlier(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
    """True where a path comes by x (…, 2) before it comes by y (…, 2)."""
    return np.asarray((x <= y).all(-1) & (x < y).any(-1))


def lock_between(c: Constraints, lock: Lock, path: WarpingPath | None, side: int, span: Span) -> Constraints:
    """Let a locked stretch run from the point nearest to one time to the point nearest to another.

    Parameters
    ----------
    side
        0: the times are A's, 1: B's.
    span
        Seconds from–to.
    """
    points = lock_reach(c, lock, path)
    column = points[:, side]
    start, end = column[nearest(column, np.asarray(span, np.float64))]
    # Where the path stands still on this side, all of its points there belong to the stretch.
    return lock_points(c, lock, points[np.searchsorted(column, start) : np.searchsorted(column, end, "right")])


def lock_points(c: Constraints, lock: Lock, points: NDArray[np.float64]) -> Constraints:
    """Let a locked stretch hold these points, float64 (L, 2) seconds.

    Raises
    ------
    ParameterError
        There are none.
    """
    if not len(points):
        raise ParameterError("A locked stretch can't end before it begins.")
    return replace(c, locks=tuple(Lock(k.id, points.copy(), k.note) if k.id == lock.id else k for k in c.locks))
