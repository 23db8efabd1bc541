"""Recordings that are cut: every edit is one step, what follows from it fills that step, late answers go nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from syncline.edits.pieces import Lock, Merge, Move
from syncline.model import EmissionSource, NamedSegments, Recording, Segment, SegmentRecipe, Word
from syncline.tiers import load_tiers
from syncline_workbench.document import Document
from syncline_workbench.jobs import Jobs
from syncline_workbench.operations import Operations
from syncline_workbench.segment_editing import answers
from syncline_workbench.segment_operations import SegmentOperations

RATE, LEVELS = 20.0, (0.0, 5.0, -3.0, 8.0, 1.0)


class Desk:
    """A document with one recording of steps, and what can be done to it."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        rng = np.random.default_rng(4)
        rows = np.repeat(LEVELS, 60)[:, None] + 0.3 * rng.standard_normal((300, 2))
        self.file = folder / "steps.npy"
        np.save(self.file, rows)
        self.qtbot = qtbot
        self.document, self.jobs = Document(), Jobs()
        self.operations = Operations(self.document, self.jobs)
        self.ops = SegmentOperations(self.document, self.operations)
        self.troubles: list[str] = []
        self.operations.failed.connect(self.troubles.append)
        with qtbot.waitSignal(self.ops.added):
            self.ops.open_paths([str(self.file)], rate=RATE)

    def idle(self) -> None:
        self.qtbot.waitUntil(lambda: not self.jobs.active and not self.ops.busy, timeout=30_000)

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

    def starts(self) -> list[float]:
        tier = self.segments.tiers.tier("changes")
        assert tier is not None
        return [s.start for s in tier.segments]

    def pieces(self, name: str) -> tuple[Segment, ...]:
        tier = self.segments.tiers.tier(name)
        assert tier is not None
        return tier.segments

    def labels(self) -> list[str]:
        return [s.label for s in self.document.steps]


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(qtbot, tmp_path)
    yield made
    made.ops.close()
    made.operations.close()
    made.jobs.close()


def test_segment_an_edit_undo_redo_and_what_is_filled_into_which_step(desk: Desk, qtbot: QtBot) -> None:
    desk.ops.segment()
    desk.idle()
    assert desk.starts() == pytest.approx([0, 3, 6, 9, 12], abs=0.05)
    assert answers(desk.recording, desk.segments)
    before = desk.segments

    # While the hand moves nothing is a step; the piece follows at once.
    desk.ops.preview_edit(Move("changes", 2, False, 6.4))
    assert desk.document.previewing and len(desk.document.steps) == 3
    desk.ops.commit_edit(Move("changes", 2, False, 6.5), "Move boundary")
    desk.idle()
    assert desk.labels() == ["New", "Open steps.npy", "Segment (Changepoints · l2)", "Move boundary"]
    assert answers(desk.recording, desk.segments) and 6.5 in desk.starts()
    moved = desk.segments

    desk.document.undo()
    assert desk.segments is before
    desk.document.redo()
    assert desk.segments is moved
    count = len(desk.starts())
    # An older step that was not solved yet is, once somebody stands there.
    desk.ops.commit_edit(Lock("changes", 1, False, True), "Lock")
    desk.ops.commit_edit(Merge("changes", 3), "Merge")
    desk.document.undo()
    desk.idle()
    assert answers(desk.recording, desk.segments)
    desk.document.redo()
    desk.idle()
    assert answers(desk.recording, desk.segments) and len(desk.starts()) == count - 1
    assert desk.troubles == []


def test_a_hand_that_lets_go_leaves_no_trace_and_one_that_is_overtaken_lets_go(desk: Desk, qtbot: QtBot) -> None:
    desk.ops.segment()
    desk.idle()
    count = len(desk.document.steps)
    desk.ops.preview_edit(Move("changes", 1, False, 3.3))
    desk.ops.abandon_edit()
    assert not desk.document.previewing and len(desk.document.steps) == count
    desk.ops.preview_edit(Move("changes", 1, False, 3.3))
    with qtbot.waitSignal(desk.ops.overtaken):
        desk.document.undo()
    assert not desk.document.previewing


def test_another_recipe_under_the_slider_is_one_step(desk: Desk, qtbot: QtBot) -> None:
    desk.ops.segment()
    desk.idle()
    resolved = desk.segments.resolved
    assert resolved is not None
    fewer = replace(desk.segments.recipe, method="changepoints", params=replace(resolved.params, changes=1))
    count = len(desk.document.steps)
    desk.ops.preview_recipe(fewer)
    qtbot.waitUntil(lambda: desk.document.previewing)
    shown = desk.document.shown.segments
    assert shown is not None and len(shown.tiers.tiers[0].segments) == 2 and len(desk.document.steps) == count
    desk.ops.set_recipe(fewer)
    desk.idle()
    assert len(desk.starts()) == 2 and desk.labels()[count:] == ["Changes 1"]
    assert desk.document.session.segment_recipe == fewer
    desk.document.undo()
    assert len(desk.starts()) == 5


def test_another_method_stands_beside_and_both_can_be_compared_and_exported(desk: Desk, tmp_path: Path) -> None:
    desk.ops.segment()
    desk.idle()
    desk.ops.set_recipe(SegmentRecipe("units"))
    desk.ops.segment()
    desk.idle()
    assert [s.label.split()[0] for s in desk.document.session.segmentations] == ["Changepoints", "Units"]
    first, second = (s.id for s in desk.document.session.segmentations)
    desk.ops.compare(first)
    desk.ops.show_segments(first)
    assert desk.document.session.compared_segments == second
    with desk.qtbot.waitSignal(desk.operations.exported):
        desk.ops.export(str(tmp_path / "out.TextGrid"))
    written = load_tiers(tmp_path / "out.TextGrid").tier("changes")
    assert written is not None and [s.start for s in written.segments] == pytest.approx(desk.starts(), abs=1e-6)
    desk.ops.remove_segments(first)
    assert desk.document.session.shown_segments == second and desk.troubles == []


def test_tiers_and_truth_of_a_file_belong_to_the_recording(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("tier,start,end,label\nmine,0.5,1.0,one\nmine,2.0,2.5,two\n")
    desk.ops.take_tiers(str(tmp_path / "own.csv"))
    desk.idle()
    assert [t.name for t in desk.recording.own] == ["mine"]
    desk.ops.load_truth(str(tmp_path / "own.csv"))
    desk.idle()
    assert desk.recording.truth is not None
    desk.ops.clear_truth()
    assert desk.recording.truth is None and desk.troubles == []


def emissions(folder: Path, said: str, name: str = "said", doubt: int = -1) -> tuple[Path, Path]:
    """Frames of 20 ms in which `said` is read out, a letter every eight frames, and the names of the columns.

    The letter of number `doubt` may be at either of two places.
    """
    labels = ["-", *sorted(set("abcd"))]
    rows = np.full((8 * len(said) + 8, len(labels)), 0.01)
    rows[:, 0] = 1
    for k, letter in enumerate(said):
        at = [8 * k + 1, 8 * k + 6] if k == doubt else [8 * k + 4]
        rows[at, 0], rows[at, labels.index(letter)] = 0.01 if len(at) < 2 else 1, 1
    np.save(folder / f"{name}.npy", np.log(rows / rows.sum(1, keepdims=True)).astype(np.float32))
    (folder / "labels.txt").write_text("\n".join(labels))
    return folder / f"{name}.npy", folder / "labels.txt"


def test_emissions_are_a_recording_or_belong_to_one_and_other_ones_lay_the_transcript_anew(
    desk: Desk, qtbot: QtBot, tmp_path: Path
) -> None:
    file, labels = emissions(tmp_path, "abcd")
    source = EmissionSource(str(file), str(labels))
    with qtbot.waitSignal(desk.ops.added):
        desk.ops.open_emissions(str(file), source)
    assert desk.recording.emissions == EmissionSource("", str(labels), step=0.02)
    assert desk.recording.media.duration == pytest.approx(40 * 0.02)
    desk.ops.set_transcript([Word("ab"), Word("cd")])
    desk.idle()
    # What is said is laid at once, and no further asking.
    assert [s.label for s in desk.pieces("words")] == ["ab", "cd"]
    assert desk.labels()[-2:] == ["Transcript", "Segment (CTC)"] and desk.ops.material is not None
    starts = [s.start for s in desk.pieces("labels")]
    assert starts == pytest.approx([0.08, 0.24, 0.4, 0.56], abs=0.03)

    # The other recording hears something else: laid anew as a whole, in the same step.
    first = desk.document.session.recordings[0]
    desk.ops.look_at(first.id)
    other, _ = emissions(tmp_path, "dcba", "other")
    desk.ops.set_emissions(replace(source, path=str(other)))
    desk.idle()
    known = desk.recording.emissions
    assert known is not None and len(known.digest) == 64
    desk.ops.set_transcript([Word("dcba")])
    desk.idle()
    assert [s.label for s in desk.pieces("labels")] == list("dcba")
    count = len(desk.document.steps)
    later, _ = emissions(tmp_path, "dddcba", "later")
    desk.ops.set_emissions(replace(source, path=str(later)))
    desk.idle()
    assert desk.labels()[count:] == ["Change emissions"] and answers(desk.recording, desk.segments)
    assert desk.pieces("labels")[0].start > 0.3 and desk.troubles == []


def test_an_edit_of_the_transcript_is_one_step_and_moves_only_what_it_touches(desk: Desk, tmp_path: Path) -> None:
    file, labels = emissions(tmp_path, "abcdabcdabcd")
    with desk.qtbot.waitSignal(desk.ops.added):
        desk.ops.open_emissions(str(file), EmissionSource(str(file), str(labels)))
    desk.ops.set_transcript([Word(w) for w in ("ab", "cd", "ab", "cd", "ab", "cd")])
    desk.idle()
    before = desk.pieces("words")
    desk.ops.set_transcript([Word(w) for w in ("ab", "cd", "abcd", "ab", "cd")])
    desk.idle()
    after = desk.pieces("words")
    assert [s.label for s in after] == ["ab", "cd", "abcd", "ab", "cd"]
    assert after[0] is before[0] and after[-1] is before[-1] and after[2].start == before[2].start
    assert desk.labels()[-1] == "Change transcript" and answers(desk.recording, desk.segments)
    desk.document.undo()
    assert desk.pieces("words") is before and desk.recording.transcript[2].text == "ab"
