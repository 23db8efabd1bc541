"""The picture of the costs: asks for tiles in the background, the most visible first, and lays them side by side."""

from __future__ import annotations

import threading
from collections.abc import Callable
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QRectF, Qt, Signal
from PySide6.QtGui import QImage, QPainter

from syncline.model import LocalCost
from syncline.progress import Monitor
from syncline.pyramid import CostPyramid

from ..jobs import Job, Jobs
from .matrix_scale import Viewport

__all__ = ["Mosaic", "TileFeeder"]

Tile = tuple[int, int, int]
MOST_TILES = 120
"""On screen at once; a level that would need more is too fine."""


class TileFeeder(QObject):
    """Makes a `CostPyramid` for a cost and computes the tiles that are wanted, one after the other, in one job."""

    ready = Signal()
    """There is a pyramid, and a first preview in it."""
    arrived = Signal()
    """Some tile got better."""
    failed = Signal(str)
    _tick = Signal(object)

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.pyramid: CostPyramid | None = None
        self._jobs = jobs
        self._job: Job | None = None
        self._lock = threading.Lock()
        self._wanted: list[Tile] = []
        self._paused = False
        self._tick.connect(self._announce, Qt.ConnectionType.QueuedConnection)

    def set_cost(self, cost: LocalCost | None) -> None:
        """Forget the old cost, and start on the new one."""
        self._stop()
        self.pyramid = None
        self._wanted = []
        if cost is None:
            return

        def begin(monitor: Monitor) -> CostPyramid:
            pyramid = CostPyramid(cost)
            pyramid.preview(monitor)
            return pyramid

        self._start(self.tr("Drawing the cost matrix"), begin, self._begun)

    def want(self, tiles: list[Tile]) -> None:
        """Compute these next, in this order, instead of what was wanted before."""
        with self._lock:
            self._wanted = list(tiles)
        self._go_on()

    def pause(self, paused: bool) -> None:
        """Leave the processor to something more urgent for a while."""
        self._paused = paused
        if not paused:
            self._go_on()

    @property
    def idle(self) -> bool:
        """True while nothing is being computed."""
        return self._job is None

    def _begun(self, answer: object) -> None:
        assert isinstance(answer, CostPyramid)
        self.pyramid = answer
        self.ready.emit()

    def _go_on(self) -> None:
        pyramid = self.pyramid
        if pyramid is None or self._job is not None or self._paused or not self._wanted:
            return

        def fill(monitor: Monitor) -> None:
            while not self._paused:
                with self._lock:
                    if not self._wanted:
                        return
                    tile = self._wanted.pop(0)
                pyramid.compute(*tile, monitor)
                self._tick.emit(pyramid)

        self._start(self.tr("Drawing the cost matrix"), fill, lambda _answer: None)

    def _start(self, title: str, work: Callable[[Monitor], object], then: Callable[[object], None]) -> None:
        job = self._jobs.submit(title, work, quiet=True)
        self._job = job

        def done() -> None:
            if self._job is job:
                self._job = None
                self._go_on()

        job.succeeded.connect(lambda answer: then(answer) if self._job is job else None)
        job.failed.connect(lambda error: self.failed.emit(str(error)) if self._job is job else None)
        job.ended.connect(done)

    def _stop(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _announce(self, pyramid: object) -> None:
        if pyramid is self.pyramid:
            self.arrived.emit()


class Mosaic:
    """The visible tiles as one picture, kept until others become visible or one of them gets better."""

    def __init__(self) -> None:
        self._key: tuple[object, ...] = ()
        self._codes: NDArray[np.uint8] | None = None
        self._image: QImage | None = None
        self._frame = (0, 0, 0, 0, 0)
        self.table: list[int] = []

    def set_table(self, table: list[int]) -> None:
        """Show code k in the colour ``table[k]`` (0xffRRGGBB)."""
        self.table = table
        self._image = None

    @staticmethod
    def level_for(pyramid: CostPyramid, view: Viewport, ratio: float) -> int:
        """The level with one to two values a device pixel along the side that needs more of them."""
        cx, cy = view.cells_per_pixel
        for level in range(pyramid.levels):
            fa, fb = pyramid.factors(level)
            nxt = pyramid.factors(min(level + 1, pyramid.levels - 1))
            ta, tb = pyramid.tile * fa, pyramid.tile * fb
            tiles = ((view.x1 - view.x0) / ta + 1) * ((view.y1 - view.y0) / tb + 1)
            if tiles > MOST_TILES:
                continue
            if nxt[0] > max(cx / ratio, 1) or nxt[1] > max(cy / ratio, 1) or level == pyramid.levels - 1:
                return level
        return pyramid.levels - 1

    @staticmethod
    def visible(pyramid: CostPyramid, view: Viewport, level: int) -> tuple[int, int, int, int]:
        """First and last + 1 tile along A, then along B."""
        fa, fb = pyramid.factors(level)
        ta, tb = pyramid.tile * fa, pyramid.tile * fb
        n, m = pyramid.shape
        rows = max(floor(view.x0 / ta), 0), min(ceil(view.x1 / ta), ceil(n / ta))
        cols = max(floor(view.y0 / tb), 0), min(ceil(view.y1 / tb), ceil(m / tb))
        return rows[0], max(rows[1], rows[0] + 1), cols[0], max(cols[1], cols[0] + 1)

    def wanted(self, pyramid: CostPyramid, view: Viewport, ratio: float) -> list[Tile]:
        """Tiles to compute for this view, nearest to its middle first; then those that make the rest exact."""
        level = self.level_for(pyramid, view, ratio)
        r0, r1, c0, c1 = self.visible(pyramid, view, level)
        middle = ((view.x0 + view.x1) / 2, (view.y0 + view.y1) / 2)
        first: dict[Tile, None] = {}
        for row in range(r0, r1):
            for col in range(c0, c1):
                first.update(dict.fromkeys(pyramid.missing(level, row, col)))
        later = dict.fromkeys(pyramid.missing(pyramid.levels - 1, 0, 0))

        def distance(tile: Tile) -> float:
            rows, cols = pyramid.span(*tile)
            dx = (rows.start + rows.stop) / 2 - middle[0]
            dy = (cols.start + cols.stop) / 2 - middle[1]
            return (dx / (view.x1 - view.x0)) ** 2 + (dy / (view.y1 - view.y0)) ** 2

        return sorted(first, key=distance) + sorted((t for t in later if t not in first), key=distance)

    def paint(self, painter: QPainter, pyramid: CostPyramid, view: Viewport, ratio: float) -> None:
        """Draw the visible part of the matrix into ``view.rect``."""
        level = self.level_for(pyramid, view, ratio)
        frame = (level, *self.visible(pyramid, view, level))
        key = (id(pyramid), pyramid.version, frame)
        if key != self._key or self._codes is None:
            self._codes, self._key, self._frame, self._image = self._compose(pyramid, frame), key, frame, None
        if self._image is None:
            codes = self._codes
            image = QImage(
                codes.base.data if codes.base is not None else codes.data,
                codes.shape[1],
                codes.shape[0],
                codes.strides[0],
                QImage.Format.Format_Indexed8,
            )
            image.setColorTable(self.table)
            self._image = image.convertToFormat(QImage.Format.Format_RGB32)
        fa, fb = pyramid.factors(level)
        left, top = frame[1] * pyramid.tile * fa, frame[3] * pyramid.tile * fb + self._codes.shape[0] * fb
        source = QRectF((view.x0 - left) / fa, (top - view.y1) / fb, (view.x1 - view.x0) / fa, (view.y1 - view.y0) / fb)
        cx, cy = view.cells_per_pixel
        # Magnified far enough, cells are shown as the squares they are.
        smooth = bool(level > 0 or max(cx, cy) / ratio > 0.34)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        painter.drawImage(view.rect, self._image, source)

    def _compose(self, pyramid: CostPyramid, frame: tuple[int, int, int, int, int]) -> NDArray[np.uint8]:
        level, r0, r1, c0, c1 = frame
        t = pyramid.tile
        n, m = pyramid.level_shape(level)
        rows, cols = min(r1 * t, n) - r0 * t, min(c1 * t, m) - c0 * t
        # The lines of a QImage start at multiples of 4 bytes.
        out = np.empty((cols, (rows + 3) & ~3), np.uint8)[:, :rows]
        for row in range(r0, r1):
            for col in range(c0, c1):
                codes = pyramid.get(level, row, col)
                if codes is None:
                    codes = self._coarser(pyramid, level, row, col)
                x, y = (row - r0) * t, (col - c0) * t
                bottom = cols - y
                out[bottom - codes.shape[1] : bottom, x : x + codes.shape[0]] = codes.T[::-1]
        return out

    @staticmethod
    def _coarser(pyramid: CostPyramid, level: int, row: int, col: int) -> NDArray[np.uint8]:
        """What the nearest coarser level knows of a tile, blown up."""
        t = pyramid.tile
        n, m = pyramid.level_shape(level)
        i = np.arange(row * t, min((row + 1) * t, n))
        j = np.arange(col * t, min((col + 1) * t, m))
        fa, fb = pyramid.factors(level)
        for up in range(level + 1, pyramid.levels):
            ua, ub = pyramid.factors(up)
            ri, cj = i * fa // ua, j * fb // ub
            codes = pyramid.get(up, int(ri[0]) // t, int(cj[0]) // t)
            if codes is not None:
                return codes.T.take(cj % t, 0).take(ri % t, 1).T
        return np.full((len(i), len(j)), 128, np.uint8)
