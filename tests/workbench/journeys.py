"""The hand that does to the real window what users do, whichever workspace they are in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QWidget
from pytestqt.qtbot import QtBot

from syncline_workbench.app import create_application
from syncline_workbench.main_window import MainWindow
from syncline_workbench.settings import Settings
from workbench.test_journey import press as press_at_once

__all__ = ["CONTROL", "LEFT", "NONE", "SHIFT", "WindowHand", "window_of_size"]

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


class WindowHand:
    """What a user does to the window."""

    def __init__(self, qtbot: QtBot, window: MainWindow) -> None:
        self.qtbot, self.window, self.document = qtbot, window, window.document

    def press(self, text: str, widget: QWidget | None = None) -> None:
        """Press the button that says `text` as soon as it shows."""
        within = widget or self.window.toolbar

        def shows() -> bool:
            return any(b.text() == text and b.isVisible() for b in within.findChildren(QAbstractButton))

        self.qtbot.waitUntil(shows)
        press_at_once(within, text)

    def key(self, key: Qt.Key, mods: Qt.KeyboardModifier = NONE) -> None:
        self.window.activateWindow()
        self.qtbot.waitUntil(self.window.isActiveWindow)
        QTest.keyClick(self.window.focusWidget() or self.window, key, mods)

    def wait_while(self, busy: Callable[[], bool]) -> None:
        """Until no job runs either."""
        self.qtbot.waitUntil(lambda: not self.window.jobs.active and not busy(), timeout=120_000)

    def steps(self) -> list[str]:
        return [s.label for s in self.document.steps[: self.document.position + 1]]


@contextmanager
def window_of_size(qtbot: QtBot, width: int, height: int) -> Iterator[MainWindow]:
    """A window that shows, closed at the end without a trouble it told of."""
    settings = Settings()
    create_application(settings)
    window = MainWindow(settings)
    window.resize(width, height)
    troubles: list[str] = []
    window.operations.failed.connect(troubles.append)
    window.show()
    qtbot.waitExposed(window)
    yield window
    window.close_down()
    window.deleteLater()
    assert troubles == []
