"""Where pieces lie, for all families of tiers."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from ..errors import ParameterError
from ..model.segments import Segment, Tier

__all__ = [
    "LEAST",
    "NEAR",
    "NUMBERED",
    "TRANSCRIPT",
    "after",
    "before",
    "clamped",
    "example_tier",
    "piece_at",
    "piece_of",
    "start_of",
    "touches",
]

TRANSCRIPT = ("words", "labels")
"""Tiers that a transcript fills."""
NUMBERED = ("changes", "shots")
"""Tiers whose pieces are called by their numbers."""
LEAST = 0.001
"""Seconds that a piece lasts at least after an edit."""
NEAR = 1e-6
"""Seconds within which two times are one boundary."""


def example_tier(own: Sequence[Tier], name: str = "") -> Tier | None:
    """Which of a recording's own tiers holds examples for methods that learn from them.

    Parameters
    ----------
    name
        As chosen; empty: the one called “examples”, else the first with named pieces.

    Raises
    ------
    ParameterError
        The one that was chosen is not there.
    """
    lasting = [t for t in own if not t.points]
    if name:
        found = next((t for t in lasting if t.name == name), None)
        if found is None:
            raise ParameterError(f"There is no tier “{name}” of your own to take examples from; choose another one.")
        return found
    called = next((t for t in lasting if t.name == "examples"), None)
    return called or next((t for t in lasting if any(s.label.strip() for s in t.segments)), None)


def start_of(s: Segment) -> float:
    """For bisection."""
    return s.start


def piece_of(tier: Tier, piece: int) -> Segment:
    """The piece of that number.

    Raises
    ------
    ParameterError
        There is none.
    """
    if not 0 <= piece < len(tier.segments):
        raise ParameterError(
            f"There is no piece {piece + 1} in the tier “{tier.name}”, which has {len(tier.segments)}."
        )
    return tier.segments[piece]


def before(tier: Tier, time: float) -> int:
    """How many pieces begin before a time, one that begins there not counted."""
    return bisect_left(tier.segments, time - NEAR, key=start_of)


def after(tier: Tier, time: float) -> int:
    """How many pieces begin before or at a time."""
    return bisect_right(tier.segments, time + NEAR, key=start_of)


def piece_at(tier: Tier, time: float) -> int:
    """Number of the piece that holds a time well inside.

    Raises
    ------
    ParameterError
        There is none.
    """
    k = before(tier, time) - 1
    if k < 0 or not tier.segments[k].start + LEAST <= time <= tier.segments[k].end - LEAST:
        raise ParameterError(f"There is no piece to split at {time:g} s in the tier “{tier.name}”.")
    return k


def touches(a: Segment, b: Segment) -> bool:
    """Whether b begins where a ends."""
    return abs(a.end - b.start) <= NEAR


def clamped(time: float, low: float, high: float) -> float:
    """A time within two, as a plain number."""
    return float(min(max(time, low), high))
