"""The cost matrix with the path: see where the costs are low, take the path in hand, correct it.

The view draws ``document.shown`` and changes nothing itself: it says what the hand wants (`edit_previewed`,
`edit_committed`, `edit_abandoned`) and puts the cross-hair where `playback` stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QCursor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QMenu, QWidget

from syncline.cost import along
from syncline.model import Lock

from ..document import Document
from ..jobs import Jobs
from ..playback import Playback
from ..theme import theme
from .colour_maps import COLOUR_MAPS
from .confidence_band import paint_band
from .matrix_editor import MatrixEditor
from .matrix_grips import Hit
from .matrix_paint import (
    Scene,
    anchor_points,
    paint_bubble,
    paint_constraint,
    paint_constraints,
    paint_ghost,
    paint_path,
)
from .matrix_tools import SelectTool

if TYPE_CHECKING:
    from syncline.confidence import Confidence

__all__ = ["CostMatrixView"]


_CURSORS = {
    (0, 0, 0): Qt.CursorShape.SizeAllCursor,
    (1, 0, 0): Qt.CursorShape.SizeHorCursor,
    (0, 1, 0): Qt.CursorShape.SizeVerCursor,
    (1, 1, 1): Qt.CursorShape.SizeBDiagCursor,
    (1, 1, -1): Qt.CursorShape.SizeFDiagCursor,
}
"""By whether edges along A and along B are held, and which way the corner points."""


class CostMatrixView(MatrixEditor):
    """See the module; `set_tool` takes up ``select``, ``anchor``, ``jump``, ``lock``, ``forbid`` or ``draw``."""

    def __init__(self, document: Document, playback: Playback, jobs: Jobs, parent: QWidget | None = None) -> None:
        self._hovered: Hit | None = None
        self._pan_from: QPointF | None = None
        self._by_key = False
        self._band: Confidence | None = None
        self._band_faded = False
        super().__init__(document, playback, jobs, parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Cost matrix"))
        playback.moved.connect(self._on_moved)

    def set_band(self, sure: Confidence | None, faded: bool) -> None:
        """Draw how sure the path is round it, `faded` while that belongs to an older path; None draws nothing."""
        if sure is not self._band or faded != self._band_faded:
            self._band, self._band_faded = sure, faded
            self.refresh(front_only=True)

    # -- mouse and keys ----------------------------------------------------------------------------

    @staticmethod
    def _free(event: QMouseEvent) -> bool:
        return bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._by_key = False
        if self.scene is None:
            return
        if event.button() == Qt.MouseButton.MiddleButton:
            self._pan_from = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif event.button() == Qt.MouseButton.LeftButton and not self.tool.busy:
            self._base_at_press = self.base
            self.feeder.pause(True)
            self._try(lambda: self.tool.press(event.position(), self._free(event)))
        elif self.tool.busy:
            self.abandon()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        tool = self.tool
        at = event.position()
        plain = event.button() == Qt.MouseButton.LeftButton and self.scene is not None
        if (
            plain
            and isinstance(tool, SelectTool)
            and not tool.busy
            and self.view.rect.contains(at)
            and not self.hit(at)
        ):
            self._base_at_press = self.base
            self.feeder.pause(True)
            self._try(lambda: tool.add(at, self._free(event)))
        else:
            self.mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if self._pan_from is not None:
            self.view.pan(at.x() - self._pan_from.x(), at.y() - self._pan_from.y())
            self._pan_from = at
            self.moved()
        elif self.tool.busy:
            self._try(lambda: self.tool.move(at, self._free(event)))
        else:
            self._hover(at)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.MiddleButton and self._pan_from is not None:
            self._pan_from = None
            self.setCursor(self.tool.cursor)
        elif event.button() == Qt.MouseButton.LeftButton and self.tool.busy:
            self._try(lambda: self.tool.release(event.position(), self._free(event)))
            self._bubble = None
            self.feeder.pause(False)
            self.refresh(front_only=True)

    def leaveEvent(self, event: QEvent) -> None:
        self._set_hovered(None)
        self.hover_left.emit()
        super().leaveEvent(event)

    def _hover(self, at: QPointF) -> None:
        self._set_hovered(self.hit(at))
        scene = self.scene
        if scene is None or not self.view.rect.contains(at):
            self.hover_left.emit()
            return
        a, b = scene.times(at)
        cell = (scene.a.row_of(self.view.u(at.x())), scene.b.row_of(self.view.v(at.y())))
        cost = None if self._cost is None else float(along(self._cost, np.array([cell]))[0])
        self.hovered.emit(a, b, cost)

    def _set_hovered(self, found: Hit | None) -> None:
        item = None if found is None else self.constraints.find(found.id)
        if item is None or found is None or not isinstance(self.tool, SelectTool):
            self.setCursor(self.tool.cursor)
        elif isinstance(item, Lock) and found.edges == (0, 0):
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        else:
            across, upwards = found.edges
            self.setCursor(_CURSORS[abs(across), abs(upwards), across * upwards])
        if found != self._hovered:
            self._hovered = found
            self.refresh(front_only=True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, mods = Qt.Key(event.key()), event.modifiers()
        control = bool(mods & Qt.KeyboardModifier.ControlModifier)
        alt, ten = bool(mods & Qt.KeyboardModifier.AltModifier), bool(mods & Qt.KeyboardModifier.ShiftModifier)
        up = key in (Qt.Key.Key_Up, Qt.Key.Key_Right)
        if key == Qt.Key.Key_Escape and (self.tool.busy or self._selected is not None or self.tool.name != "select"):
            if self.tool.busy:
                self.abandon()
            elif self.tool.name != "select":
                self.set_tool("select")
            else:
                self.choose(None)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.delete_selected()
        elif key == Qt.Key.Key_P and not mods:
            self.add_anchor_here()
        elif key == Qt.Key.Key_F and not mods:
            self.fit()
        elif alt and key in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.nudge_selected((10 if ten else 1) * (1 if up else -1))
        elif control and key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.select_next(1 if up else -1)
        elif control and key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_in()
        elif control and key == Qt.Key.Key_Minus:
            self.zoom_out()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self.scene is None:
            return
        menu = QMenu(self)
        menu.addAction(self.tr("Add anchor at the cross-hair"), self.add_anchor_here)
        remove = menu.addAction(self.tr("Remove"), self.delete_selected)
        remove.setEnabled(self.selected is not None)
        menu.addSeparator()
        menu.addAction(self.tr("Fit"), self.fit)
        menu.addAction(self.tr("Zoom to selection"), self.zoom_to_selection)
        maps = menu.addMenu(self.tr("Colours"))
        for name in COLOUR_MAPS:
            action = maps.addAction(name.capitalize())
            action.setCheckable(True)
            action.setChecked(name == self.colour_map)
            action.triggered.connect(lambda _on, n=name: self.set_colour_map(n))
        menu.exec(event.globalPos() if event.reason() != event.Reason.Keyboard else QCursor.pos())
        menu.deleteLater()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._by_key = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._by_key = False
        super().focusOutEvent(event)
        self.update()

    # -- cross-hair and painting -------------------------------------------------------------------

    def _on_moved(self) -> None:
        if self._playback.playing and self.scene is not None and not self.tool.busy:
            self._reveal(
                self.scene.a.place_of(self._playback.a_time), self.scene.b.place_of(self._playback.b_time), 0.1
            )
        self.update()

    def paint_front(self, painter: QPainter, scene: Scene) -> None:
        shown = self._document.shown
        ghosts = [al for al in shown.alignments if al.id in shown.ghosts and al.id != shown.active]
        for k, al in enumerate(ghosts):
            if al.path is not None:
                paint_ghost(painter, scene, al.path, k)
        if self._band is not None:
            paint_band(painter, scene, self._band, self._band_faded)
        if self.path is not None:
            paint_path(painter, scene, self.path)
        hovered = None if self._hovered is None else self._hovered.id
        paint_constraints(painter, scene, self.constraints, self._selected, hovered)

    def paint_top(self, painter: QPainter, scene: Scene) -> None:
        u, v = scene.a.place_of(self._playback.a_time), scene.b.place_of(self._playback.b_time)
        self.paint_crosshair(painter, u, v)
        self._paint_anchors_over(painter, scene, QPointF(self.view.x(u), self.view.y(v)))
        if self.tool.busy:
            painter.save()
            painter.setClipRect(self.view.rect)
            self.tool.paint(painter, scene)
            painter.restore()
        if self._bubble is not None:
            a, b, text = self._bubble
            paint_bubble(painter, scene.point(a, b), text, self.view.rect, self.small_font())
        if self._by_key:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(theme().colours.accent), 2))
            painter.drawRect(QRectF(self.view.rect).adjusted(-1, -1, 1, 1))

    def _paint_anchors_over(self, painter: QPainter, scene: Scene, cross: QPointF) -> None:
        """Draw again the anchors that the cross-hair runs over: it shows where it is, they can be taken hold of."""
        hovered = None if self._hovered is None else self._hovered.id
        painter.save()
        painter.setClipRect(self.view.rect)
        for anchor in self.constraints.anchors:
            points = anchor_points(scene, anchor)
            if any(min(abs(p.x() - cross.x()), abs(p.y() - cross.y())) < 14 for p in points):
                paint_constraint(painter, scene, anchor, anchor.id == self._selected, anchor.id == hovered)
        painter.restore()
