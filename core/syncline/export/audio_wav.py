"""B's sound on A's clock as a sound file."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from ..errors import ExportError
from ..progress import Monitor
from ..registry import choice
from . import ExportJob, register
from ._common import path_of, raise_cause
from ._sound import Ears, Track, opened, own_track, stretched_track

__all__ = ["AudioWavParams", "write"]

_BLOCK_SECONDS = 0.5
_SUBTYPES = {"float": ("FLOAT", 4), "16 bit": ("PCM_16", 2), "24 bit": ("PCM_24", 3)}
_RIFF_LIMIT = 4_000_000_000


@dataclass(frozen=True)
class AudioWavParams:
    """How the sound is written."""

    channels: str = choice(
        "b", ("b", "both"), "Channels", "b: B alone, mono or stereo as it is; both: A in the left ear, B in the right."
    )
    samples: str = choice(
        "float", tuple(_SUBTYPES), "Sample format", "FLAC has no floating point and takes 24 bit in its place."
    )


@register("audio_wav", "B's sound on A's clock", AudioWavParams, kinds=(".wav", ".flac"))
def write(job: ExportJob, target: Path, params: AudioWavParams, monitor: Monitor) -> None:
    """The sound of B stretched onto A's clock at constant pitch, from A's start to A's end.

    The rate is B's own (A's with ``channels="both"``). WAV files past 4 GB become RF64.
    """
    path, pair = path_of(job.alignment), job.alignment.pair
    duration = pair.a.duration
    monitor = monitor.part(0.0, 1.0, "Writing the sound")
    with contextlib.ExitStack() as stack:
        b = opened(job, "b", stack)
        if params.channels == "both":
            a = opened(job, "a", stack)
            rate = int(a.rate)
            left = own_track(a, duration, rate, monitor, 1)
            track: Track = Ears(left, stretched_track(b, path, duration, rate, monitor, 1))
        else:
            track = stretched_track(b, path, duration, int(b.rate), monitor)
        _pour(track, round(duration * track.rate), target, params.samples, monitor)


def _pour(track: Track, total: int, target: Path, samples: str, monitor: Monitor) -> None:
    """Write `total` samples of `track` and read the header back."""
    import soundfile

    flac = target.suffix.lower() == ".flac"
    subtype, width = _SUBTYPES["24 bit" if flac and samples == "float" else samples]
    container = "FLAC" if flac else "RF64" if total * track.channels * width > _RIFF_LIMIT else "WAV"
    step = round(_BLOCK_SECONDS * track.rate)
    # A number instead of a name: libsndfile does not take every name the system takes.
    handle = os.open(target, os.O_RDWR | os.O_TRUNC | getattr(os, "O_BINARY", 0))
    try:
        try:
            with soundfile.SoundFile(
                handle, "w", track.rate, track.channels, subtype, format=container, closefd=False
            ) as file:
                for start in range(0, total, step):
                    block = track.pull(min(step, total - start))
                    file.write(block.clip(-1, 1) if subtype != "FLOAT" else block)
                    monitor.advance(start + len(block), total)
            _undate(handle)
            os.lseek(handle, 0, os.SEEK_SET)
            with soundfile.SoundFile(handle, closefd=False) as file:
                found = file.frames
        except (soundfile.LibsndfileError, AssertionError) as error:
            raise_cause(target, error)
            raise
    finally:
        os.close(handle)
    if found != total:
        raise_cause(target, ExportError(f"{found} of {total} samples were written"))


def _undate(handle: int) -> None:
    """Zero the time of day that libsndfile puts into the PEAK chunk of floating-point files."""
    os.lseek(handle, 0, os.SEEK_SET)
    chunk = os.read(handle, 512).find(b"PEAK")
    if chunk >= 0:
        # Id, size and version come first, four bytes each.
        os.lseek(handle, chunk + 12, os.SEEK_SET)
        os.write(handle, bytes(4))
