"""Placing, moving and removing what the user knows. Each function returns new `Constraints`; none looks at media.

All positions are seconds. Whether a path exists that obeys the result is the solver's to say.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ParameterError
from ..model import Anchor, Constraints, Forbidden, Lock, WarpingPath

__all__ = [
    "add_anchor",
    "draw",
    "edit_anchor",
    "forbid",
    "hold",
    "lock",
    "move_anchor",
    "nudge",
    "remove",
    "room",
    "set_note",
]


def add_anchor(
    c: Constraints,
    a: float,
    b: float,
    kind: str = "warp",
    a_end: float | None = None,
    b_end: float | None = None,
    note: str = "",
) -> tuple[Constraints, int]:
    """Add an anchor; return the new constraints and its id.

    Raises
    ------
    ParameterError
        A time that is not finite, an unknown kind, a warp anchor with an end, or a jump that goes back.
    """
    anchor = _checked(Anchor(c.next_id, a, b, kind, a_end, b_end, note))  # pyright: ignore[reportArgumentType]
    return replace(c, anchors=_sorted((*c.anchors, anchor)), next_id=c.next_id + 1), anchor.id


def edit_anchor(c: Constraints, id: int, **fields: Any) -> Constraints:
    """Change fields of an anchor (`a`, `b`, `kind`, `a_end`, `b_end`, `note`); a warp anchor loses its end."""
    old = _anchor(c, id)
    if fields.get("kind", old.kind) == "warp":
        fields |= {"a_end": None, "b_end": None}
    try:
        new = _checked(replace(old, **fields, id=id))
    except TypeError:
        known = "a, b, kind, a_end, b_end, note"
        raise ParameterError(f"An anchor has the fields {known}, not {', '.join(fields)}.") from None
    return replace(c, anchors=_sorted(tuple(new if k.id == id else k for k in c.anchors)))


def move_anchor(
    c: Constraints, id: int, a: float, b: float, a_end: float | None = None, b_end: float | None = None
) -> Constraints:
    """Move an anchor to (a, b). The far end of a jump keeps its distance unless it is given.

    Nothing is clamped: `room` says how far it may go without crossing its neighbours.
    """
    old = _anchor(c, id)
    fields: dict[str, Any] = {"a": a, "b": b}
    if old.kind == "jump":
        # The width is added last: no rounding can put the end before the anchor.
        fields["a_end"] = a + (old.end[0] - old.a) if a_end is None else a_end
        fields["b_end"] = b + (old.end[1] - old.b) if b_end is None else b_end
    return edit_anchor(c, id, **fields)


def nudge(c: Constraints, id: int, db: float) -> Constraints:
    """Move an anchor, the far end of a jump with it, by `db` seconds of B."""
    old = _anchor(c, id)
    return move_anchor(c, id, old.a, old.b + db)


def remove(c: Constraints, id: int) -> Constraints:
    """Remove the anchor, lock or rectangle with that id."""
    if c.find(id) is None:
        raise ParameterError(f"There is no constraint number {id}.")
    return replace(
        c,
        anchors=tuple(k for k in c.anchors if k.id != id),
        locks=tuple(k for k in c.locks if k.id != id),
        forbidden=tuple(k for k in c.forbidden if k.id != id),
    )


def set_note(c: Constraints, id: int, note: str) -> Constraints:
    """Write a note on any constraint."""
    if c.find(id) is None:
        raise ParameterError(f"There is no constraint number {id}.")
    return replace(
        c,
        anchors=tuple(replace(k, note=note) if k.id == id else k for k in c.anchors),
        locks=tuple(replace(k, note=note) if k.id == id else k for k in c.locks),
        forbidden=tuple(replace(k, note=note) if k.id == id else k for k in c.forbidden),
    )


def lock(c: Constraints, path: WarpingPath, a_start: float, a_end: float) -> Constraints:
    """Keep the stretch of `path` between two times of A as it is.

    A stretch across a jump becomes one lock on either side of it. Locks that it overlaps are merged into it.

    Raises
    ------
    ParameterError
        The path has no cell there.
    """
    a_start, a_end = min(a_start, a_end), max(a_start, a_end)
    touched = [k for k in c.locks if k.times[0, 0] <= a_end and k.times[-1, 0] >= a_start]
    a_start = min([a_start, *(float(k.times[0, 0]) for k in touched)])
    a_end = max([a_end, *(float(k.times[-1, 0]) for k in touched)])
    kept = tuple(k for k in c.locks if k not in touched)
    new: list[Lock] = []
    for piece in path.pieces:
        times = path.times[piece]
        inside = times[(times[:, 0] >= a_start) & (times[:, 0] <= a_end)]
        if len(inside):
            new.append(Lock(c.next_id + len(new), inside.copy()))
    if not new:
        raise ParameterError("There is no path in that stretch to lock.")
    locks = sorted((*kept, *new), key=lambda k: (k.times[0, 0], k.times[0, 1]))
    return replace(c, locks=tuple(locks), next_id=c.next_id + len(new))


def forbid(c: Constraints, a0: float, a1: float, b0: float, b1: float, note: str = "") -> Constraints:
    """Forbid the rectangle between two times of A and two times of B (in either order)."""
    a0, a1, b0, b1 = (_finite(t) for t in (a0, a1, b0, b1))
    rect = Forbidden(c.next_id, min(a0, a1), max(a0, a1), min(b0, b1), max(b0, b1), note)
    return replace(c, forbidden=(*c.forbidden, rect), next_id=c.next_id + 1)


def draw(c: Constraints, points: NDArray[np.float64], path: WarpingPath | None, tolerance: float) -> Constraints:
    """Turn a hand-drawn stroke into as few anchors as stay within `tolerance` of it.

    The stroke is made to run forward, then thinned (Ramer 1972; Douglas & Peucker 1973). Anchors under the stroke,
    and those its anchors would cross, give way. A stroke that runs along `path` anyway adds nothing.

    Parameters
    ----------
    points
        float64 (k, 2) seconds, A then B, in drawing order, either direction.
    tolerance
        Seconds.
    """
    stroke = _forward(points)
    if path is not None and (np.abs(path.to_b(stroke[:, 0]) - stroke[:, 1]) <= tolerance).all():
        return c
    corners = stroke[_thinned(stroke, tolerance)]
    corners = corners[np.r_[True, np.diff(corners, axis=0).any(1)]]
    kept = _beside(c.anchors, corners)
    new = [Anchor(c.next_id + r, float(a), float(b)) for r, (a, b) in enumerate(corners)]
    return replace(c, anchors=_sorted((*kept, *new)), next_id=c.next_id + len(new))


def hold(c: Constraints, points: NDArray[np.float64]) -> Constraints:
    """Lock the path to a hand-drawn stroke: all along it, not at its corners only as `draw` does.

    Anchors and locks that lie under the stroke or that it would cross give way.

    Parameters
    ----------
    points
        float64 (k, 2) seconds, A then B, in drawing order, either direction.
    """
    stroke = _forward(points)
    stroke = stroke[np.r_[True, np.diff(stroke, axis=0).any(1)]]
    clear = [k for k in c.locks if (k.times[-1] < stroke[0]).all() or (k.times[0] > stroke[-1]).all()]
    locks = sorted((*clear, Lock(c.next_id, stroke)), key=lambda k: (k.times[0, 0], k.times[0, 1]))
    return replace(c, anchors=tuple(_beside(c.anchors, stroke)), locks=tuple(locks), next_id=c.next_id + 1)


def room(
    c: Constraints, id: int, a_span: tuple[float, float], b_span: tuple[float, float]
) -> tuple[float, float, float, float]:
    """Where an anchor may be put without crossing its neighbours: a_lo, a_hi, b_lo, b_hi seconds.

    For a jump the far end comes along, so the room ends that much earlier.

    Parameters
    ----------
    a_span, b_span
        First and last time of both media.
    """
    me = _anchor(c, id)
    # Lists keep the order of A, equal times the order of B.
    place = (me.a, me.b, me.id)
    before: list[tuple[float, float]] = [(a_span[0], b_span[0])]
    after: list[tuple[float, float]] = [(a_span[1], b_span[1])]
    for k in c.anchors:
        if k.id != id:
            (before if (k.a, k.b, k.id) < place else after).append(k.end if (k.a, k.b, k.id) < place else (k.a, k.b))
    for k in c.locks:
        if (k.times[0, 0], k.times[0, 1], k.id) < place:
            before.append((float(k.times[-1, 0]), float(k.times[-1, 1])))
        else:
            after.append((float(k.times[0, 0]), float(k.times[0, 1])))
    a_lo, b_lo = max(p[0] for p in before), max(p[1] for p in before)
    a_hi = min(p[0] for p in after) - (me.end[0] - me.a)
    b_hi = min(p[1] for p in after) - (me.end[1] - me.b)
    return a_lo, max(a_hi, a_lo), b_lo, max(b_hi, b_lo)


def _finite(t: float) -> float:
    if not math.isfinite(t):
        raise ParameterError("A constraint needs times that are finite numbers.")
    # A plain number, whatever array it was taken from: it goes into files and into Qt.
    return float(t)


def _checked(k: Anchor) -> Anchor:
    a_end, b_end = (None if t is None else _finite(t) for t in (k.a_end, k.b_end))
    k = replace(k, a=_finite(k.a), b=_finite(k.b), a_end=a_end, b_end=b_end)
    if k.kind not in ("warp", "jump"):
        raise ParameterError(f"An anchor is of kind “warp” or “jump”, not “{k.kind}”.")
    if k.kind == "warp" and (k.a_end is not None or k.b_end is not None):
        raise ParameterError("Only a jump has an end; a warp anchor is one point.")
    if k.end[0] < k.a or k.end[1] < k.b:
        raise ParameterError("A jump must not go back in time; its end lies before it.")
    return k


def _anchor(c: Constraints, id: int) -> Anchor:
    found = c.find(id)
    if not isinstance(found, Anchor):
        raise ParameterError(f"There is no anchor number {id}.")
    return found


def _sorted(anchors: tuple[Anchor, ...]) -> tuple[Anchor, ...]:
    return tuple(sorted(anchors, key=lambda k: (k.a, k.b, k.id)))


def _forward(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """A stroke as float64 (k, 2) that runs forward on both sides."""
    stroke = np.asarray(points, np.float64).reshape(-1, 2)
    if not len(stroke) or not np.isfinite(stroke).all():
        raise ParameterError("The stroke has no points, or one that is not a finite number.")
    if stroke[-1].sum() < stroke[0].sum():
        stroke = stroke[::-1]
    return np.maximum.accumulate(stroke, axis=0)


def _beside(anchors: tuple[Anchor, ...], stroke: NDArray[np.float64]) -> list[Anchor]:
    """Anchors that do not lie under a stroke, nor on the wrong side of it."""
    a0, a1 = stroke[0, 0], stroke[-1, 0]
    return [k for k in anchors if not (k.a <= a1 and k.end[0] >= a0) and not _crosses(k, stroke)]


def _crosses(k: Anchor, corners: NDArray[np.float64]) -> bool:
    earlier = corners[corners[:, 0] < k.a]
    later = corners[corners[:, 0] > k.end[0]]
    return bool((earlier[:, 1] > k.b).any() or (later[:, 1] < k.end[1]).any())


def _thinned(points: NDArray[np.float64], tolerance: float) -> NDArray[np.intp]:
    """Indices of the points to keep so that no other lies further than `tolerance` from the polygon."""
    keep = np.zeros(len(points), bool)
    keep[[0, -1]] = True
    todo = [(0, len(points) - 1)]
    while todo:
        s, e = todo.pop()
        if e - s < 2:
            continue
        chord = points[e] - points[s]
        length = float(np.hypot(*chord))
        off = points[s + 1 : e] - points[s]
        if length > 0:
            along = np.clip(off @ chord / length**2, 0, 1)
            off = off - along[:, None] * chord
        distance = np.hypot(off[:, 0], off[:, 1])
        k = int(np.argmax(distance))
        if distance[k] > tolerance:
            keep[s + 1 + k] = True
            todo += [(s, s + 1 + k), (s + 1 + k, e)]
    return np.flatnonzero(keep)
