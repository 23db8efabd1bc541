"""Pictures of a video: exact random access with a cache, and a fast sequential pass."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections import OrderedDict
from collections.abc import Generator, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from ..errors import MediaError, ParameterError
from ..files import shown
from ..model.media import Media, VideoStream
from ..progress import Monitor
from . import _pictures
from ._budget import FrameBudget
from ._decoder import Damage, Decoder
from .opening import check_unchanged

if TYPE_CHECKING:
    from av import VideoFrame

__all__ = ["VideoReader", "thumbnails"]

_QUEUE = 8
_WAIT = 0.1
_BUNDLE_BYTES = 256 << 10
"""Small pictures change threads several at a time: each handing-over costs more than reducing one does."""


class VideoReader:
    """Frames of a video by index. A context manager; one per thread.

    Decoded frames are kept as they left the decoder, those farthest from the wanted one dropped first: going
    backwards decodes a group of pictures once and then takes its frames from memory. Before these run out, a
    second decoder fetches the ones before them, a few at each step, so that no step waits for a whole group.

    Parameters
    ----------
    media
        A video, from `open_media`.
    cache_bytes
        Memory for decoded and converted frames, or a budget that several readers share.

    Raises
    ------
    MediaError
        The file is no video, is gone, or is not the one that was opened.
    """

    def __init__(self, media: Media, cache_bytes: int | FrameBudget = 256 << 20) -> None:
        if media.video is None:
            raise MediaError(f"“{shown(media.path)}” has no pictures; choose a video.")
        check_unchanged(media)
        self.media = media
        self._video: VideoStream = media.video
        self._stored = (
            (media.video.height, media.video.width)
            if media.video.rotation in (90, 270)
            else (media.video.width, media.video.height)
        )
        self._damage = Damage(media)
        self._decoder: Decoder | None = None
        self._cache: dict[int, tuple[VideoFrame, int]] = {}
        self._cached = 0
        self._focus = -1
        self._behind: Decoder | None = None
        self._fetching: tuple[int, int] | None = None
        self._pictures: OrderedDict[int, NDArray[np.uint8]] = OrderedDict()
        # Three bytes a pixel: 4:2:0 in 10 bits.
        need = 3 * media.video.frames * media.video.width * media.video.height * 8 // 7
        budget = cache_bytes if isinstance(cache_bytes, FrameBudget) else FrameBudget(cache_bytes)
        self._share = budget.join(need)
        self._instead: dict[int, int] = {}
        self._passes: list[_Pass] = []
        self.decoded = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End every pass and give back file and memory."""
        for running in tuple(self._passes):
            running.end()
        for decoder in (self._decoder, self._behind):
            if decoder is not None:
                decoder.close()
        self._decoder = self._behind = self._fetching = None
        self._cache.clear()
        self._pictures.clear()
        self._cached = 0
        self._share.leave()

    @property
    def _budget(self) -> int:
        """Bytes for frames as they left the decoder; an eighth is for those that were converted."""
        return self._share.bytes * 7 // 8

    @property
    def _most_pictures(self) -> int:
        return max(1, self._share.bytes // 8 // (4 * self._video.width * self._video.height))

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences about damage met so far, with counts and times."""
        return self._damage.sentences()

    def index_at(self, t: float) -> int:
        """Index of the frame on screen at `t` seconds; before the first frame 0, after the last one the last."""
        # Times that went through a warp come back a rounding error away.
        found = int(np.searchsorted(self._video.times, t + 1e-6, side="right")) - 1
        return min(max(found, 0), self._video.frames - 1)

    def frame(self, index: int) -> NDArray[np.uint8]:
        """Frame `index` as uint8 (h, w, 4) BGRA, turned as it is to be seen, read-only, C-contiguous.

        A frame that can't be decoded is replaced by its neighbour, and `warnings` says so.

        Raises
        ------
        ParameterError
            There is no frame of that index.
        MediaError
            Nothing can be decoded any more.
        """
        if not 0 <= index < self._video.frames:
            raise ParameterError(f"“{shown(self.media.path)}” has frames 0 to {self._video.frames - 1}, not {index}.")
        going_back, self._focus = index == self._focus - 1, index
        if going_back:
            self._fetch_behind(index)
        else:
            self._end_fetching()
        index = self._instead.get(index, index)
        picture = self._pictures.get(index)
        if picture is None:
            frame = self._find(index)
            index = self._instead.get(index, index)
            picture = _pictures.orient(
                _pictures.to_bgra(frame, self._stored), self._video.rotation, self._video.mirrored
            )
            picture.setflags(write=False)
            self._pictures[index] = picture
            while len(self._pictures) > self._most_pictures:
                self._pictures.popitem(last=False)
        self._pictures.move_to_end(index)
        return picture

    def _keep(self, index: int, frame: VideoFrame) -> None:
        size = sum(p.buffer_size for p in frame.planes)
        old = self._cache.pop(index, None)
        self._cached += size - (old[1] if old else 0)
        self._cache[index] = (frame, size)
        while self._cached > self._budget and len(self._cache) > 1:
            farthest = max(self._cache, key=lambda held: abs(held - self._focus))
            self._cached -= self._cache.pop(farthest)[1]

    def _fetch_behind(self, index: int) -> None:
        """Decode a little of what lies before the cached frames below `index`, so that all is there in time."""
        if index not in self._cache or not len(self._video.keys):
            return
        if self._fetching is None:
            low = index
            while low - 1 in self._cache:
                low -= 1
            half = max(1, self._budget // (2 * self._cache[index][1]))
            if low == 0 or index - low > half:
                return
            self._behind = self._behind or Decoder(self.media, self._damage)
            self._fetching = max(0, low - half), low
            self._behind.seek(self._fetching[0])
        assert self._behind is not None
        start, stop = self._fetching
        # Before the first frame came the decoder does not say where it is: at a key frame at or before `start`.
        at = self._behind.at if self._behind.at >= 0 else self._behind.began
        steps = max(1, index - stop)
        for _ in range(-(-(stop - at) // steps)):
            got = next(iter(self._behind), None)
            if got is None or got[0] >= stop:
                self._end_fetching(done=True)
                return
            self.decoded += 1
            if got[0] >= start:
                self._keep(*got)

    def _end_fetching(self, done: bool = False) -> None:
        """Let go of one of the two decoders.

        A decoder keeps the memory of every frame that it ever had out at once: two would keep the budget twice. The
        one that fetched stands before what is cached, which is where the next frame will be wanted from.
        """
        if self._behind is not None:
            old = self._decoder if done else self._behind
            if done:
                self._decoder = self._behind
            self._behind = None
            if old is not None:
                old.close()
        self._fetching = None

    def _find(self, index: int) -> VideoFrame:
        """The decoded frame, from the cache, from decoding on, or after seeking back."""
        held = self._cache.get(index)
        if held is not None:
            return held[0]
        if self._decoder is None:
            self._decoder = Decoder(self.media, self._damage)
            self._decoder.seek(index)
        elif not self._decoder.soon(index):
            self._decoder.seek(index)
        back = 0
        best, after = (self._decoder.at if self._decoder.at < index else -1), -1
        while True:
            for at, frame in self._decoder:
                self.decoded += 1
                self._keep(at, frame)
                if at == index:
                    return frame
                if at > index:
                    after = at if after < 0 else min(after, at)
                    break
                best = max(best, at)
            if self._decoder.from_start:
                break
            back = max(1, 2 * back)
            self._decoder.seek(index, back)
        neighbour = best if best >= 0 else after
        if neighbour < 0:
            raise MediaError(f"No picture of “{shown(self.media.path)}” can be decoded; the file is damaged.")
        self._instead[index] = neighbour
        self._damage.missing.add(index)
        held = self._cache.get(neighbour)
        if held is None and neighbour in self._instead:
            raise MediaError(f"The pictures around frame {index} of “{shown(self.media.path)}” can't be decoded.")
        return held[0] if held is not None else self._find(neighbour)

    def frames(
        self,
        start: int = 0,
        stop: int | None = None,
        max_side: int | None = None,
        grey: bool = False,
        ahead: bool = True,
    ) -> Iterator[tuple[int, float, NDArray[np.uint8]]]:
        """Frames from `start` up to `stop` in order, decoded and reduced ahead in a thread of their own.

        Parameters
        ----------
        start, stop
            Indices, `stop` excluded; None: to the end.
        max_side
            Pixels of the longer side at most; smaller pictures stay as they are.
        grey
            Brightness only.
        ahead
            False: in the thread that asks; better where other work keeps the cores busy anyway.

        Yields
        ------
        tuple
            Index, time in seconds, and uint8 (h, w, 3) BGR or (h, w) grey, turned as it is to be seen. Frames
            that can't be decoded are left out, and `warnings` says so. Closing the iterator ends the thread.
        """
        last = self._video.frames if stop is None else min(stop, self._video.frames)
        running = _Pass(self, max(start, 0), last, max_side, grey)
        self._passes.append(running)
        try:
            yield from running.run() if ahead else running.here()
        finally:
            running.end()
            with contextlib.suppress(ValueError):
                self._passes.remove(running)


class _Pass:
    """One sequential pass: a thread that decodes ahead into a short queue."""

    def __init__(self, reader: VideoReader, start: int, stop: int, max_side: int | None, grey: bool) -> None:
        self._reader, self._start, self._stop, self._grey = reader, start, stop, grey
        self._size = _pictures.reduced_size(*reader._stored, max_side)
        bytes_each = self._size[0] * self._size[1] * (1 if grey else 3)
        self._bundle_size = min(max(1, _BUNDLE_BYTES // max(bytes_each, 1)), 16)
        self._queue: queue.Queue[Any] = queue.Queue(_QUEUE if self._bundle_size == 1 else 32)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="decode", daemon=True)

    def here(self) -> Generator[tuple[int, float, NDArray[np.uint8]]]:
        times = self._reader._video.times
        for index, picture in self._pictures():
            yield index, float(times[index]), picture

    def run(self) -> Generator[tuple[int, float, NDArray[np.uint8]]]:
        times = self._reader._video.times
        self._thread.start()
        while not self._ended.is_set():
            try:
                item = self._queue.get(timeout=_WAIT)
            except queue.Empty:
                continue
            if item is None:
                return
            if isinstance(item, BaseException):
                raise item
            for index, picture in item:
                yield index, float(times[index]), picture

    def end(self) -> None:
        self._ended.set()
        with contextlib.suppress(queue.Empty):
            while True:
                self._queue.get_nowait()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()

    def _put(self, item: Any) -> bool:
        while not self._ended.is_set():
            try:
                self._queue.put(item, timeout=_WAIT)
                return True
            except queue.Full:
                continue
        return False

    def _work(self) -> None:
        end: BaseException | None = None
        bundle: list[tuple[int, NDArray[np.uint8]]] = []
        try:
            for item in self._pictures():
                bundle.append(item)
                if len(bundle) >= self._bundle_size:
                    if not self._put(bundle):
                        return
                    bundle = []
        except BaseException as error:  # noqa: BLE001 — carried to the thread that asked
            end = error
        if bundle:
            self._put(bundle)
        self._put(end)

    def _pictures(self) -> Generator[tuple[int, NDArray[np.uint8]]]:
        reader, video = self._reader, self._reader._video
        if self._start >= self._stop:
            return
        next_index = self._start
        # Reduced to a half and less, block edges are averaged away.
        quick = 2 * max(self._size) <= max(reader._stored)
        with Decoder(reader.media, reader._damage, quick) as decoder:
            decoder.seek(self._start)
            for index, frame in decoder:
                if self._ended.is_set():
                    return
                if index < next_index:
                    continue
                if index >= self._stop:
                    break
                reader._damage.missing.update(range(next_index, index))
                next_index = index + 1
                picture = _pictures.reduced(frame, self._size, self._grey)
                yield index, _pictures.orient(picture, video.rotation, video.mirrored)
        reader._damage.missing.update(range(next_index, self._stop))


def thumbnails(media: Media, times: Any, height: int, monitor: Monitor | None = None) -> list[NDArray[np.uint8]]:
    """Small pictures of a video, for a time line.

    A frame where decoding may start is taken instead of the exact one if it is nearer than half the
    way to the next thumbnail: that is many times quicker.

    Parameters
    ----------
    times
        (k,) seconds, ascending.
    height
        Pixels of each picture; the width follows from the video's.

    Returns
    -------
    list of uint8 (height, w, 3)
        BGR.
    """
    import cv2

    monitor = monitor or Monitor()
    wanted = np.asarray(times, np.float64)
    pictures: list[NDArray[np.uint8]] = []
    with VideoReader(media, cache_bytes=64 << 20) as reader:
        video = reader._video
        keys = np.searchsorted(video.pts, video.keys).clip(0, video.frames - 1)
        near = float(np.diff(wanted).min()) / 2 if len(wanted) > 1 else 0.0
        size = (max(1, round(height * video.width / video.height)), height)
        for k, t in enumerate(wanted):
            monitor.advance(k, len(wanted))
            index = reader.index_at(float(t))
            if len(keys):
                key = int(keys[np.abs(video.times[keys] - t).argmin()])
                index = key if abs(video.times[key] - t) < near else index
            small = cv2.resize(reader.frame(index), size, interpolation=cv2.INTER_AREA)
            pictures.append(cv2.cvtColor(small, cv2.COLOR_BGRA2BGR))  # pyright: ignore[reportArgumentType]
    return pictures
