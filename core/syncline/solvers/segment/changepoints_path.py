"""Change points for all penalties of a range (Haynes, Eckley and Fearnhead, JCGS 26, 2017: CROPS).

What a segmentation costs is a line over the penalty, as steep as it has changes, and the best ones are the lower hull
of those lines: each is best from one penalty to another, and some numbers of changes are best for none. Where the lines
of two that are known cross is where one between them would have to show, so PELT is asked there: if it finds nothing
below, the two are neighbours.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...errors import ParameterError
from ...progress import Monitor
from . import SegmentProblem
from .changepoints import Changes, ChangesParams, Cost, asked_of, tables_of

__all__ = ["PenaltyPath", "path_of_penalties", "penalty_path"]

F64 = NDArray[np.float64]

_SAME = 1e-9
"""Part of a cost: a line that lies below another by less lies on it."""
_LEAST = 1e-6
"""Part of the largest penalty, for a range that begins at 0 and is divided by ratios."""


@dataclass(frozen=True)
class PenaltyPath:
    """Which segmentation is best for which penalty.

    Attributes
    ----------
    segmentations
        Those that are best somewhere in the range, most changes first.
    ranges
        From which penalty to which each is best. Where one does not end at the penalty that the next begins at, more of
        them may lie between, which were not looked for.
    solves
        How often PELT was asked.
    """

    segmentations: tuple[Changes, ...]
    ranges: tuple[tuple[float, float], ...]
    solves: int

    @property
    def breaks(self) -> tuple[float, ...]:
        """Penalties from which on the next segmentation is best, as far as they are known; ascending."""
        return tuple(
            math.inf if s.changes == t.changes else (t.cost - s.cost) / (len(s.changes) - len(t.changes))
            for s, t in zip(self.segmentations[:-1], self.segmentations[1:], strict=True)
        )

    @property
    def complete(self) -> bool:
        """True if no other segmentation is best for any penalty of the range."""
        return all(a[1] == b[0] for a, b in zip(self.ranges[:-1], self.ranges[1:], strict=True))

    def at(self, penalty: float) -> Changes:
        """The best segmentation for a penalty; of two that are equally good the one with fewer changes."""
        return min(self.segmentations, key=lambda s: (s.cost + penalty * len(s.changes), len(s.changes)))

    def over(self, unit: float) -> PenaltyPath:
        """The same with costs and penalties as multiples of `unit`."""
        found = tuple(replace(s, cost=s.cost / unit, penalty=s.penalty / unit) for s in self.segmentations)
        return replace(self, segmentations=found, ranges=tuple((a / unit, b / unit) for a, b in self.ranges))


def path_of_penalties(
    problem: SegmentProblem,
    params: ChangesParams,
    low: float = 0.1,
    high: float = 10.0,
    *,
    grain: float = 1.0,
    most: int | None = None,
    monitor: Monitor | None = None,
) -> PenaltyPath:
    """What `changepoints.solve` finds with each penalty of a range; `params.penalty` and `params.changes` play no part.

    Parameters
    ----------
    low, high
        As the parameter penalty: multiples of what noise alone asks for. So are the penalties and costs returned.
    grain, most
        As in `penalty_path`.

    Raises
    ------
    ParameterError, Infeasible, Cancelled
        As `penalty_path`.
    """
    asked = asked_of(problem, params)
    # A sequence that never changes asks for no penalty.
    unit = asked.unit() or 1.0
    found = penalty_path(
        asked.x, low * unit, high * unit, asked.cost, least=asked.least, fixed=asked.fixed, grain=grain, most=most,
        monitor=monitor,
    )  # fmt: skip
    return found.over(unit)


def penalty_path(
    x: F64,
    low: float,
    high: float,
    cost: Cost = "l2",
    *,
    least: int = 2,
    fixed: Sequence[int] = (),
    barred: Sequence[int] = (),
    scale: float | None = None,
    grain: float = 1.0,
    most: int | None = None,
    monitor: Monitor | None = None,
) -> PenaltyPath:
    """All segmentations that are best for some penalty of a range, by asking PELT about twice for each.

    What leaves most open is looked into first, so that an answer that was cut short has holes that are small.

    Parameters
    ----------
    x, cost, least, fixed, barred, scale
        As those of `changepoints.pelt`.
    low, high
        The range, ``0 <= low < high``.
    grain
        Holes between two penalties of a smaller ratio are left as they are; 1: none is.
    most
        How often PELT may be asked, 2 at least; None: as often as it takes.
    monitor
        Watches see what is known so far as a `PenaltyPath`.

    Raises
    ------
    ParameterError
        As `changepoints.pelt`, or no range.
    Infeasible, Cancelled
        As `changepoints.pelt`.
    """
    if not (0 <= low < high and math.isfinite(high)):
        raise ParameterError(
            f"Penalties from {low:g} to {high:g} are no range; it must begin at 0 or above, and end later."
        )
    tables = tables_of(x, cost, least, fixed, barred, scale)
    monitor = monitor or Monitor()
    search = _Search(low, high)
    search.first(tables.best(low, monitor.part(0.0, 0.0)), tables.best(high, monitor.part(0.0, 0.0)))
    while search.holes and (most is None or search.solves < most):
        monitor.tell(search.path())
        monitor.advance(search.known, 1.0)
        search.look(lambda beta: tables.best(beta, monitor.part(search.known, search.known)), grain)
    path = search.path()
    monitor.tell(path)
    monitor.advance(1, 1)
    return path


class _Search:
    """What is known so far, and the holes in it, the one that leaves most open first."""

    def __init__(self, low: float, high: float) -> None:
        self.low, self.high = low, high
        self.solves = 0
        self.holes: list[tuple[float, float, float, int, int]] = []
        """Minus what it leaves open, the penalties it lies between, and the changes to either side of it."""
        self._found: dict[int, Changes] = {}
        self._ranges: dict[int, tuple[float, float]] = {}
        self._open = self._whole = 0.0

    @property
    def known(self) -> float:
        """Which part is known, 0 to 1."""
        return 1 - self._open / self._whole if self._whole else 1.0

    def first(self, many: Changes, few: Changes) -> None:
        """Begin with the best segmentations at both ends of the range."""
        self.solves = 2
        self._keep(many, self.low)
        if len(few.changes) >= len(many.changes):
            self._ranges[len(many.changes)] = self.low, self.high
            return
        self._keep(few, self.high)
        self._hole(len(many.changes), len(few.changes))
        self._whole = self._open

    def look(self, best: Callable[[float], Changes], grain: float) -> None:
        """Look into a hole: there is a segmentation in it, or it is closed."""
        area, start, stop, many, few = heapq.heappop(self.holes)
        self._open += area
        if stop <= start * grain:
            return
        a, b = self._found[many], self._found[few]
        # The crossing of two lines that are both best somewhere lies between those places, but for digits.
        beta = min(max((b.cost - a.cost) / (many - few), start), stop)
        if many - few > 1:
            c = best(beta)
            self.solves += 1
            k, line = len(c.changes), a.cost + beta * many
            if few < k < many and c.cost + beta * k < line - _SAME * max(abs(line), abs(a.cost), abs(b.cost)):
                self._keep(c, beta)
                self._hole(many, k)
                self._hole(k, few)
                return
        self._ranges[many] = self._ranges[many][0], beta
        self._ranges[few] = beta, self._ranges[few][1]

    def path(self) -> PenaltyPath:
        """What is known."""
        order = sorted(self._found, reverse=True)
        return PenaltyPath(tuple(self._found[k] for k in order), tuple(self._ranges[k] for k in order), self.solves)

    def _keep(self, found: Changes, beta: float) -> None:
        self._found[len(found.changes)] = found
        self._ranges[len(found.changes)] = beta, beta

    def _hole(self, many: int, few: int) -> None:
        start, stop = self._ranges[many][1], self._ranges[few][0]
        wide = math.log(stop / max(start, _LEAST * self.high)) if start < stop else 0.0
        area = max(wide, 0.0) * math.log((many + 1) / (few + 1))
        heapq.heappush(self.holes, (-area, start, stop, many, few))
        self._open += area
