"""The Match workspace: its board and panels, and how what one of them says reaches the others."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDockWidget, QMainWindow, QStackedWidget

from syncline.progress import Monitor

from .catalogue import methods
from .document import Change
from .layout import Places
from .match_commands import MatchCommands
from .match_training import MatchTraining
from .panels import dock
from .views.attention_maps import AttentionMaps
from .views.check_next import CheckNext
from .views.explain import ExplainDock, Teachers
from .views.match_matrix import MatchMatrix
from .views.match_recipe import MatchRecipePanel
from .views.match_result import MatchResultPanel
from .views.match_welcome import MatchWelcome
from .views.matches_table import MatchesTable
from .views.matchings import MatchingsPanel
from .views.pairs_list import PairsList
from .views.scene_board import SceneBoard
from .views.scene_pick import Pick

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from syncline.model import Scene

    from .actions import Actions
    from .document import Document
    from .jobs import Jobs
    from .match_operations import MatchOperations

__all__ = ["MatchWorkspace"]

BOARD_TOOLS = ("select", "box", "link", "forbid")


class MatchWorkspace(QObject):
    """Builds the parts and wires them.

    What is selected and what the mouse is on is one `Pick` for all views: whoever tells of it by `selected` or
    `hovered`, the others hear it by ``select`` and ``point_at``.
    """

    picked = Signal()
    """Something else is selected, words of the caption among it: other actions can be done."""
    titled = Signal(object)
    """What match solvers and sources are called, by name; they are loaded now."""

    def __init__(
        self,
        document: Document,
        operations: MatchOperations,
        commands: MatchCommands,
        jobs: Jobs,
        actions: Actions,
        refused: Callable[[str], None],
        dropped: Callable[[list[str]], None],
        window: QMainWindow,
    ) -> None:
        super().__init__(window)
        self._document, self._operations, self._commands = document, operations, commands
        self._jobs, self._actions = jobs, actions
        self._refused, self._dropped = refused, dropped
        self.board = SceneBoard(document)
        self.welcome = MatchWelcome()
        self.pages = QStackedWidget()
        self.pages.addWidget(self.welcome)
        self.pages.addWidget(self.board)
        self.pairs = PairsList(document)
        self.matchings = MatchingsPanel(document)
        self.matrix = MatchMatrix(document)
        self.matches = MatchesTable(document)
        self.checks = CheckNext(document)
        self.result = MatchResultPanel(document)
        self.recipe = MatchRecipePanel(document)
        self.explain = ExplainDock(document, jobs)
        self.attention = AttentionMaps(document, look)
        self.training = MatchTraining(document, operations, jobs, window)
        titles = {spec.id: actions.words(spec.text) for spec, _action in actions}
        self.docks: dict[str, QDockWidget] = {
            name: dock(window, name, titles[name], panel, scrolls)
            for name, panel, scrolls in (
                ("panel_pairs", self.pairs, 0),
                ("panel_matchings", self.matchings, 0),
                ("panel_similarity", self.matrix, 0),
                ("panel_matches", self.matches, 0),
                ("panel_check", self.checks, 0),
                ("panel_match_result", self.result, 270),
                ("panel_match_recipe", self.recipe, 270),
                ("panel_explain", self.explain, 0),
                ("panel_attention", self.attention, 0),
            )
        }
        self._ready = False
        self.pick: Pick | None = None
        self._of: int | None = None
        self._views: tuple[SceneBoard | MatchMatrix | MatchesTable, ...] = (self.board, self.matrix, self.matches)
        self._wire()
        self._wire_actions()

    places = Places(
        {"panel_pairs": 210, "panel_matchings": 150, "panel_history": 500},
        {
            "panel_similarity": 250, "panel_matches": 230, "panel_check": 120, "panel_match_result": 160,
            "panel_match_recipe": 300,
        },
        {"panel_explain": 270, "panel_attention": 250},
        frozenset({"panel_match_recipe", "panel_explain", "panel_attention"}),
        (220, 340),
    )  # fmt: skip
    """Where the panels lie at first."""

    # -- wires -------------------------------------------------------------------------------------

    def _wire(self) -> None:
        o, c, b = self._operations, self._commands, self.board
        self._document.changed.connect(self._changed)
        for view in self._views:
            view.scene_committed.connect(o.commit_scene)
            view.selected.connect(self.select)
            view.hovered.connect(self.point_at)
        self.welcome.pictures_requested.connect(c.open_pictures)
        self.welcome.folder_requested.connect(c.open_folder)
        self.welcome.examples_requested.connect(o.open_examples)
        self.welcome.files_dropped.connect(self._dropped)
        b.scene_previewed.connect(o.preview_scene)
        b.scene_abandoned.connect(o.abandon_edit)
        b.refused.connect(self._refused)
        b.caption_chosen.connect(o.look_at_caption)
        b.caption_wanted.connect(lambda: c.ask_caption(edit=False))
        b.words_selected.connect(self.picked)
        b.tool_changed.connect(lambda name: self._actions[f"board_{name}"].setChecked(True))
        self.pairs.chosen.connect(o.look_at)
        self.pairs.check_toggled.connect(o.set_checked)
        self.pairs.removed.connect(o.remove_scene)
        self.pairs.next_requested.connect(self._next_unchecked)
        self.pairs.match_all_requested.connect(o.match_all)
        self.matchings.activated.connect(o.show_match)
        self.matchings.compare_requested.connect(o.compare)
        self.matchings.removed.connect(o.remove_match)
        self.matchings.renamed.connect(o.rename_match)
        self.matchings.duplicate_requested.connect(o.duplicate_match)
        self.checks.chosen.connect(c.show)
        self.checks.check_requested.connect(c.check_next)
        c.listed.connect(self.checks.show_list)
        c.picked.connect(self.select)
        self.recipe.recipe_changed.connect(o.set_recipe)
        self.recipe.match_requested.connect(o.match)
        self.training.maps_requested.connect(self._show_maps)

    def _wire_actions(self) -> None:
        o, c, b = self._operations, self._commands, self.board
        plain: dict[str, Callable[[], object]] = {
            "open_pictures": c.open_pictures, "open_folder": c.open_folder, "open_set": c.open_set,
            "remove_picture": c.remove_picture, "locate_picture": c.locate, "export_all": lambda: c.export(every=True),
            "add_caption": lambda: c.ask_caption(edit=False), "edit_caption": lambda: c.ask_caption(edit=True),
            "match_lock": b.lock_selected, "match_forbid": b.forbid_selected, "match_delete": b.delete_selected,
            "match_rename": b.rename_selected, "match_phrase": b.make_phrase, "match_split": b.split_selected,
            "match_exclude": b.exclude_selected, "detect": o.detect,
            "find_regions": c.find_regions, "match": o.match, "match_all": o.match_all,
            "train_scorer": self.training.open, "check_next": c.check_next, "next_unchecked": self._next_unchecked,
            "previous_picture": lambda: o.step_scene(-1), "next_picture": lambda: o.step_scene(1),
            "keep_matching": c.keep_matching, "next_matching": c.next_matching, "remove_matching": c.remove_matching,
            "example_worked": self.show_worked_example, "example_pictures": o.open_examples,
        }  # fmt: skip
        for name, slot in plain.items():
            self._actions[name].triggered.connect(lambda _on=False, slot=slot: slot())
        self._actions["checked"].triggered.connect(o.set_checked)
        self._actions["compare_matchings"].triggered.connect(c.compare)
        for tool in BOARD_TOOLS:
            self._actions[f"board_{tool}"].triggered.connect(lambda _on, tool=tool: b.set_tool(tool))
        self._actions["board_select"].setChecked(True)

    def _changed(self, change: Change) -> None:
        if change & Change.SCENE and self._document.shown.scene != self._of:
            # The same ids mean other things in another picture.
            self._of = self._document.shown.scene
            self.point_at(None)
            self.select(None)

    def select(self, pick: Pick | None) -> None:
        """Select something in every view."""
        if pick == self.pick:
            return
        self.pick = pick
        for view in self._views:
            view.select(pick)
        self.picked.emit()

    def point_at(self, pick: Pick | None) -> None:
        """Show in every view what the mouse is on in one of them."""
        for view in (self.board, self.matrix):
            if view is not self.sender():
                view.point_at(pick)

    # -- what is in force --------------------------------------------------------------------------

    def can(self) -> dict[str, bool]:
        """What can be done, by the words of `Spec.needs`."""
        session = self._document.shown
        scene, pick = session.active_scene, self.pick
        return {
            "scene": scene is not None,
            "caption": session.active_caption is not None,
            "matchable": scene is not None and bool(scene.active) and bool(scene.phrases),
            "links": session.match is not None,
            "matchings": bool(session.matchings),
            "compare": len(session.matchings_of(session.scene)) > 1,
            "picked": pick is not None or bool(self.board.words),
            "words": bool(self.board.words),
            "object": pick is not None and pick.kind == "object",
            "link": pick is not None and pick.kind == "link",
        }

    def refresh(self) -> None:
        """Show the board if there is a picture, and tick what is in force."""
        session = self._document.shown
        self.pages.setCurrentWidget(self.board if session.scenes else self.welcome)
        scene = session.active_scene
        self._actions["checked"].setChecked(scene is not None and scene.checked)
        self._actions["compare_matchings"].setChecked(session.other_match is not None)

    def words(self) -> str:
        """The picture in hand in figures, for the status bar."""
        session = self._document.shown
        scene, caption, match = session.active_scene, session.active_caption, session.match
        if scene is None:
            return ""
        links = 0
        if match is not None and caption is not None:
            links = sum(len(c.matching.pairs) for c in match.captions if c.caption == caption.id)
        return (
            self.tr("%1 objects · %2 phrases · %3 links")
            .replace("%1", str(len(scene.active)))
            .replace("%2", str(len(caption.phrases) if caption else 0))
            .replace("%3", str(links))
        )

    # -- coming and going --------------------------------------------------------------------------

    def enter(self) -> None:
        """Match is shown: load what it will need, before it is needed."""
        self.board.setFocus()
        if self._ready:
            return
        self._ready = True

        def work(monitor: Monitor) -> Teachers:
            import_module("syncline.matching")
            from syncline.similarity import REGISTRY as SOURCES
            from syncline.solvers import match
            from syncline.solvers.match._masses import lay
            from syncline.solvers.match.linear import program

            methods(SOURCES)
            monitor.check()
            match.warm_up()
            return Teachers(methods(match.REGISTRY), match.steps_of, match.MatchProblem, program, lay)

        def done(teachers: Teachers) -> None:
            from syncline.matching import DEFAULT_TERMS
            from syncline.similarity import REGISTRY as SOURCES

            self.explain.set_teachers(teachers)
            sources, solvers = methods(SOURCES), dict(teachers.methods)
            self.recipe.set_methods(sources, solvers, DEFAULT_TERMS)
            self.titled.emit({name: m.title for name, m in (*sources.items(), *solvers.items())})

        self._jobs.submit(self.tr("Warming up"), work, quiet=True).succeeded.connect(done)

    def _next_unchecked(self) -> None:
        if not self._operations.step_scene(1, unchecked=True):
            self._refused(self.tr("Every other picture is checked."))

    def show_worked_example(self) -> None:
        """Walk through the 3 × 3 case of the courses."""
        self.docks["panel_explain"].show()
        self.explain.show_worked_example()

    def _show_maps(self, scorer: object) -> None:
        self.docks["panel_attention"].show()
        self.attention.try_scorer(scorer)

    def close(self) -> None:
        """Let go of files and threads; for the end of the window."""
        self.training.close()
        self.attention.close_down()
        self.board.close()
        self.pairs.stop()


def look(scorer: Any, scene: Scene, caption: int, monitor: Monitor) -> tuple[NDArray[np.uint8], Any]:
    """A picture, and where the words of one of its captions look; runs on a worker."""
    from syncline import matching
    from syncline.media.pictures import read_pixels

    pixels = read_pixels(scene.picture, monitor)
    return pixels, matching.look(scorer, scene, caption, pixels=lambda: pixels, monitor=monitor)
