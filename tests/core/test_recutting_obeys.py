"""Recordings solved again as boundaries are set: what is set is obeyed, and the rest is the best there is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from syncline.edits.pieces import Merge, Move, Relabel, Split, apply
from syncline.model import Features
from syncline.model.emissions import Emissions
from syncline.model.media import Media
from syncline.model.recordings import NamedSegments, Recording, SegmentRecipe, Word
from syncline.recutting import Prepared, compared, doubtful, resolve, solve, trellis
from syncline.solvers.segment.changepoints import pelt
from syncline.solvers.segment.ctc import Fixed, align

LABELS = ("-", "a", "b", "c", "d")


def recording(words: str = "", seconds: float = 2.0) -> Recording:
    media = Media(Path("a.wav"), "features", seconds, "0" * 64, 0, 0)
    return Recording(1, media, tuple(Word(w) for w in words.split()))


def heard(seed: int, frames: int = 60) -> Prepared:
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.full(len(LABELS), 0.5), frames)
    emissions = Emissions(np.log(np.maximum(p, 1e-6)).astype(np.float32), LABELS, step=0.02)
    return Prepared(1, SegmentRecipe("ctc"), "", emissions)


def edges(found: NamedSegments, tier: str) -> list[tuple[float, float]]:
    kept = found.tiers.tier(tier)
    assert kept is not None
    return [(s.start, s.end) for s in kept.segments]


@pytest.mark.parametrize("seed", range(6))
def test_a_moved_word_begins_where_it_was_put_and_the_rest_is_the_best_path_that_obeys(seed: int) -> None:
    prepared, said = heard(seed), recording("ab cd ba", 1.2)
    first = solve(prepared, said, NamedSegments(1, 1))
    low, high = edges(first, "words")[1]
    moved, edited = apply(said, first, Move("words", 1, False, round((low + high) / 2 / 0.02) * 0.02))
    assert edited is not None
    time = edited.constraints.pins[0].time
    again = resolve(prepared, moved, edited)
    assert edges(again, "words")[1][0] == time
    assert prepared.emissions is not None
    columns = [LABELS.index(c) for c in "abcdba"]
    # Each word has two letters; where two words touched, the one before ends there too.
    fixed = [Fixed(2 * p.piece + p.end, round(time / 0.02), p.end) for p in edited.constraints.pins]
    path = align(prepared.emissions, columns, fixed=fixed)
    assert again.figures["path_log_prob"] == pytest.approx(path.path_log_prob)
    assert [round(a / 0.02) for a, _ in edges(again, "labels")] == [s.start for s in path.spans]
    drawn = trellis(prepared, again)
    assert drawn is not None
    np.testing.assert_array_equal(drawn, path.path)


def test_the_path_of_a_transcript_that_was_changed_keeps_words_that_are_set() -> None:
    prepared, said = heard(3), recording("ab cd ba", 1.2)
    first = solve(prepared, said, NamedSegments(1, 1))
    at = edges(first, "words")[2][0]
    kept, edited = apply(said, first, Move("words", 2, False, at))
    assert edited is not None
    renamed, edited = apply(kept, edited, Relabel("words", 0, "ad"))
    assert edited is not None
    again = resolve(prepared, renamed, edited)
    tier = again.tiers.tier("words")
    assert tier is not None
    assert [s.label for s in tier.segments] == ["ad", "cd", "ba"]
    assert tier.segments[2].start == at
    assert ("words", 2) not in [(d.tier, d.piece) for d in doubtful(again)], "what a person has set needs no check"
    assert compared(again, again)[0].boundaries.f1 == 1.0


def test_split_and_merged_pieces_stay_and_everything_else_is_cut_between_them() -> None:
    rng = np.random.default_rng(0)
    level = np.repeat([0.0, 5.0, 1.0, 8.0], 25)[:, None] + 0.1 * rng.standard_normal((100, 2))
    rows = Features(level, np.arange(100) * 0.1 + 0.05, ("x", "y"))
    prepared = Prepared(1, SegmentRecipe("changepoints"), "", rows=rows)
    file = recording(seconds=10.0)
    first = solve(prepared, file, NamedSegments(1, 1))
    assert [round(a, 6) for a, _ in edges(first, "changes")] == [0.0, 2.5, 5.0, 7.5]
    file, split = apply(file, first, Split("changes", 1.234))
    assert split is not None
    again = resolve(prepared, file, split)
    starts = [a for a, _ in edges(again, "changes")]
    assert 1.234 in starts, "the boundary lies where it was set, not at the nearest row"
    # On either side of it, what PELT finds there by itself.
    behind = pelt(level[12:], first.figures["penalty"]).changes
    assert [round(t, 6) for t in starts if t > 2] == [round(1.2 + 0.1 * k, 6) for k in behind]
    number = [round(a, 6) for a, _ in edges(again, "changes")].index(5.0)
    file, merged = apply(file, again, Merge("changes", number))
    assert merged is not None
    last = resolve(prepared, file, merged)
    assert (5.0, 10.0) in [(round(a, 6), round(b, 6)) for a, b in edges(last, "changes")]
