"""Sound while playing: A in the left ear, B, re-timed by the path, in the right; or either one; or none.

Samples are read and re-timed ahead of time by one worker; the audio device's own thread only takes what is ready, so
neither the window nor the device ever waits for a decoder.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject

from syncline.errors import SynclineError
from syncline.model import Media

from .playback import Playback
from .settings import Settings

__all__ = ["HALF", "LATENCY", "RATE", "Retimer", "Sound", "SoundWorker"]

RATE = 48000
HALF = 960
"""Half a grain, samples (20 ms): long enough to keep the pitch of a voice, short enough to follow the path."""
SEARCH = 480
"""How far a grain may be moved (10 ms) so that its waves meet those before it."""
LATENCY = 0.06
"""Seconds asked of the device's buffer."""
AHEAD = 12
"""Half grains kept ready: about a quarter of a second."""
Read = Callable[[float, int], NDArray[np.float32]]


class Retimer:
    """Sound at constant pitch whose place in the source is chosen anew for every 20 ms of output.

    Waveform-similarity overlap-add (Verhelst & Roelands 1993): each grain is moved within ±10 ms to where it best
    continues the one before. Where the place asked for is the natural continuation, the source comes out unchanged.

    Parameters
    ----------
    read
        ``read(start, count)`` gives `count` mono samples at `RATE` from `start` seconds, silence outside.
    """

    def __init__(self, read: Read) -> None:
        self._read = read
        self._next: float | None = None
        self._tail = np.zeros(HALF, np.float32)
        turn = np.pi * (np.arange(2 * HALF) + 0.5) / HALF
        self._window = (0.5 - 0.5 * np.cos(turn)).astype(np.float32)

    def block(self, at: float) -> NDArray[np.float32]:
        """The next `HALF` samples, float32, those around `at` seconds of the source."""
        half = HALF / RATE
        if self._next is not None:
            if abs(at - self._next) < 5e-4:
                at = self._next
            else:
                wanted = self._read(self._next - half, 2 * HALF)
                region = self._read(at - half - SEARCH / RATE, 2 * HALF + 2 * SEARCH)
                # Every fourth sample is enough to find where waves meet, at a sixteenth of the cost.
                likeness = np.correlate(region[::4], wanted[::4], "valid")
                at += (4 * int(np.argmax(likeness)) - SEARCH) / RATE
        grain = self._read(at - half, 2 * HALF) * self._window
        out = (self._tail + grain[:HALF]).astype(np.float32)
        self._tail = grain[HALF:]
        self._next = at + half
        return out

    def reset(self) -> None:
        """Begin anew: what comes next continues nothing."""
        self._next, self._tail = None, np.zeros(HALF, np.float32)


class _Mono:
    """One medium's sound as mono samples at `RATE`, read a second at a time."""

    def __init__(self, reader: Any) -> None:
        self._reader = reader
        self._seconds: OrderedDict[int, NDArray[np.float32]] = OrderedDict()

    def read(self, start: float, count: int) -> NDArray[np.float32]:
        first = round(start * RATE)
        pieces = [self._second(k) for k in range(first // RATE, (first + count - 1) // RATE + 1)]
        skip = first - first // RATE * RATE
        return np.concatenate(pieces)[skip : skip + count]

    def _second(self, k: int) -> NDArray[np.float32]:
        if k in self._seconds:
            self._seconds.move_to_end(k)
            return self._seconds[k]
        rate = self._reader.rate
        margin = 0.0 if rate == RATE else 2 / rate
        raw = self._reader.read(k - margin, k + 1 + margin).mean(axis=1)
        if rate != RATE:
            wanted = k + np.arange(RATE) / RATE
            raw = np.interp(wanted, k - margin + np.arange(len(raw)) / rate, raw)
        samples = np.zeros(RATE, np.float32)
        samples[: min(len(raw), RATE)] = raw[:RATE]
        self._seconds[k] = samples
        if len(self._seconds) > 8:
            self._seconds.popitem(last=False)
        return samples


class SoundWorker:
    """One run of sound: a thread that fills a queue, a device that empties it.

    `start` and `began` say where A stood when play was pressed; the sound sets in where A will stand once the device
    is ready, so that nothing waits for it.
    """

    def __init__(
        self,
        pair: tuple[Media | None, Media | None],
        both_ears: bool,
        to_b: Callable[[float], float],
        start: float,
        rate: float,
        last: float,
    ) -> None:
        self._pair, self._both_ears, self._to_b, self._rate, self._last = pair, both_ears, to_b, rate, last
        self._start, self._began = start, time.perf_counter()
        self._queue: deque[NDArray[np.float32]] = deque()
        self._room = threading.Condition()
        self._stopped = False
        self._origin = 0.0
        self._given = 0
        self._given_at: float | None = None
        self._made = 0
        self._thread = threading.Thread(target=self._run, name="sound", daemon=True)
        self._thread.start()

    def _set_in(self) -> float:
        """Seconds of A that are heard first, now that the device is there."""
        return self._start + (time.perf_counter() - self._began + LATENCY) * self._rate

    def position(self) -> float | None:
        """Seconds of A heard now, None before the first sample."""
        at = self._given_at
        if at is None or self._stopped:
            return None
        played = self._given / RATE - LATENCY + min(time.perf_counter() - at, LATENCY)
        return self._origin + played * self._rate

    def stop(self) -> None:
        """Be silent; the thread ends by itself."""
        with self._room:
            self._stopped = True
            self._room.notify()

    def join(self) -> None:
        """Wait for the thread; for the end of the program."""
        self._thread.join(2.0)

    def _run(self) -> None:
        try:
            import miniaudio
        except ImportError:
            return
        from syncline.media import AudioReader

        try:
            with contextlib.ExitStack() as stack:
                voices = [
                    None if m is None else Retimer(_Mono(stack.enter_context(AudioReader(m))).read) for m in self._pair
                ]
                device = miniaudio.PlaybackDevice(
                    miniaudio.SampleFormat.FLOAT32,
                    2,
                    RATE,
                    buffersize_msec=round(LATENCY * 500),
                    backends=_backends(miniaudio),
                    app_name="Syncline",
                )
                stack.callback(device.close)
                self._origin = self._set_in()
                feed = self._feed()
                next(feed)
                self._fill(voices, AHEAD // 2)
                device.start(feed)
                while not self._stopped:
                    self._fill(voices, AHEAD)
                    with self._room:
                        self._room.wait(0.1)
        except (miniaudio.MiniaudioError, SynclineError, OSError):
            # No device, or no readable sound: the pictures run by the clock, in silence.
            self._given_at = None

    def _fill(self, voices: list[Retimer | None], count: int) -> None:
        while len(self._queue) < count and not self._stopped:
            t = self._origin + self._made * HALF / RATE * self._rate
            block = np.zeros((HALF, 2), np.float32)
            if t <= self._last:
                for ear, voice in enumerate(voices):
                    if voice is not None:
                        sound = voice.block(t if ear == 0 else float(self._to_b(t)))
                        if self._both_ears:
                            block += sound[:, None]
                        else:
                            block[:, ear] += sound
            self._queue.append(np.clip(block, -1, 1))
            self._made += 1

    def _feed(self) -> Generator[bytes, int, None]:
        rest = np.zeros((0, 2), np.float32)
        wanted = yield b""
        while True:
            while len(rest) < wanted and self._queue and not self._stopped:
                rest = np.concatenate([rest, self._queue.popleft()])
            out, rest = rest[:wanted], rest[wanted:]
            if self._stopped:
                out = np.zeros((wanted, 2), np.float32)
            else:
                self._given += len(out)
                self._given_at = time.perf_counter()
            with self._room:
                self._room.notify()
            wanted = yield out.tobytes()


def _backends(miniaudio: Any) -> list[Any] | None:
    """Sound systems to try, None for all. ALSA complains loudly on stderr where there is no sound card."""
    if not sys.platform.startswith("linux"):
        return None
    found = [miniaudio.Backend.PULSEAUDIO, miniaudio.Backend.JACK]
    return [*found, miniaudio.Backend.ALSA] if Path("/dev/snd").exists() else found


class Sound(QObject):
    """Plays what `Playback` runs over. Without a sound device, or before the first play, nothing happens."""

    def __init__(self, playback: Playback, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._playback, self._settings = playback, settings
        self._worker: SoundWorker | None = None
        self._key: tuple[Any, ...] | None = None
        self._expected = 0.0
        playback.state_changed.connect(self._follow)
        playback.moved.connect(self._watch)
        settings.changed.connect(self._on_setting)
        playback.audio_clock = self.position

    def _on_setting(self, name: str) -> None:
        if name == "sound/routing":
            self._follow()

    def position(self) -> float | None:
        """Seconds of A heard now, None while there is no sound."""
        return None if self._worker is None else self._worker.position()

    def _wanted(self) -> tuple[Any, ...] | None:
        p, routing = self._playback, self._settings.routing
        if not p.playing or not 0 < p.rate <= 2 or routing == "none":
            return None
        a, b = (
            m if m is not None and m.audio is not None and routing in ("both", side) else None
            for side, m in zip("ab", p.media, strict=True)
        )
        last = p.end if not p.looping or p.mark_out is None else p.mark_out
        return None if a is None and b is None else (a, b, routing, p.rate, p.path, p.offset, last)

    def _follow(self) -> None:
        wanted = self._wanted()
        if wanted == self._key:
            return
        self._key = wanted
        self._stop()
        if wanted is not None:
            a, b, routing, rate, path, offset, last = wanted

            def to_b(t: float) -> float:
                return t + offset if path is None else float(path.to_b(t)) + offset

            self._expected = self._playback.a_time
            self._worker = SoundWorker((a, b), routing != "both", to_b, self._expected, rate, last)

    def _watch(self) -> None:
        """Begin anew where the playhead was put by hand, and where another path leads B."""
        p = self._playback
        if self._worker is not None and p.playing:
            if abs(p.a_time - self._expected) > 0.2:
                self._key = None
            self._expected = p.a_time
            self._follow()

    def _stop(self) -> None:
        if self._worker is not None:
            self._worker.stop()
            self._worker = None

    def close(self) -> None:
        """Be silent for good."""
        self._playback.audio_clock = None
        worker = self._worker
        self._stop()
        if worker is not None:
            worker.join()
