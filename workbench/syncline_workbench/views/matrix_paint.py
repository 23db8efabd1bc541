"""What lies on the cost matrix: path, ghosts, window, anchors, jumps, locks, forbidden rectangles, cross-hair."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF

from syncline.model import Anchor, Constraint, Constraints, Forbidden, Lock, WarpingPath

from ..theme import DARK
from .matrix_scale import Clock, Viewport, polygon

__all__ = [
    "Scene",
    "anchor_points",
    "lock_points",
    "paint_bubble",
    "paint_constraint",
    "paint_crosshair",
    "paint_window",
    "rectangle",
    "visible_part",
]

MOST_POINTS = 2000
# The colour map is as bright in the light theme as in the dark one, so what lies on it keeps the dark theme's colours.
MARK, INK, LINE = QColor(DARK.good), QColor("#11151b"), QColor(DARK.path)
BREAK = QColor(DARK.bad)


class Scene:
    """What a painter needs to know to put seconds on the screen."""

    def __init__(self, view: Viewport, a: Clock, b: Clock) -> None:
        self.view, self.a, self.b = view, a, b
        self._places: WeakKeyDictionary[object, NDArray[np.float64]] = WeakKeyDictionary()

    def point(self, a: float, b: float) -> QPointF:
        """Pixel of a pair of times."""
        return QPointF(self.view.x(self.a.place_of(a)), self.view.y(self.b.place_of(b)))

    def times(self, point: QPointF) -> tuple[float, float]:
        """The times under a pixel."""
        return self.a.time_of(self.view.u(point.x())), self.b.time_of(self.view.v(point.y()))

    def places(self, path: WarpingPath | Lock) -> NDArray[np.float64]:
        """float64 (L, 2) places of a path's or a lock's points, remembered as long as it lives."""
        found = self._places.get(path)
        if found is None:
            t = path.times
            found = np.column_stack([self.a.place(t[:, 0]), self.b.place(t[:, 1])])
            self._places[path] = found
        return found


def visible_part(
    places: NDArray[np.float64], view: Viewport, most: int = MOST_POINTS
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Pixels of the part of a monotone line that is in view, one point beyond either border, at most `most` + 1.

    Both columns rise, so both borders are found by bisection.
    """
    u, v = places[:, 0], places[:, 1]
    first = max(int(np.searchsorted(u, view.x0)), int(np.searchsorted(v, view.y0))) - 1
    last = min(int(np.searchsorted(u, view.x1, "right")), int(np.searchsorted(v, view.y1, "right"))) + 1
    first, last = max(first, 0), min(last, len(places))
    if last - first < 1:
        return np.empty(0), np.empty(0)
    index = np.arange(first, last, max(ceil((last - first) / most), 1))
    if index[-1] != last - 1:
        index = np.append(index, last - 1)
    return view.xs(u[index]), view.ys(v[index])


def detail(view: Viewport) -> int:
    """How many points a line is worth at this size: one every other pixel of the way."""
    return min(MOST_POINTS, max(200, round((view.rect.width() + view.rect.height()) / 2)))


def pieces(scene: Scene, path: WarpingPath) -> Iterator[QPolygonF]:
    """The path's unbroken pieces in pixels."""
    places = scene.places(path)
    for piece in path.pieces:
        xs, ys = visible_part(places[piece], scene.view, detail(scene.view))
        if len(xs):
            yield polygon(xs, ys)


def pen(colour: QColor, width: float, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    """A pen that joins quickly (bevelled) and ends flat."""
    return QPen(QBrush(colour), width, style, Qt.PenCapStyle.FlatCap, Qt.PenJoinStyle.BevelJoin)


def with_alpha(colour: QColor, alpha: int) -> QColor:
    """The colour, `alpha` of 255 opaque."""
    out = QColor(colour)
    out.setAlpha(alpha)
    return out


def paint_path(painter: QPainter, scene: Scene, path: WarpingPath) -> None:
    """The path in white with a dark halo; a break is bridged by a dotted line."""
    lines = list(pieces(scene, path))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(pen(with_alpha(QColor(DARK.path_halo), 190), 4.4))
    for line in lines:
        painter.drawPolyline(line)
    painter.setPen(pen(LINE, 2.0))
    for line in lines:
        painter.drawPolyline(line)
    if path.breaks is not None and len(path.breaks):
        places = scene.places(path)
        painter.setPen(pen(with_alpha(LINE, 170), 1.4, Qt.PenStyle.DotLine))
        for k in path.breaks.tolist():
            (u0, v0), (u1, v1) = places[k : k + 2].tolist()
            painter.drawLine(QPointF(scene.view.x(u0), scene.view.y(v0)), QPointF(scene.view.x(u1), scene.view.y(v1)))


def paint_ghost(painter: QPainter, scene: Scene, path: WarpingPath, which: int) -> None:
    """Another alignment's path, thin and dashed, in one of three dash patterns."""
    stroke = pen(with_alpha(QColor(DARK.ghost), 225), 1.6)
    stroke.setDashPattern(((3.5, 2.5), (7.0, 3.0), (1.5, 2.5))[which % 3])
    under = pen(with_alpha(INK, 110), 2.8)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for line in pieces(scene, path):
        painter.setPen(under)
        painter.drawPolyline(line)
        painter.setPen(stroke)
        painter.drawPolyline(line)


def paint_window(painter: QPainter, view: Viewport, low: NDArray[np.intp], high: NDArray[np.intp]) -> None:
    """Shade what lies outside a window: cells low[i] ≤ j < high[i] of row i are inside."""
    first, last = max(int(view.x0) - 1, 0), min(ceil(view.x1) + 1, len(low))
    stride = max((last - first) // (MOST_POINTS // 2), 1)
    rows = np.arange(first, last, stride)
    if not len(rows):
        return
    # A cell is a square: the border is a staircase while its steps can be seen, a line through them after that.
    if view.cells_per_pixel[0] < 0.5 and stride == 1:
        u: NDArray[np.float64] = np.repeat(np.append(rows, rows[-1] + 1), 2)[1:-1].astype(np.float64)
        lo, hi = np.repeat(low[rows], 2).astype(float), np.repeat(high[rows], 2).astype(float)
    else:
        u = rows.astype(np.float64) + 0.5
        u[0], u[-1] = first, last
        lo, hi = low[rows].astype(float), high[rows].astype(float)
    xs, bottom, top = view.xs(u), view.rect.bottom() + 1, view.rect.top() - 1
    shade = QColor(10, 12, 16, 150)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(shade)
    edges = ((view.ys(lo), bottom), (view.ys(hi), top))
    for ys, end in edges:
        ys = np.clip(ys, top, bottom)
        if (ys != end).any():
            painter.drawPolygon(polygon(np.r_[xs[0], xs, xs[-1]], np.r_[end, ys, end]))


def anchor_points(scene: Scene, anchor: Anchor) -> list[QPointF]:
    """Where its marks are: one, or two if it is a jump."""
    points = [scene.point(anchor.a, anchor.b)]
    if anchor.kind == "jump":
        points.append(scene.point(*anchor.end))
    return points


def lock_points(scene: Scene, lock: Lock) -> QPolygonF:
    """The locked stretch in pixels."""
    return polygon(*visible_part(scene.places(lock), scene.view, detail(scene.view)))


def rectangle(scene: Scene, zone: Forbidden) -> QRectF:
    """The forbidden cells in pixels: a cell belongs to it if its time does."""
    lower = scene.point(zone.a0, zone.b0)
    upper = scene.point(zone.a1, zone.b1)
    half = (0.5 / scene.view.cells_per_pixel[0], 0.5 / scene.view.cells_per_pixel[1])
    return QRectF(lower, upper).normalized().adjusted(-half[0], -half[1], half[0], half[1])


def paint_constraint(painter: QPainter, scene: Scene, item: Constraint, selected: bool, hovered: bool) -> None:
    """Draw one constraint in the shape that tells its kind."""
    if isinstance(item, Lock):
        _paint_lock(painter, scene, item, selected, hovered)
    elif isinstance(item, Forbidden):
        paint_forbidden(painter, rectangle(scene, item), selected, hovered, scene.view.rect)
    elif item.kind == "jump":
        start, end = anchor_points(scene, item)
        paint_jump(painter, start, end, selected, hovered)
    else:
        _paint_anchor(painter, scene.point(item.a, item.b), selected, hovered)


def paint_constraints(
    painter: QPainter, scene: Scene, constraints: Constraints, selected: int | None, hovered: int | None
) -> None:
    """All of them, zones below, anchors on top, the selected one last."""
    order = [*constraints.forbidden, *constraints.locks, *constraints.anchors]
    order.sort(key=lambda item: item.id == selected)
    for item in order:
        paint_constraint(painter, scene, item, item.id == selected, item.id == hovered)


def _ring(painter: QPainter, selected: bool) -> None:
    painter.setPen(QPen(INK, 2.0))
    painter.setBrush(QColor("#ffffff") if selected else MARK)


def _paint_anchor(painter: QPainter, at: QPointF, selected: bool, hovered: bool) -> None:
    radius = 7.2 if hovered or selected else 6.2
    if selected:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(with_alpha(INK, 150))
        painter.drawEllipse(at, radius + 4.5, radius + 4.5)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor("#ffffff"), 1.8))
        painter.drawEllipse(at, radius + 3.2, radius + 3.2)
    painter.setPen(QPen(INK, 2.2))
    painter.setBrush(MARK)
    painter.drawEllipse(at, radius, radius)


def _diamond(at: QPointF, r: float) -> QPolygonF:
    return QPolygonF([at + QPointF(r, 0), at + QPointF(0, r), at + QPointF(-r, 0), at + QPointF(0, -r)])


def paint_jump(painter: QPainter, start: QPointF, end: QPointF, selected: bool, hovered: bool) -> None:
    """Two diamonds and the leap between them."""
    painter.setPen(pen(with_alpha(INK, 180), 3.6))
    painter.drawLine(start, end)
    painter.setPen(pen(BREAK, 1.8, Qt.PenStyle.DashLine))
    painter.drawLine(start, end)
    r = 8.6 if hovered or selected else 7.6
    for at in (start, end):
        if selected:
            painter.setPen(QPen(QColor("#ffffff"), 1.8))
            painter.setBrush(with_alpha(INK, 150))
            painter.drawPolygon(_diamond(at, r + 4.5))
        painter.setPen(QPen(INK, 2.0))
        painter.setBrush(BREAK)
        painter.drawPolygon(_diamond(at, r))


def _paint_lock(painter: QPainter, scene: Scene, lock: Lock, selected: bool, hovered: bool) -> None:
    line = lock_points(scene, lock)
    paint_lock_line(painter, line, selected, hovered)


def paint_lock_line(painter: QPainter, line: QPolygonF, selected: bool, hovered: bool) -> None:
    """A thick stretch between two square caps, with a padlock in its middle where there is room."""
    if line.isEmpty():
        return
    wide = 7.0 if selected or hovered else 5.6
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(pen(QColor("#ffffff") if selected else INK, wide + 3))
    painter.drawPolyline(line)
    painter.setPen(pen(MARK, wide))
    painter.drawPolyline(line)
    _ring(painter, selected)
    ends = [line.first(), line.last()]
    for at in ends:
        painter.drawRect(QRectF(at.x() - 4.5, at.y() - 4.5, 9, 9))
    if QLineF(*ends).length() > 44:
        _padlock(painter, line.at(line.size() // 2), selected)


def _padlock(painter: QPainter, at: QPointF, selected: bool) -> None:
    _ring(painter, selected)
    painter.drawEllipse(at, 9.5, 9.5)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(INK, 1.5))
    painter.drawArc(QRectF(at.x() - 2.6, at.y() - 5.6, 5.2, 7.0), 0, 180 * 16)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(INK)
    painter.drawRoundedRect(QRectF(at.x() - 4.2, at.y() - 1.6, 8.4, 6.2), 1.2, 1.2)


def paint_forbidden(painter: QPainter, box: QRectF, selected: bool, hovered: bool, within: QRectF) -> None:
    """A hatched rectangle, with handles on its edges once it is selected."""
    shown = box.intersected(within)
    if shown.isEmpty():
        return
    painter.save()
    painter.setClipRect(shown, Qt.ClipOperation.IntersectClip)
    painter.fillRect(shown, QColor(20, 12, 18, 120 if hovered or selected else 95))
    painter.setPen(QPen(with_alpha(BREAK, 235 if hovered or selected else 190), 1.3))
    height = shown.height()
    # Lines hang on the widget's corner, not the box, so that they stand still while the box is drawn larger.
    start = shown.left() - height - (shown.left() - height + shown.top()) % 9
    xs = np.arange(start, shown.right() + height, 9.0)
    painter.drawLines(
        [QLineF(x, shown.top(), x - height, shown.bottom()) for x in (xs + height).tolist() if x > shown.left()]
    )
    painter.restore()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(INK, 3.2))
    painter.drawRect(box)
    painter.setPen(QPen(QColor("#ffffff") if selected else BREAK, 1.6))
    painter.drawRect(box)
    if selected and min(box.width(), box.height()) > 26:
        painter.setPen(QPen(INK, 1.4))
        painter.setBrush(QColor("#ffffff"))
        xs, ys = (box.left(), box.center().x(), box.right()), (box.top(), box.center().y(), box.bottom())
        for x, y in [(x, y) for x in xs for y in ys if (x, y) != (xs[1], ys[1])]:
            painter.drawRect(QRectF(x - 3.5, y - 3.5, 7, 7))


def paint_crosshair(painter: QPainter, start: QPointF, end: QPointF, colour: str, over: bool) -> None:
    """One line of the cross-hair; `over` the matrix it gets a thin dark edge."""
    if over:
        painter.setPen(pen(with_alpha(INK, 120), 3))
        painter.drawLine(start, end)
    painter.setPen(pen(QColor(colour), 1.3))
    painter.drawLine(start, end)


def paint_bubble(painter: QPainter, at: QPointF, text: str, within: QRectF, font: QFont) -> None:
    """A label beside a point, on whichever side there is room."""
    metrics = QFontMetricsF(font)
    width, height = metrics.horizontalAdvance(text) + 18, metrics.height() + 10
    left = at.x() + 16 if at.x() + 16 + width < within.right() else at.x() - 16 - width
    top = at.y() - 14 - height if at.y() - 14 - height > within.top() else at.y() + 14
    left = min(max(left, within.left() + 2), within.right() - width - 2)
    box = QRectF(left, top, width, height)
    shape = QPainterPath()
    shape.addRoundedRect(box, 5, 5)
    painter.setPen(QPen(with_alpha(QColor("#ffffff"), 60), 1))
    painter.setBrush(with_alpha(INK, 235))
    painter.drawPath(shape)
    painter.setFont(font)
    painter.setPen(QColor("#f2f4f7"))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
