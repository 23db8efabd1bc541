"""All paths of a comparison over the cost matrix of one of its rows, each in its colour."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from syncline.model import WarpingPath

from ..theme import theme
from .colour_maps import colour_table

__all__ = ["COLOURS", "ComparedPaths", "colour_of"]

COLOURS = ("#ffffff", "#ff8f5a", "#5fd4ff", "#ff7ac8", "#f2e05c", "#9db4ff", "#7dffb0", "#d9b08c")
"""Told apart on every colour map, which is dark where paths lie."""
_POINTS = 1500


def colour_of(row: int) -> QColor:
    """The colour of a row's path."""
    return QColor(COLOURS[row % len(COLOURS)])


class ComparedPaths(QWidget):
    """Draws paths in seconds, A to the right and B up."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Paths over the cost matrix"))
        self._paths: dict[int, list[NDArray[np.float64]]] = {}
        self._span = (1.0, 1.0)
        self._image: QImage | None = None
        self._map = "viridis"
        self.chosen: frozenset[int] = frozenset()
        """Rows whose paths are drawn thick."""
        theme().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(420, 320)

    def minimumSizeHint(self) -> QSize:
        return QSize(260, 180)

    def set_colour_map(self, name: str) -> None:
        """Draw the next costs by another map."""
        self._map = name

    def show_paths(self, paths: Mapping[int, WarpingPath], span: tuple[float, float]) -> None:
        """Draw these paths, by the number of their row; `span`: seconds of A and B."""
        self._span = max(span[0], 1e-9), max(span[1], 1e-9)
        self._paths = {}
        for row, path in paths.items():
            pieces: list[NDArray[np.float64]] = []
            for piece in path.pieces:
                times = path.times[piece]
                some = np.unique(np.linspace(0, len(times) - 1, min(len(times), _POINTS)).astype(int))
                pieces.append(times[some])
            self._paths[row] = pieces
        if not paths:
            self._image = None
        self.update()

    def show_costs(self, codes: NDArray[np.uint8] | None) -> None:
        """Lay them over these costs, uint8 (rows of B upwards, rows of A); None: over nothing."""
        if codes is None:
            self._image = None
        else:
            lines = np.ascontiguousarray(codes[::-1])
            high, wide = lines.shape
            image = QImage(lines.data, wide, high, wide, QImage.Format.Format_Indexed8).copy()
            image.setColorTable(colour_table(self._map, 0.0, 1.0))
            self._image = image
        self.update()

    def choose(self, rows: frozenset[int]) -> None:
        """Draw the paths of these rows thick."""
        if rows != self.chosen:
            self.chosen = rows
            self.update()

    def point(self, a: float, b: float) -> QPointF:
        """Where that moment is drawn."""
        return QPointF(a / self._span[0] * (self.width() - 1), (1 - b / self._span[1]) * (self.height() - 1))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        area = QRectF(self.rect())
        if self._image is not None:
            painter.drawImage(area, self._image)
        else:
            painter.fillRect(area, QColor(theme().colours.stage))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for thick in (False, True):
            # The first row above the later ones.
            for row in sorted(self._paths, reverse=True):
                if (row in self.chosen) == thick:
                    self._draw(painter, row, thick=thick)
        if self._image is None:
            painter.setPen(QPen(QColor(theme().colours.border), 1))
            painter.drawRect(area.adjusted(0.5, 0.5, -0.5, -0.5))
        painter.end()

    def _draw(self, painter: QPainter, row: int, *, thick: bool) -> None:
        light = theme().colours.name == "light" and self._image is None
        colour = colour_of(row).darker(190) if light else colour_of(row)
        halo = QColor(0, 0, 0, 0 if light else 170)
        for times in self._paths[row]:
            line = QPolygonF([self.point(a, b) for a, b in times.tolist()])
            for tone, width in ((halo, 4.6 if thick else 3.0), (colour, 2.8 if thick else 1.4)):
                pen = QPen(tone, width)
                pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
                painter.setPen(pen)
                painter.drawPolyline(line)
