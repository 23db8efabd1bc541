"""A cost matrix on a document of its own, wired as the window wires it, and the hand that works on it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from scipy.spatial.distance import cdist

from syncline.model import Alignment, Constraints, Features, Media, Pair, Session, VideoStream, WarpingPath
from syncline_workbench.document import Document
from syncline_workbench.jobs import Jobs
from syncline_workbench.playback import Playback
from syncline_workbench.views.cost_matrix import CostMatrixView

N, M, RATE = 200, 240, 25.0
LEFT, MIDDLE, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.KeyboardModifier.NoModifier
SHIFT, CONTROL, ALT = (
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)


def video(name: str, frames: int) -> Media:
    times = np.arange(frames) / RATE
    stream = VideoStream(
        0, "h264", 64, 48, times, 1 / RATE, RATE, False, 0, False, 8, 0.0,
        np.arange(frames), np.zeros(1, np.int64), (1, 25),
    )  # fmt: skip
    return Media(Path(name), "video", frames / RATE, name, 1, 1, video=stream)


class Stage:
    """A document with one alignment, the view on it, and a window's wiring between the two."""

    def __init__(self, qtbot: QtBot, n: int = N, m: int = M, channels: int = 6) -> None:
        rng = np.random.default_rng(5)
        x = np.cumsum(rng.normal(size=(n, channels)), axis=0)
        at = np.linspace(0, n - 1, m)
        y = np.column_stack([np.interp(at, np.arange(n), x[:, c]) for c in range(channels)])
        a, b = video("a.mp4", n), video("b.mp4", m)
        fa = Features(x.astype(np.float32), np.arange(n) / RATE)
        fb = Features(y.astype(np.float32), np.arange(m) / RATE)
        pairs = np.column_stack([np.rint(at).astype(np.intp), np.arange(m)])
        path = WarpingPath(pairs, fa.times, fb.times, 0.0)
        self.alignment = Alignment(1, Pair(a, b), features_a=fa, features_b=fb, path=path)
        self.matrix = cdist(x.astype(np.float32).astype(float), y.astype(np.float32).astype(float))
        self.document, self.jobs = Document(), Jobs()
        self.document.replace(Session(a=a, b=b, alignments=(self.alignment,), active=1), "Open")
        self.playback = Playback(self.document)
        self.view = CostMatrixView(self.document, self.playback, self.jobs)
        qtbot.addWidget(self.view)
        self.previews: list[Constraints] = []
        self.abandoned = 0
        self.refusals: list[str] = []
        self.view.edit_previewed.connect(self._preview)
        self.view.edit_committed.connect(self._commit)
        self.view.edit_abandoned.connect(self._abandon)
        self.view.refused.connect(self.refusals.append)
        self.view.resize(1000, 600)
        self.view.show()
        qtbot.waitExposed(self.view)
        qtbot.waitUntil(lambda: self.view.feeder.pyramid is not None and self.view.feeder.idle)

    def _with(self, constraints: Constraints) -> Alignment:
        al = self.document.session.alignment
        assert al is not None
        return replace(al, constraints=constraints)

    def _preview(self, constraints: Constraints) -> None:
        self.previews.append(constraints)
        self.document.preview(self.document.session.with_alignment(self._with(constraints)))

    def _commit(self, constraints: Constraints, label: str) -> None:
        self.document.replace_alignment(self._with(constraints), label)

    def _abandon(self) -> None:
        self.abandoned += 1
        self.document.preview(None)

    @property
    def constraints(self) -> Constraints:
        al = self.document.session.alignment
        assert al is not None
        return al.constraints

    @property
    def label(self) -> str:
        return self.document.steps[self.document.position].label

    def set(self, constraints: Constraints) -> None:
        self.document.replace_alignment(self._with(constraints), "set")

    def pixel(self, i: float, j: float) -> QPoint:
        """The middle of the cell of row i of A and row j of B."""
        return QPointF(self.view.view.x(i + 0.5), self.view.view.y(j + 0.5)).toPoint()

    def drag(self, *points: QPoint, mods: Qt.KeyboardModifier = NONE, button: Qt.MouseButton = LEFT) -> None:
        QTest.mousePress(self.view, button, mods, points[0])
        for p, q in pairwise(points):
            for share in (0.3, 0.7, 1.0):
                spot = QPointF(p) + (QPointF(q) - QPointF(p)) * share
                # QTest.mouseMove sends no modifiers; the release does.
                QTest.mouseMove(self.view, spot.toPoint())
        QTest.mouseRelease(self.view, button, mods, points[-1])
