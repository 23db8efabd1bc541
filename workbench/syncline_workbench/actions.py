"""Every action of the program in one table: its words, shortcuts, icon and place in the menus."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, QObject
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

from .theme import icon, theme

__all__ = ["MENUS", "SPECS", "Actions", "Spec"]


def _text(words: str) -> str:
    """Mark `words` for translation."""
    return cast(str, QT_TRANSLATE_NOOP("Actions", words))


@dataclass(frozen=True)
class Spec:
    """One action.

    Attributes
    ----------
    id
        What the program calls it.
    menu
        Menu it stands in; ``"View/Theme"`` is a submenu. A rule is drawn between sections of a menu.
    needs
        When it can be used: ``""`` always, else one of the words that `main_window` answers
        (``"pair"``, ``"media"``, ``"path"``, ``"anchors"``, ``"selected"``, …).
    """

    id: str
    menu: str
    section: int
    text: str
    keys: tuple[str, ...]
    tip: str
    icon: str = ""
    needs: str = ""
    checkable: bool = False
    group: str = ""


MENUS = tuple(_text(m) for m in ("File", "Edit", "View", "Align", "Playback", "Tools", "Help"))

SPECS: tuple[Spec, ...] = (
    # -- File ----------------------------------------------------------------------------------------
    Spec("new", "File", 0, _text("New"), ("Ctrl+N",), _text("Begin an empty project"), "file"),
    Spec("open_a", "File", 1, _text("Open A…"), ("Ctrl+O",), _text("Open a file as A, the clock"), "folder-open"),
    Spec("open_b", "File", 1, _text("Open B…"), ("Ctrl+Shift+O",), _text("Open a file as B"), "folder-open"),
    Spec("open_project", "File", 1, _text("Open project…"), ("Ctrl+Alt+O",), _text("Open a saved project"), "file"),
    Spec("demo", "File", 1, _text("Open the demo"), ("Ctrl+Alt+D",), _text("Open two clips that come along"), "film"),
    Spec("swap", "File", 2, _text("Swap A and B"), ("Ctrl+Alt+X",), _text("Make A B and B A"),
         "arrow-left-right", "media"),
    Spec("load_truth", "File", 2, _text("Load truth…"), ("Ctrl+Alt+T",),
         _text("Judge the alignment by known correspondences"), "target", "pair"),
    Spec("save", "File", 3, _text("Save"), ("Ctrl+S",), _text("Save the project"), "save", "media"),
    Spec("save_as", "File", 3, _text("Save as…"), ("Ctrl+Shift+S",), _text("Save under another name"), "save", "media"),
    Spec("load_anchors", "File", 4, _text("Load anchors…"), ("Ctrl+Alt+A",), _text("Take edits from a JSON file"),
         "upload", "path"),
    Spec("save_anchors", "File", 4, _text("Save anchors…"), ("Ctrl+Alt+S",), _text("Write the edits as JSON"),
         "anchor", "path"),
    Spec("export", "File", 4, _text("Export…"), ("Ctrl+E",), _text("Write path, video or figure"), "download", "path"),
    Spec("preferences", "File", 5, _text("Preferences…"), ("Ctrl+,",), _text("Theme, memory, sound"), "settings"),
    Spec("quit", "File", 6, _text("Quit"), ("Ctrl+Q",), _text("Close the program"), "x"),
    # -- Edit ----------------------------------------------------------------------------------------
    Spec("undo", "Edit", 0, _text("Undo"), ("Ctrl+Z",), _text("Take the last step back"), "undo-2", "undo"),
    Spec("redo", "Edit", 0, _text("Redo"), ("Ctrl+Shift+Z", "Ctrl+Y"), _text("Bring the step back"), "redo-2", "redo"),
    Spec("add_anchor", "Edit", 1, _text("Add anchor"), ("P",), _text("Pin the path where A and B stand"),
         "anchor", "path"),
    Spec("jump_marks", "Edit", 1, _text("Skip A from in to out"), ("Shift+P",),
         _text("What lies between the marks in A has no counterpart in B"), "scissors", "marks"),
    Spec("lock_marks", "Edit", 1, _text("Lock from in to out"), ("Ctrl+Shift+K",),
         _text("Keep the path between the marks as it is"), "lock", "marks"),
    Spec("delete", "Edit", 1, _text("Delete"), ("Delete", "Backspace"), _text("Remove the selected constraint"),
         "trash-2", "selected"),
    Spec("nudge_back", "Edit", 2, _text("Nudge B one frame earlier"), ("Alt+Left",),
         _text("Move the selected anchor in B"), "chevron-left", "selected"),
    Spec("nudge_on", "Edit", 2, _text("Nudge B one frame later"), ("Alt+Right",),
         _text("Move the selected anchor in B"), "chevron-right", "selected"),
    Spec("nudge_back_ten", "Edit", 2, _text("Nudge B ten frames earlier"), ("Alt+Shift+Left",),
         _text("Move the selected anchor in B"), "chevron-left", "selected"),
    Spec("nudge_on_ten", "Edit", 2, _text("Nudge B ten frames later"), ("Alt+Shift+Right",),
         _text("Move the selected anchor in B"), "chevron-right", "selected"),
    Spec("cancel", "Edit", 3, _text("Cancel"), ("Esc",), _text("Let go of what is in hand"), "x"),
    # -- View ----------------------------------------------------------------------------------------
    Spec("mode_side", "View", 0, _text("Side by side"), ("1",), _text("A beside B"), "columns-2", "", True, "mode"),
    Spec("mode_overlay", "View", 0, _text("Overlay"), ("2",), _text("B over A"), "layers", "", True, "mode"),
    Spec("mode_wipe", "View", 0, _text("Wipe"), ("3",), _text("A left, B right of a divider"),
         "split-square-horizontal", "", True, "mode"),
    Spec("mode_difference", "View", 0, _text("Difference"), ("4",), _text("What differs between A and B"),
         "diff", "", True, "mode"),
    Spec("mode_blink", "View", 0, _text("Blink"), ("5",), _text("A and B in turn"), "blend", "", True, "mode"),
    Spec("zoom_in", "View", 1, _text("Zoom in"), ("Ctrl+=", "Ctrl++"), _text("See less of the matrix, larger"),
         "zoom-in"),
    Spec("zoom_out", "View", 1, _text("Zoom out"), ("Ctrl+-",), _text("See more of the matrix"), "zoom-out"),
    Spec("fit", "View", 1, _text("Fit"), ("F",), _text("See the whole matrix"), "maximize"),
    Spec("panel_sources", "View/Panels", 2, _text("Sources"), ("Alt+1",), _text("Show or hide the panel"), "film", "",
         True),
    Spec("panel_alignments", "View/Panels", 2, _text("Alignments"), ("Alt+2",), _text("Show or hide the panel"),
         "list", "", True),
    Spec("panel_history", "View/Panels", 2, _text("History"), ("Alt+3",), _text("Show or hide the panel"), "history",
         "", True),
    Spec("panel_recipe", "View/Panels", 2, _text("Recipe"), ("Alt+4",), _text("Show or hide the panel"),
         "sliders-horizontal", "", True),
    Spec("panel_result", "View/Panels", 2, _text("Result"), ("Alt+5",), _text("Show or hide the panel"), "activity",
         "", True),
    Spec("panel_anchors", "View/Panels", 2, _text("Anchors"), ("Alt+6",), _text("Show or hide the panel"), "anchor",
         "", True),
    Spec("theme_system", "View/Theme", 3, _text("Follow the system"), ("Ctrl+Alt+0",), _text("Dark or light as it is"),
         "settings", "", True, "theme"),
    Spec("theme_dark", "View/Theme", 3, _text("Dark"), ("Ctrl+Alt+1",), _text("Dark theme"), "moon", "", True, "theme"),
    Spec("theme_light", "View/Theme", 3, _text("Light"), ("Ctrl+Alt+2",), _text("Light theme"), "sun", "", True,
         "theme"),
    Spec("reset_layout", "View", 4, _text("Reset the layout"), ("Ctrl+Alt+R",), _text("Put all panels back"),
         "rotate-ccw"),
    # -- Align ---------------------------------------------------------------------------------------
    Spec("align", "Align", 0, _text("Align"), ("Ctrl+Return", "Ctrl+Enter"), _text("Align A and B by the recipe"),
         "magnet", "pair"),
    Spec("keep_copy", "Align", 1, _text("Keep a copy to compare"), ("Ctrl+D",),
         _text("Set the alignment aside as a ghost"), "copy", "path"),
    Spec("next_alignment", "Align", 1, _text("Next alignment"), ("Ctrl+Tab",), _text("Show another alignment"),
         "refresh-cw", "several"),
    Spec("ghosts", "Align", 1, _text("Show the others as ghosts"), ("G",), _text("Draw all alignments at once"), "eye",
         "several"),
    Spec("remove_alignment", "Align", 2, _text("Remove alignment"), ("Ctrl+Delete",),
         _text("Take the alignment out of the project"), "trash-2", "alignment"),
    # -- Playback ------------------------------------------------------------------------------------
    Spec("play", "Playback", 0, _text("Play or pause"), ("Space",), _text("Play or pause"), "play", "media"),
    Spec("shuttle_back", "Playback", 0, _text("Shuttle backwards"), ("J",), _text("Backwards; again for faster"),
         "chevron-left", "media"),
    Spec("shuttle_stop", "Playback", 0, _text("Shuttle stop"), ("K",), _text("Stand still"), "pause", "media"),
    Spec("shuttle_on", "Playback", 0, _text("Shuttle forwards"), ("L",), _text("Forwards; again for faster"),
         "chevron-right", "media"),
    Spec("slower", "Playback", 0, _text("Slower"), ("[",), _text("The next slower speed"), "minus"),
    Spec("faster", "Playback", 0, _text("Faster"), ("]",), _text("The next faster speed"), "plus"),
    Spec("back", "Playback", 1, _text("One frame back"), ("Left",), _text("One frame back in A"), "step-back", "media"),
    Spec("on", "Playback", 1, _text("One frame on"), ("Right",), _text("One frame on in A"), "step-forward", "media"),
    Spec("back_ten", "Playback", 1, _text("Ten frames back"), ("Shift+Left",), _text("Ten frames back in A"),
         "step-back", "media"),
    Spec("on_ten", "Playback", 1, _text("Ten frames on"), ("Shift+Right",), _text("Ten frames on in A"),
         "step-forward", "media"),
    Spec("b_back", "Playback", 2, _text("B alone one frame back"), (",",), _text("Step B and leave A where it is"),
         "step-back", "media"),
    Spec("b_on", "Playback", 2, _text("B alone one frame on"), (".",), _text("Step B and leave A where it is"),
         "step-forward", "media"),
    Spec("b_back_ten", "Playback", 2, _text("B alone ten frames back"), ("<",),
         _text("Step B and leave A where it is"), "step-back", "media"),
    Spec("b_on_ten", "Playback", 2, _text("B alone ten frames on"), (">",),
         _text("Step B and leave A where it is"), "step-forward", "media"),
    Spec("start", "Playback", 3, _text("To the start"), ("Home",), _text("First frame"), "skip-back", "media"),
    Spec("end", "Playback", 3, _text("To the end"), ("End",), _text("Last frame"), "skip-forward", "media"),
    Spec("previous_anchor", "Playback", 3, _text("Previous anchor"), ("Ctrl+Left",), _text("To the anchor before"),
         "chevron-left", "anchors"),
    Spec("next_anchor", "Playback", 3, _text("Next anchor"), ("Ctrl+Right",), _text("To the anchor after"),
         "chevron-right", "anchors"),
    Spec("mark_in", "Playback", 4, _text("Mark in"), ("I",), _text("The loop begins here"), "chevron-right", "media"),
    Spec("mark_out", "Playback", 4, _text("Mark out"), ("O",), _text("The loop ends here"), "chevron-left", "media"),
    Spec("clear_marks", "Playback", 4, _text("Clear the marks"), ("Ctrl+Shift+X",), _text("Take in and out away"), "x",
         "media"),
    Spec("loop", "Playback", 4, _text("Loop"), ("Ctrl+L",), _text("Play between in and out again and again"), "repeat",
         "media", True),
    Spec("loop_anchor", "Playback", 4, _text("Loop around the anchor"), ("Ctrl+Shift+L",),
         _text("Loop one second to either side of the selected anchor"), "anchor", "anchors"),
    Spec("sound_both", "Playback/Sound", 5, _text("A left, B right"), ("Ctrl+1",), _text("Hear both"), "volume-2", "",
         True, "sound"),
    Spec("sound_a", "Playback/Sound", 5, _text("A only"), ("Ctrl+2",), _text("Hear A"), "volume-2", "", True, "sound"),
    Spec("sound_b", "Playback/Sound", 5, _text("B only"), ("Ctrl+3",), _text("Hear B"), "volume-2", "", True, "sound"),
    Spec("sound_none", "Playback/Sound", 5, _text("None"), ("Ctrl+4",), _text("Silence"), "volume-x", "", True,
         "sound"),
    # -- Tools ---------------------------------------------------------------------------------------
    Spec("tool_select", "Tools", 0, _text("Select"), ("V",), _text("Move the cross-hair and anchors"),
         "mouse-pointer-2", "", True, "tool"),
    Spec("tool_anchor", "Tools", 0, _text("Anchor"), ("N",), _text("Click where the path must pass"), "anchor", "path",
         True, "tool"),
    Spec("tool_jump", "Tools", 0, _text("Jump"), ("U",), _text("Drag over a piece without a counterpart"), "scissors",
         "path", True, "tool"),
    Spec("tool_lock", "Tools", 0, _text("Lock"), ("C",), _text("Drag along a stretch that stays as it is"), "lock",
         "path", True, "tool"),
    Spec("tool_forbid", "Tools", 0, _text("Forbid"), ("B",), _text("Drag a rectangle the path may not enter"), "ban",
         "path", True, "tool"),
    Spec("tool_draw", "Tools", 0, _text("Draw path"), ("D",), _text("Draw the path by hand"), "pencil", "path", True,
         "tool"),
    # -- Help ----------------------------------------------------------------------------------------
    Spec("shortcuts", "Help", 0, _text("Shortcuts"), ("F1",), _text("All actions and their keys"), "keyboard"),
    Spec("about", "Help", 1, _text("About Syncline"), ("Shift+F1",), _text("Version, licence, parts"), "info"),
)  # fmt: skip


class Actions(QObject):
    """The `QAction` of every entry of `SPECS`, by id."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._by_id: dict[str, QAction] = {}
        self._groups: dict[str, QActionGroup] = {}
        for spec in SPECS:
            action = QAction(self.words(spec.text), self)
            action.setObjectName(spec.id)
            action.setShortcuts([QKeySequence(k) for k in spec.keys])
            action.setIconText(self.words(spec.text))
            action.setStatusTip(self.words(spec.tip))
            action.setToolTip(f"{self.words(spec.text).rstrip('…')} ({QKeySequence(spec.keys[0]).toString()})")
            action.setCheckable(spec.checkable)
            if spec.group:
                group = self._groups.setdefault(spec.group, QActionGroup(self))
                group.addAction(action)
            self._by_id[spec.id] = action
        theme().changed.connect(self.dress)
        self.dress()

    @staticmethod
    def words(text: str) -> str:
        """`text` in the user's language."""
        return QCoreApplication.translate("Actions", text)

    def __getitem__(self, name: str) -> QAction:
        return self._by_id[name]

    def __iter__(self) -> Iterator[tuple[Spec, QAction]]:
        for spec in SPECS:
            yield spec, self._by_id[spec.id]

    def dress(self) -> None:
        """Draw the icons in the theme's colours."""
        for spec, action in self:
            if spec.icon:
                action.setIcon(icon(spec.icon))

    def fill(self, bar: QMenuBar) -> dict[str, QMenu]:
        """Put every action into its menu; gives the menus and submenus by the names of `Spec.menu`."""
        menus: dict[str, QMenu] = {}
        for title in MENUS:
            menus[title] = bar.addMenu(self.words(title))
            last = None
            for spec, action in self:
                if spec.menu.split("/")[0] != title:
                    continue
                if last is not None and spec.section != last:
                    menus[title].addSeparator()
                last = spec.section
                if "/" in spec.menu and spec.menu not in menus:
                    menus[spec.menu] = menus[title].addMenu(self.words(spec.menu.split("/")[1]))
                menus[spec.menu].addAction(action)
        return menus
