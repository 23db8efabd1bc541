"""A tiers view of two seconds, everything that it says, and the hand that works on it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from syncline.edits.pieces import Edit
from syncline.model import Segment
from syncline_workbench.views.tiers_view import Shown, TiersView
from syncline_workbench.views.time_axis import GUTTER, MARGIN, TimeAxis
from workbench.hands import heard

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
SHIFT, ALT, CONTROL = (
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ControlModifier,
)
KEY = Qt.Key
WORDS = (
    Segment(0.1, 0.4, "a", 0.97),
    Segment(0.5, 0.8, "is", 0.79),
    Segment(0.8, 1.2, "throwing", 0.41),
    Segment(1.5, 1.9, "frisbee", 0.82),
)
UNITS = tuple(Segment(k * 0.25, (k + 1) * 0.25, str(k)) for k in range(8))
OWN = (Segment(0.2, 0.6, "reach"), Segment(0.6, 0.9, "turn"), Segment(1.4, 1.8, "throw"))


class Stage:
    """A view of two seconds, 500 pixels each, and everything that it says."""

    def __init__(self, qtbot: QtBot) -> None:
        self.axis = TimeAxis()
        self.axis.set_range(0.0, 2.0)
        self.view = view = TiersView(self.axis)
        qtbot.addWidget(view)
        self.previews: list[Edit] = []
        self.edits: list[Edit] = []
        self.labels: list[str] = []
        view.edit_previewed.connect(self.previews.append)
        view.edit_committed.connect(self._commit)
        self.abandoned = heard(view.edit_abandoned)
        self.lines = heard(view.boundary_in_hand)
        self.picks = heard(view.selected)
        self.sought = heard(view.sought)
        self.played = heard(view.play_requested)
        self.refused = heard(view.refused)
        view.resize(GUTTER + 1000 + MARGIN, 260)
        with qtbot.waitActive(view):
            view.show()
            view.activateWindow()
        view.setFocus()
        view.set_tiers(self.tiers())

    def tiers(self, words: tuple[Segment, ...] = WORDS) -> list[Shown]:
        return [
            Shown("words", "transcript", words, frozenset({(1, False), 3})),
            Shown("units", "cut", UNITS),
            Shown("gestures", "own", OWN),
            Shown("words", "truth", WORDS, title="true words"),
        ]

    def _commit(self, edit: Edit, label: str) -> None:
        self.edits.append(edit)
        self.labels.append(label)

    def at(self, tier: int, time: float) -> QPoint:
        row = self.view.rows[tier]
        return QPoint(round(GUTTER + self.axis.to_x(time)), int(row.top + row.tall / 2 - self.view.scrolled))

    def press(self, at: QPoint, mods: Qt.KeyboardModifier = NONE) -> None:
        QTest.mousePress(self.view, LEFT, mods, at)

    def move(self, at: QPoint, mods: Qt.KeyboardModifier = NONE) -> None:
        """A move with what is held; QTest's own knows no modifiers."""
        spot = QPointF(at)
        event = QMouseEvent(QEvent.Type.MouseMove, spot, self.view.mapToGlobal(spot), LEFT, LEFT, mods)
        QApplication.sendEvent(self.view, event)

    def release(self, at: QPoint, mods: Qt.KeyboardModifier = NONE) -> None:
        QTest.mouseRelease(self.view, LEFT, mods, at)

    def drag(self, start: QPoint, end: QPoint, mods: Qt.KeyboardModifier = NONE) -> None:
        self.press(start, mods)
        for share in (0.3, 0.7, 1.0):
            self.move((QPointF(start) + (QPointF(end) - QPointF(start)) * share).toPoint(), mods)
        self.release(end, mods)

    def click(self, at: QPoint) -> None:
        QTest.mouseClick(self.view, LEFT, NONE, at)

    def double(self, at: QPoint, mods: Qt.KeyboardModifier = NONE) -> None:
        QTest.mouseClick(self.view, LEFT, mods, at)
        QTest.mouseDClick(self.view, LEFT, mods, at)
        QTest.mouseRelease(self.view, LEFT, mods, at)

    def key(self, key: Qt.Key, mods: Qt.KeyboardModifier = NONE) -> None:
        QTest.keyClick(self.view, key, mods)

    def held(self, key: Qt.Key, mods: Qt.KeyboardModifier) -> None:
        """A key while others stay down; QTest would press and release those too."""
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            QApplication.sendEvent(self.view, QKeyEvent(kind, key, mods))

    def field(self) -> QLineEdit:
        (field,) = [f for f in self.view.findChildren(QLineEdit) if f.isVisible()]
        return field

    def pixel(self, at: QPoint) -> QColor:
        image = self.view.grab().toImage()
        ratio = image.devicePixelRatio()
        return image.pixelColor(round(at.x() * ratio), round(at.y() * ratio))

    def wheel(self, at: QPoint, turn: QPoint, mods: Qt.KeyboardModifier = NONE) -> None:
        event = QWheelEvent(
            QPointF(at), self.view.mapToGlobal(QPointF(at)), QPoint(), turn, Qt.MouseButton.NoButton, mods,
            Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(self.view, event)
