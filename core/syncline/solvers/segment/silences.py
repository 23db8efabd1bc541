"""Silence and sound, told apart by the level."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ...model.segments import Segment, Tier
from ...progress import Monitor
from ...registry import number
from . import Segmentation, SegmentProblem, register
from ._labelling import Piece
from ._rows import edges_of, rows_at, step_of

__all__ = ["SilencesParams", "settled", "solve", "sounding", "thresholds"]

F64 = NDArray[np.float64]

_RANGE = 60.0
"""dB below what is loud: a floor deeper than that (digital silence between takes) says nothing of the noise."""
_NOTHING = -90.0
"""dB: a 16-bit sample's own steps."""
_CLEAR = 3.0
"""dB above the floor at least; noise itself goes so far up and down."""


@dataclass(frozen=True)
class SilencesParams:
    """Parameters of `solve`."""

    suits: ClassVar[str] = "level"

    threshold: float = number(
        0.45, "Threshold", "Sound begins this share of the way, in dB, from the noise floor to what is loud.", 0.0, 1.0
    )
    depth: float = number(
        20.0, "Depth", "Silence is so far below what is loud at least: quiet music is none.", 0.0, 90.0, "dB"
    )
    hysteresis: float = number(6.0, "Hysteresis", "Sound ends so far below where it begins.", 0.0, 40.0, "dB")
    silence: float = number(0.15, "Shortest silence", "Seconds; shorter ones belong to the sound.", 0.0, 60.0, "s")
    sound: float = number(
        0.05, "Shortest sound", "Seconds; shorter ones, clicks, belong to the silence.", 0.0, 60.0, "s"
    )


@register("silences", "Silences", SilencesParams, kinds=("audio",))
def solve(problem: SegmentProblem, params: SilencesParams, monitor: Monitor) -> Segmentation:
    """Tell silence from sound by the level, with hysteresis; what is too short goes where it changes the fewest rows.

    The noise floor is the level that 5 % of the rows are below, loud what 5 % are above. Scores say which share of a
    piece's rows is what it is called.

    Raises
    ------
    ParameterError
        There are no rows, or a boundary is set outside.
    Cancelled
        The monitor was told to stop.
    """
    rows = problem.rows
    level = rows.values.astype(np.float64).mean(1)
    on, off, floor, loud = thresholds(level, params)
    sound = sounding(level, on, off)
    monitor.advance(1, 2)
    step = step_of(rows)
    least = round(params.silence / step), round(params.sound / step)
    cuts = [0, *rows_at(rows, problem.boundaries), len(rows)]
    found = [p for a, b in pairwise(cuts) for p in settled(sound, a, b, least)]
    monitor.advance(1, 1)
    edges = edges_of(rows)
    pieces = [
        Segment(
            float(edges[p.start]),
            float(edges[p.end]),
            "sound" if p.label else "silence",
            float((sound[p.start : p.end] == bool(p.label)).mean()),
        )
        for p in found
    ]
    silent = sum(s.end - s.start for s in pieces if s.label == "silence")
    figures = {
        "silences": float(sum(s.label == "silence" for s in pieces)),
        "seconds_silent": silent,
        "floor_db": floor,
        "loud_db": loud,
        "begins_db": on,
        "ends_db": off,
    }
    notes = ()
    if on < floor + _CLEAR:
        notes = (
            f"The noise lies only {loud - floor:.0f} dB below what is loud: only what is quieter than it counts as "
            "silence. Lessen the depth if there is more.",
        )
    return Segmentation((Tier("sound", tuple(pieces)),), figures, notes)


def settled(sound: NDArray[np.bool_], start: int, stop: int, least: tuple[int, int]) -> list[Piece]:
    """Runs of rows start .. stop without those that are too short, such that the fewest rows change.

    What stays begins where a run did, so that nothing is made longer to be long enough.

    Parameters
    ----------
    sound
        bool (n,).
    least
        Rows of the shortest silence and the shortest sound; what fills the whole stretch may be shorter.
    """
    x = sound[start:stop]
    edges = np.flatnonzero(x[1:] != x[:-1]) + 1
    # wrong[k][t]: rows before t that are not k.
    wrong = [np.concatenate([[0], np.cumsum(x != bool(k))]) for k in (0, 1)]
    # Of pieces of either kind that may begin so far, the best: (cost less the rows wrong before it, where it begins).
    best: list[tuple[float, int]] = [(np.inf, -1)] * 2
    waiting = [deque([(0.0, 0)]), deque([(0.0, 0)])]
    came: dict[int, int] = {}

    def ending(t: int, k: int) -> tuple[float, int, int]:
        while waiting[k] and waiting[k][0][1] <= t - least[k]:
            best[k] = min(best[k], waiting[k].popleft())
        return best[k][0] + float(wrong[k][t]), best[k][1], k

    for t in edges.tolist():
        cost, at, k = ending(t, int(not x[t]))
        if at >= 0:
            came[t] = at
            waiting[1 - k].append((cost - float(wrong[1 - k][t]), t))
    _, t, k = min(ending(len(x), 0), ending(len(x), 1))
    if t < 0:
        return [Piece(start, stop, int(2 * np.count_nonzero(x) > len(x)))]
    found = [Piece(start + t, stop, k)]
    while t > 0:
        found.append(Piece(start + came[t], start + t, 1 - found[-1].label))
        t = came[t]
    return found[::-1]


def thresholds(level: F64, params: SilencesParams) -> tuple[float, float, float, float]:
    """Level at which sound begins and ends, the noise floor, and what is loud; all in dB as `level` (n,)."""
    floor, loud = (float(v) for v in np.percentile(level, [5, 95]))
    floor = max(floor, loud - _RANGE)
    on = max(min(floor + params.threshold * (loud - floor), loud - params.depth), _NOTHING)
    off = max(on - params.hysteresis, min(on, floor + _CLEAR))
    return on, off, floor, loud


def sounding(level: F64, on: float, off: float) -> NDArray[np.bool_]:
    """True from where the level reaches `on` until it falls below `off`, both ways in time.

    A rise is followed back to where it left `off`, so that soft beginnings belong to their sound as soft ends do.
    """
    above = level >= off
    starts = np.flatnonzero(np.diff(above, prepend=not above[0]))
    loud = np.maximum.reduceat(level, starts) >= on
    return above & np.repeat(loud, np.diff(starts, append=len(level)))
