"""Where panels lie, and that it is remembered."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QSplitter

from .settings import Settings

__all__ = ["Layout"]

LAYOUT = 1
"""Raised when docks come, go or change names: an old layout is then not restored."""


class Layout:
    """Panels of a window; the first three belong to the left, the others to the right."""

    def __init__(
        self, window: QMainWindow, docks: Mapping[str, QDockWidget], splitter: QSplitter, settings: Settings
    ) -> None:
        self._window, self._docks, self._splitter, self._settings = window, docks, splitter, settings

    def default(self) -> None:
        """Put all panels where they belong."""
        for widget in self._docks.values():
            widget.setFloating(False)
            widget.show()
        names = list(self._docks)
        for side, area in ((names[:3], Qt.DockWidgetArea.LeftDockWidgetArea),
                           (names[3:], Qt.DockWidgetArea.RightDockWidgetArea)):  # fmt: skip
            docks = [self._docks[n] for n in side]
            for one in docks:
                self._window.addDockWidget(area, one)
            for above, below in pairwise(docks):
                self._window.splitDockWidget(above, below, Qt.Orientation.Vertical)
        left, right = [self._docks[n] for n in names[:3]], [self._docks[n] for n in names[3:]]
        self._window.resizeDocks([left[0], right[0]], [232, 300], Qt.Orientation.Horizontal)
        self._window.resizeDocks(left, [150, 170, 560], Qt.Orientation.Vertical)
        self._window.resizeDocks(right, [330, 300, 250], Qt.Orientation.Vertical)
        self._splitter.setSizes([380, 520])

    def restore(self) -> None:
        """Put everything where it was when the program was last closed."""
        self.default()
        s = self._settings
        if not (s.geometry and self._window.restoreGeometry(QByteArray(s.geometry))):
            self._window.resize(1600, 1000)
        if s.dock_state:
            self._window.restoreState(QByteArray(s.dock_state), LAYOUT)
        if s.splitter:
            self._splitter.restoreState(QByteArray(s.splitter))

    def keep(self) -> None:
        """Remember where everything is."""
        self._settings.geometry = bytes(self._window.saveGeometry().data())
        self._settings.dock_state = bytes(self._window.saveState(LAYOUT).data())
        self._settings.splitter = bytes(self._splitter.saveState().data())
        self._settings.sync()
