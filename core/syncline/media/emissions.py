"""Emissions from a file: an array of log-probabilities, probabilities or logits, and a list of labels."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import MediaError
from ..files import check_file, guarded, shown
from ..labels import blank_among, load_labels
from ..model.emissions import Emissions
from . import arrays
from ._tables import read_text_table

__all__ = ["load_emissions"]


def load_emissions(
    file: str | os.PathLike[str],
    labels: Sequence[str] | str | os.PathLike[str] | None = None,
    *,
    blank: str | int | None = None,
    step: float | None = None,
    key: str | None = None,
) -> Emissions:
    """Read emissions from ``.npy``, ``.npz`` or ``.csv``/``.tsv``, a row for each frame and a column for each label.

    Log-probabilities, probabilities and logits are told apart by what their rows sum to; logits are normalised.

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
    logs = _logs(path, values)
    logs.setflags(write=False)
    return Emissions(logs, names, number, 0.0, step if step is not None else given or 0.02)


def _values(path: Path, key: str | None) -> tuple[NDArray[Any], tuple[str, ...] | None, float | None]:
    suffix = path.suffix.lower()
    with guarded(path, "as emissions"):
        if suffix == ".npy":
            values = arrays._npy(path)
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
        values = np.array(values, np.float64)
    if values.ndim != 2 or 0 in values.shape:
        raise MediaError(f"“{shown(path)}” has the shape {values.shape}; emissions need frames and labels, (T, C).")
    return values, names, step


def _logs(path: Path, values: NDArray[np.float64]) -> NDArray[np.float32]:
    if np.isnan(values).any() or np.isposinf(values).any():
        row = int(np.flatnonzero((np.isnan(values) | np.isposinf(values)).any(1))[0])
        raise MediaError(f"“{shown(path)}” holds a value that is no number in frame {row}; repair it first.")
    sums = values.sum(1)
    if (values >= 0).all() and np.allclose(sums, 1, atol=1e-2):
        with np.errstate(divide="ignore"):
            return np.log(values / sums[:, None]).astype(np.float32)
    # A frame in which nothing is possible stays one: what is wrong with it is said when it matters.
    most = np.max(values, 1, keepdims=True)
    most[np.isneginf(most)] = 0.0
    with np.errstate(divide="ignore"):
        total = np.log(np.exp(values - most).sum(1, keepdims=True)) + most
    total[np.isneginf(total)] = 0.0
    return (values - total).astype(np.float32)
