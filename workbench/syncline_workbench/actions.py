"""Every action of the program in one table: its words, shortcuts, icon and place in the menus."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

from .segment_actions import SEGMENT
from .spec import Spec, mark
from .theme import icon, theme

__all__ = ["MENUS", "SPECS", "Actions", "Spec"]

MENUS = tuple(mark(m) for m in ("File", "Edit", "View", "Align", "Match", "Segment", "Playback", "Tools", "Help"))

_COMMON_AND_WARP: tuple[Spec, ...] = (
    # -- File ----------------------------------------------------------------------------------------
    Spec("new", "File", 0, mark("New"), ("Ctrl+N",), mark("Begin an empty project"), "file"),
    Spec("open_a", "File", 1, mark("Open A…"), ("Ctrl+O",), mark("Open a file as A, the clock"), "folder-open"),
    Spec("open_b", "File", 1, mark("Open B…"), ("Ctrl+Shift+O",), mark("Open a file as B"), "folder-open"),
    Spec("open_project", "File", 1, mark("Open project…"), ("Ctrl+Alt+O",), mark("Open a saved project"), "file"),
    Spec("demo", "File", 1, mark("Open the demo"), ("Ctrl+Alt+D",), mark("Open two clips that come along"), "film"),
    Spec("swap", "File", 2, mark("Swap A and B"), ("Ctrl+Alt+X",), mark("Make A B and B A"),
         "arrow-left-right", "media"),
    Spec("load_truth", "File", 2, mark("Load truth…"), ("Ctrl+Alt+T",),
         mark("Judge the alignment by known correspondences"), "target", "pair"),
    Spec("save", "File", 3, mark("Save"), ("Ctrl+S",), mark("Save the project"), "save", "work"),
    Spec("save_as", "File", 3, mark("Save as…"), ("Ctrl+Shift+S",), mark("Save under another name"), "save", "work"),
    Spec("load_anchors", "File", 4, mark("Load anchors…"), ("Ctrl+Alt+A",), mark("Take edits from a JSON file"),
         "upload", "path"),
    Spec("save_anchors", "File", 4, mark("Save anchors…"), ("Ctrl+Alt+S",), mark("Write the edits as JSON"),
         "anchor", "path"),
    Spec("export", "File", 4, mark("Export…"), ("Ctrl+E",), mark("Write what was found to a file"), "download",
         "results"),
    Spec("preferences", "File", 5, mark("Preferences…"), ("Ctrl+,",), mark("Theme, memory, sound"), "settings"),
    Spec("quit", "File", 6, mark("Quit"), ("Ctrl+Q",), mark("Close the program"), "x"),
    # -- Edit ----------------------------------------------------------------------------------------
    Spec("undo", "Edit", 0, mark("Undo"), ("Ctrl+Z",), mark("Take the last step back"), "undo-2", "undo"),
    Spec("redo", "Edit", 0, mark("Redo"), ("Ctrl+Shift+Z", "Ctrl+Y"), mark("Bring the step back"), "redo-2", "redo"),
    Spec("add_anchor", "Edit", 1, mark("Add anchor"), ("P",), mark("Pin the path where A and B stand"),
         "anchor", "path"),
    Spec("jump_marks", "Edit", 1, mark("Skip A from in to out"), ("Shift+P",),
         mark("What lies between the marks in A has no counterpart in B"), "scissors", "marks"),
    Spec("lock_marks", "Edit", 1, mark("Lock from in to out"), ("Ctrl+Shift+K",),
         mark("Keep the path between the marks as it is"), "lock", "marks"),
    Spec("delete", "Edit", 1, mark("Delete"), ("Delete", "Backspace"), mark("Remove the selected constraint"),
         "trash-2", "selected"),
    Spec("nudge_back", "Edit", 2, mark("Nudge B one frame earlier"), ("Alt+Left",),
         mark("Move the selected anchor in B"), "chevron-left", "selected"),
    Spec("nudge_on", "Edit", 2, mark("Nudge B one frame later"), ("Alt+Right",),
         mark("Move the selected anchor in B"), "chevron-right", "selected"),
    Spec("nudge_back_ten", "Edit", 2, mark("Nudge B ten frames earlier"), ("Alt+Shift+Left",),
         mark("Move the selected anchor in B"), "chevron-left", "selected"),
    Spec("nudge_on_ten", "Edit", 2, mark("Nudge B ten frames later"), ("Alt+Shift+Right",),
         mark("Move the selected anchor in B"), "chevron-right", "selected"),
    Spec("cancel", "Edit", 3, mark("Cancel"), ("Esc",), mark("Let go of what is in hand"), "x"),
    # -- View ----------------------------------------------------------------------------------------
    Spec("workspace_warp", "View/Workspace", 0, mark("Warp"), ("Ctrl+Alt+W",), mark("Two recordings"), "activity", "",
         True, "workspace"),
    Spec("workspace_match", "View/Workspace", 0, mark("Match"), ("Ctrl+Alt+M",), mark("Pictures and their words"),
         "link", "", True, "workspace"),
    Spec("workspace_segment", "View/Workspace", 0, mark("Segment"), ("Ctrl+Alt+C",), mark("A recording and its pieces"),
         "scissors", "", True, "workspace"),
    Spec("mode_side", "View", 0, mark("Side by side"), ("1",), mark("A beside B"), "columns-2", "", True, "mode"),
    Spec("mode_overlay", "View", 0, mark("Overlay"), ("2",), mark("B over A"), "layers", "", True, "mode"),
    Spec("mode_wipe", "View", 0, mark("Wipe"), ("3",), mark("A left, B right of a divider"),
         "split-square-horizontal", "", True, "mode"),
    Spec("mode_difference", "View", 0, mark("Difference"), ("4",), mark("What differs between A and B"),
         "diff", "", True, "mode"),
    Spec("mode_blink", "View", 0, mark("Blink"), ("5",), mark("A and B in turn"), "blend", "", True, "mode"),
    Spec("skeleton", "View", 0, mark("Skeleton"), ("Ctrl+Alt+K",),
         mark("Draw a person's joints over the pictures"), "person-standing", "media", True),
    Spec("beside", "View", 0, mark("Viewers beside the matrix"), ("6",),
         mark("Put the viewers beside the cost matrix, or above it"), "columns-2", "", True),
    Spec("zoom_in", "View", 1, mark("Zoom in"), ("Ctrl+=", "Ctrl++"), mark("See less of the matrix, larger"),
         "zoom-in"),
    Spec("zoom_out", "View", 1, mark("Zoom out"), ("Ctrl+-",), mark("See more of the matrix"), "zoom-out"),
    Spec("fit", "View", 1, mark("Fit"), ("F",), mark("See the whole matrix"), "maximize"),
    Spec("panel_sources", "View/Panels", 2, mark("Sources"), ("Alt+1",), mark("Show or hide the panel"), "film", "",
         True),
    Spec("panel_alignments", "View/Panels", 2, mark("Alignments"), ("Alt+2",), mark("Show or hide the panel"),
         "list", "", True),
    Spec("panel_history", "View/Panels", 2, mark("History"), ("Alt+3",), mark("Show or hide the panel"), "history",
         "", True),
    Spec("panel_recipe", "View/Panels", 2, mark("Recipe"), ("Alt+4",), mark("Show or hide the panel"),
         "sliders-horizontal", "", True),
    Spec("panel_result", "View/Panels", 2, mark("Result"), ("Alt+5",), mark("Show or hide the panel"), "activity",
         "", True),
    Spec("panel_anchors", "View/Panels", 2, mark("Anchors"), ("Alt+6",), mark("Show or hide the panel"), "anchor",
         "", True),
    Spec("panel_explain_warp", "View/Panels", 2, mark("Explain"), ("Alt+9",), mark("Show the method step by step"),
         "search", "", True),
    Spec("panel_places", "View/Panels", 2, mark("Check next"), ("Alt+7",), mark("Show or hide the panel"),
         "circle-help", "", True),
    Spec("show_band", "View", 2, mark("Confidence band"), ("Ctrl+Alt+B",),
         mark("Show in the cost matrix how sure the path is"), "activity", "", True),
    Spec("show_strip", "View", 2, mark("Confidence along A"), ("Ctrl+Alt+Y",),
         mark("Show on the time line how sure the path is"), "activity", "", True),
    Spec("theme_system", "View/Theme", 3, mark("Follow the system"), ("Ctrl+Alt+0",), mark("Dark or light as it is"),
         "settings", "", True, "theme"),
    Spec("theme_dark", "View/Theme", 3, mark("Dark"), ("Ctrl+Alt+1",), mark("Dark theme"), "moon", "", True, "theme"),
    Spec("theme_light", "View/Theme", 3, mark("Light"), ("Ctrl+Alt+2",), mark("Light theme"), "sun", "", True,
         "theme"),
    Spec("reset_layout", "View", 4, mark("Reset the layout"), ("Ctrl+Alt+R",), mark("Put all panels back"),
         "rotate-ccw"),
    # -- Align ---------------------------------------------------------------------------------------
    Spec("align", "Align", 0, mark("Align"), ("Ctrl+Return", "Ctrl+Enter"), mark("Align A and B by the recipe"),
         "magnet", "pair"),
    Spec("keep_copy", "Align", 1, mark("Keep a copy to compare"), ("Ctrl+D",),
         mark("Set the alignment aside as a ghost"), "copy", "path"),
    Spec("compare_methods", "Align", 1, mark("Compare methods…"), ("Ctrl+Shift+M",),
         mark("Run several methods and features side by side, with their figures"), "diff", "pair"),
    Spec("next_alignment", "Align", 1, mark("Next alignment"), ("Ctrl+Tab",), mark("Show another alignment"),
         "refresh-cw", "several"),
    Spec("ghosts", "Align", 1, mark("Show the others as ghosts"), ("G",), mark("Draw all alignments at once"), "eye",
         "several"),
    Spec("check_place", "Align", 2, mark("Check next"), ("F8",),
         mark("Loop the place where one anchor would help most, and say why"), "circle-help", "path"),
    Spec("find_jumps", "Align", 2, mark("Find jumps…"), ("Ctrl+Shift+J",),
         mark("Look for cuts, repeats and pieces that only one side has"), "scissors", "path"),
    Spec("learn_cycle", "Align", 3, mark("Learn an embedding…"), ("Ctrl+Alt+G",),
         mark("Learn from this pair, without anchors, what to compare it by"), "activity", "pair"),
    Spec("learn_metric", "Align", 3, mark("Learn from corrections…"), ("Ctrl+Alt+H",),
         mark("Learn from the anchors what to compare by"), "anchor", "anchors"),
    Spec("try_methods", "Align", 3, mark("Try other methods"), ("Ctrl+Alt+N",),
         mark("Hold other methods against the anchors and use one that meets them better"), "diff", "anchors"),
    Spec("together", "Align", 3, mark("Several recordings…"), ("Ctrl+Alt+J",),
         mark("Lay two recordings or more on one clock and see them side by side"), "layers"),
    Spec("remove_alignment", "Align", 4, mark("Remove alignment"), ("Ctrl+Delete",),
         mark("Take the alignment out of the project"), "trash-2", "alignment"),
    # -- Playback ------------------------------------------------------------------------------------
    Spec("play", "Playback", 0, mark("Play or pause"), ("Space",), mark("Play or pause"), "play", "media"),
    Spec("shuttle_back", "Playback", 0, mark("Shuttle backwards"), ("J",), mark("Backwards; again for faster"),
         "chevron-left", "media"),
    Spec("shuttle_stop", "Playback", 0, mark("Shuttle stop"), ("K",), mark("Stand still"), "pause", "media"),
    Spec("shuttle_on", "Playback", 0, mark("Shuttle forwards"), ("L",), mark("Forwards; again for faster"),
         "chevron-right", "media"),
    Spec("slower", "Playback", 0, mark("Slower"), ("[",), mark("The next slower speed"), "minus"),
    Spec("faster", "Playback", 0, mark("Faster"), ("]",), mark("The next faster speed"), "plus"),
    Spec("back", "Playback", 1, mark("One frame back"), ("Left",), mark("One frame back in A"), "step-back", "media"),
    Spec("on", "Playback", 1, mark("One frame on"), ("Right",), mark("One frame on in A"), "step-forward", "media"),
    Spec("back_ten", "Playback", 1, mark("Ten frames back"), ("Shift+Left",), mark("Ten frames back in A"),
         "step-back", "media"),
    Spec("on_ten", "Playback", 1, mark("Ten frames on"), ("Shift+Right",), mark("Ten frames on in A"),
         "step-forward", "media"),
    Spec("b_back", "Playback", 2, mark("B alone one frame back"), (",",), mark("Step B and leave A where it is"),
         "step-back", "media"),
    Spec("b_on", "Playback", 2, mark("B alone one frame on"), (".",), mark("Step B and leave A where it is"),
         "step-forward", "media"),
    Spec("b_back_ten", "Playback", 2, mark("B alone ten frames back"), ("<",),
         mark("Step B and leave A where it is"), "step-back", "media"),
    Spec("b_on_ten", "Playback", 2, mark("B alone ten frames on"), (">",),
         mark("Step B and leave A where it is"), "step-forward", "media"),
    Spec("b_rejoin", "Playback", 2, mark("B back onto the path"), ("/",), mark("Show of B what the path pairs with A"),
         "magnet", "media"),
    Spec("start", "Playback", 3, mark("To the start"), ("Home",), mark("First frame"), "skip-back", "media"),
    Spec("end", "Playback", 3, mark("To the end"), ("End",), mark("Last frame"), "skip-forward", "media"),
    Spec("previous_anchor", "Playback", 3, mark("Previous anchor"), ("Ctrl+Left",), mark("To the anchor before"),
         "chevron-left", "anchors"),
    Spec("next_anchor", "Playback", 3, mark("Next anchor"), ("Ctrl+Right",), mark("To the anchor after"),
         "chevron-right", "anchors"),
    Spec("match_frame", "Playback", 3, mark("Match this frame"), ("Ctrl+Alt+F",),
         mark("Open the picture of A at the playhead in Match"), "layers", "media"),
    Spec("mark_in", "Playback", 4, mark("Mark in"), ("I",), mark("The loop begins here"), "chevron-right", "media"),
    Spec("mark_out", "Playback", 4, mark("Mark out"), ("O",), mark("The loop ends here"), "chevron-left", "media"),
    Spec("clear_marks", "Playback", 4, mark("Clear the marks"), ("Ctrl+Shift+X",), mark("Take in and out away"), "x",
         "media"),
    Spec("loop", "Playback", 4, mark("Loop"), ("Ctrl+L",), mark("Play between in and out again and again"), "repeat",
         "media", True),
    Spec("loop_anchor", "Playback", 4, mark("Loop around the anchor"), ("Ctrl+Shift+L",),
         mark("Loop one second to either side of the selected anchor"), "anchor", "anchors"),
    Spec("sound_both", "Playback/Sound", 5, mark("A left, B right"), ("Ctrl+1",), mark("Hear both"), "volume-2", "",
         True, "sound"),
    Spec("sound_a", "Playback/Sound", 5, mark("A only"), ("Ctrl+2",), mark("Hear A"), "volume-2", "", True, "sound"),
    Spec("sound_b", "Playback/Sound", 5, mark("B only"), ("Ctrl+3",), mark("Hear B"), "volume-2", "", True, "sound"),
    Spec("sound_none", "Playback/Sound", 5, mark("None"), ("Ctrl+4",), mark("Silence"), "volume-x", "", True,
         "sound"),
    # -- Tools ---------------------------------------------------------------------------------------
    Spec("tool_select", "Tools", 0, mark("Select"), ("V",), mark("Move the cross-hair and anchors"),
         "mouse-pointer-2", "", True, "tool"),
    Spec("tool_anchor", "Tools", 0, mark("Anchor"), ("N",), mark("Click where the path must pass"), "anchor", "path",
         True, "tool"),
    Spec("tool_jump", "Tools", 0, mark("Jump"), ("U",), mark("Drag over a piece without a counterpart"), "scissors",
         "path", True, "tool"),
    Spec("tool_lock", "Tools", 0, mark("Lock"), ("C",), mark("Drag along a stretch that stays as it is"), "lock",
         "path", True, "tool"),
    Spec("tool_forbid", "Tools", 0, mark("Forbid"), ("B",), mark("Drag a rectangle the path may not enter"), "ban",
         "path", True, "tool"),
    Spec("tool_draw", "Tools", 0, mark("Draw path"), ("D",), mark("Draw the path by hand"), "pencil", "path", True,
         "tool"),
    Spec("draw_hold", "Tools", 0, mark("Hold to the stroke"), ("H",),
         mark("A drawn path is locked all along the stroke; otherwise it becomes anchors at its corners"), "magnet", "",
         True),
    Spec("carry_tiers", "Tools", 1, mark("Carry tiers…"), ("Ctrl+Alt+V",),
         mark("Lay segments or subtitles of one recording along the path onto the other"), "arrow-left-right", "path"),
    # -- Help ----------------------------------------------------------------------------------------
    Spec("example_dtw", "Help/Examples", 0, mark("Worked 6 × 6 example"), ("Ctrl+Alt+E",),
         mark("Dynamic time warping as courses work it, step by step"), "search"),
    Spec("example_pictures", "Help/Examples", 0, mark("Example pictures"), ("Ctrl+Alt+P",),
         mark("Open an astronaut, a coffee and a cat with their captions"), "layers"),
    Spec("example_speech", "Help/Examples", 0, mark("A spoken sentence"), ("Ctrl+Alt+Q",),
         mark("Open a sentence whose words are found"), "music"),
    Spec("shortcuts", "Help", 1, mark("Shortcuts"), ("F1",), mark("All actions and their keys"), "keyboard"),
    Spec("about", "Help", 2, mark("About Syncline"), ("Shift+F1",), mark("Version, licence, parts"), "info"),
)  # fmt: skip


_MATCH: tuple[Spec, ...] = (
    Spec("open_pictures", "File", 1, mark("Open pictures…"), ("Ctrl+O",), mark("Open one or more pictures"),
         "folder-open"),
    Spec("open_folder", "File", 1, mark("Open a folder…"), ("Ctrl+Shift+O",),
         mark("Open all pictures of a folder, with the captions beside them"), "folder-open"),
    Spec("open_set", "File", 1, mark("Open a data set…"), ("Ctrl+Alt+I",),
         mark("Open a COCO, Flickr30k Entities, VOC or CSV file with its pictures"), "layers"),
    Spec("remove_picture", "File", 2, mark("Remove picture"), ("Ctrl+Shift+Delete",),
         mark("Take the picture out of the project"), "x", "scene"),
    Spec("locate_picture", "File", 2, mark("Locate picture…"), ("Ctrl+Alt+L",), mark("Say where the picture is now"),
         "file-search", "scene"),
    Spec("export_all", "File", 4, mark("Export all…"), ("Ctrl+Shift+E",), mark("Write the links of every picture"),
         "download", "matchings"),
    Spec("add_caption", "Edit", 1, mark("Add caption…"), ("Ctrl+T",), mark("Say what the picture shows"), "plus",
         "scene"),
    Spec("edit_caption", "Edit", 1, mark("Edit caption…"), ("Ctrl+Shift+T",), mark("Change the caption in hand"),
         "pencil", "caption"),
    Spec("match_lock", "Edit", 2, mark("Lock link"), ("L",), mark("Hold the selected link, or let go of it"), "lock",
         "link"),
    Spec("match_forbid", "Edit", 2, mark("Forbid link"), ("X",), mark("Rule the selected link out, or allow it"),
         "ban", "link"),
    Spec("match_delete", "Edit", 2, mark("Delete"), ("Delete", "Backspace"),
         mark("Take the selected link, box or phrase away"), "trash-2", "picked"),
    Spec("match_rename", "Edit", 2, mark("Rename box"), ("F2",), mark("Give the selected box another label"),
         "pencil", "object"),
    Spec("match_phrase", "Edit", 3, mark("Make phrase"), ("P",), mark("Make the selected words one phrase"), "plus",
         "words"),
    Spec("match_split", "Edit", 3, mark("Split phrase"), ("S",), mark("Make every word a phrase of its own"),
         "scissors", "words"),
    Spec("match_exclude", "Edit", 3, mark("Exclude word"), ("E",), mark("Let the selected word count for nothing"),
         "eye-off", "words"),
    Spec("panel_pairs", "View/Panels", 2, mark("Pairs"), ("Alt+1",), mark("Show or hide the panel"), "list", "",
         True),
    Spec("panel_matchings", "View/Panels", 2, mark("Matchings"), ("Alt+2",), mark("Show or hide the panel"),
         "git-commit-horizontal", "", True),
    Spec("panel_similarity", "View/Panels", 2, mark("Similarity matrix"), ("Alt+4",), mark("Show or hide the panel"),
         "layers", "", True),
    Spec("panel_matches", "View/Panels", 2, mark("Matches"), ("Alt+5",), mark("Show or hide the panel"), "link", "",
         True),
    Spec("panel_check", "View/Panels", 2, mark("Check next"), ("Alt+6",), mark("Show or hide the panel"),
         "circle-help", "", True),
    Spec("panel_match_result", "View/Panels", 2, mark("Result"), ("Alt+7",), mark("Show or hide the panel"),
         "activity", "", True),
    Spec("panel_match_recipe", "View/Panels", 2, mark("Recipe"), ("Alt+8",), mark("Show or hide the panel"),
         "sliders-horizontal", "", True),
    Spec("panel_explain", "View/Panels", 2, mark("Explain"), ("Alt+9",), mark("Show the method step by step"),
         "search", "", True),
    Spec("panel_attention", "View/Panels", 2, mark("Attention maps"), ("Alt+0",),
         mark("Show where each word of the caption looks"), "eye", "", True),
    Spec("detect", "Match", 0, mark("Detect objects"), ("Ctrl+D",), mark("Find the objects of the picture"), "target",
         "scene"),
    Spec("find_regions", "Match", 0, mark("Find regions…"), ("Ctrl+R",),
         mark("Part the picture into what looks alike, such as sky, grass or road"), "split-square-horizontal",
         "scene"),
    Spec("match", "Match", 0, mark("Match"), ("Ctrl+Return", "Ctrl+Enter"), mark("Link objects and words"), "magnet",
         "matchable"),
    Spec("match_all", "Match", 0, mark("Match all unchecked"), ("Ctrl+Shift+Return",),
         mark("Detect and match every picture that nobody has checked"), "layers", "scene"),
    Spec("train_scorer", "Match", 0, mark("Train scorer…"), ("Ctrl+Shift+L",),
         mark("Learn from corrected links, for the pictures that are left"), "activity", "scene"),
    Spec("check_next", "Match", 1, mark("Check next"), ("F8",), mark("Go to the least sure decision of all pictures"),
         "circle-help", "matchings"),
    Spec("checked", "Match", 1, mark("Checked"), ("K",), mark("The links of this picture are confirmed"), "check",
         "links", True),
    Spec("next_unchecked", "Match", 1, mark("Next unchecked picture"), ("N",), mark("Go to it"), "chevron-right",
         "scene"),
    Spec("previous_picture", "Match", 2, mark("Previous picture"), ("Ctrl+Up",), mark("Go to it"), "chevron-up",
         "scene"),
    Spec("next_picture", "Match", 2, mark("Next picture"), ("Ctrl+Down",), mark("Go to it"), "chevron-down", "scene"),
    Spec("keep_matching", "Match", 3, mark("Keep a copy to compare"), ("Ctrl+Shift+D",),
         mark("Set the links aside and go on"), "copy", "links"),
    Spec("next_matching", "Match", 3, mark("Next matching"), ("Ctrl+Tab",), mark("Show another matching"),
         "refresh-cw", "compare"),
    Spec("compare_matchings", "Match", 3, mark("Compare"), ("G",), mark("Show where another matching differs"),
         "columns-2", "compare", True),
    Spec("remove_matching", "Match", 3, mark("Remove matching"), ("Ctrl+Delete",),
         mark("Take the matching out of the project"), "trash-2", "links"),
    Spec("board_select", "Tools", 0, mark("Select"), ("V",), mark("Select, move and link"), "mouse-pointer-2", "",
         True, "board"),
    Spec("board_box", "Tools", 0, mark("Box"), ("B",), mark("Draw a box round an object"), "plus", "scene", True,
         "board"),
    Spec("board_link", "Tools", 0, mark("Link"), ("D",), mark("Drag from a box to its words"), "link", "matchable",
         True, "board"),
    Spec("board_forbid", "Tools", 0, mark("Forbid"), ("Shift+X",), mark("Drag from a box to words it is not"), "ban",
         "matchable", True, "board"),
    Spec("example_worked", "Help/Examples", 0, mark("Worked 3 × 3 example"), ("Ctrl+Alt+E",),
         mark("The assignment problem of the courses, step by step"), "search"),
)  # fmt: skip

_OF_PAIRS = frozenset({
    "open_a", "open_b", "demo", "swap", "load_truth", "load_anchors", "save_anchors", "add_anchor", "jump_marks",
    "lock_marks", "delete", "nudge_back", "nudge_on", "nudge_back_ten", "nudge_on_ten", "mode_side", "mode_overlay",
    "mode_wipe", "mode_difference", "mode_blink", "beside", "skeleton", "panel_sources", "panel_alignments",
    "panel_recipe", "panel_result", "panel_anchors", "panel_places", "show_band", "show_strip", "panel_explain_warp",
    "example_dtw",
})  # fmt: skip
"""What means nothing to pictures, beside all of the menus that do not."""


def _of_warp(spec: Spec) -> bool:
    return spec.id in _OF_PAIRS or spec.menu.split("/")[0] in ("Align", "Playback", "Tools")


SPECS: tuple[Spec, ...] = (
    *(replace(s, workspace="warp") if _of_warp(s) else s for s in _COMMON_AND_WARP),
    *(replace(s, workspace="match") for s in _MATCH),
    *(replace(s, workspace="segment") for s in SEGMENT),
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
