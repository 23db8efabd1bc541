"""PELT step by step, for small cases; `steps` is the door."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...errors import Infeasible, ParameterError
from .changepoints import Cost, _checked, _short, _tables, default_penalty

__all__ = ["MOST", "Beginning", "PeltStep", "pelt_steps"]

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

MOST = 500
"""Rows that are walked through."""


@dataclass(frozen=True)
class Beginning:
    """A row at which the last piece of the first t rows might begin.

    Attributes
    ----------
    start
        The row.
    cost
        C(start, t) of that piece.
    total
        F(start) + C(start, t) + β.
    allowed
        The piece is long enough.
    pruned
        F(start) + C(start, t) ≥ F(t): a change at t will always do as well, so that it is out from the next row on
        that is as far away as the shortest piece is long.
    """

    start: int
    cost: float
    total: float
    allowed: bool
    pruned: bool


@dataclass(frozen=True, eq=False)
class PeltStep:
    """What is known after one step.

    Attributes
    ----------
    kind
        ``"rows"``, then ``"fill"`` for each t = 1 .. n, ``"back"`` for each piece from the last, at last ``"done"``.
    x
        float64 (n, D).
    penalty
        β, of each change.
    t
        Rows that are segmented now; for ``"back"`` where the piece in hand ends. 0 at the start.
    beginnings
        Those that were compared for t, ascending; empty but for ``"fill"``.
    best
        float64 (n + 1,): F, the least cost of the first t rows with β for each change; F(0) = −β, NaN where not yet
        known, ∞ where no segmentation is.
    origin
        int64 (n + 1,): where the last piece of it begins, −1 while unknown.
    out
        Beginnings that are out of the question for t.
    ends
        Rows at which pieces end, exclusive: of the best segmentation of the first t rows; on the way back of what is
        known of it.
    tried
        Pieces whose cost was looked at so far; without pruning there would be t (t + 1) / 2.
    """

    kind: Literal["rows", "fill", "back", "done"]
    x: F64
    penalty: float
    t: int
    beginnings: tuple[Beginning, ...]
    best: F64
    origin: I64
    out: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()
    tried: int = 0


def pelt_steps(x: F64, penalty: float | None = None, cost: Cost = "l2", *, least: int = 1) -> Iterator[PeltStep]:
    """Yield PELT row by row: what is compared, what is taken, and which beginnings are out from here on.

    Parameters
    ----------
    x
        float64 (n, D), at most `MOST` rows.
    penalty
        None: `changepoints.default_penalty`.
    least
        Rows of the shortest piece.

    Raises
    ------
    ParameterError
        Values that are no numbers, a negative penalty, too many rows.
    Infeasible
        Fewer rows than the shortest piece has; after all rows were looked at.

    References
    ----------
    R. Killick, P. Fearnhead, I. Eckley, JASA 107, 2012.
    """
    x = _checked(x)
    n = len(x)
    if n > MOST:
        raise ParameterError(f"Step by step up to {MOST:,} rows are shown, not {n:,}; take a stretch.")
    beta = default_penalty(x, cost) if penalty is None else float(penalty)
    if not (beta >= 0 and np.isfinite(beta)) or least < 1:
        raise ParameterError(f"The penalty is {penalty} and the shortest piece {least}; 0 or more, and at least 1.")
    scale = _tables(x, cost, None)[5]
    best, origin = np.full(n + 1, np.nan), np.full(n + 1, -1, np.int64)
    best[0] = -beta
    dead = np.full(n + 1, np.iinfo(np.int64).max)
    state = PeltStep("rows", x, beta, 0, (), best.copy(), origin.copy())
    yield state
    tried = 0
    for t in range(1, n + 1):
        found: list[Beginning] = []
        for s in range(t):
            if dead[s] > t:
                c = _piece(x[s:t], cost, scale)
                found.append(Beginning(s, c, float(best[s]) + c + beta, t - s >= least, False))
        tried += len(found)
        open_ = [b for b in found if b.allowed]
        taken = min(open_, key=lambda b: b.total, default=None)
        best[t] = np.inf if taken is None else taken.total
        origin[t] = -1 if taken is None or not np.isfinite(best[t]) else taken.start
        out = tuple(s for s in range(t) if dead[s] <= t)
        for k, b in enumerate(found):
            if dead[b.start] > t + least and float(best[b.start]) + b.cost >= best[t]:
                dead[b.start] = t + least
                found[k] = replace(b, pruned=True)
        state = replace(
            state, kind="fill", t=t, beginnings=tuple(found), best=best.copy(), origin=origin.copy(), out=out,
            ends=_ends(origin, t), tried=tried,
        )  # fmt: skip
        yield state
    if not np.isfinite(best[n]):
        raise Infeasible(_short(n, least))
    ends, t = (n,), n
    while True:
        yield replace(state, kind="back", t=t, beginnings=(), ends=ends)
        t = int(origin[t])
        if t == 0:
            break
        ends = (t, *ends)
    yield replace(state, kind="done", beginnings=(), ends=ends)


def _ends(origin: I64, t: int) -> tuple[int, ...]:
    ends: list[int] = []
    while t > 0:
        ends.append(t)
        t = int(origin[t])
    return tuple(reversed(ends))


def _piece(rows: F64, cost: Cost, scale: float) -> float:
    """What one piece costs; `scale` is the least variance (gaussian) or gamma (rbf)."""
    if cost == "l2":
        return float(((rows - rows.mean(0)) ** 2).sum())
    if cost == "l1":
        return float(np.abs(rows - np.median(rows, 0)).sum())
    if cost == "gaussian":
        return float(len(rows) * np.log(np.maximum(rows.var(0), scale)).sum())
    near = np.exp(-scale * ((rows[:, None] - rows) ** 2).sum(2))
    return float(len(rows) - near.sum() / len(rows))
