"""A matrix that the user brings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import MediaError, ParameterError
from ..files import array_headers, check_file, guarded, read_text, shown
from ..model.scene import F64
from ..progress import Monitor
from ..registry import choice, text
from . import Answer, SimilarityJob, register

__all__ = ["GivenParams", "load_matrix", "measure"]

_MOST_BYTES = 1 << 28


@dataclass(frozen=True)
class GivenParams:
    """Parameters of `measure`."""

    file: str = text("", "File", "A .csv or .npy of objects in rows and phrases in columns, as the table shows them.")
    scale: str = choice(
        "0 to 1",
        ("0 to 1", "smallest to largest", "costs"),
        "Scale",
        "Values as they are, stretched to 0…1, or costs: the smallest becomes 1, the largest 0.",
    )


@register("given", "Own matrix", GivenParams)
def measure(job: SimilarityJob, params: GivenParams, monitor: Monitor) -> Answer:
    """The user's own similarity of every object (rows) and phrase (columns), in their order in the scene.

    −∞ (in a file of costs +∞) forbids the pair.

    Raises
    ------
    ParameterError
        No file is named, its shape is not that of the scene, or its values don't fit the scale.
    MediaError
        It can't be read.
    """
    monitor.check()
    if not params.file:
        raise ParameterError("The source “given” needs a file, such as given:file=W.csv.")
    matrix = load_matrix(Path(params.file))
    name = shown(params.file)
    if matrix.shape != job.shape:
        n, m = job.shape
        raise ParameterError(
            f"“{name}” has shape {matrix.shape[0]} × {matrix.shape[1]}, but there are {n} objects and {m} phrases."
        )
    if params.scale == "costs":
        matrix = -matrix
    if np.isnan(matrix).any() or (matrix == np.inf).any():
        raise ParameterError(f"“{name}” holds NaN, or ∞ of the wrong sign; −∞ (as a cost +∞) forbids a pair.")
    finite = matrix[np.isfinite(matrix)]
    if params.scale != "0 to 1" and len(finite):
        low, span = float(finite.min()), float(np.ptp(finite))
        return Answer((matrix - low) / span if span else np.where(np.isfinite(matrix), 1.0, -np.inf))
    if len(finite) and (finite.min() < 0 or finite.max() > 1):
        raise ParameterError(
            f"“{name}” holds values from {finite.min():g} to {finite.max():g}, not 0 to 1; "
            "choose the scale “smallest to largest”, or “costs”."
        )
    return Answer(matrix)


def load_matrix(path: Path) -> F64:
    """A matrix float64 (n, m) from .npy or .csv (commas, semicolons, tabs or blanks; a heading row is passed over).

    Raises
    ------
    MediaError
        It is no such file, or holds no matrix of numbers.
    """
    if check_file(path).st_size > _MOST_BYTES:
        raise MediaError(f"“{shown(path)}” is larger than {_MOST_BYTES >> 20} MB; it is no matrix of a picture.")
    if path.suffix.lower() == ".npy":
        with guarded(path, "as a NumPy array"), array_headers:
            array = np.load(path, mmap_mode="r", allow_pickle=False)
        if array.ndim != 2 or array.dtype.kind not in "fiub" or not array.dtype.itemsize:
            raise MediaError(f"“{shown(path)}” does not hold a matrix of numbers but {array.dtype} {array.shape}.")
        return np.array(array, np.float64)
    content, _ = read_text(path, _MOST_BYTES, "save it as .npy")
    lines = [line for line in content.splitlines() if line.strip()]
    rows = [_cells(line) for line in lines]
    if rows and not any(map(_is_number, rows[0])):
        rows = rows[1:]
    bad = next((k for k, row in enumerate(rows) if len(row) != len(rows[0]) or not all(map(_is_number, row))), None)
    if not rows or bad is not None:
        what = "is empty" if not rows else f"has something else than {len(rows[0])} numbers in row {(bad or 0) + 1}"
        raise MediaError(f"“{shown(path)}” {what}; it must be a table of numbers.")
    return np.array(rows, np.float64)


def _cells(line: str) -> list[str]:
    for mark in (";", "\t", ","):
        if mark in line:
            return [cell.strip() for cell in line.split(mark)]
    return line.split()


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
