"""``syncline segment`` with corrections: as the window cuts and corrects, each solved before the next."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ParameterError
from ..files import read_text
from ..progress import Monitor

if TYPE_CHECKING:
    from ..model.segments import Segment
    from ..recutting import Doubt
    from ..segmentation import Segmented

__all__ = ["edited"]


def edited(
    arguments: argparse.Namespace,
    params: dict[str, str] | None,
    words: Sequence[str] | None,
    boundaries: Sequence[float],
    examples: Sequence[Segment],
    monitor: Monitor,
) -> tuple[Segmented, list[Doubt]]:
    """Cut a recording, set boundaries, make corrections; what was found, own tiers with it, and what to check."""
    from .. import recutting as r
    from ..edits.piece_file import loads
    from ..model.recordings import EmissionSource, NamedSegments, SegmentRecipe
    from ..model.segments import Tier
    from ..segmentation import Segmented

    a = arguments
    edits = []
    if a.edits:
        text, _ = read_text(Path(a.edits).absolute(), 16 << 20, "split it")
        edits = loads(text)
    file = a.file or a.emissions
    if file is None:
        raise ParameterError("Name a recording, or a file of emissions with --emissions.")
    source = None
    if a.emissions:
        path = "" if a.file is None else a.emissions
        source = EmissionSource(path, a.labels or "", a.blank or "", a.step)
    elif a.model:
        source = EmissionSource(model=a.model)
    opening, preparing = monitor.part(0.0, 0.1), monitor.part(0.1, 0.7)
    recording = r.open_recording(
        file, words or (), emissions=source, key=a.key, rate=a.rate, monitor=opening
    )  # fmt: skip
    if examples:
        recording = replace(recording, own=(Tier("examples", tuple(examples)),))
    others = [r.open_recording(f, key=a.key, rate=a.rate, id=k + 2) for k, f in enumerate(a.others)]
    method = a.method or ("examples" if examples else "auto")
    prepared = r.prepare(recording, SegmentRecipe(method, None, a.features), others=others, monitor=preparing)
    recipe = SegmentRecipe(prepared.recipe.method, params, a.features)
    found = r.solve(prepared, recording, NamedSegments(1, recording.id, recipe), monitor.part(0.7, 0.8))
    found = r.set_boundaries(prepared, recording, found, boundaries, monitor.part(0.8, 0.85))
    recording, found = r.edit_segments(prepared, recording, found, edits, monitor.part(0.85, 1.0))
    names = {t.name for t in found.tiers.tiers}
    own = [t for t in recording.own if t.name not in names and t.name != "examples"]
    tiers = found.tiers.with_tiers([*found.tiers.tiers, *own])
    doubts = r.doubtful(found, prepared, 20) if a.check else []
    return Segmented(tiers, dict(found.figures), found.reason, prepared.rows), doubts
