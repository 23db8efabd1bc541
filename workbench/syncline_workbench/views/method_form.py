"""What the panels of all recipes are made of: a method with all it can be told, and the button that asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from syncline.model import MatchRecipe, Recipe, SegmentRecipe
from syncline.registry import Method

from ..document import Document
from .parameters import ParameterForm, calm, tab_through
from .plain import Notice, button, heading, literal, tip

__all__ = ["MethodForm", "Methods"]

Methods = Mapping[str, Method[Any]]


class MethodForm(QWidget):
    """Method and parameters of a recipe; a panel says which recipe that is, and adds what else belongs to it.

    Attributes
    ----------
    of_method
        Room for what else is said of the method.
    """

    recipe_changed = Signal(object)
    """A new recipe."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._solvers: Methods = {}
        self._left_open: Any = None
        """What the parameters are that nobody has set."""
        self.form: ParameterForm | None = None
        self.method = QComboBox()
        self.method.setAccessibleName(self.tr("Method"))
        self.method.setMaximumWidth(200)
        calm(self.method)
        self.method.activated.connect(self._method_chosen)
        self.trouble = Notice("bad")
        self._after: list[QWidget] = []
        """What Tab comes to after the fields of the method."""
        self._place, self.of_method = QVBoxLayout(), QVBoxLayout()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(10, 8, 10, 10)
        self._column.setSpacing(6)

    def _add_method(self) -> None:
        """Put what belongs to the method below what is there."""
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.addWidget(heading(self.tr("Method")))
        head.addStretch(1)
        head.addWidget(self.method)
        self._column.addLayout(head)
        self._column.addLayout(self._place)
        self._column.addLayout(self.of_method)
        self._column.addWidget(self.trouble)

    def _end_with(self, text: str) -> QPushButton:
        """The button below everything."""
        go = button(text, "primary")
        self._column.addSpacing(2)
        self._column.addWidget(go)
        self._after.append(go)
        self._column.addStretch(1)
        return go

    def _set_solvers(self, solvers: Methods) -> None:
        """Say what methods there are."""
        self._solvers = solvers
        self.method.clear()
        for name, method in solvers.items():
            self.method.addItem(literal(method.title), name)
            self.method.setItemData(
                self.method.count() - 1, tip(method.help or method.title), Qt.ItemDataRole.ToolTipRole
            )
        self._forget_form()

    # -- what a panel says ---------------------------------------------------------------------------

    @property
    def _recipe(self) -> Recipe | MatchRecipe | SegmentRecipe:
        """The recipe that is edited."""
        raise NotImplementedError

    def _edited(self) -> None:
        """A field was changed."""
        raise NotImplementedError

    # -- drawing -------------------------------------------------------------------------------------

    def _draw_method(self, recipe: Recipe | MatchRecipe | SegmentRecipe, found: Any = None, name: str = "") -> None:
        """Show method and parameters; where those were left open, what they came to, else their defaults.

        `name` is the method that an open one came to.
        """
        if not self._solvers:
            return
        self.method.setCurrentIndex(self.method.findData(recipe.method))
        method = self._solvers.get(name or recipe.method)
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
            tab_through(self.method, *self.form.stops, *self._after)
        # What they came to is what they are by themselves only as long as nobody has set them.
        mine = recipe.params is None and isinstance(found, method.params)
        self._left_open = found if mine else method.params()
        self.form.set_value(recipe.params if isinstance(recipe.params, method.params) else self._left_open)
        self.trouble.say("")

    def _forget_form(self) -> None:
        if self.form is not None:
            self._place.removeWidget(self.form)
            self.form.hide()
            self.form.deleteLater()
            self.form = None

    # -- what the user wants -------------------------------------------------------------------------

    def _emit(self, **fields: Any) -> None:
        old = self._recipe
        new = replace(old, **fields)
        if new != old:
            self.recipe_changed.emit(new)

    def _method_chosen(self) -> None:
        name = self.method.currentData()
        if name != self._recipe.method:
            self._emit(method=name, params=None)

    def _params(self) -> Any:
        """What the fields of the method say; None where they say what they would by themselves.

        Raises
        ------
        ParameterError
            A value is outside what the method accepts.
        """
        params = self.form.value() if self.form is not None else self._recipe.params
        return None if self.form is not None and params == self._left_open else params
