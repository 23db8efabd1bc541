"""What the panels of both recipes are made of: weighted terms to compare by, and a method with all it can be told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QVBoxLayout, QWidget

from syncline.errors import ParameterError
from syncline.model import FeatureTerm, SimilarityTerm
from syncline.registry import Method, describe

from ..document import Document
from .method_form import MethodForm, Methods
from .parameters import NumberBox, ParameterForm, tab_through
from .plain import Elided, IconButton, clean, heading, label, literal, tip

__all__ = ["RecipeForm", "Term"]

Term = FeatureTerm | SimilarityTerm


class _Row(QWidget):
    """One term with its weight; its parameters below it, folded away."""

    changed = Signal()
    removed = Signal()

    def __init__(self, term: Term, method: Method[Any] | None, counts: str) -> None:
        super().__init__()
        self.name, self._term = term.name, term
        words = method.title if method is not None else term.name
        self.title = title = Elided(words, "" if method is not None else "bad", Qt.TextElideMode.ElideRight)
        if method is not None and method.help:
            title.setToolTip(tip(method.help))
        self.weight = NumberBox(0.001, 1000.0)
        self.weight.setFixedWidth(72)
        self.weight.setAccessibleName(self.tr("Weight of {name}").format(name=title.text()))
        self.weight.setToolTip(tip(counts))
        self.remove = IconButton("x", self.tr("Remove {name}").format(name=title.text()))
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
            self.more = IconButton("sliders-horizontal", self.tr("Parameters of {name}").format(name=title.text()))
            self.more.setCheckable(True)
            self.more.toggled.connect(self.form.setVisible)
            row.addWidget(self.more)
            column.addWidget(self.form)
        row.addWidget(self.weight)
        row.addWidget(self.remove)
        self.show_term(term)
        self.weight.valueChanged.connect(self.changed)

    def show_term(self, term: Term) -> None:
        self._term = term
        self.weight.blockSignals(True)
        self.weight.set_number(term.weight)
        self.weight.blockSignals(False)
        if self.form is not None:
            self.form.set_value(term.params if isinstance(term.params, self.form.params) else None)

    @property
    def stops(self) -> list[QWidget]:
        """What Tab comes to, in the order of the row."""
        form = [] if self.form is None else [self.more, *self.form.stops]
        return [*form[:1], self.weight, self.remove, *form[1:]]

    def term(self) -> Term:
        params = self._term.params
        if self.form is not None:
            params = self.form.value()
            # Defaults stay unsaid, so that a recipe that says nothing about them is the same recipe.
            if params == self.form.params():
                params = None
        return replace(self._term, weight=float(self.weight.number() or 1.0), params=params)


class RecipeForm(MethodForm):
    """Terms, method and parameters of a recipe; a panel says which recipe that is, and adds what else belongs to it.

    Attributes
    ----------
    of_terms
        Room for what else is said of the terms.
    """

    kind: type[Term]
    """What its terms are."""

    def __init__(self, document: Document, title: str, counts: str, parent: QWidget | None = None) -> None:
        super().__init__(document, parent)
        self._counts = counts
        self._known: Methods = {}
        self._terms: list[_Row] = []
        self.add = QToolButton()
        self.add.setText(self.tr("Add"))
        self.add.setProperty("role", "flat")
        self.add.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(self._fill_menu)
        self.add.setMenu(self._menu)
        self.automatic = QToolButton()
        self.automatic.setText(self.tr("Automatic"))
        self.automatic.clicked.connect(lambda: self._set_terms(()))
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.addWidget(heading(title))
        head.addStretch(1)
        head.addWidget(self.automatic)
        head.addWidget(self.add)
        self._chosen = label("")
        self._chosen.setWordWrap(True)

        self._list, self.of_terms = QVBoxLayout(), QVBoxLayout()
        self._list.setSpacing(4)
        self._column.addLayout(head)
        self._column.addWidget(self._chosen)
        self._column.addLayout(self.of_terms)
        self._column.addLayout(self._list)
        self._column.addSpacing(6)
        self._add_method()

    def _set_methods(self, known: Methods, solvers: Methods) -> None:
        """Say what terms and methods there are."""
        self._known = known
        self._draw_terms(())
        self._set_solvers(solvers)

    # -- what a panel says ---------------------------------------------------------------------------

    @property
    def _own_terms(self) -> tuple[Term, ...]:
        """Its terms; none if the program chooses them."""
        raise NotImplementedError

    def _set_terms(self, terms: tuple[Any, ...]) -> None:
        """Ask for other terms."""
        raise NotImplementedError

    def _take(self, terms: tuple[Any, ...], params: Any) -> None:
        """Ask for what all fields say; `params` is None where they say what they would by themselves."""
        raise NotImplementedError

    def _offered(self) -> Iterable[str]:
        """Terms that can be added."""
        return self._known

    def _learned(self) -> tuple[str, dict[str, str]]:
        """The parameter of terms that stands for something learned, and the names of what there is by its values."""
        return "", {}

    def _aside(self, name: str) -> str:
        """What is said of a term behind its title; mostly nothing."""
        return ""

    def _automatic_choice(self) -> dict[str, Any] | None:
        """Fields of the recipe that say what the program chose, if it did."""
        raise NotImplementedError

    # -- drawing -------------------------------------------------------------------------------------

    def _draw_terms(self, terms: Sequence[Term]) -> None:
        self.automatic.setVisible(bool(terms))
        self._chosen.setVisible(not terms)
        if [row.name for row in self._terms] != [t.name for t in terms]:
            for row in self._terms:
                self._list.removeWidget(row)
                row.hide()
                row.deleteLater()
            self._terms = []
            for k, term in enumerate(terms):
                row = _Row(term, self._known.get(term.name), self._counts)
                row.changed.connect(self._edited)
                row.removed.connect(lambda k=k: self._removed(k))
                self._terms.append(row)
                self._list.addWidget(row)
            tab_through(self.automatic, self.add, *(stop for row in self._terms for stop in row.stops), self.method)
        learned, names = self._learned()
        for row, term in zip(self._terms, terms, strict=True):
            row.show_term(term)
            if row.form is not None:
                row.form.offer(learned, names)
            found = names.get(getattr(term.params, learned, "")) if learned else None
            if found is not None:
                row.title.setText(clean(found))
                row.title.setToolTip(tip(found))
            elif term.name in self._known:
                row.title.setText(self._known[term.name].title + self._aside(term.name))

    def _titles(self, terms: Sequence[Term]) -> str:
        words: list[str] = []
        for t in terms:
            title = self._known[t.name].title if t.name in self._known else t.name
            words.append(title if t.weight == 1 else f"{t.weight:g} × {title}")
        return " + ".join(words)

    def _fill_menu(self) -> None:
        self._menu.clear()
        choice = self._automatic_choice()
        if choice is not None:
            copy = self._menu.addAction(self.tr("Change the automatic choice"))
            copy.triggered.connect(lambda: self._emit(**choice))
            self._menu.addSeparator()
        used = {t.name for t in self._own_terms}
        for name in self._offered():
            if name not in used:
                method = self._known[name]
                action = self._menu.addAction(literal(method.title + self._aside(name)))
                action.setToolTip(tip(method.help or method.title))
                action.triggered.connect(lambda _=False, name=name: self._added(name))

    # -- what the user wants -------------------------------------------------------------------------

    def _added(self, name: str) -> None:
        self._set_terms((*self._own_terms, self.kind(name)))

    def _removed(self, k: int) -> None:
        terms = self._own_terms
        self._set_terms((*terms[:k], *terms[k + 1 :]))

    def _edited(self) -> None:
        try:
            terms = tuple(row.term() for row in self._terms)
            params = self._params()
        except ParameterError as error:
            self.trouble.say(str(error))
            return
        self.trouble.say("")
        self._take(terms, params)
