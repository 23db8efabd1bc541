"""A few channels as curves over the time axis."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QWidget

from syncline.heat_tiles import even
from syncline.min_max import MinMax, line_columns
from syncline.model import Features
from syncline.progress import Monitor

from ..jobs import Job, Jobs
from ..theme import theme
from .pixel_row import PixelRow
from .pixel_tiles import blend_table, cover
from .time_axis import TimeAxis

__all__ = ["CurveRow"]

THIN, SIZE = 1.5, 16


class CurveRow(PixelRow):
    """Channels over one another, each spread over its own range, the first one brightest."""

    MOST = 4
    """Channels; more are better seen as a heat map."""

    def __init__(
        self, axis: TimeAxis, jobs: Jobs, features: Features, name: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(axis, name, 98, parent)
        self.features = features
        self._values, self._start, self._step = even(features)
        self._outlines: list[MinMax] = []
        self._range = [(0.0, 1.0)] * self._values.shape[1]
        self._job: Job | None = jobs.submit(self.tr("Drawing %1").replace("%1", name), self._build, quiet=True)
        self._job.succeeded.connect(self._take)
        self._job.failed.connect(self._fail)
        self.recolour()

    def stop(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def recolour(self) -> None:
        c = theme().colours
        self.pixels.set_table(blend_table(c.stage, c.a))
        self.update()

    def _build(self, monitor: Monitor) -> list[MinMax]:
        found: list[MinMax] = []
        for k in range(self._values.shape[1]):
            monitor.advance(k, self._values.shape[1])
            outline = MinMax(len(self._values), SIZE)
            outline.take(np.ascontiguousarray(self._values[:, k]))
            found.append(outline)
        return found

    def _take(self, outlines: list[MinMax]) -> None:
        if self._job is None:
            return
        self._job = None
        self._outlines = outlines
        self._range = [(float(o.levels[-1][0].min()), float(o.levels[-1][1].max())) for o in outlines]
        self.pixels.forget()
        self.update()

    def _fail(self, error: BaseException) -> None:
        raise error

    def draw(self, edges: NDArray[np.float64], height: int) -> NDArray[np.uint8]:
        """How much of each pixel curves cover, uint8 (height, n), between the seconds `edges` (n + 1,)."""
        out = np.zeros((height, len(edges) - 1), np.uint8)
        places = (edges - self._start) / self._step
        count = len(self._values)
        for k, (outline, (bottom, top)) in enumerate(zip(self._outlines, self._range, strict=False)):
            if places[1] - places[0] < SIZE:
                # A row stands in the middle of its span.
                first = min(max(int(places[0]) - 2, 0), count - 1)
                part = self._values[first : max(int(places[-1]) + 3, first + 1), k]
                low, high = line_columns(part, first, places - 0.5).astype(np.float64)
            else:
                low, high = outline.columns(places).astype(np.float64)
            scale = (height - 6) / (top - bottom if top > bottom else 1.0)
            shape = cover(height - 3 - (high - bottom) * scale - THIN / 2,
                          height - 3 - (low - bottom) * scale + THIN / 2, height)  # fmt: skip
            out = np.maximum(out, (shape * (1 - 0.6 * k / len(self._outlines))).astype(np.uint8))
        return out

    def words_at(self, time: float, y: float) -> str:
        row = self._values[min(max(int((time - self._start) / self._step), 0), len(self._values) - 1)]
        names = self.features.channels
        if not names:
            return ", ".join(f"{value:.4g}" for value in row.tolist())
        return ", ".join(f"{name} {value:.4g}" for name, value in zip(names, row.tolist(), strict=True))
