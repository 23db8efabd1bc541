"""Feature sequences from npy, npz, csv, tsv, mat, HDF5, AMC and archives' ts files."""

from __future__ import annotations

import math
import os
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ..errors import MediaError, OverBudget, ParameterError
from ..files import array_headers, check_file, guarded, shown
from ..model.features import Features
from ..progress import Monitor
from ._mocap import RATE, Motion, read_amc
from ._series import looks_like, read_case, read_cases
from ._tables import TextTable, read_text_table, words
from .opening import check_unchanged

if TYPE_CHECKING:
    from ..model.media import Media

__all__ = ["MOST_BYTES", "Table", "is_sequence_file", "list_keys", "load_sequence", "read_table"]

MOST_BYTES = 1 << 30
"""Bytes an array may take in memory."""

_TIME_WORDS = {"time", "times", "t", "sec", "secs", "second", "seconds", "timestamp", "timestamps"}
_FRAME_WORDS = {"frame", "frames"}
_MILLI_WORDS = {"ms", "msec", "millisecond", "milliseconds"}
_RATE_NAMES = ("rate", "fps", "fs", "sr", "sample_rate", "frame_rate")
_LARGEST = 1e18
"""Values beyond this overflow float32 once they are squared and summed."""


@dataclass
class Table:
    """A sequence as read: `values` float32 (T, D), `times` float64 (T,) from 0 on, ascending."""

    values: NDArray[np.float32]
    times: NDArray[np.float64]
    names: tuple[str, ...] = ()
    key: str = ""
    explicit_times: bool = False
    notes: list[str] = field(default_factory=list[str])


def _kind(path: Path) -> str:
    """Which reader: by the first bytes, or by the suffix for text; empty for none of ours."""
    with path.open("rb") as file:
        head = file.read(520)
    if head.startswith(b"\x93NUMPY"):
        return "npy"
    if head.startswith(b"MATLAB 7.3") or head.startswith(b"\x89HDF\r\n\x1a\n") or head[512:520] == b"\x89HDF\r\n\x1a\n":
        return "h5"
    suffix = path.suffix.lower()
    if head.startswith(b"PK\x03\x04") and suffix in ("", ".npz", ".zip"):
        return "npz"
    if head.startswith(b"MATLAB 5.0"):
        return "mat"
    if suffix in (".csv", ".tsv"):
        return "csv"
    if suffix == ".amc" or (suffix == ".asf" and head.lstrip()[:1] in (b"#", b":")):
        return suffix[1:]
    if suffix == ".ts" and looks_like(head):
        return "ts"
    # What has one of our suffixes and another content is said to be damaged, not tried as a video.
    return {".npy": "npy", ".npz": "npz", ".mat": "mat", ".h5": "h5", ".hdf5": "h5"}.get(suffix, "")


def is_sequence_file(path: Path) -> bool:
    """True if `path` holds an array or a table rather than pictures or sound."""
    return bool(_kind(path))


def _checked(shape: tuple[int, ...], dtype: np.dtype[Any], name: str, most: int = MOST_BYTES) -> None:
    """Refuse before anything is allocated."""
    if dtype.kind not in "fiub" or dtype.itemsize == 0:
        raise MediaError(f"{name} does not hold plain numbers ({dtype}); save it as float or integer.")
    if len(shape) not in (1, 2) or min(shape, default=0) < 1:
        raise MediaError(
            f"{name} has the shape {'×'.join(map(str, shape)) or 'of a single number'}; "
            "a sequence needs (rows, channels) or (rows,)."
        )
    needed = math.prod(shape) * max(dtype.itemsize, 4)
    if needed > most:
        raise OverBudget(
            f"{name} would need {needed / 2**30:.1f} GiB, more than the {most / 2**30:.0f} GiB allowed; "
            "use fewer rows or channels.",
            needed,
            most,
        )


def _header(file: BinaryIO, name: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Shape and type of an npy stream, its header refused if it is longer than 10,000 bytes."""
    start = file.read(12)
    wide = start[6:7] in (b"\x02", b"\x03")
    length = int.from_bytes(start[8:12] if wide else start[8:10], "little")
    if not start.startswith(b"\x93NUMPY") or length > 10_000:
        raise MediaError(f"{name} is no NumPy array; choose another file.")
    file.seek(0)
    version = np.lib.format.read_magic(file)
    reader = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    with array_headers:
        shape, _, dtype = reader(file)
    return shape, dtype


def _npy(path: Path, most: int = MOST_BYTES) -> NDArray[Any]:
    with guarded(path, "as a NumPy array"):
        with path.open("rb") as file:
            shape, dtype = _header(file, f"“{shown(path)}”")
        _checked(shape, dtype, f"“{shown(path)}”", most)
        with array_headers:
            return np.load(path, mmap_mode="r", allow_pickle=False)


def _npz_members(path: Path, archive: zipfile.ZipFile) -> dict[str, tuple[tuple[int, ...], np.dtype[Any]]]:
    found: dict[str, tuple[tuple[int, ...], np.dtype[Any]]] = {}
    for info in archive.infolist()[:10_000]:
        if not info.filename.endswith(".npy"):
            continue
        with archive.open(info) as file:
            try:
                found[info.filename[:-4]] = _header(file, f"“{info.filename}”")  # pyright: ignore[reportArgumentType]
            except (ValueError, MediaError):
                continue
    return found


def npz_array(path: Path, archive: zipfile.ZipFile, key: str) -> NDArray[Any]:
    name = f"“{key}” of “{shown(path)}”"
    info = archive.getinfo(key + ".npy")
    with archive.open(info) as file:
        shape, dtype = _header(file, name)  # pyright: ignore[reportArgumentType]
        if shape != ():
            _checked(shape, dtype, name)
        if math.prod(shape) * dtype.itemsize > info.file_size:
            raise MediaError(f"{name} is cut off; choose another file.")
        file.seek(0)
        with array_headers:
            return np.lib.format.read_array(file, allow_pickle=False)


def _companions(shapes: dict[str, tuple[int, ...]], chosen: str) -> tuple[str | None, str | None]:
    """Keys of times and of the rate that lie beside `chosen`."""
    rows = shapes[chosen][0]
    times = next(
        (
            k
            for k, s in shapes.items()
            if k != chosen and words(k) & _TIME_WORDS and s in ((rows,), (rows, 1), (1, rows))
        ),
        None,
    )
    rate = next((k for k, s in shapes.items() if k.lower() in _RATE_NAMES and math.prod(s) == 1), None)
    return times, rate


def _choose(path: Path, shapes: dict[str, tuple[int, ...]], key: str | None) -> str:
    """The key asked for, or the only one that can be meant."""
    if key is not None:
        if key not in shapes:
            raise MediaError(f"“{shown(path)}” has no “{key}”; it has: {', '.join(shapes) or 'no arrays'}.")
        return key
    usable = [k for k, s in shapes.items() if len(s) in (1, 2) and math.prod(s) > 1]
    plain = [k for k in usable if not words(k) & _TIME_WORDS] or usable
    if len(plain) != 1:
        listed = ", ".join(f"{k} ({'×'.join(map(str, s))})" for k, s in shapes.items())
        if not plain:
            raise MediaError(f"“{shown(path)}” has no array of one or two axes; it has: {listed or 'nothing'}.")
        raise MediaError(f"“{shown(path)}” holds several arrays: {listed}; choose one of them.")
    return plain[0]


def _numeric(members: dict[str, tuple[tuple[int, ...], np.dtype[Any]]]) -> dict[str, tuple[int, ...]]:
    return {k: s for k, (s, d) in members.items() if d.kind in "fiub"}


def list_keys(path: str | os.PathLike[str]) -> list[tuple[str, tuple[int, ...]]]:
    """Names and shapes of the arrays of an npz, mat or HDF5 file, the series of a ts file, or a table's columns.

    Empty for a file that holds one array without a name.

    Raises
    ------
    MediaError
        The file can't be read.
    """
    from . import _foreign, _worker

    path = Path(os.path.abspath(path))  # noqa: PTH100 — resolve() would follow links
    check_file(path)
    kind = _kind(path)
    if kind == "npz":
        with guarded(path, "as an npz archive"), zipfile.ZipFile(path) as archive:
            return list(_numeric(_npz_members(path, archive)).items())
    if kind in ("mat", "h5"):
        return [(k, tuple(s)) for k, s in _worker.call(_foreign.shapes, path, kind).items()]
    if kind == "csv":
        table = read_text_table(path)
        return [(name, (len(table.rows),)) for name in table.names]
    if kind == "ts":
        cases = read_cases(path, Monitor())
        return [(name, cases.shape(k)) for k, name in enumerate(cases.keys)]
    return []


def read_table(path: Path, key: str | None = None, rate: float | None = None, monitor: Monitor | None = None) -> Table:
    """Read and check the sequence in `path`; arguments as in `open_media`.

    Raises
    ------
    MediaError
        Damaged, several arrays and none chosen, not numbers, times that do not rise, NaN or infinite values
        (with the row's number, counted from 1).
    OverBudget
        More than 1 GiB.
    """
    from . import _foreign, _worker

    if rate is not None and not (math.isfinite(rate) and 0 < rate <= 1e9):
        raise ParameterError(f"A rate of {rate} rows per second makes no sense; give a positive number.")
    monitor = monitor or Monitor()
    kind = _kind(path)
    if kind == "csv":
        return _from_text(path, read_text_table(path, monitor), key, rate, monitor)
    if kind == "asf":
        raise MediaError(f"“{shown(path)}” is a skeleton without motion; choose the .amc file beside it.")
    if kind == "ts":
        values, key = read_case(path, read_cases(path, monitor), key)
        table = Table(_finite(path, values, None), np.zeros(0), key=key)
        _regular(path, table, rate)
        return table
    if kind == "amc":
        return _from_motion(path, read_amc(path, monitor), rate)
    stated: NDArray[Any] | None = None
    times: NDArray[Any] | None = None
    if kind == "npy":
        values, key = _npy(path), ""
    elif kind == "npz":
        with guarded(path, "as an npz archive"), zipfile.ZipFile(path) as archive:
            shapes = _numeric(_npz_members(path, archive))
            key = _choose(path, shapes, key)
            values = npz_array(path, archive, key)
            time_key, rate_key = _companions(shapes, key)
            times = npz_array(path, archive, time_key) if time_key else None
            stated = npz_array(path, archive, rate_key) if rate_key else None
    else:
        found = _worker.call(_foreign.shapes, path, kind, monitor=monitor)
        shapes = {k: tuple(s) for k, s in found.items()}
        key = _choose(path, shapes, key)
        if len(shapes[key]) not in (1, 2):
            _checked(shapes[key], np.dtype(float), f"“{key}” of “{shown(path)}”")
        time_key, rate_key = _companions(shapes, key)
        keys = [k for k in (key, time_key, rate_key) if k]
        arrays = _worker.call(_foreign.load, path, kind, keys, monitor=monitor)
        values = arrays[key]
        times = arrays[time_key] if time_key else None
        stated = arrays[rate_key] if rate_key else None
        if kind == "mat" and values.ndim == 2 and values.shape[0] == 1:
            values = values.T  # MATLAB has no vectors: a row of numbers is a sequence with one channel
    monitor.check()
    _checked(values.shape, values.dtype, f"“{shown(path)}”")
    table = Table(_finite(path, values.reshape(len(values), -1), None), np.zeros(0), key=key)
    if times is not None and rate is None:
        _set_times(path, table, np.asarray(times, np.float64).ravel(), None)
    else:
        if rate is None and stated is not None and 0 < float(np.ravel(stated)[0]) < 1e9:
            rate = float(np.ravel(stated)[0])
        _regular(path, table, rate)
    return table


def _from_motion(path: Path, motion: Motion, rate: float | None) -> Table:
    values = _finite(path, motion.values, motion.lines, list(motion.names))
    table = Table(values, np.zeros(0), motion.names, notes=motion.notes)
    if rate is None:
        table.notes.append(
            f"“{shown(path)}” says nothing about time; {RATE:g} frames a second are assumed: give its rate."
        )
    _set_times(path, table, motion.frames / (rate or RATE), motion.lines)
    return table


def _regular(path: Path, table: Table, rate: float | None) -> None:
    if rate is None:
        table.notes.append(f"“{shown(path)}” says nothing about time; one row a second is assumed: give its rate.")
    table.times = np.arange(len(table.values)) / (rate or 1.0)


def _set_times(path: Path, table: Table, times: NDArray[np.float64], lines: list[int] | None) -> None:
    def where(row: int) -> str:
        return f"row {row + 1}" + (f" (line {lines[row]})" if lines else "")

    bad = np.flatnonzero(~np.isfinite(times) | (np.abs(times) > 1e12))
    if len(bad):
        raise MediaError(
            f"“{shown(path)}” has no usable time in {where(int(bad[0]))}; mend it or choose no time column."
        )
    falls = np.flatnonzero(np.diff(times) <= 0)
    if len(falls):
        raise MediaError(
            f"The times of “{shown(path)}” do not rise in {where(int(falls[0]) + 1)}; sort the rows or choose no times."
        )
    table.times, table.explicit_times = times - times[0], True


def _finite(path: Path, values: NDArray[Any], lines: list[int] | None, names: list[str] | None = None) -> Any:
    """float32 C-contiguous copy; refuses what is no finite number and names the first such row."""
    bad = ~np.isfinite(values) if values.dtype.kind == "f" else np.zeros(values.shape, bool)
    large = np.abs(np.nan_to_num(values.astype(np.float64) if values.dtype.kind != "f" else values)) > _LARGEST
    if bad.any() or large.any():
        row, column = (int(v) for v in np.argwhere(bad | large)[0])
        where = f"row {row + 1}" + (f" (line {lines[row]})" if lines else "")
        channel = f"“{names[column]}”" if names else f"channel {column + 1}"
        what = "no finite number" if bad[row, column] else "a number too large to compare"
        raise MediaError(f"“{shown(path)}” has {what} in {where}, {channel}; mend or remove it.")
    return np.ascontiguousarray(values, np.float32)


def _time_column(table: TextTable, key: str | None, path: Path) -> tuple[int | None, float]:
    """Column of the times and what to multiply them by; 0 for frame numbers."""
    if key is not None and key not in table.names:
        if key.lower() == "none" or not key:
            return None, 1.0
        raise MediaError(f"“{shown(path)}” has no column “{key}”; it has: {', '.join(table.names) or 'no header'}.")
    found: list[tuple[int, float]] = []
    for i, name in enumerate(table.names):
        w = words(name)
        if key is not None and name != key:
            continue
        # Whole names only, or "stance time" or "frame 3 x" would be taken for a clock; the unit may follow.
        if w <= _FRAME_WORDS | {"number", "no", "index", "idx", "id", "nr"} and w & _FRAME_WORDS:
            found.append((i, 0.0))
        elif (w <= _TIME_WORDS | {"s"} | _MILLI_WORDS and w & (_TIME_WORDS | _MILLI_WORDS)) or key is not None:
            found.append((i, 1e-3 if w & _MILLI_WORDS else 1.0))
    found.sort(key=lambda f: (f[1] == 0.0, f[0]))
    return found[0] if found else (None, 1.0)


def _from_text(path: Path, text: TextTable, key: str | None, rate: float | None, monitor: Monitor) -> Table:
    width = max(len(r) for r in text.rows)
    names = text.names if len(text.names) == width else []
    if text.names and not names:
        raise MediaError(
            f"“{shown(path)}” has {len(text.names)} column names but rows of {width} cells; mend the header."
        )
    if len(text.rows) * width * 8 > MOST_BYTES:
        raise OverBudget(
            f"“{shown(path)}” has too many cells; save it as .npy.", len(text.rows) * width * 8, MOST_BYTES
        )
    time_at, unit = _time_column(text, key, path)
    numbers = np.empty((len(text.rows), width))
    for r in range(len(text.rows)):
        if r % 512 == 0:
            monitor.advance(r, len(text.rows))
        if len(text.rows[r]) != width:
            raise MediaError(
                f"“{shown(path)}” has {len(text.rows[r])} cells in row {r + 1} (line {text.lines[r]}) "
                f"where other rows have {width}; mend it."
            )
        for c in range(width):
            numbers[r, c] = text.number(r, c)
    words_only: NDArray[np.bool_] = np.isnan(numbers).all(axis=0) if names else np.zeros(width, bool)  # pyright: ignore
    frames_at = [i for i, n in enumerate(names) if words(n) <= _FRAME_WORDS and i != time_at]
    kept = [
        c for c in range(width) if c != time_at and not words_only[c] and not (time_at is not None and c in frames_at)
    ]
    if not kept:
        raise MediaError(f"“{shown(path)}” has no column of numbers besides the time; choose another file.")
    kept_names = [names[c] for c in kept] if names else []
    values = _finite(path, numbers[:, kept], text.lines, kept_names)
    notes = list(text.notes)
    if words_only.any():
        skipped = ", ".join(n for n, w in zip(names, words_only, strict=True) if w)
        notes.append(f"Columns of “{shown(path)}” that hold no numbers are left out: {skipped}.")
    table = Table(values, np.zeros(0), tuple(kept_names), "" if key is None else key, notes=notes)
    if time_at is None:
        _regular(path, table, rate)
        return table
    if unit == 0.0:
        if rate is None:
            notes.append(f"“{shown(path)}” counts frames; one frame a second is assumed: give its rate.")
        unit = 1.0 / (rate or 1.0)
    _set_times(path, table, numbers[:, time_at] * unit, text.lines)
    return table


def load_sequence(media: Media) -> Features:
    """Read the sequence of a feature file again, chosen as it was when it was opened.

    Returns
    -------
    Features
        float32 (T, D), times from 0 s.

    Raises
    ------
    MediaError
        `media` is no feature file, or it was changed since.
    """
    if media.sequence is None:
        raise MediaError(f"“{shown(media.path)}” is no feature file; choose one.")
    check_unchanged(media)
    key, rate = media.options.get("key"), media.options.get("rate")
    table = read_table(media.path, None if key is None else str(key), None if rate is None else float(rate))
    return Features(table.values, table.times, table.names)
