"""Solving again what an edit touched: equal to solving the whole, and to references that know nothing of it."""

from __future__ import annotations

import contextlib
import itertools
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.recut_cases import (
    LABELS,
    STEP,
    afresh,
    assert_equal,
    cut_rows,
    done,
    emissions,
    peaked,
    spoken,
    tier,
)
from syncline.edits.pieces import Insert, Lock, Merge, Move, Relabel, Remove, Split, Transcript
from syncline.errors import Infeasible, ParameterError
from syncline.model import Media
from syncline.model.emissions import Emissions
from syncline.model.recordings import Pin, Recording, SegmentConstraints, SegmentRecipe, Word
from syncline.recutting import (
    _frames,
    compared,
    doubtful,
    prepare,
    resolve,
    snaps,
    solve,
    trellis,
)
from syncline.solvers.segment.changepoints import ChangesParams
from syncline.solvers.segment.ctc import Fixed, align
from syncline.speech import Look, Sound

# -- a transcript --------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(20))
def test_set_boundaries_give_the_best_of_all_paths(seed: int) -> None:
    rng = np.random.default_rng(seed)
    e = emissions(rng, 7)
    words = [["ab", "c"], ["a", "a"], ["aab"], ["b", "ba"]][seed % 4]
    prepared, recording, segments = spoken(e, words)
    found = solve(prepared, recording, segments)
    at = int(rng.integers(len(tier(found, "labels"))))
    end = bool(rng.integers(2))
    frame = int(rng.integers(1, 6))
    time = frame * STEP + rng.uniform(-0.4, 0.4) * STEP
    pinned = replace(segments, constraints=SegmentConstraints((Pin("labels", time, at, end),)))
    columns = [LABELS.index(c) for c in "".join(words)]

    def runs(path: tuple[int, ...]) -> list[tuple[int, int, int]]:
        edges = [0, *(t for t in range(1, 7) if path[t] != path[t - 1]), 7]
        return [(path[a], a, b) for a, b in itertools.pairwise(edges) if path[a]]

    best, way = -math.inf, None
    for path in itertools.product(range(4), repeat=7):
        score = float(e.log_probs[np.arange(7), path].sum(dtype=np.float64))
        if score > best:
            here = runs(path)
            if [k for k, _, _ in here] == columns and here[at][1 + end] == frame:
                best, way = score, here
    if way is None:
        # Where labels have no room, a boundary that is less than a frame away may be the same.
        with contextlib.suppress(Infeasible):
            s = tier(solve(prepared, recording, pinned), "labels")[at]
            assert (s.end if end else s.start) == time
        return
    found = solve(prepared, recording, pinned)
    assert found.figures["path_log_prob"] == pytest.approx(best, abs=1e-4)
    for k, (s, (_, a, b)) in enumerate(zip(tier(found, "labels"), way, strict=True)):
        for mine, its, is_end in ((s.start, a, False), (s.end, b, True)):
            if (k, is_end) == (at, end):
                assert mine == time
            else:
                # What touches the boundary moves with it.
                assert mine == pytest.approx(time if its == frame and abs(k - at) == 1 else its * STEP)


@pytest.mark.parametrize("seed", range(12))
def test_a_block_solved_again_is_as_in_the_whole(seed: int) -> None:
    rng = np.random.default_rng(seed)
    words = ["".join(rng.choice(list("abcd"), rng.integers(1, 5))) for _ in range(8)]
    e = emissions(rng, 90, 0.3) if seed % 2 else peaked(rng, words)
    prepared, recording, segments = spoken(e, words)
    segments = solve(prepared, recording, segments)
    columns = [LABELS.index(c) for c in "".join(words)]
    plain = align(e, columns, posteriors=True)
    assert [s.start for s in tier(segments, "labels")] == pytest.approx([s.start * STEP for s in plain.spans])
    assert [s.score for s in tier(segments, "labels")] == pytest.approx([s.confidence for s in plain.spans])
    assert segments.figures["log_prob"] == pytest.approx(plain.log_prob)
    path = trellis(prepared, segments)
    assert path is not None
    assert np.array_equal(path, plain.path)
    moves = 0
    for _ in range(12):
        name = str(rng.choice(["words", "labels"]))
        k, end = int(rng.integers(len(tier(segments, name)))), bool(rng.integers(2))
        s = tier(segments, name)[k]
        edit = Move(name, k, end, (s.end if end else s.start) + float(rng.normal() * 0.3))
        if rng.uniform() < 0.3:
            edit = Lock(name, k, None if rng.uniform() < 0.5 else end, bool(rng.uniform() < 0.6))
        try:
            new = done(prepared, recording, segments, edit)[1]
        except (Infeasible, ParameterError):
            continue
        moves += isinstance(edit, Move)
        whole = solve(afresh(prepared), recording, new)
        assert_equal(new, whole)
        assert new.figures == pytest.approx(whole.figures)
        segments = new
        # The same as one alignment that is told where boundaries lie.
        fixed = []
        for p in new.constraints.pins:
            labels = [(s, n) for n, s in enumerate(tier(new, "labels"))]
            piece = tier(new, p.tier)[p.piece]
            label = next(n for s, n in labels if (s.end == piece.end if p.end else s.start == piece.start))
            fixed.append(Fixed(label, round(p.time / STEP), p.end))
            assert (piece.end if p.end else piece.start) == p.time
        if all(abs(p.time / STEP - round(p.time / STEP)) < 0.45 for p in new.constraints.pins):
            try:
                told = align(e, columns, fixed=fixed, posteriors=True)
            except Infeasible:
                continue  # Boundaries closer than a frame were put a frame apart.
            assert new.figures["path_log_prob"] == pytest.approx(told.path_log_prob, abs=1e-3)
            assert new.figures["log_prob"] == pytest.approx(told.log_prob, abs=1e-3)
    assert moves > 2


def test_what_lies_beyond_set_boundaries_is_not_touched() -> None:
    rng = np.random.default_rng(5)
    words = ["abc", "dab", "cd", "abcd", "ba", "dc", "acd"]
    prepared, recording, segments = spoken(peaked(rng, words), words)
    segments = solve(prepared, recording, segments)
    for k in (2, 5):
        _, segments = done(prepared, recording, segments, Lock("words", k, False, True))
    s = tier(segments, "words")[3]
    _, after = done(prepared, recording, segments, Move("words", 3, False, s.start + 0.13))
    assert tier(after, "words")[3].start == s.start + 0.13
    for name, low, high in (("words", 2, 5), ("labels", 8, 16)):
        mine, its = tier(after, name), tier(segments, name)
        assert all(a is b for a, b in zip(mine[: low - 1] + mine[high:], its[: low - 1] + its[high:], strict=True))
    assert after.constraints is after.solved
    # Undo is another value: what was solved for it is still there, and nothing of it has changed.
    assert_equal(resolve(prepared, recording, segments), segments)


@pytest.mark.parametrize("cells", [1_000_000, 0])
def test_in_a_long_recording_a_window_is_solved(cells: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(2)
    words = ["".join(rng.choice(list("abcd"), rng.integers(2, 6))) for _ in range(400)]
    prepared, recording, segments = spoken(peaked(rng, words), words)
    segments = solve(prepared, recording, segments)
    laid: list[int] = []

    def counted(e: Emissions, *args: object, **more: object) -> object:
        laid.append(len(e))
        return align(e, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(_frames, "align", counted)
    monkeypatch.setattr(_frames, "_CELLS", cells)
    for k in (200, 30, 201, 399):
        s = tier(segments, "words")[k]
        laid.clear()
        _, segments = done(prepared, recording, segments, Move("words", k, False, s.start - 0.4))
        frames = sum(laid)
    laid.clear()
    whole = solve(afresh(prepared), recording, segments)
    assert_equal(segments, whole)
    assert frames < sum(laid) / 4
    _, segments = done(prepared, recording, segments, Lock("words", 200, False, False))
    assert_equal(segments, solve(afresh(prepared), recording, segments))


def test_another_transcript_moves_only_what_it_touches() -> None:
    rng = np.random.default_rng(7)
    said = ["abc", "dab", "cd", "abcd", "ba", "dc", "acd", "bd"]
    wrong = ["abc", "dab", "cb", "abcd", "ba", "acd", "bd"]
    e = peaked(rng, said)
    prepared, recording, segments = spoken(e, wrong)
    segments = solve(prepared, recording, segments)
    recording, after = done(prepared, recording, segments, Transcript(tuple(map(Word, said))))
    assert after.transcript == recording.transcript
    assert [s.label for s in tier(after, "words")] == said
    # A word for a word, and a new one: those beside it may have to make room.
    kept = {0: 0, 1: 1, 3: 3, 6: 5, 7: 6}
    assert all(tier(after, "words")[n] is tier(segments, "words")[o] for n, o in kept.items() if n != 6)
    # The same as if the others had been pinned.
    pins = [
        Pin("words", t, k, end)
        for k in (0, 1, 3, 4)
        for end, t in ((False, tier(after, "words")[k].start), (True, tier(after, "words")[k].end))
    ]
    told = solve(
        afresh(prepared), recording, replace(segments, constraints=SegmentConstraints(tuple(pins)), tiers=after.tiers)
    )
    assert [s.start for s in tier(told, "labels")[:16]] == pytest.approx([s.start for s in tier(after, "labels")[:16]])
    # Taking words away moves nothing.
    recording, less = done(prepared, recording, after, Remove("words", 4))
    assert all(
        a is b for a, b in zip(tier(less, "words"), tier(after, "words")[:4] + tier(after, "words")[5:], strict=True)
    )
    with pytest.raises(ParameterError, match="“x”"):
        done(prepared, recording, less, Relabel("words", 0, "x"))


def test_edits_of_words_and_labels_come_out_as_they_were_meant() -> None:
    rng = np.random.default_rng(11)
    said = ["abc", "dab", "cd"]
    prepared, recording, segments = spoken(peaked(rng, said), said)
    segments = solve(prepared, recording, segments)
    s = tier(segments, "labels")[4]
    middle = (s.start + s.end) / 2
    recording, after = done(prepared, recording, segments, Split("words", middle))
    words = tier(after, "words")
    assert recording.transcript[1:3] == (Word("d", ("d",)), Word("ab", ("a", "b")))
    assert words[1].end == words[2].start == middle
    assert words[0] is tier(segments, "words")[0]
    recording, after = done(prepared, recording, after, Merge("words", 1))
    assert [w.text for w in recording.transcript] == said
    recording, after = done(prepared, recording, after, Relabel("labels", 0, "d"))
    assert [s.label for s in tier(after, "labels")] == list("dbcdabcd")
    start, end = tier(after, "words")[1].end + 0.013, tier(after, "words")[2].start + 0.151
    recording, after = done(prepared, recording, after, Insert("words", start, end, "b"))
    assert (tier(after, "words")[2].start, tier(after, "words")[2].end) == pytest.approx((start, end))


def test_what_is_read_without_a_transcript_can_be_set_and_corrected() -> None:
    rng = np.random.default_rng(3)
    e = peaked(rng, ["abc", "dab"])
    prepared, recording, segments = spoken(e, [])
    segments = solve(prepared, recording, segments)
    assert "".join(s.label for s in tier(segments, "labels")) == "abcdab"
    s = tier(segments, "labels")[2]
    _, after = done(prepared, recording, segments, Move("labels", 2, False, s.start + 0.01))
    assert tier(after, "labels")[2].start == s.start + 0.01
    assert_equal(after, solve(afresh(prepared), recording, after))
    recording, after = done(prepared, recording, after, Relabel("labels", 1, "d"))
    assert "".join(w.text for w in recording.transcript) == "adcdab"
    assert tier(after, "labels")[2].start == s.start + 0.01


# -- speech ----------------------------------------------------------------------------------------------


def sound(e: Emissions, rng: np.random.Generator) -> Look:
    made = Sound()
    t = np.arange(round(e.duration * Sound.rate)) / Sound.rate
    tone = rng.uniform(200, 3000, 1 + int(e.duration / 0.08))[(t / 0.08).astype(int)]
    loud = rng.uniform(size=1 + int(e.duration / 0.3))[(t / 0.3).astype(int)] > 0.2
    made.update((0.3 * loud * np.sin(2 * np.pi * tone * t) + 1e-3 * rng.normal(size=len(t))).astype(np.float32), 0.0)
    return made.finish()


@pytest.mark.parametrize("seed", range(6))
def test_refined_boundaries_obey_and_only_others_are_refined(seed: int) -> None:
    rng = np.random.default_rng(seed)
    words = ["".join(rng.choice(list("abcd"), rng.integers(1, 5))) for _ in range(60)]
    e = replace(peaked(rng, words, 5), step=0.02)
    prepared, recording, segments = spoken(e, words, sound(e, rng))
    segments = solve(prepared, recording, segments)
    places = [s.start for s in tier(segments, "labels")]
    assert any(abs(t / 0.02 - round(t / 0.02)) > 0.1 for t in places)
    for _ in range(6):
        name = str(rng.choice(["words", "labels"]))
        k, end = int(rng.integers(len(tier(segments, name)))), bool(rng.integers(2))
        s = tier(segments, name)[k]
        time = (s.end if end else s.start) + float(rng.normal() * 0.03)
        try:
            _, new = done(prepared, recording, segments, Move(name, k, end, time))
        except (Infeasible, ParameterError):
            continue
        s = tier(new, name)[k]
        pin = next(p for p in new.constraints.pins if p not in segments.constraints.pins)
        assert (s.end if end else s.start) == pin.time
        assert_equal(new, solve(afresh(prepared), recording, new))
        edges = [t for s in tier(new, "labels") for t in (s.start, s.end)]
        assert edges == sorted(edges)
        assert all(s.end > s.start for s in tier(new, "labels"))
        segments = new
    assert len(segments.constraints.pins) > 2
    # Words that stay do so when one beside them is another.
    recording, after = done(prepared, recording, segments, Relabel("words", 30, "ddd"))
    same = sum(a is b for a, b in zip(tier(after, "words"), tier(segments, "words"), strict=True))
    assert same >= 57


# -- what there is to say --------------------------------------------------------------------------------


def test_the_least_sure_is_looked_at_first_and_what_is_set_is_not() -> None:
    rng = np.random.default_rng(8)
    words = ["ab", "cd", "ba", "dc"]
    prepared, recording, segments = spoken(emissions(rng, 40), words)
    segments = solve(prepared, recording, segments)
    found = doubtful(segments, prepared)
    plain = align(prepared.emissions, [LABELS.index(c) for c in "".join(words)], posteriors=True)  # type: ignore[arg-type]
    sure = [plain.spans[2 * k].sure for k in range(4)]
    of_words = [d for d in found if d.tier == "words"]
    assert [d.piece for d in of_words] == sorted(range(4), key=lambda k: sure[k])
    assert [d.confidence for d in of_words] == pytest.approx(sorted(sure))
    # Labels of words are looked at too, by how probable they are where they are.
    there = {d.piece: d.confidence for d in found if d.tier == "labels"}
    first = {2 * d.piece for d in of_words}
    unsure = {k: s.confidence for k, s in enumerate(plain.spans) if s.confidence < 0.99 and k not in first}
    assert there == pytest.approx(unsure)
    assert {d.words for d in found if d.piece == 1 and d.tier == "labels"} <= {"b · ab"}
    assert [d.confidence for d in found] == sorted(d.confidence for d in found)
    worst = of_words[0]
    _, after = done(prepared, recording, segments, Lock("words", worst.piece, False, True))
    assert worst.piece not in [d.piece for d in doubtful(after, prepared) if d.tier == "words"]
    assert {d.words for d in doubtful(segments) if d.tier == "words"} <= set(words)
    x = np.repeat([[0.0], [5.0], [5.6]], 20, 0) + 0.2 * rng.normal(size=(60, 1))
    prepared, recording, segments = cut_rows(x, params=ChangesParams(penalty=0.1))
    segments = solve(prepared, recording, segments)
    assert doubtful(segments)[0].words.split(" | ")[0] != "1"


def test_segmentations_are_compared_and_boundaries_snap() -> None:
    rng = np.random.default_rng(9)
    words = ["abc", "dab", "cd"]
    e = peaked(rng, words)
    prepared, recording, segments = spoken(e, words)
    a = solve(prepared, recording, segments)
    s = tier(a, "words")[1]
    _, b = done(prepared, recording, a, Move("words", 1, False, s.start - 0.15))
    same, other = compared(a, a), compared(a, b)
    assert [(c.tier, c.other, c.boundaries.f1) for c in same] == [("words", "words", 1.0), ("labels", "labels", 1.0)]
    assert other[0].boundaries.f1 < 1
    near = snaps(prepared, s.start, 0.12)
    assert near == pytest.approx([k * STEP for k in range(len(e) + 1) if abs(k * STEP - s.start) <= 0.12])


def test_without_the_extra_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from syncline.speech import phonemes

    monkeypatch.setitem(sys.modules, "hama", None)
    for name in [m for m in sys.modules if m.startswith("hama.")]:
        monkeypatch.setitem(sys.modules, name, None)
    phonemes._speller.cache_clear()
    media = Media(Path("/talk.wav"), "audio", 1.0, "", 0, 0)
    with pytest.raises(ParameterError, match="hama"):
        prepare(Recording(1, media, (Word("a"),)), SegmentRecipe())
