"""The other panels beside the picture, with real clicks and keys: they draw the document and ask by signals."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from syncline.model import LinkConstraints, MatchErrors, NamedMatch, Session
from syncline.solvers.match import REGISTRY
from syncline_workbench.views.check_next import CheckNext
from syncline_workbench.views.match_matrix import MatchMatrix
from syncline_workbench.views.match_result import MatchResultPanel
from syncline_workbench.views.matches_table import MatchesTable
from syncline_workbench.views.matchings import MatchingsPanel
from syncline_workbench.views.pairs_list import PairsList
from syncline_workbench.views.scene_pick import Pick
from workbench.hands import LEFT, click_row, heard, opened, shown
from workbench.match_sessions import A_FLAG, FACE, FLAG, PERSON, WOMAN, compared, make_scene, matched, solve

Key = Qt.Key


# -- matchings -------------------------------------------------------------------------------------


def test_matchings_stand_side_by_side(qtbot: QtBot) -> None:
    view = MatchingsPanel(opened(compared()))
    shown(qtbot, view, 260, 200)
    first, second = view.list.rows()
    assert (first.text, first.figure, first.figure_role) == ("Assignment", "3.35", "good")
    assert second.text.startswith("Sinkhorn ε 0.05") and second.toggle is True
    assert "Only Assignment: person ↔ woman" in view.difference.text()
    assert f"Only {second.text}: face ↔ woman" in view.difference.text()
    activated, ended = heard(view.activated), heard(view.compare_requested)
    click_row(qtbot, view.list, 1)
    assert activated == [(2,)]
    qtbot.mouseClick(view.list.viewport(), LEFT, pos=view.list.toggle_rect(1).center())
    assert ended == [(None,)]


def test_a_matching_is_compared_by_keys(qtbot: QtBot) -> None:
    document = opened(replace(compared(), compared=None))
    view = MatchingsPanel(document)
    shown(qtbot, view, 260, 200)
    assert not view.difference.isVisible()
    asked, gone = heard(view.compare_requested), heard(view.removed)
    view.list.setFocus()
    qtbot.keyClick(view.list, Key.Key_Down)
    qtbot.keyClick(view.list, Key.Key_Space)
    assert asked == [(2,)]
    qtbot.keyClick(view.list, Key.Key_Delete)
    assert gone == [(2,)]
    document.look(compared=2)
    assert view.difference.isVisible()


# -- check next ------------------------------------------------------------------------------------


def test_the_least_sure_come_first_until_they_are_known(qtbot: QtBot) -> None:
    document = opened(matched())
    view = CheckNext(document)
    shown(qtbot, view, 300, 200)
    asked = heard(view.check_requested)
    qtbot.mouseClick(view.ask, LEFT)
    assert len(asked) == 1
    view.show_list([(0.04, 1, FACE, None), (0.04, 1, PERSON, WOMAN), (0.5, 1, FLAG, A_FLAG), (0.6, 99, 1, 2)])
    assert [(r.text, r.figure) for r in view.list.rows()] == [
        ("face ↔ unmatched", "margin 0.04 →"), ("person ↔ woman", "margin 0.04 →"), ("flag ↔ flag", "margin 0.50 →"),
    ]  # fmt: skip
    chosen = heard(view.chosen)
    click_row(qtbot, view.list, 1)
    assert chosen == [(1, Pick(PERSON, WOMAN))]
    locked = replace(document.session.scenes[0], constraints=LinkConstraints(frozenset({(PERSON, WOMAN)})))
    document.replace(document.session.with_scene(locked), "Lock")
    assert [r.text for r in view.list.rows()] == ["face ↔ unmatched", "flag ↔ flag"]
    assert all(r.muted for r in view.list.rows())
    document.undo()
    assert not any(r.muted for r in view.list.rows())
    document.replace(document.session.with_scene(replace(document.session.scenes[0], checked=True)), "Checked")
    assert not view.list.rows()


# -- the result ------------------------------------------------------------------------------------


def test_the_result_of_an_assignment(qtbot: QtBot) -> None:
    view = MatchResultPanel(opened(matched()))
    shown(qtbot, view, 280, 400)
    assert view.figures.values["Total weight"].text() == "3.35"
    assert view.figures.values["Linked"].text() == "4/5 objects · 4/4 phrases"
    assert view.figures.values["Optimal"].text() == "proved"
    assert not view.truth.isVisible() and not view.warning.isVisible()


def test_a_plan_that_says_nothing_is_said_to(qtbot: QtBot) -> None:
    scene = make_scene()
    match = solve(scene, "sinkhorn", replace(REGISTRY["sinkhorn"].params(), epsilon=50.0))
    view = MatchResultPanel(opened(replace(matched(), matchings=(NamedMatch(1, 1, match),))))
    shown(qtbot, view, 280, 400)
    assert "says next to nothing" in view.warning.sentence()
    assert view.figures.values["From uniform"].text() == "0 %"
    assert float(view.figures.values["Entropy"].text()) == pytest.approx(np.log(20), abs=0.01)
    assert view.figures.values["Marginal error"].text()


def test_what_is_right_is_counted(qtbot: QtBot) -> None:
    errors = MatchErrors(4, 4, 3, 3, 4, 3)
    others = MatchErrors(2, 1, 1, 1, 2, 1)
    one, two = make_scene(1), make_scene(2)
    session = Session(
        scenes=(one, two), scene=1, caption=10, shown_match=1,
        matchings=(NamedMatch(1, 1, solve(one, errors=errors)), NamedMatch(2, 2, solve(two, errors=others))),
    )  # fmt: skip
    view = MatchResultPanel(opened(session))
    shown(qtbot, view, 280, 500)
    assert view.truth.values["F1"].text() == "0.750" and view.truth.values["AER"].text() == "0.250"
    assert (
        view.whole.values["Precision"].text() == f"{4 / 5:.3f}" and view.whole.values["Recall"].text() == f"{4 / 6:.3f}"
    )
    assert view.whole.values["Phrases judged"].text() == "6"


# -- all of them -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [MatchMatrix, MatchesTable, MatchingsPanel, CheckNext, MatchResultPanel, PairsList])
def test_hostile_names_are_only_ever_text(qtbot: QtBot, kind: Any) -> None:
    hostile = '<img src="file:///etc/passwd">&b\u202e\n'
    session = compared()
    scene = session.scenes[0]
    objects = tuple(replace(o, label=hostile) for o in scene.objects)
    named = replace(session.matchings[0], name=hostile)
    session = replace(session.with_scene(replace(scene, objects=objects)), matchings=(named, session.matchings[1]))
    view = kind(opened(session))
    shown(qtbot, view, 300, 300)
    if isinstance(view, CheckNext):
        view.show_list([(0.1, 1, PERSON, WOMAN)])
    view.grab()
    for words in view.findChildren(QLabel):
        assert words.textFormat() == Qt.TextFormat.PlainText or words.text() == ""
    if isinstance(view, PairsList):
        view.stop()
