"""Links as a table: one row a link, and one for everything that stayed unmatched."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import ExportError
from ...model import Caption, Phrase, SceneObject
from ...progress import Monitor
from .._common import cell
from . import LinkJob, register

__all__ = ["COLUMNS", "LinksCsvParams", "write"]

COLUMNS = tuple(
    "picture object label x0 y0 x1 y1 score caption phrase start end text weight similarity locked".split()  # noqa: SIM905
)


@dataclass(frozen=True)
class LinksCsvParams:
    """Nothing to choose."""


@register("links_csv", "Links as a table", LinksCsvParams, kinds=(".csv",))
def write(job: LinkJob, target: Path, params: LinksCsvParams, monitor: Monitor) -> None:
    """One row a link; objects and phrases without one have a row with the other side left empty.

    UTF-8, lines end with a line feed, boxes in pixels, `start` and `end` in characters of the caption's text. Text
    that a spreadsheet would take for a formula begins with an apostrophe.
    """
    rows = 0
    with target.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(COLUMNS)
        for k, found in enumerate(job.matches):
            scene, name = found.scene, found.scene.picture.name

            def about(o: SceneObject | None) -> list[Any]:
                return [None] * 7 if o is None else [o.id, o.label, *o.box.corners, o.score]

            def said(c: Caption | None, p: Phrase | None) -> list[Any]:
                return [None] * 5 if c is None or p is None else [c.id, p.id, p.start, p.end, c.of(p)]

            lines: list[list[Any]] = []
            linked_a, linked_b = {x.a for x in found.links}, {x.b for x in found.links}
            for link in found.links:
                caption, phrase = scene.phrase(link.b) or (None, None)
                tail = [link.weight, link.similarity, link.locked]
                lines.append([name, *about(scene.object(link.a)), *said(caption, phrase), *tail])
            lines += [[name, *about(o), *said(None, None)] for o in scene.active if o.id not in linked_a]
            lines += [
                [name, *about(None), *said(c, p)] for c in scene.captions for p in c.phrases if p.id not in linked_b
            ]
            table.writerows([cell(x) for x in [*row, *[None] * (len(COLUMNS) - len(row))]] for row in lines)
            rows += len(lines)
            monitor.advance(k + 1, len(job.matches))
    with target.open(encoding="utf-8", newline="") as file:
        if sum(1 for _ in csv.reader(file)) != rows + 1:
            raise ExportError("Not every row reached the disk; try again or choose another folder.")
