"""Where the labels of boxes go: each at its own box, none over another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF

from syncline.model import Scene, SceneObject

__all__ = ["Tag", "object_names", "place_tags", "tag_text"]

TALL, PAD, MARK = 19.0, 5.0, 14.0
LONGEST, MOST_SPOTS = 32, 24
"""Letters of a name; places that are tried at most beside those just beyond the box."""
Edges = tuple[float, float, float, float]
F64 = NDArray[np.float64]


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
    shown = {k: b for k, b in boxes.items() if b.intersects(window)}
    outlines = np.array([_edges(b) for b in shown.values()]).reshape(-1, 4)
    order = list(shown)
    placed = np.zeros((0, 4))
    found: dict[int, QRectF] = {}
    # Small boxes have the least choice.
    for own in sorted(shown, key=lambda k: (shown[k].width() * shown[k].height(), k)):
        spots = np.array(_spots(shown[own], sizes[own], window))
        # Any overlap of tags is worse than the least liked place.
        others = np.delete(outlines, order.index(own), axis=0)
        cost = np.arange(len(spots)) + 4 * _shared(spots, placed) + 0.002 * _hidden(spots, others)
        best = spots[cost.argmin()]
        placed = np.vstack([placed, best])
        x0, y0, x1, y1 = best.tolist()
        found[own] = QRectF(x0, y0, x1 - x0, y1 - y0)
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
    while y + TALL < shown.bottom() and len(corners) < MOST_SPOTS:
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


def _sides(a: F64, b: F64) -> tuple[F64, F64]:
    """How far each of `a` (n, 4) and of `b` (m, 4) lie over one another across and down: (n, m), 0 or less if apart."""
    a, b = a[:, None], b[None]
    wide = np.minimum(a[..., 2], b[..., 2]) - np.maximum(a[..., 0], b[..., 0])
    return wide, np.minimum(a[..., 3], b[..., 3]) - np.maximum(a[..., 1], b[..., 1])


def _shared(spots: F64, tags: F64) -> F64:
    """(n,) square pixels that each spot shares with tags; a hair counts as well."""
    wide, high = _sides(spots, tags)
    return np.where((wide > 0) & (high > 0), 10 + wide * high, 0.0).sum(1)


def _hidden(spots: F64, outlines: F64) -> F64:
    """(n,) pixels of outlines that each spot covers."""
    wide, high = (np.maximum(x, 0.0) for x in _sides(spots, outlines))
    x0, y0, x1, y1 = (spots[:, None, k] for k in range(4))
    level = sum(((y0 <= outlines[:, k]) & (outlines[:, k] <= y1)).astype(float) for k in (1, 3))
    upright = sum(((x0 <= outlines[:, k]) & (outlines[:, k] <= x1)).astype(float) for k in (0, 2))
    return (wide * level + high * upright).sum(1)
