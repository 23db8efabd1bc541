"""The whole journey of a user of Segment, with real clicks, drags and keys in the real window."""

from __future__ import annotations

import importlib.util
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from syncline.model import NamedSegments, Recording, Segment, Word
from syncline.project import load_project, state_digest
from syncline.tiers import load_tiers
from syncline_workbench.dialogs.export import ExportDialog
from syncline_workbench.dialogs.open_emissions import OpenEmissionsDialog
from syncline_workbench.dialogs.tier_name import TierNameDialog
from syncline_workbench.dialogs.transcript import TranscriptDialog
from syncline_workbench.main_window import MainWindow
from syncline_workbench.segment_editing import answers
from workbench.journeys import CONTROL, LEFT, NONE, SHIFT, WindowHand, window_of_size
from workbench.test_journey import choose_file, dialog, press
from workbench.test_main_window import dismiss, harass
from workbench.test_segment_operations import emissions
from workbench.watchdog import Count, stays_awake

Key = Qt.Key


class Hand(WindowHand):
    """The hand on recordings."""

    def __init__(self, qtbot: QtBot, window: MainWindow) -> None:
        super().__init__(qtbot, window)
        self.tiers = window.segment_.tiers

    def tool(self, name: str) -> None:
        """Press the tool bar's button of an action, be it words or an icon."""
        action = self.window.actions_[name]
        button = self.window.toolbar.widgetForAction(action)
        if button is None:
            found = [b for b in self.window.toolbar.findChildren(QAbstractButton) if getattr(b, "defaultAction", None)]
            button = next(b for b in found if b.defaultAction() is action and b.isVisible())
        QTest.mouseClick(button, LEFT)

    def idle(self) -> None:
        w = self.window
        self.wait_while(lambda: w.segmenting.busy or not w.segment_.findings.idle)

    @property
    def recording(self) -> Recording:
        found = self.document.session.active_recording
        assert found is not None
        return found

    @property
    def segments(self) -> NamedSegments:
        found = self.document.session.segments
        assert found is not None
        return found

    def pieces(self, tier: str) -> tuple[Segment, ...]:
        named = self.document.session.segments
        found = None if named is None else named.tiers.tier(tier)
        return (found or next(t for t in self.recording.own if t.name == tier)).segments

    def row(self, tier: str) -> int:
        return next(k for k, s in enumerate(self.tiers.tiers) if s.name == tier and s.editable)

    def middle(self, tier: str, piece: int) -> QPoint:
        return self.tiers.rect_of(self.row(tier), piece).center().toPoint()

    def edge(self, tier: str, piece: int, end: bool) -> QPoint:
        r = self.tiers.rect_of(self.row(tier), piece)
        return QPoint(round(r.right() if end else r.left()), round(r.center().y()))

    def click(self, tier: str, piece: int) -> None:
        QTest.mouseClick(self.tiers, LEFT, NONE, self.middle(tier, piece))

    def drag(self, start: QPoint, end: QPoint, meanwhile: Callable[[], object] | None = None) -> None:
        # Shift frees the boundary from what it would snap to; only the release may be relied on to carry it.
        QTest.mousePress(self.tiers, LEFT, NONE, start)
        for share in (0.2, 0.5, 0.8, 1.0):
            QTest.mouseMove(self.tiers, start + (end - start) * share)
            self.qtbot.wait(30)
        if meanwhile is not None:
            meanwhile()
        QTest.mouseRelease(self.tiers, LEFT, NONE, end)


@pytest.fixture
def hand(qtbot: QtBot, qapp: QApplication) -> Iterator[Hand]:
    with window_of_size(qtbot, 1600, 1000) as window:
        yield Hand(qtbot, window)


def steps_file(folder: Path) -> Path:
    """A sequence that is five things, one after the other."""
    rng = np.random.default_rng(4)
    rows = np.repeat((0.0, 5.0, -3.0, 8.0, 1.0), 100)[:, None] + 0.3 * rng.standard_normal((500, 2))
    file = folder / "steps.csv"
    times = np.arange(500) / 50
    np.savetxt(file, np.column_stack([times, rows]), delimiter=",", header="time,x,y", comments="")
    return file


def test_open_cut_drag_lock_merge_undo_name_export_save_reopen(hand: Hand, qtbot: QtBot, tmp_path: Path) -> None:
    window, document = hand.window, hand.document

    # The Segment tab, its Open button.
    hand.press("Segment")
    assert window.workspace == "segment" and window.docks["panel_recordings"].isVisible()
    assert not window.docks["panel_sources"].isVisible() and window.docks["panel_history"].isVisible()
    assert not window.actions_["segment"].isEnabled() and not window.actions_["export"].isEnabled()
    hand.press("Open…")
    choose_file(qtbot, steps_file(tmp_path))
    qtbot.waitUntil(lambda: document.session.active_recording is not None)
    hand.idle()
    hand.key(Key.Key_Return, CONTROL)
    qtbot.waitUntil(lambda: document.session.segments is not None, timeout=60_000)
    hand.idle()
    assert [s.start for s in hand.pieces("changes")] == pytest.approx([0, 2, 4, 6, 8], abs=0.03)
    before, before_pieces = document.session, hand.pieces("changes")

    # A boundary is dragged: what lies around it follows while it moves, and one step is made.
    seen: list[bool] = []
    hand.drag(
        hand.edge("changes", 2, False),
        hand.edge("changes", 2, False) + QPoint(60, 0),
        lambda: seen.append(document.previewing),
    )
    hand.idle()
    assert seen == [True] and not document.previewing
    moved = hand.pieces("changes")
    assert hand.steps()[-1].startswith("Move boundary") and answers(hand.recording, hand.segments)
    put = hand.segments.constraints.pins[0].time
    assert 4.2 < put < 5 and any(s.start == pytest.approx(put) for s in moved)
    assert {s.start for s in before_pieces} - {before_pieces[2].start} <= {s.start for s in moved}
    hand.key(Key.Key_Z, CONTROL)
    assert document.session is before
    hand.key(Key.Key_Z, CONTROL | SHIFT)
    assert hand.pieces("changes") is moved

    # A lock holds; Delete merges with the next; F2 names.
    hand.click("changes", 1)
    assert window.segment_.piece == ("changes", 1)
    hand.tool("lock_piece")
    hand.idle()
    assert hand.steps()[-1].startswith("Lock")
    assert 1 in hand.tiers.tiers[hand.row("changes")].locked
    count = len(hand.pieces("changes"))
    hand.click("changes", 3)
    hand.key(Key.Key_Delete)
    hand.idle()
    assert len(hand.pieces("changes")) == count - 1 and hand.steps()[-1].startswith("Merge")
    hand.click("changes", 0)
    hand.key(Key.Key_F2)
    field = next(f for f in hand.tiers.findChildren(QLineEdit) if f.isVisible())
    field.selectAll()
    QTest.keyClicks(field, "rest")
    QTest.keyClick(field, Key.Key_Return)
    hand.idle()
    assert hand.pieces("changes")[0].label == "rest" and answers(hand.recording, hand.segments)

    # Written and read back: the same pieces.
    hand.key(Key.Key_E, CONTROL)
    box = dialog(qtbot, ExportDialog)
    assert isinstance(box, ExportDialog)
    box.target.setText(str(tmp_path / "out.TextGrid"))
    with qtbot.waitSignal(window.operations.exported, timeout=60_000):
        press(box, "Export")
    read = load_tiers(tmp_path / "out.TextGrid").tier("changes")
    assert read is not None
    written = [(s.start, s.end, s.label) for s in hand.pieces("changes")]
    assert np.allclose([(s.start, s.end) for s in read.segments], [w[:2] for w in written], atol=1e-6)
    assert [s.label for s in read.segments] == [w[2] for w in written]

    # Saved and opened again, everything is there and can be edited on.
    window.projects.save(str(tmp_path / "steps.syncline"))
    qtbot.waitUntil(lambda: not document.dirty)
    hand.idle()
    loaded = load_project(tmp_path / "steps.syncline")
    assert loaded.problems == () and state_digest(loaded.session) == state_digest(document.session)
    window.projects.open_project(str(tmp_path / "steps.syncline"))
    qtbot.waitUntil(lambda: len(document.steps) == 1)
    hand.idle()
    assert window.workspace == "segment" and [s.label for s in hand.pieces("changes")] == [w[2] for w in written]
    assert window.segmenting.material is not None
    hand.click("changes", 2)
    hand.key(Key.Key_Return, SHIFT)
    hand.idle()
    assert hand.steps()[-1].startswith("Split") and len(hand.pieces("changes")) == count


def test_own_tiers_are_drawn_named_and_removed_by_keys_and_mouse(hand: Hand, qtbot: QtBot, tmp_path: Path) -> None:
    window = hand.window
    window.segmenting.open_paths([str(steps_file(tmp_path))])
    qtbot.waitUntil(lambda: hand.document.session.active_recording is not None)
    hand.idle()
    hand.key(Key.Key_T, CONTROL | SHIFT)
    box = dialog(qtbot, TierNameDialog)
    assert isinstance(box, TierNameDialog)
    QTest.keyClicks(box.field, "words")
    assert "method fills" in box.trouble.sentence() and not box.save.isEnabled()
    box.field.selectAll()
    QTest.keyClicks(box.field, "gestures")
    press(box, "Add")
    assert [t.name for t in hand.recording.own] == ["gestures"]
    # A drag on the empty tier draws a piece, and asks for its name.
    y = round(hand.tiers.rows[0].lane_top(0) + 10)
    QTest.mousePress(hand.tiers, LEFT, NONE, QPoint(300, y))
    for x in (320, 380, 420):
        QTest.mouseMove(hand.tiers, QPoint(x, y))
    QTest.mouseRelease(hand.tiers, LEFT, NONE, QPoint(420, y))
    field = next(f for f in hand.tiers.findChildren(QLineEdit) if f.isVisible())
    QTest.keyClicks(field, "wave")
    QTest.keyClick(field, Key.Key_Return)
    drawn = hand.pieces("gestures")
    assert [s.label for s in drawn] == ["wave"]
    axis = window.segment_.axis
    assert drawn[0].end - drawn[0].start == pytest.approx(120 * axis.per_pixel, abs=20 * axis.per_pixel)
    # It can be exported though nothing was cut, and taken away.
    assert window.actions_["export"].isEnabled() and not window.actions_["lock_piece"].isEnabled()
    hand.click("gestures", 0)
    window.actions_["remove_tier"].trigger()
    assert hand.recording.own == () and hand.steps()[-1] == "Remove tier gestures"
    hand.key(Key.Key_Z, CONTROL)
    assert [t.name for t in hand.recording.own] == ["gestures"]


def test_emissions_and_what_is_said_are_asked_for_and_written_as_subtitles(
    hand: Hand, qtbot: QtBot, tmp_path: Path
) -> None:
    window = hand.window
    file, labels = emissions(tmp_path, "abcdabcd", doubt=4)
    window.show_workspace("segment")
    hand.key(Key.Key_O, CONTROL | SHIFT)
    box = dialog(qtbot, OpenEmissionsDialog)
    assert isinstance(box, OpenEmissionsDialog) and not box.open_button.isEnabled()
    QTest.keyClicks(box.file, str(tmp_path / "nothing.npy"))
    assert "no file" in box.trouble.sentence() and not box.open_button.isEnabled()
    box.file.setText(str(file))
    QTest.keyClicks(box.labels, str(labels))
    press(box, "Open")
    qtbot.waitUntil(lambda: hand.document.session.active_recording is not None)
    hand.idle()

    # What is said is typed; words that no label spells are told of.
    hand.press("Transcript…")
    said = dialog(qtbot, TranscriptDialog)
    assert isinstance(said, TranscriptDialog)
    QTest.keyClicks(said.field, "ab cd ab cd")
    qtbot.waitUntil(lambda: said.model.known.keys() == {"ab", "cd"})
    assert said.model.known["ab"] == ("a", "b")
    press(said, "Save")
    qtbot.waitUntil(lambda: hand.document.session.segments is not None, timeout=60_000)
    hand.idle()
    assert [s.label for s in hand.pieces("words")] == ["ab", "cd", "ab", "cd"]
    # The path through the trellis is drawn: in every frame the label that is said, or none.
    qtbot.waitUntil(lambda: window.segment_.path is not None)
    path = window.segment_.path
    assert path is not None and list(path[path > 0]) == [1, 2, 3, 4, 1, 2, 3, 4]
    assert hand.tiers.tiers[hand.row("labels")].title == "letters"

    # Check next loops what may well be elsewhere, and says why.
    hand.key(Key.Key_F8)
    qtbot.waitUntil(lambda: window.segment_.playback.looping)
    found = window.segment_.findings
    assert found.now is not None and found.now.doubts[0].words == "cd | ab" and found.current == 0
    assert "posterior" in window.statusBar().currentMessage() and window.segment_.piece == ("words", 2)
    first, last = window.segment_.playback.bounds
    assert first < found.now.doubts[0].time < last
    hand.key(Key.Key_Space)
    assert not window.segment_.playback.playing

    hand.key(Key.Key_E, CONTROL)
    out = dialog(qtbot, ExportDialog)
    assert isinstance(out, ExportDialog)
    out.choose("subtitles")
    out.target.setText(str(tmp_path / "said.srt"))
    with qtbot.waitSignal(window.operations.exported, timeout=60_000):
        press(out, "Export")
    read = load_tiers(tmp_path / "said.srt").tiers[0].segments
    assert [s.label for s in read] == ["ab", "cd", "ab", "cd"]
    assert [s.start for s in read] == pytest.approx([s.start for s in hand.pieces("words")], abs=0.001)


speech = pytest.mark.skipif(importlib.util.find_spec("hama") is None, reason="the extra “speech” is not installed")


@speech
def test_a_transcript_is_laid_onto_speech_and_its_neighbours_follow_a_boundary(
    hand: Hand, qtbot: QtBot, data: Path, tmp_path: Path
) -> None:
    window = hand.window
    window.show_workspace("segment")
    window.segmenting.open_paths([str((data / "speech" / "ss0880.wav").resolve())])
    qtbot.waitUntil(lambda: hand.document.session.active_recording is not None, timeout=30_000)
    hand.idle()
    window.segmenting.load_transcript(str((data / "speech" / "ss0880.txt").resolve()))
    qtbot.waitUntil(lambda: hand.document.session.segments is not None, timeout=120_000)
    hand.idle()
    words = [s.label for s in hand.pieces("words") if s.label]
    assert words == ["he", "was", "not", "an", "ill", "disposed", "young", "man"]
    rows = window.segment_.rows.rows
    qtbot.waitUntil(lambda: rows.keys() >= {"wave", "spectrum", "emissions"}, timeout=20_000)

    # The true words are near those found; the neighbours of a dragged boundary are solved again.
    window.segmenting.load_truth(str((data / "speech" / "ss0880.align.json").resolve()))
    hand.idle()
    found = window.segment_.findings.now
    assert found is not None and found.judged and found.trouble == ""
    shown = [(s.name, s.kind) for s in hand.tiers.tiers]
    assert ("words", "transcript") in shown and ("words", "truth") in shown
    errors = next(j.boundaries for j in found.judged if j.tier == "words")
    assert errors.median_ms < 40

    # A boundary between two words is dragged: other words stay the very same, labels within follow.
    before = hand.pieces("words")
    start = hand.edge("words", 6, False)
    hand.drag(start, start - QPoint(25, 0))
    hand.idle()
    after = hand.pieces("words")
    assert after[6].start < before[6].start and after[5].end == after[6].start
    assert all(a is b for a, b in zip(after[:4], before[:4], strict=True))
    assert any(s.start == after[6].start for s in hand.pieces("labels")) and answers(hand.recording, hand.segments)
    # Another word in the middle: the rest keep their places.
    said = list(hand.recording.transcript)
    said[4] = Word("well")
    window.segmenting.set_transcript(said)
    hand.idle()
    last = hand.pieces("words")
    assert last[4].label == "well" and last[0] is after[0] and last[6].start == after[6].start


def test_random_clicks_on_pieces_do_no_harm(
    hand: Hand,
    qtbot: QtBot,
    tmp_path: Path,
    count: Callable[[int, int], int],
    promise: Callable[[int, str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken: list[BaseException] = []
    monkeypatch.setattr(sys, "excepthook", lambda _kind, error, _trace: broken.append(error))
    window = hand.window
    # Whatever is clicked may be refused; that is no harm.
    window.operations.failed.disconnect()
    window.show_workspace("segment")
    window.segmenting.open_paths([str(steps_file(tmp_path))])
    qtbot.waitUntil(lambda: hand.document.session.active_recording is not None)
    hand.idle()
    for method in ("changepoints", "units"):
        window.segment_commands.use_method(method)
        window.segmenting.segment()
        hand.idle()
    timer = QTimer()
    timer.timeout.connect(dismiss)
    timer.start(50)
    rng = random.Random(11)
    total = count(400, 20_000)
    for _ in range(total):
        harass(window, rng)
        if rng.random() < 0.2:
            QApplication.processEvents()
            dismiss()
            if window.workspace != "segment" and rng.random() < 0.3:
                window.show_workspace("segment")
        if broken:
            raise broken[0]
    timer.stop()
    dismiss()
    window.segment_.playback.pause()
    hand.idle()
    if broken:
        raise broken[0]
    if hand.document.session.recordings:
        target = tmp_path / "after.syncline"
        assert window.projects.save(str(target)) is not None
        qtbot.waitUntil(target.exists, timeout=20_000)
        hand.idle()
        assert state_digest(load_project(target).session) == state_digest(hand.document.session)
    promise(20, f"{total} random events on a recording cut twice, 0 exceptions, the project opens as it was")


def test_the_window_answers_while_a_long_recording_is_cut_and_a_boundary_dragged(
    hand: Hand, qtbot: QtBot, tmp_path: Path, count: Count, promise: Callable[[int, str], None]
) -> None:
    rng = np.random.default_rng(2)
    values = np.repeat(rng.normal(0, 4, 1500), 60)[:, None] + 0.3 * rng.standard_normal((90_000, 4))
    np.save(tmp_path / "long.npy", values.astype(np.float32))
    window = hand.window
    window.show_workspace("segment")
    window.segmenting.open_paths([str(tmp_path / "long.npy")], rate=25.0)
    qtbot.waitUntil(lambda: hand.document.session.active_recording is not None, timeout=30_000)
    hand.idle()

    def trial(attempt: int) -> None:
        done = hand.document.session.segments
        window.segmenting.segment()
        qtbot.waitUntil(lambda: hand.document.session.segments not in (None, done), timeout=120_000)
        hand.idle()
        window.segment_.axis.show(100.0 + 20 * attempt, 130.0 + 20 * attempt)
        qtbot.wait(50)
        piece = next(k for k, s in enumerate(hand.pieces("changes")) if s.start > 112 + 20 * attempt)
        start = hand.edge("changes", piece, False)
        hand.drag(start, start + QPoint(40, 0))
        hand.idle()
        assert hand.steps()[-1].startswith("Move boundary")

    stays_awake(trial, count, promise, "an hour of features cut, a boundary dragged")
