"""The tool bar: the workspaces, and what is used most in each, in words where the window is wide enough for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QToolBar, QToolButton, QWidget

from syncline.model import AUTO

from .actions import Actions
from .catalogue import features_words, method_title, method_words, segment_words
from .document import Change, Document
from .settings import WORKSPACES
from .theme import icon, theme
from .views.plain import literal, tip

__all__ = ["Toolbar"]

ROOM = (240, 140, 150, 150, 60)
"""Pixels for what a recipe's button says at each level: from icons and words, words, and words but for what stands on
the right, through icons to hardly any room."""
TIGHT = len(ROOM) - 1
SPACING = 8
LENT = 24
_BESIDE, _WORDS = Qt.ToolButtonStyle.ToolButtonTextBesideIcon, Qt.ToolButtonStyle.ToolButtonTextOnly
_ICON = Qt.ToolButtonStyle.ToolButtonIconOnly


SAID = (
    Change.RECIPE | Change.FEATURES | Change.ALIGNMENTS | Change.INPUTS | Change.MATCH_RECIPE | Change.RECORDING
    | Change.SEGMENTS | Change.SEGMENT_RECIPE
)  # fmt: skip
"""What buttons of recipes speak of."""


class Toolbar(QToolBar):
    """Buttons of actions, and menus that whoever owns it fills: for pairs features, method, compare; for pictures
    detectors, similarity, solver, compared; for recordings material, cutter, beside.
    """

    def __init__(self, document: Document, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Tools"))
        self.setObjectName("toolbar")
        self.setMovable(False)
        self.setIconSize(QSize(16, 16))
        self._document, self._actions = document, actions
        self._owner = ""
        self._entries: list[tuple[str, QAction]] = []
        self._wordy: list[QToolButton] = []
        """Buttons that are words alone, then icons, where there is little room."""
        self._far: list[QToolButton] = []
        """Buttons that are icons sooner than these: Explain and Export, on the right in every workspace."""
        self._terse: list[QToolButton] = []
        """Buttons that are icons only where there is hardly any."""
        self._spare: list[QAction] = []
        """Buttons that go where there is hardly any: menus and keys have them too."""
        self._level = 0
        self._widths: dict[tuple[int, Qt.ToolButtonStyle, str, str], int] = {}
        self._titles: Mapping[str, str] = {}
        self._said: object = None
        self.workspace = WORKSPACES[0]
        self._tabs()
        self._rule()
        self._of_warp()
        self._of_match()
        self._of_segment()
        for name in ("undo", "redo"):
            self._tool(name, _ICON)
            self._spare.append(self._entries[-1][1])
        space = QWidget()
        space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(space)
        self._owner = "warp"
        self.compare = self._menu_button(self.tr("Compare"), "columns-2")
        self._far.append(self._tool("panel_explain_warp", _BESIDE))
        self._owner = "match"
        self.compared = self._menu_button(self.tr("Compare"), "columns-2")
        self._far.append(self._tool("panel_explain", _BESIDE))
        self._owner = "segment"
        self.beside = self._menu_button(self.tr("Compare"), "columns-2")
        self._far.append(self._tool("panel_explain_segment", _BESIDE))
        self._owner = ""
        self._far.append(self._tool("export", _BESIDE))
        document.changed.connect(self._on_changed)
        self._on_changed(~Change.NONE)

    def _tabs(self) -> None:
        tabs = QWidget()
        row = QHBoxLayout(tabs)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for name in WORKSPACES:
            button = self._button(f"workspace_{name}", _WORDS)
            button.setProperty("tab", name)
            row.addWidget(button)
        self._add(tabs)

    def _of_warp(self) -> None:
        self._owner = "warp"
        self._tool("open_a", _WORDS)
        self._tool("open_b", _WORDS)
        self._rule()
        self.features = self._menu_button(self.tr("Features"))
        self.method = self._menu_button(self.tr("Method"))
        self._tool("align", _WORDS).setProperty("primary", "true")
        self._rule()
        self._wordy += [self._tool(name, _BESIDE) for name in ("tool_anchor", "tool_forbid", "tool_draw")]
        self._owner = ""

    def _of_match(self) -> None:
        self._owner = "match"
        self._actions["open_pictures"].setIconText(self.tr("Open…"))
        self._terse.append(self._tool("open_pictures", _WORDS))
        self.detectors = self._tool("detect", _WORDS)
        self._terse.append(self.detectors)
        self.detectors.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        self.detectors.setMenu(QMenu(self.detectors))
        self._rule()
        self.similarity = self._menu_button(self.tr("Similarity"))
        self.solver = self._menu_button(self.tr("Method"))
        self._tool("match", _WORDS).setProperty("primary", "true")
        self._rule()
        self._wordy += [self._tool(name, _BESIDE) for name in ("board_box", "board_link", "board_forbid")]
        self._owner = ""

    def _of_segment(self) -> None:
        self._owner = "segment"
        self._actions["open_recording"].setIconText(self.tr("Open…"))
        self._terse += [self._tool(name, _WORDS) for name in ("open_recording", "transcript")]
        self._rule()
        self.material = self._menu_button(self.tr("Emissions"))
        self.cutter = self._menu_button(self.tr("Method"))
        self._tool("segment", _WORDS).setProperty("primary", "true")
        self._rule()
        self._actions["merge_piece"].setIconText(self.tr("Merge"))
        self._wordy += [self._tool(name, _BESIDE) for name in ("split_piece", "merge_piece", "lock_piece")]
        self._owner = ""

    def _add(self, widget: QWidget) -> None:
        self._entries.append((self._owner, self.addWidget(widget)))

    def _rule(self) -> None:
        self._entries.append((self._owner, self.addSeparator()))

    def show_workspace(self, name: str) -> None:
        """Show what a workspace uses."""
        self.workspace = name
        self._on_changed(~Change.NONE)

    def _tool(self, name: str, style: Qt.ToolButtonStyle) -> QToolButton:
        button = self._button(name, style)
        self._add(button)
        return button

    def _button(self, name: str, style: Qt.ToolButtonStyle) -> QToolButton:
        button = QToolButton()
        action = self._actions[name]
        button.setDefaultAction(action)
        button.setAccessibleName(action.text())
        self._dress(button, style)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def _redraw(self) -> None:
        for button in self._terse:
            if button.property("picture"):
                button.setIcon(icon(str(button.property("picture"))))

    def _menu_button(self, text: str, name: str = "") -> QToolButton:
        """A button with a menu; `name` is its icon, where it may shrink to one."""
        button = QToolButton()
        button.setText(text)
        button.setProperty("noun", text)
        if name:
            button.setToolTip(text)
            button.setIcon(icon(name))
            button.setProperty("picture", name)
            theme().changed.connect(self._redraw)
            self._terse.append(button)
        button.setToolButtonStyle(_WORDS)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setMenu(QMenu(button))
        self._add(button)
        return button

    def _on_changed(self, change: Change) -> None:
        if change & SAID:
            self._say_recipe()
        session = self._document.shown
        self.compare.setEnabled(session.alignment is not None)
        self.compared.setEnabled(session.match is not None)
        self.beside.setEnabled(session.segments is not None)

    def _say_recipe(self) -> None:
        said = (self.workspace, self._recipe_words()[1:])
        if said != self._said:
            # Fitting lays the whole bar anew: not at every step of a hand that moves.
            self._said = said
            self._fit()

    def set_titles(self, titles: Mapping[str, str]) -> None:
        """Say what sources of similarity are called, once they are loaded."""
        self._titles = {**self._titles, **titles}
        self._say_recipe()

    def _title(self, name: str) -> str:
        return self._titles.get(name, name.replace("_", " ").capitalize())

    def _recipe_words(self) -> tuple[tuple[QToolButton, QToolButton], tuple[str, str], str]:
        """Both buttons of the recipe, what they name, and what the first says around it."""
        session = self._document.shown
        if self.workspace == "match":
            recipe = session.match_recipe
            what = " + ".join(self._title(t.name) for t in recipe.terms) or self.tr("Automatic")
            names = what, method_title(recipe.method)
            return (self.similarity, self.solver), names, self.tr("Similarity: %1")
        if self.workspace == "segment":
            what, how, listens = segment_words(session)
            label = self.tr("Emissions: %1") if listens else self.tr("Features: %1")
            how = self.tr("Automatic") if how == AUTO else self._title(how)
            return (self.material, self.cutter), (what, how), label
        names = features_words(session), method_words(session)
        return (self.features, self.method), names, self.tr("Features: %1")

    def _write_recipe(self, room: int, lent: int = 0) -> None:
        """Write both buttons of the recipe in so many pixels each, of which the first lends some to the second."""
        cut, right = self.fontMetrics().elidedText, Qt.TextElideMode.ElideRight
        buttons, names, label = self._recipe_words()
        full = label.replace("%1", names[0]), self.tr("Method: %1").replace("%1", names[1])
        texts, several, advance = full, names[0].split(" + "), self.fontMetrics().horizontalAdvance
        if len(several) > 1 and advance(names[0] if self._level == TIGHT else full[0]) > room - lent:
            # How many more there are says more than a piece of the second one's name.
            names = f"{several[0]} + {len(several) - 1}", names[1]
            texts = label.replace("%1", names[0]), full[1]
        if names[0] != self.tr("Automatic") and advance(texts[0]) > room - lent >= advance(names[0]):
            texts = names[0], texts[1]
        # Where there is hardly room for a name, there is none for what it is the name of.
        for button, text, said, name, own in zip(buttons, texts, full, names, (room - lent, room + lent), strict=True):
            # Two that both say “Automatic” would not tell which is which.
            short = str(button.property("noun")) if name == self.tr("Automatic") else name
            button.setText(literal(cut(short if self._level == TIGHT else text, right, own)))
            button.setToolTip(tip(said))

    def _fit(self) -> None:
        """Say as much in words as there is room for."""
        for level in range(len(ROOM)):
            self._level = level
            self._write_recipe(ROOM[level])
            if self._needed() <= self.width():
                break
        for entry, widget in self._shown():
            style = self._style(widget)
            if style is not None:
                self._dress(cast(QToolButton, widget), style)
            entry.setVisible(True)
        shown = {id(entry) for entry, _widget in self._shown()}
        for _owner, entry in self._entries:
            if id(entry) not in shown:
                entry.setVisible(False)
        for _entry, widget in self._shown():
            action = widget.defaultAction() if isinstance(widget, QToolButton) else None
            if action is not None:
                # An entry that comes into sight makes its widget usable, whatever the action behind that says.
                widget.setEnabled(action.isEnabled())
        # What is left goes to words that were cut, all of it if only one of the two needs it.
        spare = max(self.width() - self._needed(), 0)
        # Cut words are a few pixels wider or narrower than what they were cut to.
        for more in (spare, spare // 2, max(spare // 2 - SPACING, 0), 0):
            room = ROOM[self._level] + more
            # A method whose name is too long by a hair is lent that by the other button, which is cut anyhow.
            lack = self.fontMetrics().horizontalAdvance(self.tr("Method: %1").replace("%1", self._recipe_words()[1][1]))
            lends = [max(lack - room, 0) + SPACING * k for k in range(3)] if more < spare and lack - room < LENT else []
            for lent in (*lends, 0):
                self._write_recipe(room, lent)
                if self._needed() <= self.width():
                    return

    @staticmethod
    def _dress(button: QToolButton, style: Qt.ToolButtonStyle) -> None:
        if button.toolButtonStyle() != style:
            button.setToolButtonStyle(style)
            action = button.defaultAction()
            if action is not None:
                # Beside an icon the words need room that Qt does not leave by itself.
                words = action.iconText().strip()
                action.setIconText(f" {words}" if style == _BESIDE else words)
            button.setProperty("beside", style == _BESIDE)
            button.style().unpolish(button)
            button.style().polish(button)

    def _shown(self) -> list[tuple[QAction, QWidget]]:
        """What the workspace has in the bar at the level in force."""
        found: list[tuple[QAction, QWidget]] = []
        for owner, entry in self._entries:
            spare = self._level == TIGHT and (entry in self._spare or entry.isSeparator())
            if owner in ("", self.workspace) and not spare:
                found.append((entry, self.widgetForAction(entry)))
        return found

    def _style(self, widget: QWidget) -> Qt.ToolButtonStyle | None:
        """How a button that changes looks at the level in force."""
        if widget in self._wordy:
            return (_BESIDE, _WORDS, _WORDS, _ICON, _ICON)[self._level]
        if widget in self._far:
            return (_BESIDE, _WORDS, _ICON, _ICON, _ICON)[self._level]
        if widget in self._terse:
            return _ICON if self._level == TIGHT else _WORDS
        return None

    def _needed(self) -> int:
        """Pixels that all takes at the level in force; how wide a button is in a style is measured once."""
        total = 2 * SPACING
        for _entry, widget in self._shown():
            style = self._style(widget)
            if style is None:
                total += widget.sizeHint().width() + SPACING
                continue
            button = cast(QToolButton, widget)
            key = id(button), style, button.text(), self.font().key()
            if key not in self._widths:
                self._dress(button, style)
                self._widths[key] = button.sizeHint().width()
            total += self._widths[key] + SPACING
        return total

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
