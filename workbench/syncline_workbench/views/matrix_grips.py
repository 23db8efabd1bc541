"""What the hand holds in the cost matrix: an anchor, an end of a jump or of a lock, a forbidden zone or its edges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF

from syncline.edits import constraints as edits
from syncline.model import Anchor, Constraint, Constraints, Forbidden, Lock, WarpingPath

from .matrix_paint import Scene
from .matrix_scale import Clock, time_text
from .matrix_snap import Snap
from .reshape import lock_points, lock_reach, set_zone

__all__ = ["AnchorGrip", "Grip", "Hit", "clamp", "ends", "grip_on", "tr"]

Snapper = Callable[[QPointF, bool, "int | None"], Snap]
Naming = Callable[[float, float], str]


@dataclass(frozen=True)
class Hit:
    """What lies under the mouse.

    Attributes
    ----------
    end
        Which end of a jump.
    edges
        Of a forbidden zone: −1 the edge at the lower time, 1 the one at the higher, 0 neither, along A and along B;
        (0, 0) is the zone as a whole. Of a lock: (−1, 0) its first point, (1, 0) its last, (0, 0) what is between.
    """

    id: int
    end: int = 0
    edges: tuple[int, int] = (0, 0)


def tr(text: str) -> str:
    """Translate in the context of the cost matrix."""
    return QCoreApplication.translate("CostMatrixView", text)


def clamp(value: float, low: float, high: float) -> float:
    """`value` held between the two."""
    return min(max(value, low), high)


def ends(scene: Scene) -> tuple[tuple[float, float], tuple[float, float]]:
    """First and last time of A's rows, then of B's."""
    a, b = scene.a.times, scene.b.times
    return (float(a[0]), float(a[-1])), (float(b[0]), float(b[-1]))


class Grip(Protocol):
    """Something held; it answers where the hand puts it."""

    def to(self, at: QPointF, free: bool) -> Constraints:
        """The constraints with it brought to the pixel `at`; `free` from rows and markers."""
        ...

    def spot(self) -> tuple[float, float, str | None]:
        """Times of the point to label, and the words (None: its times), after `to`."""
        ...

    def label(self) -> str:
        """Name of the step, after `to`."""
        ...


def grip_on(
    item: Constraint, hit: Hit, at: QPointF, base: Constraints, scene: Scene, path: WarpingPath | None,
    snap: Snapper, name: Naming,
) -> Grip | None:  # fmt: skip
    """Take hold of what was hit at the pixel `at`; None if it can't be moved there."""
    if isinstance(item, Anchor):
        return AnchorGrip(item, hit.end, at, base, scene, snap, name)
    if isinstance(item, Forbidden):
        return ZoneGrip(item, hit.edges, at, base, scene, name)
    return LockGrip(item, hit.edges[0], base, scene, path, name) if hit.edges[0] else None


class AnchorGrip:
    """An anchor, held between its neighbours; of a jump all of it, or its far end."""

    def __init__(
        self, anchor: Anchor, end: int, at: QPointF, base: Constraints, scene: Scene, snap: Snapper, name: Naming,
        verb: str = "",
    ) -> None:  # fmt: skip
        self._anchor = self._now = anchor
        self._base, self._end, self._snap, self._name = base, end, snap, name
        self._verb = verb or (tr("Move jump") if anchor.kind == "jump" else tr("Move anchor"))
        self._grab = scene.point(*(anchor.end if end else (anchor.a, anchor.b))) - at
        self._room = edits.room(base, anchor.id, *ends(scene))

    def to(self, at: QPointF, free: bool) -> Constraints:
        old, spot = self._anchor, self._snap(at + self._grab, free, self._anchor.id)
        a_low, a_high, b_low, b_high = self._room
        if self._end:
            a_high, b_high = a_high + old.end[0] - old.a, b_high + old.end[1] - old.b
            a, b = clamp(spot.a, old.a, a_high), clamp(spot.b, old.b, b_high)
            made = edits.edit_anchor(self._base, old.id, a_end=a, b_end=b)
        else:
            made = edits.move_anchor(self._base, old.id, clamp(spot.a, a_low, a_high), clamp(spot.b, b_low, b_high))
        now = made.find(old.id)
        assert isinstance(now, Anchor)
        self._now = now
        return made

    def spot(self) -> tuple[float, float, str | None]:
        return *(self._now.end if self._end else (self._now.a, self._now.b)), None

    def label(self) -> str:
        return f"{self._verb} {self._name(self._now.a, self._now.b)}"


class ZoneGrip:
    """A forbidden zone or some of its edges; by whole rows, exactly where the hand is if it is free."""

    def __init__(
        self, zone: Forbidden, edges: tuple[int, int], at: QPointF, base: Constraints, scene: Scene, name: Naming
    ) -> None:
        self._base, self._zone, self._edges, self._scene, self._name = base, zone, edges, scene, name
        self._from = scene.view.u(at.x()), scene.view.v(at.y())
        self._a, self._b = (zone.a0, zone.a1), (zone.b0, zone.b1)

    def to(self, at: QPointF, free: bool) -> Constraints:
        scene, zone, whole = self._scene, self._zone, self._edges == (0, 0)
        by = scene.view.u(at.x()) - self._from[0], scene.view.v(at.y()) - self._from[1]
        if whole:
            self._a = _moved(scene.a, (zone.a0, zone.a1), by[0], free)
            self._b = _moved(scene.b, (zone.b0, zone.b1), by[1], free)
        else:
            self._a = _resized(scene.a, (zone.a0, zone.a1), self._edges[0], by[0], free)
            self._b = _resized(scene.b, (zone.b0, zone.b1), self._edges[1], by[1], free)
        return set_zone(self._base, zone.id, self._a, self._b)

    def spot(self) -> tuple[float, float, str | None]:
        text = "    ".join(
            f"{side} {time_text(t0)} – {time_text(t1)}" for side, (t0, t1) in (("A", self._a), ("B", self._b))
        )
        return self._a[self._edges[0] >= 0], self._b[self._edges[1] >= 0], text

    def label(self) -> str:
        verb = tr("Move forbidden zone") if self._edges == (0, 0) else tr("Resize forbidden zone")
        return f"{verb} {self._name(self._a[0], self._b[0])}"


def _resized(clock: Clock, span: tuple[float, float], edge: int, by: float, free: bool) -> tuple[float, float]:
    """One edge brought `by` cells further, not past the other one."""
    if not edge:
        return span
    place = clamp(clock.place_of(span[edge > 0]) + by, 0.5, clock.count - 0.5)
    t = clock.time_of(place) if free else float(clock.times[clock.row_of(place)])
    return (min(t, span[1]), span[1]) if edge < 0 else (span[0], max(t, span[0]))


def _moved(clock: Clock, span: tuple[float, float], by: float, free: bool) -> tuple[float, float]:
    """Both edges brought `by` cells further, as far as there are rows."""
    low, high = (clamp(clock.place_of(t), 0.5, clock.count - 0.5) for t in span)
    by = clamp(by, 0.5 - low, clock.count - 0.5 - high)
    if free:
        return clock.time_of(low + by), clock.time_of(high + by)
    rows = round(by)
    if not rows:
        return span
    first, last = clock.row_of(low) + rows, clock.row_of(high) + rows
    return float(clock.times[first]), float(clock.times[min(last, clock.count - 1)])


class LockGrip:
    """An end of a locked stretch, drawn along the path."""

    def __init__(
        self, lock: Lock, end: int, base: Constraints, scene: Scene, path: WarpingPath | None, name: Naming
    ) -> None:
        self._base, self._lock, self._end, self._scene, self._name = base, lock, end, scene, name
        self._points = points = lock_reach(base, lock, path)
        self._places = scene.a.place(points[:, 0]), scene.b.place(points[:, 1])
        first = int(np.flatnonzero((points == lock.times[0]).all(1))[0])
        self._first, self._last = first, first + len(lock.times) - 1

    def to(self, at: QPointF, free: bool) -> Constraints:
        view = self._scene.view
        xs, ys = view.xs(self._places[0]), view.ys(self._places[1])
        k = int(np.argmin((xs - at.x()) ** 2 + (ys - at.y()) ** 2))
        if self._end < 0:
            self._first = min(k, self._last)
        else:
            self._last = max(k, self._first)
        return lock_points(self._base, self._lock, self._points[self._first : self._last + 1])

    def spot(self) -> tuple[float, float, str | None]:
        a, b = self._points[self._first if self._end < 0 else self._last].tolist()
        return a, b, None

    def label(self) -> str:
        a, b = self._points[self._first].tolist()
        return f"{tr('Change lock')} {self._name(a, b)}"
