"""A recording to be explained: a few frames of it, its rows thinned until they fit, or a worked example."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from syncline.errors import Infeasible, OverBudget, ParameterError
from syncline.model import Features
from syncline.model.emissions import Emissions

from .lesson import Lesson, Line

__all__ = [
    "FRAMES", "LABELS", "Laid", "Place", "Points", "SegmentCase", "SegmentLesson", "Series", "Stretch", "Words",
    "case_of", "lay", "worked_case",
]  # fmt: skip

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Align = Callable[[Emissions, I64], Any]
"""`solvers.segment.ctc.align`."""

FRAMES = 13
"""Columns of a sheet or a board: room for `LABELS` labels with blanks around each."""
LABELS = 5
"""Labels of a word that are walked through."""
ROWS = 600
"""Rows that are clustered."""


Words = Sequence[tuple[str, tuple[str, ...]]]
"""Each word with the labels that spell it; what stands between words is a word without a text."""


@dataclass(frozen=True, eq=False)
class Laid:
    """A transcript on all frames of a recording.

    Attributes
    ----------
    path
        int64 (T,): columns of the emissions, the most probable path to the transcript, or that of all.
    greedy
        int64 (T,): the most probable label of every frame.
    words
        The transcript; empty reads the labels out of the emissions.
    trouble
        Why the transcript could not be laid, or empty.
    """

    emissions: Emissions
    path: I64
    greedy: I64
    words: Words = ()
    trouble: str = ""


@dataclass(frozen=True)
class Place:
    """Where to look.

    Attributes
    ----------
    word
        Number of a word of the transcript, from 0; −1: the one at that time.
    start, end
        Seconds; equal if it is a moment, both None for the whole.
    """

    word: int = -1
    start: float | None = None
    end: float | None = None


@dataclass(frozen=True, eq=False)
class Stretch:
    """Frames that are walked through label by label.

    Attributes
    ----------
    emissions
        Of these frames only.
    times
        float64 (T,): seconds at which they begin.
    labels
        Columns: what the transcript says of them, or what was read out of them.
    path
        Columns, one a frame: the most probable path to these labels.
    greedy
        Columns: the most probable label of every frame.
    word
        What is spoken in them.
    whole
        False if there is more of the word.
    left_out
        Frames in between that were left out, since nothing changes in them.
    said
        There is a transcript.
    trouble
        Why the transcript could not be laid, or empty.
    """

    emissions: Emissions
    times: F64
    labels: tuple[int, ...]
    path: tuple[int, ...]
    greedy: tuple[int, ...]
    word: str = ""
    whole: bool = True
    left_out: int = 0
    said: bool = True
    trouble: str = ""


@dataclass(frozen=True, eq=False)
class Points:
    """Rows that are clustered.

    Attributes
    ----------
    x
        float64 (n, D): each channel over its spread.
    flat
        float64 (n, 2): as they are drawn, the two directions in which they spread most.
    axes
        float64 (D, 2): ``(x − middle) @ axes = flat``.
    middle
        float64 (D,).
    of
        Every how manieth row of the recording.
    run
        Numbers of `FRAMES` rows in a row, around the place.
    times
        float64 (n,).
    centres
        float64 (k, D) to start from, one set a start; None draws them.
    """

    x: F64
    flat: F64
    axes: F64
    middle: F64
    of: int
    run: tuple[int, ...]
    times: F64
    centres: tuple[F64, ...] | None = None


@dataclass(frozen=True, eq=False)
class Series:
    """At most `FRAMES` rows that are cut.

    Attributes
    ----------
    x
        float64 (n, D).
    line
        float64 (n,): as they are drawn.
    heads
        What the columns are called.
    of
        Every how manieth row of the stretch.
    penalty
        β at the factor 1; None takes the default of the method.
    """

    x: F64
    line: F64
    heads: tuple[str, ...]
    of: int = 1
    penalty: float | None = None


@dataclass(frozen=True, eq=False)
class SegmentCase:
    """What the lessons walk through.

    Attributes
    ----------
    made_up
        Which of ``"stretch"``, ``"points"``, ``"series"`` are worked examples.
    """

    stretch: Stretch
    points: Points
    series: Series
    made_up: frozenset[str] = field(default_factory=frozenset[str])


class SegmentLesson(Lesson):
    """A method on a `SegmentCase`."""

    part = "stretch"
    """What of the case it is about."""
    below = True
    """The words stand under the picture, which is wide and low."""

    @staticmethod
    def names_of(problem: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return (), ()

    @property
    def made_up(self) -> bool:
        """The part of the case is a worked example."""
        return self.part in self.problem.made_up

    def example(self, words: str) -> Line:
        """Says that it is one, and why, if the rest is not."""
        if len(self.problem.made_up) < 3:
            missing = self.tr("no emissions") if self.part == "stretch" else self.tr("no features at hand")
            words = self.tr("Of this recording there are {missing}.").format(missing=missing) + " " + words
        return Line(words, "muted")


# -- the recording in hand -------------------------------------------------------------------------------------------


def lay(emissions: Emissions, spelled: Callable[[], Words], align: Align) -> Laid:
    """Lay a transcript onto all frames; where that can't be done it is said why, and labels are read instead.

    Parameters
    ----------
    spelled
        Gives the transcript.
    align
        Lays labels onto emissions.
    """
    greedy = np.argmax(emissions.log_probs, 1).astype(np.int64)
    try:
        words = spelled()
        if words:
            columns = emissions.index([name for _, names in words for name in names])
            return Laid(emissions, np.asarray(align(emissions, columns).path, np.int64), greedy, words)
    except (Infeasible, OverBudget, ParameterError) as error:
        return Laid(emissions, greedy, greedy, (), str(error))
    return Laid(emissions, greedy, greedy)


def case_of(laid: Laid | None, rows: Features | None, place: Place) -> SegmentCase:
    """Take of a recording what fits, near a place; what it lacks are worked examples.

    Parameters
    ----------
    rows
        The features that are cut or clustered.
    """
    worked = worked_case()
    made: set[str] = set()
    stretch = None if laid is None else _stretch(laid, place)
    if stretch is None:
        made.add("stretch")
    points, series = worked.points, worked.series
    if rows is None or len(rows) < 4:
        made |= {"points", "series"}
    else:
        points, series = _points(rows, place), _series(rows, place)
    return SegmentCase(stretch or worked.stretch, points, series, frozenset(made))


def _stretch(laid: Laid, place: Place) -> Stretch | None:
    """Some frames around a word; None where nothing but blanks is heard."""
    e, path, greedy = laid.emissions, laid.path, laid.greedy
    spans = _spans(path, e.blank)
    if not spans:
        return None
    first, last, word = _chosen(e, laid.words, spans, place)
    stop = min(last, first + LABELS)
    start, end = spans[first][1], spans[stop - 1][2]
    # With a blank before and one after, if there are any.
    start -= start > (spans[first - 1][2] if first else 0)
    end += end < (spans[stop][1] if stop < len(spans) else len(e))
    frames = _fitting(path, start, end)
    labels = [c for c, _, _ in spans[first:stop]]
    taken = Emissions(e.log_probs[frames].copy(), e.labels, e.blank, e.start, e.step)
    return Stretch(
        taken,
        np.asarray(e.start + frames * e.step, np.float64),
        tuple(labels),
        tuple(int(c) for c in path[frames]),
        tuple(int(c) for c in greedy[frames]),
        word or "".join(e.labels[c] for c in labels),
        stop == last,
        int(frames[-1] - frames[0] + 1 - len(frames)),
        bool(laid.words),
        laid.trouble,
    )


def _spans(path: I64, blank: int) -> list[tuple[int, int, int]]:
    """Runs of labels of a path: column, first frame, last one exclusive."""
    edges = np.flatnonzero(np.diff(path, prepend=-1, append=-1))
    return [(int(path[a]), int(a), int(b)) for a, b in pairwise(edges) if path[a] != blank]


def _chosen(e: Emissions, words: Words, spans: list[tuple[int, int, int]], place: Place) -> tuple[int, int, str]:
    """Labels first .. last − 1 of the word at a place, and the word; without words a few labels from there on."""
    ends, k = [], 0
    for word, names in words:
        k += len(names)
        # Spaces between words are labels, but no words.
        if word and names:
            ends.append((k - len(names), k, word))
    if 0 <= place.word < len(ends):
        return ends[place.word]
    at = 0
    if place.start is not None and place.end is not None:
        frame = ((place.start + place.end) / 2 - e.start) / e.step
        at = int(np.argmin([max(a - frame, frame - b, 0) for _, a, b in spans]))
    if ends:
        return min(ends, key=lambda x: max(x[0] - at, at - (x[1] - 1), 0))
    return at, min(at + LABELS, len(spans)), ""


def _fitting(path: I64, start: int, end: int) -> I64:
    """Frames start .. end − 1, those left out in which nothing changes, from the middles of the longest runs."""
    edges = np.flatnonzero(np.diff(path[start:end], prepend=-1, append=-1))
    runs = [list(range(start + a, start + b)) for a, b in pairwise(edges)]
    while sum(map(len, runs)) > FRAMES:
        longest = max(runs, key=len)
        del longest[len(longest) // 2]
    return np.array([t for run in runs for t in run], np.int64)


def _points(rows: Features, place: Place) -> Points:
    of = -(-len(rows) // ROWS)
    values = np.asarray(rows.values[::of], np.float64)
    spread = values.std(0)
    x = values / np.where(spread > 0, spread, 1.0)
    times = rows.times[::of]
    middle = _middle(place)
    at = 0 if middle is None else int(np.abs(times - middle).argmin()) - FRAMES // 2
    at = max(min(at, len(x) - FRAMES), 0)
    return _flattened(x, of, tuple(range(at, min(at + FRAMES, len(x)))), times)


def _flattened(x: F64, of: int, run: tuple[int, ...], times: F64, centres: tuple[F64, ...] | None = None) -> Points:
    middle = x.mean(0)
    axes = np.linalg.svd(x - middle, full_matrices=False)[2][:2].T
    if axes.shape[1] < 2:
        axes = np.column_stack([axes, np.zeros(len(axes))])
    return Points(x, (x - middle) @ axes, axes, middle, of, run, times, centres)


def _series(rows: Features, place: Place) -> Series:
    inside = np.ones(len(rows), bool)
    if place.start is not None and place.end is not None and place.end > place.start:
        inside = (rows.times >= place.start) & (rows.times < place.end)
    elif (middle := _middle(place)) is not None:
        # A moment: as many rows either side as make some structure visible.
        inside = np.abs(np.arange(len(rows)) - np.abs(rows.times - middle).argmin()) <= 5 * FRAMES
    if inside.sum() < 4:
        inside[:] = True
    values, times = np.asarray(rows.values[inside], np.float64), rows.times[inside]
    # Rows as they are: means of several would be neither of what meets in them.
    of = -(-len(values) // FRAMES)
    x = values[::of]
    line = x[:, 0]
    if x.shape[1] > 1:
        centred = x - x.mean(0)
        line = centred @ np.linalg.svd(centred, full_matrices=False)[2][0]
    return Series(x, line, tuple(f"{t:.2f}" for t in times[::of].tolist()), of)


def _middle(place: Place) -> float | None:
    return None if place.start is None or place.end is None else (place.start + place.end) / 2


# -- worked by hand --------------------------------------------------------------------------------------------------


def worked_case() -> SegmentCase:
    """Four frames and two labels; six rows in the plane; ten numbers that change twice.

    The labels “ab” have the probability 0.3066, their best path ∅ a b ∅ 0.06; the most probable label of every frame
    leads to “b” instead. From (0, 0) and (0, 2) k-means ends at 55, from (0, 0) and (6, 0) at 4. With β = 20 the
    numbers are cut before the fourth and the eighth, with 60 not at all.
    """
    p = np.array([(0.5, 0.3, 0.2), (0.4, 0.4, 0.2), (0.3, 0.2, 0.5), (0.6, 0.1, 0.3)])
    e = Emissions(np.log(p).astype(np.float32), ("∅", "a", "b"), 0, 0.0, 1.0)
    stretch = Stretch(e, np.arange(1.0, 5.0), (1, 2), (0, 1, 2, 0), tuple(map(int, p.argmax(1))), "ab")
    x = np.array([[0, 0], [0, 1], [0, 2], [6, 0], [6, 1], [6, 2]], np.float64)
    points = Points(
        x, x.copy(), np.eye(2), np.zeros(2), 1, tuple(range(6)), np.arange(6.0), (x[[0, 2]].copy(), x[[0, 3]].copy())
    )
    y = np.array([0, 0, 0, 5, 5, 5, 5, 1, 1, 1], np.float64)
    series = Series(y[:, None], y, tuple(f"{v:g}" for v in y), 1, 20.0)
    return SegmentCase(stretch, points, series, frozenset(("stretch", "points", "series")))
