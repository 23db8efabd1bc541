"""The panels of Segment, with real clicks and keys: they draw the document and ask by signals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from syncline.features import REGISTRY as FEATURES
from syncline.model import EmissionSource, Pin, Segment, SegmentConstraints, SegmentRecipe, Session, Tier, Tiers
from syncline.recutting import Compared, Doubt
from syncline.segment_quality import boundaries_of, compare_boundaries
from syncline.segmentation import judge_tiers
from syncline.solvers.segment import REGISTRY as SOLVERS
from syncline_workbench.document import Document
from syncline_workbench.views.recordings_panel import RecordingsPanel
from syncline_workbench.views.segmentations_panel import SegmentationsPanel
from syncline_workbench.views.segments_check import SegmentsCheck
from syncline_workbench.views.segments_recipe import SegmentsRecipePanel
from syncline_workbench.views.segments_result import SegmentsResult
from syncline_workbench.views.segments_table import SegmentsTable
from syncline_workbench.views.tiers_shown import Shown
from workbench.hands import LEFT, click_row, drop, heard, opened, shown
from workbench.segment_sessions import changes, letters, segmented, spoken, truth
from workbench.sessions import video

Key = Qt.Key


# -- recordings ------------------------------------------------------------------------------------


def test_a_recording_is_chosen_and_removed(qtbot: QtBot) -> None:
    document = opened(segmented())
    view = RecordingsPanel(document)
    shown(qtbot, view, 232, 300)
    chosen, removed = heard(view.chosen), heard(view.removed)
    model, rows = view.model, view.list
    assert model.index(0).data() == "frisbee.wav"
    spoken = model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "frisbee.wav, 1.9 s · 22\N{NARROW NO-BREAK SPACE}050 Hz · mono"
    qtbot.mouseClick(rows.viewport(), LEFT, pos=rows.visualRect(model.index(0)).center())
    assert not chosen, "it is in hand already"
    qtbot.mouseClick(rows.viewport(), LEFT, pos=rows.visualRect(model.index(1)).center())
    assert chosen == [(2,)]
    rows.setFocus()
    qtbot.keyClick(rows, Key.Key_Down)
    qtbot.keyClick(rows, Key.Key_Return)
    qtbot.keyClick(rows, Key.Key_Delete)
    assert chosen == [(2,), (2,)] and removed == [(2,)]
    document.look(recording=2, shown_segments=None)
    assert rows.selectionModel().isSelected(model.index(1))
    assert view.transcript.text.text() == "no transcript"


def test_what_belongs_to_a_recording_is_said_and_asked_for(qtbot: QtBot) -> None:
    document = opened(segmented(judged=True))
    view = RecordingsPanel(document)
    shown(qtbot, view, 232, 300)
    texts = [line.text.text() for line in (view.transcript, view.emissions, view.own, view.truth)]
    assert texts == ["transcript · 6 words", "phoneme model", "own tiers · notes", "truth · word"]
    asked = [heard(s) for s in (view.transcript_requested, view.emissions_requested, view.tiers_requested,
                                view.truth_requested, view.truth_cleared)]  # fmt: skip
    for button in (view.edit_transcript, view.choose_emissions, view.load_tiers, view.load_truth, view.clear_truth):
        qtbot.mouseClick(button, LEFT)
    assert asked == [[()]] * 5
    first = document.session.recordings[0]
    bare = replace(first, transcript=(), own=(), truth=None, emissions=EmissionSource("/nowhere/said.npz"))
    document.replace(document.session.with_recording(bare), "Clear")
    texts = [line.text.text() for line in (view.transcript, view.emissions, view.own, view.truth)]
    assert texts == ["no transcript", "said.npz", "no own tiers", "no truth"]
    assert not view.clear_truth.isVisible()
    silent = replace(bare, media=video(), emissions=None)
    document.replace(document.session.with_recording(silent), "Clear")
    assert view.emissions.text.text() == "no emissions"


def test_files_are_dropped_and_looked_for(qtbot: QtBot) -> None:
    document = opened(segmented())
    view = RecordingsPanel(document)
    shown(qtbot, view, 232, 300)
    dropped, located = heard(view.file_dropped), heard(view.locate_requested)
    drop(view, "/nowhere/a.wav", "/nowhere/b.wav")
    assert dropped == [(["/nowhere/a.wav", "/nowhere/b.wav"],)]
    view.set_problem(1, "It is not there.")
    assert view.problem.sentence() == "It is not there."
    qtbot.mouseClick(view.locate, LEFT)
    assert located == [(1,)]
    moved = replace(document.session.recordings[0], media=video())
    document.replace(document.session.with_recording(moved), "Locate")
    assert not view.problem.isVisible()
    document.replace(Session(), "New")
    assert view.model.rowCount() == 0 and not view.transcript.isVisible()


# -- segmentations ---------------------------------------------------------------------------------


def test_segmentations_stand_side_by_side(qtbot: QtBot) -> None:
    document = opened(segmented())
    view = SegmentationsPanel(document)
    shown(qtbot, view, 232, 200)
    first, second = view.list.rows()
    assert (first.text, first.figure, first.figure_role, first.toggle) == ("CTC", "−14.2", "good", None)
    assert (second.figure, second.figure_role, second.toggle) == ("12", "muted", False)
    asked = [heard(s) for s in (view.activated, view.compare_requested, view.removed, view.duplicate_requested)]
    click_row(qtbot, view.list, 1)
    qtbot.keyClick(view.list, Key.Key_Down)
    qtbot.keyClick(view.list, Key.Key_Space)
    qtbot.keyClick(view.list, Key.Key_Delete)
    qtbot.mouseClick(view.keep, LEFT)
    assert asked == [[(2,)], [(2,)], [(2,)], [(1,)]]
    document.look(compared_segments=2)
    assert view.list.row_at(1).toggle is True and view.list.row_at(1).figure_role == "warn"
    qtbot.mouseClick(view.list.viewport(), LEFT, pos=view.list.toggle_rect(1).center())
    assert asked[1] == [(2,), (None,)]
    document.look(recording=2, shown_segments=None, compared_segments=None)
    assert not view.list.rows() and view._empty.text() == "Not cut yet."


def test_a_segmentation_is_renamed(qtbot: QtBot) -> None:
    document = opened(replace(segmented(), segmentations=(spoken(name="by hand"), changes())))
    view = SegmentationsPanel(document)
    shown(qtbot, view, 232, 200)
    renamed = heard(view.renamed)
    view.list.setFocus()
    qtbot.keyClick(view.list, Key.Key_F2)
    field = view.list.edit_field()
    assert field is not None and field.text() == "by hand"
    field.selectAll()
    qtbot.keyClicks(field, "checked")
    qtbot.keyClick(field, Key.Key_Return)
    # Qt takes over what a field says once it is back in its loop.
    qtbot.waitUntil(lambda: renamed == [(1, "checked")])


# -- check next ------------------------------------------------------------------------------------


def test_doubts_go_as_pieces_are_settled(qtbot: QtBot) -> None:
    document = opened(segmented())
    view = SegmentsCheck(document)
    shown(qtbot, view, 300, 200)
    asked, chosen = heard(view.check_requested), heard(view.chosen)
    qtbot.mouseClick(view.ask, LEFT)
    assert asked == [()]
    doubts = [Doubt("words", 3, False, 0.741, 0.41, "is | throwing"), Doubt("words", 2, True, 0.677, 0.79, "is |"),
              Doubt("words", 0, None, 0.046, 0.97, "a")]  # fmt: skip
    view.show_list(doubts)
    assert [(r.text, r.figure, r.figure_role) for r in view.list.rows()] == [
        ("is | throwing", "posterior 0.41 →", "bad"), ("is |", "posterior 0.79 →", "warn"),
        ("a", "posterior 0.97 →", "muted"),
    ]  # fmt: skip
    click_row(qtbot, view.list, 1)
    qtbot.keyClick(view.list, Key.Key_Up)
    qtbot.keyClick(view.list, Key.Key_Return)
    assert chosen == [(1,), (0,)]
    named = document.session.segments
    assert named is not None
    first, *rest = named.tiers.tiers[0].segments
    # The word before "throwing" is split: "throwing" is now the fifth, and begins elsewhere.
    pieces = [first, rest[0], replace(rest[1], end=0.6), Segment(0.6, 0.7, "of"), replace(rest[2], start=0.75)]
    edited = named.with_tiers(named.tiers.with_tiers([Tier("words", (*pieces, *rest[3:])), named.tiers.tiers[1]]))
    document.replace(document.session.with_segments(edited), "Move boundary")
    assert [r.text for r in view.list.rows()] == ["a"] and "look again" in view._words.text()
    document.undo()
    assert len(view.list.rows()) == 3
    held = replace(named, constraints=SegmentConstraints((Pin("words", 0.741, 3),)))
    document.replace(document.session.with_segments(held), "Lock")
    assert [r.text for r in view.list.rows()] == ["is |", "a"]
    document.look(shown_segments=2)
    assert not view.list.rows()
    document.look(shown_segments=1)
    view.show_list([])
    assert "Nothing" in view._words.text()


# -- the result ------------------------------------------------------------------------------------


def test_figures_and_what_the_truth_says(qtbot: QtBot) -> None:
    document = opened(segmented(judged=True))
    view = SegmentsResult(document)
    shown(qtbot, view, 300, 700)
    texts = {key: value.text() for key, value in view.figures.values.items()}
    assert texts == {
        "Log-probability": "−14.2", "Words": "6", "Labels": "24", "Mean posterior": "0.80", "Solved in": "0.6 ms"
    }  # fmt: skip
    assert not view.bars.isVisible()
    phones = replace(truth(), tiers=(*truth().tiers, replace(letters(), name="phones")))
    view.set_judgement(judge_tiers(spoken().tiers, phones))
    assert view.bars.isVisible() and view.truth.shown[0] == ["", "words", "labels"]
    rows = {row[0]: row[1:] for row in view.truth.shown}
    # Twelve were found; of the true ones the last is too near the end to be judged.
    assert rows["Precision"] == [f"{11 / 12:.3f}", "1.000"]
    assert rows["Median, ms"] == ["12", "0.0"]
    # Nothing within 10 ms, all within 20 ms; letters are exact.
    ten, twenty, exact = view.bars.bar(0, 0), view.bars.bar(1, 0), view.bars.bar(0, 1)
    assert ten.height() == 1 and twenty.height() == exact.height() > 40
    assert "≤ 10 ms: words 0 %, labels 100 %" in view.bars.accessibleDescription()
    document.look(shown_segments=2)
    assert not view.bars.isVisible() and "Penalty" in view.figures.values


def test_two_stand_side_by_side(qtbot: QtBot) -> None:
    later = spoken(3, 0.03, name="a long name that has no room in a panel")
    document = opened(replace(segmented(judged=True), segmentations=(spoken(), later)))
    view = SegmentsResult(document)
    shown(qtbot, view, 300, 900)
    assert not view.beside.isVisible()
    document.look(compared_segments=3)
    assert view.beside.shown[0][1:] == ["CTC", later.label] and not view.same.isVisible()
    mine, theirs = spoken().tiers, later.tiers
    apart = compare_boundaries(boundaries_of(mine.tiers[0]), boundaries_of(theirs.tiers[0]))
    view.set_comparison([Compared("words", "words", apart)])
    assert view.same.shown == [["", "words"], ["F1", "0.000"], ["Median, ms", "30"]]
    phones = replace(truth(), tiers=(*truth().tiers, replace(letters(), name="phones")))
    view.set_judgement(judge_tiers(mine, phones), judge_tiers(theirs, phones))
    assert view.truth.shown[0] == ["", "words", f"words of {later.label}", "labels", f"labels of {later.label}"]
    assert [s.hollow for s in view.bars.series] == [False, True, False, True]
    assert view.minimumSizeHint().width() <= 300
    document.look(compared_segments=None)
    assert view.truth.shown[0] == ["", "words", "labels"] and not view.same.isVisible()


def test_pieces_of_an_older_file_are_said_to_be_so(qtbot: QtBot) -> None:
    stale = replace(spoken(), stale="The file was changed since.")
    view = SegmentsResult(opened(replace(segmented(), segmentations=(stale,))))
    shown(qtbot, view, 300, 400)
    asked = heard(view.segment_requested)
    assert view.stale.sentence() == "The file was changed since."
    qtbot.mouseClick(view.stale.findChild(QPushButton), LEFT)
    assert asked == [()]


# -- all of them -----------------------------------------------------------------------------------


def with_table(document: Document) -> SegmentsTable:
    view = SegmentsTable()
    named = document.shown.segments
    assert named is not None
    view.set_tiers([Shown(t.name, "cut", t.segments, title=t.name) for t in named.tiers.tiers])
    return view


def with_doubts(document: Document) -> SegmentsCheck:
    view = SegmentsCheck(document)
    view.show_list([Doubt("words", 0, False, 0.1, 0.2, HOSTILE)])
    return view


def with_recipe(document: Document) -> SegmentsRecipePanel:
    view = SegmentsRecipePanel(document)
    view.set_methods({n: FEATURES[n] for n in FEATURES.names()}, {n: SOLVERS[n] for n in SOLVERS.names()})
    return view


HOSTILE = '<img src="file:///etc/passwd">&b\u202e\n' + "long " * 40


@pytest.mark.parametrize(
    "make", [RecordingsPanel, SegmentationsPanel, SegmentsResult, with_table, with_doubts, with_recipe]
)
def test_hostile_names_are_only_ever_text_and_take_no_more_room(
    qtbot: QtBot, make: Callable[[Document], QWidget]
) -> None:
    pieces = tuple(Segment(k / 10, (k + 1) / 10, HOSTILE, 0.5) for k in range(3))
    named = replace(spoken(name=HOSTILE), reason=HOSTILE, stale=HOSTILE, recipe=SegmentRecipe())
    named = named.with_tiers(
        replace(named.tiers, tiers=(Tier("words", pieces), Tier(HOSTILE, pieces)), notes=(HOSTILE,))
    )
    session = replace(segmented(judged=True), segmentations=(named, replace(named, id=2)), compared_segments=2)
    first = session.recordings[0]
    recording = replace(first, own=(Tier(HOSTILE, pieces),), truth=Tiers((Tier(HOSTILE, pieces),)))
    recording = replace(recording, media=replace(first.media, path=Path("/nowhere") / HOSTILE, notes=(HOSTILE,)))
    view = make(opened(session.with_recording(recording)))
    if isinstance(view, SegmentsResult):
        view.set_judgement(judge_tiers(named.tiers, Tiers((Tier(HOSTILE, pieces),))))
    wide = 232 if isinstance(view, RecordingsPanel | SegmentationsPanel) else 300
    shown(qtbot, view, wide, 500)
    view.grab()
    assert view.minimumSizeHint().width() <= wide and view.width() == wide
    for words in view.findChildren(QLabel):
        assert words.textFormat() == Qt.TextFormat.PlainText or words.text() == ""
