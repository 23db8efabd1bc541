"""Features kept on disk, known by what they were made from. Safe to delete at any time."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import threading
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..atomic import replacing
from ..errors import ExportError
from ..files import array_headers
from ..model import Features
from ..registry import Method

__all__ = ["CAP", "clear", "folder", "key", "load", "size", "store"]

CAP = 2 << 30
"""Bytes; what was used longest ago goes first."""

_FORMAT = 1
_SUFFIX = ".features"
_DIGEST = 32
_lock = threading.Lock()


def folder() -> Path:
    """Where the entries are: $SYNCLINE_CACHE, else $XDG_CACHE_HOME/syncline, else the system's place for caches."""
    if own := os.environ.get("SYNCLINE_CACHE"):
        return Path(own) / "features"
    if xdg := os.environ.get("XDG_CACHE_HOME"):
        return Path(xdg) / "syncline" / "features"
    import platformdirs

    return Path(platformdirs.user_cache_dir("syncline", appauthor=False)) / "features"


def key(content: str, method: Method[Any], params: Any, stream: str = "") -> str:
    """Name of an entry: the file's content, the extractor with version and parameters, and the stream used."""
    recipe = json.dumps([_FORMAT, content, stream, method.name, method.version, asdict(params)], sort_keys=True)
    return hashlib.blake2b(recipe.encode(), digest_size=20).hexdigest()


def load(name: str) -> Features | None:
    """Return the entry, or None where there is none or it is damaged (then it is removed)."""
    path = folder() / (name + _SUFFIX)
    try:
        blob = path.read_bytes()
    except OSError:
        return None
    body = memoryview(blob)[_DIGEST:]
    if len(blob) <= _DIGEST or hashlib.blake2b(body, digest_size=_DIGEST).digest() != blob[:_DIGEST]:
        with contextlib.suppress(OSError):
            path.unlink()
        return None
    stream = io.BytesIO(body)
    with array_headers:
        times = np.load(stream, allow_pickle=False)
        values = np.load(stream, allow_pickle=False)
    with contextlib.suppress(OSError):
        os.utime(path)
    return Features(values, times)


def store(name: str, features: Features) -> str:
    """Keep an entry. Returns an empty string, or a sentence saying why it could not be kept."""
    target = folder() / (name + _SUFFIX)
    pieces = [piece for array in (features.times, features.values) for piece in _npy(array)]
    if sum(len(piece) for piece in pieces) > CAP:
        return ""
    digest = hashlib.blake2b(digest_size=_DIGEST)
    for piece in pieces:
        digest.update(piece)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with replacing(target) as temporary, temporary.open("wb") as file:
            for piece in (digest.digest(), *pieces):
                file.write(piece)
    except ExportError as error:
        return f"Features were not kept for the next time: {error}"
    except OSError as error:
        return f"Features were not kept for the next time, “{target.parent}” can't be made ({error.strerror})."
    _prune()
    return ""


def _npy(array: NDArray[Any]) -> tuple[bytes, memoryview]:
    """Header and content of an .npy file.

    `numpy.save` into memory would copy the whole more than once, and let no other thread run meanwhile.
    """
    array = np.ascontiguousarray(array)
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, np.lib.format.header_data_from_array_1_0(array))
    return header.getvalue(), array.reshape(-1).view(np.uint8).data


def size() -> int:
    """Bytes on disk."""
    return sum(bytes_ for _, bytes_, _ in _entries())


def clear() -> int:
    """Remove everything; returns the bytes that were freed."""
    return _remove(_entries())


def _entries() -> list[tuple[float, int, Path]]:
    found: list[tuple[float, int, Path]] = []
    with contextlib.suppress(OSError):
        for path in folder().glob("*" + _SUFFIX):
            # Another program may be clearing the same folder.
            with contextlib.suppress(OSError):
                status = path.stat()
                found.append((status.st_mtime, status.st_size, path))
    return sorted(found, key=lambda entry: entry[0])


def _remove(entries: Iterable[tuple[float, int, Path]]) -> int:
    freed = 0
    for _, bytes_, path in entries:
        with contextlib.suppress(OSError):
            path.unlink()
            freed += bytes_
    return freed


def _prune() -> None:
    with _lock:
        entries = _entries()
        excess = sum(entry[1] for entry in entries) - CAP
        for entry in entries:
            if excess <= 0:
                break
            _remove([entry])
            excess -= entry[1]
