"""Links against the truth (ALGORITHMS 9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .model import Grounding, Scene
from .model.matches import MatchErrors, SceneMatch
from .model.scene import box_array, overlaps

__all__ = ["judge", "true_links", "with_truth"]


def judge(
    found: SceneMatch, truth: Sequence[Grounding] | None = None, *, iou: float = 0.5, classes_only: bool = False
) -> MatchErrors:
    """Compare links with the truth of the scene, or another one (`MatchErrors` says how).

    Parameters
    ----------
    iou
        From which overlap on a box is one of the truth.
    classes_only
        Judge phrases only whose truth names a class.
    """
    truth = found.scene.truth if truth is None else truth
    boxes = {o.id: o.box for o in found.scene.objects}
    links: dict[int, list[int]] = {}
    for link in found.links:
        links.setdefault(link.b, []).append(link.a)
    total = MatchErrors(0, 0, 0, 0, 0, 0, iou)
    for g in truth:
        if not g.boxes or (classes_only and not g.label):
            continue
        mine = links.get(g.phrase, [])
        hits = overlaps(box_array(boxes[a] for a in mine), box_array(g.boxes)).max(1, initial=0.0) >= iou
        right, sure = int(hits.sum()), len(g.boxes) == 1
        total += MatchErrors(1, len(mine), right, int(right > 0), int(sure), min(right, 1) if sure else 0, iou)
    return total


def with_truth(scene: Scene, other: Scene) -> Scene:
    """Give a scene the truth of another one of the same picture, whose phrases may be cut differently.

    A phrase of the truth is that phrase of the caption of the same text which holds its last word; one that is not
    there counts as not found.
    """
    captions = {" ".join(c.text.split()): c for c in scene.captions}
    truth: list[Grounding] = []
    for g in other.truth:
        known = other.phrase(g.phrase)
        if known is None:
            continue
        caption = captions.get(" ".join(known[0].text.split()))
        if caption is None:
            continue
        shift = caption.text.find(known[0].text)
        hit = caption.at(known[1].end - 1 + max(shift, 0))
        truth.append(replace(g, phrase=0 if hit is None else hit.id))
    return replace(scene, truth=tuple(truth))


def true_links(scene: Scene, *, iou: float = 0.5) -> frozenset[tuple[int, int]]:
    """Pairs (id of an active object, id of a phrase) that the truth of the scene calls right, as `judge` does."""
    boxes = box_array(o.box for o in scene.active)
    found: set[tuple[int, int]] = set()
    for g in scene.truth:
        hits = overlaps(boxes, box_array(g.boxes)).max(1, initial=0.0) >= iou
        found |= {(o.id, g.phrase) for o, hit in zip(scene.active, hits, strict=True) if hit}
    return frozenset(found)
