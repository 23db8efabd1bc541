"""What a segmentation came to: its figures, how near the truth its boundaries are, and how it differs from another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from syncline.model import NamedSegments, Segment

from ..document import Change, Document
from .boundary_bars import BoundaryBars, ColumnFigures, Series
from .clock import format_seconds
from .figures import Figure, Figures
from .plain import Elided, Notice, button, heading, label
from .tiers_said import short
from .tiers_shown import alike

if TYPE_CHECKING:
    from syncline.recutting import Compared
    from syncline.segment_quality import BoundaryErrors, UnitErrors
    from syncline.segmentation import Judgement

__all__ = ["SegmentsResult"]

_MOST = 4
"""Tiers that are judged side by side; there is no room for more."""


class _Judged(Protocol):
    """What a judgement and a comparison have in common."""

    @property
    def tier(self) -> str: ...
    @property
    def boundaries(self) -> BoundaryErrors: ...


class SegmentsResult(QWidget):
    """Figures of the segmentation shown, beside the one compared. Draws `Document.shown`.

    What is judged is handed in (`set_judgement`, `set_comparison`), and forgotten once another segmentation is shown.

    Signals: `segment_requested()`, where pieces belong to a file that was changed since.
    """

    segment_requested = Signal()
    """The user wants it cut anew."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("segments-result")
        self._document = document
        self._judged: list[Judgement] = []
        self._judged_other: list[Judgement] = []
        self._compared: list[Compared] = []
        self._of: tuple[int | None, int | None] = (None, None)
        self._sum: tuple[tuple[Segment, ...], float, int] = ((), 0.0, 0)
        self.stale = Notice("warn")
        again = button(self.tr("Segment again"))
        again.clicked.connect(self.segment_requested)
        self.stale.buttons.addSpacing(24)
        self.stale.buttons.addWidget(again)
        self.stale.buttons.addStretch(1)
        self.notes = Notice("warn")
        self._empty = label(self.tr("Not cut yet."), "muted")
        self._reason = label("", "muted")
        self._reason.setWordWrap(True)
        self.figures = Figures()
        self._truth_heading = heading(self.tr("Truth"))
        self.bars, self.truth = BoundaryBars(), ColumnFigures()
        self._outlined = Elided(role="muted", mode=Qt.TextElideMode.ElideRight)
        self._beside_heading = heading(self.tr("Side by side"))
        self.beside = ColumnFigures()
        self._agreeing = label(self.tr("Boundaries that agree"), "muted")
        self.same_bars, self.same = BoundaryBars(), ColumnFigures()
        for title in (self._truth_heading, self._beside_heading):
            title.setContentsMargins(0, 8, 0, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(6)
        column.addWidget(heading(self.tr("Result")))
        for part in (
            self.stale, self._empty, self.figures, self._reason, self.notes, self._truth_heading, self.bars,
            self._outlined, self.truth, self._beside_heading, self.beside, self._agreeing,
            self.same_bars, self.same,
        ):  # fmt: skip
            column.addWidget(part)
        column.addStretch(1)
        document.changed.connect(self._changed)
        self._draw()

    def set_judgement(self, judged: Sequence[Judgement], other: Sequence[Judgement] = ()) -> None:
        """Say how the tiers shown do against the truth, and those of the segmentation compared; none: nothing to say.

        See `syncline.segmentation.judge_tiers`.
        """
        if self._judged or self._judged_other or judged or other:
            self._judged, self._judged_other = list(judged[:_MOST]), list(other)
            self._of = self._now
            self._draw()

    def set_comparison(self, compared: Sequence[Compared]) -> None:
        """Say how the boundaries shown lie to those of the segmentation compared (`syncline.recutting.compared`)."""
        if self._compared or compared:
            self._compared = list(compared[:_MOST])
            self._of = self._now
            self._draw()

    @property
    def _now(self) -> tuple[int | None, int | None]:
        session = self._document.shown
        return session.shown_segments, session.compared_segments

    # -- drawing -----------------------------------------------------------------------------------

    def _changed(self, change: Change) -> None:
        if not change & (Change.RECORDING | Change.SEGMENTS):
            return
        shown, compared = self._now
        recording = self._document.shown.active_recording
        if shown != self._of[0] or recording is None or recording.truth is None:
            self._judged, self._judged_other = [], []
        if (shown, compared) != self._of:
            self._compared, self._judged_other = [], []
        self._of = self._now
        self._draw()

    def _draw(self) -> None:
        session = self._document.shown
        segments, other = session.segments, session.other_segments
        there = segments is not None and bool(segments.tiers.tiers)
        self._empty.setVisible(not there)
        self.figures.setVisible(there)
        self._reason.setVisible(segments is not None and bool(segments.reason))
        self.stale.say("" if segments is None else segments.stale)
        self.notes.say("" if segments is None else "\n".join(segments.tiers.notes))
        if segments is not None:
            self._reason.setText(segments.reason)
            if there:
                self.figures.show_figures(self._figures(segments))
        self._draw_truth(segments, other)
        self._draw_beside(segments, other)

    def _draw_truth(self, segments: NamedSegments | None, other: NamedSegments | None) -> None:
        known = bool(self._judged)
        for part in (self._truth_heading, self.bars, self.truth):
            part.setVisible(known)
        self._outlined.setVisible(False)
        if not known or segments is None:
            return
        # The other one's judgements stand right beside those of the same tiers, outlined.
        columns: list[tuple[Series, Judgement]] = []
        for k, j in enumerate(self._judged):
            columns.append((Series(j.tier, j.boundaries.within, k), j))
            twin = next((x for x in self._judged_other if x.tier == j.tier), None)
            if twin is not None and other is not None:
                about = self.tr("{tier} of {name}").format(tier=j.tier, name=other.label)
                columns.append((Series(j.tier, twin.boundaries.within, k, True, about), twin))
        columns = columns[:_MOST]
        self.bars.show_series([one for one, _ in columns])
        self.truth.show_table([one for one, _ in columns], self._errors([j for _, j in columns]))
        outlined = other is not None and any(one.hollow for one, _ in columns)
        self._outlined.setVisible(outlined)
        if other is not None and outlined:
            self._outlined.setText(self.tr("Outlined: {name}").format(name=other.label))

    def _draw_beside(self, segments: NamedSegments | None, other: NamedSegments | None) -> None:
        both = segments is not None and other is not None
        known = both and bool(self._compared)
        for part in (self._beside_heading, self.beside):
            part.setVisible(both)
        for part in (self._agreeing, self.same_bars, self.same):
            part.setVisible(known)
        if segments is None or other is None:
            return
        mine, theirs = ({f.key or f.name: f for f in self._figures(s)} for s in (segments, other))
        rows = [
            (f.name, f.help, [one[key].value if key in one else "–" for one in (mine, theirs)])
            for key, f in {**theirs, **mine}.items()
        ]
        self.beside.show_table([segments.label, other.label], rows)
        if known:
            series = [Series(c.tier, c.boundaries.within, k) for k, c in enumerate(self._compared)]
            self.same_bars.show_series(series)
            rows = self._agreement(self._compared)
            self.same.show_table(series, [rows[0], rows[3]])

    # -- in words ----------------------------------------------------------------------------------

    def _figures(self, segments: NamedSegments) -> list[Figure]:
        tiers = segments.tiers.tiers
        found = [f for key, value in segments.figures.items() if (f := self._known(key, value)) is not None]
        for tier in tiers:
            name = self.tr("Pieces") if len(tiers) == 1 else short(tier.name).capitalize()
            found.append(Figure(name, _whole(len(tier.segments)), self.tr("How many pieces there are"), key=name))
        sure = self._mean(tiers[0].segments) if tiers else None
        if sure is not None:
            about = self.tr("Mean posterior of the pieces: how sure the method is of them")
            found.append(Figure(self.tr("Mean posterior"), f"{sure:.2f}", about))
        held = segments.constraints
        if held:
            about = self.tr("Boundaries and pieces that a person has set; the method obeys them")
            found.append(Figure(self.tr("Set by hand"), _whole(len(held.pins) + len(held.held)), about))
        if segments.seconds:
            about = self.tr("Wall time of the last solve")
            found.append(Figure(self.tr("Solved in"), format_seconds(segments.seconds), about))
        return found

    def _mean(self, pieces: tuple[Segment, ...]) -> float | None:
        """How sure all pieces are; of those of before only what changed is added anew."""
        old, total, count = self._sum
        first = last = 0
        if old is not pieces:
            first, last = alike(old, pieces)
            for part, sign in ((old[first : len(old) - last], -1), (pieces[first : len(pieces) - last], 1)):
                scores = [s.score for s in part if s.score is not None]
                total, count = total + sign * sum(scores), count + sign * len(scores)
            self._sum = pieces, total, count
        return total / count if count else None

    def _known(self, key: str, value: float) -> Figure | None:
        """A named figure of a method in words; None for those that say nothing to a user."""
        words = {
            "log_prob": (self.tr("Log-probability"), self.tr("Of the transcript, all paths together; 0 is certain")),
            "cost": (self.tr("Cost"), self.tr("Of all pieces together, penalties not counted")),
            "penalty": (self.tr("Penalty"), self.tr("Of each change, in units of the cost")),
            "units": (self.tr("Clusters"), self.tr("Different units")),
            "inertia": (self.tr("Inertia"), self.tr("Sum of squared distances of frames from their cluster's centre")),
        }
        if key not in words or math.isnan(value):
            return None
        name, about = words[key]
        if key == "penalty" and not value:
            return None
        return Figure(name, _whole(round(value)) if key == "units" else _number(value), about)

    def _errors(self, judged: Sequence[Judgement]) -> list[tuple[str, str, list[str]]]:
        rows = self._agreement(judged)
        b = [j.boundaries for j in judged]
        rows += [
            (self.tr("R-value"), self.tr("1 is best; falls with too many boundaries as with too few (Räsänen 2009)"),
             [f"{e.r_value:.3f}".replace("-", "−") for e in b]),
            (self.tr("Too many"), self.tr("Boundaries found, over those there are, less 1"),
             [f"{100 * e.over:+.0f} %".replace("-", "−") for e in b]),
        ]  # fmt: skip
        units: list[UnitErrors | None] = [j.units for j in judged]
        if any(u is not None for u in units):
            rows += [
                (name, about, ["" if u is None else f"{getattr(u, key):.3f}" for u in units])
                for key, name, about in (
                    ("phone_purity", self.tr("Purity"),
                     self.tr("Share of frames whose phone is the commonest of their unit")),
                    ("cluster_purity", self.tr("Cluster purity"),
                     self.tr("Share of frames whose unit is the commonest of their phone")),
                    ("pnmi", "PNMI", self.tr("Share of the phones' entropy that the units explain")),
                )
            ]  # fmt: skip
        return rows

    def _agreement(self, judged: Sequence[_Judged]) -> list[tuple[str, str, list[str]]]:
        b = [j.boundaries for j in judged]
        ms = f"{1000 * b[0].tolerance:.0f} ms"
        within = self.tr("Matched one to one within {ms}").format(ms=ms)
        return [
            ("F1", self.tr("Harmonic mean of precision and recall.") + f" {within}", [f"{e.f1:.3f}" for e in b]),
            (self.tr("Precision"), f"{self.tr('Share of the boundaries found that are right.')} {within}",
             [f"{e.precision:.3f}" for e in b]),
            (self.tr("Recall"), f"{self.tr('Share of the boundaries there are that were found.')} {within}",
             [f"{e.recall:.3f}" for e in b]),
            (self.tr("Median, ms"), self.tr("Milliseconds from each boundary there is to the nearest found"),
             [_ms(e.median_ms) for e in b]),
            (self.tr("90 %, ms"), self.tr("Nine boundaries of ten are nearer"), [_ms(e.p90_ms) for e in b]),
        ]  # fmt: skip


def _ms(value: float) -> str:
    if not math.isfinite(value):
        return "–"
    return f"{value:.0f}" if value >= 9.95 else f"{value:.1f}"


def _whole(n: int) -> str:
    return f"{n:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def _number(x: float) -> str:
    if abs(x) >= 1e5:
        return f"{x:.3g}".replace("-", "−")
    return (f"{x:.1f}" if x == 0 or abs(x) >= 0.95 else f"{x:.2g}").replace("-", "−")
