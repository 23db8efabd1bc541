"""Sinkhorn's iteration: rows and columns are put right in turns, until both are."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..match_ramp import shares
from .lesson import Lesson, Line, Page
from .sheet import Bars, Sheet

__all__ = ["SinkhornLesson"]


class SinkhornLesson(Lesson):
    """Walks `syncline.solvers.match.sinkhorn.steps`."""

    method = "sinkhorn"
    _ground: Any = None

    def tempo(self, total: int | None) -> tuple[int, int]:
        # The first sweeps move most; a long tail is passed in leaps.
        return (900, 1) if total is not None and total <= 24 else (120, max(1, (total or 0) // 200))

    def page(self, state: Any, number: int) -> Page:
        if self._ground is None:
            self._ground = self.teachers.ground(self.problem)
        s = state
        rows, columns = s.plan.sum(1), s.plan.sum(0)
        odd = s.count % 2 == 1
        off_rows, off_columns = (float(np.abs(x - y).sum()) for x, y in ((rows, s.supply), (columns, s.demand)))
        lines = [
            Line(
                self.tr("Every row is multiplied so that its sum is right (bars on the right).")
                if odd
                else self.tr("Every column is multiplied so that its sum is right (bars below)."),
                "strong",
            ),
            Line(
                self.tr("Rows are off by {rows}, columns by {columns} of a mass of 1.").format(
                    rows=_small(off_rows), columns=_small(off_columns)
                )
            ),
        ]
        if number == 0:
            lines.append(
                Line(
                    self.tr(
                        "It begins with exp(−cost/ε), ε = {epsilon} of the costs' spread. The mark at each bar is "
                        "what the sum is to be."
                    ).format(epsilon=f"{self.params.epsilon:g}"),
                    "muted",
                )
            )
        if s.error <= self.params.tolerance:
            lines.append(Line(self.tr("Both are right: this is the plan."), "good"))
            lines.extend(self._distance(s))
        lines.extend(self.locked_line())
        title = self.tr("Sinkhorn — sweep {n}, {side}").format(
            n=(s.count + 1) // 2, side=self.tr("rows") if odd else self.tr("columns")
        )
        a, b = self._ground.rows, self._ground.columns
        if s.null:
            a, b = np.append(a, -1), np.append(b, -1)
        sheet = Sheet(
            s.plan,
            self.named_rows(a),
            self.named_columns(b),
            2 if s.plan.max(initial=0.0) >= 0.1 else 3,
            # Nobody with nobody may have most of the mass, and would leave the others dark.
            heat=shares(
                s.plan, 0.0, float(s.plan[: len(self._ground.rows), : len(self._ground.columns)].max(initial=0.0))
            ),
            row_bars=Bars(rows, s.supply),
            column_bars=Bars(columns, s.demand),
        )
        return Page(title, tuple(lines), sheet)

    def _distance(self, s: Any) -> list[Line]:
        k, c = len(self._ground.rows), len(self._ground.columns)
        part = s.plan[:k, :c]
        mass = float(part.sum())
        if mass <= 0 or not part.size:
            return []
        even = np.outer(s.supply[:k] / s.supply[:k].sum(), s.demand[:c] / s.demand[:c].sum())
        away = 0.5 * float(np.abs(part / mass - even).sum())
        return [
            Line(
                self.tr("{away} of the mass lies elsewhere than if all were shared out evenly.").format(
                    away=f"{100 * away:.0f} %"
                ),
                "muted",
            )
        ]


def _small(x: float) -> str:
    return "0" if x < 1e-12 else f"{x:.3f}" if x >= 0.0005 else f"{x:.1e}".replace("-", "−")
