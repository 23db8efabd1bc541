"""Edits of tiers that no method fills. They may have gaps, and subtitles may overlap."""

from __future__ import annotations

from dataclasses import replace

from ..errors import ParameterError
from ..model.segments import Segment, Tier
from ._piece_tools import LEAST, clamped, piece_at, piece_of, touches

__all__ = ["cleared", "insert", "limits", "merge", "move", "part", "relabel", "remove", "shifted", "split"]


def limits(tier: Tier, piece: int, end: bool, duration: float) -> tuple[float, float]:
    """Between the neighbouring boundaries; a piece that touches is made shorter, one that doesn't stops it."""
    me = piece_of(tier, piece)
    last = piece + 1 == len(tier.segments)
    left = tier.segments[piece - 1] if piece else None
    right = None if last else tier.segments[piece + 1]
    least = 0.0 if tier.points else LEAST
    stop = max([duration, *(s.end for s in tier.segments[-1:])])
    if tier.points:
        low, high = left.start if left else 0.0, right.start if right else stop
    elif end:
        low = me.start + least
        high = stop if right is None else right.end - least if touches(me, right) else right.start
        # Of subtitles that overlap already neither stops the other.
        high = max(high, me.end)
    else:
        high = me.end - least
        low = 0.0 if left is None else left.start + least if touches(left, me) else left.end
        low = min(low, me.start)
    if low > high:
        raise ParameterError("There is no room to move this boundary.")
    return low, high


def shifted(tier: Tier, piece: int, end: bool, time: float) -> Tier:
    """The tier with a boundary at `time`; a piece that touches there follows."""
    me = piece_of(tier, piece)
    if tier.points:
        return tier.spliced(piece, piece + 1, [replace(me, start=time, end=time)])
    first, stop = piece, piece + 1
    new = [replace(me, end=time) if end else replace(me, start=time)]
    if end and stop < len(tier.segments) and touches(me, tier.segments[stop]):
        new.append(replace(tier.segments[stop], start=time))
        stop += 1
    if not end and first and touches(tier.segments[first - 1], me):
        first -= 1
        new.insert(0, replace(tier.segments[first], end=time))
    return tier.spliced(first, stop, new)


def move(tier: Tier, piece: int, end: bool, time: float, duration: float) -> Tier:
    """Put a boundary, no further than its neighbours."""
    return shifted(tier, piece, end, clamped(time, *limits(tier, piece, end, duration)))


def part(tier: Tier, piece: int, end: bool, time: float) -> Tier:
    """Put the boundary of one piece alone, which makes it shorter: a gap is left to the neighbour."""
    me = piece_of(tier, piece)
    if end:
        new = replace(me, end=clamped(time, min(me.start + LEAST, me.end), me.end))
    else:
        new = replace(me, start=clamped(time, me.start, max(me.end - LEAST, me.start)))
    return tier.spliced(piece, piece + 1, [new])


def split(tier: Tier, time: float, labels: tuple[str, str] | None) -> Tier:
    """Cut the piece at a time; both parts keep its label unless they are named."""
    if tier.points:
        raise ParameterError("A point in time can't be split.")
    k = piece_at(tier, time)
    me = tier.segments[k]
    names = labels or (me.label, me.label)
    return tier.spliced(k, k + 1, [replace(me, end=time, label=names[0]), replace(me, start=time, label=names[1])])


def merge(tier: Tier, piece: int) -> Tier:
    """Make one of a piece and the next; both labels are kept where they differ."""
    me = piece_of(tier, piece)
    if piece + 1 == len(tier.segments):
        raise ParameterError("The last piece has none after it to be merged with.")
    other = tier.segments[piece + 1]
    if tier.points:
        raise ParameterError("Two points in time can't be merged.")
    names = [s.label for s in (me, other) if s.label]
    label = names[0] if len(set(names)) == 1 else " ".join(names)
    return tier.spliced(piece, piece + 2, [Segment(me.start, max(me.end, other.end), label)])


def relabel(tier: Tier, piece: int, label: str) -> Tier:
    """Rename a piece."""
    return tier.spliced(piece, piece + 1, [replace(piece_of(tier, piece), label=label, score=None)])


def insert(tier: Tier, start: float, end: float, label: str) -> Tier:
    """Draw a piece; those that it lies on are cut back, those wholly under it go."""
    if tier.points:
        return replace(tier, segments=(*tier.segments, Segment(start, start, label)))
    start, end = min(start, end), max(start, end)
    if end - start < LEAST:
        raise ParameterError("A piece has to last a moment.")
    return replace(tier, segments=(*cleared(tier.segments, start, end), Segment(start, end, label)))


def remove(tier: Tier, piece: int) -> Tier:
    """Take a piece away."""
    piece_of(tier, piece)
    return tier.spliced(piece, piece + 1, [])


def cleared(pieces: tuple[Segment, ...], start: float, end: float) -> list[Segment]:
    """Pieces with a stretch left free: cut back, in two where need be, or gone."""
    kept: list[Segment] = []
    for s in pieces:
        if s.end <= start or s.start >= end:
            kept.append(s)
            continue
        if s.start < start - LEAST:
            kept.append(replace(s, end=start))
        if s.end > end + LEAST:
            kept.append(replace(s, start=end))
    return kept
