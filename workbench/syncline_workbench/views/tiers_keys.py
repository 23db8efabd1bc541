"""The tiers by keys alone: walking tiers and pieces, choosing a boundary and moving it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from .tiers_shown import Edge

if TYPE_CHECKING:
    from .tiers_editor import TiersEditor

__all__ = ["Chord", "Walker", "chord", "key_table", "nudge_of", "typed"]

Chord = tuple[Qt.Key, Qt.KeyboardModifier]
_NONE, _SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
_CONTROL, _ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
_META = Qt.KeyboardModifier.MetaModifier
_SIDEWAYS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
FAR = 10
"""Frames of a nudge with Shift."""


class Walker:
    """Moves the selection of the tiers."""

    def __init__(self, tiers: TiersEditor) -> None:
        self._tiers = tiers

    @property
    def _time(self) -> float:
        """Where the keys are: in the middle of the selected piece, else of what is seen."""
        view = self._tiers
        if view.spot is not None:
            row, piece = view.spot
            r = view.rows[row]
            return (r.time(Edge(piece, False)) + r.time(Edge(piece, True))) / 2
        at = view.playhead
        return (
            at if at is not None and view.axis.start <= at <= view.axis.end else (view.axis.start + view.axis.end) / 2
        )

    def go(self, row: int, piece: int | None, edge: bool | None = None) -> None:
        """Select a piece, bring it into sight, and ask for the playback to go to its start."""
        view = self._tiers
        view.choose(row, piece, edge)
        if piece is not None:
            view.reveal(row, piece)
            view.seek(view.rows[row].time(Edge(piece, bool(edge))))
        view.announce(view.in_words())

    def tier(self, by: int) -> bool:
        """Go to the next (1) or previous (−1) tier, to the piece that is nearest there; False if there is none."""
        view = self._tiers
        here = view.row_in_hand
        row = (0 if by > 0 else len(view.rows) - 1) if here is None else here + by
        if not 0 <= row < len(view.rows):
            return False
        self.go(row, view.rows[row].nearest(self._time))
        return True

    def walk(self, by: int) -> None:
        """Go to the next or the previous piece of the tier."""
        view = self._tiers
        row = view.row_in_hand
        if row is None:
            self.tier(1)
            return
        pieces = len(view.rows[row].shown.pieces)
        if view.spot is None:
            self.go(row, view.rows[row].nearest(self._time))
        elif 0 <= view.spot[1] + by < pieces:
            self.go(row, view.spot[1] + by)

    def extreme(self, last: bool) -> None:
        """Go to the first or the last piece of the tier."""
        view = self._tiers
        row = 0 if view.row_in_hand is None else view.row_in_hand
        if row < len(view.rows) and view.rows[row].shown.pieces:
            self.go(row, len(view.rows[row].shown.pieces) - 1 if last else 0)

    def edge(self, end: bool) -> None:
        """Choose the start or the end of the selected piece; once more, that of the neighbour beyond it."""
        view = self._tiers
        if view.spot is None:
            return
        row, piece = view.spot
        if view.edge == end and 0 <= piece + (1 if end else -1) < len(view.rows[row].shown.pieces):
            piece += 1 if end else -1
        self.go(row, piece, end)

    def insert(self) -> None:
        """Put a piece into the own tier in hand: where the playback is, or behind the selected piece."""
        view = self._tiers
        row = view.row_in_hand
        if row is None:
            return
        time, spot = view.playhead, view.spot
        inside = spot is not None and (time is None or view.rows[row].gap(time) is None)
        if inside and spot is not None and not view.rows[row].shown.points:
            end = view.rows[row].time(Edge(spot[1], True))
            room = view.rows[row].gap(end + view.axis.per_pixel)
            time = end if room is None else end + min(room[1] - end, 90 * view.axis.per_pixel) / 2
        view.insert_at(row, self._time if time is None else time)

    def page(self, by: int) -> None:
        """See what comes next, or what was before."""
        axis = self._tiers.axis
        axis.pan(by * 0.9 * (axis.end - axis.start))


def key_table(view: TiersEditor, walk: Walker) -> dict[Chord, Callable[[], object]]:
    """What the keys do, beside nudging a boundary and typing a label."""
    key = Qt.Key
    return {
        (key.Key_Left, _NONE): lambda: walk.walk(-1),
        (key.Key_Right, _NONE): lambda: walk.walk(1),
        (key.Key_Up, _NONE): lambda: walk.tier(-1),
        (key.Key_Down, _NONE): lambda: walk.tier(1),
        (key.Key_Home, _NONE): lambda: walk.extreme(False),
        (key.Key_End, _NONE): lambda: walk.extreme(True),
        (key.Key_Left, _CONTROL): lambda: walk.edge(False),
        (key.Key_Right, _CONTROL): lambda: walk.edge(True),
        (key.Key_PageUp, _NONE): lambda: walk.page(-1),
        (key.Key_PageDown, _NONE): lambda: walk.page(1),
        (key.Key_Return, _NONE): view.play_selected,
        (key.Key_Enter, _NONE): view.play_selected,
        (key.Key_Return, _SHIFT): view.split_selected,
        (key.Key_Enter, _SHIFT): view.split_selected,
        (key.Key_F2, _NONE): view.rename_selected,
        (key.Key_Delete, _NONE): view.merge_selected,
        (key.Key_Backspace, _NONE): lambda: view.merge_selected(back=True),
        (key.Key_Backspace, _CONTROL): view.remove_selected,
        (key.Key_L, _NONE): view.lock_selected,
        (key.Key_Insert, _NONE): walk.insert,
        (key.Key_Plus, _CONTROL): view.zoom_in,
        (key.Key_Equal, _CONTROL): view.zoom_in,
        (key.Key_Minus, _CONTROL): view.zoom_out,
        (key.Key_0, _CONTROL): view.axis.fit,
    }


def chord(event: QKeyEvent) -> Chord:
    """A key and what is held with it."""
    mods = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    key = Qt.Key(event.key())
    if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
        mods &= ~_SHIFT
    return key, mods


def nudge_of(event: QKeyEvent) -> tuple[int, bool] | None:
    """Frames by which a key moves the boundary, and whether the neighbour stays: Alt, with Shift, with Control."""
    mods = event.modifiers()
    by = _SIDEWAYS.get(Qt.Key(event.key()))
    if by is None or not mods & _ALT:
        return None
    return by * (FAR if mods & _SHIFT else 1), bool(mods & _CONTROL)


def typed(event: QKeyEvent) -> str:
    """What a key writes, if it writes something; a space is for the playback."""
    text = event.text()
    writes = len(text) > 0 and text.isprintable() and not text.isspace()
    return text if writes and not event.modifiers() & (_CONTROL | _ALT | _META) else ""
