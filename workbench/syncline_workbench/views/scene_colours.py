"""One colour an object: on its box, its links and the words it is matched with."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

from PySide6.QtGui import QColor

from syncline.model import Scene

from ..theme import DARK, LIGHT, theme

__all__ = ["INK", "PICTURE", "object_colours", "on_picture", "on_stage", "patterns"]

PICTURE = (DARK.a, DARK.b, "#ff7a70", DARK.good, DARK.bad, "#b79bff", "#4fdcd4", "#f2e35c")
"""On the picture, which is no darker in the light theme; every one bears dark text."""
_LIGHT = (LIGHT.a, LIGHT.b, "#c2352b", LIGHT.good, LIGHT.bad, "#6f4bd8", "#0a7d78", "#7a6a00")
"""The same hues on a light stage."""
INK = "#10131a"


def object_colours(scene: Scene) -> dict[int, int]:
    """Number of each object's colour; a new object gets one that is rare so far, and the others keep theirs."""
    used: Counter[int] = Counter()
    found: dict[int, int] = {}
    count = len(PICTURE)
    shown = {o.id for o in scene.active}
    # Those that show come first: a detection below the threshold takes no colour from them.
    for o in sorted(scene.objects, key=lambda o: (o.id not in shown, o.id)):
        least = min(used[k] for k in range(count))
        hue = next(k % count for k in range(o.id - 1, o.id - 1 + count) if used[k % count] == least)
        used[hue] += 1
        found[o.id] = hue
    return found


def patterns(scene: Scene, hues: dict[int, int]) -> dict[int, int]:
    """How many objects before it bear the same colour: its line tells it from them."""
    seen: Counter[int] = Counter()
    found: dict[int, int] = {}
    for o in scene.active:
        found[o.id] = seen[hues[o.id]]
        seen[hues[o.id]] += 1
    return found


@lru_cache(maxsize=64)
def _colour(name: str) -> QColor:
    return QColor(name)


def on_picture(hue: int) -> QColor:
    """A colour by its number, for the picture."""
    return _colour(PICTURE[hue])


def on_stage(hue: int) -> QColor:
    """A colour by its number, for the stage of the theme in force."""
    return _colour((PICTURE if theme().colours.name == "dark" else _LIGHT)[hue])
