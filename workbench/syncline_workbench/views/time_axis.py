"""One time axis for all rows of the Segment workspace: what stretch is seen, and where a second lies in pixels."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

__all__ = ["GUTTER", "MARGIN", "TimeAxis"]

GUTTER, MARGIN = 62, 12
"""Pixels to the left of every row's drawing area, for its name, and to the right of it."""
LEAST = 0.01
"""Seconds that are seen at the deepest zoom."""


class TimeAxis(QObject):
    """The visible stretch of a recording.

    Rows share one axis and the width of their drawing area, so that a second lies at the same x in all of them.
    """

    changed = Signal()
    """Another stretch is seen, or the width is another."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.first, self.last = 0.0, 1.0
        """Seconds at which the recording begins and ends."""
        self.start, self.end = 0.0, 1.0
        """Seconds at the left and the right edge."""
        self.width = 1
        """Pixels of the drawing area."""

    def set_range(self, first: float, last: float) -> None:
        """Another recording: all of it is seen."""
        self.first, self.last = first, max(last, first + LEAST)
        self._show(self.first, self.last)

    def set_width(self, width: int) -> None:
        """The drawing area is so many pixels wide."""
        if width != self.width:
            self.width = max(width, 1)
            self.changed.emit()

    @property
    def per_pixel(self) -> float:
        """Seconds a pixel."""
        return (self.end - self.start) / self.width

    def to_x(self, time: float) -> float:
        """Pixels from the left edge."""
        return (time - self.start) / self.per_pixel

    def to_time(self, x: float) -> float:
        """Seconds at a pixel."""
        return self.start + x * self.per_pixel

    def show(self, start: float, end: float) -> None:
        """See a stretch; it is moved into the recording, and no deeper than `LEAST`."""
        length = min(max(end - start, LEAST), self.last - self.first)
        middle = (start + end) / 2
        start = min(max(middle - length / 2, self.first), self.last - length)
        self._show(start, start + length)

    def zoom(self, factor: float, at: float) -> None:
        """See `factor` times as much; the second `at` stays where it is."""
        length = min(max((self.end - self.start) * factor, LEAST), self.last - self.first)
        share = (at - self.start) / (self.end - self.start)
        start = min(max(at - share * length, self.first), self.last - length)
        self._show(start, start + length)

    def pan(self, seconds: float) -> None:
        """Move on by some seconds, as far as the recording goes."""
        length = self.end - self.start
        start = min(max(self.start + seconds, self.first), self.last - length)
        self._show(start, start + length)

    def reveal(self, time: float, margin: float = 0.1) -> None:
        """Move as little as it takes for a second to be seen, `margin` of the stretch away from the edge."""
        length = self.end - self.start
        if time < self.start + margin * length:
            self.pan(time - margin * length - self.start)
        elif time > self.end - margin * length:
            self.pan(time + margin * length - self.end)

    def fit(self) -> None:
        """See the whole recording."""
        self._show(self.first, self.last)

    def _show(self, start: float, end: float) -> None:
        if (start, end) != (self.start, self.end):
            self.start, self.end = start, end
            self.changed.emit()
