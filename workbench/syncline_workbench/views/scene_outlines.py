"""Regions on the board: their outlines, and where their labels and links are."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF, QTransform

from syncline.model import Outline, Scene

from .scene_tags import TALL
from .scene_view import PictureView

__all__ = ["outline_paths", "paint_outline", "seat"]

HALO = 2.0


class _ByIdentity:
    """Hashes an outline by being the same one: its corners are many."""

    def __init__(self, outline: Outline) -> None:
        self.outline = outline

    def __hash__(self) -> int:
        return id(self.outline)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByIdentity) and other.outline is self.outline


@lru_cache(maxsize=512)
def _path(key: _ByIdentity) -> QPainterPath:
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.OddEvenFill)
    for ring in key.outline.rings:
        path.addPolygon(QPolygonF([QPointF(x, y) for x, y in ring]))
        path.closeSubpath()
    return path


def outline_paths(scene: Scene, view: PictureView) -> dict[int, QPainterPath]:
    """Outlines of the objects that have one, in pixels of the widget."""
    place = view.place
    to_widget = QTransform.fromTranslate(place.x(), place.y())
    to_widget.scale(place.width() / view.size[0], place.height() / view.size[1])
    return {o.id: to_widget.map(_path(_ByIdentity(o.outline))) for o in scene.active if o.outline is not None}


def seat(outline: Outline, path: QPainterPath, view: PictureView, wide: float) -> QRectF:
    """Where a label `wide` pixels wide stands above and links leave: at the heart, or as near to it as is in sight.

    Without extent where nothing of the region shows there.
    """
    at = view.to_widget(*outline.heart)
    room = view.window.adjusted(wide / 2, TALL, -wide / 2, -TALL)
    if not room.contains(at):
        near = QPointF(
            min(max(at.x(), room.left()), max(room.right(), room.left())),
            min(max(at.y(), room.top()), max(room.bottom(), room.top())),
        )
        if not path.contains(near):
            return QRectF(at, at)
        at = near
    return QRectF(at.x() - wide / 2 + 1, at.y() + TALL / 2 - 1, wide - 2, 2.0)


def paint_outline(painter: QPainter, path: QPainterPath, line: QPen, halo: QColor | None, wash: QColor | None) -> None:
    """A line within the outline, so that the lines of two neighbours lie side by side."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setClipPath(path, Qt.ClipOperation.IntersectClip)
    if wash is not None:
        painter.fillPath(path, wash)
    # What is drawn along the outline shows on its inner half only.
    if halo is not None:
        painter.strokePath(path, QPen(halo, 2 * (line.widthF() + HALO)))
    inner = QPen(line)
    inner.setWidthF(2 * line.widthF())
    if line.style() == Qt.PenStyle.CustomDashLine:
        inner.setDashPattern([x / 2 for x in line.dashPattern()])
    painter.strokePath(path, inner)
    painter.restore()
