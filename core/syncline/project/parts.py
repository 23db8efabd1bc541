"""What parts are made of: JSON, arrays, digests of both, and what is worked out once."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import os
import weakref
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..errors import ProjectError

__all__ = ["Known", "array_name", "digest_of", "dump", "loose", "pack", "params_to_plain", "place_word", "unpack"]

DTYPES = {"<f8": np.dtype("<f8"), "<i8": np.dtype("<i8")}
LARGEST = 1 << 29
_T = TypeVar("_T")


def digest_of(data: bytes) -> str:
    """BLAKE2b of `data`, hex."""
    return hashlib.blake2b(data, digest_size=20).hexdigest()


def _plain(array: NDArray[Any]) -> NDArray[Any]:
    """Little-endian float64 or int64, C-contiguous."""
    return np.ascontiguousarray(array, DTYPES["<f8" if array.dtype.kind == "f" else "<i8"])


def array_name(array: NDArray[Any]) -> str:
    """Digest of an array's type, shape and content, hex."""
    array = _plain(array)
    h = hashlib.blake2b(f"{array.dtype.str}{array.shape}".encode(), digest_size=20)
    h.update(array.data if array.size else b"")
    return h.hexdigest()


def pack(array: NDArray[Any]) -> tuple[str, str, bytes]:
    """Return type, shape and bytes of `array` to store; integers as compressed differences.

    The rows of a path rise by 0 or 1 mostly: 20,000 steps become some 5 kB.
    """
    array = _plain(array)
    if array.dtype.kind == "f":
        return array.dtype.str, json.dumps(array.shape), array.tobytes()
    steps = np.diff(array, axis=0, prepend=np.zeros((1, *array.shape[1:]), array.dtype))
    return array.dtype.str, json.dumps(array.shape), zlib.compress(steps.tobytes(), 1)


def unpack(dtype: object, shape: object, data: object) -> NDArray[Any]:
    """Undo `pack` on values nobody vouches for; read-only.

    Raises
    ------
    ValueError
        They are not what `pack` makes, or hold a number that is not finite.
    """
    if not isinstance(dtype, str) or dtype not in DTYPES or not isinstance(shape, str) or not isinstance(data, bytes):
        raise ValueError("not an array")
    sides = json.loads(shape) if len(shape) < 100 else None
    if not isinstance(sides, list) or not 1 <= len(sides) <= 2:
        raise ValueError("odd shape")
    if not all(isinstance(s, int) and not isinstance(s, bool) and 0 <= s <= LARGEST for s in sides):
        raise ValueError("odd shape")
    size = 8 * math.prod(sides)
    if size > LARGEST:
        raise ValueError("too large")
    if dtype == "<f8":
        if len(data) != size:
            raise ValueError("odd length")
        array = np.frombuffer(data, DTYPES[dtype]).reshape(sides)
        if not np.isfinite(array).all():
            raise ValueError("not finite")
        return array
    inflater = zlib.decompressobj()
    try:
        raw = inflater.decompress(data, size + 1)
    except zlib.error as error:
        raise ValueError("not compressed data") from error
    if len(raw) != size:
        raise ValueError("odd length")
    array = np.cumsum(np.frombuffer(raw, DTYPES[dtype]).reshape(sides), axis=0, dtype=np.int64)
    array.setflags(write=False)
    return array


class Known:
    """What was worked out of immutable objects, each once while it lives (sessions share what an edit leaves).

    Attributes
    ----------
    parts
        What many of them share, by name, as long as one of them lives.
    """

    def __init__(self) -> None:
        self._found: dict[int, tuple[weakref.ref[Any], Any]] = {}
        self.parts: weakref.WeakValueDictionary[str, Any] = weakref.WeakValueDictionary()

    def __call__(self, thing: Any, work: Callable[[Any], _T]) -> _T:
        """Return ``work(thing)``, the same as last time."""
        found = self._found.get(id(thing))
        if found is not None and found[0]() is thing:
            return found[1]
        value = work(thing)
        key, known = id(thing), self._found
        known[key] = (weakref.ref(thing, lambda _: known.pop(key, None)), value)
        return value


def _default(value: object) -> object:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    raise TypeError(f"a project can't hold {type(value).__name__}")


def dump(value: object) -> bytes:
    try:
        return json.dumps(value, allow_nan=False, sort_keys=True, separators=(",", ":"), default=_default).encode()
    except (ValueError, TypeError) as error:
        raise ProjectError(
            f"The project holds something that can't be saved ({error}); undo the last step and save again."
        ) from error


def loose(value: float) -> float | str:
    """JSON has neither infinities nor NaN: `Record.loose_number` reads their word back."""
    return value if math.isfinite(value) else repr(value)


def _finite(value: object) -> object:
    """JSON has no infinity; `registry.build` reads the word back as a number."""
    return repr(value) if isinstance(value, float) and math.isinf(value) else value


def params_to_plain(params: object) -> dict[str, Any] | None:
    """Parameters dataclass → names and values; a plain dict (of a method not installed here) passes as it is."""
    if params is None:
        return None
    if isinstance(params, dict):
        return {str(k): _finite(v) for k, v in params.items()}
    return {f.name: _finite(getattr(params, f.name)) for f in dataclasses.fields(params)}  # pyright: ignore[reportArgumentType]


def place_word(path: Path, folder: Path | None) -> str:
    """How a medium's place is written: absolute for the journal, ``./…`` or ``../…`` for a project.

    The leading dot keeps names like ``a:b.mp4`` and ``~x.wav`` from looking like an address or a home.
    """
    if folder is None:
        return os.fspath(path)
    try:
        word = Path(os.path.relpath(os.path.realpath(path), os.path.realpath(folder))).as_posix()
    except ValueError:
        word = path.name
    return word if word.startswith("../") else f"./{word}"
