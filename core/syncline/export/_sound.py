"""Streams of samples on A's clock, at one rate, pulled piece by piece by whoever writes them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ExportError
from ..model import WarpingPath
from ..progress import Monitor
from . import ExportJob
from ._stretch import gaps, read_samples, stretch

__all__ = ["Ears", "Track", "opened", "own_track", "stretched_track"]

Samples = NDArray[np.float32]
_BLOCK_SECONDS = 2.0


def _resampled(blocks: Iterable[Samples], rate_in: int, rate_out: int, channels: int) -> Iterator[Samples]:
    """`blocks` (N, channels) at another rate; as they are if it is the same."""
    if rate_in == rate_out:
        yield from blocks
        return
    import av
    from av.audio.resampler import AudioResampler

    layout = {1: "mono", 2: "stereo"}[channels]
    resampler = AudioResampler(format="flt", layout=layout, rate=rate_out)
    done = 0

    def frames(frame: Any) -> Iterator[Samples]:
        for out in resampler.resample(frame):
            yield out.to_ndarray().reshape(-1, channels).astype(np.float32, copy=False)

    for block in blocks:
        if not len(block):
            continue
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block).reshape(1, -1), format="flt", layout=layout)
        frame.sample_rate = rate_in
        frame.pts = done
        done += len(block)
        yield from frames(frame)
    yield from frames(None)


def _folded(blocks: Iterable[Samples], channels: int) -> Iterator[Samples]:
    for block in blocks:
        yield block if block.shape[1] == channels else block.mean(axis=1, keepdims=True).repeat(channels, 1)


class Track:
    """Sound to be pulled in order; silence once it has run out.

    Attributes
    ----------
    rate, channels
        Of what `pull` gives; 1 or 2 channels.
    """

    def __init__(self, blocks: Iterable[Samples], rate_in: int, rate_out: int, channels: int) -> None:
        self.rate, self.channels = rate_out, channels
        self._blocks = _resampled(_folded(blocks, channels), rate_in, rate_out, channels)
        self._rest: Samples = np.zeros((0, channels), np.float32)

    def pull(self, count: int) -> Samples:
        """The next `count` samples, float32 (count, channels)."""
        parts, have = [self._rest], len(self._rest)
        while have < count:
            block = next(self._blocks, None)
            if block is None:
                block = np.zeros((count - have, self.channels), np.float32)
            parts.append(block)
            have += len(block)
        joined = np.concatenate(parts)
        self._rest = joined[count:]
        return joined[:count]


def _own_blocks(reader: Any, duration: float, monitor: Monitor) -> Iterator[Samples]:
    total, size = round(duration * reader.rate), round(_BLOCK_SECONDS * reader.rate)
    for start in range(0, total, size):
        monitor.check()
        yield read_samples(reader, start, min(size, total - start))


def _channels(reader: Any, wanted: int | None) -> int:
    return wanted or (2 if reader.channels == 2 else 1)


def own_track(reader: Any, duration: float, rate: int, monitor: Monitor, channels: int | None = None) -> Track:
    """Sound of A as it is. More than two channels are mixed to one."""
    return Track(_own_blocks(reader, duration, monitor), int(reader.rate), rate, _channels(reader, channels))


def stretched_track(
    reader: Any, path: WarpingPath, duration: float, rate: int, monitor: Monitor, channels: int | None = None
) -> Track:
    """Sound of B on A's clock at constant pitch, silent where A has no counterpart in B."""
    blocks = stretch(reader, path.to_b, duration, gaps(path), monitor)
    return Track(blocks, int(reader.rate), rate, _channels(reader, channels))


class Ears(Track):
    """Two tracks of one channel and the same rate as one: the first in the left ear, the second in the right."""

    def __init__(self, left: Track, right: Track) -> None:
        self.rate, self.channels = left.rate, 2
        self._pair = (left, right)

    def pull(self, count: int) -> Samples:
        return np.concatenate([t.pull(count) for t in self._pair], axis=1)


def opened(job: ExportJob, side: str, stack: contextlib.ExitStack) -> Any:
    """A reader of the sound of `side`, closed with `stack`.

    Raises
    ------
    ExportError
        That file has no sound.
    """
    reader = job.open_audio(side)
    if reader is None:
        media = job.alignment.pair.a if side == "a" else job.alignment.pair.b
        raise ExportError(f"“{media.name}” has no sound; export without it.")
    return stack.enter_context(reader)
