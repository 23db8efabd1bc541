"""The two viewers: A, and of B what the path pairs with it; side by side or laid over one another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFontMetricsF,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QSlider, QWidget

from syncline.media import FrameBudget
from syncline.model import Media

from ..document import Change, Document
from ..jobs import Jobs
from ..playback import Playback, clock
from ..settings import Settings
from ..theme import mono, theme
from .frame_view import FrameSide
from .plain import label, tip
from .skeleton import Skeletons
from .waveform_view import CurveSide, OutlineSide, WaveSide, paint_axis

__all__ = ["MODES", "VideoPairView"]

MODES = ("side", "overlay", "wipe", "difference", "blink")
GAP, AXIS = 6, 12
BLINK_MS = 400
Side = FrameSide | OutlineSide


class VideoPairView(QWidget):
    """Paints both sides on one surface, so that they can lie side by side or over one another.

    What is shown of B is the frame that the path pairs with A's.
    """

    locate_requested = Signal(str)
    """``"a"`` or ``"b"``: the user wants to say where the missing file is."""
    dropped = Signal(str, list)
    """Side (``""`` for both) and paths that were dropped on it."""
    mode_changed = Signal(str)

    def __init__(
        self, document: Document, playback: Playback, jobs: Jobs, settings: Settings, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._document, self._playback, self._jobs, self._settings = document, playback, jobs, settings
        self._frames = FrameBudget(settings.frame_cache_mb << 20)
        self.mode = "side"
        self.wipe = 0.5
        self.sides: dict[str, Side | None] = {"a": None, "b": None}
        self.skeletons = Skeletons(jobs, self)
        self.skeletons.updated.connect(self.update)
        self._span = 10.0
        self._blink_b = False
        self._grip = ""
        self._aim: str | None = None
        self.setAcceptDrops(True)
        self.setMouseTracking(True)
        self.setMinimumSize(320, 120)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(self.tr("Viewers of A and B"))

        self._blink = QTimer(self)
        self._blink.setInterval(BLINK_MS)
        self._blink.timeout.connect(self._flip)
        self._locate = {side: self._locate_button(side) for side in ("a", "b")}
        self._mixer = QWidget(self)
        self._mixer.setObjectName("mixer")
        row = QHBoxLayout(self._mixer)
        row.setContentsMargins(10, 2, 10, 2)
        row.addWidget(label("A", parent=self._mixer))
        self.opacity = QSlider(Qt.Orientation.Horizontal, self._mixer)
        self.opacity.setRange(0, 100)
        self.opacity.setFixedWidth(160)
        self.opacity.setValue(round(settings.overlay_opacity * 100))
        self.opacity.setAccessibleName(self.tr("How much of B shows"))
        self.opacity.setToolTip(tip(self.tr("How much of B shows")))
        self.opacity.valueChanged.connect(self._mixed)
        row.addWidget(self.opacity)
        row.addWidget(label("B", parent=self._mixer))
        self._mixer.hide()

        document.changed.connect(self._on_changed)
        playback.moved.connect(self._on_moved)
        theme().changed.connect(self._dress)
        self._dress()
        self._on_changed(Change.INPUTS)

    def _locate_button(self, side: str) -> QPushButton:
        button = QPushButton(self.tr("Locate…"), self)
        button.clicked.connect(lambda: self.locate_requested.emit(side))
        button.hide()
        return button

    def _dress(self) -> None:
        c = theme().colours
        self._mixer.setStyleSheet(
            f"#mixer {{ background: {c.raised}; border: 1px solid {c.border}; border-radius: 8px; }}"
        )
        self.update()

    # -- what is shown -----------------------------------------------------------------------------

    def set_mode(self, mode: str) -> None:
        """One of `MODES`."""
        if mode == self.mode:
            return
        self.mode = mode
        self._mixer.setVisible(mode == "overlay")
        self._blink_b = False
        if mode == "blink":
            self._blink.start()
        else:
            self._blink.stop()
        self._place()
        self._request()
        self.mode_changed.emit(mode)
        self.update()

    def close_media(self) -> None:
        """Stop decoding; for the end of the window."""
        self._blink.stop()
        self.skeletons.close()
        for side in ("a", "b"):
            self._set_side(side, None)

    def _on_changed(self, change: Change) -> None:
        if change & Change.INPUTS:
            shown = self._document.shown
            for side, media in (("a", shown.a), ("b", shown.b)):
                current = self.sides[side]
                if (None if current is None else current.media) is not media:
                    self._set_side(side, media)
            self._span = min(max((m.duration for m in (shown.a, shown.b) if m is not None), default=10.0), 15.0)
        if change & (Change.INPUTS | Change.PATH):
            self._on_moved()

    def _set_side(self, side: str, media: Media | None) -> None:
        old = self.sides[side]
        if old is not None:
            old.close()
            old.deleteLater()
        self.skeletons.set_media(side, media)
        new: Side | None = None
        if media is not None:
            if media.kind == "video":
                self._frames.total = self._settings.frame_cache_mb << 20
                new = FrameSide(media, self._frames, self)
            elif media.kind == "audio":
                new = WaveSide(media, self._jobs, self)
            else:
                new = CurveSide(media, self._jobs, self)
            new.updated.connect(self._on_updated)
        self.sides[side] = new
        self._on_updated()

    def _on_updated(self) -> None:
        self._place()
        self.update()

    def _on_moved(self) -> None:
        self._request()
        if any(isinstance(s, OutlineSide) for s in self.sides.values()):
            self.update()

    def _request(self) -> None:
        p = self._playback
        for name, frame in (("a", p.a_frame), ("b", p.b_frame)):
            side = self.sides[name]
            if isinstance(side, FrameSide) and frame is not None:
                ratio = self.devicePixelRatioF()
                box = side.target(self.area(name), ratio)
                side.show_frame(frame, QSize(round(box.width() * ratio), round(box.height() * ratio)))

    def _mixed(self, value: int) -> None:
        self._settings.overlay_opacity = value / 100
        self.update()

    def _flip(self) -> None:
        self._blink_b = not self._blink_b
        self.update()

    # -- places ------------------------------------------------------------------------------------

    def area(self, side: str) -> QRectF:
        """The part of the surface that shows `side`."""
        whole = QRectF(self.rect()).adjusted(GAP, GAP, -GAP, -GAP)
        if self.mode != "side":
            return whole
        half = (whole.width() - GAP) / 2
        return QRectF(whole.x() if side == "a" else whole.right() - half, whole.y(), half, whole.height())

    def _place(self) -> None:
        for name, button in self._locate.items():
            side = self.sides[name]
            button.setVisible(side is not None and side.missing)
            button.adjustSize()
            # Over one another, the two buttons still have to lie apart.
            whole = QRectF(self.rect())
            x = whole.width() * (0.25 if name == "a" else 0.75)
            button.move(round(x - button.width() / 2), round(whole.center().y() + 20))
        self._mixer.adjustSize()
        self._mixer.move((self.width() - self._mixer.width()) // 2, self.height() - self._mixer.height() - 14)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()
        self._request()

    # -- painting ----------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme().colours.stage))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.mode == "side":
            for name in ("a", "b"):
                self._paint_panel(painter, name)
        else:
            self._paint_laid(painter)
        if self._aim is not None:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(theme().colours.accent), 2))
            for name in ("a", "b") if not self._aim else (self._aim,):
                painter.drawRoundedRect(self._half(name).adjusted(2, 2, -2, -2), 6, 6)
        painter.end()

    def _half(self, side: str) -> QRectF:
        whole = QRectF(self.rect())
        return (
            whole.adjusted(0, 0, -whole.width() / 2, 0) if side == "a" else whole.adjusted(whole.width() / 2, 0, 0, 0)
        )

    def _paint_panel(self, painter: QPainter, name: str) -> None:
        area = self.area(name)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("#000000") if isinstance(self.sides[name], FrameSide) else self._ground())
        painter.drawRoundedRect(area, 4, 4)
        self._paint_side(painter, name, area)
        self._paint_words(painter, name, area)
        self._badge(painter, name, area.topLeft() + QPointF(8, 8))
        self._label(painter, name, area, right=True)

    def _ground(self) -> QColor:
        return QColor(theme().colours.window)

    def _paint_laid(self, painter: QPainter) -> None:
        area = self.area("a")
        a, b = self.sides["a"], self.sides["b"]
        pictures = isinstance(a, FrameSide) or isinstance(b, FrameSide)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("#000000") if pictures else self._ground())
        painter.drawRoundedRect(area, 4, 4)
        if self.mode == "overlay":
            share = self.opacity.value() / 100
            # Curves hide little of one another: there the slider fades one side after the other.
            painter.setOpacity(1.0 if pictures else min(2 - 2 * share, 1.0))
            self._paint_side(painter, "a", area, base=True)
            painter.setOpacity(share if pictures else min(2 * share, 1.0))
            self._paint_side(painter, "b", area)
            painter.setOpacity(1.0)
        elif self.mode == "wipe":
            x = area.x() + self.wipe * area.width()
            painter.save()
            painter.setClipRect(QRectF(area.x(), area.y(), x - area.x(), area.height()))
            self._paint_side(painter, "a", area, base=True)
            painter.setClipRect(QRectF(x, area.y(), area.right() - x, area.height()))
            self._paint_side(painter, "b", area)
            painter.restore()
            painter.setPen(QPen(QColor(theme().colours.path_halo), 3))
            painter.drawLine(QPointF(x, area.y()), QPointF(x, area.bottom()))
            painter.setPen(QPen(QColor(theme().colours.path), 1.5))
            painter.drawLine(QPointF(x, area.y()), QPointF(x, area.bottom()))
            painter.setBrush(QColor(theme().colours.path_halo))
            painter.drawEllipse(QPointF(x, area.center().y()), 9, 9)
            for d in (-3, 3):
                top, bottom = QPointF(x + d * 0.6, area.center().y() - 4), QPointF(x + d * 0.6, area.center().y() + 4)
                painter.drawLine(top, bottom)
        elif self.mode == "difference":
            self._paint_side(painter, "a", area, base=True)
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Difference)
            self._paint_side(painter, "b", area)
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        else:
            self._paint_side(painter, "b" if self._blink_b else "a", area, base=True)
        for name in ("a", "b"):
            self._paint_words(painter, name, self._half(name).intersected(area))
        if self.mode != "blink" or not self._blink_b:
            self._badge(painter, "a", area.topLeft() + QPointF(8, 8))
            self._label(painter, "a", area, right=False)
        if self.mode != "blink" or self._blink_b:
            self._badge(painter, "b", area.topRight() + QPointF(-32, 8))
            self._label(painter, "b", area, right=True)

    def _paint_side(self, painter: QPainter, name: str, area: QRectF, base: bool = False) -> None:
        side = self.sides[name]
        ratio = self.devicePixelRatioF()
        if isinstance(side, FrameSide):
            target = side.target(area, ratio)
            side.paint(painter, target, ratio)
            # As differences of colours, joints would be lines of any colour.
            if self.mode != "difference":
                self.skeletons.paint(painter, name, side, target)
        elif side is not None:
            p, c = self._playback, theme().colours
            on_b = name == "b" and self.mode == "side"
            centre = p.b_time if on_b else p.a_time
            edges = self._edges(area, centre)
            if name == "b" and not on_b:
                path = p.path
                times = edges if path is None else path.to_b(edges)
                times = np.maximum.accumulate(times) + p.offset
            else:
                times = edges
            painter.save()
            painter.setClipRect(area, Qt.ClipOperation.IntersectClip)
            side.paint(painter, area, times, QColor(c.a if name == "a" else c.b))
            if base or self.mode == "side":
                paint_axis(painter, area, edges, centre)
            painter.restore()

    def _edges(self, area: QRectF, centre: float) -> NDArray[np.float64]:
        """Seconds at the edges of the pixel columns of `area`, the playhead in the middle unless all fits."""
        width = max(int(area.width()), 1)
        media = self._document.shown.a or self._document.shown.b
        whole = max(
            (m.duration for m in (self._document.shown.a, self._document.shown.b) if m is not None), default=1.0
        )
        if media is not None and whole <= self._span * 1.001:
            return np.linspace(0.0, max(whole, 1e-3), width + 1)
        return np.linspace(centre - self._span / 2, centre + self._span / 2, width + 1)

    def _paint_words(self, painter: QPainter, name: str, area: QRectF) -> None:
        side = self.sides[name]
        if side is None:
            words = self.tr("Drop %1 here, or open it").replace("%1", name.upper())
        elif side.missing:
            words = self.tr("“%1” is not where it was.").replace("%1", side.media.name)
        elif side.message:
            words = side.message
        elif (isinstance(side, FrameSide) and side.image is None) or (
            isinstance(side, OutlineSide) and not side.loaded
        ):
            words = self.tr("Loading %1…").replace("%1", side.media.name)
        else:
            return
        dark = isinstance(side, FrameSide) or theme().colours.name == "dark"
        painter.setFont(self.font())
        painter.setPen(QColor("#b5bbc4" if dark else theme().colours.muted))
        flags = Qt.AlignmentFlag.AlignCenter.value | Qt.TextFlag.TextWordWrap.value
        painter.drawText(area.adjusted(24, 0, -24, -36), flags, words)

    def _badge(self, painter: QPainter, name: str, at: QPointF) -> None:
        if self.sides[name] is None:
            return
        box = QRectF(at.x(), at.y(), 24, 22)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(16, 18, 22, 205))
        painter.drawRoundedRect(box, 5, 5)
        font = self.font()
        font.setBold(True)
        painter.setFont(font)
        # On its dark box a badge keeps the colours of the dark theme.
        painter.setPen(QColor("#56b4ff" if name == "a" else "#ffb454"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, name.upper())

    def words(self, name: str) -> str:
        """The label of a side: its time and frame."""
        p = self._playback
        side, frame = self.sides[name], p.a_frame if name == "a" else p.b_frame
        if side is None:
            return ""
        times = side.media.frame_times
        if frame is None or times is None:
            return clock(p.a_time if name == "a" else p.b_time)
        if isinstance(side, FrameSide) and side.index is not None:
            frame = side.index
        words = f"{clock(float(times[min(frame, len(times) - 1)]))} · {frame}"
        # Put beside what the path pairs with A's frame, B looks as if the path were wrong: say so.
        return f"{words} ({p.beside:+d})" if name == "b" and p.beside else words

    def _label(self, painter: QPainter, name: str, area: QRectF, right: bool) -> None:
        text = self.words(name)
        if not text:
            return
        font = mono(12)
        width = QFontMetricsF(font).horizontalAdvance(text) + 14
        x = area.right() - width - 8 if right else area.x() + 8
        # Curves and outlines have their time axis below it.
        axis = AXIS if isinstance(self.sides[name], OutlineSide) else 0
        box = QRectF(x, area.bottom() - axis - 30, width, 22)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(16, 18, 22, 205))
        painter.drawRoundedRect(box, 4, 4)
        painter.setFont(font)
        painter.setPen(QColor("#f2f4f7"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    # -- the mouse ---------------------------------------------------------------------------------

    def _near_divider(self, x: float) -> bool:
        area = self.area("a")
        return self.mode == "wipe" and abs(x - (area.x() + self.wipe * area.width())) < 10

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        x, name = event.position().x(), self._side_at(event.position())
        if self.mode == "wipe":
            self._grip = "wipe"
        elif isinstance(self.sides[name], OutlineSide):
            self._grip = name
        self._drag_to(x)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grip:
            self._drag_to(event.position().x())
        else:
            near = self._near_divider(event.position().x())
            self.setCursor(Qt.CursorShape.SplitHCursor if near else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grip = ""

    def _side_at(self, at: QPointF) -> str:
        return "b" if self.mode == "side" and at.x() > self.width() / 2 else "a"

    def _drag_to(self, x: float) -> None:
        if self._grip == "wipe":
            area = self.area("a")
            self.wipe = min(max((x - area.x()) / max(area.width(), 1), 0.02), 0.98)
            self.update()
        elif self._grip:
            area = self.area(self._grip)
            p = self._playback
            edges = self._edges(area, p.b_time if self._grip == "b" else p.a_time)
            share = (x - area.x()) / max(area.width(), 1)
            t = float(edges[0] + share * (edges[-1] - edges[0]))
            if self._grip == "b":
                p.seek_b(t)
            else:
                p.seek_a(t)
            if edges[0] != 0.0:
                # The picture moves under the hand: a drag would run away with it, so a click is one move.
                self._grip = ""

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not any(isinstance(s, OutlineSide) for s in self.sides.values()):
            event.ignore()
            return
        whole = max(
            (m.duration for m in (self._document.shown.a, self._document.shown.b) if m is not None), default=1.0
        )
        self._span = min(max(self._span * 0.8 ** (event.angleDelta().y() / 120), 0.05), whole)
        self.update()

    # -- files dropped on a side -------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        many = len(event.mimeData().urls()) > 1
        self._aim = "" if many else "a" if event.position().x() < self.width() / 2 else "b"
        event.acceptProposedAction()
        self.update()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._aim = None
        self.update()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        side, self._aim = self._aim or "", None
        self.update()
        if paths:
            event.acceptProposedAction()
            self.dropped.emit(side, paths)
