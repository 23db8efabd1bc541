"""Perceptually even colour maps, and the small bar that chooses which costs they span."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QKeyEvent,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QMenu, QWidget

from ..theme import theme

__all__ = ["COLOUR_MAPS", "RangeBar", "colour_table", "colours_of"]

# 33 of the 256 colours of each map, evenly spaced; what lies between differs by at most 5 of 255.
_SAMPLES = {
    # viridis and magma: S. van der Walt and N. Smith, 2015, dedicated to the public domain (CC0).
    "viridis": "440154470d6048186a482374472d7b4537814240863e49893b528b375b8d33638d2f6b8e2c728e297a8e26828e23898e21918c"
    "1f978b1f9f8821a68527ad8131b57b3dbc744cc26c5cc8636ece5881d34d95d840aadc32c0df25d5e21aeae51afde725",
    "magma": "0000040303120a0822130d341d114729115a36106b440f7651127c5d177f6a1c81762181832681902a819c2e7faa337db73779"
    "c23b75cf4070db476ae55064ee5b5ef4695cf9785dfb8761fd9668fea571feb47bfec287fed194fde0a1fceeb0fcfdbf",
    # cividis: J. Nuñez, C. Anderton, R. Renslow, 2018 (CC0); the same to people who see no red or no green.
    "cividis": "00204d00265a002c6900306f06366e1f3c6d2d426c38486b414d6b4a536b52596c595f6d61646f686a716f70737676767d7c78"
    "8481798b8779938e789b9477a39a76aca174b4a872bcaf6fc5b56ccebc68d7c463e0cb5ee9d358f2da50fbe248ffea46",
    "grey": "0d0d0df2f2f2",
}
COLOUR_MAPS = tuple(_SAMPLES)


@lru_cache(maxsize=8)
def colours_of(name: str) -> NDArray[np.float64]:
    """float64 (256, 3), 0..255 red, green, blue, from the lowest cost to the highest."""
    text = _SAMPLES[name]
    known = np.array([[int(text[k + c : k + c + 2], 16) for c in (0, 2, 4)] for k in range(0, len(text), 6)], float)
    at = np.linspace(0, 255, len(known))
    out = np.column_stack([np.interp(np.arange(256), at, known[:, c]) for c in range(3)])
    out.setflags(write=False)
    return out


def colour_table(name: str, low: float, high: float) -> list[int]:
    """0xffRRGGBB of the 256 codes, with the map spread from `low` to `high`, both shares (0..1) of the codes' range."""
    share = (np.arange(256) / 255 - low) / max(high - low, 1e-6)
    index = np.rint(np.clip(share, 0, 1) * 255).astype(np.intp)
    rgb = np.rint(colours_of(name)[index]).astype(np.int64)
    return (0xFF000000 | rgb[:, 0] << 16 | rgb[:, 1] << 8 | rgb[:, 2]).tolist()


class RangeBar(QWidget):
    """A colour bar with two handles: costs below the left one get the first colour, above the right one the last.

    Drag a handle, or the middle to move both; double-click goes back to the range the data suggest; the arrow
    keys move the handle touched last, Ctrl+arrow keys move the other one.
    """

    range_changed = Signal(float, float)
    """Shares (0..1) of the range `set_scale` gave."""
    map_chosen = Signal(str)

    MARGIN, TOP, BAR = 7.0, 4.0, 9.0

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = COLOUR_MAPS[0]
        self._scale = (0.0, 1.0)
        self._suggested = (0.0, 1.0)
        self._range = (0.0, 1.0)
        self._grip: str = "high"
        self._from: tuple[float, float, float] | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Colour range"))
        self.setToolTip(self.tr("Drag the handles to choose which costs the colours span; double-click to reset"))
        theme().changed.connect(self.update)

    @property
    def range(self) -> tuple[float, float]:
        """Both handles as shares (0..1)."""
        return self._range

    def sizeHint(self) -> QSize:
        return QSize(110, 32)

    def set_scale(self, low: float, high: float, suggested: tuple[float, float]) -> None:
        """Say which costs the bar's ends stand for, and the shares to start with."""
        self._scale, self._suggested = (low, high), suggested
        self.set_range(*suggested)

    def set_range(self, low: float, high: float) -> None:
        """Move the handles."""
        low = min(max(low, 0.0), 0.98)
        high = min(max(high, low + 0.02), 1.0)
        if (low, high) != self._range:
            self._range = (low, high)
            self.range_changed.emit(low, high)
        self.setAccessibleDescription(self._text(low) + " – " + self._text(high))
        self.update()

    def set_colour_map(self, name: str) -> None:
        """Show another map."""
        self._name = name
        self.update()

    def _text(self, share: float) -> str:
        low, high = self._scale
        return f"{low + share * (high - low):.3g}"

    def _x(self, share: float) -> float:
        return self.MARGIN + share * (self.width() - 2 * self.MARGIN)

    def _share(self, x: float) -> float:
        return (x - self.MARGIN) / max(self.width() - 2 * self.MARGIN, 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        c = theme().colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        low, high = self._range
        bar = QRectF(self._x(0), self.TOP, self._x(1) - self._x(0), self.BAR)
        gradient = QLinearGradient(self._x(low), 0, self._x(high), 0)
        for k in range(0, 256, 15):
            r, g, b = colours_of(self._name)[k]
            gradient.setColorAt(k / 255, QColor(round(r), round(g), round(b)))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(gradient)
        painter.drawRoundedRect(bar, 3, 3)
        for name, share in (("low", low), ("high", high)):
            x = self._x(share)
            active = self.hasFocus() and name == self._grip
            painter.setPen(QPen(QColor(c.accent if active else c.stage), 1.2))
            painter.setBrush(QColor(c.text))
            tip = self.TOP + self.BAR - 3
            painter.drawPolygon(
                QPolygonF(
                    [
                        QPointF(x, tip),
                        QPointF(x + 4.5, tip + 5),
                        QPointF(x + 4.5, tip + 9),
                        QPointF(x - 4.5, tip + 9),
                        QPointF(x - 4.5, tip + 5),
                    ]
                )
            )
        font = painter.font()
        font.setPixelSize(10)
        painter.setFont(font)
        painter.setPen(QColor(c.muted))
        line = QRectF(0, self.height() - 13, self.width(), 13)
        words = (self._text(low), self.tr("cost"), self._text(high))
        sides = (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignRight)
        wide = [painter.fontMetrics().horizontalAdvance(word) for word in words]
        for k, (word, side) in enumerate(zip(words, sides, strict=True)):
            if k != 1 or wide[1] + 2 * max(wide[0], wide[2]) + 8 <= self.width():
                painter.drawText(line, side | Qt.AlignmentFlag.AlignVCenter, word)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        x = event.position().x()
        low, high = self._x(self._range[0]), self._x(self._range[1])
        if min(abs(x - low), abs(x - high)) < 8 or not low < x < high:
            self._grip = "low" if abs(x - low) < abs(x - high) else "high"
            self._from = None
        else:
            self._from = (x, *self._range)
        self.mouseMoveEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not event.buttons() & Qt.MouseButton.LeftButton:
            return
        x = event.position().x()
        if self._from is not None:
            start, low, high = self._from
            by = min(max(self._share(x) - self._share(start), -low), 1 - high)
            self.set_range(low + by, high + by)
        else:
            self._move(self._grip, self._share(x))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.set_range(*self._suggested)

    def _move(self, grip: str, share: float) -> None:
        low, high = self._range
        if grip == "low":
            self.set_range(min(share, high - 0.02), high)
        else:
            self.set_range(low, max(share, low + 0.02))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -0.02, Qt.Key.Key_Right: 0.02}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._grip = "high" if self._grip == "low" else "low"
        self._move(self._grip, self._range[self._grip == "high"] + step)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        for name in COLOUR_MAPS:
            action = menu.addAction(name.capitalize())
            action.setCheckable(True)
            action.setChecked(name == self._name)
            action.triggered.connect(lambda _on, n=name: self.map_chosen.emit(n))
        menu.addSeparator()
        menu.addAction(self.tr("Reset range"), lambda: self.set_range(*self._suggested))
        menu.exec(event.globalPos())
        menu.deleteLater()
