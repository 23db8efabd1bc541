"""How the next alignment is computed: features, method, and all that the method can be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QMenu, QToolButton, QVBoxLayout, QWidget

from syncline.errors import ParameterError
from syncline.model import FeatureRecipe, FeatureTerm, Media, Recipe
from syncline.registry import Method, describe

from ..document import Change, Document
from .parameters import Fold, NumberBox, ParameterForm, calm
from .plain import IconButton, Notice, button, heading, label, literal, tip

__all__ = ["RecipePanel"]

Catalogue = Mapping[str, Mapping[str, Method[Any]]]


def _works_on(method: Method[Any], a: Media | None, b: Media | None) -> bool:
    """True if the extractor can be used on both files (a video with sound is sound as well)."""

    def kinds(media: Media | None) -> set[str]:
        if media is None:
            return set(method.kinds)
        return {str(media.kind)} | ({"audio"} if media.audio is not None else set())

    return bool(method.kinds & kinds(a) & kinds(b))


class _Term(QWidget):
    """One extractor with its weight; its parameters below it, folded away."""

    changed = Signal()
    removed = Signal()

    def __init__(self, term: FeatureTerm, methods: Mapping[str, Method[Any]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        method = methods.get(term.name)
        self.name = term.name
        self._params = term.params
        title = label(method.title if method is not None else term.name, "" if method is not None else "bad")
        if method is not None and method.help:
            title.setToolTip(tip(method.help))
        self.weight = NumberBox(0.001, 1000.0)
        self.weight.setFixedWidth(72)
        self.weight.setAccessibleName(self.tr("Weight of {feature}").format(feature=title.text()))
        self.weight.setToolTip(tip(self.tr("Weight: how much this feature counts")))
        self.remove = IconButton("x", self.tr("Remove {feature}").format(feature=title.text()))
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
            self.more = IconButton(
                "sliders-horizontal", self.tr("Parameters of {feature}").format(feature=title.text())
            )
            self.more.setCheckable(True)
            self.more.toggled.connect(self.form.setVisible)
            row.addWidget(self.more)
            column.addWidget(self.form)
        row.addWidget(self.weight)
        row.addWidget(self.remove)
        self.show_term(term)
        self.weight.valueChanged.connect(self.changed)

    def show_term(self, term: FeatureTerm) -> None:
        self._params = term.params
        self.weight.blockSignals(True)
        self.weight.set_number(term.weight)
        self.weight.blockSignals(False)
        if self.form is not None:
            self.form.set_value(term.params)

    def term(self) -> FeatureTerm:
        params = self._params
        if self.form is not None:
            params = self.form.value()
            # Defaults stay unsaid, so that a recipe that says nothing about them is the same recipe.
            if params == self.form.params():
                params = None
        return FeatureTerm(self.name, float(self.weight.number() or 1.0), params)


class RecipePanel(QWidget):
    """Draws `Session.recipe`; says what the user wants instead."""

    recipe_changed = Signal(object)
    """A new `Recipe`."""
    align_requested = Signal()

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("recipe")
        self._document = document
        self._features: Mapping[str, Method[Any]] = {}
        self._solvers: Mapping[str, Method[Any]] = {}
        self._terms: list[_Term] = []
        self.form: ParameterForm | None = None

        self.add = QToolButton()
        self.add.setText(self.tr("Add"))
        self.add.setProperty("role", "flat")
        self.add.setToolTip(tip(self.tr("Choose a feature to compare by")))
        self.add.setAccessibleName(self.tr("Add a feature"))
        self.add.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(self._fill_menu)
        self.add.setMenu(self._menu)
        self.automatic = QToolButton()
        self.automatic.setText(self.tr("Automatic"))
        self.automatic.setToolTip(tip(self.tr("Choose by what the two files are")))
        self.automatic.clicked.connect(lambda: self._emit(features=FeatureRecipe()))
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.addWidget(heading(self.tr("Features")))
        head.addStretch(1)
        head.addWidget(self.automatic)
        head.addWidget(self.add)
        self._chosen = label("")
        self._chosen.setWordWrap(True)
        self._reason = label("", "muted")
        self._reason.setWordWrap(True)
        self._list = QVBoxLayout()
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(4)
        self.components = NumberBox(1, 512, whole=True, optional=True, absent=self.tr("all"))
        self.components.setFixedWidth(96)
        self.components.setAccessibleName(self.tr("Principal components"))
        self.components.valueChanged.connect(self._edited)
        pca = QWidget()
        grid = QGridLayout(pca)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setColumnStretch(0, 1)
        words = label(self.tr("Components"))
        words.setToolTip(tip(self.tr("Principal components kept, fitted on both files together")))
        grid.addWidget(words, 0, 0)
        grid.addWidget(self.components, 0, 1, Qt.AlignmentFlag.AlignRight)
        self._pca = Fold(self.tr("More"), pca)

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
        self.trouble = Notice("bad")
        self.align = button(self.tr("Align"), "primary")
        self.align.clicked.connect(self.align_requested)

        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 10)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self._chosen)
        column.addWidget(self._reason)
        column.addLayout(self._list)
        column.addWidget(self._pca)
        column.addSpacing(6)
        column.addLayout(method_head)
        column.addLayout(self._place)
        column.addWidget(self.trouble)
        column.addSpacing(2)
        column.addWidget(self.align)
        column.addStretch(1)
        document.changed.connect(self._changed)
        self._automatic_params: Any = None
        self._draw()

    def sizeHint(self) -> QSize:
        return QSize(260, super().sizeHint().height())

    def set_methods(self, catalogue: Catalogue) -> None:
        """Say what there is to choose from.

        Parameters
        ----------
        catalogue
            ``{"features": {name: Method}, "solvers": {name: Method}}``.
        """
        self._features, self._solvers = catalogue["features"], catalogue["solvers"]
        self.method.clear()
        for name, method in self._solvers.items():
            self.method.addItem(literal(method.title), name)
            self.method.setItemData(
                self.method.count() - 1, tip(method.help or method.title), Qt.ItemDataRole.ToolTipRole
            )
        self._forget_terms()
        self._forget_form()
        self._draw()

    # -- drawing -----------------------------------------------------------------------------------

    def _changed(self, change: Change) -> None:
        if change & (Change.RECIPE | Change.INPUTS | Change.ALIGNMENTS | Change.FEATURES | Change.PATH):
            self._draw()

    def _draw(self) -> None:
        session = self._document.shown
        recipe = session.recipe
        self._draw_features(recipe.features)
        self._draw_method(recipe)
        self.align.setEnabled(session.pair is not None and (not self._solvers or recipe.method in self._solvers))
        self.align.setToolTip("" if session.pair is not None else tip(self.tr("Open A and B first")))

    def _draw_features(self, features: FeatureRecipe) -> None:
        automatic = features.automatic
        alignment = self._document.shown.alignment
        resolved = alignment.resolved if alignment is not None else None
        self.automatic.setVisible(not automatic)
        self._pca.setVisible(not automatic)
        self._chosen.setVisible(automatic)
        known = alignment is not None and resolved is not None and alignment.recipe.features.automatic
        self._reason.setVisible(automatic)
        if alignment is not None and resolved is not None and known:
            self._chosen.setText(self.tr("Automatic: {features}").format(features=self._titles(resolved.features)))
            self._reason.setText(alignment.reason)
            self._reason.setVisible(automatic and bool(alignment.reason))
        else:
            self._chosen.setText(self.tr("Automatic"))
            self._reason.setText(self.tr("Chosen by what the two files are"))
        if [t.name for t in self._terms] != [t.name for t in features.terms]:
            self._forget_terms()
            for term in features.terms:
                row = _Term(term, self._features)
                row.changed.connect(self._edited)
                row.removed.connect(lambda row=row: self._removed(row))
                self._terms.append(row)
                self._list.addWidget(row)
        for row, term in zip(self._terms, features.terms, strict=True):
            row.show_term(term)
        self.components.blockSignals(True)
        self.components.set_number(features.components or None)
        self.components.blockSignals(False)

    def _titles(self, features: FeatureRecipe) -> str:
        words: list[str] = []
        for t in features.terms:
            title = self._features[t.name].title if t.name in self._features else t.name
            words.append(title if t.weight == 1 else f"{t.weight:g} × {title}")
        return " + ".join(words)

    def _draw_method(self, recipe: Recipe) -> None:
        if not self._solvers:
            return
        self.method.setCurrentIndex(self.method.findData(recipe.method))
        method = self._solvers.get(recipe.method)
        if method is None:
            self._forget_form()
            self.trouble.say(
                self.tr("There is no method “{name}” here; choose another one.").format(name=recipe.method)
            )
            return
        if self.form is None or self.form.params is not method.params:
            self._forget_form()
            self.form = ParameterForm(method.params)
            self.form.changed.connect(self._edited)
            self._place.addWidget(self.form)
        # Left to the program, the fields show what it came to; only a departure from that is the user's own.
        alignment = self._document.shown.alignment
        resolved = alignment.resolved if alignment is not None and alignment.recipe == recipe else None
        found = resolved.params if resolved is not None else None
        self._automatic_params = found if isinstance(found, method.params) else method.params()
        self.form.set_value(recipe.params if recipe.params is not None else self._automatic_params)
        self.trouble.say("")

    def _forget_terms(self) -> None:
        for row in self._terms:
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._terms = []

    def _forget_form(self) -> None:
        if self.form is not None:
            self._place.removeWidget(self.form)
            self.form.hide()
            self.form.deleteLater()
            self.form = None

    def _fill_menu(self) -> None:
        session = self._document.shown
        self._menu.clear()
        alignment = session.alignment
        if session.recipe.features.automatic and alignment is not None and alignment.resolved is not None:
            found = alignment.resolved.features
            if not found.automatic:
                copy = self._menu.addAction(self.tr("Change the automatic choice"))
                copy.triggered.connect(lambda: self._emit(features=found))
                self._menu.addSeparator()
        used = {t.name for t in session.recipe.features.terms}
        for name, method in self._features.items():
            if name in used or not _works_on(method, session.a, session.b):
                continue
            action = self._menu.addAction(literal(method.title))
            action.setToolTip(tip(method.help or method.title))
            action.triggered.connect(lambda _=False, name=name: self._added(name))
        if self._menu.isEmpty():
            none = self._menu.addAction(self.tr("No other feature fits these files"))
            none.setEnabled(False)

    # -- what the user wants -------------------------------------------------------------------------

    def _emit(self, **fields: Any) -> None:
        old = self._document.session.recipe
        new = replace(old, **fields)
        if new != old:
            self.recipe_changed.emit(new)

    def _added(self, name: str) -> None:
        features = self._document.session.recipe.features
        self._emit(features=replace(features, terms=(*features.terms, FeatureTerm(name))))

    def _removed(self, row: _Term) -> None:
        features = self._document.session.recipe.features
        terms = tuple(t for t in features.terms if t.name != row.name)
        self._emit(features=replace(features, terms=terms) if terms else FeatureRecipe())

    def _method_chosen(self) -> None:
        name = self.method.currentData()
        if name != self._document.session.recipe.method:
            self._emit(method=name, params=None)

    def _edited(self) -> None:
        try:
            terms = tuple(row.term() for row in self._terms)
            params = self.form.value() if self.form is not None else self._document.session.recipe.params
        except ParameterError as error:
            self.trouble.say(str(error))
            return
        self.trouble.say("")
        if self.form is not None and params == self._automatic_params:
            params = None
        components = int(self.components.number() or 0) if terms else 0
        self._emit(features=FeatureRecipe(terms, components), params=params)
