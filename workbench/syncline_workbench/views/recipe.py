"""How the next alignment is computed: features, method, and all that the method can be told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QScrollArea, QWidget

from syncline.model import AUTO, FeatureRecipe, FeatureTerm, Media, Recipe
from syncline.registry import Method

from ..document import Change, Document
from .method_form import Methods
from .objective_curve import ObjectiveCurve
from .parameters import Fold, NumberBox
from .plain import label, literal, tip
from .recipe_form import RecipeForm

__all__ = ["RecipePanel"]


def _kinds(media: Media | None, others: frozenset[str]) -> frozenset[str]:
    """What kinds of extractors work on a file (a video with sound is sound as well); without one, the `others`."""
    if media is None:
        return others
    return frozenset({str(media.kind)} | ({"audio"} if media.audio is not None else set()))


class RecipePanel(RecipeForm):
    """Draws `Session.recipe`; says what the user wants instead."""

    align_requested = Signal()
    kind = FeatureTerm

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(document, self.tr("Features"), self.tr("Weight: how much this feature counts"), parent)
        self.setObjectName("recipe")
        self.add.setToolTip(tip(self.tr("Choose a feature to compare by")))
        self.add.setAccessibleName(self.tr("Add a feature"))
        self.automatic.setToolTip(tip(self.tr("Choose by what the two files are")))
        self._reason = label("", "muted")
        self._reason.setWordWrap(True)
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
        self.of_terms.addWidget(self._reason)
        self.of_terms.addWidget(self._pca)
        self.align = self._end_with(self.tr("Align"))
        self.align.clicked.connect(self.align_requested)
        self.objective = ObjectiveCurve()
        # Once it has been laid out.
        self.objective.began.connect(self._show_rounds, Qt.ConnectionType.QueuedConnection)
        # Above what stretches.
        self._column.insertWidget(self._column.indexOf(self.align) + 1, self.objective)
        document.changed.connect(self._changed)
        self._draw()

    def sizeHint(self) -> QSize:
        return QSize(260, super().sizeHint().height())

    def set_methods(self, catalogue: Mapping[str, Methods]) -> None:
        """Say what there is to choose from.

        Parameters
        ----------
        catalogue
            ``{"features": {name: Method}, "solvers": {name: Method}}``.
        """
        self._set_methods(catalogue["features"], catalogue["solvers"])
        self.method.insertItem(0, self.tr("Automatic"), AUTO)
        self.method.setItemData(0, tip(self.tr("What suits the features")), Qt.ItemDataRole.ToolTipRole)
        self._draw()

    @property
    def _recipe(self) -> Recipe:
        return self._document.session.recipe

    @property
    def _own_terms(self) -> tuple[FeatureTerm, ...]:
        return self._recipe.features.terms

    # -- drawing -----------------------------------------------------------------------------------

    def _show_rounds(self) -> None:
        """Under a long form the curve would begin out of sight."""
        above = self.parentWidget()
        while above is not None and not isinstance(above, QScrollArea):
            above = above.parentWidget()
        if above is not None:
            above.ensureWidgetVisible(self.objective, 0, 10)

    def _changed(self, change: Change) -> None:
        if change & (Change.RECIPE | Change.INPUTS | Change.ALIGNMENTS | Change.FEATURES | Change.PATH):
            self._draw()

    def _draw(self) -> None:
        session = self._document.shown
        recipe, alignment = session.recipe, session.alignment
        self._draw_features(recipe.features)
        # Left to the program, the fields show what it came to; only a departure from that is the user's own.
        resolved = alignment.resolved if alignment is not None and alignment.recipe == recipe else None
        name = self._method_of(recipe, resolved)
        self._draw_method(recipe, None if resolved is None else resolved.params, name)
        self._say_choice(None if recipe.method != AUTO or resolved is None else resolved.method)
        self.align.setEnabled(session.pair is not None and (not self._solvers or name in self._solvers))
        ready = session.pair is not None
        self.align.setToolTip(tip(self.tr("Align A and B by the recipe") if ready else self.tr("Open A and B first")))

    def _say_choice(self, name: str | None) -> None:
        """Name beside “Automatic” the method it came to."""
        open_one = self.method.findData(AUTO)
        if open_one < 0:
            return
        words, about = self.tr("Automatic"), self.tr("What suits the features")
        if name is not None:
            known = self._solvers.get(name)
            title = name if known is None else known.title
            # The lists of alignments write short names so.
            words = self.tr("Automatic: {method}").format(method=name.upper() if len(name) < 5 else title)
            about = f"{about}: {title}"
        self.method.setItemText(open_one, literal(words))
        self.method.setItemData(open_one, tip(about), Qt.ItemDataRole.ToolTipRole)

    @staticmethod
    def _method_of(recipe: Recipe, resolved: Recipe | None) -> str:
        """Name of the method whose parameters are shown: an open one's is what it came to, before that the usual."""
        if recipe.method != AUTO:
            return recipe.method
        return "dtw" if resolved is None else resolved.method

    def _draw_features(self, features: FeatureRecipe) -> None:
        self._draw_terms(features.terms)
        self._pca.setVisible(not features.automatic)
        alignment = self._document.shown.alignment
        found = None if alignment is None or not alignment.recipe.features.automatic else alignment.resolved
        if alignment is not None and found is not None:
            self._chosen.setText(self.tr("Automatic: {features}").format(features=self._titles(found.features.terms)))
            self._reason.setText(alignment.reason)
        else:
            self._chosen.setText(self.tr("Automatic"))
            self._reason.setText(self.tr("Chosen by what the two files are"))
        self._reason.setVisible(features.automatic and bool(self._reason.text()))
        self.components.blockSignals(True)
        self.components.set_number(features.components or None)
        self.components.blockSignals(False)

    def _learned(self) -> tuple[str, dict[str, str]]:
        return "encoder", {e.digest: e.label for e in self._document.session.encoders}

    def _sides(self, method: Method[Any]) -> str:
        """Which sides an extractor can be used on: ``AB``, or of files that have nothing in common one, or none."""
        session = self._document.shown
        a, b = (_kinds(media, method.kinds) for media in (session.a, session.b))
        on = "".join(side for side, kinds in (("A", a), ("B", b)) if kinds & method.kinds)
        return on if on == "AB" or not a & b else ""

    def _offered(self) -> Iterable[str]:
        return (n for n, method in self._known.items() if self._sides(method))

    def _aside(self, name: str) -> str:
        on = self._sides(self._known[name]) if name in self._known else ""
        return f" · {self.tr('only {side}').format(side=on)}" if len(on) == 1 else ""

    def _automatic_choice(self) -> dict[str, Any] | None:
        alignment = self._document.shown.alignment
        if not self._recipe.features.automatic or alignment is None or alignment.resolved is None:
            return None
        found = alignment.resolved.features
        return None if found.automatic else {"features": found}

    def _fill_menu(self) -> None:
        super()._fill_menu()
        if self._menu.isEmpty():
            none = self._menu.addAction(self.tr("No other feature fits these files"))
            none.setEnabled(False)

    # -- what the user wants -------------------------------------------------------------------------

    def _set_terms(self, terms: tuple[FeatureTerm, ...]) -> None:
        self._emit(features=replace(self._recipe.features, terms=terms) if terms else FeatureRecipe())

    def _take(self, terms: tuple[FeatureTerm, ...], params: Any) -> None:
        components = int(self.components.number() or 0) if terms else 0
        fields: dict[str, Any] = {"features": FeatureRecipe(terms, components), "params": params}
        if params is not None and self._recipe.method == AUTO:
            # Parameters are those of one method: whoever sets one has chosen it.
            alignment = self._document.shown.alignment
            known = alignment is not None and alignment.recipe == self._recipe
            fields["method"] = self._method_of(self._recipe, alignment.resolved if alignment and known else None)
        self._emit(**fields)
