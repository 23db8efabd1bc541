"""A transcript laid onto frames: whole, or only what changed since it was laid before.

A boundary that is set cuts the trellis in two: what lies before it and what lies behind have nothing to do with each
other, in the best path as in the sum over all. So blocks between such boundaries are laid one by one, and those that
are as they were before are taken over. Of a block too large to be laid while a hand moves, a window about what changed
is laid, tied to the path as it was; it is widened until the new path has come back to the old one well inside of it.
Labels of another transcript are laid between the words that stayed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..errors import Infeasible
from ..model.emissions import Emissions
from ..progress import Monitor
from ..solvers.segment.ctc import Fixed, align
from ._cuts import Cut
from ._spelled import Said

__all__ = ["Frames", "lay", "origin"]

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

_CELLS = 1_000_000
"""Frames times labels that are laid at once while a hand moves."""
_WINDOW = 64
"""Labels to either side of what changed, in a block that is larger."""
_EQUAL = 1e-6
_ROOM = 2
"""Frames that a label of another transcript is given, as a multiple of what it needs, before words beside it move."""


@dataclass(frozen=True, eq=False)
class Frames:
    """Where labels lie.

    Attributes
    ----------
    starts, ends
        int64 (L,) frames, half-open.
    confidence, sure
        float64 (L,): posteriors of each label where it is, and of its beginning there.
    cuts
        What the path obeys.
    free
        Whether the recording may hold more before the first label, and after the last.
    path_log_prob
        Of the best path.
    sums
        Logarithms of the sums over all paths of blocks, by the boundaries that they lie between and hold.
    changed
        Labels (half-open ranges of their numbers) that were laid anew.
    """

    said: Said
    starts: I64
    ends: I64
    confidence: F64
    sure: F64
    cuts: tuple[Cut, ...]
    free: tuple[bool, bool]
    path_log_prob: float
    sums: Mapping[_Key, float]
    changed: tuple[tuple[int, int], ...]

    @property
    def log_prob(self) -> float | None:
        """Of all paths; None where only a window of a block was laid anew."""
        found = [self.sums.get(_key(block, self.cuts)) for block in _blocks(_Span(None, None), self.said, self.cuts)]
        known = [x for x in found if x is not None]
        return sum(known) if len(known) == len(found) else None

    def path(self, emissions: Emissions) -> I64:
        """Column of the emissions in each frame, int64 (T,)."""
        found = np.full(len(emissions), emissions.blank, np.int64)
        lengths = self.ends - self.starts
        at = np.repeat(self.starts - np.append(0, np.cumsum(lengths)[:-1]), lengths) + np.arange(lengths.sum())
        found[at] = np.repeat(self.said.columns, lengths)
        return found


@dataclass(frozen=True)
class _Span:
    """What lies between two boundaries that stay (None: from the first frame, to the last) is to be laid.

    A window is tied to the path as it was, at labels so many away from what changed.
    """

    left: Cut | None
    right: Cut | None
    window: int = 0

    @property
    def low(self) -> tuple[float, float]:
        return (-1.0, 0.0) if self.left is None else _place(self.left)

    @property
    def high(self) -> tuple[float, float]:
        return (math.inf, 0.0) if self.right is None else _place(self.right)

    def holds(self, cut: Cut) -> bool:
        return self.low < _place(cut) < self.high


_Key = tuple[Cut | None, Cut | None, tuple[Cut, ...]]


def _blocks(span: _Span, said: Said, cuts: Sequence[Cut]) -> list[_Span]:
    """What lies between the boundaries in a span that part it."""
    walls = [span.left, *(c for c in cuts if span.holds(c) and _parts(said, c)), span.right]
    return [_Span(left, right) for left, right in pairwise(walls)]


def _key(block: _Span, cuts: Sequence[Cut]) -> _Key:
    return block.left, block.right, tuple(c for c in cuts if block.holds(c))


def _place(cut: Cut) -> tuple[float, float]:
    """Order of boundaries: a label ends before the next one begins."""
    return cut.after, (0.5 if cut.loose else 0.0) if cut.end else 1.0


def lay(
    emissions: Emissions,
    said: Said,
    cuts: tuple[Cut, ...],
    free: tuple[bool, bool],
    before: Frames | None,
    monitor: Monitor,
) -> Frames:
    """Lay labels onto frames.

    Parameters
    ----------
    before
        What was laid last, to be changed only where it has to be; None: all is laid.

    Raises
    ------
    Infeasible, OverBudget, Cancelled
        As `align`.
    """
    count = len(said.columns)
    if before is None or before.free != free:
        fresh = Frames(
            said, np.zeros(count, np.int64), np.zeros(count, np.int64), np.zeros(count), np.zeros(count), cuts, free,
            0.0, {}, (),
        )  # fmt: skip
        return _laid(emissions, fresh, [_Span(None, None)], monitor)
    of = origin(before.said, said)
    taken = of >= 0

    def carried(values: NDArray[np.generic]) -> NDArray[np.generic]:
        found = np.zeros(count, values.dtype)
        found[taken] = values[of[taken]]
        return found

    start = replace(
        before, said=said, cuts=cuts, starts=carried(before.starts), ends=carried(before.ends),
        confidence=carried(before.confidence), sure=carried(before.sure), changed=(),
        sums=before.sums if before.said is said else {},
    )  # fmt: skip
    new = _renumbered(before.cuts, of, len(before.said.columns))
    moved = sorted({c for c in cuts if c not in new} | {c for c in new if c not in cuts}, key=_place)
    spans = _touched(start, before.said, of, emissions) if before.said is not said else []
    # Between words that stay, what is set matters to nothing beyond them.
    moved = [c for c in moved if not any(s.holds(c) for s in spans)]
    window = _WINDOW
    while True:
        wide = _merged([*spans, *(_around(start, c, window, len(emissions)) for c in moved)])
        found = _laid(emissions, start, wide, monitor)
        ties = [part for s in wide if s.window for part in _tied_parts(found, s)]
        if all(_equal(start, found, part) for part in ties):
            return _kept(start, found, ties, taken)
        window *= 2


def origin(old: Said, new: Said) -> I64:
    """Number in `old` of each label of words that stayed, −1 for others: int64 (L,)."""
    from difflib import SequenceMatcher

    if old is new:
        return np.arange(len(new.columns))
    of = np.full(len(new.columns), -1, np.int64)
    if not old.words or not new.words:
        return of
    a = 0
    least = min(len(old.words), len(new.words))
    while a < least and old.words[a] == new.words[a]:
        a += 1
    b = 0
    while b < least - a and old.words[-1 - b] == new.words[-1 - b]:
        b += 1
    middle = SequenceMatcher(
        None, old.words[a : len(old.words) - b], new.words[a : len(new.words) - b], autojunk=len(new.words) > 1000
    )
    runs = [(0, 0, a), *((a + x, a + y, n) for x, y, n in middle.get_matching_blocks() if n)]
    runs.append((len(old.words) - b, len(new.words) - b, b))
    for x, y, n in runs:
        here = np.flatnonzero((new.owner >= y) & (new.owner < y + n))
        there = np.flatnonzero((old.owner >= x) & (old.owner < x + n))
        if not len(here):
            continue
        # With what is heard between them.
        i, j = np.arange(here[0], here[-1] + 1), np.arange(there[0], there[-1] + 1)
        if len(i) == len(j) and (new.columns[i] == old.columns[j]).all():
            of[i] = j
    return of


def _renumbered(cuts: Iterable[Cut], of: I64, count: int) -> set[Cut]:
    """Boundaries by the new numbers of their labels; those of labels that are gone are left out."""
    to = np.full(count, -1, np.int64)
    to[of[of >= 0]] = np.flatnonzero(of >= 0)
    return {replace(c, label=int(to[c.label])) for c in cuts if to[c.label] >= 0}


def _touched(start: Frames, was: Said, of: I64, emissions: Emissions) -> list[_Span]:
    """Labels that are new, between words that stayed; these are taken in where more than before has no room."""
    said = start.said
    count = len(of)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], (of < 0).astype(np.int8), [0]]))).reshape(-1, 2)
    found: list[_Span] = []
    for first, stop in edges.tolist():
        while True:
            left = None if first == 0 else _tied(start, Cut(first - 1, True, int(start.ends[first - 1]), 0.0))
            right = None if stop == count else _tied(start, Cut(stop, False, int(start.starts[stop]), 0.0))
            room = (right.frame if right else len(emissions)) - (left.frame if left else 0)
            low, high = int(of[first - 1]) + 1 if first else 0, int(of[stop]) if stop < count else len(was.columns)
            need = int(said.needs[stop] - said.needs[first])
            if room >= (1 if need <= was.needs[high] - was.needs[low] else _ROOM) * need:
                break
            now = first, stop
            if left is not None and left not in start.cuts:
                first = _word_start(said, first - 1)
            if right is not None and right not in start.cuts:
                stop = _word_stop(said, stop)
            if (first, stop) == now:
                break
        found.append(_Span(left, right))
    return found


def _tied(start: Frames, tie: Cut) -> Cut:
    """A tie, or the boundary that is set in its place."""
    return next((c for c in start.cuts if _place(c) == _place(tie)), tie)


def _word_start(said: Said, label: int) -> int:
    """First label of the word that a label belongs to or that comes before it."""
    while label > 0 and not said.begins[label]:
        label -= 1
    return label


def _word_stop(said: Said, label: int) -> int:
    """The label after the word that a label belongs to or that comes after it."""
    count = len(said.owner)
    while label < count and not said.ends[label]:
        label += 1
    return min(label + 1, count)


def _around(start: Frames, cut: Cut, window: int, frames: int) -> _Span:
    """What a boundary that was moved, set or released can change: its block, or a window of it."""
    parting = [c for c in start.cuts if _parts(start.said, c)]
    left = max((c for c in parting if _place(c) < _place(cut)), key=_place, default=None)
    right = min((c for c in parting if _place(c) > _place(cut)), key=_place, default=None)
    first, stop = left.after if left else 0, right.after if right else len(start.said.columns)
    if (stop - first) * ((right.frame if right else frames) - (left.frame if left else 0)) <= _CELLS:
        return _Span(left, right)
    about = cut.label, int(np.searchsorted(start.starts, cut.frame))
    low, high = min(about) - window, max(about) + window
    if low > first:
        left = Cut(low, False, int(start.starts[low]), 0.0)
    if high < stop:
        right = Cut(high, False, int(start.starts[high]), 0.0)
    return _Span(left, right, window)


def _parts(said: Said, cut: Cut) -> bool:
    """Whether nothing on one side of a boundary matters to the other."""
    k = cut.after
    return not cut.loose or not 0 < k < len(said.columns) or bool(said.columns[k - 1] != said.columns[k])


def _merged(spans: list[_Span]) -> list[_Span]:
    """Spans that overlap as one."""
    found: list[_Span] = []
    for s in sorted(spans, key=lambda s: (s.low, s.high)):
        if found and (s.low < found[-1].high or s.low == found[-1].low):
            last = found[-1]
            found[-1] = _Span(last.left, (s if s.high > last.high else last).right, max(s.window, last.window))
        else:
            found.append(s)
    return found


def _tied_parts(new: Frames, span: _Span) -> list[slice]:
    """Labels of a window next to where it is tied, in which the new path has to run on the old one."""
    near = span.window // 4
    parts: list[slice] = []
    if span.left is not None and span.left not in new.cuts:
        parts.append(slice(span.left.after, span.left.after + near))
    if span.right is not None and span.right not in new.cuts:
        parts.append(slice(span.right.after - near, span.right.after))
    return parts


def _equal(old: Frames, new: Frames, part: slice) -> bool:
    return np.array_equal(old.starts[part], new.starts[part]) and np.array_equal(old.ends[part], new.ends[part])


def _kept(old: Frames, new: Frames, ties: Sequence[slice], taken: NDArray[np.bool_]) -> Frames:
    """Posteriors as they were, beside ties (which make sure what was not) and where nothing really changed."""
    same = taken & (old.starts == new.starts) & (old.ends == new.ends)
    same &= (np.abs(old.confidence - new.confidence) < _EQUAL) & (np.abs(old.sure - new.sure) < _EQUAL)
    for part in ties:
        same[part] = True
    confidence, sure = (np.where(same, a, b) for a, b in ((old.confidence, new.confidence), (old.sure, new.sure)))
    return replace(new, confidence=confidence, sure=sure)


def _laid(emissions: Emissions, start: Frames, spans: Sequence[_Span], monitor: Monitor) -> Frames:
    """Lay the labels of some spans; all others are as in `start`."""
    count = len(start.said.columns)
    rows = start.starts.copy(), start.ends.copy(), start.confidence.copy(), start.sure.copy()
    sums = dict(start.sums)
    for n, span in enumerate(spans):
        blocks = _blocks(span, start.said, start.cuts)
        for b, block in enumerate(blocks):
            part = monitor.part((n + b / len(blocks)) / len(spans), (n + (b + 1) / len(blocks)) / len(spans))
            total = _block(emissions, start, block, rows, part)
            if all(edge is None or edge in start.cuts for edge in (block.left, block.right)):
                sums[_key(block, start.cuts)] = total
    names = "starts", "ends", "confidence", "sure"
    changed = tuple((s.left.after if s.left else 0, s.right.after if s.right else count) for s in spans)
    found = replace(start, **dict(zip(names, rows, strict=True)), changed=changed)
    if not spans:
        return found
    return replace(found, path_log_prob=_score(emissions, found), sums=sums)


def _block(
    emissions: Emissions,
    start: Frames,
    block: _Span,
    rows: tuple[I64, I64, F64, F64],
    monitor: Monitor,
) -> float:
    """Lay one block, write what was found, and say the logarithm of the sum over all its paths."""
    p, said, left, right = emissions.log_probs, start.said, block.left, block.right
    first, stop = left.after if left else 0, right.after if right else len(said.columns)
    f0, f1 = left.frame if left else 0, right.frame if right else len(emissions)
    g0, g1, k0, k1 = f0, f1, first, stop
    bounds: list[Fixed] = []
    outside = 0.0
    # A label beyond the boundary is taken in for a frame, so that two equal ones have a blank between them.
    if left is not None and left.end and not left.loose:
        g0, k0 = f0 - 1, first - 1
        bounds.append(Fixed(0, 1, True))
        outside += float(p[g0, said.columns[k0]])
    elif left is not None and not left.end:
        bounds.append(Fixed(0, 0))
    if right is not None and not right.end:
        g1, k1 = f1 + 1, stop + 1
        bounds.append(Fixed(stop - k0, f1 - g0))
        outside += float(p[f1, said.columns[stop]])
    elif right is not None and not right.loose:
        bounds.append(Fixed(stop - 1 - k0, f1 - g0, True))
    if g1 <= g0:
        if k1 > k0:
            raise Infeasible("There are no frames between two boundaries that are set; move or release one of them.")
        return 0.0
    bounds += [Fixed(c.label - k0, c.frame - g0, c.end, c.loose) for c in start.cuts if block.holds(c)]
    part = emissions if g1 - g0 == len(p) else replace(emissions, log_probs=p[g0:g1])
    found = align(
        part, said.columns[k0:k1], fixed=bounds, free_start=start.free[0] and left is None,
        free_end=start.free[1] and right is None, posteriors=True, monitor=monitor,
    )  # fmt: skip
    emissions.let_go()
    spans = found.spans[first - k0 : stop - k0]
    if spans:
        made = np.array([(s.start + g0, s.end + g0) for s in spans], np.int64)
        rows[0][first:stop], rows[1][first:stop] = made[:, 0], made[:, 1]
        rows[2][first:stop] = np.clip([s.confidence for s in spans], 0.0, 1.0)
        rows[3][first:stop] = np.clip([s.sure for s in spans], 0.0, 1.0)
    return found.log_prob - outside


def _score(emissions: Emissions, frames: Frames) -> float:
    """Logarithm of the probability of a path."""
    p = emissions.log_probs
    path, found = frames.path(emissions), np.empty(len(p))
    for at in range(0, len(p), 4096):
        part = slice(at, at + 4096)
        found[part] = np.take_along_axis(p[part], path[part, None], 1)[:, 0]
        emissions.let_go()
    count = len(frames.starts)
    # What lies outside a part that is free is scored by what is likeliest there.
    before = int(frames.starts[0]) if count else len(p)
    behind = int(frames.ends[-1]) if count else len(p)
    if frames.free[0]:
        found[:before] = p[:before].max(1, initial=-np.inf)
    if frames.free[1]:
        found[behind:] = p[behind:].max(1, initial=-np.inf)
    return float(found.sum())
