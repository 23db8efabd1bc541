"""What a person has set, painted over tiers of methods that cut as a whole."""

from __future__ import annotations

from dataclasses import replace

from ..edits._own_pieces import cleared
from ..edits._piece_tools import NEAR, NUMBERED
from ..model.recordings import Pin, SegmentConstraints
from ..model.segments import Segment, Tier

__all__ = ["painted"]


def painted(tier: Tier, constraints: SegmentConstraints, step: float) -> Tier:
    """A tier that obeys what is set in it.

    Parameters
    ----------
    step
        Seconds within which a boundary that was found is the one that is set: those of a row.
    """
    pieces = list(tier.segments)
    for pin in constraints.pins:
        if pin.tier == tier.name:
            pieces = _pinned(pieces, pin, step)
    named: set[tuple[float, float]] = set()
    for h in constraints.held:
        if h.tier != tier.name:
            continue
        s = h.segment
        under = max(pieces, key=lambda p: min(p.end, s.end) - max(p.start, s.start), default=s)
        pieces = cleared(tuple(pieces), s.start, s.end)
        if not h.nothing:
            pieces.append(Segment(s.start, s.end, s.label or under.label))
            if s.label:
                named.add((s.start, s.end))
    if pieces == list(tier.segments):
        return tier
    pieces.sort()
    if tier.name in NUMBERED:
        pieces = [replace(p, label=str(k + 1)) if (p.start, p.end) not in named else p for k, p in enumerate(pieces)]
    return replace(tier, segments=tuple(pieces))


def _pinned(pieces: list[Segment], pin: Pin, step: float) -> list[Segment]:
    """Boundaries from where one was moved away to where it was moved become one."""
    moved = pin.time if pin.moved is None else pin.moved
    low, high = min(pin.time, moved) - step / 2 - NEAR, max(pin.time, moved) + step / 2 + NEAR
    if pin.until is not None:
        # What grew ends where it did, at the soonest.
        low, high = min(low, pin.until + step / 2 + NEAR), max(high, pin.until - step / 2 - NEAR)
    if not any(low <= t <= high for p in pieces for t in (p.start, p.end)):
        found: list[Segment] = []
        for p in pieces:
            if not p.start < pin.time < p.end:
                found.append(p)
                continue
            found.append(replace(p, end=pin.time))
            if not pin.end:
                found.append(replace(p, start=pin.time))
        return found

    def put(time: float) -> float:
        return pin.time if low <= time <= high else time

    there = [replace(p, start=put(p.start), end=put(p.end)) for p in pieces]
    return [p for p, was in zip(there, pieces, strict=True) if p.end > p.start or was.end == was.start]
