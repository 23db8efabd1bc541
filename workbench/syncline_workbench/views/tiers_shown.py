"""What the tiers view shows: tiers as plain data, and where their lanes lie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import attrgetter, is_
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from syncline.model import Segment

__all__ = ["Edge", "Kind", "Lane", "Row", "Shown", "alike", "lay_rows"]

Kind = Literal["transcript", "cut", "own", "truth", "compared"]

TALL, LOW, GAP, TOP = 32.0, 20.0, 8.0, 8.0
"""Heights of a piece of one's own and of one to compare with, what is left free below, and above the first lane."""
TOUCH = 1e-6
"""Seconds apart at which two pieces still touch."""


@dataclass(frozen=True, eq=False)
class Shown:
    """One tier to show.

    Attributes
    ----------
    name
        As edits call it; of tiers that can be edited, no two have the same.
    kind
        ``"transcript"`` and ``"cut"``: a method fills it; ``"own"``: a person does. ``"truth"`` and ``"compared"`` can
        be looked at only.
    pieces
        In order of their start; they may overlap.
    locked
        ``(piece, end)``: the start (False) or the end (True) of a piece is locked; ``piece``: all of it is.
    colour
        Name of a colour of the theme; empty: as it suits the kind.
    points
        All pieces are points in time.
    title
        What people read in the place of the name.
    """

    name: str
    kind: Kind
    pieces: tuple[Segment, ...] = ()
    locked: frozenset[int | tuple[int, bool]] = frozenset()
    colour: str = ""
    points: bool = False
    title: str = ""

    @property
    def editable(self) -> bool:
        """True if the hand may change it."""
        return self.kind in ("transcript", "cut", "own")

    @property
    def hue(self) -> str:
        """Name of the theme's colour that outlines its pieces."""
        if self.colour:
            return self.colour
        if self.kind == "transcript":
            return "a" if self.name == "words" else "good"
        return {"cut": "b", "truth": "text"}.get(self.kind, "muted")


@dataclass(frozen=True)
class Edge:
    """A boundary: where a piece begins, or with `end` where it ends."""

    piece: int
    end: bool


@dataclass(eq=False)
class Lane:
    """Pieces of one tier that do not overlap: their numbers in it, (n,) each, and seconds."""

    numbers: NDArray[np.intp]
    starts: NDArray[np.float64]
    ends: NDArray[np.float64]
    doubts: NDArray[np.bool_]

    @cached_property
    def longest(self) -> float:
        """Seconds of the longest piece; of points, as far as two are apart."""
        spans = self.ends - self.starts
        return float(spans.max(initial=0.0) or np.diff(self.starts).max(initial=0.0))

    @cached_property
    def _covered(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.intp]]:
        """Where pieces begin and end by turns, how much is covered up to there, and how many doubts lie before each."""
        bounds, spans = np.empty(2 * len(self.starts)), np.zeros(2 * len(self.starts))
        bounds[0::2], bounds[1::2] = self.starts, self.ends
        spans[1::2] = self.ends - self.starts
        return bounds, np.cumsum(spans), np.concatenate([[0], np.cumsum(self.doubts)])

    def density(self, edges: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.intp], NDArray[np.intp]]:
        """Between each two of `edges`, in seconds: the share that is covered, pieces that begin, and doubts of them."""
        bounds, covered, doubts = self._covered
        begun = np.searchsorted(self.starts, edges, "left")
        return np.diff(np.interp(edges, bounds, covered)) / np.diff(edges), np.diff(begun), np.diff(doubts[begun])

    def seen(self, start: float, end: float) -> slice:
        """Which of its pieces reach into a stretch of time."""
        first = int(np.searchsorted(self.ends, start, "left"))
        return slice(first, max(int(np.searchsorted(self.starts, end, "right")), first))

    def at(self, time: float) -> int | None:
        """Place in the lane of the piece at a time; of two that touch there, the later."""
        k = int(np.searchsorted(self.starts, time, "right")) - 1
        return k if k >= 0 and time <= self.ends[k] else None


@dataclass(eq=False)
class Row:
    """A tier and its lanes; heights in pixels from the top of all rows."""

    shown: Shown
    starts: NDArray[np.float64]
    ends: NDArray[np.float64]
    lanes: list[Lane]
    lane_of: NDArray[np.intp]
    """(n,) the lane of each piece."""
    doubts: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))
    top: float = 0.0

    @property
    def name(self) -> str:
        """What people read."""
        return self.shown.title or self.shown.name

    @property
    def tall(self) -> float:
        """Height of a piece."""
        return TALL if self.shown.editable else LOW

    @property
    def pitch(self) -> float:
        """Pixels from one lane to the next."""
        return self.tall + GAP

    @property
    def height(self) -> float:
        """Pixels of all lanes."""
        return self.pitch * len(self.lanes)

    def lane_top(self, lane: int) -> float:
        """Where the pieces of a lane begin."""
        return self.top + lane * self.pitch

    def lane_at(self, y: float) -> int | None:
        """The lane at a height."""
        lane = int((y - self.top + GAP / 2) // self.pitch)
        return lane if 0 <= lane < len(self.lanes) else None

    def partner(self, edge: Edge) -> Edge | None:
        """The boundary of the neighbour that lies at the same time, in tiers whose pieces don't overlap."""
        if len(self.lanes) > 1 or self.shown.points:
            return None
        other = edge.piece + (1 if edge.end else -1)
        if not 0 <= other < len(self.starts):
            return None
        near = abs(self.time(edge) - self.time(Edge(other, not edge.end))) <= TOUCH
        return Edge(other, not edge.end) if near else None

    def apart(self, edge: Edge) -> Edge | None:
        """The boundary that stays if this one moves alone; what a method cuts has no gaps."""
        return None if self.shown.kind == "cut" else self.partner(edge)

    def time(self, edge: Edge) -> float:
        """Seconds at which a boundary lies."""
        return float((self.ends if edge.end else self.starts)[edge.piece])

    def locked(self, edge: Edge) -> bool:
        """True if a boundary is locked, by itself, with its piece or as the neighbour's."""
        locked, other = self.shown.locked, self.partner(edge)
        return any(e is not None and (e.piece in locked or (e.piece, e.end) in locked) for e in (edge, other))

    def nearest(self, time: float) -> int | None:
        """The piece at a time, or the one that is least far away."""
        if not len(self.starts):
            return None
        gaps = np.maximum(np.maximum(self.starts - time, time - self.ends), 0)
        return int(np.argmin(gaps))

    def room(self, edge: Edge) -> tuple[float, float]:
        """Seconds that a boundary may lie between for the order of pieces to stay."""
        other = self.partner(edge)
        low, high = (self.starts[edge.piece], np.inf) if edge.end else (-np.inf, self.ends[edge.piece])
        if self.shown.points:
            return -np.inf, np.inf
        if other is not None:
            low, high = (low, self.ends[other.piece]) if edge.end else (self.starts[other.piece], high)
        elif len(self.lanes) == 1:
            if edge.end and edge.piece + 1 < len(self.starts):
                high = self.starts[edge.piece + 1]
            elif not edge.end and edge.piece:
                low = self.ends[edge.piece - 1]
        return float(low), float(high)

    def gap(self, time: float) -> tuple[float, float] | None:
        """The stretch around a time in which no piece lies; None if one does."""
        before, after = self.ends[self.starts <= time], self.starts[self.starts > time]
        low = float(before.max(initial=-np.inf))
        return None if low > time else (low, float(after.min(initial=np.inf)))

    def moved(self, edge: Edge, time: float, alone: bool) -> Row:
        """The row as it looks with a boundary elsewhere; a piece that touches follows, unless it is `alone`."""
        low, high = self.room(edge)
        # Where others are pushed along, only the answer tells how.
        time = min(max(time, low), high)
        changed = [edge, None if alone else self.partner(edge)]
        if self.shown.points:
            changed.append(Edge(edge.piece, not edge.end))
        out = Row(self.shown, self.starts.copy(), self.ends.copy(), [], self.lane_of, self.doubts, self.top)
        for e in changed:
            if e is not None:
                (out.ends if e.end else out.starts)[e.piece] = time
        out.lanes = [Lane(x.numbers, out.starts[x.numbers], out.ends[x.numbers], x.doubts) for x in self.lanes]
        return out


def lay_rows(tiers: Sequence[Shown], before: Sequence[Row] = (), doubt: float = 0.5) -> list[Row]:
    """Rows of the tiers, one below the other; what was worked out for the same pieces is used again."""
    known = {(id(r.shown.pieces), r.shown.editable): r for r in before}
    named = {(r.shown.name, r.shown.kind): r for r in before}
    rows: list[Row] = []
    top = TOP
    for shown in tiers:
        old = known.get((id(shown.pieces), shown.editable))
        if old is not None:
            row = Row(shown, old.starts, old.ends, old.lanes, old.lane_of, old.doubts)
        else:
            row = _spliced(shown, doubt, named.get((shown.name, shown.kind))) or _row(shown, doubt)
        row.top = top
        top += row.height
        rows.append(row)
    return rows


def _spliced(shown: Shown, doubt: float, old: Row | None) -> Row | None:
    """The row made of that of before, if all lie in one lane and few pieces changed: an hour follows the hand."""
    new = shown.pieces
    if old is None or len(old.lanes) != 1 or not shown.editable or old.shown.points or shown.points:
        return None
    was, n = old.shown.pieces, len(new)
    first, last = alike(was, new)
    part, rest = new[first : n - last], len(was) - last

    def put(array: NDArray[Any], values: list[Any]) -> NDArray[Any]:
        return np.concatenate((array[:first], np.array(values, array.dtype), array[rest:]))

    starts, ends = put(old.starts, [s.start for s in part]), put(old.ends, [s.end for s in part])
    near = slice(max(first - 1, 0), n - last + 1)
    if (starts[near][1:] < ends[near][:-1] - TOUCH).any():
        return None
    doubts = put(old.doubts, [s.score is not None and s.score < doubt for s in part])
    return Row(shown, starts, ends, [Lane(np.arange(n), starts, ends, doubts)], np.zeros(n, np.intp), doubts)


def alike(was: Sequence[Segment], new: Sequence[Segment]) -> tuple[int, int]:
    """How many pieces at the beginning and, of the others, at the end are the very same objects."""
    most = min(len(was), len(new))
    first = _alike(was, new, most, 1)
    return first, _alike(was, new, most - first, -1)


def _alike(was: Sequence[Segment], new: Sequence[Segment], most: int, way: int) -> int:
    """How many pieces at the beginning (`way` −1: at the end) are the same, at most so many; hundreds at once."""
    same, step = 0, 512
    while same < most:
        count = min(step, most - same)
        a, b = ((x[same : same + count] if way > 0 else x[len(x) - same - count : len(x) - same]) for x in (was, new))
        if all(map(is_, a, b)):
            same += count
        elif count == 1:
            break
        else:
            # It is among these: halved, nine more looks find it.
            step, most = count // 2, same + count
    return same


def _row(shown: Shown, doubt: float) -> Row:
    pieces, n = shown.pieces, len(shown.pieces)
    starts = np.fromiter(map(attrgetter("start"), pieces), float, n)
    ends = np.fromiter(map(attrgetter("end"), pieces), float, n)
    # What can't be corrected is not marked as to be looked at.
    marked = pieces if shown.editable else ()
    doubts = np.zeros(n, bool)
    doubts[: len(marked)] = [s.score is not None and s.score < doubt for s in marked]
    if not (starts[1:] < ends[:-1] - TOUCH).any():
        return Row(shown, starts, ends, [Lane(np.arange(n), starts, ends, doubts)], np.zeros(n, np.intp), doubts)
    lane_of = np.fromiter(_lanes(starts, ends), np.intp, n)
    lanes: list[Lane] = []
    for k in range(int(lane_of.max(initial=0)) + 1):
        numbers = np.flatnonzero(lane_of == k)
        lanes.append(Lane(numbers, starts[numbers], ends[numbers], doubts[numbers]))
    return Row(shown, starts, ends, lanes, lane_of, doubts)


def _lanes(starts: NDArray[np.float64], ends: NDArray[np.float64]) -> Iterator[int]:
    """The first lane that is free, piece by piece."""
    taken: list[float] = []
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        lane = next((k for k, t in enumerate(taken) if t <= start + TOUCH), len(taken))
        taken[lane : lane + 1] = [end]
        yield lane
