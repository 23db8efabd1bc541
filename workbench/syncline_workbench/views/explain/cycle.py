"""Temporal cycle consistency: from a moment of A to its soft neighbour in B, and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from syncline.model.media import nearest

from ..match_ramp import shares
from .lesson import Line, Page
from .sheet import Sheet, figure
from .warp_case import WarpLesson

__all__ = ["CycleLesson"]


class CycleLesson(WarpLesson):
    """Walks the moments of `syncline.embedding.cycle.cycle_back`: every state is another moment of A."""

    method = "cycle"

    def tempo(self, total: int | None) -> tuple[int, int]:
        return 700, 1

    def moment_at(self, seconds: float) -> int:
        """The moment of A nearest to a time."""
        return int(nearest(self.problem.moment_times, seconds))

    def page(self, state: Any, number: int) -> Page:
        s = state
        n, m = len(s.beta), len(s.alpha)
        table = np.full((2, max(n, m)), np.nan)
        table[0, :m], table[1, :n] = s.alpha, s.beta
        boxed = np.zeros(table.shape, np.bool_)
        boxed[1, s.moment] = True
        leads = np.full(table.shape, -1, np.intp)
        leads[1, :n] = np.arange(n)
        off = s.mu - s.moment
        back = int(np.argmax(s.beta)) == s.moment
        near = ", ".join(figure(x, 2) for x in s.nearest[:6].tolist()) + (" …" if len(s.nearest) > 6 else "")
        lines = [
            Line(self.tr("Moment {i} of A looks for itself in B.").format(i=s.moment), "strong"),
            Line(
                self.tr("α, by how near each moment of B is, mixes them to the soft neighbour ṽ = ({v}).").format(
                    v=near
                )
            ),
            Line(
                self.tr("β says which moments of A are near ṽ: it comes back at μ = {mu}, σ² = {s2}.").format(
                    mu=f"{s.mu:.3f}", s2=f"{s.variance:.3f}"
                )
            ),
            Line(
                self.tr("It comes back to where it began.")
                if back
                else self.tr("It comes back nearest to moment {k}, not to {i}.").format(
                    k=int(np.argmax(s.beta)), i=s.moment
                ),
                "good" if back else "warn",
            ),
            Line(
                self.tr("What is learned from: (i − μ)²/σ² + λ ln σ = {loss}; off by {off} moments.").format(
                    loss=f"{s.loss:.3f}", off=f"{off:+.2f}".replace("-", "−")
                )
            ),
            Line(
                self.tr("In the space that was learned.")
                if self.problem.views is not None
                else self.tr("In the features themselves: nothing was learned yet (method “tcc”)."),
                "muted",
            ),
            Line(self.tr("Click on a moment of A, or move the playhead, to see another one."), "muted"),
        ]
        sheet = Sheet(
            table,
            (self.tr("α in B"), self.tr("β in A")),
            tuple(str(k) for k in range(table.shape[1])),
            2,
            heat=np.nan_to_num(shares(np.nan_to_num(table), 0.0, float(np.nanmax(table)))),
            boxed=boxed,
            leads=leads,
        )
        return Page(self.tr("Cycle consistency — moment {i}").format(i=s.moment), tuple(lines), sheet)
