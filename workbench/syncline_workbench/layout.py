"""Where panels lie, and that it is remembered, for each workspace by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QByteArray, QCoreApplication, QEvent, QPointF, Qt
from PySide6.QtGui import QHoverEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

from .settings import WORKSPACES, Settings
from .warp_stage import WarpStage

__all__ = ["Layout", "Places", "tab_in_turn"]

LAYOUT = 5
"""Raised when docks come, go or change names: an old layout is then not restored."""


@dataclass(frozen=True)
class Places:
    """The panels of a workspace, from above, with their heights at first; `hidden` ones are shown when asked for."""

    left: Mapping[str, int]
    right: Mapping[str, int]
    bottom: Mapping[str, int]
    hidden: frozenset[str] = frozenset()
    widths: tuple[int, int] = (232, 300)

    @property
    def names(self) -> tuple[str, ...]:
        """All panels."""
        return (*self.left, *self.right, *self.bottom)


def tab_in_turn(parts: Sequence[QWidget]) -> None:
    """Let Tab go through all of one part, in the order in which it was built, before it comes to the next.

    Qt's own chain is not walked: Qt for Python takes each widget for a child of the one before, and with it for gone.
    """
    stops = [
        widget
        for part in parts
        for widget in (part, *part.findChildren(QWidget))
        # Menus and lists that drop down are windows of their own.
        if (widget is part or part.isAncestorOf(widget)) and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    for here, there in pairwise(stops):
        QWidget.setTabOrder(here, there)


class Layout:
    """Panels of a window, some of which belong to several workspaces."""

    def __init__(
        self,
        window: QMainWindow,
        docks: Mapping[str, QDockWidget],
        places: Mapping[str, Places],
        stage: WarpStage,
        settings: Settings,
    ) -> None:
        self._window, self._docks, self._places = window, docks, places
        self._stage, self._settings = stage, settings
        self.workspace = WORKSPACES[0]
        self._states = {name: settings.docks(name) for name in WORKSPACES}

    def default(self) -> None:
        """Put the panels of the workspace where they belong, and those of others away."""
        self._let_go()
        place = self._places[self.workspace]
        for name, widget in self._docks.items():
            widget.setFloating(False)
            widget.setVisible(name in place.names and name not in place.hidden)
        area = Qt.DockWidgetArea
        sides = (
            (place.left, area.LeftDockWidgetArea),
            (place.right, area.RightDockWidgetArea),
            (place.bottom, area.BottomDockWidgetArea),
        )
        for side, where in sides:
            docks = [self._docks[n] for n in side]
            for one in docks:
                self._window.addDockWidget(where, one)
            for above, below in pairwise(docks):
                self._window.splitDockWidget(above, below, Qt.Orientation.Vertical)
        ends = [self._docks[next(iter(side))] for side in (place.left, place.right) if side]
        self._window.resizeDocks(ends, list(place.widths)[: len(ends)], Qt.Orientation.Horizontal)
        for side, _where in sides:
            self._window.resizeDocks([self._docks[n] for n in side], list(side.values()), Qt.Orientation.Vertical)

    def reset(self) -> None:
        """Put everything back where it belongs."""
        self.default()
        self._stage.reset()

    def _let_go(self) -> None:
        """Take the mouse off the separators before panels are laid anew.

        Qt remembers the one under the mouse by its place in lists of panels, and crashes at the next key or move of the
        mouse if these lists have become shorter.
        """
        away = QPointF(-1, -1)
        QCoreApplication.sendEvent(self._window, QHoverEvent(QEvent.Type.HoverLeave, away, away, away))

    def show(self, workspace: str) -> None:
        """Go to a workspace: its panels lie as they were left."""
        self._states[self.workspace] = bytes(self._window.saveState(LAYOUT).data())
        self.workspace = workspace
        self._lay()

    def _lay(self) -> None:
        self.default()
        state = self._states[self.workspace]
        if state:
            self._window.restoreState(QByteArray(state), LAYOUT)

    def restore(self, workspace: str) -> None:
        """Put everything where it was when the program was last closed, and begin in `workspace`."""
        s = self._settings
        if not (s.geometry and self._window.restoreGeometry(QByteArray(s.geometry))):
            self._window.resize(1600, 1000)
        self.workspace = workspace
        self._lay()
        self._stage.restore(s.splitter)

    def keep(self) -> None:
        """Remember where everything is."""
        self._states[self.workspace] = bytes(self._window.saveState(LAYOUT).data())
        self._settings.geometry = bytes(self._window.saveGeometry().data())
        for name, state in self._states.items():
            self._settings.keep_docks(name, state)
        self._settings.splitter = self._stage.state()
        self._settings.sync()
