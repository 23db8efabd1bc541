"""The forms that methods are set in, and the panel of the recipe, with real clicks and typing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from syncline.model import FeatureRecipe, FeatureTerm, Recipe
from syncline.registry import Method, choice, number, switch, text
from syncline_workbench.document import Document
from syncline_workbench.views.parameters import NumberBox, ParameterForm
from syncline_workbench.views.plain import tip
from syncline_workbench.views.recipe import RecipePanel
from workbench import sessions
from workbench.hands import LEFT, heard, opened, shown

Key = Qt.Key


# -- parameters ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Knobs:
    metric: str = choice("cosine", ("euclidean", "cosine"), "Local cost")
    radius: float | None = number(None, "Radius", low=0, high=100, unit="%")
    shift: float = number(2.0, "Shift", low=-5, high=5)
    rows: int = number(8, "Rows", low=1, high=64)
    open_end: bool = switch(False, "Open end")
    note: str = text("", "Note", advanced=True)


@pytest.fixture
def form(qtbot: QtBot) -> ParameterForm:
    form = ParameterForm(Knobs)
    shown(qtbot, form)
    return form


def field(form: ParameterForm, name: str) -> Any:
    return form.fields[name]


def type_number(qtbot: QtBot, box: NumberBox, typed: str) -> None:
    box.setFocus()
    box.selectAll()
    qtbot.keyClick(box, Key.Key_Delete)
    qtbot.keyClicks(box, typed)
    qtbot.keyClick(box, Key.Key_Return)


def test_a_form_gives_back_what_it_is_given(form: ParameterForm) -> None:
    changes = heard(form.changed)
    for value in (Knobs(), Knobs("euclidean", 0.1 + 0.2, -4.9999999999, 64, True, "x"), Knobs(radius=0.0, shift=1 / 3)):
        form.set_value(value)
        assert form.value() == value
    form.set_value(None)
    assert form.value() == Knobs()
    assert not changes


def test_a_form_takes_what_is_typed(qtbot: QtBot, form: ParameterForm) -> None:
    changes = heard(form.changed)
    type_number(qtbot, field(form, "radius"), "12,5")
    type_number(qtbot, field(form, "shift"), "-0.25")
    qtbot.mouseClick(field(form, "open_end"), LEFT, pos=QPoint(8, field(form, "open_end").height() // 2))
    assert form.value() == Knobs(radius=12.5, shift=-0.25, open_end=True)
    assert len(changes) == 3
    type_number(qtbot, field(form, "radius"), "")
    assert form.value().radius is None
    assert field(form, "radius").text() == "not set"
    qtbot.keyClick(field(form, "radius"), Key.Key_Up)
    assert form.value().radius == 0


def test_numbers_out_of_range_do_not_come_through(qtbot: QtBot, form: ParameterForm) -> None:
    type_number(qtbot, field(form, "rows"), "640")
    type_number(qtbot, field(form, "radius"), "abc1e9")
    value = form.value()
    assert 1 <= value.rows <= 64
    assert value.radius is None or 0 <= value.radius <= 100


def test_advanced_parameters_are_folded(qtbot: QtBot, form: ParameterForm) -> None:
    assert form.fold is not None
    note = field(form, "note")
    assert not note.isVisible()
    qtbot.mouseClick(form.fold.head, LEFT)
    assert note.isVisible()
    changes = heard(form.changed)
    qtbot.keyClicks(note, "left foot")
    qtbot.keyClick(note, Key.Key_Return)
    assert form.value().note == "left foot"
    assert len(changes) == 1


@dataclass(frozen=True)
class Banded:
    window: str = choice("none", ("none", "band", "slope"), "Window")
    radius: float = number(2.0, "Radius", "Half-width.", low=0.0, needs=("window", ("band",)))
    steep: float = number(2.0, "Steepest", low=1.0, needs=("window", ("slope",)))


def test_what_does_nothing_under_the_window_chosen_is_grey_and_says_when_it_does(qtbot: QtBot) -> None:
    form = ParameterForm(Banded)
    shown(qtbot, form)
    radius, steep, window = field(form, "radius"), field(form, "steep"), field(form, "window")
    assert not radius.isEnabled() and not steep.isEnabled()
    assert radius.toolTip() == tip("Half-width. Used where Window is band.")
    window.setFocus()
    qtbot.keyClick(window, Key.Key_Down)
    assert form.value().window == "band" and radius.isEnabled() and not steep.isEnabled()
    type_number(qtbot, radius, "3.5")
    qtbot.keyClick(window, Key.Key_Down)
    assert not radius.isEnabled() and steep.isEnabled()
    assert form.value() == Banded("slope", 3.5), "what was set is kept for when it counts again"
    form.set_value(Banded("band"))
    assert radius.isEnabled() and not steep.isEnabled()


def test_the_wheel_scrolls_the_panel_not_the_value(qtbot: QtBot, form: ParameterForm) -> None:
    box = field(form, "shift")
    form.setFocus()
    none = Qt.KeyboardModifier.NoModifier
    event = QWheelEvent(
        QPointF(5, 5), QPointF(5, 5), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton, none,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(box, event)
    assert form.value().shift == 2.0


# -- recipe ----------------------------------------------------------------------------------------


def method(name: str, params: type, *kinds: str) -> Method[Any]:
    return Method(name, name.title(), params, None, frozenset(kinds), 1, f"About {name}.")


@dataclass(frozen=True)
class Grid:
    grid: int = number(4, "Grid", low=1, high=32)


@dataclass(frozen=True)
class Nothing:
    pass


CATALOGUE = {
    "features": {
        "appearance": method("appearance", Grid, "video"),
        "motion": method("motion", Nothing, "video"),
        "chroma": method("chroma", Nothing, "audio"),
    },
    "solvers": {"dtw": method("dtw", Knobs), "offset": method("offset", Nothing)},
}


@pytest.fixture
def recipe(qtbot: QtBot) -> tuple[RecipePanel, Document]:
    document = opened(sessions.aligned())
    panel = RecipePanel(document)
    panel.set_methods(CATALOGUE)
    panel.recipe_changed.connect(
        lambda new: document.replace(replace(document.session, recipe=new), "Recipe"),
        Qt.ConnectionType.DirectConnection,
    )
    shown(qtbot, panel, 280, 700)
    return panel, document


def menu_texts(panel: RecipePanel) -> list[str]:
    panel._fill_menu()
    return [a.text() for a in panel._menu.actions() if a.text()]


def trigger(panel: RecipePanel, text: str) -> None:
    panel._fill_menu()
    next(a for a in panel._menu.actions() if a.text() == text).trigger()


def test_features_are_added_weighted_and_taken_out(qtbot: QtBot, recipe: tuple[RecipePanel, Document]) -> None:
    panel, document = recipe
    assert panel._chosen.text() == "Automatic: Appearance + 0.5 × Motion"
    assert menu_texts(panel) == ["Change the automatic choice", "Appearance", "Motion"], "chroma needs sound"
    trigger(panel, "Appearance")
    trigger(panel, "Motion")
    type_number(qtbot, panel._terms[1].weight, "0.5")
    form = panel._terms[0].form
    assert form is not None
    panel._terms[0].more.click()
    type_number(qtbot, field(form, "grid"), "6")
    assert document.session.recipe.features == FeatureRecipe(
        (FeatureTerm("appearance", 1.0, Grid(6)), FeatureTerm("motion", 0.5))
    )
    assert len(document.steps) == 6, "one step for each thing done"
    qtbot.mouseClick(panel._terms[0].remove, LEFT)
    assert document.session.recipe.features.label() == "0.5 motion"
    qtbot.mouseClick(panel._terms[0].remove, LEFT)
    assert document.session.recipe.features.automatic


def test_files_with_nothing_in_common_have_features_of_their_own(
    recipe: tuple[RecipePanel, Document],
) -> None:
    """A picture that moves and a sound: what either is described by, for methods that map each by itself."""
    panel, document = recipe
    seen = replace(document.session, b=sessions.sound(), alignments=(), active=None)
    document.replace(seen, "Open B")
    assert menu_texts(panel) == ["Appearance · only A", "Motion · only A", "Chroma · only B"]
    trigger(panel, "Motion · only A")
    trigger(panel, "Chroma · only B")
    assert document.session.recipe.features.label() == "motion + chroma"
    assert [row.title.text() for row in panel._terms] == ["Motion · only A", "Chroma · only B"]
    # Two sounds have one in common: then each must work on both.
    document.replace(replace(document.session, a=sessions.sound("other.wav")), "Open A")
    assert menu_texts(panel) == ["No other feature fits these files"]
    assert [row.title.text() for row in panel._terms] == ["Motion", "Chroma"]


def test_the_recipe_panel_follows_undo(qtbot: QtBot, recipe: tuple[RecipePanel, Document]) -> None:
    panel, document = recipe
    assert panel.form is not None
    kept = panel.form
    type_number(qtbot, field(panel.form, "radius"), "20")
    assert document.session.recipe.params == Knobs(radius=20.0)
    assert panel.form is kept, "a field must not be taken from under the hand"
    document.undo()
    assert panel.form.value() == Knobs()
    document.redo()
    assert panel.form.value().radius == 20
    combo = panel.method
    combo.setCurrentIndex(combo.findData("offset"))
    combo.activated.emit(combo.currentIndex())
    assert document.session.recipe == Recipe(FeatureRecipe(), "offset", None)
    document.undo()
    assert combo.currentData() == "dtw"
    assert panel.form.value().radius == 20


def test_align_needs_two_files_and_a_known_method(qtbot: QtBot) -> None:
    document = Document()
    panel = RecipePanel(document)
    panel.set_methods(CATALOGUE)
    shown(qtbot, panel)
    assert not panel.align.isEnabled()
    document.replace(sessions.aligned(), "Open")
    wanted = heard(panel.align_requested)
    qtbot.mouseClick(panel.align, LEFT)
    assert len(wanted) == 1
    document.replace(replace(document.session, recipe=Recipe(method="plugin")), "Recipe")
    assert not panel.align.isEnabled()
    assert "plugin" in panel.trouble.sentence()


def test_a_method_left_open_shows_what_it_came_to_and_setting_a_parameter_chooses_it(qtbot: QtBot) -> None:
    session = sessions.aligned()
    assert session.alignment is not None and session.alignment.resolved is not None
    open_recipe = Recipe()
    came_to = replace(
        session.alignment, recipe=open_recipe, resolved=replace(session.alignment.resolved, method="offset")
    )
    document = Document()
    panel = RecipePanel(document)
    panel.recipe_changed.connect(lambda r: document.replace(replace(document.session, recipe=r), "Recipe"))
    panel.set_methods(CATALOGUE)
    shown(qtbot, panel)
    document.replace(replace(session.with_alignment(came_to), recipe=open_recipe), "Open")
    assert panel.method.currentText() == "Automatic: Offset"
    assert panel.form is not None and panel.form.params is CATALOGUE["solvers"]["offset"].params
    document.replace(replace(document.session, alignments=(), active=None), "Remove")
    assert panel.method.currentText() == "Automatic"
    assert panel.form is not None and panel.form.params is Knobs
    type_number(qtbot, field(panel.form, "radius"), "20")
    assert document.session.recipe == Recipe(FeatureRecipe(), "dtw", Knobs(radius=20.0))
    assert panel.method.currentData() == "dtw"


def test_what_somebody_has_set_stays_set_once_it_was_solved(recipe: tuple[RecipePanel, Document]) -> None:
    panel, document = recipe
    mine = Recipe(FeatureRecipe((FeatureTerm("appearance"),)), "dtw", Knobs(radius=20.0))
    al = document.session.alignment
    assert al is not None and al.resolved is not None
    solved = replace(al, recipe=mine, resolved=replace(al.resolved, params=mine.params))
    document.replace(replace(document.session.with_alignment(solved), recipe=mine), "Align")
    panel._terms[0].weight.setValue(0.25)
    assert document.session.recipe.features.terms[0].weight == 0.25
    assert document.session.recipe.params == Knobs(radius=20.0)
