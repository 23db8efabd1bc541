"""The five restrictions of warping paths: let one go, and see what it forbade."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .lesson import Line, Page, plain_number, some
from .sheet import Sheet, decimals_of
from .toggles import Toggle
from .warp_case import WarpLesson

__all__ = ["RestrictionsLesson", "RulesStep"]

WIDTHS = (0, 1, 2, 3, 5, 8)
"""Rows."""
FIVE = ("monotone", "continuous", "boundary", "window", "slope")


@dataclass(frozen=True, eq=False)
class RulesStep:
    """The cheapest path as the rules are, and with each of those in force let go (`Restricted` both)."""

    now: Any
    without: dict[str, Any]


class RestrictionsLesson(WarpLesson):
    """Shows `syncline.solvers.warp.restrictions.restricted` under the rules that are ticked."""

    method = "restrictions"

    def start(self) -> Iterator[Any]:
        steps = self.teachers.steps(self.method)
        assert steps is not None
        # A slope speaks of steps that go on by one: letting those go would let the slope go too, and prove nothing.
        bound = ("monotone", "continuous") if self.params.sloped else ()
        kept = [name for name in FIVE if self._on(name) and name not in bound]
        (now,) = steps(self.problem, self.params)
        without: dict[str, Any] = {}
        for name in kept:
            (without[name],) = steps(self.problem, self._with(name, False))
        yield RulesStep(now, without)

    def _on(self, name: str) -> bool:
        return self.params.window is not None if name == "window" else bool(getattr(self.params, name))

    def _with(self, name: str, on: bool) -> Any:
        if name == "window":
            return replace(self.params, window=self._width if on else None)
        return replace(self.params, **{name: on})

    def set_toggle(self, name: str, on: bool) -> None:
        self.params = self._with(name, on)

    _width = 1.0

    def set_kind(self, name: str, kind: str) -> None:
        if name == "slope":
            self.params = replace(self.params, pattern=kind)
        else:
            shape, width = kind.rsplit(" ", 1)
            self._width = float(width)
            self.params = replace(self.params, shape=shape, window=self._width)

    def toggles(self) -> tuple[Toggle, ...]:
        straight = self._on("monotone") and self._on("continuous")
        words = {
            "monotone": (self.tr("Monotone"), self.tr("Neither side ever goes back in time.")),
            "continuous": (self.tr("Continuous"), self.tr("No step leaves a row or a column out.")),
            "boundary": (self.tr("Boundary"), self.tr("The path begins in the first cell and ends in the last one.")),
            "window": (self.tr("Window"), self.tr("The path stays within a band along the diagonal.")),
            "slope": (
                self.tr("Slope"),
                self.tr("Steps aside need steps straight on: neither side runs much faster. Needs the first two."),
            ),
        }
        kinds = {"window": self._windows(), "slope": self._slopes()}
        kind = {"window": f"{self.params.shape} {self._width:g}", "slope": self.params.pattern}
        return tuple(
            Toggle(
                name,
                *words[name],
                on=self._on(name),
                able=name != "slope" or straight,
                kinds=kinds.get(name, ()),
                kind=kind.get(name, ""),
            )
            for name in FIVE
        )

    def _windows(self) -> tuple[tuple[str, str], ...]:
        """Kinds of windows with their widths, and what they are called."""
        slanted = [(f"slanted {r}", self.tr("%1 rows off the diagonal").replace("%1", str(r))) for r in WIDTHS]
        square = [(f"sakoe_chiba {r}", self.tr("Sakoe–Chiba: |i − j| ≤ %1").replace("%1", str(r))) for r in WIDTHS]
        slopes = ((1.5, "⅔", "1½"), (2, "½", "2"), (3, "⅓", "3"))
        leaning = [
            (f"itakura {s:g}", self.tr("Itakura: from %1 to %2").replace("%1", low).replace("%2", high))
            for s, low, high in slopes
        ]
        return (*slanted, *square, *leaning)

    def _slopes(self) -> tuple[tuple[str, str], ...]:
        """Step patterns that limit the slope."""
        known = (
            ("symmetricP05", "P = ½", "⅓", "3"),
            ("symmetricP1", "P = 1", "½", "2"),
            ("symmetricP2", "P = 2", "⅔", "1½"),
        )
        words = self.tr("%1: slopes from %2 to %3")
        return tuple(
            (name, words.replace("%1", p).replace("%2", low).replace("%3", high)) for name, p, low, high in known
        )

    def page(self, state: Any, number: int) -> Page:
        now, cost = state.now, state.now.cost
        shut = np.zeros(cost.shape, np.bool_)
        for mask in now.shut.values():
            shut |= mask
        ringed = np.zeros(cost.shape, np.bool_)
        if len(now.path):
            ringed[tuple(now.path.T)] = True
        lines = [self._found(now)]
        broken = now.broken()
        lines += [Line(words, "bad") for name, words in self._breaches(now) if name in broken]
        if now.shut:
            lines.append(
                Line(self.tr("× is closed by {what}.").format(what=self.tr(" and ").join(self._titles(now.shut))))
            )
        for name, other in state.without.items():
            lines.append(self._forbids(name, now, other))
        if self.thinned():
            lines.append(Line(self.thinned(), "muted"))
        sheet = Sheet(np.where(shut, np.inf, cost), self.row_names, self.column_names, decimals_of(cost), ringed=ringed)
        return Page(self.tr("DTW — the five restrictions"), tuple(lines), sheet)

    # -- words ---------------------------------------------------------------------------------------

    def _titles(self, names: Any) -> list[str]:
        titles = {t.name: t.text for t in self.toggles()}
        return [titles[name].lower() for name in names]

    def _found(self, now: Any) -> Line:
        if not len(now.path):
            return Line(self.tr("No path obeys all that is ticked: the two sides are too unequal in length."), "bad")
        return Line(
            self.tr("Ringed: the cheapest path that obeys what is ticked: {n} cells, cost {d}.").format(
                n=len(now.path), d=plain_number(now.total)
            ),
            "strong",
        )

    def _breaches(self, now: Any) -> list[tuple[str, str]]:
        """What the path does that it should not, where a restriction is let go."""
        d = np.diff(now.path, axis=0) if len(now.path) else np.zeros((0, 2), int)
        cells = [f"({i + 1}, {j + 1})" for i, j in now.path.tolist()]
        back = [f"{cells[k]} → {cells[k + 1]}" for k in np.flatnonzero((d < 0).any(1))]
        over = [f"{cells[k]} → {cells[k + 1]}" for k in np.flatnonzero((np.abs(d) > 1).any(1))]
        ends = f"{cells[0]} … {cells[-1]}" if cells else ""
        return [
            ("monotone", self.tr("It goes back in time: {steps}.").format(steps=some(back, 4))),
            ("continuous", self.tr("It leaves frames out: {steps}.").format(steps=some(over, 4))),
            ("boundary", self.tr("It does not cover both sides from end to end: {ends}.").format(ends=ends)),
        ]

    def _forbids(self, name: str, now: Any, other: Any) -> Line:
        """What a restriction in force forbids: the path there would be without it."""
        title = next(t.text for t in self.toggles() if t.name == name)
        if not len(other.path):
            return Line(self.tr("Without “{name}” there is no path either.").format(name=title), "muted")
        same = len(now.path) and np.array_equal(now.path, other.path)
        if same:
            return Line(self.tr("Without “{name}” the path would be the same.").format(name=title), "muted")
        cells = some([f"({i + 1}, {j + 1})" for i, j in other.path.tolist()], 8)
        return Line(
            self.tr("“{name}” forbids the path {cells} at {d}.").format(
                name=title, cells=cells, d=plain_number(other.total)
            )
        )
