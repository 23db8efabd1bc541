"""Demux a container once: which frames it has, when, and how much sound."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import MediaError
from ..files import shown
from ..model.media import AudioStream, VideoStream, frozen
from ..progress import Monitor
from . import _pictures
from .container import open_container, packets, streams_of

__all__ = ["Contents", "acceptable_sound", "index_container"]


@dataclass
class Contents:
    """What `index_container` found; `audio.start` is on the clock of the video if there is one."""

    video: VideoStream | None = None
    audio: AudioStream | None = None
    notes: list[str] = field(default_factory=list[str])


@dataclass
class _Packets:
    codec: str
    reorders: bool = False
    """Pictures may be decoded in another order than they are shown in."""
    pts: list[int] = field(default_factory=list[int])
    durations: list[int] = field(default_factory=list[int])
    keys: list[int] = field(default_factory=list[int])
    untimed: bool = False
    last: int = 0
    """When the last one is decoded."""
    skip_end: int = 0


def acceptable_sound(channels: int, rate: int) -> bool:
    """True for 1–64 channels at 100–768,000 Hz; anything else is damage or an attack on memory."""
    return 1 <= channels <= 64 and 100 <= rate <= 768_000


def index_container(path: Path, monitor: Monitor) -> Contents:
    """Read the packets of `path` once.

    Raises
    ------
    MediaError
        Neither pictures nor sound that can be decoded.
    """
    found = Contents()
    bad_spots = 0

    def failed() -> None:
        nonlocal bad_spots
        bad_spots += 1

    with open_container(path) as container:
        video, audio = streams_of(container)
        chosen = [s for s in (video, audio) if s is not None]
        if not chosen:
            raise MediaError(f"“{shown(path)}” has neither pictures nor sound that can be decoded; convert it first.")
        # A closed container's streams answer with garbage: keep what is needed of them now.
        video_at = None if video is None else int(video.index)
        audio_at = None if audio is None else int(audio.index)
        tables = {int(s.index): _Packets(str(s.codec_context.name)) for s in chosen}
        if video is not None:
            tables[int(video.index)].reorders = bool(video.codec_context.has_b_frames)
        # In ticks. AVI alone says it apart from the index, which what is missing is missing from as well.
        announced = int(video.frames) if video is not None and container.format.name == "avi" else 0
        total = max(container.size, 1)
        for n, packet in enumerate(packets(container, *chosen, failed=failed)):
            if n % 256 == 0:
                monitor.advance(min(packet.pos or 0, total), total)
            bad_spots += packet.is_corrupt
            if packet.size:
                _note(tables[packet.stream.index], packet, packet.stream.index == audio_at)
        # Matroska's own clock begins at zero, whenever the first picture comes; FFmpeg writes its length from there.
        late = 0 if "matroska" in container.format.name else container.start_time or 0
        promised = late + (container.duration or 0)
        ticks = {int(s.index): Fraction(s.time_base or Fraction(1, 90000)) for s in chosen}
    if bad_spots:
        found.notes.append(f"“{shown(path)}” is damaged in {bad_spots} place(s); what lies between can be used.")
    if video_at is not None:
        found.video = _video(path, video_at, tables[video_at], found.notes)
        reached = max(
            (float((max(t.pts) + t.durations[-1]) * ticks[i]) for i, t in tables.items() if t.pts), default=0.0
        )
        if found.video is not None and reached > 0 and promised / 1e6 - reached > max(0.1, 0.02 * reached):
            found.notes.append(
                f"“{shown(path)}” is cut off: it ends at {reached:.2f} s where {promised / 1e6:.2f} s were announced."
            )
        elif found.video is not None:
            found.notes.extend(_missing(path, tables[video_at], ticks[video_at], announced))
    if audio_at is not None:
        found.audio = _audio(path, audio_at, tables[audio_at], found)
    if found.video is None and found.audio is None:
        raise MediaError(f"“{shown(path)}” holds nothing that can be decoded; it is damaged: choose another file.")
    return found


def _missing(path: Path, table: _Packets, tick: Fraction, announced: int) -> Iterator[str]:
    """Say where pictures are missing that a damaged container stepped over without a word; `announced` in ticks."""
    pts = np.unique(table.pts)
    steps = np.diff(pts)
    if len(steps) < 2:
        return
    usual = float(np.median(steps))
    # Time is counted, not pictures: whoever leaves one out on purpose keeps its time. The last lasts a step.
    lost = announced - int(table.last + steps.max())
    if lost >= usual / 2:
        yield (
            f"“{shown(path)}” is damaged: pictures of {lost * float(tick):.2f} s are missing, and all that follow the "
            "damage come too early by that."
        )
    gaps = np.flatnonzero(steps > 1.5 * usual)
    # Where the rate varies anyway, a longer step is no gap.
    if 0 < len(gaps) <= 0.05 * len(steps) and np.abs(np.delete(steps, gaps) - usual).max() <= max(0.1 * usual, 1):
        k = int(gaps[np.argmax(steps[gaps])])
        begin, end = (float((t - pts[0]) * tick) for t in (pts[k], pts[k + 1]))
        yield (
            f"“{shown(path)}” lacks pictures in {len(gaps)} place(s), most of them from {begin:.2f} to {end:.2f} s; "
            "it may be damaged there."
        )


def _note(table: _Packets, packet: Any, sound: bool) -> None:
    table.last = max(table.last, packet.dts or 0)
    if packet.is_discard:
        return
    if packet.pts is None:
        table.untimed = True
        return
    table.pts.append(packet.pts)
    table.durations.append(packet.duration or 0)
    if packet.is_keyframe and not sound:
        table.keys.append(packet.pts)
    if sound and packet.has_sidedata("skip_samples"):
        table.skip_end = struct.unpack_from("<II", bytes(packet.get_sidedata("skip_samples")))[1]


def _first_pictures(path: Path, index: int, at_least: int) -> tuple[list[Any], list[int | None], Fraction, Any]:
    """First decoded frame, time stamps of the first `at_least` ones, time base and guessed rate."""
    from av.error import FFmpegError

    first: list[Any] = []
    stamps: list[int | None] = []
    with open_container(path) as container:
        stream: Any = container.streams[index]
        stream.thread_type = "AUTO"
        tick, rate = stream.time_base or Fraction(1, 90000), stream.guessed_rate or stream.average_rate
        for packet in packets(container, stream):
            try:
                frames = packet.decode()
            except (FFmpegError, ValueError):
                continue
            first.extend(frames[: 1 - len(first)])
            stamps.extend(f.pts for f in frames)
            if len(stamps) >= at_least:
                break
        return first, stamps, tick, rate


def _count_pictures(path: Path, index: int) -> int:
    from av.error import FFmpegError

    count = 0
    with open_container(path) as container:
        stream: Any = container.streams[index]
        stream.thread_type = "AUTO"
        for packet in packets(container, stream):
            try:
                count += len(packet.decode())
            except (FFmpegError, ValueError):
                continue
    return count


def _video(path: Path, index: int, table: _Packets, notes: list[str]) -> VideoStream | None:
    # Time stamps that rise in decoding order though pictures are shown in another order (AVI) name the wrong ones.
    suspicious = table.reorders and not table.untimed and len(table.pts) > 1 and bool((np.diff(table.pts) > 0).all())
    first, stamps, tick, guess = _first_pictures(path, index, 32 if suspicious else 1)
    if not first:
        notes.append(f"The pictures of “{shown(path)}” can't be decoded.")
        return None
    frame = first[0]
    known = [s for s in stamps if s is not None]
    rate = float(guess) if guess and 0 < guess < 100_000 else 25.0
    if table.untimed or not table.pts or len(known) < len(stamps) or (np.diff(known) <= 0).any():
        # Frames are counted instead; empty keys tell the reader so.
        n = _count_pictures(path, index) if table.untimed or not table.pts else len(set(table.pts))
        pts, keys, tick = np.arange(max(n, 1)), np.zeros(0, np.int64), 1 / Fraction(rate).limit_denominator(1001)
        last = float(tick)
        if table.untimed:
            notes.append(f"“{shown(path)}” has no time stamps; {rate:g} frames per second are assumed.")
    else:
        pts = np.unique(table.pts)
        # Leading pictures that refer to what was cut away are never shown.
        start = max(known[0], int(pts[0]))
        pts = pts[pts >= start]
        keys = np.unique(table.keys)
        keys = keys[np.searchsorted(keys, start, "right") - 1 :] if len(keys) and keys[0] <= start else keys
        ticks = table.durations[int(np.argmax(table.pts))] or (np.median(np.diff(pts)) if len(pts) > 1 else 0)
        last = float(ticks * tick) or 1 / rate
    times = (pts - pts[0]) * float(tick)
    rotation, mirrored, exact = _pictures.display_matrix(frame)
    if not exact:
        notes.append(f"“{shown(path)}” asks for an odd turn of the picture; the nearest quarter turn is used.")
    width, height = (frame.height, frame.width) if rotation in (90, 270) else (frame.width, frame.height)
    steps = np.diff(pts)
    varies = bool(len(steps)) and float(np.abs(steps - steps.mean()).max()) > 1.001
    mean = (len(times) - 1) / float(times[-1]) if len(times) > 1 else 1 / last
    # Stamps rounded to milliseconds can't tell 29.97 from 29.96; the container's own word is better if it fits.
    mean = rate if guess and not varies and abs(float(times[-1]) * rate - (len(times) - 1)) < 2 * tick * rate else mean
    return VideoStream(
        index=index,
        codec=table.codec,
        width=width,
        height=height,
        times=_frozen64(times),
        last_duration=last,
        rate=mean,
        varies=varies,
        rotation=rotation,
        mirrored=mirrored,
        bit_depth=max((c.bits for c in frame.format.components), default=8),
        start=float(pts[0] * tick) if len(keys) else 0.0,
        pts=frozen(pts.astype(np.int64)),  # pyright: ignore[reportArgumentType]
        keys=frozen(keys.astype(np.int64)),  # pyright: ignore[reportArgumentType]
        time_base=(tick.numerator, tick.denominator),
    )


def _frozen64(array: NDArray[Any]) -> NDArray[np.float64]:
    return frozen(array.astype(np.float64))  # pyright: ignore[reportReturnType]


def _audio(path: Path, index: int, table: _Packets, found: Contents) -> AudioStream | None:
    """The first decoded frame says where sound really begins (priming is cut away) and its true rate."""
    from av.error import FFmpegError

    frame = None
    with open_container(path) as container:
        stream: Any = container.streams[index]
        tick = stream.time_base or Fraction(1, 90000)
        for packet in packets(container, stream):
            try:
                frame = next(iter(packet.decode()), None)
            except (FFmpegError, ValueError):
                continue
            if frame is not None:
                break
        if frame is None:
            found.notes.append(f"The sound of “{shown(path)}” can't be decoded.")
            return None
        rate, channels = frame.sample_rate, frame.layout.nb_channels
        first, length = frame.pts, frame.samples
    if not acceptable_sound(channels, rate):
        found.notes.append(f"The sound of “{shown(path)}” claims {channels} channels at {rate} Hz; it is left out.")
        return None
    begin = 0.0 if first is None else float(first * tick)
    if table.pts and first is not None:
        k = int(np.argmax(table.pts))
        # Some containers shorten the last packet's duration by its padding, others only name the padding.
        padding = table.skip_end if table.durations[k] >= max(table.durations) else 0
        end = float((table.pts[k] + table.durations[k]) * tick) - padding / rate
        length = max(round((end - begin) * rate), length)
    start = begin - found.video.start if found.video is not None else 0.0
    return AudioStream(index=index, codec=table.codec, rate=rate, channels=channels, samples=length, start=start)
