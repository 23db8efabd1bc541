"""The side panels, with real clicks and typing: they draw the document, and ask for changes by signals only."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from syncline.model import Recipe, Session
from syncline.model.paths import Offset
from syncline.progress import go_on, hold_up
from syncline_workbench.document import Document
from syncline_workbench.jobs import Jobs
from syncline_workbench.views import clock
from syncline_workbench.views.alignments import AlignmentsPanel
from syncline_workbench.views.history import HistoryPanel
from syncline_workbench.views.jobs_bar import JobsBar, remaining_text
from syncline_workbench.views.plain import Elided, clean, label, tip
from syncline_workbench.views.result import ResultPanel
from syncline_workbench.views.rows import fitted
from syncline_workbench.views.sources import SourcesPanel
from syncline_workbench.views.welcome import Welcome
from workbench import sessions
from workbench.hands import LEFT, click_row, drop, heard, opened, shown

HOSTILE = '<img src="file:///etc/passwd"> & <b>x</b>\n.mp4'
Key = Qt.Key


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


def test_a_name_is_read_in_full_on_two_lines_if_need_be(qtbot: QtBot, alignments: AlignmentsPanel) -> None:
    view = alignments.list
    for width in (220, 232, 260):
        alignments.resize(width, 200)
        qtbot.waitUntil(lambda width=width: view.width() == width - 20)
        for k in range(view.count()):
            item, name = view.visualItemRect(view.item(k)), view.row_at(k).text
            room = view.itemDelegate().text_rect(item, view.row_at(k), view.font())
            assert fitted(name, view.fontMetrics(), room) == name, width
            if k:
                assert item.top() == view.visualItemRect(view.item(k - 1)).bottom() + 1
    # What even two lines can't hold ends in an ellipsis within them.
    room = QRect(0, 0, 80, 2 * view.fontMetrics().height())
    for long in ("a word " * 30, "w" * 300, "a " + "w" * 300):
        cut = fitted(long, view.fontMetrics(), room)
        assert cut.endswith("…")
        assert 3 < len(cut) < 40


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


def test_a_long_history_is_neither_built_nor_measured_again_at_each_step(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Document, "LIMIT", 50)
    document = Document()
    panel = HistoryPanel(document)
    shown(qtbot, panel, 220, 300)
    for k in range(60):
        document.replace(replace(document.session, recipe=Recipe(method=str(k))), f"step {k}")
    asked: list[int] = []
    delegate = panel.list.itemDelegate()
    measure = delegate.sizeHint
    monkeypatch.setattr(delegate, "sizeHint", lambda o, i: asked.append(i.row()) or measure(o, i))
    kept = panel.list.item(5)
    document.replace(replace(document.session, recipe=Recipe(method="60")), "step 60")
    panel.list.doItemsLayout()
    assert [r.text for r in panel.list.rows()] == [f"step {k}" for k in range(11, 61)]
    assert panel.list.item(4) is kept and panel.list.item(49).isSelected()
    assert len(asked) < 10, asked
    panel.jump_requested.connect(document.jump)
    panel.list.chosen.emit(panel.list.row_at(3).key)
    assert document.position == 3


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
    assert not panel.figures.values["shift"].isVisible()
    assert al.path is not None
    constant = replace(al.path, blocks=Offset(-0.25, 1.62, source="sound"))
    document.replace(document.session.with_alignment(replace(al, path=constant)), "Align")
    assert panel.figures.values["shift"].isVisible()
    assert [panel.figures.values[k].text() for k in ("shift", "confidence")] == ["-0.2500 s", "1.62"]
    document.replace(Session(), "New")
    assert not panel.figures.isVisible()
    assert not panel.stale.isVisible()


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


def test_while_loops_are_compiled_the_bar_says_so_and_of_a_job_that_stands_still_no_time(
    qtbot: QtBot, jobs: Jobs
) -> None:
    bar = JobsBar(jobs)
    shown(qtbot, bar, 700, 30)
    go, on = threading.Event(), threading.Event()

    def work(monitor: Any) -> None:
        part = monitor.part(0, 1, "Extracting features")
        while not on.wait(0.01):
            part.advance(min(time.monotonic() - began, 0.8), 1)
        part.advance(80, 100)
        go.wait(30)

    began = time.monotonic()
    job = jobs.submit("Align", work)
    qtbot.waitUntil(lambda: "s left" in bar.words.text(), timeout=10_000)
    on.set()
    hold_up("Compiling loops (first time only)")
    try:
        qtbot.waitUntil(lambda: bar.title.text() == "Compiling loops (first time only)")
        assert bar.bar.wandering and bar.words.text() == ""
        first = bar.bar.grab().toImage()
        qtbot.waitUntil(lambda: bar.bar.grab().toImage() != first)
    finally:
        go_on("Compiling loops (first time only)")
    qtbot.waitUntil(lambda: bar.title.text() == "Extracting features" and bar.words.text() == "80 %", timeout=10_000)
    assert not bar.bar.wandering and bar.bar.value() == 800
    with qtbot.waitSignal(job.succeeded):
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
