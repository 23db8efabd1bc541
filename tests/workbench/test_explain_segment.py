"""The Explain dock of Segment, with real clicks and keys: its chips and figures are those worked by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter
from pytestqt.qtbot import QtBot

from syncline.model import Features, Media, NamedSegments, Recording, SegmentRecipe, Session
from syncline.model.emissions import Emissions
from syncline.model.recordings import Word
from syncline.model.segments import Segment, Tier, Tiers
from syncline.solvers.segment.changepoints import ChangesParams
from syncline.solvers.segment.ctc import align
from syncline.solvers.segment.decoding import collapse
from syncline_workbench.document import Document
from syncline_workbench.jobs import Jobs
from syncline_workbench.segment_study import SegmentStudy
from syncline_workbench.theme import theme
from syncline_workbench.views.explain.board import Board, Chips, Curve, Heat
from syncline_workbench.views.explain.cloud import Cloud
from syncline_workbench.views.explain.segment_case import FRAMES, Place, case_of, lay
from workbench.hands import LEFT

Key = Qt.Key
ALPHABET = ("∅", "a", "n", "o", "m", "w", "|")


class Desk:
    """The dock on a document of its own."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot, self.document, self.jobs = qtbot, Document(), Jobs()
        self.study = SegmentStudy(self.document, self.jobs)
        self.dock = self.study.explain
        qtbot.addWidget(self.dock)
        self.dock.resize(1076, 380)
        with qtbot.waitActive(self.dock):
            self.dock.show()
            self.dock.activateWindow()
        qtbot.waitUntil(lambda: self.dock.method.count() == 4, timeout=10_000)

    def wait(self, count: str) -> None:
        self.qtbot.waitUntil(lambda: self.dock.bar.count.text() == count, timeout=10_000)

    def until(self, words: str) -> None:
        self.qtbot.waitUntil(lambda: words in self.words, timeout=10_000)

    def press(self, *keys: Key) -> None:
        self.dock.stage.setFocus()
        for key in keys:
            self.qtbot.keyClick(self.dock.stage, key)

    def click(self, button: Any) -> None:
        self.qtbot.mouseClick(button, LEFT)

    def tick(self, name: str) -> None:
        box = self.dock.words.toggles.boxes[name]
        self.qtbot.mouseClick(box, LEFT, pos=QPoint(8, box.height() // 2))

    def choose(self, name: str, count: str) -> None:
        box = self.dock.method
        box.setCurrentIndex(box.findData(name))
        box.activated.emit(box.currentIndex())
        self.wait(count)

    @property
    def words(self) -> str:
        return "\n".join(x.text() for x in self.dock.words.lines)

    @property
    def board(self) -> Board:
        assert isinstance(self.dock.picture.picture, Board) and self.dock.picture.isVisible()
        return self.dock.picture.picture

    @property
    def cloud(self) -> Cloud:
        assert isinstance(self.dock.picture.picture, Cloud) and self.dock.picture.isVisible()
        return self.dock.picture.picture

    def chips(self) -> list[str]:
        """The rows of chips, a letter a chip, a full stop where there is none."""
        rows = [r for r in self.board.rows if isinstance(r, Chips)]
        return ["".join("." if c is None else c.text or "×" for c in r.chips) for r in rows]

    def figures(self, row: int) -> list[str]:
        chips = [r for r in self.board.rows if isinstance(r, Chips)][row].chips
        return ["." if c is None else "×" if c.role == "out" else c.text for c in chips]

    @property
    def table(self) -> np.ndarray:
        assert self.dock.sheet.isVisible() and self.dock.sheet.sheet is not None
        return self.dock.sheet.sheet.values


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Desk]:
    made = Desk(qtbot)
    yield made
    made.jobs.close()


def spoken(path: str, words: str, step: float = 0.02) -> tuple[Emissions, tuple[Word, ...]]:
    """Emissions in which a path is by far the likeliest, and the transcript."""
    p = np.full((len(path), len(ALPHABET)), 0.02)
    p[range(len(path)), [ALPHABET.index(c) for c in path]] = 1 - 0.02 * (len(ALPHABET) - 1)
    return Emissions(np.log(p).astype(np.float32), ALPHABET, 0, 0.5, step), tuple(Word(w) for w in words.split())


def session(
    method: str = "ctc", *tiers: Tier, params: Any = None, number: int = 1, words: tuple[Word, ...] = ()
) -> Session:
    """A recording with one segmentation by that method."""
    recording = Recording(number, Media(Path(f"/nowhere/{number}.wav"), "audio", 9.0, f"{number}.wav", 1, 1), words)
    recipe = SegmentRecipe(method, params)
    found = NamedSegments(number, number, recipe, recipe, tiers=Tiers(tiers))
    return Session(recordings=(recording,), recording=number, segmentations=(found,), shown_segments=number)


# -- worked by hand --------------------------------------------------------------------------------------------------


def test_four_stages_from_frames_to_labels(desk: Desk) -> None:
    assert "Open a recording" in desk.dock._empty.text()
    desk.click(desk.dock.example)
    desk.wait("1 of 5")
    assert desk.chips() == ["", "", ""]
    heat = next(r for r in desk.board.rows if isinstance(r, Heat))
    np.testing.assert_allclose(heat.values.T, [(0.5, 0.3, 0.2), (0.4, 0.4, 0.2), (0.3, 0.2, 0.5), (0.6, 0.1, 0.3)])
    assert desk.board.foot.startswith("P(l | x) = Σ over all π with B(π) = l — ")
    place = desk.dock.bar.mapTo(desk.dock, QPoint(0, 0))
    for number, chips in ((2, ["∅ab∅", "", ""]), (3, ["∅ab∅", "∅ab∅", ""]), (4, ["∅ab∅", "∅ab∅", "ab"])):
        desk.click(desk.dock.bar.step)
        desk.wait(f"{number} of 5")
        assert desk.chips() == chips
        # The hand that goes on clicking finds the button where it was.
        assert desk.dock.bar.mapTo(desk.dock, QPoint(0, 0)) == place
    assert "l = B(π)" in desk.words
    desk.press(Key.Key_Right)
    desk.wait("5 of 5")
    assert "15 paths collapse" in desk.words and "P = 0.307, ln P = −1.182" in desk.words
    assert desk.chips()[0] == "∅ab∅" and desk.chips()[-1] == "ab"
    assert desk.board.rows[0].caption == "p(π) = 0.06"
    # Frame by frame the likeliest is ∅ ∅ b ∅: “b”, which is not what was said.
    desk.tick("greedy")
    desk.press(Key.Key_Left)
    desk.until("Not “ab”")
    assert desk.chips() == ["∅∅b∅", "∅b∅", "b"]


def test_the_trellis_is_filled_and_walked_back(desk: Desk) -> None:
    desk.dock.show_worked_example()
    desk.wait("1 of 5")
    desk.choose("trellis", "1 of 16")
    sheet = desk.dock.sheet.sheet
    assert sheet is not None and sheet.rows == ("∅", "a", "∅", "b", "∅")
    desk.press(Key.Key_Right, Key.Key_Right, Key.Key_Right)
    desk.wait("4 of 16")
    wanted = [[0.5, 0.3, 0, 0, 0], [0.2, 0.32, 0.12, 0.06, 0], [0.06, 0.104, 0.132, 0.25, 0.018]]
    np.testing.assert_allclose(desk.table.T[:3], wanted, rtol=1e-6)
    assert np.isnan(desk.table.T[3]).all() and desk.dock.sheet.sheet.entering == 2
    assert "“b”, row 4: (0.06 stayed + 0.12 from above + 0.32 over the blank) × 0.5 = 0.25" in desk.words
    desk.press(Key.Key_Right)
    desk.until("P = 0.307")
    desk.tick("logs")
    desk.qtbot.waitUntil(lambda: bool((desk.table.T[0][:2] < 0).all()), timeout=5_000)
    np.testing.assert_allclose(desk.table.T[0], [*np.log([0.5, 0.3]), *[-np.inf] * 3], rtol=1e-6)
    desk.dock.go(9)
    desk.wait("10 of 16")
    np.testing.assert_allclose(desk.table.sum(0), 1, rtol=1e-6)
    desk.press(Key.Key_End)
    desk.wait("16 of 16")
    boxed = desk.dock.sheet.sheet.boxed
    assert boxed is not None and np.argwhere(boxed.T)[:, 1].tolist() == [0, 1, 3, 4]
    assert "The path: ∅ a b ∅" in desk.words


def test_k_means_ends_elsewhere_from_another_start(desk: Desk) -> None:
    desk.dock.show_worked_example()
    desk.wait("1 of 5")
    desk.choose("kmeans", "1 of 5")
    desk.until("2 centres to begin with")
    assert desk.cloud.labels.tolist() == [-1] * 6
    desk.click(desk.dock.bar.step)
    desk.wait("2 of 5")
    assert desk.cloud.labels.tolist() == [0, 0, 1, 0, 0, 1] and desk.cloud.sums == (110,)
    desk.click(desk.dock.bar.step)
    desk.wait("3 of 5")
    assert desk.cloud.centres.tolist() == [[3, 0.5], [3, 2]] and desk.cloud.sums == (110, 55)
    desk.press(Key.Key_Right)
    desk.until("No row changes")
    desk.press(Key.Key_Right)
    desk.wait("5 of 5")
    assert desk.chips() == ["001001", "0101"]
    desk.tick("start")
    desk.press(Key.Key_Left)
    desk.until("Sum of squared distances: 4.")


def test_pelt_crosses_out_what_cannot_win(desk: Desk) -> None:
    desk.dock.show_worked_example()
    desk.wait("1 of 5")
    desk.choose("pelt", "1 of 15")
    desk.dock.go(7)
    desk.wait("8 of 15")
    assert desk.figures(0) == ["42.86", "×", "×", "20", "38.75", "×", "40", ".", ".", "."]
    assert desk.figures(1) == ["0", "0", "0", "18.75", "20", "20", "20", ".", ".", "."]
    assert "F(7) = F(3) + C(3, 7) + β = 0 + 0 + 20 = 20: the last piece begins with row 4." in desk.words
    assert "s = 0, 6. F(0) + C(0, 7) = −20 + 42.86 ≥ F(7)" in desk.words
    assert "18 pieces looked at so far, of 28" in desk.words
    curve = next(r for r in desk.board.rows if isinstance(r, Curve))
    assert curve.ends == (3, 7) and curve.now == 7
    desk.press(Key.Key_End)
    desk.until("2 changes, before rows 4, 8")
    assert desk.chips()[0] == "1112222333"
    # β = 60.
    desk.dock.words.slider.setValue(round(100 * np.log10(3)))
    desk.press(Key.Key_End)
    desk.until("No change pays for its penalty: one piece")


def test_play_runs_through(desk: Desk) -> None:
    desk.dock.show_worked_example()
    desk.wait("1 of 5")
    desk.click(desk.dock.bar.play)
    assert desk.dock.playing
    desk.dock._play.setInterval(1)
    desk.wait("2 of 5")
    desk.press(Key.Key_Space)
    assert not desk.dock.playing


# -- on a recording --------------------------------------------------------------------------------------------------

#         0 a  0.04…   man            on
LECTURE = "∅a∅|∅ww∅oom∅∅ann∅|∅mmm∅an∅∅|oooo∅nn∅∅"
WORDS = "a woman man on"


def test_the_selected_word_is_walked_through(desk: Desk) -> None:
    emissions, words = spoken(LECTURE, WORDS)
    pieces = Tier(
        "words", tuple(Segment(0.5 + 0.1 * k, 0.6 + 0.1 * k, w) for k, w in enumerate(("a", "", "woman", "", "man")))
    )
    desk.document.replace(session("ctc", pieces, words=words), "Segment")
    desk.study.set_case(emissions)
    desk.until("A model says")
    assert "“a” from 0.50 s on" in desk.words and desk.dock.method.currentData() == "ctc"
    # The piece after the first pause is the second word.
    desk.study.select("words", 2)
    desk.until("“woman” from 0.58 s on, in frames of 20 ms.")
    desk.press(Key.Key_End)
    desk.wait("5 of 5")
    desk.press(Key.Key_Left)
    desk.wait("4 of 5")
    assert desk.chips() == ["∅ww∅oom∅∅ann∅", "∅w∅om∅an∅", "woman"]
    assert desk.board.heads[0] == "0.58"
    # A moment chooses the word that is spoken then, and the page stays.
    desk.study.look_at(0.5 + 0.02 * 20)
    desk.qtbot.waitUntil(lambda: desk.chips()[2] == "man", timeout=5_000)
    assert desk.dock.number == 3
    desk.choose("trellis", "1 of 28")
    desk.press(Key.Key_End)
    desk.until("The path: ∅ m m m ∅ a n ∅")
    # Another transcript is laid anew; a word that names its labels stands for them.
    now = desk.document.session
    words = (*words[:2], Word("fellow", ("m", "a", "n")), words[3])
    desk.document.replace(now.with_recording(replace(now.recordings[0], transcript=words)), "Transcript")
    desk.choose("ctc", "1 of 5")
    desk.until("“fellow” from 0.86 s on")


def test_without_a_transcript_labels_are_read(desk: Desk) -> None:
    emissions, _ = spoken("∅mm∅∅ann∅", "")
    desk.document.replace(session(), "Segment")
    desk.study.set_case(emissions)
    desk.until("A model says")
    desk.dock.go(3)
    desk.wait("4 of 5")
    assert desk.chips()[2] == "man"
    assert not desk.dock.words.toggles.boxes["greedy"].isEnabled()


def test_a_transcript_that_does_not_fit_says_why(desk: Desk) -> None:
    emissions, words = spoken("∅mn∅", "woman")
    desk.document.replace(session(), "Segment")
    desk.study.set_case(emissions, words)
    desk.until("5 labels need at least 5 frames")
    desk.dock.go(3)
    desk.wait("4 of 5")
    assert desk.chips()[2] == "mn"


def test_rows_of_the_recording_are_cut_and_clustered(desk: Desk) -> None:
    rng = np.random.default_rng(1)
    values = np.repeat([0.0, 8.0, 1.0, 6.0], 50)[:, None] + 0.3 * rng.standard_normal((200, 3))
    rows = Features(values.astype(np.float32), np.arange(200) / 20)
    cuts = [0, 2.5, 5, 7.5, 10]
    tier = Tier("changes", tuple(Segment(a, b, "") for a, b in pairwise(cuts)))
    desk.document.replace(session("changepoints", tier, params=ChangesParams(penalty=2.0)), "Segment")
    desk.study.set_case(None, (), rows)
    desk.until("Wanted: pieces")
    assert desk.dock.method.currentData() == "pelt" and desk.dock.lesson is not None
    assert desk.dock.lesson.temperature == 2
    desk.press(Key.Key_End)
    desk.until("3 changes")
    # A piece at the edge with the one beside it.
    desk.study.select("changes", 0)
    desk.until("One change, before row ")
    assert len(desk.board.heads) <= FRAMES and float(desk.board.heads[-1]) < 5
    # Of what there is not there is an example.
    desk.choose("ctc", "1 of 5")
    assert "Of this recording there are no emissions. A worked example" in desk.words
    box = desk.dock.method
    box.setCurrentIndex(box.findData("kmeans"))
    box.activated.emit(box.currentIndex())
    desk.until("6 clusters, which can be told apart, for the 50 of the recipe")
    desk.press(Key.Key_End)
    desk.until("A recording as units")


def test_another_recording_forgets_the_last_one(desk: Desk) -> None:
    emissions, words = spoken(LECTURE, WORDS)
    desk.document.replace(session(), "Segment")
    desk.study.set_case(emissions, words)
    desk.until("A model says")
    desk.document.replace(session(number=2), "Open")
    desk.qtbot.waitUntil(desk.dock.example.isVisible, timeout=5_000)
    assert desk.dock.lesson is None


# -- what fits -------------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), at=st.floats(0, 1), frames=st.integers(1, 200), said=st.booleans())
def test_a_stretch_is_small_and_collapses_to_its_labels(seed: int, at: float, frames: int, said: bool) -> None:
    rng = np.random.default_rng(seed)
    sharp = rng.dirichlet(np.full(5, 0.05), frames).repeat(rng.integers(1, 9, frames), axis=0) + 1e-6
    e = Emissions(np.log(sharp / sharp.sum(1, keepdims=True)).astype(np.float32), tuple("∅abcd"), 0)
    words = (("ab", ("a", "b")), ("", ("c",)), ("bba", ("b", "b", "a"))) if said else ()
    moment = at * e.duration
    case = case_of(lay(e, lambda: words, align), None, Place(start=moment, end=moment))
    s = case.stretch
    if "stretch" in case.made_up:
        assert not collapse(np.argmax(e.log_probs, 1), 0)
        return
    assert 1 <= len(s.path) == len(s.times) == len(s.emissions) <= FRAMES
    assert collapse(s.path, 0) == s.labels and 1 <= len(s.labels) <= 5
    # The frames are those of the recording, in order, whatever was left out.
    numbers = np.rint(s.times / e.step).astype(int)
    assert (np.diff(numbers) > 0).all() and numbers[-1] - numbers[0] + 1 - len(numbers) == s.left_out
    np.testing.assert_array_equal(s.emissions.log_probs, e.log_probs[numbers])
    if s.said:
        assert s.word in ("ab", "bba") and s.whole


def rows_of(board: Board, room: QSize, colour: str) -> np.ndarray:
    """Lines of pixels in which a colour occurs, when the board is drawn into that room."""
    image = QImage(board.need(QFont(), room), QImage.Format.Format_RGB32)
    image.fill(QColor(theme().colours.stage))
    painter = QPainter(image)
    board.paint(painter, QFont(), room)
    painter.end()
    pixels = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), -1)
    return np.flatnonzero((pixels == QColor(colour).rgb()).any(1))


@pytest.mark.parametrize("room", [QSize(1058, 200), QSize(550, 120), QSize(300, 60)])
def test_stages_are_outlined_blue_amber_and_green_at_any_size(desk: Desk, room: QSize) -> None:
    desk.dock.show_worked_example()
    desk.wait("1 of 5")
    desk.dock.go(3)
    desk.wait("4 of 5")
    c = theme().colours
    blue, amber, green = (rows_of(desk.board, room, colour) for colour in (c.a, c.b, c.good))
    # One row below the other, and none runs into the next.
    assert blue.max() < amber.min() <= amber.max() < green.min()
