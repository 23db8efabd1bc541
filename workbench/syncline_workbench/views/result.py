"""What the alignment came to: figures of the path, and how far it is from the truth."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from syncline.model import Alignment, Errors

from ..document import Change, Document
from ..theme import theme
from .clock import format_seconds
from .plain import Notice, button, heading, label, tip

__all__ = ["ResultPanel", "SharesBar"]


class SharesBar(QWidget):
    """A thin bar in three parts: steps that are diagonal, along A only, along B only."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shares = (1.0, 0.0, 0.0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(100, 8)

    def set_shares(self, diagonal: float, horizontal: float, vertical: float) -> None:
        """Shares of the steps, 0 to 1."""
        self.shares = (diagonal, horizontal, vertical)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        c = theme().colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0, 1, 0, -1)
        clip = QPainterPath()
        clip.addRoundedRect(box, 3, 3)
        painter.setClipPath(clip)
        left = box.left()
        total = sum(self.shares) or 1.0
        for share, colour in zip(self.shares, (c.good, c.a, c.b), strict=True):
            width = box.width() * share / total
            painter.fillRect(QRectF(left, box.top(), max(width - 1, 0), box.height()), QColor(colour))
            left += width
        painter.end()


class _Swatch(QWidget):
    """A small square in one of the theme's colours: the key of the bar."""

    def __init__(self, colour: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colour = colour
        self.setFixedSize(8, 8)
        theme().changed.connect(self.update)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(getattr(theme().colours, self._colour)))
        painter.drawRoundedRect(QRectF(self.rect()), 2, 2)
        painter.end()


class _Figures(QWidget):
    """Names on the left, values on the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setVerticalSpacing(5)
        self._grid.setHorizontalSpacing(8)
        self._grid.setColumnStretch(1, 1)
        self.values: dict[str, QLabel] = {}
        self._names: dict[str, QLabel] = {}

    def add(self, key: str, name: str, help: str = "", swatch: str = "") -> None:
        row = self._grid.rowCount()
        left = label(name, "muted" if swatch else "")
        value = label("", "" if swatch else "value")
        value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        value.setAccessibleName(name)
        if help:
            left.setToolTip(tip(help))
        if swatch:
            self._grid.addWidget(_Swatch(swatch), row, 0)
            self._grid.addWidget(left, row, 1)
        else:
            self._grid.addWidget(left, row, 0, 1, 2)
        self._grid.addWidget(value, row, 2)
        self.values[key], self._names[key] = value, left

    def add_wide(self, widget: QWidget) -> None:
        self._grid.addWidget(widget, self._grid.rowCount(), 0, 1, 3)

    def show_value(self, key: str, text: str) -> None:
        self.values[key].setText(text)
        self.values[key].setAccessibleDescription(text)

    def rename(self, key: str, name: str) -> None:
        self._names[key].setText(name)
        self.values[key].setAccessibleName(name)

    def clear(self) -> None:
        for key in list(self.values):
            for widget in (self.values.pop(key), self._names.pop(key)):
                self._grid.removeWidget(widget)
                widget.deleteLater()


class ResultPanel(QWidget):
    """Figures of the active alignment."""

    align_requested = Signal()
    """The user wants it computed anew, because it belongs to files that were changed since."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("result")
        self._document = document
        self.stale = Notice("warn")
        again = button(self.tr("Align again"))
        again.clicked.connect(self.align_requested)
        self.stale.buttons.addSpacing(24)
        self.stale.buttons.addWidget(again)
        self.stale.buttons.addStretch(1)
        self.ahead = Notice("muted")
        self._empty = label(self.tr("No path yet."), "muted")
        self.figures = _Figures()
        add = self.figures.add
        add("cost", self.tr("Normalised cost"), self.tr("Cost of the path divided by the step pattern's norm"))
        add("length", self.tr("Path length"), self.tr("Pairs of rows on the path"))
        add("seconds", self.tr("Solved in"), self.tr("Wall time of the last solve"))
        self.bar = SharesBar()
        self.figures.add_wide(self.bar)
        add("diagonal", self.tr("Diagonal"), self.tr("Steps on which both sides move on"), "good")
        add("horizontal", self.tr("Horizontal"), self.tr("Steps on which A moves on while B stands"), "a")
        add("vertical", self.tr("Vertical"), self.tr("Steps on which B moves on while A stands"), "b")
        self._truth_heading = heading(self.tr("Truth"))
        self._truth_heading.setContentsMargins(0, 8, 0, 0)
        self.errors = _Figures()
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(6)
        column.addWidget(heading(self.tr("Result")))
        for part in (self.stale, self.ahead, self._empty, self.figures, self._truth_heading, self.errors):
            column.addWidget(part)
        column.addStretch(1)
        document.changed.connect(self._changed)
        self._draw()

    def _changed(self, change: Change) -> None:
        if change & (Change.PATH | Change.ALIGNMENTS | Change.TRUTH):
            self._draw()

    def _draw(self) -> None:
        alignment = self._document.shown.alignment
        solved = alignment is not None and alignment.path is not None
        self.stale.say(alignment.stale if alignment is not None else "")
        ahead = alignment is not None and alignment.path is not None and alignment.path.approximate
        self.ahead.say(self.tr("An approximate path, shown until the exact one is solved.") if ahead else "")
        self._empty.setVisible(not solved)
        self.figures.setVisible(solved)
        if alignment is not None and solved:
            self._draw_path(alignment)
        errors = alignment.errors if alignment is not None and solved else None
        self._truth_heading.setVisible(errors is not None)
        self.errors.setVisible(errors is not None)
        if errors is not None:
            self._draw_errors(errors)

    def _draw_path(self, alignment: Alignment) -> None:
        path = alignment.path
        assert path is not None
        # A pattern without a norm (symmetric1) still has a figure to compare by.
        normal = path.normalised is not None
        cost = path.normalised if path.normalised is not None else path.mean_cost
        self.figures.rename("cost", self.tr("Normalised cost") if normal else self.tr("Mean cost a step"))
        about = "≈ " if path.approximate else ""
        self.figures.show_value("cost", about + (f"{cost:.4g}" if cost >= 0.0005 or cost == 0 else f"{cost:.2e}"))
        self.figures.show_value("length", f"{len(path):,}".replace(",", "\N{NARROW NO-BREAK SPACE}"))
        self.figures.show_value("seconds", format_seconds(alignment.seconds))
        shares = path.shares()
        self.bar.set_shares(*shares)
        for key, share in zip(("diagonal", "horizontal", "vertical"), shares, strict=True):
            self.figures.show_value(key, f"{share * 100:.1f} %")

    def _draw_errors(self, e: Errors) -> None:
        def both(ms: float, frames: float | None) -> str:
            words = [f"{ms:.0f} ms" if ms >= 9.95 else f"{ms:.1f} ms"]
            if frames is not None:
                words.insert(0, self.tr("{n} fr").format(n=f"{frames:.1f}"))
            return " · ".join(words)

        figures = [
            ("median", self.tr("Median error"), both(e.median_ms, e.median_frames)),
            ("mean", self.tr("Mean error"), both(e.mean_ms, e.mean_frames)),
            ("p90", self.tr("90 % below"), both(e.p90_ms, e.p90_frames)),
            *(
                (f"within {k}", self.tr("≤ {tolerance}").format(tolerance=k), f"{v * 100:.1f} %")
                for k, v in e.within.items()
            ),
            ("count", self.tr("Events judged"), str(e.count)),
        ]
        if list(self.errors.values) != [key for key, _, _ in figures]:
            self.errors.clear()
            for key, name, _ in figures:
                self.errors.add(key, name)
        for key, _, value in figures:
            self.errors.show_value(key, value)
