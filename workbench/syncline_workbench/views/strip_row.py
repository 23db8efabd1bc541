"""Pictures of a video over the time axis: each stands where its frame is shown."""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from contextlib import AbstractContextManager
from math import ceil

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from syncline.media import VideoReader
from syncline.model import Media
from syncline.progress import Monitor

from ..frames import as_image
from ..jobs import Jobs
from ..theme import theme
from .feed import Feed
from .time_axis import TimeAxis
from .time_row import TimeRow

__all__ = ["StripRow", "slot_frames"]

HIGH = 144
"""Pixels that the pictures are kept at."""
BUDGET = 48 << 20


def slot_frames(least: float) -> int:
    """How many frames share a picture if it takes the room of `least` of them: 1, 2, 3, 4, 6, 8, 12, 16, …"""
    most = 1
    while most < least:
        most = most + 1 if most < 4 else (most * 3 // 2 if most & (most - 1) == 0 else most * 4 // 3)
    return most


class Pictures:
    """Decodes frames into small pictures."""

    def __init__(self, media: Media) -> None:
        assert media.video is not None
        self.media, self.video = media, media.video
        height = HIGH if self.video.height > HIGH else self.video.height
        self.size = (max(round(height * self.video.width / self.video.height), 1), height)
        self.held: OrderedDict[int, QImage] = OrderedDict()
        """By frame number; used on the GUI thread only."""
        keys = np.searchsorted(self.video.pts, self.video.keys).clip(0, self.video.frames - 1)
        self._keys = keys.astype(np.intp)

    def open(self) -> AbstractContextManager[VideoReader]:
        """What `compute` reads from."""
        return VideoReader(self.media, cache_bytes=48 << 20)

    def frame_for(self, wanted: int, near: int) -> int:
        """The frame to show for `wanted`: one where decoding may start, if it is within `near` frames."""
        if not len(self._keys):
            return wanted
        key = int(self._keys[np.abs(self._keys - wanted).argmin()])
        return key if abs(key - wanted) <= near else wanted

    def compute(self, key: int, reader: VideoReader, monitor: Monitor) -> QImage:
        """The picture of frame `key`."""
        import cv2

        monitor.check()
        picture = reader.frame(key)
        return as_image(np.ascontiguousarray(cv2.resize(picture, self.size, interpolation=cv2.INTER_AREA), np.uint8))

    def keep(self, key: int, image: QImage) -> None:
        """Keep a picture, as the last to go."""
        self.held[key] = image
        self.held.move_to_end(key)
        while len(self.held) * 4 * self.size[0] * self.size[1] > BUDGET:
            self.held.popitem(last=False)


class StripRow(TimeRow):
    """A film strip, as dense as pictures have room beside one another."""

    def __init__(self, axis: TimeAxis, jobs: Jobs, media: Media, parent: QWidget | None = None) -> None:
        super().__init__(axis, "", 62, parent)
        self.name = self.tr("video")
        self.setAccessibleName(self.tr("Pictures of the video"))
        self.pictures = Pictures(media)
        self._times = self.pictures.video.times
        # Larger ones would be blurred.
        self.setMaximumHeight(HIGH + 16)
        self.feed = Feed(jobs, self.tr("Pictures of %1").replace("%1", media.name), self.pictures, self)
        self.feed.made.connect(self._take)
        self.feed.failed.connect(self.say)
        axis.changed.connect(self._ask)

    def stop(self) -> None:
        self.feed.close()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._ask()

    def slots(self) -> list[tuple[float, int]]:
        """Where pictures stand that are seen: seconds, and the frames to show there."""
        video, high = self.pictures.video, max(self.height() - 4, 1)
        wide = high * video.width / video.height * self.axis.per_pixel
        each = slot_frames(wide * video.rate)
        first = max(int(np.searchsorted(self._times, self.axis.start, "right")) - 1, 0) // each
        last = ceil(int(np.searchsorted(self._times, self.axis.end)) / each)
        wanted = [k * each for k in range(first, max(last, first + 1))]
        return [(float(self._times[k]), self.pictures.frame_for(k, each // 4)) for k in wanted if k < len(self._times)]

    def _ask(self) -> None:
        middle = (self.axis.start + self.axis.end) / 2
        missing = [(abs(t - middle), k) for t, k in self.slots() if k not in self.pictures.held]
        self.feed.want([k for _, k in sorted(missing)])

    def _take(self, key: int, image: QImage) -> None:
        self.pictures.keep(key, image)
        self.update()

    def paint_picture(self, painter: QPainter, area: QRectF, clip: QRectF) -> None:
        held = self.pictures.held
        known = sorted(held)
        width, height = self.pictures.size
        high = area.height() - 4
        wide = high * width / height
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        slots = self.slots()
        for k, (time, frame) in enumerate(slots):
            x = self.to_x(time)
            room = self.to_x(slots[k + 1][0]) - x if k + 1 < len(slots) else wide
            box = QRectF(x, 2, min(wide, room), high)
            if not box.intersects(clip):
                continue
            shown = frame if frame in held else _nearest(known, frame)
            if shown is None:
                painter.setPen(QPen(QColor(theme().colours.border), 1))
                painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))
                continue
            share = box.width() / wide
            painter.drawImage(box, held[shown], QRectF(0, 0, width * share, height))
            # A mark tells which side of the picture its time is on.
            painter.setPen(QPen(QColor(theme().colours.stage), 1))
            painter.drawLine(QPointF(x, 2), QPointF(x, 2 + high))

    def words_at(self, time: float, y: float) -> str:
        frame = max(int(np.searchsorted(self._times, time, "right")) - 1, 0)
        return self.tr("frame {frame}").format(frame=frame)


def _nearest(known: list[int], frame: int) -> int | None:
    at = bisect_left(known, frame)
    around = known[max(at - 1, 0) : at + 1]
    return min(around, key=lambda other: abs(other - frame), default=None)
