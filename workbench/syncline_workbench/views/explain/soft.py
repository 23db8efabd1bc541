"""Soft-DTW: all paths count, the better the more; with γ → 0 only the best is left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from ..match_ramp import shares
from .lesson import Line, Page
from .sheet import Sheet, figure
from .warp_case import WarpLesson

__all__ = ["SoftLesson"]


class SoftLesson(WarpLesson):
    """Walks `syncline.solvers.warp.steps.soft_steps` from a γ down to where soft and hard can't be told apart."""

    method = "soft_dtw"

    @property
    def temperature_name(self) -> str:
        return self.tr("Smoothing γ")

    @property
    def temperature(self) -> float:
        return float(self.params.gamma)

    def set_temperature(self, temperature: float) -> None:
        self.params = replace(self.params, gamma=temperature)

    def tempo(self, total: int | None) -> tuple[int, int]:
        return 900, 1

    def start(self) -> Iterator[Any]:
        steps = self.teachers.steps(self.method)
        assert steps is not None
        return steps(self.problem, self.params)

    def page(self, state: Any, number: int) -> Page:
        s = state
        on = np.zeros(s.cost.shape, np.bool_)
        on[tuple(s.path.T)] = True
        beside = float(s.share[~on].sum())
        lines = [
            Line(
                self.tr("γ = {gamma}: the smooth minimum over all paths is {value}; DTW's is {hard}.").format(
                    gamma=f"{s.gamma:.3g}", value=figure(s.value, 3), hard=figure(s.hard, 3)
                ),
                "strong",
            ),
            Line(
                self.tr(
                    "Each cell says how much of the alignment passes through it (E, the gradient of the value by the "
                    "local costs). Framed: DTW's one path; {beside} of {all} lie beside it."
                ).format(beside=f"{beside:.2f}", all=f"{float(s.share.sum()):.2f}")
            ),
        ]
        if number == 0:
            lines.append(
                Line(
                    self.tr(
                        "Where DTW takes the least of three, this takes −γ·ln(e^(−r₁/γ) + e^(−r₂/γ) + e^(−r₃/γ)): "
                        "below the minimum, and smooth. The next steps lessen γ."
                    ),
                    "muted",
                )
            )
        if beside < 0.005:
            lines.append(Line(self.tr("Nothing is left beside the path: γ → 0 is DTW."), "good"))
        if self.thinned():
            lines.append(Line(self.thinned(), "muted"))
        sheet = Sheet(
            s.share, self.row_names, self.column_names, 2, heat=shares(s.share, 0.0, 1.0), boxed=on
        )  # fmt: skip
        return Page(self.tr("Soft-DTW — smoothing {gamma}").format(gamma=f"{s.gamma:.3g}"), tuple(lines), sheet)
