"""The tool bar says all it can in the room it has."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from syncline.model import MatchRecipe, SegmentRecipe, SimilarityTerm
from syncline.solvers.match import REGISTRY
from syncline_workbench.actions import Actions
from syncline_workbench.app import create_application
from syncline_workbench.document import Document
from syncline_workbench.settings import WORKSPACES, Settings
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
        said = bar.similarity.text()
        assert ("…" in said or said.endswith("+ 8")) and "…" not in bar.solver.text()
        QApplication.processEvents()
        right = max(w.geometry().right() for w in (bar.solver, bar.compared))
        assert right <= width


def test_of_many_sources_the_first_is_named_whole_and_the_others_counted(qtbot: QtBot, qapp: QApplication) -> None:
    theme().apply(qapp)
    document = Document()
    bar = Toolbar(document, Actions())
    qtbot.addWidget(bar)
    bar.show_workspace("match")
    bar.show()
    bar.set_titles({"text": "Text embedding", "attributes": "Colour, size and position", "scorer": "Learned scorer"})
    terms = tuple(SimilarityTerm(name) for name in ("text", "attributes", "scorer"))
    document.replace(replace(document.session, match_recipe=MatchRecipe(terms=terms)), "recipe")
    for width in (1280, 1600):
        bar.resize(width, 48)
        QApplication.processEvents()
        assert bar.similarity.text().endswith("Text embedding + 2"), width
        assert "Learned scorer" in bar.similarity.toolTip()
    bar.resize(3000, 48)
    QApplication.processEvents()
    assert bar.similarity.text().endswith("Text embedding + Colour, size and position + Learned scorer")


def test_the_last_button_is_in_sight_at_every_width(qtbot: QtBot, qapp: QApplication) -> None:
    """What does not fit Qt puts away behind a sliver; cut words are a pixel wider than what they were cut to."""
    create_application(Settings())
    actions = Actions()
    document = Document()
    bar = Toolbar(document, actions)
    qtbot.addWidget(bar)
    bar.show()
    export = next(b for b in bar.findChildren(QToolButton) if b.defaultAction() is actions["export"])
    for workspace in WORKSPACES:
        bar.show_workspace(workspace)
        for letters in range(4, 40, 5):
            # Words of many widths, cut where there is no room for them.
            bar.set_titles({"units": "m" * letters, "mfcc": "phoneme model", "text": "w" * letters})
            recipe = SegmentRecipe(method="units", features="mfcc")
            terms = MatchRecipe(terms=(SimilarityTerm("text"),))
            session = replace(document.session, segment_recipe=recipe, match_recipe=terms)
            document.replace(session, "recipe")
            for width in range(1100, 1500, 7):
                bar.resize(width, 48)
                QApplication.processEvents()
                assert export.isVisible() and export.geometry().right() <= width, (workspace, letters, width)


def test_a_button_that_comes_into_sight_is_as_usable_as_its_action(qtbot: QtBot, qapp: QApplication) -> None:
    theme().apply(qapp)
    actions = Actions()
    bar = Toolbar(Document(), actions)
    qtbot.addWidget(bar)
    bar.show()
    names = ("undo", "redo", "tool_anchor", "tool_forbid", "export")
    for name in names:
        actions[name].setEnabled(False)
    for workspace, width in (("warp", 1000), ("warp", 1600), ("match", 1600), ("warp", 1600)):
        bar.resize(width, 48)
        bar.show_workspace(workspace)
        QApplication.processEvents()
        buttons = {b.defaultAction(): b for b in bar.findChildren(QToolButton) if b.defaultAction()}
        shown = [buttons[actions[name]] for name in names if buttons[actions[name]].isVisible()]
        assert not any(b.isEnabled() for b in shown), (workspace, width)


def test_in_a_window_of_1600_tools_are_words_in_every_workspace(qtbot: QtBot, qapp: QApplication) -> None:
    create_application(Settings())
    actions, document = Actions(), Document()
    bar = Toolbar(document, actions)
    qtbot.addWidget(bar)
    bar.show()
    tools = {
        "warp": ("tool_anchor", "tool_forbid", "tool_draw"),
        "match": ("board_box", "board_link", "board_forbid"),
        "segment": ("split_piece", "merge_piece", "lock_piece"),
    }
    buttons = {b.defaultAction(): b for b in bar.findChildren(QToolButton) if b.defaultAction()}
    bar.set_titles({"ctc": "CTC alignment"})
    document.replace(replace(document.session, segment_recipe=SegmentRecipe("ctc")), "recipe")
    for workspace, names in tools.items():
        bar.show_workspace(workspace)
        for width, words in ((1600, True), (1100, False)):
            bar.resize(width, 48)
            QApplication.processEvents()
            for name in names:
                button = buttons[actions[name]]
                said = button.toolButtonStyle() != Qt.ToolButtonStyle.ToolButtonIconOnly
                assert button.isVisible() and said == words, (workspace, width, name)
                assert button.geometry().right() < width
        if workspace == "segment":
            bar.resize(1600, 48)
            assert bar.cutter.text() == "Method: CTC alignment"


def test_where_there_is_hardly_room_an_open_recipe_still_says_which_button_is_which(
    qtbot: QtBot, qapp: QApplication
) -> None:
    create_application(Settings())
    actions = Actions()
    bar = Toolbar(Document(), actions)
    qtbot.addWidget(bar)
    bar.show()
    bar.resize(1100, 48)
    QApplication.processEvents()
    assert (bar.features.text(), bar.method.text()) == ("Features", "Method")
    assert "Features: Automatic" in bar.features.toolTip()
    bar.resize(1900, 48)
    QApplication.processEvents()
    assert (bar.features.text(), bar.method.text()) == ("Features: Automatic", "Method: Automatic")
    draw = next(b for b in bar.findChildren(QToolButton) if b.defaultAction() is actions["tool_draw"])
    assert draw.text() == " Draw path", "room beside the icon"
    bar.resize(1500, 48)
    QApplication.processEvents()
    assert draw.text() == "Draw path", "and none to no purpose"
