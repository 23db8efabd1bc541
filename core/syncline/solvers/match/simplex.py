"""The simplex method, tableau by tableau."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ...errors import ParameterError
from ...model import Matching
from ...progress import Monitor
from ...registry import choice
from . import MatchProblem, register
from ._program import make_program, matching_of_program, refuse_infeasible

__all__ = ["RULES", "SimplexParams", "SimplexStep", "pivots", "solve", "steps"]

F64 = NDArray[np.float64]
INTP = NDArray[np.intp]

RULES = ("bland", "dantzig")
"""Bland: the first variable that helps, which never cycles. Dantzig: the one that helps most per unit, until a hundred
pivots in a row changed nothing; then Bland's."""

_LARGEST = 40_400
"""Variables: 200 × 200 pairs and everybody unmatched."""


@dataclass(frozen=True)
class SimplexParams:
    """Parameters of `solve`."""

    rule: str = choice("bland", RULES, "Pivot rule", "Bland's never cycles; Dantzig's needs fewer steps, mostly.")


@dataclass(frozen=True, eq=False)
class SimplexStep:
    """A basis on the way, and what the tableau shows of it.

    Variables K of the programme come first (0 … V − 1), then one artificial variable a constraint, in its order.

    Attributes
    ----------
    phase
        1: the sum of the artificial variables is brought to 0; 2: the costs are minimised.
    count
        Pivots so far.
    status
        ``"going on"``, and at the last step ``"optimal"``, ``"infeasible"`` or ``"unbounded"``.
    basis
        intp (K',): the variable basic in each row; fewer rows than constraints once those that follow from others
        are dropped.
    kept
        intp (K',): the constraints that are left.
    x
        float64 (K',): values of the basic variables.
    objective
        Of the phase.
    duals
        float64 (K',): of the constraints kept.
    entering, leaving
        The variables that the next pivot brings in and puts out, None at the end of a phase.
    matrix, costs
        scipy.sparse (K, V) of the programme, and the costs float64 (V,) of the phase.
    """

    phase: Literal[1, 2]
    count: int
    status: Literal["going on", "optimal", "infeasible", "unbounded"]
    basis: INTP
    kept: INTP
    x: F64
    objective: float
    duals: F64
    entering: int | None
    leaving: int | None
    matrix: Any
    costs: F64

    @property
    def tableau(self) -> F64:
        """float64 (K' + 1, V + 1): B⁻¹A with B⁻¹b last, below them the reduced costs and minus the objective."""
        A = self.matrix.toarray()
        B = np.hstack([A, np.eye(len(A))])[np.ix_(self.kept, self.basis)]
        body = np.linalg.solve(B, A[self.kept])
        return np.block(
            [[body, self.x[:, None]], [self.costs - self.duals @ A[self.kept], np.array([-self.objective])]]
        )


def steps(problem: MatchProblem, params: SimplexParams | None = None) -> Iterator[SimplexStep]:
    """Yield the bases of the linear programme of a problem (`linear.program` names its variables).

    Raises
    ------
    Infeasible
        Two locked links share an element.
    ParameterError
        More than 40,400 variables.
    """
    lp = make_program(problem.placed)
    if len(lp.c) > _LARGEST:
        raise ParameterError(
            f"The simplex method by steps takes up to {_LARGEST:,} variables (200 × 200), not {len(lp.c):,}; use "
            "“linear”, which has the same optimum."
        )
    return pivots(lp.c, lp.matrix, np.ones(len(lp.a_rows) + len(lp.b_columns)), (params or SimplexParams()).rule)


def pivots(c: F64, matrix: Any, b: F64, rule: str = "bland") -> Iterator[SimplexStep]:
    """Yield the bases of min c·x subject to A x = b ≥ 0, x ≥ 0 in two phases; the last one says how it ended.

    Only the inverse of the basis is kept up to date; the tableau is worked out for who looks at it.

    Parameters
    ----------
    c, matrix, b
        float64 (V,), scipy.sparse (K, V), float64 (K,).
    rule
        One of `RULES`.

    References
    ----------
    R. G. Bland 1977, Math. Oper. Res. 2(2).
    """
    return _Tableau(c, matrix, b, rule).walk()


class _Tableau:
    def __init__(self, c: F64, matrix: Any, b: F64, rule: str) -> None:
        from scipy import sparse

        self.A: Any = sparse.csc_array(matrix, dtype=np.float64)
        self.At: Any = sparse.csr_array(self.A.T)
        self.c, self.b, self.rule = c, b, rule
        count, variables = self.A.shape
        self.variables = variables
        self.kept = np.arange(count)
        self.basis = variables + np.arange(count)
        self.inverse = np.eye(count)
        self.x = b.astype(np.float64)
        self.count = 0
        self.idle = 0

    def walk(self) -> Iterator[SimplexStep]:
        phase_costs = np.zeros(self.variables)
        tiny = 1e-9 * max(1.0, float(np.abs(self.b).max(initial=0.0)))
        last = None
        for last in self._phase(1, phase_costs, 1.0):
            yield last
        if self.x[self.basis >= self.variables].sum() > tiny:
            assert last is not None
            yield replace(last, status="infeasible")
            return
        self._drop_artificial()
        yield from self._phase(2, self.c, 0.0)

    def _phase(self, phase: Literal[1, 2], costs: F64, artificial: float) -> Iterator[SimplexStep]:
        scale = max(1.0, float(np.abs(costs).max(initial=0.0)))
        self.idle = 0
        while True:
            basic = np.where(self.basis < self.variables, 0.0, artificial)
            real = self.basis < self.variables
            basic[real] = costs[self.basis[real]]
            duals = basic @ self.inverse
            reduced = costs - self._by_constraints(duals)
            reduced[self.basis[real]] = 0.0
            entering, leaving, row, column = self._choose(reduced, 1e-10 * scale)
            status = "going on"
            if entering is None:
                status = "optimal" if phase == 2 else "going on"
            elif leaving is None:
                status = "unbounded"
            yield SimplexStep(
                phase,
                self.count,
                status,
                self.basis.copy(),
                self.kept,
                self.x.copy(),
                float(basic @ self.x),
                duals,
                entering,
                leaving,
                self.A,
                costs,
            )
            if entering is None or leaving is None or column is None:
                return
            self._pivot(row, entering, column)

    def _by_constraints(self, duals: F64) -> F64:
        """Aᵀ times the duals of the constraints kept."""
        full = np.zeros(self.A.shape[0])
        full[self.kept] = duals
        return self.At @ full

    def _column(self, variable: int) -> F64:
        s, e = self.A.indptr[variable], self.A.indptr[variable + 1]
        full = np.zeros(self.A.shape[0])
        full[self.A.indices[s:e]] = self.A.data[s:e]
        return self.inverse @ full[self.kept]

    def _choose(self, reduced: F64, tiny: float) -> tuple[int | None, int | None, int, F64 | None]:
        helps = np.flatnonzero(reduced < -tiny)
        if not len(helps):
            return None, None, -1, None
        by_size = self.rule == "dantzig" and self.idle < 100
        entering = int(np.argmin(reduced)) if by_size else int(helps[0])
        column = self._column(entering)
        up = np.flatnonzero(column > 1e-9)
        if not len(up):
            return entering, None, -1, column
        ratios = self.x[up] / column[up]
        least = ratios.min()
        ties = up[ratios <= least + 1e-12 * max(1.0, abs(least))]
        row = int(ties[np.argmin(self.basis[ties])])
        self.idle = self.idle + 1 if least <= 0 else 0
        return entering, int(self.basis[row]), row, column

    def _pivot(self, row: int, entering: int, column: F64) -> None:
        self.inverse[row] /= column[row]
        self.x[row] /= column[row]
        others = np.flatnonzero(column)
        others = others[others != row]
        self.inverse[others] -= column[others, None] * self.inverse[row]
        self.x[others] -= column[others] * self.x[row]
        self.basis[row] = entering
        self.count += 1

    def _drop_artificial(self) -> None:
        """Put artificial variables that are basic at 0 out, and drop the constraints that follow from others."""
        drop: list[int] = []
        for row in np.flatnonzero(self.basis >= self.variables):
            in_row = self._by_constraints(self.inverse[row])
            in_row[self.basis[self.basis < self.variables]] = 0.0
            able = np.flatnonzero(np.abs(in_row) > 1e-9)
            if len(able):
                self._pivot(int(row), int(able[0]), self._column(int(able[0])))
            else:
                drop.append(int(row))
        if drop:
            # A redundant row's artificial variable is that of a constraint which depends on the others.
            out = self.basis[drop] - self.variables
            keep = np.setdiff1d(np.arange(len(self.basis)), drop)
            constraints = ~np.isin(self.kept, out)
            self.inverse = self.inverse[np.ix_(keep, constraints)]
            self.basis, self.x, self.kept = self.basis[keep], self.x[keep], self.kept[constraints]


@register("simplex", "Simplex, step by step", SimplexParams)
def solve(problem: MatchProblem, params: SimplexParams, monitor: Monitor) -> Matching:
    """Find the one-to-one matching of least cost by the two-phase simplex method; `steps` shows its way.

    Returns
    -------
    Matching
        As `linear.solve`; ``iterations`` counts pivots.

    Raises
    ------
    Infeasible
        Too few pairs are allowed; names the elements that are stuck. Or two locks share an element.
    ParameterError
        As `steps`.
    """
    lp = make_program(problem.placed)
    last: SimplexStep | None = None
    for step in steps(problem, params):
        monitor.check()
        last = step
    assert last is not None
    if last.status == "infeasible":
        raise refuse_infeasible(problem.placed)
    x, duals = np.zeros(len(lp.c)), np.zeros(len(lp.a_rows) + len(lp.b_columns))
    x[last.basis] = last.x
    duals[last.kept] = last.duals
    return matching_of_program(lp, "simplex", x, duals, iterations=float(last.count))
