"""What there is to be said of a segmentation: where to look next, how it differs, where boundaries snap to."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Container, Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..edits._piece_tools import TRANSCRIPT
from ..model.recordings import NamedSegments
from ..model.segments import Tier, Tiers
from ..segment_quality import BoundaryErrors, boundaries_of, compare_boundaries
from ..solvers.segment._rows import edges_of
from ._laid import Laid
from ._prepared import Prepared

__all__ = ["Compared", "Doubt", "compared", "doubtful", "snaps", "trellis"]

_SURE = 0.99
"""A boundary that is surer than this is none to look at."""
_DIP = 1.0
"""Decibels that a dip lies below what is to either side of it."""


@dataclass(frozen=True)
class Doubt:
    """A boundary, or a whole piece (`end` None), that a person should look at.

    Attributes
    ----------
    time
        Seconds.
    confidence
        0 to 1, the lower the sooner to be looked at.
    words
        Which: ``"is | throwing"``.
    """

    tier: str
    piece: int
    end: bool | None
    time: float
    confidence: float
    words: str


def doubtful(segments: NamedSegments, prepared: Prepared | None = None, most: int = 100) -> list[Doubt]:
    """What to check next, the least sure first; what a person has set, and what is sure, is left out.

    Of words, and of labels that were read without any: how probable it is that one begins there (or, where it is not
    known any more, that it is there at all). Of the labels of words: how probable it is that they are where they are,
    which tells of words that were said otherwise. Of pieces that are cut: how much it gains that one begins there.

    Parameters
    ----------
    prepared
        Knows the posteriors of boundaries.
    """
    tiers = segments.tiers
    found: list[Doubt] = []
    spoken = next((t for t in map(tiers.tier, TRANSCRIPT) if t is not None), None)
    if spoken is not None:
        found += _unsure(segments, spoken, _begins(segments, spoken, prepared))
        labels = tiers.tier("labels")
        if labels is not None and labels is not spoken:
            found += _unsure_labels(segments, spoken, labels, {d.time for d in found})
    for tier in tiers.tiers:
        if tier.name not in TRANSCRIPT:
            scores = [s.score for s in tier.segments]
            found += [
                Doubt(tier.name, k, False, s.start, score, _beside(tier, k))
                for k, (s, score) in enumerate(zip(tier.segments, scores, strict=True))
                if score is not None and score < _SURE
            ]
    found.sort(key=lambda d: (d.confidence, d.time))
    return found[:most]


def _begins(segments: NamedSegments, tier: Tier, prepared: Prepared | None) -> list[float] | None:
    """Posteriors of the beginnings of a tier's pieces."""
    state = None if prepared is None else prepared.memory.state(segments.solved)
    if state is None or not isinstance(state.found, Laid):
        return None
    frames = state.found.frames
    sure = frames.sure[frames.said.firsts if frames.said.words else frames.said.shown].tolist()
    return sure if len(sure) == len(tier.segments) else None


def _unsure(segments: NamedSegments, tier: Tier, sure: list[float] | None) -> list[Doubt]:
    set_ones = {(p.piece, p.end) for p in segments.constraints.pins if p.tier == tier.name}
    found: list[Doubt] = []
    for k, s in enumerate(tier.segments):
        confidence = s.score if sure is None else sure[k]
        if confidence is None or confidence >= _SURE or (k, False) in set_ones:
            continue
        if sure is None:
            found.append(Doubt(tier.name, k, None, s.start, confidence, s.label))
        else:
            found.append(Doubt(tier.name, k, False, s.start, confidence, _beside(tier, k)))
    return found


def _unsure_labels(segments: NamedSegments, words: Tier, labels: Tier, told: Container[float]) -> list[Doubt]:
    """Labels of words, with the words they are in; those that begin where a word is in doubt are no news."""
    starts = [w.start for w in words.segments]
    found: list[Doubt] = []
    for d in _unsure(segments, labels, None):
        if d.time not in told:
            word = bisect_right(starts, d.time) - 1
            found.append(replace(d, words=f"{d.words} · {words.segments[word].label}" if word >= 0 else d.words))
    return found


def _beside(tier: Tier, piece: int) -> str:
    """The labels to either side of where a piece begins."""
    before = tier.segments[piece - 1].label if piece else ""
    return f"{before} | {tier.segments[piece].label}".strip()


@dataclass(frozen=True)
class Compared:
    """Boundaries of a tier of one segmentation against those of another."""

    tier: str
    other: str
    boundaries: BoundaryErrors


def compared(a: NamedSegments, b: NamedSegments, tolerance: float = 0.02) -> list[Compared]:
    """Boundaries of `a` judged by those of `b`: of tiers of one name, else of those that are alike in kind.

    The first and the last boundary of the recording, which nobody had to find, are left out.
    """
    found: list[Compared] = []
    first = max(a.tiers.start, b.tiers.start) + tolerance
    last = min(a.tiers.end, b.tiers.end) - tolerance
    for tier in a.tiers.tiers:
        other = _counterpart(tier, b.tiers)
        if other is None:
            continue
        mine, its = ([t for t in boundaries_of(x) if first < t < last] for x in (tier, other))
        if its:
            found.append(Compared(tier.name, other.name, compare_boundaries(mine, its, tolerance)))
    return found


def _counterpart(tier: Tier, tiers: Tiers) -> Tier | None:
    same = tiers.tier(tier.name)
    if same is not None or tier.name == "words":
        return same
    # The finest that there is.
    return max((t for t in tiers.tiers if t.name != "words"), key=lambda t: len(t.segments), default=None)


def trellis(prepared: Prepared, segments: NamedSegments) -> NDArray[np.int64] | None:
    """Column of the emissions in each frame on the path that gave `segments`, int64 (T,).

    None where there is no path, or it is too long ago that it was found.
    """
    state = prepared.memory.state(segments.solved)
    if prepared.emissions is None or state is None or not isinstance(state.found, Laid):
        return None
    return state.found.frames.path(prepared.emissions)


def snaps(prepared: Prepared, around: float, reach: float) -> list[float]:
    """Seconds to which a boundary near `around` snaps: where the energy dips, and edges of frames; ascending."""
    low, high = around - reach, around + reach
    found: set[float] = set(_dips(prepared, low, high))
    e = prepared.emissions
    if e is not None:
        first, last = (int(np.ceil((low - e.start) / e.step)), int(np.floor((high - e.start) / e.step)))
        found.update(e.start + k * e.step for k in range(max(first, 0), min(last, len(e)) + 1))
    if prepared.rows is not None:
        rows = prepared.rows
        edges = prepared.memory.made("edges", lambda: edges_of(rows))
        found.update(edges[slice(*np.searchsorted(edges, [low, high]))].tolist())
    return sorted(found)


def _dips(prepared: Prepared, low: float, high: float) -> Iterable[float]:
    """Where the sound is quieter than to either side."""
    look = prepared.look
    if look is None:
        return
    first = max(int((low - look.start) / look.hop) - 4, 0)
    level = look.level[first : max(int((high - look.start) / look.hop) + 5, 0)]
    for k in range(4, len(level) - 4):
        beside = min(level[k - 4 : k].max(), level[k + 1 : k + 5].max())
        if level[k] == level[k - 4 : k + 5].min() and level[k] < beside - _DIP and level[k] < level[k - 1]:
            yield look.start + (first + k) * look.hop
