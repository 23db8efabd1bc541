"""Menus of the Match workspace that are filled when they open."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu, QWidgetAction

from syncline.model import SimilarityTerm

from .catalogue import add_panel, methods, pick, pick_others
from .views.plain import literal
from .views.score_slider import ScoreSlider

if TYPE_CHECKING:
    from .actions import Actions
    from .document import Document
    from .match_commands import MatchCommands
    from .match_operations import MatchOperations

__all__ = ["MatchPopups"]


class MatchPopups(QObject):
    """Fills the menus of one window; each method takes the menu that is opening."""

    def __init__(
        self,
        document: Document,
        operations: MatchOperations,
        commands: MatchCommands,
        actions: Actions,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._document, self._operations = document, operations
        self._commands, self._actions = commands, actions

    def detectors(self, menu: QMenu) -> None:
        """Detectors that come with the program, one of the user's, and from which score on they count."""
        titles = {
            "both": self.tr("Both that come along"),
            "nanodet": self.tr("NanoDet, 80 classes of COCO"),
            "ssd": self.tr("SSD MobileNetV2, 23 classes of Open Images"),
        }
        menu.clear()
        for name, title in titles.items():
            menu.addAction(title).triggered.connect(lambda _on=False, name=name: self._operations.detect(name))
        menu.addAction(self.tr("Another one…")).triggered.connect(lambda _on=False: self._commands.use_detector())
        menu.addSeparator()
        menu.addAction(self._actions["find_regions"])
        scene = self._document.session.active_scene
        if scene is None:
            return
        menu.addSeparator()
        scores = [o.score for o in scene.objects if o.origin == "detected" and o.score is not None]
        slider = ScoreSlider(scores, scene.threshold)
        slider.previewed.connect(self._operations.preview_threshold)
        slider.chosen.connect(self._operations.set_threshold)
        # By keys the slider is never let go: the step is made when the menu goes.
        menu.aboutToHide.connect(slider.settle)
        action = QWidgetAction(menu)
        action.setDefaultWidget(slider)
        menu.addAction(action)

    def similarity(self, menu: QMenu) -> None:
        """Sources of the similarity."""
        from syncline.similarity import REGISTRY as SOURCES

        terms = self._document.session.match_recipe.terms
        menu.clear()
        pick(menu, self.tr("Automatic"), not terms, lambda: self._commands.use_sources(()))
        menu.addSeparator()
        chosen = {t.name for t in terms}
        for name, method in methods(SOURCES).items():
            if name in chosen:
                new = tuple(t for t in terms if t.name != name)
            else:
                new = (*terms, SimilarityTerm(name))
            pick(menu, literal(method.title), name in chosen, partial(self._commands.use_sources, new))
        add_panel(menu, self._actions["panel_match_recipe"])

    def solvers(self, menu: QMenu) -> None:
        """Match solvers."""
        from syncline.solvers.match import REGISTRY as SOLVERS

        recipe = self._document.session.match_recipe
        menu.clear()
        for name, method in methods(SOLVERS).items():
            pick(menu, literal(method.title), name == recipe.method, partial(self._commands.use_method, name))
        add_panel(menu, self._actions["panel_match_recipe"])

    def compare(self, menu: QMenu) -> None:
        """The other matchings of the picture."""
        session = self._document.session
        menu.clear()
        for name in ("keep_matching", "next_matching"):
            menu.addAction(self._actions[name])
        kept = session.matchings_of(session.scene)
        pick_others(menu, kept, session.shown_match, session.compared, self._operations.compare)
