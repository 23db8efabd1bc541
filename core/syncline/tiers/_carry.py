"""Tiers of one recording laid onto another that a warping path aligns with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from ..model import WarpingPath
from ..model.segments import Tier, Tiers

__all__ = ["carry"]


def carry(tiers: Tiers, path: WarpingPath, to: Literal["a", "b"] = "b") -> Tiers:
    """Move every boundary to the time at which the other recording is at the same place.

    Both directions go through one strictly rising map, so that carrying there and back changes nothing. Segments
    within a jump have no counterpart: they are left out, and one that reaches into a jump ends where it begins.

    Parameters
    ----------
    tiers
        On B's clock if `to` is ``"a"``, on A's if it is ``"b"``.

    Returns
    -------
    Tiers
        With a note of what had to be left out.
    """
    side = 0 if to == "b" else 1
    pieces = [(p[side], p[1 - side]) for p in path.knots]
    lost = 0
    carried: list[Tier] = []
    for tier in tiers.tiers:
        kept = []
        for s in tier.segments:
            found = [
                (t0, t1) for t0, t1 in (_within(s.start, s.end, pieces, k) for k in range(len(pieces))) if t1 >= t0
            ]
            if not found or (s.end > s.start and found[-1][1] <= found[0][0]):
                lost += 1
                continue
            kept.append(replace(s, start=found[0][0], end=found[-1][1]))
        carried.append(replace(tier, segments=tuple(kept)))
    notes = tiers.notes
    if lost:
        what = "1 segment lies" if lost == 1 else f"{lost} segments lie"
        notes = (*notes, f"{what} where the other recording has nothing, and had to be left out.")
    ends = _within(tiers.start, tiers.end, pieces, None)
    return Tiers(tuple(carried), min(ends), max(ends), notes)


def _within(
    start: float, end: float, pieces: list[tuple[np.ndarray, np.ndarray]], k: int | None
) -> tuple[float, float]:
    """What piece k of the path makes of the part of start..end that it covers; the end before the start: nothing."""
    if k is None:
        return _map(start, *pieces[0]), _map(end, *pieces[-1])
    x, y = pieces[k]
    low = -np.inf if k == 0 else x[0]
    high = np.inf if k == len(pieces) - 1 else x[-1]
    if end < low or start > high or (end > start and (end <= low or start >= high)):
        return 0.0, -1.0
    return _map(max(start, low), x, y), _map(min(end, high), x, y)


def _map(t: float, x: np.ndarray, y: np.ndarray) -> float:
    # Beyond the ends both clocks run alike.
    if t <= x[0]:
        return float(y[0] + (t - x[0]))
    if t >= x[-1]:
        return float(y[-1] + (t - x[-1]))
    return float(np.interp(t, x, y))
