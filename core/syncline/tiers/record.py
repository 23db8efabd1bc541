"""JSON that holds all there is to say; its schema is this file.

``{"format": "syncline-tiers", "version": 1, "start": s, "end": s, "tiers": [{"name": …, "points": false, "segments":
[{"start": s, "end": s, "label": …, "score": 0.9}]}]}``; `score` may be absent.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..errors import MediaError
from ..files import guarded, read_json, shown
from ..model.segments import Segment, Tier, Tiers

__all__ = ["FORMAT", "read", "write"]

FORMAT = "syncline-tiers"
_MOST = 256 << 20


def read(path: Path) -> Tiers:
    """Read it; word lists of forced aligners (``{"words": [{"word", "start", "end"}], "phones": …}``) too."""
    found, notes = read_json(path, _MOST)
    with guarded(path, "as tiers"):
        if isinstance(found, dict) and found.get("format") == FORMAT:
            if found.get("version") != 1:
                raise MediaError(f"“{shown(path)}” was written by a later version; update Syncline.")
            tiers = [
                Tier(str(t["name"]), tuple(_segment(s, "label") for s in t["segments"]), bool(t.get("points")))
                for t in found["tiers"]
            ]
            return Tiers(tuple(tiers), float(found.get("start", 0)), float(found.get("end", 0)), notes)
        lists = {k: v for k, v in found.items() if isinstance(v, list)} if isinstance(found, dict) else {}
        tiers = [Tier(name, tuple(_segment(s, name.rstrip("s")) for s in items)) for name, items in lists.items()]
        if not tiers:
            raise ValueError("it holds no tiers")
        return Tiers(tuple(tiers), notes=notes)


def _segment(s: dict[str, Any], key: str) -> Segment:
    score = s.get("score")
    label = s[key] if key in s else s["label"]
    return Segment(float(s["start"]), float(s["end"]), str(label), None if score is None else float(score))


def write(tiers: Tiers, target: Path) -> tuple[str, ...]:
    """Write everything."""
    whole = {
        "format": FORMAT,
        "version": 1,
        "start": tiers.start,
        "end": tiers.end,
        "tiers": [
            {
                "name": t.name,
                "points": t.points,
                "segments": [
                    {"start": s.start, "end": s.end, "label": s.label} | ({} if s.score is None else {"score": s.score})
                    for s in t.segments
                ],
            }
            for t in tiers.tiers
        ],
    }
    target.write_text(json.dumps(whole, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
    return ()
