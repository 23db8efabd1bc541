"""What runs along the cost matrix: thumbnails, curves or waveforms, and the scales in seconds and frames."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen, QPixmap

from ..theme import Colours
from .matrix_scale import Clock, Viewport, polygon, tick_step, time_text

__all__ = ["Margin", "frame_ticks", "paint_margin", "paint_scale", "second_ticks"]

_STEPS = (
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200,
)  # fmt: skip


@dataclass
class Margin:
    """What is known of one side.

    Attributes
    ----------
    duration
        Seconds that thumbnails and waveform are spread over.
    thumbnails
        Pictures at evenly spaced times: number k of K shows the middle of the k-th of K parts.
    waveform
        float (columns, 2), the lowest and highest sample of every part.
    curve
        float (T,), one value a row of the features.
    """

    duration: float = 1.0
    thumbnails: list[QImage] = field(default_factory=list[QImage])
    waveform: NDArray[np.floating] | None = None
    curve: NDArray[np.floating] | None = None

    _scaled_key: tuple[float, ...] = ()
    _scaled: list[QPixmap] = field(default_factory=list[QPixmap])

    def scaled(self, height: float, ratio: float) -> list[QPixmap]:
        """The thumbnails at that height in device-independent pixels, kept until another one is asked for."""
        key = (height, ratio)
        if key != self._scaled_key:
            smooth, self._scaled_key, self._scaled = Qt.TransformationMode.SmoothTransformation, key, []
            for picture in self.thumbnails:
                pixmap = QPixmap.fromImage(picture.scaledToHeight(max(round(height * ratio), 1), smooth))
                pixmap.setDevicePixelRatio(ratio)
                self._scaled.append(pixmap)
        return self._scaled

    def put(self, kind: str, payload: Any) -> None:
        """Take what `CostMatrixView.set_margins` is given."""
        if kind == "thumbnails":
            self.thumbnails = [_image(p) for p in payload or ()]
            self._scaled_key, self._scaled = (), []
        elif kind == "waveform":
            self.waveform = None if payload is None else np.asarray(payload, float)
        elif kind == "curve":
            self.curve = None if payload is None else np.asarray(payload, float)
        else:
            raise ValueError(f"A margin shows thumbnails, waveform or curve, not {kind}.")


def _image(picture: NDArray[np.uint8]) -> QImage:
    """A BGR (h, w, 3) array as a picture of its own."""
    lines = np.ascontiguousarray(picture)
    h, w = lines.shape[:2]
    return QImage(lines.data, w, h, 3 * w, QImage.Format.Format_BGR888).copy()


def paint_margin(
    painter: QPainter, margin: Margin, clock: Clock, view: Viewport, across: bool, thumbs: QRectF, plot: QRectF,
    colour: str,
) -> None:  # fmt: skip
    """Draw one side: `across` for A below the matrix, else B to the left of it."""
    if margin.thumbnails and not thumbs.isEmpty():
        _paint_thumbnails(painter, margin, clock, view, across, thumbs)
    if plot.isEmpty():
        return
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.save()
    painter.setClipRect(plot)
    if margin.waveform is not None and len(margin.waveform):
        _paint_waveform(painter, margin, clock, view, across, plot, colour)
    elif margin.curve is not None and len(margin.curve):
        _paint_curve(painter, margin.curve, clock, view, across, plot, colour)
    painter.restore()


def _paint_thumbnails(
    painter: QPainter, margin: Margin, clock: Clock, view: Viewport, across: bool, strip: QRectF
) -> None:
    first = margin.thumbnails[0]
    aspect = first.width() / max(first.height(), 1)
    ratio = painter.device().devicePixelRatioF()
    length = strip.width() if across else strip.height()
    wide = strip.height() * aspect if across else strip.width() / aspect
    pictures = margin.scaled(strip.height() if across else max(wide, 4.0), ratio)
    # On whole device pixels, or seams show between the pictures.
    each = (pictures[0].width() if across else pictures[0].height()) / ratio
    start_at = round((strip.left() if across else strip.bottom()) * ratio) / ratio
    middles = (np.arange(int(np.ceil(length / each))) + 0.5) * each
    start, stop = (view.x0, view.x1) if across else (view.y0, view.y1)
    places = np.asarray(start + middles / length * (stop - start), np.float64)
    share = clock.times_of(places) / max(margin.duration, 1e-9)
    which = np.clip((share * len(pictures)).astype(int), 0, len(pictures) - 1).tolist()
    painter.save()
    painter.setClipRect(strip)
    for k, picture in enumerate(which):
        at = QPointF(start_at + k * each, strip.top())
        if not across:
            at = QPointF(strip.left(), start_at - (k + 1) * each)
        painter.drawPixmap(at, pictures[picture])
    painter.restore()


def _paint_curve(
    painter: QPainter, curve: NDArray[np.floating], clock: Clock, view: Viewport, across: bool, plot: QRectF,
    colour: str,
) -> None:  # fmt: skip
    rows = np.arange(len(curve), dtype=np.float64) + 0.5
    if len(curve) != clock.count:
        rows = rows * (clock.count / len(curve))
    start, stop = (view.x0, view.x1) if across else (view.y0, view.y1)
    first, last = max(int(np.searchsorted(rows, start)) - 1, 0), int(np.searchsorted(rows, stop)) + 1
    rows, values = rows[first:last], curve[first:last]
    pixels = int(plot.width() if across else plot.height())
    bins = max(pixels, 2)
    if len(rows) > 2 * bins:
        # Highest of every part, so that no peak is lost at any zoom.
        edges = np.linspace(0, len(rows), bins + 1).astype(int)[:-1]
        values, rows = np.maximum.reduceat(values, edges), rows[edges]
    low, high = float(curve.min()), float(curve.max())
    height = np.asarray((values - low) / (high - low if high > low else 1.0), np.float64)
    # One device pixel wide (0): Qt draws that a hundred times faster than a stroked outline.
    painter.setPen(QPen(QColor(colour), 0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if across:
        line = polygon(view.xs(rows), plot.bottom() - 1.5 - height * (plot.height() - 3))
    else:
        line = polygon(plot.right() - 1.5 - height * (plot.width() - 3), view.ys(rows))
    painter.drawPolyline(line)


def _paint_waveform(
    painter: QPainter, margin: Margin, clock: Clock, view: Viewport, across: bool, plot: QRectF, colour: str
) -> None:
    peaks = margin.waveform
    assert peaks is not None
    length = int(plot.width() if across else plot.height())
    at = np.arange(length) + 0.5
    places = (view.x0 + at / length * (view.x1 - view.x0)) if across else (view.y0 + at / length * (view.y1 - view.y0))
    edges = np.r_[places - 0.5 * (places[1] - places[0] if length > 1 else 1), places[-1]]
    seconds = clock.times_of(edges)
    index = np.clip(seconds / margin.duration * len(peaks), 0, len(peaks) - 1).astype(int)
    stops = np.maximum(index[1:], index[:-1] + 1)
    lows = np.array([peaks[s:e, 0].min() for s, e in zip(index[:-1], stops, strict=True)])
    highs = np.array([peaks[s:e, 1].max() for s, e in zip(index[:-1], stops, strict=True)])
    loudest = max(float(np.abs(peaks).max()), 1e-9)
    inside = (seconds[:-1] >= 0) & (seconds[:-1] <= margin.duration)
    lows, highs = np.where(inside, lows, 0) / loudest, np.where(inside, highs, 0) / loudest
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    if across:
        middle, half, x = plot.center().y(), plot.height() / 2 - 1, plot.left() + at
        shape = polygon(np.r_[x, x[::-1]], np.r_[middle - highs * half - 0.4, (middle - lows * half + 0.4)[::-1]])
    else:
        middle, half, y = plot.center().x(), plot.width() / 2 - 1, plot.bottom() - at
        shape = polygon(np.r_[middle + highs * half + 0.4, (middle + lows * half - 0.4)[::-1]], np.r_[y, y[::-1]])
    painter.drawPolygon(shape)


def second_ticks(clock: Clock, view: Viewport, across: bool, room: int) -> list[tuple[float, str]]:
    """Pixels and labels of a scale in seconds, at most `room` of them."""
    start, stop = (view.x0, view.x1) if across else (view.y0, view.y1)
    put = view.x if across else view.y
    t0, t1 = clock.time_of(start), clock.time_of(stop)
    step = tick_step(t1 - t0, room, _STEPS)
    digits = 0 if step >= 1 else 1 if step >= 0.1 else 2 if step >= 0.01 else 3
    out: list[tuple[float, str]] = []
    for k in range(int(np.ceil(t0 / step - 1e-9)), int(np.floor(t1 / step + 1e-9)) + 1):
        t = k * step
        out.append((put(clock.place_of(t)), time_text(t, digits) if t1 >= 60 else f"{t:.{digits}f} s"))
    return out


def frame_ticks(
    clock: Clock, view: Viewport, across: bool, room: int, frames: NDArray[np.float64] | None
) -> list[tuple[float, str]]:
    """Pixels and labels of a scale in the file's own frames (float64 (f,) seconds); None: rows of the features."""
    start, stop = (view.x0, view.x1) if across else (view.y0, view.y1)
    put = view.x if across else view.y
    times = clock.times if frames is None else frames
    low = int(np.searchsorted(times, clock.time_of(start)))
    high = int(np.searchsorted(times, clock.time_of(stop), "right")) - 1
    step = max(int(tick_step(max(high - low, 1), room)), 1)
    return [(put(clock.place_of(float(times[k]))), f"{k}") for k in range(-(-low // step) * step, high + 1, step)]


def paint_scale(
    painter: QPainter,
    marks: list[tuple[float, str]],
    across: bool,
    strip: QRectF,
    colours: Colours,
    font: QFont,
    opposite: bool = False,
) -> None:
    """Labels and short ticks; a label that would overlap is left out.

    Parameters
    ----------
    across
        A's scale below the matrix, else B's to its left.
    opposite
        The fainter scale on the other edge: above, or to the right.
    """
    painter.setFont(font)
    metrics = QFontMetricsF(font)
    height = metrics.height()
    ink = QColor(colours.muted)
    ink.setAlphaF(0.75 if opposite else 1.0)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    taken = -1e9 if across else 1e9
    for at, text in marks:
        width = metrics.horizontalAdvance(text)
        painter.setPen(QPen(QColor(colours.border), 1))
        if across:
            edge, inwards = (strip.bottom(), -4) if opposite else (strip.top(), 4)
            painter.drawLine(QPointF(at, edge), QPointF(at, edge + inwards))
            left = min(max(at - width / 2, strip.left()), strip.right() - width)
            if left < taken + 6:
                continue
            taken = left + width
            box = QRectF(left, strip.bottom() - 5 - height if opposite else strip.top() + 5, width + 2, height)
            align = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
        else:
            edge, inwards = (strip.left(), 4) if opposite else (strip.right(), -4)
            painter.drawLine(QPointF(edge + inwards, at), QPointF(edge, at))
            middle = min(max(at, strip.top() + height / 2), strip.bottom() - height / 2)
            if middle + height > taken:
                continue
            taken = middle
            left = strip.left() + 7 if opposite else strip.left()
            box = QRectF(left, middle - height / 2, strip.width() - 7, height)
            side = Qt.AlignmentFlag.AlignLeft if opposite else Qt.AlignmentFlag.AlignRight
            align = side | Qt.AlignmentFlag.AlignVCenter
        painter.setPen(ink)
        painter.drawText(box, align, text)
