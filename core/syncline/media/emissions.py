"""Emissions from a file: an array of log-probabilities, probabilities or logits, and a list of labels."""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import MediaError
from ..files import check_file, guarded, shown
from ..labels import blank_among, load_labels
from ..model.emissions import Emissions
from ..progress import Monitor
from . import arrays
from ._tables import read_text_table

__all__ = ["load_emissions"]

_AT_ONCE = 1 << 21
"""Values that are looked at together."""
_IN_MEMORY = 256 << 20
"""Bytes of log-probabilities up to which they are kept in memory."""
_MOST = 16 << 30


def load_emissions(
    file: str | os.PathLike[str],
    labels: Sequence[str] | str | os.PathLike[str] | None = None,
    *,
    blank: str | int | None = None,
    step: float | None = None,
    key: str | None = None,
    monitor: Monitor | None = None,
) -> Emissions:
    """Read emissions from ``.npy``, ``.npz`` or ``.csv``/``.tsv``, a row for each frame and a column for each label.

    Log-probabilities, probabilities and logits are told apart by what their rows sum to; logits are normalised. What
    comes of them is kept in memory up to 256 MB, else in a file of its own that goes with it, so that hours with
    thousands of labels take no more.

    Parameters
    ----------
    labels
        Names of the columns, or a file of them; None takes a table's header.
    blank
        Name or number of the blank; None takes a usual name (`labels.blank_among`), else the first column.
    step
        Seconds a frame lasts; None takes ``step`` out of an ``.npz``, else 0.02.
    key
        Which array of an ``.npz``; None: the only one of two axes.

    Raises
    ------
    MediaError
        The file can't be used; one sentence.
    OverBudget
        More than 16 GiB, or of an ``.npz`` 1 GiB.
    Cancelled
        `monitor` was told to stop.
    """
    path = Path(os.path.abspath(file))  # noqa: PTH100 — resolve() would follow links
    check_file(path)
    values, names, given = _values(path, key)
    if isinstance(labels, str | os.PathLike):
        names = load_labels(labels)
    elif labels is not None:
        names = tuple(labels)
    if names is None:
        raise MediaError(f"“{shown(path)}” does not name its {values.shape[1]} columns; name a file of labels.")
    if len(names) != values.shape[1]:
        raise MediaError(
            f"“{shown(path)}” has {values.shape[1]} columns, but there are {len(names)} labels; name one for each."
        )
    if blank is None:
        number = blank_among(names)
    elif isinstance(blank, int):
        number = blank
    elif blank in names:
        number = names.index(blank)
    elif blank.isdecimal() and int(blank) < len(names):
        number = int(blank)
    else:
        raise MediaError(f"There is no label “{blank}” for the blank among those of “{shown(path)}”.")
    logs = _logs(path, values, monitor or Monitor())
    logs.setflags(write=False)
    return Emissions(logs, names, number, 0.0, step if step is not None else given or 0.02)


def _values(path: Path, key: str | None) -> tuple[NDArray[Any], tuple[str, ...] | None, float | None]:
    suffix = path.suffix.lower()
    with guarded(path, "as emissions"):
        if suffix == ".npy":
            values = arrays._npy(path, _MOST)
            names, step = None, None
        elif suffix == ".npz":
            with zipfile.ZipFile(path) as archive:
                shapes = {n: s for n, (s, _) in arrays._npz_members(path, archive).items()}
                wide = [n for n, s in shapes.items() if len(s) == 2]
                if key is None and len(wide) != 1:
                    raise MediaError(
                        f"“{shown(path)}” has {len(wide)} arrays of two axes; say which ({', '.join(wide) or 'none'})."
                    )
                if key is not None and key not in wide:
                    raise MediaError(f"“{shown(path)}” has no array “{key}” of two axes; it has {', '.join(wide)}.")
                values = arrays.npz_array(path, archive, key or wide[0])
                names = None
                step = float(arrays.npz_array(path, archive, "step").ravel()[0]) if "step" in shapes else None
        elif suffix in (".csv", ".tsv"):
            table = read_text_table(path)
            columns = range(max((len(r) for r in table.rows), default=0))
            values, step = np.array([[table.number(k, c) for c in columns] for k in range(len(table.rows))]), None
            names = tuple(table.names) if table.names else None
        else:
            raise MediaError(f"“{shown(path)}” is no array of emissions; name a .npy, .npz, .csv or .tsv file.")
    if values.ndim != 2 or 0 in values.shape:
        raise MediaError(f"“{shown(path)}” has the shape {values.shape}; emissions need frames and labels, (T, C).")
    return values, names, step


def _logs(path: Path, values: NDArray[Any], monitor: Monitor) -> NDArray[np.float32]:
    """Log-probabilities of values, some rows at once."""
    rows = max(_AT_ONCE // values.shape[1], 1)
    starts = range(0, len(values), rows)
    probable = True
    for at in starts:
        monitor.advance(at, 2 * len(values))
        block = _rows(values, at, rows)
        wrong = np.isnan(block) | np.isposinf(block)
        if wrong.any():
            row = at + int(np.flatnonzero(wrong.any(1))[0])
            raise MediaError(f"“{shown(path)}” holds a value that is no number in frame {row}; repair it first.")
        probable = probable and bool((block >= 0).all()) and bool(np.allclose(block.sum(1), 1, atol=1e-2))

    def made() -> Iterator[NDArray[np.float32]]:
        for at in starts:
            monitor.advance(len(values) + at, 2 * len(values))
            block = _rows(values, at, rows)
            yield (_of_probabilities if probable else _normalised)(block).astype(np.float32)

    if 4 * values.size <= _IN_MEMORY:
        return np.concatenate(list(made()))
    # Not a map of the user's own file: whoever writes that anew would take the process with it.
    try:
        with tempfile.TemporaryFile(prefix="syncline-") as file:
            for block in made():
                file.write(block.data)
            file.flush()
            return np.asarray(np.memmap(file, np.float32, "r", shape=values.shape))
    except OSError as error:
        raise MediaError(
            f"“{shown(path)}” takes {values.size * 4 / 2**30:.1f} GiB, for which there is no room in "
            f"“{tempfile.gettempdir()}” ({error.strerror or error}); free some space."
        ) from None


def _rows(values: NDArray[Any], at: int, count: int) -> NDArray[np.float64]:
    """Some rows; of a file in a map of their own, since pages of one that lasts would all count as memory."""
    if isinstance(values, np.memmap) and values.flags.c_contiguous and values.filename is not None:
        shape = (min(count, len(values) - at), values.shape[1])
        start = values.offset + at * values.strides[0]
        return np.array(np.memmap(values.filename, values.dtype, "r", start, shape), np.float64, order="C")
    return np.array(values[at : at + count], np.float64, order="C")


def _of_probabilities(block: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(divide="ignore"):
        return np.log(block / block.sum(1, keepdims=True))


def _normalised(block: NDArray[np.float64]) -> NDArray[np.float64]:
    # A frame in which nothing is possible stays one: what is wrong with it is said when it matters.
    most = np.max(block, 1, keepdims=True)
    most[np.isneginf(most)] = 0.0
    with np.errstate(divide="ignore"):
        total = np.log(np.exp(block - most).sum(1, keepdims=True)) + most
    total[np.isneginf(total)] = 0.0
    return block - total
