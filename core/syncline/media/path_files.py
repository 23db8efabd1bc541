"""Warping paths that were written to a file, read back to be judged."""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
import zipfile
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ..errors import MediaError, ParameterError
from ..files import check_file, guarded, read_json, shown
from ..model import Media, Pair, WarpingPath
from ..model.media import Sequence, frozen
from ._tables import MOST_TEXT, read_text_table
from .arrays import npz_array

__all__ = ["is_path", "load_path"]

F64 = NDArray[np.float64]

MOST_FRAMES = 5_000_000
"""A day at 60 frames a second; a file that counts further is not taken at its word."""


def load_path(file: str | os.PathLike[str]) -> tuple[WarpingPath, Pair]:
    """Read a path that was exported as ``.csv``, ``.json`` or ``.npz``.

    A table needs the columns ``a_time`` and ``b_time`` (seconds), so that paths of other programs can be read too;
    ``a_frame`` and ``b_frame`` say how its frames are counted.

    Returns
    -------
    path : WarpingPath
        Its rows are the different times of the file.
    pair : Pair
        Stands for the two media as far as the file knows them: names, lengths (infinite for a table), and times of
        frames. Of JSON, which counts frames but has no times for each, frames are taken to be equally long.

    Raises
    ------
    MediaError
        Not such a file; one sentence.
    """
    path = Path(os.path.abspath(file))  # noqa: PTH100 — resolve() would follow links
    check_file(path)
    suffix = path.suffix.lower()
    read = {".csv": _table, ".tsv": _table, ".json": _json, ".npz": _arrays}.get(suffix)
    if read is None:
        raise MediaError(f"“{shown(path)}” is no path; name a .csv, .json or .npz that “syncline align -o” wrote.")
    times, frames, breaks, about = read(path)
    if times.ndim != 2 or times.shape[1] != 2 or not len(times) or not np.isfinite(times).all():
        raise MediaError(f"“{shown(path)}” has no pairs of finite times; choose another file.")
    if (np.diff(times, axis=0) < 0).any():
        raise MediaError(f"“{shown(path)}” goes back in time, which a warping path never does; choose another file.")
    rows = [np.unique(times[:, k], return_inverse=True) for k in (0, 1)]
    pairs = np.column_stack([np.reshape(inverse, -1) for _, inverse in rows]).astype(np.intp)
    try:
        found = WarpingPath(pairs, rows[0][0], rows[1][0], math.nan, breaks=breaks)
    except ParameterError as error:
        raise MediaError(f"“{shown(path)}”: {error}") from error
    a, b = (_medium(path, about, times, frames, side) for side in ("a", "b"))
    return found, Pair(a, b)


def is_path(file: str | os.PathLike[str]) -> bool:
    """Tell whether a file claims to be a path that `load_path` reads; False if it can't be read."""
    path = Path(file)
    suffix = path.suffix.lower()
    with contextlib.suppress(MediaError, OSError, ValueError, zipfile.BadZipFile):
        check_file(path)
        if suffix == ".npz":
            with zipfile.ZipFile(path) as archive:
                return {n.removesuffix(".npy") for n in archive.namelist()} >= _MEMBERS
        if suffix == ".json":
            document = read_json(path, MOST_TEXT)[0]
            return isinstance(document, dict) and cast("dict[str, Any]", document).get("format") == "syncline-path"
        if suffix in (".csv", ".tsv"):
            with path.open(encoding="utf-8-sig") as text:
                head = text.readline(1 << 16)
            return {"a_time", "b_time"} <= {word.strip().strip('"').lower() for word in re.split(r"[,;\t]", head)}
    return False


_MEMBERS = frozenset({"times", "frames", "breaks", "meta"})
"""What an ``.npz`` of a path holds at least."""

_Read = tuple[F64, NDArray[np.int64] | None, NDArray[np.intp] | None, dict[str, Any]]
"""Times and frames of the steps, (L, 2) both, the breaks, and what the file says of the two media."""


def _table(path: Path) -> _Read:
    table = read_text_table(path)
    names = [name.strip().lower() for name in table.names]
    if not {"a_time", "b_time"} <= set(names):
        raise MediaError(f"“{shown(path)}” lacks the columns a_time and b_time; name a table of a path.")

    def columns(a: str, b: str) -> F64:
        at = [names.index(a), names.index(b)]
        return np.array([[table.number(r, c) for c in at] for r in range(len(table.rows))]).reshape(-1, 2)

    times = columns("a_time", "b_time")
    frames = None
    if {"a_frame", "b_frame"} <= set(names):
        frames = _whole(path, columns("a_frame", "b_frame"))
    return times, frames, None, {}


def _json(path: Path) -> _Read:
    document = read_json(path, MOST_TEXT)[0]
    about = _about(path, document)
    try:
        times = np.array(document["times"], np.float64).reshape(-1, 2)
        breaks = np.array(document.get("breaks", []), np.int64).reshape(-1)
    except (KeyError, TypeError, ValueError, OverflowError):
        raise MediaError(f"“{shown(path)}” has no list of pairs of times; write it anew.") from None
    return times, None, _breaks(path, breaks, len(times)), about


def _arrays(path: Path) -> _Read:
    with guarded(path, "as a path"), zipfile.ZipFile(path) as archive:
        missing = _MEMBERS - {n.removesuffix(".npy") for n in archive.namelist()}
        if missing:
            raise MediaError(f"“{shown(path)}” lacks {', '.join(sorted(missing))}; name the .npz of a path.")
        meta = npz_array(path, archive, "meta")
        times = npz_array(path, archive, "times").astype(np.float64)
        frames = npz_array(path, archive, "frames")
        held = archive.getinfo("breaks.npy").file_size > 128
        breaks = npz_array(path, archive, "breaks") if held else np.zeros(0)
        about = _about(path, json.loads(meta.astype(np.uint8).tobytes()))
    if frames.shape != times.shape:
        raise MediaError(f"“{shown(path)}” has other numbers of frames than of times; write it anew.")
    return times, _whole(path, frames), _breaks(path, breaks, len(times)), about


def _about(path: Path, document: Any) -> dict[str, Any]:
    if not isinstance(document, dict) or cast("dict[str, Any]", document).get("format") != "syncline-path":
        raise MediaError(f"“{shown(path)}” is no path; one says “format”: “syncline-path”.")
    return cast("dict[str, Any]", document)


def _whole(path: Path, frames: NDArray[Any]) -> NDArray[np.int64]:
    if (
        not np.isfinite(frames).all()
        or (frames != np.rint(frames)).any()
        or (frames < 0).any()
        or (frames > MOST_FRAMES).any()
    ):
        raise MediaError(f"“{shown(path)}” has frames that are no whole numbers from 0; mend it.")
    return frames.astype(np.int64)


def _breaks(path: Path, breaks: NDArray[Any], steps: int) -> NDArray[np.intp] | None:
    inside = np.isfinite(breaks).all() and (breaks >= 0).all() and (breaks < steps - 1).all()
    if not inside or (np.diff(breaks) <= 0).any():
        raise MediaError(f"“{shown(path)}” has breaks that are not places of its path; write it anew.")
    return breaks.astype(np.intp) if len(breaks) else None


def _medium(path: Path, said: dict[str, Any], times: F64, frames: NDArray[np.int64] | None, side: str) -> Media:
    k, about = "ab".index(side), cast("dict[str, Any]", said[side] if isinstance(said.get(side), dict) else {})
    name = about.get("name")
    name = name if isinstance(name, str) and name and "\0" not in name else f"{side} of {shown(path)}"
    duration, count = _number(about.get("duration"), math.inf), _number(about.get("frames"), 0.0)
    clock: F64 | None = None
    if frames is not None and about.get("kind") != "audio":
        clock = _clock(frames[:, k], times[:, k], round(count))
    elif 0 < count <= MOST_FRAMES and 0 < duration < math.inf:
        clock = np.arange(round(count), dtype=np.float64) * (duration / round(count))
    sequence = None
    if clock is not None:
        frozen(clock)
        sequence = Sequence(clock, 0)
    return Media(Path(name), "features", duration, "", 0, 0, sequence=sequence)


def _clock(frames: NDArray[np.int64], times: F64, count: int) -> F64 | None:
    """Seconds of frames from 0 on: those on the path by their mean, the others in line with them."""
    seen, where = np.unique(frames, return_inverse=True)
    if len(seen) < 2:
        return None
    mean = np.bincount(where.ravel(), times) / np.bincount(where.ravel())
    if (np.diff(mean) <= 0).any():
        return None
    rate = (mean[-1] - mean[0]) / (seen[-1] - seen[0])
    all_ = np.arange(max(min(count, MOST_FRAMES), int(seen[-1]) + 1))
    clock = np.interp(all_, seen, mean)
    beyond = np.minimum(all_ - seen[0], 0) + np.maximum(all_ - seen[-1], 0)
    return (clock + rate * beyond).astype(np.float64)


def _number(value: Any, otherwise: float) -> float:
    good = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 1e12
    return float(value) if good else otherwise
