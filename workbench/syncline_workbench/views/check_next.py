"""What to check next: the decisions that the optimum hangs on least, of all pictures."""

from __future__ import annotations

import operator
from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from syncline.model import Scene

from ..document import Change, Document
from .asked_list import AskedList
from .plain import tip
from .rows import Row
from .scene_pick import Pick
from .scene_tags import object_names

__all__ = ["CheckNext"]

Decision = tuple[float, int, int | None, int | None]
"""Margin, id of the scene, ids of the object and the phrase; None on one side: the other stays without a partner."""
MOST = 100
_NARROW, _CLOSE = 0.05, 0.15
"""Margins that are marked as urgent, and as worth a look."""


class CheckNext(AskedList):
    """The smallest margins first: what the best matching without this decision costs more."""

    chosen = Signal(int, object)
    """Id of the scene and the `Pick` in it."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("check-next")
        self._document = document
        self._list: list[Decision] | None = None
        self._basis: tuple[object, object] | None = None
        self.list.chosen.connect(self._chosen)
        self.ask.setText(self.tr("Look"))
        self.ask.setAccessibleName(self.tr("Look for what to check next"))
        self.ask.setToolTip(tip(self.tr("Work out how sure each link is, and go to the least sure one (F8)")))
        document.changed.connect(self._changed)
        self._draw()

    def show_list(self, found: Sequence[Decision]) -> None:
        """Take over how sure each decision is, the least sure first (`MatchOperations.unsure`)."""
        self._list = list(found)
        self._basis = self._now
        self._draw()

    @property
    def _now(self) -> tuple[object, object]:
        session = self._document.session
        return session.scenes, session.matchings

    def decisions(self) -> list[Decision]:
        """Those that can still be checked: not of checked pictures, nor what was locked, forbidden or removed since."""
        scenes = {s.id: s for s in self._document.session.scenes}
        open_ones: list[Decision] = []
        for decision in self._list or ():
            _margin, number, a, b = decision
            scene = scenes.get(number)
            if scene is None or scene.checked or not Pick(a, b).within(scene):
                continue
            known = scene.constraints.locked | scene.constraints.forbidden
            if (a, b) not in known:
                open_ones.append(decision)
            if len(open_ones) == MOST:
                break
        return open_ones

    def _changed(self, change: Change) -> None:
        if change & (Change.SCENES | Change.MATCHES):
            self._draw()

    def _draw(self) -> None:
        decisions = self.decisions()
        session = self._document.session
        scenes = {s.id: s for s in session.scenes}
        several = len({number for _, number, *_ in decisions}) > 1
        stale = self._basis is not None and not all(map(operator.is_, self._basis, self._now))
        names = {number: object_names(scenes[number]) for number in {d[1] for d in decisions}}
        rows = [self._row(d, scenes[d[1]], names[d[1]], several, stale) for d in decisions]
        self.list.set_rows(rows)
        self.list.setVisible(bool(rows))
        self.ask.setEnabled(bool(session.matchings))
        if self._list is None:
            words = self.tr("The links that a small change would turn over.") if session.matchings else ""
        elif not rows:
            words = self.tr("Nothing is left to check.")
        else:
            words = self.tr("Links changed since; look again for today's margins.") if stale else ""
        self.say(words)

    def _row(self, decision: Decision, scene: Scene, names: dict[int, str], several: bool, stale: bool) -> Row:
        margin, number, a, b = decision
        nobody = self.tr("unmatched")
        thing = nobody if a is None else names.get(a, "?")
        phrase = nobody if b is None else scene.phrase_text(b)
        text = f"{thing} ↔ {phrase}"
        if several:
            text = f"{scene.picture.name}: {text}"
        sure = self.tr("margin {x}").format(x=f"{margin:.2f}")
        return Row(
            key=(number, a, b),
            text=text,
            figure=f"{sure} →",
            figure_role="muted" if stale else "bad" if margin < _NARROW else "warn" if margin < _CLOSE else "muted",
            muted=stale,
            tip=self.tr("{pair}\nWithout this, the best matching costs {x} more.").format(pair=text, x=f"{margin:.4g}"),
            spoken=f"{text}, {sure}",
        )

    def _chosen(self, key: tuple[int, int | None, int | None]) -> None:
        number, a, b = key
        self.chosen.emit(number, Pick(a, b))
