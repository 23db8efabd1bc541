"""The warping path as a table: one row a step, ``a_frame,a_time,b_frame,b_time``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..errors import ExportError
from ..progress import Monitor
from . import ExportJob, register
from ._common import numbers, path_of, step_frames

__all__ = ["PathCsvParams", "write"]

_BLOCK = 2_000


@dataclass(frozen=True)
class PathCsvParams:
    """Nothing to choose."""


@register("path_csv", "Path as a table", PathCsvParams, kinds=(".csv",))
def write(job: ExportJob, target: Path, params: PathCsvParams, monitor: Monitor) -> None:
    """One row a step of the path: frame and seconds of A, frame and seconds of B.

    UTF-8, lines end with a line feed, seconds are written so that they read back unchanged. A frame is the video
    frame or sequence row nearest to that time; for sound it is the row of the features that were compared.
    """
    path, pair = path_of(job.alignment), job.alignment.pair
    a_frames = step_frames(pair.a, path.times[:, 0], path.pairs[:, 0])
    b_frames = step_frames(pair.b, path.times[:, 1], path.pairs[:, 1])
    monitor = monitor.part(0.0, 1.0, "Writing the path")
    with target.open("w", encoding="utf-8", newline="") as file:
        file.write("a_frame,a_time,b_frame,b_time\n")
        for start in range(0, len(path), _BLOCK):
            s = slice(start, start + _BLOCK)
            columns = (a_frames[s], path.times[s, 0], b_frames[s], path.times[s, 1])
            file.writelines(",".join(row) + "\n" for row in zip(*map(numbers, columns), strict=True))
            monitor.advance(start + _BLOCK, len(path))
    with target.open(encoding="utf-8", newline="") as file:
        rows = sum(1 for _ in file) - 1
    if rows != len(path):
        raise ExportError(f"Only {rows} of {len(path)} rows reached the disk; try again or choose another folder.")
