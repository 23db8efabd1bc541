"""One video in a viewer: asks for frames, holds the newest one, draws it letterboxed."""

from __future__ import annotations

from PySide6.QtCore import QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter

from syncline.media import FrameBudget
from syncline.model import Media

from ..frames import FrameSource

__all__ = ["FrameSide"]


def fit(width: int, height: int, rect: QRectF, ratio: float) -> QRectF:
    """The largest rectangle of that shape centred in `rect`, on whole device pixels."""
    scale = min(rect.width() / width, rect.height() / height)
    w, h = max(round(width * scale * ratio), 1), max(round(height * scale * ratio), 1)
    x = round((rect.x() + rect.width() / 2) * ratio - w / 2)
    y = round((rect.y() + rect.height() / 2) * ratio - h / 2)
    return QRectF(x / ratio, y / ratio, w / ratio, h / ratio)


class FrameSide(QObject):
    """The picture of A or of B.

    Attributes
    ----------
    image
        The newest decoded frame, None before the first one.
    index
        Its frame number.
    message
        A sentence to show in place of a picture, empty if there is (or will be) one.
    missing
        True if the file is not where it was.
    """

    updated = Signal()

    def __init__(self, media: Media, frames: FrameBudget, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.media = media
        self.image: QImage | None = None
        self.index: int | None = None
        self.message = ""
        self.missing = False
        self._asked: tuple[int, tuple[int, int]] | None = None
        self._source = FrameSource(media, frames, self)
        self._source.ready.connect(self._take)
        self._source.failed.connect(self._fail)

    def show_frame(self, index: int, size: QSize) -> None:
        """Want frame `index` in a box of `size` device pixels."""
        wanted = (index, (max(size.width(), 1), max(size.height(), 1)))
        if wanted != self._asked and not self.missing:
            self._asked = wanted
            self._source.request(*wanted)

    def _take(self, index: int, image: QImage) -> None:
        self.image, self.index, self.message = image, index, ""
        self.updated.emit()

    def _fail(self, sentence: str) -> None:
        self.missing = not sentence
        self.message = sentence
        self.image = None if self.missing else self.image
        self.updated.emit()

    def target(self, rect: QRectF, ratio: float) -> QRectF:
        """Where in `rect` the picture lies."""
        stream = self.media.video
        if stream is None:
            return rect
        return fit(stream.width, stream.height, rect, ratio)

    def paint(self, painter: QPainter, target: QRectF, ratio: float) -> None:
        """Draw the newest frame into `target`."""
        if self.image is None:
            return
        exact = self.image.size() == QSize(round(target.width() * ratio), round(target.height() * ratio))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not exact)
        painter.drawImage(target, self.image, QRectF(self.image.rect()), Qt.ImageConversionFlag.NoFormatConversion)

    def close(self) -> None:
        """Stop decoding."""
        self._source.close()
