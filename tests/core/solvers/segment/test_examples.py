"""Labelled pieces against every labelling of small cases, and kinds of motion learned from one example each."""

from __future__ import annotations

import csv
import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncline.cli import main
from syncline.errors import Infeasible, ParameterError
from syncline.model import Features
from syncline.model.segments import Segment, Tier, Tiers
from syncline.progress import Monitor
from syncline.segmentation import segment
from syncline.solvers.segment import REGISTRY, SegmentProblem
from syncline.solvers.segment._labelling import Piece, label_rows
from syncline.tiers import load_tiers, save_tiers


def every(n: int, labels: int) -> list[list[Piece]]:
    """All labelled segmentations of n rows."""
    found: list[list[Piece]] = []
    for count in range(n):
        for cuts in itertools.combinations(range(1, n), count):
            spans = list(itertools.pairwise((0, *cuts, n)))
            for names in itertools.product(range(labels), repeat=len(spans)):
                found.append([Piece(a, b, k) for (a, b), k in zip(spans, names, strict=True)])
    return found


def obeys(pieces: list[Piece], least, most, order, held: list[Piece], walls: list[int], short: int, n: int) -> bool:
    starts = {p.start for p in pieces}
    edges = {row for p in held for row in (p.start, p.end)}
    hard = {0, n, *walls, *edges}
    if not all(p in pieces for p in held) or not set(walls) <= starts:
        return False
    for p in pieces:
        filling = p.start in hard and p.end in hard
        joined = any(q.label == p.label and (p.start == q.end or p.end == q.start) for q in held)
        enough = min(short, least[p.label]) if joined else least[p.label]
        if p not in held and ((p.end - p.start < enough and not filling) or p.end - p.start > most[p.label]):
            return False
    if order is None:
        return all(p.label != q.label or q.start in hard for p, q in itertools.pairwise(pieces))
    # Pieces beside what is given may carry its label on.
    k = -1
    for p in pieces:
        if p.start in edges and k >= 0 and order[k] == p.label and (k + 1 == len(order) or order[k + 1] != p.label):
            continue
        k += 1
        if k >= len(order) or order[k] != p.label:
            return False
    return k == len(order) - 1


@settings(max_examples=120, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1), n=st.integers(2, 7), labels=st.integers(1, 3), chain=st.booleans(),
    example=st.booleans(), wall=st.booleans(),
)  # fmt: skip
def test_equal_to_every_labelling(seed: int, n: int, labels: int, chain: bool, example: bool, wall: bool) -> None:
    rng = np.random.default_rng(seed)
    costs = rng.normal(size=(n, labels))
    least = rng.integers(1, 4, labels)
    most = least + rng.integers(0, 5, labels)
    order = None
    if chain:
        # Neighbours in an order of one's own differ; where they are alike a continuation would be ambiguous.
        order = [int(rng.integers(labels))]
        while len(order) < rng.integers(1, 5) and labels > 1:
            order.append(int(rng.choice([k for k in range(labels) if k != order[-1]])))
    held: list[Piece] = []
    if example:
        a = int(rng.integers(0, n))
        held = [Piece(a, int(rng.integers(a + 1, n + 1)), int(rng.integers(labels)))]
    walls = [w for w in [int(rng.integers(1, n))] if wall and not any(p.start < w < p.end for p in held)]
    short = int(rng.integers(1, 3))
    costly = {
        tuple(p): sum(costs[q.start : q.end, q.label].sum() for q in p if q not in held)
        for p in every(n, labels)
        if obeys(p, least, most, order, held, walls, short, n)
    }
    asked = {"order": order, "given": held, "walls": walls, "short": short}
    if not costly:
        with pytest.raises(Infeasible):
            label_rows(costs, least, most, **asked)
        return
    found, cost = label_rows(costs, least, most, **asked)
    assert cost == pytest.approx(min(costly.values()))
    assert costly[tuple(found)] == pytest.approx(cost)


def motion(data: Path) -> list[tuple[float, float, str]]:
    rows = csv.DictReader((data / "timeseries/86_01_segments.csv").read_text().splitlines())
    return [(int(r["start_frame"]) / 120, int(r["end_frame_exclusive"]) / 120, r["label"]) for r in rows]


@pytest.mark.parametrize(("by", "share", "right"), [("nearest", 1, 0.92), ("nearest", 0.5, 0.92), ("gaussian", 1, 0.9)])
def test_one_example_of_each_kind_of_motion_names_the_rest(data: Path, by: str, share: float, right: float) -> None:
    truth = motion(data)
    first = {label: (a, b) for a, b, label in reversed(truth)}
    drawn = [
        Segment(a + (1 - share) / 2 * (b - a), b - (1 - share) / 2 * (b - a), label)
        for label, (a, b) in first.items()
    ]  # fmt: skip
    found = segment(data / "timeseries/86_01.amc", "examples", {"by": by}, examples=drawn).tiers.tiers[0].segments
    assert set(drawn) <= set(found)
    hits = total = 0
    for t in np.arange(0, truth[-1][1], 0.01):
        if any(e.start <= t < e.end for e in drawn):
            continue
        total += 1
        name = next((s.label for s in found if s.start <= t < s.end), "")
        hits += name == next(label for a, b, label in truth if a <= t < b)
    assert hits / total >= right
    assert all(s.score is None or 0 <= s.score <= 1 for s in found)


def rows(*levels: float) -> Features:
    rng = np.random.default_rng(0)
    x = np.repeat(levels, 10)[:, None] + rng.normal(0, 0.1, (10 * len(levels), 2))
    return Features(x.astype(np.float32), np.arange(len(x)) / 10)


def solve(x: Features, *drawn: Segment, boundaries: tuple[float, ...] = (), **params: object) -> list[Segment]:
    member = REGISTRY["examples"]
    problem = SegmentProblem(x, boundaries=boundaries, examples=drawn)
    return list(member.call(problem, member.filled(params), Monitor()).tiers[0].segments)


def test_orders_limits_and_set_boundaries() -> None:
    x = rows(0, 5, 0, 5, 0)
    low, high = Segment(0.21, 0.79, "low"), Segment(1.2, 1.8, "high")
    names = [s.label for s in solve(x, low, high)]
    assert names == ["low", "low", "low", "high", "high", "high", "low", "high", "low"]
    # The example keeps its own seconds, and its neighbours touch it.
    found = solve(x, low, high)
    assert found[1] == low and found[0].end == 0.21 and found[2].start == 0.79
    assert [s.label for s in solve(x, low, high, order="low, high")] == ["low"] * 3 + ["high"] * 3
    assert [s.label for s in solve(x, low, high, limits="high 3-")] == names[:7]
    assert 2.45 in [round(s.start, 6) for s in solve(x, low, high, boundaries=(2.46,))]
    longest = max(
        s.end - s.start for s in solve(x, low, high, limits="low 0.1-0.5, high 0.1-0.6") if s not in (low, high)
    )
    assert longest <= 0.6 + 1e-9


@pytest.mark.parametrize(
    ("drawn", "params", "says"),
    [
        ([], {}, "no example"),
        ([Segment(0, 1, " ")], {}, "no name"),
        ([Segment(0, 1, "a"), Segment(0.5, 2, "b")], {}, "overlap"),
        ([Segment(9, 10, "a")], {}, "not within"),
        ([Segment(0.51, 0.52, "a")], {}, "shorter than a row"),
        ([Segment(0, 1, "a")], {"order": "a, b"}, "no example of “b”"),
        ([Segment(0, 1, "a")], {"limits": "a"}, "no limit"),
        ([Segment(0, 1, "a")], {"limits": "a 3-2"}, "no duration"),
    ],
)
def test_what_is_wrong_is_said(drawn: list[Segment], params: dict[str, str], says: str) -> None:
    with pytest.raises(ParameterError, match=says):
        solve(rows(0, 5), *drawn, **params)


@pytest.mark.parametrize(
    ("drawn", "params", "says"),
    [
        ([Segment(0, 1, "a")], {"limits": "a 0.1-0.5"}, "more labels"),
        ([Segment(0, 0.9, "a"), Segment(1, 1.9, "b")], {"order": "b, a"}, "do not come in the order"),
        ([Segment(0, 0.9, "a"), Segment(1, 1.9, "b")], {"order": "a, b, a, b", "limits": "a 1.5-, b 1.5-"}, "at least"),
    ],
)
def test_what_cannot_be_is_said(drawn: list[Segment], params: dict[str, str], says: str) -> None:
    with pytest.raises(Infeasible, match=says):
        solve(rows(0, 5, 0, 5), *drawn, **params)


def test_examples_are_read_from_a_file(tmp_path: Path) -> None:
    x = rows(0, 5, 0, 5)
    np.save(tmp_path / "x.npy", x.values)
    drawn = (Segment(0.0, 0.95, "low"), Segment(0.95, 1.95, "high"))
    save_tiers(Tiers((Tier("mine", drawn),)), tmp_path / "e.csv")
    words = ["segment", "x.npy", "--rate", "10", "--examples", "e.csv", "-o", "out.json", "-q"]
    assert main([str(tmp_path / w) if "." in w and not w.startswith("-") else w for w in words]) == 0
    found = load_tiers(tmp_path / "out.json").tiers[0]
    assert [s.label for s in found.segments] == ["low", "high", "low", "high"]
    assert found.segments[:2] == drawn
