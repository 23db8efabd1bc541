"""How many pieces each penalty would leave: a staircase over the slider that sets it."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QShowEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from ..theme import theme
from .plain import figures, tip

__all__ = ["PenaltyCurve", "Step"]

_TALL, _ABOVE, _SIDE = 64, 6, 8
"""Height; room above the highest step; to either side, as much as the slider's handle has."""


class Step(NamedTuple):
    """So many pieces from one penalty to another."""

    low: float
    high: float
    pieces: int


class PenaltyCurve(QWidget):
    """Steps on a logarithmic scale both ways, and where the penalty is now.

    Where a step is not known to end where the next begins, the staircase leads somewhere through the tinted field.
    Clicks and drags set the penalty beneath; Left and Right the middle of the next step, Home and End that of the last.

    Signals: `pointed(float)` while the hand moves or after a key, `settled()` when it lets go.
    """

    pointed = Signal(float)
    settled = Signal()
    wanted = Signal()
    """It is in sight."""

    def __init__(self, low: float, high: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._low, self._high = low, high
        self.steps: tuple[Step, ...] = ()
        self.penalty = low
        self.held = False
        """The mouse has it."""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName(self.tr("Pieces by penalty"))
        theme().changed.connect(self.update)
        self._describe()

    def set_steps(self, steps: Sequence[Step]) -> None:
        """Draw a staircase, or none if nobody knows yet."""
        self.steps = tuple(steps)
        self._describe()
        self.update()

    def set_penalty(self, penalty: float) -> None:
        """Say where the penalty is now."""
        if penalty != self.penalty:
            self.penalty = penalty
            self._describe()
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, _TALL)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, _TALL)

    # -- where things are --------------------------------------------------------------------------

    def x_of(self, penalty: float) -> float:
        """Pixels from the left; beyond the ends it is at them."""
        inside = min(max(penalty, self._low), self._high)
        return _SIDE + (self.width() - 2 * _SIDE) * math.log(inside / self._low) / math.log(self._high / self._low)

    def penalty_at(self, x: float) -> float:
        """The penalty at a place, to three digits."""
        share = min(max((x - _SIDE) / max(self.width() - 2 * _SIDE, 1), 0.0), 1.0)
        return float(f"{self._low * (self._high / self._low) ** share:.3g}")

    def y_of(self, pieces: int) -> float:
        """Pixels from the top."""
        most = max((s.pieces for s in self.steps), default=1)
        room = self.height() - _ABOVE - 5
        return _ABOVE + room * (1 - math.log(pieces) / math.log(max(most, 2)))

    def step_at(self, penalty: float) -> int:
        """Number of the step of a penalty, or of the last that begins below."""
        return max(bisect_right([s.low for s in self.steps], penalty) - 1, 0)

    # -- words -------------------------------------------------------------------------------------

    def words(self, penalty: float) -> str:
        """What is known of a penalty, in words."""
        if not self.steps:
            return self.tr("How many pieces each penalty would leave")
        k = self.step_at(penalty)
        step = self.steps[k]
        count = self.tr("1 piece") if step.pieces == 1 else self.tr("%1 pieces").replace("%1", f"{step.pieces:,}")
        if penalty > step.high and k + 1 < len(self.steps):
            few = f"{self.steps[k + 1].pieces:,}"
            said = self.tr("Penalty %1: between %2 and %3 pieces")
            return said.replace("%1", f"{penalty:g}").replace("%2", few).replace("%3", f"{step.pieces:,}")
        said = self.tr("Penalties from %1 to %2: %3")
        return said.replace("%1", f"{step.low:.3g}").replace("%2", f"{step.high:.3g}").replace("%3", count)

    def _describe(self) -> None:
        self.setAccessibleDescription(self.words(self.penalty))

    # -- drawing -----------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        c = theme().colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(QColor(c.accent if self.hasFocus() else c.border), 1))
        painter.setBrush(QColor(c.stage))
        painter.drawRoundedRect(frame, 3, 3)
        if self.steps:
            self._paint_steps(painter)
        x = self.x_of(self.penalty)
        colour = QColor(c.b if self.isEnabled() else c.muted)
        painter.setPen(QPen(colour, 1.5))
        painter.drawLine(QPointF(x, 2), QPointF(x, self.height() - 2))
        if self.steps:
            painter.setBrush(colour)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawEllipse(QPointF(x, self.y_of(self.steps[self.step_at(self.penalty)].pieces)), 3.5, 3.5)
        painter.end()

    def _paint_steps(self, painter: QPainter) -> None:
        c = theme().colours
        line = QColor(c.a if self.isEnabled() else c.muted)
        faint = QColor(line)
        faint.setAlpha(60)
        path = QPainterPath()
        for k, step in enumerate(self.steps):
            left, right, y = self.x_of(step.low), self.x_of(step.high), self.y_of(step.pieces)
            if k:
                before = self.steps[k - 1]
                open_from = self.x_of(before.high)
                if left - open_from > 0.75:
                    field = QRectF(QPointF(open_from, self.y_of(before.pieces)), QPointF(left, y))
                    painter.fillRect(field, faint)
                    path.moveTo(left, y)
                else:
                    path.lineTo(left, y)
            else:
                path.moveTo(left, y)
            path.lineTo(right, y)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(line, 1.5))
        painter.drawPath(path)
        font = figures(self.font())
        if font.pointSizeF() > 0:
            font.setPointSizeF(font.pointSizeF() * 0.85)
        painter.setFont(font)
        painter.setPen(QColor(c.muted))
        corner = QRectF(self.rect()).adjusted(_SIDE, 3, -_SIDE, -3)
        most = self.tr("%1 to %2 pieces").replace("%1", f"{self.steps[-1].pieces:,}")
        most = most.replace("%2", f"{self.steps[0].pieces:,}")
        painter.drawText(corner, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop), most)

    # -- hand and keys -----------------------------------------------------------------------------

    def _point(self, penalty: float) -> None:
        self.set_penalty(penalty)
        self.pointed.emit(penalty)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.held = True
            self._point(self.penalty_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._point(self.penalty_at(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.held = False
            self.settled.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, k, last = event.key(), self.step_at(self.penalty), len(self.steps) - 1
        wanted = {
            Qt.Key.Key_Left: k - 1, Qt.Key.Key_Down: k + 1, Qt.Key.Key_Right: k + 1, Qt.Key.Key_Up: k - 1,
            Qt.Key.Key_Home: 0, Qt.Key.Key_End: last,
        }.get(Qt.Key(key))  # fmt: skip
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.settled.emit()
        elif wanted is None or not self.steps:
            super().keyPressEvent(event)
        else:
            step = self.steps[min(max(wanted, 0), last)]
            middle = math.sqrt(max(step.low, self._low) * step.high)
            short = float(f"{middle:.3g}")
            self._point(short if step.low < short < step.high else middle)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.settled.emit()
        self.update()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.wanted.emit()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), tip(self.words(self.penalty_at(event.pos().x()))), self)
            return True
        return super().event(event)
