"""The table of pieces, with real clicks and typing: it shows what it is handed and asks for edits."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from syncline.edits.pieces import Lock, Merge, Move, Relabel, Remove
from syncline.model import Segment, Session
from syncline_workbench.views.pieces_model import END, LABEL, LOCK, START, SURE
from syncline_workbench.views.segments_table import SegmentsTable
from syncline_workbench.views.tiers_shown import Shown
from workbench.hands import LEFT, heard, shown
from workbench.segment_sessions import WORDS, long, segmented, words

Key = Qt.Key
Control = Qt.KeyboardModifier.ControlModifier


def tiers(session: Session, locked: Iterable[int | tuple[int, bool]] = ()) -> list[Shown]:
    named, recording = session.segments, session.active_recording
    assert named is not None and recording is not None
    found = [Shown(t.name, "transcript", t.segments, frozenset(locked)) for t in named.tiers.tiers]
    return [*found, *(Shown(t.name, "own", t.segments) for t in recording.own)]


def table(qtbot: QtBot, session: Session | None = None, **more: Iterable[int | tuple[int, bool]]) -> SegmentsTable:
    view = SegmentsTable()
    view.set_tiers(tiers(session or segmented(), **more))
    shown(qtbot, view, 300, 260)
    return view


def cell(view: SegmentsTable, row: int, column: int) -> str:
    return view.model.index(row, column).data()


def click(qtbot: QtBot, view: SegmentsTable, row: int, column: int) -> None:
    at = view.table.visualRect(view.model.index(row, column)).center()
    qtbot.mouseClick(view.table.viewport(), LEFT, pos=at)


def type_into(qtbot: QtBot, view: SegmentsTable, text: str) -> None:
    qtbot.keyClick(view.table, Key.Key_F2)
    field = view.table.viewport().findChild(QLineEdit)
    assert field is not None
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Key.Key_Return)


def test_words_stand_with_their_times(qtbot: QtBot) -> None:
    view = table(qtbot)
    assert [cell(view, 3, c) for c in (LABEL, START, END, SURE)] == ["throwing", "0.741", "1.246", "0.41"]
    chosen, played = heard(view.selected), heard(view.play_requested)
    click(qtbot, view, 3, START)
    assert chosen == [("words", 3)]
    qtbot.keyClick(view.table, Key.Key_Return)
    assert played == [(0.741, 1.246)]
    view.select("words", 1)
    assert view.piece == 1 and len(chosen) == 1, "what it is told it does not tell"
    view.chooser.setCurrentIndex(1)
    view.chooser.activated.emit(1)
    assert chosen[-1] == ("labels", -1) and view.table.model().rowCount() == sum(map(len, WORDS))
    view.select("notes", 0)
    assert (
        cell(view, 0, LABEL) == "camera noise" and view.table.isColumnHidden(LOCK) and view.table.isColumnHidden(SURE)
    )
    # However the rows are sorted, pieces keep their numbers.
    view.select("words", 0)
    view.table.sortByColumn(SURE, Qt.SortOrder.AscendingOrder)
    assert [cell(view, k, LABEL) for k in range(6)] == ["throwing", "is", "frisbee", "woman", "a", "a"]
    assert view.piece == 0 and view.table.currentIndex().row() == 5
    click(qtbot, view, 1, LABEL)
    assert chosen[-1] == ("words", 2)


def test_what_is_typed_is_an_edit(qtbot: QtBot) -> None:
    view = table(qtbot)
    edits, refused = heard(view.edit_committed), heard(view.refused)
    click(qtbot, view, 3, LABEL)
    type_into(qtbot, view, "throws")
    qtbot.waitUntil(lambda: len(edits) == 1)
    click(qtbot, view, 3, START)
    type_into(qtbot, view, "0:00.760")
    qtbot.waitUntil(lambda: len(edits) == 2)
    click(qtbot, view, 2, END)
    type_into(qtbot, view, "0,7 s")
    qtbot.waitUntil(lambda: len(edits) == 3)
    assert edits == [
        (Relabel("words", 3, "throws"), "Rename throwing to throws"),
        (Move("words", 3, False, 0.76), "Move boundary is|throwing"),
        (Move("words", 2, True, 0.7), "Move boundary is|throwing"),
    ]
    assert cell(view, 3, LABEL) == "throwing", "the document says what it is called"
    click(qtbot, view, 2, END)
    type_into(qtbot, view, "soon")
    qtbot.waitUntil(lambda: len(refused) == 1)
    type_into(qtbot, view, "0.677")
    qtbot.wait(20)
    assert "soon" in refused[0][0] and len(edits) == 3, "nothing else was typed"


def test_keys_lock_merge_and_remove(qtbot: QtBot) -> None:
    view = table(qtbot, locked=(3, (1, False)))
    edits, refused = heard(view.edit_committed), heard(view.refused)
    assert [view.model.locks(k) for k in range(5)] == [0, 1, 0, 2, 0]
    click(qtbot, view, 0, LOCK)
    click(qtbot, view, 3, LABEL)
    for key, held in (
        (Key.Key_L, Qt.KeyboardModifier.NoModifier), (Key.Key_Delete, Qt.KeyboardModifier.NoModifier),
        (Key.Key_Backspace, Qt.KeyboardModifier.NoModifier), (Key.Key_Backspace, Control),
    ):  # fmt: skip
        qtbot.keyClick(view.table, key, held)
    assert edits == [
        (Lock("words", 0, None, True), "Lock a"),
        (Lock("words", 3, None, False), "Unlock throwing"),
        (Merge("words", 3), "Merge throwing + a"),
        (Merge("words", 2), "Merge is + throwing"),
        (Remove("words", 3), "Remove throwing"),
    ]
    click(qtbot, view, 5, LABEL)
    qtbot.keyClick(view.table, Key.Key_Delete)
    view.select("notes", 0)
    qtbot.keyClick(view.table, Key.Key_L)
    assert len(refused) == 2 and len(edits) == 5


def test_the_piece_in_hand_stays_so_when_others_come_and_go(qtbot: QtBot) -> None:
    view = table(qtbot)
    view.select("words", 3)
    first, *rest = words().segments
    more = (first, Segment(0.11, 0.15, "young"), *rest)
    view.set_tiers([Shown("words", "transcript", more), Shown("given", "truth", words().segments)])
    assert view.piece == 4 and cell(view, 4, LABEL) == "throwing"
    assert [view.chooser.itemText(k) for k in range(2)] == ["words", "given (truth)"]
    view.chooser.setCurrentIndex(1)
    view.chooser.activated.emit(1)
    edits, refused = heard(view.edit_committed), heard(view.refused)
    click(qtbot, view, 1, LABEL)
    qtbot.keyClick(view.table, Key.Key_F2)
    assert len(refused) == 1 and not edits and view.table.viewport().findChild(QLineEdit) is None
    view.set_tiers([])
    assert view.piece == -1 and view._empty.isVisible()


def test_forty_thousand_rows_are_shown_by_what_is_seen(qtbot: QtBot) -> None:
    view = table(qtbot, long())
    asked: list[int] = []
    real = view.model.data

    def data(index: object, role: int = 0) -> object:
        asked.append(index.row())  # type: ignore[attr-defined]
        return real(index, role)  # type: ignore[arg-type]

    view.model.data = data  # type: ignore[method-assign]
    view.select("words", 30_000)
    view.grab()
    assert view.piece == 30_000 and cell(view, 30_000, START) == "45:00.000"
    assert max(asked) - min(asked) < 40, "only rows in sight are asked for"
    last = view.model.pieces[-1]
    moved = (*view.model.pieces[:-1], Segment(last.start + 0.001, last.end, last.label, last.score))
    asked.clear()
    view.set_tiers([Shown("words", "transcript", moved)])
    view.grab()
    assert view.piece == 30_000 and max(asked) - min(asked) < 40
    view.table.sortByColumn(LABEL, Qt.SortOrder.DescendingOrder)
    assert cell(view, 0, LABEL) == "w99" and view.model.row_of(view.piece) == view.table.currentIndex().row()
