"""Some pieces of motion are drawn and named by hand, the rest is named by them: with real clicks, drags and keys."""

from __future__ import annotations

import csv
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from syncline.edits.pieces import example_tier
from syncline.errors import ParameterError
from syncline.model import Segment, Tier
from syncline_workbench.dialogs.tier_name import TierNameDialog
from syncline_workbench.views.example_tier import ExampleTier
from workbench.hands import heard, shown
from workbench.test_journey import choose_file, dialog
from workbench.test_segment_journey import LEFT, NONE, Hand, Key, hand

__all__ = ["hand"]

DRAWN = {"walk": (0.8, 3.6), "jump": (5.3, 8.8), "punch": (17.2, 20.1), "leg_kick": (27.6, 32.8)}
"""Seconds, well within what people called so."""


def draw(hand: Hand, qtbot: QtBot, tier: str, start: float, end: float, name: str) -> None:
    """Drag in an own tier, and type what the new piece is called."""
    row = hand.row(tier)
    y = round(hand.tiers.rows[row].lane_top(0) + 10)
    xs = [round(hand.tiers.to_x(t)) for t in (start, start + 0.5, (start + end) / 2, end)]
    QTest.mousePress(hand.tiers, LEFT, NONE, QPoint(xs[0], y))
    for x in xs[1:]:
        QTest.mouseMove(hand.tiers, QPoint(x, y))
    QTest.mouseRelease(hand.tiers, LEFT, NONE, QPoint(xs[-1], y))
    field = next(f for f in hand.tiers.findChildren(QLineEdit) if f.isVisible())
    QTest.keyClicks(field, name)
    QTest.keyClick(field, Key.Key_Return)
    qtbot.waitUntil(lambda: name in {s.label for s in hand.pieces(tier)})


def test_four_pieces_are_shown_and_the_rest_of_a_motion_is_named(hand: Hand, qtbot: QtBot, data: Path) -> None:
    window, document = hand.window, hand.document
    recipe = window.segment_.recipe
    hand.press("Segment")
    window.segmenting.open_paths([str(data / "timeseries/86_01.amc")])
    qtbot.waitUntil(lambda: document.session.active_recording is not None, timeout=60_000)
    window.docks["panel_segment_recipe"].show()
    window.docks["panel_segment_recipe"].raise_()
    hand.idle()

    # The method says what it needs, and leads there.
    qtbot.waitUntil(lambda: recipe.method.findText("Like examples") >= 0)
    recipe.method.setFocus()
    QTest.keyClicks(recipe.method, "Like")
    assert document.session.segment_recipe.method == "examples"
    assert recipe.examples.isVisible() and "Add a tier" in recipe.examples.said.text()
    QTest.mouseClick(recipe.examples.add, LEFT)
    box = dialog(qtbot, TierNameDialog)
    assert isinstance(box, TierNameDialog)
    QTest.keyClicks(box.field, "examples")
    assert box.save.isEnabled(), "the name that the method looks for can be had"
    box.field.selectAll()
    QTest.keyClicks(box.field, "activity")
    QTest.keyClick(box.field, Key.Key_Return)
    assert [t.name for t in hand.recording.own] == ["activity"]
    assert "in “activity”" in recipe.examples.said.text() and not recipe.examples.add.isVisible()
    for name, (start, end) in DRAWN.items():
        draw(hand, qtbot, "activity", start, end, name)
    assert "4 examples of 4 kinds" in recipe.examples.said.text()
    assert recipe.examples.box.currentText() == "Automatic (activity)"

    QTest.mouseClick(recipe.segment, LEFT)
    qtbot.waitUntil(lambda: document.session.segments is not None, timeout=120_000)
    hand.idle()
    pieces = hand.pieces("pieces")
    assert {s.label for s in pieces} == set(DRAWN)
    kept = {(s.start, s.end, s.label) for s in pieces}
    assert {(s.start, s.end, s.label) for s in hand.pieces("activity")} <= kept
    rows = list(csv.DictReader((data / "timeseries/86_01_segments.csv").read_text().splitlines()))
    true = np.repeat([r["label"] for r in rows], [int(r["end_frame_exclusive"]) - int(r["start_frame"]) for r in rows])
    times = np.arange(len(true)) / 120
    found = [next((s.label for s in pieces if s.start <= t < s.end), "") for t in times]
    others = [not any(a <= t < b for a, b in DRAWN.values()) for t in times]
    right = np.mean([f == w for f, w, o in zip(found, true, others, strict=True) if o])
    assert right > 0.85

    # The truth that people made counts frames; it is taken as it is, and judged by.
    window.actions_["piece_truth"].trigger()
    choose_file(qtbot, data / "timeseries/86_01_segments.csv")
    qtbot.waitUntil(lambda: hand.recording.truth is not None)
    hand.idle()
    assert hand.recording.truth is not None
    starts = [s.start for s in hand.recording.truth.tiers[0].segments]
    assert starts == pytest.approx([0, *((int(r["start_frame"]) - 0.5) / 120 for r in rows[1:])])
    findings = window.segment_.findings
    qtbot.waitUntil(lambda: findings.now is not None and bool(findings.now.judged))
    assert findings.now is not None
    judged = findings.now.judged[0].boundaries
    # Where an example ends in the midst of a kind is no boundary that anybody would look for.
    assert judged.true == 6 and judged.found == sum(a.label != b.label for a, b in pairwise(pieces)) < len(pieces) - 1

    # Another example is drawn; Segment takes it in.
    count = len(hand.steps())
    draw(hand, qtbot, "activity", 10.5, 15.5, "stroll")
    hand.key(Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: "stroll" in {s.label for s in hand.pieces("pieces")}, timeout=60_000)
    hand.idle()
    assert len(hand.steps()) == count + 2 and len(document.session.segmentations) == 1


def test_which_tier_holds_them_is_chosen(qtbot: QtBot) -> None:
    named = Tier("moves", (Segment(0, 1, "a"), Segment(2, 3, "a"), Segment(4, 5, "b")))
    empty, beats = Tier("notes", (Segment(1, 2, " "),)), Tier("beats", (Segment(1, 1, "x"),), points=True)
    own = (empty, beats, named)
    assert example_tier(own) is named
    assert example_tier((*own, Tier("examples", ()))) == Tier("examples", ())
    assert example_tier(own, "notes") is empty and example_tier((beats,)) is None
    with pytest.raises(ParameterError, match="no tier “beats”"):
        example_tier(own, "beats")
    view = ExampleTier()
    shown(qtbot, view, 280, 120)
    chosen = heard(view.chosen)
    view.show_tiers(own, "")
    assert [view.box.itemText(k) for k in range(view.box.count())] == ["Automatic (moves)", "notes", "moves"]
    assert "3 examples of 2 kinds" in view.said.text()
    view.box.setFocus()
    QTest.keyClicks(view.box, "n")
    assert chosen == [("notes",)]
    view.show_tiers(own, "notes")
    assert view.box.currentText() == "notes" and "Draw a piece of each kind in “notes”" in view.said.text()
    view.show_tiers(own, "gone")
    assert "no tier “gone”" in view.said.text() and view.box.currentText() == "gone"
