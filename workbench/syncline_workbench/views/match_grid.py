"""The cells of the matrix of Match: how they are laid out, painted, hovered, and walked by keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent, QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QFont,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QToolTip, QWidget

from ..theme import pixmap, theme
from . import scene_edit as edit
from .match_ramp import ink, ramp, shares
from .match_shown import Shown
from .plain import clean, figures, tip
from .scene_pick import Pick

if TYPE_CHECKING:
    from .match_matrix import MatchMatrix

__all__ = ["LAYERS", "Area", "Grid", "cell_words"]

LAYERS = ("similarity", "cost", "plan")
LEAST, WIDEST, TALLEST = 18, 92, 32
"""Pixels of a cell."""
NAME = 96


def cell_words(shown: Shown, a: int, b: int) -> str:
    """All that is known of a pair, a line each: what it comes to, and what each source contributes."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("MatchMatrix", text)

    lines = [shown.pair(a, b)]
    similarity, cost, weight = (shown.value(layer, a, b) for layer in LAYERS)
    link = shown.links.get((a, b))
    state = tr("linked") if link is not None else tr("not linked")
    if shown.locked(a, b):
        state = tr("locked")
    elif shown.forbidden(a, b):
        state = tr("forbidden")
    if not np.isnan(similarity):
        words = [tr("similarity {x}").format(x=_number(similarity)), tr("cost {x}").format(x=_number(cost))]
        if 0 < weight < 1:
            words.append(tr("share {x}").format(x=f"{100 * weight:.3g} %"))
        lines.append(", ".join(words))
    lines.append(state)
    i, j = (ids.index(k) if k in ids else -1 for ids, k in ((shown.rows, a), (shown.columns, b)))
    if i >= 0 and j >= 0:
        for part, values in shown.parts():
            value = float(values[i, j])
            lines.append(f"{part.name}: {_number(value)} × {part.weight:.2f} = {_number(value * part.weight)}")
    if shown.other is not None and ((a, b) in shown.others) != (link is not None):
        lines.append(tr("only in the other matching") if link is None else tr("not in the other matching"))
    return "\n".join(lines)


def _number(x: float) -> str:
    return "−∞" if x == -np.inf else "∞" if x == np.inf else f"{x:.2f}".replace("-", "−")


class Grid(QWidget):
    """The cells with their names."""

    def __init__(self, owner: MatchMatrix) -> None:
        super().__init__()
        self._owner = owner
        self.shown: Shown | None = None
        self.layer = "similarity"
        self.values = self.heat = np.zeros((0, 0))
        self.at = (0, 0)
        self.picked: Pick | None = None
        self.pointed: Pick | None = None
        self._left, self._top, self._wide, self._high = 0.0, 0.0, 1.0, 1.0
        self._steep = False
        self._by_keys = False
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Similarity matrix"))
        theme().changed.connect(self.update)

    # -- what there is ---------------------------------------------------------------------------------

    def show_match(self, shown: Shown | None, layer: str) -> None:
        """Draw a layer of what is shown."""
        self.shown, self.layer = shown, layer
        self.values = shown.layer(layer) if shown is not None else np.zeros((0, 0))
        self.heat = self._heated(self.values)
        n, m = self.values.shape
        self.at = (min(self.at[0], max(n - 1, 0)), min(self.at[1], max(m - 1, 0)))
        self.arrange()
        self.describe()
        self.update()

    def _heated(self, values: np.ndarray) -> np.ndarray:
        if self.layer == "plan":
            return shares(values, 0.0)
        finite = values[np.isfinite(values)]
        if not len(finite):
            return np.zeros(values.shape)
        if self.layer == "similarity":
            return shares(values, min(0.0, float(finite.min())), max(1.0, float(finite.max())))
        # A cheap pair is a good one: what is bright means the same in every layer.
        return np.where(np.isfinite(values), 1 - shares(values, 0.0, max(1.0, float(finite.max()))), 0.0)

    @property
    def pair(self) -> tuple[int, int] | None:
        """Object and phrase under the keyboard's cursor."""
        return self.pair_at(*self.at)

    def pair_at(self, i: int, j: int) -> tuple[int, int] | None:
        """Ids of the object of a row and the phrase of a column."""
        s = self.shown
        if s is None or not (0 <= i < len(s.rows) and 0 <= j < len(s.columns)):
            return None
        return s.rows[i], s.columns[j]

    def place_of(self, pair: tuple[int, int]) -> tuple[int, int] | None:
        """Row and column of an object and a phrase."""
        s = self.shown
        if s is None or pair[0] not in s.rows or pair[1] not in s.columns:
            return None
        return s.rows.index(pair[0]), s.columns.index(pair[1])

    # -- geometry --------------------------------------------------------------------------------------

    def arrange(self) -> None:
        """Fit the cells into the width there is; names stand on end where they would not fit."""
        s = self.shown
        if s is None or not s.rows or not s.columns:
            self.setFixedHeight(0)
            return
        m = QFontMetricsF(self._small())
        self._left = min(max(m.horizontalAdvance(clean(s.objects[a])) for a in s.rows) + 10, NAME)
        area = self.parentWidget()
        room = (area or self).width() - self._left - 1
        self._wide = float(int(min(max(room / len(s.columns), LEAST), WIDEST)))
        names = max(m.horizontalAdvance(clean(s.phrases[b])) for b in s.columns)
        self._steep = self._wide < min(names + 6, 44)
        self._top = float(round(min(names, NAME) + 12 if self._steep else m.height() + 8))
        self._high = float(round(min(max(self._wide * 0.62, m.height() + 6), TALLEST)))
        self.setFixedHeight(round(self._top + self._high * len(s.rows)) + 2)
        self.setMinimumWidth(round(self._left + LEAST * len(s.columns)) + 2)

    def _small(self) -> QFont:
        font = figures(self.font())
        font.setPixelSize(max(self.fontInfo().pixelSize() - 2, 8))
        return font

    def cell(self, i: int, j: int) -> QRectF:
        """Where a cell is; its gap to the next is inside."""
        return QRectF(self._left + j * self._wide, self._top + i * self._high, self._wide, self._high)

    @property
    def margins(self) -> tuple[float, float]:
        """What names take on the left and above."""
        return self._left, self._top

    @property
    def _corner(self) -> QPointF:
        """Where names begin: they stay in sight while the cells scroll."""
        return QPointF(max(-self.x(), 0), max(-self.y(), 0))

    def hit(self, at: QPointF) -> Pick | None:
        """What is at a point: a pair, or by its name an object or a phrase."""
        s = self.shown
        if s is None:
            return None
        i, j = int((at.y() - self._top) // self._high), int((at.x() - self._left) // self._wide)
        inside_i, inside_j = 0 <= i < len(s.rows), 0 <= j < len(s.columns)
        on_row_names = at.x() < self._corner.x() + self._left
        on_column_names = at.y() < self._corner.y() + self._top
        if on_row_names or on_column_names:
            if inside_i and not on_column_names:
                return Pick(object=s.rows[i])
            return Pick(phrase=s.columns[j]) if inside_j and not on_row_names else None
        return Pick(s.rows[i], s.columns[j]) if inside_i and inside_j else None

    # -- painting --------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        s = self.shown
        if s is None or not self.values.size:
            return
        painter = QPainter(self)
        area = QRectF(event.rect())
        n, m = self.values.shape
        rows = range(max(int((area.top() - self._top) // self._high), 0),
                     min(int((area.bottom() - self._top) // self._high) + 1, n))  # fmt: skip
        columns = range(max(int((area.left() - self._left) // self._wide), 0),
                        min(int((area.right() - self._left) // self._wide) + 1, m))  # fmt: skip
        painter.setFont(self._small())
        texts = self._wide >= QFontMetricsF(self._small()).horizontalAdvance("0.00") + 6
        for i in rows:
            for j in columns:
                self._paint_cell(painter, i, j, texts)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for i in rows:
            for j in columns:
                self._paint_marks(painter, s, i, j)
        if self.hasFocus() and self._by_keys:
            painter.setPen(QPen(QColor(theme().colours.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.cell(*self.at).adjusted(-1, -1, 0, 0))
        self._paint_names(painter, s, rows, columns)
        painter.end()

    def _lit(self) -> tuple[int | None, int | None]:
        """Row and column that are pointed at or selected."""
        pick = self.pointed or self.picked
        s = self.shown
        if pick is None or s is None:
            return None, None
        return (
            s.rows.index(pick.object) if pick.object in s.rows else None,
            s.columns.index(pick.phrase) if pick.phrase in s.columns else None,
        )

    def _paint_names(self, painter: QPainter, s: Shown, rows: range, columns: range) -> None:
        c = theme().colours
        m = QFontMetricsF(painter.font())
        lit_row, lit_column = self._lit()
        side = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        at = self._corner
        if at.x() > 0:
            painter.fillRect(QRectF(at.x(), 0, self._left - 2, self.height()), QColor(c.window))
        for i in rows:
            box = self.cell(i, 0)
            if i == lit_row:
                painter.fillRect(QRectF(at.x(), box.top(), self._left - 3, box.height() - 2), QColor(c.selected))
            painter.setPen(QColor(c.text))
            room = QRectF(at.x() + 3, box.top(), self._left - 8, box.height() - 2)
            name = m.elidedText(clean(s.objects[s.rows[i]]), Qt.TextElideMode.ElideRight, room.width() + 2)
            painter.drawText(room, side, name)
        if at.y() > 0:
            painter.fillRect(QRectF(0, at.y(), self.width(), self._top - 2), QColor(c.window))
        for j in columns:
            box = self.cell(0, j)
            if at.x() > 0 and box.left() < at.x() + self._left - self._wide / 2:
                continue
            if j == lit_column:
                painter.fillRect(QRectF(box.left(), at.y(), box.width() - 2, self._top - 3), QColor(c.selected))
            painter.setPen(QColor(c.text))
            name = clean(s.phrases[s.columns[j]])
            if self._steep:
                painter.save()
                painter.translate(box.center().x() - 1, at.y() + self._top - 5)
                painter.rotate(-90)
                long = self._top - 8
                fitting = m.elidedText(name, Qt.TextElideMode.ElideRight, long)
                painter.drawText(QRectF(0, -self._wide / 2, long, self._wide), side, fitting)
                painter.restore()
            else:
                room = QRectF(box.left() + 1, at.y(), box.width() - 3, self._top - 4)
                fitting = m.elidedText(name, Qt.TextElideMode.ElideRight, room.width())
                painter.drawText(room, int(Qt.AlignmentFlag.AlignCenter), fitting)

    def _paint_cell(self, painter: QPainter, i: int, j: int, texts: bool) -> None:
        value = float(self.values[i, j])
        ground = ramp(float(self.heat[i, j]))
        box = self.cell(i, j).adjusted(0, 0, -2, -2)
        painter.fillRect(box, ground)
        pair = self.pair_at(i, j)
        if self.shown is not None and pair is not None and self.shown.forbidden(*pair):
            return
        if texts:
            painter.setPen(ink(ground))
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), _number(value))

    def _paint_marks(self, painter: QPainter, s: Shown, i: int, j: int) -> None:
        c = theme().colours
        pair = s.rows[i], s.columns[j]
        box = self.cell(i, j).adjusted(0, 0, -2, -2)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if s.forbidden(*pair):
            pen = QPen(QColor(c.bad), 1.5)
            painter.setPen(pen)
            painter.drawRect(box.adjusted(1, 1, -1, -1))
            r = min(box.width(), box.height()) / 2 - 5
            centre = box.center()
            painter.drawLine(QLineF(centre.x() - r, centre.y() - r, centre.x() + r, centre.y() + r))
            painter.drawLine(QLineF(centre.x() - r, centre.y() + r, centre.x() + r, centre.y() - r))
        linked, elsewhere = pair in s.links, pair in s.others
        if linked:
            painter.setPen(QPen(QColor("#ffffff" if c.name == "dark" else c.text), 2))
            painter.drawRect(box.adjusted(1, 1, -1, -1))
        if s.other is not None and linked != elsewhere:
            # Only one of two matchings has the link: dashes of their own, within the frame of the other.
            pen = QPen(QColor(c.b), 2)
            pen.setDashPattern([2.0, 1.5])
            painter.setPen(pen)
            painter.drawRect(box.adjusted(3, 3, -3, -3) if linked else box.adjusted(1, 1, -1, -1))
        if s.locked(*pair):
            self._paint_lock(painter, box, _number(float(self.values[i, j])))
        if self.picked is not None and self.picked.pair == pair:
            painter.setPen(QPen(QColor(c.accent), 2))
            painter.drawRect(self.cell(i, j).adjusted(-1, -1, -1, -1))

    def _paint_lock(self, painter: QPainter, box: QRectF, figure: str) -> None:
        """A padlock where the figure leaves room for one, else a corner turned down: the figure stays legible."""
        c = theme().colours
        size = 11 if box.height() >= 18 else 8
        spot = QPointF(box.right() - size - 1, box.top() + 2)
        m = QFontMetricsF(painter.font())
        wide = m.horizontalAdvance(figure)
        if wide + 6 <= self._wide and box.center().x() + wide / 2 > spot.x():
            leg = (box.width() - wide) / 2 + (box.height() - m.capHeight()) / 2 - 1
            leg = min(max(leg, 4.0), 9.0)
            corner = QPointF(box.right(), box.top())
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(c.warn))
            painter.drawPolygon([corner, corner - QPointF(leg, 0), corner + QPointF(0, leg)])
            painter.setBrush(Qt.BrushStyle.NoBrush)
            return
        painter.fillRect(QRectF(spot, QPointF(spot.x() + size, spot.y() + size)), QColor(c.stage))
        painter.drawPixmap(spot, pixmap("lock", c.warn, size, painter.device().devicePixelRatioF()))

    # -- hand and keys -----------------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._owner.point(self.hit(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self._owner.point(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._by_keys = False
        if event.button() == Qt.MouseButton.LeftButton:
            pick = self.hit(event.position())
            if pick is not None and pick.pair is not None:
                self.at = self.place_of(pick.pair) or self.at
                self._owner.toggle(pick.pair)
            else:
                self._owner.choose(pick)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        # The second of two quick clicks would take back what the first one did.
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        pick = self.hit(QPointF(event.pos())) if by_mouse else None
        pair = pick.pair if pick is not None else None if by_mouse else self.pair
        if pair is not None:
            at = event.globalPos() if by_mouse else self.mapToGlobal(self.cell(*self.at).center().toPoint())
            self._owner.choose(Pick(*pair))
            self._owner.menu(pair).popup(at)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        n, m = self.values.shape
        i, j = self.at
        moves = {
            Qt.Key.Key_Left: (i, j - 1),
            Qt.Key.Key_Right: (i, j + 1),
            Qt.Key.Key_Up: (i - 1, j),
            Qt.Key.Key_Down: (i + 1, j),
            Qt.Key.Key_Home: (i, 0),
            Qt.Key.Key_End: (i, m - 1),
            Qt.Key.Key_PageUp: (0, j),
            Qt.Key.Key_PageDown: (n - 1, j),
        }
        key, pair = Qt.Key(event.key()), self.pair
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if pair is None or not plain:
            super().keyPressEvent(event)
        elif key in moves:
            i, j = moves[key]
            self.go(min(max(i, 0), n - 1), min(max(j, 0), m - 1))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._owner.toggle(pair)
        elif key == Qt.Key.Key_L:
            self._owner.commit(edit.lock, pair)
        elif key == Qt.Key.Key_X:
            self._owner.commit(edit.forbid, pair)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._owner.unlink(pair)
        else:
            super().keyPressEvent(event)

    def go(self, i: int, j: int) -> None:
        """Move the keyboard's cursor and say what is there."""
        self.at, self._by_keys = (i, j), True
        pair = self.pair
        if pair is not None and self.shown is not None:
            self._owner.choose(Pick(*pair))
            self.describe()
            words = cell_words(self.shown, *pair)
            QToolTip.showText(self.mapToGlobal(self.cell(i, j).bottomRight().toPoint()), tip(words), self)
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, words))
            self._owner.reveal(self.cell(i, j))
        self.update()

    def describe(self) -> None:
        """What a screen reader says of the grid."""
        pair = self.pair
        words = cell_words(self.shown, *pair) if pair is not None and self.shown is not None else ""
        keys = self.tr("Arrow keys move, Enter links or unlinks, L locks, X forbids, Delete unlinks")
        self.setAccessibleDescription("\n".join(filter(None, [words, keys])))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self._by_keys = True
        self.update()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            # The letters mean the cell under the cursor here, not what the window's actions are about.
            if not event.modifiers() and event.key() in (Qt.Key.Key_L, Qt.Key.Key_X, Qt.Key.Key_Delete):
                event.accept()
                return True
        elif event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            pick = self.hit(QPointF(event.pos()))
            words = self._owner.words(pick)
            if words:
                QToolTip.showText(event.globalPos(), tip(words), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)


class Area(QScrollArea):
    """The scrolled grid, which fits its cells into the room there is."""

    def __init__(self, grid: Grid) -> None:
        super().__init__()
        self._grid = grid
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(grid)
        # Names stay where they are, so that more than what scrolled in is drawn anew.
        for bar in (self.horizontalScrollBar(), self.verticalScrollBar()):
            bar.valueChanged.connect(grid.update)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._grid.arrange()
