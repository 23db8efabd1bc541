"""A row whose picture is made of kept strips of pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QTimer
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from .pixel_tiles import PixelTiles
from .time_axis import TimeAxis
from .time_row import TimeRow

__all__ = ["PixelRow"]


class PixelRow(TimeRow):
    """Says what its pixels are; strips of them are kept, and drawn over several repaints if that takes long."""

    def __init__(self, axis: TimeAxis, name: str, height: int, parent: QWidget | None = None) -> None:
        super().__init__(axis, name, height, parent)
        self.pixels = PixelTiles(self.draw)
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.timeout.connect(self.update)

    def draw(self, edges: NDArray[np.float64], height: int) -> NDArray[np.uint8] | NDArray[np.uint32]:
        """Pixels (height, n), the top line first, between the seconds `edges` (n + 1,): see `PixelTiles`."""
        raise NotImplementedError

    def paint_picture(self, painter: QPainter, area: QRectF, clip: QRectF) -> None:
        self.pixels.paint(painter, area, self.axis.start, self.axis.per_pixel, clip)
        if not self.pixels.complete:
            self._again.start()
