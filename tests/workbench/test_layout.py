"""Panels that are laid anew under a mouse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QHoverEvent, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QSplitter, QTextEdit
from pytestqt.qtbot import QtBot

from syncline_workbench.layout import Layout, Places
from syncline_workbench.settings import WORKSPACES, Settings


@dataclass
class Desk:
    window: QMainWindow
    docks: dict[str, QDockWidget]
    layout: Layout

    @property
    def separator(self) -> QPoint:
        """Where a separator between two panels of the first workspace is."""
        lowest = self.docks["c"].geometry()
        at = QPoint(lowest.center().x(), lowest.top() - 2)
        assert self.window.childAt(at) is None
        return at


@pytest.fixture
def plain(qapp: QApplication) -> Iterator[None]:
    """Separators as wide as they are without the program's style sheet, so that no helper of Qt's lies over them."""
    sheet = qapp.styleSheet()
    qapp.setStyleSheet("")
    yield
    qapp.setStyleSheet(sheet)


@pytest.fixture
def desk(qtbot: QtBot, plain: None) -> Desk:
    """Panels that are stacked at the bottom in the first workspace, and on the left in the others."""
    window = QMainWindow()
    qtbot.addWidget(window)
    window.setDockOptions(QMainWindow.DockOption.AllowNestedDocks)
    splitter = QSplitter()
    window.setCentralWidget(splitter)
    docks: dict[str, QDockWidget] = {}
    for name in "abc":
        docks[name] = QDockWidget(name, window)
        docks[name].setObjectName(name)
        docks[name].setWidget(QTextEdit())
    heights = dict.fromkeys("abc", 120)
    places = dict.fromkeys(WORKSPACES, Places(heights, {}, {})) | {WORKSPACES[0]: Places({}, {}, heights)}
    layout = Layout(window, docks, places, splitter, Settings())
    layout.default()
    window.resize(900, 700)
    window.show()
    qtbot.waitExposed(window)
    qtbot.wait(0)
    return Desk(window, docks, layout)


def test_a_separator_under_the_mouse_is_forgotten(desk: Desk) -> None:
    """Qt looked it up among the panels at the next key, where it is no more: a segmentation fault."""
    at = QPointF(desk.separator)
    # What a mouse over the window comes to, wherever it was left by whoever moved it last.
    hover = QHoverEvent(QEvent.Type.HoverMove, at, desk.window.mapToGlobal(at), QPointF(5, 5))
    QApplication.sendEvent(desk.window, hover)
    assert desk.window.cursor().shape() == Qt.CursorShape.SplitVCursor
    desk.layout.show(WORKSPACES[1])
    assert desk.window.cursor().shape() == Qt.CursorShape.ArrowCursor
    QApplication.sendEvent(
        desk.window, QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier)
    )
    QTest.mouseMove(desk.window, QPoint(450, 350))
