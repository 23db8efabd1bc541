"""What JSON, JSON lines and the page say about a picture, as plain values."""

from __future__ import annotations

import importlib
from typing import Any

from ...model.matches import CaptionMatch, SceneMatch
from ...words import is_word, tokens_of
from .._common import plain

__all__ = ["program", "record", "words_of"]


def program() -> str:
    """Name and version of the program."""
    # Not by an import statement: the package's front page names what is above this family.
    return f"Syncline {importlib.import_module(__name__.partition('.')[0]).__version__}"


def words_of(text: str) -> list[tuple[int, int]]:
    """Start and end of every word of a caption, marks left out: what Pharaoh counts."""
    return [t.span for t in tokens_of(text) if is_word(t)]


def record(found: SceneMatch) -> dict[str, Any]:
    """One picture with objects, captions and links; nothing about this machine. The schema is in ../README.md."""
    scene, picture = found.scene, found.scene.picture
    captions = []
    for caption in scene.captions:
        words = words_of(caption.text)
        phrases = [
            {
                "id": p.id,
                "start": p.start,
                "end": p.end,
                "text": caption.of(p),
                "words": [k for k, (s, e) in enumerate(words) if s < p.end and e > p.start],
                **({"kind": p.kind} if p.kind else {}),
                **({"entity": p.entity} if p.entity else {}),
            }
            for p in caption.phrases
        ]
        captions.append({"id": caption.id, "text": caption.text, "phrases": phrases})
    constraints = scene.constraints
    return {
        "picture": {
            "name": picture.path.name,
            "digest": picture.digest,
            "width": picture.width,
            "height": picture.height,
            "frame": picture.frame,
        },
        "checked": scene.checked,
        "objects": [
            {
                "id": o.id,
                "label": o.label,
                "box": list(o.box.corners),
                "score": o.score,
                "origin": o.origin,
                **({"outline": [list(map(list, ring)) for ring in o.outline.rings]} if o.outline is not None else {}),
            }
            for o in scene.active
        ],
        "captions": captions,
        "links": [_link(part, k) for part in found.captions for k in range(len(part.matching.links))],
        "unmatched": {
            "objects": _alone(found),
            "phrases": [
                part.similarity.b_ids[j] for part in found.captions for j in part.matching.unmatched_b.tolist()
            ],
        },
        "constraints": {
            "locked": sorted(map(list, constraints.locked)),
            "forbidden": sorted(map(list, constraints.forbidden)),
        },
        "recipe": {
            "similarity": [{"name": t.name, "weight": t.weight, "params": plain(t.params)} for t in found.recipe.terms],
            "method": found.recipe.method,
            "params": plain(found.recipe.params),
            "threshold": plain(found.threshold),
        },
        "notes": list(found.notes),
        "errors": None
        if found.errors is None
        else {
            **plain(found.errors),
            **{n: getattr(found.errors, n) for n in ("precision", "recall", "f1", "aer")},
        },
    }


def _alone(found: SceneMatch) -> list[int]:
    linked = {link.a for link in found.links}
    return [o.id for o in found.scene.active if o.id not in linked]


def _link(part: CaptionMatch, k: int) -> dict[str, Any]:
    link = part.matching.links[k]
    i, j = part.matching.pairs[k]
    return {
        "object": link.a,
        "caption": part.caption,
        "phrase": link.b,
        "weight": link.weight,
        "similarity": plain(link.similarity),
        "locked": link.locked,
        "parts": {p.name: plain(p.values[i, j]) for p in part.similarity.parts},
    }
