"""Transport: masses, locked mass, and a cell for mass that stays where it is; results from a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...errors import Infeasible, SynclineError
from ...model import Certificate, Matching
from ...progress import Monitor
from ._apart import run_apart
from ._board import certify, without_dummies
from ._exact import refuse
from ._placed import Placed, finish, listed, open_fees

if TYPE_CHECKING:
    from . import MatchProblem

__all__ = ["Ground", "certificate_of", "emd", "feasible", "lay", "plan_of", "spread"]

F64 = NDArray[np.float64]
INTP = NDArray[np.intp]

_DUST = 1e-15
"""Of a total mass of 1, what rounding leaves."""

_APART = 1_500_000
"""Cells from which the network simplex may take longer than somebody who wants to stop it should wait."""


@dataclass(frozen=True, eq=False)
class Ground:
    """A transport problem without locked mass and elements of no mass.

    Attributes
    ----------
    a, b
        float64 (n,), (m,): all masses, each side of sum 1.
    held
        float64 (n, m): mass that locked links take.
    rows, columns
        intp: those that have mass left.
    supply, demand, costs
        float64 (R,), (C,), (R, C) of what is left; with `null` one more row and column, for nobody, come last.
    asked
        How much is to be linked was asked for; else all that has no fee is.
    """

    placed: Placed
    a: F64
    b: F64
    held: F64
    rows: INTP
    columns: INTP
    a_fees: F64
    b_fees: F64
    supply: F64
    demand: F64
    costs: F64
    null: bool
    asked: bool

    @property
    def held_cost(self) -> float:
        """What locked mass costs."""
        i, j = self.placed.locked[:, 0], self.placed.locked[:, 1]
        return float(self.held[i, j] @ self.placed.costs[i, j])

    @property
    def spread(self) -> float:
        """Largest less least finite cost, the unit of ε and ρ; 1 if all are the same."""
        finite = self.costs[np.isfinite(self.costs)]
        return float(np.ptp(finite)) or 1.0 if len(finite) else 1.0


def lay(problem: MatchProblem, share: float | None = None) -> Ground:
    """Put masses beside the costs; locked links take min(a_i, b_j) first, in the order of rows and columns.

    Parameters
    ----------
    share
        Of the whole mass that is to be linked; the rest goes to nobody, at no fee where none is given. None: who has
        no fee must be linked.

    Raises
    ------
    OverBudget
        Before anything is allocated.
    """
    placed = problem.placed
    n, m = placed.costs.shape
    refuse(64 * (n + 1) * (m + 1), problem.budget, (n, m))
    a, b = (
        np.full(count, 1 / max(count, 1)) if mass is None else mass / mass.sum()
        for mass, count in zip((problem.a_mass, problem.b_mass), (n, m), strict=True)
    )
    held, left_a, left_b = np.zeros((n, m)), a.copy(), b.copy()
    for i, j in placed.locked.tolist():
        mass = min(left_a[i], left_b[j])
        held[i, j] += mass
        left_a[i] -= mass
        left_b[j] -= mass
    rows, columns = np.flatnonzero(left_a > _DUST), np.flatnonzero(left_b > _DUST)
    supply, demand = left_a[rows], left_b[columns]
    costs = placed.costs[np.ix_(rows, columns)]
    if share is None:
        a_fees, b_fees = open_fees(placed, rows, columns, balanced=True)
        stay = min(float(left[np.isfinite(f)].sum()) for left, f in ((left_a, a_fees), (left_b, b_fees)))
        corner = 0.0
    else:
        a_fees, b_fees = (np.where(np.isinf(f), 0.0, f) for f in (placed.a_fees, placed.b_fees))
        stay = float(supply.sum()) - max(0.0, share - float(held.sum()))
        corner = np.inf
    null = stay > _DUST and bool(costs.size)
    if null:
        supply, demand = np.append(supply, stay), np.append(demand, stay)
        costs = np.block([[costs, a_fees[rows][:, None]], [b_fees[columns], np.array([corner])]])
    return Ground(placed, a, b, held, rows, columns, a_fees, b_fees, supply, demand, costs, null, share is not None)


def emd(ground: Ground, monitor: Monitor) -> tuple[F64, F64, F64]:
    """The cheapest plan float64 (R, C) and its potentials (R,), (C,), by POT's network simplex.

    Raises
    ------
    Infeasible
        Allowed pairs can't take all mass.
    """
    shape = ground.costs.shape
    if 0 in shape:
        return np.zeros(shape), np.zeros(shape[0]), np.zeros(shape[1])
    finite = np.isfinite(ground.costs)
    low = float(ground.costs[finite].min()) if finite.any() else 0.0
    # A forbidden cell costs more than any detour over allowed ones can.
    forbidding = ground.spread * (sum(shape) + 1)
    costs = np.where(finite, ground.costs - low, forbidding)
    if costs.size > _APART:
        plan, u, v, warning = run_apart(_emd, ground.supply, ground.demand, costs, monitor=monitor)
    else:
        monitor.check()
        plan, u, v, warning = _emd(ground.supply, ground.demand, costs)
    if warning:
        raise SynclineError(f"The network simplex found no plan: {warning}.")
    lost = np.where(finite, 0.0, plan)
    if lost.sum() > 1e-9:
        raise _no_way(ground, lost)
    return np.where(finite, plan, 0.0), u + low, v


def _emd(a: F64, b: F64, costs: F64) -> tuple[F64, F64, F64, Any]:
    import ot

    plan, log = ot.emd(a, b, costs, numItermax=1_000_000_000, log=True)
    return plan, log["u"], log["v"], log["warning"]


def _no_way(ground: Ground, lost: F64) -> Infeasible:
    rows = ground.rows[lost[: len(ground.rows)].sum(1) > 1e-9]
    columns = ground.columns[lost[:, : len(ground.columns)].sum(0) > 1e-9]
    side, who = (0, rows) if len(rows) else (1, columns)
    name = listed(ground.placed.names[side], who)
    return Infeasible(
        f"{name[:1].upper()}{name[1:]}: allowed pairs can't take all the mass; allow more pairs, or "
        + ("lower the mass to link." if ground.asked else "allow to stay unmatched.")
    )


def feasible(ground: Ground, monitor: Monitor) -> None:
    """Refuse a problem whose allowed pairs can't take all mass.

    Raises
    ------
    Infeasible
        Naming elements whose mass is stuck.
    """
    finite = np.isfinite(ground.costs)
    if not finite.all():
        emd(replace(ground, costs=np.where(finite, 0.0, np.inf)), monitor)


def certificate_of(ground: Ground, u: F64, v: F64, objective: float) -> Certificate:
    """Prove a plan by potentials of the rows and columns of the ground."""
    rows, columns = ground.rows, ground.columns
    p, w = (float(u[-1]), float(v[-1])) if ground.null else (None, None)
    may_a, may_b = np.isfinite(ground.a_fees[rows]), np.isfinite(ground.b_fees[columns])
    k, c = len(rows), len(columns)
    all_a = float(ground.supply[:k][may_a].sum()) <= float(ground.demand[:c][may_b].sum())
    u, v = without_dummies(u[:k], v[:c], p, w, may_a, may_b, all_a)
    full_u, full_v = np.full(len(ground.a), np.nan), np.full(len(ground.b), np.nan)
    full_u[rows], full_v[columns] = u, v
    a_fees, b_fees = ground.a_fees, ground.b_fees
    if not ground.null:
        # Nobody can stay where nobody on the other side may.
        a_fees, b_fees = np.full(len(full_u), np.inf), np.full(len(full_v), np.inf)
    bound = ground.held_cost + float(ground.supply[:k] @ u + ground.demand[:c] @ v)
    return certify(ground.placed, full_u, full_v, a_fees, b_fees, objective, bound)


def spread(plan: F64) -> float:
    """Entropy −Σ t ln t of a plan scaled to mass 1, in nats."""
    t = plan[plan > 0]
    t = t / t.sum() if len(t) else t
    return float(-np.sum(t * np.log(t)))


def plan_of(
    ground: Ground,
    method: str,
    part: F64,
    objective: float,
    threshold: float,
    certificate: Certificate | None = None,
    figures: Mapping[str, float] | None = None,
    notes: Sequence[str] = (),
) -> Matching:
    """Turn a plan of the ground (R, C) into a result; a pair is a link from `threshold` · min(a_i, b_j) on."""
    plan = ground.held.copy()
    k, c = len(ground.rows), len(ground.columns)
    plan[np.ix_(ground.rows, ground.columns)] += part[:k, :c]
    a, b = ground.a, ground.b
    n, m = plan.shape
    chosen = (plan > _DUST) & (plan >= threshold * (1 - 1e-9) * np.minimum(a[:, None], b))
    chosen[ground.placed.locked[:, 0], ground.placed.locked[:, 1]] = True
    mass = float(plan.sum())
    even = a[:, None] * b
    away = 0.5 * float(np.abs(plan / mass - even).sum()) if mass > 0 else 0.0
    notes = list(notes)
    most = 1 - 1 / max(1, min(n, m))
    finite = np.isfinite(ground.placed.costs)
    if finite.all() and most > 0 and not np.ptp(ground.placed.costs):
        notes.append("All pairs cost the same: any plan is as good, so this one says nothing.")
    elif most > 0 and away < 0.1 * most:
        notes.append("The plan hardly differs from sharing all mass out evenly: it says next to nothing. Lower ε.")
    error = float(np.abs(part.sum(1) - ground.supply).sum() + np.abs(part.sum(0) - ground.demand).sum())
    return finish(
        ground.placed,
        method,
        plan,
        np.argwhere(chosen),
        objective,
        np.maximum(a - plan.sum(1), 0.0),
        np.maximum(b - plan.sum(0), 0.0),
        certificate,
        {
            "mass": mass,
            "marginal_error": error,
            "entropy": spread(plan),
            "from_uniform": away,
            **(figures or {}),
        },
        notes,
    )
