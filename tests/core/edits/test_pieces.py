"""Edits of pieces: what they draw, what they pin and hold, what they leave alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from syncline.edits.pieces import (
    AddTier,
    Edit,
    Insert,
    Lock,
    Merge,
    Move,
    Relabel,
    Remove,
    RemoveTier,
    RenameTier,
    Split,
    TakeTiers,
    Transcript,
    apply,
    limits,
    locked,
)
from syncline.errors import ParameterError
from syncline.model import Media
from syncline.model.recordings import Held, NamedSegments, Pin, Recording, Word
from syncline.model.segments import Segment, Tier, Tiers

MEDIA = Media(Path("/talk.wav"), "audio", 10.0, "", 0, 0)


def spoken(gap: float = 0.0) -> tuple[Recording, NamedSegments]:
    """Three words of two, one and three labels, a second each; `gap` seconds before every word."""
    said = {"ab": "ab", "c": "c", "def": "def"}
    words, labels, at = [], [], 1.0
    for word, names in said.items():
        at += gap
        start = at
        for name in names:
            labels.append(Segment(at, at + 1, name, 0.5))
            at += 1
        words.append(Segment(start, at, word, 0.5))
    tiers = Tiers((Tier("words", tuple(words)), Tier("labels", tuple(labels))), end=10.0)
    transcript = tuple(map(Word, said))
    return Recording(1, MEDIA, transcript), NamedSegments(1, 1, transcript=transcript, tiers=tiers)


def cut(*labels: str, name: str = "changes") -> tuple[Recording, NamedSegments]:
    """A piece a second."""
    pieces = tuple(Segment(float(k), k + 1.0, x) for k, x in enumerate(labels))
    return Recording(1, MEDIA), NamedSegments(1, 1, tiers=Tiers((Tier(name, pieces),)))


def done(both: tuple[Recording, NamedSegments], *edits: Edit) -> tuple[Recording, NamedSegments]:
    for edit in edits:
        recording, segments = apply(*both, edit)
        assert segments is not None
        both = recording, segments
    return both


def pieces(segments: NamedSegments, tier: str) -> list[tuple[str, float, float]]:
    found = segments.tiers.tier(tier)
    assert found is not None
    return [(s.label, round(s.start, 6), round(s.end, 6)) for s in found.segments]


def pins(segments: NamedSegments) -> set[tuple[str, int, bool, float]]:
    return {(p.tier, p.piece, p.end, round(p.time, 6)) for p in segments.constraints.pins}


def test_a_moved_boundary_takes_the_piece_that_touches_along_and_leaves_the_rest_the_very_same() -> None:
    before = spoken()
    _, after = done(before, Move("words", 1, False, 2.5))
    assert pieces(after, "words") == [("ab", 1, 2.5), ("c", 2.5, 4), ("def", 4, 7)]
    assert pieces(after, "labels")[:3] == [("a", 1, 2), ("b", 2, 2.5), ("c", 2.5, 4)]
    assert pins(after) == {("words", 1, False, 2.5), ("words", 0, True, 2.5)}
    assert after.tiers.tiers[0].segments[2] is before[1].tiers.tiers[0].segments[2]
    assert all(
        a is b for a, b in zip(after.tiers.tiers[1].segments[3:], before[1].tiers.tiers[1].segments[3:], strict=True)
    )
    # A label's boundary that is a word's is pinned, and seen, as the word's.
    assert pins(done(before, Move("labels", 2, False, 2.5))[1]) == pins(after)
    assert locked(after, "labels", 2, False)
    assert locked(after, "labels", 1, True)
    assert not locked(after, "labels", 2, True)


def test_a_boundary_of_a_transcript_pushes_what_is_not_set_and_stops_at_what_is() -> None:
    recording, segments = done(spoken(), Lock("words", 0, False, True))
    assert limits(recording, segments, "words", 2, False) == (pytest.approx(1.003), pytest.approx(9.996))
    _, after = done((recording, segments), Move("words", 2, False, 0.0))
    words, labels = pieces(after, "words"), pieces(after, "labels")
    assert words[0][1] == 1.0
    assert words[2][1] == pytest.approx(1.003)
    assert all(b - a >= 0.0009 for _, a, b in labels)
    assert [x[1] for x in labels] == sorted(x[1] for x in labels)
    assert labels[2][1:] == words[1][1:]


def test_locks_of_a_word_are_those_of_its_labels_and_go_as_they_came() -> None:
    before = spoken()
    _, after = done(before, Lock("words", 0, None, True))
    assert pins(after) == {
        ("words", 0, False, 1.0), ("words", 0, True, 3.0), ("words", 1, False, 3.0),
        ("labels", 0, True, 2.0), ("labels", 1, False, 2.0),
    }  # fmt: skip
    assert locked(after, after.tiers.tiers[0].name, 0, None)
    assert done((before[0], after), Lock("words", 0, None, False))[1].constraints == before[1].constraints
    assert apply(*before, Lock("words", 0, None, False))[1] is before[1]


@pytest.mark.parametrize("gap", [0.0, 0.25])
def test_another_transcript_keeps_words_that_stay_and_renumbers_their_pins(gap: float) -> None:
    before = done(spoken(gap), Lock("words", 2, False, True), Lock("labels", 4, False, True))
    new = (Word("ab"), Word("new"), Word("more", ("m", "o")), Word("c"), Word("def"))
    recording, after = done(before, Transcript(new))
    assert recording.transcript == new
    assert [x[0] for x in pieces(after, "words")] == [w.text for w in new]
    assert "".join(x[0] for x in pieces(after, "labels")) == "abmocdef"
    start = pieces(before[1], "words")[2][1]
    assert {("words", 4, False, start), ("labels", 6, False, start + 1)} <= pins(after)
    assert after.tiers.tiers[0].segments[4] is before[1].tiers.tiers[0].segments[2]
    # Backwards, and one for one.
    back = done((recording, after), Transcript((Word("ab"), Word("k"), Word("def"))))[1]
    assert {("words", 2, False, start), ("labels", 3, False, start + 1)} <= pins(back)
    assert after.solved is before[1].solved


def test_a_word_is_split_where_its_labels_are_and_merged_again() -> None:
    before = spoken()
    recording, after = done(before, Split("words", 5.1))
    assert recording.transcript[2:] == (Word("d", ("d",)), Word("ef", ("e", "f")))
    assert pieces(after, "words")[2:] == [("d", 4, 5.1), ("ef", 5.1, 7)]
    assert pieces(after, "labels")[3:] == [("d", 4, 5.1), ("e", 5.1, 6), ("f", 6, 7)]
    assert pins(after) == {("words", 2, True, 5.1), ("words", 3, False, 5.1)}
    recording, after = done((recording, after), Merge("words", 2))
    assert recording.transcript[2] == Word("def", ("d", "e", "f"))
    assert pins(after) == set()
    named = done(before, Split("words", 5.1, ("de", "ff")))
    assert named[0].transcript[2:] == (Word("de"), Word("ff"))


def test_labels_are_respelled_within_their_word() -> None:
    before = done(spoken(), Lock("labels", 5, False, True))
    recording, after = done(before, Relabel("labels", 3, "x y"))
    assert recording.transcript[2] == Word("def", ("x", "y", "e", "f"))
    assert ("labels", 6, False, 6.0) in pins(after)
    recording, after = done(before, Remove("labels", 4), Remove("labels", 3))
    assert recording.transcript[2] == Word("def", ("f",))
    assert ("words", 2, False, 6.0) in pins(after)
    recording, after = done(before, Merge("labels", 4))
    assert recording.transcript[2] == Word("def", ("d", "e"))
    assert pins(after) == set()
    recording, after = done(before, Insert("labels", 4.8, 5.2, "x"))
    assert recording.transcript[2] == Word("def", ("d", "x", "e", "f"))
    assert pieces(after, "labels")[3:6] == [("d", 4, 4.8), ("x", 4.8, 5.2), ("e", 5.2, 6)]
    assert {("labels", 4, False, 4.8), ("labels", 4, True, 5.2), ("labels", 6, False, 6.0)} <= pins(after)
    with pytest.raises(ParameterError, match="two words"):
        apply(*before, Merge("labels", 1))
    recording, _ = done(before, Remove("labels", 2))
    assert [w.text for w in recording.transcript] == ["ab", "def"]


def test_words_come_go_and_are_renamed() -> None:
    before = done(spoken(), Lock("words", 2, True, True))
    recording, after = done(before, Insert("words", 2.5, 3.25, "z"))
    assert [w.text for w in recording.transcript] == ["ab", "z", "c", "def"]
    assert pieces(after, "words")[:3] == [("ab", 1, 2.5), ("z", 2.5, 3.25), ("c", 3.25, 4)]
    assert pins(after) == {("words", 1, False, 2.5), ("words", 1, True, 3.25), ("words", 3, True, 7.0)}
    recording, after = done(before, Relabel("words", 0, "two words"))
    assert recording.transcript[:2] == (Word("two"), Word("words"))
    assert pins(after) == {("words", 3, True, 7.0)}
    assert pieces(after, "words")[:2] == [("two", 1, 2), ("words", 2, 3)]
    recording, after = done(before, Remove("words", 0))
    assert [w.text for w in recording.transcript] == ["c", "def"]
    assert pins(after) == {("words", 1, True, 7.0)}
    assert pieces(after, "labels")[0] == ("c", 3, 4)


def test_what_was_read_without_a_transcript_becomes_one_when_it_is_corrected() -> None:
    labels = Tier("labels", tuple(Segment(float(k), k + 0.5, x) for k, x in enumerate("hi|yo")))
    read = Recording(1, MEDIA), NamedSegments(1, 1, tiers=Tiers((labels,), end=10.0))
    read = done(read, Move("labels", 1, True, 1.75))
    assert pins(read[1]) == {("labels", 1, True, 1.75)}
    recording, after = done(read, Relabel("labels", 4, "a"))
    assert recording.transcript == (Word("hi", ("h", "i")), Word("ya", ("y", "a")))
    assert pieces(after, "words") == [("hi", 0, 1.75), ("ya", 3, 4.5)]
    assert pins(after) == {("words", 0, True, 1.75)}


def test_a_boundary_of_a_cut_tier_is_pinned_with_where_it_was() -> None:
    before = cut("1", "2", "3", "4")
    _, after = done(before, Move("changes", 1, True, 1.4), Move("changes", 2, False, 1.2))
    assert after.constraints.pins == (Pin("changes", 1.2, moved=2.0, until=3.0),)
    assert pieces(after, "changes")[1:3] == [("2", 1, 1.2), ("3", 1.2, 3)]
    assert locked(after, "changes", 1, True)
    assert locked(after, "changes", 2, False)
    assert not done((before[0], after), Lock("changes", 2, False, False))[1].constraints
    _, clamped = done(before, Move("changes", 1, True, 99.0))
    assert pieces(clamped, "changes")[1][2] == pytest.approx(2.999)
    with pytest.raises(ParameterError, match="begins here"):
        apply(*before, Move("changes", 0, False, 0.5))


def test_pieces_of_a_cut_tier_are_held() -> None:
    before = cut("1", "2", "3", "4")
    _, after = done(before, Merge("changes", 1))
    assert after.constraints.held == (Held("changes", Segment(1, 3, "")),)
    assert pieces(after, "changes") == [("1", 0, 1), ("2", 1, 3), ("4", 3, 4)]
    _, after = done((before[0], after), Split("changes", 2.5))
    assert [h.segment for h in after.constraints.held] == [Segment(1, 2.5, ""), Segment(2.5, 3, "")]
    _, after = done((before[0], after), Relabel("changes", 2, "wave"), Insert("changes", 2.75, 3.5, "x"))
    assert [h.segment.label for h in after.constraints.held] == ["", "wave", "x"]
    assert pieces(after, "changes") == [
        ("1", 0, 1),
        ("2", 1, 2.5),
        ("wave", 2.5, 2.75),
        ("x", 2.75, 3.5),
        ("4", 3.5, 4),
    ]
    _, after = done((before[0], after), Move("changes", 3, False, 2.9))
    assert after.constraints.held[1:] == (
        Held("changes", Segment(2.5, 2.9, "wave")), Held("changes", Segment(2.9, 3.5, "x")),
    )  # fmt: skip
    units = done(cut("7", "2", "7", name="units"), Merge("units", 0), Lock("units", 1, None, True))[1]
    assert [h.segment.label for h in units.constraints.held] == ["7", "7"]
    assert locked(units, "units", 1, None)
    removed = done(cut("1", "2", "3"), Remove("changes", 1))[1]
    assert pieces(removed, "changes") == [("1", 0, 2), ("3", 2, 3)]


def test_where_a_tier_has_gaps_what_is_removed_leaves_one() -> None:
    tier = Tier("silences", (Segment(1, 2, "silence"), Segment(3, 4, "silence")))
    both = Recording(1, MEDIA), NamedSegments(1, 1, tiers=Tiers((tier,), end=10.0))
    _, after = done(both, Remove("silences", 0), Move("silences", 0, True, 4.5))
    assert after.constraints.held == (Held("silences", Segment(1, 2), nothing=True),)
    assert after.constraints.pins == (Pin("silences", 4.5, end=True, moved=4.0, until=3.0),)
    assert pieces(after, "silences") == [("silence", 3, 4.5)]


def test_own_tiers_are_edited_freely_and_nothing_is_kept_of_it() -> None:
    taken = Tiers((Tier("scenes", (Segment(0, 2, "a"), Segment(2, 4, "b"), Segment(5, 6, "c"))), Tier("words")))
    recording, segments = done(spoken(), TakeTiers(taken), TakeTiers(taken), AddTier("beats", points=True))
    assert [t.name for t in recording.own] == ["scenes", "words 2", "scenes 2", "words 3", "beats"]

    def scenes(*edits: Edit) -> list[tuple[str, float, float]]:
        new, same = done((recording, segments), *edits)
        assert same is segments
        return [(s.label, s.start, s.end) for s in new.own[0].segments]

    assert scenes(Move("scenes", 1, False, 2.5)) == [("a", 0, 2.5), ("b", 2.5, 4), ("c", 5, 6)]
    assert scenes(Move("scenes", 1, True, 9)) == [("a", 0, 2), ("b", 2, 5), ("c", 5, 6)]
    assert scenes(Split("scenes", 1, ("x", "y")), Merge("scenes", 1))[:2] == [("x", 0, 1), ("y b", 1, 4)]
    assert scenes(Relabel("scenes", 0, ""), Remove("scenes", 1)) == [("", 0, 2), ("c", 5, 6)]
    assert scenes(Insert("scenes", 5.5, 1, "z")) == [("a", 0, 1), ("z", 1, 5.5), ("c", 5.5, 6)]
    own = done((recording, segments), Insert("beats", 3, 3, ""), Insert("beats", 1, 1, ""), Move("beats", 0, False, 9))
    assert [s.start for s in own[0].own[4].segments] == [3, 3]
    assert [t.name for t in done(own, RemoveTier("words 2"), RenameTier("beats", "bars"))[0].own][-1] == "bars"
    for edit in (RenameTier("beats", "scenes"), AddTier("units"), AddTier(" "), Lock("scenes", 0, True, True)):
        with pytest.raises(ParameterError):
            apply(recording, segments, edit)


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_done_pieces_stay_in_order_and_pins_where_they_point(seed: int) -> None:
    rng = np.random.default_rng(seed)
    recording, segments = spoken(0.2 * (seed % 3))
    refused = 0
    for step in range(60):
        tier = str(rng.choice(["words", "labels"]))
        found = segments.tiers.tier(tier)
        assert found is not None
        n = max(len(found.segments), 1)
        k, t, u = int(rng.integers(n)), float(rng.uniform(0.5, 9.5)), float(rng.uniform(0.5, 9.5))
        texts = [w.text for w in recording.transcript]
        edits: list[Edit] = [
            Move(tier, k, bool(rng.integers(2)), t), Split(tier, t), Merge(tier, k), Relabel(tier, k, f"r{step}"),
            Insert(tier, t, u, f"i{step}"), Remove(tier, k), Lock(tier, k, None, bool(rng.integers(2))),
            Transcript((*map(Word, texts[: k // 2]), Word(f"t{step}", ("q", "r")), *recording.transcript[k:])),
        ]  # fmt: skip
        edit = edits[int(rng.choice(8, p=[0.3, 0.15, 0.1, 0.1, 0.15, 0.05, 0.1, 0.05]))]
        was = segments
        try:
            recording, segments = done((recording, segments), edit)
        except ParameterError:
            refused += 1
            continue
        words, labels = segments.tiers.tier("words"), segments.tiers.tier("labels")
        assert words is not None
        assert labels is not None
        assert [s.label for s in words.segments] == [w.text for w in recording.transcript], edit
        for one in (words, labels):
            edges = [x for s in one.segments for x in (s.start, s.end)]
            assert edges == sorted(edges), (edit, was.tiers)
        spelled = [x for w in recording.transcript for x in w.labels or ()]
        assert set(spelled) <= {s.label for s in labels.segments}
        for s in labels.segments:
            assert any(w.start - 1e-6 <= s.start and s.end <= w.end + 1e-6 for w in words.segments), (edit, s)
        for p in segments.constraints.pins:
            s = (words if p.tier == "words" else labels).segments[p.piece]
            assert (s.end if p.end else s.start) == pytest.approx(p.time, abs=1e-5), (edit, p)
    assert refused < 45


def test_a_tier_of_an_hour_is_edited_by_looking_at_what_is_near() -> None:
    recording, segments = spoken()
    labels = Tier("labels", tuple(Segment(k / 10, (k + 1) / 10, "a") for k in range(36_000)))
    words = Tier("words", tuple(Segment(k / 2, (k + 1) / 2, "aaaaa") for k in range(7200)))
    long = replace(segments, tiers=Tiers((words, labels)))
    recording = replace(recording, transcript=(Word("aaaaa"),) * 7200)
    seen: list[float] = []

    class Looked(tuple[Segment, ...]):
        __slots__ = ()

        def __getitem__(self, k):  # type: ignore[no-untyped-def]
            seen.append(0)
            return super().__getitem__(k)

    for tier in long.tiers.tiers:
        object.__setattr__(tier, "segments", Looked(tier.segments))
    _, after = done((recording, long), Move("words", 3600, False, 1800.03))
    assert len(seen) < 1000
    assert sum(a is not b for a, b in zip(after.tiers.tiers[1].segments, labels.segments, strict=True)) == 2
