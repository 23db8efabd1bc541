"""Made clips that say which frame they show, and alignments of them with a path written by hand."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from syncline.export import ExportJob
from syncline.media import AudioReader, VideoReader, open_media
from syncline.model import Alignment, Anchor, Constraints, Features, Forbidden, Lock, Media, Pair, WarpingPath

BITS = 8


def picture(number: int, width: int, height: int) -> NDArray[np.uint8]:
    """BGR picture whose upper half spells `number` in black and white bars, dull below."""
    out = np.full((height, width, 3), 90, np.uint8)
    for bit in range(BITS):
        left, right = bit * width // BITS, (bit + 1) * width // BITS
        out[: height // 2, left:right] = 235 if number >> bit & 1 else 16
    return out


def number(shown: NDArray[np.uint8], left: int = 0, width: int | None = None) -> int:
    """The number a picture spells, read from its columns `left` … `left + width`."""
    grey = shown[: shown.shape[0] // 2].mean(axis=(0, 2))
    width = width or len(grey) - left
    middles = [left + int((bit + 0.5) * width / BITS) for bit in range(BITS)]
    return sum(1 << bit for bit, x in enumerate(middles) if grey[x - 1 : x + 2].mean() > 125)


def video(
    path: Path,
    times: NDArray[np.float64],
    size: tuple[int, int] = (96, 64),
    sound: tuple[NDArray[np.float32], int] | None = None,
) -> Media:
    """A clip whose frame k spells k and is shown from times[k] on, with sound (N,) at a rate if given."""
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = (
            *size,
            "yuv420p" if not (size[0] % 2 or size[1] % 2) else "yuv444p",
        )
        stream.time_base = stream.codec_context.time_base = Fraction(1, 90_000)
        stream.options = {"crf": "8", "preset": "ultrafast"}
        audio: Any = None
        if sound is not None:
            audio = out.add_stream("aac", rate=sound[1])
            audio.layout = "mono"
        for k, t in enumerate(times):
            frame = av.VideoFrame.from_ndarray(picture(k, *size), format="bgr24")
            frame.pts, frame.time_base = round(t * 90_000), Fraction(1, 90_000)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
        if sound is not None:
            samples, rate = sound
            for start in range(0, len(samples), 1024):
                block = np.ascontiguousarray(samples[None, start : start + 1024], np.float32)
                part = av.AudioFrame.from_ndarray(block, format="fltp", layout="mono")
                part.sample_rate, part.pts, part.time_base = rate, start, Fraction(1, rate)
                out.mux(audio.encode(part))
            out.mux(audio.encode(None))
    return open_media(path)


def clicks(times: NDArray[np.float64], seconds: float, rate: int) -> NDArray[np.float32]:
    """Short bursts of noise at `times` in silence."""
    out = np.zeros(round(seconds * rate), np.float32)
    burst = np.random.default_rng(1).uniform(-0.8, 0.8, round(0.002 * rate)).astype(np.float32)
    for t in times:
        at = round(t * rate)
        out[at : at + len(burst)] = burst
    return out


def heard(samples: NDArray[np.float32], rate: int, least: float = 0.2) -> NDArray[np.float64]:
    """Seconds at which bursts begin in `samples` (N,)."""
    hot = np.flatnonzero(np.abs(samples) > least)
    return hot[np.r_[True, np.diff(hot) > 0.02 * rate]] / rate if len(hot) else np.zeros(0)


def aligned(
    a: Media,
    b: Media,
    pairs: Any,
    a_times: Any = None,
    b_times: Any = None,
    breaks: Any = None,
    constraints: Constraints | None = None,
) -> Alignment:
    """An alignment with that path; rows are frames unless times are given."""
    ta = np.array(a.frame_times if a_times is None else a_times, np.float64)
    tb = np.array(b.frame_times if b_times is None else b_times, np.float64)
    path = WarpingPath(
        np.array(pairs, np.intp), ta, tb, cost=2.5, normalised=None,
        breaks=None if breaks is None else np.array(breaks, np.intp),
    )  # fmt: skip
    rng = np.random.default_rng(0)
    x = Features(rng.standard_normal((len(ta), 3)).astype(np.float32), ta.copy())
    y = Features(rng.standard_normal((len(tb), 3)).astype(np.float32), tb.copy())
    return Alignment(1, Pair(a, b), path=path, features_a=x, features_b=y, constraints=constraints or Constraints())


def job(alignment: Alignment, window: Any = None) -> ExportJob:
    sides = {"a": alignment.pair.a, "b": alignment.pair.b}
    return ExportJob(
        alignment,
        lambda side: VideoReader(sides[side]),
        lambda side: AudioReader(sides[side]) if sides[side].audio is not None else None,
        window,
    )


def edits() -> Constraints:
    return Constraints(
        anchors=(Anchor(1, 0.2, 0.3), Anchor(2, 0.5, 0.6, "jump", 0.7, 0.6, note="cut")),
        locks=(Lock(3, np.array([[0.1, 0.1], [0.15, 0.2]])),),
        forbidden=(Forbidden(4, 0.0, 0.1, 0.5, 0.7),),
        next_id=5,
    )
