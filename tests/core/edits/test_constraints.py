"""Edits as pure functions: what changes, what stays, what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncline.edits.constraints import (
    add_anchor,
    draw,
    edit_anchor,
    forbid,
    hold,
    lock,
    move_anchor,
    nudge,
    remove,
    room,
    set_note,
)
from syncline.errors import ParameterError
from syncline.model import Anchor, Constraints, Features, WarpingPath
from syncline.progress import Monitor
from syncline.solvers.warp import WarpProblem
from syncline.solvers.warp.dtw import DtwParams, solve


def _path(n: int = 21, step: float = 0.5, breaks: list[int] | None = None) -> WarpingPath:
    t = np.arange(n) * step
    pairs = np.column_stack([np.arange(n)] * 2).astype(np.intp)
    return WarpingPath(pairs, t, t.copy(), 0.0, breaks=None if breaks is None else np.array(breaks, np.intp))


def _three() -> Constraints:
    c, _ = add_anchor(Constraints(), 5, 6)
    c, _ = add_anchor(c, 1, 2)
    c, _ = add_anchor(c, 8, 8, "jump", 9, 8, "cut")
    return c


def test_anchors_keep_the_order_of_a_and_ids_are_never_reused() -> None:
    c = _three()
    assert [k.id for k in c.anchors] == [2, 1, 3]
    c = remove(c, 3)
    c, new = add_anchor(c, 0, 0)
    assert new == 4
    assert [k.id for k in c.anchors] == [4, 2, 1]


def test_nothing_is_changed_in_place() -> None:
    c = _three()
    before = (c.anchors, c.locks, c.forbidden, c.next_id)
    move_anchor(c, 1, 0.5, 0.5)
    forbid(lock(nudge(c, 2, 1.0), _path(), 1, 2), 0, 1, 0, 1)
    draw(c, np.array([[0.0, 3], [4, 9]]), None, 0.1)
    assert (c.anchors, c.locks, c.forbidden, c.next_id) == before


def test_moving() -> None:
    c = move_anchor(_three(), 1, 0.25, 3)
    assert [k.id for k in c.anchors] == [1, 2, 3]
    jump = move_anchor(c, 3, 7, 7.5).find(3)
    assert jump == Anchor(3, 7, 7.5, "jump", 8, 7.5, "cut")  # the far end came along
    assert move_anchor(c, 3, 7, 7.5, 8.5, 9).find(3) == Anchor(3, 7, 7.5, "jump", 8.5, 9, "cut")
    assert nudge(c, 3, -0.5).find(3) == Anchor(3, 8, 7.5, "jump", 9, 7.5, "cut")


def test_editing() -> None:
    c = edit_anchor(_three(), 2, kind="jump", b_end=4.0, note="tuning")
    assert c.find(2) == Anchor(2, 1, 2, "jump", None, 4.0, "tuning")
    assert edit_anchor(c, 2, kind="warp").find(2) == Anchor(2, 1, 2, note="tuning")
    assert set_note(c, 1, "x").find(1).note == "x"  # pyright: ignore
    with pytest.raises(ParameterError, match="colour"):
        edit_anchor(c, 2, colour="red")


def test_refusals() -> None:
    c = _three()
    for call in (
        lambda: add_anchor(c, math.nan, 1),
        lambda: add_anchor(c, 1, math.inf),
        lambda: add_anchor(c, 1, 1, "jump", 0.5, 2),
        lambda: add_anchor(c, 1, 1, "warp", 2, 2),
        lambda: add_anchor(c, 1, 1, "bend"),
        lambda: move_anchor(c, 9, 1, 1),
        lambda: remove(c, 9),
        lambda: set_note(c, 9, ""),
        lambda: forbid(c, 0, math.nan, 0, 1),
        lambda: lock(c, _path(), 100, 101),
        lambda: draw(c, np.empty((0, 2)), None, 0.1),
        lambda: hold(c, np.array([[0.0, math.nan]])),
        lambda: room(forbid(c, 0, 1, 0, 1), 4, (0, 1), (0, 1)),
    ):
        with pytest.raises(ParameterError):
            call()


def test_room_ends_at_the_neighbours() -> None:
    c = _three()
    spans = (0.0, 10.0), (0.0, 12.0)
    assert room(c, 1, *spans) == (1, 8, 2, 8)
    assert room(c, 2, *spans) == (0, 5, 0, 6)
    assert room(c, 3, *spans) == (5, 9, 6, 12)  # the jump of 1 s in A comes along
    c = lock(c, _path(), 2, 4)
    assert room(c, 1, *spans) == (4, 8, 4, 8)
    assert room(c, 2, *spans) == (0, 2, 0, 2)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), min_size=1, max_size=7), st.data())
def test_an_anchor_moved_within_its_room_crosses_nobody(places: list[tuple[int, int]], data: st.DataObject) -> None:
    c = Constraints()
    for a, b in zip(sorted(p[0] for p in places), sorted(p[1] for p in places), strict=True):
        c, _ = add_anchor(c, a, b)
    number = data.draw(st.sampled_from([k.id for k in c.anchors]))
    a_lo, a_hi, b_lo, b_hi = room(c, number, (0, 100), (0, 100))
    me = c.find(number)
    assert isinstance(me, Anchor)
    assert a_lo <= me.a <= a_hi
    assert b_lo <= me.b <= b_hi
    moved = move_anchor(c, number, data.draw(st.floats(a_lo, a_hi)), data.draw(st.floats(b_lo, b_hi)))
    for p in moved.anchors:
        for q in moved.anchors:
            assert (p.a - q.a) * (p.b - q.b) >= 0


def test_lock_takes_the_stretch_and_splits_at_breaks() -> None:
    c = lock(Constraints(), _path(), 3, 2)
    assert c.locks[0].times.tolist() == [[2, 2], [2.5, 2.5], [3, 3]]
    assert not c.locks[0].times.flags.writeable
    merged = lock(c, _path(), 2.5, 4)
    assert len(merged.locks) == 1
    assert merged.locks[0].times[[0, -1], 0].tolist() == [2, 4]
    broken = lock(Constraints(), _path(breaks=[5]), 2, 4)
    assert [k.times[[0, -1], 0].tolist() for k in broken.locks] == [[2, 2.5], [3, 4]]
    assert len({k.id for k in broken.locks}) == 2


def test_forbidden_corners_come_in_any_order() -> None:
    (rect,) = forbid(Constraints(), 4, 2, 1, 9).forbidden
    assert (rect.a0, rect.a1, rect.b0, rect.b1) == (2, 4, 1, 9)


def test_a_straight_stroke_is_two_anchors() -> None:
    a = np.linspace(1, 5, 200)
    c = draw(Constraints(), np.column_stack([a, 2 * a]), None, 0.02)
    assert [(k.a, k.b) for k in c.anchors] == [(1, 2), (5, 10)]


@pytest.mark.parametrize("backwards", [False, True])
def test_a_bent_stroke_is_followed_within_the_tolerance(backwards: bool) -> None:
    a = np.linspace(0, 10, 500)
    points = np.column_stack([a, a + 0.9 * np.sin(a)])
    c = draw(Constraints(), points[::-1] if backwards else points, None, 0.1)
    assert 4 <= len(c.anchors) <= 12
    line = np.interp(points[:, 0], [k.a for k in c.anchors], [k.b for k in c.anchors])
    assert np.abs(line - points[:, 1]).max() < 0.25  # 0.1 across, so somewhat more upwards


def test_a_stroke_along_the_path_adds_nothing_and_others_give_way() -> None:
    c = _three()
    assert draw(c, np.array([[1.0, 1.02], [3, 3.01]]), _path(), 0.05) is c
    drawn = draw(c, np.array([[4.0, 7.0], [6.0, 7.5]]), _path(), 0.05)
    assert drawn.find(1) is None  # under the stroke
    assert drawn.find(2) is not None
    assert drawn.find(3) is not None
    crossed = draw(c, np.array([[4.0, 1.0], [6.0, 1.5]]), _path(), 0.05)
    assert crossed.find(2) is None  # (1, 2) cannot stand beside (4, 1)


def test_a_jump_that_only_one_side_has_can_be_moved_anywhere() -> None:
    c, number = add_anchor(Constraints(), 0.1, 0.7, kind="jump", a_end=0.1, b_end=0.7 + 0.2)
    for k in range(200):
        c = move_anchor(c, number, 0.1 * k / 3, 1 / (k + 1))
        anchor = c.anchors[0]
        assert anchor.end[0] == anchor.a
        assert anchor.end[1] - anchor.b == pytest.approx(0.2)


@pytest.mark.parametrize("backwards", [False, True])
def test_a_held_stroke_is_the_path_cell_by_cell(backwards: bool) -> None:
    """Between corners too, where anchors alone leave the solver free, against what every cell of a row costs."""
    rng = np.random.default_rng(3)
    a, b = (Features(rng.normal(size=(n, 4)).astype(np.float32), np.arange(n) / 10) for n in (60, 80))
    u = np.linspace(0, 1, 400)
    stroke = np.column_stack([1.0 + 3.0 * u, 0.5 + 6.0 * u**3])
    c = hold(Constraints(), stroke[::-1] if backwards else stroke)
    path = solve(WarpProblem(a, b, c), DtwParams(), Monitor())
    rows = np.arange(12, 38)
    j = np.interp(rows / 10, stroke[:, 0], stroke[:, 1]) * 10
    for i, middle in zip(rows, j, strict=True):
        on_path = path.pairs[path.pairs[:, 0] == i, 1]
        assert np.abs(on_path - middle).min() <= 0.75
        # Where the stroke is steep a row of A has all of B that the stroke crosses within it, and no more.
        low, high = np.interp([i / 10 - 0.051, i / 10 + 0.051], stroke[:, 0], stroke[:, 1]) * 10
        assert low - 0.51 <= on_path.min() and on_path.max() <= high + 0.51
    assert solve(WarpProblem(a, b, draw(Constraints(), stroke, None, 0.3)), DtwParams(), Monitor()).pairs.tolist() != (
        path.pairs.tolist()
    )


def test_what_a_held_stroke_lies_on_gives_way() -> None:
    c = _three()
    held = hold(c, np.array([[0.5, 1.0], [2.0, 3.0], [4.0, 3.5], [4.0, 3.5]]))
    assert [k.id for k in held.anchors] == [1, 3], "the second lay under it"
    assert held.locks[0].times.tolist() == [[0.5, 1], [2, 3], [4, 3.5]]
    assert held.next_id == c.next_id + 1 and held.locks[0].id == c.next_id
    again = hold(held, np.array([[3.0, 3.2], [4.5, 4.0]]))
    assert [k.times[0].tolist() for k in again.locks] == [[3.0, 3.2]]
    apart = hold(again, np.array([[0.1, 0.1], [1.0, 1.0]]))
    assert [k.times[0].tolist() for k in apart.locks] == [[0.1, 0.1], [3.0, 3.2]]
