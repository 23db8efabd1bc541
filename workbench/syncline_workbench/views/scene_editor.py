"""The board and the edits: what is selected, what a gesture comes to, what the actions of the window do."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget

from syncline.errors import SynclineError
from syncline.model import Box, Scene, SceneMatch

from ..document import Change, Document
from . import scene_edit as edit
from .scene_canvas import SceneCanvas
from .scene_edit import Edit
from .scene_label import LabelField
from .scene_paint import Look
from .scene_pick import Pick
from .scene_said import in_words
from .scene_tools import TOOLS, Gesture, Linking

__all__ = ["SceneEditor"]

FRAME_MS = 16


class SceneEditor(SceneCanvas):
    """Says what the hand wants; see `scene_board.SceneBoard`."""

    scene_previewed = Signal(object)
    """`Scene` while the hand moves, at most one a screen frame."""
    scene_committed = Signal(object, str)
    """`Scene` and the name of the step."""
    scene_abandoned = Signal()
    """What was previewed is not to be."""
    selected = Signal(object)
    """`Pick`, or None."""
    words_selected = Signal()
    """`words` are others: what can be done with words changes, also where no phrase is selected."""
    hovered = Signal(object)
    """`Pick`, or None."""
    refused = Signal(str)
    """A sentence: why that can't be done."""
    caption_chosen = Signal(int)
    """Id of the caption to show."""
    caption_wanted = Signal()
    """The picture has no caption, and is to get one."""
    tool_changed = Signal(str)

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(document, parent)
        self.tool = "select"
        self.linking: Linking | None = None
        self.drawn: QRectF | None = None
        self._gesture: Gesture | None = None
        self._picked: Pick | None = None
        self._hover: Pick | None = None
        self._pointed: Pick | None = None
        self._words = range(0)
        self._proposed: Scene | None = None
        self._unsent: Scene | None = None
        self._held: Edit | None = None
        self._at_press: Scene | None = None
        self._field: LabelField | None = None
        self._frame = QTimer(self)
        self._frame.setSingleShot(True)
        self._frame.setInterval(FRAME_MS)
        self._frame.timeout.connect(self._send)
        document.changed.connect(self._on_changed)
        self._on_changed(~Change.NONE)

    # -- what the document says --------------------------------------------------------------------

    @property
    def base(self) -> Scene | None:
        """The scene that an edit starts from: the one in force, not a preview."""
        return self._document.session.active_scene

    @property
    def shown(self) -> Scene | None:
        """What is drawn: what the hand holds, else what the document shows."""
        return self._proposed if self._proposed is not None else self._document.shown.active_scene

    @property
    def reshaping(self) -> bool:
        return self._proposed is not None

    def _on_changed(self, change: Change) -> None:
        if not change & (Change.SCENES | Change.SCENE | Change.MATCHES):
            return
        if self.busy and self.base is not self._at_press:
            # Someone else, undo say, changed the scene that the hand started from.
            self.abandon()
        if change & Change.SCENE and self._field is not None and self.base is not self._at_press:
            self._field.dropped.emit()
        super()._document_changed(change)
        self._keep_selection()
        self.describe()

    def _keep_selection(self) -> None:
        scene, caption = self.shown, self.caption
        if self._picked is not None and (scene is None or not self._picked.within(scene)):
            self.choose(None)
        if self._hover is not None and (scene is None or not self._hover.within(scene)):
            self._set_hover(None)
        if self._words and (caption is None or self._words.stop > sum(len(c.words) for c in self.layout_now.chips)):
            self.choose(self._picked)

    # -- selection ---------------------------------------------------------------------------------

    @property
    def picked(self) -> Pick | None:
        """What is selected."""
        return self._picked

    @property
    def words(self) -> range:
        """Indices of the caption's tokens that an edit of words is about."""
        caption = self.caption
        if self._words or caption is None or self._picked is None or self._picked.kind != "phrase":
            return self._words
        assert self._picked.phrase is not None
        return edit.words_of(caption, self._picked.phrase)

    def choose(self, pick: Pick | None, words: range = range(0)) -> None:
        """Select something, or some words; tells of it if it is another thing."""
        changed, reworded = pick != self._picked, words != self._words
        self._picked, self._words = pick, words
        if changed:
            self.selected.emit(pick)
        if reworded:
            self.words_selected.emit()
        self.describe()
        self.update()

    def select(self, pick: Pick | None) -> None:
        """Select what another view has selected, and bring it into sight."""
        scene = self.shown
        if pick == self._picked or (pick is not None and (scene is None or not pick.within(scene))):
            return
        self.choose(pick)
        if pick is not None:
            self._reveal(pick)

    def _reveal(self, pick: Pick) -> None:
        scene = self.shown
        found = None if scene is None or pick.object is None else scene.object(pick.object)
        if found is not None and self.view.reveal(self.view.rect(found.box)):
            self.moved()

    def point_at(self, pick: Pick | None) -> None:
        """Fade the rest because another view's mouse is on `pick`."""
        self._pointed = pick
        self.light_up(self._hover or pick)

    def _set_hover(self, pick: Pick | None) -> None:
        if pick != self._hover:
            self._hover = pick
            self.light_up(pick or self._pointed)
            self.hovered.emit(pick)
            self.update()

    def look(self) -> Look:
        look = super().look()
        look.picked, look.hovered, look.words = self._picked, self._hover or self._pointed, self._words
        if self.linking is not None:
            look.aim = self.linking.target
        return look

    # -- one edit, from the hand to the document ---------------------------------------------------

    @property
    def busy(self) -> bool:
        """True while the hand holds something."""
        return self._gesture is not None or self.linking is not None or self._held is not None

    def propose(self, scene: Scene) -> None:
        """Show what the hand does, and tell of it once a frame."""
        self.in_motion()
        self._proposed = self._unsent = scene
        self.refresh(front_only=True)
        if not self._frame.isActive():
            self._send()

    def _send(self) -> None:
        if self._unsent is not None:
            scene, self._unsent = self._unsent, None
            self._frame.start()
            self.scene_previewed.emit(scene)

    def settle(self, made: Edit) -> None:
        """Make the edit one step, unless it changes nothing."""
        previewed = self._proposed is not None
        self._drop()
        if made.scene != self.base:
            self.scene_committed.emit(made.scene, made.label)
        elif previewed:
            self.scene_abandoned.emit()
        scene = self.shown
        if scene is not None and (made.pick is None or made.pick.within(scene)):
            self.choose(made.pick)
        self.refresh(front_only=True)

    def attempt(self, work: Callable[[], Edit]) -> None:
        """Make an edit; one that is impossible is told, and leaves everything as it was."""
        try:
            self.settle(work())
        except SynclineError as error:
            self.abandon()
            self.refused.emit(str(error))

    def abandon(self) -> None:
        """Let go of what is in hand."""
        gesture, self._gesture = self._gesture, None
        self.linking = None
        if gesture is not None:
            gesture.cancel()
        previewed = self._proposed is not None
        self._drop()
        if previewed:
            self.scene_abandoned.emit()
        self.refresh(front_only=True)

    def _drop(self) -> None:
        self._proposed = self._unsent = self._held = None
        self._frame.stop()

    def redraw(self) -> None:
        """Draw what the hand does again."""
        self.update()

    def hold(self, linking: Linking) -> None:
        """Take a link in hand, by keys."""
        self._at_press, self.linking = self.base, linking
        self.update()

    def hold_edit(self, made: Edit) -> None:
        """Show an edit that keys go on with; `settle_held` makes it a step."""
        if self._held is None:
            self._at_press = self.base
        self._held = made
        self.propose(made.scene)

    def settle_held(self) -> None:
        """Make what keys have moved one step."""
        if self._held is not None:
            self.settle(self._held)

    @property
    def held_scene(self) -> Scene | None:
        """What keys go on with."""
        return self.base if self._held is None else self._held.scene

    @property
    def match_now(self) -> SceneMatch | None:
        """What was found about the scene."""
        return self._document.shown.match

    # -- what the actions do -----------------------------------------------------------------------

    def set_tool(self, name: str) -> None:
        """Take up ``select``, ``box``, ``link`` or ``forbid``."""
        assert name in TOOLS
        if name != self.tool:
            self.abandon()
            self.tool = name
            self.setCursor(Qt.CursorShape.ArrowCursor if name == "select" else Qt.CursorShape.CrossCursor)
            self.tool_changed.emit(name)

    def _on_pair(self, work: Callable[[Scene, tuple[int, int]], Edit]) -> None:
        base, pair = self.base, None if self._picked is None else self._picked.pair
        if base is not None and pair is not None and not self.busy:
            self.attempt(lambda: work(base, pair))

    def lock_selected(self) -> None:
        """Lock the selected link, or take its lock away."""
        self._on_pair(edit.lock)

    def forbid_selected(self) -> None:
        """Forbid the selected link, or allow it again."""
        self._on_pair(edit.forbid)

    def delete_selected(self) -> None:
        """Unlink a link, delete a box, leave a phrase or words out of matching."""
        base, pick = self.base, self._picked
        if base is None or self.busy:
            return
        if self._words:
            self.exclude_selected()
        elif pick is not None and pick.kind == "link":
            self._on_pair(edit.unlink)
        elif pick is not None and pick.object is not None:
            gone = pick.object
            self.attempt(lambda: edit.delete(base, gone))
        elif pick is not None and pick.phrase is not None:
            left = pick.phrase
            self.attempt(lambda: edit.dissolve(base, left))

    def make_phrase(self) -> None:
        """Make the selected words one phrase."""
        base, caption, words = self.base, self.caption, self.words
        if base is not None and caption is not None and words and not self.busy:
            self.attempt(lambda: edit.make_phrase(base, caption, words))

    def split_selected(self) -> None:
        """Make every word of the selected phrase its own."""
        base, caption = self.base, self.caption
        if base is None or caption is None or self.busy:
            return
        phrase = None if self._picked is None else self._picked.phrase
        if phrase is None and self._words:
            owner = edit.phrase_of(caption, self._words.start)
            phrase = None if owner is None else owner.id
        if phrase is not None:
            whole = phrase
            self.attempt(lambda: edit.split(base, whole))

    def exclude_selected(self) -> None:
        """Let the selected words count for nothing, or count again."""
        base, caption, words = self.base, self.caption, self.words
        if base is not None and caption is not None and words and not self.busy:
            self.attempt(lambda: edit.exclude(base, caption, words))

    def rename_selected(self) -> None:
        """Ask for another label of the selected box."""
        if self._picked is not None and self._picked.kind == "object" and self._picked.object is not None:
            self.begin_rename(self._picked.object)

    def begin_rename(self, object: int) -> None:
        """Ask for another label, in place."""
        base = self.base
        found = None if base is None else base.object(object)
        if base is None or found is None or self.busy:
            return
        spot = self.layout_now.tags.get(object)
        rect = self.view.rect(found.box) if spot is None else spot.rect
        field = self._ask(found.label, rect)

        def take(label: str) -> None:
            if self.base is base and label.strip() != found.label:
                self.attempt(lambda: edit.rename(base, object, label))

        field.taken.connect(take)

    def name_box(self, box: Box) -> None:
        """Ask for the label of a box that was drawn; it becomes a step with it."""
        base = self.base
        if base is None:
            return
        self.set_tool("select")
        self.drawn = self.view.rect(box)
        field = self._ask("", self.drawn)
        field.setPlaceholderText(self.tr("What is it?"))

        def take(label: str) -> None:
            self.drawn = None
            if self.base is base:
                self.attempt(lambda: edit.add(base, box, label))

        def drop() -> None:
            self.drawn = None
            self.update()

        field.taken.connect(take)
        field.dropped.connect(drop)

    def _ask(self, text: str, at: QRectF) -> LabelField:
        self._at_press = self.base
        field = LabelField(text, self)
        wide = min(max(int(at.width()), 150), 240)
        x = min(max(int(at.left()), 4), max(self.width() - wide - 4, 4))
        y = min(max(int(at.top()) - 2, 4), max(self.height() - 34, 4))
        field.setGeometry(x, y, wide, 28)
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

    def step_caption(self, by: int) -> None:
        """Show the next or the previous caption."""
        scene, caption = self.shown, self.caption
        if scene is None or caption is None or len(scene.captions) < 2:
            return
        at = next(k for k, c in enumerate(scene.captions) if c.id == caption.id)
        self.abandon()
        self.choose(None)
        self.caption_chosen.emit(scene.captions[(at + by) % len(scene.captions)].id)

    # -- in words ----------------------------------------------------------------------------------

    def describe(self) -> None:
        """Say in words what the board shows, for those who hear it."""
        scene, caption = self.shown, self.caption
        if scene is None:
            self.setAccessibleDescription(self.tr("No picture is open."))
            return
        text = self.tr("{name}: {n} boxes. ").format(name=scene.picture.name, n=len(scene.active))
        text += self.tr("No caption.") if caption is None else f"“{caption.text}”. "
        if self._picked is not None:
            text += self.tr("Selected: {what}.").format(what=self.in_words(self._picked))
        self.setAccessibleDescription(text)

    def in_words(self, pick: Pick) -> str:
        """A box, phrase or link as one would say it; empty if it is gone."""
        scene = self.shown
        return "" if scene is None or not pick.within(scene) else in_words(scene, self.layout_now, pick)

    def announce(self, text: str) -> None:
        """Tell a screen reader what the keys came to."""
        if text and QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, text))
