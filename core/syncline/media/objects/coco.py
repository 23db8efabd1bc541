"""COCO JSON (Lin et al. 2014): instances, captions, or detection results (a list)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from ...errors import MediaError
from ...files import shown
from ...model import Caption
from ...progress import Monitor
from ._labelled import Annotations, Collector, dicts, label_of, number_of

__all__ = ["read"]


def read(path: Path, found: Any, labels: Sequence[str], monitor: Monitor) -> Annotations:
    """Read what the JSON text holds; `labels` name categories that it only numbers, from 0 on.

    ``bbox`` is x, y, width, height in pixels; crowds (``iscrowd``) are left out, since their box is no object's.
    """
    if isinstance(found, list):
        document, items = {}, dicts(found)
    elif isinstance(found, dict):
        document = cast("dict[str, Any]", found)
        items = dicts(document.get("annotations"))
    else:
        document, items = {}, []
    if not items:
        raise MediaError(f"“{shown(path)}” has no COCO annotations; choose another file.")
    names = {str(i.get("id")): label_of(i.get("file_name", i.get("id"))) for i in dicts(document.get("images"))}
    categories = {str(c.get("id")): label_of(c.get("name", "")) for c in dicts(document.get("categories"))}
    if not categories:
        categories = {str(k): label for k, label in enumerate(labels)}
    collector, crowds, unnamed = Collector(path), 0, False
    for image in dicts(document.get("images")):
        collector.picture(names[str(image.get("id"))], image.get("width"), image.get("height"))
    for k, item in enumerate(items):
        if k % 4096 == 0:
            monitor.advance(k, len(items))
        picture = str(item.get("image_id", ""))
        picture = names.get(picture, picture)
        if isinstance(item.get("caption"), str):
            collector.caption(picture, Caption(0, item["caption"].strip()))
        if item.get("iscrowd"):
            crowds += 1
            continue
        if "bbox" not in item:
            continue
        raw = item["bbox"]
        x, y, w, h = map(number_of, cast("list[Any]", raw)) if isinstance(raw, list) and len(raw) == 4 else [0.0] * 4
        category = str(item.get("category_id", ""))
        label = categories.get(category, "")
        unnamed |= not label
        score = number_of(item["score"]) if "score" in item else None
        collector.box(picture, label or f"class {label_of(category)}", (x, y, x + w, y + h), score)
    notes: list[str] = []
    if crowds:
        notes.append(f"{crowds} crowds of “{shown(path)}” were left out: their boxes are no object's.")
    if unnamed:
        notes.append(f"“{shown(path)}” numbers classes that it does not name; choose a file of labels.")
    return collector.done(*notes)
