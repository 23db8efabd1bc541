"""The two files that are laid onto each other, and the truth if there is one."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QDragEnterEvent,
    QDropEvent,
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QMenu, QSizePolicy, QVBoxLayout, QWidget

from syncline.model import Media

from ..document import Change, Document
from ..theme import theme
from .plain import Elided, IconButton, Notice, Picture, button, clean, heading, label, tip

__all__ = ["SideMark", "SourcesPanel", "dropped_files", "media_figures"]


def dropped_files(mime: QMimeData) -> list[str]:
    """Paths of the local files in a drag, in its order."""
    return [url.toLocalFile() for url in mime.urls() if url.isLocalFile()]


class SideMark(QWidget):
    """The disc of one side, blue for A and amber for B, with its letter: colour is never the only sign."""

    def __init__(self, side: str, size: int = 16, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._side = side
        self.filled = False
        self.setFixedSize(size, size)
        theme().changed.connect(self.update)

    def set_filled(self, filled: bool) -> None:
        """Fill the disc: there is a file."""
        self.filled = filled
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        c = theme().colours
        colour = QColor(c.a if self._side == "a" else c.b)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        disc = QRectF(self.rect()).adjusted(0.75, 0.75, -0.75, -0.75)
        painter.setPen(QPen(colour, 1.5))
        painter.setBrush(colour if self.filled else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(disc)
        font = self.font()
        font.setPixelSize(round(self.height() * 0.64))
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(c.window) if self.filled else colour)
        painter.drawText(disc, int(Qt.AlignmentFlag.AlignCenter), self._side.upper())
        painter.end()


class _Side(QWidget):
    """Mark, name, figures and notes of one file; a button as a whole."""

    opened = Signal()
    located = Signal()
    dropped = Signal(str)
    menu_wanted = Signal(QPoint)

    def __init__(self, side: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.side = side
        self.media: Media | None = None
        self._ring = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAcceptDrops(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.mark = SideMark(side)
        self.name = Elided(role="", mode=Qt.TextElideMode.ElideMiddle)
        self.figures = Elided(role="muted", mode=Qt.TextElideMode.ElideRight)
        self.warning = Picture("triangle-alert", "warn")
        self.problem = Notice("bad")
        self.locate = button(self.tr("Locate…"))
        self.locate.clicked.connect(self.located)
        self.problem.buttons.addSpacing(24)
        self.problem.buttons.addWidget(self.locate)
        self.problem.buttons.addStretch(1)
        grid = self._grid = QGridLayout(self)
        grid.setContentsMargins(6, 4, 6, 4)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(1)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self.mark, 0, 0)
        grid.addWidget(self.name, 0, 1)
        grid.addWidget(self.warning, 0, 2)
        grid.addWidget(self.figures, 1, 1, 1, 2)
        grid.addWidget(self.problem, 3, 0, 1, 3)
        theme().changed.connect(self.update)
        self.show_media(None)

    def say(self, problem: str) -> None:
        self.problem.say(problem)
        self._grid.setRowMinimumHeight(2, 5 if problem else 0)

    def show_media(self, media: Media | None) -> None:
        letter = self.side.upper()
        self.media = media
        self.mark.set_filled(media is not None)
        self.warning.setVisible(media is not None and bool(media.notes))
        if media is None:
            self.name.setText(self.tr("Open {side}…").format(side=letter))
            self.figures.setText(self.tr("video, sound or features"))
            self.setToolTip(tip(self.tr("Open a file as {side}, or drop one here").format(side=letter)))
            self.setAccessibleName(self.tr("{side}: no file").format(side=letter))
            return
        self.name.setText(clean(media.name))
        self.figures.setText(media_figures(media, self))
        notes = "\n".join(media.notes)
        self.warning.setToolTip(tip(notes))
        self.setToolTip(tip("\n".join(filter(None, [str(media.path), notes]))))
        self.setAccessibleName(f"{letter}: {clean(media.name)}, {self.figures.text()}. {notes}".strip())

    # -- being a button ----------------------------------------------------------------------------

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        inside = self.rect().contains(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and inside and self.media is None:
            self.opened.emit()
        super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.media is not None:
            self.opened.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_wanted.emit(event.globalPos())

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._ring = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._ring = False
        self.update()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_files(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        files = dropped_files(event.mimeData())
        if files:
            event.acceptProposedAction()
            self.dropped.emit(files[0])

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        c = theme().colours
        if self.underMouse():
            painter.setBrush(QColor(c.hover))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        if self._ring:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(c.accent), 1))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.end()


def media_figures(media: Media, translator: QWidget) -> str:
    """The line under a name: frames, duration and rate, or what there is instead."""
    tr = translator.tr
    duration = f"{media.duration:.1f} s"
    if media.video is not None:
        rate = tr("{rate} fps").format(
            rate=f"{media.video.rate:.6g}" if media.video.rate < 1 else f"{media.video.rate:.4g}"
        )
        if media.video.varies:
            rate = tr("{rate}, varies").format(rate=rate)
        return " · ".join([tr("{n} fr").format(n=media.video.frames), duration, rate])
    if media.sequence is not None:
        rows, channels = len(media.sequence.times), media.sequence.channels
        shape = f"({rows}, {channels})"
        if media.sequence.explicit_times:
            return " · ".join([shape, duration, tr("own times")])
        rate = (rows - 1) / float(media.sequence.times[-1] - media.sequence.times[0]) if rows > 1 else 0.0
        return " · ".join([shape, tr("{rate} Hz").format(rate=f"{rate:.4g}")] if rows > 1 else [shape])
    if media.audio is not None:
        names = {1: tr("mono"), 2: tr("stereo")}
        channels = names.get(media.audio.channels) or tr("{n} channels").format(n=media.audio.channels)
        return " · ".join([f"{media.audio.rate / 1000:.4g} kHz", channels, duration])
    return duration


class SourcesPanel(QWidget):
    """A and B with their figures and troubles, and the truth row."""

    open_requested = Signal(str)
    """``"a"`` or ``"b"``."""
    locate_requested = Signal(str)
    swap_requested = Signal()
    truth_requested = Signal()
    truth_cleared = Signal()
    file_dropped = Signal(str, str)
    """Side, path."""
    info_requested = Signal(str)

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sources")
        self.setAccessibleName(self.tr("Sources"))
        self._document = document
        self.swap = IconButton("arrow-left-right", self.tr("Swap A and B"))
        self.swap.clicked.connect(self.swap_requested)
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.addWidget(heading(self.tr("Sources")))
        head.addStretch(1)
        head.addWidget(self.swap)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(2)
        column.addLayout(head)
        self.sides = {side: _Side(side, self) for side in ("a", "b")}
        for side, view in self.sides.items():
            view.opened.connect(lambda side=side: self.open_requested.emit(side))
            view.located.connect(lambda side=side: self.locate_requested.emit(side))
            view.dropped.connect(lambda path, side=side: self.file_dropped.emit(side, path))
            view.menu_wanted.connect(lambda at, side=side: self.menu(side).popup(at))
            column.addWidget(view)
        self._truth_icon = Picture("target", "muted")
        self._truth = label("", "muted")
        self._truth.setWordWrap(True)
        self.load_truth = IconButton("folder-open", self.tr("Load known correspondences (truth)…"))
        self.clear_truth = IconButton("x", self.tr("Forget the truth"))
        self.load_truth.clicked.connect(self.truth_requested)
        self.clear_truth.clicked.connect(self.truth_cleared)
        row = QHBoxLayout()
        row.setContentsMargins(6, 2, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._truth_icon)
        row.addSpacing(8)
        row.addWidget(self._truth, 1)
        row.addWidget(self.load_truth)
        row.addWidget(self.clear_truth)
        column.addLayout(row)
        column.addStretch(1)
        document.changed.connect(self._changed)
        self._draw_sides()
        self._draw_truth()

    def sizeHint(self) -> QSize:
        return QSize(190, super().sizeHint().height())

    def set_problem(self, side: str, sentence: str) -> None:
        """Show what is wrong with the file of `side` ("a", "b") beside a button to locate it; "" takes it away.

        A problem also goes when another file takes that side.
        """
        self.sides[side].say(sentence)

    def menu(self, side: str) -> QMenu:
        """The context menu of one side."""
        media = self.sides[side].media
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Open another file as {side}…").format(side=side.upper())).triggered.connect(
            lambda: self.open_requested.emit(side)
        )
        if media is not None:
            menu.addAction(self.tr("Locate…")).triggered.connect(lambda: self.locate_requested.emit(side))
            menu.addAction(self.tr("What is this file?")).triggered.connect(lambda: self.info_requested.emit(side))
            path = str(media.path)
            copy = menu.addAction(self.tr("Copy path"))
            copy.triggered.connect(lambda: QGuiApplication.clipboard().setText(path))
        menu.addSeparator()
        swap = menu.addAction(self.tr("Swap A and B"))
        swap.setEnabled(self.swap.isEnabled())
        swap.triggered.connect(self.swap_requested)
        return menu

    def _changed(self, change: Change) -> None:
        if change & Change.INPUTS:
            self._draw_sides()
        if change & Change.TRUTH:
            self._draw_truth()

    def _draw_sides(self) -> None:
        session = self._document.shown
        for side, media in (("a", session.a), ("b", session.b)):
            view = self.sides[side]
            if media is not view.media:
                view.say("")
                view.show_media(media)
        self.swap.setEnabled(session.a is not None or session.b is not None)

    def _draw_truth(self) -> None:
        truth = self._document.shown.truth
        self.clear_truth.setVisible(truth is not None)
        self._truth_icon.draw("target", "muted" if truth is None else "good")
        if truth is None:
            self._truth.setText(self.tr("No truth"))
            self._truth.setToolTip(tip(self.tr("Known correspondences, to judge alignments by")))
            return
        self._truth.setText(self.tr("Truth · {n} events").format(n=len(truth.times)))
        self._truth.setToolTip(tip(truth.source or self.tr("Known correspondences")))
