"""Explain's sheet, words and buttons share the room there is."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from syncline_workbench.views.explain.parts import StepBar, WordsColumn
from syncline_workbench.views.explain.spread import Spread


@pytest.mark.parametrize("sheet", [QSize(120, 80), QSize(2000, 900)])
def test_buttons_keep_their_width_however_narrow_it_is(qtbot: QtBot, sheet: QSize) -> None:
    stage, bar, words = QLabel("sheet"), StepBar(), WordsColumn()
    body = Spread(stage, bar, words)
    qtbot.addWidget(body)
    bar.show_count(3, 190)
    words.show_heat(0.1)
    body.fit(sheet)
    body.resize(520, 150)
    body.show()
    for width, beside in ((520, False), (1000, True), (520, False)):
        body.resize(width, 150)
        qtbot.waitUntil(lambda beside=beside: (bar.parent() is stage.parent()) == beside)
        QApplication.processEvents()
        assert all(b.isVisible() and b.width() >= b.minimumSizeHint().width() for b in (bar.back, bar.step, bar.play))
        assert bar.count.width() >= bar.count.sizeHint().width()
        assert bar.mapTo(body, bar.rect().bottomRight()).y() < body.height()
        assert stage.height() >= 60 and words.width() >= 180
        assert words.slider.isVisible() and words.slider.width() > 150
