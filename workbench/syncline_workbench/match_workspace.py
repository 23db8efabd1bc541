"""The Match workspace: its board and panels, and how what one of them says reaches the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal, SignalInstance
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

from syncline.progress import Monitor

from .layout import Places
from .match_commands import MatchCommands
from .panels import dock
from .views.explain import ExplainDock, Teachers
from .views.scene_board import SceneBoard
from .views.scene_pick import Pick

if TYPE_CHECKING:
    from .actions import Actions
    from .document import Document
    from .jobs import Jobs
    from .match_operations import MatchOperations

__all__ = ["MatchWorkspace"]

BOARD_TOOLS = ("select", "box", "link", "forbid")
_PANELS: tuple[tuple[str, str, str, int], ...] = (
    ("panel_pairs", "pairs_list", "PairsList", 0),
    ("panel_matchings", "matchings", "MatchingsPanel", 0),
    ("panel_similarity", "match_matrix", "MatchMatrix", 0),
    ("panel_matches", "matches_table", "MatchesTable", 0),
    ("panel_check", "check_next", "CheckNext", 0),
    ("panel_match_result", "match_result", "MatchResultPanel", 270),
    ("panel_match_recipe", "match_recipe", "MatchRecipePanel", 270),
)


class MatchWorkspace(QObject):
    """Builds the parts and wires them.

    What is selected and what the mouse is on is one `Pick` for all views: whoever tells of it by `selected` or
    `hovered`, the others hear it by ``select`` and ``point_at``.
    """

    picked = Signal()
    """Something else is selected: other actions can be done."""

    def __init__(
        self,
        document: Document,
        operations: MatchOperations,
        commands: MatchCommands,
        jobs: Jobs,
        actions: Actions,
        refused: Callable[[str], None],
        window: QMainWindow,
    ) -> None:
        super().__init__(window)
        self._document, self._operations, self._commands = document, operations, commands
        self._jobs, self._actions, self._refused = jobs, actions, refused
        self.board = SceneBoard(document)
        self.explain = ExplainDock(document, jobs)
        self.panels: dict[str, QWidget] = {}
        self.docks: dict[str, QDockWidget] = {}
        self._ready = False
        titles = {spec.id: actions.words(spec.text) for spec, _action in actions}
        for name, module, kind, scrolls in _PANELS:
            where = f"{__package__}.views.{module}"
            if find_spec(where) is None:
                continue
            panel = getattr(import_module(where), kind)(document)
            self.panels[name] = panel
            self.docks[name] = dock(window, name, titles[name], panel, scrolls)
        self.panels["panel_explain"] = self.explain
        self.docks["panel_explain"] = dock(window, "panel_explain", titles["panel_explain"], self.explain)
        self.pick: Pick | None = None
        self._views: tuple[QWidget, ...] = (self.board, *self.panels.values())
        self._wire()
        self._wire_actions()

    @property
    def missing(self) -> frozenset[str]:
        """Actions of panels that are not there."""
        return frozenset(name for name, *_ in _PANELS) - self.docks.keys()

    @property
    def places(self) -> Places:
        """Where the panels lie at first."""

        def some(heights: Mapping[str, int]) -> dict[str, int]:
            return {n: h for n, h in heights.items() if n in self.docks or n == "panel_history"}

        return Places(
            some({"panel_pairs": 200, "panel_matchings": 150, "panel_history": 500}),
            some({
                "panel_similarity": 250, "panel_matches": 230, "panel_check": 110, "panel_match_result": 150,
                "panel_match_recipe": 300,
            }),
            some({"panel_explain": 260}),
            frozenset({"panel_match_recipe", "panel_explain"}),
            (220, 340),
        )  # fmt: skip

    # -- wires -------------------------------------------------------------------------------------

    def _wire(self) -> None:
        o, c = self._operations, self._commands
        # By name: views tell the same things by the same signals, and none has to tell all of them.
        wires: dict[str, Callable[..., Any]] = {
            "scene_previewed": o.preview_scene,
            "scene_committed": o.commit_scene,
            "scene_abandoned": o.abandon_edit,
            "selected": self.select,
            "hovered": self.point_at,
            "refused": self._refused,
            "caption_chosen": o.look_at_caption,
            "tool_changed": lambda name: self._actions[f"board_{name}"].setChecked(True),
        }
        for view in self._views:
            for name, slot in wires.items():
                signal = getattr(view, name, None)
                if isinstance(signal, SignalInstance):
                    signal.connect(slot)
        c.picked.connect(self.select)

    def _wire_actions(self) -> None:
        o, c, b = self._operations, self._commands, self.board
        plain: dict[str, Callable[[], object]] = {
            "open_pictures": c.open_pictures, "open_folder": c.open_folder, "open_set": c.open_set,
            "remove_picture": c.remove_picture, "locate_picture": c.locate, "export_all": lambda: c.export(every=True),
            "add_caption": lambda: c.ask_caption(edit=False), "edit_caption": lambda: c.ask_caption(edit=True),
            "match_lock": b.lock_selected, "match_forbid": b.forbid_selected, "match_delete": b.delete_selected,
            "match_rename": b.rename_selected, "match_phrase": b.make_phrase, "match_split": b.split_selected,
            "match_exclude": b.exclude_selected, "detect": o.detect, "match": o.match, "match_all": o.match_all,
            "check_next": c.check_next, "next_unchecked": self._next_unchecked,
            "previous_picture": lambda: o.step_scene(-1), "next_picture": lambda: o.step_scene(1),
            "keep_matching": c.keep_matching, "next_matching": c.next_matching, "remove_matching": c.remove_matching,
            "example_worked": self.show_worked_example,
        }  # fmt: skip
        for name, slot in plain.items():
            self._actions[name].triggered.connect(lambda _on=False, slot=slot: slot())
        self._actions["checked"].triggered.connect(o.set_checked)
        self._actions["compare_matchings"].triggered.connect(c.compare)
        for tool in BOARD_TOOLS:
            self._actions[f"board_{tool}"].triggered.connect(lambda _on, tool=tool: b.set_tool(tool))
        self._actions["board_select"].setChecked(True)

    def select(self, pick: Pick | None) -> None:
        """Select something in every view."""
        if pick == self.pick:
            return
        self.pick = pick
        for view in self._views:
            if hasattr(view, "select"):
                view.select(pick)  # pyright: ignore[reportAttributeAccessIssue]
        self.picked.emit()

    def point_at(self, pick: Pick | None) -> None:
        """Show in every view what the mouse is on in one of them."""
        for view in self._views:
            if view is not self.sender() and hasattr(view, "point_at"):
                view.point_at(pick)  # pyright: ignore[reportAttributeAccessIssue]

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
            "object": pick is not None and pick.kind == "object",
            "link": pick is not None and pick.kind == "link",
        }

    def refresh(self) -> None:
        """Tick what is in force."""
        session = self._document.shown
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
            from syncline.solvers import match
            from syncline.solvers.match._masses import lay
            from syncline.solvers.match.linear import program

            monitor.check()
            methods = {name: match.REGISTRY[name] for name in match.REGISTRY.names()}
            match.warm_up()
            return Teachers(methods, match.steps_of, match.MatchProblem, program, lay)

        self._jobs.submit(self.tr("Warming up"), work, quiet=True).succeeded.connect(self.explain.set_teachers)

    def _next_unchecked(self) -> None:
        if not self._operations.step_scene(1, unchecked=True):
            self._refused(self.tr("Every other picture is checked."))

    def show_worked_example(self) -> None:
        """Walk through the 3 × 3 case of the courses."""
        self.docks["panel_explain"].show()
        self.explain.show_worked_example()

    def close(self) -> None:
        """Let go of files and threads; for the end of the window."""
        self.board.close()
