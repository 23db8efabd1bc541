"""Praat TextGrid, by praatio."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from ..errors import ExportError
from ..files import guarded, read_text, shown
from ..model.segments import Segment, Tier, Tiers

__all__ = ["read", "write"]

_MOST = 256 << 20


def read(path: Path) -> Tiers:
    """Read interval and point tiers; intervals without a label are gaps."""
    from praatio.utilities import textgrid_io

    text, notes = read_text(path, _MOST, "split it")
    with guarded(path, "as a Praat TextGrid"):
        if "ooTextFile" not in text[:200] and not text.lstrip().startswith("{"):
            raise ValueError("it does not begin as one")
        found = textgrid_io.parseTextgridStr(text, includeEmptyIntervals=False)
        tiers: list[Tier] = []
        names: set[str] = set()
        for tier in found["tiers"]:
            name, k = str(tier["name"]), 2
            while name in names:
                name, k = f"{tier['name']} ({k})", k + 1
            names.add(name)
            points = tier["class"] == "TextTier"
            segments = [
                Segment(float(e[0]), float(e[0]) if points else float(e[1]), str(e[-1])) for e in tier["entries"]
            ]
            tiers.append(Tier(name, tuple(segments), points))
        if len(names) > len({str(t["name"]) for t in found["tiers"]}):
            notes = (*notes, f"Tiers of the same name in “{shown(path)}” were given numbers.")
        return Tiers(tuple(tiers), float(found["xmin"]), float(found["xmax"]), notes)


def write(tiers: Tiers, target: Path) -> tuple[str, ...]:
    """Write the long text format; what overlaps goes to tiers of its own, points of no label get a “.”."""
    from praatio.utilities import textgrid_io

    notes: list[str] = []
    made: list[dict[str, Any]] = []
    for tier in tiers.tiers:
        lanes = [tier.segments] if tier.points else tier.lanes or [()]
        if len(lanes) > 1:
            notes.append(f"Segments of “{tier.name}” overlap and were spread over {len(lanes)} tiers.")
        if any(s.score is not None for s in tier.segments):
            notes.append(f"A TextGrid holds no scores: those of “{tier.name}” were left out.")
        for k, lane in enumerate(lanes):
            if not tier.points and any(s.end == s.start for s in lane):
                raise ExportError(
                    f"“{tier.name}” holds points among its segments, which a TextGrid can't; export JSON."
                )
            entries = [(s.start, s.label or ".") if tier.points else (s.start, s.end, s.label) for s in lane]
            made.append(
                {
                    "class": "TextTier" if tier.points else "IntervalTier",
                    "name": tier.name if k == 0 else f"{tier.name} ({k + 1})",
                    "xmin": tiers.start,
                    "xmax": tiers.end,
                    "entries": entries,
                }
            )
    if not tiers.end > tiers.start or not math.isfinite(tiers.end - tiers.start):
        raise ExportError("There are no segments to write.")
    whole = {"xmin": tiers.start, "xmax": tiers.end, "tiers": made}
    text = textgrid_io.getTextgridAsStr(whole, "long_textgrid", includeBlankSpaces=True)
    target.write_text(text, encoding="utf-8", newline="\n")
    return tuple(notes)
