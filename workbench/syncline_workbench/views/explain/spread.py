"""How a sheet, the words about it and the bar of steps share the room there is."""

from __future__ import annotations

from PySide6.QtCore import QSize, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from .parts import WordsColumn

__all__ = ["Spread"]

NARROW = 760
"""Pixels across below which the bar stands under both the sheet and the words, and the words take less."""
WORDS = (280, 180)
"""Least pixels across of the words, where there is room and where there is little."""
BAR = 420
WIDEST = (1 << 24) - 1
"""What Qt takes for no limit."""


class Spread(QWidget):
    """The bar right under a small sheet, the words right beside it; where it is narrow the bar has its own line.

    A flat sheet, wide and low, has both under it.
    """

    def __init__(self, sheet: QWidget, bar: QWidget, words: WordsColumn) -> None:
        super().__init__()
        self._sheet, self._bar, self._words = sheet, bar, words
        self._need = QSize(0, 0)
        self._narrow = self._flat = False
        self._left = QWidget()
        self._under = QVBoxLayout(self._left)
        self._under.setContentsMargins(0, 0, 0, 0)
        self._under.setSpacing(12)
        self._under.addWidget(sheet, 100)
        self._under.addWidget(bar)
        self._under.addStretch(1)
        self._beside = QHBoxLayout()
        # The sheet gets what it needs before the words get more than they need.
        self._beside.addWidget(self._left, 1000)
        self._beside.addWidget(words, 1)
        self._foot = QHBoxLayout()
        self._foot.setSpacing(28)
        self._side = QVBoxLayout()
        self._side.setSpacing(10)
        self._side.addStretch(1)
        self._foot.addLayout(self._side)
        self._below = QVBoxLayout(self)
        self._below.setContentsMargins(0, 0, 0, 0)
        self._below.setSpacing(10)
        self._below.addLayout(self._beside, 1)
        self._strip = QHBoxLayout()
        self._below.addLayout(self._strip)
        self._below.addLayout(self._foot)
        self._soon = QTimer(self, interval=0, singleShot=True)
        self._soon.timeout.connect(self._arrange)
        self._arrange()

    def set_flat(self, on: bool) -> None:
        """Lay out for a sheet as wide as there is room, with bar and words under it."""
        if on != self._flat:
            self._flat = on
            self._arrange()

    @property
    def room(self) -> QSize:
        """What a flat sheet can have at once."""
        foot = self._foot_height() + (self._bar.sizeHint().height() + 10 if self._narrow else 0)
        # With a bar to scroll by, should it be needed.
        return QSize(self.width() - 18, max(self.height() - foot - 14, 40))

    def _foot_height(self) -> int:
        # The same on every page, so that the bar stays where the hand is.
        share = 0.26 if self._narrow else 0.32
        return max(min(round(self.height() * share), 132), self._bar.sizeHint().height())

    def fit(self, need: QSize) -> None:
        """Give the sheet no more than it needs."""
        self._need = need
        self._sheet.setMaximumHeight(need.height() + 14)
        if self._flat:
            self._left.setMaximumWidth(WIDEST)
            self._words.setFixedHeight(self._foot_height())
            return
        self._left.setMaximumWidth(need.width() + 24 if self._narrow else max(need.width() + 24, BAR))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < NARROW
        if narrow != self._narrow:
            self._narrow = narrow
            # Not from within: what gets another parent while this one is being shown stays unpainted.
            self._soon.start()

    def _arrange(self) -> None:
        self._words.setMinimumWidth(WORDS[self._narrow])
        self._words.setMinimumHeight(0)
        self._words.setMaximumHeight(WIDEST)
        self._beside.setSpacing(16 if self._narrow else 36)
        for lines in (self._beside, self._below, self._foot, self._side, self._strip, self._under):
            lines.removeWidget(self._bar)
            lines.removeWidget(self._words)
            lines.removeWidget(self._words.controls)
        if self._flat:
            if self._narrow:
                self._strip.addWidget(self._bar)
                self._strip.addWidget(self._words.controls, 1)
            else:
                self._side.insertWidget(0, self._bar)
                self._side.insertWidget(1, self._words.controls)
            self._words.controls.show()
            self._foot.addWidget(self._words, 1)
        else:
            self._words.take_controls()
            self._beside.addWidget(self._words, 1)
            if self._narrow:
                self._below.addWidget(self._bar)
            else:
                self._under.insertWidget(1, self._bar)
        # In another parent a widget is hidden until it is shown.
        self._bar.show()
        self._words.show()
        self.fit(self._need)
