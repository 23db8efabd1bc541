"""Scenes for tests, made of rectangles."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from syncline.media.pictures import open_picture
from syncline.model import Box, Caption, Grounding, Phrase, Picture, Scene, SceneObject


def scene(objects, *captions, width=400, height=200):
    """``objects``: (label, (x0, y0, x1, y1)[, score]); captions with their phrases in brackets."""
    found = [SceneObject(0, o[0], Box(*o[1]), *o[2:], origin="detected" if o[2:] else "drawn") for o in objects]
    return (
        Scene(1, Picture(Path("made.png"), "made", width, height))
        .with_objects(found)
        .with_captions([caption(text) for text in captions])
    )


def caption(text):
    """``"a [red ball]"`` as a caption with one phrase."""
    plain, spans = "", []
    for k, piece in enumerate(text.replace("]", "[").split("[")):
        if k % 2:
            spans.append(Phrase(0, len(plain), len(plain) + len(piece)))
        plain += piece
    return Caption(0, plain, tuple(spans))


def shared_scenes(data):
    """The scenes of captions_boxes.json: true boxes with their class for a label, phrases as written, the truth."""
    folder = data / "images"
    for image in json.loads((folder / "captions_boxes.json").read_text())["images"]:
        boxes, captions, said = {}, [], []
        for c in image["captions"]:
            phrases, at = [], 0
            for p in c["phrases"]:
                at = c["text"].index(p["phrase"], at)
                phrases.append(Phrase(0, at, at + len(p["phrase"])))
                said.append(p)
                if p["coco_class"]:
                    boxes.update(dict.fromkeys((p["coco_class"], *b) for b in p["boxes_xyxy"]))
            captions.append(Caption(0, c["text"], tuple(phrases)))
        made = Scene(1, open_picture(folder / image["file"]))
        made = made.with_objects(SceneObject(0, label, Box(*b)) for label, *b in boxes).with_captions(captions)
        truth = (
            Grounding(p.id, tuple(Box(*b) for b in s["boxes_xyxy"]), s["coco_class"] or "")
            for p, s in zip(made.phrases, said, strict=True)
        )
        yield replace(made, truth=tuple(truth))
