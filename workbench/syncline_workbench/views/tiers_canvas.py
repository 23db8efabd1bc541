"""Tiers as a picture on the common time axis: lanes, names, what is selected; nothing can be edited yet."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QHelpEvent, QPaintDevice, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QScrollBar, QToolTip, QWidget

from ..theme import DARK, theme
from .clock import format_time
from .plain import tip
from .tiers_hit import Hit, tiers_hit
from .tiers_paint import Look, paint_bubble, paint_edge, paint_grip, paint_name, paint_row
from .tiers_shown import GAP, TOP, Edge, Row, Shown, lay_rows
from .time_axis import GUTTER, MARGIN, TimeAxis
from .zoom_canvas import ZoomCanvas

__all__ = ["TiersCanvas"]


@contextmanager
def painting(on: QPaintDevice) -> Generator[QPainter]:
    """A painter that is ended whatever happens: Qt takes the process with it if one is left behind."""
    painter = QPainter(on)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    try:
        yield painter
    finally:
        painter.end()


Spot = tuple[int, int]
"""Number of a row and of a piece in it."""
DOUBT = 0.5
"""Pieces less sure than this are marked."""


class TiersCanvas(ZoomCanvas):
    """Draws tiers; see `tiers_view.TiersView`."""

    selected = Signal(str, int)
    """Name of the tier and number of the piece; −1: the tier as a whole. An empty name: nothing that can be edited."""
    sought = Signal(float)
    """Go to this second."""

    def __init__(self, axis: TimeAxis, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.axis = axis
        self._tiers: list[Shown] = []
        self._rows: list[Row] = []
        self._row: int | None = None
        self._piece: int | None = None
        self._anchor = (0.0, False)
        self._playhead: float | None = None
        self.hover: Hit | None = None
        self.painted = 0
        self._layer: QPixmap | None = None
        self._bar = QScrollBar(Qt.Orientation.Vertical, self)
        self._bar.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._bar.setCursor(Qt.CursorShape.ArrowCursor)
        self._bar.valueChanged.connect(lambda _value: self.refresh())
        self._bar.hide()
        axis.changed.connect(self._axis_changed)

    # -- what is shown -----------------------------------------------------------------------------

    def set_tiers(self, tiers: Sequence[Shown]) -> None:
        """Show these, from above; what is selected stays so, wherever it comes to lie."""
        before = [(s.name, s.kind) for s in self._tiers]
        counts, pieces = [len(s.pieces) for s in self._tiers], [s.pieces for s in self._tiers]
        self._tiers = list(tiers)
        self._rows = lay_rows(self._tiers, self._rows, DOUBT)
        if self._row is not None:
            name, count = before[self._row], counts[self._row]
            self._row = next((k for k, s in enumerate(tiers) if (s.name, s.kind) == name), None)
            before_piece, gone = self._piece, self._row is None
            self._keep_piece(count)
            if gone or self._piece != before_piece:
                self._tell()
        if len(pieces) != len(tiers) or any(a is not s.pieces for a, s in zip(pieces, tiers, strict=True)):
            self.hover = None
        self._lay()
        self.describe()
        self.updateGeometry()
        self.refresh()

    def _keep_piece(self, count: int) -> None:
        """Find the selected piece again, in a tier that had so many."""
        if self._row is None or not self._rows[self._row].shown.pieces:
            self._piece = None
        elif self._piece is not None:
            row = self._rows[self._row]
            time, end = self._anchor
            if row.shown.kind == "cut" or len(row.shown.pieces) != count:
                # Others may have come and gone before it: it is the one that begins (or ends) where it did.
                self._piece = int(abs((row.ends if end else row.starts) - time).argmin())
            self._anchor = row.time(Edge(self._piece, end)), end

    @property
    def tiers(self) -> list[Shown]:
        """What is shown."""
        return list(self._tiers)

    @property
    def rows(self) -> list[Row]:
        """Where it lies; what the hand does included."""
        return self._rows

    def set_playhead(self, time: float | None) -> None:
        """Draw a line where the playback is; None: nowhere."""
        for t in {self._playhead, time} if time != self._playhead else ():
            if t is not None:
                # Only a narrow strip: it moves sixty times a second.
                self.update(QRect(int(self.to_x(t)) - 4, 0, 9, self.height()))
        self._playhead = time

    @property
    def playhead(self) -> float | None:
        """Where the playback is."""
        return self._playhead

    # -- selection ---------------------------------------------------------------------------------

    @property
    def spot(self) -> Spot | None:
        """Row and piece that are selected."""
        return None if self._row is None or self._piece is None else (self._row, self._piece)

    @property
    def row_in_hand(self) -> int | None:
        """Number of the selected tier."""
        return self._row

    def choose(self, row: int | None, piece: int | None = None) -> None:
        """Select a piece, or a tier; tells of it if it is another one."""
        changed = (row, piece) != (self._row, self._piece)
        self._row, self._piece = row, piece
        if row is not None and piece is not None:
            self._anchor = self._rows[row].time(Edge(piece, False)), False
            self._scroll_to(row, piece)
        if changed:
            self._tell()
        self.describe()
        self.refresh()

    def _tell(self) -> None:
        shown = None if self._row is None else self._rows[self._row].shown
        if shown is None or not shown.editable:
            self.selected.emit("", -1)
        else:
            self.selected.emit(shown.name, -1 if self._piece is None else self._piece)

    def select(self, tier: str, piece: int) -> None:
        """Select what another view has selected, and bring it into sight; piece −1: the tier as a whole."""
        row = next((k for k, s in enumerate(self._tiers) if s.name == tier and s.editable), None)
        if row is None:
            self.choose(None)
            return
        inside = 0 <= piece < len(self._tiers[row].pieces)
        if (row, piece if inside else None) == (self._row, self._piece):
            return
        self.choose(row, piece if inside else None)
        if inside:
            self.reveal(row, piece)

    def reveal(self, row: int, piece: int) -> None:
        """Bring a piece into sight."""
        start, end = self._rows[row].time(Edge(piece, False)), self._rows[row].time(Edge(piece, True))
        if start < self.axis.start or end > self.axis.end:
            self.axis.reveal(end)
            # Of one that is longer than what is seen, its beginning.
            if start < self.axis.start:
                self.axis.reveal(start)
            elif end > self.axis.end:
                self.axis.reveal(start, 0.02)
        self._scroll_to(row, piece)

    def zoom_to_selection(self) -> None:
        """See the selected piece and a little around it."""
        if self.spot is not None:
            row, piece = self._rows[self.spot[0]], self.spot[1]
            start, end = row.time(Edge(piece, False)), row.time(Edge(piece, True))
            pad = max((end - start) / 2, 0.05)
            self.axis.show(start - pad, end + pad)

    def describe(self) -> None:
        """Say in words what is shown, for those who hear it."""

    # -- places ------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(900, min(max(int(self._height()), 140), 420))

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 84)

    def _height(self) -> float:
        return TOP + sum(r.height for r in self._rows)

    @property
    def scrolled(self) -> float:
        """Pixels of the rows above the upper edge."""
        return float(self._bar.value()) if self._bar.isVisibleTo(self) else 0.0

    def _lay(self) -> None:
        over = int(self._height()) - self.height()
        self._bar.setVisible(over > 0)
        self._bar.setRange(0, max(over, 0))
        self._bar.setPageStep(max(self.height(), 1))
        self._bar.setSingleStep(20)
        self._bar.setGeometry(self.width() - MARGIN, 0, MARGIN, self.height())

    def _scroll_to(self, row: int, piece: int) -> None:
        r = self._rows[row]
        top = r.lane_top(int(r.lane_of[piece]))
        if top - GAP < self.scrolled:
            self._bar.setValue(int(top - GAP))
        elif top + r.pitch > self.scrolled + self.height():
            self._bar.setValue(int(top + r.pitch - self.height()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.axis.set_width(self.width() - GUTTER - MARGIN)
        self._lay()

    def _axis_changed(self) -> None:
        self.hover = None
        self.refresh()

    def to_x(self, time: float) -> float:
        """Pixels from the left edge of the widget."""
        return GUTTER + self.axis.to_x(time)

    def rect_of(self, row: int, piece: int) -> QRectF:
        """Where a piece is drawn."""
        r = self.rows[row]
        left, right = self.to_x(r.time(Edge(piece, False))), self.to_x(r.time(Edge(piece, True)))
        return QRectF(left, r.lane_top(int(r.lane_of[piece])) - self.scrolled, right - left, r.tall)

    def hit(self, at: QPointF) -> Hit | None:
        """What is under a pixel."""
        return tiers_hit(self.rows, self.axis, at.x(), at.y() + self.scrolled, self.spot)

    # -- zoom and pan ------------------------------------------------------------------------------

    def refresh(self, front_only: bool = False) -> None:
        self._layer = None
        self.update()

    def zoom(self, by: float, at: QPointF) -> None:
        self.axis.zoom(1 / by, self.axis.to_time(max(at.x() - GUTTER, 0.0)))

    def middle(self) -> QPointF:
        return QPointF(GUTTER + self.axis.width / 2, self.height() / 2)

    def wheeled(self, by: QPoint, at: QPointF) -> bool:
        if at.x() < GUTTER and self._bar.isVisible():
            self._bar.setValue(self._bar.value() - by.y())
        else:
            self.axis.pan(-(by.x() or by.y()) * self.axis.per_pixel)
        return True

    # -- painting ----------------------------------------------------------------------------------

    def label_font(self) -> QFont:
        """The font of labels."""
        font = QFont(self.font().family())
        font.setPixelSize(13)
        font.setWeight(QFont.Weight.DemiBold)
        return font

    def small_font(self) -> QFont:
        """The font of names and times."""
        font = QFont(self.font().family())
        font.setPixelSize(12)
        return font

    @property
    def ringed(self) -> bool:
        """True if the keys are at the selected piece."""
        return False

    def look(self, row: int) -> Look:
        """How a row looks just now."""
        look = Look(self.label_font(), self.small_font(), self.devicePixelRatioF())
        look.selected = row == self._row
        look.piece = self._piece if look.selected else None
        look.ring = self.ringed
        look.right = GUTTER + self.axis.width
        if self.hover is not None and self.hover.row == row and self.hover.part == "piece":
            look.hovered = self.hover.piece
        return look

    def paintEvent(self, event: QPaintEvent) -> None:
        ratio = self.devicePixelRatioF()
        if self._layer is None or self._layer.devicePixelRatio() != ratio or self._layer.size() != self.size() * ratio:
            self._layer = self.new_layer(ratio)
            with painting(self._layer) as painter:
                self._paint_rows(painter)
        with painting(self) as painter:
            painter.setClipRegion(event.region())
            painter.drawPixmap(0, 0, self._layer)
            area = QRectF(GUTTER - 1, 0, self.axis.width + 2, self.height())
            painter.setClipRect(area, Qt.ClipOperation.IntersectClip)
            if self._playhead is not None and self.axis.start <= self._playhead <= self.axis.end:
                paint_edge(painter, self.to_x(self._playhead), self.height(), QColor(DARK.text), dashed=False)
            self.paint_hand(painter)

    def _paint_rows(self, painter: QPainter) -> None:
        c = theme().colours
        painter.fillRect(self.rect(), QColor(c.stage))
        rows, count = self.rows, 0
        if not rows:
            painter.setPen(QColor(c.muted))
            painter.setFont(self.font())
            words = self.tr("Pieces appear here once the recording is cut.")
            painter.drawText(QRectF(self.rect()), int(Qt.AlignmentFlag.AlignCenter), words)
        for k, row in enumerate(rows):
            top = row.top - self.scrolled
            if top >= self.height() or top + row.height <= 0:
                continue
            look = self.look(k)
            painter.save()
            painter.setClipRect(QRectF(GUTTER - 1, 0, self.axis.width + 2, self.height()))
            count += paint_row(painter, row, self.axis, look, top)
            painter.restore()
            paint_name(painter, row, top, look)
        if self.ringed and self.spot is None:
            self._paint_tier_ring(painter)
        self.painted = count

    def _paint_tier_ring(self, painter: QPainter) -> None:
        box = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        if self._row is not None:
            row = self._rows[self._row]
            box = QRectF(4, row.top - self.scrolled - 2, GUTTER - 6, row.height - GAP + 4)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QColor(theme().colours.accent))
        painter.drawRoundedRect(box, 4, 4)

    def paint_hand(self, painter: QPainter) -> None:
        """What the hand does, drawn over everything."""

    def paint_grip_at(self, painter: QPainter, row: int, edge: Edge, colour: QColor) -> None:
        """The sign that a boundary can be taken, or is."""
        rect = self.rect_of(row, edge.piece)
        paint_grip(painter, rect.right() if edge.end and not self.rows[row].shown.points else rect.left(), rect, colour)

    def paint_held(self, painter: QPainter, time: float, words: str, row: int) -> None:
        """The line of a boundary in hand, with its time."""
        colour, x = QColor(theme().colours.bad), self.to_x(time)
        paint_edge(painter, x, self.height(), colour, dashed=True)
        room = QRectF(GUTTER, 0, self.axis.width, self.height())
        # Where it hides no piece, if there is such a place.
        free = self._height() - self.scrolled + 1
        y = free if free + 24 < self.height() else self.rows[row].top + self.rows[row].height - self.scrolled + 1
        paint_bubble(painter, words, x, y, room, self.small_font(), colour)

    # -- in words ----------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            words = self._tip(QPointF(event.pos()))
            if words:
                QToolTip.showText(event.globalPos(), tip(words), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def _tip(self, at: QPointF) -> str:
        hit = self.hit(at)
        if hit is None:
            return ""
        row = self.rows[hit.row]
        if hit.part == "name":
            kinds = {
                "transcript": self.tr("filled by the transcript"),
                "cut": self.tr("cut by a method"),
                "own": self.tr("your own"),
                "truth": self.tr("the truth"),
                "compared": self.tr("of the segmentation that is compared"),
            }
            name = row.name
            words = self.tr("{name}: {kind}, {n} pieces")
            return words.format(name=name, kind=kinds[row.shown.kind], n=f"{len(row.shown.pieces):,}")
        if hit.piece is None:
            return ""
        piece = row.shown.pieces[hit.piece]
        words = f"{piece.label or self.tr('(no label)')}\n{format_time(piece.start)}"
        if not row.shown.points:
            words += f" – {format_time(piece.end)} · {piece.end - piece.start:.3f} s"
        if piece.score is not None:
            words += f"\n{self.tr('sure to {p:.0%}').format(p=piece.score)}"
        return words
