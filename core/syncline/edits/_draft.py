"""A stretch of words taken out of a segmentation to be changed, and put back with its pieces and pins."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ..errors import ParameterError
from ..model.recordings import NamedSegments, Pin, Recording, Word
from ..model.segments import Segment, Tier
from ._piece_tools import LEAST, before
from ._spoken_pieces import members, owner

__all__ = ["Both", "Draft", "Said", "around", "drafted", "even", "finished", "numbered", "renamed"]

_DRAWN = 0.02
"""Seconds for which a new word is drawn, if there are so many."""

Both = tuple[Recording, NamedSegments]


@dataclass
class Said:
    """A word in a draft: its piece, the pieces of its labels, and what is pinned (labels by number and end).

    A silent one stands in the transcript, but nothing of it is spoken.
    """

    word: Word
    piece: Segment | None = None
    labels: list[Segment] = field(default_factory=list[Segment])
    start: float | None = None
    end: float | None = None
    pins: dict[tuple[int, bool], float] = field(default_factory=dict[tuple[int, bool], float])
    silent: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(s.label for s in self.labels)


@dataclass
class Draft:
    """Words number `first` up to `stop` of a recording's transcript, and their pieces `pieces`, `labels` by number."""

    recording: Recording
    segments: NamedSegments
    first: int
    stop: int
    pieces: range
    labels: range
    said: list[Said]


def numbered(tier: Tier, words: Sequence[Word]) -> Sequence[int] | None:
    """Which word of a transcript each piece is: words that nothing is spoken of have none; None if it is another's."""
    texts = [w.text for w in words]
    names = [s.label for s in tier.segments]
    if names == texts:
        return range(len(names))
    found: list[int] = []
    at = 0
    for name in names:
        while at < len(texts) and texts[at] != name:
            at += 1
        if at == len(texts):
            return None
        found.append(at)
        at += 1
    return found


def around(recording: Recording, segments: NamedSegments, first: int, stop: int) -> Draft:
    """A draft of the words of pieces number `first` up to `stop`."""
    tier = segments.tiers.tier("words")
    assert tier is not None
    which = numbered(tier, recording.transcript)
    if which is None:
        raise ParameterError("These pieces belong to another transcript; solve again first.")
    count = len(recording.transcript)
    start = which[first] if first < len(which) else count
    return drafted(recording, segments, start, which[stop - 1] + 1 if stop > first else start)


def drafted(recording: Recording, segments: NamedSegments, first: int, stop: int) -> Draft:
    """A draft of words number `first` up to `stop` of the transcript."""
    tier, labels = segments.tiers.tier("words"), segments.tiers.tier("labels")
    assert tier is not None
    which = numbered(tier, recording.transcript)
    assert which is not None
    pieces = range(bisect_left(which, first), bisect_left(which, stop))
    said = [Said(w, silent=True) for w in recording.transcript[first:stop]]
    at: int | None = None
    end = 0
    for k in pieces:
        me, own = said[which[k] - first], members(segments.tiers, k)
        me.piece, me.silent = tier.segments[k], False
        me.labels = list(labels.segments[own.start : own.stop]) if labels is not None else []
        at, end = own.start if at is None else at, own.stop
    if at is None:
        near = tier.segments[pieces.start].start if pieces.start < len(tier.segments) else None
        at = end = 0 if labels is None else len(labels.segments) if near is None else before(labels, near)
    for p in segments.constraints.pins:
        if p.tier == "words" and p.piece in pieces:
            me = said[which[p.piece] - first]
            me.start, me.end = (me.start, p.time) if p.end else (p.time, me.end)
        elif p.tier == "labels" and at <= p.piece < end:
            word = owner(segments.tiers, p.piece)
            if word is not None:
                said[which[word] - first].pins[p.piece - members(segments.tiers, word).start, p.end] = p.time
    return Draft(recording, segments, first, stop, pieces, range(at, end), said)


def finished(draft: Draft) -> Both:
    """Put a draft back, new words drawn."""
    recording, segments, said = draft.recording, draft.segments, draft.said
    words, labels = segments.tiers.tier("words"), segments.tiers.tier("labels")
    assert words is not None
    beside = words.segments[draft.pieces.start - 1 : draft.pieces.start], words.segments[draft.pieces.stop :]
    low = beside[0][0].end if draft.pieces.start and beside[0] else segments.tiers.start
    high = beside[1][0].start if beside[1] else segments.tiers.end
    said = [s for s in said if not s.silent]
    _placed(said, low, high)
    pins: list[Pin] = []
    w, n = draft.pieces.start, draft.labels.start
    for s in said:
        # A word begins and ends with its labels, and that is pinned as its own.
        drawn = s.piece
        if s.labels and drawn is not None:
            named = (s.labels[0].start, s.labels[-1].end, s.word.text)
            if (drawn.start, drawn.end, drawn.label) != named:
                s.piece = replace(drawn, start=named[0], end=named[1], label=named[2])
        s.start = s.pins.pop((0, False), s.start)
        s.end = s.pins.pop((len(s.labels) - 1, True), s.end)
        pins += [Pin("words", t, w, e) for t, e in ((s.start, False), (s.end, True)) if t is not None]
        pins += [Pin("labels", t, n + k, e) for (k, e), t in s.pins.items()]
        w, n = w + 1, n + len(s.labels)
    for p in segments.constraints.pins:
        inside = {"words": draft.pieces, "labels": draft.labels}.get(p.tier)
        if inside is None or p.piece < inside.start:
            pins.append(p)
        elif p.piece >= inside.stop:
            pins.append(replace(p, piece=p.piece + (w if p.tier == "words" else n) - inside.stop))
    pieces = [s.piece for s in said if s.piece is not None]
    tiers = segments.tiers.with_tier(words.spliced(draft.pieces.start, draft.pieces.stop, pieces))
    if labels is not None:
        own = [x for s in said for x in s.labels]
        tiers = tiers.with_tier(labels.spliced(draft.labels.start, draft.labels.stop, own))
    old = recording.transcript
    recording = replace(recording, transcript=(*old[: draft.first], *(s.word for s in draft.said), *old[draft.stop :]))
    c = replace(segments.constraints, pins=tuple(sorted(pins, key=lambda p: (p.tier, p.time, p.piece, p.end))))
    return recording, replace(segments, tiers=tiers, constraints=c)


def _placed(said: list[Said], low: float, high: float) -> None:
    """Draw words that have no piece between those that have, evenly; these make room where there is none."""
    at = 0
    while at < len(said):
        stop = at
        while stop < len(said) and said[stop].piece is None:
            stop += 1
        if stop == at:
            at += 1
            continue
        left, right = said[at - 1] if at else None, said[stop] if stop < len(said) else None
        count = sum(max(len(s.word.labels or ()), 1) for s in said[at:stop])
        start = low if left is None or left.piece is None else left.piece.end
        end = high if right is None or right.piece is None else right.piece.start
        missing = _DRAWN * (stop - at) - (end - start)
        if missing > 0:
            if left is not None and left.piece is not None and left.end is None and not left.pins:
                start -= min(missing, (left.piece.end - left.piece.start) / 2)
                _squeeze(left, left.piece.start, start)
            if right is not None and right.piece is not None and right.start is None and not right.pins:
                end += min(missing, (right.piece.end - right.piece.start) / 2)
                _squeeze(right, end, right.piece.end)
        if end - start < LEAST * count:
            raise ParameterError(f"There is no room for “{said[at].word.text}” between boundaries that are set.")
        for s, piece in zip(said[at:stop], even([x.word.text for x in said[at:stop]], start, end), strict=True):
            s.piece = piece
            s.labels = even(s.word.labels or (), piece.start, piece.end)
        at = stop


def _squeeze(s: Said, start: float, end: float) -> None:
    old = s.piece
    assert old is not None
    ratio = (end - start) / (old.end - old.start)

    def put(x: Segment) -> Segment:
        return replace(x, start=start + (x.start - old.start) * ratio, end=start + (x.end - old.start) * ratio)

    s.piece = replace(old, start=start, end=end)
    s.labels = [put(x) for x in s.labels]


def renamed(s: Said, word: Word) -> Said:
    """Another word in the place of one; boundaries that are set stay."""
    piece = None if s.piece is None else Segment(s.piece.start, s.piece.end, word.text)
    labels = [] if piece is None or word.labels is None else even(word.labels, piece.start, piece.end)
    return Said(word, piece, labels, s.start, s.end)


def even(names: Sequence[str], start: float, end: float) -> list[Segment]:
    edges = [start + (end - start) * k / len(names) for k in range(len(names))] + [end] if names else []
    return [Segment(a, b, name) for a, b, name in zip(edges, edges[1:], names, strict=False)]
