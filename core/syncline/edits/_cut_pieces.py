"""Edits of tiers that a method cuts: what is moved or split is pinned, what is named, drawn or merged is held."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import replace
from operator import attrgetter

from ..errors import ParameterError
from ..model.recordings import Held, NamedSegments, Pin
from ..model.segments import Segment, Tier
from . import _own_pieces
from ._piece_tools import LEAST, NEAR, NUMBERED, clamped, piece_at, piece_of, touches

__all__ = ["insert", "limits", "lock", "locked", "locks", "merge", "move", "relabel", "remove", "split"]

_START, _END = attrgetter("start"), attrgetter("end")


def limits(segments: NamedSegments, tier: Tier, piece: int, end: bool) -> tuple[float, float]:
    """Between the neighbouring boundaries; what bounds the recording stays."""
    me = piece_of(tier, piece)
    tiers = segments.tiers
    if abs((me.end - tiers.end) if end else (me.start - tiers.start)) <= NEAR:
        raise ParameterError(f"The recording {'ends' if end else 'begins'} here; this boundary can't be moved.")
    return _own_pieces.limits(tier, piece, end, tiers.end)


def locked(segments: NamedSegments, tier: Tier, piece: int, end: bool | None) -> bool:
    """Whether a boundary is pinned or bounds what is held; `end` None: whether the piece is held."""
    me = piece_of(tier, piece)
    held = [h.segment for h in segments.constraints.held if h.tier == tier.name and not h.nothing]
    if end is None:
        return any(_same(s, me) for s in held)
    time = me.end if end else me.start
    pins = (p.time for p in segments.constraints.pins if p.tier == tier.name)
    return any(abs(t - time) <= NEAR for t in (*pins, *(t for s in held for t in (s.start, s.end))))


def locks(segments: NamedSegments, tier: Tier) -> tuple[set[tuple[int, bool]], set[int]]:
    """All boundaries of a tier, piece and end, that are pinned or bound what is held; and all pieces that are held."""
    c, every = segments.constraints, tier.segments
    held = [h.segment for h in c.held if h.tier == tier.name and not h.nothing]
    times = {p.time for p in c.pins if p.tier == tier.name} | {t for s in held for t in (s.start, s.end)}

    def near(time: float, end: bool) -> range:
        edge = _END if end else _START
        first = bisect_left(every, time - NEAR, key=edge)
        last = first
        while last < len(every) and edge(every[last]) <= time + NEAR:
            last += 1
        return range(first, last)

    bounds = {(k, end) for t in times for end in (False, True) for k in near(t, end)}
    return bounds, {k for s in held for k in near(s.start, False) if _same(s, every[k])}


def move(segments: NamedSegments, tier: Tier, piece: int, end: bool, time: float) -> NamedSegments:
    """Put a boundary and pin it."""
    me = piece_of(tier, piece)
    old = me.end if end else me.start
    time = clamped(time, *limits(segments, tier, piece, end))
    new = _own_pieces.shifted(tier, piece, end, time)
    follows = end and piece + 1 < len(tier.segments) and touches(me, tier.segments[piece + 1])
    c = segments.constraints
    was = next((p for p in c.pins if _at(p, tier, old)), None)
    pin = _moved(tier, piece, end, time, was, old)
    pin = replace(pin, end=end and not follows)
    held = [
        h
        if h.tier != tier.name
        else replace(h, segment=_stretched(h.segment, old, time))
        for h in c.held
    ]  # fmt: skip
    return _with(segments, new, [*(p for p in c.pins if not _at(p, tier, old)), pin], held)


def _moved(tier: Tier, piece: int, end: bool, time: float, was: Pin | None, old: float) -> Pin:
    """A pin that knows where the solver had put the boundary, and how far the piece reaches that grew."""
    origin = old if was is None or was.moved is None else was.moved
    back = time < origin
    if was is not None and was.until is not None and (was.until > origin) == back:
        return Pin(tier.name, time, moved=origin, until=was.until)
    first = piece if end else piece - 1
    left = tier.segments[first] if end or (piece and touches(tier.segments[first], tier.segments[piece])) else None
    right = tier.segments[first + 1] if first + 1 < len(tier.segments) else None
    if end and right is not None and not touches(tier.segments[first], right):
        right = None
    grown = right if back else left
    return Pin(tier.name, time, moved=origin, until=None if grown is None else (grown.end if back else grown.start))


def split(segments: NamedSegments, tier: Tier, time: float, labels: tuple[str, str] | None) -> NamedSegments:
    """Pin a new boundary; parts that are named, or parts of what was held, are held."""
    k = piece_at(tier, time)
    me = tier.segments[k]
    parts = _own_pieces.split(tier, time, labels).segments[k : k + 2]
    c = segments.constraints
    was = next((h for h in c.held if h.tier == tier.name and _same(h.segment, me)), None)
    held = [h for h in c.held if h is not was]
    if labels is not None:
        held += [Held(tier.name, Segment(s.start, s.end, s.label)) for s in parts]
    elif was is not None:
        held += [Held(tier.name, Segment(s.start, s.end, was.segment.label)) for s in parts]
    pins = [*c.pins, Pin(tier.name, float(time))]
    return _with(segments, tier.spliced(k, k + 1, parts), pins, held)


def merge(segments: NamedSegments, tier: Tier, piece: int) -> NamedSegments:
    """Hold a piece and the next as one, called as the longer of the two."""
    me = piece_of(tier, piece)
    if piece + 1 == len(tier.segments):
        raise ParameterError("The last piece has none after it to be merged with.")
    other = tier.segments[piece + 1]
    longer = piece if me.end - me.start >= other.end - other.start else piece + 1
    label = tier.segments[longer].label
    whole = Segment(me.start, other.end, label)
    return _held(segments, tier, piece, piece + 2, whole, "" if _numbered(segments, tier, longer) else label)


def relabel(segments: NamedSegments, tier: Tier, piece: int, label: str) -> NamedSegments:
    """Name a piece and hold it."""
    me = piece_of(tier, piece)
    return _held(segments, tier, piece, piece + 1, Segment(me.start, me.end, label), label)


def insert(segments: NamedSegments, tier: Tier, start: float, end: float, label: str) -> NamedSegments:
    """Draw a piece and hold it; what it lies on is cut back."""
    first, last = segments.tiers.start, segments.tiers.end
    start, end = clamped(min(start, end), first, last), clamped(max(start, end), first, last)
    if end - start < LEAST:
        raise ParameterError("A piece has to last a moment, within the recording.")
    new = _own_pieces.insert(tier, start, end, label)
    c, piece = segments.constraints, Segment(start, end, label)
    return _with(
        segments, new, _outside(c.pins, tier, start, end), [*_apart(c.held, tier, piece), Held(tier.name, piece)]
    )


def remove(segments: NamedSegments, tier: Tier, piece: int) -> NamedSegments:
    """Give the place of a piece to the one before it, or after it; where there are gaps, leave one."""
    me = piece_of(tier, piece)
    left = tier.segments[piece - 1] if piece else None
    right = tier.segments[piece + 1] if piece + 1 < len(tier.segments) else None
    for first, heir in ((piece - 1, left), (piece, right)):
        if heir is not None and (touches(heir, me) or touches(me, heir)):
            k = piece - 1 if heir is left else piece + 1
            whole = Segment(min(me.start, heir.start), max(me.end, heir.end), heir.label)
            label = "" if _numbered(segments, tier, k) else heir.label
            return _held(segments, tier, first, first + 2, whole, label)
    c, gap = segments.constraints, Segment(me.start, me.end)
    held = [*_apart(c.held, tier, gap), Held(tier.name, gap, nothing=True)]
    return _with(segments, tier.spliced(piece, piece + 1, []), _outside(c.pins, tier, me.start, me.end), held)


def lock(segments: NamedSegments, tier: Tier, piece: int, end: bool | None, on: bool) -> NamedSegments:
    """Pin a boundary where it is, or hold a piece; or release it with what holds it there."""
    me = piece_of(tier, piece)
    if locked(segments, tier, piece, end) == on:
        return segments
    c = segments.constraints
    if on:
        if end is None:
            label = "" if _numbered(segments, tier, piece) else me.label
            return _held(segments, tier, piece, piece + 1, me, label)
        follows = piece + 1 < len(tier.segments) and touches(me, tier.segments[piece + 1])
        pin = Pin(tier.name, me.end if end else me.start, -1, end and not follows)
        return _with(segments, tier, [*c.pins, pin], c.held)
    times = (me.start, me.end) if end is None else (me.end if end else me.start,)
    pins = [p for p in c.pins if not any(_at(p, tier, t) for t in times)]
    held = [
        h
        for h in c.held
        if h.tier != tier.name
        or not (
            _same(h.segment, me)
            if end is None
            else any(abs(t - times[0]) <= NEAR for t in (h.segment.start, h.segment.end))
        )
    ]
    return _with(segments, tier, pins, held)


def _held(segments: NamedSegments, tier: Tier, first: int, stop: int, drawn: Segment, label: str) -> NamedSegments:
    c = segments.constraints
    held = [*_apart(c.held, tier, drawn), Held(tier.name, Segment(drawn.start, drawn.end, label))]
    pins = _outside(c.pins, tier, drawn.start, drawn.end)
    return _with(segments, tier.spliced(first, stop, [drawn]), pins, held)


def _with(segments: NamedSegments, tier: Tier, pins: Iterable[Pin], held: Iterable[Held]) -> NamedSegments:
    c = replace(segments.constraints, pins=tuple(sorted(pins, key=_place)), held=tuple(sorted(held, key=_start)))
    return replace(segments, constraints=c, tiers=segments.tiers.with_tier(tier))


def _place(p: Pin) -> tuple[str, float, int, bool]:
    return p.tier, p.time, p.piece, p.end


def _start(h: Held) -> tuple[str, float, float]:
    return h.tier, h.segment.start, h.segment.end


def _outside(pins: Iterable[Pin], tier: Tier, start: float, end: float) -> list[Pin]:
    """Pins without those of a tier that lie well within two times."""
    return [p for p in pins if p.tier != tier.name or not start + NEAR < p.time < end - NEAR]


def _apart(held: Iterable[Held], tier: Tier, piece: Segment) -> list[Held]:
    """What is held, that of a tier cut back from a stretch."""
    kept: list[Held] = []
    for h in held:
        parts = [h.segment] if h.tier != tier.name else _own_pieces.cleared((h.segment,), piece.start, piece.end)
        kept += [h if s is h.segment else replace(h, segment=s) for s in parts]
    return kept


def _at(pin: Pin, tier: Tier, time: float) -> bool:
    return pin.tier == tier.name and abs(pin.time - time) <= NEAR


def _same(a: Segment, b: Segment) -> bool:
    return abs(a.start - b.start) <= NEAR and abs(a.end - b.end) <= NEAR


def _stretched(s: Segment, old: float, time: float) -> Segment:
    return replace(
        s,
        start=time if abs(s.start - old) <= NEAR else s.start,
        end=time if abs(s.end - old) <= NEAR else s.end,
    )


def _numbered(segments: NamedSegments, tier: Tier, piece: int) -> bool:
    """Whether a piece is called by its number: it then gets a new one with every solve."""
    if tier.name not in NUMBERED or not tier.segments[piece].label.isdecimal():
        return False
    named = (h.segment for h in segments.constraints.held if h.tier == tier.name and h.segment.label)
    return not any(_same(s, tier.segments[piece]) for s in named)
