"""MATLAB and HDF5 files: walked by hand so that nothing outside the file is read and no size is believed unchecked.

Called in the process of `_worker` only: both parsers are large, and the files are anyone's.
"""

from __future__ import annotations

import math
import os
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import MediaError, OverBudget
from ..files import guarded, shown

__all__ = ["load", "shapes"]

_MOST_BYTES = 1 << 30
_MI_MATRIX, _MI_COMPRESSED = 14, 15


def shapes(path: Path, kind: str) -> dict[str, tuple[int, ...]]:
    """Shapes of the arrays of plain numbers in a ``"mat"`` or ``"h5"`` file, by key."""
    return _mat_shapes(path) if kind == "mat" else _h5_shapes(path)


def load(path: Path, kind: str, keys: list[str]) -> dict[str, NDArray[Any]]:
    """Read the named arrays."""
    return _mat_load(path, keys) if kind == "mat" else _h5_load(path, keys)


def _too_large(path: Path, key: str, needed: int) -> OverBudget:
    return OverBudget(
        f"{key} of “{shown(path)}” would need {needed / 2**30:.1f} GiB, more than the {_MOST_BYTES >> 30} GiB "
        "allowed; save fewer rows.",
        needed,
        _MOST_BYTES,
    )


def _check_mat(path: Path) -> None:
    """Look at the tag of every element: a small compressed one can claim any size inside."""
    damaged = MediaError(f"“{shown(path)}” is no MATLAB file that can be read, or it is cut off; save it with -v7.")
    with path.open("rb") as file:
        head = file.read(128)
        order = {b"IM": "<", b"MI": ">"}.get(head[126:128])
        if len(head) < 128 or order is None:
            raise damaged
        size, at = path.stat().st_size, 128
        while at + 8 <= size:
            file.seek(at)
            kind, length = struct.unpack(order + "II", file.read(8))
            if kind not in (_MI_MATRIX, _MI_COMPRESSED) or at + 8 + length > size:
                raise damaged
            inner = length
            if kind == _MI_COMPRESSED:
                try:
                    first = zlib.decompressobj().decompress(file.read(min(length, 4096)), 64)
                    inner_kind, inner = struct.unpack(order + "II", first[:8])
                except (zlib.error, struct.error):
                    raise damaged from None
                if inner_kind != _MI_MATRIX:
                    raise damaged
            if inner > _MOST_BYTES:
                raise _too_large(path, "An array", inner)
            at += 8 + length


_MAT_CLASSES = ("double", "single", "logical", *(f"{u}int{b}" for u in ("", "u") for b in (8, 16, 32, 64)))


def _mat_shapes(path: Path) -> dict[str, tuple[int, ...]]:
    _check_mat(path)
    with guarded(path, "as a MATLAB file"):
        import scipy.io

        with path.open("rb") as file:
            listed = scipy.io.whosmat(file)
        return {str(n): tuple(int(v) for v in s) for n, s, c in listed if c in _MAT_CLASSES}


def _mat_load(path: Path, keys: list[str]) -> dict[str, NDArray[Any]]:
    _check_mat(path)
    with guarded(path, "as a MATLAB file"):
        import scipy.io

        with path.open("rb") as file:
            found = scipy.io.loadmat(file, variable_names=keys)
        return {k: _numbers(path, k, np.asarray(found[k])) for k in keys}


def _numbers(path: Path, key: str, array: NDArray[Any]) -> NDArray[Any]:
    if array.dtype.kind not in "fiub":
        raise MediaError(f"“{key}” of “{shown(path)}” does not hold plain numbers ({array.dtype}); save it as double.")
    return array


def _h5_open(path: Path) -> Any:
    import h5py

    # No lock: it would fail on media mounted read-only.
    return h5py.File(os.fsencode(path), "r", locking=False)


def _h5_shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """Walk hard links only: soft, external and virtual ones lead out of the file or round in circles."""
    import h5py

    found: dict[str, tuple[int, ...]] = {}
    with guarded(path, "as an HDF5 file"), _h5_open(path) as file:
        todo: list[tuple[str, Any]] = [("", file)]
        seen: set[Any] = set()
        while todo and len(found) < 10_000:
            prefix, group = todo.pop()
            mark: Any = h5py.h5o.get_info(group.id)  # pyright: ignore[reportAttributeAccessIssue]
            if (mark.fileno, mark.addr) in seen:
                continue
            seen.add((mark.fileno, mark.addr))
            for name in group:
                if group.get(name, getclass=True, getlink=True) is not h5py.HardLink:
                    continue
                item, key = group[name], f"{prefix}/{name}" if prefix else name
                if isinstance(item, h5py.Group):
                    if not name.startswith("#"):  # MATLAB's own store of references
                        todo.append((key, item))
                elif isinstance(item, h5py.Dataset) and _plain(item):
                    found[key] = tuple(int(v) for v in item.shape)
    return dict(sorted(found.items()))


def _plain(item: Any) -> bool:
    return item.shape is not None and not item.external and not item.is_virtual and item.dtype.kind in "fiub"


def _h5_load(path: Path, keys: list[str]) -> dict[str, NDArray[Any]]:
    import h5py

    result: dict[str, NDArray[Any]] = {}
    with guarded(path, "as an HDF5 file"), _h5_open(path) as file:
        with path.open("rb") as raw:
            matlab = raw.read(10) == b"MATLAB 7.3"
        for key in keys:
            # Level by level: h5py checks only the last part of a path of several.
            item: Any = file
            for part in key.split("/"):
                if item.get(part, getclass=True, getlink=True) is not h5py.HardLink:
                    raise MediaError(f"“{key}” of “{shown(path)}” lies outside the file; it is not read.")
                item = item[part]
            if not _plain(item):
                raise MediaError(f"“{key}” of “{shown(path)}” does not hold plain numbers of its own.")
            # A chunk is unpacked whole, however little of it lies within the shape.
            chunk = math.prod(item.chunks or ()) * item.dtype.itemsize
            needed = max(math.prod(item.shape) * max(item.dtype.itemsize, 4), chunk)
            if needed > _MOST_BYTES:
                raise _too_large(path, f"“{key}”", needed)
            array = np.asarray(item[()])
            # MATLAB stores its arrays by columns, so they arrive transposed.
            result[key] = array.T if matlab else array
    return result
