"""Matching as a linear programme, by HiGHS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import SynclineError
from ...model import Matching
from ...progress import Monitor
from . import MatchProblem, register
from ._apart import run_apart
from ._exact import refuse
from ._program import LinearProgram, make_program, matching_of_program, refuse_infeasible

__all__ = ["LinearParams", "program", "solve"]

_APART = 5_000
"""Variables from which HiGHS may take longer than somebody who wants to stop it should wait."""


@dataclass(frozen=True)
class LinearParams:
    """Parameters of `solve`: none."""


def program(problem: MatchProblem) -> LinearProgram:
    """The linear programme of a problem: costs, variables, constraint matrix."""
    return make_program(problem.placed)


@register("linear", "Linear programming", LinearParams)
def solve(problem: MatchProblem, params: LinearParams, monitor: Monitor) -> Matching:
    """Find the one-to-one matching of least cost as a vertex of its linear programme, by the dual simplex of HiGHS.

    Returns
    -------
    Matching
        `weights` is x, `certificate` the duals of the constraints. `figures`: ``variables``, ``constraints``,
        ``integrality`` (how far x is from whole numbers; 0, as the constraint matrix is totally unimodular and the
        answer a vertex), ``iterations``.

    Raises
    ------
    Infeasible
        Too few pairs are allowed; names the elements that are stuck. Or two locks share an element.
    OverBudget
        Before anything is allocated.

    References
    ----------
    Q. Huangfu & J. A. J. Hall 2018, Math. Prog. Comp. 10 (HiGHS).
    """
    n, m = problem.similarity.shape
    refuse(400 * n * m, problem.budget, (n, m))
    lp = make_program(problem.placed)
    if not len(lp.c):
        if len(lp.a_rows) + len(lp.b_columns):
            raise refuse_infeasible(problem.placed)
        return matching_of_program(lp, "linear", np.zeros(0), np.zeros(0), iterations=0.0)
    if len(lp.c) > _APART:
        status, message, x, duals, iterations = run_apart(_highs, lp.c, lp.matrix, monitor=monitor)
    else:
        monitor.check()
        status, message, x, duals, iterations = _highs(lp.c, lp.matrix)
    if status == 2:
        raise refuse_infeasible(problem.placed)
    if status != 0:
        raise SynclineError(f"HiGHS found no solution: {message}.")
    return matching_of_program(lp, "linear", x, duals, iterations=float(iterations))


def _highs(c: Any, matrix: Any) -> tuple[int, str, Any, Any, int]:
    from scipy.optimize import linprog

    # Costs near 1, as HiGHS' tolerances are absolute.
    scale = float(np.abs(c).max()) or 1.0
    sharp = {"dual_feasibility_tolerance": 1e-10, "primal_feasibility_tolerance": 1e-10}
    found = linprog(c / scale, A_eq=matrix, b_eq=np.ones(matrix.shape[0]), method="highs-ds", options=sharp)
    duals = None if found.x is None else found.eqlin.marginals * scale
    return int(found.status), str(found.message), found.x, duals, int(found.nit)
