"""The board by keys alone: walking boxes, words and links, and drawing links between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from syncline.model import Box

from . import scene_edit as edit
from .scene_edit import Target
from .scene_pick import Pick
from .scene_tools import Linking

if TYPE_CHECKING:
    from .scene_editor import SceneEditor

__all__ = ["Walker"]

Group = str
GROUPS = ("a", "b", "link")
"""Boxes, words, links: the Tab key goes from one to the next, and then out of the board."""
FORWARD, BACK = (Qt.Key.Key_Right, Qt.Key.Key_Down), (Qt.Key.Key_Left, Qt.Key.Key_Up)


class Walker:
    """Moves the selection of a board."""

    def __init__(self, board: SceneEditor) -> None:
        self._board = board

    # -- what there is to walk ---------------------------------------------------------------------

    def _stops(self, group: Group) -> list[Pick | range]:
        """Everything of a group in the order of reading; a word that belongs to no phrase is a range of one."""
        out = self._board.layout_now
        if group == "a":
            # In lines about as high as the picture's tenth, so that a hair's breadth makes no order.
            line = max(self._board.view.place.height() / 10, 1.0)
            order = sorted(out.boxes, key=lambda a: (out.boxes[a].top() // line, out.boxes[a].left(), a))
            return [Pick(object=a) for a in order]
        if group == "b":
            return [
                Pick(phrase=c.phrase) if c.phrase is not None else range(c.words[0].index, c.words[0].index + 1)
                for c in out.chips
                if c.first
            ]
        pairs = [c.strand.pair for c in out.curves]
        place = {c.phrase: k for k, c in enumerate(out.chips) if c.first}
        return [Pick(*p) for p in sorted(pairs, key=lambda p: (place.get(p[1], 0), p[0]))]

    @property
    def _group(self) -> Group | None:
        board = self._board
        if board.picked is not None:
            return {"object": "a", "phrase": "b", "link": "link"}[board.picked.kind]
        return "b" if board.words else None

    @property
    def _here(self) -> Pick | range | None:
        board = self._board
        return board.picked if board.picked is not None else (board.words or None)

    def _go(self, stop: Pick | range) -> None:
        board = self._board
        if isinstance(stop, Pick):
            board.choose(None)
            board.select(stop)
            board.announce(board.in_words(stop))
        else:
            board.choose(None, stop)
            caption = board.caption
            assert caption is not None
            board.announce(caption.text[slice(*self._span(stop))])

    def _span(self, words: range) -> tuple[int, int]:
        tokens = [w.token for c in self._board.layout_now.chips for w in c.words if w.index in words]
        return tokens[0].start, tokens[-1].end

    # -- walking -----------------------------------------------------------------------------------

    def tab(self, forward: bool) -> bool:
        """Go to the next group that has anything; False where there is none and the keys leave the board."""
        groups = [g for g in (GROUPS if forward else GROUPS[::-1]) if self._stops(g)]
        here = self._group
        later = groups[groups.index(here) + 1 :] if here in groups else groups
        if not later:
            return False
        self._go(self._stops(later[0])[0 if forward else -1])
        return True

    def walk(self, by: int) -> None:
        """Go to the next (1) or previous (−1) of the group, round about; the first of all if nothing is selected."""
        stops = self._stops(self._group or "a") or self._stops("b")
        if not stops:
            return
        here = self._here
        if isinstance(here, range) and len(here) > 1:
            here = range(here.stop - 1, here.stop) if by > 0 else range(here.start, here.start + 1)
        if here in stops:
            self._go(stops[(stops.index(here) + by) % len(stops)])
        else:
            self._go(stops[0 if by > 0 else -1])

    def edge(self, last: bool) -> None:
        """Go to the first or last of the group."""
        stops = self._stops(self._group or "a")
        if stops:
            self._go(stops[-1 if last else 0])

    def across(self, down: bool) -> None:
        """From a box down to the words it is linked with, from a word up to its box."""
        out, here = self._board.layout_now, self._here
        group = self._group
        matched = sorted(out.matched)
        if isinstance(here, Pick) and group == "a" and down:
            own = [b for a, b in matched if a == here.object]
            words = self._stops("b")
            if own or words:
                self._go(Pick(phrase=own[0]) if own else words[0])
        elif group == "b" and not down:
            own = [a for a, b in matched if isinstance(here, Pick) and b == here.phrase]
            boxes = self._stops("a")
            if own or boxes:
                self._go(Pick(object=own[0]) if own else boxes[0])
        else:
            self.walk(1 if down else -1)

    def extend(self, by: int) -> None:
        """Take a word more at the end of the selection (1), or one less (−1)."""
        board = self._board
        words = board.words
        count = sum(len(c.words) for c in board.layout_now.chips)
        if words:
            stop = min(max(words.stop + by, words.start + 1), count)
            board.choose(None, range(words.start, stop))
            board.announce(board.caption.text[slice(*self._span(range(words.start, stop)))] if board.caption else "")

    # -- links -------------------------------------------------------------------------------------

    def start_link(self, forbids: bool = False) -> None:
        """Begin a link at the selected box or word; the likeliest other end is offered first."""
        board, here = self._board, self._here
        base = board.base
        if base is None or board.caption is None or here is None or board.busy:
            return
        source: Target
        if isinstance(here, range):
            source = ("word", here.start)
        elif here.kind == "link":
            return
        else:
            source = ("a", here.object) if here.object is not None else ("b", here.phrase or 0)
        linking = Linking(source, forbids)
        ends = self._ends(linking)
        if not ends:
            return
        linking.target = max(ends, key=lambda t: self._likeness(linking, t))
        board.hold(linking)
        self._tell_target()

    def turn(self, by: int) -> None:
        """Choose the next other end."""
        linking = self._board.linking
        if linking is None:
            return
        ends = self._ends(linking)
        at = ends.index(linking.target) if linking.target in ends else -1
        linking.target = ends[(at + by) % len(ends)]
        self._board.redraw()
        self._tell_target()

    def finish_link(self) -> None:
        """Make the link that is offered."""
        board = self._board
        linking, base, caption = board.linking, board.base, board.caption
        board.linking = None
        if linking is not None and linking.target is not None and base is not None and caption is not None:
            board.attempt(lambda: linking.made(base, caption) or edit.Edit(base, ""))

    def _ends(self, linking: Linking) -> list[Target]:
        if linking.from_object:
            return [("b", s.phrase or 0) if isinstance(s, Pick) else ("word", s.start) for s in self._stops("b")]
        return [("a", s.object or 0) for s in self._stops("a") if isinstance(s, Pick)]

    def _likeness(self, linking: Linking, target: Target) -> float:
        a, b = (linking.source, target) if linking.from_object else (target, linking.source)
        match = self._board.match_now
        if match is None or b[0] != "b":
            return float("-inf")
        s = match.similarity
        if a[1] not in s.a_ids or b[1] not in s.b_ids:
            return float("-inf")
        return float(s.values[s.a_ids.index(a[1]), s.b_ids.index(b[1])])

    def _tell_target(self) -> None:
        board, linking = self._board, self._board.linking
        if linking is None or linking.target is None:
            return
        kind, place = linking.target
        if kind == "word":
            board.announce(board.caption.text[slice(*self._span(range(place, place + 1)))] if board.caption else "")
        else:
            board.announce(board.in_words(Pick(object=place) if kind == "a" else Pick(phrase=place)))

    # -- boxes -------------------------------------------------------------------------------------

    def place_box(self) -> None:
        """Put a new box into the middle of what shows; its label is asked for."""
        view = self._board.view
        clip = view.clip
        inset = clip.adjusted(clip.width() / 3, clip.height() / 3, -clip.width() / 3, -clip.height() / 3)
        self._board.name_box(Box.between(*view.to_picture(inset.topLeft()), *view.to_picture(inset.bottomRight())))

    def nudge(self, dx: int, dy: int, resize: bool) -> None:
        """Move the selected box, or its right and lower edges, by some pixels of the screen."""
        board = self._board
        picked = board.picked
        if picked is None or picked.kind != "object" or picked.object is None:
            return
        base = board.held_scene
        step = max(round(4 / board.view.scale), 1)
        if base is None:
            return
        if resize:
            edges = (1 if dx else 0, 1 if dy else 0)
            board.hold_edit(edit.resize(base, picked.object, edges, dx * step, dy * step, 1.0))
        else:
            board.hold_edit(edit.move(base, picked.object, dx * step, dy * step))
