"""Tables: a header, and a row for each segment."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import MediaError
from ..files import read_text, shown
from ..model.segments import Segment, Tier, Tiers

__all__ = ["COLUMNS", "Frames", "read", "write"]

COLUMNS = ("tier", "start", "end", "label", "score")

Frames = Callable[[], NDArray[np.float64] | None]
"""Gives where each frame of a recording begins, and the last one ends, or None where there are no frames."""

_MOST = 256 << 20
_NAMES = {
    "tier": ("tier", "layer"),
    "start": ("start", "begin", "onset", "start_s", "begin_s", "start_time"),
    "end": ("end", "stop", "offset", "end_s", "stop_s", "end_time"),
    "label": ("label", "text", "word", "name", "annotation"),
    "score": ("score", "confidence", "p"),
}
_COUNTED = {
    "start": ("start_frame", "begin_frame", "first_frame", "onset_frame", "frame_start", "frame_begin"),
    "end": ("end_frame", "stop_frame", "last_frame", "offset_frame", "frame_end", "frame_stop"),
}
"""Columns that count frames, as from 0; those of ends may say ``_exclusive`` or ``_inclusive`` after that."""


def read(path: Path, frames: Frames | None = None) -> Tiers:
    """Read a table with the columns start and, as far as there are any, tier, end, label and score.

    Times are seconds where there is a column `start`, `start_s` or the like, and frames counted from 0 where there is
    but `start_frame` or the like. An `end_frame` is the first one that does not belong to the piece, unless the column
    is called `last_frame` or `end_frame_inclusive`, or pieces begin on the frame after others' ends and none on it.

    Without a column of ends the segments are points; without one of tiers the tier is called after the file.
    """
    text, notes = read_text(path, _MOST, "split it")
    csv.field_size_limit(1 << 20)
    mark = "\t" if path.suffix.lower() == ".tsv" else max(",;\t", key=text.split("\n", 1)[0].count)
    try:
        rows = list(csv.reader(text.splitlines(keepends=True), delimiter=mark))
    except csv.Error as error:
        raise MediaError(f"“{shown(path)}” is no table that can be read ({error}); choose another file.") from None
    header = [c.strip().casefold() for c in rows[0]] if rows else []
    at = {key: next((header.index(n) for n in names if n in header), None) for key, names in _NAMES.items()}
    clock: _Seconds | _Counted = _Seconds()
    start, end = at["start"], at["end"]
    if start is None:
        counted = _counted(header)
        if counted is None:
            raise MediaError(
                f"“{shown(path)}” has no column “start”; name the columns {', '.join(COLUMNS)} in its first line."
            )
        start, end, inclusive = counted
        clock = _of_frames(path, frames, rows[1:], start, end, inclusive)
    found: dict[str, list[Segment]] = {}
    for number, row in enumerate(rows[1:], 2):
        if not any(c.strip() for c in row):
            continue

        def cell(key: str, row: list[str] = row) -> str:
            k = at[key]
            return row[k] if k is not None and k < len(row) else ""

        try:
            first, last = clock.between(row[start], row[start] if end is None else row[end], end is None)
            score = float(cell("score")) if cell("score").strip() else None
            if not (math.isfinite(first) and first <= last < math.inf) or (score is not None and math.isnan(score)):
                raise ValueError
        except (ValueError, IndexError):
            raise MediaError(f"“{shown(path)}”, line {number}: {clock.asked}") from None
        label = cell("label")
        # What was written with an apostrophe so that no spreadsheet takes it for a formula.
        label = label[1:] if label[:1] == "'" and label[1:2] in "=+-@\t\r" else label
        found.setdefault(cell("tier") or path.stem, []).append(Segment(first, last, label, score))
    tiers = [Tier(name, tuple(s), all(x.end == x.start for x in s)) for name, s in found.items()]
    return Tiers(tuple(tiers), notes=notes)


class _Seconds:
    asked = "start and end must be seconds, the end not before the start."

    def between(self, first: str, last: str, point: bool) -> tuple[float, float]:
        """Seconds of a piece."""
        return float(first), float(last)


@dataclass(frozen=True, eq=False)
class _Counted:
    edges: NDArray[np.float64]
    inclusive: bool

    @property
    def asked(self) -> str:
        """What a line has to hold."""
        return f"start and end must be frames of the recording, which has {len(self.edges) - 1:,}, counted from 0."

    def between(self, first: str, last: str, point: bool) -> tuple[float, float]:
        """Seconds of a piece."""
        a, b = int(first), int(last) + (self.inclusive and not point)
        if not 0 <= a <= b < len(self.edges):
            raise ValueError
        return float(self.edges[a]), float(self.edges[b])


def _counted(header: Sequence[str]) -> tuple[int, int | None, bool | None] | None:
    """Columns of first frames and of ends, and whether those belong to the piece, None if the header does not say."""
    start = next((header.index(n) for n in _COUNTED["start"] if n in header), None)
    if start is None:
        return None
    for name in _COUNTED["end"]:
        for more, inclusive in (("", None), ("_exclusive", False), ("_inclusive", True)):
            if name + more in header:
                return start, header.index(name + more), True if name == "last_frame" and not more else inclusive
    return start, None, False


def _of_frames(
    path: Path,
    frames: Frames | None,
    rows: Sequence[Sequence[str]],
    start: int,
    end: int | None,
    inclusive: bool | None,
) -> _Counted:
    edges = None if frames is None else frames()
    if edges is None:
        raise MediaError(
            f"“{shown(path)}” counts frames: open it with the video or the sequence whose frames they are, "
            "or give it columns “start” and “end” in seconds."
        )
    if inclusive is None and end is not None:
        cells = [(row[start].strip(), row[end].strip()) for row in rows if len(row) > max(start, end)]
        pieces = [(int(a), int(b)) for a, b in cells if a.isdecimal() and b.isdecimal() and int(a) <= int(b)]
        begins = {a for a, _ in pieces}
        inclusive = not any(b in begins for a, b in pieces if b > a) and any(b + 1 in begins for _, b in pieces)
    return _Counted(edges, bool(inclusive))


def write(tiers: Tiers, target: Path) -> tuple[str, ...]:
    """Write one row a segment, times in seconds with all their digits; UTF-8, lines end with a line feed."""
    with target.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, delimiter="\t" if target.suffix.lower() == ".tsv" else ",", lineterminator="\n")
        out.writerow(COLUMNS)
        for tier in tiers.tiers:
            for s in tier.segments:
                label = f"'{s.label}" if s.label[:1] in tuple("=+-@\t\r") else s.label
                out.writerow([tier.name, repr(s.start), repr(s.end), label, "" if s.score is None else repr(s.score)])
    return ()
