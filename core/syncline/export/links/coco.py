"""COCO detection JSON with captions, and links from boxes to stretches of the captions."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import ExportError
from ...model import Outline
from ...progress import Monitor
from . import LinkJob, register
from ._record import program

__all__ = ["CocoParams", "write"]


@dataclass(frozen=True)
class CocoParams:
    """Nothing to choose."""


@register("coco", "COCO with caption links", CocoParams, kinds=(".json",))
def write(job: LinkJob, target: Path, params: CocoParams, monitor: Monitor) -> None:
    """``images``, ``categories`` and ``annotations`` as COCO has them, ``captions`` beside, and links on boxes.

    An annotation's ``links`` name a caption (`caption_id`), its stretch (`start`, `end`, in characters), the words
    (`text`), weight and similarity; ``tokens_positive`` has the same stretches as [start, end] where the picture has
    one caption, as MDETR and GLIP read them (``images`` then have that ``caption``). `bbox` is x, y, width, height in
    pixels; scores are in ``score``. A region's ``segmentation`` is one polygon, which goes to each hole and back.
    """
    labels = sorted({o.label for m in job.matches for o in m.scene.active})
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    captions: list[dict[str, Any]] = []
    for k, found in enumerate(job.matches):
        scene, picture = found.scene, found.scene.picture
        image: dict[str, Any] = {
            "id": k + 1,
            "file_name": picture.path.name,
            "width": picture.width,
            "height": picture.height,
        }
        if len(scene.captions) == 1:
            image["caption"] = scene.captions[0].text
        images.append(image)
        numbers: dict[int, int] = {}
        for caption in scene.captions:
            numbers[caption.id] = len(captions) + 1
            captions.append({"id": len(captions) + 1, "image_id": k + 1, "caption": caption.text})
        for o in scene.active:
            links: list[dict[str, Any]] = []
            for link in found.links:
                caption, phrase = scene.phrase(link.b) or (None, None)
                if link.a == o.id and caption is not None and phrase is not None:
                    links.append(
                        {
                            "caption_id": numbers[caption.id],
                            "start": phrase.start,
                            "end": phrase.end,
                            "text": caption.of(phrase),
                            "weight": link.weight,
                            "similarity": link.similarity,
                            "locked": link.locked,
                        }
                    )
            annotation: dict[str, Any] = {
                "id": len(annotations) + 1,
                "image_id": k + 1,
                "category_id": labels.index(o.label) + 1,
                "bbox": [o.box.x0, o.box.y0, o.box.width, o.box.height],
                "area": o.box.area if o.outline is None else o.outline.area,
                "iscrowd": 0,
                "segmentation": [] if o.outline is None else [_polygon(o.outline)],
                "links": links,
            }
            if o.score is not None:
                annotation["score"] = o.score
            if len(scene.captions) == 1:
                annotation["tokens_positive"] = [[x["start"], x["end"]] for x in links]
            annotations.append(annotation)
        monitor.advance(k + 1, len(job.matches))
    whole = {
        "info": {"description": "Objects linked to the words of captions", "contributor": program()},
        "images": images,
        "categories": [{"id": k + 1, "name": label} for k, label in enumerate(labels)],
        "annotations": annotations,
        "captions": captions,
    }
    target.write_text(json.dumps(whole, indent=1, allow_nan=False) + "\n", encoding="ascii")
    if len(json.loads(target.read_text(encoding="ascii"))["annotations"]) != len(annotations):
        raise ExportError("The JSON file can't be read back; try again or choose another folder.")


def _polygon(outline: Outline) -> list[float]:
    """x, y, x, y, …: the rings one after another, each joined to the first corner of all by a line there and back."""
    line = list(outline.rings[0])
    for ring in outline.rings[1:]:
        line += [line[0], *ring, ring[0]]
    return [v for corner in line for v in corner]
