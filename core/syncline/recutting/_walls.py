"""Tiers that are cut: boundaries and pieces that are set, as rows of features, and what lies between them cut anew.

No piece reaches over a boundary that is set, so what lies between two of them is cut by itself, and is taken over where
it is as it was. Of a stretch too long to be cut while a hand moves, a window about what changed is cut; it is widened
until it comes out as before well inside of its ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import ParameterError
from ..model import Features
from ..model.recordings import SegmentConstraints
from ..model.segments import Segment, Tier
from ..progress import Monitor
from ..solvers.segment._rows import edges_of

__all__ = ["Cut", "Cutter", "Rows", "Walls", "cut"]

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

_LONG, _WINDOW = 12_000, 1500
"""Rows of a stretch that is cut at once while a hand moves; rows to either side of what changed in a longer one."""
_NEAR = 1e-6


class Rows:
    """Where the rows of a recording's features lie, that lasts until `end` seconds."""

    def __init__(self, features: Features, end: float) -> None:
        edges = edges_of(features)
        # A first row may be described by a window that begins before the recording.
        edges[0], edges[-1] = max(edges[0], 0.0), max(min(edges[-1], end), edges[-2])
        self.features, self.edges = features, edges
        self.count = len(features)
        self._middles = (edges[1:] + edges[:-1]) / 2

    def at(self, time: float) -> int:
        """The row whose beginning is nearest; their number for the end."""
        return int(np.searchsorted(self._middles, time))


@dataclass(frozen=True)
class Walls:
    """What is set, as rows.

    Attributes
    ----------
    times
        Seconds of the boundaries at each row where a piece has to begin, ascending.
    barred
        Rows where none may.
    held
        Pieces with a name, or with nothing in them cut.
    """

    times: dict[int, tuple[float, ...]]
    barred: frozenset[int]
    held: tuple[Segment, ...]

    @property
    def rows(self) -> list[int]:
        """Where pieces have to begin, ascending."""
        return sorted(self.times)

    @classmethod
    def of(cls, constraints: SegmentConstraints, tier: str, rows: Rows) -> Walls:
        """What is set in a tier.

        Raises
        ------
        ParameterError
            A boundary lies outside the recording.
        """
        times: dict[int, set[float]] = {}
        barred: set[int] = set()
        first, last = float(rows.edges[0]), float(rows.edges[-1])

        def wall(time: float) -> int:
            row = rows.at(time)
            if first + _NEAR < time < last - _NEAR:
                row = min(max(row, 1), rows.count - 1)
                times.setdefault(row, set()).add(time)
            return row

        for p in constraints.pins:
            if p.tier == tier:
                if not first < p.time < last:
                    raise ParameterError(f"A boundary is set at {p.time:g} s, which is not within the recording.")
                row = wall(p.time)
                for far, beyond in ((p.moved, 1), (p.until, 0)):
                    was = row if far is None else rows.at(far)
                    barred.update(range(row + 1, was + beyond) if was > row else range(was + 1 - beyond, row))
        held = tuple(h.segment for h in constraints.held if h.tier == tier and not h.nothing)
        for s in held:
            barred.update(range(wall(s.start) + 1, wall(s.end)))
        kept = barred - times.keys() - {0, rows.count}
        return cls({row: tuple(sorted(at)) for row, at in times.items()}, frozenset(kept), held)


class Cutter(Protocol):
    """A method with its parameters, for one recording.

    Attributes
    ----------
    local
        Whether what lies between two boundaries that are set has nothing to do with the rest.
    numbered
        Whether pieces are called by their numbers.
    """

    local: bool
    numbered: bool

    def cut(
        self, first: int, stop: int, walls: Sequence[int], barred: Sequence[int], monitor: Monitor
    ) -> tuple[I64, I64]:
        """Where pieces of rows `first` up to `stop` end, exclusive, and a number for what each is."""
        ...

    def sure(self, start: int, ends: I64, kinds: I64) -> F64:
        """How sure the beginning of each of some pieces but the first, which begins at row `start`, is, 0 to 1."""
        ...

    def name(self, number: int, kind: int) -> str:
        """What a piece is called."""
        ...


@dataclass(frozen=True, eq=False)
class Cut:
    """What a solve came to, kept for the next one: ends of pieces in rows, exclusive, and what each is."""

    walls: Walls
    ends: I64
    kinds: I64
    pieces: tuple[Segment, ...]


def cut(cutter: Cutter, walls: Walls, tier: str, rows: Rows, before: Cut | None, monitor: Monitor) -> tuple[Cut, Tier]:
    """Cut a recording, changing no more of `before` than has to be.

    Raises
    ------
    Infeasible, Cancelled
        As the method.
    """
    set_rows, barred = walls.rows, np.array(sorted(walls.barred), np.int64)
    found: list[tuple[I64, I64]] = []
    if not cutter.local:
        found.append(cutter.cut(0, rows.count, set_rows, barred.tolist(), monitor))
    else:
        edges = [0, *set_rows, rows.count]
        for k, (a, b) in enumerate(pairwise(edges)):
            part = monitor.part(k / (len(edges) - 1), (k + 1) / (len(edges) - 1))
            inside = barred[(barred > a) & (barred < b)]
            found.append(_stretch(cutter, a, b, inside, walls, before, part))
    ends, kinds = (np.concatenate(x) for x in zip(*found, strict=True))
    first, last = (0, 0) if before is None else _unchanged(cutter, walls, ends, kinds, before)
    old = () if before is None else before.pieces
    middle = _pieces(cutter, walls, ends, kinds, rows, first, len(ends) - last, old[first : len(old) - last])
    pieces = (*old[:first], *middle, *old[len(old) - last :]) if before is not None else middle
    return Cut(walls, ends, kinds, pieces), Tier(tier, pieces)


def _unchanged(cutter: Cutter, walls: Walls, ends: I64, kinds: I64, before: Cut) -> tuple[int, int]:
    """How many pieces at the beginning and at the end are as before."""
    was = before.walls
    if any(len(at) > 1 for w in (walls, was) for at in w.times.values()):
        return 0, 0
    least = min(len(ends), len(before.ends))
    wrong = np.flatnonzero((ends[:least] != before.ends[:least]) | (kinds[:least] != before.kinds[:least]))
    first = int(wrong[0]) if len(wrong) else least
    wrong = np.flatnonzero(
        (ends[::-1][:least] != before.ends[::-1][:least]) | (kinds[::-1][:least] != before.kinds[::-1][:least])
    )
    last = min(int(wrong[0]) if len(wrong) else least, least - first)
    if cutter.numbered and len(ends) != len(before.ends):
        last = 0
    # What is set otherwise comes out otherwise, though at the same row.
    rows = {r for r in {*walls.times, *was.times} if walls.times.get(r) != was.times.get(r)}
    names = {*walls.held} ^ {*was.held}
    if rows:
        first = min(first, int(np.searchsorted(ends, min(rows))))
        last = min(last, len(ends) - int(np.searchsorted(ends, max(rows), "right")) - 1)
    if names:
        first = min(first, sum(s.end <= min(x.start for x in names) + _NEAR for s in before.pieces[:first]))
        last = min(
            last, sum(s.start >= max(x.end for x in names) - _NEAR for s in before.pieces[len(before.pieces) - last :])
        )
    # A piece begins where the one before it ends, and how sure that is depends on where that one begins.
    return max(first, 0), max(last - 2, 0)


def _stretch(
    cutter: Cutter, a: int, b: int, barred: I64, walls: Walls, before: Cut | None, monitor: Monitor
) -> tuple[I64, I64]:
    """The pieces between two boundaries that are set."""
    if before is None:
        return cutter.cut(a, b, (), barred.tolist(), monitor)
    was = before.walls
    old = {0, int(before.ends[-1]), *was.times}
    other = {r for r in was.barred ^ walls.barred if a < r < b}
    other |= {r for r in old ^ {0, int(before.ends[-1]), *walls.times} if a <= r <= b}
    if not other:
        return _part(before, a, b)
    if b - a <= _LONG:
        return cutter.cut(a, b, (), barred.tolist(), monitor)
    window = _WINDOW
    while True:
        low = _old_end(before, min(other) - window, a, b, -1)
        high = _old_end(before, max(other) + window, a, b, 1)
        inside = barred[(barred > low) & (barred < high)]
        new = cutter.cut(low, high, (), inside.tolist(), monitor)
        near = window // 2
        if (low == a or _alike(new, before, low, low + near)) and (high == b or _alike(new, before, high - near, high)):
            parts = [_part(before, a, low), new, _part(before, high, b)]
            return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])
        window *= 2


def _part(cut: Cut, a: int, b: int) -> tuple[I64, I64]:
    part = slice(*np.searchsorted(cut.ends, [a, b], "right"))
    return cut.ends[part], cut.kinds[part]


def _old_end(before: Cut, row: int, a: int, b: int, way: int) -> int:
    """The old boundary at or beyond a row, `a` or `b` if there is none between."""
    k = int(np.searchsorted(before.ends, row, "right" if way < 0 else "left")) - (way < 0)
    found = int(before.ends[k]) if 0 <= k < len(before.ends) else (a if way < 0 else b)
    return min(max(found, a), b)


def _alike(new: tuple[I64, I64], before: Cut, low: int, high: int) -> bool:
    """Whether some boundaries, and all, between two rows are as before."""
    ends, kinds = new
    here = (ends > low) & (ends < high)
    old_ends, old_kinds = before.ends, before.kinds
    there = (old_ends > low) & (old_ends < high)
    return bool(
        here.any() and np.array_equal(ends[here], old_ends[there]) and np.array_equal(kinds[here], old_kinds[there])
    )


def _pieces(
    cutter: Cutter, walls: Walls, ends: I64, kinds: I64, rows: Rows, first: int, stop: int, old: Sequence[Segment]
) -> tuple[Segment, ...]:
    """Pieces in seconds: boundaries that are set just where they are, what is held under its name."""
    names = {(s.start, s.end): s.label for s in walls.held if s.label}
    known = {(s.start, s.end, s.label, s.score): s for s in old}
    edges = rows.edges
    found: list[Segment] = []
    if first >= stop:
        return ()
    before = max(first - 1, 0)
    begin = int(ends[before - 1]) if before else 0
    sure = cutter.sure(begin, ends[before:stop], kinds[before:stop]).tolist()
    sure = [None, *sure] if not first else sure

    def add(start: float, end: float, kind: int, score: float | None) -> None:
        label = names.get((start, end))
        label = cutter.name(first + len(found), kind) if label is None else label
        piece = known.get((start, end, label, score))
        found.append(Segment(start, end, label, score) if piece is None else piece)

    row = int(ends[first - 1]) if first else 0
    start = walls.times.get(row, (float(edges[row]),))[-1]
    for k in range(first, stop):
        end, kind = int(ends[k]), int(kinds[k])
        at = walls.times.get(end, (float(edges[end]),))
        add(start, at[0], kind, None if row in walls.times else sure[k - first])
        for a, b in pairwise(at):
            # Closer together than rows are.
            add(a, b, kind, None)
        start, row = at[-1], end
    return tuple(found)
