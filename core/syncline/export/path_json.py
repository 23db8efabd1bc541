"""The warping path with everything it came from, as JSON; the schema is in this folder's README."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from ..errors import ExportError
from ..progress import Monitor
from . import ExportJob, register
from ._common import describe_alignment, numbers, path_of

__all__ = ["PathJsonParams", "write"]

_BLOCK = 2_000


@dataclass(frozen=True)
class PathJsonParams:
    """Nothing to choose."""


@register("path_json", "Path with its recipe", PathJsonParams, kinds=(".json",))
def write(job: ExportJob, target: Path, params: PathJsonParams, monitor: Monitor) -> None:
    """The path's rows and seconds, its cost, recipe and constraints, and what the two files were, as JSON.

    Plain ASCII, sorted keys, no date: the same alignment gives the same bytes.
    """
    path = path_of(job.alignment)
    monitor = monitor.part(0.0, 1.0, "Writing the path")
    head = json.dumps(describe_alignment(job.alignment), indent=1, sort_keys=True, allow_nan=False)
    breaks = [] if path.breaks is None else path.breaks.tolist()
    with target.open("w", encoding="ascii", newline="") as file:
        # The long arrays go out in blocks: one json.dumps of them would hold the interpreter for seconds.
        file.write(f'{head.removesuffix("}").rstrip()},\n "breaks": {json.dumps(breaks)}')
        for name, array in (("pairs", path.pairs), ("times", path.times)):
            file.write(f',\n "{name}": [\n')
            for start in range(0, len(path), _BLOCK):
                block = array[start : start + _BLOCK]
                rows = [f"  [{a}, {b}]" for a, b in zip(numbers(block[:, 0]), numbers(block[:, 1]), strict=True)]
                file.write(("" if start == 0 else ",\n") + ",\n".join(rows))
                monitor.advance((start + len(block)) * 0.4 + (0.4 if name == "times" else 0.0) * len(path), len(path))
            file.write("\n ]")
        file.write("\n}\n")
    if _rows(target, monitor) != 2 * len(path):
        raise ExportError("The JSON file can't be read back; try again or choose another folder.")
    monitor.advance(1, 1)


def _rows(target: Path, monitor: Monitor) -> int:
    """Rows of the long arrays in the file, -1 if it is not whole; line by line for the same reason as above."""
    head, rows, line = "", 0, ""
    with target.open(encoding="ascii", newline="") as file:
        for line in file:
            if line.startswith("  ["):
                rows += 1
                if rows % _BLOCK == 0:
                    monitor.check()
            elif rows == 0:
                head += line
    try:
        json.loads(head.split(',\n "pairs"')[0] + "}")
    except ValueError:
        return -1
    return rows if line == "}\n" else -1
