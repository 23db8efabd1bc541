"""What several exporters share: frames the path pairs, plain values for JSON, the true cause of a failed write."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ExportError
from ..model import Alignment, Constraints, Media, WarpingPath
from ..model.media import nearest

__all__ = ["cell", "describe_alignment", "numbers", "paired_frames", "path_of", "plain", "raise_cause", "step_frames"]


def path_of(alignment: Alignment) -> WarpingPath:
    """The path, which `run` has made sure of."""
    if alignment.path is None:
        raise ExportError("There is no path to export yet; align the two files first.")
    return alignment.path


def step_frames(media: Media, times: NDArray[np.float64], rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """Frame numbers (L,) of path steps at `times` (L,) seconds, counted from 0.

    The video's own frame, or the row of the sequence, nearest to that time; sound has no frames, so the `rows` of
    its features stand for them.
    """
    frames = media.frame_times
    return rows if frames is None else np.asarray(nearest(frames, times), np.intp)


def paired_frames(alignment: Alignment) -> NDArray[np.intp]:
    """For every frame of A's video the frame of B's video that the path pairs with it, intp (n,), never falling.

    Where the path has a row for the frame (to within half the distance to the next frame) its own pairing counts;
    between coarser rows, and beyond the ends of the path, the frame of B nearest to the mapped time.
    """
    path, a, b = path_of(alignment), alignment.pair.a.video, alignment.pair.b.video
    if a is None or b is None:
        raise ExportError("Both files need pictures for this export; export the sound or the path instead.")
    mapped = nearest(b.times, path.to_b(a.times))
    rows = nearest(path.a_times, a.times)
    first = np.searchsorted(path.pairs[:, 0], rows, side="left")
    last = np.searchsorted(path.pairs[:, 0], rows, side="right")
    # The middle one of the rows of B that share a row of A, as `WarpingPath.frames_to_b` says.
    middle = np.clip((first + last - 1) // 2, 0, len(path) - 1)
    paired = nearest(b.times, path.b_times[path.pairs[middle, 1]])
    spacing = np.diff(a.times).min() if len(a.times) > 1 else 1.0
    own = (first < last) & (np.abs(path.a_times[rows] - a.times) < spacing / 2)
    return np.maximum.accumulate(np.where(own, paired, mapped)).astype(np.intp)


def plain(value: Any) -> Any:
    """Turn dataclasses, tuples, paths and numpy values into what JSON knows; what is not finite becomes None."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(v) for v in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if value is None or isinstance(value, (bool, int, str)):
        return value
    return str(value)


def _media(media: Media) -> dict[str, Any]:
    frames = media.frame_times
    return {
        "name": media.name,
        "digest": media.digest,
        "kind": media.kind,
        "duration": media.duration,
        "frames": None if frames is None else len(frames),
        "options": plain(media.options),
    }


def _constraints(constraints: Constraints) -> dict[str, Any]:
    return {
        "anchors": plain(constraints.anchors),
        "locks": plain(constraints.locks),
        "forbidden": plain(constraints.forbidden),
    }


def _version() -> str:
    # Not by an import statement: the package's front page names the pipeline, which is above this family.
    return importlib.import_module(__name__.partition(".")[0]).__version__


def describe_alignment(alignment: Alignment) -> dict[str, Any]:
    """Everything about an alignment but its long arrays, ready for JSON; says nothing about this machine."""
    path = path_of(alignment)
    recipe = alignment.resolved or alignment.recipe
    return {
        "format": "syncline-path",
        "version": 1,
        "program": f"Syncline {_version()}",
        "a": _media(alignment.pair.a),
        "b": _media(alignment.pair.b),
        "recipe": {
            "features": [
                {"name": t.name, "weight": t.weight, "params": plain(t.params)} for t in recipe.features.terms
            ],
            "components": recipe.features.components,
            "method": recipe.method,
            "params": plain(recipe.params),
            "reason": alignment.reason,
        },
        "constraints": _constraints(alignment.constraints),
        "cost": plain(path.cost),
        "normalised_cost": plain(path.normalised),
        "errors": plain(alignment.errors),
        "stale": alignment.stale,
    }


def numbers(array: NDArray[Any]) -> list[str]:
    """Texts of the numbers that read back as the same numbers: point as decimal sign, whatever the locale."""
    return [repr(v) for v in array.tolist()]


def cell(value: Any) -> str:
    """A cell of a CSV table: text as it can't be taken for a formula, numbers so that they read back unchanged."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return repr(value)
    text = str(value).encode("utf-8", "replace").decode("utf-8")
    return "'" + text if text.startswith(tuple("=+-@\t\r")) else text


def raise_cause(target: Path, error: Exception) -> None:
    """Raise the OSError that keeps `target` from growing, since libraries below Python swallow it.

    Appends a block to the file as Python would; where that works the disk is not the cause.

    Raises
    ------
    OSError
        The disk is full, say; `atomic.replacing` puts it in words.
    ExportError
        Writing failed for another reason.
    """
    block = bytes(1 << 16)
    with target.open("ab", buffering=0) as file:
        written = 0
        while written < 1 << 20:
            n = file.write(block)
            written += n or 0
        os.fsync(file.fileno())
    with contextlib.suppress(OSError):
        target.unlink()
    raise ExportError(f"“{target.suffix}” could not be written ({error}); choose another format.") from error
