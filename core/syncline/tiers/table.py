"""Tables: a header, and a row for each segment."""

from __future__ import annotations

import csv
import math
from pathlib import Path

from ..errors import MediaError
from ..files import read_text, shown
from ..model.segments import Segment, Tier, Tiers

__all__ = ["COLUMNS", "read", "write"]

COLUMNS = ("tier", "start", "end", "label", "score")

_MOST = 256 << 20
_NAMES = {
    "tier": ("tier", "layer"),
    "start": ("start", "begin", "onset", "start_s", "begin_s", "start_time"),
    "end": ("end", "stop", "offset", "end_s", "stop_s", "end_time"),
    "label": ("label", "text", "word", "name", "annotation"),
    "score": ("score", "confidence", "p"),
}


def read(path: Path) -> Tiers:
    """Read a table with the columns start and, as far as there are any, tier, end, label and score, in seconds.

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
    start, end = at["start"], at["end"]
    if start is None:
        raise MediaError(
            f"“{shown(path)}” has no column “start”; name the columns {', '.join(COLUMNS)} in its first line."
        )
    found: dict[str, list[Segment]] = {}
    for number, row in enumerate(rows[1:], 2):
        if not any(c.strip() for c in row):
            continue

        def cell(key: str, row: list[str] = row) -> str:
            k = at[key]
            return row[k] if k is not None and k < len(row) else ""

        try:
            first = float(row[start])
            last = first if end is None else float(row[end])
            score = float(cell("score")) if cell("score").strip() else None
            if not (math.isfinite(first) and first <= last < math.inf) or (score is not None and math.isnan(score)):
                raise ValueError
        except (ValueError, IndexError):
            raise MediaError(
                f"“{shown(path)}”, line {number}: start and end must be seconds, the end not before the start."
            ) from None
        label = cell("label")
        # What was written with an apostrophe so that no spreadsheet takes it for a formula.
        label = label[1:] if label[:1] == "'" and label[1:2] in "=+-@\t\r" else label
        found.setdefault(cell("tier") or path.stem, []).append(Segment(first, last, label, score))
    tiers = [Tier(name, tuple(s), all(x.end == x.start for x in s)) for name, s in found.items()]
    return Tiers(tuple(tiers), notes=notes)


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
