"""Find out once what a file is."""

from __future__ import annotations

import hashlib
import os
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import MediaError
from ..files import check_file, shown
from ..model.media import AudioStream, Media, Sequence, VideoStream, frozen
from ..model.scene import Picture
from ..progress import Monitor
from . import _worker

if TYPE_CHECKING:
    from ..model.emissions import Emissions
    from ._index import Contents

__all__ = ["check_unchanged", "digest", "open_emissions", "open_media"]

_CHUNK = 4 << 20


def digest(path: Path, monitor: Monitor | None = None) -> str:
    """BLAKE2b of the file's content, hex."""
    state, total, done = hashlib.blake2b(digest_size=32), max(path.stat().st_size, 1), 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                state.update(chunk)
                done += len(chunk)
                if monitor is not None:
                    monitor.advance(done, total)
    except OSError as error:
        raise MediaError(f"“{shown(path)}” can't be read ({error.strerror or error}); copy it anew.") from None
    return state.hexdigest()


def check_unchanged(media: Media | Picture) -> None:
    """Raise `MediaError` unless the file still is the one that was opened."""
    status = check_file(media.path)
    same = status.st_size == media.size and (
        # A file that was only touched is still the same.
        status.st_mtime_ns == media.mtime_ns or digest(media.path) == media.digest
    )
    if not same:
        raise MediaError(f"“{shown(media.path)}” was changed after it was opened; open it again.")


def open_media(
    path: str | os.PathLike[str],
    *,
    key: str | None = None,
    rate: float | None = None,
    monitor: Monitor | None = None,
) -> Media:
    """Open a video, an audio or a feature file and say what it is.

    Parameters
    ----------
    path
        The file. Nothing is ever written to it or beside it.
    key
        Which array of an npz, mat or HDF5 file; in a csv or tsv file the name of the time column
        (``"none"``: there is none). None: found by itself where there is only one choice.
    rate
        Rows per second of a feature file without times.
    monitor
        Progress and cancellation.

    Returns
    -------
    Media

    Raises
    ------
    MediaError
        The file can't be used; says why.
    ParameterError
        `rate` is not a positive number.
    """
    from . import arrays

    monitor = monitor or Monitor()
    path = Path(os.path.abspath(os.fsdecode(path)))  # noqa: PTH100 — resolve() would follow links
    status = check_file(path)
    label = f"Opening {shown(path)}"
    content = digest(path, monitor.part(0.0, 0.5, label))
    rest = monitor.part(0.5, 1.0, label)
    if arrays.is_sequence_file(path):
        table = arrays.read_table(path, key, rate, rest)
        options: dict[str, str | float] = {}
        if table.key:
            options["key"] = table.key
        if rate is not None:
            options["rate"] = float(rate)
        step = float(table.times[-1] / (len(table.times) - 1)) if len(table.times) > 1 else 1 / (rate or 1.0)
        sequence = Sequence(table.times, table.values.shape[1], table.names, table.key, table.explicit_times)
        return Media(
            path=path,
            kind="features",
            duration=float(table.times[-1]) + step,
            digest=content,
            size=status.st_size,
            mtime_ns=status.st_mtime_ns,
            sequence=sequence,
            options=options,
            notes=tuple(table.notes),
        )
    return _open_streams(path, status, content, rest)


def open_emissions(
    path: str | os.PathLike[str], emissions: Emissions, *, key: str | None = None, monitor: Monitor | None = None
) -> Media:
    """What `open_media` says of a file of emissions that were read (`load_emissions`), whose values it leaves alone.

    So there may be more of them than of features, and −∞ among them.

    Parameters
    ----------
    key
        Which array of an ``.npz`` they are.

    Raises
    ------
    MediaError
        The file can't be read.
    """
    path = Path(os.path.abspath(os.fsdecode(path)))  # noqa: PTH100 — resolve() would follow links
    status = check_file(path)
    rate = 1 / emissions.step
    times = np.arange(len(emissions)) / rate
    options: dict[str, str | float] = {} if key is None else {"key": key}
    return Media(
        path=path,
        kind="features",
        duration=float(times[-1]) + (float(times[-1] / (len(times) - 1)) if len(times) > 1 else emissions.step),
        digest=digest(path, (monitor or Monitor()).part(0.0, 1.0, f"Opening {shown(path)}")),
        size=status.st_size,
        mtime_ns=status.st_mtime_ns,
        sequence=Sequence(times, emissions.log_probs.shape[1], (), key or "", False),
        options=options | {"rate": float(rate)},
    )


def _open_streams(path: Path, status: os.stat_result, content: str, monitor: Monitor) -> Media:
    if _worker.isolating():
        video, sound, notes = _unpacked(_worker.call(_look, path, monitor=monitor))
    else:
        found = _streams(path, monitor)
        video, sound, notes = found.video, found.audio, found.notes
    if video is not None:
        duration = float(video.times[-1]) + video.last_duration
    else:
        assert sound is not None
        duration, sound = sound.duration, replace(sound, start=0.0)
    return Media(
        path=path,
        kind="audio" if video is None else "video",
        duration=duration,
        digest=content,
        size=status.st_size,
        mtime_ns=status.st_mtime_ns,
        video=video,
        audio=sound,
        notes=tuple(notes),
    )


def _streams(path: Path, monitor: Monitor) -> Contents:
    from . import _index, audio

    try:
        found = _index.index_container(path, monitor)
    except MediaError as error:
        # Some sound formats are known to libsndfile only.
        sound = audio.probe_soundfile(path)
        if sound is None:
            raise error from None
        found = _index.Contents(audio=sound)
    if found.video is None:
        known = audio.probe_soundfile(path)
        if known is not None:
            found.audio = known
        elif found.audio is None:
            raise MediaError(f"“{shown(path)}” has no sound that can be decoded; choose another file.")
    return found


def _look(path: Path) -> dict[str, Any]:
    """`_streams` as a loader of `_worker`: the fields of each stream by ``"video.name"`` and ``"audio.name"``."""
    found = _streams(path, Monitor(lambda _, fraction: _worker.tell(fraction)))
    packed: dict[str, Any] = {"notes": found.notes}
    for side, stream in (("video", found.video), ("audio", found.audio)):
        if stream is not None:
            packed |= {f"{side}.{f.name}": getattr(stream, f.name) for f in fields(stream)}
    return packed


def _unpacked(packed: dict[str, Any]) -> tuple[VideoStream | None, AudioStream | None, list[str]]:
    def of(side: str) -> dict[str, Any]:
        values = {k.removeprefix(side): v for k, v in packed.items() if k.startswith(side)}
        return {
            k: frozen(v) if isinstance(v, np.ndarray) else tuple(v) if isinstance(v, list) else v
            for k, v in values.items()
        }

    video, sound = of("video."), of("audio.")
    return VideoStream(**video) if video else None, AudioStream(**sound) if sound else None, packed["notes"]
