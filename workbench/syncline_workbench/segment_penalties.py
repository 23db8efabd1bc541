"""How many pieces each penalty would leave, worked out while it is in sight, coarsely first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from syncline.model import NamedSegments, Recording
from syncline.progress import Monitor

from .live import Newest
from .views.penalty_curve import Step

if TYPE_CHECKING:
    from syncline.recutting import Prepared
    from syncline.solvers.segment.changepoints_path import PenaltyPath

    from .segment_operations import SegmentOperations
    from .views.segments_recipe import SegmentsRecipePanel

__all__ = ["SegmentPenalties"]

FEW, MANY = 8, 72
"""How often PELT is asked for the first curve, and for the one that stays."""
GRAIN = 1.012
"""Ratio of penalties below which a hole is narrower than a line is."""
_REST = 150
"""Milliseconds without a change after which it is worked out: what is edited comes first."""

_Key = tuple[object, ...]


class SegmentPenalties(QObject):
    """Keeps the curve of the recipe panel up to date; nothing of it is part of the document.

    A curve that belongs to other constraints or parameters is taken away as soon as they are others, and what is being
    worked out for it is dropped. While a penalty is slid, or an edit is in hand, the old one stays.
    """

    def __init__(self, operations: SegmentOperations, recipe: SegmentsRecipePanel, parent: QObject) -> None:
        super().__init__(parent)
        self._operations, self._document = operations, operations.document
        self._curve, self._range = recipe.curve, recipe.penalties
        self._key: _Key | None = None
        self._newest = Newest(self.tr("Counting pieces"), self)
        self._newest.answered.connect(self._answered)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST)
        self._rest.timeout.connect(self._ask)
        self._document.changed.connect(lambda _change: self._look())
        operations.prepared.connect(self._look)
        self._curve.wanted.connect(self._look)

    @property
    def idle(self) -> bool:
        """True if nothing is worked out, nor waits to be."""
        return self._newest.idle and not self._rest.isActive()

    def close(self) -> None:
        """Wait for the worker; for the end of the window."""
        self._rest.stop()
        self._newest.close()

    def _case(self) -> tuple[Prepared, Recording, NamedSegments] | None:
        """What the slider would cut, by the recipe in hand."""
        session = self._document.session
        recording, named, recipe = session.active_recording, session.segments, session.segment_recipe
        if recording is None or named is None:
            return None
        material = self._operations.prepared_for(recording, recipe)
        if material is None or material.recipe.method != "changepoints":
            return None
        return material, recording, replace(named, recipe=recipe)

    def _look(self) -> None:
        if self._document.previewing:
            return
        case = self._case()
        key = None if case is None else _key(*case)
        if key != self._key:
            self._key = None
            self._newest.stop()
            self._curve.set_steps(())
        if key is not None and self._key is None and self._curve.isVisible():
            self._rest.start()

    def _ask(self) -> None:
        case = self._case()
        if case is None or self._document.previewing or not self._curve.isVisible():
            return
        self._key = _key(*case)
        self._work(self._key, case, FEW)

    def _work(self, key: _Key, case: tuple[Prepared, Recording, NamedSegments], most: int) -> None:
        low, high = self._range

        def work(monitor: Monitor) -> tuple[PenaltyPath, bool]:
            from syncline.recutting import penalties

            path = penalties(*case, low, high, grain=GRAIN, most=most, monitor=monitor)
            return path, path.solves >= most

        self._newest.ask(key, work)

    def _answered(self, key: _Key, answer: tuple[PenaltyPath, bool]) -> None:
        if key is not self._key:
            return
        path, more = answer
        ranges = zip(path.segmentations, path.ranges, strict=True)
        self._curve.set_steps([Step(a, b, len(s.ends)) for s, (a, b) in ranges])
        case = self._case()
        if more and path.solves < MANY and case is not None:
            self._work(key, case, MANY)


def _key(material: Prepared, recording: Recording, named: NamedSegments) -> _Key:
    """What the curve depends on: not on the penalty, nor on how many changes were asked for."""
    from syncline.solvers.segment.changepoints import ChangesParams

    p = named.recipe.params or ChangesParams()
    asked = p.cost, p.by, p.window, p.least
    held = tuple(h for h in named.constraints.held if h.tier == "changes")
    pins = tuple(q for q in named.constraints.pins if q.tier == "changes")
    return id(material), recording.id, asked, held, pins
