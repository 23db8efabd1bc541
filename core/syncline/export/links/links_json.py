"""Pictures with objects, captions and links as JSON, or as JSON lines; the schema is in this folder's README."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from ...errors import ExportError
from ...progress import Monitor
from . import LinkJob, register
from ._record import program, record

__all__ = ["LinksJsonParams", "write", "write_lines"]


@dataclass(frozen=True)
class LinksJsonParams:
    """Nothing to choose."""


@register("links_json", "Links with everything about them", LinksJsonParams, kinds=(".json",))
def write(job: LinkJob, target: Path, params: LinksJsonParams, monitor: Monitor) -> None:
    """Objects, captions, links with each source's share, recipe and constraints of every picture, as JSON.

    Plain ASCII, sorted keys, no date: the same links give the same bytes.
    """
    head = {"format": "syncline-links", "version": 1, "program": program()}
    text = json.dumps(head, indent=1, sort_keys=True).removesuffix("\n}")
    with target.open("w", encoding="ascii", newline="\n") as file:
        file.write(text + ',\n "pictures": [')
        for k, found in enumerate(job.matches):
            lines = json.dumps(record(found), indent=1, sort_keys=True, allow_nan=False).replace("\n", "\n  ")
            file.write(("," if k else "") + "\n  " + lines)
            monitor.advance(k + 1, len(job.matches))
        file.write("\n ]\n}\n")
    if len(json.loads(target.read_text(encoding="ascii"))["pictures"]) != len(job.matches):
        raise ExportError("The JSON file can't be read back; try again or choose another folder.")


@register("links_jsonl", "Links, one picture a line", LinksJsonParams, kinds=(".jsonl",))
def write_lines(job: LinkJob, target: Path, params: LinksJsonParams, monitor: Monitor) -> None:
    """The same as JSON, one picture a line, for data sets that are read a piece at a time."""
    with target.open("w", encoding="ascii", newline="\n") as file:
        for k, found in enumerate(job.matches):
            file.write(json.dumps(record(found), sort_keys=True, allow_nan=False) + "\n")
            monitor.advance(k + 1, len(job.matches))
    with target.open(encoding="ascii") as file:
        if sum(1 for line in file if json.loads(line)) != len(job.matches):
            raise ExportError("Not every line reached the disk; try again or choose another folder.")
