"""Edits that make another transcript: a stretch of words is taken out as a draft, changed, and put back.

Words that stay keep their pieces and their pins, which get new numbers; new ones are drawn where there is room for
them, until the solver says where they are. Labels of a new word are known only if it spells them itself.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from difflib import SequenceMatcher

from ..errors import ParameterError
from ..model.recordings import NamedSegments, Recording, Word
from ..model.segments import Segment, Tier
from ._draft import Both, Said, around, drafted, even, finished, numbered, renamed
from ._piece_tools import LEAST, NEAR, TRANSCRIPT, after, before, clamped, piece_at, piece_of
from ._spoken_pieces import drawn, members, owner, pinned

__all__ = ["insert", "merge", "relabel", "remove", "split", "transcribe"]

_SPACES = frozenset(["|", "▁", "<space>", " ", "<wb>"])
_LONG = 1000


def transcribe(recording: Recording, segments: NamedSegments, words: tuple[Word, ...]) -> NamedSegments:
    """Draw another transcript of `recording` in."""
    if not any(segments.tiers.tier(name) for name in TRANSCRIPT):
        return segments
    old = recording.transcript
    tier = segments.tiers.tier("words")
    if tier is None or not words or numbered(tier, old) is None:
        c = segments.constraints
        pins = tuple(p for p in c.pins if p.tier not in TRANSCRIPT)
        return segments if len(pins) == len(c.pins) else replace(segments, constraints=replace(c, pins=pins))
    a = 0
    while a < min(len(old), len(words)) and old[a] == words[a]:
        a += 1
    b = 0
    while b < min(len(old), len(words)) - a and old[-1 - b] == words[-1 - b]:
        b += 1
    if a == len(old) == len(words):
        return segments
    first, stop = max(a - 1, 0), min(len(old) - b + 1, len(old))
    draft = drafted(recording, segments, first, stop)
    was, new = draft.said, words[first : len(words) - (len(old) - stop)]
    matcher = SequenceMatcher(None, [s.word for s in was], new, autojunk=len(new) > _LONG)
    draft.said = []
    for what, i, j, k, m in matcher.get_opcodes():
        if what == "equal":
            draft.said += was[i:j]
        elif what == "replace" and j - i == m - k:
            draft.said += [renamed(s, w) for s, w in zip(was[i:j], new[k:m], strict=True)]
        else:
            draft.said += [Said(w) for w in new[k:m]]
    return finished(draft)[1]


def split(
    recording: Recording, segments: NamedSegments, tier: Tier, time: float, labels: tuple[str, str] | None
) -> Both:
    """Make two of a word or label at a time, which is pinned."""
    k = piece_at(tier, time)
    recording, segments, k = _read(recording, segments, k)
    if tier.name == "labels":
        word, at = _labelled(segments, k)
        draft = around(recording, segments, word, word + 1)
        me = draft.said[0]
        s = me.labels[at]
        pair = labels or (s.label, s.label)
        halves = [replace(s, end=time, label=pair[0]), replace(s, start=time, label=pair[1])]
        me.labels[at : at + 1] = halves
        me.pins = {(n + (n > at or (n == at and e)), e): t for (n, e), t in me.pins.items()}
        me.pins |= {(at, True): time, (at + 1, False): time}
        me.word = _respelled(me)
        return finished(draft)
    draft = around(recording, segments, k, k + 1)
    me = draft.said[0]
    assert me.piece is not None
    middles = [(s.start + s.end) / 2 for s in me.labels]
    at = bisect_left(middles, time)
    if len(me.labels) > 1 and labels is None:
        at = min(max(at, 1), len(me.labels) - 1)
        edge = me.labels[at].start
        segments = replace(segments, tiers=drawn(segments.tiers, edge, time))
        draft = around(recording, segments, k, k + 1)
        me = draft.said[0]
        assert me.piece is not None
        texts = _halves(me.word.text, at / len(me.labels))
        spelled: tuple[tuple[str, ...] | None, ...] = (me.names[:at], me.names[at:])
        parts = (me.labels[:at], me.labels[at:])
    else:
        share = (time - me.piece.start) / (me.piece.end - me.piece.start)
        texts, spelled, parts = labels or _halves(me.word.text, share), (None, None), ([], [])
    one = Said(Word(texts[0], spelled[0]), replace(me.piece, end=time, label=texts[0]), parts[0], me.start, time)
    two = Said(Word(texts[1], spelled[1]), replace(me.piece, start=time, label=texts[1]), parts[1], time, me.end)
    if parts[0]:
        one.pins = {(n, e): t for (n, e), t in me.pins.items() if n < at and (n, e) != (at - 1, True)}
        two.pins = {(n - at, e): t for (n, e), t in me.pins.items() if n >= at and (n, e) != (at, False)}
    draft.said = [one, two]
    return finished(draft)


def merge(recording: Recording, segments: NamedSegments, tier: Tier, piece: int) -> Both:
    """Make one word of two, or one label of two of a word, called as the longer of them."""
    piece_of(tier, piece)
    if piece + 1 == len(tier.segments):
        raise ParameterError("The last piece has none after it to be merged with.")
    recording, segments, piece = _read(recording, segments, piece)
    if tier.name == "labels":
        word, at = _labelled(segments, piece)
        draft = around(recording, segments, word, word + 1)
        me = draft.said[0]
        if at + 1 >= len(me.labels):
            raise ParameterError("These two belong to two words; merge the words.")
        one, two = me.labels[at : at + 2]
        longer = one if one.end - one.start >= two.end - two.start else two
        me.labels[at : at + 2] = [replace(longer, start=one.start, end=two.end)]
        me.pins = {(n - (n > at), e): t for (n, e), t in me.pins.items() if (n, e) not in ((at, True), (at + 1, False))}
        me.word = _respelled(me)
        return finished(draft)
    draft = around(recording, segments, piece, piece + 2)
    one, two = draft.said[0], draft.said[-1]
    assert one.piece is not None
    assert two.piece is not None
    text = one.word.text + two.word.text
    names = one.names + two.names if one.labels and two.labels else None
    count = len(one.labels)
    both = Said(
        Word(text, names),
        replace(one.piece, end=two.piece.end, label=text, score=None),
        one.labels + two.labels if names else [],
        one.start,
        two.end,
        one.pins | {(n + count, e): t for (n, e), t in two.pins.items()} if names else {},
    )
    draft.said = [both]
    return finished(draft)


def relabel(recording: Recording, segments: NamedSegments, tier: Tier, piece: int, label: str) -> Both:
    """Say another word, or hear another label; several where there are spaces."""
    piece_of(tier, piece)
    names = label.split()
    if not names:
        raise ParameterError("What is said has to be written somehow; remove the piece if nothing is.")
    if tier.segments[piece].label == label:
        return recording, segments
    recording, segments, piece = _read(recording, segments, piece)
    if tier.name == "labels":
        word, at = _labelled(segments, piece)
        draft = around(recording, segments, word, word + 1)
        me = draft.said[0]
        more = len(names) - 1
        me.labels[at : at + 1] = even(names, me.labels[at].start, me.labels[at].end)
        me.pins = {(n + more * (n > at or (n == at and e)), e): t for (n, e), t in me.pins.items()}
        me.word = _respelled(me)
        return finished(draft)
    draft = around(recording, segments, piece, piece + 1)
    me = draft.said[0]
    assert me.piece is not None
    if len(names) == 1:
        draft.said = [renamed(me, Word(names[0]))]
    else:
        pieces = even(names, me.piece.start, me.piece.end)
        draft.said = [Said(Word(s.label), s) for s in pieces]
        draft.said[0].start, draft.said[-1].end = me.start, me.end
    return finished(draft)


def insert(recording: Recording, segments: NamedSegments, tier: Tier, start: float, end: float, label: str) -> Both:
    """Say one more word, or hear one more label, from one time to another: both are pinned."""
    names = label.split()
    if len(names) != 1:
        raise ParameterError("Write one word, without spaces.")
    start, end = min(start, end), max(start, end)
    start, end = max(start, segments.tiers.start), min(end, segments.tiers.end)
    if end - start < LEAST:
        raise ParameterError("A piece has to last a moment, within the recording.")
    recording, segments, _ = _read(recording, segments)
    words = segments.tiers.tier("words")
    assert words is not None
    middle = (start + end) / 2
    word = after(words, middle) - 1
    if tier.name == "words" or word < 0 or middle > words.segments[word].end - NEAR:
        segments, k, new = _cleared(segments, "words", start, end, label)
        draft = around(recording, segments, k, k)
        names = (label,) if tier.name == "labels" else ()
        me = Said(Word(label, names or None), new, [new] if names else [], new.start, new.end)
        draft.said.insert(0, me)
        return finished(draft)
    s = words.segments[word]
    if not members(segments.tiers, word):
        raise ParameterError(f"How “{s.label}” is spelled is not known yet; solve again first.")
    segments, k, new = _cleared(segments, "labels", max(start, s.start), min(end, s.end), label)
    draft = around(recording, segments, word, word + 1)
    me = draft.said[0]
    at = k - draft.labels.start
    me.labels.insert(at, new)
    me.pins = {(n + (n >= at), e): t for (n, e), t in me.pins.items()} | {(at, False): new.start, (at, True): new.end}
    me.word = _respelled(me)
    return finished(draft)


def _cleared(
    segments: NamedSegments, name: str, start: float, end: float, label: str
) -> tuple[NamedSegments, int, Segment]:
    """Room made for a piece as far as nothing is set there, the number it gets, and the piece."""
    tiers = segments.tiers
    tier = tiers.tier(name)
    assert tier is not None
    middle = (start + end) / 2
    k = before(tier, middle)
    # A piece that holds the middle gives way to the side where more of it remains.
    if k and tier.segments[k - 1].end > middle:
        s = tier.segments[k - 1]
        k -= start - s.start < s.end - end
    left = tier.segments[k - 1].end if k else tiers.start
    right = tier.segments[k].start if k < len(tier.segments) else tiers.end
    if left > start + NEAR:
        tiers = drawn(tiers, left, _free(segments, left, start), -1)
    if right < end - NEAR:
        tiers = drawn(tiers, right, _free(segments, right, end), 1)
    tier = tiers.tier(name)
    assert tier is not None
    low = tier.segments[k - 1].end if k else tiers.start
    high = tier.segments[k].start if k < len(tier.segments) else tiers.end
    start, end = clamped(start, low, high), clamped(end, low, high)
    if end - start < LEAST:
        raise ParameterError(f"There is no room for “{label}” between boundaries that are set.")
    return replace(segments, tiers=tiers), k, Segment(start, end, label)


def remove(recording: Recording, segments: NamedSegments, tier: Tier, piece: int) -> Both:
    """Say a word less, or hear a label less."""
    piece_of(tier, piece)
    recording, segments, piece = _read(recording, segments, piece)
    if tier.name == "labels":
        word, at = _labelled(segments, piece)
        draft = around(recording, segments, word, word + 1)
        me = draft.said[0]
        if len(me.labels) > 1:
            del me.labels[at]
            me.pins = {(n - (n > at), e): t for (n, e), t in me.pins.items() if n != at}
            # What was the word's first or last boundary went with the label.
            me.start = None if at == 0 else me.start
            me.end = None if at == len(me.labels) else me.end
            me.word = _respelled(me)
            return finished(draft)
        piece = word
    draft = around(recording, segments, piece, piece + 1)
    draft.said = []
    return finished(draft)


def _read(recording: Recording, segments: NamedSegments, piece: int = 0) -> tuple[Recording, NamedSegments, int]:
    """Where labels were read without a transcript, what was read becomes one; and the number of a label then."""
    labels = segments.tiers.tier("labels")
    if recording.transcript or segments.tiers.tier("words") is not None or labels is None:
        return recording, segments, piece
    if labels.segments and labels.segments[piece].label in _SPACES:
        raise ParameterError("This stands between words; edit the words instead.")
    groups: list[list[int]] = [[]]
    spaced = any(s.label in _SPACES for s in labels.segments)
    for k, s in enumerate(labels.segments):
        if s.label in _SPACES:
            groups.append([])
        elif spaced:
            groups[-1].append(k)
        else:
            groups.append([k])
    said: list[Word] = []
    pieces: list[Segment] = []
    for group in filter(None, groups):
        names = tuple(labels.segments[k].label for k in group)
        said.append(Word("".join(names), names))
        pieces.append(Segment(labels.segments[group[0]].start, labels.segments[group[-1]].end, said[-1].text))
    kept = tuple(s for s in labels.segments if s.label not in _SPACES)
    times = {
        (p.time, p.end)
        for p in segments.constraints.pins
        if p.tier == "labels" and labels.segments[p.piece].label not in _SPACES
    }
    tiers = segments.tiers.with_tiers(
        [Tier("words", tuple(pieces)), *(replace(t, segments=kept) if t is labels else t for t in segments.tiers.tiers)]
    )
    others = tuple(p for p in segments.constraints.pins if p.tier != "labels")
    plain = replace(segments, tiers=tiers, constraints=replace(segments.constraints, pins=others))
    places: dict[tuple[str, int, bool], float] = {}
    for name in ("labels", "words"):
        tier = tiers.tier(name)
        assert tier is not None
        for k, s in enumerate(tier.segments):
            for t, e in ((s.start, False), (s.end, True)):
                if (t, e) in times:
                    times -= {(t, e)} if name == "words" else set()
                    places = {p: x for p, x in places.items() if x != t or p[2] != e} | {(name, k, e): t}
    count = sum(s.label not in _SPACES for s in labels.segments[:piece])
    return replace(recording, transcript=tuple(said)), pinned(plain, places) if places else plain, count


def _respelled(me: Said) -> Word:
    """A word with the labels that it has now; one that was read label by label is called by them."""
    word, names = me.word, me.names
    read = word.labels is not None and word.text == "".join(word.labels)
    return Word("".join(names) if read else word.text, names)


def _labelled(segments: NamedSegments, label: int) -> tuple[int, int]:
    """The word that a label belongs to, and its number in it."""
    word = owner(segments.tiers, label)
    if word is None:
        raise ParameterError("This piece belongs to no word; solve again first.")
    return word, label - members(segments.tiers, word).start


def _halves(text: str, share: float) -> tuple[str, str]:
    if len(text) < 2:
        return text, text
    at = min(max(round(len(text) * share), 1), len(text) - 1)
    return text[:at], text[at:]


def _free(segments: NamedSegments, old: float, new: float) -> float:
    """How far towards `new` a boundary may be pushed: up to one that is set, nowhere if it is set itself."""
    times = [p.time for p in segments.constraints.pins if p.tier in TRANSCRIPT]
    if any(abs(t - old) <= NEAR for t in times):
        return old
    between = [t for t in times if min(old, new) - LEAST < t < max(old, new) + LEAST]
    if not between:
        return new
    return min(between) - LEAST * 10 if new > old else max(between) + LEAST * 10
