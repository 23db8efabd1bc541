"""The tool bar says all it can in the room it has."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from syncline.model import MatchRecipe, SimilarityTerm
from syncline.solvers.match import REGISTRY
from syncline_workbench.actions import Actions
from syncline_workbench.document import Document
from syncline_workbench.theme import theme
from syncline_workbench.toolbar import Toolbar


def test_room_that_is_left_goes_to_words_that_were_cut(qtbot: QtBot, qapp: QApplication) -> None:
    theme().apply(qapp)
    document = Document()
    bar = Toolbar(document, Actions())
    qtbot.addWidget(bar)
    bar.show_workspace("match")
    bar.resize(1600, 48)
    bar.show()
    for name in REGISTRY.names():
        document.replace(replace(document.session, match_recipe=MatchRecipe(method=name)), "recipe")
        assert bar.solver.text().startswith("Method: ") and "…" not in bar.solver.text()
    terms = tuple(SimilarityTerm(f"a source with a long name {k}") for k in range(9))
    for width in (1600, 1250, 1100):
        bar.resize(width, 48)
        document.replace(replace(document.session, match_recipe=MatchRecipe(method="mutual", terms=terms)), "recipe")
        assert "…" in bar.similarity.text() and "…" not in bar.solver.text()
        QApplication.processEvents()
        right = max(w.geometry().right() for w in (bar.solver, bar.compared))
        assert right <= width
