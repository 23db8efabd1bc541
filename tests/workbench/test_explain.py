"""The Explain dock, with real clicks and keys: its pages say what the solvers did, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from syncline.model import Fees, LinkConstraints, NamedMatch, Session, Similarity
from syncline.model.matches import CaptionMatch, MatchRecipe, SceneMatch
from syncline.model.scene import Box, Caption, Phrase, Picture, Scene, SceneObject
from syncline.progress import Monitor
from syncline.solvers.match import REGISTRY, MatchProblem, steps_of, warm_up
from syncline.solvers.match._masses import lay
from syncline.solvers.match.linear import program
from syncline_workbench.document import Document
from syncline_workbench.jobs import Jobs
from syncline_workbench.theme import theme
from syncline_workbench.views.explain import ExplainDock, Teachers, worked
from syncline_workbench.views.explain.sheet import Sheet, SheetView
from workbench.hands import LEFT
from workbench.watchdog import Count, Watchdog, longest

Key = Qt.Key
TEACHERS = Teachers({n: REGISTRY[n] for n in REGISTRY.names()}, steps_of, MatchProblem, program, lay)
VALUES = np.array(
    [[0.81, 0.35, 0.05, 0.10], [0.30, 0.92, 0.12, 0.08], [0.02, 0.10, 0.88, 0.20], [0.05, 0.07, 0.22, 0.74],
     [0.77, 0.15, 0.03, 0.06]]
)  # fmt: skip
OBJECTS, WORDS = ("person", "suit", "flag", "shuttle", "face"), ("woman", "orange suit", "flag", "shuttle")


def astronaut(constraints: LinkConstraints | None = None) -> MatchProblem:
    """Five objects, four words, by made-up similarities."""
    similarity = Similarity(VALUES, a_ids=(1, 2, 3, 4, 5), b_ids=(11, 12, 13, 14), a_names=OBJECTS, b_names=WORDS)
    return MatchProblem(similarity, constraints or LinkConstraints())


def session(problem: MatchProblem, method: str, labels: tuple[str, ...] = OBJECTS) -> Session:
    """A picture that was matched by that method."""
    text = " ".join(WORDS)
    spans = [(text.index(w), text.index(w) + len(w)) for w in WORDS]
    caption = Caption(10, text, tuple(Phrase(11 + k, *span) for k, span in enumerate(spans)))
    objects = tuple(SceneObject(k + 1, label, Box(0, 0, 9, 9)) for k, label in enumerate(labels))
    scene = Scene(1, Picture(Path("/nowhere.png"), "0", 10, 10), objects, (caption,), next_id=20)
    params = REGISTRY[method].params()
    answer = REGISTRY[method].call(problem, params, Monitor())
    part = CaptionMatch(10, problem.similarity, answer, problem, answer, ((0,), (1,), (2,), (3,)))
    match = SceneMatch(scene, MatchRecipe(method=method, params=params), problem.similarity, (part,), 0.5)
    named = NamedMatch(1, 1, match)
    return Session(scenes=(scene,), scene=1, caption=10, matchings=(named,), shown_match=1)


class Desk:
    """The dock on a document of its own."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot, self.document, self.jobs = qtbot, Document(), Jobs()
        self.dock = ExplainDock(self.document, self.jobs)
        self.dock.set_teachers(TEACHERS)
        qtbot.addWidget(self.dock)
        self.dock.resize(1000, 320)
        with qtbot.waitActive(self.dock):
            self.dock.show()
            self.dock.activateWindow()

    def wait(self, number: int, total: int | None = None) -> None:
        """Until that page is shown, counted from 1."""

        def there() -> None:
            assert self.dock.bar.count.text() == f"{number} of {total}" if total else f"{number} of"
            assert self.dock._job is None  # pyright: ignore[reportPrivateUsage]

        self.qtbot.waitUntil(there, timeout=30_000)

    def click(self, button: object) -> None:
        self.qtbot.mouseClick(button, LEFT)

    @property
    def text(self) -> str:
        return "\n".join(words.text() for words in self.dock.words.lines)

    @property
    def sheet(self) -> Sheet:
        assert self.dock.sheet.sheet is not None
        return self.dock.sheet.sheet


@pytest.fixture(scope="module", autouse=True)
def warm() -> None:
    """A fresh checkout compiles for a while; no page shall be waited for that long."""
    warm_up()
    next(iter(steps_of("sinkhorn")(MatchProblem(worked()), None)))  # pyright: ignore[reportOptionalCall]


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Desk]:
    made = Desk(qtbot)
    yield made
    made.jobs.close()


# -- the worked example ----------------------------------------------------------------------------


def test_the_worked_example_goes_as_it_is_taught(desk: Desk) -> None:
    assert desk.dock.example.isVisible()
    desk.click(desk.dock.example)
    desk.wait(1, 7)
    assert desk.sheet.values.tolist() == [[8, 25, 50], [50, 35, 75], [22, 48, 150]]
    desk.click(desk.dock.bar.step)
    desk.wait(2, 7)
    assert desk.sheet.values.tolist() == [[0, 17, 42], [15, 0, 40], [0, 26, 128]]
    assert "8, 35, 22" in desk.text
    desk.click(desk.dock.bar.step)
    desk.wait(3, 7)
    assert desk.sheet.values.tolist() == [[0, 17, 2], [15, 0, 0], [0, 26, 88]]
    desk.click(desk.dock.bar.step)
    desk.wait(4, 7)
    assert "2 (row u2; column v1)" in desk.text
    assert "2 lines for 3 rows: go on" in desk.text
    assert desk.sheet.row_lines is not None and desk.sheet.column_lines is not None
    assert desk.sheet.row_lines.tolist() == [False, True, False]
    assert desk.sheet.column_lines.tolist() == [True, False, False]
    desk.click(desk.dock.bar.step)
    desk.wait(5, 7)
    assert "k = 2" in desk.text and "u1 – v3" in desk.text
    assert desk.sheet.values.tolist() == [[0, 15, 0], [17, 0, 0], [0, 24, 86]]
    assert desk.sheet.changed is not None
    assert desk.sheet.changed.tolist() == [[0, -2, -2], [2, 0, 0], [0, -2, -2]]
    assert "step C" in desk.dock.title.text()
    desk.click(desk.dock.bar.last)
    desk.wait(7, 7)
    assert "u1 – v3, u2 – v2, u3 – v1: cost 50 + 35 + 22 = 107" in desk.text
    assert "u = 10, 35, 24 and v = −2, 0, 40; their sum 107" in desk.text
    assert not desk.dock.bar.step.isEnabled()
    assert desk.sheet.ringed is not None
    assert np.argwhere(desk.sheet.ringed).tolist() == [[0, 2], [1, 1], [2, 0]]


def test_lines_are_drawn_through_what_they_cover(desk: Desk) -> None:
    desk.click(desk.dock.example)
    desk.wait(1, 7)
    desk.dock.go(3)
    desk.wait(4, 7)
    view = desk.dock.sheet
    image = view.grab().toImage()
    ratio = image.devicePixelRatio()
    accent, between = QColor(theme().colours.accent), view.cell(1, 1)

    def colour(x: float, y: float) -> QColor:
        return image.pixelColor(int(x * ratio), int(y * ratio))

    # Between two figures of the covered row the line shows; in the row above there is none.
    assert colour(between.right(), between.center().y()) == accent
    above = view.cell(0, 1)
    assert colour(above.right(), above.center().y()) != accent


def test_keys_alone_suffice(desk: Desk) -> None:
    desk.click(desk.dock.example)
    desk.wait(1, 7)
    desk.dock.stage.setFocus()
    for key, number in ((Key.Key_Right, 2), (Key.Key_Right, 3), (Key.Key_Left, 2), (Key.Key_End, 7), (Key.Key_Home, 1)):
        desk.qtbot.keyClick(desk.dock.stage, key)
        desk.wait(number, 7)
    desk.qtbot.keyClick(desk.dock.stage, Key.Key_Space)
    assert desk.dock.playing
    desk.qtbot.keyClick(desk.dock.stage, Key.Key_Space)
    assert not desk.dock.playing
    assert "Hungarian" in desk.dock.stage.accessibleDescription()
    for part in (
        desk.dock.bar.first,
        desk.dock.bar.back,
        desk.dock.bar.step,
        desk.dock.bar.play,
        desk.dock.bar.last,
        desk.dock.method,
    ):
        assert part.accessibleName()
        assert part.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_play_goes_to_the_end_and_stops(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syncline_workbench.views.explain.lesson.Lesson.tempo", lambda self, total: (10, 1))
    desk.click(desk.dock.example)
    desk.wait(1, 7)
    desk.click(desk.dock.bar.play)
    assert desk.dock.bar.play.text() == "Pause"
    desk.qtbot.waitUntil(lambda: not desk.dock.playing)
    desk.wait(7, 7)
    assert desk.dock.bar.play.text() == "Play"
    # From the end it begins again.
    desk.click(desk.dock.bar.play)
    desk.wait(1, 7)
    desk.click(desk.dock.bar.play)


# -- the other methods -----------------------------------------------------------------------------


def choose(desk: Desk, method: str) -> None:
    box = desk.dock.method
    box.setCurrentIndex(box.findData(method))
    box.activated.emit(box.currentIndex())


def test_simplex_shows_the_tableau_that_it_pivots_on(desk: Desk) -> None:
    desk.click(desk.dock.example)
    desk.wait(1, 7)
    choose(desk, "simplex")
    desk.qtbot.waitUntil(lambda: "Simplex" in desk.dock.title.text())
    desk.dock.stage.setFocus()
    pages = 0
    before: np.ndarray | None = None
    pivot = (0, 0)
    while desk.dock.bar.step.isEnabled():
        sheet = desk.sheet
        if before is not None and before.shape == sheet.values.shape and sheet.entering is not None:
            # The tableau that follows a pivot is the one before, its pivot column swept out.
            row, column = pivot
            swept = before.copy()
            swept[row] /= before[row, column]
            for k in range(len(swept)):
                if k != row:
                    swept[k] -= before[k, column] * swept[row]
            assert sheet.values == pytest.approx(swept, abs=1e-9)
            pages += 1
        before = None
        if sheet.boxed is not None:
            before = sheet.values
            row, column = np.argwhere(sheet.boxed)[0].tolist()
            pivot = (row, column)
            assert sheet.entering == column and sheet.leaving == row
            assert sheet.values[-1, column] < 0
        at = desk.dock.number
        desk.qtbot.keyClick(desk.dock.stage, Key.Key_Right)
        desk.qtbot.waitUntil(lambda at=at: desk.dock.number > at)
    assert pages > 2
    assert "optimal. Cost 107" in desk.text
    assert "u1 – v3" in desk.text


def test_sinkhorn_puts_rows_and_columns_right_in_turns(desk: Desk) -> None:
    desk.dock.explain(astronaut(), "sinkhorn")
    desk.qtbot.waitUntil(lambda: "sum is right" in desk.text, timeout=30_000)
    assert desk.dock.number == 0
    rows, columns = desk.sheet.row_bars, desk.sheet.column_bars
    assert rows is not None and columns is not None
    assert rows.now == pytest.approx(rows.wanted)
    assert columns.now != pytest.approx(columns.wanted, abs=1e-3)
    desk.click(desk.dock.bar.step)
    desk.qtbot.waitUntil(lambda: desk.dock.number == 1)
    rows, columns = desk.sheet.row_bars, desk.sheet.column_bars
    assert rows is not None and columns is not None
    assert columns.now == pytest.approx(columns.wanted)
    assert rows.now != pytest.approx(rows.wanted, abs=1e-3)
    desk.click(desk.dock.bar.last)
    desk.qtbot.waitUntil(lambda: "this is the plan" in desk.text, timeout=30_000)
    solver = REGISTRY["sinkhorn"]
    plan = solver.call(astronaut(), solver.params(), Monitor()).weights
    assert desk.sheet.values[:5, :4] == pytest.approx(plan, abs=1e-6)


def test_sinkhorn_names_what_a_lock_leaves(desk: Desk) -> None:
    desk.dock.explain(astronaut(LinkConstraints(locked=frozenset({(2, 12)}))), "sinkhorn")
    desk.qtbot.waitUntil(lambda: "sum is right" in desk.text, timeout=30_000)
    # Suit's fifth of the mass is gone, a twentieth of the orange suit's quarter is left.
    assert desk.sheet.rows == ("person", "flag", "shuttle", "face")
    assert desk.sheet.columns == WORDS
    assert "suit – orange suit" in desk.text


def test_a_warmer_attention_is_a_flatter_one(desk: Desk) -> None:
    desk.dock.explain(astronaut(), "attention")
    desk.wait(1, 3)
    desk.click(desk.dock.bar.last)
    desk.wait(3, 3)
    assert desk.dock.words.slider.isVisible()
    assert desk.sheet.rows == WORDS
    best = desk.sheet.values.max(1)
    assert desk.sheet.values.sum(1) == pytest.approx(1)
    desk.dock.words.slider.setFocus()
    desk.qtbot.keyClick(desk.dock.words.slider, Key.Key_PageUp)
    desk.qtbot.keyClick(desk.dock.words.slider, Key.Key_PageUp)
    t = 10 ** (desk.dock.words.slider.value() / 100)
    assert t == pytest.approx(0.1 * 10**0.5)
    wanted = np.exp(VALUES.T / t) / np.exp(VALUES.T / t).sum(1, keepdims=True)
    desk.qtbot.waitUntil(lambda: bool(np.allclose(desk.sheet.values[:, :5], wanted)))
    assert (desk.sheet.values.max(1) < best).all()
    assert desk.dock.bar.count.text() == "3 of 3"


def test_who_is_locked_has_no_entropy_and_no_share_in_the_largest(desk: Desk) -> None:
    desk.dock.explain(astronaut(LinkConstraints(locked=frozenset({(2, 12)}))), "attention")
    desk.dock.go(2)
    desk.wait(3, 3)
    p = desk.sheet.values[[0, 2, 3], :5]
    assert f"{100 * -(p * np.log(p)).sum() / (3 * np.log(5)):.0f} % of the largest" in desk.text
    assert desk.sheet.right is not None and desk.sheet.right[1][1] == "0.00"


def test_brute_force_finds_the_same_beside_n_cubed(desk: Desk) -> None:
    desk.dock.explain(MatchProblem(worked()), "brute")
    desk.wait(1, 6)
    desk.click(desk.dock.bar.last)
    desk.wait(6, 6)
    race = desk.dock.words.race.race
    assert race is not None and (race.count, race.total, race.cube) == (6, 6, 27)
    costs = worked().costs
    least = min(sum(costs[i, p[i]] for i in range(3)) for p in permutations(range(3)))
    assert f"{least:g}: u1 – v3, u2 – v2, u3 – v1" in desk.text
    assert "24" in desk.text
    # Above the words, which get longer and would push them out of sight.
    bars, line = desk.dock.words.race, desk.dock.words.lines[0]
    assert bars.isVisible()
    desk.qtbot.waitUntil(lambda: 0 < bars.geometry().bottom() < line.geometry().top())


def test_eight_elements_are_played_in_some_seconds(desk: Desk) -> None:
    costs = np.random.default_rng(3).integers(1, 100, (8, 8))
    desk.dock.explain(MatchProblem(Similarity.from_costs(costs)), "brute")
    desk.qtbot.waitUntil(lambda: bool(desk.text), timeout=30_000)
    desk.click(desk.dock.bar.last)
    desk.qtbot.waitUntil(lambda: desk.dock.bar.count.text() == "40,320 of 40,320", timeout=30_000)
    lesson = desk.dock.lesson
    assert lesson is not None
    pause, stride = lesson.tempo(40_320)
    assert 40_320 / stride * pause < 15_000


def test_more_than_can_be_tried_is_one_sentence(desk: Desk) -> None:
    costs = np.ones((12, 12))
    desk.dock.explain(MatchProblem(Similarity.from_costs(costs)), "brute")
    desk.qtbot.waitUntil(lambda: bool(desk.dock.words.trouble.sentence()))
    assert "12! " in desk.dock.words.trouble.sentence()
    choose(desk, "hungarian")
    desk.qtbot.waitUntil(lambda: "Hungarian" in desk.dock.title.text() and not desk.dock.words.trouble.sentence())


# -- the document ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "lesson"),
    [("assignment", "hungarian"), ("linear", "simplex"), ("transport", "sinkhorn"), ("attention", "attention"),
     ("brute", "brute"), ("greedy", "hungarian")],
)  # fmt: skip
def test_what_matched_the_picture_is_explained(desk: Desk, method: str, lesson: str) -> None:
    desk.document.replace(session(astronaut(), method), "Match")
    desk.qtbot.waitUntil(lambda: desk.dock.lesson is not None and bool(desk.text), timeout=30_000)
    assert desk.dock.lesson is not None and desk.dock.lesson.method == lesson
    assert ("found by" in desk.text) == (method != lesson)


def test_names_of_methods_are_seen_whole_though_they_come_late(desk: Desk) -> None:
    dock = ExplainDock(desk.document, desk.jobs)
    desk.qtbot.addWidget(dock)
    dock.resize(1000, 320)
    dock.method.show()
    dock.show()
    empty = dock.method.sizeHint().width()
    dock.set_teachers(TEACHERS)
    longest_name = max((dock.method.itemText(k) for k in range(dock.method.count())), key=len)
    assert dock.method.sizeHint().width() >= empty + dock.fontMetrics().horizontalAdvance(longest_name) / 2


def test_names_are_those_of_the_other_panels(desk: Desk) -> None:
    desk.document.replace(session(astronaut(), "hungarian", ("dog", "dog", "flag", "cat", "dog")), "Match")
    desk.qtbot.waitUntil(lambda: bool(desk.text))
    assert desk.sheet.rows == ("dog #1", "dog #2", "flag", "cat", "dog #3")
    assert desk.sheet.columns[:4] == WORDS


def test_names_stay_in_sight_while_a_large_board_scrolls(desk: Desk) -> None:
    costs = Similarity.from_costs(np.random.default_rng(7).random((40, 40)))
    desk.dock.explain(MatchProblem(costs), "hungarian")
    desk.qtbot.waitUntil(lambda: bool(desk.text))

    def corner() -> list[str]:
        image = desk.dock.stage.viewport().grab().toImage()
        left = int(60 * image.devicePixelRatio())
        return [image.pixelColor(x, y).name() for x in range(2, left, 2) for y in range(30, image.height() - 4)]

    muted = QColor(theme().colours.muted).name()
    assert muted in corner()
    desk.dock.stage.horizontalScrollBar().setValue(desk.dock.stage.horizontalScrollBar().maximum())
    assert muted in corner()


def test_an_edit_stays_on_the_last_page(desk: Desk) -> None:
    desk.document.replace(session(astronaut(), "hungarian"), "Match")
    desk.qtbot.waitUntil(lambda: desk.dock.walk is not None and desk.dock.walk.end is not None and bool(desk.text))
    desk.click(desk.dock.bar.last)
    desk.qtbot.waitUntil(lambda: "0.81 + 0.92 + 0.88 + 0.74 = 3.35" in desk.text)
    assert "Without a partner: face" in desk.text
    forbidden = astronaut(LinkConstraints(forbidden=frozenset({(1, 11)})))
    desk.document.replace(session(forbidden, "hungarian"), "Forbid")
    desk.qtbot.waitUntil(lambda: "face – woman" in desk.text)
    assert "Without a partner: person" in desk.text
    desk.document.undo()
    desk.qtbot.waitUntil(lambda: "person – woman" in desk.text)


def test_fees_and_locks_are_told(desk: Desk) -> None:
    constraints = LinkConstraints(locked=frozenset({(5, 11)}), a_fees=Fees(0.5), b_fees=Fees(0.0))
    desk.document.replace(session(astronaut(constraints), "hungarian"), "Match")
    desk.qtbot.waitUntil(lambda: bool(desk.text))
    assert "face – woman" in desk.text
    assert "nobody" in desk.sheet.columns
    assert "woman" not in desk.sheet.columns


def test_hidden_it_works_nothing_out(desk: Desk) -> None:
    desk.dock.hide()
    desk.document.replace(session(astronaut(), "hungarian"), "Match")
    assert desk.dock.walk is None
    desk.dock.show()
    desk.qtbot.waitUntil(lambda: bool(desk.text))


def test_pages_of_a_question_that_is_gone_are_dropped(desk: Desk) -> None:
    desk.document.replace(session(astronaut(), "hungarian"), "Match")
    assert desk.jobs.active, "the first page is being worked out"
    desk.document.replace(Session(), "Close")
    desk.qtbot.waitUntil(lambda: not desk.jobs.active)
    assert desk.dock.walk is None
    desk.document.undo()
    desk.wait(1)


def test_an_example_stays_until_it_is_left(desk: Desk) -> None:
    desk.document.replace(session(astronaut(), "hungarian"), "Match")
    desk.qtbot.waitUntil(lambda: bool(desk.text))
    assert not desk.dock.leave.isVisible()
    desk.dock.show_worked_example()
    desk.wait(1, 7)
    desk.document.replace(session(astronaut(), "assignment"), "Match")
    assert desk.sheet.rows == ("u1", "u2", "u3")
    desk.click(desk.dock.leave)
    desk.qtbot.waitUntil(lambda: desk.dock.sheet.sheet is not None and desk.sheet.rows[0] == "person")


def test_names_are_only_ever_text(desk: Desk) -> None:
    hostile = '<img src="file:///etc/passwd">'
    costs = Similarity.from_costs([[1, 2], [2, 1]], a_names=(hostile, "&b"), b_names=("\u202ev", "w\n"))
    desk.dock.explain(MatchProblem(costs), "hungarian")
    desk.dock.go(1 << 40)
    desk.qtbot.waitUntil(lambda: hostile in desk.text)
    assert {words.textFormat() for words in desk.dock.words.lines} == {Qt.TextFormat.PlainText}


# -- large ones ------------------------------------------------------------------------------------


def test_a_large_board_leaves_the_window_awake(desk: Desk, qtbot: QtBot, count: Count) -> None:
    costs = np.random.default_rng(1).random((150, 150))
    watchdog = Watchdog()
    desk.dock.explain(MatchProblem(Similarity.from_costs(costs)), "hungarian")
    watchdog.start()
    for _ in range(5):
        at = desk.dock.number
        qtbot.keyClick(desk.dock.stage, Key.Key_Right)
        qtbot.waitUntil(lambda at=at: desk.dock.number > at, timeout=30_000)
    desk.click(desk.dock.bar.last)
    qtbot.waitUntil(lambda: "the matching" in desk.dock.title.text(), timeout=60_000)
    desk.click(desk.dock.bar.first)
    qtbot.waitUntil(lambda: desk.dock.number == 0 and "the costs" in desk.dock.title.text(), timeout=60_000)
    gap = watchdog.stop()
    assert gap.own <= longest(count), str(gap)


def test_only_what_is_in_sight_is_painted(qtbot: QtBot) -> None:
    view = SheetView()
    qtbot.addWidget(view)
    names = tuple(map(str, range(1000)))
    view.show_sheet(Sheet(np.random.default_rng(2).random((1000, 1000)), names, names))
    view.grab(view.rect().intersected(view.rect().adjusted(0, 0, 400 - view.width(), 300 - view.height())))
    began = time.thread_time()
    view.grab(view.rect().adjusted(0, 0, 400 - view.width(), 300 - view.height()))
    assert time.thread_time() - began < 1.0
