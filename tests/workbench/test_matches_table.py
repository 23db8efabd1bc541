"""The table of links, with real clicks and keys."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from syncline.model import NamedMatch, Session
from syncline.solvers.match import REGISTRY
from syncline_workbench.views.matches_table import MatchesTable
from syncline_workbench.views.scene_pick import Pick
from workbench.hands import LEFT, heard, opened, shown
from workbench.match_sessions import (
    A_FLAG,
    A_SHUTTLE,
    FLAG,
    ORANGE_SUIT,
    SHUTTLE,
    compared,
    make_scene,
    matched,
    obey,
    solve,
)

Key = Qt.Key


def table(qtbot: QtBot, session: Session | None = None) -> MatchesTable:
    document = opened(session or matched())
    view = MatchesTable(document)
    obey(document, view)
    shown(qtbot, view, 300, 260)
    return view


def rows(view: MatchesTable) -> list[tuple[str, str, str]]:
    return [(e.object, e.word, e.state) for e in view.entries()]


def click(qtbot: QtBot, view: MatchesTable, row: int) -> None:
    place = view.table.visualRect(view.sorted.index(row, 0)).center()
    qtbot.mouseClick(view.table.viewport(), LEFT, pos=place)


def test_the_table_names_links_and_who_is_left(qtbot: QtBot) -> None:
    view = table(qtbot)
    assert rows(view) == [
        ("person", "woman", "linked"), ("suit", "suit", "linked"), ("flag", "flag", "linked"),
        ("shuttle", "shuttle", "linked"), ("face", "unmatched", "unmatched"),
    ]  # fmt: skip
    assert view.sorted.index(0, 2).data() == "0.81"
    assert view.sorted.index(4, 2).data() == "—"
    assert view.table.isColumnHidden(3)
    assert view.sorted.index(4, 4).data() == "?"


def test_the_table_edits_by_keys(qtbot: QtBot) -> None:
    view = table(qtbot)
    picks = heard(view.selected)
    click(qtbot, view, 2)
    assert picks == [(Pick(FLAG, A_FLAG),)]
    qtbot.keyClick(view.table, Key.Key_L)
    assert rows(view)[2] == ("flag", "flag", "locked")
    qtbot.keyClick(view.table, Key.Key_Delete)
    assert rows(view)[2] == ("flag", "flag", "linked")
    qtbot.keyClick(view.table, Key.Key_X)
    assert ("flag", "flag", "forbidden") in rows(view)
    qtbot.keyClick(view.table, Key.Key_Down)
    assert picks[-1][0].object is not None


def test_the_table_sorts(qtbot: QtBot) -> None:
    view = table(qtbot)
    head = view.table.horizontalHeader()
    at = head.sectionViewportPosition(2) + head.sectionSize(2) // 2
    qtbot.mouseClick(head.viewport(), LEFT, pos=QPoint(at, head.height() // 2))
    weights = [e.similarity for e in view.entries() if e.state == "linked"]
    assert weights == sorted(weights) or weights == sorted(weights, reverse=True)
    qtbot.mouseClick(head.viewport(), LEFT, pos=QPoint(at, head.height() // 2))
    assert [e.similarity for e in view.entries() if e.state == "linked"] == weights[::-1]


def test_a_selection_from_elsewhere_is_marked_and_not_told_again(qtbot: QtBot) -> None:
    view = table(qtbot)
    picks = heard(view.selected)
    view.select(Pick(SHUTTLE, A_SHUTTLE))
    entry = view.current()
    assert entry is not None and entry.pick == Pick(SHUTTLE, A_SHUTTLE)
    view.select(Pick(phrase=ORANGE_SUIT))
    entry = view.current()
    assert entry is not None and entry.b == ORANGE_SUIT
    view.select(None)
    assert view.current() is None
    assert not picks


def test_soft_links_show_their_share(qtbot: QtBot) -> None:
    scene = make_scene()
    params = replace(REGISTRY["attention"].params(), temperature=0.5)
    match = solve(scene, "attention", params)
    session = replace(matched(), matchings=(NamedMatch(1, 1, match),))
    view = table(qtbot, session)
    assert not view.table.isColumnHidden(3)
    weight = match.captions[0].matching.weights[0, 0]
    assert view.sorted.index(0, 3).data() == f"{100 * weight:.0f} %"


def test_a_comparison_lists_the_other_links(qtbot: QtBot) -> None:
    view = table(qtbot, compared())
    assert ("face", "woman", "other") in rows(view)
    assert [e.object for e in view.entries() if e.alone] == ["person"]
