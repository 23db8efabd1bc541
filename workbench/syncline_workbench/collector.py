"""Python's garbage collector, held to the GUI thread."""

from __future__ import annotations

import gc
import time

from PySide6.QtCore import QObject, QTimer

__all__ = ["Collector"]

INTERVAL_MS = 200
_GRACE = 20.0
"""Seconds after the start that `settle` is waited for."""


class Collector(QObject):
    """Collects garbage from a timer instead of whenever and on whatever thread Python allocates something.

    A cycle that holds a QObject without a parent would else be destroyed on the worker that happens to allocate the
    700th object, while Qt may be painting it.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._wait_until = time.monotonic() + _GRACE
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def settle(self) -> None:
        """Leave what is loaded by now out of later collections: libraries stay, and to look at them takes 40 ms."""
        self._wait_until = 0.0
        gc.freeze()

    def stop(self) -> None:
        """Let Python collect by itself again."""
        self._timer.stop()
        gc.enable()

    def _look(self) -> None:
        # Nothing of what is being loaded can go, and to look at what came in a fifth of a second takes 70 ms.
        if time.monotonic() < self._wait_until:
            return
        for generation, (count, most) in reversed([*enumerate(zip(gc.get_count(), gc.get_threshold(), strict=True))]):
            if count > most > 0:
                gc.collect(generation)
                return
