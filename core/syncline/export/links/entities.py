"""Flickr30k Entities: sentences with ``[/EN#id/type words]`` (.txt) and boxes of the entities (.xml)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from ...errors import ExportError
from ...model.matches import SceneMatch
from ...progress import Monitor
from ...words import dump_sentences
from . import LinkJob, register

__all__ = ["EntitiesParams", "entities_of", "write_boxes", "write_sentences"]


@dataclass(frozen=True)
class EntitiesParams:
    """Nothing to choose."""

    single = True


def entities_of(found: SceneMatch) -> dict[int, str]:
    """The entity of every phrase by its id: its own, or a new number; phrases with the same objects share one."""
    phrases = found.scene.phrases
    taken = {p.entity for p in phrases if p.entity}
    numbers = (str(k) for k in range(1, len(phrases) + len(taken) + 2) if str(k) not in taken)
    same: dict[frozenset[int], str] = {}
    entities: dict[int, str] = {}
    for p in phrases:
        objects = frozenset(link.a for link in found.links if link.b == p.id)
        entity = p.entity or (same.get(objects, "") if objects else "") or next(numbers)
        entities[p.id] = entity
        if objects:
            same.setdefault(objects, entity)
    return entities


@register("entities_sentences", "Flickr30k Entities sentences", EntitiesParams, kinds=(".txt",))
def write_sentences(job: LinkJob, target: Path, params: EntitiesParams, monitor: Monitor) -> None:
    """One caption a line, phrases in brackets with the entity and kind (“other” if nobody said)."""
    found = job.matches[0]
    text = dump_sentences(found.scene.captions, entities_of(found))
    target.write_bytes(text.encode("utf-8", "replace"))
    monitor.advance(1, 1)


@register("entities_boxes", "Flickr30k Entities boxes", EntitiesParams, kinds=(".xml",))
def write_boxes(job: LinkJob, target: Path, params: EntitiesParams, monitor: Monitor) -> None:
    """One ``object`` for each linked box with the entities it belongs to; entities without one are ``nobndbox``.

    Boxes are whole pixels counted from 1, as in the data set; the numbers are those of the sentences (.txt).
    """
    found = job.matches[0]
    scene, picture = found.scene, found.scene.picture
    entities = entities_of(found)
    lines = [
        "<annotation>",
        f"  <filename>{_xml(picture.path.name)}</filename>",
        f"  <size><width>{picture.width}</width><height>{picture.height}</height><depth>3</depth></size>",
    ]
    boxed: set[str] = set()
    for o in scene.active:
        names = list(dict.fromkeys(entities[link.b] for link in found.links if link.a == o.id))
        if not names:
            continue
        boxed.update(names)
        box = o.box.clipped(picture.width, picture.height)
        corners = {
            "xmin": int(box.x0) + 1,
            "ymin": int(box.y0) + 1,
            "xmax": max(round(box.x1), int(box.x0) + 1),
            "ymax": max(round(box.y1), int(box.y0) + 1),
        }
        lines.append("  <object>")
        lines += [f"    <name>{_xml(name)}</name>" for name in names]
        lines.append("    <bndbox>" + "".join(f"<{k}>{v}</{k}>" for k, v in corners.items()) + "</bndbox>")
        lines.append("  </object>")
    for name in dict.fromkeys(entities.values()):
        if name not in boxed:
            lines += ["  <object>", f"    <name>{_xml(name)}</name>", "    <scene>0</scene>"]
            lines += ["    <nobndbox>1</nobndbox>", "  </object>"]
    lines.append("</annotation>")
    target.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    from defusedxml.ElementTree import parse

    root = parse(target).getroot()
    if root is None or len(root.findall("object")) != sum(line == "  <object>" for line in lines):
        raise ExportError("The XML file can't be read back; try again or choose another folder.")
    monitor.advance(1, 1)


def _xml(text: str) -> str:
    text = text.encode("utf-8", "replace").decode("utf-8")
    return escape("".join(c if c >= " " and c not in "\ufffe\uffff" else " " for c in text))
