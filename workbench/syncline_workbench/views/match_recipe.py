"""How the next matching is found: sources of similarity with their weights, method, threshold, masses."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QWidget

from syncline.model import MatchRecipe, SimilarityTerm

from ..document import Change, Document
from .method_form import Methods
from .parameters import NumberBox, calm
from .plain import label, tip
from .recipe_form import RecipeForm

__all__ = ["MatchRecipePanel"]

_SOFT = ("transport", "sinkhorn", "unbalanced", "partial")
"""Methods that look at masses."""


class MatchRecipePanel(RecipeForm):
    """Draws `Session.match_recipe`; says what the user wants instead."""

    match_requested = Signal()
    kind = SimilarityTerm

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(document, self.tr("Similarity"), self.tr("Weight: how much this source counts"), parent)
        self.setObjectName("match-recipe")
        self._defaults: tuple[SimilarityTerm, ...] = ()
        self.add.setToolTip(tip(self.tr("Choose a source to compare by")))
        self.add.setAccessibleName(self.tr("Add a source of similarity"))
        self.automatic.setToolTip(tip(self.tr("Sources that suit most pictures")))
        self.threshold = NumberBox(-1e6, 1e6, optional=True, absent=self.tr("automatic"))
        self.threshold.setFixedWidth(104)
        self.threshold.setAccessibleName(self.tr("Least similarity"))
        self.threshold.valueChanged.connect(self._edited)
        self.masses = QComboBox()
        self.masses.setAccessibleName(self.tr("Masses"))
        for name, words in (
            ("uniform", self.tr("all the same")),
            ("confidence", self.tr("by confidence")),
            ("area", self.tr("by area")),
        ):
            self.masses.addItem(words, name)
        calm(self.masses)
        self.masses.activated.connect(self._edited)
        self._masses_words = label(self.tr("Objects weigh"))
        self._masses_words.setToolTip(
            tip(self.tr("How much mass each object has in transport; phrases weigh the same"))
        )
        threshold_words = label(self.tr("Least similarity"))
        about = self.tr("Similarity from which a pair is a link rather than left alone; empty: as the sources say")
        threshold_words.setToolTip(tip(about))
        self.threshold.setAccessibleDescription(about)
        grid = QGridLayout()
        grid.setColumnStretch(0, 1)
        grid.addWidget(threshold_words, 0, 0)
        grid.addWidget(self.threshold, 0, 1, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(self._masses_words, 1, 0)
        grid.addWidget(self.masses, 1, 1, Qt.AlignmentFlag.AlignRight)
        self.of_method.addLayout(grid)
        self.match = self._end_with(self.tr("Match"))
        self.match.clicked.connect(self.match_requested)
        document.changed.connect(self._changed)
        self._draw()

    def sizeHint(self) -> QSize:
        return QSize(270, super().sizeHint().height())

    def set_methods(self, sources: Methods, solvers: Methods, defaults: tuple[SimilarityTerm, ...]) -> None:
        """Say what there is to choose from.

        Parameters
        ----------
        sources, solvers
            Sources of similarity and match solvers by name.
        defaults
            Sources that a recipe without any stands for.
        """
        self._defaults = defaults
        self._set_methods(sources, solvers)
        self._draw()

    @property
    def _recipe(self) -> MatchRecipe:
        return self._document.session.match_recipe

    @property
    def _own_terms(self) -> tuple[SimilarityTerm, ...]:
        return self._recipe.terms

    # -- drawing -----------------------------------------------------------------------------------

    def _learned(self) -> tuple[str, dict[str, str]]:
        return "scorer", {s.digest: s.label for s in self._document.session.scorers}

    def _changed(self, change: Change) -> None:
        if change & (Change.MATCH_RECIPE | Change.SCENE):
            self._draw()

    def _draw(self) -> None:
        session = self._document.shown
        recipe, scene = session.match_recipe, session.active_scene
        self._draw_terms(recipe.terms)
        self._chosen.setText(self.tr("Automatic: {sources}").format(sources=self._titles(self._defaults)))
        for part in (self._masses_words, self.masses):
            part.setVisible(recipe.method in _SOFT)
        for box, draw in (
            (self.threshold, lambda: self.threshold.set_number(_shown_threshold(recipe))),
            (self.masses, lambda: self.masses.setCurrentIndex(self.masses.findData(recipe.masses))),
        ):
            box.blockSignals(True)
            draw()
            box.blockSignals(False)
        self._draw_method(recipe)
        able = scene is not None and bool(scene.active) and bool(scene.phrases)
        self.match.setEnabled(able and (not self._solvers or recipe.method in self._solvers))
        self.match.setToolTip("" if able else tip(self.tr("It takes a picture with objects and a caption")))

    def _automatic_choice(self) -> dict[str, Any] | None:
        return None if self._recipe.terms else {"terms": self._defaults}

    # -- what the user wants -------------------------------------------------------------------------

    def _set_terms(self, terms: tuple[SimilarityTerm, ...]) -> None:
        self._emit(terms=terms)

    def _take(self, terms: tuple[SimilarityTerm, ...], params: Any) -> None:
        threshold = self.threshold.number()
        if threshold == _shown_threshold(self._recipe):
            threshold = self._recipe.threshold
        self._emit(terms=terms, params=params, threshold=threshold, masses=self.masses.currentData())


def _shown_threshold(recipe: MatchRecipe) -> float | None:
    """A threshold of −∞ (everybody must be matched) is shown as the least number that can be typed."""
    return None if recipe.threshold is None else max(recipe.threshold, -1e6)
