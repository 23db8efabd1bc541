"""What the alignment came to: figures of the path, and how far it is from the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from syncline.model import Alignment, Errors
from syncline.model.paths import Offset

from ..document import Change, Document
from ..theme import theme
from .clock import format_seconds
from .figures import Figure, Figures
from .plain import Notice, button, heading, label

if TYPE_CHECKING:
    from syncline.confidence import Confidence

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
        self.verdict = Notice("warn")
        self._empty = label(self.tr("No path yet."), "muted")
        self.figures = Figures()
        add = self.figures.add
        add("cost", self.tr("Normalised cost"), self.tr("Cost of the path divided by the step pattern's norm"))
        add("length", self.tr("Path length"), self.tr("Pairs of rows on the path"))
        add("seconds", self.tr("Solved in"), self.tr("Wall time of the last solve"))
        add(
            "unsure",
            self.tr("Uncertain"),
            self.tr("Share of A that is more likely wrong than right, and in how many places"),
        )
        add("shift", self.tr("Shift"), self.tr("B's clock minus A's, the same all along"))
        add(
            "confidence",
            self.tr("Confidence"),
            self.tr("Height of the best shift over the second best: 1 is a guess, above 1.5 is sure"),
        )
        self.bar = SharesBar()
        self.figures.add_wide(self.bar)
        add("diagonal", self.tr("Diagonal"), self.tr("Steps on which both sides move on"), "good")
        add("horizontal", self.tr("Horizontal"), self.tr("Steps on which A moves on while B stands"), "a")
        add("vertical", self.tr("Vertical"), self.tr("Steps on which B moves on while A stands"), "b")
        self._truth_heading = heading(self.tr("Truth"))
        self._truth_heading.setContentsMargins(0, 8, 0, 0)
        self.errors = Figures()
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(6)
        column.addWidget(heading(self.tr("Result")))
        for part in (self.stale, self.ahead, self.verdict, self._empty, self.figures, self._truth_heading, self.errors):
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

    def show_sure(self, sure: Confidence | None, judgement: str, faded: bool) -> None:
        """Say how much of the path is unsure, and what the verdict on the pair has to say."""
        self.verdict.say(judgement)
        if sure is None:
            words = "–"
        else:
            spots = len(sure.stretches)
            words = self.tr("{share} % · {n} spots") if spots != 1 else self.tr("{share} % · {n} spot")
            words = words.format(share=f"{100 * float(sure.unsure.mean()):.0f}", n=spots)
        self.figures.show_value("unsure", f"({words})" if faded and sure is not None else words)

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
        offset = path.blocks if isinstance(path.blocks, Offset) else None
        estimated = offset is not None and offset.source != "anchors"
        self.figures.set_shown("shift", offset is not None)
        self.figures.set_shown("confidence", estimated)
        if offset is not None:
            self.figures.show_value("shift", f"{offset.shift:+.4f} s")
            self.figures.show_value("confidence", f"{offset.confidence:.2f}")
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

        self.errors.show_figures(
            [
                Figure(self.tr("Median error"), both(e.median_ms, e.median_frames), key="median"),
                Figure(self.tr("Mean error"), both(e.mean_ms, e.mean_frames), key="mean"),
                Figure(self.tr("90 % below"), both(e.p90_ms, e.p90_frames), key="p90"),
                *(
                    Figure(self.tr("≤ {tolerance}").format(tolerance=k), f"{v * 100:.1f} %", key=f"within {k}")
                    for k, v in e.within.items()
                ),
                Figure(self.tr("Events judged"), str(e.count), key="count"),
            ]
        )
