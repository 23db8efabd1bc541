"""Boundaries of words and labels: set by hand, locked, released. Edits that make another transcript: `_said`.

A word begins with its first label and ends with its last: what both share is pinned as the word's.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..errors import ParameterError
from ..model.recordings import NamedSegments, Pin
from ..model.segments import Segment, Tier, Tiers
from ._piece_tools import LEAST, NEAR, TRANSCRIPT, after, before, clamped, piece_of, touches

__all__ = ["drawn", "limits", "lock", "locked", "locks", "members", "move", "owner", "part", "pinned"]

_Boundary = tuple[str, int, bool]

_MANY = 400


def members(tiers: Tiers, word: int) -> range:
    """Numbers of the labels of a word of the tier ``words``."""
    words, labels = tiers.tier("words"), tiers.tier("labels")
    if words is None or labels is None:
        return range(0)
    s = words.segments[word]
    return range(before(labels, s.start), before(labels, s.end))


def owner(tiers: Tiers, label: int) -> int | None:
    """Number of the word that a label of the tier ``labels`` belongs to."""
    words, labels = tiers.tier("words"), tiers.tier("labels")
    if words is None or labels is None:
        return None
    start = labels.segments[label].start
    k = after(words, start) - 1
    return k if k >= 0 and start < words.segments[k].end - NEAR else None


def limits(segments: NamedSegments, tier: str, piece: int, end: bool) -> tuple[float, float]:
    """Up to the next pinned boundaries, with a moment for every label between."""
    time = _time(segments.tiers, (tier, piece, end))
    tiers = segments.tiers
    low, high = tiers.start, tiers.end
    for p in segments.constraints.pins:
        if p.tier in TRANSCRIPT:
            if low < p.time < time - NEAR:
                low = p.time
            elif time + NEAR < p.time < high:
                high = p.time
    low, high = low + LEAST * (1 + _count(tiers, low, time)), high - LEAST * (1 + _count(tiers, time, high))
    if low > high:
        raise ParameterError("There is no room here: the boundaries on both sides are set.")
    return low, high


def locked(segments: NamedSegments, tier: Tier, piece: int, end: bool | None) -> bool:
    """Whether a boundary is pinned; `end` None: both are."""
    piece_of(tier, piece)
    if end is None:
        return all(locked(segments, tier, piece, e) for e in (False, True))
    place = _shared(segments.tiers, (tier.name, piece, end))
    return any((p.tier, p.piece, p.end) == place for p in segments.constraints.pins)


def locks(segments: NamedSegments, tier: Tier) -> set[tuple[int, bool]]:
    """All boundaries of a tier that are pinned: piece and end."""
    pins = {(p.tier, p.piece, p.end) for p in segments.constraints.pins if p.tier in TRANSCRIPT}
    found = {(piece, end) for name, piece, end in pins if name == tier.name and 0 <= piece < len(tier.segments)}
    if tier.name == "words":
        return found
    words = segments.tiers.tier("words")
    for name, word, end in pins:
        own = members(segments.tiers, word) if name == "words" and words and word < len(words.segments) else range(0)
        if own:
            found.add((own[-1 if end else 0], end))
    return {(piece, end) for piece, end in found if _shared(segments.tiers, (tier.name, piece, end)) in pins}


def move(segments: NamedSegments, tier: str, piece: int, end: bool, time: float) -> NamedSegments:
    """Pin a boundary, and that of a piece which touches there, elsewhere."""
    time = clamped(time, *limits(segments, tier, piece, end))
    places = _places(segments.tiers, (tier, piece, end))
    old = _time(segments.tiers, (tier, piece, end))
    moved = replace(segments, tiers=drawn(segments.tiers, old, time))
    return pinned(moved, dict.fromkeys(places, time))


def part(segments: NamedSegments, tier: str, piece: int, end: bool, time: float) -> NamedSegments:
    """Pin the boundary of one piece alone: it becomes shorter, and what touches it there stays."""
    tiers = segments.tiers
    found = tiers.tier(tier)
    assert found is not None
    me = piece_of(found, piece)
    old = me.end if end else me.start
    least = LEAST * max(len(members(tiers, piece)) if tier == "words" else 1, 1)
    time = clamped(time, min(me.start + least, old), old) if end else clamped(time, old, max(me.end - least, old))
    moved, new = drawn(tiers, old, time), tiers
    for was in tiers.tiers:
        now = moved.tier(was.name)
        if was.name in TRANSCRIPT and now is not None:
            k = before(was, old)
            first, stop = (min(before(was, me.start), k - 1), k) if end else (k, max(before(was, me.end), k + 1))
            new = new.with_tier(was.spliced(first, stop, now.segments[first:stop]))
    return pinned(replace(segments, tiers=new), {_shared(tiers, (tier, piece, end)): time})


def lock(segments: NamedSegments, tier: str, piece: int, end: bool | None, on: bool) -> NamedSegments:
    """Pin a boundary where it is, or release it; `end` None: those of a whole piece, of a word its labels' too."""
    found = segments.tiers.tier(tier)
    assert found is not None
    piece_of(found, piece)
    asked: list[_Boundary] = [(tier, piece, e) for e in ((False, True) if end is None else (end,))]
    if end is None and tier == "words":
        asked += [("labels", k, e) for k in members(segments.tiers, piece) for e in (False, True)]
    places = {p: _time(segments.tiers, a) for a in asked for p in _places(segments.tiers, a)}
    if on:
        known = {(p.tier, p.piece, p.end) for p in segments.constraints.pins}
        places = {p: time for p, time in places.items() if p not in known}
        return pinned(segments, places) if places else segments
    pins = tuple(p for p in segments.constraints.pins if (p.tier, p.piece, p.end) not in places)
    if len(pins) == len(segments.constraints.pins):
        return segments
    return replace(segments, constraints=replace(segments.constraints, pins=pins))


def pinned(segments: NamedSegments, times: dict[_Boundary, float]) -> NamedSegments:
    """With boundaries pinned, by tier, piece and end."""
    c = segments.constraints
    pins = [p for p in c.pins if (p.tier, p.piece, p.end) not in times]
    pins += [Pin(tier, time, piece, end) for (tier, piece, end), time in times.items()]
    return replace(segments, constraints=replace(c, pins=tuple(sorted(pins, key=_order))))


def drawn(tiers: Tiers, old: float, new: float, side: int = 0) -> Tiers:
    """Tiers of a transcript with the boundary at `old` put at `new`; those that it passes are pushed together.

    Of pieces that touch there both follow; `side` −1: only what lies before, 1: only what lies behind.
    """
    if abs(new - old) <= 1e-12:
        return tiers
    edge = _beyond(tiers, old, new)

    def put(t: float) -> float:
        if abs(t - old) <= NEAR:
            return new
        if min(edge, old) < t < max(edge, old):
            return edge + (t - edge) * (new - edge) / (old - edge)
        return t

    for name in TRANSCRIPT:
        tier = tiers.tier(name)
        if tier is None:
            continue
        first = max(before(tier, min(edge, old)) - 1, 0)
        stop = after(tier, max(edge, old))
        if side < 0:
            stop = min(stop, before(tier, old))
        elif side > 0:
            first = max(first, before(tier, old))
        pieces = [_put(s, put(s.start), put(s.end)) for s in tier.segments[first:stop]]
        tiers = tiers.with_tier(tier.spliced(first, stop, pieces))
    return tiers


def _put(s: Segment, start: float, end: float) -> Segment:
    return s if start == s.start and end == s.end else replace(s, start=start, end=end)


def _beyond(tiers: Tiers, old: float, new: float) -> float:
    """The nearest boundary past `new` from which on there is a moment for every piece up to there."""
    count = 1
    for t in _outwards(tiers, old, -1 if new < old else 1):
        if abs(t - new) >= LEAST * count * 0.99 and (t < new) == (new < old):
            return t
        count += 1
    return tiers.start if new < old else tiers.end


def _outwards(tiers: Tiers, time: float, way: int) -> Iterator[float]:
    """Boundaries before (`way` −1) or after a time, the nearest first."""
    last = time
    at = [(t.segments, before(t, time) - (way < 0)) for t in tiers.tiers if t.name in TRANSCRIPT]
    found = heapq.merge(*(_walk(pieces, k, way) for pieces, k in at), reverse=way < 0)
    for t in found:
        if (t - last) * way > NEAR:
            yield t
            last = t


def _walk(pieces: Sequence[Segment], k: int, way: int) -> Iterator[float]:
    while 0 <= k < len(pieces):
        s = pieces[k]
        yield from (s.start, s.end) if way > 0 else (s.end, s.start)
        k += way


def _count(tiers: Tiers, low: float, high: float) -> int:
    """How many boundaries lie between two times; of many, no fewer than that."""
    found = [t for t in tiers.tiers if t.name in TRANSCRIPT]
    most = sum(2 * (before(t, high) - before(t, low) + 1) for t in found)
    if most > _MANY:
        return most
    return len(list(itertools.takewhile(lambda t: t < high - NEAR, _outwards(tiers, low, 1))))


def _time(tiers: Tiers, place: _Boundary) -> float:
    tier = tiers.tier(place[0])
    assert tier is not None
    s = piece_of(tier, place[1])
    return s.end if place[2] else s.start


def _shared(tiers: Tiers, place: _Boundary) -> _Boundary:
    """A boundary of a label as its word's, where it is one."""
    tier, piece, end = place
    if tier == "words":
        return place
    word = owner(tiers, piece)
    if word is None:
        return place
    own = members(tiers, word)
    return ("words", word, end) if own and piece == own[-1 if end else 0] else place


def _places(tiers: Tiers, place: _Boundary) -> list[_Boundary]:
    """A boundary, and that of the piece which touches there."""
    found = [_shared(tiers, place)]
    for name, piece, end in dict.fromkeys((place, found[0])):
        tier = tiers.tier(name)
        assert tier is not None
        other = piece + 1 if end else piece - 1
        first = min(piece, other)
        if 0 <= other < len(tier.segments) and touches(tier.segments[first], tier.segments[first + 1]):
            found.append(_shared(tiers, (name, other, not end)))
    return list(dict.fromkeys(found))


def _order(p: Pin) -> tuple[str, float, int, bool]:
    return p.tier, p.time, p.piece, p.end
