"""Everything the board draws, laid out: boxes and their tags, chips, the curves between, the switch of captions."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFont, QFontMetricsF, QPainterPath

from syncline.model import Caption, Scene

from .scene_chips import GAP, Chip, ChipRows, chip_rows
from .scene_colours import object_colours, patterns
from .scene_curves import Curve, Row, curves
from .scene_links import Strand
from .scene_outlines import outline_paths, seat
from .scene_tags import MARK, PAD, Tag, object_names, place_tags, tag_text
from .scene_view import PictureView

__all__ = ["Layout", "lay_out", "set_frame"]

MARGIN, TOP, BOTTOM, SWITCH, SPACE = 16.0, 10.0, 18.0, 30.0, 58.0
"""Beside and above the picture, below the chips, for the switch of captions, and between picture and chips."""
MOST_STRIP = 0.45
"""Share of the height that the chips may take; beyond it they scroll."""


_NO_ROWS = ChipRows((), 18, 0.0, 0.0)


class CaptionLayout:
    """The chips of a caption where they show; stays the same for as long as they do.

    Attributes
    ----------
    of
        All chips from y = 0.
    rows
        All chips where they are.
    ways
        The rows of chips that show, and the gaps in each.
    entries
        The chip that each phrase's curves enter; one scrolled out of sight is entered at the strip's edge.
    """

    def __init__(self, of: ChipRows, strip: QRectF, scrolled: float) -> None:
        self.of, self.strip, self.scrolled = of, strip, scrolled
        self.rows = of.moved(strip.top() + 4 - scrolled)
        self.ways = self._ways()
        self.entries = self._entries()

    def _ways(self) -> list[Row]:
        lines: dict[float, list[QRectF]] = {}
        for chip in self.rows.chips:
            if chip.rect.intersects(self.strip):
                lines.setdefault(chip.rect.top(), []).append(chip.rect)
        rows: list[Row] = []
        for top, rects in sorted(lines.items()):
            rects.sort(key=lambda r: r.left())
            gaps = [(x.right() + y.left()) / 2 for x, y in pairwise(rects)]
            rows.append(Row(top, rects[0].bottom(), (rects[0].left() - GAP, *gaps, rects[-1].right() + GAP)))
        return rows

    def _entries(self) -> dict[int, QRectF]:
        found: dict[int, QRectF] = {}
        for chip in self.rows.chips:
            if chip.phrase is not None and chip.first:
                y = min(max(chip.rect.top(), self.strip.top()), self.strip.bottom())
                found[chip.phrase] = QRectF(QPointF(chip.rect.left(), y), chip.rect.size())
        return found


@dataclass
class Layout:
    """Rectangles in pixels of the widget.

    Attributes
    ----------
    names
        What each object is called.
    hues, patterns
        See `scene_colours`.
    outlines
        Of the objects that have one: their boxes are not drawn.
    seats
        What the label of each object is placed at and its links leave from: its box, or a place within its outline.
    strip
        Where chips show.
    scroll
        Pixels that the chips can be scrolled by at most.
    """

    names: dict[int, str] = field(default_factory=dict[int, str])
    hues: dict[int, int] = field(default_factory=dict[int, int])
    patterns: dict[int, int] = field(default_factory=dict[int, int])
    boxes: dict[int, QRectF] = field(default_factory=dict[int, QRectF])
    outlines: dict[int, QPainterPath] = field(default_factory=dict[int, QPainterPath])
    seats: dict[int, QRectF] = field(default_factory=dict[int, QRectF])
    tags: dict[int, Tag] = field(default_factory=dict[int, Tag])
    caption: CaptionLayout | None = None
    curves: list[Curve] = field(default_factory=list[Curve])
    strip: QRectF = field(default_factory=QRectF)
    scroll: float = 0.0
    switch: dict[str, QRectF] = field(default_factory=dict[str, QRectF])

    @property
    def rows(self) -> ChipRows:
        """All chips."""
        return _NO_ROWS if self.caption is None else self.caption.rows

    @property
    def chips(self) -> tuple[Chip, ...]:
        """All chips, in the order of the text."""
        return self.rows.chips

    def chip_of(self, phrase: int) -> Chip | None:
        """The first chip of a phrase."""
        return next((c for c in self.chips if c.phrase == phrase), None)

    def chip_at(self, word: int) -> Chip | None:
        """The chip with the caption's token of that index."""
        return next((c for c in self.chips if any(w.index == word for w in c.words)), None)

    def curve_of(self, pair: tuple[int, int]) -> Curve | None:
        """The curve of a link."""
        return next((c for c in self.curves if c.strand.pair == pair), None)

    @property
    def pairs(self) -> set[tuple[int, int]]:
        """The links that hold or are found, as against those ruled out or of another method."""
        return {c.strand.pair for c in self.curves if c.strand.state in ("chosen", "soft", "locked")}

    @property
    def matched(self) -> set[tuple[int, int]]:
        """The links that count as chosen."""
        return {c.strand.pair for c in self.curves if c.strand.state in ("chosen", "locked")}


def set_frame(
    view: PictureView, scene: Scene, caption: Caption | None, size: tuple[float, float], family: str
) -> tuple[ChipRows, QRectF, float]:
    """Divide the widget between picture and chips.

    Returns
    -------
    tuple
        The chips from y = 0, where they show, and how far they can be scrolled.
    """
    width, height = size
    rows = ChipRows((), 18, 32.0, 32.0)
    if caption is not None:
        rows = chip_rows(caption, max(width - 2 * MARGIN, 60.0), family, caption.stop)
    switch = SWITCH if len(scene.captions) > 1 else 0.0
    strip = min(rows.height, MOST_STRIP * height)
    view.size = (scene.picture.width, scene.picture.height)
    area = QRectF(MARGIN, TOP, max(width - 2 * MARGIN, 40.0), max(height - TOP - SPACE - strip - switch - BOTTOM, 40.0))
    scale = min(area.width() / view.size[0], area.height() / view.size[1])
    wide, high = view.size[0] * scale, view.size[1] * scale
    # Where the picture is wide, the chips stay near it and the whole stands in the middle.
    spare = area.height() - high
    more = min(spare, 36.0)
    top = area.top() + (spare - more) / 2
    view.frame = QRectF(round(area.center().x() - wide / 2), round(top), wide, high)
    first = round(top + high + SPACE + more)
    view.window = QRectF(0, 0, width, first - SPACE + 6)
    return rows, QRectF(0, first - 4, width, strip + 8), max(rows.height - strip, 0.0)


@lru_cache(maxsize=4096)
def text_width(font: str, text: str) -> float:
    """Pixels of a text; the font by `QFont.toString`."""
    made = QFont()
    made.fromString(font)
    return QFontMetricsF(made).horizontalAdvance(text)


def lay_out(
    view: PictureView,
    scene: Scene,
    caption: Caption | None,
    strands: list[Strand],
    size: tuple[float, float],
    tag_font: QFont,
    scrolled: float,
    before: Layout | None = None,
) -> Layout:
    """Lay everything out; sets `view`'s frame and window.

    With the layout `before` things began to move, labels stay where they are on their boxes: they don't jump under the
    hand, and needn't be placed anew for every picture.
    """
    placed, strip, scroll = set_frame(view, scene, caption, size, tag_font.family())
    out = Layout(names=object_names(scene), hues=object_colours(scene), strip=strip, scroll=scroll)
    out.patterns = patterns(scene, out.hues)
    scrolled = min(scrolled, scroll)
    known = None if before is None else before.caption
    same = known is not None and known.of is placed and (known.strip, known.scrolled) == (strip, scrolled)
    out.caption = known if same else CaptionLayout(placed, strip, scrolled)
    if len(scene.captions) > 1:
        middle, y = strip.center().x(), strip.bottom() + 4
        out.switch = {
            "previous": QRectF(middle - 84, y, 26, 22),
            "text": QRectF(middle - 58, y, 116, 22),
            "next": QRectF(middle + 58, y, 26, 22),
        }
    boxes = {o.id: view.rect(o.box) for o in scene.active}
    # The largest lie undermost.
    out.boxes = dict(sorted(boxes.items(), key=lambda x: -x[1].width() * x[1].height()))
    font = tag_font.toString()
    texts = {o.id: tag_text(o, out.names[o.id]) for o in scene.active}
    sizes = {
        o.id: text_width(font, texts[o.id]) + 2 * PAD + (MARK if o.origin == "drawn" else 0.0) for o in scene.active
    }
    window = view.window.adjusted(2, 2, -2, -2)
    out.outlines = outline_paths(scene, view)
    shapes = {o.id: o.outline for o in scene.active if o.outline is not None}
    out.seats = {
        a: seat(shapes[a], out.outlines[a], view, sizes[a]) if a in shapes else box for a, box in out.boxes.items()
    }
    places = place_tags(out.seats, sizes, window) if before is None else _carried(before, out.seats, window)
    out.tags = {o.id: Tag(places[o.id], texts[o.id], o.origin == "drawn") for o in scene.active if o.id in places}
    assert out.caption is not None
    out.curves = curves(strands, out.seats, out.caption.entries, view.window, out.caption.ways)
    return out


def _carried(before: Layout, seats: dict[int, QRectF], window: QRectF) -> dict[int, QRectF]:
    """Labels where they were on their boxes: as far as then from the nearer edges, where those show."""
    found: dict[int, QRectF] = {}
    for a, tag in before.tags.items():
        if a in seats and seats[a].intersects(window):
            rect, old, new = tag.rect, before.seats[a], seats[a]
            left, upper = rect.center().x() < old.center().x(), rect.center().y() < old.center().y()
            x = rect.x() + (new.left() - old.left() if left else new.right() - old.right())
            y = rect.y() + (new.top() - old.top() if upper else new.bottom() - old.bottom())
            x = max(min(x, window.right() - rect.width()), window.left())
            y = max(min(y, window.bottom() - rect.height()), window.top())
            found[a] = QRectF(QPointF(x, y), rect.size())
    return found
