"""Tiers under the hand: pieces on lanes of the common time axis, where a person takes a boundary and moves it.

The view is told what to show (`set_tiers`, plain data) and changes nothing itself: it says what the hand wants
(`edit_previewed`, `edit_committed`, `edit_abandoned`), what is selected, what to play and where to go.

By mouse: a boundary is dragged (Shift frees it from snapping, Control or Alt leaves the neighbour where it is, Esc puts
it back); a double click splits; a drag on an empty stretch of an own tier draws a piece; the wheel moves along time,
with Control it zooms. By keys: see `tiers_keys.key_table`; Alt with Left and Right moves the chosen boundary.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
)
from PySide6.QtWidgets import QMenu, QWidget

from ..theme import icon
from .tiers_editor import Limits, TiersEditor
from .tiers_grips import BoundaryGrip, DrawGrip, Gesture, PanGrip, SeekGrip
from .tiers_hit import Hit, Snaps
from .tiers_keys import Walker, chord, key_table, nudge_of, typed
from .tiers_shown import Edge, Kind, Shown
from .time_axis import TimeAxis

__all__ = ["Kind", "Limits", "Shown", "Snaps", "TiersView"]

_SHIFT = Qt.KeyboardModifier.ShiftModifier
_APART = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
_HELD = (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt)


class TiersView(TiersEditor):
    """See the module."""

    def __init__(self, axis: TimeAxis, parent: QWidget | None = None) -> None:
        super().__init__(axis, parent)
        self._by_key = False
        self._last = QPointF()
        self._walker = Walker(self)
        self._keys = key_table(self, self._walker)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Tiers"))
        self.describe()

    @property
    def ringed(self) -> bool:
        return self._by_key and self.hasFocus()

    def step(self, by: int) -> None:
        """Go to the next (1) or the previous (−1) piece of the tier in hand."""
        self.settle_held()
        if not self.busy and self.rows:
            self._walker.walk(by)

    # -- mouse -------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._by_key = False
        self.settle_held()
        at = self._last = event.position()
        if self.busy:
            # Another button while one is down, or a click while a label is asked for.
            self.abandon()
        elif event.button() == Qt.MouseButton.MiddleButton:
            self._gesture = PanGrip(self, at)
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif event.button() == Qt.MouseButton.LeftButton:
            hit = self.hit(at)
            if hit is None:
                self.choose(None)
            elif hit.part == "name":
                self.choose(hit.row)
            else:
                self._gesture = self._gesture_at(hit, at)
        self.refresh()

    def _gesture_at(self, hit: Hit, at: QPointF) -> Gesture:
        """What a press begins; what it is on is selected."""
        row = self.rows[hit.row]
        self.choose(hit.row, hit.piece, None if hit.edge is None else hit.edge.end)
        if hit.edge is not None:
            self.take_base()
            return BoundaryGrip(self, self.rows, hit.row, hit.edge, at)
        self.seek(hit.time)
        room = row.gap(hit.time) if row.shown.kind == "own" and not row.shown.points and hit.piece is None else None
        if room is not None:
            self.take_base()
            return DrawGrip(self, self.rows, hit.row, room, at)
        return SeekGrip(self, at)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._last = event.position()
        if self._gesture is not None:
            self._go_on(event.modifiers())
        else:
            self.hover_at(self._last)
            self.setCursor(self._cursor(self.hover))

    def _go_on(self, mods: Qt.KeyboardModifier) -> None:
        gesture = self._gesture
        if gesture is not None:
            self.attempt(lambda: gesture.move(self._last, bool(mods & _SHIFT), bool(mods & _APART)))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            self.attempt(gesture.release)
            self.hover_at(event.position())
            self.setCursor(self._cursor(self.hover))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        hit = self.hit(event.position())
        if event.button() != Qt.MouseButton.LeftButton or hit is None or self.busy:
            self.mousePressEvent(event)
            return
        row = self.rows[hit.row]
        free = bool(event.modifiers() & _SHIFT)
        time = hit.time if free else self.snap(hit.time, self.rows, hit.row).time
        if hit.part == "piece" and hit.piece is not None and row.shown.points and row.shown.editable:
            self.rename_selected()
        elif hit.part == "piece" and hit.piece is not None and row.shown.editable:
            start, end = row.time(Edge(hit.piece, False)), row.time(Edge(hit.piece, True))
            self.split_at(hit.row, time if start < time < end else hit.time, hit.piece)
        elif hit.part == "empty" and row.shown.kind == "own":
            self.insert_at(hit.row, time if row.shown.points else hit.time)
        else:
            self.mousePressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        if self._gesture is None:
            self.hover_at(QPointF(-1, -1))
        super().leaveEvent(event)

    def _cursor(self, hit: Hit | None) -> Qt.CursorShape:
        if hit is None:
            return Qt.CursorShape.ArrowCursor
        if hit.part == "edge":
            return Qt.CursorShape.SizeHorCursor
        if hit.part == "name":
            return Qt.CursorShape.PointingHandCursor
        draws = hit.part == "empty" and self.rows[hit.row].shown.kind == "own"
        return Qt.CursorShape.CrossCursor if draws else Qt.CursorShape.ArrowCursor

    # -- keys --------------------------------------------------------------------------------------

    def _writes(self, event: QKeyEvent) -> str:
        """What a key types into the label of a piece of an own tier; in others letters are commands."""
        spot = self.spot
        return typed(event) if spot is not None and self.rows[spot[0]].shown.kind == "own" else ""

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            # These keys mean something else elsewhere in the window; here they are the tiers'.
            mine = chord(event) in self._keys or nudge_of(event) is not None or bool(self._writes(event))
            # What is in hand is put back first; what Esc means then, the window knows: something may be playing.
            if mine or (event.key() == Qt.Key.Key_Escape and self.busy):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._by_key = True
        self.refresh()
        frames, writes = nudge_of(event), self._writes(event)
        if event.key() == Qt.Key.Key_Escape and self._escapes():
            self._escape()
        elif self._gesture is not None:
            if event.key() in _HELD:
                self._go_on(event.modifiers())
        elif frames is not None:
            self.nudge(*frames)
        elif writes:
            self.settle_held()
            self.rename_selected(writes)
        elif chord(event) in self._keys and self.rows:
            self.settle_held()
            self._keys[chord(event)]()
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if self._gesture is not None and event.key() in _HELD:
            self._go_on(event.modifiers())
        elif not event.isAutoRepeat() and event.key() == Qt.Key.Key_Alt:
            self.settle_held()
        super().keyReleaseEvent(event)

    def _escapes(self) -> bool:
        return self.busy or self.row_in_hand is not None

    def _escape(self) -> None:
        if self.busy:
            self.abandon()
        else:
            self.choose(None)

    def focusNextPrevChild(self, next: bool) -> bool:
        # A child that the keys leave asks here as well.
        if self.hasFocus() and not self.busy and self._walker.tier(1 if next else -1):
            self._by_key = True
            self.refresh()
            return True
        return super().focusNextPrevChild(next)

    def focusInEvent(self, event: QFocusEvent) -> None:
        tab = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        self._by_key = tab
        super().focusInEvent(event)
        if tab and self.row_in_hand is None:
            self._walker.tier(1 if event.reason() == Qt.FocusReason.TabFocusReason else -1)
        self.refresh()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._by_key = False
        self.settle_held()
        super().focusOutEvent(event)
        self.refresh()

    # -- menu --------------------------------------------------------------------------------------

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self.busy or not self.rows:
            return
        time: float | None = None
        where = event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            hit = self.hit(QPointF(event.pos()))
            if hit is not None:
                self.choose(hit.row, hit.piece, None if hit.edge is None else hit.edge.end)
                time = None if hit.part == "name" else hit.time
        elif self.spot is not None:
            where = self.mapToGlobal(self.rect_of(*self.spot).center().toPoint())
        menu = self.make_menu(time)
        menu.exec(where)
        menu.deleteLater()

    def make_menu(self, time: float | None = None) -> QMenu:
        """What can be done with what is selected; `time`: where the mouse asked."""
        menu, k, spot = QMenu(self), self.row_in_hand, self.spot

        def add(text: str, name: str, keys: str, work: Callable[[], object]) -> None:
            action = menu.addAction(icon(name), text)
            # Shown, not set: the tiers hear their keys themselves, and only while they have the focus.
            action.setText(f"{text}\t{QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)}")
            action.triggered.connect(lambda _checked=False: work())

        row = None if k is None else self.rows[k]
        if spot is not None and row is not None:
            add(self.tr("Play"), "play", "Return", self.play_selected)
        if k is not None and row is not None and spot is not None and row.shown.editable:
            menu.addSeparator()
            if not row.shown.points:
                start, end = row.time(Edge(spot[1], False)), row.time(Edge(spot[1], True))
                if time is not None and start < time < end:
                    add(self.tr("Split here"), "scissors", "", lambda: self.split_at(k, time, spot[1]))
                else:
                    add(self.tr("Split"), "scissors", "Shift+Return", self.split_selected)
                add(self.tr("Merge with the next"), "blend", "Del", self.merge_selected)
                add(self.tr("Merge with the one before"), "blend", "Backspace", lambda: self.merge_selected(back=True))
            add(self.tr("Rename…"), "pencil", "F2", self.rename_selected)
            if row.shown.kind != "own":
                edge = self.edge
                locked = spot[1] in row.shown.locked if edge is None else row.locked(Edge(spot[1], edge))
                words = {
                    (False, False): self.tr("Lock piece"),
                    (False, True): self.tr("Release piece"),
                    (True, False): self.tr("Lock boundary"),
                    (True, True): self.tr("Release boundary"),
                }[edge is not None, locked]
                add(words, "lock-open" if locked else "lock", "L", self.lock_selected)
            add(self.tr("Remove"), "trash-2", "Ctrl+Backspace", self.remove_selected)
        if k is not None and row is not None and row.shown.kind == "own":
            menu.addSeparator()
            put = self._walker.insert if time is None else lambda: self.insert_at(k, time)
            add(self.tr("Insert a point…") if row.shown.points else self.tr("Insert a piece…"), "plus", "Ins", put)
        menu.addSeparator()
        if spot is not None:
            add(self.tr("Zoom to the piece"), "zoom-in", "", self.zoom_to_selection)
        add(self.tr("See all"), "maximize", "Ctrl+0", self.axis.fit)
        return menu
