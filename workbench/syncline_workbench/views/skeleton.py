"""A person's joints, drawn over the pictures of A and B."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen

from syncline.errors import SynclineError
from syncline.model import Media, Skeleton
from syncline.model.skeleton import BONES, SURE

from ..frames import skeleton
from ..jobs import Job, Jobs

if TYPE_CHECKING:
    from .frame_view import FrameSide

__all__ = ["Skeletons"]

_COLOURS = {"a": "#56b4ff", "b": "#ffb454"}
"""Those of the dark theme, as the badges': a picture is no page."""
_HALO = QColor(0, 0, 0, 150)


class Skeletons(QObject):
    """Finds the joints of both sides off the GUI thread once they are to be seen, and draws them.

    A has whole lines and round joints, B broken lines and square ones. A point that is hardly believed is left out.

    Attributes
    ----------
    shown
        Whether they are drawn.
    """

    updated = Signal()
    said = Signal(str)
    """Why a side shows none."""

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self.shown = False
        self._media: dict[str, Media | None] = {"a": None, "b": None}
        self._found: dict[str, Skeleton] = {}
        self._failed: set[str] = set()
        self._running: dict[str, Job] = {}

    def set_shown(self, shown: bool) -> None:
        """Draw them, or not; what was being found goes on being found only while it is to be seen."""
        self.shown = shown
        if shown:
            self._failed.clear()
            self._find()
        else:
            for side in tuple(self._running):
                self._stop(side)
        self.updated.emit()

    def set_media(self, side: str, media: Media | None) -> None:
        """What a side shows from now on."""
        if self._media[side] is media:
            return
        self._stop(side)
        self._media[side] = media
        self._found.pop(side, None)
        self._failed.discard(side)
        if self.shown:
            self._find()

    def _find(self) -> None:
        for side, media in self._media.items():
            known = side in self._found or side in self._running or side in self._failed
            if media is None or media.video is None or known or not media.path.exists():
                continue
            title = self.tr("Finding a person in %1").replace("%1", media.name)
            job = self._jobs.submit(title, partial(skeleton, media))
            self._running[side] = job
            job.succeeded.connect(partial(self._take, side, job))
            job.failed.connect(partial(self._fail, side, job))
            job.cancelled.connect(partial(self._leave, side, job))

    def _take(self, side: str, job: Job, answer: Skeleton) -> None:
        if self._leave(side, job):
            self._found[side] = answer
            media = self._media[side]
            if media is not None and not (answer.points[..., 2] >= SURE).any():
                self.said.emit(self.tr("No person is seen in “%1”.").replace("%1", media.name))
            self.updated.emit()

    def _fail(self, side: str, job: Job, error: BaseException) -> None:
        if not self._leave(side, job):
            return
        if not isinstance(error, SynclineError):
            raise error
        self._failed.add(side)
        self.said.emit(str(error))

    def _leave(self, side: str, job: Job) -> bool:
        """Whether `job` still was the one that is waited for; it no longer is."""
        if self._running.get(side) is not job:
            return False
        del self._running[side]
        return True

    def _stop(self, side: str) -> None:
        job = self._running.pop(side, None)
        if job is not None:
            job.cancel()

    def close(self) -> None:
        """Stop finding; for the end of the window."""
        for side in tuple(self._running):
            self._stop(side)

    # -- drawing -----------------------------------------------------------------------------------

    def points(self, side: str, picture: FrameSide) -> NDArray[np.float32] | None:
        """Joints (17, 3) of the picture that a side shows now, in pixels of the video; None while there are none."""
        found, times = self._found.get(side), picture.media.frame_times
        if not self.shown or found is None or picture.index is None or times is None:
            return None
        if picture.media is not self._media[side]:
            return None
        return found.at(float(times[min(picture.index, len(times) - 1)]))

    def paint(self, painter: QPainter, side: str, picture: FrameSide, target: QRectF) -> None:
        """Draw the joints of the frame that `picture` shows in `target`."""
        points = self.points(side, picture)
        stream = picture.media.video
        if points is None or stream is None:
            return
        spots = [
            QPointF(target.x() + x / stream.width * target.width(), target.y() + y / stream.height * target.height())
            for x, y in points[:, :2].tolist()
        ]
        sure = points[:, 2] >= SURE
        wide = float(np.clip(target.height() / 180, 1.5, 4.0))
        line = QPen(QColor(_COLOURS[side]), wide)
        line.setCapStyle(Qt.PenCapStyle.RoundCap)
        if side == "b":
            line.setCapStyle(Qt.PenCapStyle.FlatCap)
            line.setDashPattern([2.2, 1.0])
        halo = QPen(_HALO, wide + 2)
        halo.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(target, Qt.ClipOperation.IntersectClip)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for pen in (halo, line):
            painter.setPen(pen)
            for i, j in BONES:
                if sure[i] and sure[j]:
                    painter.drawLine(spots[i], spots[j])
        painter.setPen(QPen(_HALO, 1))
        painter.setBrush(QColor(_COLOURS[side]))
        half = wide * 1.1
        for spot, believed in zip(spots, sure, strict=True):
            if not believed:
                continue
            box = QRectF(spot.x() - half, spot.y() - half, 2 * half, 2 * half)
            if side == "a":
                painter.drawEllipse(box)
            else:
                painter.drawRect(box)
        painter.restore()
