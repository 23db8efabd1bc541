"""The pictures of the project with what is known of each: untouched, matched, checked."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import (
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFontMetrics,
    QImage,
    QPainter,
    QPainterPath,
)
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QMenu,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from syncline.errors import SynclineError
from syncline.model import NamedMatch, Picture, Scene
from syncline.progress import Monitor

from ..document import Change, Document
from ..jobs import Job, Jobs
from ..theme import pixmap, theme
from .parameters import calm
from .picked_list import ITEM, PickedList, PickedModel, paint_ground
from .plain import IconButton, button, clean, figures, heading, label, tip

__all__ = ["STATES", "Item", "PairsList", "Thumbnails"]

STATES = ("untouched", "matched", "checked")
WIDE, HIGH, PAD = 40, 30, 6
"""Of a thumbnail in a row."""
SIDE = 120
"""Pixels of a thumbnail that is kept: enough for three pixels a point."""
KEPT, WAITING = 400, 60
FILTER_FROM = 6
"""Pictures from which a filter is offered."""
_Index = QModelIndex | QPersistentModelIndex


def small(picture: Picture, monitor: Monitor) -> QImage:
    """Decode a picture and make it small; runs on a worker.

    Raises
    ------
    MediaError
        It can't be read.
    """
    import cv2

    from syncline.media.pictures import read_pixels

    pixels = read_pixels(picture, monitor)
    height, width = pixels.shape[:2]
    scale = min(SIDE / max(height, width), 1.0)
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    image = np.ascontiguousarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))
    # A copy, since Qt does not keep the array.
    return QImage(image.data, size[0], size[1], 3 * size[0], QImage.Format.Format_BGR888).copy()


class Thumbnails(QObject):
    """Small pictures, read one at a time on a worker, the newest request first."""

    arrived = Signal(str)
    """Key of a picture that is there now, or can't be read."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = Jobs(self, workers=1)
        self._job: Job | None = None
        self._known: OrderedDict[str, QImage | None] = OrderedDict()
        self._waiting: OrderedDict[str, Picture] = OrderedDict()
        self._closed = False

    @staticmethod
    def key(picture: Picture) -> str:
        """What tells pictures apart."""
        return f"{picture.digest} {picture.frame}"

    def get(self, picture: Picture) -> QImage | None:
        """The small picture if it is there; else it is asked for, and None. None too where it can't be read."""
        key = self.key(picture)
        if key in self._known:
            self._known.move_to_end(key)
            return self._known[key]
        self._waiting[key] = picture
        self._waiting.move_to_end(key)
        while len(self._waiting) > WAITING:
            self._waiting.popitem(last=False)
        if self._job is None:
            self._next()
        return None

    def failed(self, picture: Picture) -> bool:
        """It can't be read."""
        key = self.key(picture)
        return key in self._known and self._known[key] is None

    def close(self) -> None:
        """Stop reading; for the end of the program."""
        self._closed = True
        self._jobs.close()

    def _next(self) -> None:
        if self._closed or not self._waiting:
            return
        key, picture = self._waiting.popitem()
        job = self._jobs.submit(self.tr("Small picture"), lambda m: small(picture, m), quiet=True)
        self._job = job
        job.succeeded.connect(lambda image: self._take(key, image))
        job.failed.connect(lambda error: self._fail(key, error))
        job.ended.connect(self._ended)

    def _take(self, key: str, image: QImage | None) -> None:
        self._known[key] = image
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        self.arrived.emit(key)

    def _fail(self, key: str, error: BaseException) -> None:
        self._take(key, None)
        if not isinstance(error, SynclineError | MemoryError):
            raise error

    def _ended(self) -> None:
        self._job = None
        self._next()


@dataclass(frozen=True, eq=False)
class Item:
    """A picture and what stands for its links."""

    scene: Scene
    named: NamedMatch | None

    @property
    def state(self) -> str:
        """One of `STATES`."""
        return "checked" if self.scene.checked else "untouched" if self.named is None else "matched"

    @property
    def links(self) -> int:
        """How many, of all captions."""
        return 0 if self.named is None else sum(len(c.matching.pairs) for c in self.named.match.captions)


class _Model(PickedModel[Item]):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.states = {
            "untouched": self.tr("untouched"),
            "matched": self.tr("matched"),
            "checked": self.tr("checked"),
        }

    def _key(self, item: Item) -> object:
        return item.scene.id

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        item = self.items[index.row()]
        if role == ITEM:
            return item
        if role == Qt.ItemDataRole.DisplayRole:
            return clean(item.scene.picture.name)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self.words(item).replace("\n", ", ")
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(self.words(item))
        return None

    def words(self, item: Item) -> str:
        """All about a row."""
        lines = [clean(item.scene.picture.name), self.states[item.state]]
        if item.named is not None:
            lines.append(self.tr("{n} links").format(n=item.links))
        return "\n".join([*lines, *(c.text for c in item.scene.captions[:3])])


class _Delegate(QStyledItemDelegate):
    def __init__(self, view: QListView, pictures: Thumbnails) -> None:
        super().__init__(view)
        self._pictures = pictures

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(80, max(HIGH + 6, option.fontMetrics.height() + 10))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        item: Item | None = index.data(ITEM)
        if item is None:
            return
        c, rect = theme().colours, option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        paint_ground(painter, option, self.parent())
        place = QRectF(rect.left() + 3, rect.center().y() - HIGH / 2 + 1, WIDE, HIGH)
        self._paint_picture(painter, place, item.scene.picture)
        ratio = painter.device().devicePixelRatioF()
        right = rect.right() - PAD
        if item.state == "checked":
            painter.drawPixmap(right - 16, rect.center().y() - 7, pixmap("check", c.good, 16, ratio))
            right -= 22
        else:
            text = str(item.links) if item.named is not None else "–"
            painter.setFont(figures(option.font))
            wide = QFontMetrics(painter.font()).horizontalAdvance(text)
            painter.setPen(QColor(c.muted))
            painter.drawText(
                rect.adjusted(0, 0, -PAD, 0), int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), text
            )
            right -= wide + 6
        painter.setFont(option.font)
        painter.setPen(QColor(c.text))
        left = round(place.right()) + 8
        name = option.fontMetrics.elidedText(index.data(), Qt.TextElideMode.ElideMiddle, max(right - left, 0))
        room = rect.adjusted(left - rect.left(), 0, 0, 0)
        painter.drawText(room, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), name)
        painter.restore()

    def _paint_picture(self, painter: QPainter, place: QRectF, picture: Picture) -> None:
        c = theme().colours
        clip = QPainterPath()
        clip.addRoundedRect(place, 3, 3)
        image = self._pictures.get(picture)
        if image is None:
            painter.fillPath(clip, QColor(c.stage))
            if self._pictures.failed(picture):
                ratio = painter.device().devicePixelRatioF()
                centre = place.center()
                painter.drawPixmap(
                    round(centre.x() - 8), round(centre.y() - 8), pixmap("circle-alert", c.bad, 16, ratio)
                )
            return
        painter.save()
        painter.setClipPath(clip)
        # The middle of the picture, cut to the shape of the place.
        scale = min(image.width() / place.width(), image.height() / place.height())
        wide, high = place.width() * scale, place.height() * scale
        source = QRectF((image.width() - wide) / 2, (image.height() - high) / 2, wide, high)
        painter.drawImage(place, image, source)
        painter.restore()


class PairsList(QWidget):
    """Pictures with their captions: which are matched, which were checked by a person."""

    chosen = Signal(int)
    """Id of a scene to take in hand, as in all of these."""
    check_toggled = Signal(bool, int)
    """Checked or not, and the scene."""
    removed = Signal(int)
    next_requested = Signal()
    """Go to the next picture that nobody has checked."""
    match_all_requested = Signal()

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pairs")
        self._document = document
        self.thumbnails = Thumbnails(self)
        self.list = PickedList(HIGH + 6, self)
        self.model = _Model(self.list)
        self.list.setModel(self.model)
        self.list.setItemDelegate(_Delegate(self.list, self.thumbnails))
        self.list.setAccessibleName(self.tr("Pictures"))
        self.list.setAccessibleDescription(self.tr("Enter opens, Space marks as checked, Delete removes"))
        self.list.chosen.connect(lambda item: self.chosen.emit(item.scene.id))
        self.list.toggled.connect(lambda item: self.check_toggled.emit(not item.scene.checked, item.scene.id))
        self.list.removed.connect(lambda item: self.removed.emit(item.scene.id))
        self.thumbnails.arrived.connect(lambda _key: self.list.viewport().update())
        self.count = label("", "muted")
        self.next = IconButton("skip-forward", self.tr("Next unchecked picture"))
        self.next.clicked.connect(self.next_requested)
        self.match_all = button(self.tr("Match all"), "small")
        self.match_all.setToolTip(tip(self.tr("Match every picture that nobody has checked")))
        self.match_all.clicked.connect(self.match_all_requested)
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(6)
        head.addWidget(heading(self.tr("Pairs")))
        head.addWidget(self.count, 1)
        head.addWidget(self.match_all)
        head.addWidget(self.next)
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Name or caption"))
        self.search.setAccessibleName(self.tr("Show pictures whose name or caption has these letters"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._draw)
        self.only = QComboBox()
        self.only.setAccessibleName(self.tr("Show only"))
        self.only.addItem(self.tr("all"), "")
        for state in STATES:
            self.only.addItem(self.model.states[state], state)
        self.only.setMaximumWidth(96)
        calm(self.only)
        self.only.currentIndexChanged.connect(self._draw)
        self._filter = QWidget()
        row = QHBoxLayout(self._filter)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.search, 1)
        row.addWidget(self.only)
        self._empty = label("", "muted")
        self._empty.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self._filter)
        column.addWidget(self._empty, 1, Qt.AlignmentFlag.AlignTop)
        column.addWidget(self.list, 1)
        self.setFocusProxy(self.list)
        document.changed.connect(self._changed)
        self._draw()

    def stop(self) -> None:
        """Let go of the worker; for the end of the window."""
        self.thumbnails.close()

    def items(self) -> list[Item]:
        """What is shown, from the top."""
        return list(self.model.items)

    def _changed(self, change: Change) -> None:
        if change & (Change.SCENES | Change.SCENE | Change.MATCHES):
            self._draw()

    def _draw(self) -> None:
        session = self._document.shown
        newest = {m.scene: m for m in session.matchings}
        if session.named_match is not None:
            newest[session.named_match.scene] = session.named_match
        every = [Item(s, newest.get(s.id)) for s in session.scenes]
        words, state = self.search.text().strip().casefold(), self.only.currentData()
        items = [
            i
            for i in every
            if (not state or i.state == state)
            and (
                not words
                or any(words in t.casefold() for t in (i.scene.picture.name, *(c.text for c in i.scene.captions)))
            )
        ]
        self.model.show(items)
        self.list.mark(next((k for k, i in enumerate(items) if i.scene.id == session.scene), -1))
        checked = sum(s.checked for s in session.scenes)
        self.count.setText(f"{checked}/{len(every)}" if len(every) > 1 else "")
        self.count.setToolTip(tip(self.tr("Checked, of all pictures")))
        self.count.setAccessibleName(self.tr("{n} of {all} checked").format(n=checked, all=len(every)))
        self._filter.setVisible(len(every) >= FILTER_FROM or bool(words) or bool(state))
        self.list.setVisible(bool(items))
        self._empty.setVisible(not items)
        self._empty.setText(
            self.tr("No picture is like that.") if every else self.tr("Open pictures, a folder or a data set.")
        )
        self.next.setEnabled(any(not s.checked and s.id != session.scene for s in session.scenes))
        self.match_all.setVisible(len(every) > 1)
        self.match_all.setEnabled(any(not s.checked and s.phrases for s in session.scenes))

    def menu(self, item: Item) -> QMenu:
        """The context menu of a picture."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        checked = menu.addAction(self.tr("Checked"))
        checked.setCheckable(True)
        checked.setChecked(item.scene.checked)
        checked.triggered.connect(lambda on: self.check_toggled.emit(on, item.scene.id))
        remove = menu.addAction(self.tr("Remove from the project"))
        remove.triggered.connect(lambda: self.removed.emit(item.scene.id))
        return menu

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        item = self.list.indexAt(self.list.viewport().mapFrom(self, event.pos())).data(ITEM)
        if item is not None:
            self.menu(item).popup(event.globalPos())
