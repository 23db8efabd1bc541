"""Dynamic time warping: the table is filled cell by cell, then the path is read off it backwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from PySide6.QtCore import QObject

from .lesson import Line, Page, Teachers, plain_number
from .sheet import Sheet, decimals_of, figure
from .warp_case import WarpLesson

__all__ = ["DtwLesson", "MatricesStep"]


@dataclass(frozen=True, eq=False)
class MatricesStep:
    """One of the alignment matrices of a finished walk."""

    side: int
    last: Any


class DtwLesson(WarpLesson):
    """Walks `syncline.solvers.warp.steps.steps`, then shows Wx and Wy."""

    method = "dtw"
    _decimals = 0

    def __init__(
        self,
        teachers: Teachers,
        problem: Any,
        params: Any,
        names: tuple[tuple[str, ...], tuple[str, ...]] | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(teachers, problem, params, names, parent)
        if params is None:
            # As courses work it.
            self.params = replace(self.params, step_pattern="symmetric1")

    def start(self) -> Iterator[Any]:
        last = None
        for state in super().start():
            yield state
            last = state
        for side in (0, 1):
            yield MatricesStep(side, last)

    def tempo(self, total: int | None) -> tuple[int, int]:
        # Half a minute for all of it, however large.
        return (600, 1) if total is not None and total <= 60 else (120, max(1, (total or 0) // 160))

    def page(self, state: Any, number: int) -> Page:
        if isinstance(state, MatricesStep):
            return self._matrix(state)
        self._decimals = decimals_of(state.cost)
        return getattr(self, "_" + state.kind)(state)

    # -- the kinds of state --------------------------------------------------------------------------

    def _costs(self, s: Any) -> Page:
        lines = [
            Line(self.tr("What it costs to lay a row of A on a row of B: how unlike they are.")),
            Line(
                self.tr(
                    "Wanted is the cheapest path from the first cell to the last one by the steps of “{pattern}”."
                ).format(pattern=self.params.step_pattern)
            ),
        ]
        if not s.allowed.all():
            lines.append(Line(self.tr("× is outside the window.")))
        if self.thinned():
            lines.append(Line(self.thinned(), "muted"))
        costs = np.where(s.allowed, s.cost, np.inf)
        return Page(self.tr("DTW — the local costs d"), tuple(lines), self._sheet(s, costs))

    def _fill(self, s: Any) -> Page:
        i, j = s.cell
        total = float(s.total[i, j])
        lines: list[Line] = []
        ringed = np.zeros(s.cost.shape, np.bool_)
        here = self._cell(i, j)
        if (i, j) == (0, 0):
            lines.append(Line(self.tr("The first cell costs what it costs: D = {d}.").format(d=self._number(total))))
        elif not s.allowed[i, j]:
            lines.append(Line(self.tr("{cell} is outside the window: no path leads here.").format(cell=here)))
        elif not np.isfinite(total):
            lines.append(Line(self.tr("No branch of the pattern leads to {cell}.").format(cell=here)))
        else:
            taken = s.candidates[int(s.branch[i, j])]
            ringed[taken.origin] = True
            lines.append(
                Line(
                    self.tr("D of {cell} is the least of these: {d}.").format(cell=here, d=self._number(total)),
                    "strong",
                )
            )
        for k, c in enumerate(s.candidates):
            if np.isfinite(c.total):
                lines.append(self._candidate(s, c, chosen=k == int(s.branch[i, j])))
        if len(s.candidates) > 1 and sum(c.total == total for c in s.candidates) > 1 and np.isfinite(total):
            lines.append(Line(self.tr("Of equal ones the first is taken: straight on before aside."), "muted"))
        boxed = np.zeros(s.cost.shape, np.bool_)
        boxed[i, j] = True
        title = self.tr("DTW — filling the table, cell {cell}").format(cell=here)
        return Page(title, tuple(lines), self._sheet(s, s.total, ringed=ringed, boxed=boxed))

    def _candidate(self, s: Any, c: Any, *, chosen: bool) -> Line:
        before = float(s.total[c.origin])
        parts = [self._number(before)]
        for u, v, weight in c.cells:
            d = self._number(float(s.cost[u, v]))
            parts.append(d if weight == 1 else f"{weight:g}·{d}")
        words = self.tr("from {cell}: {sum} = {d}").format(
            cell=self._cell(*c.origin), sum=" + ".join(parts), d=self._number(c.total)
        )
        return Line(f"→ {words}" if chosen else words, "good" if chosen else "muted")

    def _back(self, s: Any) -> Page:
        i, j = s.cell
        lines = [
            Line(self.tr("Backwards from the last cell: every cell remembers where its least came from."), "strong")
        ]
        if (i, j) == (0, 0):
            lines.append(Line(self.tr("This is the first cell: the path is complete.")))
        else:
            taken = s.candidates[int(s.branch[i, j])]
            lines.append(
                Line(
                    self.tr("{cell} was reached from {origin}.").format(
                        cell=self._cell(i, j), origin=self._cell(*taken.origin)
                    )
                )
            )
        lines.append(Line(self.tr("{n} cells of the path so far.").format(n=len(s.path)), "muted"))
        boxed = np.zeros(s.cost.shape, np.bool_)
        boxed[i, j] = True
        title = self.tr("DTW — back from {cell}").format(cell=self._cell(i, j))
        return Page(title, tuple(lines), self._sheet(s, s.total, ringed=self._on(s), boxed=boxed))

    def _path(self, s: Any) -> Page:
        steps = np.diff(s.path, axis=0) > 0
        lines = (
            Line(
                self.tr("The warping path has {n} cells and costs {d}: no admissible path is cheaper.").format(
                    n=len(s.path), d=self._number(float(s.total[-1, -1]))
                ),
                "good",
            ),
            Line(
                self.tr("{both} steps straight on, {a} in A alone, {b} in B alone.").format(
                    both=int(steps.all(1).sum()),
                    a=int((steps[:, 0] & ~steps[:, 1]).sum()),
                    b=int((steps[:, 1] & ~steps[:, 0]).sum()),
                )
            ),
            Line(self.tr("The figures are the local costs again; ringed is the path."), "muted"),
        )
        return Page(self.tr("DTW — the path"), lines, self._sheet(s, s.cost, ringed=self._on(s)))

    def _matrix(self, state: MatricesStep) -> Page:
        s, side = state.last, state.side
        w = s.matrices[side]
        name, of = (("Wx", "A"), ("Wy", "B"))[side]
        held = int((w.sum(1) > 1).sum())
        lines = [
            Line(
                self.tr(
                    "{name} is the path as a matrix: column t has its 1 in the row of {side} on which step t stands."
                ).format(name=name, side=of),
                "strong",
            ),
            Line(
                self.tr("{side} · {name} is {side} with frames repeated ({n} of them), so that both are equally long.")
                .format(side=of, name=name, n=held)
            ),
        ]  # fmt: skip
        if side == 1:
            along = s.cost[tuple(s.path.T)]
            lines.append(
                Line(
                    self.tr(
                        "Laid on each other, A·Wx and B·Wy differ by the costs along the path, {sum} in all."
                    ).format(sum=plain_number(float(along.sum())))
                )
            )
        names = (self.row_names, self.column_names)[side]
        columns = tuple(str(t + 1) for t in range(w.shape[1]))
        title = self.tr("DTW — the alignment matrix {name}").format(name=name)
        return Page(title, tuple(lines), Sheet(w, names, columns, 0, heat=w))

    # -- drawing -------------------------------------------------------------------------------------

    def _number(self, value: float) -> str:
        return figure(value, self._decimals)

    def _cell(self, i: int, j: int) -> str:
        return f"({i + 1}, {j + 1})"

    @staticmethod
    def _on(s: Any) -> np.ndarray:
        on = np.zeros(s.cost.shape, np.bool_)
        on[tuple(s.path.T)] = True
        return on

    def _sheet(
        self, s: Any, values: np.ndarray, *, ringed: np.ndarray | None = None, boxed: np.ndarray | None = None
    ) -> Sheet:
        finite = s.total[np.isfinite(s.total)]
        most = float(finite.max()) if len(finite) else float(s.cost.sum())
        return Sheet(
            np.where(s.allowed, values, np.inf),
            self.row_names,
            self.column_names,
            self._decimals,
            ringed=ringed,
            boxed=boxed,
            widest=(self._number(max(most, float(s.cost.max()))), ""),
        )
