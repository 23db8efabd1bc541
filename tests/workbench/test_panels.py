"""The side panels, with real clicks and typing: they draw the document, and ask for changes by signals only."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QTextDocument, QWheelEvent
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from syncline.model import Anchor, Constraints, FeatureRecipe, FeatureTerm, Recipe, Session
from syncline.registry import Method, choice, number, switch, text
from syncline_workbench.document import Document
from syncline_workbench.jobs import Jobs
from syncline_workbench.views import clock
from syncline_workbench.views.alignments import AlignmentsPanel
from syncline_workbench.views.anchors import AnchorsPanel
from syncline_workbench.views.anchors_table import DELTA, NOTE, TYPE, A, B, TimeEdit
from syncline_workbench.views.history import HistoryPanel
from syncline_workbench.views.jobs_bar import JobsBar, remaining_text
from syncline_workbench.views.parameters import NumberBox, ParameterForm
from syncline_workbench.views.plain import Elided, clean, label, tip
from syncline_workbench.views.recipe import RecipePanel
from syncline_workbench.views.result import ResultPanel
from syncline_workbench.views.rows import RowList
from syncline_workbench.views.sources import SourcesPanel
from syncline_workbench.views.welcome import Welcome
from workbench import sessions

HOSTILE = '<img src="file:///etc/passwd"> & <b>x</b>\n.mp4'
LEFT = Qt.MouseButton.LeftButton
Key = Qt.Key


def opened(session: Session) -> Document:
    document = Document()
    document.replace(session, "Open A, B")
    return document


def heard(signal: Any) -> list[tuple[Any, ...]]:
    """Every emission of `signal` from now on."""
    calls: list[tuple[Any, ...]] = []
    signal.connect(lambda *values: calls.append(values))
    return calls


def shown(qtbot: QtBot, widget: QWidget, width: int = 280, height: int = 600) -> None:
    qtbot.addWidget(widget)
    widget.resize(width, height)
    with qtbot.waitActive(widget):
        widget.show()
        widget.activateWindow()


def click_row(qtbot: QtBot, rows: RowList, index: int) -> None:
    qtbot.mouseClick(rows.viewport(), LEFT, pos=rows.visualItemRect(rows.item(index)).center())


def drop(widget: QWidget, *paths: str) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(p) for p in paths])
    none = Qt.KeyboardModifier.NoModifier
    widget.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, mime, LEFT, none))


# -- words and times -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(0, "0:00.000"), (4.2, "0:04.200"), (59.9996, "1:00.000"), (-1.5, "−0:01.500"), (-1e-5, "0:00.000"),
     (3723.004, "1:02:03.004"), (float("nan"), "–")],
)  # fmt: skip
def test_times_are_written_to_the_millisecond(seconds: float, written: str) -> None:
    assert clock.format_time(seconds) == written


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [("0:04.200", 4.2), ("4.2", 4.2), ("4,2", 4.2), (" 4.2 s", 4.2), ("4200 ms", 4.2), ("1:02:03", 3723.0),
     ("−0:01.5", -1.5), (".5", 0.5), ("90", 90.0)],
)  # fmt: skip
def test_times_are_read_as_people_type_them(typed: str, seconds: float) -> None:
    assert clock.parse_time(typed) == pytest.approx(seconds, abs=1e-12)


@pytest.mark.parametrize("typed", ["", "x", "1:60", "1:61:00", "nan", "inf", "1:2:3:4", "1e3", "٣", "9" * 400])
def test_what_is_no_time_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="time"):
        clock.parse_time(typed)


def test_every_millisecond_survives_writing_and_reading() -> None:
    for ms in range(-5_000_000, 5_000_000, 7919):
        assert round(clock.parse_time(clock.format_time(ms / 1000)) * 1000) == ms


def test_durations_and_remaining_time_read_at_a_glance(qtbot: QtBot) -> None:
    assert [clock.format_seconds(s) for s in (0.0021, 0.25, 10, 725, 3720)] == [
        "2.1 ms", "250 ms", "10.0 s", "12 min 05 s", "1 h 02 min",
    ]  # fmt: skip
    words = QWidget()
    qtbot.addWidget(words)
    assert remaining_text(0.64, 3.2, words) == "64 % · 3 s left"
    assert remaining_text(0.999, None, words) == "99 %"
    assert remaining_text(0.1, 150, words) == "10 % · 2 min left"


def test_text_from_files_is_never_taken_for_markup(qtbot: QtBot) -> None:
    document = QTextDocument()
    document.setHtml(tip(HOSTILE))
    assert document.toPlainText() == HOSTILE
    document.setHtml(tip("a &amp; b"))
    assert document.toPlainText() == "a &amp; b"
    for widget in (label(HOSTILE), Elided(HOSTILE)):
        qtbot.addWidget(widget)
        assert widget.textFormat() == Qt.TextFormat.PlainText
    assert clean("a\x00b\udcffc\u202ed") == "a\ufffdb\ufffdc\ufffdd"


def test_a_long_name_never_widens_its_panel(qtbot: QtBot) -> None:
    document = opened(replace(sessions.aligned(), a=sessions.video("x" * 4000 + ".mp4")))
    panel = SourcesPanel(document)
    qtbot.addWidget(panel)
    assert panel.minimumSizeHint().width() < 200


# -- sources ---------------------------------------------------------------------------------------


def test_sources_show_what_the_files_are(qtbot: QtBot) -> None:
    panel = SourcesPanel(opened(sessions.aligned()))
    shown(qtbot, panel, 220)
    assert panel.sides["a"].figures.text() == "250 fr · 10.0 s · 25 fps"
    sound = opened(Session(a=sessions.sound(), b=sessions.sequence()))
    panel = SourcesPanel(sound)
    qtbot.addWidget(panel)
    assert panel.sides["a"].figures.text() == "44.1 kHz · stereo · 65.8 s"
    assert panel.sides["b"].figures.text() == "(300, 34) · 30 Hz"


def test_a_problem_offers_to_locate_and_goes_with_its_file(qtbot: QtBot) -> None:
    document = opened(sessions.aligned())
    panel = SourcesPanel(document)
    shown(qtbot, panel, 220)
    side = panel.sides["b"]
    assert not side.problem.isVisible()
    panel.set_problem("b", "The file is missing.")
    wanted = heard(panel.locate_requested)
    qtbot.mouseClick(side.locate, LEFT)
    assert wanted == [("b",)]
    document.replace(replace(document.session, a=sessions.video("other.mp4")), "Open A")
    assert side.problem.isVisible()
    document.replace(replace(document.session, b=sessions.video("found.mp4")), "Locate")
    assert not side.problem.isVisible()
    assert side.name.text() == "found.mp4"


def test_sources_ask_by_click_key_and_drop(qtbot: QtBot) -> None:
    document = Document()
    panel = SourcesPanel(document)
    shown(qtbot, panel, 220)
    asked, dropped, swaps = heard(panel.open_requested), heard(panel.file_dropped), heard(panel.swap_requested)
    qtbot.mouseClick(panel.sides["a"], LEFT)
    panel.sides["b"].setFocus()
    qtbot.keyClick(panel.sides["b"], Key.Key_Return)
    assert asked == [("a",), ("b",)]
    drop(panel.sides["b"], "/nowhere/x.mp4", "/nowhere/y.mp4")
    assert dropped == [("b", "/nowhere/x.mp4")]
    assert not panel.swap.isEnabled()
    document.replace(sessions.aligned(truth=True), "Open")
    qtbot.mouseClick(panel.sides["a"], LEFT)
    assert len(asked) == 2, "one click on a file must not throw it out"
    qtbot.mouseClick(panel.swap, LEFT)
    cleared = heard(panel.truth_cleared)
    qtbot.mouseClick(panel.clear_truth, LEFT)
    assert len(swaps) == len(cleared) == 1
    panel.menu("a").close()


# -- alignments and history ------------------------------------------------------------------------


@pytest.fixture
def alignments(qtbot: QtBot) -> AlignmentsPanel:
    panel = AlignmentsPanel(opened(sessions.aligned()))
    shown(qtbot, panel, 260, 200)
    return panel


def test_alignments_show_path_ghost_and_cost(alignments: AlignmentsPanel) -> None:
    rows = alignments.list.rows()
    assert [(r.key, r.figure, r.sample, r.toggle) for r in rows] == [
        (1, "0.041", "solid", None),
        (3, "0.047", "dashed", True),
        (2, "0.118", "", False),
    ]
    assert rows[0].figure_role == "good"
    assert alignments.list.item(0).isSelected()


def test_clicks_on_name_and_eye_mean_different_things(qtbot: QtBot, alignments: AlignmentsPanel) -> None:
    active, ghosts = heard(alignments.activated), heard(alignments.ghost_toggled)
    click_row(qtbot, alignments.list, 0)
    assert not active, "it is the path already"
    click_row(qtbot, alignments.list, 2)
    qtbot.mouseClick(alignments.list.viewport(), LEFT, pos=alignments.list.toggle_rect(1).center())
    assert active == [(2,)]
    assert ghosts == [(3,)]
    assert alignments.list.item(0).isSelected(), "the document did not change, so neither may the selection"


def test_alignments_by_keyboard(qtbot: QtBot, alignments: AlignmentsPanel) -> None:
    active, ghosts, gone = heard(alignments.activated), heard(alignments.ghost_toggled), heard(alignments.removed)
    alignments.list.setFocus()
    qtbot.keyClick(alignments.list, Key.Key_Down)
    qtbot.keyClick(alignments.list, Key.Key_Space)
    qtbot.keyClick(alignments.list, Key.Key_Return)
    qtbot.keyClick(alignments.list, Key.Key_Delete)
    assert (active, ghosts, gone) == ([(3,)], [(3,)], [(3,)])


def test_an_alignment_is_renamed_in_place(qtbot: QtBot, alignments: AlignmentsPanel) -> None:
    names = heard(alignments.renamed)
    alignments.list.setFocus()
    for typed, end in (("Best one", Key.Key_Return), ("Nothing", Key.Key_Escape), ("   ", Key.Key_Return)):
        qtbot.keyClick(alignments.list, Key.Key_F2)
        field = alignments.list.edit_field()
        assert field is not None
        field.selectAll()
        qtbot.keyClicks(field, typed)
        qtbot.keyClick(field, end)
        qtbot.wait(1)
        QApplication.sendPostedEvents(None, 52)
    assert names == [(1, "Best one")]
    assert alignments.list.row_at(0).text == "DTW · symmetric2", "the document says what it is called"


def test_history_lists_all_steps_and_jumps(qtbot: QtBot) -> None:
    document = Document()
    panel = HistoryPanel(document)
    shown(qtbot, panel, 220, 300)
    for name in ("Open A, B", "Align", "Move anchor 1"):
        document.replace(replace(document.session, recipe=Recipe(method=name)), name)
    document.undo()
    assert [(r.text, r.muted) for r in panel.list.rows()] == [
        ("New", False), ("Open A, B", False), ("Align", False), ("Move anchor 1", True),
    ]  # fmt: skip
    assert panel.list.item(2).isSelected()
    panel.jump_requested.connect(document.jump)
    click_row(qtbot, panel.list, 3)
    assert document.position == 3
    panel.list.setFocus()
    qtbot.keyClick(panel.list, Key.Key_Home)
    assert document.position == 3, "arrow keys only look"
    qtbot.keyClick(panel.list, Key.Key_Return)
    assert document.position == 0
    assert [r.muted for r in panel.list.rows()] == [False, True, True, True]


# -- result ----------------------------------------------------------------------------------------


def test_result_shows_the_path_and_the_errors(qtbot: QtBot) -> None:
    document = opened(sessions.aligned(truth=True))
    panel = ResultPanel(document)
    shown(qtbot, panel)
    text = {key: value.text() for key, value in (panel.figures.values | panel.errors.values).items()}
    # 250 frames on 287: 249 diagonal steps, then 37 along B.
    assert (text["cost"], text["length"], text["seconds"]) == ("0.041", "287", "2.1 ms")
    assert (text["diagonal"], text["horizontal"], text["vertical"]) == ("87.1 %", "0.0 %", "12.9 %")
    assert (text["median"], text["p90"], text["within 1 frame"]) == ("0.4 fr · 16 ms", "1.2 fr · 48 ms", "97.2 %")
    al = document.session.alignment
    assert al is not None
    document.replace(document.session.with_alignment(replace(al, errors=None, stale="B was changed.")), "Stale")
    assert not panel.errors.isVisible()
    assert panel.stale.isVisible()
    assert panel.stale.sentence() == "B was changed."
    document.replace(Session(), "New")
    assert not panel.figures.isVisible()
    assert not panel.stale.isVisible()


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


# -- anchors ---------------------------------------------------------------------------------------


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
    assert not table.panel.index_of(4, A).flags() & editable, "a lock is drawn, not typed"


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


# -- jobs ------------------------------------------------------------------------------------------


@pytest.fixture
def jobs(qtbot: QtBot) -> Iterator[Jobs]:
    jobs = Jobs(workers=2)
    yield jobs
    jobs.close()


def waiting(go: threading.Event) -> Callable[[Any], None]:
    def work(monitor: Any) -> None:
        monitor.part(0, 1, "Extracting features of B").advance(64, 100)
        while not go.wait(0.01):
            monitor.check()

    return work


def test_the_jobs_bar_shows_a_job_and_stops_it(qtbot: QtBot, jobs: Jobs) -> None:
    bar = JobsBar(jobs)
    shown(qtbot, bar, 700, 30)
    assert not bar.bar.isVisible()
    go = threading.Event()
    quiet = jobs.submit("Thumbnails", waiting(go), quiet=True)
    assert not bar.bar.isVisible()
    job = jobs.submit("Align", waiting(go))
    qtbot.waitUntil(lambda: bar.title.text() == "Extracting features of B")
    assert bar.bar.value() == 640
    assert bar.words.text().startswith("64 %")
    assert not bar.more.isVisible()
    with qtbot.waitSignal(job.cancelled):
        qtbot.mouseClick(bar.cancel, LEFT)
        assert not bar.cancel.isEnabled()
    qtbot.waitUntil(lambda: not bar.bar.isVisible())
    with qtbot.waitSignal(quiet.ended):
        go.set()


def test_several_jobs_are_counted_and_stopped_one_by_one(qtbot: QtBot, jobs: Jobs) -> None:
    bar = JobsBar(jobs)
    shown(qtbot, bar, 700, 30)
    go = threading.Event()
    first, second = jobs.submit("Align", waiting(go)), jobs.submit("Export", waiting(go))
    qtbot.waitUntil(bar.more.isVisible)
    assert bar.more.text() == "2 jobs"
    bar.more.click()
    stop = bar.popup._grid.itemAtPosition(1, 3)
    assert stop is not None
    with qtbot.waitSignal(second.cancelled):
        stop.widget().click()
    qtbot.waitUntil(lambda: not bar.more.isVisible())
    assert not first.monitor.cancelled
    with qtbot.waitSignal(first.succeeded):
        go.set()


# -- welcome ---------------------------------------------------------------------------------------


def test_the_empty_window_invites(qtbot: QtBot) -> None:
    document = Document()
    page = Welcome(document)
    shown(qtbot, page, 900, 640)
    asked, dropped, several = heard(page.open_requested), heard(page.file_dropped), heard(page.files_dropped)
    demo, recent = heard(page.demo_requested), heard(page.recent_requested)
    qtbot.mouseClick(page.cards["b"], LEFT)
    qtbot.mouseClick(page.open_a, LEFT)
    qtbot.mouseClick(page.demo, LEFT)
    assert (asked, len(demo)) == ([("b",), ("a",)], 1)
    drop(page.cards["b"], "/nowhere/b.mp4")
    drop(page, "/nowhere/a.mp4", "/nowhere/b.mp4")
    drop(page.cards["a"], "/nowhere/x.syncline")
    drop(page, "/nowhere/c.mp4")
    document.replace(Session(a=sessions.video()), "Open A")
    drop(page, "/nowhere/d.mp4")
    assert dropped == [("b", "/nowhere/b.mp4"), ("a", "/nowhere/c.mp4"), ("b", "/nowhere/d.mp4")]
    assert several == [(["/nowhere/a.mp4", "/nowhere/b.mp4"],), (["/nowhere/x.syncline"],)]
    assert not page.recent.isVisible()
    page.set_recent(["/nowhere/x.syncline", "/nowhere/y.wav"])
    click_row(qtbot, page.recent, 1)
    assert recent == [("/nowhere/y.wav",)]
