"""Recurring pieces: made motion whose kinds are known, distances and clusters against plain programs, real motion."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from sklearn.metrics import adjusted_rand_score

from core.recut_cases import afresh, assert_equal, cut_rows, done, tier
from syncline.cli import main
from syncline.edits.pieces import Edit, Lock, Merge, Move, Relabel, Split
from syncline.errors import Cancelled, OverBudget, ParameterError
from syncline.model import Features
from syncline.model.segments import Segment, Tier
from syncline.progress import Monitor
from syncline.recutting import solve
from syncline.segmentation import segment
from syncline.solvers.segment import REGISTRY, SegmentProblem
from syncline.solvers.segment._kind_kernels import fit
from syncline.solvers.segment._kinds import Alikeness, alikeness, kinds_of, letter, names_of, sureness
from syncline.tiers import load_tiers

RATE = 20
KINDS = {
    "walk": ((1.0, 1.0, 0.2, 0.0), (1.0, 1.0, 2.0, 1.0)),
    "wave": ((0.1, 0.2, 1.0, 1.5), (1.0, 1.0, 1.5, 1.5)),
    "rest": ((0.05, 0.0, 0.05, 0.0), (0.3, 1.0, 0.3, 1.0)),
}
"""Of each kind of movement: how far four joints swing, and how often a second."""


def moved(*pieces: tuple[str, float] | tuple[str, float, float], seed: int = 0) -> Features:
    """Rows of pieces: kind, seconds, how much slower than usual."""
    rng = np.random.default_rng(seed)
    rows = []
    for kind, seconds, *slower in pieces:
        wide, often = (np.array(v) for v in KINDS[kind])
        t = np.arange(round(seconds * RATE))[:, None] / RATE / (slower[0] if slower else 1.0) + rng.random()
        rows.append(wide * np.sin(2 * np.pi * (often * t + np.array([0, 0.25, 0, 0.5]))))
    x = np.concatenate(rows)
    x += 0.05 * rng.standard_normal(x.shape)
    return Features(x.astype(np.float32), (np.arange(len(x)) + 0.5) / RATE)


def found(
    x: Features, boundaries: Sequence[float] = (), examples: Sequence[Segment] = (), **params: object
) -> list[Segment]:
    member = REGISTRY["recurring"]
    problem = SegmentProblem(x, boundaries=tuple(boundaries), examples=tuple(examples))
    return list(member.call(problem, member.filled(params), Monitor()).tiers[0].segments)


def names(pieces: Sequence[Segment]) -> str:
    return " ".join(s.label for s in pieces)


ABAB = (("walk", 8.0), ("wave", 6.0), ("walk", 5.0), ("wave", 9.0))


def test_what_comes_back_has_the_name_it_had() -> None:
    pieces = found(moved(*ABAB))
    assert names(pieces) == "A B A B"
    assert [s.start for s in pieces[1:]] == pytest.approx([8, 14, 19], abs=0.4)
    assert pieces[0].start == 0 and pieces[-1].end == pytest.approx(28)
    assert all(s.score == 1 for s in pieces), "nothing is in doubt"
    assert names(found(moved(*ABAB, ("rest", 5.0), ("walk", 6.0)))) == "A B A B C A"
    assert names(found(moved(("walk", 20.0)))) == "A"
    assert names(found(moved(*ABAB, ("rest", 5.0)), kinds=2)) in ("A B A B", "A B A B A"), "as many as asked for"
    still = Features(np.zeros((50, 2), np.float32), np.arange(50) / 10)
    assert names(found(still)) == "A"
    assert names(found(Features(np.zeros((1, 2), np.float32), np.zeros(1)))) == "A"


@settings(max_examples=25, deadline=None)
@given(slower=st.floats(0.7, 1.5), piece=st.integers(0, 4), seed=st.integers(0, 1000))
def test_a_piece_that_is_stretched_stays_of_its_kind(slower: float, piece: int, seed: int) -> None:
    order = ["walk", "wave", "rest", "walk", "wave"]
    made = [(kind, 7.0 * (slower if k == piece else 1), slower if k == piece else 1.0) for k, kind in enumerate(order)]
    assert names(found(moved(*made, seed=seed))) == "A B C A B"


def test_pieces_that_are_not_merged_are_cuts_of_those_that_are() -> None:
    x = moved(*ABAB)
    whole, parts = (found(x, penalty=0.01, merge=merge) for merge in (True, False))
    assert names(whole) == "A B A B" and len(parts) > 4
    joined = [[label, *list(group)] for label, group in itertools.groupby(parts, key=lambda s: s.label)]
    assert [(g[0], g[1].start, g[-1].end) for g in joined] == [(s.label, s.start, s.end) for s in whole]  # type: ignore[attr-defined, union-attr]


def test_what_is_set_stays() -> None:
    x = moved(*ABAB)
    cut = found(x, boundaries=[3.21, 11.0])
    assert [s.start for s in cut if s.start in (3.21, 11.0)] == [3.21, 11.0], "to the second that was set"
    assert names(cut) == "A A B B A B"
    wave = Segment(8.3, 12.34, "wave")
    named = found(x, examples=[wave])
    assert wave in named and {s.label for s in named} == {"A", "wave"}, "its kind is called so, the other as before"
    k = named.index(wave)
    assert named[k - 1].end == wave.start and named[k + 1].start == wave.end
    assert {s.label for s in named if s.start > 18.5} == {"wave"}
    two = found(x, examples=[wave, Segment(20.0, 27.0, "greet")])
    assert {"wave", "greet", "A"} == {s.label for s in two}, "other names, other kinds, alike as they are"
    one = found(x, examples=[Segment(1.0, 7.0, "all"), Segment(20.0, 27.0, "all")])
    assert [s.label for s in one if s.label == "all"][:2] == ["all", "all"], "one name, one kind, unlike as they are"
    assert names(found(x, examples=[Segment(0.0, 8.0, "B")])) == "B C B C", "no letter is taken twice"
    assert found(x, examples=[Segment(8.3, 12.34)])[2 if named[0].end < 8 else 1].label == "B"
    for wrong in ([Segment(2, 4, "a"), Segment(3, 5, "b")], [Segment(90, 92, "a")]):
        with pytest.raises(ParameterError):
            found(x, examples=wrong)
    with pytest.raises(ParameterError):
        found(x, boundaries=[99.0])


def test_it_can_be_stopped_and_refuses_what_is_too_much() -> None:
    stop = Monitor()
    stop.cancel()
    member = REGISTRY["recurring"]
    with pytest.raises(Cancelled):
        member.call(SegmentProblem(moved(*ABAB)), member.filled(), stop)
    with pytest.raises(OverBudget, match="higher penalty"):
        member.call(SegmentProblem(moved(*ABAB), budget=1000), member.filled(), Monitor())


def laid(x: np.ndarray, y: np.ndarray) -> float:
    """Over all ways to lay rows x into y: each once, 0, 1 or 2 rows of y further on."""
    ways = itertools.product(range(len(y)), *[(0, 1, 2)] * (len(x) - 1))
    places = (np.cumsum(w) for w in ways)
    return min(float(np.linalg.norm(x - y[p], axis=1).mean()) for p in places if p[-1] < len(y))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), rows=st.integers(1, 4), place=st.integers(1, 5))
def test_a_part_lies_where_it_fits_best(seed: int, rows: int, place: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows + place, 2))
    out = np.empty(2)
    fit(x, 0, rows, np.array([[rows, rows + place], [3, 3]]), np.empty(len(x)), np.empty(len(x)), out)
    assert out[0] == pytest.approx(laid(x[:rows], x[rows:])) and out[1] == np.inf


def test_pieces_are_as_far_apart_as_they_are_from_themselves() -> None:
    rng = np.random.default_rng(0)
    x, ends, part = rng.normal(size=(30, 2)), (8, 18, 30), 4
    alike = alikeness(x, ends, part)
    parts = [(0, 4, 0), (4, 8, 0), *((int(a), int(b), 1) for a, b in itertools.pairwise((8, 13, 18)))]
    np.testing.assert_array_equal(alike.owner[:2], [0, 0])
    assert alike.rows.sum() == 30 and list(alike.rows[:2]) == [4, 4]
    y = x / np.sqrt(2)
    for q, (a, b, k) in enumerate(parts[:2]):
        rest = [r for r in (y[0:a], y[b:8]) if len(r)]
        assert alike.fits[q, k] == pytest.approx(min(laid(y[a:b], r) for r in rest))
        assert alike.fits[q, 1] == pytest.approx(laid(y[a:b], y[8:18]))
    mean = np.stack([np.average(alike.fits[alike.owner == k], 0, alike.rows[alike.owner == k]) for k in range(3)])
    expected = (mean[0, 2] + mean[2, 0]) / 2 / np.sqrt(mean[0, 0] * mean[2, 2])
    assert alike.apart[0, 2] == alike.apart[2, 0] == pytest.approx(expected)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(2, 12), count=st.integers(0, 5))
def test_kinds_are_scipys_clusters(seed: int, n: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    far = squareform(rng.random(n * (n - 1) // 2))
    tree = linkage(squareform(far), "average")
    limit = float(rng.random())
    other = fcluster(tree, count, "maxclust") if count else fcluster(tree, limit, "distance")
    mine = kinds_of(far, limit, count)
    assert adjusted_rand_score(mine, other) == 1.0
    assert [k for i, k in enumerate(mine.tolist()) if k not in mine.tolist()[:i]] == list(range(mine.max() + 1))


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1), called=st.lists(st.sampled_from(["", "", "x", "y", "B"]), min_size=1, max_size=9)
)
def test_names_hold_whatever_is_alike(seed: int, called: list[str]) -> None:
    rng = np.random.default_rng(seed)
    n = len(called)
    far = squareform(rng.random(n * (n - 1) // 2)) if n > 1 else np.zeros((1, 1))
    kinds = kinds_of(far, float(rng.random()), int(rng.integers(0, 4)), called)
    given_ = names_of(kinds, called)
    assert len(set(given_)) == len(given_) == kinds.max() + 1
    assert all(not name or given_[k] == name for k, name in zip(kinds, called, strict=True))


def test_a_piece_is_as_sure_as_its_parts_are_nearest_to_others_of_its_kind() -> None:
    # Two pieces of one kind and one of another; the first has parts of 3 rows and 1, each other two of 2.
    fits = np.array([[0.1, 2, 3], [0.1, 3, 2], [1, 9, 2], [2, 9, 1], [1, 2, 5], [5, 5, 1]], float)
    known = Alikeness(fits, np.array([0, 0, 1, 1, 2, 2]), np.array([3, 1, 2, 2, 2, 2]), np.zeros((3, 3)))
    assert sureness(known, np.array([0, 0, 1])).tolist() == [0.75, 0.5, 0.5]
    assert sureness(known, np.zeros(3, int)).tolist() == [1, 1, 1]


def test_letters() -> None:
    assert [letter(k) for k in (0, 25, 26, 27, 51, 52, 701, 702)] == ["A", "Z", "AA", "AB", "AZ", "BA", "ZZ", "AAA"]


def test_edits_hold_and_the_rest_follows() -> None:
    prepared, file, first = cut_rows(
        moved(*ABAB).values, "recurring", REGISTRY["recurring"].filled({"window": 3.0, "least": 4.0})
    )
    first = solve(prepared, file, first)
    pieces = tier(first, "recurring")
    assert names(pieces) == "A B A B"
    again = done(prepared, file, first, Relabel("recurring", 1, "wave"))[1]
    assert names(tier(again, "recurring")) == "A wave A wave"
    assert tier(again, "recurring")[1].start == pieces[1].start
    other = done(prepared, file, again, Relabel("recurring", 3, "greet"))[1]
    assert names(tier(other, "recurring")) == "A wave A greet"
    time = pieces[1].start + 1.234
    edits: list[Edit] = [
        Move("recurring", 1, False, time),
        Lock("recurring", 2, None, True),
        Split("recurring", 3.21),
        Merge("recurring", 0),
    ]
    for edit in edits:
        file, new = done(prepared, file, first, edit)
        assert_equal(new, solve(afresh(prepared), file, new))
        got = tier(new, "recurring")
        if isinstance(edit, Move):
            assert names(got) == "A B A B" and got[1].start == time
        elif isinstance(edit, Lock):
            assert names(got) == "A B A B" and (got[2].start, got[2].end) == (pieces[2].start, pieces[2].end)
        elif isinstance(edit, Split):
            assert names(got) == "A A B A B" and got[1].start == 3.21
        else:
            assert (got[0].start, got[0].end) == (pieces[0].start, pieces[1].end)
            assert got[0].label == "A"


def test_only_own_tiers_that_are_called_so_are_examples() -> None:
    recipe = REGISTRY["recurring"].filled({"window": 3.0, "least": 4.0})
    prepared, file, first = cut_rows(moved(*ABAB).values, "recurring", recipe)
    drawn = (Segment(17.0, 27.0, "wave"),)
    for name, expected in (("diary", "A B A B"), ("examples", "A wave A wave")):
        found = tier(solve(prepared, replace(file, own=(Tier(name, drawn),)), first), "recurring")
        assert names([s for s in found if s.end - s.start > 4.0]) == expected


def test_kinds_of_motion_come_back_under_their_name(data: Path, tmp_path: Path) -> None:
    rows = list(csv.DictReader((data / "timeseries/86_01_segments.csv").read_text().splitlines()))
    pieces = segment(data / "timeseries/86_01.amc", "recurring").tiers.tiers[0].segments
    assert names(pieces) == "A B A C A D C"
    assert [r["label"] for r in rows] == ["walk", "jump", "walk", "punch", "walk", "leg_kick", "punch"]
    for r, s in zip(rows[:-1], pieces, strict=False):
        assert int(r["earliest_end"]) <= s.end * 120 <= int(r["latest_end"])
    out = tmp_path / "kinds.csv"
    assert (
        main(
            ["segment", str(data / "timeseries/86_01.amc"), "--method", "recurring", "--set", "kinds=2", "-o", str(out)]
        )
        == 0
    )
    assert {s.label for s in load_tiers(out).tiers[0].segments} == {"A", "B"}
