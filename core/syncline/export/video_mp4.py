"""A and B as one MP4 under the warp: B on A's clock, side by side, or one over the other."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ExportError
from ..model import VideoStream
from ..progress import Monitor
from ..registry import choice, number
from . import ExportJob, register
from ._common import paired_frames, path_of
from ._mp4 import SOUND_RATE, Mp4Writer, check_mp4, clock
from ._sound import Ears, Track, opened, own_track, stretched_track

__all__ = ["VideoMp4Params", "write"]

Picture = NDArray[np.uint8]
_SKIP = 120
"""Frames past which starting anew is cheaper than decoding all that lies between."""


@dataclass(frozen=True)
class VideoMp4Params:
    """What the video shows and how it is written."""

    layout: str = choice(
        "retimed", ("retimed", "side_by_side", "overlay"), "Layout", "retimed shows B alone, on A's clock."
    )
    motion: str = choice(
        "exact",
        ("exact", "smooth"),
        "Motion",
        "exact: the frame of B that the path pairs with A's; smooth: B's two nearest frames blended.",
    )
    sound: str = choice(
        "auto",
        ("auto", "a", "b", "both", "none"),
        "Sound",
        "both: A in the left ear, B in the right; auto: B's for retimed, else both, as far as there is any.",
    )
    opacity: float = number(0.5, "Opacity of B", "In the overlay layout.", low=0.0, high=1.0)
    crf: int = number(
        18, "Quality (CRF)", "Lower is better and larger; 18 looks like the original.", low=0, high=51, advanced=True
    )
    preset: str = choice(
        "veryfast",
        ("ultrafast", "veryfast", "fast", "medium", "slow"),
        "Encoder effort",
        "Slower makes smaller files.",
        advanced=True,
    )


class _Frames:
    """Frames of one reader at ascending numbers, decoded in order; a damaged frame keeps the one before it."""

    def __init__(self, reader: Any, stream: VideoStream) -> None:
        self.reader, self.count = reader, stream.frames
        self._source: Iterator[tuple[int, float, Picture]] | None = None
        self._held: list[tuple[int, Picture]] = []
        self._done = -1

    def at(self, index: int) -> Picture:
        """Frame `index`; numbers may fall by one at most, as blending needs."""
        index = min(max(index, 0), self.count - 1)
        if self._source is None or index > self._done + _SKIP:
            self._source = iter(self.reader.frames(index))
            self._held, self._done = self._held[-1:], index - 1
        while self._done < index:
            item = next(self._source, None)
            if item is None:
                self._done = self.count
                break
            self._done = item[0]
            self._held = [*self._held[-1:], (item[0], item[2])]
        usable = [picture for number, picture in self._held if number <= index]
        if usable:
            return usable[-1]
        if self._held:
            return self._held[0][1]
        raise ExportError("No frame of one of the videos could be decoded; check the file.")


def _sound_sides(job: ExportJob, params: VideoMp4Params) -> str:
    """Which sound is written: ``"a"``, ``"b"``, ``"both"`` or ``"none"``."""
    if params.sound != "auto":
        return params.sound
    pair = job.alignment.pair
    have = [side for side, media in (("a", pair.a), ("b", pair.b)) if media.audio is not None]
    if params.layout == "retimed":
        return "b" if "b" in have else "none"
    return "both" if len(have) == 2 else have[0] if have else "none"


def _track(job: ExportJob, sides: str, stack: contextlib.ExitStack, monitor: Monitor) -> Track | None:
    if sides == "none":
        return None
    path, duration = path_of(job.alignment), job.alignment.pair.a.duration
    channels = 1 if sides == "both" else None
    a = own_track(opened(job, "a", stack), duration, SOUND_RATE, monitor, channels) if sides != "b" else None
    b = (
        stretched_track(opened(job, "b", stack), path, duration, SOUND_RATE, monitor, channels)
        if sides != "a"
        else None
    )
    return Ears(a, b) if a is not None and b is not None else a or b


def _fitted(picture: Picture, width: int, height: int) -> Picture:
    """`picture` scaled to fit into (height, width), black around it where the shapes differ."""
    import cv2

    h, w = picture.shape[:2]
    if (h, w) == (height, width):
        return picture
    scale = min(width / w, height / h)
    new_w, new_h = max(1, min(width, round(w * scale))), max(1, min(height, round(h * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(picture, (new_w, new_h), interpolation=way)
    if (new_h, new_w) == (height, width):
        return np.asarray(small, np.uint8)
    out = np.zeros((height, width, 3), np.uint8)
    top, left = (height - new_h) // 2, (width - new_w) // 2
    out[top : top + new_h, left : left + new_w] = small
    return out


def _blends(times: NDArray[np.float64], wanted: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """For seconds `wanted` (n,) the frame before each and the weight of the one after, held at the ends."""
    position = np.interp(wanted, times, np.arange(len(times), dtype=np.float64))
    before = np.minimum(position.astype(np.intp), max(len(times) - 2, 0))
    return before, position - before


@register("video_mp4", "Video under the warp", VideoMp4Params, kinds=(".mp4",))
def write(job: ExportJob, target: Path, params: VideoMp4Params, monitor: Monitor) -> None:
    """H.264 and AAC: one frame for each of A's, at A's own times, with B as the path pairs it.

    Beyond the ends of the path B holds its first or last frame. Sound of B keeps its pitch.
    """
    import cv2

    alignment = job.alignment
    path, a, b = path_of(alignment), alignment.pair.a.video, alignment.pair.b.video
    for video, media in ((a, alignment.pair.a), (b, alignment.pair.b)):
        if video is None:
            raise ExportError(f"“{media.name}” has no pictures; export the sound (.wav) or the path (.csv) instead.")
    assert a is not None  # said above; for the type checker
    assert b is not None
    base, ticks = clock(a)
    smooth = params.motion == "smooth"
    if smooth:
        index, weight = _blends(b.times, path.to_b(a.times))
    else:
        index, weight = paired_frames(alignment), np.zeros(a.frames)

    panel = (round(b.width * a.height / b.height), a.height)
    size = {
        "retimed": (b.width, b.height),
        "side_by_side": (a.width + panel[0], a.height),
        "overlay": (a.width, a.height),
    }[params.layout]
    sides = _sound_sides(job, params)
    writing = monitor.part(0.0, 0.97, "Writing the video")
    with contextlib.ExitStack() as stack:
        b_frames = _Frames(stack.enter_context(job.open_video("b")), b)
        a_frames = None
        if params.layout != "retimed":
            a_frames = _Frames(stack.enter_context(job.open_video("a")), a)
        track = _track(job, sides, stack, writing)
        writer = stack.enter_context(
            Mp4Writer(
                target, size, base, ticks, a.last_duration, track, alignment.pair.a.duration, params.crf,
                params.preset, writing,
            )
        )  # fmt: skip
        for i in range(a.frames):
            writing.check()
            picture = b_frames.at(int(index[i]))
            if weight[i] > 0:
                after = b_frames.at(int(index[i]) + 1)
                picture = np.asarray(cv2.addWeighted(picture, 1 - weight[i], after, weight[i], 0), np.uint8)
            if params.layout == "retimed":
                picture = _fitted(picture, *size)
            elif a_frames is not None:
                writing.check()
                own = _fitted(a_frames.at(i), a.width, a.height)
                if params.layout == "side_by_side":
                    picture = np.hstack([own, _fitted(picture, *panel)])
                else:
                    other = _fitted(picture, *size)
                    mixed = cv2.addWeighted(own, 1 - params.opacity, other, params.opacity, 0)
                    picture = np.asarray(mixed, np.uint8)
            writer.add(picture)
            writing.advance(i + 1, a.frames)
        for frames in (a_frames, b_frames):
            for sentence in () if frames is None else frames.reader.warnings:
                monitor.warn(sentence)
    check_mp4(target, base, ticks, track is not None, monitor.part(0.97, 1.0, "Checking the video"))
    monitor.advance(1, 1)
