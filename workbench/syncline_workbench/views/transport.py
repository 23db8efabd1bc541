"""The player's bar: scrubber with marks and anchors, buttons, speed, loop, view modes, sound."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from ..document import Document
from ..playback import SPEEDS, Playback, clock
from ..settings import Settings
from ..theme import icon, mono, theme
from .plain import label

__all__ = ["Scrubber", "Transport"]

BUTTONS = ("start", "back", "play", "on", "end")
MODES = ("mode_side", "mode_overlay", "mode_wipe", "mode_difference", "mode_blink")
ROUTINGS = {"both": "sound_both", "a": "sound_a", "b": "sound_b", "none": "sound_none"}


class Scrubber(QWidget):
    """A's whole length with the playhead, the loop and the anchors; click or drag to seek."""

    def __init__(self, document: Document, playback: Playback, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document, self._playback = document, playback
        self.setFixedHeight(16)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(self.tr("Position in A"))
        for bell in (playback.moved, playback.state_changed, theme().changed):
            bell.connect(self.update)
        document.changed.connect(lambda _change: self.update())

    def _x(self, t: float) -> float:
        end = self._playback.end
        return 8 + (self.width() - 16) * (min(max(t / end, 0.0), 1.0) if end > 0 else 0.0)

    def paintEvent(self, event: QPaintEvent) -> None:
        p, c = self._playback, theme().colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        middle = self.height() / 2
        groove = QRectF(8, middle - 2, self.width() - 16, 4)
        painter.setBrush(QColor(c.border))
        painter.drawRoundedRect(groove, 2, 2)
        if p.media == (None, None):
            return
        if p.looping or p.mark_in is not None or p.mark_out is not None:
            first = self._x(p.mark_in or 0.0)
            last = self._x(p.end if p.mark_out is None else p.mark_out)
            band = QColor(c.accent)
            band.setAlphaF(0.55 if p.looping else 0.25)
            painter.setBrush(band)
            painter.drawRoundedRect(QRectF(first, middle - 2, max(last - first, 1), 4), 2, 2)
            painter.setBrush(QColor(c.accent))
            for x, here in ((first, p.mark_in is not None), (last, p.mark_out is not None)):
                if here:
                    painter.drawRoundedRect(QRectF(x - 1, middle - 6, 2, 12), 1, 1)
        alignment = self._document.shown.alignment
        if alignment is not None:
            painter.setBrush(QColor(c.good))
            for anchor in alignment.constraints.anchors:
                x = self._x(anchor.a)
                painter.drawPolygon(QPolygonF([QPointF(x - 3, 1), QPointF(x + 3, 1), QPointF(x, 6)]))
        x = self._x(p.a_time)
        painter.setBrush(QColor(c.a))
        painter.setPen(QPen(QColor(c.window), 1.5))
        painter.drawEllipse(QPointF(x, middle), 6, 6)

    def _seek(self, event: QMouseEvent) -> None:
        share = (event.position().x() - 8) / max(self.width() - 16, 1)
        self._playback.seek_a(min(max(share, 0.0), 1.0) * self._playback.end)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._seek(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._seek(event)


class Transport(QWidget):
    """Buttons for the actions the window hands it.

    Parameters
    ----------
    action
        Gives the action of an id.
    """

    def __init__(
        self,
        document: Document,
        playback: Playback,
        settings: Settings,
        action: Callable[[str], QAction],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("transport")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._playback, self._settings, self._action = playback, settings, action
        self.scrubber = Scrubber(document, playback, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 4, 8, 6)
        column.setSpacing(4)
        column.addWidget(self.scrubber)
        row = QHBoxLayout()
        row.setSpacing(8)
        column.addLayout(row)
        self._play = self._button(action("play"), row)
        row.removeWidget(self._play)
        for name in BUTTONS:
            row.addWidget(self._play) if name == "play" else self._button(action(name), row)

        self.speed = QToolButton(self)
        self._box(self.speed)
        self.speed.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.speed.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.speed.setAccessibleName(self.tr("Speed"))
        self.speed.setToolTip(self.tr("Speed of playing"))
        menu = QMenu(self.speed)
        for speed in SPEEDS:
            menu.addAction(f"{speed:g}×").triggered.connect(lambda _on=False, s=speed: self._set_speed(s))
        self.speed.setMenu(menu)
        row.addWidget(self.speed)
        self._button(action("loop"), row)

        row.addSpacing(4)
        self.segments = self._segmented([action(name) for name in MODES])
        row.addWidget(self.segments)
        row.addStretch(1)

        self.time = label("", "muted", self)
        self.time.setFont(mono())
        row.addWidget(self.time)
        self.sound = QToolButton(self)
        self._box(self.sound)
        self.sound.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.sound.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.sound.setAccessibleName(self.tr("Sound"))
        menu = QMenu(self.sound)
        for name in ROUTINGS.values():
            menu.addAction(action(name))
        self.sound.setMenu(menu)
        row.addWidget(self.sound)

        for bell in (playback.moved, playback.state_changed):
            bell.connect(self._show)
        settings.changed.connect(self._show)
        theme().changed.connect(self._show)
        document.changed.connect(self._show)
        self._shown: tuple[object, ...] = ()
        self._narrow = False
        self.setMinimumWidth(540)
        self._show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Give up words for icons where the bar is too narrow for both."""
        self.time.setVisible(self.width() >= 1130)
        narrow = self.width() < 985
        if narrow == self._narrow:
            return
        self._narrow = narrow
        style = Qt.ToolButtonStyle
        for button in self.segments.findChildren(QToolButton):
            button.setToolButtonStyle(style.ToolButtonIconOnly if narrow else style.ToolButtonTextOnly)
            button.setProperty("narrow", narrow)
            button.style().unpolish(button)
            button.style().polish(button)
        self.sound.setToolButtonStyle(style.ToolButtonIconOnly if narrow else style.ToolButtonTextBesideIcon)

    @staticmethod
    def _box(button: QToolButton) -> None:
        button.setProperty("boxed", "true")
        button.setIconSize(QSize(16, 16))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def _button(self, action: QAction, row: QHBoxLayout) -> QToolButton:
        button = QToolButton(self)
        button.setDefaultAction(action)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self._box(button)
        row.addWidget(button)
        return button

    def _segmented(self, actions: Sequence[QAction]) -> QWidget:
        box = QWidget(self)
        row = QHBoxLayout(box)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for k, action in enumerate(actions):
            button = QToolButton(box)
            button.setDefaultAction(action)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
            button.setIconSize(QSize(16, 16))
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setProperty("segment", "first" if k == 0 else "last" if k == len(actions) - 1 else "middle")
            row.addWidget(button)
        return box

    def _set_speed(self, speed: float) -> None:
        self._playback.speed = speed

    def _show(self, _what: object = None) -> None:
        p = self._playback
        playing = p.playing
        words = f"{p.speed:g}×" if not playing or p.rate == p.speed else f"{p.rate:g}×"
        self.time.setText(f"{clock(p.a_time)} / {clock(p.end)}")
        heard = any(m is not None and m.audio is not None for m in p.media)
        state = (playing, words, self._settings.routing, heard, theme().colours.name)
        if state == self._shown:
            return
        self._shown = state
        self.speed.setText(words)
        self._play.setIcon(icon("pause" if playing else "play"))
        routing = self._settings.routing
        self.sound.setEnabled(heard)
        self.sound.setIcon(icon("volume-x" if routing == "none" or not heard else "volume-2"))
        self.sound.setText(" " + (self._action(ROUTINGS[routing]).text() if heard else self.tr("No sound")))
