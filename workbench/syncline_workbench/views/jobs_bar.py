"""The job at work: what it does, how far it is, how long it will take, and Cancel."""

from __future__ import annotations

import time

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QToolButton, QWidget

from ..jobs import Job, Jobs
from ..theme import theme
from .plain import Elided, IconButton, button, figures, label

__all__ = ["JobsBar", "ThinBar", "remaining_text"]

_TURN = 1.2
"""Seconds in which the piece wanders from one end to the other."""


class ThinBar(QProgressBar):
    """A progress bar of a few pixels, 0 to 1000."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setRange(0, 1000)
        self.setTextVisible(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMaximumWidth(160)
        self._began: float | None = None
        self._moving = QTimer(self)
        self._moving.setInterval(40)
        self._moving.timeout.connect(self.update)
        theme().changed.connect(self.update)

    def show_share(self, share: float | None) -> None:
        """Fill to `share`; None: a piece that wanders, since nobody knows how far it is."""
        if share is None:
            if self._began is None:
                self._began = time.monotonic()
                self._moving.start()
            return
        self._began = None
        self._moving.stop()
        self.setValue(round(1000 * share))
        self.update()

    @property
    def wandering(self) -> bool:
        """True while nobody knows how far it is."""
        return self._began is not None

    def sizeHint(self) -> QSize:
        return QSize(160, 6)

    def minimumSizeHint(self) -> QSize:
        return QSize(40, 6)

    def paintEvent(self, _event: QPaintEvent) -> None:
        c = theme().colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        box = QRectF(0, (self.height() - 6) / 2, self.width(), 6)
        painter.setBrush(QColor(c.border))
        painter.drawRoundedRect(box, 3, 3)
        if self._began is not None:
            turn = (time.monotonic() - self._began) / _TURN % 2
            left = box.left() + 0.7 * box.width() * (turn if turn <= 1 else 2 - turn)
            painter.setBrush(QColor(c.accent))
            painter.drawRoundedRect(QRectF(left, box.top(), 0.3 * box.width(), 6), 3, 3)
            painter.end()
            return
        done = box.width() * self.value() / 1000
        if done > 0:
            painter.setBrush(QColor(c.accent))
            painter.drawRoundedRect(QRectF(box.left(), box.top(), max(done, 6.0), 6), 3, 3)
        painter.end()


def remaining_text(fraction: float, remaining: float | None, translator: QWidget) -> str:
    """``64 % · 3 s left``."""
    percent = f"{int(fraction * 100)} %"
    if remaining is None:
        return percent
    seconds = max(round(remaining), 1)
    if seconds < 60:
        left = translator.tr("{n} s left").format(n=seconds)
    elif seconds < 3600:
        left = translator.tr("{n} min left").format(n=max(round(seconds / 60), 1))
    else:
        left = translator.tr("{n} h left").format(n=f"{seconds / 3600:.1f}")
    return f"{percent} · {left}"


class _Popup(QFrame):
    """All jobs, each with its own Cancel."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("role", "popup")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(12, 10, 12, 10)
        self._grid.setHorizontalSpacing(10)
        self._jobs: list[Job] = []
        self._lines: list[tuple[Elided, ThinBar, QLabel]] = []

    def show_jobs(self, jobs: list[Job]) -> None:
        if jobs != self._jobs:
            self._jobs = list(jobs)
            while (item := self._grid.takeAt(0)) is not None:
                if (widget := item.widget()) is not None:
                    widget.hide()
                    widget.deleteLater()
            self._lines = []
            for row, job in enumerate(jobs):
                name, bar, words = Elided(job.title, mode=Qt.TextElideMode.ElideRight), ThinBar(), label("", "muted")
                name.setMinimumWidth(180)
                words.setMinimumWidth(110)
                stop = IconButton("x", self.tr("Cancel {job}").format(job=job.title))
                stop.clicked.connect(job.cancel)
                for column, widget in enumerate((name, bar, words, stop)):
                    self._grid.addWidget(widget, row, column)
                self._lines.append((name, bar, words))
            self.adjustSize()
        for job, (name, bar, words) in zip(jobs, self._lines, strict=True):
            waits = job.waits_for
            name.setText(waits or job.label or job.title)
            bar.show_share(None if waits else job.fraction)
            words.setText("" if waits else remaining_text(job.fraction, job.remaining, self))


class JobsBar(QWidget):
    """Shows the jobs that are not quiet; empty while there is none."""

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("jobs-bar")
        self.setAccessibleName(self.tr("Jobs"))
        self._jobs = jobs
        self.title = label("", "muted")
        self.bar = ThinBar()
        self.words = label("", "muted")
        self.words.setFont(figures(self.words.font()))
        self.cancel = button(self.tr("Cancel"))
        self.cancel.setProperty("role", "small")
        self.cancel.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.cancel.clicked.connect(self._cancel)
        self.more = QToolButton()
        self.more.setProperty("role", "flat")
        self.more.setAutoRaise(True)
        self.more.clicked.connect(self._open)
        self.popup = _Popup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        for widget in (self.title, self.bar, self.words, self.cancel, self.more):
            row.addWidget(widget)
        self._parts: tuple[QWidget, ...] = (self.title, self.bar, self.words, self.cancel)
        row.addStretch(1)
        # A progress bar repaints at once when it moves; not in the midst of a document change, and once for many.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(15)
        self._soon.timeout.connect(self._draw)
        # The time that remains goes on, and comes to nothing, while a job says nothing new.
        self._tick = QTimer(self)
        self._tick.setInterval(250)
        self._tick.timeout.connect(self._draw)
        jobs.changed.connect(lambda: None if self._soon.isActive() else self._soon.start())
        self._draw()

    def sizeHint(self) -> QSize:
        # As high without a job as with one: else the whole window would be laid and painted anew for every job.
        size = super().sizeHint()
        return QSize(size.width(), max(size.height(), self.cancel.sizeHint().height()))

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), self.sizeHint().height())

    def _current(self) -> list[Job]:
        return [job for job in self._jobs.active if not job.quiet]

    def _draw(self) -> None:
        jobs = self._current()
        for part in self._parts:
            part.setVisible(bool(jobs))
        self.more.setVisible(len(jobs) > 1)
        if not jobs:
            self._tick.stop()
            self.bar.show_share(0.0)
            self.popup.hide()
            return
        if not self._tick.isActive():
            self._tick.start()
        job = jobs[0]
        stopping = job.monitor.cancelled
        waits = "" if stopping else job.waits_for
        words = waits or job.label or job.title
        self.title.setText(self.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, 360))
        self.bar.show_share(None if waits else job.fraction)
        self.bar.setAccessibleName(job.title)
        left = "" if waits else remaining_text(job.fraction, job.remaining, self)
        self.words.setText(self.tr("stopping…") if stopping else left)
        self.cancel.setEnabled(not stopping)
        self.more.setText(self.tr("{n} jobs").format(n=len(jobs)))
        if self.popup.isVisible():
            self.popup.show_jobs(jobs)

    def _cancel(self) -> None:
        jobs = self._current()
        if jobs:
            jobs[0].cancel()
            self._draw()

    def _open(self) -> None:
        self.popup.show_jobs(self._current())
        self.popup.adjustSize()
        self.popup.move(self.more.mapToGlobal(QPoint(0, -self.popup.height() - 6)))
        self.popup.show()
