"""H.264 + AAC in MP4 with exact presentation times, and the check that reads it back."""

from __future__ import annotations

import contextlib
import locale
import threading
from collections.abc import Generator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ExportError
from ..model import VideoStream
from ..progress import Monitor
from ._common import raise_cause

if TYPE_CHECKING:
    from ._sound import Track

__all__ = ["Mp4Writer", "check_mp4", "clock"]

SOUND_RATE = 48000


def clock(video: VideoStream) -> tuple[Fraction, NDArray[np.int64]]:
    """A time base and the presentation times of `video` in it, int64 (n,), first 0, strictly ascending.

    The file's own time base where it is one an MP4 can have and gives the same times; else 1/90000 s, made finer
    until no two frames fall together.
    """
    own = Fraction(*video.time_base)
    for base in (own, *(Fraction(1, 90_000 << k) for k in range(8))):
        if base.numerator != 1 or not 1 <= base.denominator < 1 << 31:
            continue
        ticks = np.round((video.times - video.times[0]) / float(base)).astype(np.int64)
        exact = base != own or np.abs(ticks * float(base) - (video.times - video.times[0])).max() < 1e-6
        if exact and (np.diff(ticks) > 0).all():
            return base, ticks
    raise ExportError("Two frames of A have the same time; the video can't be written on A's clock.")


_locale = threading.Lock()


@contextlib.contextmanager
def _decimal_points() -> Generator[None]:
    """Numbers of C code are read and written with a point: x264 writes its settings into the file as C prints them."""
    with _locale:
        old = locale.setlocale(locale.LC_NUMERIC)
        if locale.localeconv()["decimal_point"] == ".":
            yield
            return
        locale.setlocale(locale.LC_NUMERIC, "C")
        try:
            yield
        finally:
            locale.setlocale(locale.LC_NUMERIC, old)


class Mp4Writer:
    """Writes pictures at given ticks, and sound beside them; a context manager.

    Parameters
    ----------
    target
        Existing file to write into.
    size
        Width and height of the pictures; an odd one is made even by repeating the last column or row.
    base, ticks, last_duration
        Time base, the time of every picture in it, int64 (n,), and the seconds the last one is shown.
    track
        Sound, or None.
    duration
        Seconds of sound.
    """

    def __init__(
        self,
        target: Path,
        size: tuple[int, int],
        base: Fraction,
        ticks: NDArray[np.int64],
        last_duration: float,
        track: Track | None,
        duration: float,
        crf: int,
        preset: str,
        monitor: Monitor,
    ) -> None:
        self.target, self.base, self.ticks, self.monitor = target, base, ticks, monitor
        self.size = size
        self.track, self.samples = track, 0
        self.total_samples = 0 if track is None else round(duration * track.rate)
        shown = np.append(np.diff(ticks), max(1, round(last_duration / float(base))))
        self._durations = dict(zip(ticks.tolist(), shown.tolist(), strict=True))
        self.crf, self.preset = crf, preset
        self.count = 0

    def __enter__(self) -> Mp4Writer:
        import av
        from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

        self._file = self.target.open("wb")
        # A Python file instead of a name: FFmpeg would take "a:b.mp4" for a protocol, and errors keep their number.
        self._container = av.open(self._file, "w", format="mp4")
        width, height = (side + side % 2 for side in self.size)
        span = float(self.ticks[-1] * self.base) if len(self.ticks) > 1 else 0.0
        rate = Fraction((len(self.ticks) - 1) / span if span else 25.0).limit_denominator(1001)
        stream: Any = self._container.add_stream("libx264", rate=max(rate, Fraction(1, 10)))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = self.base
        stream.codec_context.time_base = self.base
        # For AVX-512, x264 weighs frames (mbtree) with memory it never wrote where the width in macroblocks is no
        # multiple of 8: other bytes every time. This takes the code that is the same on every processor.
        stream.options = {"crf": str(self.crf), "preset": self.preset, "x264-params": "cpu-independent=1"}
        # Players assume BT.709 from 720 lines on and BT.601 below, so that is what is written, and said.
        self._hd = height >= 720 or width >= 1280
        context = stream.codec_context
        context.colorspace = Colorspace.ITU709 if self._hd else Colorspace.ITU601
        context.color_primaries = ColorPrimaries.BT709 if self._hd else ColorPrimaries.SMPTE170M
        context.color_trc = ColorTrc.BT709 if self._hd else ColorTrc.SMPTE170M
        context.color_range = ColorRange.MPEG
        self._space = context.colorspace
        self._video = stream
        self._audio: Any = None
        if self.track is not None:
            self._audio = self._container.add_stream("aac", rate=self.track.rate)
            self._audio.layout = "stereo" if self.track.channels == 2 else "mono"
            self._audio.bit_rate = 96_000 * self.track.channels
        try:
            with _decimal_points():
                self._container.start_encoding()
        except BaseException as failure:
            self.__exit__(type(failure), failure, failure.__traceback__)
            raise
        return self

    def add(self, picture: NDArray[np.uint8]) -> None:
        """Write the next picture, BGR uint8 (h, w, 3), and the sound up to it."""
        import av
        import cv2

        self.monitor.check()
        width, height = self.size
        if width % 2 or height % 2:
            picture = np.asarray(
                cv2.copyMakeBorder(picture, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE), np.uint8
            )
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="bgr24")
        # swscale of FFmpeg 8.1 spoils pixels where the slices of its threads meet, differently every time.
        frame = frame.reformat(format="yuv420p", dst_colorspace=self._space, threads=1)
        tick = int(self.ticks[self.count])
        frame.pts, frame.time_base = tick, self.base
        self._sound_until(float(tick * self.base))
        self._mux_video(frame)
        self.count += 1

    def _mux_video(self, frame: Any) -> None:
        for packet in self._video.codec_context.encode_lazy(frame):
            self.monitor.check()
            packet.stream = self._video
            ticks = round(packet.pts * packet.time_base / self.base)
            packet.duration = round(self._durations.get(ticks, 1) * self.base / packet.time_base)
            self._container.mux(packet)

    def _sound_until(self, seconds: float) -> None:
        """Keep the sound half a second ahead, so that the muxer never has to hold much of either."""
        import av

        track = self.track
        if track is None:
            return
        goal = min(round((seconds + 0.5) * track.rate), self.total_samples)
        while self.samples < goal:
            self.monitor.check()
            block = track.pull(min(1024, self.total_samples - self.samples))
            layout = "stereo" if track.channels == 2 else "mono"
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block.T), format="fltp", layout=layout)
            frame.sample_rate, frame.pts, frame.time_base = track.rate, self.samples, Fraction(1, track.rate)
            self._container.mux(self._audio.encode(frame))
            self.samples += len(block)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        from av.error import FFmpegError

        try:
            if error is None:
                if self.track is not None:
                    self._sound_until(self.total_samples / self.track.rate)
                    self._container.mux(self._audio.encode(None))
                self._mux_video(None)
                self._container.close()
                self._file.flush()
            else:
                # What is closed now is thrown away; why it failed is in `error`.
                with contextlib.suppress(Exception):
                    self._container.close()
        except FFmpegError as failure:
            raise_cause(self.target, failure)
        finally:
            with contextlib.suppress(OSError):
                self._file.close()
        if isinstance(error, FFmpegError):
            raise_cause(self.target, error)


def check_mp4(target: Path, base: Fraction, ticks: NDArray[np.int64], sound: bool, monitor: Monitor) -> None:
    """Open the written file and compare number and times of its pictures with what was meant.

    Raises
    ------
    ExportError
        They differ, or it does not open.
    """
    import av
    from av.error import FFmpegError

    found: list[float] = []
    try:
        # The format is given: nothing is guessed from the content, and no other file is followed.
        with target.open("rb") as file, av.open(file, "r", format="mov") as container:
            video = container.streams.video[0]
            heard = bool(container.streams.audio)
            for packet in container.demux(video):
                if packet.pts is not None and packet.time_base is not None:
                    found.append(float(packet.pts * packet.time_base))
                    if len(found) % 256 == 0:
                        monitor.check()
            container.seek(0)
            first = next(container.decode(video), None)
    except (FFmpegError, IndexError) as error:
        raise ExportError(f"The video can't be opened again ({error}); try again or choose another folder.") from error
    if first is None or heard != sound or len(found) != len(ticks):
        raise ExportError(
            f"The video came out with {len(found)} of {len(ticks)} frames; try again or choose another folder."
        )
    off = np.abs(np.sort(found) - ticks * float(base)).max()
    if off > 1e-3:
        raise ExportError(f"The times of the frames came out {off * 1000:.0f} ms wrong; please report this.")
