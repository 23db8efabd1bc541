"""A sound's outline or a feature file's curves in a viewer, drawn for whatever times lie under the pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPointF, QRectF, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from syncline.errors import SynclineError
from syncline.model import Media

from ..frames import outline, rows
from ..jobs import Job, Jobs
from ..theme import mono, theme
from .matrix_scale import polygon

__all__ = ["CurveSide", "OutlineSide", "WaveSide", "paint_axis"]


class OutlineSide(QObject):
    """What `WaveSide` and `CurveSide` have in common: data read by a quiet job.

    Attributes
    ----------
    message
        A sentence to show in place of the drawing, empty if there is (or will be) one.
    missing
        True if the file is not where it was.
    """

    updated = Signal()

    def __init__(self, media: Media, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.media = media
        self.message = ""
        self.missing = not media.path.exists()
        self.loaded = False
        self._job: Job | None = None
        if not self.missing:
            self._job = jobs.submit(self.tr("Drawing %1").replace("%1", media.name), self._read, quiet=True)
            self._job.succeeded.connect(self._succeed)
            self._job.failed.connect(self._fail)

    def _read(self, monitor: Any) -> Any:
        raise NotImplementedError

    def _keep(self, answer: Any) -> None:
        raise NotImplementedError

    def _succeed(self, answer: Any) -> None:
        self._job = None
        self.loaded = True
        self._keep(answer)
        self.updated.emit()

    def _fail(self, error: BaseException) -> None:
        self._job = None
        if not isinstance(error, SynclineError):
            raise error
        self.message = str(error)
        self.updated.emit()

    def close(self) -> None:
        """Stop reading."""
        if self._job is not None:
            self._job.succeeded.disconnect(self._succeed)
            self._job.failed.disconnect(self._fail)
            self._job.cancel()
            self._job = None

    def paint(self, painter: QPainter, rect: QRectF, times: NDArray[np.float64], colour: QColor) -> None:
        """Draw into `rect`; `times` (width + 1,) are the seconds of this medium at the edges of its pixel columns."""
        raise NotImplementedError


class WaveSide(OutlineSide):
    """The outline of a sound."""

    def _read(self, monitor: Any) -> Any:
        return outline(self.media, monitor)

    def _keep(self, answer: NDArray[np.float32]) -> None:
        self._low, self._high = np.ascontiguousarray(answer[:, 0]), np.ascontiguousarray(answer[:, 1])
        self._top = max(float(np.abs(answer).max()), 1e-6)

    def span(self, times: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Lowest and highest sample, full scale 1, in each column between consecutive `times`; NaN outside."""
        count = len(self._low)
        at = np.clip((times / self.media.duration * count).astype(np.intp), 0, count - 1)
        low = np.minimum.reduceat(self._low, at)[:-1] / self._top
        high = np.maximum.reduceat(self._high, at)[:-1] / self._top
        outside = (times[1:] < 0) | (times[:-1] > self.media.duration)
        return np.where(outside, np.nan, low), np.where(outside, np.nan, high)

    def paint(self, painter: QPainter, rect: QRectF, times: NDArray[np.float64], colour: QColor) -> None:
        if not self.loaded:
            return
        low, high = self.span(times)
        good = np.flatnonzero(np.isfinite(low))
        if not len(good):
            return
        middle, half = rect.center().y(), rect.height() * 0.44
        x = rect.x() + (good + 0.5) * rect.width() / len(low)
        upper, lower = middle - high[good] * half - 0.5, middle - low[good] * half + 0.5
        painter.setPen(QPen(colour, 1))
        painter.setBrush(colour)
        painter.drawPolygon(polygon(np.r_[x, x[::-1]], np.r_[upper, lower[::-1]]))


class CurveSide(OutlineSide):
    """The channels of a feature file."""

    def _read(self, monitor: Any) -> Any:
        return rows(self.media, monitor)

    def _keep(self, answer: tuple[NDArray[np.float64], NDArray[np.float32]]) -> None:
        self._times, self._values = answer

    def paint(self, painter: QPainter, rect: QRectF, times: NDArray[np.float64], colour: QColor) -> None:
        if not self.loaded:
            return
        t = (times[1:] + times[:-1]) / 2
        good = np.flatnonzero((t >= self._times[0]) & (t <= self._times[-1]))
        if len(good) < 2:
            return
        x = rect.x() + (good + 0.5) * rect.width() / len(t)
        channels = self._values.shape[1]
        for k in range(channels):
            y = rect.bottom() - rect.height() * (0.08 + 0.84 * np.interp(t[good], self._times, self._values[:, k]))
            shade = QColor(colour)
            shade.setAlphaF(colour.alphaF() * (1.0 - 0.6 * k / channels))
            painter.setPen(QPen(shade, 1.4))
            painter.drawPolyline(polygon(x, y))


def paint_axis(painter: QPainter, area: QRectF, edges: NDArray[np.float64], centre: float) -> None:
    """Draw the time axis at the foot of `area`, whose columns lie between the seconds `edges`, and the playhead."""
    c = theme().colours
    first, last = float(edges[0]), float(edges[-1])
    scale = area.width() / (last - first)
    step = next((s for s in (0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300, 600) if s * scale > 70), 1800)
    font = mono(11)
    metrics = QFontMetricsF(font)
    painter.setFont(font)
    painter.setPen(QColor(c.muted))
    for k in range(int(np.ceil(max(first, 0) / step)), int(last / step) + 1):
        x, text = area.x() + (k * step - first) * scale, f"{k * step:g} s"
        wide = metrics.horizontalAdvance(text)
        painter.drawLine(QPointF(x, area.bottom() - 4), QPointF(x, area.bottom()))
        # On the other side of its tick it would seem to be that of another one.
        if x + 5 + wide < area.right():
            painter.drawText(QPointF(x + 3, area.bottom() - 3), text)
    x = area.x() + (centre - first) * scale
    painter.setPen(QPen(QColor(c.text), 1.5))
    painter.drawLine(QPointF(x, area.y()), QPointF(x, area.bottom()))
