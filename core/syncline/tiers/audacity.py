"""Labels of Audacity: start, end and text of each on a line, with tabs between."""

from __future__ import annotations

import math
from pathlib import Path

from ..errors import ExportError, MediaError
from ..files import read_text, shown
from ..model.segments import Segment, Tier, Tiers

__all__ = ["read", "write"]

_MOST = 64 << 20


def read(path: Path) -> Tiers:
    """Read one tier, called after the file; ranges of frequency are left out."""
    text, notes = read_text(path, _MOST, "split it")
    segments: list[Segment] = []
    ranges = 0
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        if line.startswith("\\"):
            ranges += 1
            continue
        cells = line.split("\t", 2)
        try:
            start, end = (float(c.replace(",", ".")) for c in cells[:2])
            if not (math.isfinite(start) and start <= end < math.inf):
                raise ValueError
        except ValueError:
            raise MediaError(
                f"“{shown(path)}”, line {number}: there should be two times in seconds and a label, with tabs between."
            ) from None
        segments.append(Segment(start, end, cells[2] if len(cells) > 2 else ""))
    if ranges:
        notes = (*notes, "Ranges of frequency were left out.")
    points = bool(segments) and all(s.end == s.start for s in segments)
    return Tiers((Tier(path.stem, tuple(segments), points),), notes=notes)


def write(tiers: Tiers, target: Path) -> tuple[str, ...]:
    """Write one tier; line breaks and tabs in labels become spaces."""
    full = [t for t in tiers.tiers if t.segments]
    if len(full) > 1:
        names = ", ".join(f"“{t.name}”" for t in full)
        raise ExportError(f"Labels are one tier, and there are {len(full)} ({names}): say which one to write.")
    lines = [f"{s.start!r}\t{s.end!r}\t{' '.join(s.label.split())}\n" for t in full for s in t.segments]
    target.write_text("".join(lines), encoding="utf-8", newline="\n")
    return ()
