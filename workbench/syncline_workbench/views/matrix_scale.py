"""Where things are in the cost matrix: seconds, cells and pixels, and the way between them.

A *place* is a position in cells along one side: cell k lies between the places k and k + 1, its row's time is at
k + ½. Places are what the view zooms and pans over, so that every cell is as wide as every other even where the
times of the frames are uneven.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPolygonF
from shiboken6 import VoidPtr

__all__ = ["Clock", "Viewport", "polygon", "tick_step", "time_text"]

SMALLEST_SPAN = 4.0
"""Cells; one cannot zoom in further."""


class Clock:
    """One side's times: float64 (n,) seconds of its rows, strictly ascending."""

    def __init__(self, times: NDArray[np.float64]) -> None:
        self.times = times
        self.count = len(times)
        self._places = np.arange(self.count) + 0.5
        self.step = float(np.median(np.diff(times))) if self.count > 1 else 1.0

    def place(self, t: NDArray[np.float64]) -> NDArray[np.float64]:
        """Places (…) of seconds `t` (…); goes on at the usual spacing beyond the ends."""
        t = np.asarray(t, np.float64)
        out = np.interp(t, self.times, self._places)
        out = np.where(t < self.times[0], 0.5 + (t - self.times[0]) / self.step, out)
        return np.where(t > self.times[-1], self.count - 0.5 + (t - self.times[-1]) / self.step, out)

    def place_of(self, t: float) -> float:
        """`place` of one number."""
        return float(self.place(np.asarray(t, np.float64)))

    def time_of(self, place: float) -> float:
        """Seconds at a place; the inverse of `place_of`."""
        if place < 0.5:
            return float(self.times[0]) + (place - 0.5) * self.step
        if place > self.count - 0.5:
            return float(self.times[-1]) + (place - self.count + 0.5) * self.step
        return float(np.interp(place, self._places, self.times))

    def times_of(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """`time_of` of many places."""
        out = np.interp(places, self._places, self.times)
        last = self.count - 0.5
        out = np.where(places < 0.5, self.times[0] + (places - 0.5) * self.step, out)
        return np.where(places > last, self.times[-1] + (places - last) * self.step, out)

    def row_of(self, place: float) -> int:
        """The row whose cell holds `place`, held to the rows there are."""
        return min(max(int(np.floor(place)), 0), self.count - 1)


class Viewport:
    """The part of the matrix that is shown: places x0..x1 of A from left to right, y0..y1 of B from below.

    `rect` is the area on the widget in device-independent pixels. The two scales are independent.
    """

    def __init__(self) -> None:
        self.rect = QRectF(0, 0, 1, 1)
        self.size: tuple[int, int] = (1, 1)
        self.x0, self.x1, self.y0, self.y1 = 0.0, 1.0, 0.0, 1.0

    @property
    def key(self) -> tuple[float, ...]:
        """Equal keys, equal pictures."""
        r = self.rect
        return (self.x0, self.x1, self.y0, self.y1, r.x(), r.y(), r.width(), r.height())

    @property
    def cells_per_pixel(self) -> tuple[float, float]:
        """Along A and along B."""
        return (self.x1 - self.x0) / self.rect.width(), (self.y1 - self.y0) / self.rect.height()

    @property
    def whole(self) -> bool:
        """True if all of the matrix is shown."""
        return self.x0 <= 0 and self.y0 <= 0 and self.x1 >= self.size[0] and self.y1 >= self.size[1]

    def x(self, u: float) -> float:
        """Pixel of a place of A."""
        return self.rect.left() + (u - self.x0) / (self.x1 - self.x0) * self.rect.width()

    def y(self, v: float) -> float:
        """Pixel of a place of B."""
        return self.rect.bottom() - (v - self.y0) / (self.y1 - self.y0) * self.rect.height()

    def xs(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """Pixels of places of A."""
        return self.rect.left() + (u - self.x0) * (self.rect.width() / (self.x1 - self.x0))

    def ys(self, v: NDArray[np.float64]) -> NDArray[np.float64]:
        """Pixels of places of B."""
        return self.rect.bottom() - (v - self.y0) * (self.rect.height() / (self.y1 - self.y0))

    def u(self, x: float) -> float:
        """Place of A at a pixel."""
        return self.x0 + (x - self.rect.left()) / self.rect.width() * (self.x1 - self.x0)

    def v(self, y: float) -> float:
        """Place of B at a pixel."""
        return self.y0 + (self.rect.bottom() - y) / self.rect.height() * (self.y1 - self.y0)

    def fit(self) -> None:
        """Show all."""
        self.x0, self.x1 = 0.0, float(self.size[0])
        self.y0, self.y1 = 0.0, float(self.size[1])

    def zoom(self, factor_x: float, factor_y: float, at: QPointF) -> None:
        """Magnify; what lies under the pixel `at` stays there unless a border comes into view."""
        self.x0, self.x1 = self._zoomed(self.x0, self.x1, factor_x, self.u(at.x()), self.size[0])
        self.y0, self.y1 = self._zoomed(self.y0, self.y1, factor_y, self.v(at.y()), self.size[1])

    @staticmethod
    def _zoomed(low: float, high: float, factor: float, fixed: float, size: int) -> tuple[float, float]:
        span = min(max((high - low) / factor, min(SMALLEST_SPAN, size)), float(size))
        share = (fixed - low) / (high - low)
        start = float(min(max(fixed - share * span, 0.0), size - span))
        return start, float(start + span)

    def pan(self, dx: float, dy: float) -> None:
        """Move the picture by pixels, as far as there is matrix."""
        self.show_from(
            self.x0 - dx / self.rect.width() * (self.x1 - self.x0),
            self.y0 + dy / self.rect.height() * (self.y1 - self.y0),
        )

    def show_from(self, u: float, v: float) -> None:
        """Put those places at the lower left corner, keeping the scale."""
        wide, high = self.x1 - self.x0, self.y1 - self.y0
        # float(): Qt crashes on some NumPy scalars.
        self.x0 = float(min(max(u, 0.0), self.size[0] - wide))
        self.y0 = float(min(max(v, 0.0), self.size[1] - high))
        self.x1, self.y1 = self.x0 + wide, self.y0 + high

    def show(self, u0: float, u1: float, v0: float, v1: float) -> None:
        """Show those places, grown to the smallest span where needed."""
        for name, low, high, size in (("x", u0, u1, self.size[0]), ("y", v0, v1, self.size[1])):
            span = min(max(high - low, min(SMALLEST_SPAN, size)), float(size))
            start = float(min(max((low + high - span) / 2, 0.0), size - span))
            setattr(self, f"{name}0", start)
            setattr(self, f"{name}1", float(start + span))


def polygon(xs: NDArray[np.float64], ys: NDArray[np.float64]) -> QPolygonF:
    """A QPolygonF of points, without a Python object for each of them."""
    out = QPolygonF()
    if len(xs):
        out.resize(len(xs))
        # data() is annotated as a point; it is the address of the first of them.
        memory: Any = VoidPtr(out.data(), len(xs) * 16, True)  # pyright: ignore[reportCallIssue]
        view = np.frombuffer(memory, np.float64).reshape(-1, 2)
        view[:, 0], view[:, 1] = xs, ys
    return out


def time_text(t: float, digits: int = 3) -> str:
    """Seconds as m:ss.mmm, or h:mm:ss.mmm from an hour on; a minus sign before the start."""
    unit = 10**digits
    ticks = round(abs(t) * unit)
    seconds, rest = divmod(ticks, unit)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    head = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
    tail = f".{rest:0{digits}d}" if digits else ""
    return f"{'−' if t < 0 and ticks else ''}{head}:{seconds:02d}{tail}"


def tick_step(span: float, room: int, steps: Sequence[float] | None = None) -> float:
    """The smallest pleasant step that puts at most `room` ticks on `span`: 1, 2, 5 × 10ᵏ, or one of `steps`."""
    least = span / max(room, 1)
    for step in steps or ():
        if step >= least:
            return step
    power = 10.0 ** np.floor(np.log10(max(least, 1e-9)))
    return float(next(power * k for k in (1, 2, 5, 10) if power * k >= least * (1 - 1e-9)))
