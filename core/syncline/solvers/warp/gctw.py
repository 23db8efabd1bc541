"""Generalized canonical time warping: smooth monotone warps of any number of sequences, in time linear in length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...errors import Infeasible, ParameterError
from ...model import Features, WarpingPath
from ...progress import Monitor
from ...registry import number, switch
from ...threads import single_threaded
from . import WarpProblem, register
from ._monotone import fitted, paper_bases, simplex_programme, splines
from ._plan import Given, Plan
from ._views import (
    MapsParams,
    Stage,
    View,
    admit,
    averaged,
    crosses,
    follow,
    plan_of,
    raster,
    stages,
    unexplained,
    view,
)
from .cca import Canonical, canonical
from .ctw import CtwParams
from .ctw import solve as ctw
from .dtw import DtwParams
from .dtw import warm_up as load_loops

__all__ = ["GctwParams", "GctwRound", "Piece", "rounds", "solve", "warm_up", "warps"]

_F64 = NDArray[np.float64]

_STILL = 0.02
"""Rows: warps that move by less than this everywhere have settled."""
_STEPS = 3
"""Gauss–Newton steps between two rounds of CCA."""
_AHEAD = 400
"""Rows that a look ahead has at most."""
_CHUNK = 1024
"""Latent steps whose derivatives are held at a time."""


@dataclass(frozen=True)
class GctwParams(MapsParams):
    """Parameters of `solve`."""

    detail: int | None = number(
        None,
        "Detail",
        "Splines that refine each warp at the end, by itself one for 25 rows; 0 leaves it at the six smooth bases.",
        low=0,
        high=200,
    )
    look_ahead: bool = switch(
        True,
        "Look ahead",
        "Begin also from canonical time warping of averaged rows, which finds its way where constant speed is far off.",
    )
    rounds: int = number(60, "Rounds", "At most so many for each shrinkage.", low=1, high=1000, advanced=True)


@dataclass(frozen=True, eq=False)
class Piece:
    """A stretch between two known moments, warped by itself.

    Attributes
    ----------
    first, last
        intp (s,): row of each of the s sequences at either end.
    cells
        intp (l, s) rows that are given and not to be moved, or None.
    fresh
        True if it does not go on where the piece before ended.
    """

    first: NDArray[np.intp]
    last: NDArray[np.intp]
    cells: NDArray[np.intp] | None = None
    fresh: bool = False


@dataclass(frozen=True, eq=False)
class GctwRound:
    """One round: maps for the warps before it, then warps for these maps.

    Attributes
    ----------
    number, stage, shrinkage
        Counted from 1 on and from 0 on; λ of this stage.
    bases
        How many monotone functions each warp of the longest piece is mixed of.
    d
        Coordinates kept.
    values
        float64 (d,): what CCA found, correlations if λ = 0.
    maps, means
        One a sequence, float64 (p, d), (p,), of the rows that were given.
    before, objective
        Σ |Z_v − Z_w|² over pairs of sequences + λ/(1−λ) Σ |V|², before and after the Gauss–Newton steps.
    change
        How far a warp moved at most, in rows.
    curves
        float64 (l, s), one for each piece: the row of every sequence at each latent step, monotone.
    """

    number: int
    stage: int
    shrinkage: float
    bases: int
    d: int
    values: _F64
    maps: tuple[_F64, ...]
    means: tuple[_F64, ...]
    before: float
    objective: float
    change: float
    curves: tuple[_F64, ...]


@register("gctw", "Generalized canonical time warping", GctwParams, ("video", "audio", "features"))
@single_threaded()
def solve(problem: WarpProblem, params: GctwParams, monitor: Monitor) -> WarpingPath:
    """Align what doesn't look alike by smooth warps, in time linear in the length: for long recordings and noisy views.

    Zhou & De la Torre, Generalized canonical time warping, TPAMI 38(2), 2016, with the weights carried over between
    rounds. Of several shrinkages the one is taken whose path lets either side predict the other best. Between anchors,
    locks and jumps each stretch has a warp of its own that begins and ends on them; a forbidden rectangle in the way
    is gone around by the nearest path (dynamic time warping on the warps' clock).

    Returns
    -------
    WarpingPath
        `cost` is the squared distance in the common space, `views` the rows of both sides in it.

    Raises
    ------
    ParameterError
        Features that are empty or not finite.
    Infeasible
        No path obeys the constraints.
    OverBudget
        Before anything is allocated.
    """
    admit(problem, "Generalized canonical time warping", 8)
    plan = plan_of(problem)
    sides = [view(problem.a, "A"), view(problem.b, "B")]
    pieces = _pieces(plan)
    chains: list[tuple[GctwParams, Sequence[_F64] | None]] = [(params, None)]
    if params.look_ahead:
        ahead = _ahead(problem, params, monitor.part(0.0, 0.2))
        if ahead is not None:
            near = replace(params, anneal=False)
            chains.append((near, [_within(ahead, p) for p in pieces]))
    ends: list[GctwRound] = []
    count = stage = 0
    for k, (how, start) in enumerate(chains):
        share = monitor.part(0.2 + 0.7 * k / len(chains), 0.2 + 0.7 * (k + 1) / len(chains))
        last: dict[int, GctwRound] = {}
        for r in rounds([s.rows for s in sides], how, pieces, share, start):
            last[r.stage] = replace(r, number=r.number + count, stage=r.stage + stage)
            monitor.tell(last[r.stage])
        count = max(r.number for r in last.values())
        stages_of = _stages(how, start is not None)
        stage += len(stages_of)
        ends += [last[n] for n, (s, _) in enumerate(stages_of) if s.judged]
    paths = [_path(problem, plan, sides, end, monitor.part(0.9, 1.0)) for end in ends]
    return paths[0] if len(paths) == 1 else min(paths, key=lambda path: unexplained(sides, path.pairs))


@single_threaded()
def warps(
    views: Sequence[NDArray[np.floating]],
    params: GctwParams | None = None,
    monitor: Monitor | None = None,
    pieces: Sequence[Piece] | None = None,
) -> GctwRound:
    """Lay any number of sequences onto one latent clock.

    Parameters
    ----------
    views
        float (n_v, p_v), one a sequence, two or more; lengths and channels may differ.
    params
        A shrinkage left open is 0.03.
    pieces
        In order of time, from all first rows to all last ones; None: one piece.

    Returns
    -------
    GctwRound
        The last round; ``curves`` float64 (l, s), one a piece, l the longest of its sequences, tell which row of each
        sequence belongs together.

    Raises
    ------
    ParameterError
        Fewer than two sequences, or values that are empty or not finite.
    """
    if len(views) < 2:
        raise ParameterError("Generalized canonical time warping needs two sequences or more.")
    rows: list[View] = []
    for k, z in enumerate(views):
        values = np.array(z, np.float32, ndmin=2)
        rows.append(view(Features(values, np.arange(float(len(values)))), f"sequence {k + 1}"))
    whole = Piece(np.zeros(len(views), np.intp), np.array([len(z) - 1 for z in views]), fresh=True)
    params = params or GctwParams()
    if params.shrinkage is None:
        params = replace(params, shrinkage=0.03)
    return list(rounds([v.rows for v in rows], params, pieces or [whole], monitor))[-1]


def rounds(
    views: Sequence[_F64],
    params: GctwParams,
    pieces: Sequence[Piece],
    monitor: Monitor | None = None,
    start: Sequence[_F64] | None = None,
) -> Iterator[GctwRound]:
    """Go through the rounds one by one, for whoever wants to watch; between two of them nothing runs.

    Parameters
    ----------
    views
        float64 (n_v, p_v), one a sequence, scaled alike.
    pieces
        In order of time; together they tell where every sequence begins and ends.
    start
        float64 (s, l) for each piece: how far each sequence is in it, from 0 to 1, to begin with; None: constant speed.
        What is given is as near as splines come to it, the few smooth bases are left out.

    Raises
    ------
    Cancelled
        `monitor` was told to stop.
    """
    monitor = monitor or Monitor()
    parts = [_Part(p, None if start is None else start[k]) for k, p in enumerate(pieces)]
    plan = _stages(params, start is not None)
    slopes = [np.gradient(v, axis=0) if len(v) > 1 else np.zeros_like(v) for v in views]
    d: int | None = None
    count = 0
    for n, (stage, detail) in enumerate(plan):
        shrinkage = stage.shrinkage
        if stage.fresh:
            d = params.dimension
        for part in parts:
            part.use(detail, stage.fresh)
        for k in range(params.rounds):
            count += 1
            # How many rounds it takes is not known; most settle within twenty.
            begin, end = ((n + 1 - 0.9**j) / len(plan) for j in (k, k + 1))
            step = monitor.part(begin, end, "Aligning")
            step.advance(0, 1)
            found = canonical([_at(v, w) for v, w in zip(views, _rows(parts), strict=True)], shrinkage)
            if found.saturated:
                monitor.warn(
                    "There are more channels than moments to compare: without shrinkage every map fits. "
                    "Raise the shrinkage."
                )
            d = found.dimension(params.energy) if d is None else d
            mapped = [found.project(v, z, d) for v, z in enumerate(views)]
            turned = [_directions(found, v, s, d) for v, s in enumerate(slopes)]
            before = sum(part.misfit(mapped) for part in parts)
            change = 0.0
            for done, part in enumerate(parts):
                step.advance(done, len(parts))
                change = max(change, part.improve(mapped, turned, step))
            penalty = sum(float((m[:, :d] ** 2).sum()) for m in found.maps) * shrinkage / (1 - shrinkage)
            yield GctwRound(
                count,
                n,
                shrinkage,
                max(part.bases for part in parts),
                d,
                found.values[:d],
                tuple(m[:, :d] for m in found.maps),
                found.means,
                before + penalty,
                sum(part.misfit(mapped) for part in parts) + penalty,
                change,
                tuple(part.curve() for part in parts),
            )
            if change <= _STILL:
                break


def _stages(params: GctwParams, started: bool = False) -> list[tuple[Stage, int]]:
    """Stages and how many splines they use: none at first, then `detail` (−1: by length), which alone is judged.

    From a start that is given, splines are used at once.
    """
    plan: list[tuple[Stage, int]] = []
    fine = params.detail if params.detail is not None else -1
    for stage in stages(params.shrinkage, params.anneal):
        if not stage.judged or not fine:
            plan.append((stage, 0))
            continue
        if started:
            plan.append((stage, fine))
            continue
        if stage.fresh or not plan or plan[-1][1] == 0:
            plan.append((replace(stage, judged=False), 0))
        plan.append((replace(stage, fresh=False), fine))
    return plan


class _Part:
    """A piece with its bases and weights: rows of sequence v are first + (last − first) · (basis @ weights[v])."""

    def __init__(self, piece: Piece, start: _F64 | None) -> None:
        self.first, self.span = piece.first.astype(np.float64), (piece.last - piece.first).astype(np.float64)
        self.length = int(self.span.max()) + 1
        self.given = None if piece.cells is None else piece.cells.astype(np.float64)
        if self.given is None and self.length == 1:
            self.given = self.first[None]
        self.start = np.tile(np.linspace(0, 1, self.length), (len(self.first), 1)) if start is None else start
        self.basis = np.zeros((self.length, 0))
        self.weights = np.zeros((len(self.first), 0))

    @property
    def bases(self) -> int:
        return self.basis.shape[1]

    def use(self, detail: int, fresh: bool) -> None:
        """Change to other bases, the warps as near to what they were as these can come, or `fresh` to the start.

        `detail` 0 are the paper's bases, −1 splines by length.
        """
        if self.given is not None:
            return
        if detail < 0:
            detail = int(np.clip(self.length / 25, min(10, max(3, self.length // 4)), 64))
        basis = paper_bases(self.length) if detail == 0 else splines(self.length, max(3, detail))
        if not fresh and np.array_equal(basis, self.basis):
            return
        old = self.start if fresh else [self.basis @ w for w in self.weights]
        self.basis = basis
        self.weights = np.array([fitted(basis, c) for c in old])

    def curve(self, weights: _F64 | None = None) -> _F64:
        """Rows of every sequence at each latent step: float64 (l, s)."""
        if self.given is not None:
            return self.given
        return self.first + self.span * (self.basis @ (self.weights if weights is None else weights).T)

    def misfit(self, mapped: Sequence[_F64], weights: _F64 | None = None) -> float:
        """Σ over pairs of sequences |Z_v − Z_w|² = s Σ |Z_v|² − |Σ Z_v|²."""
        curve = self.curve(weights)
        z = [_at(v, curve[:, k]) for k, v in enumerate(mapped)]
        if len(z) == 2:
            return float(((z[0] - z[1]) ** 2).sum())
        middle = sum(z) / len(z)
        return len(z) * sum(float(((v - middle) ** 2).sum()) for v in z)

    def improve(self, mapped: Sequence[_F64], turned: Sequence[_F64], monitor: Monitor) -> float:
        """Take Gauss–Newton steps, each shortened until the true objective falls; how far a row moved at most."""
        if self.given is not None:
            return 0.0
        began = self.curve()
        now = self.misfit(mapped)
        groups = np.repeat(np.arange(len(mapped)), self.bases)
        for _ in range(_STEPS):
            hessian, slope = self._linearised(mapped, turned, monitor)
            size = float(np.trace(hessian))
            if size <= 0:
                break
            old = self.weights.ravel()
            hessian += 1e-9 * size / len(hessian) * np.eye(len(hessian))
            aim = simplex_programme(hessian, slope - hessian @ old, groups, old).reshape(self.weights.shape)
            length = 1.0
            while length > 1e-4:
                monitor.check()
                tried = self.weights + length * (aim - self.weights)
                then = self.misfit(mapped, tried)
                if then < now * (1 - 1e-12):
                    break
                length /= 2
            else:
                break
            self.weights, now = tried, then
        return float(np.abs(self.curve() - began).max())

    def _linearised(self, mapped: Sequence[_F64], turned: Sequence[_F64], monitor: Monitor) -> tuple[_F64, _F64]:
        """Half the second and first derivatives of the misfit: (s·k, s·k), (s·k,), as Gauss and Newton take them."""
        s, k = self.weights.shape
        hessian, slope = np.zeros((s * k, s * k)), np.zeros(s * k)
        curve = self.curve()
        for at in range(0, self.length, _CHUNK):
            monitor.check()
            part = slice(at, at + _CHUNK)
            z = [_at(v, curve[part, n]) for n, v in enumerate(mapped)]
            middle = sum(z) / s
            g: list[_F64] = []
            for n, t in enumerate(turned):
                moves = self.span[n] * _at(t, curve[part, n])
                g.append((moves[:, :, None] * self.basis[part, None, :]).reshape(-1, k))
                own = slice(n * k, (n + 1) * k)
                slope[own] += s * (g[n].T @ (z[n] - middle).ravel())
                hessian[own, own] += s * (g[n].T @ g[n])
            together = np.hstack(g)
            hessian -= together.T @ together
        return hessian, slope


def _rows(parts: Sequence[_Part]) -> list[_F64]:
    """Rows of each sequence at every latent step of all pieces."""
    curves = np.concatenate([p.curve() for p in parts])
    return list(curves.T)


def _at(rows: _F64, where: _F64) -> _F64:
    """Rows (n, d) at fractional places (l,), linear in between: float64 (l, d)."""
    if len(rows) == 1:
        return np.repeat(rows, len(where), axis=0)
    below = np.clip(where.astype(np.intp), 0, len(rows) - 2)
    share = (where - below)[:, None]
    return rows[below] * (1 - share) + rows[below + 1] * share


def _directions(found: Canonical, side: int, slopes: _F64, d: int) -> _F64:
    """Changes from row to row (n, p) in the common space: `project` without the mean."""
    return found.project(side, slopes + found.means[side], d)


def _ahead(problem: WarpProblem, params: GctwParams, monitor: Monitor) -> _F64 | None:
    """A rough path by canonical time warping of averaged rows: rows of both sides, float64 (l, 2)."""
    times = [f.times for f in (problem.a, problem.b)]
    step = -(-max(len(t) for t in times) // _AHEAD)
    a, b = averaged(problem.a, step), averaged(problem.b, step)
    rough = CtwParams(params.shrinkage, params.anneal, params.energy, params.dimension)
    try:
        path = ctw(replace(problem, a=a, b=b, previous=None, preview=None), rough, Monitor(lambda *_: monitor.check()))
    except Infeasible:
        # Constraints that averages are too coarse for.
        return None
    return np.column_stack([np.interp(path.times[:, k], t, np.arange(len(t))) for k, t in enumerate(times)])


def _within(path: _F64, piece: Piece) -> _F64:
    """How far a path (l, 2) is in a piece, from 0 to 1, for even steps of both sides' mean: float64 (2, l)."""
    span = np.maximum(piece.last - piece.first, 1)
    far = np.clip((path - piece.first) / span, 0, 1)
    far = np.vstack([[0.0, 0.0], far, [1.0, 1.0]])
    steps = np.linspace(0, 1, int((piece.last - piece.first).max()) + 1)
    return np.array([np.interp(steps, far.mean(1), f) for f in far.T])


def _pieces(plan: Plan) -> list[Piece]:
    pieces: list[Piece] = []
    for part in plan.parts:
        if isinstance(part, Given):
            cells = part.cells.astype(np.intp)
            pieces.append(Piece(cells[0], cells[-1], cells, part.fresh))
        else:
            pieces.append(Piece(np.array([part.r0, part.c0]), np.array([part.r1, part.c1])))
    return pieces


def _path(problem: WarpProblem, plan: Plan, sides: Sequence[View], last: GctwRound, monitor: Monitor) -> WarpingPath:
    runs: list[list[_F64]] = []
    for piece, curve in zip(_pieces(plan), last.curves, strict=True):
        if piece.fresh or not runs:
            runs.append([])
        runs[-1].append(curve)
    curves = [np.concatenate(r) for r in runs]
    cells = [raster(c) for c in curves]
    if any(crosses(c, plan.rects) for c in cells):
        found = follow(problem, curves, monitor)
        pairs, breaks = found.pairs, found.breaks
    else:
        pairs = np.concatenate(cells)
        ends = np.cumsum([len(c) for c in cells])[:-1] - 1
        breaks = ends.astype(np.intp) if len(ends) else None
    u, v = ((s.rows - mean) @ m for s, mean, m in zip(sides, last.means, last.maps, strict=True))
    cost = float(((u[pairs[:, 0]] - v[pairs[:, 1]]) ** 2).sum())
    shown = np.ascontiguousarray(u, np.float32), np.ascontiguousarray(v, np.float32)
    return WarpingPath(pairs, problem.a.times, problem.b.times, cost, None, breaks, views=shown)


def warm_up(params: GctwParams) -> None:
    """Compile or load the loops that look ahead and lead around forbidden rectangles."""
    load_loops(DtwParams(step_pattern="symmetric1"))
