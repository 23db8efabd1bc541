"""Change points: where a sequence begins to be another (Killick et al., JASA 107, 2012; Truong et al., 2020)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...errors import Infeasible, ParameterError
from ...model.segments import Tier
from ...progress import Monitor
from ...registry import choice, number
from . import Segmentation, SegmentProblem, register
from ._rows import rows_at, runs, step_of
from ._texture import TEXTURES, Texture, texture

__all__ = ["COSTS", "Changes", "ChangesParams", "Cost", "default_penalty", "exact", "pelt", "scale_of", "solve"]

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

Cost = Literal["l2", "l1", "gaussian", "rbf"]
COSTS: tuple[Cost, ...] = ("l2", "l1", "gaussian", "rbf")
"""Squares about the mean, distances from the median, a normal distribution's likelihood with mean and variance of its
own in each channel (n ln σ²), distances in the space of a Gaussian kernel."""

_STEP = 256


@dataclass(frozen=True)
class ChangesParams:
    """Parameters of `solve`."""

    cost: str = choice(
        "l2", COSTS, "Cost", "What makes a piece alike: its mean, its median, its mean and spread, its kind."
    )
    penalty: float = number(1.0, "Penalty", "Of a change, as a multiple of what noise alone asks for.", 0.0, 1000.0)
    changes: int = number(0, "Changes", "How many; 0 lets the penalty decide.", 0, 10_000)
    by: str = choice(
        "values", TEXTURES, "Cut by", "The values; how much they move in a window; the shape they have in one."
    )
    window: float = number(1.5, "Window", "Seconds of the window for movement and shape.", 0.001, 3600.0, "s")
    least: float = number(0.0, "Shortest", "Seconds of the shortest piece; two rows at least.", 0.0, 3600.0, "s")


@register("changepoints", "Change points", ChangesParams, kinds=("features",))
def solve(problem: SegmentProblem, params: ChangesParams, monitor: Monitor) -> Segmentation:
    """Cut where the features begin to be others.

    Raises
    ------
    ParameterError, Infeasible, Cancelled
        As `pelt` and `exact`.
    """
    asked = asked_of(problem, params)
    x, cost, least, fixed = asked.x, asked.cost, asked.least, asked.fixed
    if params.changes:
        found = exact(x, params.changes, cost, least=least, fixed=fixed, monitor=monitor)
    else:
        found = pelt(x, params.penalty * asked.unit(), cost, least=least, fixed=fixed, monitor=monitor)
    labels = [str(k + 1) for k in range(len(found.ends))]
    figures = {"changes": float(len(found.changes)), "cost": found.cost, "penalty": found.penalty}
    return Segmentation((Tier("changes", runs(problem.rows, found.ends, labels)),), figures)


@dataclass(frozen=True, eq=False)
class Asked:
    """What `solve` is asked, as `pelt` and `exact` want it: rows for seconds."""

    x: F64
    cost: Cost
    lag: int
    least: int
    fixed: list[int]

    def unit(self) -> float:
        """What the parameter penalty is a multiple of."""
        return default_penalty(self.x, self.cost, self.lag)


def asked_of(problem: SegmentProblem, params: ChangesParams) -> Asked:
    """Rows to cut, as `params` want them."""
    rows = problem.rows
    step = step_of(rows)
    kind: Texture = next(t for t in TEXTURES if t == params.by)
    window = max(2, round(params.window / step))
    x = texture(rows.values.astype(np.float64), kind, window)
    fixed = rows_at(rows, problem.boundaries)
    least = max(2, round(params.least / step)) if len(rows) > 3 else 1
    cost: Cost = next(c for c in COSTS if c == params.cost)
    return Asked(x, cost, 1 if kind == "values" else window, least, fixed)


@dataclass(frozen=True)
class Changes:
    """A segmentation.

    Attributes
    ----------
    ends
        Rows at which segments end, exclusive, ascending; the last is n.
    cost
        Of all segments together, penalties not counted.
    penalty
        Of each change; 0 where the number of changes was given.
    """

    ends: tuple[int, ...]
    cost: float
    penalty: float = 0.0

    @property
    def changes(self) -> tuple[int, ...]:
        """First rows of all segments but the first."""
        return self.ends[:-1]


def default_penalty(x: F64, cost: Cost = "l2", lag: int = 1) -> float:
    """A penalty for which noise alone makes no changes as a rule.

    For l2 2 D σ² ln n, with σ² the mean over channels of the variance of the noise, from the median absolute
    difference of neighbours; for l1 2 D σ ln n; for gaussian 2 (D + 1) ln n; for rbf 2 ln n.

    Parameters
    ----------
    x
        float64 (n, D).
    lag
        Rows after which noise is a new one, such as the window of a moving average: neighbours are then so far apart,
        n counts so many rows as one, and the whole is so many times as much.
    """
    x = _checked(x)
    n, channels = x.shape
    lag = max(1, min(lag, n // 2))
    logs = lag * math.log(max(n / lag, 2))
    if cost == "gaussian":
        return 2 * (channels + 1) * logs
    if cost == "rbf":
        return 2 * logs
    sigma = _noise(x, lag)
    return 2 * channels * logs * float((sigma**2).mean() if cost == "l2" else sigma.mean())


def pelt(
    x: F64,
    penalty: float | None = None,
    cost: Cost = "l2",
    *,
    least: int = 2,
    fixed: Sequence[int] = (),
    barred: Sequence[int] = (),
    scale: float | None = None,
    monitor: Monitor | None = None,
) -> Changes:
    """Find the segmentation with the least cost plus `penalty` for each change, exactly.

    Beginnings that can never be best again are left out, which makes it linear on average where changes are many.

    Parameters
    ----------
    x
        float64 (n, D).
    penalty
        None: `default_penalty`.
    least
        Rows of the shortest segment.
    fixed
        Rows at which a segment has to begin; between two of them a segment may be shorter than `least`.
    barred
        Rows at which no segment may begin, unless it has to.
    scale
        Gamma of the Gaussian kernel, or the least variance of the cost gaussian; None: `scale_of` x.

    Raises
    ------
    ParameterError
        Values that are no numbers, a negative penalty, a boundary outside.
    Infeasible
        There are fewer rows than the shortest segment has.
    Cancelled
        The monitor was told to stop.
    """
    x = _checked(x)
    beta = default_penalty(x, cost) if penalty is None else float(penalty)
    if not (beta >= 0 and math.isfinite(beta)):
        raise ParameterError(f"The penalty is {penalty}; it must be 0 or more.")
    return tables_of(x, cost, least, fixed, barred, scale).best(beta, monitor)


@dataclass(frozen=True, eq=False)
class Tables:
    """What `pelt` and `exact` look costs up in, and where segments may begin: the same for every penalty."""

    common: tuple[int, F64, tuple[F64, F64], I64, F64, float]
    least: int
    walls: I64
    shut: NDArray[np.bool_]
    flat: float | None
    """Cost of the whole where nothing ever changes and nothing is set."""

    def best(self, beta: float, monitor: Monitor | None = None) -> Changes:
        """The segmentation that `pelt` finds.

        Raises
        ------
        Infeasible, Cancelled
            As `pelt`.
        """
        from . import _change_kernels as k

        n = len(self.walls) - 1
        if self.flat is not None:
            return Changes((n,), self.flat, beta)
        best, origin = np.full(n + 1, np.inf), np.zeros(n + 1, np.int64)
        best[0] = -beta
        dead = np.full(n + 1, np.iinfo(np.int64).max)
        room, low = np.zeros(n + 1), 0
        monitor = monitor or Monitor()
        for t0 in range(1, n + 1, _STEP):
            monitor.advance(t0, n)
            low = k.pelt(
                *self.common, beta, self.least, self.walls, self.shut, t0, min(t0 + _STEP, n + 1), best, origin, dead,
                room, low,
            )  # fmt: skip
        if not math.isfinite(best[n]):
            raise Infeasible(_short(n, self.least))
        ends = _back(origin, n)
        return Changes(ends, float(best[n]) - beta * (len(ends) - 1), beta)


def tables_of(
    x: F64,
    cost: Cost = "l2",
    least: int = 2,
    fixed: Sequence[int] = (),
    barred: Sequence[int] = (),
    scale: float | None = None,
) -> Tables:
    """Tables of a sequence; parameters as those of `pelt`."""
    x = _checked(x)
    n = len(x)
    flat = None
    if not np.ptp(x, axis=0).any() and not len(fixed):
        flat = 0.0 if cost != "gaussian" else exact(x, 0, cost, least=1, scale=scale).cost
    return Tables(_tables(x, cost, scale), least, _walls(n, fixed, least), _shut(n, fixed, barred), flat)


def exact(
    x: F64,
    changes: int,
    cost: Cost = "l2",
    *,
    least: int = 2,
    fixed: Sequence[int] = (),
    barred: Sequence[int] = (),
    scale: float | None = None,
    monitor: Monitor | None = None,
) -> Changes:
    """Find the segmentation with so many changes and the least cost, by dynamic programming in O(changes · n²).

    Parameters
    ----------
    changes
        How many, `fixed` ones among them; else as `pelt`.

    Raises
    ------
    ParameterError, Cancelled
        As `pelt`.
    Infeasible
        There are not enough rows, or more boundaries are set than changes asked for.
    """
    from . import _change_kernels as k

    x = _checked(x)
    n = len(x)
    if changes < 0:
        raise ParameterError(f"{changes} changes were asked for; it must be 0 or more.")
    common, walls = _tables(x, cost, scale), _walls(n, fixed, least)
    shut = _shut(n, fixed, barred)
    best, origin = np.full((changes + 2, n + 1), np.inf), np.zeros((changes + 2, n + 1), np.int64)
    best[0, 0] = 0.0
    room = np.zeros(n + 1)
    monitor = monitor or Monitor()
    for t0 in range(1, n + 1, _STEP):
        monitor.advance(t0, n)
        k.exact(*common, least, walls, shut, t0, min(t0 + _STEP, n + 1), best, origin, room)
    if not math.isfinite(best[-1, n]):
        if changes < len(set(fixed)):
            raise Infeasible(f"{len(set(fixed))} boundaries are set, more than the {changes} changes asked for.")
        raise Infeasible(_short(n, least * (changes + 1)))
    ends, t = [n], n
    for row in range(changes + 1, 1, -1):
        t = int(origin[row, t])
        ends.append(t)
    return Changes(tuple(reversed(ends)), float(best[-1, n]))


def scale_of(x: F64, cost: Cost) -> float:
    """What a cost takes from the sequence as a whole: least variance (gaussian), gamma (rbf), else 0."""
    x = _checked(x)
    if cost == "gaussian":
        return max(1e-6 * float((_noise(x) ** 2).mean()), 1e-12 * float(x.var()), 1e-300)
    return _gamma(x) if cost == "rbf" else 0.0


def _shut(n: int, fixed: Sequence[int], barred: Sequence[int]) -> NDArray[np.bool_]:
    shut = np.zeros(n + 1, np.bool_)
    shut[list(barred)] = True
    shut[[0, n, *fixed]] = False
    return shut


def _short(n: int, needed: int) -> str:
    return f"{n:,} rows are too few: segments of the shortest length need {needed:,}; allow shorter ones."


def _checked(x: F64) -> F64:
    x = np.asarray(x, np.float64)
    if x.ndim == 1:
        x = x[:, None]
    if x.ndim != 2 or not x.size:
        raise ParameterError(f"A sequence to segment needs shape (n, D), not {x.shape}.")
    if not np.isfinite(x).all():
        raise ParameterError("The sequence holds values that are not finite numbers; repair them first.")
    return x


def _noise(x: F64, lag: int = 1) -> F64:
    """Standard deviation of each channel's noise, (D,), from neighbours; of the values if neighbours mostly agree."""
    if len(x) < 2:
        return np.zeros(x.shape[1])
    step = x[lag:] - x[:-lag]
    sigma = np.median(np.abs(step), 0) / (0.6744897501960817 * math.sqrt(2))
    return np.where(sigma > 0, sigma, step.std(0) / math.sqrt(2))


def _walls(n: int, fixed: Sequence[int], least: int) -> I64:
    if least < 1:
        raise ParameterError(f"The shortest segment has {least} rows; it must be at least 1.")
    walls = np.zeros(n + 1, np.int64)
    for row in fixed:
        if not 0 < row < n:
            raise ParameterError(f"A boundary is set at row {row}, but segments can begin at rows 1 to {n - 1} only.")
        walls[row] = row
    walls[n] = n if len(fixed) else 0
    return np.maximum.accumulate(walls)


def _tables(x: F64, cost: Cost, scale: float | None) -> tuple[int, F64, tuple[F64, F64], I64, F64, float]:
    if cost not in COSTS:
        raise ParameterError(f"There is no cost “{cost}”; there are: {', '.join(COSTS)}.")
    # Sums of centred values lose nothing.
    x = x - x.mean(0)
    sums = np.zeros((len(x) + 1, x.shape[1])), np.zeros((len(x) + 1, x.shape[1]))
    np.cumsum(x, 0, out=sums[0][1:])
    np.cumsum(x * x, 0, out=sums[1][1:])
    ranks, order = np.zeros((0, 0), np.int64), np.zeros((0, 0))
    if cost == "l1":
        places = np.argsort(x, 0, kind="stable")
        ranks = np.empty(x.shape, np.int64)
        np.put_along_axis(ranks, places, np.arange(len(x))[:, None].repeat(x.shape[1], 1), 0)
        order = np.take_along_axis(x, places, 0)
    return COSTS.index(cost), x, sums, ranks, order, scale_of(x, cost) if scale is None else float(scale)


def _gamma(x: F64) -> float:
    some = x[np.linspace(0, len(x) - 1, min(len(x), 500)).astype(int)]
    squares = ((some[:, None] - some[None]) ** 2).sum(2)[np.triu_indices(len(some), 1)]
    middle = float(np.median(squares)) if len(squares) else 0.0
    return 1 / middle if middle > 0 else 1.0


def _back(origin: I64, n: int) -> tuple[int, ...]:
    ends = [n]
    while ends[-1] > 0:
        ends.append(int(origin[ends[-1]]))
    return tuple(reversed(ends[:-1]))
