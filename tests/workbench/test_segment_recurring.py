"""Recurring pieces in the real window: chosen, cut, named and undone by a user's hands."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from core.solvers.segment.test_recurring import ABAB, RATE, moved
from syncline_workbench.segment_editing import answers
from workbench.test_segment_journey import Hand, hand

__all__ = ["hand"]

Key = Qt.Key


def labels(hand: Hand) -> str:
    return " ".join(s.label for s in hand.pieces("recurring"))


def test_a_movement_that_comes_back_is_named_once(hand: Hand, qtbot: QtBot, tmp_path: Path) -> None:
    window, document = hand.window, hand.document
    x = moved(*ABAB)
    file = tmp_path / "motion.csv"
    np.savetxt(
        file, np.column_stack([x.times - 0.5 / RATE, x.values]), delimiter=",", header="time,a,b,c,d", comments=""
    )
    window.show_workspace("segment")
    window.segmenting.open_paths([str(file)])
    qtbot.waitUntil(lambda: document.session.active_recording is not None)
    hand.idle()

    # The recipe panel offers it, with its parameters.
    recipe = window.segment_.recipe
    recipe.method.setFocus()
    QTest.keyClicks(recipe.method, "Recurring")
    assert document.session.segment_recipe.method == "recurring"
    assert recipe.form is not None
    assert [*recipe.form.fields] == ["penalty", "kinds", "alike", "window", "least", "merge"]
    button = next(b for b in recipe.findChildren(QPushButton) if b.text() == recipe.segment.text())
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: document.session.segments is not None, timeout=60_000)
    hand.idle()
    assert labels(hand) == "A B A B"
    assert [s.start for s in hand.pieces("recurring")] == pytest.approx([0, 8, 14, 19], abs=0.4)
    assert hand.tiers.tiers[hand.row("recurring")].title
    assert recipe.sliders["penalty"].words.text().endswith("4 pieces")

    # A name given to one piece is that of its kind; it is one step, and one step back.
    before, starts = document.session, [s.start for s in hand.pieces("recurring")]
    hand.click("recurring", 1)
    hand.key(Key.Key_F2)
    field = next(f for f in hand.tiers.findChildren(QLineEdit) if f.isVisible())
    field.selectAll()
    QTest.keyClicks(field, "wave")
    QTest.keyClick(field, Key.Key_Return)
    hand.idle()
    assert labels(hand) == "A wave A wave" and hand.steps()[-1] == "Rename B to wave"
    assert [s.start for s in hand.pieces("recurring")] == pytest.approx(starts)
    assert answers(hand.recording, hand.segments)
    hand.click("recurring", 2)
    hand.key(Key.Key_Delete)
    hand.idle()
    merged = hand.pieces("recurring")
    assert (merged[2].start, merged[2].end) == pytest.approx((starts[2], x.times[-1] + 0.5 / RATE), abs=0.06)
    assert labels(hand).startswith("A wave ")
    for _ in range(2):
        hand.key(Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert document.session is before and labels(hand) == "A B A B"

    # Explain shows what cuts.
    window.docks["panel_explain_segment"].show()
    dock = window.segment_.study.explain
    qtbot.waitUntil(lambda: dock.method.currentData() == "pelt", timeout=60_000)
    hand.idle()
