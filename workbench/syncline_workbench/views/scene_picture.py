"""The picture under the boxes: read off the GUI thread, kept in halves of halves, drawn sharp at any zoom."""

from __future__ import annotations

import threading
from math import floor

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QImage, QPainter

from syncline.errors import Cancelled, SynclineError
from syncline.model import Picture
from syncline.progress import Monitor

from ..frames import as_image

__all__ = ["Levels", "PictureReader", "levels_of"]

SMALLEST = 512
"""Pixels of the longer side below which no further half is made."""
PIXELS_FROM = 6.0
"""Device pixels a picture's pixel: from here on it is shown as a square."""


class Levels:
    """A picture and its halves, the largest first."""

    def __init__(self, images: list[QImage]) -> None:
        self.images = images

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.images[0].width(), self.images[0].height()

    def paint(self, painter: QPainter, place: QRectF, clip: QRectF, ratio: float) -> None:
        """Draw the part that shows.

        Parameters
        ----------
        place
            Where the whole picture lies, in the painter's pixels.
        clip
            What of it shows.
        ratio
            Device pixels a pixel.
        """
        shown = place.intersected(clip)
        if shown.isEmpty():
            return
        width, _ = self.size
        scale = place.width() * ratio / width
        # The smallest level that still has a pixel for each one on the screen; scaling down by less than two is smooth.
        level = min(max(floor(-np.log2(max(scale, 1e-9))), 0), len(self.images) - 1)
        image = self.images[level]
        across, down = image.width() / place.width(), image.height() / place.height()
        part = QRectF(
            QPointF((shown.x() - place.x()) * across, (shown.y() - place.y()) * down),
            QSizeF(shown.width() * across, shown.height() * down),
        )
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale < PIXELS_FROM)
        painter.drawImage(shown, image, part)


def levels_of(pixels: NDArray[np.uint8]) -> Levels:
    """Halve a picture, uint8 (height, width, 3) BGR, until it is small."""
    import cv2

    picture = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2BGRA), np.uint8)
    images = [as_image(picture)]
    while max(picture.shape[:2]) > SMALLEST:
        height, width = picture.shape[:2]
        size = (max((width + 1) // 2, 1), max((height + 1) // 2, 1))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
        images.append(as_image(picture))
    return Levels(images)


class PictureReader(QObject):
    """Reads one picture at a time on a thread of its own; the newest request wins."""

    ready = Signal(object, object)
    """The `Picture` and its `Levels`; on the GUI thread."""
    failed = Signal(object, str)
    """The `Picture` and a sentence: why it can't be shown."""
    _arrived = Signal(object, object, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wanted: Picture | None = None
        self._monitor = Monitor()
        self._closed = False
        self._turn = threading.Condition()
        self._thread: threading.Thread | None = None
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def request(self, picture: Picture) -> None:
        """Ask for a picture; one that is being read is given up."""
        with self._turn:
            self._monitor.cancel()
            self._wanted = picture
            self._turn.notify()
        if self._thread is None and not self._closed:
            self._thread = threading.Thread(target=self._run, name="picture", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Stop reading and end the thread."""
        with self._turn:
            self._closed = True
            self._monitor.cancel()
            self._turn.notify()
        if self._thread is not None:
            self._thread.join(5.0)

    def _deliver(self, picture: Picture, levels: object, sentence: str) -> None:
        if self._closed:
            return
        if levels is None:
            self.failed.emit(picture, sentence)
        else:
            self.ready.emit(picture, levels)

    def _run(self) -> None:
        while True:
            with self._turn:
                self._turn.wait_for(lambda: self._closed or self._wanted is not None)
                if self._closed or self._wanted is None:
                    return
                picture, self._wanted = self._wanted, None
                self._monitor = Monitor()
            try:
                from syncline.media.pictures import read_pixels

                levels = levels_of(read_pixels(picture, self._monitor))
            except Cancelled:
                continue
            except (SynclineError, MemoryError) as error:
                self._arrived.emit(picture, None, str(error) or "There is not enough memory for this picture.")
            else:
                self._arrived.emit(picture, levels, "")
