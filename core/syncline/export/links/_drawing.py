"""A picture with its boxes, the words of its captions beneath, and curves between them: laid out once, drawn twice.

Lengths are in pixels of the drawing, y down.
"""

from __future__ import annotations

import base64
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ExportError
from ...model import Ring
from ...model.matches import SceneMatch
from ...words import tokens_of

__all__ = ["INK", "PALETTE", "Chip", "Drawing", "Frame", "clean", "draw", "encoded", "shown", "svg"]

PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8c6d00", "#3a9bd9", "#7b4fb5", "#a33c2d", "#4d7a1f", "#c2185b")
"""Told apart with every kind of colour vision, and on white (after Okabe & Ito 2008)."""
INK, QUIET, PAPER = "#1f2328", "#6e7781", "#ffffff"
FONT, FAMILY = 15.0, "DejaVu Sans, Verdana, Segoe UI, sans-serif"
_LINE, _PAD, _MARGIN, _GAP = 34.0, 6.0, 16.0, 46.0
_MOST = 20_000
"""Letters of a caption that are drawn at most."""


@dataclass(frozen=True)
class Frame:
    """A box on the drawing: corner, size, colour, what stands on it, and its place among the objects.

    A region has `rings`, which are drawn in the place of its box, and its label at `seat`.
    """

    x: float
    y: float
    width: float
    height: float
    colour: str
    label: str
    row: int
    rings: tuple[Ring, ...] = ()
    seat: tuple[float, float] | None = None

    @property
    def corner(self) -> tuple[float, float]:
        """Upper left corner of the label."""
        return self.seat or (self.x, self.y)


@dataclass(frozen=True)
class Chip:
    """A piece of a caption: corner of its line, width, text; `column` is the phrase's place, None for other words."""

    x: float
    y: float
    width: float
    text: str
    colour: str
    column: int | None


@dataclass(frozen=True)
class Curve:
    """A cubic curve from a box to a phrase: four points, width, and whom it joins."""

    points: tuple[tuple[float, float], ...]
    width: float
    colour: str
    row: int
    column: int


@dataclass(frozen=True)
class Drawing:
    """Everything in its place; `scale` is drawing pixels a picture pixel."""

    width: float
    height: float
    scale: float
    frames: tuple[Frame, ...]
    chips: tuple[Chip, ...]
    curves: tuple[Curve, ...]


@lru_cache(maxsize=1)
def _face() -> Any:
    from matplotlib.font_manager import findfont
    from matplotlib.ft2font import FT2Font

    return FT2Font(findfont("DejaVu Sans"))


@lru_cache(maxsize=4096)
def text_width(text: str, size: float) -> float:
    """Width of a line of text in the drawing's font."""
    face = _face()
    face.set_size(size, 72)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # letters the font lacks are drawn as a box
        face.set_text(text)
    return float(face.get_width_height()[0]) / 64


def draw(found: SceneMatch, side: float = 1200.0) -> Drawing:
    """Lay a scene out; the picture's longer side becomes `side`, never more than twice its own."""
    scene, picture = found.scene, found.scene.picture
    scale = min(side / max(picture.width, picture.height), 2.0)
    width, bottom = max(picture.width * scale, 480.0), picture.height * scale
    columns = {p.id: k for k, p in enumerate(scene.phrases)}
    rows = {o.id: k for k, o in enumerate(scene.active)}
    linked = {link.b for link in found.links}
    chips: list[Chip] = []
    y = bottom + _GAP
    for caption in scene.captions:
        x = _MARGIN
        for start, end in _pieces(caption.text[:_MOST], [p.span for p in caption.phrases]):
            text = shown(caption.text[start:end])
            phrase = next((p for p in caption.phrases if p.span == (start, end)), None)
            column = None if phrase is None else columns[phrase.id]
            wide = text_width(text, FONT) + (0 if phrase is None else 2 * _PAD)
            if x > _MARGIN and x + wide > width - _MARGIN:
                x, y = _MARGIN, y + _LINE
            colour = INK if column is None else PALETTE[column % len(PALETTE)]
            if phrase is not None and phrase.id not in linked:
                colour = QUIET
            chips.append(Chip(x, y, wide, text, colour, column))
            x += wide + 0.35 * FONT
        y += _LINE + 10
    home = {c.column: c for c in chips if c.column is not None}
    first = {link.a: columns[link.b] for link in reversed(found.links)}
    frames: list[Frame] = []
    for k, o in enumerate(scene.active):
        box = o.box.clipped(picture.width, picture.height)
        x, y0, wide, high = (v * scale for v in (box.x0, box.y0, box.width, box.height))
        colour = PALETTE[first[o.id] % len(PALETTE)] if o.id in first else QUIET
        label, rings, seat = shown(o.label) or "object", (), None
        if o.outline is not None:
            rings = tuple(tuple((px * scale, py * scale) for px, py in ring) for ring in o.outline.rings)
            seat = o.outline.heart[0] * scale - text_width(label, 12.0) / 2 - 4, o.outline.heart[1] * scale - 9
        frames.append(Frame(x, y0, wide, high, colour, label, k, rings, seat))
    heaviest = max((link.weight for link in found.links), default=1.0) or 1.0
    curves: list[Curve] = []
    for link in found.links:
        frame, chip = frames[rows[link.a]], home.get(columns[link.b])
        if chip is not None:
            x0, y0 = frame.x + frame.width / 2, frame.y + frame.height
            if frame.seat is not None:
                x0, y0 = frame.seat[0] + text_width(frame.label, 12.0) / 2 + 4, frame.seat[1] + 18
            x1, y1 = chip.x + chip.width / 2, chip.y
            bend = 0.45 * max(y1 - y0, 40.0)
            points = ((x0, y0), (x0, y0 + bend), (x1, y1 - bend), (x1, y1))
            curves.append(Curve(points, 1.2 + 2.0 * link.weight / heaviest, chip.colour, rows[link.a], columns[link.b]))
    # The line between two regions has the colour of the one that is linked.
    frames.sort(key=lambda f: not f.rings or f.colour != QUIET)
    return Drawing(width, y + 4, scale, tuple(frames), tuple(chips), tuple(curves))


def _pieces(text: str, phrases: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Phrases whole, and between them words with the marks that cling to them."""
    pieces: list[tuple[int, int]] = []
    inside = dict.fromkeys(phrases)
    for token in tokens_of(text):
        holder = next(((s, e) for s, e in inside if s < token.end and e > token.start), None)
        span = holder or token.span
        if pieces and (pieces[-1] == span or pieces[-1][1] > span[0]):
            continue
        if pieces and holder is None and pieces[-1][1] == span[0] and pieces[-1] not in inside:
            span = (pieces.pop()[0], span[1])
        pieces.append(span)
    return pieces


def encoded(pixels: NDArray[np.uint8], size: tuple[int, int]) -> bytes:
    """A JPEG of a picture (BGR) at `size` (w, h) or its own, if that is smaller.

    Raises
    ------
    ExportError
        It could not be encoded.
    """
    import cv2

    if size[0] < pixels.shape[1]:
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    good, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 88])
    if not good:
        raise ExportError("The picture could not be encoded as JPEG; choose another format.")
    return data.tobytes()


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def shown(text: str) -> str:
    """Text as it can be drawn: one line, nothing that XML forbids or that is no character."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def clean(text: str) -> str:
    """`shown`, escaped for XML and HTML."""
    return escape(shown(text), quote=True)


def _closed(ring: Ring) -> str:
    """A ring as the data of an SVG path."""
    return "M" + " L".join(f"{_n(x)},{_n(y)}" for x, y in ring) + " Z"


def svg(drawing: Drawing, pixels: NDArray[np.uint8], title: str) -> str:
    """The drawing as one SVG element, the picture inside it; whatever came from outside is escaped."""
    height, width = pixels.shape[:2]
    size = round(width * drawing.scale), round(height * drawing.scale)
    data = base64.b64encode(encoded(pixels, size)).decode("ascii")
    w, h = _n(drawing.width), _n(drawing.height)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" height="{h}" '
        f'font-family="{FAMILY}" font-size="{_n(FONT)}" role="img">',
        f"<title>{clean(title)}</title>",
        f'<rect width="{w}" height="{h}" fill="{PAPER}"/>',
        f'<image x="0" y="0" width="{size[0]}" height="{size[1]}" href="data:image/jpeg;base64,{data}"/>',
    ]
    for f in drawing.frames:
        wide = text_width(f.label, 12.0) + 8
        x, y = f.corner
        shape = f'rect x="{_n(f.x)}" y="{_n(f.y)}" width="{_n(f.width)}" height="{_n(f.height)}"'
        if f.rings:
            shape = f'path d="{" ".join(_closed(ring) for ring in f.rings)}"'
        lines.append(
            f'<g class="box" data-a="{f.row}"><{shape} fill="none" stroke="{f.colour}" stroke-width="2.5"/>'
            f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(wide)}" height="18" fill="{f.colour}"/>'
            f'<text x="{_n(x + 4)}" y="{_n(y + 13)}" font-size="12" fill="{PAPER}">{clean(f.label)}</text></g>'
        )
    for c in drawing.curves:
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = [(_n(x), _n(y)) for x, y in c.points]
        lines.append(
            f'<path class="link" data-a="{c.row}" data-b="{c.column}" d="M{x0},{y0} C{x1},{y1} {x2},{y2} {x3},{y3}" '
            f'fill="none" stroke="{c.colour}" stroke-width="{_n(c.width)}" stroke-opacity="0.85"/>'
        )
    for c in drawing.chips:
        pad = 0.0 if c.column is None else _PAD
        chip = (
            ""
            if c.column is None
            else f'<rect x="{_n(c.x)}" y="{_n(c.y)}" width="{_n(c.width)}" height="26" rx="6" fill="{c.colour}" '
            f'fill-opacity="0.14" stroke="{c.colour}"/>'
        )
        kind = 'class="word"' if c.column is None else f'class="chip" data-b="{c.column}"'
        lines.append(
            f'<g {kind}>{chip}<text x="{_n(c.x + pad)}" y="{_n(c.y + 18)}" textLength="{_n(c.width - 2 * pad)}" '
            f'lengthAdjust="spacingAndGlyphs" fill="{c.colour}">{clean(c.text)}</text></g>'
        )
    lines.append("</svg>")
    return "\n".join(lines) + "\n"
