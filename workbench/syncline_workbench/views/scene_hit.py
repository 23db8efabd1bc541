"""What of the board is under a pixel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from PySide6.QtCore import QPointF, QRectF

from .scene_layout import Layout
from .scene_paint import Look, badge_spots, handles
from .scene_pick import Pick
from .scene_view import PictureView

__all__ = ["Hit", "nearest_chip", "scene_hit"]

CURVE_REACH, EDGE_REACH, HANDLE_REACH, CATCH = 6.0, 4.5, 4.0, 14.0
Part = Literal["handle", "tag", "edge", "inside", "curve", "phrase", "word", "switch"]


@dataclass(frozen=True)
class Hit:
    """What is there.

    Attributes
    ----------
    part
        ``"handle"`` of the selected box; ``"tag"``, ``"edge"``, ``"inside"`` of a box; ``"curve"``; a word of a
        ``"phrase"`` or a ``"word"`` by itself; the ``"switch"`` of captions.
    pick
        The object, phrase or link.
    word
        Index of the word.
    edges
        Which edges a handle moves; (0, 0) moves the box.
    name
        Of the switch: ``"previous"`` or ``"next"``.
    """

    part: Part
    pick: Pick | None = None
    word: int | None = None
    edges: tuple[int, int] = (0, 0)
    name: str = ""

    @property
    def object(self) -> int | None:
        """The object whose box it is."""
        return self.pick.object if self.pick is not None and self.pick.phrase is None else None


def scene_hit(layout: Layout, view: PictureView, at: QPointF, look: Look) -> Hit | None:
    """The topmost thing at a pixel; what is selected comes first."""
    for name in ("previous", "next"):
        if layout.switch and layout.switch[name].contains(at):
            return Hit("switch", name=name)
    if layout.strip.contains(at):
        found = _chip(layout, at)
        if found is not None:
            return found
    picked = look.picked.object if look.picked is not None and look.picked.phrase is None else None
    if picked in layout.boxes.keys() - layout.outlines and at.y() <= view.window.bottom():
        reach = HANDLE_REACH
        for edges, spot in handles(layout.boxes[picked]).items():
            if spot.adjusted(-reach, -reach, reach, reach).contains(at):
                return Hit("handle", Pick(object=picked), edges=edges)
    for a, tag in reversed(layout.tags.items()):
        if tag.rect.contains(at):
            return Hit("inside" if a in layout.outlines else "tag", Pick(object=a))
    for curve, _, spot in badge_spots(layout, look):
        if spot.contains(at):
            return Hit("curve", Pick(*curve.strand.pair))
    curve = _curve(layout, at)
    if curve is not None:
        return curve
    return _box(layout, at) if view.window.contains(at) else None


def _chip(layout: Layout, at: QPointF) -> Hit | None:
    for chip in layout.chips:
        if chip.rect.contains(at):
            word = next((w.index for w in chip.words if w.rect.contains(at)), chip.words[-1].index)
            if chip.phrase is None:
                return Hit("word", word=word)
            return Hit("phrase", Pick(phrase=chip.phrase), word=word)
    return None


def _curve(layout: Layout, at: QPointF) -> Hit | None:
    if not layout.curves:
        return None
    points = np.stack([c.points for c in layout.curves])
    start, way = points[:, :-1], np.diff(points, axis=1)
    off = np.array([at.x(), at.y()]) - start
    share = np.clip((off * way).sum(2) / np.maximum((way * way).sum(2), 1e-12), 0, 1)
    gaps = np.linalg.norm(off - share[..., None] * way, axis=2).min(1)
    k = int(gaps.argmin())
    return Hit("curve", Pick(*layout.curves[k].strand.pair)) if gaps[k] <= CURVE_REACH else None


def _box(layout: Layout, at: QPointF) -> Hit | None:
    """The smallest box or region at a pixel; the edge of a box comes before what lies behind it.

    A region has no edge to take hold of: it is where it is in the picture.
    """
    inside: int | None = None
    for a, box in reversed(layout.boxes.items()):
        outline = layout.outlines.get(a)
        if outline is None and _on_edge(box, at):
            return Hit("edge", Pick(object=a))
        if inside is None and box.contains(at) and (outline is None or outline.contains(at)):
            inside = a
    return None if inside is None else Hit("inside", Pick(object=inside))


def _on_edge(box: QRectF, at: QPointF) -> bool:
    r = EDGE_REACH
    # A small box keeps a middle to draw links from.
    wide, high = min(r, box.width() / 4), min(r, box.height() / 4)
    return box.adjusted(-r, -r, r, r).contains(at) and not box.adjusted(wide, high, -wide, -high).contains(at)


def nearest_chip(layout: Layout, at: QPointF) -> Hit | None:
    """The chip at a pixel or close by, for a link that is dropped."""
    found = _chip(layout, at)
    if found is not None:
        return found
    near = [(_gap(c.rect, at), k) for k, c in enumerate(layout.chips) if c.rect.intersects(layout.strip)]
    if not near or min(near)[0] > CATCH:
        return None
    chip = layout.chips[min(near)[1]]
    if chip.phrase is not None:
        return Hit("phrase", Pick(phrase=chip.phrase), word=chip.words[0].index)
    return Hit("word", word=chip.words[0].index)


def _gap(rect: QRectF, at: QPointF) -> float:
    dx = max(rect.left() - at.x(), at.x() - rect.right(), 0.0)
    dy = max(rect.top() - at.y(), at.y() - rect.bottom(), 0.0)
    return float(np.hypot(dx, dy))
