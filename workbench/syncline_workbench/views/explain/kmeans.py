"""k-means: rows go to the nearest centre, centres to the middle of their rows, until nothing changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from .board import Board, Chip, Chips
from .cloud import MOST, Cloud
from .lesson import Line, Page, some
from .segment_case import Points, SegmentLesson
from .toggles import Toggle

__all__ = ["MeansLesson", "UnitsStep"]


@dataclass(frozen=True, eq=False)
class UnitsStep:
    """Rows one after the other as the numbers of their clusters, when these are found."""

    last: Any


class MeansLesson(SegmentLesson):
    """Walks `syncline.solvers.segment.steps.means_steps`, then shows the units."""

    method = "kmeans"
    part = "points"
    _other = False

    def tempo(self, total: int | None) -> tuple[int, int]:
        return 900, 1

    @property
    def points(self) -> Points:
        """The rows in hand."""
        return self.problem.points

    @property
    def k(self) -> int:
        """Clusters that are drawn."""
        return 2 if self.made_up else min(self.params.k, MOST)

    def start(self) -> Iterator[Any]:
        steps = self.teachers.steps(self.method)
        assert steps is not None
        last = None
        for state in steps(self.problem, (self.k, self._other)):
            yield state
            last = state
        yield UnitsStep(last)

    def toggles(self) -> tuple[Toggle, ...]:
        return (
            Toggle(
                "start",
                self.tr("Another start"),
                self.tr("Begin with other centres: what is found may be another, better or worse."),
                on=self._other,
            ),
        )

    def set_toggle(self, name: str, on: bool) -> None:
        self._other = on

    # -- pages -----------------------------------------------------------------------------------------

    def page(self, state: Any, number: int) -> Page:
        if isinstance(state, UnitsStep):
            return self._units(state)
        title, lines = getattr(self, "_" + state.kind)(state)
        p = self.points
        flat = [(c - p.middle) @ p.axes for c in (state.centres, state.before)]
        cloud = Cloud(p.flat, state.labels, flat[0], flat[1], state.inertias, self.tr("sum of squared distances"))
        return Page(title, tuple(lines), picture=cloud)

    def _start(self, s: Any) -> tuple[str, list[Line]]:
        p = self.points
        lines = [Line(self.tr("{k} centres to begin with, each of them a row.").format(k=len(s.centres)), "strong")]
        if self.made_up:
            lines.append(self.example(self.tr("A worked example: six rows in the plane, two clusters.")))
        else:
            lines.append(
                Line(self.tr("They are drawn at random, the likelier the farther from those drawn before."))
            )  # fmt: skip
            words = self.tr("{n} rows, each channel over its spread, drawn in the two directions of most spread.")
            if p.of > 1:
                words += " " + self.tr("One row in {of} of the recording.")
            if self.params.k > self.k:
                words += " " + self.tr("{k} clusters, which can be told apart, for the {all} of the recipe.")
            lines.append(Line(words.format(n=f"{len(p.x):,}", of=p.of, k=self.k, all=self.params.k), "muted"))
        return self.tr("k-means — where it starts"), lines

    def _assign(self, s: Any) -> tuple[str, list[Line]]:
        lines = [
            Line(self.tr("Every row goes to its nearest centre; of equals to the one with the lower number."), "strong")
        ]
        if s.number > 1:
            lines.append(Line(self.tr("{n} rows change.").format(n=f"{s.changed:,}")))
        lines.append(self._sum(s))
        return self.tr("k-means — round {n}: assign").format(n=s.number), lines

    def _move(self, s: Any) -> tuple[str, list[Line]]:
        far = float(np.sqrt(((s.centres - s.before) ** 2).sum(1)).max())
        lines = [
            Line(self.tr("Every centre moves to the mean of its rows."), "strong"),
            Line(self.tr("The farthest move is {far}.").format(far=f"{far:.3g}")),
        ]
        if s.refilled:
            lines.append(
                Line(
                    self.tr(
                        "Centre {which} had no rows: it is moved onto the row that is farthest from its own."
                    ).format(which=some([str(k) for k in s.refilled])),
                    "warn",
                )
            )
        lines.append(self._sum(s))
        return self.tr("k-means — round {n}: move").format(n=s.number), lines

    def _done(self, s: Any) -> tuple[str, list[Line]]:
        lines = [
            Line(self.tr("No row changes its centre any more: done, after {n} rounds.").format(n=s.number), "good"),
            self._sum(s),
            Line(
                self.tr(
                    "Neither step can make the sum larger, so that this always ends; but it may end elsewhere from "
                    "another start. The solver takes the best of several."
                )
            ),
        ]  # fmt: skip
        return self.tr("k-means — done"), lines

    def _sum(self, s: Any) -> Line:
        return Line(self.tr("Sum of squared distances: {sum}.").format(sum=f"{s.inertias[-1]:,.6g}"))

    def _units(self, state: UnitsStep) -> Page:
        p = self.points
        units = [int(state.last.labels[k]) for k in p.run]
        runs = [(unit, [k for k, _ in group]) for unit, group in groupby(enumerate(units), key=lambda x: x[1])]
        heads = () if self.made_up else tuple(f"{p.times[k]:.2f}" for k in p.run)
        rows = (
            Chips(self.tr("unit of each row"), tuple(Chip(str(u), "a") for u in units)),
            Chips(
                self.tr("repeats merged"),
                tuple(Chip(str(u), "b") for u, _ in runs),
                links=tuple(tuple(members) for _, members in runs),
            ),
        )
        lines = (
            Line(self.tr("A recording as units: the number of the nearest centre, row after row."), "strong"),
            Line(self.tr("Repeats merge, as with CTC; too short runs are given to their neighbours by a best path.")),
        )
        return Page(self.tr("k-means — units"), lines, picture=Board(len(units), rows, heads))
