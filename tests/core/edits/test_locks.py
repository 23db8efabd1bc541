"""What is set in a tier, asked of all its pieces at once, is what each of them says when it is asked by itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.edits.test_pieces import cut, spoken
from syncline.edits import _spoken_pieces
from syncline.edits.pieces import Edit, Insert, Lock, Merge, Move, Relabel, Remove, Split, apply, locked, locks
from syncline.errors import ParameterError
from syncline.model.recordings import NamedSegments, Pin, SegmentConstraints
from syncline.model.segments import Segment, Tier, Tiers


def one_by_one(segments: NamedSegments, tier: str) -> set[int | tuple[int, bool]]:
    found = segments.tiers.tier(tier)
    assert found is not None
    ends = {(k, e) for k in range(len(found.segments)) for e in (False, True) if locked(segments, tier, k, e)}
    return ends | {k for k in range(len(found.segments)) if locked(segments, tier, k, None)}


def some_edit(rng: np.random.Generator, segments: NamedSegments, tier: str) -> Edit:
    found = segments.tiers.tier(tier)
    assert found is not None
    k, time, end = int(rng.integers(len(found.segments))), float(rng.uniform(0, 9)), bool(rng.integers(2))
    edits: list[Edit] = [
        Move(tier, k, end, time),
        Lock(tier, k, None, True),
        Lock(tier, k, end, bool(rng.integers(3))),
        Split(tier, time),
        Merge(tier, k),
        Relabel(tier, k, "abc"[int(rng.integers(3))]),
        Insert(tier, time, time + 0.4, "c"),
        Remove(tier, k),
    ]
    return edits[int(rng.integers(len(edits)))]


@pytest.mark.parametrize("seed", range(12))
def test_all_at_once_is_as_one_by_one_after_any_edits(seed: int) -> None:
    rng = np.random.default_rng(seed)
    recording, segments = spoken(0.2 * (seed % 3)) if seed % 2 else cut(*"aabbcacb")
    names = [t.name for t in segments.tiers.tiers]
    some = 0
    for _ in range(25):
        try:
            recording, after = apply(
                recording, segments, some_edit(rng, segments, names[int(rng.integers(len(names)))])
            )
        except ParameterError:
            continue
        assert after is not None
        segments = after
        for name in names:
            every = segments.tiers.tier(name)
            if every is None or not every.segments:
                return
            assert locks(segments, name) == one_by_one(segments, name)
            some += len(locks(segments, name))
    assert some


def test_a_thousand_boundaries_of_an_hour_are_looked_at_once_each(monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = tuple(Segment(k * 0.09, k * 0.09 + 0.08, "x") for k in range(40_000))
    pins = tuple(Pin("words", pieces[k].start, k) for k in range(0, 40_000, 40))
    segments = NamedSegments(
        1, 1, tiers=Tiers((Tier("words", pieces), Tier("labels", pieces))), constraints=SegmentConstraints(pins)
    )
    asked = 0
    found = _spoken_pieces.members

    def counted(tiers: Tiers, word: int) -> range:
        nonlocal asked
        asked += 1
        return found(tiers, word)

    monkeypatch.setattr(_spoken_pieces, "members", counted)
    monkeypatch.setattr(_spoken_pieces, "locked", None)
    assert locks(segments, "words") == {(k, False) for k in range(0, 40_000, 40)}
    assert locks(segments, "labels") == {(k, False) for k in range(0, 40_000, 40)}
    assert asked <= 4 * len(pins)


def test_the_end_of_a_tier_is_known_without_looking_at_what_stayed() -> None:
    rng = np.random.default_rng(2)
    tier = Tier("own", tuple(Segment(t, t + d, "x") for t, d in rng.uniform(0, 5, (60, 2))))
    for _ in range(200):
        first = int(rng.integers(len(tier.segments) + 1))
        stop = min(first + int(rng.integers(3)), len(tier.segments))
        low = tier.segments[first - 1].start if first else 0.0
        high = tier.segments[stop].start if stop < len(tier.segments) else 10.0
        new = [Segment(t, t + float(rng.uniform(0, 5)), "y") for t in rng.uniform(low, high, int(rng.integers(3)))]
        assert tier.end == max((s.end for s in tier.segments), default=-np.inf)
        tier = tier.spliced(first, stop, new)
    made = Tiers((tier, Tier("none")), 3.0, 4.0)
    every = [s for t in made.tiers for s in t.segments]
    assert (made.start, made.end) == (min(3.0, *(s.start for s in every)), max(4.0, *(s.end for s in every)))
    kept = replace(tier).spliced(0, 0, [])
    assert kept == tier


class Touched(tuple[Segment, ...]):
    """Pieces that count who is looked at one by one."""

    looks = 0

    def __iter__(self):  # type: ignore[no-untyped-def]
        for s in tuple.__iter__(self):
            Touched.looks += 1
            yield s


def test_what_is_put_in_is_all_that_is_looked_at() -> None:
    tier = Tier("words", tuple(Segment(k * 0.09, k * 0.09 + 0.08, "x") for k in range(40_000)))
    assert tier.end == tier.segments[-1].end
    tiers = Tiers((tier,))
    pieces = Touched(tier.segments)
    object.__setattr__(tier, "segments", pieces)
    Touched.looks = 0
    new = tier.spliced(20_000, 20_001, [Segment(1800.0, 1800.04, "a"), Segment(1800.04, 1800.08, "b")])
    assert tiers.with_tier(new).end == pieces[-1].end
    assert Touched.looks < 100
