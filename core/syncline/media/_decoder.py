"""One position in one video: seeks to where decoding may start, gives frames with their index."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ..files import shown
from ..model.media import Media, VideoStream
from .container import open_container, packets

if TYPE_CHECKING:
    from av import VideoFrame

__all__ = ["Damage", "Decoder"]


class Damage:
    """What went wrong while decoding, by frame, so that reading a place twice counts once."""

    def __init__(self, media: Media) -> None:
        self._media = media
        self.spoilt: set[int] = set()
        self.missing: set[int] = set()
        self.resized: set[int] = set()
        self.errors: set[int] = set()

    def _when(self, indices: set[int]) -> str:
        video = self._media.video
        assert video is not None
        first, last = video.times[min(indices)], video.times[max(indices)]
        return f"at {first:.2f} s" if len(indices) == 1 else f"between {first:.2f} s and {last:.2f} s"

    def sentences(self) -> tuple[str, ...]:
        """One sentence a kind, with count and times."""
        name = f"“{shown(self._media.path)}”"
        kinds = (
            (self.errors, "packet", "could not be decoded"),
            (self.spoilt, "frame", "decoded with faults"),
            (self.missing, "frame", "can't be decoded; the neighbour is shown instead"),
            (self.resized, "frame", "of another size, scaled to that of the first"),
        )
        return tuple(
            f"{name}: {len(found)} {noun}{'s' * (len(found) > 1)} {self._when(found)} {what}."
            for found, noun, what in kinds
            if found
        )


class Decoder:
    """Iterates over (index, frame) in the order of showing, from wherever `seek` went.

    With `quick`, frames that no other one is predicted from are not smoothed at block edges, and half of the
    machine's cores are used.

    Attributes
    ----------
    at
        Index of the last frame given, −1 before the first.
    began
        Index of the frame where decoding began.
    from_start
        True if that is the start of the file, so that there is nothing farther back to try.
    """

    def __init__(self, media: Media, damage: Damage, quick: bool = False) -> None:
        assert media.video is not None
        self._media, self._damage, self._quick = media, damage, quick
        self._video: VideoStream = media.video
        self._counting = not len(self._video.keys)
        self._size = (
            (self._video.height, self._video.width)
            if self._video.rotation in (90, 270)
            else (self._video.width, self._video.height)
        )
        self._container: Any = None
        self.from_start = True
        self.began = 0
        self.at = -1
        self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give back the file."""
        self._ready.clear()
        if self._container is not None:
            self._container.close()
            self._container = None

    def _open(self) -> None:
        if self._container is not None:
            self._container.close()
        self._container = open_container(self._media.path)
        self._stream: Any = self._container.streams[self._video.index]
        self._stream.thread_type = "AUTO"
        if self._quick:
            # Such passes run on both sides at once: more threads than cores only wait for one another.
            self._stream.codec_context.thread_count = max(1, (os.cpu_count() or 2) // 2)
            # No other frame is predicted from these, so nothing drifts; reduced, the difference is not seen.
            self._stream.codec_context.options = {**self._stream.codec_context.options, "skip_loop_filter": "noref"}
        self._begin(None, np.iinfo(np.int64).min)
        self.from_start, self.began = True, 0

    def _begin(self, first: Any, floor: int) -> None:
        self._ready: deque[tuple[int, VideoFrame]] = deque()
        self._packets: Iterator[Any] = packets(self._container, self._stream)
        self._pending = first
        self._floor = floor
        self._count = 0
        self._done = False
        self._current = 0
        self.at = -1

    def soon(self, index: int) -> bool:
        """True if decoding on reaches `index` sooner than seeking would."""
        if self._done or index <= self.at:
            return False
        if self._counting or index - self.at <= 4:
            return True
        if self.at < 0:
            return False
        keys = self._video.keys
        here, there = np.searchsorted(keys, self._video.pts[[self.at, index]], side="right")
        return bool(here == there)

    def seek(self, index: int, back: int = 0) -> None:
        """Go to the last place before frame `index` where decoding may start, or `back` such places earlier."""
        from av.error import FFmpegError

        keys = self._video.keys
        wanted = int(self._video.pts[index])
        at = int(np.searchsorted(keys, wanted, side="right")) - 1 - back
        while not self._counting and at > 0:
            try:
                self._container.seek(int(keys[at]), stream=self._stream, backward=True)
            except (FFmpegError, OSError, ValueError):
                break
            # Some containers land between key frames or after the wanted one: believe only what is read.
            for packet in packets(self._container, self._stream):
                if packet.size and packet.is_keyframe and packet.pts is not None:
                    if packet.pts <= wanted and packet.pts in keys:
                        self._begin(packet, packet.pts)
                        self.from_start, self.began = False, int(np.searchsorted(self._video.pts, packet.pts))
                        return
                    break
            back = max(1, 2 * back)
            at -= back
        self._open()

    def __iter__(self) -> Iterator[tuple[int, VideoFrame]]:
        while True:
            while not self._ready and not self._done:
                self._advance()
            if not self._ready:
                return
            self.at, frame = self._ready.popleft()
            yield self.at, frame

    def _advance(self) -> None:
        """Decode one more packet."""
        from av.error import FFmpegError

        packet, self._pending = self._pending, None
        if packet is None:
            packet = next(self._packets, None)
        try:
            if packet is None:
                self._done = True
                frames: list[Any] = self._stream.codec_context.decode(None)
            else:
                if packet.pts is not None and not self._counting:
                    self._current = min(int(np.searchsorted(self._video.pts, packet.pts)), self._video.frames - 1)
                self._done = not packet.size
                frames = packet.decode()
        except EOFError:
            return
        except (FFmpegError, ValueError):
            if self._floor <= int(self._video.pts[self._current]):
                self._damage.errors.add(min(self.at + 1, self._video.frames - 1) if self._counting else self._current)
            return
        for frame in frames:
            index = self._index_of(frame)
            if index is None:
                continue
            if frame.is_corrupt:
                self._damage.spoilt.add(index)
            if (frame.width, frame.height) != self._size:
                self._damage.resized.add(index)
            self._ready.append((index, frame))

    def _index_of(self, frame: VideoFrame) -> int | None:
        """Index of a decoded frame; None for one that is never shown or lacks what it refers to."""
        if self._counting:
            self._count += 1
            return self._count - 1 if self._count <= self._video.frames else None
        if frame.pts is None or frame.pts < self._floor:
            return None
        index = int(np.searchsorted(self._video.pts, frame.pts))
        return index if index < self._video.frames and self._video.pts[index] == frame.pts else None
