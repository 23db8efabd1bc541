"""Captions whose phrases name their boxes: ``{"images": [{"file", "width", "height", "captions": [{"text",
"phrases": [{"phrase", "first_word", "last_word", "boxes_xyxy", "coco_class"}]}]}]}``.

`first_word` and `last_word` count the words of the caption, split on all that is no letter, digit or underscore.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from ...model import Phrase
from ...progress import Monitor
from ._labelled import Annotations, Collector, dicts, label_of, number_of

__all__ = ["read", "recognises"]


def recognises(found: Any) -> bool:
    """True if the JSON text holds captions of this kind."""
    if not isinstance(found, dict):
        return False
    images = dicts(cast("dict[str, Any]", found).get("images"))
    return any(dicts(i.get("captions")) for i in images)


def read(path: Path, found: Any, labels: Sequence[str], monitor: Monitor) -> Annotations:
    """Read what the JSON text holds: an entity for every phrase, an object for every box that is not there yet.

    Objects are labelled by the class of what they are, never by the phrase that means them; those without a class
    have an empty label.
    """
    collector = Collector(path)
    for image in dicts(found["images"]):
        monitor.check()
        name = label_of(image.get("file", ""))
        collector.picture(name, image.get("width"), image.get("height"))
        means: dict[tuple[float, ...], list[str]] = {}
        classes = collector.classes.setdefault(name, {})
        for c, caption in enumerate(dicts(image.get("captions"))):
            text = str(caption.get("text", "")).strip()
            words = [m.span() for m in re.finditer(r"\w+", text)]
            phrases: list[Phrase] = []
            for p, item in enumerate(dicts(caption.get("phrases"))):
                first, last = item.get("first_word"), item.get("last_word")
                if not (isinstance(first, int) and isinstance(last, int) and 0 <= first <= last < len(words)):
                    collector.unfit += 1
                    continue
                entity = f"{c + 1}.{p + 1}"
                phrases.append(Phrase(0, words[first][0], words[last][1], "", entity))
                if item.get("coco_class"):
                    classes[entity] = label_of(item["coco_class"])
                boxes = item.get("boxes_xyxy")
                for box in cast("list[Any]", boxes) if isinstance(boxes, list) else []:
                    corners = tuple(map(number_of, cast("list[Any]", box))) if isinstance(box, list) else ()
                    means.setdefault(corners, []).append(entity)
            collector.marked(name, text, phrases)
        for corners, entities in means.items():
            label = next((classes[e] for e in entities if e in classes), "")
            collector.box(name, label, corners, None, tuple(entities))
    return collector.done()
