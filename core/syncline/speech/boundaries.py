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
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..model.segments import Segment, Tier, Tiers
from ..progress import Monitor
from .phonemes import WORD_LAG
from .spectra import Look

__all__ = ["How", "refine"]

F64 = NDArray[np.float64]

_REACH = 0.05
_SHORTEST = 3
"""Rows that a segment lasts at least."""
_NEVER = 1e9
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
    how, monitor = how or How(), monitor or Monitor()
    groups = _groups(words.segments, labels.segments)
    if not groups:
        return tiers
    spoken = [labels.segments[k] for _, members in groups for k in members]
    edges = _edges(groups, labels.segments, look, list(keep), WORD_LAG if word_lag is None else word_lag, how)
    if how.change > 0:
        _settle(edges, look, how, monitor)
    ends = [e.at for e in edges[1:]] + [look.start + len(look.level) * look.hop]
    placed = {e.label: (e.at, max(end, e.at)) for e, end in zip(edges, ends, strict=True) if e.label >= 0}
    found: list[Segment] = []
    at = 0
    for word, members in groups:
        own = range(at, at + len(members))
        found.append(Segment(placed[own[0]][0], placed[own[-1]][1], word.label, word.score))
        at += len(members)
    pieces = tuple(Segment(*placed[k], s.label, s.score) for k, s in enumerate(spoken))
    new = {"words": Tier("words", tuple(found)), "labels": Tier("labels", pieces)}
    return tiers.with_tiers(new.get(t.name, t) for t in tiers.tiers)


def _groups(words: Sequence[Segment], labels: Sequence[Segment]) -> list[tuple[Segment, range]]:
    """Each word with the numbers of its labels."""
    starts = [s.start for s in labels]
    found: list[tuple[Segment, range]] = []
    for word in words:
        members = range(bisect_left(starts, word.start - 1e-9), bisect_left(starts, word.end - 1e-9))
        if word.label and members:
            found.append((word, members))
    return found


def _edges(
    groups: list[tuple[Segment, range]],
    labels: Sequence[Segment],
    look: Look,
    keep: list[float],
    word_lag: float,
    how: How,
) -> list[_Edge]:
    """Where everything begins before it is settled, silences included."""
    quiet = _Quiet(look, how)
    heard: list[_Edge] = []
    first: list[int] = []
    for _, members in groups:
        first.append(len(heard))
        heard += [_Edge(labels[k].start - word_lag * (k == members[0]), len(heard) + n) for n, k in enumerate(members)]
    plain = np.array([labels[k].start for _, members in groups for k in members])
    for time in keep:
        nearest = int(np.abs(plain - time).argmin())
        if abs(plain[nearest] - time) <= _HELD:
            heard[nearest].at, heard[nearest].held = time, True
    end = look.start + len(look.level) * look.hop
    edges = [_Edge(look.start, -1)]
    for n, (at, (_, members)) in enumerate(zip(first, groups, strict=True)):
        edge, name = heard[at], labels[members[0]].label
        # The first label of a word is looked for a little beyond where it was heard, the last one is given its time.
        since = look.start if not n else heard[at - 1].at + 0.03
        pause = quiet.pause(since, edge.at + 0.03, 0.1)
        if pause is not None and not edge.held:
            # After a real pause nobody hears where a plosive is formed.
            closing = how.closure if name in _PLOSIVES and pause[1] - pause[0] < how.rest else 0.0
            begins = max(pause[0], pause[1] - closing)
            if name in _WEAK:
                begins = min(begins, max(edge.at, begins - how.closure, pause[0]))
            if n or abs(begins - edge.at) < 0.1:
                edge.at = begins
        if n and pause is not None and edge.at - pause[0] >= how.pause:
            edges.append(_Edge(pause[0], -1))
        edges += heard[at : at + len(members)]
    pause = quiet.pause(heard[-1].at + 0.03, end)
    edges.append(_Edge(pause[0] if pause is not None else end - look.hop, -1))
    for before, edge in pairwise(edges):
        if not edge.held:
            edge.at = max(edge.at, before.at + 2 * look.hop)
    return edges


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


def _settle(edges: list[_Edge], look: Look, how: How, monitor: Monitor) -> None:
    """Move all edges but the first together, see the module."""
    rows, hop = len(look.cepstra), look.hop
    # Cumulated sums of large numbers would cancel.
    x = look.cepstra - look.cepstra.mean(0)
    sums = np.concatenate([np.zeros((1, x.shape[1])), np.cumsum(x, 0)])
    squares = np.concatenate([[0.0], np.cumsum((x**2).sum(1))])

    def spread(a: NDArray[np.intp], b: NDArray[np.intp]) -> F64:
        b = np.maximum(b, np.minimum(a + 1, rows))
        inner = squares[b] - squares[a] - ((sums[b] - sums[a]) ** 2).sum(-1) / np.maximum(b - a, 1)
        return how.change * inner

    reach = np.arange(-round(_REACH / hop), round(_REACH / hop) + 1)
    places = [np.zeros(1, np.intp)]
    cost = np.zeros(1)
    back: list[NDArray[np.intp]] = []
    for n, edge in enumerate(edges[1:], 1):
        if n % 256 == 0:
            monitor.advance(n, len(edges))
        middle = (edge.at - look.start) / hop
        here = np.clip(np.round(middle) + (np.zeros(1) if edge.held else reach), 0, rows).astype(np.intp)
        a, b = places[-1][:, None], here[None]
        total = cost[:, None] + np.where(b - a >= _SHORTEST, spread(a, b), _NEVER)
        back.append(total.argmin(0))
        cost = total.min(0) + ((here - middle) * hop / how.spread) ** 2 / 2
        places.append(here)
    monitor.advance(1, 1)
    best = int((cost + spread(places[-1], np.full(len(cost), rows))).argmin())
    for n in range(len(edges) - 1, 0, -1):
        if not edges[n].held:
            edges[n].at = look.start + float(places[n][best]) * hop
        best = int(back[n - 1][best])
    # Where there was no room for all, what is left over lasts no time.
    for before, edge in pairwise(edges):
        edge.at = edge.at if edge.held else max(edge.at, before.at)
    for after, edge in pairwise(reversed(edges)):
        edge.at = edge.at if edge.held else min(edge.at, after.at)
