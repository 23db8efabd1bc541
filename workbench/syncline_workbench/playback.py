"""One playhead on A's clock, mapped to B through the path."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from syncline.model import Media, WarpingPath
from syncline.model.media import nearest

from .document import Change, Document

__all__ = ["SPEEDS", "Playback", "clock", "frame_at", "frame_near", "last_time", "step_length"]

SPEEDS = (0.1, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
"""Speeds the player offers, times real time."""
TICK_MS = 15
_SLACK = 1e-6
"""Seconds a time may fall short of a frame's own and still mean that frame (rounding of the maps)."""


def frame_at(media: Media | None, t: float) -> int | None:
    """Index of the frame (or row) that is on screen at `t` seconds; None for sound or nothing."""
    times = None if media is None else media.frame_times
    if times is None:
        return None
    return int(np.clip(np.searchsorted(times, t + _SLACK, side="right") - 1, 0, len(times) - 1))


def frame_near(media: Media | None, t: float) -> int | None:
    """Index of the frame (or row) whose time is nearest to `t`; None for sound or nothing."""
    times = None if media is None else media.frame_times
    return None if times is None else int(nearest(times, t))


def step_length(media: Media | None) -> float:
    """Seconds that one frame step moves where there are no frames: 10 ms."""
    times = None if media is None else media.frame_times
    if times is None or len(times) < 2:
        return 0.01
    return float((times[-1] - times[0]) / (len(times) - 1))


def last_time(media: Media | None) -> float:
    """The latest position a playhead can take: the last frame's time, or the end of a sound."""
    if media is None:
        return 0.0
    times = media.frame_times
    return media.duration if times is None else float(times[-1])


class Playback(QObject):
    """Where A and B stand, and the clock that moves them.

    A is the clock. B stands where the path puts A's *frame* (so that what is seen of B is what the path pairs with
    what is seen of A), plus `offset`, the seconds by which B was stepped by itself.

    Attributes
    ----------
    a_time, b_time
        Seconds on each medium's clock.
    a_frame, b_frame
        Frames on screen, None for sound.
    mark_in, mark_out
        Seconds of A between which a loop runs; None for the ends.
    """

    moved = Signal()
    """A position changed."""
    state_changed = Signal()
    """Playing, speed, loop or marks changed."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.a_time = self.b_time = 0.0
        self.a_frame: int | None = None
        self.b_frame: int | None = None
        self.offset = 0.0
        self.playing = False
        self.mark_in: float | None = None
        self.mark_out: float | None = None
        self.looping = False
        self._speed = 1.0
        self._rate = 1.0
        self._origin = (0.0, 0.0)
        self.audio_clock: Callable[[], float | None] | None = None
        """Seconds of A that are heard now, or None while there is no sound: the ear notices what the eye forgives."""
        self._path: WarpingPath | None = None
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)
        document.changed.connect(self._on_changed)
        self._on_changed(~Change.NONE)

    # -- what the document says --------------------------------------------------------------------

    @property
    def media(self) -> tuple[Media | None, Media | None]:
        """A and B."""
        shown = self._document.shown
        return shown.a, shown.b

    @property
    def path(self) -> WarpingPath | None:
        """The path that B follows, None before the first solve (B then runs beside A)."""
        alignment = self._document.shown.alignment
        return None if alignment is None else alignment.path

    @property
    def paired(self) -> tuple[float, float]:
        """Seconds of A and of B that are seen together: those of the frames on screen where there are frames."""
        b = self.media[1]
        times = None if b is None else b.frame_times
        return self._a_shown(), self.b_time if times is None or self.b_frame is None else float(times[self.b_frame])

    @property
    def beside(self) -> int:
        """By how many frames B was stepped away from the one that the path pairs with A's."""
        paired = frame_near(self.media[1], self.map(self._a_shown())) if self.offset else None
        return 0 if paired is None or self.b_frame is None else self.b_frame - paired

    @property
    def end(self) -> float:
        """The last position on A's clock, seconds; B's where there is no A."""
        a, b = self.media
        return last_time(a if a is not None else b)

    def map(self, t: float) -> float:
        """Seconds of B that the path pairs with `t` seconds of A."""
        path = self.path
        return t if path is None else float(path.to_b(t))

    def unmap(self, t: float) -> float:
        """Seconds of A that the path pairs with `t` seconds of B."""
        path = self.path
        return t if path is None else float(path.to_a(t))

    def _on_changed(self, change: Change) -> None:
        if change & Change.INPUTS:
            self.pause()
            self.set_loop(None)
            self._path = None
        if self.path is not self._path or change & Change.INPUTS:
            self._path = self.path
            self.offset = 0.0
            self._put_a(self.a_time)
            self._restart()
            self.moved.emit()

    # -- moving ------------------------------------------------------------------------------------

    def seek_a(self, t: float) -> None:
        """Put A at `t` seconds; B follows."""
        self._put_a(t)
        self._restart()
        self.moved.emit()

    def seek_b(self, t: float) -> None:
        """Put B at `t` seconds and A where the path pairs it; forgets the offset."""
        self.seek(self.unmap(t), t)

    def seek(self, a: float, b: float) -> None:
        """Put A and B where the cross-hair stands, on the path or off it; the next move follows the path again."""
        media_b = self.media[1]
        self.offset = 0.0
        self._put_a(a)
        self.b_time = min(max(b, 0.0), last_time(media_b))
        self.b_frame = frame_at(media_b, self.b_time)
        self._restart()
        self.moved.emit()

    def rejoin(self) -> None:
        """Put B back where the path pairs it with A."""
        self.offset = 0.0
        self.seek_a(self.a_time)

    def step(self, frames: int) -> None:
        """Move A by whole frames, B follows; pauses."""
        self.pause()
        self.seek_a(self._stepped(self.media[0], self.a_time, self.a_frame, frames))

    def step_b(self, frames: int) -> None:
        """Move B alone by whole frames; the offset stays until the path changes or B is put somewhere else."""
        self.pause()
        b = self.media[1]
        self.b_time = min(max(self._stepped(b, self.b_time, self.b_frame, frames), 0.0), last_time(b))
        self.b_frame = frame_at(b, self.b_time)
        self.offset = self.b_time - self.map(self._a_shown())
        self.moved.emit()

    @staticmethod
    def _stepped(media: Media | None, t: float, frame: int | None, frames: int) -> float:
        times = None if media is None else media.frame_times
        if times is None or frame is None:
            return t + frames * step_length(media)
        return float(times[min(max(frame + frames, 0), len(times) - 1)])

    def _a_shown(self) -> float:
        """Seconds of the frame of A that is on screen: what the path speaks of."""
        media = self.media[0]
        times = None if media is None else media.frame_times
        return self.a_time if times is None or self.a_frame is None else float(times[self.a_frame])

    def _put_a(self, t: float) -> None:
        a, b = self.media
        self.a_time = min(max(t, 0.0), self.end)
        self.a_frame = frame_at(a, self.a_time)
        self.b_time = min(max(self.map(self.a_time) + self.offset, 0.0), last_time(b))
        self.b_frame = frame_near(b, self.map(self._a_shown()) + self.offset)

    # -- the clock ---------------------------------------------------------------------------------

    @property
    def speed(self) -> float:
        """Times real time, 0.1 to 2."""
        return self._speed

    @speed.setter
    def speed(self, value: float) -> None:
        self._speed = min(max(float(value), SPEEDS[0]), SPEEDS[-1])
        self._rate = self._speed
        self._restart()
        self.state_changed.emit()

    @property
    def rate(self) -> float:
        """Seconds of A a second while playing: the speed, negative backwards, multiplied by the shuttle."""
        return self._rate

    def change_speed(self, steps: int) -> None:
        """Go to the next faster or slower speed of `SPEEDS`."""
        at = int(np.argmin(np.abs(np.array(SPEEDS) - self._speed)))
        self.speed = SPEEDS[min(max(at + steps, 0), len(SPEEDS) - 1)]

    def play(self) -> None:
        """Run forwards at `speed`, from the start again if the end was reached."""
        self._run(self._speed)

    def pause(self) -> None:
        """Stand still."""
        if self.playing:
            self.playing = False
            self._timer.stop()
            self._rate = self._speed
            self.state_changed.emit()

    def toggle(self) -> None:
        """Play or pause."""
        if self.playing:
            self.pause()
        else:
            self.play()

    def shuttle(self, direction: int) -> None:
        """J (−1), K (0) and L (+1): backwards, pause, forwards; again for twice as fast, up to eight times."""
        if direction == 0:
            self.pause()
        elif self.playing and self._rate * direction > 0:
            self._run(direction * min(abs(self._rate) * 2, 8.0))
        else:
            self._run(direction * self._speed)

    def _run(self, rate: float) -> None:
        if self.media == (None, None):
            return
        first, last = self.bounds
        if rate > 0 and self.a_time >= last - _SLACK:
            self._put_a(first)
        elif rate < 0 and self.a_time <= first + _SLACK:
            self._put_a(last)
        self._rate = rate
        self.playing = True
        self._restart()
        self._timer.start()
        self.state_changed.emit()
        self.moved.emit()

    def _restart(self) -> None:
        self._origin = (time.perf_counter(), self.a_time)

    def _tick(self) -> None:
        heard = self.audio_clock() if self.audio_clock is not None else None
        if heard is not None:
            t = heard
            self._origin = (time.perf_counter(), t)
        else:
            began, start = self._origin
            t = start + (time.perf_counter() - began) * self._rate
        first, last = self.bounds
        if (self._rate > 0 and t >= last) or (self._rate < 0 and t <= first):
            if self.looping and last > first:
                self.seek_a(first if self._rate > 0 else last)
                self.state_changed.emit()
                return
            t = last if self._rate > 0 else first
            self._put_a(t)
            self.pause()
        else:
            self._put_a(t)
        self.moved.emit()

    # -- loop --------------------------------------------------------------------------------------

    @property
    def bounds(self) -> tuple[float, float]:
        """Seconds of A between which it runs: the marks while it loops, else the ends."""
        if not self.looping:
            return 0.0, self.end
        first = 0.0 if self.mark_in is None else self.mark_in
        last = self.end if self.mark_out is None else self.mark_out
        return first, min(last, self.end)

    def set_loop(self, a0: float | None, a1: float | None = None) -> None:
        """Loop over `a0`..`a1` seconds of A; None ends the loop and takes the marks away."""
        self.mark_in, self.mark_out = (None, None) if a0 is None else (max(a0, 0.0), a1)
        if self.mark_out is not None:
            self.mark_out = min(self.mark_out, self.end)
        self.looping = a0 is not None
        self.state_changed.emit()

    @property
    def marks(self) -> tuple[float, float] | None:
        """Both marks, or None while one is missing."""
        if self.mark_in is None or self.mark_out is None:
            return None
        return self.mark_in, self.mark_out

    def set_looping(self, on: bool) -> None:
        """Loop between the marks (the ends where there are none), or not."""
        self.looping = on
        self.state_changed.emit()

    def mark(self, which: str) -> None:
        """Set the ``"in"`` or ``"out"`` mark at the playhead; one that passes the other takes it away."""
        if which == "in":
            self.mark_in = self.a_time
            if self.mark_out is not None and self.mark_out <= self.mark_in:
                self.mark_out = None
        else:
            self.mark_out = self.a_time
            if self.mark_in is not None and self.mark_in >= self.mark_out:
                self.mark_in = None
        self.state_changed.emit()


def clock(t: float) -> str:
    """``mm:ss.mmm``, with hours in front where there are any."""
    milliseconds = round(abs(t) * 1000)
    seconds, milliseconds = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{minutes:02d}:{seconds:02d}.{milliseconds:03d}"
    return ("-" if t < 0 else "") + (f"{hours}:{text}" if hours else text)
