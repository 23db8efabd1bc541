"""How a sheet, the words about it and the bar of steps share the room there is."""

from __future__ import annotations

from PySide6.QtCore import QSize, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

__all__ = ["Spread"]

NARROW = 760
"""Pixels across below which the bar stands under both the sheet and the words, and the words take less."""
WORDS = (280, 180)
"""Least pixels across of the words, where there is room and where there is little."""
BAR = 420


class Spread(QWidget):
    """The bar right under a small sheet, the words right beside it; where it is narrow the bar has its own line."""

    def __init__(self, sheet: QWidget, bar: QWidget, words: QWidget) -> None:
        super().__init__()
        self._sheet, self._bar, self._words = sheet, bar, words
        self._need = QSize(0, 0)
        self._narrow = False
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
        self._below = QVBoxLayout(self)
        self._below.setContentsMargins(0, 0, 0, 0)
        self._below.setSpacing(10)
        self._below.addLayout(self._beside, 1)
        self._soon = QTimer(self, interval=0, singleShot=True)
        self._soon.timeout.connect(self._arrange)
        self._arrange()

    def fit(self, need: QSize) -> None:
        """Give the sheet no more than it needs."""
        self._need = need
        self._sheet.setMaximumHeight(need.height() + 14)
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
        self._beside.setSpacing(16 if self._narrow else 36)
        if self._narrow:
            self._below.addWidget(self._bar)
        else:
            self._under.insertWidget(1, self._bar)
        # In another parent a widget is hidden until it is shown.
        self._bar.show()
        self.fit(self._need)
