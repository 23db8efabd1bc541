"""From the frames in which labels were heard to where they begin and end.

CTC says which frame shows a label best, not where its sound begins. Around each of those places the boundaries are
moved together: such that what lies between two of them changes as little as it can (least squares about the means of
13 mel cepstra, as in change-point detection with a known number of segments), and none goes far without good reason
(a normal prior). One dynamic programme over ±50 ms in steps of 5 ms. Before it, pauses between words are found: where
the sound stays quiet long enough. The quiet in which a plosive is formed is no pause, and a weak fricative begins in
what seems one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..model.segments import Segment, Tier, Tiers
from ..progress import Monitor
from .phonemes import WORD_LAG
from .spectra import Look

__all__ = ["Fine", "How", "Spoken", "refine"]

F64 = NDArray[np.float64]

_REACH = 0.05
_SHORTEST = 3
"""Rows that a segment lasts at least."""
_MOMENT = 0.001
"""Seconds that are left to what has no room."""
_PLOSIVES = frozenset(["p", "b", "t", "d", "k", "ɡ", "g", "t͡ʃ", "d͡ʒ"])
_WEAK = frozenset(["h", "f", "v", "θ", "ð"])
"""As quiet as a pause where they begin: heard is surer than loud."""
_HELD = 0.05
"""Seconds within which a boundary that was set belongs to a label's start."""


@dataclass(frozen=True)
class How:
    """What decides; the best of a grid on ss0870 of the shared speech alone (``evaluate --speech --tune``).

    Attributes
    ----------
    change
        Weight of a squared dB within a segment; 0: boundaries stay.
    spread
        Seconds: standard deviation of the prior about where a label was heard.
    quiet
        A row is quiet below this share of the way from the 5 % quietest to the 5 % loudest.
    pause
        Seconds that a pause lasts at least; below 0 none is looked for.
    closure
        Seconds of the quiet before a plosive that belong to it if that lasts less than `rest` seconds, and in which a
        weak fricative may begin.
    rest
        Seconds.
    """

    change: float = 1e-4
    spread: float = 0.012
    quiet: float = 0.4
    pause: float = 0.06
    closure: float = 0.05
    rest: float = 0.2


@dataclass
class _Edge:
    """Where a segment begins: label number `label` of all, or silence (−1)."""

    at: float
    label: int
    held: bool = False


def refine(
    tiers: Tiers,
    look: Look,
    keep: Iterable[float] = (),
    word_lag: float | None = None,
    monitor: Monitor | None = None,
    how: How | None = None,
) -> Tiers:
    """Make the boundaries of the tiers ``words`` and ``labels`` finer; without these, nothing is done.

    Labels that belong to no word (what is heard between words) are dropped; each other one ends where the next begins,
    or where the sound falls silent.

    Parameters
    ----------
    look
        The recording, see `Sound`.
    keep
        Seconds of boundaries that stay.
    word_lag
        Seconds that the first label of a word was heard later than others; None: as by the phoneme model.

    Raises
    ------
    Cancelled
        The monitor was told to stop.
    """
    words, labels = tiers.tier("words"), tiers.tier("labels")
    if words is None or labels is None or not words.segments or not labels.segments:
        return tiers
    groups = _groups(words.segments, labels.segments)
    if not groups:
        return tiers
    said = [labels.segments[k] for _, members in groups for k in members]
    counts = [len(members) for _, members in groups]
    first = np.zeros(len(said), np.bool_)
    first[np.cumsum([0, *counts[:-1]])] = True
    spoken = Spoken(tuple(s.label for s in said), np.array([s.start for s in said]), first)
    held: dict[int, float] = {}
    for time in keep:
        nearest = int(np.abs(spoken.starts - time).argmin())
        if abs(spoken.starts[nearest] - time) <= _HELD:
            held[nearest] = time
    starts, ends = Fine(look, word_lag, how).settled(spoken, held, monitor=monitor)
    pieces = tuple(Segment(float(a), float(b), s.label, s.score) for a, b, s in zip(starts, ends, said, strict=True))
    found: list[Segment] = []
    at = 0
    for (word, _), count in zip(groups, counts, strict=True):
        found.append(Segment(pieces[at].start, pieces[at + count - 1].end, word.label, word.score))
        at += count
    new = {"words": Tier("words", tuple(found)), "labels": Tier("labels", pieces)}
    return tiers.with_tiers(new.get(t.name, t) for t in tiers.tiers)


@dataclass(frozen=True, eq=False)
class Spoken:
    """Labels one after the other.

    Attributes
    ----------
    names
        L labels.
    starts
        float64 (L,) seconds, ascending: where each was heard.
    first
        bool (L,): with which of them a word begins.
    """

    names: tuple[str, ...]
    starts: F64
    first: NDArray[np.bool_]


class Fine:
    """Settles boundaries of one recording, all or those of a stretch between two that stay.

    Parameters
    ----------
    word_lag
        As in `refine`.
    """

    def __init__(self, look: Look, word_lag: float | None = None, how: How | None = None) -> None:
        self._look, self._how = look, how or How()
        self.word_lag = WORD_LAG if word_lag is None else word_lag
        self._quiet = _Quiet(look, self._how)
        # Cumulated sums of large numbers would cancel.
        x = look.cepstra - look.cepstra.mean(0)
        self._sums = np.concatenate([np.zeros((1, x.shape[1])), np.cumsum(x, 0)])
        self._squares = np.concatenate([[0.0], np.cumsum((x**2).sum(1))])

    @property
    def end(self) -> float:
        """Seconds at which the recording ends."""
        return self._look.start + len(self._look.level) * self._look.hop

    def settled(
        self,
        spoken: Spoken,
        held: Mapping[int, float],
        ends: Mapping[int, float] | None = None,
        first: int = 0,
        stop: int | None = None,
        monitor: Monitor | None = None,
    ) -> tuple[F64, F64]:
        """Starts and ends of labels `first` up to `stop` in seconds, float64 (stop − first,) each.

        Parameters
        ----------
        held
            Seconds of labels' starts that stay.
        ends
            Seconds of ends that stay, of labels that are their words' last.
        first, stop
            What begins at either is held, unless it is the first label of all and the end of all.
        """
        (monitor or Monitor()).check()
        stop = len(spoken.names) if stop is None else stop
        edges = self._edges(spoken, held, ends or {}, first, stop)
        if self._how.change > 0:
            self._settle(edges, stop == len(spoken.names))
        _untangled(edges)
        following = [e.at for e in edges[1:]] + [self.end]
        placed = [(e.at, max(t, e.at)) for e, t in zip(edges, following, strict=True) if first <= e.label < stop]
        found = np.array(placed).reshape(-1, 2)
        return found[:, 0], found[:, 1]

    def _edges(
        self, spoken: Spoken, held: Mapping[int, float], ends: Mapping[int, float], first: int, stop: int
    ) -> list[_Edge]:
        """Where everything begins before it is settled, silences included."""
        how, look, quiet, count = self._how, self._look, self._quiet, len(spoken.names)
        last = min(stop, count - 1)
        at = {
            k: held.get(k, float(spoken.starts[k]) - self.word_lag * bool(spoken.first[k]))
            for k in range(first, last + 1)
        }
        edges = [_Edge(at[first], first, held=True) if first else _Edge(look.start, -1)]
        for k in range(first + bool(first), last + 1):
            edge = _Edge(at[k], k, k in held)
            end = ends.get(k - 1)
            if spoken.first[k]:
                # The first label of a word is looked for a little beyond where it was heard, the last one is given its
                # time.
                since = at[k - 1] + 0.03 if k else look.start
                pause = quiet.pause(since if end is None else max(since, end), edge.at + 0.03, 0.1)
                if pause is not None and not edge.held:
                    # After a real pause nobody hears where a plosive is formed.
                    closing = how.closure if spoken.names[k] in _PLOSIVES and pause[1] - pause[0] < how.rest else 0.0
                    begins = max(pause[0], pause[1] - closing)
                    if spoken.names[k] in _WEAK:
                        begins = min(begins, max(edge.at, begins - how.closure, pause[0]))
                    if k or abs(begins - edge.at) < 0.1:
                        edge.at = begins
                if end is None and k and pause is not None and edge.at - pause[0] >= how.pause:
                    edges.append(_Edge(pause[0], -1))
            if end is not None and (not edge.held or edge.at > end):
                edges.append(_Edge(end, -1, held=True))
                edge.at = max(edge.at, end)
            at[k] = edge.at
            edges.append(edge)
        if stop == count:
            if count - 1 in ends:
                edges.append(_Edge(ends[count - 1], -1, held=True))
            else:
                pause = quiet.pause(at[count - 1] + 0.03, self.end)
                edges.append(_Edge(pause[0] if pause is not None else self.end - look.hop, -1))
        for before, edge in pairwise(edges):
            if not edge.held:
                edge.at = max(edge.at, before.at + 2 * look.hop)
        return edges

    def _settle(self, edges: list[_Edge], open_end: bool) -> None:
        """Move all edges but the first together, see the module."""
        from . import _settle_kernels as k

        look, how = self._look, self._how
        middles = np.array([(e.at - look.start) / look.hop for e in edges])
        held = np.array([e.held for e in edges])
        rows = np.empty(len(edges), np.int64)
        k.settle(
            self._sums, self._squares, middles, held, round(_REACH / look.hop), _SHORTEST, how.change,
            how.spread / look.hop, open_end, rows,
        )  # fmt: skip
        for edge, row in zip(edges[1:], rows[1:], strict=True):
            if not edge.held:
                edge.at = look.start + float(row) * look.hop


def _untangled(edges: list[_Edge]) -> None:
    """Put edges in order, and a moment between those that had no room."""
    for before, edge in pairwise(edges):
        edge.at = edge.at if edge.held else max(edge.at, before.at + _MOMENT)
    for after, edge in pairwise(reversed(edges)):
        edge.at = edge.at if edge.held else min(edge.at, after.at - _MOMENT)
    stay = [k for k, edge in enumerate(edges) if edge.held or not k]
    for i, j in pairwise(stay):
        if any(b.at - a.at < _MOMENT / 2 for a, b in pairwise(edges[i : j + 1])):
            for k in range(i + 1, j):
                edges[k].at = edges[i].at + (edges[j].at - edges[i].at) * (k - i) / (j - i)


def _groups(words: Sequence[Segment], labels: Sequence[Segment]) -> list[tuple[Segment, range]]:
    """Each word with the numbers of its labels."""
    starts = [s.start for s in labels]
    found: list[tuple[Segment, range]] = []
    for word in words:
        members = range(bisect_left(starts, word.start - 1e-9), bisect_left(starts, word.end - 1e-9))
        if word.label and members:
            found.append((word, members))
    return found


class _Quiet:
    """Where a recording is silent."""

    def __init__(self, look: Look, how: How) -> None:
        low, high = np.percentile(look.level, [5, 95])
        self._quiet = look.level < low + how.quiet * (high - low)
        self._look, self._pause = look, how.pause

    def pause(self, start: float, stop: float, beyond: float = 0.0) -> tuple[float, float] | None:
        """From the first to the last quiet of two times that lasts long enough, if there is any.

        What is quiet at `stop` goes on for at most `beyond` seconds.
        """
        if self._pause < 0:
            return None
        hop, origin = self._look.hop, self._look.start
        first, last = (max(int((t - origin) / hop), 0) for t in (start, stop + beyond))
        rows = self._quiet[first : last + 1]
        edges = np.flatnonzero(np.diff(np.concatenate([[0], rows.astype(np.int8), [0]]))).reshape(-1, 2)
        within = edges[:, 0] * hop < stop - origin - first * hop
        edges = edges[within & ((edges[:, 1] - edges[:, 0]) * hop >= self._pause)]
        if not len(edges):
            return None
        return origin + (first + int(edges[0, 0])) * hop, origin + (first + int(edges[-1, 1])) * hop
