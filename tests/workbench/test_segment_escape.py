"""Esc in Segment does one thing at a time, the most obvious: it puts back what is in hand, else stops what plays, else
selects nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from syncline.media import open_media
from syncline.model import Recording, Segment, Session, Tier
from syncline_workbench.app import create_application
from syncline_workbench.main_window import MainWindow
from syncline_workbench.settings import Settings

LEFT, NONE, SHIFT = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[MainWindow]:
    soundfile.write(tmp_path / "talk.wav", 0.1 * np.random.default_rng(1).standard_normal(8000 * 4), 8000)
    notes = Tier("notes", (Segment(0.5, 1.5, "one"), Segment(1.5, 3.0, "two")))
    recording = Recording(1, open_media(tmp_path / "talk.wav"), own=(notes,))
    settings = Settings()
    create_application(settings)
    window = MainWindow(settings)
    window.resize(1400, 900)
    window.show()
    qtbot.waitExposed(window)
    window.show_workspace("segment")
    window.document.replace(Session(recordings=(recording,), recording=1), "Open")
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.waitUntil(lambda: not window.jobs.active)
    yield window
    window.close_down()
    window.deleteLater()


def escape(window: MainWindow) -> None:
    QTest.keyClick(window.focusWidget() or window, Qt.Key.Key_Escape)


def test_escape_puts_back_then_stops_then_selects_nothing(window: MainWindow) -> None:
    segment, tiers = window.segment_, window.segment_.tiers
    rect = tiers.rect_of(0, 1)
    middle, edge = rect.center().toPoint(), QPoint(round(rect.left()), round(rect.center().y()))
    QTest.mouseClick(tiers, LEFT, NONE, middle)
    assert segment.piece == ("notes", 1) and tiers.hasFocus()
    segment.playback.loop_piece(1.5, 3.0)
    QTest.mousePress(tiers, LEFT, SHIFT, edge)
    QTest.mouseMove(tiers, edge + QPoint(30, 0))
    assert tiers.busy and window.document.previewing
    escape(window)
    assert not tiers.busy and not window.document.previewing and len(window.document.steps) == 2
    assert segment.playback.playing and segment.piece == ("notes", 1)
    QTest.mouseRelease(tiers, LEFT, SHIFT, edge)
    escape(window)
    assert not segment.playback.playing and segment.piece == ("notes", 1)
    escape(window)
    assert segment.piece == ("", -1) and tiers.spot is None


def test_a_stretch_of_the_signal_stays_selected_while_what_plays_is_stopped(window: MainWindow) -> None:
    segment = window.segment_
    segment.rows.set_selection((0.5, 1.0))
    segment.rows.setFocus()
    segment.playback.loop_piece(0.5, 1.0)
    escape(window)
    assert not segment.playback.playing and segment.rows.selection == (0.5, 1.0)
    escape(window)
    assert segment.rows.selection is None
