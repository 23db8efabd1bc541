"""The heart of the Match workspace: the picture with its boxes, the caption beneath, and curves between the two.

The view draws ``document.shown`` and changes nothing itself: it says what the hand wants (`scene_previewed`,
`scene_committed`, `scene_abandoned`), what is selected or under the mouse (`selected`, `hovered`) and which caption is
asked for (`caption_chosen`, `caption_wanted`).

By mouse: a drag from a box to a word, or back, links; the edge, the label or the handle in the middle of a box moves
it, the other handles resize it; along the words a drag selects. By keys: see `_KEYS` and `scene_keys`.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from syncline.errors import SynclineError

from ..document import Document
from ..theme import icon, theme
from .scene_colours import on_picture
from .scene_editor import SceneEditor
from .scene_hit import Hit, scene_hit
from .scene_keys import Walker
from .scene_layout import Layout
from .scene_paint import Look, badge_spots, paint_rubber, tinted
from .scene_pick import Pick
from .scene_tools import Gesture, Linking, Pan, gesture_at

__all__ = ["SceneBoard"]

_NONE, _SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
_CONTROL, _ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_CURSORS = {
    (0, 0): Qt.CursorShape.SizeAllCursor,
    (1, 0): Qt.CursorShape.SizeHorCursor,
    (0, 1): Qt.CursorShape.SizeVerCursor,
    (1, 1): Qt.CursorShape.SizeFDiagCursor,
    (1, -1): Qt.CursorShape.SizeBDiagCursor,
}


class SceneBoard(SceneEditor):
    """See the module; `set_tool` takes up ``select``, ``box``, ``link`` or ``forbid``."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        self._by_key = self._made = False
        super().__init__(document, parent)
        self._walker = Walker(self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Picture and caption"))
        self._keys = self._key_table()
        self._invite = QPushButton(self.tr("Add a caption…"), self)
        self._invite.setToolTip(self.tr("Say what the picture shows: its words are matched with the objects"))
        self._invite.setProperty("primary", "true")
        self._invite.clicked.connect(self.caption_wanted)
        self._made = True
        self._place_invitation()

    # -- a picture without a caption ---------------------------------------------------------------

    def _place_invitation(self) -> None:
        wanted = self.shown is not None and self.caption is None
        if wanted:
            button = self._invite
            button.adjustSize()
            button.move((self.layout_now.strip.center() - QRectF(button.rect()).center()).toPoint())
        self._invite.setVisible(wanted)

    def refresh(self, front_only: bool = False) -> None:
        super().refresh(front_only)
        if self._made:
            self._place_invitation()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_invitation()

    # -- mouse -------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._by_key = False
        self.settle_held()
        at = event.position()
        if self.shown is None:
            return
        if self.busy:
            # Another button while one is down, or a click while keys draw a link: neither is meant.
            self.abandon()
        elif event.button() == Qt.MouseButton.MiddleButton:
            self._begin(Pan(self, at))
        elif event.button() == Qt.MouseButton.LeftButton:
            hit = scene_hit(self.layout_now, self.view, at, self.look())
            if hit is not None and hit.part == "switch":
                self.step_caption(1 if hit.name == "next" else -1)
                return
            held = bool(event.modifiers() & _SHIFT)
            gesture = gesture_at(self, self.tool, hit, at, self.words if held else range(0))
            self._begin(gesture)

    def _begin(self, gesture: Gesture) -> None:
        self._at_press, self._gesture = self.base, gesture
        if isinstance(gesture, Pan):
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if self._gesture is not None:
            self._gesture.move(at)
        else:
            self._hover_at(at)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            self._release(gesture.release, event.position())
            self._hover_at(event.position())

    def _release(self, release: Callable[[QPointF], None], at: QPointF) -> None:
        try:
            release(at)
        except SynclineError as error:
            self.abandon()
            self.refused.emit(str(error))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        hit = scene_hit(self.layout_now, self.view, event.position(), self.look())
        if event.button() == Qt.MouseButton.LeftButton and hit is not None and hit.object is not None:
            self.begin_rename(hit.object)
        elif hit is not None and hit.part == "phrase" and hit.word is not None:
            # The phrase is selected by the first click, the word by the second.
            self.choose(None, range(hit.word, hit.word + 1))
        else:
            self.mousePressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._set_hover(None)
        super().leaveEvent(event)

    def _hover_at(self, at: QPointF) -> None:
        hit = None if self.shown is None else scene_hit(self.layout_now, self.view, at, self.look())
        self._set_hover(None if hit is None else hit.pick)
        self.setCursor(self._cursor(hit))

    def _cursor(self, hit: Hit | None) -> Qt.CursorShape:
        if hit is not None and hit.part in ("phrase", "word", "curve", "switch"):
            return Qt.CursorShape.PointingHandCursor
        if hit is not None and hit.part == "handle":
            across, down = hit.edges
            return _CURSORS[abs(across), across * down if across else abs(down)]
        if self.tool != "select":
            return Qt.CursorShape.CrossCursor
        if hit is None:
            return Qt.CursorShape.ArrowCursor if self.view.fitted else Qt.CursorShape.OpenHandCursor
        return Qt.CursorShape.PointingHandCursor if hit.part == "inside" else Qt.CursorShape.SizeAllCursor

    # -- keys --------------------------------------------------------------------------------------

    def _key_table(self) -> dict[tuple[Qt.Key, Qt.KeyboardModifier], Callable[[], object]]:
        key, walk = Qt.Key, self._walker
        return {
            (key.Key_L, _NONE): self.lock_selected,
            (key.Key_X, _NONE): self.forbid_selected,
            (key.Key_Delete, _NONE): self.delete_selected,
            (key.Key_Backspace, _NONE): self.delete_selected,
            (key.Key_F2, _NONE): self.rename_selected,
            (key.Key_B, _NONE): lambda: self.set_tool("select" if self.tool == "box" else "box"),
            (key.Key_V, _NONE): lambda: self.set_tool("select"),
            (key.Key_P, _NONE): self.make_phrase,
            (key.Key_S, _NONE): self.split_selected,
            (key.Key_E, _NONE): self.exclude_selected,
            (key.Key_F, _NONE): self.fit,
            (key.Key_0, _CONTROL): self.fit,
            (key.Key_Plus, _CONTROL): self.zoom_in,
            (key.Key_Equal, _CONTROL): self.zoom_in,
            (key.Key_Minus, _CONTROL): self.zoom_out,
            (key.Key_Home, _NONE): lambda: walk.edge(False),
            (key.Key_End, _NONE): lambda: walk.edge(True),
            (key.Key_PageUp, _NONE): lambda: self.step_caption(-1),
            (key.Key_PageDown, _NONE): lambda: self.step_caption(1),
            (key.Key_Left, _NONE): lambda: walk.walk(-1),
            (key.Key_Right, _NONE): lambda: walk.walk(1),
            (key.Key_Up, _NONE): lambda: walk.across(False),
            (key.Key_Down, _NONE): lambda: walk.across(True),
            (key.Key_Left, _SHIFT): lambda: walk.extend(-1),
            (key.Key_Right, _SHIFT): lambda: walk.extend(1),
            (key.Key_Return, _NONE): self._enter,
            (key.Key_Enter, _NONE): self._enter,
            (key.Key_Return, _SHIFT): lambda: walk.start_link(True),
        }

    def _enter(self) -> None:
        if self.tool == "box":
            self._walker.place_box()
        else:
            self._walker.start_link(self.tool == "forbid")

    @staticmethod
    def _chord(event: QKeyEvent) -> tuple[Qt.Key, Qt.KeyboardModifier]:
        mods = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            mods &= ~_SHIFT
        return key, mods

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            # These keys mean something else elsewhere in the window; here they are the board's.
            key, mods = self._chord(event)
            mine = (key, mods) in self._keys or (key in _ARROWS and bool(mods & _ALT))
            if mine or (key == Qt.Key.Key_Escape and self._escapes()):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._by_key = True
        key, mods = self._chord(event)
        self.update()
        if key == Qt.Key.Key_Escape and self._escapes():
            self._escape()
        elif self.linking is not None and self._gesture is None:
            self._key_linking(key)
        elif self._gesture is not None:
            return
        elif key in _ARROWS and mods & _ALT:
            self._walker.nudge(*_ARROWS[key], resize=bool(mods & _SHIFT))
        elif (key, mods) in self._keys and self.shown is not None:
            self.settle_held()
            self._keys[key, mods]()
        else:
            super().keyPressEvent(event)

    def _key_linking(self, key: Qt.Key) -> None:
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._walker.finish_link()
        elif key in _ARROWS:
            self._walker.turn(1 if sum(_ARROWS[key]) > 0 else -1)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not event.isAutoRepeat() and (event.key() in _ARROWS or event.key() == Qt.Key.Key_Alt):
            self.settle_held()
        super().keyReleaseEvent(event)

    def _escapes(self) -> bool:
        return self.busy or self.tool != "select" or self.picked is not None or bool(self.words)

    def _escape(self) -> None:
        if self.busy:
            self.abandon()
        elif self.tool != "select":
            self.set_tool("select")
        else:
            self.choose(None)

    def focusNextPrevChild(self, next: bool) -> bool:
        # A child that the keys leave asks here as well.
        if self.hasFocus() and self.shown is not None and not self.busy and self._walker.tab(next):
            self._by_key = True
            self.update()
            return True
        return super().focusNextPrevChild(next)

    def focusInEvent(self, event: QFocusEvent) -> None:
        tab = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        self._by_key = tab
        super().focusInEvent(event)
        if tab and self.picked is None and not self.words:
            self._walker.tab(event.reason() == Qt.FocusReason.TabFocusReason)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._by_key = False
        self.settle_held()
        super().focusOutEvent(event)
        self.update()

    # -- menu --------------------------------------------------------------------------------------

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        scene = self.shown
        if scene is None or self.busy:
            return
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            hit = scene_hit(self.layout_now, self.view, QPointF(event.pos()), self.look())
            kept = hit is not None and hit.word is not None and hit.word in self.words
            if not kept:
                word = hit.word if hit is not None and hit.pick is None else None
                self.choose(None if hit is None else hit.pick, range(0) if word is None else range(word, word + 1))
        menu = self.make_menu()
        where = event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            spot = self._ring_of(self.layout_now)
            where = self.mapToGlobal(self.rect().center() if spot is None else spot.center().toPoint())
        menu.exec(where)
        menu.deleteLater()

    def make_menu(self) -> QMenu:
        """What can be done with what is selected."""
        menu, scene, pick = QMenu(self), self.shown, self.picked
        assert scene is not None

        def add(text: str, name: str, keys: str, work: Callable[[], object]) -> None:
            action = menu.addAction(icon(name), text)
            # Shown, not set: the board hears its keys itself, and only while it has the focus.
            action.setText(f"{text}\t{QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)}")
            action.triggered.connect(work)

        if pick is not None and pick.pair is not None:
            locked, out = pick.pair in scene.constraints.locked, pick.pair in scene.constraints.forbidden
            add(self.tr("Unlock") if locked else self.tr("Lock"), "lock", "L", self.lock_selected)
            add(self.tr("Allow") if out else self.tr("Forbid"), "ban", "X", self.forbid_selected)
            add(self.tr("Unlink"), "unlink", "Del", self.delete_selected)
        elif pick is not None and pick.object is not None:
            add(self.tr("Link with…"), "link", "Return", self._walker.start_link)
            add(self.tr("Forbid a link…"), "ban", "Shift+Return", lambda: self._walker.start_link(True))
            add(self.tr("Rename…"), "pencil", "F2", self.rename_selected)
            add(self.tr("Delete box"), "trash-2", "Del", self.delete_selected)
        elif self.words:
            if pick is not None:
                add(self.tr("Link with…"), "link", "Return", self._walker.start_link)
            add(self.tr("Make phrase"), "plus", "P", self.make_phrase)
            add(self.tr("Split phrase"), "scissors", "S", self.split_selected)
            add(self.tr("Exclude or include"), "eye-off", "E", self.exclude_selected)
            if pick is not None:
                add(self.tr("Delete phrase"), "trash-2", "Del", self.delete_selected)
        if not menu.isEmpty():
            menu.addSeparator()
        add(self.tr("New box"), "plus", "B", lambda: self.set_tool("box"))
        add(self.tr("Fit"), "maximize", "F", self.fit)
        return menu

    # -- painting ----------------------------------------------------------------------------------

    def paint_top(self, painter: QPainter, layout: Layout, look: Look) -> None:
        c = theme().colours
        if self.drawn is not None:
            painter.setPen(QPen(QColor(c.path_halo), 4.0))
            painter.setBrush(tinted(QColor(c.a), 0.15))
            painter.drawRect(self.drawn)
            painter.setPen(QPen(on_picture(0), 2.2))
            painter.drawRect(self.drawn)
        if self.linking is not None:
            self._paint_link(painter, layout, self.linking)
        if self._by_key and self.hasFocus():
            ring = self._ring_of(layout)
            if ring is not None:
                self.paint_ring(painter, ring)

    def _paint_link(self, painter: QPainter, layout: Layout, linking: Linking) -> None:
        ends = {linking.from_object: self._end(layout, linking.source)}
        aim = None if linking.target is None else self._end(layout, linking.target)
        ends[not linking.from_object] = aim if aim is not None else linking.at
        start, end = ends[True], ends[False]
        if start is not None and end is not None:
            paint_rubber(painter, start, end, linking.forbids, aim is not None)

    def _end(self, layout: Layout, target: tuple[str, int]) -> QPointF | None:
        """Where a link leaves a box or enters a word."""
        kind, place = target
        if kind == "a":
            box = layout.seats.get(place)
            if box is None:
                return None
            window = self.view.window
            return QPointF(
                min(max(box.center().x(), window.left()), window.right()), min(box.bottom(), window.bottom())
            )
        chip = layout.chip_of(place) if kind == "b" else layout.chip_at(place)
        return None if chip is None else QPointF(chip.rect.center().x(), max(chip.rect.top(), layout.strip.top()))

    def _ring_of(self, layout: Layout) -> QRectF | None:
        """The rectangle around what the keys are at; around the whole board if nothing is selected."""
        pick: Pick | None = self.picked
        if pick is not None and pick.pair is not None:
            # Around the figure on it, which makes way for chips and labels.
            spots = [spot for curve, _, spot in badge_spots(layout, self.look()) if curve.strand.pair == pick.pair]
            return spots[0].adjusted(-4, -4, 4, 4) if spots else None
        if pick is not None and pick.object is not None:
            box = layout.boxes.get(pick.object)
            shown = QRectF() if box is None else box.intersected(self.view.window)
            return None if shown.isEmpty() else shown.adjusted(-5, -5, 5, 5)
        if pick is None and not self.words:
            return QRectF(self.rect()).adjusted(2, 2, -2, -2)
        return None
