"""Which tiers are shown, what of them is locked, and that rows which follow the hand are those laid anew."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np

from syncline.edits.pieces import Lock, Move, apply
from syncline.model import NamedSegments, Recording, Segment, SegmentConstraints, SegmentRecipe, Session, Tier, Tiers
from syncline_workbench.segment_tiers import TierList
from syncline_workbench.views.tiers_shown import Shown, lay_rows
from workbench.sessions import sound


def tier(name: str, *pieces: tuple[float, float, str]) -> Tier:
    return Tier(name, tuple(Segment(a, b, label, 0.4 if k % 3 else 0.9) for k, (a, b, label) in enumerate(pieces)))


def session() -> Session:
    found = Tiers(
        (tier("words", (0, 1, "he"), (1, 2, "was")), tier("labels", (0, 0.5, "h"), (0.5, 1, "i"), (1, 2, "w"))), end=4
    )
    c = SegmentConstraints()
    mine = NamedSegments(1, 1, SegmentRecipe("ctc"), constraints=c, solved=c, tiers=found)
    other = replace(mine, id=2, tiers=Tiers((tier("words", (0, 1.5, "he")), tier("units", (0, 4, "7"))), end=4))
    truth = Tiers((tier("word", (0, 1.1, "he")), tier("phones", (0, 0.4, "h")), tier("pitch", (1, 1, "120"))), end=4)
    recording = Recording(1, sound(seconds=4.0), own=(tier("gestures", (1, 2, "wave")),), truth=truth)
    made = Session().with_recording(recording).with_recording_in_hand(1).with_segments(other).with_segments(mine)
    return replace(made, compared_segments=2)


def test_what_belongs_together_stands_together_and_stays_the_same_object() -> None:
    shown = TierList()
    s = session()
    first = shown.of(s, {1: True})
    assert [(x.name, x.kind, x.title) for x in first] == [
        ("words", "transcript", "words"), ("words", "compared", "other"), ("word", "truth", "true"),
        ("labels", "transcript", "phones"), ("phones", "truth", "true"),
        ("gestures", "own", ""), ("units", "compared", "units"), ("pitch", "truth", "pitch"),
    ]  # fmt: skip
    assert all(a is b for a, b in zip(first, shown.of(s, {1: True}), strict=True))
    # An edit of one tier leaves the others as they were.
    recording, segments = s.active_recording, s.segments
    assert recording is not None and segments is not None
    recording, segments = apply(recording, segments, Lock("words", 1, False, True))
    assert segments is not None
    second = shown.of(s.with_segments(segments), {1: True})
    words = next(x for x in second if x.kind == "transcript" and x.name == "words")
    assert {(1, False), (0, True)} <= words.locked and 0 not in words.locked
    same = {x.name: x for x in first if x.kind in ("own", "truth")}
    assert all(x is same[x.name] for x in second if x.kind in ("own", "truth"))


def test_rows_that_follow_the_hand_are_those_laid_anew() -> None:
    rng = random.Random(3)
    edges = sorted(rng.uniform(0, 60) for _ in range(200))
    pieces = tuple(Segment(a, b, "x", rng.random()) for a, b in zip(edges[:-1:2], edges[1::2], strict=True))
    rows = lay_rows([Shown("own", "own", pieces)])
    for _ in range(200):
        at, count = rng.randrange(len(pieces)), rng.randrange(3)
        low = pieces[at - 1].end if at else 0.0
        stop = min(at + count, len(pieces))
        high = pieces[stop].start if stop < len(pieces) else 70.0
        # Now and then a piece that overlaps its neighbours: more than one lane.
        reach = 4.0 if rng.random() < 0.05 else 0.0
        cuts = sorted(rng.uniform(low - reach, high + reach) for _ in range(2 * rng.randrange(3)))
        put = [Segment(a, b, "y", rng.random()) for a, b in zip(cuts[::2], cuts[1::2], strict=True)]
        pieces = tuple(sorted((*pieces[:at], *put, *pieces[stop:]), key=lambda s: (s.start, s.end)))
        if not pieces:
            break
        shown = [Shown("own", "own", pieces)]
        rows, anew = lay_rows(shown, rows), lay_rows(shown)
        a, b = rows[0], anew[0]
        for name in ("starts", "ends", "doubts", "lane_of"):
            assert np.array_equal(getattr(a, name), getattr(b, name)), name
        assert len(a.lanes) == len(b.lanes) and a.height == b.height
        for x, y in zip(a.lanes, b.lanes, strict=True):
            for name in ("numbers", "starts", "ends", "doubts"):
                assert np.array_equal(getattr(x, name), getattr(y, name)), name


def test_a_moved_boundary_is_locked_in_both_pieces() -> None:
    s = session()
    assert s.active_recording is not None
    _, segments = apply(s.active_recording, s.segments, Move("words", 1, False, 1.2))
    assert segments is not None
    words = TierList().of(s.with_segments(segments), {})[0]
    assert {(0, True), (1, False)} <= words.locked
