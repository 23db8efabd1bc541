"""The methods that cut, as `Cutter`s: what is the same for the whole recording is worked out once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..progress import Monitor
from ..solvers.segment._rows import step_of
from ..solvers.segment._texture import TEXTURES, Texture, texture
from ..solvers.segment.changepoints import COSTS, ChangesParams, Cost, default_penalty, exact, pelt, scale_of
from ..solvers.segment.units import Units, UnitsParams, shortest
from ._walls import Rows

__all__ = ["ChangeCutter", "Measured", "UnitCutter", "measured"]

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

_SOME = 200
"""Rows of a piece by which an RBF gain is estimated."""


class Measured:
    """Rows as change points are sought in, with what depends on all of them: default penalty and scale.

    Attributes
    ----------
    x
        float64 (n, d), centred.
    """

    def __init__(self, rows: Rows, by: str, cost: str, window: float) -> None:
        features = rows.features
        kind: Texture = next(t for t in TEXTURES if t == by)
        self.cost: Cost = next(c for c in COSTS if c == cost)
        span = max(2, round(window / step_of(features)))
        x = texture(features.values.astype(np.float64), kind, span)
        self.penalty = default_penalty(x, self.cost, 1 if kind == "values" else span)
        self.scale = scale_of(x, self.cost)
        self.x = x - x.mean(0)
        zero = np.zeros((1, x.shape[1]))
        self._sums = np.concatenate([zero, np.cumsum(self.x, 0)])
        self._squares = np.concatenate([zero, np.cumsum(self.x**2, 0)])
        self._known: dict[tuple[int, int, int], float] = {}

    def gains(self, start: int, ends: I64) -> F64:
        """By how much each boundary between two pieces lessens the cost, float64 (len(ends) − 1,)."""
        if len(ends) < 2:
            return np.zeros(0)
        b, c = ends[:-1], ends[1:]
        a = np.append(start, ends[:-2])
        if self.cost in ("l2", "gaussian"):
            return self._costs(a, c) - self._costs(a, b) - self._costs(b, c)
        return np.array([self._gain(*three) for three in zip(a.tolist(), b.tolist(), c.tolist(), strict=True)])

    def _costs(self, a: I64, b: I64) -> F64:
        n = (b - a)[:, None]
        spread = np.maximum(
            self._squares[b] - self._squares[a] - (self._sums[b] - self._sums[a]) ** 2 / np.maximum(n, 1), 0.0
        )
        if self.cost == "l2":
            return spread.sum(1)
        return (n * np.log(np.maximum(spread / np.maximum(n, 1), self.scale))).sum(1)

    def _gain(self, a: int, b: int, c: int) -> float:
        found = self._known.get((a, b, c))
        if found is None:
            if self.cost == "l1":
                found = self._from_median(a, c) - self._from_median(a, b) - self._from_median(b, c)
            else:
                found = self._between(a, b, c)
            if len(self._known) > 100_000:
                self._known.clear()
            self._known[a, b, c] = found
        return found

    def _from_median(self, a: int, b: int) -> float:
        x = self.x[a:b]
        return float(np.abs(x - np.median(x, 0)).sum()) if len(x) else 0.0

    def _between(self, a: int, b: int, c: int) -> float:
        """What a boundary gains by a Gaussian kernel: n m / (n + m) times the distance of the means, squared."""
        if not a < b < c:
            return 0.0
        x, y = (self.x[np.linspace(i, j - 1, min(j - i, _SOME)).astype(int)] for i, j in ((a, b), (b, c)))

        def mean(u: F64, v: F64) -> float:
            return float(np.exp(-self.scale * ((u[:, None] - v[None]) ** 2).sum(2)).mean())

        return (b - a) * (c - b) / (c - a) * (mean(x, x) + mean(y, y) - 2 * mean(x, y))


def measured(rows: Rows, params: ChangesParams) -> Measured:
    """Rows as `params` want them."""
    return Measured(rows, params.by, params.cost, params.window)


class ChangeCutter:
    """Change points; the penalty is that of the whole recording."""

    numbered = True

    def __init__(self, rows: Rows, data: Measured, params: ChangesParams) -> None:
        self._data, self._params = data, params
        self.local = not params.changes
        self.least = max(2, round(params.least / step_of(rows.features))) if rows.count > 3 else 1
        self.penalty = params.penalty * data.penalty

    def cut(
        self, first: int, stop: int, walls: Sequence[int], barred: Sequence[int], monitor: Monitor
    ) -> tuple[I64, I64]:
        """See `Cutter`."""
        data = self._data
        x = data.x[first:stop]
        least = self.least
        if self.local and (first or stop < len(data.x)):
            # What fills a stretch between two boundaries that are set may be short.
            least = min(least, stop - first)
        inner, shut = [w - first for w in walls], [r - first for r in barred]
        if self.local:
            found = pelt(
                x, self.penalty, data.cost, least=least, fixed=inner, barred=shut, scale=data.scale, monitor=monitor
            )  # fmt: skip
        else:
            found = exact(
                x, self._params.changes, data.cost, least=least, fixed=inner, barred=shut, scale=data.scale,
                monitor=monitor,
            )  # fmt: skip
        ends = np.array(found.ends, np.int64) + first
        return ends, np.zeros(len(ends), np.int64)

    def sure(self, start: int, ends: I64, kinds: I64) -> F64:
        """0 where a change gains no more than its penalty, 1 where it gains far more."""
        penalty = self.penalty if self.local else self._data.penalty
        gains = self._data.gains(start, ends)
        return np.clip(1 - penalty / np.maximum(gains, 1e-300), 0.0, 1.0)

    def name(self, number: int, kind: int) -> str:
        """By its number."""
        return str(number + 1)


class UnitCutter:
    """Runs of the nearest of some centres."""

    local, numbered = True, False

    def __init__(self, rows: Rows, units: Units, params: UnitsParams) -> None:
        self.units = units
        self._x = rows.features.values.astype(np.float64)
        self._least = max(1, round(params.least / step_of(rows.features)))
        count = sum(map(len, units.labels))
        self._spread = max(units.inertia / max(count, 1), 1e-300)

    def cut(
        self, first: int, stop: int, walls: Sequence[int], barred: Sequence[int], monitor: Monitor
    ) -> tuple[I64, I64]:
        """See `Cutter`."""
        monitor.check()
        labels = shortest(self.units.distances(self._x[first:stop]), self._least, [r - first for r in barred])
        if len(barred) and len(labels) <= self._least:
            labels = np.full(len(labels), labels[0])
        ends = np.append(np.flatnonzero(np.diff(labels)) + 1, len(labels))
        return ends + first, labels[ends - 1]

    def sure(self, start: int, ends: I64, kinds: I64) -> F64:
        """How much worse the rows of a piece, or of the one before, would be as those of the other."""
        starts = np.append(start, ends[:-1])
        found = np.zeros(max(len(ends) - 1, 0))
        scaled = self.units.centres / self.units.spread
        for k in range(1, len(ends)):
            x = self._x[starts[k - 1] : ends[k]] / self.units.spread
            cost = [((x - scaled[c]) ** 2).sum(1) for c in kinds[k - 1 : k + 1]]
            worse, at = cost[1] - cost[0], starts[k] - starts[k - 1]
            loss = min(float(worse[:at].sum()), -float(worse[at:].sum()))
            found[k - 1] = 1 - np.exp(-max(loss, 0.0) / (2 * self._spread))
        return found

    def name(self, number: int, kind: int) -> str:
        """By its unit."""
        return str(kind)
