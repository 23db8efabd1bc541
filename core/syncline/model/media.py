"""What a file is, known after opening it once: streams, times, identity."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["AudioStream", "Kind", "Media", "Pair", "Sequence", "Truth", "VideoStream", "frozen", "nearest"]

Kind = Literal["video", "audio", "features"]


def frozen(array: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return `array` set read-only (a frozen dataclass does not reach inside its arrays)."""
    array.setflags(write=False)
    return array


def nearest(times: NDArray[np.float64], t: float | NDArray[np.float64]) -> NDArray[np.intp]:
    """Index of the entry of the ascending `times` (n,) nearest to `t`; ties go to the earlier one."""
    if len(times) == 1:
        return np.zeros(np.shape(t), np.intp)
    middle = (times[1:] + times[:-1]) / 2
    return np.searchsorted(middle, t, side="left")


@dataclass(frozen=True, eq=False)
class VideoStream:
    """The pictures of a video.

    Attributes
    ----------
    width, height
        Pixels, after the rotation and mirroring of the display matrix were applied.
    times
        float64 (n,) seconds, strictly ascending, first frame at 0: frame i is shown from times[i] on.
    last_duration
        Seconds the last frame is shown.
    rate
        Mean frames per second; `varies` says whether the spacing is uneven by more than the time base's rounding.
    rotation
        Degrees clockwise (0, 90, 180, 270) applied after mirroring left–right if `mirrored`.
    start
        Presentation time of the first frame in the container, seconds; subtracted from `times`.
    pts
        int64 (n,) presentation time stamps in units of the stream's time base.
    keys
        int64 ascending: pts of the frames where decoding may start.
    """

    index: int
    codec: str
    width: int
    height: int
    times: NDArray[np.float64]
    last_duration: float
    rate: float
    varies: bool
    rotation: int
    mirrored: bool
    bit_depth: int
    start: float
    pts: NDArray[np.int64]
    keys: NDArray[np.int64]
    time_base: tuple[int, int]

    @property
    def frames(self) -> int:
        """Number of frames."""
        return len(self.times)


@dataclass(frozen=True)
class AudioStream:
    """The sound of a file; `start` is when its first sample sounds on the medium's own clock, seconds."""

    index: int
    codec: str
    rate: int
    channels: int
    samples: int
    start: float = 0.0

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.samples / self.rate


@dataclass(frozen=True, eq=False)
class Sequence:
    """A feature file: `times` float64 (T,) seconds ascending, D channels."""

    times: NDArray[np.float64]
    channels: int
    names: tuple[str, ...] = ()
    key: str = ""
    explicit_times: bool = False


@dataclass(frozen=True, eq=False)
class Media:
    """A file that can be aligned, as it was when it was opened.

    The medium's clock starts at its first video frame (video), first sample (audio) or first row (features).

    Attributes
    ----------
    path
        Absolute.
    digest
        BLAKE2b of the content, hex; what caches and projects know the file by.
    size, mtime_ns
        Of the file when it was opened; cheap signs that it was changed since.
    options
        What was chosen at opening and is needed to open it again the same way: ``key`` (npz, mat, h5),
        ``rate`` (Hz, for sequences without times).
    notes
        Sentences to show: damaged frames, guessed encoding, …
    """

    path: Path
    kind: Kind
    duration: float
    digest: str
    size: int
    mtime_ns: int
    video: VideoStream | None = None
    audio: AudioStream | None = None
    sequence: Sequence | None = None
    options: dict[str, str | float] = field(default_factory=dict[str, "str | float"])
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """File name without folders."""
        return self.path.name

    @property
    def frame_times(self) -> NDArray[np.float64] | None:
        """Times a person steps through: frames of a video, rows of a sequence; None for sound."""
        if self.video is not None:
            return self.video.times
        return None if self.sequence is None else self.sequence.times

    @property
    def frame_edges(self) -> NDArray[np.float64] | None:
        """Where each frame or row begins, and the last one ends, float64 (n + 1,); None for sound.

        A frame of a video begins when it is shown, a row of a sequence halfway from the one before: that is where
        pieces that are cut begin.
        """
        if self.video is not None:
            return np.append(self.video.times, self.video.times[-1] + self.video.last_duration)
        if self.sequence is None:
            return None
        t = self.sequence.times
        half = float(np.median(np.diff(t))) / 2 if len(t) > 1 else 0.0
        first = max(t[0] - half, 0.0) if t[0] >= 0 else t[0] - half
        return np.concatenate([[first], (t[:-1] + t[1:]) / 2, [max(min(t[-1] + half, self.duration), t[-1])]])


@dataclass(frozen=True, eq=False)
class Truth:
    """Known correspondences: `times` float64 (k, 2) seconds, A then B, in A's order."""

    times: NDArray[np.float64]
    source: str = ""


@dataclass(frozen=True, eq=False)
class Pair:
    """Two media to be laid onto each other. A is the query and the clock, B the reference."""

    a: Media
    b: Media
    truth: Truth | None = None
