"""Canonical time warping: maps for the path, a path for the maps, round by round."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..match_ramp import shares
from .lesson import Line, Page, some
from .sheet import Sheet
from .warp_case import WarpLesson

__all__ = ["RoundsLesson"]

CELLS = 16
"""Rows and columns of the picture of a round at most."""


class RoundsLesson(WarpLesson):
    """Walks `syncline.solvers.warp.ctw.rounds` on all rows of the pair, of a long one on evenly spaced ones."""

    method = "ctw"

    def tempo(self, total: int | None) -> tuple[int, int]:
        return 900, 1

    def page(self, state: Any, number: int) -> Page:
        r = state
        u, v = r.path.views
        k, l = -(-len(u) // CELLS), -(-len(v) // CELLS)
        d = ((u[::k, None, :].astype(np.float64) - v[None, ::l, :]) ** 2).sum(2)
        near = 1 - np.minimum(d / max(float(np.quantile(d, 0.9)), 1e-12), 1)
        on = np.zeros(d.shape, np.bool_)
        on[r.path.pairs[:, 0] // k, r.path.pairs[:, 1] // l] = True
        lines = [
            Line(
                self.tr("Round {n}, shrinkage λ = {shrinkage}: CCA, then DTW in the space it found.").format(
                    n=r.number, shrinkage=f"{r.shrinkage:.3g}"
                ),
                "strong",
            ),
            Line(
                self.tr("{d} coordinates, what CCA found of them: {values}.").format(
                    d=r.d, values=some([f"{x:.3f}" for x in r.values.tolist()], 6)
                )
            ),
            Line(
                self.tr("DTW brings the objective from {before} to {after}, {cell} a cell.").format(
                    before=f"{r.before:.4g}", after=f"{r.objective:.4g}", cell=f"{r.per_cell:.4g}"
                )
            ),
            Line(
                self.tr("The path moved by {change} rows.").format(change=f"{r.change:.2f}"),
                "good" if r.change <= 0.01 else "",
            ),
            Line(self.tr("Bright: near in the common space. Framed: the path of this round."), "muted"),
        ]
        sheet = Sheet(
            np.full(d.shape, np.nan),
            tuple(str(i) for i in range(0, len(u), k)),
            tuple(str(j) for j in range(0, len(v), l)),
            heat=shares(near, 0.0, 1.0),
            boxed=on,
        )
        return Page(self.tr("CTW — round {n}").format(n=r.number), tuple(lines), sheet)
