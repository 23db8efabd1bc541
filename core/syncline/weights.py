"""Files of learned weights: one .npz with a head of JSON and float64 arrays, read as if it came from a stranger."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from .atomic import replacing
from .errors import MediaError, ParameterError
from .files import check_file, guarded, shown

__all__ = [
    "digest_of",
    "load_weights",
    "read_training",
    "read_weights",
    "weights_of",
    "whole",
    "write_training",
    "write_weights",
]

T = TypeVar("T")
F64 = NDArray[np.float64]

_MOST_BYTES = 256 << 20
_MOST_TEXT = 1 << 20


def write_weights(head: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], target: Path, format: str) -> None:
    """Write a file that is either complete or not there.

    Parameters
    ----------
    head
        What JSON can hold.
    format
        A word that says whose file it is.

    Raises
    ------
    ExportError
        The folder can't be written to.
    """
    text = json.dumps({"format": format, **head}, allow_nan=False)
    with replacing(target) as part, part.open("wb") as file:
        np.savez(file, head=np.frombuffer(text.encode(), np.uint8), **cast("dict[str, Any]", arrays))


def read_weights(path: Path, format: str, noun: str) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Read what `write_weights` wrote with that format; sentences call it a `noun`.

    Raises
    ------
    MediaError
        It can't be read, or is something else.
    """
    if check_file(path).st_size > _MOST_BYTES:
        raise MediaError(f"“{shown(path)}” is larger than {_MOST_BYTES >> 20} MB; it is no {noun}.")
    with guarded(path, f"as a{'n' if noun[0] in 'aeiou' else ''} {noun}"), zipfile.ZipFile(path) as archive:
        arrays = {i.filename.removesuffix(".npy"): _member(archive, i, path, noun) for i in archive.infolist()}
        text = arrays.pop("head", np.zeros(0, np.uint8)).tobytes()
        head: Any = json.loads(text) if 0 < len(text) < _MOST_TEXT else {}
        if not isinstance(head, dict) or cast("dict[str, Any]", head).pop("format", "") != format:
            raise MediaError(f"“{shown(path)}” is no {noun}; choose a file that was written after training.")
    return cast("dict[str, Any]", head), arrays


def load_weights(path: str | Path, format: str, noun: str, make: Callable[[Any, Mapping[str, NDArray[Any]]], T]) -> T:
    """What `make` makes of a file that `write_weights` wrote.

    Raises
    ------
    MediaError
        It can't be read, is something else, or `make` raises a ParameterError.
    """
    path = Path(path)
    try:
        return make(*read_weights(path, format, noun))
    except ParameterError as error:
        raise MediaError(f"“{shown(path)}”: {error}") from None


# -- what heads hold --------------------------------------------------------------------------------


def digest_of(known: Sequence[Any], arrays: Mapping[str, F64]) -> str:
    """BLAKE2b of what JSON can hold and of arrays, hex."""
    h = hashlib.blake2b(json.dumps(known).encode(), digest_size=16)
    for name in sorted(arrays):
        h.update(f"\0{name}\0".encode())
        h.update(np.ascontiguousarray(arrays[name], "<f8").tobytes())
    return h.hexdigest()


def write_training(curve: F64, figures: Mapping[str, float], notes: Sequence[str], name: str) -> dict[str, Any]:
    """How a training went, as `read_training` reads it."""
    return {
        # JSON has neither NaN nor infinity; training that ran away tells of both.
        "curve": [[v if np.isfinite(v) else None for v in row] for row in curve.tolist()],
        "figures": {k: v for k, v in figures.items() if np.isfinite(v)},
        "notes": list(notes),
        "name": name,
    }


def read_training(head: Mapping[str, Any], columns: int) -> dict[str, Any]:
    """`curve` (float64, with so many columns), `figures`, `notes` and `name` of a head.

    Raises KeyError, TypeError, ValueError or OverflowError where something else stands there.
    """
    rows = [[np.nan if v is None else float(v) for v in row] for row in head["curve"]]
    return {
        "curve": np.array(rows, np.float64).reshape(-1, columns),
        "figures": {str(k): float(v) for k, v in dict(head["figures"]).items()},
        "notes": tuple(str(v) for v in head["notes"]),
        "name": str(head["name"]),
    }


def weights_of(arrays: Mapping[str, NDArray[Any]]) -> dict[str, F64]:
    """Arrays of a file as float64, each its own."""
    return {str(k): np.array(v, np.float64) for k, v in arrays.items()}


def whole(value: Any) -> int:
    """A count out of such a head; raises ValueError if it is none, or larger than any of ours."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 20:
        raise ValueError
    return value


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path, noun: str) -> NDArray[Any]:
    """An array of an archive, refused before anything is allocated if its header says more than the file holds."""
    # Packed members could unfold to any size; ours are not packed.
    if info.compress_type != zipfile.ZIP_STORED or info.file_size > _MOST_BYTES:
        raise MediaError(f"“{shown(path)}” is packed as no {noun} is; choose another file.")
    with archive.open(info) as file:
        if np.lib.format.read_magic(file) != (1, 0):
            raise ValueError("not an array")
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(file)
        data = file.read()
    count = 1
    for side in shape:
        count *= side
    if dtype not in (np.dtype("<f8"), np.dtype("u1")) or count * dtype.itemsize != len(data):
        raise ValueError("not an array of weights")
    return np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C")
