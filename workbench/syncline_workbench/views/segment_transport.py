"""The strip below the tiers: piece by piece, play, loop, how fast, and what the hand can do."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from ..playback import SPEEDS, Playback, clock
from ..theme import icon, mono, theme
from .plain import Elided, label

__all__ = ["SegmentTransport"]

_ICON, _WORDS = Qt.ToolButtonStyle.ToolButtonIconOnly, Qt.ToolButtonStyle.ToolButtonTextOnly


class SegmentTransport(QWidget):
    """Buttons for the actions the window hands it.

    Parameters
    ----------
    action
        Gives the action of an id.
    """

    def __init__(self, playback: Playback, action: Callable[[str], QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("transport")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._playback = playback
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 12, 6)
        row.setSpacing(8)
        self._row = row
        self._button(action("previous_piece"), _ICON)
        self._play = self._button(action("segment_play"), _ICON)
        self._button(action("next_piece"), _ICON)
        self._button(action("play_piece"), _WORDS)
        self._button(action("loop_piece"), _ICON)
        self.speed = self._box(QToolButton(self), _WORDS)
        self.speed.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.speed.setAccessibleName(self.tr("Speed"))
        menu = QMenu(self.speed)
        for speed in SPEEDS:
            menu.addAction(f"{speed:g}×").triggered.connect(lambda _on=False, s=speed: self._set_speed(s))
        self.speed.setMenu(menu)
        row.addWidget(self.speed)
        self.time = label("", "muted", self)
        self.time.setFont(mono())
        row.addWidget(self.time)
        self.hint = Elided(self.tr("drag a boundary · double-click to split · Del to merge"), "muted")
        self.hint.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.hint, 1)
        for bell in (playback.moved, playback.state_changed, theme().changed):
            bell.connect(self._show)
        self._shown: tuple[object, ...] = ()
        self._show()

    @staticmethod
    def _box(button: QToolButton, style: Qt.ToolButtonStyle) -> QToolButton:
        button.setProperty("boxed", "true")
        button.setIconSize(QSize(16, 16))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setToolButtonStyle(style)
        return button

    def _button(self, action: QAction, style: Qt.ToolButtonStyle) -> QToolButton:
        button = QToolButton(self)
        button.setDefaultAction(action)
        self._row.addWidget(self._box(button, style))
        return button

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.time.setVisible(self.width() >= 620)

    def _set_speed(self, speed: float) -> None:
        self._playback.speed = speed

    def _show(self) -> None:
        p = self._playback
        self.time.setText(f"{clock(p.a_time)} / {clock(p.end)}")
        state = (p.playing, p.speed, theme().colours.name)
        if state != self._shown:
            self._shown = state
            self.speed.setText(f"{p.speed:g}×")
            self._play.setIcon(icon("pause" if p.playing else "play"))
