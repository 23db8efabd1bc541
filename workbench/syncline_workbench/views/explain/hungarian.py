"""The Hungarian method as it is taught: reduce, cover, shift, until as many lines are needed as there are rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from .lesson import Lesson, Line, Page, plain_number, some
from .sheet import Sheet, decimals_of, figure

__all__ = ["HungarianLesson"]


class HungarianLesson(Lesson):
    """Walks `syncline.solvers.match.hungarian.steps`."""

    method = "hungarian"
    _decimals = 2

    def page(self, state: Any, number: int) -> Page:
        self._decimals = decimals_of(state.values, state.u, state.v)
        return getattr(self, "_" + state.kind.replace(" ", "_"))(state)

    # -- the kinds of state --------------------------------------------------------------------------

    def _start(self, s: Any) -> Page:
        n, m = int((s.rows >= 0).sum()), int((s.columns >= 0).sum())
        size = len(s.rows)
        top = float(self.problem.similarity.top)
        first = (
            self.tr("What each pair costs: {top} less its similarity. Small is good.").format(top=plain_number(top))
            if top
            else self.tr("What each pair costs. Small is good.")
        )
        lines = [Line(first)]
        if size > n or size > m:
            lines.append(
                Line(
                    self.tr(
                        "{n} objects and {m} words are made a square of {size} by “nobody”: who is matched with "
                        "nobody stays without a partner and pays its fee."
                    ).format(n=n, m=m, size=size)
                )
            )
        if np.isinf(s.values).any():
            lines.append(Line(self.tr("× marks what is forbidden.")))
        return Page(self.tr("Hungarian — the costs"), (*lines, *self.locked_line()), self._sheet(s))

    def _row_minima(self, s: Any) -> Page:
        lines = (
            Line(
                self.tr("The least of each row is taken off the row: {u}.").format(
                    u=some([self._number(x) for x in s.u])
                )
            ),
            Line(self.tr("Every row now has a zero. Whoever a row is matched with, so much is paid in any case.")),
        )
        return Page(self.tr("Hungarian — row minima"), lines, self._sheet(s))

    def _column_minima(self, s: Any) -> Page:
        lines = (
            Line(
                self.tr("The least of each column is taken off the column: {v}.").format(
                    v=some([self._number(x) for x in s.v])
                )
            ),
            Line(
                self.tr("All that was taken off, {bound}, is paid by every matching: none can be cheaper.").format(
                    bound=self._number(s.bound)
                )
            ),
        )
        return Page(self.tr("Hungarian — column minima"), lines, self._sheet(s))

    def _cover(self, s: Any) -> Page:
        size = len(s.rows)
        rows, columns = self.named_rows(s.rows[s.row_lines]), self.named_columns(s.columns[s.column_lines])
        where = "; ".join(
            filter(
                None,
                [
                    self._counted(rows, self.tr("row"), self.tr("rows")),
                    self._counted(columns, self.tr("column"), self.tr("columns")),
                ],
            )
        )
        lines = [
            Line(
                self.tr(
                    "The fewest lines that cover every zero: {lines} ({where}), as many as zeros can be matched "
                    "one to one (ringed)."
                ).format(lines=s.lines, where=where)
            )
        ]
        if s.lines == size:
            lines.append(
                Line(
                    self.tr("{lines} lines for {size} rows: stop. The matching among the zeros is optimal.").format(
                        lines=s.lines, size=size
                    ),
                    "strong",
                )
            )
        else:
            lines.append(
                Line(self.tr("{lines} lines for {size} rows: go on.").format(lines=s.lines, size=size), "strong")
            )
            lines.append(
                Line(self.tr("Zeros can match {lines} rows only; new ones are needed.").format(lines=s.lines), "muted")
            )
        title = self.tr("Hungarian — iteration {n}, steps A and B: cover, stop?").format(n=s.round)
        return Page(title, tuple(lines), self._sheet(s, lines=True, ringed=True))

    def _shift(self, s: Any) -> Page:
        bare = ~s.row_lines[:, None] & ~s.column_lines
        crossed = s.row_lines[:, None] & s.column_lines
        # What is 0 now and bare was k.
        rows, columns = self.named_rows(s.rows), self.named_columns(s.columns)
        new = np.argwhere(bare & (s.values == 0)).tolist()
        # A phrase that may have several objects has several columns of one name.
        found = list(dict.fromkeys(f"{rows[i]} – {columns[j]}" for i, j in new))
        k = self._number(s.k)
        lines = (
            Line(self.tr("k = {k}, the least figure under no line.").format(k=k), "strong"),
            Line(
                self.tr("It is taken off the {bare} figures under no line").format(bare=int(bare.sum()))
                + (
                    self.tr(" and added to the {n} where two lines cross; the others stay.").format(
                        n=int(crossed.sum())
                    )
                    if crossed.any()
                    else self.tr("; the others stay.")
                )
            ),
            Line(self.tr("New zeros: {pairs}.").format(pairs=some(found))),
            Line(
                self.tr("Taken off so far: {bound}. No matching costs less.").format(bound=self._number(s.bound)),
                "muted",
            ),
        )
        title = self.tr("Hungarian — iteration {n}, step C: shift by k").format(n=s.round)
        change = np.where(bare, -s.k, 0.0) + np.where(crossed, s.k, 0.0)
        return Page(title, lines, self._sheet(s, lines=True, changed=change, boxed=bare & (s.values == 0)))

    def _matching(self, s: Any) -> Page:
        n, m = self.named_rows(s.rows), self.named_columns(s.columns)
        costs = self.problem.placed.costs
        pairs, alone, prices = list[str](), list[str](), list[float]()
        weights: list[float] = []
        for r, c in enumerate(s.matched.tolist()):
            i, j = int(s.rows[r]), int(s.columns[c])
            if i >= 0 and j >= 0:
                pairs.append(f"{n[r]} – {m[c]}")
                prices.append(float(costs[i, j]))
                weights.append(float(self.problem.similarity.values[i, j]))
            elif i >= 0 or j >= 0:
                alone.append(n[r] if i >= 0 else m[c])
        decimals = decimals_of(np.array(prices), np.array(weights))
        sums = weights if self.problem.similarity.top else prices
        total = " + ".join(figure(x, decimals) for x in sums[:8]) + (" + …" if len(sums) > 8 else "")
        what = self.tr("total weight") if self.problem.similarity.top else self.tr("cost")
        lines = [
            Line(f"{some(pairs, 8)}: {what} {total} = {figure(float(sum(sums)), decimals)}.", "strong"),
            Line(
                self.tr(
                    "Potentials u = {u} and v = {v}; their sum {bound} equals the cost with all fees: the "
                    "certificate that nothing is cheaper."
                ).format(
                    u=some([self._number(x) for x in s.u]),
                    v=some([self._number(x) for x in s.v]),
                    bound=self._number(s.bound),
                )
            ),
        ]
        if alone:
            lines.append(Line(self.tr("Without a partner: {names}.").format(names=some(alone)), "muted"))
        title = self.tr("Hungarian — after iteration {n}: the matching").format(n=s.round)
        return Page(title, (*lines, *self.locked_line()), self._sheet(s, ringed=True))

    # -- drawing -------------------------------------------------------------------------------------

    def _counted(self, names: tuple[str, ...], one: str, many: str) -> str:
        nobody = self.tr("nobody")
        dummies = names.count(nobody)
        listed = [x for x in names if x != nobody]
        if dummies:
            listed.append(f"{nobody} × {dummies}" if dummies > 1 else nobody)
        return f"{one if len(names) == 1 else many} {some(listed, 8)}" if names else ""

    def _number(self, value: float) -> str:
        return figure(float(value), self._decimals)

    def _widest(self, s: Any) -> tuple[str, str]:
        costs = s.values + s.u[:, None] + s.v
        finite = costs[np.isfinite(costs)]
        most = float(np.abs(finite).max(initial=0.0))
        # k is never more than the largest figure, and mostly much less.
        return self._number(most), f"−{self._number(most / 10)}"

    def _sheet(
        self,
        s: Any,
        *,
        lines: bool = False,
        ringed: bool = False,
        changed: np.ndarray | None = None,
        boxed: np.ndarray | None = None,
    ) -> Sheet:
        size = len(s.rows)
        rings = np.zeros((size, size), np.bool_)
        held = np.flatnonzero(s.matched >= 0)
        rings[held, s.matched[held]] = True
        return Sheet(
            s.values,
            self.named_rows(s.rows),
            self.named_columns(s.columns),
            self._decimals,
            row_lines=s.row_lines if lines else None,
            column_lines=s.column_lines if lines else None,
            ringed=rings if ringed else None,
            boxed=boxed,
            changed=changed,
            right=("u", tuple(self._number(x) for x in s.u)),
            below=("v", tuple(self._number(x) for x in s.v)),
            zeros=s.kind != "start",
            widest=self._widest(s),
        )
