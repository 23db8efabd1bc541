"""Menus of the Segment workspace that are filled when they open."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu, QWidgetAction

from .catalogue import FEATURES, add_panel, methods, pick, pick_others
from .views.plain import heading, literal
from .views.recordings_panel import emission_words

if TYPE_CHECKING:
    from .actions import Actions
    from .document import Document
    from .segment_commands import SegmentCommands
    from .segment_operations import SegmentOperations

__all__ = ["SegmentPopups"]

AUTO = "auto"


class SegmentPopups(QObject):
    """Fills the menus of one window; each method takes the menu that is opening."""

    def __init__(
        self,
        document: Document,
        operations: SegmentOperations,
        commands: SegmentCommands,
        actions: Actions,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._document, self._operations = document, operations
        self._commands, self._actions = commands, actions

    def material(self, menu: QMenu) -> None:
        """What is cut: where emissions come from, and the feature that other methods cut."""
        session = self._document.session
        recording, recipe = session.active_recording, session.segment_recipe
        menu.clear()
        if recording is not None:
            source = recording.emissions
            own = source is not None and not source.path and not source.model
            _title(menu, self.tr("Emissions, for a transcript"))
            if own:
                pick(menu, self.tr("The recording itself"), True, lambda: None)
            else:
                heard = pick(
                    menu, self.tr("Phoneme model"), source is None, lambda: self._operations.set_emissions(None)
                )
                heard.setEnabled(recording.media.audio is not None)
                if source is not None:
                    pick(menu, literal(emission_words(recording, self)), True, lambda: None)
                menu.addAction(self.tr("From a file…")).triggered.connect(
                    lambda _on=False: self._commands.open_emissions(mine=True)
                )
                model = menu.addAction(self.tr("Another acoustic model…"))
                model.triggered.connect(lambda _on=False: self._commands.use_model())
                model.setEnabled(recording.media.audio is not None)
            menu.addSeparator()
        _title(menu, self.tr("Features, for other methods"))
        pick(menu, self.tr("Automatic"), recipe.features == AUTO, partial(self._commands.use_features, AUTO))
        kinds = None
        if recording is not None:
            kinds = frozenset({str(recording.media.kind)} | ({"audio"} if recording.media.audio is not None else set()))
        chosen = recipe.features.split(":")[0]
        for name, method in methods(FEATURES, kinds).items():
            if name != "learned":
                pick(menu, literal(method.title), name == chosen, partial(self._commands.use_features, name))
        add_panel(menu, self._actions["panel_segment_recipe"])

    def method(self, menu: QMenu) -> None:
        """Segmenters."""
        from syncline.solvers.segment import REGISTRY

        recipe = self._document.session.segment_recipe
        menu.clear()
        pick(menu, self.tr("Automatic"), recipe.method == AUTO, partial(self._commands.use_method, AUTO))
        menu.addSeparator()
        for name, method in methods(REGISTRY).items():
            pick(menu, literal(method.title), name == recipe.method, partial(self._commands.use_method, name))
        add_panel(menu, self._actions["panel_segment_recipe"])

    def compare(self, menu: QMenu) -> None:
        """The other segmentations of the recording."""
        session = self._document.session
        menu.clear()
        for name in ("keep_segments", "next_segments"):
            menu.addAction(self._actions[name])
        kept = session.segmentations_of(session.recording)
        pick_others(menu, kept, session.shown_segments, session.compared_segments, self._operations.compare)


def _title(menu: QMenu, text: str) -> None:
    """Say what the entries below are about."""
    words = heading(text)
    words.setContentsMargins(14, 6, 14, 4)
    action = QWidgetAction(menu)
    action.setDefaultWidget(words)
    menu.addAction(action)
