"""The actions of the Segment workspace, for the table in `actions`."""

from __future__ import annotations

from .spec import Spec, mark

__all__ = ["SEGMENT"]

_panel = mark("Show or hide the panel")

SEGMENT: tuple[Spec, ...] = (
    # -- File ----------------------------------------------------------------------------------------
    Spec("open_recording", "File", 1, mark("Open recording…"), ("Ctrl+O",),
         mark("Open sound, video, motion or features to cut into pieces"), "folder-open"),
    Spec("open_emissions", "File", 1, mark("Open emissions…"), ("Ctrl+Shift+O",),
         mark("Open log-probabilities of labels, from an acoustic model"), "layers"),
    Spec("transcript", "File", 1, mark("Transcript…"), ("Ctrl+T",), mark("Say what is said"), "pencil", "recording"),
    Spec("import_tiers", "File", 1, mark("Import tiers…"), ("Ctrl+Alt+I",),
         mark("Take the tiers of a TextGrid, EAF, subtitle, label, CSV or JSON file"), "upload", "recording"),
    Spec("piece_truth", "File", 2, mark("Load truth…"), ("Ctrl+Alt+T",),
         mark("Judge the pieces by true ones"), "target", "recording"),
    Spec("clear_piece_truth", "File", 2, mark("Clear truth"), ("Ctrl+Alt+U",), mark("Forget the true pieces"), "x",
         "truth"),
    Spec("remove_recording", "File", 2, mark("Remove recording"), ("Ctrl+Shift+Delete",),
         mark("Take the recording out of the project"), "x", "recording"),
    Spec("locate_recording", "File", 2, mark("Locate recording…"), ("Ctrl+Alt+L",),
         mark("Say where the recording is now"), "file-search", "recording"),
    # -- Edit ----------------------------------------------------------------------------------------
    Spec("split_piece", "Edit", 1, mark("Split"), ("Shift+Return", "Shift+Enter"),
         mark("Make two of the selected piece, at the playhead"), "scissors", "lasting"),
    Spec("merge_piece", "Edit", 1, mark("Merge with the next"), ("Delete",),
         mark("Make one of the selected piece and the next"), "blend", "lasting"),
    Spec("merge_piece_back", "Edit", 1, mark("Merge with the one before"), ("Backspace",),
         mark("Make one of the selected piece and the one before"), "blend", "lasting"),
    Spec("lock_piece", "Edit", 1, mark("Lock"), ("L",), mark("Hold the selected boundary or piece, or let go of it"),
         "lock", "solved_piece"),
    Spec("rename_piece", "Edit", 2, mark("Rename…"), ("F2",), mark("Give the selected piece another label"), "pencil",
         "piece"),
    Spec("remove_piece", "Edit", 2, mark("Remove piece"), ("Ctrl+Backspace",), mark("Take the selected piece away"),
         "trash-2", "piece"),
    Spec("insert_piece", "Edit", 2, mark("Insert piece…"), ("Insert",),
         mark("Put a piece into the tier of your own at the playhead"), "plus", "own_tier"),
    Spec("add_tier", "Edit", 3, mark("Add tier…"), ("Ctrl+Shift+T",), mark("Begin a tier of your own"), "plus",
         "recording"),
    Spec("rename_tier", "Edit", 3, mark("Rename tier…"), ("Shift+F2",), mark("Give your own tier another name"),
         "pencil", "own_tier"),
    Spec("remove_tier", "Edit", 3, mark("Remove tier"), ("Ctrl+Shift+Backspace",), mark("Take your own tier away"),
         "trash-2", "own_tier"),
    # -- View ----------------------------------------------------------------------------------------
    Spec("zoom_piece", "View", 1, mark("Zoom to the piece"), ("Ctrl+Shift+F",), mark("See the selected piece as large "
         "as it goes"), "zoom-in", "piece"),
    Spec("panel_recordings", "View/Panels", 2, mark("Sources"), ("Alt+1",), _panel, "music", "", True),
    Spec("panel_segmentations", "View/Panels", 2, mark("Segmentations"), ("Alt+2",), _panel, "list", "", True),
    Spec("panel_segment_recipe", "View/Panels", 2, mark("Recipe"), ("Alt+4",), _panel, "sliders-horizontal", "", True),
    Spec("panel_pieces", "View/Panels", 2, mark("Segments"), ("Alt+5",), _panel, "columns-2", "", True),
    Spec("panel_piece_check", "View/Panels", 2, mark("Check next"), ("Alt+6",), _panel, "circle-help", "", True),
    Spec("panel_segment_result", "View/Panels", 2, mark("Result"), ("Alt+7",), _panel, "activity", "", True),
    Spec("panel_explain_segment", "View/Panels", 2, mark("Explain"), ("Alt+9",),
         mark("Show the method step by step"), "search", "", True),
    # -- Segment -------------------------------------------------------------------------------------
    Spec("segment", "Segment", 0, mark("Segment"), ("Ctrl+Return", "Ctrl+Enter"),
         mark("Cut the recording into pieces by the recipe"), "scissors", "recording"),
    Spec("check_piece", "Segment", 1, mark("Check next"), ("F8",),
         mark("Loop the least sure boundary, and say why it is unsure"), "circle-help", "pieces"),
    Spec("previous_recording", "Segment", 2, mark("Previous recording"), ("Ctrl+Up",), mark("Go to it"), "chevron-up",
         "recordings"),
    Spec("next_recording", "Segment", 2, mark("Next recording"), ("Ctrl+Down",), mark("Go to it"), "chevron-down",
         "recordings"),
    Spec("keep_segments", "Segment", 3, mark("Keep a copy to compare"), ("Ctrl+D",),
         mark("Set the pieces aside and go on"), "copy", "pieces"),
    Spec("next_segments", "Segment", 3, mark("Next segmentation"), ("Ctrl+Tab",), mark("Show another segmentation"),
         "refresh-cw", "segmentations"),
    Spec("compare_segments", "Segment", 3, mark("Compare"), ("G",), mark("Show another segmentation beside this one"),
         "columns-2", "segmentations", True),
    Spec("remove_segments", "Segment", 3, mark("Remove segmentation"), ("Ctrl+Delete",),
         mark("Take the segmentation out of the project"), "trash-2", "pieces"),
    # -- Playback ------------------------------------------------------------------------------------
    Spec("segment_play", "Playback", 0, mark("Play or pause"), ("Space",), mark("Play or pause"), "play", "recording"),
    Spec("play_piece", "Playback", 0, mark("Play segment"), ("Shift+Space",),
         mark("Play the selected piece, or what is selected of the signal"), "play", "playable"),
    Spec("loop_piece", "Playback", 0, mark("Loop segment"), ("Ctrl+Space",),
         mark("Play the selected piece again and again"), "repeat", "playable", True),
    Spec("segment_slower", "Playback", 1, mark("Slower"), ("[",), mark("The next slower speed"), "minus"),
    Spec("segment_faster", "Playback", 1, mark("Faster"), ("]",), mark("The next faster speed"), "plus"),
    Spec("previous_piece", "Playback", 2, mark("Previous segment"), ("Ctrl+Shift+Left",), mark("Select it"),
         "step-back", "recording"),
    Spec("next_piece", "Playback", 2, mark("Next segment"), ("Ctrl+Shift+Right",), mark("Select it"), "step-forward",
         "recording"),
    Spec("segment_start", "Playback", 2, mark("To the start"), ("Ctrl+Home",), mark("Where the recording begins"),
         "skip-back", "recording"),
    Spec("segment_end", "Playback", 2, mark("To the end"), ("Ctrl+End",), mark("Where the recording ends"),
         "skip-forward", "recording"),
    # -- Help ----------------------------------------------------------------------------------------
    Spec("example_ctc", "Help/Examples", 0, mark("Worked examples"), ("Ctrl+Alt+E",),
         mark("From frames to labels, clusters and change points, step by step"), "search"),
)  # fmt: skip
