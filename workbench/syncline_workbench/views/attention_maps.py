"""Where each word of a caption looks: one small picture a word, lit where a trained attention gate looks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QHelpEvent,
    QImage,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QSizePolicy,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from syncline.model import Scene
from syncline.progress import Monitor

from ..document import Change, Document
from ..live import Newest
from ..theme import theme
from .colour_maps import colours_of
from .plain import Elided, clean, heading, label, tip

__all__ = ["AttentionMaps", "MapGrid", "WordMap", "lit"]

SIDE = 360
"""Pixels of the longer side of a map's picture: two a point of the largest card."""
LEAST, MOST, GAP = 118.0, 190.0, 10.0
_FLOOR = 4.0
"""Times an even share that a map's brightest tone stands for at least: who looks everywhere alike lights nothing."""


@dataclass(frozen=True, eq=False)
class WordMap:
    """A word, its picture lit where it looks, and how sure it is where that is.

    Attributes
    ----------
    weights
        float64 (rows, columns), adding up to 1.
    """

    word: str
    image: QImage
    weights: NDArray[np.float64]

    @property
    def focus(self) -> float:
        """1 − H / ln L of the weights over L regions: 1 looks at one of them, 0 everywhere alike."""
        a = self.weights[self.weights > 0]
        return float(1 + (a * np.log(a)).sum() / np.log(self.weights.size)) if self.weights.size > 1 else 1.0


def lit(pixels: NDArray[np.uint8], weights: NDArray[np.float64]) -> QImage:
    """A picture in dim grey with the colours of its attention over it; runs on a worker.

    Parameters
    ----------
    pixels
        uint8 (h, w, 3), BGR.
    weights
        float64 (rows, columns), adding up to 1.
    """
    import cv2

    height, width = pixels.shape[:2]
    top = max(float(weights.max()), _FLOOR / weights.size)
    heat = cv2.resize(weights / top, (width, height), interpolation=cv2.INTER_CUBIC).clip(0, 1)[:, :, None]
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)[:, :, None].astype(np.float64)
    # However dark the picture is.
    grey = np.clip(grey * (255 / max(float(np.percentile(grey, 99)), 1.0)), 0, 255)
    # Bright parts of the picture stay bright under the colour, so that one sees what is looked at.
    colour = colours_of("magma")[np.rint(90 + 165 * heat[:, :, 0]).astype(np.intp)]
    shade = 0.35 + 0.65 * grey / 255
    mixed = (1 - heat**0.8) * 0.6 * grey + heat**0.8 * colour * shade
    image = np.ascontiguousarray(np.rint(mixed).astype(np.uint8))
    return QImage(image.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def smaller(pixels: NDArray[np.uint8], side: int = SIDE) -> NDArray[np.uint8]:
    """The picture with its longer side at most `side` pixels."""
    import cv2

    height, width = pixels.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return pixels
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


class MapGrid(QWidget):
    """The maps of a caption, in as many columns as there is room for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.maps: tuple[WordMap, ...] = ()
        self.setAccessibleName(self.tr("Attention maps"))
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        theme().changed.connect(self.update)

    def show_maps(self, maps: Sequence[WordMap]) -> None:
        """Show these."""
        self.maps = tuple(maps)
        self.setAccessibleDescription(", ".join(f"{m.word} {m.focus:.2f}" for m in self.maps))
        self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        places = self._laid(width)
        return round(max((p.bottom() for p in places), default=0.0) + 2)

    def sizeHint(self) -> QSize:
        return QSize(600, self.heightForWidth(600))

    def minimumSizeHint(self) -> QSize:
        return QSize(round(LEAST), 0)

    def places(self) -> list[QRectF]:
        """Where each card is, words included."""
        return self._laid(self.width())

    @property
    def _line(self) -> float:
        return QFontMetricsF(self._bold).height() + 5

    @property
    def _bold(self) -> QFont:
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold)
        return font

    def _laid(self, width: int) -> list[QRectF]:
        if not self.maps:
            return []
        count = max(1, min(len(self.maps), int((width + GAP) / (LEAST + GAP))))
        card = min(MOST, (width - GAP * (count - 1)) / count)
        image = self.maps[0].image
        # Tall pictures are made narrower rather than higher than a card is wide.
        high = min(card, card * image.height() / max(image.width(), 1)) + self._line
        return [QRectF(k % count * (card + GAP), k // count * (high + GAP), card, high) for k in range(len(self.maps))]

    def picture_place(self, k: int) -> QRectF:
        """Where the picture of card `k` is."""
        card = self.places()[k].adjusted(0, self._line, 0, 0)
        image = self.maps[k].image
        scale = min(card.width() / max(image.width(), 1), card.height() / max(image.height(), 1))
        return QRectF(card.x(), card.y(), image.width() * scale, image.height() * scale)

    def paintEvent(self, event: QPaintEvent) -> None:
        c = theme().colours
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        for k, (card, m) in enumerate(zip(self.places(), self.maps, strict=True)):
            if not card.toAlignedRect().intersects(event.rect()):
                continue
            place = self.picture_place(k)
            head = QRectF(place.x(), card.y(), place.width(), self._line - 3)
            figure = f"{m.focus:.2f}"
            painter.setFont(self.font())
            room = QFontMetricsF(self.font()).horizontalAdvance(figure) + 6
            painter.setPen(QColor(c.muted))
            painter.drawText(head, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, figure)
            painter.setFont(self._bold)
            painter.setPen(QColor(c.text))
            words = QFontMetricsF(self._bold).elidedText(
                clean(m.word), Qt.TextElideMode.ElideRight, head.width() - room
            )
            painter.drawText(head, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)
            shape = QPainterPath()
            shape.addRoundedRect(place, 4, 4)
            painter.save()
            painter.setClipPath(shape)
            painter.drawImage(place, m.image)
            painter.restore()
            painter.setPen(QPen(QColor(c.border), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPath(shape)
        painter.end()

    def told_at(self, at: QPointF) -> str:
        """What is under the mouse, in words; empty if nothing is."""
        for k, (card, m) in enumerate(zip(self.places(), self.maps, strict=True)):
            if not card.contains(at):
                continue
            words = self.tr("“{word}” looks {focus} of the way from everywhere alike (0) to one region (1)").format(
                word=clean(m.word), focus=f"{m.focus:.2f}"
            )
            place = self.picture_place(k)
            if place.contains(at):
                rows, columns = m.weights.shape
                i = min(int((at.y() - place.y()) / place.height() * rows), rows - 1)
                j = min(int((at.x() - place.x()) / place.width() * columns), columns - 1)
                here = self.tr("Here {share} of its attention, {times} times an even share").format(
                    share=f"{100 * m.weights[i, j]:.1f} %", times=f"{m.weights[i, j] * m.weights.size:.1f}"
                )
                words = f"{words}\n{here}"
            return words
        return ""

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            words = self.told_at(QPointF(event.pos()))
            if words:
                QToolTip.showText(event.globalPos(), tip(words), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)


Look = Callable[[Any, Scene, int, Monitor], tuple[NDArray[np.uint8], Any]]
"""Gives a picture, BGR, and the `syncline.similarity.learned.WordMaps` of one of its captions by a scorer."""


class AttentionMaps(QWidget):
    """The maps of the caption in hand by the newest gate of the project, or by one that was just trained.

    Parameters
    ----------
    look
        Runs on a worker.
    """

    def __init__(self, document: Document, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("attention-maps")
        self._document, self._look = document, look
        self._trial: Any = None
        self._asked: tuple[object, ...] = ()
        self._newest = Newest(self.tr("Looking where words look"), self)
        self._newest.answered.connect(self._take)
        self._newest.refused.connect(self._refuse)
        self.by = Elided("", "muted", Qt.TextElideMode.ElideRight)
        key = label(self.tr("1: looks at one region, 0: everywhere alike"), "muted")
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(heading(self.tr("Attention maps")))
        head.addWidget(self.by, 1)
        head.addWidget(key)
        self.says = label("", "muted")
        self.says.setWordWrap(True)
        self.grid = MapGrid()
        inside = QWidget()
        within = QVBoxLayout(inside)
        within.setContentsMargins(0, 0, 4, 0)
        within.addWidget(self.grid)
        within.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inside)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.says)
        column.addWidget(scroll, 1)
        document.changed.connect(self._changed)

    def sizeHint(self) -> QSize:
        return QSize(600, 250)

    def close_down(self) -> None:
        """Stop what runs; for the end of the window."""
        self._newest.close()

    def try_scorer(self, scorer: Any) -> None:
        """Show a gate that is not one of the project's yet."""
        self._trial = scorer
        self._draw()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._draw()

    def _changed(self, change: Change) -> None:
        if change & Change.MATCH_RECIPE:
            # The project has another scorer now, or none any more.
            self._trial = None
        if change & (Change.SCENE | Change.MATCH_RECIPE | Change.MATCHES):
            self._draw()

    @property
    def scorer(self) -> Any:
        """The gate in force, or None."""
        kept = [s for s in self._document.session.scorers if s.method == "gate"]
        return self._trial or (kept[-1] if kept else None)

    def _draw(self) -> None:
        """Ask for maps if others are wanted than those asked for last; none while nobody sees them."""
        if not self.isVisible():
            return
        session = self._document.session
        scene, caption, scorer = session.active_scene, session.active_caption, self.scorer
        self.by.setText("" if scorer is None else scorer.label)
        if scorer is None:
            words = self.tr("There is no attention gate yet: Match ▸ Train scorer…, method “Additive attention”.")
            self._say((), words)
        elif scene is None or caption is None:
            self._say((), self.tr("It takes a picture with a caption."))
        elif (asked := (scorer.digest, scene.picture, caption.text)) != self._asked:
            if not self.grid.maps:
                self._say(asked, self.tr("Looking…"))
            self._asked = asked
            number, look = caption.id, self._look

            def work(monitor: Monitor) -> list[WordMap]:
                pixels, found = look(scorer, scene, number, monitor)
                small = smaller(pixels)
                weights = found.attention.weights
                return [WordMap(t.text, lit(small, a), a) for t, a in zip(found.words, weights, strict=True)]

            self._newest.ask(asked, work, urgent=True)

    def _say(self, asked: tuple[object, ...], words: str) -> None:
        self._asked = asked
        self.grid.show_maps(())
        self.says.setText(clean(words))
        self.says.setVisible(bool(words))

    def _take(self, asked: tuple[object, ...], maps: Sequence[WordMap]) -> None:
        if asked == self._asked:
            self._say(asked, "" if maps else self.tr("The caption has no words."))
            self.grid.show_maps(maps)

    def _refuse(self, asked: tuple[object, ...], sentence: str) -> None:
        if asked == self._asked:
            self._say(asked, sentence)
