"""``syncline segment --penalties``: how many pieces there are for every penalty of a range, and where."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ParameterError
from ..progress import Monitor
from ._outputs import writable

if TYPE_CHECKING:
    from ..segmentation import Segmented
    from ..solvers.segment.changepoints import ChangesParams

__all__ = ["penalty_target", "write_penalties"]

COLUMNS = ("pieces", "penalty_from", "penalty_to", "cost", "changes")


def penalty_target(word: str | None, inputs: Sequence[str | None]) -> Path | None:
    """The table to write, refused before any work if it can't be.

    Raises
    ------
    ParameterError, ExportError
        It is no table, or can't be written.
    """
    if word is None:
        return None
    if Path(word).suffix.lower() not in (".csv", ".tsv"):
        raise ParameterError(f"The table of penalties is written as .csv or .tsv, not as “{word}”.")
    return writable(Path(word), inputs)


def write_penalties(
    target: Path,
    found: Segmented,
    params: dict[str, str] | None,
    boundaries: Sequence[float],
    between: Sequence[float],
    monitor: Monitor,
) -> int:
    """Write a row for each segmentation that is best for some penalty; how many those are.

    Penalties are multiples of what noise alone asks for, as the parameter of change points; `changes` holds the seconds
    at which pieces begin, with spaces.

    Raises
    ------
    ParameterError, Infeasible, Cancelled
        Something else than features was cut, or as `path_of_penalties`.
    """
    from ..atomic import replacing
    from ..solvers.segment import REGISTRY, SegmentProblem
    from ..solvers.segment._rows import edges_of
    from ..solvers.segment.changepoints_path import path_of_penalties

    if found.features is None or found.tiers.tier("changes") is None:
        raise ParameterError("Only change points have a penalty: leave --penalties out, or cut by changepoints.")
    asked: ChangesParams = REGISTRY["changepoints"].filled(params)
    problem = SegmentProblem(found.features, boundaries=tuple(boundaries))
    path = path_of_penalties(problem, asked, between[0], between[1], monitor=monitor)
    edges = edges_of(found.features)
    with replacing(target) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, delimiter="\t" if target.suffix.lower() == ".tsv" else ",", lineterminator="\n")
        out.writerow(COLUMNS)
        for s, (low, high) in zip(path.segmentations, path.ranges, strict=True):
            starts = " ".join(f"{edges[row]:.6g}" for row in s.changes)
            out.writerow([len(s.ends), repr(low), repr(high), repr(s.cost), starts])
    return len(path.segmentations)
