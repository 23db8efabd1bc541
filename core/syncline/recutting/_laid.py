"""A transcript laid onto a recording: frames, boundaries in seconds, and the pieces of the tiers that they make.

Boundaries that are set come out just where they are set. Where speech was listened to by an acoustic model, all others
are made finer by how the spectrum changes. Pieces that are as they were before are the very same objects.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..model.emissions import Emissions
from ..model.segments import Segment, Tier, Tiers
from ..progress import Monitor
from ..speech import Fine, Spoken
from ._cuts import Cut
from ._frames import Frames, lay, origin
from ._spelled import Said

__all__ = ["Laid", "lay_out"]

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

_MARGIN, _NEAR = 24, 8
"""Labels to either side of what changed whose boundaries are made finer again, and those that have to come out as they
were for what lies beyond to stay."""
_LEAST = 0.001
_WIDE = 0.03
"""Seconds that a new label is given between words that stayed, before these are settled again."""


@dataclass(frozen=True, eq=False)
class Laid:
    """What a solve came to, kept for the next one.

    Attributes
    ----------
    starts, ends
        float64 (L,) seconds.
    tiers
        ``words`` and ``labels``.
    """

    frames: Frames
    starts: F64
    ends: F64
    tiers: Tiers


def lay_out(
    emissions: Emissions,
    fine: Fine | None,
    said: Said,
    cuts: tuple[Cut, ...],
    free: tuple[bool, bool],
    end: float,
    before: Laid | None,
    monitor: Monitor,
) -> Laid:
    """Lay a transcript onto a recording that lasts until `end`, changing no more of `before` than has to be.

    Raises
    ------
    Infeasible, OverBudget, Cancelled
        As `align`.
    """
    frames = lay(emissions, said, cuts, free, None if before is None else before.frames, monitor.part(0.0, 0.9))
    if before is not None and before.frames.free != free:
        before = None
    of = np.full(len(said.columns), -1, np.int64) if before is None else origin(before.frames.said, said)
    if fine is None or not said.words:
        starts, ends = _plain(emissions, frames)
    else:
        starts, ends = _finer(emissions, fine, frames, before, of, monitor.part(0.9, 1.0))
    tiers = Tiers(end=end) if before is None else before.tiers
    for tier in _tiers(emissions, frames, starts, ends, before):
        tiers = tiers.with_tier(tier)
    if not said.words and tiers.tier("words") is not None:
        tiers = tiers.with_tiers(t for t in tiers.tiers if t.name != "words")
    return Laid(frames, starts, ends, tiers)


# -- seconds -----------------------------------------------------------------------------------------


def _seconds(emissions: Emissions, frames: I64) -> F64:
    return np.asarray(emissions.start + frames * emissions.step, np.float64)


def _plain(emissions: Emissions, frames: Frames) -> tuple[F64, F64]:
    """Edges of frames; where something is set, that, for what touches there too."""
    count = len(frames.starts)
    edges = _seconds(emissions, np.stack([frames.starts, frames.ends], 1).reshape(-1))
    stay: dict[int, float] = {2 * c.label + c.end: c.time for c in frames.cuts}
    for c in frames.cuts:
        other = 2 * c.label + (2 if c.end else -1)
        if 0 < c.after < count and frames.starts[c.after] == frames.ends[c.after - 1]:
            stay.setdefault(other, c.time)
    for at, time in stay.items():
        edges[at] = time
    _untangle(edges, sorted(stay))
    return edges[::2].copy(), edges[1::2].copy()


def _untangle(edges: F64, stay: list[int]) -> None:
    """Push starts and ends, in turn, out of the way of those that stay: a frame is coarser than what a person sets."""
    fixed = set(stay)

    def least(at: int) -> float:
        return _LEAST if at % 2 else 0.0

    for at in stay:
        k = at - 1
        while k >= 0 and k not in fixed and edges[k] > edges[k + 1] - least(k + 1):
            edges[k] = edges[k + 1] - least(k + 1)
            k -= 1
        k = at + 1
        while k < len(edges) and k not in fixed and edges[k] < edges[k - 1] + least(k):
            edges[k] = edges[k - 1] + least(k)
            k += 1
    for i, j in pairwise(stay):
        if (np.diff(edges[i : j + 1]) < 0).any():
            edges[i : j + 1] = np.linspace(edges[i], edges[j], j - i + 1)


def _finer(
    emissions: Emissions, fine: Fine, frames: Frames, before: Laid | None, of: I64, monitor: Monitor
) -> tuple[F64, F64]:
    said = frames.said
    shown, rank, count = said.shown, said.rank, len(said.shown)
    spoken = Spoken(
        tuple(emissions.labels[k] for k in said.columns[shown]),
        _seconds(emissions, frames.starts[shown]),
        said.begins[shown],
    )
    held = {int(rank[c.label]): c.time for c in frames.cuts if not c.end}
    shut = {int(rank[c.label]): c.time for c in frames.cuts if c.end}
    starts, ends = np.zeros(len(said.columns)), np.zeros(len(said.columns))
    if before is None:
        starts[shown], ends[shown] = fine.settled(spoken, held, shut, monitor=monitor)
        return starts, ends
    taken = of >= 0
    starts[taken], ends[taken] = before.starts[of[taken]], before.ends[of[taken]]
    old = np.stack([starts[shown], ends[shown]])
    new = old.copy()
    known = taken[shown]
    for first, stop in _moved(frames, before, of, known):
        tied = _between_words(spoken, before, of, shown, known, old, first, stop, (held, shut))
        if tied is not None:
            low = max(first - 1, 0)
            found = np.stack(fine.settled(spoken, *tied, low, stop, monitor))
            new[:, first:stop] = found[:, first - low :]
            continue
        margin = _MARGIN
        while True:
            low, high = max(first - margin, 0), min(stop + margin, count)
            low = max((k for k in held if low <= k < first), default=low)
            high = min((k for k in held if stop <= k < high), default=high)
            while low > 0 and not known[low]:
                low -= 1
            while high < count and not known[high]:
                high += 1
            ties = {k: float(old[0, k]) for k in (low, high) if 0 < k < count}
            found = np.stack(fine.settled(spoken, ties | held, shut, low, high, monitor))
            near = [(low, low + _NEAR)] * (low > 0 and low not in held)
            near += [(high - _NEAR, high)] * (high < count and high not in held)
            if all(np.array_equal(found[:, a - low : b - low], old[:, a:b]) for a, b in near):
                break
            margin *= 2
        new[:, low:high] = found
    starts[shown], ends[shown] = new
    return starts, ends


def _moved(frames: Frames, before: Laid, of: I64, known: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Stretches of pieces of ``labels`` that were laid elsewhere, or are set otherwise, than before."""
    said, was = frames.said, before.frames
    new = of[said.shown]
    moved = ~known
    moved[known] = frames.starts[said.shown][known] != was.starts[new[known]]
    set_now = {(int(of[c.label]), c.end, c.time): c.label for c in frames.cuts}
    set_then = {(c.label, c.end, c.time) for c in was.cuts}
    for key, label in set_now.items():
        if key not in set_then:
            moved[said.rank[label]] = True
    for label, _, _ in set_then - set_now.keys():
        here = np.flatnonzero(new == label)
        moved[here] = True
    places = np.flatnonzero(moved)
    if not len(places):
        return []
    parts = np.split(places, np.flatnonzero(np.diff(places) > 2 * _MARGIN) + 1)
    return [(int(p[0]), int(p[-1]) + 1) for p in parts]


def _between_words(
    spoken: Spoken,
    before: Laid,
    of: I64,
    shown: I64,
    known: NDArray[np.bool_],
    old: F64,
    first: int,
    stop: int,
    set_ones: tuple[dict[int, float], dict[int, float]],
) -> tuple[dict[int, float], dict[int, float]] | None:
    """What has to stay so that words beside new ones do; None if these are not all new, or have no room there."""
    count = len(shown)
    low = float(old[1, first - 1]) if first else -np.inf
    high = float(old[0, stop]) if stop < count else np.inf
    was = before.frames.said
    old_first = int(was.rank[of[shown[first - 1]]]) + 1 if first else 0
    old_stop = int(was.rank[of[shown[stop]]]) if stop < count else len(was.shown)
    if known[first:stop].any() or (stop - first > old_stop - old_first and high - low < _WIDE * (stop - first)):
        return None
    held, shut = dict(set_ones[0]), dict(set_ones[1])
    if stop < count:
        held.setdefault(stop, high)
    if first:
        held.setdefault(first - 1, float(old[0, first - 1]))
        touched = old_first < len(was.shown) and before.starts[was.shown[old_first]] <= low
        if not touched:
            shut.setdefault(first - 1, low)
        elif first - 1 not in shut:
            held.setdefault(first, low)
    return held, shut


# -- pieces ------------------------------------------------------------------------------------------


def _tiers(emissions: Emissions, frames: Frames, starts: F64, ends: F64, before: Laid | None) -> list[Tier]:
    said = frames.said
    shown = said.shown
    labels = [emissions.labels[k] for k in said.columns[shown]]
    rows = np.stack([starts[shown], ends[shown], frames.confidence[shown]], 1)
    if before is None:
        found = [Tier("labels", _pieces(rows, labels))]
    else:
        was = before.frames.said
        old = np.stack([before.starts[was.shown], before.ends[was.shown], before.frames.confidence[was.shown]], 1)
        found = [_spliced(before.tiers, "labels", old, rows, labels)]
    if said.words:
        texts = [said.words[k].text for k in said.spoken]
        top = _tops(frames, starts, ends)
        if before is None or not before.frames.said.words:
            found.insert(0, Tier("words", _pieces(top, texts)))
        else:
            found.insert(
                0, _spliced(before.tiers, "words", _tops(before.frames, before.starts, before.ends), top, texts)
            )
    return found


def _tops(frames: Frames, starts: F64, ends: F64) -> F64:
    """Start, end and mean confidence of each word, float64 (W, 3)."""
    said = frames.said
    counts = said.lasts + 1 - said.firsts
    means = np.add.reduceat(np.append(frames.confidence, 0.0), np.stack([said.firsts, said.lasts + 1], 1).reshape(-1))
    return np.stack([starts[said.firsts], ends[said.lasts], means[::2] / counts], 1)


def _pieces(rows: F64, labels: list[str]) -> tuple[Segment, ...]:
    return tuple(Segment(a, b, name, p) for (a, b, p), name in zip(rows.tolist(), labels, strict=True))


def _spliced(tiers: Tiers, name: str, old: F64, new: F64, labels: list[str]) -> Tier:
    """A tier with new pieces where they are others than before, the very same objects elsewhere."""
    tier = tiers.tier(name)
    if tier is None:
        return Tier(name, _pieces(new, labels))
    pieces = tier.segments
    least = min(len(old), len(new))
    first = _alike(old[:least], new[:least])
    first = next((k for k in range(first) if labels[k] != pieces[k].label), first)
    rest = least - first
    last = _alike(old[::-1][:rest], new[::-1][:rest])
    last = next((k for k in range(last) if labels[-1 - k] != pieces[-1 - k].label), last)
    middle = _pieces(new[first : len(new) - last], labels[first : len(labels) - last])
    if not middle and first + last == len(pieces):
        return tier
    known = {(s.start, s.end, s.label, s.score): s for s in pieces[first : len(pieces) - last]}
    same = [known.get((s.start, s.end, s.label, s.score), s) for s in middle]
    return tier.spliced(first, len(pieces) - last, same)


def _alike(a: F64, b: F64) -> int:
    """How many rows are equal before the first that are not."""
    wrong = np.flatnonzero((a != b).any(1))
    return int(wrong[0]) if len(wrong) else len(a)
