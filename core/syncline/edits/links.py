"""Correcting a scene: its links, objects, phrases and captions. Each function returns a new `Scene`.

Links are pairs (id of the object, id of the phrase). No function solves anything: what follows from an edit for the
other links is the solver's to say. Every edit takes back that a person has checked the picture, `set_checked` apart.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from ..errors import ParameterError
from ..model import Box, Caption, Origin, Phrase, Scene, SceneObject, Span, Token
from ..model.links import Fees, LinkConstraints
from ..model.scene import box_array, overlaps
from ..words import is_word, tokens_of

__all__ = [
    "add_caption",
    "add_object",
    "allow",
    "clear",
    "delete_caption",
    "delete_objects",
    "delete_phrase",
    "edit_caption",
    "exclude_word",
    "forbid",
    "free",
    "lock",
    "make_phrase",
    "move_object",
    "must_match",
    "rename_object",
    "set_box",
    "set_checked",
    "set_detections",
    "set_fee",
    "set_regions",
    "set_threshold",
    "split_phrase",
    "unlink",
]


_SAME_THING = 0.7
"""Intersection over union from which on two detections of one label are the same thing."""


# -- links ----------------------------------------------------------------------------------------


def lock(scene: Scene, object: int, phrase: int) -> Scene:
    """Hold a link: every solver keeps it. This is also what drawing one by hand does.

    Raises
    ------
    ParameterError
        There is no such object or phrase.
    """
    pair = _pair(scene, object, phrase)
    c = scene.constraints
    return _bound(scene, replace(c, locked=c.locked | {pair}, forbidden=c.forbidden - {pair}))


def forbid(scene: Scene, object: int, phrase: int) -> Scene:
    """Rule a link out; takes away its lock.

    Raises
    ------
    ParameterError
        There is no such object or phrase.
    """
    pair = _pair(scene, object, phrase)
    c = scene.constraints
    return _bound(scene, replace(c, locked=c.locked - {pair}, forbidden=c.forbidden | {pair}))


def free(scene: Scene, object: int, phrase: int) -> Scene:
    """Neither hold nor rule out a link: the solver decides."""
    c, pair = scene.constraints, (object, phrase)
    if pair not in c.locked and pair not in c.forbidden:
        return scene
    return _bound(scene, replace(c, locked=c.locked - {pair}, forbidden=c.forbidden - {pair}))


def unlink(scene: Scene, object: int, phrase: int) -> Scene:
    """Take a link away: a lock or prohibition is lifted; a link the solver found is ruled out, or it would come back.

    Raises
    ------
    ParameterError
        There is no such object or phrase.
    """
    pair = _pair(scene, object, phrase)
    if pair in scene.constraints.locked or pair in scene.constraints.forbidden:
        return free(scene, object, phrase)
    return forbid(scene, object, phrase)


def clear(scene: Scene) -> Scene:
    """Lift every lock, prohibition and fee of the scene."""
    return scene if scene.constraints == LinkConstraints() else _bound(scene, LinkConstraints())


def set_fee(scene: Scene, id: int, fee: float | None) -> Scene:
    """Say what it costs an object or phrase to stay unmatched; None: it must be matched.

    Raises
    ------
    ParameterError
        There is no such object or phrase, or the fee is not a number up to 1e15.
    """
    side = _side(scene, id)
    fees: Fees = getattr(scene.constraints, side)
    changed: dict[str, Any] = {side: replace(fees, own={**fees.own, id: fee})}
    return _bound(scene, replace(scene.constraints, **changed))


def must_match(scene: Scene, id: int) -> Scene:
    """Say that an object or phrase may not stay unmatched, as far as the other side reaches."""
    return set_fee(scene, id, None)


def allow(scene: Scene, id: int) -> Scene:
    """Take back what `set_fee` and `must_match` said of an object or phrase."""
    side = _side(scene, id)
    fees: Fees = getattr(scene.constraints, side)
    changed: dict[str, Any] = {side: replace(fees, own={k: v for k, v in fees.own.items() if k != id})}
    return scene if id not in fees.own else _bound(scene, replace(scene.constraints, **changed))


# -- objects --------------------------------------------------------------------------------------


def add_object(scene: Scene, box: Box, label: str = "") -> tuple[Scene, int]:
    """Add an object drawn by hand; return the scene and its id.

    Raises
    ------
    ParameterError
        Nothing of the box lies within the picture.
    """
    drawn = SceneObject(0, _one_line(label), _within(scene, box), None, "drawn")
    return _unchecked(scene.with_object(drawn)), scene.next_id


def set_box(scene: Scene, id: int, box: Box) -> Scene:
    """Move or resize an object; what reaches beyond the picture is cut off.

    A detection or a region counts as drawn from then on, and an outline that does not fill the box any more is gone.

    Raises
    ------
    ParameterError
        There is no such object, or nothing of the box lies within the picture.
    """
    old, inside = _object(scene, id), _within(scene, box)
    return _corrected(scene, replace(old, box=inside, outline=old.outline if inside == old.box else None))


def move_object(scene: Scene, id: int, dx: float, dy: float) -> Scene:
    """Move an object by pixels, no farther than the edges of the picture.

    Raises
    ------
    ParameterError
        There is no such object, or the way is not finite.
    """
    if not (math.isfinite(dx) and math.isfinite(dy)):
        raise ParameterError(f"A box can't be moved by ({dx}, {dy}).")
    b, p = _object(scene, id).box, scene.picture
    dx = min(max(dx, min(0.0, -b.x0)), max(0.0, p.width - b.x1))
    dy = min(max(dy, min(0.0, -b.y0)), max(0.0, p.height - b.y1))
    return set_box(scene, id, Box(b.x0 + dx, b.y0 + dy, b.x1 + dx, b.y1 + dy))


def rename_object(scene: Scene, id: int, label: str) -> Scene:
    """Give an object another label. A detection or a region counts as drawn from then on; it keeps its outline."""
    return _corrected(scene, replace(_object(scene, id), label=_one_line(label)))


def set_detections(scene: Scene, found: Iterable[SceneObject]) -> Scene:
    """Put what was detected in the place of what was detected before; objects drawn or imported stay.

    A detection keeps the id, and with it the links, of the one before that has its label and whose box it shares most
    with, intersection over union 0.7 or more. What is not found again goes, with all that is known of its links.
    """
    return _instead(scene, found, "detected")


def set_regions(scene: Scene, found: Iterable[SceneObject]) -> Scene:
    """Put regions (`regions.find`) in the place of those found before; all other objects stay.

    A region keeps the id, and with it the links, of the one before that is like it, as a detection does. One that was
    named by hand stays; no new one is put onto it.
    """
    named = {o.outline for o in scene.objects if o.origin != "region" and o.outline is not None}
    return _instead(scene, (o for o in found if o.outline not in named), "region")


def _instead(scene: Scene, found: Iterable[SceneObject], origin: Origin) -> Scene:
    """What was found in the place of the objects of that origin."""
    new, old = list(found), [o for o in scene.objects if o.origin == origin]
    shared = overlaps(box_array(o.box for o in new), box_array(o.box for o in old))
    ids = [0] * len(new)
    for k in np.argsort(-shared, axis=None, kind="stable"):
        i, j = divmod(int(k), len(old))
        if shared[i, j] < _SAME_THING:
            break
        if new[i].label == old[j].label and not ids[i] and old[j].id not in ids:
            ids[i] = old[j].id
    kept = [o for o in scene.objects if o.origin != origin]
    after = scene.with_objects([*kept, *(replace(o, id=k) for o, k in zip(new, ids, strict=True))])
    return _unchecked(_without(after, {o.id for o in old} - set(ids), set()))


def delete_objects(scene: Scene, ids: Iterable[int]) -> Scene:
    """Take objects out of the scene, and all that is known of their links.

    Raises
    ------
    ParameterError
        There is no such object.
    """
    gone = {_object(scene, k).id for k in ids}
    left = scene.with_objects(o for o in scene.objects if o.id not in gone)
    return _unchecked(_without(left, gone, set()))


def set_threshold(scene: Scene, threshold: float) -> Scene:
    """Leave out detections of a lower score, 0..1; they are not forgotten.

    Raises
    ------
    ParameterError
        Not within 0..1.
    """
    if not 0 <= threshold <= 1:
        raise ParameterError(f"The threshold is {threshold}; it must be within 0 and 1.")
    return _unchecked(replace(scene, threshold=float(threshold)))


# -- words ----------------------------------------------------------------------------------------


def make_phrase(scene: Scene, caption: int, start: int, end: int) -> tuple[Scene, int]:
    """Make the words that a stretch of characters touches one phrase; return the scene and its id.

    Phrases that it overlaps become part of it, and it takes the id of the first of them, so that its links hold.

    Raises
    ------
    ParameterError
        There is no such caption, or no word there.
    """
    c = _caption(scene, caption)
    touched = [t for t in tokens_of(c.text) if t.start < end and start < t.end]
    if not any(map(is_word, touched)):
        raise ParameterError("A phrase needs at least one word; drag over some.")
    inside = [p for p in c.phrases if p.start < touched[-1].end and touched[0].start < p.end]
    start = min([touched[0].start, *(p.start for p in inside)])
    end = max([touched[-1].end, *(p.end for p in inside)])
    made = replace(inside[0], start=start, end=end) if inside else Phrase(0, start, end)
    gone = {p.id for p in inside[1:]}
    others = [p for p in c.phrases if p not in inside]
    # A word that stands in a phrase made by hand counts.
    stop = c.stop if len(touched) > 1 else c.stop - {touched[0].span}
    new = _unchecked(_without(scene.with_caption(replace(c, stop=stop).with_phrases([*others, made])), set(), gone))
    return new, made.id or scene.next_id


def split_phrase(scene: Scene, phrase: int) -> Scene:
    """Make every word of a phrase, the excluded ones apart, a phrase of its own; its last word keeps its links.

    Raises
    ------
    ParameterError
        There is no such phrase, or it is of one word.
    """
    c, p = _phrase(scene, phrase)
    words = [t for t in _words(c, p) if t.span not in c.stop]
    if len(words) < 2:
        raise ParameterError(f"“{c.of(p)}” is one word and can't be split.")
    parts = [Phrase(0, t.start, t.end, p.kind, p.entity) for t in words[:-1]]
    last = replace(p, start=words[-1].start, end=words[-1].end)
    others = [x for x in c.phrases if x.id != p.id]
    return _unchecked(scene.with_caption(c.with_phrases([*others, *parts, last])))


def delete_phrase(scene: Scene, phrase: int) -> Scene:
    """Leave the words of a phrase out of matching.

    Raises
    ------
    ParameterError
        There is no such phrase.
    """
    c, p = _phrase(scene, phrase)
    left = scene.with_caption(replace(c, phrases=tuple(x for x in c.phrases if x.id != p.id)))
    return _unchecked(_without(left, set(), {p.id}))


def exclude_word(scene: Scene, caption: int, span: Span, exclude: bool = True) -> Scene:
    """Let a word count for nothing, or count again; a phrase left without words goes.

    Raises
    ------
    ParameterError
        There is no such caption, or no word of that span in it.
    """
    c = _caption(scene, caption)
    if all(t.span != span for t in tokens_of(c.text)):
        raise ParameterError(f"There is no word at {span}.")
    c = replace(c, stop=c.stop | {span} if exclude else c.stop - {span})
    empty = {p.id for p in c.phrases if all(t.span in c.stop for t in _words(c, p))}
    left = scene.with_caption(replace(c, phrases=tuple(p for p in c.phrases if p.id not in empty)))
    return _unchecked(_without(left, set(), empty))


def add_caption(scene: Scene, caption: Caption) -> tuple[Scene, int]:
    """Add a caption with its phrases (ids 0); return the scene and the caption's id."""
    return _unchecked(scene.with_caption(replace(caption, id=0))), scene.next_id


def edit_caption(scene: Scene, id: int, caption: Caption) -> Scene:
    """Put another text in a caption's place; phrases (ids 0) that say the same as before keep their ids and links.

    Raises
    ------
    ParameterError
        There is no such caption.
    """
    old = _caption(scene, id)
    ids: dict[str, list[int]] = {}
    for p in old.phrases:
        ids.setdefault(old.of(p).casefold(), []).append(p.id)
    phrases: list[Phrase] = []
    for p in caption.phrases:
        same = ids.get(caption.of(p).casefold())
        phrases.append(replace(p, id=same.pop(0) if same else 0))
    gone = {k for left in ids.values() for k in left}
    return _unchecked(_without(scene.with_caption(replace(caption, id=id, phrases=tuple(phrases))), set(), gone))


def delete_caption(scene: Scene, id: int) -> Scene:
    """Take a caption out of the scene, and all that is known of its phrases' links.

    Raises
    ------
    ParameterError
        There is no such caption.
    """
    gone = {p.id for p in _caption(scene, id).phrases}
    left = scene.with_captions(c for c in scene.captions if c.id != id)
    return _unchecked(_without(left, set(), gone))


def set_checked(scene: Scene, checked: bool = True) -> Scene:
    """Say that a person has confirmed the links, or take that back."""
    return scene if scene.checked == checked else replace(scene, checked=checked)


# -- shared ---------------------------------------------------------------------------------------


def _object(scene: Scene, id: int) -> SceneObject:
    found = scene.object(id)
    if found is None:
        raise ParameterError(f"There is no object number {id}.")
    return found


def _corrected(scene: Scene, changed: SceneObject) -> Scene:
    """One object changed; what a person has corrected is no longer found, nor is a detector's score about it."""
    if changed.origin in ("detected", "region") and changed != scene.object(changed.id):
        changed = replace(changed, score=None, origin="drawn")
    return _unchecked(scene.with_object(changed))


def _phrase(scene: Scene, id: int) -> tuple[Caption, Phrase]:
    found = scene.phrase(id)
    if found is None:
        raise ParameterError(f"There is no phrase number {id}.")
    return found


def _caption(scene: Scene, id: int) -> Caption:
    found = scene.caption(id)
    if found is None:
        raise ParameterError(f"There is no caption number {id}.")
    return found


def _pair(scene: Scene, object: int, phrase: int) -> tuple[int, int]:
    return _object(scene, object).id, _phrase(scene, phrase)[1].id


def _side(scene: Scene, id: int) -> str:
    if scene.object(id) is not None:
        return "a_fees"
    _phrase(scene, id)
    return "b_fees"


def _words(caption: Caption, phrase: Phrase) -> list[Token]:
    return [t for t in tokens_of(caption.text) if is_word(t) and phrase.start <= t.start and t.end <= phrase.end]


def _within(scene: Scene, box: Box) -> Box:
    inside = box.clipped(scene.picture.width, scene.picture.height)
    if not inside.area:
        raise ParameterError("A box needs some of the picture inside it.")
    return inside


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _bound(scene: Scene, constraints: LinkConstraints) -> Scene:
    return replace(scene, constraints=constraints, checked=False)


def _unchecked(scene: Scene) -> Scene:
    return set_checked(scene, False)


def _without(scene: Scene, objects: set[int], phrases: set[int]) -> Scene:
    """Forget what is known of the links of objects and phrases that are gone."""

    def pairs(known: frozenset[tuple[int, int]]) -> frozenset[tuple[int, int]]:
        return frozenset(x for x in known if x[0] not in objects and x[1] not in phrases)

    def fees(side: Fees, gone: set[int]) -> Fees:
        return replace(side, own={k: v for k, v in side.own.items() if k not in gone})

    c = scene.constraints
    new = LinkConstraints(pairs(c.locked), pairs(c.forbidden), fees(c.a_fees, objects), fees(c.b_fees, phrases))
    return scene if new == c else replace(scene, constraints=new)
