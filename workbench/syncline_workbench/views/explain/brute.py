"""Brute force: every matching is tried, which shows why a method is needed."""

from __future__ import annotations

from math import factorial
from typing import Any

import numpy as np

from .lesson import Lesson, Line, Page, Race, plain_number, some
from .sheet import Sheet, decimals_of

__all__ = ["BruteLesson"]


class BruteLesson(Lesson):
    """Walks `syncline.solvers.match.brute.steps`."""

    method = "brute"
    _board: Any = None

    def tempo(self, total: int | None) -> tuple[int, int]:
        # Some ten seconds for all of them, however many.
        return (700, 1) if total is not None and total <= 24 else (60, max(1, (total or 0) // 160))

    def page(self, state: Any, number: int) -> Page:
        board = self._board
        if board is None:
            # The first state of the Hungarian method is the same board with its names.
            steps = self.teachers.steps("hungarian")
            assert steps is not None
            board = self._board = next(iter(steps(self.problem)))
        s = state
        size = len(s.columns)
        tried = np.zeros((size, size), np.bool_)
        tried[np.arange(size), list(s.columns)] = True
        best = np.zeros((size, size), np.bool_)
        if np.isfinite(s.best_cost):
            best[np.arange(size), list(s.best)] = True
        rows, columns = self.named_rows(board.rows), self.named_columns(board.columns)
        pairs = [f"{rows[i]} – {columns[j]}" for i, j in enumerate(s.best) if np.isfinite(s.best_cost)]
        lines = [
            Line(
                self.tr("Framed: matching {n} of {total}, cost {cost}.").format(
                    n=f"{s.count:,}", total=f"{s.total:,}", cost=plain_number(s.cost)
                ),
                "strong",
            ),
            Line(
                self.tr("Ringed: the cheapest so far, {cost}: {pairs}.").format(
                    cost=plain_number(s.best_cost), pairs=some(pairs, 8)
                )
                if pairs
                else self.tr("None so far obeys all that is forbidden.")
            ),
        ]
        # Where elements may stay unmatched there are fewer: which dummy stands where makes no difference.
        plain = s.total == factorial(size)
        if s.count == s.total:
            done = self.tr("All were tried: this is the optimum.")
            more = self.tr("With {n} rows there would be {more}.").format(n=size + 1, more=f"{s.total * (size + 1):,}")
            lines.append(Line(f"{done} {more}" if plain else done, "good"))
        sheet = Sheet(
            board.values,
            rows,
            columns,
            decimals_of(board.values),
            boxed=tried,
            ringed=best,
        )
        race = Race(size, s.count, s.total, s.cube)
        many = f"{size}!" if plain else f"{s.total:,}"
        title = self.tr("Brute force — {many} matchings").format(many=many)
        return Page(title, (*lines, *self.locked_line()), sheet, race)
