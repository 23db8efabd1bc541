"""Edits of a scene as the hand makes them: what `syncline.edits.links` does, with the name of the step."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QCoreApplication

from syncline.edits import links as edits
from syncline.model import Box, Caption, Phrase, Scene, Token
from syncline.words import is_word, tokens_of

from .scene_pick import Pick
from .scene_tags import object_names

__all__ = ["Edit", "Target"]

Target = tuple[str, int]
"""An end of a link: ``("a", id of an object)``, ``("b", id of a phrase)`` or ``("word", index of a token)``."""


def tr(text: str) -> str:
    """`text` in the user's language."""
    return QCoreApplication.translate("SceneBoard", text)


@dataclass(frozen=True)
class Edit:
    """A scene after an edit, what the step is called, and what is selected then."""

    scene: Scene
    label: str
    pick: Pick | None = None


def _name(scene: Scene, object: int) -> str:
    return object_names(scene).get(object) or next((o.label for o in scene.objects if o.id == object), "?")


def _pair_name(scene: Scene, pair: tuple[int, int]) -> str:
    return f"{_name(scene, pair[0])} ↔ {scene.phrase_text(pair[1])}"


# -- links -----------------------------------------------------------------------------------------


def lock(scene: Scene, pair: tuple[int, int]) -> Edit:
    """Lock a link, or take its lock away."""
    if pair in scene.constraints.locked:
        return Edit(edits.free(scene, *pair), f"{tr('Unlock')} {_pair_name(scene, pair)}", Pick(*pair))
    return Edit(edits.lock(scene, *pair), f"{tr('Lock')} {_pair_name(scene, pair)}", Pick(*pair))


def forbid(scene: Scene, pair: tuple[int, int]) -> Edit:
    """Forbid a link, or allow it again."""
    if pair in scene.constraints.forbidden:
        return Edit(edits.free(scene, *pair), f"{tr('Allow')} {_pair_name(scene, pair)}", Pick(*pair))
    return Edit(edits.forbid(scene, *pair), f"{tr('Forbid')} {_pair_name(scene, pair)}", Pick(*pair))


def unlink(scene: Scene, pair: tuple[int, int]) -> Edit:
    """Take a link away."""
    return Edit(edits.unlink(scene, *pair), f"{tr('Unlink')} {_pair_name(scene, pair)}")


def join(scene: Scene, caption: Caption, object: int, target: Target, forbids: bool = False) -> Edit:
    """Link (or forbid) an object and a phrase; a word that belongs to none becomes a phrase first."""
    kind, place = target
    if kind == "word":
        token = tokens_of(caption.text)[place]
        scene, place = edits.make_phrase(scene, caption.id, token.start, token.end)
    pair = (object, place)
    made = edits.forbid(scene, *pair) if forbids else edits.lock(scene, *pair)
    verb = tr("Forbid") if forbids else tr("Link")
    return Edit(made, f"{verb} {_pair_name(scene, pair)}", Pick(*pair))


# -- objects ---------------------------------------------------------------------------------------


def add(scene: Scene, box: Box, label: str) -> Edit:
    """Add an object."""
    made, new = edits.add_object(scene, box, label or tr("object"))
    return Edit(made, f"{tr('Add box')} {_name(made, new)}", Pick(object=new))


def rename(scene: Scene, object: int, label: str) -> Edit:
    """Give an object another label."""
    old = _name(scene, object)
    return Edit(
        edits.rename_object(scene, object, label), f"{tr('Rename')} {old} → {label.strip()}", Pick(object=object)
    )


def delete(scene: Scene, object: int) -> Edit:
    """Take an object away."""
    return Edit(edits.delete_objects(scene, [object]), f"{tr('Delete box')} {_name(scene, object)}")


def move(scene: Scene, object: int, dx: float, dy: float) -> Edit:
    """Move a box by pixels of the picture."""
    return Edit(edits.move_object(scene, object, dx, dy), f"{tr('Move box')} {_name(scene, object)}", Pick(object))


def resize(scene: Scene, object: int, edges: tuple[int, int], dx: float, dy: float, least: float) -> Edit:
    """Move the edges of a box.

    Parameters
    ----------
    edges
        −1: the left or upper edge, 1: the right or lower one, 0: neither.
    least
        Pixels of the picture that stay between two edges.
    """
    found = scene.object(object)
    assert found is not None
    b, (i, j) = found.box, edges
    across = _stretched(b.x0, b.x1, i, dx, scene.picture.width, least)
    down = _stretched(b.y0, b.y1, j, dy, scene.picture.height, least)
    box = Box(across[0], down[0], across[1], down[1])
    return Edit(edits.set_box(scene, object, box), f"{tr('Resize box')} {_name(scene, object)}", Pick(object))


def _stretched(low: float, high: float, edge: int, by: float, end: float, least: float) -> tuple[float, float]:
    least = min(least, high - low)
    if edge < 0:
        return min(max(low + by, 0.0), high - least), high
    if edge > 0:
        return low, max(min(high + by, end), low + least)
    return low, high


# -- words -----------------------------------------------------------------------------------------


def words_of(caption: Caption, phrase: int) -> range:
    """Indices of the tokens of a phrase."""
    found = caption.find(phrase)
    if found is None:
        return range(0)
    inside = [k for k, t in enumerate(tokens_of(caption.text)) if t.start < found.end and found.start < t.end]
    return range(inside[0], inside[-1] + 1) if inside else range(0)


def make_phrase(scene: Scene, caption: Caption, words: range) -> Edit:
    """Make words one phrase; of words within a phrase it becomes just these, and keeps its links."""
    tokens = _tokens(caption, words)
    start, end = tokens[0].start, tokens[-1].end
    owner = next((p for p in caption.phrases if p.start <= start and end <= p.end and p.span != (start, end)), None)
    if owner is None:
        made, new = edits.make_phrase(scene, caption.id, start, end)
    else:
        narrow = replace(owner, start=start, end=end)
        others = [p for p in caption.phrases if p.id != owner.id]
        made, new = edits.set_checked(scene.with_caption(caption.with_phrases([*others, narrow])), False), owner.id
    return Edit(made, f"{tr('Make phrase')} “{made.phrase_text(new)}”", Pick(phrase=new))


def split(scene: Scene, phrase: int) -> Edit:
    """Make every word of a phrase its own."""
    return Edit(edits.split_phrase(scene, phrase), f"{tr('Split')} “{scene.phrase_text(phrase)}”", Pick(phrase=phrase))


def dissolve(scene: Scene, phrase: int) -> Edit:
    """Leave a phrase's words out of matching."""
    return Edit(edits.delete_phrase(scene, phrase), f"{tr('Delete phrase')} “{scene.phrase_text(phrase)}”")


def exclude(scene: Scene, caption: Caption, words: range) -> Edit:
    """Let words count for nothing; if they all do already, let them count again."""
    tokens = [t for t in _tokens(caption, words) if is_word(t)]
    out = not all(t.span in caption.stop for t in tokens)
    for token in tokens:
        scene = edits.exclude_word(scene, caption.id, token.span, out)
    text = " ".join(t.text for t in tokens)
    return Edit(scene, f"{tr('Exclude') if out else tr('Include')} “{text}”")


def _tokens(caption: Caption, words: range) -> list[Token]:
    return list(tokens_of(caption.text)[words.start : words.stop])


def phrase_of(caption: Caption, word: int) -> Phrase | None:
    """The phrase that holds a token."""
    token = tokens_of(caption.text)[word]
    return next((p for p in caption.phrases if token.start < p.end and p.start < token.end), None)
