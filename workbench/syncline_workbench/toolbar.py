"""The tool bar: what is used most, in words where the window is wide enough for them."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolBar, QToolButton, QWidget

from .actions import Actions
from .catalogue import features_words, method_title
from .document import Change, Document
from .views.plain import literal, tip

__all__ = ["Toolbar"]

NARROW = 1400
"""Pixels; below that, icons take the place of words."""


class Toolbar(QToolBar):
    """Buttons of actions, and three menus that whoever owns it fills: features, method, compare."""

    def __init__(self, document: Document, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Tools"))
        self.setObjectName("toolbar")
        self.setMovable(False)
        self.setIconSize(QSize(16, 16))
        self._document, self._actions = document, actions
        beside, words = Qt.ToolButtonStyle.ToolButtonTextBesideIcon, Qt.ToolButtonStyle.ToolButtonTextOnly
        self._tool("open_a", words)
        self._tool("open_b", words)
        self.addSeparator()
        self.features = self._menu_button(self.tr("Features"))
        self.method = self._menu_button(self.tr("Method"))
        self._tool("align", words).setProperty("primary", "true")
        self.addSeparator()
        self._wordy = [self._tool(name, beside) for name in ("tool_anchor", "tool_forbid", "tool_draw")]
        for name in ("undo", "redo"):
            self._tool(name, Qt.ToolButtonStyle.ToolButtonIconOnly)
        space = QWidget()
        space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(space)
        self.compare = self._menu_button(self.tr("Compare"))
        self._wordy.append(self._tool("export", beside))
        document.changed.connect(self._on_changed)
        self._on_changed(~Change.NONE)

    def _tool(self, name: str, style: Qt.ToolButtonStyle) -> QToolButton:
        button = QToolButton()
        action = self._actions[name]
        if style == Qt.ToolButtonStyle.ToolButtonTextBesideIcon:
            # Beside an icon the words need room that Qt does not leave by itself.
            action.setIconText(" " + action.iconText())
            button.setProperty("beside", True)
        button.setDefaultAction(action)
        button.setToolButtonStyle(style)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.addWidget(button)
        return button

    def _menu_button(self, text: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setMenu(QMenu(button))
        self.addWidget(button)
        return button

    def _on_changed(self, change: Change) -> None:
        if change & (Change.RECIPE | Change.FEATURES | Change.ALIGNMENTS | Change.INPUTS):
            self._say_recipe()
        self.compare.setEnabled(self._document.shown.alignment is not None)

    def _say_recipe(self) -> None:
        session, room = self._document.shown, 130 if self.width() < NARROW else 240
        cut, right = self.fontMetrics().elidedText, Qt.TextElideMode.ElideRight
        features, method = features_words(session), method_title(session.recipe.method)
        self.features.setText(literal(cut(self.tr("Features: %1").replace("%1", features), right, room)))
        self.features.setToolTip(tip(features))
        self.method.setText(literal(cut(self.tr("Method: %1").replace("%1", method), right, room)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < NARROW
        style = Qt.ToolButtonStyle.ToolButtonIconOnly if narrow else Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        for button in self._wordy:
            if button.toolButtonStyle() != style:
                button.setToolButtonStyle(style)
                button.setProperty("beside", not narrow)
                button.style().unpolish(button)
                button.style().polish(button)
        self._say_recipe()
