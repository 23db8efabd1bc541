"""Made clips whose every frame carries its own number, painted as bars, so that it can be read off a picture."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np

BITS = 12
TICK = Fraction(1, 90_000)


def paint(number: int, size: tuple[int, int]) -> np.ndarray:
    """uint8 (h, w, 3) RGB: the binary digits of `number` as a row of black and white bars, highest first, in the
    upper half, between a white bar and a black one; below, a coloured gradient with a square that moves."""
    w, h = size
    picture = np.empty((h, w, 3), np.uint8)
    picture[..., 0] = np.linspace(40, 200, w)[None, :]
    picture[..., 1] = np.linspace(200, 60, h)[:, None]
    picture[..., 2] = 40 + 8 * (number % 16)
    edges = np.linspace(0, w, BITS + 3).round().astype(int)
    bars = [1, *((number >> (BITS - 1 - k)) & 1 for k in range(BITS)), 0]
    for k, bar in enumerate(bars):
        picture[: h // 2, edges[k] : edges[k + 1]] = 235 if bar else 20
    x, side = (7 * number) % max(w - h // 5, 1), max(h // 5, 1)
    picture[h * 3 // 5 : h * 3 // 5 + side, x : x + side] = (250, 250, 80)
    return picture


def read_number(picture: np.ndarray) -> int:
    """The number painted into a picture: (h, w) grey or (h, w, 3 or 4) of any channel order, upright."""
    grey = picture if picture.ndim == 2 else picture[..., :3].mean(axis=2)
    h, w = grey.shape
    row = grey[: max(h // 2 - h // 16, 1)].mean(axis=0)
    edges = np.linspace(0, w, BITS + 3)
    bars = [
        row[int(s + (e - s) * 0.3) : max(int(s + (e - s) * 0.7), int(s + (e - s) * 0.3) + 1)].mean()
        for s, e in pairwise(edges)
    ]
    assert bars[0] > bars[-1] + 80, f"no number in this picture: {bars}"
    middle = (bars[0] + bars[-1]) / 2
    return int("".join("1" if b > middle else "0" for b in bars[1:-1]), 2)


def make_video(
    path: Path,
    frames: int = 60,
    fps: float = 30,
    size: tuple[int, int] = (160, 120),
    times: Any = None,
    codec: str = "libx264",
    audio: Any = None,
    rotate: int = 0,
    numbered: bool = True,
    *,
    mirror: bool = False,
    pixels: str = "yuv420p",
    options: dict[str, str] | None = None,
    gop: int = 12,
    numbers: Any = None,
    colour: tuple[int, int] | None = None,
    audio_codec: str = "aac",
    audio_start: float = 0.0,
    container_options: dict[str, str] | None = None,
) -> Path:
    """Write a clip of `frames` pictures; frame k carries the number k (or ``numbers[k]``).

    Parameters
    ----------
    times
        Seconds at which each frame is shown; None: k / fps.
    audio
        (samples, rate): float32 (N,) or (N, channels) in −1..1; None: no sound.
    rotate, mirror
        What a player must do before showing: mirror left–right, then turn clockwise by 0, 90, 180 or 270 degrees.
        The stored pictures are turned the other way, so that they are upright for who obeys.
    size
        (w, h) as shown.
    colour
        FFmpeg's numbers of colour space and range, e.g. (1, 1): BT.709, limited.
    """
    stored = size if rotate % 180 == 0 else (size[1], size[0])
    with av.open(str(path), "w", options=container_options or {}) as container:
        stream: Any = container.add_stream(codec, rate=Fraction(fps).limit_denominator(100_000))
        stream.width, stream.height, stream.pix_fmt = *stored, pixels
        tick = TICK if times is not None else 1 / Fraction(fps).limit_denominator(100_000)
        stream.codec_context.time_base = tick
        stream.codec_context.gop_size = gop
        stream.codec_context.options = {"preset": "ultrafast", "bf": "2", "b-adapt": "0"} if "264" in codec else {}
        stream.codec_context.options |= options or {}
        if colour is not None:
            stream.codec_context.colorspace, stream.codec_context.color_range = colour
        if rotate or mirror:
            c, s = {0: (1, 0), 90: (0, 1), 180: (-1, 0), 270: (0, -1)}[rotate]
            flip = -1 if mirror else 1
            one = 1 << 16
            stream.set_display_matrix([flip * c * one, flip * s * one, 0, -s * one, c * one, 0, 0, 0, 1 << 30])
        sound: Any = None
        if audio is not None:
            samples = np.asarray(audio[0], np.float32).reshape(len(audio[0]), -1)
            layout = {1: "mono", 2: "stereo", 6: "5.1"}[samples.shape[1]]
            sound = container.add_stream(audio_codec, rate=audio[1], layout=layout)
        for k in range(frames):
            number = k if numbers is None else int(numbers[k])
            picture = paint(number if numbered else 0, size)
            picture = np.rot90(picture, rotate // 90)
            picture = picture[:, ::-1] if mirror else picture
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), "rgb24")
            if colour is not None:
                frame = frame.reformat(format=pixels, dst_colorspace=colour[0], dst_color_range=colour[1], threads=1)
            elif pixels != "rgb24":
                frame = frame.reformat(format=pixels, threads=1)
            frame.pts = k if times is None else round(float(times[k]) / tick)
            frame.time_base = tick
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if sound is not None:
            _mux_sound(container, sound, samples, audio[1], layout, audio_start)
    return path


def _mux_sound(container: Any, stream: Any, samples: np.ndarray, rate: int, layout: str, start: float) -> None:
    size = stream.codec_context.frame_size or 1024
    fmt = stream.codec_context.format.name
    resampler = av.AudioResampler(format=fmt, layout=layout, rate=rate, frame_size=size)
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.T), "fltp", layout)
    frame.sample_rate, frame.pts, frame.time_base = rate, round(start * rate), Fraction(1, rate)
    for piece in (*resampler.resample(frame), *resampler.resample(None)):
        container.mux(stream.encode(piece))
    container.mux(stream.encode(None))


def clicks(rate: int, seconds: float, at: list[float], channels: int = 1) -> np.ndarray:
    """float32 (N, channels): silence with a short click at each of the times; channel c is (c + 1) / channels loud."""
    out = np.zeros((round(rate * seconds), channels), np.float32)
    for t in at:
        out[round(t * rate) : round(t * rate) + max(rate // 2000, 1)] = 0.8
    return out * (np.arange(1, channels + 1, dtype=np.float32) / channels)
