"""Constraints laid on the rows of both sides, and the independent blocks they leave to be solved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ...errors import Infeasible
from ...model import Anchor, Constraints, Lock
from ...model.media import nearest

__all__ = ["Block", "Given", "Plan", "clock", "make_plan", "meeting", "place"]

Times = NDArray[np.float64]
Cells = NDArray[np.int64]
Cell = tuple[int, int]


@dataclass(frozen=True)
class Block:
    """A rectangle to be solved from cell (r0, c0) to cell (r1, c1), both included.

    The first cell is already part of the path (its cost counted), unless `free_begin`: then the path may begin in
    any column of the first row. With `free_end` it may end in any column of the last row.
    `before`, `after` are the ids of the constraints at its corners.
    """

    r0: int
    c0: int
    r1: int
    c1: int
    free_begin: bool = False
    free_end: bool = False
    before: int | None = None
    after: int | None = None

    @property
    def cells(self) -> int:
        """Number of cells."""
        return (self.r1 - self.r0 + 1) * (self.c1 - self.c0 + 1)


@dataclass(frozen=True, eq=False)
class Given:
    """Cells that are not to be solved: a start, the far end of a jump, or the rest of a locked stretch.

    `cells` int64 (k, 2). With `fresh` a new unbroken piece begins here.
    """

    cells: Cells
    fresh: bool
    id: int | None = None


@dataclass(frozen=True, eq=False)
class Plan:
    """What makes up the path, in order, and the forbidden rectangles as int64 (k, 4) i0, i1, j0, j1 half-open."""

    parts: list[Block | Given]
    rects: NDArray[np.int64]
    rect_ids: list[int]


@dataclass(eq=False)
class _Stop:
    id: int
    cells: Cells
    leave: Cell
    jump: bool
    text: str
    order: int

    @property
    def enter(self) -> Cell:
        return int(self.cells[0, 0]), int(self.cells[0, 1])


def meeting(rects: Cells, block: Block) -> Cells:
    """The rows of `rects` (k, 4) that meet the block."""
    near = (rects[:, 0] <= block.r1) & (rects[:, 1] > block.r0) & (rects[:, 2] <= block.c1) & (rects[:, 3] > block.c0)
    return rects[near]


def clock(t: float) -> str:
    """Seconds as m:ss.mmm."""
    minutes, ms = divmod(round(abs(t) * 1000), 60000)
    return f"{'−' if t < 0 else ''}{minutes}:{ms // 1000:02d}.{ms % 1000:03d}"


def place(a: float, b: float) -> str:
    """A pair of times, A's then B's."""
    return f"{clock(a)} ↔ {clock(b)}"


def make_plan(
    constraints: Constraints,
    a: Times,
    b: Times,
    free_begin: bool,
    free_end: bool,
    lo: NDArray[np.int64],
    hi: NDArray[np.int64],
) -> Plan:
    """Lay `constraints` on the nearest rows and split the path at them.

    A jump that begins in the very first cell makes the path start at its far end; one whose far end is the very
    last cell ends the path at its near end.

    Raises
    ------
    Infeasible
        Naming the constraints that contradict each other, the window, or the corners.
    """
    rects, rect_ids = _rectangles(constraints, a, b)
    stops = _absorb(
        [_lock_stop(k, a, b) for k in constraints.locks], [_anchor_stop(k, a, b) for k in constraints.anchors]
    )
    stops.sort(key=lambda s: (*s.enter, *s.leave, s.order))
    for s, t in pairwise(stops):
        if s.leave[0] > t.enter[0] or s.leave[1] > t.enter[1]:
            raise Infeasible(
                f"The {s.text} and the {t.text} cross: no path that goes forward passes both. Move or remove one.",
                culprits=(s.id, t.id),
            )
    n, m = len(a), len(b)
    parts: list[Block | Given] = []
    at: Cell | None = None
    before: int | None = None
    for s in stops:
        if s.jump and s.enter == (0, 0) and at is None:
            parts.append(Given(np.array([s.leave]), True, s.id))
            at, before = s.leave, s.id
            continue
        if at is None and free_begin:
            parts.append(Block(0, 0, *s.enter, free_begin=True, after=s.id))
        else:
            if at is None:
                parts.append(Given(np.zeros((1, 2), np.int64), True))
                at = (0, 0)
            if at != s.enter:
                parts.append(Block(*at, *s.enter, before=before, after=s.id))
        if len(s.cells) > 1:
            parts.append(Given(s.cells[1:], False, s.id))
        at, before = s.leave, s.id
        if s.jump:
            if s.leave == (n - 1, m - 1):
                return _checked(Plan(parts, rects, rect_ids), stops, lo, hi)
            parts.append(Given(np.array([s.leave]), True, s.id))
    if at is None and not free_begin:
        parts.append(Given(np.zeros((1, 2), np.int64), True))
        at = (0, 0)
    if at is None:
        parts.append(Block(0, 0, n - 1, m - 1, free_begin=True, free_end=free_end))
    elif at != (n - 1, m - 1):
        parts.append(Block(*at, n - 1, m - 1, free_end=free_end, before=before))
    return _checked(Plan(parts, rects, rect_ids), stops, lo, hi)


def _rectangles(constraints: Constraints, a: Times, b: Times) -> tuple[NDArray[np.int64], list[int]]:
    rows: list[tuple[int, int, int, int]] = []
    ids: list[int] = []
    for f in constraints.forbidden:
        i0, i1 = np.searchsorted(a, f.a0, "left"), np.searchsorted(a, f.a1, "right")
        j0, j1 = np.searchsorted(b, f.b0, "left"), np.searchsorted(b, f.b1, "right")
        if i0 < i1 and j0 < j1:
            rows.append((int(i0), int(i1), int(j0), int(j1)))
            ids.append(f.id)
    return np.array(rows, np.int64).reshape(-1, 4), ids


def _anchor_stop(anchor: Anchor, a: Times, b: Times) -> _Stop:
    a_end, b_end = anchor.end
    enter = int(nearest(a, anchor.a)), int(nearest(b, anchor.b))
    leave = (int(nearest(a, a_end)), int(nearest(b, b_end))) if anchor.kind == "jump" else enter
    jump = leave != enter
    text = f"{'jump' if jump else 'anchor'} {place(anchor.a, anchor.b)}"
    _inside(text, anchor.id, a, anchor.a, a_end)
    _inside(text, anchor.id, b, anchor.b, b_end)
    if leave[0] < enter[0] or leave[1] < enter[1]:
        raise Infeasible(f"The {text} goes back in time; its end must not lie before it.", culprits=(anchor.id,))
    return _Stop(anchor.id, np.array([enter], np.int64), leave, jump, text, 1)


def _lock_stop(lock: Lock, a: Times, b: Times) -> _Stop:
    text = f"lock from {place(*lock.times[0])} to {place(*lock.times[-1])}"
    _inside(text, lock.id, a, lock.times[0, 0], lock.times[-1, 0])
    _inside(text, lock.id, b, lock.times[0, 1], lock.times[-1, 1])
    cells = np.column_stack([nearest(a, lock.times[:, 0]), nearest(b, lock.times[:, 1])]).astype(np.int64)
    if (np.diff(cells, axis=0) < 0).any():
        raise Infeasible(f"The {text} goes back in time.", culprits=(lock.id,))
    cells = _filled(cells[np.r_[True, np.diff(cells, axis=0).any(1)]])
    return _Stop(lock.id, cells, (int(cells[-1, 0]), int(cells[-1, 1])), False, text, 0)


def _filled(cells: Cells) -> Cells:
    """Close gaps of a stretch that was locked on coarser rows, by straight lines; steps of a pattern stay."""
    parts: list[Cells] = [cells[:1]]
    for here, there in pairwise(cells):
        di, dj = there - here
        if di <= 1 and dj <= 2:
            parts.append(there[None])
        else:
            steps = np.arange(1, max(di, dj) + 1)[:, None]
            parts.append(here + np.rint(steps * (there - here) / max(di, dj)).astype(np.int64))
    return np.concatenate(parts)


def _inside(text: str, id: int, times: Times, first: float, last: float) -> None:
    """Refuse what lies beyond a medium by more than the analysis may cut off at its ends."""
    slack = 0.5 + 2 * (float(times[-1] - times[0]) / max(len(times) - 1, 1))
    if not (times[0] - slack <= first and last <= times[-1] + slack):
        raise Infeasible(f"The {text} lies outside the media; move or remove it.", culprits=(id,))


def _absorb(locks: list[_Stop], anchors: list[_Stop]) -> list[_Stop]:
    """Drop warp anchors that a lock passes through anyway; they would cut it in two."""
    free = [s for s in anchors if s.jump or not any((k.cells == s.cells[0]).all(1).any() for k in locks)]
    return [*locks, *free]


def _checked(plan: Plan, stops: Sequence[_Stop], lo: NDArray[np.int64], hi: NDArray[np.int64]) -> Plan:
    """Refuse a plan whose given cells are forbidden or outside the window."""
    texts = {s.id: s.text for s in stops}
    for part in plan.parts:
        for_ids: list[tuple[int | None, Cells]] = []
        if isinstance(part, Given):
            for_ids.append((part.id, part.cells))
        elif not part.free_end:
            for_ids.append((part.after, np.array([(part.r1, part.c1)])))
        for key, cells in for_ids:
            corner = "end" if cells[0].any() else "begin"
            what = f"{corner} of both sides" if key is None else texts[key]
            for rect, rect_id in zip(plan.rects, plan.rect_ids, strict=True):
                i, j = cells[:, 0], cells[:, 1]
                if ((i >= rect[0]) & (i < rect[1]) & (j >= rect[2]) & (j < rect[3])).any():
                    raise Infeasible(
                        f"The {what} lies in a forbidden rectangle; move or remove one of them.",
                        culprits=(rect_id,) if key is None else (key, rect_id),
                    )
            outside = (cells[:, 1] < lo[cells[:, 0]]) | (cells[:, 1] >= hi[cells[:, 0]])
            if outside.any() and key is not None:
                raise Infeasible(f"The {what} lies outside the window; widen the window or move it.", culprits=(key,))
    return plan
