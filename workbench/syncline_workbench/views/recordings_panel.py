"""The recordings of the project, and what is known of the one in hand: transcript, emissions, own tiers, truth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QDragEnterEvent,
    QDropEvent,
    QFontMetrics,
    QGuiApplication,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMenu,
    QSizePolicy,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from syncline.model import Media, Recording

from ..document import Change, Document
from ..theme import pixmap, theme
from .clock import format_seconds
from .picked_list import ITEM, PickedList, PickedModel, paint_ground
from .plain import Elided, IconButton, Notice, Picture, button, clean, figures, heading, label, set_role, tip
from .sources import dropped_files

__all__ = ["RecordingsPanel", "emission_words", "recording_figures"]

DOT, LEFT = 8, 8
"""Diameter of the dot before a name, and how far it is from the edge."""
HIGH = 42
"""Of a row: a name, and facts below it."""
_Index = QModelIndex | QPersistentModelIndex
_Left = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


def recording_figures(media: Media, tr: QObject) -> str:
    """The line under a name: how long, how many a second, how many channels."""
    words = [format_seconds(media.duration)]
    if media.video is not None:
        words.append(tr.tr("{rate} fps").format(rate=f"{media.video.rate:.4g}"))
        words.append(tr.tr("with sound") if media.audio is not None else tr.tr("silent"))
    elif media.sequence is not None:
        rows = len(media.sequence.times)
        if rows > 1 and not media.sequence.explicit_times:
            rate = (rows - 1) / float(media.sequence.times[-1] - media.sequence.times[0])
            words.append(tr.tr("{rate} Hz").format(rate=f"{rate:.4g}"))
        words.append(f"({rows}, {media.sequence.channels})")
    elif media.audio is not None:
        words.append(tr.tr("{rate} Hz").format(rate=f"{media.audio.rate:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")))
        names = {1: tr.tr("mono"), 2: tr.tr("stereo")}
        words.append(names.get(media.audio.channels) or tr.tr("{n} channels").format(n=media.audio.channels))
    return " · ".join(words)


def emission_words(recording: Recording, tr: QObject) -> str:
    """Where the emissions of a recording come from, in few words; empty if there are none to be had."""
    source = recording.emissions
    if source is None:
        return tr.tr("phoneme model") if recording.media.audio is not None else ""
    if source.model:
        return Path(source.model).name
    return Path(source.path).name if source.path else tr.tr("those of the file itself")


class _Model(PickedModel[Recording]):
    def _key(self, item: Recording) -> object:
        return item.id

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        item = self.items[index.row()]
        if role == ITEM:
            return item
        if role == Qt.ItemDataRole.DisplayRole:
            return clean(item.media.name)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip("\n".join([str(item.media.path), recording_figures(item.media, self), *item.media.notes]))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            words = [clean(item.media.name), recording_figures(item.media, self), *map(clean, item.media.notes)]
            return ", ".join(words)
        return None


class _Delegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(80, max(HIGH, 2 * option.fontMetrics.height() + 8))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        item: Recording | None = index.data(ITEM)
        if item is None:
            return
        c, rect = theme().colours, option.rect
        painter.save()
        paint_ground(painter, option, self.parent())
        middle = rect.top() + rect.height() / 4 + 2
        painter.setPen(QPen(QColor(c.a), 1.5))
        painter.setBrush(QColor(c.a))
        painter.drawEllipse(QPointF(rect.left() + LEFT + DOT / 2, middle), DOT / 2 - 0.75, DOT / 2 - 0.75)
        left = LEFT + DOT + 8
        line = rect.height() // 2
        room = rect.adjusted(left, 2, -LEFT, -line)
        if item.media.notes:
            ratio = painter.device().devicePixelRatioF()
            painter.drawPixmap(room.right() - 14, round(middle) - 7, pixmap("triangle-alert", c.warn, 14, ratio))
            room.adjust(0, 0, -20, 0)
        elide = option.fontMetrics.elidedText
        painter.setFont(option.font)
        painter.setPen(QColor(c.text))
        painter.drawText(room, _Left, elide(index.data(), Qt.TextElideMode.ElideMiddle, room.width()))
        room = rect.adjusted(left, line, -LEFT, -2)
        small = figures(option.font)
        if small.pointSizeF() > 0:
            small.setPointSizeF(small.pointSizeF() * 0.9)
        painter.setFont(small)
        painter.setPen(QColor(c.muted))
        words = recording_figures(item.media, self)
        words = QFontMetrics(small).elidedText(words, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, _Left, words)
        painter.restore()


class _Dot(QWidget):
    """Filled where there is something, a ring where there is not."""

    def __init__(self, colour: str) -> None:
        super().__init__()
        self._colour, self.filled = colour, False
        self.setFixedSize(16, 16)
        theme().changed.connect(self.update)

    def draw(self, filled: bool) -> None:
        self.filled = filled
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        colour = QColor(getattr(theme().colours, self._colour))
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour, 1.5))
        painter.setBrush(colour if self.filled else Qt.BrushStyle.NoBrush)
        at = QRectF((self.width() - DOT) / 2, (self.height() - DOT) / 2, DOT, DOT)
        painter.drawEllipse(at.adjusted(0.75, 0.75, -0.75, -0.75))
        painter.end()


class _Line(QWidget):
    """What there is of one kind, with its buttons."""

    def __init__(self, sign: QWidget, *buttons: IconButton) -> None:
        super().__init__()
        self.sign = sign
        self.text = Elided(mode=Qt.TextElideMode.ElideRight)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(sign)
        row.addSpacing(4)
        row.addWidget(self.text, 1)
        for one in buttons:
            row.addWidget(one)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def say(self, words: str, about: str, there: bool) -> None:
        """Show `words`; muted where there is nothing."""
        self.text.setText(clean(words))
        set_role(self.text, "" if there else "muted")
        self.text.setToolTip(tip(about or words))
        self.text.setAccessibleName(clean(words))
        if isinstance(self.sign, _Dot):
            self.sign.draw(there)


class RecordingsPanel(QWidget):
    """Sources of Segment. Draws `Document.shown`.

    Signals: `chosen(id)`, `removed(id)`, `open_requested()`, `file_dropped(paths)`, `locate_requested(id)`,
    `info_requested(id)`; of the recording in hand: `transcript_requested()`, `emissions_requested()`,
    `tiers_requested()`, `truth_requested()`, `truth_cleared()`.
    """

    chosen = Signal(int)
    """Id of a recording to take in hand, as in all that give an id."""
    removed = Signal(int)
    open_requested = Signal()
    file_dropped = Signal(object)
    """Paths of the files that were dropped, a list in the order of the drag."""
    locate_requested = Signal(int)
    info_requested = Signal(int)
    transcript_requested = Signal()
    """Write or change what is said."""
    emissions_requested = Signal()
    """Say where the emissions come from."""
    tiers_requested = Signal()
    """Open a file of tiers as own ones."""
    truth_requested = Signal()
    truth_cleared = Signal()

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("recordings")
        self.setAccessibleName(self.tr("Sources"))
        self.setAcceptDrops(True)
        self._document = document
        self._problems: dict[int, str] = {}
        self.open = IconButton("folder-open", self.tr("Open recordings, videos or features…"))
        self.open.clicked.connect(self.open_requested)
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.addWidget(heading(self.tr("Sources")))
        head.addStretch(1)
        head.addWidget(self.open)
        self.list = PickedList(HIGH, self)
        self.model = _Model(self.list)
        self.list.setModel(self.model)
        self.list.setItemDelegate(_Delegate(self.list))
        self.list.setAccessibleName(self.tr("Recordings"))
        self.list.setAccessibleDescription(self.tr("Enter takes one in hand, Delete removes it"))
        self.list.chosen.connect(self._chosen)
        self.list.removed.connect(lambda item: self.removed.emit(item.id))
        self._empty = label(self.tr("Open a recording, a video or a sequence of features."), "muted")
        self._empty.setWordWrap(True)
        self.problem = Notice("bad")
        self.locate = button(self.tr("Locate…"))
        self.locate.clicked.connect(self._locate)
        self.problem.buttons.addSpacing(24)
        self.problem.buttons.addWidget(self.locate)
        self.problem.buttons.addStretch(1)
        self.edit_transcript = IconButton("pencil", self.tr("Write what is said (transcript)…"))
        self.edit_transcript.clicked.connect(self.transcript_requested)
        self.choose_emissions = IconButton("settings", self.tr("Where the emissions come from…"))
        self.choose_emissions.clicked.connect(self.emissions_requested)
        self.load_tiers = IconButton("folder-open", self.tr("Open tiers…"))
        self.load_tiers.clicked.connect(self.tiers_requested)
        self.load_truth = IconButton("folder-open", self.tr("Load the truth to judge by…"))
        self.load_truth.clicked.connect(self.truth_requested)
        self.clear_truth = IconButton("x", self.tr("Forget the truth"))
        self.clear_truth.clicked.connect(self.truth_cleared)
        self.transcript = _Line(_Dot("b"), self.edit_transcript)
        self.emissions = _Line(Picture("activity"), self.choose_emissions)
        self.own = _Line(Picture("layers"), self.load_tiers)
        self.truth = _Line(Picture("target"), self.load_truth, self.clear_truth)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(2)
        column.addLayout(head)
        column.addWidget(self._empty)
        column.addWidget(self.list, 1)
        column.addWidget(self.problem)
        for line in (self.transcript, self.emissions, self.own, self.truth):
            column.addWidget(line)
        column.addStretch(0)
        self.setFocusProxy(self.list)
        document.changed.connect(self._changed)
        self._draw()

    def sizeHint(self) -> QSize:
        return QSize(190, super().sizeHint().height())

    def set_problem(self, number: int, sentence: str) -> None:
        """Say what is wrong with the file of a recording, beside a button to locate it; "" takes it away."""
        self._problems[number] = sentence
        self._draw_problem()

    # -- drawing -----------------------------------------------------------------------------------

    def _changed(self, change: Change) -> None:
        if change & (Change.RECORDINGS | Change.RECORDING):
            self._draw()

    def _draw(self) -> None:
        session = self._document.shown
        before = {r.id: r.media for r in self.model.items}
        for r in session.recordings:
            # Another file in its place has no such trouble.
            if before.get(r.id) not in (None, r.media):
                self._problems.pop(r.id, None)
        items = list(session.recordings)
        self.model.show(items)
        self.list.mark(next((k for k, r in enumerate(items) if r.id == session.recording), -1))
        self.list.setVisible(bool(items))
        # What is said of the one in hand follows at once; a long list gives way and scrolls.
        self.list.setMaximumHeight(self.list.sizeHint().height())
        self.list.updateGeometry()
        self._empty.setVisible(not items)
        self._draw_problem()
        recording = session.active_recording
        for line in (self.transcript, self.emissions, self.own, self.truth):
            line.setVisible(recording is not None)
        if recording is not None:
            self._draw_lines(recording)

    def _draw_problem(self) -> None:
        number = self._document.shown.recording
        self.problem.say("" if number is None else self._problems.get(number, ""))

    def _draw_lines(self, recording: Recording) -> None:
        said = recording.transcript
        words = self.tr("no transcript")
        if said:
            count = self.tr("transcript · {n} words") if len(said) != 1 else self.tr("transcript · {n} word")
            words = count.format(n=len(said))
        shown = " ".join(w.text for w in said[:200]) + (" …" if len(said) > 200 else "")
        self.transcript.say(words, shown, bool(said))
        source = emission_words(recording, self)
        words = self.tr("emissions · {source}").format(source=source) if source else self.tr("no emissions")
        about = recording.emissions and (recording.emissions.path or recording.emissions.model)
        # The picture says what it is; the name needs the room.
        self.emissions.say(source or words, "\n".join(filter(None, [words, about])), bool(source))
        names = ", ".join(t.name for t in recording.own)
        words = self.tr("own tiers · {names}").format(names=names) if names else self.tr("no own tiers")
        self.own.say(words, words, bool(names))
        truth = recording.truth
        self.clear_truth.setVisible(truth is not None)
        assert isinstance(self.truth.sign, Picture)
        self.truth.sign.draw("target", "muted" if truth is None else "good")
        if truth is None:
            self.truth.say(self.tr("no truth"), self.tr("True pieces, to judge segmentations by"), False)
        else:
            words = self.tr("truth · {names}").format(names=", ".join(t.name for t in truth.tiers))
            self.truth.say(words, words, True)

    # -- what the user wants -------------------------------------------------------------------------

    def _chosen(self, item: Recording) -> None:
        if item.id != self._document.shown.recording:
            self.chosen.emit(item.id)

    def _locate(self) -> None:
        number = self._document.shown.recording
        if number is not None:
            self.locate_requested.emit(number)

    def menu(self, item: Recording) -> QMenu:
        """The context menu of a recording."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        path = str(item.media.path)
        for text, then in (
            (self.tr("Locate…"), lambda: self.locate_requested.emit(item.id)),
            (self.tr("What is this file?"), lambda: self.info_requested.emit(item.id)),
            (self.tr("Copy path"), lambda: QGuiApplication.clipboard().setText(path)),
            (self.tr("Remove from the project"), lambda: self.removed.emit(item.id)),
        ):
            menu.addAction(text).triggered.connect(then)
        return menu

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        item = self.list.indexAt(self.list.viewport().mapFrom(self, event.pos())).data(ITEM)
        if item is not None:
            self.menu(item).popup(event.globalPos())

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_files(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = dropped_files(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self.file_dropped.emit(paths)
