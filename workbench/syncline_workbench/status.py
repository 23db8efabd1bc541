"""What the status bar says at its right: the place under the mouse, the picture in hand, memory."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QStatusBar

from .catalogue import memory
from .views.clock import format_time
from .views.plain import label

__all__ = ["StatusWords"]


class StatusWords(QObject):
    """Three labels of a status bar."""

    def __init__(self, bar: QStatusBar) -> None:
        super().__init__(bar)
        self._scene, self._cursor, self._memory = (label("", "muted") for _ in range(3))
        for words in (self._scene, self._cursor, self._memory):
            bar.addPermanentWidget(words)
        self._timer = QTimer(self)
        self._timer.setInterval(2000)
        self._timer.timeout.connect(self._measure)

    def start(self) -> None:
        """Begin to measure memory."""
        self._timer.start()

    def stop(self) -> None:
        """Measure no more."""
        self._timer.stop()

    def tell_scene(self, words: str) -> None:
        """Say what the picture in hand holds; empty where there is none."""
        if words != self._scene.text():
            self._scene.setText(words)

    def tell_times(self, a: float, b: float) -> None:
        """Say where the playhead stands."""
        words = self.tr("A %1   B %2").replace("%1", format_time(a)).replace("%2", format_time(b))
        self._cursor.setText(words)

    def tell_cell(self, a: float, b: float, cost: float | None) -> None:
        """Say what the mouse is on in the cost matrix."""
        words = self.tr("cursor A %1   B %2").replace("%1", format_time(a)).replace("%2", format_time(b))
        self._cursor.setText(words if cost is None else words + self.tr("   cost %1").replace("%1", f"{cost:.3g}"))

    def tell_moment(self, time: float | None, words: str) -> None:
        """Say what the mouse is on in a row over time."""
        if time is None:
            self._cursor.clear()
        else:
            cursor = self.tr("cursor %1").replace("%1", format_time(time))
            self._cursor.setText(f"{cursor} · {words}" if words else cursor)

    def forget_times(self) -> None:
        """Nothing plays here."""
        self._cursor.clear()

    def _measure(self) -> None:
        used = memory()
        if used is not None:
            self._memory.setText(self.tr("Memory %1 MB").replace("%1", str(round(used / 1e6))))
