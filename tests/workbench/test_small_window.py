"""In a window of 1100 × 700 what the Explain dock of Segment draws is seen whole."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QSize
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from syncline_workbench.app import create_application
from syncline_workbench.main_window import MainWindow
from syncline_workbench.settings import Settings
from syncline_workbench.views.explain.picture import SCALES, PictureView
from workbench.segment_sessions import segmented


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication) -> Iterator[MainWindow]:
    settings = Settings()
    create_application(settings)
    window = MainWindow(settings)
    window.resize(1100, 700)
    window.show()
    qtbot.waitExposed(window)
    yield window
    window.close_down()
    window.deleteLater()


def test_explain_takes_the_room_its_lessons_need(qtbot: QtBot, window: MainWindow) -> None:
    window.show_workspace("segment")
    window.document.replace(segmented(), "Open")
    window.segment_.show_worked_example()
    explain, dock = window.segment_.study.explain, window.segment_.docks["panel_explain_segment"]
    qtbot.waitUntil(lambda: explain.bar.count.text() == "1 of 5", timeout=20_000)
    assert dock.height() >= 330
    # Pages of other workspaces, which want more, are out of sight.
    assert window.pages.minimumSizeHint() == window.segment_.stage.minimumSizeHint()
    assert window.pages.height() >= window.segment_.stage.minimumSizeHint().height()
    for lesson in ("ctc", "kmeans", "pelt"):
        box = explain.method
        box.setCurrentIndex(box.findData(lesson))
        box.activated.emit(box.currentIndex())
        qtbot.waitUntil(lambda lesson=lesson: getattr(explain.lesson, "method", "") == lesson)
        for number in range(4):
            explain.go(number)
            qtbot.waitUntil(lambda: explain._job is None)
            QApplication.processEvents()
            assert explain.picture.isVisible()
            assert explain.stage.verticalScrollBar().maximum() == 0, (lesson, number)
            assert explain.stage.horizontalScrollBar().maximum() == 0, (lesson, number)


class Square:
    """A picture of 300 pixels each way, whatever room there is, filled to its edge."""

    def need(self, font: QFont, room: QSize) -> QSize:
        return QSize(300, 300)

    def paint(self, painter: QPainter, font: QFont, room: QSize) -> None:
        painter.fillRect(0, 0, 300, 300, "#ff0000")

    def spot(self, font: QFont, room: QSize) -> QPoint | None:
        return QPoint(150, 300)


@pytest.mark.parametrize(("high", "side"), [(400, 300), (280, 279), (225, 222), (100, 222)])
def test_a_picture_is_drawn_smaller_but_never_too_small_to_read(qtbot: QtBot, high: int, side: int) -> None:
    view = PictureView()
    qtbot.addWidget(view)
    view.show_picture(Square(), QSize(400, high))  # type: ignore[arg-type]
    assert view.sizeHint() == QSize(side, side) and side >= 300 * SCALES[-1]
    spot = view.spot()
    assert spot is not None and (round(spot.x()), round(spot.y())) == (round(side / 2), side)
    image = view.grab().toImage()
    red = np.array([[image.pixelColor(x, y).red() > 200 for x in range(0, side - 2, 7)] for y in range(0, side - 2, 7)])
    assert red.all()
