"""Menus that are filled when they open."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu

from syncline.model import AUTO

from .catalogue import FEATURES, SOLVERS, feature_kinds, methods, pick
from .views.plain import literal

if TYPE_CHECKING:
    from .actions import Actions
    from .commands import Commands
    from .document import Document
    from .operations import Operations
    from .settings import Settings

__all__ = ["Popups"]


class Popups(QObject):
    """Fills the menus of one window; each method takes the menu that is opening."""

    def __init__(
        self,
        document: Document,
        operations: Operations,
        commands: Commands,
        settings: Settings,
        actions: Actions,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._document, self._operations, self._commands = document, operations, commands
        self._settings, self._actions = settings, actions

    def features(self, menu: QMenu) -> None:
        """Extractors that suit both files."""
        recipe = self._document.session.recipe
        menu.clear()
        pick(menu, self.tr("Automatic"), recipe.features.automatic, lambda: self._commands.use_features(()))
        menu.addSeparator()
        chosen = {t.name for t in recipe.features.terms}
        for name, method in methods(FEATURES, feature_kinds(self._document.session)).items():
            names = tuple(sorted(chosen ^ {name}))
            pick(menu, literal(method.title), name in chosen, lambda names=names: self._commands.use_features(names))

    def solvers(self, menu: QMenu) -> None:
        """Solvers."""
        recipe = self._document.session.recipe
        menu.clear()
        pick(menu, self.tr("Automatic"), recipe.method == AUTO, lambda: self._commands.use_method(AUTO))
        menu.addSeparator()
        for name, method in methods(SOLVERS).items():
            pick(menu, literal(method.title), name == recipe.method, lambda name=name: self._commands.use_method(name))

    def compare(self, menu: QMenu) -> None:
        """Ghosts, and what else concerns several alignments."""
        session = self._document.session
        menu.clear()
        for name in ("compare_methods", "keep_copy", "ghosts", "next_alignment"):
            menu.addAction(self._actions[name])
        if len(session.alignments) > 1:
            menu.addSeparator()
        for al in session.alignments:
            if al.id != session.active:
                toggle = partial(self._operations.toggle_ghost, al.id)
                pick(menu, literal(al.label), al.id in session.ghosts, toggle)

    def recent(self, menu: QMenu) -> None:
        """Files opened lately."""
        menu.clear()
        for path in self._settings.recent:
            menu.addAction(literal(Path(path).name)).triggered.connect(
                lambda _on=False, path=path: self._commands.open_files([path])
            )
        menu.addSeparator()
        clear = menu.addAction(self.tr("Forget recent files"))
        clear.setEnabled(bool(self._settings.recent))
        clear.triggered.connect(self._settings.clear_recent)
