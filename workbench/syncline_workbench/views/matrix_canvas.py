"""The cost matrix as a picture with margins that one can zoom and pan; what is done with it is for `cost_matrix`.

It is painted in layers: the base (margins, matrix, window) changes with the view, the front (paths, constraints) with
the edits, and the cross-hair, which moves all the time, is drawn over a copy of both.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QWidget

from syncline.model import LocalCost

from ..jobs import Job, Jobs
from ..theme import DARK, theme
from .colour_maps import COLOUR_MAPS, RangeBar, colour_table
from .matrix_margins import Margin, frame_ticks, paint_margin, paint_scale, second_ticks
from .matrix_paint import Scene, paint_crosshair, paint_window
from .matrix_scale import Clock, Viewport
from .matrix_tiles import Mosaic, TileFeeder
from .zoom_canvas import ZoomCanvas

__all__ = ["MatrixCanvas"]

Bounds = tuple[NDArray[np.intp], NDArray[np.intp]]
GAP, SCALE_LEFT, SCALE_BELOW, THUMBS, PLOT_LEFT, PLOT_BELOW = 5, 46, 22, 38, 40, 50
SCALE_ABOVE = 22


class MatrixCanvas(ZoomCanvas):
    """Margins, matrix, window and cross-hair, with zoom and pan. A runs to the right, B upwards."""

    colour_map_changed = Signal(str)
    colour_range_changed = Signal(float, float)
    """Shares (0..1) between the lowest and the highest cost."""

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = Viewport()
        self.scene: Scene | None = None
        self.mosaic = Mosaic()
        self.feeder = TileFeeder(jobs, self)
        self.margins = {"a": Margin(), "b": Margin()}
        self.frames: dict[str, NDArray[np.float64] | None] = {"a": None, "b": None}
        self.message = ""
        self._jobs = jobs
        self._window: Bounds | None = None
        self._base: QPixmap | None = None
        self._front: QPixmap | None = None
        self._map = COLOUR_MAPS[0]
        self.bar = RangeBar(self)
        self.bar.hide()
        self.bar.range_changed.connect(self._range_changed)
        self.bar.map_chosen.connect(self.set_colour_map)
        self.feeder.ready.connect(self._pyramid_ready)
        self.feeder.arrived.connect(self.refresh)
        self._recolour()

    def sizeHint(self) -> QSize:
        return QSize(900, 480)

    def minimumSizeHint(self) -> QSize:
        return QSize(320, 240)

    # -- what is shown -----------------------------------------------------------------------------

    def set_clocks(self, a: Clock | None, b: Clock | None) -> None:
        """Say what the rows' times are; None and there is nothing to show."""
        if a is None or b is None:
            self.scene = None
        else:
            self.scene = Scene(self.view, a, b)
            if self.view.size != (a.count, b.count):
                self.view.size = (a.count, b.count)
                self.view.fit()
        self._show_bar()
        self._lay_out()

    def _show_bar(self) -> None:
        """The key to the colours is there while there are colours: not before costs are known."""
        self.bar.setVisible(self.scene is not None and self.feeder.pyramid is not None)

    def set_costs(self, cost: LocalCost | None) -> None:
        """Draw another cost matrix, tile by tile as they are computed."""
        self.feeder.set_cost(cost)
        self._show_bar()
        self.refresh()

    def set_bounds(self, bounds: Bounds | None) -> None:
        """Shade what lies outside low[i] ≤ j < high[i]; None shades nothing."""
        self._window = bounds
        self.refresh()

    def set_margins(self, side: str, kind: str, payload: Any) -> None:
        """Show something along one side.

        Parameters
        ----------
        side
            ``"a"`` (below) or ``"b"`` (to the left).
        kind
            ``"thumbnails"``: a list of uint8 (h, w, 3) BGR pictures; number k of K shows the middle of the k-th of
            K equal parts of the medium. ``"waveform"``: float (columns, 2), lowest and highest sample of that many
            equal parts. ``"curve"``: float (T,), a value a row of the features.
        payload
            None takes it away.
        """
        self.margins[side].put(kind, payload)
        self._lay_out()

    def set_colour_map(self, name: str) -> None:
        """Choose one of `COLOUR_MAPS`."""
        self._map = name
        self.bar.set_colour_map(name)
        self._recolour()
        self.colour_map_changed.emit(name)

    @property
    def colour_map(self) -> str:
        """Name of the colour map in use."""
        return self._map

    def _range_changed(self, low: float, high: float) -> None:
        self._recolour()
        self.colour_range_changed.emit(low, high)

    def _recolour(self) -> None:
        self.mosaic.set_table(colour_table(self._map, *self.bar.range))
        self.refresh()

    def _pyramid_ready(self) -> None:
        pyramid = self.feeder.pyramid
        assert pyramid is not None
        share = 1 / (pyramid.high - pyramid.low)
        suggested = [(pyramid.percentile(q) - pyramid.low) * share for q in (0.003, 0.985)]
        self.bar.set_scale(pyramid.low, pyramid.high, (suggested[0] * 0.6, suggested[1]))
        self._show_bar()
        self.refresh()
        self._ask_tiles()

    def _ask_tiles(self) -> None:
        pyramid = self.feeder.pyramid
        if pyramid is not None and self.isVisible():
            self.feeder.want(self.mosaic.wanted(pyramid, self.view, self.devicePixelRatioF()))

    def run_quietly(self, title: str, work: Callable[[Any], Any]) -> Job:
        """Compute something small for the view off the GUI thread."""
        return self._jobs.submit(title, work, quiet=True)

    # -- places ------------------------------------------------------------------------------------

    def _strips(self) -> dict[str, QRectF]:
        """Rectangles of the matrix and of what runs along it: seconds below and left, frames above and right."""
        left, below = float(SCALE_LEFT + GAP), float(SCALE_BELOW)
        a, b = self.margins["a"], self.margins["b"]
        plot_a = PLOT_BELOW if a.curve is not None or a.waveform is not None else 0
        plot_b = PLOT_LEFT if b.curve is not None or b.waveform is not None else 0
        thumbs_a, thumbs_b = THUMBS if a.thumbnails else 0, THUMBS if b.thumbnails else 0
        left += sum(s + GAP for s in (plot_b, thumbs_b) if s)
        below += sum(s + GAP for s in (plot_a, thumbs_a) if s) or GAP
        right = self._frames_wide()
        width, height = max(self.width() - left - right, 20.0), max(self.height() - below - SCALE_ABOVE, 20.0)
        matrix = QRectF(round(left), SCALE_ABOVE, round(width), round(height))
        x, y = matrix.left(), matrix.bottom()
        out = {"matrix": matrix}
        for name, size in (("thumbs_b", thumbs_b), ("plot_b", plot_b)):
            x -= GAP + size if size else 0
            out[name] = QRectF(x, matrix.top(), size, matrix.height())
        for name, size in (("thumbs_a", thumbs_a), ("plot_a", plot_a)):
            out[name] = QRectF(matrix.left(), y + GAP if size else y, matrix.width(), size)
            y += GAP + size if size else 0
        out["scale_b"] = QRectF(0, matrix.top(), x - GAP, matrix.height())
        out["scale_a"] = QRectF(matrix.left(), y + 2, matrix.width(), SCALE_BELOW - 2)
        out["frames_a"] = QRectF(matrix.left(), 0, matrix.width(), matrix.top() - 2)
        out["frames_b"] = QRectF(matrix.right() + 2, matrix.top(), right - 2, matrix.height())
        return out

    def _frames_wide(self) -> float:
        """Pixels that the numbers of B's frames take."""
        frames = self.frames["b"]
        last = (1 if self.scene is None else self.scene.b.count) if frames is None else len(frames)
        return max(ceil(QFontMetricsF(self.small_font()).horizontalAdvance(str(last))) + 14.0, 30.0)

    def _lay_out(self) -> None:
        strips = self._strips()
        self.view.rect = strips["matrix"]
        width = min(max(int(strips["matrix"].left()) - 8, 40), 140)
        top = int(strips["matrix"].bottom()) + 6
        self.bar.setGeometry(4, min(top, self.height() - 32), width, 32)
        self.moved()

    def moved(self) -> None:
        """Draw again after the view has moved."""
        self.refresh()
        self._ask_tiles()
        self.view_changed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._ask_tiles()

    # -- zoom and pan ------------------------------------------------------------------------------

    def fit(self) -> None:
        """Show the whole matrix."""
        self.view.fit()
        self.moved()

    def middle(self) -> QPointF:
        return self.view.rect.center()

    def zoom(self, by: float, at: QPointF) -> None:
        """Zoom with the pixel `at` held fast; beside the matrix only the axis that runs there."""
        if self.scene is None:
            return
        rect = self.view.rect
        self.view.zoom(
            by if at.x() >= rect.left() else 1.0,
            by if at.y() <= rect.bottom() else 1.0,
            QPointF(max(at.x(), rect.left()), min(at.y(), rect.bottom())),
        )
        self.moved()

    def wheeled(self, by: QPoint, at: QPointF) -> bool:
        if self.scene is None or self.view.whole:
            return False
        self.view.pan(by.x(), by.y())
        self.moved()
        return True

    # -- painting ----------------------------------------------------------------------------------

    def refresh(self, front_only: bool = False) -> None:
        """Draw again: everything, or only what lies on the matrix."""
        if not front_only:
            self._base = None
        self._front = None
        self.update()

    def small_font(self) -> QFont:
        """The font of the scales."""
        font = QFont(self.font())
        font.setPixelSize(11)
        return font

    def paintEvent(self, event: QPaintEvent) -> None:
        ratio = self.devicePixelRatioF()
        if self._base is not None and self._base.devicePixelRatio() != ratio:
            self._base = self._front = None
        if self._base is None:
            self._base = self.new_layer(ratio)
            painter = QPainter(self._base)
            self._paint_base(painter, ratio)
            painter.end()
        if self._front is None:
            self._front = QPixmap(self._base)
            if self.scene is not None:
                painter = QPainter(self._front)
                painter.setClipRect(self.view.rect)
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                self.paint_front(painter, self.scene)
                painter.end()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._front)
        if self.scene is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self.paint_top(painter, self.scene)
        painter.end()

    def paint_front(self, painter: QPainter, scene: Scene) -> None:
        """Paths and constraints; drawn again only after `refresh`."""

    def paint_top(self, painter: QPainter, scene: Scene) -> None:
        """What moves all the time; drawn at every repaint."""

    def _paint_base(self, painter: QPainter, ratio: float) -> None:
        c = theme().colours
        painter.fillRect(self.rect(), QColor(c.stage))
        if self.scene is None:
            painter.setPen(QColor(c.muted))
            painter.drawText(self.rect().adjusted(40, 20, -40, -20), _CENTRED, self.message)
            return
        strips = self._strips()
        rect = self.view.rect
        pyramid = self.feeder.pyramid
        painter.save()
        painter.setClipRect(rect)
        if pyramid is None:
            painter.fillRect(rect, QColor(DARK.raised))
        else:
            self.mosaic.paint(painter, pyramid, self.view, ratio)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._window is not None and len(self._window[0]) == self.view.size[0]:
            paint_window(painter, self.view, *self._window)
        painter.restore()
        font = self.small_font()
        for side, clock, across in (("a", self.scene.a, True), ("b", self.scene.b, False)):
            colour = c.a if side == "a" else c.b
            paint_margin(
                painter, self.margins[side], clock, self.view, across,
                strips[f"thumbs_{side}"], strips[f"plot_{side}"], colour,
            )  # fmt: skip
            strip, faint = strips[f"scale_{side}"], strips[f"frames_{side}"]
            room = int(strip.width() / 80 if across else strip.height() / 44)
            paint_scale(painter, second_ticks(clock, self.view, across, max(room, 2)), across, strip, c, font)
            room = int(faint.width() / 64 if across else faint.height() / 36)
            marks = frame_ticks(clock, self.view, across, max(room, 2), self.frames[side])
            paint_scale(painter, marks, across, faint, c, font, opposite=True)
        known = any(frames is not None for frames in self.frames.values())
        corner = QRectF(
            strips["frames_b"].left() + 7, 0, strips["frames_b"].width() - 7, strips["frames_a"].height() - 5
        )
        painter.drawText(corner, _CAPTION, self.tr("fr") if known else self.tr("row"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(QColor(c.border), 1))
        painter.drawLines([QLineF(rect.bottomLeft(), rect.bottomRight()), QLineF(rect.topLeft(), rect.bottomLeft())])

    def paint_crosshair(self, painter: QPainter, u: float, v: float) -> None:
        """A's position as an upright blue line, B's as a level amber one, through the margins to the scales."""
        c, rect, strips = theme().colours, self.view.rect, self._strips()
        x, y = self.view.x(u), self.view.y(v)
        painter.save()
        if rect.left() - 0.5 <= x <= rect.right() + 0.5:
            paint_crosshair(painter, QPointF(x, rect.top()), QPointF(x, rect.bottom()), DARK.a, True)
            paint_crosshair(painter, QPointF(x, rect.bottom()), QPointF(x, strips["scale_a"].top() + 3), c.a, False)
        if rect.top() - 0.5 <= y <= rect.bottom() + 0.5:
            paint_crosshair(painter, QPointF(rect.left(), y), QPointF(rect.right(), y), DARK.b, True)
            paint_crosshair(painter, QPointF(strips["scale_b"].right() - 3, y), QPointF(rect.left(), y), c.b, False)
        painter.restore()


_CAPTION = int(Qt.AlignmentFlag.AlignLeft) | int(Qt.AlignmentFlag.AlignBottom)
_CENTRED = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
