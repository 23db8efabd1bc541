"""Sound by sample: soundfile where it can, FFmpeg otherwise; streamed, never read whole."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from ..errors import MediaError, ParameterError
from ..files import shown
from ..model.media import AudioStream, Media
from ..progress import Monitor
from ._index import acceptable_sound
from .container import open_container, packets
from .opening import check_unchanged

__all__ = ["BY_SOUNDFILE", "AudioReader", "peaks", "probe_soundfile"]

BY_SOUNDFILE = -1
"""`AudioStream.index` of sound that soundfile reads."""

_PREROLL = 0.3
"""Seconds decoded before a place that was sought, so that overlapping transforms and bit reservoirs are filled."""


def _open_soundfile(path: Path) -> Any:
    import soundfile

    # soundfile encodes text itself and fails on names that are not UTF-8.
    name: Any = os.fspath(path) if sys.platform == "win32" else os.fsencode(path)
    return soundfile.SoundFile(name)


def probe_soundfile(path: Path) -> AudioStream | None:
    """What soundfile makes of `path`, None if it can't read it."""
    import soundfile

    if path.suffix.lower() == ".raw":
        return None
    try:
        with _open_soundfile(path) as file:
            if not acceptable_sound(file.channels, file.samplerate) or file.frames < 1:
                return None
            samples = _true_length(file)
            if samples < 1:
                return None
            return AudioStream(BY_SOUNDFILE, f"{file.format} {file.subtype}", file.samplerate, file.channels, samples)
    except (soundfile.LibsndfileError, OSError, ValueError, TypeError, RuntimeError):
        return None


def _true_length(file: Any) -> int:
    """Samples that are really there: the header of a file that was cut off promises more."""
    import soundfile

    try:
        file.seek(file.frames - 1)
        if len(file.read(1, dtype="float32")) == 1:
            return int(file.frames)
    except (soundfile.LibsndfileError, RuntimeError):
        pass
    count = 0
    try:
        file.seek(0)
        while n := len(file.read(1 << 16, dtype="float32")):
            count += n
    except (soundfile.LibsndfileError, RuntimeError):
        pass
    return count


class _Source(Protocol):
    faults: int

    def read(self, first: int, count: int) -> NDArray[np.float32]: ...

    def close(self) -> None: ...


class _Soundfile:
    """Samples by soundfile."""

    def __init__(self, media: Media, stream: AudioStream) -> None:
        import soundfile

        try:
            self._file = _open_soundfile(media.path)
        except (soundfile.LibsndfileError, OSError, RuntimeError) as error:
            raise MediaError(f"“{shown(media.path)}” can't be opened ({error}); choose another file.") from None
        self._at, self._channels = 0, stream.channels
        self.faults = 0

    def close(self) -> None:
        self._file.close()

    def read(self, first: int, count: int) -> NDArray[np.float32]:
        import soundfile

        out = np.zeros((count, self._channels), np.float32)
        try:
            if first != self._at:
                self._file.seek(first)
            got = self._file.read(count, dtype="float32", always_2d=True)
            out[: len(got)] = got
            self._at = first + len(got)
        except (soundfile.LibsndfileError, RuntimeError):
            self.faults += 1
            self._at = -1
        return out


class _Ffmpeg:
    """Samples by FFmpeg: one position in the file, decoded on while reads follow each other."""

    def __init__(self, media: Media, stream: AudioStream) -> None:
        self._path, self._info = media.path, stream
        self._container: Any = None
        self.faults = 0
        self._whole = 0
        self._first_length = 0
        self._origin: Fraction | None = None
        self._reopen()

    def close(self) -> None:
        if self._container is not None:
            self._container.close()
            self._container = None

    def _reopen(self) -> None:
        from av.stream import Discard

        self.close()
        self._container = open_container(self._path)
        self._stream: Any = self._container.streams[self._info.index]
        for other in self._container.streams:
            if other.index != self._info.index:
                other.discard = Discard.all
        self._tick = Fraction(self._stream.time_base or Fraction(1, 90000))
        self._restart(0)

    def _restart(self, at: int | None) -> None:
        self._blocks = self._decode()
        self._next = at
        self._held: tuple[int, NDArray[np.float32]] = (0, np.zeros((0, self._info.channels), np.float32))

    def _decode(self) -> Iterator[Any]:
        from av.error import FFmpegError

        for packet in packets(self._container, self._stream, failed=self._fault):
            try:
                frames = packet.decode()
            except EOFError:
                return
            except (FFmpegError, ValueError):
                self._fault()
                continue
            for frame in frames:
                if frame.layout.nb_channels == self._info.channels and frame.sample_rate == self._info.rate:
                    yield frame
                else:
                    self._fault()

    def _fault(self) -> None:
        self.faults += 1

    def _advance(self) -> bool:
        """Hold the next decoded block; False at the end."""
        frame = next(self._blocks, None)
        if frame is None:
            return False
        rate, n = self._info.rate, frame.samples
        if self._origin is None:
            self._origin, self._first_length = (frame.pts or 0) * self._tick, n
        elif not self._whole and self._next == self._first_length:
            self._whole = n
        at = self._next
        if frame.pts is not None:
            told = round((frame.pts * self._tick - self._origin) * rate)
            # A container may round its stamps to milliseconds: then counting on is truer than they are.
            slack = float(self._tick) * rate * 1.5 + 1
            if at is None or abs(told - at) > slack:
                at = told
                if self._whole:
                    k = round((told - self._first_length) / self._whole)
                    grid = self._first_length + k * self._whole
                    at = grid if abs(grid - told) <= slack else told
        at = at or 0
        self._held = (at, _as_float(frame, self._info.channels))
        self._next = at + n
        return True

    def _go(self, first: int) -> None:
        """Seek so that decoding reaches sample `first`."""
        from av.error import FFmpegError

        if self._origin is None:
            self._advance()
        if self._origin is not None and not self._whole:
            self._advance()
        preroll = _PREROLL
        while True:
            t = first / self._info.rate - preroll
            if t <= 0 or self._origin is None:
                self._reopen()
                return
            try:
                self._container.seek(int((self._origin + Fraction(t)) / self._tick), stream=self._stream, backward=True)
            except (FFmpegError, OSError, ValueError):
                self._reopen()
                return
            self._restart(None)
            # Whether it went far enough back is seen from the first block only.
            if self._advance() and self._held[0] <= first - preroll / 2 * self._info.rate:
                return
            preroll *= 4

    def read(self, first: int, count: int) -> NDArray[np.float32]:
        out = np.zeros((count, self._info.channels), np.float32)
        held_at = self._held[0]
        ahead = first - (self._next or 0)
        if first < held_at or self._next is None or ahead > 2 * self._info.rate:
            self._go(first)
        stop = first + count
        while True:
            at, block = self._held
            lo, hi = max(first, at), min(stop, at + len(block))
            if hi > lo:
                out[lo - first : hi - first] = block[lo - at : hi - at]
            if at + len(block) >= stop or not self._advance():
                return out


def _as_float(frame: Any, channels: int) -> NDArray[np.float32]:
    """float32 (n, channels) in −1..1 of a decoded frame."""
    raw = frame.to_ndarray()
    samples = raw.T if frame.format.is_planar else raw.reshape(-1, channels)
    if samples.dtype.kind == "f":
        return np.ascontiguousarray(samples, np.float32)
    if samples.dtype == np.uint8:
        return ((samples.astype(np.float32) - 128) / 128).astype(np.float32)
    scale = float(-int(np.iinfo(samples.dtype).min))
    return (samples / scale).astype(np.float32)


class AudioReader:
    """The sound of an audio file or a video. A context manager; one per thread.

    Attributes
    ----------
    rate, channels, samples
        Hz, number of channels, number of samples of each.

    Raises
    ------
    MediaError
        There is no sound, or the file is not the one that was opened.
    """

    def __init__(self, media: Media) -> None:
        if media.audio is None:
            raise MediaError(f"“{shown(media.path)}” has no sound; choose a file with sound.")
        check_unchanged(media)
        self.media = media
        self.rate, self.channels, self.samples = media.audio.rate, media.audio.channels, media.audio.samples
        self._start = media.audio.start
        self._bad = 0
        self._source: _Source = (_Soundfile if media.audio.index == BY_SOUNDFILE else _Ffmpeg)(media, media.audio)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give back the file."""
        self._source.close()

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences about damage met so far."""
        name, found = f"“{shown(self.media.path)}”", list[str]()
        if self._source.faults:
            found.append(f"{name}: the sound could not be decoded in {self._source.faults} place(s); silence is there.")
        if self._bad:
            found.append(f"{name}: {self._bad} sample(s) are no numbers and were taken as silence.")
        return tuple(found)

    def _samples(self, first: int, stop: int) -> NDArray[np.float32]:
        lo, hi = max(first, 0), min(stop, self.samples)
        out = np.zeros((max(stop - first, 0), self.channels), np.float32)
        if hi > lo:
            got = self._source.read(lo, hi - lo)
            bad = ~np.isfinite(got)
            if bad.any():
                self._bad += int(bad.sum())
                got[bad] = 0
            out[lo - first : hi - first] = got
        return out

    def read(self, start_s: float, stop_s: float) -> NDArray[np.float32]:
        """Samples from `start_s` to `stop_s` seconds on the medium's clock.

        Returns
        -------
        float32 (N, channels)
            N = (stop_s − start_s) · rate to the nearest sample at both ends; silence where there is no sound.
        """
        if not (np.isfinite(start_s) and np.isfinite(stop_s)) or stop_s < start_s:
            raise ParameterError(f"Sound can't be read from {start_s} s to {stop_s} s.")
        return self._samples(round((start_s - self._start) * self.rate), round((stop_s - self._start) * self.rate))

    def blocks(
        self, seconds: float = 10.0, rate: float | None = None, mono: bool = True
    ) -> Iterator[tuple[float, NDArray[np.float32]]]:
        """The whole sound in order, in blocks of about `seconds`.

        Parameters
        ----------
        rate
            Hz to resample to (soxr, high quality, streamed); None: as it is.
        mono
            Mean of the channels.

        Yields
        ------
        tuple
            Time of the block's first sample on the medium's clock, and float32 (N,) if `mono`, else (N, channels).
        """
        out_rate = float(rate or self.rate)
        if not out_rate > 0 or not seconds > 0:
            raise ParameterError("Blocks of sound need a positive length and rate.")
        stream: Any = None
        if out_rate != self.rate:
            import soxr

            stream = soxr.ResampleStream(self.rate, out_rate, 1 if mono else self.channels, dtype="float32")
        step, done = max(1, round(seconds * self.rate)), 0
        for first in range(0, self.samples, step):
            stop = min(first + step, self.samples)
            block = self._samples(first, stop)
            if mono:
                block = block.mean(axis=1, dtype=np.float32)
            if stream is not None:
                block = stream.resample_chunk(block, last=stop == self.samples)
            if len(block):
                yield self._start + done / out_rate, block
                done += len(block)


def peaks(media: Media, columns: int, monitor: Monitor | None = None) -> NDArray[np.float32]:
    """Smallest and largest sample in each of `columns` equal stretches of the medium, for drawing.

    Returns
    -------
    float32 (columns, 2)
        Of the mean of the channels; 0 where there is no sound. Column c covers c … c + 1 times
        duration / columns on the medium's clock.
    """
    if columns < 1:
        raise ParameterError("A waveform needs at least one column.")
    monitor = monitor or Monitor()
    low, high = np.full(columns, np.inf, np.float32), np.full(columns, -np.inf, np.float32)
    with AudioReader(media) as reader:
        for time, block in reader.blocks():
            first = (time + np.arange(len(block)) / reader.rate) * (columns / media.duration)
            column = np.floor(first + 1e-9).astype(np.intp)
            inside = (column >= 0) & (column < columns)
            column, block = column[inside], block[inside]
            if len(block):
                starts = np.flatnonzero(np.diff(column, prepend=-1))
                np.minimum.at(low, column[starts], np.minimum.reduceat(block, starts))
                np.maximum.at(high, column[starts], np.maximum.reduceat(block, starts))
            monitor.advance(time, media.duration)
    silent = ~np.isfinite(low)
    low[silent] = high[silent] = 0
    return np.column_stack([low, high])
