"""How the next matching is found: sources of similarity with their weights, method, threshold, masses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QMenu, QToolButton, QVBoxLayout, QWidget

from syncline.errors import ParameterError
from syncline.model import MatchRecipe, SimilarityTerm
from syncline.registry import Method, describe

from ..document import Change, Document
from .parameters import NumberBox, ParameterForm, calm
from .plain import IconButton, Notice, button, heading, label, literal, tip

__all__ = ["MatchRecipePanel"]

Methods = Mapping[str, Method[Any]]
_SOFT = ("transport", "sinkhorn", "unbalanced", "partial")
"""Methods that look at masses."""


class _Source(QWidget):
    """One source of similarity with its weight; its parameters below it, folded away."""

    changed = Signal()
    removed = Signal()

    def __init__(self, term: SimilarityTerm, methods: Methods) -> None:
        super().__init__()
        method = methods.get(term.name)
        self.name, self._params = term.name, term.params
        title = label(method.title if method is not None else term.name, "" if method is not None else "bad")
        if method is not None and method.help:
            title.setToolTip(tip(method.help))
        self.weight = NumberBox(0.001, 1000.0)
        self.weight.setFixedWidth(72)
        self.weight.setAccessibleName(self.tr("Weight of {source}").format(source=title.text()))
        self.weight.setToolTip(tip(self.tr("Weight: how much this source counts")))
        self.remove = IconButton("x", self.tr("Remove {source}").format(source=title.text()))
        self.remove.clicked.connect(self.removed)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(title, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        self.form: ParameterForm | None = None
        if method is not None and describe(method.params):
            self.form = ParameterForm(method.params)
            self.form.hide()
            self.form.setContentsMargins(12, 0, 0, 4)
            self.form.changed.connect(self.changed)
            self.more = IconButton("sliders-horizontal", self.tr("Parameters of {source}").format(source=title.text()))
            self.more.setCheckable(True)
            self.more.toggled.connect(self.form.setVisible)
            row.addWidget(self.more)
            column.addWidget(self.form)
        row.addWidget(self.weight)
        row.addWidget(self.remove)
        self.show_term(term)
        self.weight.valueChanged.connect(self.changed)

    def show_term(self, term: SimilarityTerm) -> None:
        self._params = term.params
        self.weight.blockSignals(True)
        self.weight.set_number(term.weight)
        self.weight.blockSignals(False)
        if self.form is not None:
            self.form.set_value(term.params if not isinstance(term.params, Mapping) else None)

    def term(self) -> SimilarityTerm:
        params = self._params
        if self.form is not None:
            params = self.form.value()
            # Defaults stay unsaid, so that a recipe that says nothing about them is the same recipe.
            if params == self.form.params():
                params = None
        return SimilarityTerm(self.name, float(self.weight.number() or 1.0), params)


class MatchRecipePanel(QWidget):
    """Draws `Session.match_recipe`; says what the user wants instead."""

    recipe_changed = Signal(object)
    """A new `MatchRecipe`."""
    match_requested = Signal()

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("match-recipe")
        self._document = document
        self._sources: Methods = {}
        self._solvers: Methods = {}
        self._defaults: tuple[SimilarityTerm, ...] = ()
        self.terms: list[_Source] = []
        self.form: ParameterForm | None = None

        self.add = QToolButton()
        self.add.setText(self.tr("Add"))
        self.add.setProperty("role", "flat")
        self.add.setToolTip(tip(self.tr("Choose a source to compare by")))
        self.add.setAccessibleName(self.tr("Add a source of similarity"))
        self.add.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(self._fill_menu)
        self.add.setMenu(self._menu)
        self.automatic = QToolButton()
        self.automatic.setText(self.tr("Automatic"))
        self.automatic.setToolTip(tip(self.tr("Sources that suit most pictures")))
        self.automatic.clicked.connect(lambda: self._emit(terms=()))
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.addWidget(heading(self.tr("Similarity")))
        head.addStretch(1)
        head.addWidget(self.automatic)
        head.addWidget(self.add)
        self.chosen = label("")
        self.chosen.setWordWrap(True)
        self._list = QVBoxLayout()
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(4)

        self.method = QComboBox()
        self.method.setAccessibleName(self.tr("Method"))
        self.method.setMaximumWidth(200)
        calm(self.method)
        self.method.activated.connect(self._method_chosen)
        method_head = QHBoxLayout()
        method_head.setContentsMargins(0, 0, 0, 0)
        method_head.addWidget(heading(self.tr("Method")))
        method_head.addStretch(1)
        method_head.addWidget(self.method)
        self._place = QVBoxLayout()
        self._place.setContentsMargins(0, 0, 0, 0)

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
        inside = QWidget()
        grid = QGridLayout(inside)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setColumnStretch(0, 1)
        grid.addWidget(threshold_words, 0, 0)
        grid.addWidget(self.threshold, 0, 1, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(self._masses_words, 1, 0)
        grid.addWidget(self.masses, 1, 1, Qt.AlignmentFlag.AlignRight)
        self.trouble = Notice("bad")
        self.match = button(self.tr("Match"), "primary")
        self.match.clicked.connect(self.match_requested)

        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 10)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.chosen)
        column.addLayout(self._list)
        column.addSpacing(6)
        column.addLayout(method_head)
        column.addLayout(self._place)
        column.addWidget(inside)
        column.addWidget(self.trouble)
        column.addSpacing(2)
        column.addWidget(self.match)
        column.addStretch(1)
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
        self._sources, self._solvers, self._defaults = sources, solvers, defaults
        self.method.clear()
        for name, method in solvers.items():
            self.method.addItem(literal(method.title), name)
            self.method.setItemData(
                self.method.count() - 1, tip(method.help or method.title), Qt.ItemDataRole.ToolTipRole
            )
        self._forget_terms()
        self._forget_form()
        self._draw()

    # -- drawing -----------------------------------------------------------------------------------

    def _changed(self, change: Change) -> None:
        if change & (Change.MATCH_RECIPE | Change.SCENE):
            self._draw()

    def _draw(self) -> None:
        session = self._document.shown
        recipe, scene = session.match_recipe, session.active_scene
        self._draw_terms(recipe)
        self._draw_method(recipe)
        able = scene is not None and bool(scene.active) and bool(scene.phrases)
        self.match.setEnabled(able and (not self._solvers or recipe.method in self._solvers))
        self.match.setToolTip("" if able else tip(self.tr("It takes a picture with objects and a caption")))

    def _draw_terms(self, recipe: MatchRecipe) -> None:
        automatic = not recipe.terms
        self.automatic.setVisible(not automatic)
        self.chosen.setVisible(automatic)
        self.chosen.setText(self.tr("Automatic: {sources}").format(sources=self._titles(self._defaults)))
        if [t.name for t in self.terms] != [t.name for t in recipe.terms]:
            self._forget_terms()
            for k, term in enumerate(recipe.terms):
                row = _Source(term, self._sources)
                row.changed.connect(self._edited)
                row.removed.connect(lambda k=k: self._removed(k))
                self.terms.append(row)
                self._list.addWidget(row)
        for row, term in zip(self.terms, recipe.terms, strict=True):
            row.show_term(term)

    def _titles(self, terms: tuple[SimilarityTerm, ...]) -> str:
        words: list[str] = []
        for t in terms:
            title = self._sources[t.name].title if t.name in self._sources else t.name
            words.append(title if t.weight == 1 else f"{t.weight:g} × {title}")
        return " + ".join(words)

    def _draw_method(self, recipe: MatchRecipe) -> None:
        for part in (self._masses_words, self.masses):
            part.setVisible(recipe.method in _SOFT)
        for box, draw in (
            (self.threshold, lambda: self.threshold.set_number(_shown_threshold(recipe))),
            (self.masses, lambda: self.masses.setCurrentIndex(self.masses.findData(recipe.masses))),
        ):
            box.blockSignals(True)
            draw()
            box.blockSignals(False)
        if not self._solvers:
            return
        self.method.setCurrentIndex(self.method.findData(recipe.method))
        method = self._solvers.get(recipe.method)
        if method is None:
            self._forget_form()
            words = self.tr("There is no method “{name}” here; choose another one.")
            self.trouble.say(words.format(name=recipe.method))
            return
        if self.form is None or self.form.params is not method.params:
            self._forget_form()
            self.form = ParameterForm(method.params)
            self.form.changed.connect(self._edited)
            self._place.addWidget(self.form)
        self.form.set_value(recipe.params if isinstance(recipe.params, method.params) else None)
        self.trouble.say("")

    def _forget_terms(self) -> None:
        for row in self.terms:
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.terms = []

    def _forget_form(self) -> None:
        if self.form is not None:
            self._place.removeWidget(self.form)
            self.form.hide()
            self.form.deleteLater()
            self.form = None

    def _fill_menu(self) -> None:
        recipe = self._document.session.match_recipe
        self._menu.clear()
        if not recipe.terms:
            copy = self._menu.addAction(self.tr("Change the automatic choice"))
            copy.triggered.connect(lambda: self._emit(terms=self._defaults))
            self._menu.addSeparator()
        used = {t.name for t in recipe.terms}
        for name, method in self._sources.items():
            if name not in used:
                action = self._menu.addAction(literal(method.title))
                action.setToolTip(tip(method.help or method.title))
                action.triggered.connect(lambda _=False, name=name: self._added(name))

    # -- what the user wants -------------------------------------------------------------------------

    def _emit(self, **fields: Any) -> None:
        old = self._document.session.match_recipe
        new = replace(old, **fields)
        if new != old:
            self.recipe_changed.emit(new)

    def _added(self, name: str) -> None:
        self._emit(terms=(*self._document.session.match_recipe.terms, SimilarityTerm(name)))

    def _removed(self, k: int) -> None:
        terms = self._document.session.match_recipe.terms
        self._emit(terms=(*terms[:k], *terms[k + 1 :]))

    def _method_chosen(self) -> None:
        name = self.method.currentData()
        if name != self._document.session.match_recipe.method:
            self._emit(method=name, params=None)

    def _edited(self) -> None:
        recipe = self._document.session.match_recipe
        try:
            terms = tuple(row.term() for row in self.terms)
            params = self.form.value() if self.form is not None else recipe.params
        except ParameterError as error:
            self.trouble.say(str(error))
            return
        self.trouble.say("")
        if self.form is not None and params == self.form.params():
            params = None
        threshold = self.threshold.number()
        if threshold == _shown_threshold(recipe):
            threshold = recipe.threshold
        self._emit(terms=terms, params=params, threshold=threshold, masses=self.masses.currentData())


def _shown_threshold(recipe: MatchRecipe) -> float | None:
    """A threshold of −∞ (everybody must be matched) is shown as the least number that can be typed."""
    return None if recipe.threshold is None else max(recipe.threshold, -1e6)
