"""The alignments of the pair, kept side by side: one is the path, others are ghosts behind it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QWidget

from syncline.model import Alignment

from ..document import Change, Document
from .kept_list import KeptList
from .rows import Row

__all__ = ["AlignmentsPanel"]


class AlignmentsPanel(KeptList):
    """A row an alignment: a solid line for the path, a dashed one for a ghost, and the normalised cost."""

    ghost_toggled = Signal(object)

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(document, self.tr("Alignments"), parent)
        self.setObjectName("alignments")
        document.changed.connect(self._changed)
        self._draw()

    @property
    def _active(self) -> int | None:
        return self._document.shown.active

    def _toggled(self, id: Any) -> None:
        self.ghost_toggled.emit(id)

    def _eye_open(self, id: Any) -> bool:
        return id in self._document.shown.ghosts

    def menu(self, id: Any) -> QMenu:
        return self._menu(id, self.tr("Show as the path"), self.tr("Show as a ghost"))

    def _changed(self, change: Change) -> None:
        if change & (Change.ALIGNMENTS | Change.PATH | Change.INPUTS):
            self._draw()

    def _draw(self) -> None:
        session = self._document.shown
        rows = [self._row(al, al.id == session.active, al.id in session.ghosts) for al in session.alignments]
        self._show_rows(
            rows, self.tr("Open two files, then Align.") if session.pair is None else self.tr("Not aligned yet.")
        )

    def _row(self, al: Alignment, active: bool, ghost: bool) -> Row:
        path = al.path
        cost = None if path is None else path.mean_cost if path.normalised is None else path.normalised
        figure = "–" if cost is None else f"{cost:.3f}" if cost >= 0.0005 or cost == 0 else f"{cost:.1e}"
        state = self.tr("shown as the path") if active else self.tr("ghost") if ghost else self.tr("hidden")
        lines = [al.label, f"{al.recipe.features.label()} · {state}", al.stale]
        return Row(
            key=al.id,
            text=al.label,
            figure=figure,
            figure_role="warn" if al.stale else "good" if active else "muted",
            sample="solid" if active else "dashed" if ghost else "",
            toggle=None if active else ghost,
            tip="\n".join(filter(None, lines)),
            spoken=self.tr("{name}, {state}, normalised cost {cost}").format(name=al.label, state=state, cost=figure),
        )
