"""PELT: the best segmentation of the first t rows, for every t, with beginnings that can't win left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from .board import Board, Chip, Chips, Curve
from .lesson import Line, Page, plain_number, some
from .segment_case import SegmentLesson, Series

__all__ = ["PeltLesson"]


class PeltLesson(SegmentLesson):
    """Walks `syncline.solvers.segment.steps.pelt_steps`."""

    method = "pelt"
    part = "series"

    @property
    def series(self) -> Series:
        """The rows in hand."""
        return self.problem.series

    @property
    def temperature_name(self) -> str:
        if self.made_up:
            return self.tr("Penalty β, times 20")
        return self.tr("Penalty β, times what noise asks for")

    @property
    def temperature(self) -> float:
        return min(max(float(self.params.penalty), 1e-3), 10.0)

    def set_temperature(self, temperature: float) -> None:
        self.params = replace(self.params, penalty=temperature)

    def tempo(self, total: int | None) -> tuple[int, int]:
        return 1300, 1

    def start(self) -> Iterator[Any]:
        steps = self.teachers.steps(self.method)
        assert steps is not None
        return steps(self.problem, replace(self.params, penalty=self.temperature))

    # -- pages -----------------------------------------------------------------------------------------

    def page(self, state: Any, number: int) -> Page:
        title, lines = getattr(self, "_" + state.kind)(state)
        return Page(title, tuple(lines), picture=self._board(state))

    def _rows(self, s: Any) -> tuple[str, list[Line]]:
        lines = [
            Line(
                self.tr("Wanted: pieces that are alike, with a penalty β = {beta} for each change.").format(
                    beta=plain_number(s.penalty)
                ),
                "strong",
            ),
            Line(self.tr("F(t) is the least for the first t rows: before the last piece, begun after s, is F(s).")),
        ]  # fmt: skip
        if self.made_up:
            lines.append(self.example(self.tr("A worked example; a piece costs its squares about its mean.")))
        else:
            words, d = "", self.series.x.shape[1]
            if self.series.of > 1:
                words = self.tr("One row in {n} of this stretch.").format(n=self.series.of) + " "
            if d > 1:
                words += self.tr("Drawn is where they differ most; all {d} channels count.").format(d=d)
            lines.append(Line(words or self.tr("The rows themselves."), "muted"))
        return self.tr("PELT — the rows"), lines

    def _fill(self, s: Any) -> tuple[str, list[Line]]:
        t, start = s.t, int(s.origin[s.t])
        if start < 0:
            return self._title(t), [Line(self.tr("No piece is as short as that: F({t}) = ∞.").format(t=t))]
        b = next(b for b in s.beginnings if b.start == start)
        parts = f"{self._number(float(s.best[start]))} + {self._number(b.cost)} + {self._number(s.penalty)}"
        words = self.tr("F({t}) = F({s}) + C({s}, {t}) + β = {parts} = {f}: the last piece begins with row {first}.")
        f = self._number(float(s.best[t]))
        lines = [Line(words.format(t=t, s=start, parts=parts, f=f, first=start + 1), "strong")]
        pruned = [b for b in s.beginnings if b.pruned]
        if pruned:
            one = pruned[0]
            words = self.tr(
                "Out from here on: s = {which}. F({s}) + C({s}, {t}) = {before} + {cost} ≥ F({t}): even without β "
                "it is no better, and beginning at {t} will do as well for any later row."
            )
            before, cost = self._number(float(s.best[one.start])), self._number(one.cost)
            which = some([str(b.start) for b in pruned])
            lines.append(Line(words.format(which=which, s=one.start, t=t, before=before, cost=cost), "warn"))
        else:
            lines.append(Line(self.tr("None is out: any of these may still begin the last piece of a longer stretch.")))
        lines.append(self._tried(s))
        return self._title(t), lines

    def _title(self, t: int) -> str:
        return self.tr("PELT — the first {t} rows").format(t=t)

    def _tried(self, s: Any) -> Line:
        words = self.tr("{tried} pieces looked at so far, of {all} without pruning.")
        return Line(words.format(tried=s.tried, all=s.t * (s.t + 1) // 2), "muted")

    def _back(self, s: Any) -> tuple[str, list[Line]]:
        start = int(s.origin[s.t])
        lines = [
            Line(
                self.tr("Back from the end: the piece that ends with row {t} begins with row {first}.").format(
                    t=s.t, first=start + 1
                ),
                "strong",
            )
        ]
        if start == 0:
            lines.append(Line(self.tr("That is the first row: the segmentation is complete.")))
        return self.tr("PELT — back from row {t}").format(t=s.t), lines

    def _done(self, s: Any) -> tuple[str, list[Line]]:
        n, changes = len(s.x), [str(e + 1) for e in s.ends[:-1]]
        cost = float(s.best[n]) - s.penalty * len(changes)
        words = self.tr("No change pays for its penalty: one piece, cost {cost}.")
        if len(changes) == 1:
            words = self.tr("One change, before row {rows}: cost {cost} and β.")
        elif changes:
            words = self.tr("{n} changes, before rows {rows}: cost {cost} and {n} times β.")
        lines = [
            Line(words.format(n=len(changes), rows=some(changes), cost=self._number(cost)), "good"),
            Line(
                self.tr("No segmentation costs less. {tried} pieces were looked at, of {all}.").format(
                    tried=s.tried, all=n * (n + 1) // 2
                )
            ),
        ]  # fmt: skip
        return self.tr("PELT — done"), lines

    # -- drawing -----------------------------------------------------------------------------------------

    def _number(self, value: float) -> str:
        """In a chip or a sentence: whole numbers without a point, large ones without what comes after it."""
        return plain_number(value, 2 if abs(value) < 100 else 1 if abs(value) < 1000 else 0)

    def _board(self, s: Any) -> Board:
        n = len(s.x)
        filling = s.kind == "fill"
        taken = int(s.origin[s.t]) if filling else -1
        by_start = {b.start: b for b in s.beginnings}
        tried: list[Chip | None] = []
        for k in range(n):
            b = by_start.get(k)
            if b is not None:
                text = self._number(b.total) if b.allowed else "·"
                tried.append(Chip(text, "good" if k == taken else "bad" if b.pruned else "a", filled=k == taken))
            elif filling and k < s.t:
                tried.append(Chip("", "out"))
            else:
                tried.append(None)
        known = [self._number(float(v)) if np.isfinite(v) else None for v in s.best[1:]]
        least = tuple(None if text is None else Chip(text, "b", filled=filling and k + 1 == s.t)
                      for k, text in enumerate(known))  # fmt: skip
        rows: list[Any] = [Curve(self.tr("rows"), self.series.line, s.ends, s.t if filling else -1)]
        begun = self.tr("F(s) + C(s, t) + β")
        if filling:
            rows.append(Chips(begun, tuple(tried)))
        else:
            rows.append(Chips(self.tr("pieces"), self._pieces(s)))
        rows.append(Chips(self.tr("F(t)"), least))
        return Board(n, tuple(rows), self.series.heads, marked=s.t - 1 if filling else None, longest=begun, newest=1)

    def _pieces(self, s: Any) -> tuple[Chip | None, ...]:
        out: list[Chip | None] = [None] * len(s.x)
        start = int(s.origin[s.ends[0]]) if s.ends and s.kind == "back" else 0
        for number, end in enumerate(s.ends):
            for k in range(start, end):
                out[k] = Chip(str(number + 1), "good")
            start = end
        return tuple(out)
