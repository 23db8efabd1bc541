"""The tiers and the edits: what a gesture or a key comes to, and what the actions of the window do."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPointF, QRectF, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget

from syncline.edits.pieces import Edit, Insert, Lock, Merge, Move, Relabel, Remove, Split
from syncline.errors import SynclineError
from syncline.model import Segment

from ..theme import theme
from .clock import format_time
from .scene_label import LabelField
from .tiers_canvas import TiersCanvas
from .tiers_grips import Gesture
from .tiers_hit import Snap, Snaps, snapped
from .tiers_paint import mixed
from .tiers_said import boundary_name, in_words, short
from .tiers_shown import Edge, Row, Shown
from .time_axis import GUTTER, TimeAxis

__all__ = ["Limits", "TiersEditor"]

FRAME_MS = 16
NEW = 90.0
"""Pixels that a piece is wide which is put in by a key or a double click."""
Limits = Callable[[str, int, bool], tuple[float, float]]


class TiersEditor(TiersCanvas):
    """Says what the hand wants; see `tiers_view.TiersView`."""

    edit_previewed = Signal(object)
    """`Edit` while the hand moves, at most one a screen frame; always of the tiers as they were when it began."""
    edit_committed = Signal(object, str)
    """`Edit` and the name of the step."""
    edit_abandoned = Signal()
    """What was previewed is not to be."""
    boundary_in_hand = Signal(object)
    """Seconds of the boundary that the hand moves, for a line over all rows; None: it holds none."""
    play_requested = Signal(float, float)
    """Play from one second to another."""
    refused = Signal(str)
    """A sentence: why that can't be done."""

    def __init__(self, axis: TimeAxis, parent: QWidget | None = None) -> None:
        super().__init__(axis, parent)
        self._snaps: Snaps | None = None
        self._limits: Limits | None = None
        self._step = 0.01
        self._edge: bool | None = None
        self._gesture: Gesture | None = None
        self._held: Edit | None = None
        self._unsent: Edit | None = None
        self._held_at: tuple[int, float, str] | None = None
        self._base: list[Row] = []
        self._anchor_before = (0.0, False)
        self._nudging = False
        self._field: LabelField | None = None
        self._asked_of: tuple[str, tuple[Segment, ...]] = "", ()
        self._frame = QTimer(self)
        self._frame.setSingleShot(True)
        self._frame.setInterval(FRAME_MS)
        self._frame.timeout.connect(self._send)

    # -- what the window says ----------------------------------------------------------------------

    def set_snaps(self, snaps: Snaps | None) -> None:
        """Say what else a boundary snaps to: ``snaps(around, reach)`` gives seconds, asked whenever the hand moves."""
        self._snaps = snaps

    def set_limits(self, limits: Limits | None) -> None:
        """Say between which seconds a boundary may be put: ``limits(tier, piece, end)``, asked once a drag.

        It may raise `SynclineError`, whose sentence is told; without it, neighbours are the limits.
        """
        self._limits = limits

    def set_step(self, seconds: float) -> None:
        """A key moves a boundary by so much: a frame."""
        self._step = seconds

    def set_tiers(self, tiers: Sequence[Shown]) -> None:
        super().set_tiers(tiers)
        name, pieces = self._asked_of
        kept = any(s.name == name and s.pieces is pieces and s.editable for s in tiers)
        if self._field is not None and self._held is None and not kept:
            # The field asks about a piece that has changed under it.
            self._field.dropped.emit()
        if self._piece is None:
            self._edge = None

    @property
    def rows(self) -> list[Row]:
        held = self._held
        if isinstance(held, Move) and self._held_at is not None:
            k = self._held_at[0]
            if k < len(self._rows) and self._rows[k].shown.pieces is self._base[k].shown.pieces:
                # Nobody has answered yet: the boundary follows the hand all the same.
                moved = self._rows[k].moved(Edge(held.piece, held.end), held.time, held.alone)
                return [*self._rows[:k], moved, *self._rows[k + 1 :]]
        return self._rows

    # -- what gestures may ask (tiers_grips.Hand) --------------------------------------------------

    def time_at(self, x: float) -> float:
        """Seconds at a pixel of the widget."""
        return self.axis.to_time(x - GUTTER)

    def snap(self, time: float, rows: Sequence[Row], own: int, without: float | None = None) -> Snap:
        """Put a time on what is near; `without` is where the boundary has been."""
        return snapped(time, rows, own, self.axis, self._snaps, self.playhead, without)

    def reach(self, row: int, edge: Edge, alone: bool) -> tuple[float, float]:
        """Seconds that a boundary may be put between."""
        base = self._base[row] if self._base else self._rows[row]
        if self._limits is None:
            low, high = base.room(edge)
        else:
            low, high = self._limits(base.shown.name, edge.piece, edge.end)
        if alone:
            # It gives way within itself, whatever else could be pushed along.
            own, far = base.time(edge), base.time(Edge(edge.piece, not edge.end))
            low, high = (max(low, far), min(high, own)) if edge.end else (max(low, own), min(high, far))
        return max(low, min(self.axis.first, base.time(edge))), min(high, max(self.axis.last, base.time(edge)))

    def seek(self, time: float) -> None:
        """Ask for the playback to go there."""
        self.sought.emit(min(max(time, self.axis.first), self.axis.last))

    # -- one edit, from the hand to the window -----------------------------------------------------

    @property
    def busy(self) -> bool:
        """True while the hand holds something."""
        return self._gesture is not None or self._held is not None

    def choose(self, row: int | None, piece: int | None = None, edge: bool | None = None) -> None:
        self._edge = edge
        super().choose(row, piece)

    @property
    def edge(self) -> bool | None:
        """Which boundary of the selected piece is chosen: its start (False), its end (True), or none."""
        return self._edge

    def take_base(self) -> None:
        """Edits that follow start from the tiers as they are."""
        self._base, self._anchor_before = list(self._rows), self._anchor

    def propose(self, edit: Edit, row: int, time: float, words: str) -> None:
        """Show what the hand does, and tell of it once a frame."""
        self._held = self._unsent = edit
        self._held_at = row, time, words
        if isinstance(edit, Move):
            # The piece may get another number by what is solved again.
            self._anchor = time, edit.end
            self._edge = edit.end
        self.boundary_in_hand.emit(time)
        if not self._frame.isActive():
            self._send()
        self.refresh()

    def _send(self) -> None:
        if self._unsent is not None:
            edit, self._unsent = self._unsent, None
            self._frame.start()
            self.edit_previewed.emit(edit)

    def settle(self, edit: Edit, label: str) -> None:
        """Make the edit one step."""
        self._drop()
        self.edit_committed.emit(edit, label)
        self.refresh()

    def abandon(self) -> None:
        """Let go of what is in hand. The window calls it too when somebody else changes the tiers meanwhile."""
        self._gesture = None
        previewed = self._held is not None
        if isinstance(self._held, Move):
            self._anchor = self._anchor_before
        self._drop()
        if previewed:
            self.edit_abandoned.emit()
        self.refresh()

    def _drop(self) -> None:
        if self._held_at is not None:
            self.boundary_in_hand.emit(None)
        self._held = self._unsent = self._held_at = None
        self._base, self._nudging = [], False
        self._frame.stop()

    def attempt(self, work: Callable[[], None]) -> None:
        """Do what may be impossible: then it is told, and everything is as it was."""
        try:
            work()
        except SynclineError as error:
            self.abandon()
            self.refused.emit(str(error))

    # -- what the actions do -----------------------------------------------------------------------

    def _in_hand(self) -> tuple[int, Row, int] | None:
        """Row and piece that an edit is about, if there may be one now."""
        spot = self.spot
        if spot is None or self.busy or not self._rows[spot[0]].shown.editable:
            return None
        return spot[0], self._rows[spot[0]], spot[1]

    def nudge(self, frames: int, alone: bool = False) -> None:
        """Move the chosen boundary by whole frames; `settle_held` makes it a step."""
        spot = self.spot
        if spot is None or (self.busy and not self._nudging) or not self._rows[spot[0]].shown.editable:
            return
        if not self._nudging:
            self.take_base()
            self._nudging = True
            edge = Edge(spot[1], bool(self._edge) and not self._rows[spot[0]].shown.points)
        else:
            assert isinstance(self._held, Move)
            edge = Edge(self._held.piece, self._held.end)

        def work() -> None:
            row = self._base[spot[0]]
            apart = alone and row.apart(edge) is not None
            low, high = self.reach(spot[0], edge, apart)
            now = self._held.time if isinstance(self._held, Move) else row.time(edge)
            time = min(max(now + frames * self._step, low), high)
            self.propose(Move(row.shown.name, edge.piece, edge.end, time, apart), spot[0], time, format_time(time))
            self.axis.reveal(time)
            self.announce(format_time(time))

        self.attempt(work)

    def settle_held(self) -> None:
        """Make what keys have moved one step."""
        held = self._held
        if self._nudging and isinstance(held, Move) and self._held_at is not None:
            row, edge = self._base[self._held_at[0]], Edge(held.piece, held.end)
            if held.time == row.time(edge):
                self.abandon()
            else:
                self.settle(held, f"{self.tr('Move boundary')} {boundary_name(row, edge)}")

    def split_at(self, row: int, time: float, piece: int) -> None:
        """Make two of a piece."""
        if self.busy:
            return
        self.choose(row, piece)
        # Its later part is what is selected then.
        self._anchor = time, False
        shown = self._rows[row].shown
        self.settle(Split(shown.name, time), f"{self.tr('Split')} {short(shown.pieces[piece].label)}")

    def split_selected(self) -> None:
        """Make two of the selected piece, where the playback is; in its middle if that is elsewhere."""
        found = self._in_hand()
        if found is not None:
            k, row, piece = found
            start, end = row.time(Edge(piece, False)), row.time(Edge(piece, True))
            at = self.playhead
            self.split_at(k, at if at is not None and start < at < end else (start + end) / 2, piece)

    def merge_selected(self, back: bool = False) -> None:
        """Make one of the selected piece and the next, or the one before."""
        found = self._in_hand()
        if found is None:
            return
        _, row, piece = found
        first = piece - 1 if back else piece
        pieces = row.shown.pieces
        if first < 0 or first + 1 >= len(pieces):
            there = self.tr("before") if back else self.tr("after")
            self.refused.emit(self.tr("There is no piece {there} this one to merge it with.").format(there=there))
            return
        self._anchor = row.time(Edge(first, False)), False
        both = f"{short(pieces[first].label)} + {short(pieces[first + 1].label)}"
        self.settle(Merge(row.shown.name, first), f"{self.tr('Merge')} {both}")

    def remove_selected(self) -> None:
        """Take the selected piece away."""
        found = self._in_hand()
        if found is not None:
            _, row, piece = found
            self.settle(Remove(row.shown.name, piece), f"{self.tr('Remove')} {short(row.shown.pieces[piece].label)}")

    def lock_selected(self) -> None:
        """Lock the chosen boundary, or else the whole piece; or release it."""
        found = self._in_hand()
        if found is None:
            return
        _, row, piece = found
        if row.shown.kind == "own":
            self.refused.emit(self.tr("No method moves the pieces of your own tiers, so there is nothing to lock."))
            return
        if self._edge is None:
            on, name = piece not in row.shown.locked, short(row.shown.pieces[piece].label)
        else:
            on, name = not row.locked(Edge(piece, self._edge)), boundary_name(row, Edge(piece, self._edge))
        verb = self.tr("Lock") if on else self.tr("Unlock")
        self.settle(Lock(row.shown.name, piece, self._edge, on), f"{verb} {name}")

    def play_selected(self) -> None:
        """Ask for the selected piece to be played."""
        spot = self.spot
        if spot is not None:
            row = self._rows[spot[0]]
            self.play_requested.emit(row.time(Edge(spot[1], False)), row.time(Edge(spot[1], True)))

    def insert_at(self, row: int, time: float) -> None:
        """Put a piece into an own tier where it has none; its label is asked for."""
        base = self._rows[row]
        if self.busy or base.shown.kind != "own":
            return
        room = (time, time) if base.shown.points else base.gap(time)
        if room is None:
            self.refused.emit(self.tr("There is a piece already; split it, or choose an empty place."))
            return
        half = 0.0 if base.shown.points else NEW / 2 * self.axis.per_pixel
        self.take_base()
        start, end = max(room[0], self.axis.first, time - half), min(room[1], self.axis.last, time + half)
        self.propose(Insert(base.shown.name, start, end, ""), row, time, format_time(time))
        self.ask_insert(row, start, end)

    # -- labels ------------------------------------------------------------------------------------

    def rename_selected(self, typed: str = "") -> None:
        """Ask for another label of the selected piece, in place; `typed` is its beginning."""
        found = self._in_hand()
        if found is None:
            return
        k, row, piece = found
        label, name = row.shown.pieces[piece].label, row.shown.name
        field = self._ask(typed or label, self.rect_of(k, piece))
        self._asked_of = name, row.shown.pieces
        if typed:
            field.deselect()
            field.end(False)

        def take(text: str) -> None:
            words = text.strip()
            if words != label:
                step = f"{self.tr('Rename')} {short(label)} {self.tr('to')} {short(words)}"
                self.settle(Relabel(name, piece, words), step)

        field.taken.connect(take)

    def ask_insert(self, row: int, start: float, end: float) -> None:
        """Ask for the label of a piece that was drawn; it becomes a step with it."""
        base = self._rows[row]
        rect = QRectF(self.to_x(start), base.lane_top(0) - self.scrolled, self.to_x(end) - self.to_x(start), base.tall)
        name = base.shown.name
        field = self._ask("", rect)
        field.setPlaceholderText(self.tr("Label"))

        def take(text: str) -> None:
            self.settle(Insert(name, start, end, text.strip()), f"{self.tr('Insert')} {short(text.strip())}")
            self._follow(row, start)

        field.taken.connect(take)
        field.dropped.connect(self.abandon)

    def insert_between(self, start: float, end: float) -> None:
        """Put a piece between two seconds into the own tier in hand; its label is asked for."""
        row = self._row
        if row is None or self.busy or self._rows[row].shown.kind != "own":
            self.refused.emit(self.tr("Select a tier of your own first; a method fills the others."))
            return
        self.take_base()
        self.propose(Insert(self._rows[row].shown.name, start, end, ""), row, end, format_time(end))
        self.ask_insert(row, start, end)

    def _follow(self, row: int, time: float) -> None:
        """Select the piece that begins at a time, as soon as it is there."""
        found = self._rows[row].nearest(time) if row < len(self._rows) else None
        if found is not None:
            self.choose(row, found)
            self._anchor = time, False

    def _ask(self, text: str, at: QRectF) -> LabelField:
        if self._field is not None:
            self._field.dropped.emit()
        # What is shown meanwhile is what it is about.
        self._send()
        field = LabelField(text, self)
        field.setAccessibleName(self.tr("Label of the piece"))
        wide = min(max(int(at.width()), 84), 260)
        middle = max(at.left(), GUTTER) + (min(at.right(), self.width()) - max(at.left(), GUTTER)) / 2
        x = min(max(int(middle - wide / 2), GUTTER), max(self.width() - wide, GUTTER))
        field.setGeometry(x, int(at.center().y()) - 16, wide, 32)
        field.show()
        field.setFocus()
        self._field = field
        field.taken.connect(lambda _text: self._asked(field))
        field.dropped.connect(lambda: self._asked(field))
        return field

    def _asked(self, field: LabelField) -> None:
        if self._field is field:
            self._field = None
            if field.hasFocus():
                self.setFocus()
            field.hide()

    # -- drawing -----------------------------------------------------------------------------------

    def paint_hand(self, painter: QPainter) -> None:
        c = theme().colours
        held, hit = self._held_at, self.hover
        if isinstance(self._held, Insert):
            self._paint_new(painter, self._held)
        if (
            self.spot is not None
            and self._edge is not None
            and held is None
            and self._rows[self.spot[0]].shown.editable
        ):
            self.paint_grip_at(painter, self.spot[0], Edge(self.spot[1], self._edge), QColor(c.accent))
        if held is None and hit is not None and hit.edge is not None:
            chosen = self.spot == (hit.row, hit.edge.piece) and self._edge == hit.edge.end
            self.paint_grip_at(painter, hit.row, hit.edge, QColor(c.accent if chosen else c.text))
        if held is not None:
            self.paint_held(painter, held[1], held[2], held[0])

    def _paint_new(self, painter: QPainter, new: Insert) -> None:
        k = next(k for k, r in enumerate(self._rows) if r.shown.editable and r.shown.name == new.tier)
        row, c = self._rows[k], theme().colours
        left, right = self.to_x(new.start), self.to_x(new.end)
        painter.setPen(QPen(QColor(c.accent), 2))
        painter.setBrush(mixed(QColor(c.raised), QColor(c.accent), 0.2))
        spot = QRectF(left, row.lane_top(0) - self.scrolled, max(right - left, 2.0), row.tall)
        painter.drawRoundedRect(spot.adjusted(0, 1, 0, -1), 4, 4)

    # -- in words ----------------------------------------------------------------------------------

    def describe(self) -> None:
        if not self._rows:
            self.setAccessibleDescription(self.tr("There are no pieces yet."))
        elif self._row is None:
            names = ", ".join(r.name for r in self._rows)
            self.setAccessibleDescription(self.tr("{n} tiers: {names}").format(n=len(self._rows), names=names))
        else:
            self.setAccessibleDescription(self.in_words())

    def in_words(self) -> str:
        """The selected piece, or tier, as one would say it."""
        return "" if self._row is None else in_words(self._rows[self._row], self._piece, self._edge)

    def announce(self, text: str) -> None:
        """Tell a screen reader what the keys came to."""
        if text and QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, text))

    def hover_at(self, at: QPointF) -> None:
        """The mouse is there, with nothing in hand."""
        hit = self.hit(at) if self.rect().contains(at.toPoint()) else None
        if hit != self.hover:
            self.hover = hit
            self.refresh()
