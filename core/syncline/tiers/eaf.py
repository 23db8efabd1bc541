"""ELAN annotation files (EAF 3.0); times are whole milliseconds."""

from __future__ import annotations

import itertools
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from ..errors import ExportError, MediaError
from ..files import check_file, guarded, shown
from ..model.segments import Segment, Tier, Tiers

__all__ = ["read", "write"]

_MOST = 256 << 20
_DEPTH = 200


def read(path: Path) -> Tiers:
    """Read aligned annotations, and those that refer to others with their times; media links are not followed."""
    from defusedxml import ElementTree

    if check_file(path).st_size > _MOST:
        raise MediaError(f"“{shown(path)}” is larger than {_MOST >> 20} MB of text; split it.")
    slots: dict[str, float | None] = {}
    order: list[str] = []
    tiers: list[tuple[str, list[str]]] = []
    spans: dict[str, tuple[str, str]] = {}
    refers: dict[str, str] = {}
    labels: dict[str, str] = {}
    now, depth = "", 0
    with guarded(path, "as an ELAN file"):
        for event, element in ElementTree.iterparse(path, events=("start", "end"), forbid_dtd=True):
            tag = str(element.tag)
            if event == "start":
                depth += 1
                if depth > _DEPTH or len(element.attrib) > 1000:
                    raise ValueError("it is nested too deeply")
                if tag == "TIER":
                    tiers.append((element.attrib["TIER_ID"], []))
                elif tag in ("ALIGNABLE_ANNOTATION", "REF_ANNOTATION"):
                    now = element.attrib["ANNOTATION_ID"]
                    tiers[-1][1].append(now)
                    labels[now] = ""
                    if tag == "REF_ANNOTATION":
                        refers[now] = element.attrib["ANNOTATION_REF"]
                    else:
                        spans[now] = element.attrib["TIME_SLOT_REF1"], element.attrib["TIME_SLOT_REF2"]
                elif tag == "TIME_SLOT":
                    value = element.attrib.get("TIME_VALUE")
                    slots[element.attrib["TIME_SLOT_ID"]] = None if value is None else int(value) / 1000
                    order.append(element.attrib["TIME_SLOT_ID"])
            else:
                depth -= 1
                if tag == "ANNOTATION_VALUE":
                    labels[now] = element.text or ""
                element.clear()
        known = _spread(order, slots)

        def times(name: str) -> tuple[float, float]:
            for _ in range(_DEPTH):
                if name in spans:
                    first, last = spans[name]
                    return known[first], known[last]
                name = refers[name]
            raise ValueError("annotations refer to each other in a circle")

        made = [Tier(name, tuple(Segment(*times(a), labels[a]) for a in items)) for name, items in tiers]
        return Tiers(tuple(made))


def _spread(order: list[str], slots: dict[str, float | None]) -> dict[str, float]:
    """Times of all slots: those without one lie evenly between their neighbours that have one."""
    known = [(k, t) for k, name in enumerate(order) if (t := slots[name]) is not None]
    found = {order[k]: t for k, t in known}
    for (k0, t0), (k1, t1) in itertools.pairwise(known):
        for k in range(k0 + 1, k1):
            found[order[k]] = round(t0 + (t1 - t0) * (k - k0) / (k1 - k0), 6)
    for k, name in enumerate(order):
        if name not in found:
            if not known:
                raise ValueError("no time is given")
            found[name] = known[0][1] if k < known[0][0] else known[-1][1]
    return found


def write(tiers: Tiers, target: Path) -> tuple[str, ...]:
    """Write aligned annotations under the names of their tiers, with no reference to any medium."""
    notes: list[str] = []
    if tiers.start < 0:
        raise ExportError("ELAN can't hold times before 0 s; shift the segments first.")
    slots: list[int] = []
    body: list[str] = []
    number = 0
    for tier in tiers.tiers:
        if tier.overlapping:
            notes.append(f"Segments of “{tier.name}” overlap, which ELAN may refuse.")
        if any(s.score is not None for s in tier.segments):
            notes.append(f"An EAF file holds no scores: those of “{tier.name}” were left out.")
        body.append(f'  <TIER LINGUISTIC_TYPE_REF="default" TIER_ID={quoteattr(_legal(tier.name))}>')
        for s in tier.segments:
            number += 1
            slots += [round(s.start * 1000), round(s.end * 1000)]
            body.append(
                f'    <ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a{number}" TIME_SLOT_REF1="ts{2 * number - 1}" '
                f'TIME_SLOT_REF2="ts{2 * number}"><ANNOTATION_VALUE>{escape(_legal(s.label))}</ANNOTATION_VALUE>'
                "</ALIGNABLE_ANNOTATION></ANNOTATION>"
            )
        body.append("  </TIER>")
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<ANNOTATION_DOCUMENT AUTHOR="" DATE="1970-01-01T00:00:00+00:00" FORMAT="3.0" VERSION="3.0">',
        '  <HEADER MEDIA_FILE="" TIME_UNITS="milliseconds"/>',
        "  <TIME_ORDER>",
        *(f'    <TIME_SLOT TIME_SLOT_ID="ts{k}" TIME_VALUE="{t}"/>' for k, t in enumerate(slots, 1)),
        "  </TIME_ORDER>",
        *body,
        '  <LINGUISTIC_TYPE GRAPHIC_REFERENCES="false" LINGUISTIC_TYPE_ID="default" TIME_ALIGNABLE="true"/>',
        "</ANNOTATION_DOCUMENT>",
    ]
    target.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    return tuple(notes)


def _legal(text: str) -> str:
    """`text` without what XML can't hold."""
    return "".join(
        c for c in text if c in "\t\n\r" or "\x20" <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c >= "\U00010000"
    )
