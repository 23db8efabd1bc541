"""The panel in which the next matching is set, with real clicks and typing."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from syncline.model import MatchRecipe, SimilarityTerm
from syncline.similarity import REGISTRY as SOURCES
from syncline.solvers.match import REGISTRY
from syncline_workbench.document import Document
from syncline_workbench.views.match_recipe import MatchRecipePanel
from workbench.hands import LEFT, heard, opened, shown
from workbench.match_sessions import matched

Key = Qt.Key


def recipe_panel(qtbot: QtBot) -> tuple[Document, MatchRecipePanel]:
    document = opened(matched())
    view = MatchRecipePanel(document)
    sources = {n: SOURCES[n] for n in SOURCES.names()}
    solvers = {n: REGISTRY[n] for n in REGISTRY.names()}
    view.set_methods(sources, solvers, (SimilarityTerm("text"), SimilarityTerm("attributes", 0.4)))
    view.recipe_changed.connect(
        lambda recipe: document.replace(replace(document.session, match_recipe=recipe), "Change recipe")
    )
    shown(qtbot, view, 300, 600)
    return document, view


def recipe_of(document: Document) -> MatchRecipe:
    return document.session.match_recipe


def choose(qtbot: QtBot, panel: MatchRecipePanel, text: str) -> None:
    panel._fill_menu()  # pyright: ignore[reportPrivateUsage]
    action = next(a for a in panel.add.menu().actions() if a.text() == text)
    action.trigger()


def test_sources_are_added_weighed_and_removed(qtbot: QtBot) -> None:
    document, view = recipe_panel(qtbot)
    assert "0.4 ×" in view._chosen.text()
    choose(qtbot, view, "Change the automatic choice")
    assert [(t.name, t.weight) for t in recipe_of(document).terms] == [("text", 1.0), ("attributes", 0.4)]
    field = view._terms[1].weight
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "0.7")
    qtbot.keyClick(field, Key.Key_Return)
    assert recipe_of(document).terms[1].weight == 0.7
    choose(qtbot, view, SOURCES["nearby"].title)
    assert [t.name for t in recipe_of(document).terms] == ["text", "attributes", "nearby"]
    qtbot.mouseClick(view._terms[0].remove, LEFT)
    assert [t.name for t in recipe_of(document).terms] == ["attributes", "nearby"]
    qtbot.mouseClick(view.automatic, LEFT)
    assert recipe_of(document).terms == ()
    for _ in range(5):
        document.undo()
    assert recipe_of(document).terms == () and view._chosen.isVisible()


def test_parameters_come_of_the_method(qtbot: QtBot) -> None:
    document, view = recipe_panel(qtbot)
    assert not view.masses.isVisible()
    view.method.setFocus()
    view.method.setCurrentIndex(view.method.findData("sinkhorn"))
    view.method.activated.emit(view.method.currentIndex())
    assert recipe_of(document).method == "sinkhorn"
    assert view.masses.isVisible() and view.form is not None
    field = view.form.fields["epsilon"]
    field.setFocus()
    field.selectAll()  # pyright: ignore[reportAttributeAccessIssue]
    qtbot.keyClicks(field, "0.2")
    qtbot.keyClick(field, Key.Key_Return)
    assert recipe_of(document).params.epsilon == 0.2
    view.threshold.setFocus()
    view.threshold.selectAll()
    qtbot.keyClicks(view.threshold, "0.6")
    qtbot.keyClick(view.threshold, Key.Key_Return)
    assert recipe_of(document).threshold == 0.6
    view.masses.setFocus()
    qtbot.keyClick(view.masses, Key.Key_Down)
    assert recipe_of(document).masses == "confidence"
    asked = heard(view.match_requested)
    qtbot.mouseClick(view.match, LEFT)
    assert len(asked) == 1


def test_a_method_that_is_gone_is_named(qtbot: QtBot) -> None:
    document, view = recipe_panel(qtbot)
    gone = MatchRecipe(method="from a plugin")
    document.replace(replace(document.session, match_recipe=gone), "Open")
    assert "from a plugin" in view.trouble.sentence()
    assert not view.match.isEnabled()
