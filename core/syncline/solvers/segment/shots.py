"""Shots of a video: where the camera's picture is replaced by another, at once or little by little."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ...errors import ParameterError
from ...model import Features
from ...model.segments import Segment, Tier
from ...progress import Monitor
from ...registry import number, switch
from . import Segmentation, SegmentProblem, register
from ._rows import step_of

__all__ = ["ShotsParams", "Transition", "solve", "transitions"]

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

_WINDOW = 0.4
"""Seconds on either side of a change that are compared, by the median of five frames: two may be lit by a flash."""
_CUT, _GRADUAL = 0.15, 0.2
"""Least changes, of thumbnails. Between shots they are mostly 0.3 and more, of two cameras on one scene 0.24; within
one the shared videos reach 0.08."""
_RESTLESS = 3.0
"""A change is so many times what is usual within the recording at least."""
_AT_ONCE = 0.6
"""Share of a lasting change that one frame brings, from which on it is a cut."""
_CLEAR, _STEADY = 2.0, 3.0
"""A cut, or a gradual change, is so many times as far as pictures of either side are from their own median."""
_RETURNS = 0.3
"""Share of the pictures of one side that may look like the other side: light that flickers comes back."""
_HALVES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 1.0)
"""Seconds: halves of the gradual changes that are looked for."""
_DRIFT = 2.0
"""A gradual change is so many times as fast as what goes on before and after it."""
_STRAIGHT = 0.2
"""How far, as a share of the change, pictures between may be from a mixture of both ends, at most twice: a camera that
pans goes another way."""
_BACK = 0.25
"""Share of a gradual change that may be taken back on the way."""
_ENDS = 0.1
"""Share of the way after which a gradual change has begun, and so much from its end it has ended."""


@dataclass(frozen=True)
class ShotsParams:
    """Parameters of `solve`."""

    suits: ClassVar[str] = "thumbnail"

    threshold: float = number(
        1.0, "Threshold", "Of a change, as a multiple of what movement within shots asks for.", 0.05, 20.0
    )
    gradual: bool = switch(True, "Gradual changes", "Find dissolves and fades, too; the shot begins in their middle.")
    least: float = number(
        0.5, "Shortest", "Seconds of the shortest shot; what is back sooner was a flash.", 0.1, 60.0, "s"
    )


@dataclass(frozen=True)
class Transition:
    """From one shot to the next.

    Attributes
    ----------
    row
        First one of the new shot; of a gradual change the middle.
    start, stop
        Rows in between that belong to neither: start .. stop, exclusive; equal for a cut.
    change
        How far the pictures of both shots are from one another.
    sure
        0 to 1: how far above what was asked.
    """

    row: int
    start: int
    stop: int
    change: float
    sure: float


@register("shots", "Shots", ShotsParams, kinds=("video",))
def solve(problem: SegmentProblem, params: ShotsParams, monitor: Monitor) -> Segmentation:
    """Cut a video where its picture is replaced by another for good: shots, numbered from 1.

    A shot begins at the time stamp of its first frame. Its score says how sure that is. Found changes that are nearer
    to a set boundary than the shortest shot give way to it.

    Raises
    ------
    ParameterError
        There are no rows, or a boundary is set outside.
    Cancelled
        The monitor was told to stop.
    """
    rows = problem.rows
    found = transitions(rows, params, monitor)
    set_ones = _frames_at(rows, problem.boundaries)
    near = [any(abs(rows.times[f.row] - rows.times[r]) < params.least for r in set_ones) for f in found]
    found = [f for f, close in zip(found, near, strict=True) if not close]
    begins = sorted([(f.row, f.sure) for f in found] + [(r, 1.0) for r in set_ones])
    end = float(rows.times[-1]) + step_of(rows)
    starts = [float(rows.times[0]), *(float(rows.times[r]) for r, _ in begins)]
    scores = [None, *(s for _, s in begins)]
    shots = tuple(
        Segment(a, b, str(k + 1), s)
        for k, (a, b, s) in enumerate(zip(starts, [*starts[1:], end], scores, strict=True))
    )  # fmt: skip
    cuts = sum(f.start == f.stop for f in found)
    figures = {"shots": float(len(shots)), "cuts": float(cuts), "gradual": float(len(found) - cuts)}
    return Segmentation((Tier("shots", shots),), figures)


def transitions(rows: Features, params: ShotsParams, monitor: Monitor | None = None) -> list[Transition]:
    """Find cuts and gradual changes, in order.

    Medians of some frames before and after each place are compared, so that flashes and jerks leave no trace. Where
    they differ by far more than the pictures of either side do among themselves, and one frame brings most of it, there
    is a cut. Between cuts, places are looked for where pictures pass from one end to the other on a straight line,
    faster than anything moves around: dissolves and fades. Two of these with less than the shortest shot between them
    are one, through black.

    Parameters
    ----------
    rows
        One a frame, such as thumbnails.

    Raises
    ------
    Cancelled
        The monitor was told to stop.

    References
    ----------
    H. Zhang, A. Kankanhalli & S. Smoliar 1993, Multimedia Systems 1 (gradual changes by looking at both ends).
    A. Hampapur, R. Jain & T. Weymouth 1995, Multimedia Tools and Applications 1 (dissolves as mixtures).
    """
    monitor = monitor or Monitor()
    x, step = rows.values, step_of(rows)
    n, wide = len(x), max(2, round(_WINDOW / step))
    if n < 4:
        return []
    # Shares of colours do not mix as pictures do.
    linear = np.array([c.startswith("cell ") for c in rows.channels], bool)
    linear = linear if linear.any() else np.ones(x.shape[1], bool)
    sides = _Sides(x, wide, monitor.part(0.0, 0.4))
    usual = _RESTLESS * float(np.quantile(sides.change, 0.25))
    asked = params.threshold * max(_CUT, usual)
    least = max(1, round(params.least / step))
    cuts = _cuts(x, sides, asked, least)
    found = [_transition(t, t, t, float(sides.change[t]), asked) for t in cuts]
    if params.gradual:
        asked = params.threshold * max(_GRADUAL, usual)
        edges = [0, *cuts, n]
        for a, b in pairwise(edges):
            monitor.advance(0.4 * n + 0.6 * a, n)
            found += _gradual(x[a:b], linear, a, step, wide, asked, least, monitor)
    monitor.advance(1, 1)
    return sorted(found, key=lambda f: f.row)


def _transition(row: int, start: int, stop: int, change: float, asked: float) -> Transition:
    return Transition(row, start, stop, change, min(1.0, 1 - 0.5 * asked / change))


class _Sides:
    """What is seen before and after every row.

    Attributes
    ----------
    before, after
        float32 (n, D): medians of some rows up to the one before, and from this one on.
    apart
        float32 (n,): how far these rows are from their median, in the middle, the larger of both sides.
    change
        float32 (n,): distance between the two.
    """

    def __init__(self, x: F32, wide: int, monitor: Monitor) -> None:
        n = len(x)
        looks = np.linspace(0, wide - 1, 5).round().astype(np.int64)
        self.before, self.after = np.empty_like(x), np.empty_like(x)
        apart = np.empty((2, n), np.float32)
        for a in range(0, n, 2048):
            monitor.advance(a, n)
            t = np.arange(a, min(n, a + 2048))
            for side, out in enumerate((self.before, self.after)):
                seen = [x[((t + k) if side else (t - 1 - k)).clip(0, n - 1)] for k in looks]
                out[t] = _middle(*seen)
                apart[side, t] = _middle(*(np.linalg.norm(look - out[t], axis=1) for look in seen))
        self.apart = apart
        self.change = np.linalg.norm(self.after - self.before, axis=1)


def _middle(a: F32, b: F32, c: F32, d: F32, e: F32) -> F32:
    """Median of five, element by element: some ten times as fast as that of an axis."""
    low = np.maximum(np.minimum(a, b), np.minimum(c, d))
    high = np.minimum(np.maximum(a, b), np.maximum(c, d))
    return np.maximum(np.minimum(low, high), np.minimum(np.maximum(low, high), e))


def _cuts(x: F32, sides: _Sides, asked: float, least: int) -> list[int]:
    n = len(x)
    arrived = np.zeros(n, np.float32)
    arrived[1:] = np.einsum("td,td->t", x[1:] - x[:-1], (sides.after - sides.before)[1:])
    change = sides.change
    fit = (change >= asked) & (arrived >= _AT_ONCE * change**2) & (change >= _CLEAR * sides.apart.max(0))
    fit[[0, 1, n - 1]] = False
    taken: list[int] = []
    places = np.flatnonzero(fit)
    for t in places[np.argsort(-(arrived[places] / change[places]), kind="stable")].tolist():
        if all(abs(t - other) >= least for other in taken) and _stays(x, t, sides, least):
            taken.append(t)
    return sorted(taken)


def _stays(x: F32, t: int, sides: _Sides, reach: int) -> bool:
    """True if what is seen before a cut is not seen again soon after it, nor the other way."""
    old, new = sides.before[t], sides.after[t]
    for part, own, other in ((x[max(0, t - reach) : t], old, new), (x[t : t + reach], new, old)):
        strange = np.linalg.norm(part - other, axis=1) < np.linalg.norm(part - own, axis=1)
        if strange.mean() > _RETURNS:
            return False
    return True


def _gradual(
    x: F32, linear: NDArray[np.bool_], first: int, step: float, wide: int, asked: float, least: int, monitor: Monitor
) -> list[Transition]:
    """Dissolves and fades of rows between two cuts, whose first one is number `first`."""
    n = len(x)
    if n < 2 * wide:
        return []
    sides = _Sides(x, wide, Monitor())
    cells = x[:, linear]
    fits: list[tuple[float, int, int, int]] = []
    for seconds in _HALVES:
        half = max(1, round(seconds / step))
        monitor.check()
        if n < 2 * half + 4:
            continue
        t = np.arange(half + 2, n - half - 1)
        old, new = sides.before[t - half], sides.after[t + half]
        change = np.linalg.norm(new - old, axis=1)
        apart = np.maximum(sides.apart[0, t - half], sides.apart[1, t + half])
        fit = (change >= asked) & (change >= _STEADY * apart)
        old, new = old[:, linear], new[:, linear]
        drift = np.maximum(_speed(cells, t - half - 1, -wide), _speed(cells, t + half, wide))
        fit &= np.linalg.norm(new - old, axis=1) >= _DRIFT * 2 * half * drift
        for k in np.flatnonzero(fit).tolist():
            way = _way(cells[t[k] - half - 1 : t[k] + half + 1], old[k], new[k])
            if way is not None:
                start, middle, stop = (int(t[k]) - half - 1 + w for w in way)
                fits.append((float(change[k]), middle, max(start, 1), min(stop, n - 1)))
    alone: list[tuple[float, int, int, int]] = []
    for fit_ in sorted(fits, reverse=True):
        _, middle, start, stop = fit_
        if all((stop < a or start > b) and abs(middle - m) >= wide // 2 for _, m, a, b in alone):
            alone.append(fit_)
    joined: list[tuple[float, int, int, int]] = []
    for change, middle, start, stop in sorted(alone, key=lambda f: f[1]):
        if joined and start - joined[-1][3] < least:
            other, _, begin, end = joined.pop()
            joined.append((max(change, other), (start + end) // 2, begin, stop))
        else:
            joined.append((change, middle, start, stop))
    return [_transition(first + m, first + a, first + b, c, asked) for c, m, a, b in joined]


def _speed(x: F32, at: I64, wide: int) -> F32:
    """How far rows are from those `wide` later (or earlier), a row."""
    other = (at + wide).clip(0, len(x) - 1)
    return np.linalg.norm(x[other] - x[at], axis=1) / np.maximum(np.abs(other - at), 1)


def _way(seen: F32, old: F32, new: F32) -> tuple[int, int, int] | None:
    """Where rows set out from `old`, are halfway and arrive at `new`, if they go straight and hardly turn back."""
    toward = new - old
    size = max(float(np.linalg.norm(toward)), 1e-12)
    share = (seen - old) @ toward / size**2
    aside = np.linalg.norm(seen - old - share[:, None] * toward, axis=1) / size
    if np.median(aside) > _STRAIGHT or aside.max() > 2 * _STRAIGHT:
        return None
    moves = np.diff(share)
    if -moves[moves < 0].sum() > _BACK or not share[0] < 0.5 <= share[-1]:
        return None
    middle = int(np.argmax(share >= 0.5))
    start = int(np.flatnonzero(share <= _ENDS)[-1]) if share.min() <= _ENDS else 0
    stop = int(np.argmax(share >= 1 - _ENDS)) if share.max() >= 1 - _ENDS else len(share) - 1
    # That much of the way is missing at either end.
    more = max(1, round((stop - start) * _ENDS))
    return min(start - more, middle), middle, max(stop + more, middle)


def _frames_at(rows: Features, boundaries: Iterable[float]) -> list[int]:
    """Frames that begin nearest to some times."""
    found: set[int] = set()
    for time in boundaries:
        frame = int(np.abs(rows.times - time).argmin())
        if frame < 1 or time > rows.times[-1] + step_of(rows):
            raise ParameterError(f"A boundary is set at {time:g} s, which is not within the recording.")
        found.add(frame)
    return sorted(found)
