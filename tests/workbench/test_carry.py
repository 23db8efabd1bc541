"""Carry tiers: subtitles of A are laid onto B in the real window, and back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from syncline.model import Segment, Tier, Tiers
from syncline.tiers import load_tiers, save_tiers
from syncline_workbench.app import create_application
from syncline_workbench.dialogs.carry import CarryDialog
from syncline_workbench.main_window import MainWindow
from syncline_workbench.settings import Settings
from workbench.sessions import aligned
from workbench.test_journey import dialog, press

LEFT = Qt.MouseButton.LeftButton


def type_in(field: object, text: str) -> None:
    field.selectAll()  # type: ignore[attr-defined]
    QTest.keyClicks(field, text)  # type: ignore[call-overload]


def test_subtitles_of_a_are_written_for_b_and_come_back_as_they_were(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path
) -> None:
    settings = Settings()
    create_application(settings)
    window = MainWindow(settings)
    window.show()
    qtbot.waitExposed(window)
    action = window.actions_["carry_tiers"]
    assert not action.isEnabled()
    window.document.replace(aligned(), "Open")
    path = window.playback.path
    assert action.isEnabled() and path is not None
    said = Tiers((Tier("words", (Segment(0.5, 1.25, "one"), Segment(2.0, 3.5, "two"))),), end=5.0)
    source = tmp_path / "said.srt"
    save_tiers(said, source)

    # Keys open it; nothing can be pressed before both files are named.
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    QTest.keyClick(window, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
    box = dialog(qtbot, CarryDialog)
    assert isinstance(box, CarryDialog) and not box.carry.isEnabled()
    type_in(box.source, str(tmp_path / "nothing.srt"))
    assert "no file" in box.trouble.sentence() and not box.carry.isEnabled()
    type_in(box.source, str(source))
    assert Path(box.target.text()) == tmp_path / "said on B.srt"
    type_in(box.target, str(source))
    assert "over itself" in box.trouble.sentence() and not box.carry.isEnabled()
    type_in(box.target, str(tmp_path / "for b.vtt"))
    with qtbot.waitSignal(window.operations.exported):
        press(box, "Carry")
    there = load_tiers(tmp_path / "for b.vtt").tiers[0].segments
    for before, after in zip(said.tiers[0].segments, there, strict=True):
        assert after.label == before.label
        wanted = [float(path.to_b(t)) for t in (before.start, before.end)]
        assert np.allclose([after.start, after.end], wanted, atol=0.02)

    # The other way: what was carried comes back within the file's milliseconds.
    action.trigger()
    box = dialog(qtbot, CarryDialog)
    assert isinstance(box, CarryDialog)
    QTest.mouseClick(box.ways["a"], LEFT)
    type_in(box.source, str(tmp_path / "for b.vtt"))
    assert Path(box.target.text()).name == "for b on A.vtt"
    with qtbot.waitSignal(window.operations.exported):
        press(box, "Carry")
    back = load_tiers(tmp_path / "for b on A.vtt").tiers[0].segments
    assert [s.label for s in back] == ["one", "two"]
    times = np.array([(s.start, s.end) for s in back])
    assert times == pytest.approx(np.array([(s.start, s.end) for s in said.tiers[0].segments]), abs=0.0025)
    window.close_down()
    window.deleteLater()
