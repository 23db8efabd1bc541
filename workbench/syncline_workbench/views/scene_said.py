"""Boxes, phrases and links in words, for those who hear the board."""

from __future__ import annotations

from syncline.model import Scene

from .scene_edit import tr
from .scene_layout import Layout
from .scene_pick import Pick

__all__ = ["in_words"]


def in_words(scene: Scene, layout: Layout, pick: Pick) -> str:
    """What is picked, and what it is linked with."""
    if pick.pair is not None:
        a, b = pick.pair
        curve = layout.curve_of(pick.pair)
        said = {
            "locked": tr("locked"),
            "forbidden": tr("forbidden"),
            "chosen": tr("linked"),
            "soft": tr("part of the plan"),
            "other": tr("linked by the other method"),
        }
        state = tr("not linked") if curve is None else said[curve.strand.state]
        return f"{layout.names.get(a, '?')} ↔ {scene.phrase_text(b)}, {state}"
    if pick.phrase is not None:
        names = [layout.names.get(a, "?") for a, b in sorted(layout.matched) if b == pick.phrase]
        text = f"{tr('phrase')} {scene.phrase_text(pick.phrase)}"
    else:
        names = [scene.phrase_text(b) for a, b in sorted(layout.matched) if a == pick.object]
        text = f"{tr('box')} {layout.names.get(pick.object or 0, '?')}"
    return f"{text}, {', '.join(names) or tr('unmatched')}"
