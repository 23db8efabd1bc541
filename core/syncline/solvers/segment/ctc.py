"""Connectionist temporal classification: many frames to few labels (Graves et al., ICML 2006).

A path gives every frame a label or the blank; merging repeats and then dropping blanks leaves the labelling. The
trellis of a known labelling, blank l₁ blank l₂ … blank, gives its probability (all paths), its most probable path
(forced alignment), and how sure each label and boundary is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import Infeasible, OverBudget, ParameterError
from ...model.emissions import Emissions, let_go
from ...progress import Monitor

__all__ = ["Alignment", "Fixed", "Span", "align", "log_probability"]

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

_CHUNK = 64
"""Frames between those whose scores are kept; the way back solves again what lies between."""
_KEPT = 256 << 20
"""Bytes for those scores; where they are more, fewer frames are kept."""
_MARGIN, _RIM = 16, 1e-10
"""Labels to either side of the best path within which posteriors are worked out, and what may reach that far at most:
if more does, the margin is widened."""

_FAR = 1e30

_Loops = tuple[NDArray[np.float32], NDArray[np.uint32], F64, F64, F64, I64]


@dataclass(frozen=True)
class Fixed:
    """A boundary that a person has set: label number `label` begins (or ends, exclusive) at the start of `frame`.

    Attributes
    ----------
    loose
        It does not begin or end just there: it, and those after it, begin no sooner; or it, and those before it, end
        no later, and those after it begin no sooner.
    """

    label: int
    frame: int
    end: bool = False
    loose: bool = False


@dataclass(frozen=True)
class Span:
    """Where a label lies.

    Attributes
    ----------
    label
        Column of the emissions.
    start, end
        Frames, half-open: those in which the path is at this label and no blank.
    score
        Mean probability of the label in them.
    confidence
        Mean posterior of being at this very place of the labelling in them.
    sure
        Posterior of its beginning within `near` frames of `start`.
    """

    label: int
    start: int
    end: int
    score: float
    confidence: float = math.nan
    sure: float = math.nan


@dataclass(frozen=True, eq=False)
class Alignment:
    """A labelling laid onto frames.

    Attributes
    ----------
    path
        int64 (T,): columns of the emissions, the most probable path.
    states
        int64 (T,): its places in the trellis, 2 k + 1 for label k, 2 k for the blank before it.
    spans
        One a label.
    path_log_prob
        Of that path.
    log_prob
        Of the labelling, all paths together; NaN unless posteriors were asked for.
    occupancy
        float32 (T, C): posterior of each class in each frame; None unless asked for. Its difference from the
        probabilities is the gradient by the logits.
    """

    path: I64
    states: I64
    spans: tuple[Span, ...]
    path_log_prob: float
    log_prob: float = math.nan
    occupancy: NDArray[np.float32] | None = None


@dataclass(eq=False)
class _Trellis:
    """What the loops take, see `_ctc_kernels.best`."""

    emit: NDArray[np.float32]
    z: NDArray[np.uint32]
    skip: F64
    lb: F64
    le: F64
    ranges: I64
    fixed: tuple[Fixed, ...] = ()

    @property
    def common(self) -> _Loops:
        return self.emit, self.z, self.skip, self.lb, self.le, self.ranges


def log_probability(emissions: Emissions, labels: Sequence[int] | I64, monitor: Monitor | None = None) -> float:
    """Natural logarithm of the probability of a labelling, −∞ if no path collapses to it.

    Raises
    ------
    ParameterError
        A label is the blank, or no column.
    """
    trellis = _trellis(emissions, labels)
    return _sums(trellis, trellis.ranges, monitor or Monitor())


def align(
    emissions: Emissions,
    labels: Sequence[int] | I64,
    *,
    fixed: Sequence[Fixed] = (),
    free_start: bool = False,
    free_end: bool = False,
    posteriors: bool = False,
    occupancy: bool = False,
    near: int = 2,
    budget: int = 2 << 30,
    monitor: Monitor | None = None,
) -> Alignment:
    """Lay a labelling onto the frames by the most probable path (forced alignment).

    Parameters
    ----------
    labels
        L columns of the emissions, without blanks; may be empty.
    fixed
        Boundaries that the path obeys.
    free_start, free_end
        Whether the recording may hold more than the labelling before or after it: what lies outside is scored as if
        its frames had their most probable label each, so that nothing is gained by leaving anything out.
    posteriors
        Also say how sure labels and boundaries are (forward–backward), and `occupancy`, each class in each frame.
    near
        Frames either side of a label's start that `Span.sure` takes together.
    budget
        Bytes that may be taken.

    Raises
    ------
    ParameterError
        A label is the blank or no column; a boundary names no label or frame.
    Infeasible
        No path collapses to the labelling and obeys the boundaries; the sentence says why.
    OverBudget
        Before anything is allocated.
    Cancelled
        The monitor was told to stop.
    """
    from . import _ctc_kernels as k

    monitor = monitor or Monitor()
    frames, classes, count = len(emissions), emissions.log_probs.shape[1], len(labels)
    width = count + 1
    chunk = _CHUNK if 16 * width * frames <= _KEPT * _CHUNK else max(_CHUNK, math.isqrt(frames))
    chunks = -(-frames // chunk)
    needed = 16 * width * (chunks + 4) + min(chunk, width) * chunk + 80 * frames
    if posteriors or occupancy:
        # A frame's slice of the trellis is as wide as paths may wander in a chunk.
        needed += 32 * min(width, chunk + 2 * _MARGIN) * chunk + (4 * frames * classes if occupancy else 0)
    if needed > budget:
        raise OverBudget(
            f"Aligning {count:,} labels with {frames:,} frames needs about {needed / 2**20:,.0f} MiB of memory, but "
            f"{budget / 2**20:,.0f} MiB are allowed; cut the recording, or raise the limit.",
            needed,
            budget,
        )
    trellis = _trellis(emissions, labels, fixed, free_start, free_end)
    both = posteriors or occupancy
    finding = monitor.part(0.0, 0.3 if both else 1.0)
    a, b = np.full((2, width), -k.FAR), np.full((2, width), -k.FAR)
    b[0, 0] = 0.0
    none = np.zeros((0, 0), np.uint8)
    kept: list[tuple[F64, F64]] = []
    for t0 in range(0, frames, chunk):
        finding.advance(t0, frames)
        kept.append((a[t0 % 2].copy(), b[t0 % 2].copy()))
        k.best(*trellis.common, t0, min(t0 + chunk, frames), 0, count, a, b, none)
        let_go(trellis.emit)
    ends = a[frames % 2, count] if count else -k.FAR, b[frames % 2, count]
    score = max(ends)
    if score < -_FAR / 2:
        raise Infeasible(_why(emissions, trellis))
    state = 2 * count - 1 if ends[0] > ends[1] else 2 * count
    states = np.empty(frames, np.int64)
    for c in range(chunks - 1, -1, -1):
        finding.check()
        t0, t1 = c * chunk, min((c + 1) * chunk, frames)
        stop = min(state // 2 + 1, count)
        first = max(0, state // 2 - (t1 - t0))
        a[:], b[:] = -k.FAR, -k.FAR
        a[t0 % 2], b[t0 % 2] = kept.pop()
        ways = np.zeros((t1 - t0, stop - first + 1), np.uint8)
        k.best(*trellis.common, t0, t1, first, stop, a, b, ways)
        state = k.walk(ways, first, t0, t1, state, states)
        let_go(trellis.emit)
    column = np.append(trellis.z.astype(np.int64), 0)
    path = np.where(states % 2 == 1, column[states // 2], emissions.blank)
    spans = _spans(emissions, trellis, states)
    if not both:
        return Alignment(path, states, spans, float(score))
    total, sure, begins, found = _posteriors(
        trellis, emissions.blank, states, spans, near, occupancy, monitor.part(0.3, 1.0)
    )  # fmt: skip
    means = _means(sure, spans)
    spans = tuple(
        Span(s.label, s.start, s.end, s.score, float(mean), float(min(p, 1.0)))
        for s, mean, p in zip(spans, means, begins, strict=True)
    )
    return Alignment(path, states, spans, float(score), total, found)


def _trellis(
    emissions: Emissions,
    labels: Sequence[int] | I64,
    fixed: Sequence[Fixed] = (),
    free_start: bool = False,
    free_end: bool = False,
) -> _Trellis:
    p, blank = emissions.log_probs, emissions.blank
    frames, classes = p.shape
    z = np.asarray(labels, np.int64).reshape(-1)
    if ((z < 0) | (z >= classes)).any():
        raise ParameterError(f"The labelling names a label {int(z[(z < 0) | (z >= classes)][0])}; there are {classes}.")
    if (z == blank).any():
        raise ParameterError("The labelling holds the blank, which stands between labels by itself; leave it out.")
    if emissions.gaps:
        p = np.maximum(p, np.float32(-_FAR))
    again = np.zeros(len(z), bool)
    again[1:] = z[1:] == z[:-1]
    skip = np.append(np.where(again, -_FAR, 0.0), -_FAR)
    skip[:1] = -_FAR
    lb = np.maximum(emissions.column(blank), float(np.float32(-_FAR)))
    le = np.column_stack([lb, lb])
    for side, free in enumerate((free_start, free_end)):
        if free:
            le[:, side] = p.max(1)
    ranges = _ranges(frames, again, fixed)
    return _Trellis(p, z.astype(np.uint32), skip, lb, le, ranges, tuple(fixed))


def _ranges(frames: int, again: NDArray[np.bool_], fixed: Sequence[Fixed]) -> I64:
    """Labels and blanks that can be in each frame, int64 (T, 4), see `_ctc_kernels.best`."""
    count = len(again)
    # Of each label and blank: its first frame and its last, exclusive.
    need = np.arange(count) + np.cumsum(again)
    label = np.stack([need, frames - (need[-1] - need if count else need)])
    nothing = np.stack([np.append(need - again, need[-1] + 1 if count else 0), np.full(count + 1, frames)])
    nothing[0, 0] = 0
    # A blank between different labels may be left out, one before label k comes after k frames.
    nothing[1, :count] = label[1] - 1
    for f in fixed:
        k, t = f.label, f.frame
        if not 0 <= k < count:
            raise ParameterError(f"A boundary is of label {k}, but there are labels 0 to {count - 1}.")
        if not 0 <= t <= frames or (t == frames and not f.end) or (t == 0 and f.end):
            raise ParameterError(f"A boundary is at frame {t}, where no label can {'end' if f.end else 'begin'}.")
        if f.end:
            label[1, : k + 1] = np.minimum(label[1, : k + 1], np.append(np.full(k, t - 1), t))
            nothing[1, : k + 1] = np.minimum(nothing[1, : k + 1], t - 1)
            label[0, k + 1 :] = np.maximum(label[0, k + 1 :], t)
            after = k + 2 if f.loose else k + 1
            nothing[0, after:] = np.maximum(nothing[0, after:], t)
        elif f.loose:
            label[1, :k] = np.minimum(label[1, :k], t)
            nothing[1, :k] = np.minimum(nothing[1, :k], t)
            label[0, k:] = np.maximum(label[0, k:], t)
            nothing[0, k + 1 :] = np.maximum(nothing[0, k + 1 :], t + 1)
        else:
            label[1, :k] = np.minimum(label[1, :k], t)
            nothing[1, : k + 1] = np.minimum(nothing[1, : k + 1], t)
            label[0, k:] = np.maximum(label[0, k:], np.append(t, np.full(count - k - 1, t + 1)))
            nothing[0, k + 1 :] = np.maximum(nothing[0, k + 1 :], t + 1)
    t = np.arange(frames)
    ranges = np.empty((frames, 4), np.int64)
    for at, (low, high) in ((0, label), (2, nothing)):
        # From the outside in, so that neither end ever goes back.
        low, high = np.maximum.accumulate(low), np.minimum.accumulate(high[::-1])[::-1]
        ranges[:, at + 1] = np.searchsorted(low, t, "right")
        ranges[:, at] = np.searchsorted(high, t, "right")
        ranges[:, at + 1] = np.maximum(ranges[:, at + 1], ranges[:, at])
    return ranges


def _spans(emissions: Emissions, trellis: _Trellis, states: I64) -> tuple[Span, ...]:
    edges = np.flatnonzero(np.diff(states, prepend=-1, append=-1))
    spoken = states[edges[:-1]] % 2 == 1
    starts, stops = edges[:-1][spoken], edges[1:][spoken]
    columns = trellis.z[states[starts] // 2].astype(np.int64)
    found = [Span(int(c), int(a), int(b), 0.0) for c, a, b in zip(columns, starts, stops, strict=True)]
    inside = states % 2 == 1
    probable = np.zeros(len(states))
    rows = np.flatnonzero(inside)
    probable[rows] = np.exp(emissions.log_probs[rows, trellis.z[states[rows] // 2]].astype(np.float64))
    means = _means(probable, found)
    return tuple(Span(s.label, s.start, s.end, float(mean)) for s, mean in zip(found, means, strict=True))


def _means(values: F64, spans: Sequence[Span]) -> F64:
    """Mean of values, one a frame, over each of some spans."""
    if not spans:
        return np.zeros(0)
    edges = np.array([t for s in spans for t in (s.start, s.end)])
    # A last sum behind the end of all, so that every span has one after it.
    return np.add.reduceat(np.append(values, 0.0), edges)[::2] / np.diff(edges)[::2]


@dataclass(frozen=True)
class _Slice:
    """A stretch of the trellis: frames `t0` up to `t1`, labels `low` up to `high`, and what the loops take of it."""

    t0: int
    t1: int
    low: int
    high: int
    loops: _Loops

    @property
    def width(self) -> int:
        return self.high - self.low + 1


def _sliced(trellis: _Trellis, ranges: I64, t0: int, t1: int) -> _Slice:
    """As many labels as can be in the frames from the one before `t0` on, and one to either side."""
    first, last = ranges[max(t0 - 1, 0)], ranges[t1 - 1]
    low = max(int(min(first[0], first[2])) - 1, 0)
    high = min(int(max(last[1], last[3])) + 1, len(trellis.z))
    loops = (
        trellis.emit[t0:t1], trellis.z[low:high], trellis.skip[low : high + 1], trellis.lb[t0:t1],
        trellis.le[t0:t1], ranges[t0:t1] - low,
    )  # fmt: skip
    return _Slice(t0, t1, low, high, loops)


def _carried(scores: F64, was: _Slice, now: _Slice) -> F64:
    """Scores of states of one slice as those of another."""
    from . import _ctc_kernels as k

    out = np.full(now.width, -k.FAR)
    low, high = max(was.low, now.low), min(was.high, now.high) + 1
    out[low - now.low : high - now.low] = scores[low - was.low : high - was.low]
    return out


def _sums(trellis: _Trellis, ranges: I64, monitor: Monitor, kept: list[tuple[_Slice, F64, F64]] | None = None) -> float:
    """Log of the sum over all paths; the sums before every chunk are put into `kept`."""
    from . import _ctc_kernels as k

    frames, count = len(trellis.emit), len(trellis.z)
    part = _sliced(trellis, ranges, 0, min(_CHUNK, frames))
    a, b = np.full(part.width, -k.FAR), np.full(part.width, -k.FAR)
    b[0] = 0.0
    for t0 in range(0, frames, _CHUNK):
        monitor.advance(t0, frames)
        let_go(trellis.emit)
        was, part = part, _sliced(trellis, ranges, t0, min(t0 + _CHUNK, frames))
        # a[k + 1] is label k: nothing comes before the first.
        a = np.append(-k.FAR, _carried(np.append(a[1:], -k.FAR), was, part)[:-1])
        b = _carried(b, was, part)
        if kept is not None:
            kept.append((part, a, b))
        rows_a, rows_b = (np.full((part.t1 - t0 + 1, part.width), -k.FAR) for _ in range(2))
        rows_a[0], rows_b[0] = a, b
        k.forward(*part.loops, 0, part.t1 - t0, rows_a, rows_b)
        a, b = rows_a[-1].copy(), rows_b[-1].copy()
    if part.high < count:
        return -math.inf
    total = float(np.logaddexp(a[-1], b[-1]) if count else b[0])
    return total if total > -_FAR / 2 else -math.inf


def _posteriors(
    trellis: _Trellis,
    blank: int,
    states: I64,
    spans: Sequence[Span],
    near: int,
    occupancy: bool,
    monitor: Monitor,
) -> tuple[float, F64, F64, NDArray[np.float32] | None]:
    """Log of all paths, how sure the state of each frame and the start of each label is, and the occupancy."""
    margin = _MARGIN
    while True:
        ranges = _within(trellis.ranges, states // 2, margin, len(trellis.z))
        found = np.zeros(trellis.emit.shape, np.float32) if occupancy else None
        total, sure, begins, rim = _back(trellis, ranges, blank, states, spans, near, found, monitor)
        if rim <= _RIM or margin > len(trellis.z):
            return total, sure, begins, found
        margin *= 4


def _within(ranges: I64, labels: I64, margin: int, count: int) -> I64:
    """Ranges cut to so many labels to either side of a path."""
    if 2 * margin > count:
        return ranges
    low, high = labels - margin, labels + margin + 1
    found = np.empty_like(ranges)
    for at in (0, 2):
        found[:, at] = np.maximum(ranges[:, at], low)
        found[:, at + 1] = np.minimum(ranges[:, at + 1], high)
    return found


def _back(
    trellis: _Trellis,
    ranges: I64,
    blank: int,
    states: I64,
    spans: Sequence[Span],
    near: int,
    occupancy: NDArray[np.float32] | None,
    monitor: Monitor,
) -> tuple[float, F64, F64, float]:
    from . import _ctc_kernels as k

    frames, count = len(trellis.emit), len(trellis.z)
    kept: list[tuple[_Slice, F64, F64]] = []
    total = _sums(trellis, ranges, monitor.part(0.0, 0.4), kept)
    sure, begins, rim = np.zeros(frames), np.zeros(count), np.zeros(1)
    starts = np.array([s.start for s in spans], np.int64)
    part = kept[-1][0]
    then = np.full(part.width, -k.FAR), np.full(part.width, -k.FAR)
    then[1][-1] = 0.0
    if count:
        then[0][-2] = 0.0
    going = monitor.part(0.4, 1.0)
    while kept:
        was = part
        part, a, b = kept.pop()
        t0, t1, low, high = part.t0, part.t1, part.low, part.high
        going.advance(frames - t0, frames)
        let_go(trellis.emit)
        then = _carried(then[0], was, part), _carried(then[1], was, part)
        rows_a, rows_b = (np.full((t1 - t0 + 1, part.width), -k.FAR) for _ in range(2))
        rows_a[0], rows_b[0] = a, b
        k.forward(*part.loops, 0, t1 - t0, rows_a, rows_b)
        k.backward(
            *part.loops, 0, t1 - t0, rows_a, rows_b, then, (np.empty(part.width), np.empty(part.width)), total, blank,
            np.zeros((0, 0), np.float32) if occupancy is None else occupancy[t0:t1], states[t0:t1] - 2 * low,
            sure[t0:t1], begins[low:high], near, starts[low:high] - t0, trellis.ranges[t0:t1] - low, rim,
        )  # fmt: skip
    return total, sure, begins, float(rim[0])


def _why(emissions: Emissions, trellis: _Trellis) -> str:
    """Why no path collapses to a labelling."""
    p, z = emissions.log_probs, trellis.z.astype(np.int64)
    frames, count = len(p), len(z)
    again = int((z[1:] == z[:-1]).sum())
    if count + again > frames:
        pauses = f" and a blank between {again} equal neighbours" if again else ""
        return (
            f"{count:,} labels{pauses} need at least {count + again:,} frames, but there are {frames:,}: use a shorter "
            "transcript, a longer recording, or emissions with more frames a second."
        )
    dead = np.flatnonzero(np.isneginf(p).all(1))
    if len(dead):
        return f"Nothing is possible in frame {dead[0]:,}, where all log-probabilities are −∞: repair the emissions."
    never = np.flatnonzero(np.isneginf(p[:, z]).all(0)) if count else []
    if len(never):
        name = emissions.labels[int(z[never[0]])]
        return f"The label “{name}” has the probability 0 in every frame: no path can lead through it."
    if trellis.fixed:
        return (
            "No path obeys the boundaries that are set: between two of them there are fewer frames than labels need, "
            "or a label has the probability 0 there. Move or release one of them."
        )
    return "Every path to this labelling has the probability 0: the emissions rule it out."
