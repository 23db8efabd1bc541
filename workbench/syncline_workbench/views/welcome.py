"""The empty window: an invitation to drop two files, open them, open the demo, or go on with something recent."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QEnterEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from syncline.model import Media

from ..document import Change, Document
from ..theme import pixmap, theme
from .plain import button, clean, heading, label
from .rows import Row, RowList
from .sources import dropped_files, media_figures

__all__ = ["DropCard", "Welcome"]


class DropCard(QWidget):
    """A dashed field for one side: click it or drop a file on it."""

    opened = Signal()
    dropped = Signal(list)
    """Paths."""

    def __init__(self, side: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._side = side
        self._media: Media | None = None
        self._over = self._hover = self._keys = False
        self.setAcceptDrops(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(180, 150)
        self.setMaximumSize(380, 250)
        theme().changed.connect(self.update)
        self.show_media(None)

    def sizeHint(self) -> QSize:
        return QSize(320, 220)

    def show_media(self, media: Media | None) -> None:
        """Show the file that is there already, or invite one."""
        self._media = media
        letter = self._side.upper()
        if media is None:
            name = self.tr("{side}: drop a file here, or press Enter to open one").format(side=letter)
        else:
            name = f"{letter}: {clean(media.name)}"
        self.setAccessibleName(name)
        self.update()

    # -- events ------------------------------------------------------------------------------------

    def enterEvent(self, event: QEnterEvent) -> None:
        self._hover = True
        self.update()

    def leaveEvent(self, _event: object) -> None:
        self._hover = False
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._keys = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._keys = False
        super().focusOutEvent(event)
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.opened.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.opened.emit()
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_files(event.mimeData()):
            event.acceptProposedAction()
            self._over = True
            self.update()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._over = False
        self.update()

    def dropEvent(self, event: QDropEvent) -> None:
        self._over = False
        self.update()
        files = dropped_files(event.mimeData())
        if files:
            event.acceptProposedAction()
            self.dropped.emit(files)

    # -- painting ----------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        c = theme().colours
        colour = QColor(c.a if self._side == "a" else c.b)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5)
        lit = self._over or self._hover or self._keys
        fill = QColor(colour)
        fill.setAlphaF(0.16 if self._over else 0.09 if lit else 0.05)
        edge = QColor(colour)
        edge.setAlphaF(1.0 if lit else 0.6)
        pen = QPen(edge, 2 if lit else 1.5)
        if self._media is None:
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            pen.setDashPattern([3.0, 4.0])
        painter.setPen(pen)
        painter.setBrush(fill)
        painter.drawRoundedRect(box, 14, 14)
        self._wave(painter, box, colour)
        middle = QPointF(box.center().x(), box.top() + box.height() * 0.36)
        disc = QRectF(middle.x() - 27, middle.y() - 27, 54, 54)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawEllipse(disc)
        font = self.font()
        font.setPixelSize(27)
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(c.stage if c.name == "dark" else c.raised))
        painter.drawText(disc, int(Qt.AlignmentFlag.AlignCenter), self._side.upper())
        self._words(painter, box, disc.bottom() + 12)
        painter.end()

    def _words(self, painter: QPainter, box: QRectF, top: float) -> None:
        c = theme().colours
        first = self.tr("Drop a file here")
        second = self.tr("video, sound or features")
        if self._media is not None:
            first, second = clean(self._media.name)[:1000], media_figures(self._media, self)
        font = self.font()
        font.setBold(True)
        painter.setFont(font)
        line = painter.fontMetrics().height()
        room = QRectF(box.left() + 12, top, box.width() - 24, line)
        painter.setPen(QColor(c.text))
        shown = painter.fontMetrics().elidedText(first, Qt.TextElideMode.ElideMiddle, int(room.width()))
        painter.drawText(room, int(Qt.AlignmentFlag.AlignCenter), shown)
        painter.setFont(self.font())
        painter.setPen(QColor(c.muted))
        shown = painter.fontMetrics().elidedText(second, Qt.TextElideMode.ElideRight, int(room.width()))
        painter.drawText(room.translated(0, line + 3), int(Qt.AlignmentFlag.AlignCenter), shown)

    def _wave(self, painter: QPainter, box: QRectF, colour: QColor) -> None:
        """A quiet curve along the bottom: the same on both cards, on B later and slower."""
        from math import exp, sin

        shift, pace = (0.0, 1.0) if self._side == "a" else (0.09, 0.86)
        path = QPainterPath()
        height = box.height() * 0.13
        base = box.bottom() - 16
        steps = max(int(box.width() // 3), 8)
        for k in range(steps + 1):
            u = (k / steps - shift) * pace
            value = sum(h * exp(-(((u - at) / w) ** 2)) for at, h, w in _BUMPS) + 0.06 * sin(40 * u)
            at = QPointF(box.left() + 16 + (box.width() - 32) * k / steps, base - height * value)
            path.lineTo(at) if k else path.moveTo(at)
        line = QColor(colour)
        line.setAlphaF(0.55)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(line, 1.5))
        painter.drawPath(path)


_BUMPS = ((0.12, 0.9, 0.03), (0.34, 0.55, 0.05), (0.5, 1.0, 0.025), (0.68, 0.45, 0.06), (0.84, 0.8, 0.03))


class _Tie(QWidget):
    """The path between the two cards."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedSize(56, 24)
        theme().changed.connect(self.update)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ratio = self.devicePixelRatioF()
        painter.drawPixmap(18, 2, pixmap("arrow-left-right", theme().colours.muted, 20, ratio))
        painter.end()


class Welcome(QWidget):
    """What the window shows while it has nothing to align."""

    open_requested = Signal(str)
    """``"a"`` or ``"b"``."""
    file_dropped = Signal(str, str)
    """Side and path, for one file dropped onto a card."""
    files_dropped = Signal(list)
    """Paths, for two or more, or for a project."""
    demo_requested = Signal()
    recent_requested = Signal(str)

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("welcome")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAcceptDrops(True)
        self._document = document
        self.cards = {side: DropCard(side, self) for side in ("a", "b")}
        cards = QHBoxLayout()
        cards.setSpacing(8)
        cards.addStretch(1)
        cards.addWidget(self.cards["a"], 8)
        cards.addWidget(_Tie(self))
        cards.addWidget(self.cards["b"], 8)
        cards.addStretch(1)
        for side, card in self.cards.items():
            card.opened.connect(lambda side=side: self.open_requested.emit(side))
            card.dropped.connect(lambda paths, side=side: self._dropped(paths, side))
        title = label(self.tr("See how two recordings align"), "title")
        title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        words = label(self.tr("Drop two files here, or"), "muted")
        words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.open_a = button(self.tr("Open A…"))
        self.open_b = button(self.tr("Open B…"))
        self.demo = button(self.tr("Open the demo"), "primary")
        self.open_a.clicked.connect(lambda: self.open_requested.emit("a"))
        self.open_b.clicked.connect(lambda: self.open_requested.emit("b"))
        self.demo.clicked.connect(self.demo_requested)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        for part in (self.open_a, self.open_b, self.demo):
            buttons.addWidget(part)
        buttons.addStretch(1)
        self.recent = RowList(self)
        self.recent.setAccessibleName(self.tr("Recent files"))
        self.recent.setMaximumWidth(560)
        self.recent.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self.recent.chosen.connect(self.recent_requested.emit)
        self._recent_heading = heading(self.tr("Recent"))
        self._recent = QWidget()
        self._recent.setMaximumWidth(560)
        below = QVBoxLayout(self._recent)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(4)
        below.addWidget(self._recent_heading)
        below.addWidget(self.recent)
        centred = QHBoxLayout()
        centred.addStretch(1)
        centred.addWidget(self._recent, 6)
        centred.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(12)
        column.addStretch(2)
        column.addWidget(title)
        column.addSpacing(8)
        column.addLayout(cards, 8)
        column.addSpacing(4)
        column.addWidget(words)
        column.addLayout(buttons)
        column.addSpacing(8)
        column.addLayout(centred)
        column.addStretch(3)
        document.changed.connect(self._changed)
        self.set_recent([])
        self._draw()

    def set_recent(self, paths: list[str]) -> None:
        """Show the files opened lately, newest first; at most six."""
        rows = [
            Row(key=p, text=Path(p).name or p, figure=_short(str(Path(p).parent)), tip=p, spoken=p) for p in paths[:6]
        ]
        self.recent.set_rows(rows)
        self._recent.setVisible(bool(rows))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # In a low window the invitation itself comes first.
        self._recent.setVisible(self.recent.count() > 0 and self.height() > 420)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_files(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        files = dropped_files(event.mimeData())
        if files:
            event.acceptProposedAction()
            free = "a" if self._document.shown.a is None else "b"
            self._dropped(files, free)

    def _dropped(self, paths: list[str], side: str) -> None:
        if len(paths) > 1 or paths[0].endswith(".syncline"):
            self.files_dropped.emit(paths)
        else:
            self.file_dropped.emit(side, paths[0])

    def _changed(self, change: Change) -> None:
        if change & Change.INPUTS:
            self._draw()

    def _draw(self) -> None:
        session = self._document.shown
        self.cards["a"].show_media(session.a)
        self.cards["b"].show_media(session.b)


def _short(folder: str) -> str:
    """A folder for a narrow column: the home folder as ~, long ones from their end."""
    home = str(Path.home())
    text = "~" + folder[len(home) :] if folder == home or folder.startswith(home + "/") else folder
    return text if len(text) <= 36 else "…" + text[-35:]
