"""Python's garbage collector, held to the GUI thread."""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

__all__ = ["Collector"]

INTERVAL_MS = 200


class Collector(QObject):
    """Collects garbage from a timer instead of whenever and on whatever thread Python allocates something.

    A cycle that holds a QObject without a parent would else be destroyed on the worker that happens to allocate the
    700th object, while Qt may be painting it.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._settled = False
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def settle(self) -> None:
        """Leave what is loaded by now out of later collections: libraries stay, and to look at them takes 40 ms."""
        self._settled = True
        gc.freeze()

    def stop(self) -> None:
        """Let Python collect by itself again."""
        self._timer.stop()
        gc.enable()

    def _look(self) -> None:
        # Until then the oldest generation is the libraries that are just being loaded: nothing in them can go.
        generations = [*enumerate(zip(gc.get_count(), gc.get_threshold(), strict=True))]
        for generation, (count, most) in reversed(generations if self._settled else generations[:-1]):
            if count > most > 0:
                gc.collect(generation)
                return
