"""The signal of a recording in rows over one time axis: sound, pictures or curves, features, emissions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from syncline.errors import SynclineError
from syncline.model import Features, Media, Recording
from syncline.model.emissions import Emissions
from syncline.progress import Monitor

from ..jobs import Job, Jobs
from ..theme import theme
from .clock import format_time
from .curve_row import CurveRow
from .emission_row import EmissionRow
from .heat_row import FeatureRow
from .sound_feed import SoundFeed
from .spectrum_row import SpectrumRow
from .strip_row import StripRow
from .time_axis import GUTTER, MARGIN, TimeAxis
from .time_lines import TimeLines
from .time_row import TimeRow
from .time_ruler import TimeRuler
from .wave_row import WaveRow

__all__ = ["SignalRows"]

ORDER = ("strip", "wave", "spectrum", "signal", "features", "emissions")


class SignalRows(QWidget):
    """Rows that fit the recording, their heights adjustable.

    Arrow keys pan, + and − zoom, F shows all, Home and End go to the ends, Shift with an arrow key selects from the
    playhead on, Escape selects nothing.
    """

    sought = Signal(float)
    selected = Signal(float, float)
    """A stretch was selected; both ends alike: none is."""
    pointed = Signal(object, str)
    """The mouse is over a second, and what is there in words; None and it has left."""

    def __init__(self, axis: TimeAxis, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.axis, self._jobs = axis, jobs
        self.recording: Recording | None = None
        self.rows: dict[str, TimeRow] = {}
        self._sound: SoundFeed | None = None
        self._loading: Job | None = None
        self._fixed = 0.0
        """The end of the selection that keys leave in place."""
        self.ruler = TimeRuler(axis)
        self._splitter = QSplitter(Qt.Orientation.Vertical)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setHandleWidth(6)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.ruler)
        column.addWidget(self._splitter, 1)
        self.lines = TimeLines(axis, self)
        self._listen(self.ruler)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Signal"))
        axis.changed.connect(self._describe)
        theme().changed.connect(self.update)

    # -- what is shown -----------------------------------------------------------------------------

    def set_recording(self, recording: Recording | None) -> None:
        """Show another recording; only its file matters here."""
        old, self.recording = self.recording, recording
        if old is not None and recording is not None and old.media is recording.media:
            if _holds_emissions(recording):
                self._take("signal")
            elif _holds_emissions(old):
                self._load(recording.media)
            return
        self._clear()
        if recording is None:
            return
        media = recording.media
        self.axis.set_range(0.0, media.duration)
        if not media.path.exists():
            self._put("wave", _Missing(self.axis, self.tr("“%1” is not where it was.").replace("%1", media.name)))
            return
        if media.video is not None:
            self._put("strip", StripRow(self.axis, self._jobs, media))
        if media.audio is not None:
            self._sound = SoundFeed(media, self._jobs, self)
            self._put("wave", WaveRow(self.axis, self._sound))
            self._put("spectrum", SpectrumRow(self.axis, self._sound))
        if media.kind == "features" and not _holds_emissions(recording):
            self._load(media)

    def set_emissions(
        self,
        emissions: Emissions | None,
        path: NDArray[np.integer] | None = None,
        used: Sequence[int] | None = None,
    ) -> None:
        """Show what an acoustic model says.

        Parameters
        ----------
        emissions
            None: nothing.
        path
            The best path, int (T,): the column of every frame, −1 for none.
        used
            Columns that the transcript uses, in its order; None: those of the path.
        """
        row = self.rows.get("emissions")
        if emissions is None:
            self._take("emissions")
        elif isinstance(row, EmissionRow) and row.emissions is emissions:
            row.show_path(path, used)
        else:
            self._put("emissions", EmissionRow(self.axis, self._jobs, emissions, path, used))

    def set_features(self, features: Features | None) -> None:
        """Show the features that pieces are cut by."""
        row = self.rows.get("features")
        if features is None:
            self._take("features")
        elif not isinstance(row, (FeatureRow, CurveRow)) or row.features is not features:
            self._put("features", self._curves(features, self.tr("features")))

    def _curves(self, features: Features, name: str) -> TimeRow:
        kind = CurveRow if features.values.shape[1] <= CurveRow.MOST else FeatureRow
        return kind(self.axis, self._jobs, features, name)

    def _load(self, media: Media) -> None:
        """Show the numbers of the file itself."""

        def load(monitor: Monitor) -> Features:
            from syncline.media import load_sequence

            monitor.check()
            return load_sequence(media)

        job = self._loading = self._jobs.submit(self.tr("Reading %1").replace("%1", media.name), load, quiet=True)

        def show(features: Features) -> None:
            if self._loading is job:
                self._put("signal", self._curves(features, self.tr("signal")))

        def fail(error: BaseException) -> None:
            if self._loading is job:
                if not isinstance(error, SynclineError):
                    raise error
                self._put("signal", _Missing(self.axis, str(error)))

        job.succeeded.connect(show)
        job.failed.connect(fail)

    def set_playhead(self, time: float | None) -> None:
        """Draw the playhead there."""
        self.lines.set_playhead(time)

    def set_boundary(self, time: float | None) -> None:
        """Draw a dashed line there: a boundary is in hand."""
        self.lines.set_boundary(time)

    def set_selection(self, stretch: tuple[float, float] | None) -> None:
        """Shade a stretch."""
        self.lines.set_selection(stretch)

    @property
    def selection(self) -> tuple[float, float] | None:
        """The stretch that is selected."""
        return self.lines.selection

    def close_rows(self) -> None:
        """Stop all jobs of the rows."""
        self._clear()

    def _clear(self) -> None:
        for name in list(self.rows):
            self._take(name)
        if self._loading is not None:
            self._loading.cancel()
            self._loading = None
        if self._sound is not None:
            self._sound.close()
            self._sound.deleteLater()
            self._sound = None
        self.lines.set_selection(None)
        self.lines.set_boundary(None)

    def _put(self, name: str, row: TimeRow) -> None:
        self._take(name)
        self.rows[name] = row
        at = sum(ORDER.index(other) < ORDER.index(name) for other in self.rows)
        self._splitter.insertWidget(at, row)
        self._splitter.setStretchFactor(at, row.sizeHint().height())
        self._listen(row)
        row.show()
        self.lines.raise_()

    def _take(self, name: str) -> None:
        row = self.rows.pop(name, None)
        if row is not None:
            row.stop()
            row.setParent(None)
            row.deleteLater()

    # -- the hand ----------------------------------------------------------------------------------

    def _listen(self, row: TimeRow) -> None:
        row.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        row.setFocusProxy(self)
        row.sought.connect(self._seek)
        row.selecting.connect(lambda start, end: self.lines.set_selection((start, end)))
        row.selected.connect(self._select)
        row.pointed.connect(self.pointed)

    def _seek(self, time: float) -> None:
        if self.selection is not None:
            self._select(time, time)
        self.sought.emit(time)

    def _select(self, start: float, end: float) -> None:
        self.lines.set_selection((start, end) if end > start else None)
        self.selected.emit(start, end)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        axis, key = self.axis, event.key()
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        by = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(key), 0)
        if by and shift:
            self._extend(8 * by * axis.per_pixel)
        elif by:
            axis.pan(0.1 * by * (axis.end - axis.start))
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            axis.zoom(1 / 1.5, self._middle())
        elif key in (Qt.Key.Key_Minus, Qt.Key.Key_Underscore):
            axis.zoom(1.5, self._middle())
        elif key == Qt.Key.Key_F and not event.modifiers():
            axis.fit()
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            axis.pan((axis.first - axis.last) if key == Qt.Key.Key_Home else (axis.last - axis.first))
        elif key == Qt.Key.Key_Escape and (self.abandon() or self.selection is not None):
            self._select(0.0, 0.0)
        else:
            super().keyPressEvent(event)

    def abandon(self) -> bool:
        """Call the hand back that draws a stretch; False if none does."""
        held = [row for row in self.rows.values() if row.in_hand]
        for row in held:
            row.abandon()
        return bool(held)

    def _middle(self) -> float:
        """What stays in place when keys zoom: the playhead if it is seen, else the middle."""
        head = self.lines.playhead
        if head is not None and self.axis.start <= head <= self.axis.end:
            return head
        return (self.axis.start + self.axis.end) / 2

    def _extend(self, seconds: float) -> None:
        held = self.selection
        if held is None or self._fixed not in held:
            self._fixed = self._middle() if held is None else held[0]
        fixed = self._fixed
        moving = fixed if held is None else held[0] if held[1] == fixed else held[1]
        moving = min(max(moving + seconds, self.axis.first), self.axis.last)
        self.axis.reveal(moving, 0.02)
        self._select(min(fixed, moving), max(fixed, moving))

    # -- the widget --------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.axis.set_width(self.width() - GUTTER - MARGIN)
        self.lines.setGeometry(self.rect())
        self.lines.raise_()

    def _describe(self) -> None:
        seen = (format_time(self.axis.start), format_time(self.axis.end))
        self.setAccessibleDescription(self.tr("From %1 to %2").replace("%1", seen[0]).replace("%2", seen[1]))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.lines.set_focused(event.reason() in _BY_KEY)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.lines.set_focused(False)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(theme().colours.stage))
        painter.end()


_BY_KEY = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)


def _holds_emissions(recording: Recording) -> bool:
    """Whether the numbers of the file are emissions: they have a row of their own."""
    source = recording.emissions
    return recording.media.kind == "features" and source is not None and not source.path and not source.model


class _Missing(TimeRow):
    """A sentence where rows would be."""

    def __init__(self, axis: TimeAxis, message: str) -> None:
        super().__init__(axis, "", 98)
        self.say(message)
