"""The simplex method: from basis to basis, each a tableau."""

from __future__ import annotations

from typing import Any

import numpy as np

from .lesson import Lesson, Line, Page, plain_number, some
from .sheet import Sheet, decimals_of

__all__ = ["SimplexLesson"]

_CELLS = 40_000
"""Cells of the largest tableau that is worked out; 10 × 10 pairs with everybody free to stay have 2,700."""


class SimplexLesson(Lesson):
    """Walks `syncline.solvers.match.simplex.steps`."""

    method = "simplex"
    _program: Any = None

    def tempo(self, total: int | None) -> tuple[int, int]:
        return (1100 if (total or 0) <= 40 else 250), 1

    def page(self, state: Any, number: int) -> Page:
        if self._program is None:
            self._program = self.teachers.program(self.problem)
        s = state
        count = len(s.costs)
        lines: list[Line] = []
        if number == 0:
            lines.append(
                Line(
                    self.tr(
                        "x12 is how much object 1 is linked to word 2; s1 and t1 how much object 1 or word 1 stays "
                        "with nobody. One equation for each element: its variables add up to 1. Phase 1 begins with an "
                        "artificial variable a in each equation and drives their sum to 0."
                    )
                )
            )
        if s.entering is not None and s.leaving is not None:
            reduced = self._reduced(s)
            row = int(np.flatnonzero(s.basis == s.leaving)[0])
            lines.append(
                Line(
                    self.tr("{x} enters: its reduced cost is {d}, below 0.").format(
                        x=self._name(s.entering), d=plain_number(float(reduced[s.entering]))
                    ),
                    "strong",
                )
            )
            lines.append(
                Line(
                    self.tr("{x} leaves: it is the first to reach 0 (its value is {v}).").format(
                        x=self._name(s.leaving), v=plain_number(float(s.x[row]))
                    ),
                    "strong",
                )
            )
        elif s.status == "optimal":
            lines.append(
                Line(
                    self.tr("No reduced cost is below 0: optimal. Cost {z}, with all fees.").format(
                        z=plain_number(float(s.objective) + self._locked_cost())
                    ),
                    "strong",
                )
            )
            links = [self._pair(int(k)) for k, x in zip(s.basis, s.x, strict=True) if x > 0.5 and k < count]
            lines.append(Line(self.tr("At 1: {pairs}.").format(pairs=some(links, 8))))
            lines.append(
                Line(
                    self.tr("The duals {duals} add up to the same: the certificate.").format(
                        duals=some([plain_number(float(x)) for x in s.duals], 10)
                    ),
                    "muted",
                )
            )
            lines.extend(self.locked_line())
        elif s.status == "infeasible":
            lines.append(Line(self.tr("The artificial variables can't all be 0: too few pairs are allowed."), "bad"))
        elif s.status == "going on":
            lines.append(Line(self.tr("All artificial variables are 0: phase 2 minimises the costs."), "strong"))
        value = self.tr("Sum of the artificial variables") if s.phase == 1 else self.tr("Cost")
        lines.append(Line(f"{value}: {plain_number(float(s.objective))}.", "muted"))
        title = self.tr("Simplex — phase {phase}, after {n} pivots").format(phase=s.phase, n=s.count)
        size = (len(s.basis) + 1) * (count + 1)
        if size > _CELLS:
            lines.append(
                Line(self.tr("The tableau has {n} figures, too many to be shown.").format(n=f"{size:,}"), "muted")
            )
            return Page(title, tuple(lines))
        return Page(title, tuple(lines), self._sheet(s))

    def _sheet(self, s: Any) -> Sheet:
        tableau = np.where(np.abs(s.tableau) < 1e-12, 0.0, s.tableau)
        count = len(s.costs)
        leaving = int(np.flatnonzero(s.basis == s.leaving)[0]) if s.leaving is not None else None
        boxed = None
        if s.entering is not None and leaving is not None:
            boxed = np.zeros(tableau.shape, np.bool_)
            boxed[leaving, s.entering] = True
        return Sheet(
            tableau,
            (*(self._sign(int(k)) for k in s.basis), self.tr("reduced")),
            (*(self._sign(k) for k in range(count)), "b"),
            boxed=boxed,
            entering=s.entering,
            leaving=leaving,
            ruled=True,
            row_decimals=tuple(decimals_of(row) for row in tableau),
        )

    def _reduced(self, s: Any) -> np.ndarray:
        return s.costs - s.duals @ s.matrix[s.kept]

    def _locked_cost(self) -> float:
        placed = self.problem.placed
        return float(placed.costs[placed.locked[:, 0], placed.locked[:, 1]].sum())

    def _sign(self, variable: int) -> str:
        """The letter and numbers of a variable, as tableaus have them."""
        lp = self._program
        count = len(lp.c)
        if variable >= count:
            return f"a{variable - count + 1}"
        i, j = int(lp.rows[variable]) + 1, int(lp.columns[variable]) + 1
        if not j:
            return f"s{i}"
        if not i:
            return f"t{j}"
        return f"x{i}{j}" if max(self.problem.similarity.shape) < 10 else f"x{i},{j}"

    def _name(self, variable: int) -> str:
        """The same with the names of whom it is about."""
        lp = self._program
        count, sign = len(lp.c), self._sign(variable)
        if variable >= count:
            k = variable - count
            of_rows = len(lp.a_rows)
            who = self.row_names[lp.a_rows[k]] if k < of_rows else self.column_names[lp.b_columns[k - of_rows]]
            return f"{sign} ({who})"
        return f"{sign} ({self._pair(variable)})"

    def _pair(self, variable: int) -> str:
        i, j = int(self._program.rows[variable]), int(self._program.columns[variable])
        nobody = self.tr("nobody")
        return f"{self.row_names[i] if i >= 0 else nobody} – {self.column_names[j] if j >= 0 else nobody}"
