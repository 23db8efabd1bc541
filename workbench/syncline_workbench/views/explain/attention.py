"""Directed attention: scores, divided by the temperature, made shares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from syncline.progress import Monitor

from ..match_ramp import shares
from .lesson import Lesson, Line, Page, some
from .sheet import Sheet, decimals_of

__all__ = ["AttentionLesson", "AttentionStep"]


@dataclass(frozen=True, eq=False)
class AttentionStep:
    """Who asks is in rows, who is looked at in columns, nobody last.

    Attributes
    ----------
    kind
        ``"scores"``, ``"divided"``, ``"weights"``.
    values
        float64 (asking, keys + 1).
    entropy
        float64 (asking,), in nats.
    share
        Of all entropies in the largest possible, where what is forbidden or locked leaves no choice.
    """

    kind: str
    values: np.ndarray
    entropy: np.ndarray
    share: float


class AttentionLesson(Lesson):
    """Three states; the temperature can be changed at any of them."""

    method = "attention"

    @property
    def temperature(self) -> float:
        """In the unit of the similarities."""
        return float(self.params.temperature)

    def set_temperature(self, temperature: float) -> None:
        """Take another temperature; start again to see it."""
        self.params = replace(self.params, temperature=temperature, kind="soft")

    @property
    def turned(self) -> bool:
        """Words ask, objects are looked at."""
        return self.params.direction == "words to objects"

    def start(self) -> Iterator[AttentionStep]:
        problem, params = self.problem, self.params
        placed = problem.placed
        found = self.teachers.methods[self.method].call(problem, params, Monitor())
        turned = params.direction == "words to objects"
        scores = -np.column_stack(
            [placed.costs.T if turned else placed.costs, placed.b_fees if turned else placed.a_fees]
        )
        scores += 0.0
        free = found.free_b if turned else found.free_a
        weights = np.column_stack([found.weights.T if turned else found.weights, free])
        entropy = np.sum(weights * -np.log(np.where(weights > 0, weights, 1.0)), axis=1) + 0.0
        share = found.figures["entropy_share"]
        yield AttentionStep("scores", scores, entropy, share)
        with np.errstate(over="ignore"):
            yield AttentionStep(
                "divided", np.exp((scores - scores.max(1, keepdims=True)) / params.temperature), entropy, share
            )
        yield AttentionStep("weights", weights, entropy, share)

    def page(self, state: Any, number: int) -> Page:
        s = state
        asking, keys = self.row_names, self.column_names
        if self.turned:
            asking, keys = keys, asking
        columns = (*keys, self.tr("nobody"))
        lines: list[Line] = []
        right = None
        if s.kind == "scores":
            title = self.tr("Attention — scores")
            who = (
                self.tr("words ask, objects are looked at")
                if self.turned
                else self.tr("objects ask, words are looked at")
            )
            lines.append(Line(self.tr("How well each pair fits: −cost ({who}).").format(who=who), "strong"))
            if np.isinf(s.values).any():
                lines.append(Line(self.tr("−∞: it is forbidden, or must not stay without a partner.")))
            heat = shares(s.values)
        elif s.kind == "divided":
            title = self.tr("Attention — divided by the temperature")
            lines.append(
                Line(
                    self.tr("exp((score − best of the row) / τ), τ = {t}.").format(t=f"{self.temperature:.3g}"),
                    "strong",
                )
            )
            lines.append(
                Line(self.tr("The best of each row is 1. A small τ leaves little of the others, a large τ nearly all."))
            )
            heat = shares(s.values, 0.0, 1.0)
        else:
            title = self.tr("Attention — weights")
            best = s.values.argmax(1)
            chosen = [f"{asking[k]} → {columns[j]} {100 * s.values[k, j]:.0f} %" for k, j in enumerate(best.tolist())]
            lines.append(Line(self.tr("Each row divided by its sum: the weights."), "strong"))
            lines.append(Line(some(chosen, 8)))
            lines.append(
                Line(
                    self.tr("Entropy H of each row in nats; on average {share} of the largest possible.").format(
                        share=f"{100 * s.share:.0f} %"
                    ),
                    "muted",
                )
            )
            heat = shares(s.values, 0.0, 1.0)
            right = ("H", tuple(f"{x:.2f}" for x in s.entropy))
        lines.extend(self._locked())
        sheet = Sheet(
            s.values, tuple(asking), columns, 2 if s.kind != "scores" else decimals_of(s.values), heat=heat, right=right
        )
        return Page(title, tuple(lines), sheet)

    def _locked(self) -> tuple[Line, ...]:
        locked = self.problem.placed.locked.tolist()
        if not locked:
            return ()
        pairs = some([f"{self.row_names[i]} – {self.column_names[j]}" for i, j in locked])
        return (Line(self.tr("Locked links get all the weight of who asks: {pairs}.").format(pairs=pairs), "muted"),)
