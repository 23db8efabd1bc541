"""What an alignment that goes in rounds makes smaller: its objective, live."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any, NamedTuple

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from ..theme import theme
from .plain import figures, tip

__all__ = ["ObjectiveCurve", "Told"]

_TALL, _SIDE, _WORDS = 84, 8, 20
"""Height; room to either side; of the line of words above the curve."""


class Told(NamedTuple):
    """A round as it is drawn."""

    stage: int
    number: int
    value: float


def told(state: Any) -> Told:
    """What of a state of `ctw`, `gctw` or `tcc` is drawn.

    Canonical time warping compares its rounds by the objective a cell, as their paths differ in length.
    """
    if hasattr(state, "epoch"):
        return Told(0, int(state.epoch), float(state.loss))
    value = getattr(state, "per_cell", state.objective)
    return Told(int(state.stage), int(state.number), float(value))


class ObjectiveCurve(QWidget):
    """A dot a round. Each shrinkage asks for something else, so the line is broken there and each piece of it has the
    whole height. It is not there until a round is told, and stays until the next alignment begins.
    """

    began = Signal()
    """The first round was told."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rounds: list[Told] = []
        self._named = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Objective by round"))
        self.setToolTip(tip(self.tr("What each round makes smaller; every shrinkage on a scale of its own")))
        theme().changed.connect(self.update)
        self.hide()

    def clear(self) -> None:
        """Another alignment begins."""
        self.rounds = []
        self.hide()

    def take(self, state: Any) -> None:
        """Draw one more round: the plain state that a solver told of it."""
        self._named = self.tr("Epoch") if hasattr(state, "epoch") else self.tr("Round")
        self.rounds.append(told(state))
        self.setAccessibleDescription(self.words())
        self.show()
        self.update()
        if len(self.rounds) == 1:
            self.began.emit()

    def words(self) -> str:
        """The newest round, in words."""
        last = self.rounds[-1]
        return self.tr("{round} {n}: {value}").format(round=self._named, n=last.number, value=f"{last.value:.4g}")

    def sizeHint(self) -> QSize:
        return QSize(200, _TALL)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, _TALL)

    def lines(self) -> Iterator[list[QPointF]]:
        """Where the dots are, shrinkage by shrinkage."""
        k, wide = 0, self.width() - 2 * _SIDE
        top, tall = _WORDS + 6, self.height() - _WORDS - 14
        most = max(len(self.rounds) - 1, 1)
        for _, some in groupby(self.rounds, key=lambda r: r.stage):
            values = [r.value for r in some]
            low, high = min(values), max(values)
            span = high - low or 1.0
            # What does not change lies on the ground.
            yield [
                QPointF(_SIDE + wide * (k + i) / most, top + tall * ((high - v) / span if high > low else 1.0))
                for i, v in enumerate(values)
            ]
            k += len(values)

    def paintEvent(self, _event: QPaintEvent) -> None:
        c = theme().colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(c.border), 1))
        painter.setBrush(QColor(c.stage))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        if self.rounds:
            painter.setPen(QColor(c.muted))
            painter.setFont(figures(self.font()))
            line = QRectF(_SIDE, 3, self.width() - 2 * _SIDE, _WORDS)
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.words())
            few = len(self.rounds) <= self.width() / 6
            for points in self.lines():
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(QColor(c.accent), 1.5))
                painter.drawPolyline(QPolygonF(points))
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(c.accent))
                for point in points if few or len(points) == 1 else points[-1:]:
                    painter.drawEllipse(point, 2.5, 2.5)
        painter.end()
