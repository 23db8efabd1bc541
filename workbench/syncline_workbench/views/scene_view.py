"""Where the picture lies on the board: fitted, zoomed, panned; pixels of the picture and of the widget."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF

from syncline.model import Box

__all__ = ["PictureView"]

DEEPEST = 40.0
"""Widget pixels a picture's pixel."""


class PictureView:
    """Maps pixels of the picture to pixels of the widget.

    Attributes
    ----------
    size
        Width and height of the picture.
    frame
        Where the whole picture lies when fitted; zoom counts from there.
    window
        The part of the widget through which it is seen.
    """

    def __init__(self) -> None:
        self.size: tuple[int, int] = (1, 1)
        self.frame = QRectF(0, 0, 1, 1)
        self.window = QRectF(0, 0, 1, 1)
        self.factor = 1.0
        self._middle = (0.5, 0.5)

    def fit(self) -> None:
        """Show all of it."""
        self.factor, self._middle = 1.0, (0.5, 0.5)

    @property
    def fitted(self) -> bool:
        """True if all of it shows as `fit` leaves it."""
        return self.factor == 1.0 and self._middle == (0.5, 0.5)

    @property
    def place(self) -> QRectF:
        """Where the whole picture lies, in pixels of the widget."""
        width, height = self.frame.width() * self.factor, self.frame.height() * self.factor
        centre = self.frame.center()
        return QRectF(centre.x() - self._middle[0] * width, centre.y() - self._middle[1] * height, width, height)

    @property
    def scale(self) -> float:
        """Widget pixels a picture's pixel."""
        return self.frame.width() * self.factor / self.size[0]

    @property
    def clip(self) -> QRectF:
        """What of the picture's place shows."""
        return self.place.intersected(self.window)

    def to_widget(self, x: float, y: float) -> QPointF:
        """The widget's pixel of a place in the picture."""
        place = self.place
        return QPointF(place.x() + x * place.width() / self.size[0], place.y() + y * place.height() / self.size[1])

    def to_picture(self, at: QPointF) -> tuple[float, float]:
        """The place in the picture under a pixel of the widget; it may lie outside."""
        place = self.place
        return (
            (at.x() - place.x()) * self.size[0] / place.width(),
            (at.y() - place.y()) * self.size[1] / place.height(),
        )

    def rect(self, box: Box) -> QRectF:
        """A box in pixels of the widget."""
        return QRectF(self.to_widget(box.x0, box.y0), self.to_widget(box.x1, box.y1))

    def zoom(self, by: float, at: QPointF) -> None:
        """Magnify, the pixel `at` held fast; not smaller than fitted."""
        deepest = max(DEEPEST * self.size[0] / max(self.frame.width(), 1e-9), 1.0)
        factor = min(max(self.factor * by, 1.0), deepest)
        x, y = self._share(at)
        self.factor = factor
        self._hold(x, y, at)

    def pan(self, dx: float, dy: float) -> None:
        """Move the picture by so many pixels of the widget."""
        at = self.frame.center()
        x, y = self._share(at)
        self._hold(x, y, at + QPointF(dx, dy))

    def reveal(self, rect: QRectF) -> bool:
        """Move so that `rect` (pixels of the widget) shows as far as it fits; True if that moved anything."""
        if self.factor == 1.0:
            return False
        window = self.window
        dx = _into(rect.left(), rect.right(), window.left() + 8, window.right() - 8)
        dy = _into(rect.top(), rect.bottom(), window.top() + 8, window.bottom() - 8)
        if dx or dy:
            self.pan(dx, dy)
        return bool(dx or dy)

    def _share(self, at: QPointF) -> tuple[float, float]:
        place = self.place
        return (at.x() - place.x()) / place.width(), (at.y() - place.y()) / place.height()

    def _hold(self, x: float, y: float, at: QPointF) -> None:
        """Put the share (x, y) of the picture under `at`, as far as no gap opens beside it."""
        frame, window = self.frame, self.window
        middles: list[float] = []
        for share, spot, low, size, start, end in (
            (x, at.x(), frame.x(), frame.width(), window.left(), window.right()),
            (y, at.y(), frame.y(), frame.height(), window.top(), window.bottom()),
        ):
            whole = size * self.factor
            # The place's first pixel: within the window's edges, or as fitted where it is smaller than the window.
            first = spot - share * whole
            if whole <= end - start:
                first = min(max(low - (whole - size) / 2, start), end - whole)
            else:
                first = min(max(first, end - whole), start)
            middles.append((low + size / 2 - first) / whole)
        self._middle = (0.5, 0.5) if self.factor == 1.0 else (middles[0], middles[1])


def _into(low: float, high: float, start: float, end: float) -> float:
    """How far to move a stretch so that it lies between start and end; its beginning counts if it is too long."""
    if low < start or high - low > end - start:
        return start - low if low < start or low > end else 0.0
    return min(end - high, 0.0)
