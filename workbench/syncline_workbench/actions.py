"""Every action of the program in one table: its words, shortcuts, icon and place in the menus."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
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
    workspace
        The only one it belongs to: elsewhere it is in no menu, and its keys may mean something else.
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
    workspace: str = ""


MENUS = tuple(_text(m) for m in ("File", "Edit", "View", "Align", "Match", "Playback", "Tools", "Help"))

_COMMON_AND_WARP: tuple[Spec, ...] = (
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
    Spec("save", "File", 3, _text("Save"), ("Ctrl+S",), _text("Save the project"), "save", "work"),
    Spec("save_as", "File", 3, _text("Save as…"), ("Ctrl+Shift+S",), _text("Save under another name"), "save", "work"),
    Spec("load_anchors", "File", 4, _text("Load anchors…"), ("Ctrl+Alt+A",), _text("Take edits from a JSON file"),
         "upload", "path"),
    Spec("save_anchors", "File", 4, _text("Save anchors…"), ("Ctrl+Alt+S",), _text("Write the edits as JSON"),
         "anchor", "path"),
    Spec("export", "File", 4, _text("Export…"), ("Ctrl+E",), _text("Write what was found to a file"), "download",
         "results"),
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
    Spec("workspace_warp", "View/Workspace", 0, _text("Warp"), ("Ctrl+Alt+W",), _text("Two recordings"), "activity", "",
         True, "workspace"),
    Spec("workspace_match", "View/Workspace", 0, _text("Match"), ("Ctrl+Alt+M",), _text("Pictures and their words"),
         "link", "", True, "workspace"),
    Spec("mode_side", "View", 0, _text("Side by side"), ("1",), _text("A beside B"), "columns-2", "", True, "mode"),
    Spec("mode_overlay", "View", 0, _text("Overlay"), ("2",), _text("B over A"), "layers", "", True, "mode"),
    Spec("mode_wipe", "View", 0, _text("Wipe"), ("3",), _text("A left, B right of a divider"),
         "split-square-horizontal", "", True, "mode"),
    Spec("mode_difference", "View", 0, _text("Difference"), ("4",), _text("What differs between A and B"),
         "diff", "", True, "mode"),
    Spec("mode_blink", "View", 0, _text("Blink"), ("5",), _text("A and B in turn"), "blend", "", True, "mode"),
    Spec("skeleton", "View", 0, _text("Skeleton"), ("Ctrl+Alt+K",),
         _text("Draw a person's joints over the pictures"), "person-standing", "media", True),
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
    Spec("panel_explain_warp", "View/Panels", 2, _text("Explain"), ("Alt+9",), _text("Show the method step by step"),
         "search", "", True),
    Spec("panel_places", "View/Panels", 2, _text("Check next"), ("Alt+7",), _text("Show or hide the panel"),
         "circle-help", "", True),
    Spec("show_band", "View", 2, _text("Confidence band"), ("Ctrl+Alt+B",),
         _text("Show in the cost matrix how sure the path is"), "activity", "", True),
    Spec("show_strip", "View", 2, _text("Confidence along A"), ("Ctrl+Alt+Y",),
         _text("Show on the time line how sure the path is"), "activity", "", True),
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
    Spec("compare_methods", "Align", 1, _text("Compare methods…"), ("Ctrl+Shift+M",),
         _text("Run several methods and features side by side, with their figures"), "diff", "pair"),
    Spec("next_alignment", "Align", 1, _text("Next alignment"), ("Ctrl+Tab",), _text("Show another alignment"),
         "refresh-cw", "several"),
    Spec("ghosts", "Align", 1, _text("Show the others as ghosts"), ("G",), _text("Draw all alignments at once"), "eye",
         "several"),
    Spec("check_place", "Align", 2, _text("Check next"), ("F8",),
         _text("Loop the place where one anchor would help most, and say why"), "circle-help", "path"),
    Spec("find_jumps", "Align", 2, _text("Find jumps…"), ("Ctrl+Shift+J",),
         _text("Look for cuts, repeats and pieces that only one side has"), "scissors", "path"),
    Spec("learn_cycle", "Align", 3, _text("Learn an embedding…"), ("Ctrl+Alt+G",),
         _text("Learn from this pair, without anchors, what to compare it by"), "activity", "pair"),
    Spec("learn_metric", "Align", 3, _text("Learn from corrections…"), ("Ctrl+Alt+H",),
         _text("Learn from the anchors what to compare by"), "anchor", "anchors"),
    Spec("together", "Align", 3, _text("Several recordings…"), ("Ctrl+Alt+J",),
         _text("Lay two recordings or more on one clock and see them side by side"), "layers"),
    Spec("remove_alignment", "Align", 4, _text("Remove alignment"), ("Ctrl+Delete",),
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
    Spec("match_frame", "Playback", 3, _text("Match this frame"), ("Ctrl+Alt+F",),
         _text("Open the picture of A at the playhead in Match"), "layers", "media"),
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
    Spec("carry_tiers", "Tools", 1, _text("Carry tiers…"), ("Ctrl+Alt+V",),
         _text("Lay segments or subtitles of one recording along the path onto the other"), "arrow-left-right", "path"),
    # -- Help ----------------------------------------------------------------------------------------
    Spec("example_dtw", "Help/Examples", 0, _text("Worked 6 × 6 example"), ("Ctrl+Alt+E",),
         _text("Dynamic time warping as courses work it, step by step"), "search"),
    Spec("example_pictures", "Help/Examples", 0, _text("Example pictures"), ("Ctrl+Alt+P",),
         _text("Open an astronaut, a coffee and a cat with their captions"), "layers"),
    Spec("shortcuts", "Help", 1, _text("Shortcuts"), ("F1",), _text("All actions and their keys"), "keyboard"),
    Spec("about", "Help", 2, _text("About Syncline"), ("Shift+F1",), _text("Version, licence, parts"), "info"),
)  # fmt: skip


_MATCH: tuple[Spec, ...] = (
    Spec("open_pictures", "File", 1, _text("Open pictures…"), ("Ctrl+O",), _text("Open one or more pictures"),
         "folder-open"),
    Spec("open_folder", "File", 1, _text("Open a folder…"), ("Ctrl+Shift+O",),
         _text("Open all pictures of a folder, with the captions beside them"), "folder-open"),
    Spec("open_set", "File", 1, _text("Open a data set…"), ("Ctrl+Alt+I",),
         _text("Open a COCO, Flickr30k Entities, VOC or CSV file with its pictures"), "layers"),
    Spec("remove_picture", "File", 2, _text("Remove picture"), ("Ctrl+Shift+Delete",),
         _text("Take the picture out of the project"), "x", "scene"),
    Spec("locate_picture", "File", 2, _text("Locate picture…"), ("Ctrl+Alt+L",), _text("Say where the picture is now"),
         "file-search", "scene"),
    Spec("export_all", "File", 4, _text("Export all…"), ("Ctrl+Shift+E",), _text("Write the links of every picture"),
         "download", "matchings"),
    Spec("add_caption", "Edit", 1, _text("Add caption…"), ("Ctrl+T",), _text("Say what the picture shows"), "plus",
         "scene"),
    Spec("edit_caption", "Edit", 1, _text("Edit caption…"), ("Ctrl+Shift+T",), _text("Change the caption in hand"),
         "pencil", "caption"),
    Spec("match_lock", "Edit", 2, _text("Lock link"), ("L",), _text("Hold the selected link, or let go of it"), "lock",
         "link"),
    Spec("match_forbid", "Edit", 2, _text("Forbid link"), ("X",), _text("Rule the selected link out, or allow it"),
         "ban", "link"),
    Spec("match_delete", "Edit", 2, _text("Delete"), ("Delete", "Backspace"),
         _text("Take the selected link, box or phrase away"), "trash-2", "picked"),
    Spec("match_rename", "Edit", 2, _text("Rename box"), ("F2",), _text("Give the selected box another label"),
         "pencil", "object"),
    Spec("match_phrase", "Edit", 3, _text("Make phrase"), ("P",), _text("Make the selected words one phrase"), "plus",
         "words"),
    Spec("match_split", "Edit", 3, _text("Split phrase"), ("S",), _text("Make every word a phrase of its own"),
         "scissors", "words"),
    Spec("match_exclude", "Edit", 3, _text("Exclude word"), ("E",), _text("Let the selected word count for nothing"),
         "eye-off", "words"),
    Spec("panel_pairs", "View/Panels", 2, _text("Pairs"), ("Alt+1",), _text("Show or hide the panel"), "list", "",
         True),
    Spec("panel_matchings", "View/Panels", 2, _text("Matchings"), ("Alt+2",), _text("Show or hide the panel"),
         "git-commit-horizontal", "", True),
    Spec("panel_similarity", "View/Panels", 2, _text("Similarity matrix"), ("Alt+4",), _text("Show or hide the panel"),
         "layers", "", True),
    Spec("panel_matches", "View/Panels", 2, _text("Matches"), ("Alt+5",), _text("Show or hide the panel"), "link", "",
         True),
    Spec("panel_check", "View/Panels", 2, _text("Check next"), ("Alt+6",), _text("Show or hide the panel"),
         "circle-help", "", True),
    Spec("panel_match_result", "View/Panels", 2, _text("Result"), ("Alt+7",), _text("Show or hide the panel"),
         "activity", "", True),
    Spec("panel_match_recipe", "View/Panels", 2, _text("Recipe"), ("Alt+8",), _text("Show or hide the panel"),
         "sliders-horizontal", "", True),
    Spec("panel_explain", "View/Panels", 2, _text("Explain"), ("Alt+9",), _text("Show the method step by step"),
         "search", "", True),
    Spec("panel_attention", "View/Panels", 2, _text("Attention maps"), ("Alt+0",),
         _text("Show where each word of the caption looks"), "eye", "", True),
    Spec("detect", "Match", 0, _text("Detect objects"), ("Ctrl+D",), _text("Find the objects of the picture"), "target",
         "scene"),
    Spec("match", "Match", 0, _text("Match"), ("Ctrl+Return", "Ctrl+Enter"), _text("Link objects and words"), "magnet",
         "matchable"),
    Spec("match_all", "Match", 0, _text("Match all unchecked"), ("Ctrl+Shift+Return",),
         _text("Detect and match every picture that nobody has checked"), "layers", "scene"),
    Spec("train_scorer", "Match", 0, _text("Train scorer…"), ("Ctrl+Shift+L",),
         _text("Learn from corrected links, for the pictures that are left"), "activity", "scene"),
    Spec("check_next", "Match", 1, _text("Check next"), ("F8",), _text("Go to the least sure decision of all pictures"),
         "circle-help", "matchings"),
    Spec("checked", "Match", 1, _text("Checked"), ("K",), _text("The links of this picture are confirmed"), "check",
         "links", True),
    Spec("next_unchecked", "Match", 1, _text("Next unchecked picture"), ("N",), _text("Go to it"), "chevron-right",
         "scene"),
    Spec("previous_picture", "Match", 2, _text("Previous picture"), ("Ctrl+Up",), _text("Go to it"), "chevron-up",
         "scene"),
    Spec("next_picture", "Match", 2, _text("Next picture"), ("Ctrl+Down",), _text("Go to it"), "chevron-down", "scene"),
    Spec("keep_matching", "Match", 3, _text("Keep a copy to compare"), ("Ctrl+Shift+D",),
         _text("Set the links aside and go on"), "copy", "links"),
    Spec("next_matching", "Match", 3, _text("Next matching"), ("Ctrl+Tab",), _text("Show another matching"),
         "refresh-cw", "compare"),
    Spec("compare_matchings", "Match", 3, _text("Compare"), ("G",), _text("Show where another matching differs"),
         "columns-2", "compare", True),
    Spec("remove_matching", "Match", 3, _text("Remove matching"), ("Ctrl+Delete",),
         _text("Take the matching out of the project"), "trash-2", "links"),
    Spec("board_select", "Tools", 0, _text("Select"), ("V",), _text("Select, move and link"), "mouse-pointer-2", "",
         True, "board"),
    Spec("board_box", "Tools", 0, _text("Box"), ("B",), _text("Draw a box round an object"), "plus", "scene", True,
         "board"),
    Spec("board_link", "Tools", 0, _text("Link"), ("D",), _text("Drag from a box to its words"), "link", "matchable",
         True, "board"),
    Spec("board_forbid", "Tools", 0, _text("Forbid"), ("Shift+X",), _text("Drag from a box to words it is not"), "ban",
         "matchable", True, "board"),
    Spec("example_worked", "Help/Examples", 0, _text("Worked 3 × 3 example"), ("Ctrl+Alt+E",),
         _text("The assignment problem of the courses, step by step"), "search"),
)  # fmt: skip

_OF_PAIRS = frozenset({
    "open_a", "open_b", "demo", "swap", "load_truth", "load_anchors", "save_anchors", "add_anchor", "jump_marks",
    "lock_marks", "delete", "nudge_back", "nudge_on", "nudge_back_ten", "nudge_on_ten", "mode_side", "mode_overlay",
    "mode_wipe", "mode_difference", "mode_blink", "skeleton", "panel_sources", "panel_alignments", "panel_recipe",
    "panel_result", "panel_anchors", "panel_places", "show_band", "show_strip", "panel_explain_warp", "example_dtw",
})  # fmt: skip
"""What means nothing to pictures, beside all of the menus that do not."""


def _of_warp(spec: Spec) -> bool:
    return spec.id in _OF_PAIRS or spec.menu.split("/")[0] in ("Align", "Playback", "Tools")


SPECS: tuple[Spec, ...] = (
    *(replace(s, workspace="warp") if _of_warp(s) else s for s in _COMMON_AND_WARP),
    *(replace(s, workspace="match") for s in _MATCH),
)


class Actions(QObject):
    """The `QAction` of every entry of `SPECS`, by id."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._by_id: dict[str, QAction] = {}
        self._groups: dict[str, QActionGroup] = {}
        self._menus: list[QMenu] = []
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

    def show_workspace(self, name: str) -> None:
        """Leave in the menus what belongs to a workspace; the keys of the others mean nothing until then."""
        for spec, action in self:
            action.setVisible(spec.workspace in ("", name))
        # Submenus first: one without entries is no entry.
        for menu in reversed(self._menus):
            menu.menuAction().setVisible(any(a.isVisible() and not a.isSeparator() for a in menu.actions()))

    def fill(self, bar: QMenuBar) -> dict[str, QMenu]:
        """Put every action into its menu; gives the menus and submenus by the names of `Spec.menu`."""
        menus: dict[str, QMenu] = {}
        for title in MENUS:
            menus[title] = bar.addMenu(self.words(title))
            last = None
            for spec, action in sorted(self, key=lambda entry: entry[0].section):
                if spec.menu.split("/")[0] != title:
                    continue
                if last is not None and spec.section != last:
                    menus[title].addSeparator()
                last = spec.section
                if "/" in spec.menu and spec.menu not in menus:
                    menus[spec.menu] = menus[title].addMenu(self.words(spec.menu.split("/")[1]))
                menus[spec.menu].addAction(action)
        self._menus = list(menus.values())
        return menus
