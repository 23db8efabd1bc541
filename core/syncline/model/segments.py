"""Labelled pieces of time: words, phones, units, shots, subtitles."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from operator import attrgetter

from ..errors import ParameterError

__all__ = ["Segment", "Tier", "Tiers"]


@dataclass(frozen=True, order=True)
class Segment:
    """A labelled piece of time.

    Attributes
    ----------
    start, end
        Seconds, start ≤ end; equal for a point in time.
    label
        May be empty and may hold line breaks.
    score
        How sure it is, 0 to 1; None if nobody says.
    """

    start: float
    end: float
    label: str = ""
    score: float | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.start) and math.isfinite(self.end)) or self.end < self.start:
            raise ParameterError(f"A segment can't last from {self.start:g} s to {self.end:g} s.")


_END = attrgetter("end")


def _order(s: Segment) -> tuple[float, float]:
    return s.start, s.end


@dataclass(frozen=True)
class Tier:
    """Segments of one kind under a name, in order of their start; subtitles may overlap.

    Attributes
    ----------
    points
        True if all are points in time.
    """

    name: str
    segments: tuple[Segment, ...] = ()
    points: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "segments", tuple(sorted(self.segments, key=_order)))
        if self.points and any(s.end > s.start for s in self.segments):
            raise ParameterError(f"The tier “{self.name}” is one of points, but a segment of it lasts.")

    def spliced(self, first: int, stop: int, pieces: Iterable[Segment]) -> Tier:
        """The same with `pieces` in the place of those numbered `first` up to `stop`, which stays.

        Only what is put in is looked at, so that a tier of an hour can follow a hand.
        """
        new = sorted(pieces, key=_order)
        whole = (*self.segments[:first], *new, *self.segments[stop:])
        near = (*self.segments[max(first - 1, 0) : first], *new, *self.segments[stop : stop + 1])
        if self.points or any(_order(b) < _order(a) for a, b in pairwise(near)):
            return replace(self, segments=whole)
        made = object.__new__(Tier)
        for name, value in (("name", self.name), ("segments", whole), ("points", False)):
            object.__setattr__(made, name, value)
        if max(map(_END, self.segments[first:stop]), default=-math.inf) < self.end:
            # What ended last stayed.
            made.__dict__["end"] = max(self.end, max(map(_END, new), default=-math.inf))
        return made

    @cached_property
    def end(self) -> float:
        """Seconds at which the last of them ends; −∞ if there are none."""
        return max(map(_END, self.segments), default=-math.inf)

    @property
    def overlapping(self) -> bool:
        """True if a segment begins before the one before it has ended."""
        last = -math.inf
        for s in self.segments:
            if s.start < last:
                return True
            last = max(last, s.end)
        return False

    @property
    def lanes(self) -> list[tuple[Segment, ...]]:
        """The segments on as few tracks as it takes for none to overlap."""
        lanes: list[list[Segment]] = []
        for s in self.segments:
            lane = next((x for x in lanes if x[-1].end <= s.start), None)
            if lane is None:
                lanes.append([s])
            else:
                lane.append(s)
        return [tuple(x) for x in lanes]


@dataclass(frozen=True)
class Tiers:
    """All tiers of one recording.

    Attributes
    ----------
    start, end
        Seconds that the recording spans, as far as it is known: at least those of the segments.
    notes
        Sentences to show: what a file said that could not be kept.
    """

    tiers: tuple[Tier, ...] = ()
    start: float = 0.0
    end: float = 0.0
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names = [t.name for t in self.tiers]
        if len(set(names)) != len(names):
            twice = next(n for k, n in enumerate(names) if n in names[:k])
            raise ParameterError(f"Two tiers are called “{twice}”; rename one.")
        # Tiers are in order of their start.
        object.__setattr__(self, "start", min([self.start, *(t.segments[0].start for t in self.tiers if t.segments)]))
        object.__setattr__(self, "end", max([self.end, *(t.end for t in self.tiers)]))

    def tier(self, name: str) -> Tier | None:
        """The one of that name, or None."""
        return next((t for t in self.tiers if t.name == name), None)

    def with_tiers(self, tiers: Iterable[Tier]) -> Tiers:
        """The same recording with other tiers."""
        return replace(self, tiers=tuple(tiers))

    def with_tier(self, tier: Tier) -> Tiers:
        """The same with one tier in the place of that of its name, or behind the others; these are not looked at."""
        known = any(t.name == tier.name for t in self.tiers)
        tiers = tuple(tier if t.name == tier.name else t for t in self.tiers) if known else (*self.tiers, tier)
        made = object.__new__(Tiers)
        start = min(self.start, tier.segments[0].start) if tier.segments else self.start
        end = max(self.end, tier.end)
        for name, value in (("tiers", tiers), ("start", start), ("end", end), ("notes", self.notes)):
            object.__setattr__(made, name, value)
        return made
