"""The loss of a training as it goes: on what is trained on, and on what is held out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ..theme import theme

__all__ = ["LossCurve"]

_FEW = 20


class _Epochs(pg.AxisItem):
    """There is no half epoch."""

    def tickSpacing(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, float]]:
        return [(s, o) for s, o in super().tickSpacing(minVal, maxVal, size) if s >= 1] or [(1.0, 0.0)]


class LossCurve(QWidget):
    """Two curves over epochs, each on a scale of its own: the two losses may be different ones, and are over
    different numbers of counterexamples.

    Parameters
    ----------
    second
        What the second curve is called; empty: held-out loss.

    Attributes
    ----------
    drawn
        The epochs that are shown.
    """

    def __init__(self, parent: QWidget | None = None, second: str = "") -> None:
        super().__init__(parent)
        self._named = second or self.tr("Held-out loss")
        self._made: _Plot | None = None
        self._best: int | None = None
        self.drawn: NDArray[np.float64] = np.zeros((0, 3))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        # It takes as long to make as all else in a dialog: that is shown first, and the window hears in between.
        soon = QTimer(self)
        soon.setSingleShot(True)
        soon.timeout.connect(lambda: self._plot)
        soon.start(0)

    def sizeHint(self) -> QSize:
        return QSize(480, 260)

    @property
    def _plot(self) -> _Plot:
        if self._made is None:
            self._made = _Plot(self._named, self)
            column = self.layout()
            assert column is not None
            column.addWidget(self._made)
            self._made.show_epochs(self.drawn, self._best)
        return self._made

    @property
    def training(self) -> Any:
        """The curve of what is trained on, a `pyqtgraph.PlotDataItem`."""
        return self._plot.training

    @property
    def held_out(self) -> Any:
        """The curve of what is held out."""
        return self._plot.held_out

    def show_epochs(self, epochs: NDArray[np.float64], best: int | None = None) -> None:
        """Draw epochs: float64 (n, 3) of epoch, loss, held-out loss (NaN without); `best` is marked.

        Where the number of the epoch falls, training set out anew: the line is broken there.
        """
        self.drawn, self._best = epochs, best
        if self._made is not None:
            self._made.show_epochs(epochs, best)


class _Plot(QWidget):
    """The two curves, and the axes around them."""

    def __init__(self, named: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._named = named
        self._plot = pg.PlotWidget(self, enableMenu=False, axisItems={"bottom": _Epochs("bottom")})
        self._plot.setAccessibleName(self.tr("Loss over epochs"))
        item: Any = self._plot.getPlotItem()
        item.hideButtons()
        item.setContentsMargins(4, 8, 4, 2)
        item.showAxis("right")
        self.training = pg.PlotDataItem(antialias=True)
        item.addItem(self.training)
        self._second = pg.ViewBox(enableMenu=False)
        item.scene().addItem(self._second)
        item.getAxis("right").linkToView(self._second)
        self._second.setXLink(item)
        self.held_out = pg.PlotDataItem(antialias=True)
        self._second.addItem(self.held_out)
        self._best = pg.InfiniteLine(angle=90, movable=False)
        self._best.hide()
        item.addItem(self._best, ignoreBounds=True)
        for box in (item.vb, self._second):
            box.setMouseEnabled(x=False, y=False)
            box.setDefaultPadding(0.06)
        item.vb.sigResized.connect(self._fit)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._plot)
        self._item = item
        theme().changed.connect(self._dress)
        self._dress()

    def show_epochs(self, epochs: NDArray[np.float64], best: int | None = None) -> None:
        """See `LossCurve`."""
        again = np.flatnonzero(np.diff(epochs[:, 0], prepend=-1.0) < 0)
        broken = np.insert(epochs, again, np.nan, axis=0)
        x, y, held = broken.T
        # A few epochs are points rather than a line.
        dot = "o" if len(epochs) <= _FEW else None
        self.training.setData(x, y, connect="finite", symbol=dot)
        known = bool(np.isfinite(held).any())
        self.held_out.setData(*((x, held) if known else ([], [])), connect="finite", symbol=dot)
        self._item.getAxis("right").setStyle(showValues=known)
        self._item.getAxis("right").setLabel(self._named if known else "")
        last = float(np.nanmax(x)) if len(epochs) else 1.0
        self._item.setXRange(0, max(last, 1.0), padding=0.02)
        self._best.setVisible(best is not None)
        if best is not None:
            self._best.setValue(best)

    def _fit(self) -> None:
        self._second.setGeometry(self._item.vb.sceneBoundingRect())
        self._second.linkedViewChanged(self._item.vb, self._second.XAxis)

    def _dress(self) -> None:
        c = theme().colours
        self._plot.setBackground(QColor(c.stage))
        for curve, colour in ((self.training, c.a), (self.held_out, c.b)):
            curve.setPen(pg.mkPen(QColor(colour), width=2))
            curve.setSymbolPen(None)
            curve.setSymbolBrush(QColor(colour))
            curve.setSymbolSize(7)
        self._best.setPen(pg.mkPen(QColor(c.muted), width=1, style=Qt.PenStyle.DashLine))
        labels = {"bottom": (self.tr("Epoch"), c.muted), "left": (self.tr("Training loss"), c.a), "right": ("", c.b)}
        for name, (words, colour) in labels.items():
            axis = self._item.getAxis(name)
            axis.setPen(pg.mkPen(QColor(c.border)))
            axis.setTextPen(pg.mkPen(QColor(colour)))
            axis.setTickFont(self.font())
            axis.setStyle(tickLength=-4)
            axis.enableAutoSIPrefix(False)
            axis.setLabel(words or axis.labelText, color=colour)
