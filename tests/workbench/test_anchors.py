"""The anchors table, with real clicks and typing: every edit is one step, what no path could obey is refused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit
from pytestqt.qtbot import QtBot

from syncline.edits import constraints as edits
from syncline.model import Anchor, Constraints, Lock, Session
from syncline_workbench.app import create_application
from syncline_workbench.document import Document
from syncline_workbench.settings import Settings
from syncline_workbench.views.anchors import AnchorsPanel
from syncline_workbench.views.anchors_table import DELTA, NOTE, TYPE, A, B, TimeEdit
from workbench import sessions
from workbench.hands import LEFT, heard, opened, shown

Key = Qt.Key


@dataclass
class Table:
    """An anchors panel whose wishes come true, as the window would do it."""

    panel: AnchorsPanel
    document: Document
    commits: list[tuple[Any, ...]]
    previews: list[tuple[Any, ...]]
    abandons: list[tuple[Any, ...]]
    qtbot: QtBot

    def constraints(self) -> Constraints:
        alignment = self.document.session.alignment
        assert alignment is not None
        return alignment.constraints

    def anchor(self, id: int) -> Anchor:
        found = self.constraints().find(id)
        assert isinstance(found, Anchor)
        return found

    def cell(self, id: int, column: int) -> str:
        return self.panel.index_of(id, column).data()

    def edit(self, id: int, column: int) -> Any:
        """Double-click a cell and return its editor."""
        table = self.panel.table
        at = table.visualRect(self.panel.index_of(id, column)).center()
        self.qtbot.mouseClick(table.viewport(), LEFT, pos=at)
        self.qtbot.mouseDClick(table.viewport(), LEFT, pos=at)
        kind = {A: TimeEdit, B: TimeEdit, TYPE: QComboBox, NOTE: QLineEdit}[column]
        return table.viewport().findChild(kind)

    def type(self, id: int, column: int, typed: str, end: Qt.Key = Key.Key_Return) -> None:
        editor = self.edit(id, column)
        editor.selectAll()
        self.qtbot.keyClicks(editor, typed)
        self.qtbot.keyClick(editor, end)
        self.qtbot.waitUntil(lambda: not self.panel.editing())
        QApplication.sendPostedEvents(None, 52)


@pytest.fixture
def table(qtbot: QtBot) -> Table:
    document = opened(sessions.aligned())
    panel = AnchorsPanel(document)
    shown(qtbot, panel, 420, 400)

    def put(constraints: Constraints) -> Session:
        alignment = document.session.alignment
        assert alignment is not None
        return document.session.with_alignment(replace(alignment, constraints=constraints))

    panel.edit_previewed.connect(lambda c: document.preview(put(c)))
    panel.edit_committed.connect(lambda c, name: document.replace(put(c), name))
    panel.edit_abandoned.connect(lambda: document.preview(None))
    return Table(
        panel, document, heard(panel.edit_committed), heard(panel.edit_previewed), heard(panel.edit_abandoned), qtbot
    )


def test_the_table_lists_every_kind_of_constraint(table: Table) -> None:
    assert [table.cell(2, c) for c in (A, B, DELTA, NOTE)] == ["0:04.200", "0:05.120", "+0.920", "left foot"]
    assert table.cell(3, B) == "0:09.000\n0:09.600"
    assert table.cell(4, A) == "0:02.000\n0:03.000"
    assert table.cell(5, B) == "0:01.000\n0:02.000"
    editable = Qt.ItemFlag.ItemIsEditable
    assert table.panel.index_of(2, A).flags() & editable
    assert table.panel.index_of(4, A).flags() & table.panel.index_of(5, B).flags() & editable
    assert not table.panel.index_of(4, TYPE).flags() & editable


def test_a_typed_time_is_one_step(table: Table) -> None:
    table.type(2, B, "5,32 s")
    assert table.anchor(2).b == pytest.approx(5.32)
    assert [s.label for s in table.document.steps][-1] == "Move anchor 2"
    assert len(table.commits) == 1
    assert table.cell(2, DELTA) == "+1.120"
    table.document.undo()
    assert table.cell(2, B) == "0:05.120"


def test_an_untouched_or_escaped_field_changes_nothing(table: Table) -> None:
    odd = replace(table.constraints(), anchors=(Anchor(1, 1.4800004, 1.72), *table.constraints().anchors[1:]))
    table.panel.edit_committed.emit(odd, "Odd")
    table.commits.clear()
    table.qtbot.keyClick(table.edit(1, A), Key.Key_Return)
    table.type(2, B, "5.5", end=Key.Key_Escape)
    assert not table.commits
    assert table.anchor(1).a == 1.4800004
    assert not table.document.previewing


def test_arrow_keys_step_frames_under_the_hand(table: Table) -> None:
    editor = table.edit(2, A)
    for key in (Key.Key_Up, Key.Key_Up, Key.Key_PageUp, Key.Key_Down):
        table.qtbot.keyClick(editor, key)
    # 4.2 s is frame 105 of 25 a second; two, ten, and back one.
    assert table.document.previewing
    assert table.cell(2, A) == "0:04.640"
    assert len(table.previews) == 4
    assert not table.commits
    table.qtbot.keyClick(editor, Key.Key_Return)
    table.qtbot.waitUntil(lambda: len(table.commits) == 1)
    assert table.anchor(2).a == 116 / 25, "the frame's own time, not what is written"
    assert not table.document.previewing
    assert not table.abandons


def test_escape_after_stepping_gives_the_edit_up(table: Table) -> None:
    editor = table.edit(2, B)
    table.qtbot.keyClick(editor, Key.Key_Up)
    assert table.document.previewing
    table.qtbot.keyClick(editor, Key.Key_Escape)
    table.qtbot.waitUntil(lambda: not table.document.previewing)
    assert len(table.abandons) == 1
    assert not table.commits
    assert table.cell(2, B) == "0:05.120"


@pytest.mark.parametrize("typed", ["9.5", "0:01.000", "-1", "never"])
def test_what_no_path_could_obey_is_refused_in_words(table: Table, typed: str) -> None:
    table.type(2, A, typed)
    assert not table.commits
    assert table.panel.trouble.isVisible()
    assert table.cell(2, A) == "0:04.200"
    table.type(2, A, "4.4")
    assert not table.panel.trouble.isVisible()


def test_a_jump_has_two_times(table: Table) -> None:
    combo = table.edit(2, TYPE)
    combo.setCurrentIndex(combo.findData("jump"))
    combo.activated.emit(combo.currentIndex())
    table.qtbot.waitUntil(lambda: len(table.commits) == 1)
    QApplication.sendPostedEvents(None, 52)
    assert table.anchor(2).kind == "jump"
    table.type(2, B, "0:05.120 - 0:05.400")
    assert table.anchor(2).end == (4.2, pytest.approx(5.4))
    editor = table.edit(3, B)
    table.qtbot.keyClick(editor, Key.Key_End)
    table.qtbot.keyClick(editor, Key.Key_Up)
    table.qtbot.keyClick(editor, Key.Key_Return)
    table.qtbot.waitUntil(lambda: len(table.commits) == 3)
    assert (table.anchor(3).b, table.anchor(3).end[1]) == (9.0, pytest.approx(9.64))


def zone(table: Table) -> tuple[float, float, float, float]:
    (found,) = table.constraints().forbidden
    return found.a0, found.a1, found.b0, found.b1


def test_a_forbidden_zone_takes_typed_times_as_one_step(table: Table) -> None:
    table.type(5, A, "4.5 - 6.25")
    assert zone(table) == (4.5, 6.25, 1.0, 2.0)
    table.type(5, B, "0:00.500")
    assert zone(table) == (4.5, 6.25, 0.5, 2.0), "one time typed is the first"
    assert [s.label for s in table.document.steps][-2:] == ["Change forbidden zone 5"] * 2
    table.document.undo()
    assert zone(table) == (4.5, 6.25, 1.0, 2.0)
    assert [type(t) for t in zone(table)] == [float] * 4
    editor = table.edit(5, A)
    table.qtbot.keyClick(editor, Key.Key_End)
    table.qtbot.keyClick(editor, Key.Key_Down)
    assert table.document.previewing
    assert table.cell(5, A) == "0:04.500\n0:06.200"
    table.qtbot.keyClick(editor, Key.Key_Escape)
    table.qtbot.waitUntil(lambda: not table.document.previewing)
    assert zone(table) == (4.5, 6.25, 1.0, 2.0)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("6 - 5", "It can't begin at 0:06.000 and end before that, at 0:05.000."),
        ("-1 - 5", "A forbidden zone lies between 0:00.000 and 0:10.000 of A, not at −0:01.000."),
        ("5 - 10.01", "A forbidden zone lies between 0:00.000 and 0:10.000 of A, not at 0:10.010."),
        ("5 - soon", "“soon” is not a time; write 0:04.200 or 4.2."),
    ],
)
def test_a_zone_that_can_not_be_is_refused_in_one_sentence(table: Table, typed: str, said: str) -> None:
    table.type(5, A, typed)
    assert not table.commits
    assert table.panel.trouble.sentence() == said
    assert zone(table) == (5.0, 6.0, 1.0, 2.0)


def test_a_lock_is_cut_and_drawn_out_along_the_path(table: Table) -> None:
    alignment = table.document.session.alignment
    assert alignment is not None
    assert alignment.path is not None
    on_path = edits.lock(replace(table.constraints(), locks=()), alignment.path, 2.0, 3.0)
    on_path = edits.lock(on_path, alignment.path, 6.0, 7.0)
    table.panel.edit_committed.emit(on_path, "On the path")
    table.commits.clear()
    first, second = (k.id for k in on_path.locks)

    def times(id: int) -> list[list[float]]:
        lock = table.constraints().find(id)
        assert isinstance(lock, Lock)
        # The path is diagonal there, a row of 40 ms after the other.
        assert np.allclose(np.diff(lock.times, axis=0), 0.04)
        return lock.times[[0, -1]].tolist()

    table.type(first, A, "2.52 - 2.8")
    assert times(first) == [pytest.approx([2.52, 2.52]), pytest.approx([2.8, 2.8])]
    table.type(first, B, "1.0 - 4.41")
    assert times(first) == [pytest.approx([1.0, 1.0]), pytest.approx([4.4, 4.4])], "to the nearest point"
    assert [s.label for s in table.document.steps][-1] == "Change lock 4"
    table.document.undo()
    assert times(first)[0] == pytest.approx([2.52, 2.52])
    table.commits.clear()
    # Not into the next one, not past the end of the path, not backwards.
    said = "Along the path this stretch can be locked from {} to {} of A, not at {}."
    for one, typed, words in (
        (first, "2.52 - 6.5", said.format("0:00.000", "0:05.960", "0:06.500")),
        (second, "2.5 - 7", said.format("0:02.840", "0:09.960", "0:02.500")),
        (second, "6 - 9.99", said.format("0:02.840", "0:09.960", "0:09.990")),
        (second, "7 - 6", "It can't begin at 0:07.000 and end before that, at 0:06.000."),
    ):
        table.type(one, A, typed)
        assert table.panel.trouble.sentence() == words
    assert not table.commits
    table.type(second, A, "5 - 9.5")
    assert times(second) == [pytest.approx([5.0, 5.0]), pytest.approx([9.48, 9.48])]


def test_notes_on_anything(table: Table) -> None:
    table.type(4, NOTE, "as filmed")
    table.type(1, NOTE, "clap")
    notes = {c.id: c.note for c in table.constraints()}
    assert (notes[4], notes[1]) == ("as filmed", "clap")


def test_rows_are_deleted_together_as_one_step(table: Table) -> None:
    table.panel.select_anchor(1)
    table.panel.table.setFocus()
    for one in (1, 5):
        at = table.panel.table.visualRect(table.panel.index_of(one)).center()
        table.qtbot.mouseClick(table.panel.table.viewport(), LEFT, Qt.KeyboardModifier.ControlModifier if one == 5 else
                               Qt.KeyboardModifier.NoModifier, at)  # fmt: skip
    table.qtbot.keyClick(table.panel.table, Key.Key_Delete)
    assert [c.id for c in table.constraints()] == [2, 3, 4]
    assert len(table.commits) == 1


def test_selection_goes_both_ways_without_an_echo(table: Table) -> None:
    chosen = heard(table.panel.anchor_selected)
    table.panel.select_anchor(3)
    assert table.panel.selected() == [3]
    assert not chosen
    at = table.panel.table.visualRect(table.panel.index_of(2)).center()
    table.qtbot.mouseClick(table.panel.table.viewport(), LEFT, pos=at)
    assert chosen == [(2,)]
    table.type(1, NOTE, "elsewhere")
    assert table.panel.selected() == [1]
    table.panel.select_anchor(None)
    assert table.panel.selected() == []
    table.panel.select_anchor(2)
    table.document.undo()
    assert table.panel.selected() == [2], "a redraw keeps it"


def test_the_table_is_sorted_by_any_column(table: Table) -> None:
    table.panel.table.sortByColumn(DELTA, Qt.SortOrder.DescendingOrder)
    model = table.panel.table.model()
    ids = [table.panel.entry_at(model.index(r, 0)).id for r in range(model.rowCount())]
    # B − A: −4.0 (5), 0.24 (1), 0.4 (4), 0.92 (2), 0.96 (3)
    assert ids == [3, 2, 4, 1, 5]


def test_the_note_has_room_beside_a_scroll_bar_in_a_narrow_panel(qtbot: QtBot, qapp: QApplication) -> None:
    create_application(Settings())
    document = opened(sessions.aligned())
    panel = AnchorsPanel(document)
    shown(qtbot, panel, 300, 150)
    alignment = document.session.alignment
    assert alignment is not None
    pins = tuple(Anchor(k + 1, 0.1 * k, 0.1 * k + 0.02) for k in range(9))
    document.replace_alignment(replace(alignment, constraints=Constraints(pins, next_id=10)), "Add")
    qtbot.waitUntil(panel.table.verticalScrollBar().isVisible)
    head = panel.table.horizontalHeader()
    words = panel.model.headerData(NOTE, Qt.Orientation.Horizontal)
    assert head.sectionSize(NOTE) >= head.fontMetrics().horizontalAdvance(words) + 8
    assert head.length() <= panel.table.viewport().width()
