"""Where the labels of boxes go: each at its own box, none over another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QRectF

from syncline.model import Scene, SceneObject

__all__ = ["Tag", "object_names", "place_tags", "tag_text"]

TALL, PAD, MARK = 19.0, 5.0, 14.0
LONGEST = 32
"""Letters of a name."""
Edges = tuple[float, float, float, float]


@dataclass(frozen=True)
class Tag:
    """A label: where it is and what it says.

    Attributes
    ----------
    drawn
        The box was drawn by hand.
    """

    rect: QRectF
    text: str
    drawn: bool


def object_names(scene: Scene) -> dict[int, str]:
    """What each object that shows is called: its label, numbered where several bear the same."""
    many = Counter(o.label for o in scene.active)
    seen: Counter[str] = Counter()
    names: dict[int, str] = {}
    for o in sorted(scene.active, key=lambda o: o.id):
        seen[o.label] += 1
        label = o.label or "?"
        names[o.id] = f"{label} #{seen[o.label]}" if many[o.label] > 1 else label
    return names


def tag_text(o: SceneObject, name: str) -> str:
    """What a tag says: the name, cut where it is long, and how sure the detector is."""
    short = name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"
    return short if o.score is None else f"{short} {o.score:.2f}"


def place_tags(boxes: Mapping[int, QRectF], sizes: Mapping[int, float], window: QRectF) -> dict[int, QRectF]:
    """Give each box's tag the place that covers least.

    Parameters
    ----------
    boxes
        In pixels of the widget, by id.
    sizes
        Width of each tag.
    window
        Where tags may be.

    Returns
    -------
    dict
        Rectangle of each tag whose box shows.
    """
    placed: list[Edges] = []
    found: dict[int, QRectF] = {}
    shown = {k: b for k, b in boxes.items() if b.intersects(window)}
    # Small boxes have the least choice.
    for own in sorted(shown, key=lambda k: (shown[k].width() * shown[k].height(), k)):
        others = [_edges(b) for k, b in shown.items() if k != own]
        best, cost = None, float("inf")
        for rank, spot in enumerate(_spots(shown[own], sizes[own], window)):
            # Any overlap of tags is worse than the least liked place.
            here = rank + 4 * sum(_shared(spot, p) for p in placed)
            if here < cost:
                here += 0.002 * sum(_hidden(spot, b) for b in others)
            if here < cost:
                best, cost = spot, here
            if not rank and cost < 1:
                break
        assert best is not None
        placed.append(best)
        found[own] = QRectF(best[0], best[1], best[2] - best[0], best[3] - best[1])
    return found


def _edges(r: QRectF) -> Edges:
    return r.left(), r.top(), r.right(), r.bottom()


def _spots(box: QRectF, wide: float, window: QRectF) -> list[Edges]:
    """Places by preference: within the upper left corner, above it, at the other corners, then down the sides."""
    shown = box.intersected(window)
    left, right = box.left() - 1, box.right() + 1 - wide
    top, above, low, below = box.top() - 1, box.top() - TALL + 1, box.bottom() - TALL + 1, box.bottom() - 1
    small = box.width() < 0.8 * wide or box.height() < 2.2 * TALL
    corners = [(left, top), (left, above), (right, top), (right, above)]
    if small:
        # A tag within would hide what it names.
        corners = [(left, above), (right, above), (left, top), (right, top)]
    corners += [(left, low), (right, low), (left, below), (right, below)]
    middle = shown.center().x() - wide / 2
    corners += [(middle, top), (middle, above)]
    y = shown.top() + TALL
    while y + TALL < shown.bottom() and len(corners) < 40:
        corners += [(left, y), (right, y)]
        y += TALL + 1
    beyond = [(left, box.top() - TALL * k) for k in range(2, 5)] + [
        (left, box.bottom() + TALL * k) for k in range(1, 4)
    ]
    spots: list[Edges] = []
    for x, y in corners + beyond:
        # Held within the window, so that the tag of a box that begins outside it can be read.
        x = min(max(x, window.left()), max(window.right() - wide, window.left()))
        y = min(max(y, window.top()), max(window.bottom() - TALL, window.top()))
        spots.append((x, y, x + wide, y + TALL))
    return spots


def _shared(a: Edges, b: Edges) -> float:
    """Square pixels that two rectangles share; a hair counts as well."""
    wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    return 0.0 if wide <= 0 or high <= 0 else 10 + wide * high


def _hidden(tag: Edges, box: Edges) -> float:
    """How much of a box's outline a tag covers, in pixels."""
    x0, y0, x1, y1 = tag
    across = max(min(x1, box[2]) - max(x0, box[0]), 0.0)
    down = max(min(y1, box[3]) - max(y0, box[1]), 0.0)
    lines = sum(across for y in (box[1], box[3]) if y0 <= y <= y1)
    return lines + sum(down for x in (box[0], box[2]) if x0 <= x <= x1)
