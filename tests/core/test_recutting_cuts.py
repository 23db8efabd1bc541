"""Tiers that are cut, solved again between boundaries that are set."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.recut_cases import (
    STEP,
    afresh,
    assert_equal,
    cut_rows,
    done,
    rows_of,
    steps,
    tier,
)
from syncline.edits.pieces import Edit, Lock, Merge, Move, Relabel, Split
from syncline.errors import Infeasible, ParameterError
from syncline.model.recordings import Pin, SegmentConstraints
from syncline.model.segments import Segment, Tier
from syncline.recutting import (
    _walls,
    solve,
)
from syncline.solvers.segment.changepoints import ChangesParams, default_penalty, exact, pelt


@pytest.mark.parametrize("cost", ["l2", "l1", "gaussian", "rbf"])
@pytest.mark.parametrize("seed", range(4))
def test_change_points_between_set_boundaries_are_those_of_the_whole(seed: int, cost: str) -> None:
    rng = np.random.default_rng(seed)
    x = steps(rng)
    params = ChangesParams(cost=cost, penalty=float(rng.uniform(0.3, 1.5)))
    prepared, recording, segments = cut_rows(x, params=params)
    segments = solve(prepared, recording, segments)
    y = x.astype(np.float32).astype(np.float64)
    beta = params.penalty * default_penalty(y, cost)  # type: ignore[arg-type]
    assert rows_of(segments, "changes") == pelt(y, beta, cost).ends  # type: ignore[arg-type]
    for step in range(10):
        pieces = tier(segments, "changes")
        k = int(rng.integers(len(pieces)))
        s = pieces[k]
        edit: Edit = Move("changes", k, bool(rng.integers(2)), s.start + float(rng.normal() * 0.5))
        if step % 3 == 2:
            edit = [Merge("changes", k), Split("changes", (s.start + s.end) / 2), Lock("changes", k, None, True),
                    Relabel("changes", k, "name")][int(rng.integers(4))]  # fmt: skip
        try:
            segments = done(prepared, recording, segments, edit)[1]
        except (Infeasible, ParameterError):
            continue
        assert_equal(segments, solve(afresh(prepared), recording, segments))
        edges = [t for s in tier(segments, "changes") for t in (s.start, s.end)]
        for p in segments.constraints.pins:
            assert p.time in edges
            low, high = sorted((p.time, p.time if p.moved is None else p.moved))
            others = {q.time for q in segments.constraints.pins}
            assert not [t for t in edges if low - 1e-9 < t < high + 1e-9 and t not in others]
        for h in segments.constraints.held:
            assert any((s.start, s.end) == (h.segment.start, h.segment.end) for s in tier(segments, "changes"))
        # One solve of everything, which is told all of it.
        walls = _walls.Walls.of(segments.constraints, "changes", _walls.Rows(prepared.rows, 99.0))  # type: ignore[arg-type]
        told = pelt(y, beta, cost, fixed=walls.rows, barred=sorted(walls.barred))  # type: ignore[arg-type]
        free = [s.end for s in tier(segments, "changes") if not any(s.end in t for t in walls.times.values())]
        mine = sorted({*walls.rows, *(round(t / STEP) for t in free)})
        assert len(mine) == len(told.ends) or any(len(t) > 1 for t in walls.times.values())


def test_a_boundary_moved_away_does_not_come_back() -> None:
    x = np.repeat([[0.0], [5.0], [1.0]], 20, 0) + 0.01 * np.random.default_rng(0).normal(size=(60, 1))
    prepared, recording, segments = cut_rows(x, params=ChangesParams(penalty=10.0))
    segments = solve(prepared, recording, segments)
    assert rows_of(segments, "changes") == (20, 40, 60)
    assert [s.score for s in tier(segments, "changes")] == [
        None,
        pytest.approx(1.0, abs=0.01),
        pytest.approx(1.0, abs=0.01),
    ]
    _, after = done(prepared, recording, segments, Move("changes", 1, False, 1.537))
    assert [s.end for s in tier(after, "changes")] == pytest.approx([1.537, 4, 6])
    # Nor when it is moved on, to the other side too.
    for time in (1.2, 1.8, 2.6, 3.1):
        _, after = done(prepared, recording, after, Move("changes", 1, False, time))
        assert [s.end for s in tier(after, "changes")] == pytest.approx([time, 4, 6])
    _, after = done(prepared, recording, after, Lock("changes", 1, False, False))
    assert_equal(after, segments)
    _, after = done(prepared, recording, segments, Merge("changes", 0))
    assert [(s.label, s.end) for s in tier(after, "changes")] == [("1", pytest.approx(4)), ("2", pytest.approx(6))]
    _, after = done(prepared, recording, after, Relabel("changes", 0, "wave"))
    assert [s.label for s in tier(after, "changes")] == ["wave", "2"]
    with pytest.raises(ParameterError, match="99 s"):
        solve(prepared, recording, replace(segments, constraints=SegmentConstraints((Pin("changes", 99.0),))))


def test_so_many_changes_are_found_by_the_exact_program() -> None:
    x = steps(np.random.default_rng(1))
    prepared, recording, segments = cut_rows(x, params=ChangesParams(changes=4))
    segments = solve(prepared, recording, segments)
    y = x.astype(np.float32).astype(np.float64)
    assert rows_of(segments, "changes") == exact(y, 4).ends
    _, after = done(prepared, recording, segments, Split("changes", 1.0))
    assert rows_of(after, "changes") == exact(y, 4, fixed=[10]).ends


def test_of_a_long_sequence_a_window_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    for method, name in (("changepoints", "changes"), ("units", "units")):
        prepared, recording, segments = cut_rows(steps(rng, 120), method, {"k": 5} if method == "units" else None)
        segments = solve(prepared, recording, segments)
        monkeypatch.setattr(_walls, "_LONG", 100)
        monkeypatch.setattr(_walls, "_WINDOW", 60)
        for k in (50, 12, 51, 70)[: 2 + 2 * (name == "changes")]:
            s = tier(segments, name)[k]
            _, segments = done(prepared, recording, segments, Move(name, k, False, s.start + 0.17))
            assert_equal(segments, solve(afresh(prepared), recording, segments))


def test_units_are_those_of_all_recordings_and_stay_when_pieces_are_set() -> None:
    rng = np.random.default_rng(6)
    middles = rng.normal(0, 10, (4, 3))
    made = [np.repeat(middles[rng.integers(0, 4, 20)], rng.integers(3, 9, 20), 0) for _ in range(2)]
    made = [x + rng.normal(0, 0.5, x.shape) for x in made]
    both = [cut_rows(x, "units", {"k": 4}) for x in made]
    shared = []
    for k, (prepared, recording, segments) in enumerate(both):
        other = both[1 - k][0].rows
        assert other is not None
        ground = replace(afresh(prepared), recording=k, others=((1 - k, other),))
        shared.append((ground, recording, solve(ground, recording, segments)))
    names = [{tuple(np.round(middles, 0)[np.abs(middles - x[int((s.start + s.end) / 2 / STEP)]).sum(1).argmin()]): s.label
              for s in tier(found, "units")} for x, (_, _, found) in zip(made, shared, strict=True)]  # fmt: skip
    assert names[0] == names[1]
    prepared, recording, segments = shared[0]
    s = tier(segments, "units")[3]
    _, after = done(prepared, recording, segments, Move("units", 3, False, s.start + 0.13))
    assert s.start + 0.13 in [s.start for s in tier(after, "units")]
    fresh = replace(afresh(prepared))
    assert_equal(after, solve(fresh, recording, after))
    _, after = done(prepared, recording, after, Relabel("units", 5, "x"))
    assert [s.label for s in tier(after, "units")][5] == "x"


def test_methods_that_cut_as_a_whole_obey_too() -> None:
    x = np.repeat([[0.0], [5.0], [0.0], [5.0], [9.0]], 20, 0) + 0.1 * np.random.default_rng(0).normal(size=(100, 1))
    prepared, recording, segments = cut_rows(x, "examples", {"movement": False})
    recording = replace(recording, own=(Tier("examples", (Segment(0.0, 2.0, "low"), Segment(2.0, 4.0, "high"))),))
    segments = solve(prepared, recording, segments)
    found = tier(segments, "pieces")
    assert [(s.label, s.start) for s in found] == [("low", 0), ("high", 2), ("low", 4), ("high", pytest.approx(6))]
    _, after = done(prepared, recording, segments, Move("pieces", 3, False, 6.237))
    assert [(s.label, s.start) for s in tier(after, "pieces")][2:] == [("low", 4), ("high", 6.237)]
    _, after = done(prepared, recording, after, Split("pieces", 8.011, ("high", "higher")))
    assert [(s.label, s.start, s.end) for s in tier(after, "pieces")][3:] == [
        ("high", 6.237, 8.011), ("higher", 8.011, pytest.approx(10)),
    ]  # fmt: skip
    _, after = done(prepared, recording, after, Merge("pieces", 0))
    first = tier(after, "pieces")[0]
    assert (first.label, first.start, first.end) == ("low", 0, 4)
