"""Flickr30k Entities (Plummer et al. 2015) and Pascal VOC boxes in XML, with the sentences beside them.

Corners count pixels from 1 and include the last one, so that 1..16 is the box from 0 to 16. In Flickr30k Entities the
names of an object are the numbers of the entities that it is; in VOC its class.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...errors import MediaError, ParameterError
from ...files import guarded, read_text, shown
from ...model import Caption
from ...progress import Monitor
from ...words import load_sentences
from ._labelled import Annotations, Collector, label_of, number_of

__all__ = ["read", "sentences"]

_MOST = 16 << 20
_DEEPEST = 200
_MOST_ATTRIBUTES = 1000
_SIDES = ("xmin", "ymin", "xmax", "ymax")


@dataclass
class _Object:
    names: list[str] = field(default_factory=list[str])
    boxes: list[dict[str, float]] = field(default_factory=list[dict[str, float]])


def read(path: Path, monitor: Monitor) -> Annotations:
    """Read the boxes, and the sentences of a file ``NAME.txt`` beside the XML file or in ``../Sentences``.

    Objects are labelled by the type of the phrases that mean them (people, clothing, …), or by their VOC class.
    """
    name, size, objects = _parsed(path, monitor)
    collector = Collector(path)
    collector.picture(name, *size)
    captions = _captions(path)
    kinds = {p.entity: p.kind.split("/")[0] for c in captions for p in c.phrases}
    for item in objects:
        numbers = tuple(n for n in item.names if n.isascii() and n.isdigit())
        label = next((kinds[n] for n in numbers if n in kinds), "") if numbers else "".join(item.names[:1])
        for box in item.boxes:
            low, high = (
                [box.get(s, float("nan")) - 1 for s in _SIDES[:2]],
                [box.get(s, float("nan")) for s in _SIDES[2:]],
            )
            collector.box(name, label, (*low, *high), None, numbers)
    for caption in captions:
        collector.caption(name, caption)
    return collector.done()


def sentences(path: Path) -> tuple[Caption, ...]:
    """The captions of a sentence file.

    Raises
    ------
    MediaError
        It can't be read, or holds more than a picture can have.
    """
    text, _ = read_text(path, _MOST, "choose a file of sentences")
    try:
        return load_sentences(text)
    except ParameterError as error:
        raise MediaError(f"“{shown(path)}” can't be read: {error}") from None


def _captions(path: Path) -> tuple[Caption, ...]:
    for file in (path.with_suffix(".txt"), path.parent.parent / "Sentences" / f"{path.stem}.txt"):
        if file.is_file():
            return sentences(file)
    return ()


def _parsed(path: Path, monitor: Monitor) -> tuple[str, tuple[float, float], list[_Object]]:
    """Name and size of the picture, and its objects; the tree is never built."""
    name, size = "", [0.0, 0.0]
    objects: list[_Object] = []
    trail: list[str] = []
    for k, (event, tag, text) in enumerate(_events(path)):
        if k % 4096 == 0:
            monitor.check()
        if event == "start":
            trail.append(tag)
            if trail[1:] == ["object"]:
                objects.append(_Object())
            elif trail[1:] == ["object", "bndbox"]:
                objects[-1].boxes.append({})
            continue
        where = trail[1:]
        trail.pop()
        if where == ["filename"]:
            name = label_of(text)
        elif where in (["size", "width"], ["size", "height"]):
            size[where[1] == "height"] = number_of(text)
        elif where == ["object", "name"]:
            objects[-1].names.append(label_of(text))
        elif where[:2] == ["object", "bndbox"] and len(where) == 3:
            objects[-1].boxes[-1][tag] = number_of(text)
    return name, (size[0], size[1]), objects


def _events(path: Path) -> Iterator[tuple[str, str, str]]:
    from defusedxml.ElementTree import iterparse

    if path.stat().st_size > _MOST:
        raise MediaError(f"“{shown(path)}” is larger than the {_MOST >> 20} MB allowed; choose a file of one picture.")
    with guarded(path, "as XML"), path.open("rb") as file:
        depth = 0
        events: Any = iterparse(file, ("start", "end"), forbid_dtd=True)
        for event, element in events:
            depth += 1 if event == "start" else -1
            if depth > _DEEPEST or len(element.attrib) > _MOST_ATTRIBUTES:
                raise MediaError(
                    f"“{shown(path)}” is nested too deeply or has too many attributes; choose another file."
                )
            yield event, str(element.tag), element.text or ""
            if event == "end":
                element.clear()
