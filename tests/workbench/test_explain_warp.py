"""The Explain dock of Warp, with real clicks and keys: its figures are those of the table worked by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from syncline.model import Alignment, Features, Media, Pair, Recipe, Session
from syncline.progress import Monitor
from syncline.solvers.warp import REGISTRY, WarpProblem
from syncline_workbench.document import Document
from syncline_workbench.jobs import Jobs
from syncline_workbench.views.explain import WarpExplainDock
from syncline_workbench.views.explain.sheet import Sheet
from syncline_workbench.warp_teachers import warp_teachers
from workbench.hands import LEFT

Key = Qt.Key
# ALGORITHMS 4.1, worked by hand: A = 1 1 3 3 2 4 down, B = 1 3 2 2 4 4 across.
TABLE = np.array(
    [[0, 2, 3, 4, 7, 10], [0, 2, 3, 4, 7, 10], [2, 0, 1, 2, 3, 4], [4, 0, 1, 2, 3, 4], [5, 1, 0, 0, 2, 4],
     [8, 2, 2, 2, 0, 0]]
)  # fmt: skip
PATH = [[0, 0], [1, 0], [2, 1], [3, 1], [4, 2], [4, 3], [5, 4], [5, 5]]


class Desk:
    """The dock on a document of its own."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot, self.document, self.jobs = qtbot, Document(), Jobs()
        self.dock = WarpExplainDock(self.document, self.jobs)
        self.dock.set_teachers(warp_teachers(str))
        qtbot.addWidget(self.dock)
        self.dock.resize(1000, 340)
        with qtbot.waitActive(self.dock):
            self.dock.show()
            self.dock.activateWindow()

    def wait(self, count: str) -> None:
        self.qtbot.waitUntil(lambda: self.dock.bar.count.text() == count, timeout=10_000)

    def press(self, *keys: Key) -> None:
        self.dock.stage.setFocus()
        for key in keys:
            self.qtbot.keyClick(self.dock.stage, key)

    def choose(self, name: str, count: str) -> None:
        box = self.dock.method
        box.setCurrentIndex(box.findData(name))
        box.activated.emit(box.currentIndex())
        self.wait(count)

    @property
    def sheet(self) -> Sheet:
        assert self.dock.sheet.sheet is not None
        return self.dock.sheet.sheet

    @property
    def words(self) -> str:
        return "\n".join(x.text() for x in self.dock.words.lines)

    def marked(self, mask: Any) -> list[list[int]]:
        return np.argwhere(mask).tolist()


@pytest.fixture
def desk(qtbot: QtBot) -> Any:
    made = Desk(qtbot)
    yield made
    made.jobs.close()


def session(method: str, n: int = 30, m: int = 40) -> Session:
    """Two made sequences that were aligned by that method."""
    rng = np.random.default_rng(5)
    walk = np.cumsum(rng.standard_normal((80, 3)), axis=0).astype(np.float32)
    a, b = (Features(walk[np.linspace(0, 79, k).astype(int)].copy(), np.arange(k) / 10) for k in (n, m))
    media = (Media(Path(f"/nowhere/{s}.npy"), "features", 4.0, s, 1, 1) for s in "ab")
    params = REGISTRY[method].params()
    path = REGISTRY[method].call(WarpProblem(a, b), params, Monitor())
    pair = Pair(*media)  # type: ignore[misc]
    known = Recipe(method=method, params=params)
    al = Alignment(1, pair, known, known, features_a=a, features_b=b, path=path)
    return Session(pair.a, pair.b, recipe=known, alignments=(al,), active=1)


def test_the_worked_example_is_filled_and_walked_back_as_by_hand(desk: Desk) -> None:
    assert "Open two files" in desk.dock._empty.text()
    desk.qtbot.mouseClick(desk.dock.example, LEFT)
    desk.wait("1 of 48")
    assert desk.sheet.rows == ("A1 = 1", "A2 = 1", "A3 = 3", "A4 = 3", "A5 = 2", "A6 = 4")
    for _ in range(15):
        desk.qtbot.mouseClick(desk.dock.bar.step, LEFT)
    desk.wait("16 of 48")
    shown = desk.sheet.values
    np.testing.assert_array_equal(shown.ravel()[:15], TABLE.ravel()[:15])
    assert np.isnan(shown.ravel()[15:]).all()
    assert desk.marked(desk.sheet.boxed) == [[2, 2]]
    # 0 + 1 from the cell on the left is the least; 2 + 1 straight on, 3 + 1 from above.
    assert desk.marked(desk.sheet.ringed) == [[2, 1]]
    for line in ("from (2, 2): 2 + 1 = 3", "→ from (3, 2): 0 + 1 = 1", "from (2, 3): 3 + 1 = 4"):
        assert line in desk.words
    desk.press(Key.Key_Left)
    desk.wait("15 of 48")
    desk.press(Key.Key_End)
    desk.wait("48 of 48")
    desk.dock.go(41)
    desk.wait("42 of 48")
    np.testing.assert_array_equal(desk.sheet.values, TABLE)
    assert desk.marked(desk.sheet.ringed) == PATH[3:]
    assert desk.marked(desk.sheet.boxed) == [PATH[3]]
    desk.dock.go(45)
    desk.wait("46 of 48")
    assert desk.marked(desk.sheet.ringed) == PATH
    assert "costs 0" in desk.words
    for number, side in ((46, 0), (47, 1)):
        desk.dock.go(number)
        desk.wait(f"{number + 1} of 48")
        assert desk.marked(desk.sheet.values.T) == [[t, cell[side]] for t, cell in enumerate(PATH)]


def test_play_runs_through(desk: Desk) -> None:
    desk.dock.show_worked_example()
    desk.wait("1 of 48")
    desk.dock.go(44)
    desk.wait("45 of 48")
    desk.qtbot.mouseClick(desk.dock.bar.play, LEFT)
    assert desk.dock.playing
    desk.dock._play.setInterval(1)
    desk.wait("46 of 48")
    desk.press(Key.Key_Space)
    assert not desk.dock.playing


def test_each_restriction_has_a_toggle_that_shows_what_it_forbids(desk: Desk) -> None:
    desk.dock.show_worked_example()
    desk.wait("1 of 48")
    desk.choose("restrictions", "1 of 1")
    boxes = desk.dock.words.toggles.boxes
    assert [b.isChecked() for b in boxes.values()] == [True, True, True, False, False]
    assert desk.marked(desk.sheet.ringed) == PATH
    assert "“Boundary” forbids the path (1, 1) at 0" in desk.words

    def tick(name: str, says: str) -> None:
        desk.qtbot.mouseClick(
            boxes[name], LEFT, pos=boxes[name].rect().center().__class__(8, boxes[name].height() // 2)
        )
        desk.qtbot.waitUntil(lambda: says in desk.words, timeout=5_000)

    tick("continuous", "It leaves frames out: (1, 1) → (6, 6)")
    assert not boxes["slope"].isEnabled()
    assert desk.marked(desk.sheet.ringed) == [[0, 0], [5, 5]]
    tick("continuous", "8 cells, cost 0")
    # |i − j| ≤ 1 costs 1 (ALGORITHMS 4.2), and closes 36 − 16 cells.
    tick("window", "cost 1.")
    assert int(np.isinf(desk.sheet.values).sum()) == 20
    tick("window", "8 cells, cost 0")
    tick("slope", "closed by slope")
    assert np.isinf(desk.sheet.values[0, 1:]).all()
    # Of what the slope needs nothing is said: without it there would be no slope either.
    assert "“Slope” forbids the path" in desk.words
    assert "“Monotone”" not in desk.words


def test_windows_and_slopes_come_in_kinds(desk: Desk) -> None:
    desk.dock.show_worked_example()
    desk.wait("1 of 48")
    desk.choose("restrictions", "1 of 1")
    toggles = desk.dock.words.toggles
    assert not any(kinds.isVisibleTo(toggles) for kinds in toggles.kinds.values())

    def choose(name: str, kind: str) -> None:
        kinds = toggles.kinds[name]
        kinds.setCurrentIndex(kinds.findData(kind))
        kinds.activated.emit(kinds.currentIndex())

    toggles.boxes["window"].click()
    assert toggles.kinds["window"].isVisibleTo(toggles)
    assert toggles.kinds["window"].currentData() == "slanted 1"
    # ALGORITHMS 4.2: |i − j| ≤ 0 costs 6.
    choose("window", "sakoe_chiba 0")
    desk.qtbot.waitUntil(lambda: "cost 6." in desk.words, timeout=5_000)
    choose("window", "itakura 2")
    desk.qtbot.waitUntil(lambda: "cost 6." not in desk.words, timeout=5_000)
    # Slopes from ½ to 2 leave one cell in the first row, and more in the middle.
    closed = np.isinf(desk.sheet.values)
    assert closed[0].sum() == 5 and closed[2].sum() < 4
    toggles.boxes["window"].click()
    toggles.boxes["window"].click()
    assert toggles.kinds["window"].currentData() == "itakura 2"
    toggles.boxes["window"].click()
    toggles.boxes["slope"].click()
    desk.qtbot.waitUntil(lambda: "closed by slope" in desk.words, timeout=5_000)
    usual = int(np.isinf(desk.sheet.values).sum())
    choose("slope", "symmetricP2")
    desk.qtbot.waitUntil(lambda: int(np.isinf(desk.sheet.values).sum()) > usual, timeout=5_000)
    choose("slope", "symmetricP05")
    desk.qtbot.waitUntil(lambda: int(np.isinf(desk.sheet.values).sum()) < usual, timeout=5_000)
    assert desk.dock.lesson is not None
    assert desk.dock.lesson.params.pattern == "symmetricP05"


def test_soft_dtw_ends_where_dtw_is(desk: Desk) -> None:
    desk.dock.show_worked_example()
    desk.wait("1 of 48")
    desk.choose("soft_dtw", "1 of 10")
    assert float(desk.sheet.values.sum()) > 8.1
    desk.press(Key.Key_End)
    desk.wait("10 of 10")
    assert "γ → 0 is DTW" in desk.words
    assert desk.marked(desk.sheet.values > 0.5) == PATH
    desk.dock.words.slider.setValue(0)
    desk.dock.words.slider.setValue(100)
    desk.wait("10 of 13")
    desk.press(Key.Key_Home)
    desk.qtbot.waitUntil(lambda: "γ = 10:" in desk.words, timeout=5_000)


def test_the_pair_in_hand_is_thinned_and_followed(desk: Desk) -> None:
    desk.document.replace(session("dtw"), "Align")
    desk.qtbot.waitUntil(lambda: desk.dock.bar.count.text().startswith("1 of"), timeout=5_000)
    assert desk.sheet.values.shape == (10, 10)
    assert "one row in 3 of A, one in 4 of B" in desk.words
    assert desk.dock.method.currentData() == "dtw"
    # The example, and back.
    desk.dock.show_worked_example()
    desk.wait("1 of 48")
    desk.qtbot.mouseClick(desk.dock.leave, LEFT)
    desk.qtbot.waitUntil(lambda: desk.sheet.values.shape == (10, 10), timeout=5_000)
    # An edit that changes nothing of the path leaves the page where it is.
    desk.press(Key.Key_Right, Key.Key_Right)
    desk.qtbot.waitUntil(lambda: desk.dock.number == 2, timeout=5_000)
    now = desk.document.session
    desk.document.replace(now.with_alignment(replace(now.alignments[0], name="other")), "Rename")
    assert desk.dock.number == 2


def test_rounds_and_cycles_of_the_pair(desk: Desk) -> None:
    desk.document.replace(session("ctw"), "Align")
    desk.qtbot.waitUntil(lambda: "Round 1" in desk.words, timeout=10_000)
    assert desk.dock.method.currentData() == "ctw"
    desk.press(Key.Key_Right)
    desk.qtbot.waitUntil(lambda: "Round 2" in desk.words, timeout=10_000)
    desk.choose("cycle", "1 of 15")
    assert "Moment 0 of A" in desk.words
    np.testing.assert_allclose(np.nansum(desk.sheet.values, axis=1), 1)
    # A click on a moment of A picks it, one of B picks nothing; so does the playhead.
    view = desk.dock.sheet
    desk.qtbot.mouseClick(view, LEFT, pos=view.cell(1, 9).center().toPoint())
    desk.qtbot.waitUntil(lambda: "Moment 9 of A" in desk.words, timeout=5_000)
    desk.qtbot.mouseClick(view, LEFT, pos=view.cell(0, 4).center().toPoint())
    assert desk.dock.number == 9
    al = desk.document.session.alignment
    assert al is not None and al.features_a is not None
    times = al.features_a.times
    step = -(-len(times) // 24)
    desk.dock.follow(float(times[6 * step]) + 1e-4)
    desk.qtbot.waitUntil(lambda: "Moment 6 of A" in desk.words, timeout=5_000)
