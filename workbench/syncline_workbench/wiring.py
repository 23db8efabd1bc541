"""What every action of the window sets off, and who hears what its views say; Match's own are in `match_workspace`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QAbstractButton, QMenu

from .catalogue import FEATURES, SOLVERS, methods, window_of
from .match_popups import MatchPopups
from .popups import Popups
from .segment_popups import SegmentPopups
from .settings import ROUTINGS, THEMES, WORKSPACES
from .views.video_pair import MODES

if TYPE_CHECKING:
    from .main_window import MainWindow

__all__ = ["wire_actions", "wire_views"]

TOOLS = ("select", "anchor", "jump", "lock", "forbid", "draw")


def wire_actions(w: MainWindow) -> None:
    """Connect the actions of a window whose parts are there."""

    def export() -> None:
        if w.workspace == "match":
            w.match_commands.export(every=False)
        elif w.workspace == "segment":
            w.segment_commands.export()
        else:
            w.desk.export()

    def cancel() -> None:
        if w.workspace == "match":
            w.match_.board.abandon()
            w.match_.board.set_tool("select")
            return
        if w.workspace == "segment":
            w.segment_.abandon()
            return
        w.matrix.abandon()
        w.operations.abandon_edit()
        w.actions_["tool_select"].trigger()
        w.commands.select(None)

    def on_stage(verb: str) -> Callable[[], None]:
        """Zoom or fit what is in the middle of the workspace."""

        def act() -> None:
            stages = {"match": w.match_.board, "segment": w.segment_}
            getattr(stages.get(w.workspace, w.matrix), verb)()

        return act

    o, c, p, m = w.operations, w.commands, w.playback, w.matrix
    plain = {
        "new": c.new, "open_a": lambda: c.ask_side("a"), "open_b": lambda: c.ask_side("b"),
        "open_project": c.open_project, "demo": c.demo, "swap": o.swap, "load_truth": c.load_truth,
        "save": c.save, "save_as": c.save_as, "load_anchors": c.load_anchors, "save_anchors": c.save_anchors,
        "export": export, "carry_tiers": w.desk.carry, "preferences": w.desk.preferences, "quit": w.close,
        "undo": w.document.undo, "redo": w.document.redo, "add_anchor": m.add_anchor_here,
        "jump_marks": c.jump_marks, "lock_marks": c.lock_marks, "delete": m.delete_selected,
        "nudge_back": lambda: m.nudge_selected(-1), "nudge_on": lambda: m.nudge_selected(1),
        "nudge_back_ten": lambda: m.nudge_selected(-10), "nudge_on_ten": lambda: m.nudge_selected(10),
        "cancel": cancel, "zoom_in": on_stage("zoom_in"),
        "zoom_out": on_stage("zoom_out"), "fit": on_stage("fit"),
        "reset_layout": w.layout_.reset, "align": o.align,
        "learn_cycle": w.learning.open_cycle, "learn_metric": w.learning.open_metric,
        "together": w.many.open, "keep_copy": c.keep_copy,
        "next_alignment": c.next_alignment, "ghosts": c.toggle_ghosts, "remove_alignment": c.remove_alignment,
        "play": p.toggle, "shuttle_back": lambda: p.shuttle(-1), "shuttle_stop": lambda: p.shuttle(0),
        "shuttle_on": lambda: p.shuttle(1), "slower": lambda: p.change_speed(-1),
        "faster": lambda: p.change_speed(1), "back": lambda: p.step(-1), "on": lambda: p.step(1),
        "back_ten": lambda: p.step(-10), "on_ten": lambda: p.step(10), "b_back": lambda: p.step_b(-1),
        "b_on": lambda: p.step_b(1), "b_back_ten": lambda: p.step_b(-10), "b_on_ten": lambda: p.step_b(10),
        "b_rejoin": p.rejoin, "start": lambda: p.seek_a(0.0), "end": lambda: p.seek_a(p.end),
        "previous_anchor": lambda: c.go_to_anchor(-1), "next_anchor": lambda: c.go_to_anchor(1),
        "match_frame": lambda: w.match_commands.open_frame(p.media[0], p.a_frame),
        "mark_in": lambda: p.mark("in"), "mark_out": lambda: p.mark("out"),
        "clear_marks": lambda: p.set_loop(None), "loop_anchor": c.loop_anchor,
        "shortcuts": lambda: w.desk.shortcuts(w.actions_),
        "about": w.desk.about,
    }  # fmt: skip
    for name, slot in plain.items():
        w.actions_[name].triggered.connect(lambda _on=False, slot=slot: slot())
    w.actions_["loop"].triggered.connect(p.set_looping)
    for name in WORKSPACES:
        w.actions_[f"workspace_{name}"].triggered.connect(lambda _on, name=name: w.show_workspace(name))
    for mode in MODES:
        w.actions_[f"mode_{mode}"].triggered.connect(lambda _on, mode=mode: w.viewers.set_mode(mode))
    for tool in TOOLS:
        w.actions_[f"tool_{tool}"].triggered.connect(lambda _on, tool=tool: m.set_tool(tool))
    for routing in ROUTINGS:
        action = w.actions_[f"sound_{routing}"]
        action.triggered.connect(lambda _on, routing=routing: setattr(w.settings, "routing", routing))
        action.setChecked(routing == w.settings.routing)
    for choice in THEMES:
        action = w.actions_[f"theme_{choice}"]
        action.triggered.connect(lambda _on, choice=choice: setattr(w.settings, "theme", choice))
        action.setChecked(choice == w.settings.theme)
    for name, panel in w.docks.items():
        action = w.actions_[name]
        action.triggered.connect(lambda on, panel=panel: panel.setVisible(on))
        panel.toggleViewAction().toggled.connect(action.setChecked)
    w.actions_["draw_hold"].toggled.connect(m.option.setChecked)
    m.option.toggled.connect(w.actions_["draw_hold"].setChecked)
    w.actions_["draw_hold"].toggled.connect(lambda on: setattr(w.settings, "hold_stroke", on))
    w.actions_["draw_hold"].setChecked(w.settings.hold_stroke)
    w.actions_["beside"].triggered.connect(w.splitter.lay)
    w.splitter.laid.connect(w.actions_["beside"].setChecked)
    w.actions_["beside"].setChecked(w.splitter.beside)
    w.actions_["skeleton"].toggled.connect(w.viewers.skeletons.set_shown)
    w.actions_["mode_side"].setChecked(True)
    w.actions_["tool_select"].setChecked(True)
    # Actions of hidden menus would be dead: their keys belong to the window.
    for _spec, action in w.actions_:
        w.addAction(action)
    for pushed in w.findChildren(QAbstractButton):
        pushed.installEventFilter(w)


def wire_views(w: MainWindow) -> None:
    """Connect what the views of a window say with who does it."""
    o, c = w.operations, w.commands
    for view in (w.matrix, w.anchors):
        view.edit_previewed.connect(o.preview_edit)
        view.edit_committed.connect(o.commit_edit)
        view.edit_abandoned.connect(o.abandon_edit)
        view.anchor_selected.connect(c.select)
        c.selected.connect(view.select_anchor)
    c.selected.connect(lambda _number: w.refresh_state())
    w.matrix.set_window_source(window_of)
    w.matrix.set_colour_map(w.settings.colour_map)
    w.matrix.colour_map_changed.connect(lambda name: setattr(w.settings, "colour_map", name))
    w.matrix.refused.connect(w.say)
    w.matrix.tool_changed.connect(lambda name: w.actions_[f"tool_{name}"].setChecked(True))
    w.playback.moved.connect(lambda: w.study.explain.follow(w.playback.a_time))
    w.matrix.hovered.connect(w.status_words.tell_cell)
    w.matrix.hover_left.connect(w.refresh_cursor)
    w.anchors.load_requested.connect(c.load_anchors)
    w.anchors.save_requested.connect(c.save_anchors)

    w.viewers.locate_requested.connect(c.locate)
    w.viewers.dropped.connect(c.open_on)
    w.viewers.skeletons.said.connect(w.say)
    w.viewers.mode_changed.connect(lambda mode: w.actions_[f"mode_{mode}"].setChecked(True))
    w.sources.open_requested.connect(c.ask_side)
    w.sources.locate_requested.connect(c.locate)
    w.sources.file_dropped.connect(lambda side, path: c.open_on(side, [path]))
    w.sources.swap_requested.connect(o.swap)
    w.sources.truth_requested.connect(c.load_truth)
    w.sources.truth_cleared.connect(o.clear_truth)
    w.sources.info_requested.connect(w.desk.describe)
    w.alignments.activated.connect(o.activate)
    w.alignments.ghost_toggled.connect(o.toggle_ghost)
    w.alignments.removed.connect(o.remove_alignment)
    w.alignments.renamed.connect(o.rename_alignment)
    w.alignments.duplicate_requested.connect(o.duplicate)
    w.history.jump_requested.connect(w.document.jump)
    w.recipe.recipe_changed.connect(o.set_recipe)
    w.recipe.align_requested.connect(o.align)
    o.rounds_began.connect(w.recipe.objective.clear)
    o.round_told.connect(w.recipe.objective.take)
    w.recipe.set_methods({"features": methods(FEATURES), "solvers": methods(SOLVERS)})
    w.result.align_requested.connect(o.align)
    w.welcome.open_requested.connect(c.ask_side)
    w.welcome.file_dropped.connect(lambda side, path: c.open_on(side, [path]))
    w.welcome.files_dropped.connect(c.open_files)
    w.welcome.demo_requested.connect(c.demo)
    w.welcome.recent_requested.connect(lambda path: c.open_files([path]))
    w.welcome.set_recent(w.settings.recent)
    pop = Popups(w.document, w.operations, w.commands, w.settings, w.actions_, w)
    match = MatchPopups(w.document, w.matching, w.match_commands, w.actions_, w)
    segment = SegmentPopups(w.document, w.segmenting, w.segment_commands, w.actions_, w)

    def ask_emissions() -> None:
        menu = QMenu(w)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        segment.material(menu)
        menu.popup(QCursor.pos())

    w.segment_.emissions_requested.connect(ask_emissions)
    w.segment_.recordings.info_requested.connect(w.desk.describe_recording)
    w.projects.recording_problem.connect(w.segment_.recordings.set_problem)
    tools = w.toolbar
    for menu, fill in (
        (tools.features.menu(), pop.features),
        (tools.method.menu(), pop.solvers),
        (tools.compare.menu(), pop.compare),
        (w.menus["recent"], pop.recent),
        (tools.detectors.menu(), match.detectors),
        (tools.similarity.menu(), match.similarity),
        (tools.solver.menu(), match.solvers),
        (tools.compared.menu(), match.compare),
        (tools.material.menu(), segment.material),
        (tools.cutter.menu(), segment.method),
        (tools.beside.menu(), segment.compare),
    ):
        menu.aboutToShow.connect(lambda menu=menu, fill=fill: fill(menu))
