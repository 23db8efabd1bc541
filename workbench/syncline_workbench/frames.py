"""Pictures and outlines of media for the viewers: decoded off the GUI thread, the newest request wins."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QImage

from syncline.errors import SynclineError
from syncline.model import Media, Skeleton
from syncline.progress import Monitor

if TYPE_CHECKING:
    from syncline.media import FrameBudget

__all__ = ["FrameSource", "as_image", "outline", "rows", "skeleton"]

OUTLINE_RATE = 400
"""Columns a second of a sound's outline."""
MAX_COLUMNS = 1 << 20


def as_image(picture: NDArray[np.uint8]) -> QImage:
    """Wrap a BGRA picture (h, w, 4) without copying; the image keeps the array alive."""
    height, width = picture.shape[:2]
    image = QImage(picture.data, width, height, 4 * width, QImage.Format.Format_RGB32)
    image._picture = picture  # type: ignore[attr-defined]  # QImage does not hold its buffer by itself
    return image


def _fit(picture: NDArray[np.uint8], box: tuple[int, int]) -> NDArray[np.uint8]:
    """Scale to the largest size that fits in `box` (width, height), averaging when it gets smaller."""
    import cv2

    height, width = picture.shape[:2]
    scale = min(box[0] / width, box[1] / height)
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    if size == (width, height):
        return picture
    kind = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, size, interpolation=kind), np.uint8)


class FrameSource(QObject):
    """Decodes frames of one video on one thread of its own.

    Requests are not queued: while a frame is decoded only the newest request is kept, so that a slow machine drops
    frames instead of falling behind.
    """

    ready = Signal(int, object)
    """Frame index and its `QImage`, scaled to the box asked for; on the GUI thread."""
    failed = Signal(str)
    """A sentence: why there is no picture."""
    _arrived = Signal(int, object, str)

    def __init__(self, media: Media, frames: FrameBudget, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.media = media
        self._frames = frames
        self._wanted: tuple[int, tuple[int, int]] | None = None
        self._closed = False
        self._turn = threading.Condition()
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._run, name="frames", daemon=True)
        self._thread.start()

    def request(self, index: int, box: tuple[int, int]) -> None:
        """Ask for frame `index` fitted into `box` (width, height in device pixels)."""
        with self._turn:
            self._wanted = (index, box)
            self._turn.notify()

    def close(self) -> None:
        """Stop the thread and close the file."""
        with self._turn:
            self._closed = True
            self._turn.notify()
        self._thread.join(5.0)

    def _deliver(self, index: int, image: object, sentence: str) -> None:
        if self._closed:
            return
        if image is None:
            self.failed.emit(sentence)
        else:
            self.ready.emit(index, image)

    def _run(self) -> None:
        try:
            if not self.media.path.exists():
                self._arrived.emit(-1, None, "")
                return
            from syncline.media import VideoReader

            with VideoReader(self.media, cache_bytes=self._frames) as reader:
                self._serve(reader)
        except SynclineError as error:
            self._arrived.emit(-1, None, str(error))

    def _serve(self, reader: Any) -> None:
        while True:
            with self._turn:
                self._turn.wait_for(lambda: self._closed or self._wanted is not None)
                if self._closed or self._wanted is None:
                    return
                index, box = self._wanted
                self._wanted = None
            try:
                picture = _fit(reader.frame(index), box)
            except SynclineError as error:
                self._arrived.emit(index, None, str(error))
            else:
                self._arrived.emit(index, as_image(picture), "")


def outline(media: Media, monitor: Monitor) -> NDArray[np.float32]:
    """Lowest and highest sample in equal columns over the whole sound: float32 (columns, 2)."""
    from syncline.media import peaks

    return peaks(media, int(min(max(media.duration * OUTLINE_RATE, 64), MAX_COLUMNS)), monitor)


def skeleton(media: Media, monitor: Monitor) -> Skeleton:
    """A person's joints in every picture."""
    from syncline.extraction import keypoints

    return keypoints(media, monitor)


def rows(media: Media, monitor: Monitor) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Times (T,) and at most eight channels (T, D) of a feature sequence, each scaled to 0..1."""
    from syncline.media import load_sequence

    monitor.check()
    sequence = load_sequence(media)
    values = sequence.values
    if values.shape[1] > 8:
        # The channels that move most say most.
        values = values[:, np.sort(np.argsort(values.std(axis=0))[-8:])]
    low, high = values.min(axis=0), values.max(axis=0)
    return sequence.times, (values - low) / np.where(high > low, high - low, 1)
