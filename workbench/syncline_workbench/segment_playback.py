"""Playing a recording of the Segment workspace: all of it, one piece, or one piece again and again."""

from __future__ import annotations

import math
import time

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject

from syncline.model import Media, WarpingPath

from .document import Change, Document
from .playback import Playback, last_time
from .sound import HALF, LATENCY, RATE, Retimer, SoundWorker

__all__ = ["GAP", "SegmentPlayback", "SegmentSound", "Stretch"]

GAP = 0.3
"""Seconds of silence before a looped piece begins again: without it a short one would only hum."""
_PATIENCE = 2.0
"""Seconds the playhead waits for the sound device."""


class Stretch:
    """Which second of a recording is heard when, from `start` to `last`; looped, from `first` to `last` again."""

    def __init__(self, start: float, first: float, last: float, rate: float, loops: bool) -> None:
        self.start, self.first, self.last, self.rate, self.loops = start, first, last, rate, loops
        hop = HALF / RATE * rate
        self.hop = hop
        """Seconds of the recording in one block."""
        self._once = max(math.ceil((last - start) / hop - 1e-9), 0)
        self._again = max(math.ceil((last - first) / hop - 1e-9), 1)
        self._gap = round(GAP * RATE / HALF)

    def block(self, number: int) -> tuple[float, bool] | None:
        """Where a block begins and whether it begins a pass; None: silence."""
        if number < self._once:
            return self.start + number * self.hop, number == 0
        if not self.loops:
            return None
        at = (number - self._once) % (self._gap + self._again) - self._gap
        return None if at < 0 else (self.first + at * self.hop, at == 0)

    def sound(self, number: int, voice: Retimer) -> NDArray[np.float32]:
        """The samples of a block, float32 (`HALF`,)."""
        found = self.block(number)
        if found is None:
            return np.zeros(HALF, np.float32)
        begin, anew = found
        if anew:
            voice.reset()
        # A voice gives what comes before a time.
        samples = voice.block(begin + self.hop)
        # Nothing of what follows may be heard: a phone lasts hardly longer than a block.
        samples[max(round((self.last - begin) / self.hop * HALF), 0) :] = 0
        return samples

    def place(self, played: float) -> float:
        """Where the playhead stands once `played` seconds were heard."""
        blocks = played * RATE / HALF
        if blocks < self._once or not self.loops:
            return min(self.start + blocks * self.hop, self.last)
        at = (blocks - self._once) % (self._gap + self._again) - self._gap
        return self.last if at < 0 else min(self.first + at * self.hop, self.last)


class _StretchWorker(SoundWorker):
    """Sound of a stretch from its very first sample to its last; whoever plays waits for the device."""

    def __init__(self, media: Media, stretch: Stretch) -> None:
        self.stretch = stretch
        super().__init__((media, None), True, float, stretch.start, stretch.rate, stretch.last)

    @property
    def waiting(self) -> bool:
        """True while the device is still being opened."""
        late = time.perf_counter() - self._began > _PATIENCE
        return self._given_at is None and not self._stopped and self.alive and not late

    @property
    def alive(self) -> bool:
        """True until its thread has ended."""
        return self._thread.is_alive()

    def position(self) -> float | None:
        at = self._given_at
        if at is None or self._stopped:
            return None
        played = self._given / RATE - LATENCY + min(time.perf_counter() - at, LATENCY)
        return self.stretch.place(max(played, 0.0))

    def _set_in(self) -> float:
        return self._start

    def _fill(self, voices: list[Retimer | None], count: int) -> None:
        voice = voices[0]
        assert voice is not None
        while len(self._queue) < count and not self._stopped:
            samples = self.stretch.sound(self._made, voice)
            self._queue.append(np.repeat(np.clip(samples, -1, 1)[:, None], 2, axis=1))
            self._made += 1


class SegmentPlayback(Playback):
    """One playhead on the clock of the recording in hand.

    Attributes
    ----------
    sound
        What is heard; the playhead goes by it where there is any.
    """

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        self._once: tuple[float, float] | None = None
        self._recording: int | None = None
        super().__init__(document, parent)
        self.sound = SegmentSound(self)

    # -- what the document says --------------------------------------------------------------------

    @property
    def media(self) -> tuple[Media | None, Media | None]:
        """The medium of the recording in hand, and none beside it."""
        recording = self._document.shown.active_recording
        return None if recording is None else recording.media, None

    @property
    def path(self) -> WarpingPath | None:
        """Nothing follows."""
        return None

    @property
    def end(self) -> float:
        media = self.media[0]
        return 0.0 if media is None else max(media.duration, last_time(media))

    def _on_changed(self, change: Change) -> None:
        session = self._document.shown
        if session.recording != self._recording:
            self._recording = session.recording
            self.pause()
            self.set_loop(None)
            self.seek_a(0.0)

    # -- playing -----------------------------------------------------------------------------------

    @property
    def bounds(self) -> tuple[float, float]:
        if self.looping or self._once is None:
            return super().bounds
        return self._once

    def play_piece(self, first: float, last: float) -> None:
        """Play from `first` to `last` seconds, once."""
        self.pause()
        self.set_loop(None)
        self._put_a(first)
        self._once = (first, min(last, self.end))
        self.play()

    def loop_piece(self, first: float, last: float) -> None:
        """Play from `first` to `last` seconds until it is stopped."""
        self.pause()
        self._put_a(first)
        self.set_loop(first, last)
        self.play()

    def seek_a(self, t: float) -> None:
        """Put the playhead at `t` seconds; what plays goes on from there, beyond a piece that it was to keep to."""
        first, last = self.bounds
        if not first <= t <= last:
            self._once = None
            if self.looping:
                self.set_loop(None)
        super().seek_a(t)

    def pause(self) -> None:
        self._once = None
        super().pause()

    def _tick(self) -> None:
        sound = self.sound
        if sound.waiting:
            self._restart()
            return
        heard = sound.position()
        if heard is None:
            super()._tick()
            return
        self._put_a(heard)
        self._restart()
        if not self.looping and heard >= self.bounds[1] - 1e-6:
            self.pause()
        self.moved.emit()

    def close(self) -> None:
        """Stand still and be silent for good."""
        self.pause()
        self.sound.close()


class SegmentSound(QObject):
    """Plays what a `SegmentPlayback` runs over, in both ears. Without a sound device nothing is heard."""

    def __init__(self, playback: SegmentPlayback) -> None:
        super().__init__(playback)
        self._playback = playback
        self._worker: _StretchWorker | None = None
        self._ended: list[_StretchWorker] = []
        self._key: tuple[object, ...] | None = None
        playback.state_changed.connect(self._follow)
        playback.moved.connect(self._watch)

    @property
    def waiting(self) -> bool:
        """True while the device is being opened."""
        return self._worker is not None and self._worker.waiting

    def position(self) -> float | None:
        """Seconds heard now, None while there is no sound."""
        return None if self._worker is None else self._worker.position()

    def _wanted(self) -> tuple[object, ...] | None:
        p = self._playback
        media = p.media[0]
        if not p.playing or not 0 < p.rate <= 2 or media is None or media.audio is None:
            return None
        return media, p.rate, p.looping, p.bounds

    def _follow(self) -> None:
        wanted = self._wanted()
        if wanted != self._key:
            self._begin(wanted)

    def _begin(self, wanted: tuple[object, ...] | None) -> None:
        self._stop()
        self._key = wanted
        p = self._playback
        media = p.media[0]
        if wanted is not None and media is not None:
            first, last = p.bounds
            self._worker = _StretchWorker(media, Stretch(p.a_time, first, last, p.rate, p.looping))

    def _watch(self) -> None:
        """Begin anew where the playhead was put by hand."""
        heard = self.position()
        if heard is not None and self._playback.playing and abs(self._playback.a_time - heard) > 0.15:
            self._begin(self._wanted())
        else:
            self._follow()

    def _stop(self) -> None:
        if self._worker is not None:
            self._worker.stop()
            self._ended = [*(w for w in self._ended if w.alive), self._worker]
            self._worker = None

    def close(self) -> None:
        """Be silent for good."""
        self._stop()
        for worker in self._ended:
            worker.join()
        self._ended = []
